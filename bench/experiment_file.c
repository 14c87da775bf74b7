/* experiment_file.c - see experiment_file.h. The file is read from the top; then every scenario is
 * loaded with every combination of the grid, and what its loader says is told under the override
 * that it is about. */
#include "experiment_file.h"

#include "cli.h"
#include "data_sets.h"
#include "experiment_agents.h"
#include "named.h"
#include "options.h"
#include "error.h"
#include "plot_kind.h"
#include "precision.h"
#include "scenario_load.h"
#include "tables.h"
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELLS_MAX 1000000

/* A setting of scenarios, as `set` or `grid` gives it. */
typedef struct setting {
    const char *path;
    yaml_mark key;
    yaml_node *value;
} setting;

typedef struct settings {
    setting *at;
    int n;
} settings;

/* What a scenario says of a value of the grid. */
typedef struct objection {
    const char *scenario, *text, *allowed;  // text is NULL: nothing so far
} objection;

/* A setting of the grid with its values. */
typedef struct axis {
    yaml_mark key;
    const yaml_mark *mark;  // (n)
    objection *first;       // (n)
    int n;
} axis;

/* A scenario of the list. */
typedef struct stage {
    const char *path;
    const yaml_node *map;  // NULL: it is a name alone
    yaml_mark mark;
    names set;
    const yaml_mark *set_mark;  // (n of set)
    entrants agents;            // beside those of all
    numbers seeds;
} stage;

/* A file while it is read. */
typedef struct reading {
    yaml_doc doc;
    experiment_file *x;
    int version;
    registry registry;
    numbers seeds, train_seeds;
    entrants agents;
    sweeps grid;
    axis *axis;  // (n of grid)
    stage *stage;
    int n_stages;
    experiment_point *point;
    int n_points;
    int64_t n_cells;
} reading;

static const poise_option rows[] = {
    {"poise", POISE_INT, offsetof(reading, version), NAN, 1, 1, "", "version of the format", NULL},
    {0},
};

static const poise_option file_rows[] = {
    {"name", POISE_TEXT, offsetof(experiment_file, name), NAN, 0, 0, "", "of its files", NULL},
    {"title", POISE_TEXT, offsetof(experiment_file, title), 0, 0, 0, "", "any text", NULL},
    {"bounds", POISE_BOOL, offsetof(experiment_file, ask.bounds), 0, 0, 1, "", "of all", NULL},
    {"suite", POISE_BOOL, offsetof(experiment_file, suite), 0, 0, 1, "", "scores of all", NULL},
    {"baseline", POISE_TEXT, offsetof(experiment_file, baseline), 0, 0, 0, "", "an agent", NULL},
    {0},
};

/* ---- words and seeds ---------------------------------------------------------------------- */

/* The items of a list, or the one thing that stands in place of one; *n of them. */
static yaml_node **items_of(reading *r, yaml_node *node, int *n)
{
    const bool is_list = node->kind == YAML_LIST;
    *n = is_list ? node->n : 1;
    yaml_node **item = arena_take(r->doc.memory, (size_t)*n + 1, sizeof(yaml_node *));
    for (int k = 0; k < *n; k++)
        item[k] = is_list ? node->entry[k].value : node;
    return item;
}

/* The names under a key, each of which must be known. NULL if the key is not there. */
static const char **read_words(reading *r, const char *key, const char *what,
                               const char *const *known, int *n)
{
    yaml_node *node = yaml_get(&r->doc, r->doc.root, key);
    *n = 0;
    if (!node)
        return NULL;
    int n_items;
    yaml_node **item = items_of(r, node, &n_items);
    names words = {0};
    for (int i = 0; i < n_items; i++) {
        if (!yaml_is(&r->doc, item[i], YAML_SCALAR, what))
            continue;
        const char *word = item[i]->text;
        int k = 0;
        while (known[k] && strcmp(known[k], word) != 0)
            k++;
        if (!known[k])
            yaml_wrong_name(&r->doc, item[i]->mark, what, word, known);
        else if (names_has(&words, word))
            yaml_wrong(&r->doc, item[i]->mark, NULL, "%s '%s' is given twice", what, word);
        else
            names_add(&words, word);
    }
    *n = words.n;
    return words.at;
}

static const char *const *metric_names(void)
{
    const poise_metric *metric;
    const int n = poise_metrics(&metric);
    names all = {0};
    for (int i = 0; i < n; i++)
        names_add(&all, metric[i].name);
    names_add(&all, TABLES_MEASURE);
    names_add(&all, NULL);
    return all.at;
}

static const char *const *figure_names(void)
{
    names all = {0};
    for (int i = 0; plot_kinds[i]; i++)
        names_add(&all, plot_kinds[i]->name);
    names_add(&all, NULL);
    return all.at;
}

static void read_wishes(reading *r)
{
    static const char *usual[] = {"response_mean_s"}, *measure[] = {TABLES_MEASURE};
    experiment_file *x = r->x;
    x->metric = read_words(r, "metrics", "metric", metric_names(), &x->n_metrics);
    x->figure = read_words(r, "figures", "kind of figure", figure_names(), &x->n_figures);
    x->picture = read_words(r, "pictures", "format", figure_formats, &x->n_pictures);
    x->table = read_words(r, "tables", "format", tables_format_names, &x->n_tables);
    if (x->n_metrics == 0) {
        x->metric = x->suite ? measure : usual;
        x->n_metrics = 1;
    }
    if (x->picture)
        return;
    names all = {0};
    while (all.n < FIGURE_FORMATS_USUAL)
        names_add(&all, figure_formats[all.n]);
    x->picture = all.at;
    x->n_pictures = all.n;
}

/* The seeds of a map; those that are missing without its key. */
static numbers read_seeds(reading *r, yaml_node *map, const char *missing)
{
    yaml_doc *doc = &r->doc;
    yaml_node *node = map ? yaml_get(doc, map, "seeds") : NULL;
    const int before = doc->n_mistakes;
    numbers seeds = {0};
    char problem[200];
    int n_items = 0;
    int64_t twice;
    yaml_node **item = node ? items_of(r, node, &n_items) : NULL;
    for (int k = 0; k < n_items; k++)
        if (yaml_is(doc, item[k], YAML_SCALAR, "seeds") &&
            !numbers_add_seeds(&seeds, item[k]->text, problem, sizeof problem))
            yaml_wrong(doc, item[k]->mark, NULL, "seeds: %s", problem);
    if (!node)
        numbers_add_seeds(&seeds, missing, problem, sizeof problem);
    else if (doc->n_mistakes == before && seeds.n == 0)
        yaml_wrong(doc, node->mark, "as in 0..9 or [0, 3, 7]", "there are no seeds");
    else if (numbers_twice(&seeds, &twice))
        yaml_wrong(doc, node->mark, NULL, "seeds: seed %" PRId64 " is given twice", twice);
    return seeds;
}

/* Training and evaluation draw from streams apart even with the same seed, but nobody should have
 * to believe that. map: where the seeds stand, if anywhere. */
static void check_apart(reading *r, const numbers *seeds, const yaml_node *map)
{
    const int64_t *a = numbers_sorted(seeds), *b = numbers_sorted(&r->train_seeds);
    const char *key = yaml_has(map, "seeds") ? "seeds" : "train";
    for (int i = 0, k = 0; i < seeds->n && k < r->train_seeds.n;) {
        if (a[i] == b[k]) {
            yaml_wrong(&r->doc, yaml_mark_of(map, key), "train: {seeds: ...}, default 1000",
                       "seed %" PRId64 " is one of training and one of evaluation", a[i]);
            return;
        }
        if (a[i] < b[k])
            i++;
        else
            k++;
    }
}

/* ---- precision ----------------------------------------------------------------------------- */

/* The map under `precision`. */
typedef struct precision_map {
    const char *within, *metric;
    int least, wave, of;
} precision_map;

static const char *const precision_of[] = {"mean", "difference", 0};

static const poise_option precision_rows[] = {
    {"within", POISE_TEXT, offsetof(precision_map, within), POISE_REQUIRED, 0, 0, "",
     "half of a 95% interval, of the mean", NULL},
    {"metric", POISE_TEXT, offsetof(precision_map, metric), 0, 0, 0, "",
     "whose mean; the first of the metrics if not given", NULL},
    {"least", POISE_INT, offsetof(precision_map, least), PRECISION_LEAST, 2, 1e6, "",
     "seeds before it may be enough", NULL},
    {"wave", POISE_INT, offsetof(precision_map, wave), PRECISION_WAVE, 1, 1e6, "",
     "seeds that are run at a time", NULL},
    {"of", POISE_CHOICE, offsetof(precision_map, of), 0, 0, 0, "",
     "each agent's mean, or its difference to the baseline, relative to the baseline's mean",
     precision_of},
    {0},
};

static void set_within(reading *r, yaml_mark mark, const char *text)
{
    if (!precision_read(text, &r->x->ask.precision.within))
        yaml_wrong(&r->doc, mark, PRECISION_ALLOWED, "precision: '%.60s' is no share", text);
}

static void set_metric(reading *r, const yaml_node *map, const char *name)
{
    const int metric = poise_metric_index(name);
    if (metric >= 0)
        r->x->ask.precision.metric = metric;
    else
        yaml_wrong_name(&r->doc, yaml_mark_of(map, "metric"), "metric", name, metric_names());
}

/* precision: 2%, or a map. After the metrics. */
static void read_precision(reading *r)
{
    yaml_doc *doc = &r->doc;
    yaml_node *node = yaml_get(doc, doc->root, "precision");
    experiment_precision *to = &r->x->ask.precision;
    precision_map map = {.least = PRECISION_LEAST, .wave = PRECISION_WAVE};
    if (!node)
        return;
    to->metric = poise_metric_index(r->x->metric[0]);
    if (node->kind == YAML_MAP) {
        options_read(doc, node, precision_rows, &map, "", "precision");
        if (map.within)
            set_within(r, yaml_mark_of(node, "within"), map.within);
        if (map.metric)
            set_metric(r, node, map.metric);
        yaml_done(doc, node, "precision");
    } else if (yaml_is(doc, node, YAML_SCALAR, "precision")) {
        set_within(r, node->mark, node->text);
    }
    to->least = map.least;
    to->wave = map.wave;
    to->of_difference = map.of == 1;
}

static void check_all_apart(reading *r)
{
    bool learns = r->agents.learns || yaml_has(r->doc.root, "train");
    for (int k = 0; k < r->n_stages; k++)
        learns |= r->stage[k].agents.learns;
    if (learns)
        check_apart(r, &r->seeds, r->doc.root);
    for (int k = 0; k < r->n_stages && learns; k++)
        if (r->stage[k].map && yaml_has(r->stage[k].map, "seeds"))
            check_apart(r, &r->stage[k].seeds, r->stage[k].map);
}

static void read_training(reading *r)
{
    static const poise_option row = {"decisions", POISE_INT, 0, 0, 1, 1e9, "", "a budget", NULL};
    yaml_doc *doc = &r->doc;
    yaml_node *map = yaml_get(doc, doc->root, "train");
    int decisions = 0;
    if (map && !yaml_is(doc, map, YAML_MAP, "train"))
        map = NULL;
    yaml_node *value = map ? yaml_get(doc, map, "decisions") : NULL;
    if (value)
        options_read_one(doc, value, &row, &decisions, "");
    r->registry.decisions = decisions;
    r->train_seeds = read_seeds(r, map, "1000");
    if (map) {
        registry_refuse_times(doc, map, "train");
        yaml_done(doc, map, "train");
    }
}

/* ---- settings ----------------------------------------------------------------------------- */

static bool is_path(const char *path)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
    const size_t n = strlen(path);
    return n > 0 && strspn(path, good) == n && path[0] != '.' && path[n - 1] != '.' &&
           !strstr(path, "..");
}

static setting *setting_at(settings *all, const char *path)
{
    for (int k = 0; k < all->n; k++)
        if (strcmp(all->at[k].path, path) == 0)
            return &all->at[k];
    return NULL;
}

/* One given twice is a mistake, unless the command line replaces it. */
static void add_setting(reading *r, settings *all, setting one)
{
    setting *first = setting_at(all, one.path);
    if (!is_path(one.path))
        yaml_wrong(&r->doc, one.key, "as in workload.load or devices.0.count",
                   "'%.60s' is not the path of a setting", one.path);
    else if (first && one.key.set < 0)
        yaml_wrong(&r->doc, one.key, NULL, "setting '%s' is given twice", one.path);
    else if (first)
        *first = one;
    else {
        all->at = arena_grow(r->doc.memory, all->at, (size_t)all->n, sizeof *all->at);
        all->at[all->n++] = one;
    }
}

/* All settings of a map, whose keys are paths, or maps of further ones. */
static void add_settings(reading *r, settings *all, const yaml_node *map, const char *prefix)
{
    if (map->n == 0)
        yaml_wrong(&r->doc, map->mark, NULL, "there is no setting in it");
    for (int k = 0; k < map->n; k++) {
        const yaml_entry *e = &map->entry[k];
        const char *path =
            arena_format(r->doc.memory, "%s%s%s", prefix, *prefix ? "." : "", e->key);
        if (e->value->kind == YAML_MAP && !values_are_ruled(e->value))
            add_settings(r, all, e->value, path);
        else
            add_setting(r, all, (setting){path, e->mark, e->value});
    }
}

/* A text as YAML reads it in an override; of a data set its path. */
static const char *as_override(reading *r, yaml_mark mark, const char *text)
{
    const char *value = data_sets_value(text);
    if (!value)
        yaml_wrong(&r->doc, mark, "files of the folder that POISE_SHARED names",
                   "there is no data set '%.200s'", text);
    string_buffer quoted = {0};
    scenario_print_text(&quoted, value ? value : text);
    const char *copy = arena_text(r->doc.memory, quoted.at);
    string_free(&quoted);
    return copy;
}

static void read_grid(reading *r)
{
    yaml_doc *doc = &r->doc;
    yaml_node *map = yaml_get(doc, doc->root, "grid");
    settings all = {0};
    if (!map || !yaml_is(doc, map, YAML_MAP, "grid"))
        return;
    add_settings(r, &all, map, "");
    r->axis = arena_take(doc->memory, (size_t)all.n + 1, sizeof *r->axis);
    for (int k = 0; k < all.n; k++) {
        const values v = values_read(doc, all.at[k].value, all.at[k].path);
        names texts = {0};
        for (int i = 0; i < v.n; i++)
            names_add(&texts, as_override(r, v.mark[i], v.text[i]));
        if (v.n == 0)
            continue;
        r->axis[r->grid.n] =
            (axis){all.at[k].key, v.mark,
                   arena_take(doc->memory, (size_t)v.n, sizeof *r->axis->first), v.n};
        sweeps_add(&r->grid, all.at[k].path, texts);
    }
    if (sweeps_points(&r->grid) > SWEEPS_MAX)
        yaml_wrong(doc, yaml_start(map->mark), NULL, "the grid has more than %d combinations",
                   SWEEPS_MAX);
}

/* ---- scenarios ---------------------------------------------------------------------------- */

static bool is_in_grid(const reading *r, const char *path)
{
    for (int k = 0; k < r->grid.n; k++)
        if (strcmp(r->grid.path[k], path) == 0)
            return true;
    return false;
}

/* From its key to its value. */
static yaml_mark mark_of(const setting *s)
{
    const yaml_mark end = s->value->mark;
    yaml_mark all = s->key;
    if (end.set == all.set && end.at > all.at)
        all.length = end.at + end.length - all.at;
    return all;
}

static void read_set(reading *r, yaml_node *map, stage *to)
{
    yaml_doc *doc = &r->doc;
    settings all = {0};
    if (!yaml_is(doc, map, YAML_MAP, "set"))
        return;
    add_settings(r, &all, map, "");
    yaml_mark *mark = arena_take(doc->memory, (size_t)all.n + 1, sizeof *mark);
    to->set_mark = mark;
    for (int k = 0; k < all.n; k++) {
        const setting *s = &all.at[k];
        const bool is_empty = s->value->kind == YAML_SCALAR && !s->value->text[0];
        if (s->value->kind != YAML_SCALAR || (is_empty && !s->value->quoted))
            yaml_wrong(doc, s->value->mark, "one value; `grid` takes several",
                       "setting '%s' needs one value", s->path);
        else if (is_in_grid(r, s->path))
            yaml_wrong(doc, s->key, NULL, "setting '%s' is one of the grid, too", s->path);
        else {
            mark[to->set.n] = mark_of(s);
            names_add(&to->set, arena_format(doc->memory, "%s=%s", s->path,
                                             as_override(r, s->value->mark, s->value->text)));
        }
    }
}

static bool ends_in_yaml(const char *name)
{
    const size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

/* The file of a scenario; NULL after a mistake. */
static const char *scenario_file(reading *r, const char *name, yaml_mark mark)
{
    if (!ends_in_yaml(name))
        return named_scenario(&r->doc, mark, name);
    const char *path = registry_path(&r->registry, name);
    char full[PATH_MAX];
    if (access(path, R_OK) == 0)
        return arena_text(r->doc.memory, realpath(path, full) ? full : path);
    yaml_wrong(&r->doc, mark, NULL, "the scenario '%s' cannot be read: %s", path, strerror(errno));
    return NULL;
}

static void read_stage(reading *r, yaml_node *node, stage *to)
{
    static const poise_option row[] = {
        {"scenario", POISE_TEXT, 0, NAN, 0, 0, "", "its name or file", NULL}, {0}};
    yaml_doc *doc = &r->doc;
    const char *name = node->text;
    bool is_set = true;
    to->mark = node->mark;
    to->seeds = r->seeds;
    if (node->kind == YAML_MAP) {
        options_read(doc, node, row, &name, "", "a scenario of the list");
        to->mark = yaml_mark_of(node, "scenario");
        yaml_node *set = yaml_get(doc, node, "set");
        yaml_node *agents = yaml_get(doc, node, "agents");
        const int before = doc->n_mistakes;
        if (set)
            read_set(r, set, to);
        is_set = doc->n_mistakes == before;
        if (agents)
            entrants_read(&r->registry, agents, &to->agents);
        if (yaml_get(doc, node, "seeds"))
            to->seeds = read_seeds(r, node, "");
        to->map = node;
        yaml_done(doc, node, "a scenario of the list");
    } else if (!yaml_is(doc, node, YAML_SCALAR, "a scenario")) {
        return;
    }
    const char *path = name ? scenario_file(r, name, to->mark) : NULL;
    to->path = is_set ? path : NULL;
}

static void read_stages(reading *r)
{
    yaml_node *list = yaml_need(&r->doc, r->doc.root, "scenarios", "the experiment");
    if (!list)
        return;
    yaml_node **item = items_of(r, list, &r->n_stages);
    if (r->n_stages == 0)
        yaml_wrong(&r->doc, list->mark, NULL, "scenarios: at least one is needed");
    r->stage = arena_take(r->doc.memory, (size_t)r->n_stages + 1, sizeof *r->stage);
    for (int k = 0; k < r->n_stages; k++)
        read_stage(r, item[k], &r->stage[k]);
}

/* It is printed as it stands: no commands to terminals. */
static void check_title(reading *r)
{
    const char *title = r->x->title ? r->x->title : "";
    for (const char *c = title; *c; c++)
        if (((unsigned char)*c < ' ' && *c != '\n' && *c != '\t') || *c == 127) {
            yaml_wrong(&r->doc, yaml_mark_of(r->doc.root, "title"), NULL,
                       "title: a control character (byte %d)", *c);
            break;
        }
    r->x->title = title;
}

/* Puts a value in place of that of a key of the map, unless the command line gave that one. */
static void replace(reading *r, yaml_node *map, const yaml_entry *with)
{
    for (int k = 0; k < map->n; k++)
        if (strcmp(map->entry[k].key, with->key) == 0) {
            if (map->entry[k].value->mark.set < 0)
                map->entry[k] = *with;
            return;
        }
    map->entry = arena_grow(r->doc.memory, map->entry, (size_t)map->n, sizeof *map->entry);
    map->entry[map->n++] = *with;
}

/* The quick form has keys of its own in place of those of the file. They are looked through in any
 * case. */
static void read_quick(reading *r)
{
    static const char *const keys[] = {"scenarios", "agents", "grid", "seeds", "train", "bounds"};
    yaml_doc *doc = &r->doc;
    yaml_node *map = yaml_get(doc, doc->root, "quick");
    if (!map && r->x->is_quick)
        yaml_wrong(doc, yaml_start(doc->root->mark), "quick: {seeds: 0..4}",
                   "the experiment has no quick form");
    if (!map || !yaml_is(doc, map, YAML_MAP, "quick"))
        return;
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        yaml_get(doc, map, keys[k]);
    yaml_done(doc, map, "quick");
    for (int k = 0; k < map->n && r->x->is_quick; k++)
        replace(r, doc->root, &map->entry[k]);
}

static void read_root(reading *r)
{
    yaml_doc *doc = &r->doc;
    read_quick(r);
    options_read(doc, doc->root, rows, r, "", "the experiment");
    options_read(doc, doc->root, file_rows, r->x, "", "the experiment");
    if (r->x->name)
        named_plainly(doc, yaml_mark_of(doc->root, "name"), r->x->name);
    check_title(r);
    if (r->x->is_quick) {
        r->x->name = arena_format(doc->memory, "%s-quick", r->x->name ? r->x->name : "");
        r->x->title = arena_format(doc->memory, "%s (quick form)", r->x->title);
    }
    r->seeds =
        read_seeds(r, doc->root, yaml_has(doc->root, "precision") ? PRECISION_SEEDS : "0..9");
    read_training(r);
    yaml_node *agents = yaml_get(doc, doc->root, "agents");
    if (agents)
        entrants_read(&r->registry, agents, &r->agents);
    read_grid(r);
    read_stages(r);
    check_all_apart(r);
    read_wishes(r);
    read_precision(r);
    registry_refuse_times(doc, doc->root, "the experiment");
    yaml_get(doc, doc->root, "reproduce");  // of `poise reproduce`, see reproduce.h
    yaml_done(doc, doc->root, "the experiment");
}

/* ---- what loaders say --------------------------------------------------------------------- */

/* One mistake that a loader tells: its line, and what it says is allowed. */
typedef struct complaint {
    const char *text, *allowed;
} complaint;

/* Takes the next one from *rest; false if there is none. Lines that begin with a space belong to
 * the line above. */
static bool next_complaint(arena *m, char **rest, complaint *c)
{
    static const char allowed[] = "      allowed: ";
    const char *line = strsep(rest, "\n");
    if (!line)
        return false;
    *c = (complaint){.text = line};
    while (*rest && **rest == ' ') {
        const char *more = strsep(rest, "\n");
        if (strncmp(more, allowed, strlen(allowed)) == 0)
            c->allowed = arena_text(m, more + strlen(allowed));
    }
    return true;
}

static void tell(reading *r, yaml_mark mark, const char *allowed, const char *text)
{
    if (!yaml_knows(&r->doc, mark, text))
        yaml_wrong(&r->doc, mark, allowed, "%s", text);
}

/* What is said of an override, without the override; NULL if it is of something else. */
static const char *said_of(const char *text, const char *override)
{
    static const char begin[] = "--set ", middle[] = ": error: ";
    const size_t n = strlen(override);
    if (strncmp(text, begin, strlen(begin)) != 0)
        return NULL;
    text += strlen(begin);
    return strncmp(text, override, n) == 0 && strncmp(text + n, middle, strlen(middle)) == 0
               ? text + n + strlen(middle)
               : NULL;
}

/* Puts a complaint about a point where it belongs; whether that is a value of the grid. */
static bool place(reading *r, const stage *from, const experiment_point *p, int number, complaint c)
{
    arena *m = r->doc.memory;
    const char *who = cli_stem(from->path), *with = "";
    for (int k = 0; k < p->n_sets; k++) {
        const char *said = said_of(c.text, p->set[k]);
        const int which = k - from->set.n;
        if (said && which < 0) {
            tell(r, from->set_mark[k], c.allowed, arena_format(m, "%s: %.900s", who, said));
            return false;
        }
        if (said) {
            objection *is = &r->axis[which].first[sweeps_choice(&r->grid, number, which)];
            if (!is->text)
                *is = (objection){who, said, c.allowed};
            return true;
        }
        if (which >= 0)
            with = arena_format(m, "%s%s%s", with, *with ? ", " : " with ", p->set[k]);
    }
    tell(r, from->mark, c.allowed, arena_format(m, "%.800s%.200s", c.text, with));
    return false;
}

/* Whether the other points of the scenario may be good. */
static bool blame(reading *r, const stage *from, const experiment_point *p, int number,
                  const poise_error *err)
{
    char *rest = arena_text(r->doc.memory, err->text);
    bool others = true;
    complaint c;
    while (next_complaint(r->doc.memory, &rest, &c))
        others = place(r, from, p, number, c) && others;
    return others;
}

static void tell_objection(reading *r, yaml_mark mark, const objection *p)
{
    tell(r, mark, p->allowed, arena_format(r->doc.memory, "%s: %.900s", p->scenario, p->text));
}

/* Tells what is wrong with the values of a setting: once, if that is the same of all. */
static void tell_axis(reading *r, const axis *a)
{
    const objection *p = a->first;
    int n_same = 0;
    for (int i = 0; i < a->n; i++)
        n_same += p[0].text && p[i].text && strcmp(p[i].text, p[0].text) == 0;
    if (n_same == a->n) {
        tell_objection(r, a->key, &p[0]);
        return;
    }
    for (int i = 0; i < a->n; i++)
        if (p[i].text)
            tell_objection(r, a->mark[i], &p[i]);
}

/* ---- points ------------------------------------------------------------------------------- */

static bool is_hopeless(const reading *r, int number)
{
    for (int k = 0; k < r->grid.n; k++)
        if (r->axis[k].first[sweeps_choice(&r->grid, number, k)].text)
            return true;
    return false;
}

/* How many policies one agent is. */
static int n_policies_of(const reading *r, const experiment_agent *a)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(a->agent, ":"), a->agent);
    const poise_agent_type *type = a->trained.bytes ? NULL : poise_agent_find(name);
    return type && type->train_decisions > 0 ? r->train_seeds.n : 1;
}

static void add_point(reading *r, const stage *from, experiment_point p)
{
    const entrants *const lists[] = {&r->agents, &from->agents};
    p.agent = entrants_cast(&r->registry, p.scenario, lists, 2, &p.n_agents);
    p.seed = from->seeds.at;
    p.n_seeds = from->seeds.n;
    for (int i = 0; i < p.n_agents; i++)
        r->n_cells += (int64_t)p.n_seeds * n_policies_of(r, &p.agent[i]);
    if (p.n_agents == 0 && !r->registry.wrong)
        tell(r, from->mark, "agents: [...], for all or for a scenario", "no agent takes part");
    r->point = arena_grow(r->doc.memory, r->point, (size_t)r->n_points, sizeof *r->point);
    r->point[r->n_points++] = p;
}

static bool is_too_large(const reading *r)
{
    return r->n_cells > CELLS_MAX || r->n_points > SWEEPS_MAX;
}

static void add_points(reading *r, const stage *from)
{
    const int n = (int)sweeps_points(&r->grid);
    for (int i = 0; i < n && !is_too_large(r); i++) {
        experiment_point p = {.path = from->path};
        poise_error err = {0};
        if (is_hopeless(r, i))
            continue;
        sweeps_set(&p, &from->set, &r->grid, i);
        p.scenario = poise_scenario_load(from->path, p.set, p.n_sets, &err);
        if (p.scenario)
            add_point(r, from, p);
        else if (!blame(r, from, &p, i, &err))
            return;
    }
}

static bool takes_part(const reading *r, const char *agent)
{
    for (int i = 0; i < r->n_points; i++)
        for (int k = 0; k < r->point[i].n_agents; k++)
            if (named_so(r->point[i].agent[k].agent, agent))
                return true;
    return false;
}

/* The agents of a point; NULL-terminated. */
static const char *const *agents_at(const experiment_point *p)
{
    names all = {0};
    for (int i = 0; i < p->n_agents; i++)
        names_add(&all, p->agent[i].agent);
    names_add(&all, NULL);
    return all.at;
}

/* Agents that are written wrongly may be the ones that are meant. */
static void settle_baseline(reading *r)
{
    experiment_file *x = r->x;
    if (!x->baseline) {
        x->baseline = takes_part(r, "fifo") ? "fifo" : agents_at(&r->point[0])[0];
        return;
    }
    x->baseline = cli_agent(x->baseline);
    if (!takes_part(r, x->baseline) && !r->registry.wrong)
        yaml_wrong(&r->doc, yaml_mark_of(r->doc.root, "baseline"), NULL,
                   "the baseline '%.60s' is not among the agents%s", x->baseline,
                   yaml_guess(&r->doc, x->baseline, agents_at(&r->point[0])));
}

/* Loads everything; what was read without mistakes so far is loaded even if there are others. */
static void expand(reading *r)
{
    if (sweeps_points(&r->grid) > SWEEPS_MAX)
        return;
    for (int k = 0; k < r->n_stages; k++)
        if (r->stage[k].path)
            add_points(r, &r->stage[k]);
    for (int k = 0; k < r->grid.n; k++)
        tell_axis(r, &r->axis[k]);
    if (is_too_large(r))
        yaml_wrong(&r->doc, yaml_start(yaml_mark_of(r->doc.root, "scenarios")),
                   "1000000 cells: scenarios x grid x agents x seeds; 10000 scenarios x grid",
                   "the experiment is too large");
    if (r->n_points > 0)
        settle_baseline(r);
    r->x->ask.precision.baseline = r->x->baseline;
}

/* ---- the file ----------------------------------------------------------------------------- */

const char *experiment_file_path(const char *name)
{
    if (ends_in_yaml(name)) {
        if (access(name, R_OK) != 0)
            cli_refuse("there is no file '%s' of an experiment: %s", name, strerror(errno));
        return name;
    }
    const names all = cli_experiments();
    return cli_find_or_refuse(&all, "experiment", name);
}

const char *experiment_file_meant(const char *name)
{
    if (name && ends_in_yaml(name))
        return experiment_file_path(name);
    if (!name || access(name, F_OK) == 0)
        return NULL;
    const names all = cli_experiments();
    const char *const *ignored;
    return cli_find(&all, name, &ignored);
}

bool experiment_file_read_form(experiment_file *x, const char *path, bool quick,
                               const char *const *sets, int n_sets, poise_error *err)
{
    reading r = {.x = x};
    *x = (experiment_file){.path = arena_text(cli_memory(), path), .is_quick = quick};
    const char *slash = strrchr(path, '/');
    const bool good = yaml_open(&r.doc, cli_memory(), x->path, "experiment", sets, n_sets);
    r.registry = (registry){
        .doc = &r.doc,
        .folder = slash ? arena_copy(cli_memory(), path, (size_t)(slash - path) + 1) : "",
    };
    if (good) {
        read_root(&r);
        expand(&r);
    }
    x->ask.point = r.point;
    x->ask.n_points = r.n_points;
    x->ask.train_seed = r.train_seeds.at;
    x->ask.n_train_seeds = r.train_seeds.n;
    if (yaml_report(&r.doc, err))
        return true;
    experiment_file_free(x);
    return false;
}

bool experiment_file_read(experiment_file *x, const char *path, const char *const *sets, int n_sets,
                          poise_error *err)
{
    return experiment_file_read_form(x, path, false, sets, n_sets, err);
}

void experiment_file_free(experiment_file *x)
{
    for (int i = 0; i < x->ask.n_points; i++)
        poise_scenario_free(x->ask.point[i].scenario);
    x->ask.n_points = 0;
}
