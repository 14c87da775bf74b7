/* test_figures_agents.c - figures that compare agents: from results that are made up, so that every
 * number of the data beside a picture can be computed by hand. */
#include "bench_support.h"

#include "cli.h"
#include "plot_suite.h"

#include <math.h>

#define SEEDS 5

static bool has_gnuplot;

/* What an agent got in a scenario from seeds 0 .. 4. */
typedef struct made_up {
    const char *agent;
    double response_s[SEEDS], energy_j;
} made_up;

/* Puts a point of a sweep into a store, with the results of agents up to one without a name. */
static void put(store *s, const char *load, const char *memory, const made_up *m)
{
    char by_load[32], by_memory[48];
    poise_error err = {0};
    snprintf(by_load, sizeof by_load, "workload.load=%s", load);
    snprintf(by_memory, sizeof by_memory, "devices.0.memory=%s", memory);
    const char *const sets[] = {by_load, by_memory};
    const store_sweep sweep[] = {{(char *)"workload.load", (char *)load},
                                 {(char *)"devices.0.memory", (char *)memory}};
    poise_scenario *scenario = poise_scenario_load(SCENARIO, sets, 2, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    ck_assert(store_put_scenario(s, scenario, SCENARIO, sets, 2, sweep, 2, &err));
    const uint64_t hash = poise_scenario_hash(scenario);
    for (; m->agent; m++)
        for (int seed = 0; seed < SEEDS; seed++) {
            trial_result r = {.status = TRIAL_OK};
            for (int i = 0; i < TRIAL_MAX_METRICS; i++)
                r.value[i] = NAN;
            r.value[poise_metric_index("response_mean_s")] = m->response_s[seed];
            r.value[poise_metric_index("energy_j")] = m->energy_j;
            const store_cell cell = {
                store_cell_id(hash, m->agent, "", seed), hash, m->agent, m->agent, "", seed};
            ck_assert_msg(store_put_cell(s, &cell, &r, &err), "%s", err.text);
        }
    poise_scenario_free(scenario);
}

/* Draws in both widths; gnuplot has nothing to complain about. */
static void expect_drawn(figure *f)
{
    for (int wide = 0; wide < 2 && has_gnuplot; wide++) {
        size_t n;
        poise_error err = {0};
        string_buffer said = {0};
        char *picture = figure_picture(f, "svg", 60, &n, &said, &err);
        ck_assert_msg(picture != NULL, "%s", err.text);
        ck_assert_msg(said.length == 0, "%s", said.at);
        free(picture);
        figure_widen(f);
    }
}

/* Script and data of a figure of the store; of `only`, unless that is NULL. */
static string_buffer figure_of(store *s, const char *kind, const char *baseline, const char *only)
{
    poise_error err = {0};
    results *r = store_read(s, &err);
    ck_assert_msg(r != NULL, "%s", err.text);
    plot_input in = {.store = s,
                     .results = r,
                     .metric = poise_metric_index("response_mean_s"),
                     .other = poise_metric_index("energy_j"),
                     .baseline = baseline,
                     .seed = -1,
                     .from_s = NAN,
                     .to_s = NAN,
                     .agents = {.at = &only, .n = only != NULL}};
    in.scenario = plot_scenario(r, NULL, NULL, NULL);
    in.report = report_make(r, in.scenario, in.metric, baseline, NULL);
    figure *f = figure_new(folder, kind, &err);
    ck_assert_msg(f != NULL, "%s", err.text);
    const plot_outcome outcome = plot_kind_called(kind)->fill(&in, f, &err);
    ck_assert_msg(outcome == PLOT_READY, "%s", err.text);
    string_buffer out = {0};
    figure_script(f, &out);
    figure_data(f, &out);
    expect_drawn(f);
    figure_free(f);
    report_free(&in.report);
    plot_suite_free(&in);
    results_free(r);
    return out;
}

typedef struct block {
    double at[128][6];
    int n;
} block;

/* The rows of a table, "# NAME: columns" up to an empty line; rows of NAN are none. */
static block block_of(const string_buffer *data, const char *name)
{
    char head[64];
    block b = {0};
    snprintf(head, sizeof head, "# %s:", name);
    const char *line = strstr(data->at, head);
    ck_assert_msg(line != NULL, "no %s", name);
    while ((line = strchr(line, '\n')) && line[1] && line[1] != '\n') {
        char *end = (char *)++line;
        for (int i = 0; i < 6 && *end != '\n'; i++)
            b.at[b.n][i] = strtod(end, &end);
        b.n += !isnan(b.at[b.n][0]);
    }
    return b;
}

static void expect_row(const block *b, int row, int n, const double *value)
{
    ck_assert_int_lt(row, b->n);
    for (int i = 0; i < n; i++)
        ck_assert_double_eq_tol(b->at[row][i], value[i], 1e-6);
}
#define expect(b, row, ...)                                                                        \
    expect_row(b, row, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)),                    \
               (const double[]){__VA_ARGS__})

static void expect_text(const string_buffer *data, const char *words)
{
    ck_assert_msg(strstr(data->at, words) != NULL, "no '%s' in:\n%.1500s", words, data->at);
}

#define ALL(x)                                                                                     \
    {                                                                                              \
        x, x, x, x, x                                                                              \
    }

/* ---- differences -------------------------------------------------------------------------- */

/* far: differences -1 -2 -3 -2 -2 have the mean -2 and sd 1/sqrt 2; t(.975, 4) = 2.776445, so the
 * half width is 2.776445 / sqrt 10 = .877989. near: 1 -1 0 1 -1 have the mean 0 and sd 1; the half
 * width is 1.241664. */
START_TEST(differences_are_paired_and_those_told_apart_stand_apart)
{
    store *s = open_store("a.db");
    put(s, "0.4", "8 GB",
        (const made_up[]){{"fifo", {5, 6, 7, 8, 9}, 1},
                          {"far", {4, 4, 4, 6, 7}, 1},
                          {"near", {6, 5, 7, 9, 8}, 1},
                          {0}});
    string_buffer data = figure_of(s, "differences", "fifo", NULL);
    const block diff = block_of(&data, "diff-1");
    ck_assert_int_eq(diff.n, 2);
    expect(&diff, 0, 1, -2, -2.877989, -1.122011, 1);
    expect(&diff, 1, 2, 0, -1.241664, 1.241664, 0);
    expect_text(&data, "'difference in mean response time (s)'");
    expect_text(&data, "value[1] = '\u22122.00 \u00b1 0.88'");
    expect_text(&data, "\u2190 better than fifo");
    string_free(&data);
    store_close(s);
}
END_TEST

/* ---- pareto ------------------------------------------------------------------------------- */

/* The box between the worst of each, (4, 4), and the best, (1, 1), is 9; of it (2, 2) alone covers
 * 2 x 2, for (1, 4) and (4, 1) lie on its edges: 4/9. */
START_TEST(the_front_is_of_those_that_nobody_beats)
{
    store *s = open_store("a.db");
    put(s, "0.4", "8 GB",
        (const made_up[]){
            {"a", ALL(1), 4}, {"b", ALL(2), 2}, {"c", ALL(4), 1}, {"d", ALL(3), 3}, {0}});
    string_buffer data = figure_of(s, "pareto", NULL, NULL);
    const block front = block_of(&data, "front-1"), best = block_of(&data, "agent-1");
    ck_assert_int_eq(front.n, 5);
    expect(&front, 0, 1, 4);
    expect(&front, 1, 2, 4);
    expect(&front, 2, 2, 2);
    expect(&front, 3, 4, 2);
    expect(&front, 4, 4, 1);
    expect(&best, 0, 1, 4, 1, 1, 4, 4);
    expect_text(&data, "front of 3, 1 of 4 beaten for sure, hypervolume 0.44");
    string_free(&data);
    store_close(s);
}
END_TEST

/* ---- heat maps ---------------------------------------------------------------------------- */

/* Where x is best alone, where y is, where they are equal, and a point that was not run. */
static void put_map(store *s)
{
    put(s, "0.4", "8 GB",
        (const made_up[]){{"x", {1, 2, 1, 2, 1}, 1}, {"y", {5, 6, 5, 6, 6}, 1}, {0}});
    put(s, "0.6", "8 GB",
        (const made_up[]){{"x", {8, 8, 8, 9, 7}, 1}, {"y", {4, 4, 5, 4, 3}, 1}, {0}});
    put(s, "0.4", "12 GB", (const made_up[]){{"x", ALL(3), 1}, {"y", ALL(3), 1}, {0}});
}

START_TEST(a_map_says_who_is_best_where_and_where_nobody_is_alone)
{
    store *s = open_store("a.db");
    put_map(s);
    string_buffer data = figure_of(s, "heatmap", "y", NULL);
    const block best = block_of(&data, "best-1"), value = block_of(&data, "value-1");
    ck_assert_int_eq(best.n, 3);
    expect(&best, 0, 1, 1, 1, 0);  // x
    expect(&best, 1, 1, 2, 1, 1);  // x or y
    expect(&best, 2, 2, 1, 2, 0);  // y
    ck_assert_int_eq(value.n, 3);
    expect(&value, 0, 1, 1, 1.4);
    expect(&value, 1, 1, 2, 3);
    expect(&value, 2, 2, 1, 4);
    expect_text(&data, "label[1] = 'A  x'");
    expect_text(&data, "y_value[2] = '12 GB'");
    expect_text(&data, "x_title = 'offered load'");
    string_free(&data);
    store_close(s);
}
END_TEST

/* x against y: 1.4 is 75% less than 5.6, 8 is 100% more than 4, 3 is 3. */
START_TEST(a_map_of_one_agent_shows_its_difference_to_the_baseline_in_percent)
{
    store *s = open_store("a.db");
    put_map(s);
    string_buffer data = figure_of(s, "heatmap", "y", "x");
    const block percent = block_of(&data, "percent-1"), value = block_of(&data, "value-1");
    ck_assert_int_eq(percent.n, 3);
    expect(&percent, 0, 1, 1, -75, 0);
    expect(&percent, 1, 1, 2, 0, 1);
    expect(&percent, 2, 2, 1, 100, 0);
    expect(&value, 2, 2, 1, 8);
    string_free(&data);
    store_close(s);
}
END_TEST

/* ---- suites ------------------------------------------------------------------------------- */

/* Scores are 0 for random and 1 for good; mid has (10 - 6) / (10 - 2) = .5 in one scenario and
 * (20 - 18) / (20 - 10) = .2 in the other one. */
static void put_suite(store *s)
{
    put(s, "0.4", "8 GB",
        (const made_up[]){{"random", ALL(10), 1}, {"good", ALL(2), 1}, {"mid", ALL(6), 1}, {0}});
    put(s, "0.6", "8 GB",
        (const made_up[]){{"random", ALL(20), 1}, {"good", ALL(10), 1}, {"mid", ALL(18), 1}, {0}});
}

START_TEST(a_profile_is_the_share_of_runs_above_each_score)
{
    store *s = open_store("a.db");
    put_suite(s);
    string_buffer data = figure_of(s, "profile", "random", NULL);
    expect_text(&data, "label[2] = 'mid'");
    const block mid = block_of(&data, "profile-2");
    ck_assert_int_gt(mid.n, 50);
    for (int i = 0; i < mid.n; i++) {
        const double at = mid.at[i][0], share = at < .2 ? 1 : at < .5 ? .5 : 0;
        ck_assert_double_eq_tol(mid.at[i][1], share, 1e-12);
        ck_assert(mid.at[i][2] <= share && share <= mid.at[i][3]);
    }
    string_free(&data);
    store_close(s);
}
END_TEST

/* Of .2 and .5, five times each, the middle six are three of either: .35, as are median (of the
 * means of scenarios) and mean; the gap to 1 is .65. Runs do not vary, nor do resamples. */
START_TEST(aggregates_and_ranks_are_those_of_the_scores)
{
    store *s = open_store("a.db");
    put_suite(s);
    string_buffer data = figure_of(s, "iqm", "random", NULL);
    const block iqm = block_of(&data, "iqm-1"), gap = block_of(&data, "gap-1");
    const block median = block_of(&data, "median-1"), mean = block_of(&data, "mean-1");
    ck_assert_int_eq(iqm.n, 3);
    expect(&iqm, 0, 1, 1, 1, 1);
    expect(&iqm, 1, 2, .35, .35, .35);
    expect(&iqm, 2, 3, 0, 0, 0);
    expect(&gap, 1, 2, .65, .65, .65);
    expect(&median, 1, 2, .35, .35, .35);
    expect(&mean, 1, 2, .35, .35, .35);
    expect_text(&data, "rank[2] = '2'");
    expect_text(&data, "2 scenarios, 5 seeds");
    expect_text(&data, "too narrow for so few seeds");
    string_free(&data);
    store_close(s);
}
END_TEST

START_TEST(improvement_counts_pairs_of_runs_and_ties_one_half)
{
    store *s = open_store("a.db");
    put_suite(s);
    string_buffer data = figure_of(s, "improvement", "mid", NULL);
    const block above = block_of(&data, "above-1");
    ck_assert_int_eq(above.n, 2);
    expect(&above, 0, 1, 1, 1, 1);
    expect(&above, 1, 2, 0, 0, 0);
    expect_text(&data, "better run than mid'");
    string_free(&data);
    store_close(s);
}
END_TEST

/* ---- what is missing ---------------------------------------------------------------------- */

static const struct lack {
    const char *kind, *words;
} lacks[] = {
    {"differences", "there are no runs of the baseline nobody"},
    {"pareto", "two agents with finished runs in which response_mean_s and energy_j are known"},
    {"heatmap", "it needs a sweep of two settings"},
    {"profile", "a score over scenarios needs two of them"},
    {"iqm", "a score over scenarios needs two of them"},
    {"improvement", "a score over scenarios needs two of them"},
};

START_TEST(what_a_figure_lacks_is_said_in_a_sentence)
{
    poise_error err = {0};
    store *s = open_store("a.db");
    put(s, "0.4", "8 GB", (const made_up[]){{"random", ALL(1), 1}, {0}});
    results *r = store_read(s, &err);
    plot_input in = {.store = s,
                     .results = r,
                     .metric = poise_metric_index("response_mean_s"),
                     .other = poise_metric_index("energy_j"),
                     .baseline = "nobody"};
    in.report = report_make(r, 0, in.metric, in.baseline, NULL);
    figure *f = figure_new(folder, lacks[_i].kind, &err);
    ck_assert_int_eq(plot_kind_called(lacks[_i].kind)->fill(&in, f, &err), PLOT_NO_DATA);
    ck_assert_msg(strstr(err.text, lacks[_i].words) != NULL, "%s", err.text);
    figure_free(f);
    report_free(&in.report);
    results_free(r);
    store_close(s);
}
END_TEST

int main(void)
{
    has_gnuplot =
        access("/usr/bin/gnuplot", X_OK) == 0 || access("/usr/local/bin/gnuplot", X_OK) == 0;
    if (!has_gnuplot)
        puts("gnuplot is not installed: no picture is drawn in this test");
    Suite *all = suite_create("figures of agents");
    TCase *t = tcase_create("data");
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_test(t, differences_are_paired_and_those_told_apart_stand_apart);
    tcase_add_test(t, the_front_is_of_those_that_nobody_beats);
    tcase_add_test(t, a_map_says_who_is_best_where_and_where_nobody_is_alone);
    tcase_add_test(t, a_map_of_one_agent_shows_its_difference_to_the_baseline_in_percent);
    tcase_add_test(t, a_profile_is_the_share_of_runs_above_each_score);
    tcase_add_test(t, aggregates_and_ranks_are_those_of_the_scores);
    tcase_add_test(t, improvement_counts_pairs_of_runs_and_ties_one_half);
    tcase_add_loop_test(t, what_a_figure_lacks_is_said_in_a_sentence, 0,
                        (int)(sizeof lacks / sizeof *lacks));
    suite_add_tcase(all, t);
    return run_suite(all);
}
