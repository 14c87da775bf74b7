# within.gp - rate of reward and throughput against simulated time within one run, for each agent.
panels = 2
panel = 3.4
load 'common.gp'

set xrange [x_low : x_high]
set format '%g'
set multiplot
eval place(1)
set format x ''
set ylabel reward_title
plot for [i = 1:n] sprintf('rate-%d.tsv', i) using 1:2 with linespoints linetype style[i] \
    pointinterval 6 title label[i]
eval place(2)
unset key
unset label 1000
unset label 1001
set format x '%g'
set xlabel x_title
set ylabel throughput_title
set yrange [0 : *]
plot for [i = 1:n] sprintf('rate-%d.tsv', i) using 1:3 with linespoints linetype style[i] \
    pointinterval 6 notitle
unset multiplot
