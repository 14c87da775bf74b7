/* view.c - the view as a grid: the legality mask and the numbering of its cells. */
#include <string.h>

#include "poise.h"

int poise_view_cell(const poise_view *v, int candidate)
{
    const poise_space *p = v->space;
    const poise_candidate *c = &v->candidate[candidate];
    if (c->task == POISE_WAIT)
        return p->max_candidates - 1;
    return (c->task * p->n_groups + c->group) * p->n_profiles + c->profile;
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
