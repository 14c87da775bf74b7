/* source.c - what sources of jobs share: finding one by name, and drawing a job of a mix. */
#include "source.h"

#include <string.h>

#include "det.h"
#include "source_draw.h"

const poise_option source_stop[] = {
    {"stop", POISE_TIME, offsetof(scenario_source, stop_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which no job arrives any more, 0 to the end", NULL},
    {0},
};

const source_type *source_find(const char *name)
{
    for (const source_type *const *t = source_types; *t; t++)
        if (strcmp((*t)->name, name) == 0)
            return *t;
    return NULL;
}

static int pick_class(const scenario_source *src, double u)
{
    int k = 0;
    while (k < src->n_mix - 1 && u >= src->mix_cumulative[k])
        k++;
    return src->mix_class[k];
}

bool source_fill_sizes(const poise_scenario *s, const scenario_source *src, double *u, int n)
{
    const dist *size = &s->classes[src->mix_class[0]].size;
    if (src->n_mix > 1 || !size->type->fill)
        return false;
    size->type->fill(size, u, n);
    return true;
}

/* Draws what the stream of the job decides. */
static void draw(const poise_scenario *s, const scenario_source *src, poise_rng r, double size,
                 bool is_size, arrival *out)
{
    out->class_id = src->n_mix > 1 ? pick_class(src, poise_rng_uniform(&r)) : src->mix_class[0];
    const scenario_class *c = &s->classes[out->class_id];
    out->size = is_size ? size : dist_draw(&c->size, size, &r);
    out->estimate = out->size;
    if (c->estimate_error > 0)
        out->estimate *= det_exp(c->estimate_error * poise_rng_normal(&r));
}

void source_draw_job(const poise_scenario *s, const scenario_source *src, uint64_t seed,
                     uint32_t index, double size, bool is_size, arrival *out)
{
    uint32_t entity = (uint32_t)(src - s->source);
    out->class_id = src->mix_class[0];
    out->user = 0;
    out->size = out->estimate = size;
    if (!is_size || src->n_mix > 1 || s->classes[out->class_id].estimate_error > 0)
        draw(s, src, poise_rng_at(seed, POISE_FOR_CLASS, entity, index), size, is_size, out);
    out->memory_bytes = s->classes[out->class_id].memory_bytes;
    out->cores = s->classes[out->class_id].cores;
}
