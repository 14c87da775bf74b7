/* report_pareto.c - agents by several metrics at once: who is beaten in all of them, how sure that
 * is, and how much of the space of results they cover together. */
#include "report_inside.h"

#include "error.h"
#include "escape.h"
#include "json_text.h"
#include "stats_front.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The agents that have a value in every metric, and what stats_front.h says of them. */
typedef struct front {
    const report *r;
    const report_objectives *by;
    int n, k, n_left_out;
    const report_row **row;  // (n) in the order of the ranking
    double *value;           // (n, k)
    double *low, *high;      // the same; the value itself where there is no interval
    stats_place *place;      // (n)
    double *adds;            // (n) part of the volume that is lost without the agent
    int better[REPORT_OBJECTIVES];
    double reference[REPORT_OBJECTIVES];
    double volume, box;  // hypervolume; from the reference to the best of each metric
} front;

static const poise_metric *metric_at(const front *f, int j)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    return &rows[f->by->metric[j]];
}

/* ---- what it is --------------------------------------------------------------------------- */

static void gather(front *f)
{
    for (int i = 0; i < f->r->n_rows; i++) {
        const report_row *row = &f->r->row[i];
        bool whole = row->n_failed == 0;
        for (int j = 0; j < f->k; j++) {
            const stats_mean m = report_mean(row, f->by->metric[j]);
            const int at = f->n * f->k + j;
            f->value[at] = m.mean;
            f->low[at] = isnan(m.low) ? m.mean : m.low;
            f->high[at] = isnan(m.high) ? m.mean : m.high;
            whole &= !isnan(m.mean);
        }
        if (whole)
            f->row[f->n++] = row;
    }
    f->n_left_out = f->r->n_rows - f->n;
}

/* The worst of the means, unless one is given: those that are worst add nothing. */
static void find_reference(front *f)
{
    f->box = 1;
    for (int j = 0; j < f->k; j++) {
        double worst = f->value[j], best = f->value[j];
        for (int i = 1; i < f->n; i++) {
            const double x = f->value[i * f->k + j];
            worst = f->better[j] * (x - worst) < 0 ? x : worst;
            best = f->better[j] * (x - best) > 0 ? x : best;
        }
        f->reference[j] = f->by->reference ? f->by->reference[j] : worst;
        f->box *= fmax(0, f->better[j] * (best - f->reference[j]));
    }
}

static double volume_without(const front *f, int out)
{
    const size_t k = (size_t)f->k, n = (size_t)f->n;
    double *rest = error_must(malloc((n * k + 1) * sizeof *rest));
    int n_rest = 0;
    for (int i = 0; i < f->n; i++)
        if (i != out)
            memcpy(rest + (size_t)n_rest++ * k, f->value + (size_t)i * k, k * sizeof *rest);
    const double volume = stats_hypervolume(rest, n_rest, f->k, f->better, f->reference);
    free(rest);
    return volume;
}

static void front_free(front *f)
{
    free(f->row);
    free(f->value);
    free(f->place);
}

static front front_of(const report *r, const report_objectives *by)
{
    front f = {.r = r, .by = by, .k = by->n};
    const size_t n = (size_t)r->n_rows + 1, k = (size_t)by->n;
    f.row = error_must(calloc(n, sizeof *f.row));
    f.value = error_must(calloc(n * (3 * k + 1), sizeof *f.value));
    f.place = error_must(calloc(n, sizeof *f.place));
    f.low = f.value + n * k;
    f.high = f.low + n * k;
    f.adds = f.high + n * k;
    for (int j = 0; j < f.k; j++)
        f.better[j] = metric_at(&f, j)->better;
    gather(&f);
    if (f.n == 0)
        return f;
    find_reference(&f);
    stats_front(f.value, f.low, f.high, f.n, f.k, f.better, f.place);
    f.volume = stats_hypervolume(f.value, f.n, f.k, f.better, f.reference);
    for (int i = 0; i < f.n; i++)
        f.adds[i] = f.volume > 0 ? fmax(0, 1 - volume_without(&f, i) / f.volume) : 0;
    return f;
}

/* ---- for people --------------------------------------------------------------------------- */

static const char *place_word(const stats_place *p)
{
    if (p->front)
        return p->possibly ? "yes?" : "yes";
    return p->certainly ? "no" : "no?";
}

static int decimals_of(const front *f, int j)
{
    double narrow = INFINITY, least = INFINITY;
    for (int i = 0; i < f->n; i++) {
        const double x = fabs(f->value[i * f->k + j]),
                     half = f->high[i * f->k + j] - f->value[i * f->k + j];
        narrow = half > 1e-12 * x && half < narrow ? half : narrow;
        least = x > 0 && x < least ? x : least;
    }
    const double size = isinf(narrow) ? least : narrow;
    if (isinf(size))
        return 0;
    const int n = (isinf(narrow) ? 3 : 1) - (int)floor(log10(size));
    return n < 0 ? 0 : n > 9 ? 9 : n;
}

static void put_row(const front *f, int i, const int *decimals, grid *g)
{
    grid_put(g, NAN, "%s", f->row[i]->label)->bold = f->place[i].front && !f->place[i].possibly;
    for (int j = 0; j < f->k; j++) {
        const double x = f->value[i * f->k + j];
        char text[40];
        report_number(text, x, decimals[j], false);
        grid_put(g, x, "%s", text);
        const double half = f->high[i * f->k + j] - x;
        report_number(text, f->row[i]->n_cells > 1 ? half : NAN, decimals[j], false);
        grid_put(g, half, "%s", text);
    }
    grid_put(g, i, "%s", place_word(&f->place[i]));
    grid_put(g, f->adds[i], "%.1f%%", 100 * f->adds[i]);
}

/* "5.3 s, 1200 J" */
static void reference_text(const front *f, char *text, size_t size)
{
    size_t at = 0;
    text[0] = 0;
    for (int j = 0; j < f->k && at < size; j++) {
        const char *unit = metric_at(f, j)->unit;
        at += (size_t)snprintf(text + at, size - at, "%s%.6g%s%s", j ? ", " : "", f->reference[j],
                               *unit ? " " : "", unit);
    }
}

static void put_notes(const front *f, string_buffer *notes)
{
    char reference[200];
    reference_text(f, reference, sizeof reference);
    string_add(notes, "front: yes: no agent beats it anywhere in the intervals; yes?: none does by "
                      "the means\n");
    string_add(notes, "  no: some agent beats it wherever in their intervals both are; no?: by the "
                      "means only\n");
    string_add(notes, "± is of 95%% for each metric by itself (Student's t over the seeds)\n");
    string_add(notes,
               "hypervolume %.6g, %.1f%% of the box from the reference to the best of each\n",
               f->volume, f->box > 0 ? 100 * f->volume / f->box : 0);
    string_add(notes, "reference: %s%s\n", reference,
               f->by->reference ? "" : ", the worst mean of each");
    string_add(notes, "adds: what of the hypervolume is lost without the agent\n");
    if (f->n_left_out)
        string_add(notes, "left out: %d %s failed runs or no value in some metric\n", f->n_left_out,
                   f->n_left_out == 1 ? "agent that has" : "agents that have");
    report_warnings(f->r, notes);
}

static void put_title(const front *f, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "front of ");
    for (int j = 0; j < f->k && at < size; j++)
        at += (size_t)snprintf(text + at, size - at, "%s%s",
                               j == 0          ? ""
                               : j + 1 == f->k ? " and "
                                               : ", ",
                               metric_at(f, j)->name);
}

void report_pareto(const report *r, const report_objectives *by, grid_style style,
                   string_buffer *out)
{
    char title[512], label[256], ranking[200];
    int decimals[REPORT_OBJECTIVES];
    front f = front_of(r, by);
    grid g = {0};
    string_buffer notes = {0};
    /* Names of three metrics are wider than a page of text. */
    const bool by_letter = style == GRID_PLAIN && f.k > 2;
    grid_head(&g, "<agent");
    for (int j = 0; j < f.k; j++) {
        const poise_metric *m = metric_at(&f, j);
        const char letter[] = {(char)('A' + j), 0};
        grid_head(&g, *m->unit ? "%s [%s]" : "%s%s", by_letter ? letter : m->name, m->unit);
        grid_head(&g, "± 95%%");
        decimals[j] = decimals_of(&f, j);
        string_add(&notes, "%s%s%s: %s\n", by_letter ? letter : "", by_letter ? ": " : "", m->name,
                   report_direction(m));
    }
    grid_head(&g, "front");
    grid_head(&g, "adds");
    for (int i = 0; i < f.n; i++)
        put_row(&f, i, decimals, &g);
    put_title(&f, title, sizeof title);
    report_label(r, ranking, sizeof ranking);
    snprintf(label, sizeof label, "%s-front", ranking);
    put_notes(&f, &notes);
    const grid_words words = {title, label, notes.at};
    grid_write(&g, &words, style, out);
    string_free(&notes);
    grid_free(&g);
    front_free(&f);
}

/* ---- for programs ------------------------------------------------------------------------- */

void report_pareto_csv(const report *r, const report_objectives *by, bool head, string_buffer *out)
{
    front f = front_of(r, by);
    if (head) {
        string_add(out, "scenario,scenario_hash,agent,description,seeds,front,certainly_beaten,"
                        "possibly_beaten,adds,hypervolume");
        for (int j = 0; j < f.k; j++) {
            const char *name = metric_at(&f, j)->name;
            string_add(out, ",%s,%s_low,%s_high,%s_reference", name, name, name, name);
        }
        string_add(out, "\n");
    }
    for (int i = 0; i < f.n; i++) {
        report_field(out, r->scenario->name, true);
        string_add(out, ",%016" PRIx64, r->scenario->hash);
        report_field(out, f.row[i]->agent, false);
        report_field(out, f.row[i]->description, false);
        const stats_place *p = &f.place[i];
        string_add(out, ",%d,%d,%d,%d", f.row[i]->n_cells, p->front, p->certainly, p->possibly);
        escape_csv_real(out, f.adds[i]);
        escape_csv_real(out, f.volume);
        for (int j = 0; j < f.k; j++) {
            const int at = i * f.k + j;
            const double numbers[] = {f.value[at], f.low[at], f.high[at], f.reference[j]};
            for (int c = 0; c < 4; c++)
                escape_csv_real(out, numbers[c]);
        }
        string_add(out, "\n");
    }
    front_free(&f);
}

static json_t *json_objective(const front *f, int i, int j)
{
    const int at = i * f->k + j;
    return json_pack("{sf sf sf sf}", "mean", f->value[at], "low", f->low[at], "high", f->high[at],
                     "reference", f->reference[j]);
}

void report_pareto_json(const report *r, const report_objectives *by, bool first,
                        string_buffer *out)
{
    front f = front_of(r, by);
    for (int i = 0; i < f.n; i++) {
        const stats_place *p = &f.place[i];
        json_t *o = json_pack(
            "{ss so so si sb sb sb sf sf}", "scenario", r->scenario->name, "agent",
            json_text(f.row[i]->agent), "description", json_text(f.row[i]->description), "seeds",
            f.row[i]->n_cells, "front", (int)p->front, "certainly_beaten", (int)p->certainly,
            "possibly_beaten", (int)p->possibly, "adds", f.adds[i], "hypervolume", f.volume);
        for (int j = 0; j < f.k; j++)
            json_object_set_new(o, metric_at(&f, j)->name, json_objective(&f, i, j));
        char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
        string_add(out, "%s%s", first && i == 0 ? "" : ",\n", text ? text : "null");
        free(text);
        json_decref(o);
    }
    front_free(&f);
}
