/* within.c - how one run goes: rate of reward and throughput in windows of simulated time, for each
 * agent in the same world. */
#include "plot_kind.h"

#include "error.h"
#include "listen.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOWS 40
/* Agents that are shown where -a names none. */
#define AGENTS_USUAL 3

/* What a run earned and when: each reward is of the time since the one before. */
typedef struct course {
    double *at_s, *reward;  // (n)
    size_t n, room;
    double *finished_s;  // (n_finished)
    size_t n_finished, finished_room;
    bool no_memory;
} course;

typedef struct windows {
    double from_s, width_s;
    int n_whole;  // those that lie within the run
    double reward[WINDOWS], finished[WINDOWS];
} windows;

/* ---- runs --------------------------------------------------------------------------------- */

static bool make_room(course *c)
{
    const size_t room = c->room ? 2 * c->room : 4096;
    double *at_s = realloc(c->at_s, room * sizeof *at_s);
    if (at_s)
        c->at_s = at_s;
    double *reward = realloc(c->reward, room * sizeof *reward);
    if (reward)
        c->reward = reward;
    c->no_memory = !at_s || !reward;
    c->room = c->no_memory ? c->room : room;
    return !c->no_memory;
}

static void note(void *data, const poise_env *e, const poise_outcome *o)
{
    (void)e;
    course *c = data;
    if (c->no_memory || (c->n == c->room && !make_room(c)))
        return;
    c->at_s[c->n] = (c->n ? c->at_s[c->n - 1] : 0) + o->elapsed_s;
    c->reward[c->n++] = o->reward;
}

static void hear(void *data, const task_event *t)
{
    course *c = data;
    if (t->turn != TURN_LEAVES || t->fate != POISE_FINISHED || c->no_memory)
        return;
    if (c->n_finished == c->finished_room) {
        const size_t room = 2 * c->finished_room + 4096;
        double *more = realloc(c->finished_s, room * sizeof *more);
        c->no_memory = !more;
        if (!more)
            return;
        c->finished_s = more;
        c->finished_room = room;
    }
    c->finished_s[c->n_finished++] = (double)t->time_ns * 1e-9;
}

static bool run(plot_input *in, const result_cell *cell, course *c, poise_error *err)
{
    const trial_watch watch = {note, c};
    const env_listener listener = {.data = c, .task = hear};
    if (!plot_open(in, err))
        return false;
    env_listen(in->env, &listener);
    const bool good = plot_rerun(in, cell, &watch, err);
    env_listen(in->env, NULL);
    if (good && c->no_memory)
        return error_null(err, "out of memory for the course of a run");
    return good;
}

static double end_of(const course *c)
{
    return c->n ? c->at_s[c->n - 1] : 0;
}

/* Behind it there is one reward for all that is left, and nothing to show how it came. */
static double last_decision_of(const course *c)
{
    return c->n > 1 ? c->at_s[c->n - 2] : end_of(c);
}

/* ---- windows ------------------------------------------------------------------------------ */

/* Spreads what was earned between two decisions evenly over the time between them. */
static void spread(windows *w, double from_s, double to_s, double reward)
{
    if (to_s <= from_s)
        return;
    const double rate = reward / (to_s - from_s);
    int i = (int)fmax(0, floor((from_s - w->from_s) / w->width_s));
    for (; i < WINDOWS && w->from_s + i * w->width_s < to_s; i++) {
        const double low = w->from_s + i * w->width_s, high = low + w->width_s;
        const double overlap = fmin(high, to_s) - fmax(low, from_s);
        if (overlap > 0)
            w->reward[i] += rate * overlap;
    }
}

/* Rates in windows of equal width. */
static windows divide(const course *c, double from_s, double to_s)
{
    windows w = {.from_s = from_s, .width_s = (to_s - from_s) / WINDOWS};
    for (size_t i = 0; i < c->n; i++)
        spread(&w, i ? c->at_s[i - 1] : 0, c->at_s[i], c->reward[i]);
    for (size_t i = 0; i < c->n_finished; i++) {
        const double at = (c->finished_s[i] - from_s) / w.width_s;
        if (at >= 0 && at < WINDOWS)
            w.finished[(int)at]++;
    }
    w.n_whole = (int)fmin(WINDOWS, fmax(0, (end_of(c) - from_s) / w.width_s + 1e-6));
    for (int i = 0; i < WINDOWS; i++) {
        w.reward[i] /= w.width_s;
        w.finished[i] /= w.width_s;
    }
    return w;
}

/* ---- the figure --------------------------------------------------------------------------- */

/* Reward for the tasks that are in the system has their number for a rate; of others it is for a
 * second, or for as long as makes numbers that can be read. */
static plot_unit reward_unit(const plot_input *in, double most_per_s)
{
    static const plot_unit times[] = {{1, "s"}, {1. / 3600, "h"}, {1. / 86400, "d"}};
    const char *of = plot_reward_unit(in->loaded);
    if (strcmp(of, "task s") == 0)
        return plot_unit_of("tasks", most_per_s);
    int i = 0;
    while (i < 2 && most_per_s < .05 * times[i].per)
        i++;
    const plot_unit amount = plot_unit_of(of, most_per_s / times[i].per);
    plot_unit u = {.per = amount.per * times[i].per};
    snprintf(u.unit, sizeof u.unit, "%.16s/%s", *amount.unit ? amount.unit : "1", times[i].unit);
    return u;
}

static void write_windows(const plot_input *in, const windows *w, int n, figure *f)
{
    double reward = 0, rate = 0, lowest = 0, highest = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < w[i].n_whole; k++) {
            reward = fmax(reward, fabs(w[i].reward[k]));
            lowest = fmin(lowest, w[i].reward[k]);
            highest = fmax(highest, w[i].reward[k]);
            rate = fmax(rate, w[i].finished[k]);
        }
    const double begin = w[0].from_s, end = begin + w[0].width_s * WINDOWS;
    const plot_unit time = plot_time_unit(end), per_time = plot_unit_of("/s", rate);
    const plot_unit earned = reward_unit(in, reward);
    for (int i = 0; i < n; i++) {
        string_buffer *table = figure_table(f, "rate", i + 1);
        figure_columns(f, "time reward throughput");
        for (int k = 0; k < w[i].n_whole; k++)
            table_row(table, 3,
                      (double[]){(begin + (k + .5) * w[i].width_s) / time.per,
                                 w[i].reward[k] / earned.per, w[i].finished[k] / per_time.per});
    }
    figure_number(f, "x_low", begin / time.per);
    figure_number(f, "x_high", end / time.per);
    plot_axis(f, "x_title", "simulated time", time.unit);
    plot_axis(f, "throughput_title", "throughput", per_time.unit);
    plot_axis(f, "reward_title", "reward rate", *earned.unit ? earned.unit : "tasks");
    figure_number(f, "reward_low", lowest / earned.per);
    figure_number(f, "reward_high", highest / earned.per);
    figure_number(f, "throughput_high", rate / per_time.per);
}

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, course *c, figure *f,
                         poise_error *err)
{
    double to_s = 0;
    for (int i = 0; i < rows->n; i++) {
        if (!run(in, plot_cell(rows->at[i], seed), &c[i], err))
            return PLOT_FAILED;
        to_s = fmax(to_s, last_decision_of(&c[i]));
    }
    const double from_s = isnan(in->from_s) ? 0 : in->from_s;
    to_s = isnan(in->to_s) ? to_s : fmin(to_s, in->to_s);
    if (to_s <= from_s) {
        error_null(err, "no run lasts until --from");
        return PLOT_NO_DATA;
    }
    windows w[PLOT_ROWS_MAX] = {0};
    for (int i = 0; i < rows->n; i++)
        w[i] = divide(&c[i], from_s, to_s);
    write_windows(in, w, rows->n, f);
    plot_name_rows(in, rows, f);
    const plot_unit unit = plot_time_unit(w[0].width_s);
    plot_note(in, f, NULL, "seed %" PRId64 ", windows of %.3g %s", seed, w[0].width_s / unit.per,
              unit.unit);
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const plot_rows rows = plot_choose_few(in, AGENTS_USUAL, PLOT_ROWS_MAX);
    const int64_t seed = plot_seed(in, &rows);
    if (seed < 0) {
        error_null(err, "there is no such seed from which all agents have a finished run");
        return PLOT_NO_DATA;
    }
    course c[PLOT_ROWS_MAX] = {0};
    const plot_outcome outcome = draw(in, &rows, seed, c, f, err);
    for (int i = 0; i < rows.n; i++) {
        free(c[i].at_s);
        free(c[i].reward);
        free(c[i].finished_s);
    }
    return outcome;
}

const plot_kind plot_within = {
    .name = "within",
    .about = "rate of reward and throughput against simulated time within one run",
    .fill = fill,
};
