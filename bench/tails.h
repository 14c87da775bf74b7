/* tails.h - the distribution of a quantity over the tasks of runs: what response and slowdown
 * figures share. Runs of a store are repeated, and each seed is a sample of its own, so that bands
 * tell how far seeds differ. */
#ifndef TAILS_H
#define TAILS_H

#include "plot_kind.h"

/* What is measured of a finished task. */
typedef struct tail_quantity {
    const char *words;  // title of its axis
    bool is_time;       // in seconds
    double (*of)(const poise_space *space, const poise_record *r);
    /* The same where a run keeps statistics only; NULL: it needs records. */
    const struct histogram *(*histogram)(const struct poise_statistics *st);
} tail_quantity;

/* Fills a figure: for each agent a table "tail" with x, the share of tasks above x as a mean over
 * seeds, and its 95% interval (all equal where there is one seed). */
plot_outcome tails_fill(plot_input *in, const tail_quantity *q, figure *f, poise_error *err);

#endif
