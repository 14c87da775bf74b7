/* words.c - a scenario in words. Each part is one function; a part that is not used says nothing.
 */
#include "words.h"

#include "device.h"
#include "graph.h"
#include "options.h"
#include "source.h"
#include "units.h"
#include "words_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_NAMED = 6, NAME_COLUMNS = 16, SIZE_COLUMNS = 28, TIME_COLUMNS = 10 };

/* ---- values ------------------------------------------------------------------------------- */

static void add_time(string_buffer *out, const char *before, int64_t ns)
{
    char text[40];
    words_time(seconds(ns), text, sizeof text);
    string_add(out, "%s%s", before, text);
}

static void add_bytes(string_buffer *out, const char *before, int64_t bytes)
{
    char text[40];
    units_print_bytes(bytes, text, sizeof text);
    string_add(out, "%s%s", before, text);
}

static void add_power(string_buffer *out, const char *before, int64_t mw)
{
    char text[40];
    units_print_power(mw, text, sizeof text);
    string_add(out, "%s%s", before, text);
}

/* "5 s", "lognormal 5 s": its mean. */
static void add_dist(string_buffer *out, const char *before, const dist *d)
{
    const bool fixed = strcmp(d->type->name, "deterministic") == 0;
    char mean[40];
    words_time(d->mean, mean, sizeof mean);
    string_add(out, "%s%s%s%s", before, fixed ? "" : d->type->name, fixed ? "" : " ", mean);
}

static void add_resources(string_buffer *out, const poise_scenario *s, const int64_t *amount)
{
    for (int k = 0; amount && k < s->n_resources; k++)
        if (amount[k] > 0)
            string_add(out, ", %" PRId64 " %s", amount[k], s->resource_name[k]);
}

/* ---- devices ------------------------------------------------------------------------------ */

/* The settings of the law that are not at their default. */
static void add_law(string_buffer *out, const scenario_group *g)
{
    const char *before = " (";
    string_add(out, "law %s", g->law->name);
    for (const poise_option *row = g->law->options; row && row->name; row++) {
        char value[64];
        if (option_is_default(row, &g->params))
            continue;
        option_print(row, &g->params, value, sizeof value);
        string_add(out, "%s%s %s", before, row->name, value);
        before = ", ";
    }
    string_add(out, *before == ',' ? ")" : "");
}

static void add_memory(string_buffer *out, const scenario_group *g)
{
    static const char *const pressures[] = {
        [PRESSURE_SLOW] = "where more is used, all tasks on the device slow down",
        [PRESSURE_KILL] = "where more is used, the newest tasks have to begin anew",
    };
    if (g->overcommit > 1)
        string_add(out, "      memory is promised up to %.4g times\n", g->overcommit);
    if (g->pressure != PRESSURE_NONE)
        string_add(out, "      %s\n", pressures[g->pressure]);
}

static void add_failures(string_buffer *out, const scenario_failures *f)
{
    static const char *const keeps[] = {
        [KEEP_CHECKPOINT] = "what they did up to their last checkpoint",
        [KEEP_ALL] = "all they did",
        [KEEP_NOTHING] = "nothing",
    };
    if (!f->mtbf.type && !f->rack_mtbf.type)
        return;
    string_add(out, "      fails");
    if (f->mtbf.type) {
        add_dist(out, " after ", &f->mtbf);
        add_dist(out, ", is repaired in ", &f->mttr);
    }
    if (f->rack_mtbf.type) {
        string_add(out, "%s%d at once", f->mtbf.type ? "; " : " ", f->rack);
        add_dist(out, " after ", &f->rack_mtbf);
        add_dist(out, ", for ", &f->rack_mttr);
    }
    string_add(out, "%s; tasks keep %s and %s\n", f->only_busy ? "; ages only while busy" : "",
               keeps[f->keeps], f->stays ? "wait there" : "go back into the queue");
}

static void add_sleep(string_buffer *out, const scenario_sleep *z)
{
    if (z->boot_ns < 0)
        return;
    string_add(out, "      sleeps");
    if (z->after_ns > 0)
        add_time(out, " after ", z->after_ns);
    add_power(out, " at ", z->asleep_mw);
    add_time(out, ", wakes up in ", z->boot_ns);
    string_add(out, "%s\n", z->at_start ? ", asleep at the start" : "");
}

static void add_pace(string_buffer *out, const scenario_series *pace)
{
    for (int k = 0; k < pace->n; k++) {
        string_add(out, "%s%.4g times its speed", k ? ", " : "      ", pace->value[k]);
        add_time(out, " from ", pace->at_ns[k]);
    }
    if (pace->n > 0) {
        add_time(out, ", again every ", pace->period_ns);
        string_add(out, "\n");
    }
}

static void add_link(string_buffer *out, const char *before, const scenario_link *link)
{
    static const char *const sharings[] = {
        [LINK_FAIR] = "shared fairly",
        [LINK_FIFO] = "one transfer after the other",
        [LINK_NONE] = "as if each transfer were alone",
    };
    if (link->byte_per_s > 0 && !isinf(link->byte_per_s)) {
        string_add(out, "%s%.4g bytes/s", before, link->byte_per_s);
        add_time(out, ", ", link->latency_ns);
        string_add(out, ", %s%s%s\n", sharings[link->sharing],
                   link->per_group ? ", one for all" : "",
                   link->half_duplex ? ", half duplex" : "");
    }
}

static void add_group(string_buffer *out, const poise_scenario *s, const scenario_group *g)
{
    string_add(out, "  %3d x %-16s %s, ", g->count, g->name, g->kind);
    add_law(out, g);
    if (g->memory_bytes != INT64_MAX)
        add_bytes(out, ", memory ", g->memory_bytes);
    add_resources(out, s, g->resources);
    if (g->busy_mw > 0) {
        add_power(out, ", ", g->idle_mw);
        add_power(out, " idle, ", g->busy_mw);
        string_add(out, " busy");
    }
    if (g->price_per_h > 0)
        string_add(out, ", %.4g an hour", g->price_per_h);
    string_add(out, "\n");
    add_memory(out, g);
    if (g->cap_mw > 0) {
        add_power(out, "      together at most ", g->cap_mw);
        string_add(out, ", beyond it all slow down\n");
    }
    add_failures(out, &g->failures);
    add_sleep(out, &g->sleep);
    add_pace(out, &g->pace);
    add_link(out, "      link: ", &g->link);
}

/* What the laws that are used mean, each once. */
static void add_laws(string_buffer *out, const poise_scenario *s)
{
    for (int k = 0; device_laws[k]; k++) {
        bool is_used = false;
        for (int g = 0; g < s->n_groups; g++)
            is_used |= s->group[g].law == device_laws[k];
        if (is_used)
            string_add(out, "  law %s: %s\n", device_laws[k]->name, device_laws[k]->about);
    }
}

static void add_devices(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "\ndevices\n");
    for (int g = 0; g < s->n_groups; g++)
        add_group(out, s, &s->group[g]);
    add_laws(out, s);
    for (int k = 0; k < s->n_pairs && k < 4 * MOST_NAMED; k++) {
        string_add(out, "  between %s and %s", s->group[s->pair[k].a].name,
                   s->group[s->pair[k].b].name);
        add_link(out, ": ", &s->pair[k].link);
    }
    add_link(out, "  out of where inputs are: ", &s->origin);
}

/* ---- classes ------------------------------------------------------------------------------ */

/* Service on each group, under their names; the shortest is marked where there is a choice. */
static void add_services(string_buffer *out, const poise_scenario *s, int class_id)
{
    const double *service_s = s->space.service_s + class_id * s->n_groups;
    double least = INFINITY;
    for (int g = 0; g < s->n_groups; g++)
        least = fmin(least, service_s[g]);
    for (int g = 0; g < s->n_groups && g < MOST_NAMED; g++) {
        char text[40] = "never";
        if (!isinf(service_s[g]) && service_s[g] > 0)
            words_time(service_s[g], text, sizeof text);
        else if (!isinf(service_s[g]))
            snprintf(text, sizeof text, "unknown");
        string_add(out, " %*s%s", TIME_COLUMNS, text,
                   s->n_groups > 1 && service_s[g] == least ? "*" : " ");
    }
    while (out->length && out->at[out->length - 1] == ' ')
        out->at[--out->length] = 0;
    string_add(out, "%s\n", s->n_groups > MOST_NAMED ? " ..." : "");
}

static void add_service_head(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "\nclasses of tasks (mean size; mean service on each group of devices%s)\n",
               s->n_groups > 1 ? ", * the shortest" : "");
    string_add(out, "%*s", NAME_COLUMNS + SIZE_COLUMNS + 3, "");
    for (int g = 0; g < s->n_groups && g < MOST_NAMED; g++)
        string_add(out, " %*.*s%s", TIME_COLUMNS, TIME_COLUMNS, s->group[g].name,
                   g + 1 < s->n_groups ? " " : "");
    string_add(out, "\n");
}

/* How much faster it is than one device alone, at best. */
static double speed_up(const poise_scenario *s, int class_id, int profile)
{
    double best = 0;
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_mode *m = &s->mode[scenario_cell(s, class_id, g, profile)];
        const scenario_profile *p = &s->classes[class_id].profile[profile];
        double one = m->alone_speed / (p->speed > 0 ? p->speed : m->devices);
        if (m->speed > 0)
            best = fmax(best, m->speed / one);
    }
    return best;
}

static void add_profiles(string_buffer *out, const poise_scenario *s, int class_id)
{
    const scenario_class *c = &s->classes[class_id];
    for (int k = 0; k < c->n_profiles; k++) {
        const scenario_profile *p = &c->profile[k];
        string_add(out, "      profile %s: %d device%s%s%s, %.4g times as fast as one", p->name,
                   p->devices, p->devices > 1 ? "s" : "", p->kind ? " of kind " : "",
                   p->kind ? p->kind : "", speed_up(s, class_id, k));
        if (p->memory_bytes >= 0)
            add_bytes(out, ", memory ", p->memory_bytes);
        if (p->cores > 0)
            string_add(out, ", %d cores", p->cores);
        if (p->busy_mw >= 0)
            add_power(out, ", ", p->busy_mw);
        if (p->quality != 1)
            string_add(out, ", quality %.4g", p->quality);
        string_add(out, "\n");
    }
    if (c->has_sync)
        string_add(out, "      its devices work %s%s\n",
                   c->sync.asynchronous ? "without waiting for each other" : "in step",
                   c->sync.straggler.type ? ", some slower than others" : "");
}

static void add_needs(string_buffer *out, const poise_scenario *s, const scenario_class *c)
{
    string_buffer needs = {0};
    if (c->memory_bytes > 0)
        add_bytes(&needs, ", memory ", c->memory_bytes);
    if (c->request_bytes != c->memory_bytes)
        add_bytes(&needs, ", asks for ", c->request_bytes);
    if (c->cores > 1)
        string_add(&needs, ", %d cores", c->cores);
    add_resources(&needs, s, c->resources);
    if (c->input_bytes > 0)
        add_bytes(&needs, ", input ", c->input_bytes);
    if (needs.length > 0)
        string_add(out, "      needs%s\n", needs.at + 1);
    string_free(&needs);
}

static void add_times(string_buffer *out, const poise_scenario *s, const scenario_class *c)
{
    if (c->deadline.type)
        add_dist(out, "      deadline ", &c->deadline);
    else if (c->slack > 0)
        string_add(out, "      deadline %.4g times its least service", c->slack);
    if (c->deadline.type || c->slack > 0)
        string_add(out, " after its arrival%s\n", c->killed_when_late ? ", killed then" : "");
    if (c->killed_at_limit)
        string_add(out, "      killed when it has run for as long as agents see\n");
    if (c->tenant >= 0)
        string_add(out, "      of tenant %s\n", s->tenant[c->tenant].name);
    if (c->change.time_ns > 0 || c->change.bytes > 0 || c->change.lost > 0) {
        add_time(out, "      displaced, moved or rescaled: ", c->change.time_ns);
        add_bytes(out, ", ", c->change.bytes);
        string_add(out, " to move, %.4g of its work lost\n", c->change.lost);
    }
    if (c->checkpoint.interval_ns > 0) {
        add_time(out, "      a checkpoint every ", c->checkpoint.interval_ns);
        add_time(out, " of running takes ", c->checkpoint.cost_ns);
        add_time(out, ", a restart ", c->checkpoint.restart_ns);
        string_add(out, "\n");
    }
}

static void add_classes(string_buffer *out, const poise_scenario *s)
{
    add_service_head(out, s);
    for (int k = 0; k < s->n_classes; k++) {
        const scenario_class *c = &s->classes[k];
        char size[80] = "";
        string_add(out, "  %-*s", NAME_COLUMNS, c->name);
        if (c->graph) {
            string_add(out, " %d tasks, graph %s\n", c->graph->n_nodes, c->graph->name);
        } else {
            if (c->size.type)
                snprintf(size, sizeof size, "%.6g %s, %s", c->size.mean, s->work_unit,
                         c->size.type->name);
            string_add(out, " %-*s", SIZE_COLUMNS, size);
            add_services(out, s, k);
            add_profiles(out, s, k);
            add_needs(out, s, c);
        }
        add_times(out, s, c);
    }
    if (!s->interference)
        return;
    for (int a = 0; a < s->n_classes; a++)
        for (int b = 0; b < s->n_classes; b++)
            if (s->interference[a * s->n_classes + b] < 1)
                string_add(out, "  %s beside %s: %.4g of its speed\n", s->classes[a].name,
                           s->classes[b].name, s->interference[a * s->n_classes + b]);
}

static void add_graphs(string_buffer *out, const poise_scenario *s)
{
    if (s->n_graphs > 0)
        string_add(out, "\ngraphs (at mean sizes)\n");
    for (int k = 0; k < s->n_graphs; k++) {
        const graph_template *g = &s->graph[k];
        string_add(out, "  %-16s %d tasks, %d edges, %.4g %s, %.4g bytes over edges\n", g->name,
                   g->n_nodes, g->n_edges, g->work, s->work_unit, g->bytes);
        string_add(out, "  %-16s critical path %.4g s:", "", g->critical_s);
        for (int i = 0; i < g->n_critical && i < 8; i++)
            string_add(out, " %s", g->node[g->critical[i]].name);
        string_add(out, "%s; at least %.4g s; bottleneck %s\n", g->n_critical > 8 ? " ..." : "",
                   g->least_s, g->node[g->bottleneck].name);
    }
}

/* ---- the world ---------------------------------------------------------------------------- */

/* The classes of its jobs with their parts, several in a line. */
static void add_mix(string_buffer *out, const poise_scenario *s, const scenario_source *source)
{
    for (int m = 0; m < source->n_mix && source->n_mix > 1; m++)
        string_add(out, "%s%.3g%% %s%s", m % 6 == 0 ? "      " : "", 100 * source_part(source, m),
                   s->classes[source->mix_class[m]].name,
                   m + 1 == source->n_mix || m % 6 == 5 ? "\n" : ", ");
}

static void add_sources(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "\narrivals\n");
    for (int i = 0; i < s->n_sources; i++) {
        const scenario_source *source = &s->source[i];
        char rate[40];
        string_add(out, "  %s", source->name);
        if (strcmp(source->name, source->type->name) != 0)
            string_add(out, ", %s", source->type->name);
        words_rate(source->rate_per_s, rate, sizeof rate);
        if (source->rate_per_s > 0)
            string_add(out, ", %s", rate);
        if (source->max_jobs > 0)
            string_add(out, ", %d job%s", source->max_jobs, source->max_jobs > 1 ? "s" : "");
        if (source->n_jobs > 0)
            string_add(out, ", %" PRId64 " jobs", source->n_jobs);
        if (source->n_mix == 1)
            string_add(out, " of %s", s->classes[source->mix_class[0]].name);
        if (source->start_ns > 0)
            add_time(out, ", from ", source->start_ns);
        if (source->stop_ns > 0)
            add_time(out, ", until ", source->stop_ns);
        string_add(out, " (%s)\n", source->type->about);
        add_mix(out, s, source);
    }
    if (s->queue_limit >= 0)
        string_add(out, "  what finds %d tasks waiting is dropped\n", s->queue_limit);
}

static void add_tenants(string_buffer *out, const poise_scenario *s)
{
    static const char *const rules[] = {
        [COMPETE_NOT] = "one agent decides for all",
        [COMPETE_HIGHEST] = "the tenant with the highest attention decides",
        [COMPETE_PROPORTIONAL] = "tenants decide in proportion to the exponential of attention",
    };
    if (s->n_tenants == 0)
        return;
    string_add(out, "\ntenants (%s", rules[s->competition.rule]);
    if (s->competition.rule == COMPETE_PROPORTIONAL && s->competition.budget > 0)
        string_add(out, ", paid from a budget of %.4g, %.4g more per second", s->competition.budget,
                   s->competition.refill_per_s);
    string_add(out, ")\n");
    for (int t = 0; t < s->n_tenants; t++) {
        const scenario_tenant *tenant = &s->tenant[t];
        string_add(out, "  %-16s share %.4g", tenant->name, tenant->share);
        if (tenant->quota > 0)
            string_add(out, ", holds at most %d", tenant->quota);
        string_add(out, "%s%s\n", tenant->agent ? ", driven by " : "",
                   tenant->agent ? tenant->agent : "");
    }
}

static void add_series(string_buffer *out, const char *what, const scenario_series *x)
{
    if (x->n == 0)
        return;
    double low = x->value[0], high = x->value[0];
    for (int k = 1; k < x->n; k++) {
        low = fmin(low, x->value[k]);
        high = fmax(high, x->value[k]);
    }
    string_add(out, "  %s from %.4g to %.4g per kWh", what, low, high);
    add_time(out, ", again every ", x->period_ns);
    string_add(out, "\n");
}

/* ---- decisions ---------------------------------------------------------------------------- */

static void add_booking(string_buffer *out, const scenario_decision *d)
{
    static const char *const backfills[] = {
        [BACKFILL_NONE] = "nothing goes ahead of it",
        [BACKFILL_EASY] = "others go ahead if they do not delay it",
        [BACKFILL_CONSERVATIVE] = "others go ahead if they delay none that is booked",
    };
    if (d->commit != COMMIT_NONE)
        string_add(out, "  what does not fit may be chosen: it is booked, %s; %s\n",
                   d->commit == COMMIT_PASS ? "anew at every instant" : "until it has started",
                   backfills[d->backfill]);
    if (d->lookahead_ns > 0) {
        add_time(out, "  tasks are booked into the next ", d->lookahead_ns);
        string_add(out, "\n");
    }
}

static void add_acts(string_buffer *out, const scenario_decision *d)
{
    if (d->preempt != PREEMPT_NONE)
        string_add(out, "  running tasks may be displaced, and %s\n",
                   d->preempt == PREEMPT_RESUME ? "go on later" : "begin anew");
    if (d->migrate || d->rescale || d->suspend)
        string_add(out, "  running tasks may%s%s%s\n", d->migrate ? " move to another group" : "",
                   d->rescale ? (d->migrate ? ", change their profile" : " change their profile")
                              : "",
                   d->suspend ? (d->migrate || d->rescale ? ", be put back" : " be put back") : "");
    if (d->reject)
        string_add(out, "  waiting tasks may be refused\n");
    if (d->defer_ns > 0) {
        add_time(out, "  waiting tasks may be put aside for ", d->defer_ns);
        string_add(out, "\n");
    }
    if (d->power)
        string_add(out, "  devices may be put to sleep and woken\n");
    if (d->ahead)
        string_add(out, "  tasks of graphs may be sent ahead to the queue of a device\n");
}

static void add_decisions(string_buffer *out, const poise_scenario *s)
{
    static const char *const sizes[] = {
        [SEE_TRUE] = "sizes", [SEE_ESTIMATE] = "estimates of sizes", [SEE_MEAN] = "mean sizes"};
    const scenario_decision *d = &s->decision;
    string_add(out, "\ndecisions\n  %s\n",
               d->mode == MODE_DISPATCH
                   ? "of all that may be done at an instant, what has the most attention is done"
               : d->weights ? "capacity is divided in proportion to attention"
                            : "capacity is divided by the softmax of attention");
    string_add(out, "  agents see at most %d waiting%s", s->window, d->running > 0 ? "" : " tasks");
    if (d->running > 0)
        string_add(out, " and %d running tasks", d->running);
    string_add(out, ", and %s%s\n", sizes[s->visible],
               s->may_wait ? "; they may wait with free devices" : "");
    add_acts(out, d);
    add_booking(out, d);
    if (d->quantum_ns > 0) {
        add_time(out, "  decisions are due every ", d->quantum_ns);
        string_add(out, ", too\n");
    }
}

static const char *const reward_words[] = {
    [REWARD_FLOW] = "minus the tasks in the system, over time: in sum, minus all response times",
    [REWARD_HOLDING] = "minus the weights of the tasks in the system, over time",
    [REWARD_SLOWDOWN] = "minus 1 / least service of each task in the system, over time: slowdown",
    [REWARD_THROUGHPUT] = "plus 1 for each task that is finished",
    [REWARD_ENERGY] = "minus the energy in joules",
    [REWARD_LATE] = "minus 1 for each task that misses its deadline",
    [REWARD_DROPPED] = "minus 1 for each task that is dropped, refused or killed",
    [REWARD_QUALITY] = "plus the quality of each task that is finished",
    [REWARD_FAIRNESS] = "minus (1 - Jain's index over the tenants), over time",
    [REWARD_COST] = "minus what energy and devices cost",
    [REWARD_CARBON] = "minus the grams of carbon",
};

static void add_reward(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "\nreward\n");
    for (int i = 0; i < N_REWARD_TERMS; i++)
        if (s->reward_weight[i] != 0)
            string_add(out, "  %g x %s (%s)\n", s->reward_weight[i], reward_term_names[i],
                       reward_words[i]);
}

/* Where it belongs and comes from, and what is compared in it. */
static void add_origin(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "family %s%s%s\n", s->family, *s->source_line ? "; source: " : "",
               s->source_line);
    if (s->n_rules > 0) {
        string_add(out, "rules to be compared by %s:", s->measure);
        for (int k = 0; k < s->n_rules; k++)
            string_add(out, "%s%s", k ? ", " : " ", s->rule[k]);
        string_add(out, "\n");
    }
}

/* How long an episode is, and what of it is measured. */
static void add_run(string_buffer *out, const poise_scenario *s)
{
    string_add(out, "\na run ends");
    if (s->end_ns > 0)
        add_time(out, " after ", s->end_ns);
    if (s->end_jobs > 0)
        string_add(out, "%s when %" PRId64 " jobs have come and gone", s->end_ns > 0 ? ", or" : "",
                   s->end_jobs);
    string_add(out, "%s", s->end_ns > 0 || s->end_jobs > 0 ? "" : " when all jobs are done");
    if (s->warmup_jobs > 0)
        string_add(out, "; the first %" PRId64 " are not measured", s->warmup_jobs);
    if (s->warmup_ns > 0)
        add_time(out, "; not measured is what arrives in the first ", s->warmup_ns);
    string_add(out, "\n");
}

char *words_of(const poise_scenario *s)
{
    string_buffer out = {0};
    string_add(&out, "%s: %s\n%s%s", s->name, s->title, s->about,
               *s->about && s->about[strlen(s->about) - 1] != '\n' ? "\n" : "");
    add_origin(&out, s);
    if (!isnan(s->offered_load))
        string_add(&out, "offered load %.3g%s\n", s->offered_load,
                   s->offered_load >= 1 ? ": no policy is stable" : "");
    string_add(&out, "hash %016" PRIx64 "\n", s->hash);
    words_draw(&out, s);
    add_devices(&out, s);
    add_classes(&out, s);
    add_graphs(&out, s);
    add_sources(&out, s);
    add_tenants(&out, s);
    if (s->price.n > 0 || s->carbon.n > 0)
        string_add(&out, "\nenergy\n");
    add_series(&out, "price", &s->price);
    add_series(&out, "grams of carbon", &s->carbon);
    add_decisions(&out, s);
    add_reward(&out, s);
    add_run(&out, s);
    if (*s->notes)
        string_add(&out, "\n%s\n", s->notes);
    return out.at;
}
