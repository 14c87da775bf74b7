/* sarsa.c - Sarsa (Rummery and Niranjan 1994): the target is R + exp(-beta t) Q(s', a') with the
 * action a' that is done next, so what is learnt is the value of the policy that explores. It keeps
 * clear of where exploring is dear (Sutton and Barto 2018, example 6.6).
 *
 * What a view is for the table: lib/coarse.h. How values are kept and steps are sized:
 * lib/tabular.h. */
#include "lib/tabular.h"

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return tabular_init(state, "sarsa", 1, space, err);
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    tabular *t = state;
    if (!tabular_arrive(t, o, after))
        return true;
    tabular_explore(t);
    const double next = tabular_value(t, 0, t->picked);
    while (tabular_is_due(t))
        tabular_update(t, 0, next);
    return tabular_is_sound(t, err);
}

const poise_agent_type agent_sarsa = {
    .abi = POISE_AGENT_ABI,
    .name = "sarsa",
    .about = "Sarsa over tasks by class and idle devices by group: learns of what it does, "
             "exploring included (Rummery and Niranjan 1994)",
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
