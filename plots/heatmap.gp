# heatmap.gp - results over two swept settings. Of one agent: its metric, below its difference to the
# baseline. Of several: who is best, below how good that is.
panels = of_one && differences == 0 ? 1 : 2
keyed = !of_one
panel = 0.55 * ny
gap = 1.25
head = 0.4
left = 1.0
most(a, b) = a > b ? a : b
do for [i = 1:ny] { left = most(left, 0.9 + 0.16 * strlen(y_value[i])) }
right = 1.45
sample = 'boxes'

# Light enough to write on; each has a letter, too.
array tint[16]
array tints[8] = ['#f0f0f0', '#a6cee3', '#fdd8a0', '#b2df8a', \
                  '#e3b7d4', '#c9c9c9', '#8fd3c7', '#f6b0a0']
do for [i = 1:16] { tint[i] = tints[(i - 1) % 8 + 1] }
load 'common.gp'

cell = (width - left - right) / nx
written = cell > 0.6
number(v) = (v < 0 ? minus : '') . \
    sprintf(abs(v) >= 99.95 ? '%.0f' : abs(v) >= 9.995 ? '%.1f' : '%.2f', abs(v))
minus = latex ? '$-$' : '−'
signed(v) = (v < 0 ? minus : '+') . sprintf(abs(v) < 9.95 ? '%.1f' : '%.0f', abs(v))
bracket(text, tied) = tied > 0 ? '(' . text . ')' : text
letter(i) = substr('ABCDEFGHIJKLMNOP', int(i), int(i))

set xrange [0.5 : nx + 0.5]
set yrange [0.5 : ny + 0.5]
unset grid
set border 15
set tics scale 0
set xtics (tic(x_value[1]) 1)
do for [i = 1:nx] { set xtics add (tic(x_value[i]) i) }
set ytics (tic(y_value[1]) 1)
do for [i = 1:ny] { set ytics add (tic(y_value[i]) i) }
eval vertical('y_title')
set style fill solid 1 noborder

# Lightness falls all the way, so the map can be read in grey.
light_to_dark = 'set palette defined (0 "#fffbe0", 1 "#c2e699", 2 "#56b6b0", 3 "#2c6ea8", 4 "#1b2a6b")'
both_ways = 'set palette defined (0 "#2c6ea8", 1 "#c5dcf0", 2 "#ffffff", 3 "#f9d9b5", 4 "#c25a00")'
bar(p) = sprintf('set colorbox user origin screen %.6f, screen %.6f size screen %.6f, screen %.6f', \
                 1 - (right - 0.2) / width, edge(p) - panel / height, 0.25 / width, panel / height)
set cbtics offset -0.6, 0 scale 0.3
set format cb digits
# Three steps or so: a bar is as low as its map, and its numbers must not touch.
decade(range) = 10.0**floor(log10(range / 3.0))
rounded(x) = x < 1.5 ? 1 : x < 3.5 ? 2 : x < 7.5 ? 5 : 10
step(range) = decade(range) * rounded(range / 3.0 / decade(range))
shade(v) = log_v ? log(v / v_low) / log(v_high / v_low) : (v - v_low) / (v_high - v_low)
ink(dark) = dark ? 0xffffff : 0x000000

set multiplot
do for [p = 1:panels] {
    eval place(p)
    set xlabel p == panels ? x_title : ''
    unset colorbox
    unset logscale cb
    if (!of_one && p == 1) {
        set label 10 other_title at graph 0, graph 1 offset 0, 0.65 left
        plot for [i = 1:n] data index block('best', 1) \
                 using ($3 == i ? $1 : NaN):2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5) \
                 with boxxyerror fillcolor rgb tint[i] notitle, \
             data index block('best', 1) using 1:2:((cell > 0.4 && $4 > 0 ? '=' : '') . letter($3)) \
                 with labels notitle
    }
    if (of_one == (p == 1)) {
        eval light_to_dark
        eval bar(p)
        set cbrange [v_low : v_high]
        if (v_high > v_low) { set cbtics step(v_high - v_low) }
        if (log_v) {
            set logscale cb
            eval marks('v')
        }
        set label 10 value_title at graph 0, graph 1 offset 0, 0.65 left
        plot data index block('value', 1) \
                 using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 \
                 with boxxyerror linecolor palette notitle, \
             data index block('value', 1) \
                 using 1:2:(written ? number($3) : ''):(ink(shade($3) > 0.5)) \
                 with labels textcolor rgb variable notitle
    }
    if (of_one && p == 2) {
        eval both_ways
        eval bar(p)
        set cbrange [-most : most]
        set cbtics step(2 * most)
        set label 10 other_title at graph 0, graph 1 offset 0, 0.65 left
        plot data index block('percent', 1) \
                 using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 \
                 with boxxyerror linecolor palette notitle, \
             data index block('percent', 1) \
                 using 1:2:(written ? bracket(signed($3), $4) : ''):(ink(abs($3) > 0.7 * most)) \
                 with labels textcolor rgb variable notitle
    }
    if (p == 1) { eval headless }
}
unset multiplot
