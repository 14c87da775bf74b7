/* network.c - flows over pipes, in a list in order of turns. Rates are found for all flows at once,
 * when somebody asks for them after a change. */
#include "network.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The longest time that a flow may take, as scenarios have it. */
#define LONGEST_NS 9000000000000000000LL

/* Relative error of a time that follows from a rate; every change of the rate adds as much. */
#define ROUNDING 4.5e-16

/* Pipes whose shares differ by no more are full at once. */
#define SAME_SHARE (1 + 1e-12)

/* ---- memory ------------------------------------------------------------------------------ */

static void *take(char *base, size_t *used, size_t n, size_t size)
{
    size_t at = (*used + 15) & ~(size_t)15;
    *used = at + n * size;
    return base ? base + at : NULL;
}

size_t network_lay_out(network *n, void *block)
{
    size_t pipes = (size_t)n->n_pipes, used = 0;
    n->moved = take(block, &used, pipes, sizeof *n->moved);
    n->used = take(block, &used, pipes, sizeof *n->used);
    n->free_byte = take(block, &used, pipes, sizeof *n->free_byte);
    n->n_on = take(block, &used, pipes, sizeof *n->n_on);
    n->first_on = take(block, &used, pipes, sizeof *n->first_on);
    n->rising = take(block, &used, pipes, sizeof *n->rising);
    n->full = take(block, &used, pipes, sizeof *n->full);
    n->head = take(block, &used, pipes, sizeof *n->head);
    n->flow = take(block, &used, (size_t)n->capacity, sizeof *n->flow);
    return used;
}

/* Puts the flows from `from` on into the list of free ones. */
static void free_flows(network *n, int from)
{
    for (int k = n->capacity - 1; k >= from; k--) {
        n->flow[k].next = n->t.free_first;
        n->t.free_first = k;
    }
}

void network_reset(network *n)
{
    n->t = (network_tally){.first = -1, .last = -1, .free_first = -1, .next_ns = NETWORK_NEVER};
    free_flows(n, 0);
    for (int p = 0; p < n->n_pipes; p++)
        n->moved[p] = n->used[p] = 0;
}

void network_take_over(network *n, const network *from)
{
    size_t pipes = (size_t)n->n_pipes;
    memcpy(n->moved, from->moved, pipes * sizeof *n->moved);
    memcpy(n->used, from->used, pipes * sizeof *n->used);
    memcpy(n->flow, from->flow, (size_t)from->capacity * sizeof *n->flow);
    n->t = from->t;
    free_flows(n, from->capacity);
}

/* ---- begin and end ----------------------------------------------------------------------- */

static int64_t later(int64_t now, int64_t ns)
{
    return ns > LONGEST_NS - now ? NETWORK_BEYOND : now + ns;
}

static bool comes_before(const flow *a, const flow *b)
{
    return a->from_ns != b->from_ns ? a->from_ns < b->from_ns : a->number < b->number;
}

/* Puts the flow where it stands in the order of turns: near the end. */
static void link_flow(network *n, int k)
{
    flow *f = &n->flow[k];
    int before = n->t.last;
    while (before >= 0 && comes_before(f, &n->flow[before]))
        before = n->flow[before].prev;
    f->prev = before;
    f->next = before >= 0 ? n->flow[before].next : n->t.first;
    *(f->prev >= 0 ? &n->flow[f->prev].next : &n->t.first) = k;
    *(f->next >= 0 ? &n->flow[f->next].prev : &n->t.last) = k;
    n->t.n++;
}

static void unlink_flow(network *n, int k)
{
    flow *f = &n->flow[k];
    *(f->prev >= 0 ? &n->flow[f->prev].next : &n->t.first) = f->next;
    *(f->next >= 0 ? &n->flow[f->next].prev : &n->t.last) = f->prev;
    f->next = n->t.free_first;
    n->t.free_first = k;
    n->t.n--;
    n->t.stale = true;
    for (int i = 0; i < f->way.n_pipes; i++)
        n->used[f->way.pipe[i]] = 0;  // until rates are found anew
}

static int begin(network *n, const network_way *way, int64_t from_ns, double bytes, int64_t tag)
{
    int k = n->t.free_first;
    assert(k >= 0 && way->n_pipes > 0);
    n->t.free_first = n->flow[k].next;
    n->flow[k] = (flow){
        .tag = tag,
        .way = *way,
        .bytes = bytes,
        .left = bytes,
        .most = INFINITY,
        .from_ns = from_ns,
        .since_ns = from_ns,
        .end_ns = bytes > 0 ? NETWORK_NEVER : from_ns,
        .number = n->t.begun++,
    };
    for (int i = 0; i < way->n_pipes; i++)
        n->flow[k].most = fmin(n->flow[k].most, n->pipe[way->pipe[i]].byte_per_s);
    link_flow(n, k);
    return k;
}

int network_start(network *n, int64_t now, const network_way *way, double bytes, int64_t tag)
{
    int k = begin(n, way, later(now, way->latency_ns), bytes, tag);
    flow *f = &n->flow[k];
    f->moves = f->from_ns == now;
    n->t.stale |= f->moves;
    n->t.next_ns = f->from_ns < n->t.next_ns ? f->from_ns : n->t.next_ns;
    return k;
}

int network_hold(network *n, int64_t now, const network_way *way, double most, int64_t tag)
{
    int k = begin(n, way, now, INFINITY, tag);
    n->flow[k].moves = true;
    network_limit(n, k, most);
    return k;
}

void network_limit(network *n, int id, double most)
{
    flow *f = &n->flow[id];
    for (int i = 0; i < f->way.n_pipes; i++)
        most = fmin(most, n->pipe[f->way.pipe[i]].byte_per_s);
    f->most = most;
    n->t.stale = true;
}

/* What the flow has moved up to now. */
static double moved(const flow *f, int64_t now)
{
    double since_s = now > f->since_ns ? (double)(now - f->since_ns) * 1e-9 : 0;
    if (isinf(f->bytes))
        return f->gone + f->rate * since_s;
    return f->bytes - f->left + fmin(f->rate * since_s, f->left);
}

static void end(network *n, int k, double bytes)
{
    const flow *f = &n->flow[k];
    n->t.moved_bytes += bytes;
    for (int i = 0; i < f->way.n_pipes; i++)
        n->moved[f->way.pipe[i]] += bytes;
    unlink_flow(n, k);
}

void network_remove(network *n, int64_t now, int id)
{
    end(n, id, moved(&n->flow[id], now));
}

int network_find(const network *n, int64_t tag)
{
    int k = n->t.first;
    while (k >= 0 && n->flow[k].tag != tag)
        k = n->flow[k].next;
    return k;
}

/* ---- rates ------------------------------------------------------------------------------- */

static bool is_active(const flow *f, int64_t now)
{
    return f->moves && f->end_ns > now;
}

/* A flow that goes on takes no turns, but others wait for those before them. */
static bool is_waiting(const network *n, int k)
{
    const flow *f = &n->flow[k];
    for (int i = 0; i < f->way.n_pipes; i++)
        if (n->pipe[f->way.pipe[i]].sharing == LINK_FIFO && n->head[f->way.pipe[i]] != k)
            return !isinf(f->bytes);
    return false;
}

/* The least bandwidth of the pipes that the flow shares fairly, INFINITY without any. */
static double least_shared(const network *n, const flow *f)
{
    double least = INFINITY;
    for (int i = 0; i < f->way.n_pipes; i++)
        if (n->pipe[f->way.pipe[i]].sharing == LINK_FAIR)
            least = fmin(least, n->pipe[f->way.pipe[i]].byte_per_s);
    return least;
}

/* Pipes as they are without flows; those in use only. */
static void clear_pipes(network *n, int64_t now)
{
    for (int k = n->t.first; k >= 0; k = n->flow[k].next) {
        const flow *f = &n->flow[k];
        for (int i = 0; i < f->way.n_pipes && is_active(f, now); i++) {
            int p = f->way.pipe[i];
            n->free_byte[p] = n->pipe[p].byte_per_s;
            n->used[p] = 0;
            n->n_on[p] = 0;
            n->head[p] = n->first_on[p] = -1;
        }
    }
}

/* What is found out about rates as they rise. */
typedef struct filling {
    double level;      // bytes per second, of all that rise
    int n_rising;      // flows
    int n_pipes;       // on which they do
    int first_capped;  // of these flows
} filling;

static void begin_to_rise(network *n, filling *fill, int k)
{
    flow *f = &n->flow[k];
    f->rate = -1;
    fill->n_rising++;
    if (f->capped) {
        f->next_capped = fill->first_capped;
        fill->first_capped = k;
    }
    for (int i = 0; i < f->way.n_pipes; i++) {
        int p = f->way.pipe[i];
        if (n->pipe[p].sharing != LINK_FAIR)
            continue;
        if (n->n_on[p]++ == 0)
            n->rising[fill->n_pipes++] = p;
        f->next_on[i] = n->first_on[p];
        n->first_on[p] = k;
    }
}

/* Rates of flows that share nothing are known, others are to rise. */
static filling give_turns(network *n, int64_t now)
{
    filling fill = {.first_capped = -1};
    for (int k = n->t.first; k >= 0; k = n->flow[k].next) {
        flow *f = &n->flow[k];
        f->was = f->rate;
        if (!is_active(f, now))
            continue;
        for (int i = 0; i < f->way.n_pipes && !isinf(f->bytes); i++)
            if (n->head[f->way.pipe[i]] < 0)
                n->head[f->way.pipe[i]] = k;
        double shared = least_shared(n, f);
        f->capped = f->most < shared;
        if (is_waiting(n, k))
            f->rate = 0;
        else if (isinf(shared))
            f->rate = f->most;
        else
            begin_to_rise(n, &fill, k);
    }
    return fill;
}

/* The flow has all it can have. */
static void settle_rate(network *n, filling *fill, flow *f)
{
    if (f->rate >= 0)
        return;
    f->rate = fill->level;
    fill->n_rising--;
    for (int i = 0; i < f->way.n_pipes; i++) {
        n->free_byte[f->way.pipe[i]] -= fill->level;
        n->n_on[f->way.pipe[i]]--;
    }
}

static void settle_on(network *n, filling *fill, int pipe)
{
    for (int k = n->first_on[pipe], next; k >= 0; k = next) {
        flow *f = &n->flow[k];
        int i = 0;
        while (f->way.pipe[i] != pipe)
            i++;
        next = f->next_on[i];
        settle_rate(n, fill, f);
    }
}

/* Keeps the pipes on which flows still rise. */
static void keep_rising(network *n, filling *fill)
{
    int n_left = 0;
    for (int i = 0; i < fill->n_pipes; i++)
        if (n->n_on[n->rising[i]] > 0)
            n->rising[n_left++] = n->rising[i];
    fill->n_pipes = n_left;
}

/* All that rise do so up to the next level at which a pipe is full or a flow can use no more. Full
 * pipes are found first, and who settles has the same rate as the others: their order does not
 * matter. */
static void rise(network *n, filling *fill)
{
    double next = INFINITY;
    int n_full = 0;
    for (int i = 0; i < fill->n_pipes; i++)
        next = fmin(next, n->free_byte[n->rising[i]] / n->n_on[n->rising[i]]);
    for (int k = fill->first_capped; k >= 0; k = n->flow[k].next_capped)
        if (n->flow[k].rate < 0)
            next = fmin(next, n->flow[k].most);
    fill->level = fmax(fill->level, next);
    for (int i = 0; i < fill->n_pipes; i++) {
        int p = n->rising[i];
        if (n->free_byte[p] / n->n_on[p] <= fill->level * SAME_SHARE)
            n->full[n_full++] = p;
    }
    for (int i = 0; i < n_full; i++)
        settle_on(n, fill, n->full[i]);
    for (int k = fill->first_capped; k >= 0; k = n->flow[k].next_capped)
        if (n->flow[k].most <= fill->level)
            settle_rate(n, fill, &n->flow[k]);
    keep_rising(n, fill);
}

/* ---- times ------------------------------------------------------------------------------- */

/* Rounded up; what is above a whole number by rounding only counts as whole. */
static int64_t time_left_ns(const flow *f)
{
    double ns = f->left / f->rate * 1e9;
    if (!(ns < (double)LONGEST_NS))
        return NETWORK_NEVER;
    double error = ROUNDING * (1 + f->n_changes) * (f->bytes / f->rate * 1e9);
    int64_t whole = (int64_t)ns;
    return whole + (ns - (double)whole > fmin(error, 0.5));
}

/* The flow goes on at its new rate. */
static void change(flow *f, int64_t now)
{
    double bytes = f->was * ((double)(now - f->since_ns) * 1e-9);
    if (isinf(f->bytes))
        f->gone += bytes;
    else
        f->left = fmax(f->left - bytes, 0);
    f->since_ns = now;
    f->n_changes += f->was > 0;
    if (isinf(f->bytes) || !(f->rate > 0))
        f->end_ns = NETWORK_NEVER;
    else
        f->end_ns = later(now, time_left_ns(f));
}

static void use_pipes(network *n, const flow *f)
{
    for (int i = 0; i < f->way.n_pipes; i++) {
        int p = f->way.pipe[i];
        bool shared = n->pipe[p].sharing != LINK_NONE;
        n->used[p] = shared ? n->used[p] + f->rate : fmax(n->used[p], f->rate);
    }
}

/* Rates and ends, if any has changed. */
static void solve(network *n, int64_t now)
{
    if (!n->t.stale)
        return;
    clear_pipes(n, now);
    filling fill = give_turns(n, now);
    while (fill.n_rising > 0)
        rise(n, &fill);
    n->t.stale = false;
    n->t.next_ns = NETWORK_NEVER;
    for (int k = n->t.first; k >= 0; k = n->flow[k].next) {
        flow *f = &n->flow[k];
        if (is_active(f, now)) {
            if (f->rate != f->was)
                change(f, now);
            use_pipes(n, f);
        }
        int64_t next = f->moves ? f->end_ns : f->from_ns;
        n->t.next_ns = next < n->t.next_ns ? next : n->t.next_ns;
    }
}

int64_t network_next_ns(network *n, int64_t now)
{
    solve(n, now);
    return n->t.next_ns;
}

bool network_pop(network *n, int64_t now, int64_t *tag)
{
    if (n->t.next_ns > now && !n->t.stale)
        return false;
    for (int k = n->t.first; k >= 0 && n->flow[k].from_ns <= now; k = n->flow[k].next) {
        flow *f = &n->flow[k];
        n->t.stale |= !f->moves;
        f->moves = true;
        if (f->end_ns > now)
            continue;
        *tag = f->tag;
        end(n, k, f->bytes);
        return true;
    }
    return false;
}

/* ---- what there is to see ----------------------------------------------------------------- */

double network_rate(network *n, int64_t now, int id)
{
    solve(n, now);
    return n->flow[id].rate;
}

double network_used(network *n, int64_t now, int pipe)
{
    solve(n, now);
    return fmin(n->used[pipe] / n->pipe[pipe].byte_per_s, 1);
}

double network_moved(const network *n, int64_t now)
{
    double bytes = n->t.moved_bytes;
    for (int k = n->t.first; k >= 0; k = n->flow[k].next)
        bytes += moved(&n->flow[k], now);
    return bytes;
}

double network_moved_over(const network *n, int64_t now, int pipe)
{
    double bytes = n->moved[pipe];
    for (int k = n->t.first; k >= 0; k = n->flow[k].next)
        for (int i = 0; i < n->flow[k].way.n_pipes; i++)
            if (n->flow[k].way.pipe[i] == pipe)
                bytes += moved(&n->flow[k], now);
    return bytes;
}
