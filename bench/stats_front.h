/* stats_front.h - agents by several objectives at once: who is beaten in all of them, and how much
 * of the space of results the others cover together.
 *
 * Values are (n, k), one row an agent; better (k) is 1 where more of an objective is better and -1
 * where less is. No value is NAN. */
#ifndef STATS_FRONT_H
#define STATS_FRONT_H

#include <stdbool.h>

/* One row beats another one if it is nowhere worse and somewhere better. With intervals low (n, k)
 * .. high (n, k) around value (n, k): */
typedef struct stats_place {
    bool front;      // by the values alone, no row beats it
    bool certainly;  // a row beats it wherever in their intervals both are
    bool possibly;   // a row beats it somewhere in their intervals; true where certainly is
} stats_place;
void stats_front(const double *value, const double *low, const double *high, int n, int k,
                 const int *better, stats_place *place);

/* Hypervolume (E. Zitzler, L. Thiele, IEEE Trans. Evolutionary Computation 3, 1999): the volume of
 * all that is beaten by a row and beats the reference (k), exactly, by slices along the last
 * objective. Rows that do not beat the reference in every objective add nothing. Takes n^(k-1) log
 * n: for k of 2 or 3, and a few more. */
double stats_hypervolume(const double *value, int n, int k, const int *better,
                         const double *reference);

#endif
