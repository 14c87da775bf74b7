/* on_policy.c - see on_policy.h. */
#include "lib/on_policy.h"

#include "det.h"
#include "error.h"
#include "lib/policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for candidates in a batch, per choice. */
#define CANDIDATES_PER_CHOICE 12
/* Attention of a rule that is imitated where attention is divided is cut to this range. */
#define LARGEST_CONTRAST 8
/* What is known of the mean reward fades over so many batches. */
#define BATCHES_REMEMBERED 20
/* The line of returns is raised by so much of what a batch shows it to be too low. */
#define LEVEL_RATE .1
#define LOG_ROOT_2_PI .9189385332046727

/* ---- memory ---- */

static bool new_batch(on_policy *b)
{
    const int most = b->space->max_candidates;
    const int typical = most < CANDIDATES_PER_CHOICE ? most : CANDIDATES_PER_CHOICE;
    const size_t actions = b->space->shares ? (size_t)most : 0;
    b->rollout = rollout_new(b->n_steps, actor_room(&b->actor, most) + actions,
                             actor_room(&b->actor, typical) + actions);
    const size_t n = 2 * (size_t)b->n_steps + 2;
    b->made = malloc(n * (sizeof *b->made + 2 * sizeof *b->sight + sizeof *b->step));
    b->order = malloc(n * sizeof *b->order);
    b->tasks = malloc(2 * n * sizeof *b->tasks);
    b->target = malloc((3 * n + 2 * (size_t)most + 2) * sizeof *b->target);
    if (!b->rollout || !b->made || !b->order || !b->tasks || !b->target)
        return false;
    b->sight = (sight *)(b->made + n);
    b->part = b->sight + n;
    b->step = (gae_step *)(b->part + n);
    b->returns = b->tasks + n;
    b->was = b->target + n;
    b->value = b->was + n;
    b->p = b->value + n;
    b->log_p = b->p + most;
    b->spread = b->log_p + most;
    b->spread[0] = (float)det_log(b->deviation);
    b->spread[1] = 0;
    const optimiser_rule rule = optimiser_default(b->actor.optimiser);
    b->spread_optimiser = optimiser_new_f(&rule, 1, 0, NULL);
    return b->spread_optimiser;
}

static bool new_rule(on_policy *b, uint64_t seed, poise_error *err)
{
    if (!b->clone || !*b->clone)
        return true;
    b->rule = poise_agent_new(b->clone, b->space, seed, err);
    if (!b->rule)
        return false;
    if (b->rule->type->train_decisions == 0)
        return true;
    error_add(err, "agent %s: it cannot imitate '%s', which learns itself", b->name, b->clone);
    return false;
}

bool on_policy_init(on_policy *b, const poise_space *space, uint64_t seed, const char *name,
                    poise_error *err)
{
    b->name = name;
    b->seed = seed;
    b->space = space;
    b->beta = b->average_reward ? 0 : actor_discount(space, b->discount_per_s, b->horizon);
    if (!new_rule(b, seed, err) || !actor_init(&b->actor, space, seed, name, err))
        return false;
    if (new_batch(b))
        return true;
    error_add(err, "agent %s: no memory for a batch of %d choices of up to %d candidates", name,
              b->n_steps, space->max_candidates);
    return false;
}

void on_policy_free(void *state)
{
    on_policy *b = state;
    actor_free(&b->actor);
    rollout_free(b->rollout);
    optimiser_free_f(b->spread_optimiser);
    poise_agent_free(b->rule);
    free(b->made);
    free(b->order);
    free(b->tasks);
    free(b->target);
}

/* ---- acting ---- */

void on_policy_begin(void *state, poise_mode mode, uint64_t seed)
{
    on_policy *b = state;
    rollout_begin(b->rollout);
    b->mode = mode;
    b->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    if (b->rule)
        poise_agent_begin(b->rule, POISE_MODE_EVALUATE, seed);
}

/* The sight of a view behind the batch. */
static sight look(on_policy *b, const poise_view *v)
{
    float *at = rollout_room(b->rollout);
    actor_see(&b->actor, v, v->n_candidates, at);
    return (sight){at, v->n_candidates};
}

/* Whether this batch is the rule's: decided when it begins. */
static bool clones(on_policy *b)
{
    if (b->rollout->n == 0)
        b->at.cloning = b->rule && b->at.decisions < b->clone_decisions;
    return b->at.cloning > 0;
}

static float *action_of(const on_policy *b, const sight *s)
{
    return (float *)s->at + actor_size(&b->actor, s);
}

/* Attention as the rule gives it, as the scores that would have been drawn. */
static void imitate_shares(on_policy *b, const poise_view *v, float *action)
{
    poise_agent *rule = b->rule;
    rule->type->attend(rule->state, v, rule->attention);
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        const double w = rule->attention[i];
        rule->attention[i] = b->space->weighs ? (w > 0 ? det_log(w) : -INFINITY) : w;
        top = rule->attention[i] > top ? rule->attention[i] : top;
    }
    for (int i = 0; i < v->n_candidates; i++) {
        const double below = rule->attention[i] - top;
        action[i] = (float)(below > -LARGEST_CONTRAST ? below : -LARGEST_CONTRAST);
    }
}

static void draw_shares(on_policy *b, int n, const float *z, float *action)
{
    const float deviation = det_expf(b->spread[0]);
    for (int i = 0; i < n; i++)
        action[i] = z[i] + deviation * (float)poise_rng_normal(&b->rng);
}

static double log_p_of_shares(const on_policy *b, int n, const float *z, const float *action)
{
    const double deviation = (double)det_expf(b->spread[0]);
    double sum = -n * ((double)b->spread[0] + LOG_ROOT_2_PI);
    for (int i = 0; i < n; i++) {
        const double off = (double)(action[i] - z[i]) / deviation;
        sum -= off * off / 2;
    }
    return sum;
}

/* Draws an action where attention is divided, and notes it. */
static const float *share(on_policy *b, const poise_view *v, sight s)
{
    float *action = action_of(b, &s);
    const float *z = actor_score(&b->actor, s);
    if (!all_within_f(s.n_candidates, z, 1e30))
        return z;  // not numbers: the environment says so
    if (clones(b))
        imitate_shares(b, v, action);
    else
        draw_shares(b, s.n_candidates, z, action);
    const choice c = {.n_candidates = s.n_candidates,
                      .log_p = log_p_of_shares(b, s.n_candidates, z, action),
                      .tasks = features_burden(v)};
    rollout_add(b->rollout, actor_size(&b->actor, &s) + (size_t)s.n_candidates, c);
    return action;
}

/* Draws a candidate, and notes it; -1 if scores are not numbers. */
static int sample(on_policy *b, const poise_view *v, sight s)
{
    const float *z = actor_score(&b->actor, s);
    if (!softmax_f(s.n_candidates, z, b->p, b->log_p))
        return -1;
    const int chosen = clones(b) ? poise_agent_choose(b->rule, v)
                                 : sample_f(s.n_candidates, b->p, poise_rng_uniform(&b->rng));
    if (chosen < 0)
        return -1;
    const choice c = {.n_candidates = s.n_candidates,
                      .chosen = chosen,
                      .log_p = (double)b->log_p[chosen],
                      .tasks = features_burden(v)};
    rollout_add(b->rollout, actor_size(&b->actor, &s), c);
    return chosen;
}

static void attend_shares(on_policy *b, const poise_view *v, double *attention)
{
    const sight s = look(b, v);
    const float *z = b->mode == POISE_MODE_TRAIN ? share(b, v, s) : actor_score(&b->actor, s);
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++)
        top = (double)z[i] > top ? (double)z[i] : top;
    for (int i = 0; i < v->n_candidates; i++)
        attention[i] = b->space->weighs ? det_exp((double)z[i] - top) : (double)z[i];
}

void on_policy_attend(void *state, const poise_view *v, double *attention)
{
    on_policy *b = state;
    if (v->n_candidates <= 1) {
        attention[0] = b->space->weighs;
        return;
    }
    if (b->space->shares) {
        attend_shares(b, v, attention);
        return;
    }
    const sight s = look(b, v);
    const int chosen = b->mode == POISE_MODE_TRAIN ? sample(b, v, s) : -1;
    const float *z = actor_score(&b->actor, s);
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        attention[i] = (double)z[i];
        top = attention[i] > top ? attention[i] : top;
    }
    if (chosen >= 0)
        attention[chosen] = top + 1;
}

int on_policy_choose(void *state, const poise_view *v)
{
    on_policy *b = state;
    if (v->n_candidates == 1)
        return 0;
    const sight s = look(b, v);
    if (b->mode == POISE_MODE_TRAIN && !b->space->shares)
        return sample(b, v, s);
    const float *z = actor_score(&b->actor, s);
    int best = 0;
    for (int i = 0; i < v->n_candidates; i++) {
        if (isnan(z[i]))
            return -1;
        best = z[i] > z[best] ? i : best;
    }
    return best;
}

/* ---- the batch ---- */

bool on_policy_gather(on_policy *b, const poise_outcome *o, const poise_view *after)
{
    rollout *r = b->rollout;
    b->at.decisions++;
    if (!rollout_learn(r, o, after, b->beta))
        return false;
    const size_t n_seen = actor_see(&b->actor, after, 0, rollout_room(r));
    rollout_mark(r, n_seen, features_burden(after), o->phase == POISE_TERMINATED);
    return rollout_full(r);
}

/* Forecasts for all choices and marks, relative to the trend. */
static void forecast(on_policy *b)
{
    const rollout *r = b->rollout;
    for (int i = 0; i < r->n; i++)
        b->sight[i] = (sight){r->seen + (size_t)r->choice[i].at, 0};
    actor_forecast(&b->actor, (int)r->n, b->sight, b->value);
}

/* What a second was worth in the mean of the last batches. */
static double reward_per_s(on_policy *b)
{
    if (!b->average_reward)
        return 0;
    const double fading = 1 - 1. / BATCHES_REMEMBERED;
    b->at.reward *= fading;
    b->at.time_s *= fading;
    for (int i = 0; i < b->rollout->n; i++) {
        b->at.reward += b->rollout->choice[i].reward;
        b->at.time_s += b->rollout->choice[i].elapsed_s;
    }
    return b->at.time_s > 0 ? b->at.reward / b->at.time_s : 0;
}

/* Fills steps for the choices, marks left out, in order, and what came of them. */
static void compare(on_policy *b, const trend_line *line)
{
    const rollout *r = b->rollout;
    const double mean_reward = reward_per_s(b);
    b->n = 0;
    for (int i = 0; i < r->n; i++) {
        const choice *c = &r->choice[i], *next = c + 1;
        if (c->n_candidates <= 0)
            continue;
        const bool last = next->n_candidates <= 0;
        const bool ends = last && next->ended > 0 && !b->average_reward;
        b->made[b->n] = c;
        b->tasks[b->n] = c->tasks;
        b->sight[b->n] = (sight){r->seen + (size_t)c->at, (int)c->n_candidates};
        b->was[b->n] = b->value[i];
        b->step[b->n++] = (gae_step){
            .reward = c->reward - mean_reward * c->elapsed_s,
            .keep = ends ? 0 : c->keep,
            .value = trend_expects(line, c->tasks) + line->deviation * (double)b->value[i],
            .next = trend_expects(line, next->tasks) + line->deviation * (double)b->value[i + 1],
            .last = last,
        };
    }
}

static double mean_advantage(on_policy *b, double lambda)
{
    double mean = 0;
    gae(b->n, b->step, lambda);
    for (int i = 0; i < b->n; i++)
        mean += b->step[i].advantage / b->n;
    return mean;
}

/* Share of the variance of returns that the values had foreseen. */
static double explained_variance(const on_policy *b)
{
    double mean = 0, squares = 0, errors = 0;
    for (int i = 0; i < b->n; i++)
        mean += b->returns[i] / b->n;
    for (int i = 0; i < b->n; i++) {
        const double off = b->returns[i] - mean;
        squares += off * off;
        errors += b->step[i].advantage * b->step[i].advantage;
    }
    return squares > 0 ? 1 - errors / squares : 0;
}

/* Follows the returns, and keeps what is forecast as it was on the new scale ("pop"; van Hasselt et
 * al., NIPS 2016), but for the slope. */
static void follow_trend(on_policy *b)
{
    const trend_line before = trend_of(&b->trend);
    trend_follow(&b->trend, b->n, b->tasks, b->returns);
    const trend_line now = trend_of(&b->trend);
    actor_rescale(&b->actor, before.deviation / now.deviation,
                  (trend_expects(&before, now.at_tasks) - now.mean) / now.deviation);
}

/* Targets, and the old values, in the scale of all returns so far. Forecasts that rest on forecasts
 * find their common level slowly, and until then what a second is worth seems to come of choices
 * that take long. So by what whole returns are above those aimed at in the mean, which is hidden
 * from the network, the line is raised. */
static void aim(on_policy *b, double hidden)
{
    if (b->normalise_reward)
        follow_trend(b);
    if (!b->average_reward)
        trend_shift(&b->trend, LEVEL_RATE * hidden);
    const trend_line line = trend_of(&b->trend);
    for (int i = 0; i < b->n; i++) {
        const double expected = trend_expects(&line, b->tasks[i]);
        b->target[i] = (float)((b->returns[i] - expected) / line.deviation);
        b->was[i] = (float)((b->step[i].value - expected) / line.deviation);
    }
}

void on_policy_judge(on_policy *b)
{
    const trend_line line = trend_of(&b->trend);
    forecast(b);
    compare(b, &line);
    const double whole = mean_advantage(b, 1), hidden = whole - mean_advantage(b, b->gae_lambda);
    for (int i = 0; i < b->n; i++)
        b->returns[i] = b->step[i].advantage + b->step[i].value;
    on_policy_figures *f = &b->at.figures;
    f->explained = explained_variance(b);
    aim(b, hidden);
    if (b->normalise_advantage)
        gae_normalise(b->n, b->step);
    /* What the rule does is right, whatever comes of it. */
    for (int i = 0; b->at.cloning > 0 && i < b->n; i++)
        b->step[i].advantage = 1;
    f->policy_loss = f->value_loss = f->entropy = f->kl = f->clipped = 0;
}

void on_policy_mean(on_policy_figures *f, double n)
{
    n = n > 0 ? n : 1;
    f->policy_loss /= n;
    f->value_loss /= n;
    f->entropy /= n;
    f->kl /= n;
    f->clipped /= n;
}

bool on_policy_finish(on_policy *b, poise_error *err)
{
    const on_policy_figures *f = &b->at.figures;
    if (b->n > 0)
        b->at.figures.updates++;
    actor_notice(&b->actor, b->n, b->sight);
    rollout_clear(b->rollout);
    if (isfinite(f->policy_loss) && isfinite(f->value_loss) && isfinite(f->norm) &&
        isfinite(b->trend.moments[TREND_RETURN_2]) && actor_is_sound(&b->actor) &&
        all_within_f(1, b->spread, 20))
        return true;
    error_add(err,
              "%s diverged after %.0f decisions (policy loss %g, value loss %g, gradient %g): try "
              "a smaller learning_rate",
              b->name, b->at.decisions, f->policy_loss, f->value_loss, f->norm);
    return false;
}

/* ---- the policy ---- */

odds on_policy_odds(on_policy *b, int i, const float *z)
{
    const int n = b->sight[i].n_candidates;
    if (b->space->shares) {
        const double spread = (double)b->spread[0];
        return (odds){(float)log_p_of_shares(b, n, z, action_of(b, &b->sight[i])),
                      (float)(n * (spread + LOG_ROOT_2_PI + .5))};
    }
    if (!softmax_f(n, z, b->p, b->log_p))
        return (odds){NAN, NAN};
    return (odds){b->log_p[(int)b->made[i]->chosen], entropy_f(n, b->p, b->log_p)};
}

void on_policy_slope(on_policy *b, int i, const float *z, float slope, float bonus, float *d_z)
{
    const int n = b->sight[i].n_candidates;
    if (!b->space->shares) {
        policy_loss_f(n, b->p, b->log_p, (int)b->made[i]->chosen, slope, bonus, d_z);
        return;
    }
    /* No bonus: it would only raise the one deviation of all candidates, without end. */
    const float *action = action_of(b, &b->sight[i]);
    const float precision = det_expf(-2 * b->spread[0]);
    for (int k = 0; k < n; k++) {
        const float off = action[k] - z[k];
        d_z[k] = -slope * off * precision;
        b->spread[1] -= slope * (off * off * precision - 1);
    }
}

double on_policy_fade(const on_policy *b)
{
    const double left = b->decay > 0 ? 1 - b->at.decisions / b->decay : 1;
    return left > .05 ? left : .05;
}

static void step(on_policy *b, int parts)
{
    on_policy_figures *f = &b->at.figures;
    f->rate = b->learning_rate * on_policy_fade(b);
    const double norm = actor_step(&b->actor, parts, b->max_grad_norm, f->rate);
    if (!(parts & ACTOR_POLICY))
        return;
    f->norm = norm;
    /* The deviation of a rule that is imitated is none: it says nothing about what to try later. */
    if (b->space->shares && b->at.cloning <= 0) {
        clip_norm_f(1, b->spread + 1, b->max_grad_norm);
        optimiser_step_f(b->spread_optimiser, b->spread, b->spread + 1,
                         f->rate * b->deviation_rate);
    }
}

void on_policy_descend(on_policy *b, const int *order, int n, int parts, on_policy_loss *loss,
                       void *agent)
{
    actor *net = &b->actor;
    for (int k = 0; k < n; k++)
        b->part[k] = b->sight[order[k]];
    actor_zero_grad(net);
    b->spread[1] = 0;
    poise_rng drops = poise_rng_at(b->seed, POISE_FOR_NETWORK, 1000, (uint32_t)++b->at.steps);
    net->drops = net->dropout > 0 ? &drops : NULL;
    for (int k = 0; k < n;) {
        const int took = actor_forward(net, parts, n - k, b->part + k);
        for (int j = 0, row = 0; j < took; row += b->part[k + j++].n_candidates)
            loss(agent, order[k + j], n, net->score + row, net->value[j], net->d_score + row,
                 net->d_value + j);
        actor_backward(net, parts);
        k += took;
    }
    net->drops = NULL;
    step(b, parts);
}

const int *on_policy_shuffle(on_policy *b, int number)
{
    /* A stream of its own: what comes of it depends on nothing but what was learnt from. */
    poise_rng r = poise_rng_at(b->seed, POISE_FOR_AGENT, (uint32_t)number + 1,
                               (uint32_t)b->at.figures.updates);
    for (int i = 0; i < b->n; i++) {
        const int k = poise_rng_below(&r, i + 1);
        b->order[i] = b->order[k];
        b->order[k] = i;
    }
    return b->order;
}

void on_policy_value_loss(on_policy *b, int i, int n, float v, double weight, float *d_v)
{
    b->at.figures.value_loss += (double)value_loss_f(v, b->target[i], d_v);
    *d_v *= (float)(weight / n);
}

double on_policy_value(on_policy *b, const poise_view *v)
{
    const sight s = look(b, v);
    float value;
    actor_forecast(&b->actor, 1, &s, &value);
    const trend_line line = trend_of(&b->trend);
    return trend_expects(&line, features_burden(v)) + line.deviation * (double)value;
}

/* ---- tensors and figures ---- */

int on_policy_params(void *state, poise_tensor *t)
{
    on_policy *b = state;
    int n = actor_tensors(&b->actor, t);
    t[n++] = trend_tensor(&b->trend, "value_moments");
    if (b->space->shares)
        t[n++] = (poise_tensor){.name = "log_std", .n_dims = 1, .dim = {1}, .data = b->spread};
    return n;
}

int on_policy_memory(void *state, poise_tensor *t)
{
    on_policy *b = state;
    int n = actor_memory(&b->actor, t);
    n += rollout_tensors(b->rollout, "batch", t + n);
    t[n++] = (poise_tensor){.name = "progress",
                            .n_dims = 1,
                            .dim = {sizeof b->at / sizeof(double)},
                            .is_double = true,
                            .data = &b->at};
    if (b->space->shares)
        n += optimiser_tensors(b->spread_optimiser, "std_optimiser", t + n);
    return n;
}

int on_policy_progress_of(void *state, poise_figure *figure, int max)
{
    const on_policy *b = state;
    const on_policy_figures *f = &b->at.figures;
    const poise_figure rows[] = {
        {"train/policy_gradient_loss", f->policy_loss},
        {"train/value_loss", f->value_loss},
        {"train/entropy_loss", -f->entropy},
        {"train/explained_variance", f->explained},
        {"train/grad_norm", f->norm},
        {"train/learning_rate", f->rate},
        {"train/n_updates", f->updates},
        {"train/approx_kl", f->kl},
        {"train/clip_fraction", f->clipped},
        {"train/std", (double)det_expf(b->spread[0])},
    };
    int n = (int)(sizeof rows / sizeof *rows);
    n = n < max ? n : max;
    memcpy(figure, rows, (size_t)n * sizeof *rows);
    return n;
}
