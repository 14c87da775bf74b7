/* Written by the build from the file names. */
#include "source.h"
extern const source_type source_batch;
extern const source_type source_deterministic;
extern const source_type source_list;
extern const source_type source_poisson;
extern const source_type source_trace;
const source_type *const source_types[] = {
    &source_batch,
    &source_deterministic,
    &source_list,
    &source_poisson,
    &source_trace,
    0,
};
