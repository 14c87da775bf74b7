/* test_records.c - what is measured without records of tasks is what is measured with them. */
#include "support.h"

#include <malloc.h>
#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

#include "trace.h"

static bool is_estimate(const char *name)
{
    return strstr(name, "_p50_s") || strstr(name, "_p95_s") || strstr(name, "_p99_s");
}

/* Sums of doubles, which depend on the order: that of arrival, or that of leaving. */
static bool is_rounded(const char *name)
{
    static const char *const names[] = {"slowdown_mean",
                                        "bounded_slowdown_mean",
                                        "work_rate_per_s",
                                        "quality_mean",
                                        "tenant_response_max_s",
                                        "finish_time_fairness_max",
                                        NULL};
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* How far a metric without records may be from the one with them, relative to that. */
static double allowed(const char *name)
{
    return is_estimate(name) ? POISE_QUANTILE_ERROR : is_rounded(name) ? 1e-12 : 0;
}

static int compare(const double *with, const double *without, const char *what)
{
    const poise_metric *row;
    int n = poise_metrics(&row), n_wrong = 0;
    for (int i = 0; i < n; i++) {
        bool same = isnan(with[i]) ? isnan(without[i])
                                   : fabs(without[i] - with[i]) <= allowed(row[i].name) * with[i];
        if (!same)
            fprintf(stderr, "%s: %s is %.17g with records and %.17g without\n", what, row[i].name,
                    with[i], without[i]);
        n_wrong += !same;
    }
    return n_wrong;
}

/* Jobs that the scenario of the tree has when it is cut to so many tasks. */
static int jobs_of(const char *name, int tasks)
{
    poise_scenario *s = load_short(name, tasks);
    const char *end = strstr(poise_scenario_resolved(s), "\nend:");
    int jobs = atoi(strstr(end, "jobs: ") + strlen("jobs: "));
    poise_scenario_free(s);
    return jobs;
}

static uint64_t measure(const poise_scenario *s, const char *agent, double *value)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    play(e, a, 11);
    poise_episode ep = poise_env_episode(e);
    ck_assert(poise_measure(&ep, value));
    ck_assert_int_eq(ep.n_records > 0, poise_scenario_keeps_records(s));
    uint64_t hash = ep.hash;
    poise_agent_free(a);
    poise_env_free(e);
    return hash;
}

START_TEST(metrics_do_not_need_records_in_any_scenario)
{
    static const char *const agents[] = {"fifo", "random"};
    static char name[128][64];
    int n_wrong = 0, n = scenario_names(name, 128);
    for (int i = 0; i < n; i++) {
        char end[64];
        snprintf(end, sizeof end, "end.jobs=%d", jobs_of(name[i], 600));
        const char *sets[] = {end, "warmup.jobs=1", "warmup.time=0", "records=all", NULL};
        poise_scenario *all = load_scenario(name[i], sets);
        sets[3] = "records=none";
        poise_scenario *none = load_scenario(name[i], sets);
        for (int k = 0; k < 2; k++) {
            double with[96], without[96];
            ck_assert_uint_eq(measure(all, agents[k], with), measure(none, agents[k], without));
            n_wrong += compare(with, without, name[i]);
        }
        poise_scenario_free(all);
        poise_scenario_free(none);
    }
    ck_assert_int_eq(n_wrong, 0);
}
END_TEST

/* Tasks that are displaced, killed, late and refused, of tenants and in graphs. */
static const char tenants_text[] =
    "poise: 1\nname: test-v1\ntitle: test\nabout: test\n"
    "devices: [{name: a, count: 3, queue: 1, failures: {mtbf: 90 s, mttr: 9 s}}]\n"
    "tenants: [{name: x, share: 2}, {name: y}]\n"
    "graphs: [{name: g, class: part, tasks: [{name: p}, {name: q, after: p}, {name: r, after: "
    "p}]}]\n"
    "workload:\n  classes:\n"
    "    - {name: c, tenant: x, size: {distribution: exponential, mean: 3}, priority: 1,\n"
    "       deadline: 20 s, late: keep}\n"
    "    - {name: d, tenant: y, size: {distribution: uniform, low: 1, high: 6},\n"
    "       deadline: 15 s, late: kill}\n"
    "    - {name: part, tenant: y, size: {distribution: exponential, mean: 2}}\n"
    "    - {name: j, graph: g, deadline: 60 s, late: kill}\n"
    "  sources: [{type: poisson, rate: 0.6 /s, mix: {c: 4, d: 3, j: 1}}]\n"
    "decision: {preempt: resume, reject: true, window: 8}\nqueue: {limit: 12}\n"
    "warmup: {jobs: 30}\nend: {jobs: 3000}\n";

static char *with_line(const char *text, const char *line)
{
    char *all = malloc(strlen(text) + strlen(line) + 1);
    return strcat(strcpy(all, text), line);
}

/* Plays with and without records; adds to n[] how much of each kind there was. */
static void compare_tenants(const poise_scenario *all, const poise_scenario *none,
                            const char *agent, double n[4])
{
    static const char *const kinds[] = {"killed", "rejected", "late", "jobs_finished"};
    poise_env *e = new_env(all), *f = new_env(none);
    poise_agent *a = new_agent(agent, all);
    play(e, a, 3);
    play(f, a, 3);
    poise_episode with = poise_env_episode(e), without = poise_env_episode(f);
    double x[96], y[96];
    ck_assert(poise_measure(&with, x) && poise_measure(&without, y));
    ck_assert_int_eq(compare(x, y, agent), 0);
    for (int i = 0; i < 4; i++)
        n[i] += x[poise_metric_index(kinds[i])];
    for (int t = 0; t < 2; t++) {
        poise_tenant_result p = poise_tenant_of(&with, t), q = poise_tenant_of(&without, t);
        ck_assert(p.arrived == q.arrived && p.finished == q.finished && p.dropped == q.dropped &&
                  p.late == q.late && p.held_s == q.held_s);
        ck_assert_double_eq_tol(p.response_mean_s, q.response_mean_s, 1e-9);
        ck_assert_double_eq_tol(p.finish_time_fairness, q.finish_time_fairness, 1e-9);
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_env_free(f);
}

START_TEST(nor_do_those_of_tenants_deadlines_and_graphs)
{
    char *text = with_line(tenants_text, "records: none\n");
    poise_scenario *all = scenario_of(tenants_text), *none = scenario_of(text);
    double n[4] = {0};
    compare_tenants(all, none, "fifo", n);
    compare_tenants(all, none, "random", n);
    for (int i = 0; i < 4; i++)
        ck_assert_double_gt(n[i], 50);
    poise_scenario_free(all);
    poise_scenario_free(none);
    free(text);
}
END_TEST

/* A hundred jobs of 1 s at once on one device are there for 1, 2, ... 100 s. */
static const char ladder_text[] =
    "poise: 1\nname: test-v1\ntitle: test\nabout: test\ndevices: [{name: a}]\n"
    "workload: {classes: [{name: c, size: 1}],\n"
    "  sources: [{type: batch, jobs: 100, class: c}]}\n";

START_TEST(percentiles_of_a_ladder_are_its_steps)
{
    char *text = with_line(ladder_text, "records: none\n");
    poise_scenario *all = scenario_of(ladder_text), *none = scenario_of(text);
    const struct {
        const char *name;
        double s;
    } step[] = {{"response_p50_s", 50}, {"response_p95_s", 95}, {"response_p99_s", 99}};
    double x[96], y[96];
    measure(all, "fifo", x);
    measure(none, "fifo", y);
    for (int i = 0; i < 3; i++) {
        int k = poise_metric_index(step[i].name);
        ck_assert_double_eq(x[k], step[i].s);
        ck_assert_double_eq_tol(y[k], step[i].s, POISE_QUANTILE_ERROR * step[i].s);
        ck_assert_double_ne(y[k], x[k]);  // or nothing was estimated
    }
    ck_assert_double_eq(y[poise_metric_index("response_mean_s")], 50.5);
    ck_assert_double_eq(y[poise_metric_index("response_max_s")], 100);
    ck_assert_double_eq(y[poise_metric_index("makespan_s")], 100);
    poise_scenario_free(all);
    poise_scenario_free(none);
    free(text);
}
END_TEST

/* What the heap holds more after an episode of so many jobs. */
static size_t bytes_of(const char *records, const char *jobs)
{
    const char *sets[] = {"queue.limit=4", "warmup.jobs=0", records, jobs, NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_agent *a = new_agent("fifo", s);
    struct mallinfo2 before = mallinfo2();
    poise_env *e = new_env(s);
    play(e, a, 1);
    struct mallinfo2 after = mallinfo2();
    ck_assert_double_ge(metric_of(e, "finished"), 500);
    poise_env_free(e);
    poise_agent_free(a);
    poise_scenario_free(s);
    return after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
}

START_TEST(memory_does_not_grow_with_the_number_of_jobs)
{
    size_t few = bytes_of("records=none", "end.jobs=1000");
    if (few == 0) {
        fprintf(stderr, "skipped: this allocator does not say what it holds\n");
        return;
    }
    /* To within what the allocator itself makes of it: less than a byte for each job. */
    ck_assert_uint_le(bytes_of("records=none", "end.jobs=100000"), few + 1000);
    ck_assert_uint_gt(bytes_of("records=all", "end.jobs=100000"),
                      bytes_of("records=all", "end.jobs=1000") + 6000000);
}
END_TEST

START_TEST(a_record_takes_at_most_100_bytes)
{
    ck_assert_uint_le(sizeof(poise_record) + sizeof(poise_record_more), 100);
}
END_TEST

START_TEST(a_copy_measures_nothing_until_it_is_reset)
{
    const char *sets[] = {"records=none", "end.jobs=2000", "warmup.jobs=0", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *e = new_env(s), *copy = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    poise_env_reset(e, 5);
    while (poise_env_running(e) && poise_env_view(e)->now_s < 500)
        poise_agent_step(a, e);
    ck_assert(poise_env_copy(copy, e));
    while (poise_env_running(copy))
        poise_agent_step(a, copy);
    ck_assert(isnan(metric_of(copy, "response_mean_s")));
    while (poise_env_running(e))
        poise_agent_step(a, e);
    ck_assert_uint_eq(poise_env_hash(e), poise_env_hash(copy));
    double mean_s = metric_of(e, "response_mean_s");
    play(copy, a, 5);
    ck_assert_double_eq(metric_of(copy, "response_mean_s"), mean_s);
    poise_agent_free(a);
    poise_env_free(e);
    poise_env_free(copy);
    poise_scenario_free(s);
}
END_TEST

/* ---- long traces -------------------------------------------------------------------------- */

enum { LONG = 300000 };

/* A log of so many jobs: job k comes at k seconds, runs for 1 + k % 7 and needs 1 + k % 3 of 64
 * processors; each tenth line changes places with the next one if it is to be unsorted. */
static const char *long_log(bool unsorted)
{
    static char path[] = "/tmp/poise-test-long.XXXXXX.swf";
    strcpy(path, "/tmp/poise-test-long.XXXXXX.swf");
    int fd = mkstemps(path, 4);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    fprintf(f, "; MaxProcs: 64\n");
    for (int i = 0; i < LONG; i++) {
        int k = unsorted && i % 10 < 2 ? i - i % 10 + 1 - i % 10 : i;
        fprintf(f, "%d %d 0 %d %d -1 -1 %d -1 -1 1 1 1 1 1 -1 -1 -1\n", k + 1, k, 1 + k % 7,
                1 + k % 3, 1 + k % 3);
    }
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

static uint64_t check_long(const char *path, bool unsorted)
{
    poise_error err = {0};
    trace t;
    ck_assert_msg(trace_load(path, &(trace_wish){0}, &t, &err), "%s", err.text);
    int n_wrong = 0;
    ck_assert_int_eq(t.n_jobs, LONG);
    for (int64_t k = 0; k < LONG; k++)
        n_wrong += t.job[k].arrival_ns != k * NS_PER_S || t.job[k].size != (double)(1 + k % 7) ||
                   t.job[k].cores != 1 + k % 3;
    ck_assert_int_eq(n_wrong, 0);
    ck_assert_int_eq(trace_count_of(&t.counts, "out of order, sorted"), unsorted ? LONG / 10 : 0);
    ck_assert_int_eq(trace_cut(&t, 5 * NS_PER_S, INT64_MAX, 0, LONG / 2), LONG / 2);
    ck_assert_int_eq(t.job[LONG / 2 - 1].arrival_ns, (LONG / 2 - 1) * NS_PER_S);
    ck_assert_int_eq(t.job[LONG / 2 - 1].cores, 1 + (LONG / 2 + 4) % 3);
    uint64_t hash = t.hash;
    trace_free(&t);
    return hash;
}

START_TEST(long_traces_are_read_sorted_and_cut_like_short_ones)
{
    const char *path = long_log(false);
    uint64_t hash = check_long(path, false);
    remove(path);
    path = long_log(true);
    ck_assert_uint_eq(check_long(path, true), hash);
    remove(path);
}
END_TEST

/* The log of long_log on a machine that is never full. */
static poise_scenario *replay_of(const char *path, const char *records)
{
    char log[128];
    snprintf(log, sizeof log, "workload.trace=%s", path);
    const char *sets[] = {log, records, NULL};
    return load_scenario("hpc-swf-v1", sets);
}

START_TEST(a_long_trace_does_without_a_temporary_file_and_says_so)
{
    const char *path = long_log(false);
    poise_scenario *with = replay_of(path, "records=none");
    setenv("TMPDIR", "/nonexistent", 1);
    poise_scenario *without = replay_of(path, "records=none");
    ck_assert_ptr_null(strstr(poise_scenario_notes(with), "temporary"));
    ck_assert_ptr_nonnull(strstr(poise_scenario_notes(without),
                                 "kept in memory, as no temporary file can be written: No such"));
    ck_assert_uint_eq(poise_scenario_hash(with), poise_scenario_hash(without));
    double x[96], y[96];
    ck_assert_uint_eq(measure(with, "fifo", x), measure(without, "fifo", y));
    ck_assert_double_eq(x[poise_metric_index("finished")], LONG);
    ck_assert_double_eq(x[poise_metric_index("wait_mean_s")], 0);
    ck_assert_double_eq(x[poise_metric_index("response_max_s")], 7);
    poise_scenario_free(with);
    poise_scenario_free(without);
    remove(path);
}
END_TEST

static long most_resident_kb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

START_TEST(resident_memory_does_not_grow_with_the_trace)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    printf("skipped: a sanitizer keeps what is given back\n");
    return;
#endif
    const char *path = long_log(false);
    double x[96];
    poise_scenario *short_one = load_scenario("hpc-swf-v1", NULL);
    measure(short_one, "fifo", x);  // what every run takes
    poise_scenario_free(short_one);
    long before = most_resident_kb();
    poise_scenario *s = replay_of(path, "records=none");
    measure(s, "fifo", x);
    measure(s, "fifo", x);
    long more = most_resident_kb() - before, whole = LONG * (long)sizeof(trace_job) / 1024;
    ck_assert_msg(more < whole / 2, "%ld KB more for %ld KB of jobs", more, whole);
    poise_scenario_free(s);
    remove(path);
}
END_TEST

int main(void)
{
    return RUN_TESTS("records", metrics_do_not_need_records_in_any_scenario,
                     nor_do_those_of_tenants_deadlines_and_graphs,
                     percentiles_of_a_ladder_are_its_steps,
                     memory_does_not_grow_with_the_number_of_jobs, a_record_takes_at_most_100_bytes,
                     a_copy_measures_nothing_until_it_is_reset,
                     long_traces_are_read_sorted_and_cut_like_short_ones,
                     a_long_trace_does_without_a_temporary_file_and_says_so,
                     resident_memory_does_not_grow_with_the_trace);
}
