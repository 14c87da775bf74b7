/* experiment.c - see experiment.h. Two rounds on the pool: first the trainings (they take longest)
 * together with the cells that need no policy, then the cells of the learners. */
#include "experiment.h"

#include "card.h"
#include "error.h"
#include "pool.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A policy that cells of the plan need. */
typedef struct plan_policy {
    int point, agent;
    const agent_card *card;
    store_id id;
    training task;
    bool wanted;        // must be trained
    bool given;         // was trained elsewhere
    atomic_llong done;  // decisions
    training_result result;
    void *bytes;  // once known
    size_t n_bytes;
} plan_policy;

typedef struct plan_cell {
    int point, agent, policy;  // policy is -1 if none is needed
    int64_t seed;
    store_id id;
    bool wanted;
    trial_result result;
} plan_cell;

/* What a worker keeps from job to job. */
typedef struct scratch {
    int point;
    poise_env *env;
} scratch;

struct plan {
    experiment ask;
    store *store;
    agent_card *card;  // (n_points, n_agents)
    plan_policy *policy;
    plan_cell *cell;
    int n_policies, n_cells;
    int *place;       // (n_places) hash table of the cells' ids: index + 1, 0 = free
    size_t n_places;  // a power of two
    int *job;         // (n_jobs) of a round: a policy's index, or n_policies + a cell's
    int n_jobs;
    scratch *scratch;  // (n_threads)
    int n_threads;
    experiment_progress progress;
    double start_s;
    double cells_wall_s, trainings_wall_s;  // of those that are done
    const plan_listener *listener;
    const char *log_dir;
    poise_error *err;
};

/* ---- planning ----------------------------------------------------------------------------- */

static const agent_card *card_at(const plan *p, int point, int agent)
{
    return &p->card[point * p->ask.n_agents + agent];
}

/* The policy that an agent is; NULL if it is none. */
static const experiment_policy *policy_of(const experiment *x, int agent)
{
    return x->trained && x->trained[agent].bytes ? &x->trained[agent] : NULL;
}

/* What makes the agent. */
static const char *spec_of(const experiment *x, int agent)
{
    const experiment_policy *is = policy_of(x, agent);
    return is ? is->agent : x->agent[agent];
}

bool experiment_card(const experiment *x, int point, int agent, agent_card *card, poise_error *err)
{
    const experiment_policy *is = policy_of(x, agent);
    const card_terms terms = {.policy = is ? is->bytes : NULL,
                              .policy_bytes = is ? is->n_bytes : 0,
                              .policy_name = x->agent[agent],
                              .patience_s = x->patience_s};
    return card_of(spec_of(x, agent), x->point[point].scenario, terms, card, err);
}

/* Makes every agent once: finds mistakes before anything runs, and spells out its options. */
static bool describe(plan *p, poise_error *err)
{
    const experiment *x = &p->ask;
    for (int i = 0; i < x->n_points; i++)
        for (int k = 0; k < x->n_agents; k++)
            if (!experiment_card(x, i, k, &p->card[i * x->n_agents + k], err))
                return false;
    return true;
}

/* The place of an id in the table of cells: where it stands, or the free one where it would. */
static int *place_of(const plan *p, store_id id)
{
    char head[17];
    memcpy(head, id.text, 16);
    head[16] = 0;
    size_t at = (size_t)strtoull(head, NULL, 16) & (p->n_places - 1);
    while (p->place[at] && memcmp(p->cell[p->place[at] - 1].id.text, id.text, sizeof id.text) != 0)
        at = (at + 1) & (p->n_places - 1);
    return &p->place[at];
}

static void add_policy(plan *p, int point, int agent, int64_t train_seed)
{
    const experiment *x = &p->ask;
    plan_policy *to = &p->policy[p->n_policies++];
    const poise_scenario *s = x->point[point].scenario;
    to->point = point;
    to->agent = agent;
    to->card = card_at(p, point, agent);
    to->task = (training){
        .scenario = s,
        .agent = x->agent[agent],
        .decisions = x->train_decisions ? x->train_decisions : to->card->train_decisions,
        .seed = train_seed,
        .patience_s = x->patience_s,
        .build = to->card->build,
    };
    to->id = store_policy_id(poise_scenario_hash(s), to->card->description, to->task.decisions,
                             train_seed);
}

/* The policy that an agent is, as the plan would have trained it. */
static bool add_given(plan *p, int point, int agent, const experiment_policy *is)
{
    plan_policy *to = &p->policy[p->n_policies];
    add_policy(p, point, agent, is->train_seed);
    to->given = true;
    to->task.decisions = is->decisions;
    to->bytes = malloc(is->n_bytes + 1);
    to->n_bytes = is->n_bytes;
    if (to->bytes)
        memcpy(to->bytes, is->bytes, is->n_bytes);
    to->id = store_policy_id_of(poise_scenario_hash(p->ask.point[point].scenario),
                                to->card->description, is->bytes, is->n_bytes);
    return to->bytes != NULL;
}

static void add_cells(plan *p, int point, int agent, int policy)
{
    const experiment *x = &p->ask;
    const uint64_t hash = poise_scenario_hash(x->point[point].scenario);
    const char *description = card_at(p, point, agent)->description;
    const char *policy_id = policy < 0 ? "" : p->policy[policy].id.text;
    for (int i = 0; i < x->n_seeds; i++) {
        const store_id id = store_cell_id(hash, description, policy_id, x->seed[i]);
        int *place = place_of(p, id);
        /* Two points of a sweep, or two ways to write an agent, may be the same cell. */
        if (*place)
            continue;
        plan_cell *to = &p->cell[p->n_cells++];
        *place = p->n_cells;
        *to = (plan_cell){.point = point, .agent = agent, .policy = policy, .seed = x->seed[i]};
        to->id = id;
        to->wanted =
            !store_has_cell(p->store, id) || (x->bounds && !store_has_bounds(p->store, id));
        if (to->wanted && policy >= 0)
            p->policy[policy].wanted = true;
    }
}

/* The cells of an agent at a point, with the policies that they need; false without memory. */
static bool add_agent(plan *p, int point, int agent)
{
    const experiment *x = &p->ask;
    const experiment_policy *is = policy_of(x, agent);
    if (is && !add_given(p, point, agent, is))
        return false;
    const bool learns = card_at(p, point, agent)->train_decisions > 0 && !is;
    for (int t = 0; learns && t < x->n_train_seeds; t++) {
        add_policy(p, point, agent, x->train_seed[t]);
        add_cells(p, point, agent, p->n_policies - 1);
    }
    if (!learns)
        add_cells(p, point, agent, is ? p->n_policies - 1 : -1);
    return true;
}

static bool expand(plan *p)
{
    for (int i = 0; i < p->ask.n_points; i++)
        for (int k = 0; k < p->ask.n_agents; k++)
            if (!add_agent(p, i, k))
                return false;
    return true;
}

/* A policy that the store has need not be trained, one that no wanted cell needs neither. One that
 * is given is only put there. */
static void mark_policies(plan *p)
{
    for (int i = 0; i < p->n_policies; i++) {
        plan_policy *one = &p->policy[i];
        const bool lacks = one->wanted && !store_has_policy(p->store, one->id);
        one->wanted = lacks && !one->given;
        one->given = lacks && one->given;
    }
}

static void count(plan *p)
{
    experiment_progress *g = &p->progress;
    *g = (experiment_progress){.cells = p->n_cells};
    for (int i = 0; i < p->n_cells; i++)
        g->cells_stored += !p->cell[i].wanted;
    for (int i = 0; i < p->n_policies; i++)
        if (p->policy[i].wanted) {
            g->policies++;
            g->decisions += p->policy[i].task.decisions;
        }
}

/* A plan with room for all that the experiment may need; NULL without memory. */
static plan *take(const experiment *x)
{
    plan *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    const size_t n_pairs = (size_t)x->n_points * (size_t)x->n_agents;
    const size_t n_trained = n_pairs * (size_t)(x->n_train_seeds > 0 ? x->n_train_seeds : 1);
    const size_t n_cells = (n_pairs + n_trained) * (size_t)x->n_seeds;
    p->n_places = 1;
    while (p->n_places < 2 * n_cells)
        p->n_places *= 2;
    p->ask = *x;
    p->card = calloc(n_pairs + 1, sizeof *p->card);
    p->policy = calloc(n_trained + 1, sizeof *p->policy);
    p->cell = calloc(n_cells + 1, sizeof *p->cell);
    p->place = calloc(p->n_places, sizeof *p->place);
    if (p->card && p->policy && p->cell && p->place)
        return p;
    plan_free(p);
    return NULL;
}

plan *plan_new(const experiment *x, store *s, poise_error *err)
{
    plan *p = take(x);
    if (!p)
        return error_null(err, "out of memory for %d scenarios, %d agents, %d seeds", x->n_points,
                          x->n_agents, x->n_seeds);
    p->store = s;
    bool good = describe(p, err);
    if (good && !expand(p))
        good = error_null(err, "out of memory for policies");
    if (!good) {
        plan_free(p);
        return NULL;
    }
    mark_policies(p);
    count(p);
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    for (int i = 0; p->policy && i < p->n_policies; i++) {
        train_free(&p->policy[i].result);
        free(p->policy[i].bytes);
    }
    for (int i = 0; p->cell && i < p->n_cells; i++)
        trial_result_free(&p->cell[i].result);
    free(p->card);
    free(p->policy);
    free(p->cell);
    free(p->place);
    free(p);
}

bool plan_has_learners(const plan *p)
{
    return p->n_policies > 0;
}

bool plan_asks_for(const plan *p, store_id cell)
{
    return *place_of(p, cell) != 0;
}

/* ---- progress ----------------------------------------------------------------------------- */

experiment_progress plan_progress(const plan *p)
{
    experiment_progress g = p->progress;
    for (int i = 0; i < p->n_policies; i++)
        g.decisions_done += atomic_load_explicit(&p->policy[i].done, memory_order_relaxed);
    g.elapsed_s = p->start_s > 0 ? wall_now_s() - p->start_s : 0;
    /* Trainings go at the rate seen so far, cells as long as those that are done: a guess, as cells
     * differ. */
    const int cells_left = g.cells - g.cells_stored - g.cells_done;
    double left_s = 0;
    if (g.decisions_done < g.decisions)
        left_s = g.decisions_done ? g.elapsed_s * (double)(g.decisions - g.decisions_done) /
                                        (double)g.decisions_done
                                  : NAN;
    if (cells_left > 0 && g.cells_done > 0)
        left_s += p->cells_wall_s / g.cells_done * cells_left / p->n_threads;
    else if (cells_left > 0 && g.policies == 0)
        left_s = NAN;
    g.left_s = left_s;
    return g;
}

/* ---- running ------------------------------------------------------------------------------ */

/* The worker's environment for a point of the sweep; NULL with a sentence in err. */
static poise_env *env_for(plan *p, int worker, int point, poise_error *err)
{
    scratch *w = &p->scratch[worker];
    if (w->env && w->point != point) {
        poise_env_free(w->env);
        w->env = NULL;
    }
    if (!w->env)
        w->env = poise_env_new(p->ask.point[point].scenario, err);
    w->point = point;
    return w->env;
}

static void run_training(plan *p, plan_policy *policy, int worker)
{
    poise_error err = {0};
    poise_env *e = env_for(p, worker, policy->point, &err);
    if (e) {
        policy->result = train_run(&policy->task, e, &policy->done, &pool_stopping);
    } else {
        policy->result.status = TRIAL_FAILED;
        snprintf(policy->result.error, sizeof policy->result.error, "%.239s", err.text);
    }
}

static void run_cell(plan *p, plan_cell *cell, int worker)
{
    const plan_policy *policy = cell->policy < 0 ? NULL : &p->policy[cell->policy];
    const trial t = {
        .scenario = p->ask.point[cell->point].scenario,
        .agent = spec_of(&p->ask, cell->agent),
        .policy = policy ? policy->bytes : NULL,
        .policy_bytes = policy ? policy->n_bytes : 0,
        .seed = cell->seed,
        .patience_s = p->ask.patience_s,
        .build = card_at(p, cell->point, cell->agent)->build,
        .only_numbers = true,
        .leaves_trail = true,
        .bounds = p->ask.bounds,
    };
    poise_error err = {0};
    poise_env *e = env_for(p, worker, cell->point, &err);
    if (e) {
        cell->result = trial_run(&t, e, NULL, &pool_stopping);
    } else {
        cell->result.status = TRIAL_FAILED;
        snprintf(cell->result.error, sizeof cell->result.error, "%.239s", err.text);
    }
}

static void run_job(void *data, int job, int worker)
{
    plan *p = data;
    const int number = p->job[job];
    if (number < p->n_policies)
        run_training(p, &p->policy[number], worker);
    else
        run_cell(p, &p->cell[number - p->n_policies], worker);
}

__attribute__((format(printf, 2, 3))) static void tell(plan *p, const char *format, ...)
{
    char sentence[640];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (p->listener->failed)
        p->listener->failed(p->listener->data, sentence);
}

/* log_dir/AGENT-ID/progress.csv; the id keeps apart what differs in options, budget or seed. */
static bool write_log(plan *p, const plan_policy *policy)
{
    if (!p->log_dir)
        return true;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.3000s/%s-%.8s/progress.csv", p->log_dir, policy->card->name,
             policy->id.text);
    return train_write_progress(path, policy->result.log, policy->result.n_log, p->err);
}

/* What the store keeps of a policy, but for how it was learnt. */
static store_policy row_of(const plan_policy *policy, const void *bytes, size_t n_bytes)
{
    return (store_policy){
        .id = policy->id,
        .scenario_hash = poise_scenario_hash(policy->task.scenario),
        .agent = policy->task.agent,
        .description = policy->card->description,
        .decisions = policy->task.decisions,
        .train_seed = policy->task.seed,
        .bytes = bytes,
        .n_bytes = n_bytes,
    };
}

static bool training_done(plan *p, plan_policy *policy)
{
    training_result *r = &policy->result;
    if (r->status == TRIAL_INTERRUPTED)
        return true;
    p->progress.policies_done++;
    p->trainings_wall_s += r->wall_s;
    if (r->status != TRIAL_OK) {
        tell(p, "training of %s (seed %" PRId64 ") failed: %s", policy->task.agent,
             policy->task.seed, r->error);
        p->progress.cells_failed++;
        return true;
    }
    store_policy row = row_of(policy, r->policy, r->policy_bytes);
    row.log = r->log;
    row.n_log = r->n_log;
    row.wall_s = r->wall_s;
    return store_put_policy(p->store, &row, p->err) && write_log(p, policy);
}

static bool cell_done(plan *p, plan_cell *cell)
{
    const trial_result *r = &cell->result;
    if (r->status == TRIAL_INTERRUPTED)
        return true;
    const experiment *x = &p->ask;
    const char *agent = x->agent[cell->agent];
    p->progress.cells_done++;
    p->cells_wall_s += r->wall_s;
    if (r->status != TRIAL_OK) {
        p->progress.cells_failed++;
        tell(p, "%s with seed %" PRId64 " failed: %s", agent, cell->seed, r->error);
    }
    const store_cell row = {
        .id = cell->id,
        .scenario_hash = poise_scenario_hash(x->point[cell->point].scenario),
        .agent = agent,
        .description = card_at(p, cell->point, cell->agent)->description,
        .policy = cell->policy < 0 ? "" : p->policy[cell->policy].id.text,
        .seed = cell->seed,
    };
    const bool stored = store_put_cell(p->store, &row, r, p->err);
    trial_result_free(&cell->result);
    return stored;
}

static bool job_done(void *data, int job)
{
    plan *p = data;
    const int number = p->job[job];
    return number < p->n_policies ? training_done(p, &p->policy[number])
                                  : cell_done(p, &p->cell[number - p->n_policies]);
}

static void on_tick(void *data)
{
    plan *p = data;
    if (p->listener->tick)
        p->listener->tick(p->listener->data, p);
}

static bool run_round(plan *p)
{
    const pool_work work = {p->n_jobs, run_job, job_done, on_tick, p};
    return pool_run(&work, p->n_threads);
}

static bool first_round(plan *p)
{
    p->n_jobs = 0;
    for (int i = 0; i < p->n_policies; i++)
        if (p->policy[i].wanted)
            p->job[p->n_jobs++] = i;
    for (int i = 0; i < p->n_cells; i++)
        if (p->cell[i].wanted && p->cell[i].policy < 0)
            p->job[p->n_jobs++] = p->n_policies + i;
    return run_round(p);
}

/* Puts policies that are given into the store. */
static bool put_given(plan *p)
{
    bool good = true;
    for (int i = 0; i < p->n_policies && good; i++) {
        const plan_policy *policy = &p->policy[i];
        const store_policy row = row_of(policy, policy->bytes, policy->n_bytes);
        good = !policy->given || store_put_policy(p->store, &row, p->err);
    }
    return good;
}

/* Policies come from the store, also those trained just now: what is stored is what is judged. */
static bool fetch_policies(plan *p)
{
    for (int i = 0; i < p->n_policies; i++) {
        plan_policy *policy = &p->policy[i];
        if (policy->bytes || !store_has_policy(p->store, policy->id))
            continue;
        policy->bytes = store_policy_bytes(p->store, policy->id, &policy->n_bytes, p->err);
        if (!policy->bytes)
            return false;
    }
    return true;
}

static bool second_round(plan *p)
{
    p->n_jobs = 0;
    for (int i = 0; i < p->n_cells; i++) {
        const plan_cell *cell = &p->cell[i];
        if (cell->wanted && cell->policy >= 0 && p->policy[cell->policy].bytes)
            p->job[p->n_jobs++] = p->n_policies + i;
    }
    return run_round(p);
}

static bool take_scratch(plan *p, int n_threads)
{
    p->n_threads = n_threads;
    p->scratch = calloc((size_t)n_threads, sizeof *p->scratch);
    p->job = calloc((size_t)(p->n_policies + p->n_cells) + 1, sizeof *p->job);
    if (!p->scratch || !p->job)
        error_null(p->err, "out of memory for %d threads", n_threads);
    return p->scratch && p->job;
}

static void free_scratch(plan *p)
{
    for (int i = 0; p->scratch && i < p->n_threads; i++)
        poise_env_free(p->scratch[i].env);
    free(p->scratch);
    free(p->job);
    p->scratch = NULL;
    p->job = NULL;
}

plan_status plan_run(plan *p, int n_threads, const char *log_dir, const plan_listener *listener,
                     poise_error *err)
{
    assert(n_threads >= 1);
    p->listener = listener;
    p->log_dir = log_dir;
    p->err = err;
    p->start_s = wall_now_s();
    error_clear(err);
    const bool good = take_scratch(p, n_threads) && put_given(p) && first_round(p) &&
                      fetch_policies(p) && second_round(p);
    free_scratch(p);
    if (err->n_mistakes)
        return PLAN_STORE_ERROR;
    if (pool_signal())
        return PLAN_INTERRUPTED;
    return good && p->progress.cells_failed == 0 ? PLAN_DONE : PLAN_FAILED;
}
