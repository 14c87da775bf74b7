/* cpop.c - critical path on a processor: the tasks of a graph by the longest way through them;
 * those of the critical path all to the group that does it fastest, the others where they will be
 * done first (Topcuoglu, Hariri and Wu, IEEE TPDS 13 (2002)). Jobs in order of arrival. Where tasks
 * may be sent ahead, the whole graph is planned when it arrives. */
#include "lib/earliest.h"

#include "error.h"

/* The longest way through the task, for a job of size 1. */
static double way_s(const poise_view *v, const poise_task *t)
{
    if (t->graph < 0)
        return t->best_s;
    const poise_graph *g = &v->space->graph[t->graph];
    return g->upward_s[t->stage] + g->downward_s[t->stage];
}

/* Whether candidate a comes before b: of the older job; by its way; by place in the graph. Ways are
 * sums in different orders: what differs by rounding is equal. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    if (x->job != y->job)
        return x->job < y->job;
    double one = way_s(v, x), two = way_s(v, y);
    return fabs(one - two) > 1e-9 * one ? one > two : x->id < y->id;
}

static bool is_critical(const poise_graph *g, int stage)
{
    for (int k = 0; k < g->n_critical; k++)
        if (g->critical[k] == stage)
            return true;
    return false;
}

/* The group that does all of the critical path fastest; -1 if none can do all of it. */
static int critical_group(const poise_view *v, const poise_graph *g)
{
    double least = INFINITY;
    int best = -1;
    for (int k = 0; k < v->n_groups; k++) {
        double sum = 0;
        for (int i = 0; i < g->n_critical; i++) {
            int stage = g->critical[i];
            sum += g->mean_size[stage] / v->space->speed[g->class_id[stage] * v->n_groups + k];
        }
        if (sum < least) {
            least = sum;
            best = k;
        }
    }
    return best;
}

/* Whether candidate a is a better place than b for their task. */
static bool suits(const earliest *e, const poise_view *v, int a, int b)
{
    const poise_task *t = &v->task[v->candidate[a].task];
    if (t->graph >= 0 && is_critical(&v->space->graph[t->graph], t->stage)) {
        int home = critical_group(v, &v->space->graph[t->graph]);
        bool one = v->candidate[a].group == home, two = v->candidate[b].group == home;
        if (one != two)
            return one;
    }
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
    error_add(err, "agent cpop: out of memory");
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

const poise_agent_type agent_cpop = {
    .abi = POISE_AGENT_ABI,
    .name = "cpop",
    .about =
        "tasks of graphs by their critical path, which goes to one group (Topcuoglu et al. 2002)",
    .options = options,
    .size = sizeof(earliest),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
