/* test_sources.c - where jobs come from: each kind of source against formulas worked out elsewhere,
 * by asking it for its jobs without a simulation around it. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <unistd.h>

#include "scenario.h"
#include "source.h"
#include "support.h"

#define HEAD                                                                                       \
    "poise: 1\nname: sources-v1\ntitle: sources\nend: {jobs: 1000}\ndevices: [{name: d}]\n"        \
    "workload:\n  classes: [{name: c, size: {distribution: exponential, mean: 1}}]\n"              \
    "  sources:\n    - "

/* A scenario, and the state of its first source. */
typedef struct feed {
    poise_scenario *s;
    const scenario_source *src;
    void *state;
} feed;

static feed feed_of(const char *yaml)
{
    poise_scenario *s = scenario_of(yaml);
    const scenario_source *src = &s->source[0];
    return (feed){.s = s, .src = src, .state = malloc(src->type->state_bytes(src))};
}

static void begin(feed *f, uint64_t seed)
{
    f->src->type->reset(f->s, f->src, f->state, seed);
}

static bool next(feed *f, arrival *a)
{
    return f->src->type->next(f->s, f->src, f->state, a);
}

static void end(feed *f)
{
    free(f->state);
    poise_scenario_free(f->s);
}

/* The number differs from what is known by less than four standard errors. */
static void check_mean(const char *what, double mean, double known, double error)
{
    ck_assert_msg(fabs(mean - known) < 4 * error, "%s: %g is not %g +- %g", what, mean, known,
                  error);
}

/* Pearson's test of n counts of independent trials; p-values below 1e-4 fail. */
static void check_counts(const char *what, const double *seen, const double *weight, int n)
{
    double total = 0, weights = 0, square = 0;
    for (int k = 0; k < n; k++) {
        total += seen[k];
        weights += weight[k];
    }
    int free_cells = -1;
    for (int k = 0; k < n; k++) {
        double expected = total * weight[k] / weights;
        ck_assert_msg(expected > 5 || seen[k] == 0, "%s: %g in cell %d, where %g belong", what,
                      seen[k], k, expected);
        if (expected == 0)
            continue;
        square += (seen[k] - expected) * (seen[k] - expected) / expected;
        free_cells++;
    }
    double p = gsl_cdf_chisq_Q(square, free_cells);
    ck_assert_msg(p > 1e-4, "%s: chi-square %g with %d degrees, p = %g", what, square, free_cells,
                  p);
}

/* ---- mmpp --------------------------------------------------------------------------------- */

/* Counts of arrivals in [0, t] of independent episodes: their mean and variance. */
static void count(feed *f, double t, int n, double *mean, double *variance, double *error)
{
    double sum = 0, squares = 0, fourth = 0;
    double *counts = malloc((size_t)n * sizeof *counts);
    for (int k = 0; k < n; k++) {
        arrival a;
        begin(f, (uint64_t)k);
        for (counts[k] = 0; next(f, &a) && seconds(a.time_ns) < t;)
            counts[k]++;
        sum += counts[k];
    }
    *mean = sum / n;
    for (int k = 0; k < n; k++) {
        double d = counts[k] - *mean;
        squares += d * d;
        fourth += d * d * d * d;
    }
    *variance = squares / (n - 1);
    *error = sqrt((fourth / n - *variance * *variance) / n);
    free(counts);
}

START_TEST(counts_of_an_mmpp_are_dispersed_as_its_formula_says)
{
    /* The rate has the covariance A exp(-s u), s = s1 + s2, A = (r1 - r2)^2 s1 s2 / s^2, so that
     * Var N(t) = m t + 2 A (t / s - (1 - exp(-s t)) / s^2): Heffes and Lucantoni, IEEE JSAC 4
     * (1986). The mean: (10 x 2 + 1 x 5) / 7. */
    feed f =
        feed_of(HEAD "{type: mmpp, states: [{rate: 10 /s, time: 2 s}, {rate: 1, time: 5 s}]}\n");
    const double m = 25. / 7, s = 0.7, a = 81 * 0.5 * 0.2 / (s * s), t = 10;
    double known = m * t + 2 * a * (t / s - (1 - exp(-s * t)) / (s * s));
    ck_assert_double_eq_tol(f.src->rate_per_s, m, 1e-12);
    enum { N = 20000 };
    double mean, variance, error;
    count(&f, t, N, &mean, &variance, &error);
    check_mean("mean count", mean, m * t, sqrt(known / N));
    check_mean("variance of counts", variance, known, error);
    ck_assert_double_gt(known / (m * t), 9);  // far from Poisson, where it is 1
    end(&f);
}
END_TEST

START_TEST(the_mean_rate_of_an_mmpp_is_that_of_its_stationary_state)
{
    /* Jumps visit the states in parts 1/2, 1/4, 1/4, times 1, 2, 4 s: 1/4, 1/4, 1/2 of the time. */
    feed f =
        feed_of(HEAD "{type: mmpp, states: [{rate: 8, time: 1}, {rate: 4, time: 2}, "
                     "{rate: 0, time: 4}], transitions: [[0, .5, .5], [1, 0, 0], [1, 0, 0]]}\n");
    ck_assert_double_eq_tol(f.src->rate_per_s, 3, 1e-12);
    double mean, variance, error;
    count(&f, 5, 20000, &mean, &variance, &error);
    check_mean("mean count", mean, 15, sqrt(variance / 20000));
    end(&f);
    /* One state is a Poisson process. */
    f = feed_of(HEAD "{type: mmpp, states: [{rate: 2 /s, time: 1 s}]}\n");
    count(&f, 10, 20000, &mean, &variance, &error);
    check_mean("mean count", mean, 20, sqrt(20. / 20000));
    check_mean("variance of counts", variance, 20, error);
    end(&f);
}
END_TEST

/* ---- diurnal ------------------------------------------------------------------------------ */

enum { HOURS = 24, DAYS = 100 };

/* Arrivals of many days by the hour of the day. */
static void count_hours(const char *yaml, double *seen)
{
    feed f = feed_of(yaml);
    arrival a;
    begin(&f, 5);
    memset(seen, 0, HOURS * sizeof *seen);
    while (next(&f, &a) && a.time_ns < DAYS * 86400 * NS_PER_S)
        seen[a.time_ns / (3600 * NS_PER_S) % HOURS]++;
    end(&f);
}

START_TEST(arrivals_follow_the_steps_of_a_day)
{
    double seen[HOURS], weight[HOURS];
    const double step[] = {0, 1, 3, 2};
    count_hours(HEAD "{type: diurnal, rate: 18 /h, profile: [0, 1, 3, 2]}\n", seen);
    for (int h = 0; h < HOURS; h++)
        weight[h] = step[h / 6];
    check_counts("steps", seen, weight, HOURS);
    double total = 0;
    for (int h = 0; h < HOURS; h++)
        total += seen[h];
    check_mean("arrivals", total, 18 * 24 * DAYS, sqrt(18 * 24 * DAYS));
}
END_TEST

START_TEST(arrivals_follow_the_lines_of_a_day)
{
    /* Lines from 1 to 3 to 2 and back to 1, eight hours each: the mean of an hour is its middle. */
    double seen[HOURS], weight[HOURS];
    const double point[] = {1, 3, 2, 1};
    count_hours(HEAD "{type: diurnal, rate: 18 /h, shape: linear, profile: [1, 3, 2]}\n", seen);
    for (int h = 0; h < HOURS; h++) {
        int k = h / 8;
        weight[h] = point[k] + (point[k + 1] - point[k]) * (h % 8 + 0.5) / 8;
    }
    check_counts("lines", seen, weight, HOURS);
}
END_TEST

START_TEST(arrivals_follow_the_sine_of_a_day)
{
    /* The integral of 1 + .9 cos(2 pi (t - 14) / 24) over an hour. */
    double seen[HOURS], weight[HOURS];
    count_hours(HEAD "{type: diurnal, rate: 18 /h, shape: sine, amplitude: 0.9, peak: 14 h}\n",
                seen);
    for (int h = 0; h < HOURS; h++)
        weight[h] = 1 + 0.9 * 24 / (2 * M_PI) *
                            (sin(2 * M_PI * (h - 13) / 24) - sin(2 * M_PI * (h - 14) / 24));
    check_counts("sine", seen, weight, HOURS);
}
END_TEST

/* ---- renewal ------------------------------------------------------------------------------ */

START_TEST(gaps_of_a_renewal_source_are_those_of_its_distribution)
{
    /* Erlang with three phases, mean 1.5 min: standard deviation 90 / sqrt(3). */
    const char *source =
        "{type: renewal, gap: {distribution: erlang, mean: 1.5 min, phases: 3}, start: 7 s";
    char yaml[1024], faster[1024];
    snprintf(yaml, sizeof yaml, HEAD "%s}\n", source);
    snprintf(faster, sizeof faster, HEAD "%s, rate: 0.1 /s}\n", source);
    feed f = feed_of(yaml), g = feed_of(faster);
    begin(&f, 3);
    begin(&g, 3);
    enum { N = 20000 };
    double sum = 0, squares = 0, last_s = 7;
    for (int k = 0; k < N; k++) {
        arrival a, b;
        if (!next(&f, &a) || !next(&g, &b))
            ck_abort_msg("no job %d", k);
        double gap_s = seconds(a.time_ns) - last_s;
        last_s = seconds(a.time_ns);
        sum += gap_s;
        squares += gap_s * gap_s;
        /* At nine times the rate: the same jobs, and all gaps scaled. */
        if (a.size != b.size || fabs(9 * (seconds(b.time_ns) - 7) - (last_s - 7)) > 1e-8 * (k + 1))
            ck_abort_msg("job %d is another one at another rate", k);
    }
    double sd = 90 / sqrt(3);
    check_mean("gap", sum / N, 90, sd / sqrt(N));
    check_mean("square of the gap", squares / N, 90 * 90 + sd * sd, 2 * 90 * sd * 1.3 / sqrt(N));
    end(&f);
    end(&g);
}
END_TEST

/* ---- bulk --------------------------------------------------------------------------------- */

/* Sizes of batches up to most - 1 into seen; the last cell holds larger ones. */
static void count_batches(feed *f, int n, double *seen, int most)
{
    arrival a;
    int64_t at_ns = -1;
    int size = 0;
    begin(f, 11);
    memset(seen, 0, (size_t)most * sizeof *seen);
    for (int k = 0; k < n && next(f, &a); k++) {
        if (a.time_ns != at_ns && at_ns >= 0) {
            seen[size < most ? size : most - 1]++;
            size = 0;
        }
        at_ns = a.time_ns;
        size++;
    }
}

START_TEST(batches_are_as_large_as_their_distribution_says)
{
    enum { MOST = 8 };
    double seen[MOST], geometric[MOST] = {0}, left = 1;
    feed f = feed_of(HEAD "{type: bulk, rate: 1, batch: {distribution: geometric, mean: 2.5}}\n");
    count_batches(&f, 50000, seen, MOST);
    for (int k = 1; k < MOST - 1; k++) {
        geometric[k] = left / 2.5;
        left -= geometric[k];
    }
    geometric[MOST - 1] = left;
    check_counts("geometric", seen, geometric, MOST);
    end(&f);
    f = feed_of(HEAD "{type: bulk, rate: 1, batch: {distribution: empirical, values: [1, 4], "
                     "weights: [3, 1]}}\n");
    count_batches(&f, 50000, seen, MOST);
    check_counts("empirical", seen, (const double[MOST]){0, 3, 0, 0, 1}, MOST);
    end(&f);
    /* A fraction: 2 three times of four, else 3. */
    f = feed_of(HEAD "{type: bulk, rate: 1, batch: 2.25 jobs}\n");
    count_batches(&f, 50000, seen, MOST);
    check_counts("2.25", seen, (const double[MOST]){0, 0, 3, 1}, MOST);
    end(&f);
}
END_TEST

START_TEST(batches_come_at_their_epochs)
{
    /* Four jobs at once at 2 jobs per second: every 2 s. */
    feed f =
        feed_of(HEAD "{type: bulk, rate: 2 /s, epochs: deterministic, batch: 4, start: 1 s}\n");
    arrival a;
    begin(&f, 1);
    for (int k = 0; k < 40; k++) {
        ck_assert(next(&f, &a));
        ck_assert_int_eq(a.time_ns, (1 + 2 * (k / 4 + 1)) * NS_PER_S);
    }
    end(&f);
    /* Poisson epochs: gaps of mean and standard deviation 2 s. */
    f = feed_of(HEAD "{type: bulk, rate: 2 /s, batch: 4}\n");
    enum { N = 20000 };
    double squares = 0, last_s = 0;
    begin(&f, 1);
    for (int k = 0; k < 4 * N && next(&f, &a); k++) {
        squares += (seconds(a.time_ns) - last_s) * (seconds(a.time_ns) - last_s);
        last_s = seconds(a.time_ns);
    }
    check_mean("gap", last_s / N, 2, 2 / sqrt(N));
    check_mean("square of the gap", squares / N, 8, 8 * sqrt(5) / sqrt(N));
    end(&f);
}
END_TEST

/* ---- Lublin and Feitelson ----------------------------------------------------------------- */

#define LUBLIN                                                                                     \
    "poise: 1\nname: lublin-v1\ntitle: Lublin\nend: {jobs: 1000}\n"                                \
    "devices: [{name: d, law: cores, cores: 256}]\n"                                               \
    "workload: {classes: [{name: c}], sources: [{type: lublin, cores: 256}]}\n"

static double e_to_x(double x, void *of)
{
    const double *gamma = of;
    return exp(x) * gsl_ran_gamma_pdf(x, gamma[0], gamma[1]);
}

/* E[exp(X); X < most] of a gamma, by GSL. */
static double exp_gamma(double shape, double scale, double most)
{
    double gamma[] = {shape, scale}, value, error;
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    gsl_function f = {.function = e_to_x, .params = gamma};
    gsl_integration_qag(&f, 0, most, 0, 1e-10, 1000, GSL_INTEG_GAUSS61, w, &value, &error);
    gsl_integration_workspace_free(w);
    return value;
}

/* What the model's definition says of 256 cores: the jobs of each number of cores, their run
 * times. Computed apart from the source: bin by bin, with GSL's gammas. */
typedef struct model {
    double part[257];      // of jobs with as many cores
    double pow2;           // part of jobs with a power of 2
    double run_s, core_s;  // mean run time, mean of cores times run time
    double gap_s;
} model;

/* Probability that the two-stage uniform number is below x. */
static double below(double x)
{
    double low = 0.8, medium = 5.5, high = 8;
    if (x <= medium)
        return x <= low ? 0 : 0.86 * (x - low) / (medium - low);
    return x >= high ? 1 : 0.86 + 0.14 * (x - medium) / (high - medium);
}

static double mean_run_s(int n)
{
    double p = fmax(0, fmin(1, -0.0054 * n + 0.78));
    double inside = p * gsl_cdf_gamma_P(12, 4.2, 0.94) + (1 - p) * gsl_cdf_gamma_P(12, 312, 0.03);
    return (p * exp_gamma(4.2, 0.94, 12) + (1 - p) * exp_gamma(312, 0.03, 12)) / inside;
}

static model known_model(void)
{
    model m = {.gap_s = exp_gamma(10.2303, 0.4871, 13) / gsl_cdf_gamma_P(13, 10.2303, 0.4871)};
    m.part[1] = 0.244;
    for (int power = 1; power <= 8; power++)
        m.part[1 << power] += 0.576 * (below(power + 0.5) - below(power - 0.5));
    for (int n = 2; n <= 256; n++)
        m.part[n] += 0.18 * (below(log2(n + 0.5)) - below(log2(n - 0.5)));
    for (int n = 1; n <= 256; n++) {
        m.pow2 += (n & (n - 1)) == 0 ? m.part[n] : 0;
        m.run_s += m.part[n] * mean_run_s(n);
        m.core_s += m.part[n] * mean_run_s(n) * n;
    }
    return m;
}

START_TEST(jobs_of_lublins_model_are_as_it_defines_them)
{
    enum { N = 100000 };
    model m = known_model();
    feed f = feed_of(LUBLIN);
    double serial = 0, pow2 = 0, run_s = 0, runs = 0, last_s = 0;
    static double cores[257];
    begin(&f, 9);
    for (int k = 0; k < N; k++) {
        arrival a;
        if (!next(&f, &a) || a.cores < 1 || a.cores > 256 || a.size > exp(12))
            ck_abort_msg("job %d", k);
        serial += a.cores == 1;
        pow2 += (a.cores & (a.cores - 1)) == 0;
        cores[a.cores]++;
        run_s += a.size / N;
        runs += a.size * a.size / N;
        last_s = seconds(a.time_ns);
    }
    check_mean("serial", serial / N, 0.244, sqrt(0.244 * 0.756 / N));
    check_mean("powers of 2", pow2 / N, m.pow2, sqrt(m.pow2 * (1 - m.pow2) / N));
    check_counts("cores", cores, m.part, 257);
    check_mean("run time", run_s, m.run_s, sqrt((runs - run_s * run_s) / N));
    /* Gaps vary by about three times their mean. */
    check_mean("gap", last_s / N, m.gap_s, 3.5 * m.gap_s / sqrt(N));
    end(&f);
}
END_TEST

START_TEST(lublins_model_tells_its_means)
{
    model m = known_model();
    poise_scenario *s = scenario_of(LUBLIN);
    const scenario_source *src = &s->source[0];
    ck_assert_double_eq_tol(src->rate_per_s * m.gap_s, 1, 1e-4);
    ck_assert_double_eq_tol(src->mean_size / m.run_s, 1, 1e-3);
    ck_assert_double_eq_tol(src->mean_cores * m.run_s / m.core_s, 1, 2e-3);
    ck_assert_double_eq(poise_scenario_space(s)->mean_size[0], src->mean_size);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), m.core_s / (256 * m.gap_s), 3e-3);
    poise_scenario_free(s);
}
END_TEST

START_TEST(jobs_of_lublins_model_come_by_the_hour_of_the_day)
{
    /* Gaps are long-tailed, so counts vary more than independent ones: what is compared are parts
     * of the day over many days. */
    feed f = feed_of(LUBLIN);
    enum { N = 200000 };
    double seen[4] = {0};
    begin(&f, 2);
    for (int k = 0; k < N; k++) {
        arrival a;
        if (!next(&f, &a))
            ck_abort_msg("job %d", k);
        seen[a.time_ns / (6 * 3600 * NS_PER_S) % 4]++;
    }
    /* From 5:30 to 5:30: half hours 11 to 59 of the gamma; night is 48 to 59 and what is before 6
     * the half hour 11. */
    double edge[] = {11, 12, 24, 36, 48, 59}, part[5], all = 0;
    for (int k = 0; k < 5; k++) {
        part[k] =
            gsl_cdf_gamma_P(edge[k + 1], 8.1737, 3.9631) - gsl_cdf_gamma_P(edge[k], 8.1737, 3.9631);
        all += part[k];
    }
    double known[] = {(part[0] + part[4]) / all, part[1] / all, part[2] / all, part[3] / all};
    for (int k = 0; k < 4; k++)
        ck_assert_msg(fabs(seen[k] / N - known[k]) < 0.01, "quarter %d: %g, not %g", k, seen[k] / N,
                      known[k]);
    end(&f);
}
END_TEST

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: largest distance of two empirical distributions, times the root of
 * n m / (n + m); beyond 2.23 with probability 1e-4. Ties move together. */
static double distance(double *x, int n, double *y, int m)
{
    double most = 0;
    qsort(x, (size_t)n, sizeof *x, by_value);
    qsort(y, (size_t)m, sizeof *y, by_value);
    for (int i = 0, j = 0; i < n && j < m;) {
        double at = fmin(x[i], y[j]);
        while (i < n && x[i] <= at)
            i++;
        while (j < m && y[j] <= at)
            j++;
        most = fmax(most, fabs((double)i / n - (double)j / m));
    }
    return most * sqrt((double)n * m / (n + m));
}

/* lublin_256.swf: 10,000 jobs by the program of the model's authors. */
START_TEST(jobs_of_lublins_model_look_like_those_of_its_authors_program)
{
    enum { N = 10000 };
    static double runs[2][N], cores[2][N];
    const char *dir = shared_dir();
    char yaml[2048];
    if (!dir)
        return;
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: lublin-v1\ntitle: Lublin\n"
             "devices: [{name: d, law: cores, cores: 256}]\n"
             "workload: {classes: [{name: c}], sources: [{type: trace, file: "
             "%s/data/swf/lublin_256.swf}]}\n",
             dir);
    const char *const texts[] = {yaml, LUBLIN};
    double last_s[2];
    for (int k = 0; k < 2; k++) {
        feed f = feed_of(texts[k]);
        begin(&f, 4);
        for (int i = 0; i < N; i++) {
            arrival a;
            if (!next(&f, &a))
                ck_abort_msg("job %d", i);
            runs[k][i] = fmax(1, floor(a.size));  // the log has whole seconds
            cores[k][i] = a.cores;
            last_s[k] = seconds(a.time_ns);
        }
        end(&f);
    }
    ck_assert_double_lt(distance(runs[0], N, runs[1], N), 2.23);
    ck_assert_double_lt(distance(cores[0], N, cores[1], N), 2.23);
    ck_assert_double_eq_tol(last_s[0] / last_s[1], 1, 0.15);
}
END_TEST

/* ---- closed ------------------------------------------------------------------------------- */

#define THREE_USERS                                                                                \
    HEAD "{type: closed, users: 3, think: {distribution: exponential, mean: 10 s}}\n"

/* The first jobs of a user, who waits for each of them for so long: times to think and sizes. */
static void jobs_of_user(int user, double wait_s, int n, double *think_s, double *size)
{
    feed f = feed_of(THREE_USERS);
    const source_type *type = f.src->type;
    double since_s = 0;
    begin(&f, 8);
    for (int k = 0; k < n;) {
        arrival a;
        ck_assert(next(&f, &a));
        int64_t left_ns = a.time_ns + (int64_t)(wait_s * 1e9) * (a.user + 1);
        if (a.user == user) {
            think_s[k] = seconds(a.time_ns) - since_s;
            size[k++] = a.size;
            since_s = seconds(left_ns);
        }
        type->left(f.s, f.src, f.state, left_ns, a.user);
    }
    end(&f);
}

START_TEST(what_users_think_and_send_does_not_depend_on_how_long_they_wait)
{
    enum { N = 50 };
    double think[2][N], size[2][N];
    for (int user = 0; user < 3; user++) {
        jobs_of_user(user, 0.5, N, think[0], size[0]);
        jobs_of_user(user, 7, N, think[1], size[1]);
        for (int k = 0; k < N; k++) {
            ck_assert_double_eq_tol(think[0][k], think[1][k], 1e-6);
            ck_assert_double_eq(size[0][k], size[1][k]);
        }
    }
}
END_TEST

START_TEST(users_send_nothing_before_their_job_has_left)
{
    feed f = feed_of(THREE_USERS);
    const source_type *type = f.src->type;
    arrival a[4];
    begin(&f, 8);
    for (int k = 0; k < 3; k++)
        ck_assert(next(&f, &a[k]));
    ck_assert_int_eq(a[0].user + a[1].user + a[2].user, 3);
    ck_assert(a[0].user != a[1].user && a[1].user != a[2].user && a[0].user != a[2].user);
    ck_assert(a[0].time_ns <= a[1].time_ns && a[1].time_ns <= a[2].time_ns);
    ck_assert(!next(&f, &a[3]));
    type->left(f.s, f.src, f.state, a[2].time_ns, a[1].user);
    ck_assert(next(&f, &a[3]));
    ck_assert_int_eq(a[3].user, a[1].user);
    ck_assert(a[3].time_ns > a[2].time_ns);
    ck_assert(!next(&f, &a[3]));
    end(&f);
}
END_TEST

START_TEST(a_job_that_is_put_back_comes_again_in_its_turn)
{
    feed f = feed_of(THREE_USERS);
    const source_type *type = f.src->type;
    arrival first, second, again;
    begin(&f, 8);
    ck_assert(next(&f, &first));
    ck_assert(next(&f, &second));
    /* Before the second job has arrived the first one leaves; its user may be faster. */
    type->put_back(f.s, f.src, f.state, &second);
    type->left(f.s, f.src, f.state, first.time_ns + 1, first.user);
    bool met = false;
    for (int k = 0; k < 3 && !met; k++) {
        ck_assert(next(&f, &again));
        met = again.user == second.user;
        ck_assert(met || again.time_ns <= second.time_ns);
    }
    ck_assert(met);
    ck_assert_int_eq(again.time_ns, second.time_ns);
    ck_assert_double_eq(again.size, second.size);
    end(&f);
}
END_TEST

/* ---- all ---------------------------------------------------------------------------------- */

static const char *const open_sources[] = {
    "{type: mmpp, states: [{rate: 5, time: 3 min}, {rate: 1 /s, time: 300 s}, {rate: 0, time: 9}], "
    "transitions: [[0, 0.25, 0.75], [0.1, 0, 0.9], [1, 0, 0]], class: c}",
    "{type: mmpp, states: [{rate: 20 /min, time: 10 s}, {rate: 0.1, time: 5 s}], class: c}",
    "{type: diurnal, profile: [1, 2 /s, 0.1], period: 1h, class: c}",
    "{type: diurnal, profile: [1, 2, 30 /min], shape: linear, period: 10 min, class: c}",
    "{type: diurnal, rate: 3, shape: sine, amplitude: 1, peak: 20 s, period: 60 s, class: c}",
    "{type: renewal, gap: {distribution: lognormal, mean: 20 s, scv: 3}, class: c}",
    "{type: renewal, gap: 250 ms, class: c}",
    "{type: bulk, rate: 0.7, batch: {distribution: geometric, mean: 3}, class: c}",
    "{type: bulk, rate: 0.7, epochs: deterministic, batch: {distribution: empirical, values: [1, "
    "2, 7], weights: [3, 2, 1]}, class: c}",
    "{type: poisson, rate: 2, class: c}",
    "{type: deterministic, period: 2 s, class: c}",
};
enum { N_OPEN = sizeof open_sources / sizeof *open_sources };

static void check_rate(const char *source)
{
    /* Services of 1 s on one device: the load is the rate. */
    char yaml[2048];
    snprintf(yaml, sizeof yaml, HEAD "%s\n  load: 0.6\n", source);
    feed f = feed_of(yaml);
    ck_assert_double_eq_tol(poise_scenario_offered_load(f.s), 0.6, 1e-9);
    ck_assert_double_eq_tol(f.src->rate_per_s, 0.6, 1e-9);
    enum { EPISODES = 40 };
    double sum = 0, squares = 0, t = 36000;
    for (int k = 0; k < EPISODES; k++) {
        arrival a;
        double n = 0;
        begin(&f, (uint64_t)k);
        while (next(&f, &a) && seconds(a.time_ns) < t)
            n++;
        sum += n / t / EPISODES;
        squares += n / t * n / t / EPISODES;
    }
    /* Where nothing is random there is a batch more or less. */
    double error = sqrt(fmax(0, squares - sum * sum) / EPISODES) + 4 / t;
    check_mean(source, sum, 0.6, error);
    ck_assert_msg(error < 0.01, "%s: +- %g says nothing", source, error);
    end(&f);
}

START_TEST(rates_are_scaled_to_the_load_and_jobs_come_at_them)
{
    for (int k = 0; k < N_OPEN; k++)
        check_rate(open_sources[k]);
}
END_TEST

#define ALL_HEAD                                                                                   \
    "poise: 1\nname: sources-v1\ntitle: sources\n"                                                 \
    "devices: [{name: d, law: cores, cores: 64, speed: {c: 0.02, w: 50}}]\nworkload:\n"            \
    "  classes: [{name: c, size: {distribution: erlang, mean: 1, phases: 2}}, {name: w}]\n"        \
    "  sources:\n"
/* All of them in one scenario, and what comes behind. */
static poise_scenario *all_sources(const char *tail)
{
    char yaml[8192];
    size_t n = (size_t)snprintf(yaml, sizeof yaml, "%s", ALL_HEAD);
    for (int k = 0; k < N_OPEN; k++)
        n += (size_t)snprintf(yaml + n, sizeof yaml - n, "    - %s\n", open_sources[k]);
    snprintf(yaml + n, sizeof yaml - n, "%s", tail);
    return scenario_of(yaml);
}

START_TEST(arrivals_are_the_same_whatever_the_agent_does)
{
    static const char *const agents[] = {"fifo", "shortest", "random"};
    poise_scenario *s = all_sources("    - {type: lublin, cores: 32, class: w, rate: 0.1}\n"
                                    "end: {jobs: 3000}\n");
    poise_env *e = new_env(s);
    uint64_t world = 0, run = 0;
    for (int k = 0; k < 3; k++) {
        poise_agent *a = new_agent(agents[k], s);
        play(e, a, 42);
        ck_assert(k == 0 || world == poise_env_world_hash(e));
        ck_assert(k != 2 || run != poise_env_hash(e));
        world = poise_env_world_hash(e);
        run = poise_env_hash(e);
        poise_agent_free(a);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(the_resolved_text_of_all_sources_reads_back_as_the_same)
{
    poise_scenario *s = all_sources("    - {type: lublin, cores: 32, class: w, a1: 4}\n"
                                    "    - {type: closed, users: 5, class: c, think: "
                                    "{distribution: uniform, low: 2 min, high: 1 h}}\n"
                                    "  load: 0.7\nend: {jobs: 3000}\n");
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 0.7, 1e-9);
    poise_scenario *again = scenario_of(poise_scenario_resolved(s));
    ck_assert_str_eq(poise_scenario_resolved(s), poise_scenario_resolved(again));
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    poise_scenario_free(again);
    poise_scenario_free(s);
}
END_TEST

/* ---- traces ------------------------------------------------------------------------------- */

/* Jobs at 0, 100, .. 900 s, of 10 + k s on one processor. */
static const char *write_trace(char *path)
{
    int fd = mkstemps(path, 4);
    ck_assert_int_ge(fd, 0);
    FILE *f = fdopen(fd, "w");
    fprintf(f, "; MaxProcs: 4\n");
    for (int k = 0; k < 10; k++)
        fprintf(f, "%d %d -1 %d 1 -1 -1 1 -1 -1 1 1 1 1 1 1 -1 -1\n", k + 1, 100 * k, 10 + k);
    fclose(f);
    return path;
}

static poise_scenario *load_part(const char *path, const char *keys)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: part-v1\ntitle: part\ndevices: [{name: d, law: cores, cores: 4}]\n"
             "workload: {classes: [{name: c}], sources: [{type: trace, file: %s%s}]}\n",
             path, keys);
    return scenario_of(yaml);
}

static void check_part(const char *path, const char *keys, int first, int n, double gap_s)
{
    poise_scenario *s = load_part(path, keys), *again = scenario_of(poise_scenario_resolved(s));
    ck_assert_msg(s->source[0].n_jobs == n, "%s: %d jobs", keys, (int)s->source[0].n_jobs);
    const char *skipped = strstr(keys, "skip_jobs: ");
    double begin_s = strstr(keys, "from: 150") ? gap_s / 2 : 0;
    begin_s += skipped ? atoi(skipped + strlen("skip_jobs: ")) * gap_s : 0;
    for (int k = 0; k < n; k++) {
        ck_assert_int_eq(s->source[0].job[k].arrival_ns, (int64_t)((begin_s + k * gap_s) * 1e9));
        ck_assert_double_eq(s->source[0].job[k].size, 10 + first + k);
    }
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    poise_scenario_free(again);
    poise_scenario_free(s);
}

START_TEST(traces_are_cut_to_their_window_and_scaled)
{
    char path[] = "/tmp/poise-test-XXXXXX.swf";
    write_trace(path);
    check_part(path, "", 0, 10, 100);
    check_part(path, ", load_factor: 4", 0, 10, 25);
    check_part(path, ", load_factor: 0.5", 0, 10, 200);
    check_part(path, ", from: 300 s", 3, 7, 100);
    check_part(path, ", to: 300 s", 0, 3, 100);
    check_part(path, ", from: 150 s, to: 10 min, load_factor: 2", 2, 4, 50);
    check_part(path, ", from: 200 s, first_jobs: 3", 2, 3, 100);
    check_part(path, ", skip_jobs: 4", 4, 6, 100);
    check_part(path, ", skip_jobs: 4, first_jobs: 2", 4, 2, 100);
    check_part(path, ", from: 200 s, skip_jobs: 1, first_jobs: 3", 3, 3, 100);
    poise_scenario *a = load_part(path, ""), *b = load_part(path, ", load_factor: 2");
    ck_assert_uint_ne(poise_scenario_hash(a), poise_scenario_hash(b));
    ck_assert_ptr_null(strstr(poise_scenario_resolved(a), "load_factor"));  // no news, no change
    poise_scenario_free(a);
    poise_scenario_free(b);
    remove(path);
}
END_TEST

int main(void)
{
    return RUN_TESTS("sources", counts_of_an_mmpp_are_dispersed_as_its_formula_says,
                     the_mean_rate_of_an_mmpp_is_that_of_its_stationary_state,
                     arrivals_follow_the_steps_of_a_day, arrivals_follow_the_lines_of_a_day,
                     arrivals_follow_the_sine_of_a_day,
                     gaps_of_a_renewal_source_are_those_of_its_distribution,
                     batches_are_as_large_as_their_distribution_says, batches_come_at_their_epochs,
                     jobs_of_lublins_model_are_as_it_defines_them, lublins_model_tells_its_means,
                     jobs_of_lublins_model_come_by_the_hour_of_the_day,
                     jobs_of_lublins_model_look_like_those_of_its_authors_program,
                     what_users_think_and_send_does_not_depend_on_how_long_they_wait,
                     users_send_nothing_before_their_job_has_left,
                     a_job_that_is_put_back_comes_again_in_its_turn,
                     rates_are_scaled_to_the_load_and_jobs_come_at_them,
                     arrivals_are_the_same_whatever_the_agent_does,
                     the_resolved_text_of_all_sources_reads_back_as_the_same,
                     traces_are_cut_to_their_window_and_scaled);
}
