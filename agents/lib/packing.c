/* packing.c - see packing.h. */
#include "packing.h"

#include <stdlib.h>

#include "error.h"

bool packing_init(packer *p, const poise_space *space, poise_error *err, const char *agent)
{
    p->space = space;
    p->rank = calloc((size_t)space->n_groups, sizeof *p->rank);
    p->most_resource = calloc((size_t)space->n_resources + 1, sizeof *p->most_resource);
    if (!p->rank || !p->most_resource)
        error_add(err, "agent %s: out of memory", agent);
    for (int g = 0; p->rank && g < space->n_groups; g++)
        p->rank[g] = g;
    return p->rank && p->most_resource;
}

void packing_begin(packer *p, uint64_t seed)
{
    poise_rng r = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
    for (int g = 0; g < p->space->n_groups; g++) {
        int k = poise_rng_below(&r, g + 1);
        p->rank[g] = p->rank[k];
        p->rank[k] = g;
    }
}

void packing_free(packer *p)
{
    free(p->rank);
    free(p->most_resource);
}

double packing_cut(const packer *p, double score)
{
    return p->steps > 0 ? floor(score * p->steps) : score;
}

/* Views tell what devices have; it never changes. */
void packing_measure(packer *p, const poise_view *v)
{
    const int n = p->space->n_resources;
    if (p->measured)
        return;
    for (int g = 0; g < v->n_groups; g++) {
        p->most_cores = fmax(p->most_cores, v->group[g].cores);
        if (!isinf(v->group[g].memory_bytes))
            p->most_memory = fmax(p->most_memory, v->group[g].memory_bytes);
        for (int k = 0; k < n; k++)
            p->most_resource[k] = fmax(p->most_resource[k], (double)p->space->resource[g * n + k]);
    }
    p->measured = true;
}

double packing_mean(packer *p, const poise_view *v, const poise_task *t, int group,
                    packing_term *each)
{
    const poise_group *g = &v->group[group];
    const double up = packing_up(g);
    double sum = each(packing_cores(g), t->cores, p->most_cores);
    int n = 1;
    for (int k = 0; k < p->space->n_resources; k++) {
        if (p->most_resource[k] == 0)
            continue;
        sum += each(g->resource_free[k] / up, t->resource ? (double)t->resource[k] : 0,
                    p->most_resource[k]);
        n++;
    }
    if (p->memory && p->most_memory > 0) {
        double left = fmin(g->memory_free_bytes / up, p->most_memory);
        sum += each(left, t->memory_bytes, p->most_memory);
        n++;
    }
    return sum / n;
}

int packing_choose(void *state, packer *p, const poise_view *v, packing_score *score)
{
    const int first = rule_oldest(v);
    if (first < 0)
        return rule_hold(v);
    packing_measure(p, v);
    const poise_candidate *c = v->candidate;
    const poise_task *t = &v->task[c[first].task];
    int best = first;
    double most = score(state, v, t, c[first].group);
    for (int k = first + 1; rule_same_task(v, k, first); k++) {
        double s = score(state, v, t, c[k].group);
        if (s > most || (s == most && p->rank[c[k].group] < p->rank[c[best].group])) {
            best = k;
            most = s;
        }
    }
    return best;
}
