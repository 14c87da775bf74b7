/* test_figures_runs.c - figures of runs: what they draw is what the environment counts, each kind
 * shows what its scenario has, and the same store gives the same bytes. Without gnuplot nothing is
 * drawn, and the test says so. */
#include "bench_support.h"

#include "gauge.h"
#include "listen.h"
#include "moment.h"
#include "plot_kind.h"
#include "spans.h"
#include "windows.h"

#include <math.h>

/* ---- windows ------------------------------------------------------------------------------ */

START_TEST(windows_hold_means_over_time)
{
    windows w;
    ck_assert(windows_begin(&w, 1, 0, 200000000000));
    ck_assert_int_eq(w.width_ns, 1000000000);
    /* 2 for half a second and 4 for a quarter: 2 in the first second. 6 until 1.5 s, and nothing
     * is known beyond: 6 in the second. */
    windows_add(&w, 0, 500000000, (double[]){2});
    windows_add(&w, 500000000, 750000000, (double[]){4});
    windows_add(&w, 750000000, 1000000000, (double[]){0});
    windows_add(&w, 1000000000, 1500000000, (double[]){6});
    ck_assert_int_eq(windows_count(&w), 2);
    ck_assert_double_eq(windows_mean(&w, 0, 0), 2);
    ck_assert_double_eq(windows_mean(&w, 1, 0), 6);
    ck_assert_double_eq(windows_middle_s(&w, 1), 1.25);
    windows_free(&w);
}
END_TEST

START_TEST(windows_grow_with_the_run_and_lose_nothing)
{
    windows w;
    double sum = 0;
    ck_assert(windows_begin(&w, 2, 3000, INT64_MAX));
    int64_t at = 0;
    for (int64_t k = 1; at < 5000000000; k++) {
        const int64_t next = at + 977 * k;
        const double value = (double)(k % 7);
        windows_add(&w, at, next, (double[]){value, 1});
        sum += value * (double)(next - (at < 3000 ? 3000 : at)) * 1e-9 * (next > 3000);
        at = next;
    }
    const int n = windows_count(&w);
    ck_assert_int_gt(n, WINDOWS_MAX / 2);
    ck_assert_int_le(n, WINDOWS_MAX);
    double total = 0, time = 0;
    for (int k = 0; k < n; k++) {
        const double width_s = windows_end_s(&w, k) - windows_begin_s(&w, k);
        total += windows_mean(&w, k, 0) * width_s;
        time += windows_mean(&w, k, 1) * width_s;
    }
    ck_assert_double_eq_tol(total, sum, 1e-9 * sum);
    ck_assert_double_eq_tol(time, (double)(at - 3000) * 1e-9, 1e-9);
    windows_free(&w);
}
END_TEST

/* ---- gauges ------------------------------------------------------------------------------- */

enum { BUSY, SYSTEM, DOWN, ENERGY, HELD, ONE, N_SEEN };

typedef struct watched {
    double sum[N_SEEN];  // integrals over seconds
    double tenant_s[8];
    int n_tenants, n_classes, n_devices, n_bad;
} watched;

static void watch(void *data, const poise_env *e, int64_t from_ns, int64_t to_ns)
{
    watched *w = data;
    const gauge g = gauge_read(e, -1);
    double held[16], all = 0;
    gauge_held(e, false, held);
    for (int k = 0; k < w->n_classes; k++)
        all += held[k];
    const double dt = (double)(to_ns - from_ns) * 1e-9;
    gauge_held(e, true, held);
    for (int k = 0; k < w->n_tenants; k++)
        w->tenant_s[k] += held[k] * dt;
    const double value[N_SEEN] = {g.busy, g.in_system, g.down, g.power_w, all / w->n_devices, 1};
    for (int i = 0; i < N_SEEN; i++)
        w->sum[i] += value[i] * dt;
    w->n_bad += g.in_service > g.in_system || g.busy < 0 || g.busy > 1 + 1e-9;
}

static const struct watch_case {
    const char *name, *agent;
} watch_cases[] = {
    {"gpu-mix-v1", "fifo"},         {"spot-v1", "fifo"},        {"memory-pressure-v1", "monitor"},
    {"carbon-batch-v1", "random"},  {"sharing-v1", "balancer"}, {"hpc-lublin-v1", "fifo"},
    {"gang-training-v1", "random"}, {"two-tenants-v1", "fifo"},
};

START_TEST(gauges_add_up_to_the_totals_of_the_episode)
{
    const struct watch_case *c = &watch_cases[_i];
    static const char *const sets[] = {"warmup.jobs=0", "warmup.time=0", "end.jobs=300"};
    char path[256];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, c->name);
    poise_scenario *s = poise_scenario_load(path, sets, 3, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    const poise_space *space = poise_scenario_space(s);
    watched w = {.n_classes = space->n_classes, .n_tenants = space->n_tenants};
    for (int g = 0; g < space->n_groups; g++)
        w.n_devices += space->count[g];
    poise_env *e = poise_env_new(s, &err);
    const env_listener listener = {.data = &w, .pass = watch};
    env_listen(e, &listener);
    const trial t = {.scenario = s, .agent = c->agent};
    const trial_result r = trial_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    const poise_episode ep = poise_env_episode(e);
    const poise_totals *totals = &ep.totals;
    double busy_s = 0, down_s = 0;
    for (int g = 0; g < space->n_groups; g++) {
        busy_s += totals->busy_s[g];
        down_s += totals->down_s[g];
    }
    const double end_s = (double)totals->end_ns * 1e-9;
    ck_assert_int_eq(w.n_bad, 0);
    ck_assert_double_eq_tol(w.sum[ONE], end_s, 1e-9 * end_s);
    ck_assert_double_eq_tol(w.sum[SYSTEM], totals->tasks_s, 1e-6 * totals->tasks_s);
    ck_assert_double_eq_tol(w.sum[DOWN] * w.n_devices, down_s, 1e-6 * down_s + 1e-9);
    ck_assert_double_eq_tol(w.sum[ENERGY], totals->energy_j, 1e-6 * totals->energy_j + 1e-9);
    /* Where all devices have as many cores, what is busy is held by somebody; tasks that divide a
     * device may leave a part of it unused, for each can only use so much. */
    if (space->n_groups == 1) {
        ck_assert_double_eq_tol(w.sum[BUSY] * w.n_devices, busy_s, 1e-6 * busy_s);
        ck_assert_double_le(w.sum[HELD] * w.n_devices, busy_s * (1 + 1e-6));
        if (!space->shares)
            ck_assert_double_eq_tol(w.sum[HELD] * w.n_devices, busy_s, 1e-6 * busy_s);
    }
    for (int k = 0; k < w.n_tenants; k++) {
        ck_assert_double_gt(totals->tenant_held_s[k], 0);
        ck_assert_double_eq_tol(w.tenant_s[k], totals->tenant_held_s[k],
                                1e-6 * totals->tenant_held_s[k]);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- spans -------------------------------------------------------------------------------- */

static const struct span_case {
    const char *name, *agent;
    bool by_cores, displaces;
} span_cases[] = {
    {"gpu-mix-v1", "fifo", false, false},           {"spot-v1", "fifo", false, true},
    {"gang-training-v1", "random", false, false},   {"hpc-lublin-v1", "fifo", true, false},
    {"srpt-v1", "shortest_remaining", false, true},
};

START_TEST(spans_cover_all_that_was_busy_or_broken)
{
    const struct span_case *c = &span_cases[_i];
    static const char *const sets[] = {"warmup.jobs=0", "warmup.time=0", "end.jobs=300"};
    char path[256];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, c->name);
    poise_scenario *s = poise_scenario_load(path, sets, 3, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    poise_env *e = poise_env_new(s, &err);
    spans held;
    ck_assert(spans_listen(&held, e));
    const trial t = {.scenario = s, .agent = c->agent};
    const trial_result r = trial_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    ck_assert(spans_end(&held, e));
    const poise_episode ep = poise_env_episode(e);
    double busy_s = 0, broken_s = 0, known_busy_s = 0, known_broken_s = 0;
    int64_t n_tasks = 0;
    for (int64_t i = 0; i < held.n; i++) {
        const span *a = &held.at[i];
        const double length_s = (double)(a->to_ns - a->from_ns) * 1e-9;
        busy_s += a->kind == SPAN_TASK ? length_s * (c->by_cores ? a->cores : 1) : 0;
        broken_s += a->kind == SPAN_BROKEN ? length_s : 0;
        n_tasks += a->kind == SPAN_TASK;
    }
    const poise_space *space = poise_scenario_space(s);
    for (int g = 0; g < space->n_groups; g++) {
        const int cores = c->by_cores ? poise_env_view(e)->group[g].cores : 1;
        known_busy_s += ep.totals.busy_s[g] * cores;
        known_broken_s += ep.totals.down_s[g];
    }
    ck_assert_double_eq_tol(busy_s, known_busy_s, 1e-6 * known_busy_s);
    ck_assert_double_eq_tol(broken_s, known_broken_s, 1e-6 * known_broken_s + 1e-9);
    /* A task that was taken off its device and came back has several. */
    if (c->displaces)
        ck_assert_int_gt(n_tasks, ep.n_records);
    spans_free(&held);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

/* ---- moments ------------------------------------------------------------------------------ */

/* Runs it and keeps a decision. */
static void find_moment(const char *name, const char *agent, double from_s, moment_search *found)
{
    static const char *const sets[] = {"warmup.jobs=0", "warmup.time=0", "end.jobs=200"};
    char path[256];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, name);
    poise_scenario *s = poise_scenario_load(path, sets, 3, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    poise_env *e = poise_env_new(s, &err);
    moment_listen(found, e, from_s, 8);
    const trial t = {.scenario = s, .agent = agent, .attends = true};
    const trial_result r = trial_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    /* Writing attention where a choice would have done changes nothing. */
    const uint64_t hash = r.trajectory_hash;
    env_listen(e, NULL);
    const trial_result quick = trial_run(&(trial){.scenario = s, .agent = agent}, e, NULL, NULL);
    ck_assert(quick.trajectory_hash == hash);
    poise_env_free(e);
    poise_scenario_free(s);
    ck_assert_int_gt(found->kept.number, 0);
}

START_TEST(what_is_chosen_had_most_attention)
{
    static moment_search found;
    static const char *const agents[] = {"fifo", "shortest", "min_min"};
    for (int k = 0; k < 3; k++) {
        find_moment("gpu-mix-v1", agents[k], NAN, &found);
        const moment *m = &found.kept;
        ck_assert_int_le(m->n_rows, 8);
        const moment_row *row = &m->row[m->chosen_row];
        const double chosen = row->attention[m->chosen_column];
        ck_assert(!isnan(chosen));
        for (int i = 0; i < m->n_rows; i++) {
            for (int c = 0; c < m->n_columns; c++)
                ck_assert(isnan(m->row[i].attention[c]) || m->row[i].attention[c] <= chosen);
            /* First come, first served: the oldest task. */
            ck_assert(k != 0 || m->row[i].task >= row->task);
        }
    }
}
END_TEST

START_TEST(parts_of_a_device_follow_attention)
{
    static moment_search found;
    find_moment("processor-sharing-v1", "equal_share", NAN, &found);
    const moment *m = &found.kept;
    ck_assert_int_gt(m->n_rows, 2);
    ck_assert_int_eq(m->chosen_row, -1);
    for (int i = 0; i < m->n_rows; i++) {
        ck_assert_double_eq(m->row[i].attention[0], m->row[0].attention[0]);
        ck_assert_double_eq_tol(m->row[i].held, 1. / m->n_rows, 1e-12);
    }
}
END_TEST

START_TEST(the_first_decision_from_a_time_on_is_found)
{
    static moment_search found;
    find_moment("gpu-mix-v1", "fifo", 3600, &found);
    ck_assert_double_ge(found.kept.now_s, 3600);
    const int64_t number = found.kept.number;
    find_moment("gpu-mix-v1", "fifo", found.kept.now_s + 1e-6, &found);
    ck_assert_int_gt(found.kept.number, number);
}
END_TEST

/* ---- figures ------------------------------------------------------------------------------ */

/* A scenario of the tree with what its figures are to show. */
typedef struct shown {
    const char *scenario, *kind;
    const char *agents[3];
    const char *words[4];  // lines of the figure's data, as regards settings
} shown;

static const shown all_shown[] = {
    {"spot-v1", "timeline", {"fifo", "shortest"}, {"with_down = 1\n", "outside = 0\n"}},
    {"memory-pressure-v1",
     "timeline",
     {"fifo", "monitor"},
     {"with_memory = 1\n", "with_power = 1\n", "with_down = 0\n"}},
    {"carbon-batch-v1",
     "timeline",
     {"random", "wait_awhile"},
     {"outside = 1\n", "outside_title = 'carbon (g/kWh)'\n", "with_price = 1\n"}},
    {"sharing-v1", "timeline", {"equal_share", "balancer"}, {"tasks_title = 'tasks in system'\n"}},
    {"gpu-mix-v1",
     "response",
     {"fifo", "shortest"},
     {"x_title = 'response time (", "3 seeds, 95%"}},
    {"spot-v1", "gantt", {"fifo", "shortest"}, {"'(broken)'", "label[1] = 'short'", "keyed = 1"}},
    {"sharing-v1", "gantt", {"fifo", "balancer"}, {"groups = 1\n", "panels = 2\n", "'urgent'"}},
    {"carbon-batch-v1", "gantt", {"random", "fifo"}, {"'(asleep)'"}},
    {"gpu-mix-v1", "attention", {"fifo", "shortest"}, {"agent[1] = 'shortest, decision ", "v100"}},
    {"sharing-v1", "attention", {"fifo", "balancer"}, {"'attention (%)'"}},
    {"two-tenants-v1", "attention", {"fifo", "shortest"}, {"'study ", "'request ", "'gpu'"}},
    {"two-tenants-v1", "shares", {"fifo", "shortest"}, {"label[1] = 'research'", "devices = 8\n"}},
    {"sharing-v1", "shares", {"fifo", "balancer"}, {"label[3] = 'urgent'", "devices = 1\n"}},
    {"spot-v1", "slowdown", {"fifo", "shortest"}, {"x_title = 'slowdown (response", "3 seeds"}},
};

static bool has_gnuplot;

/* A store with a few short runs; the scenario's warm-up stays out. */
static void fill(const shown *c, const char *name, const char *set)
{
    const char *const sets[] = {"warmup.jobs=0", "warmup.time=0", "end.jobs=200", set};
    const int n = set ? 4 : 3;
    char path[256];
    poise_error err = {0};
    store *s = open_store(name);
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, c->scenario);
    poise_scenario *scenario = poise_scenario_load(path, sets, n, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    ck_assert(store_put_scenario(s, scenario, path, sets, n, NULL, 0, &err));
    run_experiment(s, scenario, c->agents, 2, 3, 1);
    poise_scenario_free(scenario);
    store_close(s);
}

/* The figure of a kind, filled from a store of the folder; what it says stays in data. seed -1:
 * as the kind likes. */
static figure *figure_of(const char *name, const char *kind, string_buffer *data, int64_t seed)
{
    poise_error err = {0};
    plot_input in = {
        .metric = poise_metric_index("response_mean_s"), .seed = seed, .from_s = NAN, .to_s = NAN};
    in.store = open_store(name);
    results *r = store_read(in.store, &err);
    in.results = r;
    in.scenario = plot_scenario(r, NULL, NULL, NULL);
    in.report = report_make(r, in.scenario, in.metric, "fifo", NULL);
    figure *f = figure_new(folder, kind, &err);
    ck_assert_msg(f != NULL, "%s", err.text);
    int k = 0;
    while (strcmp(plot_kinds[k]->name, kind) != 0)
        k++;
    const plot_outcome outcome = plot_kinds[k]->fill(&in, f, &err);
    ck_assert_msg(outcome == PLOT_READY, "%s", err.text);
    figure_script(f, data);
    figure_data(f, data);
    report_free(&in.report);
    poise_env_free(in.env);
    poise_scenario_free(in.loaded);
    results_free(r);
    store_close(in.store);
    return f;
}

/* Draws it; the caller frees the picture. gnuplot has nothing to complain about. */
static char *draw(figure *f, const char *format, size_t *n)
{
    poise_error err = {0};
    string_buffer said = {0};
    char *picture = figure_picture(f, format, 60, n, &said, &err);
    ck_assert_msg(picture != NULL, "%s", err.text);
    ck_assert_msg(said.length == 0, "%s", said.at);
    return picture;
}

START_TEST(a_figure_shows_what_its_scenario_has)
{
    const shown *c = &all_shown[_i];
    string_buffer data = {0};
    fill(c, "a.db", NULL);
    figure *f = figure_of("a.db", c->kind, &data, -1);
    for (int i = 0; i < 4 && c->words[i]; i++)
        ck_assert_msg(strstr(data.at, c->words[i]) != NULL, "no '%s' in:\n%.2000s", c->words[i],
                      data.at);
    ck_assert_ptr_null(strstr(strstr(data.at, ".dat - "), "nan"));
    ck_assert_ptr_null(strstr(strstr(data.at, ".dat - "), "inf\t"));
    if (has_gnuplot) {
        size_t n;
        free(draw(f, "png", &n));
        free(draw(f, "pdf", &n));
    }
    string_free(&data);
    figure_free(f);
}
END_TEST

START_TEST(the_same_store_gives_the_same_picture)
{
    string_buffer data[2] = {{0}, {0}};
    size_t n[2];
    char *picture[2];
    fill(&all_shown[_i], "a.db", NULL);
    for (int i = 0; i < 2; i++) {
        figure *f = figure_of("a.db", all_shown[_i].kind, &data[i], -1);
        picture[i] = draw(f, "svg", &n[i]);
        figure_free(f);
    }
    ck_assert_str_eq(data[0].at, data[1].at);
    ck_assert(n[0] == n[1] && memcmp(picture[0], picture[1], n[0]) == 0);
    for (int i = 0; i < 2; i++) {
        free(picture[i]);
        string_free(&data[i]);
    }
}
END_TEST

/* ---- distributions ------------------------------------------------------------------------ */

/* Column `column` of the first row of a table in which `of` is at most `most`. */
static double first_at_most(const char *data, const char *table, int column, int of, double most)
{
    const char *line = strstr(data, table);
    ck_assert_msg(line != NULL, "no %s", table);
    while ((line = strchr(line, '\n')) && line[1] != '\n' && line[1]) {
        double x[8];
        char *end = (char *)++line;
        for (int i = 0; i < 4; i++)
            x[i] = strtod(end, &end);
        if (x[of] <= most)
            return x[column];
    }
    return NAN;
}

/* The metric of a stored run, of the agent that stands first in the report. */
static double stored(const char *name, const char *metric)
{
    poise_error err = {0};
    store *s = open_store(name);
    results *r = store_read(s, &err);
    report ranked = report_make(r, 0, poise_metric_index("response_mean_s"), "fifo", NULL);
    const double value = ranked.row[0].cell[0]->value[poise_metric_index(metric)];
    report_free(&ranked);
    results_free(r);
    store_close(s);
    return value;
}

/* The points of x lie so close that the next is at most 1e6^(1/160) - 1 = 9% above. */
START_TEST(the_share_above_a_percentile_is_what_the_percentile_says)
{
    static const struct {
        const char *metric;
        double share;
    } cases[] = {{"response_p50_s", .5}, {"response_p95_s", .05}};
    const shown one = {"two-devices-v1", "response", {"shortest", "fifo"}, {NULL}};
    static const char *const records[] = {NULL, "records=none"};
    for (int k = 0; k < 2; k++) {
        string_buffer data = {0};
        const char *name = k ? "none.db" : "all.db";
        fill(&one, name, records[k]);
        figure_free(figure_of(name, "response", &data, 0));
        const char *unit = strstr(data.at, "x_title = 'response time (");
        ck_assert_ptr_nonnull(unit);
        unit += strlen("x_title = 'response time (");
        const double per = strncmp(unit, "min", 3) == 0 ? 60 : *unit == 'h' ? 3600 : 1;
        for (int i = 0; i < 2; i++) {
            const double x = first_at_most(data.at, "# tail-1:", 0, 1, cases[i].share) * per;
            const double p = stored(name, cases[i].metric);
            ck_assert_double_ge(x, p * .99);
            ck_assert_double_le(x, p * 1.1);
        }
        string_free(&data);
    }
}
END_TEST

START_TEST(slowdowns_have_the_mean_that_the_metric_says)
{
    const shown one = {"gpu-mix-v1", "slowdown", {"shortest", "fifo"}, {NULL}};
    string_buffer data = {0};
    fill(&one, "a.db", NULL);
    figure_free(figure_of("a.db", "slowdown", &data, 0));
    /* The mean is the integral of the share above; before the first point, the 1% quantile, the
     * share is between 1 and .99. Trapezoids over steps of 5% are off by a few percent. */
    const char *line = strchr(strstr(data.at, "# tail-1:"), '\n') + 1;
    char *end;
    double x = strtod(line, &end), share = strtod(end, NULL), mean = x;
    while ((line = strchr(line, '\n')) && line[1] != '\n' && line[1]) {
        const double next = strtod(++line, &end), then = strtod(end, NULL);
        mean += (next - x) * (share + then) / 2;
        x = next;
        share = then;
    }
    const double known = stored("a.db", "slowdown_mean");
    ck_assert_double_eq_tol(mean, known, .05 * known);
    string_free(&data);
}
END_TEST

int main(void)
{
    const int n_shown = (int)(sizeof all_shown / sizeof *all_shown);
    has_gnuplot =
        access("/usr/bin/gnuplot", X_OK) == 0 || access("/usr/local/bin/gnuplot", X_OK) == 0;
    setenv("POISE_DATA", POISE_SOURCE_DIR, 1);
    Suite *suite = suite_create("figures of runs");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, windows_hold_means_over_time);
    tcase_add_test(tests, windows_grow_with_the_run_and_lose_nothing);
    tcase_add_loop_test(tests, gauges_add_up_to_the_totals_of_the_episode, 0,
                        (int)(sizeof watch_cases / sizeof *watch_cases));
    tcase_add_loop_test(tests, spans_cover_all_that_was_busy_or_broken, 0,
                        (int)(sizeof span_cases / sizeof *span_cases));
    tcase_add_test(tests, what_is_chosen_had_most_attention);
    tcase_add_test(tests, parts_of_a_device_follow_attention);
    tcase_add_test(tests, the_first_decision_from_a_time_on_is_found);
    tcase_add_loop_test(tests, a_figure_shows_what_its_scenario_has, 0, n_shown);
    tcase_add_test(tests, the_share_above_a_percentile_is_what_the_percentile_says);
    tcase_add_test(tests, slowdowns_have_the_mean_that_the_metric_says);
    if (has_gnuplot)
        tcase_add_loop_test(tests, the_same_store_gives_the_same_picture, 0, n_shown);
    else
        puts("gnuplot is not installed: no picture is drawn in this test");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
