/* imagine.c - see imagine.h. */
#include "imagine.h"

#include <string.h>

#include "error.h"
#include "jobs.h"

bool imagine_suits(const poise_scenario *s, poise_error *err)
{
    for (int i = 0; i < s->n_sources; i++)
        if (s->source[i].type->left) {
            error_add(err, "when users of a %s source send their next job is drawn with the last",
                      s->source[i].type->name);
            return false;
        }
    for (int g = 0; g < s->n_groups; g++)
        if (s->group[g].failures.mtbf.type || s->group[g].failures.rack_mtbf.type) {
            error_add(err, "when devices of group %s fail is drawn when they are repaired",
                      s->group[g].name);
            return false;
        }
    return true;
}

/* ---- sizes --------------------------------------------------------------------------------- */

/* A size as far as its class or its job says. */
static double draw(const poise_env *e, int slot, int turn)
{
    const task *t = &e->task[slot];
    const dist *size = &e->s->classes[t->class_id].size;
    if (e->s->has_runs && e->run[slot].at_job >= 0)
        return jobs_draw_again(e, e->run[slot].at_job, e->run[slot].stage, turn);
    if (!size->type)
        return t->visible;
    poise_rng r =
        poise_rng_at(e->t.seed, POISE_FOR_ESTIMATE, (uint32_t)turn, (uint32_t)(uint64_t)t->id);
    const double u = poise_rng_uniform(&r);
    return dist_draw(size, u, &r);
}

/* A size of which `done` is not all. What is seldom longer is as much longer as its mean. */
static double longer_than(const poise_env *e, int slot, double done)
{
    enum { TURNS = 256 };
    const double visible = e->task[slot].visible;
    if (e->s->visible == SEE_ESTIMATE)
        return visible > done ? visible : done + 0.1 * visible;
    for (int turn = 0; turn < TURNS; turn++) {
        const double size = draw(e, slot, turn);
        if (size > done)
            return size;
    }
    return done + visible;
}

/* Another size counts in what the reward sums over tasks. */
static void weigh_again(poise_env *e, int class_id, double was, double is)
{
    if (e->s->weighs_tasks && was > 0 && is > 0 && e->best_pace[class_id] > 0)
        e->t.slowdown += (1 / is - 1 / was) / e->best_pace[class_id];
}

static void resize(poise_env *e, int slot, double size)
{
    task *t = &e->task[slot];
    weigh_again(e, t->class_id, t->size, size);
    t->size = size;
}

/* ---- tasks that run at one speed from start to end ------------------------------------------- */

static int64_t time_of(const calendar *c, int entity)
{
    int at = c->heap ? c->place[entity] : 0;
    while (c->entity[at] != entity)
        at++;
    return (int64_t)(c->key[at] >> 64);
}

/* The task in service began when it would have to so as to end when it was to. */
static void resize_served(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const double pace = e->pace[t->class_id * e->s->n_groups + t->group];
    const int64_t end_ns = time_of(&e->calendar, task_entity(e, slot));
    const int64_t start_ns = end_ns - service_ns(t->size * pace);
    resize(e, slot, longer_than(e, slot, seconds(e->t.now_ns - start_ns) / pace));
    const int64_t ns = service_ns(t->size * pace);
    const int64_t then_ns = ns < 0 ? HORIZON_MAX_NS : later(start_ns, ns);
    calendar_set(&e->calendar, task_entity(e, slot), EVENT_FINISH,
                 then_ns > e->t.now_ns ? then_ns : e->t.now_ns + 1);
}

static void resize_plain(poise_env *e)
{
    for (int i = 0; i < e->view.n_tasks; i++)
        resize(e, e->view.task[i].slot, longer_than(e, e->view.task[i].slot, 0));
    for (int slot = e->t.waiting_first; e->view.n_beyond > 0 && slot >= 0;
         slot = e->task[slot].next)
        resize(e, slot, longer_than(e, slot, 0));
    for (int d = 0; d < e->n_devices; d++)
        for (int slot = e->device[d].first; slot >= 0; slot = e->task[slot].next)
            resize(e, slot, longer_than(e, slot, 0));
    for (int slot = 0; slot < e->capacity; slot++)
        if (calendar_has(&e->calendar, task_entity(e, slot)))
            resize_served(e, slot);
}

/* ---- all others ------------------------------------------------------------------------------ */

/* Tasks of the job whose turn has not come. */
static void resize_unreleased(poise_env *e, int number)
{
    const graph_template *graph = e->job[number].graph;
    for (int stage = 0; stage < graph->n_nodes; stage++) {
        job_task *k = jobs_task(e, number, stage);
        if (k->slot >= 0 || k->done)
            continue;
        const double size = jobs_draw_again(e, number, stage, 0);
        weigh_again(e, graph->node[stage].class_id, k->size, size);
        k->size = size;
        if (e->s->visible == SEE_TRUE)
            k->visible = size;
    }
}

/* What is done of a task, and not lost, stays done. */
static void resize_run(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    run_settle(e, slot);
    const double done = e->task[slot].size - r->left;
    resize(e, slot, longer_than(e, slot, done > 0 ? done : 0));
    r->left = e->task[slot].size - (done > 0 ? done : 0);
    if (r->state != TASK_RUNNING || !calendar_has(&e->calendar, task_entity(e, slot)))
        return;
    calendar_remove(&e->calendar, task_entity(e, slot));
    run_set_rate(e, slot, r->rate);
}

static void resize_runs(poise_env *e)
{
    for (int slot = 0; slot < e->capacity; slot++) {
        if (e->run[slot].state == TASK_GONE)
            continue;
        if (e->run[slot].at_job >= 0)
            resize_unreleased(e, e->run[slot].at_job);
        if (e->s->visible != SEE_TRUE)
            resize_run(e, slot);
    }
}

/* ---- sources ------------------------------------------------------------------------------- */

static void begin_again(poise_env *e, int source)
{
    const scenario_source *src = &e->s->source[source];
    const bool pending = calendar_has(&e->calendar, source);
    if (e->s->end_jobs > 0 && e->t.n_jobs >= e->s->end_jobs)
        return;
    calendar_remove(&e->calendar, source);
    if (!src->type->again)
        return;
    src->type->again(e->s, src, e->source_state + e->source_at[source], e->t.seed, e->t.now_ns,
                     pending);
    env_expect(e, source);
}

bool imagine(poise_env *to, const poise_view *v, uint64_t seed)
{
    const poise_env *from =
        (const poise_env *)(const void *)((const char *)v - offsetof(poise_env, view));
    if (!poise_env_copy(to, from))
        return false;
    to->t.seed = seed;
    for (int i = 0; i < to->s->n_sources; i++)
        begin_again(to, i);
    if (to->s->has_runs)
        resize_runs(to);
    else if (to->s->visible != SEE_TRUE)
        resize_plain(to);
    return true;
}

void imagine_no_more(poise_env *e)
{
    for (int i = 0; i < e->s->n_sources; i++)
        calendar_remove(&e->calendar, i);
}
