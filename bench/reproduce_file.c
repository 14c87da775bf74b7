/* reproduce_file.c - the section `reproduce` of a file: see reproduce.h. */
#include "reproduce.h"

#include "data_sets.h"
#include "error.h"
#include "file.h"
#include "markov.h"
#include "options.h"
#include "scenario_load.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* No data set that is looked at as a whole is longer. */
#define DATA_LIMIT (1LL << 30)

static const char *const policies[] = {"optimal", "max_weight", "order", NULL};

static const poise_option head_rows[] = {
    {"source", POISE_TEXT, offsetof(reproduction, source), NAN, 0, 0, "", "what is published where",
     NULL},
    {"note", POISE_TEXT, offsetof(reproduction, note), 0, 0, 0, "", "what is to be known of it",
     NULL},
    {0},
};

static const poise_option name_rows[] = {
    {"name", POISE_TEXT, offsetof(reproduction, name), NAN, 0, 0, "", "of its files", NULL},
    {"title", POISE_TEXT, offsetof(reproduction, title), NAN, 0, 0, "", "any text", NULL},
    {0},
};

static const poise_option need_rows[] = {
    {"file", POISE_TEXT, offsetof(reproduce_need, file), NAN, 0, 0, "", "in the folder", NULL},
    {"from", POISE_TEXT, offsetof(reproduce_need, from), NAN, 0, 0, "", "where to get it", NULL},
    {"xxh128", POISE_TEXT, offsetof(reproduce_need, xxh128), 0, 0, 0, "", "of its bytes", NULL},
    {0},
};

static const poise_option row_rows[] = {
    {"what", POISE_TEXT, offsetof(reproduce_row, what), NAN, 0, 0, "", "a few words", NULL},
    {"value", POISE_REAL, offsetof(reproduce_row, value), NAN, -1e300, 1e300, "", "theirs", NULL},
    {"within", POISE_TEXT, offsetof(reproduce_row, within_text), NAN, 0, 0, "", "0.01 or 1%", NULL},
    {"scenario", POISE_TEXT, offsetof(reproduce_row, scenario), 0, 0, 0, "", "its name", NULL},
    {"agent", POISE_TEXT, offsetof(reproduce_row, agent), 0, 0, 0, "", "of the experiment", NULL},
    {"metric", POISE_TEXT, offsetof(reproduce_row, metric), 0, 0, 0, "", "of the runs", NULL},
    {"times", POISE_REAL, offsetof(reproduce_row, times), 1, -1e300, 1e300, "", "a factor", NULL},
    {"source", POISE_TEXT, offsetof(reproduce_row, source), 0, 0, 0, "", "of the value", NULL},
    {"explained", POISE_TEXT, offsetof(reproduce_row, explained), 0, 0, 0, "", "why it misses",
     NULL},
    {0},
};

static const poise_option chain_rows[] = {
    {"cost", POISE_CHOICE, offsetof(reproduce_chain, cost), MARKOV_REWARD, 0, 0, "", "what costs",
     markov_cost_names},
    {"policy", POISE_CHOICE, offsetof(reproduce_chain, policy), REPRODUCE_OPTIMAL, 0, 0, "",
     "who decides", policies},
    {0},
};

static const poise_option jobs_rows[] = {
    {"file", POISE_TEXT, offsetof(reproduce_jobs, file), NAN, 0, 0, "", "a data set", NULL},
    {"submitted", POISE_TEXT, offsetof(reproduce_jobs, submitted), NAN, 0, 0, "", "column", NULL},
    {"started", POISE_TEXT, offsetof(reproduce_jobs, started), NAN, 0, 0, "", "column", NULL},
    {"finished", POISE_TEXT, offsetof(reproduce_jobs, finished), NAN, 0, 0, "", "column", NULL},
    {"processors", POISE_TEXT, offsetof(reproduce_jobs, processors), 0, 0, 0, "", "column", NULL},
    {"within", POISE_TIME, offsetof(reproduce_jobs, within_ns), 0, 0, 1e6, "s", "of times", NULL},
    {0},
};

/* Tables go to terminals: a control character becomes a blank. NULL stays NULL. */
static const char *plain(yaml_doc *doc, const char *text)
{
    char *copy = text ? arena_text(doc->memory, text) : NULL;
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    return copy;
}

/* ---- rows --------------------------------------------------------------------------------- */

/* "path=value" of the settings of a point, whose keys are paths, or maps of further ones. */
static void read_at(yaml_doc *doc, const yaml_node *map, const char *prefix, names *at)
{
    for (int k = 0; k < map->n; k++) {
        const yaml_entry *e = &map->entry[k];
        const char *path = arena_format(doc->memory, "%s%s%s", prefix, *prefix ? "." : "", e->key);
        if (e->value->kind == YAML_MAP) {
            read_at(doc, e->value, path, at);
        } else if (yaml_is(doc, e->value, YAML_SCALAR, "a setting")) {
            string_buffer quoted = {0};
            const char *value = data_sets_value(e->value->text);
            scenario_print_text(&quoted, value ? value : e->value->text);
            names_add(at, arena_format(doc->memory, "%s=%s", path, quoted.at));
            string_free(&quoted);
        }
    }
}

static names read_order(yaml_doc *doc, yaml_node *list)
{
    names order = {0};
    if (!yaml_is(doc, list, YAML_LIST, "order"))
        return order;
    for (int k = 0; k < list->n; k++)
        if (yaml_is(doc, list->entry[k].value, YAML_SCALAR, "a type of tasks"))
            names_add(&order, list->entry[k].value->text);
    return order;
}

static const reproduce_chain *read_chain(yaml_doc *doc, yaml_node *map)
{
    reproduce_chain *c = arena_take(doc->memory, 1, sizeof *c);
    if (!yaml_is(doc, map, YAML_MAP, "chain"))
        return c;
    options_read(doc, map, chain_rows, c, "", "a chain");
    yaml_node *order = yaml_get(doc, map, "order");
    if (order)
        c->order = read_order(doc, order);
    if (c->policy == REPRODUCE_ORDER && c->order.n == 0)
        yaml_wrong(doc, map->mark, "{policy: order, order: [first, second]}",
                   "an order of types is needed");
    if (c->policy == REPRODUCE_OPTIMAL && c->order.n > 0)
        yaml_wrong(doc, map->mark, NULL, "the optimum has no order of types");
    yaml_done(doc, map, "a chain");
    return c;
}

static const reproduce_jobs *read_jobs(yaml_doc *doc, yaml_node *map)
{
    reproduce_jobs *jobs = arena_take(doc->memory, 1, sizeof *jobs);
    if (!yaml_is(doc, map, YAML_MAP, "jobs"))
        return jobs;
    options_read(doc, map, jobs_rows, jobs, "", "a schedule");
    yaml_done(doc, map, "a schedule");
    jobs->path = jobs->file ? data_sets_file(jobs->file) : NULL;
    return jobs;
}

/* "0.01", or "1%" of the value. */
static double read_within(yaml_doc *doc, const yaml_node *map, const reproduce_row *row)
{
    const char *text = row->within_text ? row->within_text : "0";
    const size_t n = strlen(text);
    const bool is_part = n > 1 && text[n - 1] == '%';
    double within = 0;
    if (units_real(arena_copy(doc->memory, text, n - is_part), &within) != UNITS_OK || within < 0)
        yaml_wrong(doc, yaml_mark_of(map, "within"), "0.01, or 1% of the value",
                   "within: '%s' is no distance", text);
    return is_part ? within / 100 * fabs(row->value) : within;
}

static void check_metric(yaml_doc *doc, const yaml_node *map, const char *name)
{
    const poise_metric *metric;
    const int n = poise_metrics(&metric);
    names all = {0};
    if (poise_metric_index(name) >= 0)
        return;
    for (int i = 0; i < n; i++)
        names_add(&all, metric[i].name);
    names_add(&all, NULL);
    yaml_wrong_name(doc, yaml_mark_of(map, "metric"), "metric", name, all.at);
}

static void read_row(yaml_doc *doc, yaml_node *map, reproduce_row *row)
{
    if (!yaml_is(doc, map, YAML_MAP, "a row"))
        return;
    row->mark = yaml_start(map->mark);
    options_read(doc, map, row_rows, row, "", "a row");
    yaml_node *value = yaml_get(doc, map, "value"), *at = yaml_get(doc, map, "at");
    yaml_node *chain = yaml_get(doc, map, "chain"), *jobs = yaml_get(doc, map, "jobs");
    row->what = plain(doc, row->what);
    row->explained = plain(doc, row->explained);
    row->source = plain(doc, row->source);
    row->value_text = value ? value->text : "";
    row->within = read_within(doc, map, row);
    if (at && yaml_is(doc, at, YAML_MAP, "at"))
        read_at(doc, at, "", &row->at);
    row->chain = chain ? read_chain(doc, chain) : NULL;
    row->jobs = jobs ? read_jobs(doc, jobs) : NULL;
    if (row->metric)
        check_metric(doc, map, row->metric);
    if (!!row->metric + !!chain + !!jobs != 1)
        yaml_wrong(doc, row->mark, NULL, "a row needs one of metric, chain and jobs");
    if (!chain && !row->agent)
        yaml_wrong(doc, row->mark, NULL, "a row of runs needs an agent");
    yaml_done(doc, map, "a row");
    row->ours = row->half = NAN;
}

/* ---- the section -------------------------------------------------------------------------- */

static void read_need(yaml_doc *doc, yaml_node *map, reproduce_need *need)
{
    if (!yaml_is(doc, map, YAML_MAP, "a data set"))
        return;
    options_read(doc, map, need_rows, need, "", "a data set");
    yaml_done(doc, map, "a data set");
    need->path = need->file ? data_sets_file(need->file) : NULL;
    need->file = plain(doc, need->file);
    need->from = plain(doc, need->from);
}

static void read_needs(reproduction *r, yaml_node *list)
{
    if (!yaml_is(&r->doc, list, YAML_LIST, "needs"))
        return;
    r->n_needs = list->n;
    r->need = arena_take(r->doc.memory, (size_t)list->n + 1, sizeof *r->need);
    for (int k = 0; k < list->n; k++)
        read_need(&r->doc, list->entry[k].value, &r->need[k]);
}

static void read_rows(reproduction *r, yaml_node *list)
{
    if (!yaml_is(&r->doc, list, YAML_LIST, "expect"))
        return;
    if (list->n == 0)
        yaml_wrong(&r->doc, list->mark, NULL, "nothing is expected");
    r->n_rows = list->n;
    r->row = arena_take(r->doc.memory, (size_t)list->n + 1, sizeof *r->row);
    for (int k = 0; k < list->n; k++)
        read_row(&r->doc, list->entry[k].value, &r->row[k]);
}

static void read_section(reproduction *r)
{
    yaml_doc *doc = &r->doc;
    yaml_node *map = yaml_need(doc, doc->root, "reproduce", "the file");
    if (!map || !yaml_is(doc, map, YAML_MAP, "reproduce"))
        return;
    options_read(doc, map, head_rows, r, "", "reproduce");
    r->title = plain(doc, r->title);
    r->source = plain(doc, r->source);
    r->note = plain(doc, r->note);
    yaml_node *needs = yaml_get(doc, map, "needs");
    if (needs)
        read_needs(r, needs);
    yaml_node *rows = yaml_need(doc, map, "expect", "reproduce");
    if (rows)
        read_rows(r, rows);
    yaml_done(doc, map, "reproduce");
}

bool reproduce_read(reproduction *r, const char *path, poise_error *err)
{
    *r = (reproduction){.path = arena_text(cli_memory(), path)};
    if (yaml_open(&r->doc, cli_memory(), r->path, "experiment", NULL, 0)) {
        options_read(&r->doc, r->doc.root, name_rows, r, "", "the file");
        read_section(r);
    }
    return yaml_report(&r->doc, err);
}

/* ---- data --------------------------------------------------------------------------------- */

bool reproduce_has_data(const reproduction *r)
{
    for (int i = 0; i < r->n_needs; i++)
        if (!r->need[i].path)
            return false;
    return true;
}

static bool is_the_one(const reproduce_need *need, poise_error *err)
{
    size_t n;
    if (!need->xxh128)
        return true;
    void *bytes = file_read(need->path, DATA_LIMIT, &n, err);
    if (!bytes)
        return false;
    XXH128_canonical_t is;
    char text[2 * sizeof is.digest + 1];
    XXH128_canonicalFromHash(&is, XXH3_128bits(bytes, n));
    free(bytes);
    for (size_t i = 0; i < sizeof is.digest; i++)
        snprintf(text + 2 * i, 3, "%02x", is.digest[i]);
    if (strcmp(text, need->xxh128) == 0)
        return true;
    error_add(err, "%s is another file than that of %s: its xxh128 is %s, not %s", need->path,
              need->from, text, need->xxh128);
    return false;
}

bool reproduce_check_data(const reproduction *r, poise_error *err)
{
    for (int i = 0; i < r->n_needs; i++)
        if (!is_the_one(&r->need[i], err))
            return false;
    return true;
}
