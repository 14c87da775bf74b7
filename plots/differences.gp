# differences.gp - paired differences to the baseline with 95% intervals. Points are filled where
# the difference is told apart from none.
panels = 1
keyed = 0
head = 0.35
panel = 0.36 * n + 0.3
left = 0.35
most(a, b) = a > b ? a : b
do for [i = 1:n] { left = most(left, 0.35 + 0.15 * strlen(label[i])) }
right = 0.45
do for [i = 1:n] { right = most(right, 0.45 + 0.15 * strlen(value[i])) }
if (left + right > (wide ? 14 : 6)) { right = 0.35 }
load 'common.gp'

set yrange [n + 0.6 : 0.4]
set ytics nomirror scale 0 (tic(label[1]) 1)
do for [i = 1:n] {
    set ytics add (tic(label[i]) i)
    if (right > 0.4) { set label 400 + i value[i] at graph 1, first i offset 1, 0 left }
}
set xrange [x_low : x_high]
set xtics step(x_low, x_high, floor((width - left - right) / 0.9))
set format x digits
eval under('x_title')
set arrow 10 from 0, graph 0 to 0, graph 1 nohead linecolor rgb '#777777' linewidth 0.8 \
    dashtype 1 back
if (better_is_more) {
    set label 500 better at graph 1, graph 1 offset 0, 0.6 right textcolor rgb '#555555'
} else {
    set label 500 better at graph 0, graph 1 offset 0, 0.6 left textcolor rgb '#555555'
}
eval place(1)
plot data index block('diff', 1) using 2:1:3:4 with xerrorbars linetype 1 \
         linecolor rgb colour[4] pointtype 7 pointsize 0.5 notitle, \
     data index block('diff', 1) using 2:1:($5 > 0 ? 0x0072B2 : 0xffffff) with points \
         linecolor rgb variable pointtype 7 pointsize 0.35 notitle
