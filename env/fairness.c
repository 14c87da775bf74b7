/* fairness.c - what each tenant got of an episode, and how evenly. */
#include <math.h>

#include "fairness.h"
#include "statistics.h"

static bool is_of(const poise_scenario *s, const poise_record *r, int tenant)
{
    return s->classes[r->class_id].tenant == tenant;
}

/* The least service that the task could have had anywhere. */
static double least_s(const poise_scenario *s, const poise_record *r)
{
    double speed = 0;
    for (int g = 0; g < s->n_groups; g++)
        speed = fmax(speed, s->speed[r->class_id * s->n_groups + g]);
    return speed > 0 ? r->size / speed : 0;
}

/* The tenant's tasks; adds up their least service. */
static poise_tenant_result look_through(const poise_episode *ep, int tenant, double *least)
{
    const poise_scenario *s = ep->scenario;
    poise_tenant_result t = {0};
    for (int64_t i = ep->totals.first_record; i < ep->n_records; i++) {
        const poise_record *r = &ep->record[i];
        if (!is_of(s, r, tenant))
            continue;
        t.arrived++;
        t.dropped +=
            r->fate == POISE_DROPPED || r->fate == POISE_REJECTED || r->fate == POISE_KILLED;
        if (r->fate != POISE_FINISHED)
            continue;
        double response_s = seconds(r->finished_ns - r->arrived_ns);
        t.finished++;
        t.late += ep->more && r->finished_ns > ep->more[i].deadline_ns;
        t.response_mean_s += response_s;
        *least += least_s(s, r);
    }
    return t;
}

poise_tenant_result poise_tenant_of(const poise_episode *ep, int tenant)
{
    const poise_scenario *s = ep->scenario;
    double least = 0;
    poise_tenant_result t;
    if (ep->statistics) {
        const tenant_statistics *st = &ep->statistics->tenant[tenant];
        t = (poise_tenant_result){.arrived = st->arrived,
                                  .dropped = st->dropped,
                                  .finished = st->finished,
                                  .late = st->late,
                                  .response_mean_s = (double)st->response_ns * 1e-9};
        least = st->least_s;
    } else {
        t = look_through(ep, tenant, &least);
    }
    t.held_s = ep->totals.tenant_held_s[tenant];
    t.response_mean_s = t.finished > 0 ? t.response_mean_s / (double)t.finished : NAN;
    const double part = s->tenant[tenant].share / fairness_shares(s);
    t.entitled = part;
    t.finish_time_fairness =
        t.finished > 0 && least > 0 ? t.response_mean_s * (double)t.finished * part / least : NAN;
    return t;
}

double fairness_shares(const poise_scenario *s)
{
    double sum = 0;
    for (int t = 0; t < s->n_tenants; t++)
        sum += s->tenant[t].share;
    return sum;
}

double fairness_jain(const poise_episode *ep)
{
    const poise_scenario *s = ep->scenario;
    double sum = 0, squares = 0;
    for (int t = 0; t < s->n_tenants; t++) {
        double x = ep->totals.tenant_held_s[t] / s->tenant[t].share;
        sum += x;
        squares += x * x;
    }
    return squares > 0 ? sum * sum / (s->n_tenants * squares) : NAN;
}

double fairness_finish_time_max(const poise_episode *ep)
{
    double most = NAN;
    for (int t = 0; t < ep->scenario->n_tenants; t++)
        most = fmax(most, poise_tenant_of(ep, t).finish_time_fairness);
    return most;
}

double fairness_response_max_s(const poise_episode *ep)
{
    double most = NAN;
    for (int t = 0; t < ep->scenario->n_tenants; t++)
        most = fmax(most, poise_tenant_of(ep, t).response_mean_s);
    return most;
}

double fairness_dominant_share_max(const poise_episode *ep, double span_s)
{
    const poise_scenario *s = ep->scenario;
    double capacity = 0, most = NAN;
    for (int g = 0; g < s->n_groups; g++) {
        bool whole = s->group[g].law->whole || !s->group[g].law->demand_matters;
        capacity += (double)s->group[g].count * (whole ? 1 : s->group[g].law->cores(&s->group[g]));
    }
    for (int t = 0; t < s->n_tenants && span_s > 0; t++)
        most = fmax(most, ep->totals.tenant_held_s[t] / span_s / capacity);
    return most;
}
