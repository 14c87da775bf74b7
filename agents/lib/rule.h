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

/* What a task deserves, for rules that rank tasks alone. */
typedef double rule_key(const poise_view *v, const poise_task *t);

/* Whether the task of candidate a comes before that of b: by a larger key; among equals those that
 * run, then the oldest. */
static inline bool rule_precedes(const poise_view *v, rule_key *key, int a, int b)
{
    const poise_task *x = &v->task[v->candidate[a].task], *y = &v->task[v->candidate[b].task];
    double gain = key(v, x) - key(v, y);
    if (gain > 0 || gain < 0)
        return gain > 0;
    return (x->group >= 0) == (y->group >= 0) ? x->id < y->id : x->group >= 0;
}

/* The first task in this order to the group that will have done it first. */
static inline int rule_choose(const poise_view *v, rule_key *key)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++) {
        if (!poise_gives_device(&v->candidate[c]))
            continue;
        bool same_task = best >= 0 && v->candidate[c].task == v->candidate[best].task;
        if (best < 0 || (same_task ? rule_finish_s(v, c) < rule_finish_s(v, best)
                                   : rule_precedes(v, key, c, best)))
            best = c;
    }
    return best < 0 ? rule_hold(v) : best;
}

/* The same as attention: a running task is displaced only by one with a larger key. */
static inline void rule_attend(const poise_view *v, rule_key *key, double *attention)
{
    int best = rule_choose(v, key);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = poise_gives_device(it) ? key(v, &v->task[it->task]) : rule_rest(it);
    }
    attention[best] = nextafter(attention[best], INFINITY);
}

/* All attention to one candidate, for rules that know what they want. */
static inline void rule_point(const poise_view *v, int best, double *attention)
{
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? 0 : rule_rest(&v->candidate[c]);
    attention[best] = 1;
}

#endif
