# shares.gp - the devices that each class of tasks, or each tenant, held in one run: areas one above the
# other, one panel an agent, with the same arrivals. What is white was idle, or broken.
panel = panels > 2 ? 2.2 : 2.8
left = 1.3
gap = 0.55
head = 0.32
sample = 'boxes'
load 'common.gp'

set xrange [x_low : x_high]
set yrange [0 : devices]
set xtics step(x_low, x_high, 6)
set ytics step(0, devices, 5)
set format y digits
set border 15
set style fill solid 1 noborder
y_title = 'devices held'
set multiplot
do for [p = 1:panels] {
    eval place(p)
    set xlabel p == panels ? x_title : ''
    set format x p == panels ? digits : ''
    set label 1002 agent[p] at graph 0, graph 1 offset 0, 0.62 left
    eval vertical('y_title')
    plot for [i = 1:n] data index block('layer', (p - 1) * layers + i) using 1:2:3 \
        with filledcurves fillcolor rgb tint[i] notitle
    if (p == 1) { eval headless }
}
unset multiplot
