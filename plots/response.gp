# response.gp - distribution of a quantity over tasks, for each agent: the part of the tasks with less
# on top, with more (logarithmic) below, with bands over seeds.
panels = 2
panel = 3
gap = 0.35
left = 1.65
load 'common.gp'

tone(i) = colour[(style[i] - 1) % 8 + 1]
set logscale x
eval marks('x')
set xrange [x_low : x_high]
set multiplot
eval place(1)
set format x ''
set format y digits
set yrange [0 : 1]
set ytics 0.25
y_title = 'tasks with less'
eval vertical('y_title')
plot for [i = 1:n] data index block('tail', i) using 1:(1 - $3):(1 - $4) with filledcurves \
         linecolor rgb tone(i) fillstyle transparent solid 0.2 noborder notitle, \
     for [i = 1:n] data index block('tail', i) using 1:(1 - $2) with linespoints \
         linetype style[i] pointinterval 20 notitle
eval place(2)
eval headless
set format x digits
set xlabel x_title
set logscale y
set format y digits
set yrange [y_low : 1]
set ytics autofreq
y_title = 'tasks with more'
eval vertical('y_title')
plot for [i = 1:n] data index block('tail', i) using 1:3:4 with filledcurves \
         linecolor rgb tone(i) fillstyle transparent solid 0.2 noborder notitle, \
     for [i = 1:n] data index block('tail', i) using 1:2 with linespoints \
         linetype style[i] pointinterval 20 notitle
unset multiplot
