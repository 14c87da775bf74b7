/* test_contract.c - what every agent owes on every scenario: legal choices, the same trajectory for
 * the same seed, a view that is only read, and parameters that only training changes. New agents
 * and scenarios are covered by existing. */
#include <math.h>

#include "policy.h"
#include "scenario.h"
#include "source.h"
#include "support.h"

/* A checksum of all that a view shows. */
static uint64_t view_sum(const poise_view *v)
{
    const struct {
        const void *bytes;
        size_t n;
    } parts[] = {
        {v, sizeof *v},
        {v->task, (size_t)(v->n_tasks + v->n_running) * sizeof *v->task},
        {v->group, (size_t)v->n_groups * sizeof *v->group},
        {v->candidate, (size_t)v->n_candidates * sizeof *v->candidate},
    };
    uint64_t sum = 14695981039346656037ULL;
    for (int p = 0; p < 4; p++)
        for (size_t i = 0; i < parts[p].n; i++)
            sum = (sum ^ ((const unsigned char *)parts[p].bytes)[i]) * 1099511628211ULL;
    return sum;
}

static void check_attention(poise_agent *a, const poise_view *v)
{
    if (!a->type->attend)
        return;
    a->type->attend(a->state, v, a->attention);
    for (int c = 0; c < v->n_candidates; c++)
        ck_assert_msg(!isnan(a->attention[c]), "%s: attention %d is NaN", a->type->name, c);
}

/* Plays an evaluation episode, checking every choice; returns the trajectory's hash. */
static uint64_t watch(poise_env *e, poise_agent *a, uint64_t seed)
{
    poise_env_reset(e, seed);
    poise_agent_begin(a, POISE_MODE_EVALUATE, seed);
    while (poise_env_running(e)) {
        const poise_view *v = poise_env_view(e);
        uint64_t before = view_sum(v);
        int c = poise_agent_choose(a, v);
        if (c < 0 || c >= v->n_candidates)
            ck_abort_msg("%s chooses %d of %d", a->type->name, c, v->n_candidates);
        if (view_sum(v) != before)
            ck_abort_msg("%s writes to the view", a->type->name);
        poise_env_choose(e, c);
    }
    ck_assert_msg(poise_env_error(e)[0] == '\0', "%s: %s", a->type->name, poise_env_error(e));
    return poise_env_hash(e);
}

static void teach(poise_env *e, poise_agent *a, int decisions)
{
    poise_error err;
    for (int episode = 0; decisions > 0; episode++) {
        poise_env_reset(e, poise_seed(POISE_TRAIN, 1, (uint64_t)episode));
        poise_agent_begin(a, POISE_MODE_TRAIN, poise_seed(POISE_TRAIN, 2, (uint64_t)episode));
        while (poise_env_running(e) && decisions-- > 0) {
            poise_outcome o = poise_agent_step(a, e);
            if (!a->type->learn(a->state, &o, poise_env_view(e), &err))
                ck_abort_msg("%s", err.text);
        }
    }
}

/* The learner so that it learns early: what is asked here takes no good policy. */
static void early(const poise_agent_type *type, char *spec, size_t size)
{
    static const char *const early_options[][2] = {
        {"n_steps", "16"}, {"learning_starts", "16"}, {"hidden", "8"}};
    size_t at = (size_t)snprintf(spec, size, "%s", type->name);
    for (const poise_option *row = type->options; row && row->name; row++)
        for (int i = 0; i < 3; i++)
            if (strcmp(row->name, early_options[i][0]) == 0)
                at += (size_t)snprintf(spec + at, size - at, ":%s=%s", row->name,
                                       early_options[i][1]);
}

static void check_learner(const poise_agent_type *type, const poise_scenario *s, poise_env *e)
{
    char name[80];
    early(type, name, sizeof name);
    poise_agent *a = new_agent(name, s);
    uint64_t untaught = poise_agent_params_hash(a);
    teach(e, a, 400);
    uint64_t taught = poise_agent_params_hash(a);
    ck_assert_msg(INSTRUMENTED || taught != untaught, "%s learns nothing on %s", name,
                  poise_scenario_name(s));
    uint64_t hash = watch(e, a, 77);
    ck_assert_msg(poise_agent_params_hash(a) == taught, "evaluating changes what %s knows", name);

    size_t n_bytes;
    policy_about about = {.decisions = 400, .train_seed = 1};
    poise_agent_describe(a, about.agent, sizeof about.agent);
    void *bytes = policy_pack(a, &about, &n_bytes);
    poise_error err;
    poise_agent *b = poise_agent_new(name, poise_scenario_space(s), 99, &err);
    ck_assert_msg(b && policy_apply(bytes, n_bytes, "policy", b, &err), "%s", err.text);
    ck_assert_msg(poise_agent_params_hash(b) == taught, "%s loses something on disk", name);
    ck_assert_msg(watch(e, b, 77) == hash, "%s chooses otherwise once loaded", name);
    free(bytes);
    poise_agent_free(a);
    poise_agent_free(b);
}

/* Users of a closed source send their next job when the last one is done: what an agent does
 * changes the world that it meets. */
static bool reacts(const poise_scenario *s)
{
    bool does = false;
    for (int k = 0; k < s->n_sources; k++)
        does |= strcmp(s->source[k].type->name, "closed") == 0;
    return does;
}

static void check_scenario(const char *scenario)
{
    poise_scenario *s = load_short(scenario, INSTRUMENTED ? 25 : 150);
    poise_env *e = new_env(s);
    uint64_t world = 0;
    for (const poise_agent_type *const *t = poise_agent_types; *t; t++) {
        if (!suits(*t, s))
            continue;
        poise_agent *a = new_agent((*t)->name, s);
        uint64_t first = watch(e, a, 7), first_world = poise_env_world_hash(e);
        check_attention(a, poise_env_view(e));
        world = world ? world : first_world;
        ck_assert_msg(first_world == world || reacts(s), "%s on %s meets another world", (*t)->name,
                      scenario);
        poise_agent_free(a);
        a = new_agent((*t)->name, s);
        watch(e, a, 8);
        ck_assert_msg(watch(e, a, 7) == first, "%s on %s: same seed, other trajectory", (*t)->name,
                      scenario);
        poise_agent_free(a);
        if ((*t)->learn)
            check_learner(*t, s, e);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}

START_TEST(every_agent_keeps_its_contract_on_every_scenario)
{
    char names[128][64];
    int n = scenario_names(names, 128);
    ck_assert_int_ge(n, 5);
    for (int i = 0; i < n; i++)
        check_scenario(names[i]);
}
END_TEST

int main(void)
{
    return RUN_TESTS("contract", every_agent_keeps_its_contract_on_every_scenario);
}
