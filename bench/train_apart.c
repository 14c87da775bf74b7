/* train_apart.c - see train_apart.h. What comes back is the result, then the policy, then the log
 * row by row. */
#include "train_apart.h"

#include "error.h"
#include "isolate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 160

/* What is asked; the specification follows it. */
typedef struct question {
    training training;
} question;

/* A row of the log, whose key must outlive the process. */
typedef struct line {
    int64_t episode, decisions;
    double value;
    char key[KEY_BYTES];
} line;

static void work(const void *ask, size_t n_ask, isolate_life *life, FILE *answer)
{
    training t = ((const question *)ask)->training;
    poise_error err = {0};
    (void)n_ask;
    t.agent = (const char *)((const question *)ask + 1);
    training_result r = {0};
    poise_env *e = poise_env_new(t.scenario, &err);
    atomic_store(&life->stage, ISOLATE_DECIDING);
    if (e) {
        r = train_here(&t, e, &life->decisions, &life->stop);
    } else {
        r.status = TRIAL_FAILED;
        snprintf(r.error, sizeof r.error, "%.239s", err.text);
    }
    atomic_store(&life->stage, ISOLATE_OURS);
    fwrite(&r, sizeof r, 1, answer);
    if (r.policy)
        fwrite(r.policy, 1, r.policy_bytes, answer);
    for (size_t i = 0; i < r.n_log; i++) {
        line row = {r.log[i].episode, r.log[i].decisions, r.log[i].value, ""};
        snprintf(row.key, sizeof row.key, "%s", r.log[i].key);
        fwrite(&row, sizeof row, 1, answer);
    }
}

/* The log with its keys behind it, in one block. */
static store_log *read_log(const char *bytes, size_t n)
{
    store_log *log = malloc(n * (sizeof *log + KEY_BYTES) + 1);
    for (size_t i = 0; log && i < n; i++) {
        char *key = (char *)(log + n) + i * KEY_BYTES;
        line row;
        memcpy(&row, bytes + i * sizeof row, sizeof row);
        memcpy(key, row.key, KEY_BYTES);
        key[KEY_BYTES - 1] = 0;
        log[i] = (store_log){row.episode, row.decisions, key, row.value};
    }
    return log;
}

static void fail(training_result *r, const char *sentence)
{
    r->status = TRIAL_FAILED;
    snprintf(r->error, sizeof r->error, "%s", sentence);
}

static void read_answer(const isolate_end *end, training_result *r)
{
    const char *bytes = end->bytes;
    memcpy(r, bytes, sizeof *r);
    r->error[sizeof r->error - 1] = 0;
    const size_t n_policy = r->policy ? r->policy_bytes : 0, n_log = r->n_log;
    const size_t most = end->n_bytes - sizeof *r;
    r->policy = NULL;
    r->log = NULL;
    r->key = NULL;
    r->n_keys = 0;
    r->n_log = r->policy_bytes = 0;
    if (n_policy > most || n_log != (most - n_policy) / sizeof(line)) {
        fail(r, "the plug-in left no result");
        return;
    }
    r->policy = n_policy ? malloc(n_policy) : NULL;
    r->log = read_log(bytes + sizeof *r + n_policy, n_log);
    if ((n_policy && !r->policy) || !r->log) {
        fail(r, "out of memory for the policy");
        return;
    }
    if (n_policy)
        memcpy(r->policy, bytes + sizeof *r, n_policy);
    r->policy_bytes = n_policy;
    r->n_log = n_log;
}

training_result train_apart(const training *t, atomic_llong *done, const atomic_bool *stop)
{
    training_result r = {0};
    const size_t n_agent = strlen(t->agent) + 1, n_ask = sizeof(question) + n_agent;
    question *q = malloc(n_ask);
    if (!q) {
        fail(&r, "out of memory for a training");
        return r;
    }
    *q = (question){*t};
    memcpy(q + 1, t->agent, n_agent);
    isolate_end end = isolate_run(&(isolate_job){.work = work,
                                                 .ask = q,
                                                 .n_ask = n_ask,
                                                 .patience_s = t->patience_s,
                                                 .stop = stop,
                                                 .decisions = done});
    free(q);
    char sentence[240];
    snprintf(sentence, sizeof sentence, "the plug-in %s", end.error);
    if (end.good && end.n_bytes >= sizeof r)
        read_answer(&end, &r);
    else if (stop && atomic_load(stop))
        r.status = TRIAL_INTERRUPTED;
    else
        fail(&r, sentence);
    free(end.bytes);
    return r;
}
