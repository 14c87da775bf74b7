/* transfer.c - what tasks wait for, as flows over the network. A flow is tagged with the slot of
 * its task, or with -1 - the number of a conversation. */
#include "transfer.h"

#include "jobs.h"
#include "outage.h"

/* ---- beginning and end -------------------------------------------------------------------- */

void transfer_reset(poise_env *e)
{
    e->t.transfer_ns = NETWORK_NEVER;
    e->t.moves_changed = false;
    network_reset(&e->network);
    for (int g = 0; g < 2 * e->s->n_groups; g++)
        e->link_rate[g] = 0;
}

static scenario_end end_of(const poise_env *e, int number)
{
    if (number < 0)
        return (scenario_end){.group = SCENARIO_ORIGIN};
    int group = outage_group(e, number);
    return (scenario_end){.group = group, .device = number - e->group[group].first};
}

static network_way way_of(const poise_env *e, int from, int to)
{
    return scenario_way(e->s, end_of(e, from), end_of(e, to));
}

void transfer_send(poise_env *e, int from, int slot, int64_t bytes)
{
    const task *t = &e->task[slot];
    if (!e->s->has_network || from == t->device)
        return;
    network_way way = way_of(e, from, t->device);
    if (way.n_pipes == 0 || (bytes == 0 && way.latency_ns == 0))
        return;
    network_start(&e->network, e->t.now_ns, &way, (double)bytes, slot);
    e->run[slot].n_flows++;
    e->t.moves_changed = true;
    if (e->run[slot].state == TASK_RUNNING)
        e->run[slot].n_awaited++;
}

int transfer_awaited(const poise_env *e, int slot)
{
    const run *r = &e->run[slot];
    return r->n_flows + (r->at_job >= 0 && jobs_task(e, r->at_job, r->stage)->to_finish > 0);
}

void transfer_note(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    if (r->sent_to >= 0 && transfer_awaited(e, slot) == 0)
        r->holder = r->sent_to;
}

/* Sends its input, or its state. Returns whether it needs the data of tasks before it, too. */
static bool send_own(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    const scenario_class *c = &e->s->classes[t->class_id];
    run *r = &e->run[slot];
    if (!e->s->has_network || r->sent_to == t->device)
        return false;
    r->sent_to = t->device;
    bool anew = r->holder < 0;
    if (anew && c->input_bytes > 0)
        transfer_send(e, SCENARIO_ORIGIN, slot, c->input_bytes);
    else if (!anew && !r->failed && c->change.bytes > 0)
        transfer_send(e, r->holder, slot, c->change.bytes);
    return anew;
}

void transfer_supply(poise_env *e, int slot)
{
    bool anew = send_own(e, slot);
    if (e->run[slot].at_job >= 0)
        jobs_placed(e, slot, anew);
    transfer_note(e, slot);
}

void transfer_leave(poise_env *e, int slot)
{
    run *r = &e->run[slot];
    r->sent_to = -1;
    if (r->fresh)
        r->holder = -1;
    for (; r->n_flows > 0; r->n_flows--) {
        network_remove(&e->network, e->t.now_ns, network_find(&e->network, slot));
        e->t.moves_changed = true;
    }
}

/* ---- what comes --------------------------------------------------------------------------- */

void transfer_come(poise_env *e, int slot)
{
    run_settle(e, slot);
    e->run[slot].n_awaited--;
    run_pace(e, slot);
}

static void receive(poise_env *e, int slot)
{
    const task *t = &e->task[slot];
    run *r = &e->run[slot];
    r->n_flows--;
    transfer_note(e, slot);
    if (r->state == TASK_QUEUED && e->s->group[t->group].law->data_first)
        dispatch_serve(e, t->group);
    else if (r->state == TASK_RUNNING)
        transfer_come(e, slot);
}

void transfer_event(poise_env *e)
{
    calendar_remove(&e->calendar, e->transfer_entity);
    e->t.transfer_ns = NETWORK_NEVER;
    e->t.moves_changed = true;
    for (int64_t slot; network_pop(&e->network, e->t.now_ns, &slot);)
        receive(e, (int)slot);
}

static void set_alarm(poise_env *e)
{
    int64_t next = network_next_ns(&e->network, e->t.now_ns);
    if (next == e->t.transfer_ns)
        return;
    e->t.transfer_ns = next;
    if (next == NETWORK_BEYOND)
        e->t.beyond_horizon = true;
    else if (next == NETWORK_NEVER)
        calendar_remove(&e->calendar, e->transfer_entity);
    else
        calendar_set(&e->calendar, e->transfer_entity, EVENT_TRANSFER, next);
}

/* Bytes per second over all devices of a group, the direction with more of them. */
static void see_links(poise_env *e)
{
    const poise_scenario *s = e->s;
    for (int g = 0; g < 2 * s->n_groups; g++)
        e->link_rate[g] = 0;
    for (int k = e->network.t.first; k >= 0; k = e->network.flow[k].next) {
        const flow *f = &e->network.flow[k];
        for (int i = 0; i < f->way.n_pipes; i++)
            if (s->pipe_of[f->way.pipe[i]] >= 0)
                e->link_rate[s->pipe_of[f->way.pipe[i]]] += f->rate;
    }
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_link *link = &s->group[g].link;
        double most = link->byte_per_s * (link->per_group ? 1 : s->group[g].count);
        if (most > 0)
            e->group_seen[g].link_used =
                fmin(fmax(e->link_rate[2 * g], e->link_rate[2 * g + 1]) / most, 1);
    }
}

/* Conversations go on at what they have now. */
static void pace_talks(poise_env *e)
{
    int64_t last = -1;
    for (int k = e->network.t.first; k >= 0; k = e->network.flow[k].next) {
        if (e->network.flow[k].tag >= 0)
            continue;
        int64_t number = (-1 - e->network.flow[k].tag) / e->most_messages;
        if (number != last)
            jobs_follow(e, (int)number);
        last = number;
    }
}

void transfer_update(poise_env *e)
{
    if (!e->s->has_network || !e->t.moves_changed)
        return;
    e->t.moves_changed = false;
    set_alarm(e);
    see_links(e);
    if (e->most_messages > 0)
        pace_talks(e);
}

double transfer_moved(const poise_env *e)
{
    return e->s->has_network ? network_moved(&e->network, e->t.now_ns) : 0;
}

/* ---- what is expected --------------------------------------------------------------------- */

double transfer_expected_s(const poise_env *e, int slot, int group)
{
    const run *r = &e->run[slot];
    const scenario_class *c = &e->s->classes[e->task[slot].class_id];
    if (!e->s->has_network || (r->holder >= 0 && r->failed))
        return 0;
    int64_t bytes = r->holder < 0 ? c->input_bytes : c->change.bytes;
    scenario_end from = end_of(e, r->holder), to = {.group = group};
    if (bytes == 0 || (from.group == group && e->s->group[group].count == 1))
        return 0;
    to.device = from.group == group && from.device == 0;  // another one
    network_way way = scenario_way(e->s, from, to);
    return scenario_way_s(e->s, &way, (double)bytes);
}

double transfer_left_s(const poise_env *e, int slot)
{
    double most_s = 0;
    int n = e->run[slot].n_flows;
    for (int k = e->network.t.first; n > 0; k = e->network.flow[k].next) {
        const flow *f = &e->network.flow[k];
        if (f->tag != slot)
            continue;
        n--;
        double latency_s = f->moves ? 0 : seconds(f->from_ns - e->t.now_ns);
        double left = f->left - f->rate * (f->moves ? seconds(e->t.now_ns - f->since_ns) : 0);
        most_s = fmax(most_s, latency_s + fmax(left, 0) / f->most);
    }
    return most_s;
}

/* ---- conversations ------------------------------------------------------------------------ */

void transfer_talk(poise_env *e, int64_t number, int a, int b, double byte_per_s)
{
    int id = network_find(&e->network, -1 - number);
    if (id < 0 && !(byte_per_s > 0))
        return;
    e->t.moves_changed = true;
    if (id >= 0 && byte_per_s > 0) {
        network_limit(&e->network, id, byte_per_s);
        return;
    }
    if (id >= 0) {
        network_remove(&e->network, e->t.now_ns, id);
        return;
    }
    network_way way = way_of(e, a, b);
    if (way.n_pipes > 0)
        network_hold(&e->network, e->t.now_ns, &way, byte_per_s, -1 - number);
}

double transfer_part(poise_env *e, int64_t number)
{
    int id = network_find(&e->network, -1 - number);
    if (id < 0)
        return 1;
    double rate = network_rate(&e->network, e->t.now_ns, id);
    double most = e->network.flow[id].most;
    return rate < most ? rate / most : 1;
}
