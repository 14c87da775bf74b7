/* regret.c - see regret.h. Bounds are those of the very jobs of a run, so that they hold for each
 * run by itself and distances are paired; the optimum is that of the mean. */
#include "regret.h"

#include "bound.h"
#include "error.h"
#include "markov.h"
#include "report_inside.h"
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_BOUNDS = 3, AGENT_MOST = 40 };

/* What distances are shown of, the first in full. */
typedef struct subject {
    const report *r;
    const poise_scenario *s;
    int metric[MOST_BOUNDS], n_metrics;
    const markov *optimum;  // NULL where none is known
    int width;              // of the agents' names
} subject;

static const poise_metric *metric_of(int metric)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return &rows[metric];
}

/* Whether any row has a bound on it that says anything. */
static bool is_bounded(const report *r, int metric)
{
    bool has = false;
    for (int i = 0; i < r->n_rows && !has; i++) {
        double bound;
        report_gap(&r->row[i], metric, &bound);
        has = fabs(bound) > 1e-12;
    }
    return has;
}

static subject subject_of(const report *r, const poise_scenario *s)
{
    const char *const further[] = {"makespan_s", "energy_j"};
    subject q = {.r = r, .s = s, .metric = {r->metric}, .n_metrics = 1, .width = 8};
    for (int k = 0; k < 2; k++) {
        const int metric = poise_metric_index(further[k]);
        if (metric != r->metric && is_bounded(r, metric))
            q.metric[q.n_metrics++] = metric;
    }
    for (int i = 0; i < r->n_rows; i++) {
        const int width = report_width(r->row[i].label);
        q.width = width > q.width ? width : q.width;
    }
    q.width = q.width > AGENT_MOST ? AGENT_MOST : q.width;
    return q;
}

/* ---- the table ---------------------------------------------------------------------------- */

static double percent_of(const stats_mean *gap, double bound)
{
    return fabs(bound) > 1e-12 ? 100 * gap->mean / fabs(bound) : NAN;
}

static void put_percent(string_buffer *out, int width, double percent)
{
    char text[40] = "-";
    if (!isnan(percent))
        snprintf(text, sizeof text, percent < 100 ? "%.1f%%" : "%.0f%%", percent);
    report_right(out, width, text);
}

/* With so many digits, all of them where there are more before the point. */
static void put_real(string_buffer *out, int width, int digits, double value)
{
    char text[40] = "-";
    const double least = digits == 2 ? 100 : digits == 3 ? 1000 : digits == 4 ? 1e4 : 1e5;
    if (fabs(value) >= least && fabs(value) < 1e9)
        snprintf(text, sizeof text, "%.0f", value);
    else if (!isnan(value))
        snprintf(text, sizeof text, "%.*g", digits, value);
    report_right(out, width, text);
}

static void put_heads(const subject *q, string_buffer *out)
{
    string_add(out, "  ");
    report_left(out, q->width, "");
    report_right(out, 29, metric_of(q->metric[0])->name);
    for (int k = 1; k < q->n_metrics; k++)
        report_right(out, 12, metric_of(q->metric[k])->name);
    string_add(out, q->optimum ? "%31s\n" : "\n", "reward per second");
    string_add(out, "  ");
    report_left(out, q->width, "agent");
    string_add(out, "%12s", "to bound");
    report_right(out, 10, "± 95%");
    string_add(out, "%7s", "%");
    for (int k = 1; k < q->n_metrics; k++)
        string_add(out, "%12s", "to bound");
    if (q->optimum) {
        string_add(out, "%11s%11s", "mean", "regret");
        report_right(out, 9, "± 95%");
    }
    string_add(out, "\n");
}

static void put_row(const subject *q, const report_row *row, string_buffer *out)
{
    double bound;
    const stats_mean gap = report_gap(row, q->metric[0], &bound);
    string_add(out, "  ");
    report_left(out, q->width, row->label);
    if (report_width(row->label) > q->width)  // a long name has a line of its own
        string_add(out, "\n%*s", q->width + 2, "");
    put_real(out, 12, 4, gap.mean);
    put_real(out, 10, 2, gap.high - gap.mean);
    put_percent(out, 7, percent_of(&gap, bound));
    for (int k = 1; k < q->n_metrics; k++) {
        const stats_mean other = report_gap(row, q->metric[k], &bound);
        put_percent(out, 12, percent_of(&other, bound));
    }
    if (q->optimum) {
        const stats_mean reward = report_mean(row, poise_metric_index("reward_per_s"));
        put_real(out, 11, 5, reward.mean);
        put_real(out, 11, 3, -q->optimum->cost - reward.mean);
        put_real(out, 9, 2, reward.high - reward.mean);
    }
    string_add(out, "\n");
}

/* ---- the sentences ------------------------------------------------------------------------ */

static void explain_bounds(const subject *q, string_buffer *out)
{
    char text[400], left_out[200];
    int n = 0;
    for (int k = 0; k < q->n_metrics; k++) {
        const poise_metric *m = metric_of(q->metric[k]);
        report_bound(q->r, q->metric[k], text, sizeof text);
        if (*text)
            string_add(out, "%s%s %s", n++ ? ",\n    " : "  bounds: ", m->name, text);
    }
    if (n == 0) {
        string_add(out, "  bounds: none is known of %s\n", metric_of(q->metric[0])->name);
        return;
    }
    string_add(out, ":\n    no schedule of the same jobs is better, though it knew all of them\n");
    poise_bounds_leave_out(q->s, left_out, sizeof left_out);
    if (*left_out)
        string_add(out, "    they know nothing of %s, which nobody may be able to avoid\n",
                   left_out);
}

static void explain_capacity(const poise_scenario *s, string_buffer *out)
{
    const double most = poise_most_throughput(s);
    if (!isnan(most))
        string_add(out, "  in the long run %.5g tasks a second can be finished%s (capacity-lp)\n",
                   most, poise_scenario_offered_load(s) <= 1 ? ": all that come" : " at most");
}

static void explain_optimum(const subject *q, const poise_error *why, string_buffer *out)
{
    const markov *m = q->optimum;
    if (!m) {
        string_add(out, "  %s\n", why->text);
        return;
    }
    string_add(
        out,
        "  regret: below the optimum, a reward of %.9g per second in the mean, of a chain of "
        "%d states\n    with at most %d tasks of a type; the interval is of chance, and "
        "episodes begin empty\n",
        -m->cost, m->n_states, m->cap[0]);
    if (m->at_cap > 1e-6)
        string_add(out, "    it is at a cap %.2g of the time, where more cannot come\n", m->at_cap);
    if (q->s->visible == SEE_TRUE)
        string_add(out, "    it is the best without knowing sizes; agents see them here and may do "
                        "better\n");
}

void regret_table(const report *r, const poise_scenario *s, string_buffer *out)
{
    const markov_wish wish = {.cost = MARKOV_REWARD, .states = 200000, .gap = 1e-6};
    poise_error why = {0};
    subject q = subject_of(r, s);
    if (s->discount_per_s > 0)
        error_add(&why, "no distance to the optimum: the reward is discounted");
    else
        q.optimum = markov_of(s, &wish, &why);
    string_add(out,
               "\ndistance to the best possible, over the same %s: how much worse agents are\n\n",
               r->n_seeds == 1 ? "seed" : "seeds");
    put_heads(&q, out);
    for (int i = 0; i < r->n_rows; i++)
        put_row(&q, &r->row[i], out);
    string_add(out, "\n");
    explain_bounds(&q, out);
    explain_capacity(s, out);
    explain_optimum(&q, &why, out);
}
