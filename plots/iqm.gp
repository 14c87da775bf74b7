# iqm.gp - aggregate scores of agents over all scenarios, one panel an aggregate: two in a column,
# four across a page. On the right the 95% interval of the rank.
panels = 1
keyed = 0
head = 0.4
panel = 0.36 * n + 0.3
left = 0.35
most(a, b) = a > b ? a : b
do for [i = 1:n] { left = most(left, 0.35 + 0.15 * strlen(label[i])) }
if (left > 3.4) { left = 3.4 }
right = ranked ? 1 : 0.35
do for [i = 1:(ranked ? n : 0)] { right = most(right, 0.35 + 0.15 * strlen(rank[i])) }
bottom = 0.55
load 'common.gp'
if (!wide) { title[2] = 'opt. gap' }

shown = wide ? 4 : 2
between = 0.35
panel_width = (width - left - right - (shown - 1) * between) / shown
set yrange [n + 0.6 : 0.4]
set format x digits
set multiplot
eval place(1)
do for [k = 1:shown] {
    set lmargin at screen (left + (k - 1) * (panel_width + between)) / width
    set rmargin at screen (left + (k - 1) * (panel_width + between) + panel_width) / width
    set xrange [low[k] : high[k]]
    set xtics step(low[k], high[k], ceil(panel_width / 0.75))
    set label 500 title[k] at graph 0.5, graph 1 offset 0, 0.65 center
    if (k == 1) {
        set ytics scale 0 (tic(label[1]) 1)
        do for [i = 1:n] { set ytics add (tic(label[i]) i) }
    } else {
        set ytics scale 0 ('' 1)
        do for [i = 1:n] { set ytics add ('' i) }
    }
    if (ranked && k == shown) {
        do for [i = 1:n] { set label 400 + i rank[i] at graph 1.0, first i offset 0.8, 0 left }
        set label 400 'rank' at graph 1.0, graph 1 offset 0.8, 0.65 left
    }
    plot data index block(aggregate[k], 1) using 2:1:3:4 with xerrorbars linetype 1 \
             linecolor rgb colour[4] pointtype 7 pointsize 0.5 notitle, \
         data index block(aggregate[k], 1) using 2:1 with points \
             linecolor rgb colour[4] pointtype 7 pointsize 0.5 notitle
    eval headless
}
unset multiplot
