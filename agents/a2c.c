/* a2c.c - advantage actor-critic (Mnih et al., ICML 2016, without its threads): one step of the
 * optimiser for each short batch of choices, up the probability of choices that turned out better
 * than the critic had forecast and down that of others, and the critic towards what came of them.
 * Acting, gathering and judging are those of lib/on_policy.h. */
#include "agent.h"
#include "lib/on_policy.h"

#define TRAIN_DECISIONS 1000000

typedef struct a2c {
    on_policy base;  // first
    double value_coef;
} a2c;

static const poise_option options[] = {
    {"value_coef", POISE_REAL, offsetof(a2c, value_coef), .5, 0, 1e9, "",
     "weight of the critic's loss", NULL},
    ON_POLICY_ROWS(a2c, base, 128, .95, 1e-3, .01, .5),
    {0},
};

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    a2c *a = state;
    return on_policy_init(&a->base, space, seed, "a2c", err);
}

/* -A log p - bonus entropy, and the critic's squared error: A is what a choice was better than
 * forecast. */
static void loss(void *state, int i, int n, const float *z, float v, float *d_z, float *d_v)
{
    a2c *a = state;
    on_policy *b = &a->base;
    const float advantage = (float)b->step[i].advantage;
    const float bonus = (float)(b->ent_coef * on_policy_fade(b));
    const odds now = on_policy_odds(b, i, z);
    on_policy_slope(b, i, z, advantage / (float)n, bonus / (float)n, d_z);
    on_policy_value_loss(b, i, n, v, a->value_coef, d_v);
    b->at.figures.policy_loss -= (double)(advantage * now.log_p);
    b->at.figures.entropy += (double)now.entropy;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    a2c *a = state;
    on_policy *b = &a->base;
    if (!on_policy_gather(b, o, after))
        return true;
    on_policy_judge(b);
    on_policy_descend(b, on_policy_shuffle(b, 0), b->n, ACTOR_BOTH, loss, a);
    on_policy_mean(&b->at.figures, b->n);
    return on_policy_finish(b, err);
}

const poise_agent_type agent_a2c = {
    .abi = POISE_AGENT_ABI,
    .name = "a2c",
    .about = "advantage actor-critic (Mnih et al. 2016) on networks that score candidates",
    .options = options,
    .size = sizeof(a2c),
    .train_decisions = TRAIN_DECISIONS,
    .init = init,
    .begin = on_policy_begin,
    .attend = on_policy_attend,
    .choose = on_policy_choose,
    .learn = learn,
    .params = on_policy_params,
    .memory = on_policy_memory,
    .progress = on_policy_progress_of,
    .free = on_policy_free,
};
