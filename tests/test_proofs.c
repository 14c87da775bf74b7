/* test_proofs.c - rules that are proved to be best: on random small instances none of all schedules
 * is better than theirs. */
#include <limits.h>
#include <math.h>
#include <stdarg.h>

#include "lib/shares.h"
#include "support.h"

enum { JOBS = 5, INSTANCES = INSTRUMENTED ? 20 : 200, MOST_TIME = 64 };

/* Jobs with whole numbers for everything. */
typedef struct instance {
    int n;
    int arrival[JOBS], size[JOBS], second[JOBS], weight[JOBS], deadline[JOBS];
} instance;

static int between(poise_rng *r, int low, int high)
{
    return low + poise_rng_below(r, high - low + 1);
}

static instance draw(poise_rng *r, int n, int latest, int longest, int last_deadline)
{
    instance x = {.n = n};
    for (int i = 0; i < n; i++) {
        x.arrival[i] = between(r, 0, latest);
        x.size[i] = between(r, 1, longest);
        x.second[i] = between(r, 1, longest);
        x.weight[i] = between(r, 1, 5);
        x.deadline[i] = between(r, x.size[i], last_deadline);
        for (int k = i; k > 0 && x.arrival[k] < x.arrival[k - 1]; k--) {
            const int later = x.arrival[k - 1];  // jobs are listed in order of arrival
            x.arrival[k - 1] = x.arrival[k];
            x.arrival[k] = later;
        }
    }
    return x;
}

/* ---- what the rule does -------------------------------------------------------------------- */

typedef struct text {
    char at[8192];
    size_t n;
} text;

static void say(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    t->n += (size_t)vsnprintf(t->at + t->n, sizeof t->at - t->n, format, args);
    va_end(args);
    ck_assert_uint_lt(t->n, sizeof t->at);
}

/* When each job ends, its last task. */
static void play_text(const text *t, const char *rule, double *end_s, int n)
{
    poise_scenario *s = scenario_of(t->at);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    poise_env_reset(e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(e))
        poise_agent_step(a, e);
    const poise_episode ep = poise_env_episode(e);
    const int per_job = (int)ep.n_records / n;
    for (int i = 0; i < n; i++)
        end_s[i] = (double)ep.record[(i + 1) * per_job - 1].finished_ns / 1e9;
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

#define HEAD "poise: 1\nname: proof-v1\ntitle: t\nabout: t\n"

static void play_rule(const instance *x, const char *rule, int machines, const char *decision,
                      double *end_s)
{
    text t = {0};
    say(&t,
        HEAD "devices: [{name: m, count: %d}]\ndecision: {window: 8%s}\nworkload:\n  classes:\n",
        machines, decision);
    for (int i = 0; i < x->n; i++)
        say(&t, "    - {name: j%d, weight: %d}\n", i, x->weight[i]);
    say(&t, "  sources:\n    - type: list\n      jobs:\n");
    for (int i = 0; i < x->n; i++)
        say(&t, "        - {at: %d, class: j%d, size: %d, deadline: %d}\n", x->arrival[i], i,
            x->size[i], x->deadline[i]);
    play_text(&t, rule, end_s, x->n);
}

/* ---- all orders ---------------------------------------------------------------------------- */

/* What an order of the jobs costs. */
typedef double cost_of(const instance *x, const int *order);

static double least_from(const instance *x, cost_of *cost, int *order, int at)
{
    double least = INFINITY;
    if (at == x->n)
        return cost(x, order);
    for (int i = at; i < x->n; i++) {
        const int here = order[at];
        order[at] = order[i];
        order[i] = here;
        least = fmin(least, least_from(x, cost, order, at + 1));
        order[i] = order[at];
        order[at] = here;
    }
    return least;
}

static double least_of_all(const instance *x, cost_of *cost)
{
    int order[JOBS] = {0, 1, 2, 3, 4};
    return least_from(x, cost, order, 0);
}

/* What ends cost. */
typedef double sum_of(const instance *x, const double *end_s);

static double holding(const instance *x, const double *end_s)
{
    double sum = 0;
    for (int i = 0; i < x->n; i++)
        sum += x->weight[i] * end_s[i];
    return sum;
}

static double flow(const instance *x, const double *end_s)
{
    double sum = 0;
    for (int i = 0; i < x->n; i++)
        sum += end_s[i];
    return sum;
}

static double lateness(const instance *x, const double *end_s)
{
    double most = -INFINITY;
    for (int i = 0; i < x->n; i++)
        most = fmax(most, end_s[i] - x->deadline[i]);
    return most;
}

static double n_late(const instance *x, const double *end_s)
{
    int n = 0;
    for (int i = 0; i < x->n; i++)
        n += end_s[i] > x->deadline[i];
    return n;
}

static sum_of *measure;

static double one_machine(const instance *x, const int *order)
{
    double end_s[JOBS], now = 0;
    for (int i = 0; i < x->n; i++)
        end_s[order[i]] = now += x->size[order[i]];
    return measure(x, end_s);
}

static double two_machines_in_turn(const instance *x, const int *order)
{
    int first = 0, second = 0;
    for (int i = 0; i < x->n; i++) {
        first += x->size[order[i]];
        second = (second > first ? second : first) + x->second[order[i]];
    }
    return second;
}

/* Each job to the one of two machines that is free first, in the order: every schedule without
 * needless pauses is one of these. */
static double two_machines(const instance *x, const int *order)
{
    double end_s[JOBS], free_s[2] = {0};
    for (int i = 0; i < x->n; i++) {
        const int m = free_s[1] < free_s[0];
        end_s[order[i]] = free_s[m] += x->size[order[i]];
    }
    return measure(x, end_s);
}

static double most_of(int n, const double *x)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, x[i]);
    return most;
}

static void expect_best_of_orders(const char *rule, sum_of *of, int machines, uint64_t seed)
{
    poise_rng r = poise_rng_at(seed, POISE_FOR_HARNESS, 0, 0);
    measure = of;
    for (int k = 0; k < INSTANCES; k++) {
        const instance x = draw(&r, JOBS, 0, 9, 25);
        double end_s[JOBS];
        play_rule(&x, rule, machines, "", end_s);
        const double got = of(&x, end_s);
        const double best = least_of_all(&x, machines == 1 ? one_machine : two_machines);
        if (fabs(got - best) > 1e-6)
            ck_abort_msg("%s, instance %d: %g, but %g can be had", rule, k, got, best);
    }
}

START_TEST(smiths_ratio_has_the_least_holding_cost)
{
    expect_best_of_orders("weighted_shortest", holding, 1, 1);
}
END_TEST

START_TEST(shortest_first_has_the_least_response)
{
    expect_best_of_orders("shortest", flow, 1, 2);
    expect_best_of_orders("shortest", flow, 2, 3);
}
END_TEST

START_TEST(earliest_deadline_first_has_the_least_lateness)
{
    expect_best_of_orders("earliest_deadline", lateness, 1, 4);
    expect_best_of_orders("earliest_due_date", lateness, 1, 5);
}
END_TEST

START_TEST(moore_and_hodgson_have_the_fewest_late_jobs)
{
    expect_best_of_orders("moore_hodgson", n_late, 1, 6);
}
END_TEST

/* The best of two machines is that of an order, too. Longest first is at most 4/3 - 1/(3 m) of it.
 */
START_TEST(longest_first_keeps_grahams_bound)
{
    poise_rng r = poise_rng_at(7, POISE_FOR_HARNESS, 0, 0);
    double worst = 1;
    for (int k = 0; k < INSTANCES; k++) {
        const instance x = draw(&r, JOBS, 0, 9, 25);
        double end_s[JOBS], best = INFINITY;
        play_rule(&x, "longest", 2, "", end_s);
        for (int set = 0; set < 1 << JOBS; set++) {
            int load[2] = {0};
            for (int i = 0; i < JOBS; i++)
                load[set >> i & 1] += x.size[i];
            best = fmin(best, load[0] > load[1] ? load[0] : load[1]);
        }
        worst = fmax(worst, most_of(JOBS, end_s) / best);
        if (most_of(JOBS, end_s) < best - 1e-6)
            ck_abort_msg("instance %d ends before all can be done", k);
    }
    ck_assert_double_le(worst, 7. / 6 + 1e-9);
    ck_assert_double_gt(worst, 1);
}
END_TEST

START_TEST(johnsons_order_ends_first)
{
    poise_rng r = poise_rng_at(8, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < INSTANCES; k++) {
        const instance x = draw(&r, JOBS, 0, 9, 25);
        text t = {0};
        double end_s[JOBS];
        say(&t, HEAD "devices: [{name: a, speed: {a: 1}}, {name: b, speed: {b: 1}}]\ngraphs:\n");
        for (int i = 0; i < JOBS; i++)
            say(&t,
                "  - {name: j%d, tasks: [{name: a, class: a, size: %d}, {name: b, class: b, "
                "after: a, size: %d}]}\n",
                i, x.size[i], x.second[i]);
        say(&t, "workload:\n  classes:\n    - {name: a, kind: a}\n    - {name: b, kind: b}\n");
        for (int i = 0; i < JOBS; i++)
            say(&t, "    - {name: j%d, graph: j%d}\n", i, i);
        say(&t, "  sources:\n");
        for (int i = 0; i < JOBS; i++)
            say(&t, "    - {type: batch, jobs: 1, class: j%d}\n", i);
        play_text(&t, "johnson", end_s, JOBS);
        const double best = least_of_all(&x, two_machines_in_turn);
        if (fabs(most_of(JOBS, end_s) - best) > 1e-6)
            ck_abort_msg("instance %d: %g, but %g can be had", k, most_of(JOBS, end_s), best);
    }
}
END_TEST

/* ---- all schedules that interrupt ---------------------------------------------------------- */

/* By what is left of each job at a time: the least that the rest costs; it is enough to decide anew
 * every second, for all numbers are whole. -1 is not known yet. */
static int known[MOST_TIME][4][4][4][4];

/* What a job costs that ends at this time: INT_MAX / 8 forbids it. */
typedef int end_cost(const instance *x, int job, int at);

static int least_rest(const instance *x, end_cost *cost, int now, const int *left)
{
    int *memo = &known[now][left[0]][left[1]][left[2]][left[3]], best = INT_MAX / 4, n_left = 0;
    if (*memo >= 0)
        return *memo;
    for (int i = 0; i < 4; i++) {
        n_left += left[i] > 0;
        if (left[i] == 0 || x->arrival[i] > now)
            continue;
        int then[4] = {left[0], left[1], left[2], left[3]};
        then[i]--;
        const int here = then[i] == 0 ? cost(x, i, now + 1) : 0;
        const int rest = here + least_rest(x, cost, now + 1, then);
        best = rest < best ? rest : best;
    }
    if (n_left == 0)
        best = 0;
    else if (best >= INT_MAX / 4)
        best = least_rest(x, cost, now + 1, left);  // nobody is there
    return *memo = best < INT_MAX / 8 ? best : INT_MAX / 8;
}

static int end_time(const instance *x, int job, int at)
{
    (void)x, (void)job;
    return at;
}

static int in_time(const instance *x, int job, int at)
{
    return at <= x->arrival[job] + x->deadline[job] ? 0 : INT_MAX / 8;
}

START_TEST(shortest_remaining_first_has_the_least_response_on_every_path)
{
    poise_rng r = poise_rng_at(9, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < INSTANCES; k++) {
        const instance x = draw(&r, 4, 8, 3, 25);
        double end_s[JOBS];
        memset(known, -1, sizeof known);
        play_rule(&x, "shortest_remaining", 1, ", preempt: resume", end_s);
        const int best = least_rest(&x, end_time, 0, x.size);
        if (fabs(flow(&x, end_s) - best) > 1e-6)
            ck_abort_msg("instance %d: %g, but %d can be had", k, flow(&x, end_s), best);
    }
}
END_TEST

/* Dertouzos 1974: whatever can be in time is so by earliest deadline first. */
START_TEST(earliest_deadline_first_is_in_time_if_anybody_is)
{
    poise_rng r = poise_rng_at(10, POISE_FOR_HARNESS, 0, 0);
    int n_possible = 0;
    for (int k = 0; k < 3 * INSTANCES; k++) {
        const instance x = draw(&r, 4, 5, 3, 9);
        double end_s[JOBS];
        memset(known, -1, sizeof known);
        const bool possible = least_rest(&x, in_time, 0, x.size) == 0;
        n_possible += possible;
        if (!possible)
            continue;
        play_rule(&x, "earliest_deadline", 1, ", preempt: resume", end_s);
        for (int i = 0; i < x.n; i++)
            if (end_s[i] > x.arrival[i] + x.deadline[i] + 1e-6)
                ck_abort_msg("instance %d: job %d ends at %g", k, i, end_s[i]);
    }
    ck_assert_int_gt(n_possible, INSTANCES / 2);
    ck_assert_int_lt(n_possible, 3 * INSTANCES);
}
END_TEST

/* ---- fairness ------------------------------------------------------------------------------ */

/* Two tenants with more tasks than fit: with what the other holds, but for its last task, each
 * could run no more than it does; and one more, as the other may go on where it itself no longer
 * fits, with less than it needs of something. */
START_TEST(nobody_envies_another_by_more_than_tasks_are_whole)
{
    poise_rng r = poise_rng_at(11, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < INSTANCES; k++) {
        const int cores[] = {between(&r, 1, 4), between(&r, 1, 4)};
        const int memory[] = {between(&r, 1, 4), between(&r, 1, 4)};
        text t = {0};
        say(&t,
            HEAD "tenants: [{name: a}, {name: b}]\n"
                 "devices: [{name: m, law: cores, cores: %d, memory: %d GB}]\n"
                 "decision: {running: 64, window: 64}\nworkload:\n  classes:\n",
            between(&r, 8, 24), between(&r, 8, 24));
        for (int i = 0; i < 2; i++)
            say(&t, "    - {name: %c, tenant: %c, cores: %d, memory: %d GB, size: 10}\n", 'a' + i,
                'a' + i, cores[i], memory[i]);
        say(&t,
            "  sources: [{type: batch, jobs: 30, class: a}, {type: batch, jobs: 30, class: b}]\n"
            "end: {time: 5 s}\n");
        poise_scenario *s = scenario_of(t.at);
        poise_env *e = new_env(s);
        poise_agent *a = new_agent("dominant_resource_fairness", s);
        int n[2] = {0};
        play(e, a, 1);
        const poise_episode ep = poise_env_episode(e);
        for (int i = 0; i < ep.n_records; i++)
            n[ep.record[i].class_id] += ep.record[i].started_ns == 0;
        for (int i = 0; i < 2; i++) {
            const int less = n[!i] > 0 ? n[!i] - 1 : 0;
            const int by_cores = less * cores[!i] / cores[i];
            const int by_memory = less * memory[!i] / memory[i];
            const int could = by_cores < by_memory ? by_cores : by_memory;
            if (could > n[i] + 1)
                ck_abort_msg("instance %d: %d has %d, with the other's %d", k, i, n[i], could);
        }
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

/* Nobody below a cap has less, by weight, than anybody has; and all is given away that can be. */
START_TEST(max_min_parts_are_level_below_the_caps)
{
    enum { N = 8 };
    poise_rng r = poise_rng_at(12, POISE_FOR_HARNESS, 0, 0);
    for (int k = 0; k < 1000; k++) {
        double cap[N], weight[N], work[N], part[N], used = 0, asked = 0, level = 0;
        for (int i = 0; i < N; i++) {
            asked += cap[i] = poise_rng_uniform(&r);
            weight[i] = .1 + poise_rng_uniform(&r);
        }
        shares s = {N, 6 * poise_rng_uniform(&r), cap, weight, work, part};
        shares_max_min(&s, false);
        for (int i = 0; i < N; i++) {
            used += part[i];
            level = fmax(level, part[i] / weight[i]);
        }
        for (int i = 0; i < N; i++)
            if (part[i] > cap[i] || (part[i] < cap[i] && part[i] / weight[i] < level - 1e-9))
                ck_abort_msg("instance %d: part %d is %g", k, i, part[i]);
        if (fabs(used - fmin(asked, s.capacity)) > 1e-9)
            ck_abort_msg("instance %d: %g of %g", k, used, s.capacity);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "proofs", smiths_ratio_has_the_least_holding_cost, shortest_first_has_the_least_response,
        earliest_deadline_first_has_the_least_lateness, moore_and_hodgson_have_the_fewest_late_jobs,
        longest_first_keeps_grahams_bound, johnsons_order_ends_first,
        shortest_remaining_first_has_the_least_response_on_every_path,
        earliest_deadline_first_is_in_time_if_anybody_is,
        nobody_envies_another_by_more_than_tasks_are_whole, max_min_parts_are_level_below_the_caps);
}
