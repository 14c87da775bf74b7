# learning.gp - reward of training episodes against decisions, with interval bands; thin lines are
# what rules reach in evaluation.
panels = 1
panel = 4.2
load 'common.gp'

set xrange [0 : x_high]
set yrange [y_low : y_high]
set format '%g'
set xlabel x_title
set ylabel y_title
eval place(1)
plot for [i = 1:curves] sprintf('curve-%d.tsv', i) using 1:3:4 with filledcurves \
         linecolor rgb colour[(style[i] - 1) % 8 + 1] fillstyle transparent solid 0.2 noborder \
         notitle, \
     for [i = 1:curves] sprintf('curve-%d.tsv', i) using 1:2 with lines linetype style[i] \
         linewidth 1.4 title label[i], \
     for [i = curves + 1:n] sprintf('curve-%d.tsv', i) using 1:2 with lines linetype style[i] \
         linewidth 0.7 title label[i]
