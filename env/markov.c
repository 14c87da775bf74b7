/* markov.c - a scenario as a Markov decision process: what its tasks, devices and decisions mean
 * for the chain, and why some scenarios are none. */
#include "markov.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "error.h"
#include "graph.h"
#include "scenario.h"
#include "source.h"

enum { PLACES_MOST = 1024 };

const char *const markov_cost_names[] = {"reward", "holding", "number", 0};

/* The first reason why the scenario is no such process. */
__attribute__((format(printf, 2, 3))) static bool refuse(poise_error *err, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    error_add(err, "no optimum is known: %s", why);
    return false;
}

static bool is_exponential(const dist *d)
{
    return d->type && strcmp(d->type->name, "exponential") == 0;
}

static bool is_constant(const dist *d)
{
    return !d->type || !(d->second_moment > d->mean * d->mean * (1 + 1e-12));
}

/* ---- what cannot be ------------------------------------------------------------------------ */

static bool check_decisions(const poise_scenario *s, poise_error *err)
{
    const scenario_decision *d = &s->decision;
    if (s->competition.rule != COMPETE_NOT)
        return refuse(err, "tenants compete");
    if (d->mode != MODE_DISPATCH)
        return refuse(err, "devices are shared, not dispatched");
    if (d->commit != COMMIT_NONE || d->lookahead_ns > 0 || d->ahead)
        return refuse(err, "tasks are booked or sent ahead");
    if (d->defer_ns > 0 || d->power)
        return refuse(err, "tasks may be put aside, or devices be switched");
    if (d->preempt == PREEMPT_RESTART)
        return refuse(err, "tasks that are displaced begin anew");
    if (d->preempt != PREEMPT_NONE && d->reject)
        return refuse(err, "tasks may be both displaced and refused");
    if (d->preempt == PREEMPT_NONE && (d->suspend || d->migrate || d->rescale))
        return refuse(err, "tasks may move but not be displaced");
    const double *w = s->reward_weight;
    if (w[REWARD_SLOWDOWN] != 0 || w[REWARD_FAIRNESS] != 0)
        return refuse(err, "the reward holds slowdown or fairness");
    if (w[REWARD_COST] != 0 || w[REWARD_CARBON] != 0)
        return refuse(err, "the reward holds money or carbon");
    return true;
}

static bool check_group(const poise_scenario *s, const scenario_group *g, poise_error *err)
{
    const bool cores = strcmp(g->law->name, "cores") == 0;
    if (!cores && strcmp(g->law->name, "fifo") != 0)
        return refuse(err, "devices of group %s do not serve one task at a time (law %s)", g->name,
                      g->law->name);
    if (!cores && g->params.queue != 0)
        return refuse(err, "devices of group %s have queues of their own", g->name);
    if (cores && (g->memory_bytes != INT64_MAX || g->params.parts > 1))
        return refuse(err, "tasks share the memory or the parts of devices of group %s", g->name);
    if (g->failures.mtbf.type || g->failures.rack_mtbf.type)
        return refuse(err, "devices of group %s fail", g->name);
    if (g->sleep.boot_ns >= 0 || g->pace.n > 0 || g->cap_mw > 0)
        return refuse(err, "devices of group %s sleep, change their speed or have a power cap",
                      g->name);
    if (s->n_graphs > 0 && (g->link.latency_ns > 0 || s->has_network))
        return refuse(err, "data is moved over links");
    return true;
}

static bool check_class(const poise_scenario *s, const scenario_class *c, poise_error *err)
{
    const scenario_switch *change = &c->change;
    if (c->deadline.type || c->slack > 0 || c->killed_at_limit)
        return refuse(err, "class %s has deadlines or limits", c->name);
    if (c->checkpoint.cost_ns > 0 || c->has_sync)
        return refuse(err, "class %s takes checkpoints or several devices", c->name);
    if (s->decision.preempt != PREEMPT_NONE &&
        (change->time_ns > 0 || change->bytes > 0 || change->lost > 0))
        return refuse(err, "moving tasks of class %s takes time", c->name);
    if (c->input_bytes > 0)
        return refuse(err, "class %s has inputs that are moved", c->name);
    if (!c->graph && c->cores > 1)
        return refuse(err, "class %s needs several cores", c->name);
    return true;
}

static bool check_all(const poise_scenario *s, poise_error *err)
{
    if (!check_decisions(s, err))
        return false;
    if (s->interference || s->n_resources > 0)
        return refuse(err, "tasks compete for named resources or disturb each other");
    for (int g = 0; g < s->n_groups; g++)
        if (!check_group(s, &s->group[g], err))
            return false;
    for (int c = 0; c < s->n_classes; c++)
        if (!check_class(s, &s->classes[c], err))
            return false;
    for (int t = 0; t < s->n_tenants; t++)
        if (s->tenant[t].quota > 0)
            return refuse(err, "tenants have quotas");
    return true;
}

/* ---- types of tasks ------------------------------------------------------------------------ */

static int add_type(markov *m, const markov_type *t, poise_error *err)
{
    if (m->n_types == MARKOV_TYPES) {
        refuse(err, "there are more than %d types of tasks", MARKOV_TYPES);
        return -1;
    }
    m->type[m->n_types] = *t;
    return m->n_types++;
}

static double cost_of(const markov *m, const poise_scenario *s, int class_id)
{
    const double *w = s->reward_weight, weight = s->classes[class_id].weight;
    switch (m->wish.cost) {
    case MARKOV_HOLDING: return weight;
    case MARKOV_NUMBER: return 1;
    default: return w[REWARD_FLOW] + w[REWARD_HOLDING] * weight;
    }
}

/* Tasks that are not ready yet are in the system, too: the reward counts them. */
static void count_tasks_to_come(markov *m, int first)
{
    if (m->wish.cost != MARKOV_REWARD)
        return;
    for (int i = m->n_types - 1; i >= first; i--)
        for (int k = 0; k < m->type[i].n_next; k++)
            m->type[i].cost += m->type[m->type[i].next[k]].cost;
}

/* The tasks of a graph, each of which may wait for one other at most. */
static bool add_graph(markov *m, const poise_scenario *s, const scenario_class *job,
                      markov_arrival *a, poise_error *err)
{
    const graph_template *g = job->graph;
    const int first = m->n_types;
    if (!is_constant(&job->size))
        return refuse(err, "the tasks of a job of class %s have a size in common", job->name);
    if (g->n_messages > 0)
        return refuse(err, "tasks of graph %s exchange messages", g->name);
    for (int k = 0; k < g->n_nodes; k++) {
        const graph_node *node = &g->node[k];
        if (node->n_parts != 1 || !is_exponential(&node->part[0].size))
            return refuse(err, "the size of task %s of graph %s is not exponential", node->name,
                          g->name);
        const int before = g->in_at[k + 1] - g->in_at[k];
        if (before > 1)
            return refuse(err, "task %s of graph %s waits for several others", node->name, g->name);
        const markov_type t = {
            .name = node->name,
            .class_id = node->class_id,
            .graph = (int)(g - s->graph),
            .stage = k,
            .size = node->part[0].size.mean * job->size.mean,
            .cost = cost_of(m, s, node->class_id),
        };
        const int number = add_type(m, &t, err);
        if (number < 0)
            return false;
        if (before == 0) {
            a->root[a->n_roots++] = number;
            continue;
        }
        const graph_edge *edge = &g->in[g->in_at[k]];
        markov_type *previous = &m->type[first + edge->from];
        if (edge->bytes > 0)
            return refuse(err, "data is moved along the edges of graph %s", g->name);
        if (previous->n_next == MARKOV_NEXT)
            return refuse(err, "more than %d tasks of graph %s wait for one", MARKOV_NEXT, g->name);
        previous->next[previous->n_next++] = number;
    }
    count_tasks_to_come(m, first);
    a->n_tasks = g->n_nodes;
    return true;
}

static bool add_class(markov *m, const poise_scenario *s, int class_id, markov_arrival *a,
                      poise_error *err)
{
    const scenario_class *c = &s->classes[class_id];
    if (c->graph)
        return add_graph(m, s, c, a, err);
    if (!is_exponential(&c->size))
        return refuse(err, "the size of class %s is not exponential", c->name);
    const int number = add_type(m,
                                &(markov_type){
                                    .name = c->name,
                                    .class_id = class_id,
                                    .graph = -1,
                                    .size = c->size.mean,
                                    .cost = cost_of(m, s, class_id),
                                },
                                err);
    a->root[0] = number;
    a->n_roots = a->n_tasks = 1;
    return number >= 0;
}

/* Poisson arrivals of a class per second; -1 where they are not Poisson. */
static double rate_of(const poise_scenario *s, int class_id, poise_error *err)
{
    double sum = 0;
    for (int k = 0; k < s->n_sources; k++) {
        const scenario_source *src = &s->source[k];
        for (int i = 0; i < src->n_mix || (src->n_mix == 0 && i == 0); i++) {
            if (strcmp(src->type->name, "poisson") != 0) {
                refuse(err, "arrivals of source %s are not Poisson but %s",
                       src->name && *src->name ? src->name : "number 0", src->type->name);
                return -1;
            }
            if (src->stop_ns > 0 || src->start_ns > 0) {
                refuse(err, "sources start or stop in between");
                return -1;
            }
            if (src->mix_class[i] == class_id)
                sum += src->rate_per_s * source_part(src, i);
        }
    }
    return sum;
}

static bool read_types(markov *m, const poise_scenario *s, poise_error *err)
{
    for (int c = 0; c < s->n_classes; c++) {
        const double rate = rate_of(s, c, err);
        if (rate < 0)
            return false;
        if (rate == 0)
            continue;
        if (m->n_arrivals == MARKOV_TYPES)
            return refuse(err, "more than %d classes arrive", MARKOV_TYPES);
        markov_arrival *a = &m->arrival[m->n_arrivals++];
        a->rate = rate;
        if (!add_class(m, s, c, a, err))
            return false;
        if (s->decision.reject && a->n_tasks > 1)
            return refuse(err, "jobs that are graphs may be refused");
    }
    return m->n_arrivals > 0 || refuse(err, "nothing arrives");
}

/* ---- where they run ------------------------------------------------------------------------ */

static bool add_mode(markov *m, const poise_scenario *s, int type, int group, int profile,
                     poise_error *err)
{
    const scenario_group *g = &s->group[group];
    const markov_type *t = &m->type[type];
    const scenario_mode *how = &s->mode[scenario_cell(s, t->class_id, group, profile)];
    const double *w = s->reward_weight;
    if (!(how->speed > 0))
        return true;
    if (how->devices > 1 || how->cores > 1)
        return refuse(err, "class %s runs on several devices or cores",
                      s->classes[t->class_id].name);
    if (m->n_modes == MARKOV_MODES)
        return refuse(err, "tasks can run in more than %d ways", MARKOV_MODES);
    const bool rewarded = m->wish.cost == MARKOV_REWARD;
    const double per_device = strcmp(g->law->name, "cores") == 0 ? g->params.cores : 1;
    m->mode[m->n_modes++] = (markov_mode){
        .type = type,
        .group = group,
        .profile = profile,
        .rate = how->speed / t->size,
        .cost = rewarded
                    ? w[REWARD_ENERGY] * 1e-3 * (double)(how->busy_mw - g->idle_mw) / per_device
                    : 0,
        .gain = rewarded ? w[REWARD_THROUGHPUT] + w[REWARD_QUALITY] * how->quality : 0,
    };
    return true;
}

/* Whether tasks that run may be put anywhere that they can run. */
static bool may_move(const markov *m, const poise_scenario *s, int type)
{
    bool one_group = true, one_profile = true;
    for (int a = 0; a < m->n_modes; a++)
        for (int b = 0; b < a; b++)
            if (m->mode[a].type == type && m->mode[b].type == type) {
                one_group &= m->mode[a].group == m->mode[b].group;
                one_profile &= m->mode[a].profile == m->mode[b].profile;
            }
    return (one_group || s->decision.migrate) && (one_profile || s->decision.rescale);
}

static bool read_modes(markov *m, const poise_scenario *s, poise_error *err)
{
    m->n_groups = s->n_groups;
    m->servers = calloc((size_t)s->n_groups, sizeof *m->servers);
    for (int g = 0; g < s->n_groups && m->servers; g++) {
        const scenario_group *group = &s->group[g];
        m->servers[g] =
            group->count * (strcmp(group->law->name, "cores") == 0 ? group->params.cores : 1);
        if (m->servers[g] > 255)
            return refuse(err, "group %s has more than 255 devices", group->name);
        if (m->wish.cost == MARKOV_REWARD)
            m->idle_cost +=
                s->reward_weight[REWARD_ENERGY] * 1e-3 * (double)group->idle_mw * group->count;
    }
    for (int t = 0; t < m->n_types; t++)
        for (int g = 0; g < s->n_groups; g++)
            for (int p = 0; p < s->n_profiles; p++)
                if (!add_mode(m, s, t, g, p, err))
                    return false;
    for (int t = 0; t < m->n_types && m->preempts; t++)
        if (!may_move(m, s, t))
            return refuse(err, "tasks may be displaced but not moved (decision.migrate)");
    return m->servers || refuse(err, "out of memory");
}

/* ---- the ways in which devices can be busy ------------------------------------------------- */

static int total(const unsigned char *busy, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += busy[i];
    return sum;
}

/* The busiest last. */
static int compare(const unsigned char *a, const unsigned char *b, int n)
{
    const int more = total(a, n) - total(b, n);
    return more ? more : memcmp(a, b, (size_t)n);
}

int markov_place(const markov *m, const unsigned char *busy)
{
    int low = 0, high = m->n_places;
    while (low < high) {
        const int middle = (low + high) / 2;
        const int order = compare(busy, m->busy + (size_t)middle * (size_t)m->n_modes, m->n_modes);
        if (order == 0)
            return middle;
        *(order < 0 ? &high : &low) = order < 0 ? middle : middle + 1;
    }
    return -1;
}

/* The next of all ways, in the order of an odometer; false after the last. */
static bool step(const markov *m, unsigned char *busy)
{
    for (int i = 0; i < m->n_modes; i++) {
        int used = 0;
        for (int k = 0; k < m->n_modes; k++)
            used += m->mode[k].group == m->mode[i].group ? busy[k] : 0;
        if (used < m->servers[m->mode[i].group]) {
            busy[i]++;
            return true;
        }
        busy[i] = 0;
    }
    return false;
}

/* Puts it where it belongs among those that are there. */
static void insert(markov *m, const unsigned char *busy)
{
    const size_t row = (size_t)m->n_modes;
    int at = m->n_places++;
    for (; at > 0 && compare(busy, m->busy + (size_t)(at - 1) * row, m->n_modes) < 0; at--)
        memcpy(m->busy + (size_t)at * row, m->busy + (size_t)(at - 1) * row, row);
    memcpy(m->busy + (size_t)at * row, busy, row);
}

static void describe(markov *m, int place)
{
    const unsigned char *busy = m->busy + (size_t)place * (size_t)m->n_modes;
    unsigned char less[MARKOV_MODES];
    m->place_cost[place] = m->idle_cost;
    for (int i = 0; i < m->n_modes; i++) {
        const markov_mode *mode = &m->mode[i];
        int used = 0;
        for (int k = 0; k < m->n_modes; k++)
            used += m->mode[k].group == mode->group ? busy[k] : 0;
        m->needs[place * m->n_types + mode->type] += busy[i];
        m->open[place * m->n_types + mode->type] |= used < m->servers[mode->group];
        m->place_cost[place] += busy[i] * mode->cost;
        memcpy(less, busy, (size_t)m->n_modes);
        less[i] -= busy[i] > 0;
        m->down[place * m->n_modes + i] = busy[i] > 0 ? markov_place(m, less) : -1;
    }
}

static bool includes(const markov *m, int more, int less)
{
    bool all = true;
    for (int i = 0; i < m->n_modes; i++)
        all &= m->busy[more * m->n_modes + i] >= m->busy[less * m->n_modes + i];
    return all;
}

static bool list_ups(markov *m)
{
    const size_t n = (size_t)m->n_places;
    m->up_at = calloc(n + 1, sizeof *m->up_at);
    m->up = calloc(n * n, sizeof *m->up);
    if (!m->up_at || !m->up)
        return false;
    int at = 0;
    for (int a = 0; a < m->n_places; a++) {
        for (int b = 0; b < m->n_places; b++)
            if (includes(m, b, a))
                m->up[at++] = b;
        m->up_at[a + 1] = at;
    }
    return true;
}

static bool list_places(markov *m, poise_error *err)
{
    const size_t modes = (size_t)m->n_modes, types = (size_t)m->n_types;
    unsigned char busy[MARKOV_MODES] = {0};
    m->busy = calloc(PLACES_MOST, modes);
    if (!m->busy)
        return refuse(err, "out of memory");
    do {
        if (m->n_places == PLACES_MOST)
            return refuse(err, "devices can be busy in more than %d ways", PLACES_MOST);
        insert(m, busy);
    } while (step(m, busy));
    const size_t n = (size_t)m->n_places;
    m->needs = calloc(n, types);
    m->open = calloc(n, types);
    m->down = calloc(n * modes, sizeof *m->down);
    m->place_cost = calloc(n, sizeof *m->place_cost);
    if (!m->needs || !m->open || !m->down || !m->place_cost || !list_ups(m))
        return refuse(err, "out of memory");
    for (int k = 0; k < m->n_places; k++)
        describe(m, k);
    return true;
}

bool markov_read(markov *m, const poise_scenario *s, poise_error *err)
{
    const scenario_decision *d = &s->decision;
    m->preempts = d->preempt != PREEMPT_NONE;
    m->rejects = d->reject;
    m->idles = s->may_wait || d->reject || d->suspend || d->migrate || d->rescale;
    m->queue_limit = s->queue_limit;
    m->discount_per_s = m->wish.cost == MARKOV_REWARD ? s->discount_per_s : 0;
    m->refusal_cost = m->wish.cost == MARKOV_REWARD ? s->reward_weight[REWARD_DROPPED] : 0;
    return check_all(s, err) && read_types(m, s, err) && read_modes(m, s, err) &&
           list_places(m, err);
}

/* ---- kept by the scenario ------------------------------------------------------------------ */

void markov_free(markov *m)
{
    while (m) {
        markov *next = m->next;
        free(m->servers);
        free(m->busy);
        free(m->needs);
        free(m->open);
        free(m->down);
        free(m->place_cost);
        free(m->up_at);
        free(m->up);
        free(m->choice);
        free(m);
        m = next;
    }
}

static const markov *find(const markov *m, const markov_wish *w)
{
    while (m && !(m->wish.cost == w->cost && m->wish.cap == w->cap && m->wish.states == w->states &&
                  m->wish.gap == w->gap))
        m = m->next;
    return m;
}

markov *markov_new(const poise_scenario *s, const markov_wish *wish, poise_error *err)
{
    markov *m = calloc(1, sizeof *m);
    if (!m)
        return error_null(err, "out of memory");
    m->wish = *wish;
    if (markov_read(m, s, err) && markov_is_small(m, err))
        return m;
    markov_free(m);
    return NULL;
}

markov *markov_of_rule(const poise_scenario *s, const markov_wish *wish, markov_rule rule,
                       void *data, poise_error *err)
{
    markov *m = markov_new(s, wish, err);
    if (!m)
        return NULL;
    m->rule = rule;
    m->rule_data = data;
    if (markov_solve(m, err))
        return m;
    markov_free(m);
    return NULL;
}

const markov *markov_of(const poise_scenario *s, const markov_wish *wish, poise_error *err)
{
    /* What has been solved is the one thing about a scenario that comes later. Whoever solves the
     * same at the same time finds the same. */
    markov **solved = (markov **)&s->solved;
    const markov *known = find(__atomic_load_n(solved, __ATOMIC_ACQUIRE), wish);
    if (known)
        return known;
    markov *m = markov_new(s, wish, err);
    if (!m || !markov_solve(m, err)) {
        markov_free(m);
        return NULL;
    }
    m->next = __atomic_load_n(solved, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(solved, &m->next, m, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        ;
    return m;
}
