/* trace.c - jobs of a recorded trace, read once by the scenario and shared by all environments. */
#include "replay.h"

static const poise_option options[] = {
    {"first_jobs", POISE_INT, offsetof(scenario_source, first_jobs), 0, 0, 2e9, "",
     "only the first so many jobs, 0 all", NULL},
    {0},
};

static const poise_option further[] = {
    {"from", POISE_TIME, offsetof(scenario_source, from_ns), 0, 0, HORIZON_MAX_S, "s",
     "only jobs that arrive from then on; that becomes time 0", NULL},
    {"to", POISE_TIME, offsetof(scenario_source, to_ns), 0, 0, HORIZON_MAX_S, "s",
     "only jobs that arrive before, 0 to the end", NULL},
    {"load_factor", POISE_REAL, offsetof(scenario_source, load_factor), 1, 1e-6, 1e6, "",
     "times between arrivals are divided by it: 2 is twice the load", NULL},
    REPLAY_ROWS,
    {0},
};

const source_type source_trace = {
    .name = "trace",
    .about = "jobs of a recorded trace: {file: PATH, class: a}",
    .options = options,
    .further = further,
    .state_bytes = replay_state_bytes,
    .reset = replay_reset,
    .next = replay_next,
};
