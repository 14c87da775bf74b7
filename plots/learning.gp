# learning.gp - reward of training episodes against decisions, with interval bands; thin lines are
# what rules reach in evaluation.
panels = 1
panel = 4.4
sample = dotted ? 'points' : 'lines'
load 'common.gp'

do for [i = curves + 1:n] { set arrow 100 + i linewidth 0.7; unset label 200 + i }
set xrange [0 : x_high]
set yrange [y_low : y_high]
set format digits
set xlabel x_title
eval vertical('y_title')
eval place(1)
plot for [i = 1:curves] data index block('curve', i) using 1:3:4 with filledcurves \
         linecolor rgb colour[(style[i] - 1) % 8 + 1] fillstyle transparent solid 0.2 noborder \
         notitle, \
     for [i = 1:(dotted ? curves : 0)] data index block('curve', i) using 1:2:3:4 \
         with yerrorbars linetype style[i] dashtype 1 linewidth 0.6 notitle, \
     for [i = 1:curves] data index block('curve', i) using 1:2 with lines linetype style[i] \
         linewidth 1.4 notitle, \
     for [i = curves + 1:n] data index block('curve', i) using 1:2 with lines linetype style[i] \
         linewidth 0.7 notitle
