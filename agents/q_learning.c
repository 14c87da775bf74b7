/* q_learning.c - tabular Q-learning (Watkins 1989) in continuous time: what follows after t seconds
 * counts exp(-beta t), so the target is R + exp(-beta t) max Q(s', a') (semi-Markov; Bradtke and
 * Duff, NIPS 1994). So it learns of the greedy policy while it follows another; where R is gathered
 * over several choices, those in between are taken as they came.
 *
 * What a view is for the table: lib/coarse.h. How values are kept and steps are sized:
 * lib/tabular.h. */
#include "lib/tabular.h"

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return tabular_init(state, "q_learning", 1, space, err);
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    tabular *t = state;
    if (!tabular_arrive(t, o, after))
        return true;
    tabular_explore(t);
    const double next = tabular_value(t, 0, tabular_best(t, 0));
    while (tabular_is_due(t))
        tabular_update(t, 0, next);
    return tabular_is_sound(t, err);
}

const poise_agent_type agent_q_learning = {
    .abi = POISE_AGENT_ABI,
    .name = "q_learning",
    .about = "tabular Q-learning over tasks by class and idle devices by group, discounted by "
             "simulated time (Watkins 1989; Bradtke and Duff 1994)",
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
