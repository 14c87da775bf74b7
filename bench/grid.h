/* grid.h - a table of texts that is written in any of the formats for people: aligned columns,
 * Markdown, LaTeX with booktabs, HTML. What stands in it may be any text. */
#ifndef GRID_H
#define GRID_H

#include "string_buffer.h"

#include <stdbool.h>

enum { GRID_COLUMNS = 16, GRID_TEXT = 288 };

/* A field: its text, and what a page sorts by. */
typedef struct grid_field {
    char text[GRID_TEXT];
    double value;  // NAN: by the text, after all numbers
    bool bold;     // not in plain text
} grid_field;

/* Begins as {0}; columns are named before the first row. */
typedef struct grid {
    struct grid_column {
        char head[64];
        bool is_name;  // stands left
    } column[GRID_COLUMNS];
    int n_columns, n_rows;
    grid_field *field;  // (n_rows, n_columns)
    int n_fields;       // filled so far
} grid;

/* Names one more column; what begins with "<" is a name and stands left (without the sign). */
void grid_head(grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fills the next field, row by row. */
grid_field *grid_put(grid *g, double value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same by a number: at most `digits` digits that count, "-" for NAN. */
grid_field *grid_number(grid *g, double value, int digits);
/* The same by a probability. */
grid_field *grid_probability(grid *g, double p);
void grid_free(grid *g);

typedef enum grid_style { GRID_PLAIN, GRID_MARKDOWN, GRID_LATEX, GRID_HTML } grid_style;

/* What stands around a table. */
typedef struct grid_words {
    const char *title;  // the caption in LaTeX
    const char *label;  // of LaTeX, without "tab:"; what is neither letter nor digit becomes "-"
    const char *notes;  // lines below it, "" for none
} grid_words;

/* The table with its words: plain text in columns, where names longer than 24 have a line of their
 * own; a float in LaTeX; a part of a page in HTML (see page.c), whose lists are of class notes. */
void grid_write(const grid *g, const grid_words *words, grid_style style, string_buffer *out);

/* Lines of notes alone; blanks at their beginning do not count. In LaTeX paragraphs, in HTML items
 * of a list that stands around them. */
void grid_notes(const char *lines, grid_style style, string_buffer *out);

/* A number of LaTeX: a minus of its own, "--" for what nobody knows. */
void grid_latex_number(const char *text, string_buffer *out);
/* A text inside a table of Markdown: bars and what it takes for commands are text. */
void grid_markdown_text(const char *text, string_buffer *out);

#endif
