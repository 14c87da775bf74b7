/* plot_inside.h - what the files that make up a figure share: its texts, and the folder in which
 * gnuplot draws it. */
#ifndef PLOT_INSIDE_H
#define PLOT_INSIDE_H

#include "plot.h"

#include <limits.h>

/* Longest name of a figure's files, without ending. */
#define FIGURE_NAME_MAX 128

typedef struct table {
    char name[64];
    const char *columns;  // NULL: not said
    string_buffer text;
} table;

struct figure {
    char folder[PATH_MAX];
    char name[FIGURE_NAME_MAX];
    char *script, *common;  // plots/KIND.gp and plots/common.gp
    bool wide;
    string_buffer settings;
    string_buffer in_latex;  // the settings again that LaTeX must be told in another way
    table **table;           // (n_tables) each on its own, so that texts stay where they are
    int n_tables;
    bool written;
};

/* Reads the scripts of a kind. */
bool figure_read_scripts(figure *f, const char *kind, poise_error *err);

#endif
