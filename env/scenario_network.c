/* scenario_network.c - the links of a scenario as pipes of a network, and the way that bytes take
 * from one device to another: out by the link of the one and in by that of the other, or over the
 * link that their groups have between them. Devices have pipes of their own only where they share
 * them: without sharing, one stands for all. */
#include <math.h>
#include <stdlib.h>

#include "scenario_load.h"

/* ---- where inputs come from --------------------------------------------------------------- */

#define IN(field) offsetof(scenario_link, field)

static const char *const sharings[] = {"fair", "fifo", "none", 0};

static const poise_option origin_rows[] = {
    {"bandwidth", POISE_QUANTITY, IN(byte_per_s), POISE_REQUIRED, 1e-9, 1e30, "B/s",
     "bytes per second, of all inputs together", NULL},
    {"latency", POISE_TIME, IN(latency_ns), 0, 0, HORIZON_MAX_S, "s",
     "before the first byte leaves, beside that of the device's link", NULL},
    {"sharing", POISE_CHOICE, IN(sharing), 0, 0, 0, "",
     "of inputs at once: max-min fair, one after the other, or each has all of it", sharings},
    {0},
};

#undef IN

void scenario_read_origin(scenario_loader *l, yaml_node *workload)
{
    yaml_node *map = yaml_get(&l->doc, workload, "origin");
    if (!map || !yaml_is(&l->doc, map, YAML_MAP, "origin"))
        return;
    options_read(&l->doc, map, origin_rows, &l->s->origin, "", "origin");
    yaml_done(&l->doc, map, "origin");
}

void scenario_print_origin(string_buffer *out, const poise_scenario *s)
{
    if (!(s->origin.byte_per_s > 0))
        return;
    string_add(out, "  origin: ");
    scenario_print_flow(out, "{", origin_rows, &s->origin);
    string_add(out, "}\n");
}

void scenario_schema_origin(string_buffer *out)
{
    scenario_schema_part(out, "workload.origin",
                         "the link out of the place where inputs of tasks are; without it nothing "
                         "is in their way but the links of devices",
                         origin_rows, "");
}

/* ---- pipes -------------------------------------------------------------------------------- */

static bool has_link(const scenario_link *link)
{
    return link->byte_per_s > 0;
}

/* One end of the link for each of n devices, or one for all. */
static int ends(const scenario_link *link, int64_t n)
{
    return (int)(link->per_group || link->sharing == LINK_NONE ? 1 : n);
}

static int ways(const scenario_link *link)
{
    return link->half_duplex ? 1 : 2;
}

int64_t scenario_pipes_of_pair(const poise_scenario *s, const scenario_pair *pair)
{
    if (pair->link.per_group || pair->link.sharing == LINK_NONE)
        return ways(&pair->link);
    return (int64_t)s->group[pair->a].count * s->group[pair->b].count * ways(&pair->link);
}

/* Adds n pipes, each way of the link in turn. group: what uses them counts as its, -1 nobody's. */
static void add_pipes(poise_scenario *s, scenario_link *link, int n, int group)
{
    link->first_pipe = s->n_pipes;
    for (int k = 0; k < n; k++) {
        int p = s->n_pipes++;
        s->pipe[p] = (network_pipe){.byte_per_s = link->byte_per_s, .sharing = link->sharing};
        s->pipe_of[p] = group < 0 ? -1 : 2 * group + k % ways(link);
    }
}

/* Whether anything is ever moved. */
static bool moves_bytes(const poise_scenario *s)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->classes[c].input_bytes > 0 || s->classes[c].change.bytes > 0)
            return true;
    for (int k = 0; k < s->n_graphs; k++)
        if (s->graph[k].n_edges > 0 || s->graph[k].n_messages > 0)
            return true;
    return false;
}

void scenario_settle_network(poise_scenario *s)
{
    int64_t n = 1;
    for (int g = 0; g < s->n_groups; g++)
        n += 2 * (int64_t)s->group[g].count;
    for (int k = 0; k < s->n_pairs; k++)
        n += scenario_pipes_of_pair(s, &s->pair[k]);
    s->pipe = arena_take(s->memory, (size_t)n, sizeof *s->pipe);
    s->pipe_of = arena_take(s->memory, (size_t)n, sizeof *s->pipe_of);
    s->n_pipes = 0;
    for (int g = 0; g < s->n_groups; g++) {
        scenario_link *link = &s->group[g].link;
        if (has_link(link))
            add_pipes(s, link, ends(link, s->group[g].count) * ways(link), g);
    }
    for (int k = 0; k < s->n_pairs; k++)
        add_pipes(s, &s->pair[k].link, (int)scenario_pipes_of_pair(s, &s->pair[k]), -1);
    if (has_link(&s->origin))
        add_pipes(s, &s->origin, 1, -1);
    s->has_network = s->n_pipes > 0 && moves_bytes(s);
}

/* The way goes on over end number `end` of the link. A pipe that it is over already carries its
 * bytes once. */
static void pass(network_way *way, const scenario_link *link, int64_t end, int direction)
{
    if (!has_link(link))
        return;
    bool one = link->per_group || link->sharing == LINK_NONE;
    int pipe = link->first_pipe;
    if (!one)
        pipe += (int)(end * ways(link));
    pipe += link->half_duplex ? 0 : direction;
    bool fits = link->latency_ns <= HORIZON_MAX_NS - way->latency_ns;
    way->latency_ns = fits ? way->latency_ns + link->latency_ns : HORIZON_MAX_NS;
    if (way->n_pipes == 0 || way->pipe[way->n_pipes - 1] != pipe)
        way->pipe[way->n_pipes++] = pipe;
}

/* ---- ways --------------------------------------------------------------------------------- */

/* Groups of a pair, the lower number first: pairs have an order, and no two are equal. */
static int64_t key_of(const scenario_pair *pair)
{
    int low = pair->a < pair->b ? pair->a : pair->b;
    return (int64_t)low << 32 | (pair->a + pair->b - low);
}

static int compare_pairs(const void *a, const void *b)
{
    int64_t x = key_of(*(const scenario_pair *const *)a);
    int64_t y = key_of(*(const scenario_pair *const *)b);
    return (x > y) - (x < y);
}

void scenario_sort_pairs(poise_scenario *s)
{
    s->sorted_pair = arena_take(s->memory, (size_t)s->n_pairs + 1, sizeof *s->sorted_pair);
    for (int k = 0; k < s->n_pairs; k++)
        s->sorted_pair[k] = &s->pair[k];
    qsort(s->sorted_pair, (size_t)s->n_pairs, sizeof *s->sorted_pair, compare_pairs);
}

const scenario_pair *scenario_pair_of(const poise_scenario *s, int a, int b)
{
    const scenario_pair wanted = {.a = a, .b = b}, *key = &wanted;
    if (s->n_pairs == 0)
        return NULL;
    scenario_pair *const *found =
        bsearch(&key, s->sorted_pair, (size_t)s->n_pairs, sizeof key, compare_pairs);
    return found ? *found : NULL;
}

network_way scenario_way(const poise_scenario *s, scenario_end from, scenario_end to)
{
    network_way way = {0};
    if (from.group == to.group && from.device == to.device)
        return way;
    if (from.group == SCENARIO_ORIGIN) {
        pass(&way, &s->origin, 0, 0);
        pass(&way, &s->group[to.group].link, to.device, 1);
        return way;
    }
    const scenario_pair *pair = scenario_pair_of(s, from.group, to.group);
    if (!pair) {
        pass(&way, &s->group[from.group].link, from.device, 0);
        pass(&way, &s->group[to.group].link, to.device, 1);
        return way;
    }
    bool back = pair->a != from.group || (pair->a == pair->b && from.device > to.device);
    scenario_end a = back ? to : from, b = back ? from : to;
    pass(&way, &pair->link, (int64_t)a.device * s->group[pair->b].count + b.device, back);
    return way;
}

double scenario_way_s(const poise_scenario *s, const network_way *way, double bytes)
{
    double byte_per_s = INFINITY;
    for (int k = 0; k < way->n_pipes; k++)
        byte_per_s = fmin(byte_per_s, s->pipe[way->pipe[k]].byte_per_s);
    return seconds(way->latency_ns) + bytes / byte_per_s;
}
