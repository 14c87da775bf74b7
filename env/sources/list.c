/* list.c - jobs written out in the scenario file. */
#include "replay.h"

static const poise_option further[] = {REPLAY_ROWS, {0}};

const source_type source_list = {
    .name = "list",
    .about = "jobs written out in the scenario: [{at: 0 s, class: a, size: 3}, ...]",
    .further = further,
    .state_bytes = replay_state_bytes,
    .reset = replay_reset,
    .next = replay_next,
};
