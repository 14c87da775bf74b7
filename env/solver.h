/* solver.h - GLPK made ready in a thread, whose its memory is. It aborts where it finds no memory:
 * here the program ends with a sentence instead (error_no_memory). */
#ifndef POISE_SOLVER_H
#define POISE_SOLVER_H

#include <stdbool.h>

/* Before the first call of GLPK; what it returns is for solver_end, after the last. They nest. */
bool solver_begin(void);
void solver_end(bool is_outermost);

#endif
