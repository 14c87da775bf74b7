/* q_learning.c - tabular Q-learning (Watkins 1989) in continuous time: what follows after t seconds
 * counts exp(-beta t), so the target is R + exp(-beta t) max Q(s', a') (semi-Markov; Bradtke and
 * Duff, NIPS 1994).
 *
 * Any scenario is made small enough for a table in the same way:
 *
 * - Kinds: classes are sorted into at most size_bins x fit_bins kinds, by their least expected
 *   service and, within equal numbers of those, by how much longer they take on the group that
 *   suits them worst. Where there are no more classes than kinds, each is its own.
 * - State: how many tasks of each kind wait in the window, how many wait behind it, and of each
 *   group how many devices are idle or, if none is, how many tasks stand in its devices' own
 *   queues; each as its number of binary digits (0, 1, 2-3, 4-7 ...), cut off at a level. With
 *   more than joint_groups groups there would be too many states: then a pair knows the group that
 *   it sends to, and of all others only how many have an idle device.
 * - Action: (kind, group, profile), or to wait. The oldest task of the kind is taken.
 *
 * Such a state does not tell who is being served, so what a long service costs shows only many
 * choices later: the rewards of n_steps choices are gathered into a target.
 *
 * Most of what follows depends on how many tasks are in the system and little on the choice, so the
 * table would drown in noise. A value by number of tasks alone is learnt beside it and used as a
 * potential: rewards are shaped by its change, which leaves the best policy as it is (Ng, Harada
 * and Russell, ICML 1999), and the table holds how much better or worse a pair is than that.
 *
 * Pairs of state and action live in a hash table of 2^table_bits entries. A pair not met before
 * counts as if it were `optimism` deviations better than average (optimistic start), so that it is
 * tried. A decision with a single action is no choice: what comes of it counts for the choice
 * before. */
#include "agent.h"
#include "det.h"
#include "error.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN_DECISIONS 4000000

/* Entries looked at from a pair's home on; if all are taken by others, the home is shared. */
#define PROBES 32

/* Numbers of tasks told apart by the potential: each up to LEVELS_EXACT, then 16 an octave. */
#define LEVELS_EXACT 32
#define LEVELS 512

/* Bound of n_steps. */
#define MOST_STEPS 256

/* An action that may be chosen, and the candidate that stands for it. */
typedef struct option_now {
    int action;
    int candidate;
    uint64_t state;  // as seen from it
} option_now;

/* A choice whose consequences are still gathered. */
typedef struct waiting_choice {
    size_t entry;   // of its pair
    int from;       // level of the number of tasks then
    double reward;  // since then, discounted to then
    double keep;    // discount of what follows
} waiting_choice;

typedef struct q_learning {
    int n_steps, size_bins, fit_bins, queue_levels, idle_levels, backlog_levels, joint_groups,
        table_bits, decay;
    double learning_rate, learning_rate_power, learning_rate_min;
    double exploration_initial, exploration_final, optimism, discount_per_s, horizon;

    const poise_space *space;
    double beta;  // per second
    int n_kinds, n_actions;
    int *kind;     // (n_classes)
    int *waiting;  // (n_kinds) tasks of a view
    long *listed;  // (n_actions) number of the last list that had the action
    long n_lists;
    option_now *now;  // (n_actions) the actions of a view, in order of their candidates
    int n_now;

    size_t n_entries;
    double *key;               // (n_entries) what stands there, 0 = nothing; a whole number < 2^53
    double *value;             // (n_entries) Q of a pair
    double *visits;            // (n_entries) how often it was updated, or the state was met
    double returns[3];         // count, mean and mean square deviation of targets
    double potential[LEVELS];  // value by number of tasks in the system
    double met[LEVELS];        // how often it was updated

    poise_mode mode;
    poise_rng rng;
    long decisions, states_visited, pairs_visited, shared;
    waiting_choice waits[MOST_STEPS];  // choices whose target is not complete, oldest first, a ring
    int first_waits, n_waits;
    bool asked;    // nothing has been learnt since the last choice
    double error;  // running mean of |target - Q|
} q_learning;

static const poise_option options[] = {
    {"n_steps", POISE_INT, offsetof(q_learning, n_steps), 16, 1, MOST_STEPS, "choices",
     "rewards of so many choices are gathered before the table is asked for the rest", NULL},
    {"learning_rate", POISE_REAL, offsetof(q_learning, learning_rate), 1, 0, 1, "",
     "step size of a pair at its first update", NULL},
    {"learning_rate_power", POISE_REAL, offsetof(q_learning, learning_rate_power), .6, 0, 1, "",
     "it falls with this power of the number of updates", NULL},
    {"learning_rate_min", POISE_REAL, offsetof(q_learning, learning_rate_min), .0005, 0, 1, "",
     "and no further than to here", NULL},
    {"exploration_initial", POISE_REAL, offsetof(q_learning, exploration_initial), .3, 0, 1, "",
     "share of random choices at first", NULL},
    {"exploration_final", POISE_REAL, offsetof(q_learning, exploration_final), .01, 0, 1, "",
     "and at last", NULL},
    {"decay", POISE_INT, offsetof(q_learning, decay), TRAIN_DECISIONS / 2, 0, 2e9, "decisions",
     "exploration falls linearly over so many; 0 = at once", NULL},
    {"optimism", POISE_REAL, offsetof(q_learning, optimism), .5, 0, 1e6, "deviations",
     "how much better than average a new pair is taken to be", NULL},
    {"discount_per_s", POISE_REAL, offsetof(q_learning, discount_per_s), 0, 0, 1e9, "1/s",
     "beta; 0 = the scenario's, or 1 / (horizon * typical service) if it has none", NULL},
    {"horizon", POISE_REAL, offsetof(q_learning, horizon), 10, .01, 1e6, "services",
     "how far consequences reach if neither beta nor the scenario says", NULL},
    {"size_bins", POISE_INT, offsetof(q_learning, size_bins), 2, 1, 32, "",
     "bins of classes by least expected service", NULL},
    {"fit_bins", POISE_INT, offsetof(q_learning, fit_bins), 2, 1, 32, "",
     "bins of these by how much the group matters", NULL},
    {"queue_levels", POISE_INT, offsetof(q_learning, queue_levels), 2, 1, 16, "",
     "levels of tasks waiting, per kind; 2 = none or some", NULL},
    {"idle_levels", POISE_INT, offsetof(q_learning, idle_levels), 2, 1, 16, "",
     "levels of idle devices, per group; 2 = none or some", NULL},
    {"backlog_levels", POISE_INT, offsetof(q_learning, backlog_levels), 6, 1, 16, "",
     "levels of tasks in the devices' own queues, per group", NULL},
    {"joint_groups", POISE_INT, offsetof(q_learning, joint_groups), 4, 0, 64, "groups",
     "most groups that a state describes one by one", NULL},
    {"table_bits", POISE_INT, offsetof(q_learning, table_bits), 17, 4, 24, "",
     "binary logarithm of the table's entries", NULL},
    {0},
};

/* ---- kinds of classes ---- */

typedef struct class_key {
    double size, fit;
    int class_id;
} class_key;

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_size(const void *a, const void *b)
{
    const class_key *x = a, *y = b;
    int d = order(x->size, y->size);
    return d ? d : x->class_id - y->class_id;
}

static int by_fit(const void *a, const void *b)
{
    const class_key *x = a, *y = b;
    int d = order(x->fit, y->fit);
    return d ? d : x->class_id - y->class_id;
}

static class_key describe_class(const poise_space *space, int class_id)
{
    const double *service_s = space->service_s + class_id * space->n_groups;
    double least = INFINITY, most = 0;
    for (int g = 0; g < space->n_groups; g++) {
        least = service_s[g] < least ? service_s[g] : least;
        /* A group that cannot run it at all makes it the choosiest of all. */
        most = service_s[g] > most ? service_s[g] : most;
    }
    return (class_key){.size = least, .fit = least > 0 ? most / least : 1, .class_id = class_id};
}

static void sort_into_kinds(q_learning *q, class_key *keys)
{
    int n = q->space->n_classes;
    q->n_kinds = q->size_bins * q->fit_bins;
    if (n <= q->n_kinds) {
        q->n_kinds = n;
        for (int c = 0; c < n; c++)
            q->kind[c] = c;
        return;
    }
    for (int c = 0; c < n; c++)
        keys[c] = describe_class(q->space, c);
    qsort(keys, (size_t)n, sizeof *keys, by_size);
    for (int bin = 0; bin < q->size_bins; bin++) {
        int first = bin * n / q->size_bins, end = (bin + 1) * n / q->size_bins;
        qsort(keys + first, (size_t)(end - first), sizeof *keys, by_fit);
        for (int i = first; i < end; i++)
            q->kind[keys[i].class_id] =
                bin * q->fit_bins + (i - first) * q->fit_bins / (end - first);
    }
}

/* ---- memory ---- */

static bool take_memory(q_learning *q, const poise_space *space)
{
    size_t classes = (size_t)space->n_classes;
    size_t kinds = (size_t)(q->size_bins * q->fit_bins);
    kinds = kinds < classes ? kinds : classes;
    size_t actions = kinds * (size_t)(space->n_groups * space->n_profiles) + 1;
    q->n_actions = (int)actions;
    q->n_entries = (size_t)1 << q->table_bits;
    q->key = calloc(3 * q->n_entries, sizeof *q->key);
    q->listed = calloc(actions, sizeof *q->listed);
    q->now = calloc(actions, sizeof *q->now);
    q->kind = calloc(classes + kinds, sizeof *q->kind);
    if (!q->key || !q->listed || !q->now || !q->kind)
        return false;
    q->value = q->key + q->n_entries;
    q->visits = q->value + q->n_entries;
    q->waiting = q->kind + classes;
    return true;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    q_learning *q = state;
    q->space = space;
    double typical_s = space->typical_service_s > 0 ? space->typical_service_s : 1;
    q->beta = q->discount_per_s > 0       ? q->discount_per_s
              : space->discount_per_s > 0 ? space->discount_per_s
                                          : 1 / (q->horizon * typical_s);
    class_key *keys = malloc((size_t)space->n_classes * sizeof *keys);
    bool done = keys && take_memory(q, space);
    if (done)
        sort_into_kinds(q, keys);
    else
        error_add(err, "q_learning: no memory for a table of 2^%d entries", q->table_bits);
    free(keys);
    return done;
}

static void release(void *state)
{
    q_learning *q = state;
    free(q->key);
    free(q->listed);
    free(q->now);
    free(q->kind);
}

/* ---- states, actions and their place in the table ---- */

/* Binary digits of n, at most levels - 1. */
static uint64_t level(int n, int levels)
{
    int digits = n > 0 ? 32 - __builtin_clz((unsigned)n) : 0;
    return (uint64_t)(digits < levels - 1 ? digits : levels - 1);
}

/* The finaliser of MurmurHash3: a bijection, so that it adds no collisions of its own. */
static uint64_t scramble(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ULL;
    return h ^ h >> 33;
}

static uint64_t mix(uint64_t h, uint64_t what)
{
    return scramble(h * 64 + what + 1);
}

static uint64_t group_level(const q_learning *q, const poise_group *g)
{
    if (g->idle > 0)
        return level(g->idle, q->idle_levels);
    return g->queued > 0 ? 32 + level(g->queued, q->backlog_levels) : 0;
}

/* What the state is for a pair: the state itself, or that and the group it sends to. */
static uint64_t seen_from(const q_learning *q, const poise_view *v, uint64_t state, int group)
{
    if (v->n_groups <= q->joint_groups || group < 0)
        return state;
    return mix(state, group_level(q, &v->group[group]));
}

static uint64_t state_hash(q_learning *q, const poise_view *v)
{
    memset(q->waiting, 0, (size_t)q->n_kinds * sizeof *q->waiting);
    for (int t = 0; t < v->n_tasks; t++)
        q->waiting[q->kind[v->task[t].class_id]]++;
    uint64_t h = level(v->n_beyond, q->queue_levels);
    for (int k = 0; k < q->n_kinds; k++)
        h = mix(h, level(q->waiting[k], q->queue_levels));
    if (v->n_groups <= q->joint_groups) {
        for (int g = 0; g < v->n_groups; g++)
            h = mix(h, group_level(q, &v->group[g]));
        return h;
    }
    int free = 0;
    for (int g = 0; g < v->n_groups; g++)
        free += v->group[g].idle > 0;
    return mix(h, level(free, q->idle_levels));
}

/* The level of a number of tasks in the potential. */
static int tasks_level(int n)
{
    if (n < LEVELS_EXACT)
        return n;
    int octave = 31 - __builtin_clz((unsigned)n);
    int within = n >> (octave - 4) & 15;
    int l = LEVELS_EXACT + (octave - 5) * 16 + within;
    return l < LEVELS ? l : LEVELS - 1;
}

static int action_of(const q_learning *q, const poise_view *v, const poise_candidate *c)
{
    if (!poise_gives_device(c))
        return q->n_actions - 1;
    int kind = q->kind[v->task[c->task].class_id];
    return (kind * q->space->n_groups + c->group) * q->space->n_profiles + c->profile;
}

/* Fills now with the different actions of the view, each by its first candidate: the oldest task.
 */
static void list_actions(q_learning *q, const poise_view *v)
{
    q->n_lists++;
    q->n_now = 0;
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        if (!poise_gives_device(c) && c->act != POISE_HOLD)
            continue;  // it places tasks, or waits
        int action = action_of(q, v, c);
        if (q->listed[action] == q->n_lists)
            continue;
        q->listed[action] = q->n_lists;
        q->now[q->n_now++] = (option_now){.action = action, .candidate = i};
    }
}

/* The state of the view; what each listed action sees of it is put beside the action. */
static uint64_t observe(q_learning *q, const poise_view *v)
{
    uint64_t s = state_hash(q, v);
    for (int i = 0; i < q->n_now; i++)
        q->now[i].state = seen_from(q, v, s, v->candidate[q->now[i].candidate].group);
    return s;
}

/* The entry of a state (action -1) or of a pair; n_entries if it is not there. */
static size_t find(const q_learning *q, uint64_t state, int action, bool add, bool *is_new)
{
    uint64_t h = scramble(state + (uint64_t)(action + 2) * 0x9e3779b97f4a7c15ULL);
    double key = (double)(h >> 12 | 1);
    size_t home = (size_t)h & (q->n_entries - 1);
    for (size_t i = 0; i < PROBES; i++) {
        size_t at = (home + i) & (q->n_entries - 1);
        if (q->key[at] == key)
            return at;
        if (q->key[at] == 0) {
            if (!add)
                return q->n_entries;
            q->key[at] = key;
            *is_new = true;
            return at;
        }
    }
    return home;
}

/* What a pair not met before is taken to be worth. */
static double value_of_new(const q_learning *q)
{
    return q->returns[1] + q->optimism * sqrt(q->returns[2]);
}

static double value_at(const q_learning *q, uint64_t state, int action)
{
    size_t at = find(q, state, action, false, NULL);
    return at < q->n_entries ? q->value[at] : value_of_new(q);
}

/* Index into now of the best action; the one with the oldest task on ties. */
static int best_now(const q_learning *q, double *value)
{
    int best = 0;
    *value = -INFINITY;
    for (int i = 0; i < q->n_now; i++) {
        double here = value_at(q, q->now[i].state, q->now[i].action);
        if (here > *value) {
            *value = here;
            best = i;
        }
    }
    return best;
}

/* ---- acting ---- */

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    q_learning *q = state;
    q->mode = mode;
    q->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    q->first_waits = q->n_waits = 0;
    q->asked = false;
}

static double exploration(const q_learning *q)
{
    if (q->decisions >= q->decay)
        return q->exploration_final;
    double done = (double)q->decisions / q->decay;
    return q->exploration_initial + done * (q->exploration_final - q->exploration_initial);
}

static void count_state(q_learning *q, uint64_t state)
{
    bool is_new = false;
    size_t met = find(q, state, -1, true, &is_new);
    q->states_visited += is_new;
    q->visits[met]++;
}

static waiting_choice *waiting(q_learning *q, int i)
{
    return &q->waits[(q->first_waits + i) % MOST_STEPS];
}

/* Picks an action of now; its pair waits for what comes of it. */
static int explore(q_learning *q, const poise_view *v)
{
    if (q->asked)
        q->n_waits--;  // the same decision is asked for again
    q->asked = true;
    double value;
    int pick = best_now(q, &value);
    if (poise_rng_uniform(&q->rng) < exploration(q))
        pick = poise_rng_below(&q->rng, q->n_now);
    double start = value_of_new(q);
    bool is_new = false;
    size_t entry = find(q, q->now[pick].state, q->now[pick].action, true, &is_new);
    if (is_new) {
        q->value[entry] = start;
        q->pairs_visited++;
    }
    *waiting(q, q->n_waits++) =
        (waiting_choice){.entry = entry, .from = tasks_level(v->n_system), .keep = 1};
    return pick;
}

static int choose(void *state, const poise_view *v)
{
    q_learning *q = state;
    list_actions(q, v);
    uint64_t s = observe(q, v);
    if (q->mode == POISE_MODE_TRAIN)
        count_state(q, s);
    if (q->n_now == 1)
        return q->now[0].candidate;
    if (q->mode == POISE_MODE_TRAIN)
        return q->now[explore(q, v)].candidate;
    double value;
    return q->now[best_now(q, &value)].candidate;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    q_learning *q = state;
    int chosen = q->mode == POISE_MODE_TRAIN ? choose(q, v) : -1;
    uint64_t s = state_hash(q, v);
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        attention[i] = value_at(q, seen_from(q, v, s, c->group), action_of(q, v, c));
        top = attention[i] > top ? attention[i] : top;
    }
    if (chosen >= 0)
        attention[chosen] = top + 1 + fabs(top);
}

/* ---- learning ---- */

/* Running mean and variance of the targets; from some point on the newest thousands count. */
static void note_return(q_learning *q, double target)
{
    q->returns[0] += q->returns[0] < 10000 ? 1 : 0;
    double rate = 1 / q->returns[0], off = target - q->returns[1];
    q->returns[1] += rate * off;
    q->returns[2] += rate * (off * off * (1 - rate) - q->returns[2]);
}

static double step_size(const q_learning *q, double n_updates)
{
    double rate = q->learning_rate * det_pow(n_updates, -q->learning_rate_power);
    return rate > q->learning_rate_min ? rate : q->learning_rate_min;
}

/* The value of a number of tasks; one not met before is worth what the next smaller one is. */
static double potential(const q_learning *q, int level)
{
    while (level > 0 && q->met[level] == 0)
        level--;
    return q->potential[level];
}

/* The oldest choice that waits led, beside its rewards, to something that is worth `next` by the
 * potential and `better` more by the table. */
static void settle(q_learning *q, double next, double better)
{
    waiting_choice c = *waiting(q, 0);
    q->first_waits = (q->first_waits + 1) % MOST_STEPS;
    q->n_waits--;
    double before = potential(q, c.from), after = c.reward + c.keep * next;
    double target = after + c.keep * better - before;
    q->potential[c.from] = before + step_size(q, ++q->met[c.from]) * (after - before);
    note_return(q, target);
    double *value = &q->value[c.entry];
    *value += step_size(q, ++q->visits[c.entry]) * (target - *value);
    q->error += .001 * (fabs(target - *value) - q->error);
}

static void gather(q_learning *q, const poise_outcome *o)
{
    double keep = det_exp(-q->beta * o->elapsed_s);
    for (int i = 0; i < q->n_waits; i++) {
        waiting_choice *c = waiting(q, i);
        c->reward += c->keep * o->reward;
        c->keep *= keep;
    }
}

static bool sound(const q_learning *q, poise_error *err)
{
    if (isfinite(q->error) && isfinite(q->returns[2]))
        return true;
    error_add(err, "q_learning diverged after %ld decisions: the targets are no longer finite",
              q->decisions);
    return false;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    q_learning *q = state;
    q->decisions++;
    q->asked = false;
    if (q->n_waits == 0)
        return true;
    gather(q, o);
    if (o->phase == POISE_RUNNING) {
        list_actions(q, after);
        if (q->n_now == 1 || q->n_waits < q->n_steps)
            return true;
        observe(q, after);
        double better;
        best_now(q, &better);
        settle(q, potential(q, tasks_level(after->n_system)), better);
        return sound(q, err);
    }
    /* Cut off with work left: only the potential tells what would have followed. */
    bool ended = o->phase == POISE_TERMINATED;
    double next = ended ? 0 : potential(q, tasks_level(after->n_system));
    while (q->n_waits > 0)
        settle(q, next, 0);
    return sound(q, err);
}

static int params(void *state, poise_tensor *t)
{
    q_learning *q = state;
    int n = (int)q->n_entries;
    t[0] = (poise_tensor){"q.key", 1, {n}, true, q->key};
    t[1] = (poise_tensor){"q.value", 1, {n}, true, q->value};
    t[2] = (poise_tensor){"q.visits", 1, {n}, true, q->visits};
    t[3] = (poise_tensor){"q.returns", 1, {3}, true, q->returns};
    t[4] = (poise_tensor){"q.potential", 1, {LEVELS}, true, q->potential};
    t[5] = (poise_tensor){"q.potential_visits", 1, {LEVELS}, true, q->met};
    return 6;
}

static int progress(void *state, poise_figure *figure, int max)
{
    const q_learning *q = state;
    const poise_figure rows[] = {
        {"train/states_visited", (double)q->states_visited},
        {"train/pairs_visited", (double)q->pairs_visited},
        {"train/exploration_rate", exploration(q)},
        {"train/loss", q->error},
        {"train/mean_target", q->returns[1]},
    };
    int n = (int)(sizeof rows / sizeof *rows);
    n = n < max ? n : max;
    memcpy(figure, rows, (size_t)n * sizeof *rows);
    return n;
}

const poise_agent_type agent_q_learning = {
    .abi = POISE_AGENT_ABI,
    .name = "q_learning",
    .about = "tabular Q-learning over queue and idle devices, discounted by simulated time "
             "(Watkins 1989; Bradtke and Duff 1994)",
    .options = options,
    .size = sizeof(q_learning),
    .train_decisions = TRAIN_DECISIONS,
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .learn = learn,
    .params = params,
    .progress = progress,
    .free = release,
};
