/* rule.h - what simple rules share: how long a choice would take to bear fruit, and what to do with
 * candidates that give no task a device. */
#ifndef POISE_RULE_H
#define POISE_RULE_H

#include <math.h>

#include "agent.h"

/* Expected seconds until the candidate's task would be done, waiting for its device included;
 * INFINITY for candidates that give no device. */
static inline double rule_finish_s(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (!poise_gives_device(c))
        return INFINITY;
    return c->act == POISE_KEEP ? c->service_s : v->group[c->group].backlog_s + c->service_s;
}

/* Attention of a candidate that gives no device, for rules that only place tasks: less than any
 * that does; to do nothing comes before refusing tasks, putting them aside or switching devices. */
static inline double rule_rest(const poise_candidate *c)
{
    return c->act == POISE_HOLD ? -1e300 : -INFINITY;
}

/* The candidate that does nothing, for views where none gives a device. */
static inline int rule_hold(const poise_view *v)
{
    int hold = 0;
    for (int c = 0; c < v->n_candidates; c++)
        hold = v->candidate[c].act == POISE_HOLD ? c : hold;
    return hold;
}

/* The first candidate that gives a device to the oldest task of those that can have one; -1 if none
 * can. Running tasks, listed last, may be the oldest. */
static inline int rule_oldest(const poise_view *v)
{
    if (v->n_running == 0 && poise_gives_device(&v->candidate[0]))
        return 0;
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++)
        if (poise_gives_device(&v->candidate[c]) &&
            (best < 0 || v->task[v->candidate[c].task].id < v->task[v->candidate[best].task].id))
            best = c;
    return best;
}

/* Whether candidate c gives a device to the same task as candidate `to`. */
static inline bool rule_same_task(const poise_view *v, int c, int to)
{
    return c < v->n_candidates && v->candidate[c].task == v->candidate[to].task &&
           poise_gives_device(&v->candidate[c]);
}

#endif
