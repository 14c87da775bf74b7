/* scenario_demands.c - what jobs ask for, as the scenario declares its workload: a typical job is
 * one that many are like. Jobs that ask for the same are counted together. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "graph.h"
#include "scenario_load.h"
#include "source.h"

enum { MOST_DEMANDS = 1024 };

/* A demand on its way: `part` is a number of jobs a second, or in all. */
typedef struct asked {
    poise_demand d;
    int n_resources;
    int64_t order;  // in which it came
} asked;

typedef struct collection {
    asked *at;
    int64_t n, room;
    int64_t n_came;
    int n_resources;
    double sum;  // of the parts
} collection;

/* Order by all that is asked for; 0: the same. */
static int compare(const asked *a, const asked *b)
{
    const poise_demand *x = &a->d, *y = &b->d;
    if (x->class_id != y->class_id)
        return x->class_id < y->class_id ? -1 : 1;
    if (x->cores != y->cores)
        return x->cores < y->cores ? -1 : 1;
    if (x->memory_bytes != y->memory_bytes)
        return x->memory_bytes < y->memory_bytes ? -1 : 1;
    if (x->resource == y->resource || !x->resource || !y->resource)
        return (x->resource != NULL) - (y->resource != NULL);
    for (int k = 0; k < a->n_resources; k++)
        if (x->resource[k] != y->resource[k])
            return x->resource[k] < y->resource[k] ? -1 : 1;
    return 0;
}

static int by_demand(const void *left, const void *right)
{
    const asked *a = left, *b = right;
    int order = compare(a, b);
    return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static int by_part(const void *left, const void *right)
{
    const asked *a = left, *b = right;
    if (a->d.part != b->d.part)
        return a->d.part > b->d.part ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Counts equal demands together: they stand side by side. */
static void merge(collection *all)
{
    int64_t to = 0;
    if (all->n == 0)
        return;
    qsort(all->at, (size_t)all->n, sizeof *all->at, by_demand);
    for (int64_t k = 1; k < all->n; k++)
        if (compare(&all->at[to], &all->at[k]) == 0)
            all->at[to].d.part += all->at[k].d.part;
        else
            all->at[++to] = all->at[k];
    all->n = to + 1;
}

/* Traces are long and many of their jobs ask for the same: room is for what differs. */
static void add(collection *all, poise_demand d)
{
    if (all->n == all->room) {
        merge(all);
        if (2 * all->n >= all->room) {
            all->room = 2 * all->room + 4096;
            all->at = realloc(all->at, (size_t)all->room * sizeof *all->at);
            if (!all->at)
                error_no_memory();
        }
    }
    all->at[all->n++] = (asked){d, all->n_resources, all->n_came++};
    all->sum += d.part;
}

/* Jobs a second that the source sends, or how many it has in all where it sends them at once. */
static double rate_of(const scenario_source *src)
{
    if (src->rate_per_s > 0)
        return src->rate_per_s;
    if (src->n_jobs > 0 && src->job[src->n_jobs - 1].arrival_ns > 0)
        return (double)src->n_jobs / seconds(src->job[src->n_jobs - 1].arrival_ns);
    return src->n_jobs > 0 ? (double)src->n_jobs : src->users + src->max_jobs + 1;
}

static void add_mix(const poise_scenario *s, const scenario_source *src, collection *all)
{
    for (int m = 0; m < src->n_mix; m++) {
        const int id = src->mix_class[m];
        const scenario_class *c = &s->classes[id];
        if (!c->graph)
            add(all, (poise_demand){id, c->cores, c->memory_bytes, c->resources,
                                    rate_of(src) * source_part(src, m)});
    }
}

static void add_jobs(const poise_scenario *s, const scenario_source *src, collection *all)
{
    for (int64_t k = 0; k < src->n_jobs; k++) {
        const trace_job *job = scenario_job_of(src, k);
        const scenario_class *c = &s->classes[job->class_id];
        if (!c->graph)
            add(all, (poise_demand){job->class_id, job->cores, job->memory_bytes,
                                    job->resources ? job->resources : c->resources,
                                    rate_of(src) / (double)src->n_jobs});
    }
}

void scenario_fill_demands(scenario_loader *l)
{
    poise_scenario *s = l->s;
    collection all = {.n_resources = s->n_resources};
    for (int k = 0; k < s->n_sources; k++) {
        add_mix(s, &s->source[k], &all);
        add_jobs(s, &s->source[k], &all);
    }
    merge(&all);
    if (all.n > 0)
        qsort(all.at, (size_t)all.n, sizeof *all.at, by_part);
    int n = all.n < MOST_DEMANDS ? (int)all.n : MOST_DEMANDS;
    poise_demand *typical = arena_take(l->memory, (size_t)n + 1, sizeof *typical);
    for (int k = 0; k < n; k++) {
        typical[k] = all.at[k].d;
        typical[k].part /= all.sum;
    }
    free(all.at);
    s->space.n_demands = n;
    s->space.demand = typical;
}
