/* curve.c - see curve.h. */
#include "curve.h"

#include "agent.h"
#include "csv.h"
#include "error.h"
#include "file.h"
#include "report.h"
#include "string_buffer.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOGS_MAX 100
#define EPISODES_MAX 4000
#define LARGEST 1e300

/* ---- logs --------------------------------------------------------------------------------- */

/* What one training says; of very long ones the first EPISODES_MAX. */
typedef struct log_points {
    double decisions[EPISODES_MAX], score[EPISODES_MAX];
    int n;
    bool validated;
} log_points;

static bool read_point(csv_table *t, int decisions, int score, log_points *l, poise_error *err)
{
    double at, value;
    if (csv_is_empty(t, score) || l->n == EPISODES_MAX)
        return true;
    if (!csv_real(t, decisions, 0, LARGEST, &at, err) ||
        !csv_real(t, score, -LARGEST, LARGEST, &value, err))
        return false;
    /* The last validation may follow one at the same decision: the later one counts. */
    if (l->n == 0 || at > l->decisions[l->n - 1])
        l->n++;
    l->decisions[l->n - 1] = at;
    l->score[l->n - 1] = value;
    return true;
}

static bool read_rows(csv_table *t, void *points, poise_error *err)
{
    log_points *l = points;
    int decisions, score = csv_column(t, "eval/score"), row = CSV_ROW;
    l->validated = score >= 0;
    if (!csv_need(t, "time/total_timesteps", &decisions, err) ||
        (score < 0 && !csv_need(t, "rollout/ep_rew", &score, err)))
        return false;
    while (row == CSV_ROW && (row = csv_next(t, err)) == CSV_ROW)
        if (!read_point(t, decisions, score, l, err))
            return false;
    return row == CSV_END;
}

/* Has the rows of a table read into `to`. */
static bool read_table(const char *path, bool (*rows)(csv_table *, void *, poise_error *), void *to,
                       poise_error *err)
{
    csv_table t;
    lines *in = lines_open(path, err);
    if (!in)
        return false;
    bool good = csv_open(&t, in, err);
    if (good) {
        good = rows(&t, to, err);
        csv_close(&t);
    }
    lines_close(in);
    return good;
}

static bool read_log(const char *path, log_points *l, poise_error *err)
{
    *l = (log_points){0};
    const bool good = read_table(path, read_rows, l, err);
    if (good && l->n == 0)
        error_null(err, "%s: there is no episode in it", path);
    return good && l->n > 0;
}

/* What the log says after so many decisions, which lie within it. */
static double score_at(const log_points *l, double decisions)
{
    int i = 0;
    while (i + 1 < l->n && l->decisions[i + 1] < decisions)
        i++;
    if (i + 1 == l->n || decisions <= l->decisions[i])
        return l->score[i];
    const double part = (decisions - l->decisions[i]) / (l->decisions[i + 1] - l->decisions[i]);
    return l->score[i] + part * (l->score[i + 1] - l->score[i]);
}

static void merge(curve *c, const log_points *l, int n)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    if (!l[0].validated)
        c->metric = poise_metric_index("reward");
    const double sign = rows[c->metric].better < 0 ? -1 : 1;
    double first = 0, last = INFINITY;
    c->n = CURVE_POINTS_MAX;
    for (int i = 0; i < n; i++) {
        first = fmax(first, l[i].decisions[0]);
        last = fmin(last, l[i].decisions[l[i].n - 1]);
        c->n = l[i].n < c->n ? l[i].n : c->n;
    }
    c->n = last > first ? c->n : 1;
    c->seeds = n;
    for (int k = 0; k < c->n; k++) {
        double x[LOGS_MAX];
        const double at = c->n > 1 ? first + (last - first) * k / (c->n - 1) : last;
        for (int i = 0; i < n; i++)
            x[i] = sign * score_at(&l[i], at);
        const stats_mean m = stats_of(x, n, REPORT_LEVEL);
        c->point[k] = (curve_point){at, m.mean, m.low, m.high};
    }
}

bool curve_of_logs(curve *c, const char *const *path, int n, poise_error *err)
{
    if (n < 1 || n > LOGS_MAX)
        return error_null(err, "%d logs instead of 1 to %d", n, LOGS_MAX);
    log_points *l = calloc((size_t)n, sizeof *l);
    if (!l)
        return error_null(err, "out of memory for %d logs", n);
    bool good = true;
    for (int i = 0; i < n && good; i++)
        good = read_log(path[i], &l[i], err) &&
               (l[i].validated == l[0].validated ||
                error_null(err, "%s: only some of these trainings were validated", path[i]));
    if (good)
        merge(c, l, n);
    free(l);
    return good;
}

/* ---- tables ------------------------------------------------------------------------------- */

static const char *const columns[] = {"scenario", "measure", "series", "decisions",
                                      "seeds",    "mean",    "low",    "high"};
enum { SCENARIO, MEASURE, SERIES, DECISIONS, SEEDS, MEAN, LOW, HIGH, N_COLUMNS };

static bool is_plain(char c)
{
    return c != ',' && c != '"' && (unsigned char)c >= ' ' && c != 127;
}

bool curve_is_plain(const char *name)
{
    while (*name && is_plain(*name))
        name++;
    return !*name;
}

/* Six digits are more than intervals leave. */
static void add_number(string_buffer *out, double value)
{
    string_add(out, isfinite(value) ? ",%.6g" : ",", value);
}

/* Our tables have no quotes: what would need them becomes blanks. */
static void add_name(string_buffer *out, const char *name)
{
    for (; *name; name++)
        string_add(out, "%c", is_plain(*name) ? *name : ' ');
}

static void add_line(string_buffer *out, const curve *c, const char *series, double decisions,
                     int seeds, const double *value)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    string_add(out, "%s,%s,", c->scenario, rows[c->metric].name);
    add_name(out, series);
    string_add(out, isfinite(decisions) ? ",%.0f" : ",", decisions);
    string_add(out, ",%d", seeds);
    for (int i = 0; i < 3; i++)
        add_number(out, value[i]);
    string_add(out, "\n");
}

bool curve_write(const curve *c, const char *path, poise_error *err)
{
    string_buffer out = {0};
    for (int i = 0; i < N_COLUMNS; i++)
        string_add(&out, "%s%s", i ? "," : "", columns[i]);
    string_add(&out, "\n");
    for (int k = 0; k < c->n; k++) {
        const curve_point *p = &c->point[k];
        add_line(&out, c, c->name, p->decisions, c->seeds,
                 (const double[]){p->mean, p->low, p->high});
    }
    for (int k = 0; k < c->n_rules; k++) {
        const curve_rule *r = &c->rule[k];
        char series[80];
        snprintf(series, sizeof series, "rule %s", r->name);
        add_line(&out, c, series, NAN, r->seeds, (const double[]){r->mean, r->low, r->high});
    }
    const bool good = file_make_parents(path, err) && file_write(path, out.at, out.length, err);
    string_free(&out);
    return good;
}

/* Takes the row in hand; false with a sentence in err. */
static bool take_row(csv_table *t, const int *column, curve *c, poise_error *err)
{
    char series[80], measure[64];
    double value[N_COLUMNS] = {0};
    if (!csv_text(t, column[SCENARIO], c->scenario, sizeof c->scenario, err) ||
        !csv_text(t, column[MEASURE], measure, sizeof measure, err) ||
        !csv_text(t, column[SERIES], series, sizeof series, err))
        return false;
    for (int i = DECISIONS; i < N_COLUMNS; i++)
        if (!csv_real(t, column[i], i <= SEEDS ? 0 : -LARGEST, LARGEST, &value[i], err))
            return false;
    c->metric = poise_metric_index(measure);
    if (c->metric < 0)
        return csv_wrong(t, column[MEASURE], csv_wrong_text, "is no metric", err);
    if (isnan(value[MEAN]))
        return csv_wrong(t, column[MEAN], csv_wrong_number, "is empty", err);
    const bool is_rule = strncmp(series, "rule ", 5) == 0;
    if (is_rule && c->n_rules < CURVE_RULES_MAX) {
        curve_rule *r = &c->rule[c->n_rules++];
        *r = (curve_rule){"", (int)value[SEEDS], value[MEAN], value[LOW], value[HIGH]};
        snprintf(r->name, sizeof r->name, "%.63s", series + 5);
    } else if (!is_rule && c->n < CURVE_POINTS_MAX) {
        snprintf(c->name, sizeof c->name, "%.63s", series);
        c->seeds = (int)value[SEEDS];
        c->point[c->n++] = (curve_point){value[DECISIONS], value[MEAN], value[LOW], value[HIGH]};
    }
    return true;
}

static bool take_rows(csv_table *t, void *to, poise_error *err)
{
    curve *c = to;
    int column[N_COLUMNS], row = CSV_ROW;
    for (int i = 0; i < N_COLUMNS; i++)
        if (!csv_need(t, columns[i], &column[i], err))
            return false;
    while (row == CSV_ROW && (row = csv_next(t, err)) == CSV_ROW)
        if (!take_row(t, column, c, err))
            return false;
    return row == CSV_END;
}

bool curve_read(curve *c, const char *path, poise_error *err)
{
    *c = (curve){0};
    const bool good = read_table(path, take_rows, c, err);
    if (good && c->n == 0)
        error_null(err, "%s: there is no learning curve in it", path);
    return good && c->n > 0;
}
