/* test_paths.c - what holds on every path, whatever the rule: the work in the system, Little's law,
 * shortest remaining first as the best of all; and changes of a scenario after which results are
 * known from those before. Rules meet the same arrivals and sizes. */
#include <math.h>

#include "support.h"

enum { PATHS = 200, JOBS = 100, NS = 1000000000 };

/* One server, load .8; the rest of the decision section, and of the device, as given. */
static poise_scenario *server(const char *device, const char *decision)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: path-v1\ntitle: a path\nabout: test\n"
             "devices: [{name: server, idle: 50 W, busy: 200 W%s}]\n"
             "workload:\n  classes: [{name: job, size: {distribution: exponential, mean: 1}}]\n"
             "  sources: [{type: poisson, rate: 0.8 /s, class: job}]\n"
             "decision: {window: 256%s}\nend: {jobs: %d}\n",
             device, decision, JOBS);
    return scenario_of(yaml);
}

/* A way to order the same jobs on one server. */
typedef struct discipline {
    const char *agent, *device, *decision;
    poise_scenario *scenario;
    poise_env *env;
    poise_agent *by;
} discipline;

static discipline disciplines[] = {
    {.agent = "fifo", .device = "", .decision = ""},
    {.agent = "lifo", .device = "", .decision = ""},
    {.agent = "shortest", .device = "", .decision = ""},
    {.agent = "longest", .device = "", .decision = ""},
    {.agent = "lifo", .device = "", .decision = ", preempt: resume"},
    {.agent = "shortest", .device = "", .decision = ", preempt: resume"},
    {.agent = "least_attained", .device = "", .decision = ", preempt: resume, quantum: 0.5 s"},
    {.agent = "fifo", .device = ", law: shared", .decision = ""},
};
enum { N_DISCIPLINES = sizeof disciplines / sizeof *disciplines, SRPT = 5 };

static void open_all(void)
{
    for (int k = 0; k < N_DISCIPLINES; k++) {
        discipline *d = &disciplines[k];
        d->scenario = server(d->device, d->decision);
        d->env = new_env(d->scenario);
        d->by = new_agent(d->agent, d->scenario);
    }
}

static void close_all(void)
{
    for (int k = 0; k < N_DISCIPLINES; k++) {
        poise_agent_free(disciplines[k].by);
        poise_env_free(disciplines[k].env);
        poise_scenario_free(disciplines[k].scenario);
    }
}

/* The episode of a discipline on a path. */
static poise_episode path(int which, int seed)
{
    discipline *d = &disciplines[which];
    poise_env_reset(d->env, (uint64_t)seed);
    poise_agent_begin(d->by, POISE_MODE_EVALUATE, (uint64_t)seed);
    while (poise_env_running(d->env))
        poise_agent_step(d->by, d->env);
    poise_episode ep = poise_env_episode(d->env);
    if (ep.totals.finished != JOBS)
        ck_abort_msg("%s%s: %s", d->agent, d->decision, poise_env_error(d->env));
    return ep;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* When the server falls idle, by Lindley's recursion over arrivals and service times; end is
 * (JOBS), the number of busy periods is returned. */
static int busy_periods(const poise_episode *ep, int64_t *end)
{
    int n = 0;
    int64_t free_ns = 0;
    for (int i = 0; i < JOBS; i++) {
        const poise_record *r = &ep->record[i];
        if (i > 0 && r->arrived_ns > free_ns)
            end[n++] = free_ns;
        int64_t from = r->arrived_ns > free_ns ? r->arrived_ns : free_ns;
        free_ns = from + (r->finished_ns - r->started_ns);
    }
    end[n++] = free_ns;
    return n;
}

/* Finishes, sorted, that leave nobody behind. */
static int empties(const poise_episode *ep, int64_t *end)
{
    int64_t finished[JOBS];
    int n = 0;
    for (int i = 0; i < JOBS; i++)
        finished[i] = ep->record[i].finished_ns;
    qsort(finished, JOBS, sizeof *finished, by_time);
    for (int i = 0; i < JOBS; i++)
        if (i + 1 == JOBS || ep->record[i + 1].arrived_ns > finished[i])
            end[n++] = finished[i];
    return n;
}

START_TEST(no_order_of_service_changes_when_a_server_falls_idle)
{
    /* Times are whole nanoseconds: exact for whom nobody interrupts; whoever is interrupted or
     * shares ends at the nanosecond after, each time. */
    int64_t known[JOBS], seen[JOBS];
    open_all();
    for (int seed = 0; seed < PATHS; seed++) {
        poise_episode fifo = path(0, seed);
        const int n = busy_periods(&fifo, known);
        for (int k = 0; k < N_DISCIPLINES; k++) {
            poise_episode ep = path(k, seed);
            bool same = empties(&ep, seen) == n;
            for (int i = 0; same && i < n; i++)
                same = llabs(seen[i] - known[i]) <= (k < 4 ? 0 : 20 * JOBS);
            if (!same)
                ck_abort_msg("%s%s, path %d", disciplines[k].agent, disciplines[k].decision, seed);
        }
    }
    close_all();
}
END_TEST

static double times_in_system_s(const poise_episode *ep)
{
    __int128 sum_ns = 0;
    for (int i = 0; i < JOBS; i++)
        sum_ns += ep->record[i].finished_ns - ep->record[i].arrived_ns;
    return (double)sum_ns / NS;
}

START_TEST(the_integral_of_the_number_is_the_sum_of_times_on_every_path)
{
    open_all();
    for (int seed = 0; seed < PATHS; seed++)
        for (int k = 0; k < N_DISCIPLINES; k++) {
            poise_episode ep = path(k, seed);
            double sum_s = times_in_system_s(&ep);
            if (!(fabs(ep.totals.tasks_s - sum_s) <= 1e-12 * sum_s))
                ck_abort_msg("%s%s, path %d: %.17g, %.17g", disciplines[k].agent,
                             disciplines[k].decision, seed, ep.totals.tasks_s, sum_s);
        }
    close_all();
}
END_TEST

START_TEST(shortest_remaining_first_is_never_beaten_on_any_path)
{
    /* Schrage, Operations Research 16 (1968). The slack is for whole nanoseconds. */
    int n_less = 0;
    open_all();
    for (int seed = 0; seed < PATHS; seed++) {
        poise_episode best = path(SRPT, seed);
        const double best_s = times_in_system_s(&best);
        for (int k = 0; k < N_DISCIPLINES; k++) {
            poise_episode ep = path(k, seed);
            double sum_s = times_in_system_s(&ep);
            if (sum_s < best_s - 1e-5)
                ck_abort_msg("%s%s, path %d: %.17g beats %.17g", disciplines[k].agent,
                             disciplines[k].decision, seed, sum_s, best_s);
            n_less += best_s < sum_s - 1e-5;
        }
    }
    /* At load .8 nearly every path has a moment at which orders differ. */
    ck_assert_int_gt(n_less, PATHS * (N_DISCIPLINES - 1) * 9 / 10);
    close_all();
}
END_TEST

START_TEST(all_orders_cost_the_same_energy)
{
    /* The server works as long, and the last job ends as late, in every order. Where tasks divide
     * it, the power of each is a whole number of milliwatts: a few are lost of 150 W. */
    open_all();
    for (int seed = 0; seed < PATHS; seed++) {
        const double fifo_j = path(0, seed).totals.energy_j;
        for (int k = 1; k < N_DISCIPLINES; k++) {
            double energy_j = path(k, seed).totals.energy_j;
            if (!(fabs(energy_j - fifo_j) <= (k == N_DISCIPLINES - 1 ? 5e-5 : 1e-9) * fifo_j))
                ck_abort_msg("%s%s, path %d: %.17g, %.17g", disciplines[k].agent,
                             disciplines[k].decision, seed, energy_j, fifo_j);
        }
    }
    close_all();
}
END_TEST

/* ---- a scenario and what is made of it ------------------------------------------------------- */

enum { LISTED = 60 };

/* Jobs of two classes with whole times in seconds, the same for the same salt; written to text. */
static void jobs_of(char *text, size_t size, const char *class_name, unsigned salt, int scale)
{
    int at = 0;
    size_t n = 0;
    poise_rng r = poise_rng_at(salt, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < LISTED; i++) {
        at += poise_rng_below(&r, 7);
        n += (size_t)snprintf(text + n, size - n, "%s{at: %d s, class: %s, size: %d}",
                              i > 0 ? ",\n    " : "", at * scale, class_name,
                              (1 + poise_rng_below(&r, 9)) * scale);
    }
    ck_assert_uint_lt(n, size);
}

#define HEAD "poise: 1\nname: path-v1\ntitle: a path\nabout: test\n"

/* The records of a scenario, finished or not, (n) of them. */
static int outcome(const char *yaml, const char *agent, poise_record *record)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    poise_env_reset(e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(e))
        poise_agent_step(a, e);
    poise_episode ep = poise_env_episode(e);
    memcpy(record, ep.record, (size_t)ep.n_records * sizeof *record);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    return (int)ep.n_records;
}

static const char *const rules[][2] = {
    {"fifo", ""},
    {"shortest", ""},
    {"least_loaded", ""},
    {"shortest", ", preempt: resume"},
    {"lifo", ", preempt: resume"},
    {"lifo", ", preempt: restart"},
};
enum { N_RULES = sizeof rules / sizeof *rules };

START_TEST(times_eight_times_as_long_give_results_eight_times_as_long)
{
    static char jobs[1 << 14], yaml[1 << 15];
    poise_record result[2][LISTED];
    for (int rule = 0; rule < N_RULES; rule++) {
        for (int k = 0; k < 2; k++) {
            jobs_of(jobs, sizeof jobs, "job", 1, k ? 8 : 1);
            snprintf(yaml, sizeof yaml,
                     HEAD "devices: [{name: d, count: 2}]\nworkload:\n  classes: [{name: job}]\n"
                          "  sources: [{type: list, jobs: [%s]}]\ndecision: {window: 64%s}\n",
                     jobs, rules[rule][1]);
            ck_assert_int_eq(outcome(yaml, rules[rule][0], result[k]), LISTED);
        }
        for (int i = 0; i < LISTED; i++)
            if (result[1][i].started_ns != 8 * result[0][i].started_ns ||
                result[1][i].finished_ns != 8 * result[0][i].finished_ns ||
                result[1][i].device != result[0][i].device)
                ck_abort_msg("%s, job %d", rules[rule][0], i);
    }
}
END_TEST

START_TEST(a_device_that_can_run_nothing_changes_nothing)
{
    static char jobs[1 << 14], yaml[1 << 15];
    poise_record result[2][LISTED];
    jobs_of(jobs, sizeof jobs, "job", 2, 1);
    for (int rule = 0; rule < N_RULES; rule++) {
        for (int k = 0; k < 2; k++) {
            snprintf(yaml, sizeof yaml,
                     HEAD "devices: [{name: d, count: 2, speed: {job: 1}}%s]\n"
                          "workload:\n  classes: [{name: job, kind: job}%s]\n"
                          "  sources: [{type: list, jobs: [%s]}]\ndecision: {window: 64%s}\n",
                     k ? ", {name: none, speed: {other: 1}}" : "",
                     k ? ", {name: other, kind: other}" : "", jobs, rules[rule][1]);
            ck_assert_int_eq(outcome(yaml, rules[rule][0], result[k]), LISTED);
        }
        for (int i = 0; i < LISTED; i++)
            if (result[1][i].finished_ns != result[0][i].finished_ns ||
                result[1][i].device != result[0][i].device)
                ck_abort_msg("%s, job %d", rules[rule][0], i);
    }
}
END_TEST

/* Two clusters that have nothing to do with each other; either may be left out. */
static void write_halves(char *yaml, size_t size, bool a, bool b, const char *decision)
{
    static char jobs_a[1 << 14], jobs_b[1 << 14];
    jobs_of(jobs_a, sizeof jobs_a, "a", 3, 1);
    jobs_of(jobs_b, sizeof jobs_b, "b", 4, 1);
    size_t n = (size_t)snprintf(
        yaml, size,
        HEAD "devices: [%s%s%s]\nworkload:\n  classes: [%s%s%s]\n"
             "  sources: [%s%s%s%s%s%s%s]\ndecision: {window: 128%s}\n",
        a ? "{name: a, speed: {a: 1}}" : "", a && b ? ", " : "",
        b ? "{name: b, count: 2, speed: {b: 1}}" : "", a ? "{name: a, kind: a}" : "",
        a && b ? ", " : "", b ? "{name: b, kind: b}" : "", a ? "{type: list, jobs: [" : "",
        a ? jobs_a : "", a ? "]}" : "", a && b ? ", " : "", b ? "{type: list, jobs: [" : "",
        b ? jobs_b : "", b ? "]}" : "", decision);
    ck_assert_uint_lt(n, size);
}

START_TEST(two_halves_with_nothing_in_common_are_two_runs)
{
    static char yaml[1 << 16];
    poise_record whole[2 * LISTED], half[2][LISTED];
    for (int rule = 0; rule < N_RULES; rule++) {
        write_halves(yaml, sizeof yaml, true, true, rules[rule][1]);
        ck_assert_int_eq(outcome(yaml, rules[rule][0], whole), 2 * LISTED);
        for (int k = 0; k < 2; k++) {
            write_halves(yaml, sizeof yaml, k == 0, k == 1, rules[rule][1]);
            ck_assert_int_eq(outcome(yaml, rules[rule][0], half[k]), LISTED);
        }
        int n[2] = {0};
        for (int i = 0; i < 2 * LISTED; i++) {
            int k = whole[i].class_id;
            if (whole[i].finished_ns != half[k][n[k]].finished_ns ||
                whole[i].device != half[k][n[k]].device)
                ck_abort_msg("%s, job %d", rules[rule][0], i);
            n[k]++;
        }
    }
}
END_TEST

START_TEST(equal_devices_may_change_names)
{
    /* The same times, each on the device of the other name, for rules that break ties by order. */
    static char jobs[1 << 14], yaml[1 << 15];
    static const char *const queues[] = {"fifo", "least_loaded", "shortest", "round_robin"};
    poise_record result[2][LISTED];
    jobs_of(jobs, sizeof jobs, "job", 5, 1);
    for (int rule = 0; rule < 4; rule++) {
        for (int k = 0; k < 2; k++) {
            snprintf(yaml, sizeof yaml,
                     HEAD "devices: [{name: %s, queue: 8}, {name: %s, queue: 8}]\n"
                          "workload:\n  classes: [{name: job}]\n"
                          "  sources: [{type: list, jobs: [%s]}]\n",
                     k ? "y" : "x", k ? "x" : "y", jobs);
            ck_assert_int_eq(outcome(yaml, queues[rule], result[k]), LISTED);
        }
        for (int i = 0; i < LISTED; i++)
            if (result[1][i].finished_ns != result[0][i].finished_ns)
                ck_abort_msg("%s, job %d", queues[rule], i);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "paths", no_order_of_service_changes_when_a_server_falls_idle,
        the_integral_of_the_number_is_the_sum_of_times_on_every_path,
        shortest_remaining_first_is_never_beaten_on_any_path, all_orders_cost_the_same_energy,
        times_eight_times_as_long_give_results_eight_times_as_long,
        a_device_that_can_run_nothing_changes_nothing,
        two_halves_with_nothing_in_common_are_two_runs, equal_devices_may_change_names);
}
