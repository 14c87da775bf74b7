/* test_shipped.c - the policies that ship: each is what its recipe says, plays as it is written
 * down that it does, and comes again, bit for bit, from its training. POISE_LONG=1 plays all
 * evaluation seeds and trains every recipe again; else the first seed and the quickest recipe must
 * do. */
#include "bench_support.h"
#include "cli.h"
#include "csv.h"
#include "curve.h"
#include "policy.h"
#include "recipe.h"
#include "train.h"

#include <math.h>

#define POLICIES POISE_SOURCE_DIR "/policies"
#define SHIPPED_MAX 64
/* Under a sanitizer episodes of so many decisions at most are played. */
#define DECISIONS_INSTRUMENTED 3000

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_INSTRUMENTED = 1 };
#else
enum { IS_INSTRUMENTED = 0 };
#endif

/* A row of results.csv. */
typedef struct shipped {
    char id[128], scenario[128], name[128], measure[64];
    double decisions, seed, first, mean, train_s;
} shipped;

static shipped all[SHIPPED_MAX];
static int n_all;

static void read_row(csv_table *t, shipped *s)
{
    static const char *const number[] = {"decisions", "seed", "seed_0", "mean", "train_s"};
    double *const to[] = {&s->decisions, &s->seed, &s->first, &s->mean, &s->train_s};
    poise_error err = {0};
    ck_assert(csv_text(t, csv_column(t, "recipe"), s->id, sizeof s->id, &err));
    ck_assert(csv_text(t, csv_column(t, "measure"), s->measure, sizeof s->measure, &err));
    for (int i = 0; i < 5; i++)
        ck_assert_msg(csv_real(t, csv_column(t, number[i]), -1e300, 1e300, to[i], &err), "%s",
                      err.text);
    const char *dot = strrchr(s->id, '.');
    ck_assert_ptr_nonnull(dot);
    memcpy(s->scenario, s->id, (size_t)(dot - s->id));
    strcpy(s->name, dot + 1);
}

static void read_results(void)
{
    poise_error err = {0};
    csv_table t;
    lines *in = lines_open(POLICIES "/results.csv", &err);
    ck_assert_msg(in != NULL, "%s", err.text);
    ck_assert_msg(csv_open(&t, in, &err), "%s", err.text);
    memset(all, 0, sizeof all);
    for (n_all = 0; csv_next(&t, &err) == CSV_ROW; n_all++) {
        ck_assert_int_lt(n_all, SHIPPED_MAX);
        read_row(&t, &all[n_all]);
    }
    csv_close(&t);
    lines_close(in);
    ck_assert_int_gt(n_all, 0);
}

static poise_scenario *scenario_of(const shipped *s)
{
    char path[sizeof POISE_SOURCE_DIR + 200];
    poise_error err = {0};
    snprintf(path, sizeof path, POISE_SOURCE_DIR "/scenarios/%.127s.yaml", s->scenario);
    poise_scenario *one = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(one != NULL, "%s", err.text);
    return one;
}

static void *policy_bytes(const shipped *s, size_t *n, policy_about *about)
{
    char path[sizeof POISE_SOURCE_DIR + 200];
    poise_error err = {0};
    snprintf(path, sizeof path, POLICIES "/%.127s.safetensors", s->id);
    void *bytes = policy_read(path, n, &err);
    ck_assert_msg(bytes != NULL, "%s", err.text);
    ck_assert_msg(policy_about_read(bytes, *n, path, about, &err), "%s", err.text);
    return bytes;
}

static const recipe *recipe_of(const recipes *r, const shipped *s)
{
    const recipe *one = recipes_find(r, s->scenario, s->name, strlen(s->name));
    ck_assert_msg(one != NULL, "%s has no recipe", s->id);
    return one;
}

static recipes read_recipes(void)
{
    recipes r = {0};
    poise_error err;
    ck_assert_msg(recipes_add(&r, POLICIES "/recipes.yaml", &err), "%s", err.text);
    return r;
}

START_TEST(every_policy_is_what_its_recipe_says)
{
    read_results();
    const recipes r = read_recipes();
    for (int i = 0; i < n_all; i++) {
        const shipped *s = &all[i];
        const recipe *one = recipe_of(&r, s);
        size_t n;
        policy_about about;
        free(policy_bytes(s, &n, &about));
        poise_scenario *scenario = scenario_of(s);
        ck_assert_msg(about.scenario_hash == poise_scenario_hash(scenario),
                      "%s is of another version of its scenario", s->id);
        ck_assert_str_eq(poise_scenario_measure(scenario), s->measure);
        ck_assert_int_eq(about.decisions, one->decisions);
        ck_assert_int_eq(about.train_seed, one->seed);
        ck_assert_double_eq(s->decisions, one->decisions);
        ck_assert_double_eq(s->seed, one->seed);
        poise_scenario_free(scenario);
    }
}
END_TEST

START_TEST(every_policy_has_its_learning_curve)
{
    read_results();
    for (int i = 0; i < n_all; i++) {
        char path[sizeof POISE_SOURCE_DIR + 200];
        poise_error err = {0};
        curve c;
        snprintf(path, sizeof path, POLICIES "/curves/%.127s.csv", all[i].id);
        ck_assert_msg(curve_read(&c, path, &err), "%s", err.text);
        ck_assert_str_eq(c.scenario, all[i].scenario);
        ck_assert_str_eq(c.name, all[i].name);
        ck_assert_int_eq(c.seeds, 10);
        ck_assert_int_gt(c.n_rules, 0);
    }
}
END_TEST

/* The measure of an episode from an evaluation seed. */
static double play(const shipped *s, const poise_scenario *scenario, poise_env *e, int seed,
                   const policy_about *about, const void *bytes, size_t n)
{
    const trial t = {.scenario = scenario,
                     .agent = about->agent,
                     .policy = bytes,
                     .policy_bytes = n,
                     .seed = seed,
                     .only_numbers = true};
    const trial_result r = trial_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s: %s", s->id, r.error);
    return r.value[poise_metric_index(s->measure)];
}

/* The file has seed 0 with all digits, and the mean of ten seeds with six. */
static void check_play(const shipped *s, int seeds)
{
    size_t n;
    policy_about about;
    poise_error err = {0};
    void *bytes = policy_bytes(s, &n, &about);
    poise_scenario *scenario = scenario_of(s);
    poise_env *e = poise_env_new(scenario, &err);
    double sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
        const double value = play(s, scenario, e, seed, &about, bytes, n);
        sum += value;
        ck_assert_msg(seed > 0 || fabs(value - s->first) <= 1e-12 * fabs(s->first),
                      "%s has %.15g, written down is %.15g", s->id, value, s->first);
    }
    ck_assert_msg(seeds < 10 || fabs(sum / 10 - s->mean) <= 1e-5 * fabs(s->mean),
                  "%s has %.9g, written down is %.9g", s->id, sum / 10, s->mean);
    poise_env_free(e);
    poise_scenario_free(scenario);
    free(bytes);
}

/* Decisions of an episode under first come first served, about those of others. */
static double episode_of(const shipped *s)
{
    poise_scenario *scenario = scenario_of(s);
    poise_error err = {0};
    poise_env *e = poise_env_new(scenario, &err);
    const trial t = {.scenario = scenario, .agent = "fifo", .only_numbers = true};
    const trial_result r = trial_run(&t, e, NULL, NULL);
    poise_env_free(e);
    poise_scenario_free(scenario);
    return r.value[poise_metric_index("decisions")];
}

START_TEST(every_policy_does_what_is_written_down)
{
    read_results();
    for (int i = 0; i < n_all; i++)
        if (!IS_INSTRUMENTED || episode_of(&all[i]) < DECISIONS_INSTRUMENTED)
            check_play(&all[i], getenv("POISE_LONG") ? 10 : 1);
}
END_TEST

/* Where the tensors begin, behind the header and its length. */
static size_t data_at(const unsigned char *bytes)
{
    size_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    return 8 + length;
}

static void check_training(const shipped *s, const recipe *one)
{
    size_t n;
    policy_about about, again;
    poise_error err = {0};
    unsigned char *bytes = policy_bytes(s, &n, &about);
    poise_scenario *scenario = scenario_of(s);
    poise_env *e = poise_env_new(scenario, &err);
    const training t = {.scenario = scenario,
                        .agent = one->agent,
                        .decisions = one->decisions,
                        .seed = one->seed,
                        .validate_every = one->validate,
                        .validation_seeds = one->validation_seeds};
    training_result r = train_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s: %s", s->id, r.error);
    ck_assert(policy_about_read(r.policy, r.policy_bytes, "again", &again, &err));
    ck_assert_str_eq(again.agent, about.agent);
    const size_t from = data_at(bytes), to = data_at(r.policy);
    ck_assert_uint_eq(n - from, r.policy_bytes - to);
    ck_assert_msg(memcmp(bytes + from, (unsigned char *)r.policy + to, n - from) == 0,
                  "%s comes out otherwise than it ships", s->id);
    train_free(&r);
    poise_env_free(e);
    poise_scenario_free(scenario);
    free(bytes);
}

START_TEST(a_policy_comes_again_from_its_recipe)
{
    read_results();
    const recipes r = read_recipes();
    const bool is_long = getenv("POISE_LONG") != NULL;
    int quickest = 0;
    for (int i = 0; i < n_all; i++)
        quickest = all[i].train_s < all[quickest].train_s ? i : quickest;
    for (int i = 0; i < n_all; i++)
        if (is_long || (i == quickest && !IS_INSTRUMENTED))
            check_training(&all[i], recipe_of(&r, &all[i]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shipped");
    TCase *tests = tcase_create("shipped");
    tcase_set_timeout(tests, getenv("POISE_LONG") ? 3600 : 300);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, every_policy_is_what_its_recipe_says);
    tcase_add_test(tests, every_policy_has_its_learning_curve);
    tcase_add_test(tests, every_policy_does_what_is_written_down);
    tcase_add_test(tests, a_policy_comes_again_from_its_recipe);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
