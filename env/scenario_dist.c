/* scenario_dist.c - a distribution in a scenario file: of a size, a think time, the number of jobs
 * in a batch. A number stands for the distribution that is always that number. */
#include <math.h>
#include <string.h>

#include "scenario_load.h"

const double *scenario_read_numbers(scenario_loader *l, yaml_node *list, const char *what,
                                    const char *unit, double most, int *n)
{
    const poise_option row = {what, POISE_QUANTITY, 0, 0, 0, most, unit, "", NULL};
    *n = 0;
    if (!yaml_is(&l->doc, list, YAML_LIST, what))
        return NULL;
    double *value = arena_take(l->memory, (size_t)list->n + 1, sizeof *value);
    for (int k = 0; k < list->n; k++)
        options_read_one(&l->doc, list->entry[k].value, &row, &value[k], unit);
    *n = list->n;
    return value;
}

/* The lists of an empirical distribution: values and, perhaps, their weights. */
static void read_values(scenario_loader *l, yaml_node *map, const char *unit, dist *d)
{
    yaml_node *values = yaml_need(&l->doc, map, "values", "an empirical distribution");
    yaml_node *weights = yaml_get(&l->doc, map, "weights");
    if (!values)
        return;
    d->value = scenario_read_numbers(l, values, "values", unit, 1e30, &d->n_values);
    int n = d->n_values;
    double *cumulative = arena_take(l->memory, (size_t)n + 1, sizeof *cumulative);
    const double *weight =
        weights ? scenario_read_numbers(l, weights, "weights", "", 1e30, &n) : NULL;
    if (weights && n != d->n_values) {
        yaml_wrong(&l->doc, weights->mark, NULL, "%d weights for %d values", n, d->n_values);
        d->n_values = 0;
        return;
    }
    double sum = 0;
    for (int k = 0; k < n; k++)
        cumulative[k] = sum += weight ? weight[k] : 1;
    if (n == 0 || !(sum > 0)) {
        yaml_wrong(&l->doc, map->mark, NULL, "an empirical distribution needs values of weight");
        d->n_values = 0;
        return;
    }
    for (int k = 0; k < n; k++)
        cumulative[k] /= sum;
    d->cumulative = cumulative;
    d->weight = weight;
}

static const dist_type *read_type(scenario_loader *l, yaml_node *map, const char *key)
{
    const char *names[32] = {0};
    for (int k = 0; k < 31 && dist_types[k]; k++)
        names[k] = dist_types[k]->name;
    yaml_node *node = yaml_need(&l->doc, map, "distribution", key);
    if (!node || !yaml_is(&l->doc, node, YAML_SCALAR, "distribution"))
        return NULL;
    const dist_type *type = dist_find(node->text);
    if (!type)
        yaml_wrong_name(&l->doc, node->mark, "distribution", node->text, names);
    return type;
}

static dist read_map(scenario_loader *l, yaml_node *map, const char *key, const char *unit)
{
    dist d = {0};
    const dist_type *type = read_type(l, map, key);
    if (!type)
        return d;
    const char *what = arena_format(l->memory, "distribution %s", type->name);
    int before = l->doc.n_mistakes;
    options_read(&l->doc, map, type->options, &d, unit, what);
    if (strcmp(type->name, "empirical") == 0)
        read_values(l, map, unit, &d);
    yaml_done(&l->doc, map, what);
    d.type = l->doc.n_mistakes == before ? type : NULL;
    return d;
}

static dist read_number(scenario_loader *l, yaml_node *node, const char *key, const char *unit)
{
    const poise_option row = {key, POISE_QUANTITY, 0, 0, 0, 1e30, "", "", NULL};
    double value = 0;
    return options_read_one(&l->doc, node, &row, &value, unit) ? dist_constant(value) : (dist){0};
}

bool scenario_read_dist(scenario_loader *l, yaml_node *node, const char *key, const char *unit,
                        dist *written, dist *prepared)
{
    dist d = {0};
    if (node->kind == YAML_SCALAR)
        d = read_number(l, node, key, unit);
    else if (yaml_is(&l->doc, node, YAML_MAP, key))
        d = read_map(l, node, key, unit);
    *written = *prepared = d;
    if (!d.type)
        return false;
    char problem[256];
    if (!d.type->prepare(prepared, problem, sizeof problem))
        yaml_wrong(&l->doc, node->mark, NULL, "%s: %s", key, problem);
    else if (!(prepared->mean > 0) || !isfinite(prepared->mean))
        yaml_wrong(&l->doc, node->mark, NULL, "%s: its mean must be positive and finite", key);
    else
        return true;
    written->type = prepared->type = NULL;
    return false;
}

void scenario_read_dists(scenario_loader *l, yaml_node *map, const dist_option *rows, void *base,
                         const char *what)
{
    for (; rows && rows->name; rows++) {
        yaml_node *node = yaml_need(&l->doc, map, rows->name, what);
        dist *written = (void *)((char *)base + rows->written);
        dist *prepared = (void *)((char *)base + rows->prepared);
        if (node)
            scenario_read_dist(l, node, rows->name, rows->unit, written, prepared);
    }
}
