/* train.c - see train.h. */
#include "course.h"

#include "card.h"
#include "error.h"
#include "file.h"
#include "policy.h"
#include "string_buffer.h"
#include "train_apart.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX (LOG_KEYS_MAX + 3)

bool course_fail(course *c, const char *sentence)
{
    c->result.status = TRIAL_FAILED;
    snprintf(c->result.error, sizeof c->result.error, "%.239s", sentence);
    return false;
}

/* ---- log ---------------------------------------------------------------------------------- */

bool course_note(course *c, const char *key, double value)
{
    training_result *r = &c->result;
    if (r->n_log == c->log_room) {
        const size_t room = c->log_room ? 2 * c->log_room : 256;
        store_log *log = realloc(r->log, room * sizeof *log);
        if (!log)
            return course_fail(c, "out of memory for the training log");
        r->log = log;
        c->log_room = room;
    }
    r->log[r->n_log++] = (store_log){(int64_t)c->at.episodes, (int64_t)c->at.decisions, key, value};
    return true;
}

static double window_mean(const double *ring, double n)
{
    const int used = n < LOG_WINDOW ? (int)n : LOG_WINDOW;
    double sum = 0;
    for (int i = 0; i < used; i++)
        sum += ring[i];
    return sum / used;
}

static bool note_episode(course *c, double reward, double length)
{
    const int at = (int)c->at.episodes % LOG_WINDOW;
    c->at.reward[at] = reward;
    c->at.length[at] = length;
    c->at.episodes++;
    if (!course_note(c, "rollout/ep_rew", reward) ||
        !course_note(c, "rollout/ep_rew_mean", window_mean(c->at.reward, c->at.episodes)) ||
        !course_note(c, "rollout/ep_len_mean", window_mean(c->at.length, c->at.episodes)))
        return false;
    poise_figure figure[LOG_KEYS_MAX];
    const poise_agent_type *type = c->agent->type;
    const int n = type->progress ? type->progress(c->agent->state, figure, LOG_KEYS_MAX) : 0;
    for (int i = 0; i < n; i++)
        if (!course_note(c, figure[i].key, figure[i].value))
            return false;
    return true;
}

/* ---- episodes ----------------------------------------------------------------------------- */

/* One decision and what is learnt of it; false if the training is over before its time. */
static bool decide(course *c, poise_outcome *o)
{
    *o = poise_agent_step(c->agent, c->env);
    if (o->phase == POISE_FAILED)
        return course_fail(c, poise_env_error(c->env));
    poise_error err = {0};
    if (!c->agent->type->learn(c->agent->state, o, poise_env_view(c->env), &err))
        return course_fail(c, err.text);
    c->at.decisions++;
    if (c->done)
        atomic_store_explicit(c->done, (long long)c->at.decisions, memory_order_relaxed);
    if (!c->stop || !atomic_load_explicit(c->stop, memory_order_relaxed))
        return true;
    c->result.status = TRIAL_INTERRUPTED;
    return false;
}

/* An episode that the budget cuts short is not logged, unless there is no other. */
static bool play(course *c)
{
    const uint64_t seed =
        poise_seed(POISE_TRAIN, (uint64_t)c->plan->seed, (uint64_t)c->at.episodes);
    poise_agent_begin(c->agent, POISE_MODE_TRAIN, seed);
    poise_outcome o = poise_env_reset(c->env, seed);
    const double before = c->at.decisions;
    double reward = o.reward;
    while (poise_env_running(c->env) && c->at.decisions < (double)c->plan->decisions) {
        if (!decide(c, &o))
            return false;
        reward += o.reward;
    }
    if (c->at.decisions == before && c->at.episodes > 0)
        return course_fail(c, "an episode of the scenario asks for no decision");
    if (poise_env_running(c->env) && c->at.episodes > 0)
        return true;
    return note_episode(c, reward, c->at.decisions - before);
}

/* Packs the policy, and reads it back: which finds numbers that are not finite. */
static void keep_policy(course *c)
{
    const poise_scenario *s = c->plan->scenario;
    policy_about about = {.scenario_hash = poise_scenario_hash(s),
                          .decisions = c->plan->decisions,
                          .train_seed = c->plan->seed};
    poise_agent_respell(c->agent, about.agent, sizeof about.agent);
    snprintf(about.scenario, sizeof about.scenario, "%s", poise_scenario_name(s));
    snprintf(about.version, sizeof about.version, "%s", POISE_VERSION);
    training_result *r = &c->result;
    poise_error err = {0};
    r->policy = policy_pack(c->agent, &about, &r->policy_bytes);
    if (!r->policy)
        course_fail(c, "out of memory for the policy");
    else if (!policy_apply(r->policy, r->policy_bytes, "after training", c->agent, &err))
        course_fail(c, err.text);
    else
        r->status = TRIAL_OK;
}

/* Between two episodes: a checkpoint, if one is due. */
static bool rest(course *c)
{
    const training *t = c->plan;
    if (!t->checkpoint || !course_can_rest(c) || c->at.decisions < c->at.next_checkpoint)
        return true;
    c->at.next_checkpoint = c->at.decisions + (double)t->checkpoint_every;
    if (!course_write_checkpoint(c))
        return false;
    c->result.checkpoint = (int64_t)c->at.decisions;
    return true;
}

/* An episode, and validation if it is due. */
static void go_on(course *c, bool *enough)
{
    const training *t = c->plan;
    if (!play(c) || t->validate_every <= 0 || c->at.decisions < c->at.next_validation)
        return;
    c->at.next_validation = c->at.decisions + (double)t->validate_every;
    course_validate(c, enough);
}

static void finish(course *c)
{
    bool enough;
    if (c->plan->validate_every > 0 && !course_validate(c, &enough))
        return;
    course_take_best(c);
    if (c->result.status == TRIAL_NOT_RUN)
        keep_policy(c);
}

/* What falls over the training, falls over all of it: the default of an option `decay`, which is
 * for the default budget of its learner, is brought to the budget at hand. Written into text. */
static const char *with_decay(const training *t, char *text, size_t size)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(t->agent, ":"), t->agent);
    const poise_agent_type *type = poise_agent_find(name);
    const poise_option *row = type ? type->options : NULL;
    while (row && row->name && strcmp(row->name, "decay") != 0)
        row++;
    if (!row || !row->name || strstr(t->agent, ":decay=") || type->train_decisions == 0)
        return t->agent;
    const double decay = row->def * (double)t->decisions / (double)type->train_decisions;
    snprintf(text, size, "%s:decay=%.0f", t->agent, fmin(fmax(1, floor(decay)), row->max));
    return text;
}

training_result train_here(const training *t, poise_env *e, atomic_llong *done,
                           const atomic_bool *stop)
{
    char spec[POLICY_SPEC_MAX];
    course c = {.plan = t, .env = e, .result = {.checkpoint = -1}, .done = done, .stop = stop};
    poise_error err = {0};
    const uint64_t seed = poise_seed(POISE_TRAIN, (uint64_t)t->seed, 0);
    c.agent = poise_agent_new(with_decay(t, spec, sizeof spec), poise_scenario_space(t->scenario),
                              seed, &err);
    if (!c.agent)
        course_fail(&c, err.text);
    else if (t->build && c.agent->build != t->build)
        course_fail(&c, "what the agent consists of has changed since the run began");
    else if (t->resume)
        course_resume(&c);
    bool enough = false;
    while (c.result.status == TRIAL_NOT_RUN && c.at.decisions < (double)t->decisions && !enough)
        if (rest(&c))
            go_on(&c, &enough);
    if (c.result.status == TRIAL_NOT_RUN)
        finish(&c);
    poise_agent_free(c.agent);
    free(c.best);
    c.result.log_keys = c.keys;
    return c.result;
}

training_result train_run(const training *t, poise_env *e, atomic_llong *done,
                          const atomic_bool *stop)
{
    const double start_s = wall_now_s();
    training_result r = card_is_apart(t->agent, t->scenario) ? train_apart(t, done, stop)
                                                             : train_here(t, e, done, stop);
    r.wall_s = wall_now_s() - start_s;
    return r;
}

void train_free(training_result *r)
{
    free(r->policy);
    free(r->log);
    free(r->log_keys);
    r->log_keys = NULL;
    r->policy = NULL;
    r->log = NULL;
}

/* ---- progress.csv ------------------------------------------------------------------------- */

static int key_index(const char *const *keys, int n, const char *key)
{
    int i = 0;
    while (i < n && strcmp(keys[i], key) != 0)
        i++;
    return i;
}

static void add_number(string_buffer *out, double value)
{
    char text[40];
    units_print_real(value, text, sizeof text);
    string_add(out, ",%s", isfinite(value) ? text : "");
}

bool train_write_progress(const char *path, const store_log *log, size_t n_log, poise_error *err)
{
    const char *keys[COLUMNS_MAX];
    int n_keys = 0;
    for (size_t i = 0; i < n_log; i++)
        if (key_index(keys, n_keys, log[i].key) == n_keys && n_keys < COLUMNS_MAX)
            keys[n_keys++] = log[i].key;
    string_buffer out = {0};
    string_add(&out, "time/episodes,time/total_timesteps");
    for (int k = 0; k < n_keys; k++)
        string_add(&out, ",%s", keys[k]);
    for (size_t i = 0; i < n_log;) {
        const int64_t episode = log[i].episode, decisions = log[i].decisions;
        double value[COLUMNS_MAX];
        for (int k = 0; k < n_keys; k++)
            value[k] = NAN;
        string_add(&out, "\n%" PRId64 ",%" PRId64, episode, decisions);
        for (; i < n_log && log[i].episode == episode && log[i].decisions == decisions; i++) {
            const int k = key_index(keys, n_keys, log[i].key);
            if (k < n_keys)
                value[k] = log[i].value;
        }
        for (int k = 0; k < n_keys; k++)
            add_number(&out, value[k]);
    }
    string_add(&out, "\n");
    const bool good = file_make_parents(path, err) && file_write(path, out.at, out.length, err);
    string_free(&out);
    return good;
}
