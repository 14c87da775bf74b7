/* shares.c - who got how much: the devices that each class of tasks (or each tenant, where tasks
 * have one) held in a run, one above the other, for agents in the same world. A task on a device
 * that attention divides counts with its part. */
#include "plot_kind.h"

#include "error.h"
#include "gauge.h"
#include "listen.h"
#include "scenario.h"
#include "windows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define PANELS_MAX 4
/* Layers that have a colour each; the last is for all others. */
#define LAYERS_MAX 8

/* Fills whose neighbours differ in lightness. */
static const char *const tints[LAYERS_MAX] = {"#0072B2", "#E69F00", "#4b2c6f", "#F0E442",
                                              "#009E73", "#8ccbf0", "#D55E00", "#c0c0c0"};

typedef struct layers {
    bool by_tenant;
    int n_owners, n;  // classes or tenants; layers
    const char *const *name;
    double *held;  // (n_owners) room
    windows w;
} layers;

/* ---- runs --------------------------------------------------------------------------------- */

static void see(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    layers *l = data;
    double value[LAYERS_MAX] = {0};
    gauge_held(e, l->by_tenant, l->held);
    for (int i = 0; i < l->n_owners; i++)
        value[i < l->n ? i : l->n - 1] += l->held[i];
    windows_add(&l->w, from_ns, to_ns, value);
}

static bool follow(plot_input *in, const result_cell *cell, layers *l, poise_error *err)
{
    const int64_t from_ns = isnan(in->from_s) ? 0 : (int64_t)(in->from_s * 1e9);
    const int64_t to_ns = isnan(in->to_s) ? INT64_MAX : (int64_t)(in->to_s * 1e9);
    const poise_space *space = poise_scenario_space(in->loaded);
    const env_listener listener = {.data = l, .pass = see};
    l->by_tenant = space->n_tenants > 1;
    l->n_owners = l->by_tenant ? space->n_tenants : space->n_classes;
    l->name = l->by_tenant ? space->tenant_name : space->class_name;
    l->n = l->n_owners < LAYERS_MAX ? l->n_owners : LAYERS_MAX;
    l->held = calloc((size_t)l->n_owners, sizeof *l->held);
    if (!l->held || !windows_begin(&l->w, l->n, from_ns, to_ns))
        return error_null(err, "out of memory for the course of a run");
    env_listen(in->env, &listener);
    const bool good = plot_rerun(in, cell, NULL, err);
    env_listen(in->env, NULL);
    return good;
}

/* ---- the figure --------------------------------------------------------------------------- */

/* The layers of an agent, each from the one below it; corners of windows, for areas are steps. */
static void write_layers(const layers *l, double per_s, int panel, figure *f)
{
    const windows *w = &l->w;
    for (int i = 0; i < l->n; i++) {
        string_buffer *table = figure_table(f, "layer", panel * LAYERS_MAX + i + 1);
        figure_columns(f, "time bottom top");
        for (int k = 0; k < windows_count(w); k++) {
            double below = 0;
            for (int j = 0; j < i; j++)
                below += windows_mean(w, k, j);
            for (int side = 0; side < 2; side++)
                table_row(table, 3,
                          (double[]){(side ? windows_end_s(w, k) : windows_begin_s(w, k)) / per_s,
                                     below, below + windows_mean(w, k, i)});
        }
    }
}

static void name_layers(const layers *l, figure *f)
{
    char text[LAYERS_MAX][128];
    const char *label[LAYERS_MAX];
    for (int i = 0; i < l->n; i++) {
        const bool is_rest = i + 1 == l->n && l->n_owners > l->n;
        plot_short(is_rest ? "others" : l->name[i], text[i], sizeof text[i]);
        label[i] = text[i];
    }
    figure_number(f, "n", l->n);
    figure_texts(f, "label", label, l->n);
    figure_colours(f, "tint", tints, l->n);
}

static void write_axes(const plot_input *in, const windows *w, plot_unit time, double end_s,
                       figure *f)
{
    const poise_space *space = poise_scenario_space(in->loaded);
    double devices = 0;
    for (int g = 0; g < space->n_groups; g++)
        devices += space->count[g];
    figure_number(f, "layers", LAYERS_MAX);
    figure_number(f, "devices", devices);
    figure_number(f, "x_low", (double)w->from_ns * 1e-9 / time.per);
    figure_number(f, "x_high", end_s / time.per);
    plot_axis(f, "x_title", "simulated time", time.unit);
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, layers *l, figure *f,
                         poise_error *err)
{
    double end_s = 0;
    int widest = 0;
    if (!plot_open(in, err))
        return PLOT_FAILED;
    for (int i = 0; i < rows->n; i++) {
        if (!follow(in, plot_cell(rows->at[i], seed), &l[i], err))
            return PLOT_FAILED;
        end_s = windows_count(&l[i].w) ? fmax(end_s, (double)l[i].w.end_ns * 1e-9) : end_s;
        widest = l[i].w.width_ns > l[widest].w.width_ns ? i : widest;
    }
    if (end_s <= 0) {
        error_null(err, "no run lasts until --from");
        return PLOT_NO_DATA;
    }
    const plot_unit time = plot_time_unit(end_s);
    for (int i = 0; i < rows->n; i++) {
        windows_match(&l[i].w, &l[widest].w);
        write_layers(&l[i], time.per, i, f);
    }
    name_layers(&l[0], f);
    plot_name_panels(rows, f);
    write_axes(in, &l[0].w, time, end_s, f);
    const double width_s = (double)l[widest].w.width_ns * 1e-9;
    const plot_unit unit = plot_time_unit(width_s);
    plot_note(in, f, NULL, "seed %" PRId64 ", means over %.3g %s", seed, width_s / unit.per,
              unit.unit);
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const plot_rows rows = plot_choose_few(in, 2, PANELS_MAX);
    const int64_t seed = plot_seed(in, &rows);
    if (seed < 0) {
        error_null(err, "there is no such seed from which all agents have a finished run");
        return PLOT_NO_DATA;
    }
    layers l[PANELS_MAX] = {0};
    const plot_outcome outcome = draw(in, &rows, seed, l, f, err);
    for (int i = 0; i < rows.n; i++) {
        free(l[i].held);
        windows_free(&l[i].w);
    }
    return outcome;
}

const plot_kind plot_shares = {
    .name = "shares",
    .about = "devices that each class of tasks, or each tenant, held in one run",
    .fill = fill,
};
