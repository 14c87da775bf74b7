/* moore_hodgson.c - as few late tasks as can be on one machine: in order of their deadlines, but
 * whenever one would be late the longest so far is given up, and goes behind all that are not
 * (Moore, Management Science 15 (1968), who credits Hodgson). Several devices count as one that is
 * so many times as fast, where it is a rule of thumb. */
#include <stdlib.h>

#include "error.h"
#include "lib/rule.h"

/* A task of the view. */
typedef struct dated {
    double deadline_s, service_s;
    int task;
    bool is_late;
} dated;

typedef struct moore_hodgson {
    dated *by_date;  // (most tasks in a view)
    bool *given_up;  // (most tasks in a view) by index in the view
} moore_hodgson;

static int by_date(const void *x, const void *y)
{
    const dated *a = x, *b = y;
    if (a->deadline_s < b->deadline_s || a->deadline_s > b->deadline_s)
        return a->deadline_s < b->deadline_s ? -1 : 1;
    return a->task - b->task;
}

static int longest_in_time(const dated *d, int n)
{
    int best = -1;
    for (int i = 0; i < n; i++)
        if (!d[i].is_late && (best < 0 || d[i].service_s > d[best].service_s))
            best = i;
    return best;
}

/* Who is given up. */
static void sort_out(moore_hodgson *m, const poise_view *v)
{
    const int n = v->n_tasks + v->n_running;
    int n_devices = 0;
    for (int g = 0; g < v->n_groups; g++)
        n_devices += v->group[g].count;
    for (int i = 0; i < n; i++)
        m->by_date[i] = (dated){v->task[i].deadline_s, v->task[i].best_s / n_devices, i, false};
    qsort(m->by_date, (size_t)n, sizeof *m->by_date, by_date);
    double end_s = v->now_s;
    for (int i = 0; i < n; i++) {
        end_s += m->by_date[i].service_s;
        /* Times are whole nanoseconds inside: what ends on its deadline is not late. */
        if (end_s <= m->by_date[i].deadline_s + 1e-9)
            continue;
        dated *longest = &m->by_date[longest_in_time(m->by_date, i + 1)];
        longest->is_late = true;
        end_s -= longest->service_s;
    }
    for (int i = 0; i < n; i++)
        m->given_up[m->by_date[i].task] = m->by_date[i].is_late;
}

/* Tasks in time by deadline, the others behind them, the shortest first. */
static double urgency(const moore_hodgson *m, const poise_view *v, int candidate)
{
    const poise_task *t = &v->task[v->candidate[candidate].task];
    if (m->given_up[v->candidate[candidate].task])
        return -1e200 * (1 + fmin(t->best_s, 1e9));
    return -fmin(t->deadline_s, 1e150);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    moore_hodgson *m = state;
    int best = -1;
    sort_out(m, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const bool gives = poise_gives_device(&v->candidate[c]);
        attention[c] = gives ? urgency(m, v, c) : rule_rest(&v->candidate[c]);
        if (!gives)
            continue;
        const bool same = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 ||
            (same ? rule_finish_s(v, c) < rule_finish_s(v, best) : attention[c] > attention[best]))
            best = c;
    }
    if (best >= 0)
        attention[best] = nextafter(attention[best], INFINITY);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    moore_hodgson *m = state;
    const size_t n = (size_t)(space->window + space->max_running) + 1;
    m->by_date = calloc(n, sizeof *m->by_date);
    m->given_up = calloc(n, sizeof *m->given_up);
    if (!m->by_date || !m->given_up)
        error_add(err, "agent moore_hodgson: out of memory");
    return m->by_date && m->given_up;
}

static void release(void *state)
{
    moore_hodgson *m = state;
    free(m->by_date);
    free(m->given_up);
}

const poise_agent_type agent_moore_hodgson = {
    .abi = POISE_AGENT_ABI,
    .name = "moore_hodgson",
    .about = "by deadline, but the longest is given up where one would be late: fewest late tasks "
             "(Moore 1968)",
    .size = sizeof(moore_hodgson),
    .init = init,
    .attend = attend,
    .free = release,
};
