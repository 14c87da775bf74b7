/* listen.c - telling the listener. Not compiled into the loop, which only asks whether there is
 * one.
 */
#include "state.h"

void env_listen(poise_env *e, const env_listener *listener)
{
    e->listener = listener;
}

void listen_job(const poise_env *e, int source)
{
    const env_listener *l = e->listener;
    if (l->job)
        l->job(l->data, &e->upcoming[source], e->t.n_arrived);
}

void listen_task(const poise_env *e, int slot, task_turn turn, poise_fate fate)
{
    const env_listener *l = e->listener;
    const task *t = &e->task[slot];
    const bool nowhere = turn == TURN_LEAVES && fate != POISE_FINISHED;
    const task_event event = {
        .time_ns = e->t.now_ns,
        .record = t->id,
        .slot = slot,
        .class_id = t->class_id,
        .group = nowhere ? -1 : t->group,
        .device = nowhere ? -1 : t->device - e->group[t->group].first,
        .profile = nowhere ? -1 : t->profile,
        .cores = t->cores,
        .turn = turn,
        .fate = fate,
    };
    if (l->task)
        l->task(l->data, &event);
}

void listen_gone(const poise_env *e, int64_t record, int class_id, poise_fate fate)
{
    const env_listener *l = e->listener;
    const task_event event = {
        .time_ns = e->t.now_ns,
        .record = record,
        .slot = -1,
        .class_id = class_id,
        .group = -1,
        .device = -1,
        .profile = -1,
        .turn = TURN_LEAVES,
        .fate = fate,
    };
    if (l->task)
        l->task(l->data, &event);
}

void listen_choice(const poise_env *e, const poise_candidate *c)
{
    const env_listener *l = e->listener;
    if (l->choice)
        l->choice(l->data, e->t.now_ns, c, c && c->task >= 0 ? &e->view.task[c->task] : NULL);
}

void listen_pass(const poise_env *e, int64_t to_ns)
{
    const env_listener *l = e->listener;
    if (l->pass && to_ns > e->t.now_ns)
        l->pass(l->data, e, e->t.now_ns, to_ns);
}

void listen_attention(const poise_env *e, const poise_view *v, const double *attention)
{
    const env_listener *l = e->listener;
    if (l->attention)
        l->attention(l->data, v, attention);
}
