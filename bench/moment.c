/* moment.c - see moment.h. */
#include "moment.h"

#include "gauge.h"

#include <math.h>

/* ---- rows and columns --------------------------------------------------------------------- */

static int row_of(moment *m, const poise_task *t)
{
    const int64_t id = t ? t->id : -1;
    int i = 0;
    while (i < m->n_rows && m->row[i].task != id)
        i++;
    if (i == m->n_rows && i < MOMENT_ROWS) {
        moment_row *row = &m->row[m->n_rows++];
        *row = (moment_row){
            .task = id, .class_id = t ? t->class_id : -1, .runs = t && t->group >= 0, .held = NAN};
        for (int k = 0; k < MOMENT_COLUMNS; k++)
            row->attention[k] = NAN;
    }
    return i < MOMENT_ROWS ? i : -1;
}

static moment_column column_for(const poise_candidate *c)
{
    if (poise_gives_device(c))
        return (moment_column){c->group, (uint8_t)c->profile, POISE_START};
    return (moment_column){-1, -1, (poise_act)c->act};
}

static int column_of(moment *m, const poise_candidate *c)
{
    const moment_column want = column_for(c);
    int k = 0;
    while (k < m->n_columns && (m->column[k].group != want.group || m->column[k].act != want.act ||
                                m->column[k].profile != want.profile))
        k++;
    if (k == m->n_columns && k < MOMENT_COLUMNS)
        m->column[m->n_columns++] = want;
    return k < MOMENT_COLUMNS ? k : -1;
}

/* ---- what is heard ------------------------------------------------------------------------ */

/* Tenants who bid are heard one after the other, before one choice. */
static void hear_attention(void *data, const poise_view *v, const double *attention)
{
    moment_search *s = data;
    moment *m = &s->now;
    m->now_s = v->now_s;
    m->n_candidates += v->n_candidates;
    for (int i = 0; i < v->n_candidates; i++) {
        const poise_candidate *c = &v->candidate[i];
        const int row = row_of(m, c->task >= 0 ? &v->task[c->task] : NULL);
        const int column = column_of(m, c);
        if (row >= 0 && column >= 0)
            m->row[row].attention[column] = fmax(m->row[row].attention[column], attention[i]);
    }
}

static bool is_wanted(const moment_search *s)
{
    const moment *m = &s->now, *kept = &s->kept;
    if (m->n_rows == 0)
        return false;
    if (!isnan(s->from_s))
        return kept->number == 0 && m->now_s >= s->from_s;
    const bool fits = m->n_rows <= s->few, fitted = kept->n_rows <= s->few;
    if (kept->number == 0 || fits != fitted)
        return kept->number == 0 || fits;
    return m->n_candidates * m->n_columns > kept->n_candidates * kept->n_columns;
}

static void hear_choice(void *data, int64_t now_ns, const poise_candidate *c, const poise_task *t)
{
    (void)now_ns;
    moment_search *s = data;
    s->now.number = ++s->n_decisions;
    if (is_wanted(s)) {
        s->kept = s->now;
        s->kept.chosen_row = c ? row_of(&s->kept, t) : -1;
        s->kept.chosen_column = c ? column_of(&s->kept, c) : -1;
        s->is_new = true;
    }
    s->now.n_rows = s->now.n_columns = s->now.n_candidates = 0;
}

static void hear_pass(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    (void)from_ns, (void)to_ns;
    moment_search *s = data;
    for (int i = 0; s->is_new && i < s->kept.n_rows; i++)
        if (s->kept.row[i].task >= 0)
            s->kept.row[i].held = gauge_part(e, s->kept.row[i].task);
    s->is_new = false;
}

void moment_listen(moment_search *m, poise_env *e, double from_s, int few)
{
    *m = (moment_search){.from_s = from_s, .few = few};
    m->listener = (env_listener){
        .data = m, .attention = hear_attention, .choice = hear_choice, .pass = hear_pass};
    env_listen(e, &m->listener);
}
