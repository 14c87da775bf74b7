/* course.h - a training while it runs, for the files that make it up: train.c (episodes),
 * validate.c (how good the policy is by now) and checkpoint.c (what is kept to go on from). */
#ifndef COURSE_H
#define COURSE_H

#include "policy.h"
#include "pupils.h"
#include "train.h"

/* Episodes behind a mean in the log, as in Stable-Baselines3 (stats_window_size). */
#define LOG_WINDOW 100
#define FIGURES_MAX 32

/* What goes on from one episode to the next; doubles, so that it can be kept as a tensor. */
typedef struct course_state {
    double decisions, episodes;
    double next_checkpoint, next_validation;  // decisions after which they are due
    double best, since_best;                  // score, larger is better; validations since then
    double validated;                         // 1: there is a best policy
    double cut_off;                           // its validation episodes that ran out of time
    double reward[LOG_WINDOW], length[LOG_WINDOW];  // of the last episodes, in a ring
} course_state;

typedef struct course {
    const training *plan;
    pupils who;
    poise_env *env;
    training_result result;
    size_t log_room;
    course_state at;
    char *best;  // the best policy's parameters, one behind the other
    /* Where there is a team: rewards of the last episodes (agents, LOG_WINDOW), as in the state,
     * and of this one (agents). */
    double *own_rewards, *own_reward;
    atomic_llong *done;
    const atomic_bool *stop;
} course;

/* Notes that the training failed, with the sentence; false. */
bool course_fail(course *c, const char *sentence);
/* Adds a line to the log; of the tenant with that name, unless it is "". */
bool course_note(course *c, const char *tenant, const char *key, double value);
/* Tensors of all that learn, to be freed by the caller; NULL (and a failed training) without
 * memory. */
poise_tensor *course_params(course *c, int *n);
/* Copies their parameters to c->best, or back; false (and a failed training) without memory.
 */
bool course_keep_best(course *c);
void course_take_best(course *c);
/* Plays the validation episodes between two others, keeps the policy if it is the best so far.
 * *enough: it has not been for long. */
bool course_validate(course *c, bool *enough);

/* Writes what the training needs to go on after this episode to the plan's file. */
bool course_write_checkpoint(course *c);
/* Takes up the training where the plan's bytes say it was. */
bool course_resume(course *c);

#endif
