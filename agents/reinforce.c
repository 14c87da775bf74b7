/* reinforce.c - policy gradient with a learned baseline (Williams 1992): one step a batch up the
 * probability of choices by what came of them, as far as that was not to be expected; then some
 * passes in which the baseline learns to expect it. Acting, gathering and judging are those of
 * lib/on_policy.h. */
#include "agent.h"
#include "lib/on_policy.h"

#define TRAIN_DECISIONS 1000000

/* Choices of one step of the baseline. */
#define BASELINE_BATCH 256

typedef struct reinforce {
    on_policy base;  // first
    int baseline_epochs;
} reinforce;

static const poise_option options[] = {
    {"baseline_epochs", POISE_INT, offsetof(reinforce, baseline_epochs), 4, 1, 100, "",
     "passes of the baseline over a batch", NULL},
    ON_POLICY_ROWS(reinforce, base, 1024, .99, 3e-3, .03, .5),
    {0},
};

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    reinforce *a = state;
    return on_policy_init(&a->base, space, seed, "reinforce", err);
}

/* -A log p - bonus entropy: A is how much more came of the choice than was to be expected. */
static void policy_loss(void *state, int i, int n, const float *z, float v, float *d_z, float *d_v)
{
    reinforce *a = state;
    on_policy *b = &a->base;
    const float advantage = (float)b->step[i].advantage;
    const float bonus = (float)(b->ent_coef * on_policy_fade(b));
    const odds now = on_policy_odds(b, i, z);
    on_policy_slope(b, i, z, advantage / (float)n, bonus / (float)n, d_z);
    *d_v = 0 * v;
    b->at.figures.policy_loss -= (double)(advantage * now.log_p);
    b->at.figures.entropy += (double)now.entropy;
}

// NOLINTNEXTLINE(readability-non-const-parameter): it is called as the other losses are
static void baseline_loss(void *state, int i, int n, const float *z, float v, float *d_z,
                          float *d_v)
{
    reinforce *a = state;
    (void)z;
    (void)d_z;
    on_policy_value_loss(&a->base, i, n, v, 1, d_v);
}

static void learn_baseline(reinforce *a)
{
    on_policy *b = &a->base;
    for (int epoch = 0; epoch < a->baseline_epochs; epoch++) {
        const int *order = on_policy_shuffle(b, epoch);
        for (int i = 0; i < b->n; i += BASELINE_BATCH) {
            const int n = b->n - i < BASELINE_BATCH ? b->n - i : BASELINE_BATCH;
            on_policy_descend(b, order + i, n, ACTOR_VALUE, baseline_loss, a);
        }
    }
    b->at.figures.value_loss /= a->baseline_epochs;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    reinforce *a = state;
    on_policy *b = &a->base;
    if (!on_policy_gather(b, o, after))
        return true;
    on_policy_judge(b);
    on_policy_descend(b, on_policy_shuffle(b, 0), b->n, ACTOR_POLICY, policy_loss, a);
    learn_baseline(a);
    on_policy_mean(&b->at.figures, b->n);
    return on_policy_finish(b, err);
}

const poise_agent_type agent_reinforce = {
    .abi = POISE_AGENT_ABI,
    .name = "reinforce",
    .about = "policy gradient with a baseline on a small network that scores candidates "
             "(Williams 1992)",
    .options = options,
    .size = sizeof(reinforce),
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
