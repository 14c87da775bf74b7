/* train.h - teaching a learner: episodes of the scenario from seeds that no evaluation uses, until
 * a number of decisions has been taken. What comes of it is a policy and a log. */
#ifndef TRAIN_H
#define TRAIN_H

#include "store.h"

typedef struct training {
    const poise_scenario *scenario;
    /* Specification of a learner. An option `decay` that it does not name is its default times
     * decisions over the learner's default budget. */
    const char *agent;
    int64_t decisions;  // budget, at least 1
    int64_t seed;       // episode k runs from poise_seed(TRAIN, seed, k)
    double patience_s;  // as in trial
    uint64_t build;
    /* Now and then, after an episode: what is needed to go on from there is written to the file;
     * NULL: it is not. A learner that does not say what it remembers is not kept. */
    const char *checkpoint;
    int64_t checkpoint_every;  // decisions
    const void *resume;        // bytes of such a file, to go on from; NULL: from the beginning
    size_t resume_bytes;
    const char *resume_name;  // for sentences
    /* After an episode and so many decisions, episodes of POISE_VALIDATE are played. The policy
     * with the best mean of the scenario's measure is the result, of those that let the fewest
     * episodes run into the time limit; once it has not become better for `validation_patience`
     * times (0: any number of times), training ends. 0: none are. */
    int64_t validate_every;
    int validation_seeds, validation_patience;
} training;

typedef struct training_result {
    trial_status status;
    char error[240];  // one sentence, if it failed
    void *policy;     // bytes (policy.h), freed by train_free
    size_t policy_bytes;
    store_log *log;  // one row an episode and key; freed by train_free
    size_t n_log;
    char **key;  // (n_keys) of the log, freed by train_free
    int n_keys;
    int64_t checkpoint;  // decisions at the last one that was written; -1 without
    double wall_s;
} training_result;

/* Trains in the given environment of the same scenario, or, if the agent is a plug-in, in one of a
 * process of its own. *done, if not NULL, follows the number of
 * decisions taken; *stop, if not NULL, ends the training early, without a policy. */
training_result train_run(const training *t, poise_env *e, atomic_llong *done,
                          const atomic_bool *stop);
void train_free(training_result *r);

/* Writes a log as a table with one line an episode, and one for the validation at the end; columns
 * as in Stable-Baselines3's progress.csv: time/episodes, time/total_timesteps, then the keys in
 * order of appearance. */
bool train_write_progress(const char *path, const store_log *log, size_t n_log, poise_error *err);

#endif
