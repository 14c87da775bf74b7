/* test_det.c - the elementary functions against libm's long double, and their bits against a
 * constant that every build must meet. */
#include "det.h"
#include "poise.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Reduced before it meets pi: near the zeros the product would lose what counts. */
static long double cos_turns(long double x)
{
    return sinl(2 * acosl(-1) * (0.25L - fabsl(x - roundl(x))));
}

typedef struct claim {
    const char *name;
    double (*ours)(double);
    long double (*exact)(long double);
    double low, high;  // bounds of the argument, or of its binary logarithm
    bool logarithmic;
    double max_ulp;
} claim;

static const claim claims[] = {
    {"log near 1", det_log, logl, 0.5, 2, false, 1},
    {"log", det_log, logl, -1074, 1024, true, 1},
    {"log1p near 0", det_log1p, log1pl, -0.9, 1, false, 1},
    {"log1p", det_log1p, log1pl, -1022, 1024, true, 1},
    {"exp", det_exp, expl, -745.5, 709.7, false, 1},
    {"exp near 0", det_exp, expl, -1, 1, false, 1},
    {"expm1", det_expm1, expm1l, -50, 709.7, false, 1.7},
    {"expm1 near 0", det_expm1, expm1l, -1, 1, false, 1.7},
    {"tanh", det_tanh, tanhl, -1022, 1024, true, 2.5},
    {"tanh near 0", det_tanh, tanhl, -2, 2, false, 2.5},
    {"cosine of turns", det_cos_turns, cos_turns, -3, 3, false, 2.5},
};

typedef struct claim_f {
    const char *name;
    float (*ours)(float);
    long double (*exact)(long double);
    double low, high;
    bool logarithmic;
    double max_ulp;
} claim_f;

static const claim_f claims_f[] = {
    {"logf near 1", det_logf, logl, 0.5, 2, false, 1},
    {"logf", det_logf, logl, -149, 128, true, 1},
    {"expf", det_expf, expl, -103, 88.7, false, 1.1},
    {"expf near 0", det_expf, expl, -1, 1, false, 1},
    {"tanhf", det_tanhf, tanhl, -126, 128, true, 2.6},
    {"tanhf near 0", det_tanhf, tanhl, -2, 2, false, 2.6},
};

/* Distance in units of the last place of a double, or of a float. */
static double ulps(long double ours, long double exact, bool single)
{
    int digits = single ? 24 : 53, least = single ? -148 : -1073;
    int exponent;
    frexpl(exact, &exponent);
    exponent = exponent < least + digits - 1 ? least + digits - 1 : exponent;
    return (double)(fabsl(ours - exact) / ldexpl(1, exponent - digits));
}

static double argument(poise_rng *r, double low, double high, bool logarithmic)
{
    double x = low + (high - low) * poise_rng_uniform(r);
    return logarithmic ? exp2(x) : x;
}

START_TEST(double_functions_are_as_close_to_long_double_as_they_say)
{
    const claim *c = &claims[_i];
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, (uint32_t)_i);
    for (int i = 0; i < 200000; i++) {
        double x = argument(&r, c->low, c->high, c->logarithmic);
        double off = ulps(c->ours(x), c->exact(x), false);
        ck_assert_msg(off <= c->max_ulp, "%s(%.17g) is off by %g ulp", c->name, x, off);
    }
}
END_TEST

START_TEST(float_functions_are_as_close_to_long_double_as_they_say)
{
    const claim_f *c = &claims_f[_i];
    poise_rng r = poise_rng_at(2, POISE_FOR_HARNESS, 0, (uint32_t)_i);
    for (int i = 0; i < 200000; i++) {
        float x = (float)argument(&r, c->low, c->high, c->logarithmic);
        double off = ulps(c->ours(x), c->exact(x), true);
        ck_assert_msg(off <= c->max_ulp, "%s(%.9g) is off by %g ulp", c->name, (double)x, off);
    }
}
END_TEST

START_TEST(powers_are_within_an_ulp_up_to_the_largest)
{
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < 200000; i++) {
        double x = i % 2 ? exp2(2000 * poise_rng_uniform(&r) - 1000)
                         : 1 + exp2(-50 * poise_rng_uniform(&r)) * (poise_rng_uniform(&r) - 0.5);
        double y = x == 1 ? 1 : (2 * poise_rng_uniform(&r) - 1) * 709 / fabs(log(x));
        double off = ulps(det_pow(x, y), powl(x, y), false);
        ck_assert_msg(off <= 1, "pow(%.17g, %.17g) is off by %g ulp", x, y, off);
    }
}
END_TEST

/* Newton's step from our quantile with the long double distribution function is the error. */
START_TEST(normal_quantiles_invert_the_normal_distribution)
{
    poise_rng r = poise_rng_at(4, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < 200000; i++) {
        double p = i % 2 ? poise_rng_uniform(&r) : exp2(-1 - 1000 * poise_rng_uniform(&r));
        long double z = det_normal_quantile(p);
        long double density = expl(-z * z / 2) / sqrtl(2 * acosl(-1));
        long double over =
            p < 0.5 ? erfcl(-z / sqrtl(2)) / 2 - p : (1 - (long double)p) - erfcl(z / sqrtl(2)) / 2;
        long double off = fabsl(over / density) / fmaxl(fabsl(z), 1e-3L);
        ck_assert_msg(off < 1e-15L, "quantile(%.17g) is off by %Lg", p, off);
    }
    ck_assert(det_normal_quantile(0.5) == 0);
    ck_assert(det_normal_quantile(0) == -INFINITY && det_normal_quantile(1) == INFINITY);
    ck_assert(isnan(det_normal_quantile(-0.1)) && isnan(det_normal_quantile(NAN)));
}
END_TEST

START_TEST(limits_and_points_outside_the_domain_are_as_in_libm)
{
    static const double points[] = {
        0.,       -0.,       1,   -1,     0x1p-1074, -0x1p-1074, DBL_MAX, -DBL_MAX, -2,    2,
        INFINITY, -INFINITY, NAN, 1e-310, 710,       -745.2,     709.9,   -800,     1e-20, -1e-20};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        double x = points[i];
        const double ours[] = {det_log(x), det_log1p(x), det_exp(x), det_expm1(x), det_tanh(x)};
        const double libm[] = {log(x), log1p(x), exp(x), expm1(x), tanh(x)};
        for (int f = 0; f < 5; f++)
            ck_assert_msg(isnan(libm[f]) ? isnan(ours[f])
                                         : fabs(ours[f] - libm[f]) <= 1e-15 * fabs(libm[f]) ||
                                               ours[f] == libm[f],
                          "function %d at %g: %g, not %g", f, x, ours[f], libm[f]);
        float xf = (float)x;
        const float ours_f[] = {det_logf(xf), det_expf(xf), det_tanhf(xf)};
        const float libm_f[] = {logf(xf), expf(xf), tanhf(xf)};
        for (int f = 0; f < 3; f++)
            ck_assert_msg(isnan(libm_f[f])
                              ? isnan(ours_f[f])
                              : fabsf(ours_f[f] - libm_f[f]) <= 3e-7F * fabsf(libm_f[f]) ||
                                    ours_f[f] == libm_f[f],
                          "float function %d at %g: %g, not %g", f, (double)xf, (double)ours_f[f],
                          (double)libm_f[f]);
    }
}
END_TEST

START_TEST(powers_of_limits_are_as_in_libm)
{
    static const double points[] = {0, 1, 2, 0.5, INFINITY, 0x1p-1074, DBL_MAX, NAN};
    static const double powers[] = {0,         1,     -1,     0.5, -3,    INFINITY,
                                    -INFINITY, 1e300, -1e300, NAN, 1e-320};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (size_t j = 0; j < sizeof powers / sizeof *powers; j++) {
            double ours = det_pow(points[i], powers[j]), libm = pow(points[i], powers[j]);
            ck_assert_msg(isnan(libm) ? isnan(ours) : ours == libm || fabs(ours / libm - 1) < 3e-16,
                          "pow(%g, %g): %g, not %g", points[i], powers[j], ours, libm);
        }
    ck_assert(isnan(det_pow(-8, 3)));
}
END_TEST

/* FNV-1a over 64-bit words. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * 0x100000001b3U;
}

/* Every pattern of 64 bits is an argument: subnormal, infinite, NaN. NaN results count as one. */
static uint64_t hash_of(double x, double u, uint64_t hash)
{
    const double y[] = {det_log(x),
                        det_log1p(x),
                        det_exp(x),
                        det_expm1(x),
                        det_tanh(x),
                        det_pow(x, u),
                        det_log(u),
                        det_log1p(u),
                        det_exp(100 * u),
                        det_expm1(u),
                        det_tanh(u),
                        det_pow(u, 30 * u),
                        det_normal_quantile(u)};
    for (size_t i = 0; i < sizeof y / sizeof *y; i++)
        hash = mix(hash, y[i] == y[i] ? det_bits(y[i]) : 1);
    return hash;
}

static uint64_t hash_of_floats(float x, float u, uint64_t hash)
{
    const float y[] = {det_logf(x), det_expf(x),      det_tanhf(x),
                       det_logf(u), det_expf(50 * u), det_tanhf(u)};
    for (size_t i = 0; i < sizeof y / sizeof *y; i++)
        hash = mix(hash, y[i] == y[i] ? det_bits_f(y[i]) : 1);
    return hash;
}

START_TEST(bits_are_the_same_on_every_build)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (uint32_t i = 0; i < 100000; i++) {
        poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 0, i);
        double x = det_double(poise_rng_u64(&r));
        double u = poise_rng_uniform(&r);
        hash = hash_of(x, u, hash);
        hash = hash_of_floats(det_float(poise_rng_u32(&r)), (float)u, hash);
    }
    ck_assert_msg(hash == 0xb9470bb2aad8d49eU, "the hash is %#llx", (unsigned long long)hash);
}
END_TEST

enum { MANY = 1003 };

DET_CLONES
static void all_logs(double *y, const double *x)
{
    for (int i = 0; i < MANY; i++)
        y[i] = det_log(x[i]);
}

DET_CLONES
static void all_tanhs(float *y, const float *x)
{
    for (int i = 0; i < MANY; i++)
        y[i] = det_tanhf(x[i]);
}

START_TEST(a_loop_over_an_array_gives_the_bits_of_single_calls)
{
    static double x[MANY], y[MANY];
    static float x_f[MANY], y_f[MANY];
    poise_rng r = poise_rng_at(6, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < MANY; i++) {
        x[i] = det_double(poise_rng_u64(&r));
        x_f[i] = (float)(8 * poise_rng_uniform(&r) - 4);
    }
    all_logs(y, x);
    all_tanhs(y_f, x_f);
    for (int i = 0; i < MANY; i++) {
        volatile double alone = x[i];
        volatile float alone_f = x_f[i];
        double one = det_log(alone);
        ck_assert(one == y[i] || (one != one && y[i] != y[i]));
        ck_assert(det_bits_f(det_tanhf(alone_f)) == det_bits_f(y_f[i]));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("det");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, double_functions_are_as_close_to_long_double_as_they_say, 0,
                        sizeof claims / sizeof *claims);
    tcase_add_loop_test(all, float_functions_are_as_close_to_long_double_as_they_say, 0,
                        sizeof claims_f / sizeof *claims_f);
    tcase_add_test(all, powers_are_within_an_ulp_up_to_the_largest);
    tcase_add_test(all, normal_quantiles_invert_the_normal_distribution);
    tcase_add_test(all, limits_and_points_outside_the_domain_are_as_in_libm);
    tcase_add_test(all, powers_of_limits_are_as_in_libm);
    tcase_add_test(all, bits_are_the_same_on_every_build);
    tcase_add_test(all, a_loop_over_an_array_gives_the_bits_of_single_calls);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
