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
    {"skip_jobs", POISE_INT, offsetof(scenario_source, skip_jobs), 0, 0, 2e9, "",
     "leave out the first so many of these; the others keep their times", NULL},
    {"load_factor", POISE_REAL, offsetof(scenario_source, load_factor), 1, 1e-6, 1e6, "",
     "times between arrivals are divided by it: 2 is twice the load", NULL},
    REPLAY_ROWS,
    {"format", POISE_TEXT, offsetof(scenario_source, format), 0, 0, 0, "",
     "of the file; told by its first lines if not given", NULL},
    {"lenient", POISE_BOOL, offsetof(scenario_source, lenient), 0, 0, 1, "",
     "lines that are wrong are counted and left out", NULL},
    {0},
};

const source_type source_trace = {
    .name = "trace",
    .about = "jobs of a recorded trace: {file: PATH, class: a}",
    .besides =
        "class (of all jobs) or classes (a map from the keys of the trace to classes, \"*\" is "
        "any other key; else keys are names of classes); size, estimate, memory, cores, "
        "deadline (in s): a column of the trace, a number, or a map from columns to factors "
        "which are added up, `one` is a constant; resources (a map from their names to the "
        "same); what is not given is as the format says (docs/traces.md)",
    .options = options,
    .further = further,
    .state_bytes = replay_state_bytes,
    .reset = replay_reset,
    .next = replay_next,
};
