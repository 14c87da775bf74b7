/* plan.c - reservations. The skyline of a group is a list of times, ascending, and what is free
 * from each on: places (cores, or devices), memory, named resources. It is built from the tasks
 * that run, each held to end when its visible size says (one that has outlived that, now), when the
 * first booking of an instant needs it.
 *
 * EASY: D. Lifka, JSSPP 1995; conservative: A. Mu'alem and D. Feitelson, IEEE TPDS 12(6), 2001. */
#include "plan.h"

#include "numbers.h"

#include <assert.h>
#include <string.h>

/* ---- the skyline ------------------------------------------------------------------------- */

static int dims(const poise_env *e)
{
    return PLAN_NAMED + e->s->n_resources;
}

static int64_t *times(const poise_env *e, int group)
{
    return e->plan_at + (size_t)group * (size_t)e->plan_capacity;
}

static int64_t *free_at(const poise_env *e, int group, int k)
{
    return e->plan_free + ((size_t)group * (size_t)e->plan_capacity + (size_t)k) * (size_t)dims(e);
}

/* What the task takes of the group under the profile. */
static void need_of(const poise_env *e, int slot, int group, int profile, int64_t *need)
{
    const task *t = &e->task[slot];
    const scenario_mode *m = run_mode(e, t, group, profile);
    const demand want = run_demand(e, t, m);
    bool one_device = e->s->group[group].count == 1;
    need[0] = (int64_t)m->devices * (e->group[group].demand_matters ? want.cores : 1);
    need[1] = one_device && e->s->group[group].memory_bytes != INT64_MAX ? want.memory_bytes : 0;
    const int64_t *named = room_resources(e, slot);
    for (int k = 0; k < e->s->n_resources; k++)
        need[PLAN_NAMED + k] = named && one_device ? named[k] : 0;
}

/* What is free now. */
static void free_now(const poise_env *e, int group, int64_t *free)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    memset(free, 0, (size_t)dims(e) * sizeof *free);
    for (int d = gs->first; d < gs->first + sg->count; d++) {
        if (!machine_takes(&e->machine[d]))
            continue;
        free[0] += e->device[d].cores_free;
        free[1] += sg->memory_bytes == INT64_MAX ? 0 : e->device[d].memory_free_bytes;
        for (int k = 0; k < e->s->n_resources; k++)
            free[PLAN_NAMED + k] += e->resource_free[d * e->s->n_resources + k];
    }
}

/* Nanoseconds that the task is expected to take. */
static int64_t expected_ns(const poise_env *e, int slot, int group, int profile)
{
    return within_years(service_ns(run_service_s(e, slot, group, profile)));
}

/* When a running task is expected to end, not before now. While it runs at the speed that all may
 * know, that is reckoned from its start, so that it does not drift by rounding. */
static int64_t expected_end_ns(const poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const run *r = &e->run[slot];
    if (r->rate != run_mode(e, t, t->group, t->profile)->speed)
        return e->t.now_ns + expected_ns(e, slot, t->group, t->profile);
    double pace = e->pace[scenario_cell(e->s, t->class_id, t->group, t->profile)];
    double left = t->visible > r->done ? t->visible - r->done : 0;
    int64_t end_ns = r->since_ns + within_years(service_ns(left * pace));
    return end_ns > e->t.now_ns ? end_ns : e->t.now_ns;
}

/* The first place at or behind which time lies. */
static int place_of(const poise_env *e, int group, int64_t time)
{
    const int64_t *at = times(e, group);
    int low = 0, high = e->plan_n[group];
    while (low < high) {
        int middle = (low + high) / 2;
        if (at[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A place of its own for a time that is not before now. */
static int split(poise_env *e, int group, int64_t time)
{
    int k = place_of(e, group, time), n = e->plan_n[group];
    int64_t *at = times(e, group);
    if (k < n && at[k] == time)
        return k;
    memmove(at + k + 1, at + k, (size_t)(n - k) * sizeof *at);
    memmove(free_at(e, group, k + 1), free_at(e, group, k),
            (size_t)(n - k) * (size_t)dims(e) * sizeof(int64_t));
    memmove(numbers_planned(e, group, k + 1), numbers_planned(e, group, k),
            (size_t)(n - k) * (size_t)e->set_words * sizeof(uint64_t));
    at[k] = time;
    memcpy(free_at(e, group, k), free_at(e, group, k - 1), (size_t)dims(e) * sizeof(int64_t));
    numbers_copy(e, numbers_planned(e, group, k), numbers_planned(e, group, k - 1));
    e->plan_n[group]++;
    return k;
}

void plan_take(poise_env *e, int group, const int64_t *need, int64_t from_ns, int64_t to_ns)
{
    if (from_ns >= to_ns)
        return;
    int from = split(e, group, from_ns), to = split(e, group, to_ns);
    for (int k = from; k < to; k++)
        for (int r = 0; r < dims(e); r++)
            free_at(e, group, k)[r] -= need[r];
}

/* Takes these processors from the plan over [from, to), which are times of it. */
static void take_numbers(poise_env *e, int group, const uint64_t *set, int64_t from_ns,
                         int64_t to_ns)
{
    if (e->set_words == 0)
        return;
    for (int k = place_of(e, group, from_ns); times(e, group)[k] < to_ns; k++)
        numbers_subtract(e, numbers_planned(e, group, k), set);
}

/* Ends of running tasks in the order of time, then slot: a heap sort in place. */
static bool ends_later(const plan_end *a, const plan_end *b)
{
    return a->end_ns != b->end_ns ? a->end_ns > b->end_ns : a->slot > b->slot;
}

static void sift(plan_end *end, int n, int k)
{
    for (int child; (child = 2 * k + 1) < n; k = child) {
        if (child + 1 < n && ends_later(&end[child + 1], &end[child]))
            child++;
        if (!ends_later(&end[child], &end[k]))
            return;
        plan_end other = end[k];
        end[k] = end[child];
        end[child] = other;
    }
}

static void sort_ends(plan_end *end, int n)
{
    for (int k = n / 2 - 1; k >= 0; k--)
        sift(end, n, k);
    for (int last = n - 1; last > 0; last--) {
        plan_end most = end[0];
        end[0] = end[last];
        end[last] = most;
        sift(end, last, 0);
    }
}

/* The tasks that run in the group, by when they are expected to end. */
static int list_ends(poise_env *e, int group)
{
    const group_state *gs = &e->group[group];
    int n = 0;
    for (int d = gs->first; d < gs->first + e->s->group[group].count; d++)
        for (int p = e->machine[d].on_first; p >= 0; p = e->place[p].next_on) {
            int slot = e->place[p].task;
            if (p == e->first_place + slot)
                e->plan_end[n++] = (plan_end){expected_end_ns(e, slot), slot};
        }
    sort_ends(e->plan_end, n);
    return n;
}

void plan_build(poise_env *e, int group)
{
    int64_t need[PLAN_DIMS] = {0}, *at = times(e, group);
    int n = list_ends(e, group), last = 0;
    at[0] = e->t.now_ns;
    free_now(e, group, free_at(e, group, 0));
    numbers_copy(e, numbers_planned(e, group, 0), numbers_free(e, group));
    for (int k = 0; k < n; k++) {
        const plan_end *end = &e->plan_end[k];
        if (end->end_ns > at[last]) {
            memcpy(free_at(e, group, last + 1), free_at(e, group, last),
                   (size_t)dims(e) * sizeof(int64_t));
            numbers_copy(e, numbers_planned(e, group, last + 1), numbers_planned(e, group, last));
            at[++last] = end->end_ns;
        }
        need_of(e, end->slot, group, e->task[end->slot].profile, need);
        for (int r = 0; r < dims(e); r++)
            free_at(e, group, last)[r] += need[r];
        numbers_add(e, numbers_planned(e, group, last), numbers_held(e, end->slot));
    }
    e->plan_n[group] = last + 1;
}

static bool is_free(const poise_env *e, int group, int k, const int64_t *need)
{
    const int64_t *free = free_at(e, group, k);
    for (int r = 0; r < dims(e); r++)
        if (need[r] > free[r])
            return false;
    return true;
}

/* The processors that are free from breakpoint `start` on for ns: found_set. */
static uint64_t *free_throughout(const poise_env *e, int group, int start, int64_t ns)
{
    const int64_t *at = times(e, group);
    numbers_copy(e, e->found_set, numbers_planned(e, group, start));
    for (int k = start + 1; k < e->plan_n[group] && at[k] < at[start] + ns; k++)
        numbers_intersect(e, e->found_set, numbers_planned(e, group, k));
    return e->found_set;
}

/* Whether enough processors, the same all the time, are free from breakpoint `start` on. */
static bool has_numbers(const poise_env *e, int group, int start, const int64_t *need, int64_t ns)
{
    return e->set_words == 0 || numbers_count(e, free_throughout(e, group, start, ns)) >= need[0];
}

/* The first breakpoint, not before `start`, from which on enough is free; that behind the last if
 * there is none. */
static int enough_from(const poise_env *e, int group, int start, const int64_t *need, int64_t ns)
{
    const int64_t *at = times(e, group);
    const int n = e->plan_n[group];
    for (int k = start; k < n && (k == start || at[k] < at[start] + ns); k++)
        if (!is_free(e, group, k, need))
            start = k + 1;
    return start;
}

int64_t plan_earliest(const poise_env *e, int group, const int64_t *need, int64_t ns,
                      int64_t until_ns)
{
    const int n = e->plan_n[group];
    int start = enough_from(e, group, 0, need, ns);
    while (start < n && !has_numbers(e, group, start, need, ns))
        start = enough_from(e, group, start + 1, need, ns);
    if (start == n)
        return INT64_MAX;
    int64_t at = times(e, group)[start];
    return at <= until_ns - ns ? at : INT64_MAX;
}

/* ---- what may be chosen ------------------------------------------------------------------ */

/* Tasks that are booked to start later keep what they are booked for. */
static void take_booked(poise_env *e)
{
    int64_t need[PLAN_DIMS] = {0};
    for (int slot = 0; slot < e->capacity; slot++) {
        const task *t = &e->task[slot];
        if (e->run[slot].state != TASK_BOOKED)
            continue;
        need_of(e, slot, t->group, t->profile, need);
        plan_take(e, t->group, need, e->run[slot].began_ns,
                  e->run[slot].began_ns + expected_ns(e, slot, t->group, t->profile));
    }
}

/* A plan for this instant, unless there is one. */
static void make_plan(poise_env *e)
{
    if (e->t.plan_pass == e->t.pass)
        return;
    e->t.plan_pass = e->t.pass;
    for (int g = 0; g < e->s->n_groups; g++)
        plan_build(e, g);
    if (e->s->decision.lookahead_ns > 0)
        take_booked(e);
}

/* The processors that are free now and stay so in the plan for ns: found_set. */
static uint64_t *free_from_now(const poise_env *e, int group, int64_t ns)
{
    uint64_t *set = free_throughout(e, group, 0, ns);
    numbers_intersect(e, set, numbers_free(e, group));
    return set;
}

static bool fits_plan(poise_env *e, int slot, int group, int profile)
{
    int64_t need[PLAN_DIMS] = {0}, ns = expected_ns(e, slot, group, profile);
    make_plan(e);
    need_of(e, slot, group, profile, need);
    if (plan_earliest(e, group, need, ns, INT64_MAX) != e->t.now_ns)
        return false;
    return e->set_words == 0 || numbers_count(e, free_from_now(e, group, ns)) >= need[0];
}

const uint64_t *plan_allows(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    if (e->t.n_booked == 0)
        return NULL;
    assert(e->t.plan_pass == e->t.pass);
    return free_from_now(e, t->group, expected_ns(e, slot, t->group, t->profile));
}

/* Whether it will ever fit there: a task may need more than other tasks of its class. */
static bool could_ever(const poise_env *e, int slot, int group, int profile)
{
    const task *t = &e->task[slot];
    const scenario_class *c = &e->s->classes[t->class_id];
    const demand own = {.cores = t->cores, .memory_bytes = t->memory_bytes};
    const int64_t *named = room_resources(e, slot);
    if (own.cores <= c->cores && own.memory_bytes <= c->memory_bytes && named == c->resources &&
        e->s->group[group].params.parts <= 1)
        return true;
    return scenario_could_run(e->s, t->class_id, group, scenario_profile_of(c, profile), own,
                              named);
}

static int offer_booking(const poise_env *e, int slot, int group, int profile)
{
    return could_ever(e, slot, group, profile) ? POISE_BOOK : -1;
}

/* A task that should fit now but does not (another has outlived its estimate, or what is free lies
 * on several devices) is not booked: it would come back at once. */
static int offer_ahead(poise_env *e, int slot, int group, int profile, bool fits)
{
    int64_t need[PLAN_DIMS], most = HORIZON_MAX_NS - e->t.now_ns;
    int64_t ahead = e->s->decision.lookahead_ns < most ? e->s->decision.lookahead_ns : most;
    make_plan(e);
    need_of(e, slot, group, profile, need);
    int64_t start =
        plan_earliest(e, group, need, expected_ns(e, slot, group, profile), e->t.now_ns + ahead);
    if (start == e->t.now_ns)
        return fits ? POISE_START : -1;
    return start != INT64_MAX ? offer_booking(e, slot, group, profile) : -1;
}

int plan_offer(poise_env *e, int slot, int group, int profile)
{
    const scenario_decision *d = &e->s->decision;
    if (e->run[slot].pass == e->t.pass)
        return -1;  // it has been booked at this instant
    bool fits = room_for(e, slot, group, profile, false) == FITS_NOW;
    if (d->lookahead_ns > 0)
        return offer_ahead(e, slot, group, profile, fits);
    if (e->t.n_booked == 0)
        return fits ? POISE_START : offer_booking(e, slot, group, profile);
    if (d->commit == COMMIT_HOLD) {
        int64_t end_ns = e->t.now_ns + expected_ns(e, slot, group, profile);
        return fits && end_ns < e->t.shadow_ns ? POISE_START : -1;
    }
    if (fits && fits_plan(e, slot, group, profile))
        return POISE_START;
    return d->backfill == BACKFILL_CONSERVATIVE ? offer_booking(e, slot, group, profile) : -1;
}

bool plan_is_closed(const poise_env *e)
{
    const scenario_decision *d = &e->s->decision;
    return d->lookahead_ns == 0 && e->t.n_booked > 0 && d->backfill == BACKFILL_NONE;
}

bool plan_lists_one(const poise_env *e)
{
    return e->s->decision.commit == COMMIT_HOLD && e->t.n_booked > 0;
}

/* The task, which has left the window, starts then, unless it is to be killed before. */
static void book_ahead(poise_env *e, int slot, int64_t start)
{
    run *r = &e->run[slot];
    bool dies = e->s->classes[e->task[slot].class_id].killed_when_late && r->deadline_ns <= start;
    r->state = TASK_BOOKED;
    r->began_ns = start;
    if (!dies)
        calendar_set(&e->calendar, task_entity(e, slot), EVENT_START, start);
}

/* The booking takes what it needs; of processors that have numbers the lowest that stay free. */
static void hold(poise_env *e, int group, const int64_t *need, int64_t start, int64_t ns)
{
    plan_take(e, group, need, start, start + ns);
    if (e->set_words == 0)
        return;
    uint64_t *set = free_throughout(e, group, place_of(e, group, start), ns);
    numbers_lowest(e, set, need[0]);
    take_numbers(e, group, set, start, start + ns);
}

bool plan_book(poise_env *e, int slot, int group, int profile)
{
    const scenario_decision *d = &e->s->decision;
    int64_t need[PLAN_DIMS], start = INT64_MAX;
    e->task[slot].group = (int16_t)group;
    e->task[slot].profile = (int16_t)profile;
    e->run[slot].pass = e->t.pass;
    if (d->lookahead_ns > 0 || d->backfill != BACKFILL_NONE) {
        int64_t ns = expected_ns(e, slot, group, profile);
        make_plan(e);
        need_of(e, slot, group, profile, need);
        start = plan_earliest(e, group, need, ns, HORIZON_MAX_NS);
        if (start != INT64_MAX)
            hold(e, group, need, start, ns);
    }
    if (d->lookahead_ns > 0) {
        book_ahead(e, slot, start);
        return false;
    }
    e->t.n_booked++;
    e->t.committed = slot;
    e->t.shadow_ns = start;
    return true;
}

void plan_note_start(poise_env *e, int slot)
{
    int64_t need[PLAN_DIMS] = {0};
    const task *t = &e->task[slot];
    if (e->t.plan_pass != e->t.pass || e->run[slot].state != TASK_RUNNING)
        return;
    int64_t end_ns = e->t.now_ns + expected_ns(e, slot, t->group, t->profile);
    need_of(e, slot, t->group, t->profile, need);
    plan_take(e, t->group, need, e->t.now_ns, end_ns);
    take_numbers(e, t->group, numbers_held(e, slot), e->t.now_ns, end_ns);
}

void plan_see_backlog(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        const group_state *gs = &e->group[g];
        int64_t first = INT64_MAX;
        if (gs->takes)
            continue;
        for (int d = gs->first; d < gs->first + e->s->group[g].count; d++)
            for (int p = e->machine[d].on_first; p >= 0; p = e->place[p].next_on) {
                int64_t end = expected_end_ns(e, e->place[p].task);
                first = end < first ? end : first;
            }
        e->group_seen[g].backlog_s = first < INT64_MAX ? seconds(first - e->t.now_ns) : INFINITY;
    }
}

void plan_begin_pass(poise_env *e)
{
    e->t.pass++;
    if (e->s->decision.commit != COMMIT_HOLD) {
        e->t.n_booked = 0;
        return;
    }
    int slot = e->t.committed;
    if (e->t.n_booked == 0)
        return;
    int group = e->task[slot].group, profile = e->task[slot].profile;
    const run *r = &e->run[slot];
    if (r->state != TASK_WAITING || r->pass != e->t.pass - 1) {
        e->t.n_booked = 0;  // it has gone, and another may have its slot
    } else if (room_for(e, slot, group, profile, false) == FITS_NOW) {
        e->t.n_booked = 0;
        window_remove(e, slot);
        dispatch_task(e, slot, group, profile);
    } else {
        e->run[slot].pass = e->t.pass;
    }
}
