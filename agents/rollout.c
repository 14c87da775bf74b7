/* rollout.c - one step ahead of a base rule (Bertsekas and Castanon, J. of Heuristics 5 (1999)):
 * each candidate is tried on copies of the environment on which the base rule then plays on; the
 * best start counts, and the base rule's own choice stands unless another is clearly better. The
 * copies have another future than the run itself (env/imagine.h): no more is known of what comes
 * than the scenario says. All candidates meet the same futures, in which as many jobs are done. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"
#include "imagine.h"
#include "lib/rule.h"
#include "scenario.h"
#include "source.h"

/* So many times as many decisions as the rule's own choice may lead to are as good as endless. */
enum { MANY = 8 };

typedef enum rollout_objective { BY_MEASURE, BY_REWARD, BY_MAKESPAN } rollout_objective;

typedef struct rollout {
    const char *base;
    int candidates, replications, decisions, objective;
    double horizon, caution;

    const poise_space *space;
    poise_env *model;
    poise_agent *own;     // the base rule as it plays along
    poise_agent *player;  // the same in copies
    int *tried;           // (candidates) their indices; the first is what the base rule would do
    double *first;        // (replications) what its choice is worth
    double *until_s;      // (replications) when the futures end
    uint64_t *seed;       // (replications) of the futures
    poise_rng rng;
} rollout;

static const char *const objectives[] = {"auto", "reward", "makespan", NULL};

static const poise_option options[] = {
    {"base", POISE_TEXT, offsetof(rollout, base), 0, 0, 0, "",
     "the rule that plays on, by its name; shortest if none is given", NULL},
    {"candidates", POISE_INT, offsetof(rollout, candidates), 3, 2, 1e6, "",
     "that are tried at a decision, at most: the rule's own choice, what puts off, then those that "
     "end first",
     NULL},
    {"replications", POISE_INT, offsetof(rollout, replications), 2, 1, 1e6, "",
     "futures in which each is tried", NULL},
    {"horizon", POISE_REAL, offsetof(rollout, horizon), 2, 1e-3, 1e9, "",
     "for how long jobs come in a future, in typical services; then it ends when all are done",
     NULL},
    {"decisions", POISE_INT, offsetof(rollout, decisions), 16, 1, 1e9, "",
     "of the rule in a future, at most: where it takes more, all end then", NULL},
    {"caution", POISE_REAL, offsetof(rollout, caution), 1, 0, 100, "",
     "standard errors by which another choice must be better than the rule's", NULL},
    {"objective", POISE_CHOICE, offsetof(rollout, objective), BY_MEASURE, 0, 0, "",
     "what futures are compared by; auto: the makespan if that is the scenario's measure, else its "
     "reward",
     objectives},
    {0},
};

/* ---- futures ------------------------------------------------------------------------------- */

/* What of a step's reward falls before the end; rewards are taken to come evenly. */
static double before(const poise_outcome *o, double from_s, double until_s)
{
    const double left_s = until_s - from_s;
    if (!(o->elapsed_s > left_s))
        return o->reward;
    return left_s > 0 ? o->reward * (left_s / o->elapsed_s) : 0;
}

/* What the candidate is worth in the k-th future: jobs come for as long as the horizon, and the
 * rule plays on until they are done. Where that takes the rule's own choice, which is tried first,
 * too many decisions, it says when the future ends for all. */
static double try(rollout *r, const poise_view *v, int candidate, int k, bool first)
{
    poise_env *m = r->model;
    if (!imagine(m, v, r->seed[k]))
        return -INFINITY;
    const double beta = r->space->discount_per_s;
    const double closing_s = v->now_s + r->horizon * r->space->typical_service_s;
    const long most = first ? r->decisions : MANY * (long)r->decisions;
    double at_s = v->now_s, sum = 0;
    if (first)
        r->until_s[k] = INFINITY;
    poise_agent_begin(r->player, POISE_MODE_EVALUATE, r->seed[k]);
    poise_outcome o = poise_env_choose(m, candidate);
    for (long n = 0;; n++) {
        sum +=
            (beta > 0 ? det_exp(-beta * (at_s - v->now_s)) : 1) * before(&o, at_s, r->until_s[k]);
        at_s += o.elapsed_s;
        if (!poise_env_running(m) || !(at_s < r->until_s[k]) || n == most)
            break;
        if (at_s >= closing_s)
            imagine_no_more(m);
        o = poise_agent_step(r->player, m);
    }
    if (first && poise_env_running(m))
        r->until_s[k] = at_s;
    return r->objective == BY_MAKESPAN ? -fmin(at_s, r->until_s[k]) : sum;
}

/* By how much the candidate is better than the rule's own choice, for sure: the mean over futures
 * less some standard errors. */
static double gain(rollout *r, const poise_view *v, int candidate)
{
    const int n = r->replications;
    double sum = 0, squares = 0;
    for (int k = 0; k < n; k++) {
        const double d = try(r, v, candidate, k, false) - r->first[k];
        sum += d;
        squares += d * d;
    }
    const double mean = sum / n, spread = squares / n - mean * mean;
    return mean - r->caution * sqrt(n > 1 && spread > 0 ? spread / (n - 1) : 0);
}

/* ---- candidates ------------------------------------------------------------------------------ */

/* Whether two candidates mean the same as far as views tell. */
static bool alike(const poise_view *v, int a, int b)
{
    const poise_candidate *p = &v->candidate[a], *q = &v->candidate[b];
    if (p->act != q->act || p->group != q->group || p->profile != q->profile)
        return false;
    if (p->task == q->task || p->task < 0 || q->task < 0)
        return p->task == q->task;
    const poise_task *s = &v->task[p->task], *t = &v->task[q->task];
    return s->class_id == t->class_id && s->graph == t->graph && s->stage == t->stage &&
           !(s->size < t->size) && !(s->size > t->size) && !(s->weight < t->weight) &&
           !(s->weight > t->weight) && s->deadline_s >= t->deadline_s;
}

/* What is tried first: to do nothing, to refuse or put off, then what would be done first. */
static double order(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (poise_gives_device(c))
        return rule_finish_s(v, candidate);
    return c->act == POISE_HOLD ? -2 : -1;
}

static bool is_listed(const rollout *r, const poise_view *v, int n, int candidate)
{
    for (int k = 0; k < n; k++)
        if (r->tried[k] == candidate || alike(v, r->tried[k], candidate))
            return true;
    return false;
}

/* Lists what is tried, behind the rule's own choice; returns how many. */
static int list(rollout *r, const poise_view *v, int own)
{
    int n = 1;
    r->tried[0] = own;
    while (n < r->candidates) {
        int next = -1;
        for (int c = 0; c < v->n_candidates; c++)
            if ((next < 0 || order(v, c) < order(v, next)) && !is_listed(r, v, n, c))
                next = c;
        if (next < 0)
            break;
        r->tried[n++] = next;
    }
    return n;
}

/* ---- the agent ------------------------------------------------------------------------------- */

/* What the base rule would do, with its attention. */
static int follow(rollout *r, const poise_view *v, double *attention)
{
    const poise_agent_type *type = r->own->type;
    if (type->choose && (!type->attend || r->space->max_running == 0)) {
        const int own = type->choose(r->own->state, v);
        rule_point(v, own, attention);
        return own;
    }
    type->attend(r->own->state, v, attention);
    return poise_argmax(attention, v->n_candidates);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rollout *r = state;
    if (v->n_candidates == 0)
        return;
    const int own = follow(r, v, attention);
    const int n = own < 0 ? 0 : list(r, v, own);
    if (n < 2)
        return;
    for (int k = 0; k < r->replications; k++)
        r->seed[k] = poise_rng_u64(&r->rng);
    for (int k = 0; k < r->replications; k++)
        r->first[k] = try(r, v, own, k, true);
    int best = own;
    double most = 0;
    for (int k = 1; k < n; k++) {
        const double more = gain(r, v, r->tried[k]);
        if (more > most) {
            most = more;
            best = r->tried[k];
        }
    }
    if (best != own)
        attention[best] = nextafter(attention[own], INFINITY);
}

static bool suits(const poise_space *space, poise_error *err)
{
    if (space->shares)
        error_add(err, "agent rollout: attention is divided there, no candidate is chosen");
    else if (space->competes)
        error_add(err, "agent rollout: what other tenants do is not for it to know");
    else
        return imagine_suits(space->scenario, err);
    return false;
}

/* Whether futures differ at all: if not, one is enough. */
static bool is_certain(const poise_scenario *s)
{
    bool certain = s->visible == SEE_TRUE && s->n_graphs == 0;
    for (int i = 0; i < s->n_sources; i++)
        certain &= s->source[i].type->again == NULL;
    return certain;
}

static bool take_base(rollout *r, uint64_t seed, poise_error *err)
{
    r->base = r->base ? r->base : "shortest";
    const poise_agent_type *type = poise_agent_find(r->base);
    if (type && (type->learn || type->uses_model)) {
        error_add(err, "agent rollout: base '%s' %s; simple rules are allowed", r->base,
                  type->learn ? "learns" : "uses a model itself");
        return false;
    }
    if (type && type->suits && !type->suits(r->space, err))
        return false;
    r->own = poise_agent_new(r->base, r->space, seed, err);
    r->player = r->own ? poise_agent_new(r->base, r->space, seed, err) : NULL;
    return r->player != NULL;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    rollout *r = state;
    r->space = space;
    if (!suits(space, err) || !take_base(r, seed, err))
        return false;
    if (is_certain(space->scenario))
        r->replications = 1;
    if (r->objective == BY_MEASURE)
        r->objective = strcmp(poise_scenario_measure(space->scenario), "makespan_s") == 0
                           ? BY_MAKESPAN
                           : BY_REWARD;
    r->model = poise_env_new(space->scenario, err);
    if (!r->model)
        return false;
    poise_env_forget(r->model);
    r->tried = calloc((size_t)r->candidates, sizeof *r->tried);
    r->first = calloc((size_t)r->replications, sizeof *r->first);
    r->until_s = calloc((size_t)r->replications, sizeof *r->until_s);
    r->seed = calloc((size_t)r->replications, sizeof *r->seed);
    if (r->tried && r->first && r->until_s && r->seed)
        return true;
    error_add(err, "agent rollout: out of memory");
    return false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    rollout *r = state;
    r->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    poise_agent_begin(r->own, mode, seed);
}

static void release(void *state)
{
    rollout *r = state;
    poise_env_free(r->model);
    poise_agent_free(r->own);
    poise_agent_free(r->player);
    free(r->tried);
    free(r->first);
    free(r->until_s);
    free(r->seed);
}

const poise_agent_type agent_rollout = {
    .abi = POISE_AGENT_ABI,
    .name = "rollout",
    .about = "the candidate from which a base rule plays on best, in imagined futures (Bertsekas "
             "and Castanon 1999)",
    .options = options,
    .size = sizeof(rollout),
    .uses_model = true,
    .suits = suits,
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
