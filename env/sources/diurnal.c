/* diurnal.c - arrivals whose rate varies over a period, by thinning: those of a Poisson process at
 * the highest rate are kept with probability rate / highest rate. Lewis and Shedler, Naval Research
 * Logistics Quarterly 26 (1979). Time 0 is the begin of a period. */
#include "det.h"
#include "scenario_load.h"
#include "source_draw.h"

enum { MOST_POINTS = 10080 };  // the minutes of a week

typedef struct diurnal {
    uint64_t seed;
    int64_t time_ns;
    uint32_t n_tried, n_jobs;  // candidates, and those of them delivered
} diurnal;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(diurnal);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    (void)s;
    *(diurnal *)state = (diurnal){.seed = seed, .time_ns = src->start_ns};
}

/* Arrivals per second at a time, before they are scaled. */
static double rate_at(const scenario_source *src, int64_t time_ns)
{
    if (src->shape == DIURNAL_SINE) {
        double turns = (double)(time_ns % src->cycle_ns - src->peak_ns) / (double)src->cycle_ns;
        return src->own_per_s * (1 + src->amplitude * det_cos_turns(turns));
    }
    int n = src->n_points;
    double at = (double)(time_ns % src->cycle_ns) / (double)src->cycle_ns * n;
    int k = at < n ? (int)at : n - 1;
    if (src->shape == DIURNAL_STEP)
        return src->point[k];
    double after = src->point[k + 1 < n ? k + 1 : 0];
    return src->point[k] + (after - src->point[k]) * (at - k);
}

static double highest_rate(const scenario_source *src)
{
    double highest = src->shape == DIURNAL_SINE ? src->own_per_s * (1 + src->amplitude) : 0;
    for (int k = 0; k < src->n_points; k++)
        highest = src->point[k] > highest ? src->point[k] : highest;
    return highest;
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    diurnal *d = state;
    if (src->max_jobs > 0 && d->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    uint32_t entity = (uint32_t)(src - s->source);
    double highest = src->point_highest, u;
    double mean_ns = 1e9 * src->own_per_s / (highest * src->rate_per_s);
    do {
        poise_rng r = poise_rng_at(d->seed, POISE_FOR_SOURCE, entity, d->n_tried++);
        double gap_ns = -mean_ns * det_log(poise_rng_uniform(&r));
        if (!(gap_ns < (double)(HORIZON_MAX_NS - d->time_ns)))
            return false;
        d->time_ns += (int64_t)(gap_ns + 0.5);
        u = poise_rng_uniform(&r);
    } while (!(u * highest < rate_at(src, d->time_ns)));
    out->time_ns = d->time_ns;
    poise_rng r = poise_rng_at(d->seed, POISE_FOR_JOB, entity, d->n_jobs);
    poise_rng_uniform(&r);  // a gap, for sources that need no candidates
    source_draw_job(s, src, d->seed, d->n_jobs++, poise_rng_uniform(&r), false, out);
    return true;
}

/* ---- the file ----------------------------------------------------------------------------- */

static void read_sine(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    if (yaml_get(&l->doc, map, "profile"))
        yaml_wrong(&l->doc, yaml_mark_of(map, "profile"), NULL,
                   "profile: a sine has none, it has rate, amplitude and peak");
    if (src->rate_per_s == 0)
        yaml_wrong(&l->doc, yaml_mark_of(map, "shape"), NULL, "shape sine needs a rate, its mean");
    else
        scenario_take_rate(l, map, src, src->rate_per_s);
}

static void read_profile(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    static const char *const of_sine[] = {"amplitude", "peak"};
    for (int k = 0; k < 2; k++)
        if (yaml_has(map, of_sine[k]))
            yaml_wrong(&l->doc, yaml_mark_of(map, of_sine[k]), NULL, "%s is for shape sine only",
                       of_sine[k]);
    yaml_node *list = yaml_need(&l->doc, map, "profile", "a source of type diurnal");
    if (!list)
        return;
    int before = l->doc.n_mistakes;
    src->point = scenario_read_numbers(l, list, "profile", "/s", RATE_MAX, &src->n_points);
    if (l->doc.n_mistakes > before)
        return;
    double sum = 0;
    for (int k = 0; k < src->n_points; k++)
        sum += src->point[k];
    if (src->n_points > MOST_POINTS || !(sum > 0))
        yaml_wrong(&l->doc, list->mark, NULL, "profile: it needs 1 to %d rates, not all 0",
                   MOST_POINTS);
    else
        scenario_take_rate(l, map, src, sum / src->n_points);
}

static void read(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    if (src->shape == DIURNAL_SINE)
        read_sine(l, map, src);
    else
        read_profile(l, map, src);
    src->point_highest = highest_rate(src);
}

static void print(string_buffer *out, const scenario_source *src)
{
    if (src->shape == DIURNAL_SINE)
        return;
    string_add(out, "      profile: ");
    scenario_print_numbers(out, src->point, src->n_points);
    string_add(out, "\n");
}

static const char *const shapes[] = {"step", "linear", "sine", NULL};

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    (void)s;
    diurnal *d = state;
    d->seed = seed;
    d->n_jobs -= pending;
    d->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
}

static const poise_option options[] = {
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), 0, 0, 1e9, "/s",
     "mean arrivals per second to which the profile is scaled; 0 as it stands", NULL},
    {"period", POISE_TIME, offsetof(scenario_source, cycle_ns), 86400, 1e-6, HORIZON_MAX_S, "s",
     "after which all begins anew", NULL},
    {"shape", POISE_CHOICE, offsetof(scenario_source, shape), DIURNAL_STEP, 0, 0, "",
     "each rate of the profile holds for its part; or a line leads to the next; or a sine", shapes},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which jobs arrive", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

static const poise_option further[] = {
    {"amplitude", POISE_REAL, offsetof(scenario_source, amplitude), 0.5, 0, 1, "",
     "of a sine, relative to its mean: rate (1 + amplitude cos(2 pi (t - peak) / period))", NULL},
    {"peak", POISE_TIME, offsetof(scenario_source, peak_ns), 0, 0, HORIZON_MAX_S, "s",
     "when a sine is at its highest", NULL},
    {"stop", POISE_TIME, offsetof(scenario_source, stop_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which no job arrives any more, 0 to the end", NULL},
    {0},
};

const source_type source_diurnal = {
    .name = "diurnal",
    .about = "a rate that varies over the day, or any period",
    .besides = "profile (a list of arrivals per second at equal parts of the period)",
    .options = options,
    .further = further,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
    .read = read,
    .print = print,
};
