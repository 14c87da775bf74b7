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
} arrival;

struct source_type {
    const char *name;
    const char *about;            // one line
    const poise_option *options;  // rows into struct scenario_source
    bool has_mix;                 // takes `mix` (or `class`); else its jobs say their class
    /* Bytes of its state in an environment. */
    size_t (*state_bytes)(const scenario_source *src);
    /* At the start of an episode. */
    void (*reset)(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed);
    /* The next job, in order of time; false if there are no more. */
    bool (*next)(const poise_scenario *s, const scenario_source *src, void *state, arrival *out);
};

/* All kinds of sources, sorted by name; NULL-terminated. Written by the build. */
extern const source_type *const source_types[];
const source_type *source_find(const char *name);

#endif
