# common.gp - what all figures share: size, type, colours, where the panels and the key stand.
#
# A script sets `panels` (how many stand below each other), `panel` (height of one) and, where the
# default does not do, the margins `left` and `right`, `gap` (between panels), `head` (room above
# the first), `keyed` (whether there is a key); then it loads this file. `poise plot` writes the
# data beside it: settings in data.gp, series as tables.
# All lengths are centimetres on paper: a column of 8.5 cm, type of 7.2 pt.
if (!exists('format')) format = 'pdf'
set encoding utf8
load 'data.gp'

if (!exists('left')) left = 1.3
if (!exists('right')) right = 0.25
if (!exists('gap')) gap = 0.3
if (!exists('head')) head = 0
if (!exists('keyed')) keyed = 1
width = 8.5
line = 0.34
char = 0.15
least(a, b) = a < b ? a : b
most(a, b) = a > b ? a : b

# The key stands above the panels, in as many columns as its longest label allows.
longest = 1
do for [i = 1:n] { longest = most(longest, strlen(label[i])) }
key_columns = most(1, least(n, floor((width - 0.2) / (longest * char + 1.3))))
key_rows = keyed ? ceil(1.0 * n / key_columns) : 0
notes = (strlen(note) > 0) + (strlen(note_below) > 0)
top = 0.12 + (notes + key_rows) * line + (key_rows ? 0.15 : 0.08) + head
bottom = 0.95
height = top + panels * panel + (panels - 1) * gap + bottom

# gnuplot's Cairo terminals count 96 points to the inch.
points = 7.2
if (format eq 'png') {
    zoom = 300 / 96.0
    set terminal pngcairo noenhanced butt size width / 2.54 * 300, height / 2.54 * 300 \
        font sprintf('DejaVu Sans,%.3g', points * 0.75) \
        fontscale 300 / 72.0 linewidth zoom pointscale zoom dashlength 1.3
} else { if (format eq 'svg') {
    set terminal svg noenhanced butt size width / 2.54 * 96, height / 2.54 * 96 dynamic \
        font sprintf('DejaVu Sans,%.3g', points * 96 / 72.0) linewidth 1 dashlength 1.3 background '#ffffff'
} else {
    set terminal pdfcairo noenhanced butt size width / 2.54, height / 2.54 \
        font sprintf('DejaVu Sans,%.3g', points * 0.75) fontscale 1 linewidth 1.5 pointscale 0.8 dashlength 1.3
}}
set output 'picture'
set minussign
set datafile separator tab
set datafile missing NaN

# Okabe and Ito's colours (Color Universal Design, 2008), with grey for their yellow, which is too
# pale for lines. Dashes and points repeat after 7 and 9, so 8 colours go a long way.
array colour[8] = ['#000000', '#D55E00', '#0072B2', '#009E73', \
                   '#E69F00', '#56B4E9', '#CC79A7', '#777777']
array dash[7] = [1, 6, 7, 8, 9, 10, 11]
set dashtype 6 (9, 3)
set dashtype 7 (4, 2.5)
set dashtype 8 (9, 3, 1.5, 3)
set dashtype 9 (14, 3, 4, 3)
set dashtype 10 (2.5, 1.5)
set dashtype 11 (8, 2, 2, 2, 2, 2)
array mark[9] = [7, 4, 9, 10, 5, 12, 6, 8, 2]
do for [i = 1:32] {
    set linetype i linecolor rgb colour[(i - 1) % 8 + 1] dashtype dash[(i - 1) % 7 + 1] \
        pointtype mark[(i - 1) % 9 + 1] linewidth 1.2 pointsize 0.4
}

set border 3 linecolor rgb '#333333' linewidth 0.6
set tics nomirror out scale 0.5, 0.25
set grid linetype 1 linecolor rgb '#dddddd' dashtype 1 linewidth 0.4, \
         linetype 1 linecolor rgb '#eeeeee' dashtype 1 linewidth 0.4
set xtics offset 0, 0.3
set errorbars 0.5
set xlabel offset 0, 0.6
set lmargin at screen left / width
set rmargin at screen 1 - right / width
set label 1000 note at screen 0.5, screen 1 - (0.12 + 0.5 * line) / height center
set label 1001 note_below at screen 0.5, screen 1 - (0.12 + 1.5 * line) / height center
if (keyed) {
    set key at screen 0.5, screen 1 - (0.12 + notes * line) / height \
        center top horizontal Left reverse maxcols key_columns samplen 3 spacing format eq 'svg' ? 0.89 : 1.17 \
        height 0 width 0
} else {
    unset key
}

# eval place(p): panel p, the first on top.
edge(p) = 1 - (top + (p - 1) * (panel + gap)) / height
place(p) = sprintf('set tmargin at screen %.6f; set bmargin at screen %.6f', \
                   edge(p), edge(p) - panel / height)

# eval marks('x'): on a logarithmic axis from low to high, which is short, 2 and 5 are marked too.
fits(v, low, high) = v >= low && v <= high
marks(axis) = 'do for [e = -9:12] { do for [m in "1 2 5"] { ' . \
    'if (fits(m * 10.0**e, '.axis.'_low, '.axis.'_high) && '.axis.'_high < 300 * '.axis.'_low) { ' . \
    'set '.axis.'tics add (sprintf("%g", m * 10.0**e) m * 10.0**e) } } }'
