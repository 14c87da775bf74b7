/* cmd_speed.c - `poise speed`: how fast the simulator is, as ratios to floors that are measured in
 * the same run. Slices of about 2 ms of ours and of the floor alternate in one process on
 * per-thread CPU time, and the median of the ratios is shown: a machine that drifts drifts for
 * both. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calendar.h"
#include "cli.h"
#include "file.h"
#include "floor.h"
#include "lib/balance.h"
#include "pool.h"
#include "source.h"
#include "speed_commands.h"
#include "speed_networks.h"
#include "speed_training.h"
#include "stats.h"
#include "trace.h"
#include "trial.h"

enum { SLICES = 61, CUSTOMERS = 16000, TRACE_LINES = 200000, RUNS = 64, STARTS = 41 };
#define LOAD 0.8

extern char **environ;

/* What is measured on; taken once. */
typedef struct workbench {
    poise_scenario *mm1, *dispatch, *central, *mix;
    poise_env *mm1_env, *dispatch_env, *central_env, *mix_env;
    poise_agent *fifo, *earliest, *shortest;
    const scenario_source *source;  // of mm1
    void *source_state;
    floor_stream stream;
    char dir[64];
    char *trace_text;
    size_t n_trace_bytes;
    char trace_path[96];
    uint64_t seed;
    struct crowd *crowd;
    balance attention[3];  // full, sparse, of low rank
    speed_replay replay[SPEED_REPLAYS];
    double sink;  // keeps results from being optimised away
} workbench;

static double clock_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- ours -------------------------------------------------------------------------------- */

static void episode(workbench *w, poise_env *e, poise_agent *a)
{
    poise_env_reset(e, ++w->seed);
    poise_agent_begin(a, POISE_MODE_EVALUATE, w->seed);
    while (poise_env_running(e))
        poise_agent_step(a, e);
}

static void ours_mm1(workbench *w)
{
    episode(w, w->mm1_env, w->fifo);
}

/* As many jobs of gpu-mix-v1. */
static void ours_mix(workbench *w)
{
    episode(w, w->mix_env, w->shortest);
}

/* Rules score candidates here: the same as `shortest`, through attention. */
static void ours_dispatch(workbench *w)
{
    poise_env *e = w->dispatch_env;
    poise_env_reset(e, ++w->seed);
    while (poise_env_running(e)) {
        w->earliest->type->attend(w->earliest->state, poise_env_view(e), w->earliest->attention);
        poise_env_step(e, w->earliest->attention);
    }
}

/* The engine without an environment: calendar, source and streams, and a queue written on them. */
static void ours_engine(workbench *w)
{
    enum { ARRIVAL, DEPARTURE, ENTITIES };
    calendar_key key[ENTITIES];
    int32_t entity[ENTITIES], place[ENTITIES];
    calendar c = {.key = key, .entity = entity, .place = place};
    double queue[FLOOR_RING];
    int in_system = 0, arrived = 0, served = 0;
    __int128 area = 0;
    int64_t now = 0;
    arrival next;
    const source_type *type = w->source->type;
    calendar_clear(&c, ENTITIES);
    type->reset(w->mm1, w->source, w->source_state, ++w->seed);
    type->next(w->mm1, w->source, w->source_state, &next);
    calendar_set(&c, ARRIVAL, ARRIVAL, next.time_ns);
    while (served < CUSTOMERS) {
        int64_t time = calendar_time(&c);
        area += (__int128)in_system * (time - now);
        now = time;
        if (calendar_kind(&c) == ARRIVAL) {
            queue[arrived++ % FLOOR_RING] = next.size;
            if (in_system++ == 0)
                calendar_set(&c, DEPARTURE, DEPARTURE, now + (int64_t)(next.size * 1e9));
            type->next(w->mm1, w->source, w->source_state, &next);
            calendar_set(&c, ARRIVAL, ARRIVAL, next.time_ns);
        } else if (served++, --in_system > 0) {
            double size = queue[served % FLOOR_RING];
            calendar_set(&c, DEPARTURE, DEPARTURE, now + (int64_t)(size * 1e9));
        } else {
            calendar_remove(&c, DEPARTURE);
        }
    }
    w->sink += (double)area;
}

static void ours_trace(workbench *w)
{
    trace t;
    poise_error err;
    if (trace_load(w->trace_path, &(trace_wish){0}, &t, &err)) {
        w->sink += (double)t.n_jobs;
        trace_free(&t);
    }
}

/* ---- floors ------------------------------------------------------------------------------ */

static void floor_of_mm1(workbench *w)
{
    w->sink += floor_mm1(&w->stream, LOAD, CUSTOMERS);
}

static void floor_of_dispatch(workbench *w)
{
    w->sink += floor_dispatch(&w->stream, LOAD, CUSTOMERS);
}

static void floor_of_trace(workbench *w)
{
    w->sink += (double)floor_swf(w->trace_text, w->n_trace_bytes);
}

/* ---- many environments with observations -------------------------------------------------- */

/* What is stepped now: `width` environments, ours or the floor's, and their buffers. */
typedef struct crowd {
    int width;
    poise_vector *vector;
    floor_world *worlds;
    float *obs, *floor_obs, *reward;
    unsigned char *mask;
    int32_t *cell;
} crowd;

/* Where the customer would be done first, from an observation: both decide by it. */
static int earliest_finish(const float *obs)
{
    const float *service = obs + 4, *group = obs + FLOOR_TASK;
    float finish[FLOOR_DEVICES];
    for (int d = 0; d < FLOOR_DEVICES; d++) {
        float backlog = group[d * FLOOR_GROUP + 2];
        finish[d] = backlog / (1 - backlog) + service[d] / (1 - service[d]);
    }
    int best = 0;
    for (int d = 1; d < FLOOR_DEVICES; d++)
        best = finish[d] < finish[best] ? d : best;
    return best;
}

static void ours_crowd(workbench *w)
{
    crowd *c = w->crowd;
    const poise_batch out = {.obs = c->obs, .mask = c->mask, .reward = c->reward};
    for (int n = 0; n < CUSTOMERS; n += c->width) {
        for (int i = 0; i < c->width; i++)
            c->cell[i] = earliest_finish(c->obs + (size_t)i * FLOOR_FLOATS);
        poise_vector_step(c->vector, c->cell, &out);
    }
    w->sink += (double)c->reward[0];
}

static void floor_of_crowd(workbench *w)
{
    crowd *c = w->crowd;
    for (int n = 0; n < CUSTOMERS; n += c->width)
        for (int i = 0; i < c->width; i++) {
            float *obs = c->floor_obs + (size_t)i * FLOOR_FLOATS;
            floor_step(c->worlds, i, earliest_finish(obs), obs, c->mask + i * FLOOR_CELLS,
                       &c->reward[i]);
        }
    w->sink += (double)c->reward[0];
}

/* ---- measuring --------------------------------------------------------------------------- */

typedef struct comparison {
    double ours_ns, floor_ns, ratio;  // medians, per item
} comparison;

static double timed_s(workbench *w, void (*work)(workbench *))
{
    double begin = clock_s(CLOCK_THREAD_CPUTIME_ID);
    work(w);
    return clock_s(CLOCK_THREAD_CPUTIME_ID) - begin;
}

static comparison compare(workbench *w, void (*ours)(workbench *), void (*plain)(workbench *),
                          int items, int slices)
{
    double mine[SLICES], floors[SLICES], ratio[SLICES];
    timed_s(w, ours);
    timed_s(w, plain);
    for (int i = 0; i < slices; i++) {
        mine[i] = timed_s(w, ours) * 1e9 / items;
        floors[i] = timed_s(w, plain) * 1e9 / items;
        ratio[i] = mine[i] / floors[i];
    }
    return (comparison){
        .ours_ns = stats_quantile(mine, slices, 0.5),
        .floor_ns = stats_quantile(floors, slices, 0.5),
        .ratio = stats_quantile(ratio, slices, 0.5),
    };
}

/* A scenario of the library, which has no floor of its own: in units of the M/M/1 floor. */
static void measure_mix(workbench *w)
{
    comparison c = compare(w, ours_mix, floor_of_mm1, CUSTOMERS, 21);
    printf("%-52s %9.1f %9.1f ns %8.1f   (M/M/1 floor)\n", "job of gpu-mix-v1, shortest deciding",
           c.ours_ns, c.floor_ns, c.ratio);
    fflush(stdout);
}

static void print_row(const char *what, comparison c, const char *unit, double target)
{
    printf("%-52s %9.1f %9.1f %s %8.2f   <= %.1f\n", what, c.ours_ns, c.floor_ns, unit, c.ratio,
           target);
    fflush(stdout);
}

static bool fill_crowd(crowd *c, const workbench *w)
{
    const size_t n = (size_t)c->width;
    poise_error err;
    c->vector = poise_vector_new(w->dispatch, c->width, 1, &err);
    c->worlds = floor_worlds(LOAD, c->width);
    c->obs = calloc(n, FLOOR_FLOATS * sizeof(float));
    c->floor_obs = calloc(n, FLOOR_FLOATS * sizeof(float));
    c->reward = calloc(n, sizeof(float));
    c->mask = calloc(n, FLOOR_CELLS);
    c->cell = calloc(n, sizeof(int32_t));
    uint64_t *seed = calloc(n, sizeof *seed);
    bool good =
        c->vector && c->worlds && c->obs && c->floor_obs && c->reward && c->mask && c->cell && seed;
    for (int i = 0; good && i < c->width; i++)
        seed[i] = (uint64_t)i;
    if (good)
        poise_vector_reset(c->vector, POISE_TRAIN, seed, &(poise_batch){.obs = c->obs});
    free(seed);
    return good;
}

static void disperse_crowd(crowd *c)
{
    poise_vector_free(c->vector);
    free(c->worlds);
    free(c->obs);
    free(c->floor_obs);
    free(c->reward);
    free(c->mask);
    free(c->cell);
}

static void measure_crowds(workbench *w)
{
    static const int widths[] = {1, 16, 256, 4096};
    assert(poise_observation_layout(poise_scenario_space(w->dispatch)).n_floats == FLOOR_FLOATS);
    for (int i = 0; i < 4 && !pool_signal(); i++) {
        crowd c = {.width = widths[i]};
        char what[64];
        snprintf(what, sizeof what, "step with an observation of %d, %d at once", FLOOR_FLOATS,
                 c.width);
        w->crowd = &c;
        if (fill_crowd(&c, w))
            print_row(what, compare(w, ours_crowd, floor_of_crowd, CUSTOMERS, SLICES), "ns", 1.5);
        else
            printf("%s: no memory\n", what);
        w->crowd = NULL;
        disperse_crowd(&c);
    }
}

/* ---- two cores --------------------------------------------------------------------------- */

/* One environment for each thread. */
typedef struct runs {
    poise_env *env[64];
    poise_agent *agent[64];
} runs;

static void one_run(void *data, int job, int worker)
{
    runs *r = data;
    workbench w = {.seed = (uint64_t)job * 1000};
    for (int i = 0; i < 4; i++)
        episode(&w, r->env[worker], r->agent[worker]);
}

static void one_floor(void *data, int job, int worker)
{
    (void)data, (void)worker;
    floor_stream stream = {.seed = (uint64_t)job};
    volatile double mean = floor_mm1(&stream, LOAD, 20 * CUSTOMERS);
    (void)mean;
}

static double pool_s(void (*run)(void *, int, int), runs *r, int n_threads)
{
    pool_work work = {.n_jobs = RUNS, .run = run, .data = r};
    double begin = clock_s(CLOCK_MONOTONIC);
    pool_run(&work, n_threads);
    return clock_s(CLOCK_MONOTONIC) - begin;
}

static bool measure_threads(const workbench *w)
{
    runs r = {0};
    poise_error err;
    for (int i = 0; i < 2; i++) {
        r.env[i] = poise_env_new(w->mm1, &err);
        r.agent[i] = poise_agent_new("fifo", poise_scenario_space(w->mm1), 1, &err);
        if (!r.env[i] || !r.agent[i])
            return false;
    }
    double ours[7], plain[7];
    for (int i = 0; i < 7; i++) {
        double one = pool_s(one_run, &r, 1);
        ours[i] = one / pool_s(one_run, &r, 2);
        one = pool_s(one_floor, NULL, 1);
        plain[i] = one / pool_s(one_floor, NULL, 2);
    }
    double mine = stats_quantile(ours, 7, 0.5), machine = stats_quantile(plain, 7, 0.5);
    if (!pool_signal())
        printf("%-52s %8.2fx %8.2fx    %8.2f   >= 0.97\n", "64 runs, two threads against one", mine,
               machine, mine / machine);
    for (int i = 0; i < 2; i++) {
        poise_env_free(r.env[i]);
        poise_agent_free(r.agent[i]);
    }
    return true;
}

/* ---- attention --------------------------------------------------------------------------- */

enum { TOKENS = 2048, TOP = 256, RANK = 32, FULL = 0, SPARSE, LOW_RANK };

static void attend_full(workbench *w)
{
    balance_attend(&w->attention[FULL]);
    w->sink += w->attention[FULL].received[0];
}

static void attend_sparse(workbench *w)
{
    balance_attend(&w->attention[SPARSE]);
    w->sink += w->attention[SPARSE].received[0];
}

static void attend_low_rank(workbench *w)
{
    balance_attend(&w->attention[LOW_RANK]);
    w->sink += w->attention[LOW_RANK].received[0];
}

static bool fill_attention(balance *b)
{
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    if (!balance_init(b, TOKENS - 1))
        return false;
    b->n = TOKENS - 1;
    b->heads = 1;
    b->sharpness = 2;
    b->yield = 1;
    for (int i = 0; i < TOKENS; i++) {
        double *x = b->token + i * BALANCE_FEATURES, less = -7 * poise_rng_uniform(&r);
        x[BALANCE_ONE] = 1;
        x[BALANCE_URGENCY] = less;
        x[BALANCE_PRESSURE] = -less / (1 - less);
    }
    return true;
}

/* Cheaper attention of the balancer against all of it. */
static void measure_attention(workbench *w)
{
    bool good = true;
    for (int i = 0; i < 3; i++)
        good &= fill_attention(&w->attention[i]);
    w->attention[SPARSE].top = TOP;
    w->attention[LOW_RANK].rank = RANK;
    const struct {
        const char *what;
        void (*work)(workbench *);
    } rows[] = {{"attention over 2048 tokens, top 256; full", attend_sparse},
                {"attention over 2048 tokens, rank 32; full", attend_low_rank}};
    for (int i = 0; good && i < 2; i++) {
        comparison c = compare(w, rows[i].work, attend_full, 1000, 21);
        printf("%-52s %9.2f %9.2f us %8.3f   <= 0.25\n", rows[i].what, c.ours_ns, c.floor_ns,
               c.ratio);
        fflush(stdout);
    }
    for (int i = 0; i < 3; i++)
        balance_free(&w->attention[i]);
}

/* ---- start of the program ---------------------------------------------------------------- */

static double start_s(const char *program, char *const *argv)
{
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double begin = clock_s(CLOCK_MONOTONIC);
    pid_t child;
    int status = -1;
    if (posix_spawn(&child, program, &quiet, NULL, argv, environ) == 0)
        waitpid(child, &status, 0);
    double s = clock_s(CLOCK_MONOTONIC) - begin;
    posix_spawn_file_actions_destroy(&quiet);
    return status == 0 ? s : NAN;
}

static void measure_start(void)
{
    char *const ours[] = {(char *)"poise", (char *)"list", NULL};
    char *const empty[] = {(char *)"true", NULL};
    double mine[STARTS], floors[STARTS], ratio[STARTS];
    for (int i = 0; i < STARTS; i++) {
        mine[i] = start_s("/proc/self/exe", ours) * 1e3;
        floors[i] = start_s("/bin/true", empty) * 1e3;
        ratio[i] = mine[i] / floors[i];
    }
    printf("%-52s %9.1f %9.1f ms %8.2f   <= 5 ms\n",
           "start of `poise list`, and of an empty program", stats_quantile(mine, STARTS, 0.5),
           stats_quantile(floors, STARTS, 0.5), stats_quantile(ratio, STARTS, 0.5));
}

/* ---- memory ------------------------------------------------------------------------------ */

/* Bytes of an environment of 16 devices while 64 tasks wait. */
static size_t measure_memory(workbench *w)
{
    poise_env *e = w->central_env;
    poise_env_reset(e, 1);
    while (poise_env_running(e) && poise_env_view(e)->n_tasks + poise_env_view(e)->n_beyond < 64)
        poise_env_choose(e, 0);
    return poise_env_bytes(e);
}

/* ---- preparing --------------------------------------------------------------------------- */

static const char mm1_text[] =
    "poise: 1\nname: speed-mm1-v1\ntitle: M/M/1\nabout: for measuring\ndevices: [{name: server}]\n"
    "workload:\n  classes: [{name: job, size: {distribution: exponential, mean: 1}}]\n"
    "  sources: [{type: poisson, rate: 0.8 /s, class: job}]\nend: {jobs: 16000}\n";

static const char central_text[] =
    "poise: 1\nname: speed-central-v1\ntitle: 16 servers, one queue\nabout: for measuring\n"
    "devices: [{name: server, count: 16}]\n"
    "workload:\n  classes: [{name: job, size: {distribution: exponential, mean: 1}}]\n"
    "  sources: [{type: batch, jobs: 80, class: job}]\n";

static void write_dispatch(FILE *f)
{
    fprintf(f, "poise: 1\nname: speed-dispatch-v1\ntitle: 16 servers\nabout: for measuring\n"
               "devices:\n");
    for (int d = 0; d < FLOOR_DEVICES; d++)
        fprintf(f, "  - {name: s%d, queue: unlimited, speed: %g}\n", d, 1 + 0.25 * d);
    fprintf(f, "workload:\n  load: 0.8\n"
               "  classes: [{name: job, size: {distribution: exponential, mean: 1}}]\n"
               "  sources: [{type: poisson, rate: 1 /s, class: job}]\n"
               "decision: {window: 1}\nend: {jobs: 16000}\n");
}

static void write_trace(FILE *f)
{
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    long submit_s = 0;
    fprintf(f, "; MaxProcs: 256\n");
    for (int i = 1; i <= TRACE_LINES; i++) {
        submit_s += poise_rng_below(&r, 600);
        int run_s = 1 + poise_rng_below(&r, 40000), procs = 1 + poise_rng_below(&r, 128);
        fprintf(f, "%d %ld -1 %d %d -1 -1 %d %d -1 1 %d 1 -1 1 -1 -1 -1\n", i, submit_s, run_s,
                procs, procs, 2 * run_s, 1 + poise_rng_below(&r, 200));
    }
}

static poise_scenario *scenario_from(const workbench *w, const char *text, void (*write)(FILE *),
                                     poise_error *err)
{
    char path[96];
    snprintf(path, sizeof path, "%s/scenario.yaml", w->dir);
    FILE *f = fopen(path, "w");
    if (!f)
        return NULL;
    if (text)
        fputs(text, f);
    else
        write(f);
    bool ok = fclose(f) == 0;
    poise_scenario *s = ok ? poise_scenario_load(path, NULL, 0, err) : NULL;
    unlink(path);
    return s;
}

static bool prepare_trace(workbench *w, poise_error *err)
{
    snprintf(w->trace_path, sizeof w->trace_path, "%s/trace.swf", w->dir);
    FILE *f = fopen(w->trace_path, "w");
    if (!f)
        return false;
    write_trace(f);
    if (fclose(f) != 0)
        return false;
    w->trace_text = file_read(w->trace_path, 1LL << 30, &w->n_trace_bytes, err);
    return w->trace_text != NULL;
}

static bool prepare(workbench *w, poise_error *err)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(w->dir, sizeof w->dir, "%.40s/poise-speed-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(w->dir))
        return false;
    w->mm1 = scenario_from(w, mm1_text, NULL, err);
    w->dispatch = scenario_from(w, NULL, write_dispatch, err);
    w->central = scenario_from(w, central_text, NULL, err);
    char jobs[32];
    snprintf(jobs, sizeof jobs, "end.jobs=%d", CUSTOMERS);
    const char *const mix_sets[] = {jobs, "warmup.jobs=0"};
    w->mix = poise_scenario_load(cli_scenario_path("gpu-mix-v1"), mix_sets, 2, err);
    if (!w->mm1 || !w->dispatch || !w->central || !w->mix)
        return false;
    w->mm1_env = poise_env_new(w->mm1, err);
    w->dispatch_env = poise_env_new(w->dispatch, err);
    w->central_env = poise_env_new(w->central, err);
    w->mix_env = poise_env_new(w->mix, err);
    w->shortest = poise_agent_new("shortest", poise_scenario_space(w->mix), 1, err);
    w->fifo = poise_agent_new("fifo", poise_scenario_space(w->mm1), 1, err);
    w->earliest = poise_agent_new("shortest", poise_scenario_space(w->dispatch), 1, err);
    w->source = &w->mm1->source[0];
    w->source_state = malloc(w->source->type->state_bytes(w->source));
    return w->mm1_env && w->dispatch_env && w->central_env && w->mix_env && w->shortest &&
           w->fifo && w->earliest && w->source_state && prepare_trace(w, err);
}

static void clean_up(workbench *w)
{
    poise_env_free(w->mm1_env);
    poise_env_free(w->dispatch_env);
    poise_env_free(w->central_env);
    poise_env_free(w->mix_env);
    poise_agent_free(w->shortest);
    poise_agent_free(w->fifo);
    poise_agent_free(w->earliest);
    poise_scenario_free(w->mix);
    poise_scenario_free(w->mm1);
    poise_scenario_free(w->dispatch);
    poise_scenario_free(w->central);
    free(w->source_state);
    free(w->trace_text);
    unlink(w->trace_path);
    rmdir(w->dir);
}

/* Ends early after a signal, so that the files are cleaned up. */
static void measure(workbench *w)
{
    printf("%-52s %9s %9s    %8s   %s\n", "", "ours", "floor", "ratio", "target");
    print_row("M/M/1 customer, calendar and streams alone",
              compare(w, ours_engine, floor_of_mm1, CUSTOMERS, SLICES), "ns", 2.0);
    if (pool_signal())
        return;
    print_row("M/M/1 customer, whole environment, rule deciding",
              compare(w, ours_mm1, floor_of_mm1, CUSTOMERS, SLICES), "ns", 4.0);
    if (pool_signal())
        return;
    measure_mix(w);
    if (pool_signal())
        return;
    print_row("decision among 16 unequal devices, earliest finish",
              compare(w, ours_dispatch, floor_of_dispatch, CUSTOMERS, SLICES), "ns", 1.5);
    if (pool_signal())
        return;
    measure_crowds(w);
    if (pool_signal())
        return;
    print_row("line of a trace (SWF), file to jobs in order",
              compare(w, ours_trace, floor_of_trace, TRACE_LINES, 15), "ns", 2.0);
    if (pool_signal())
        return;
    speed_print_replays(w->replay);
    if (!measure_threads(w))
        printf("64 runs on two threads: no memory\n");
    if (pool_signal())
        return;
    speed_cells();
    if (pool_signal())
        return;
    measure_attention(w);
    if (pool_signal())
        return;
    speed_networks();
    if (pool_signal())
        return;
    speed_training();
    if (pool_signal())
        return;
    measure_start();
    printf("%-52s %9.1f            KiB          <= 8\n",
           "memory of an environment, 16 devices, 64 waiting", (double)measure_memory(w) / 1024);
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    (void)state;
    if (key == ARGP_KEY_ARG)
        cli_refuse("no argument is needed, '%s' is one too many", argument);
    return ARGP_ERR_UNKNOWN;
}

int cmd_speed(int argc, char **argv)
{
    static const struct argp argp = {
        .parser = take,
        .doc = "Measure the simulator on this machine, against floors: the least code that does "
               "just one job.\vMedians; what counts is the ratio, for floor and simulator "
               "alternate in the same run.",
    };
    cli_parse(&argp, argc, argv, NULL);
    workbench w = {.stream = {.seed = 1}};
    poise_error err = {0};
    int status = STATUS_OK;
    pool_catch_signals();
    speed_replays(w.replay);
    if (prepare(&w, &err))
        measure(&w);
    else
        status = cli_error(STATUS_IO, "cannot prepare in %s: %s", w.dir,
                           err.text[0] ? err.text : strerror(errno));
    clean_up(&w);
    if (pool_signal())
        status = cli_error(128 + pool_signal(), "interrupted");
    return status;
}
