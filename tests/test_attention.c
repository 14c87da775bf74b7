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

/* Tasks of the first decision in another order, its candidates renumbered to match. */
START_TEST(permuting_the_tasks_permutes_the_scores)
{
    static const int order[] = {2, 0, 1}, place[] = {1, 2, 0};
    net_case s, turned;
    int renumbered[CANDIDATES];
    attention_shape shape = small_shape;
    shape.cross = _i;
    new_case(&s, shape, 4);
    new_case(&turned, shape, 4);
    for (int i = 0; i < 3 * F_T; i++)
        turned.task[i] = s.task[order[i / F_T] * F_T + i % F_T];
    for (int c = 0; c < CANDIDATES; c++)
        renumbered[c] = c < 6 && task_of[c] >= 0 ? place[task_of[c]] : task_of[c];
    turned.batch.task_of = renumbered;
    net_loss(&s);
    net_loss(&turned);
    for (int c = 0; c < CANDIDATES; c++)
        ck_assert_double_eq_tol(turned.net->score[c], s.net->score[c], 1e-14);
    for (int i = 0; i < DECISIONS; i++)
        ck_assert_double_eq_tol(turned.net->value[i], s.net->value[i], 1e-14);
    ck_assert(fabs(s.net->score[0] - s.net->score[2]) > 1e-6);
    attention_free_d(s.net);
    attention_free_d(turned.net);
}
END_TEST

/* The last decision on its own, and the first two: no bit of scores, values or the gradient may
 * tell how a batch was cut. */
START_TEST(how_a_batch_is_cut_changes_no_bit)
{
    net_case s, cut;
    new_case(&s, small_shape, 5);
    new_case(&cut, small_shape, 5);
    net_loss(&s);
    attention_backward_d(s.net, s.c, s.v);
    double score[CANDIDATES], value[DECISIONS];
    attention_batch_d b = cut.batch;
    b.n_decisions = 2;
    attention_forward_d(cut.net, &b, NULL);
    attention_backward_d(cut.net, cut.c, cut.v);
    memcpy(score, cut.net->score, sizeof score);
    memcpy(value, cut.net->value, 2 * sizeof *value);
    static const int none[] = {0, 0}, two[] = {0, 2}, three[] = {0, 3};
    b = (attention_batch_d){.n_decisions = 1,
                            .task_at = two,
                            .device_at = three,
                            .candidate_at = none,
                            .task = s.task + 3 * F_T,
                            .device = s.device + 4 * F_G,
                            .system = s.system + 2 * F_S};
    attention_forward_d(cut.net, &b, NULL);
    attention_backward_d(cut.net, NULL, cut.v + 2);
    value[2] = cut.net->value[0];
    ck_assert(memcmp(score, s.net->score, sizeof score) == 0);
    ck_assert(memcmp(value, s.net->value, sizeof value) == 0);
    ck_assert(memcmp(s.net->grad, cut.net->grad, (size_t)s.net->n_params * sizeof(double)) == 0);
    attention_free_d(s.net);
    attention_free_d(cut.net);
}
END_TEST

/* Six copies of the first decision: 30 tokens, 36 candidates, more than any loop takes at once. */
START_TEST(decisions_in_a_batch_do_not_know_of_each_other)
{
    enum { COPIES = 6, EACH_TASKS = 3, EACH_DEVICES = 2, EACH = 6 };
    net_case s;
    attention_shape shape = small_shape;
    shape.max_rows = COPIES * (EACH_TASKS + EACH_DEVICES);
    shape.max_candidates = COPIES * EACH;
    shape.max_decisions = COPIES;
    new_case(&s, shape, 6);
    double task[COPIES * EACH_TASKS * F_T], device[COPIES * EACH_DEVICES * F_G];
    double candidate[COPIES * EACH * F_C], system[COPIES * F_S], c[COPIES * EACH], v[COPIES];
    int tasks[COPIES + 1], devices[COPIES + 1], candidates[COPIES + 1];
    int of_task[COPIES * EACH], of_device[COPIES * EACH];
    for (int i = 0; i <= COPIES; i++) {
        tasks[i] = i * EACH_TASKS;
        devices[i] = i * EACH_DEVICES;
        candidates[i] = i * EACH;
    }
    for (int i = 0; i < COPIES; i++) {
        memcpy(task + i * EACH_TASKS * F_T, s.task, EACH_TASKS * F_T * sizeof *task);
        memcpy(device + i * EACH_DEVICES * F_G, s.device, EACH_DEVICES * F_G * sizeof *device);
        memcpy(candidate + i * EACH * F_C, s.candidate, EACH * F_C * sizeof *candidate);
        memcpy(system + i * F_S, s.system, F_S * sizeof *system);
        memcpy(c + i * EACH, s.c, EACH * sizeof *c);
        memcpy(of_task + i * EACH, task_of, EACH * sizeof *of_task);
        memcpy(of_device + i * EACH, device_of, EACH * sizeof *of_device);
        v[i] = s.v[0];
    }
    const attention_batch_d all = {COPIES, tasks,     devices, candidates, task,
                                   device, candidate, system,  of_task,    of_device};
    attention_batch_d one = all;
    one.n_decisions = 1;
    attention_forward_d(s.net, &one, NULL);
    attention_backward_d(s.net, c, v);
    double score[EACH], value = s.net->value[0], grad[4];
    const int probe[] = {1, s.net->at.encoder + 3, s.net->at.bilinear + 5, s.net->at.value};
    memcpy(score, s.net->score, sizeof score);
    for (int i = 0; i < 4; i++)
        grad[i] = s.net->grad[probe[i]];
    attention_zero_grad_d(s.net);
    attention_forward_d(s.net, &all, NULL);
    attention_backward_d(s.net, c, v);
    bool same = true;
    for (int i = 0; i < COPIES; i++)
        same &=
            s.net->value[i] == value && memcmp(s.net->score + i * EACH, score, sizeof score) == 0;
    ck_assert(same);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(s.net->grad[probe[i]], COPIES * grad[i], 1e-12);
    attention_free_d(s.net);
}
END_TEST

START_TEST(tensors_of_the_attention_network_carry_names_and_cover_it)
{
    attention_f *net = attention_new_f(&small_shape);
    poise_tensor t[POISE_MAX_TENSORS];
    const int n = attention_tensors(net, "policy", t);
    int numbers = 0, part[POISE_MAX_TENSORS];
    bool found = false;
    for (int i = 0; i < n; i++) {
        ck_assert(t[i].data == net->param + numbers);
        numbers += t[i].dim[0] * (t[i].n_dims > 1 ? t[i].dim[1] : 1);
        found |= strcmp(t[i].name, "policy.blocks.1.attn.in_proj.weight") == 0 &&
                 t[i].dim[0] == 8 && t[i].dim[1] == 24;
    }
    ck_assert_int_eq(numbers, net->n_params);
    ck_assert(found);
    ck_assert_int_eq(params_parts(&net->list, part), n);
    attention_free_f(net);
}
END_TEST

/* ---- the same bits everywhere ---------------------------------------------------------------- */

/* FNV-1a of n bytes. */
static uint64_t hash(size_t n, const void *data)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const unsigned char *)data)[i]) * 0x100000001b3U;
    return h;
}

enum { UPDATES = INSTRUMENTED ? 100 : 1000 };

/* A policy and a value descend from noise to a rule of thumb, by Adam. */
static uint64_t hash_after_updates(void)
{
    attention_shape shape = small_shape;
    shape.width = 16;
    shape.inner = 20;
    shape.dropout = .1;
    attention_f *net = attention_new_f(&shape);
    attention_start_f(net, 1, 0, .1);
    const optimiser_rule rule = optimiser_default(OPTIMISER_ADAM);
    optimiser_f *o = optimiser_new_f(&rule, net->n_params, 0, NULL);
    float task[TASKS * F_T], device[DEVICES * F_G], candidate[CANDIDATES * F_C];
    float system[DECISIONS * F_S], d_score[CANDIDATES] = {0}, d_value[DECISIONS];
    const attention_batch_f b = {DECISIONS, task_at,   device_at, candidate_at, task,
                                 device,    candidate, system,    task_of,      device_of};
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 40, 0), drop = r;
    for (int u = 0; u < UPDATES; u++) {
        float *const all[] = {task, device, candidate, system};
        const int n[] = {TASKS * F_T, DEVICES * F_G, CANDIDATES * F_C, DECISIONS * F_S};
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < n[k]; i++)
                all[k][i] = (float)poise_rng_normal(&r);
        attention_forward_f(net, &b, &drop);
        float p[6], log_p[6];
        softmax_f(6, net->score, p, log_p);
        ppo_loss_f(6, p, log_p, u % 6, -1.8f, u % 2 ? 1 : -1, .2f, .01f, d_score, NULL);
        for (int i = 0; i < DECISIONS; i++)
            value_loss_f(net->value[i], system[i * F_S], &d_value[i]);
        attention_zero_grad_f(net);
        attention_backward_f(net, d_score, d_value);
        clip_norm_f(net->n_params, net->grad, .5);
        optimiser_step_f(o, net->param, net->grad, 1e-3);
    }
    const uint64_t h = hash((size_t)net->n_params * sizeof(float), net->param);
    optimiser_free_f(o);
    attention_free_f(net);
    return h;
}

START_TEST(training_gives_the_same_bits_with_any_compiler_and_instructions)
{
    if (!blas_use_clone((blas_clone)_i)) {
        printf("skipped: this CPU does not have clone %d\n", _i);
        return;
    }
    const uint64_t known = INSTRUMENTED ? 0xcc8fa3488694ed5fU : 0xb560106c6390a3bbU;
    ck_assert_msg(hash_after_updates() == known, "%016lx", (unsigned long)hash_after_updates());
}
END_TEST

/* ---- a small supervised case ----------------------------------------------------------------- */

/* Sequences of 5 to 12 tokens: letters, and one mark. The class is the letter behind the mark,
 * which only attention from token to token can find. */
enum { LETTERS = 4, MARK = LETTERS, LONGEST = 12, BATCH = 32, WIDTH = 16 };

typedef struct reader {
    encoder_shape shape;
    param_list list;
    int tokens, places, encoder, classes;  // where parameters begin
    float *param, *grad;
    encoder_f encoder_state;
    float *memory;
    int n_rows, label[BATCH], letter[BATCH * LONGEST], place[BATCH * LONGEST];
    attention_span span[BATCH];
    float x[BATCH * LONGEST * WIDTH], y[BATCH * LONGEST * WIDTH], d[BATCH * LONGEST * WIDTH];
    float pooled[BATCH * WIDTH], z[BATCH * LETTERS], d_z[BATCH * LETTERS];
    float d_pooled[BATCH * WIDTH], turned[WIDTH * LETTERS];
} reader;

static void draw_sequences(reader *a, poise_rng *r)
{
    a->n_rows = 0;
    for (int i = 0; i < BATCH; i++) {
        const int n = 5 + poise_rng_below(r, LONGEST - 4), mark = poise_rng_below(r, n - 1);
        a->span[i] = (attention_span){a->n_rows, n, a->n_rows, n};
        for (int t = 0; t < n; t++, a->n_rows++) {
            a->letter[a->n_rows] = t == mark ? MARK : poise_rng_below(r, LETTERS);
            a->place[a->n_rows] = t;
        }
        a->label[i] = a->letter[a->span[i].query + mark + 1];
    }
}

static reader *new_reader(void)
{
    reader *a = calloc(1, sizeof *a);
    a->shape = (encoder_shape){.width = WIDTH,
                               .n_heads = 2,
                               .n_blocks = 2,
                               .inner = 2 * WIDTH,
                               .max_tokens = LONGEST,
                               .max_rows = BATCH * LONGEST};
    a->tokens = params_add(&a->list, LETTERS + 1, WIDTH, "tokens.weight");
    a->places = params_add(&a->list, LONGEST, WIDTH, "places.weight");
    a->encoder = encoder_params(&a->shape, &a->list);
    a->classes = params_add_linear(&a->list, WIDTH, LETTERS, "classes");
    const size_t n = (size_t)a->list.n_params;
    const size_t inside = encoder_lay_out_f(&a->encoder_state, &a->shape, NULL);
    a->memory = calloc(2 * n + inside, sizeof *a->memory);
    a->param = a->memory;
    a->grad = a->param + n;
    encoder_lay_out_f(&a->encoder_state, &a->shape, a->grad + n);
    poise_rng r = poise_rng_at(2, POISE_FOR_NETWORK, 0, 0);
    for (int i = 0; i < a->encoder; i++)
        a->param[i] = (float)poise_rng_normal(&r);
    encoder_start_f(&a->shape, a->param + a->encoder, &r);
    return a;
}

/* Scores of the classes, from the mean token. */
static void read_sequences(reader *a)
{
    const int n = a->n_rows * WIDTH;
    embedding_forward_f(a->n_rows, WIDTH, a->letter, a->param + a->tokens, a->x);
    embedding_forward_f(a->n_rows, WIDTH, a->place, a->param + a->places, a->y);
    for (int i = 0; i < n; i++)
        a->x[i] += a->y[i];
    const float *y = encoder_forward_f(&a->encoder_state, a->param + a->encoder, a->n_rows, a->x,
                                       BATCH, a->span, NULL);
    memset(a->pooled, 0, sizeof a->pooled);
    for (int i = 0; i < BATCH; i++)
        for (int t = 0; t < a->span[i].n_keys; t++)
            for (int j = 0; j < WIDTH; j++)
                a->pooled[i * WIDTH + j] +=
                    y[(a->span[i].key + t) * WIDTH + j] / (float)a->span[i].n_keys;
    linear_forward_f(BATCH, WIDTH, LETTERS, a->pooled, a->param + a->classes, a->z);
}

static void learn_from_sequences(reader *a, optimiser_f *o, double lr)
{
    memset(a->grad, 0, (size_t)a->list.n_params * sizeof *a->grad);
    for (int i = 0; i < BATCH; i++) {
        cross_entropy_loss_f(LETTERS, a->z + i * LETTERS, a->label[i], a->d_z + i * LETTERS);
        for (int j = 0; j < LETTERS; j++)
            a->d_z[i * LETTERS + j] /= BATCH;
    }
    linear_backward_f(BATCH, WIDTH, LETTERS, a->pooled, a->param + a->classes, a->d_z, a->turned,
                      a->grad + a->classes, a->d_pooled);
    for (int i = 0; i < BATCH; i++)
        for (int t = 0; t < a->span[i].n_keys; t++)
            for (int j = 0; j < WIDTH; j++)
                a->d[(a->span[i].key + t) * WIDTH + j] =
                    a->d_pooled[i * WIDTH + j] / (float)a->span[i].n_keys;
    const float *d_x =
        encoder_backward_f(&a->encoder_state, a->param + a->encoder, a->d, a->grad + a->encoder);
    embedding_backward_f(a->n_rows, WIDTH, a->letter, d_x, a->grad + a->tokens);
    embedding_backward_f(a->n_rows, WIDTH, a->place, d_x, a->grad + a->places);
    clip_norm_f(a->list.n_params, a->grad, 1);
    optimiser_step_f(o, a->param, a->grad, lr);
}

static double share_read_rightly(reader *a, uint64_t seed)
{
    poise_rng r = poise_rng_at(seed, POISE_FOR_HARNESS, 50, 0);
    int right = 0;
    for (int k = 0; k < 32; k++) {
        draw_sequences(a, &r);
        read_sequences(a);
        for (int i = 0; i < BATCH; i++) {
            int best = 0;
            for (int j = 1; j < LETTERS; j++)
                best = a->z[i * LETTERS + j] > a->z[i * LETTERS + best] ? j : best;
            right += best == a->label[i];
        }
    }
    return right / (32. * BATCH);
}

START_TEST(sequences_are_classified_by_attention_to_more_than_95_percent)
{
    enum { STEPS = 1500 };
    if (INSTRUMENTED)
        return;
    blas_start();
    reader *a = new_reader();
    const optimiser_rule rule = optimiser_default(OPTIMISER_ADAM);
    optimiser_f *o = optimiser_new_f(&rule, a->list.n_params, 0, NULL);
    ck_assert_double_lt(share_read_rightly(a, 2), .5);
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 50, 0);
    for (int step = 0; step < STEPS; step++) {
        draw_sequences(a, &r);
        read_sequences(a);
        learn_from_sequences(a, o, 3e-3 * (1 - step / (double)STEPS));
    }
    const double share = share_read_rightly(a, 2);
    printf("read rightly: %.3f of sequences not seen before\n", share);
    ck_assert_double_gt(share, .95);
    optimiser_free_f(o);
    free(a->memory);
    free(a);
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
    tcase_add_loop_test(t, permuting_the_tasks_permutes_the_scores, 0, 2);
    tcase_add_test(t, how_a_batch_is_cut_changes_no_bit);
    tcase_add_test(t, decisions_in_a_batch_do_not_know_of_each_other);
    tcase_add_test(t, tensors_of_the_attention_network_carry_names_and_cover_it);
    tcase_add_loop_test(t, training_gives_the_same_bits_with_any_compiler_and_instructions,
                        BLAS_PLAIN, BLAS_AVX512 + 1);
    tcase_add_test(t, sequences_are_classified_by_attention_to_more_than_95_percent);
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
