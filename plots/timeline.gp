# timeline.gp - devices in use, waiting tasks, memory and power against simulated time within one
# run, for each agent. Grey areas come from outside: broken devices, carbon or price of energy.
panels = 2 + with_memory + with_power + with_price
panel = panels > 3 ? 1.9 : 2.2
gap = 0.35
left = 1.5
right = outside && with_power ? 1.25 : 0.35
load 'common.gp'

set style fill solid 1 noborder
set xrange [x_low : x_high]
set format digits
array title[5] = ['devices in use', tasks_title, 'memory in use', power_title, 'price per kWh']
array shown[5] = [1, 1, with_memory, with_power, with_price]
array high[5] = [1, most(tasks_high, 1), most(memory_high, 1), power_high, price_high]
array column[4] = [2, 3, 4, 5]
courses = 'for [i = 1:n] data index block("course", i) using 1:column[q] with linespoints ' . \
    'linetype style[i] pointinterval 12 notitle'
behind_1 = with_down ? 'data index block("world", 1) using 1:2:(1) with filledcurves ' . \
    'fillcolor rgb "#c4c4c4" notitle, ' : ''
behind_4 = outside ? 'data index block("world", 1) using 1:outside_column axes x1y2 ' . \
    'with filledcurves y2=0 fillcolor rgb "#dcdcdc" notitle, ' : ''
beside = 'set border 11; set y2range [0 : outside_high * 1.05]; ' . \
    'set y2tics step(0, outside_high, 4) nomirror out scale 0.5, 0.25 offset -0.5, 0; ' . \
    'set label 1004 outside_title at screen across(width - 0.18), graph 0.5 center rotate by 90'
price = 'data index block("world", 1) using 1:4 with lines linetype 1 dashtype 1 notitle'
set multiplot
p = 0
do for [q = 1:5] {
    if (!shown[q]) { continue }
    p = p + 1
    eval place(p)
    if (p == 2) { eval headless }
    set format x p == panels ? digits : ''
    set xlabel p == panels ? x_title : ''
    y_title = title[q]
    eval vertical('y_title')
    set yrange [0 : high[q] * 1.05]
    set ytics step(0, high[q], 4)
    if (q == 4 && outside) { eval beside }
    eval 'plot ' . (q == 1 ? behind_1 : q == 4 ? behind_4 : '') . (q < 5 ? courses : price)
    if (q == 4 && outside) { set border 3; unset y2tics; unset label 1004 }
}
unset multiplot
