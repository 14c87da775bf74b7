/* bound_price.h - devices of all kinds as one server: each thing that there is only so much of
 * (devices, cores, FLOP/s, memory, named resources) gets a price, so that all there is costs 1 a
 * second. What a task costs where it is cheapest is then the least time that it keeps all devices
 * together busy.
 *
 * That holds for any prices. Those of the linear program that divides all work over groups and
 * profiles as well as can be (its dual) make the cost of all tasks as high as it can be: the time
 * that they would take if they could be divided at will (E. L. Lawler, J. Labetoulle, J. ACM 25(4),
 * 1978). Classes and groups that have nothing to do with each other are servers of their own. */
#ifndef BOUND_PRICE_H
#define BOUND_PRICE_H

#include "bound_pool.h"
#include "device.h"

/* What a class asks of a limit under a mode for one work unit: part of all there is of it, for a
 * second; each more where it depends on the task's cores. */
typedef struct price_load {
    int limit;
    double plain, per_core;
} price_load;

enum { PRICE_MOST_LOADS = LAW_MOST_LOADS + 1 + 64 };

/* A way in which a class can run. */
typedef struct price_mode {
    int class_id, group, profile;
    double speed;  // work units per second at most
    int first_load, n_loads;
} price_mode;

typedef struct price_list {
    const poise_scenario *s;
    int n_parts;       // of the scenario, each a server
    int *part;         // (n_classes) -1: its tasks run nowhere
    int *group_part;   // (n_groups) -1: no class runs there
    int n_modes;       // by class
    price_mode *mode;  // (n_modes)
    int *first_mode;   // (n_classes + 1)
    price_load *load;
    int n_limits;
    int *limit_group;   // (n_limits)
    double *price;      // (n_limits) those of a part sum to 1
    double *peak;       // (n_groups) the highest pace
    pool_clock *clock;  // (n_parts)
} price_list;

/* Prices for tasks that come to so much work, and work times cores, of each class (n_classes); at
 * all times up to until_s. false without memory. */
bool price_make(price_list *p, const poise_scenario *s, const double *work, const double *by_cores,
                double until_s);
void price_free(price_list *p);
/* What a work unit of a task with so many cores costs. */
double price_need(const price_list *p, int class_id, int cores);

/* Tasks at once on a device, in full speeds of one task; and the most of these that one can have.
 */
double price_room(const scenario_group *g);
double price_fastest(const scenario_group *g, const scenario_class *c);

#endif
