/* grid.h - the numbering of the cells that candidates stand in; see poise_view_mask. */
#ifndef POISE_GRID_H
#define POISE_GRID_H

#include "poise.h"

/* Cells of a place in the view. */
static inline int grid_row(const poise_space *p)
{
    return p->n_groups * p->n_profiles + p->n_aside;
}

static inline int grid_cell(const poise_view *v, const poise_candidate *c)
{
    const poise_space *p = v->space;
    const int row = grid_row(p), behind = (p->window + p->max_running) * row;
    const int place = c->task < v->n_tasks ? c->task : p->window + c->task - v->n_tasks;
    const int at = place * row;
    if (poise_gives_device(c))
        return at + c->group * p->n_profiles + c->profile;
    switch ((poise_act)c->act) {
    case POISE_SLEEP: return behind + 1 + 2 * c->group;
    case POISE_WAKE: return behind + 2 + 2 * c->group;
    case POISE_SUSPEND:
    case POISE_REJECT: return at + p->n_groups * p->n_profiles;
    case POISE_DEFER: return at + row - 1;
    default: return behind;
    }
}

#endif
