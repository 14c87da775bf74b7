/* test_attention.c - layers and the attention network: against numbers worked out elsewhere and
 * against finite differences, what permuting and packing must not change, and that it learns. */
#include "lib/attention.h"
#include "lib/blas.h"
#include "lib/losses.h"
#include "lib/optimiser.h"
#include "lib/policy.h"
#include "support.h"

#include <math.h>

static void fill(int n, double *x, poise_rng *r)
{
    for (int i = 0; i < n; i++)
        x[i] = poise_rng_normal(r);
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

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

/* ---- attention of three tokens --------------------------------------------------------------- */

enum { T = 3, D = 2 };

/* X W with the three projections side by side, as q, k and v of one head. */
typedef struct small {
    double x[T * D], w[D * 3 * D];
    attention_heads heads;
    double qkv[T * 3 * D], p[T * 16], scratch[16 * (T + D)], out[T * D];
} small;

static const attention_span whole = {0, T, 0, T};

static void set_up(small *s, bool causal)
{
    *s = (small){.heads = {.width = D, .n_heads = 1, .causal = causal}};
    blas_start();
    for (int i = 0; i < T; i++)
        for (int j = 0; j < D; j++)
            s->x[i * D + j] = sin(1 + 2 * i + j);
    for (int i = 0; i < D; i++)
        for (int j = 0; j < 3 * D; j++)
            s->w[i * 3 * D + j] = cos(j / D + i + 2 * (j % D));
}

static double weighted(const double *out)
{
    double sum = 0;
    for (int i = 0; i < T; i++)
        for (int j = 0; j < D; j++)
            sum += (i + 1) * (j + 1) * out[i * D + j];
    return sum;
}

static double attended(void *data)
{
    small *s = data;
    matmul_d(T, 3 * D, D, s->x, s->w, 0, s->qkv);
    if (!attend_forward_d(&s->heads, 1, &whole, s->qkv, NULL, s->p, s->scratch, s->out))
        ck_abort_msg("a query saw nothing");
    return weighted(s->out);
}

static void attended_back(small *s, double *d_w, double *d_x)
{
    double d_out[T * D], d_qkv[T * 3 * D] = {0}, turned[D * 3 * D];
    for (int i = 0; i < T; i++)
        for (int j = 0; j < D; j++)
            d_out[i * D + j] = (i + 1) * (j + 1);
    attend_backward_d(&s->heads, 1, &whole, s->qkv, s->p, d_out, s->scratch, d_qkv);
    memset(d_w, 0, sizeof s->w);
    matmul_tn_d(D, 3 * D, T, s->x, d_qkv, 0, d_w);
    turn_d(D, 3 * D, s->w, 3 * D, turned);
    matmul_d(T, D, 3 * D, d_qkv, turned, 0, d_x);
}

START_TEST(attention_of_three_tokens_is_the_one_worked_out_elsewhere)
{
    static const double rows[] = {.743713808503302, .206970177029065, .049316014467634,
                                  .141463229084101, .31819586716873,  .540340903747169,
                                  .128645576173765, .235441565927712, .635912857898523};
    static const double by_q[] = {.6012688750385627, -1.4084073921125595, .5613291823578935,
                                  -1.2232392965628505};
    static const double by_k[] = {1.898197794766137, -1.665885410290296, .29086925156678317,
                                  -.22625165279260342};
    static const double by_v[] = {-1.5056248277883932, -3.0112496555767865, -.7371446942174391,
                                  -1.4742893884348782};
    static const double by_x[] = {-1.8985058598147089, -1.1249389098017692, -2.6334285726617352,
                                  -2.2888031218687757, -8.787138124032598,  -4.092215797399312};
    small s;
    set_up(&s, false);
    ck_assert_double_eq_tol(attended(&s), 2.9064127035619052, 1e-14);
    for (int i = 0; i < T * T; i++)
        ck_assert_double_eq_tol(s.p[i % T * 16 + i / T], rows[i], 1e-14);
    double d_w[D * 3 * D], d_x[T * D];
    attended_back(&s, d_w, d_x);
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) {
            ck_assert_double_eq_tol(d_w[i * 3 * D + j], by_q[i * D + j], 1e-13);
            ck_assert_double_eq_tol(d_w[i * 3 * D + D + j], by_k[i * D + j], 1e-13);
            ck_assert_double_eq_tol(d_w[i * 3 * D + 2 * D + j], by_v[i * D + j], 1e-13);
        }
    for (int i = 0; i < T * D; i++)
        ck_assert_double_eq_tol(d_x[i], by_x[i], 1e-13);
    ck_assert(gradient_error(attended, &s, D * 3 * D, s.w, d_w) < 1e-8);
    ck_assert(gradient_error(attended, &s, T * D, s.x, d_x) < 1e-8);
}
END_TEST

START_TEST(causal_attention_looks_at_nothing_that_follows)
{
    static const double by_q[] = {.6844910184458537, -2.0014599333283787, .054745756364740855,
                                  -1.4021333734408956};
    small s;
    set_up(&s, true);
    ck_assert_double_eq_tol(attended(&s), -.13335553978401293, 1e-14);
    ck_assert(s.p[16] == 0 && s.p[2 * 16] == 0 && s.p[2 * 16 + 1] == 0 && s.p[0] == 1);
    double d_w[D * 3 * D], d_x[T * D];
    attended_back(&s, d_w, d_x);
    for (int i = 0; i < D * D; i++)
        ck_assert_double_eq_tol(d_w[i / D * 3 * D + i % D], by_q[i], 1e-13);
}
END_TEST

START_TEST(permuting_tokens_permutes_what_attention_makes_of_them)
{
    small s, turned;
    set_up(&s, false);
    set_up(&turned, false);
    static const int order[] = {2, 0, 1};
    for (int i = 0; i < T * D; i++)
        turned.x[i] = s.x[order[i / D] * D + i % D];
    attended(&s);
    attended(&turned);
    for (int i = 0; i < T * D; i++)
        ck_assert_double_eq_tol(turned.out[i], s.out[order[i / D] * D + i % D], 1e-15);
}
END_TEST

START_TEST(attention_to_nothing_is_refused_and_hidden_tokens_count_for_nothing)
{
    small s;
    set_up(&s, false);
    attended(&s);
    static const unsigned char all[T] = {1, 1, 1}, middle[T] = {0, 1, 0};
    ck_assert(!attend_forward_d(&s.heads, 1, &whole, s.qkv, all, s.p, s.scratch, s.out));
    ck_assert(attend_forward_d(&s.heads, 1, &whole, s.qkv, middle, s.p, s.scratch, s.out));
    for (int i = 0; i < T; i++) {
        ck_assert(s.p[16 + i] == 0);
        ck_assert_double_eq_tol(s.p[i] + s.p[2 * 16 + i], 1, 1e-15);
    }
}
END_TEST

START_TEST(layer_norm_is_the_one_worked_out_elsewhere)
{
    static const double y_known[] = {-1.025754575496193, -.652752911679396, .093250415954199,
                                     1.585257071221389};
    static const double d_known[] = {-.149201236380645, .074599969492679, .14920071742253,
                                     -.074599450534565};
    double x[] = {1, 2, 4, 8}, gain[] = {1, 1, 1, 1, 0, 0, 0, 0}, y[4], moments[2];
    double d_y[] = {1, 2, 3, 4}, d_gain[8] = {0}, d_x[4] = {0};
    layer_norm_forward_d(1, 4, x, gain, y, moments);
    layer_norm_backward_d(1, 4, x, gain, moments, d_y, d_gain, d_x);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(y[i], y_known[i], 1e-14);
        ck_assert_double_eq_tol(d_x[i], d_known[i], 1e-14);
        ck_assert(d_gain[4 + i] == d_y[i]);
    }
}
END_TEST

/* ---- the layers against finite differences --------------------------------------------------- */

enum { ROWS = 5, WIDE = 6, OTHER = 4 };

typedef struct layer_case {
    int kind;
    double x[ROWS * WIDE], c[ROWS * WIDE], param[(WIDE + 1) * WIDE];
} layer_case;

enum { LINEAR, NORM, TANH, RELU, GELU, EMBEDDING, DROPOUT, N_LAYERS };
static const int tokens_of_rows[ROWS] = {2, 0, 2, 3, 1};

static double layer_forward(layer_case *s, double *y, double *moments, double *factor)
{
    poise_rng r = poise_rng_at(7, POISE_FOR_HARNESS, 0, 0);
    switch (s->kind) {
    case LINEAR: linear_forward_d(ROWS, WIDE, OTHER, s->x, s->param, y); break;
    case NORM: layer_norm_forward_d(ROWS, WIDE, s->x, s->param, y, moments); break;
    case EMBEDDING: embedding_forward_d(ROWS, WIDE, tokens_of_rows, s->param, y); break;
    case DROPOUT:
        memcpy(y, s->x, sizeof s->x);
        dropout_d(ROWS * WIDE, .4, &r, y, factor);
        break;
    default: activate_d((activation)(s->kind - TANH), ROWS * WIDE, s->x, y); break;
    }
    return dot(s->kind == LINEAR ? ROWS * OTHER : ROWS * WIDE, s->c, y);
}

static double layer_loss(void *data)
{
    double y[ROWS * WIDE], moments[2 * ROWS], factor[ROWS * WIDE];
    return layer_forward(data, y, moments, factor);
}

/* Layers 0 .. N_LAYERS - 1, each with three seeds. */
START_TEST(gradients_of_layers_agree_with_finite_differences)
{
    layer_case s = {.kind = _i / 3};
    poise_rng r = poise_rng_at((uint64_t)_i % 3, POISE_FOR_HARNESS, (uint32_t)s.kind, 0);
    blas_start();
    fill(ROWS * WIDE, s.x, &r);
    fill(ROWS * WIDE, s.c, &r);
    fill((WIDE + 1) * WIDE, s.param, &r);
    double y[ROWS * WIDE], moments[2 * ROWS], factor[ROWS * WIDE], turned[WIDE * OTHER];
    double d_x[ROWS * WIDE] = {0}, d_param[(WIDE + 1) * WIDE] = {0};
    layer_forward(&s, y, moments, factor);
    int n_params = 0;
    switch (s.kind) {
    case LINEAR:
        linear_backward_d(ROWS, WIDE, OTHER, s.x, s.param, s.c, turned, d_param, d_x);
        n_params = (WIDE + 1) * OTHER;
        break;
    case NORM:
        layer_norm_backward_d(ROWS, WIDE, s.x, s.param, moments, s.c, d_param, d_x);
        n_params = 2 * WIDE;
        break;
    case EMBEDDING:
        embedding_backward_d(ROWS, WIDE, tokens_of_rows, s.c, d_param);
        n_params = 4 * WIDE;
        break;
    case DROPOUT:
        memcpy(d_x, s.c, sizeof d_x);
        multiply_each_d(ROWS * WIDE, factor, d_x);
        break;
    default:
        memcpy(d_x, s.c, sizeof d_x);
        activate_backward_d((activation)(s.kind - TANH), ROWS * WIDE, s.kind == GELU ? s.x : y,
                            d_x);
    }
    if (n_params > 0)
        ck_assert(gradient_error(layer_loss, &s, n_params, s.param, d_param) < 1e-6);
    if (s.kind != EMBEDDING)
        ck_assert(gradient_error(layer_loss, &s, ROWS * WIDE, s.x, d_x) < 1e-6);
}
END_TEST

START_TEST(dropout_keeps_the_mean_and_the_share_it_was_told)
{
    enum { N = 40000 };
    static double x[N], factor[N];
    for (int i = 0; i < N; i++)
        x[i] = 1;
    poise_rng r = poise_rng_at(1, POISE_FOR_AGENT, 0, 0);
    dropout_d(N, .25, &r, x, factor);
    int dropped = 0;
    double sum = 0;
    for (int i = 0; i < N; i++) {
        dropped += x[i] == 0;
        sum += x[i];
    }
    /* Standard error of the share: sqrt(.25 .75 / 40000) = .0022. */
    ck_assert_double_eq_tol(dropped / (double)N, .25, 4 * .0022);
    ck_assert_double_eq_tol(sum / N, 1, 4 * .0022 / .75);
}
END_TEST

/* ---- the network ----------------------------------------------------------------------------- */

/* Three decisions: 3 tasks and 2 groups, no task and 2 groups (only to wait), 2 tasks and 3 groups
 * without a candidate. */
enum { TASKS = 5, DEVICES = 7, CANDIDATES = 7, DECISIONS = 3, F_T = 3, F_G = 2, F_C = 4, F_S = 2 };
static const int task_at[] = {0, 3, 3, 5}, device_at[] = {0, 2, 4, 7},
                 candidate_at[] = {0, 6, 7, 7};
static const int task_of[] = {0, 0, 1, 2, 2, -1, -1}, device_of[] = {0, 1, 1, 0, -1, -1, -1};

typedef struct net_case {
    attention_d *net;
    attention_batch_d batch;
    double task[TASKS * F_T], device[DEVICES * F_G], candidate[CANDIDATES * F_C];
    double system[DECISIONS * F_S];
    double c[CANDIDATES], v[DECISIONS];
    bool drop;
} net_case;

static const attention_shape small_shape = {
    .n_task = F_T,
    .n_device = F_G,
    .n_candidate = F_C,
    .n_system = F_S,
    .width = 8,
    .n_heads = 2,
    .n_blocks = 2,
    .inner = 12,
    .hidden = 5,
    .max_tokens = 5,
    .max_rows = 12,
    .max_candidates = CANDIDATES,
    .max_decisions = DECISIONS,
};

static void new_case(net_case *s, attention_shape shape, uint64_t seed)
{
    poise_rng r = poise_rng_at(seed, POISE_FOR_HARNESS, 20, 0);
    memset(s, 0, sizeof *s);
    s->net = attention_new_d(&shape);
    attention_start_d(s->net, seed, 0, 1);
    fill(TASKS * F_T, s->task, &r);
    fill(DEVICES * F_G, s->device, &r);
    fill(CANDIDATES * F_C, s->candidate, &r);
    fill(DECISIONS * F_S, s->system, &r);
    fill(CANDIDATES, s->c, &r);
    fill(DECISIONS, s->v, &r);
    s->batch = (attention_batch_d){DECISIONS, task_at,      device_at, candidate_at, s->task,
                                   s->device, s->candidate, s->system, task_of,      device_of};
}

static double net_loss(void *data)
{
    net_case *s = data;
    poise_rng r = poise_rng_at(11, POISE_FOR_AGENT, 0, 0);
    attention_forward_d(s->net, &s->batch, s->drop ? &r : NULL);
    return dot(CANDIDATES, s->c, s->net->score) + dot(DECISIONS, s->v, s->net->value);
}

/* Three seeds each of: plain, crossed, with dropout, without features of candidates and system. */
START_TEST(gradients_of_the_attention_network_agree_with_finite_differences)
{
    net_case s;
    attention_shape shape = small_shape;
    shape.cross = _i / 3 == 1;
    shape.dropout = _i / 3 == 2 ? .3 : 0;
    if (_i / 3 == 3)
        shape.n_candidate = shape.n_system = 0;
    new_case(&s, shape, (uint64_t)_i % 3);
    s.drop = _i / 3 == 2;
    net_loss(&s);
    attention_backward_d(s.net, s.c, s.v);
    ck_assert(gradient_error(net_loss, &s, s.net->n_params, s.net->param, s.net->grad) < 1e-6);
    attention_free_d(s.net);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("attention");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, attention_of_three_tokens_is_the_one_worked_out_elsewhere);
    tcase_add_test(t, causal_attention_looks_at_nothing_that_follows);
    tcase_add_test(t, permuting_tokens_permutes_what_attention_makes_of_them);
    tcase_add_test(t, attention_to_nothing_is_refused_and_hidden_tokens_count_for_nothing);
    tcase_add_test(t, layer_norm_is_the_one_worked_out_elsewhere);
    tcase_add_loop_test(t, gradients_of_layers_agree_with_finite_differences, 0, 3 * N_LAYERS);
    tcase_add_test(t, dropout_keeps_the_mean_and_the_share_it_was_told);
    tcase_add_loop_test(t, gradients_of_the_attention_network_agree_with_finite_differences, 0, 12);
    return t;
}

int main(void)
{
    Suite *suite = suite_create("attention");
    suite_add_tcase(suite, cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
