/* balancer.c - attention as an allocator. Tasks and the device that they share are tokens; tasks
 * are weighed by softmax(Q K^T / sqrt(d_k)) (lib/balance.h). A cycle goes with each decision:
 * resources, alike or random at first, are compared with what was seen to come of them, multiplied
 * by attention, renormalised and used, and carried into the next.
 *
 * Feedback: y_i is the part of the capacity that a task was predicted to get, y*_i what its
 * progress shows; caps, what others left to it, and whatever slows it make the difference. Tasks
 * that can be trusted least are adjusted by a gradient step on their weights. Where a scenario
 * dispatches there is nothing to carry: who would be paid most starts. */
#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"
#include "lib/balance.h"
#include "lib/rule.h"
#include "lib/shares.h"

enum { NORMALISE_SUM, NORMALISE_NONE };
enum { START_UNIFORM, START_RANDOM };

/* What is kept of a task from one decision to the next. */
typedef struct memory {
    int64_t id;
    double resource;   // its part of all in its group
    double predicted;  // part of the group's capacity
    double done;       // work units, then
    double full;       // work units per second that all of the capacity would do
} memory;

typedef struct balancer {
    balance b;
    int normalise, start;
    double mix, threshold, rate;

    shares_desk desk;
    memory *all;
    memory *before, *now;  // (max_candidates) of all groups, in order of candidates; two halves
    int n_before, n_now;
    double then_s;
    double *resource, *predicted, *observed, *error, *trust, *slope;  // (max_candidates)
    poise_rng rng;
} balancer;

static const char *const normalises[] = {"sum", "none", NULL};
static const char *const starts[] = {"uniform", "random", NULL};

static const poise_option options[] = {
    {"sharpness", POISE_REAL, offsetof(balancer, b.sharpness), 2, 0, 100, "",
     "attention is (weight / work left) to this power, before tasks under pressure ask", NULL},
    {"yield", POISE_REAL, offsetof(balancer, b.yield), 1, 0, 100, "",
     "how much sharper tasks that are far from their end ask", NULL},
    {"patience", POISE_REAL, offsetof(balancer, b.patience), 0, 0, 100, "",
     "attention rises with this power of a task's age", NULL},
    {"heads", POISE_INT, offsetof(balancer, b.heads), 1, 1, BALANCE_MOST_HEADS, "",
     "of attention, each half as sharp as the one before", NULL},
    {"top", POISE_INT, offsetof(balancer, b.top), 0, 0, 1e6, "tasks",
     "sparse: so many tasks are attended to; 0: all", NULL},
    {"rank", POISE_INT, offsetof(balancer, b.rank), 0, 0, 1e6, "queries",
     "low rank: so many means of queries ask; 0: all", NULL},
    {"normalise", POISE_CHOICE, offsetof(balancer, normalise), 0, 0, 0, "",
     "parts predicted: w c / sum of w c (sum), or w c / capacity, w at most 1 (none)", normalises},
    {"start", POISE_CHOICE, offsetof(balancer, start), 0, 0, 0, "",
     "what tasks hold at first: 1 / n, or at random", starts},
    {"mix", POISE_REAL, offsetof(balancer, mix), 1e-9, 0, 1, "",
     "part of all resources that is dealt out evenly in a cycle", NULL},
    {"threshold", POISE_REAL, offsetof(balancer, threshold), 4, 0, 1e12, "",
     "tasks whose (1 - error) / largest error is below it are adjusted; 0: none", NULL},
    {"learning_rate", POISE_REAL, offsetof(balancer, rate), 0.5, 0, 100, "", "of the adjustment",
     NULL},
    {0},
};

/* ---- tokens ------------------------------------------------------------------------------- */

static double urgency(const shares *s, int i)
{
    return det_log(s->weight[i] / s->work[i]);
}

static void fill_tokens(balancer *a, const poise_view *v)
{
    const shares *s = &a->desk.ask;
    const double typical_s = v->space->typical_service_s > 0 ? v->space->typical_service_s : 1;
    double most = urgency(s, 0), asked = 0;
    for (int i = 1; i < s->n; i++)
        most = fmax(most, urgency(s, i));
    for (int i = 0; i < s->n; i++) {
        const poise_task *t = &v->task[v->candidate[a->desk.candidate[i]].task];
        const double less = urgency(s, i) - most;
        double *x = a->b.token + i * BALANCE_FEATURES;
        x[BALANCE_ONE] = 1;
        x[BALANCE_URGENCY] = less;
        x[BALANCE_PRESSURE] = -less / (1 - less);
        x[BALANCE_AGE] = det_log1p((v->now_s - t->arrived_s) / typical_s);
        asked += s->cap[i];
    }
    double *device = a->b.token + s->n * BALANCE_FEATURES;
    device[BALANCE_ONE] = 1;
    device[BALANCE_URGENCY] = device[BALANCE_AGE] = 0;
    device[BALANCE_PRESSURE] = asked > s->capacity ? 1 - s->capacity / asked : 0;
    a->b.n = s->n;
}

/* ---- memory ------------------------------------------------------------------------------- */

/* What is known of the task; most stand in the order in which they stood, so that looking begins
 * where the one before was found. NULL if it is new. */
static const memory *recall(const balancer *a, int64_t id, int *from)
{
    for (int k = 0; k < a->n_before; k++) {
        int at = *from + k < a->n_before ? *from + k : *from + k - a->n_before;
        if (a->before[at].id == id) {
            *from = at + 1 < a->n_before ? at + 1 : 0;
            return &a->before[at];
        }
    }
    return NULL;
}

static double first_resource(balancer *a, int n)
{
    return (a->start == START_RANDOM ? 2 * poise_rng_uniform(&a->rng) : 1) / n;
}

/* The resources with which the cycle begins, and what came of those of the last one. New tasks have
 * been predicted nothing and been seen to get nothing. */
static void look_back(balancer *a, const poise_view *v, int *from)
{
    const shares *s = &a->desk.ask;
    const double elapsed_s = v->now_s - a->then_s;
    for (int i = 0; i < s->n; i++) {
        const poise_task *t = &v->task[v->candidate[a->desk.candidate[i]].task];
        const memory *m = v->space->shares ? recall(a, t->id, from) : NULL;
        a->resource[i] = m ? m->resource : first_resource(a, s->n);
        a->predicted[i] = a->observed[i] = 0;
        if (m && elapsed_s > 0) {
            a->predicted[i] = m->predicted;
            a->observed[i] = (t->done - m->done) / (elapsed_s * m->full);
        }
    }
    balance_renormalise(s->n, a->resource, 1);
}

static void learn_from_it(balancer *a)
{
    const shares *s = &a->desk.ask;
    double sum = 0;
    balance_trust(s->n, a->predicted, a->observed, a->error, a->trust);
    for (int i = 0; i < s->n; i++)
        sum += a->resource[i] * s->cap[i];
    for (int i = 0; i < s->n; i++)
        a->slope[i] = a->normalise == NORMALISE_NONE
                          ? s->cap[i] / s->capacity
                          : s->cap[i] / sum * (1 - a->resource[i] * s->cap[i] / sum);
    if (balance_adjust(s->n, a->resource, a->predicted, a->observed, a->slope, a->trust,
                       a->threshold, a->rate) > 0)
        balance_renormalise(s->n, a->resource, 1);
}

/* ---- the cycle ---------------------------------------------------------------------------- */

static void predict(balancer *a)
{
    const shares *s = &a->desk.ask;
    double most = 0;
    for (int i = 0; i < s->n; i++)
        most = fmax(most, a->resource[i]);
    if (a->normalise == NORMALISE_SUM) {
        balance_parts(s->n, a->resource, s->cap, 0, a->predicted);
        return;
    }
    for (int i = 0; i < s->n; i++)
        a->slope[i] = a->resource[i] / most;
    balance_parts(s->n, a->slope, s->cap, s->capacity, a->predicted);
}

static void remember(balancer *a, const poise_view *v, int group)
{
    const shares *s = &a->desk.ask;
    for (int i = 0; i < s->n; i++) {
        const poise_task *t = &v->task[v->candidate[a->desk.candidate[i]].task];
        const double speed = v->space->speed[t->class_id * v->n_groups + group];
        a->now[a->n_now++] = (memory){.id = t->id,
                                      .resource = a->resource[i],
                                      .predicted = a->predicted[i],
                                      .done = t->done,
                                      .full = speed * s->capacity};
    }
}

static void cycle(balancer *a, const poise_view *v, int group, int *from)
{
    const shares *s = &a->desk.ask;
    look_back(a, v, from);
    learn_from_it(a);
    fill_tokens(a, v);
    balance_attend(&a->b);
    balance_multiply(s->n, a->resource, a->b.received, a->mix);
    if (!v->space->shares)
        return;
    predict(a);
    remember(a, v, group);
}

/* Attention is what tasks hold. */
static void pay(const balancer *a, const poise_view *v, double *attention)
{
    for (int i = 0; i < a->desk.ask.n; i++) {
        double w = a->resource[i] > 1e-300 ? a->resource[i] : 1e-300;
        attention[a->desk.candidate[i]] = v->space->weighs ? w : det_log(w);
    }
}

static void attend(void *state, const poise_view *v, double *attention)
{
    balancer *a = state;
    int from = 0;
    a->n_now = 0;
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = rule_rest(&v->candidate[c]);
    for (int g = 0; g < v->n_groups; g++) {
        shares_gather(&a->desk, v, g);
        if (a->desk.ask.n == 0)
            continue;
        cycle(a, v, g, &from);
        pay(a, v, attention);
    }
    memory *free_now = a->before;
    a->before = a->now;
    a->now = free_now;
    a->n_before = a->n_now;
    a->then_s = v->now_s;
}

/* ---- memory and episodes ------------------------------------------------------------------ */

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    balancer *a = state;
    const size_t n = (size_t)space->max_candidates;
    if (!shares_desk_init(&a->desk, space, "balancer", err))
        return false;
    a->all = calloc(2 * n, sizeof *a->all);
    a->resource = calloc(6 * n, sizeof *a->resource);
    if (!balance_init(&a->b, space->max_candidates) || !a->all || !a->resource) {
        error_add(err, "agent balancer: out of memory");
        return false;
    }
    a->before = a->all;
    a->now = a->all + n;
    a->predicted = a->resource + n;
    a->observed = a->resource + 2 * n;
    a->error = a->resource + 3 * n;
    a->trust = a->resource + 4 * n;
    a->slope = a->resource + 5 * n;
    return true;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    balancer *a = state;
    a->n_before = 0;
    a->then_s = 0;
    a->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

static void release(void *state)
{
    balancer *a = state;
    shares_desk_free(&a->desk);
    balance_free(&a->b);
    free(a->all);
    free(a->resource);
}

const poise_agent_type agent_balancer = {
    .abi = POISE_AGENT_ABI,
    .name = "balancer",
    .about = "the attention allocator: softmax(Q K^T / sqrt(d_k)) over tasks and devices, carried "
             "from cycle to cycle with feedback",
    .options = options,
    .size = sizeof(balancer),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
