/* report_latex.c - the ranking as a table for a paper: booktabs, ready to paste. */
#include "report_inside.h"

#include "escape.h"

#include <ctype.h>
#include <stdio.h>
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
            grid_latex_number(line.cell[c], out);
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

/* Plain whatever the store says; points of a sweep have numbers. */
void report_label(const report *r, char *text, size_t size)
{
    const results *all = r->results;
    bool alone = true;
    char number[24] = "";
    for (int i = 0; i < all->n_scenarios; i++)
        alone &= &all->scenario[i] == r->scenario ||
                 strcmp(all->scenario[i].name, r->scenario->name) != 0;
    if (!alone)
        snprintf(number, sizeof number, "-%d", (int)(r->scenario - all->scenario) + 1);
    snprintf(text, size, "%.100s%s-%s", r->scenario->name, number, report_metric(r)->name);
    for (char *c = text; *c; c++)
        *c = isalnum((unsigned char)*c) || *c == '_' ? *c : '-';
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
    grid_notes(notes.at ? notes.at : "", GRID_LATEX, out);
    string_add(out, "  \\end{minipage}\n");
    string_free(&notes);
}

void report_latex(const report *r, string_buffer *out)
{
    const bool bold = report_leads(r);
    char label[200];
    string_add(out, "\\begin{table}\n  \\centering\n");
    put_caption(r, out);
    report_label(r, label, sizeof label);
    string_add(out, "  \\label{tab:%s}\n", label);
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
