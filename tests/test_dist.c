/* test_dist.c - the distributions of sizes against GSL's and against their formulas. */
#include "dist.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A distribution as a scenario would give it, and what is known of it. */
typedef struct known {
    const char *family;
    dist given;
    double (*cdf)(const dist *d, double x);
    double mean, second_moment;
} known;

static double exponential_cdf(const dist *d, double x)
{
    return gsl_cdf_exponential_P(x, d->mean);
}

static double uniform_cdf(const dist *d, double x)
{
    return gsl_cdf_flat_P(x, d->low, d->high);
}

static double lognormal_cdf(const dist *d, double x)
{
    return gsl_cdf_lognormal_P(x, d->mu, d->sigma);
}

static double hyperexponential_cdf(const dist *d, double x)
{
    return d->p * gsl_cdf_exponential_P(x, d->mean_1) +
           (1 - d->p) * gsl_cdf_exponential_P(x, d->mean_2);
}

static double pareto_cdf(const dist *d, double x)
{
    return gsl_cdf_pareto_P(x, d->alpha, d->scale);
}

static double bounded_pareto_cdf(const dist *d, double x)
{
    return gsl_cdf_pareto_P(x, d->alpha, d->low) / gsl_cdf_pareto_P(d->high, d->alpha, d->low);
}

static double erlang_cdf(const dist *d, double x)
{
    return gsl_cdf_gamma_P(x, d->phases, d->mean / d->phases);
}

/* Second moments by hand: variance + mean^2, or the integral of x^2 times the density. */
static const known families[] = {
    {"exponential", {.mean = 2.5}, exponential_cdf, 2.5, 12.5},
    {"uniform", {.low = 1, .high = 4}, uniform_cdf, 2.5, 7},
    {"lognormal", {.mean = 3, .scv = 2}, lognormal_cdf, 3, 27},
    {"lognormal", {.mu = 0.5, .sigma = 0.8}, lognormal_cdf, 2.2704998375324057, 9.776680409},
    {"hyperexponential", {.mean = 2, .scv = 4}, hyperexponential_cdf, 2, 20},
    {"hyperexponential", {.p = 0.9, .mean_1 = 1, .mean_2 = 20}, hyperexponential_cdf, 2.9, 81.8},
    {"pareto", {.alpha = 3, .mean = 3}, pareto_cdf, 3, 12},
    {"pareto", {.alpha = 1.5, .scale = 1}, pareto_cdf, 3, INFINITY},
    {"bounded_pareto",
     {.alpha = 1, .low = 1, .high = M_E},
     bounded_pareto_cdf,
     1.5819767068693265,
     M_E},
    {"bounded_pareto",
     {.alpha = 2, .low = 1, .high = 2},
     bounded_pareto_cdf,
     4. / 3,
     1.8483924814931874},
    {"bounded_pareto",
     {.alpha = 1.1, .low = 1, .high = 1e6},
     bounded_pareto_cdf,
     8.236926994361975,
     307007.1965234473},
    {"erlang", {.mean = 4, .phases = 5}, erlang_cdf, 4, 19.2},
    {"erlang", {.mean = 4, .phases = 1}, exponential_cdf, 4, 32},
};

static dist prepared(const char *family, dist given)
{
    char text[256] = "";
    given.type = dist_find(family);
    ck_assert_ptr_nonnull(given.type);
    ck_assert_msg(given.type->prepare(&given, text, sizeof text), "%s: %s", family, text);
    return given;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { N = 20000 };

static void draw_all(const dist *d, double *x)
{
    for (uint32_t i = 0; i < N; i++) {
        poise_rng r = poise_rng_at(21, POISE_FOR_JOB, 0, i);
        double u = poise_rng_uniform(&r);
        x[i] = dist_draw(d, u, &r);
    }
}

/* Kolmogorov-Smirnov: sqrt(n) D is beyond 2.23 with probability 1e-4 (Kolmogorov 1933). */
START_TEST(sizes_follow_the_distribution_that_gsl_knows)
{
    static double x[N];
    const known *k = &families[_i];
    dist d = prepared(k->family, k->given);
    draw_all(&d, x);
    qsort(x, N, sizeof *x, by_size);
    double distance = 0;
    for (int i = 0; i < N; i++) {
        double p = k->cdf(&d, x[i]);
        distance = fmax(distance, fmax((i + 1.) / N - p, p - (double)i / N));
    }
    ck_assert_msg(distance * sqrt(N) < 2.23, "%s: sqrt(n) D = %g", k->family, distance * sqrt(N));
}
END_TEST

START_TEST(moments_are_those_of_the_formulas)
{
    const known *k = &families[_i];
    dist d = prepared(k->family, k->given);
    ck_assert_msg(fabs(d.mean / k->mean - 1) < 1e-6, "%s: mean %.10g", k->family, d.mean);
    ck_assert_msg(d.second_moment == k->second_moment ||
                      fabs(d.second_moment / k->second_moment - 1) < 1e-6,
                  "%s: second moment %.10g", k->family, d.second_moment);
}
END_TEST

START_TEST(sample_means_are_near_the_mean_where_the_variance_exists)
{
    static double x[N];
    const known *k = &families[_i];
    dist d = prepared(k->family, k->given);
    if (!isfinite(d.second_moment))
        return;
    draw_all(&d, x);
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += x[i];
    double sigma = sqrt((d.second_moment - d.mean * d.mean) / N);
    ck_assert_msg(fabs(sum / N - d.mean) < 4 * sigma, "%s: mean %g, not %g +- %g", k->family,
                  sum / N, d.mean, sigma);
}
END_TEST

START_TEST(sizes_are_positive_and_finite_at_the_ends_of_the_unit_interval)
{
    const known *k = &families[_i];
    dist d = prepared(k->family, k->given);
    static const double ends[] = {0x1p-53, 0.5, 0.9, 1 - 0x1p-53};
    for (int i = 0; i < 4; i++) {
        poise_rng r = poise_rng_at(1, POISE_FOR_JOB, 0, 0);
        double x = dist_draw(&d, ends[i], &r);
        ck_assert_msg(x >= 0 && isfinite(x), "%s: %g at %g", k->family, x, ends[i]);
    }
}
END_TEST

START_TEST(a_smaller_uniform_number_is_a_larger_size)
{
    const known *k = &families[_i];
    dist d = prepared(k->family, k->given);
    if (strcmp(k->family, "hyperexponential") == 0)
        return;
    double last = INFINITY;
    for (int i = 1; i < 1000; i++) {
        poise_rng r = poise_rng_at(1, POISE_FOR_JOB, 0, 0);
        double x = dist_draw(&d, i / 1000., &r);
        ck_assert(x < last);
        last = x;
    }
}
END_TEST

START_TEST(a_constant_is_always_its_value)
{
    dist d = prepared("deterministic", (dist){.mean = 3});
    dist c = dist_constant(3);
    poise_rng r = poise_rng_at(1, POISE_FOR_JOB, 0, 0);
    for (int i = 1; i < 10; i++) {
        ck_assert(dist_draw(&d, i / 10., &r) == 3);
        ck_assert(dist_draw(&c, i / 10., &r) == 3);
    }
    ck_assert(d.mean == 3 && d.second_moment == 9 && c.mean == 3 && c.second_moment == 9);
}
END_TEST

START_TEST(empirical_sizes_come_as_often_as_their_weights_say)
{
    static const double value[] = {5, 1, 10}, cumulative[] = {0.25, 0.25, 1};
    static double x[N];
    dist d = prepared("empirical", (dist){.n_values = 3, .value = value, .cumulative = cumulative});
    ck_assert(d.mean == 8.75 && d.second_moment == 81.25);
    draw_all(&d, x);
    int fives = 0;
    for (int i = 0; i < N; i++) {
        ck_assert(x[i] == 5 || x[i] == 10);
        fives += x[i] == 5;
    }
    ck_assert(fabs(fives - 0.25 * N) < 4 * sqrt(N * 0.25 * 0.75));
}
END_TEST

/* p = 1/4: P(1) = 1/4, P(2) = 3/16; E[X^2] = (2 - p) / p^2 = 28. */
START_TEST(geometric_sizes_are_whole_and_come_as_often_as_their_probabilities_say)
{
    static double x[N];
    dist d = prepared("geometric", (dist){.mean = 4}),
         always = prepared("geometric", (dist){.mean = 1});
    ck_assert(d.mean == 4 && d.second_moment == 28);
    draw_all(&d, x);
    int ones = 0, twos = 0, others = 0;
    for (int i = 0; i < N; i++) {
        ones += x[i] == 1;
        twos += x[i] == 2;
        others += x[i] < 1 || x[i] != floor(x[i]);
    }
    ck_assert_int_eq(others, 0);
    ck_assert(fabs(ones - N / 4.) < 4 * sqrt(N * 3 / 16.));
    ck_assert(fabs(twos - N * 3 / 16.) < 4 * sqrt(N * 3 / 16. * 13 / 16));
    poise_rng r = poise_rng_at(1, POISE_FOR_JOB, 0, 0);
    ck_assert(dist_draw(&always, 0x1p-53, &r) == 1 && dist_draw(&always, 1 - 0x1p-53, &r) == 1);
}
END_TEST

typedef struct refusal {
    const char *family;
    dist given;
    const char *sentence;
} refusal;

static const double one[] = {1}, negative[] = {-1}, half[] = {0.5};

static const refusal refusals[] = {
    {"exponential", {.mean = 0}, "the mean must be greater than 0"},
    {"deterministic", {.mean = NAN}, "the mean must be greater than 0"},
    {"uniform", {.low = 4, .high = 4}, "low is 4, it must be less than high, which is 4"},
    {"lognormal",
     {.mean = 3},
     "give either mean and scv, or mu and sigma (mean, scv and sigma "
     "greater than 0)"},
    {"lognormal",
     {.mean = 3, .scv = 1, .sigma = 1},
     "give either mean and scv, or mu and sigma (mean, scv and sigma greater than 0)"},
    {"lognormal",
     {.mu = 3},
     "give either mean and scv, or mu and sigma (mean, scv and sigma "
     "greater than 0)"},
    {"hyperexponential",
     {.mean = 2, .scv = 0.5},
     "scv is 0.5, it must be at least 1 (erlang and lognormal vary less)"},
    {"hyperexponential",
     {.mean = 2, .scv = 2, .p = 0.5},
     "give either mean and scv, or p, mean_1 and mean_2 (all greater than 0, p less than 1)"},
    {"hyperexponential",
     {.p = 1, .mean_1 = 1, .mean_2 = 1},
     "give either mean and scv, or p, mean_1 and mean_2 (all greater than 0, p less than 1)"},
    {"pareto",
     {.alpha = 1, .mean = 1},
     "alpha is 1, it must be greater than 1 for the mean to exist"},
    {"pareto", {.alpha = 2, .mean = 1, .scale = 1}, "give either mean or scale, greater than 0"},
    {"pareto", {.alpha = 2}, "give either mean or scale, greater than 0"},
    {"bounded_pareto", {.alpha = 0, .low = 1, .high = 2}, "alpha must be greater than 0"},
    {"bounded_pareto",
     {.alpha = 1, .low = 3, .high = 2},
     "low is 3 and high is 2, low must be greater than 0 and less than high"},
    {"erlang", {.mean = 0, .phases = 2}, "the mean must be greater than 0"},
    {"geometric", {.mean = 0.5}, "the mean is 0.5, it must be at least 1"},
    {"empirical", {.n_values = 0}, "at least one value is needed"},
    {"empirical",
     {.n_values = 1, .value = negative, .cumulative = one},
     "value 1 is -1, it must be greater than 0"},
    {"empirical",
     {.n_values = 1, .value = one, .cumulative = half},
     "the weights sum to 0.5, not to 1"},
};

START_TEST(parameters_that_make_no_sense_are_refused_with_a_sentence)
{
    const refusal *c = &refusals[_i];
    char text[256] = "";
    dist d = c->given;
    d.type = dist_find(c->family);
    ck_assert(!d.type->prepare(&d, text, sizeof text));
    ck_assert_str_eq(text, c->sentence);
}
END_TEST

START_TEST(families_are_found_by_name)
{
    for (int i = 0; dist_types[i]; i++)
        ck_assert_ptr_eq(dist_find(dist_types[i]->name), dist_types[i]);
    ck_assert_ptr_null(dist_find("exponental"));
}
END_TEST

int main(void)
{
    gsl_set_error_handler_off();
    Suite *suite = suite_create("dist");
    TCase *all = tcase_create("all");
    int n = sizeof families / sizeof *families;
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, sizes_follow_the_distribution_that_gsl_knows, 0, n);
    tcase_add_loop_test(all, moments_are_those_of_the_formulas, 0, n);
    tcase_add_loop_test(all, sample_means_are_near_the_mean_where_the_variance_exists, 0, n);
    tcase_add_loop_test(all, sizes_are_positive_and_finite_at_the_ends_of_the_unit_interval, 0, n);
    tcase_add_loop_test(all, a_smaller_uniform_number_is_a_larger_size, 0, n);
    tcase_add_test(all, a_constant_is_always_its_value);
    tcase_add_test(all, empirical_sizes_come_as_often_as_their_weights_say);
    tcase_add_test(all, geometric_sizes_are_whole_and_come_as_often_as_their_probabilities_say);
    tcase_add_loop_test(all, parameters_that_make_no_sense_are_refused_with_a_sentence, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_add_test(all, families_are_found_by_name);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
