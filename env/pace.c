/* pace.c - devices whose speed changes over time: throttled by day, slower after an update, faster
 * after a repair. A group's `pace` is a factor of all its speeds, constant between the times of its
 * series; one timer stands at the next change of any. Agents see it in what services are expected
 * to take. */
#include "cost.h"
#include "run.h"

static void set_speeds(poise_env *e, int group, double pace)
{
    const poise_scenario *s = e->s;
    for (int c = 0; c < s->n_classes; c++)
        for (int p = 0; p < s->n_profiles; p++) {
            int cell = scenario_cell(s, c, group, p);
            double speed = s->mode[cell].speed * pace;
            e->pace[cell] = speed > 0 ? 1 / speed : 0;
        }
}

static void expect_change(poise_env *e)
{
    int64_t next = INT64_MAX;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_series *x = &e->s->group[g].pace;
        int64_t at_ns = x->n > 0 ? series_next(x, e->t.now_ns) : INT64_MAX;
        next = at_ns < next ? at_ns : next;
    }
    if (next != INT64_MAX)
        background_set(e, timer_entity(e, TIMER_PACE), EVENT_PACE, next);
}

static void set_pace(poise_env *e, int group)
{
    group_state *gs = &e->group[group];
    double pace = series_value(&e->s->group[group].pace, e->t.now_ns);
    if (pace == gs->pace)
        return;
    double longer = gs->pace / pace;
    gs->pace = pace;
    set_speeds(e, group, pace);
    dispatch_expect_anew(e, group, longer);
    for (int d = gs->first; d < gs->first + e->s->group[group].count; d++)
        if (e->machine[d].on_first >= 0)
            run_pace_device(e, d, group);
}

static void set_paces(poise_env *e)
{
    for (int g = 0; g < e->s->n_groups; g++)
        if (e->s->group[g].pace.n > 0)
            set_pace(e, g);
    expect_change(e);
}

void pace_reset(poise_env *e)
{
    if (!e->s->has_paces)
        return;
    for (int g = 0; g < e->s->n_groups; g++)
        if (e->s->group[g].pace.n > 0)
            e->group[g].pace = 0;  // none: those of the episode before are forgotten
    set_paces(e);
}

void pace_change(poise_env *e)
{
    background_remove(e, timer_entity(e, TIMER_PACE));
    set_paces(e);
}
