/* replay.c - jobs in the order in which the scenario holds them; nothing is random. */
#include "replay.h"

size_t replay_state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(int64_t);
}

void replay_reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s, (void)src, (void)seed;
    *(int64_t *)state = 0;
}

bool replay_next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    (void)s;
    int64_t *delivered = state;
    if (*delivered == src->n_jobs)
        return false;
    const trace_job *j = &src->job[(*delivered)++];
    *out = (arrival){
        .time_ns = j->arrival_ns,
        .size = j->size,
        .estimate = j->estimate,
        .memory_bytes = j->memory_bytes,
        .cores = j->cores,
        .class_id = j->class_id,
        .deadline_ns = j->deadline_ns,
        .resources = j->resources,
    };
    return true;
}
