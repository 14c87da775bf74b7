/* gantt.c - what every device did over a stretch of one run. A device with law `cores` has a lane
 * for each core, and a task is drawn on the lowest lanes that are free; others have one lane. */
#include "plot_kind.h"

#include "error.h"
#include "scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANELS_MAX 4
#define TINTS 8
#define LANES_MAX 65536
/* The stretch chosen by itself: as many mean services long. */
#define STRETCH 8
/* More bars than that have no outline: it would cover them. */
#define OUTLINED_MAX 1500

/* Fills: Okabe and Ito's colours, with a dark grey for black; the last is for all other classes. */
static const char *const tints[TINTS + 1] = {"#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9",
                                             "#D55E00", "#F0E442", "#4d4d4d", "#c0c0c0"};

typedef struct chart {
    const poise_scenario *scenario;
    double from_s, to_s;
    plot_unit unit;
    int *first_lane;  // (n_groups + 1)
    int *tint_of;     // (n_classes) 0 .. TINTS
    bool used[TINTS + 1];
    const poise_record *record;  // of the run that is being drawn
    int n_bars;
    int64_t *free_ns;  // (lanes) until when each is taken
} chart;

static int lanes_of_device(const scenario_group *g)
{
    return g->params.cores > 1 ? g->params.cores : 1;
}

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

/* ---- classes and lanes -------------------------------------------------------------------- */

static bool is_shown(const chart *c, const poise_record *r)
{
    return r->started_ns >= 0 && seconds(r->started_ns) < c->to_s &&
           (r->finished_ns < 0 || seconds(r->finished_ns) > c->from_s);
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
static bool settle_tints(const poise_episode *ep, chart *c)
{
    const int n = c->scenario->n_classes;
    c->tint_of = calloc((size_t)n, sizeof *c->tint_of);
    int *count = calloc((size_t)n, sizeof *count);
    for (int64_t i = 0; count && i < ep->n_records; i++)
        if (is_shown(c, &ep->record[i]))
            count[ep->record[i].class_id]++;
    for (int i = 0; c->tint_of && count && i < n; i++) {
        int before = 0;
        for (int k = 0; k < n; k++)
            before += comes_before(count, n, k, i);
        c->tint_of[i] = before < TINTS ? before : TINTS;
    }
    const bool good = c->tint_of && count;
    free(count);
    return good;
}

static bool settle_lanes(chart *c, poise_error *err)
{
    const poise_scenario *s = c->scenario;
    c->first_lane = calloc((size_t)s->n_groups + 1, sizeof *c->first_lane);
    if (!c->first_lane)
        return error_null(err, "out of memory");
    for (int g = 0; g < s->n_groups; g++) {
        const int64_t n = (int64_t)s->group[g].count * lanes_of_device(&s->group[g]);
        if (c->first_lane[g] + n > LANES_MAX)
            return error_null(err, "more than %d devices or cores cannot be shown", LANES_MAX);
        c->first_lane[g + 1] = c->first_lane[g] + (int)n;
    }
    c->free_ns = calloc((size_t)c->first_lane[s->n_groups] + 1, sizeof *c->free_ns);
    return c->free_ns || error_null(err, "out of memory");
}

/* ---- bars --------------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const poise_record *r = *(const poise_record *const *)a, *q = *(const poise_record *const *)b;
    if (r->started_ns != q->started_ns)
        return r->started_ns < q->started_ns ? -1 : 1;
    return (r > q) - (r < q);
}

static void bar(chart *c, const poise_record *r, int low, int high, string_buffer *const *out)
{
    const int only = (int)((r - c->record) % TINTS);
    const int tint = c->scenario->n_classes > 1 ? c->tint_of[r->class_id] : only;
    c->n_bars++;
    const double end_s = r->finished_ns < 0 ? c->to_s : seconds(r->finished_ns);
    table_row(out[tint], 4,
              (double[]){fmax(seconds(r->started_ns), c->from_s) / c->unit.per,
                         fmin(end_s, c->to_s) / c->unit.per, low, high});
}

/* Takes the lowest free lanes of the task's device; neighbours make one bar. */
static void place(chart *c, const poise_record *r, string_buffer *const *out)
{
    const int n_lanes = lanes_of_device(&c->scenario->group[r->group]);
    const int first = c->first_lane[r->group] + r->device * n_lanes;
    const int64_t until = r->finished_ns < 0 ? INT64_MAX : r->finished_ns;
    int left = n_lanes == 1 ? 1 : r->cores, low = -1;
    for (int lane = first; lane < first + n_lanes && left > 0; lane++) {
        const bool is_free = c->free_ns[lane] <= r->started_ns;
        if (is_free) {
            low = low < 0 ? lane : low;
            c->free_ns[lane] = until;
            left--;
        }
        const bool ends = !is_free || left == 0 || lane + 1 == first + n_lanes;
        if (ends && low >= 0 && is_shown(c, r))
            bar(c, r, low, is_free ? lane + 1 : lane, out);
        low = ends ? -1 : low;
    }
}

/* The tables of a panel, one a tint. Each begins with a bar beyond the frame, for gnuplot complains
 * of empty ones. */
static bool draw_panel(chart *c, const poise_episode *ep, int panel, figure *f)
{
    string_buffer *out[TINTS + 1];
    const poise_record **order = malloc(((size_t)ep->n_records + 1) * sizeof(poise_record *));
    if (!order)
        return false;
    c->record = ep->record;
    size_t n = 0, empty[TINTS + 1];
    for (int64_t i = 0; i < ep->n_records; i++)
        if (ep->record[i].started_ns >= 0)
            order[n++] = &ep->record[i];
    qsort(order, n, sizeof *order, by_start);
    for (int i = 0; i <= TINTS; i++) {
        out[i] = figure_table(f, "bars", panel * (TINTS + 1) + i + 1);
        table_row(out[i], 4, (double[]){-2, -1, -2, -1});
        empty[i] = out[i]->length;
    }
    memset(c->free_ns, 0, (size_t)c->first_lane[c->scenario->n_groups] * sizeof *c->free_ns);
    for (size_t i = 0; i < n; i++)
        place(c, order[i], out);
    free(order);
    for (int i = 0; i <= TINTS; i++)
        c->used[i] |= out[i]->length > empty[i];
    return true;
}

/* ---- the figure --------------------------------------------------------------------------- */

static void name_classes(const chart *c, figure *f)
{
    char text[TINTS + 1][128];
    const char *label[TINTS + 1], *tint[TINTS + 1];
    double number[TINTS + 1];
    int n = 0;
    for (int t = 0; t <= TINTS; t++) {
        if (!c->used[t])
            continue;
        int class_id = 0;
        while (class_id + 1 < c->scenario->n_classes && c->tint_of[class_id] != t)
            class_id++;
        plot_short(t == TINTS ? "others" : c->scenario->classes[class_id].name, text[n],
                   sizeof text[n]);
        label[n] = text[n];
        tint[n] = tints[t];
        number[n++] = t + 1;
    }
    figure_number(f, "n", n);
    figure_number(f, "classes", c->scenario->n_classes);
    figure_number(f, "outlined", c->n_bars < OUTLINED_MAX);
    figure_number(f, "tables", TINTS + 1);
    figure_texts(f, "label", label, n);
    figure_colours(f, "tint", tint, n);
    figure_numbers(f, "number", number, n);
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
    char text[PANELS_MAX][128];
    const char *agent[PANELS_MAX];
    for (int i = 0; i < rows->n; i++) {
        plot_short(rows->at[i]->label, text[i], sizeof text[i]);
        agent[i] = text[i];
    }
    figure_number(f, "panels", rows->n);
    figure_texts(f, "agent", agent, rows->n);
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

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, chart *c, figure *f,
                         poise_error *err)
{
    if (!plot_open(in, err))
        return PLOT_FAILED;
    c->scenario = in->loaded;
    if (!settle_lanes(c, err))
        return PLOT_FAILED;
    for (int i = 0; i < rows->n; i++) {
        if (!plot_rerun(in, plot_cell(rows->at[i], seed), NULL, err))
            return PLOT_FAILED;
        const poise_episode ep = poise_env_episode(in->env);
        if (i == 0)
            settle_stretch(in, &ep, c);
        if ((i == 0 && !settle_tints(&ep, c)) || !draw_panel(c, &ep, i, f)) {
            error_null(err, "out of memory");
            return PLOT_FAILED;
        }
    }
    if (c->to_s <= c->from_s) {
        error_null(err, "the run does not last until --from");
        return PLOT_NO_DATA;
    }
    name_classes(c, f);
    name_axes(in, c, rows, seed, f);
    figure_number(f, "lanes", c->first_lane[c->scenario->n_groups]);
    if (name_groups(c, f))
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
