/* report_write.c - the ranking as text, Markdown, CSV and JSON. Numbers for people have as many
 * digits as their interval allows; numbers for programs read back as the same double. */
#include "report_inside.h"

#include "escape.h"
#include "json_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 24
#define LABEL_LEAST 12
#define LINE_WIDTH 100

const poise_metric *report_metric(const report *r)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return &rows[r->metric];
}

int report_width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void report_right(string_buffer *out, int width, const char *text)
{
    string_add(out, "%*s%s", width > report_width(text) ? width - report_width(text) : 0, "", text);
}

void report_left(string_buffer *out, int width, const char *text)
{
    string_add(out, "%s%*s", text, width > report_width(text) ? width - report_width(text) : 0, "");
}

/* ---- numbers for people ------------------------------------------------------------------- */

/* Decimals at which a number of this size shows `digits` significant ones. */
static int decimals_for(double size, int digits)
{
    if (!(size > 0) || isinf(size))
        return digits;
    const int n = digits - 1 - (int)floor(log10(size));
    return n < 0 ? 0 : n > 9 ? 9 : n;
}

int report_decimals(const report *r)
{
    double narrow = INFINITY, small = INFINITY, large = 0;
    for (int i = 0; i < r->n_rows; i++) {
        const stats_mean *m = &r->row[i].mean;
        const double half = m->high - m->mean;
        const bool varies = half > 1e-12 * fabs(m->mean);  // more than sums are rounded
        narrow = varies && half < narrow ? half : narrow;
        small = m->mean != 0 && fabs(m->mean) < small ? fabs(m->mean) : small;
        large = fabs(m->mean) > large ? fabs(m->mean) : large;
    }
    const int wanted = isinf(narrow) ? decimals_for(small, 4) : decimals_for(narrow, 2);
    const int most = decimals_for(large, 8);
    return wanted < most ? wanted : most;
}

void report_number(char text[40], double value, int decimals, bool sign)
{
    if (isnan(value))
        snprintf(text, 40, "-");
    else if (fabs(value) >= 1e9)
        snprintf(text, 40, sign ? "%+.4g" : "%.4g", value);
    else
        snprintf(text, 40, sign ? "%+.*f" : "%.*f", decimals, value);
}

void report_probability(char text[40], double p)
{
    if (isnan(p))
        snprintf(text, 40, "-");
    else if (p < 1e-4)
        snprintf(text, 40, "<0.0001");
    else
        snprintf(text, 40, "%.4f", p);
}

static void rank_text(char text[40], const report_row *row)
{
    snprintf(text, 40, "%d%s", row->rank, row->tied ? "=" : "");
}

static void count_text(char text[40], double mean)
{
    snprintf(text, 40, mean == floor(mean) ? "%.0f" : "%.1f", mean);
    if (isnan(mean))
        snprintf(text, 40, "-");
}

/* "0..9" or "7 seeds". */
static void seeds_text(const report *r, char *text, size_t size)
{
    const report_row *row = r->row;
    for (int i = 1; i < r->n_rows; i++)
        if (r->row[i].n_cells > row->n_cells)
            row = &r->row[i];
    const int n = r->n_rows ? row->n_cells : 0;
    if (n == 0)
        snprintf(text, size, "no seeds");
    else if (n == 1)
        snprintf(text, size, "1 seed (%" PRId64 ")", row->cell[0]->seed);
    else if (row->cell[n - 1]->seed - row->cell[0]->seed == n - 1)
        snprintf(text, size, "%d seeds (%" PRId64 "..%" PRId64 ")", n, row->cell[0]->seed,
                 row->cell[n - 1]->seed);
    else
        snprintf(text, size, "%d seeds", n);
}

/* The value of a key at the end of a line of canonical YAML, "" if there is none. */
static void setting(const char *resolved, const char *key, char *text, size_t size)
{
    const char *at = strstr(resolved, key);
    text[0] = 0;
    if (at)
        snprintf(text, size, "%.*s", (int)strcspn(at + strlen(key), "\n"), at + strlen(key));
}

/* ---- the table ---------------------------------------------------------------------------- */

static void percent_text(char *text, double percent)
{
    if (isnan(percent))
        strcpy(text, "-");
    else
        snprintf(text, 40, percent < 100 ? "%.1f%%" : "%.0f%%", fmax(percent, 0));
}

report_line report_header(const report *r)
{
    report_line h = {0};
    const char *unit = report_metric(r)->unit;
    const char *base = r->baseline < 0 ? "" : r->row[r->baseline].label;
    strcpy(h.cell[REPORT_RANK], "#");
    strcpy(h.cell[REPORT_AGENT], "agent");
    snprintf(h.cell[REPORT_MEAN], sizeof h.cell[REPORT_MEAN], *unit ? "mean [%s]" : "mean%s", unit);
    strcpy(h.cell[REPORT_HALF], "± 95%");
    snprintf(h.cell[REPORT_DIFF], sizeof h.cell[REPORT_DIFF], "vs %.12s", base);
    strcpy(h.cell[REPORT_DIFF_HALF], "± 95%");
    strcpy(h.cell[REPORT_PERCENT], "%");
    strcpy(h.cell[REPORT_P], "p (Holm)");
    strcpy(h.cell[REPORT_DROPPED], "dropped");
    strcpy(h.cell[REPORT_UNFINISHED], "unfin.");
    strcpy(h.cell[REPORT_GAP], report_is_optimum(r) ? "regret" : "gap");
    return h;
}

report_line report_line_of(const report *r, const report_row *row)
{
    report_line l = {0};
    const int decimals = report_decimals(r);
    rank_text(l.cell[REPORT_RANK], row);
    if (row->n_failed)
        snprintf(l.cell[REPORT_AGENT], sizeof l.cell[REPORT_AGENT], "%s (%d failed)", row->label,
                 row->n_failed);
    else
        strcpy(l.cell[REPORT_AGENT], row->label);
    report_number(l.cell[REPORT_MEAN], row->mean.mean, decimals, false);
    report_number(l.cell[REPORT_HALF], row->mean.high - row->mean.mean, decimals, false);
    count_text(l.cell[REPORT_DROPPED], row->dropped);
    count_text(l.cell[REPORT_UNFINISHED], row->unfinished);
    percent_text(l.cell[REPORT_GAP], report_gap_percent(row));
    if (r->baseline < 0)
        return l;
    if (row == &r->row[r->baseline]) {
        strcpy(l.cell[REPORT_DIFF], "baseline");
        return l;
    }
    const stats_mean *d = &row->versus.diff;
    report_number(l.cell[REPORT_DIFF], d->mean, decimals, true);
    report_number(l.cell[REPORT_DIFF_HALF], d->high - d->mean, decimals, false);
    const double percent = 100 * d->mean / fabs(r->row[r->baseline].mean.mean);
    report_number(l.cell[REPORT_PERCENT], percent, fabs(percent) < 1000, true);
    report_probability(l.cell[REPORT_P], row->p_holm);
    return l;
}

static bool has_bounds(const report *r)
{
    bool has = false;
    for (int i = 0; i < r->n_rows; i++)
        has |= !isnan(r->row[i].bound);
    return has;
}

bool report_shows(const report *r, report_column column)
{
    if (column == REPORT_GAP)
        return has_bounds(r);
    return r->baseline >= 0 || column < REPORT_DIFF || column > REPORT_P;
}

bool report_lost_none(const report *r)
{
    bool none = true;
    for (int i = 0; i < r->n_rows; i++)
        none &= r->row[i].dropped == 0 && r->row[i].unfinished == 0;
    return none;
}

static void fit(int *width, const report_line *l)
{
    for (int c = 0; c < N_REPORT_COLUMNS; c++)
        if (report_width(l->cell[c]) > width[c])
            width[c] = report_width(l->cell[c]);
}

/* Blanks before a column. */
static int gap_before(int column)
{
    const bool close = column == REPORT_RANK || column == REPORT_HALF || column == REPORT_DIFF_HALF;
    return close ? 1 : 2;
}

static int line_width(const report *r, const int *width)
{
    int sum = 0;
    for (int c = 0; c < N_REPORT_COLUMNS; c++)
        sum += report_shows(r, c) ? gap_before(c) + width[c] : 0;
    return sum;
}

static void put_line(const report *r, const report_line *l, const int *width, string_buffer *out)
{
    for (int c = 0; c < N_REPORT_COLUMNS; c++) {
        if (!report_shows(r, c))
            continue;
        if (c != REPORT_AGENT) {
            report_right(out, width[c] + gap_before(c), l->cell[c]);
            continue;
        }
        string_add(out, "%*s", gap_before(c), "");
        report_left(out, width[c], l->cell[c]);
        if (report_width(l->cell[c]) > width[c])  // a long name has a line of its own
            string_add(out, "\n%*s", width[REPORT_RANK] + 3 + width[c], "");
    }
    while (out->length && out->at[out->length - 1] == ' ')
        out->at[--out->length] = 0;
    string_add(out, "\n");
}

static void put_table(const report *r, string_buffer *out)
{
    const report_line header = report_header(r);
    int width[N_REPORT_COLUMNS] = {0};
    fit(width, &header);
    for (int i = 0; i < r->n_rows; i++) {
        const report_line l = report_line_of(r, &r->row[i]);
        fit(width, &l);
    }
    if (width[REPORT_AGENT] > LABEL_MAX)
        width[REPORT_AGENT] = LABEL_MAX;
    while (width[REPORT_AGENT] > LABEL_LEAST && line_width(r, width) > LINE_WIDTH)
        width[REPORT_AGENT]--;
    put_line(r, &header, width, out);
    for (int i = 0; i < r->n_rows; i++) {
        const report_line l = report_line_of(r, &r->row[i]);
        put_line(r, &l, width, out);
    }
}

/* ---- what to know about it ---------------------------------------------------------------- */

void report_head(const report *r, bool is_sweep, string_buffer *out)
{
    char seeds[80], sizes[40];
    seeds_text(r, seeds, sizeof seeds);
    setting(r->scenario->resolved, "sizes: ", sizes, sizeof sizes);
    string_add(out, "%s: %s\n", r->scenario->name, r->scenario->title);
    for (int i = 0; !is_sweep && i < r->scenario->n_sets; i++)
        string_add(out, "%s%s%s", i ? ", " : "with ", r->scenario->set[i],
                   i + 1 == r->scenario->n_sets ? "\n" : "");
    if (!is_sweep && !isnan(r->scenario->offered_load))
        string_add(out, "offered load %.3g, ", r->scenario->offered_load);
    string_add(out, "%s", seeds);
    if (*sizes)
        string_add(out, ", agents see sizes: %s", sizes);
    string_add(out, "\n");
}

/* What bounds of the metric are made of, each once, joined by "or": some in one run, some in
 * others.
 */
static void bound_names(const report *r, int metric, char *text, size_t size)
{
    unsigned by = 0;
    text[0] = 0;
    for (int i = 0; i < r->n_rows; i++)
        for (int c = 0; c < r->row[i].n_cells; c++)
            by |= r->row[i].cell[c]->bound ? r->row[i].cell[c]->bound[metric].by : 0;
    for (unsigned bit = 1; bit <= by; bit <<= 1) {
        char name[POISE_BOUND_NAME];
        const size_t n = strlen(text);
        poise_bound_name(by & bit, name);
        if (by & bit)
            snprintf(text + n, size - n, "%s%s", n ? " or " : "", name);
    }
}

void report_bound(const report *r, int metric, char *text, size_t size)
{
    double low = INFINITY, high = -INFINITY, bound;
    char names[256];
    for (int i = 0; i < r->n_rows; i++) {
        report_gap(&r->row[i], metric, &bound);
        low = isnan(bound) ? low : fmin(low, bound);
        high = isnan(bound) ? high : fmax(high, bound);
    }
    text[0] = 0;
    if (isinf(low))
        return;
    const poise_metric *rows;
    poise_metrics(&rows);
    const char *unit = rows[metric].unit, *space = *unit ? " " : "";
    bound_names(r, metric, names, sizeof names);
    if (high - low <= 1e-6 * fabs(high))
        snprintf(text, size, "%.6g%s%s (%s)", low, space, unit, names);
    else
        snprintf(text, size, "%.6g to %.6g%s%s (%s)", low, high, space, unit, names);
}

/* Whether the runs are of a store, which has none of their bounds: they were long. */
static bool lacks_bounds(const report *r)
{
    bool lacks = r->results->bounds && r->n_rows > 0 && result_keeps_records(r->scenario);
    for (int i = 0; i < r->n_rows; i++)
        for (int c = 0; c < r->row[i].n_cells; c++)
            lacks &= !r->row[i].cell[c]->bound;
    return lacks;
}

static void put_amount(const report *r, const report_row *row, const char *before,
                       string_buffer *out)
{
    const char *unit = report_metric(r)->unit;
    string_add(out, "%s%.3g%s%s (%.16s)", before, row->tests.visible, *unit ? " " : "", unit,
               row->label);
}

/* What size of a difference so many runs can see; to the baseline also in the metric's unit. */
static void put_visible(const report *r, string_buffer *out)
{
    const report_row *least = NULL, *most = NULL;
    for (int i = 0; i < r->n_rows && r->baseline >= 0; i++) {
        const report_row *row = &r->row[i];
        if (i == r->baseline || !(row->tests.visible > 0))
            continue;
        least = least && least->tests.visible <= row->tests.visible ? least : row;
        most = most && most->tests.visible >= row->tests.visible ? most : row;
    }
    string_add(out, "  %d runs: differences above %.2f sd are seen 4 times in 5", r->n_seeds,
               stats_visible_effect(r->n_seeds));
    if (least)
        put_amount(r, least, ": ", out);
    if (most != least)
        put_amount(r, most, " to ", out);
    string_add(out, "\n");
}

static void put_notes(const report *r, string_buffer *out)
{
    bool ties = false;
    for (int i = 0; i < r->n_rows; i++)
        ties |= r->row[i].tied;
    if (r->baseline >= 0 && r->n_rows > 1 && r->n_seeds > 1)
        string_add(out, "  vs %s: mean difference over the same seeds (paired t)\n",
                   r->row[r->baseline].label);
    if (ties)
        string_add(
            out,
            "  = tied with the first of that rank: paired t test, Holm over %d %s, p >= 0.05\n",
            r->n_pairs, r->n_pairs == 1 ? "pair" : "pairs");
    char bound[400];
    report_bound(r, r->metric, bound, sizeof bound);
    if (*bound && report_is_optimum(r))
        string_add(out, "  regret: to the optimum, a bound that is met from every seed: %s\n",
                   bound);
    else if (*bound)
        string_add(out, "  gap: to the bound: no schedule of these jobs is better than %s\n",
                   bound);
    else if (lacks_bounds(r))
        string_add(out, "  no bounds are known of these runs: `poise run --bounds` finds them\n");
    if (r->n_seeds > 1 && r->n_rows > 1)
        put_visible(r, out);
    if (!result_keeps_records(r->scenario))
        string_add(out, "  records: none: percentiles are estimates, within %.2g%%\n",
                   100 * POISE_QUANTILE_ERROR);
    for (const char *note = r->scenario->notes; note && *note;) {
        const size_t n = strcspn(note, "\n");
        string_add(out, "  %.*s\n", (int)n, note);
        note += n + (note[n] == '\n');
    }
}

void report_notes(const report *r, string_buffer *out)
{
    string_buffer warnings = {0};
    if (*r->remark)
        string_add(out, "  %s\n", r->remark);
    report_steady(r, out);
    put_notes(r, out);
    report_warnings(r, &warnings);
    if (warnings.at)
        grid_notes(warnings.at, GRID_PLAIN, out);
    string_free(&warnings);
}

const char *report_direction(const poise_metric *m)
{
    return m->better > 0 ? "more is better" : m->better < 0 ? "less is better" : "neutral";
}

void report_text(const report *r, string_buffer *out)
{
    const poise_metric *m = report_metric(r);
    string_add(out, "%s: %s (%s)\n\n", m->name, m->about, report_direction(m));
    put_table(r, out);
    string_add(out, "\n");
    report_notes(r, out);
}

void report_markdown(const report *r, string_buffer *out)
{
    const report_line header = report_header(r);
    const bool leads = report_leads(r);
    string_add(out, "**%s**: %s (%s)\n\n|", report_metric(r)->name, report_metric(r)->about,
               report_direction(report_metric(r)));
    for (int c = 0; c < N_REPORT_COLUMNS; c++)
        if (report_shows(r, c)) {
            string_add(out, " ");
            grid_markdown_text(header.cell[c], out);
            string_add(out, " |");
        }
    string_add(out, "\n|");
    for (int c = 0; c < N_REPORT_COLUMNS; c++)
        if (report_shows(r, c))
            string_add(out, c == REPORT_AGENT ? "---|" : "--:|");
    string_add(out, "\n");
    for (int i = 0; i < r->n_rows; i++) {
        const report_line l = report_line_of(r, &r->row[i]);
        string_add(out, "|");
        for (int c = 0; c < N_REPORT_COLUMNS; c++) {
            if (!report_shows(r, c))
                continue;
            const bool bold = leads && i == 0 && (c == REPORT_AGENT || c == REPORT_MEAN);
            string_add(out, bold ? " **" : " ");
            grid_markdown_text(l.cell[c], out);
            string_add(out, bold ? "** |" : " |");
        }
        string_add(out, "\n");
    }
    string_buffer notes = {0};
    if (leads)
        string_add(&notes, "bold: told apart from all others (p < 0.05 after Holm)\n");
    report_notes(r, &notes);
    string_add(out, "\n");
    grid_notes(notes.at ? notes.at : "", GRID_MARKDOWN, out);
    string_free(&notes);
}

/* ---- for programs ------------------------------------------------------------------------- */

/* A field of CSV: quoted where it must be. */
void report_field(string_buffer *out, const char *text, bool first)
{
    if (!first)
        string_add(out, ",");
    escape_csv(out, text);
}

static void whole(string_buffer *out, int64_t value, bool known)
{
    string_add(out, known ? ",%" PRId64 : ",", value);
}

static void csv_tests(const report_row *row, bool compared, string_buffer *out)
{
    const report_tests *t = &row->tests;
    const bool counted = compared && t->tally.wins + t->tally.ties + t->tally.losses > 0;
    whole(out, t->tally.wins, counted);
    whole(out, t->tally.ties, counted);
    whole(out, t->tally.losses, counted);
    const double more[] = {t->gain, t->p_wilcoxon, t->d_z, t->a12, row->tests.visible};
    for (int k = 0; k < 5; k++)
        escape_csv_real(out, compared ? more[k] : NAN);
}

/* All warnings of the table as one text. */
static char *join_warnings(const report *r)
{
    string_buffer all = {0};
    report_warnings(r, &all);
    while (all.length && all.at[all.length - 1] == '\n')
        all.at[--all.length] = 0;
    for (char *c = all.at; c && *c; c++)
        *c = *c == '\n' ? ';' : *c;
    return all.at;
}

void report_csv(const report *r, bool head, bool cost, string_buffer *out)
{
    if (head)
        string_add(out,
                   "scenario,scenario_hash,offered_load,agent,description,train_decisions,"
                   "train_seed,metric,unit,rank,tied,seeds,failed,mean,sd,low,high,baseline,"
                   "difference,difference_low,difference_high,p,p_holm,p_sign_flip,dropped,"
                   "unfinished,bound,bound_by,gap,gap_low,gap_high,uses_model,wins,ties,"
                   "losses,pairing_gain,p_wilcoxon,d_z,a12,visible_difference,warnings,bound_is_"
                   "optimum%s\n",
                   cost ? ",train_s,decide_p50_s,decide_p99_s,run_s" : "");
    char *warnings = join_warnings(r);
    const bool optimum = report_is_optimum(r);
    for (int i = 0; i < r->n_rows; i++) {
        const report_row *row = &r->row[i];
        const bool compared = r->baseline >= 0 && i != r->baseline;
        const stats_pair *v = &row->versus;
        report_field(out, r->scenario->name, true);
        string_add(out, ",%016" PRIx64, r->scenario->hash);
        escape_csv_real(out, r->scenario->offered_load);
        report_field(out, row->agent, false);
        report_field(out, row->description, false);
        whole(out, row->policy ? row->policy->decisions : 0, row->policy);
        whole(out, row->policy ? row->policy->train_seed : 0, row->policy);
        report_field(out, report_metric(r)->name, false);
        report_field(out, report_metric(r)->unit, false);
        string_add(out, ",%d,%d,%d,%d", row->rank, row->tied, row->n_cells, row->n_failed);
        escape_csv_real(out, row->mean.mean);
        escape_csv_real(out, row->mean.sd);
        escape_csv_real(out, row->mean.low);
        escape_csv_real(out, row->mean.high);
        report_field(out, r->baseline < 0 ? "" : r->row[r->baseline].agent, false);
        const double numbers[] = {v->diff.mean, v->diff.low, v->diff.high,
                                  v->p,         row->p_holm, v->p_flip};
        for (int k = 0; k < 6; k++)
            escape_csv_real(out, compared ? numbers[k] : NAN);
        escape_csv_real(out, row->dropped);
        escape_csv_real(out, row->unfinished);
        char by[256];
        bound_names(r, r->metric, by, sizeof by);
        escape_csv_real(out, row->bound);
        report_field(out, by, false);
        const double gap[] = {row->gap.mean, row->gap.low, row->gap.high};
        for (int k = 0; k < 3; k++)
            escape_csv_real(out, gap[k]);
        string_add(out, ",%d", *poise_agent_mark(row->description) != 0);
        csv_tests(row, compared, out);
        report_field(out, warnings ? warnings : "", false);
        whole(out, optimum, !isnan(row->bound));
        const double times[] = {report_train_s(row), row->p50_s, row->p99_s, row->run_s};
        for (int k = 0; cost && k < 4; k++)
            escape_csv_real(out, times[k]);
        string_add(out, "\n");
    }
    free(warnings);
}

static json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_versus(const report *r, const report_row *row)
{
    const stats_pair *v = &row->versus;
    const report_tests *t = &row->tests;
    json_t *o =
        json_pack("{so so so so so so so}", "baseline", json_text(r->row[r->baseline].agent),
                  "difference", json_number(v->diff.mean), "low", json_number(v->diff.low), "high",
                  json_number(v->diff.high), "p", json_number(v->p), "p_holm",
                  json_number(row->p_holm), "p_sign_flip", json_number(v->p_flip));
    if (t->tally.wins + t->tally.ties + t->tally.losses > 0) {
        json_object_set_new(o, "wins", json_integer(t->tally.wins));
        json_object_set_new(o, "ties", json_integer(t->tally.ties));
        json_object_set_new(o, "losses", json_integer(t->tally.losses));
    }
    json_object_set_new(o, "pairing_gain", json_number(t->gain));
    json_object_set_new(o, "p_wilcoxon", json_number(t->p_wilcoxon));
    json_object_set_new(o, "d_z", json_number(t->d_z));
    json_object_set_new(o, "a12", json_number(t->a12));
    json_object_set_new(o, "visible_difference", json_number(row->tests.visible));
    return o;
}

static json_t *json_row(const report *r, const report_row *row)
{
    const poise_metric *m = report_metric(r);
    const bool compared = r->baseline >= 0 && row != &r->row[r->baseline];
    json_t *o = json_pack(
        "{ss so so so ss ss si sb si si so so so so}", "scenario", r->scenario->name,
        "offered_load", json_number(r->scenario->offered_load), "agent", json_text(row->agent),
        "description", json_text(row->description), "metric", m->name, "unit", m->unit, "rank",
        row->rank, "tied", (int)row->tied, "seeds", row->n_cells, "failed", row->n_failed, "mean",
        json_number(row->mean.mean), "sd", json_number(row->mean.sd), "low",
        json_number(row->mean.low), "high", json_number(row->mean.high));
    json_object_set_new(o, "dropped", json_number(row->dropped));
    json_object_set_new(o, "unfinished", json_number(row->unfinished));
    json_object_set_new(o, "uses_model", json_boolean(*poise_agent_mark(row->description)));
    if (!isnan(row->bound)) {
        json_object_set_new(o, "bound", json_number(row->bound));
        json_object_set_new(o, "gap", json_number(row->gap.mean));
        json_object_set_new(o, "bound_is_optimum", json_boolean(report_is_optimum(r)));
    }
    if (row->policy) {
        json_object_set_new(o, "train_decisions", json_integer(row->policy->decisions));
        json_object_set_new(o, "train_seed", json_integer(row->policy->train_seed));
    }
    if (compared)
        json_object_set_new(o, "versus", json_versus(r, row));
    return o;
}

static json_t *json_cost(const report_row *row)
{
    return json_pack("{so so so so}", "train_s", json_number(report_train_s(row)), "decide_p50_s",
                     json_number(row->p50_s), "decide_p99_s", json_number(row->p99_s), "run_s",
                     json_number(row->run_s));
}

static json_t *json_warnings(const report *r)
{
    json_t *all = json_array();
    string_buffer lines = {0};
    report_warnings(r, &lines);
    for (char *at = lines.at, *line; (line = strsep(&at, "\n"));)
        if (*line)
            json_array_append_new(all, json_text(line));
    string_free(&lines);
    return all;
}

void report_json(const report *r, bool first, bool cost, string_buffer *out)
{
    json_t *warnings = json_warnings(r);
    for (int i = 0; i < r->n_rows; i++) {
        json_t *o = json_row(r, &r->row[i]);
        json_object_set(o, "warnings", warnings);
        if (cost)
            json_object_set_new(o, "cost", json_cost(&r->row[i]));
        char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
        string_add(out, "%s%s", first && i == 0 ? "" : ",\n", text ? text : "null");
        free(text);
        json_decref(o);
    }
    json_decref(warnings);
}

/* ---- sweeps ------------------------------------------------------------------------------- */

static const report_row *row_called(const report *r, const char *label)
{
    for (int i = 0; i < r->n_rows; i++)
        if (strcmp(r->row[i].label, label) == 0)
            return &r->row[i];
    return NULL;
}

/* What a point of the sweep is called: its values. */
static void point_name(const report *r, char *text, size_t size)
{
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < r->scenario->n_sweeps && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "/" : "",
                               r->scenario->sweep[i].value);
}

static void sweep_cell(const report *r, const char *label, char *text, size_t size)
{
    const report_row *row = row_called(r, label);
    char mean[40], half[40];
    snprintf(text, size, "-");
    if (!row)
        return;
    const int decimals = report_decimals(r);
    report_number(mean, row->mean.mean, decimals, false);
    report_number(half, row->mean.high - row->mean.mean, decimals, false);
    snprintf(text, size, row->mean.n > 1 ? "%s ± %s" : "%s", mean, half);
}

/* Offered load of a point, with a mark where no policy is stable. */
static void load_cell(const report *r, char *text, size_t size)
{
    const double load = r->scenario->offered_load;
    snprintf(text, size, isnan(load) ? "-" : load >= 1 ? "%.3g (!)" : "%.3g", load);
}

/* What a line of a sweep's table shows. */
typedef enum sweep_line { POINTS, MEANS, LOST, LOADS } sweep_line;

/* Tasks that were dropped or left unfinished, which means of the others hide. */
static void lost_cell(const report *r, const char *label, char *text, size_t size)
{
    char count[40] = "-";
    const report_row *row = row_called(r, label);
    if (row)
        count_text(count, row->dropped + row->unfinished);
    snprintf(text, size, "%s", count);
}

static void put_sweep_line(const report *reports, int n, sweep_line kind, const char *label,
                           const int *width, string_buffer *out)
{
    string_add(out, "  ");
    report_left(out, width[0], label);
    for (int i = 0; i < n; i++) {
        char text[96];
        switch (kind) {
        case POINTS: point_name(&reports[i], text, sizeof text); break;
        case MEANS: sweep_cell(&reports[i], label, text, sizeof text); break;
        case LOST: lost_cell(&reports[i], label, text, sizeof text); break;
        case LOADS: load_cell(&reports[i], text, sizeof text); break;
        }
        report_right(out, width[1], text);
    }
    string_add(out, "\n");
}

static bool loses_tasks(const report *reports, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < reports[i].n_rows; k++)
            if (reports[i].row[k].dropped + reports[i].row[k].unfinished > 0)
                return true;
    return false;
}

static void put_sweep_block(const report *reports, int n, const int *width, string_buffer *out)
{
    put_sweep_line(reports, n, POINTS, "agent", width, out);
    for (int i = 0; i < reports[0].n_rows; i++)
        put_sweep_line(reports, n, MEANS, reports[0].row[i].label, width, out);
    put_sweep_line(reports, n, LOADS, "(offered load)", width, out);
    if (!loses_tasks(reports, n))
        return;
    string_add(out, "\n");
    put_sweep_line(reports, n, POINTS, "dropped or unfinished", width, out);
    for (int i = 0; i < reports[0].n_rows; i++)
        put_sweep_line(reports, n, LOST, reports[0].row[i].label, width, out);
}

/* The widest label and cell of the sweep. */
static void sweep_widths(const report *reports, int n, int width[2])
{
    width[0] = loses_tasks(reports, n) ? 21 : 14;
    width[1] = 8;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < reports[i].n_rows; k++) {
            const char *label = reports[i].row[k].label;
            char text[96];
            sweep_cell(&reports[i], label, text, sizeof text);
            width[0] = report_width(label) > width[0] ? report_width(label) : width[0];
            width[1] = report_width(text) > width[1] ? report_width(text) : width[1];
        }
    width[1] += 2;
}

/* The warnings of a point, once where neighbours have the same. */
static void put_sweep_warnings(const report *reports, int n, string_buffer *out)
{
    string_buffer last = {0};
    for (int i = 0; i < n; i++) {
        string_buffer now = {0};
        report_warnings(&reports[i], &now);
        if (now.at && (!last.at || strcmp(now.at, last.at) != 0)) {
            char point[96];
            point_name(&reports[i], point, sizeof point);
            string_add(out, "  at %s:\n", point);
            grid_notes(now.at, GRID_PLAIN, out);
        }
        string_free(&last);
        last = now;
    }
    string_free(&last);
}

void report_sweep(const report *reports, int n, string_buffer *out)
{
    const poise_metric *m = report_metric(&reports[0]);
    int width[2];
    sweep_widths(reports, n, width);
    const int fitting = (LINE_WIDTH - width[0] - 2) / width[1];
    const int n_blocks = fitting > 0 ? (n + fitting - 1) / fitting : n;
    const int per_block = (n + n_blocks - 1) / n_blocks;
    string_add(out, "%s%s%s%s: mean ± 95%% interval (%s), for", m->name, *m->unit ? " [" : "",
               m->unit, *m->unit ? "]" : "", report_direction(m));
    for (int i = 0; i < reports[0].scenario->n_sweeps; i++)
        string_add(out, " %s", reports[0].scenario->sweep[i].path);
    string_add(out, "\n");
    for (int at = 0; at < n; at += per_block) {
        string_add(out, "\n");
        put_sweep_block(reports + at, n - at < per_block ? n - at : per_block, width, out);
    }
    string_add(out,
               "\n  rows in order of rank at the first value; `poise report` compares at each\n");
    put_sweep_warnings(reports, n, out);
}

/* ---- cells -------------------------------------------------------------------------------- */

void report_cells(const results *r, const report_filter *filter, string_buffer *out)
{
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    string_add(out, "cell,scenario,scenario_hash,agent,description,policy,seed,status,trajectory,"
                    "world");
    for (int k = 0; k < n; k++)
        string_add(out, ",%s", rows[k].name);
    string_add(out, ",error\n");
    for (int i = 0; i < r->n_cells; i++) {
        const result_cell *c = &r->cell[i];
        if (filter && !filter->wants(filter->data, c->id))
            continue;
        report_field(out, c->id.text, true);
        report_field(out, r->scenario[c->scenario].name, false);
        string_add(out, ",%016" PRIx64, r->scenario[c->scenario].hash);
        report_field(out, c->agent, false);
        report_field(out, c->description, false);
        report_field(out, c->policy < 0 ? "" : r->policy[c->policy].id.text, false);
        string_add(out, ",%" PRId64 ",%s,%016" PRIx64 ",%016" PRIx64, c->seed,
                   c->ok ? "ok" : "failed", c->trajectory_hash, c->world_hash);
        for (int k = 0; k < n; k++)
            escape_csv_real(out, c->value[k]);
        report_field(out, c->error, false);
        string_add(out, "\n");
    }
}
