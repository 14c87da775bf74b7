/* closed.c - a number of users, each of whom thinks, sends a job, and waits until it has left. What
 * a user thinks and sends depends on the user and the number of the job only, not on how long the
 * jobs before took, so that all policies meet the same users. */
#include <assert.h>
#include <string.h>

#include "scenario_load.h"
#include "source_draw.h"

/* ready_ns of a user whose job is on its way or in the system. */
#define WAITING (-1)

/* Behind it in the state stand the arrays of users. */
typedef struct closed {
    uint64_t seed;
    uint32_t n_jobs;  // delivered so far
    int n_thinking;   // users in the heap
} closed;

/* Where the arrays are: states are moved as bytes. */
typedef struct users {
    int64_t *ready_ns;  // (users) of those who think: when they send their next job
    uint32_t *n_sent;   // (users) jobs sent so far
    int *heap;          // (n_thinking) by ready_ns, then by number
} users;

static users users_of(const scenario_source *src, closed *c)
{
    int64_t *ready_ns = (void *)(c + 1);
    uint32_t *n_sent = (void *)(ready_ns + src->users);
    return (users){.ready_ns = ready_ns, .n_sent = n_sent, .heap = (void *)(n_sent + src->users)};
}

static size_t state_bytes(const scenario_source *src)
{
    size_t each = sizeof(int64_t) + sizeof(uint32_t) + sizeof(int);
    return sizeof(closed) + (size_t)src->users * each;
}

/* ---- who is next -------------------------------------------------------------------------- */

static bool before(const users *w, int a, int b)
{
    return w->ready_ns[a] < w->ready_ns[b] || (a < b && w->ready_ns[a] == w->ready_ns[b]);
}

static void push(const users *w, closed *c, int user)
{
    int at = c->n_thinking++;
    for (; at > 0 && before(w, user, w->heap[(at - 1) / 2]); at = (at - 1) / 2)
        w->heap[at] = w->heap[(at - 1) / 2];
    w->heap[at] = user;
}

static int pop(const users *w, closed *c)
{
    int first = w->heap[0], last = w->heap[--c->n_thinking], at = 0;
    for (int below = 1; below < c->n_thinking; below = 2 * at + 1) {
        if (below + 1 < c->n_thinking && before(w, w->heap[below + 1], w->heap[below]))
            below++;
        if (!before(w, w->heap[below], last))
            break;
        w->heap[at] = w->heap[below];
        at = below;
    }
    w->heap[at] = last;
    return first;
}

/* ---- thinking and sending ----------------------------------------------------------------- */

/* Number of the user's next job among those of all users. */
static uint32_t number(const scenario_source *src, const users *w, int user)
{
    return (uint32_t)user + w->n_sent[user] * (uint32_t)src->users;
}

/* From now on the user thinks. */
static void think(const poise_scenario *s, const scenario_source *src, closed *c, int64_t now_ns,
                  int user)
{
    users w = users_of(src, c);
    poise_rng r =
        poise_rng_at(c->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), number(src, &w, user));
    double u = poise_rng_uniform(&r);
    poise_rng_uniform(&r);  // the size of the job
    double think_ns = 1e9 * dist_draw(&src->think, u, &r);
    w.ready_ns[user] = WAITING;
    if (!(think_ns < (double)(HORIZON_MAX_NS - now_ns)))
        return;  // not within any time that can be simulated
    w.ready_ns[user] = now_ns + (think_ns < 1 ? 1 : (int64_t)(think_ns + 0.5));
    push(&w, c, user);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    closed *c = state;
    memset(c, 0, state_bytes(src));
    c->seed = seed;
    for (int user = 0; user < src->users; user++)
        think(s, src, c, src->start_ns, user);
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    closed *c = state;
    if (c->n_thinking == 0 || (src->max_jobs > 0 && c->n_jobs >= (uint32_t)src->max_jobs))
        return false;
    users w = users_of(src, c);
    int user = pop(&w, c);
    uint32_t job = number(src, &w, user);
    poise_rng r = poise_rng_at(c->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), job);
    poise_rng_uniform(&r);  // the time to think
    out->time_ns = w.ready_ns[user];
    source_draw_job(s, src, c->seed, job, poise_rng_uniform(&r), false, out);
    out->user = user;
    w.ready_ns[user] = WAITING;
    w.n_sent[user]++;
    c->n_jobs++;
    return true;
}

static void put_back(const poise_scenario *s, const scenario_source *src, void *state,
                     const arrival *a)
{
    (void)s;
    closed *c = state;
    users w = users_of(src, c);
    w.ready_ns[a->user] = a->time_ns;
    w.n_sent[a->user]--;
    c->n_jobs--;
    push(&w, c, a->user);
}

static void left(const poise_scenario *s, const scenario_source *src, void *state, int64_t now_ns,
                 int user)
{
    assert(users_of(src, state).ready_ns[user] == WAITING);
    think(s, src, state, now_ns, user);
}

static const poise_option options[] = {
    {"users", POISE_INT, offsetof(scenario_source, users), POISE_REQUIRED, 1, 1e6, "",
     "how many there are; each has at most one job in the system", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which they think of their first jobs", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs they send in all, 0 without limit", NULL},
    {0},
};

static const dist_option dists[] = {
    {"think", offsetof(scenario_source, written_think), offsetof(scenario_source, think), "s",
     "time from the end of a user's job to the next one"},
    {0},
};

const source_type source_closed = {
    .name = "closed",
    .about = "users who each wait for their job to leave, think, and send the next one",
    .options = options,
    .dists = dists,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .put_back = put_back,
    .left = left,
};
