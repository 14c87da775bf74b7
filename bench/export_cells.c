/* export_cells.c - see export_cells.h. */
#include "export_cells.h"

#include "error.h"
#include "escape.h"
#include "json_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool counts(const report_filter *filter, const result_cell *c)
{
    return !filter || filter->wants(filter->data, c->id);
}

/* ---- CSV ---------------------------------------------------------------------------------- */

/* The columns that differ between stores. */
typedef struct columns {
    const char **path;  // (n_paths) settings that some sweep varies
    int n_paths;
    bool bounded[POISE_MAX_METRICS];
    bool steady;  // some run says of its steady state
} columns;

static void add_path(columns *to, const char *path)
{
    for (int i = 0; i < to->n_paths; i++)
        if (strcmp(to->path[i], path) == 0)
            return;
    to->path = error_must(realloc(to->path, (size_t)(to->n_paths + 1) * sizeof *to->path));
    to->path[to->n_paths++] = path;
}

static columns columns_of(const results *r, const report_filter *filter, int n_metrics)
{
    columns all = {0};
    for (int i = 0; i < r->n_cells; i++) {
        const result_cell *c = &r->cell[i];
        const result_scenario *s = &r->scenario[c->scenario];
        if (!counts(filter, c))
            continue;
        for (int k = 0; k < s->n_sweeps; k++)
            add_path(&all, s->sweep[k].path);
        for (int k = 0; c->bound && k < n_metrics; k++)
            all.bounded[k] |= isfinite(c->bound[k].value);
        all.steady |= c->steady.n > 0;
    }
    return all;
}

static void put_text(string_buffer *out, const char *text)
{
    string_add(out, ",");
    escape_csv(out, text);
}

static void put_head(const columns *all, string_buffer *out)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    string_add(out, "cell,scenario,scenario_hash,agent,description,policy,train_decisions,"
                    "train_seed,seed,status,error,trajectory,world,wall_s,decision_p50_s,"
                    "decision_p99_s");
    for (int k = 0; k < all->n_paths; k++)
        put_text(out, all->path[k]);
    for (int k = 0; k < n; k++)
        string_add(out, ",%s", row[k].name);
    for (int k = 0; k < n; k++)
        if (all->bounded[k])
            string_add(out, ",%s.bound", row[k].name);
    string_add(out, all->steady ? ",steady.metric,steady.n,steady.deleted,steady.stationary,"
                                  "steady.batches,steady.mean,steady.half,steady.correlation,"
                                  "steady.von_neumann,steady.effective\n"
                                : "\n");
}

static void put_identity(const results *r, const result_cell *c, string_buffer *out)
{
    const result_scenario *s = &r->scenario[c->scenario];
    const result_policy *p = c->policy < 0 ? NULL : &r->policy[c->policy];
    string_add(out, "%s", c->id.text);
    put_text(out, s->name);
    string_add(out, ",%016" PRIx64, s->hash);
    put_text(out, c->agent);
    put_text(out, c->description);
    put_text(out, p ? p->id.text : "");
    if (p)
        string_add(out, ",%" PRId64 ",%" PRId64, p->decisions, p->train_seed);
    else
        string_add(out, ",,");
    string_add(out, ",%" PRId64, c->seed);
}

static const char *setting_of(const result_scenario *s, const char *path)
{
    for (int i = 0; i < s->n_sweeps; i++)
        if (strcmp(s->sweep[i].path, path) == 0)
            return s->sweep[i].value;
    return "";
}

static void put_steady(const steady_summary *s, string_buffer *out)
{
    const poise_metric *row;
    poise_metrics(&row);
    if (s->n == 0) {
        string_add(out, ",,,,,,,,,,");
        return;
    }
    string_add(out, ",%s,%" PRId64 ",%" PRId64 ",%d,%d", row[s->metric].name, s->n, s->deleted,
               s->stationary, s->batches);
    escape_csv_real(out, s->mean);
    escape_csv_real(out, s->half);
    escape_csv_real(out, s->correlation);
    escape_csv_real(out, s->von_neumann);
    escape_csv_real(out, s->effective);
}

static void put_cell(const results *r, const columns *all, const result_cell *c, string_buffer *out)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    const bool timed = c->decision.n > 0;
    put_identity(r, c, out);
    put_text(out, c->ok ? "ok" : "failed");
    put_text(out, c->error);
    string_add(out, ",%016" PRIx64 ",%016" PRIx64, c->trajectory_hash, c->world_hash);
    escape_csv_real(out, c->wall_s);
    escape_csv_real(out, timed ? c->decision.p50_s : NAN);
    escape_csv_real(out, timed ? c->decision.p99_s : NAN);
    for (int k = 0; k < all->n_paths; k++)
        put_text(out, setting_of(&r->scenario[c->scenario], all->path[k]));
    for (int k = 0; k < n; k++)
        escape_csv_real(out, c->ok ? c->value[k] : NAN);
    for (int k = 0; k < n; k++)
        if (all->bounded[k])
            escape_csv_real(out, c->bound ? c->bound[k].value : NAN);
    if (all->steady)
        put_steady(&c->steady, out);
    string_add(out, "\n");
}

void export_cells_csv(const results *r, const report_filter *filter, string_buffer *out)
{
    const poise_metric *row;
    columns all = columns_of(r, filter, poise_metrics(&row));
    put_head(&all, out);
    for (int i = 0; i < r->n_cells; i++)
        if (counts(filter, &r->cell[i]))
            put_cell(r, &all, &r->cell[i], out);
    free(all.path);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void set_text(json_t *o, const char *key, const char *text)
{
    json_object_set_new(o, key, json_text(text));
}

static void set_real(json_t *o, const char *key, double value)
{
    json_object_set_new(o, key, isfinite(value) ? json_real(value) : json_null());
}

static void set_hash(json_t *o, const char *key, uint64_t hash)
{
    json_object_set_new(o, key, json_sprintf("%016" PRIx64, hash));
}

static json_t *policy_of(const results *r, const result_cell *c)
{
    if (c->policy < 0)
        return json_null();
    const result_policy *p = &r->policy[c->policy];
    json_t *o = json_object();
    set_text(o, "id", p->id.text);
    json_object_set_new(o, "decisions", json_integer(p->decisions));
    json_object_set_new(o, "seed", json_integer(p->train_seed));
    return o;
}

static json_t *decision_of(const result_cell *c)
{
    json_t *o = json_object();
    set_real(o, "p50_s", c->decision.n > 0 ? c->decision.p50_s : NAN);
    set_real(o, "p99_s", c->decision.n > 0 ? c->decision.p99_s : NAN);
    return o;
}

/* Of a path that is no UTF-8 the loader would have said so: keys are as they are. */
static json_t *settings_of(const result_scenario *s)
{
    json_t *o = json_object();
    for (int k = 0; k < s->n_sweeps; k++)
        set_text(o, s->sweep[k].path, s->sweep[k].value);
    return o;
}

static json_t *metrics_of(const result_cell *c)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    json_t *o = json_object();
    for (int k = 0; k < n; k++)
        set_real(o, row[k].name, c->ok ? c->value[k] : NAN);
    return o;
}

static json_t *bounds_of(const result_cell *c)
{
    const poise_metric *row;
    const int n = poise_metrics(&row);
    json_t *o = json_object();
    for (int k = 0; c->bound && k < n; k++) {
        if (!isfinite(c->bound[k].value))
            continue;
        char by[POISE_BOUND_NAME];
        poise_bound_name(c->bound[k].by, by);
        json_t *one = json_object();
        set_real(one, "value", c->bound[k].value);
        set_text(one, "by", by);
        json_object_set_new(o, row[k].name, one);
    }
    return o;
}

static json_t *steadiness_of(const steady_summary *s)
{
    const poise_metric *row;
    poise_metrics(&row);
    json_t *o = json_object();
    set_text(o, "metric", row[s->metric].name);
    json_object_set_new(o, "n", json_integer(s->n));
    json_object_set_new(o, "deleted", json_integer(s->deleted));
    json_object_set_new(o, "stationary", json_boolean(s->stationary));
    json_object_set_new(o, "batches", json_integer(s->batches));
    set_real(o, "mean", s->mean);
    set_real(o, "half", s->half);
    set_real(o, "correlation", s->correlation);
    set_real(o, "von_neumann", s->von_neumann);
    set_real(o, "effective", s->effective);
    return o;
}

static json_t *cell_of(const results *r, const result_cell *c)
{
    const result_scenario *s = &r->scenario[c->scenario];
    json_t *o = json_object();
    set_text(o, "cell", c->id.text);
    set_text(o, "scenario", s->name);
    set_hash(o, "scenario_hash", s->hash);
    json_object_set_new(o, "settings", settings_of(s));
    set_text(o, "agent", c->agent);
    set_text(o, "description", c->description);
    json_object_set_new(o, "policy", policy_of(r, c));
    json_object_set_new(o, "seed", json_integer(c->seed));
    set_text(o, "status", c->ok ? "ok" : "failed");
    set_text(o, "error", c->error);
    set_hash(o, "trajectory", c->trajectory_hash);
    set_hash(o, "world", c->world_hash);
    set_real(o, "wall_s", c->wall_s);
    json_object_set_new(o, "decision", decision_of(c));
    json_object_set_new(o, "metrics", metrics_of(c));
    json_object_set_new(o, "bounds", bounds_of(c));
    if (c->steady.n > 0)
        json_object_set_new(o, "steady", steadiness_of(&c->steady));
    return o;
}

void export_cells_json(const results *r, const report_filter *filter, string_buffer *out)
{
    for (int i = 0; i < r->n_cells; i++) {
        if (!counts(filter, &r->cell[i]))
            continue;
        json_t *o = cell_of(r, &r->cell[i]);
        char *text = error_must(json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER));
        string_add(out, "%s\n", text);
        free(text);
        json_decref(o);
    }
}
