/* rollout.c - see rollout.h. */
#include "lib/rollout.h"

#include "det.h"

#include <stdio.h>
#include <stdlib.h>

rollout *rollout_new(int n_steps, size_t most, size_t typical)
{
    const size_t choices = 2 * (size_t)n_steps + 2;
    const size_t max_seen = (size_t)n_steps * typical + 2 * most;
    rollout *r = calloc(1, sizeof *r + choices * sizeof(choice) + max_seen * sizeof(float));
    if (!r)
        return NULL;
    *r = (rollout){.n_steps = n_steps, .max_seen = max_seen, .most = most};
    r->choice = (choice *)(r + 1);
    r->seen = (float *)(r->choice + choices);
    return r;
}

void rollout_free(rollout *r)
{
    free(r);
}

static choice *last(const rollout *r)
{
    return &r->choice[(int)r->n - 1];
}

void rollout_begin(rollout *r)
{
    if (r->open) {
        choice *c = last(r);
        c->n_candidates = 0;
        if (c == r->choice || c[-1].n_candidates == 0) {
            r->n_seen = c->at;
            r->n--;
        }
    }
    r->open = r->asked = false;
}

float *rollout_room(rollout *r)
{
    if (r->asked) {
        r->n_seen = last(r)->at;
        r->n--;
        r->asked = false;
    }
    return r->seen + (size_t)r->n_seen;
}

static void add(rollout *r, size_t n_seen, choice c)
{
    c.at = r->n_seen;
    r->choice[(int)r->n] = c;
    r->n++;
    r->n_seen += (double)n_seen;
}

void rollout_add(rollout *r, size_t n_seen, choice c)
{
    c.keep = 1;
    add(r, n_seen, c);
    r->open = r->asked = true;
}

bool rollout_full(const rollout *r)
{
    return r->n >= r->n_steps || (size_t)r->n_seen + 2 * r->most > r->max_seen;
}

bool rollout_learn(rollout *r, const poise_outcome *o, const poise_view *after, double beta)
{
    r->asked = false;
    if (!r->open)
        return false;
    choice *c = last(r);
    c->reward += c->keep * o->reward;
    c->keep *= det_exp(-beta * o->elapsed_s);
    c->elapsed_s += o->elapsed_s;
    const bool over = o->phase != POISE_RUNNING;
    return over || (after->n_candidates != 1 && rollout_full(r));
}

void rollout_mark(rollout *r, size_t n_seen, double tasks, bool ended)
{
    add(r, n_seen, (choice){.tasks = tasks, .ended = ended});
    r->open = false;
}

void rollout_clear(rollout *r)
{
    r->n = r->n_seen = 0;
    r->open = r->asked = false;
}

int rollout_tensors(rollout *r, const char *prefix, poise_tensor *t)
{
    t[0] = (poise_tensor){.n_dims = 1, .dim = {2}, .is_double = true, .data = &r->n};
    t[1] = (poise_tensor){.n_dims = 2,
                          .dim = {2 * r->n_steps + 2, CHOICE_NUMBERS},
                          .is_double = true,
                          .data = r->choice};
    t[2] = (poise_tensor){.n_dims = 1, .dim = {(int)r->max_seen}, .data = r->seen};
    static const char *const name[] = {"used", "choices", "seen"};
    for (int i = 0; i < 3; i++)
        snprintf(t[i].name, sizeof t[i].name, "%s.%s", prefix, name[i]);
    return 3;
}
