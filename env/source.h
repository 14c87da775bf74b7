/* source.h - where jobs come from: one file a kind of source under env/sources/, ending with its
 * table `const source_type source_NAME`. The build finds them by their file. */
#ifndef POISE_SOURCE_H
#define POISE_SOURCE_H

#include "scenario.h"

/* A job as its source delivers it. */
typedef struct arrival {
    int64_t time_ns;
    double size;      // true size, work units
    double estimate;  // visible under `sizes: estimate`
    int64_t memory_bytes;
    int cores;
    int class_id;
    int user;                  // who of the source sent it; 0 unless users wait for their jobs
    int64_t deadline_ns;       // from its arrival, 0 = as its class says
    const int64_t *resources;  // (n_resources) named ones it needs, NULL = those of its class
} arrival;

struct scenario_loader;
struct yaml_node;
struct string_buffer;

struct source_type {
    const char *name;
    const char *about;            // one line
    const char *besides;          // keys that are no rows, with what they mean; NULL if none
    const poise_option *options;  // rows into struct scenario_source
    const poise_option *further;  // the same, but printed only where they are not at their default
    const dist_option *dists;     // rows into struct scenario_source, all required
    bool has_mix;                 // takes `mix` (or `class`); else its jobs say their class
    bool has_sizes;               // its jobs say their size, its classes have none
    /* Optional: reads what the rows cannot, checks all together and says how many arrivals a second
     * that makes (scenario_take_rate). Called once all rows are read without a mistake. */
    void (*read)(struct scenario_loader *l, struct yaml_node *map, scenario_source *src);
    /* Optional: prints what `read` has read: "      key: value" lines. */
    void (*print)(struct string_buffer *out, const scenario_source *src);
    /* Bytes of its state in an environment. */
    size_t (*state_bytes)(const scenario_source *src);
    /* At the start of an episode. */
    void (*reset)(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed);
    /* The next job, in order of time; false if there is none (for now, where there is `left`). */
    bool (*next)(const poise_scenario *s, const scenario_source *src, void *state, arrival *out);
    /* Optional: what is to come is drawn anew from another seed, from now_ns on; the last job that
     * `next` gave is forgotten with it if it has not arrived (`pending`). Without it nothing can be
     * said of what is to come but what will. */
    void (*again)(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending);
    /* Optional, both or none: where what is to come depends on what has left. When a job of `user`
     * is finished, dropped, refused or killed at now_ns, the environment gives back the job it got
     * from `next` and that has not arrived yet, if there is one, tells `left`, and asks `next`
     * anew. A job that was given back has not been sent: it comes again, the same, in its turn. */
    void (*put_back)(const poise_scenario *s, const scenario_source *src, void *state,
                     const arrival *a);
    void (*left)(const poise_scenario *s, const scenario_source *src, void *state, int64_t now_ns,
                 int user);
};

/* The row `stop`, for sources that draw their jobs. */
extern const poise_option source_stop[];

/* All kinds of sources, sorted by name; NULL-terminated. Written by the build. */
extern const source_type *const source_types[];
const source_type *source_find(const char *name);

/* Which part of a source's jobs is of class number m of its mix. */
static inline double source_part(const scenario_source *src, int m)
{
    return src->mix_cumulative[m] - (m > 0 ? src->mix_cumulative[m - 1] : 0);
}

#endif
