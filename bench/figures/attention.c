/* attention.c - who got how much at one decision: a map of tasks and of the ways to run them, dark
 * where there was most attention, with what was chosen in a frame. Where attention divides devices:
 * each task's part of all attention, and the part of a device that it then got. */
#include "plot_kind.h"

#include "error.h"
#include "moment.h"
#include "scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANELS_MAX 3
#define ROWS_MAX 14
#define COLUMNS_MAX 10

/* ---- runs --------------------------------------------------------------------------------- */

/* The first agent's decision is the one with most to choose from, unless --from says when; that of
 * the others the first at the same time or later. */
static bool look(plot_input *in, const plot_rows *rows, int64_t seed, moment_search *found,
                 poise_error *err)
{
    double from_s = in->from_s;
    for (int i = 0; i < rows->n; i++) {
        moment_listen(&found[i], in->env, from_s, ROWS_MAX);
        const bool good = plot_rerun(in, plot_cell(rows->at[i], seed), NULL, err);
        env_listen(in->env, NULL);
        if (!good)
            return false;
        if (isnan(from_s))
            from_s = found[i].kept.now_s;
    }
    return true;
}

/* ---- the map ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The rank of x among n sorted values, from 0 to 1; equals have equal ranks. */
static double rank_of(double x, const double *sorted, int n)
{
    int below = 0, different = 0;
    for (int i = 0; i < n; i++) {
        const bool is_new = i == 0 || sorted[i] != sorted[i - 1];
        different += is_new;
        below += is_new && sorted[i] < x;
    }
    return different > 1 ? (double)below / (different - 1) : 0.5;
}

/* The most attention of a row. */
static double most_of(const moment *m, int row)
{
    double most = -INFINITY;
    for (int k = 0; k < m->n_columns; k++)
        if (m->row[row].attention[k] > most)
            most = m->row[row].attention[k];
    return most;
}

/* Whether a row is among those shown: the chosen one, and those with most attention. */
static bool is_shown(const moment *m, int row)
{
    int before = 0;
    if (row == m->chosen_row)
        return true;
    for (int i = 0; i < m->n_rows; i++) {
        const double other = most_of(m, i), own = most_of(m, row);
        before += i == m->chosen_row || other > own || (other == own && i < row);
    }
    return before < ROWS_MAX;
}

/* 0 (pale) to 1 (dark blue), one hue, so that it is read in grey. */
static double colour_of(double shade)
{
    static const int pale[3] = {0xee, 0xf3, 0xf8}, dark[3] = {0x0b, 0x3c, 0x6e};
    double rgb = 0;
    for (int i = 0; i < 3; i++)
        rgb = rgb * 256 + round(pale[i] + (dark[i] - pale[i]) * fmin(fmax(shade, 0), 1));
    return rgb;
}

typedef struct map {
    string_buffer *cells;  // column row colour value ink
    int n_columns, n_rows;
} map;

static void cell(map *to, int column, int row, double shade, double value)
{
    table_row(to->cells, 5,
              (double[]){column, row, colour_of(shade), value, shade > .5 ? 0xffffff : 0x000000});
}

static void write_dispatch_row(const moment *m, int row, const double *sorted, int n, map *to)
{
    for (int k = 0; k < m->n_columns && k < COLUMNS_MAX; k++) {
        const double x = m->row[row].attention[k];
        if (!isnan(x))
            cell(to, k + 1, to->n_rows, rank_of(x, sorted, n), x);
    }
}

/* Percent of all attention, and of a device. */
static void write_share_row(const moment *m, int row, bool weighs, map *to)
{
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < m->n_rows; i++)
        most = fmax(most, most_of(m, i));
    for (int i = 0; i < m->n_rows; i++)
        sum += weighs ? most_of(m, i) : exp(most_of(m, i) - most);
    const double own = weighs ? most_of(m, row) : exp(most_of(m, row) - most);
    const double part = sum > 0 ? own / sum : 0, held = m->row[row].held;
    cell(to, 1, to->n_rows, part, 100 * part);
    if (!isnan(held))
        cell(to, 2, to->n_rows, held, 100 * held);
}

static map write_map(const plot_input *in, const moment *m, int panel, figure *f)
{
    const poise_space *space = poise_scenario_space(in->loaded);
    double sorted[MOMENT_ROWS * MOMENT_COLUMNS];
    int n = 0;
    map to = {.cells = figure_table(f, "cell", panel)};
    figure_columns(f, "column row colour value ink");
    /* Beyond the frame, one of each ink: gnuplot complains of nothing. */
    table_row(to.cells, 5, (double[]){-9, -9, 0, 0, 0});
    table_row(to.cells, 5, (double[]){-9, -9, 0, 0, 0xffffff});
    for (int i = 0; i < m->n_rows; i++)
        for (int k = 0; k < m->n_columns; k++)
            if (!isnan(m->row[i].attention[k]))
                sorted[n++] = m->row[i].attention[k];
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    string_buffer *chosen = figure_table(f, "chosen", panel);
    figure_columns(f, "column row");
    table_row(chosen, 2, (double[]){-9, -9});
    for (int i = 0; i < m->n_rows; i++) {
        if (!is_shown(m, i))
            continue;
        to.n_rows++;
        if (space->shares)
            write_share_row(m, i, space->weighs, &to);
        else
            write_dispatch_row(m, i, sorted, n, &to);
        if (i == m->chosen_row && m->chosen_column >= 0 && m->chosen_column < COLUMNS_MAX)
            table_row(chosen, 2, (double[]){m->chosen_column + 1, to.n_rows});
    }
    to.n_columns = space->shares ? 2 : m->n_columns < COLUMNS_MAX ? m->n_columns : COLUMNS_MAX;
    return to;
}

/* ---- names -------------------------------------------------------------------------------- */

static void name_rows(const plot_input *in, const moment *m, int panel, figure *f)
{
    const poise_space *space = poise_scenario_space(in->loaded);
    char text[ROWS_MAX + 1][64], name[16];
    const char *label[ROWS_MAX + 1];
    int n = 0;
    for (int i = 0; i < m->n_rows && n <= ROWS_MAX; i++) {
        const moment_row *row = &m->row[i];
        if (!is_shown(m, i))
            continue;
        if (row->task < 0)
            snprintf(text[n], sizeof text[n], "(no task)");
        else
            snprintf(text[n], sizeof text[n], "%.22s %" PRId64 "%s",
                     space->class_name[row->class_id], row->task,
                     row->runs && !space->shares ? "*" : "");
        label[n] = text[n];
        n++;
    }
    snprintf(name, sizeof name, "row_%d", panel);
    figure_texts(f, name, label, n);
}

static void name_columns(const plot_input *in, const moment *m, int panel, figure *f)
{
    static const char *const acts[] = {
        [POISE_SUSPEND] = "suspend", [POISE_REJECT] = "reject", [POISE_DEFER] = "defer",
        [POISE_HOLD] = "wait",       [POISE_SLEEP] = "sleep",   [POISE_WAKE] = "wake"};
    const poise_space *space = poise_scenario_space(in->loaded);
    char text[COLUMNS_MAX][64], name[32];
    const char *label[COLUMNS_MAX] = {"attention (%)", "device (%)"};
    int n = space->shares ? 2 : 0;
    for (int k = 0; !space->shares && k < m->n_columns && n < COLUMNS_MAX; k++) {
        const moment_column *c = &m->column[k];
        const char *profile = "";
        for (int i = 0; c->group >= 0 && i < space->n_classes && !*profile; i++)
            profile = poise_profile_of(space, i, c->group, c->profile)->name;
        if (c->group < 0)
            snprintf(text[n], sizeof text[n], "%s", acts[c->act]);
        else
            snprintf(text[n], sizeof text[n], "%.20s%s%.12s", space->group_name[c->group],
                     *profile ? " " : "", profile);
        label[n] = text[n];
        n++;
    }
    snprintf(name, sizeof name, "column_%d", panel);
    figure_texts(f, name, label, n);
}

static void name_panels(const plot_rows *rows, const moment_search *found, figure *f)
{
    char text[PANELS_MAX][192], label[128];
    const char *agent[PANELS_MAX];
    for (int i = 0; i < rows->n; i++) {
        const moment *m = &found[i].kept;
        const plot_unit unit = plot_time_unit(m->now_s);
        plot_short(rows->at[i]->label, label, sizeof label);
        snprintf(text[i], sizeof text[i], "%s, decision %" PRId64 " at %.4g %s", label, m->number,
                 m->now_s / unit.per, unit.unit);
        agent[i] = text[i];
    }
    figure_number(f, "panels", rows->n);
    figure_texts(f, "agent", agent, rows->n);
}

/* ---- the figure --------------------------------------------------------------------------- */

static plot_outcome draw(plot_input *in, const plot_rows *rows, int64_t seed, moment_search *found,
                         figure *f, poise_error *err)
{
    if (!plot_open(in, err) || !look(in, rows, seed, found, err))
        return PLOT_FAILED;
    const bool shares = poise_scenario_space(in->loaded)->shares;
    double n_rows[PANELS_MAX], n_columns[PANELS_MAX];
    for (int i = 0; i < rows->n; i++) {
        if (found[i].kept.number == 0) {
            error_null(err, "%s decides nothing by attention%s", rows->at[i]->label,
                       isnan(in->from_s) ? "" : " after --from");
            return PLOT_NO_DATA;
        }
        const map drawn = write_map(in, &found[i].kept, i + 1, f);
        n_rows[i] = drawn.n_rows;
        n_columns[i] = drawn.n_columns;
        name_rows(in, &found[i].kept, i + 1, f);
        name_columns(in, &found[i].kept, i + 1, f);
    }
    name_panels(rows, found, f);
    figure_numbers(f, "n_rows", n_rows, rows->n);
    figure_numbers(f, "n_columns", n_columns, rows->n);
    figure_number(f, "n", 1);
    figure_texts(f, "label", (const char *[]){""}, 1);
    figure_number(f, "shares", shares);
    plot_note(in, f, NULL,
              shares ? "seed %" PRId64 ", parts in percent"
                     : "seed %" PRId64 ", dark: most attention",
              seed);
    return PLOT_READY;
}

static plot_outcome fill(plot_input *in, figure *f, poise_error *err)
{
    const plot_rows rows = plot_choose_few(in, 2, PANELS_MAX);
    const int64_t seed = plot_seed(in, &rows);
    if (seed < 0) {
        error_null(err, "there is no such seed from which all agents have a finished run");
        return PLOT_NO_DATA;
    }
    moment_search *found = calloc(PANELS_MAX, sizeof *found);
    if (!found) {
        error_null(err, "out of memory");
        return PLOT_FAILED;
    }
    in->attends = true;
    const plot_outcome outcome = draw(in, &rows, seed, found, f, err);
    in->attends = false;
    free(found);
    return outcome;
}

const plot_kind plot_attention = {
    .name = "attention",
    .about = "who got how much attention at one decision, and what was chosen",
    .fill = fill,
};
