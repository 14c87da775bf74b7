/* rule.h - what simple rules share: how long a choice would take to bear fruit. */
#ifndef POISE_RULE_H
#define POISE_RULE_H

#include <math.h>

#include "agent.h"

/* Expected seconds until the candidate's task would be done, waiting for its device included;
 * INFINITY for the choice to wait. */
static inline double rule_finish_s(const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (c->task == POISE_WAIT)
        return INFINITY;
    return v->group[c->group].backlog_s + c->service_s;
}

#endif
