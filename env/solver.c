/* solver.c - see solver.h. */
#include "solver.h"

#include "error.h"

#include <glpk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What GLPK said last: before it gives up it says why. */
static _Thread_local char said[200];

static int hear(void *unused, const char *text)
{
    (void)unused;
    if (strncmp(text, "Error detected", strlen("Error detected")) != 0)
        snprintf(said, sizeof said, "%s", text);
    return 1;
}

static void give_up(void *unused)
{
    (void)unused;
    if (strstr(said, "memory"))
        error_no_memory();
    fprintf(stderr, "GLPK: %s\n", said);
    abort();
}

bool solver_begin(void)
{
    const int code = glp_init_env();
    if (code > 1)
        error_no_memory();
    glp_term_hook(hear, NULL);
    glp_error_hook(give_up, NULL);
    return code == 0;
}

void solver_end(bool is_outermost)
{
    if (is_outermost)
        glp_free_env();
}
