/* power.c - what devices draw: idle, busy under the profiles of the tasks on them, or as they say
 * while they take none. A group's power is integrated exactly; under a cap it slows down. */
#include "det.h"
#include "run.h"

/* Power of the device with the tasks that are on it, were there no cap. */
static int64_t device_power_mw(const poise_env *e, int number, int group)
{
    const scenario_group *sg = &e->s->group[group];
    const group_state *gs = &e->group[group];
    const machine *m = &e->machine[number];
    if (m->off)
        return m->off_mw;
    int64_t more = 0;
    for (int p = m->on_first; p >= 0; p = e->place[p].next_on) {
        int64_t mw = e->place[p].busy_mw - sg->idle_mw;
        more += gs->whole ? mw / e->device[number].running : mw * e->place[p].cores / gs->slots;
    }
    return sg->idle_mw + more;
}

void power_count(poise_env *e, int group)
{
    group_state *gs = &e->group[group];
    int64_t dt = e->t.now_ns - gs->since_ns;
    integrate(&gs->busy_ns, gs->busy_cores, dt);
    integrate(&gs->energy_mwns, gs->power_mw, dt);
    gs->since_ns = e->t.now_ns;
}

/* Under a cap all devices of the group lose the same part of their dynamic power, and speed with
 * it: dynamic power goes as speed to the power of `cap_exponent`. */
static void keep_cap(poise_env *e, int group)
{
    const scenario_group *sg = &e->s->group[group];
    group_state *gs = &e->group[group];
    double idle_mw = (double)sg->idle_mw * sg->count, speed = 1;
    gs->power_mw = gs->full_mw;
    if (gs->full_mw > sg->cap_mw) {
        double part = ((double)sg->cap_mw - idle_mw) / ((double)gs->full_mw - idle_mw);
        speed = det_exp(det_log(part) / sg->cap_exponent);
        gs->power_mw = sg->cap_mw;
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
    int64_t mw = device_power_mw(e, number, group);
    power_count(e, group);
    gs->full_mw += mw - e->machine[number].power_mw;
    e->machine[number].power_mw = mw;
    if (e->s->group[group].cap_mw > 0)
        keep_cap(e, group);
    else
        gs->power_mw = gs->full_mw;
}
