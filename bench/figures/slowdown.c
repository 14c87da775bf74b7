/* slowdown.c - the distribution of slowdowns over all seeds stored: response time over service on
 * the fastest device, as in the metric slowdown_mean. */
#include "tails.h"

static double slowdown(const poise_space *space, const poise_record *r)
{
    double speed = 0;
    for (int g = 0; g < space->n_groups; g++) {
        const double here = space->speed[r->class_id * space->n_groups + g];
        speed = here > speed ? here : speed;
    }
    const double response_s = (double)(r->finished_ns - r->arrived_ns) * 1e-9;
    return r->size > 0 && speed > 0 ? response_s * speed / r->size : 1;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const tail_quantity q = {"slowdown (response / fastest service)", false, slowdown, NULL};
    return tails_fill(in, &q, f, err);
}

const plot_kind plot_slowdown = {
    .name = "slowdown",
    .about = "distribution of slowdowns: parts of the tasks below, and above",
    .fill = fill,
};
