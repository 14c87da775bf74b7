/* test_scenario.c - scenario files: what is refused and how it is said, what is read, and that the
 * resolved text means the same as the file. */
#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "options.h"
#include "poise.h"
#include "scenario.h"
#include "units.h"

static poise_error err;

static char *read_all(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *text = calloc(1, 1 << 20);
    ck_assert(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
    fclose(f);
    return text;
}

static void write_all(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert(fwrite(bytes, 1, n, f) == n);
    fclose(f);
}

/* A file name of this test process. */
static const char *scratch(void)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/poise-test-%ld.yaml", (long)getpid());
    return path;
}

static poise_scenario *load_text(const char *text)
{
    write_all(scratch(), text, strlen(text));
    poise_scenario *s = poise_scenario_load(scratch(), NULL, 0, &err);
    unlink(scratch());
    return s;
}

static poise_scenario *must_load(const char *path, const char *const *sets, int n_sets)
{
    poise_scenario *s = poise_scenario_load(path, sets, n_sets, &err);
    ck_assert_msg(s, "%s", err.text);
    return s;
}

/* ---- golden files ------------------------------------------------------------------------- */

enum { MOST_SETS = 4 };

/* The overrides in the first lines of a file: "# --set path=value". */
static int find_sets(char *text, const char **sets)
{
    static const char mark[] = "# --set ";
    int n = 0;
    while (strncmp(text, mark, strlen(mark)) == 0 && n < MOST_SETS) {
        sets[n++] = text + strlen(mark);
        text += strcspn(text, "\n");
        *text++ = '\0';
    }
    return n;
}

/* Compares what is said of the file NAME.yaml with NAME.txt; POISE_GOLDEN=write writes it there. */
static bool says_what_is_expected(const char *file)
{
    char expected_path[300];
    snprintf(expected_path, sizeof expected_path, "%.*s.txt", (int)strlen(file) - 5, file);
    const char *sets[MOST_SETS];
    char *text = read_all(file);
    int n_sets = find_sets(text, sets);
    poise_scenario *s = poise_scenario_load(file, sets, n_sets, &err);
    ck_assert_msg(!s, "%s was read without a mistake", file);
    free(text);
    char said[sizeof err.text + 1];
    snprintf(said, sizeof said, "%s\n", err.text);
    const char *write = getenv("POISE_GOLDEN");
    if (write && strcmp(write, "write") == 0)
        write_all(expected_path, said, strlen(said));
    char *expected = read_all(expected_path);
    bool same = expected && strcmp(expected, said) == 0;
    if (!same)
        fprintf(stderr, "%s says\n%sinstead of\n%s", file, said, expected ? expected : "-\n");
    free(expected);
    return same;
}

static int is_yaml(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

START_TEST(every_mistake_is_told_as_in_its_golden_file)
{
    ck_assert_int_eq(chdir(POISE_SOURCE_DIR "/tests/golden/scenario"), 0);
    struct dirent **entry;
    int n = scandir(".", &entry, is_yaml, alphasort), n_wrong = 0;
    ck_assert_int_ge(n, 40);
    for (int k = 0; k < n; k++) {
        n_wrong += !says_what_is_expected(entry[k]->d_name);
        free(entry[k]);
    }
    free(entry);
    ck_assert_int_eq(n_wrong, 0);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_one_clear_line)
{
    ck_assert_ptr_null(poise_scenario_load("/no/such/file.yaml", NULL, 0, &err));
    ck_assert_str_eq(err.text, "/no/such/file.yaml: error: cannot open the scenario: No such file "
                               "or directory");
    ck_assert_int_eq(err.n_mistakes, 1);
    ck_assert_ptr_null(poise_scenario_load("/tmp", NULL, 0, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "Is a directory"));
}
END_TEST

START_TEST(more_mistakes_than_fit_end_with_a_sentence)
{
    char text[60000] = "poise: 1\n";
    for (int k = 0; k < 1000; k++)
        sprintf(text + strlen(text), "unknown_%d: 1\n", k);
    ck_assert_ptr_null(load_text(text));
    ck_assert_int_ge(err.n_mistakes, 1000);
    const char *end = "\n... and more mistakes after these";
    ck_assert_str_eq(err.text + strlen(err.text) - strlen(end), end);
}
END_TEST

/* ---- what is read ------------------------------------------------------------------------- */

static const char *const small_trace = "; Version: 2.2\n; MaxProcs: 16\n"
                                       "1 0 5 100 4 -1 -1 4 200 -1 1 1 1 1 1 1 -1 -1\n"
                                       "2 30 5 -1 4 -1 -1 4 200 -1 0 1 1 1 1 1 -1 -1\n"
                                       "3 60 5 300 32 -1 -1 32 400 -1 1 1 1 1 1 1 -1 -1\n"
                                       "4 90 5 200 16 -1 -1 16 -1 -1 1 1 1 1 1 1 -1 -1\n";

static const char *const shipped[] = {"mm1-v1", "mmc-v1", "mg1-v1"};

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/scenarios/%s.yaml", POISE_SOURCE_DIR, name);
    return path;
}

static void check_resolved(const char *path, const char *set)
{
    poise_scenario *s = must_load(path, &set, set != NULL);
    poise_scenario *again = load_text(poise_scenario_resolved(s));
    ck_assert_msg(again, "%s: %s", path, err.text);
    ck_assert_str_eq(poise_scenario_resolved(s), poise_scenario_resolved(again));
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    ck_assert_str_eq(poise_scenario_about(s), poise_scenario_about(again));
    poise_scenario_free(again);
    poise_scenario_free(s);
}

/* From the folder of scenarios, where the traces are found that come with them; scenarios whose
 * trace is not in the tree get a small one. */
START_TEST(the_resolved_text_of_every_scenario_reads_back_as_the_same)
{
    char trace_path[64], set[128];
    ck_assert_int_eq(chdir(POISE_SOURCE_DIR "/scenarios"), 0);
    snprintf(trace_path, sizeof trace_path, "/tmp/poise-test-%ld.swf", (long)getpid());
    snprintf(set, sizeof set, "workload.trace=%s", trace_path);
    write_all(trace_path, small_trace, strlen(small_trace));
    struct dirent **entry;
    int n = scandir(".", &entry, is_yaml, alphasort);
    ck_assert_int_ge(n, 5);
    for (int k = 0; k < n; k++) {
        const char *path = entry[k]->d_name;
        poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
        check_resolved(path, s || !strstr(err.text, "workload.trace=FILE") ? NULL : set);
        poise_scenario_free(s);
        free(entry[k]);
    }
    free(entry);
    unlink(trace_path);
}
END_TEST

static const char *const plain =
    "poise: 1\nname: plain-v1\ntitle: Plain\n"
    "devices: [{name: cpu, count: 2, memory: 16 GiB, idle: 1.5 W, busy: 1.2 kW}]\n"
    "workload:\n  classes: [{name: a, size: 3}]\n"
    "  sources: [{type: list, jobs: [{at: 2 s, class: a, size: 5}, {at: 250 ms, class: a, size: "
    "1}]}]\n";

START_TEST(comments_order_and_layout_do_not_change_the_hash)
{
    static const char *const same =
        "# the same in another dress\r\n"
        "title: Another title   # prose is no part of the identity\r\n"
        "workload:\r\n"
        "  sources:\r\n"
        "    - jobs: [{class: a, size: 1, at: 0.25}, {size: '5', at: 2000 ms, class: a}]\r\n"
        "      type: list\r\n"
        "  classes:\r\n"
        "    - name: a\r\n"
        "      size: {distribution: deterministic, mean: 3.0}\r\n"
        "devices:\r\n"
        "  - {name: cpu, memory: 16384 MiB, count: 2, law: fifo, idle: 1500 mW, busy: 1200}\r\n"
        "name: \"plain-v1\"\r\n"
        "poise: 1";
    poise_scenario *a = load_text(plain), *b = load_text(same);
    ck_assert_msg(a && b, "%s", err.text);
    ck_assert_uint_eq(poise_scenario_hash(a), poise_scenario_hash(b));
    poise_scenario_free(a);
    poise_scenario_free(b);
}
END_TEST

START_TEST(values_arrive_in_the_units_of_the_structs)
{
    poise_scenario *s = load_text(plain);
    ck_assert_msg(s, "%s", err.text);
    ck_assert_int_eq(s->group[0].count, 2);
    ck_assert_int_eq(s->group[0].memory_bytes, INT64_C(17179869184));
    ck_assert_int_eq(s->group[0].idle_mw, 1500);
    ck_assert_int_eq(s->group[0].busy_mw, 1200000);
    ck_assert_int_eq(s->source[0].n_jobs, 2);
    ck_assert_int_eq(s->source[0].job[0].arrival_ns, 250000000);
    ck_assert_double_eq(s->source[0].job[1].size, 5);
    ck_assert_double_eq(s->space.service_s[0], 3);
    ck_assert(isnan(poise_scenario_offered_load(s)));
    poise_scenario_free(s);
}
END_TEST

START_TEST(overrides_replace_add_and_reach_items_by_number_or_name)
{
    const char *sets[] = {"devices.fast.count=8", "devices.0.memory=32 GB", "queue.limit=7",
                          "workload.sources.0.mix={small: 1}", "end={time: 1h}"};
    poise_scenario *s = must_load(path_of("two-devices-v1"), sets, 5);
    ck_assert_int_eq(s->group[1].count, 8);
    ck_assert_int_eq(s->group[0].memory_bytes, INT64_C(32000000000));
    ck_assert_int_eq(s->queue_limit, 7);
    ck_assert_int_eq(s->source[0].n_mix, 1);
    ck_assert_int_eq(s->end_ns, 3600 * NS_PER_S);
    ck_assert_int_eq(s->end_jobs, 0);
    poise_scenario_free(s);
}
END_TEST

static const char *const replay =
    "poise: 1\nname: replay-v1\ntitle: t\n"
    "devices: [{name: cluster, law: cores, cores: trace}]\n"
    "workload: {classes: [{name: job}], sources: [{type: trace, file: none.swf, lenient: true}]}\n";

/* The replay of a trace that lies at `path`. */
static poise_scenario *load_replay(const char *path)
{
    char set[256];
    snprintf(set, sizeof set, "workload.trace=%s", path);
    const char *sets[] = {set};
    write_all(path, small_trace, strlen(small_trace));
    write_all(scratch(), replay, strlen(replay));
    poise_scenario *s = poise_scenario_load(scratch(), sets, 1, &err);
    unlink(scratch());
    ck_assert_msg(s, "%s", err.text);
    return s;
}

START_TEST(a_trace_says_cores_sizes_and_what_was_left_out)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/poise-test-%ld.swf", (long)getpid());
    poise_scenario *s = load_replay(path);
    ck_assert_int_eq(s->group[0].params.cores, 16);
    ck_assert_int_eq(s->source[0].n_jobs, 2);
    ck_assert_int_eq(s->source[0].job[1].cores, 16);
    ck_assert_double_eq(s->space.mean_size[0], 150);  // of the two jobs that are left
    ck_assert_double_eq(s->space.typical_service_s, 150);
    const char *notes = poise_scenario_notes(s);
    ck_assert_ptr_nonnull(strstr(notes, "2 jobs from 4 lines"));
    ck_assert_ptr_nonnull(strstr(notes, "1 left out because their run time is unknown or 0"));
    ck_assert_ptr_nonnull(strstr(notes, "1 left out because they need more processors"));
    poise_scenario *again = load_text(poise_scenario_resolved(s));
    ck_assert_msg(again, "%s", err.text);
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    unlink(path);
    poise_scenario_free(again);
    poise_scenario_free(s);
}
END_TEST

START_TEST(the_hash_names_the_jobs_of_a_trace_not_its_path)
{
    char path[64], other[64];
    snprintf(path, sizeof path, "/tmp/poise-test-%ld.swf", (long)getpid());
    snprintf(other, sizeof other, "/tmp/poise-test-%ld-other.swf", (long)getpid());
    poise_scenario *a = load_replay(path), *b = load_replay(other);
    ck_assert_uint_eq(poise_scenario_hash(a), poise_scenario_hash(b));
    const char *sets[] = {"workload.sources.0.first_jobs=1", NULL};
    char set[128];
    snprintf(set, sizeof set, "workload.trace=%s", path);
    sets[1] = set;
    write_all(scratch(), replay, strlen(replay));
    poise_scenario *c = must_load(scratch(), sets, 2);
    ck_assert_uint_ne(poise_scenario_hash(a), poise_scenario_hash(c));
    unlink(scratch());
    unlink(path);
    unlink(other);
    poise_scenario_free(a);
    poise_scenario_free(b);
    poise_scenario_free(c);
}
END_TEST

/* ---- offered load ------------------------------------------------------------------------- */

START_TEST(offered_load_of_one_group_is_lambda_times_service_over_servers)
{
    static const double expected[] = {0.8, 0.8, 0.7};
    poise_scenario *s = must_load(path_of(shipped[_i]), NULL, 0);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), expected[_i], 1e-12);
    poise_scenario_free(s);
}
END_TEST

/* Two classes that are each faster on their own device: 1 / s of each keeps its device busy for
 * 0.5; sent the wrong way it would take four times as long. */
START_TEST(offered_load_takes_the_best_matching)
{
    poise_scenario *s = load_text("poise: 1\nname: match-v1\ntitle: t\nend: {time: 1}\n"
                                  "devices:\n"
                                  "  - {name: x, speed: {a: 4, b: 1}}\n"
                                  "  - {name: y, speed: {a: 1, b: 4}}\n"
                                  "workload:\n"
                                  "  classes: [{name: a, size: 2}, {name: b, size: 2}]\n"
                                  "  sources: [{type: poisson, rate: 2, mix: {a: 1, b: 1}}]\n");
    ck_assert_msg(s, "%s", err.text);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 0.5, 1e-12);
    poise_scenario_free(s);
}
END_TEST

/* By hand: the slow one serves x of all a in 2 s each, the fast one the rest in 1 s each:
 * rho = 2x = 1 - x, so x = 1/3. */
START_TEST(offered_load_divides_a_class_over_unequal_groups)
{
    poise_scenario *s = load_text("poise: 1\nname: divide-v1\ntitle: t\nend: {time: 1}\n"
                                  "devices: [{name: x, speed: 1}, {name: y, speed: 2}]\n"
                                  "workload:\n"
                                  "  classes: [{name: a, size: 2}]\n"
                                  "  sources: [{type: deterministic, period: 1 s}]\n");
    ck_assert_msg(s, "%s", err.text);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 2.0 / 3, 1e-12);
    poise_scenario_free(s);
}
END_TEST

/* Loads may be tiny, and a group may be all but useless to a class: neither drowns in the
 * tolerances of the solver. The same 1/3 and 2/3 as above, a millionth as often. */
START_TEST(offered_load_is_right_at_any_scale)
{
    static const char *const rates[] = {"1e-6", "1", "1e6"};
    for (int k = 0; k < 3; k++) {
        char text[1024];
        snprintf(
            text, sizeof text,
            "poise: 1\nname: scale-v1\ntitle: t\nend: {time: 1}\n"
            "devices: [{name: x, speed: {a: 1, b: 1e-13}}, {name: y, speed: {a: 2, b: 1e12}},\n"
            "          {name: z, speed: {a: 1e-9}}]\n"
            "workload:\n"
            "  classes: [{name: a, size: 2}, {name: b, size: 1e-6}]\n"
            "  sources: [{type: poisson, class: a, rate: %s},\n"
            "            {type: poisson, class: b, rate: %s}]\n",
            rates[k], rates[k]);
        poise_scenario *s = load_text(text);
        ck_assert_msg(s, "%s", err.text);
        double expected = 2.0 / 3 * strtod(rates[k], NULL);
        ck_assert_double_eq_tol(poise_scenario_offered_load(s), expected, 1e-8 * expected);
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(rates_that_are_scaled_only_say_how_they_compare)
{
    const char *const sets[] = {"workload.sources.0.rate=1e-9", "workload.load=0.5"};
    poise_scenario *s = must_load(path_of("mm1-v1"), sets, 2);
    ck_assert_double_eq_tol(s->source[0].rate_per_s, 0.5, 1e-11);
    poise_scenario_free(s);
    const char *const idle[] = {"workload.load=1e-8"};
    ck_assert_ptr_null(poise_scenario_load(path_of("mm1-v1"), idle, 1, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "beyond the clock's range"));
}
END_TEST

START_TEST(rates_are_scaled_to_the_load_that_is_asked_for)
{
    const char *sets[] = {"workload.load=0.35"};
    poise_scenario *s = must_load(path_of("two-devices-v1"), sets, 1);
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 0.35, 1e-11);
    ck_assert_double_eq_tol(s->source[0].rate_per_s, 0.328125, 1e-12);
    poise_scenario_free(s);
}
END_TEST

/* ---- units -------------------------------------------------------------------------------- */

typedef struct whole_case {
    units_result (*read)(const char *, int64_t *);
    const char *text;
    units_result result;
    int64_t value;
} whole_case;

static const whole_case wholes[] = {
    {units_time, "4h", UNITS_OK, 14400 * NS_PER_S},
    {units_time, "10min", UNITS_OK, 600 * NS_PER_S},
    {units_time, "30 s", UNITS_OK, 30 * NS_PER_S},
    {units_time, "30", UNITS_OK, 30 * NS_PER_S},
    {units_time, "250 ms", UNITS_OK, 250000000},
    {units_time, "2d", UNITS_OK, 172800 * NS_PER_S},
    {units_time, "0.1", UNITS_OK, 100000000},
    {units_time, "1e-9", UNITS_OK, 1},
    {units_time, "8999999999.123456789", UNITS_OK, INT64_C(8999999999123456780)},
    {units_time, "4e-10", UNITS_OK, 0},
    {units_time, "9e9", UNITS_OK, INT64_C(9000000000000000000)},
    {units_time, "9e10", UNITS_TOO_LARGE, 0},
    {units_time, "1e999999999999", UNITS_TOO_LARGE, 0},
    {units_time, "0e999999999999", UNITS_OK, 0},
    {units_time, "1e-999999999999", UNITS_OK, 0},
    {units_time, "4 hours", UNITS_WRONG_UNIT, 0},
    {units_time, "4h30", UNITS_JUNK, 0},
    {units_time, "4 ", UNITS_JUNK, 0},
    {units_time, " 4", UNITS_NO_NUMBER, 0},
    {units_time, "", UNITS_EMPTY, 0},
    {units_time, "h", UNITS_NO_NUMBER, 0},
    {units_time, "3_600", UNITS_JUNK, 0},
    {units_time, "0x10", UNITS_JUNK, 0},
    {units_time, "nan", UNITS_NO_NUMBER, 0},
    {units_time, "1,5", UNITS_JUNK, 0},
    {units_bytes, "16 GiB", UNITS_OK, INT64_C(16) << 30},
    {units_bytes, "8 GB", UNITS_OK, INT64_C(8000000000)},
    {units_bytes, "1024", UNITS_OK, 1024},
    {units_bytes, "0.5 KiB", UNITS_OK, 512},
    {units_bytes, "8 gb", UNITS_WRONG_UNIT, 0},
    {units_bytes, "9000 PiB", UNITS_TOO_LARGE, 0},
    {units_power, "250 W", UNITS_OK, 250000},
    {units_power, "1.2 kW", UNITS_OK, 1200000},
    {units_power, "5 mW", UNITS_OK, 5},
    {units_whole, "4", UNITS_OK, 4},
    {units_whole, "-4", UNITS_OK, -4},
    {units_whole, "4.0", UNITS_OK, 4},
    {units_whole, "1e3", UNITS_OK, 1000},
    {units_whole, "4.5", UNITS_NOT_WHOLE, 0},
    {units_whole, "1e-3", UNITS_NOT_WHOLE, 0},
    {units_whole, "99999999999999999999", UNITS_TOO_LARGE, 0},
    {units_whole, "4s", UNITS_WRONG_UNIT, 0},
    {units_whole, "--4", UNITS_NO_NUMBER, 0},
};

START_TEST(whole_numbers_with_units_are_read_exactly)
{
    const whole_case *c = &wholes[_i];
    int64_t value = 0;
    ck_assert_msg(c->read(c->text, &value) == c->result, "'%s'", c->text);
    if (c->result == UNITS_OK)
        ck_assert_int_eq(value, c->value);
}
END_TEST

typedef struct quantity_case {
    const char *text, *unit;
    units_result result;
    double value;
} quantity_case;

static const quantity_case quantities[] = {
    {"2.5 GFLOP/s", "FLOP/s", UNITS_OK, 2.5e9},
    {"5 GFLOP", "FLOP", UNITS_OK, 5e9},
    {"5 GFLOPs", "FLOP", UNITS_OK, 5e9},
    {"2 TFLOP", "GFLOP", UNITS_OK, 2000},
    {"500 FLOP", "kFLOP", UNITS_OK, 0.5},
    {"12", "FLOP", UNITS_OK, 12},
    {"3 steps/s", "step/s", UNITS_OK, 3},
    {"120 steps/min", "step/s", UNITS_OK, 2},
    {"2 /s", "/s", UNITS_OK, 2},
    {"30 /min", "/s", UNITS_OK, 0.5},
    {"2 jobs/s", "/s", UNITS_OK, 2},
    {"10 min", "s", UNITS_OK, 600},
    {"250 ms", "s", UNITS_OK, 0.25},
    {"2.5 GFLOP", "FLOP/s", UNITS_WRONG_UNIT, 0},
    {"2.5 FLOP/s", "FLOP", UNITS_WRONG_UNIT, 0},
    {"2 steps", "FLOP", UNITS_WRONG_UNIT, 0},
    {"2 /fortnight", "/s", UNITS_WRONG_UNIT, 0},
    {"2 s", "", UNITS_WRONG_UNIT, 0},
    {"2 FLOP !", "FLOP", UNITS_JUNK, 0},
    {"1e999", "", UNITS_TOO_LARGE, 0},
    {"1e308 kFLOP", "FLOP", UNITS_TOO_LARGE, 0},
    {"inf", "", UNITS_NO_NUMBER, 0},
    {".5", "", UNITS_OK, 0.5},
    {".", "", UNITS_NO_NUMBER, 0},
    {"2e", "", UNITS_WRONG_UNIT, 0},
};

START_TEST(quantities_know_prefixes_plurals_and_rates)
{
    const quantity_case *c = &quantities[_i];
    double value = 0;
    ck_assert_msg(units_quantity(c->text, c->unit, &value) == c->result, "'%s' of '%s'", c->text,
                  c->unit);
    if (c->result == UNITS_OK)
        ck_assert_double_eq(value, c->value);
}
END_TEST

START_TEST(printed_values_read_back_as_the_same_bits)
{
    char text[32];
    static const double reals[] = {0.1, 1.0 / 3, 100, 1e22, 5e-324, 1.7976931348623157e308, -2.5};
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++) {
        double value;
        units_print_real(reals[k], text, sizeof text);
        ck_assert_int_eq(units_real(text, &value), UNITS_OK);
        ck_assert(memcmp(&value, &reals[k], sizeof value) == 0);
    }
    static const int64_t wide[] = {
        0, 1, 999, 1024, 1500, 86400000000000, INT64_C(123456789012345678)};
    for (size_t k = 0; k < sizeof wide / sizeof *wide; k++) {
        int64_t value;
        units_print_time(wide[k], text, sizeof text);
        ck_assert(units_time(text, &value) == UNITS_OK && value == wide[k]);
        units_print_bytes(wide[k], text, sizeof text);
        ck_assert(units_bytes(text, &value) == UNITS_OK && value == wide[k]);
        units_print_power(wide[k], text, sizeof text);
        ck_assert(units_power(text, &value) == UNITS_OK && value == wide[k]);
    }
}
END_TEST

START_TEST(the_nearest_name_is_near)
{
    static const char *const names[] = {"count", "cores", "memory", "law", "fifo", NULL};
    ck_assert_str_eq(nearest_name("cuont", names), "count");
    ck_assert_str_eq(nearest_name("COUNT", names), "count");
    ck_assert_str_eq(nearest_name("memroy", names), "memory");
    ck_assert_str_eq(nearest_name("lwa", names), "law");
    ck_assert_ptr_null(nearest_name("horizon", names));
    ck_assert_ptr_null(nearest_name("x", names));
}
END_TEST

/* ---- options ------------------------------------------------------------------------------ */

typedef struct learner {
    double rate;
    int layers, kind;
    bool ageing;
    const char *path;
    int64_t patience_ns;
} learner;

static const char *const kinds[] = {"mean", "max", NULL};

static const poise_option learner_rows[] = {
    {"rate", POISE_REAL, offsetof(learner, rate), 3e-4, 0, 1, "", "step size", NULL},
    {"layers", POISE_INT, offsetof(learner, layers), 2, 1, 8, "", "hidden layers", NULL},
    {"kind", POISE_CHOICE, offsetof(learner, kind), 1, 0, 0, "", "pooling", kinds},
    {"ageing", POISE_BOOL, offsetof(learner, ageing), 1, 0, 1, "", "grow with waiting", NULL},
    {"path", POISE_TEXT, offsetof(learner, path), 0, 0, 0, "", "a file", NULL},
    {"patience", POISE_TIME, offsetof(learner, patience_ns), 60, 0, 1e6, "s", "a time", NULL},
    {0},
};

START_TEST(options_have_defaults_are_set_by_name_and_print_what_they_hold)
{
    static const char *const texts[] = {"0.25", "3", "mean", "false", "a.bin", "90 s"};
    learner l;
    options_defaults(learner_rows, &l);
    ck_assert(l.rate == 3e-4 && l.layers == 2 && l.kind == 1 && l.ageing && !l.path);
    ck_assert_int_eq(l.patience_ns, 60 * NS_PER_S);
    error_clear(&err);
    for (int k = 0; learner_rows[k].name; k++) {
        char text[32];
        ck_assert(options_set(learner_rows, &l, "agent x", learner_rows[k].name, texts[k], &err));
        option_print(&learner_rows[k], &l, text, sizeof text);
        ck_assert_str_eq(text, texts[k]);
    }
    ck_assert_int_eq(err.n_mistakes, 0);
    ck_assert_int_eq(l.patience_ns, 90 * NS_PER_S);
}
END_TEST

START_TEST(wrong_options_say_whose_what_and_what_is_allowed)
{
    learner l;
    options_defaults(learner_rows, &l);
    error_clear(&err);
    ck_assert(!options_set(learner_rows, &l, "agent x", "rate", "7", &err));
    ck_assert(!options_set(learner_rows, &l, "agent x", "laeyrs", "3", &err));
    ck_assert(!options_set(learner_rows, &l, "agent x", "kind", "man", &err));
    ck_assert(!options_set(NULL, &l, "agent y", "rate", "1", &err));
    ck_assert_str_eq(
        err.text,
        "option 'rate' of agent x: '7' is above 1 (allowed: a number from 0 to 1)\n"
        "agent x has no option 'laeyrs', did you mean 'layers'? (allowed: rate, layers, kind, "
        "ageing, "
        "path, patience)\n"
        "option 'kind' of agent x: 'man' is not known, did you mean 'mean'? (allowed: mean, max)\n"
        "agent y has no options, 'rate' is not known");
    ck_assert_int_eq(err.n_mistakes, 4);
    ck_assert_double_eq(l.rate, 3e-4);
}
END_TEST

/* ---- hostile input ------------------------------------------------------------------------ */

/* Whatever a few wrong bytes make of a scenario: it is read or refused with a sentence. */
START_TEST(garbled_files_are_read_or_refused)
{
    char *text = read_all(path_of("two-devices-v1"));
    size_t n = strlen(text);
    char *garbled = malloc(n + 1);
    poise_rng r = poise_rng_at(17, POISE_FOR_HARNESS, 0, 0);
    int n_refused = 0;
    for (int k = 0; k < 2000; k++) {
        memcpy(garbled, text, n + 1);
        for (int changes = 1 + poise_rng_below(&r, 4); changes > 0; changes--) {
            static const char likely[] = "{}[]:,-&*!|>'\"%@#\n\t 0129eE.~";
            bool any = poise_rng_below(&r, 2) == 0;
            garbled[poise_rng_below(&r, (int)n)] =
                any ? (char)poise_rng_below(&r, 256)
                    : likely[poise_rng_below(&r, (int)sizeof likely - 1)];
        }
        write_all(scratch(), garbled, n - (size_t)poise_rng_below(&r, 8));
        poise_scenario *s = poise_scenario_load(scratch(), NULL, 0, &err);
        ck_assert((s == NULL) == (err.n_mistakes > 0) && (s == NULL) == (err.text[0] != '\0'));
        n_refused += s == NULL;
        poise_scenario_free(s);
    }
    unlink(scratch());
    ck_assert_int_ge(n_refused, 500);
    ck_assert_int_lt(n_refused, 2000);
    free(garbled);
    free(text);
}
END_TEST

START_TEST(the_schema_names_every_key_of_a_resolved_scenario)
{
    char *schema = poise_scenario_schema();
    poise_scenario *s = must_load(path_of("two-devices-v1"), NULL, 0);
    char *text = strdup(poise_scenario_resolved(s)), *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " -");
        size_t n = strcspn(line, ":");
        const bool is_key = line[n] == ':' && strchr(" ", line[n + 1]);  // else an agent of `rules`
        line[n] = '\0';
        if (is_key && !strchr(line, ' '))
            ck_assert_msg(strstr(schema, line), "'%s' is not in the schema", line);
    }
    poise_scenario_free(s);
    free(text);
    free(schema);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *t = tcase_create("files");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, every_mistake_is_told_as_in_its_golden_file);
    tcase_add_test(t, a_file_that_is_not_there_is_one_clear_line);
    tcase_add_test(t, more_mistakes_than_fit_end_with_a_sentence);
    tcase_add_test(t, the_resolved_text_of_every_scenario_reads_back_as_the_same);
    tcase_add_test(t, comments_order_and_layout_do_not_change_the_hash);
    tcase_add_test(t, values_arrive_in_the_units_of_the_structs);
    tcase_add_test(t, overrides_replace_add_and_reach_items_by_number_or_name);
    tcase_add_test(t, a_trace_says_cores_sizes_and_what_was_left_out);
    tcase_add_test(t, the_hash_names_the_jobs_of_a_trace_not_its_path);
    tcase_add_test(t, options_have_defaults_are_set_by_name_and_print_what_they_hold);
    tcase_add_test(t, wrong_options_say_whose_what_and_what_is_allowed);
    tcase_add_loop_test(t, offered_load_of_one_group_is_lambda_times_service_over_servers, 0, 3);
    tcase_add_test(t, offered_load_takes_the_best_matching);
    tcase_add_test(t, offered_load_is_right_at_any_scale);
    tcase_add_test(t, rates_that_are_scaled_only_say_how_they_compare);
    tcase_add_test(t, offered_load_divides_a_class_over_unequal_groups);
    tcase_add_test(t, rates_are_scaled_to_the_load_that_is_asked_for);
    tcase_add_loop_test(t, whole_numbers_with_units_are_read_exactly, 0,
                        (int)(sizeof wholes / sizeof *wholes));
    tcase_add_loop_test(t, quantities_know_prefixes_plurals_and_rates, 0,
                        (int)(sizeof quantities / sizeof *quantities));
    tcase_add_test(t, printed_values_read_back_as_the_same_bits);
    tcase_add_test(t, the_nearest_name_is_near);
    tcase_add_test(t, garbled_files_are_read_or_refused);
    tcase_add_test(t, the_schema_names_every_key_of_a_resolved_scenario);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed != 0;
}
