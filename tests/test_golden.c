/* test_golden.c - the trajectory of each scenario is what it was: one hash a scenario and rule, in
 * golden/trajectories.txt. They must not change with the compiler, the build or the machine. After
 * a change that is meant to change them: POISE_GOLDEN=write runs this test to write them anew. */
#include "support.h"

#include <math.h>

#define GOLDEN POISE_SOURCE_DIR "/tests/golden/trajectories.txt"

static const char *const rules[] = {"random", "fifo", "shortest"};
enum { N_RULES = 3 };

typedef struct golden {
    char text[128 * 160];
    size_t n;
} golden;

static void add_line(golden *g, const char *scenario)
{
    poise_scenario *s = load_short(scenario, 1000);
    poise_env *e = new_env(s);
    g->n += (size_t)snprintf(g->text + g->n, sizeof g->text - g->n, "%-20s", scenario);
    for (int k = 0; k < N_RULES; k++) {
        poise_agent *a = new_agent(rules[k], s);
        play(e, a, 42);
        char mean_s[32] = "-";  // of a few jobs, all within the warm-up
        if (!isnan(metric_of(e, "response_mean_s")))
            snprintf(mean_s, sizeof mean_s, "%.12g", metric_of(e, "response_mean_s"));
        g->n += (size_t)snprintf(g->text + g->n, sizeof g->text - g->n, " %016llx %s",
                                 (unsigned long long)poise_env_hash(e), mean_s);
        poise_agent_free(a);
    }
    g->n += (size_t)snprintf(g->text + g->n, sizeof g->text - g->n, "\n");
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(trajectories_are_what_they_were)
{
    static golden now, then;
    char names[128][64];
    int n = scenario_names(names, 128);
    for (int i = 0; i < n; i++)
        add_line(&now, names[i]);
    const char *mode = getenv("POISE_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *f = fopen(GOLDEN, "w");
        ck_assert_ptr_nonnull(f);
        fputs(now.text, f);
        fclose(f);
    }
    FILE *f = fopen(GOLDEN, "r");
    ck_assert_ptr_nonnull(f);
    then.n = fread(then.text, 1, sizeof then.text - 1, f);
    fclose(f);
    ck_assert_str_eq(now.text, then.text);
}
END_TEST

int main(void)
{
    return RUN_TESTS("golden", trajectories_are_what_they_were);
}
