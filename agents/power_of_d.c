/* power_of_d.c - the oldest task to the emptiest of d groups drawn at random. Two choices are
 * nearly as good as all, for what it costs to ask (Mitzenmacher, IEEE TPDS 12 (2001)). */
#include "lib/rule.h"

enum { MOST_CHOICES = 16 };

typedef struct power_of_d {
    int d;
    poise_rng rng;
} power_of_d;

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    ((power_of_d *)state)->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

static double crowd(const poise_view *v, int candidate)
{
    const poise_group *g = &v->group[v->candidate[candidate].group];
    return (double)(g->running + g->queued) / g->count;
}

static bool is_drawn(const int *drawn, int n, int c)
{
    for (int i = 0; i < n; i++)
        if (drawn[i] == c)
            return true;
    return false;
}

static int choose(void *state, const poise_view *v)
{
    power_of_d *p = state;
    const int first = rule_oldest(v);
    int n = 0, drawn[MOST_CHOICES], best = -1;
    if (first < 0)
        return rule_hold(v);
    while (rule_same_task(v, first + n, first))
        n++;
    for (int i = 0; i < p->d && i < n; i++) {
        do
            drawn[i] = first + poise_rng_below(&p->rng, n);
        while (is_drawn(drawn, i, drawn[i]));
        if (best < 0 || crowd(v, drawn[i]) < crowd(v, best))
            best = drawn[i];
    }
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static const poise_option options[] = {
    {"d", POISE_INT, offsetof(power_of_d, d), 2, 1, MOST_CHOICES, "groups", "drawn at random",
     NULL},
    {0},
};

const poise_agent_type agent_power_of_d = {
    .abi = POISE_AGENT_ABI,
    .name = "power_of_d",
    .about = "the oldest task to the emptiest of d groups drawn at random (Mitzenmacher 2001)",
    .options = options,
    .size = sizeof(power_of_d),
    .begin = begin,
    .attend = attend,
    .choose = choose,
};
