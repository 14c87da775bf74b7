# compare.gp - agents ranked by the mean of a metric, with its interval.
panels = 1
keyed = 0
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
    if (right > 0.4) { set label 400 + i value[i] at graph 1.03, first i left }
}
if (log_x) { set logscale x; eval marks('x') } else {
    set xtics step(x_low, x_high, floor((width - left - right) / 0.8))
}
set format x digits
eval under('x_title')
if (x_high > x_low) { set xrange [x_low : x_high] }
eval place(1)
plot data index block('mean', 1) using 2:1:3:4 with xerrorbars linetype 1 \
         linecolor rgb '#0072B2' pointtype 7 pointsize 0.5 notitle, \
     data index block('mean', 1) using 2:1 with points \
         linecolor rgb '#0072B2' pointtype 7 pointsize 0.5 notitle
