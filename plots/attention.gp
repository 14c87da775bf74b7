# attention.gp - who got how much at one decision: rows are tasks (* running), columns ways to run
# them, dark cells had most attention, a frame is round what was chosen. One panel an agent.
most(a, b) = a > b ? a : b
least(a, b) = a < b ? a : b
rows_most = 1
columns_most = 1
longest_row = 1
longest_column = 1
do for [p = 1:panels] {
    rows_most = most(rows_most, n_rows[p])
    columns_most = most(columns_most, n_columns[p])
    do for [i = 1:n_rows[p]] {
        eval sprintf('longest_row = most(longest_row, strlen(row_%d[i]))', p)
    }
    do for [i = 1:n_columns[p]] {
        eval sprintf('longest_column = most(longest_column, strlen(column_%d[i]))', p)
    }
}
if (!exists('width')) width = wide ? 17.4 : 8.4
left = 0.35 + 0.145 * longest_row
right = 0.25
cell = (width - left - right) / columns_most
slanted = longest_column * 0.155 > cell
keyed = 0
panel = 0.37 * rows_most
below = slanted ? 0.35 + 0.11 * longest_column : 0.4
gap = below + 0.5
bottom = below + 0.1
head = 0.32
load 'common.gp'

unset grid
set border 0
set xrange [0.5 : columns_most + 0.5]
set yrange [rows_most + 0.5 : 0.5]
unset tics
set style fill solid 1 border rgb '#ffffff'
numbered = cell > 1.15
number(x) = x < -1e299 ? '' : shares ? sprintf('%.0f', x) : (abs(x) < 0.01 || abs(x) >= 10000) && x != 0 ? \
    sprintf('%.0e', x) : sprintf('%.3g', x)
# Numbers are white on dark cells, but cairolatex prints all text of a plot in black: cells are
# lighter there.
half(c, bits) = int((255 + (int(c) >> bits) % 256) / 2) << bits
shade(c) = format eq 'tex' ? half(c, 16) + half(c, 8) + half(c, 0) : c
set multiplot
do for [p = 1:panels] {
    eval place(p)
    set label 1002 agent[p] at screen across(0.2), graph 1 offset 0, 0.62 left
    # Labels, not marks of axes: those would take a % in a name for a format.
    do for [i = 1:rows_most] { unset label 400 + i }
    do for [i = 1:n_rows[p]] {
        eval sprintf('set label 400 + i row_%d[i] at first 0.5, first i offset -0.6, 0 right', p)
    }
    do for [i = 1:columns_most] { unset label 500 + i }
    do for [i = 1:n_columns[p]] {
        eval sprintf('set label 500 + i column_%d[i] at first i, first n_rows[p] + 0.5 ', p) . \
            (slanted ? 'offset 0.8, -0.7 right rotate by 30' : 'offset 0, -0.7 center')
    }
    plot data index block('cell', p) using 1:2:(0.5):(0.5):(shade($3)) with boxxyerror \
             fillcolor rgb variable linewidth 0.5 dashtype 1 notitle, \
         data index block('cell', p) using 1:($5 > 0 ? NaN : $2):(numbered ? number($4) : '') \
             with labels textcolor rgb '#000000' notitle, \
         data index block('cell', p) using 1:($5 > 0 ? $2 : NaN):(numbered ? number($4) : '') \
             with labels textcolor rgb '#ffffff' notitle, \
         data index block('chosen', p) using 1:2:(0.46):(0.42) with boxxyerror \
             fillstyle empty linecolor rgb '#D55E00' linewidth 1.6 dashtype 1 notitle
    if (p == 1) { eval headless }
}
unset multiplot
