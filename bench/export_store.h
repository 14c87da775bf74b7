/* export_store.h - what `poise export` writes of a store: cells as lines, or arrays of runs. */
#ifndef EXPORT_STORE_H
#define EXPORT_STORE_H

#include <stdbool.h>

typedef enum export_format { EXPORT_CSV, EXPORT_JSONL, EXPORT_NPY } export_format;

typedef struct export_ask {
    const char *subject;  // a store, see cli_store, or an experiment: then only its cells count
    export_format format;
    const char *output;  // NULL: standard output; for arrays the store's name
    int metric;          // of the raw arrays; -1: what each scenario names
    bool quick;          // of an experiment its quick form
    bool force;          // replace files that are there
} export_ask;

/* The exit status; what went wrong is printed. Lines go to output or to standard output, arrays to
 * NAME-raw.npy, NAME-scores.npy and NAME-names.json. */
int export_store(const export_ask *ask);

#endif
