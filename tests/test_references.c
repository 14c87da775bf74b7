/* test_references.c - figures of programs that are not ours, met on the same jobs. The jobs are
 * recorded ones, which are not part of this tree; without them the tests say so and pass. */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "numbers.h"
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

/* A job of the references; times in nanoseconds. */
typedef struct given {
    int64_t at, service, estimate, start;  // start: where theirs is known
    int cores;
    char held[64];  // processors they gave it, as "4-7 9"
} given;

enum { MOST_GIVEN = 20000 };
static given jobs[MOST_GIVEN];

/* A time in seconds, to the nanosecond. */
static void write_s(FILE *f, const char *key, int64_t ns)
{
    fprintf(f, "%s: %lld.%09lld, ", key, (long long)(ns / NS_PER_S), (long long)(ns % NS_PER_S));
}

/* The jobs, in order of arrival, as a list. */
static poise_scenario *scenario_with_jobs(int n, const char *devices, const char *decision)
{
    char *yaml;
    size_t size;
    FILE *f = open_memstream(&yaml, &size);
    fprintf(f,
            "poise: 1\nname: given-v1\ntitle: Given jobs\nwork_unit: s\ndevices: [%s]\n"
            "decision: {%s}\n"
            "workload:\n  classes: [{name: job}]\n  sources:\n    - type: list\n      jobs:\n",
            devices, decision);
    for (int k = 0; k < n; k++) {
        fputs("        - {", f);
        write_s(f, "at", jobs[k].at);
        write_s(f, "size", jobs[k].service);
        write_s(f, "estimate", jobs[k].estimate);
        fprintf(f, "cores: %d, class: job}\n", jobs[k].cores);
    }
    fclose(f);
    poise_scenario *s = scenario_of(yaml);
    free(yaml);
    return s;
}

/* The jobs of a file of the shared data; NULL without them. */
static poise_scenario *scenario_with_trace(const char *name, const char *what, const char *devices,
                                           const char *decision)
{
    char yaml[3072];
    const char *dir = shared_dir();
    if (!dir)
        return NULL;
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: given-v1\ntitle: Given jobs\nwork_unit: s\ndevices: [%s]\n"
             "decision: {%s}\n"
             "workload:\n  classes: [{name: job}]\n"
             "  sources: [{type: trace, file: \"%s/data/%s\", class: job%s}]\n",
             devices, decision, dir, name, what);
    return scenario_of(yaml);
}

static int by_arrival(const void *a, const void *b)
{
    const given *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static int64_t nanoseconds(double s)
{
    return llround(s * 1e9);
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

/* ---- Batsim -------------------------------------------------------------------------------- */

enum { BATSIM_JOBS = 801 };

/* What became of the jobs, in the order of their submission, which no two share: columns 3
 * (submitted), 7 (started) and the last one (processors). False if there is no such table. */
static bool read_batsim_schedule(void)
{
    FILE *f = open_shared("batsim-evalys/easy/out_jobs.csv", "r");
    if (!f)
        return false;
    char line[1024];
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    int n = 0;
    for (; fgets(line, sizeof line, f); n++) {
        char *rest = line, *field[15];
        for (int k = 0; k < 15; k++)
            field[k] = strsep(&rest, ",\r\n");
        ck_assert_int_lt(n, BATSIM_JOBS);
        jobs[n] = (given){.at = nanoseconds(atof(field[3])), .start = nanoseconds(atof(field[7]))};
        snprintf(jobs[n].held, sizeof jobs[n].held, "%s", field[14]);
    }
    ck_assert_int_eq(n, BATSIM_JOBS);
    fclose(f);
    return true;
}

static poise_scenario *batsim_machine(const char *processors)
{
    char decision[256];
    snprintf(decision, sizeof decision,
             "window: 1024, sizes: estimate, commit: pass, backfill: easy, processors: %s",
             processors);
    return scenario_with_trace("batsim-evalys/medium_late.json", "",
                               "{name: machine, kind: cpu, law: cores, cores: 32}", decision);
}

/* The numbers in a set, as "4-7 9". */
static void print_set(const poise_env *e, const uint64_t *set, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (int k = 0, end; k < 64 * e->set_words; k = end + 1) {
        for (end = k; end < 64 * e->set_words && set[end / 64] >> end % 64 & 1;)
            end++;
        if (end > k)
            n += (size_t)snprintf(text + n, size - n, end > k + 1 ? "%s%d-%d" : "%s%d",
                                  n > 0 ? " " : "", k, end - 1);
    }
}

/* How many of the tasks that run hold other processors than theirs. */
static int count_misplaced(const poise_env *e)
{
    char text[256];
    int n = 0;
    for (int slot = 0; slot < e->capacity; slot++) {
        if (e->run[slot].state != TASK_RUNNING)
            continue;
        print_set(e, numbers_held(e, slot), text, sizeof text);
        n += strcmp(text, jobs[e->task[slot].id].held) != 0;
    }
    return n;
}

static double mean_wait_s(const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    double sum = 0;
    for (int64_t k = 0; k < ep.n_records; k++)
        sum += (double)(ep.record[k].started_ns - ep.record[k].arrived_ns) / 1e9;
    return sum / (double)ep.n_records;
}

static void expect_batsim_schedule(const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    double slowdown = 0, most_wait_s = 0;
    int n_equal = 0;
    for (int k = 0; k < BATSIM_JOBS; k++) {
        const poise_record *r = &ep.record[k];
        double wait_s = (double)(r->started_ns - r->arrived_ns) / 1e9;
        /* They print microseconds. */
        n_equal += llabs(r->arrived_ns - jobs[k].at) <= 1000 &&
                   llabs(r->started_ns - jobs[k].start) <= 1000;
        slowdown +=
            (double)(r->finished_ns - r->arrived_ns) / (double)(r->finished_ns - r->started_ns);
        most_wait_s = fmax(most_wait_s, wait_s);
    }
    ck_assert_int_eq(n_equal, BATSIM_JOBS);
    ck_assert_msg(equals(mean_wait_s(e), 9.516326, 6), "mean wait %.7f", mean_wait_s(e));
    ck_assert_msg(equals(most_wait_s, 316.742718, 6), "most wait %.7f", most_wait_s);
    ck_assert_msg(equals(slowdown / BATSIM_JOBS, 1.391621, 6), "slowdown %.7f",
                  slowdown / BATSIM_JOBS);
    ck_assert_msg(equals((double)ep.totals.end_ns / 1e9, 16088.51, 2), "makespan %.3f",
                  (double)ep.totals.end_ns / 1e9);
}

/* EASY of Batsim 1.x as its users at evalys published it, job by job: every start, and every
 * processor. */
START_TEST(easy_backfilling_with_named_processors_is_that_of_batsim)
{
    int n_misplaced = 0;
    if (!read_batsim_schedule())
        return;
    poise_scenario *s = batsim_machine("named");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("fifo", s);
    poise_env_reset(e, 1);
    while (poise_env_running(e)) {
        poise_agent_step(a, e);
        n_misplaced += count_misplaced(e);
    }
    ck_assert_int_eq(n_misplaced, 0);
    expect_batsim_schedule(e);
    poise_agent_free(a);
    finish_with(e, s);
}
END_TEST

/* The same rule that only counts, for which another program has the figure. */
START_TEST(counting_processors_waits_less)
{
    poise_scenario *s = batsim_machine("counted");
    if (!s)
        return;
    poise_env *e = play_scenario(s, "fifo", 1);
    ck_assert_msg(equals(mean_wait_s(e), 8.672887, 6), "mean wait %.7f", mean_wait_s(e));
    finish_with(e, s);
}
END_TEST

/* ---- requests to language models --------------------------------------------------------------
 */

/* The sum of all responses in ns is exact. */
static double mean_response_us(const poise_env *e)
{
    poise_episode ep = poise_env_episode(e);
    __int128 sum = 0;
    for (int64_t k = 0; k < ep.n_records; k++)
        sum += ep.record[k].finished_ns - ep.record[k].arrived_ns;
    return (double)sum / 1e3 / (double)ep.n_records;
}

/* A conversation trace of Patel et al., "Splitwise", ISCA 2024; 48 servers that take 200 us a token
 * of context and 30 ms a token that they generate, each with its own queue, or one for all. Least
 * work left is the same as one queue. */
START_TEST(balancing_requests_gives_the_responses_of_independent_programs)
{
    static const struct {
        const char *devices, *rule;
        double response_us;
    } row[] = {
        {"{name: s, count: 48, apart: true, queue: unlimited}", "round_robin", 10685465.407},
        {"{name: s, count: 48, apart: true, queue: unlimited}", "least_loaded", 6807318.885},
        {"{name: s, count: 48, apart: true, queue: unlimited}", "least_work_left", 6673725.458},
        {"{name: s, count: 48, apart: true, queue: unlimited}", "fifo", 6673725.458},
        {"{name: s, count: 48}", "fifo", 6673725.458},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        poise_scenario *s =
            scenario_with_trace("azure-llm-2023/AzureLLMInferenceTrace_conv.csv",
                                ", size: {context_tokens: 0.0002, generated_tokens: 0.03}",
                                row[i].devices, "window: 8");
        if (!s)
            return;
        poise_env *e = play_scenario(s, row[i].rule, 1);
        ck_assert_int_eq(poise_env_episode(e).n_records, 19366);
        ck_assert_msg(equals(mean_response_us(e), row[i].response_us, 3), "%s, %s: %.4f us",
                      row[i].rule, row[i].devices, mean_response_us(e));
        finish_with(e, s);
    }
}
END_TEST

/* ---- Gavel ------------------------------------------------------------------------------------
 */

typedef struct throughput {
    char key[256];  // "LM,10,2": type, batch, GPUs
    double v100_per_s;
} throughput;

/* Cuts the line off after so many fields; returns what stands behind. */
static char *cut_after(char *line, int fields)
{
    for (; fields > 0; fields--)
        line = strchr(line, ',') + 1;
    line[-1] = '\0';
    return line;
}

static int read_throughputs(throughput *rows, int most)
{
    char line[256];
    int n = 0;
    FILE *f = open_shared("gavel/isolated_steps_per_s.csv", "r");
    if (!f)
        return 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    for (; n < most && fgets(line, sizeof line, f); n++) {
        const char *rates = cut_after(line, 3);
        ck_assert_int_eq(sscanf(rates, "%*f,%*f,%lf", &rows[n].v100_per_s), 1);
        snprintf(rows[n].key, sizeof rows[n].key, "%s", line);
    }
    fclose(f);
    return n;
}

/* The jobs that run on V100s at all; *n_left_out counts the others. */
static int read_training(const char *name, const throughput *rows, int n_rows, int *n_left_out)
{
    char line[256];
    FILE *f = open_shared(name, "r");
    int n = 0, k;
    *n_left_out = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        char *key = cut_after(line, 1);
        double steps = atof(cut_after(key, 3));
        for (k = 0; k < n_rows && strcmp(rows[k].key, key) != 0;)
            k++;
        if (k == n_rows || !(rows[k].v100_per_s > 0)) {
            ++*n_left_out;
            continue;
        }
        int64_t ns = nanoseconds(steps / rows[k].v100_per_s);
        jobs[n++] = (given){.at = nanoseconds(atof(line)),
                            .service = ns,
                            .estimate = ns,
                            .cores = atoi(strrchr(key, ',') + 1)};
    }
    fclose(f);
    qsort(jobs, (size_t)n, sizeof *jobs, by_arrival);
    return n;
}

/* Jobs of D. Narayanan et al., "Heterogeneity-aware cluster scheduling policies for deep learning
 * workloads", OSDI 2020, on 64 V100s in strict order of arrival: all GPUs of a job at once, to its
 * end. */
START_TEST(training_in_strict_order_takes_as_long_as_gavels_jobs_do)
{
    static const struct {
        const char *name;
        int n, n_left_out;
        double completion_s;
    } row[] = {
        {"gavel/csv/6214e9.csv", 1985, 15, 6171478.352},
        {"gavel/csv/103959.csv", 861, 125, 43905.378},
    };
    static throughput rates[128];
    int n_rates = read_throughputs(rates, 128), n_left_out;
    for (size_t i = 0; n_rates > 0 && i < sizeof row / sizeof *row; i++) {
        int n = read_training(row[i].name, rates, n_rates, &n_left_out);
        ck_assert_int_eq(n, row[i].n);
        ck_assert_int_eq(n_left_out, row[i].n_left_out);
        poise_scenario *s = scenario_with_jobs(n, "{name: v100, kind: gpu, law: cores, cores: 64}",
                                               "window: 64, commit: pass");
        poise_env *e = play_scenario(s, "fifo", 1);
        double mean_s = mean_response_us(e) / 1e6;
        ck_assert_msg(equals(mean_s, row[i].completion_s, 3), "%s: %.4f s", row[i].name, mean_s);
        finish_with(e, s);
    }
}
END_TEST

/* ---- DeepRM -----------------------------------------------------------------------------------
 */

enum { DEEPRM_SEEDS = INSTRUMENTED ? 50 : 2000 };

static double mean_slowdown(const poise_scenario *s, const char *rule)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    double sum = 0;
    int n = 0;
    for (uint64_t seed = 0; seed < DEEPRM_SEEDS; seed++) {
        play(e, a, seed);
        double mean = metric_of(e, "slowdown_mean");
        if (isnan(mean))
            continue;  // no job came
        sum += mean;
        n++;
    }
    poise_agent_free(a);
    poise_env_free(e);
    return sum / n;
}

/* The cluster of H. Mao et al., HotNets 2016: a program that follows the rules of its released code
 * has these means over 100 sequences, and these 95% intervals. Two of its rules start what fits at
 * once and book nothing; the random one books. */
START_TEST(deeprm_rules_have_the_slowdowns_of_an_independent_program)
{
    static const struct {
        const char *rule, *ahead, *gap;
        double mean, half;
    } row[] = {
        {"shortest", "decision.lookahead=0", "3.3333333333333335", 2.65, .21},
        {"tetris", "decision.lookahead=0", "3.3333333333333335", 4.19, .50},
        {"random_place", "decision.lookahead=19", "3.3333333333333335", 7.17, .34},
        {"shortest", "decision.lookahead=0", "1.4285714285714286", 5.10, .30},
        {"tetris", "decision.lookahead=0", "1.4285714285714286", 12.65, 1.05},
        {"random_place", "decision.lookahead=19", "1.4285714285714286", 8.91, .31},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char gap[64];
        snprintf(gap, sizeof gap, "workload.sources.0.gap.mean=%s", row[i].gap);
        poise_scenario *s =
            load_scenario("deeprm-v1", (const char *const[]){row[i].ahead, gap, NULL});
        double mean = mean_slowdown(s, row[i].rule);
        ck_assert_msg(INSTRUMENTED || fabs(mean - row[i].mean) <= row[i].half, "%s, gap %s: %.3f",
                      row[i].rule, row[i].gap, mean);
        poise_scenario_free(s);
    }
}
END_TEST

/* ---- HEFT -------------------------------------------------------------------------------------
 */

/* Fig. 3 of H. Topcuoglu, S. Hariri and M.-Y. Wu, IEEE TPDS 13(3), 2002. */
START_TEST(ten_tasks_on_three_processors_end_as_published)
{
    static const struct {
        const char *rule;
        double makespan_s;
    } row[] = {{"heft:bandwidth=1", 80}, {"cpop:bandwidth=1", 86}};
    for (int i = 0; i < 2; i++) {
        poise_scenario *s = load_scenario("heft-v1", NULL);
        poise_env *e = play_scenario(s, row[i].rule, 1);
        ck_assert_double_eq(metric_of(e, "makespan_s"), row[i].makespan_s);
        finish_with(e, s);
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
    int status = RUN_TESTS("references", windows_have_the_slowdowns_of_rlscheduler,
                           easy_backfilling_with_named_processors_is_that_of_batsim,
                           counting_processors_waits_less,
                           balancing_requests_gives_the_responses_of_independent_programs,
                           training_in_strict_order_takes_as_long_as_gavels_jobs_do,
                           deeprm_rules_have_the_slowdowns_of_an_independent_program,
                           ten_tasks_on_three_processors_end_as_published);
    remove_folder();
    return status;
}
