/* plot_script.c - a figure as text: one script that holds the settings and everything of
 * plots/KIND.gp and plots/common.gp, and one file of data that it draws from. Whoever has the two
 * needs only gnuplot. */
#include "plot_inside.h"

#include "cli.h"
#include "escape.h"
#include "file.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_MAX (1LL << 20)

/* ---- the scripts -------------------------------------------------------------------------- */

static char *read_script(const char *name, poise_error *err)
{
    for (const char *const *dir = cli_data_dirs(); *dir; dir++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/plots/%s.gp", *dir, name);
        size_t n;
        if (access(path, F_OK) == 0)
            return file_read(path, SCRIPT_MAX, &n, err);
    }
    return error_null(err, "the script plots/%s.gp is not there; $POISE_DATA may name its folder",
                      name);
}

/* The kind whose script this one is, if it says no more than `load 'KIND.gp'`. */
static bool is_other(const char *script, char kind[32])
{
    while (*script == '#')
        script += strcspn(script, "\n") + 1;
    return sscanf(script, "load '%31[a-z].gp'", kind) == 1 && strcmp(kind, "common") != 0;
}

bool figure_read_scripts(figure *f, const char *kind, poise_error *err)
{
    char other[32];
    f->common = read_script("common", err);
    f->script = f->common ? read_script(kind, err) : NULL;
    if (f->script && is_other(f->script, other)) {
        free(f->script);
        f->script = read_script(other, err);
    }
    return f->script != NULL;
}

/* Adds a script without its opening remark, and what it loads in the place of `load`. */
static void inline_script(const figure *f, const char *text, string_buffer *out)
{
    while (*text == '#')
        text += strcspn(text, "\n") + 1;
    while (*text) {
        const size_t n = strcspn(text, "\n");
        if (strncmp(text, "load 'common.gp'", n) == 0 && n > 4)
            inline_script(f, f->common, out);
        else if (strncmp(text, "load 'words.gp'", n) == 0 && n > 4)
            string_add(out, "if (latex) {\n%s}\n", f->in_latex.at ? f->in_latex.at : "");
        else
            string_add(out, "%.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

void figure_script(const figure *f, string_buffer *out)
{
    string_add(out,
               "# %s.gp - drawn by `poise plot`. To draw it again, from %s.dat:\n"
               "#   gnuplot %s.gp\n"
               "#   gnuplot -e \"format = 'svg'\" %s.gp              (pdf, png, svg, tex, tikz)\n"
               "#   gnuplot -e \"format = 'png'; paper = 'page'\" %s.gp      (column, page)\n"
               "name = '%s'\n"
               "if (!exists('format')) format = 'pdf'\n"
               "if (!exists('paper')) paper = '%s'\n"
               "wide = paper eq 'page'\n",
               f->name, f->name, f->name, f->name, f->name, f->name, f->wide ? "page" : "column");
    string_add(out, "%s\n", f->settings.at ? f->settings.at : "");
    inline_script(f, f->script, out);
}

void figure_data(const figure *f, string_buffer *out)
{
    string_add(out, "# %s.dat - what %s.gp draws\n", f->name, f->name);
    for (int i = 0; i < f->n_tables; i++) {
        const table *t = f->table[i];
        string_add(out, "%s# %s:%s%s\n", i ? "\n\n" : "", t->name, t->columns ? " " : "",
                   t->columns ? t->columns : "");
        /* gnuplot would take a block without lines for the next one. */
        string_add(out, "%s", t->text.length ? t->text.at : "NaN\n");
    }
}

/* ---- settings ----------------------------------------------------------------------------- */

/* Between single quotes gnuplot interprets nothing; a quote is written twice. A newline would end
 * the command, so control characters (C1 and the line separators of Unicode need no care) become
 * blanks. */
static void add_quoted(string_buffer *out, const char *text)
{
    string_add(out, "'");
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            string_add(out, " ");
        else
            string_add(out, *text == '\'' ? "''" : "%c", *text);
    string_add(out, "'\n");
}

/* Signs of our own units and labels for which pdflatex knows no letter. */
static const struct sign {
    const char *text, *latex;
} signs[] = {
    {"\u00b5", "\\ensuremath{\\mu}"}, {"\u00b1", "\\ensuremath{\\pm}"},
    {"\u2026", "\\ldots{}"},          {"\u00b2", "\\ensuremath{^2}"},
    {"\u00b3", "\\ensuremath{^3}"},   {"\u2076", "\\ensuremath{^6}"},
    {"\u2079", "\\ensuremath{^9}"},   {"\u00b9\u00b2", "\\ensuremath{^{12}}"},
    {"\u2212", "\\ensuremath{-}"},    {"\u2265", "\\ensuremath{\\ge}"},
    {"\u2264", "\\ensuremath{\\le}"}, {"\u00d7", "\\ensuremath{\\times}"},
    {"\u2192", "\\ensuremath{\\to}"}, {"\u2190", "\\ensuremath{\\leftarrow}"},
};

static void add_signs(string_buffer *out, const char *text)
{
    while (*text) {
        const struct sign *found = NULL;
        for (size_t i = 0; i < sizeof signs / sizeof *signs && !found; i++)
            if (strncmp(text, signs[i].text, strlen(signs[i].text)) == 0)
                found = &signs[i];
        if (found)
            string_add(out, "%s", found->latex);
        else
            string_add(out, "%c", *text);
        text += found ? strlen(found->text) : 1;
    }
}

/* "NAME = 'text'", and again for LaTeX if it reads that differently. */
static void set_text(figure *f, const char *name, const char *text)
{
    string_buffer escaped = {0}, latex = {0};
    escape_latex(&escaped, text);
    add_signs(&latex, escaped.at ? escaped.at : "");
    string_add(&f->settings, "%s = ", name);
    add_quoted(&f->settings, text);
    if (latex.at && strcmp(latex.at, text) != 0) {
        string_add(&f->in_latex, "%s = ", name);
        add_quoted(&f->in_latex, latex.at);
    }
    string_free(&escaped);
    string_free(&latex);
}

void figure_text(figure *f, const char *name, const char *text)
{
    set_text(f, name, text);
}

void figure_number(figure *f, const char *name, double value)
{
    string_add(&f->settings, "%s = %.9g\n", name, value);
}

void figure_texts(figure *f, const char *name, const char *const *text, int n)
{
    string_add(&f->settings, "array %s[%d]\n", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) {
        char element[64];
        snprintf(element, sizeof element, "%s[%d]", name, i + 1);
        set_text(f, element, text[i]);
    }
}

void figure_colours(figure *f, const char *name, const char *const *colour, int n)
{
    string_add(&f->settings, "array %s[%d]\n", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        string_add(&f->settings, "%s[%d] = '%s'\n", name, i + 1, colour[i]);
}

void figure_numbers(figure *f, const char *name, const double *value, int n)
{
    string_add(&f->settings, "array %s[%d]\n", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        string_add(&f->settings, "%s[%d] = %.9g\n", name, i + 1, value[i]);
}

/* ---- tables ------------------------------------------------------------------------------- */

string_buffer *figure_table(figure *f, const char *name, int number)
{
    table *t = error_must(calloc(1, sizeof *t));
    f->table = error_must(realloc(f->table, (size_t)(f->n_tables + 1) * sizeof *f->table));
    snprintf(t->name, sizeof t->name, "%s-%d", name, number);
    f->table[f->n_tables++] = t;
    return &t->text;
}

void figure_columns(figure *f, const char *columns)
{
    f->table[f->n_tables - 1]->columns = columns;
}

void table_row(string_buffer *t, int n, const double *value)
{
    for (int i = 0; i < n; i++)
        string_add(t, i + 1 < n ? "%.9g\t" : "%.9g\n", value[i]);
}
