/* response.c - the distribution of response times over all seeds stored. */
#include "tails.h"

#include "statistics.h"

static double response_s(const poise_space *space, const poise_record *r)
{
    (void)space;
    return (double)(r->finished_ns - r->arrived_ns) * 1e-9;
}

static const histogram *responses(const poise_statistics *st)
{
    return &st->response;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const tail_quantity q = {"response time", true, response_s, responses};
    return tails_fill(in, &q, f, err);
}

const plot_kind plot_response = {
    .name = "response",
    .about = "distribution of response times: parts of the tasks that took less, and longer",
    .fill = fill,
};
