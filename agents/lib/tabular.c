/* tabular.c - see tabular.h. */
#include "lib/tabular.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"

/* Entries looked at from a pair's home on; if all are taken by others, the home is shared. */
#define PROBES 32

/* A state counts its visits as if it were a pair with this action. */
#define NO_ACTION (-1)

const poise_option tabular_options[] = {
    {"n_steps", POISE_INT, offsetof(tabular, n_steps), 0, 0, TABULAR_STEPS - 1, "choices",
     "rewards of so many choices are gathered before the table is asked for the rest; 0: 1 where "
     "the system is small, else 16",
     NULL},
    {"learning_rate", POISE_REAL, offsetof(tabular, learning_rate), 1, 0, 1e12, "",
     "step size of a pair at its first update", NULL},
    {"learning_rate_power", POISE_REAL, offsetof(tabular, learning_rate_power), .6, 0, 1, "",
     "it falls with this power of the number of updates", NULL},
    {"learning_rate_min", POISE_REAL, offsetof(tabular, learning_rate_min), .0005, 0, 1, "",
     "and no further than to here", NULL},
    {"averaging", POISE_REAL, offsetof(tabular, averaging), 3, 0, 1e6, "",
     "it acts by means of values over all updates, the newest of which count most: the part of the "
     "n-th is (1 + this) / (n + this)",
     NULL},
    {"exploration_initial", POISE_REAL, offsetof(tabular, exploration_initial), -1, -1, 1, "",
     "share of random choices at first; -1: 0.02 where the system is small, else 0.1", NULL},
    {"exploration_final", POISE_REAL, offsetof(tabular, exploration_final), -1, -1, 1, "",
     "and at last; -1: as at first", NULL},
    {"decay", POISE_INT, offsetof(tabular, decay), TABULAR_TRAIN_DECISIONS / 2, 0, 2e9, "decisions",
     "exploration falls linearly over so many; 0 = at once", NULL},
    {"temperature", POISE_REAL, offsetof(tabular, temperature), -1, -1, 1e6, "deviations",
     "other choices follow the exponentials of values over so many deviations of targets; 0: none; "
     "-1: 0.02, or 0.2 where the system is small, 0.1 if it has one class of tasks",
     NULL},
    {"optimism", POISE_REAL, offsetof(tabular, optimism), .5, 0, 1e6, "deviations",
     "how much better than average a new pair is taken to be", NULL},
    {"discount_per_s", POISE_REAL, offsetof(tabular, discount_per_s), 0, 0, 1e9, "1/s",
     "beta; 0 = the scenario's, or 1 / (horizon * typical service) if it has none", NULL},
    {"horizon", POISE_REAL, offsetof(tabular, horizon), 10, .01, 1e6, "services",
     "how far consequences reach if neither beta nor the scenario says", NULL},
    {"average", POISE_BOOL, offsetof(tabular, average), 0, 0, 1, "",
     "the mean reward per second is to be largest, nothing is discounted", NULL},
    {"rate_step", POISE_REAL, offsetof(tabular, rate_step), .1, 0, 1, "",
     "step size of the mean reward per second, as a part of that of the values", NULL},
    {"potential", POISE_BOOL, offsetof(tabular, potential), 1, 0, 1, "",
     "rewards are shaped by the value of the state, or of the number of tasks", NULL},
    {"small", POISE_INT, offsetof(tabular, view.small), 4, 0, 64, "",
     "most classes, and groups, of scenarios in which tasks and devices are counted one by one",
     NULL},
    {"exact", POISE_INT, offsetof(tabular, view.exact), 16, 4, 4096, "",
     "numbers below are told apart there, larger ones 4 an octave", NULL},
    {"size_bins", POISE_INT, offsetof(tabular, view.size_bins), 2, 1, 32, "",
     "elsewhere: bins of classes by least expected service", NULL},
    {"fit_bins", POISE_INT, offsetof(tabular, view.fit_bins), 2, 1, 32, "",
     "bins of these by how much the group matters", NULL},
    {"system_levels", POISE_INT, offsetof(tabular, view.system_levels), 16, 1, 32, "",
     "levels of tasks in the system, 1 = they do not matter", NULL},
    {"queue_levels", POISE_INT, offsetof(tabular, view.queue_levels), 2, 1, 16, "",
     "levels of tasks waiting, per kind of classes: 0, 1, 2-3, 4-7 ...; 2 = none or some", NULL},
    {"idle_levels", POISE_INT, offsetof(tabular, view.idle_levels), 2, 1, 16, "",
     "levels of idle devices, per group; 2 = none or some", NULL},
    {"backlog_levels", POISE_INT, offsetof(tabular, view.backlog_levels), 6, 1, 16, "",
     "levels of tasks in the devices' own queues, per group", NULL},
    {"joint_groups", POISE_INT, offsetof(tabular, view.joint_groups), 4, 0, 64, "groups",
     "most groups that a state describes one by one", NULL},
    {"bids", POISE_INT, offsetof(tabular, view.bids), 3, 1, 16, "",
     "where tenants compete: each action may be bid for with 0, 1 ... below this", NULL},
    {"table_bits", POISE_INT, offsetof(tabular, table_bits), 0, 0, 24, "",
     "binary logarithm of the table's entries; 0: 14 where the system is small, else 17", NULL},
    {0},
};

/* ---- memory ---- */

/* Settings that were left to the size of the system. */
static void settle(tabular *t, const poise_space *space)
{
    const bool small = t->view.is_small;
    const double typical_s = space->typical_service_s > 0 ? space->typical_service_s : 1;
    if (t->average)
        t->beta = 0;
    else if (t->discount_per_s > 0)
        t->beta = t->discount_per_s;
    else
        t->beta = space->discount_per_s > 0 ? space->discount_per_s : 1 / (t->horizon * typical_s);
    t->steps = t->n_steps > 0 ? t->n_steps : small ? 1 : 16;
    t->heat = t->temperature >= 0 ? t->temperature : t->view.is_exact ? .1 : small ? .2 : .02;
    t->stray[0] = t->exploration_initial >= 0 ? t->exploration_initial : small ? .02 : .1;
    t->stray[1] = t->exploration_final >= 0 ? t->exploration_final : t->stray[0];
    t->n_entries = (size_t)1 << (t->table_bits > 0 ? t->table_bits : small ? 14 : 17);
}

static bool take_memory(tabular *t)
{
    const size_t n = (size_t)t->n_tables * t->n_entries, n_actions = (size_t)t->view.n_actions;
    t->key = calloc(t->n_entries + 3 * n, sizeof *t->key);
    t->entry = calloc(n_actions, sizeof *t->entry);
    t->chance = calloc(n_actions, sizeof *t->chance);
    if (!t->key || !t->entry || !t->chance)
        return false;
    t->value = t->key + t->n_entries;
    t->latest = t->value + n;
    t->visits = t->latest + n;
    return true;
}

bool tabular_init(tabular *t, const char *name, int n_tables, const poise_space *space,
                  poise_error *err)
{
    t->name = name;
    t->n_tables = n_tables;
    if (coarse_init(&t->view, space)) {
        settle(t, space);
        if (take_memory(t))
            return true;
    }
    error_add(err, "%s: no memory for its table", name);
    return false;
}

void tabular_free(void *state)
{
    tabular *t = state;
    coarse_free(&t->view);
    free(t->key);
    free(t->entry);
    free(t->chance);
}

/* ---- the table ---- */

/* The entry of a state (NO_ACTION) or of a pair; n_entries if it is not there. */
static size_t find(const tabular *t, uint64_t state, int action)
{
    uint64_t h = coarse_scramble(state + (uint64_t)(action + 2) * 0x9e3779b97f4a7c15ULL);
    double key = (double)(h >> 12 | 1);
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (h + i) & (t->n_entries - 1);
        if (t->key[at] == key)
            return at;
        if (t->key[at] == 0)
            return t->n_entries;
    }
    return h & (t->n_entries - 1);
}

/* The same; it is there afterwards. */
static size_t enter(tabular *t, uint64_t state, int action, bool *is_new)
{
    uint64_t h = coarse_scramble(state + (uint64_t)(action + 2) * 0x9e3779b97f4a7c15ULL);
    double key = (double)(h >> 12 | 1);
    *is_new = false;
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (h + i) & (t->n_entries - 1);
        if (t->key[at] == key)
            return at;
        if (t->key[at] == 0) {
            t->key[at] = key;
            *is_new = true;
            return at;
        }
    }
    t->count.shared++;
    return h & (t->n_entries - 1);
}

/* The potential: the value of a state, where those are told apart (`entry` is its own), and else
 * of a number of tasks; one not met before is worth what the next smaller one is. */
static double height(const tabular *t, size_t entry, int level)
{
    if (!t->potential)
        return 0;
    if (t->view.is_small && entry < t->n_entries && t->visits[entry] > 0)
        return t->latest[entry];
    while (level > 0 && t->met[level] == 0)
        level--;
    return t->height[level];
}

/* What a pair not met before is taken to be worth. */
static double value_of_new(const tabular *t)
{
    return t->returns[1] + t->optimism * sqrt(t->returns[2]);
}

/* When training, the latest value; when that is over, its mean. */
static double value_at(const tabular *t, int table, size_t entry)
{
    if (entry == t->n_entries)
        return value_of_new(t);
    const double *value = t->mode == POISE_MODE_TRAIN ? t->latest : t->value;
    if (table >= 0)
        return value[(size_t)table * t->n_entries + entry];
    double sum = 0;
    for (int k = 0; k < t->n_tables; k++)
        sum += value[(size_t)k * t->n_entries + entry];
    return sum / t->n_tables;
}

/* ---- the coming decision ---- */

static void see(tabular *t, const poise_view *v)
{
    coarse_see(&t->view, v);
    for (int i = 0; i < t->view.n_now; i++)
        t->entry[i] = find(t, t->view.seen, t->view.now[i].number);
    t->state = v->n_candidates > 0 ? find(t, t->view.state, NO_ACTION) : t->n_entries;
    t->level = coarse_level(v->n_system);
    t->seen = true;
    t->picked = -1;
    t->asked = false;
}

int tabular_n_actions(const tabular *t)
{
    return t->ended ? 0 : t->view.n_now;
}

double tabular_value(const tabular *t, int table, int action)
{
    return action < 0 ? 0 : value_at(t, table, t->entry[action]);
}

int tabular_best(const tabular *t, int table)
{
    int best = -1;
    double most = -INFINITY;
    for (int i = 0; i < tabular_n_actions(t); i++) {
        const double value = tabular_value(t, table, i);
        if (best < 0 || value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}

/* What falls linearly over the first `decay` decisions. */
static double faded(const tabular *t, double first, double last)
{
    return t->count.decisions >= t->decay ? last
                                          : first + t->count.decisions / t->decay * (last - first);
}

double tabular_exploration(const tabular *t)
{
    return faded(t, t->stray[0], t->stray[1]);
}

/* Boltzmann's distribution: what is nearly as good as the best is tried nearly as often. */
void tabular_policy(tabular *t)
{
    const int n = tabular_n_actions(t), best = tabular_best(t, TABULAR_MEAN);
    const double epsilon = tabular_exploration(t), scale = t->heat * sqrt(t->returns[2]);
    const double most = tabular_value(t, TABULAR_MEAN, best);
    double sum = 0;
    for (int a = 0; a < n; a++) {
        const double less = tabular_value(t, TABULAR_MEAN, a) - most;
        t->chance[a] = a == best ? 1 : scale > 0 ? det_exp(less / scale) : 0;
        sum += t->chance[a];
    }
    for (int a = 0; a < n; a++)
        t->chance[a] = (1 - epsilon) * t->chance[a] / sum + epsilon / n;
}

void tabular_explore(tabular *t)
{
    const int n = tabular_n_actions(t);
    tabular_policy(t);
    double u = poise_rng_uniform(&t->rng);
    t->picked = n > 0 ? 0 : -1;
    while (t->picked < n - 1 && u >= t->chance[t->picked])
        u -= t->chance[t->picked++];
}

/* ---- acting ---- */

void tabular_begin(void *state, poise_mode mode, uint64_t seed)
{
    tabular *t = state;
    t->mode = mode;
    t->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    t->first = t->n_waits = 0;
    t->seen = t->asked = t->ended = false;
}

static tabular_choice *waiting(tabular *t, int i)
{
    return &t->waits[(t->first + i) % TABULAR_STEPS];
}

/* The state is known from now on. */
static void note_state(tabular *t)
{
    bool is_new;
    t->state = enter(t, t->view.state, NO_ACTION, &is_new);
    t->count.states += is_new;
}

/* The pick waits for what comes of it. */
static void commit(tabular *t)
{
    const double start = value_of_new(t);
    bool is_new;
    const size_t entry = enter(t, t->view.seen, t->view.now[t->picked].number, &is_new);
    for (int k = 0; is_new && k < t->n_tables; k++)
        t->value[(size_t)k * t->n_entries + entry] = t->latest[(size_t)k * t->n_entries + entry] =
            start;
    t->count.pairs += is_new;
    *waiting(t, t->n_waits++) =
        (tabular_choice){.entry = entry, .state = t->state, .level = t->level, .keep = 1};
}

/* The action for the view; when training, what comes of it is waited for. */
static int decide(tabular *t, const poise_view *v)
{
    const bool learns = t->mode == POISE_MODE_TRAIN;
    if (!learns || !t->seen)
        see(t, v);
    if (learns)
        note_state(t);
    if (!learns || t->view.n_now == 1)
        return tabular_best(t, TABULAR_MEAN);
    if (t->picked < 0)
        tabular_explore(t);
    if (!t->asked)
        commit(t);
    t->asked = true;
    return t->picked;
}

int tabular_choose(void *state, const poise_view *v)
{
    tabular *t = state;
    return t->view.now[decide(t, v)].candidate;
}

/* Where it shares: all for the tasks of a kind, or all alike. */
static void divide(const tabular *t, const poise_view *v, int number, double *attention)
{
    const bool alike = number == t->view.n_actions - 1;
    for (int i = 0; i < v->n_candidates; i++) {
        const bool has = alike || coarse_action_of(&t->view, v, i) == number;
        attention[i] = v->space->weighs ? (has ? 1 : 1e-9) : (has ? 0 : -20);
    }
}

void tabular_attend(void *state, const poise_view *v, double *attention)
{
    tabular *t = state;
    if (v->n_candidates == 0)
        return;
    const coarse_action a = t->view.now[decide(t, v)];
    if (v->space->shares) {
        divide(t, v, a.number, attention);
        return;
    }
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        attention[i] =
            value_at(t, TABULAR_MEAN, find(t, t->view.seen, coarse_action_of(&t->view, v, i)));
        top = attention[i] > top ? attention[i] : top;
    }
    if (v->space->competes)
        coarse_bid(&t->view, &a, top, attention, v->n_candidates);
    else
        attention[a.candidate] = nextafter(top, INFINITY);
}

/* ---- learning ---- */

bool tabular_arrive(tabular *t, const poise_outcome *o, const poise_view *after)
{
    const double keep = det_exp(-t->beta * o->elapsed_s);
    const double reward = o->reward - (t->average ? t->count.rate * o->elapsed_s : 0);
    t->count.decisions++;
    for (int i = 0; i < t->n_waits; i++) {
        tabular_choice *c = waiting(t, i);
        c->reward += c->keep * reward;
        c->keep *= keep;
        c->elapsed_s += o->elapsed_s;
    }
    t->ended = o->phase != POISE_RUNNING;
    t->loses_sight = t->ended && (o->phase != POISE_TERMINATED || t->average);
    see(t, after);
    return t->n_waits > 0 && (t->ended || t->view.n_now > 1);
}

bool tabular_is_due(const tabular *t)
{
    return t->n_waits >= t->steps || (t->ended && t->n_waits > 0);
}

/* Running mean and variance of the targets; from some point on the newest thousands count. */
static void note_return(tabular *t, double target)
{
    t->returns[0] += t->returns[0] < 10000 ? 1 : 0;
    double rate = 1 / t->returns[0], off = target - t->returns[1];
    t->returns[1] += rate * off;
    t->returns[2] += rate * (off * off * (1 - rate) - t->returns[2]);
}

static double step_size(const tabular *t, double n_updates)
{
    double rate = t->learning_rate * det_pow(n_updates, -t->learning_rate_power);
    return rate > t->learning_rate_min ? rate : t->learning_rate_min;
}

/* What a mean second brings, from what has come as a surprise. */
static void learn_rate(tabular *t, const tabular_choice *c, double surprise)
{
    tabular_counts *n = &t->count;
    n->n_between += n->n_between < 10000 ? 1 : 0;
    n->between_s += (c->elapsed_s - n->between_s) / n->n_between;
    if (t->average && n->between_s > 0)
        n->rate += t->rate_step * surprise / n->between_s;
}

/* Moves the potential of where a choice was made towards what came of it. */
static void raise(tabular *t, const tabular_choice *c, double after)
{
    double *height = &t->height[c->level];
    *height += step_size(t, ++t->met[c->level]) * (after - *height);
    if (t->view.is_small)
        t->latest[c->state] += step_size(t, ++t->visits[c->state]) * (after - t->latest[c->state]);
}

void tabular_update(tabular *t, int table, double next)
{
    const tabular_choice c = *waiting(t, 0);
    t->first = (t->first + 1) % TABULAR_STEPS;
    t->n_waits--;
    const double before = height(t, c.state, c.level);
    const double ahead = t->ended && !t->loses_sight ? 0 : height(t, t->state, t->level);
    const double after = c.reward + c.keep * ahead, target = after + c.keep * next - before;
    note_return(t, target);
    raise(t, &c, after);
    const size_t at = (size_t)table * t->n_entries + c.entry;
    const double n = ++t->visits[at], step = step_size(t, n), error = target - t->latest[at];
    t->latest[at] += step * error;
    t->value[at] += (1 + t->averaging) / (n + t->averaging) * (t->latest[at] - t->value[at]);
    t->count.error += .001 * (fabs(error) - t->count.error);
    learn_rate(t, &c, step * error);
}

bool tabular_is_sound(const tabular *t, poise_error *err)
{
    if (isfinite(t->count.error) && isfinite(t->returns[2]) && isfinite(t->count.rate))
        return true;
    error_add(err,
              "%s diverged after %.0f decisions: its values are no longer finite; learning_rate is "
              "%g",
              t->name, t->count.decisions, t->learning_rate);
    return false;
}

/* ---- what is kept ---- */

static poise_tensor tensor(const char *name, size_t rows, size_t columns, double *data)
{
    poise_tensor t = {.n_dims = rows > 1 ? 2 : 1,
                      .dim = {(int)(rows > 1 ? rows : columns), (int)columns},
                      .is_double = true};
    t.data = data;
    strncpy(t.name, name, sizeof t.name - 1);
    return t;
}

int tabular_params(void *state, poise_tensor *p)
{
    tabular *t = state;
    p[0] = tensor("q.key", 1, t->n_entries, t->key);
    p[1] = tensor("q.value", (size_t)t->n_tables, t->n_entries, t->value);
    p[2] = tensor("q.returns", 1, 3, t->returns);
    return 3;
}

int tabular_memory(void *state, poise_tensor *m)
{
    tabular *t = state;
    m[4] = tensor("q.latest", (size_t)t->n_tables, t->n_entries, t->latest);
    m[0] = tensor("q.visits", (size_t)t->n_tables, t->n_entries, t->visits);
    m[1] = tensor("q.height", 1, COARSE_LEVELS, t->height);
    m[2] = tensor("q.met", 1, COARSE_LEVELS, t->met);
    m[3] = tensor("q.count", 1, sizeof t->count / sizeof(double), (double *)&t->count);
    return 5;
}

int tabular_progress(void *state, poise_figure *figure, int max)
{
    const tabular *t = state;
    const poise_figure rows[] = {
        {"train/states_visited", t->count.states},
        {"train/pairs_visited", t->count.pairs},
        {"rollout/exploration_rate", tabular_exploration(t)},
        {"train/loss", t->count.error},
        {"train/mean_target", t->returns[1]},
        {"train/mean_rate", t->count.rate},
    };
    int n = (int)(sizeof rows / sizeof *rows) - !t->average;
    n = n < max ? n : max;
    memcpy(figure, rows, (size_t)n * sizeof *rows);
    return n;
}
