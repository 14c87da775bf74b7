/* min_min.c - of the times at which each task could be done first, the earliest goes first, queues
 * included (Ibarra and Kim, JACM 24 (1977); Braun et al., JPDC 61 (2001)). `shortest` looks at the
 * service alone. */
#include "lib/rule.h"

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++)
        if (poise_gives_device(&v->candidate[c]) &&
            (best < 0 || rule_finish_s(v, c) < rule_finish_s(v, best)))
            best = c;
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? -rule_finish_s(v, c)
                                                            : rule_rest(&v->candidate[c]);
    attention[best] = nextafter(attention[best], INFINITY);
}

const poise_agent_type agent_min_min = {
    .abi = POISE_AGENT_ABI,
    .name = "min_min",
    .about = "the task and group that would be done first, queues included (Ibarra and Kim 1977)",
    .attend = attend,
    .choose = choose,
};
