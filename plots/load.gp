# load.gp - throughput and a metric against what a sweep varies, for each agent.
panels = 2
panel = 3.4
load 'common.gp'

# Agents are set a little apart, so that the intervals of equals can be seen.
shift(i) = (i - (n + 1) / 2.0) * spread
set xrange [x_low : x_high]
set format digits
set multiplot
eval place(1)
set format x ''
eval vertical('throughput_title')
set yrange [0 : throughput_high]
plot for [i = 1:n] data index block('mean', i) using ($1 + shift(i)):3:(0):($4 - $3) \
         with vectors nohead linetype style[i] dashtype 1 linewidth 0.8 notitle, \
     for [i = 1:n] data index block('mean', i) using ($1 + shift(i)):2 with linespoints \
         linetype style[i] notitle
eval place(2)
eval headless
set format x digits
set xlabel x_title
eval vertical('metric_title')
set yrange [y_low : y_high]
if (log_y) { set logscale y; eval marks('y') }
plot for [i = 1:n] data index block('mean', i) using ($1 + shift(i)):6:(0):($7 - $6) \
         with vectors nohead linetype style[i] dashtype 1 linewidth 0.8 notitle, \
     for [i = 1:n] data index block('mean', i) using ($1 + shift(i)):5 with linespoints \
         linetype style[i] notitle
unset multiplot
