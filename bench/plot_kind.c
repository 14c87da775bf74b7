/* plot_kind.c - see plot_kind.h. */
#include "plot_kind.h"

#include "error.h"
#include "pool.h"
#include "recall.h"
#include "scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Longest label in characters. */
#define LABEL_MAX 30
/* Characters that fit into a line above a figure. */
#define NOTE_MAX 54
/* Colours that styles have, see plots/common.gp. */
#define COLOURS 8

const plot_kind *plot_kind_called(const char *name)
{
    int i = 0;
    while (plot_kinds[i] && strcmp(plot_kinds[i]->name, name) != 0)
        i++;
    return plot_kinds[i];
}

/* ---- scenarios ---------------------------------------------------------------------------- */

static bool is_at(const result_scenario *s, const char *point)
{
    const size_t n = strcspn(point, "=");
    for (int i = 0; i < s->n_sweeps; i++)
        if (strlen(s->sweep[i].path) == n && strncmp(s->sweep[i].path, point, n) == 0 &&
            strcmp(s->sweep[i].value, point + n + 1) == 0)
            return true;
    return false;
}

static int n_finished(const results *r, const report_filter *filter, int scenario)
{
    int n = 0;
    for (int i = 0; i < r->n_cells; i++)
        n += r->cell[i].scenario == scenario && r->cell[i].ok &&
             (!filter || filter->wants(filter->data, r->cell[i].id));
    return n;
}

/* Whether a stands better for the store than b. */
static bool is_better(const results *r, const report_filter *filter, int a, int b)
{
    const int more = n_finished(r, filter, a) - n_finished(r, filter, b);
    if (more)
        return more > 0;
    const result_scenario *s = &r->scenario[a], *t = &r->scenario[b];
    if (s->n_sets != t->n_sets)
        return s->n_sets < t->n_sets;
    return s->offered_load < 1 && !(t->offered_load >= s->offered_load && t->offered_load < 1);
}

int plot_scenario(const results *r, const char *name, const names *point,
                  const report_filter *filter)
{
    int best = -1;
    for (int i = 0; i < r->n_scenarios; i++) {
        bool wanted = !name || strcmp(r->scenario[i].name, name) == 0;
        for (int k = 0; point && k < point->n; k++)
            wanted &= is_at(&r->scenario[i], point->at[k]);
        if (wanted && (best < 0 || is_better(r, filter, i, best)))
            best = i;
    }
    return best;
}

const char *plot_swept(const result_scenario *s, const char *path)
{
    for (int i = 0; i < s->n_sweeps; i++)
        if (strcmp(s->sweep[i].path, path) == 0)
            return s->sweep[i].value;
    return NULL;
}

static bool sets_one_of(const char *set, const char *const *path, int n)
{
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(path[i]);
        if (strncmp(set, path[i], length) == 0 && set[length] == '=')
            return true;
    }
    return false;
}

/* Whether all overrides of a but those of the paths are among those of b. */
static bool is_within(const result_scenario *a, const result_scenario *b, const char *const *path,
                      int n)
{
    for (int i = 0; i < a->n_sets; i++) {
        bool found = sets_one_of(a->set[i], path, n);
        for (int k = 0; k < b->n_sets && !found; k++)
            found = strcmp(a->set[i], b->set[k]) == 0;
        if (!found)
            return false;
    }
    return true;
}

bool plot_differ_only_in(const result_scenario *a, const result_scenario *b,
                         const char *const *path, int n)
{
    return strcmp(a->name, b->name) == 0 && is_within(a, b, path, n) && is_within(b, a, path, n);
}

/* ---- agents ------------------------------------------------------------------------------- */

bool plot_wants(const plot_input *in, const char *agent, const char *label)
{
    if (in->agents.n == 0)
        return true;
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(agent, ":"), agent);
    return names_has(&in->agents, agent) || names_has(&in->agents, name) ||
           names_has(&in->agents, label);
}

/* Whether another row is the same agent, trained as long, from a lower seed. */
static bool has_elder(const report *r, const report_row *row)
{
    for (int i = 0; i < r->n_rows && row->policy; i++) {
        const report_row *other = &r->row[i];
        if (other->policy && strcmp(other->description, row->description) == 0 &&
            other->policy->decisions == row->policy->decisions &&
            other->policy->train_seed < row->policy->train_seed)
            return true;
    }
    return false;
}

plot_rows plot_choose(const plot_input *in, const report *r, bool once)
{
    plot_rows rows = {0};
    for (int i = 0; i < r->n_rows && rows.n < PLOT_ROWS_MAX; i++) {
        const report_row *row = &r->row[i];
        if (row->n_failed < row->n_cells && plot_wants(in, row->agent, row->label) &&
            !(once && has_elder(r, row)))
            rows.at[rows.n++] = row;
    }
    return rows;
}

static bool is_among(const plot_rows *rows, const report_row *row)
{
    for (int i = 0; i < rows->n; i++)
        if (rows->at[i] == row)
            return true;
    return false;
}

plot_rows plot_choose_few(const plot_input *in, int usual, int most)
{
    const report *r = &in->report;
    plot_rows rows = plot_choose(in, r, true);
    const report_row *worst = rows.n > 0 ? rows.at[rows.n - 1] : NULL;
    const report_row *baseline = r->baseline < 0 ? NULL : &r->row[r->baseline];
    const int few = in->agents.n > 0 ? most : usual;
    rows.n = rows.n > few ? few : rows.n;
    if (in->agents.n > 0 || rows.n < 2)
        return rows;
    const bool has = baseline && baseline->n_failed < baseline->n_cells;
    if (!is_among(&rows, has ? baseline : worst))
        rows.at[rows.n - 1] = has ? baseline : worst;
    return rows;
}

/* Distinct agents of the store, and how many of them come before this one by name. */
static int count_agents(const results *r, const char *agent, int *n_before)
{
    names all = {0};
    *n_before = 0;
    for (int i = 0; i < r->n_cells; i++) {
        if (names_has(&all, r->cell[i].agent))
            continue;
        names_add(&all, r->cell[i].agent);
        *n_before += strcmp(r->cell[i].agent, agent) < 0;
    }
    return all.n;
}

/* The agent's rank among those of the ranking, the baseline before all; -1 if it is not there. */
static int rank_of(const report *r, const char *agent)
{
    const char *baseline = r->baseline < 0 ? NULL : r->row[r->baseline].agent;
    int rank = baseline != NULL;
    if (baseline && strcmp(baseline, agent) == 0)
        return 0;
    for (int i = 0; i < r->n_rows; i++) {
        bool is_new = !baseline || strcmp(r->row[i].agent, baseline) != 0;
        for (int k = 0; is_new && k < i; k++)
            is_new = strcmp(r->row[i].agent, r->row[k].agent) != 0;
        if (strcmp(r->row[i].agent, agent) == 0)
            return rank;
        rank += is_new;
    }
    return -1;
}

int plot_style(const plot_input *in, const char *agent)
{
    int n_before;
    const int n = count_agents(in->results, agent, &n_before);
    const int rank = n > COLOURS ? rank_of(&in->report, agent) : -1;
    return 1 + (rank >= 0 ? rank : n_before);
}

void plot_short(const char *label, char *text, size_t size)
{
    const char mark[] = " (uses a model)";
    const bool is_marked = strstr(label, mark) != NULL;
    const int tail = is_marked ? (int)strlen(mark) : 7;
    int n = 0;  // characters
    for (const char *c = label; *c; c++)
        n += (*c & 0xc0) != 0x80;
    size_t length = 0;
    int at = -1;
    for (const char *c = label; *c && length + 5 < size; c++) {
        at += (*c & 0xc0) != 0x80;
        if (n <= LABEL_MAX || at < LABEL_MAX - 1 - tail || at >= n - tail)
            text[length++] = *c;
        else if (at == LABEL_MAX - 1 - tail && (*c & 0xc0) != 0x80)
            length += (size_t)snprintf(text + length, size - length, "\u2026");
    }
    text[length] = 0;
}

/* Styles repeat their colours, so that a store with many agents may have several of one: from the
 * second on they take the next colour that nobody in the figure has. */
static void set_styles(const plot_input *in, const plot_rows *rows, double *style)
{
    bool taken[COLOURS] = {false};
    for (int i = 0; i < rows->n; i++) {
        int s = plot_style(in, rows->at[i]->agent);
        for (int k = 0; k < COLOURS && taken[(s - 1) % COLOURS]; k++)
            s++;
        taken[(s - 1) % COLOURS] = true;
        style[i] = s;
    }
}

void plot_name_panels(const plot_rows *rows, figure *f)
{
    char text[PLOT_ROWS_MAX][128];
    const char *agent[PLOT_ROWS_MAX];
    for (int i = 0; i < rows->n; i++) {
        plot_short(rows->at[i]->label, text[i], sizeof text[i]);
        agent[i] = text[i];
    }
    figure_number(f, "panels", rows->n);
    figure_texts(f, "agent", agent, rows->n);
}

void plot_name_rows(const plot_input *in, const plot_rows *rows, figure *f)
{
    char text[PLOT_ROWS_MAX][128];
    const char *label[PLOT_ROWS_MAX];
    double style[PLOT_ROWS_MAX];
    for (int i = 0; i < rows->n; i++) {
        plot_short(rows->at[i]->label, text[i], sizeof text[i]);
        label[i] = text[i];
    }
    set_styles(in, rows, style);
    figure_number(f, "n", rows->n);
    figure_texts(f, "label", label, rows->n);
    figure_numbers(f, "style", style, rows->n);
}

/* ---- runs --------------------------------------------------------------------------------- */

const result_cell *plot_cell(const report_row *row, int64_t seed)
{
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->seed == seed && row->cell[i]->ok)
            return row->cell[i];
    return NULL;
}

static bool all_have(const plot_rows *rows, int64_t seed)
{
    for (int i = 0; i < rows->n; i++)
        if (!plot_cell(rows->at[i], seed))
            return false;
    return rows->n > 0;
}

int64_t plot_seed(const plot_input *in, const plot_rows *rows)
{
    if (in->seed >= 0 || rows->n == 0)
        return in->seed >= 0 && all_have(rows, in->seed) ? in->seed : -1;
    const report_row *first = rows->at[0];
    for (int i = 0; i < first->n_cells; i++)
        if (all_have(rows, first->cell[i]->seed))
            return first->cell[i]->seed;
    return -1;
}

bool plot_open(plot_input *in, poise_error *err)
{
    if (!in->loaded)
        in->loaded = result_scenario_load(&in->results->scenario[in->scenario], err);
    if (in->loaded && !in->env)
        in->env = poise_env_new(in->loaded, err);
    return in->env != NULL;
}

bool plot_has_records(const plot_input *in, poise_error *err)
{
    const result_scenario *s = &in->results->scenario[in->scenario];
    if (!result_keeps_records(s))
        error_null(err, "runs of %s keep no records of tasks (records: none)", s->name);
    return result_keeps_records(s);
}

static bool is_same(const plot_input *in, const result_cell *cell, const trial_result *r,
                    poise_error *err)
{
    if (r->status == TRIAL_INTERRUPTED)
        return error_null(err, "interrupted");
    if (r->status != TRIAL_OK)
        return error_null(err, "%s from seed %" PRId64 " cannot be run again: %s", cell->agent,
                          cell->seed, r->error);
    if (r->trajectory_hash != cell->trajectory_hash)
        return error_null(err,
                          "%s from seed %" PRId64 " does not run as it did when %s was made "
                          "(trajectory %016" PRIx64 ", stored %016" PRIx64 "): the program has "
                          "changed; `poise run` into a new store",
                          cell->agent, cell->seed, store_path(in->store), r->trajectory_hash,
                          cell->trajectory_hash);
    return true;
}

bool plot_rerun(plot_input *in, const result_cell *cell, const trial_watch *watch, poise_error *err)
{
    const results *all = in->results;
    trial t = {.seed = cell->seed, .attends = in->attends};
    void *policy = NULL;
    if (!plot_open(in, err))
        return false;
    if (cell->policy >= 0) {
        policy = store_policy_bytes(in->store, all->policy[cell->policy].id, &t.policy_bytes, err);
        if (!policy || !recall_has_blas(all, cell->provenance, err)) {
            free(policy);
            return false;
        }
        blas_choose(recall_blas(all, cell->provenance));
    }
    recalled who;
    bool good = recall_agent(cell->agent, cell->description, policy, t.policy_bytes, in->loaded, 0,
                             &who, err);
    if (good) {
        t.scenario = in->loaded;
        t.agent = who.agent;
        t.build = who.card.build;
        t.policy = policy;
        const trial_result r = trial_run(&t, in->env, watch, &pool_stopping);
        good = is_same(in, cell, &r, err);
    }
    free(policy);
    return good;
}

/* ---- units and words ---------------------------------------------------------------------- */

plot_unit plot_time_unit(double s)
{
    static const plot_unit units[] = {{86400, "d"}, {3600, "h"},  {60, "min"},
                                      {1, "s"},     {1e-3, "ms"}, {1e-6, "\u00b5s"}};
    /* A unit is taken from 2 of it on: 90 s, 100 min and 40 h are easier than fractions. */
    int i = 0;
    while (i < 5 && !(fabs(s) >= 2 * units[i].per))
        i++;
    return isfinite(s) && s != 0 ? units[i] : units[3];
}

static plot_unit per_time(double per_s)
{
    static const plot_unit units[] = {
        {1, "tasks/s"}, {1. / 60, "tasks/min"}, {1. / 3600, "tasks/h"}};
    int i = 0;
    while (i < 2 && fabs(per_s) < units[i].per)
        i++;
    if (i == 2 && fabs(per_s) < units[i].per)
        return (plot_unit){1. / 86400, "tasks/d"};
    return units[i];
}

static plot_unit prefixed(const char *unit, double magnitude)
{
    static const char *const prefix[] = {"", "k", "M", "G", "T"};
    plot_unit u = {.per = 1};
    int i = 0;
    for (; i < 4 && fabs(magnitude) >= 1000 * u.per; i++)
        u.per *= 1000;
    snprintf(u.unit, sizeof u.unit, "%s%.16s", prefix[i], unit);
    return u;
}

static plot_unit powered(const char *unit, double magnitude)
{
    static const char *const power[] = {"", "10\u00b3", "10\u2076", "10\u2079", "10\u00b9\u00b2"};
    plot_unit u = {.per = 1};
    int i = 0;
    for (; i < 4 && fabs(magnitude) >= 2000 * u.per; i++)
        u.per *= 1000;
    snprintf(u.unit, sizeof u.unit, "%s%s%.12s", power[i], i && *unit ? " " : "", unit);
    return u;
}

plot_unit plot_unit_of(const char *unit, double magnitude)
{
    if (strcmp(unit, "s") == 0)
        return plot_time_unit(magnitude);
    if (strcmp(unit, "/s") == 0)
        return per_time(magnitude);
    if (strcmp(unit, "task s") == 0) {
        plot_unit u = plot_time_unit(magnitude / 1000);
        char time[24];
        memcpy(time, u.unit, sizeof time);
        snprintf(u.unit, sizeof u.unit, "10\u00b3 task %.8s", time);
        u.per *= 1000;
        return u;
    }
    if (strcmp(unit, "J") == 0 || strcmp(unit, "W") == 0)
        return prefixed(unit, magnitude);
    return powered(unit, magnitude);
}

void plot_metric_words(int metric, char *text, size_t size)
{
    static const char *const words[][2] = {
        {"response_mean_s", "mean response time"},
        {"response_p50_s", "median response time"},
        {"response_p95_s", "95th percentile response"},
        {"response_p99_s", "99th percentile response"},
        {"response_max_s", "longest response time"},
        {"wait_mean_s", "mean wait"},
        {"slowdown_mean", "mean slowdown"},
        {"bounded_slowdown_mean", "mean bounded slowdown"},
        {"tasks_mean", "mean number of tasks"},
        {"reward", "reward of an episode"},
    };
    const poise_metric *rows;
    poise_metrics(&rows);
    const char *name = rows[metric].name;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], name) == 0) {
            snprintf(text, size, "%s", words[i][1]);
            return;
        }
    snprintf(text, size, "%s", name);
    const char *const last[] = {"_per_s", "_js", "_s", "_j", "_w"};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        const size_t n = strlen(text), m = strlen(last[i]);
        if (n > m && strcmp(text + n - m, last[i]) == 0) {
            text[n - m] = 0;
            break;
        }
    }
    for (char *c = text; *c; c++)
        if (*c == '_')
            *c = ' ';
}

void plot_axis(figure *f, const char *name, const char *words, const char *unit)
{
    char text[160];
    snprintf(text, sizeof text, *unit ? "%s (%s)" : "%s", words, unit);
    figure_text(f, name, text);
}

const char *plot_reward_unit(const poise_scenario *s)
{
    static const char *const unit[N_REWARD_TERMS] = {
        [REWARD_FLOW] = "task s", [REWARD_THROUGHPUT] = "tasks", [REWARD_ENERGY] = "J"};
    int only = -1, n = 0;
    for (int i = 0; i < N_REWARD_TERMS; i++)
        if (s->reward_weight[i] != 0) {
            only = i;
            n++;
        }
    return n == 1 && s->reward_weight[only] == 1 && unit[only] ? unit[only] : "";
}

void plot_seeds_text(int n_seeds, char *text, size_t size)
{
    if (n_seeds > 1)
        snprintf(text, size, "%d seeds, bars: 95%% interval of the mean", n_seeds);
    else
        snprintf(text, size, "one seed, no interval known");
}

/* The settings that a scenario was changed by, in one line; of paths only the file. */
static void add_settings(const result_scenario *s, const char *const *but, char *text, size_t size)
{
    size_t length = strlen(text);
    int n = 0;
    while (but && but[n])
        n++;
    for (int i = 0; i < s->n_sets && length < size; i++) {
        if (sets_one_of(s->set[i], but, n))
            continue;
        const char *value = s->set[i] + strcspn(s->set[i], "="), *slash = strrchr(value, '/');
        length +=
            (size_t)snprintf(text + length, size - length, ", %.*s%s%s", (int)(value - s->set[i]),
                             s->set[i], slash ? "=" : "", slash ? slash + 1 : value);
    }
}

void plot_note(const plot_input *in, figure *f, const char *const *but, const char *format, ...)
{
    const result_scenario *s = &in->results->scenario[in->scenario];
    char said[160], name[160];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    snprintf(name, sizeof name, "%.80s", s->name);
    add_settings(s, but, name, sizeof name);
    if (strlen(name) + strlen(said) + 2 <= NOTE_MAX) {
        char note[sizeof name + sizeof said + 2];
        snprintf(note, sizeof note, "%s: %s", name, said);
        figure_text(f, "note", note);
        figure_text(f, "note_below", "");
        return;
    }
    if (strlen(name) > NOTE_MAX)
        memcpy(name + NOTE_MAX - 3, "...", 4);
    figure_text(f, "note", name);
    figure_text(f, "note_below", said);
}
