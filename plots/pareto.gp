# pareto.gp - agents by two metrics: points with 95% intervals of both, and the front.
panels = 1
panel = wide ? 7 : 5.2
left = 1.65
sample = 'marks'
load 'common.gp'

set xrange [x_low : x_high]
set yrange [y_low : y_high]
if (log_x) { set logscale x; eval marks('x') } else { set xtics step(x_low, x_high, wide ? 10 : 5) }
if (log_y) { set logscale y; eval marks('y') } else { set ytics step(y_low, y_high, 6) }
set format digits
set xlabel x_title
eval vertical('y_title')
eval place(1)
plot data index block('front', 1) using 1:2 with lines linecolor rgb '#777777' linewidth 1 \
         dashtype 1 notitle, \
     for [i = 1:n] data index block('agent', i) using 1:2:3:4:5:6 with xyerrorbars \
         linetype style[i] dashtype 1 linewidth 0.7 pointsize 0.6 notitle
