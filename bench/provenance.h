/* provenance.h - what made a number: this build and this machine. None of it may change results;
 * it is kept so that a difference can be traced. */
#ifndef PROVENANCE_H
#define PROVENANCE_H

#include <stdbool.h>

typedef struct provenance {
    char id[17];  // hash of the rest
    char version[32];
    char commit[64];  // "unknown" outside a working copy; ends in "+" if files were changed
    char compiler[96];
    char flags[192];
    char cpu[96];
    char blas[128];
    char os[192];
    bool blas_threads;  // whether several threads may call it at once
} provenance;

/* The same each time; computed at the first call, which must be the only one at that moment. */
const provenance *provenance_here(void);

#endif
