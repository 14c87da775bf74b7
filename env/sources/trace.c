/* trace.c - jobs of a recorded trace, read once by the scenario and shared by all environments. */
#include "replay.h"

static const poise_option options[] = {
    {"first_jobs", POISE_INT, offsetof(scenario_source, first_jobs), 0, 0, 2e9, "",
     "only the first so many jobs, 0 all", NULL},
    {0},
};

const source_type source_trace = {
    .name = "trace",
    .about = "jobs of a recorded trace: {file: PATH, class: a}",
    .options = options,
    .state_bytes = replay_state_bytes,
    .reset = replay_reset,
    .next = replay_next,
};
