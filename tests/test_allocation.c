/* test_allocation.c - linear programs over tasks and kinds of devices, against figures of Gavel's
 * own tests and answers by hand; and the agents that follow their plans round by round. */
#include <glpk.h>
#include <math.h>

#include "lib/rounds.h"
#include "support.h"

enum { ROWS = 32, KINDS = 4 };

/* A problem by hand, without profiles. */
typedef struct problem {
    allocation a;
    double count[KINDS], busy_s[KINDS], speed[ROWS * KINDS], need[ROWS * KINDS], weight[ROWS];
    double alike[ROWS], work[ROWS], part[ROWS * KINDS], price[KINDS], level[ROWS];
} problem;

static allocation *pose(problem *p, int n_rows, int n_kinds, const double *count,
                        const double *speed)
{
    for (int k = 0; k < n_kinds; k++)
        p->count[k] = count[k];
    for (int i = 0; i < n_rows * n_kinds; i++) {
        p->speed[i] = speed[i];
        p->need[i] = 1;
    }
    for (int r = 0; r < n_rows; r++)
        p->weight[r] = p->alike[r] = p->work[r] = 1;
    p->a = (allocation){n_rows,  n_kinds,   1,        10000,   p->count, NULL,     p->speed,
                        p->need, p->weight, p->alike, p->work, p->part,  p->price, p->level};
    return &p->a;
}

static double throughput(const problem *p, int row)
{
    double sum = 0;
    for (int k = 0; k < p->a.n_kinds; k++)
        sum += p->speed[row * p->a.n_kinds + k] * p->part[row * p->a.n_kinds + k];
    return sum;
}

static void expect_throughputs(const problem *p, const double *want)
{
    for (int r = 0; r < p->a.n_rows; r++)
        ck_assert_double_eq_tol(throughput(p, r), want[r], 5e-7);
}

/* No task in two places, no device twice. */
static void expect_feasible(const problem *p)
{
    const int n = p->a.n_kinds;
    for (int r = 0; r < p->a.n_rows; r++) {
        double sum = 0;
        for (int k = 0; k < n; k++)
            sum += p->part[r * n + k];
        ck_assert_double_le(sum, 1 + 1e-9);
    }
    for (int k = 0; k < n; k++) {
        double used = 0;
        for (int r = 0; r < p->a.n_rows; r++)
            used += p->alike[r] * p->need[r * n + k] * p->part[r * n + k];
        ck_assert_double_le(used, p->count[k] * (1 + 1e-9) + 1e-9);
    }
}

static const double two[] = {2, 1, .5, 3, 2, 1};
static const double four[] = {2, 1, .5, 3, 2, 1, 4, 3, 2, 1, 1, 1};
static const double one_each[] = {1, 1, 1};

START_TEST(two_jobs_on_three_gpus_get_what_gavel_gives_them)
{
    problem p = {0};
    double value;
    ck_assert(allocation_max_min(pose(&p, 2, 3, one_each, two), true, 9, &value));
    ck_assert_double_eq_tol(value, 1.263157895, 1e-9);
    expect_throughputs(&p, (double[]){1.473684, 2.526316});
    expect_feasible(&p);
    ck_assert(allocation_max_min(pose(&p, 2, 3, one_each, two), false, 9, &value));
    ck_assert_double_eq_tol(value, 2, 1e-9);
    ck_assert(allocation_sum(pose(&p, 2, 3, one_each, two), &value));
    ck_assert_double_eq_tol(value, 4, 1e-9);
    ck_assert(allocation_max_min(pose(&p, 2, 3, (double[]){1, 2, 3}, two), true, 9, &value));
    ck_assert_double_eq_tol(value, 1.548387097, 1e-9);
    expect_throughputs(&p, (double[]){1.419355, 2.580645});
    expect_feasible(&p);
}
END_TEST

START_TEST(four_jobs_on_three_gpus_get_what_gavel_gives_them)
{
    problem p = {0};
    double value;
    ck_assert(allocation_max_min(pose(&p, 4, 3, one_each, four), true, 9, &value));
    ck_assert_double_eq_tol(value, .8941176471, 1e-10);
    expect_throughputs(&p, (double[]){1.043137, 1.788235, 2.682353, .894118});
    expect_feasible(&p);
    ck_assert(allocation_max_min(pose(&p, 4, 3, one_each, four), false, 9, &value));
    ck_assert_double_eq_tol(value, 1, 1e-9);
    ck_assert(allocation_sum(pose(&p, 4, 3, one_each, four), &value));
    ck_assert_double_eq_tol(value, 7, 1e-9);
    pose(&p, 4, 3, one_each, four);
    p.weight[1] = 2;
    ck_assert(allocation_max_min(&p.a, true, 9, &value));
    ck_assert_double_eq_tol(value, .6829268293, 1e-10);
}
END_TEST

START_TEST(four_jobs_are_done_when_gavel_says)
{
    problem p = {0};
    double value;
    pose(&p, 4, 3, one_each, four);
    const double steps[] = {300, 500, 1000, 500};
    memcpy(p.work, steps, sizeof steps);
    ck_assert(allocation_makespan(&p.a, &value));
    ck_assert_double_eq_tol(value, 500, 1e-6);
    for (int r = 0; r < 4; r++)
        ck_assert_double_ge(throughput(&p, r) * value, steps[r] * (1 - 1e-9));
    expect_feasible(&p);
}
END_TEST

/* McNaughton: the longest, or all over the number of machines. Lawler and Labetoulle's program on
 * unrelated machines: below 21, the best without preemption. */
START_TEST(makespans_with_preemption_are_those_known)
{
    problem p = {0};
    double value;
    pose(&p, 5, 1, (double[]){3}, (double[]){1, 1, 1, 1, 1});
    memcpy(p.work, (double[]){5, 4, 3, 3, 2}, 5 * sizeof(double));
    ck_assert(allocation_makespan(&p.a, &value));
    ck_assert_double_eq_tol(value, 5.666666667, 1e-9);
    pose(&p, 4, 1, (double[]){2}, (double[]){1, 1, 1, 1});
    memcpy(p.work, (double[]){9, 3, 3, 1}, 4 * sizeof(double));
    ck_assert(allocation_makespan(&p.a, &value));
    ck_assert_double_eq_tol(value, 9, 1e-9);
    const double time[] = {10, 14, 9, 20, 7, 12, 8, 20, 11, 15, 9, 6, 15, 10, 13, 12, 11, 9};
    double speed[18];
    for (int j = 0; j < 6; j++)
        for (int m = 0; m < 3; m++)
            speed[j * 3 + m] = 1 / time[m * 6 + j];
    ck_assert(allocation_makespan(pose(&p, 6, 3, one_each, speed), &value));
    ck_assert_double_eq_tol(value, 17.75, 1e-9);
    expect_feasible(&p);
    /* What is promised before adds to it: 17 with 1, 2 and 3 s of a fourth machine alone. */
    pose(&p, 1, 1, (double[]){2}, (double[]){1});
    p.busy_s[0] = 5;
    p.a.busy_s = p.busy_s;
    p.work[0] = 1;
    ck_assert(allocation_makespan(&p.a, &value));
    ck_assert_double_eq_tol(value, 3, 1e-9);
}
END_TEST

/* max 3x + 5y, x <= 4, 2y <= 12, 3x + 2y <= 18 is 36 at (2, 6), the prices 0, 3/2 and 1: as two
 * tasks that run at 12 = 3 x 4 and 30 = 5 x 6 and take 12 of 18 devices each. */
START_TEST(prices_are_those_of_the_dual)
{
    problem p = {0};
    double value;
    pose(&p, 2, 1, (double[]){18}, (double[]){12, 30});
    p.need[0] = p.need[1] = 12;
    ck_assert(allocation_sum(&p.a, &value));
    ck_assert_double_eq_tol(value, 36, 1e-9);
    ck_assert_double_eq_tol(4 * p.part[0], 2, 1e-9);
    ck_assert_double_eq_tol(6 * p.part[1], 6, 1e-9);
    ck_assert_double_eq_tol(p.price[0], 1, 1e-9);
    /* The price of y <= 6: all that the devices' price does not explain. */
    ck_assert_double_eq_tol((value - 18 * p.price[0]) / 12, 1.5, 1e-9);
}
END_TEST

/* A knapsack of 20 for weights 2, 3, 4, 5, 9 and values 3, 4, 5, 8, 10: all but two thirds of the
 * last, whose value for its weight is the price. */
START_TEST(a_knapsack_takes_what_is_worth_most_for_its_weight)
{
    problem p = {0};
    double value;
    pose(&p, 5, 1, (double[]){20}, (double[]){3, 4, 5, 8, 10});
    memcpy(p.need, (double[]){2, 3, 4, 5, 9}, 5 * sizeof(double));
    ck_assert(allocation_sum(&p.a, &value));
    ck_assert_double_eq_tol(value, 26.66666667, 1e-8);
    ck_assert_double_eq_tol(p.part[4], 6. / 9, 1e-9);
    ck_assert_double_eq_tol(p.price[0], 10. / 9, 1e-9);
}
END_TEST

START_TEST(one_kind_of_device_is_filled_like_water)
{
    /* 10 devices for tasks that can use 2, 2.6, 4 and 5 of them. */
    problem p = {0};
    double value;
    const double cap[] = {2, 2.6, 4, 5}, want[] = {2, 2.6, 2.7, 2.7};
    pose(&p, 4, 1, (double[]){10}, cap);
    memcpy(p.need, cap, sizeof cap);
    ck_assert(allocation_max_min(&p.a, true, 9, &value));
    ck_assert_double_eq_tol(value, 2, 1e-9);
    expect_throughputs(&p, want);
    for (int r = 0; r < 4; r++)
        ck_assert_double_eq_tol(p.level[r], want[r], 1e-9);
    /* In one round all stay where the first is held; in two 2.6 is reached. */
    ck_assert(allocation_max_min(&p.a, true, 1, &value));
    expect_throughputs(&p, (double[]){2, 2, 2, 2});
}
END_TEST

START_TEST(who_needs_four_devices_has_a_quarter_of_the_time)
{
    problem p = {0};
    pose(&p, 2, 1, (double[]){4}, (double[]){1, 1});
    p.need[0] = 4;
    p.alike[1] = 4;
    ck_assert(allocation_max_min(&p.a, true, 9, NULL));
    /* Of five tasks each is entitled to 4/5 of a device: a fifth of the time, or four fifths. */
    ck_assert_double_eq_tol(p.part[0], .2, 1e-9);
    ck_assert_double_eq_tol(p.part[1], .8, 1e-9);
}
END_TEST

START_TEST(rows_of_tasks_that_are_alike_are_as_good_as_many)
{
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < 50; k++) {
        problem few = {0}, many = {0};
        double speed[4 * 3], each[16 * 3], value, other;
        for (int i = 0; i < 12; i++)
            speed[i] = 1 + 9 * poise_rng_uniform(&r);
        for (int i = 0; i < 16 * 3; i++)
            each[i] = speed[i % 12];
        const double count[] = {1 + poise_rng_below(&r, 8), 2, 1 + poise_rng_below(&r, 3)};
        pose(&few, 4, 3, count, speed);
        pose(&many, 16, 3, count, each);
        for (int j = 0; j < 4; j++)
            few.alike[j] = 4;
        ck_assert(allocation_max_min(&few.a, true, 99, &value));
        ck_assert(allocation_max_min(&many.a, true, 99, &other));
        if (fabs(value - other) > 1e-9)
            ck_abort_msg("instance %d: %.12g, %.12g", k, value, other);
        for (int j = 0; j < 16; j++)
            if (fabs(few.level[j % 4] - many.level[j]) > 1e-7)
                ck_abort_msg("instance %d, task %d: %g, %g", k, j, few.level[j % 4], many.level[j]);
    }
}
END_TEST

START_TEST(what_can_run_nowhere_holds_nobody_down)
{
    problem p = {0};
    double value;
    ck_assert(allocation_max_min(pose(&p, 2, 2, (double[]){0, 3}, (double[]){5, 0, 1, 1}), true, 9,
                                 &value));
    ck_assert_double_eq_tol(p.part[3], 1, 1e-9);
    pose(&p, 2, 2, (double[]){0, 3}, (double[]){5, 0, 1, 1});
    ck_assert(allocation_makespan(&p.a, &value));
    ck_assert_double_eq_tol(value, 1, 1e-9);
    ck_assert(!allocation_sum(pose(&p, 1, 1, (double[]){1}, (double[]){0}), &value));
    ck_assert(p.part[0] == 0);
}
END_TEST

/* ---- agents -------------------------------------------------------------------------------- */

static poise_scenario *scenario;
static poise_env *env;

static void play_out(const char *agent, const char *yaml)
{
    scenario = scenario_of(yaml);
    env = new_env(scenario);
    poise_agent *a = new_agent(agent, scenario);
    poise_env_reset(env, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(env))
        poise_agent_step(a, env);
    ck_assert_str_eq(poise_env_error(env), "");
    poise_agent_free(a);
}

static void clear(void)
{
    poise_env_free(env);
    poise_scenario_free(scenario);
}

static double finished_s(int job)
{
    return (double)poise_env_episode(env).record[job].finished_ns / 1e9;
}

#define GAVEL                                                                                      \
    "poise: 1\nname: gavel-v1\ntitle: t\nabout: t\ndevices:\n"                                     \
    "  - {name: v100, speed: {a: 2, b: 3, c: 4, d: 1}}\n"                                          \
    "  - {name: p100, speed: {a: 1, b: 2, c: 3, d: 1}}\n"                                          \
    "  - {name: k80, speed: {a: 0.5, b: 1, c: 2, d: 1}}\n"                                         \
    "decision: {preempt: resume, migrate: true, quantum: 1 s}\n"                                   \
    "workload:\n  classes: [{name: a, kind: a}, {name: b, kind: b}, {name: c, kind: c},"           \
    " {name: d, kind: d}]\n  sources:\n    - type: list\n      jobs: "

/* Sizes are a thousand seconds' worth of what the plan gives to each. */
START_TEST(rounds_give_what_was_planned)
{
    play_out("max_min_lp",
             GAVEL "[{at: 0, class: a, size: 1043.137}, {at: 0, class: b, size: 1788.235}, "
                   "{at: 0, class: c, size: 2682.353}, {at: 0, class: d, size: 894.118}]\n");
    for (int job = 0; job < 4; job++)
        ck_assert_double_eq_tol(finished_s(job), 1000, 5);
    clear();
}
END_TEST

START_TEST(rounds_end_when_the_makespan_says)
{
    play_out("makespan_lp", GAVEL "[{at: 0, class: a, size: 300}, {at: 0, class: b, size: 500}, "
                                  "{at: 0, class: c, size: 1000}, {at: 0, class: d, size: 500}]\n");
    for (int job = 0; job < 4; job++)
        ck_assert_double_le(finished_s(job), 505);
    clear();
}
END_TEST

/* Ten jobs on three kinds of GPUs: nobody can end before the program says, and rounds of a second
 * come near. */
START_TEST(rounds_come_near_the_least_makespan)
{
    enum { N = 10 };
    poise_rng r = poise_rng_at(4, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < 10; k++) {
        problem p = {0};
        char yaml[4096];
        double speed[3 * N], least_s, last_s = 0;
        size_t n = (size_t)snprintf(yaml, sizeof yaml, GAVEL "[");
        for (int j = 0; j < 3 * N; j++)
            speed[j] = four[j % 12];
        pose(&p, N, 3, one_each, speed);
        for (int j = 0; j < N; j++) {
            p.work[j] = 100 + poise_rng_below(&r, 400);
            n += (size_t)snprintf(yaml + n, sizeof yaml - n, "%s{at: 0, class: %c, size: %g}",
                                  j ? ", " : "", 'a' + j % 4, p.work[j]);
        }
        snprintf(yaml + n, sizeof yaml - n, "]\n");
        ck_assert(allocation_makespan(&p.a, &least_s));
        play_out("makespan_lp", yaml);
        for (int j = 0; j < N; j++)
            last_s = fmax(last_s, finished_s(j));
        clear();
        if (last_s < least_s * (1 - 1e-9) || last_s > least_s * 1.02 + 3)
            ck_abort_msg("instance %d ends at %g, the least is %g", k, last_s, least_s);
    }
}
END_TEST

/* Where sizes are not seen, on GPUs of three generations: more than 5 standard errors. */
START_TEST(plans_beat_order_of_arrival_on_unequal_devices)
{
    enum { SEEDS = INSTRUMENTED ? 6 : 10 };
    const char *const sets[] = {"decision.sizes=mean", NULL};
    scenario = load_scenario("gpu-mix-v1", sets);
    env = new_env(scenario);
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double response_s[2];
        for (int k = 0; k < 2; k++) {
            poise_agent *a = new_agent(k ? "max_min_lp" : "fifo", scenario);
            poise_env_reset(env, seed);
            poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
            while (poise_env_running(env))
                poise_agent_step(a, env);
            response_s[k] = metric_of(env, "response_mean_s");
            poise_agent_free(a);
        }
        const double gained = log(response_s[0] / response_s[1]);
        sum += gained;
        squares += gained * gained;
    }
    const double mean = sum / SEEDS;
    ck_assert_double_gt(mean / sqrt((squares / SEEDS - mean * mean) / (SEEDS - 1)), 5);
    clear();
}
END_TEST

/* A task that comes later has as much as the others from then on: at 100 s two have had half of one
 * device each, at 400 s all three a hundred seconds more. */
START_TEST(a_new_task_shares_from_when_it_comes)
{
    play_out("max_min_lp",
             "poise: 1\nname: one-v1\ntitle: t\nabout: t\ndevices: [{name: one}]\n"
             "decision: {preempt: resume, quantum: 1 s}\nworkload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 150}, "
             "{at: 0, class: a, size: 150}, {at: 100, class: a, size: 100}]}]\n");
    for (int job = 0; job < 3; job++)
        ck_assert_double_eq_tol(finished_s(job), 400, 5);
    clear();
}
END_TEST

START_TEST(parts_of_one_resource_are_those_of_max_min)
{
    const char *yaml =
        "poise: 1\nname: pool-v1\ntitle: t\nabout: t\n"
        "devices: [{name: pool, law: shared, capacity: 16, cap: 10}]\n"
        "decision: {mode: share}\nworkload:\n  classes: [{name: a, cap: 4, weight: 2.5}, "
        "{name: b, cap: 2, weight: 4}, {name: c, cap: 10, weight: 0.5}, {name: d, cap: 4}]\n"
        "  sources: [{type: list, jobs: [{at: 0, class: a, size: 40}, {at: 0, class: b, size: 30}, "
        "{at: 1, class: c, size: 90}, {at: 2, class: d, size: 70}]}]\n";
    double want[4];
    play_out("max_min", yaml);
    for (int job = 0; job < 4; job++)
        want[job] = finished_s(job);
    clear();
    play_out("max_min_lp", yaml);
    for (int job = 0; job < 4; job++)
        ck_assert_double_eq_tol(finished_s(job), want[job], 1e-6);
    clear();
}
END_TEST

/* The first goes to the fast device and is not shown any more. Of the second's time x on that one,
 * (2 x + 1 - x) / 1.5 and (1 - x) / .5 are equal at x = 1 / 2: of two that are worth the same it
 * goes to where it is done first, the slow one, in 4 s and not in 5 + 2. */
START_TEST(crowded_devices_are_planned_for_less)
{
    play_out("max_min_lp",
             "poise: 1\nname: two-v1\ntitle: t\nabout: t\ndevices: [{name: fast, speed: 2, queue: "
             "unlimited}, {name: slow, queue: unlimited}]\nworkload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0, class: a, size: 10}, "
             "{at: 0, class: a, size: 4}]}]\ndecision: {window: 1}\n");
    ck_assert_double_eq(finished_s(0), 5);
    ck_assert_double_eq(finished_s(1), 4);
    clear();
}
END_TEST

/* Fast and slow devices as one group each, or each device a group of its own: one plan. */
START_TEST(groups_that_are_alike_are_one_kind)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: apart-v1\ntitle: t\nabout: t\ndevices: [{name: fast, count: 3, speed: 2, "
        "apart: true}, {name: slow, count: 2, apart: true}]\n"
        "workload: {classes: [{name: a, size: 1}], sources: [{type: batch, jobs: 9, class: a}]}\n");
    poise_error err;
    rounds r = {0};
    ck_assert_int_eq(poise_scenario_space(s)->n_groups, 5);
    ck_assert(rounds_init(&r, poise_scenario_space(s), false, 8, "test", &err));
    ck_assert_int_eq(r.plan.n_kinds, 2);
    rounds_free(&r);
    poise_scenario_free(s);
}
END_TEST

/* GLPK's memory is the thread's: what began in one would not end with it. */
START_TEST(nothing_of_the_solver_is_left_in_the_thread)
{
    problem p = {0};
    glp_free_env();
    ck_assert(allocation_max_min(pose(&p, 4, 3, one_each, four), true, 9, NULL));
    ck_assert_int_eq(glp_init_env(), 0);
    glp_prob *mine = glp_create_prob();
    ck_assert(allocation_max_min(pose(&p, 4, 3, one_each, four), true, 9, NULL));
    ck_assert_int_eq(glp_init_env(), 1);
    glp_delete_prob(mine);
    glp_free_env();
}
END_TEST

START_TEST(too_few_pivots_give_equal_shares)
{
    problem p = {0};
    pose(&p, 4, 3, (double[]){1, 1, 2}, four);
    p.a.most_pivots = 1;
    ck_assert(!allocation_max_min(&p.a, true, 9, NULL));
    for (int r = 0; r < 4; r++)
        for (int k = 0; k < 3; k++)
            ck_assert_double_eq(p.part[r * 3 + k], k == 2 ? .5 : .25);
    ck_assert(!allocation_makespan(&p.a, NULL));
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "allocation", two_jobs_on_three_gpus_get_what_gavel_gives_them,
        four_jobs_on_three_gpus_get_what_gavel_gives_them, four_jobs_are_done_when_gavel_says,
        makespans_with_preemption_are_those_known, prices_are_those_of_the_dual,
        a_knapsack_takes_what_is_worth_most_for_its_weight, one_kind_of_device_is_filled_like_water,
        who_needs_four_devices_has_a_quarter_of_the_time,
        rows_of_tasks_that_are_alike_are_as_good_as_many, what_can_run_nowhere_holds_nobody_down,
        rounds_give_what_was_planned, rounds_end_when_the_makespan_says,
        a_new_task_shares_from_when_it_comes, parts_of_one_resource_are_those_of_max_min,
        crowded_devices_are_planned_for_less, groups_that_are_alike_are_one_kind,
        nothing_of_the_solver_is_left_in_the_thread, too_few_pivots_give_equal_shares,
        rounds_come_near_the_least_makespan, plans_beat_order_of_arrival_on_unequal_devices);
}
