/* window.h - tasks that wait, as every arrival and every start needs them; the rest is window.c. */
#ifndef POISE_WINDOW_H
#define POISE_WINDOW_H

#include <string.h>

#include "state.h"

/* The tasks in the window stand from `at` on. */
static inline void window_move(poise_env *e, int at)
{
    memmove(&e->window[at], &e->window[e->t.window_at],
            (size_t)e->view.n_tasks * sizeof *e->window);
    e->t.window_at = at;
    e->view.task = e->window + at;
}

/* What agents see of a task that has not run yet: what all tasks of its class have in common, then
 * its own. */
static inline void window_see_fresh(const poise_env *e, int slot, poise_task *seen)
{
    const task *t = &e->task[slot];
    *seen = e->class_seen[t->class_id];
    seen->id = seen->job = t->id;
    seen->arrived_s = seconds(t->arrived_ns);
    seen->size = t->visible;
    seen->memory_bytes = (double)t->memory_bytes;
    seen->best_s = seen->upward_rank_s = t->visible * e->best_pace[t->class_id];
    seen->cores = t->cores;
    seen->slot = slot;
}

static HOT void window_see(const poise_env *e, int slot, poise_task *seen, const bool runs)
{
    window_see_fresh(e, slot, seen);
    if (runs)
        window_see_run(e, slot, seen);
}

/* The task appears in the window, behind the others. */
static HOT void window_show(poise_env *e, int slot, const bool runs)
{
    if (e->t.window_at + e->view.n_tasks == e->s->window + WINDOW_SPARE)
        window_move(e, 0);
    window_see(e, slot, &e->window[e->t.window_at + e->view.n_tasks++], runs);
}

/* A task that has just come joins those that wait. */
static HOT void window_join(poise_env *e, int slot, const bool runs)
{
    if (e->view.n_tasks < e->s->window) {
        window_show(e, slot, runs);
        return;
    }
    e->task[slot].next = -1;
    if (e->view.n_beyond++ == 0)
        e->t.waiting_first = slot;
    else
        e->task[e->t.waiting_last].next = slot;
    e->t.waiting_last = slot;
}

/* The oldest task behind the window moves in. */
static HOT void window_refill(poise_env *e, const bool runs)
{
    if (e->view.n_beyond == 0)
        return;
    int first = e->t.waiting_first;
    e->t.waiting_first = e->task[first].next;
    e->view.n_beyond--;
    window_show(e, first, runs);
}

/* Takes the task at a place of the window out of it; the oldest one behind it moves in. Returns its
 * slot. */
static HOT int window_leave(poise_env *e, int at, const bool runs)
{
    poise_task *seen = &e->window[e->t.window_at + at];
    int slot = seen->slot;
    int behind = --e->view.n_tasks - at;
    if (at == 0)
        e->view.task = e->window + ++e->t.window_at;
    else
        memmove(seen, seen + 1, (size_t)behind * sizeof *seen);
    window_refill(e, runs);
    return slot;
}

#endif
