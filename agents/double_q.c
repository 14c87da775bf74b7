/* double_q.c - double Q-learning (H. van Hasselt, NIPS 2010): two tables, of which a coin says
 * which one learns. That one says which action is best next and the other what it is worth: the
 * maximum of noisy values is no longer taken for a value. It acts by the mean of both.
 *
 * What a view is for the table: lib/coarse.h. How values are kept and steps are sized:
 * lib/tabular.h. */
#include "lib/tabular.h"

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return tabular_init(state, "double_q", 2, space, err);
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    tabular *t = state;
    if (!tabular_arrive(t, o, after))
        return true;
    tabular_explore(t);
    while (tabular_is_due(t)) {
        const int one = poise_rng_below(&t->rng, 2), other = 1 - one;
        tabular_update(t, one, tabular_value(t, other, tabular_best(t, one)));
    }
    return tabular_is_sound(t, err);
}

const poise_agent_type agent_double_q = {
    .abi = POISE_AGENT_ABI,
    .name = "double_q",
    .about = "double Q-learning over tasks by class and idle devices by group: one table chooses, "
             "the other values (van Hasselt 2010)",
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
