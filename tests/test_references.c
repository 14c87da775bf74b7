/* test_references.c - figures of programs that are not ours, met on the same jobs. The jobs are
 * recorded ones, which are not part of this tree; without them the tests say so and pass. */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "state.h"
#include "support.h"

/* The published digits: half of the last one is rounding. */
static bool equals(double x, double figure, int decimals)
{
    return fabs(x - figure) <= 0.5000001 * pow(10, -decimals);
}

static FILE *open_shared(const char *name, const char *mode)
{
    char path[1200];
    const char *dir = shared_dir();
    if (!dir)
        return NULL;
    snprintf(path, sizeof path, "%s/data/%s", dir, name);
    FILE *f = fopen(path, mode);
    ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
    return f;
}

static char folder[] = "/tmp/poise-references-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Plays the scenario to its end; all its jobs must be done. */
static poise_env *play_scenario(const poise_scenario *s, const char *rule, uint64_t seed)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    play(e, a, seed);
    poise_agent_free(a);
    poise_totals t = poise_env_episode(e).totals;
    ck_assert_int_eq(t.finished, t.arrived);
    return e;
}

static void finish_with(poise_env *e, poise_scenario *s)
{
    poise_env_free(e);
    poise_scenario_free(s);
}

/* ---- RLScheduler -------------------------------------------------------------------------- */

enum { N_WINDOWS = 10, WINDOW_JOBS = 1024, LUBLIN_JOBS = 10000 };

static char lublin[LUBLIN_JOBS][128];

/* The lines of the log that are jobs; false if there is no log. */
static bool read_lublin(void)
{
    FILE *f = open_shared("swf/lublin_256.swf", "r");
    int n = 0;
    if (!f)
        return false;
    while (n < LUBLIN_JOBS && fgets(lublin[n], sizeof lublin[n], f))
        n += lublin[n][0] != ';';
    fclose(f);
    ck_assert_int_eq(n, LUBLIN_JOBS);
    return true;
}

static double mean_bounded_slowdown(const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    double sum = 0;
    for (int64_t k = 0; k < ep.n_records; k++) {
        const poise_record *r = &ep.record[k];
        double service_s = (double)(r->finished_ns - r->started_ns) / 1e9;
        sum += fmax(1, (double)(r->finished_ns - r->arrived_ns) / 1e9 / fmax(service_s, 10));
    }
    return sum / (double)ep.n_records;
}

static double slowdown_of_window(int first, const char *rule, const char *backfill)
{
    FILE *f = fopen(in_folder("window.swf"), "w");
    fputs("; MaxProcs: 256\n", f);
    for (int k = first; k < first + WINDOW_JOBS; k++)
        fputs(lublin[k], f);
    ck_assert_int_eq(fclose(f), 0);
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: window-v1\ntitle: A window of jobs\nwork_unit: s\n"
             "devices: [{name: machine, kind: cpu, law: cores, cores: trace}]\n"
             "workload:\n  classes: [{name: job}]\n"
             "  sources: [{type: trace, file: %s, class: job}]\n"
             "decision: {window: 1024, sizes: estimate, commit: hold, backfill: %s, "
             "events: one_by_one}\n",
             in_folder("window.swf"), backfill);
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = play_scenario(s, rule, 1);
    ck_assert_int_eq(poise_env_episode(e).n_records, WINDOW_JOBS);
    double slowdown = mean_bounded_slowdown(e);
    finish_with(e, s);
    return slowdown;
}

/* Lublin-1 in D. Zhang et al., "RLScheduler", SC 2020: pick and commit; events of one time act one
 * by one. Their rows of WFP3 and UNICEP rest on a waiting time that stands still; those here are of
 * a program like theirs in which it is the time since the job came. */
START_TEST(windows_have_the_slowdowns_of_rlscheduler)
{
    static const int first[N_WINDOWS] = {1981, 2756, 4299, 8850, 3316,
                                         2714, 5228, 7762, 4022, 7085};
    static const struct {
        const char *rule, *backfill;
        double slowdown;
    } row[] = {
        {"fifo", "none", 7273.77},   {"fifo", "easy", 235.82}, {"shortest", "none", 277.35},
        {"shortest", "easy", 73.31}, {"f1", "none", 258.37},   {"f1", "easy", 75.07},
        {"wfp3", "none", 337.34},    {"wfp3", "easy", 126.50}, {"unicep", "none", 381.71},
        {"unicep", "easy", 103.10},
    };
    if (!read_lublin())
        return;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        double sum = 0;
        for (int k = 0; k < N_WINDOWS; k++)
            sum += slowdown_of_window(first[k], row[i].rule, row[i].backfill);
        ck_assert_msg(equals(sum / N_WINDOWS, row[i].slowdown, 2), "%s, backfill %s: %.4f",
                      row[i].rule, row[i].backfill, sum / N_WINDOWS);
    }
}
END_TEST

static void remove_folder(void)
{
    static const char *const names[] = {"window.swf"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        remove(in_folder(names[k]));
    rmdir(folder);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    int status = RUN_TESTS("references", windows_have_the_slowdowns_of_rlscheduler);
    remove_folder();
    return status;
}
