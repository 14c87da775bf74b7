/* test_outage.c - devices that fail, sleep and cost: cases worked out by hand, and closed forms. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "scenario.h"
#include "support.h"

#define HEAD "poise: 1\nname: test-v1\ntitle: test\nabout: test\n"
#define S INT64_C(1000000000)

/* A scenario whose groups are still to be told how they fail and sleep. */
static poise_scenario *open_scenario(const char *yaml)
{
    poise_scenario *s = scenario_of(yaml);
    s->has_runs = true;
    return s;
}

static dist exponential(double mean)
{
    dist d = {.type = dist_find("exponential"), .mean = mean};
    char why[256];
    ck_assert(d.type->prepare(&d, why, sizeof why));
    return d;
}

static void fails_every(poise_scenario *s, int group, double life_s, double repair_s)
{
    s->group[group].failures.mtbf = dist_constant(life_s);
    s->group[group].failures.mttr = dist_constant(repair_s);
}

/* One episode; the environment is the caller's. */
static poise_env *played(const poise_scenario *s, const char *agent, uint64_t seed)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    play(e, a, seed);
    poise_agent_free(a);
    return e;
}

static void check_finish(const poise_env *e, int job, double at_s)
{
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_lt(job, ep.n_records);
    ck_assert_msg(ep.record[job].finished_ns == llround(at_s * 1e9),
                  "job %d ends at %.9f s, not at %g s", job,
                  (double)ep.record[job].finished_ns * 1e-9, at_s);
}

static void check_total(const char *what, double is, double known)
{
    ck_assert_msg(fabs(is - known) <= 1e-9 * fmax(1, fabs(known)), "%s is %.12g, not %.12g", what,
                  is, known);
}

/* ---- failures by hand -------------------------------------------------------------------- */

#define ONE_DEVICE_ONE_JOB(size, at, checkpoint)                                                   \
    HEAD "devices: [{name: d, idle: 1 W, busy: 3 W}]\nworkload:\n"                                 \
         "  classes: [{name: c, size: 1" checkpoint "}]\n"                                         \
         "  sources: [{type: list, jobs: [{at: " at " s, class: c, size: " size "}]}]\n"

/* The device breaks at 25 s, 60 s, 95 s ... for 10 s each. */
static void check_kept(const char *yaml, int keeps, double ends_s, double lost, int failures)
{
    poise_scenario *s = open_scenario(yaml);
    fails_every(s, 0, 25, 10);
    s->group[0].failures.keeps = keeps;
    for (int stays = 0; stays < 2; stays++) {
        s->group[0].failures.stays = stays;
        poise_env *e = played(s, "fifo", 1);
        poise_episode ep = poise_env_episode(e);
        check_finish(e, 0, ends_s);
        check_total("work lost", ep.totals.lost_work, lost);
        check_total("work lost by the task", ep.more[0].lost, lost);
        check_total("down time", ep.totals.down_s[0], 10 * failures);
        ck_assert_int_eq(ep.totals.failures, failures);
        ck_assert_int_eq(ep.totals.preemptions, stays ? 0 : failures);
        poise_env_free(e);
    }
    poise_scenario_free(s);
}

START_TEST(a_task_restarts_from_its_last_checkpoint)
{
    /* 25 s of 60 are done at the first failure, 20 of them safe. From 35 s: 2 s of restart, then
     * 23 s up to the failure at 60 s, 20 of them safe. From 70 s: 2 s, then the last 20 s. */
    check_kept(ONE_DEVICE_ONE_JOB("60", "0", ", checkpoint: {interval: 10 s, restart: 2 s}"),
               KEEP_CHECKPOINT, 92, 5 + 3, 2);
    /* A checkpoint takes 1 s: 10 units every 11 s. 20 s from 5 s on: 18.18.. done, 10 safe; the
     * other 10 take 11 s from 37 s on. */
    check_kept(
        ONE_DEVICE_ONE_JOB("20", "5", ", checkpoint: {interval: 10 s, cost: 1 s, restart: 2 s}"),
        KEEP_CHECKPOINT, 48, 20 * 10 / 11. - 10, 1);
    /* A checkpoint at the very instant of the failure counts. */
    check_kept(ONE_DEVICE_ONE_JOB("22", "5", ", checkpoint: {interval: 10 s}"), KEEP_CHECKPOINT, 37,
               0, 1);
    /* Without checkpoints all progress is always safe; or the group says what is kept. */
    check_kept(ONE_DEVICE_ONE_JOB("22", "5", ""), KEEP_CHECKPOINT, 37, 0, 1);
    const char *yaml =
        ONE_DEVICE_ONE_JOB("22", "5", ", checkpoint: {interval: 10 s, restart: 2 s}");
    check_kept(yaml, KEEP_ALL, 39, 0, 1);
    check_kept(yaml, KEEP_NOTHING, 59, 20, 1);
}
END_TEST

START_TEST(a_broken_device_draws_no_power)
{
    poise_scenario *s = open_scenario(ONE_DEVICE_ONE_JOB("22", "5", ""));
    fails_every(s, 0, 25, 10);
    s->group[0].failures.keeps = KEEP_ALL;
    for (int stays = 0; stays < 2; stays++) {
        s->group[0].failures.stays = stays;
        poise_env *e = played(s, "fifo", 1);
        poise_episode ep = poise_env_episode(e);
        /* Idle for 5 s, busy for 20 s and 2 s, broken between. */
        check_total("energy", ep.totals.energy_j, 5 * 1 + 22 * 3);
        check_total("energy of the task", ep.record[0].energy_j, 22 * 3);
        check_finish(e, 0, 37);
        poise_env_free(e);
    }
    poise_scenario_free(s);
}
END_TEST

#define TWO_GROUPS                                                                                 \
    HEAD "devices: [{name: fast, queue: 1}, {name: slow, speed: 0.5}]\nworkload:\n"                \
         "  classes: [{name: c, size: 1}]\n  sources: [{type: list, jobs: ["                       \
         "{at: 0 s, class: c, size: 30}, {at: 1 s, class: c, size: 10}, "                          \
         "{at: 2 s, class: c, size: 10}]}]\n"

START_TEST(tasks_of_a_broken_device_go_elsewhere_or_stay)
{
    poise_scenario *s = open_scenario(TWO_GROUPS);
    fails_every(s, 0, 25, 10);
    s->group[0].failures.keeps = KEEP_ALL;
    /* Job 0 goes to the first group and job 1 to the other, from 1 s to 21 s; job 2 waits behind
     * job 0. At 25 s the first group breaks: job 0, the oldest, takes the other for its last 5
     * units and 10 s; at 35 s both are free, and job 2 starts on the first. */
    poise_env *e = played(s, "fifo", 1);
    check_finish(e, 0, 35);
    check_finish(e, 1, 21);
    check_finish(e, 2, 45);
    ck_assert_int_eq(poise_env_episode(e).more[0].preemptions, 1);
    ck_assert_int_eq(poise_env_episode(e).more[2].preemptions, 0);
    poise_env_free(e);
    /* If they stay, both wait for the repair. */
    s->group[0].failures.stays = true;
    e = played(s, "fifo", 1);
    check_finish(e, 0, 40);
    check_finish(e, 1, 21);
    check_finish(e, 2, 50);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_task_on_several_devices_stops_when_one_breaks)
{
    poise_scenario *s = open_scenario(
        HEAD "devices: [{name: d, count: 2, idle: 1 W, busy: 3 W}]\nworkload:\n"
             "  classes: [{name: c, size: 1, profiles: [{name: two, devices: 2, speed: 2}]}]\n"
             "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 60}]}]\n");
    scenario_failures *f = &s->group[0].failures;
    f->rack = 1;
    f->rack_mtbf = dist_constant(20);
    f->rack_mttr = dist_constant(10);
    f->keeps = KEEP_ALL;
    /* Each device is a rack: both break at 20 s with 40 units done, and are whole at 30 s. */
    for (int stays = 0; stays < 2; stays++) {
        f->stays = stays;
        poise_env *e = played(s, "fifo", 1);
        poise_episode ep = poise_env_episode(e);
        check_finish(e, 0, 40);
        ck_assert_int_eq(ep.totals.failures, 2);
        ck_assert_int_eq(ep.more[0].preemptions, stays ? 0 : 1);
        check_total("energy", ep.totals.energy_j, 2 * 3 * 30);
        poise_env_free(e);
    }
    poise_scenario_free(s);
}
END_TEST

START_TEST(racks_take_all_their_devices_down)
{
    poise_scenario *s =
        open_scenario(HEAD "devices: [{name: d, count: 5}]\nworkload:\n"
                           "  classes: [{name: c, size: 1}]\n"
                           "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 1}]}]\n"
                           "end: {time: 23 s}\n");
    scenario_failures *f = &s->group[0].failures;
    f->rack = 2;
    f->rack_mtbf = dist_constant(10);
    f->rack_mttr = dist_constant(3);
    poise_env *e = played(s, "fifo", 1);
    check_total("down time", poise_env_episode(e).totals.down_s[0], 5 * 3);
    poise_env_free(e);
    /* Devices that break at 12 s, while their racks are down, for 4 s: down from 10 s to 16 s, and
     * racks again from 23 s. */
    fails_every(s, 0, 12, 4);
    e = played(s, "fifo", 1);
    check_total("down time", poise_env_episode(e).totals.down_s[0], 5 * 6);
    ck_assert_int_eq(poise_env_episode(e).totals.failures, 10);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_device_that_breaks_only_at_work_does_not_age_while_idle)
{
    poise_scenario *s =
        open_scenario(HEAD "devices: [{name: d}]\nworkload:\n  classes: [{name: c, size: 1}]\n"
                           "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 6}, "
                           "{at: 100 s, class: c, size: 6}, {at: 200 s, class: c, size: 3}]}]\n");
    fails_every(s, 0, 10, 5);
    s->group[0].failures.keeps = KEEP_ALL;
    s->group[0].failures.stays = true;
    s->group[0].failures.only_busy = true;
    /* 6 s of the first life are used up at 6 s, the rest at 104 s; the task goes on from 109 s to
     * 111 s, and the last one ends before the second life does. */
    poise_env *e = played(s, "fifo", 1);
    check_finish(e, 0, 6);
    check_finish(e, 1, 111);
    check_finish(e, 2, 203);
    ck_assert_int_eq(poise_env_episode(e).totals.failures, 1);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(failures_do_not_keep_an_episode_alive)
{
    poise_scenario *s = open_scenario(ONE_DEVICE_ONE_JOB("3", "2", ""));
    fails_every(s, 0, 100, 10);
    poise_env *e = played(s, "fifo", 1);
    ck_assert_int_eq(poise_env_episode(e).totals.end_ns, 5 * S);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- failures in the mean ---------------------------------------------------------------- */

enum { REPLICATIONS = 20 };

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

/* Waits at every decision; returns the seconds with at least k devices up. */
static double seconds_with(poise_env *e, uint64_t seed, int k)
{
    double sum = 0;
    poise_env_reset(e, seed);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        int hold = 0, up = v->group[0].up;
        while (v->candidate[hold].act != POISE_HOLD)
            hold++;
        poise_outcome o = poise_env_choose(e, hold);
        sum += up >= k ? o.elapsed_s : 0;
    }
    return sum;
}

START_TEST(devices_are_up_as_often_as_lives_and_repairs_say)
{
    /* Lives of mean 1000 s, repairs of mean 50 s, all exponential: availability 1000 / 1050; at
     * least 3 of 4 up: 4 a^3 (1 - a) + a^4. */
    const double a = 1000. / 1050;
    poise_scenario *s =
        open_scenario(HEAD "devices: [{name: d, count: 4}]\nworkload:\n"
                           "  classes: [{name: c, size: 1}]\n"
                           "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 1}]}]\n"
                           "decision: {power: true}\nend: {time: 1000000 s}\n");
    s->group[0].failures.mtbf = exponential(1000);
    s->group[0].failures.mttr = exponential(50);
    s->group[0].sleep.boot_ns = 0;  // so that there is always something to decide
    poise_env *e = new_env(s);
    double up[REPLICATIONS], three[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        three[r] = seconds_with(e, (uint64_t)r, 3) / 1e6;
        up[r] = 1 - poise_env_episode(e).totals.down_s[0] / 4e6;
    }
    check_interval("availability", up, a, 0.001);
    check_interval("3 of 4 up", three, 4 * a * a * a * (1 - a) + a * a * a * a, 0.001);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(new_devices_are_up_more_often_at_first)
{
    /* Up at u with probability a + (1 - a) exp(-c u), c = 1/1000 + 1/50; and the mean over [0, t].
     */
    const double a = 1000. / 1050, c = 1 / 1000. + 1 / 50., t = 100;
    poise_scenario *s =
        open_scenario(HEAD "devices: [{name: d, count: 1000}]\nworkload:\n"
                           "  classes: [{name: c, size: 1}]\n"
                           "  sources: [{type: list, jobs: [{at: 0 s, class: c, size: 1}]}]\n"
                           "end: {time: 100 s}\n");
    s->group[0].failures.mtbf = exponential(1000);
    s->group[0].failures.mttr = exponential(50);
    double up[REPLICATIONS], at_end[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        poise_env *e = played(s, "fifo", (uint64_t)r);
        up[r] = 1 - poise_env_episode(e).totals.down_s[0] / 1e5;
        at_end[r] = poise_env_view(e)->group[0].up / 1000.;
        poise_env_free(e);
    }
    check_interval("availability", up, a + (1 - a) * (1 - exp(-c * t)) / (c * t), 0.003);
    check_interval("up at the end", at_end, a + (1 - a) * exp(-c * t), 0.005);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_queue_whose_server_breaks_at_work_meets_its_formulas)
{
    /* Arrivals 0.5 /s, services of mean 1 s, lives of mean 20 s of work, repairs of mean 5 s: a
     * completion takes E[C] = 1.25 s with E[C^2] = 5.625 s^2 (Gaver, JRSS B 24(1), 1962), the rest
     * is Pollaczek and Khinchine: Wq = 3.75 s, L = 2.5. */
    const char *const sets[] = {"workload.sources.0.rate=0.5 /s", "end.jobs=110000",
                                "warmup.jobs=10000", NULL};
    poise_scenario *s = load_scenario("mm1-v1", sets);
    s->has_runs = true;
    s->group[0].failures = (scenario_failures){
        .mtbf = exponential(20),
        .mttr = exponential(5),
        .only_busy = true,
        .keeps = KEEP_ALL,
        .stays = true,
    };
    double wait[REPLICATIONS], tasks[REPLICATIONS];
    for (int r = 0; r < REPLICATIONS; r++) {
        poise_env *e = played(s, "fifo", (uint64_t)r);
        wait[r] = metric_of(e, "wait_mean_s");
        tasks[r] = metric_of(e, "tasks_mean");
        poise_env_free(e);
    }
    check_interval("wait", wait, 3.75, 0.05);
    check_interval("tasks", tasks, 2.5, 0.05);
    poise_scenario_free(s);
}
END_TEST

/* ---- the same world for all -------------------------------------------------------------- */

static poise_scenario *failing_mix(void)
{
    poise_scenario *s =
        open_scenario(HEAD "devices: [{name: a, count: 3, queue: 2}, {name: b, count: 4, "
                           "law: cores, cores: 2, speed: 0.7}]\nworkload:\n"
                           "  classes: [{name: c, size: {distribution: exponential, mean: 20}, "
                           "checkpoint: {interval: 5 s, restart: 1 s}}]\n"
                           "  sources: [{type: poisson, rate: 0.3 /s, class: c}]\n"
                           "end: {time: 20000 s}\n");
    for (int g = 0; g < 2; g++)
        s->group[g].failures = (scenario_failures){
            .mtbf = exponential(300),
            .mttr = exponential(40),
            .rack = 2,
            .rack_mtbf = exponential(900),
            .rack_mttr = exponential(60),
            .stays = g == 1,
        };
    return s;
}

START_TEST(all_agents_meet_the_same_failures)
{
    static const char *const agents[] = {"fifo", "random", "shortest", "least_loaded"};
    poise_scenario *s = failing_mix();
    double down_s[2] = {0};
    int64_t failures = 0;
    for (int k = 0; k < 4; k++) {
        poise_env *e = played(s, agents[k], 7);
        poise_totals t = poise_env_episode(e).totals;
        for (int g = 0; g < 2 && k > 0; g++)
            ck_assert(t.down_s[g] == down_s[g]);
        if (k > 0)
            ck_assert_int_eq(t.failures, failures);
        failures = t.failures;
        down_s[0] = t.down_s[0];
        down_s[1] = t.down_s[1];
        poise_env_free(e);
    }
    ck_assert_int_gt(failures, 300);
    poise_env *e = played(s, "fifo", 8);
    ck_assert(poise_env_episode(e).totals.down_s[0] != down_s[0]);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Always the first candidate, to the end. */
static void play_first(poise_env *e)
{
    while (poise_env_running(e))
        poise_env_choose(e, 0);
}

START_TEST(a_copy_made_during_a_repair_goes_the_same_way)
{
    poise_scenario *s = failing_mix();
    poise_env *e = new_env(s), *twin = new_env(s);
    poise_env_reset(e, 3);
    int copies = 0;
    while (poise_env_running(e) && copies < 20) {
        const poise_view *v = poise_env_view(e);
        if (v->group[0].up < 3 || v->group[1].up < 4) {
            ck_assert(poise_env_copy(twin, e));
            poise_env *ahead = new_env(s);
            ck_assert(poise_env_copy(ahead, e));
            play_first(twin);
            play_first(ahead);
            ck_assert(poise_env_hash(twin) == poise_env_hash(ahead));
            poise_env_free(ahead);
            copies++;
        }
        poise_env_choose(e, 0);
    }
    ck_assert_int_eq(copies, 20);
    play_first(e);
    ck_assert(poise_env_hash(e) == poise_env_hash(twin));
    poise_totals a = poise_env_episode(e).totals;
    double down_s = a.down_s[1];
    ck_assert(poise_env_episode(twin).totals.down_s[1] == down_s);
    poise_env_free(e);
    poise_env_free(twin);
    poise_scenario_free(s);
}
END_TEST

/* ---- sleep ------------------------------------------------------------------------------- */

#define SLEEPER(count, more)                                                                       \
    HEAD "devices: [{name: d, count: " count ", idle: 10 W, busy: 100 W, sleep: {boot: 3 s, "      \
         "down: 2 s, power: 1 W, boot_power: 50 W, down_power: 20 W" more "}}]\nworkload:\n"       \
         "  classes: [{name: c, size: 1}]\n  sources: [{type: list, jobs: ["
#define JOB(at, size) "{at: " at " s, class: c, size: " size "}"

START_TEST(idle_devices_fall_asleep_and_are_woken_by_what_is_sent_to_them)
{
    poise_scenario *s =
        scenario_of(SLEEPER("1", ", after: 5 s") JOB("0", "4") ", " JOB("20", "4") "]}]\n");
    poise_env *e = played(s, "fifo", 1);
    poise_episode ep = poise_env_episode(e);
    check_finish(e, 0, 4);
    check_finish(e, 1, 27);
    /* Busy to 4 s, idle to 9 s, on the way to 11 s, asleep to 20 s, booting to 23 s, busy. */
    check_total("energy", ep.totals.energy_j, 400 + 50 + 40 + 9 + 150 + 400);
    check_total("energy of the second task", ep.record[1].energy_j, 400);
    ck_assert_int_eq(ep.record[1].started_ns, 20 * S);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(who_is_on_the_way_to_sleep_gets_there_first)
{
    poise_scenario *s =
        scenario_of(SLEEPER("1", ", after: 5 s") JOB("0", "4") ", " JOB("10", "1") "]}]\n");
    poise_env *e = played(s, "fifo", 1);
    check_finish(e, 1, 11 + 3 + 1);
    check_total("energy", poise_env_episode(e).totals.energy_j, 400 + 50 + 40 + 150 + 100);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(devices_can_begin_asleep)
{
    poise_scenario *s = scenario_of(SLEEPER("2", ", start: asleep") JOB("5", "4") "]}]\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_group *g = &poise_env_view(e)->group[0];
    ck_assert_int_eq(g->asleep, 2);
    ck_assert_int_eq(g->up, 0);
    ck_assert_int_eq(g->idle, 0);
    ck_assert_double_eq(g->backlog_s, 3);
    ck_assert_double_eq(g->power_w, 2);
    poise_env_choose(e, 0);
    ck_assert(!poise_env_running(e));
    check_finish(e, 0, 12);
    check_total("energy", poise_env_episode(e).totals.energy_j, 12 * 1 + 5 * 1 + 150 + 400);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(those_who_are_awake_are_taken_first)
{
    /* The first device is asleep from 8 s on, the second idle from 6 s on. */
    poise_scenario *s = scenario_of(SLEEPER("2", ", after: 5 s") JOB("0", "1") ", " JOB(
        "0", "6") ", " JOB("9", "9") ", " JOB("10", "1") "]}]\n");
    poise_env *e = played(s, "fifo", 1);
    ck_assert_int_eq(poise_env_episode(e).record[2].device, 1);
    check_finish(e, 2, 18);
    ck_assert_int_eq(poise_env_episode(e).record[3].device, 0);
    check_finish(e, 3, 10 + 3 + 1);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* The candidate with this act; -1 if it is not listed. Every candidate has a cell of its own. */
static int find_act(const poise_view *v, poise_act act)
{
    int found = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        ck_assert_int_eq(poise_view_candidate(v, poise_view_cell(v, c)), c);
        if ((poise_act)v->candidate[c].act == act)
            found = c;
    }
    return found;
}

static void choose_act(poise_env *e, poise_act act, double now_s)
{
    const poise_view *v = poise_env_view(e);
    ck_assert_double_eq_tol(v->now_s, now_s, 1e-9);
    int c = find_act(v, act);
    ck_assert_int_ge(c, 0);
    poise_env_choose(e, c);
}

START_TEST(agents_put_devices_to_sleep_and_wake_them)
{
    poise_scenario *s =
        scenario_of(SLEEPER("2", "") JOB("0", "5") ", " JOB("20", "1") "]}]\n"
                                                                       "decision: {power: true}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_view *v = poise_env_view(e);
    ck_assert_int_eq(find_act(v, POISE_WAKE), -1);
    choose_act(e, POISE_SLEEP, 0);  // the second device, until 2 s
    choose_act(e, POISE_START, 0);  // the first
    ck_assert_int_eq(find_act(v, POISE_SLEEP), -1);
    choose_act(e, POISE_HOLD, 2);
    ck_assert_int_eq(v->group[0].asleep, 1);
    choose_act(e, POISE_WAKE, 5);  // the second device, until 8 s
    ck_assert_int_eq(v->group[0].booting, 1);
    choose_act(e, POISE_SLEEP, 5);  // the first, until 7 s
    choose_act(e, POISE_HOLD, 7);
    ck_assert_int_eq(v->group[0].asleep, 1);
    choose_act(e, POISE_HOLD, 8);
    ck_assert_int_eq(v->group[0].up, 1);
    choose_act(e, POISE_START, 20);
    choose_act(e, POISE_HOLD, 20);
    ck_assert(!poise_env_running(e));
    ck_assert_int_eq(poise_env_episode(e).record[1].device, 1);
    check_finish(e, 1, 21);
    /* The first: busy to 5 s, on its way to 7 s, asleep to 21 s. The second: on its way to 2 s,
     * asleep to 5 s, booting to 8 s, idle to 20 s, busy to 21 s. */
    check_total("energy", poise_env_episode(e).totals.energy_j,
                (500 + 40 + 14) + (40 + 3 + 150 + 120 + 100));
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_batch_waits_for_its_device_to_boot)
{
    poise_scenario *s = scenario_of(
        HEAD "devices: [{name: d, law: batching, batch: 4, timeout: 1 s, exponent: 1, "
             "sleep: {boot: 3 s, start: asleep}}]\nworkload:\n  classes: [{name: c, size: 1}]\n"
             "  sources: [{type: list, jobs: [" JOB("0", "2") ", " JOB("2", "2") "]}]\n");
    /* Both are there when the device is up at 3 s; with exponent 1 they take as long as one. */
    poise_env *e = played(s, "fifo", 1);
    check_finish(e, 0, 5);
    check_finish(e, 1, 5);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- cost -------------------------------------------------------------------------------- */

#define DAY                                                                                        \
    "devices: [{name: d, count: 2, idle: 1 kW, busy: 3 kW, price: 0.5}]\nworkload:\n"              \
    "  classes: [{name: c, size: 1}]\n"                                                            \
    "  sources: [{type: list, jobs: [{at: 7h, class: c, size: 7200}]}]\n"                          \
    "series:\n  price: {values: [[0h, 0.1], [8h, 0.3], "                                           \
    "[20h, 0.2]]}\n"                                                                               \
    "  carbon: {values: [[0h, 100], [12h, 50]]}\n"

START_TEST(cost_and_carbon_are_sums_over_the_prices_of_the_day)
{
    /* Two idle devices: 2 kW for 8 h at 0.1, 12 h at 0.3, 4 h at 0.2 are 10.4; the job: 2 kW more
     * for 1 h at 0.1 and 1 h at 0.3 are 0.8; two devices for 24 h at 0.5 are 24. Carbon: 12 h at
     * 200 g and 12 h at 100 g for idle devices, 4 kWh of 100 g for the job. */
    const double day = 10.4 + 24, job = 0.8;
    poise_scenario *s =
        scenario_of(HEAD DAY "reward: {flow: 0, cost: 1, carbon: 2}\nend: {time: 24h}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    double reward = play(e, a, 1);
    check_total("cost", metric_of(e, "cost"), day + job);
    check_total("carbon", metric_of(e, "carbon_g"), 12 * 200 + 12 * 100 + 400);
    check_total("reward", reward, -(day + job) - 2 * (12 * 200 + 12 * 100 + 400));
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    /* The second day is as the first; measured from its noon on it costs 8 h at 0.3 and 4 h at 0.2,
     * and the devices. */
    s = scenario_of(HEAD DAY "warmup: {time: 36h}\nend: {time: 48h}\n");
    e = played(s, "fifo", 1);
    check_total("cost", metric_of(e, "cost"), 2 * 8 * 0.3 + 2 * 4 * 0.2 + 12);
    check_total("carbon", metric_of(e, "carbon_g"), 12 * 100);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(agents_see_prices_and_may_wait_for_better_ones)
{
    poise_scenario *s = scenario_of(HEAD DAY "decision: {wait: true}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_view *v = poise_env_view(e);
    static const double at_h[] = {7, 8, 12, 20, 24}, price[] = {0.1, 0.3, 0.3, 0.2, 0.1},
                        carbon[] = {100, 100, 50, 50, 100};
    for (int k = 0; k < 5; k++) {
        ck_assert_double_eq(v->price_per_kwh, price[k]);
        ck_assert_double_eq(v->carbon_g_per_kwh, carbon[k]);
        choose_act(e, k < 4 ? POISE_HOLD : POISE_START, at_h[k] * 3600);
    }
    /* Nothing is left to do: prices do not keep the episode alive. */
    ck_assert(!poise_env_running(e));
    check_finish(e, 0, 26 * 3600);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(devices_that_sleep_cost_nothing_and_broken_ones_do)
{
    poise_scenario *s = scenario_of(
        HEAD
        "devices: [{name: d, speed: {c: 1}, price: 36, sleep: {boot: 100 s, start: asleep}}, "
        "{name: b, speed: {c: 0}, price: 3.6, failures: {mtbf: 100 s, mttr: 50 s}}]\nworkload:\n"
        "  classes: [{name: c, size: 1}]\n"
        "  sources: [{type: list, jobs: [" JOB("1000", "40") "]}]\n");
    poise_env *e = played(s, "fifo", 1);
    /* 140 s at 0.01 per second, 1140 s at 0.001. */
    check_total("cost", metric_of(e, "cost"), 1.4 + 1.14);
    check_finish(e, 0, 1140);
    /* It breaks 7 times, at 100 s, 250 s ... 1000 s, and is whole again in time. */
    ck_assert_double_eq(metric_of(e, "failures"), 7);
    check_total("availability", metric_of(e, "availability"), 1 - 7 * 50. / 1140 / 2);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- monitors ---------------------------------------------------------------------------- */

START_TEST(running_averages_fade_exponentially)
{
    poise_scenario *s = scenario_of(
        HEAD "devices: [{name: d, count: 2, memory: 8 GiB, idle: 10 W, busy: 30 W}]\nworkload:\n"
             "  classes: [{name: c, size: 1, memory: 4 GiB}]\n"
             "  sources: [{type: list, jobs: [" JOB("0", "5") ", " JOB(
                 "15", "1") "]}]\n"
                            "decision: {average: 10 s, quantum: 2 s}\n");
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    const poise_group *g = poise_env_view(e)->group;
    ck_assert_double_eq(g->average_busy, 0);
    ck_assert_double_eq(g->power_w, 20);
    poise_env_choose(e, 0);
    ck_assert_double_eq_tol(poise_env_view(e)->now_s, 15, 1e-12);
    /* One of two devices busy for 5 s, a quarter of all memory in use, then nothing for 10 s. */
    ck_assert_double_eq_tol(g->average_busy, 0.5 * (1 - exp(-0.5)) * exp(-1), 1e-14);
    ck_assert_double_eq_tol(g->average_memory, 0.25 * (1 - exp(-0.5)) * exp(-1), 1e-14);
    ck_assert_double_eq(g->average_link, 0);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- all at once ------------------------------------------------------------------------- */

/* What must be so whatever happens: Little's law on the path, and no more time than there is. Debug
 * builds assert more inside, at each event. */
static void check_books(const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    const poise_scenario *s = ep.scenario;
    double tasks_s = 0, span_s = (double)(ep.totals.end_ns - ep.totals.begin_ns) * 1e-9;
    for (int64_t i = 0; i < ep.n_records; i++) {
        const poise_record *r = &ep.record[i];
        int64_t end_ns = r->fate == POISE_FINISHED ? r->finished_ns : ep.totals.end_ns;
        tasks_s += (double)(end_ns - r->arrived_ns) * 1e-9;
    }
    check_total("integral of tasks", ep.totals.tasks_s, tasks_s);
    ck_assert_int_eq(ep.totals.arrived, ep.totals.finished + ep.totals.unfinished);
    ck_assert_int_gt(ep.totals.finished, 100);
    ck_assert_int_gt(ep.totals.failures, 20);
    for (int g = 0; g < s->n_groups; g++)
        ck_assert_double_le(ep.totals.busy_s[g], span_s * s->group[g].count * (1 + 1e-12));
}

#define TROUBLE                                                                                    \
    "failures: {mtbf: {distribution: exponential, mean: 200 s}, mttr: {distribution: "             \
    "exponential, mean: 20 s}, rack: 2, rack_mtbf: {distribution: exponential, mean: 500 s}, "     \
    "rack_mttr: 30 s, when: %s, keeps: %s, task: %s}, sleep: {after: %s, boot: 4 s, down: 1 s, "   \
    "power: 1 W}"
#define DEVICES                                                                                    \
    HEAD "devices:\n"                                                                              \
         "  - {name: a, kind: cpu, count: 3, queue: 2, idle: 10 W, busy: 40 W, power_cap: 80 "     \
         "W, " TROUBLE "}\n"                                                                       \
         "  - {name: b, kind: cpu, law: cores, count: 4, cores: 4, memory: 8 GiB, idle: 10 W, "    \
         "busy: 40 W, "                                                                            \
         "price: 2, " TROUBLE "}\n"                                                                \
         "  - {name: s, kind: gpu, law: %s, count: 2, idle: 10 W, busy: 40 W, " TROUBLE "}\n"      \
         "workload:\n  classes:\n"                                                                 \
         "    - {name: c, size: {distribution: exponential, mean: 20}, memory: 1 GiB, cores: 2, "  \
         "checkpoint: {interval: 5 s, cost: 100 ms, restart: 1 s}, profiles: [{name: one}, "       \
         "{name: two, kind: cpu, devices: 2, speed: 1.7}]}\n"                                      \
         "    - {name: d, size: {distribution: exponential, mean: 5}, memory: 3 GiB}\n"            \
         "  sources: [{type: poisson, rate: 0.4 /s, mix: {c: 1, d: 2}}]\n"

START_TEST(books_balance_with_everything_at_once)
{
    static const char *const decisions[] = {
        "decision: {power: true, wait: true, average: 30 s}\n",
        "decision: {preempt: resume, migrate: true, rescale: true, suspend: true, power: true}\n",
        "decision: {preempt: restart, defer: 7 s, quantum: 10 s}\n",
    };
    static const char *const laws[] = {"shared", "batching, batch: 3, timeout: 2 s"};
    for (int k = 0; k < 12; k++) {
        const char *when = k & 1 ? "busy" : "always", *after = k % 3 ? "3 s" : "0 s";
        const char *keeps = k % 3 == 0 ? "checkpoint" : k % 3 == 1 ? "all" : "nothing";
        const char *task = k & 2 ? "stays" : "queue", *law = laws[k % 2];
        char yaml[8192];
        snprintf(yaml, sizeof yaml,
                 DEVICES "%send: {time: 4000 s}\n"
                         "series: {price: {period: 100 s, values: [[0 s, 1], [33 s, 2]]}}\n",
                 when, keeps, task, after, when, keeps, task, after, law, when, keeps, task, after,
                 decisions[k / 4]);
        poise_scenario *s = scenario_of(yaml);
        poise_env *e = played(s, "random", (uint64_t)k);
        check_books(e);
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "outage", a_task_restarts_from_its_last_checkpoint, a_broken_device_draws_no_power,
        tasks_of_a_broken_device_go_elsewhere_or_stay,
        a_task_on_several_devices_stops_when_one_breaks, racks_take_all_their_devices_down,
        a_device_that_breaks_only_at_work_does_not_age_while_idle,
        failures_do_not_keep_an_episode_alive, devices_are_up_as_often_as_lives_and_repairs_say,
        new_devices_are_up_more_often_at_first,
        a_queue_whose_server_breaks_at_work_meets_its_formulas, all_agents_meet_the_same_failures,
        a_copy_made_during_a_repair_goes_the_same_way,
        idle_devices_fall_asleep_and_are_woken_by_what_is_sent_to_them,
        who_is_on_the_way_to_sleep_gets_there_first, devices_can_begin_asleep,
        those_who_are_awake_are_taken_first, agents_put_devices_to_sleep_and_wake_them,
        a_batch_waits_for_its_device_to_boot, cost_and_carbon_are_sums_over_the_prices_of_the_day,
        agents_see_prices_and_may_wait_for_better_ones,
        devices_that_sleep_cost_nothing_and_broken_ones_do, running_averages_fade_exponentially,
        books_balance_with_everything_at_once);
}
