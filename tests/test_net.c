/* test_net.c - the network, its losses and the advantages: against numbers worked out elsewhere,
 * against finite differences, and the products against plain loops. */
#include "lib/blas.h"
#include "lib/gae.h"
#include "lib/net.h"
#include "lib/policy.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_f(int n, float *x, poise_rng *r)
{
    for (int i = 0; i < n; i++)
        x[i] = (float)poise_rng_normal(r);
}

static void fill_d(int n, double *x, poise_rng *r)
{
    for (int i = 0; i < n; i++)
        x[i] = poise_rng_normal(r);
}

/* ---- products ---- */

/* Parts of wider matrices of these widths, so that what stands beside them is seen to be left. */
enum { WIDE_A = 60, WIDE_B = 80, WIDE_C = 90 };

typedef struct product {
    int m, n, k;
    bool turned, keep;
} product;

/* Sizes on both sides of every edge of a tile, and beyond the depth and width of a panel. */
static product random_product(poise_rng *r)
{
    static const int sizes[] = {1, 2, 3, 5, 8, 9, 13, 16, 17, 31, 37, 48, 53};
    const int n = (int)(sizeof sizes / sizeof *sizes);
    return (product){.m = sizes[poise_rng_below(r, n)],
                     .n = 1 + poise_rng_below(r, WIDE_B),
                     .k = poise_rng_below(r, 8) ? sizes[poise_rng_below(r, n)] : 300,
                     .turned = poise_rng_below(r, 2),
                     .keep = poise_rng_below(r, 2)};
}

typedef void multiplier_f(int, int, int, const float *, int, int, const float *, int, const float *,
                          int, float *, int);
typedef void multiplier_d(int, int, int, const double *, int, int, const double *, int,
                          const double *, int, double *, int);
enum { MOST_A = 300 * WIDE_A, MOST_B = 300 * WIDE_B, MOST_C = WIDE_A * WIDE_C };
static float a_f[MOST_A], b_f[MOST_B], c_f[MOST_C], plain_f[MOST_C];
static double a_d[MOST_A], b_d[MOST_B], c_d[MOST_C], plain_d[MOST_C];

/* The product p once more; a is (53, 300) or turned (300, 53). */
static void run_f(const product *p, multiplier_f *multiply, float *c)
{
    multiply(p->m, p->n, p->k, a_f, p->turned ? 1 : 300, p->turned ? WIDE_A : 1, b_f, WIDE_B,
             p->keep ? c : NULL, WIDE_C, c, WIDE_C);
}

static void run_d(const product *p, multiplier_d *multiply, double *c)
{
    multiply(p->m, p->n, p->k, a_d, p->turned ? 1 : 300, p->turned ? WIDE_A : 1, b_d, WIDE_B,
             p->keep ? c : NULL, WIDE_C, c, WIDE_C);
}

static void draw_numbers(poise_rng *r)
{
    fill_f(MOST_A, a_f, r);
    fill_f(MOST_B, b_f, r);
    fill_d(MOST_A, a_d, r);
    fill_d(MOST_B, b_d, r);
    fill_f(MOST_C, c_f, r);
    fill_d(MOST_C, c_d, r);
    memcpy(plain_f, c_f, sizeof c_f);
    memcpy(plain_d, c_d, sizeof c_d);
}

/* The plain loops are one chain of fused multiply-adds an element. */
START_TEST(reference_products_have_the_same_bits_with_any_instructions)
{
    if (!blas_use_clone((blas_clone)_i)) {
        printf("skipped: this CPU does not have clone %d\n", _i);
        return;
    }
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    draw_numbers(&r);
    bool same = true;
    for (int i = 0; i < 300; i++) {
        const product p = random_product(&r);
        run_f(&p, multiply_f, c_f);
        run_f(&p, multiply_plain_f, plain_f);
        run_d(&p, multiply_d, c_d);
        run_d(&p, multiply_plain_d, plain_d);
        same &= memcmp(c_f, plain_f, sizeof c_f) == 0 && memcmp(c_d, plain_d, sizeof c_d) == 0;
    }
    ck_assert(same);
}
END_TEST

/* The sizes of the difference and of what is compared: the largest of each. */
static double difference(int n, const double *x, const double *y)
{
    double off = 0, size = 0;
    for (int i = 0; i < n; i++) {
        off = fabs(x[i] - y[i]) > off ? fabs(x[i] - y[i]) : off;
        size = fabs(x[i]) > size ? fabs(x[i]) : size;
    }
    return off / size;
}

START_TEST(reference_products_are_those_of_openblas)
{
    poise_rng r = poise_rng_at(2, POISE_FOR_HARNESS, 0, 0);
    static double wide[MOST_C], wide_plain[MOST_C];
    blas_choose(BLAS_OPENBLAS);
    draw_numbers(&r);
    for (int i = 0; i < 300; i++) {
        const product p = random_product(&r);
        run_f(&p, multiply_f, c_f);
        run_f(&p, multiply_plain_f, plain_f);
        run_d(&p, multiply_d, c_d);
        run_d(&p, multiply_plain_d, plain_d);
    }
    for (int i = 0; i < MOST_C; i++) {
        wide[i] = (double)c_f[i];
        wide_plain[i] = (double)plain_f[i];
    }
    ck_assert(difference(MOST_C, wide, wide_plain) < 1e-5);
    ck_assert(difference(MOST_C, c_d, plain_d) < 1e-13);
}
END_TEST

START_TEST(a_product_does_not_read_what_it_overwrites)
{
    double a[] = {1, 2}, b[] = {3, 4}, c[] = {NAN};
    matmul_d(1, 1, 2, a, b, 0, c);
    ck_assert(c[0] == 11);
}
END_TEST

/* ---- the perceptron ---- */

/* A 2-3-1 network worked out by hand and by an independent program; loss (y - .3)^2 / 2. */
START_TEST(a_small_network_gives_the_known_output_and_gradient)
{
    mlp_d *net = mlp_new_d(2, (int[]){2, 3, 1}, 1);
    double *w1 = mlp_weight_d(net, net->param, 0), *b1 = mlp_bias_d(net, net->param, 0);
    double *w2 = mlp_weight_d(net, net->param, 1), *b2 = mlp_bias_d(net, net->param, 1);
    for (int o = 0; o < 3; o++) {
        for (int i = 0; i < 2; i++)
            w1[i * 3 + o] = .1 * sin(2 * o + i);
        b1[o] = .01 * o;
        w2[o] = .2 * cos(o);
    }
    b2[0] = .05;
    double x[] = {.5, -1}, d_y;
    double y = mlp_forward_d(net, 1, x)[0];
    ck_assert_double_eq_tol(y, .031193170693695357, 1e-15);
    ck_assert_double_eq_tol(value_loss_d(y, .3, &d_y), .036128555740854391, 1e-15);
    mlp_backward_d(net, 1, &d_y, NULL);
    const double *d_w1 = mlp_weight_d(net, net->grad, 0);
    ck_assert_double_eq_tol(d_w1[0], -.026691242842569993, 1e-15);
    ck_assert_double_eq_tol(d_w1[3], .05338248568513999, 1e-15);
    ck_assert_double_eq_tol(mlp_bias_d(net, net->grad, 1)[0], -.26880682930630462, 1e-15);
    mlp_free_d(net);
}
END_TEST

/* Central differences of `loss` by n numbers at x, against the gradient claimed: the length of the
 * difference relative to that of the gradient. */
static double gradient_error(double (*loss)(void *), void *data, int n, double *x,
                             const double *claimed)
{
    double off = 0, length = 0;
    for (int i = 0; i < n; i++) {
        double at = x[i], h = 1e-6;
        x[i] = at + h;
        double above = loss(data);
        x[i] = at - h;
        double below = loss(data);
        x[i] = at;
        double slope = (above - below) / (2 * h);
        off += (slope - claimed[i]) * (slope - claimed[i]);
        length += slope * slope;
    }
    return sqrt(off / length);
}

enum { ROWS = 7, INPUTS = 5, OUTPUTS = 3 };

typedef struct sum_case {
    mlp_d *net;
    double x[ROWS * INPUTS], c[ROWS * OUTPUTS];
} sum_case;

static double weighted_sum(void *data)
{
    sum_case *s = data;
    const double *y = mlp_forward_d(s->net, ROWS, s->x);
    double sum = 0;
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        sum += s->c[i] * y[i];
    return sum;
}

START_TEST(gradients_of_a_network_agree_with_finite_differences)
{
    poise_rng r = poise_rng_at((uint64_t)_i, POISE_FOR_HARNESS, 1, 0);
    sum_case s = {.net = mlp_new_d(3, (int[]){INPUTS, 8, 6, OUTPUTS}, ROWS)};
    mlp_start_d(s.net, (uint64_t)_i, 0, 1);
    fill_d(ROWS * INPUTS, s.x, &r);
    fill_d(ROWS * OUTPUTS, s.c, &r);
    double d_x[ROWS * INPUTS];
    weighted_sum(&s);
    mlp_backward_d(s.net, ROWS, s.c, d_x);
    ck_assert(gradient_error(weighted_sum, &s, s.net->n_params, s.net->param, s.net->grad) < 1e-6);
    ck_assert(gradient_error(weighted_sum, &s, ROWS * INPUTS, s.x, d_x) < 1e-6);
    mlp_free_d(s.net);
}
END_TEST

START_TEST(gradients_of_two_passes_add_up)
{
    poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, 2, 0);
    sum_case s = {.net = mlp_new_d(2, (int[]){INPUTS, 4, OUTPUTS}, ROWS)};
    mlp_start_d(s.net, 5, 0, 1);
    fill_d(ROWS * INPUTS, s.x, &r);
    fill_d(ROWS * OUTPUTS, s.c, &r);
    weighted_sum(&s);
    mlp_backward_d(s.net, ROWS, s.c, NULL);
    double once = s.net->grad[3];
    mlp_backward_d(s.net, ROWS, s.c, NULL);
    ck_assert_double_eq_tol(s.net->grad[3], 2 * once, 1e-12);
    mlp_zero_grad_d(s.net);
    ck_assert(s.net->grad[3] == 0);
    mlp_free_d(s.net);
}
END_TEST

/* The policy of one decision with ROWS candidates, scored by a network. */
typedef struct policy_case {
    mlp_d *net;
    double x[ROWS * INPUTS], d_z[ROWS];
    double advantage, bonus;
} policy_case;

static double loss_of_policy(void *data)
{
    policy_case *s = data;
    double p[ROWS], log_p[ROWS];
    ck_assert(softmax_d(ROWS, mlp_forward_d(s->net, ROWS, s->x), p, log_p));
    return policy_loss_d(ROWS, p, log_p, 2, s->advantage, s->bonus, s->d_z);
}

START_TEST(gradients_of_policy_loss_and_entropy_agree_with_finite_differences)
{
    static const double advantage[] = {1.5, -.7, 0}, bonus[] = {0, .3, 1};
    poise_rng r = poise_rng_at((uint64_t)_i, POISE_FOR_HARNESS, 3, 0);
    policy_case s = {.net = mlp_new_d(2, (int[]){INPUTS, 8, 1}, ROWS),
                     .advantage = advantage[_i],
                     .bonus = bonus[_i]};
    mlp_start_d(s.net, (uint64_t)_i, 0, 1);
    fill_d(ROWS * INPUTS, s.x, &r);
    loss_of_policy(&s);
    double d_z[ROWS];
    memcpy(d_z, s.d_z, sizeof d_z);
    mlp_backward_d(s.net, ROWS, d_z, NULL);
    ck_assert(gradient_error(loss_of_policy, &s, s.net->n_params, s.net->param, s.net->grad) <
              1e-6);
    mlp_free_d(s.net);
}
END_TEST

static double loss_of_value(void *data)
{
    sum_case *s = data;
    const double *v = mlp_forward_d(s->net, ROWS, s->x);
    double sum = 0;
    for (int i = 0; i < ROWS; i++)
        sum += value_loss_d(v[i], i - 3., &s->c[i]);
    return sum;
}

START_TEST(gradients_of_value_loss_agree_with_finite_differences)
{
    poise_rng r = poise_rng_at((uint64_t)_i, POISE_FOR_HARNESS, 4, 0);
    sum_case s = {.net = mlp_new_d(2, (int[]){INPUTS, 8, 1}, ROWS)};
    mlp_start_d(s.net, (uint64_t)_i, 1, 1);
    fill_d(ROWS * INPUTS, s.x, &r);
    loss_of_value(&s);
    double d_v[ROWS];
    memcpy(d_v, s.c, sizeof d_v);
    mlp_backward_d(s.net, ROWS, d_v, NULL);
    ck_assert(gradient_error(loss_of_value, &s, s.net->n_params, s.net->param, s.net->grad) < 1e-6);
    mlp_free_d(s.net);
}
END_TEST

START_TEST(a_float_network_is_the_double_one_to_single_precision)
{
    int width[] = {INPUTS, 16, 16, OUTPUTS};
    mlp_f *f = mlp_new_f(3, width, ROWS);
    mlp_d *d = mlp_new_d(3, width, ROWS);
    mlp_start_f(f, 9, 0, 1);
    mlp_start_d(d, 9, 0, 1);
    double x[ROWS * INPUTS], c[ROWS * OUTPUTS];
    float x_float[ROWS * INPUTS], c_float[ROWS * OUTPUTS];
    poise_rng r = poise_rng_at(9, POISE_FOR_HARNESS, 5, 0);
    fill_d(ROWS * INPUTS, x, &r);
    fill_d(ROWS * OUTPUTS, c, &r);
    for (int i = 0; i < ROWS * INPUTS; i++)
        x_float[i] = (float)x[i];
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        c_float[i] = (float)c[i];
    const float *y_float = mlp_forward_f(f, ROWS, x_float);
    const double *y = mlp_forward_d(d, ROWS, x);
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        ck_assert_double_eq_tol((double)y_float[i], y[i], 2e-6);
    mlp_backward_f(f, ROWS, c_float, NULL);
    mlp_backward_d(d, ROWS, c, NULL);
    for (int i = 0; i < d->n_params; i++)
        ck_assert_double_eq_tol((double)f->grad[i], d->grad[i], 2e-5);
    mlp_free_f(f);
    mlp_free_d(d);
}
END_TEST

START_TEST(tensors_carry_the_names_of_a_pytorch_sequential)
{
    mlp_f *net = mlp_new_f(3, (int[]){4, 8, 6, 1}, 1);
    poise_tensor t[POISE_MAX_TENSORS];
    ck_assert_int_eq(mlp_tensors(net, "policy", t), 6);
    ck_assert_str_eq(t[0].name, "policy.0.weight");
    ck_assert_str_eq(t[3].name, "policy.2.bias");
    ck_assert_str_eq(t[4].name, "policy.4.weight");
    ck_assert_int_eq(t[2].dim[0], 8);
    ck_assert_int_eq(t[2].dim[1], 6);
    int n = 0;
    for (int i = 0; i < 6; i++)
        n += t[i].dim[0] * (t[i].n_dims > 1 ? t[i].dim[1] : 1);
    ck_assert_int_eq(n, net->n_params);
    mlp_free_f(net);
}
END_TEST

/* ---- softmax ---- */

START_TEST(softmax_and_entropy_are_those_worked_out_by_hand)
{
    double z[] = {1, 2, 3, -1}, p[4], log_p[4], d_z[4];
    double expected[] = {.088946817297404, .241782517158801, .657233022831855, .012037642711939};
    double slope[] = {.136281936572741, .12867019457409, -.307471171056816, .042519039909985};
    ck_assert(softmax_d(4, z, p, log_p));
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(p[i], expected[i], 1e-14);
    ck_assert_double_eq_tol(z[0] - log_p[0], 3.4197166463153397, 1e-14);
    ck_assert_double_eq_tol(entropy_d(4, p, log_p), .8875433689167066, 1e-14);
    /* Without an advantage the loss is -entropy. */
    policy_loss_d(4, p, log_p, 0, 0, 1, d_z);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(-d_z[i], slope[i], 1e-14);
}
END_TEST

START_TEST(softmax_neither_overflows_nor_counts_what_is_masked)
{
    double p[3], log_p[3], d_z[3];
    ck_assert(softmax_d(2, (double[]){1000, 1000}, p, NULL));
    ck_assert(p[0] == .5 && p[1] == .5);
    ck_assert(softmax_d(3, (double[]){1, -INFINITY, 2}, p, log_p));
    ck_assert_double_eq_tol(p[0], .268941421369995, 1e-14);
    ck_assert(p[1] == 0);
    ck_assert_double_eq_tol(p[2], .731058578630005, 1e-14);
    policy_loss_d(3, p, log_p, 0, 1, .1, d_z);
    ck_assert(d_z[1] == 0 && isfinite(d_z[0]) && isfinite(d_z[2]));
}
END_TEST

START_TEST(softmax_of_nothing_or_of_what_is_no_number_is_refused)
{
    double p[2];
    ck_assert(!softmax_d(2, (double[]){-INFINITY, -INFINITY}, p, NULL));
    ck_assert(!softmax_d(2, (double[]){0, NAN}, p, NULL));
    ck_assert(!softmax_d(2, (double[]){NAN, 0}, p, NULL));
    ck_assert(!softmax_d(2, (double[]){INFINITY, 0}, p, NULL));
}
END_TEST

/* The running sums of these are .1, .30000000000000004, .6000000000000001, 1. */
START_TEST(samples_are_the_first_index_whose_running_sum_exceeds_u)
{
    double p[] = {.1, .2, .3, .4};
    double u[] = {1e-17, .0999, .1, .2999, .3, .6, .9999999};
    int expected[] = {0, 0, 1, 1, 1, 2, 3};
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(sample_d(4, p, u[i]), expected[i]);
    ck_assert_int_eq(sample_d(3, (double[]){0, .999, 0}, .9999), 1);
}
END_TEST

/* The bandit theta = (.1, -.2, .3) with rewards (1, 0, 2): its expected reward is 1.16.. and the
 * gradient of that is known; the mean of 1e5 sampled gradients must lie within 4 standard errors.
 */
START_TEST(sampled_policy_gradients_have_the_exact_gradient_as_their_mean)
{
    static const double reward[] = {1, 0, 2};
    static const double exact[] = {-.054769009508974, -.290662656794643, .345431666303617};
    enum { DRAWS = 100000 };
    double p[3], log_p[3], sum[3] = {0}, squares[3] = {0};
    ck_assert(softmax_d(3, (double[]){.1, -.2, .3}, p, log_p));
    poise_rng r = poise_rng_at(3, POISE_FOR_AGENT, 0, 0);
    for (int i = 0; i < DRAWS; i++) {
        double d_z[3];
        int a = sample_d(3, p, poise_rng_uniform(&r));
        policy_loss_d(3, p, log_p, a, reward[a], 0, d_z);
        for (int j = 0; j < 3; j++) {
            sum[j] -= d_z[j];
            squares[j] += d_z[j] * d_z[j];
        }
    }
    for (int j = 0; j < 3; j++) {
        double mean = sum[j] / DRAWS;
        double error = sqrt((squares[j] / DRAWS - mean * mean) / DRAWS);
        ck_assert_double_eq_tol(mean, exact[j], 4 * error);
    }
}
END_TEST

/* ---- advantages ---- */

static void five_steps(gae_step *s, bool truncated)
{
    double reward[] = {1, 0, -1, 2, .5}, value[] = {.5, .4, .3, .2, .1, .6};
    for (int i = 0; i < 5; i++)
        s[i] = (gae_step){.reward = reward[i], .keep = .9, .value = value[i], .next = value[i + 1]};
    s[2].last = true;
    s[2].keep = truncated ? .9 : 0;
    s[2].next = .25;
}

START_TEST(advantages_are_those_worked_out_by_hand)
{
    static const double expected[] = {.09248, -1.066, -1.3, 2.5668, .94};
    static const double normal[] = {-.097495937458361, -.830081382837421, -.978055447317343,
                                    1.467184349823522, .438448417789603};
    static const double monte_carlo[] = {.19, -.9, -1, 2.936, 1.04};
    gae_step s[5];
    five_steps(s, false);
    gae(5, s, .8);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(s[i].advantage, expected[i], 1e-14);
    gae_normalise(5, s);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(s[i].advantage, normal[i], 2e-8);
    gae(5, s, 1);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol(s[i].advantage + s[i].value, monte_carlo[i], 1e-14);
}
END_TEST

START_TEST(an_episode_cut_off_is_not_one_that_ended)
{
    gae_step s[5];
    five_steps(s, true);
    gae(5, s, .8);
    ck_assert_double_eq_tol(s[2].advantage, -1.075, 1e-14);
    ck_assert_double_eq_tol(s[3].advantage, 2.5668, 1e-14);
}
END_TEST

static TCase *network_cases(void)
{
    TCase *t = tcase_create("network");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, reference_products_have_the_same_bits_with_any_instructions, BLAS_PLAIN,
                        BLAS_AVX512 + 1);
    tcase_add_test(t, reference_products_are_those_of_openblas);
    tcase_add_test(t, a_product_does_not_read_what_it_overwrites);
    tcase_add_test(t, a_small_network_gives_the_known_output_and_gradient);
    tcase_add_loop_test(t, gradients_of_a_network_agree_with_finite_differences, 0, 3);
    tcase_add_test(t, gradients_of_two_passes_add_up);
    tcase_add_loop_test(t, gradients_of_policy_loss_and_entropy_agree_with_finite_differences, 0,
                        3);
    tcase_add_loop_test(t, gradients_of_value_loss_agree_with_finite_differences, 0, 3);
    tcase_add_test(t, a_float_network_is_the_double_one_to_single_precision);
    tcase_add_test(t, tensors_carry_the_names_of_a_pytorch_sequential);
    return t;
}

static TCase *learning_cases(void)
{
    TCase *t = tcase_create("learning");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, softmax_and_entropy_are_those_worked_out_by_hand);
    tcase_add_test(t, softmax_neither_overflows_nor_counts_what_is_masked);
    tcase_add_test(t, softmax_of_nothing_or_of_what_is_no_number_is_refused);
    tcase_add_test(t, samples_are_the_first_index_whose_running_sum_exceeds_u);
    tcase_add_test(t, sampled_policy_gradients_have_the_exact_gradient_as_their_mean);
    tcase_add_test(t, advantages_are_those_worked_out_by_hand);
    tcase_add_test(t, an_episode_cut_off_is_not_one_that_ended);
    return t;
}

int main(void)
{
    Suite *suite = suite_create("net");
    suite_add_tcase(suite, network_cases());
    suite_add_tcase(suite, learning_cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
