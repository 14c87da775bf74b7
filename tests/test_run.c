/* Tasks that may do other than run at one speed from start to end: by hand, and against those that
 * do not. */
#include <math.h>

#include "scenario.h"
#include "support.h"

/* The same scenario through the code that can do all, where nothing asks for it. */
static poise_scenario *generalised(const char *name)
{
    poise_scenario *s = load_scenario(name, NULL);
    s->has_runs = true;
    return s;
}

static const char *const names[] = {"mm1-v1",      "mmc-v1",    "mg1-v1", "two-devices-v1",
                                    "dispatch-v1", "gpu-mix-v1", "hpc-swf-v1"};
static const char *const rules[] = {"fifo", "shortest", "random", "least_loaded"};

static void expect_same(const poise_episode *a, const poise_episode *b, const char *what)
{
    ck_assert_msg(a->hash == b->hash && a->n_records == b->n_records, "%s", what);
    for (int64_t i = 0; i < a->n_records; i++)
        if (a->record[i].started_ns != b->record[i].started_ns ||
            a->record[i].finished_ns != b->record[i].finished_ns ||
            a->record[i].device != b->record[i].device)
            ck_abort_msg("%s: record %lld", what, (long long)i);
    double e = a->totals.energy_j;
    ck_assert_msg(fabs(b->totals.energy_j - e) <= 1e-9 * e, "%s: energy", what);
    for (int g = 0; g < a->scenario->n_groups; g++)
        ck_assert_msg(a->totals.busy_s[g] == b->totals.busy_s[g], "%s: busy", what);
    ck_assert_int_eq(a->totals.finished, b->totals.finished);
    ck_assert_int_eq(a->totals.decisions, b->totals.decisions);
}

START_TEST(what_can_do_all_does_the_same_where_nothing_asks_for_it)
{
    for (int i = 0; i < 7; i++) {
        poise_scenario *plain = load_scenario(names[i], NULL), *all = generalised(names[i]);
        poise_env *a = new_env(plain), *b = new_env(all);
        for (int k = 0; k < 4; k++) {
            poise_agent *one = new_agent(rules[k], plain), *two = new_agent(rules[k], all);
            double left = play(a, one, 3), right = play(b, two, 3);
            poise_episode x = poise_env_episode(a), y = poise_env_episode(b);
            expect_same(&x, &y, names[i]);
            ck_assert(fabs(left - right) <= 1e-9 * fabs(left));
            poise_agent_free(one);
            poise_agent_free(two);
        }
        poise_env_free(a);
        poise_env_free(b);
        poise_scenario_free(plain);
        poise_scenario_free(all);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("run", what_can_do_all_does_the_same_where_nothing_asks_for_it);
}
