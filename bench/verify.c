/* verify.c - see verify.h. Cells are compared as they end, in the calling thread, which is the one
 * that uses the store; what has gone elsewhere is then run once more to find the place. Products of
 * matrices are chosen for the whole process: what needs OpenBLAS has a round of its own. */
#include "verify.h"

#include "divergence.h"
#include "error.h"
#include "pool.h"
#include "provenance.h"
#include "recall.h"
#include "train.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The draw of a sample. */
#define STREAM 3

/* A scenario of the results, if it is needed. */
typedef struct point {
    poise_scenario *scenario;
    poise_error why;  // it is not there
} point;

/* A policy's bytes, if they are needed. */
typedef struct policy_bytes {
    void *at;
    size_t n;
} policy_bytes;

/* In place of an actor's policy: there is to be one. */
enum { LEARNS = -2 };

/* Whoever acts in some of the cells, or learns. */
typedef struct actor {
    const char *agent, *description;  // of the results
    int scenario, policy;             // policy is -1 without
    recalled found;
    poise_error why;  // it was not found; no mistake if it was
} actor;

/* What is done for an item, and what it needs. */
typedef struct task {
    actor *actor;
    blas_backend products;
    bool is_itself;          // its identity is that of what its row says
    bool is_ready, is_lost;  // it can be run; it went elsewhere: where is to be found
    size_t place_at;         // in the text, where that is to be said
    trail left;              // if it is lost
    trial_result *result;    // while it is compared
    training_result learnt;
    string_buffer text, place;
} task;

typedef struct scratch {
    int scenario;
    poise_env *env;
} scratch;

struct verification {
    verify_ask ask;
    point *point;         // (n_scenarios)
    policy_bytes *bytes;  // (n_policies)
    verify_item *item;    // (n_items)
    task *task;           // (n_items)
    actor **actor;        // (n_actors) each on its own
    bool *is_known;       // (poise_metrics) some cell has a value
    int n_items, n_cells, n_actors, n_done;
    int *job;  // (n_jobs) items of a round
    int n_jobs;
    scratch *scratch;
    int n_scratch;
    void (*tick)(void *data, const verification *v);
    void *data;
    poise_error *err;
};

static const result_cell *cell_of(const verification *v, int i)
{
    return v->item[i].cell < 0 ? NULL : &v->ask.results->cell[v->item[i].cell];
}

static const result_policy *policy_of(const verification *v, int i)
{
    return v->item[i].policy < 0 ? NULL : &v->ask.results->policy[v->item[i].policy];
}

static int scenario_of(const verification *v, int i)
{
    return v->item[i].cell < 0 ? policy_of(v, i)->scenario : cell_of(v, i)->scenario;
}

/* ---- words -------------------------------------------------------------------------------- */

/* Names of a foreign store may hold anything: a line stays one line. */
static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

/* A line about an item, which becomes what the verdict says unless that was worse before. */
__attribute__((format(printf, 4, 5))) static void
say(verification *v, int i, verify_verdict verdict, const char *format, ...)
{
    char sentence[1600];
    string_buffer *text = &v->task[i].text;
    const result_cell *c = cell_of(v, i);
    const result_policy *p = policy_of(v, i);
    const char *scenario = v->ask.results->scenario[scenario_of(v, i)].name;
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    const size_t begin = text->length;
    if (c)
        string_add(text, "cell %.12s (%s, %s, seed %" PRId64 "): %s", c->id.text, scenario,
                   c->agent, c->seed, sentence);
    else
        string_add(text, "policy %.12s (%s, %s, training seed %" PRId64 "): %s", p->id.text,
                   scenario, p->agent, p->train_seed, sentence);
    if (text->at)
        clean(text->at + begin);
    string_add(text, "\n");
    v->item[i].verdict = verdict;
    v->item[i].text = text->at;
}

/* Of the lines of a mistake the first says what it is. */
static void say_cannot(verification *v, int i, const poise_error *why)
{
    say(v, i, VERIFY_CANNOT, "cannot be run again: %.*s", (int)strcspn(why->text, "\n"), why->text);
}

/* ---- preparing ---------------------------------------------------------------------------- */

/* Draws n of the first `of` numbers without repetition: the first n of a shuffle. */
static bool draw(int64_t seed, int n, int of, bool *is_drawn)
{
    int *order = malloc((size_t)of * sizeof *order + 1);
    for (int i = 0; order && i < of; i++)
        order[i] = i;
    for (int i = 0; order && i < n && i < of; i++) {
        poise_rng r = poise_rng_at((uint64_t)seed, POISE_FOR_HARNESS, STREAM, (uint32_t)i);
        const int k = i + poise_rng_below(&r, of - i), drawn = order[k];
        order[k] = order[i];
        is_drawn[drawn] = true;
    }
    free(order);
    return order != NULL;
}

static void add_cells(verification *v, const bool *is_drawn)
{
    for (int i = 0; i < v->ask.results->n_cells; i++)
        if (!is_drawn || is_drawn[i])
            v->item[v->n_items++] = (verify_item){.cell = i, .policy = -1};
    v->n_cells = v->n_items;
}

/* All policies, or those of the cells that are drawn. */
static void add_policies(verification *v, const bool *is_drawn)
{
    const results *r = v->ask.results;
    for (int p = 0; p < r->n_policies && v->ask.train; p++) {
        bool wanted = !is_drawn;
        for (int i = 0; i < r->n_cells && !wanted; i++)
            wanted = is_drawn[i] && r->cell[i].policy == p;
        if (wanted)
            v->item[v->n_items++] = (verify_item){.cell = -1, .policy = p};
    }
}

/* False without memory. */
static bool add_items(verification *v)
{
    const results *r = v->ask.results;
    const bool draws = v->ask.sample > 0 && v->ask.sample < r->n_cells;
    bool *is_drawn = calloc((size_t)r->n_cells + 1, sizeof *is_drawn);
    const bool good =
        is_drawn && (!draws || draw(v->ask.seed, v->ask.sample, r->n_cells, is_drawn));
    if (good) {
        add_cells(v, draws ? is_drawn : NULL);
        add_policies(v, draws ? is_drawn : NULL);
    }
    free(is_drawn);
    return good;
}

static void load(verification *v, int scenario)
{
    point *at = &v->point[scenario];
    if (!at->scenario && !at->why.n_mistakes)
        at->scenario = result_scenario_load(&v->ask.results->scenario[scenario], &at->why);
}

static bool fetch(verification *v, int policy, poise_error *err)
{
    policy_bytes *to = policy < 0 ? NULL : &v->bytes[policy];
    if (to && !to->at)
        to->at = store_policy_bytes(v->ask.store, v->ask.results->policy[policy].id, &to->n, err);
    return !to || to->at;
}

static bool is_actor(const actor *a, int scenario, const char *agent, const char *description,
                     int policy)
{
    return a->scenario == scenario && a->policy == policy &&
           strcmp(a->description, description) == 0 && strcmp(a->agent, agent) == 0;
}

/* The actor of that row. Rows of the same one stand together, so that only the last is looked at.
 * NULL without memory. */
static actor *find_actor(verification *v, int scenario, const char *agent, const char *description,
                         int policy)
{
    if (v->n_actors > 0 &&
        is_actor(v->actor[v->n_actors - 1], scenario, agent, description, policy))
        return v->actor[v->n_actors - 1];
    actor *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    *a = (actor){agent, description, scenario, policy, .why = {0}};
    static const policy_bytes none;
    const policy_bytes *bytes = policy < 0 ? &none : &v->bytes[policy];
    const poise_scenario *s = v->point[scenario].scenario;
    if (policy == LEARNS)
        recall_learner(agent, description, s, v->ask.patience_s, &a->found, &a->why);
    else
        recall_agent(agent, description, bytes->at, bytes->n, s, v->ask.patience_s, &a->found,
                     &a->why);
    v->actor[v->n_actors++] = a;
    return a;
}

/* Whether a policy is one of a training that the store names. */
static bool is_trainable(verification *v, int i)
{
    const policy_bytes *bytes = &v->bytes[v->item[i].policy];
    const recall_origin from =
        recall_origin_of(v->ask.results, policy_of(v, i), bytes->at, bytes->n);
    if (from == RECALL_GIVEN)
        say(v, i, VERIFY_GIVEN, "was given as a file: how it was trained is not known here");
    else if (from == RECALL_FOREIGN)
        say(v, i, VERIFY_CANNOT,
            "cannot be trained again: its identity is not that of what its row says, or is of "
            "another version of training than %d",
            TRAINING_VERSION);
    return from == RECALL_TRAINED;
}

/* What stands in the way of an item is its verdict. False without memory, or where the store cannot
 * be read. */
static bool prepare(verification *v, int i, poise_error *err)
{
    const results *r = v->ask.results;
    const result_cell *c = cell_of(v, i);
    const result_policy *p = policy_of(v, i);
    const int scenario = scenario_of(v, i), policy = c ? c->policy : v->item[i].policy;
    const int made = c ? c->provenance : p ? p->provenance : -1;
    task *t = &v->task[i];
    poise_error why = {0};
    if (!fetch(v, policy, err))
        return false;
    if (p && !is_trainable(v, i))
        return true;
    load(v, scenario);
    if (!v->point[scenario].scenario) {
        say_cannot(v, i, &v->point[scenario].why);
        return true;
    }
    if (c)
        t->actor = find_actor(v, scenario, c->agent, c->description, policy);
    else if (p)
        t->actor = find_actor(v, scenario, p->agent, p->description, LEARNS);
    if (!t->actor)
        return error_null(err, "out of memory for an agent");
    t->is_itself = !c || recall_is_itself(r, c);
    t->products = policy < 0 ? BLAS_REFERENCE : recall_blas(r, made);
    if (t->actor->why.n_mistakes)
        say_cannot(v, i, &t->actor->why);
    else if (c && !t->is_itself && r->results_version != RESULTS_VERSION)
        say(v, i, VERIFY_CANNOT, "cannot be run again: it is of results version %d, not %d",
            r->results_version, RESULTS_VERSION);
    else if (policy >= 0 && !recall_has_blas(r, made, &why))
        say_cannot(v, i, &why);
    else
        t->is_ready = true;
    return true;
}

/* Which of the metrics the program that made the store knew. */
static void look_at_metrics(verification *v)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    for (int i = 0; i < v->ask.results->n_cells; i++)
        for (int k = 0; k < n; k++)
            v->is_known[k] |= !isnan(v->ask.results->cell[i].value[k]);
}

verification *verify_new(const verify_ask *ask, poise_error *err)
{
    const results *r = ask->results;
    const size_t most = (size_t)r->n_cells + (size_t)r->n_policies + 1;
    verification *v = calloc(1, sizeof *v);
    if (!v)
        return error_null(err, "out of memory");
    v->ask = *ask;
    v->point = calloc((size_t)r->n_scenarios + 1, sizeof *v->point);
    v->bytes = calloc((size_t)r->n_policies + 1, sizeof *v->bytes);
    v->item = calloc(most, sizeof *v->item);
    v->task = calloc(most, sizeof *v->task);
    v->actor = calloc(most, sizeof(actor *));
    v->job = calloc(most, sizeof *v->job);
    v->is_known = calloc(POISE_MAX_METRICS, sizeof *v->is_known);
    bool good = v->point && v->bytes && v->item && v->task && v->actor && v->job && v->is_known &&
                add_items(v);
    if (!good)
        error_null(err, "out of memory for %zu cells and policies", most);
    if (good)
        look_at_metrics(v);
    for (int i = 0; i < v->n_items && good && !pool_signal(); i++)
        good = prepare(v, i, err);
    if (good)
        return v;
    verify_free(v);
    return NULL;
}

static void drop_result(task *t)
{
    if (t->result)
        trial_result_free(t->result);
    free(t->result);
    t->result = NULL;
}

static void free_task(task *t)
{
    trail_free(&t->left);
    drop_result(t);
    train_free(&t->learnt);
    string_free(&t->text);
    string_free(&t->place);
}

void verify_free(verification *v)
{
    if (!v)
        return;
    for (int i = 0; v->point && i < v->ask.results->n_scenarios; i++)
        poise_scenario_free(v->point[i].scenario);
    for (int i = 0; v->bytes && i < v->ask.results->n_policies; i++)
        free(v->bytes[i].at);
    for (int i = 0; v->task && i < v->n_items; i++)
        free_task(&v->task[i]);
    for (int i = 0; i < v->n_actors; i++)
        free(v->actor[i]);
    free(v->point);
    free(v->bytes);
    free(v->item);
    free(v->task);
    free(v->actor);
    free(v->job);
    free(v->is_known);
    free(v);
}

int verify_items(const verification *v, const verify_item **item)
{
    *item = v->item;
    return v->n_items;
}

int verify_done(const verification *v)
{
    return v->n_done;
}

static bool is_here(const provenance *p)
{
    const provenance *here = provenance_here();
    return strcmp(p->commit, here->commit) == 0 && strcmp(p->cpu, here->cpu) == 0 &&
           strcmp(p->compiler, here->compiler) == 0 && strcmp(p->flags, here->flags) == 0;
}

void verify_tell_elsewhere(const verification *v, string_buffer *out)
{
    const provenance *here = provenance_here(), *other = NULL;
    int n = 0;
    for (int i = 0; i < v->n_items; i++) {
        const int at = cell_of(v, i) ? cell_of(v, i)->provenance : policy_of(v, i)->provenance;
        const provenance *p = at < 0 ? NULL : &v->ask.results->provenance[at];
        if (!p || is_here(p))
            continue;
        other = p;
        n++;
    }
    const size_t begin = out->length;
    if (other)
        string_add(
            out,
            "%d made by another build or machine, such as %s (%s), %s, %s, %s; here %s (%s), "
            "%s, %s, %s",
            n, other->version, other->commit, other->compiler, other->flags, other->cpu,
            here->version, here->commit, here->compiler, here->flags, here->cpu);
    if (out->at)
        clean(out->at + begin);
    string_add(out, other ? "\n" : "");
}

/* ---- running ------------------------------------------------------------------------------ */

/* The worker's environment for a scenario; NULL with a sentence in err. */
static poise_env *env_for(verification *v, int worker, int scenario, poise_error *err)
{
    scratch *w = &v->scratch[worker];
    if (w->env && w->scenario != scenario) {
        poise_env_free(w->env);
        w->env = NULL;
    }
    if (!w->env)
        w->env = poise_env_new(v->point[scenario].scenario, err);
    w->scenario = scenario;
    return w->env;
}

static trial trial_of(const verification *v, int i)
{
    const result_cell *c = cell_of(v, i);
    const task *t = &v->task[i];
    const policy_bytes *bytes = c->policy < 0 ? NULL : &v->bytes[c->policy];
    return (trial){
        .scenario = v->point[c->scenario].scenario,
        .agent = t->actor->found.agent,
        .policy = bytes ? bytes->at : NULL,
        .policy_bytes = bytes ? bytes->n : 0,
        .seed = c->seed,
        .bounds = c->bound != NULL,
        .patience_s = v->ask.patience_s,
        .build = t->actor->found.card.build,
        .only_numbers = true,
        .leaves_trail = true,
    };
}

static void run_cell(verification *v, int i, poise_env *e)
{
    task *t = &v->task[i];
    const trial again = trial_of(v, i);
    if (t->is_lost)
        divergence_find(&again, e, &t->left, &t->place);
    else if (t->result)
        *t->result = trial_run(&again, e, NULL, &pool_stopping);
}

static void run_training(verification *v, int i, poise_env *e)
{
    const result_policy *p = policy_of(v, i);
    task *t = &v->task[i];
    const training again = {
        .scenario = v->point[p->scenario].scenario,
        .agent = t->actor->found.agent,
        .decisions = p->decisions,
        .seed = p->train_seed,
        .patience_s = v->ask.patience_s,
        .build = t->actor->found.card.build,
    };
    t->learnt = train_run(&again, e, NULL, &pool_stopping);
}

static void run_job(void *data, int job, int worker)
{
    verification *v = data;
    const int i = v->job[job];
    task *t = &v->task[i];
    poise_error err = {0};
    poise_env *e = env_for(v, worker, scenario_of(v, i), &err);
    if (cell_of(v, i) && !t->is_lost)
        t->result = calloc(1, sizeof *t->result);
    if (!e && t->result) {
        snprintf(t->result->error, sizeof t->result->error, "%.239s", err.text);
        t->result->status = TRIAL_FAILED;
    } else if (!e) {
        snprintf(t->learnt.error, sizeof t->learnt.error, "%.239s", err.text);
        t->learnt.status = TRIAL_FAILED;
    } else if (cell_of(v, i)) {
        run_cell(v, i, e);
    } else {
        run_training(v, i, e);
    }
}

/* ---- comparing ---------------------------------------------------------------------------- */

static bool same_bits(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static void real_text(double value, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "nothing");
    else
        snprintf(text, 32, "%.17g", value);
}

/* Numbers that differ, a line each; where the run is another one a line for all of them. */
static void compare_metrics(verification *v, int i, bool is_other_run)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    const result_cell *c = cell_of(v, i);
    const double *here = v->task[i].result->value;
    char a[32], b[32];
    int n_other = 0;
    for (int k = 0; k < n; k++) {
        if (!v->is_known[k] || same_bits(here[k], c->value[k]))
            continue;
        real_text(here[k], a);
        real_text(c->value[k], b);
        if (!is_other_run)
            say(v, i, VERIFY_DIFFERS, "%s differs: %s here, %s stored", rows[k].name, a, b);
        n_other++;
    }
    if (is_other_run && n_other > 0)
        say(v, i, VERIFY_DIFFERS, "%d metrics differ with it", n_other);
}

static void compare_bounds(verification *v, int i, bool is_other_run)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    const result_cell *c = cell_of(v, i);
    const poise_bound *here = v->task[i].result->bound;
    char a[32], b[32], by[2][POISE_BOUND_NAME];
    for (int k = 0; k < n && c->bound && !is_other_run; k++) {
        if (!v->is_known[k] || (same_bits(here[k].value, c->bound[k].value) &&
                                (isnan(here[k].value) || here[k].by == c->bound[k].by)))
            continue;
        real_text(here[k].value, a);
        real_text(c->bound[k].value, b);
        poise_bound_name(here[k].by, by[0]);
        poise_bound_name(c->bound[k].by, by[1]);
        say(v, i, VERIFY_DIFFERS, "the bound of %s differs: %s (%s) here, %s (%s) stored",
            rows[k].name, a, by[0], b, by[1]);
    }
}

/* What the run says of the steady state, where that is stored. */
static void compare_steady(verification *v, int i, bool is_other_run)
{
    const steady_summary *here = &v->task[i].result->steady, *there = &cell_of(v, i)->steady;
    const struct {
        const char *name;
        double here, there;
    } row[] = {
        {"the number of times", (double)here->n, (double)there->n},
        {"what is left out", (double)here->deleted, (double)there->deleted},
        {"the presence", here->stationary, there->stationary},
        {"the mean", here->mean, there->mean},
        {"half the interval", here->half, there->half},
        {"the correlation of batches", here->correlation, there->correlation},
        {"von Neumann's ratio", here->von_neumann, there->von_neumann},
        {"the number of effective times", here->effective, there->effective},
    };
    char a[32], b[32];
    for (size_t k = 0; k < sizeof row / sizeof *row && there->n > 0 && !is_other_run; k++) {
        if (same_bits(row[k].here, row[k].there))
            continue;
        real_text(row[k].here, a);
        real_text(row[k].there, b);
        say(v, i, VERIFY_DIFFERS, "%s of the steady state differs: %s here, %s stored", row[k].name,
            a, b);
    }
}

/* Whether two trails can be of one run. */
static bool go_together(const trail *a, const trail *b)
{
    const int64_t stride = a->stride > b->stride ? a->stride : b->stride;
    const int64_t end_a = a->n * a->stride, end_b = b->n * b->stride;
    for (int64_t n = 0; n < end_a && n < end_b; n += stride)
        if (a->mark[n / a->stride] != b->mark[n / b->stride])
            return false;
    return a->n == b->n && a->stride == b->stride;
}

/* The run as a whole: whether it is another one, which the hash tells, and where, which the trail
 * does. */
static bool compare_runs(verification *v, int i, bool *is_other)
{
    const result_cell *c = cell_of(v, i);
    task *t = &v->task[i];
    trail left;
    if (!store_trail(v->ask.store, c->id, &left, v->err))
        return false;
    *is_other = t->result->trajectory_hash != c->trajectory_hash;
    const bool fits = left.n == 0 || go_together(&left, &t->result->trail);
    if (t->result->world_hash != c->world_hash)
        say(v, i, VERIFY_DIFFERS, "the world differs: %016" PRIx64 " here, %016" PRIx64 " stored",
            t->result->world_hash, c->world_hash);
    if (*is_other)
        say(v, i, VERIFY_DIFFERS,
            "the trajectory differs: %016" PRIx64 " here, %016" PRIx64 " stored%s",
            t->result->trajectory_hash, c->trajectory_hash,
            left.n == 0 ? "; no trail of it is stored, so that the decision cannot be named" : "");
    else if (!fits)
        say(v, i, VERIFY_DIFFERS, "the trail differs, though the trajectory is the same");
    t->is_lost = left.n > 0 && (*is_other || !fits);
    t->place_at = t->text.length;
    if (t->is_lost)
        t->left = left;
    else
        trail_free(&left);
    return true;
}

/* Failures of what runs in a process of its own, or behind a pipe, may be a matter of time. */
static bool is_by_chance(const verification *v, int i)
{
    const char *agent = v->task[i].actor->found.agent;
    return poise_agent_is_pipe(agent) || card_is_apart(agent, v->point[scenario_of(v, i)].scenario);
}

static void compare_failures(verification *v, int i)
{
    const result_cell *c = cell_of(v, i);
    const trial_result *r = v->task[i].result;
    const bool fails = r->status != TRIAL_OK, same = fails && strcmp(r->error, c->error) == 0;
    const verify_verdict verdict = !c->ok && is_by_chance(v, i) ? VERIFY_CHANCE : VERIFY_DIFFERS;
    const char *why = verdict == VERIFY_CHANCE ? "; a plug-in's crashes and delays need not come "
                                                 "back (--patience)"
                                               : "";
    if (!c->ok && same)
        v->item[i].verdict = VERIFY_SAME;
    else if (!c->ok && fails)
        say(v, i, verdict, "it fails otherwise: '%s' here, '%s' stored%s", r->error, c->error, why);
    else if (!c->ok)
        say(v, i, verdict, "it does not fail here, but did: '%s'%s", c->error, why);
    else
        say(v, i, VERIFY_DIFFERS, "it fails here: '%s'", r->error);
}

static bool compare_cell(verification *v, int i)
{
    task *t = &v->task[i];
    bool is_other = false, good = true;
    v->item[i].verdict = VERIFY_SAME;
    if (t->result->status != TRIAL_OK || !cell_of(v, i)->ok) {
        compare_failures(v, i);
    } else {
        good = compare_runs(v, i, &is_other);
        compare_metrics(v, i, is_other);
        compare_bounds(v, i, is_other);
        compare_steady(v, i, is_other);
    }
    if (!t->is_itself)
        say(v, i, v->item[i].verdict == VERIFY_SAME ? VERIFY_DIFFERS : v->item[i].verdict,
            "its identity is not that of what its row says (agent, policy, seed)");
    const result_cell *c = cell_of(v, i);
    if (!recall_is_called_so(c))
        say(v, i, VERIFY_DIFFERS, "it is listed as %s, but is of %s", c->agent, c->description);
    return good;
}

static void compare_policy(verification *v, int i)
{
    const policy_bytes *stored = &v->bytes[v->item[i].policy];
    training_result *r = &v->task[i].learnt;
    char what[256];
    v->item[i].verdict = VERIFY_SAME;
    if (r->status != TRIAL_OK)
        say(v, i, VERIFY_DIFFERS, "its training fails here: %s", r->error);
    else if (!policy_is_same(r->policy, r->policy_bytes, stored->at, stored->n, what, sizeof what))
        say(v, i, VERIFY_DIFFERS, "the same training leads elsewhere: %s", what);
    train_free(r);
    *r = (training_result){0};
}

/* The place is known last, and said behind the trajectory that it explains. */
static void say_place(verification *v, int i)
{
    task *t = &v->task[i];
    const size_t end = t->text.length;
    say(v, i, VERIFY_DIFFERS, "%s", t->place.at);
    char *said = t->text.at, *line = said ? strdup(said + end) : NULL;
    if (line) {
        memmove(said + t->place_at + strlen(line), said + t->place_at, end - t->place_at);
        memcpy(said + t->place_at, line, strlen(line));
    }
    free(line);
}

static bool job_done(void *data, int job)
{
    verification *v = data;
    const int i = v->job[job];
    task *t = &v->task[i];
    bool good = true;
    if (t->is_lost) {
        if (t->place.at && !pool_signal())
            say_place(v, i);
        t->is_lost = false;
    } else if (cell_of(v, i) && !t->result) {
        good = error_null(v->err, "out of memory for a run");
    } else if (cell_of(v, i) && t->result->status != TRIAL_INTERRUPTED) {
        good = compare_cell(v, i);
        v->n_done++;
    } else if (policy_of(v, i) && t->learnt.status != TRIAL_INTERRUPTED) {
        compare_policy(v, i);
        v->n_done++;
    }
    drop_result(t);
    return good;
}

/* ---- rounds ------------------------------------------------------------------------------- */

static void on_tick(void *data)
{
    const verification *v = data;
    if (v->tick)
        v->tick(v->data, v);
}

/* Runs those items that need the products and are ready, or that are lost. */
static bool run_round(verification *v, blas_backend products, bool lost)
{
    v->n_jobs = 0;
    for (int i = 0; i < v->n_items; i++) {
        const task *t = &v->task[i];
        const bool wanted = lost ? t->is_lost : v->item[i].verdict == VERIFY_NOT_DONE;
        if (t->is_ready && wanted && t->products == products)
            v->job[v->n_jobs++] = i;
    }
    if (v->n_jobs == 0)
        return true;
    blas_choose(products);
    const pool_work work = {
        .n_jobs = v->n_jobs, .run = run_job, .done = job_done, .tick = on_tick, .data = v};
    pool_run(&work, blas_is_thread_safe() ? v->n_scratch : 1);
    return !v->err->n_mistakes;
}

bool verify_run(verification *v, int n_threads, void (*tick)(void *data, const verification *v),
                void *data, poise_error *err)
{
    const blas_backend before = blas_chosen();
    v->tick = tick;
    v->data = data;
    v->err = err;
    v->n_scratch = n_threads;
    v->scratch = calloc((size_t)n_threads, sizeof *v->scratch);
    error_clear(err);
    if (!v->scratch)
        return error_null(err, "out of memory for %d threads", n_threads);
    bool good = true;
    for (int k = 0; blas_backends[k] && good; k++)
        good = run_round(v, (blas_backend)k, false) && run_round(v, (blas_backend)k, true);
    blas_choose(before);
    for (int i = 0; i < n_threads; i++)
        poise_env_free(v->scratch[i].env);
    free(v->scratch);
    v->scratch = NULL;
    return good;
}
