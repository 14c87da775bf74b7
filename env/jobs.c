/* jobs.c - jobs that are graphs of tasks: what is released when, what is moved where, and the pace
 * of tasks that talk to each other. */
#include "jobs.h"

#include "det.h"
#include "outage.h"
#include "transfer.h"

job_task *jobs_task(const poise_env *e, int number, int stage)
{
    return &e->job_task[(size_t)number * (size_t)e->most_stages + (size_t)stage];
}

void jobs_reset(poise_env *e)
{
    e->t.n_free_job = -1;
    e->t.released_first = e->t.released_last = e->t.lost_first = -1;
    for (int k = e->job_capacity - 1; k >= 0; k--) {
        e->job[k].next = e->t.n_free_job;
        e->t.n_free_job = k;
    }
}

/* ---- arrival and end --------------------------------------------------------------------- */

/* Size of a task, as the job's number and the place in the graph as it was written decide: neither
 * policy nor passes change it. */
static double draw_size(const graph_node *node, int64_t number, uint64_t seed)
{
    double size = 0;
    for (int p = 0; p < node->n_parts; p++) {
        const graph_part *part = &node->part[p];
        poise_rng r = poise_rng_at(seed, POISE_FOR_TASK, (uint32_t)part->draw, (uint32_t)number);
        size += dist_draw(&part->size, poise_rng_uniform(&r), &r);
    }
    return size;
}

/* What agents would see of the size under `sizes: estimate`: estimates of the job and of the task
 * are wrong by a factor each. */
static double estimate(const poise_env *e, const graph_node *node, int stage, int64_t number,
                       double size, double job_error)
{
    double sd = e->s->classes[node->class_id].estimate_error;
    if (!(sd > 0))
        return size * job_error;
    poise_rng r = poise_rng_at(e->t.seed, POISE_FOR_ESTIMATE, (uint32_t)stage, (uint32_t)number);
    return size * job_error * det_exp(sd * poise_rng_normal(&r));
}

static void begin_task(poise_env *e, int number, int stage, const arrival *a)
{
    const job *j = &e->job[number];
    const graph_node *node = &j->graph->node[stage];
    double size = a->size * draw_size(node, j->number, e->t.seed);
    double job_error = a->size > 0 ? a->estimate / a->size : 1;
    int n_before = j->graph->in_at[stage + 1] - j->graph->in_at[stage];
    double seen = estimate(e, node, stage, j->number, size, job_error);
    double mean = node->mean_size * j->visible;
    *jobs_task(e, number, stage) = (job_task){
        .size = size,
        .estimate = seen,
        .visible = e->s->visible == SEE_TRUE   ? size
                   : e->s->visible == SEE_MEAN ? mean
                                               : seen,
        .slot = -1,
        .device = -1,
        .to_place = n_before,
        .to_finish = n_before,
        .next = -1,
    };
}

double jobs_draw_again(const poise_env *e, int number, int stage, int turn)
{
    const job *j = &e->job[number];
    const uint64_t seed = e->t.seed + (uint64_t)turn * 0x9e3779b97f4a7c15ULL;
    return j->visible * draw_size(&j->graph->node[stage], j->number, seed);
}

int jobs_begin(poise_env *e, int source, double visible, int64_t due_ns)
{
    if (e->t.n_free_job < 0 && !env_grow_jobs(e))
        return -1;
    const arrival *a = &e->upcoming[source];
    int number = e->t.n_free_job;
    job *j = &e->job[number];
    e->t.n_free_job = j->next;
    *j = (job){
        .graph = jobs_graph(e, a->class_id),
        .number = e->t.n_jobs,
        .first_id = e->t.n_arrived,
        .due_ns = due_ns,
        .arrived_ns = a->time_ns,
        .visible = visible,
        .dies = e->s->classes[a->class_id].killed_when_late,
        .source = source,
        .user = a->user,
        .next = -1,
    };
    j->left = j->graph->n_nodes;
    for (int stage = 0; stage < j->graph->n_nodes; stage++)
        begin_task(e, number, stage, a);
    return number;
}

void jobs_end(poise_env *e, int number)
{
    e->job[number].next = e->t.n_free_job;
    e->t.n_free_job = number;
}

arrival jobs_arrival(const poise_env *e, int number, int stage)
{
    const job *j = &e->job[number];
    const graph_node *node = &j->graph->node[stage];
    const job_task *k = jobs_task(e, number, stage);
    return (arrival){
        .time_ns = j->arrived_ns,
        .size = k->size,
        .estimate = k->estimate,
        .memory_bytes = node->memory_bytes,
        .cores = e->s->classes[node->class_id].cores,
        .class_id = node->class_id,
        .user = j->user,
        .resources = e->s->classes[node->class_id].resources,
    };
}

bool jobs_is_first(const poise_env *e, int number, int stage)
{
    return jobs_task(e, number, stage)->to_finish == 0;
}

/* ---- release ----------------------------------------------------------------------------- */

void jobs_release(poise_env *e, int number, int stage)
{
    int at = number * e->most_stages + stage;
    if (e->t.released_last < 0)
        e->t.released_first = at;
    else
        e->job_task[e->t.released_last].next = at;
    e->t.released_last = at;
}

bool jobs_next_released(poise_env *e, int *number, int *stage)
{
    int at = e->t.released_first;
    if (at < 0)
        return false;
    e->t.released_first = e->job_task[at].next;
    e->job_task[at].next = -1;
    if (e->t.released_first < 0)
        e->t.released_last = -1;
    *number = at / e->most_stages;
    *stage = at % e->most_stages;
    return true;
}

/* ---- transfers --------------------------------------------------------------------------- */

/* Seconds to move bytes from one device to another with nothing in the way: none on the same one.
 */
static double transfer_s(const poise_env *e, int from, int to, int64_t bytes)
{
    if (from == to)
        return 0;
    return scenario_transfer_s(e->s, outage_group(e, from), outage_group(e, to), bytes);
}

void jobs_placed(poise_env *e, int slot, bool needs_data)
{
    const run *r = &e->run[slot];
    const graph_template *g = e->job[r->at_job].graph;
    job_task *k = jobs_task(e, r->at_job, r->stage);
    k->device = e->task[slot].device;
    for (int i = g->in_at[r->stage]; i < g->in_at[r->stage + 1] && needs_data; i++) {
        const job_task *before = jobs_task(e, r->at_job, g->in[i].from);
        if (before->done)
            transfer_send(e, before->device, slot, g->in[i].bytes);
    }
    if (k->placed)
        return;
    k->placed = true;
    for (int i = g->out_at[r->stage]; i < g->out_at[r->stage + 1]; i++) {
        job_task *behind = jobs_task(e, r->at_job, g->out[i].to);
        if (--behind->to_place == 0 && e->s->decision.ahead)
            jobs_release(e, r->at_job, g->out[i].to);
    }
}

/* The task, which has done nothing yet, no longer waits for a decision or at a device. */
static void take_back(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    switch ((task_state)r->state) {
    case TASK_RUNNING:
        r->fresh = true;
        run_stop(e, slot);
        break;
    case TASK_QUEUED: dispatch_unqueue(e, slot); break;
    case TASK_WAITING: window_remove(e, slot); break;
    case TASK_ASIDE: calendar_remove(&e->calendar, task_entity(e, slot)); break;
    case TASK_BOOKED:
    case TASK_GONE: break;
    }
    r->state = TASK_ASIDE;
    if (e->keeps_records)
        e->record[e->task[slot].id].fate = POISE_WAITING;
    run_wait(e, slot);
}

/* The task has no place: neither have those behind it. */
static void clear_behind(poise_env *e, int number, int stage)
{
    const graph_template *g = e->job[number].graph;
    jobs_task(e, number, stage)->placed = false;
    for (int i = g->out_at[stage]; i < g->out_at[stage + 1]; i++) {
        job_task *behind = jobs_task(e, number, g->out[i].to);
        if (behind->to_place++ > 0 || behind->slot < 0)
            continue;
        if (behind->placed)
            clear_behind(e, number, g->out[i].to);
        take_back(e, behind->slot);
    }
}

void jobs_displaced(poise_env *e, int slot)
{
    const run *r = &e->run[slot];
    if (r->at_job < 0 || !e->s->decision.ahead)
        return;
    job_task *k = jobs_task(e, r->at_job, r->stage);
    if (k->lost)
        return;
    k->lost = true;
    k->next = e->t.lost_first;
    e->t.lost_first = r->at_job * e->most_stages + r->stage;
}

/* Takes the next one off the list of those that have lost their places; false if there is none. */
static bool next_lost(poise_env *e, int *at)
{
    *at = e->t.lost_first;
    if (*at < 0)
        return false;
    job_task *k = &e->job_task[*at];
    e->t.lost_first = k->next;
    k->next = -1;
    k->lost = false;
    return true;
}

void jobs_take_back(poise_env *e)
{
    while (e->t.lost_first >= 0) {
        for (int at; next_lost(e, &at);) {
            const job_task *k = &e->job_task[at];
            const task_state state = k->slot < 0 ? TASK_GONE : (task_state)e->run[k->slot].state;
            if (k->placed && (state == TASK_WAITING || state == TASK_ASIDE))
                clear_behind(e, at / e->most_stages, at % e->most_stages);
        }
        /* Devices that held tasks go on with others. */
        for (int g = 0; g < e->s->n_groups; g++)
            dispatch_serve(e, g);
    }
}

int jobs_favourite(const poise_env *e, int slot, int group, int profile)
{
    const run *r = &e->run[slot];
    const graph_template *g = e->job[r->at_job].graph;
    const int first = e->group[group].first, last = first + e->s->group[group].count;
    int64_t most = 0;
    int best = -1;
    if (e->s->mode[scenario_cell(e->s, e->task[slot].class_id, group, profile)].devices != 1)
        return -1;
    for (int i = g->in_at[r->stage]; i < g->in_at[r->stage + 1]; i++) {
        int here = jobs_task(e, r->at_job, g->in[i].from)->device;
        int64_t bytes = 0;
        for (int k = g->in_at[r->stage]; k < g->in_at[r->stage + 1]; k++)
            if (jobs_task(e, r->at_job, g->in[k].from)->device == here)
                bytes += g->in[k].bytes;
        if (here >= first && here < last && bytes > most &&
            room_on(e, here, slot, group, profile)) {
            most = bytes;
            best = here;
        }
    }
    return best;
}

double jobs_data_s(const poise_env *e, int slot, int group, int profile)
{
    const run *r = &e->run[slot];
    const graph_template *g = e->job[r->at_job].graph;
    int there = e->s->group[group].count == 1 ? e->group[group].first
                                              : jobs_favourite(e, slot, group, profile);
    double s = 0;
    for (int i = g->in_at[r->stage]; i < g->in_at[r->stage + 1] && r->fresh; i++) {
        const job_task *before = jobs_task(e, r->at_job, g->in[i].from);
        if (before->done && before->device != there)
            s = fmax(s, scenario_transfer_s(e->s, outage_group(e, before->device), group,
                                            g->in[i].bytes));
    }
    return s;
}

static const device_law *law_of(const poise_env *e, int slot)
{
    return e->s->group[e->task[slot].group].law;
}

/* All that the task comes after is done: it is ready, and if it has its device, it goes on. */
static void become_ready(poise_env *e, int number, int stage)
{
    job_task *k = jobs_task(e, number, stage);
    if (e->keeps_records)
        e->more[e->job[number].first_id + stage].ready_ns = e->t.now_ns;
    if (k->slot < 0) {
        if (!e->s->decision.ahead)
            jobs_release(e, number, stage);
        return;
    }
    run *r = &e->run[k->slot];
    r->ready_ns = e->t.now_ns;
    transfer_note(e, k->slot);
    if (r->state == TASK_QUEUED && law_of(e, k->slot)->data_first)
        dispatch_serve(e, e->task[k->slot].group);
    else if (r->state == TASK_RUNNING)
        transfer_come(e, k->slot);
}

/* ---- messages ---------------------------------------------------------------------------- */

/* Work units per second that a link leaves to two tasks that exchange bytes with each unit. */
static double message_rate(const poise_env *e, const job_task *x, const job_task *y, int64_t bytes)
{
    double s = transfer_s(e, x->device, y->device, bytes);
    return s > 0 ? 1 / s : INFINITY;
}

static bool is_running(const poise_env *e, const job_task *k)
{
    return k->slot >= 0 && e->run[k->slot].state == TASK_RUNNING;
}

/* Rates if links had nothing else to carry. Two that talk and both run go at the pace of the slower
 * and of the link; alone, each at its own. Down the least of all that are connected, until nothing
 * changes. */
static void settle_paces(poise_env *e, int number)
{
    const graph_template *g = e->job[number].graph;
    for (int stage = 0; stage < g->n_nodes; stage++) {
        job_task *k = jobs_task(e, number, stage);
        k->pace = is_running(e, k) ? e->run[k->slot].own : 0;
        k->part = 1;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < g->n_messages; i++) {
            job_task *x = jobs_task(e, number, g->message[i].a);
            job_task *y = jobs_task(e, number, g->message[i].b);
            if (!(x->pace > 0) || !(y->pace > 0))
                continue;
            double pace = message_rate(e, x, y, g->message[i].bytes);
            pace = x->pace < pace ? x->pace : pace;
            pace = y->pace < pace ? y->pace : pace;
            changed |= x->pace != pace || y->pace != pace;
            x->pace = y->pace = pace;
        }
    }
}

/* The part of these rates that links leave: the least for all that are connected. */
static void settle_parts(poise_env *e, int number)
{
    const graph_template *g = e->job[number].graph;
    for (bool changed = e->s->has_network; changed;) {
        changed = false;
        for (int i = 0; i < g->n_messages; i++) {
            job_task *x = jobs_task(e, number, g->message[i].a);
            job_task *y = jobs_task(e, number, g->message[i].b);
            if (!(x->pace > 0) || !(y->pace > 0))
                continue;
            double part = transfer_part(e, (int64_t)number * e->most_messages + i);
            part = x->part < part ? x->part : part;
            part = y->part < part ? y->part : part;
            changed |= x->part != part || y->part != part;
            x->part = y->part = part;
        }
    }
}

void jobs_follow(poise_env *e, int number)
{
    const graph_template *g = e->job[number].graph;
    settle_paces(e, number);
    settle_parts(e, number);
    for (int stage = 0; stage < g->n_nodes; stage++) {
        job_task *k = jobs_task(e, number, stage);
        if (is_running(e, k))
            run_set_rate(e, k->slot, k->pace * k->part);
    }
}

void jobs_pace(poise_env *e, int number, int slot, double own)
{
    const graph_template *g = e->job[number].graph;
    if (slot >= 0)
        e->run[slot].own = own;
    settle_paces(e, number);
    for (int i = 0; i < g->n_messages && e->s->has_network; i++) {
        const job_task *x = jobs_task(e, number, g->message[i].a);
        const job_task *y = jobs_task(e, number, g->message[i].b);
        bool both = x->pace > 0 && y->pace > 0;
        transfer_talk(e, (int64_t)number * e->most_messages + i, x->device, y->device,
                      both ? (double)g->message[i].bytes * x->pace : 0);
    }
    jobs_follow(e, number);
}

/* ---- what agents see --------------------------------------------------------------------- */

/* Longest expected way from the start of the task to the end of the job: services grow with the
 * job's size, transfers do not. */
static double rank_s(const job *j, int stage)
{
    const graph_template *g = j->graph;
    double transfers_s = g->upward_s[stage] - g->upward_work_s[stage];
    return graph_rounded(j->visible * g->upward_work_s[stage] + transfers_s);
}

/* Longest expected way of all that is left of the job. */
static double critical_s(const job *j)
{
    return j->front < j->graph->n_nodes ? rank_s(j, j->graph->by_rank[j->front]) : 0;
}

void jobs_see(const poise_env *e, int slot, poise_task *seen)
{
    const run *r = &e->run[slot];
    const job *j = &e->job[r->at_job];
    seen->upward_rank_s = rank_s(j, r->stage);
    seen->critical_s = critical_s(j);
    seen->graph = (int16_t)(j->graph - e->s->graph);
    seen->n_before = (int16_t)jobs_task(e, r->at_job, r->stage)->to_finish;
}

/* The longest way that is left begins at the task with the highest rank that is not done: all
 * others that are not done have lower ones. */
static void advance_front(poise_env *e, int number)
{
    job *j = &e->job[number];
    while (j->front < j->graph->n_nodes && jobs_task(e, number, j->graph->by_rank[j->front])->done)
        j->front++;
    for (int i = 0; i < e->view.n_tasks; i++) {
        poise_task *seen = &e->window[e->t.window_at + i];
        const run *r = &e->run[seen->slot];
        if (r->at_job != number)
            continue;
        seen->critical_s = critical_s(j);
        seen->n_before = (int16_t)jobs_task(e, number, r->stage)->to_finish;
    }
}

void jobs_task_done(poise_env *e, int slot)
{
    int number = e->run[slot].at_job, stage = e->run[slot].stage;
    const graph_template *g = e->job[number].graph;
    job_task *k = jobs_task(e, number, stage);
    k->done = true;
    k->device = e->task[slot].device;
    for (int i = g->out_at[stage]; i < g->out_at[stage + 1]; i++) {
        job_task *behind = jobs_task(e, number, g->out[i].to);
        if (behind->slot >= 0 && e->run[behind->slot].sent_to >= 0)
            transfer_send(e, k->device, behind->slot, g->out[i].bytes);
        if (--behind->to_finish == 0)
            become_ready(e, number, g->out[i].to);
    }
    advance_front(e, number);
}
