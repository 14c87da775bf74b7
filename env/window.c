/* window.c - tasks that wait: the oldest stand in the window, which agents see, the others behind
 * it in a list. Tasks that have waited before (displaced, put aside) come back to their place in
 * order of arrival. */
#include "window.h"

#include "jobs.h"
#include "run.h"

void window_prepare(poise_env *e)
{
    for (int c = 0; c < e->s->n_classes; c++) {
        const scenario_class *class = &e->s->classes[c];
        e->class_seen[c] = (poise_task){
            .weight = class->weight,
            .class_id = c,
            .priority = class->priority,
            .tenant = class->tenant,
            .group = -1,
            .profile = -1,
            .deadline_s = INFINITY,
            .graph = -1,
            .resource = class->resources,
        };
    }
}

void window_see_run(const poise_env *e, int slot, poise_task *seen)
{
    const task *t = &e->task[slot];
    const run *r = &e->run[slot];
    seen->size = run_visible_left(e, slot);
    seen->resource = room_resources(e, slot);
    seen->done = r->done;
    if (r->state == TASK_RUNNING && e->t.now_ns > r->since_ns)
        seen->done += r->rate * seconds(e->t.now_ns - r->since_ns);
    seen->best_s = seen->size * e->best_pace[t->class_id];
    if (r->at_job >= 0)
        jobs_see(e, slot, seen);
    seen->upward_rank_s += seen->best_s - t->visible * e->best_pace[t->class_id];
    if (seen->upward_rank_s < seen->best_s)  // by rounding, where next to nothing is left
        seen->upward_rank_s = seen->best_s;
    seen->preemptions = r->preemptions;
    seen->job = r->job;
    seen->stage = r->stage;
    if (r->deadline_ns != INT64_MAX)
        seen->deadline_s = seconds(r->deadline_ns);
    if (r->state == TASK_RUNNING) {
        seen->group = t->group;
        seen->profile = t->profile;
    }
}

/* The task goes into the list behind the window, in order of arrival. */
static void insert_behind(poise_env *e, int slot)
{
    int before = -1, after = e->view.n_beyond > 0 ? e->t.waiting_first : -1;
    int64_t id = e->task[slot].id;
    while (after >= 0 && e->task[after].id < id) {
        before = after;
        after = e->task[after].next;
    }
    e->task[slot].next = after;
    if (before < 0)
        e->t.waiting_first = slot;
    else
        e->task[before].next = slot;
    if (after < 0)
        e->t.waiting_last = slot;
    e->view.n_beyond++;
}

void window_return(poise_env *e, int slot)
{
    int64_t id = e->task[slot].id;
    int n = e->view.n_tasks;
    if (n == e->s->window) {
        int last = e->window[e->t.window_at + n - 1].slot;
        if (e->task[last].id < id) {
            insert_behind(e, slot);
            return;
        }
        e->view.n_tasks--;
        insert_behind(e, last);
    } else if (e->view.n_beyond > 0) {
        insert_behind(e, slot);
        window_refill(e, true);
        return;
    }
    window_show(e, slot, true);
    poise_task *seen = e->window + e->t.window_at;
    int at = e->view.n_tasks - 1;
    for (poise_task mine = seen[at]; at > 0 && seen[at - 1].id > id; at--) {
        seen[at] = seen[at - 1];
        seen[at - 1] = mine;
    }
}

void window_remove(poise_env *e, int slot)
{
    for (int at = 0; at < e->view.n_tasks; at++)
        if (e->window[e->t.window_at + at].slot == slot) {
            window_leave(e, at, true);
            return;
        }
    int before = -1, k = e->t.waiting_first;
    while (k != slot) {
        before = k;
        k = e->task[k].next;
    }
    int after = e->task[slot].next;
    if (before < 0)
        e->t.waiting_first = after;
    else
        e->task[before].next = after;
    if (after < 0)
        e->t.waiting_last = before;
    e->view.n_beyond--;
}

void window_show_running(poise_env *e)
{
    const int most = e->s->decision.running;
    e->view.n_running = 0;
    if (most == 0)
        return;
    if (e->t.window_at + e->view.n_tasks + most > e->s->window + WINDOW_SPARE + most)
        window_move(e, 0);
    poise_task *seen = e->window + e->t.window_at + e->view.n_tasks;
    int n = 0;
    for (int d = 0; d < e->n_devices && n < most; d++)
        for (int p = e->machine[d].on_first; p >= 0 && n < most; p = e->place[p].next_on) {
            int slot = e->place[p].task;
            if (p == e->first_place + slot)
                window_see(e, slot, &seen[n++], true);
        }
    e->view.n_running = n;
}
