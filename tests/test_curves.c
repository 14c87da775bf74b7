/* test_curves.c - learning curves over training seeds: what is averaged at which decisions, what a
 * table keeps, and that a page of figures is drawn the same twice. */
#include "bench_support.h"
#include "cli.h"
#include "curve.h"
#include "file.h"

#include <math.h>
#include <sys/wait.h>

static void put(const char *name, const char *text)
{
    poise_error err = {0};
    ck_assert_msg(file_write(in_folder(name), text, strlen(text), &err), "%s", err.text);
}

static const char head[] = "time/episodes,time/total_timesteps,rollout/ep_rew,eval/score\n";

/* Two trainings, judged after 100, 200, 300 and after 150, 300 decisions. Both are known from 150
 * on, and the shorter one has two points: at 150 they have 15 (half-way from 10 to 20) and 1, at
 * 300 30 and 4. Student's t for one degree of freedom is 12.7062, so the half widths are 12.7062 x
 * 7 and 12.7062 x 13. Scores are larger if better, response times are not. */
static void put_logs(void)
{
    char text[400];
    snprintf(text, sizeof text, "%s1,100,-5,-10\n2,150,-5,\n3,200,-5,-20\n4,300,-5,-30\n", head);
    put("p-0.progress.csv", text);
    snprintf(text, sizeof text, "%s1,150,-7,-1\n2,300,-7,-3\n2,300,-7,-4\n", head);
    put("p-1.progress.csv", text);
}

static void expect_point(const curve *c, int k, double decisions, double mean, double half)
{
    ck_assert_double_eq(c->point[k].decisions, decisions);
    ck_assert_double_eq_tol(c->point[k].mean, mean, 1e-12);
    ck_assert_double_eq_tol(c->point[k].low, mean - half, 1e-3);
    ck_assert_double_eq_tol(c->point[k].high, mean + half, 1e-3);
}

START_TEST(seeds_are_averaged_where_all_are_known)
{
    put_logs();
    const char *logs[] = {in_folder("p-0.progress.csv"), in_folder("p-1.progress.csv")};
    curve c = {.metric = poise_metric_index("response_mean_s")};
    poise_error err = {0};
    ck_assert_msg(curve_of_logs(&c, logs, 2, &err), "%s", err.text);
    ck_assert_int_eq(c.seeds, 2);
    ck_assert_int_eq(c.n, 2);
    expect_point(&c, 0, 150, 8, 12.7062047 * 7);
    expect_point(&c, 1, 300, 17, 12.7062047 * 13);
}
END_TEST

START_TEST(what_is_better_if_it_is_more_keeps_its_sign)
{
    put_logs();
    const char *logs[] = {in_folder("p-1.progress.csv")};
    curve c = {.metric = poise_metric_index("reward")};
    poise_error err = {0};
    ck_assert(curve_of_logs(&c, logs, 1, &err));
    ck_assert_int_eq(c.n, 2);
    ck_assert_double_eq(c.point[1].mean, -4);
    ck_assert(isnan(c.point[1].low));
}
END_TEST

START_TEST(without_validation_training_episodes_count)
{
    put("q.progress.csv",
        "time/episodes,time/total_timesteps,rollout/ep_rew\n1,100,-5\n2,200,-3\n");
    put_logs();
    const char *logs[] = {in_folder("q.progress.csv"), in_folder("p-1.progress.csv")};
    curve c = {.metric = poise_metric_index("response_mean_s")};
    poise_error err = {0};
    ck_assert_msg(curve_of_logs(&c, logs, 1, &err), "%s", err.text);
    ck_assert_int_eq(c.metric, poise_metric_index("reward"));
    ck_assert_int_eq(c.n, 2);
    ck_assert_double_eq(c.point[1].mean, -3);
    ck_assert(!curve_of_logs(&c, logs, 2, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "only some of these trainings were validated"));
}
END_TEST

static curve sample_curve(void)
{
    curve c = {.scenario = "mm1-v1",
               .name = "ppo",
               .metric = poise_metric_index("response_mean_s"),
               .seeds = 10,
               .n = 2,
               .n_rules = 1,
               .point = {{1000, 4.5, 4, 5}, {2000, 2.25, 2, 2.5}},
               .rule = {{"fifo:x=1", 3, 2.125, 2, 2.25}}};
    return c;
}

START_TEST(a_table_keeps_a_curve)
{
    curve c = sample_curve(), back;
    poise_error err = {0};
    ck_assert_msg(curve_write(&c, in_folder("c.csv"), &err), "%s", err.text);
    ck_assert_msg(curve_read(&back, in_folder("c.csv"), &err), "%s", err.text);
    ck_assert_str_eq(back.scenario, "mm1-v1");
    ck_assert_str_eq(back.name, "ppo");
    ck_assert_int_eq(back.metric, c.metric);
    ck_assert_int_eq(back.seeds, 10);
    ck_assert_int_eq(back.n, 2);
    expect_point(&back, 1, 2000, 2.25, .25);
    ck_assert_int_eq(back.n_rules, 1);
    ck_assert_str_eq(back.rule[0].name, "fifo:x=1");
    ck_assert_double_eq(back.rule[0].mean, 2.125);
}
END_TEST

typedef struct mistake {
    const char *text, *said;
} mistake;

static const mistake mistakes[] = {
    {"time/episodes,time/total_timesteps,rollout/ep_len_mean\n1,2,3\n", "rollout/ep_rew"},
    {"time/episodes,time/total_timesteps,rollout/ep_rew,eval/score\n1,100,-5,\n", "no episode"},
    {"time/episodes,time/total_timesteps,rollout/ep_rew,eval/score\n1,100,-5,x\n", ":2"},
    {"time/episodes,time/total_timesteps,rollout/ep_rew,eval/score\n1,-1,-5,2\n", ":2"},
    {"", "x.csv"},
};

START_TEST(what_is_no_log_is_refused)
{
    put("x.csv", mistakes[_i].text);
    const char *logs[] = {in_folder("x.csv")};
    curve c = {.metric = 0};
    poise_error err = {0};
    ck_assert(!curve_of_logs(&c, logs, 1, &err));
    ck_assert_msg(strstr(err.text, mistakes[_i].said), "%s is not in: %s", mistakes[_i].said,
                  err.text);
}
END_TEST

static bool has_gnuplot(void)
{
    const pid_t child = fork();
    if (child == 0) {
        execlp("gnuplot", "gnuplot", "--version", (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The command in a process of its own, for it ends the program where it refuses. */
static int curves(const char *from, const char *to)
{
    const pid_t child = fork();
    if (child == 0) {
        char *argv[] = {"poise curves", (char *)from, "-o", (char *)to, NULL};
        exit(cmd_curves(4, argv));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(a_page_is_drawn_the_same_twice)
{
    if (!has_gnuplot()) {
        printf("skipped: gnuplot is not installed\n");
        return;
    }
    const curve c = sample_curve();
    poise_error err = {0};
    ck_assert(curve_write(&c, in_folder("c.csv"), &err));
    char *page[2];
    size_t n[2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(curves(in_folder("c.csv"), in_folder("c.svg")), 0);
        page[i] = file_read(in_folder("c.svg"), 1 << 24, &n[i], &err);
        ck_assert_ptr_nonnull(page[i]);
    }
    ck_assert_uint_eq(n[0], n[1]);
    ck_assert_int_eq(memcmp(page[0], page[1], n[0]), 0);
    ck_assert_ptr_nonnull(strstr(page[0], "mm1-v1, ppo"));
    ck_assert_ptr_nonnull(strstr(page[0], "fifo:x=1"));
    free(page[0]);
    free(page[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("curves");
    TCase *tests = tcase_create("curves");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, seeds_are_averaged_where_all_are_known);
    tcase_add_test(tests, what_is_better_if_it_is_more_keeps_its_sign);
    tcase_add_test(tests, without_validation_training_episodes_count);
    tcase_add_test(tests, a_table_keeps_a_curve);
    tcase_add_loop_test(tests, what_is_no_log_is_refused, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tests, a_page_is_drawn_the_same_twice);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
