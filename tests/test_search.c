/* test_search.c - the optimisers find what enumeration finds, within the evaluations they are
 * given: on the classic instances and on random ones, for plans and for parts. */
#include "lib/search.h"

#include "support.h"

#include <math.h>

static const char *const optimiser[] = {"genetic", "swarm", "annealing", "cross_entropy"};
enum { N_OPTIMISERS = 4, SEEDS = INSTRUMENTED ? 3 : 20 };

/* All of them begin with what they share. */
static const search *search_of(const poise_agent *a)
{
    return a->state;
}

static poise_agent *optimiser_of(int k, int evaluations, const char *objective,
                                 const poise_scenario *s)
{
    char spec[128];
    snprintf(spec, sizeof spec, "%s:evaluations=%d:objective=%s", optimiser[k], evaluations,
             objective);
    return new_agent(spec, s);
}

/* ---- plans ---------------------------------------------------------------------------------- */

/* Every optimiser gets `best` from every seed, and does not evaluate more often than it may: once,
 * for all goes as planned. */
static void expect(const poise_scenario *s, const char *objective, int evaluations,
                   const char *metric, double best)
{
    poise_env *e = new_env(s);
    for (int k = 0; k < N_OPTIMISERS; k++) {
        poise_agent *a = optimiser_of(k, evaluations, objective, s);
        for (int seed = 0; seed < SEEDS; seed++) {
            play(e, a, (uint64_t)seed);
            const double got = metric_of(e, metric);
            if (!(fabs(got - best) <= 1e-9 * fabs(best)))
                ck_abort_msg("%s, seed %d: %s %.12g on %s, the best is %.12g", optimiser[k], seed,
                             metric, got, poise_scenario_name(s), best);
            if (search_of(a)->spent > evaluations)
                ck_abort_msg("%s, seed %d: %ld evaluations on %s, not %d", optimiser[k], seed,
                             search_of(a)->spent, poise_scenario_name(s), evaluations);
        }
        poise_agent_free(a);
    }
    poise_env_free(e);
}

static poise_scenario *theory(const char *name)
{
    char path[1024];
    poise_error err;
    snprintf(path, sizeof path, POISE_SOURCE_DIR "/theory/%s.yaml", name);
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* Optima by enumeration; longest first ends at 7, 11, 3 and 21 s. */
START_TEST(plans_for_equal_machines_end_as_early_as_can_be)
{
    const struct {
        const char *name;
        double best_s;
    } row[] = {{"list-two", 6}, {"list-ones", 3}, {"list-twelve", 21}};
    for (int i = 0; i < 3; i++) {
        poise_scenario *s = theory(row[i].name);
        expect(s, "makespan", 2000, "makespan_s", row[i].best_s);
        poise_scenario_free(s);
    }
    poise_scenario *s = load_scenario("p-cmax-v1", NULL);
    expect(s, "auto", 2000, "makespan_s", 9);
    poise_scenario_free(s);
}
END_TEST

/* Makespan 21 s, where Min-Min and Sufferage end at 22 and Max-Min at 24 s; the least sum of
 * completion times is 75 s, by assignment to places in the queues. */
START_TEST(plans_for_unrelated_machines_are_optimal)
{
    poise_scenario *s = load_scenario("unrelated-v1", NULL);
    expect(s, "auto", 10000, "makespan_s", 21);
    expect(s, "response", 10000, "response_mean_s", 75.0 / 6);
    poise_scenario_free(s);
}
END_TEST

static const char assignment_text[] =
    "poise: 1\nname: assignment-v1\ntitle: four jobs, four machines\nabout: for a test\n"
    "devices:\n"
    "  - {name: m0, speed: {j0: 28, j1: 28, j2: 56, j3: 36}}\n"
    "  - {name: m1, speed: {j0: 126, j1: 42, j2: 35, j3: 42}}\n"
    "  - {name: m2, speed: {j0: 36, j1: 56, j2: 280, j3: 28}}\n"
    "  - {name: m3, speed: {j0: 31.5, j1: 24, j2: 35, j3: 63}}\n"
    "workload:\n  classes:\n"
    "    - {name: j0, kind: j0}\n    - {name: j1, kind: j1}\n"
    "    - {name: j2, kind: j2}\n    - {name: j3, kind: j3}\n"
    "  sources:\n    - type: list\n      jobs:\n"
    "        - {at: 0 s, class: j0, size: 252}\n        - {at: 0 s, class: j1, size: 168}\n"
    "        - {at: 0 s, class: j2, size: 280}\n        - {at: 0 s, class: j3, size: 252}\n";

/* Times 9 2 7 8, 6 4 3 7, 5 8 1 8 and 7 6 9 4: at least 2 + 6 + 1 + 4 = 13 s if each machine gets a
 * job, as it must where machines may not be left idle. */
START_TEST(an_assignment_costs_least)
{
    poise_scenario *s = scenario_of(assignment_text);
    expect(s, "response", 2000, "response_mean_s", 13.0 / 4);
    poise_scenario_free(s);
}
END_TEST

/* Where devices may wait, job 1 had better follow job 0 and job 2: a plan of 11 s. With cost 2, 2 +
 * 4 or 1 + 3, 1 and 4: job 1 on m2 behind job 2 takes 1 + 3 = 4 s: 2 + 4 + 1 + 4 = 11 s. */
START_TEST(plans_let_devices_wait_where_they_may)
{
    char text[sizeof assignment_text + 64];
    snprintf(text, sizeof text, "%sdecision: {wait: true}\n", assignment_text);
    poise_scenario *s = scenario_of(text);
    expect(s, "response", 4000, "response_mean_s", 11.0 / 4);
    poise_scenario_free(s);
}
END_TEST

static double most_lateness(const poise_env *e)
{
    const poise_episode ep = poise_env_episode(e);
    double most_s = -INFINITY;
    for (int64_t i = 0; i < ep.n_records; i++)
        most_s = fmax(most_s, 1e-9 * (double)(ep.record[i].finished_ns - ep.more[i].deadline_ns));
    return most_s;
}

/* Jackson: the least greatest lateness is 2 s; Moore: at least one job is late; Smith: completion
 * times sum up to 46 s at least (2, 5, 9, 14, 20: 50 here). */
START_TEST(one_machine_meets_jackson_moore_and_smith)
{
    poise_scenario *s = load_scenario("edd-v1", NULL);
    poise_env *e = new_env(s);
    expect(s, "auto", 2000, "late", 1);
    expect(s, "reward", 2000, "late", 1);
    expect(s, "response", 2000, "response_mean_s", (2 + 5 + 9 + 14 + 20) / 5.0);
    for (int k = 0; k < N_OPTIMISERS; k++)
        for (int seed = 0; seed < SEEDS; seed++) {
            poise_agent *a = optimiser_of(k, 2000, "lateness", s);
            play(e, a, (uint64_t)seed);
            if (!(fabs(most_lateness(e) - 2) < 1e-9))
                ck_abort_msg("%s: lateness %g", optimiser[k], most_lateness(e));
            poise_agent_free(a);
        }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* Weights 3 1 4 5 2, times 6 2 9 4 1: in order of weight over time the weighted sum is 161, by all
 * orders. */
START_TEST(weights_count_where_holding_costs)
{
    poise_scenario *s = load_scenario("wspt-v1", NULL);
    expect(s, "holding", 2000, "reward", -161);
    expect(s, "reward", 2000, "reward", -161);
    poise_scenario_free(s);
}
END_TEST

/* Eight jobs of 1 s that bring 5 each and cost 1 a second: with n of them done 5 n - n (n + 1) / 2,
 * at most 10, with four or five. */
START_TEST(jobs_that_cost_more_than_they_bring_are_refused)
{
    char text[2048];
    int n = snprintf(text, sizeof text,
                     "poise: 1\nname: refuse-v1\ntitle: who may stay\nabout: for a test\n"
                     "devices: [{name: server}]\nworkload:\n  classes: [{name: job}]\n  sources:\n"
                     "    - type: list\n      jobs:\n");
    for (int i = 0; i < 8; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "        - {at: 0 s, class: job, size: 1}\n");
    snprintf(text + n, sizeof text - (size_t)n,
             "decision: {reject: true}\nreward: {flow: 1, throughput: 5}\n");
    poise_scenario *s = scenario_of(text);
    expect(s, "auto", 10000, "reward", 10);
    poise_scenario_free(s);
}
END_TEST

/* ---- random instances ------------------------------------------------------------------------ */

enum { JOBS = 6, MACHINES = 3 };

typedef struct instance {
    int time_s[JOBS][MACHINES];
} instance;

/* Speeds are 1 / time of size 1: the product of all times would be too large. */
static poise_scenario *scenario_of_instance(const instance *x, const char *queue)
{
    char text[8192];
    int n = snprintf(text, sizeof text,
                     "poise: 1\nname: random-v1\ntitle: a random instance\nabout: for a test\n"
                     "devices:\n");
    for (int m = 0; m < MACHINES; m++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "  - {name: m%d, queue: %s, speed: {", m,
                      queue);
        for (int j = 0; j < JOBS; j++)
            n += snprintf(text + n, sizeof text - (size_t)n, "%sj%d: %.17g", j ? ", " : "", j,
                          1.0 / x->time_s[j][m]);
        n += snprintf(text + n, sizeof text - (size_t)n, "}}\n");
    }
    n += snprintf(text + n, sizeof text - (size_t)n, "workload:\n  classes:\n");
    for (int j = 0; j < JOBS; j++)
        n += snprintf(text + n, sizeof text - (size_t)n, "    - {name: j%d, kind: j%d}\n", j, j);
    n += snprintf(text + n, sizeof text - (size_t)n, "  sources:\n    - type: list\n      jobs:\n");
    for (int j = 0; j < JOBS; j++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "        - {at: 0 s, class: j%d, size: 1}\n", j);
    return scenario_of(text);
}

/* Of a machine's jobs the shortest first. */
static double response_sum(const instance *x, const int *machine)
{
    double sum = 0;
    for (int j = 0; j < JOBS; j++)
        for (int i = 0; i < JOBS; i++) {
            const int mine = x->time_s[j][machine[j]], other = x->time_s[i][machine[j]];
            if (machine[i] == machine[j] && (other < mine || (other == mine && i <= j)))
                sum += other;
        }
    return sum;
}

static double makespan(const instance *x, const int *machine)
{
    double load[MACHINES] = {0}, most = 0;
    for (int j = 0; j < JOBS; j++) {
        load[machine[j]] += x->time_s[j][machine[j]];
        most = fmax(most, load[machine[j]]);
    }
    return most;
}

static double enumerate(const instance *x, double (*cost)(const instance *, const int *))
{
    double least = INFINITY;
    int machine[JOBS] = {0};
    for (int at = 0; at < JOBS;) {
        least = fmin(least, cost(x, machine));
        for (at = 0; at < JOBS && ++machine[at] == MACHINES; at++)
            machine[at] = 0;
    }
    return least;
}

START_TEST(random_instances_are_solved_as_by_enumeration)
{
    const int instances = INSTRUMENTED ? 2 : 8;
    for (int i = 0; i < instances; i++) {
        poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 0, (uint32_t)i);
        instance x;
        for (int j = 0; j < JOBS; j++)
            for (int m = 0; m < MACHINES; m++)
                x.time_s[j][m] = 1 + poise_rng_below(&r, 30);
        poise_scenario *s = scenario_of_instance(&x, "unlimited");
        poise_env *e = new_env(s);
        for (int k = 0; k < N_OPTIMISERS; k++) {
            const double best_s[] = {enumerate(&x, makespan), enumerate(&x, response_sum) / JOBS};
            for (int what = 0; what < 2; what++) {
                poise_agent *a = optimiser_of(k, 10000, what ? "response" : "makespan", s);
                play(e, a, (uint64_t)i);
                const double got_s = metric_of(e, what ? "response_mean_s" : "makespan_s");
                if (!(fabs(got_s - best_s[what]) < 1e-6))
                    ck_abort_msg("%s, instance %d: %s %g, the best is %g", optimiser[k], i,
                                 what ? "response" : "makespan", got_s, best_s[what]);
                poise_agent_free(a);
            }
        }
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

/* ---- parts ----------------------------------------------------------------------------------- */

enum { WORKS = 4 };

/* sum B_i / R_i, where R_i is how fast the simulator does what was done of B_i until the first
 * work ends. */
static double cost_of_parts(poise_env *e, poise_agent *a, uint64_t seed)
{
    const double work[WORKS] = {1, 4, 9, 16};
    poise_env_reset(e, seed);
    poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    a->type->attend(a->state, poise_env_view(e), a->attention);
    poise_env_step(e, a->attention);
    const poise_view *v = poise_env_view(e);
    double cost = 0, done[WORKS] = {1, 4, 9, 16};
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++)
        done[v->task[i].class_id] = v->task[i].done;
    for (int i = 0; i < WORKS; i++)
        cost += work[i] / (done[i] / v->now_s);
    return cost;
}

static void play_shares(poise_env *e, poise_agent *a, uint64_t seed)
{
    poise_env_reset(e, seed);
    poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e))
        poise_agent_step(a, e);
}

/* Kleinrock: (1 + 2 + 3 + 4)^2 / 20 = 5; with at most 7 each (35% of 20) 5.054945055. Parts alike
 * cost 6. */
START_TEST(parts_cost_no_more_than_square_roots)
{
    const char *capped[] = {"workload.classes.0.cap=0.35", "workload.classes.1.cap=0.35",
                            "workload.classes.2.cap=0.35", "workload.classes.3.cap=0.35", NULL};
    const double best[] = {5, 5.054945055};
    for (int with = 0; with < 2; with++) {
        poise_scenario *s = load_scenario("square-root-v1", with ? capped : NULL);
        poise_env *e = new_env(s);
        for (int k = 0; k < N_OPTIMISERS; k++) {
            poise_agent *a = optimiser_of(k, 10000, "auto", s);
            for (int seed = 0; seed < SEEDS; seed++) {
                const double cost = cost_of_parts(e, a, (uint64_t)seed);
                if (!(fabs(cost - best[with]) <= 1e-6 * best[with]))
                    ck_abort_msg("%s, seed %d: %.12g, the best is %.12g", optimiser[k], seed, cost,
                                 best[with]);
                if (search_of(a)->spent > 10000)
                    ck_abort_msg("%s: %ld evaluations", optimiser[k], search_of(a)->spent);
            }
            poise_agent_free(a);
        }
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

/* Where parts change when a work ends, one after the other is best, the shortest first: 1/20, 5/20,
 * 14/20 and 30/20 s, mean 0.625 s; of weights 2 and 1 and works 2 and 3 at 1 a second the heavier
 * first: 2 * 2 + 5 = 9. No part is 0, so that it takes a little longer. */
START_TEST(parts_that_may_change_go_to_one_after_the_other)
{
    poise_scenario *s = load_scenario("square-root-v1", NULL);
    poise_scenario *two = scenario_of(
        "poise: 1\nname: two-v1\ntitle: two works\nabout: for a test\n"
        "devices: [{name: link, law: shared}]\nworkload:\n"
        "  classes: [{name: a, weight: 2, size: 2}, {name: b, size: 3}]\n"
        "  sources: [{type: batch, jobs: 1, class: a}, {type: batch, jobs: 1, class: b}]\n"
        "decision: {mode: share}\nreward: {flow: 0, holding: 1}\n");
    poise_env *e = new_env(s), *f = new_env(two);
    for (int k = 0; k < N_OPTIMISERS; k++) {
        poise_agent *a = optimiser_of(k, 5000, "response", s);
        poise_agent *b = optimiser_of(k, 5000, "holding", two);
        for (int seed = 0; seed < SEEDS / 3; seed++) {
            play_shares(e, a, (uint64_t)seed);
            play_shares(f, b, (uint64_t)seed);
            if (!(fabs(metric_of(e, "response_mean_s") - 0.625) < 0.003))
                ck_abort_msg("%s: %.9g", optimiser[k], metric_of(e, "response_mean_s"));
            if (!(fabs(metric_of(f, "reward") + 9) < 1e-3))
                ck_abort_msg("%s: reward %.9g", optimiser[k], metric_of(f, "reward"));
        }
        poise_agent_free(a);
        poise_agent_free(b);
    }
    poise_env_free(e);
    poise_env_free(f);
    poise_scenario_free(s);
    poise_scenario_free(two);
}
END_TEST

/* ---- the budget ------------------------------------------------------------------------------ */

START_TEST(no_decision_takes_more_evaluations_than_it_may)
{
    const char *const name[] = {"gpu-mix-v1", "sharing-v1", "cmu-v1", "heft-v1",
                                "sharing-unequal-v1"};
    for (int i = 0; i < 5; i++) {
        poise_scenario *s = load_short(name[i], 100);
        poise_env *e = new_env(s);
        for (int k = 0; k < N_OPTIMISERS; k++)
            for (int most = 1; most < 100; most *= 3) {
                poise_agent *a = optimiser_of(k, most, "auto", s);
                play(e, a, 3);
                const search *q = search_of(a);
                if (q->most_spent > most || q->spent < 1)
                    ck_abort_msg("%s on %s: %ld evaluations at a decision, not %d", optimiser[k],
                                 name[i], q->most_spent, most);
                poise_agent_free(a);
            }
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

/* With more evaluations the plan that is found first costs no more: the model's cost, summed over
 * seeds. */
START_TEST(more_evaluations_find_better_plans)
{
    poise_scenario *s = load_short("carbon-batch-v1", 40);
    poise_env *e = new_env(s);
    for (int k = 0; k < N_OPTIMISERS; k++) {
        double cost[2] = {0};
        for (int more = 0; more < 2; more++) {
            poise_agent *a = optimiser_of(k, more ? 1000 : 10, "response", s);
            for (int seed = 0; seed < SEEDS; seed++) {
                poise_env_reset(e, (uint64_t)seed);
                poise_agent_begin(a, POISE_MODE_EVALUATE, (uint64_t)seed);
                while (poise_env_running(e) && poise_env_view(e)->n_tasks < 5)
                    poise_env_choose(e, poise_env_view(e)->n_candidates - 1);
                poise_agent_choose(a, poise_env_view(e));
                cost[more] += search_of(a)->best_cost;
            }
            poise_agent_free(a);
        }
        ck_assert_msg(cost[1] <= cost[0], "%s: %g with few, %g with many", optimiser[k], cost[0],
                      cost[1]);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "search", plans_for_equal_machines_end_as_early_as_can_be,
        plans_for_unrelated_machines_are_optimal, an_assignment_costs_least,
        plans_let_devices_wait_where_they_may, one_machine_meets_jackson_moore_and_smith,
        weights_count_where_holding_costs, jobs_that_cost_more_than_they_bring_are_refused,
        random_instances_are_solved_as_by_enumeration, parts_cost_no_more_than_square_roots,
        parts_that_may_change_go_to_one_after_the_other,
        no_decision_takes_more_evaluations_than_it_may, more_evaluations_find_better_plans);
}
