/* test_optimiser.c - from losses to steps: losses, optimisers, schedules and running moments,
 * against numbers worked out elsewhere, by hand in a comment, or by finite differences. */
#include "lib/losses.h"
#include "lib/normaliser.h"
#include "lib/optimiser.h"
#include "lib/policy.h"
#include "lib/schedule.h"
#include "support.h"

#include <math.h>

static optimiser_d *new_optimiser(int kind, int n)
{
    const optimiser_rule rule = optimiser_default(kind);
    return optimiser_new_d(&rule, n, 0, NULL);
}

/* ---- optimisers ---- */

/* Ten steps down (x - 3)^2 / 2 from 0. */
static double after_ten_steps(optimiser_d *o, double lr)
{
    double x = 0;
    for (int t = 0; t < 10; t++) {
        double g = x - 3;
        optimiser_step_d(o, &x, &g, lr);
    }
    optimiser_free_d(o);
    return x;
}

START_TEST(adam_descends_a_parabola_by_the_known_steps)
{
    static const double x_at[] = {0.09999999966666677, 0.1998972922494483,  0.2996184760421759,
                                  0.39908646826384886, 0.49822054291736029, 0.59693639158680778,
                                  0.6951462094878007,  0.79275880922301045, 0.88967976481116107,
                                  0.98581158863955543};
    static const double m_at[] = {-0.30000000000000004, -0.56000000003333339, -0.78401027080505536,
                                  -0.97564739612033224, -1.1381740096819142,  -1.2745345544219868,
                                  -1.3873874598211073,  -1.4791340928902166,  -1.551944802678894,
                                  -1.6077823459298886};
    static const double v_at[] = {0.0090000000000000011, 0.017401000001933335, 0.025224174175883372,
                                  0.032491010376640268,  0.039223270565831851, 0.045442947747146731,
                                  0.05117221950547942,   0.056433398281612396, 0.061248878557593409,
                                  0.065641081174083293};
    optimiser_d *o = new_optimiser(OPTIMISER_ADAM, 1);
    double x = 0;
    for (int t = 0; t < 10; t++) {
        double g = x - 3;
        optimiser_step_d(o, &x, &g, .1);
        ck_assert_double_eq_tol(x, x_at[t], 1e-14);
        ck_assert_double_eq_tol(o->m[0], m_at[t], 1e-14);
        ck_assert_double_eq_tol(o->v[0], v_at[t], 1e-14);
    }
    optimiser_free_d(o);
}
END_TEST

START_TEST(adam_follows_gradients_that_change_sign_by_the_known_steps)
{
    optimiser_d *o = new_optimiser(OPTIMISER_ADAM, 1);
    double x = 1;
    for (int t = 1; t <= 10; t++) {
        double g = t % 2 ? -t : t;
        optimiser_step_d(o, &x, &g, 1e-3);
    }
    ck_assert_double_eq_tol(x, 1.0008236545222366, 1e-14);
    optimiser_free_d(o);
}
END_TEST

START_TEST(rmsprop_and_momentum_arrive_where_they_are_known_to)
{
    ck_assert_double_eq_tol(after_ten_steps(new_optimiser(OPTIMISER_RMSPROP, 1), .01),
                            .48938991982772106, 1e-14);
    ck_assert_double_eq_tol(after_ten_steps(new_optimiser(OPTIMISER_MOMENTUM, 1), .1),
                            4.7663681663999995, 1e-14);
}
END_TEST

/* Each step leaves .9 of the distance: 3 (1 - .9^10). */
START_TEST(plain_descent_shrinks_the_distance_by_one_minus_the_rate)
{
    ck_assert_double_eq_tol(after_ten_steps(new_optimiser(OPTIMISER_SGD, 1), .1),
                            3 * (1 - pow(.9, 10)), 1e-14);
}
END_TEST

/* Under a constant gradient step t is lr / sqrt(t). */
START_TEST(steps_of_adagrad_shrink_with_the_root_of_their_number)
{
    optimiser_d *o = new_optimiser(OPTIMISER_ADAGRAD, 1);
    double x = 0, g = 2, expected = 0;
    for (int t = 1; t <= 10; t++) {
        optimiser_step_d(o, &x, &g, .1);
        expected -= .1 / sqrt(t);
        ck_assert_double_eq_tol(x, expected, 1e-9);
    }
    optimiser_free_d(o);
}
END_TEST

/* |(3, 4)| = 5 and |(.6, .8)| = 1: the rate is .001 5 / 1 of lr. The second tensor is zero and
 * moves at the full rate; the two must not know of each other. */
START_TEST(lars_gives_each_tensor_a_rate_of_its_own)
{
    optimiser_rule rule = optimiser_default(OPTIMISER_LARS);
    rule.momentum = 0;
    optimiser_d *o = optimiser_new_d(&rule, 3, 2, (int[]){2, 1});
    double x[] = {3, 4, 0}, g[] = {.6, .8, 7};
    optimiser_step_d(o, x, g, .1);
    ck_assert_double_eq_tol(x[0], 3 - .1 * .005 * .6, 1e-10);
    ck_assert_double_eq_tol(x[1], 4 - .1 * .005 * .8, 1e-10);
    ck_assert_double_eq_tol(x[2], -.7, 1e-15);
    optimiser_free_d(o);
}
END_TEST

/* With L2 of .1 the gradient at 1 is .5 + .1. */
START_TEST(l2_pulls_parameters_to_zero)
{
    optimiser_rule rule = optimiser_default(OPTIMISER_SGD);
    rule.l2 = .1;
    optimiser_d *o = optimiser_new_d(&rule, 1, 0, NULL);
    double x = 1, g = .5;
    optimiser_step_d(o, &x, &g, .1);
    ck_assert_double_eq_tol(x, .94, 1e-15);
    optimiser_free_d(o);
}
END_TEST

enum { N = 37 };

static void noisy_step(optimiser_f *o, float *x, poise_rng *r)
{
    float g[N];
    for (int i = 0; i < N; i++)
        g[i] = x[i] - 1 + (float)poise_rng_normal(r);
    optimiser_step_f(o, x, g, .01);
}

START_TEST(an_optimiser_goes_on_bit_for_bit_from_what_it_remembers)
{
    optimiser_rule rule = optimiser_default(_i);
    rule.l2 = .01;
    optimiser_f *whole = optimiser_new_f(&rule, N, 0, NULL);
    optimiser_f *first = optimiser_new_f(&rule, N, 0, NULL);
    optimiser_f *second = optimiser_new_f(&rule, N, 0, NULL);
    float x[N] = {0}, y[N] = {0};
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0), s = r;
    for (int t = 0; t < 40; t++)
        noisy_step(whole, x, &r);
    for (int t = 0; t < 17; t++)
        noisy_step(first, y, &s);
    poise_tensor from[3], to[3];
    int n = optimiser_tensors(first, "optimiser", from);
    ck_assert_int_eq(optimiser_tensors(second, "optimiser", to), n);
    for (int i = 0; i < n; i++) {
        ck_assert_str_eq(from[i].name, to[i].name);
        memcpy(to[i].data, from[i].data,
               (size_t)from[i].dim[0] * (from[i].is_double ? sizeof(double) : sizeof(float)));
    }
    for (int t = 17; t < 40; t++)
        noisy_step(second, y, &s);
    ck_assert(memcmp(x, y, sizeof x) == 0);
    ck_assert(x[0] != 0);
    optimiser_free_f(whole);
    optimiser_free_f(first);
    optimiser_free_f(second);
}
END_TEST

START_TEST(long_gradients_are_clipped_and_short_ones_left_alone)
{
    double g[] = {3, 4};
    ck_assert(clip_norm_d(2, g, 6) == 5);
    ck_assert(g[0] == 3 && g[1] == 4);
    ck_assert(clip_norm_d(2, g, .5) == 5);
    ck_assert_double_eq_tol(g[0], .29999994, 5e-14);
    ck_assert_double_eq_tol(g[1], .39999992, 5e-14);
}
END_TEST

START_TEST(what_is_no_number_or_too_large_is_noticed)
{
    ck_assert(all_within_f(2, (float[]){1, -2}, 2));
    ck_assert(!all_within_f(2, (float[]){1, -2.1f}, 2));
    ck_assert(!all_within_f(2, (float[]){NAN, 1}, 2));
    ck_assert(!all_within_f(2, (float[]){1, INFINITY}, 2));
}
END_TEST

/* ---- schedules ---- */

/* cos(pi / 3) = 1/2, so a cosine has 3/4 left after a third. */
START_TEST(rates_follow_their_schedule)
{
    const schedule constant = {SCHEDULE_CONSTANT, 0, 0};
    const schedule linear = {SCHEDULE_LINEAR, 0, .1};
    const schedule cosine = {SCHEDULE_COSINE, .25, 0};
    ck_assert(schedule_at(&constant, 0) == 1 && schedule_at(&constant, .9) == 1);
    ck_assert_double_eq_tol(schedule_at(&linear, 0), 1, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&linear, .5), .55, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&linear, 2), .1, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&cosine, .1), .4, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&cosine, .25), 1, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&cosine, .5), .75, 1e-15);
    ck_assert_double_eq_tol(schedule_at(&cosine, 1), 0, 1e-15);
}
END_TEST

/* ---- losses ---- */

/* Ratio, advantage, gain, slope by log p; eps .2. */
START_TEST(the_clipped_gain_is_the_smaller_of_two)
{
    static const double known[][4] = {
        {.5, 1, .5, .5},    {.5, -1, -.8, 0},  {.79, 1, .79, .79},       {.79, -1, -.8, 0},
        {1.2, 1, 1.2, 1.2}, {1.21, 1, 1.2, 0}, {1.21, -1, -1.21, -1.21}, {2, 1, 1.2, 0},
        {2, -1, -2, -2},    {1, 1, 1, 1},      {1, -1, -1, -1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double slope;
        ck_assert_double_eq_tol(ppo_gain_d(known[i][0], known[i][1], .2, &slope), known[i][2],
                                1e-15);
        ck_assert_double_eq_tol(slope, known[i][3], 1e-15);
    }
}
END_TEST

/* (.5 - 1 + log 2 + 0 + 2 - 1 - log 2) / 3 = 1 / 6. */
START_TEST(the_estimate_of_the_divergence_is_the_one_worked_out_by_hand)
{
    double sum = kl_k3_d(-log(2), 0) + kl_k3_d(-1, -1) + kl_k3_d(log(2), 0);
    ck_assert_double_eq_tol(sum / 3, 1. / 6, 1e-15);
}
END_TEST

START_TEST(losses_of_values_are_those_worked_out_by_hand)
{
    double d;
    ck_assert_double_eq_tol(clipped_value_loss_d(1.5, 1, 2, .2, &d), .32, 1e-15);
    ck_assert(d == 0);
    ck_assert_double_eq_tol(clipped_value_loss_d(1.1, 1, 2, .2, &d), .405, 1e-15);
    ck_assert_double_eq_tol(d, -.9, 1e-15);
    ck_assert_double_eq_tol(huber_loss_d(.5, 0, 1, &d), .125, 1e-15);
    ck_assert_double_eq_tol(huber_loss_d(-3, 0, 1, &d), 2.5, 1e-15);
    ck_assert(d == -1);
}
END_TEST

enum { CHOICES = 5 };

typedef struct loss_case {
    int kind;
    double z[CHOICES], old_log_p, advantage;
} loss_case;
enum { PPO, CROSS_ENTROPY, HUBER, CLIPPED_VALUE, N_LOSSES };

static double loss_of(loss_case *s, double *d)
{
    double p[CHOICES], log_p[CHOICES], sum = 0;
    memset(d, 0, CHOICES * sizeof *d);
    switch (s->kind) {
    case PPO:
        ck_assert(softmax_d(CHOICES, s->z, p, log_p));
        return ppo_loss_d(CHOICES, p, log_p, 3, s->old_log_p, s->advantage, .2, .05, d, NULL);
    case CROSS_ENTROPY: return cross_entropy_loss_d(CHOICES, s->z, 2, d);
    case HUBER:
        for (int i = 0; i < CHOICES; i++)
            sum += huber_loss_d(s->z[i], .3 * i, .8, &d[i]);
        return sum;
    default:
        for (int i = 0; i < CHOICES; i++)
            sum += clipped_value_loss_d(s->z[i], .1 * i, 1, .5, &d[i]);
        return sum;
    }
}

START_TEST(gradients_of_losses_agree_with_finite_differences)
{
    loss_case s = {.kind = _i / 3};
    poise_rng r = poise_rng_at((uint64_t)_i, POISE_FOR_HARNESS, 30, 0);
    for (int i = 0; i < CHOICES; i++)
        s.z[i] = poise_rng_normal(&r);
    s.old_log_p = -1.6 + .1 * poise_rng_normal(&r);
    s.advantage = poise_rng_normal(&r);
    double claimed[CHOICES], scratch[CHOICES], off = 0, length = 0;
    loss_of(&s, claimed);
    for (int i = 0; i < CHOICES; i++) {
        const double at = s.z[i], h = 1e-6;
        s.z[i] = at + h;
        const double above = loss_of(&s, scratch);
        s.z[i] = at - h;
        const double slope = (above - loss_of(&s, scratch)) / (2 * h);
        s.z[i] = at;
        off += (slope - claimed[i]) * (slope - claimed[i]);
        length += slope * slope;
    }
    ck_assert(sqrt(off) < 1e-6 * sqrt(length));
}
END_TEST

START_TEST(cross_entropy_stays_exact_where_the_probability_vanishes)
{
    double d[3];
    ck_assert_double_eq_tol(cross_entropy_loss_d(3, (double[]){0, 2000, -INFINITY}, 0, d), 2000,
                            1e-12);
    ck_assert(d[0] == -1 && d[1] == 1 && d[2] == 0);
    ck_assert(isnan(cross_entropy_loss_d(2, (double[]){0, -INFINITY}, 1, d)));
    ck_assert(isnan(cross_entropy_loss_d(2, (double[]){-INFINITY, -INFINITY}, 1, d)));
}
END_TEST

/* ---- running moments ---- */

/* Their mean is 1e9 + 10, the squares of distances are 36, 9, 9 and 36. The sum of squares less the
 * square of the sum would give -128 here. */
START_TEST(small_deviations_of_large_numbers_are_not_lost)
{
    static const double x[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    normaliser *z = normaliser_new(1, INFINITY);
    for (int i = 0; i < 4; i++)
        normaliser_add_double(z, &x[i]);
    ck_assert_double_eq_tol(normaliser_variance(z, 0), 22.5, 1e-9);
    ck_assert_double_eq_tol(z->mean[0], 1e9 + 10, 1e-6);
    normaliser_free(z);
}
END_TEST

START_TEST(columns_are_brought_to_mean_0_and_deviation_1_and_held_within_a_limit)
{
    enum { SEEN = 2000 };
    normaliser *z = normaliser_new(2, INFINITY);
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    static float x[SEEN][2], y[SEEN][2];
    for (int i = 0; i < SEEN; i++) {
        x[i][0] = (float)(5 + 3 * poise_rng_normal(&r));
        x[i][1] = 7;
        normaliser_add(z, x[i]);
    }
    normaliser_apply(z, SEEN, x[0], 10, y[0]);
    double sum = 0, squares = 0;
    for (int i = 0; i < SEEN; i++) {
        sum += (double)y[i][0];
        squares += (double)(y[i][0] * y[i][0]);
    }
    ck_assert_double_eq_tol(sum / SEEN, 0, 1e-5);
    ck_assert_double_eq_tol(squares / SEEN, 1, 1e-5);
    ck_assert(y[0][1] == 0);
    float far[] = {1e9f, 8};
    normaliser_apply(z, 1, far, 10, far);
    ck_assert(far[0] == 10 && far[1] == 10);
    poise_tensor t[3];
    ck_assert_int_eq(normaliser_tensors(z, "features", t), 3);
    ck_assert_str_eq(t[1].name, "features.mean");
    normaliser_free(z);
}
END_TEST

/* 2000 rows about 5 and then 2000 about 50, deviation 3, of which 200 count: after so many rows
 * what was before weighs exp(-10). With all of them the mean would be 27.5. */
START_TEST(what_was_seen_long_ago_fades_if_it_shall)
{
    normaliser *z = normaliser_new(1, 200);
    poise_rng r = poise_rng_at(4, POISE_FOR_HARNESS, 0, 0);
    for (int i = 0; i < 4000; i++) {
        const double x = (i < 2000 ? 5 : 50) + 3 * poise_rng_normal(&r);
        normaliser_add_double(z, &x);
    }
    ck_assert(*z->count == 200);
    ck_assert_double_eq_tol(z->mean[0], 50, 1);
    ck_assert_double_eq_tol(sqrt(normaliser_variance(z, 0)), 3, .5);
    normaliser_free(z);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("optimiser");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, adam_descends_a_parabola_by_the_known_steps);
    tcase_add_test(t, adam_follows_gradients_that_change_sign_by_the_known_steps);
    tcase_add_test(t, rmsprop_and_momentum_arrive_where_they_are_known_to);
    tcase_add_test(t, plain_descent_shrinks_the_distance_by_one_minus_the_rate);
    tcase_add_test(t, steps_of_adagrad_shrink_with_the_root_of_their_number);
    tcase_add_test(t, lars_gives_each_tensor_a_rate_of_its_own);
    tcase_add_test(t, l2_pulls_parameters_to_zero);
    tcase_add_loop_test(t, an_optimiser_goes_on_bit_for_bit_from_what_it_remembers, OPTIMISER_SGD,
                        OPTIMISER_LARS + 1);
    tcase_add_test(t, long_gradients_are_clipped_and_short_ones_left_alone);
    tcase_add_test(t, what_is_no_number_or_too_large_is_noticed);
    tcase_add_test(t, rates_follow_their_schedule);
    tcase_add_test(t, the_clipped_gain_is_the_smaller_of_two);
    tcase_add_test(t, the_estimate_of_the_divergence_is_the_one_worked_out_by_hand);
    tcase_add_test(t, losses_of_values_are_those_worked_out_by_hand);
    tcase_add_loop_test(t, gradients_of_losses_agree_with_finite_differences, 0, 3 * N_LOSSES);
    tcase_add_test(t, cross_entropy_stays_exact_where_the_probability_vanishes);
    tcase_add_test(t, small_deviations_of_large_numbers_are_not_lost);
    tcase_add_test(t, columns_are_brought_to_mean_0_and_deviation_1_and_held_within_a_limit);
    tcase_add_test(t, what_was_seen_long_ago_fades_if_it_shall);
    return t;
}

int main(void)
{
    Suite *suite = suite_create("optimiser");
    suite_add_tcase(suite, cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
