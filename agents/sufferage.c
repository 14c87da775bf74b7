/* sufferage.c - the task that would suffer most if it did not get its best group goes first: by how
 * much later the second best would have done it (Maheswaran et al., JPDC 59 (1999)). */
#include "lib/rule.h"

/* The candidate, from `first` on, that will have done its task first; *gain is what the second best
 * takes longer, 0 where there is none, and *end the next task's. */
static int soonest(const poise_view *v, int first, double *gain, int *end)
{
    int best = first, c = first + 1;
    double second_s = INFINITY;
    for (; rule_same_task(v, c, first); c++) {
        double finish_s = rule_finish_s(v, c), best_s = rule_finish_s(v, best);
        second_s = fmin(second_s, fmax(finish_s, best_s));
        best = finish_s < best_s ? c : best;
    }
    *gain = isinf(second_s) ? 0 : second_s - rule_finish_s(v, best);
    *end = c;
    return best;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = -1, next;
    double most = 0;
    for (int c = 0; c < v->n_candidates; c = next) {
        double gain;
        next = c + 1;
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        int one = soonest(v, c, &gain, &next);
        if (best < 0 || gain > most) {
            best = one;
            most = gain;
        }
    }
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

const poise_agent_type agent_sufferage = {
    .abi = POISE_AGENT_ABI,
    .name = "sufferage",
    .about = "the task that loses most without its best group (Maheswaran et al. 1999)",
    .attend = attend,
    .choose = choose,
};
