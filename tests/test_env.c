/* test_env.c - the simulator on cases small enough to work out by hand, and identities that hold on
 * every run. Times are integers inside, so these are tests of equality. */
#include <math.h>

#include "support.h"

#define HEAD "poise: 1\nname: test-v1\ntitle: test\nabout: test\n"

static void check_starts(const poise_env *e, const double *start_s, int n)
{
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.n_records, n);
    for (int i = 0; i < n; i++)
        ck_assert_msg(ep.record[i].started_ns == llround(start_s[i] * 1e9),
                      "job %d starts at %g s, not at %g s", i,
                      (double)ep.record[i].started_ns * 1e-9, start_s[i]);
}

START_TEST(energy_is_the_integral_of_power_up_to_the_horizon)
{
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, idle: 50 W, busy: 200 W}]\n"
                         "workload:\n  classes: [{name: c, size: 1}]\n"
                         "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 3}, "
                         "{at: 10 s, class: c, size: 5}]}]\n"
                         "reward: {flow: 0, energy: 1}\nend: {time: 20 s}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    double reward = play(e, a, 1);
    ck_assert_double_eq(metric_of(e, "energy_j"), 2200);
    ck_assert_double_eq_tol(reward, -2200, 1e-9);
    ck_assert_double_eq(metric_of(e, "utilisation"), 0.4);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(energy_of_a_core_is_its_share_to_the_last_digit)
{
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, law: cores, cores: 3, idle: 50 W, busy: 150.001 W}]\n"
                         "workload:\n  classes: [{name: c, size: 1}]\n"
                         "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 6}, "
                         "{at: 0 s, class: c, size: 3}, {at: 0 s, class: c, size: 3}]}]\n"
                         "reward: {flow: 0, energy: 1}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    double reward = play(e, a, 1);
    /* Three cores for 3 s, one for 3 s: 4/3 of a device. */
    ck_assert_double_eq_tol(metric_of(e, "energy_j"), 50 * 6 + 4 * 100.001, 1e-9);
    ck_assert_double_eq_tol(reward, -(50 * 6 + 4 * 100.001), 1e-9);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(services_of_whole_nanoseconds_take_just_those)
{
    static const int speeds[] = {3, 7, 10, 1000};
    for (int k = 0; k < 4; k++) {
        char yaml[65536];
        size_t n = (size_t)snprintf(yaml, sizeof yaml,
                                    HEAD "devices: [{name: d, speed: %d}]\nworkload:\n"
                                         "  classes: [{name: c, size: 1}]\n"
                                         "  sources: [{type: list, jobs: [",
                                    speeds[k]);
        for (int i = 1; i <= 1000; i++)
            n += (size_t)snprintf(yaml + n, sizeof yaml - n, "%s{at: 0 s, class: c, size: %d}",
                                  i > 1 ? ", " : "", i);
        snprintf(yaml + n, sizeof yaml - n, "]}]\n");
        poise_scenario *s = scenario_of(yaml);
        poise_env *e = new_env(s);
        poise_agent *a = new_agent("fifo", s);
        play(e, a, 1);
        poise_episode ep = poise_env_episode(e);
        for (int64_t i = 0; i < ep.n_records; i++) {
            int64_t exact = ((i + 1) * 1000000000 + speeds[k] - 1) / speeds[k];
            ck_assert_int_eq(ep.record[i].finished_ns - ep.record[i].started_ns, exact);
        }
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

#define FIVE_JOBS                                                                                  \
    "workload:\n  classes: [{name: c, size: 1, priority: 0}, {name: u, size: 1, priority: 2}]\n"   \
    "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 6}, {at: 1 s, class: c, size: 2}, " \
    "{at: 1 s, class: u, size: 9}, {at: 3 s, class: c, size: 4}, {at: 4 s, class: u, size: "       \
    "1}]}]\n"

static void check_rule(const char *yaml, const char *rule, const double *start_s, int n)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    play(e, a, 1);
    check_starts(e, start_s, n);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(rules_on_one_server_start_jobs_as_worked_out_by_hand)
{
    const char *one = HEAD "devices: [{name: d}]\n" FIVE_JOBS;
    check_rule(one, "fifo", (double[]){0, 6, 8, 17, 21}, 5);
    check_rule(one, "round_robin", (double[]){0, 6, 8, 17, 21}, 5);
    check_rule(one, "least_loaded", (double[]){0, 6, 8, 17, 21}, 5);
    check_rule(one, "shortest", (double[]){0, 7, 13, 9, 6}, 5);
    check_rule(one, "priority", (double[]){0, 16, 6, 18, 15}, 5);
    /* Urgency grows by 1/s: at 6 s it is 5, 7, 3, 4 for jobs 1 to 4, at 15 s job 1 has 14. */
    check_rule(one, "priority:ageing=1", (double[]){0, 15, 6, 18, 17}, 5);
}
END_TEST

START_TEST(rules_on_unequal_servers_start_jobs_as_worked_out_by_hand)
{
    /* slow: speed 1, fast: speed 2. */
    const char *two = HEAD "devices: [{name: slow, speed: 1}, {name: fast, speed: 2}]\n" FIVE_JOBS;
    /* fifo: job 0 on fast until 3, job 1 on slow until 3, then job 2 on fast until 7.5, job 3 on
     * slow until 7, job 4 on slow. */
    check_rule(two, "fifo", (double[]){0, 1, 3, 3, 7}, 5);
    /* round_robin: job 0 slow until 6, job 1 fast until 2, job 2 fast until 6.5, job 3 slow at 6
     * until 10, job 4 fast at 6.5. */
    check_rule(two, "round_robin", (double[]){0, 1, 2, 6, 6.5}, 5);
    /* shortest: job 0 fast until 3, job 1 slow until 3, job 3 fast until 5, job 2 slow until 12,
     * job 4 fast at 5. */
    check_rule(two, "shortest", (double[]){0, 1, 3, 3, 5}, 5);
}
END_TEST

START_TEST(a_device_with_its_own_queue_serves_in_order_of_dispatch)
{
    const char *yaml = HEAD "devices: [{name: a, queue: 1}, {name: b, speed: 0.5, queue: 1}]\n"
                            "workload:\n  classes: [{name: c, size: 1}]\n"
                            "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 4}, "
                            "{at: 0 s, class: c, size: 2}, {at: 0 s, class: c, size: 3}, "
                            "{at: 0 s, class: c, size: 1}, {at: 0 s, class: c, size: 1}]}]\n";
    /* fifo: job 0 to a until 4; job 1 to b until 4; job 2 behind job 0 (7 s) rather than behind
     * job 1 (10 s); job 3 behind job 1, 4 to 6; job 4 waits until 4, when a and b have a place: on
     * a it is done at 8, on b at 8 as well: the lower one. */
    check_rule(yaml, "fifo", (double[]){0, 0, 4, 4, 7}, 5);
}
END_TEST

/* The backlog of group 0 when job `id` is the oldest that waits; jobs before it are sent there. */
static double backlog_met_by(const poise_scenario *s, int64_t id)
{
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    while (poise_env_view(e)->task[0].id < id)
        poise_env_choose(e, 0);
    double backlog_s = poise_env_view(e)->group[0].backlog_s;
    poise_env_free(e);
    return backlog_s;
}

START_TEST(who_waits_behind_an_overdue_task_still_counts_in_the_backlog)
{
    /* Seen as 1 s, the first job takes 10 s; at 5 s another one is queued behind it. */
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, queue: unlimited}]\n"
                         "workload:\n  classes: [{name: short, size: 1}]\n"
                         "  sources: [{type: list, jobs: [{at: 0 s, class: short, size: 10}, "
                         "{at: 0 s, class: short, size: 1}, {at: 5 s, class: short, size: 1}]}]\n"
                         "decision: {sizes: mean}\n");
    ck_assert_double_eq(backlog_met_by(s, 1), 1);
    ck_assert_double_eq(backlog_met_by(s, 2), 1);
    poise_scenario_free(s);
}
END_TEST

START_TEST(the_backlog_of_long_services_is_their_sum)
{
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, queue: unlimited}]\n"
                         "workload:\n  classes: [{name: c, size: 1}]\n"
                         "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 1e6}, "
                         "{at: 0 s, class: c, size: 2e7}, {at: 5 s, class: c, size: 1}]}]\n");
    ck_assert_double_eq_tol(backlog_met_by(s, 1), 1e6, 1e-9);
    ck_assert_double_eq_tol(backlog_met_by(s, 2), 2.1e7 - 5, 1e-8);
    poise_scenario_free(s);
}
END_TEST

START_TEST(the_backlog_is_that_of_the_device_which_is_free_first_by_now)
{
    /* Device 0 is seen as busy until 3 s, device 1 until 1 s and for 1 s more by the third job. At
     * 2.5 s the latter's task is overdue: a task starts on device 0 at 3 s or on device 1 at 3.5 s.
     */
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, count: 2, queue: unlimited}]\n"
                         "workload:\n  classes: [{name: short, size: 1}, {name: long, size: 3}]\n"
                         "  sources: [{type: list, jobs: [{at: 0 s, class: long, size: 3}, "
                         "{at: 0 s, class: short, size: 9}, {at: 0 s, class: short, size: 1}, "
                         "{at: 2.5 s, class: short, size: 1}]}]\n"
                         "decision: {sizes: mean}\n");
    ck_assert_double_eq(backlog_met_by(s, 2), 1);
    ck_assert_double_eq(backlog_met_by(s, 3), 0.5);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    check_starts(e, (double[]){0, 0, 9, 3}, 4);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(cores_and_memory_bound_what_runs_side_by_side)
{
    const char *yaml = HEAD "devices: [{name: m, law: cores, cores: 4, memory: 10 GB}]\n"
                            "workload:\n  classes: [{name: c, size: 1}]\n"
                            "  sources: [{type: list, jobs: ["
                            "{at: 0 s, class: c, size: 5, cores: 3, memory: 1 GB}, "
                            "{at: 0 s, class: c, size: 5, cores: 2, memory: 1 GB}, "
                            "{at: 0 s, class: c, size: 2, cores: 1, memory: 8 GB}, "
                            "{at: 1 s, class: c, size: 1, cores: 1, memory: 2 GB}]}]\n";
    /* Job 1 lacks cores until 5 s; job 3 lacks cores until 2 s. */
    check_rule(yaml, "fifo", (double[]){0, 5, 0, 2}, 4);
}
END_TEST

START_TEST(a_full_queue_drops_what_finds_neither_a_place_nor_a_device)
{
    /* Six jobs of 1 s at once for two devices, then one when the first two are done. */
    static const struct {
        const char *device, *limit;
        double start_s[7];  // of those not dropped, -1e-9: dropped
    } cases[] = {
        {"count: 2", "unlimited", {0, 0, 1, 1, 2, 2, 3}},
        {"count: 2", "0", {0, 0, -1e-9, -1e-9, -1e-9, -1e-9, 1}},
        {"count: 2", "1", {0, 0, 1, -1e-9, -1e-9, -1e-9, 1}},
        {"count: 2", "3", {0, 0, 1, 1, 2, -1e-9, 2}},
        {"queue: 1", "0", {0, 1, -1e-9, -1e-9, -1e-9, -1e-9, 2}},
        {"queue: 1", "2", {0, 1, 2, 3, -1e-9, -1e-9, 4}},
        {"law: cores, cores: 2", "1", {0, 0, 1, -1e-9, -1e-9, -1e-9, 1}},
        {"law: cores, cores: 9, memory: 2 GB", "0", {0, 0, -1e-9, -1e-9, -1e-9, -1e-9, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[2048];
        snprintf(yaml, sizeof yaml,
                 HEAD "devices: [{name: d, %s}]\n"
                      "workload:\n  classes: [{name: c, size: 1, memory: 1 GB}]\n"
                      "  sources: [{type: batch, class: c, jobs: 6}, "
                      "{type: batch, class: c, jobs: 1, start: 1 s}]\nqueue: {limit: %s}\n",
                 cases[i].device, cases[i].limit);
        check_rule(yaml, "fifo", cases[i].start_s, 7);
    }
}
END_TEST

START_TEST(waiting_is_a_choice_where_the_scenario_allows_it)
{
    const char *yaml = HEAD "devices: [{name: slow, speed: 0.1}, {name: fast}]\n"
                            "workload:\n  classes: [{name: c, size: 1}]\n"
                            "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 1}, "
                            "{at: 0 s, class: c, size: 1}]}]\ndecision: {wait: true}\n";
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    while (poise_env_running(e)) {
        /* Only ever the fast server: what it cannot take now waits. */
        const poise_view *v = poise_env_view(e);
        double attention[8];
        ck_assert_int_le(v->n_candidates, 8);
        for (int c = 0; c < v->n_candidates; c++)
            attention[c] = v->candidate[c].task == POISE_WAIT ? 0 : v->candidate[c].group ? 1 : -1;
        poise_env_step(e, attention);
    }
    check_starts(e, (double[]){0, 1}, 2);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(attention_with_a_nan_fails_the_episode_with_a_sentence)
{
    poise_scenario *s = load_scenario("mm1-v1", NULL);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    double attention[256];
    for (int c = 0; c < 256; c++)
        attention[c] = NAN;
    poise_outcome o = poise_env_step(e, attention);
    ck_assert_int_eq(o.phase, POISE_FAILED);
    ck_assert(!poise_env_running(e));
    ck_assert_ptr_nonnull(strstr(poise_env_error(e), "NaN"));
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(argmax_is_the_first_of_the_largest)
{
    poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 0, 0);
    for (int trial = 0; trial < 2000; trial++) {
        double a[40];
        int n = 1 + poise_rng_below(&r, 40), plain = 0;
        for (int i = 0; i < n; i++)
            a[i] = poise_rng_below(&r, 6) == 0 ? -INFINITY : poise_rng_below(&r, 10);
        for (int i = 1; i < n; i++)
            plain = a[i] > a[plain] ? i : plain;
        ck_assert_int_eq(poise_argmax(a, n), plain);
        a[poise_rng_below(&r, n)] = NAN;
        ck_assert_int_eq(poise_argmax(a, n), -1);
    }
}
END_TEST

START_TEST(the_mask_marks_just_the_candidates)
{
    poise_scenario *s = load_scenario("two-devices-v1", NULL);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    unsigned char *mask = malloc((size_t)poise_scenario_space(s)->max_candidates);
    poise_env_reset(e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    for (int step = 0; step < 500 && poise_env_running(e); step++) {
        const poise_view *v = poise_env_view(e);
        int marked = 0;
        poise_view_mask(v, mask);
        for (int cell = 0; cell < v->space->max_candidates; cell++) {
            int c = poise_view_candidate(v, cell);
            ck_assert_int_eq(mask[cell], c >= 0);
            if (c >= 0)
                ck_assert_int_eq(poise_view_cell(v, c), cell);
            marked += mask[cell];
        }
        ck_assert_int_eq(marked, v->n_candidates);
        poise_env_choose(e, poise_agent_choose(a, v));
    }
    free(mask);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* The sum of the measured tasks' times in the system, up to the end; exact. */
/* NAN if some were refused or killed, for a record does not say when. */
static double time_in_system_s(const poise_episode *ep)
{
    __int128 ns = 0;
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++) {
        const poise_record *r = &ep->record[i];
        if (r->fate == POISE_REJECTED || r->fate == POISE_KILLED)
            return NAN;
        if (r->fate != POISE_DROPPED)
            ns += (r->finished_ns >= 0 ? r->finished_ns : ep->totals.end_ns) - r->arrived_ns;
    }
    return (double)ns * 1e-9;
}

static void check_conservation(const poise_scenario *s, const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    int64_t fate[POISE_KILLED + 1] = {0};
    for (int64_t i = ep.totals.first_record; i < ep.n_records; i++)
        fate[ep.record[i].fate]++;
    ck_assert_int_eq(ep.totals.arrived, ep.n_records - ep.totals.first_record);
    ck_assert_int_eq(ep.totals.finished, fate[POISE_FINISHED]);
    ck_assert_int_eq(ep.totals.dropped,
                     fate[POISE_DROPPED] + fate[POISE_REJECTED] + fate[POISE_KILLED]);
    ck_assert_int_eq(ep.totals.unfinished, fate[POISE_WAITING] + fate[POISE_IN_SERVICE]);
    for (int g = 0; g < poise_scenario_space(s)->n_groups; g++)
        ck_assert_double_le(poise_utilisation(&ep, g), 1);
}

START_TEST(littles_law_holds_exactly_on_every_scenario)
{
    char names[128][64];
    int n = scenario_names(names, 128);
    ck_assert_int_ge(n, 5);
    const char *const rules[] = {"random", "fifo", "shortest"};
    for (int i = 0; i < n; i++) {
        poise_scenario *s = load_short(names[i], INSTRUMENTED ? 200 : 1500);
        poise_env *e = new_env(s);
        for (int k = 0; k < 3; k++) {
            poise_agent *a = new_agent(rules[k], s);
            play(e, a, 3);
            poise_episode ep = poise_env_episode(e);
            const double sum_s = time_in_system_s(&ep);
            ck_assert_msg(isnan(sum_s) || ep.totals.tasks_s == sum_s,
                          "%s: integral of tasks %.17g s, sum of times %.17g s", names[i],
                          ep.totals.tasks_s, sum_s);
            check_conservation(s, e);
            poise_agent_free(a);
        }
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(flow_reward_sums_to_minus_the_response_times)
{
    const char *const sets[] = {"warmup.jobs=0", "reward.flow=1", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("shortest", s);
    double sum = play(e, a, 11);
    poise_episode ep = poise_env_episode(e);
    double total = time_in_system_s(&ep);
    ck_assert_double_eq_tol(sum, -total, 1e-9 * total);
    ck_assert_double_eq_tol(metric_of(e, "reward"), -total, 1e-9 * total);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(throughput_and_holding_rewards_are_counts_and_weighted_times)
{
    const char *const sets[] = {"warmup.jobs=0", "reward={flow: 0, throughput: 2}", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    ck_assert_double_eq(play(e, a, 1), 2 * metric_of(e, "finished"));
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    const char *const holding[] = {"warmup.jobs=0", "reward={flow: 0, holding: 1}",
                                   "workload.classes.0.weight=3", NULL};
    s = load_scenario("mm1-v1", holding);
    e = new_env(s);
    a = new_agent("fifo", s);
    double sum = play(e, a, 1);
    poise_episode ep = poise_env_episode(e);
    ck_assert_double_eq_tol(sum, -3 * time_in_system_s(&ep), 1e-6 * -sum);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_warm_up_leaves_the_world_alone_and_is_not_measured)
{
    const char *const cold[] = {"warmup.jobs=0", "end.jobs=3000", NULL};
    const char *const warm[] = {"warmup.jobs=1000", "end.jobs=3000", NULL};
    poise_scenario *s[2] = {load_scenario("mm1-v1", cold), load_scenario("mm1-v1", warm)};
    uint64_t hash[2];
    for (int i = 0; i < 2; i++) {
        poise_env *e = new_env(s[i]);
        poise_agent *a = new_agent("fifo", s[i]);
        play(e, a, 1);
        poise_episode ep = poise_env_episode(e);
        hash[i] = ep.hash;
        ck_assert_int_eq(ep.totals.finished, i ? 2000 : 3000);
        if (i)
            ck_assert_int_eq(ep.totals.begin_ns, ep.record[1000].arrived_ns);
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s[i]);
    }
    ck_assert(hash[0] == hash[1]);
}
END_TEST

START_TEST(what_is_measured_is_past_both_the_time_and_the_jobs_of_the_warm_up)
{
    /* Jobs arrive at 0, 2, 4 ... 18 s and take 1 s each. */
    const struct {
        const char *warmup;
        double begin_s;
        int arrived;
    } cases[] = {
        {"{time: 7 s}", 7, 6},
        {"{jobs: 3}", 6, 7},
        {"{time: 7 s, jobs: 3}", 7, 6},
        {"{time: 7 s, jobs: 4}", 8, 6},
        {"{time: 7 s, jobs: 6}", 12, 4},
        {"{time: 8 s, jobs: 4}", 8, 6},
        {"{time: 7 s, jobs: 50}", -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[1024];
        snprintf(yaml, sizeof yaml,
                 HEAD "devices: [{name: d}]\nworkload:\n  classes: [{name: c, size: 1}]\n"
                      "  sources: [{type: deterministic, period: 2 s, jobs: 10}]\n"
                      "end: {time: 30 s}\nwarmup: %s\n",
                 cases[i].warmup);
        poise_scenario *s = scenario_of(yaml);
        poise_env *e = new_env(s);
        poise_agent *a = new_agent("fifo", s);
        play(e, a, 1);
        poise_episode ep = poise_env_episode(e);
        if (cases[i].begin_s < 0) {
            ck_assert_int_eq(ep.totals.begin_ns, -1);
            ck_assert(isnan(poise_utilisation(&ep, 0)));
            ck_assert(isnan(metric_of(e, "utilisation")));
        } else {
            ck_assert_int_eq(ep.totals.begin_ns, llround(cases[i].begin_s * 1e9));
            ck_assert_double_eq(metric_of(e, "work_rate_per_s"),
                                cases[i].arrived / (30 - cases[i].begin_s));
        }
        ck_assert_int_eq(ep.totals.arrived, cases[i].arrived);
        ck_assert_int_eq(ep.totals.finished, cases[i].arrived);
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(what_happens_at_the_end_time_still_happens_but_nothing_starts)
{
    /* At 10 s one job ends, one arrives and one waits for the device that becomes free. */
    poise_scenario *s =
        scenario_of(HEAD "devices: [{name: d, idle: 1 W, busy: 3 W}]\n"
                         "workload:\n  classes: [{name: c, size: 1}]\n"
                         "  sources: [{type: list, jobs: [{at: 4 s, class: c, size: 6}, "
                         "{at: 5 s, class: c, size: 1}, {at: 10 s, class: c, size: 1}]}]\n"
                         "end: {time: 10 s}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    check_starts(e, (double[]){4, -1e-9, -1e-9}, 3);
    ck_assert_double_eq(metric_of(e, "finished"), 1);
    ck_assert_double_eq(metric_of(e, "unfinished"), 2);
    ck_assert_double_eq(metric_of(e, "tasks_mean"), 1.1);
    ck_assert_double_eq(metric_of(e, "energy_j"), 22);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(percentiles_are_those_of_the_nearest_rank)
{
    /* Responses of 1 to 20 s: the 10th, the 19th and, for 99%, the 20th. */
    char yaml[4096];
    size_t n = (size_t)snprintf(yaml, sizeof yaml,
                                HEAD "devices: [{name: d, count: 20}]\nworkload:\n"
                                     "  classes: [{name: c, size: 1}]\n"
                                     "  sources: [{type: list, jobs: [");
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(yaml + n, sizeof yaml - n, "%s{at: 0 s, class: c, size: %d}",
                              i ? ", " : "", 1 + i * 7 % 20);
    snprintf(yaml + n, sizeof yaml - n, "]}]\n");
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    ck_assert_double_eq(metric_of(e, "response_p50_s"), 10);
    ck_assert_double_eq(metric_of(e, "response_p95_s"), 19);
    ck_assert_double_eq(metric_of(e, "response_p99_s"), 20);
    ck_assert_double_eq(metric_of(e, "response_max_s"), 20);
    ck_assert_double_eq(metric_of(e, "response_mean_s"), 10.5);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_copy_goes_on_as_the_original_does)
{
    const char *const sets[] = {"end.jobs=4000", "workload.load=0.95", NULL};
    poise_scenario *s = load_scenario("two-devices-v1", sets);
    poise_env *e = new_env(s), *copy = new_env(s);
    poise_agent *a = new_agent("shortest", s), *b = new_agent("shortest", s);
    poise_env_reset(e, 5);
    for (int step = 0; step < 1500; step++)
        poise_env_choose(e, poise_agent_choose(a, poise_env_view(e)));
    ck_assert(poise_env_copy(copy, e));
    ck_assert(poise_env_hash(copy) == poise_env_hash(e));
    while (poise_env_running(e)) {
        poise_outcome o = poise_env_choose(e, poise_agent_choose(a, poise_env_view(e)));
        poise_outcome p = poise_env_choose(copy, poise_agent_choose(b, poise_env_view(copy)));
        ck_assert(o.reward == p.reward && o.elapsed_s == p.elapsed_s && o.phase == p.phase);
    }
    ck_assert(poise_env_hash(copy) == poise_env_hash(e));
    ck_assert(!poise_env_running(copy));
    poise_agent_free(a);
    poise_agent_free(b);
    poise_env_free(e);
    poise_env_free(copy);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_copy_of_a_small_system_into_a_grown_one_works_too)
{
    const char *const sets[] = {"workload.sources.0.rate=3", "end.jobs=5000", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *grown = new_env(s), *small = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(grown, a, 1);
    poise_env_reset(small, 2);
    ck_assert(poise_env_copy(grown, small));
    while (poise_env_running(small)) {
        poise_env_choose(small, 0);
        poise_env_choose(grown, 0);
    }
    ck_assert(poise_env_hash(small) == poise_env_hash(grown));
    poise_agent_free(a);
    poise_env_free(grown);
    poise_env_free(small);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_copy_can_be_copied_and_begun_anew)
{
    const char *const sets[] = {"workload.sources.0.rate=3", "end.jobs=5000", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    poise_env *first = new_env(s), *grown = new_env(s), *last = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(grown, a, 1);
    poise_env_reset(first, 2);
    ck_assert(poise_env_copy(grown, first));
    ck_assert(poise_env_copy(last, grown));
    while (poise_env_running(last))
        poise_env_choose(last, 0);
    ck_assert_int_eq(poise_env_episode(last).n_records, 0);
    play(first, a, 2);
    ck_assert(poise_env_hash(first) == poise_env_hash(last));
    play(last, a, 2);
    ck_assert(poise_env_hash(first) == poise_env_hash(last));
    ck_assert_double_eq(metric_of(first, "response_mean_s"), metric_of(last, "response_mean_s"));
    poise_agent_free(a);
    poise_env_free(first);
    poise_env_free(grown);
    poise_env_free(last);
    poise_scenario_free(s);
}
END_TEST

/* Arrivals (s) and sizes of the first n jobs of class c in an episode of the workload. */
static void jobs_of_c(const char *workload, const char *rule, uint64_t seed, int n, double *jobs)
{
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             HEAD "devices: [{name: d, count: 3}, {name: e, speed: 2}]\n%s"
                  "end: {time: 2000 s}\n",
             workload);
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    play(e, a, seed);
    poise_episode ep = poise_env_episode(e);
    int found = 0;
    for (int64_t i = 0; i < ep.n_records && found < n; i++)
        if (ep.record[i].class_id == 0) {
            jobs[2 * found] = (double)ep.record[i].arrived_ns * 1e-9;
            jobs[2 * found++ + 1] = ep.record[i].size;
        }
    ck_assert_int_eq(found, n);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

#define CLASS_C "workload:\n  classes: [{name: c, size: {distribution: erlang, mean: 1, phases: 2}}"
#define SOURCE_C "{type: poisson, name: first, class: c, rate: "

START_TEST(the_jobs_of_a_source_depend_on_the_seed_alone)
{
    static const uint64_t seeds[] = {0, 1, 1ULL << 32, UINT64_MAX};
    enum { JOBS = 300 };
    static double plain[4][2 * JOBS], other[2 * JOBS];
    for (int k = 0; k < 4; k++) {
        jobs_of_c(CLASS_C "]\n  sources: [" SOURCE_C "1}]\n", "fifo", seeds[k], JOBS, plain[k]);
        jobs_of_c(CLASS_C ", {name: x, size: 2}]\n  sources: [" SOURCE_C "1}, "
                          "{type: poisson, name: second, class: x, rate: 2}]\n",
                  "shortest", seeds[k], JOBS, other);
        ck_assert_mem_eq(plain[k], other, sizeof other);
        /* At another rate: the same sizes, and all gaps scaled. */
        jobs_of_c(CLASS_C "]\n  sources: [" SOURCE_C "4}]\n", "random", seeds[k], JOBS, other);
        for (int i = 0; i < JOBS; i++) {
            ck_assert_double_eq_tol(4 * other[2 * i], plain[k][2 * i], 3e-9 * (i + 1));
            ck_assert_double_eq(other[2 * i + 1], plain[k][2 * i + 1]);
        }
        for (int j = 0; j < k; j++)
            ck_assert_double_ne(plain[k][0], plain[j][0]);
    }
}
END_TEST

START_TEST(sizes_are_hidden_as_the_scenario_says)
{
    const char *const mean[] = {"decision.sizes=mean", "warmup.jobs=0", "end.jobs=200", NULL};
    poise_scenario *s = load_scenario("mm1-v1", mean);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        for (int i = 0; i < v->n_tasks; i++)
            ck_assert_double_eq(v->task[i].size, 1);
        poise_env_choose(e, 0);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "env", energy_is_the_integral_of_power_up_to_the_horizon,
        energy_of_a_core_is_its_share_to_the_last_digit,
        services_of_whole_nanoseconds_take_just_those,
        rules_on_one_server_start_jobs_as_worked_out_by_hand,
        rules_on_unequal_servers_start_jobs_as_worked_out_by_hand,
        a_device_with_its_own_queue_serves_in_order_of_dispatch,
        who_waits_behind_an_overdue_task_still_counts_in_the_backlog,
        the_backlog_of_long_services_is_their_sum,
        the_backlog_is_that_of_the_device_which_is_free_first_by_now,
        cores_and_memory_bound_what_runs_side_by_side,
        a_full_queue_drops_what_finds_neither_a_place_nor_a_device,
        waiting_is_a_choice_where_the_scenario_allows_it,
        attention_with_a_nan_fails_the_episode_with_a_sentence, argmax_is_the_first_of_the_largest,
        the_mask_marks_just_the_candidates, littles_law_holds_exactly_on_every_scenario,
        flow_reward_sums_to_minus_the_response_times,
        throughput_and_holding_rewards_are_counts_and_weighted_times,
        a_warm_up_leaves_the_world_alone_and_is_not_measured,
        what_is_measured_is_past_both_the_time_and_the_jobs_of_the_warm_up,
        what_happens_at_the_end_time_still_happens_but_nothing_starts,
        percentiles_are_those_of_the_nearest_rank, a_copy_goes_on_as_the_original_does,
        a_copy_of_a_small_system_into_a_grown_one_works_too, a_copy_can_be_copied_and_begun_anew,
        the_jobs_of_a_source_depend_on_the_seed_alone, sizes_are_hidden_as_the_scenario_says);
}
