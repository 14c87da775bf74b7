/* heft.c - heterogeneous earliest finish time: the tasks of a graph in order of their upward rank,
 * each to where it will be done first (Topcuoglu, Hariri and Wu, IEEE TPDS 13 (2002)). Jobs in
 * order of arrival. Where tasks may be sent ahead, the whole graph is planned when it arrives. */
#include "lib/earliest.h"

#include "error.h"

/* Whether candidate a comes before b: of the older job; by rank; by place in the graph. Ranks are
 * sums of quotients: what differs by rounding is equal. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    if (x->job != y->job)
        return x->job < y->job;
    double one = x->upward_rank_s, two = y->upward_rank_s;
    return fabs(one - two) > 1e-9 * one ? one > two : x->id < y->id;
}

/* Whether candidate a is a better place than b for their task. */
static bool suits(const earliest *e, const poise_view *v, int a, int b)
{
    return earliest_done_s(e, v, a) < earliest_done_s(e, v, b);
}

static int choose(void *state, const poise_view *v)
{
    return earliest_choose(state, v, precedes, suits);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    if (earliest_init(state, space))
        return true;
    error_add(err, "agent heft: out of memory");
    return false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    earliest_begin(state);
}

static void release(void *state)
{
    earliest_free(state);
}

static const poise_option options[] = {
    {"bandwidth", POISE_REAL, offsetof(earliest, byte_per_s), 0, 0, 1e30, "B/s",
     "between groups, as the rule believes; 0: transfers take no time", NULL},
    {"latency", POISE_REAL, offsetof(earliest, latency_s), 0, 0, 1e9, "s",
     "of a transfer between groups", NULL},
    {0},
};

const poise_agent_type agent_heft = {
    .abi = POISE_AGENT_ABI,
    .name = "heft",
    .about = "tasks of graphs by upward rank, each where it will be done first (Topcuoglu et al. "
             "2002)",
    .options = options,
    .size = sizeof(earliest),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
