/* max_weight.c - a device serves the class with the most tasks, counted by what they cost and how
 * fast they are done there: the largest c x mu (Tassiulas and Ephremides, IEEE TAC 37 (1992); with
 * costs Stolyar, Annals of Applied Probability 14 (2004)). No rule needs to know arrival rates
 * less, and it is stable whenever any rule is, but for networks whose classes turn into one
 * another. */
#include "lib/rule.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

typedef struct max_weight {
    int n_classes;
    int *count;  // (n_classes) tasks in view
} max_weight;

static void count(max_weight *m, const poise_view *v)
{
    memset(m->count, 0, (size_t)m->n_classes * sizeof *m->count);
    for (int i = 0; i < v->n_tasks + v->n_running; i++)
        m->count[v->task[i].class_id]++;
}

static double weight(const max_weight *m, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (!poise_gives_device(c))
        return rule_rest(c);
    const poise_task *t = &v->task[c->task];
    const double service_s = v->space->service_s[t->class_id * v->n_groups + c->group];
    return m->count[t->class_id] * t->weight / service_s;
}

/* Among equals the class listed first; of a class who runs there, then the oldest. */
static bool precedes(const poise_view *v, int a, int b)
{
    const poise_candidate *p = &v->candidate[a], *q = &v->candidate[b];
    if (!poise_gives_device(p) || !poise_gives_device(q))
        return false;
    const poise_task *x = &v->task[p->task], *y = &v->task[q->task];
    if (x->class_id != y->class_id)
        return x->class_id < y->class_id;
    if ((p->act == POISE_KEEP) != (q->act == POISE_KEEP))
        return p->act == POISE_KEEP;
    return x->id < y->id;
}

static int choose(void *state, const poise_view *v)
{
    max_weight *m = state;
    int best = 0;
    count(m, v);
    double most = weight(m, v, 0);
    for (int c = 1; c < v->n_candidates; c++) {
        double w = weight(m, v, c);
        if (w > most || (w == most && precedes(v, c, best))) {
            best = c;
            most = w;
        }
    }
    return best;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    int best = choose(state, v);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = weight(state, v, c);
    attention[best] = nextafter(attention[best], INFINITY);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    max_weight *m = state;
    m->n_classes = space->n_classes;
    m->count = malloc((size_t)m->n_classes * sizeof *m->count);
    if (!m->count)
        error_add(err, "agent max_weight: out of memory");
    return m->count != NULL;
}

static void release(void *state)
{
    free(((max_weight *)state)->count);
}

const poise_agent_type agent_max_weight = {
    .abi = POISE_AGENT_ABI,
    .name = "max_weight",
    .about = "the class with most tasks by cost and speed there (MaxWeight; Tassiulas and "
             "Ephremides 1992)",
    .size = sizeof(max_weight),
    .init = init,
    .attend = attend,
    .choose = choose,
    .free = release,
};
