/* trial_apart.h - trials of plug-ins, which run in a process of their own. */
#ifndef TRIAL_APART_H
#define TRIAL_APART_H

#include "isolate.h"
#include "tape.h"
#include "trial.h"

/* What a trial is told, and tells, while it runs. */
typedef struct trial_side {
    const atomic_bool *stop;
    isolate_life *life;  // NULL: it runs in Poise's own process
    tape *tape;          // gets the decisions; NULL: they are not wanted
} trial_side;

/* A result with nothing in it. */
trial_result trial_blank(void);
/* Makes it a failed one, with a sentence. */
void trial_fail(trial_result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* trial_run in this process, and in one of its own. */
trial_result trial_here(const trial *t, poise_env *e, const trial_watch *watch,
                        const trial_side *side);
trial_result trial_apart(const trial *t, poise_env *e, const trial_watch *watch,
                         const atomic_bool *stop);

#endif
