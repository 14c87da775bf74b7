# within.gp - rate of reward and throughput against simulated time within one run, for each agent.
panels = 2
panel = 3.4
left = 1.6
load 'common.gp'

set xrange [x_low : x_high]
set format digits
set multiplot
eval place(1)
set format x ''
eval vertical('reward_title')
high = most(reward_high, reward_low < 0 ? 0 : 1)
set yrange [reward_low - 0.04 * (high - reward_low) : high + 0.02 * (high - reward_low)]
set ytics step(reward_low, high, 5)
plot for [i = 1:n] data index block('rate', i) using 1:2 with linespoints linetype style[i] \
    pointinterval 6 notitle
eval place(2)
eval headless
set format x digits
set xlabel x_title
eval vertical('throughput_title')
high = most(throughput_high * 1.05, 1e-9)
set yrange [0 : high]
set ytics step(0, high, 5)
plot for [i = 1:n] data index block('rate', i) using 1:3 with linespoints linetype style[i] \
    pointinterval 6 notitle
unset multiplot
