/* test_sharing.c - dividing a capacity: rules against answers by hand, attention that becomes the
 * parts meant, and who is better than whom.
 * Devices over the stages of graphs, too. */
#include <math.h>

#include "lib/balance.h"
#include "lib/shares.h"
#include "support.h"

enum { MOST = 8 };

/* A problem by hand. */
typedef struct problem {
    shares s;
    double cap[MOST], weight[MOST], work[MOST], part[MOST];
} problem;

static shares *pose(problem *p, int n, double capacity, const double *cap, const double *weight,
                    const double *work)
{
    for (int i = 0; i < n; i++) {
        p->cap[i] = cap ? cap[i] : capacity;
        p->weight[i] = weight ? weight[i] : 1;
        p->work[i] = work ? work[i] : 1;
    }
    p->s = (shares){n, capacity, p->cap, p->weight, p->work, p->part};
    return &p->s;
}

static void expect(const problem *p, const double *part, double tolerance)
{
    for (int i = 0; i < p->s.n && i < MOST; i++)
        ck_assert_double_eq_tol(p->part[i], part[i], tolerance);
}

/* ---- rules --------------------------------------------------------------------------------- */

START_TEST(max_min_raises_all_until_they_have_what_they_can_use)
{
    /* 2 is less than 10 / 4; of the 8 that are left 2.6 is less than 8 / 3; 5.4 is for two. */
    problem p = {0};
    shares_max_min(pose(&p, 4, 10, (double[]){2, 2.6, 4, 5}, NULL, NULL), false);
    expect(&p, (double[MOST]){2, 2.6, 2.7, 2.7}, 1e-12);
}
END_TEST

START_TEST(weighted_max_min_fills_by_weight)
{
    /* A level of 2: 5 and 8 are capped at 4 and 2; the other 10 are divided 1 : 2, a level of
     * 20 / 3, of which the last is capped at 4; what is left is 6. Without weights 16 / 4 is
     * enough for three of them. */
    problem p = {0};
    const double cap[] = {4, 2, 10, 4}, weight[] = {2.5, 4, 0.5, 1};
    shares_max_min(pose(&p, 4, 16, cap, weight, NULL), false);
    expect(&p, (double[MOST]){4, 2, 6, 4}, 1e-12);
    shares_max_min(pose(&p, 3, 9, (double[]){9, 9, 9}, (double[]){1, 3, 5}, NULL), true);
    expect(&p, (double[MOST]){3, 3, 3}, 1e-12);
}
END_TEST

START_TEST(max_min_leaves_what_nobody_can_use)
{
    problem p = {0};
    shares_max_min(pose(&p, 2, 10, (double[]){2, 3}, NULL, NULL), false);
    expect(&p, (double[MOST]){2, 3}, 1e-15);
}
END_TEST

START_TEST(two_tasks_meet_lagranges_multiplier)
{
    /* min B1 + B2, B_i = W_i / T_i, T1 + T2 <= 3, W = 1, 4. Where the price is lambda, T_i is
     * sqrt(W_i / lambda): 1 / sqrt(lambda) and 2 / sqrt(lambda), together 3 at lambda = 1. So T is
     * 1, 2 and B 1, 2. The dual is 2 (1 + 2) sqrt(lambda) - 3 lambda, 3 at its top: no gap. */
    problem p = {0};
    shares_dual d = shares_lagrangian(pose(&p, 2, 3, NULL, NULL, (double[]){1, 4}), 64);
    expect(&p, (double[MOST]){1, 2}, 1e-12);
    ck_assert_double_eq_tol(d.lambda, 1, 1e-12);
    ck_assert_double_eq_tol(d.primal, 3, 1e-12);
    ck_assert_double_eq_tol(d.dual, 3, 1e-12);
}
END_TEST

START_TEST(shares_of_least_delay_are_square_roots)
{
    /* 20 sqrt(B_i) / (1 + 2 + 3 + 4); sum B_i / R_i = 10^2 / 20, its slope in the 20 is 1 / 4. */
    problem p = {0};
    const double work[] = {1, 4, 9, 16};
    shares_dual d = shares_lagrangian(pose(&p, 4, 20, NULL, NULL, work), 64);
    expect(&p, (double[MOST]){2, 4, 6, 8}, 1e-12);
    ck_assert_double_eq_tol(d.primal, 5, 1e-12);
    ck_assert_double_eq_tol(d.lambda, 0.25, 1e-12);
}
END_TEST

START_TEST(a_cap_is_met_and_the_rest_are_square_roots)
{
    /* 7 for the last; 13 sqrt(B_i) / 6 for the others: 1/2.16667 + 4/4.33333 + 9/6.5 + 16/7. */
    problem p = {0};
    const double work[] = {1, 4, 9, 16}, cap[] = {7, 7, 7, 7};
    shares_dual d = shares_lagrangian(pose(&p, 4, 20, cap, NULL, work), 64);
    expect(&p, (double[MOST]){13. / 6, 13. / 3, 6.5, 7}, 1e-9);
    ck_assert_double_eq_tol(d.primal, 5.054945055, 1e-9);
    ck_assert_double_eq_tol(d.dual, d.primal, 1e-9);
    /* Weights count like work: 1 x 16 as 4 x 4. */
    shares_lagrangian(pose(&p, 2, 3, NULL, (double[]){1, 4}, (double[]){4, 4}), 64);
    expect(&p, (double[MOST]){1, 2}, 1e-12);
    /* Where there is enough for all, it costs nothing. */
    d = shares_lagrangian(pose(&p, 2, 3, (double[]){1, 1}, NULL, NULL), 64);
    expect(&p, (double[MOST]){1, 1}, 1e-15);
    ck_assert_double_eq(d.lambda, 0);
}
END_TEST

/* Kleinrock's split of 10 over queues with arrivals of 1, 2 and 3: each has its arrivals, and what
 * is left, 4, goes by their roots. The mean time in the system is sum_i l_i / R_i over all
 * arrivals. */
START_TEST(speeds_of_queues_are_arrivals_and_roots_of_what_is_left)
{
    problem p = {0};
    const double arrivals[] = {1, 2, 3};
    shares_dual d = shares_lagrangian(pose(&p, 3, 4, NULL, NULL, arrivals), 64);
    const double speed[] = {1.96472382, 3.36432551, 4.67095067};
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(arrivals[i] + p.part[i], speed[i], 1e-8);
    ck_assert_double_eq_tol(d.primal / 6, .7163128427, 1e-10);
}
END_TEST

/* Instances of up to eight tasks with caps: the conditions of Karush, Kuhn and Tucker. */
START_TEST(the_ascent_meets_the_conditions_of_optimality_whatever_the_caps)
{
    poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 0, 0);
    int worst = 0;
    for (int k = 0; k < 2000; k++) {
        problem p = {0};
        double cap[MOST], weight[MOST], work[MOST], used = 0;
        for (int i = 0; i < MOST; i++) {
            cap[i] = 1e-3 + poise_rng_uniform(&r) * (i % 3 ? 1 : 1e-2);
            weight[i] = 1 + 9 * poise_rng_uniform(&r);
            work[i] = pow(10, 6 * poise_rng_uniform(&r) - 3);
        }
        shares_dual d = shares_lagrangian(pose(&p, MOST, 0.5, cap, weight, work), 64);
        for (int i = 0; i < MOST; i++) {
            double price = weight[i] * work[i] / (p.part[i] * p.part[i]);
            bool good = p.part[i] < cap[i] ? fabs(price / d.lambda - 1) < 1e-9
                                           : price >= d.lambda * (1 - 1e-9);
            if (!good || p.part[i] > cap[i])
                ck_abort_msg("instance %d, task %d: price %g, lambda %g", k, i, price, d.lambda);
            used += p.part[i];
        }
        if (d.lambda > 0 && fabs(used - 0.5) > 1e-9)
            ck_abort_msg("instance %d: %.12g of 0.5 is used", k, used);
        worst = d.steps > worst ? d.steps : worst;
    }
    ck_assert_int_lt(worst, 64);
}
END_TEST

/* ---- attention ----------------------------------------------------------------------------- */

START_TEST(parts_are_weights_times_capacities_over_their_sum_or_over_a_total)
{
    /* A hundred nodes, weight 0.1 and capacity 1 at a total of 100: 0.001 of it. */
    double weight[] = {0.1, 0.9, 1}, cap[] = {1, 1, 2}, part[3];
    balance_parts(3, weight, cap, 100, part);
    ck_assert_double_eq_tol(part[0], 0.001, 1e-15);
    ck_assert_double_eq_tol(part[2], 0.02, 1e-15);
    /* Over the sum, 0.1 + 0.9 + 2: a thirtieth, 3 tenths, 2 thirds. */
    balance_parts(3, weight, cap, 0, part);
    ck_assert_double_eq_tol(part[0], 0.1 / 3, 1e-15);
    ck_assert_double_eq_tol(part[1], 0.3, 1e-15);
    ck_assert_double_eq_tol(part[2], 2. / 3, 1e-15);
}
END_TEST

/* Tasks with log(weight / work) of 0, -1 and -2 and a device that lacks half of what is asked. */
static void three_tokens(balance *b)
{
    const double token[4][BALANCE_FEATURES] = {
        {1, 0, 0, 0}, {1, -1, 1. / 2, 0}, {1, -2, 2. / 3, 0}, {1, 0, 1. / 2, 0}};
    ck_assert(balance_init(b, 3));
    b->heads = 1;
    b->sharpness = 1;
    b->n = 3;
    memcpy(b->token, token, sizeof token);
}

START_TEST(attention_is_the_softmax_of_queries_and_keys)
{
    /* Without yield all ask alike: softmax(0, -1, -2). */
    balance b = {0};
    three_tokens(&b);
    balance_attend(&b);
    const double sum = 1 + exp(-1) + exp(-2);
    for (int j = 0; j < 3; j++)
        ck_assert_double_eq_tol(b.received[j], exp(-j) / sum, 1e-14);
    /* With a yield of 2 they ask 1, 2, 7/3 and 2 times as sharply: a sixth of each task's row and
     * half of the device's. */
    b.yield = 2;
    balance_attend(&b);
    double want[3] = {0};
    const double sharp[] = {1, 2, 7. / 3, 2}, say[] = {1. / 6, 1. / 6, 1. / 6, 1. / 2};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++)
            want[j] += say[i] * exp(-sharp[i] * j) / (1 + exp(-sharp[i]) + exp(-2 * sharp[i]));
    for (int j = 0; j < 3; j++)
        ck_assert_double_eq_tol(b.received[j], want[j], 1e-14);
    /* Two heads: the mean with one that is half as sharp. */
    b.yield = 0;
    b.heads = 2;
    balance_attend(&b);
    const double root = 1 + exp(-0.5) + exp(-1);
    for (int j = 0; j < 3; j++)
        ck_assert_double_eq_tol(b.received[j], (exp(-j) / sum + exp(-0.5 * j) / root) / 2, 1e-14);
    balance_free(&b);
}
END_TEST

START_TEST(of_sparse_attention_the_best_keys_are_left)
{
    balance b = {0};
    three_tokens(&b);
    b.top = 2;
    balance_attend(&b);
    ck_assert_double_eq_tol(b.received[0], 1 / (1 + exp(-1)), 1e-14);
    ck_assert_double_eq_tol(b.received[1], exp(-1) / (1 + exp(-1)), 1e-14);
    ck_assert_double_eq(b.received[2], 0);
    balance_free(&b);
}
END_TEST

START_TEST(of_low_rank_one_mean_asks_for_all)
{
    /* Queries of 1, 2 and 7/3: their mean 16/9 asks for the tasks, 2 for the device. */
    balance b = {0};
    three_tokens(&b);
    b.yield = 2;
    b.rank = 1;
    balance_attend(&b);
    for (int j = 0; j < 3; j++)
        ck_assert_double_eq_tol(b.received[j],
                                0.5 * exp(-16. / 9 * j) / (1 + exp(-16. / 9) + exp(-32. / 9)) +
                                    0.5 * exp(-2. * j) / (1 + exp(-2) + exp(-4)),
                                1e-14);
    balance_free(&b);
}
END_TEST

START_TEST(trust_falls_with_error_and_is_one_where_there_is_none)
{
    /* Errors 0, .1 and .4: 1 / .4, .9 / .4, .6 / .4. */
    double error[3], trust[3];
    balance_trust(3, (double[]){.2, .4, .4}, (double[]){.2, .3, .8}, error, trust);
    ck_assert_double_eq_tol(trust[0], 2.5, 1e-14);
    ck_assert_double_eq_tol(trust[1], 2.25, 1e-14);
    ck_assert_double_eq_tol(trust[2], 1.5, 1e-14);
    /* Below 2 there is the last alone: .5 - .5 (.4 - .8) .5 = .6. */
    double weight[] = {.2, .3, .5};
    const double slope[] = {1, 1, .5};
    ck_assert_int_eq(balance_adjust(3, weight, (double[]){.2, .4, .4}, (double[]){.2, .3, .8},
                                    slope, trust, 2, .5),
                     1);
    ck_assert_double_eq(weight[1], .3);
    ck_assert_double_eq_tol(weight[2], .6, 1e-14);
    /* Steps end at 0 and 1. */
    balance_adjust(3, weight, (double[]){.9, 0, 0}, (double[]){0, 0, .9}, (double[]){9, 9, 9},
                   (double[]){0, 0, 0}, 1, 9);
    ck_assert_double_eq(weight[0], 0);
    ck_assert_double_eq(weight[1], .3);
    ck_assert_double_eq(weight[2], 1);
    balance_trust(2, (double[]){.5, .5}, (double[]){.5, .5}, error, trust);
    ck_assert_double_eq(trust[0], 1);
    ck_assert_double_eq(trust[1], 1);
}
END_TEST

START_TEST(resources_are_multiplied_by_attention)
{
    /* (1/2, 1/2) x (3/4, 1/4) is 3 : 1, once more 9 : 1; a tenth dealt out: .9 x .9 + .05. */
    double resource[] = {.5, .5};
    balance_multiply(2, resource, (double[]){.75, .25}, 0);
    ck_assert_double_eq_tol(resource[0], .75, 1e-15);
    balance_multiply(2, resource, (double[]){.75, .25}, .1);
    ck_assert_double_eq_tol(resource[0], .86, 1e-15);
    ck_assert_double_eq_tol(resource[1], .14, 1e-15);
}
END_TEST

START_TEST(the_total_is_what_it_was_after_a_thousand_cycles)
{
    enum { TASKS = 64, CYCLES = 1000 };
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    double resource[TASKS], part[TASKS], seen[TASKS], error[TASKS], trust[TASKS], worst = 0;
    balance b = {.heads = 2, .sharpness = 2, .yield = 1};
    ck_assert(balance_init(&b, TASKS));
    b.n = TASKS;
    for (int i = 0; i < TASKS; i++)
        resource[i] = 1. / TASKS;
    for (int k = 0; k < CYCLES; k++) {
        for (int i = 0; i <= TASKS; i++) {
            double *x = b.token + i * BALANCE_FEATURES;
            x[BALANCE_ONE] = 1;
            x[BALANCE_URGENCY] = i < TASKS ? 5 * log(poise_rng_uniform(&r)) : 0;
            x[BALANCE_PRESSURE] = poise_rng_uniform(&r);
        }
        for (int i = 0; i < TASKS; i++)
            seen[i] = poise_rng_uniform(&r) * 2 / TASKS;
        memcpy(part, resource, sizeof part);
        balance_trust(TASKS, part, seen, error, trust);
        balance_adjust(TASKS, resource, part, seen, part, trust, 1e3, .5);
        balance_renormalise(TASKS, resource, 1);
        balance_attend(&b);
        balance_multiply(TASKS, resource, b.received, 1e-9);
        double sum = 0;
        for (int i = 0; i < TASKS; i++)
            sum += resource[i];
        worst = fmax(worst, fabs(sum - 1));
    }
    ck_assert_double_lt(worst, 1e-13);
    balance_free(&b);
}
END_TEST

/* ---- cheaper attention --------------------------------------------------------------------- */

enum { TOKENS = 2048, N_CYCLES = 8 };

/* Tasks with work and weight over four orders of magnitude, and the device that they share. */
static void many_tokens(balance *b, double *urgency)
{
    poise_rng r = poise_rng_at(11, POISE_FOR_HARNESS, 0, 0);
    double most = -INFINITY;
    ck_assert(balance_init(b, TOKENS - 1));
    b->n = TOKENS - 1;
    for (int i = 0; i < b->n; i++) {
        urgency[i] = log((1 + 9 * poise_rng_uniform(&r)) / pow(10, 3 * poise_rng_uniform(&r)));
        most = fmax(most, urgency[i]);
    }
    for (int i = 0; i <= b->n; i++) {
        double *x = b->token + i * BALANCE_FEATURES, less = i < b->n ? urgency[i] - most : 0;
        x[BALANCE_ONE] = 1;
        x[BALANCE_URGENCY] = less;
        x[BALANCE_PRESSURE] = i < b->n ? -less / (1 - less) : 0.9;
    }
}

/* The objective, holding cost worked off per second if parts are resources, sum_i r_i weight_i /
 * work_i, over some cycles; and the operations of one. */
typedef struct price {
    double objective, operations;
} price;

static price price_of(int top, int rank)
{
    static double urgency[TOKENS], resource[TOKENS];
    price p = {0};
    balance b = {.heads = 1, .sharpness = 2, .yield = 1, .top = top, .rank = rank};
    many_tokens(&b, urgency);
    for (int i = 0; i < b.n; i++)
        resource[i] = 1. / b.n;
    for (int k = 0; k < N_CYCLES; k++) {
        balance_attend(&b);
        balance_multiply(b.n, resource, b.received, 1e-9);
        for (int i = 0; i < b.n; i++)
            p.objective += resource[i] * exp(urgency[i]);
    }
    p.operations = (double)b.operations / N_CYCLES;
    balance_free(&b);
    return p;
}

START_TEST(sparse_and_low_rank_attention_cost_a_quarter_and_lose_a_fiftieth_at_most)
{
    const price full = price_of(0, 0), sparse = price_of(256, 0), low = price_of(0, 32);
    const price again = price_of(TOKENS, TOKENS);
    printf("2048 tokens: full %.3g operations, top 256 %.1f times cheaper, loss %.3g; rank 32 "
           "%.1f times, loss %.3g\n",
           full.operations, full.operations / sparse.operations,
           1 - sparse.objective / full.objective, full.operations / low.operations,
           1 - low.objective / full.objective);
    ck_assert_double_gt(full.operations, (double)TOKENS * TOKENS);
    ck_assert_double_le(4 * sparse.operations, full.operations);
    ck_assert_double_ge(sparse.objective, 0.98 * full.objective);
    ck_assert_double_le(4 * low.operations, full.operations);
    ck_assert_double_ge(low.objective, 0.98 * full.objective);
    ck_assert_double_eq(again.objective, full.objective);
}
END_TEST

/* ---- errata -------------------------------------------------------------------------------- */

START_TEST(a_softmax_of_a_softmax_hardly_tells_tasks_apart)
{
    balance b = {0};
    three_tokens(&b);
    balance_attend(&b);
    ck_assert_double_eq_tol(b.received[0], 0.6652, 5e-5);
    for (int i = 0; i < 3; i++)
        b.token[i * BALANCE_FEATURES + BALANCE_URGENCY] = b.received[i];
    balance_attend(&b);
    ck_assert_double_eq_tol(b.received[0], 0.4506, 5e-5);
    /* The most by which two can differ. */
    b.n = 2;
    b.token[BALANCE_URGENCY] = 1;
    b.token[BALANCE_FEATURES + BALANCE_URGENCY] = 0;
    memset(b.token + 2 * BALANCE_FEATURES, 0, BALANCE_FEATURES * sizeof *b.token);
    b.token[2 * BALANCE_FEATURES] = 1;
    balance_attend(&b);
    ck_assert_double_eq_tol(b.received[0], 0.731, 5e-4);
    balance_free(&b);
}
END_TEST

START_TEST(a_trust_of_nine_tenths_and_a_half_needs_large_errors)
{
    /* Errors of .1 and .5 have 1.8 and 1. */
    double error[2], trust[2];
    balance_trust(2, (double[]){.1, .5}, (double[]){0, 0}, error, trust);
    ck_assert_double_eq_tol(trust[0], 1.8, 1e-12);
    ck_assert_double_eq_tol(trust[1], 1, 1e-12);
    balance_trust(2, (double[]){.4, 2. / 3}, (double[]){0, 0}, error, trust);
    ck_assert_double_eq_tol(trust[0], 0.9, 1e-12);
    ck_assert_double_eq_tol(trust[1], 0.5, 1e-12);
}
END_TEST

/* ---- agents -------------------------------------------------------------------------------- */

/* What is divided: three tasks on a capacity of 4 with caps 1, 2 and 4. */
#define CAPPED                                                                                     \
    "poise: 1\nname: caps-v1\ntitle: caps\nabout: test\n"                                          \
    "devices: [{name: pool, law: shared, capacity: 4, cap: 4, speed: 2}]\n"                        \
    "workload:\n  classes: [{name: a, cap: 1}, {name: b, cap: 2, weight: 3}, {name: c}]\n"         \
    "  sources: [{type: list, jobs: [{at: 0 s, class: a, size: 8}, {at: 0 s, class: b, size: 8},"  \
    " {at: 0 s, class: c, size: 32}]}]\n"                                                          \
    "decision: {mode: share, window: 8, attention: %s}\n"

/* The parts that the tasks have got of the capacity after the first decision. */
static void parts_of(const char *agent, const char *attention, double *part)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, CAPPED, attention);
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    poise_env_reset(e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    const double size[] = {8, 8, 32};
    poise_agent_step(a, e);
    const poise_view *v = poise_env_view(e);
    double done[3] = {8, 8, 32};
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++)
        done[v->task[i].id] = size[v->task[i].id] - v->task[i].size;
    for (int i = 0; i < 3; i++)
        part[i] = done[i] / (2 * v->now_s);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

static void expect_parts(const char *agent, double a, double b, double c)
{
    static const char *const attention[] = {"softmax", "weights"};
    const double want[] = {a, b, c};
    for (int k = 0; k < 2; k++) {
        double part[3];
        parts_of(agent, attention[k], part);
        for (int i = 0; i < 3; i++)
            ck_assert_msg(fabs(part[i] - want[i]) < 1e-6, "%s, %s: task %d gets %g, not %g", agent,
                          attention[k], i, part[i], want[i]);
    }
}

START_TEST(agents_see_what_tasks_can_use)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml, CAPPED, "weights");
    poise_scenario *s = scenario_of(yaml);
    const poise_space *space = poise_scenario_space(s);
    ck_assert_double_eq(space->capacity[0], 4);
    ck_assert_double_eq(space->cap[0], 1);
    ck_assert_double_eq(space->cap[1], 2);
    ck_assert_double_eq(space->cap[2], 4);
    ck_assert(space->weighs && space->shares);
    poise_scenario_free(s);
    s = load_scenario("mm1-v1", NULL);
    ck_assert_double_eq(poise_scenario_space(s)->capacity[0], 0);
    ck_assert(!poise_scenario_space(s)->weighs);
    poise_scenario_free(s);
}
END_TEST

START_TEST(equal_shares_are_equal_up_to_caps)
{
    /* 4 / 3 is more than the first can use: 1, and 3 / 2 for each of the others. */
    expect_parts("equal_share", 1, 1.5, 1.5);
}
END_TEST

START_TEST(proportional_shares_go_by_caps)
{
    expect_parts("proportional_share", 4. / 7, 8. / 7, 16. / 7);
}
END_TEST

START_TEST(max_min_shares_go_by_weight)
{
    /* Weights 1, 3, 1: at a level of 4/5 the second is capped at 2; 2 are left for two. */
    expect_parts("max_min", 1, 2, 1);
}
END_TEST

START_TEST(lagrangian_shares_go_by_roots_of_cost)
{
    /* B = 1 x 4 s, 3 x 4 s, 1 x 16 s; roots 2, 3.464, 4: 4 x 2 / 9.464 = 0.845, 1.464, 1.691. */
    const double sum = 6 + sqrt(12);
    expect_parts("lagrangian", 8 / sum, 4 * sqrt(12) / sum, 16 / sum);
}
END_TEST

START_TEST(the_balancer_pays_its_first_tasks_by_attention)
{
    /* weight / seconds: 1/4, 3/4, 1/16, relative to the best 1/3, 1, 1/12. Squared and with
     * nothing asked more sharply 1/9, 1, 1/144; each holds a third. In proportion to caps: 16, 288
     * and 4 of 308 x 4: the second has more than its cap of 2; of the 2 left the first has 1.6, but
     * can use 1; 1 is left for the last. */
    expect_parts("balancer:yield=0:mix=0", 1, 2, 1);
    /* Hardly sharp, a power of 1/100: parts are nearly in proportion to caps, with (1/3)^.01 =
     * .98907, 1 and (1/12)^.01 = .97546. */
    const double sum = .989074 + 2 + 4 * .975457;
    double part[3];
    parts_of("balancer:yield=0:mix=0:sharpness=0.01", "softmax", part);
    ck_assert_double_eq_tol(part[0], 4 * .989074 / sum, 1e-5);
    ck_assert_double_eq_tol(part[1], 4 * 2 / sum, 1e-5);
    ck_assert_double_eq_tol(part[2], 4 * 4 * .975457 / sum, 1e-5);
}
END_TEST

/* What a metric is worth in the episodes of some seeds. */
enum { SEEDS = 10 };
static void measure(const char *agent, const poise_scenario *s, const char *metric, double *value)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    for (int k = 0; k < SEEDS; k++) {
        const uint64_t seed = poise_seed(POISE_EVALUATE, (uint64_t)k, 0);
        poise_env_reset(e, seed);
        poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
        while (poise_env_running(e))
            poise_agent_step(a, e);
        value[k] = metric_of(e, metric);
    }
    poise_agent_free(a);
    poise_env_free(e);
}

/* The 97.5% quantile of Student's t with nine degrees of freedom. */
#define T_9 2.262157

/* Fails unless the 95% interval of the paired differences x - y lies below 0. */
static void expect_less(const char *what, const double *x, const double *y)
{
    double mean = 0, squares = 0;
    for (int k = 0; k < SEEDS; k++)
        mean += (x[k] - y[k]) / SEEDS;
    for (int k = 0; k < SEEDS; k++)
        squares += (x[k] - y[k] - mean) * (x[k] - y[k] - mean);
    const double half = T_9 * sqrt(squares / (SEEDS - 1) / SEEDS);
    ck_assert_msg(mean + half < 0, "%s: %g +- %g", what, mean, half);
}

START_TEST(the_balancer_beats_equal_and_proportional_shares)
{
    const char *const names[] = {"sharing-v1", "sharing-unequal-v1", "sharing-equal-v1",
                                 "processor-sharing-v1"};
    const char *const others[] = {"equal_share", "proportional_share"};
    for (int k = 0; k < 4; k++) {
        const char *sets[] = {"end.jobs=2300", "warmup.jobs=300", NULL};
        poise_scenario *s = load_scenario(names[k], sets);
        /* Rewards are costs there, less than nothing. */
        const char *metric = k == 0 ? "reward" : "response_mean_s";
        double ours[SEEDS], theirs[SEEDS];
        measure("balancer", s, metric, ours);
        for (int o = 0; o < 2; o++) {
            measure(others[o], s, metric, theirs);
            expect_less(names[k], k == 0 ? theirs : ours, k == 0 ? ours : theirs);
        }
        poise_scenario_free(s);
    }
}
END_TEST

/* ---- stages of graphs ---------------------------------------------------------------------- */

/* The records of a job that is a graph. */
typedef struct outcome {
    double started_s[16];
    int group[16];
} outcome;

static outcome play_graph(const char *agent, const char *devices, const char *tasks,
                          const char *classes)
{
    char yaml[4096];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: stages-v1\ntitle: stages\nabout: test\ndevices: [%s]\n"
             "graphs: [{name: g, tasks: [%s]}]\n"
             "workload:\n  classes: [%s, {name: job, graph: g}]\n"
             "  sources: [{type: batch, jobs: 1, class: job}]\ndecision: {window: 8}\n",
             devices, tasks, classes);
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    play(e, a, 1);
    poise_episode ep = poise_env_episode(e);
    outcome o = {0};
    for (int i = 0; i < ep.n_records && i < 16; i++) {
        o.started_s[i] = (double)ep.record[i].started_ns / 1e9;
        o.group[i] = ep.record[i].group;
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    return o;
}

START_TEST(the_critical_path_has_the_larger_budget)
{
    /* At 0 both cost a second; the way through `side` is 1 of 5, so its budget is (1/5)^2 of that
     * of `long`. At 1 `after` has 4^0.1 / 4 a second, `side` (1/4)^2. */
    const char *tasks = "{name: side, class: c, size: 1}, {name: long, class: c, size: 1},"
                        "{name: after, class: c, size: 4, after: long}";
    outcome o = play_graph("layer_balance", "{name: one}", tasks, "{name: c}");
    ck_assert_double_eq(o.started_s[1], 0);
    ck_assert_double_eq(o.started_s[2], 1);
    ck_assert_double_eq(o.started_s[0], 5);
    /* Where the path does not count, the seconds decide: the first of two equals, and at 1 the
     * shorter. */
    o = play_graph("layer_balance:critical=0", "{name: one}", tasks, "{name: c}");
    ck_assert_double_eq(o.started_s[0], 0);
    ck_assert_double_eq(o.started_s[1], 1);
    ck_assert_double_eq(o.started_s[2], 2);
}
END_TEST

START_TEST(the_stage_with_more_load_has_the_larger_budget)
{
    /* Three stages, of 1, 1 and 1.5 s: where load does not count, the shortest first. */
    const char *tasks = "{name: a, class: c, size: 1}, {name: b, class: c, size: 1},"
                        "{name: d, class: c, size: 1.5}";
    outcome o = play_graph("layer_balance:critical=0:load=0", "{name: one}", tasks, "{name: c}");
    ck_assert_double_eq(o.started_s[0], 0);
    ck_assert_double_eq(o.started_s[1], 1);
    ck_assert_double_eq(o.started_s[2], 2);
    /* With a power of 2 load counts for more than seconds: 1.5^2 / 1.5 > 1. */
    o = play_graph("layer_balance:critical=0:load=2", "{name: one}", tasks, "{name: c}");
    ck_assert_double_eq(o.started_s[2], 0);
    ck_assert_double_eq(o.started_s[0], 1.5);
    ck_assert_double_eq(o.started_s[1], 2.5);
}
END_TEST

START_TEST(a_chain_leaves_a_slow_device_if_much_is_left_of_it)
{
    /* After the first task its data are at the slow device: 1 s there against 0.6 s of latency and
     * 0.5 s. What is left behind the second of ten is 8 x 0.75 s and more, of which a fiftieth
     * would be lost there: 1.12 > 1.1. */
    const char *devices =
        "{name: slow, speed: {f: 1, c: 1}, link: {bandwidth: 1 GB/s, latency: "
        "300 ms}}, {name: fast, speed: {c: 2}, link: {bandwidth: 1 GB/s, latency: "
        "300 ms}}";
    const char *tasks = "{name: first, class: f, size: 1, bytes: 1 B},"
                        "{name: next, class: c, size: 1, repeat: 9, chain: true, after: first,"
                        " bytes: 1 B}";
    const char *classes = "{name: f, kind: f}, {name: c, kind: c}";
    outcome o = play_graph("layer_balance", devices, tasks, classes);
    ck_assert_int_eq(o.group[0], 0);
    ck_assert_int_eq(o.group[1], 1);
    ck_assert_int_eq(o.group[9], 1);
    o = play_graph("layer_balance:ahead=0", devices, tasks, classes);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(o.group[i], 0);
}
END_TEST

START_TEST(budgets_over_stages_beat_order_of_arrival_on_networks)
{
    const char *const names[] = {"cnn100-v1", "rnn100-v1", "bert-base-graph-v1"};
    for (int k = 0; k < 3; k++) {
        poise_scenario *s = load_scenario(names[k], NULL);
        double ours[SEEDS], theirs[SEEDS];
        measure("layer_balance", s, "job_response_mean_s", ours);
        measure("fifo", s, "job_response_mean_s", theirs);
        expect_less(names[k], ours, theirs);
        poise_scenario_free(s);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "sharing", max_min_raises_all_until_they_have_what_they_can_use,
        weighted_max_min_fills_by_weight, max_min_leaves_what_nobody_can_use,
        two_tasks_meet_lagranges_multiplier, shares_of_least_delay_are_square_roots,
        a_cap_is_met_and_the_rest_are_square_roots,
        speeds_of_queues_are_arrivals_and_roots_of_what_is_left,
        the_ascent_meets_the_conditions_of_optimality_whatever_the_caps,
        agents_see_what_tasks_can_use, equal_shares_are_equal_up_to_caps,
        proportional_shares_go_by_caps, max_min_shares_go_by_weight,
        lagrangian_shares_go_by_roots_of_cost,
        parts_are_weights_times_capacities_over_their_sum_or_over_a_total,
        attention_is_the_softmax_of_queries_and_keys, of_sparse_attention_the_best_keys_are_left,
        of_low_rank_one_mean_asks_for_all, trust_falls_with_error_and_is_one_where_there_is_none,
        resources_are_multiplied_by_attention, the_total_is_what_it_was_after_a_thousand_cycles,
        sparse_and_low_rank_attention_cost_a_quarter_and_lose_a_fiftieth_at_most,
        a_softmax_of_a_softmax_hardly_tells_tasks_apart,
        a_trust_of_nine_tenths_and_a_half_needs_large_errors,
        the_balancer_pays_its_first_tasks_by_attention,
        the_balancer_beats_equal_and_proportional_shares, the_critical_path_has_the_larger_budget,
        the_stage_with_more_load_has_the_larger_budget,
        a_chain_leaves_a_slow_device_if_much_is_left_of_it,
        budgets_over_stages_beat_order_of_arrival_on_networks);
}
