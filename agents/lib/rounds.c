/* rounds.c - see rounds.h. */
#include "rounds.h"

#include <stdlib.h>
#include <string.h>

#include "det.h"
#include "error.h"
#include "rule.h"
#include "scenario.h"

enum { UNSEEN = -2 };  // in place of a task's id

/* ---- memory -------------------------------------------------------------------------------- */

/* Whether every class runs on both groups alike. */
static bool is_alike(const poise_space *s, int a, int b)
{
    if (s->shares || s->capacity[a] != s->capacity[b])
        return false;
    for (int c = 0; c < s->n_classes; c++)
        for (int p = 0; p < s->n_profiles; p++) {
            const poise_profile *x = poise_profile_of(s, c, a, p);
            const poise_profile *y = poise_profile_of(s, c, b, p);
            if (x->speed != y->speed || x->devices != y->devices ||
                s->cap[c * s->n_groups + a] != s->cap[c * s->n_groups + b])
                return false;
        }
    return true;
}

static int find_kinds(rounds *r, const poise_space *s)
{
    int n = 0;
    for (int g = 0; g < s->n_groups; g++) {
        r->kind[g] = -1;
        for (int h = 0; h < g && r->kind[g] < 0; h++)
            r->kind[g] = is_alike(s, g, h) ? r->kind[h] : -1;
        if (r->kind[g] < 0)
            r->kind[g] = n++;
    }
    return n;
}

/* Cuts the block into the arrays of the plan. */
static void cut(rounds *r, double *at, int most_rows)
{
    const size_t n_kinds = (size_t)r->plan.n_kinds, n_rows = (size_t)most_rows;
    const size_t cells = n_rows * (size_t)r->n_ways;
    double **const to[] = {&r->count,  &r->busy_s, &r->planned_count, &r->plan.price,
                           &r->weight, &r->alike,  &r->work,          &r->plan.level,
                           &r->speed,  &r->need,   &r->plan.part};
    const size_t size[] = {n_kinds, n_kinds, n_kinds, n_kinds, n_rows, n_rows,
                           n_rows,  n_rows,  cells,   cells,   cells};
    for (int i = 0; i < 11; i++) {
        *to[i] = at;
        at += size[i];
    }
    r->plan.count = r->count;
    r->plan.busy_s = r->busy_s;
    r->plan.weight = r->weight;
    r->plan.alike = r->alike;
    r->plan.work = r->work;
    r->plan.speed = r->speed;
    r->plan.need = r->need;
}

/* The accounts' times, a row for each of both sets. */
static void cut_accounts(rounds *r, double *at, int n)
{
    for (int i = 0; i < 2 * n; i++) {
        rounds_account *a = i < n ? &r->account[i] : &r->before[i - n];
        a->had = at;
        a->due = at + r->n_ways;
        at += 2 * r->n_ways;
    }
}

bool rounds_init(rounds *r, const poise_space *space, bool alone, int most_rows, const char *agent,
                 poise_error *err)
{
    const size_t n_groups = (size_t)space->n_groups, n_rows = (size_t)most_rows + n_groups;
    const size_t n_tasks = (size_t)(space->window + space->max_running) + 1;
    r->kind = calloc(n_groups, sizeof *r->kind);
    r->account = calloc(2 * n_tasks, sizeof *r->account);
    r->row = calloc(n_tasks + n_groups + n_rows, sizeof *r->row);
    double *block = NULL;
    if (r->kind && r->account && r->row) {
        r->plan.n_kinds = find_kinds(r, space);
        r->plan.n_profiles = space->n_profiles;
        r->n_ways = r->plan.n_kinds * space->n_profiles;
        const size_t ways = (size_t)r->n_ways;
        block = calloc(4 * (size_t)r->plan.n_kinds + 4 * n_rows + 3 * n_rows * ways +
                           4 * n_tasks * ways,
                       sizeof *block);
    }
    if (!block) {
        error_add(err, "agent %s: out of memory", agent);
        return false;
    }
    r->alone = alone;
    r->most_rows = most_rows;
    r->before = r->account + n_tasks;
    r->planned = r->row + n_tasks + n_groups;
    cut(r, block, (int)n_rows);
    cut_accounts(r, r->plan.part + n_rows * (size_t)r->n_ways, (int)n_tasks);
    const double quantum_s = (double)space->scenario->decision.quantum_ns * 1e-9;
    r->grain_s = quantum_s > 0 ? quantum_s / 2 : space->typical_service_s / 20;
    r->grain_s = r->grain_s > 0 ? r->grain_s : 1;
    return true;
}

void rounds_free(rounds *r)
{
    free(r->kind);
    free(r->account < r->before ? r->account : r->before);
    free(r->row);
    free(r->count);
}

void rounds_begin(rounds *r)
{
    r->n_accounts = 0;
    r->n_planned = 0;
    r->plan.n_rows = -1;
    r->now_s = 0;
}

/* ---- accounts ------------------------------------------------------------------------------ */

static int way_of(const rounds *r, int group, int profile)
{
    return r->kind[group] * r->plan.n_profiles + profile;
}

static int by_id(const void *x, const void *y)
{
    const int64_t a = ((const rounds_account *)x)->id, b = ((const rounds_account *)y)->id;
    return (a > b) - (a < b);
}

static rounds_account *account_of(rounds_account *accounts, int n, int64_t id)
{
    const rounds_account key = {.id = id};
    return n > 0 ? bsearch(&key, accounts, (size_t)n, sizeof key, by_id) : NULL;
}

/* Time has passed: it was due as planned, and those that run have had it. */
static void pass_time(rounds *r, const poise_view *v)
{
    const double elapsed_s = v->now_s - r->now_s;
    for (int i = 0; i < r->n_accounts; i++) {
        rounds_account *a = &r->account[i];
        for (int w = 0; a->row >= 0 && w < r->n_ways; w++)
            a->due[w] += elapsed_s * r->plan.part[a->row * r->n_ways + w];
    }
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++) {
        const poise_task *t = &v->task[i];
        rounds_account *a = account_of(r->account, r->n_accounts, t->id);
        if (a && t->group >= 0)
            a->had[way_of(r, t->group, t->profile)] += elapsed_s;
    }
    r->now_s = v->now_s;
}

/* Accounts of the tasks in view; of those that are new, empty. */
static void renew_accounts(rounds *r, const poise_view *v)
{
    rounds_account *old = r->account;
    const int n = v->n_tasks + v->n_running, n_old = r->n_accounts;
    r->account = r->before;
    r->before = old;
    for (int i = 0; i < n; i++)
        r->account[i].id = v->task[i].id;
    qsort(r->account, (size_t)n, sizeof *r->account, by_id);
    for (int i = 0; i < n; i++) {
        const rounds_account *was = account_of(old, n_old, r->account[i].id);
        const size_t size = 2 * (size_t)r->n_ways * sizeof *r->account[i].had;
        if (was)
            memcpy(r->account[i].had, was->had, size);
        else
            memset(r->account[i].had, 0, size);
    }
    r->n_accounts = n;
}

/* ---- plans --------------------------------------------------------------------------------- */

static uint64_t sum_resources(const poise_space *s, const poise_task *t)
{
    uint64_t sum = 0;
    for (int k = 0; t->resource && k < s->n_resources; k++)
        sum = (sum ^ (uint64_t)t->resource[k]) * 1099511628211ULL;
    return sum;
}

static rounds_row row_of(const rounds *r, const poise_space *s, const poise_task *t)
{
    return (rounds_row){
        .id = r->alone ? t->id : -1,
        .oldest = t->id,
        .memory_bytes = t->memory_bytes < 1e18 ? (int64_t)t->memory_bytes : INT64_MAX,
        .resources = sum_resources(s, t),
        .weight = t->weight,
        .class_id = t->class_id,
        .cores = t->cores,
        .group = s->shares ? t->group : -1,
        .alike = 1,
    };
}

/* All but how many there are, and how old. */
static int by_kind_of_task(const void *x, const void *y)
{
    const rounds_row *a = x, *b = y;
    const int64_t left[] = {a->id, a->class_id, a->group, a->cores, a->memory_bytes};
    const int64_t right[] = {b->id, b->class_id, b->group, b->cores, b->memory_bytes};
    for (int i = 0; i < 5; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    if (a->resources != b->resources)
        return a->resources < b->resources ? -1 : 1;
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static int by_age(const void *x, const void *y)
{
    const rounds_row *a = x, *b = y;
    return (a->oldest > b->oldest) - (a->oldest < b->oldest);
}

/* Makes one of n rows that are equal; how many are left. */
static int merge(rounds_row *row, int n)
{
    int n_rows = 0;
    qsort(row, (size_t)n, sizeof *row, by_kind_of_task);
    for (int i = 0; i < n; i++) {
        if (n_rows == 0 || by_kind_of_task(&row[n_rows - 1], &row[i]) != 0) {
            row[n_rows++] = row[i];
            continue;
        }
        rounds_row *same = &row[n_rows - 1];
        same->alike++;
        same->oldest = row[i].oldest < same->oldest ? row[i].oldest : same->oldest;
    }
    return n_rows;
}

/* The rows of the tasks in view, in an order of their own; how many. */
static int gather(rounds *r, const poise_view *v)
{
    const int n = v->n_tasks + v->n_running;
    for (int i = 0; i < n; i++)
        r->row[i] = row_of(r, v->space, &v->task[i]);
    int n_rows = merge(r->row, n);
    if (n_rows > r->most_rows) {
        qsort(r->row, (size_t)n_rows, sizeof *r->row, by_age);
        n_rows = r->most_rows;
        qsort(r->row, (size_t)n_rows, sizeof *r->row, by_kind_of_task);
    }
    for (int i = 0; i < n_rows; i++)
        r->row[i].oldest = 0;
    return n_rows;
}

/* Tasks that are not shown any more: a row for those in service or in queues on each kind, which
 * stay there. They come behind the others; how many rows there are then. */
static int add_unseen(rounds *r, const poise_view *v, int n_rows)
{
    if (r->alone || v->space->shares || v->space->max_running > 0)
        return n_rows;
    for (int k = 0; k < r->plan.n_kinds; k++) {
        rounds_row unseen = {.id = UNSEEN, .class_id = -1, .group = k, .weight = 1};
        for (int g = 0; g < v->n_groups; g++)
            unseen.alike += r->kind[g] == k ? v->group[g].running + v->group[g].queued : 0;
        if (unseen.alike > 0)
            r->row[n_rows++] = unseen;
    }
    return n_rows;
}

/* What there is of each kind: devices that work, or the capacity that they have to divide. */
static void count_devices(rounds *r, const poise_view *v)
{
    memset(r->count, 0, 2 * (size_t)r->plan.n_kinds * sizeof *r->count);  // busy_s, too
    for (int g = 0; g < v->n_groups; g++) {
        const poise_group *it = &v->group[g];
        const int whole = it->up + it->asleep + it->booting;
        const double capacity = v->space->capacity[g];
        r->count[r->kind[g]] += whole * (capacity > 0 ? capacity : 1);
        if (v->space->max_running == 0 && it->backlog_s < 1e300)
            r->busy_s[r->kind[g]] += whole * it->backlog_s;
    }
}

/* The part of a device of the group that the task takes, where tasks run side by side. */
static double part_of_device(const poise_view *v, const poise_task *t, int group)
{
    const poise_group *g = &v->group[group];
    double part = (double)t->cores / g->cores;
    if (g->memory_bytes < 1e300)
        part = fmax(part, t->memory_bytes / g->memory_bytes);
    for (int k = 0; t->resource && k < v->space->n_resources; k++) {
        const int64_t has = v->space->resource[group * v->space->n_resources + k];
        part = has > 0 ? fmax(part, (double)t->resource[k] / (double)has) : part;
    }
    return fmin(fmax(part, 1e-6), 1);
}

/* How the task runs on a group: of groups of one kind the last one says it. */
static void fill_ways(rounds *r, const poise_view *v, const poise_task *t, int row, int group)
{
    const poise_space *s = v->space;
    const bool divides = s->capacity[group] > 0;
    const double cap = divides ? s->cap[t->class_id * s->n_groups + group] : 1;
    for (int p = 0; p < s->n_profiles; p++) {
        const poise_profile *how = poise_profile_of(s, t->class_id, group, p);
        const int i = row * r->n_ways + way_of(r, group, p);
        r->speed[i] = how->speed * cap;
        r->need[i] = divides                     ? cap
                     : v->group[group].cores > 1 ? how->devices * part_of_device(v, t, group)
                                                 : how->devices;
    }
}

static void fill_row(rounds *r, const poise_view *v, const poise_task *t, int row, int alike)
{
    const int stays = r->planned[row].group;
    memset(r->speed + row * r->n_ways, 0, (size_t)r->n_ways * sizeof *r->speed);
    for (int g = 0; g < v->n_groups; g++)
        if (stays < 0 || stays == g)
            fill_ways(r, v, t, row, g);
    r->weight[row] = fmin(fmax(t->weight, 1e-6), 1e6);
    r->alike[row] = alike;
    r->work[row] = fmax(t->size, 1e-12);
}

/* Of tasks that are not shown only the part of their kind is known that they take. */
static void fill_unseen(rounds *r, const poise_view *v, int row)
{
    const rounds_row *it = &r->planned[row];
    const int way = row * r->n_ways + it->group * r->plan.n_profiles;
    double taken = 0, running = 0;
    for (int g = 0; g < v->n_groups; g++)
        if (r->kind[g] == it->group) {
            const poise_group *at = &v->group[g];
            const double cores = (double)at->up * at->cores;
            taken += cores > 0 ? at->up * (1 - at->cores_free / cores) : 0;
            running += at->running;
        }
    memset(r->speed + row * r->n_ways, 0, (size_t)r->n_ways * sizeof *r->speed);
    r->speed[way] = 1;
    r->need[way] = running > 0 && taken > 0 ? taken / running : 1;
    r->weight[row] = 1;
    r->alike[row] = it->alike;
}

static int planned_row(const rounds *r, const poise_space *s, const poise_task *t)
{
    const rounds_row key = row_of(r, s, t);
    const rounds_row *at =
        bsearch(&key, r->planned, (size_t)r->n_planned, sizeof key, by_kind_of_task);
    return at ? (int)(at - r->planned) : -1;
}

static bool is_due(const rounds *r, int n_rows)
{
    return n_rows != r->plan.n_rows ||
           memcmp(r->row, r->planned, (size_t)n_rows * sizeof *r->row) != 0 ||
           memcmp(r->count, r->planned_count, (size_t)r->plan.n_kinds * sizeof *r->count) != 0;
}

/* Plans anew if what there is, or who asks for it, has changed. */
static void plan(rounds *r, const poise_view *v, rounds_rule *rule, void *state)
{
    const int n_seen = gather(r, v), n_rows = add_unseen(r, v, n_seen);
    count_devices(r, v);
    if (!is_due(r, n_rows))
        return;
    memcpy(r->planned, r->row, (size_t)n_rows * sizeof *r->row);
    memcpy(r->planned_count, r->count, (size_t)r->plan.n_kinds * sizeof *r->count);
    r->n_planned = n_seen;
    r->plan.n_rows = n_rows;
    for (int row = n_seen; row < n_rows; row++)
        fill_unseen(r, v, row);
    for (int i = 0; i < v->n_tasks + v->n_running; i++) {
        const int row = planned_row(r, v->space, &v->task[i]);
        if (row >= 0)
            fill_row(r, v, &v->task[i], row, r->planned[row].alike);
    }
    rule(state, &r->plan);
}

/* ---- attention ----------------------------------------------------------------------------- */

static const double NOT_PLANNED = -1;    // tasks beyond the plan: the oldest first
static const double NOT_THERE = -1e301;  // less than to do nothing

/* Where capacity is divided the plan is the parts, else how far behind its plan the task is. */
static double worth(rounds *r, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const poise_task *t = &v->task[c->task];
    const rounds_account *a = account_of(r->account, r->n_accounts, t->id);
    const int w = way_of(r, c->group, c->profile);
    const double part = a->row >= 0 ? r->plan.part[a->row * r->n_ways + w] : 0;
    if (v->space->shares)
        return v->space->weighs ? fmax(part, 1e-9) : det_log(fmax(part, 1e-9));
    if (a->row < 0)
        return NOT_PLANNED - (double)t->id;
    if (part > 0)
        return (a->due[w] + part * r->grain_s) / (a->had[w] + r->grain_s);
    return NOT_THERE - 1e290 * fmin(rule_finish_s(v, candidate), 1e10);
}

/* Of groups where the task is worth the same, it goes to that where it will be done first. */
static void prefer_soonest(const poise_view *v, double *attention)
{
    int best = poise_argmax(attention, v->n_candidates);
    for (int c = best + 1; c < v->n_candidates && rule_same_task(v, c, best); c++)
        if (attention[c] == attention[best] && v->candidate[c].act == v->candidate[best].act &&
            rule_finish_s(v, c) < rule_finish_s(v, best))
            best = c;
    attention[best] = nextafter(attention[best], INFINITY);
}

void rounds_attend(rounds *r, const poise_view *v, rounds_rule *rule, void *state,
                   double *attention)
{
    if (v->now_s > r->now_s)
        pass_time(r, v);
    renew_accounts(r, v);
    plan(r, v, rule, state);
    for (int i = 0; i < v->n_tasks + v->n_running; i++)
        account_of(r->account, r->n_accounts, v->task[i].id)->row =
            planned_row(r, v->space, &v->task[i]);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] =
            poise_gives_device(&v->candidate[c]) ? worth(r, v, c) : rule_rest(&v->candidate[c]);
    if (!v->space->shares && v->n_candidates > 0)
        prefer_soonest(v, attention);
}
