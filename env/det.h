/* det.h - elementary functions whose bits do not depend on the CPU or the C library.
 *
 * Built from + - * / and bit operations only, inline so that loops over arrays vectorise; accurate
 * to about 1 ulp. libm's bits change with FMA and version, so nothing that reaches simulated time
 * or learning may use it.
 *
 * Every function takes any argument: NaN gives NaN, infinities and zeros give the limits, a point
 * outside the domain gives NaN; subnormal arguments and results are right. The main paths have no
 * branch: cases are selections between computed values. The library must be compiled with
 * -ffp-contract=off and without -ffast-math, in rounding to nearest.
 *
 * The kernels of log and exp are those of fdlibm: Copyright (C) 1993 by Sun Microsystems, Inc. All
 * rights reserved. Permission to use, copy, modify, and distribute this software is freely
 * granted, provided that this notice is preserved. */
#ifndef POISE_DET_H
#define POISE_DET_H

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "doubles must be computed in double: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

/* For functions that loop over arrays: compiled also for AVX2 and AVX-512, the CPU decides at
 * start. The bits are the same. Sanitizers are not ready when ifuncs are resolved. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&   \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__OPTIMIZE__)
#define DET_CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define DET_CLONES
#endif

#define DET_INF __builtin_inf()
#define DET_NAN __builtin_nan("")
#define DET_LN2_HI 6.93147180369123816490e-01  // 32 bits: times an exponent it is exact
#define DET_LN2_LO 1.90821492927058770002e-10
#define DET_ROUND 0x1.8p52  // adding it rounds to an integer, which then stands in the low bits

static inline uint64_t det_bits(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static inline double det_double(uint64_t b)
{
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static inline double det_abs(double x)
{
    return det_double(det_bits(x) & 0x7fffffffffffffffU);
}

/* x with the sign of s, for x >= 0. */
static inline double det_sign(double x, double s)
{
    return det_double(det_bits(x) | (det_bits(s) & 0x8000000000000000U));
}

/* 2^k for an integer k in -1022 .. 1023. */
static inline double det_power_of_2(double k)
{
    return det_double((det_bits(k + DET_ROUND) << 52) + 0x3ff0000000000000U);
}

/* ---- logarithm ---------------------------------------------------------------------------- */

/* x = 2^k (1 + f), sqrt(1/2) < 1 + f < sqrt(2). */
typedef struct det_split {
    double k, f;
} det_split;

/* For finite x > 0. */
static inline det_split det_split_at_1(double x)
{
    int subnormal = x < 0x1p-1022;
    double scaled = subnormal ? x * 0x1p54 : x;
    double bias = subnormal ? 0x1p52 + 1077 : 0x1p52 + 1023;
    uint64_t b = det_bits(scaled) + 0x00095f6200000000U;
    double k = det_double((b >> 52) | 0x4330000000000000U) - bias;
    double m = det_double((b & 0x000fffffffffffffU) + 0x3fe6a09e00000000U);
    return (det_split){.k = k, .f = m - 1};
}

/* log(2^k (1 + f)) + tail; log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f). */
static inline double det_log_sum(det_split x, double tail)
{
    double s = x.f / (2 + x.f);
    double z = s * s, w = z * z;
    double even = w * (3.999999999940941908e-01 +
                       w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 +
                      w * (2.857142874366239149e-01 +
                           w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double half = 0.5 * x.f * x.f;
    return s * (half + (even + odd)) + (x.k * DET_LN2_LO + tail) - half + x.f + x.k * DET_LN2_HI;
}

/* Natural logarithm, x >= 0. */
static inline double det_log(double x)
{
    double y = det_log_sum(det_split_at_1(x), 0);
    y = x < DET_INF ? y : x;
    double outside = x == 0 ? -DET_INF : DET_NAN;
    return x > 0 ? y : outside;
}

/* log(1 + x), x >= -1, also accurate near 0. */
static inline double det_log1p(double x)
{
    double u = 1 + x;
    double lost = x < 1 ? x - (u - 1) : 1 - (u - x);
    double y = det_log_sum(det_split_at_1(u), lost / u);
    y = x < DET_INF ? y : x;
    y = det_abs(x) < 0x1p-54 ? x : y;
    double outside = x == -1 ? -DET_INF : DET_NAN;
    return x > -1 ? y : outside;
}

/* ---- exponential -------------------------------------------------------------------------- */

/* exp(x + tail) = 2^k (1 + p), for x in -746 .. 710 and a tail that is small against x. */
typedef struct det_parts {
    double k, p;
} det_parts;

static inline det_parts det_exp_parts(double x, double tail)
{
    double k = (x * 1.44269504088896338700 + DET_ROUND) - DET_ROUND;
    double hi = x - k * DET_LN2_HI;
    double lo = k * DET_LN2_LO - tail;
    double r = hi - lo;
    double t = r * r;
    double c =
        r - t * (1.66666666666666019037e-01 +
                 t * (-2.77777777770155933842e-03 +
                      t * (6.61375632143793436117e-05 +
                           t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
    return (det_parts){.k = k, .p = hi + (r * c / (2 - c) - lo)};
}

/* exp(x + tail); the scale is applied in two steps, so that only the last one can round. */
static inline double det_exp_sum(double x, double tail)
{
    det_parts e = det_exp_parts(x, tail);
    double k = (e.k * 0.5 + DET_ROUND) - DET_ROUND;
    return (1 + e.p) * det_power_of_2(k) * det_power_of_2(e.k - k);
}

static inline double det_exp(double x)
{
    double in = x > 710 ? 710 : x;
    in = in < -746 ? -746 : in;
    double y = det_exp_sum(in, 0);
    return x == x ? y : x;
}

/* exp(x) - 1, also accurate near 0. */
static inline double det_expm1(double x)
{
    double in = x > 710 ? 710 : x;
    in = in < -60 ? -60 : in;
    det_parts e = det_exp_parts(in, 0);
    double half = det_power_of_2(e.k - 1);
    double y = 2 * (half * e.p + (half - 0.5));
    y = det_abs(x) < 0x1p-54 ? x : y;
    return x == x ? y : x;
}

static inline double det_tanh(double x)
{
    double a = det_abs(x);
    double t = det_expm1(2 * (a > 22 ? 22 : a));
    double y = det_sign(t / (t + 2), x);
    return x == x ? y : x;
}

/* ---- power -------------------------------------------------------------------------------- */

/* An unevaluated sum of two doubles (Dekker 1971); lo is at most an ulp of hi. */
typedef struct det_pair {
    double hi, lo;
} det_pair;

/* a + b exactly, for |a| >= |b| or a = 0. */
static inline det_pair det_add(double a, double b)
{
    double s = a + b;
    return (det_pair){.hi = s, .lo = b - (s - a)};
}

/* a b, to the last bit but one of the second double; halves are split off by masking. */
static inline det_pair det_mul(double a, double b)
{
    double a_hi = det_double(det_bits(a) & 0xfffffffff8000000U), a_lo = a - a_hi;
    double b_hi = det_double(det_bits(b) & 0xfffffffff8000000U), b_lo = b - b_hi;
    double p = a * b;
    return (det_pair){.hi = p,
                      .lo = a_lo * b_lo - (((p - a_hi * b_hi) - a_lo * b_hi) - a_hi * b_lo)};
}

static inline det_pair det_mul_pairs(det_pair a, det_pair b)
{
    det_pair p = det_mul(a.hi, b.hi);
    return det_add(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

/* log(x) to about 2^-64, finite x > 0: 2 s + s z (2/3 + 2/5 z + 2/7 z^2 + ...), z = s^2. */
static inline det_pair det_log_pair(double x)
{
    det_split a = det_split_at_1(x);
    det_pair d = det_add(2, a.f);
    double s_hi = a.f / d.hi;
    det_pair back = det_mul(s_hi, d.hi);
    det_pair s = {s_hi, (((a.f - back.hi) - back.lo) - s_hi * d.lo) / d.hi};
    det_pair z = det_mul_pairs(s, s);
    double q = 2. / 29;
    for (int odd = 27; odd >= 5; odd -= 2)
        q = q * z.hi + 2. / odd;
    det_pair t = det_add(2. / 3, q * z.hi);
    t.lo += 0x1.5555555555555p-55;  // what 2. / 3 lacks
    det_pair cube = det_mul_pairs(s, det_mul_pairs(z, t));
    det_pair log_f = det_add(2 * s.hi, cube.hi);
    det_pair sum = det_add(a.k * DET_LN2_HI, log_f.hi);
    double rest = sum.lo + (log_f.lo + (cube.lo + 2 * s.lo) + a.k * DET_LN2_LO);
    return det_add(sum.hi, rest);
}

/* x^y for x >= 0 (NaN below, even for whole y); x^0 = 1^y = 1. */
static inline double det_pow(double x, double y)
{
    double by = y > 0x1p70 ? 0x1p70 : y;  // beyond, only x = 1 is neither 0 nor infinite
    by = by < -0x1p70 ? -0x1p70 : by;
    det_pair l = det_log_pair(x);
    det_pair e = det_mul(by, l.hi);
    e.lo += by * l.lo;
    int inside = e.hi < 710 && e.hi > -746;
    double end = e.hi < 0 ? -746 : 710;
    double r = det_exp_sum(inside ? e.hi : end, inside ? e.lo : 0);
    double limit = (x == 0) == (y < 0) ? DET_INF : 0;
    r = x > 0 && x < DET_INF ? r : limit;
    r = x >= 0 && y == y ? r : DET_NAN;
    return x == 1 || y == 0 ? 1 : r;
}

/* ---- cosine ------------------------------------------------------------------------------- */

/* cos(2 pi x); kernels of fdlibm for angles up to pi / 4. */
static inline double det_cos_turns(double x)
{
    double a = det_abs(x);
    a -= __builtin_floor(a);
    a = a > 0.5 ? 1 - a : a;
    double sign = a > 0.25 ? -1 : 1;
    a = a > 0.25 ? 0.5 - a : a;
    int is_sine = a > 0.125;
    double y = 6.28318530717958647692 * (is_sine ? 0.25 - a : a);
    double z = y * y;
    double sine =
        y +
        y * z *
            (-1.66666666666666324348e-01 +
             z * (8.33333333332248946124e-03 +
                  z * (-1.98412698298579493134e-04 +
                       z * (2.75573137070700676789e-06 +
                            z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
    double cosine =
        1 - 0.5 * z +
        z * z *
            (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 +
                            z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    return sign * (is_sine ? sine : cosine);
}

/* ---- normal quantile ---------------------------------------------------------------------- */

static inline double det_ratio(double r, const double a[8], const double b[8])
{
    double p = a[7], q = b[7];
    for (int i = 6; i >= 0; i--) {
        p = p * r + a[i];
        q = q * r + b[i];
    }
    return p / q;
}

/* The x > 0 with P(X > x) = p, for p < 0.075. */
static inline double det_normal_tail(double p)
{
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    double r = __builtin_sqrt(-det_log(p));
    return r <= 5 ? det_ratio(r - 1.6, c, d) : det_ratio(r - 5, e, f);
}

/* The x with P(X <= x) = p of a standard normal X, 0 < p < 1; relative error about 1e-16.
 * Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484. */
static inline double det_normal_quantile(double p)
{
    static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                1.9715909503065514427e3, 1.3731693765509461125e4,
                                4.5921953931549871457e4, 6.7265770927008700853e4,
                                3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[8] = {1,
                                4.2313330701600911252e1,
                                6.8718700749205790830e2,
                                5.3941960214247511077e3,
                                2.1213794301586595867e4,
                                3.9307895800092710610e4,
                                2.8729085735721942674e4,
                                5.2264952788528545610e3};
    double q = p - 0.5;
    if (!(p > 0 && p < 1))
        return p == 0 ? -DET_INF : p == 1 ? DET_INF : DET_NAN;
    if (det_abs(q) <= 0.425)
        return q * det_ratio(0.180625 - q * q, a, b);
    return q < 0 ? -det_normal_tail(p) : det_normal_tail(1 - p);
}

/* ---- single precision, for networks ------------------------------------------------------- */

#define DET_ROUND_F 0x1.8p23f

static inline uint32_t det_bits_f(float x)
{
    uint32_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static inline float det_float(uint32_t b)
{
    float x;
    memcpy(&x, &b, sizeof x);
    return x;
}

static inline float det_power_of_2f(float k)
{
    return det_float((det_bits_f(k + DET_ROUND_F) << 23) + 0x3f800000U);
}

typedef struct det_parts_f {
    float k, p;
} det_parts_f;

/* exp(x) = 2^k (1 + p), for x in -104 .. 89; polynomial of Cephes (Moshier). */
static inline det_parts_f det_exp_parts_f(float x)
{
    float k = (x * 1.44269504088896341f + DET_ROUND_F) - DET_ROUND_F;
    float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float q = 1.9875691500e-4f;
    q = q * r + 1.3981999507e-3f;
    q = q * r + 8.3334519073e-3f;
    q = q * r + 4.1665795894e-2f;
    q = q * r + 1.6666665459e-1f;
    q = q * r + 5.0000001201e-1f;
    return (det_parts_f){.k = k, .p = r + r * r * q};
}

static inline float det_expf(float x)
{
    float in = x > 89 ? 89 : x;
    in = in < -104 ? -104 : in;
    det_parts_f e = det_exp_parts_f(in);
    float k = (e.k * 0.5f + DET_ROUND_F) - DET_ROUND_F;
    float y = (1 + e.p) * det_power_of_2f(k) * det_power_of_2f(e.k - k);
    return x == x ? y : x;
}

/* t / (t + 2) with t = exp(2 |x|) - 1. */
static inline float det_tanhf(float x)
{
    float a = det_float(det_bits_f(x) & 0x7fffffffU);
    det_parts_f e = det_exp_parts_f(2 * (a > 10 ? 10 : a));
    float scale = det_power_of_2f(e.k);
    float t = scale * e.p + (scale - 1);
    float y = det_float(det_bits_f(t / (t + 2)) | (det_bits_f(x) & 0x80000000U));
    return x == x ? y : x;
}

/* Natural logarithm, x >= 0. */
static inline float det_logf(float x)
{
    int subnormal = x < 0x1p-126f;
    float scaled = subnormal ? x * 0x1p25f : x;
    float bias = subnormal ? 0x1p23f + 152 : 0x1p23f + 127;
    uint32_t b = det_bits_f(scaled) + 0x004afb0dU;
    float k = det_float((b >> 23) | 0x4b000000U) - bias;
    float f = det_float((b & 0x007fffffU) + 0x3f3504f3U) - 1;
    float s = f / (2 + f);
    float z = s * s, w = z * z;
    float r = w * (0.40000972152f + w * 0.24279078841f) + z * (0.66666662693f + w * 0.28498786688f);
    float half = 0.5f * f * f;
    float y = s * (half + r) + k * 9.0580006145e-06f - half + f + k * 6.9313812256e-01f;
    y = x < (float)DET_INF ? y : x;
    float outside = x == 0 ? -(float)DET_INF : (float)DET_NAN;
    return x > 0 ? y : outside;
}

#endif
