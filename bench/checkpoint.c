/* checkpoint.c - a training that rests between two episodes, as one file in the format of policies:
 * the learner's parameters, what it remembers beside them (`memory` of its table), the course of
 * the training, the log so far and the best policy so far. A training that goes on from it gives
 * the same bytes as one that was never interrupted. The file is a policy, too: that of the moment.
 */
#include "course.h"

#include "error.h"
#include "policy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_COLUMNS = 4, KEYS_MAX = 1024 };

/* All tensors of a checkpoint, and the memory behind those that are not the learner's. */
typedef struct contents {
    double *log;  // (log_rows, LOG_COLUMNS) episode, decisions, key, value
    int n;
    poise_tensor t[];
} contents;

/* Room for parameters, memory and the best parameters of all that learn, and what is ours. */
static contents *new_contents(const course *c)
{
    const size_t most = 3 * POISE_MAX_TENSORS * (size_t)c->who.n + 3;
    return calloc(1, sizeof(contents) + most * sizeof(poise_tensor));
}

static poise_tensor numbers(const char *name, int rows, int columns, double *data)
{
    poise_tensor t = {.n_dims = 2, .dim = {rows, columns}, .is_double = true};
    t.data = data;
    snprintf(t.name, sizeof t.name, "%s", name);
    return t;
}

/* Lists what is kept but for the log. */
static void list(course *c, contents *k)
{
    k->n = pupils_params(&c->who, k->t);
    const int n_params = k->n;
    const int n_memory = pupils_memory(&c->who, k->t + k->n);
    for (int i = 0; i < n_memory; i++) {
        const poise_tensor own = k->t[k->n];
        snprintf(k->t[k->n++].name, sizeof own.name, "memory.%.88s", own.name);
    }
    if (c->own_rewards)
        k->t[k->n++] = numbers("course.rewards", c->who.n, LOG_WINDOW, c->own_rewards);
    k->t[k->n++] = numbers("course", 1, sizeof c->at / sizeof(double), (double *)(void *)&c->at);
    char *best = c->best;
    for (int i = 0; best && i < n_params; i++) {
        poise_tensor copy = k->t[i];
        snprintf(copy.name, sizeof copy.name, "best.%.90s", k->t[i].name);
        copy.data = best;
        best += policy_tensor_bytes(&copy);
        k->t[k->n++] = copy;
    }
}

/* Writes the keys of the log one behind the other; false if there is no room. */
static bool list_keys(const training_result *r, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < r->n_keys && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", r->key[i]);
    return used < size;
}

static int key_number(const training_result *r, const char *key)
{
    int i = 0;
    while (r->key[i] != key)
        i++;
    return i;
}

/* The log as numbers. Values that are not numbers leave empty fields in the table, as do values
 * that are missing. */
static bool list_log(const course *c, contents *k, policy_about *about)
{
    const training_result *r = &c->result;
    k->log = malloc((r->n_log + 1) * LOG_COLUMNS * sizeof *k->log);
    if (!list_keys(r, about->log_keys, sizeof about->log_keys))
        return false;
    for (size_t i = 0; k->log && i < r->n_log; i++) {
        if (!isfinite(r->log[i].value))
            continue;
        double *row = k->log + LOG_COLUMNS * about->log_rows++;
        row[0] = (double)r->log[i].episode;
        row[1] = (double)r->log[i].decisions;
        row[2] = key_number(r, r->log[i].key);
        row[3] = r->log[i].value;
    }
    if (about->log_rows > 0)
        k->t[k->n++] = numbers("log", (int)about->log_rows, LOG_COLUMNS, k->log);
    return k->log;
}

bool course_write_checkpoint(course *c)
{
    const training *plan = c->plan;
    policy_about about = {.scenario_hash = poise_scenario_hash(plan->scenario),
                          .decisions = (int64_t)c->at.decisions,
                          .budget = plan->decisions,
                          .train_seed = plan->seed};
    poise_agent_respell(pupils_first(&c->who), about.agent, sizeof about.agent);
    snprintf(about.scenario, sizeof about.scenario, "%s", poise_scenario_name(plan->scenario));
    snprintf(about.version, sizeof about.version, "%s", POISE_VERSION);
    contents *k = new_contents(c);
    void *bytes = NULL;
    size_t n_bytes;
    if (k) {
        list(c, k);
        if (list_log(c, k, &about))
            bytes = policy_pack_tensors(k->t, k->n, &about, &n_bytes);
        free(k->log);
    }
    free(k);
    if (!bytes)
        return course_fail(c, "out of memory for the checkpoint");
    poise_error err = {0};
    const bool good = policy_write(plan->checkpoint, bytes, n_bytes, &err);
    free(bytes);
    return good || course_fail(c, err.text);
}

/* Cuts the keys, which are separated by blanks, into words; how many. */
static int cut_keys(char *keys, const char **word, int most)
{
    int n = 0;
    for (char *rest = keys, *key; n < most && (key = strsep(&rest, " "));)
        word[n++] = key;
    return n;
}

static bool take_log(course *c, const contents *k, policy_about *about)
{
    const char *word[KEYS_MAX] = {0};
    const int n = cut_keys(about->log_keys, word, KEYS_MAX);
    const course_state at = c->at;
    for (int64_t i = 0; i < about->log_rows; i++) {
        const double *row = k->log + LOG_COLUMNS * i;
        if (!(row[2] >= 0 && row[2] < n))
            return course_fail(c, "the log in the checkpoint is damaged");
        c->at.episodes = row[0];
        c->at.decisions = row[1];
        if (!course_note(c, "", word[(int)row[2]], row[3]))
            return false;
    }
    c->at = at;
    return true;
}

static bool take_up(course *c, contents *k, poise_error *err)
{
    const training *plan = c->plan;
    policy_about about;
    if (!policy_about_read(plan->resume, plan->resume_bytes, plan->resume_name, &about, err))
        return false;
    const char *who = pupils_first(&c->who)->type->name;
    list(c, k);
    if (!policy_read_tensors(plan->resume, plan->resume_bytes, plan->resume_name, who, k->t, k->n,
                             err))
        return false;
    if (c->at.validated > 0) {
        if (!course_keep_best(c))
            return false;
        list(c, k);
        if (!policy_read_tensors(plan->resume, plan->resume_bytes, plan->resume_name, who, k->t,
                                 k->n, err))
            return false;
    }
    if (about.log_rows <= 0)
        return true;
    const size_t bytes = (size_t)about.log_rows * LOG_COLUMNS * sizeof *k->log;
    k->log = bytes <= plan->resume_bytes ? malloc(bytes) : NULL;
    if (!k->log)
        return course_fail(c, "the log in the checkpoint is damaged");
    const poise_tensor log = numbers("log", (int)about.log_rows, LOG_COLUMNS, k->log);
    return policy_read_tensors(plan->resume, plan->resume_bytes, plan->resume_name, who, &log, 1,
                               err) &&
           take_log(c, k, &about);
}

bool course_resume(course *c)
{
    poise_error err = {0};
    contents *k = new_contents(c);
    const bool good = k && pupils_can_rest(&c->who) && take_up(c, k, &err);
    if (k)
        free(k->log);
    free(k);
    if (good || c->result.status == TRIAL_FAILED)
        return good;
    return course_fail(c, *err.text ? err.text
                                    : "the learner does not say what it remembers: its training "
                                      "cannot be resumed");
}
