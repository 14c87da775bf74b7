/* test_recipes.c - the table of tuned options: what it may hold, what of it a user replaces, and
 * that a training fills in what belongs to its length. */
#include "bench_support.h"
#include "policy.h"
#include "recipe.h"
#include "support.h"
#include "train.h"

/* Reads a table with these rows; false with what is wrong. */
static bool read_rows(const char *text, recipes *r, poise_error *err)
{
    make_folder();
    FILE *f = fopen(in_folder("recipes.yaml"), "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "poise: 1\nrecipes:\n%s", text);
    fclose(f);
    *r = (recipes){0};
    const bool good = recipes_add(r, in_folder("recipes.yaml"), err);
    remove_folder();
    return good;
}

START_TEST(a_row_is_found_by_scenario_and_name)
{
    recipes r;
    poise_error err;
    ck_assert_msg(
        read_rows("- {scenario: mm1-v1, agent: 'ppo:n_steps=64:hidden=8', decisions: 1e3, "
                  "validate: 100, validation_seeds: 5, seed: 3}\n"
                  "- {scenario: mm1-v1, agent: ppo, name: plain, decisions: 20}\n",
                  &r, &err),
        "%s", err.text);
    const recipe *p = recipes_find(&r, "mm1-v1", "ppo:x=1", 3);
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->agent, "ppo:n_steps=64:hidden=8");
    ck_assert_int_eq(p->decisions, 1000);
    ck_assert_int_eq(p->validate, 100);
    ck_assert_int_eq(p->validation_seeds, 5);
    ck_assert_int_eq(p->seed, 3);
    p = recipes_find(&r, "mm1-v1", "plain", 5);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(p->validate, 0);
    ck_assert_int_eq(p->validation_seeds, 3);
    ck_assert_ptr_null(recipes_find(&r, "mm1-v1", "pp", 2));
    ck_assert_ptr_null(recipes_find(&r, "mmc-v1", "ppo", 3));
}
END_TEST

typedef struct mistake {
    const char *rows, *place, *said;
} mistake;

static const mistake mistakes[] = {
    {"- {scenario: mm1-v2, agent: ppo, decisions: 10}\n", ":3:14: error", "did you mean 'mm1-v1'"},
    {"- {scenario: mm1-v1, agent: pppo, decisions: 10}\n", ":3:29: error", "did you mean 'ppo'"},
    {"- {scenario: mm1-v1, agent: fifo, decisions: 10}\n", ":3:29: error", "does not learn"},
    {"- {scenario: mm1-v1, agent: 'ppo:hiden=3', decisions: 10}\n", ":3:34: error",
     "did you mean 'hidden'"},
    {"- {scenario: mm1-v1, agent: 'ppo:hidden=-3', decisions: 10}\n", ":3:34: error", "below 1"},
    {"- {scenario: mm1-v1, agent: 'ppo:hidden', decisions: 10}\n", ":3:34: error", "no value"},
    {"- {scenario: mm1-v1, agent: ppo}\n", ":3:3: error", "key 'decisions' is missing"},
    {"- {scenario: mm1-v1, agent: ppo, decisions: 0}\n", ":3:45: error", "'0' is below 1"},
    {"- {scenario: mm1-v1, agent: ppo, decisions: ten}\n", ":3:45: error", "not a whole number"},
    {"- {scenario: mm1-v1, agent: ppo, decisoins: 9}\n", ":3:34: error",
     "did you mean 'decisions'"},
    {"- {scenario: mm1-v1, agent: ppo, decisions: 9, name: a/b}\n", ":3:54: error",
     "no plain name"},
    {"- {scenario: mm1-v1, agent: ppo, decisions: 9}\n"
     "- {scenario: mm1-v1, agent: ppo, decisions: 8}\n",
     ":4:3: error", "has a recipe 'ppo' already"},
    {"- 5\n", ":3:3: error", "must be a map"},
    {"  none: 1\n", ":3:3: error", "must be a list"},
};

START_TEST(a_mistake_is_told_with_its_line)
{
    const mistake *m = &mistakes[_i];
    recipes r;
    poise_error err;
    ck_assert_msg(!read_rows(m->rows, &r, &err), "%s was taken", m->rows);
    ck_assert_msg(strstr(err.text, m->place), "%s is not in: %s", m->place, err.text);
    ck_assert_msg(strstr(err.text, m->said), "%s is not in: %s", m->said, err.text);
    ck_assert_int_eq(r.n, 0);
}
END_TEST

START_TEST(options_of_the_user_go_before_those_of_the_recipe)
{
    const recipe r = {.agent = "ppo:n_steps=64:hidden=8:normalise_obs=true"};
    ck_assert_str_eq(recipe_spec(&r, "ppo"), r.agent);
    ck_assert_str_eq(recipe_spec(&r, "ppo:hidden=16"),
                     "ppo:n_steps=64:normalise_obs=true:hidden=16");
    ck_assert_str_eq(recipe_spec(&r, "plain:steps=1:n_steps=2"),
                     "ppo:hidden=8:normalise_obs=true:steps=1:n_steps=2");
}
END_TEST

START_TEST(rows_of_a_better_folder_stand_before_others)
{
    recipes r;
    poise_error err;
    ck_assert(read_rows("- {scenario: mm1-v1, agent: ppo, decisions: 10}\n", &r, &err));
    make_folder();
    FILE *f = fopen(in_folder("recipes.yaml"), "w");
    fputs("poise: 1\nrecipes: [{scenario: mm1-v1, agent: ppo, decisions: 20}, {scenario: mm1-v1, "
          "agent: dqn, decisions: 30}]\n",
          f);
    fclose(f);
    ck_assert_msg(recipes_add(&r, in_folder("recipes.yaml"), &err), "%s", err.text);
    remove_folder();
    ck_assert_int_eq(r.n, 2);
    ck_assert_int_eq(recipes_find(&r, "mm1-v1", "ppo", 3)->decisions, 10);
    ck_assert_int_eq(recipes_find(&r, "mm1-v1", "dqn", 3)->decisions, 30);
}
END_TEST

START_TEST(the_table_of_the_tree_is_good)
{
    recipes r = {0};
    poise_error err;
    ck_assert_msg(recipes_add(&r, POISE_SOURCE_DIR "/policies/recipes.yaml", &err), "%s", err.text);
    ck_assert_int_gt(r.n, 0);
}
END_TEST

/* What the policy of a short training says of its agent. */
static void trained_as(const char *agent, int64_t decisions, policy_about *about)
{
    poise_error err;
    poise_scenario *s = short_scenario();
    poise_env *e = poise_env_new(s, &err);
    const training t = {.scenario = s, .agent = agent, .decisions = decisions};
    training_result r = train_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    ck_assert(policy_about_read(r.policy, r.policy_bytes, "p", about, &err));
    train_free(&r);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* By default the networks' step size falls over all of the default budget, exploration of tables
 * over half of it. */
START_TEST(what_falls_over_a_training_falls_over_all_of_it)
{
    policy_about about;
    trained_as("ppo:n_steps=100", 600, &about);
    ck_assert_ptr_nonnull(strstr(about.agent, ":decay=600:"));
    trained_as("ppo:decay=70:n_steps=100", 600, &about);
    ck_assert_ptr_nonnull(strstr(about.agent, ":decay=70:"));
    trained_as("ppo:n_steps=100:decay=0", 600, &about);
    ck_assert_ptr_nonnull(strstr(about.agent, ":decay=0:"));
    trained_as("q_learning", 600, &about);
    ck_assert_ptr_nonnull(strstr(about.agent, ":decay=300:"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recipes");
    TCase *tests = tcase_create("recipes");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, a_row_is_found_by_scenario_and_name);
    tcase_add_loop_test(tests, a_mistake_is_told_with_its_line, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tests, options_of_the_user_go_before_those_of_the_recipe);
    tcase_add_test(tests, rows_of_a_better_folder_stand_before_others);
    tcase_add_test(tests, the_table_of_the_tree_is_good);
    tcase_add_test(tests, what_falls_over_a_training_falls_over_all_of_it);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
