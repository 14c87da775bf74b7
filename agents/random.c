/* random.c - attention by lot: the yardstick that everything has to beat. */
#include "agent.h"

typedef struct lot {
    poise_rng rng;
} lot;

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    ((lot *)state)->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    lot *l = state;
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_rng_uniform(&l->rng);
}

static int choose(void *state, const poise_view *v)
{
    return poise_rng_below(&((lot *)state)->rng, v->n_candidates);
}

const poise_agent_type agent_random = {
    .abi = POISE_AGENT_ABI,
    .name = "random",
    .about = "any candidate, each as likely as the others",
    .size = sizeof(lot),
    .begin = begin,
    .attend = attend,
    .choose = choose,
};
