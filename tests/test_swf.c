/* test_swf.c - the reader of Standard Workload Format on good, wrong and damaged files. */
#include "error.h"
#include "rng.h"
#include "trace.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/poise_swf_XXXXXX";

static void remove_folder(void)
{
    char path[512];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(dir);
    rmdir(folder);
}

/* A file of the test's own folder with these bytes. */
static const char *file_of(const char *name, const void *bytes, size_t n)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);  // some file systems wait for the disk where one is written over
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

static const char *file_with(const char *name, const char *text)
{
    return file_of(name, text, strlen(text));
}

static trace load_wish(const char *path, const trace_wish *wish)
{
    poise_error err = {0};
    trace t;
    ck_assert_msg(trace_load(path, wish, &t, &err), "%s", err.text);
    return t;
}

static trace load(const char *path)
{
    return load_wish(path, &(trace_wish){0});
}

static int64_t counted(const trace *t, const char *what)
{
    return trace_count_of(&t->counts, what);
}

static const char no_run[] = "left out because their run time is unknown or 0",
                  no_procs[] = "left out because their processors are unknown or 0",
                  too_wide[] = "left out because they need more processors than there are",
                  cut[] = "cut to the run time they had asked for",
                  no_estimate[] = "without a requested time, so that the run time is taken",
                  unsorted[] = "out of order, sorted";

/* The sentence with which the file is refused, without the folder's name. */
static const char *refusal(const char *path)
{
    static poise_error err;
    trace t;
    error_clear(&err);
    ck_assert_msg(!trace_load(path, &(trace_wish){0}, &t, &err), "%s was read", path);
    ck_assert_int_eq(err.n_mistakes, 1);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    size_t n = strlen(folder);
    return strncmp(err.text, folder, n) == 0 ? err.text + n + 1 : err.text;
}

/* ---- good files --------------------------------------------------------------------------- */

static const char small[] = "; Version: 2.2\n"
                            ";UnixStartTime: 1027839845\n"
                            "; MaxNodes: 32\n"
                            ";   MaxProcs:   64 (two a node)\n"
                            "\n"
                            "  1 0 -1 100 4 -1 -1 8 200 -1 1 1 1 -1 1 -1 -1 -1\n"
                            "; a comment between\n"
                            "2 30 5 50 2 49.75 1024 -1 -1 -1 0 1 1 -1 1 -1 -1 -1\n"
                            "3\t30\t5\t90\t64\t-1\t10\t-1\t60\t20\t5\t1\t1\t-1\t1\t-1\t-1\t-1";

START_TEST(a_small_trace_is_read_field_by_field)
{
    trace t = load(file_with("small.swf", small));
    ck_assert_int_eq(t.header.max_procs, 64);
    ck_assert_int_eq(t.header.unix_start_time, 1027839845);
    ck_assert_int_eq(t.n_jobs, 3);
    ck_assert_int_eq(t.counts.lines, 3);
    ck_assert_int_eq(t.counts.jobs, 3);

    ck_assert_int_eq(t.job[0].arrival_ns, 0);
    ck_assert_int_eq(t.job[0].cores, 8);
    ck_assert(t.job[0].size == 100 && t.job[0].estimate == 200);
    ck_assert_int_eq(t.job[0].memory_bytes, 0);

    ck_assert_int_eq(t.job[1].arrival_ns, 30 * NS_PER_S);
    ck_assert_int_eq(t.job[1].cores, 2);
    ck_assert(t.job[1].size == 50 && t.job[1].estimate == 50);
    ck_assert_int_eq(t.job[1].memory_bytes, 2 * 1024 * 1024);
    ck_assert_int_eq(counted(&t, no_estimate), 1);

    ck_assert(t.job[2].size == 60 && t.job[2].estimate == 60);
    ck_assert_int_eq(t.job[2].memory_bytes, 64 * 20 * 1024);
    ck_assert_int_eq(counted(&t, cut), 1);
    trace_free(&t);
}
END_TEST

START_TEST(line_ends_of_windows_and_trailing_spaces_change_nothing)
{
    char other[2 * sizeof small];
    size_t n = 0;
    for (const char *p = small; *p; p++) {
        if (*p == '\n')
            n += (size_t)sprintf(other + n, " \t\r");
        other[n++] = *p;
    }
    trace t = load(file_with("small.swf", small));
    trace u = load(file_of("windows.swf", other, n));
    ck_assert_uint_eq(t.hash, u.hash);
    ck_assert_int_eq(u.header.max_procs, 64);
    trace_free(&t);
    trace_free(&u);
}
END_TEST

static const char *compressed(const char *name, const char *text, size_t n)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gzFile f = gzopen(path, "wb");
    ck_assert_int_eq(gzwrite(f, text, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(f), Z_OK);
    return path;
}

START_TEST(a_compressed_trace_is_the_same_trace)
{
    trace t = load(file_with("small.swf", small));
    trace u = load(compressed("small.swf.gz", small, strlen(small)));
    ck_assert_uint_eq(t.hash, u.hash);
    trace_free(&t);
    trace_free(&u);
}
END_TEST

START_TEST(nodes_count_where_the_header_has_no_processors)
{
    const char *path = file_with("nodes.swf", "; MaxNodes: 7\n; MaxProcs: -1\n"
                                              "1 0 -1 9 7 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                              "2 0 -1 9 8 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n");
    ck_assert_str_eq(refusal(path), "nodes.swf:4: error: it needs 8 processors, there are 7 "
                                    "(lenient leaves such jobs out)");
    trace t = load_wish(path, &(trace_wish){.lenient = true});
    ck_assert_int_eq(t.header.max_procs, 7);
    ck_assert_int_eq(t.header.unix_start_time, -1);
    ck_assert_int_eq(t.n_jobs, 1);
    ck_assert_int_eq(counted(&t, too_wide), 1);
    ck_assert_int_eq(t.counts.jobs, 1);
    trace_free(&t);
}
END_TEST

START_TEST(jobs_without_run_time_are_left_out_whatever_their_status)
{
    static const int statuses[] = {-1, 0, 1, 2, 5, 77};
    static const char *const runs[] = {"-1", "0", "12", "0.5"};
    char text[4096];
    size_t n = 0;
    for (int s = 0; s < 6; s++)
        for (int k = 0; k < 4; k++)
            n += (size_t)sprintf(text + n, "%d 0 -1 %s 1 -1 -1 -1 -1 -1 %d 1 1 -1 1 -1 -1 -1\n",
                                 4 * s + k, runs[k], statuses[s]);
    trace t = load(file_with("status.swf", text));
    ck_assert_int_eq(t.counts.lines, 24);
    ck_assert_int_eq(counted(&t, no_run), 12);
    ck_assert_int_eq(t.n_jobs, 12);
    for (int i = 0; i < 12; i++)
        ck_assert(t.job[i].size == (i % 2 ? 0.5 : 12));
    trace_free(&t);
}
END_TEST

START_TEST(jobs_without_processors_are_left_out_and_the_first_are_counted_after_that)
{
    const char *path = file_with("procs.swf", "1 0 -1 9 -1 -1 -1 0 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                              "2 1 -1 9 0 -1 -1 3 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                              "3 2 -1 9 9 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                              "4 3 -1 9 2 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                              "5 4 -1 9 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n");
    trace t = load_wish(path, &(trace_wish){.lenient = true, .max_procs = 8, .first_jobs = 2});
    ck_assert_int_eq(counted(&t, no_procs), 1);
    ck_assert_int_eq(counted(&t, too_wide), 1);
    ck_assert_int_eq(t.n_jobs, 2);
    ck_assert_int_eq(t.job[0].cores, 3);
    ck_assert_int_eq(t.job[1].cores, 2);
    trace_free(&t);
}
END_TEST

START_TEST(jobs_out_of_order_are_sorted_by_submit_time_and_number)
{
    trace t =
        load(file_with("unsorted.swf", "9 20 -1 1 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                       "8 10 -1 2 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                       "7 20 -1 3 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                       "7 20 -1 4 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
                                       "1 15.25 -1 5 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"));
    static const double order[] = {2, 5, 3, 4, 1};
    ck_assert_int_eq(counted(&t, unsorted), 2);
    for (int i = 0; i < 5; i++)
        ck_assert(t.job[i].size == order[i]);
    ck_assert_int_eq(t.job[1].arrival_ns, 15250000000);
    trace_free(&t);
}
END_TEST

/* The text of a trace of n jobs, of which the generator knows all sums. */
static char *many_jobs(int n, size_t *length, double *runs)
{
    char *text = malloc((size_t)n * 80 + 100);
    char *p = text + sprintf(text, "; MaxProcs: 128\n");
    poise_rng r = poise_rng_at(1, POISE_FOR_HARNESS, 0, 0);
    *runs = 0;
    for (int i = 0; i < n; i++) {
        int run = 1 + poise_rng_below(&r, 9999), procs = 1 + poise_rng_below(&r, 128);
        *runs += run;
        p += sprintf(p, "%d %d -1 %d %d -1 -1 %d %d -1 1 %d 1 -1 1 1 -1 -1\n", i + 1, 7 * i, run,
                     procs, procs, run + 50, i % 100);
    }
    *length = (size_t)(p - text);
    return text;
}

START_TEST(a_million_lines_are_read_exactly)
{
    int n = 1000000;
    size_t length;
    double runs, sum = 0;
    char *text = many_jobs(n, &length, &runs);
    trace t = load(file_of("million.swf", text, length));
    ck_assert_int_eq(t.n_jobs, n);
    ck_assert_int_eq(t.counts.lines, n);
    ck_assert_int_eq(counted(&t, unsorted) + counted(&t, cut) + counted(&t, no_run), 0);
    for (int i = 0; i < n; i++) {
        ck_assert(t.job[i].arrival_ns == 7 * i * NS_PER_S);
        sum += t.job[i].size;
    }
    ck_assert(sum == runs);
    trace_free(&t);
    free(text);
}
END_TEST

/* Lines then begin at every offset from the end of the reader's buffer. */
START_TEST(lines_across_the_end_of_the_buffer_are_whole)
{
    size_t length;
    double runs;
    char *text = many_jobs(12000, &length, &runs);
    for (size_t shift = 0; shift < 70; shift++) {
        memset(text, ';', 16);
        text[15] = '\n';
        char *shifted = malloc(length + shift);
        memset(shifted, ' ', shift);
        memcpy(shifted + shift, text, length);
        trace t = load(file_of("shifted.swf", shifted, length + shift));
        double sum = 0;
        for (int64_t i = 0; i < t.n_jobs; i++)
            sum += t.job[i].size;
        ck_assert_int_eq(t.n_jobs, 12000);
        ck_assert(sum == runs);
        trace_free(&t);
        free(shifted);
    }
    free(text);
}
END_TEST

/* ---- wrong files -------------------------------------------------------------------------- */

typedef struct wrong {
    const char *name, *text, *sentence;
} wrong;

#define REST " -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n"
#define GOOD "1 0 -1 9 1" REST

static const wrong wrongs[] = {
    {"empty.swf", "", "empty.swf: error: there are no jobs in it: the file is empty"},
    {"comments.swf", "; MaxProcs: 4\n\n  \n",
     "comments.swf: error: there are no jobs in it: all lines are comments or blank"},
    {"none.swf", "1 0 -1 -1 4" REST "2 0 -1 5 -1" REST,
     "none.swf: error: no job is left of 2 lines: 1 left out because their run time is unknown or "
     "0, "
     "1 left out because their processors are unknown or 0"},
    {"few.swf", GOOD "; here\n2 0 -1 9 1\n",
     "few.swf:3: error: the line has 5 fields, a job has 18"},
    {"many.swf", GOOD "2 0 -1 9 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1 {n1, n2} q\n",
     "many.swf:2: error: the line has 21 fields, a job has 18"},
    {"word.swf", GOOD "2 0 -1 9h 1" REST,
     "word.swf:2: error: field 4 (run time) is '9h', not a number"},
    {"exponent.swf", GOOD "2 1e3 -1 9 1" REST,
     "exponent.swf:2: error: field 2 (submit time) is '1e3', not a number"},
    {"points.swf", GOOD "2 1.5.2 -1 9 1" REST,
     "points.swf:2: error: field 2 (submit time) is '1.5.2', not a number"},
    {"minus.swf", GOOD "2 - -1 9 1" REST,
     "minus.swf:2: error: field 2 (submit time) is '-', not a number"},
    {"nan.swf", GOOD "2 nan -1 9 1" REST,
     "nan.swf:2: error: field 2 (submit time) is 'nan', not a number"},
    {"negative.swf", GOOD "2 -5 -1 9 1" REST,
     "negative.swf:2: error: field 2 (submit time) is '-5', it must not be negative"},
    {"late.swf", GOOD "2 9300000000 -1 9 1" REST,
     "late.swf:2: error: field 2 (submit time) is '9300000000', more seconds than a simulation can "
     "last (9.2e9)"},
    {"long.swf", GOOD "2 0 -1 99999999999999 1" REST,
     "long.swf:2: error: field 4 (run time) is '99999999999999', more seconds than a simulation "
     "can "
     "last (9.2e9)"},
    {"digits.swf", GOOD "2 0 -1 1000000000000000000000000000 1" REST,
     "digits.swf:2: error: field 4 (run time) is '100000000000000000000000...', too large a "
     "number"},
    {"wide.swf", GOOD "2 0 -1 9 2147483648" REST,
     "wide.swf:2: error: field 5 (allocated processors) is '2147483648', it must be a whole number "
     "up to 2147483647"},
    {"half.swf", GOOD "2 0 -1 9 1 -1 -1 1.5 -1 -1 1 1 1 -1 1 -1 -1 -1\n",
     "half.swf:2: error: field 8 (requested processors) is '1.5', it must be a whole number up to "
     "2147483647"},
    {"memory.swf", GOOD "2 0 -1 9 1000 -1 99999999999999999 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n",
     "memory.swf:2: error: field 7 (used memory) is '99999999999999999', more KB per processor "
     "than "
     "can be counted"},
    {"page.swf", "<html>\n<body>Not found</body>\n",
     "page.swf:1: error: field 1 (job number) is '<html>', not a number: is this a trace in "
     "Standard Workload Format?"},
    {"table.swf", "job_id,submit,run\n1,2,3\n",
     "table.swf:1: error: field 1 (job number) is 'job_id,submit,run', not a number: is this a "
     "trace "
     "in Standard Workload Format?"},
    {"words.txt", "a trace\n",
     "words.txt:1: error: it begins like no trace of a format that is known (batsim, csv, llm, "
     "openb, prefix_cache, "
     "swf, training)"},
};

START_TEST(a_wrong_file_is_refused_with_one_line)
{
    const wrong *w = &wrongs[_i];
    ck_assert_str_eq(refusal(file_with(w->name, w->text)), w->sentence);
}
END_TEST

START_TEST(a_binary_file_is_refused)
{
    static const char bytes[] = "\x7f"
                                "ELF\0\0\x01 \xff\n";
    ck_assert_str_eq(refusal(file_of("program.swf", bytes, sizeof bytes - 1)),
                     "program.swf:1: error: there is a zero byte in the line: this is not a text "
                     "file");
    static const char zero[] = GOOD "2 0 -1 9\0 1" REST;
    ck_assert_str_eq(
        refusal(file_of("zero.swf", zero, sizeof zero - 1)),
        "zero.swf:2: error: there is a zero byte in the line: this is not a text file");
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
    size_t n = 300 * 1024;
    char *text = malloc(n);
    memset(text, '7', n);
    memcpy(text, GOOD, strlen(GOOD));
    ck_assert_str_eq(
        refusal(file_of("endless.swf", text, n)),
        "endless.swf:2: error: the line is longer than 262144 bytes: this is no trace");
    free(text);
}
END_TEST

START_TEST(what_cannot_be_opened_is_said)
{
    char path[256];
    snprintf(path, sizeof path, "%s/absent.swf", folder);
    ck_assert_str_eq(refusal(path),
                     "absent.swf: error: cannot be opened: No such file or directory");
    snprintf(path, sizeof path, "%s/folder.swf", folder);
    mkdir(path, 0700);
    ck_assert_str_eq(refusal(path), "folder.swf: error: this is a directory, a trace is a file");
    rmdir(path);
}
END_TEST

START_TEST(a_file_without_permission_is_refused)
{
    if (geteuid() == 0) {
        printf("skipped: root may read every file\n");
        return;
    }
    const char *path = file_with("secret.swf", small);
    chmod(path, 0);
    ck_assert_str_eq(refusal(path), "secret.swf: error: cannot be opened: Permission denied");
}
END_TEST

static size_t contents(const char *path, char *bytes, size_t size)
{
    FILE *f = fopen(path, "rb");
    size_t n = fread(bytes, 1, size, f);
    fclose(f);
    return n;
}

START_TEST(a_truncated_compressed_file_is_refused_wherever_it_is_cut)
{
    size_t length;
    double runs;
    static char bytes[1 << 20];
    char *text = many_jobs(2000, &length, &runs);
    size_t n = contents(compressed("whole.swf.gz", text, length), bytes, sizeof bytes);
    for (size_t keep = 10; keep < n; keep += keep + 97 < n ? 97 : 1) {
        const char *sentence = refusal(file_of("cut.swf.gz", bytes, keep));
        ck_assert_msg(strstr(sentence, "cut.swf.gz:") == sentence &&
                          strstr(sentence, ": error: the compressed file is cut off after here"),
                      "cut at %zu: %s", keep, sentence);
    }
    free(text);
}
END_TEST

START_TEST(a_damaged_compressed_file_is_refused)
{
    size_t length;
    double runs;
    static char bytes[1 << 20];
    char *text = many_jobs(2000, &length, &runs);
    size_t n = contents(compressed("whole.swf.gz", text, length), bytes, sizeof bytes);
    bytes[n - 6] ^= 1;
    const char *sentence = refusal(file_of("damaged.swf.gz", bytes, n));
    ck_assert_ptr_nonnull(strstr(sentence, ": error: the compressed file is damaged after here"));
    free(text);
}
END_TEST

/* A byte changed, taken away or put in: read or refused in a sentence, and what is read makes
 * sense. With sanitizers on, this is where an access out of bounds would show. */
START_TEST(mutated_files_are_read_or_refused)
{
    static const char spice[] = " \n\r\t;-.0123456789\0eE\xff{";
    char text[sizeof small + 1];
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    int refused = 0, n_mutants = 4000;
    for (int k = 0; k < n_mutants; k++) {
        size_t n = sizeof small - 1, at = (size_t)poise_rng_below(&r, (int)n);
        char byte = spice[poise_rng_below(&r, sizeof spice - 1)];
        int kind = poise_rng_below(&r, 3);
        memcpy(text, small, n);
        if (kind > 0)
            memmove(text + at + (kind == 2), text + at + (kind == 1), n - at - (kind == 1));
        n += (size_t)(kind == 2) - (size_t)(kind == 1);
        if (kind != 1)
            text[at] = byte;
        poise_error err = {0};
        trace t;
        if (!trace_load(file_of("mutant.swf", text, n), &(trace_wish){0}, &t, &err)) {
            refused++;
            ck_assert_int_eq(err.n_mistakes, 1);
            ck_assert_ptr_nonnull(strstr(err.text, "error: "));
            continue;
        }
        for (int64_t i = 0; i < t.n_jobs; i++)
            ck_assert(t.job[i].size > 0 && t.job[i].size <= t.job[i].estimate &&
                      t.job[i].cores > 0 && t.job[i].arrival_ns >= 0 &&
                      (i == 0 || t.job[i].arrival_ns >= t.job[i - 1].arrival_ns));
        trace_free(&t);
    }
    ck_assert_int_gt(refused, 100);
    ck_assert_int_lt(refused, n_mutants - 100);
}
END_TEST

/* ---- real traces -------------------------------------------------------------------------- */

typedef struct real {
    const char *file;
    int64_t max_procs;               // of the header
    int64_t lines, jobs, none, cut;  // counted by an independent program
    double runs;                     // sum of the run times that are left, in s
} real;

static const real reals[] = {
    {"HPC2N-2002-2.2-head3172.swf", 240, 3170, 3145, 25, 320, 31826209},
    {"NASA-iPSC-1993-3.1-cln.swf.gz", 128, 18239, 18066, 173, 0, 13950781},
    {"SDSC-SP2-1998-4-rebuilt-first10000.swf", 128, 10000, 10000, 0, 0, 76431564},
    {"lublin_256.swf", 256, 10000, 10000, 0, 0, 48627667},
};

START_TEST(real_traces_have_the_jobs_that_other_programs_count)
{
    const real *k = &reals[_i];
    const char *shared = getenv("POISE_SHARED");
    char path[1024];
    snprintf(path, sizeof path, "%s/data/swf/%s", shared ? shared : POISE_SOURCE_DIR "/../shared",
             k->file);
    if (access(path, R_OK) != 0) {
        printf("skipped: there is no %s (POISE_SHARED says where)\n", path);
        return;
    }
    trace t = load(path);
    ck_assert_int_eq(t.header.max_procs, k->max_procs);
    ck_assert_int_eq(t.counts.lines, k->lines);
    ck_assert_int_eq(t.n_jobs, k->jobs);
    ck_assert_int_eq(counted(&t, no_run), k->none);
    ck_assert_int_eq(counted(&t, cut), k->cut);
    double sum = 0;
    for (int64_t i = 0; i < t.n_jobs; i++)
        sum += t.job[i].size;
    ck_assert(sum == k->runs);
    trace_free(&t);
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    Suite *suite = suite_create("swf");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, a_small_trace_is_read_field_by_field);
    tcase_add_test(all, line_ends_of_windows_and_trailing_spaces_change_nothing);
    tcase_add_test(all, a_compressed_trace_is_the_same_trace);
    tcase_add_test(all, nodes_count_where_the_header_has_no_processors);
    tcase_add_test(all, jobs_without_run_time_are_left_out_whatever_their_status);
    tcase_add_test(all, jobs_without_processors_are_left_out_and_the_first_are_counted_after_that);
    tcase_add_test(all, jobs_out_of_order_are_sorted_by_submit_time_and_number);
    tcase_add_test(all, a_million_lines_are_read_exactly);
    tcase_add_test(all, lines_across_the_end_of_the_buffer_are_whole);
    tcase_add_loop_test(all, a_wrong_file_is_refused_with_one_line, 0,
                        sizeof wrongs / sizeof *wrongs);
    tcase_add_test(all, a_binary_file_is_refused);
    tcase_add_test(all, a_line_without_end_is_refused);
    tcase_add_test(all, what_cannot_be_opened_is_said);
    tcase_add_test(all, a_file_without_permission_is_refused);
    tcase_add_test(all, a_truncated_compressed_file_is_refused_wherever_it_is_cut);
    tcase_add_test(all, a_damaged_compressed_file_is_refused);
    tcase_add_test(all, mutated_files_are_read_or_refused);
    tcase_add_loop_test(all, real_traces_have_the_jobs_that_other_programs_count, 0,
                        sizeof reals / sizeof *reals);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    remove_folder();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
