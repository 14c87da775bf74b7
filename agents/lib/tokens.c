/* tokens.c - see tokens.h. */
#include "lib/tokens.h"

#include <stdlib.h>
#include <string.h>

/* Numbers before the features of a kept decision. */
#define HEAD 2

static int at_least(int n, int least)
{
    return n > least ? n : least;
}

static bool take_memory(tokens *t, const attention_shape *s)
{
    const size_t rows = (size_t)s->max_rows, candidates = (size_t)s->max_candidates;
    const size_t decisions = (size_t)s->max_decisions + 1;
    t->task_at = calloc(3 * decisions + 2 * candidates, sizeof *t->task_at);
    t->task = calloc(rows * (size_t)(t->n_task + t->n_device) +
                         candidates * (size_t)t->n_candidate + decisions * (size_t)t->n_system,
                     sizeof *t->task);
    if (!t->task_at || !t->task)
        return false;
    t->device_at = t->task_at + decisions;
    t->candidate_at = t->device_at + decisions;
    t->task_of = t->candidate_at + decisions;
    t->device_of = t->task_of + candidates;
    t->device = t->task + rows * (size_t)t->n_task;
    t->candidate = t->device + rows * (size_t)t->n_device;
    t->system = t->candidate + candidates * (size_t)t->n_candidate;
    return true;
}

tokens *tokens_new(const poise_space *space, const tokens_shape *shape, uint64_t seed)
{
    tokens *t = calloc(1, sizeof *t);
    features *f = t ? features_new(space) : NULL;
    if (!f) {
        free(t);
        return NULL;
    }
    t->features = f;
    t->space = space;
    t->n_task = features_of_task(f);
    t->n_device = features_of_group(f);
    t->n_candidate = features_of_candidate(f);
    t->n_system = features_of_system(f);
    const int most = space->window + space->max_running + space->n_groups;
    const attention_shape s = {.n_task = t->n_task,
                               .n_device = t->n_device,
                               .n_candidate = t->n_candidate,
                               .n_system = t->n_system,
                               .width = shape->width,
                               .n_heads = shape->heads,
                               .n_blocks = shape->blocks,
                               .inner = 2 * shape->width,
                               .hidden = shape->hidden,
                               .dropout = shape->dropout,
                               .max_tokens = most,
                               .max_rows = at_least(TOKENS_PER_PASS, most),
                               .max_candidates = at_least(TOKENS_PER_PASS, space->max_candidates),
                               .max_decisions = shape->max_decisions};
    t->net = attention_new_f(&s);
    if (!t->net || !take_memory(t, &s)) {
        tokens_free(t);
        return NULL;
    }
    /* A first policy near uniform, a first forecast near zero: both learn fastest from there. */
    attention_start_f(t->net, seed, 0, .01);
    return t;
}

void tokens_free(tokens *t)
{
    if (!t)
        return;
    features_free(t->features);
    attention_free_f(t->net);
    free(t->task_at);
    free(t->task);
    free(t);
}

size_t tokens_size(const tokens *t, int n_tasks, int n_candidates)
{
    const int n = HEAD + t->n_system + n_tasks * t->n_task + t->space->n_groups * t->n_device +
                  n_candidates * (t->n_candidate + 2);
    return (size_t)n;
}

size_t tokens_size_of(const tokens *t, const float *kept)
{
    return tokens_size(t, (int)kept[0], (int)kept[1]);
}

tokens_parts tokens_look(const tokens *t, const float *kept)
{
    tokens_parts p = {.n_tasks = (int)kept[0], .n_candidates = (int)kept[1], .system = kept + HEAD};
    p.task = p.system + t->n_system;
    p.device = p.task + p.n_tasks * t->n_task;
    p.candidate = p.device + t->space->n_groups * t->n_device;
    p.task_of = p.candidate + p.n_candidates * t->n_candidate;
    p.device_of = p.task_of + p.n_candidates;
    return p;
}

size_t tokens_see(tokens *t, const poise_view *v, int n_candidates, float *kept)
{
    const int n_tasks = v->n_tasks + v->n_running;
    kept[0] = (float)n_tasks;
    kept[1] = (float)n_candidates;
    float *x = kept + HEAD;
    features_system(t->features, v, x);
    x += t->n_system;
    features_tasks(t->features, v, x);
    x += n_tasks * t->n_task;
    features_groups(t->features, v, x);
    x += v->n_groups * t->n_device;
    if (n_candidates > 0)
        features_candidates(t->features, v, x);
    x += n_candidates * t->n_candidate;
    for (int i = 0; i < n_candidates; i++) {
        x[i] = v->candidate[i].task;
        x[n_candidates + i] = v->candidate[i].group;
    }
    return tokens_size(t, n_tasks, n_candidates);
}

void tokens_clear(tokens *t)
{
    t->batch = (attention_batch_f){.task_at = t->task_at,
                                   .device_at = t->device_at,
                                   .candidate_at = t->candidate_at,
                                   .task = t->task,
                                   .device = t->device,
                                   .candidate = t->candidate,
                                   .system = t->system,
                                   .task_of = t->task_of,
                                   .device_of = t->device_of};
    t->task_at[0] = t->device_at[0] = t->candidate_at[0] = 0;
}

static void take(const float *from, int n, int columns, int at, float *to)
{
    memcpy(to + at * columns, from, (size_t)(n * columns) * sizeof *to);
}

bool tokens_add(tokens *t, const float *kept)
{
    const attention_shape *s = &t->net->shape;
    const tokens_parts p = tokens_look(t, kept);
    const int d = t->batch.n_decisions, groups = t->space->n_groups;
    if (d >= s->max_decisions ||
        t->task_at[d] + t->device_at[d] + p.n_tasks + groups > s->max_rows ||
        t->candidate_at[d] + p.n_candidates > s->max_candidates)
        return false;
    take(p.system, 1, t->n_system, d, t->system);
    take(p.task, p.n_tasks, t->n_task, t->task_at[d], t->task);
    take(p.device, groups, t->n_device, t->device_at[d], t->device);
    take(p.candidate, p.n_candidates, t->n_candidate, t->candidate_at[d], t->candidate);
    for (int i = 0; i < p.n_candidates; i++) {
        t->task_of[t->candidate_at[d] + i] = (int)p.task_of[i];
        t->device_of[t->candidate_at[d] + i] = (int)p.device_of[i];
    }
    t->task_at[d + 1] = t->task_at[d] + p.n_tasks;
    t->device_at[d + 1] = t->device_at[d] + groups;
    t->candidate_at[d + 1] = t->candidate_at[d] + p.n_candidates;
    t->batch.n_decisions++;
    return true;
}

void tokens_forward(tokens *t, poise_rng *r)
{
    attention_forward_f(t->net, &t->batch, r);
}
