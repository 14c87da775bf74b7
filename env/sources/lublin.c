/* lublin.c - rigid parallel jobs as supercomputers see them: Lublin and Feitelson, "The workload on
 * parallel supercomputers: modeling the characteristics of rigid jobs", JPDC 63 (2003), without
 * types of jobs. Names of parameters are those of the paper's model.
 *
 * Cores: serial, or the power of 2 that is nearest to a two-stage uniform number, or that power
 * itself, rounded. Run time: its logarithm is one of two gammas; the more cores, the more often the
 * longer one. Gaps: their logarithm is gamma; they are passed faster at hours of the day at which
 * more jobs arrive, which follow a gamma density over the 48 half hours from day_start on. */
#include "det.h"
#include "scenario_load.h"
#include "source_draw.h"

enum { HALF_HOURS = 48, STEPS = 1000 };

/* No job runs longer than exp(12) s, two days; no gap is longer than exp(13) s, five days. */
#define LONGEST_RUN 12.
#define LONGEST_GAP 13.
#define HALF_HOUR_NS (1800 * NS_PER_S)

typedef struct lublin {
    uint64_t seed;
    int64_t time_ns;
    uint32_t n_jobs;  // delivered so far
} lublin;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(lublin);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s;
    *(lublin *)state = (lublin){.seed = seed, .time_ns = src->start_ns};
}

/* ---- drawing ------------------------------------------------------------------------------ */

/* A gamma number of mean shape times scale, shape >= 1. Marsaglia and Tsang, ACM TOMS 26 (2000). */
static double draw_gamma(double shape, double scale, poise_rng *r)
{
    double d = shape - 1. / 3, c = 1 / __builtin_sqrt(9 * d);
    for (;;) {
        double x = poise_rng_normal(r), v = 1 + c * x, u = poise_rng_uniform(r);
        v = v * v * v;
        if (v > 0 && det_log(u) < 0.5 * x * x + d - d * v + d * det_log(v))
            return d * v * scale;
    }
}

static double log2_of(double x)
{
    return det_log(x) * 1.44269504088896338700;
}

/* The logarithm of the cores: uniform up to the medium one, or above it. u in (0,1). */
static double log_cores(const lublin_params *p, bool low_stage, double u)
{
    if (low_stage)
        return p->low + (p->medium - p->low) * u;
    return p->medium + (log2_of(p->cores) - p->medium) * u;
}

static int power_near(const lublin_params *p, double size)
{
    int power = (int)(size + 0.5);
    return 1 << (1LL << power <= p->cores ? power : power - 1);
}

static int cores_near(const lublin_params *p, double size)
{
    int n = (int)(det_exp(size * 0.69314718055994530942) + 0.5);
    return n < p->cores ? n : p->cores;
}

static int draw_cores(const lublin_params *p, poise_rng *r)
{
    double kind = poise_rng_uniform(r);
    if (kind < p->serial)
        return 1;
    double stage = poise_rng_uniform(r);
    double size = log_cores(p, stage < p->prob, poise_rng_uniform(r));
    return kind < p->serial + p->pow2 ? power_near(p, size) : cores_near(p, size);
}

/* Probability that a job of n cores takes the first of the two gammas. */
static double first_part(const lublin_params *p, int n)
{
    double part = p->pa * n + p->pb;
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

static double draw_run_s(const lublin_params *p, int n, poise_rng *r)
{
    double log_run;
    do {
        bool first = poise_rng_uniform(r) < first_part(p, n);
        log_run = first ? draw_gamma(p->a1, p->b1, r) : draw_gamma(p->a2, p->b2, r);
    } while (log_run > LONGEST_RUN);
    return det_exp(log_run);
}

static double draw_gap_s(const lublin_params *p, poise_rng *r)
{
    double log_gap;
    do {
        log_gap = draw_gamma(p->aarr, p->barr, r);
    } while (log_gap > LONGEST_GAP);
    return det_exp(log_gap);
}

/* Lets the gap pass, at each half hour of the day at its own pace; false if it does not end within
 * any time that can be simulated. */
static bool pass(const scenario_source *src, lublin *w, double gap_s)
{
    double wait_ns = 1e9 * gap_s * (src->own_per_s / src->rate_per_s);
    while (w->time_ns < HORIZON_MAX_NS) {
        int64_t bucket = w->time_ns / HALF_HOUR_NS;
        double pace = src->point[bucket % HALF_HOURS];
        int64_t end_ns = (bucket + 1) * HALF_HOUR_NS;
        double left_ns = pace * (double)(end_ns - w->time_ns);
        if (wait_ns < left_ns) {
            w->time_ns += (int64_t)(wait_ns / pace);
            return true;
        }
        wait_ns -= left_ns;
        w->time_ns = end_ns;
    }
    return false;
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    lublin *w = state;
    const lublin_params *p = &src->lublin;
    if (src->max_jobs > 0 && w->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    poise_rng r = poise_rng_at(w->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), w->n_jobs);
    if (!pass(src, w, draw_gap_s(p, &r)))
        return false;
    int cores = draw_cores(p, &r);
    source_draw_job(s, src, w->seed, w->n_jobs++, draw_run_s(p, cores, &r), true, out);
    out->time_ns = w->time_ns;
    out->cores = cores;
    return true;
}

/* ---- means -------------------------------------------------------------------------------- */

/* Integral of the density of a gamma over from .. to, of exp(x) times it where exponential, by the
 * rule of the middle; both but for the same factor. */
static double gamma_integral(double shape, double scale, double from, double to, bool exponential)
{
    double top = (shape - 1) * scale, sum = 0, step = (to - from) / STEPS;
    top = top > scale ? top : scale;
    for (int k = 0; k < STEPS; k++) {
        double x = from + (k + 0.5) * step;
        double log_density = (shape - 1) * det_log(x / top) - (x - top) / scale;
        sum += step * det_exp(log_density + (exponential ? x : 0));
    }
    return sum;
}

/* Of the two gammas below LONGEST_RUN: their masses (not normalised) and those times exp(x). */
typedef struct run_parts {
    double all[2], mass[2], weighted[2];
} run_parts;

static run_parts parts_of(const lublin_params *p)
{
    const double a[] = {p->a1, p->a2}, b[] = {p->b1, p->b2};
    run_parts of;
    for (int k = 0; k < 2; k++) {
        double end = a[k] * b[k] + 12 * b[k] * __builtin_sqrt(a[k]) + 40 * b[k];
        of.all[k] = gamma_integral(a[k], b[k], 0, end, false);
        of.mass[k] = gamma_integral(a[k], b[k], 0, LONGEST_RUN, false);
        of.weighted[k] = gamma_integral(a[k], b[k], 0, LONGEST_RUN, true);
    }
    return of;
}

static double mean_run_s(const lublin_params *p, const run_parts *of, int n)
{
    double first = first_part(p, n) / of->all[0], second = (1 - first_part(p, n)) / of->all[1];
    return (first * of->weighted[0] + second * of->weighted[1]) /
           (first * of->mass[0] + second * of->mass[1]);
}

/* The part of jobs with as many cores enters the means. */
static void add_jobs(scenario_source *src, const run_parts *of, int cores, double part)
{
    double run_s = part * mean_run_s(&src->lublin, of, cores);
    src->mean_size += run_s;
    src->mean_cores += run_s * cores;
}

/* Mean run time, and mean cores weighted by it: the sum over the kinds of jobs, and over the
 * middles of equal parts of the uniform number behind their cores. */
static void fill_means(scenario_source *src)
{
    const lublin_params *p = &src->lublin;
    run_parts of = parts_of(p);
    add_jobs(src, &of, 1, p->serial);
    for (int k = 0; k < 2 * STEPS; k++) {
        bool low_stage = k < STEPS;
        double size = log_cores(p, low_stage, (k % STEPS + 0.5) / STEPS);
        double part = (low_stage ? p->prob : 1 - p->prob) / STEPS;
        add_jobs(src, &of, power_near(p, size), part * p->pow2);
        add_jobs(src, &of, cores_near(p, size), part * (1 - p->serial - p->pow2));
    }
    src->mean_cores /= src->mean_size;
}

static double mean_gap_s(const lublin_params *p)
{
    return gamma_integral(p->aarr, p->barr, 0, LONGEST_GAP, true) /
           gamma_integral(p->aarr, p->barr, 0, LONGEST_GAP, false);
}

/* The pace of each half hour of the day, 1 in the mean. */
static const double *paces(scenario_loader *l, const lublin_params *p)
{
    double *pace = arena_take(l->memory, HALF_HOURS, sizeof *pace), sum = 0;
    for (int i = p->day_start; i < p->day_start + HALF_HOURS; i++)
        sum += pace[i % HALF_HOURS] = gamma_integral(p->anum, p->bnum, i, i + 1, false);
    for (int i = 0; i < HALF_HOURS; i++)
        pace[i] *= HALF_HOURS / sum;
    return pace;
}

/* ---- the file ----------------------------------------------------------------------------- */

static void check(scenario_loader *l, yaml_node *map, const lublin_params *p)
{
    if (p->serial + p->pow2 > 1)
        yaml_wrong(&l->doc, yaml_mark_of(map, "pow2"), NULL,
                   "serial and pow2 are parts of all jobs: they sum to %g, more than 1",
                   p->serial + p->pow2);
    if (p->low > p->medium || p->medium > log2_of(p->cores))
        yaml_wrong(&l->doc, yaml_mark_of(map, "medium"), NULL,
                   "medium is %.6g, it must be from low, %.6g, to the logarithm of cores, %.6g",
                   p->medium, p->low, log2_of(p->cores));
    if (p->a1 * p->b1 > LONGEST_RUN || p->a2 * p->b2 > LONGEST_RUN)
        yaml_wrong(&l->doc, yaml_mark_of(map, p->a1 * p->b1 > LONGEST_RUN ? "a1" : "a2"), NULL,
                   "the mean of the logarithm of run times, a times b, is above %g", LONGEST_RUN);
    if (p->anum * p->bnum > 2 * HALF_HOURS)
        yaml_wrong(&l->doc, yaml_mark_of(map, "anum"), NULL,
                   "the mean half hour at which jobs arrive, anum times bnum, is above %d",
                   2 * HALF_HOURS);
    if (p->aarr * p->barr > LONGEST_GAP)
        yaml_wrong(&l->doc, yaml_mark_of(map, "aarr"), NULL,
                   "the mean of the logarithm of gaps, aarr times barr, is above %g", LONGEST_GAP);
}

static void read(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    lublin_params *p = &src->lublin;
    int before = l->doc.n_mistakes;
    if (p->medium == 0) {
        p->medium = log2_of(p->cores) - 2.5;
        p->medium = p->medium > p->low ? p->medium : p->low;
    }
    check(l, map, p);
    if (l->doc.n_mistakes > before)
        return;
    fill_means(src);
    src->n_points = HALF_HOURS;
    src->point = paces(l, p);
    scenario_take_rate(l, map, src, 1 / mean_gap_s(p));
}

#define IN(field) offsetof(scenario_source, lublin.field)

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s;
    lublin *w = state;
    w->seed = seed;
    w->n_jobs -= pending;
    w->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
}

static const poise_option options[] = {
    {"cores", POISE_INT, IN(cores), POISE_REQUIRED, 2, 1e6, "", "processors of the machine", NULL},
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), 0, 0, 1e9, "/s",
     "mean arrivals per second to which gaps are scaled; 0 as the model says", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which the first gap counts; 0 is midnight", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {"serial", POISE_REAL, IN(serial), 0.244, 0, 1, "", "part of jobs with one core", NULL},
    {"pow2", POISE_REAL, IN(pow2), 0.576, 0, 1, "", "part of jobs rounded to a power of 2", NULL},
    {"low", POISE_REAL, IN(low), 0.8, 0, 20, "", "least log2(cores) of the others", NULL},
    {"medium", POISE_REAL, IN(medium), 0, 0, 20, "",
     "log2(cores) between the two stages; 0: that of the machine - 2.5", NULL},
    {"prob", POISE_REAL, IN(prob), 0.86, 0, 1, "", "probability of the lower stage", NULL},
    {"a1", POISE_REAL, IN(a1), 4.2, 1, 1e5, "", "log(run time): shape of the first gamma", NULL},
    {"b1", POISE_REAL, IN(b1), 0.94, 1e-6, 12, "", "its scale", NULL},
    {"a2", POISE_REAL, IN(a2), 312, 1, 1e5, "", "log(run time): shape of the second gamma", NULL},
    {"b2", POISE_REAL, IN(b2), 0.03, 1e-6, 12, "", "its scale", NULL},
    {"pa", POISE_REAL, IN(pa), -0.0054, -1, 1, "",
     "probability of the first gamma: pa cores + pb, from 0 to 1", NULL},
    {"pb", POISE_REAL, IN(pb), 0.78, -1, 2, "", "the same without cores", NULL},
    {"aarr", POISE_REAL, IN(aarr), 10.2303, 1, 1e5, "", "log(gap): shape of its gamma", NULL},
    {"barr", POISE_REAL, IN(barr), 0.4871, 1e-6, 13, "", "its scale", NULL},
    {"anum", POISE_REAL, IN(anum), 8.1737, 1, 1000, "",
     "half hours after midnight at which jobs arrive: shape of its gamma", NULL},
    {"bnum", POISE_REAL, IN(bnum), 3.9631, 0.1, 100, "", "its scale", NULL},
    {"day_start", POISE_INT, IN(day_start), 11, 0, 47, "", "half hour at which its day begins",
     NULL},
    {0},
};

const source_type source_lublin = {
    .name = "lublin",
    .about =
        "rigid parallel jobs of Lublin and Feitelson, JPDC 63 (2003); the size is the run time "
        "in seconds",
    .options = options,
    .further = source_stop,
    .has_mix = true,
    .has_sizes = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
    .read = read,
};
