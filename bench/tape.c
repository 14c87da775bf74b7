/* tape.c - see tape.h. A decision is a number: a candidate, or BY_ATTENTION and then the attention;
 * a team's decision is the attention of each, as long as attention can be. */
#include "tape.h"

#include <stdlib.h>
#include <string.h>

enum { BY_ATTENTION = -1, BY_TEAM = -2 };

static void put(tape *t, const void *from, size_t n)
{
    if (t->room - t->n < n) {
        const size_t room = 2 * t->room + n + 4096;
        unsigned char *at = t->is_torn ? NULL : realloc(t->at, room);
        t->is_torn = !at;
        if (!at)
            return;
        t->at = at;
        t->room = room;
    }
    memcpy(t->at + t->n, from, n);
    t->n += n;
}

void tape_note(tape *t, const poise_agent *a, const poise_team *team, const poise_space *space,
               int n_candidates)
{
    const int kind = team ? BY_TEAM : a->chosen >= 0 ? a->chosen : BY_ATTENTION;
    put(t, &kind, sizeof kind);
    if (kind == BY_ATTENTION)
        put(t, a->attention, (size_t)n_candidates * sizeof(double));
    for (int k = 0; team && k < space->n_tenants; k++)
        put(t, poise_team_member(team, k)->attention,
            (size_t)space->max_candidates * sizeof(double));
}

/* Bytes of the tape stand anywhere, numbers do not. */
static double *take_numbers(const unsigned char *bytes, size_t n, size_t *at, size_t count)
{
    const size_t size = count * sizeof(double);
    double *x = n - *at < size ? NULL : malloc(size + 1);
    if (!x)
        return NULL;
    memcpy(x, bytes + *at, size);
    *at += size;
    return x;
}

static bool bid(const double *x, poise_env *e, poise_outcome *o)
{
    const poise_space *space = poise_env_view(e)->space;
    const double **attention = calloc((size_t)space->n_tenants + 1, sizeof *attention);
    for (int k = 0; attention && k < space->n_tenants; k++) {
        attention[k] = x + (size_t)k * (size_t)space->max_candidates;
        poise_env_view_of(e, k);
    }
    if (attention)
        *o = poise_env_bid(e, attention, NULL);
    free(attention);
    return attention;
}

bool tape_step(const unsigned char *bytes, size_t n, size_t *at, poise_env *e, poise_outcome *o)
{
    const poise_view *v = poise_env_view(e);
    int kind;
    if (n - *at < sizeof kind)
        return false;
    memcpy(&kind, bytes + *at, sizeof kind);
    *at += sizeof kind;
    if (kind >= v->n_candidates || kind < BY_TEAM || (kind == BY_TEAM) != v->space->competes)
        return false;
    if (kind >= 0) {
        *o = poise_env_choose(e, kind);
        return true;
    }
    const size_t count = kind == BY_TEAM
                             ? (size_t)v->space->n_tenants * (size_t)v->space->max_candidates
                             : (size_t)v->n_candidates;
    double *x = take_numbers(bytes, n, at, count);
    bool good = x;
    if (x && kind == BY_TEAM)
        good = bid(x, e, o);
    else if (x)
        *o = poise_env_step(e, x);
    free(x);
    return good;
}
