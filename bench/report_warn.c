/* report_warn.c - what to beware of in a table: what intervals and tests take for granted and is
 * not so, and runs that do not count as others do. Nothing is left out for it: all is said. */
#include "report_inside.h"

#include "agent.h"
#include "steady.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RUNS_TOO_FEW = 5, RUNS_FEW = 10, NAMES_SHOWN = 3, CELLS_SHOWN = 3 };

static void warn(string_buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(string_buffer *out, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    string_add(out, "warning: %s\n", text);
}

/* A list of names, of which the first are told and the others counted. */
typedef struct told {
    char text[256];
    int n;
} told;

static void tell(told *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(told *t, const char *format, ...)
{
    const size_t at = strlen(t->text);
    va_list arguments;
    va_start(arguments, format);
    if (t->n < NAMES_SHOWN) {
        const int before = snprintf(t->text + at, sizeof t->text - at, t->n ? ", " : "");
        vsnprintf(t->text + at + before, sizeof t->text - at - (size_t)before, format, arguments);
    }
    va_end(arguments);
    t->n++;
}

static void tell_rest(told *t)
{
    const size_t at = strlen(t->text);
    if (t->n > NAMES_SHOWN)
        snprintf(t->text + at, sizeof t->text - at, " and %d more", t->n - NAMES_SHOWN);
}

/* ---- the world ---------------------------------------------------------------------------- */

/* Metrics that have no steady state where work piles up. */
static bool piles_up(const char *metric)
{
    static const char *const begins[] = {"response_",        "job_response_",
                                         "wait_mean",        "slowdown_",
                                         "bounded_slowdown", "tasks_mean",
                                         "energy_delay",     "finish_time_fairness",
                                         "tenant_response",  NULL};
    int i = 0;
    while (begins[i] && strncmp(metric, begins[i], strlen(begins[i])) != 0)
        i++;
    return begins[i];
}

static void warn_of_load(const report *r, string_buffer *out)
{
    const double load = r->scenario->offered_load;
    if (load >= 1 && piles_up(report_metric(r)->name))
        warn(out, "offered load %.3g: no policy is stable, and this grows with the length of a run",
             load);
}

/* Settings of a Pareto law whose second moment is infinite, in the resolved text: one line each,
 * behind the key of the workload, which no text of the scenario's can be. */
static void warn_of_moments(const report *r, string_buffer *out)
{
    static const char law[] = ": {distribution: pareto, alpha: ";
    const char *resolved = r->scenario->resolved;
    const char *at = resolved ? strstr(resolved, "\nworkload:\n") : NULL;
    double least = INFINITY;
    char key[32] = "";
    for (at = at ? strstr(at, law) : NULL; at; at = strstr(at, law)) {
        const char *from = at;
        while (from[-1] != ' ' && from[-1] != '\n')
            from--;
        at += strlen(law);
        double alpha = INFINITY;
        char number[40];
        snprintf(number, sizeof number, "%.*s", (int)strcspn(at, ",}"), at);
        units_real(number, &alpha);
        if (alpha < least)
            snprintf(key, sizeof key, "%.*s", (int)strcspn(from, ":"), from);
        least = fmin(least, alpha);
    }
    if (least <= 2)
        warn(out, "%s has an infinite variance (pareto, alpha %g): intervals may be too narrow",
             key, least);
}

/* ---- the runs ----------------------------------------------------------------------------- */

static void warn_of_few(const report *r, string_buffer *out)
{
    if (r->n_seeds == 1)
        warn(out, "one seed says nothing about chance: use --seeds 0..9");
    else if (r->n_seeds < RUNS_TOO_FEW)
        warn(out, "%d runs an agent are too few to trust an interval or a test", r->n_seeds);
    else if (r->n_seeds < RUNS_FEW)
        warn(out, "%d runs an agent are few: 10 and more are customary", r->n_seeds);
}

static bool has_seeds_of(const report_row *row, const report_row *other)
{
    bool same = row->n_cells == other->n_cells;
    for (int i = 0; same && i < row->n_cells; i++)
        same = row->cell[i]->seed == other->cell[i]->seed;
    return same;
}

static void warn_of_seeds(const report *r, string_buffer *out)
{
    const report_row *most = r->row;
    told some = {0};
    for (int i = 1; i < r->n_rows; i++)
        most = r->row[i].n_cells > most->n_cells ? &r->row[i] : most;
    for (int i = 0; i < r->n_rows; i++)
        if (!has_seeds_of(&r->row[i], most))
            tell(&some, "%.40s (%d)", r->row[i].label, r->row[i].n_cells);
    tell_rest(&some);
    if (some.n)
        warn(out, "not all agents have the seeds of %.40s (%d): %s; pairs are of common seeds",
             most->label, most->n_cells, some.text);
}

/* Whether a run says nothing of the metric, or left something out of it. */
static bool is_undefined(const report *r, const result_cell *c)
{
    return c->ok && isnan(c->value[r->metric]);
}

static bool is_incomplete(const report *r, const result_cell *c)
{
    (void)r;
    const double dropped = c->ok ? c->value[poise_metric_index("dropped")] : 0;
    const double unfinished = c->ok ? c->value[poise_metric_index("unfinished")] : 0;
    return dropped > 0 || unfinished > 0;
}

/* Whether the run was to reach a steady state by this metric, and did not. */
static bool is_restless(const report *r, const result_cell *c)
{
    return c->ok && c->steady.n > 0 && c->steady.metric == r->metric && !c->steady.stationary;
}

typedef bool is_odd(const report *r, const result_cell *c);

/* "2 of 10 runs of fifo ...: 0123456789ab, ..." for each agent, unless all runs of all are. */
static void warn_of_cells(const report *r, is_odd *odd, const char *what, string_buffer *out)
{
    int n_odd = 0, n_all = 0;
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k < r->row[i].n_cells; k++, n_all++)
            n_odd += odd(r, r->row[i].cell[k]);
    if (n_odd == n_all && n_odd > 0)
        warn(out, "all %d runs %s", n_all, what);
    for (int i = 0; i < r->n_rows && n_odd < n_all; i++) {
        const report_row *row = &r->row[i];
        char cells[128] = "";
        int n = 0;
        for (int k = 0; k < row->n_cells; k++) {
            if (!odd(r, row->cell[k]))
                continue;
            const size_t at = strlen(cells);
            if (n++ < CELLS_SHOWN && *row->cell[k]->id.text)
                snprintf(cells + at, sizeof cells - at, "%s%.12s", at ? ", " : ": ",
                         row->cell[k]->id.text);
        }
        if (n)
            warn(out, "%d of %d runs of %.40s %s%s%s", n, row->n_cells, row->label, what, cells,
                 n > CELLS_SHOWN && *cells ? ", ..." : "");
    }
}

static void tell_failures(const report *r, string_buffer *out)
{
    for (int i = 0; i < r->n_rows; i++)
        for (int k = 0; k < r->row[i].n_cells; k++) {
            const result_cell *c = r->row[i].cell[k];
            if (!c->ok)
                string_add(out, "FAILED: %s, seed %" PRId64 "%s%.12s: %s\n", r->row[i].label,
                           c->seed, *c->id.text ? ", cell " : "", c->id.text, c->error);
        }
}

/* ---- the agents --------------------------------------------------------------------------- */

static void warn_of_budgets(const report *r, string_buffer *out)
{
    told all = {0};
    bool differ = false;
    const report_row *first = NULL;
    for (int i = 0; i < r->n_rows; i++) {
        const report_row *row = &r->row[i];
        if (!row->policy)
            continue;
        first = first ? first : row;
        differ |= row->policy->decisions != first->policy->decisions;
        tell(&all, "%.30s %" PRId64, row->agent, row->policy->decisions);
    }
    tell_rest(&all);
    if (differ)
        warn(out, "learners had unequal budgets, in decisions: %s", all.text);
}

static void warn_of_models(const report *r, string_buffer *out)
{
    told some = {0};
    for (int i = 0; i < r->n_rows; i++)
        if (*poise_agent_mark(r->row[i].description))
            tell(&some, "%.40s", r->row[i].agent);
    tell_rest(&some);
    if (some.n && some.n < r->n_rows)
        warn(out, "unequal information: %s %s a model of the scenario, others only see its view",
             some.text, some.n == 1 ? "uses" : "use");
}

/* Whether both are one agent, with other options or another training. */
static bool is_variant(const report_row *a, const report_row *b)
{
    const size_t n = strcspn(a->agent, ":");
    return n == strcspn(b->agent, ":") && strncmp(a->agent, b->agent, n) == 0 &&
           !poise_agent_is_pipe(a->agent);
}

/* The best of k equal ones looks better than they are; of correlated ones less so. Told once, of
 * the best row. */
static void warn_of_luck(const report *r, string_buffer *out)
{
    const char *unit = report_metric(r)->unit;
    for (int i = 0; i < r->n_rows && report_metric(r)->better; i++) {
        const report_row *best = &r->row[i];
        int before = 0, k = 1;
        for (int j = 0; j < i; j++)
            before += is_variant(&r->row[j], best);
        for (int j = i + 1; j < r->n_rows; j++)
            k += is_variant(&r->row[j], best);
        const double luck = k > 1 ? stats_luck(k) * best->mean.sd / sqrt(best->mean.n) : 0;
        if (before == 0 && luck > 0)
            warn(out, "the best of %d variants of %.*s may owe up to %.3g%s%s of its mean to luck",
                 k, (int)strcspn(best->agent, ":"), best->agent, luck, *unit ? " " : "", unit);
    }
}

void report_warnings(const report *r, string_buffer *out)
{
    tell_failures(r, out);
    if (r->n_rows == 0)
        return;
    warn_of_cells(r, is_undefined, "have no value of this metric", out);
    warn_of_cells(r, is_incomplete, "lost tasks or left some unfinished", out);
    warn_of_cells(r, is_restless, "reached no steady state", out);
    warn_of_load(r, out);
    warn_of_moments(r, out);
    warn_of_few(r, out);
    warn_of_seeds(r, out);
    warn_of_budgets(r, out);
    warn_of_models(r, out);
    warn_of_luck(r, out);
}
