/* test_inputs.c - the scenarios that stand on real input say what their sources say. */
#include "scenario.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static poise_scenario *load(const char *name, const char *set)
{
    char path[1024];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, name);
    poise_scenario *s = poise_scenario_load(path, &set, set ? 1 : 0, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    return s;
}

/* ---- gpu-mix ------------------------------------------------------------------------------ */

/* What the classes are called in the measurements. */
typedef struct measured {
    const char *class_name, *row;
} measured;

static const measured classes[] = {
    {"a3c", "A3C,,1"},
    {"cyclegan", "CycleGAN,,1"},
    {"lm", "LM,10,1"},
    {"recommendation", "Recommendation,1024,1"},
    {"resnet18", "ResNet-18,16,1"},
    {"resnet50", "ResNet-50,64,1"},
    {"transformer16", "Transformer,16,1"},
    {"transformer64", "Transformer,64,1"},
};
enum { N_CLASSES = sizeof classes / sizeof *classes };

/* The file of the measurements, NULL if it is not at hand. */
static FILE *measurements(void)
{
    char path[1024];
    const char *shared = getenv("POISE_SHARED");
    snprintf(path, sizeof path, "%s/data/gavel/isolated_steps_per_s.csv",
             shared ? shared : POISE_SOURCE_DIR "/../shared");
    FILE *f = fopen(path, "r");
    if (!f)
        printf("skipped: there is no %s (POISE_SHARED says where)\n", path);
    return f;
}

static int named(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    ck_abort_msg("there is no %s", name);
    return -1;
}

static void ck_speed(const poise_space *p, const char *group, const char *class_name, double speed)
{
    int g = named(p->group_name, p->n_groups, group);
    int c = named(p->class_name, p->n_classes, class_name);
    double ours = p->speed[c * p->n_groups + g];
    ck_assert_msg(fabs(ours / speed - 1) < 6e-4, "%s on %s: %g steps/s, measured %g", class_name,
                  group, ours, speed);
}

START_TEST(speeds_of_the_gpu_mix_are_the_measured_ones)
{
    FILE *f = measurements();
    if (!f)
        return;
    poise_scenario *s = load("gpu-mix-v1", NULL);
    const poise_space *p = poise_scenario_space(s);
    char line[256];
    int found = 0;
    while (fgets(line, sizeof line, f))
        for (int i = 0; i < N_CLASSES; i++) {
            size_t n = strlen(classes[i].row);
            double k80, p100, v100;
            if (strncmp(line, classes[i].row, n) != 0 ||
                sscanf(line + n, ",%lf,%lf,%lf", &k80, &p100, &v100) != 3)
                continue;
            ck_speed(p, "k80", classes[i].class_name, k80);
            ck_speed(p, "p100", classes[i].class_name, p100);
            ck_speed(p, "v100", classes[i].class_name, v100);
            found++;
        }
    fclose(f);
    ck_assert_int_eq(found, N_CLASSES);
    ck_assert_int_eq(p->n_classes, N_CLASSES);
    poise_scenario_free(s);
}
END_TEST

/* Jobs per second if every device serves the mix as it comes. */
static double capacity_without_matching(const poise_scenario *s)
{
    const scenario_source *src = &s->source[0];
    double capacity = 0;
    for (int g = 0; g < s->n_groups; g++) {
        double mean_s = 0, below = 0;
        for (int i = 0; i < src->n_mix; i++) {
            int c = src->mix_class[i];
            mean_s += (src->mix_cumulative[i] - below) * s->space.service_s[c * s->n_groups + g];
            below = src->mix_cumulative[i];
        }
        capacity += s->group[g].count / mean_s;
    }
    return capacity;
}

START_TEST(matching_is_worth_in_the_gpu_mix_what_its_header_says)
{
    poise_scenario *s = load("gpu-mix-v1", NULL);
    double load_of_best = poise_scenario_offered_load(s);
    double load_without = s->source[0].rate_per_s / capacity_without_matching(s);
    ck_assert_double_eq_tol(load_of_best, 0.8, 1e-9);
    ck_assert_double_eq_tol(load_of_best / load_without, 0.67, 0.005);
    poise_scenario_free(s);
}
END_TEST

START_TEST(jobs_of_the_gpu_mix_take_15_to_45_minutes_where_they_are_fastest)
{
    poise_scenario *s = load("gpu-mix-v1", NULL);
    const poise_space *p = poise_scenario_space(s);
    for (int c = 0; c < p->n_classes; c++) {
        double best = INFINITY;
        for (int g = 0; g < p->n_groups; g++)
            best = fmin(best, p->service_s[c * p->n_groups + g]);
        ck_assert_msg(best > 14.9 * 60 && best < 45.2 * 60, "%s: %g s", p->class_name[c], best);
    }
    poise_scenario_free(s);
}
END_TEST

/* ---- hpc-swf ------------------------------------------------------------------------------ */

START_TEST(the_log_that_ships_has_the_load_that_its_header_says)
{
    poise_scenario *s = load("hpc-swf-v1", NULL);
    const scenario_source *src = &s->source[0];
    ck_assert_int_eq(s->group[0].params.cores, 64);
    ck_assert_int_eq(src->n_jobs, 196);
    double area = 0;
    for (int64_t i = 0; i < src->n_jobs; i++)
        area += src->job[i].size * src->job[i].cores;
    double span = seconds(src->job[src->n_jobs - 1].arrival_ns - src->job[0].arrival_ns);
    ck_assert_double_eq_tol(area / (64 * span), 0.8, 0.01);
    ck_assert_ptr_nonnull(strstr(poise_scenario_notes(s), "196 jobs from 200 lines"));
    poise_scenario_free(s);
}
END_TEST

START_TEST(another_log_is_named_on_the_command_line)
{
    char set[1024];
    snprintf(set, sizeof set, "workload.trace=%s/scenarios/traces/tiny.swf", POISE_SOURCE_DIR);
    poise_scenario *s = load("hpc-swf-v1", set), *same = load("hpc-swf-v1", NULL);
    ck_assert_int_eq(s->source[0].n_jobs, same->source[0].n_jobs);
    poise_scenario_free(s);
    poise_scenario_free(same);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inputs");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_test(all, speeds_of_the_gpu_mix_are_the_measured_ones);
    tcase_add_test(all, matching_is_worth_in_the_gpu_mix_what_its_header_says);
    tcase_add_test(all, jobs_of_the_gpu_mix_take_15_to_45_minutes_where_they_are_fastest);
    tcase_add_test(all, the_log_that_ships_has_the_load_that_its_header_says);
    tcase_add_test(all, another_log_is_named_on_the_command_line);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
