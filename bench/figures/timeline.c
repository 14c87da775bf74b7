/* timeline.c - how full a run is: devices in use, tasks that wait, memory, power, each against
 * simulated time for agents in the same world; of one agent alone, for each group of devices.
 * Behind them stands what comes from outside: devices that are broken, the carbon intensity or the
 * price of energy. */
#include "plot_kind.h"

#include "error.h"
#include "gauge.h"
#include "listen.h"
#include "scenario.h"
#include "windows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define AGENTS_MAX 4
/* More groups of devices than that are not told apart. */
#define GROUPS_MAX 8

/* What is followed: columns of the tables behind the time. Where attention divides devices nobody
 * waits, so that all tasks count. */
enum { BUSY, TASKS, MEMORY, POWER, DOWN, CARBON, PRICE, N_FOLLOWED };

/* One line: an agent, or one of its groups of devices. */
typedef struct line {
    windows w;
    int group;  // -1: all
} line;

/* Lines that one run fills. */
typedef struct lines {
    line *first;
    int n;
} lines;

/* What is drawn: the lines, and what is seen beside the first agent behind them. */
typedef struct timeline {
    line line[GROUPS_MAX + 1];
    int n;
    bool by_group;
    const line *world;
} timeline;

/* ---- runs --------------------------------------------------------------------------------- */

static void see_line(line *l, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    const gauge g = gauge_read(e, l->group);
    const bool all = poise_env_view(e)->space->shares || l->group >= 0;
    windows_add(&l->w, from_ns, to_ns,
                (double[N_FOLLOWED]){
                    [BUSY] = g.busy,
                    [TASKS] = all ? g.in_system : g.in_system - g.in_service,
                    [MEMORY] = g.memory,
                    [POWER] = g.power_w,
                    [DOWN] = g.down,
                    [CARBON] = g.carbon_g_per_kwh,
                    [PRICE] = g.price_per_kwh,
                });
}

static void see(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    const lines *of = data;
    for (int i = 0; i < of->n; i++)
        see_line(&of->first[i], e, from_ns, to_ns);
}

static bool follow(plot_input *in, const result_cell *cell, lines of, poise_error *err)
{
    const int64_t from_ns = isnan(in->from_s) ? 0 : (int64_t)(in->from_s * 1e9);
    const int64_t to_ns = isnan(in->to_s) ? INT64_MAX : (int64_t)(in->to_s * 1e9);
    const env_listener listener = {.data = &of, .pass = see};
    for (int i = 0; i < of.n; i++)
        if (!windows_begin(&of.first[i].w, N_FOLLOWED, from_ns, to_ns))
            return error_null(err, "out of memory for the course of a run");
    env_listen(in->env, &listener);
    const bool good = plot_rerun(in, cell, NULL, err);
    env_listen(in->env, NULL);
    return good;
}

/* ---- the figure --------------------------------------------------------------------------- */

static double highest(const line *l, int n, int value)
{
    double high = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < windows_count(&l[i].w); k++)
            high = fmax(high, windows_mean(&l[i].w, k, value));
    return high;
}

/* What comes from outside, as seen beside the first agent: windows as they are, not their middles.
 */
static void write_world(const windows *w, double per_s, figure *f)
{
    string_buffer *table = figure_table(f, "world", 1);
    figure_columns(f, "time up carbon price");
    for (int k = 0; k < windows_count(w); k++)
        for (int side = 0; side < 2; side++)
            table_row(table, 4,
                      (double[]){(side ? windows_end_s(w, k) : windows_begin_s(w, k)) / per_s,
                                 1 - windows_mean(w, k, DOWN), windows_mean(w, k, CARBON),
                                 windows_mean(w, k, PRICE)});
}

static void write_courses(const line *l, int n, double per_s, double per_w, figure *f)
{
    for (int i = 0; i < n; i++) {
        string_buffer *table = figure_table(f, "course", i + 1);
        figure_columns(f, "time busy tasks memory power");
        const windows *w = &l[i].w;
        for (int k = 0; k < windows_count(w); k++)
            table_row(table, 5,
                      (double[]){windows_middle_s(w, k) / per_s, windows_mean(w, k, BUSY),
                                 windows_mean(w, k, TASKS), windows_mean(w, k, MEMORY),
                                 windows_mean(w, k, POWER) / per_w});
    }
}

static void name_outside(const plot_input *in, const line *world, figure *f)
{
    const bool is_carbon = in->loaded->carbon.n > 0, is_price = in->loaded->price.n > 0;
    const int behind = is_carbon ? CARBON : PRICE;
    figure_number(f, "outside", is_carbon || is_price);
    figure_number(f, "outside_column", is_carbon ? 3 : 4);
    figure_number(f, "outside_high", fmax(highest(world, 1, behind), 1e-9));
    figure_text(f, "outside_title", is_carbon ? "carbon (g/kWh)" : is_price ? "price per kWh" : "");
    figure_number(f, "with_price", is_carbon && is_price);
    figure_number(f, "price_high", fmax(highest(world, 1, PRICE), 1e-9));
}

/* A panel for each thing that the scenario has. */
static void write_panels(const plot_input *in, const timeline *t, figure *f)
{
    double end_s = 0;
    for (int i = 0; i < t->n; i++)
        end_s = fmax(end_s, (double)t->line[i].w.end_ns * 1e-9);
    const double from_s = (double)t->world->w.from_ns * 1e-9;
    const double watts = highest(t->line, t->n, POWER), memory = highest(t->line, t->n, MEMORY);
    const plot_unit time = plot_time_unit(end_s), power = plot_unit_of("W", watts);
    write_courses(t->line, t->n, time.per, power.per, f);
    write_world(&t->world->w, time.per, f);
    figure_number(f, "x_low", from_s / time.per);
    figure_number(f, "x_high", end_s / time.per);
    plot_axis(f, "x_title", "simulated time", time.unit);
    plot_axis(f, "power_title", "power", power.unit);
    figure_number(f, "power_high", watts / power.per);
    figure_text(f, "tasks_title",
                t->by_group                                ? "tasks running"
                : poise_scenario_space(in->loaded)->shares ? "tasks in system"
                                                           : "tasks waiting");
    figure_number(f, "with_memory", memory > 0);
    figure_number(f, "with_power", watts > 0);
    figure_number(f, "with_down", highest(t->world, 1, DOWN) > 0);
    figure_number(f, "memory_high", memory);
    figure_number(f, "tasks_high", highest(t->line, t->n, TASKS));
    name_outside(in, t->world, f);
}

/* A line for each group of devices. */
static void name_groups(const plot_input *in, const timeline *t, figure *f)
{
    const poise_space *space = poise_scenario_space(in->loaded);
    char text[GROUPS_MAX][128];
    const char *label[GROUPS_MAX];
    double style[GROUPS_MAX];
    for (int g = 0; g < t->n; g++) {
        plot_short(space->group_name[g], text[g], sizeof text[g]);
        label[g] = text[g];
        style[g] = g + 1;
    }
    figure_number(f, "n", t->n);
    figure_texts(f, "label", label, t->n);
    figure_numbers(f, "style", style, t->n);
}

/* Runs them all; all lines have windows of one width then. false with a sentence in err. */
static bool run_all(plot_input *in, const plot_rows *rows, int64_t seed, timeline *t,
                    poise_error *err)
{
    const int n_groups = poise_scenario_space(in->loaded)->n_groups;
    t->by_group = rows->n == 1 && in->agents.n == 1 && n_groups > 1 && n_groups <= GROUPS_MAX;
    t->n = t->by_group ? n_groups : rows->n;
    for (int i = 0; i <= GROUPS_MAX; i++)
        t->line[i].group = t->by_group && i < t->n ? i : -1;
    t->world = &t->line[t->by_group ? t->n : 0];
    for (int i = 0; i < rows->n; i++) {
        const lines of = {&t->line[i], t->by_group ? t->n + 1 : 1};
        if (!follow(in, plot_cell(rows->at[i], seed), of, err))
            return false;
    }
    int widest = 0;
    for (int i = 0; i < t->n; i++)
        widest = t->line[i].w.width_ns > t->line[widest].w.width_ns ? i : widest;
    for (int i = 0; i < t->n; i++)
        windows_match(&t->line[i].w, &t->line[widest].w);
    return true;
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, timeline *t,
                         figure *f, poise_error *err)
{
    if (!plot_open(in, err) || !run_all(in, rows, seed, t, err))
        return PLOT_FAILED;
    int longest = 0;
    for (int i = 0; i < t->n; i++)
        longest = windows_count(&t->line[i].w) > longest ? windows_count(&t->line[i].w) : longest;
    if (longest == 0) {
        error_null(err, "no run lasts until --from");
        return PLOT_NO_DATA;
    }
    write_panels(in, t, f);
    if (t->by_group)
        name_groups(in, t, f);
    else
        plot_name_rows(in, rows, f);
    const double width_s = (double)t->line[0].w.width_ns * 1e-9;
    const plot_unit unit = plot_time_unit(width_s);
    char whose[160] = "";
    if (t->by_group)
        plot_short(rows->at[0]->label, whose, sizeof whose);
    plot_note(in, f, NULL, "%s%sseed %" PRId64 ", means over %.3g %s%s", whose, *whose ? ", " : "",
              seed, width_s / unit.per, unit.unit,
              highest(t->world, 1, DOWN) > 0 ? "; grey: broken" : "");
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const plot_rows rows = plot_choose_few(in, 2, AGENTS_MAX);
    const int64_t seed = plot_seed(in, &rows);
    if (seed < 0) {
        error_null(err, "there is no such seed from which all agents have a finished run");
        return PLOT_NO_DATA;
    }
    timeline t = {0};
    const plot_outcome outcome = draw(in, &rows, seed, &t, f, err);
    for (int i = 0; i <= GROUPS_MAX; i++)
        windows_free(&t.line[i].w);
    return outcome;
}

const plot_kind plot_timeline = {
    .name = "timeline",
    .about = "devices in use, tasks that wait, memory and power against simulated time in one run",
    .fill = fill,
};
