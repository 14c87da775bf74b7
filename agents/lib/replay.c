/* replay.c - see replay.h. */
#include "lib/replay.h"

#include <stdio.h>
#include <stdlib.h>

replay *replay_new(int room, size_t most, size_t typical)
{
    int leaves = 1;
    while (leaves < room)
        leaves *= 2;
    const size_t max_seen = (size_t)room * typical + 2 * most;
    replay *r = calloc(1, sizeof *r + (size_t)room * sizeof(memory) +
                              2 * (size_t)leaves * sizeof(double) + max_seen * sizeof(float));
    if (!r)
        return NULL;
    *r = (replay){.room = room, .max_seen = max_seen, .most = most, .top = 1, .leaves = leaves};
    r->entry = (memory *)(r + 1);
    r->sum = (double *)(r->entry + room);
    r->seen = (float *)(r->sum + 2 * leaves);
    return r;
}

void replay_free(replay *r)
{
    free(r);
}

/* ---- priorities ---- */

static void set(replay *r, int entry, double priority)
{
    int node = r->leaves + entry;
    for (r->sum[node] = priority, node /= 2; node >= 1; node /= 2)
        r->sum[node] = r->sum[2 * node] + r->sum[2 * node + 1];
}

void replay_set_priority(replay *r, int i, double priority)
{
    r->top = priority > r->top ? priority : r->top;
    set(r, ((int)r->first + i) % r->room, priority);
}

int replay_draw(const replay *r, double u, double *part)
{
    if (!(r->sum[1] > 0))
        return -1;
    double left = u * r->sum[1];
    int node = 1;
    while (node < r->leaves) {
        node *= 2;
        /* Rounding must not lead to where nothing is. */
        if (left >= r->sum[node] && r->sum[node + 1] > 0) {
            left -= r->sum[node];
            node++;
        }
    }
    *part = r->sum[node] / r->sum[1];
    return (node - r->leaves - (int)r->first + r->room) % r->room;
}

/* ---- the ring ---- */

static void forget_oldest(replay *r)
{
    set(r, (int)r->first, 0);
    r->first = ((int)r->first + 1) % r->room;
    r->n--;
}

/* Whether the sight of the oldest entry begins between these places. */
static bool in_the_way(const replay *r, double from, double to)
{
    return r->n > 0 && replay_at(r, 0)->at >= from && replay_at(r, 0)->at < to;
}

float *replay_room(replay *r)
{
    if (r->n_seen + (double)r->most > (double)r->max_seen) {
        /* What lies behind is older than what lies at the front. */
        while (in_the_way(r, r->n_seen, (double)r->max_seen))
            forget_oldest(r);
        r->n_seen = 0;
    }
    while (r->n >= r->room || in_the_way(r, r->n_seen, r->n_seen + (double)r->most))
        forget_oldest(r);
    return r->seen + (size_t)r->n_seen;
}

void replay_add(replay *r, size_t n_seen, memory m)
{
    m.at = r->n_seen;
    r->n_seen += (double)n_seen;
    r->n++;
    *replay_last(r) = m;
}

memory *replay_last(const replay *r)
{
    return r->n > 0 ? replay_at(r, (int)r->n - 1) : NULL;
}

void replay_drop_last(replay *r)
{
    const int entry = ((int)r->first + (int)r->n - 1) % r->room;
    r->n_seen = r->entry[entry].at;
    set(r, entry, 0);
    r->n--;
}

int replay_tensors(replay *r, const char *prefix, poise_tensor *t)
{
    t[0] = (poise_tensor){.n_dims = 1, .dim = {4}, .is_double = true, .data = &r->first};
    t[1] = (poise_tensor){
        .n_dims = 2, .dim = {r->room, MEMORY_NUMBERS}, .is_double = true, .data = r->entry};
    t[2] = (poise_tensor){.n_dims = 1, .dim = {(int)r->max_seen}, .data = r->seen};
    t[3] = (poise_tensor){.n_dims = 1, .dim = {2 * r->leaves}, .is_double = true, .data = r->sum};
    static const char *const name[] = {"used", "entries", "seen", "priorities"};
    for (int i = 0; i < 4; i++)
        snprintf(t[i].name, sizeof t[i].name, "%s.%s", prefix, name[i]);
    return 4;
}
