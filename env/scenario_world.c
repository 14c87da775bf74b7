/* scenario_world.c - what a scenario file may say of the world around tasks: failures and sleep of
 * devices, their links, prices and carbon over the day, and whose the tasks are. */
#include <math.h>
#include <string.h>

#include "scenario_load.h"

enum { MOST_TENANTS = 1000, MOST_STEPS = 100000, MOST_PAIRS = 20000, MOST_PIPES = 1000000 };

/* ---- failures ---------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_failures, field)

static const char *const whens[] = {"always", "busy", 0};
static const char *const keeps[] = {"checkpoint", "all", "nothing", 0};
static const char *const stays[] = {"queue", "stays", 0};

static const poise_option failure_rows[] = {
    {"rack", POISE_INT, IN(rack), 0, 0, 1e6, "devices", "so many in a row fail together, too",
     NULL},
    {"when", POISE_CHOICE, IN(only_busy), 0, 0, 0, "",
     "whether a device ages always, or only while it is busy", whens},
    {"keeps", POISE_CHOICE, IN(keeps), 0, 0, 0, "",
     "what of its progress a task keeps: that up to its last checkpoint, all, or nothing", keeps},
    {"task", POISE_CHOICE, IN(stays), 0, 0, 0, "",
     "whether a task goes back into the queue, or stays and goes on after the repair", stays},
    {0},
};

/* A time that is drawn each time: of the prepared struct, and of what was given. */
typedef struct drawn {
    const char *key, *help;
    size_t prepared, written;
    bool of_rack;
} drawn;

static const drawn failure_times[] = {
    {"mtbf", "time a device runs between failures", IN(mtbf), offsetof(group_text, mtbf), false},
    {"mttr", "time of its repair", IN(mttr), offsetof(group_text, mttr), false},
    {"rack_mtbf", "the same of a rack", IN(rack_mtbf), offsetof(group_text, rack_mtbf), true},
    {"rack_mttr", "the same of a rack", IN(rack_mttr), offsetof(group_text, rack_mttr), true},
    {0},
};

#undef IN

static void read_failures(scenario_loader *l, yaml_node *map, int group)
{
    scenario_failures *f = &l->s->group[group].failures;
    if (!yaml_is(&l->doc, map, YAML_MAP, "failures"))
        return;
    options_read(&l->doc, map, failure_rows, f, "", "failures");
    bool racks = yaml_has(map, "rack_mtbf"), devices = yaml_has(map, "mtbf");
    for (const drawn *t = failure_times; t->key; t++) {
        yaml_node *node = yaml_get(&l->doc, map, t->key);
        if (node)
            scenario_read_dist(l, node, t->key, "s",
                               (dist *)((char *)&l->group_text[group] + t->written),
                               (dist *)((char *)f + t->prepared));
        else if (t->of_rack ? racks : devices)
            yaml_wrong(&l->doc, yaml_start(map->mark), NULL, "key '%s' is missing in failures",
                       t->key);
    }
    if (!racks && !devices)
        yaml_wrong(&l->doc, yaml_start(map->mark), NULL,
                   "failures need mtbf and mttr, of devices or of racks (rack_mtbf, rack_mttr)");
    if (racks && f->rack == 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "rack_mtbf"), NULL,
                   "rack_mtbf: key 'rack' must say how many devices a rack has");
    yaml_done(&l->doc, map, "failures");
}

/* ---- sleep ------------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_sleep, field)

static const char *const starts[] = {"awake", "asleep", 0};

static const poise_option sleep_rows[] = {
    {"after", POISE_TIME, IN(after_ns), 0, 0, HORIZON_MAX_S, "s",
     "idle for so long, a device goes to sleep; 0: only when an agent says so", NULL},
    {"boot", POISE_TIME, IN(boot_ns), POISE_REQUIRED, 0, HORIZON_MAX_S, "s", "time to wake up",
     NULL},
    {"down", POISE_TIME, IN(down_ns), 0, 0, HORIZON_MAX_S, "s", "time to fall asleep", NULL},
    {"power", POISE_POWER, IN(asleep_mw), 0, 0, 1e9, "W", "while asleep", NULL},
    {"boot_power", POISE_POWER, IN(boot_mw), 0, 0, 1e9, "W",
     "while waking up; as when busy if not given", NULL},
    {"down_power", POISE_POWER, IN(down_mw), 0, 0, 1e9, "W",
     "while falling asleep; as when idle if not given", NULL},
    {"start", POISE_CHOICE, IN(at_start), 0, 0, 0, "", "how devices begin", starts},
    {0},
};

#undef IN

static void read_sleep(scenario_loader *l, yaml_node *map, scenario_group *g)
{
    if (!yaml_is(&l->doc, map, YAML_MAP, "sleep"))
        return;
    options_read(&l->doc, map, sleep_rows, &g->sleep, "", "sleep");
    if (!yaml_has(map, "boot_power"))
        g->sleep.boot_mw = g->busy_mw;
    if (!yaml_has(map, "down_power"))
        g->sleep.down_mw = g->idle_mw;
    yaml_done(&l->doc, map, "sleep");
}

/* ---- links ------------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_link, field)

static const char *const sharings[] = {"fair", "fifo", "none", 0};
static const char *const pers[] = {"device", "group", 0};
static const char *const duplexes[] = {"full", "half", 0};

static const poise_option link_rows[] = {
    {"bandwidth", POISE_QUANTITY, IN(byte_per_s), POISE_REQUIRED, 1e-9, 1e30, "B/s",
     "bytes per second, each way", NULL},
    {"latency", POISE_TIME, IN(latency_ns), 0, 0, HORIZON_MAX_S, "s", "before the first byte comes",
     NULL},
    {"sharing", POISE_CHOICE, IN(sharing), 0, 0, 0, "",
     "of transfers at once: max-min fair, one after the other, or each has all of it", sharings},
    {"per", POISE_CHOICE, IN(per_group), 0, 0, 0, "",
     "a link for each device (of two groups: for each pair of devices), or one for all", pers},
    {"duplex", POISE_CHOICE, IN(half_duplex), 0, 0, 0, "",
     "whether both ways share the bandwidth (half)", duplexes},
    {0},
};

#undef IN

/* ---- series ------------------------------------------------------------------------------ */

static const poise_option series_rows[] = {
    {"period", POISE_TIME, offsetof(scenario_series, period_ns), 86400, 1e-9, HORIZON_MAX_S, "s",
     "after which it begins again", NULL},
    {0},
};

static bool read_step(scenario_loader *l, yaml_node *pair, int64_t *at_ns, double *value)
{
    const poise_option time = {"values", POISE_TIME, 0, 0, 0, HORIZON_MAX_S, "s", "", NULL};
    const poise_option number = {"values", POISE_REAL, 0, 0, -1e12, 1e12, "", "", NULL};
    if (pair->kind != YAML_LIST || pair->n != 2) {
        yaml_wrong(&l->doc, pair->mark, NULL, "values: a step is [time, value]");
        return false;
    }
    return options_read_one(&l->doc, pair->entry[0].value, &time, at_ns, "s") &&
           options_read_one(&l->doc, pair->entry[1].value, &number, value, "");
}

static void read_one_series(scenario_loader *l, yaml_node *map, const char *key,
                            scenario_series *series)
{
    if (!yaml_is(&l->doc, map, YAML_MAP, key))
        return;
    options_read(&l->doc, map, series_rows, series, "", key);
    yaml_node *list = yaml_need(&l->doc, map, "values", key);
    yaml_done(&l->doc, map, key);
    if (!list || !yaml_is(&l->doc, list, YAML_LIST, "values"))
        return;
    if (list->n == 0 || list->n > MOST_STEPS) {
        yaml_wrong(&l->doc, list->mark, NULL, "values: %d steps, from 1 to %d are allowed", list->n,
                   MOST_STEPS);
        return;
    }
    int64_t *at_ns = arena_take(l->memory, (size_t)list->n, sizeof *at_ns);
    double *value = arena_take(l->memory, (size_t)list->n, sizeof *value);
    for (int k = 0; k < list->n; k++) {
        yaml_node *pair = list->entry[k].value;
        if (!read_step(l, pair, &at_ns[k], &value[k]))
            return;
        if (k == 0 ? at_ns[k] != 0 : at_ns[k] <= at_ns[k - 1])
            yaml_wrong(&l->doc, pair->mark, NULL, "values: times begin with 0 and ascend");
        else if (at_ns[k] >= series->period_ns)
            yaml_wrong(&l->doc, pair->mark, NULL, "values: a time beyond the period");
    }
    series->at_ns = at_ns;
    series->value = value;
    series->n = list->n;
}

/* A factor of speeds: devices never stand still by it. */
static void read_pace(scenario_loader *l, yaml_node *map, scenario_group *g)
{
    read_one_series(l, map, "pace", &g->pace);
    for (int k = 0; k < g->pace.n; k++)
        if (!(g->pace.value[k] >= 1e-6 && g->pace.value[k] <= 1e6)) {
            yaml_wrong(&l->doc, map->mark, "factors from 1e-6 to 1e6",
                       "pace: %g is no factor of speeds", g->pace.value[k]);
            return;
        }
}

/* ---- all of a group ----------------------------------------------------------------------- */

static void read_link(scenario_loader *l, yaml_node *map, scenario_group *g)
{
    if (!yaml_is(&l->doc, map, YAML_MAP, "link"))
        return;
    options_read(&l->doc, map, link_rows, &g->link, "", "link");
    yaml_done(&l->doc, map, "link");
}

void scenario_read_group_world(scenario_loader *l, yaml_node *map, int group)
{
    scenario_group *g = &l->s->group[group];
    yaml_node *failures = yaml_get(&l->doc, map, "failures");
    yaml_node *sleep = yaml_get(&l->doc, map, "sleep");
    yaml_node *link = yaml_get(&l->doc, map, "link");
    yaml_node *pace = yaml_get(&l->doc, map, "pace");
    g->sleep.boot_ns = -1;
    if (failures)
        read_failures(l, failures, group);
    if (sleep)
        read_sleep(l, sleep, g);
    if (link)
        read_link(l, link, g);
    if (pace)
        read_pace(l, pace, g);
}

/* ---- tenants ----------------------------------------------------------------------------- */

#define IN(field) offsetof(scenario_tenant, field)

static const poise_option tenant_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "of the tenant", NULL},
    {"share", POISE_REAL, IN(share), 1, 1e-9, 1e9, "",
     "what it is entitled to, relative to the others", NULL},
    {"quota", POISE_INT, IN(quota), 0, 0, 1e9, "",
     "most devices (cores under law cores) that it may hold at once; 0 without bound", NULL},
    {"agent", POISE_TEXT, IN(agent), 0, 0, 0, "",
     "that drives it, as on the command line; the run's if not given", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_competition, field)

static const char *const rules[] = {"none", "highest", "proportional", 0};

static const poise_option competition_rows[] = {
    {"rule", POISE_CHOICE, IN(rule), 1, 0, 0, "",
     "who decides at an instant: the tenant with the highest attention, or each in proportion to "
     "the exponential of its attention, paid from its budget; none: one agent for all",
     rules},
    {"budget", POISE_REAL, IN(budget), 0, 0, 1e12, "",
     "proportional: what each tenant can spend at the start; 0: bids cost nothing", NULL},
    {"refill", POISE_REAL, IN(refill_per_s), 0, 0, 1e12, "/s",
     "proportional: what is added to it per second, up to the budget, times its share", NULL},
    {0},
};

#undef IN

static void read_tenants(scenario_loader *l)
{
    poise_scenario *s = l->s;
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "tenants"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "tenants", MOST_TENANTS, &node) : 0;
    s->tenant = arena_take(l->memory, (size_t)n + 1, sizeof *s->tenant);
    for (int k = 0; k < n; k++) {
        scenario_tenant *t = &s->tenant[k];
        options_read(&l->doc, node[k], tenant_rows, t, "", "a tenant");
        scenario_check_name(l, node[k], "name", t->name);
        t->name = t->name ? t->name : "";
        for (int i = 0; i < k; i++)
            if (t->name[0] && strcmp(s->tenant[i].name, t->name) == 0)
                yaml_wrong(&l->doc, yaml_mark_of(node[k], "name"), NULL,
                           "two tenants are named '%s'", t->name);
        yaml_done(&l->doc, node[k], "a tenant");
    }
    s->n_tenants = n;
}

static void find_tenant(scenario_loader *l, int class_id)
{
    const poise_scenario *s = l->s;
    scenario_class *c = &l->s->classes[class_id];
    const char **names = arena_take(l->memory, (size_t)s->n_tenants + 1, sizeof *names);
    c->tenant = -1;
    for (int t = 0; t < s->n_tenants; t++) {
        names[t] = s->tenant[t].name;
        if (c->tenant_name && strcmp(c->tenant_name, names[t]) == 0)
            c->tenant = t;
    }
    if (c->tenant_name && c->tenant < 0)
        yaml_wrong_name(&l->doc, yaml_mark_of(l->class_node[class_id], "tenant"), "tenant",
                        c->tenant_name, names);
}

static void read_competition(scenario_loader *l)
{
    yaml_node *map = yaml_get(&l->doc, l->doc.root, "competition");
    scenario_competition *c = &l->s->competition;
    if (!map || !yaml_is(&l->doc, map, YAML_MAP, "competition"))
        return;
    options_read(&l->doc, map, competition_rows, c, "", "competition");
    yaml_done(&l->doc, map, "competition");
    if (l->s->n_tenants < 2 && c->rule != COMPETE_NOT)
        yaml_wrong(&l->doc, map->mark, NULL, "competition: it takes at least two tenants");
    for (int k = 0; k < l->s->n_classes && c->rule != COMPETE_NOT; k++)
        if (l->s->classes[k].tenant < 0 && !l->names_wrong)
            yaml_wrong(&l->doc, l->class_node[k]->mark, NULL,
                       "job class '%s' has no tenant, under competition each must",
                       l->s->classes[k].name);
}

/* ---- series of prices ----------------------------------------------------------------------- */

static void read_series(scenario_loader *l)
{
    yaml_node *map = yaml_get(&l->doc, l->doc.root, "series");
    if (!map || !yaml_is(&l->doc, map, YAML_MAP, "series"))
        return;
    yaml_node *price = yaml_get(&l->doc, map, "price"), *carbon = yaml_get(&l->doc, map, "carbon");
    if (price)
        read_one_series(l, price, "price", &l->s->price);
    if (carbon)
        read_one_series(l, carbon, "carbon", &l->s->carbon);
    yaml_done(&l->doc, map, "series");
}

/* ---- links between groups ------------------------------------------------------------------ */

/* Groups that one name stands for: one, or all devices of a group that are apart. */
typedef struct group_range {
    int first, end;
} group_range;

static group_range find_groups(scenario_loader *l, const yaml_node *node)
{
    const poise_scenario *s = l->s;
    if (!yaml_is(&l->doc, node, YAML_SCALAR, "between"))
        return (group_range){0};
    for (int g = 0; g < s->n_groups; g++) {
        int end = g + 1;
        if (strcmp(s->group[g].name, node->text) == 0)
            return (group_range){g, end};
        if (strcmp(l->group_named[g], node->text) != 0)
            continue;
        while (end < s->n_groups && l->group_node[end] == l->group_node[g])
            end++;
        return (group_range){g, end};
    }
    const char **names = arena_take(l->memory, (size_t)s->n_groups + 1, sizeof *names);
    for (int g = 0; g < s->n_groups; g++)
        names[g] = s->group[g].name;
    yaml_wrong_name(&l->doc, node->mark, "device group", node->text, names);
    return (group_range){0};
}

/* The groups that the link is between; false after a mistake. */
static bool read_between(scenario_loader *l, yaml_node *map, group_range *two)
{
    yaml_node *between = yaml_need(&l->doc, map, "between", "a link");
    if (!between || !yaml_is(&l->doc, between, YAML_LIST, "between"))
        return false;
    if (between->n != 2) {
        yaml_wrong(&l->doc, between->mark, NULL, "between: it takes two device groups");
        return false;
    }
    for (int k = 0; k < 2; k++)
        two[k] = find_groups(l, between->entry[k].value);
    return two[0].end > 0 && two[1].end > 0;
}

/* linked: (n_groups, n_groups) bits of the pairs there are. */
static bool add_pair(scenario_loader *l, const yaml_node *map, scenario_pair pair, uint8_t *linked)
{
    poise_scenario *s = l->s;
    int low = pair.a < pair.b ? pair.a : pair.b, high = pair.a + pair.b - low;
    size_t bit = (size_t)low * (size_t)s->n_groups + (size_t)high;
    bool twice = linked[bit / 8] >> bit % 8 & 1;
    if (twice)
        yaml_wrong(&l->doc, map->mark, NULL, "two links between '%s' and '%s'",
                   s->group[pair.a].name, s->group[pair.b].name);
    else if (s->n_pairs == MOST_PAIRS)
        yaml_wrong(&l->doc, map->mark, NULL, "more than %d pairs of device groups with a link",
                   MOST_PAIRS);
    else
        s->pair[s->n_pairs++] = pair;
    linked[bit / 8] |= (uint8_t)(1U << bit % 8);
    return !twice && s->n_pairs < MOST_PAIRS;
}

/* Devices that are apart have a link with each of the others. */
static void add_pairs(scenario_loader *l, yaml_node *map, const group_range *two,
                      const scenario_link *link, uint8_t *linked)
{
    const poise_scenario *s = l->s;
    bool same = two[0].first == two[1].first && two[0].end == two[1].end, good = true;
    int n = 0;
    for (int a = two[0].first; a < two[0].end && good; a++)
        for (int b = same ? a : two[1].first; b < two[1].end && good; b++)
            if (a != b || s->group[a].count > 1) {
                good = add_pair(l, map, (scenario_pair){a, b, *link}, linked);
                n++;
            }
    const yaml_node *named = yaml_get(&l->doc, map, "between")->entry[0].value;
    if (n == 0)
        yaml_wrong(&l->doc, named->mark, NULL, "between: '%s' is a single device", named->text);
}

/* Each pair of devices has a line of its own unless the link is `per: group`. Returns how many
 * there are with those of the pairs from `first` on. */
static int64_t count_lines(scenario_loader *l, const yaml_node *map, int first, int64_t n_lines)
{
    const poise_scenario *s = l->s;
    bool fitted = n_lines <= MOST_PIPES;
    for (int k = first; k < s->n_pairs; k++)
        n_lines += scenario_pipes_of_pair(s, &s->pair[k]);
    if (fitted && n_lines > MOST_PIPES)
        yaml_wrong(
            &l->doc, map->mark, NULL,
            "the links between pairs of devices would be %lld lines, at most %d are allowed; "
            "`per: group` is one for all",
            (long long)n_lines, MOST_PIPES);
    return n_lines;
}

static void read_pairs(scenario_loader *l)
{
    poise_scenario *s = l->s;
    yaml_node *list = yaml_get(&l->doc, l->doc.root, "links"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "links", MOST_PAIRS, &node) : 0;
    size_t cells = (size_t)s->n_groups * (size_t)s->n_groups;
    uint8_t *linked = arena_take(l->memory, n > 0 ? cells / 8 + 1 : 1, 1);
    s->pair = arena_take(l->memory, (size_t)(n > 0 ? MOST_PAIRS : 0) + 1, sizeof *s->pair);
    int64_t n_lines = 0;
    for (int k = 0; k < n; k++) {
        int first = s->n_pairs;
        group_range two[2];
        scenario_link link = {0};
        bool good = read_between(l, node[k], two);
        options_read(&l->doc, node[k], link_rows, &link, "", "a link");
        yaml_done(&l->doc, node[k], "a link");
        if (good)
            add_pairs(l, node[k], two, &link, linked);
        n_lines = count_lines(l, node[k], first, n_lines);
    }
}

void scenario_read_world(scenario_loader *l)
{
    read_tenants(l);
    for (int c = 0; c < l->s->n_classes; c++)
        find_tenant(l, c);
    read_competition(l);
    read_series(l);
    read_pairs(l);
    scenario_sort_pairs(l->s);
}

/* ---- printing ---------------------------------------------------------------------------- */

static void print_series(string_buffer *out, const char *key, const scenario_series *series)
{
    if (series->n == 0)
        return;
    string_add(out, "%s: ", key);
    scenario_print_all(out, "{", series_rows, series);
    string_add(out, ", values: [");
    const poise_option time = {"values", POISE_TIME, 0, 0, 0, HORIZON_MAX_S, "s", "", NULL};
    const poise_option number = {"values", POISE_REAL, 0, 0, -1e12, 1e12, "", "", NULL};
    for (int k = 0; k < series->n; k++) {
        char at[64], value[64];
        option_print(&time, &series->at_ns[k], at, sizeof at);
        option_print(&number, &series->value[k], value, sizeof value);
        string_add(out, "%s[%s, %s]", k ? ", " : "", at, value);
    }
    string_add(out, "]}\n");
}

void scenario_print_group_world(string_buffer *out, const scenario_loader *l, int group)
{
    const scenario_group *g = &l->s->group[group];
    const group_text *text = &l->group_text[group];
    if (g->failures.mtbf.type || g->failures.rack_mtbf.type) {
        string_add(out, "    failures: ");
        const char *before = scenario_print_flow(out, "{", failure_rows, &g->failures);
        for (const drawn *t = failure_times; t->key; t++) {
            const dist *written = (const dist *)((const char *)text + t->written);
            if (!written->type)
                continue;
            string_add(out, "%s%s: ", before, t->key);
            scenario_print_dist(out, written);
            before = ", ";
        }
        string_add(out, "}\n");
    }
    if (g->sleep.boot_ns >= 0) {
        string_add(out, "    sleep: ");
        scenario_print_all(out, "{", sleep_rows, &g->sleep);
        string_add(out, "}\n");
    }
    if (g->link.byte_per_s > 0) {
        string_add(out, "    link: ");
        scenario_print_flow(out, "{", link_rows, &g->link);
        string_add(out, "}\n");
    }
    print_series(out, "    pace", &g->pace);
}

void scenario_print_world(string_buffer *out, const poise_scenario *s)
{
    if (s->n_tenants > 0)
        string_add(out, "tenants:\n");
    for (int t = 0; t < s->n_tenants; t++) {
        scenario_print_flow(out, "  - {", tenant_rows, &s->tenant[t]);
        string_add(out, "}\n");
    }
    if (s->competition.rule != COMPETE_NOT) {
        string_add(out, "competition: ");
        scenario_print_all(out, "{", competition_rows, &s->competition);
        string_add(out, "}\n");
    }
    if (s->price.n > 0 || s->carbon.n > 0)
        string_add(out, "series:\n");
    print_series(out, "  price", &s->price);
    print_series(out, "  carbon", &s->carbon);
    if (s->n_pairs > 0)
        string_add(out, "links:\n");
    for (int k = 0; k < s->n_pairs; k++) {
        string_add(out, "  - {between: [%s, %s], ", s->group[s->pair[k].a].name,
                   s->group[s->pair[k].b].name);
        scenario_print_flow(out, "", link_rows, &s->pair[k].link);
        string_add(out, "}\n");
    }
}

/* ---- schema ------------------------------------------------------------------------------ */

void scenario_schema_world(string_buffer *out)
{
    scenario_schema_part(
        out, "devices[].failures",
        "when devices break; besides: mtbf and mttr of a device, rack_mtbf and rack_mttr of "
        "a rack (seconds, or distributions)",
        failure_rows, "");
    scenario_schema_part(out, "devices[].sleep", "devices that sleep", sleep_rows, "");
    scenario_schema_part(out, "devices[].link", "between the devices of the group and all others",
                         link_rows, "");
    scenario_schema_part(
        out, "links[]",
        "of two groups, instead of the links of each; besides: between (two groups)", link_rows,
        "");
    scenario_schema_part(out, "tenants[]", "whose the tasks are", tenant_rows, "");
    scenario_schema_part(out, "competition", "tenants that each have an agent bid for devices",
                         competition_rows, "");
    scenario_schema_part(
        out, "series.price, series.carbon",
        "money and grams per kWh over time; besides: values (a list of [time, value])", series_rows,
        "");
    scenario_schema_part(
        out, "devices[].pace",
        "a factor of all speeds of the group over time; besides: values (a list of [time, factor])",
        series_rows, "");
}
