/* max_min_batch.c - of the times at which each task could be done first, the latest goes first:
 * long tasks before short ones, each where it will be done first (Braun et al., JPDC 61 (2001); its
 * opposite, Min-Min, is `shortest`). */
#include "lib/rule.h"

/* The candidate, from `first` on, that will have done its task first; *end is the next task's. */
static int soonest(const poise_view *v, int first, int *end)
{
    int best = first, c = first + 1;
    for (; rule_same_task(v, c, first); c++)
        if (rule_finish_s(v, c) < rule_finish_s(v, best))
            best = c;
    *end = c;
    return best;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = -1, next;
    for (int c = 0; c < v->n_candidates; c = next) {
        next = c + 1;
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        int one = soonest(v, c, &next);
        if (best < 0 || rule_finish_s(v, one) > rule_finish_s(v, best))
            best = one;
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_max_min_batch = {
    .abi = POISE_AGENT_ABI,
    .name = "max_min_batch",
    .about = "the task whose earliest end is the latest, where it will be done first (Braun et al. "
             "2001)",
    .attend = attend,
    .choose = choose,
};
