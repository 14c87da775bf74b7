/* report_latex.c - the ranking as a table for a paper: booktabs, ready to paste. */
#include "report_inside.h"

#include "escape.h"

#include <ctype.h>
#include <string.h>

static bool is_shown(const report *r, int column)
{
    const bool counts = column == REPORT_DROPPED || column == REPORT_UNFINISHED;
    return report_shows(r, (report_column)column) && !(counts && report_lost_none(r));
}

static void put_header(const report *r, string_buffer *out)
{
    const report_line header = report_header(r);
    string_add(out, "    \\toprule\n    ");
    for (int c = 0; c < N_REPORT_COLUMNS; c++) {
        if (!is_shown(r, c))
            continue;
        string_add(out, c ? " & " : "");
        if (c == REPORT_HALF || c == REPORT_DIFF_HALF)
            string_add(out, "$\\pm$ 95\\%%");
        else if (c == REPORT_P)
            string_add(out, "$p$ (Holm)");
        else
            escape_latex(out, header.cell[c]);
    }
    string_add(out, " \\\\\n    \\midrule\n");
}

/* What begins as a number is one, with a minus of its own; "-" alone is a number nobody knows. */
static void put_number(const char *text, string_buffer *out)
{
    if (strcmp(text, "-") == 0) {
        string_add(out, "--");
        return;
    }
    const bool is_signed = *text && strchr("+-<", *text);
    if (is_signed)
        string_add(out, "$%c$", *text);
    escape_latex(out, text + is_signed);
}

static void put_row(const report *r, const report_row *row, bool bold, string_buffer *out)
{
    const report_line line = report_line_of(r, row);
    string_add(out, "    ");
    for (int c = 0; c < N_REPORT_COLUMNS; c++) {
        if (!is_shown(r, c))
            continue;
        const bool strong = bold && (c == REPORT_AGENT || c == REPORT_MEAN);
        string_add(out, "%s%s", c ? " & " : "", strong ? "\\textbf{" : "");
        if (c == REPORT_RANK || c == REPORT_AGENT)
            escape_latex(out, line.cell[c]);
        else
            put_number(line.cell[c], out);
        string_add(out, strong ? "}" : "");
    }
    string_add(out, " \\\\\n");
}

/* The head of the report, its lines joined. */
static void put_caption(const report *r, string_buffer *out)
{
    const poise_metric *m = report_metric(r);
    string_buffer head = {0};
    report_head(r, false, &head);
    string_add(out, "  \\caption{");
    escape_latex(out, m->name);
    string_add(out, ": ");
    escape_latex(out, m->about);
    string_add(out, " (%s)", report_direction(m));
    for (char *at = head.at, *line; (line = strsep(&at, "\n"));) {
        string_add(out, *line ? "; " : "");
        escape_latex(out, line);
    }
    string_add(out, ".}\n");
    string_free(&head);
}

/* "tab:mm1-v1-response_mean_s", plain whatever the store says; points of a sweep have numbers. */
static void put_label(const report *r, string_buffer *out)
{
    const results *all = r->results;
    bool alone = true;
    for (int i = 0; i < all->n_scenarios; i++)
        alone &= &all->scenario[i] == r->scenario ||
                 strcmp(all->scenario[i].name, r->scenario->name) != 0;
    string_add(out, "  \\label{tab:");
    for (const char *c = r->scenario->name; *c; c++)
        string_add(out, "%c", isalnum((unsigned char)*c) ? *c : '-');
    if (!alone)
        string_add(out, "-%d", (int)(r->scenario - all->scenario) + 1);
    string_add(out, "-%s}\n", report_metric(r)->name);
}

static void put_notes(const report *r, bool bold, string_buffer *out)
{
    string_buffer notes = {0};
    report_notes(r, &notes);
    string_add(out, "\n  \\medskip\n  \\begin{minipage}{\\linewidth}\\footnotesize\n");
    if (bold)
        string_add(out, "    bold: told apart from all others ($p < .05$ after Holm)\\par\n");
    if (report_lost_none(r))
        string_add(out, "    no task was dropped or left unfinished\\par\n");
    for (char *at = notes.at, *line; (line = strsep(&at, "\n"));) {
        line += strspn(line, " ");
        if (!*line)
            continue;
        string_add(out, "    ");
        escape_latex(out, line);
        string_add(out, "\\par\n");
    }
    string_add(out, "  \\end{minipage}\n");
    string_free(&notes);
}

void report_latex(const report *r, string_buffer *out)
{
    const bool bold = report_leads(r);
    string_add(out, "\\begin{table}\n  \\centering\n");
    put_caption(r, out);
    put_label(r, out);
    string_add(out, "  \\begin{tabular}{");
    for (int c = 0; c < N_REPORT_COLUMNS; c++)
        if (is_shown(r, c))
            string_add(out, c == REPORT_AGENT ? "l" : "r");
    string_add(out, "}\n");
    put_header(r, out);
    for (int i = 0; i < r->n_rows; i++)
        put_row(r, &r->row[i], bold && i == 0, out);
    string_add(out, "    \\bottomrule\n  \\end{tabular}\n");
    put_notes(r, bold, out);
    string_add(out, "\\end{table}\n");
}
