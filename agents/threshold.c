/* threshold.c - the oldest task to the fastest group; to a slower one only when enough tasks are
 * there. Best for the mean with one fast and one slow server (Lin and Kumar, IEEE TAC 29 (1984)),
 * where tasks stay on the server on which they start. */
#include "lib/rule.h"

typedef struct threshold {
    int tasks;
} threshold;

/* The group where the task would be served soonest if all were free. */
static int fastest_group(const poise_view *v, int class_id)
{
    const double *service_s = v->space->service_s + class_id * v->n_groups;
    int best = 0;
    for (int g = 1; g < v->n_groups; g++)
        if (service_s[g] < service_s[best])
            best = g;
    return best;
}

static int choose(void *state, const poise_view *v)
{
    const threshold *t = state;
    int first = rule_oldest(v), best = first;
    if (first < 0)
        return rule_hold(v);
    const int fastest = fastest_group(v, v->task[v->candidate[first].task].class_id);
    for (int c = first; rule_same_task(v, c, first); c++) {
        if (v->candidate[c].group == fastest)
            return c;
        if (v->candidate[c].service_s < v->candidate[best].service_s)
            best = c;
    }
    const poise_group *fast = &v->group[fastest];
    const int there = v->n_tasks + v->n_beyond + fast->running + fast->queued;
    const int hold = rule_hold(v);
    return there > t->tasks || v->candidate[hold].act != POISE_HOLD ? best : hold;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static const poise_option options[] = {
    {"tasks", POISE_INT, offsetof(threshold, tasks), 2, 0, 1e6, "tasks",
     "a slower group gets one only when more than so many wait or are at the fastest", NULL},
    {0},
};

const poise_agent_type agent_threshold = {
    .abi = POISE_AGENT_ABI,
    .name = "threshold",
    .about =
        "the fastest group; a slower one only when enough tasks are there (Lin and Kumar 1984)",
    .options = options,
    .size = sizeof(threshold),
    .attend = attend,
    .choose = choose,
};
