/* memory.c - the memory of an environment: one block, laid out here and nowhere else. Arrays sized
 * by the scenario come first, those sized by the number of tasks in the system after them, so that
 * growing keeps the former where they are. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "jobs.h"
#include "numbers.h"
#include "outage.h"

enum { FIRST_CAPACITY = 16, FIRST_JOBS = 4, MOST_TASKS = 1 << 24, MOST_FLOWS = 1 << 26 };

/* Takes n elements of the given size from the block, or only counts where base is NULL. */
static void *take(char *base, size_t *used, size_t n, size_t size)
{
    size_t at = (*used + 15) & ~(size_t)15;
    *used = at + n * size;
    return base ? base + at : NULL;
}

static size_t source_bytes(const poise_scenario *s)
{
    size_t total = 0;
    for (int i = 0; i < s->n_sources; i++)
        total += (s->source[i].type->state_bytes(&s->source[i]) + 15) & ~(size_t)15;
    return total;
}

/* Most transfers at once: the input of each task, and what the edges of each job carry; and the
 * conversations of each job. */
static int most_flows(const poise_env *e, int capacity)
{
    return capacity + e->job_capacity * (e->most_edges + e->most_messages);
}

/* Points the arrays into the block at base (or nowhere, to learn how many bytes are needed). */
static size_t lay_out(poise_env *e, char *base, int capacity)
{
    const poise_scenario *s = e->s;
    size_t groups = (size_t)s->n_groups, classes = (size_t)s->n_classes, used = 0;
    size_t resources = (size_t)s->n_resources;
    size_t sources = (size_t)s->n_sources, slots = (size_t)capacity;
    size_t entities = (size_t)e->first_task_entity + slots, devices = (size_t)e->n_devices;
    size_t runs = s->has_runs ? slots : 0, machines = s->has_runs ? devices : 0;
    size_t seen = (size_t)(s->window + WINDOW_SPARE + s->decision.running);
    e->group = take(base, &used, groups, sizeof *e->group);
    e->free_ns = take(base, &used, groups, sizeof *e->free_ns);
    e->queued_ns = take(base, &used, groups, sizeof *e->queued_ns);
    e->warm_busy_ns = take(base, &used, groups, sizeof *e->warm_busy_ns);
    e->busy_s = take(base, &used, groups, sizeof *e->busy_s);
    e->down_s = take(base, &used, groups, sizeof *e->down_s);
    e->warm_down_ns = take(base, &used, groups, sizeof *e->warm_down_ns);
    e->warm_held_ns = take(base, &used, (size_t)s->n_tenants, sizeof *e->warm_held_ns);
    e->tenant_held_s = take(base, &used, (size_t)s->n_tenants, sizeof *e->tenant_held_s);
#ifndef NDEBUG
    e->audit = take(base, &used, groups, sizeof *e->audit);
#endif
    e->rack = take(base, &used, (size_t)e->n_racks, sizeof *e->rack);
    e->link_rate = take(base, &used, 2 * groups, sizeof *e->link_rate);
    e->open_groups = take(base, &used, groups + 1, sizeof *e->open_groups);
    e->group_seen = take(base, &used, groups, sizeof *e->group_seen);
    e->pace = take(base, &used, classes * groups * (size_t)s->n_profiles, sizeof *e->pace);
    e->best_pace = take(base, &used, classes, sizeof *e->best_pace);
    e->device = take(base, &used, (size_t)e->n_devices, sizeof *e->device);
    e->machine = take(base, &used, machines, sizeof *e->machine);
    e->resource_free = take(base, &used, machines * resources, sizeof *e->resource_free);
    e->resource_seen = take(base, &used, groups * resources, sizeof *e->resource_seen);
    e->part_free = take(base, &used, machines * (size_t)e->most_parts, sizeof *e->part_free);
    size_t own = s->n_tenants > 0 ? (size_t)(s->window + s->decision.running) : 0;
    size_t own_candidates = s->n_tenants > 0 ? (size_t)s->space.max_candidates : 0;
    e->bids = take(base, &used, (size_t)s->n_tenants, sizeof *e->bids);
    e->own_task = take(base, &used, own, sizeof *e->own_task);
    e->own_place = take(base, &used, own, sizeof *e->own_place);
    e->own_candidate = take(base, &used, own_candidates, sizeof *e->own_candidate);
    e->tenant = take(base, &used, (size_t)s->n_tenants, sizeof *e->tenant);
    e->window = take(base, &used, seen, sizeof *e->window);
    e->class_seen = take(base, &used, classes, sizeof *e->class_seen);
    e->all_to_one = take(base, &used, s->space.shares ? (size_t)s->space.max_candidates : 0,
                         sizeof *e->all_to_one);
    e->candidate = take(base, &used, (size_t)s->space.max_candidates, sizeof *e->candidate);
    e->upcoming = take(base, &used, sources, sizeof *e->upcoming);
    e->source_at = take(base, &used, sources, sizeof *e->source_at);
    e->source_state = take(base, &used, source_bytes(s), 1);
    size_t words = (size_t)e->set_words;
    e->free_set = take(base, &used, groups * words, sizeof *e->free_set);
    e->found_set = take(base, &used, words, sizeof *e->found_set);
    e->task = take(base, &used, slots, sizeof *e->task);
    e->run = take(base, &used, runs, sizeof *e->run);
    e->place =
        take(base, &used, s->has_runs ? (size_t)e->first_place + slots : 0, sizeof *e->place);
    e->job = take(base, &used, (size_t)e->job_capacity, sizeof *e->job);
    e->job_task =
        take(base, &used, (size_t)e->job_capacity * (size_t)e->most_stages, sizeof *e->job_task);
    bool plans = s->decision.commit != COMMIT_NONE || s->decision.lookahead_ns > 0;
    e->plan_capacity = plans ? 4 * capacity + 4 : 0;
    size_t breakpoints = groups * (size_t)e->plan_capacity;
    e->plan_n = take(base, &used, groups, sizeof *e->plan_n);
    e->plan_at = take(base, &used, breakpoints, sizeof *e->plan_at);
    e->plan_free = take(base, &used, breakpoints * (PLAN_NAMED + resources), sizeof *e->plan_free);
    e->plan_end = take(base, &used, plans ? slots : 0, sizeof *e->plan_end);
    e->plan_set = take(base, &used, breakpoints * words, sizeof *e->plan_set);
    e->held_set = take(base, &used, slots * words, sizeof *e->held_set);
    e->network.n_pipes = s->has_network ? s->n_pipes : 0;
    e->network.capacity = s->has_network ? most_flows(e, capacity) : 0;
    e->network.pipe = s->pipe;
    void *flows = take(base, &used, network_lay_out(&e->network, NULL), 1);
    network_lay_out(&e->network, flows);
    e->started_ns = take(base, &used, s->keeps_records ? 0 : slots, sizeof *e->started_ns);
    e->guest = take(base, &used, runs, sizeof *e->guest);
    e->factor = take(base, &used, runs, sizeof *e->factor);
    e->calendar.key = take(base, &used, entities, sizeof *e->calendar.key);
    e->calendar.entity = take(base, &used, entities, sizeof *e->calendar.entity);
    e->calendar.place = take(base, &used, entities, sizeof *e->calendar.place);
    return used;
}

/* What the view shows of named resources and of parts lies in the block, too. */
static void point_at_resources(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        poise_group *seen = &e->group_seen[g];
        seen->resource_free = e->resource_seen + g * e->s->n_resources;
        if (seen->parts > 1)
            seen->part_free = e->part_free + e->group[g].first * e->most_parts;
    }
}

/* Puts the slots from `from` on into the list of free ones. */
static void free_slots(poise_env *e, int from)
{
    for (int i = e->capacity - 1; i >= from; i--) {
        e->task[i].next = e->t.n_free_first;
        e->t.n_free_first = i;
        if (e->s->has_runs)
            e->run[i].state = TASK_GONE;
        e->calendar.place[task_entity(e, i)] = -1;
    }
}

/* The plan of an instant that goes on has rows of another length in a larger block. */
static void copy_plan(poise_env *e, const poise_env *old)
{
    const size_t dims = PLAN_NAMED + (size_t)e->s->n_resources, words = (size_t)e->set_words;
    if (e->plan_capacity == 0)
        return;
    for (int g = 0; g < e->s->n_groups; g++) {
        size_t n = (size_t)old->plan_n[g], from = (size_t)g * (size_t)old->plan_capacity,
               to = (size_t)g * (size_t)e->plan_capacity;
        e->plan_n[g] = old->plan_n[g];
        memcpy(e->plan_at + to, old->plan_at + from, n * sizeof *e->plan_at);
        memcpy(e->plan_free + to * dims, old->plan_free + from * dims,
               n * dims * sizeof *e->plan_free);
        memcpy(e->plan_set + to * words, old->plan_set + from * words,
               n * words * sizeof *e->plan_set);
    }
}

/* A larger block with room for so many tasks and jobs that are graphs. */
static bool grow(poise_env *e, int larger, int more_jobs)
{
    int capacity = e->capacity, jobs = e->job_capacity;
    poise_env old = *e;
    e->job_capacity = more_jobs;
    size_t bytes = lay_out(e, NULL, larger);
    char *block = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (!block) {
        e->job_capacity = jobs;
        lay_out(e, old.block, capacity);
        return false;
    }
    lay_out(e, block, larger);
    size_t entities = (size_t)task_entity(e, capacity);
    memcpy(block, old.block, (size_t)((char *)old.task - (char *)old.block));
    memcpy(e->task, old.task, (size_t)capacity * sizeof *e->task);
    if (e->s->has_runs) {
        memcpy(e->run, old.run, (size_t)capacity * sizeof *e->run);
        memcpy(e->place, old.place, (size_t)(e->first_place + capacity) * sizeof *e->place);
    }
    memcpy(e->job, old.job, (size_t)jobs * sizeof *e->job);
    memcpy(e->job_task, old.job_task, (size_t)jobs * (size_t)e->most_stages * sizeof *e->job_task);
    copy_plan(e, &old);
    memcpy(e->held_set, old.held_set,
           (size_t)capacity * (size_t)e->set_words * sizeof *e->held_set);
    network_take_over(&e->network, &old.network);
    if (!e->s->keeps_records)
        memcpy(e->started_ns, old.started_ns, (size_t)capacity * sizeof *e->started_ns);
    memcpy(e->calendar.key, old.calendar.key, entities * sizeof *e->calendar.key);
    memcpy(e->calendar.entity, old.calendar.entity, entities * sizeof *e->calendar.entity);
    memcpy(e->calendar.place, old.calendar.place, entities * sizeof *e->calendar.place);
    e->block = block;
    e->block_bytes = bytes;
    e->capacity = larger;
    e->view.task = e->window + e->t.window_at;
    e->view.group = e->group_seen;
    e->view.candidate = e->candidate;
    point_at_resources(e);
    free(old.block);
    free_slots(e, capacity);
    return true;
}

bool env_grow(poise_env *e)
{
    return e->capacity < MOST_TASKS && grow(e, e->capacity + e->capacity / 2, e->job_capacity);
}

bool env_grow_jobs(poise_env *e)
{
    int jobs = e->job_capacity, more = jobs + jobs / 2;
    int64_t flows = (int64_t)more * (e->most_edges + e->most_messages);
    if ((int64_t)more * e->most_stages > MOST_TASKS || flows > MOST_FLOWS ||
        !grow(e, e->capacity, more))
        return false;
    for (int k = more - 1; k >= jobs; k--) {
        e->job[k].next = e->t.n_free_job;
        e->t.n_free_job = k;
    }
    return true;
}

bool env_grow_records(poise_env *e)
{
    int64_t capacity = e->record_capacity * 2;
    poise_record *record = realloc(e->record, (size_t)capacity * sizeof *record);
    if (!record)
        return false;
    e->record = record;
    if (e->s->has_runs) {
        poise_record_more *more = realloc(e->more, (size_t)capacity * sizeof *more);
        if (!more)
            return false;
        e->more = more;
    }
    e->record_capacity = capacity;
    return true;
}

/* How many jobs an episode is likely to have at most. */
static int64_t likely_jobs(const poise_scenario *s)
{
    double jobs = 0;
    for (int i = 0; i < s->n_sources; i++) {
        const scenario_source *src = &s->source[i];
        double expected = (double)src->n_jobs + src->max_jobs;
        double rate = src->rate_per_s;
        if (src->users > 0)
            rate = src->users / src->think.mean;  // if no job took any time
        double by_time = rate * seconds(s->end_ns);
        by_time += 8 * __builtin_sqrt(by_time) + 16;
        if (rate > 0 && s->end_ns > 0 && (src->max_jobs == 0 || by_time < expected))
            expected = by_time;
        jobs += expected;
    }
    if (s->end_jobs > 0 && (jobs == 0 || (double)s->end_jobs < jobs))
        jobs = (double)s->end_jobs;
    return jobs < 16 ? 16 : jobs > 1e7 ? 10000000 : (int64_t)jobs + 1;
}

/* And how many tasks. */
static int64_t likely_tasks(const poise_env *e)
{
    int64_t jobs = likely_jobs(e->s), most = 10000000;
    if (e->most_stages == 0)
        return jobs;
    return jobs < most / e->most_stages ? jobs * e->most_stages : most;
}

static void fill_paces(poise_env *e)
{
    const poise_scenario *s = e->s;
    for (int c = 0; c < s->n_classes; c++) {
        double best = 0;
        for (int k = 0; k < s->n_groups * s->n_profiles; k++) {
            double speed = s->mode[c * s->n_groups * s->n_profiles + k].speed;
            e->pace[c * s->n_groups * s->n_profiles + k] = speed > 0 ? 1 / speed : 0;
            best = speed > best ? speed : best;
        }
        e->best_pace[c] = best > 0 ? 1 / best : 0;
    }
}

/* Whether some class runs on several devices of the group at once. */
static bool has_gangs(const poise_scenario *s, int group)
{
    for (int c = 0; c < s->n_classes; c++)
        for (int p = 0; p < s->n_profiles; p++) {
            const scenario_mode *m = &s->mode[scenario_cell(s, c, group, p)];
            if (m->speed > 0 && m->devices > 1)
                return true;
        }
    return false;
}

/* What follows from the scenario for the sizes of arrays. */
static void measure(poise_env *e)
{
    const poise_scenario *s = e->s;
    int64_t further = 0;  // places, beyond one for each task
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_group *sg = &s->group[g];
        e->n_devices += sg->count;
        e->demand_matters |= sg->law->demand_matters;
        e->queueing |= sg->params.queue != 0;
        e->most_parts = sg->params.parts > e->most_parts ? sg->params.parts : e->most_parts;
        e->fails |= s->has_runs && outage_fails(sg);
        e->sleeps |= s->has_runs && sleep_sleeps(s, sg);
        if (s->has_runs && outage_racks(sg))
            e->n_racks += (sg->count + sg->failures.rack - 1) / sg->failures.rack;
        if (has_gangs(s, g))
            further += (int64_t)sg->count * sg->law->cores(sg);
    }
    for (int k = 0; k < s->n_graphs; k++) {
        const graph_template *g = &s->graph[k];
        e->most_stages = g->n_nodes > e->most_stages ? g->n_nodes : e->most_stages;
        e->most_edges = g->n_edges > e->most_edges ? g->n_edges : e->most_edges;
        e->most_messages = g->n_messages > e->most_messages ? g->n_messages : e->most_messages;
    }
    e->set_words = numbers_words(s);
    e->job_capacity = e->most_stages > 0 ? FIRST_JOBS : 0;
    for (int k = 0; k < s->n_sources; k++)
        e->listens |= s->source[k].type->left != NULL;
    e->first_place = s->has_runs ? (int)(further < MOST_TASKS ? further : MOST_TASKS) : 0;
    e->first_batch_entity = s->n_sources + N_TIMERS;
    e->first_outage_entity = e->first_batch_entity + (s->has_batches ? e->n_devices : 0);
    e->first_rest_entity = e->first_outage_entity + (e->fails ? e->n_devices + e->n_racks : 0);
    e->transfer_entity = e->first_rest_entity + (e->sleeps ? e->n_devices : 0);
    e->first_task_entity = e->transfer_entity + s->has_network;
}

static bool take_records(poise_env *e)
{
    e->record_capacity = likely_tasks(e);
    e->record = malloc((size_t)e->record_capacity * sizeof *e->record);
    if (e->s->has_runs)
        e->more = malloc((size_t)e->record_capacity * sizeof *e->more);
    return e->record && (e->more || !e->s->has_runs);
}

static bool take_statistics(poise_env *e)
{
    e->statistics = statistics_new(e->s, e->s->steady.metric >= 0);
    return e->statistics != NULL;
}

poise_env *poise_env_new(const poise_scenario *s, poise_error *err)
{
    poise_env *e = calloc(1, sizeof *e);
    if (!e)
        return error_null(err, "%s: error: no memory for an environment", s->path);
    e->s = s;
    measure(e);
    e->capacity = FIRST_CAPACITY;
    e->block_bytes = lay_out(e, NULL, e->capacity);
    e->block = aligned_alloc(64, (e->block_bytes + 63) & ~(size_t)63);
    bool remembers = s->keeps_records ? take_records(e) : take_statistics(e);
    if (!e->block || !remembers) {
        error_null(err,
                   "%s: error: no memory for an environment of %zu bytes and %lld task records",
                   s->path, e->block_bytes, (long long)e->record_capacity);
        poise_env_free(e);
        return NULL;
    }
    memset(e->block, 0, e->block_bytes);
    lay_out(e, e->block, e->capacity);
    fill_paces(e);
    window_prepare(e);
    size_t at = 0;
    for (int i = 0; i < s->n_sources; i++) {
        e->source_at[i] = at;
        at += (s->source[i].type->state_bytes(&s->source[i]) + 15) & ~(size_t)15;
    }
    e->keeps_records = s->keeps_records;
    e->view = (poise_view){.n_groups = s->n_groups,
                           .task = e->window,
                           .group = e->group_seen,
                           .candidate = e->candidate,
                           .tenant = -1,
                           .space = &s->space};
    e->t.phase = POISE_TERMINATED;
    return e;
}

void poise_env_free(poise_env *e)
{
    if (!e)
        return;
    free(e->block);
    free(e->record);
    free(e->more);
    statistics_free(e->statistics);
    free(e);
}

void poise_env_forget(poise_env *e)
{
    free(e->record);
    free(e->more);
    statistics_free(e->statistics);
    e->record = NULL;
    e->more = NULL;
    e->statistics = NULL;
    e->n_records = e->record_capacity = 0;
    e->keeps_records = e->keeps_statistics = false;
}

size_t poise_env_bytes(const poise_env *e)
{
    return sizeof *e + e->block_bytes;
}

bool poise_env_copy(poise_env *to, const poise_env *from)
{
    while (to->capacity < from->capacity)
        if (!env_grow(to))
            return false;
    while (to->job_capacity < from->job_capacity)
        if (!env_grow_jobs(to))
            return false;
    to->job_capacity = from->job_capacity;
    to->capacity = from->capacity;  // either block may be larger than that needs
    memcpy(to->block, from->block, lay_out(to, to->block, to->capacity));
    to->t = from->t;
    to->network.t = from->network.t;
    to->calendar.n = from->calendar.n;
    to->calendar.heap = from->calendar.heap;
    to->calendar.inserted = from->calendar.inserted;
    poise_view v = from->view;
    v.task = to->window + to->t.window_at;
    v.group = to->group_seen;
    v.candidate = to->candidate;
    to->view = v;
    to->keeps_records = to->keeps_statistics = false;
    to->n_records = 0;
    point_at_resources(to);
    memcpy(to->error, from->error, sizeof to->error);
    return true;
}
