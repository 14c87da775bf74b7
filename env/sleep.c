/* sleep.c - devices that sleep: by themselves after a while without tasks, or as agents say. Who is
 * on the way to sleep gets there before it can be woken; a task that is sent to a device that
 * sleeps wakes it, holds it while it boots, and starts then. */
#include "outage.h"

static void expect(poise_env *e, int number, int64_t after_ns)
{
    int entity = e->first_rest_entity + number;
    if (after_ns <= HORIZON_MAX_NS - e->t.now_ns)
        background_set(e, entity, EVENT_REST, e->t.now_ns + after_ns);
}

void sleep_turn(poise_env *e, int number, int group)
{
    const machine *m = &e->machine[number];
    const scenario_sleep *z = &e->s->group[group].sleep;
    if (!e->group[group].sleeps || m->off)
        return;
    if (e->device[number].running > 0 || z->after_ns == 0)
        background_remove(e, e->first_rest_entity + number);
    else
        expect(e, number, z->after_ns);
}

void sleep_forget(poise_env *e, int number)
{
    background_remove(e, e->first_rest_entity + number);
}

static void turn(poise_env *e, int number, int group, machine_rest rest)
{
    outage_change(e, number, group, 0, rest);
    dispatch_refresh(e, group);
}

void sleep_begin(poise_env *e, int number, int group)
{
    const scenario_sleep *z = &e->s->group[group].sleep;
    sleep_forget(e, number);
    e->machine[number].turned_ns = e->t.now_ns;
    e->machine[number].rest_ns = later(e->t.now_ns, z->down_ns);
    turn(e, number, group, z->down_ns > 0 ? REST_LEAVING : REST_ASLEEP);
    if (z->down_ns > 0)
        expect(e, number, z->down_ns);
}

static void awake(poise_env *e, int number, int group)
{
    turn(e, number, group, REST_AWAKE);
    sleep_turn(e, number, group);
    dispatch_serve(e, group);
}

void sleep_wake(poise_env *e, int number, int group)
{
    const scenario_sleep *z = &e->s->group[group].sleep;
    e->machine[number].turned_ns = e->t.now_ns;
    e->machine[number].rest_ns = later(e->t.now_ns, z->boot_ns);
    if (z->boot_ns == 0) {
        awake(e, number, group);
        return;
    }
    turn(e, number, group, REST_BOOTING);
    expect(e, number, z->boot_ns);
}

void sleep_event(poise_env *e, int number)
{
    int group = outage_group(e, number);
    sleep_forget(e, number);
    switch ((machine_rest)e->machine[number].rest) {
    case REST_AWAKE:
        if (e->device[number].queued > 0)
            sleep_turn(e, number, group);  // a batch is forming
        else
            sleep_begin(e, number, group);
        break;
    case REST_LEAVING: turn(e, number, group, REST_ASLEEP); break;
    case REST_BOOTING: awake(e, number, group); break;
    case REST_ASLEEP: break;
    }
}

int64_t sleep_delay_ns(const poise_env *e, int number, int group)
{
    const machine *m = &e->machine[number];
    if (!m->off)
        return 0;
    return m->rest == REST_ASLEEP ? e->s->group[group].sleep.boot_ns : m->rest_ns - e->t.now_ns;
}

/* Whether the act can be done with the device now. What has just been sent to sleep or woken is not
 * turned back at the same instant. */
static bool can(const poise_env *e, int number, poise_act act)
{
    const machine *m = &e->machine[number];
    if (m->turned_ns == e->t.now_ns || m->broken > 0)
        return false;
    if (act == POISE_WAKE)
        return m->rest == REST_ASLEEP;
    return m->rest == REST_AWAKE && e->device[number].running == 0 && e->device[number].queued == 0;
}

int sleep_candidate(const poise_env *e, int group, poise_act act)
{
    const int first = e->group[group].first, count = e->s->group[group].count;
    if (!e->group[group].sleeps)
        return -1;
    for (int k = 0; k < count; k++) {
        int number = act == POISE_WAKE ? first + k : first + count - 1 - k;
        if (can(e, number, act))
            return number;
    }
    return -1;
}

void sleep_see(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        const group_state *gs = &e->group[g];
        const int count = e->s->group[g].count;
        if (!gs->sleeps || !gs->takes || gs->open == count)
            continue;
        int64_t least = INT64_MAX;
        for (int d = gs->first + gs->open; d < gs->first + count && least > 0; d++) {
            if (e->device[d].cores_free == 0 || !machine_takes(&e->machine[d]))
                continue;
            int64_t ns = sleep_delay_ns(e, d, g);
            least = ns < least ? ns : least;
        }
        e->group_seen[g].backlog_s = seconds(least);
    }
}

void sleep_reset(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        const int first = e->group[g].first;
        e->group[g].sleeps = sleep_sleeps(e->s, sg);
        for (int d = first; d < first + sg->count && e->group[g].sleeps; d++) {
            e->machine[d].turned_ns = -1;
            if (sg->sleep.at_start)
                outage_change(e, d, g, 0, REST_ASLEEP);
            else
                sleep_turn(e, d, g);
        }
    }
}
