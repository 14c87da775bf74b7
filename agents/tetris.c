/* tetris.c - the task and the group whose vectors of what is needed and of what is free have the
 * greatest product, among tasks that can start at once: large tasks where there is most room
 * (Grandl et al., "Multi-resource packing for cluster schedulers", SIGCOMM 2014, without its
 * preference for short jobs; "Packer" in Mao et al., HotNets 2016). Each component is relative to
 * the most that any device has. */
#include "lib/packing.h"

static double product(double left, double needed, double most)
{
    return left / most * (needed / most);
}

static double score(packer *p, const poise_view *v, const poise_candidate *c)
{
    return packing_mean(p, v, &v->task[c->task], c->group, product);
}

static int choose(void *state, const poise_view *v)
{
    double most = -INFINITY;
    int best = -1;
    packing_measure(state, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (it->act != POISE_START)
            continue;
        double s = score(state, v, it);
        if (s > most) {
            most = s;
            best = c;
        }
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    packer *p = state;
    p->memory = true;
    return packing_init(p, space, err, "tetris");
}

static void release(void *state)
{
    packing_free(state);
}

const poise_agent_type agent_tetris = {
    .abi = POISE_AGENT_ABI,
    .name = "tetris",
    .about = "the task that can start and aligns best with what is free (Grandl et al. 2014)",
    .size = sizeof(packer),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
