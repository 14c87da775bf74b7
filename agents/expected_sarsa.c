/* expected_sarsa.c - expected Sarsa (van Seijen, van Hasselt, Whiteson and Wiering, ADPRL 2009):
 * the target is R + exp(-beta t) sum over a' of pi(a' | s') Q(s', a'), with the probabilities of
 * the policy that explores: Sarsa without the noise of the next action.
 *
 * What a view is for the table: lib/coarse.h. How values are kept and steps are sized:
 * lib/tabular.h. */
#include "lib/tabular.h"

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return tabular_init(state, "expected_sarsa", 1, space, err);
}

static double expected_value(tabular *t)
{
    const int n = tabular_n_actions(t);
    double sum = 0;
    tabular_policy(t);
    for (int a = 0; a < n; a++)
        sum += t->chance[a] * tabular_value(t, 0, a);
    return sum;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    tabular *t = state;
    if (!tabular_arrive(t, o, after))
        return true;
    tabular_explore(t);
    const double next = expected_value(t);
    while (tabular_is_due(t))
        tabular_update(t, 0, next);
    return tabular_is_sound(t, err);
}

const poise_agent_type agent_expected_sarsa = {
    .abi = POISE_AGENT_ABI,
    .name = "expected_sarsa",
    .about = "expected Sarsa over tasks by class and idle devices by group: the mean over what may "
             "be done next (van Seijen et al. 2009)",
    .options = tabular_options,
    .size = sizeof(tabular),
    .train_decisions = TABULAR_TRAIN_DECISIONS,
    .init = init,
    .begin = tabular_begin,
    .attend = tabular_attend,
    .choose = tabular_choose,
    .learn = learn,
    .params = tabular_params,
    .memory = tabular_memory,
    .progress = tabular_progress,
    .free = tabular_free,
};
