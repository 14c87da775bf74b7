/* view.c - the view as a grid: the legality mask and the numbering of its cells. */
#include <string.h>

#include "poise.h"

/* Cells of a place in the view. */
static int row_of(const poise_space *p)
{
    return p->n_groups * p->n_profiles + p->n_aside;
}

int poise_view_cell(const poise_view *v, int candidate)
{
    const poise_space *p = v->space;
    const poise_candidate *c = &v->candidate[candidate];
    int place = c->task < v->n_tasks ? c->task : p->window + c->task - v->n_tasks;
    int at = place * row_of(p), behind = (p->window + p->max_running) * row_of(p);
    switch ((poise_act)c->act) {
    case POISE_HOLD: return behind;
    case POISE_SLEEP: return behind + 1 + 2 * c->group;
    case POISE_WAKE: return behind + 2 + 2 * c->group;
    case POISE_SUSPEND:
    case POISE_REJECT: return at + p->n_groups * p->n_profiles;
    case POISE_DEFER: return at + row_of(p) - 1;
    default: return at + c->group * p->n_profiles + c->profile;
    }
}

int poise_view_candidate(const poise_view *v, int cell)
{
    int low = 0, high = v->n_candidates;
    while (low < high) {
        int middle = (low + high) / 2;
        if (poise_view_cell(v, middle) < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->n_candidates && poise_view_cell(v, low) == cell ? low : -1;
}

void poise_view_mask(const poise_view *v, unsigned char *mask)
{
    memset(mask, 0, (size_t)v->space->max_candidates);
    for (int c = 0; c < v->n_candidates; c++)
        mask[poise_view_cell(v, c)] = 1;
}
