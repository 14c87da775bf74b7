/* test_rollout.c - imagined worlds agree with the run in all that views show and differ in what is
 * to come, by the laws of the scenario; and the agent that plays in them knows no more, improves on
 * its base rule and comes near to the optimum. */
#include "imagine.h"
#include "state.h"
#include "support.h"

/* ---- imagined worlds ------------------------------------------------------------------------- */

static bool same_tasks(const poise_view *a, const poise_view *b)
{
    bool same = a->n_tasks == b->n_tasks && a->n_running == b->n_running;
    for (int i = 0; same && i < a->n_tasks + a->n_running; i++) {
        const poise_task *x = &a->task[i], *y = &b->task[i];
        same = x->id == y->id && !(x->size < y->size) && !(x->size > y->size) &&
               !(x->done < y->done) && !(x->done > y->done) && x->class_id == y->class_id &&
               x->group == y->group && !(x->deadline_s < y->deadline_s) &&
               !(x->deadline_s > y->deadline_s) && x->stage == y->stage;
    }
    return same;
}

static bool same_groups(const poise_view *a, const poise_view *b)
{
    bool same = true;
    for (int g = 0; g < a->n_groups; g++) {
        const poise_group *x = &a->group[g], *y = &b->group[g];
        same &= x->idle == y->idle && x->running == y->running && x->queued == y->queued &&
                x->cores_free == y->cores_free && !(x->backlog_s < y->backlog_s) &&
                !(x->backlog_s > y->backlog_s) && x->asleep == y->asleep;
    }
    return same;
}

static bool same_view(const poise_view *a, const poise_view *b)
{
    return !(a->now_s < b->now_s) && !(a->now_s > b->now_s) && a->n_system == b->n_system &&
           a->n_beyond == b->n_beyond && a->n_candidates == b->n_candidates && same_tasks(a, b) &&
           same_groups(a, b) &&
           memcmp(a->candidate, b->candidate, (size_t)a->n_candidates * sizeof *a->candidate) == 0;
}

/* Scenarios of every kind that can be imagined: sizes seen, estimated and unseen; queues on
 * devices, preemption, graphs, batches, cores, transfers, sleep; bursts, a day's rhythm, lists. */
static const char *const imaginable[] = {
    "mm1-v1",        "slow-server-v1", "gpu-mix-v1",     "cmu-v1",     "n-model-v1",
    "spark-v1",      "dispatch-v1",    "llm-serving-v1", "tandem-v1",  "regime-change-v1",
    "hpc-lublin-v1", "deeprm-v1",      "serving-v1",     "elastic-v1", "criss-cross-light-v1",
};
enum { N_IMAGINABLE = sizeof imaginable / sizeof *imaginable };

START_TEST(imagined_worlds_show_the_same_view_and_go_on)
{
    for (int i = 0; i < N_IMAGINABLE; i++) {
        poise_scenario *s = load_short(imaginable[i], 60);
        poise_env *e = new_env(s), *other = new_env(s);
        poise_agent *a = new_agent("shortest", s), *b = new_agent("random", s);
        poise_env_reset(e, 3);
        poise_agent_begin(a, POISE_MODE_EVALUATE, 3);
        for (uint64_t n = 0; poise_env_running(e); n++) {
            if (!imagine(other, poise_env_view(e), 100 + n))
                ck_abort_msg("%s: no memory", imaginable[i]);
            if (!same_view(poise_env_view(e), poise_env_view(other)))
                ck_abort_msg("%s: decision %d shows what is imagined", imaginable[i], (int)n);
            poise_agent_begin(b, POISE_MODE_EVALUATE, n);
            while (n % 8 == 0 && poise_env_running(other))
                poise_agent_step(b, other);
            if (poise_env_error(other)[0] != '\0')
                ck_abort_msg("%s: %s", imaginable[i], poise_env_error(other));
            poise_agent_step(a, e);
        }
        poise_agent_free(a);
        poise_agent_free(b);
        poise_env_free(e);
        poise_env_free(other);
        poise_scenario_free(s);
    }
}
END_TEST

/* With nothing drawn anew, playing on in a copy is what the run itself does. An imagined world is
 * not that, nor are two of them the same. */
START_TEST(what_is_to_come_is_not_that_of_the_run)
{
    const char *const name[] = {"mm1-v1", "regime-change-v1", "spark-v1", "tandem-v1"};
    for (int i = 0; i < 4; i++) {
        poise_scenario *s = load_short(name[i], 200);
        poise_env *e = new_env(s), *one = new_env(s), *two = new_env(s), *copy = new_env(s);
        poise_agent *a = new_agent("fifo", s);
        poise_env_reset(e, 3);
        for (int n = 0; n < 20; n++)
            poise_agent_step(a, e);
        imagine(one, poise_env_view(e), 1);
        imagine(two, poise_env_view(e), 2);
        poise_env_copy(copy, e);
        poise_env *const all[] = {e, one, two, copy};
        for (int k = 0; k < 4; k++)
            while (poise_env_running(all[k]))
                poise_agent_step(a, all[k]);
        ck_assert_uint_eq(poise_env_world_hash(e), poise_env_world_hash(copy));
        ck_assert_uint_ne(poise_env_world_hash(e), poise_env_world_hash(one));
        ck_assert_uint_ne(poise_env_world_hash(e), poise_env_world_hash(two));
        ck_assert_uint_ne(poise_env_world_hash(one), poise_env_world_hash(two));
        for (int k = 0; k < 4; k++)
            poise_env_free(all[k]);
        poise_agent_free(a);
        poise_scenario_free(s);
    }
}
END_TEST

/* Poisson arrivals at 0.5 a second have no memory: 2 s to the next in the mean. Nor do exponential
 * sizes, of mean 1: whatever was done of a task, 1 is left in the mean; and 1 of those that wait.
 */
START_TEST(imagined_gaps_and_sizes_obey_their_laws)
{
    enum { DRAWS = 4000 };
    poise_scenario *s = load_short("slow-server-v1", 400);
    poise_env *e = new_env(s), *m = new_env(s);
    poise_env_reset(e, 5);
    while (poise_env_view(e)->n_tasks < 3 || poise_env_view(e)->group[0].running == 0)
        poise_env_choose(e, 0);
    const poise_view *v = poise_env_view(e);
    int served = -1;
    for (int slot = 0; slot < e->capacity; slot++)
        if (calendar_has(&e->calendar, task_entity(e, slot)) && e->task[slot].group == 0)
            served = slot;
    double gap_s = 0, size = 0, least = INFINITY, waits = 0;
    for (uint64_t k = 0; k < DRAWS; k++) {
        imagine(m, v, k);
        gap_s += seconds(m->upcoming[0].time_ns - m->t.now_ns) / DRAWS;
        size += m->task[served].size / DRAWS;
        least = fmin(least, m->task[served].size);
        waits += m->task[v->task[0].slot].size / DRAWS;
    }
    ck_assert_double_eq_tol(gap_s, 2, 5 * 2 / sqrt(DRAWS));
    ck_assert_double_eq_tol(size - least, 1, 5 / sqrt(DRAWS));
    ck_assert_double_eq_tol(waits, 1, 5 / sqrt(DRAWS));
    poise_env_free(e);
    poise_env_free(m);
    poise_scenario_free(s);
}
END_TEST

/* ---- the agent ------------------------------------------------------------------------------- */

/* At each decision the agent is asked in the world and in another that agrees with it so far: it
 * attends to the same, to the bit. */
START_TEST(rollout_does_not_see_the_future)
{
    for (int i = 0; i < N_IMAGINABLE; i++) {
        poise_scenario *s = load_short(imaginable[i], INSTRUMENTED ? 15 : 40);
        const size_t n = (size_t)poise_scenario_space(s)->max_candidates;
        double *seen = calloc(n, sizeof *seen);
        poise_env *e = new_env(s), *other = new_env(s);
        poise_agent *a = new_agent("rollout", s), *b = new_agent("rollout", s);
        poise_env_reset(e, 3);
        poise_agent_begin(a, POISE_MODE_EVALUATE, 9);
        poise_agent_begin(b, POISE_MODE_EVALUATE, 9);
        for (uint64_t k = 0; poise_env_running(e); k++) {
            const poise_view *v = poise_env_view(e);
            imagine(other, v, 1000 + k);
            a->type->attend(a->state, v, a->attention);
            b->type->attend(b->state, poise_env_view(other), seen);
            if (memcmp(seen, a->attention, (size_t)v->n_candidates * sizeof *seen) != 0)
                ck_abort_msg("%s: decision %d depends on what is to come", imaginable[i], (int)k);
            poise_env_step(e, a->attention);
        }
        free(seen);
        poise_agent_free(a);
        poise_agent_free(b);
        poise_env_free(e);
        poise_env_free(other);
        poise_scenario_free(s);
    }
}
END_TEST

/* Sum over seeds of what an agent gets, paired by seed. */
static double total(const poise_scenario *s, const char *spec, const char *metric, int seeds)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(spec, s);
    double sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
        play(e, a, (uint64_t)seed);
        sum += metric_of(e, metric);
    }
    poise_agent_free(a);
    poise_env_free(e);
    return sum / seeds;
}

/* Rolling out a rule improves on it: in worlds without chance in each case, else over 20 seeds. */
START_TEST(rollout_is_no_worse_than_its_base)
{
    const struct {
        const char *scenario, *base, *metric, *options;
    } row[] = {
        {"unrelated-v1", "fifo", "makespan_s", ""},
        {"unrelated-v1", "random", "makespan_s", ""},
        {"p-cmax-v1", "longest", "makespan_s", ""},
        {"p-cmax-v1", "shortest", "makespan_s", ""},
        {"wspt-v1", "fifo", "reward", ""},
        {"edd-v1", "lifo", "reward", ""},
        {"slow-server-v1", "fifo", "reward", ":replications=8"},
        {"admission-v1", "fifo", "reward", ":replications=8"},
        {"gpu-mix-v1", "fifo", "reward", ":candidates=8"},
        {"n-model-v1", "fifo", "reward", ":replications=8"},
        {"dispatch-v1", "random", "reward", ""},
    };
    const int seeds = INSTRUMENTED ? 4 : 20;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char spec[128];
        poise_scenario *s = load_short(row[i].scenario, 100);
        snprintf(spec, sizeof spec, "rollout:base=%s%s:decisions=100", row[i].base, row[i].options);
        const double base = total(s, row[i].base, row[i].metric, seeds);
        const double mine = total(s, spec, row[i].metric, seeds);
        const double better = strcmp(row[i].metric, "reward") == 0 ? mine - base : base - mine;
        ck_assert_msg(better >= -1e-9 * fabs(base), "%s over %s: %s %g, alone %g", row[i].scenario,
                      row[i].base, row[i].metric, mine, base);
        poise_scenario_free(s);
    }
}
END_TEST

/* The optimum is that of the chain: of what the base rule loses to it, most is won back. */
START_TEST(rollout_comes_near_to_the_optimum)
{
    const struct {
        const char *scenario, *spec;
        double part;  // won back, at least
    } row[] = {
        {"slow-server-v1", "rollout:base=fifo:replications=48:horizon=8:decisions=100:caution=0.5",
         0.6},
        {"admission-v1", "rollout:base=fifo:replications=16:horizon=8:decisions=100", 0.9},
    };
    for (int i = 0; i < 2; i++) {
        poise_scenario *s = load_short(row[i].scenario, INSTRUMENTED ? 150 : 500);
        const double base = total(s, "fifo", "reward", 4), best = total(s, "optimal", "reward", 4);
        const double mine = total(s, row[i].spec, "reward", 4);
        ck_assert_msg(INSTRUMENTED || mine - base >= row[i].part * (best - base),
                      "%s: %g, alone %g, the optimum %g", row[i].scenario, mine, base, best);
        poise_scenario_free(s);
    }
}
END_TEST

static void expect_refusal(const char *scenario, const char *spec, const char *reason)
{
    poise_error err;
    poise_scenario *s = load_scenario(scenario, NULL);
    poise_agent *a = poise_agent_new(spec, poise_scenario_space(s), 1, &err);
    ck_assert_msg(!a && strstr(err.text, reason), "%s on %s: %s", spec, scenario,
                  a ? "taken" : err.text);
    poise_scenario_free(s);
}

START_TEST(rollout_says_why_it_will_not_play)
{
    expect_refusal("machine-repair-v1", "rollout", "users of a closed source");
    expect_refusal("sharing-v1", "rollout", "attention is divided");
    expect_refusal("spot-v1", "rollout", "when devices of group");
    expect_refusal("two-tenants-v1", "rollout", "other tenants");
    expect_refusal("mm1-v1", "rollout:base=q_learning", "learns");
    expect_refusal("mm1-v1", "rollout:base=optimal", "uses a model itself");
    expect_refusal("mm1-v1", "rollout:base=shortes", "did you mean 'shortest'?");
}
END_TEST

START_TEST(rollout_is_marked)
{
    ck_assert(poise_agent_find("rollout")->uses_model);
    ck_assert(!poise_agent_find("shortest")->uses_model);
}
END_TEST

int main(void)
{
    return RUN_TESTS("rollout", imagined_worlds_show_the_same_view_and_go_on,
                     what_is_to_come_is_not_that_of_the_run,
                     imagined_gaps_and_sizes_obey_their_laws, rollout_does_not_see_the_future,
                     rollout_is_no_worse_than_its_base, rollout_comes_near_to_the_optimum,
                     rollout_says_why_it_will_not_play, rollout_is_marked);
}
