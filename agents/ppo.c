/* ppo.c - proximal policy optimisation (Schulman et al. 2017): several passes over each batch of
 * choices, in minibatches, while the gain of making a choice more or less likely is clipped where
 * its probability has changed by more than clip_range. Of the details that make it work (Huang et
 * al., "The 37 implementation details of proximal policy optimization", ICLR blog 2022) each that
 * applies is an option. Acting, gathering and judging are those of lib/on_policy.h. */
#include "agent.h"
#include "det.h"
#include "lib/losses.h"
#include "lib/on_policy.h"
#include "lib/policy.h"

#include <math.h>
#include <stdlib.h>

#define TRAIN_DECISIONS 1000000

typedef struct ppo {
    on_policy base;  // first
    int epochs, minibatch;
    double clip_range, clip_value, target_kl, value_coef;
} ppo;

static const poise_option options[] = {
    {"epochs", POISE_INT, offsetof(ppo, epochs), 4, 1, 1000, "", "passes over a batch", NULL},
    {"minibatch", POISE_INT, offsetof(ppo, minibatch), 64, 1, 1e6, "choices",
     "choices in a step of the optimiser", NULL},
    {"clip_range", POISE_REAL, offsetof(ppo, clip_range), .2, 1e-6, 1e9, "",
     "a probability counts no more than this beyond what it was when the choice was made", NULL},
    {"clip_value", POISE_REAL, offsetof(ppo, clip_value), 0, 0, 1e9, "deviations",
     "the same for values; 0 = they are not clipped", NULL},
    {"value_coef", POISE_REAL, offsetof(ppo, value_coef), .5, 0, 1e9, "",
     "weight of the values' loss", NULL},
    {"target_kl", POISE_REAL, offsetof(ppo, target_kl), .03, 0, 1e9, "",
     "no more passes once the policy is 1.5 times this far from that of the batch; 0 = any", NULL},
    ON_POLICY_ROWS(ppo, base, 1024, .95, 1e-3, .01, .5),
    {0},
};

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    ppo *a = state;
    return on_policy_init(&a->base, space, seed, "ppo", err);
}

/* ---- learning ---- */

/* The clipped loss of one choice (an on_policy_loss). */
static void grade(void *state, int i, int n, const float *z, float v, float *d_z, float *d_v)
{
    ppo *a = state;
    on_policy *b = &a->base;
    on_policy_figures *f = &b->at.figures;
    const float old_log_p = (float)b->made[i]->log_p,
                bonus = (float)(b->ent_coef * on_policy_fade(b));
    const float advantage = (float)b->step[i].advantage;
    const odds now = on_policy_odds(b, i, z);
    float slope = advantage;
    double gain = (double)(advantage * now.log_p);
    if (b->at.cloning <= 0) {
        const float log_ratio = fminf(now.log_p - old_log_p, 20), ratio = det_expf(log_ratio);
        gain = (double)ppo_gain_f(ratio, advantage, (float)a->clip_range, &slope);
        f->clipped += fabsf(ratio - 1) > (float)a->clip_range;
        f->kl += (double)kl_k3_f(log_ratio, 0);
    }
    on_policy_slope(b, i, z, slope / (float)n, bonus / (float)n, d_z);
    f->policy_loss -= gain;
    f->entropy += (double)now.entropy;
    if (a->clip_value <= 0) {
        on_policy_value_loss(b, i, n, v, a->value_coef, d_v);
        return;
    }
    f->value_loss +=
        (double)clipped_value_loss_f(v, b->was[i], b->target[i], (float)a->clip_value, d_v);
    *d_v *= (float)(a->value_coef / n);
}

/* One pass over the batch, until the policy has gone far enough; how many choices it took. */
static int pass(ppo *a, int number)
{
    on_policy *b = &a->base;
    const int *order = on_policy_shuffle(b, number);
    for (int i = 0; i < b->n; i += a->minibatch) {
        const int n = b->n - i < a->minibatch ? b->n - i : a->minibatch;
        const double kl = b->at.figures.kl;
        on_policy_descend(b, order + i, n, ACTOR_BOTH, grade, a);
        if (a->target_kl > 0 && (b->at.figures.kl - kl) / n > 1.5 * a->target_kl)
            return i + n;
    }
    return b->n;
}

static bool update(ppo *a, poise_error *err)
{
    on_policy *b = &a->base;
    on_policy_figures *f = &b->at.figures;
    on_policy_judge(b);
    double graded = 0;
    for (int epoch = 0; epoch < a->epochs; epoch++) {
        const int n = pass(a, epoch);
        graded += n;
        if (n < b->n)
            break;
    }
    on_policy_mean(f, graded);
    return on_policy_finish(b, err);
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    ppo *a = state;
    return !on_policy_gather(&a->base, o, after) || update(a, err);
}

const poise_agent_type agent_ppo = {
    .abi = POISE_AGENT_ABI,
    .name = "ppo",
    .about =
        "proximal policy optimisation (Schulman et al. 2017) on networks that score candidates",
    .options = options,
    .size = sizeof(ppo),
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
