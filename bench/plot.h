/* plot.h - one figure on its way to a picture: its data as plain tables and its words as settings,
 * in a folder of its own in which gnuplot then runs.
 *
 * Nothing that a user or a store says ever becomes part of a command or of a file's name: gnuplot
 * is started without a shell, all files in the folder have names of ours, and texts stand in quotes
 * in which gnuplot interprets nothing. */
#ifndef PLOT_H
#define PLOT_H

#include "string_buffer.h"

#include "poise.h"

typedef struct figure figure;

/* A figure without data; its folder lies in dir, where the pictures shall go. kind names the script
 * plots/KIND.gp. NULL with a sentence in err. */
figure *figure_new(const char *dir, const char *kind, poise_error *err);
void figure_free(figure *f);  // with its folder; NULL is fine

/* Settings: variables of the script. Texts may hold anything; control characters become blanks. */
void figure_text(figure *f, const char *name, const char *text);
void figure_number(figure *f, const char *name, double value);
/* Arrays NAME[1..n]. */
void figure_texts(figure *f, const char *name, const char *const *text, int n);
void figure_numbers(figure *f, const char *name, const double *value, int n);

/* The text of a new table "NAME-NUMBER.tsv"; the figure owns it, valid until it is freed. */
string_buffer *figure_table(figure *f, const char *name, int number);
/* Adds a line of n columns to a table. */
void table_row(string_buffer *table, int n, const double *value);

/* The formats that can be drawn: "pdf", "png", "svg", NULL. */
extern const char *const figure_formats[];
/* Draws the figure into the file `path`, replacing it only when the new one is complete. false with
 * a sentence in err: gnuplot is missing, failed, took longer than patience_s or left half a
 * picture; a signal came. What gnuplot complained about although it drew is added to said, one line
 * each. */
bool figure_draw(figure *f, const char *format, const char *path, double patience_s,
                 string_buffer *said, poise_error *err);
/* The same picture as bytes (followed by a 0 that is not counted), which the caller frees; NULL
 * with a sentence in err. */
char *figure_picture(figure *f, const char *format, double patience_s, size_t *n_bytes,
                     string_buffer *said, poise_error *err);
/* What it is drawn from, as gnuplot reads it: settings as comments, then tables as blocks. */
void figure_data(const figure *f, string_buffer *out);

#endif
