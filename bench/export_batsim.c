/* export_batsim.c - see export_batsim.h. */
#include "export_batsim.h"

#include "device.h"
#include "scenario.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is held ------------------------------------------------------------------------- */

static batsim_held *held_by(batsim_log *b, int64_t record)
{
    while (b->n_held <= (size_t)record) {
        b->held = arena_grow(b->log.memory, b->held, b->n_held, sizeof *b->held);
        b->held[b->n_held++] = (batsim_held){0};
    }
    return &b->held[record];
}

/* Processors with names are those of one device. */
static int take_named(const batsim_log *b, const uint64_t *set, int n_words, int first)
{
    int n = 0;
    for (int k = 0; k < 64 * n_words; k++)
        if (set[k / 64] >> k % 64 & 1)
            b->machine[n++] = first + k;
    return n;
}

/* The lowest free ones of a device; of several tasks on a device that is one machine each has it.
 */
static int take_counted(const batsim_log *b, gauge_place p, int *machine)
{
    const int first = b->first[p.device], end = b->first[p.device + 1];
    int n = 0;
    for (int m = first; m < end && n < p.cores; m++) {
        if (end - first > 1 && b->is_busy[m])
            continue;
        b->is_busy[m] = true;
        machine[n++] = m;
    }
    return n;
}

static int ascending(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void start(batsim_log *b, const task_event *t)
{
    int n_words, n = 0;
    const int n_places = gauge_places(b->env, t->slot, b->place, b->n_devices);
    const uint64_t *named = gauge_numbers(b->env, t->slot, &n_words);
    if (named)
        n = take_named(b, named, n_words, b->first[b->place[0].device]);
    for (int k = 0; !named && k < n_places; k++)
        n += take_counted(b, b->place[k], b->machine + n);
    qsort(b->machine, (size_t)n, sizeof *b->machine, ascending);
    int *own = arena_take(b->log.memory, (size_t)n + 1, sizeof *own);
    memcpy(own, b->machine, (size_t)n * sizeof *own);
    *held_by(b, t->record) = (batsim_held){.machine = own, .n = n};
}

static void give_back(batsim_log *b, int64_t record)
{
    const batsim_held *h = held_by(b, record);
    for (int k = 0; k < h->n; k++)
        b->is_busy[h->machine[k]] = false;
}

static void hear_task(void *data, const task_event *t)
{
    batsim_log *b = data;
    if (t->turn == TURN_STARTS || t->turn == TURN_IS_DISPLACED || t->turn == TURN_LEAVES)
        give_back(b, t->record);
    if (t->turn == TURN_STARTS)
        start(b, t);
    if (t->turn == TURN_LEAVES)
        held_by(b, t->record)->left_ns = t->time_ns;
}

void batsim_listen(batsim_log *b, const poise_scenario *s, poise_env *e, arena *memory)
{
    *b = (batsim_log){.env = e};
    export_listen(&b->log, s, e, memory);
    b->log.listener.task = hear_task;
    for (int g = 0; g < s->n_groups; g++)
        b->n_devices += s->group[g].count;
    b->first = arena_take(memory, (size_t)b->n_devices + 1, sizeof *b->first);
    for (int g = 0, number = 0; g < s->n_groups; g++)
        for (int k = 0; k < s->group[g].count; k++, number++) {
            const device_law *law = s->group[g].law;
            const int cores = law->demand_matters ? law->cores(&s->group[g]) : 1;
            b->first[number + 1] = b->first[number] + cores;
        }
    b->place = arena_take(memory, (size_t)b->n_devices, sizeof *b->place);
    const size_t n_machines = (size_t)b->first[b->n_devices];
    b->is_busy = arena_take(memory, n_machines, sizeof *b->is_busy);
    b->machine = arena_take(memory, n_machines, sizeof *b->machine);
}

/* ---- jobs --------------------------------------------------------------------------------- */

/* "0-3 5", as they are written by Batsim. */
static void add_machines(string_buffer *out, const batsim_held *h)
{
    for (int k = 0, end; k < h->n; k = end) {
        for (end = k + 1; end < h->n && h->machine[end] == h->machine[end - 1] + 1;)
            end++;
        string_add(out, "%s%d", k ? " " : "", h->machine[k]);
        if (end > k + 1)
            string_add(out, "-%d", h->machine[end - 1]);
    }
}

static bool asks_for_cores(const poise_scenario *s)
{
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].law->demand_matters)
            return true;
    return false;
}

/* What the estimate takes where it is fastest. */
static double requested_s(const poise_scenario *s, const arrival *a)
{
    double most = 0;
    for (int g = 0; g < s->space.n_groups; g++) {
        const double speed = s->space.speed[a->class_id * s->space.n_groups + g];
        most = speed > most ? speed : most;
    }
    return most > 0 ? a->estimate / most : -1;
}

static void add_seconds(string_buffer *out, int64_t ns)
{
    string_add(out, ",%.6f", ns < 0 ? -1 : (double)ns * 1e-9);
}

/* A difference of two times, both known or not. */
static int64_t between(int64_t from_ns, int64_t to_ns)
{
    return from_ns < 0 || to_ns < 0 ? -1 : to_ns - from_ns;
}

static void add_times(string_buffer *out, int64_t came_ns, export_end e)
{
    const int64_t run_ns = between(e.started_ns, e.finished_ns);
    const int64_t all_ns = between(came_ns, e.finished_ns);
    add_seconds(out, e.started_ns);
    add_seconds(out, run_ns);
    add_seconds(out, e.finished_ns);
    add_seconds(out, between(came_ns, e.started_ns));
    add_seconds(out, all_ns);
    string_add(out, ",%.6f", run_ns > 0 ? (double)all_ns / (double)run_ns : -1);
}

static void add_job(string_buffer *out, const batsim_log *b, const poise_episode *ep, size_t job,
                    bool cores)
{
    const poise_scenario *s = b->log.scenario;
    const export_job *j = &b->log.job[job];
    export_end e = export_end_of(&b->log, ep, job);
    const size_t record = (size_t)j->first_record;
    const batsim_held held = record < b->n_held ? b->held[record] : (batsim_held){0};
    const int64_t n_records =
        s->classes[j->came.class_id].graph ? export_records_of(&b->log, ep, job) : 1;
    if (e.fate == POISE_KILLED && e.started_ns >= 0)
        e.finished_ns = held.left_ns;
    double energy_j = 0;
    for (int64_t k = 0; k < n_records; k++)
        energy_j += ep->record[j->first_record + k].energy_j;
    string_add(out, "%zu,%zu,%s", job, job, poise_scenario_name(s));
    add_seconds(out, j->came.time_ns);
    string_add(out, ",%d,%.6f,%d",
               cores        ? j->came.cores
               : held.n > 0 ? held.n
                            : 1,
               requested_s(s, &j->came), e.fate == POISE_FINISHED);
    add_times(out, j->came.time_ns, e);
    string_add(out, ",%.6f,", energy_j);
    add_machines(out, &held);
    string_add(out, "\n");
}

void batsim_jobs(string_buffer *out, const batsim_log *b, const poise_episode *ep)
{
    const bool cores = asks_for_cores(b->log.scenario);
    string_add(out, "job_id,hacky_job_id,workload_name,submission_time,"
                    "requested_number_of_resources,requested_time,success,starting_time,"
                    "execution_time,finish_time,waiting_time,turnaround_time,stretch,"
                    "consumed_energy,allocated_resources\n");
    for (size_t k = 0; k < b->log.n_jobs; k++)
        add_job(out, b, ep, k, cores);
}
