/* test_bound.c - no agent does better than the bounds say, on any scenario; where theory says that
 * a bound is met, it is. */
#include <limits.h>
#include <math.h>

#include "bound.h"
#include "string_buffer.h"
#include "support.h"

/* ---- none is exceeded ---------------------------------------------------------------------- */

/* Tasks of the random scenarios are few. */
enum { MOST_DECISIONS = 3000 };

/* Thousands of instants without a decision: tasks wait for one another, and devices fail on. */
static bool is_enough(const void *data)
{
    (void)data;
    return true;
}

/* One episode as a run plays it, tenants' agents included; false if it takes more decisions than it
 * should (some agents put tasks aside again and again). */
static bool play_up_to(poise_env *e, const char *agent, const poise_scenario *s, uint64_t seed,
                       int most)
{
    const poise_space *space = poise_scenario_space(s);
    poise_error err = {0};
    poise_team *team = space->competes ? poise_team_new(agent, space, seed, &err) : NULL;
    poise_agent *a = team ? NULL : poise_agent_new(agent, space, seed, &err);
    ck_assert_msg(a || team, "%s", err.text);
    if (team)
        poise_team_begin(team, POISE_MODE_EVALUATE, seed);
    else
        poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    poise_env_ask(e, most < INT_MAX ? is_enough : NULL, NULL);
    poise_env_reset(e, seed);
    int n = 0;
    while (poise_env_running(e) && n++ < most)
        if (team)
            poise_team_step(team, e, NULL);
        else
            poise_agent_step(a, e);
    const bool stuck = strcmp(poise_env_error(e), "interrupted") == 0;
    ck_assert_msg(stuck || !*poise_env_error(e), "%s", poise_env_error(e));
    poise_team_free(team);
    poise_agent_free(a);
    return !stuck && !poise_env_running(e);
}

static void play_any(poise_env *e, const char *agent, const poise_scenario *s, uint64_t seed)
{
    ck_assert_msg(play_up_to(e, agent, s, seed, INT_MAX), "%s does not end", agent);
}

typedef struct tightest {
    double gap[POISE_MAX_METRICS], mean[POISE_MAX_METRICS];
    int n[POISE_MAX_METRICS];
} tightest;

/* Every bound of the episode; how far values are from them goes into *t. */
static void check_episode(const poise_env *e, const char *agent, const char *scenario, int seed,
                          tightest *t)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    double value[POISE_MAX_METRICS];
    poise_bound bound[POISE_MAX_METRICS];
    const poise_episode ep = poise_env_episode(e);
    ck_assert(poise_measure(&ep, value) && poise_bounds_of(&ep, bound));
    for (int i = 0; i < n; i++) {
        const double above =
            rows[i].better > 0 ? bound[i].value - value[i] : value[i] - bound[i].value;
        if (isnan(above))
            continue;
        if (above < 0)
            ck_abort_msg("%s on %s, seed %d: %s is %.12g, beyond its bound %.12g (%x)", agent,
                         scenario, seed, rows[i].name, value[i], bound[i].value, bound[i].by);
        const double gap = above / fmax(fabs(bound[i].value), 1e-300);
        t->gap[i] = t->n[i] == 0 || gap < t->gap[i] ? gap : t->gap[i];
        t->mean[i] += gap;
        t->n[i]++;
    }
}

/* With POISE_BOUND_SHOW the smallest and the mean gap of each metric. */
static void show(const char *scenario, const tightest *t)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    for (int i = 0; i < n && getenv("POISE_BOUND_SHOW"); i++)
        if (t->n[i] > 0)
            printf("%-24s %-24s least %8.4f mean %8.4f\n", scenario, rows[i].name, t->gap[i],
                   t->mean[i] / t->n[i]);
}

/* The optimum there takes seconds to find. */
static bool takes_long(const char *agent, const char *scenario)
{
    return strcmp(agent, "optimal") == 0 && strcmp(scenario, "n-model-v1") == 0;
}

static void check_scenario(poise_scenario *s, const char *name, int n_seeds)
{
    poise_env *e = new_env(s);
    tightest t = {0};
    for (const poise_agent_type *const *type = poise_agent_types; *type; type++)
        for (int seed = 0; seed < n_seeds && suits(*type, s); seed++) {
            if (n_seeds == 1 && takes_long((*type)->name, name))
                continue;
            play_any(e, (*type)->name, s, poise_seed(POISE_EVALUATE, (uint64_t)seed, 0));
            check_episode(e, (*type)->name, name, seed, &t);
        }
    show(name, &t);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* POISE_BOUND_SEEDS=20 takes many minutes: all agents, that many seeds and POISE_BOUND_TASKS tasks;
 * POISE_BOUND_ONLY names one scenario. */
START_TEST(no_agent_beats_a_bound_on_any_scenario)
{
    const char *seeds = getenv("POISE_BOUND_SEEDS"), *tasks = getenv("POISE_BOUND_TASKS"),
               *only = getenv("POISE_BOUND_ONLY");
    char names[128][64];
    const int n = scenario_names(names, 128);
    const int n_tasks = tasks ? atoi(tasks) : INSTRUMENTED ? 20 : 40;
    for (int i = 0; i < n; i++)
        if (!only || strcmp(only, names[i]) == 0)
            check_scenario(load_short(names[i], n_tasks), names[i], seeds ? atoi(seeds) : 1);
}
END_TEST

/* ---- met where theory says so -------------------------------------------------------------- */

static double bound_of(const poise_env *e, const char *metric, const char *name)
{
    poise_bound bound[POISE_MAX_METRICS];
    const poise_episode ep = poise_env_episode(e);
    ck_assert(poise_bounds_of(&ep, bound));
    const poise_bound b = bound[poise_metric_index(metric)];
    char text[POISE_BOUND_NAME];
    poise_bound_name(b.by, text);
    if (name) {
        ck_assert_str_eq(text, name);
        ck_assert_uint_eq(poise_bound_by(name), b.by);
    }
    return b.value;
}

static void check_met(const poise_env *e, const char *metric, const char *name)
{
    const double value = metric_of(e, metric), bound = bound_of(e, metric, name);
    ck_assert_msg(fabs(value - bound) <= 1e-8 * fabs(value), "%s is %.12g, its bound %.12g", metric,
                  value, bound);
}

/* Shortest remaining first is best on each path (Schrage 1968), and one server is its own pool. */
START_TEST(shortest_remaining_meets_the_bound_on_one_preemptive_server)
{
    const char *const sets[] = {"decision.preempt=resume", "decision.sizes=exact",
                                "decision.window=4000",    "warmup.jobs=0",
                                "end.jobs=3000",           NULL};
    poise_scenario *s = load_scenario("mg1-v1", sets);
    poise_env *e = new_env(s);
    for (uint64_t seed = 0; seed < 5; seed++) {
        play_any(e, "shortest_remaining", s, seed);
        check_met(e, "response_mean_s", "srpt-pooled");
        check_met(e, "makespan_s", NULL);
        check_met(e, "tasks_mean", NULL);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Small jobs take 1 s, large ones 4 s, one of each every 2 s: the server can do all small ones
 * (half of its time) and a quarter of the large ones, 0.5 + 0.5 / 4. */
START_TEST(throughput_in_the_long_run_is_that_of_the_linear_program)
{
    const char *const text =
        "poise: 1\nname: t-v1\ntitle: t\nabout: t\ndevices: [{name: d, count: %d}]\nworkload:\n"
        "  classes: [{name: small, size: 1}, {name: large, size: 4}]\n"
        "  sources: [{type: poisson, rate: 1 /s, mix: {small: 1, large: 1}}]\nend: {jobs: 9}\n";
    char yaml[600];
    snprintf(yaml, sizeof yaml, text, 1);
    poise_scenario *s = scenario_of(yaml);
    ck_assert_double_eq_tol(poise_most_throughput(s), 0.625, 1e-9);
    poise_scenario_free(s);
    snprintf(yaml, sizeof yaml, text, 3);
    s = scenario_of(yaml);
    ck_assert_double_eq_tol(poise_most_throughput(s), 1, 1e-9);
    poise_scenario_free(s);
}
END_TEST

#define HEAD "poise: 1\nname: small-v1\ntitle: small\nabout: by hand\n"
#define JOBS(list)                                                                                 \
    "workload:\n  classes: [{name: a}]\n  sources: [{type: list, jobs: [" list "]}]\n"
#define JOB(at, size) "{at: " #at " s, class: a, size: " #size "}"

/* What the agent makes of the scenario, in *e. */
static poise_scenario *begin(const char *yaml, const char *agent, poise_env **e)
{
    poise_scenario *s = scenario_of(yaml);
    *e = new_env(s);
    play_any(*e, agent, s, 1);
    return s;
}

static void end(poise_scenario *s, poise_env *e)
{
    poise_env_free(e);
    poise_scenario_free(s);
}

/* The same where the server's speed changes: 1 up to 10 s, then 0.5, then 2, again every minute. */
START_TEST(shortest_remaining_meets_the_bound_where_speeds_change)
{
    const char *const sets[] = {
        "devices.0.pace={period: 1 min, values: [[0, 1], [10 s, 0.5], [20 s, 2]]}",
        "decision.preempt=resume",
        "decision.sizes=exact",
        "decision.window=4000",
        "warmup.jobs=0",
        "end.jobs=2000",
        NULL};
    poise_scenario *s = load_scenario("mg1-v1", sets);
    poise_env *e = new_env(s);
    play_any(e, "shortest_remaining", s, 3);
    check_met(e, "response_mean_s", "srpt-pooled");
    check_met(e, "makespan_s", NULL);
    end(s, e);
}
END_TEST

/* 3 + 1 on one device, 2 + 2 on the other: 8 s of work on two devices take 4 s (longest first). */
START_TEST(devices_that_are_always_busy_meet_the_bound_of_their_work)
{
    poise_env *e;
    poise_scenario *s = begin(HEAD "devices: [{name: d, count: 2}]\n" JOBS(
                                  JOB(0, 1) "," JOB(0, 2) "," JOB(0, 3) "," JOB(0, 2)),
                              "longest", &e);
    ck_assert_double_eq_tol(bound_of(e, "makespan_s", "total-work"), 4, 1e-7);
    check_met(e, "makespan_s", "total-work");
    end(s, e);
    /* The longest job takes longer than all work divided: max(4, 6 / 2) (McNaughton 1959). */
    s = begin(HEAD "devices: [{name: d, count: 2}]\n" JOBS(JOB(0, 4) "," JOB(0, 1) "," JOB(0, 1)),
              "longest", &e);
    check_met(e, "makespan_s", "critical-path");
    end(s, e);
}
END_TEST

/* By weight over size: 3 at 1 s, 2 at 3 s, 1 at 6 s make 3 + 6 + 6 = 15 (Smith 1956). */
START_TEST(weight_over_size_meets_the_bound_on_holding_costs)
{
    poise_env *e;
    poise_scenario *s =
        begin(HEAD "devices: [{name: d}]\nworkload:\n  classes: [{name: x, weight: 1}, {name: y, "
                   "weight: 2}, {name: z, weight: 3}]\n  sources: [{type: list, jobs: [{at: 0, "
                   "class: x, size: 3}, {at: 0, class: y, size: 2}, {at: 0, class: z, size: 1}]}]\n"
                   "reward: {flow: 0, holding: 1}\n",
              "weighted_shortest", &e);
    ck_assert_double_eq_tol(metric_of(e, "reward"), -15, 1e-9);
    check_met(e, "reward", "mean-busy-time");
    end(s, e);
}
END_TEST

/* One class of 1 s jobs, two of them a second, until 100.5 s: 100 of them, or 100 / 100.5 a second.
 * The device is never idle after the first half second at most. */
START_TEST(a_full_device_meets_the_bound_on_throughput)
{
    poise_env *e;
    poise_scenario *s =
        begin(HEAD "devices: [{name: d, idle: 10 W, busy: 30 W}]\nworkload:\n  classes: [{name: a, "
                   "size: 1}]\n  sources: [{type: deterministic, period: 0.5 s, class: a}]\nend: "
                   "{time: 100.5 s}\n",
              "fifo", &e);
    ck_assert_double_eq(metric_of(e, "finished"), 100);
    check_met(e, "finished", "srpt-pooled");
    check_met(e, "throughput_per_s", NULL);
    end(s, e);
}
END_TEST

/* 10 W for 5 s, and 20 W more for the 3 s of the job. */
START_TEST(a_device_that_is_always_on_meets_the_bound_on_energy)
{
    poise_env *e;
    poise_scenario *s =
        begin(HEAD "devices: [{name: d, idle: 10 W, busy: 30 W}]\n" JOBS(JOB(2, 3)), "fifo", &e);
    ck_assert_double_eq_tol(metric_of(e, "energy_j"), 110, 1e-9);
    check_met(e, "energy_j", "energy-floor");
    check_met(e, "response_mean_s", "fastest-alone");
    check_met(e, "response_max_s", NULL);
    check_met(e, "power_mean_w", "energy-floor");
    check_met(e, "energy_per_task_j", "energy-floor");
    end(s, e);
}
END_TEST

/* The job takes 2 s where the device draws 100 W more than idle, 4 s where it draws 40 W more. */
START_TEST(energy_is_least_under_the_cheapest_profile)
{
    poise_env *e;
    poise_scenario *s =
        begin(HEAD "devices: [{name: d, idle: 0 W, busy: 100 W}]\nworkload:\n  classes: [{name: a, "
                   "profiles: [{name: high, speed: 2}, {name: low, busy: 40 W}]}]\n"
                   "  sources: [{type: list, jobs: [{at: 0, class: a, size: 4}]}]\n",
              "fifo", &e);
    ck_assert_double_eq_tol(bound_of(e, "energy_j", NULL), 160, 1e-6);
    ck_assert_double_eq_tol(bound_of(e, "makespan_s", NULL), 2, 1e-8);
    end(s, e);
}
END_TEST

/* Group x does a at 2 and b at 1 per second, group y the other way round: 12 of each take 6 s, each
 * where it is fast; on one server of both speeds it would be as long, but 12 of a alone take 4 s:
 * 2 + 1 per second. */
START_TEST(prices_know_which_devices_suit_which_class)
{
    const char *const text =
        HEAD "devices:\n  - {name: x, speed: {a: 2, b: 1}}\n  - {name: y, speed: {a: 1, b: 2}}\n"
             "workload:\n  classes: [{name: a, kind: a}, {name: b, kind: b}]\n  sources:\n"
             "    - {type: list, jobs: [%s]}\n";
    char yaml[2048], jobs[1024] = "";
    for (int k = 0; k < 12; k++)
        snprintf(jobs + strlen(jobs), sizeof jobs - strlen(jobs),
                 "%s{at: 0, class: a, size: 1}, {at: 0, class: b, size: 1}", k ? ", " : "");
    snprintf(yaml, sizeof yaml, text, jobs);
    poise_env *e;
    poise_scenario *s = begin(yaml, "fastest_device", &e);
    ck_assert_double_eq_tol(bound_of(e, "makespan_s", "total-work"), 6, 1e-7);
    end(s, e);
    snprintf(yaml, sizeof yaml, text,
             "{at: 0, class: a, size: 4}, {at: 0, class: a, size: 4}, {at: 0, class: a, size: 4}");
    s = begin(yaml, "fastest_device", &e);
    ck_assert_double_eq_tol(bound_of(e, "makespan_s", "total-work"), 4, 1e-7);
    end(s, e);
}
END_TEST

/* 2 s on x, 10 bytes at 10 B/s, 3 s on y: 6 s, and nothing else is there. */
START_TEST(a_chain_meets_the_bound_of_its_critical_path)
{
    poise_env *e;
    poise_scenario *s = begin(
        HEAD "devices:\n  - {name: x, speed: {x: 1}, link: {bandwidth: 10 B/s}}\n"
             "  - {name: y, speed: {y: 1}, link: {bandwidth: 10 B/s}}\ngraphs:\n  - name: g\n"
             "    tasks: [{name: x, class: x, size: 2}, {name: y, class: y, after: x, bytes: 10 B, "
             "size: 3}]\nworkload:\n  classes: [{name: x, kind: x}, {name: y, kind: y}, {name: g, "
             "graph: g}]\n  sources: [{type: batch, jobs: 1, class: g}]\n",
        "fifo", &e);
    ck_assert_double_eq_tol(metric_of(e, "makespan_s"), 6, 1e-9);
    check_met(e, "makespan_s", NULL);
    check_met(e, "job_response_mean_s", "critical-path");
    check_met(e, "response_mean_s", "critical-path");
    end(s, e);
}
END_TEST

/* 1, 2, 1, 2 ... of two machines in a row: five jobs, for which Johnson's order takes 24 s: all 22
 * of the first machine, and the least that comes after one of them. */
START_TEST(johnsons_order_meets_the_bound_of_the_first_machine)
{
    poise_scenario *s = load_scenario("flow-shop-v1", NULL);
    poise_env *e = new_env(s);
    play_any(e, "johnson", s, 1);
    ck_assert_double_eq_tol(metric_of(e, "makespan_s"), 24, 1e-9);
    check_met(e, "makespan_s", "total-work");
    end(s, e);
}
END_TEST

/* Eight of 1 s in batches of four, which are twice as fast as one: 4 s. */
START_TEST(full_batches_meet_the_bound_of_their_work)
{
    poise_env *e;
    poise_scenario *s =
        begin(HEAD "devices: [{name: d, law: batching, batch: 4, exponent: 0.5}]\n" JOBS(
                  JOB(0, 1) "," JOB(0, 1) "," JOB(0, 1) "," JOB(0, 1) "," JOB(0, 1) "," JOB(
                      0, 1) "," JOB(0, 1) "," JOB(0, 1)) "decision: {window: 8}\n",
              "fifo", &e);
    ck_assert_double_eq_tol(bound_of(e, "makespan_s", "total-work"), 4, 1e-7);
    end(s, e);
}
END_TEST

/* ---- at random ------------------------------------------------------------------------------ */

/* One of n. */
static const char *pick(poise_rng *r, int n, const char *const *of)
{
    return of[poise_rng_below(r, n)];
}
#define PICK(r, ...)                                                                               \
    pick(r, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                         \
         (const char *[]){__VA_ARGS__})

static void add_group(string_buffer *out, poise_rng *r, int number, int n_classes)
{
    string_add(out, "  - {name: g%d, count: %d, ", number, 1 + poise_rng_below(r, 3));
    string_add(out, "idle: %d W, ", poise_rng_below(r, 20));
    string_add(out, "busy: %d W, ", 20 + poise_rng_below(r, 50));
    string_add(out, "%s",
               PICK(r, "", "", "law: cores, cores: 3, ", "law: shared, capacity: 1.5, ",
                    "law: shared, cap: 2, capacity: 3, room: 4, ",
                    "law: batching, batch: 3, timeout: 0.5 s, ", "queue: 2, ", "law: edge, ",
                    "law: roofline, flops: 6 FLOP/s, bandwidth: 4 B/s, room: 3, "));
    string_add(out, "%s", PICK(r, "", "", "memory: 8 GB, "));
    string_add(out, "%s",
               PICK(r, "", "", "sleep: {after: 2 s, boot: 1 s, power: 1 W}, ", "power_cap: 70 W, ",
                    "price: 3, ", "resources: {disk: 3}, "));
    string_add(out, "%s",
               PICK(r, "", "", "pace: {period: 20 s, values: [[0, 1], [5 s, 0.5], [9 s, 1.7]]}, ",
                    "failures: {mtbf: 30 s, mttr: 3 s}, "));
    string_add(out, "%s", PICK(r, "", "", "link: {bandwidth: 20 B/s, latency: 0.1 s}, "));
    string_add(out, "speed: {");
    for (int c = 0; c < n_classes; c++)
        string_add(out, "%sc%d: %d", c ? ", " : "", c, 1 + poise_rng_below(r, 4));
    string_add(out, "}}\n");
}

static void add_class(string_buffer *out, poise_rng *r, int number)
{
    string_add(out, "    - {name: c%d, kind: c%d, flop: 2, byte: 1, ", number, number);
    string_add(out, "%s", PICK(r, "", "memory: 3 GB, "));
    string_add(out, "%s", PICK(r, "", "", "cores: 2, ", "resources: {disk: 1}, "));
    string_add(out, "%s", PICK(r, "", "", "input: 30 B, ", "slack: 3, ", "weight: 4, "));
    string_add(out, "%s",
               PICK(r, "", "", "profiles: [{name: f}, {name: s, speed: 0.6, busy: 20 W}], ",
                    "profiles: [{name: one}, {name: two, devices: 2}], sync: {bytes: 10 B}, ",
                    "change: {time: 0.2 s, lost: 0.3}, "));
    string_add(out, "size: {distribution: exponential, mean: %d}}\n", 1 + poise_rng_below(r, 4));
}

/* A scenario in which anything may meet anything; not all are allowed. */
static void add_any(string_buffer *out, poise_rng *r)
{
    const int n_groups = 1 + poise_rng_below(r, 3), n_classes = 1 + poise_rng_below(r, 3);
    const bool graphs = poise_rng_below(r, 3) == 0;
    string_add(out, HEAD "devices:\n");
    for (int g = 0; g < n_groups; g++)
        add_group(out, r, g, n_classes);
    if (graphs)
        string_add(out,
                   "graphs:\n  - name: g\n    tasks: [{name: x, class: c0, size: 1}, {name: y, "
                   "class: c%d, after: x, bytes: 9 B, size: {distribution: exponential, mean: 2}}, "
                   "{name: z, class: c0, after: x, size: 1}, {name: w, class: c0, after: [y, z], "
                   "bytes: 5 B, size: 2}]\n",
                   n_classes - 1);
    string_add(out, "workload:\n  classes:\n");
    for (int c = 0; c < n_classes; c++)
        add_class(out, r, c);
    string_add(out, graphs ? "    - {name: job, graph: g}\n" : "");
    string_add(out, "  sources:\n    - {type: %s, mix: {",
               PICK(r, "poisson, rate: 1.5 /s", "poisson, rate: 4 /s",
                    "deterministic, period: 0.4 s", "batch, jobs: 20",
                    "closed, users: 4, think: 1 s"));
    for (int c = 0; c < n_classes; c++)
        string_add(out, "%sc%d: %d", c ? ", " : "", c, 1 + poise_rng_below(r, 3));
    string_add(out, graphs ? ", job: 2}}\n" : "}}\n");
    string_add(out, "%s", PICK(r, "", "", "interference: [{of: c0, beside: c0, speed: 0.7}]\n"));
    string_add(out, "decision: {%s}\n",
               PICK(r, "wait: true", "preempt: resume", "preempt: restart", "mode: share",
                    "preempt: resume, migrate: true, rescale: true, suspend: true", "reject: true",
                    "power: true", "commit: pass, backfill: easy", "ahead: true"));
    string_add(out, "reward: {%s}\n",
               PICK(r, "flow: 1", "flow: 0, holding: 1, energy: 0.1", "flow: 0, slowdown: 1",
                    "flow: 1, throughput: 2, dropped: 1"));
    string_add(out, "end: {jobs: 40%s}\n", PICK(r, "", ", time: 12 s"));
    string_add(out, "%s", PICK(r, "", "warmup: {jobs: 5}\n"));
}

/* Four agents on the scenario of that number; false if there is none. */
static bool check_any(int number)
{
    poise_rng r = poise_rng_at(2024, POISE_FOR_HARNESS, 0, (uint32_t)number);
    char path[] = "/tmp/poise-test-XXXXXX.yaml";
    string_buffer yaml = {0};
    int n_types = 0;
    while (poise_agent_types[n_types])
        n_types++;
    add_any(&yaml, &r);
    FILE *f = fdopen(mkstemps(path, 5), "w");
    fputs(yaml.at, f);
    fclose(f);
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    remove(path);
    if (!s) {
        if (getenv("POISE_BOUND_SHOW"))
            printf("%d: %s\n", number, err.text);
        string_free(&yaml);
        return false;
    }
    poise_env *e = new_env(s);
    tightest t = {0};
    for (int turn = 0; turn < 4; turn++) {
        const poise_agent_type *type = poise_agent_types[poise_rng_below(&r, n_types)];
        if (suits(type, s) && play_up_to(e, type->name, s, (uint64_t)turn, MOST_DECISIONS))
            check_episode(e, type->name, yaml.at, turn, &t);
    }
    string_free(&yaml);
    end(s, e);
    return true;
}

/* POISE_BOUND_FUZZ: how many. */
START_TEST(no_agent_beats_a_bound_where_anything_meets_anything)
{
    const char *wish = getenv("POISE_BOUND_FUZZ");
    const int n_wanted = wish ? atoi(wish) : INSTRUMENTED ? 15 : 60;
    int n_allowed = 0;
    for (int k = 0; k < n_wanted; k++)
        n_allowed += check_any(k);
    ck_assert_int_ge(4 * n_allowed, n_wanted);
}
END_TEST

int main(void)
{
    return RUN_TESTS("bound", no_agent_beats_a_bound_on_any_scenario,
                     shortest_remaining_meets_the_bound_on_one_preemptive_server,
                     shortest_remaining_meets_the_bound_where_speeds_change,
                     devices_that_are_always_busy_meet_the_bound_of_their_work,
                     weight_over_size_meets_the_bound_on_holding_costs,
                     a_full_device_meets_the_bound_on_throughput,
                     a_device_that_is_always_on_meets_the_bound_on_energy,
                     energy_is_least_under_the_cheapest_profile,
                     prices_know_which_devices_suit_which_class,
                     a_chain_meets_the_bound_of_its_critical_path,
                     johnsons_order_meets_the_bound_of_the_first_machine,
                     throughput_in_the_long_run_is_that_of_the_linear_program,
                     full_batches_meet_the_bound_of_their_work,
                     no_agent_beats_a_bound_where_anything_meets_anything);
}
