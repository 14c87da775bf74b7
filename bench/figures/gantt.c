/* gantt.c - what every device did over a stretch of one run: its tasks, and when it was broken or
 * slept. A device has a lane for each core, or for as many tasks as it ever has at once, and a task
 * is drawn on the lowest lanes that are free. */
#include "plot_kind.h"

#include "error.h"
#include "scenario.h"
#include "spans.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANELS_MAX 4
#define TINTS 8
/* Tables of a panel: a tint each, all other classes, devices that sleep, broken ones. */
enum { OTHERS = TINTS, ASLEEP, BROKEN, TABLES };
#define LANES_MAX 65536
/* Lanes of a device that has no cores, however many tasks divide it. */
#define CROWD_MAX 24
/* The stretch chosen by itself: as many mean services long. */
#define STRETCH 8
/* More bars than that have no outline: it would cover them. */
#define OUTLINED_MAX 1500

/* Fills, mostly Okabe and Ito's; the first few differ in lightness, for print in grey. */
static const char *const tints[TABLES] = {"#0072B2",
                                          "#E69F00",
                                          "#F0E442",
                                          "#4b2c6f",
                                          "#D55E00",
                                          "#8ccbf0",
                                          "#009E73",
                                          "#CC79A7",
                                          [OTHERS] = "#b0b0b0",
                                          [ASLEEP] = "#e4e4e4",
                                          [BROKEN] = "#000000"};

typedef struct chart {
    const poise_scenario *scenario;
    spans run[PANELS_MAX];
    int n_runs;
    double from_s, to_s;
    plot_unit unit;
    int *lanes;       // (n_groups) of one device
    int *first_lane;  // (n_groups + 1)
    int *tint_of;     // (n_classes) 0 .. OTHERS
    bool used[TABLES];
    int n_bars;
    int64_t *free_ns;  // (lanes) until when each is taken
} chart;

/* ---- the stretch -------------------------------------------------------------------------- */

static double mean_service_s(const poise_episode *ep)
{
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++) {
        const poise_record *r = &ep->record[i];
        if (r->fate != POISE_FINISHED)
            continue;
        sum += (double)(r->finished_ns - r->started_ns) * 1e-9;
        n++;
    }
    return n ? sum / (double)n : 0;
}

/* Around the middle of the measured time, unless it is given; never beyond the run. */
static void settle_stretch(const plot_input *in, const poise_episode *ep, chart *c)
{
    const double length_s = STRETCH * mean_service_s(ep), end_s = seconds(ep->totals.end_ns);
    const double begin_s = ep->totals.begin_ns < 0 ? 0 : seconds(ep->totals.begin_ns);
    const double middle_s = fmax(begin_s, (begin_s + end_s - length_s) / 2);
    c->from_s = !isnan(in->from_s) ? in->from_s
                : isnan(in->to_s)  ? middle_s
                                   : fmax(0, in->to_s - length_s);
    c->to_s = fmin(end_s, isnan(in->to_s) ? c->from_s + length_s : in->to_s);
    c->unit = plot_time_unit(c->to_s - c->from_s);
}

/* ---- classes ------------------------------------------------------------------------------ */

static bool is_shown(const chart *c, const span *s)
{
    return seconds(s->from_ns) < c->to_s && seconds(s->to_ns) > c->from_s;
}

/* Whether class k of n has its colour before class i: by number, or by count where colours are few.
 */
static bool comes_before(const int *count, int n, int k, int i)
{
    if (n > TINTS && count[k] != count[i])
        return count[k] > count[i];
    return k < i;
}

/* Up to 8 classes have a colour each; of more, those seen most often in the stretch. Tasks of the
 * only class there is have colours in turn, to tell them apart. */
static bool settle_tints(chart *c)
{
    const int n = c->scenario->n_classes;
    const spans *run = &c->run[0];
    c->tint_of = calloc((size_t)n, sizeof *c->tint_of);
    int *count = calloc((size_t)n, sizeof *count);
    for (int64_t i = 0; count && i < run->n; i++)
        if (run->at[i].kind == SPAN_TASK && is_shown(c, &run->at[i]))
            count[run->at[i].class_id]++;
    for (int i = 0; c->tint_of && count && i < n; i++) {
        int before = 0;
        for (int k = 0; k < n; k++)
            before += comes_before(count, n, k, i);
        c->tint_of[i] = before < TINTS ? before : OTHERS;
    }
    const bool good = c->tint_of && count;
    free(count);
    return good;
}

static int table_of(const chart *c, const span *s)
{
    if (s->kind != SPAN_TASK)
        return s->kind == SPAN_BROKEN ? BROKEN : ASLEEP;
    return c->scenario->n_classes > 1 ? c->tint_of[s->class_id] : (int)(s->record % TINTS);
}

/* ---- lanes -------------------------------------------------------------------------------- */

static bool has_cores(const scenario_group *g)
{
    return g->params.cores > 1;
}

/* The most tasks that a device of the group has at once in the stretch. */
static int crowd_of(const chart *c, int group)
{
    const int n = c->scenario->group[group].count;
    int64_t(*free_ns)[CROWD_MAX] = error_must(calloc((size_t)n, sizeof *free_ns));
    int most = 1;
    for (int r = 0; r < c->n_runs; r++) {
        memset(free_ns, 0, (size_t)n * sizeof *free_ns);
        for (int64_t i = 0; i < c->run[r].n; i++) {
            const span *s = &c->run[r].at[i];
            if (s->kind != SPAN_TASK || s->group != group || !is_shown(c, s))
                continue;
            int lane = 0;
            while (lane + 1 < CROWD_MAX && free_ns[s->device][lane] > s->from_ns)
                lane++;
            free_ns[s->device][lane] = s->to_ns;
            most = lane + 1 > most ? lane + 1 : most;
        }
    }
    free(free_ns);
    return most;
}

static bool settle_lanes(chart *c, poise_error *err)
{
    const poise_scenario *s = c->scenario;
    c->lanes = calloc((size_t)s->n_groups, sizeof *c->lanes);
    c->first_lane = calloc((size_t)s->n_groups + 1, sizeof *c->first_lane);
    if (!c->lanes || !c->first_lane)
        return error_null(err, "out of memory");
    for (int g = 0; g < s->n_groups; g++) {
        c->lanes[g] = has_cores(&s->group[g]) ? s->group[g].params.cores : crowd_of(c, g);
        const int64_t n = (int64_t)s->group[g].count * c->lanes[g];
        if (c->first_lane[g] + n > LANES_MAX)
            return error_null(err, "more than %d devices or cores cannot be shown", LANES_MAX);
        c->first_lane[g + 1] = c->first_lane[g] + (int)n;
    }
    c->free_ns = calloc((size_t)c->first_lane[s->n_groups] + 1, sizeof *c->free_ns);
    return c->free_ns || error_null(err, "out of memory");
}

/* ---- bars --------------------------------------------------------------------------------- */

static void bar(chart *c, const span *s, int low, int high, string_buffer *const *out)
{
    c->n_bars++;
    table_row(out[table_of(c, s)], 4,
              (double[]){fmax(seconds(s->from_ns), c->from_s) / c->unit.per,
                         fmin(seconds(s->to_ns), c->to_s) / c->unit.per, low, high});
}

/* Takes the lowest free lanes of the task's device; neighbours make one bar. */
static void place(chart *c, const span *s, string_buffer *const *out)
{
    const int n_lanes = c->lanes[s->group];
    const int first = c->first_lane[s->group] + s->device * n_lanes;
    int left = has_cores(&c->scenario->group[s->group]) ? s->cores : 1, low = -1;
    for (int lane = first; lane < first + n_lanes && left > 0; lane++) {
        const bool is_free = c->free_ns[lane] <= s->from_ns;
        if (is_free) {
            low = low < 0 ? lane : low;
            c->free_ns[lane] = s->to_ns;
            left--;
        }
        const bool ends = !is_free || left == 0 || lane + 1 == first + n_lanes;
        if (ends && low >= 0)
            bar(c, s, low, is_free ? lane + 1 : lane, out);
        low = ends ? -1 : low;
    }
}

/* The tables of a panel. Each begins with a bar beyond the frame, for gnuplot complains of empty
 * ones. Spans stand in order of their beginning. */
static void draw_panel(chart *c, int panel, figure *f)
{
    string_buffer *out[TABLES];
    size_t empty[TABLES];
    for (int i = 0; i < TABLES; i++) {
        out[i] = figure_table(f, "bars", panel * TABLES + i + 1);
        figure_columns(f, "from to top bottom");
        table_row(out[i], 4, (double[]){-2, -1, -2, -1});
        empty[i] = out[i]->length;
    }
    memset(c->free_ns, 0, (size_t)c->first_lane[c->scenario->n_groups] * sizeof *c->free_ns);
    for (int64_t i = 0; i < c->run[panel].n; i++) {
        const span *s = &c->run[panel].at[i];
        const int first = c->first_lane[s->group] + s->device * c->lanes[s->group];
        if (!is_shown(c, s))
            continue;
        if (s->kind == SPAN_TASK)
            place(c, s, out);
        else
            bar(c, s, first, first + c->lanes[s->group], out);
    }
    for (int i = 0; i < TABLES; i++)
        c->used[i] |= out[i]->length > empty[i];
}

/* ---- the figure --------------------------------------------------------------------------- */

/* What the key says of a table; false if nothing. */
static bool name_table(const chart *c, int table, char *text, size_t size)
{
    int class_id = 0;
    if (!c->used[table] || (c->scenario->n_classes == 1 && table < ASLEEP))
        return false;
    while (table < OTHERS && c->tint_of[class_id] != table)
        class_id++;
    plot_short(table < OTHERS    ? c->scenario->classes[class_id].name
               : table == OTHERS ? "others"
               : table == ASLEEP ? "(asleep)"
                                 : "(broken)",
               text, size);
    return true;
}

static void name_tables(const chart *c, figure *f)
{
    char text[TABLES][128];
    const char *label[TABLES] = {""}, *tint[TABLES] = {tints[0]};
    int n = 0;
    for (int t = 0; t < TABLES; t++)
        if (name_table(c, t, text[n], sizeof text[n])) {
            label[n] = text[n];
            tint[n++] = tints[t];
        }
    figure_number(f, "keyed", n > 0);
    figure_number(f, "n", n > 0 ? n : 1);
    figure_number(f, "outlined", c->n_bars < OUTLINED_MAX);
    figure_number(f, "tables", TABLES);
    figure_texts(f, "label", label, n > 0 ? n : 1);
    figure_colours(f, "tint", tint, n > 0 ? n : 1);
    figure_colours(f, "fill", tints, TABLES);
}

static bool name_groups(const chart *c, figure *f)
{
    const int n = c->scenario->n_groups;
    const char **name = calloc((size_t)n, sizeof *name);
    double *lane = calloc((size_t)n + 1, sizeof *lane);
    for (int g = 0; name && lane && g <= n; g++) {
        lane[g] = c->first_lane[g];
        if (g < n)
            name[g] = c->scenario->group[g].name;
    }
    const bool good = name && lane;
    if (good) {
        figure_number(f, "groups", n);
        figure_texts(f, "group", name, n);
        figure_numbers(f, "first_lane", lane, n + 1);
    }
    free(name);
    free(lane);
    return good;
}

static void name_axes(const plot_input *in, const chart *c, const plot_rows *rows, int64_t seed,
                      figure *f)
{
    plot_name_panels(rows, f);
    figure_number(f, "x_low", c->from_s / c->unit.per);
    figure_number(f, "x_high", c->to_s / c->unit.per);
    plot_axis(f, "x_title", "simulated time", c->unit.unit);
    plot_note(in, f, NULL, "seed %" PRId64 ", a bar is a task", seed);
}

/* The row that the one run to be shown is of. */
static plot_rows row_of_cell(const plot_input *in)
{
    plot_rows rows = {0};
    for (int i = 0; i < in->report.n_rows; i++)
        for (int k = 0; k < in->report.row[i].n_cells; k++)
            if (in->report.row[i].cell[k] == in->cell)
                rows.at[rows.n++] = &in->report.row[i];
    return rows;
}

/* Runs them all; spans of the panels, and the stretch that they show. */
static bool hear(plot_input *in, const plot_rows *rows, int64_t seed, chart *c, poise_error *err)
{
    for (int i = 0; i < rows->n; i++) {
        const bool listens = spans_listen(&c->run[i], in->env);
        c->n_runs = i + 1;
        const bool good = listens && plot_rerun(in, plot_cell(rows->at[i], seed), NULL, err);
        const bool whole = spans_end(&c->run[i], in->env);
        if (!good && listens)
            return false;
        if (!listens || !whole)
            return error_null(err, "out of memory for what devices did");
        const poise_episode ep = poise_env_episode(in->env);
        if (i == 0)
            settle_stretch(in, &ep, c);
    }
    return true;
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, chart *c, figure *f,
                         poise_error *err)
{
    if (!plot_open(in, err))
        return PLOT_FAILED;
    c->scenario = in->loaded;
    if (!hear(in, rows, seed, c, err))
        return PLOT_FAILED;
    if (c->to_s <= c->from_s) {
        error_null(err, "the run does not last until --from");
        return PLOT_NO_DATA;
    }
    if (!settle_lanes(c, err))
        return PLOT_FAILED;
    const bool has_tints = settle_tints(c);
    for (int i = 0; has_tints && i < rows->n; i++)
        draw_panel(c, i, f);
    name_tables(c, f);
    name_axes(in, c, rows, seed, f);
    figure_number(f, "lanes", c->first_lane[c->scenario->n_groups]);
    if (has_tints && name_groups(c, f))
        return PLOT_READY;
    error_null(err, "out of memory");
    return PLOT_FAILED;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    if (!plot_has_records(in, err))
        return PLOT_NO_DATA;
    const plot_rows rows = in->cell ? row_of_cell(in) : plot_choose_few(in, 2, PANELS_MAX);
    const int64_t seed = in->cell && rows.n > 0 ? in->cell->seed : plot_seed(in, &rows);
    if (seed < 0) {
        error_null(err, "there is no such seed from which all agents have a finished run");
        return PLOT_NO_DATA;
    }
    chart c = {0};
    const plot_outcome outcome = draw(in, &rows, seed, &c, f, err);
    for (int i = 0; i < c.n_runs; i++)
        spans_free(&c.run[i]);
    free(c.lanes);
    free(c.first_lane);
    free(c.tint_of);
    free(c.free_ns);
    return outcome;
}

const plot_kind plot_gantt = {
    .name = "gantt",
    .about = "what every device did over a stretch of one run",
    .fill = fill,
};
