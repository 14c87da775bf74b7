/* experiment_run.c - runs what a plan wants. Trainings come first, the longest before the others;
 * then one cell of each kind, which tells how long its like takes; then those that take longest.
 * Cells of a policy wait for its training. None of this changes any number. */
#include "experiment_inside.h"

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

/* ---- progress ----------------------------------------------------------------------------- */

/* Seconds of cells that are not done, on one thread; NAN while nothing is known. */
static double cells_left_s(const plan *p)
{
    double known_s = 0, sum_s = 0;
    int unknown = 0, n_known = 0;
    for (int i = 0; i < p->n_kinds; i++) {
        const plan_kind *k = &p->kind[i];
        const int left = k->n_wanted - k->n_done;
        const double each_s = plan_kind_s(k);
        if (isnan(each_s)) {
            unknown += left;
            continue;
        }
        known_s += left * each_s;
        sum_s += each_s;
        n_known++;
    }
    if (unknown > 0 && n_known == 0)
        return NAN;
    return known_s + (unknown ? unknown * sum_s / n_known : 0);
}

/* Seconds of trainings that are not done, on one thread: by what is known of each, or at the rate
 * seen so far. */
static double trainings_left_s(const plan *p, const experiment_progress *g)
{
    double left_s = 0;
    for (int i = 0; i < p->n_policies; i++) {
        const plan_policy *policy = &p->policy[i];
        const int64_t done = atomic_load_explicit(&policy->done, memory_order_relaxed);
        if (!policy->wanted || policy->is_given || done >= policy->decisions)
            continue;
        const double rate_s = g->decisions_done > 0
                                  ? g->elapsed_s * p->n_threads / (double)g->decisions_done
                                  : policy->wall_s / (double)policy->decisions;
        left_s += rate_s * (double)(policy->decisions - done);
    }
    return left_s;
}

double plan_left_s(const plan *p, int n_threads)
{
    const experiment_progress g = p->progress;
    return (trainings_left_s(p, &g) + cells_left_s(p)) / n_threads;
}

experiment_progress plan_progress(const plan *p)
{
    experiment_progress g = p->progress;
    for (int i = 0; i < p->n_policies; i++)
        g.decisions_done += atomic_load_explicit(&p->policy[i].done, memory_order_relaxed);
    g.elapsed_s = p->start_s > 0 ? wall_now_s() - p->start_s : 0;
    const double train_s = trainings_left_s(p, &g), cells_s = cells_left_s(p);
    /* While trainings run, cells of which nothing is known are not counted. */
    const double left_s = train_s > 0 && isnan(cells_s) ? train_s : train_s + cells_s;
    g.left_s = p->n_threads ? left_s / p->n_threads : NAN;
    return g;
}

/* ---- what is next ------------------------------------------------------------------------- */

/* Whether a comes before b in the heap. */
static bool is_longer(const plan_queue *q, int a, int b)
{
    const double a_s = q->key_s[a], b_s = q->key_s[b];
    return a_s > b_s || (a_s == b_s && a < b);
}

static void swap(int *a, int *b)
{
    const int old = *a;
    *a = *b;
    *b = old;
}

static void heap_push(plan_queue *q, int kind, double key_s)
{
    int at = q->n_heap++;
    q->key_s[kind] = key_s;
    q->heap[at] = kind;
    for (; at > 0 && is_longer(q, q->heap[at], q->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&q->heap[at], &q->heap[(at - 1) / 2]);
}

static void heap_pop(plan_queue *q)
{
    q->heap[0] = q->heap[--q->n_heap];
    for (int at = 0, best;; at = best) {
        best = at;
        for (int child = 2 * at + 1; child <= 2 * at + 2 && child < q->n_heap; child++)
            if (is_longer(q, q->heap[child], q->heap[best]))
                best = child;
        if (best == at)
            return;
        swap(&q->heap[at], &q->heap[best]);
    }
}

/* The next wanted cell of a kind, -1 if there is none. */
static int peek(plan *p, int kind)
{
    plan_kind *k = &p->kind[kind];
    while (k->next < k->first + k->n && !p->cell[k->next].wanted)
        k->next++;
    return k->next < k->first + k->n ? k->next : -1;
}

static int take_cell(plan *p, int kind)
{
    const int cell = peek(p, kind);
    p->kind[kind].next = cell + 1;
    return p->n_policies + cell;
}

/* A kind whose cells may start from now on. */
static void add_kind(plan *p, int kind)
{
    const plan_kind *k = &p->kind[kind];
    if (k->n_wanted == 0)
        return;
    if (k->n_walls > 0)
        heap_push(&p->queue, kind, k->wall_sum_s / k->n_walls);
    else
        p->queue.fresh[p->queue.n_fresh++] = kind;
}

/* Whether the kind was waiting for its first cell, which has ended now. */
static bool end_trial(plan_queue *q, int kind)
{
    for (int i = 0; i < q->n_tried; i++)
        if (q->tried[i] == kind) {
            q->tried[i] = q->tried[--q->n_tried];
            return true;
        }
    return false;
}

/* A kind whose first cell is in flight, of which nobody knows how long they take: better than
 * nothing. -1 if there is none. */
static int any_tried(plan *p)
{
    for (int i = 0; i < p->queue.n_tried; i++)
        if (peek(p, p->queue.tried[i]) >= 0)
            return p->queue.tried[i];
    return -1;
}

static int next_job(void *data)
{
    plan *p = data;
    plan_queue *q = &p->queue;
    if (atomic_load(&q->is_over))
        return POOL_NONE;
    if (q->next_training < q->n_trainings)
        return q->training[q->next_training++];
    if (q->next_fresh < q->n_fresh) {
        const int kind = q->fresh[q->next_fresh++];
        q->tried[q->n_tried++] = kind;
        return take_cell(p, kind);
    }
    if (q->n_heap > 0) {
        const int kind = q->heap[0], job = take_cell(p, kind);
        if (peek(p, kind) < 0)
            heap_pop(q);
        return job;
    }
    const int kind = any_tried(p);
    return kind >= 0 ? take_cell(p, kind) : POOL_LATER;
}

/* Gives back what nobody needs any more when the last cell of a policy has ended. */
static void leave_policy(const plan *p, plan_policy *policy)
{
    for (int k = policy->kind; k >= 0; k = p->kind[k].before)
        if (p->kind[k].n_done < p->kind[k].n_wanted || !plan_is_over(p, &p->kind[k]))
            return;
    train_free(&policy->result);
    free(policy->owned);
    policy->owned = NULL;
    policy->bytes = NULL;
}

/* The cells of a kind from the place `from` of their seeds on, which have been opened. */
static void want_cells(plan *p, int kind, int from)
{
    plan_kind *k = &p->kind[kind];
    int n_wanted = 0;
    for (int c = k->first + k->n - 1; c >= k->first && p->cell[c].turn >= from; c--) {
        plan_cell *cell = &p->cell[c];
        const bool is_chosen = cell->chosen && cell->is_open, is_done = plan_is_done(p, cell);
        cell->wanted = is_chosen && !is_done;
        p->progress.cells += is_chosen;
        p->progress.cells_stored += is_chosen && is_done;
        n_wanted += cell->wanted;
        k->next = cell->wanted ? c : k->next;
    }
    k->n_wanted += n_wanted;
    if (n_wanted > 0)
        add_kind(p, kind);
}

/* Begins the next wave of the kind's group, if it is time. */
static void go_on(plan *p, const plan_kind *k)
{
    for (int open; (open = plan_next_wave(p, k)) > 0;) {
        const int from = plan_open_wave(p, k, open);
        for (int i = plan_group_kind(p, k); i >= 0; i = p->kind[i].beside)
            want_cells(p, i, from);
    }
}

static void settle(void *data, int job)
{
    plan *p = data;
    plan_queue *q = &p->queue;
    if (job >= p->n_policies) {
        const int kind = p->cell[job - p->n_policies].kind;
        const plan_kind *k = &p->kind[kind];
        if (end_trial(q, kind) && peek(p, kind) >= 0)
            heap_push(q, kind, plan_kind_s(k));
        go_on(p, k);
        if (k->policy >= 0)
            leave_policy(p, &p->policy[k->policy]);
        return;
    }
    for (int k = p->policy[job].kind; k >= 0; k = p->kind[k].before)
        if (p->policy[job].bytes)
            add_kind(p, k);
        else
            go_on(p, &p->kind[k]);
}

/* ---- jobs --------------------------------------------------------------------------------- */

/* The worker's environment for a point; NULL with a sentence in err. */
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

/* False if it failed. */
static bool run_training(plan *p, plan_policy *policy, int worker)
{
    poise_error err = {0};
    const training task = plan_training(p, policy);
    poise_env *e = env_for(p, worker, policy->point, &err);
    if (e) {
        policy->result = train_run(&task, e, &policy->done, &pool_stopping);
    } else {
        policy->result.status = TRIAL_FAILED;
        snprintf(policy->result.error, sizeof policy->result.error, "%.239s", err.text);
    }
    return policy->result.status != TRIAL_FAILED;
}

static void say_untrained(const plan_policy *policy, trial_result *r)
{
    snprintf(r->error, sizeof r->error, "its training failed: %.200s", policy->result.error);
}

static bool run_cell(plan *p, plan_cell *cell, int worker)
{
    poise_error err = {0};
    const plan_kind *k = &p->kind[cell->kind];
    const trial t = plan_trial(p, cell);
    cell->result = malloc(sizeof *cell->result);
    poise_env *e = env_for(p, worker, k->point, &err);
    if (!cell->result)
        return false;
    *cell->result = (trial_result){.status = TRIAL_FAILED};
    if (k->policy >= 0 && !t.policy)  // of a later wave
        say_untrained(&p->policy[k->policy], cell->result);
    else if (e)
        *cell->result = trial_run(&t, e, NULL, &pool_stopping);
    else
        snprintf(cell->result->error, sizeof cell->result->error, "%.239s", err.text);
    return cell->result->status != TRIAL_FAILED;
}

static void run_job(void *data, int job, int worker)
{
    plan *p = data;
    bool good;
    if (job < p->n_policies)
        good = run_training(p, &p->policy[job], worker);
    else
        good = run_cell(p, &p->cell[job - p->n_policies], worker);
    if (!good && p->choice.stops_at_failure)
        atomic_store(&p->queue.is_over, true);
}

/* ---- what came of them -------------------------------------------------------------------- */

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
    snprintf(path, sizeof path, "%.3000s/%s-%.8s/progress.csv", p->log_dir,
             plan_agent_at(p, policy->point, policy->agent)->name, policy->id.text);
    return train_write_progress(path, policy->result.log, policy->result.n_log, p->err);
}

/* What the store keeps of a policy, but for how it was learnt. */
static store_policy row_of(const plan *p, const plan_policy *policy)
{
    return (store_policy){
        .id = policy->id,
        .scenario_hash = poise_scenario_hash(p->ask.point[policy->point].scenario),
        .agent = p->ask.point[policy->point].agent[policy->agent].agent,
        .description = plan_agent_at(p, policy->point, policy->agent)->description,
        .decisions = policy->decisions,
        .train_seed = policy->train_seed,
        .bytes = policy->bytes,
        .n_bytes = policy->n_bytes,
    };
}

static bool store_cell_of(plan *p, const plan_cell *cell, const trial_result *r)
{
    const plan_kind *k = &p->kind[cell->kind];
    const experiment_point *at = &p->ask.point[k->point];
    const bool has_policy = k->policy >= 0 && p->policy[k->policy].bytes;
    const store_cell row = {
        .id = cell->id,
        .scenario_hash = poise_scenario_hash(at->scenario),
        .agent = at->agent[k->agent].agent,
        .description = plan_agent_at(p, k->point, k->agent)->description,
        .policy = has_policy ? p->policy[k->policy].id.text : "",
        .seed = cell->seed,
    };
    return store_put_cell(p->store, &row, r, p->err);
}

static bool fail_kind(plan *p, plan_kind *k, const trial_result *r)
{
    bool good = true;
    for (int c = k->first; good && c < k->first + k->n; c++)
        if (p->cell[c].wanted) {
            k->n_done++;
            p->progress.cells_done++;
            p->progress.cells_failed++;
            plan_cell_known(p, &p->cell[c], NAN);
            good = store_cell_of(p, &p->cell[c], r);
        }
    return good;
}

/* The cells of a policy that could not be trained. */
static bool fail_cells(plan *p, const plan_policy *policy)
{
    trial_result r = {.status = TRIAL_FAILED};
    say_untrained(policy, &r);
    bool good = true;
    for (int k = policy->kind; k >= 0; k = p->kind[k].before)
        good = good && fail_kind(p, &p->kind[k], &r);
    return good;
}

static bool training_done(plan *p, plan_policy *policy)
{
    training_result *r = &policy->result;
    if (r->status == TRIAL_INTERRUPTED)
        return true;
    p->progress.policies_done++;
    if (r->status != TRIAL_OK) {
        tell(p, "training of %s (seed %" PRId64 ") failed: %s",
             p->ask.point[policy->point].agent[policy->agent].agent, policy->train_seed, r->error);
        return fail_cells(p, policy);
    }
    policy->bytes = r->policy;
    policy->n_bytes = r->policy_bytes;
    store_policy row = row_of(p, policy);
    row.log = r->log;
    row.n_log = r->n_log;
    row.wall_s = r->wall_s;
    /* A policy that is stored is not trained again, so its log must be there before. */
    return write_log(p, policy) && store_put_policy(p->store, &row, p->err);
}

static bool cell_done(plan *p, plan_cell *cell)
{
    static const trial_result no_memory = {.status = TRIAL_FAILED, .error = "out of memory"};
    const trial_result *r = cell->result ? cell->result : &no_memory;
    plan_kind *k = &p->kind[cell->kind];
    if (r->status == TRIAL_INTERRUPTED)
        return true;
    p->progress.cells_done++;
    k->n_done++;
    k->wall_sum_s += r->wall_s;
    k->n_walls++;
    if (r->status != TRIAL_OK) {
        p->progress.cells_failed++;
        tell(p, "%s with seed %" PRId64 " failed: %s", p->ask.point[k->point].agent[k->agent].agent,
             cell->seed, r->error);
    }
    const bool is_ok = r->status == TRIAL_OK;
    plan_cell_known(p, cell, is_ok ? r->value[p->ask.precision.metric] : NAN);
    const bool good = store_cell_of(p, cell, r);
    plan_drop_result(cell);
    return good;
}

static bool job_done(void *data, int job)
{
    plan *p = data;
    return job < p->n_policies ? training_done(p, &p->policy[job])
                               : cell_done(p, &p->cell[job - p->n_policies]);
}

static void on_tick(void *data)
{
    plan *p = data;
    if (p->listener->tick)
        p->listener->tick(p->listener->data, p);
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Policies that are given come into the store, those that the store has come from there. */
static bool fetch_policies(plan *p)
{
    for (int i = 0; i < p->n_policies; i++) {
        plan_policy *policy = &p->policy[i];
        const store_policy row = row_of(p, policy);
        if (policy->wanted && policy->is_given && !store_put_policy(p->store, &row, p->err))
            return false;
        if (policy->bytes || policy->wanted || !store_has_policy(p->store, policy->id))
            continue;
        policy->owned = store_policy_bytes(p->store, policy->id, &policy->n_bytes, p->err);
        policy->bytes = policy->owned;
        if (!policy->bytes)
            return false;
    }
    return store_answered(p->store, p->err);
}

static int longest(const void *a, const void *b, void *data)
{
    const plan *p = data;
    const int x = *(const int *)a, y = *(const int *)b;
    const int64_t dx = p->policy[x].decisions, dy = p->policy[y].decisions;
    return dx == dy ? (x > y) - (x < y) : (dx < dy) - (dx > dy);
}

static void fill_queue(plan *p)
{
    plan_queue *q = &p->queue;
    for (int i = 0; i < p->n_policies; i++)
        if (p->policy[i].wanted && !p->policy[i].is_given)
            q->training[q->n_trainings++] = i;
    qsort_r(q->training, (size_t)q->n_trainings, sizeof *q->training, longest, p);
    for (int i = 0; i < p->n_kinds; i++) {
        const int policy = p->kind[i].policy;
        p->kind[i].next = p->kind[i].first;
        if (policy < 0 || p->policy[policy].bytes)
            add_kind(p, i);
    }
}

static bool take_scratch(plan *p, int n_threads)
{
    plan_queue *q = &p->queue;
    const size_t n_kinds = (size_t)p->n_kinds + 1;
    *q = (plan_queue){0};
    p->n_threads = n_threads;
    p->scratch = calloc((size_t)n_threads, sizeof *p->scratch);
    q->training = calloc((size_t)p->n_policies + 1, sizeof *q->training);
    q->fresh = calloc(n_kinds, sizeof *q->fresh);
    q->heap = calloc(n_kinds, sizeof *q->heap);
    q->key_s = calloc(n_kinds, sizeof *q->key_s);
    q->tried = calloc(n_kinds, sizeof *q->tried);
    const bool good = p->scratch && q->training && q->fresh && q->heap && q->key_s && q->tried;
    return good || error_null(p->err, "out of memory for %d threads", n_threads);
}

static void free_scratch(plan *p)
{
    for (int i = 0; p->scratch && i < p->n_threads; i++)
        poise_env_free(p->scratch[i].env);
    free(p->scratch);
    free(p->queue.training);
    free(p->queue.fresh);
    free(p->queue.heap);
    free(p->queue.key_s);
    free(p->queue.tried);
    p->scratch = NULL;
    p->queue = (plan_queue){0};
}

static bool run_queue(plan *p)
{
    const pool_work work = {
        .n_jobs = p->n_policies + p->n_cells,
        .run = run_job,
        .done = job_done,
        .tick = on_tick,
        .data = p,
        .next = next_job,
        .settle = settle,
    };
    fill_queue(p);
    return pool_run(&work, p->n_threads);
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
    const bool good = take_scratch(p, n_threads) && fetch_policies(p) && run_queue(p);
    free_scratch(p);
    if (!good && !err->n_mistakes && !pool_signal())
        error_null(err, "out of memory for %d threads", n_threads);
    if (err->n_mistakes)
        return PLAN_STORE_ERROR;
    if (pool_signal())
        return PLAN_INTERRUPTED;
    return good && p->progress.cells_failed == 0 ? PLAN_DONE : PLAN_FAILED;
}
