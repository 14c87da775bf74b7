/* test_stability.c - how steady agents are: what goes to and fro between tasks that share, and how
 * long a system takes to recover from a change of its world. */
#include <math.h>

#include "support.h"

/* ---- oscillation of shares ----------------------------------------------------------------- */

/* A server of two units a second, and attention taken as weights; a decision every second. */
static const char two_share[] =
    "poise: 1\nname: two-share-v1\ntitle: two tasks share\nabout: for a test\n"
    "devices: [{name: server, law: shared, capacity: 2, cap: 2}]\n"
    "workload:\n  classes: [{name: job}]\n"
    "  sources: [{type: list, jobs: [{at: 0 s, class: job, size: 20}, {at: 0 s, class: job, size: "
    "20},\n                                {at: 5.5 s, class: job, size: 4}]}]\n"
    "decision: {mode: share, attention: weights, quantum: 1 s, window: 8}\n";

/* Weights of the tasks in the system from a time on. */
typedef struct phase {
    double from_s, weight[3];
} phase;

static double oscillation_under(const phase *plan, int n)
{
    poise_scenario *s = scenario_of(two_share);
    poise_env *e = new_env(s);
    poise_env_reset(e, 1);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        const phase *p = plan;
        for (int k = 1; k < n; k++)
            p = v->now_s >= plan[k].from_s ? &plan[k] : p;
        double attention[3];
        for (int i = 0; i < v->n_candidates; i++)
            attention[i] = p->weight[v->task[v->candidate[i].task].slot];
        poise_env_step(e, attention);
    }
    const double value = metric_of(e, "share_oscillation");
    poise_env_free(e);
    poise_scenario_free(s);
    return value;
}

START_TEST(what_moves_between_tasks_that_stay_is_counted_by_hand)
{
    /* Two tasks have 1/2 each; at 1 s one of them 3/4, a quarter moves; at 3 s it has 1/4, a half
     * moves. 44 units at 2 a second take 22 s. */
    const phase plan[] = {{0, {1, 1, 1}}, {1, {3, 1, 1}}, {3, {1, 3, 4}}};
    ck_assert_double_eq_tol(oscillation_under(plan, 3), .75 / 22, 1e-15);
    /* All goes to the other each second, five times; what the third task takes does not count. */
    const phase turns[] = {{0, {1, 0, 0}}, {1, {0, 1, 0}}, {2, {1, 0, 0}},  {3, {0, 1, 0}},
                           {4, {1, 0, 0}}, {5, {0, 1, 0}}, {5.2, {0, 1, 1}}};
    ck_assert_double_eq_tol(oscillation_under(turns, 7), 5. / 22, 1e-15);
}
END_TEST

START_TEST(what_comings_and_goings_force_is_no_oscillation)
{
    /* The third task takes from both; each that ends leaves all it had to the others. */
    const phase equal[] = {{0, {1, 1, 1}}}, unequal[] = {{0, {1, 3, .1}}};
    ck_assert_double_eq(oscillation_under(equal, 1), 0);
    ck_assert_double_eq(oscillation_under(unequal, 1), 0);
    /* A newcomer that takes everything takes it from those that stay, and gives it back. */
    const phase first[] = {{0, {1, 1, 0}}, {5.5, {0, 0, 1}}, {7.5, {1, 1, 0}}};
    ck_assert_double_eq(oscillation_under(first, 3), 0);
}
END_TEST

static double metric_under(const char *scenario, const char *const *sets, const char *agent,
                           const char *metric)
{
    poise_scenario *s = load_scenario(scenario, sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    poise_env_reset(e, 3);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 3);
    while (poise_env_running(e))
        poise_agent_step(a, e);
    ck_assert_str_eq(poise_env_error(e), "");
    const double value = metric_of(e, metric);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    return value;
}

START_TEST(shares_that_stand_do_not_oscillate_whatever_the_caps)
{
    const char *const sets[] = {"end.jobs=400", "warmup.jobs=50", NULL};
    ck_assert_double_eq(metric_under("sharing-v1", sets, "equal_share", "share_oscillation"), 0);
    ck_assert_double_eq(metric_under("sharing-v1", sets, "max_min", "share_oscillation"), 0);
    ck_assert_double_gt(metric_under("sharing-v1", sets, "balancer", "share_oscillation"), 1e-4);
    ck_assert(isnan(metric_under("mm1-v1", NULL, "fifo", "share_oscillation")));
}
END_TEST

/* ---- recovery ------------------------------------------------------------------------------ */

/* A job of half a second each second; at 20 s `more` others. Windows are of one second, with half
 * a task in the system on average. */
#define STEADY(more)                                                                               \
    "poise: 1\nname: surge-v1\ntitle: a surge\nabout: for a test\n"                                \
    "devices: [{name: server}]\n"                                                                  \
    "workload:\n  classes: [{name: job, size: 0.5}]\n"                                             \
    "  sources: [{type: deterministic, period: 1 s, class: job}" more "]\n"                        \
    "change_at: 20 s\nend: {time: 40 s}\n"

typedef struct answer {
    double recovery_s, recovered;
} answer;

static answer recovery_in(const char *text)
{
    poise_scenario *s = scenario_of(text);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    play(e, a, 1);
    const answer got = {metric_of(e, "recovery_s"), metric_of(e, "recovered")};
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    return got;
}

START_TEST(a_queue_that_is_worked_off_recovers_when_it_is_gone)
{
    /* Four more jobs at 20 s make 2.5 s of work there, and each second half a second of it goes: 2
     * at 21 s, 1.5, 1, and at 24 s a job finds the server idle again. */
    const answer got = recovery_in(
        STEADY(", {type: deterministic, period: 1 s, start: 20 s, jobs: 1, class: job},"
               " {type: deterministic, period: 1 ns, start: 20 s, jobs: 3, class: job}"));
    ck_assert_double_eq_tol(got.recovery_s, 4, 1e-7);
    ck_assert_double_eq(got.recovered, 1);
}
END_TEST

START_TEST(a_change_that_does_no_harm_takes_no_time)
{
    const answer got = recovery_in(STEADY(""));
    ck_assert_double_eq(got.recovery_s, 0);
    ck_assert_double_eq(got.recovered, 1);
}
END_TEST

START_TEST(a_system_that_stays_worse_is_counted_up_to_the_end)
{
    /* Two more half seconds of work each second from then on: the queue only grows. */
    const answer got =
        recovery_in(STEADY(", {type: deterministic, period: 500 ms, start: 20 s, class: job}"));
    ck_assert_double_eq(got.recovery_s, 20);
    ck_assert_double_eq(got.recovered, 0);
}
END_TEST

START_TEST(harm_that_shows_late_counts_from_the_change)
{
    /* Three more jobs at 30 s: 2 s of work, gone at 33 s. */
    const answer got = recovery_in(
        STEADY(", {type: deterministic, period: 1 ns, start: 30 s, jobs: 3, class: job}"));
    ck_assert_double_eq_tol(got.recovery_s, 13, 1e-7);
    ck_assert_double_eq(got.recovered, 1);
}
END_TEST

START_TEST(where_nothing_changes_there_is_no_recovery)
{
    ck_assert(isnan(metric_under("mm1-v1", (const char *const[]){"end.jobs=9000", NULL}, "fifo",
                                 "recovery_s")));
    ck_assert(isnan(
        metric_under("mm1-v1", (const char *const[]){"end.jobs=9000", NULL}, "fifo", "recovered")));
}
END_TEST

/* All metrics of an episode, and its hash. */
static void measure(const char *const *sets, double *value, uint64_t *hash)
{
    poise_scenario *s = load_scenario("regime-change-v1", sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("shortest", s);
    play(e, a, 5);
    const poise_episode ep = poise_env_episode(e);
    ck_assert(poise_measure(&ep, value));
    *hash = ep.hash;
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(to_measure_recovery_changes_nothing_else)
{
    double with[96], without[96];
    uint64_t hash, same;
    const poise_metric *row;
    const int n = poise_metrics(&row);
    measure((const char *const[]){"change_at=60000 s", NULL}, with, &hash);
    measure((const char *const[]){"change_at=0", NULL}, without, &same);
    ck_assert_uint_eq(hash, same);
    for (int i = 0; i < n; i++)
        if (strncmp(row[i].name, "recover", 7) != 0 && with[i] != without[i] && !isnan(with[i]))
            ck_abort_msg("%s: %.17g, %.17g", row[i].name, with[i], without[i]);
    ck_assert(!isnan(with[poise_metric_index("recovery_s")]));
    ck_assert(isnan(without[poise_metric_index("recovery_s")]));
}
END_TEST

START_TEST(a_change_without_time_before_and_after_is_refused)
{
    static const struct {
        const char *set, *sentence;
    } wrong[] = {
        {"change_at=300000 s", "change_at is not before end.time: there is no time to recover"},
        {"change_at=10000 s", "change_at is not after warmup.time: nothing is known of before"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        poise_error err;
        ck_assert_ptr_null(
            poise_scenario_load(SCENARIO_DIR "/regime-change-v1.yaml", &wrong[k].set, 1, &err));
        ck_assert_msg(strstr(err.text, wrong[k].sentence) != NULL, "%s", err.text);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("stability", what_moves_between_tasks_that_stay_is_counted_by_hand,
                     what_comings_and_goings_force_is_no_oscillation,
                     shares_that_stand_do_not_oscillate_whatever_the_caps,
                     a_queue_that_is_worked_off_recovers_when_it_is_gone,
                     a_change_that_does_no_harm_takes_no_time,
                     a_system_that_stays_worse_is_counted_up_to_the_end,
                     harm_that_shows_late_counts_from_the_change,
                     where_nothing_changes_there_is_no_recovery,
                     to_measure_recovery_changes_nothing_else,
                     a_change_without_time_before_and_after_is_refused);
}
