/* theory_formulas.c - see theory_formulas.h. Where there is no formula, the balance equations of a
 * Markov chain are solved by elimination without subtractions (Grassmann, Taksar and Heyman,
 * Operations Research 33 (1985)), cut off where states have a probability below 1e-12. */
#include "theory_formulas.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

double given(const double *p)
{
    return p[0];
}

/* ---- one server ---------------------------------------------------------------------------- */

double mm1_number(const double *p)
{
    return p[0] / (p[1] - p[0]);
}

double mm1_queue(const double *p)
{
    return mm1_number(p) - p[0] / p[1];
}

double mm1_response(const double *p)
{
    return 1 / (p[1] - p[0]);
}

double mm1_wait(const double *p)
{
    return mm1_response(p) - 1 / p[1];
}

double mm1_idle(const double *p)
{
    return 1 - p[0] / p[1];
}

double mm1_number_variance(const double *p)
{
    double rho = p[0] / p[1];
    return rho / ((1 - rho) * (1 - rho));
}

double mm1_response_variance(const double *p)
{
    return mm1_response(p) * mm1_response(p);
}

double mm1_response_quantile(const double *p)
{
    return -log(1 - p[2]) * mm1_response(p);
}

double mm1_wait_quantile(const double *p)
{
    double rho = p[0] / p[1];
    return p[2] <= 1 - rho ? 0 : log(rho / (1 - p[2])) * mm1_response(p);
}

/* The sum of weight(n) E N_n over the steps n of the uniformised chain from empty. */
static double mm1_transient(const double *p, double (*weight)(double at, unsigned n))
{
    enum { MOST = 600 };
    double x[MOST + 1] = {1}, l = p[0], m = p[1], at = (l + m) * p[2], sum = 0;
    for (unsigned n = 0; n < at + 12 * sqrt(at) + 40; n++) {
        double y[MOST + 1] = {0}, mean = 0;
        for (int k = 0; k <= MOST; k++) {
            mean += k * x[k];
            y[k < MOST ? k + 1 : k] += x[k] * l / (l + m);
            y[k > 0 ? k - 1 : 0] += x[k] * m / (l + m);
        }
        sum += weight(at, n) * mean;
        memcpy(x, y, sizeof x);
    }
    return sum;
}

static double poisson_weight(double at, unsigned n)
{
    return gsl_ran_poisson_pdf(n, at);
}

static double poisson_left(double at, unsigned n)
{
    return gsl_cdf_poisson_Q(n, at) / at;
}

double mm1_number_at(const double *p)
{
    return mm1_transient(p, poisson_weight);
}

double mm1_number_until(const double *p)
{
    return mm1_transient(p, poisson_left);
}

double mm1_power(const double *p)
{
    return p[2] + (p[3] - p[2]) * p[0] / p[1];
}

double mm1_energy_per_job(const double *p)
{
    return mm1_power(p) / p[0];
}

double mm1k_lost(const double *p)
{
    double rho = p[0] / p[1];
    return pow(rho, p[2]) * (1 - rho) / (1 - pow(rho, p[2] + 1));
}

double mm1k_number(const double *p)
{
    double rho = p[0] / p[1], k = p[2];
    return rho / (1 - rho) - (k + 1) * pow(rho, k + 1) / (1 - pow(rho, k + 1));
}

double naor_gain(const double *p)
{
    const double queue[] = {p[0], 1, p[1]};
    return p[2] * p[0] * (1 - mm1k_lost(queue)) - mm1k_number(queue);
}

/* ---- several servers ----------------------------------------------------------------------- */

double erlang_b(const double *p)
{
    double b = 1;
    for (int k = 1; k <= (int)p[1]; k++)
        b = p[0] * b / (k + p[0] * b);
    return b;
}

double erlang_carried(const double *p)
{
    return p[0] * (1 - erlang_b(p));
}

double mmc_must_wait(const double *p)
{
    const double a[] = {p[0] / p[1], p[2]};
    double b = erlang_b(a), rho = a[0] / p[2];
    return b / (1 - rho * (1 - b));
}

double mmc_wait(const double *p)
{
    return mmc_must_wait(p) / (p[2] * p[1] - p[0]);
}

double mmc_queue(const double *p)
{
    return p[0] * mmc_wait(p);
}

double mmc_response(const double *p)
{
    return mmc_wait(p) + 1 / p[1];
}

double mmc_number(const double *p)
{
    return p[0] * mmc_response(p);
}

double mmc_wait_above(const double *p)
{
    return mmc_must_wait(p) * exp(-(p[2] * p[1] - p[0]) * p[3]);
}

double mmc_wait_quantile(const double *p)
{
    return log(mmc_must_wait(p) / (1 - p[3])) / (p[2] * p[1] - p[0]);
}

/* ---- general service ----------------------------------------------------------------------- */

static double pollaczek_khinchine(double l, double mean, double second)
{
    return l * second / (2 * (1 - l * mean));
}

double mg1_wait(const double *p)
{
    return pollaczek_khinchine(p[0], p[1], p[1] * p[1] * (1 + p[2]));
}

double mg1_response(const double *p)
{
    return mg1_wait(p) + p[1];
}

double mg1_number(const double *p)
{
    return p[0] * mg1_response(p);
}

double mg1_wait_pareto(const double *p)
{
    double alpha = p[2], scale = p[1] * (alpha - 1) / alpha;
    return pollaczek_khinchine(p[0], p[1], scale * scale * alpha / (alpha - 2));
}

/* From the chain at departures, whose law is that of all times: so many arrive during a service
 * with Poisson probabilities. */
double md1_number_is(const double *p)
{
    enum { MOST = 64 };
    double l = p[0], x[MOST] = {1 - l};
    for (unsigned k = 0; k + 1 < MOST; k++) {
        x[k + 1] = x[k] - x[0] * gsl_ran_poisson_pdf(k, l);
        for (unsigned i = 1; i <= k; i++)
            x[k + 1] -= x[i] * gsl_ran_poisson_pdf(k + 1 - i, l);
        x[k + 1] /= gsl_ran_poisson_pdf(0, l);
    }
    return x[(int)p[1]];
}

double md1_wait_within(const double *p)
{
    double l = p[0], x = p[1], sum = 0;
    for (int k = 0; k <= (int)x; k++)
        sum += pow(l * (k - x), k) / tgamma(k + 1) * exp(-l * (k - x));
    return (1 - l) * sum;
}

double md1_wait_quantile(const double *p)
{
    double low = 0, high = 20;
    for (int i = 0; i < 80; i++) {
        const double middle[] = {p[0], (low + high) / 2};
        if (md1_wait_within(middle) < p[1])
            low = middle[1];
        else
            high = middle[1];
    }
    return high;
}

double mxm1_number(const double *p)
{
    return p[0] * (1 + p[1]) / (2 * (1 - p[0]));
}

/* M/G/1 with times of completion: a service and the repairs in it, so many as failures. */
double mg1_breaks_wait(const double *p)
{
    double stretch = 1 + p[2] * p[3], mean = p[1] * stretch;
    double second = 2 * p[1] * p[1] * stretch * stretch + p[1] * p[2] * 2 * p[3] * p[3];
    return pollaczek_khinchine(p[0], mean, second);
}

double mg1_breaks_number(const double *p)
{
    return p[0] * (mg1_breaks_wait(p) + p[1] * (1 + p[2] * p[3]));
}

double availability(const double *p)
{
    return p[0] / (p[0] + p[1]);
}

/* P(up at t) = A + (1 - A) exp(-(1/p0 + 1/p1) t). */
double availability_at(const double *p)
{
    double a = availability(p), rate = 1 / p[0] + 1 / p[1];
    return a + (1 - a) * exp(-rate * p[2]);
}

/* That, integrated. */
double availability_until(const double *p)
{
    double a = availability(p), rate = 1 / p[0] + 1 / p[1];
    return a + (1 - a) * (1 - exp(-rate * p[2])) / (rate * p[2]);
}

double k_of_n_available(const double *p)
{
    return gsl_cdf_binomial_Q((unsigned)p[2] - 1, availability(p), (unsigned)p[3]);
}

/* ---- orders of service --------------------------------------------------------------------- */

/* Mean work left of the job in service that an arrival finds. */
static double residual(const double *p)
{
    return p[0] * p[1] * p[1] + p[2] * p[3] * p[3];
}

double cobham_wait(const double *p)
{
    double rho1 = p[0] * p[1], rho = rho1 + p[2] * p[3];
    return residual(p) / (1 - rho1) / (p[4] > 0 ? 1 - rho : 1);
}

double preemptive_response(const double *p)
{
    double rho1 = p[0] * p[1], rho = rho1 + p[2] * p[3];
    if (p[4] == 0)
        return p[1] / (1 - rho1);
    return p[3] / (1 - rho1) + residual(p) / ((1 - rho1) * (1 - rho));
}

double conserved_wait(const double *p)
{
    double rho = p[0] * p[1] + p[2] * p[3];
    return rho * residual(p) / (1 - rho);
}

double cmu_cost(const double *p)
{
    const double first[] = {p[0], p[1], p[3], p[4], 0}, second[] = {p[0], p[1], p[3], p[4], 1};
    return p[2] * p[0] * preemptive_response(first) + p[5] * p[3] * preemptive_response(second);
}

double ps_response(const double *p)
{
    return 1 / (1 - p[0]);
}

/* The integrand of Schrage and Miller, with the second of its integrals over x taken first. */
static double srpt_part(double x, void *l)
{
    double rate = *(double *)l, tail = exp(-x), rest = 1 - rate * (1 - (1 + x) * tail);
    double second = 2 - tail * (x * x + 2 * x + 2);
    return tail * rate * (second + x * x * tail) / (2 * rest * rest) + tail / rest;
}

double srpt_response(const double *p)
{
    double l = p[0], value, error;
    gsl_function f = {srpt_part, &l};
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(400);
    gsl_integration_qagiu(&f, 0, 0, 1e-12, 400, w, &value, &error);
    gsl_integration_workspace_free(w);
    return value;
}

double poisson_mean(const double *p)
{
    return p[0];
}

double poisson_is(const double *p)
{
    return gsl_ran_poisson_pdf((unsigned)p[1], p[0]);
}

double poisson_within(const double *p)
{
    return gsl_cdf_poisson_P((unsigned)p[1], p[0]);
}

double mminf_number_at(const double *p)
{
    return p[0] * p[1] * (1 - exp(-p[2] / p[1]));
}

double exponential_quantile(const double *p)
{
    return -log(1 - p[1]) * p[0];
}

/* ---- balance equations --------------------------------------------------------------------- */

/* A chain on states 0 .. n-1 whose steps lead at most `reach` states away. */
typedef struct chain {
    int n, reach;
    double *rate;         // (n, 2 reach + 1)
    double *probability;  // (n)
} chain;

static chain chain_of(int n, int reach)
{
    return (chain){
        n,
        reach,
        calloc((size_t)n * (size_t)(2 * reach + 1), sizeof(double)),
        calloc((size_t)n, sizeof(double)),
    };
}

static double *chain_rate(const chain *c, int from, int to)
{
    return &c->rate[(size_t)from * (size_t)(2 * c->reach + 1) + (size_t)(to - from + c->reach)];
}

static void chain_add(chain *c, int from, int to, double rate)
{
    if (from != to)
        *chain_rate(c, from, to) += rate;
}

/* The chain that is watched only below state k. */
static void chain_censor(chain *c, int k)
{
    const int low = k > c->reach ? k - c->reach : 0;
    double leave = 0;
    for (int j = low; j < k; j++)
        leave += *chain_rate(c, k, j);
    for (int i = low; i < k; i++) {
        double *into = chain_rate(c, i, k);
        *into /= leave;
        if (*into == 0)
            continue;
        double *row = chain_rate(c, i, low), *from = chain_rate(c, k, low);
        for (int j = 0; j < k - low; j++)
            row[j] += *into * from[j];
    }
}

/* Stationary probabilities. */
static void chain_solve(chain *c)
{
    double sum = c->probability[0] = 1;
    for (int k = c->n - 1; k > 0; k--)
        chain_censor(c, k);
    for (int k = 1; k < c->n; k++) {
        for (int i = k > c->reach ? k - c->reach : 0; i < k; i++)
            c->probability[k] += c->probability[i] * *chain_rate(c, i, k);
        sum += c->probability[k];
    }
    for (int k = 0; k < c->n; k++)
        c->probability[k] /= sum;
}

static void chain_free(chain *c)
{
    free(c->rate);
    free(c->probability);
}

/* State 2 n + s: n jobs at the fast server and in the queue, s at the slow one. */
double slow_server_number(const double *p)
{
    enum { MOST = 900 };
    double l = p[0], fast = p[1], slow = p[2], mean = 0;
    chain c = chain_of(2 * (MOST + 1), 3);
    for (int n = 0; n <= MOST; n++)
        for (int s = 0; s < 2; s++) {
            int here = 2 * n + s;
            if (n + 1 > p[3] && s == 0)
                chain_add(&c, here, here + 1, l);
            else if (n < MOST)
                chain_add(&c, here, here + 2, l);
            if (n > 0)
                chain_add(&c, here, here - 2, fast);
            if (s > 0)
                chain_add(&c, here, n > p[3] ? here - 2 : here - 1, slow);
        }
    chain_solve(&c);
    for (int k = 0; k < c.n; k++)
        mean += c.probability[k] * (k / 2 + k % 2);
    chain_free(&c);
    return mean;
}

double power_of_d_response(const double *p)
{
    double sum = 0, rho = p[0], d = p[1];
    for (int i = 1; i < 4000; i++)
        sum += d > 1 ? pow(rho, (pow(d, i) - d) / (d - 1)) : pow(rho, i - 1);
    return sum;
}

/* ---- join the shortest queue --------------------------------------------------------------- */

/* States: the shortest queue, then how much longer the second and the third are than the one before
 * them, each up to a bound that is hardly ever met. */
typedef struct queues {
    int n;
    int gaps[3];  // values of the gap before each queue but the first
    int most;     // jobs in the shortest
} queues;

static int jsq_state(const queues *q, const int *sorted)
{
    int at = sorted[0];
    for (int k = 1; k < q->n; k++) {
        int gap = sorted[k] - sorted[k - 1];
        at = at * q->gaps[k] + (gap < q->gaps[k] ? gap : q->gaps[k] - 1);
    }
    return at;
}

static void jsq_queues(const queues *q, int state, int *sorted)
{
    int gap[3] = {0};
    for (int k = q->n - 1; k > 0; k--) {
        gap[k] = state % q->gaps[k];
        state /= q->gaps[k];
    }
    sorted[0] = state;
    for (int k = 1; k < q->n; k++)
        sorted[k] = sorted[k - 1] + gap[k];
}

/* From the state by a job more (1) or less (-1) in queue k; the queues stay in order. */
static void jsq_step(const queues *q, chain *c, const int *sorted, int k, int change, double rate)
{
    int next[3], to = k;
    while (change > 0 && to + 1 < q->n && sorted[to + 1] == sorted[k])
        to++;
    while (change < 0 && to > 0 && sorted[to - 1] == sorted[k])
        to--;
    memcpy(next, sorted, sizeof next);
    next[to] += change;
    if (next[0] <= q->most)
        chain_add(c, jsq_state(q, sorted), jsq_state(q, next), rate);
}

double jsq_number(const double *p)
{
    const bool two = p[0] == 2;
    const queues q = two ? (queues){2, {0, 40}, 180} : (queues){3, {0, 12, 20}, 80};
    const int level = two ? q.gaps[1] : q.gaps[1] * q.gaps[2];
    chain c = chain_of((q.most + 1) * level, level + q.gaps[q.n - 1] + 1);
    int sorted[3] = {0};
    for (int at = 0; at < c.n; at++) {
        jsq_queues(&q, at, sorted);
        jsq_step(&q, &c, sorted, 0, 1, p[1]);
        for (int k = 0; k < q.n; k++)
            if (sorted[k] > 0)
                jsq_step(&q, &c, sorted, k, -1, 1);
    }
    chain_solve(&c);
    double mean = 0;
    for (int at = 0; at < c.n; at++) {
        jsq_queues(&q, at, sorted);
        for (int k = 0; k < q.n; k++)
            mean += c.probability[at] * sorted[k];
    }
    chain_free(&c);
    return mean;
}

double jsq_response(const double *p)
{
    return jsq_number(p) / p[1];
}

/* E2/M/1: sigma is the root of sigma = (l / (l + 1 - sigma))^2 below 1. */
double round_robin_response(const double *p)
{
    double sigma = 0;
    for (int i = 0; i < 4000; i++)
        sigma = pow(p[0] / (p[0] + 1 - sigma), 2);
    return 1 / (1 - sigma);
}

/* ---- closed systems and networks ----------------------------------------------------------- */

/* Probabilities that k of the machines are down, into x (machines + 1). */
static void repair_states(const double *p, double *x)
{
    const int n = (int)p[0];
    double sum = x[0] = 1;
    for (int k = 1; k <= n; k++) {
        x[k] = x[k - 1] * (n - k + 1) * p[1] / (fmin(k, p[3]) * p[2]);
        sum += x[k];
    }
    for (int k = 0; k <= n; k++)
        x[k] /= sum;
}

double repair_down(const double *p)
{
    double x[65], down = 0;
    repair_states(p, x);
    for (int k = 0; k <= (int)p[0]; k++)
        down += k * x[k];
    return down;
}

double repair_rate(const double *p)
{
    return (p[0] - repair_down(p)) * p[1];
}

double repair_time(const double *p)
{
    return repair_down(p) / repair_rate(p);
}

double repair_idle(const double *p)
{
    double x[65];
    repair_states(p, x);
    return x[0];
}

double tandem_response(const double *p)
{
    return 1 / (p[1] - p[0]) + 1 / (p[2] - p[0]);
}

/* With speeds l_i + (C - sum l) sqrt(l_i) / sum sqrt(l). */
double split_response(const double *p)
{
    double roots = 0, l = 0;
    for (int i = 0; i < 3; i++) {
        roots += sqrt(p[i]);
        l += p[i];
    }
    return roots * roots / (l * (p[3] - l));
}

double feedback_number_a(const double *p)
{
    const double a[] = {p[0] / (1 - p[3]), p[1]};
    return mm1_number(a);
}

double feedback_number_b(const double *p)
{
    const double b[] = {p[0] * p[3] / (1 - p[3]), p[2]};
    return mm1_number(b);
}

double feedback_response(const double *p)
{
    return (feedback_number_a(p) + feedback_number_b(p)) / p[0];
}

/* Class 1 is an M/M/1 queue that class 3 does not disturb, so what leaves it is Poisson; the two
 * together are one, for they have the same rate. */
double crisscross_first(const double *p)
{
    const double both[] = {2 * p[0], p[1]}, second[] = {p[0], p[2]};
    return mm1_number(both) + mm1_number(second);
}

/* Jobs of classes 1 and 3 and at server 2; true if server 1 serves class 1. */
typedef bool crossing_rule(int first, int third, int second);

/* State (jobs at server 2, of class 3, of class 1). */
static double crisscross(const double *p, crossing_rule *prefers_first)
{
    enum { MOST = 16, LEVEL = MOST * MOST };
    double l = p[0], mean = 0;
    chain c = chain_of(MOST * LEVEL, LEVEL + 1);
    for (int at = 0; at < c.n; at++) {
        int second = at / LEVEL, third = at / MOST % MOST, first = at % MOST;
        if (first + 1 < MOST)
            chain_add(&c, at, at + 1, l);
        if (third + 1 < MOST)
            chain_add(&c, at, at + MOST, l);
        if (third > 0 && (first == 0 || !prefers_first(first, third, second)))
            chain_add(&c, at, at - MOST, p[1]);
        else if (first > 0 && second + 1 < MOST)
            chain_add(&c, at, at - 1 + LEVEL, p[1]);
        if (second > 0)
            chain_add(&c, at, at - LEVEL, p[2]);
    }
    chain_solve(&c);
    for (int at = 0; at < c.n; at++)
        mean += c.probability[at] * (at / LEVEL + at / MOST % MOST + at % MOST);
    chain_free(&c);
    return mean;
}

static bool never(int first, int third, int second)
{
    (void)first, (void)third, (void)second;
    return false;
}

static bool has_more(int first, int third, int second)
{
    (void)second;
    return first >= third;
}

static bool feeds_idle(int first, int third, int second)
{
    (void)first, (void)third;
    return second == 0;
}

double crisscross_third(const double *p)
{
    return crisscross(p, never);
}

double crisscross_max_weight(const double *p)
{
    return crisscross(p, has_more);
}

double crisscross_feed(const double *p)
{
    return crisscross(p, feeds_idle);
}

/* State (jobs of class 1, of class 2). Server 1 can help only with a job that server 2 has not. */
double nmodel_max_weight(const double *p)
{
    enum { MOST_ONE = 400, MOST_TWO = 160 };
    double help = p[2], cost = p[3], mean = 0;
    chain c = chain_of(MOST_ONE * MOST_TWO, MOST_TWO);
    for (int at = 0; at < c.n; at++) {
        int one = at / MOST_TWO, two = at % MOST_TWO;
        bool helps = two > 1 && cost * two * help > one;
        if (one + 1 < MOST_ONE)
            chain_add(&c, at, at + MOST_TWO, p[0]);
        if (two + 1 < MOST_TWO)
            chain_add(&c, at, at + 1, p[1]);
        if (two > 0)
            chain_add(&c, at, at - 1, helps ? 1 + help : 1);
        if (one > 0 && !helps)
            chain_add(&c, at, at - MOST_TWO, 1);
    }
    chain_solve(&c);
    for (int at = 0; at < c.n; at++)
        mean += c.probability[at] * (at / MOST_TWO + cost * (at % MOST_TWO));
    chain_free(&c);
    return mean;
}
