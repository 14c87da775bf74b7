/* scenario_header.c - what a scenario says of itself: its name, where it belongs and comes from,
 * and by which measure which rules are to be compared in it. Agents are not known here, so only the
 * form of their specifications is checked. */
#include <string.h>

#include "scenario_load.h"

enum { MOST_RULES = 64 };

static void check_name(scenario_loader *l)
{
    const char *name = l->set.name;
    size_t n = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
    size_t version = n;
    while (version > 0 && name[version - 1] >= '0' && name[version - 1] <= '9')
        version--;
    bool good = name && !name[n] && version < n && version > 2 && name[version - 1] == 'v' &&
                name[version - 2] == '-';
    if (name && (!good || n > 64))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "name"),
                   "lower case letters, digits and -, then -v and a number: my-cluster-v1",
                   "name: '%.60s' is not a name with a version", name);
}

static void check_unit(scenario_loader *l)
{
    const char *unit = l->set.work_unit;
    if (unit && (strlen(unit) > 16 ||
                 unit[strspn(unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "work_unit"), "at most 16 letters",
                   "work_unit: '%.60s' is not a word", unit);
    l->set.work_unit = unit && unit[0] ? unit : "s";
}

/* What is printed as it stands holds no commands to terminals. */
static void check_text(scenario_loader *l, const char *key, const char *text, const char *but)
{
    for (; text && *text; text++)
        if (((unsigned char)*text < ' ' || *text == 127) && !strchr(but, *text)) {
            yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, key), NULL,
                       "%s: a control character (byte %d)", key, *text);
            return;
        }
}

static void check_line(scenario_loader *l, const char *key, const char *text)
{
    if (text && strchr(text, '\n'))
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, key), NULL, "%s: more than one line", key);
    else
        check_text(l, key, text, "\t");
}

static void check_measure(scenario_loader *l)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    const char **known = arena_take(l->memory, (size_t)n + 1, sizeof *known);
    for (int k = 0; k < n; k++)
        known[k] = row[k].name;
    if (!l->set.measure)
        l->set.measure = "response_mean_s";
    else if (poise_metric_index(l->set.measure) < 0)
        yaml_wrong(&l->doc, yaml_mark_of(l->doc.root, "measure"), "those of `poise list metrics`",
                   "metric '%.60s' does not exist%s", l->set.measure,
                   yaml_guess(&l->doc, l->set.measure, known));
}

/* ---- rules -------------------------------------------------------------------------------- */

/* NAME, or NAME:OPTION=VALUE,...; a file ./FILE.so in place of the name, or pipe:COMMAND. */
static bool is_specification(const char *text)
{
    const size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (strncmp(text, "pipe:", 5) == 0 || memchr(text, '/', strcspn(text, ":")) ||
        strstr(text, ".so"))
        return strlen(text) <= 1000;
    return n > 0 && strlen(text) <= 96 && (!text[n] || (text[n] == ':' && strchr(text, '=')));
}

static void add_rule(scenario_loader *l, const char **rule, const yaml_node *node)
{
    if (!yaml_is(&l->doc, node, YAML_SCALAR, "a rule"))
        return;
    if (!is_specification(node->text))
        yaml_wrong(&l->doc, node->mark, "NAME or NAME:OPTION=VALUE,..., as in -a",
                   "rules: '%.60s' is no agent", node->text);
    for (int k = 0; k < l->s->n_rules; k++)
        if (strcmp(rule[k], node->text) == 0)
            yaml_wrong(&l->doc, node->mark, NULL, "rules: '%.60s' is there twice", node->text);
    rule[l->s->n_rules++] = node->text;
}

static void read_rules(scenario_loader *l)
{
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "rules");
    const int n = list && list->kind == YAML_LIST ? list->n : 0;
    const char **rule = arena_take(l->memory, (size_t)n + 1, sizeof *rule);
    l->s->rule = rule;
    if (!list || !yaml_is(&l->doc, list, YAML_LIST, "rules"))
        return;
    if (n == 0 || n > MOST_RULES) {
        yaml_wrong(&l->doc, list->mark, "1 to 64 agents", "rules: %d are %s", n,
                   n ? "too many" : "none");
        return;
    }
    for (int k = 0; k < n; k++)
        add_rule(l, rule, list->entry[k].value);
}

void scenario_read_header(scenario_loader *l)
{
    check_name(l);
    check_line(l, "title", l->set.title);
    check_line(l, "source", l->set.source);
    check_text(l, "about", l->set.about, "\t\n");
    check_unit(l);
    check_measure(l);
    read_rules(l);
}
