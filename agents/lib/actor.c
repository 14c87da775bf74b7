/* actor.c - see actor.h. */
#include "lib/actor.h"

#include "error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one pass through a network: larger ones fall out of the cache. */
#define ROWS_PER_PASS 256
/* Parameters beyond this have left the range in which tanh units learn. */
#define LARGEST_PARAMETER 1e6
/* Normalised features are cut to this. */
#define LARGEST_FEATURE 5
/* What features were like fades over so many decisions, and over so many candidates, tasks or
 * groups: a first policy may live in states that a later one never sees. */
#define DECISIONS_REMEMBERED 100000
#define ROWS_REMEMBERED 3000000

const char *const actor_networks[] = {"mlp", "attention", NULL};
const char *const actor_inits[] = {"scaled", "orthogonal", NULL};

/* ---- memory ---- */

static mlp_f *new_network(const actor *a, int n_in, int max_rows)
{
    int width[MLP_MAX_LAYERS + 1] = {n_in};
    for (int l = 1; l <= a->layers; l++)
        width[l] = a->hidden;
    width[a->layers + 1] = 1;
    return mlp_new_f(a->layers + 1, width, max_rows);
}

/* Rows of w (in, out), or columns if there are fewer, made orthonormal one after the other
 * (modified Gram-Schmidt), then times gain. (Saxe et al., ICLR 2014.) */
static void make_orthogonal(int in, int out, double gain, float *w)
{
    const int n = in < out ? in : out, length = in < out ? out : in;
    const int next = in < out ? 1 : out, stride = in < out ? out : 1;
    for (int i = 0; i < n; i++) {
        float *row = w + i * stride;
        for (int k = 0; k <= i; k++) {
            const float *other = w + k * stride;
            double dot = 0;
            for (int j = 0; j < length; j++)
                dot += (double)row[j * next] * (double)other[j * next];
            const double scale = k < i ? dot : 1 - 1 / sqrt(dot);
            for (int j = 0; j < length; j++)
                row[j * next] -= (float)(scale * (double)other[j * next]);
        }
    }
    for (int i = 0; i < in * out; i++)
        w[i] *= (float)gain;
}

/* A first policy near uniform, a first forecast near zero: both learn fastest from there. */
static void start(const actor *a, mlp_f *net, uint64_t seed, int number)
{
    mlp_start_f(net, seed, number, .01);
    if (a->init != ACTOR_ORTHOGONAL)
        return;
    for (int l = 0; l < net->n_layers; l++)
        make_orthogonal(net->width[l], net->width[l + 1], l < net->n_layers - 1 ? sqrt(2) : .01,
                        mlp_weight_f(net, net->param, l));
}

static bool new_attention(actor *a, const poise_space *space, const optimiser_rule *rule,
                          uint64_t seed)
{
    const tokens_shape shape = {.width = a->width,
                                .heads = a->heads,
                                .blocks = a->blocks,
                                .hidden = a->hidden,
                                .max_decisions = ROWS_PER_PASS,
                                .dropout = a->dropout};
    a->tokens = tokens_new(space, &shape, seed);
    if (!a->tokens)
        return false;
    int part[POISE_MAX_TENSORS];
    const int n = params_parts(&a->tokens->net->list, part);
    a->policy_optimiser = optimiser_new_f(rule, a->tokens->net->n_params, n, part);
    return a->policy_optimiser;
}

static bool new_normalisers(actor *a)
{
    a->of_candidate = normaliser_new(a->n_x, ROWS_REMEMBERED);
    a->of_system = normaliser_new(a->n_system, DECISIONS_REMEMBERED);
    a->of_task = normaliser_new(features_of_task(a->features), ROWS_REMEMBERED);
    a->of_device = normaliser_new(features_of_group(a->features), ROWS_REMEMBERED);
    return a->of_candidate && a->of_system && a->of_task && a->of_device;
}

static bool new_networks(actor *a, const poise_space *space, uint64_t seed)
{
    optimiser_rule rule = optimiser_default(a->optimiser);
    rule.l2 = a->l2;
    if (a->network == ACTOR_ATTENTION)
        return new_attention(a, space, &rule, seed);
    a->policy = new_network(a, a->n_x, a->max_rows);
    a->critic = new_network(a, a->n_system, a->max_rows);
    if (!a->policy || !a->critic)
        return false;
    start(a, a->policy, seed, 0);
    start(a, a->critic, seed, 1);
    a->policy_optimiser = optimiser_new_f(&rule, a->policy->n_params, 0, NULL);
    a->critic_optimiser = optimiser_new_f(&rule, a->critic->n_params, 0, NULL);
    return a->policy_optimiser && a->critic_optimiser;
}

bool actor_init(actor *a, const poise_space *space, uint64_t seed, const char *agent,
                poise_error *err)
{
    if (a->network == ACTOR_ATTENTION && a->width % a->heads != 0) {
        error_add(err, "agent %s: width %d is not divided by %d heads", agent, a->width, a->heads);
        return false;
    }
    a->features = features_new(space);
    if (a->features) {
        a->n_x = features_of_candidate(a->features);
        a->n_system = features_of_system(a->features);
        a->most = space->max_candidates;
        a->max_rows = a->most > ROWS_PER_PASS ? a->most : ROWS_PER_PASS;
        const size_t rows = (size_t)a->max_rows, columns = (size_t)(a->n_x + a->n_system);
        /* The attention network's passes are of other sizes. */
        const size_t scores = rows > TOKENS_PER_PASS ? rows : TOKENS_PER_PASS;
        a->x = calloc(rows * (columns + 2) + scores, sizeof *a->x);
        if (a->x && new_normalisers(a) && new_networks(a, space, seed)) {
            a->system = a->x + rows * (size_t)a->n_x;
            a->zero = a->system + rows * (size_t)a->n_system;
            a->d_value = a->zero + rows;
            a->d_score = a->d_value + rows;
            a->score = a->zero;
            a->value = a->zero;
            return true;
        }
    }
    error_add(err, "agent %s: no memory for networks of %d units over %d candidates", agent,
              a->hidden, space->max_candidates);
    return false;
}

double actor_discount(const poise_space *space, double discount_per_s, double horizon)
{
    if (discount_per_s > 0)
        return discount_per_s;
    if (space->discount_per_s > 0)
        return space->discount_per_s;
    /* An undiscounted objective is learnt with a horizon of several services: long enough that a
     * task on a slow device is seen to finish late, short enough that noise does not drown it. */
    return 1 / (horizon * (space->typical_service_s > 0 ? space->typical_service_s : 1));
}

void actor_free(actor *a)
{
    features_free(a->features);
    tokens_free(a->tokens);
    mlp_free_f(a->policy);
    mlp_free_f(a->critic);
    optimiser_free_f(a->policy_optimiser);
    optimiser_free_f(a->critic_optimiser);
    normaliser_free(a->of_candidate);
    normaliser_free(a->of_system);
    normaliser_free(a->of_task);
    normaliser_free(a->of_device);
    free(a->x);
}

/* ---- sights ---- */

size_t actor_room(const actor *a, int n_candidates)
{
    if (!a->tokens)
        return (size_t)a->n_system + (size_t)n_candidates * (size_t)a->n_x;
    const poise_space *s = a->tokens->space;
    const int most = s->window + s->max_running;
    return tokens_size(a->tokens, n_candidates < most ? n_candidates : most, n_candidates);
}

size_t actor_size(const actor *a, const sight *s)
{
    return a->tokens ? tokens_size_of(a->tokens, s->at) : actor_room(a, s->n_candidates);
}

size_t actor_see(actor *a, const poise_view *v, int n_candidates, float *at)
{
    if (a->tokens)
        return tokens_see(a->tokens, v, n_candidates, at);
    features_system(a->features, v, at);
    if (n_candidates > 0)
        features_candidates(a->features, v, at + a->n_system);
    return actor_room(a, n_candidates);
}

static void notice(normaliser *z, int rows, const float *x)
{
    for (int r = 0; r < rows; r++)
        normaliser_add(z, x + r * z->n);
}

void actor_notice(actor *a, int n, const sight *s)
{
    for (int i = 0; a->normalise && i < n; i++) {
        const float *system = s[i].at, *candidate = s[i].at + a->n_system;
        if (a->tokens) {
            const tokens_parts p = tokens_look(a->tokens, s[i].at);
            notice(a->of_task, p.n_tasks, p.task);
            notice(a->of_device, a->tokens->space->n_groups, p.device);
            system = p.system;
            candidate = p.candidate;
        }
        notice(a->of_system, 1, system);
        notice(a->of_candidate, s[i].n_candidates, candidate);
    }
}

static void bring_to_scale(const actor *a, const normaliser *z, int rows, float *x)
{
    if (a->normalise)
        normaliser_apply(z, rows, x, LARGEST_FEATURE, x);
}

/* Copies the features of the system, normalised if they are to be. */
static void take_system(const actor *a, const sight *s, float *to)
{
    memcpy(to, s->at, (size_t)a->n_system * sizeof *to);
    bring_to_scale(a, a->of_system, 1, to);
}

static void take_candidates(const actor *a, const sight *s, float *to)
{
    memcpy(to, s->at + a->n_system, (size_t)(s->n_candidates * a->n_x) * sizeof *to);
    bring_to_scale(a, a->of_candidate, s->n_candidates, to);
}

/* ---- passes ---- */

/* A pass of the attention network over as many decisions as fit. */
static int attend_to(actor *a, int n, const sight *s, poise_rng *drops)
{
    tokens *t = a->tokens;
    tokens_clear(t);
    a->n = 0;
    while (a->n < n && tokens_add(t, s[a->n].at))
        a->n++;
    bring_to_scale(a, a->of_task, t->task_at[a->n], t->task);
    bring_to_scale(a, a->of_device, t->device_at[a->n], t->device);
    bring_to_scale(a, a->of_candidate, t->candidate_at[a->n], t->candidate);
    bring_to_scale(a, a->of_system, a->n, t->system);
    tokens_forward(t, drops);
    a->score = t->net->score;
    a->value = t->net->value;
    a->n_rows = t->candidate_at[a->n];
    return a->n;
}

const float *actor_score(actor *a, sight s)
{
    if (a->tokens) {
        attend_to(a, 1, &s, NULL);
        return a->score;
    }
    take_candidates(a, &s, a->x);
    return mlp_forward_f(a->policy, s.n_candidates, a->x);
}

int actor_forward(actor *a, int parts, int n, const sight *s)
{
    if (a->tokens)
        return attend_to(a, n, s, a->drops);
    a->n_rows = a->n = 0;
    while (a->n < n && a->n < a->max_rows && a->n_rows + s[a->n].n_candidates <= a->max_rows) {
        take_system(a, &s[a->n], a->system + a->n * a->n_system);
        take_candidates(a, &s[a->n], a->x + a->n_rows * a->n_x);
        a->n_rows += s[a->n++].n_candidates;
    }
    const bool scores = parts & ACTOR_POLICY && a->n_rows > 0;
    a->score = scores ? mlp_forward_f(a->policy, a->n_rows, a->x) : a->zero;
    a->value = parts & ACTOR_VALUE ? mlp_forward_f(a->critic, a->n, a->system) : a->zero;
    return a->n;
}

void actor_backward(actor *a, int parts)
{
    if (a->tokens) {
        const bool scores = parts & ACTOR_POLICY, values = parts & ACTOR_VALUE;
        if (!scores)
            memset(a->d_score, 0, (size_t)a->n_rows * sizeof *a->d_score);
        attention_backward_f(a->tokens->net, a->d_score, values ? a->d_value : NULL);
        return;
    }
    if (parts & ACTOR_POLICY && a->n_rows > 0)
        mlp_backward_f(a->policy, a->n_rows, a->d_score, NULL);
    if (parts & ACTOR_VALUE)
        mlp_backward_f(a->critic, a->n, a->d_value, NULL);
}

/* Values of as many decisions as fit into a pass; how many. */
static int forecast_some(actor *a, int n, const sight *s, float *value)
{
    if (a->tokens) {
        const int took = attend_to(a, n, s, NULL);
        memcpy(value, a->value, (size_t)took * sizeof *value);
        return took;
    }
    const int rows = n < a->max_rows ? n : a->max_rows;
    for (int k = 0; k < rows; k++)
        take_system(a, &s[k], a->system + k * a->n_system);
    memcpy(value, mlp_forward_f(a->critic, rows, a->system), (size_t)rows * sizeof *value);
    return rows;
}

void actor_forecast(actor *a, int n, const sight *s, float *value)
{
    for (int i = 0; i < n;)
        i += forecast_some(a, n - i, s + i, value + i);
}

/* ---- parameters ---- */

void actor_rescale(actor *a, double scale, double shift)
{
    float *w, *b;
    if (a->tokens) {
        w = a->tokens->net->param + a->tokens->net->at.value;
        b = w + a->tokens->net->shape.hidden;
    } else {
        const int last = a->critic->n_layers - 1;
        w = mlp_weight_f(a->critic, a->critic->param, last);
        b = mlp_bias_f(a->critic, a->critic->param, last);
    }
    for (float *x = w; x < b; x++)
        *x = (float)(scale * (double)*x);
    *b = (float)(scale * (double)*b + shift);
}

void actor_zero_grad(actor *a)
{
    if (a->tokens) {
        attention_zero_grad_f(a->tokens->net);
        return;
    }
    mlp_zero_grad_f(a->policy);
    mlp_zero_grad_f(a->critic);
}

static double descend(int n, float *param, float *grad, optimiser_f *o, double max_grad_norm,
                      double rate)
{
    const double norm = clip_norm_f(n, grad, max_grad_norm);
    optimiser_step_f(o, param, grad, rate);
    return norm;
}

double actor_step(actor *a, int parts, double max_grad_norm, double rate)
{
    if (a->tokens) {
        attention_f *net = a->tokens->net;
        return descend(net->n_params, net->param, net->grad, a->policy_optimiser, max_grad_norm,
                       rate);
    }
    /* Each network by itself: how far the forecast is off must not slow the policy down. */
    double norm = 0;
    if (parts & ACTOR_VALUE)
        norm = descend(a->critic->n_params, a->critic->param, a->critic->grad, a->critic_optimiser,
                       max_grad_norm, rate);
    if (parts & ACTOR_POLICY)
        norm = descend(a->policy->n_params, a->policy->param, a->policy->grad, a->policy_optimiser,
                       max_grad_norm, rate);
    return norm;
}

bool actor_is_sound(const actor *a)
{
    if (a->tokens)
        return all_within_f(a->tokens->net->n_params, a->tokens->net->param, LARGEST_PARAMETER);
    return all_within_f(a->policy->n_params, a->policy->param, LARGEST_PARAMETER) &&
           all_within_f(a->critic->n_params, a->critic->param, LARGEST_PARAMETER);
}

void actor_copy(actor *to, const actor *from)
{
    poise_tensor t[POISE_MAX_TENSORS], f[POISE_MAX_TENSORS];
    const int n = actor_tensors(to, t);
    actor_tensors((actor *)from, f);
    for (int i = 0; i < n; i++) {
        size_t bytes = t[i].is_double ? sizeof(double) : sizeof(float);
        for (int k = 0; k < t[i].n_dims; k++)
            bytes *= (size_t)t[i].dim[k];
        memcpy(t[i].data, f[i].data, bytes);
    }
}

int actor_tensors(actor *a, poise_tensor *t)
{
    int n = a->tokens ? attention_tensors(a->tokens->net, "net", t)
                      : mlp_tensors(a->policy, "policy", t);
    if (!a->tokens)
        n += mlp_tensors(a->critic, "value", t + n);
    if (!a->normalise)
        return n;
    n += normaliser_tensors(a->of_candidate, "candidate_obs", t + n);
    n += normaliser_tensors(a->of_system, "system_obs", t + n);
    if (a->tokens) {
        n += normaliser_tensors(a->of_task, "task_obs", t + n);
        n += normaliser_tensors(a->of_device, "device_obs", t + n);
    }
    return n;
}

int actor_memory(actor *a, poise_tensor *t)
{
    const int n = optimiser_tensors(a->policy_optimiser, "policy_optimiser", t);
    return a->tokens ? n : n + optimiser_tensors(a->critic_optimiser, "value_optimiser", t + n);
}
