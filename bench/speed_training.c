/* speed_training.c - see speed_training.h. A batch of a training and its parts by themselves (the
 * environment, features, passes through the networks, steps of the optimiser on what was seen)
 * alternate in one process on per-thread CPU time. What is left between the two is gathering,
 * sampling, judging and shuffling. */
#include "speed_training.h"

#include "cli.h"
#include "pool.h"
#include "stats.h"

#include "lib/losses.h"
#include "lib/on_policy.h"
#include "lib/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The defaults of ppo; passes that end early would be no measure. */
#define LEARNER "ppo:target_kl=0:n_steps=1024:minibatch=64:epochs=4"
enum { CHOICES = 1024, BATCH = 64, EPOCHS = 4, SLICES = 41, MOST = 512 };

typedef struct side {
    poise_env *env;
    poise_agent *agent;
    uint64_t episode;
} side;

typedef struct classroom {
    poise_scenario *scenario;
    side ours, parts;
    float *seen;   // of the parts: sights one behind the other
    sight *sight;  // (CHOICES)
    poise_rng rng;
} classroom;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static actor *actor_of(const side *s)
{
    return &((on_policy *)s->agent->state)->actor;
}

static void begin_episode(side *s)
{
    if (poise_env_running(s->env))
        return;
    const uint64_t seed = poise_seed(POISE_TRAIN, 1, s->episode++);
    poise_env_reset(s->env, seed);
    poise_agent_begin(s->agent, POISE_MODE_TRAIN, seed);
}

/* Decisions until the learner has made another update. */
static int learn(side *s)
{
    const on_policy *b = s->agent->state;
    const double before = b->at.figures.updates;
    poise_error err = {0};
    int n = 0;
    for (; b->at.figures.updates == before; n++) {
        begin_episode(s);
        const poise_outcome o = poise_agent_step(s->agent, s->env);
        s->agent->type->learn(s->agent->state, &o, poise_env_view(s->env), &err);
    }
    return n;
}

/* Decisions with so many choices, drawn by scores as they are in the training. */
static int play(classroom *c)
{
    side *s = &c->parts;
    actor *net = actor_of(s);
    float *at = c->seen, p[MOST], log_p[MOST];
    int n = 0;
    for (int k = 0; k < CHOICES; n++) {
        begin_episode(s);
        const poise_view *v = poise_env_view(s->env);
        int chosen = 0;
        if (v->n_candidates > 1) {
            const size_t n_seen = actor_see(net, v, v->n_candidates, at);
            c->sight[k] = (sight){at, v->n_candidates};
            const float *z = actor_score(net, c->sight[k++]);
            softmax_f(v->n_candidates, z, p, log_p);
            chosen = sample_f(v->n_candidates, p, poise_rng_uniform(&c->rng));
            at += n_seen;
        }
        poise_env_choose(s->env, chosen);
    }
    return n;
}

static void grade(const sight *s, int i, const float *z, float v, float *d_z, float *d_v)
{
    float p[MOST], log_p[MOST];
    softmax_f(s->n_candidates, z, p, log_p);
    ppo_loss_f(s->n_candidates, p, log_p, i % s->n_candidates, -1, (float)(i % 3 - 1) / BATCH, .2f,
               .01f / BATCH, d_z, NULL);
    value_loss_f(v, (float)(i % 5) / 5, d_v);
    *d_v /= BATCH;
}

static void update(classroom *c)
{
    actor *net = actor_of(&c->parts);
    for (int i = 0; i < EPOCHS * CHOICES; i += BATCH) {
        const sight *s = c->sight + i % CHOICES;
        actor_zero_grad(net);
        for (int k = 0; k < BATCH;) {
            const int took = actor_forward(net, ACTOR_BOTH, BATCH - k, s + k);
            for (int j = 0, row = 0; j < took; row += s[k + j++].n_candidates)
                grade(&s[k + j], i + k + j, net->score + row, net->value[j], net->d_score + row,
                      net->d_value + j);
            actor_backward(net, ACTOR_BOTH);
            k += took;
        }
        actor_step(net, ACTOR_BOTH, .5, 1e-4);
    }
}

static bool open_side(classroom *c, side *s, poise_error *err)
{
    s->env = poise_env_new(c->scenario, err);
    s->agent = s->env ? poise_agent_new(LEARNER, poise_scenario_space(c->scenario), 1, err) : NULL;
    return s->agent;
}

static bool open_room(classroom *c, poise_error *err)
{
    c->scenario = poise_scenario_load(cli_scenario_path("two-devices-v1"), NULL, 0, err);
    if (!c->scenario || !open_side(c, &c->ours, err) || !open_side(c, &c->parts, err))
        return false;
    const int most = poise_scenario_space(c->scenario)->max_candidates;
    const actor *net = actor_of(&c->parts);
    c->sight = malloc(CHOICES * sizeof *c->sight);
    c->seen = malloc((CHOICES + 1) * actor_room(net, most) * sizeof *c->seen);
    return most <= MOST && c->sight && c->seen;
}

static void close_room(classroom *c)
{
    poise_env_free(c->ours.env);
    poise_env_free(c->parts.env);
    poise_agent_free(c->ours.agent);
    poise_agent_free(c->parts.agent);
    poise_scenario_free(c->scenario);
    free(c->sight);
    free(c->seen);
}

/* False if a signal came. */
static bool alternate(classroom *c, double *ours, double *parts, double *ratio)
{
    for (int i = 0; i < SLICES && !pool_signal(); i++) {
        /* What is met depends on what has been learnt. */
        actor_copy(actor_of(&c->parts), actor_of(&c->ours));
        const double begin = now_s();
        const int n_ours = learn(&c->ours);
        const double middle = now_s();
        const int n_parts = play(c);
        update(c);
        ours[i] = (middle - begin) / n_ours;
        parts[i] = (now_s() - middle) / n_parts;
        ratio[i] = ours[i] / parts[i];
    }
    return !pool_signal();
}

void speed_training(void)
{
    classroom c = {.rng = poise_rng_at(1, POISE_FOR_HARNESS, 2, 0)};
    poise_error err = {0};
    double ours[SLICES], parts[SLICES], ratio[SLICES];
    if (!open_room(&c, &err))
        printf("training: %s\n", err.text[0] ? err.text : "no memory");
    else if (alternate(&c, ours, parts, ratio))
        printf("%-52s %9.1f %9.1f ns %8.2f   <= 1.25 (%.0f thousand a second)\n",
               "decision of a training by PPO, and of its parts",
               1e9 * stats_quantile(ours, SLICES, .5), 1e9 * stats_quantile(parts, SLICES, .5),
               stats_quantile(ratio, SLICES, .5), 1e-3 / stats_quantile(ours, SLICES, .5));
    fflush(stdout);
    close_room(&c);
}
