/* scenario_conflicts.c - settings that contradict each other are refused, where they stand. Those
 * that only have no effect are noted: whoever compares with and without preemption wants to switch
 * it off with one setting, and leave what it costs in the file. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario_load.h"
#include "units.h"

static void note(scenario_loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(scenario_loader *l, const char *format, ...)
{
    char text[400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    string_add(&l->notes, "%s%s", l->notes.length ? "\n" : "", text);
}

/* ---- what a scenario has ------------------------------------------------------------------ */

static bool any_group(const poise_scenario *s, bool (*is)(const scenario_group *g))
{
    for (int g = 0; g < s->n_groups; g++)
        if (is(&s->group[g]))
            return true;
    return false;
}

static bool any_class(const poise_scenario *s, bool (*is)(const scenario_class *c))
{
    for (int c = 0; c < s->n_classes; c++)
        if (is(&s->classes[c]))
            return true;
    return false;
}

static bool divides(const scenario_group *g)
{
    return strcmp(g->law->name, "shared") == 0;
}

static bool has_roofline(const scenario_group *g)
{
    return g->law->speed != NULL;
}

static bool sleeps(const scenario_group *g)
{
    return g->sleep.boot_ns >= 0;
}

static bool has_price(const scenario_group *g)
{
    return g->price_per_h > 0;
}

static bool has_own_queue(const scenario_group *g)
{
    return g->params.queue != 0;
}

static bool counts_cores(const scenario_group *g)
{
    return g->law->demand_matters;
}

static bool holds_several(const scenario_group *g)
{
    return g->law->cores(g) > 1;
}

static bool has_choice(const scenario_class *c)
{
    return c->n_profiles > 1;
}

static bool has_profiles(const scenario_class *c)
{
    return c->n_profiles > 0;
}

static bool asks_for_less(const scenario_class *c)
{
    return c->request_bytes < c->memory_bytes;
}

static bool has_deadline(const scenario_class *c)
{
    return c->deadline.type || c->slack > 0;
}

/* Whether jobs of lists have deadlines of their own; of any class where it is -1. */
static bool has_dated_jobs(const poise_scenario *s, int class_id)
{
    for (int k = 0; k < s->n_sources; k++)
        for (int64_t j = 0; j < s->source[k].n_jobs; j++)
            if (scenario_job_of(&s->source[k], j)->deadline_ns > 0 &&
                (class_id < 0 || s->source[k].job[j].class_id == class_id))
                return true;
    return false;
}

/* ---- decisions ---------------------------------------------------------------------------- */

static bool shares(const poise_scenario *s)
{
    return s->decision.mode == MODE_SHARE;
}

static bool plans(const poise_scenario *s)
{
    return s->decision.commit != COMMIT_NONE || s->decision.lookahead_ns > 0;
}

static bool shares_nothing(const poise_scenario *s)
{
    return shares(s) && !any_group(s, divides);
}

static bool stands_nowhere(const poise_scenario *s)
{
    return s->decision.stand && !shares(s);
}

static bool weighs_nothing(const poise_scenario *s)
{
    return s->decision.weights && !shares(s);
}

static bool backfills_nothing(const poise_scenario *s)
{
    return s->decision.backfill != BACKFILL_NONE && s->decision.commit == COMMIT_NONE;
}

static bool books_twice(const poise_scenario *s)
{
    return s->decision.commit != COMMIT_NONE && s->decision.lookahead_ns > 0;
}

static bool names_nothing(const poise_scenario *s)
{
    return s->decision.named &&
           (s->decision.commit != COMMIT_PASS || s->decision.backfill == BACKFILL_NONE);
}

static bool is_many(const scenario_group *g)
{
    return g->count > 1 || !g->law->demand_matters;
}

static bool names_of_many(const poise_scenario *s)
{
    return s->decision.named && !names_nothing(s) && any_group(s, is_many);
}

static bool rescales_nothing(const poise_scenario *s)
{
    return s->decision.rescale && !any_class(s, has_choice);
}

static bool migrates_nowhere(const poise_scenario *s)
{
    return s->decision.migrate && s->n_groups < 2;
}

static bool powers_nothing(const poise_scenario *s)
{
    return s->decision.power && !any_group(s, sleeps);
}

static bool sends_nothing_ahead(const poise_scenario *s)
{
    return s->decision.ahead && s->n_graphs == 0;
}

static bool sends_nowhere_ahead(const poise_scenario *s)
{
    return s->decision.ahead && s->n_graphs > 0 && !any_group(s, has_own_queue);
}

static bool late_never(const poise_scenario *s)
{
    return s->reward_weight[REWARD_LATE] != 0 && !any_class(s, has_deadline) &&
           !has_dated_jobs(s, -1);
}

static bool fair_to_nobody(const poise_scenario *s)
{
    return s->reward_weight[REWARD_FAIRNESS] != 0 && s->n_tenants < 2;
}

static bool costs_nothing(const poise_scenario *s)
{
    return s->reward_weight[REWARD_COST] != 0 && s->price.n == 0 && !any_group(s, has_price);
}

static bool emits_nothing(const poise_scenario *s)
{
    return s->reward_weight[REWARD_CARBON] != 0 && s->carbon.n == 0;
}

static bool all_the_same_quality(const poise_scenario *s)
{
    return s->reward_weight[REWARD_QUALITY] != 0 && !any_class(s, has_profiles);
}

static bool has_input(const scenario_class *c)
{
    return c->input_bytes > 0;
}

static bool feeds_nobody(const poise_scenario *s)
{
    return s->origin.byte_per_s > 0 && !any_class(s, has_input);
}

/* A key of a section that makes no sense with the rest, or does nothing. */
typedef struct rule {
    const char *section, *key;
    bool (*is_broken)(const poise_scenario *s);
    const char *says;
    bool only_noted;
} rule;

static const rule rules[] = {
    {"decision", "mode", shares_nothing, "share, but no device group has law shared", false},
    {"decision", "attention", weighs_nothing, "it says how tasks share, but mode is dispatch",
     false},
    {"decision", "stand", stands_nowhere, "it says how tasks share, but mode is dispatch", false},
    {"decision", "backfill", backfills_nothing,
     "nothing is booked that others could go before; give commit: pass or hold", false},
    {"decision", "lookahead", books_twice, "it books tasks by itself, commit must be none", false},
    {"decision", "processors", names_nothing,
     "named, but no booking holds any; give commit: pass and backfill: easy or conservative",
     false},
    {"decision", "processors", names_of_many,
     "named takes device groups that are one device with law cores", false},
    {"decision", "rescale", rescales_nothing, "no job class has more than one profile", true},
    {"decision", "migrate", migrates_nowhere, "there is no second device group", true},
    {"decision", "power", powers_nothing, "no device group has `sleep`", true},
    {"decision", "ahead", sends_nothing_ahead, "no jobs are graphs of tasks", false},
    {"decision", "ahead", sends_nowhere_ahead,
     "no device group has a queue of its own (law fifo with `queue`, edge, batching)", false},
    {"workload", "origin", feeds_nobody, "no job class has an input", true},
    {"reward", "late", late_never, "no job has a deadline", false},
    {"reward", "fairness", fair_to_nobody, "there are no two tenants to be fair to", false},
    {"reward", "cost", costs_nothing,
     "nothing has a price: neither a device group nor energy (series)", false},
    {"reward", "carbon", emits_nothing, "there is no series of it", false},
    {"reward", "quality", all_the_same_quality, "no job class has profiles", false},
    {0},
};

/* The keys of section decision that do not go with some way to decide. */
typedef struct excluded {
    const char *key;
    bool by_sharing, by_planning;
} excluded;

static const excluded exclusions[] = {
    {"wait", true, false},       {"preempt", true, true},
    {"migrate", true, true},     {"rescale", true, true},
    {"suspend", true, true},     {"reject", true, false},
    {"power", true, false},      {"ahead", false, true},
    {"defer", true, false},      {"commit", true, false},
    {"backfill", true, false},   {"lookahead", true, false},
    {"processors", true, false}, {0},
};

static bool is_set(const scenario_loader *l, const char *key)
{
    for (const poise_option *row = scenario_decision_more; row->name; row++)
        if (strcmp(row->name, key) == 0)
            return !option_is_default(row, &l->s->decision);
    return strcmp(key, "wait") == 0 && l->s->may_wait;
}

static yaml_mark mark_in(scenario_loader *l, const char *section, const char *key)
{
    yaml_node *map = yaml_get(&l->doc, l->doc.root, section);
    return yaml_mark_of(map ? map : l->doc.root, map ? key : section);
}

static void check_decision(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    for (const rule *r = rules; r->section; r++)
        if (r->is_broken(s) && r->only_noted)
            note(l, "%s.%s has no effect: %s", r->section, r->key, r->says);
        else if (r->is_broken(s))
            yaml_wrong(&l->doc, mark_in(l, r->section, r->key), NULL, "%s: %s", r->key, r->says);
    for (const excluded *x = exclusions; x->key; x++)
        if (x->by_sharing && shares(s) && is_set(l, x->key))
            yaml_wrong(&l->doc, mark_in(l, "decision", x->key), NULL,
                       "%s: with mode share all that fit run at once, nothing of the kind is asked",
                       x->key);
        else if (x->by_planning && plans(s) && is_set(l, x->key))
            yaml_wrong(&l->doc, mark_in(l, "decision", x->key), NULL,
                       "%s: with commit or lookahead, starts are promised by when tasks end: they "
                       "must run to their end where they are",
                       x->key);
}

/* Plans count what is free of a group as a whole, at one time or another. */
static void check_plan(scenario_loader *l, int group)
{
    const scenario_group *g = &l->s->group[group];
    const char *key = l->s->decision.commit != COMMIT_NONE ? "commit" : "lookahead";
    if (g->law->factors || has_own_queue(g))
        yaml_wrong(&l->doc, mark_in(l, "decision", key), NULL,
                   "%s: device group '%s' has law %s%s, under which nobody knows when there will "
                   "be room",
                   key, g->name, g->law->name, g->law->factors ? "" : " with a queue");
    else if (g->params.parts > 1)
        yaml_wrong(&l->doc, mark_in(l, "decision", key), NULL,
                   "%s: device group '%s' has parts, plans know only cores", key, g->name);
}

/* ---- classes ------------------------------------------------------------------------------ */

static bool has_gang(const scenario_class *c)
{
    for (int p = 0; p < c->n_profiles; p++)
        if (c->profile[p].devices > 1)
            return true;
    return false;
}

static void check_sync(scenario_loader *l, yaml_node *map, const scenario_class *c)
{
    yaml_node *sync = yaml_get(&l->doc, map, "sync");
    if (!has_gang(c))
        yaml_wrong(&l->doc, sync->mark, NULL,
                   "sync: no profile of job class '%s' has several devices", c->name);
    if (c->sync.asynchronous && c->sync.bytes > 0)
        yaml_wrong(&l->doc, yaml_mark_of(sync, "bytes"), NULL,
                   "bytes: nothing is reduced in mode asynchronous");
}

static void check_deadlines(scenario_loader *l, yaml_node *map, int class_id)
{
    const scenario_class *c = &l->s->classes[class_id];
    if (c->deadline.type && c->slack > 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "slack"), NULL,
                   "slack: job class '%s' has a deadline already, give one of them", c->name);
    if (c->killed_when_late && !has_deadline(c) && !has_dated_jobs(l->s, class_id))
        yaml_wrong(&l->doc, yaml_mark_of(map, "late"), NULL,
                   "late: job class '%s' has no deadline; give deadline or slack", c->name);
    if (c->killed_at_limit && l->s->visible == SEE_TRUE)
        yaml_wrong(&l->doc, yaml_mark_of(map, "limit"), NULL,
                   "limit: no task runs for longer than its size, which is what agents see; give "
                   "decision.sizes: estimate");
}

/* A batch forms on one device; and memory is set aside for all that gangs can hold. */
static void check_gang(scenario_loader *l, yaml_node *where, int class_id, int profile)
{
    const poise_scenario *s = l->s;
    for (int g = 0; g < s->n_groups; g++) {
        const scenario_mode *m = &s->mode[scenario_cell(s, class_id, g, profile)];
        const scenario_group *group = &s->group[g];
        bool unbounded = divides(group) && group->params.room == 0;
        if (!(m->speed > 0) || m->devices == 1 || !(group->law->batch || unbounded))
            continue;
        if (unbounded)
            yaml_wrong(&l->doc, yaml_mark_of(where, "devices"), NULL,
                       "devices: those of group '%s' hold any number of tasks; where tasks take "
                       "several, give it `room`",
                       group->name);
        else
            yaml_wrong(&l->doc, yaml_mark_of(where, "devices"), NULL,
                       "devices: under law %s of device group '%s' tasks run on one device each; "
                       "give the profile another kind of devices",
                       group->law->name, group->name);
        return;
    }
}

static void check_profiles(scenario_loader *l, yaml_node *map, int class_id)
{
    const poise_scenario *s = l->s;
    const scenario_class *c = &s->classes[class_id];
    yaml_node *list = yaml_get(&l->doc, map, "profiles");
    if (shares(s) && c->n_profiles > 1)
        yaml_wrong(&l->doc, list->mark, NULL,
                   "profiles: with mode share nobody chooses between the %d of job class '%s'",
                   c->n_profiles, c->name);
    for (int p = 0; p < c->n_profiles; p++) {
        const scenario_profile *profile = &c->profile[p];
        yaml_node *where = list->entry[p].value;
        check_gang(l, where, class_id, p);
        for (int g = 0; g < s->n_groups; g++)
            if (profile->busy_mw >= 0 && profile->busy_mw < s->group[g].idle_mw &&
                s->mode[scenario_cell(s, class_id, g, p)].speed > 0) {
                yaml_wrong(&l->doc, yaml_mark_of(where, "busy"), NULL,
                           "busy: profile '%s' takes less power than an idle device of group '%s'",
                           profile->name, s->group[g].name);
                break;
            }
        if (profile->cores > 0 && !any_group(s, counts_cores))
            yaml_wrong(&l->doc, yaml_mark_of(where, "cores"), NULL,
                       "cores: profile '%s' asks for some, but no device group has law cores",
                       profile->name);
    }
}

/* What a task holds at least, of what quotas count. */
static int least_held(const poise_scenario *s, int class_id)
{
    const scenario_class *c = &s->classes[class_id];
    double least = INFINITY;
    for (int g = 0; g < s->n_groups; g++)
        for (int p = 0; p < s->n_profiles; p++) {
            const scenario_mode *m = &s->mode[scenario_cell(s, class_id, g, p)];
            int cores = m->cores > 0 ? m->cores : c->cores;
            double held = (double)m->devices * (counts_cores(&s->group[g]) ? cores : 1);
            if (m->speed > 0)
                least = fmin(least, held);
        }
    return least <= 1e9 ? (int)least : 0;
}

static void check_quota(scenario_loader *l, yaml_node *map, int class_id)
{
    const scenario_class *c = &l->s->classes[class_id];
    int quota = c->tenant >= 0 ? l->s->tenant[c->tenant].quota : 0;
    int least = quota > 0 ? least_held(l->s, class_id) : 0;
    if (least > quota)
        yaml_wrong(&l->doc, yaml_mark_of(map, "tenant"), NULL,
                   "job class '%s' needs %d devices or cores at once, the quota of tenant '%s' is "
                   "%d",
                   c->name, least, c->tenant_name, quota);
}

/* What the class says to no effect. */
static void note_class(scenario_loader *l, const scenario_class *c)
{
    const poise_scenario *s = l->s;
    const scenario_decision *d = &s->decision;
    bool moves = d->preempt != PREEMPT_NONE || d->migrate || d->rescale || d->suspend;
    bool fails = false;
    for (int g = 0; g < s->n_groups; g++)
        fails |= s->group[g].failures.mtbf.type || s->group[g].failures.rack_mtbf.type;
    if (!moves && (c->change.time_ns > 0 || c->change.bytes > 0 || c->change.lost > 0))
        note(l,
             "`change` of job class '%s' has no effect: nothing displaces, moves or rescales "
             "its tasks",
             c->name);
    if (c->checkpoint.interval_ns > 0 && !fails)
        note(l, "`checkpoint` of job class '%s' only costs time: no device fails", c->name);
    if ((c->flop > 0 || c->byte > 0) && !any_group(s, has_roofline))
        note(l,
             "`flop` and `byte` of job class '%s' have no effect: no device group has law "
             "roofline",
             c->name);
    if (c->cap > 0 && !any_group(s, divides))
        note(l, "`cap` of job class '%s' has no effect: no device group has law shared", c->name);
}

static void check_class(scenario_loader *l, int class_id)
{
    const scenario_class *c = &l->s->classes[class_id];
    yaml_node *map = l->class_node[class_id];
    check_deadlines(l, map, class_id);
    if (c->graph)
        return;
    if (c->has_sync)
        check_sync(l, map, c);
    if (c->n_profiles > 0)
        check_profiles(l, map, class_id);
    check_quota(l, map, class_id);
    note_class(l, c);
}

/* ---- groups ------------------------------------------------------------------------------- */

static void check_power(scenario_loader *l, yaml_node *map, const scenario_group *g)
{
    char cap[32], idle[32];
    int64_t idle_mw = g->idle_mw * g->count;
    units_print_power(g->cap_mw, cap, sizeof cap);
    units_print_power(idle_mw, idle, sizeof idle);
    if (g->cap_mw > 0 && g->cap_mw <= idle_mw)
        yaml_wrong(&l->doc, yaml_mark_of(map, "power_cap"), NULL,
                   "power_cap: %s leave nothing to work with, %d idle devices of group '%s' take "
                   "%s",
                   cap, g->count, g->name, idle);
    yaml_node *sleep = yaml_get(&l->doc, map, "sleep");
    units_print_power(g->idle_mw, idle, sizeof idle);
    if (sleeps(g) && g->sleep.asleep_mw > g->idle_mw)
        yaml_wrong(&l->doc, yaml_mark_of(sleep, "power"), NULL,
                   "power: a device of group '%s' takes more asleep than the %s when idle", g->name,
                   idle);
}

static void check_racks(scenario_loader *l, yaml_node *map, const scenario_group *g)
{
    const scenario_failures *f = &g->failures;
    yaml_node *failures = yaml_get(&l->doc, map, "failures");
    if (f->rack > 0 && !f->rack_mtbf.type)
        yaml_wrong(&l->doc, yaml_mark_of(failures, "rack"), NULL,
                   "rack: give rack_mtbf and rack_mttr, when racks fail");
    else if (f->rack > g->count)
        yaml_wrong(&l->doc, yaml_mark_of(failures, "rack"), NULL,
                   "rack: it has %d devices, group '%s' only %d", f->rack, g->name, g->count);
}

static void check_memory(scenario_loader *l, yaml_node *map, const scenario_group *g)
{
    if (g->overcommit > 1 && g->memory_bytes == INT64_MAX)
        yaml_wrong(&l->doc, yaml_mark_of(map, "overcommit"), NULL,
                   "overcommit: the memory of group '%s' is unlimited", g->name);
    else if (g->pressure != PRESSURE_NONE && g->memory_bytes == INT64_MAX)
        yaml_wrong(&l->doc, yaml_mark_of(map, "pressure"), NULL,
                   "pressure: the memory of group '%s' is unlimited", g->name);
    else if (g->pressure != PRESSURE_NONE && !(g->overcommit > 1) &&
             !any_class(l->s, asks_for_less))
        note(l, "`pressure` of group '%s' has no effect: no more memory is promised than there is",
             g->name);
}

static void check_group(scenario_loader *l, int group)
{
    const scenario_group *g = &l->s->group[group];
    yaml_node *map = l->group_node[group];
    check_memory(l, map, g);
    check_power(l, map, g);
    check_racks(l, map, g);
    if (g->params.continuous && g->params.timeout_ns > 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "timeout"), NULL,
                   "timeout: no batch has to wait where tasks join at any time (continuous)");
    if (g->law->batch && !g->params.continuous && g->params.queue >= 0 &&
        g->params.queue < g->params.room)
        yaml_wrong(&l->doc, yaml_mark_of(map, "queue"), NULL,
                   "queue: batches form there, %d places are too few for %d tasks", g->params.queue,
                   g->params.room);
    if (g->params.parts > 1 && g->params.cores % g->params.parts != 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "parts"), NULL,
                   "parts: %d cores do not divide into %d equal parts", g->params.cores,
                   g->params.parts);
    if (g->within != PART_FULLEST && g->params.parts <= 1)
        yaml_wrong(&l->doc, yaml_mark_of(map, "within"), NULL,
                   "within: device group '%s' has no parts to choose from", g->name);
    if (plans(l->s))
        check_plan(l, group);
    if (sleeps(g) && g->sleep.after_ns == 0 && !l->s->decision.power && !g->sleep.at_start)
        note(l, "devices of group '%s' never sleep: give sleep.after or decision.power", g->name);
}

/* ---- tenants ------------------------------------------------------------------------------ */

static void check_tenants(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    const scenario_competition *how = &s->competition;
    if (how->rule != COMPETE_NOT && shares(s))
        yaml_wrong(&l->doc, mark_in(l, "competition", "rule"), NULL,
                   "competition: with mode share nobody decides before the others");
    if (how->rule != COMPETE_PROPORTIONAL && (how->budget > 0 || how->refill_per_s > 0))
        yaml_wrong(&l->doc, mark_in(l, "competition", how->budget > 0 ? "budget" : "refill"), NULL,
                   "%s: bids are only paid under rule proportional",
                   how->budget > 0 ? "budget" : "refill");
    else if (how->refill_per_s > 0 && how->budget == 0)
        yaml_wrong(&l->doc, mark_in(l, "competition", "refill"), NULL,
                   "refill: there is no budget, bids cost nothing");
    for (int t = 0; t < s->n_tenants; t++) {
        bool has_class = false;
        for (int c = 0; c < s->n_classes; c++)
            has_class |= s->classes[c].tenant == t;
        if (!has_class)
            note(l, "tenant '%s' has no job class", s->tenant[t].name);
        if (s->tenant[t].agent && how->rule == COMPETE_NOT)
            note(l, "the agent of tenant '%s' has no effect: there is no competition",
                 s->tenant[t].name);
    }
}

void scenario_check_conflicts(scenario_loader *l)
{
    const poise_scenario *s = l->s;
    if (s->n_groups == 0 || l->groups_wrong || l->names_wrong || l->sources_wrong)
        return;
    check_decision(l);
    for (int c = 0; c < s->n_classes; c++)
        if (!l->class_wrong[c])
            check_class(l, c);
    for (int g = 0; g < s->n_groups; g++)
        if (g == 0 || l->group_node[g] != l->group_node[g - 1])
            check_group(l, g);
    check_tenants(l);
    if (s->interference && !any_group(s, holds_several))
        note(l, "`interference` has no effect: no device holds several tasks");
}
