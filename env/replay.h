/* replay.h - replaying jobs that the scenario holds, for the sources `list` and `trace`: as they
 * stand, or drawn from them. */
#ifndef POISE_REPLAY_H
#define POISE_REPLAY_H

#include "source.h"

/* Rows of what may be done to the order, for tables of further rows. */
extern const char *const replay_orders[];
#define REPLAY_ROWS                                                                                \
    {"order",                                                                                      \
     POISE_CHOICE,                                                                                 \
     offsetof(scenario_source, shuffled),                                                          \
     0,                                                                                            \
     0,                                                                                            \
     0,                                                                                            \
     "",                                                                                           \
     "recorded, or shuffled: all jobs in another order in each episode, one every `period`",       \
     replay_orders},                                                                               \
        {"fill",                                                                                   \
         POISE_REAL,                                                                               \
         offsetof(scenario_source, fill),                                                          \
         0,                                                                                        \
         0,                                                                                        \
         1000,                                                                                     \
         "",                                                                                       \
         "shuffled: jobs are drawn again at random until all together ask for so many times the "  \
         "cores that there are; 0 each comes once",                                                \
         NULL},                                                                                    \
        {"until",                                                                                  \
         POISE_REAL,                                                                               \
         offsetof(scenario_source, until),                                                         \
         0,                                                                                        \
         0,                                                                                        \
         1000,                                                                                     \
         "",                                                                                       \
         "shuffled: the last job is the one before those that came would ask for more than so "    \
         "many times the cores that there are; 0 all come",                                        \
         NULL},                                                                                    \
    {                                                                                              \
        "period", POISE_TIME, offsetof(scenario_source, period_ns), 0, 0, HORIZON_MAX_S, "s",      \
            "shuffled: time between arrivals", NULL                                                \
    }

size_t replay_state_bytes(const scenario_source *src);
void replay_reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed);
bool replay_next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out);

#endif
