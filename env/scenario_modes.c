/* scenario_modes.c - how each class runs on each group under each of its profiles, and whether any
 * task may do other than run at one speed from start to end. */
#include <string.h>

#include "scenario_load.h"

/* ---- how classes run on groups ------------------------------------------------------------ */

static double alone_speed(const scenario_loader *l, int class_id, int group, double given)
{
    const scenario_group *g = &l->s->group[group];
    return g->law->speed ? given * g->law->speed(g, &l->s->classes[class_id]) : given;
}

/* n devices in step: each work unit is divided among them, and after every step they reduce their
 * results in a ring, 2 (n - 1) messages of bytes / n each (P. Patarasuk, X. Yuan, JPDC 69(2),
 * 2009). */
static double in_step(const scenario_group *g, const scenario_sync *sync, int n, double speed)
{
    double reduce_s = 2.0 * (n - 1) * seconds(g->link.latency_ns);
    if (g->link.byte_per_s > 0)
        reduce_s += 2.0 * (n - 1) / n * (double)sync->bytes / g->link.byte_per_s;
    return sync->step / (sync->step / (n * speed) + reduce_s);
}

const scenario_profile *scenario_profile_of(const scenario_class *c, int profile)
{
    static const scenario_profile only = {
        .name = "", .devices = 1, .memory_bytes = -1, .busy_mw = -1, .quality = 1};
    return c->n_profiles == 0 && profile == 0 ? &only
           : profile < c->n_profiles          ? &c->profile[profile]
                                              : NULL;
}

int64_t scenario_promised_bytes(const scenario_group *g)
{
    double promised = g->overcommit * (double)g->memory_bytes;
    if (g->memory_bytes == INT64_MAX || !(g->overcommit > 1) || promised > 9e18)
        return g->memory_bytes;
    return (int64_t)promised;
}

static bool has_memory(const scenario_class *c, const scenario_group *g, const demand *d)
{
    scenario_group promising = *g;
    demand asked = *d;
    if (g->pressure == PRESSURE_KILL && d->memory_bytes > g->memory_bytes)
        return false;
    if (c->request_bytes != c->memory_bytes)
        asked.memory_bytes = c->request_bytes;
    promising.memory_bytes = scenario_promised_bytes(g);
    return g->law->could_run(&promising, &asked);
}

bool scenario_could_run(const poise_scenario *s, int class_id, int group, const scenario_profile *p,
                        demand d, const int64_t *resources)
{
    const scenario_class *c = &s->classes[class_id];
    const scenario_group *g = &s->group[group];
    d.cores = p->cores > 0 ? p->cores : d.cores;
    d.memory_bytes = p->memory_bytes >= 0 ? p->memory_bytes : d.memory_bytes;
    if (p->devices > g->count || (p->kind && strcmp(p->kind, g->kind) != 0))
        return false;
    for (int k = 0; resources && k < s->n_resources; k++)
        if (resources[k] > g->resources[k])
            return false;
    bool plain = !(g->overcommit > 1) && c->request_bytes == c->memory_bytes;
    return plain ? g->law->could_run(g, &d) : has_memory(c, g, &d);
}

static scenario_mode mode_of(const scenario_loader *l, int class_id, int group,
                             const scenario_profile *p, double given)
{
    const scenario_class *c = &l->s->classes[class_id];
    const scenario_group *g = &l->s->group[group];
    double one = alone_speed(l, class_id, group, given);
    scenario_mode m = {
        .devices = p->devices,
        .cores = p->cores,
        .memory_bytes = p->memory_bytes,
        .busy_mw = p->busy_mw >= 0 ? p->busy_mw : g->busy_mw,
        .quality = p->quality,
    };
    const demand d = {.cores = c->cores, .memory_bytes = c->memory_bytes};
    if (!scenario_could_run(l->s, class_id, group, p, d, c->resources))
        return m;
    m.alone_speed = p->devices * one;
    if (p->speed > 0)
        m.speed = m.alone_speed = one * p->speed;
    else if (p->devices > 1 && c->has_sync && !c->sync.asynchronous)
        m.speed = in_step(g, &c->sync, p->devices, one);
    else
        m.speed = m.alone_speed;
    return m;
}

void scenario_fill_modes(scenario_loader *l, int class_id, int group, double given)
{
    poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    double *best = &s->speed[class_id * s->n_groups + group];
    *best = 0;
    for (int p = 0; p < s->n_profiles; p++) {
        scenario_mode *m = &s->mode[scenario_cell(s, class_id, group, p)];
        const scenario_profile *profile = scenario_profile_of(c, p);
        if (profile)
            *m = mode_of(l, class_id, group, profile, given);
        *best = m->speed > *best ? m->speed : *best;
    }
}

/* ---- what follows -------------------------------------------------------------------------- */

static bool class_has_runs(const scenario_class *c)
{
    return c->n_profiles > 0 || c->has_sync || c->killed_at_limit || c->deadline.type ||
           c->slack > 0 || c->input_bytes > 0 || c->graph || c->resources ||
           c->request_bytes != c->memory_bytes || c->checkpoint.cost_ns > 0 || c->tenant >= 0;
}

static bool group_has_runs(const scenario_group *g)
{
    return g->law->factors || g->law->batch || g->overcommit > 1 || g->pressure != PRESSURE_NONE ||
           g->cap_mw > 0 || g->price_per_h > 0 || g->pace.n > 0 || g->params.parts > 1 ||
           g->failures.mtbf.type || g->failures.rack_mtbf.type || g->sleep.boot_ns >= 0 ||
           strcmp(g->law->name, "edge") == 0;
}

static bool decision_has_runs(const scenario_decision *d)
{
    return d->mode != MODE_DISPATCH || d->preempt || d->migrate || d->rescale || d->suspend ||
           d->reject || d->power || d->defer_ns > 0 || d->commit || d->lookahead_ns > 0 ||
           d->average_ns > 0 || d->quantum_ns > 0 || d->one_by_one;
}

static bool source_has_runs(const scenario_source *src)
{
    for (int64_t k = 0; k < src->n_jobs; k++)
        if (scenario_job_of(src, k)->deadline_ns > 0 || src->job[k].resources)
            return true;
    return false;
}

/* Whether some task needs no cores, and so finds room where all are taken. */
static bool has_coreless(const poise_scenario *s)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].cores == 0)
            return true;
    for (int k = 0; k < s->n_sources; k++)
        for (int64_t j = 0; j < s->source[k].n_jobs; j++)
            if (scenario_job_of(&s->source[k], j)->cores == 0)
                return true;
    return false;
}

void scenario_settle(poise_scenario *s)
{
    scenario_decision *d = &s->decision;
    bool sees = d->preempt != PREEMPT_NONE || d->migrate || d->rescale || d->suspend ||
                d->mode == MODE_SHARE;
    if (d->running == 0 && sees)
        d->running = s->window;
    s->has_runs = decision_has_runs(d) || s->interference || s->n_tenants > 0 || s->price.n > 0 ||
                  s->carbon.n > 0;
    s->coreless = has_coreless(s);
    for (int c = 0; c < s->n_classes; c++)
        s->has_runs |= class_has_runs(&s->classes[c]);
    for (int k = 0; k < s->n_sources; k++)
        s->has_runs |= source_has_runs(&s->source[k]);
    for (int g = 0; g < s->n_groups; g++) {
        s->has_runs |= group_has_runs(&s->group[g]);
        s->has_paces |= s->group[g].pace.n > 0;
        s->has_batches |= s->group[g].law->batch != NULL;
        s->group[g].params.weighted |= d->mode == MODE_SHARE;
    }
    scenario_settle_network(s);
}
