/* power.c - what devices draw: idle, busy under the profiles of the tasks on them, or as they say
 * while they take none. A group's power is integrated exactly; under a cap it slows down. */
#include "det.h"
#include "run.h"

int64_t power_of(const poise_env *e, int number, int group)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    const machine *m = &e->machine[number];
    if (m->off)
        return m->off_mw;
    if (m->on_first < 0)
        return sg->idle_mw;
    int64_t sum = 0;
    for (int p = m->on_first; p >= 0; p = e->place[p].next_on)
        sum += (e->place[p].busy_mw - sg->idle_mw) * (gs->whole ? 1 : e->place[p].cores);
    return sg->idle_mw + sum / (gs->whole ? e->device[number].running : gs->slots);
}

void power_count(poise_env *e, int group)
{
    group_state *gs = &e->group[group];
    int64_t dt = e->t.now_ns - gs->since_ns;
    integrate(&gs->busy_ns, gs->busy_cores, dt);
    integrate(&gs->energy_mwns, gs->power_mw, dt);
    integrate(&gs->down_ns, gs->n_down, dt);
    integrate(&gs->asleep_ns, gs->n_asleep, dt);
    gs->since_ns = e->t.now_ns;
}

/* Under a cap all devices of the group lose the same part of their dynamic power, and speed with
 * it: dynamic power goes as speed to the power of `cap_exponent`. */
static void keep_cap(poise_env *e, int group)
{
    const scenario_group *sg = &e->s->group[group];
    group_state *gs = &e->group[group];
    double base_mw = (double)gs->base_mw, speed = 1;
    gs->power_mw = gs->full_mw;
    if (gs->full_mw > sg->cap_mw && gs->full_mw > gs->base_mw) {
        double part = ((double)sg->cap_mw - base_mw) / ((double)gs->full_mw - base_mw);
        speed = part > 0 ? det_exp(det_log(part) / sg->cap_exponent) : 0;
        gs->power_mw = part > 0 ? sg->cap_mw : gs->base_mw;
    }
    if (speed == gs->speed)
        return;
    gs->speed = speed;
    for (int d = gs->first; d < gs->first + sg->count; d++)
        if (e->machine[d].on_first >= 0)
            run_pace_device(e, d, group);
}

void power_update(poise_env *e, int number, int group)
{
    group_state *gs = &e->group[group];
    int64_t mw = power_of(e, number, group);
    power_count(e, group);
    machine *m = &e->machine[number];
    int64_t base_mw = m->off ? m->off_mw : e->s->group[group].idle_mw;
    gs->full_mw += mw - m->power_mw;
    gs->base_mw += base_mw - m->base_mw;
    m->power_mw = mw;
    m->base_mw = base_mw;
    if (e->s->group[group].cap_mw > 0)
        keep_cap(e, group);
    else
        gs->power_mw = gs->full_mw;
}
