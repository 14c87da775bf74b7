# common.gp - what all figures share: size, type, colours, where the panels and the key stand.
#
# A script sets `panels` (how many stand below each other), `panel` (height of one) and, where the
# default does not do, `width`, `left`, `right` and `bottom` (margins), `gap` (between panels),
# `head` (room above the first), `keyed` (whether there is a key) and `sample` (what stands in it); then it loads
# this file. Before both `poise plot` says name, format, paper ('column' or 'page'), wide (whether it is
# the latter) and the settings. All lengths are centimetres on paper: a column of 8.4 cm, a page of 17.4, type of 7.2 pt.
#
# For LaTeX texts are set anew by words.gp, escaped: lengths of texts are taken before, so margins
# that depend on them are set before this file is loaded. Axes of numbers have the format `digits`.
set encoding utf8
latex = format eq 'tex' || format eq 'tikz'

# A table of the data: plot data index block('NAME', i) ...
data = name.'.dat'
block(table, i) = sprintf('%s-%d:', table, i)

if (!exists('left')) left = 1.4
if (!exists('right')) right = 0.35
if (!exists('gap')) gap = 0.3
if (!exists('head')) head = 0
if (!exists('keyed')) keyed = 1
if (!exists('sample')) sample = 'points'
if (!exists('width')) width = wide ? 17.4 : 8.4
line = 0.34
char = 0.15
least(a, b) = a < b ? a : b
most(a, b) = a > b ? a : b

# The key stands above the panels, in as many columns as their labels allow, each as wide as it must.
sample_width = sample eq 'marks' ? 0.25 : 0.75
array key_width[32]
key_columns = 1
do for [k = 1:n] {
    total = 0
    do for [c = 1:k] {
        longest = 0
        do for [i = c:n:k] { longest = most(longest, strlen(label[i])) }
        total = total + longest * char + sample_width + 0.35
    }
    if (total <= width - 0.1) { key_columns = k }
}
key_rows = ceil(1.0 * n / key_columns)
key_columns = ceil(1.0 * n / key_rows)
key_total = 0
do for [c = 1:key_columns] {
    longest = 0
    do for [i = c:n:key_columns] { longest = most(longest, strlen(label[i])) }
    key_width[c] = longest * char + sample_width + 0.35
    key_total = key_total + key_width[c]
}
key_rows = keyed ? key_rows : 0
notes = (strlen(note) > 0) + (strlen(note_below) > 0)
top = 0.12 + (notes + key_rows) * line + (key_rows ? 0.15 : 0.08) + head
if (!exists('bottom')) bottom = 0.95
height = top + panels * panel + (panels - 1) * gap + bottom

load 'words.gp'

# gnuplot's Cairo terminals count 96 points to the inch.
points = 7.2
if (format eq 'png') {
    zoom = 300 / 96.0
    set terminal pngcairo noenhanced butt size width / 2.54 * 300, height / 2.54 * 300 \
        font sprintf('DejaVu Sans,%.3g', points * 0.75) \
        fontscale 300 / 72.0 linewidth zoom pointscale zoom dashlength 1.3
}
if (format eq 'svg') {
    set terminal svg noenhanced butt size width / 2.54 * 96, height / 2.54 * 96 dynamic \
        font sprintf('DejaVu Sans,%.3g', points * 96 / 72.0) linewidth 1 dashlength 1.3 \
        background '#ffffff'
}
if (format eq 'pdf') {
    set terminal pdfcairo noenhanced butt size width / 2.54, height / 2.54 \
        font sprintf('DejaVu Sans,%.3g', points * 0.75) fontscale 1 linewidth 1.5 pointscale 0.8 \
        dashlength 1.3
}
# LaTeX sets the text in the document's own type, which is narrower than ours.
typed = sprintf('"\\fontsize{%g}{%g}\\selectfont"', 1.1 * points, 1.3 * points)
if (format eq 'tex') {
    eval 'set terminal cairolatex pdf input header ' . typed . ' butt linewidth 1.5 ' . \
        'pointscale 0.8 dashlength 1.3 size width / 2.54, height / 2.54'
}
if (format eq 'tikz') {
    eval sprintf('set terminal tikz butt size %gcm,%gcm fontscale 1 dashlength 0.7 font ', \
        width, height) . typed
}
digits = latex ? '$%g$' : '%g'
set output name.(format eq 'tex' ? '-tex.tex' : '.'.format)
if (!latex) { set minussign }
set datafile separator tab
set datafile missing NaN

# Okabe and Ito's colours (Color Universal Design, 2008), with grey for their yellow, which is too
# pale for lines; in an order in which neighbours differ in lightness, for print in grey. Dashes and
# points repeat after 7 and 9, so 8 colours go a long way.
array colour[8] = ['#000000', '#D55E00', '#56B4E9', '#0072B2', \
                   '#E69F00', '#009E73', '#CC79A7', '#777777']
array dash[7] = [1, 6, 7, 8, 9, 10, 11]
set dashtype 6 (9, 3)
set dashtype 7 (4, 2.5)
set dashtype 8 (9, 3, 1.5, 3)
set dashtype 9 (14, 3, 4, 3)
set dashtype 10 (2.5, 1.5)
set dashtype 11 (8, 2, 2, 2, 2, 2)
array mark[9] = [7, 4, 9, 10, 5, 12, 6, 8, 2]
do for [i = 1:256] {
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

# The key is drawn here, for gnuplot's own is laid out by guesses that differ between terminals. A
# sample is a line ('lines'), one with its point ('points'), a point alone ('marks') or a box
# ('boxes').
unset key
across(x) = x / width
down(y) = 1 - y / height
array key_left[33]
key_left[1] = most(0.1, (width - key_total) / 2)
do for [c = 1:key_columns] { key_left[c + 1] = key_left[c] + key_width[c] }
do for [i = 1:(keyed ? n : 0)] {
    x = key_left[(i - 1) % key_columns + 1]
    y = 0.12 + (notes + (i - 1) / key_columns + 0.5) * line
    if (sample eq 'boxes') {
        set object 100 + i rectangle from screen across(x), screen down(y - 0.1) \
            to screen across(x + 0.6), screen down(y + 0.1) \
            fillcolor rgb tint[i] fillstyle solid 1 noborder
    } else {
        set arrow 100 + i from screen across(x), screen down(y) \
            to screen across(x + (sample eq 'marks' ? 0 : 0.75)), screen down(y) nohead \
            linetype style[i]
        if (sample eq 'points' || sample eq 'marks') {
            set label 200 + i '' at screen across(x + sample_width / 2), screen down(y) \
                point linetype style[i]
        }
    }
    set label 300 + i label[i] at screen across(x + sample_width + 0.1), screen down(y) left
}

# eval headless: panels after the first do without notes and key.
headless = 'unset label 1000; unset label 1001; do for [i = 1:(keyed ? n : 0)] { ' . \
    'unset label 300 + i; if (sample eq "boxes") { unset object 100 + i } ' . \
    'else { unset arrow 100 + i; unset label 200 + i } }'

# eval under('VARIABLE'): the title of the horizontal axis, where the panel is narrower than it: in
# the middle of the panel as far as the paper allows.
clamp(x, low, high) = low > high ? (low + high) / 2 : most(low, least(high, x))
under(name) = 'set label 1002 ' . name . ' at screen across(clamp((left + width - right) / 2, ' . \
    'strlen(' . name . ') * char / 2, width - strlen(' . name . ') * char / 2)), ' . \
    'screen across(0) + (bottom - 0.6) / height center'

# eval vertical('VARIABLE'): the title of the vertical axis, at the edge of the paper.
vertical(name) = 'set label 1003 ' . name . ' at screen across(0.22), graph 0.5 center rotate by 90'

# The text of a mark of an axis is a format: a % in a name stands there twice.
tic(s) = strstrt(s, '%') ? s[1:strstrt(s, '%')].'%'.tic(s[strstrt(s, '%') + 1:*]) : s

# A step between marks of an axis such that there are at most n. Whole numbers divide wholly, so 1.
step_of(raw) = raw <= 1 ? 1 : raw <= 2 ? 2 : raw <= 5 ? 5 : 10
step_at(raw) = 10**floor(log10(raw)) * step_of(raw / 10**floor(log10(raw)))
step(low, high, n) = step_at(1. * (high - low) / n)

# eval place(p): panel p, the first on top.
edge(p) = 1 - (top + (p - 1) * (panel + gap)) / height
place(p) = sprintf('set tmargin at screen %.6f; set bmargin at screen %.6f', \
                   edge(p), edge(p) - panel / height)

# eval marks('x'): on a logarithmic axis from x_low to x_high, which is short, 2 and 5 are marked too.
# The axis of colours is called v.
fits(v, low, high) = v >= low && v <= high
marks(axis) = 'do for [e = -9:12] { do for [m in "1 2 5"] { ' . \
    'if (fits(m * 10.0**e, '.axis.'_low, '.axis.'_high) && ' . \
    axis.'_high < 300 * '.axis.'_low) { ' . \
    'set '.(axis eq 'v' ? 'cb' : axis).'tics add (sprintf("%g", m * 10.0**e) m * 10.0**e) } } }'
