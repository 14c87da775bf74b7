# gantt.gp - what each device did over a stretch of one run: a bar is a task, its colour the class.
# One panel an agent, with the same arrivals.
panel = lanes * 0.22
if (panel < 1.6) { panel = 1.6 }
if (panel > 9.0 / panels) { panel = 9.0 / panels }
left = 0.35
most(a, b) = a > b ? a : b
do for [g = 1:groups] { left = most(left, 0.35 + 0.15 * strlen(group[g])) }
gap = 0.5
head = 0.3
sample = 'boxes'
load 'common.gp'

set xrange [x_low : x_high]
set yrange [lanes : 0]
set format x digits
set xtics step(x_low, x_high, 6)
set ytics nomirror scale 0 ('' 0)
do for [g = 1:groups] {
    set ytics add (tic(group[g]) (first_lane[g] + first_lane[g + 1]) / 2.0)
    if (g > 1) { set arrow g from graph 0, first first_lane[g] to graph 1, first first_lane[g] \
                 nohead linecolor rgb '#333333' linewidth 0.6 front }
}
unset grid
if (outlined) {
    set style fill solid 1 border rgb '#ffffff'
} else {
    set style fill solid 1 noborder
}
set border 15
# What sleeps lies below the tasks, what is broken above.
order = '10 1 2 3 4 5 6 7 8 9 11'
set multiplot
do for [p = 1:panels] {
    eval place(p)
    set xlabel p == panels ? x_title : ''
    set format x p == panels ? digits : ''
    set label 1002 agent[p] at graph 0, graph 1 offset 0, 0.62 left
    plot for [i in order] data index block('bars', (p - 1) * tables + int(i)) \
        using (($1 + $2) / 2):(($3 + $4) / 2):1:2:3:4 with boxxyerror \
        dashtype 1 linewidth 0.3 fillcolor rgb fill[int(i)] notitle
    if (p == 1) { eval headless }
}
unset multiplot
