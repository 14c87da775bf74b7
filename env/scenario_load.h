/* scenario_load.h - a scenario while it is put together: what its files share. The order is read
 * (the YAML tree into plain structs), check (what only makes sense together), rescale to the load
 * asked for, print (resolved text and hash). */
#ifndef POISE_SCENARIO_LOAD_H
#define POISE_SCENARIO_LOAD_H

#include "device.h"
#include "graph.h"
#include "options.h"
#include "scenario.h"
#include "source.h"
#include "string_buffer.h"
#include "trace.h"
#include "yaml.h"

/* The plain settings, as the rows of the sections store them. */
typedef struct scenario_settings {
    int version;
    const char *name, *title, *about, *work_unit;
    int family;
    const char *source, *measure;
    double load;  // 0 = as the rates say
    const char *trace;
    bool lenient;
    int mode, window;
    bool wait;
    int sizes;
    int queue_limit;
    double reward_weight[N_REWARD_TERMS];
    double discount_per_s;
    int64_t warmup_ns, end_ns, change_ns;
    int warmup_jobs, end_jobs;
    int records;
    int steady_metric, steady_batches, steady_warmup;
} scenario_settings;

/* A map of the file with its rows. The file, the resolved text and the schema follow this table. */
typedef struct scenario_section {
    const char *key;    // NULL: the top level itself
    const char *what;   // in messages: "section decision"
    const char *about;  // one line for the schema
    const poise_option *rows;
    const poise_option *more;  // printed where they are not at their default; NULL: none
    bool is_wish;              // it is as if it were not there where the file lacks it
} scenario_section;
extern const char *const scenario_families[];        // NULL-terminated
extern const scenario_section scenario_sections[];   // the last has no rows; into scenario_settings
extern const poise_option scenario_group_rows[];     // into scenario_group
extern const poise_option scenario_class_rows[];     // into scenario_class
extern const poise_option scenario_job_rows[];       // into scenario_job
extern const poise_option scenario_job_more[];       // the same; printed where not at their default
extern const poise_option scenario_workload_rows[];  // into scenario_settings
extern const poise_option scenario_record_rows[];    // the same; printed as above
extern const poise_option scenario_graph_rows[];     // into graph_template
extern const poise_option scenario_task_rows[];      // into scenario_task
extern const poise_option scenario_message_rows[];   // into scenario_message

/* A job of a list as it stands in the file. */
typedef struct scenario_job {
    int64_t arrival_ns, memory_bytes;
    const char *class_name;
    double size, estimate;
    int cores;
    int64_t deadline_ns;
} scenario_job;

/* What the resolved text says of a source beyond the scenario itself. */
typedef struct source_text {
    const char *file;  // trace: as written
    const trace_wish *wish;
    uint64_t trace_hash;
    const double *weight;  // (n_mix) as written
} source_text;

/* A task of a graph, or a block of tasks, as it stands in the file. */
typedef struct scenario_task {
    const char *name, *class_name, *op;
    double flop;
    int64_t params_bytes, activation_bytes, memory_bytes, bytes;
    int repeat;
    bool chain;
} scenario_task;

typedef struct scenario_message {
    int64_t bytes;
} scenario_message;

typedef enum graph_pass { PASS_MERGE, PASS_FUSE } graph_pass;
extern const char *const graph_pass_names[];  // NULL-terminated

/* A graph as it was read, before its passes. */
typedef struct graph_text {
    yaml_node *map;
    int n_passes;
    const graph_pass *pass;  // (n_passes)
    const graph_template *before;
    const dist *written_size;    // (n_nodes of before) as given; type NULL = that of its class
    yaml_node *const *task_map;  // (n_nodes of before) where it stands
} graph_text;

/* What a class says beyond its rows, as given. */
typedef struct class_text {
    dist deadline, straggler;
} class_text;

/* What a group says beyond its rows, as given. */
typedef struct group_text {
    dist mtbf, mttr, rack_mtbf, rack_mttr;
} group_text;

enum { SCENARIO_MOST_PROFILES = 127, SCENARIO_MOST_RESOURCES = 64 };

/* A scenario being loaded. */
typedef struct scenario_loader {
    arena *memory;
    yaml_doc doc;
    poise_scenario *s;
    scenario_settings set;
    yaml_node **group_node;    // (n_groups) the same for those that are apart
    const char **group_named;  // (n_groups) their names in the file
    yaml_node **class_node;    // (n_classes)
    yaml_node **source_node;   // (n_sources)
    bool *cores_of_trace;      // (n_groups) the header of the trace says how many cores
    dist *written_size;        // (n_classes) parameters as given; type NULL = no size of its own
    group_text *group_text;    // (n_groups)
    class_text *class_text;    // (n_classes)
    source_text *source_text;  // (n_sources)
    trace_header header;       // of the first trace
    int n_kinds;               // task kinds, in order of the classes
    const char **kind;
    int *class_kind;         // (n_classes) number of its kind
    double *kind_speed;      // (n_kinds, n_groups) as given
    graph_text *graph_text;  // (n_graphs)
    string_buffer notes;
    /* What was read with mistakes: checks that build on it would only tell them again. */
    bool names_wrong;  // of classes and their task kinds
    bool groups_wrong, sources_wrong, end_wrong;
    bool *class_wrong;  // (n_classes)
} scenario_loader;

/* Fills the scenario from the tree. Mistakes go to l->doc. */
void scenario_read(scenario_loader *l);
/* scenario_header.c: what a scenario says of itself. The sections are read before. */
void scenario_read_header(scenario_loader *l);
void scenario_read_classes(scenario_loader *l, yaml_node *list);
void scenario_read_groups(scenario_loader *l, yaml_node *list);
void scenario_read_sources(scenario_loader *l, yaml_node *list);
/* scenario_trace.c: a source of type trace. */
void scenario_read_trace(scenario_loader *l, yaml_node *map, int source);
void scenario_print_trace(string_buffer *out, const scenario_loader *l, int source, bool identity);
void scenario_read_speeds(scenario_loader *l);
/* How many cores the devices of the group have, by the header of the trace. */
void scenario_take_cores_of_header(scenario_loader *l, int group);

/* Rows of what goes beyond tasks that run at one speed from start to end. They are printed where
 * they are not at their default, so that plain scenarios stay plain. */
extern const poise_option scenario_decision_more[];  // into scenario_decision
extern const poise_option scenario_class_more[];     // into scenario_class
extern const poise_option scenario_group_more[];     // into scenario_group
void scenario_read_interference(scenario_loader *l);
/* The names of resources, from all groups, before anything refers to them. */
void scenario_name_resources(scenario_loader *l, yaml_node *devices);
/* A map from named resources to amounts, `missing` for those it does not name; NULL without it. */
int64_t *scenario_read_resources(scenario_loader *l, yaml_node *map, const char *key,
                                 int64_t missing);
/* Prints it behind `before`, in one line without its end: what there is of, or all. */
void scenario_print_resources(string_buffer *out, const char *before, const poise_scenario *s,
                              const int64_t *amount, bool all);
/* How the class runs on the group, which gives it that speed, under each profile. */
void scenario_fill_modes(scenario_loader *l, int class_id, int group, double given);
/* Memory that a device of the group promises. */
int64_t scenario_promised_bytes(const scenario_group *g);
/* What follows from all that was read: has_runs and the like. */
void scenario_settle(poise_scenario *s);
void scenario_print_class_more(string_buffer *out, const scenario_loader *l, int class_id);
void scenario_print_group_more(string_buffer *out, const scenario_loader *l, int group);
void scenario_print_interference(string_buffer *out, const poise_scenario *s);
/* scenario_network.c: where inputs come from; links between groups, all of which are there. */
void scenario_read_origin(scenario_loader *l, yaml_node *workload);
void scenario_print_origin(string_buffer *out, const poise_scenario *s);
void scenario_schema_origin(string_buffer *out);
void scenario_sort_pairs(poise_scenario *s);
/* scenario_world.c: failures, sleep and links of a group; tenants, series, links between groups. */
void scenario_read_group_world(scenario_loader *l, yaml_node *map, int group);
void scenario_read_world(scenario_loader *l);
void scenario_print_group_world(string_buffer *out, const scenario_loader *l, int group);
void scenario_print_world(string_buffer *out, const poise_scenario *s);
/* Adds a table of rows to the schema, and those of one file. */
void scenario_schema_part(string_buffer *out, const char *path, const char *about,
                          const poise_option *rows, const char *unit);
void scenario_schema_groups(string_buffer *out);
void scenario_schema_classes(string_buffer *out);
void scenario_schema_world(string_buffer *out);
/* "key: value, key: value" behind `before`: of the rows that are not at their default, or of all.
 * Returns what has to stand before one more. */
const char *scenario_print_flow(string_buffer *out, const char *before, const poise_option *rows,
                                const void *base);
const char *scenario_print_all(string_buffer *out, const char *before, const poise_option *rows,
                               const void *base);
/* The text of a scalar key, NULL if it is missing or no scalar. */
const char *scenario_text_of(scenario_loader *l, yaml_node *map, const char *key);
/* Names of groups, classes and the like stand in tables, plots and command lines. */
void scenario_check_name(scenario_loader *l, const yaml_node *map, const char *key,
                         const char *name);
/* A text, quoted where it must be. */
void scenario_print_text(string_buffer *out, const char *text);
/* "key: value" lines behind `indent` for the rows that are not at their default. */
void scenario_print_rows(string_buffer *out, const char *indent, const poise_option *rows,
                         const void *base);

/* The class of that name, -1 with a mistake if there is none. */
int scenario_find_class(scenario_loader *l, const char *name, yaml_mark mark);

/* Graphs of tasks. Their names are known before classes are read, their tasks after: each refers to
 * the other. */
void scenario_name_graphs(scenario_loader *l);
void scenario_read_graphs(scenario_loader *l);
/* The graph that a job class names, NULL if it names none. */
const graph_template *scenario_graph_of(scenario_loader *l, yaml_node *class_map);
/* Does their passes and fills what depends on devices: ranks, critical paths. After the checks. */
void scenario_finish_graphs(scenario_loader *l);
/* What agents know of the graphs. */
const poise_graph *scenario_public_graphs(scenario_loader *l);
void scenario_print_graphs(string_buffer *out, const scenario_loader *l);
/* Mean work units of the tasks of a class that one job of a class with a graph holds, and how many
 * tasks these are. */
double scenario_graph_work(const graph_template *g, int class_id, int *n_tasks);

/* A distribution: a number of `unit` ("s" also takes 5 min) or a map with `distribution` and its
 * parameters. `written` holds them as given, for printing; `prepared` is ready to draw from. The
 * mean is positive and finite. False, both without a type, after a mistake. */
bool scenario_read_dist(scenario_loader *l, yaml_node *node, const char *key, const char *unit,
                        dist *written, dist *prepared);
/* "{distribution: exponential, mean: 3}": reads back as the same. */
void scenario_print_dist(string_buffer *out, const dist *written);
/* Every row of a map that `what` names; rows may be NULL. */
void scenario_read_dists(scenario_loader *l, yaml_node *map, const dist_option *rows, void *base,
                         const char *what);
/* A list of numbers of `unit` from 0 to most; NULL and none of them if it is no list. */
const double *scenario_read_numbers(scenario_loader *l, yaml_node *list, const char *what,
                                    const char *unit, double most, int *n);
/* "[1, 2.5]" */
void scenario_print_numbers(string_buffer *out, const double *value, int n);
/* A list of maps, at least one and at most `most`; 0 after a mistake. */
int scenario_read_maps(scenario_loader *l, yaml_node *list, const char *what, int most,
                       yaml_node ***nodes);
/* For a source whose parameters make own_per_s arrivals a second by themselves: sets that, and the
 * rate to it where none is given. */
void scenario_take_rate(scenario_loader *l, yaml_node *map, scenario_source *src, double own_per_s);

/* What only makes sense together: every job can run somewhere, the run ends. Fills s->speed. */
void scenario_check(scenario_loader *l);
/* Settings that contradict each other, or have no effect. Part of scenario_check. */
void scenario_check_conflicts(scenario_loader *l);
/* Whether the task of a graph can run somewhere, and wherever any task of its class can; else a
 * mistake in `map`. */
bool scenario_check_task(scenario_loader *l, yaml_node *map, const char *graph,
                         const graph_node *task);
/* Arrivals that would outrun the clock: at these rates the last job comes after 285 years. Part of
 * scenario_check unless rates are still to be scaled. */
void scenario_check_horizon(scenario_loader *l);

/* The least rho so that every class can be served with no group busier than rho, by GLPK; NAN if no
 * source has a rate. */
double scenario_load_of(const poise_scenario *s);

/* What agents know of what jobs ask for. */
void scenario_fill_demands(scenario_loader *l);

/* The scenario as canonical YAML; malloc'd. For the identity that is hashed, prose and paths are
 * left out and traces stand with the hash of their jobs. */
char *scenario_print(const scenario_loader *l, bool identity);

#endif
