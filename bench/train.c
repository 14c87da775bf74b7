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

#define COLUMNS_MAX 1024

bool course_fail(course *c, const char *sentence)
{
    c->result.status = TRIAL_FAILED;
    snprintf(c->result.error, sizeof c->result.error, "%.239s", sentence);
    return false;
}

/* ---- log ---------------------------------------------------------------------------------- */

/* The key as the result keeps it: TENANT/KEY for tenants. NULL if there is no memory. */
static const char *keep_key(training_result *r, const char *tenant, const char *key)
{
    char full[160];
    snprintf(full, sizeof full, "%.60s%s%.90s", tenant, *tenant ? "/" : "", key);
    for (int i = 0; i < r->n_keys; i++)
        if (strcmp(r->key[i], full) == 0)
            return r->key[i];
    char **more = realloc(r->key, (size_t)(r->n_keys + 1) * sizeof *more);
    if (!more)
        return NULL;
    r->key = more;
    r->key[r->n_keys] = strdup(full);
    return r->key[r->n_keys] ? r->key[r->n_keys++] : NULL;
}

/* Room for one more line of the log. */
static bool grow_log(course *c)
{
    training_result *r = &c->result;
    if (r->n_log < c->log_room)
        return true;
    const size_t room = c->log_room ? 2 * c->log_room : 256;
    store_log *log = realloc(r->log, room * sizeof *log);
    if (!log)
        return false;
    r->log = log;
    c->log_room = room;
    return true;
}

bool course_note(course *c, const char *tenant, const char *key, double value)
{
    training_result *r = &c->result;
    const char *kept = keep_key(r, tenant, key);
    if (!kept || !grow_log(c))
        return course_fail(c, "out of memory for the training log");
    r->log[r->n_log++] =
        (store_log){(int64_t)c->at.episodes, (int64_t)c->at.decisions, kept, value};
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

/* What agent k, if it learns, and the reward of its own are like by now. */
static bool note_pupil(course *c, int k, int at)
{
    const char *name = pupils_name(&c->who, k);
    double *own = c->own_rewards ? c->own_rewards + k * LOG_WINDOW : NULL;
    if (own) {
        own[at] = c->own_reward[k];
        if (!course_note(c, name, "rollout/ep_rew_mean", window_mean(own, c->at.episodes)))
            return false;
    }
    poise_figure figure[FIGURES_MAX];
    const poise_agent *a = pupils_at(&c->who, k);
    const bool has = a->type->progress && pupils_learns(&c->who, k);
    const int n = has ? a->type->progress(a->state, figure, FIGURES_MAX) : 0;
    for (int i = 0; i < n; i++)
        if (!course_note(c, name, figure[i].key, figure[i].value))
            return false;
    return true;
}

static bool note_episode(course *c, double reward, double length)
{
    const int at = (int)c->at.episodes % LOG_WINDOW;
    c->at.reward[at] = reward;
    c->at.length[at] = length;
    c->at.episodes++;
    if (!course_note(c, "", "rollout/ep_rew", reward) ||
        !course_note(c, "", "rollout/ep_rew_mean", window_mean(c->at.reward, c->at.episodes)) ||
        !course_note(c, "", "rollout/ep_len_mean", window_mean(c->at.length, c->at.episodes)))
        return false;
    for (int k = 0; k < c->who.n; k++)
        if (!note_pupil(c, k, at))
            return false;
    return true;
}

/* ---- episodes ----------------------------------------------------------------------------- */

/* One decision and what is learnt of it; false if the training is over before its time. */
static bool decide(course *c, poise_outcome *o)
{
    *o = pupils_step(&c->who, c->env);
    if (o->phase == POISE_FAILED)
        return course_fail(c, poise_env_error(c->env));
    poise_error err = {0};
    if (!pupils_learn(&c->who, c->env, o, &err))
        return course_fail(c, err.text);
    for (int k = 0; c->own_reward && k < c->who.n; k++)
        c->own_reward[k] += c->who.reward[k];
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
    pupils_begin(&c->who, POISE_MODE_TRAIN, seed);
    for (int k = 0; c->own_reward && k < c->who.n; k++)
        c->own_reward[k] = 0;
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
    poise_agent_respell(pupils_first(&c->who), about.agent, sizeof about.agent);
    snprintf(about.scenario, sizeof about.scenario, "%s", poise_scenario_name(s));
    snprintf(about.version, sizeof about.version, "%s", POISE_VERSION);
    training_result *r = &c->result;
    poise_error err = {0};
    int n;
    poise_tensor *t = course_params(c, &n);
    if (!t)
        return;
    const char *who = pupils_first(&c->who)->type->name;
    r->policy = policy_pack_tensors(t, n, &about, &r->policy_bytes);
    if (!r->policy)
        course_fail(c, "out of memory for the policy");
    else if (!policy_read_tensors(r->policy, r->policy_bytes, "after training", who, t, n, &err))
        course_fail(c, err.text);
    else
        r->status = TRIAL_OK;
    free(t);
}

/* Between two episodes: a checkpoint, if one is due. */
static bool rest(course *c)
{
    const training *t = c->plan;
    if (!t->checkpoint || !pupils_can_rest(&c->who) || c->at.decisions < c->at.next_checkpoint)
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

/* Those who learn, ready for the first decision or for that after the checkpoint. */
static bool gather(course *c)
{
    const training *t = c->plan;
    char spec[POLICY_SPEC_MAX];
    poise_error err = {0};
    const uint64_t seed = poise_seed(POISE_TRAIN, (uint64_t)t->seed, 0);
    if (!pupils_new(&c->who, with_decay(t, spec, sizeof spec), poise_scenario_space(t->scenario),
                    seed, &err))
        return course_fail(c, err.text);
    if (t->build && pupils_first(&c->who)->build != t->build)
        return course_fail(c, "what the agent consists of has changed since the run began");
    if (c->who.team) {
        c->own_rewards = calloc((size_t)c->who.n * (LOG_WINDOW + 1), sizeof *c->own_rewards);
        if (!c->own_rewards)
            return course_fail(c, "out of memory for the training log");
        c->own_reward = c->own_rewards + c->who.n * LOG_WINDOW;
    }
    return !t->resume || course_resume(c);
}

training_result train_here(const training *t, poise_env *e, atomic_llong *done,
                           const atomic_bool *stop)
{
    course c = {.plan = t, .env = e, .result = {.checkpoint = -1}, .done = done, .stop = stop};
    bool enough = !gather(&c);
    while (c.result.status == TRIAL_NOT_RUN && c.at.decisions < (double)t->decisions && !enough)
        if (rest(&c))
            go_on(&c, &enough);
    if (c.result.status == TRIAL_NOT_RUN)
        finish(&c);
    pupils_free(&c.who);
    free(c.best);
    free(c.own_rewards);
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
    for (int i = 0; i < r->n_keys; i++)
        free(r->key[i]);
    free(r->key);
    r->key = NULL;
    r->n_keys = 0;
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
