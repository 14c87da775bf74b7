# profile.gp - share of runs that score above a value, for each agent, with 95% bands.
panels = 1
panel = wide ? 6 : 4.8
load 'common.gp'

set xrange [x_low : x_high]
set yrange [0 : 1]
set ytics 0.25
set format digits
set xlabel 'score (0: as random, 1: the best known)'
y_title = 'share of runs above'
eval vertical('y_title')
do for [i = 0:1] {
    if (x_low < i && i < x_high) {
        set arrow 10 + i from i, graph 0 to i, graph 1 nohead linecolor rgb '#777777' \
            linewidth 0.8 dashtype 1 back
    }
}
eval place(1)
plot for [i = 1:n] data index block('profile', i) using 1:3:4 with filledcurves \
         linecolor rgb colour[(style[i] - 1) % 8 + 1] fillstyle transparent solid 0.18 noborder \
         notitle, \
     for [i = 1:n] data index block('profile', i) using 1:2 with linespoints linetype style[i] \
         pointinterval 10 notitle
