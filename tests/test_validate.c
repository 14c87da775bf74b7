/* test_validate.c - which policy of a training is kept: not one whose mean over finished tasks is
 * good because others are never served. */
#include "support.h"
#include "course.h"

/* Jobs of DeepRM, one after the other; a lazy policy leaves those of ten steps and more alone. */
static double lazy;

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int hold = 0;
    for (int c = 0; c < v->n_candidates; c++) {
        if (poise_gives_device(&v->candidate[c]) && (lazy <= 0 || v->candidate[c].service_s < 10))
            return c;
        hold = v->candidate[c].act == POISE_HOLD ? c : hold;
    }
    return hold;
}

static int params(void *state, poise_tensor *t)
{
    (void)state;
    *t = (poise_tensor){.name = "lazy", .n_dims = 1, .dim = {1}, .is_double = true, .data = &lazy};
    return 1;
}

static const poise_agent_type type = {.abi = POISE_AGENT_ABI,
                                      .name = "lazy",
                                      .about = "",
                                      .train_decisions = 1,
                                      .choose = choose,
                                      .params = params};

static poise_scenario *scenario;
static training asked;
static course judged;

static void begin(void)
{
    poise_error err = {0};
    scenario = poise_scenario_load(POISE_SOURCE_DIR "/scenarios/deeprm-v1.yaml", NULL, 0, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    static poise_agent agent = {.type = &type};
    asked = (training){.scenario = scenario, .validation_seeds = 2};
    judged = (course){
        .plan = &asked, .who = {.n = 1, .alone = &agent}, .env = poise_env_new(scenario, &err)};
    ck_assert_msg(judged.env != NULL, "%s", err.text);
}

static void end(void)
{
    poise_env_free(judged.env);
    poise_scenario_free(scenario);
    free(judged.best);
    train_free(&judged.result);
}

/* The score of a policy as it is noted: less is a greater slowdown. */
static double validate(double how_lazy)
{
    bool enough;
    lazy = how_lazy;
    ck_assert(course_validate(&judged, &enough));
    const store_log *note = &judged.result.log[judged.result.n_log - 2];
    ck_assert_str_eq(note->key, "eval/score");
    return note->value;
}

static double best(void)
{
    course_take_best(&judged);
    return lazy;
}

START_TEST(a_policy_that_serves_all_is_better_than_one_that_leaves_long_tasks_alone)
{
    begin();
    const double easy = validate(1);
    ck_assert_double_eq(best(), 1);
    /* Long jobs make others wait, so the mean slowdown is worse, and yet all have been served. */
    const double whole = validate(0);
    ck_assert_double_lt(whole, easy);
    ck_assert_double_eq(best(), 0);
    validate(1);
    ck_assert_double_eq(best(), 0);
    ck_assert_double_eq(judged.at.best, whole);
    end();
}
END_TEST

int main(void)
{
    return RUN_TESTS("validate",
                     a_policy_that_serves_all_is_better_than_one_that_leaves_long_tasks_alone);
}
