/* speed_networks.c - see speed_networks.h. Ours and the floor, as many multiply-adds as the
 * products of ours have, alternate in one process on per-thread CPU time. */
#include "speed_networks.h"

#include "floor.h"
#include "pool.h"
#include "stats.h"

#include "lib/attention.h"
#include "lib/losses.h"
#include "lib/net.h"
#include "lib/optimiser.h"
#include "lib/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { INPUTS = 100, HIDDEN = 64, ACTIONS = 8, OUTPUTS = ACTIONS + 1, SLICES = 61 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double floor_s(double flop)
{
    const double begin = now_s();
    volatile float sink = floor_fma(flop);
    (void)sink;
    return now_s() - begin;
}

static void fill(int n, float *x, poise_rng *r)
{
    for (int i = 0; i < n; i++)
        x[i] = (float)poise_rng_normal(r);
}

/* ---- a perceptron -------------------------------------------------------------------------- */

/* A policy of ACTIONS choices and a value, from one network. */
typedef struct pupil {
    int batch;
    mlp_f *net;
    optimiser_f *optimiser;
    float *x, *d_y;
} pupil;

static bool fill_pupil(pupil *p, int batch)
{
    const optimiser_rule rule = optimiser_default(OPTIMISER_ADAM);
    *p = (pupil){.batch = batch};
    p->net = mlp_new_f(3, (int[]){INPUTS, HIDDEN, HIDDEN, OUTPUTS}, batch);
    p->optimiser = p->net ? optimiser_new_f(&rule, p->net->n_params, 0, NULL) : NULL;
    p->x = malloc((size_t)batch * (INPUTS + OUTPUTS) * sizeof *p->x);
    if (!p->optimiser || !p->x)
        return false;
    p->d_y = p->x + batch * INPUTS;
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    mlp_start_f(p->net, 1, 0, .1);
    fill(batch * INPUTS, p->x, &r);
    return true;
}

static void empty_pupil(pupil *p)
{
    mlp_free_f(p->net);
    optimiser_free_f(p->optimiser);
    free(p->x);
}

/* One step of the optimiser: forward, the losses of PPO, backward, clipping, Adam. */
static void update(pupil *p)
{
    const float *y = mlp_forward_f(p->net, p->batch, p->x);
    for (int i = 0; i < p->batch; i++) {
        const float *z = y + i * OUTPUTS;
        float *d = p->d_y + i * OUTPUTS, probability[ACTIONS], log_p[ACTIONS];
        softmax_f(ACTIONS, z, probability, log_p);
        ppo_loss_f(ACTIONS, probability, log_p, i % ACTIONS, -2, (float)(i % 3) - 1, .2f, .01f, d,
                   NULL);
        value_loss_f(z[ACTIONS], (float)(i % 5), &d[ACTIONS]);
        for (int j = 0; j < OUTPUTS; j++)
            d[j] /= (float)p->batch;
    }
    mlp_zero_grad_f(p->net);
    mlp_backward_f(p->net, p->batch, p->d_y, NULL);
    clip_norm_f(p->net->n_params, p->net->grad, .5);
    optimiser_step_f(p->optimiser, p->net->param, p->net->grad, 1e-4);
}

/* Multiply-adds, two operations each, of one sample: forward, the gradient of the weights and, but
 * for the first layer, that of the inputs. */
static double forward_flop(void)
{
    return 2. * (INPUTS * HIDDEN + HIDDEN * HIDDEN + HIDDEN * OUTPUTS);
}

static double update_flop(void)
{
    return 3 * forward_flop() - 2. * INPUTS * HIDDEN;
}

static void measure_update(int batch, double target)
{
    enum { SAMPLES = 4096 };
    pupil p;
    double ours[SLICES], least[SLICES], ratio[SLICES];
    if (!fill_pupil(&p, batch)) {
        printf("updates: no memory\n");
        empty_pupil(&p);
        return;
    }
    for (int i = 0; i < SLICES; i++) {
        const double begin = now_s();
        for (int n = 0; n < SAMPLES; n += batch)
            update(&p);
        ours[i] = (now_s() - begin) / SAMPLES;
        least[i] = floor_s(SAMPLES * update_flop()) / SAMPLES;
        ratio[i] = ours[i] / least[i];
    }
    char what[64];
    snprintf(what, sizeof what, "sample of a PPO update, 100-64-64-9, batches of %d", batch);
    printf("%-52s %9.1f %9.1f ns %8.2f   <= %.1f\n", what, 1e9 * stats_quantile(ours, SLICES, .5),
           1e9 * stats_quantile(least, SLICES, .5), stats_quantile(ratio, SLICES, .5), target);
    fflush(stdout);
    empty_pupil(&p);
}

static void measure_pass(void)
{
    enum { PASSES = 2000 };
    pupil p;
    double ours[SLICES], least[SLICES], ratio[SLICES];
    if (fill_pupil(&p, 1))
        for (int i = 0; i < SLICES; i++) {
            const double begin = now_s();
            for (int n = 0; n < PASSES; n++)
                mlp_forward_f(p.net, 1, p.x);
            ours[i] = (now_s() - begin) / PASSES;
            least[i] = floor_s(PASSES * forward_flop()) / PASSES;
            ratio[i] = ours[i] / least[i];
        }
    printf("%-52s %9.1f %9.1f ns %8.2f   <= 8.0\n", "decision of that network",
           1e9 * stats_quantile(ours, SLICES, .5), 1e9 * stats_quantile(least, SLICES, .5),
           stats_quantile(ratio, SLICES, .5));
    fflush(stdout);
    empty_pupil(&p);
}

/* ---- the attention network ------------------------------------------------------------------- */

enum { TASKS = 32, DEVICES = 8, TOKENS = TASKS + DEVICES, CANDIDATES = TASKS * DEVICES };
enum { OF_TASK = 24, OF_DEVICE = 8, OF_CANDIDATE = 8, OF_SYSTEM = 16, BEHIND = 32 };

/* Multiply-adds, two operations each, of one decision. */
static double decision_flop(int width)
{
    const double d = width, block = TOKENS * (4 * d * d + 4 * d * d) + 2. * TOKENS * TOKENS * d;
    const double embeddings = (TASKS * OF_TASK + DEVICES * OF_DEVICE) * d;
    const double scores = TASKS * (d * d + DEVICES * d) + TOKENS * d * BEHIND +
                          CANDIDATES * (OF_CANDIDATE * BEHIND + BEHIND);
    return 2 * (block + embeddings + scores + (d + OF_SYSTEM) * BEHIND + BEHIND);
}

/* The world that is decided on. */
typedef struct scene {
    float task[TASKS * OF_TASK], device[DEVICES * OF_DEVICE], candidate[CANDIDATES * OF_CANDIDATE];
    float system[OF_SYSTEM];
    int task_of[CANDIDATES], device_of[CANDIDATES];
    attention_batch_f batch;
} scene;

static void fill_scene(scene *s)
{
    static const int tasks[] = {0, TASKS}, devices[] = {0, DEVICES}, candidates[] = {0, CANDIDATES};
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 1, 0);
    fill(TASKS * OF_TASK, s->task, &r);
    fill(DEVICES * OF_DEVICE, s->device, &r);
    fill(CANDIDATES * OF_CANDIDATE, s->candidate, &r);
    fill(OF_SYSTEM, s->system, &r);
    for (int c = 0; c < CANDIDATES; c++) {
        s->task_of[c] = c / DEVICES;
        s->device_of[c] = c % DEVICES;
    }
    s->batch = (attention_batch_f){1,         tasks,        devices,   candidates, s->task,
                                   s->device, s->candidate, s->system, s->task_of, s->device_of};
}

/* One block, heads of 32, an inner width of twice the width. */
static void measure_decision(int width, double target)
{
    enum { DECISIONS = 2001 };
    const attention_shape shape = {.n_task = OF_TASK,
                                   .n_device = OF_DEVICE,
                                   .n_candidate = OF_CANDIDATE,
                                   .n_system = OF_SYSTEM,
                                   .width = width,
                                   .n_heads = width / 32,
                                   .n_blocks = 1,
                                   .inner = 2 * width,
                                   .hidden = BEHIND,
                                   .max_tokens = TOKENS,
                                   .max_rows = TOKENS,
                                   .max_candidates = CANDIDATES,
                                   .max_decisions = 1};
    attention_f *net = attention_new_f(&shape);
    scene *s = malloc(sizeof *s);
    double *ours = malloc(3 * DECISIONS * sizeof *ours);
    if (net && s && ours) {
        double *least = ours + DECISIONS, *ratio = least + DECISIONS;
        fill_scene(s);
        attention_start_f(net, 1, 0, .1);
        for (int i = 0; i < DECISIONS; i++) {
            const double begin = now_s();
            attention_forward_f(net, &s->batch, NULL);
            ours[i] = now_s() - begin;
            least[i] = floor_s(decision_flop(width));
            ratio[i] = ours[i] / least[i];
        }
        char what[64];
        snprintf(what, sizeof what, "attention network, 32 tasks x 8 devices, d = %d", width);
        printf("%-52s %9.1f %9.1f us %8.2f   <= %.1f (p99 %.1f us)\n", what,
               1e6 * stats_quantile(ours, DECISIONS, .5),
               1e6 * stats_quantile(least, DECISIONS, .5), stats_quantile(ratio, DECISIONS, .5),
               target, 1e6 * stats_quantile(ours, DECISIONS, .99));
        fflush(stdout);
    }
    attention_free_f(net);
    free(s);
    free(ours);
}

void speed_networks(void)
{
    static const struct {
        int batch;
        double target;
    } updates[] = {{64, 3.0}, {256, 2.4}, {2048, 2.2}};
    for (int i = 0; i < 3 && !pool_signal(); i++)
        measure_update(updates[i].batch, updates[i].target);
    if (pool_signal())
        return;
    measure_pass();
    measure_decision(64, 1.5);
    measure_decision(32, 2.2);
}
