/* moment.h - one decision of a run: how much attention each candidate was given, what was chosen,
 * and, where attention divides devices, what each task then got of them. */
#ifndef MOMENT_H
#define MOMENT_H

#include "listen.h"

/* Tasks and ways to run them that are kept of a decision, the first of each. */
enum { MOMENT_ROWS = 64, MOMENT_COLUMNS = 24 };

/* What could be done: start (or go on) in a group under a profile, or something else. */
typedef struct moment_column {
    int group, profile;  // -1, -1 where it is about none
    poise_act act;       // POISE_START for all that give a task a device
} moment_column;

typedef struct moment_row {
    int64_t task;  // its number in order of arrival; -1: candidates that are about no task
    int class_id;
    bool runs;
    double attention[MOMENT_COLUMNS];  // NAN where there is no such candidate
    double held;                       // devices that it has from then on, where tasks share
} moment_row;

typedef struct moment {
    int64_t number;  // of the decision, from 1
    double now_s;
    int n_rows, n_columns, n_candidates;
    moment_column column[MOMENT_COLUMNS];
    moment_row row[MOMENT_ROWS];
    int chosen_row, chosen_column;  // -1: none, or not kept
} moment;

/* Looks for a decision while a run goes on. */
typedef struct moment_search {
    double
        from_s;   // the first at or after this time; NAN: the one with most candidates and columns
    int few;      // and, if possible, with at most so many tasks
    moment kept;  // number is 0 if there was none
    moment now;
    int64_t n_decisions;
    bool is_new;  // kept, and time has not passed since
    env_listener listener;
} moment_search;

/* From the next reset on until env_listen(e, NULL). */
void moment_listen(moment_search *m, poise_env *e, double from_s, int few);

#endif
