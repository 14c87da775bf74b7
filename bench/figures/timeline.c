/* timeline.c - how full a run is: devices in use, tasks that wait, memory, power, each against
 * simulated time for agents in the same world. Behind them stands what comes from outside: devices
 * that are broken, the carbon intensity or the price of energy. */
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

/* What is followed: columns of the tables behind the time. Where attention divides devices nobody
 * waits, so that all tasks count. */
enum { BUSY, TASKS, MEMORY, POWER, DOWN, OUTSIDE, N_FOLLOWED };

/* ---- runs --------------------------------------------------------------------------------- */

static void see(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    const gauge g = gauge_read(e, -1);
    const bool shares = poise_env_view(e)->space->shares;
    windows_add(data, from_ns, to_ns,
                (double[N_FOLLOWED]){
                    [BUSY] = g.busy,
                    [TASKS] = shares ? g.in_system : g.in_system - g.in_service,
                    [MEMORY] = g.memory,
                    [POWER] = g.power_w,
                    [DOWN] = g.down,
                    [OUTSIDE] = g.carbon_g_per_kwh > 0 ? g.carbon_g_per_kwh : g.price_per_kwh,
                });
}

static bool follow(plot_input *in, const result_cell *cell, windows *w, poise_error *err)
{
    const int64_t from_ns = isnan(in->from_s) ? 0 : (int64_t)(in->from_s * 1e9);
    const int64_t to_ns = isnan(in->to_s) ? INT64_MAX : (int64_t)(in->to_s * 1e9);
    const env_listener listener = {.data = w, .pass = see};
    if (!plot_open(in, err))
        return false;
    if (!windows_begin(w, N_FOLLOWED, from_ns, to_ns))
        return error_null(err, "out of memory for the course of a run");
    env_listen(in->env, &listener);
    const bool good = plot_rerun(in, cell, NULL, err);
    env_listen(in->env, NULL);
    return good;
}

/* ---- the figure --------------------------------------------------------------------------- */

static double highest(const windows *w, int n, int value)
{
    double high = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < windows_count(&w[i]); k++)
            high = fmax(high, windows_mean(&w[i], k, value));
    return high;
}

/* What comes from outside, as seen beside the first agent: windows as they are, not their middles.
 */
static void write_world(const windows *w, double per_s, figure *f)
{
    string_buffer *table = figure_table(f, "world", 1);
    figure_columns(f, "time up outside");
    for (int k = 0; k < windows_count(w); k++)
        for (int side = 0; side < 2; side++)
            table_row(table, 3,
                      (double[]){(side ? windows_end_s(w, k) : windows_begin_s(w, k)) / per_s,
                                 1 - windows_mean(w, k, DOWN), windows_mean(w, k, OUTSIDE)});
}

static void write_courses(const windows *w, int n, double per_s, double per_w, figure *f)
{
    for (int i = 0; i < n; i++) {
        string_buffer *table = figure_table(f, "course", i + 1);
        figure_columns(f, "time busy tasks memory power");
        for (int k = 0; k < windows_count(&w[i]); k++)
            table_row(table, 5,
                      (double[]){windows_middle_s(&w[i], k) / per_s, windows_mean(&w[i], k, BUSY),
                                 windows_mean(&w[i], k, TASKS), windows_mean(&w[i], k, MEMORY),
                                 windows_mean(&w[i], k, POWER) / per_w});
    }
}

static void name_outside(const plot_input *in, const windows *w, figure *f)
{
    const bool is_carbon = in->loaded->carbon.n > 0, is_price = in->loaded->price.n > 0;
    figure_number(f, "outside", is_carbon || is_price);
    figure_number(f, "outside_high", fmax(highest(w, 1, OUTSIDE), 1e-9));
    figure_text(f, "outside_title", is_carbon ? "carbon (g/kWh)" : is_price ? "price per kWh" : "");
}

/* A panel for each thing that the scenario has. */
static void write_panels(const plot_input *in, const windows *w, int n, figure *f)
{
    double end_s = 0;
    for (int i = 0; i < n; i++)
        end_s = fmax(end_s, (double)w[i].end_ns * 1e-9);
    const double from_s = (double)w[0].from_ns * 1e-9, watts = highest(w, n, POWER);
    const plot_unit time = plot_time_unit(end_s), power = plot_unit_of("W", watts);
    write_courses(w, n, time.per, power.per, f);
    write_world(&w[0], time.per, f);
    figure_number(f, "x_low", from_s / time.per);
    figure_number(f, "x_high", end_s / time.per);
    plot_axis(f, "x_title", "simulated time", time.unit);
    plot_axis(f, "power_title", "power", power.unit);
    figure_number(f, "power_high", watts / power.per);
    figure_text(f, "tasks_title",
                poise_scenario_space(in->loaded)->shares ? "tasks in system" : "tasks waiting");
    figure_number(f, "with_memory", highest(w, n, MEMORY) > 0);
    figure_number(f, "with_power", watts > 0);
    figure_number(f, "with_down", highest(w, 1, DOWN) > 0);
    figure_number(f, "memory_high", highest(w, n, MEMORY));
    figure_number(f, "tasks_high", highest(w, n, TASKS));
    name_outside(in, w, f);
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, windows *w, figure *f,
                         poise_error *err)
{
    for (int i = 0; i < rows->n; i++)
        if (!follow(in, plot_cell(rows->at[i], seed), &w[i], err))
            return PLOT_FAILED;
    int widest = 0, longest = 0;
    for (int i = 0; i < rows->n; i++) {
        widest = w[i].width_ns > w[widest].width_ns ? i : widest;
        longest = windows_count(&w[i]) > longest ? windows_count(&w[i]) : longest;
    }
    if (longest == 0) {
        error_null(err, "no run lasts until --from");
        return PLOT_NO_DATA;
    }
    for (int i = 0; i < rows->n; i++)
        windows_match(&w[i], &w[widest]);
    write_panels(in, w, rows->n, f);
    plot_name_rows(in, rows, f);
    const double width_s = (double)w[widest].width_ns * 1e-9;
    const plot_unit unit = plot_time_unit(width_s);
    plot_note(in, f, NULL, "seed %" PRId64 ", means over %.3g %s%s", seed, width_s / unit.per,
              unit.unit, highest(w, 1, DOWN) > 0 ? "; grey: broken" : "");
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
    windows w[AGENTS_MAX] = {0};
    const plot_outcome outcome = draw(in, &rows, seed, w, f, err);
    for (int i = 0; i < rows.n; i++)
        windows_free(&w[i]);
    return outcome;
}

const plot_kind plot_timeline = {
    .name = "timeline",
    .about = "devices in use, tasks that wait, memory and power against simulated time in one run",
    .fill = fill,
};
