/* view.c - the view as a grid: the legality mask and the numbering of its cells. */
#include <string.h>

#include "grid.h"

int poise_view_cell(const poise_view *v, int candidate)
{
    return grid_cell(v, &v->candidate[candidate]);
}

int poise_view_candidate(const poise_view *v, int cell)
{
    /* Where all before it is legal, a candidate's number is its cell. */
    if (cell >= 0 && cell < v->n_candidates && grid_cell(v, &v->candidate[cell]) == cell)
        return cell;
    int low = 0, high = v->n_candidates;
    while (low < high) {
        int middle = (low + high) / 2;
        if (grid_cell(v, &v->candidate[middle]) < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->n_candidates && grid_cell(v, &v->candidate[low]) == cell ? low : -1;
}

void poise_view_mask(const poise_view *v, unsigned char *mask)
{
    memset(mask, 0, (size_t)v->space->max_candidates);
    for (int c = 0; c < v->n_candidates; c++)
        mask[grid_cell(v, &v->candidate[c])] = 1;
}
