/* heft.c - heterogeneous earliest finish time: the tasks of a graph in order of their upward rank,
 * each to where it will be done first (Topcuoglu, Hariri and Wu, IEEE TPDS 13 (2002)). Jobs in
 * order of arrival. Where tasks may be sent ahead, the whole graph is planned when it arrives;
 * without filling gaps before what a device already has to do. */
#include "lib/earliest.h"

#include "error.h"

/* Whether candidate a comes before b: of the older job; by rank; by place in the graph. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    if (x->job != y->job)
        return x->job < y->job;
    if (x->upward_rank_s > y->upward_rank_s || x->upward_rank_s < y->upward_rank_s)
        return x->upward_rank_s > y->upward_rank_s;
    return x->id < y->id;
}

static int find(const earliest *e, const poise_view *v)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!earliest_sends(v, c))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? earliest_done_s(e, v, c) < earliest_done_s(e, v, best)
                                   : precedes(v, c, best)))
            best = c;
    }
    return best;
}

static int choose(void *state, const poise_view *v)
{
    int best = find(state, v);
    if (best < 0)
        return rule_hold(v);
    earliest_send(state, v, best);
    return best;
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
