/* words_draw.c - a scenario as a drawing of a few lines: classes that arrive on the left, devices
 * on the right, and what lies between them. */
#include "words_inside.h"

#include "device.h"
#include "source.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ITEMS = 8, MOST_BOXES = 6, ITEM_MAX = 128, LEFT_MIN = 12 };

/* ---- times and rates ---------------------------------------------------------------------- */

void words_time(double s, char *text, size_t size)
{
    const struct {
        double below, unit;
        const char *name;
    } rows[] = {{1e-6, 1e-9, "ns"}, {1e-3, 1e-6, "us"},  {1, 1e-3, "ms"},       {120, 1, "s"},
                {7200, 60, "min"},  {172800, 3600, "h"}, {INFINITY, 86400, "d"}};
    int k = 0;
    while (s >= rows[k].below && !isinf(rows[k].below))
        k++;
    snprintf(text, size, s == 0 ? "0 s" : "%.4g %s", s / rows[k].unit, rows[k].name);
}

void words_rate(double per_s, char *text, size_t size)
{
    if (per_s >= .1)
        snprintf(text, size, "%.4g per second", per_s);
    else if (per_s * 60 >= 1)
        snprintf(text, size, "%.4g per minute", per_s * 60);
    else
        snprintf(text, size, "%.4g per hour", per_s * 3600);
}

/* ---- one side of the drawing -------------------------------------------------------------- */

typedef struct side {
    char item[MOST_ITEMS][ITEM_MAX];
    int n, n_all;
} side;

static char *next_item(side *x)
{
    static char beyond[ITEM_MAX];
    return x->n_all++ < MOST_ITEMS ? x->item[x->n++] : beyond;
}

/* The last line says how many there are besides. */
static void close_side(side *x)
{
    if (x->n_all > x->n)
        snprintf(x->item[x->n - 1], ITEM_MAX, "... and %d more", x->n_all - x->n + 1);
}

static side arrivals_of(const poise_scenario *s)
{
    side x = {0};
    for (int i = 0; i < s->n_sources; i++) {
        const scenario_source *source = &s->source[i];
        for (int m = 0; m < source->n_mix; m++) {
            const char *name = s->classes[source->mix_class[m]].name;
            if (source->n_mix == 1)
                snprintf(next_item(&x), ITEM_MAX, "%.40s", name);
            else
                snprintf(next_item(&x), ITEM_MAX, "%3.0f%% %.40s", 100 * source_part(source, m),
                         name);
        }
        if (source->n_mix == 0)
            snprintf(next_item(&x), ITEM_MAX, "%" PRId64 " jobs of a %s", source->n_jobs,
                     source->type->name);
    }
    close_side(&x);
    return x;
}

/* What a device does with its tasks, in a few words. */
static void law_text(const scenario_group *g, char *text, size_t size)
{
    const char *law = g->law->name;
    if (strcmp(law, "fifo") == 0)
        snprintf(text, size, "one task at a time%s",
                 g->params.queue != 0 ? ", a queue of its own" : "");
    else if (strcmp(law, "cores") == 0)
        snprintf(text, size, "%d %s", g->params.cores,
                 g->params.cores == 1  ? "core"
                 : g->params.parts > 1 ? "cores in parts"
                                       : "cores");
    else if (strcmp(law, "shared") == 0)
        snprintf(text, size, "all its tasks share it");
    else if (strcmp(law, "batching") == 0)
        snprintf(text, size, "tasks in batches");
    else
        snprintf(text, size, "law %s", law);
}

static void boxes_text(int count, char *text, size_t size)
{
    int n = 0;
    for (int k = 0; k < count && count <= MOST_BOXES; k++)
        n += snprintf(text + n, size - (size_t)n, "[ ]");
    if (count > MOST_BOXES)
        snprintf(text, size, "[ ][ ]..[ ] %d", count);
}

static side devices_of(const poise_scenario *s)
{
    side x = {0};
    for (int g = 0; g < s->n_groups; g++) {
        char boxes[40], law[48];
        boxes_text(s->group[g].count, boxes, sizeof boxes);
        law_text(&s->group[g], law, sizeof law);
        snprintf(next_item(&x), ITEM_MAX, "%s %.24s: %s", boxes, s->group[g].name, law);
    }
    close_side(&x);
    return x;
}

/* ---- the drawing -------------------------------------------------------------------------- */

/* Item of the side in a row, -1 without: items stand together in the middle. */
static int item_in(const side *x, int row, int n_rows)
{
    const int k = row - (n_rows - x->n) / 2;
    return k >= 0 && k < x->n ? k : -1;
}

/* The bend of a bracket around n items, at item k. */
static char bend(int k, int n)
{
    return k < 0 ? ' ' : n == 1 ? '-' : k == 0 ? '.' : k == n - 1 ? '\'' : '|';
}

static const char *middle_of(const poise_scenario *s)
{
    if (s->decision.mode == MODE_SHARE)
        return "-> attention divides -";
    return s->competition.rule != COMPETE_NOT ? "-> |||| waiting, agents -"
                                              : "-> |||| waiting, agent -";
}

void words_draw(string_buffer *out, const poise_scenario *s)
{
    const side left = arrivals_of(s), right = devices_of(s);
    const int n_rows = left.n > right.n ? left.n : right.n;
    const char *middle = middle_of(s);
    int width = LEFT_MIN;
    for (int k = 0; k < left.n; k++)
        width = (int)strlen(left.item[k]) > width ? (int)strlen(left.item[k]) : width;
    string_add(out, "\n");
    for (int row = 0; row < n_rows; row++) {
        const int a = item_in(&left, row, n_rows), b = item_in(&right, row, n_rows);
        const bool is_middle = row == (n_rows - 1) / 2;
        string_add(out, "  %-*s %c%c%-*s%c", width, a >= 0 ? left.item[a] : "", a >= 0 ? '-' : ' ',
                   bend(a, left.n), (int)strlen(middle), is_middle ? middle : "", bend(b, right.n));
        if (b >= 0)
            string_add(out, "-> %s", right.item[b]);
        while (out->at[out->length - 1] == ' ')
            out->at[--out->length] = 0;
        string_add(out, "\n");
    }
}
