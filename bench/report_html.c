/* report_html.c - the ranking as a table of a page: as in text, with every number's full value
 * beside it for the script that sorts (page.c). */
#include "report_inside.h"

#include "escape.h"
#include "units.h"

#include <math.h>
#include <string.h>

static bool is_shown(const report *r, int column)
{
    const bool counts = column == REPORT_DROPPED || column == REPORT_UNFINISHED;
    return report_shows(r, (report_column)column) && !(counts && report_lost_none(r));
}

/* What a column is sorted by; NAN: unknown, or a text. */
static double value_of(const report *r, const report_row *row, int column)
{
    const stats_mean *d = &row->versus.diff;
    const bool is_compared = r->baseline >= 0 && row != &r->row[r->baseline];
    switch (column) {
    case REPORT_RANK: return row->rank;
    case REPORT_MEAN: return row->mean.mean;
    case REPORT_HALF: return row->mean.high - row->mean.mean;
    case REPORT_DIFF: return is_compared ? d->mean : NAN;
    case REPORT_DIFF_HALF: return is_compared ? d->high - d->mean : NAN;
    case REPORT_PERCENT:
        return is_compared ? 100 * d->mean / fabs(r->row[r->baseline].mean.mean) : NAN;
    case REPORT_P: return is_compared ? row->p_holm : NAN;
    case REPORT_DROPPED: return row->dropped;
    case REPORT_UNFINISHED: return row->unfinished;
    case REPORT_GAP: return report_gap_percent(row);
    default: return NAN;
    }
}

static void put_header(const report *r, string_buffer *out)
{
    const report_line header = report_header(r);
    string_add(out, "<thead><tr>");
    for (int c = 0; c < N_REPORT_COLUMNS; c++) {
        if (!is_shown(r, c))
            continue;
        string_add(out, c == REPORT_AGENT ? "<th class=\"name\">" : "<th>");
        escape_html(out, header.cell[c]);
        string_add(out, "</th>");
    }
    string_add(out, "</tr></thead>\n<tbody>\n");
}

static void put_row(const report *r, const report_row *row, bool bold, string_buffer *out)
{
    const report_line line = report_line_of(r, row);
    string_add(out, row->tied ? "<tr class=\"tie\">" : "<tr>");
    for (int c = 0; c < N_REPORT_COLUMNS; c++) {
        if (!is_shown(r, c))
            continue;
        const double value = value_of(r, row, c);
        const bool strong = bold && (c == REPORT_AGENT || c == REPORT_MEAN);
        string_add(out, c == REPORT_AGENT ? "<td class=\"name\"" : "<td");
        if (isfinite(value)) {
            char text[40];
            units_print_real(value, text, sizeof text);
            string_add(out, " data-value=\"%s\"", text);
        }
        string_add(out, strong ? "><b>" : ">");
        escape_html(out, line.cell[c]);
        string_add(out, strong ? "</b></td>" : "</td>");
    }
    string_add(out, "</tr>\n");
}

static void put_notes(const report *r, bool bold, string_buffer *out)
{
    string_buffer notes = {0};
    report_notes(r, &notes);
    string_add(out, "<ul class=\"notes\">\n");
    if (bold)
        string_add(out, "<li>bold: told apart from all others (p &lt; 0.05 after Holm)</li>\n");
    if (report_lost_none(r))
        string_add(out, "<li>no task was dropped or left unfinished</li>\n");
    grid_notes(notes.at ? notes.at : "", GRID_HTML, out);
    string_add(out, "</ul>\n");
    string_free(&notes);
}

void report_html(const report *r, string_buffer *out)
{
    const poise_metric *m = report_metric(r);
    const bool bold = report_leads(r);
    string_add(out, "<h4>");
    escape_html(out, m->name);
    string_add(out, "</h4>\n<p>");
    escape_html(out, m->about);
    string_add(out, " (%s)</p>\n<div class=\"wide\"><table>\n", report_direction(m));
    put_header(r, out);
    for (int i = 0; i < r->n_rows; i++)
        put_row(r, &r->row[i], bold && i == 0, out);
    string_add(out, "</tbody>\n</table></div>\n");
    put_notes(r, bold, out);
}
