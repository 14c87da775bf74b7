# curves.gp - learning curves side by side, one panel each: what validation says of a learner
# against its decisions, with the interval over training seeds; lines are the best rules there.
width = 17.4
panel = 2.7
gap = 1.75
head = 0.6
left = 1.5
sample = 'lines'
load 'common.gp'

across_columns = 3
right = 0
step_x = (width - left - right) / across_columns
panel_width = step_x - 1.7
edge_x(i) = (left + ((i - 1) % across_columns) * step_x) / width
do for [i = 1:3] {
    set arrow 100 + i linecolor rgb i == 1 ? colour[4] : i == 2 ? '#000000' : '#777777' \
        dashtype dash[i] linewidth i == 1 ? 1.4 : 0.8
}
set multiplot
do for [i = 1:count] {
    eval place((i - 1) / across_columns + 1)
    set lmargin at screen edge_x(i)
    set rmargin at screen edge_x(i) + panel_width / width
    if (i == 2) { eval headless }
    set xrange [0 : x_high[i]]
    set yrange [y_low[i] : y_high[i]]
    set format digits
    set xtics step(0, x_high[i], 4)
    set ytics step(y_low[i], y_high[i], 4)
    set xlabel x_title[i]
    set label 10 title[i] at graph 0, graph 1 offset 0, 1.5 left
    set label 11 rules[i] at graph 0, graph 1 offset 0, 0.65 left textcolor rgb '#555555'
    set label 1003 y_title[i] at screen edge_x(i) - 1.08 / width, graph 0.5 center rotate by 90
    plot data index block('curve', i) using 1:3:4 with filledcurves linecolor rgb colour[4] \
             fillstyle transparent solid 0.2 noborder notitle, \
         for [k = 1:rules_in[i]] data index block(sprintf('rule-%d', i), k) \
             using 1:2 with lines \
             linetype 1 linecolor rgb k == 1 ? '#000000' : '#777777' dashtype dash[k + 1] \
             linewidth 0.8 notitle, \
         data index block('curve', i) using 1:2 with lines linetype 1 linecolor rgb colour[4] \
             linewidth 1.4 notitle
}
unset multiplot
