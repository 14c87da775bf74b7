/* dqn.c - deep Q-learning (Mnih et al., Nature 518, 2015): a network forecasts what each candidate
 * is worth, learns from choices drawn again and again from a replay, and bootstraps from a copy of
 * itself that follows slowly. As options: the copy only judges what the network itself finds best
 * (double; van Hasselt et al., AAAI 2016), candidates are forecast relative to the situation
 * (duelling; Wang et al., ICML 2016), what surprised is drawn more often (prioritised; Schaul et
 * al., ICLR 2016), and rewards of n choices are taken before bootstrapping (Hessel et al., AAAI
 * 2018). Decisions are not evenly spaced: what follows after t seconds counts exp(-beta t). With
 * average_reward nothing is discounted: what a second is worth in the mean is taken off each
 * reward, and is known by what forecasts are too low by in the mean (Wan, Naik, Sutton, ICML 2021).
 */
#include "agent.h"
#include "det.h"
#include "error.h"
#include "lib/actor.h"
#include "lib/losses.h"
#include "lib/replay.h"
#include "lib/trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN_DECISIONS 300000

/* Room for candidates in the replay, per choice. */
#define CANDIDATES_PER_CHOICE 8
/* Added to what a choice surprised by, so that none is forgotten. */
#define LEAST_PRIORITY 1e-3
/* Of what all forecasts are too low by in the mean, so much is put on after a step. */
#define LEVEL_RATE .01

/* All that goes on from one episode to the next beside parameters; doubles, so that it can be
 * kept. */
typedef struct dqn_progress {
    double decisions, choices, updates, draws;
    double loss, value, norm, rate, explore;  // of the last update
    double reward_per_s;                      // taken off; 0 where rewards are discounted
} dqn_progress;

typedef struct dqn {
    actor net;
    bool is_double, duelling, prioritised, average_reward;
    int n_step, replay_size, batch, learning_starts, train_every, target_every;
    int decay, explore_decisions;
    double learning_rate, max_grad_norm, discount_per_s, horizon, huber;
    double explore_first, explore_last, alpha, correction;

    const poise_space *space;
    uint64_t seed;
    double beta;  // per second; with average_reward only for the scale of returns
    actor target;
    trend trend;  // of the choices before learning started: the scale of returns
    replay *replay;
    poise_mode mode;
    poise_rng rng;
    bool open;   // the last choice may still gather rewards
    bool asked;  // nothing has been learnt since it was made
    dqn_progress at;

    int *index;            // (batch) entries drawn
    int *best;             // (batch)
    sight *sight, *next;   // (batch) of them, and of where they bootstrap
    double *part;          // (batch) of all priorities
    double *gain, *keep;   // (batch) rewards on the way there, and what is left of the rest
    double *tasks;         // (batch) there
    double *elapsed_s;     // (batch) until there
    float *q, *own, *aim;  // (batch)
    /* Of a step: how far forecasts are too low, and what of a rise is not kept; with average_reward
     * the seconds in which that comes. */
    double off, leaves;
} dqn;

static const poise_option options[] = {
    {"double", POISE_BOOL, offsetof(dqn, is_double), 1, 0, 1, "",
     "the copy judges what the network itself finds best", NULL},
    {"duelling", POISE_BOOL, offsetof(dqn, duelling), 1, 0, 1, "",
     "worth of the situation and of candidates relative to it, by a network each", NULL},
    {"prioritised", POISE_BOOL, offsetof(dqn, prioritised), 1, 0, 1, "",
     "choices that surprised are drawn more often", NULL},
    {"alpha", POISE_REAL, offsetof(dqn, alpha), .6, 0, 1, "", "how much more often", NULL},
    {"correction", POISE_REAL, offsetof(dqn, correction), .4, 0, 1, "",
     "how far the choices drawn more often count less; 1 by the end of the decay", NULL},
    {"n_step", POISE_INT, offsetof(dqn, n_step), 3, 1, 1000, "choices",
     "rewards taken before bootstrapping", NULL},
    {"replay_size", POISE_INT, offsetof(dqn, replay_size), 20000, 16, 1e7, "choices",
     "choices kept", NULL},
    {"batch", POISE_INT, offsetof(dqn, batch), 32, 1, 1e5, "choices", "choices in a step", NULL},
    {"learning_starts", POISE_INT, offsetof(dqn, learning_starts), 1000, 8, 1e7, "choices",
     "choices made at random first, from which the scale of returns is taken", NULL},
    {"train_every", POISE_INT, offsetof(dqn, train_every), 2, 1, 1e6, "choices",
     "choices between two steps", NULL},
    {"target_every", POISE_INT, offsetof(dqn, target_every), 250, 1, 1e9, "steps",
     "steps between two copies of the network", NULL},
    {"huber", POISE_REAL, offsetof(dqn, huber), 1, 1e-9, 1e9, "deviations",
     "errors beyond this count linearly", NULL},
    {"explore_first", POISE_REAL, offsetof(dqn, explore_first), 1, 0, 1, "",
     "chance of a random choice at first", NULL},
    {"explore_last", POISE_REAL, offsetof(dqn, explore_last), .02, 0, 1, "", "and in the end",
     NULL},
    {"explore_decisions", POISE_INT, offsetof(dqn, explore_decisions), 100000, 1, 2e9, "decisions",
     "decisions until then", NULL},
    {"learning_rate", POISE_REAL, offsetof(dqn, learning_rate), 1e-3, 0, 1e12, "", "step size",
     NULL},
    {"decay", POISE_INT, offsetof(dqn, decay), TRAIN_DECISIONS, 0, 2e9, "decisions",
     "the step size falls linearly to a twentieth over so many; 0 = it stays", NULL},
    {"discount_per_s", POISE_REAL, offsetof(dqn, discount_per_s), 0, 0, 1e9, "1/s",
     "beta; 0 = the scenario's, or 1 / (horizon * typical service) if it has none", NULL},
    {"horizon", POISE_REAL, offsetof(dqn, horizon), 20, .01, 1e6, "services",
     "how far consequences reach if neither beta nor the scenario says", NULL},
    {"average_reward", POISE_BOOL, offsetof(dqn, average_reward), 0, 0, 1, "",
     "nothing is discounted; rewards are relative to their mean in time", NULL},
    {"max_grad_norm", POISE_REAL, offsetof(dqn, max_grad_norm), 10, 1e-9, 1e9, "",
     "longest gradient of each network", NULL},
    ACTOR_ROWS(dqn, net),
    {0},
};

static bool suits(const poise_space *space, poise_error *err)
{
    if (!space->shares)
        return true;
    error_add(err, "dqn chooses between candidates; here attention divides a capacity");
    return false;
}

/* ---- memory ---- */

static bool new_batch(dqn *a)
{
    const size_t n = (size_t)a->batch;
    a->index = calloc(n, 2 * sizeof *a->index + 2 * sizeof *a->sight + 5 * sizeof *a->part +
                             3 * sizeof *a->q);
    if (!a->index)
        return false;
    a->sight = (sight *)a->index;
    a->next = a->sight + n;
    a->part = (double *)(a->next + n);
    a->gain = a->part + n;
    a->keep = a->gain + n;
    a->tasks = a->keep + n;
    a->elapsed_s = a->tasks + n;
    a->q = (float *)(a->elapsed_s + n);
    a->own = a->q + n;
    a->aim = a->own + n;
    a->index = (int *)(a->aim + n);
    a->best = a->index + n;
    return true;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    dqn *a = state;
    a->space = space;
    a->seed = seed;
    a->beta = actor_discount(space, a->discount_per_s, a->horizon);
    a->target = a->net;
    if (!suits(space, err) || !actor_init(&a->net, space, seed, "dqn", err) ||
        !actor_init(&a->target, space, seed, "dqn", err))
        return false;
    const int most = space->max_candidates;
    const int typical = most < CANDIDATES_PER_CHOICE ? most : CANDIDATES_PER_CHOICE;
    a->replay = replay_new(a->replay_size, actor_room(&a->net, most), actor_room(&a->net, typical));
    if (a->replay && new_batch(a))
        return true;
    error_add(err, "dqn: no memory for a replay of %d choices of up to %d candidates",
              a->replay_size, most);
    return false;
}

static void release(void *state)
{
    dqn *a = state;
    actor_free(&a->net);
    actor_free(&a->target);
    replay_free(a->replay);
    free(a->sight);
}

/* ---- what candidates are worth ---- */

/* What is taken off each score, and put on: the mean score off and the value on, where that is
 * forecast by itself. */
static float shift(const dqn *a, int n, const float *z, float value)
{
    if (!a->duelling)
        return 0;
    float sum = 0;
    for (int k = 0; k < n; k++)
        sum += z[k];
    return value - sum / (float)n;
}

static int parts(const dqn *a)
{
    return a->duelling ? ACTOR_BOTH : ACTOR_POLICY;
}

static int largest(int n, const float *z)
{
    int best = 0;
    for (int k = 1; k < n; k++)
        best = z[k] > z[best] ? k : best;
    return best;
}

/* q (n) of the best candidate of each decision, or of those in `best` unless `finds`: then they are
 * written there. */
static void read_best(dqn *a, actor *net, int n, const sight *s, bool finds, int *best, float *q)
{
    for (int i = 0; i < n;) {
        const int took = actor_forward(net, parts(a), n - i, s + i);
        const float *z = net->score;
        for (int k = 0; k < took; k++, z += s[i++].n_candidates) {
            if (finds)
                best[i] = largest(s[i].n_candidates, z);
            q[i] = z[best[i]] + shift(a, s[i].n_candidates, z, net->value[k]);
        }
    }
}

/* ---- acting ---- */

/* An episode was left before its end: too little is known of its last choice, and so of where the
 * one before it led. */
static void forget_last(replay *r)
{
    replay_last(r)->n_candidates = 0;
    if (r->n > 1)
        replay_set_priority(r, (int)r->n - 2, 0);
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    dqn *a = state;
    if (a->open)
        forget_last(a->replay);
    a->open = a->asked = false;
    a->mode = mode;
    a->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

static sight look(dqn *a, const poise_view *v)
{
    if (a->asked) {  // the same decision is asked for again
        replay_drop_last(a->replay);
        a->asked = false;
    }
    float *at = replay_room(a->replay);
    actor_see(&a->net, v, v->n_candidates, at);
    return (sight){at, v->n_candidates};
}

static double chance(const dqn *a)
{
    const double done = a->at.decisions / a->explore_decisions;
    const double first = a->explore_first, last = a->explore_last;
    return done < 1 ? first + done * (last - first) : last;
}

/* Adds an entry; the one before it can be learnt from now. */
static void add(dqn *a, size_t n_seen, memory m)
{
    replay *r = a->replay;
    const memory *before = replay_last(r);
    const bool follows = before && before->n_candidates > 0;
    /* Time went on at the end of an episode, too: only where all was done is nothing to come, and
     * where rewards are relative to a mean that has no end not even there. */
    const bool known = follows && (m.n_candidates > 0 || (m.ended > 0 && !a->average_reward));
    replay_add(r, n_seen, m);
    if (known)
        replay_set_priority(r, (int)r->n - 2, a->prioritised ? r->top : 1);
}

static int sample(dqn *a, const poise_view *v, sight s)
{
    const float *z = actor_score(&a->net, s);
    const double u = poise_rng_uniform(&a->rng);
    int chosen = poise_rng_below(&a->rng, v->n_candidates);
    if (a->at.choices >= a->learning_starts && u >= chance(a))
        chosen = largest(v->n_candidates, z);
    if (!all_within_f(v->n_candidates, z, 1e30))
        return -1;
    add(a, actor_size(&a->net, &s),
        (memory){.n_candidates = v->n_candidates,
                 .chosen = chosen,
                 .keep = 1,
                 .tasks = features_burden(v)});
    a->open = a->asked = true;
    return chosen;
}

/* Attention is what a candidate is worth. */
static void attend(void *state, const poise_view *v, double *attention)
{
    dqn *a = state;
    if (v->n_candidates <= 1) {
        attention[0] = 0;
        return;
    }
    const sight s = look(a, v);
    const int chosen = a->mode == POISE_MODE_TRAIN ? sample(a, v, s) : -1;
    const trend_line line = trend_of(&a->trend);
    actor_forward(&a->net, parts(a), 1, &s);
    const float *z = a->net.score, plus = shift(a, s.n_candidates, z, a->net.value[0]);
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        attention[i] =
            trend_expects(&line, features_burden(v)) + line.deviation * (double)(z[i] + plus);
        top = attention[i] > top ? attention[i] : top;
    }
    if (chosen >= 0)
        attention[chosen] = top + 1;
}

static int choose(void *state, const poise_view *v)
{
    dqn *a = state;
    if (v->n_candidates == 1)
        return 0;
    const sight s = look(a, v);
    if (a->mode == POISE_MODE_TRAIN)
        return sample(a, v, s);
    const float *z = actor_score(&a->net, s);
    return all_within_f(v->n_candidates, z, 1e30) ? largest(v->n_candidates, z) : -1;
}

/* ---- learning ---- */

/* What a second has been worth so far. */
static double reward_per_s(const replay *r)
{
    double reward = 0, elapsed_s = 0;
    for (int i = 0; i < r->n; i++) {
        reward += replay_at(r, i)->reward;
        elapsed_s += replay_at(r, i)->elapsed_s;
    }
    return elapsed_s > 0 ? reward / elapsed_s : 0;
}

/* The scale of returns, from those of the choices so far. */
static void take_scale(dqn *a)
{
    const replay *r = a->replay;
    const int n = (int)r->n;
    a->at.reward_per_s = a->average_reward ? reward_per_s(r) : 0;
    double *tasks = error_must(malloc((2 * (size_t)n + 1) * sizeof *tasks));
    double *returns = tasks + n, after = 0;
    int used = 0;
    for (int i = n - 1; i >= 0; i--) {
        const memory *m = replay_at(r, i);
        const double reward = m->reward - a->at.reward_per_s * m->elapsed_s;
        const double keep = a->average_reward ? det_exp(-a->beta * m->elapsed_s) : m->keep;
        after = m->n_candidates > 0 ? reward + keep * after : 0;
        /* Of the last ones too little is known. */
        if (m->n_candidates <= 0 || i > n - n / 4)
            continue;
        tasks[used] = m->tasks;
        returns[used++] = after;
    }
    if (used > 0)
        trend_follow(&a->trend, used, tasks, returns);
    free(tasks);
}

/* Rewards from the i-th entry on, and where they stop: the last entry before too little is known,
 * n_step entries on, or the end of all (NULL). */
static const memory *follow(const dqn *a, int i, double *gain, double *keep, double *elapsed_s)
{
    const replay *r = a->replay;
    *gain = *elapsed_s = 0;
    *keep = 1;
    for (int k = 0; k < a->n_step; k++) {
        const memory *m = replay_at(r, i + k);
        const memory *next = i + k + 1 < r->n ? replay_at(r, i + k + 1) : NULL;
        if (!next || (next->n_candidates <= 0 && (next->ended <= 0 || a->average_reward)))
            return m;
        *gain += *keep * (m->reward - a->at.reward_per_s * m->elapsed_s);
        *elapsed_s += m->elapsed_s;
        *keep *= m->keep;
        if (next->n_candidates <= 0)
            return NULL;
    }
    return replay_at(r, i + a->n_step);
}

static sight sight_of(const dqn *a, const memory *m)
{
    return (sight){a->replay->seen + (size_t)m->at, (int)m->n_candidates};
}

/* Draws the batch; false if there is nothing to draw from. */
static bool draw(dqn *a)
{
    poise_rng r = poise_rng_at(a->seed, POISE_FOR_AGENT, 1, (uint32_t)a->at.updates);
    for (int i = 0; i < a->batch; i++) {
        /* One from each part of equal weight. */
        const double u = (i + poise_rng_uniform(&r)) / a->batch;
        a->index[i] = replay_draw(a->replay, u, &a->part[i]);
        if (a->index[i] < 0)
            return false;
        const memory *m = replay_at(a->replay, a->index[i]);
        const memory *to = follow(a, a->index[i], &a->gain[i], &a->keep[i], &a->elapsed_s[i]);
        a->sight[i] = sight_of(a, m);
        a->next[i] = sight_of(a, to ? to : m);
        a->tasks[i] = to ? to->tasks : m->tasks;
        a->keep[i] = to ? a->keep[i] : 0;
    }
    return true;
}

/* What the chosen candidates should be worth, relative to the trend. */
static void aim(dqn *a)
{
    const trend_line line = trend_of(&a->trend);
    read_best(a, &a->net, a->batch, a->next, true, a->best, a->own);
    read_best(a, &a->target, a->batch, a->next, !a->is_double, a->best, a->q);
    for (int i = 0; i < a->batch; i++) {
        const double then = trend_expects(&line, a->tasks[i]) + line.deviation * (double)a->q[i];
        const double now = trend_expects(&line, replay_at(a->replay, a->index[i])->tasks);
        a->aim[i] = (float)((a->gain[i] + a->keep[i] * then - now) / line.deviation);
    }
}

/* Part of the training that is done, by the decay of the step size. */
static double done(const dqn *a)
{
    const double part = a->decay > 0 ? a->at.decisions / a->decay : 0;
    return part < 1 ? part : 1;
}

/* How much choice i counts: less, the more often it is drawn (the largest counts 1). */
static float weight(const dqn *a, int i)
{
    if (!a->prioritised)
        return 1;
    double rarest = 1;
    for (int k = 0; k < a->batch; k++)
        rarest = a->part[k] < rarest ? a->part[k] : rarest;
    const double power = a->correction + (1 - a->correction) * done(a);
    return (float)det_pow(rarest / a->part[i], power);
}

/* Gradients of the loss of choice i of the batch, which is decision k of a pass. */
static void grade(dqn *a, int i, int k, int row)
{
    actor *net = &a->net;
    const int n = a->sight[i].n_candidates, c = (int)replay_at(a->replay, a->index[i])->chosen;
    const float *z = net->score + row;
    const float q = z[c] + shift(a, n, z, net->value[k]);
    float slope;
    a->at.loss += (double)huber_loss_f(q, a->aim[i], (float)a->huber, &slope) / a->batch;
    a->at.value += (double)q / a->batch;
    a->off += (a->keep[i] * (double)(a->own[i] - a->q[i]) + (double)(a->aim[i] - q)) / a->part[i];
    a->leaves += (a->average_reward ? a->elapsed_s[i] : 1 - a->keep[i]) / a->part[i];
    slope *= weight(a, i) / (float)a->batch;
    for (int j = 0; j < n; j++)
        net->d_score[row + j] = (j == c ? slope : 0) - (a->duelling ? slope / (float)n : 0);
    net->d_value[k] = slope;
    if (a->prioritised)
        replay_set_priority(a->replay, a->index[i],
                            det_pow(fabs((double)(q - a->aim[i])) + LEAST_PRIORITY, a->alpha));
}

static void descend(dqn *a)
{
    actor_zero_grad(&a->net);
    a->at.loss = a->at.value = a->off = a->leaves = 0;
    for (int i = 0; i < a->batch;) {
        const int took = actor_forward(&a->net, parts(a), a->batch - i, a->sight + i);
        for (int k = 0, row = 0; k < took; row += a->sight[i + k++].n_candidates)
            grade(a, i + k, k, row);
        actor_backward(&a->net, parts(a));
        i += took;
    }
    const double left = 1 - done(a);
    a->at.rate = a->learning_rate * (left > .05 ? left : .05);
    a->at.norm = actor_step(&a->net, parts(a), a->max_grad_norm, a->at.rate);
}

/* Forecasts that rest on forecasts find their common level slowly, and until then what a second is
 * worth seems to come of choices that take long. Raising all by one number changes what they are
 * too low by in the mean by the part of it that is not kept, so the level is known. Where all is
 * kept, they are too low because what a second is worth is. */
static void find_level(dqn *a)
{
    if (a->leaves <= 0)
        return;
    const double rise = LEVEL_RATE * trend_of(&a->trend).deviation * a->off / a->leaves;
    if (a->average_reward)
        a->at.reward_per_s += rise;
    else
        trend_shift(&a->trend, rise);
}

static bool update(dqn *a, poise_error *err)
{
    if (a->trend.batches <= 0)
        take_scale(a);
    if (!draw(a))
        return true;
    aim(a);
    descend(a);
    find_level(a);
    a->at.updates++;
    if ((long)a->at.updates % a->target_every == 0) {
        actor_notice(&a->net, a->batch, a->sight);
        actor_copy(&a->target, &a->net);
    }
    if (isfinite(a->at.loss) && isfinite(a->at.norm) && actor_is_sound(&a->net))
        return true;
    error_add(err,
              "dqn diverged after %.0f decisions (loss %g, gradient %g): try a smaller "
              "learning_rate",
              a->at.decisions, a->at.loss, a->at.norm);
    return false;
}

/* Whether a step is due: after every so many choices that have been followed by others. */
static bool is_due(const dqn *a)
{
    return a->at.choices >= a->learning_starts && (long)a->at.choices % a->train_every == 0;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    dqn *a = state;
    a->at.decisions++;
    a->at.explore = chance(a);
    const bool chose = a->asked, over = o->phase != POISE_RUNNING;
    a->asked = false;
    if (a->open) {
        memory *m = replay_last(a->replay);
        m->reward += m->keep * o->reward;
        m->keep *= a->average_reward ? 1 : det_exp(-a->beta * o->elapsed_s);
        m->elapsed_s += o->elapsed_s;
    }
    if (a->open && over) {
        const size_t n = actor_see(&a->net, after, 0, replay_room(a->replay));
        add(a, n, (memory){.tasks = features_burden(after), .ended = o->phase == POISE_TERMINATED});
        a->open = false;
    }
    a->at.choices += chose;
    return !chose || !is_due(a) || update(a, err);
}

/* ---- tensors and figures ---- */

static int params(void *state, poise_tensor *t)
{
    dqn *a = state;
    const int n = actor_tensors(&a->net, t);
    t[n] = trend_tensor(&a->trend, "value_moments");
    return n + 1;
}

static int memory_of(void *state, poise_tensor *t)
{
    dqn *a = state;
    int n = actor_tensors(&a->target, t);
    for (int i = 0; i < n; i++) {
        const poise_tensor own = t[i];
        snprintf(t[i].name, sizeof t[i].name, "target.%.40s", own.name);
    }
    n += actor_memory(&a->net, t + n);
    n += replay_tensors(a->replay, "replay", t + n);
    t[n++] = (poise_tensor){.name = "progress",
                            .n_dims = 1,
                            .dim = {sizeof a->at / sizeof(double)},
                            .is_double = true,
                            .data = &a->at};
    return n;
}

static int progress(void *state, poise_figure *figure, int max)
{
    const dqn *a = state;
    const poise_figure rows[] = {
        {"train/loss", a->at.loss},
        {"train/value", a->at.value},
        {"train/grad_norm", a->at.norm},
        {"train/learning_rate", a->at.rate},
        {"train/n_updates", a->at.updates},
        {"rollout/exploration_rate", a->at.explore},
        {"train/reward_per_s", a->at.reward_per_s},
    };
    int n = (int)(sizeof rows / sizeof *rows);
    n = n < max ? n : max;
    memcpy(figure, rows, (size_t)n * sizeof *rows);
    return n;
}

const poise_agent_type agent_dqn = {
    .abi = POISE_AGENT_ABI,
    .name = "dqn",
    .about = "deep Q-learning with a replay and a slow copy (Mnih et al. 2015; Hessel et al. 2018)",
    .options = options,
    .size = sizeof(dqn),
    .train_decisions = TRAIN_DECISIONS,
    .suits = suits,
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .learn = learn,
    .params = params,
    .memory = memory_of,
    .progress = progress,
    .free = release,
};
