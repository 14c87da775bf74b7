/* reproduce_write.c - published numbers and ours as tables: see reproduce.h. */
#include "reproduce.h"

#include "escape.h"

#include <math.h>
#include <string.h>

const char *const reproduce_format_names[] = {"text", "markdown", "csv", NULL};

/* Two digits more than the distance has say how it came about. */
static void print_ours(const reproduce_row *row, char *text, size_t size)
{
    const double digits = row->within > 0 ? 1 - floor(log10(row->within)) : 0;
    const int n = digits < 0 ? 0 : digits > 12 ? 12 : (int)digits;
    if (isnan(row->ours))
        snprintf(text, size, "-");
    else if (row->half > 0)
        snprintf(text, size, "%.*f +- %.*f", n, row->ours, n, row->half);
    else
        snprintf(text, size, "%.*f", n, row->ours);
}

/* ---- text --------------------------------------------------------------------------------- */

enum { PAGE = 100, WHAT = 46 };

/* A paragraph of words, its lines indented by so many. */
static void fill(string_buffer *out, const char *text, int indent)
{
    int column = 0;
    for (const char *word = text; *word;) {
        const size_t n = strcspn(word, " \n");
        if (column > 0 && column + 1 + (int)n > PAGE) {
            string_add(out, "\n");
            column = 0;
        }
        if (n > 0) {
            string_add(out, "%*s%.*s", column ? 1 : indent, "", (int)n, word);
            column += (column ? 1 : indent) + (int)n;
        }
        word += n + (word[n] != 0);
    }
    string_add(out, "\n");
}

static void add_row(string_buffer *out, const reproduce_row *row)
{
    char ours[64];
    print_ours(row, ours, sizeof ours);
    const bool is_long = strlen(row->what) > WHAT - 2;
    if (is_long)
        fill(out, row->what, 2);
    string_add(out, "  %-*s %18s %13s %8s  %s\n", WHAT - 2, is_long ? "" : row->what, ours,
               row->value_text, row->within_text, reproduce_verdict_names[row->verdict]);
    if (row->source)
        fill(out, row->source, 6);
    if (row->problem)
        fill(out, row->problem, 6);
    if (row->verdict == REPRODUCE_EXPLAINED || row->verdict == REPRODUCE_MISSES)
        fill(out, row->explained ? row->explained : "nothing explains it", 6);
}

static void write_text(const reproduction *r, bool first, string_buffer *out)
{
    string_add(out, "%s%s: %s\n", first ? "" : "\n", r->name, r->title);
    fill(out, r->source, 2);
    if (r->note)
        fill(out, r->note, 2);
    for (int i = 0; i < r->n_needs; i++)
        if (!r->need[i].path)
            string_add(out, "  skipped: there is no %s, which is at\n    %s\n", r->need[i].file,
                       r->need[i].from);
    string_add(out, "  %-*s %18s %13s %8s  verdict\n", WHAT - 2, "", "ours", "theirs", "within");
    for (int i = 0; i < r->n_rows; i++)
        add_row(out, &r->row[i]);
}

/* ---- Markdown ----------------------------------------------------------------------------- */

/* What would be a mark in a table becomes text. */
static void add_plain(string_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\|*_`[]<>#", *text))
            string_add(out, "\\");
        string_add(out, "%c", (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

static void write_markdown(const reproduction *r, bool first, string_buffer *out)
{
    string_add(out, "%s### ", first ? "" : "\n");
    add_plain(out, r->name);
    string_add(out, ": ");
    add_plain(out, r->title);
    string_add(out, "\n\n");
    add_plain(out, r->source);
    string_add(out, "\n\n| | ours | theirs | within | |\n|---|---|---|---|---|\n");
    for (int i = 0; i < r->n_rows; i++) {
        const reproduce_row *row = &r->row[i];
        char ours[64];
        print_ours(row, ours, sizeof ours);
        string_add(out, "| ");
        add_plain(out, row->what);
        if (row->source) {
            string_add(out, " (");
            add_plain(out, row->source);
            string_add(out, ")");
        }
        string_add(out, " | %s | %s | %s | %s", ours, row->value_text, row->within_text,
                   reproduce_verdict_names[row->verdict]);
        if (row->verdict == REPRODUCE_EXPLAINED) {
            string_add(out, ": ");
            add_plain(out, row->explained);
        }
        string_add(out, " |\n");
    }
}

/* ---- CSV ---------------------------------------------------------------------------------- */

static void add_field(string_buffer *out, const char *text)
{
    string_add(out, "\"");
    for (; *text; text++)
        string_add(out, *text == '"' ? "\"\"" : "%c", *text);
    string_add(out, "\",");
}

static void write_csv(const reproduction *r, bool first, string_buffer *out)
{
    if (first)
        string_add(out, "name,what,source,ours,half_width,theirs,within,verdict\n");
    for (int i = 0; i < r->n_rows; i++) {
        const reproduce_row *row = &r->row[i];
        add_field(out, r->name);
        add_field(out, row->what);
        add_field(out, row->source ? row->source : r->source);
        string_add(out, isnan(row->ours) ? "," : "%.17g,", row->ours);
        string_add(out, isnan(row->half) ? "," : "%.17g,", row->half);
        string_add(out, "%.17g,%.17g,%s\n", row->value, row->within,
                   reproduce_verdict_names[row->verdict]);
    }
}

void reproduce_write(const reproduction *r, reproduce_format format, bool first, string_buffer *out)
{
    switch (format) {
    case REPRODUCE_TEXT: write_text(r, first, out); break;
    case REPRODUCE_MARKDOWN: write_markdown(r, first, out); break;
    case REPRODUCE_CSV: write_csv(r, first, out); break;
    case N_REPRODUCE_FORMATS: break;
    }
}

/* ---- the sum ------------------------------------------------------------------------------ */

void reproduce_write_sum(const reproduction *r, int n, reproduce_format format, string_buffer *out)
{
    int count[N_REPRODUCE_VERDICTS] = {0}, n_rows = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < r[i].n_rows; k++, n_rows++)
            count[r[i].row[k].verdict]++;
    if (format == REPRODUCE_CSV)
        return;
    string_add(out, "\n%d %s: %d %s", n_rows, n_rows == 1 ? "number" : "numbers",
               count[REPRODUCE_HOLDS], count[REPRODUCE_HOLDS] == 1 ? "holds" : "hold");
    if (count[REPRODUCE_MISSES])
        string_add(out, ", %d missed", count[REPRODUCE_MISSES]);
    if (count[REPRODUCE_FAILED])
        string_add(out, ", %d failed", count[REPRODUCE_FAILED]);
    if (count[REPRODUCE_EXPLAINED])
        string_add(out, ", %d explained", count[REPRODUCE_EXPLAINED]);
    if (count[REPRODUCE_SKIPPED])
        string_add(out, ", %d skipped for want of data", count[REPRODUCE_SKIPPED]);
    string_add(out, "\n");
}
