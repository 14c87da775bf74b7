/* cost.h - series over the day, and what energy and devices cost (series.c). */
#ifndef POISE_COST_H
#define POISE_COST_H

#include "state.h"

/* The value of a series, which has some, at a time. */
double series_value(const scenario_series *x, int64_t time_ns);
/* When it changes next; INT64_MAX if it never does. */
int64_t series_next(const scenario_series *x, int64_t time_ns);

/* At the start of an episode. */
void cost_reset(poise_env *e);
/* Energy has another price, or another carbon intensity, from now on (EVENT_PRICE). */
void cost_change(poise_env *e, int entity);
/* Money for energy and devices since the episode began, and grams of carbon. */
double cost_so_far(const poise_env *e);
double carbon_so_far_g(const poise_env *e);

#endif
