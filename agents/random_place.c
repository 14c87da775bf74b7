/* random_place.c - one of the places of the window by lot, or none: what stands in it goes where it
 * can, and an empty place is to wait. The random agent of Mao et al. (HotNets 2016): it waits the
 * more often, the less there is to do. */
#include "lib/rule.h"

typedef struct lot {
    int places;
    poise_rng rng;
} lot;

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed, (void)err;
    ((lot *)state)->places = space->window;
    return true;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    ((lot *)state)->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

static int choose(void *state, const poise_view *v)
{
    lot *l = state;
    int place = poise_rng_below(&l->rng, l->places + 1), first = -1, n = 0;
    for (int c = 0; c < v->n_candidates && place < v->n_tasks; c++)
        if (v->candidate[c].task == place && poise_gives_device(&v->candidate[c])) {
            first = first < 0 ? c : first;
            n++;
        }
    return n > 0 ? first + poise_rng_below(&l->rng, n) : rule_hold(v);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_random_place = {
    .abi = POISE_AGENT_ABI,
    .name = "random_place",
    .about = "what stands in a place of the window, or nothing, by lot (Mao et al. 2016)",
    .size = sizeof(lot),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
};
