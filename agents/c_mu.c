/* c_mu.c - the class with the highest cost times rate first: c mu, by the means of the classes
 * alone. With exponential sizes on one server the mean holding cost is least (Cox and Smith,
 * Queues, 1961; with preemption Buyukkoc, Varaiya and Walrand, Advances in Applied Probability 17
 * (1985)). Among tasks of a class the oldest. `weighted_shortest` goes by the sizes of single
 * tasks. */
#include "lib/rule.h"

static double index_of(const poise_view *v, int candidate)
{
    const poise_candidate *it = &v->candidate[candidate];
    const poise_task *t = &v->task[it->task];
    return t->weight / v->space->service_s[t->class_id * v->n_groups + it->group];
}

static bool precedes(const poise_view *v, int a, int b)
{
    const double x = index_of(v, a), y = index_of(v, b);
    if (x > y || x < y)
        return x > y;
    const poise_task *one = &v->task[v->candidate[a].task], *two = &v->task[v->candidate[b].task];
    if ((one->group >= 0) != (two->group >= 0))
        return one->group >= 0;
    return one->id < two->id;
}

static int choose(void *state, const poise_view *v)
{
    (void)state;
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++)
        if (poise_gives_device(&v->candidate[c]) && (best < 0 || precedes(v, c, best)))
            best = c;
    return best < 0 ? rule_hold(v) : best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    const int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] =
            poise_gives_device(&v->candidate[c]) ? index_of(v, c) : rule_rest(&v->candidate[c]);
    attention[best] = nextafter(attention[best], INFINITY);
}

const poise_agent_type agent_c_mu = {
    .abi = POISE_AGENT_ABI,
    .name = "c_mu",
    .about = "the class with the highest cost times rate, the oldest of it (Cox and Smith 1961)",
    .attend = attend,
    .choose = choose,
};
