/* test_rng.c - the random streams against the published Philox vectors and against GSL. */
#include "rng.h"

#include <check.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <stdlib.h>

/* The first block of a stream, whose counter is (0, index, entity, purpose); later ones by
 * setting the counter, as nobody but this test would. */
static void ck_block(const uint32_t counter[4], const uint32_t key[2], const uint32_t expected[4])
{
    poise_rng r = {.key = {key[0], key[1]},
                   .counter = {counter[0], counter[1], counter[2], counter[3]},
                   .used = 4};
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(poise_rng_u32(&r), expected[i]);
}

/* The known answers that come with Random123, philox4x32 with 10 rounds. */
START_TEST(blocks_are_those_of_the_published_generator)
{
    ck_block((uint32_t[4]){0}, (uint32_t[2]){0},
             (uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    ck_block((uint32_t[4]){0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
             (uint32_t[2]){0xffffffff, 0xffffffff},
             (uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    ck_block((uint32_t[4]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
             (uint32_t[2]){0xa4093822, 0x299f31d0},
             (uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
END_TEST

START_TEST(seed_purpose_entity_and_index_each_name_another_stream)
{
    const poise_rng start[] = {poise_rng_at(1, POISE_FOR_JOB, 2, 3),
                               poise_rng_at(2, POISE_FOR_JOB, 2, 3),
                               poise_rng_at(1 + (1ULL << 32), POISE_FOR_JOB, 2, 3),
                               poise_rng_at(1, POISE_FOR_CLASS, 2, 3),
                               poise_rng_at(1, POISE_FOR_JOB, 3, 3),
                               poise_rng_at(1, POISE_FOR_JOB, 2, 4)};
    int n = sizeof start / sizeof *start;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            poise_rng a = start[i], b = start[j];
            ck_assert(poise_rng_u64(&a) != poise_rng_u64(&b));
        }
}
END_TEST

START_TEST(uniform_numbers_are_never_0_or_1)
{
    poise_rng least = {.used = 0}, most = {.used = 0};
    for (int i = 0; i < 4; i++)
        most.block[i] = 0xffffffff;
    ck_assert(poise_rng_uniform(&least) == 0x1p-53);
    ck_assert(poise_rng_uniform(&most) == 1 - 0x1p-53);
}
END_TEST

START_TEST(many_streams_at_once_give_the_numbers_of_each)
{
    enum { N = 101 };
    double u0[N], u1[N];
    uint64_t seed = 0x123456789abcdef0;
    for (uint32_t draw = 0; draw < 3; draw++) {
        rng_uniforms(seed, POISE_FOR_JOB, 9, 0xfffffff0, N, draw, u0, u1);
        for (uint32_t i = 0; i < N; i++) {
            poise_rng r = poise_rng_at(seed, POISE_FOR_JOB, 9, 0xfffffff0 + i);
            for (uint32_t skip = 0; skip < 2 * draw; skip++)
                poise_rng_uniform(&r);
            ck_assert(poise_rng_uniform(&r) == u0[i]);
            ck_assert(poise_rng_uniform(&r) == u1[i]);
        }
    }
}
END_TEST

/* The chi-squared statistic is beyond its 1e-4 quantiles for a broken generator only. */
static void ck_even(const int *count, int n_cells, double expected)
{
    double chi = 0;
    for (int i = 0; i < n_cells; i++)
        chi += (count[i] - expected) * (count[i] - expected) / expected;
    double p = gsl_cdf_chisq_Q(chi, n_cells - 1);
    ck_assert_msg(p > 1e-4 && p < 1 - 1e-4, "chi squared %g has p-value %g", chi, p);
}

START_TEST(whole_numbers_below_a_bound_are_equally_likely)
{
    static const int bounds[] = {2, 3, 7, 10, 100};
    poise_rng r = poise_rng_at(11, POISE_FOR_HARNESS, 0, 0);
    for (int b = 0; b < 5; b++) {
        int count[100] = {0}, draws = 1000 * bounds[b];
        for (int i = 0; i < draws; i++) {
            int k = poise_rng_below(&r, bounds[b]);
            ck_assert(k >= 0 && k < bounds[b]);
            count[k]++;
        }
        ck_even(count, bounds[b], 1000);
    }
    ck_assert_int_eq(poise_rng_below(&r, 1), 0);
}
END_TEST

/* Without rejection the lower half would come up with probability 2/3. */
START_TEST(a_bound_that_does_not_divide_2_to_the_32_has_no_bias)
{
    poise_rng r = poise_rng_at(12, POISE_FOR_HARNESS, 0, 0);
    int bound = 3 << 29, count[3] = {0};
    for (int i = 0; i < 30000; i++)
        count[poise_rng_below(&r, bound) >> 29]++;
    ck_even(count, 3, 10000);
}
END_TEST

START_TEST(normal_numbers_have_the_moments_of_a_normal)
{
    int n = 200000;
    double sum[5] = {0};
    poise_rng r = poise_rng_at(13, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < n; i++) {
        double x = poise_rng_normal(&r), power = 1;
        for (int k = 0; k < 5; k++, power *= x)
            sum[k] += power;
    }
    static const double moment[5] = {1, 0, 1, 0, 3}, variance[5] = {0, 1, 2, 15, 96};
    for (int k = 1; k < 5; k++) {
        double z = (sum[k] / n - moment[k]) / __builtin_sqrt(variance[k] / n);
        ck_assert_msg(z > -4 && z < 4, "moment %d is %g, off by %g sigma", k, sum[k] / n, z);
    }
}
END_TEST

START_TEST(exponential_numbers_in_bulk_are_minus_mean_times_log)
{
    double u[3] = {0.5, 0x1p-53, 1 - 0x1p-53};
    rng_exponentials(u, 3, 2);
    ck_assert_double_eq_tol(u[0], 2 * 0.693147180559945309, 1e-15);
    ck_assert_double_eq_tol(u[1], 2 * 53 * 0.693147180559945309, 1e-13);
    ck_assert_double_eq_tol(u[2], 0x1p-52, 1e-30);
}
END_TEST

START_TEST(families_of_seeds_do_not_meet)
{
    enum { N = 1000 };
    static const poise_family families[] = {POISE_EVALUATE, POISE_TRAIN, POISE_VALIDATE,
                                            POISE_TUNE};
    for (uint64_t user = 0; user < 3; user++)
        for (uint64_t n = 0; n < N; n++)
            for (int f = 0; f < 4; f++)
                ck_assert_uint_eq(poise_seed(families[f], user, n) >> 62, families[f]);
}
END_TEST

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(episodes_and_users_have_seeds_of_their_own)
{
    enum { N = 10000 };
    static uint64_t seed[3 * N];
    for (uint64_t user = 0; user < 3; user++)
        for (uint64_t n = 0; n < N; n++)
            seed[user * N + n] = poise_seed(POISE_TRAIN, user << 32, n);
    qsort(seed, 3 * N, sizeof *seed, by_value);
    for (int i = 1; i < 3 * N; i++)
        ck_assert(seed[i] != seed[i - 1]);
}
END_TEST

START_TEST(gsl_draws_what_the_stream_draws)
{
    gsl_rng *g = gsl_rng_alloc(poise_rng_gsl());
    poise_rng r = poise_rng_at(77, POISE_FOR_HARNESS, 5, 6);
    poise_rng_gsl_set(g, &r);
    for (int i = 0; i < 9; i++)
        ck_assert_uint_eq(gsl_rng_get(g), poise_rng_u32(&r));
    ck_assert(gsl_rng_uniform(g) == poise_rng_uniform(&r));
    ck_assert_uint_eq(gsl_rng_min(g), 0);
    ck_assert_uint_eq(gsl_rng_max(g), 0xffffffff);
    gsl_rng_free(g);
}
END_TEST

START_TEST(gsl_seeds_use_all_64_bits)
{
    gsl_rng *g = gsl_rng_alloc(poise_rng_gsl());
    static const uint64_t seeds[] = {0, 1, 1ULL << 32, 1 + (1ULL << 32)};
    unsigned long first[4];
    for (int i = 0; i < 4; i++) {
        gsl_rng_set(g, seeds[i]);
        first[i] = gsl_rng_get(g);
        for (int j = 0; j < i; j++)
            ck_assert_uint_ne(first[i], first[j]);
    }
    gsl_rng_free(g);
}
END_TEST

int main(void)
{
    gsl_set_error_handler_off();
    Suite *suite = suite_create("rng");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, blocks_are_those_of_the_published_generator);
    tcase_add_test(all, seed_purpose_entity_and_index_each_name_another_stream);
    tcase_add_test(all, uniform_numbers_are_never_0_or_1);
    tcase_add_test(all, many_streams_at_once_give_the_numbers_of_each);
    tcase_add_test(all, whole_numbers_below_a_bound_are_equally_likely);
    tcase_add_test(all, a_bound_that_does_not_divide_2_to_the_32_has_no_bias);
    tcase_add_test(all, normal_numbers_have_the_moments_of_a_normal);
    tcase_add_test(all, exponential_numbers_in_bulk_are_minus_mean_times_log);
    tcase_add_test(all, families_of_seeds_do_not_meet);
    tcase_add_test(all, episodes_and_users_have_seeds_of_their_own);
    tcase_add_test(all, gsl_draws_what_the_stream_draws);
    tcase_add_test(all, gsl_seeds_use_all_64_bits);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
