# response.gp - distribution of response times: the share of tasks that took longer, for each agent.
panels = 1
panel = 4.6
left = 1.65
load 'common.gp'

set logscale xy
eval marks('x')
set format digits
set xrange [x_low : x_high]
set yrange [y_low : 1]
set xlabel x_title
y_title = 'share of tasks that took longer'
eval vertical('y_title')
eval place(1)
plot for [i = 1:n] data index block('tail', i) using 1:2 with linespoints linetype style[i] \
         pointinterval 60 notitle
