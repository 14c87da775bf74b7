/* series.c - what energy and devices cost. Price and carbon intensity of energy are constant
 * between the times of a series, so that cost is a sum of products: energy taken at a price times
 * that price. A timer stands at each change. */
#include "cost.h"

double series_value(const scenario_series *x, int64_t time_ns)
{
    int64_t at = time_ns % x->period_ns;
    int k = x->n - 1;
    while (k > 0 && x->at_ns[k] > at)
        k--;
    return x->value[k];
}

int64_t series_next(const scenario_series *x, int64_t time_ns)
{
    int64_t at = time_ns % x->period_ns, begin = time_ns - at;
    int k = 0;
    while (k < x->n && x->at_ns[k] <= at)
        k++;
    if (x->n < 2)
        return INT64_MAX;
    int64_t after = k < x->n ? x->at_ns[k] : x->period_ns;
    return begin > HORIZON_MAX_NS - after ? INT64_MAX : begin + after;
}

/* ---- in an episode ----------------------------------------------------------------------- */

/* One kilowatt hour. */
#define KWH_MWNS 3.6e18

static double price_now(const scenario_series *x, int64_t time_ns)
{
    return x->n > 0 ? series_value(x, time_ns) : 0;
}

static void see_prices(poise_env *e)
{
    e->view.price_per_kwh = price_now(&e->s->price, e->t.now_ns);
    e->view.carbon_g_per_kwh = price_now(&e->s->carbon, e->t.now_ns);
}

static void expect_change(poise_env *e, const scenario_series *x, int timer)
{
    int64_t next = x->n > 0 ? series_next(x, e->t.now_ns) : INT64_MAX;
    if (next != INT64_MAX)
        background_set(e, timer_entity(e, timer), EVENT_PRICE, next);
}

void cost_reset(poise_env *e)
{
    see_prices(e);
    expect_change(e, &e->s->price, TIMER_PRICE);
    expect_change(e, &e->s->carbon, TIMER_CARBON);
}

/* Kilowatt hours at the present prices so far. */
static double unpaid_kwh(const poise_env *e)
{
    return (double)(dispatch_energy_mwns(e) - e->t.priced_mwns) / KWH_MWNS;
}

void cost_change(poise_env *e, int entity)
{
    double kwh = unpaid_kwh(e);
    bool is_price = entity == timer_entity(e, TIMER_PRICE);
    background_remove(e, entity);
    e->t.energy_cost += kwh * e->view.price_per_kwh;
    e->t.carbon_g += kwh * e->view.carbon_g_per_kwh;
    e->t.priced_mwns = dispatch_energy_mwns(e);
    see_prices(e);
    expect_change(e, is_price ? &e->s->price : &e->s->carbon,
                  is_price ? TIMER_PRICE : TIMER_CARBON);
}

/* Of devices that are not asleep. */
static double cost_of_devices(const poise_env *e)
{
    double sum = 0;
    for (int g = 0; g < e->s->n_groups; g++) {
        const scenario_group *sg = &e->s->group[g];
        const group_state *gs = &e->group[g];
        if (sg->price_per_h == 0)
            continue;
        __int128 ns = (__int128)e->t.now_ns * sg->count - gs->asleep_ns;
        ns -= (__int128)(e->t.now_ns - gs->since_ns) * gs->n_asleep;
        sum += sg->price_per_h * ((double)ns / 3.6e12);
    }
    return sum;
}

double cost_so_far(const poise_env *e)
{
    return e->t.energy_cost + unpaid_kwh(e) * e->view.price_per_kwh + cost_of_devices(e);
}

double carbon_so_far_g(const poise_env *e)
{
    return e->t.carbon_g + unpaid_kwh(e) * e->view.carbon_g_per_kwh;
}
