/* plot.h - one figure on its way to a picture: its data as plain tables and its words as settings,
 * which together with a script make two files, NAME.gp and NAME.dat, from which gnuplot draws it.
 *
 * Nothing that a user or a store says ever becomes part of a command or of a file's name: gnuplot
 * is started without a shell, all files have names of ours, and texts stand in quotes in which
 * gnuplot interprets nothing. For LaTeX they are escaped. */
#ifndef PLOT_H
#define PLOT_H

#include "string_buffer.h"

#include "poise.h"

typedef struct figure figure;

/* A figure without data; its folder lies in dir, where the pictures shall go. kind names the script
 * plots/KIND.gp. NULL with a sentence in err. */
figure *figure_new(const char *dir, const char *kind, poise_error *err);
void figure_free(figure *f);  // with its folder; NULL is fine
/* What its files are called, without ending; letters, digits, '-' and '_' of the name stay, others
 * become '_'. Without it the kind. */
void figure_call(figure *f, const char *name);
const char *figure_name(const figure *f);
/* Across a page of two columns, not in one of them. */
void figure_widen(figure *f);

/* Settings: variables of the script. Texts may hold anything; control characters become blanks. */
void figure_text(figure *f, const char *name, const char *text);
void figure_number(figure *f, const char *name, double value);
/* Arrays NAME[1..n]. */
void figure_texts(figure *f, const char *name, const char *const *text, int n);
void figure_colours(figure *f, const char *name, const char *const *colour, int n);  // "#rrggbb"
void figure_numbers(figure *f, const char *name, const double *value, int n);

/* The text of a new table, a block of the data that scripts draw as `data index block('NAME',
 * NUMBER)`; the figure owns it, valid until it is freed. */
string_buffer *figure_table(figure *f, const char *name, int number);
/* What the columns of the last table are, for who reads the data: "x mean low high"; static. */
void figure_columns(figure *f, const char *columns);
/* Adds a line of n columns to a table. */
void table_row(string_buffer *table, int n, const double *value);

/* The formats that can be drawn, NULL at the end; the first FIGURE_FORMATS_USUAL are drawn where
 * none is asked for. "tex" is text for \input with a PDF behind it (gnuplot's cairolatex), "tikz"
 * the same of TikZ alone; both are set in the fonts of the document. */
#define FIGURE_FORMATS_USUAL 3
extern const char *const figure_formats[];
/* How the file ends that a format is drawn to: ".pdf", "-tex.tex". */
const char *figure_ending(const char *format);
/* Draws the figure into the file `path`, replacing it only when the new one is complete; for "tex"
 * also into the file with .pdf in the place of .tex. false with a sentence in err: gnuplot is
 * missing, failed, took longer than patience_s or left half a picture; a signal came. What gnuplot
 * complained about although it drew is added to said, one line each. */
bool figure_draw(figure *f, const char *format, const char *path, double patience_s,
                 string_buffer *said, poise_error *err);
/* The same picture as bytes (followed by a 0 that is not counted), which the caller frees; NULL
 * with a sentence in err. */
char *figure_picture(figure *f, const char *format, double patience_s, size_t *n_bytes,
                     string_buffer *said, poise_error *err);
/* What it is drawn from: a script, and the file NAME.dat with all tables. Adds their text. */
void figure_script(const figure *f, string_buffer *out);
void figure_data(const figure *f, string_buffer *out);
/* Writes NAME.gp and NAME.dat into a folder. */
bool figure_keep(const figure *f, const char *folder, poise_error *err);

#endif
