/* grid.c - see grid.h. */
#include "grid.h"

#include "error.h"
#include "escape.h"
#include "report_inside.h"
#include "units.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_WIDTH 24
#define NAME_MIN_WIDTH 12
#define PAGE_WIDTH 100

void grid_head(grid *g, const char *format, ...)
{
    assert(g->n_columns < GRID_COLUMNS && g->n_fields == 0);
    struct grid_column *c = &g->column[g->n_columns++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->head, sizeof c->head, format, arguments);
    va_end(arguments);
    c->is_name = c->head[0] == '<';
    if (c->is_name)
        memmove(c->head, c->head + 1, strlen(c->head));
}

static grid_field *next(grid *g)
{
    if (g->n_fields % g->n_columns == 0) {
        g->n_rows++;
        const size_t n = (size_t)g->n_rows * (size_t)g->n_columns;
        g->field = error_must(realloc(g->field, n * sizeof *g->field));
    }
    grid_field *f = &g->field[g->n_fields++];
    *f = (grid_field){.value = NAN};
    return f;
}

grid_field *grid_put(grid *g, double value, const char *format, ...)
{
    grid_field *f = next(g);
    f->value = value;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->text, sizeof f->text, format, arguments);
    va_end(arguments);
    return f;
}

grid_field *grid_number(grid *g, double value, int digits)
{
    if (isnan(value))
        return grid_put(g, value, "-");
    const double size = fabs(value);
    if (size >= 1e9 || (size > 0 && size < 1e-4))
        return grid_put(g, value, "%.*g", digits, value);
    const int after = size > 0 ? digits - 1 - (int)floor(log10(size)) : digits - 1;
    return grid_put(g, value, "%.*f", after < 0 ? 0 : after, value);
}

grid_field *grid_probability(grid *g, double p)
{
    char text[40];
    report_probability(text, p);
    return grid_put(g, p, "%s", text);
}

void grid_free(grid *g)
{
    free(g->field);
    *g = (grid){0};
}

static const grid_field *at(const grid *g, int row, int column)
{
    return &g->field[row * g->n_columns + column];
}

/* ---- plain text --------------------------------------------------------------------------- */

static void trim(string_buffer *out)
{
    while (out->length && out->at[out->length - 1] == ' ')
        out->at[--out->length] = 0;
    string_add(out, "\n");
}

static void find_widths(const grid *g, int *width)
{
    int sum = 0;
    for (int c = 0; c < g->n_columns; c++) {
        width[c] = report_width(g->column[c].head);
        for (int i = 0; i < g->n_rows; i++)
            width[c] = (int)fmax(width[c], report_width(at(g, i, c)->text));
        if (g->column[c].is_name && width[c] > NAME_MAX_WIDTH)
            width[c] = NAME_MAX_WIDTH;
        sum += 2 + width[c];
    }
    for (int c = 0; c < g->n_columns; c++)
        while (g->column[c].is_name && width[c] > NAME_MIN_WIDTH && sum > PAGE_WIDTH) {
            width[c]--;
            sum--;
        }
}

/* One field; `start` is the column of the page in which it begins. */
static void put_field(const grid *g, int column, const char *text, const int *width, int start,
                      string_buffer *out)
{
    if (!g->column[column].is_name) {
        report_right(out, width[column] + 2, text);
        return;
    }
    string_add(out, "  ");
    report_left(out, width[column], text);
    if (report_width(text) > width[column])  // a long name has a line of its own
        string_add(out, "\n%*s", start + 2 + width[column], "");
}

static void put_text(const grid *g, string_buffer *out)
{
    int width[GRID_COLUMNS];
    find_widths(g, width);
    for (int i = -1; i < g->n_rows; i++) {
        int start = 0;
        for (int c = 0; c < g->n_columns; c++) {
            put_field(g, c, i < 0 ? g->column[c].head : at(g, i, c)->text, width, start, out);
            start += 2 + width[c];
        }
        trim(out);
    }
}

/* ---- Markdown ----------------------------------------------------------------------------- */

/* Whether Markdown would take the character for more than itself. */
static bool is_command(const char *at, char before)
{
    const bool word = isalnum((unsigned char)at[1]);
    switch (*at) {
    case '|':
    case '\\':
    case '`':
    case '*': return true;
    case '_': return !word || !isalnum((unsigned char)before);
    case '<': return word ? isalpha((unsigned char)at[1]) : at[1] && strchr("/!?", at[1]);
    case '[': return strchr(at, ']') && strchr("([:", strchr(at, ']')[1]) && strchr(at, ']')[1];
    default: return false;
    }
}

void grid_markdown_text(const char *text, string_buffer *out)
{
    for (char before = ' '; *text; before = *text++) {
        string_add(out, is_command(text, before) ? "\\%c" : "%c",
                   (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

static void put_markdown(const grid *g, string_buffer *out)
{
    string_add(out, "|");
    for (int c = 0; c < g->n_columns; c++) {
        string_add(out, " ");
        grid_markdown_text(g->column[c].head, out);
        string_add(out, " |");
    }
    string_add(out, "\n|");
    for (int c = 0; c < g->n_columns; c++)
        string_add(out, g->column[c].is_name ? "---|" : "--:|");
    string_add(out, "\n");
    for (int i = 0; i < g->n_rows; i++) {
        string_add(out, "|");
        for (int c = 0; c < g->n_columns; c++) {
            const grid_field *f = at(g, i, c);
            string_add(out, f->bold ? " **" : " ");
            grid_markdown_text(f->text, out);
            string_add(out, f->bold ? "** |" : " |");
        }
        string_add(out, "\n");
    }
}

/* ---- LaTeX -------------------------------------------------------------------------------- */

void grid_latex_number(const char *text, string_buffer *out)
{
    if (strcmp(text, "-") == 0) {
        string_add(out, "--");
        return;
    }
    const bool is_signed = *text && strchr("+-<>", *text);
    if (is_signed)
        string_add(out, "$%c$", *text);
    escape_latex(out, text + is_signed);
}

static void put_latex(const grid *g, string_buffer *out)
{
    string_add(out, "  \\begin{tabular}{");
    for (int c = 0; c < g->n_columns; c++)
        string_add(out, g->column[c].is_name ? "l" : "r");
    string_add(out, "}\n    \\toprule\n    ");
    for (int c = 0; c < g->n_columns; c++) {
        string_add(out, c ? " & " : "");
        escape_latex(out, g->column[c].head);
    }
    string_add(out, " \\\\\n    \\midrule\n");
    for (int i = 0; i < g->n_rows; i++) {
        for (int c = 0; c < g->n_columns; c++) {
            const grid_field *f = at(g, i, c);
            string_add(out, "%s%s", c ? " & " : "    ", f->bold ? "\\textbf{" : "");
            if (g->column[c].is_name)
                escape_latex(out, f->text);
            else
                grid_latex_number(f->text, out);
            string_add(out, f->bold ? "}" : "");
        }
        string_add(out, " \\\\\n");
    }
    string_add(out, "    \\bottomrule\n  \\end{tabular}\n");
}

/* ---- HTML --------------------------------------------------------------------------------- */

static void put_html_field(const grid_field *f, bool is_name, string_buffer *out)
{
    string_add(out, is_name ? "<td class=\"name\"" : "<td");
    if (isfinite(f->value)) {
        char text[40];
        units_print_real(f->value, text, sizeof text);
        string_add(out, " data-value=\"%s\"", text);
    }
    string_add(out, f->bold ? "><b>" : ">");
    escape_html(out, f->text);
    string_add(out, f->bold ? "</b></td>" : "</td>");
}

static void put_html(const grid *g, string_buffer *out)
{
    string_add(out, "<div class=\"wide\"><table>\n<thead><tr>");
    for (int c = 0; c < g->n_columns; c++) {
        string_add(out, g->column[c].is_name ? "<th class=\"name\">" : "<th>");
        escape_html(out, g->column[c].head);
        string_add(out, "</th>");
    }
    string_add(out, "</tr></thead>\n<tbody>\n");
    for (int i = 0; i < g->n_rows; i++) {
        string_add(out, "<tr>");
        for (int c = 0; c < g->n_columns; c++)
            put_html_field(at(g, i, c), g->column[c].is_name, out);
        string_add(out, "</tr>\n");
    }
    string_add(out, "</tbody>\n</table></div>\n");
}

/* ---- with words --------------------------------------------------------------------------- */

typedef void put_escaped(string_buffer *out, const char *text);

static void put_lines(const char *lines, put_escaped *escape, const char *before, const char *after,
                      string_buffer *out)
{
    while (*(lines += strspn(lines, " \n"))) {
        const int n = (int)strcspn(lines, "\n");
        string_buffer line = {0};
        string_add(&line, "%.*s", n, lines);
        string_add(out, "%s", before);
        escape(out, line.at ? line.at : "");
        string_add(out, "%s", after);
        string_free(&line);
        lines += n;
    }
}

static void as_it_is(string_buffer *out, const char *text)
{
    string_add(out, "%s", text);
}

static void as_markdown(string_buffer *out, const char *text)
{
    grid_markdown_text(text, out);
}

void grid_notes(const char *lines, grid_style style, string_buffer *out)
{
    switch (style) {
    case GRID_PLAIN: put_lines(lines, as_it_is, "  ", "\n", out); break;
    case GRID_MARKDOWN: put_lines(lines, as_markdown, "- ", "\n", out); break;
    case GRID_LATEX: put_lines(lines, escape_latex, "    ", "\\par\n", out); break;
    case GRID_HTML: put_lines(lines, escape_html, "<li>", "</li>\n", out); break;
    }
}

static void write_latex(const grid *g, const grid_words *words, string_buffer *out)
{
    string_add(out, "\\begin{table}\n  \\centering\n  \\caption{");
    escape_latex(out, words->title);
    string_add(out, ".}\n  \\label{tab:");
    for (const char *c = words->label; *c; c++)
        string_add(out, "%c", isalnum((unsigned char)*c) || *c == '_' ? *c : '-');
    string_add(out, "}\n");
    put_latex(g, out);
    string_add(out, "\n  \\medskip\n  \\begin{minipage}{\\linewidth}\\footnotesize\n");
    grid_notes(words->notes, GRID_LATEX, out);
    string_add(out, "  \\end{minipage}\n\\end{table}\n");
}

static void write_html(const grid *g, const grid_words *words, string_buffer *out)
{
    string_add(out, "<h4>");
    escape_html(out, words->title);
    string_add(out, "</h4>\n");
    put_html(g, out);
    string_add(out, "<ul class=\"notes\">\n");
    grid_notes(words->notes, GRID_HTML, out);
    string_add(out, "</ul>\n");
}

void grid_write(const grid *g, const grid_words *words, grid_style style, string_buffer *out)
{
    switch (style) {
    case GRID_PLAIN:
        string_add(out, "%s\n\n", words->title);
        put_text(g, out);
        string_add(out, "\n");
        grid_notes(words->notes, style, out);
        break;
    case GRID_MARKDOWN:
        string_add(out, "**");
        grid_markdown_text(words->title, out);
        string_add(out, "**\n\n");
        put_markdown(g, out);
        string_add(out, "\n");
        grid_notes(words->notes, style, out);
        break;
    case GRID_LATEX: write_latex(g, words, out); break;
    case GRID_HTML: write_html(g, words, out); break;
    }
}
