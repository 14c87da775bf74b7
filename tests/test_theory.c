/* test_theory.c - queues with known answers: the answer lies in the 99% interval of the mean of
 * independent replications, and that interval is narrow enough to mean something. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "support.h"

enum { REPLICATIONS = 20 };

enum { METRICS_MAX = 64 };

/* All metrics of independent replications. */
typedef struct sample {
    double value[REPLICATIONS][METRICS_MAX];
} sample;

static void replicate(const poise_scenario *s, const char *agent, sample *x)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    for (int r = 0; r < REPLICATIONS; r++) {
        play(e, a, poise_seed(POISE_EVALUATE, (uint64_t)r, 0));
        poise_episode ep = poise_env_episode(e);
        ck_assert(poise_measure(&ep, x->value[r]));
    }
    poise_agent_free(a);
    poise_env_free(e);
}

/* The known answer is in the 99% interval, whose half-width is at most `precision` of it. */
static void check_interval(const char *what, const double *x, double known, double precision)
{
    double mean = 0, ss = 0;
    for (int r = 0; r < REPLICATIONS; r++)
        mean += x[r] / REPLICATIONS;
    for (int r = 0; r < REPLICATIONS; r++)
        ss += (x[r] - mean) * (x[r] - mean);
    double se = sqrt(ss / (REPLICATIONS - 1) / REPLICATIONS);
    double half = gsl_cdf_tdist_Pinv(0.995, REPLICATIONS - 1) * se;
    ck_assert_msg(half <= precision * known, "%s: 99%% interval %g +- %g is too wide to test %g",
                  what, mean, half, known);
    ck_assert_msg(fabs(mean - known) <= half, "%s: %g is outside the 99%% interval %g +- %g", what,
                  known, mean, half);
}

static void check_metric(const sample *x, const char *metric, double known, double precision)
{
    double of[REPLICATIONS];
    int row = poise_metric_index(metric);
    for (int r = 0; r < REPLICATIONS; r++)
        of[r] = x->value[r][row];
    check_interval(metric, of, known, precision);
}

static void check_ratio(const sample *x, const char *part, const char *whole, double known,
                        double precision)
{
    double of[REPLICATIONS];
    int above = poise_metric_index(part), below = poise_metric_index(whole);
    for (int r = 0; r < REPLICATIONS; r++)
        of[r] = x->value[r][above] / x->value[r][below];
    check_interval(part, of, known, precision);
}

/* A queue of the library served by fifo. */
static sample queue(const char *scenario, const char *const *sets)
{
    sample x;
    poise_scenario *s = load_scenario(scenario, sets);
    replicate(s, "fifo", &x);
    poise_scenario_free(s);
    return x;
}

#define LONG_RUN "end.jobs=220000", "warmup.jobs=20000"

START_TEST(an_mm1_queue_meets_its_formulas)
{
    const char *const sets[] = {LONG_RUN, NULL};
    sample x = queue("mm1-v1", sets);
    check_metric(&x, "wait_mean_s", 4, 0.02);
    check_metric(&x, "response_mean_s", 5, 0.02);
    check_metric(&x, "response_p95_s", 14.97866137, 0.02);
    check_metric(&x, "utilisation", 0.8, 0.01);
}
END_TEST

START_TEST(mean_wait_in_an_mm4_queue_is_erlang_c)
{
    const char *const sets[] = {LONG_RUN, NULL};
    sample x = queue("mmc-v1", sets);
    check_metric(&x, "wait_mean_s", 0.7455405897, 0.02);
}
END_TEST

START_TEST(mean_wait_in_an_mg1_queue_is_pollaczek_khinchine)
{
    static const struct {
        const char *size;
        double wait_s, precision;
    } laws[] = {
        {"workload.classes.0.size={distribution: exponential, mean: 1}", 2.333333333, 0.02},
        {"workload.classes.0.size={distribution: deterministic, mean: 1}", 1.166666667, 0.02},
        {"workload.classes.0.size={distribution: erlang, mean: 1, phases: 2}", 1.75, 0.02},
        {"workload.classes.0.size={distribution: lognormal, mean: 1, scv: 4}", 5.833333333, 0.05},
        {"workload.classes.0.size={distribution: hyperexponential, mean: 1, scv: 4}", 5.833333333,
         0.05},
        {"workload.classes.0.size={distribution: pareto, mean: 1, alpha: 4.5}", 1.27037037, 0.03},
    };
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        const char *const sets[] = {LONG_RUN, laws[i].size, "workload.sources.0.rate=0.7", NULL};
        sample x = queue("mg1-v1", sets);
        check_metric(&x, "wait_mean_s", laws[i].wait_s, laws[i].precision);
    }
}
END_TEST

START_TEST(a_full_queue_drops_as_in_mm1k)
{
    /* Ten in the system: nine may wait. */
    const char *const sets[] = {LONG_RUN, "queue.limit=9", "workload.sources.0.rate=0.9", NULL};
    sample x = queue("mm1-v1", sets);
    check_metric(&x, "tasks_mean", 3.969440599, 0.02);
    check_ratio(&x, "dropped", "arrived", 0.05081373133, 0.03);
}
END_TEST

/* Ten servers and no place to wait: Erlang's loss formula, for any law of service. */
START_TEST(without_a_queue_calls_are_lost_as_in_erlang_b)
{
    static const char *const sizes[] = {
        "workload.classes.0.size={distribution: exponential, mean: 1}",
        "workload.classes.0.size={distribution: lognormal, mean: 1, scv: 4}",
    };
    for (int i = 0; i < 2; i++) {
        const char *const sets[] = {"devices.0.count=10",
                                    "workload.sources.0.rate=7",
                                    "queue.limit=0",
                                    sizes[i],
                                    "end.jobs=60000",
                                    "warmup.jobs=2000",
                                    NULL};
        sample x = queue("mmc-v1", sets);
        check_metric(&x, "tasks_mean", 6.448813819, 0.01);
        check_metric(&x, "utilisation", 0.6448813819, 0.01);
        check_ratio(&x, "dropped", "arrived", 0.07874088297, 0.03);
        check_metric(&x, "response_mean_s", 1, 0.02);
    }
}
END_TEST

START_TEST(an_empty_mm1_queue_fills_as_its_transient_says)
{
    /* The time average over the first 100 s, by uniformisation of the birth-death process. */
    const char *const sets[] = {"warmup.jobs=0", "end={time: 100 s}", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    const int n = 200;
    double of[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        of[r] = 0;
        for (int k = 0; k < n; k++) {
            play(e, a, poise_seed(POISE_EVALUATE, (uint64_t)r, (uint64_t)k));
            of[r] += metric_of(e, "tasks_mean") / n;
        }
    }
    check_interval("tasks over the first 100 s", of, 3.12110999, 0.06);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(tasks_among_very_many_servers_are_poisson)
{
    /* M/M/infinity: 10 in the mean, nobody waits, and the response time is the service. */
    const char *const sets[] = {"devices.0.count=200",
                                "workload.sources.0.rate=5",
                                "workload.classes.0.size={distribution: exponential, mean: 2}",
                                "end.jobs=40000",
                                "warmup.jobs=1000",
                                NULL};
    sample x = queue("mmc-v1", sets);
    check_metric(&x, "tasks_mean", 10, 0.02);
    check_metric(&x, "wait_mean_s", 0, 0);
    check_metric(&x, "response_p95_s", 5.991464547, 0.02);
}
END_TEST

START_TEST(mean_power_of_an_mm1_server_is_its_mix_of_idle_and_busy)
{
    const char *const sets[] = {LONG_RUN, "devices.0.idle=50 W", "devices.0.busy=200 W", NULL};
    sample x = queue("mm1-v1", sets);
    check_metric(&x, "power_mean_w", 170, 0.01);
    check_metric(&x, "energy_per_task_j", 212.5, 0.01);
}
END_TEST

START_TEST(round_robin_to_two_servers_is_an_e2m1_queue)
{
    const char *yaml = "poise: 1\nname: two-v1\ntitle: two servers\nabout: test\n"
                       "devices:\n"
                       "  - {name: a, law: fifo, queue: unlimited}\n"
                       "  - {name: b, law: fifo, queue: unlimited}\n"
                       "workload:\n"
                       "  classes: [{name: c, size: {distribution: exponential, mean: 1}}]\n"
                       "  sources: [{type: poisson, rate: 1.6, class: c}]\n"
                       "reward: {flow: 1}\nwarmup: {jobs: 20000}\nend: {jobs: 220000}\n";
    poise_scenario *s = scenario_of(yaml);
    sample x;
    replicate(s, "round_robin", &x);
    check_metric(&x, "response_mean_s", 3.843979767, 0.02);
    replicate(s, "least_loaded", &x);
    check_metric(&x, "response_mean_s", 2.955736618, 0.02);
    poise_scenario_free(s);
}
END_TEST

static sample written(const char *devices, const char *workload, int jobs)
{
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: theory-v1\ntitle: theory\nabout: test\ndevices: [{%s}]\n"
             "workload:\n  classes: [{name: c, size: {distribution: exponential, mean: 1}}]\n"
             "  sources: [{%s}]\nwarmup: {jobs: %d}\nend: {jobs: %d}\n",
             devices, workload, jobs / 10, jobs);
    poise_scenario *s = scenario_of(yaml);
    sample x;
    replicate(s, "fifo", &x);
    poise_scenario_free(s);
    return x;
}

START_TEST(tasks_in_a_queue_with_batches_are_as_in_mxm1)
{
    /* L = rho (1 + E[X^2] / E[X]) / (2 (1 - rho)), Gross and Harris, Fundamentals of Queueing
     * Theory, 3.1. Geometric batches of mean 2: E[X^2] = 6, so L = 2 at rho = .5. Batches of three:
     * E[X^2] / E[X] = 3, the same. Response times by Little's law. */
    sample x = written("name: d",
                       "type: bulk, rate: 0.5, batch: {distribution: geometric, mean: 2}", 100000);
    check_metric(&x, "tasks_mean", 2, 0.03);
    check_metric(&x, "response_mean_s", 4, 0.03);
    x = written("name: d", "type: bulk, rate: 0.5 /s, batch: 3 jobs", 100000);
    check_metric(&x, "tasks_mean", 2, 0.03);
    check_metric(&x, "utilisation", 0.5, 0.02);
}
END_TEST

/* Five machines that fail .2 times a second while up, repaired in 1 s by one repairer or two. The
 * answer depends on the time to failure by its mean only (Baskett, Chandy, Muntz and Palacios, JACM
 * 22 (1975)). */
START_TEST(users_who_wait_for_their_jobs_are_the_machines_of_a_repair_shop)
{
    static const char *const users[] = {
        "type: closed, users: 5, think: {distribution: exponential, mean: 5 s}",
        "type: closed, users: 5, think: {distribution: lognormal, mean: 5 s, scv: 4}",
        "type: closed, users: 5, think: 5 s",
    };
    for (int k = 0; k < 3; k++) {
        sample x = written("name: d", users[k], 50000);
        check_metric(&x, "tasks_mean", 1.424339107, 0.02);
        check_metric(&x, "response_mean_s", 1.991714468, 0.02);
        check_metric(&x, "throughput_per_s", 0.7151321787, 0.02);
        check_metric(&x, "utilisation", 1 - 0.2848678213, 0.02);
        x = written("name: d, count: 2", users[k], 50000);
        check_metric(&x, "tasks_mean", 0.89066918, 0.02);
        check_metric(&x, "response_mean_s", 1.083715596, 0.02);
        check_metric(&x, "throughput_per_s", 0.821866164, 0.02);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "theory", an_mm1_queue_meets_its_formulas, mean_wait_in_an_mm4_queue_is_erlang_c,
        mean_wait_in_an_mg1_queue_is_pollaczek_khinchine, a_full_queue_drops_as_in_mm1k,
        without_a_queue_calls_are_lost_as_in_erlang_b,
        an_empty_mm1_queue_fills_as_its_transient_says, tasks_among_very_many_servers_are_poisson,
        mean_power_of_an_mm1_server_is_its_mix_of_idle_and_busy,
        round_robin_to_two_servers_is_an_e2m1_queue, tasks_in_a_queue_with_batches_are_as_in_mxm1,
        users_who_wait_for_their_jobs_are_the_machines_of_a_repair_shop);
}
