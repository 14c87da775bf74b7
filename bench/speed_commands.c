/* speed_commands.c - see speed_commands.h. Each command is this program, in a process of its own
 * and with a store of its own in a temporary folder. */
#include "speed_commands.h"

#include "pool.h"
#include "stats.h"
#include "trial.h"

#include "rng.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS = 1000000, FEW_JOBS = 100000, ROUNDS = 7, WORDS = 24 };

extern char **environ;

/* ---- the folder --------------------------------------------------------------------------- */

static char folder[64];

static bool make_folder(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/poise-speed-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(folder) != NULL;
}

static const char *inside(const char *name)
{
    static char path[384];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static bool write_text(const char *name, const char *text)
{
    FILE *f = fopen(inside(name), "w");
    if (!f)
        return false;
    fputs(text, f);
    return fclose(f) == 0;
}

static void remove_files(const char *begin)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (*entry->d_name != '.' && strncmp(entry->d_name, begin, strlen(begin)) == 0)
            unlink(inside(entry->d_name));
    if (dir)
        closedir(dir);
}

static void remove_folder(void)
{
    remove_files("");
    rmdir(folder);
}

/* ---- commands ----------------------------------------------------------------------------- */

typedef struct cost {
    bool good;
    double cpu_s, peak_bytes;
} cost;

/* Starts `poise ARGUMENTS...`, which a NULL ends; -1 if that is not possible. */
static pid_t start(const char *const *argument)
{
    char *argv[WORDS] = {(char *)"poise"};
    for (int i = 0; argument[i] && i + 2 < WORDS; i++)
        argv[i + 1] = (char *)argument[i];
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child;
    const int failed = posix_spawn(&child, "/proc/self/exe", &quiet, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&quiet);
    return failed ? -1 : child;
}

/* A signal for us is one for the command. */
static cost finish(pid_t child)
{
    struct rusage used;
    int status = -1;
    while (child > 0 && wait4(child, &status, 0, &used) < 0 && errno == EINTR)
        if (pool_signal())
            kill(child, SIGTERM);
    if (child < 0 || status != 0)
        return (cost){.cpu_s = NAN, .peak_bytes = NAN};
    return (cost){
        .good = true,
        .cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec),
        .peak_bytes = 1024. * (double)used.ru_maxrss,
    };
}

/* ---- a log of a million jobs --------------------------------------------------------------- */

static const struct kind {
    const char *what, *backfill, *records;
} kinds[SPEED_REPLAYS] = {
    {"10^6 jobs of a log, FCFS", "none", "all"},
    {"10^6 jobs of a log, FCFS, records: none", "none", "none"},
    {"10^6 jobs of a log, EASY", "easy", "all"},
    {"10^6 jobs of a log, EASY, records: none", "easy", "none"},
};

/* Jobs of 1 to 128 of 256 processors, which are busy for 2/3 of the time. */
static bool write_log(const char *name, int n_jobs)
{
    FILE *f = fopen(inside(name), "w");
    if (!f)
        return false;
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    int64_t submit_s = 0;
    fprintf(f, "; MaxProcs: 256\n");
    for (int i = 1; i <= n_jobs; i++) {
        submit_s += poise_rng_below(&r, 600);
        const int run_s = 1 + poise_rng_below(&r, 1600), procs = 1 + poise_rng_below(&r, 128);
        fprintf(f, "%d %lld -1 %d %d -1 -1 %d %d -1 1 %d 1 -1 1 -1 -1 -1\n", i, (long long)submit_s,
                run_s, procs, procs, 2 * run_s, 1 + poise_rng_below(&r, 200));
    }
    return fclose(f) == 0;
}

static cost replay_log(const struct kind *k, const char *name)
{
    char trace[448], store[384], backfill[48];
    snprintf(trace, sizeof trace, "workload.trace=%s", inside(name));
    snprintf(store, sizeof store, "%s", inside("replay.db"));
    snprintf(backfill, sizeof backfill, "decision.backfill=%s", k->backfill);
    remove_files("replay.db");
    return finish(start((const char *const[]){
        "run",   "hpc-swf-v1", "-a",        "fifo",     "--seeds", "0",
        "-j",    "1",          "--set",     trace,      "--set",   "decision.commit=pass",
        "--set", backfill,     "--records", k->records, "-q",      "-o",
        store,   NULL}));
}

void speed_replays(speed_replay replay[SPEED_REPLAYS])
{
    bool good = make_folder() && write_log("long.swf", JOBS) && write_log("short.swf", FEW_JOBS);
    for (int i = 0; i < SPEED_REPLAYS; i++) {
        replay[i] = (speed_replay){NAN, NAN, NAN};
        if (!good || pool_signal())
            continue;
        const cost all = replay_log(&kinds[i], "long.swf");
        const cost few = replay_log(&kinds[i], "short.swf");
        replay[i] =
            (speed_replay){all.cpu_s, all.peak_bytes,
                           fmax(0, all.peak_bytes - few.peak_bytes) / (double)(JOBS - FEW_JOBS)};
    }
    remove_folder();
}

void speed_print_replays(const speed_replay replay[SPEED_REPLAYS])
{
    for (int i = 0; i < SPEED_REPLAYS; i++)
        if (isnan(replay[i].peak_bytes))
            printf("%-52s the command failed\n", kinds[i].what);
        else
            printf("%-52s %9.2f s   peak memory %.1f MiB, of that %.1f bytes a job\n",
                   kinds[i].what, replay[i].cpu_s, replay[i].peak_bytes / (1 << 20),
                   replay[i].bytes_per_job);
    fflush(stdout);
}

/* ---- 200 cells ---------------------------------------------------------------------------- */

static const char cells_text[] = "poise: 1\nname: speed-v1\nagents: [fifo]\nseeds: 0..199\n"
                                 "scenarios: [{scenario: mm1-v1, set: {end.jobs: 30000}}]\n";

/* Starts a sweep of 200 cells of 30,000 customers each, or of some of them, into a new store. */
static pid_t start_sweep(const char *name, const char *threads, const char *only)
{
    char file[384], store[384];
    snprintf(file, sizeof file, "%s", inside("cells.yaml"));
    snprintf(store, sizeof store, "%s", inside(name));
    remove_files(name);
    return start((const char *const[]){"sweep", file, "-q", "--only", only, "-j", threads, "-o",
                                       store, NULL});
}

/* Seconds that all take; NAN if the command fails. */
static double sweep_s(const char *threads)
{
    const double begin = wall_now_s();
    const cost c = finish(start_sweep("all.db", threads, "1..200"));
    return c.good ? wall_now_s() - begin : NAN;
}

/* The same as two processes at once. */
static double halves_s(void)
{
    const double begin = wall_now_s();
    const pid_t one = start_sweep("one.db", "1", "1..100");
    const pid_t other = start_sweep("other.db", "1", "101..200");
    const cost a = finish(one), b = finish(other);
    return a.good && b.good ? wall_now_s() - begin : NAN;
}

void speed_cells(void)
{
    double ours[ROUNDS], machine[ROUNDS];
    bool good = make_folder() && write_text("cells.yaml", cells_text);
    for (int i = 0; good && i < ROUNDS; i++) {
        ours[i] = sweep_s("1") / sweep_s("2");
        machine[i] = sweep_s("1") / halves_s();
        good = isfinite(ours[i]) && isfinite(machine[i]) && !pool_signal();
    }
    remove_folder();
    if (good) {
        const double mine = stats_quantile(ours, ROUNDS, .5);
        const double most = stats_quantile(machine, ROUNDS, .5);
        printf("%-52s %8.2fx %8.2fx    %8.2f   >= 0.97\n",
               "sweep of 200 cells, -j 2 against -j 1; 2 processes", mine, most, mine / most);
    } else if (!pool_signal()) {
        printf("sweep of 200 cells: the command failed\n");
    }
    fflush(stdout);
}
