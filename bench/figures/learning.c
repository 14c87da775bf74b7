/* learning.c - learning curves: reward of training episodes against decisions. The band is the
 * interval over training seeds where there are at least three, what lies between two; with one seed
 * it is over the episodes of a window. */
#include "plot_kind.h"

#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEY "rollout/ep_rew"
#define SEEDS_MAX 64
#define WINDOWS_MAX 40
/* Episodes that a window holds at least, if the interval is over them. */
#define LEAST_IN_WINDOW 5
/* So few windows are drawn with points. */
#define FEW_WINDOWS 12

typedef struct history {
    store_point *point;
    int n;
} history;

/* One learner with one budget: its policies differ in the training seed alone. */
typedef struct curve {
    const result_policy *policy;
    history log[SEEDS_MAX];
    int n_seeds;
    int n;  // windows that are known
    double decisions[WINDOWS_MAX];
    stats_mean mean[WINDOWS_MAX];
} curve;

/* ---- windows ------------------------------------------------------------------------------ */

static int window_of(const curve *c, int64_t decisions, int n_windows)
{
    const double at = (double)decisions / (double)c->policy->decisions * n_windows;
    return at < n_windows ? (int)at : n_windows - 1;
}

/* The rewards of the episodes of a log that end in a window, into x; how many. */
static int collect(const curve *c, const history *l, int window, int n_windows, double *x)
{
    int n = 0;
    for (int i = 0; i < l->n; i++)
        if (window_of(c, l->point[i].decisions, n_windows) == window && isfinite(l->point[i].value))
            x[n++] = l->point[i].value;
    return n;
}

/* Two seeds: no interval to speak of (Student's t is 12.7), but what lies between them. */
static stats_mean between(double a, double b)
{
    return (stats_mean){
        .n = 2, .mean = (a + b) / 2, .sd = NAN, .low = fmin(a, b), .high = fmax(a, b)};
}

/* Over seeds: each counts once, by its mean in the window. Over one seed: each episode counts. */
static stats_mean mean_in(const curve *c, int window, int n_windows, double *x)
{
    double of_seed[SEEDS_MAX];
    if (c->n_seeds == 1)
        return stats_of(x, collect(c, &c->log[0], window, n_windows, x), REPORT_LEVEL);
    int n = 0;
    for (int i = 0; i < c->n_seeds; i++) {
        const int n_episodes = collect(c, &c->log[i], window, n_windows, x);
        if (n_episodes > 0)
            of_seed[n++] = stats_of(x, n_episodes, REPORT_LEVEL).mean;
    }
    if (n == 2 && c->n_seeds == 2)
        return between(of_seed[0], of_seed[1]);
    return stats_of(of_seed, n == c->n_seeds ? n : 0, REPORT_LEVEL);
}

/* Divides the training into windows; those that some seed has no episode in are left out. */
static void divide(curve *c, int n_windows, double *x)
{
    c->n = 0;
    for (int w = 0; w < n_windows; w++) {
        const stats_mean m = mean_in(c, w, n_windows, x);
        if (isnan(m.mean))
            continue;
        c->decisions[c->n] = (w + .5) / n_windows * (double)c->policy->decisions;
        c->mean[c->n++] = m;
    }
}

static int at_most(int n)
{
    return n < 1 ? 1 : n > WINDOWS_MAX ? WINDOWS_MAX : n;
}

/* Where seeds have few episodes, a window for each, if they fall into the same ones. */
static bool smooth(curve *c)
{
    int least = c->log[0].n, most = 0;
    for (int i = 0; i < c->n_seeds; i++) {
        least = c->log[i].n < least ? c->log[i].n : least;
        most = c->log[i].n > most ? c->log[i].n : most;
    }
    double *x = malloc(((size_t)most + 1) * sizeof *x);
    if (!x)
        return false;
    if (c->n_seeds > 1)
        divide(c, at_most(least), x);
    if (c->n_seeds == 1 || least > WINDOWS_MAX / 2 || c->n < least / 2)
        divide(c, at_most(least / (c->n_seeds == 1 ? LEAST_IN_WINDOW : 2)), x);
    free(x);
    return true;
}

/* ---- curves ------------------------------------------------------------------------------- */

/* The curve that a policy belongs to, a new one if there is none yet; NULL if there is no room. */
static curve *curve_of(curve *c, int *n, const result_policy *p)
{
    for (int i = 0; i < *n; i++)
        if (c[i].policy->decisions == p->decisions &&
            strcmp(c[i].policy->description, p->description) == 0)
            return &c[i];
    if (*n == PLOT_ROWS_MAX)
        return NULL;
    c[*n].policy = p;
    return &c[(*n)++];
}

/* Reads all logs of the scenario; how many curves, -1 on error. */
static int read_curves(const plot_input *in, curve *c, poise_error *err)
{
    int n = 0;
    for (int i = 0; i < in->results->n_policies; i++) {
        const result_policy *p = &in->results->policy[i];
        if (p->scenario != in->scenario || !plot_wants(in, p->agent, p->agent))
            continue;
        history l;
        if (!store_training(in->store, p->id, KEY, &l.point, &l.n, err))
            return -1;
        curve *of = l.n > 0 ? curve_of(c, &n, p) : NULL;
        if (of && of->n_seeds < SEEDS_MAX)
            of->log[of->n_seeds++] = l;
        else
            free(l.point);
    }
    return n;
}

/* ---- the figure --------------------------------------------------------------------------- */

/* Rules to compare with: the baseline of the ranking and the best rule. */
static int choose_rules(const plot_input *in, const report_row **rule)
{
    int n = 0;
    for (int i = 0; i < in->report.n_rows; i++) {
        const report_row *row = &in->report.row[i];
        if (!row->policy && row->n_failed == 0 && (n == 0 || i == in->report.baseline) && n < 2)
            rule[n++] = row;
    }
    return n;
}

static double reward_of(const report_row *row)
{
    const int reward = poise_metric_index("reward");
    double sum = 0;
    for (int i = 0; i < row->n_cells; i++)
        sum += row->cell[i]->value[reward];
    return sum / row->n_cells;
}

static void name(const plot_input *in, const curve *c, int n, const report_row **rule, int n_rules,
                 figure *f)
{
    char text[PLOT_ROWS_MAX + 2][160];
    const char *label[PLOT_ROWS_MAX + 2];
    double style[PLOT_ROWS_MAX + 2];
    for (int i = 0; i < n + n_rules; i++) {
        const char *agent = i < n ? c[i].policy->agent : rule[i - n]->agent;
        char marked[256];
        snprintf(marked, sizeof marked, "%.200s%s", agent, poise_agent_mark(agent));
        plot_short(marked, text[i], 128);
        bool budgets = false;
        for (int k = 0; i < n && k < n; k++)
            budgets |= k != i && strcmp(c[k].policy->agent, agent) == 0;
        const size_t length = strlen(text[i]);
        if (budgets)
            snprintf(text[i] + length, sizeof text[i] - length, " (%" PRId64 ")",
                     c[i].policy->decisions);
        label[i] = text[i];
        style[i] = plot_style(in, agent);
    }
    figure_number(f, "n", n + n_rules);
    figure_number(f, "curves", n);
    figure_texts(f, "label", label, n + n_rules);
    figure_numbers(f, "style", style, n + n_rules);
}

typedef struct frame {
    double low, high, decisions;
} frame;

static void reach(frame *a, double low, double high)
{
    a->low = fmin(a->low, low);
    a->high = fmax(a->high, high);
}

/* Means and rules are seen whole, bands as far as they do not push those together. */
static frame frame_of(const curve *c, int n, const report_row **rule, int n_rules)
{
    frame a = {INFINITY, -INFINITY, 0}, bands;
    for (int i = 0; i < n; i++) {
        a.decisions = fmax(a.decisions, (double)c[i].policy->decisions);
        for (int k = 0; k < c[i].n; k++)
            reach(&a, c[i].mean[k].mean, c[i].mean[k].mean);
    }
    for (int i = 0; i < n_rules; i++)
        reach(&a, reward_of(rule[i]), reward_of(rule[i]));
    bands = a;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < c[i].n; k++)
            if (!isnan(c[i].mean[k].low))
                reach(&bands, c[i].mean[k].low, c[i].mean[k].high);
    const double range = a.high > a.low ? a.high - a.low : fmax(1, fabs(a.high) * .1);
    const bool is_negative = a.high <= 0;
    a.low = fmax(bands.low, a.low - range) - .06 * range;
    a.high = fmin(bands.high, a.high + range) + .06 * range;
    a.high = is_negative ? fmin(0, a.high) : a.high;
    return a;
}

static void write_curves(const plot_input *in, const curve *c, int n, figure *f)
{
    const report_row *rule[2];
    const int n_rules = choose_rules(in, rule);
    const frame a = frame_of(c, n, rule, n_rules);
    const plot_unit reward =
        plot_unit_of(plot_reward_unit(in->loaded), fmax(fabs(a.low), fabs(a.high)));
    const plot_unit decisions = plot_unit_of("", a.decisions);
    bool few = true;
    for (int i = 0; i < n; i++) {
        string_buffer *table = figure_table(f, "curve", i + 1);
        figure_columns(f, "decisions mean low high");
        few &= c[i].n <= FEW_WINDOWS;
        for (int k = 0; k < c[i].n; k++) {
            const stats_mean m = c[i].mean[k];
            const bool known = !isnan(m.low);
            table_row(table, 4,
                      (double[]){c[i].decisions[k] / decisions.per, m.mean / reward.per,
                                 (known ? fmax(m.low, a.low) : m.mean) / reward.per,
                                 (known ? fmin(m.high, a.high) : m.mean) / reward.per});
        }
    }
    for (int i = 0; i < n_rules; i++) {
        string_buffer *table = figure_table(f, "curve", n + i + 1);
        table_row(table, 2, (double[]){0, reward_of(rule[i]) / reward.per});
        table_row(table, 2,
                  (double[]){a.decisions / decisions.per, reward_of(rule[i]) / reward.per});
    }
    figure_number(f, "dotted", few);
    figure_number(f, "x_high", a.decisions / decisions.per);
    figure_number(f, "y_low", a.low / reward.per);
    figure_number(f, "y_high", a.high / reward.per);
    plot_axis(f, "x_title", "decisions", decisions.unit);
    plot_axis(f, "y_title", "episode reward", reward.unit);
    name(in, c, n, rule, n_rules, f);
}

static plot_outcome draw(plot_input *in, curve *c, int n, figure *f, poise_error *err)
{
    int most = 0;
    for (int i = 0; i < n; i++) {
        if (!smooth(&c[i])) {
            error_null(err, "out of memory for the learning curves");
            return PLOT_FAILED;
        }
        most = c[i].n_seeds > most ? c[i].n_seeds : most;
    }
    if (n == 0) {
        error_null(err, "the store holds no training in this scenario");
        return PLOT_NO_DATA;
    }
    if (!plot_open(in, err))
        return PLOT_FAILED;
    write_curves(in, c, n, f);
    if (most > 2)
        plot_note(in, f, NULL, "%d training seeds, 95%% bands", most);
    else if (most == 2)
        plot_note(in, f, NULL, "bands between two training seeds");
    else
        plot_note(in, f, NULL, "one training seed, 95%% bands in windows");
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    curve *c = calloc(PLOT_ROWS_MAX, sizeof *c);
    if (!c) {
        error_null(err, "out of memory");
        return PLOT_FAILED;
    }
    const int n = read_curves(in, c, err);
    const plot_outcome outcome = n < 0 ? PLOT_FAILED : draw(in, c, n, f, err);
    for (int i = 0; i < PLOT_ROWS_MAX; i++)
        for (int k = 0; k < c[i].n_seeds; k++)
            free(c[i].log[k].point);
    free(c);
    return outcome;
}

const plot_kind plot_learning = {
    .name = "learning",
    .about = "reward of training episodes against decisions",
    .fill = fill,
};
