/* heatmap.c - how results depend on two swept settings at once. Of one agent (-a): its metric, and
 * how far it is from the baseline. Of several: which one is best where, and how good that is. */
#include "plot_kind.h"

#include "error.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 24
#define LOG_FROM 12

/* One of the two settings. */
typedef struct axis {
    const char *path;
    const char *value[VALUES_MAX];
    int n;
} axis;

typedef struct map {
    axis axis[2];                          // across, up
    int scenario[VALUES_MAX][VALUES_MAX];  // [across][up], -1: not run
    report report[VALUES_MAX][VALUES_MAX];
    plot_rows best;  // those that are best somewhere, each once, by first appearance
    plot_unit unit;
} map;

/* ---- the points --------------------------------------------------------------------------- */

/* Numbers by their size, words behind them as they came. */
static bool precedes(const char *a, const char *b)
{
    double x, y;
    const bool is_number = units_real(a, &x) == UNITS_OK;
    if (units_real(b, &y) != UNITS_OK)
        return is_number;
    return is_number && x < y;
}

static void add_value(axis *a, const char *value)
{
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->value[i], value) == 0)
            return;
    if (a->n == VALUES_MAX)
        return;
    int at = a->n++;
    for (; at > 0 && precedes(value, a->value[at - 1]); at--)
        a->value[at] = a->value[at - 1];
    a->value[at] = value;
}

static int find_value(const axis *a, const char *value)
{
    for (int i = 0; value && i < a->n; i++)
        if (strcmp(a->value[i], value) == 0)
            return i;
    return -1;
}

/* The values that a setting takes while all but the two settings stay. */
static void collect_values(const plot_input *in, int of, map *m)
{
    const results *r = in->results;
    const char *const path[] = {m->axis[0].path, m->axis[1].path};
    for (int i = 0; i < r->n_scenarios; i++)
        for (int k = 0; k < 2; k++) {
            const char *value = plot_swept(&r->scenario[i], path[k]);
            if (value && plot_differ_only_in(&r->scenario[i], &r->scenario[of], path, 2))
                add_value(&m->axis[k], value);
        }
}

/* Load goes across, as in other figures. */
static void turn(map *m)
{
    const axis up = m->axis[1];
    if (strcmp(up.path, "workload.load") == 0) {
        m->axis[1] = m->axis[0];
        m->axis[0] = up;
    }
}

/* Whether two settings of a scenario's sweep vary together; if so they are the map's. */
static bool find_axes(const plot_input *in, int of, map *m)
{
    const result_scenario *s = &in->results->scenario[of];
    for (int i = 0; i < s->n_sweeps; i++)
        for (int k = i + 1; k < s->n_sweeps; k++) {
            m->axis[0] = (axis){.path = s->sweep[i].path};
            m->axis[1] = (axis){.path = s->sweep[k].path};
            collect_values(in, of, m);
            if (m->axis[0].n > 1 && m->axis[1].n > 1) {
                turn(m);
                return true;
            }
        }
    return false;
}

/* The sweep that the input's scenario is a point of, else the first with two settings. */
static bool find(const plot_input *in, map *m)
{
    const results *r = in->results;
    int of = in->scenario;
    for (int i = 0; !find_axes(in, of, m); i++) {
        if (i == r->n_scenarios)
            return false;
        of = i;
    }
    const char *const path[] = {m->axis[0].path, m->axis[1].path};
    memset(m->scenario, -1, sizeof m->scenario);
    for (int i = 0; i < r->n_scenarios; i++) {
        const int x = find_value(&m->axis[0], plot_swept(&r->scenario[i], path[0]));
        const int y = find_value(&m->axis[1], plot_swept(&r->scenario[i], path[1]));
        if (x >= 0 && y >= 0 && plot_differ_only_in(&r->scenario[i], &r->scenario[of], path, 2))
            m->scenario[x][y] = i;
    }
    return true;
}

static void rank(const plot_input *in, map *m)
{
    for (int x = 0; x < m->axis[0].n; x++)
        for (int y = 0; y < m->axis[1].n; y++)
            if (m->scenario[x][y] >= 0)
                m->report[x][y] = report_make(in->results, m->scenario[x][y], in->metric,
                                              in->baseline, in->filter);
}

/* The first row that is wanted and has a mean; NULL if there is none. */
static const report_row *first_of(const plot_input *in, const report *r)
{
    for (int i = 0; i < r->n_rows; i++)
        if (plot_wants(in, r->row[i].agent, r->row[i].label) && r->row[i].mean.n > 0)
            return &r->row[i];
    return NULL;
}

/* ---- the panels --------------------------------------------------------------------------- */

static int index_of(map *m, const report_row *row)
{
    for (int i = 0; i < m->best.n; i++)
        if (strcmp(m->best.at[i]->label, row->label) == 0)
            return i;
    if (m->best.n < PLOT_ROWS_MAX)
        m->best.at[m->best.n++] = row;
    return m->best.n - 1;
}

/* Whether a row shares its rank with one that is wanted: who is best is not told then. */
static bool is_tied(const plot_input *in, const report *r, const report_row *row)
{
    for (int i = 0; i < r->n_rows; i++)
        if (&r->row[i] != row && r->row[i].rank == row->rank &&
            plot_wants(in, r->row[i].agent, r->row[i].label))
            return true;
    return false;
}

static void write_best(const plot_input *in, map *m, figure *f)
{
    string_buffer *table = figure_table(f, "best", 1);
    figure_columns(f, "x y agent tied");
    for (int x = 0; x < m->axis[0].n; x++)
        for (int y = 0; y < m->axis[1].n; y++) {
            const report_row *row = first_of(in, &m->report[x][y]);
            if (row)
                table_row(table, 4,
                          (double[]){x + 1, y + 1, index_of(m, row) + 1,
                                     is_tied(in, &m->report[x][y], row)});
        }
}

/* The metric of the first agent at each point. */
static void write_metric(const plot_input *in, map *m, figure *f)
{
    const poise_metric *metric;
    poise_metrics(&metric);
    double low = INFINITY, high = -INFINITY;
    for (int x = 0; x < m->axis[0].n; x++)
        for (int y = 0; y < m->axis[1].n; y++) {
            const report_row *row = first_of(in, &m->report[x][y]);
            low = row ? fmin(low, row->mean.mean) : low;
            high = row ? fmax(high, row->mean.mean) : high;
        }
    const bool log = low > 0 && high > LOG_FROM * low;
    const plot_unit u =
        plot_unit_of(metric[in->metric].unit, log ? sqrt(low * high) : fmax(-low, high));
    string_buffer *table = figure_table(f, "value", 1);
    figure_columns(f, "x y value");
    for (int x = 0; x < m->axis[0].n; x++)
        for (int y = 0; y < m->axis[1].n; y++) {
            const report_row *row = first_of(in, &m->report[x][y]);
            if (row)
                table_row(table, 3, (double[]){x + 1, y + 1, row->mean.mean / u.per});
        }
    m->unit = u;
    const double room = high > low ? 0 : fmax(fabs(high) * .01, u.per * 1e-6);
    figure_number(f, "v_low", (low - room) / u.per);
    figure_number(f, "v_high", (high + room) / u.per);
    figure_number(f, "log_v", log);
}

/* A difference to the baseline, in percent of its mean. */
typedef struct difference {
    int x, y;
    double percent;
} difference;

/* All that there are, and their p; how many. */
static int collect_differences(const plot_input *in, const map *m, difference *d, double *p)
{
    int n = 0;
    for (int x = 0; x < m->axis[0].n; x++)
        for (int y = 0; y < m->axis[1].n; y++) {
            const report *r = &m->report[x][y];
            const report_row *row = first_of(in, r);
            const report_row *base = r->baseline < 0 ? NULL : &r->row[r->baseline];
            if (!row || !base || row == base || base->mean.mean == 0 || row->versus.diff.n == 0)
                continue;
            p[n] = row->versus.p;
            d[n++] = (difference){x, y, 100 * row->versus.diff.mean / fabs(base->mean.mean)};
        }
    return n;
}

/* Which are told apart is corrected for the number of points. */
static int write_differences(const plot_input *in, const map *m, figure *f)
{
    difference d[VALUES_MAX * VALUES_MAX];
    double p[VALUES_MAX * VALUES_MAX] = {0}, adjusted[VALUES_MAX * VALUES_MAX], most = 0;
    const int n = collect_differences(in, m, d, p);
    stats_holm(p, n, adjusted);
    string_buffer *table = figure_table(f, "percent", 1);
    figure_columns(f, "x y percent tied");
    for (int i = 0; i < n; i++) {
        most = fmax(most, fabs(d[i].percent));
        table_row(table, 4,
                  (double[]){d[i].x + 1, d[i].y + 1, d[i].percent, !(adjusted[i] < REPORT_ALPHA)});
    }
    figure_number(f, "most", most > 0 ? most : 1);
    return n;
}

/* ---- the figure --------------------------------------------------------------------------- */

static void write_axes(const map *m, figure *f)
{
    static const char *const array[] = {"x_value", "y_value"}, *const title[] = {"x_title",
                                                                                 "y_title"};
    for (int k = 0; k < 2; k++) {
        const axis *a = &m->axis[k];
        char text[VALUES_MAX][64];
        const char *value[VALUES_MAX];
        for (int i = 0; i < a->n; i++) {
            const char *slash = strrchr(a->value[i], '/');  // of files only their names
            const bool is_file = slash && strchr(slash, '.');
            plot_short(is_file ? slash + 1 : a->value[i], text[i], sizeof text[i]);
            value[i] = text[i];
        }
        figure_number(f, k ? "ny" : "nx", a->n);
        figure_texts(f, array[k], value, a->n);
        figure_text(f, title[k], strcmp(a->path, "workload.load") == 0 ? "offered load" : a->path);
    }
}

/* Settings n and label[] of the key: "A shortest". */
static void write_key(const map *m, figure *f)
{
    char text[PLOT_ROWS_MAX][140];
    const char *label[PLOT_ROWS_MAX];
    for (int i = 0; i < m->best.n; i++) {
        char name[128];
        plot_short(m->best.at[i]->label, name, sizeof name);
        snprintf(text[i], sizeof text[i], "%c  %s", 'A' + i, name);
        label[i] = text[i];
    }
    figure_number(f, "n", m->best.n);
    figure_texts(f, "label", label, m->best.n);
}

/* Above the panels: what the upper one and the lower one show. */
static void write_titles(const plot_input *in, const map *m, bool of_one, figure *f)
{
    char words[96], title[256], agent[128], baseline[128];
    plot_metric_words(in->metric, words, sizeof words);
    plot_short(m->best.at[0]->label, agent, sizeof agent);
    plot_short(in->baseline ? in->baseline : "", baseline, sizeof baseline);
    snprintf(title, sizeof title, "%s%s%s%s%s", words, of_one ? " of " : " of the best",
             of_one ? agent : "", *m->unit.unit ? ", " : "", m->unit.unit);
    figure_text(f, "value_title", title);
    snprintf(title, sizeof title, "minus that of %s, in percent", baseline);
    figure_text(f, "other_title", of_one ? title : "who is best");
}

static bool draw(plot_input *in, map *m, figure *f, poise_error *err)
{
    const bool of_one = in->agents.n == 1;
    write_metric(in, m, f);
    write_best(in, m, f);
    if (m->best.n == 0)
        return error_null(err, "no agent has finished trials in the sweep");
    figure_number(f, "differences", write_differences(in, m, f));
    write_axes(m, f);
    write_key(m, f);
    write_titles(in, m, of_one, f);
    figure_number(f, "of_one", of_one);
    plot_note(in, f, (const char *[]){m->axis[0].path, m->axis[1].path, NULL}, "%s",
              of_one ? "in brackets: not told apart (Holm, p \u2265 0.05)"
                     : "=: not alone the best (Holm, p \u2265 0.05)");
    return true;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    map *m = error_must(calloc(1, sizeof *m));
    plot_outcome outcome = PLOT_NO_DATA;
    if (!find(in, m)) {
        error_null(err,
                   "it needs a sweep of two settings: poise run %s --sweep workload.load=0.5,0.7 "
                   "--sweep PATH=V,V, or a grid in an experiment",
                   in->results->scenario[in->scenario].name);
    } else {
        rank(in, m);
        outcome = draw(in, m, f, err) ? PLOT_READY : PLOT_NO_DATA;
    }
    for (int x = 0; x < VALUES_MAX; x++)
        for (int y = 0; y < VALUES_MAX; y++)
            report_free(&m->report[x][y]);
    free(m);
    return outcome;
}

const plot_kind plot_heatmap = {
    .name = "heatmap",
    .about = "which agent is best, or how good one is, over two swept settings",
    .fill = fill,
};
