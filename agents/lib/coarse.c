/* coarse.c - see coarse.h. */
#include "lib/coarse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Levels of when a task would be done, from 1/16 of a typical service on; quarters of a group that
 * are free. */
enum { FINISH_LEVELS = 24, FREE_LEVELS = 4 };

/* ---- kinds of classes ---- */

typedef struct class_key {
    double size, fit;
    int class_id;
} class_key;

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_size(const void *a, const void *b)
{
    const class_key *x = a, *y = b;
    int d = order(x->size, y->size);
    return d ? d : x->class_id - y->class_id;
}

static int by_fit(const void *a, const void *b)
{
    const class_key *x = a, *y = b;
    int d = order(x->fit, y->fit);
    return d ? d : x->class_id - y->class_id;
}

static class_key describe_class(const poise_space *space, int class_id)
{
    const double *service_s = space->service_s + class_id * space->n_groups;
    double least = INFINITY, most = 0;
    for (int g = 0; g < space->n_groups; g++) {
        least = service_s[g] < least ? service_s[g] : least;
        /* A group that cannot run it at all makes it the choosiest of all. */
        most = service_s[g] > most ? service_s[g] : most;
    }
    return (class_key){.size = least, .fit = least > 0 ? most / least : 1, .class_id = class_id};
}

static bool sort_into_kinds(coarse *c)
{
    int n = c->space->n_classes;
    if (n <= c->n_kinds) {
        for (int i = 0; i < n; i++)
            c->kind[i] = i;
        c->n_kinds = n;
        return true;
    }
    class_key *keys = malloc((size_t)n * sizeof *keys);
    if (!keys)
        return false;
    for (int i = 0; i < n; i++)
        keys[i] = describe_class(c->space, i);
    qsort(keys, (size_t)n, sizeof *keys, by_size);
    for (int bin = 0; bin < c->size_bins; bin++) {
        int first = bin * n / c->size_bins, end = (bin + 1) * n / c->size_bins;
        qsort(keys + first, (size_t)(end - first), sizeof *keys, by_fit);
        for (int i = first; i < end; i++)
            c->kind[keys[i].class_id] =
                bin * c->fit_bins + (i - first) * c->fit_bins / (end - first);
    }
    free(keys);
    return true;
}

/* ---- memory ---- */

static bool is_small(const coarse *c)
{
    int devices = 0;
    for (int g = 0; g < c->space->n_groups; g++)
        devices += c->space->count[g];
    return c->space->n_classes <= c->small && c->space->n_groups <= c->small &&
           devices <= 4 * c->small;
}

/* Ways in which a task can run, as far as they are told apart. */
static int n_ways(const coarse *c)
{
    return c->is_joint ? c->space->n_groups * c->space->n_profiles : FINISH_LEVELS * FREE_LEVELS;
}

/* Ways in which it may run already, or 0; whether it runs. */
static int n_from(const coarse *c)
{
    if (c->space->max_running == 0)
        return 1;
    return c->is_joint ? 1 + n_ways(c) : 2;
}

/* What may be done without a task: nothing, or devices sleep and wake. */
static int n_others(const coarse *c)
{
    return 1 + 2 * (c->is_joint ? c->space->n_groups : 1);
}

static int count_actions(const coarse *c)
{
    if (c->space->shares)
        return c->n_kinds + 1;
    const int of_tasks = c->n_kinds * n_from(c) * (2 * n_ways(c) + 2);
    return (of_tasks + n_others(c)) * (c->space->competes ? c->bids : 1);
}

bool coarse_init(coarse *c, const poise_space *space)
{
    c->space = space;
    c->is_small = is_small(c);
    c->is_exact = c->is_small && space->n_classes == 1;
    c->is_joint = c->is_small || space->n_groups <= c->joint_groups;
    c->n_kinds = c->size_bins * c->fit_bins;
    c->n_kinds = c->n_kinds > c->small ? c->n_kinds : c->small;
    c->kind = calloc((size_t)space->n_classes, sizeof *c->kind);
    if (!c->kind || !sort_into_kinds(c))
        return false;
    c->n_actions = count_actions(c);
    c->waiting = calloc(2 * (size_t)c->n_kinds, sizeof *c->waiting);
    c->listed = calloc((size_t)c->n_actions, sizeof *c->listed);
    c->now = calloc((size_t)c->n_actions, sizeof *c->now);
    c->running = c->waiting + c->n_kinds;
    return c->waiting && c->listed && c->now;
}

void coarse_free(coarse *c)
{
    free(c->kind);
    free(c->waiting);
    free(c->listed);
    free(c->now);
}

/* ---- numbers ---- */

/* The finaliser of MurmurHash3: a bijection, so that it adds no collisions of its own. */
uint64_t coarse_scramble(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ULL;
    return h ^ h >> 33;
}

static uint64_t mix(uint64_t h, uint64_t what)
{
    return coarse_scramble(h * 4096 + what + 1);
}

/* n itself up to `exact`, a multiple of 4; 2^bits levels an octave beyond. */
static int finer(int n, int exact, int bits)
{
    if (n < exact)
        return n;
    int octave = 31 - __builtin_clz((unsigned)n), first = 31 - __builtin_clz((unsigned)exact);
    return exact + ((octave - first) << bits) + (n >> (octave - bits) & ((1 << bits) - 1));
}

int coarse_level(int n)
{
    int l = finer(n, 32, 4);
    return l < COARSE_LEVELS ? l : COARSE_LEVELS - 1;
}

/* A number as the state knows it: (nearly) itself, or its binary digits, at most levels - 1. */
static uint64_t known(const coarse *c, bool exact, int n, int levels)
{
    if (exact)
        return (uint64_t)finer(n, c->exact, 2);
    int digits = n > 0 ? 32 - __builtin_clz((unsigned)n) : 0;
    return (uint64_t)(digits < levels - 1 ? digits : levels - 1);
}

/* ---- states ---- */

/* Devices of a group that are free; where tasks run side by side, the free ones of its cores. */
static uint64_t group_level(const coarse *c, bool exact, const poise_group *g)
{
    const int free = g->cores > 1 ? g->cores_free : g->idle;
    const uint64_t off = exact ? 64 * (uint64_t)g->asleep + 128 * 64 * (uint64_t)g->booting
                               : 64 * (uint64_t)(g->asleep > 0) + 128 * (uint64_t)(g->booting > 0);
    if (exact)
        return mix(known(c, true, free, 0) + off, known(c, true, g->queued, 0));
    if (free > 0)
        return known(c, false, free, c->idle_levels);
    return off + (g->queued > 0 ? 32 + known(c, false, g->queued, c->backlog_levels) : 0);
}

/* The state of all groups, or how many have a free device. */
static uint64_t see_groups(const coarse *c, bool exact, const poise_view *v, uint64_t h)
{
    if (c->is_joint) {
        for (int g = 0; g < v->n_groups; g++)
            h = mix(h, group_level(c, exact, &v->group[g]));
        return h;
    }
    int free = 0;
    for (int g = 0; g < v->n_groups; g++)
        free += v->group[g].idle > 0;
    return mix(h, known(c, false, free, c->idle_levels));
}

/* What runs where, and how. */
static uint64_t see_ways(const coarse *c, const poise_view *v, uint64_t h)
{
    uint64_t sum = 0;
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++) {
        const poise_task *t = &v->task[i];
        const int way = t->group * c->space->n_profiles + t->profile;
        sum += coarse_scramble(
            (uint64_t)(c->kind[t->class_id] * c->space->n_groups * c->space->n_profiles + way + 1));
    }
    return coarse_scramble(h + sum);
}

/* What runs at all. */
static uint64_t see_running(const coarse *c, const poise_view *v, uint64_t h)
{
    memset(c->running, 0, (size_t)c->n_kinds * sizeof *c->running);
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++)
        c->running[c->kind[v->task[i].class_id]] = 1;
    for (int k = 0; k < c->n_kinds; k++)
        h = mix(h, (uint64_t)c->running[k]);
    return h;
}

static uint64_t see_actions(const coarse *c, uint64_t h)
{
    uint64_t sum = 0;
    for (int i = 0; i < c->n_now; i++)
        sum += coarse_scramble((uint64_t)c->now[i].number + 1);
    return coarse_scramble(h + sum);
}

static uint64_t state_of(const coarse *c, bool exact, const poise_view *v)
{
    uint64_t h = known(c, exact, v->n_beyond, c->queue_levels);
    if (!c->is_small)
        h = mix(h, known(c, false, v->n_system, c->system_levels));
    for (int k = 0; k < c->n_kinds; k++)
        h = mix(h, known(c, exact, c->waiting[k], c->queue_levels));
    if (c->space->max_running > 0)
        h = exact ? see_ways(c, v, h) : see_running(c, v, h);
    h = see_groups(c, exact, v, h);
    return exact ? see_actions(c, h) : h;
}

static void see_state(coarse *c, const poise_view *v)
{
    memset(c->waiting, 0, (size_t)c->n_kinds * sizeof *c->waiting);
    for (int t = 0; t < v->n_tasks; t++)
        c->waiting[c->kind[v->task[t].class_id]]++;
    c->state = state_of(c, c->is_small, v);
    c->seen = c->is_small == c->is_exact ? c->state : state_of(c, false, v);
}

/* ---- actions ---- */

/* When a task would be done, in typical services: two levels an octave. */
static int finish_level(const coarse *c, double finish_s)
{
    int octave;
    const double typical_s = c->space->typical_service_s;
    if (!(finish_s < INFINITY) || !(typical_s > 0))
        return FINISH_LEVELS - 1;
    const double part = frexp(finish_s / typical_s, &octave);  // in [1/2, 1)
    const int level = FINISH_LEVELS / 3 + 2 * octave + (part >= 0.70710678118654752);
    return level < 0 ? 0 : level < FINISH_LEVELS ? level : FINISH_LEVELS - 1;
}

static int free_level(const poise_group *g)
{
    const int free = g->cores > 1 ? g->cores_free : g->idle, all = g->cores * g->count;
    const int level = (free * FREE_LEVELS - 1) / (all > 0 ? all : 1);
    return free <= 0 ? 0 : level < FREE_LEVELS ? level : FREE_LEVELS - 1;
}

static int way_of(const coarse *c, const poise_view *v, const poise_candidate *it)
{
    if (c->is_joint)
        return it->group * c->space->n_profiles + it->profile;
    const poise_group *g = &v->group[it->group];
    const double wait_s = it->act == POISE_KEEP ? 0 : g->backlog_s;
    return finish_level(c, wait_s + it->service_s) * FREE_LEVELS + free_level(g);
}

/* What is done with a task of a kind: from where (0: it waits), to where. */
static int task_action(const coarse *c, const poise_view *v, const poise_candidate *it)
{
    const poise_task *t = &v->task[it->task];
    const int ways = n_ways(c);
    int from = 0, to = 2 * ways + (it->act == POISE_DEFER);
    if (t->group >= 0 && c->space->max_running > 0)
        from = 1 + (c->is_joint ? t->group * c->space->n_profiles + t->profile : 0);
    if (poise_gives_device(it))
        to = way_of(c, v, it) + (it->act == POISE_BOOK ? ways : 0);
    return (c->kind[t->class_id] * n_from(c) + from) * (2 * ways + 2) + to;
}

static int number_of(const coarse *c, const poise_view *v, const poise_candidate *it)
{
    if (c->space->shares)
        return c->kind[v->task[it->task].class_id];
    const int bids = c->space->competes ? c->bids : 1;
    const int rest = c->n_actions / bids - n_others(c);  // behind those of tasks
    int number = rest;
    if (it->task >= 0)
        number = task_action(c, v, it);
    else if (it->act == POISE_SLEEP || it->act == POISE_WAKE)
        number = rest + 1 + 2 * (c->is_joint ? it->group : 0) + (it->act == POISE_WAKE);
    return number * bids;
}

int coarse_action_of(const coarse *c, const poise_view *v, int candidate)
{
    return number_of(c, v, &v->candidate[candidate]);
}

static void add(coarse *c, int number, int candidate)
{
    c->listed[number] = c->n_lists;
    c->now[c->n_now++] = (coarse_action){.number = number, .candidate = candidate};
}

/* The youngest task is refused or put aside: it stands further down. */
static void replace(coarse *c, int number, int candidate)
{
    for (int i = 0; i < c->n_now; i++)
        if (c->now[i].number == number)
            c->now[i].candidate = candidate;
}

/* Whether it displaces the one task that runs there by one of its own kind: the same as to keep. */
static bool is_idle_swap(const coarse *c, const poise_view *v, const poise_candidate *it)
{
    if (v->n_running == 0 || it->act != POISE_START || v->group[it->group].count > 1 ||
        v->group[it->group].running != 1)
        return false;
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++)
        if (v->task[i].group == it->group)
            return v->task[i].profile == it->profile &&
                   c->kind[v->task[i].class_id] == c->kind[v->task[it->task].class_id];
    return false;
}

/* Idle swaps are left out, unless the view has nothing else. */
static void list_actions(coarse *c, const poise_view *v, bool swaps)
{
    const int bids = c->space->competes && !c->space->shares ? c->bids : 1;
    c->n_lists++;
    c->n_now = 0;
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *it = &v->candidate[i];
        if (!swaps && is_idle_swap(c, v, it))
            continue;
        const int number = number_of(c, v, it);
        const bool is_new = c->listed[number] != c->n_lists;
        for (int bid = 0; is_new && bid < (it->act == POISE_HOLD ? 1 : bids); bid++)
            add(c, number + bid, i);
        if (!is_new && (it->act == POISE_REJECT || it->act == POISE_DEFER))
            for (int bid = 0; bid < bids; bid++)
                replace(c, number + bid, i);
    }
    if (c->space->shares && c->n_now > 1)
        add(c, c->n_actions - 1, 0);  // all alike
}

void coarse_see(coarse *c, const poise_view *v)
{
    list_actions(c, v, false);
    if (c->n_now == 0)
        list_actions(c, v, true);
    see_state(c, v);
}

void coarse_bid(const coarse *c, const coarse_action *a, double top, double *attention, int n)
{
    for (int i = 0; i < n; i++)
        attention[i] -= top + 1;
    attention[a->candidate] = a->number % c->bids;
}
