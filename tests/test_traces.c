/* test_traces.c - the readers of traces besides swf, and what scenarios make of their rows: by hand
 * on small files, against other programs on real ones, and on damaged ones. */
#include <math.h>
#include <unistd.h>
#include <zlib.h>

#include "error.h"
#include "rng.h"
#include "scenario.h"
#include "support.h"
#include "trace.h"

static char folder[] = "/tmp/poise_traces_XXXXXX";

/* ---- files -------------------------------------------------------------------------------- */

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

static void remove_folder(void)
{
    char path[600];
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(dir);
    rmdir(folder);
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

/* The sentence with which the file is refused, without the folder's name. */
static const char *refusal(const char *path, const trace_wish *wish)
{
    static poise_error err;
    trace t;
    error_clear(&err);
    ck_assert_msg(!trace_load(path, wish, &t, &err), "%s was read", path);
    ck_assert_int_eq(err.n_mistakes, 1);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    size_t n = strlen(folder);
    return strncmp(err.text, folder, n) == 0 ? err.text + n + 1 : err.text;
}

/* ---- small files, field by field ---------------------------------------------------------- */

static const char own[] =
    "# two jobs and a half\n"
    "class,arrival_s,size,estimate,cores,memory_bytes,deadline_s,id,finished_s\n"
    "a,0.000000001,2.5,3,2,1024,0.5,7,12\n"
    "\n"
    "b,10,1e-3,,,,,6,\r\n"
    "a,10,4,,1,0,,5,\n";

static const trace_key ab[] = {{"a", 0}, {"b", 1}};
static const trace_class ab_has[] = {{.memory_bytes = 77, .cores = 3},
                                     {.memory_bytes = 88, .cores = 4}};
static const trace_wish by_class = {
    .keyed = true, .class_id = -1, .n_keys = 2, .key = ab, .class_has = ab_has};

START_TEST(our_own_table_is_read_column_by_column)
{
    trace t = load_wish(file_with("own.csv", own), &by_class);
    ck_assert_int_eq(t.n_jobs, 3);
    ck_assert_int_eq(t.counts.lines, 3);
    ck_assert_int_eq(t.job[0].arrival_ns, 1);
    ck_assert(t.job[0].size == 2.5 && t.job[0].estimate == 3);
    ck_assert_int_eq(t.job[0].cores, 2);
    ck_assert_int_eq(t.job[0].memory_bytes, 1024);
    ck_assert_int_eq(t.job[0].deadline_ns, 500000000);
    ck_assert_int_eq(t.job[0].class_id, 0);
    /* Those that come together are in order of their id; what is empty is that of the class, and
     * the estimate is the size. */
    ck_assert_int_eq(t.job[1].arrival_ns, 10 * NS_PER_S);
    ck_assert(t.job[1].size == 4 && t.job[1].cores == 1 && t.job[1].memory_bytes == 0);
    ck_assert(t.job[2].size == 0.001 && t.job[2].estimate == 0.001);
    ck_assert_int_eq(t.job[2].class_id, 1);
    ck_assert_int_eq(t.job[2].cores, 4);
    ck_assert_int_eq(t.job[2].memory_bytes, 88);
    ck_assert_int_eq(t.job[2].deadline_ns, 0);
    trace_free(&t);
}
END_TEST

START_TEST(arrivals_are_exact_to_the_nanosecond_and_sizes_to_the_last_bit)
{
    trace t = load(file_with("exact.csv", "arrival_s,size\n"
                                          "0.1,0.1\n123456789.123456789,3.141592653589793\n"
                                          "8999999999.9999999996,1.7976931348623157e10\n"));
    static const int64_t at[] = {100000000, 123456789123456789, 9000000000000000000};
    static const double size[] = {0.1, 3.141592653589793, 1.7976931348623157e10};
    for (int k = 0; k < 3; k++) {
        ck_assert_int_eq(t.job[k].arrival_ns, at[k]);
        ck_assert(t.job[k].size == size[k]);
    }
    trace_free(&t);
}
END_TEST

START_TEST(sums_of_columns_make_sizes_memory_and_resources)
{
    static const trace_term size[] = {{"size", 2}, {"disk", 0.5}, {"one", 10}};
    static const trace_term memory[] = {{"one", 4096}}, disk[] = {{"disk", 3}};
    static const char *const names[] = {"disk", "net"};
    static const trace_sum resource[] = {{1, disk}, {0}};
    static const int64_t of_class[] = {5, 6};
    const trace_wish wish = {.size = {3, size},
                             .memory = {1, memory},
                             .n_resources = 2,
                             .resource_name = names,
                             .resource = resource,
                             .class_has = &(trace_class){.cores = 2, .resources = of_class}};
    trace t = load_wish(file_with("sums.csv", "arrival_s,size,disk\n0,1,4\n1,2,8\n"), &wish);
    ck_assert(t.job[0].size == 2 * 1 + 0.5 * 4 + 10 && t.job[1].size == 2 * 2 + 0.5 * 8 + 10);
    ck_assert_int_eq(t.job[0].memory_bytes, 4096);
    ck_assert_int_eq(t.job[0].cores, 2);
    ck_assert_int_eq(t.job[0].resources[0], 12);
    ck_assert_int_eq(t.job[1].resources[0], 24);
    ck_assert_int_eq(t.job[1].resources[1], 6);  // no column says it: that of the class
    trace_free(&t);
}
END_TEST

/* A class key as rows give it. */
static void check_keys(const char *path, const char *const *expected, int n)
{
    poise_error err = {0};
    for (int k = 0; k < n; k++) {
        trace_key key = {expected[k], 0};
        const trace_wish wish = {
            .keyed = true, .class_id = -1, .n_keys = 1, .key = &key, .lenient = true};
        trace t;
        ck_assert_msg(trace_load(path, &wish, &t, &err), "%s: %s", expected[k], err.text);
        ck_assert_int_eq(t.n_jobs, 1);
        ck_assert_int_eq(trace_count_of(&t.counts, "left out because no class is known for them"),
                         n - 1);
        trace_free(&t);
    }
}

START_TEST(training_jobs_are_steps_on_gpus_of_classes_by_type_batch_and_gpus)
{
    const char *path = file_with("training.csv", "arrival_s,job_type,batch_size,gpus,steps\n"
                                                 "0,Transformer,128,1,5635991\n"
                                                 "4.18408e+06,A3C,,4,7\n");
    trace t = load(path);
    ck_assert_int_eq(t.job[1].arrival_ns, 4184080 * NS_PER_S);
    ck_assert(t.job[0].size == 5635991 && t.job[1].size == 7);
    ck_assert_int_eq(t.job[1].cores, 4);
    trace_free(&t);
    check_keys(path, (const char *const[]){"Transformer-128-x1", "A3C-x4"}, 2);
}
END_TEST

static const char pods[] =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n"
    "p0,12000,16384,2,1000,,LS,Running,0,12537496,5\n"
    "p1,6000,1,1,460,T4|P100,LS,Running,10,30,\n"
    "p2,500,2,0,0,,BE,Failed,20,20,20\n";

START_TEST(pods_take_thousandths_of_gpus_and_run_from_their_schedule_on)
{
    const char *path = file_with("pods.csv", pods);
    trace t = load(path);
    ck_assert(t.job[0].size == 12537491);
    ck_assert_int_eq(t.job[0].cores, 2000);
    ck_assert_int_eq(t.job[0].memory_bytes, INT64_C(16384) << 20);
    ck_assert(t.job[1].size == 20);  // it was never scheduled
    ck_assert_int_eq(t.job[1].cores, 460);
    ck_assert(t.job[2].size == 1 && t.job[2].cores == 0);
    ck_assert_int_eq(
        trace_count_of(&t.counts, "gone within the second: taken to run for one second"), 1);
    trace_free(&t);
    check_keys(path, (const char *const[]){"any", "T4|P100", "cpu"}, 3);
}
END_TEST

START_TEST(requests_are_timed_from_the_first_to_100_ns_across_leap_days)
{
    static const trace_term size[] = {{"context_tokens", 0.5}, {"generated_tokens", 2}};
    trace t = load_wish(file_with("llm.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                                             "2024-02-28 23:59:59.9999999,374,44\r\n"
                                             "2024-03-01T00:00:00.0000001Z,0,109\r\n"
                                             "2024-03-01 00:00:01+00:00,8,1"),
                        &(trace_wish){.size = {2, size}});
    /* Two days less a second, and 200 ns; date -ud '2024-02-28 23:59:59' +%s says 1709164799. */
    ck_assert_int_eq(t.header.unix_start_time, 1709164799);
    ck_assert_int_eq(t.job[1].arrival_ns, 86400 * NS_PER_S + 200);
    ck_assert_int_eq(t.job[2].arrival_ns, 86401 * NS_PER_S + 100);
    ck_assert(t.job[0].size == 374 * 0.5 + 88 && t.job[1].size == 218 && t.job[2].size == 6);
    ck_assert_int_eq(t.counts.n, 0);
    trace_free(&t);
}
END_TEST

static const char requests[] =
    "{\"timestamp\": 0, \"input_length\": 1400, \"output_length\": 9, \"hash_ids\": [0, 1, 2]}\n"
    "{\"timestamp\": 27482, \"input_length\": 1025, \"output_length\": 8, \"hash_ids\": [0, 1, "
    "3]}\n"
    "{\"timestamp\": 27482, \"input_length\": 600, \"output_length\": 7, \"hash_ids\": [4, 1]}\n"
    "{\"timestamp\": 30000, \"input_length\": 800, \"output_length\": 6, \"hash_ids\": [0, 1]}\n";

static const char same_requests[] = "timestamp_ms,input_tokens,output_tokens,n_blocks,"
                                    "n_prefix_blocks_seen\n"
                                    "0,1400,9,3,0\n27482,1025,8,3,2\n27482,600,7,2,0\n"
                                    "30000,800,6,2,2\n";

/* Blocks 0 and 1 of the second request were in the first; the third begins with a block that is
 * new, so what follows is no hit; all of the fourth was there, 800 tokens and not 1024. */
START_TEST(prefixes_that_were_there_before_are_hits)
{
    static const trace_term hit[] = {{"prefix_tokens", 1}, {"one", 1}};
    static const double sizes[] = {1, 1025, 1, 801};
    const trace_wish wish = {.size = {2, hit}};
    trace t = load_wish(file_with("requests.jsonl", requests), &wish);
    trace u = load_wish(file_with("requests.csv", same_requests), &wish);
    ck_assert_int_eq(t.n_jobs, 4);
    ck_assert_int_eq(t.job[1].arrival_ns, INT64_C(27482000000));
    for (int k = 0; k < 4; k++)
        ck_assert(t.job[k].size == sizes[k]);
    ck_assert_uint_eq(t.hash, u.hash);
    trace_free(&t);
    trace_free(&u);
}
END_TEST

static const char batch[] =
    "{\n"
    "  \"nb_res\": 4, \"note\": \"jobs [ { \\\"\",\n"
    "  \"jobs\": [\n"
    "    {\"id\": \"w0!9\", \"subtime\": 1.5, \"res\": 4, \"walltime\": 5, \"profile\": "
    "\"long\"},\n"
    "    {\"id\": 3, \"subtime\": 0.0, \"res\": 1, \"profile\": \"short\"},\n"
    "    {\"id\": 4, \"subtime\": 2, \"res\": 1, \"walltime\": 60, \"profile\": \"short\"}\n"
    "  ],\n"
    "  \"profiles\": {\"long\": {\"type\": \"delay\", \"delay\": 10.5},\n"
    "                 \"short\": {\"type\": \"delay\", \"delay\": 1.25}}\n"
    "}\n";

START_TEST(jobs_of_batsim_run_for_the_delay_of_their_profile)
{
    const char *path = file_with("batch.json", batch);
    trace t = load(path);
    ck_assert_int_eq(t.header.max_procs, 4);
    ck_assert_int_eq(t.n_jobs, 3);
    ck_assert(t.job[0].size == 1.25 && t.job[0].estimate == 1.25);
    ck_assert(t.job[1].size == 5 && t.job[1].estimate == 5);
    ck_assert_int_eq(t.job[1].arrival_ns, 1500000000);
    ck_assert_int_eq(t.job[1].cores, 4);
    ck_assert(t.job[2].size == 1.25 && t.job[2].estimate == 60);
    ck_assert_int_eq(trace_count_of(&t.counts, "cut to the walltime they had asked for"), 1);
    ck_assert_int_eq(trace_count_of(&t.counts, "out of order, sorted"), 1);
    trace_free(&t);
    trace u = load_wish(path, &(trace_wish){.max_procs = 3, .lenient = true});
    ck_assert_int_eq(u.n_jobs, 2);
    trace_free(&u);
}
END_TEST

/* ---- wrong files -------------------------------------------------------------------------- */

typedef struct wrong {
    const char *name, *format, *text, *sentence;
} wrong;

static const wrong wrongs[] = {
    {"empty.csv", NULL, "", "empty.csv: error: there are no jobs in it: the file is empty"},
    {"head.csv", NULL, "arrival_s,size\n", "head.csv: error: there are no jobs in it"},
    {"other.csv", NULL, "submit,size\n0,1\n", "other.csv:1: error: there is no column 'arrival_s'"},
    {"typo.csv", NULL, "arival_s,size\n0,1\n",
     "typo.csv:1: error: there is no column 'arrival_s', is it 'arival_s'?"},
    {"column.csv", NULL, "arrival_s,size,prio\n0,1,2\n",
     "column.csv:1: error: column 'prio' is not known and no resource of the scenario"},
    {"near.csv", NULL, "arrival_s,size,core\n0,1,2\n",
     "near.csv:1: error: column 'core' is not known and no resource of the scenario, did you mean "
     "'cores'?"},
    {"twice.csv", NULL, "arrival_s,size,size\n0,1,2\n",
     "twice.csv:1: error: there are two columns 'size'"},
    {"nosize.csv", NULL, "arrival_s,cores\n0,1\n",
     "nosize.csv: error: size: there is no column 'size' in a trace of format csv, there are one, "
     "cores"},
    {"fields.csv", NULL, "arrival_s,size\n0,1\n1,2,3\n",
     "fields.csv:3: error: the line has 3 fields, there are 2 columns"},
    {"comma.csv", NULL, "arrival_s,size\n0,5\n1;2,3\n",
     "comma.csv:3: error: arrival_s is '1;2', not a number"},
    {"quotes.csv", NULL, "arrival_s,size,class\n0,1,\"a\"\n",
     "quotes.csv:2: error: class is '\"a\"', there must be no quotes in it"},
    {"nan.csv", NULL, "arrival_s,size\n0,nan\n", "nan.csv:2: error: size is 'nan', not a number"},
    {"hex.csv", NULL, "arrival_s,size\n0,0x1p3\n",
     "hex.csv:2: error: size is '0x1p3', not a number"},
    {"unit.csv", NULL, "arrival_s,size\n3 h,1\n",
     "unit.csv:2: error: arrival_s is '3 h', not a number"},
    {"negative.csv", NULL, "arrival_s,size\n-1,1\n",
     "negative.csv:2: error: arrival_s is '-1', it must not be negative"},
    {"late.csv", NULL, "arrival_s,size\n1e10,1\n",
     "late.csv:2: error: arrival_s is '1e10', too large"},
    {"none.csv", NULL, "arrival_s,size\n0,0\n", "none.csv:2: error: size is '0', too small"},
    {"half.csv", NULL, "arrival_s,size,cores\n0,1,1.5\n",
     "half.csv:2: error: it needs 1.5 processors, allowed is a whole number from 0 to 2147483647"},
    {"cut.csv", NULL, "arrival_s,size,cores\n0,1,2\n3,4",
     "cut.csv:3: error: the line has 2 fields of 3 and no end: the file is cut off here"},
    {"half-number.csv", NULL, "arrival_s,size\n0,1\n3,4",
     "half-number.csv:3: error: the last line has no end: the file is cut off, or lacks a newline"},
    {"zero.csv", NULL, "arrival_s,size\n0,1\n\1,3\n",
     "zero.csv:3: error: arrival_s is '?', not a number"},
    {"swf.csv", "csv", "; UnixStartTime: 1\n1 0 -1 9 1 -1 -1 -1 -1 -1 1 1 1 -1 1 -1 -1 -1\n",
     "swf.csv:1: error: '; UnixStartTime: 1' cannot be the name of a column (it looks like format "
     "swf)"},
    {"training.csv", "csv", "arrival_s,job_type,batch_size,gpus,steps\n0,A3C,,1,1\n",
     "training.csv:1: error: column 'job_type' is not known and no resource of the scenario"},
    {"steps.csv", NULL, "arrival_s,job_type,batch_size,gpus,steps\n0,A3C,,0,1\n",
     "steps.csv:2: error: gpus is '0', a whole number from 1 on is needed"},
    {"nodes.csv", NULL, "sn,cpu_milli,memory_mib,gpu,model\nn,64000,262144,2,P100\n",
     "nodes.csv:1: error: there is no column 'arrival_s' (it looks like the machines of a cluster "
     "of GPUs, which poise import reads: no jobs)"},
    {"pods.csv", NULL,
     "cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time\n"
     "1,1,0,0,50,40,\n",
     "pods.csv:2: error: deletion_time is '40', before it was scheduled"},
    {"share.csv", NULL,
     "cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time\n"
     "1,1,0,500,50,60,\n",
     "share.csv:2: error: gpu_milli is '500', but num_gpu is 0"},
    {"day.csv", NULL, "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-02-29 00:00:00,1,1\n",
     "day.csv:2: error: TIMESTAMP is '2023-02-29 00:00:00', no time like 2023-11-16 "
     "18:15:46.6805900"},
    {"back.csv", NULL,
     "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-03-01 00:00:01,1,1\n2023-03-01 00:00:00,1,1\n",
     "back.csv:3: error: TIMESTAMP is '2023-03-01 00:00:00', before the first request"},
    {"blocks.csv", NULL,
     "timestamp_ms,input_tokens,output_tokens,n_blocks,n_prefix_blocks_seen\n0,1,1,1,2\n",
     "blocks.csv:2: error: n_prefix_blocks_seen is '2', more than there are blocks"},
    {"lines.jsonl", NULL,
     "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 9, \"hash_ids\": []}\n"
     "{\"timestamp\": 0, \"input_length\": 1, \"hash_ids\": []}\n",
     "lines.jsonl:2: error: output_length: it is missing"},
    {"ids.jsonl", NULL,
     "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 9, \"hash_ids\": [0.5]}\n",
     "ids.jsonl:1: error: hash_ids: it must be a list of whole numbers"},
    {"json.json", NULL, "{\"jobs\": 3}\n",
     "json.json:1: error: a workload of Batsim has a list `jobs` and a map `profiles`, this has "
     "not"},
    {"profile.json", NULL,
     "{\"jobs\": [\n\n{\"id\": 1, \"subtime\": 0, \"res\": 1, \"profile\": \"p\"}],\n"
     "\"profiles\": {\"p\": {\"type\": \"parallel\"}}}\n",
     "profile.json:3: error: the profile of the job is of another type than delay"},
    {"wide.json", NULL,
     "{\"nb_res\": 2, \"jobs\": [\n{\"id\": 1, \"subtime\": 0, \"res\": 3, \"profile\": \"p\"}],\n"
     "\"profiles\": {\"p\": {\"type\": \"delay\", \"delay\": 1}}}\n",
     "wide.json:2: error: it needs 3 processors, there are 2 (lenient leaves such jobs out)"},
};

START_TEST(a_wrong_file_is_refused_with_one_line_that_says_where)
{
    const wrong *w = &wrongs[_i];
    const trace_wish wish = {.format = w->format ? trace_format_named(w->format) : NULL};
    ck_assert_str_eq(refusal(file_with(w->name, w->text), &wish), w->sentence);
}
END_TEST

START_TEST(a_key_of_no_class_is_refused_with_its_line_or_counted)
{
    const char *path = file_with("keys.csv", "arrival_s,size,class\n0,1,a\n1,1,c\n2,1,b\n3,1,\n");
    ck_assert_str_eq(refusal(path, &by_class),
                     "keys.csv:3: error: 'c' is no class of jobs, and none is given for it: "
                     "classes: {c: NAME}, or class: NAME for all");
    trace_wish lenient = by_class;
    lenient.lenient = true;
    trace t = load_wish(path, &lenient);
    ck_assert_int_eq(t.n_jobs, 2);
    ck_assert_int_eq(trace_count_of(&t.counts, "left out because no class is known for them"), 2);
    ck_assert_int_eq(t.counts.count[0].line, 3);
    trace_free(&t);
    trace_wish others = by_class;
    others.class_id = 1;
    trace u = load_wish(path, &others);
    ck_assert_int_eq(u.n_jobs, 4);
    ck_assert_int_eq(u.job[1].class_id, 1);
    trace_free(&u);
}
END_TEST

START_TEST(a_lenient_reader_counts_each_reason_with_its_first_line)
{
    const char *path = file_with("bad.csv", "arrival_s,size,prio\n"
                                            "0,1,1\nx,1,1\n1,2\n2,y,1\n3,-4,1\n4,5,1\n5,6,1");
    trace t = load_wish(path, &(trace_wish){.lenient = true});
    static const struct {
        const char *what;
        int n, line;
    } expected[] = {
        {"columns that are not known, not read", 1, 1},
        {"left out because a field is no number", 2, 3},
        {"left out because they have too many or too few fields", 1, 4},
        {"left out because a value is not possible", 1, 6},
        {"without an end of line: the file may be cut off", 1, 8},
    };
    ck_assert_int_eq(t.counts.lines, 7);
    ck_assert_int_eq(t.n_jobs, 3);
    ck_assert_int_eq(t.counts.n, 5);
    for (int k = 0; k < 5; k++) {
        ck_assert_str_eq(t.counts.count[k].what, expected[k].what);
        ck_assert_int_eq(t.counts.count[k].n, expected[k].n);
        ck_assert_int_eq(t.counts.count[k].line, expected[k].line);
    }
    trace_free(&t);
}
END_TEST

/* ---- damaged files ------------------------------------------------------------------------ */

typedef struct good {
    const char *name, *text;
} good;

static const good goods[] = {
    {"own.csv", own},
    {"training.csv", "arrival_s,job_type,batch_size,gpus,steps\n0,Transformer,128,1,5635991\n"
                     "9,A3C,,4,7\n12.5,LM,10,2,99\n"},
    {"pods.csv", pods},
    {"llm.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n"
                "2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:51.2224670,879,55"},
    {"requests.jsonl", requests},
    {"requests.csv", same_requests},
    {"batch.json", batch},
    {"log.swf", "; MaxProcs: 64\n1 0 -1 100 4 -1 -1 8 200 -1 1 1 1 -1 1 -1 -1 -1\n"
                "2 30 5 50 2 49.75 1024 -1 -1 -1 0 1 1 -1 1 -1 -1 -1\n"},
};

/* Reads a file that may be damaged: it is refused in one sentence, or what was read makes sense and
 * every line is accounted for. Returns whether it was read. */
static bool try_to_read(const char *path, bool lenient)
{
    poise_error err = {0};
    trace t;
    if (!trace_load(path, &(trace_wish){.lenient = lenient}, &t, &err)) {
        ck_assert_msg(err.n_mistakes == 1 && strstr(err.text, "error: "), "%s", err.text);
        ck_assert_ptr_null(strchr(err.text, '\n'));
        return false;
    }
    int64_t left_out = 0, last = 0;
    for (int k = 0; k < t.counts.n; k++)
        if (strncmp(t.counts.count[k].what, "left out", 8) == 0)
            left_out += t.counts.count[k].n;
    bool sane = t.counts.lines == t.counts.jobs + left_out && t.n_jobs == t.counts.jobs;
    for (int64_t k = 0; k < t.n_jobs; k++) {
        const trace_job *j = &t.job[k];
        sane = sane && j->size > 0 && isfinite(j->size) && j->estimate > 0 && j->cores >= 0 &&
               j->memory_bytes >= 0 && j->deadline_ns >= 0 && j->arrival_ns >= last;
        last = j->arrival_ns;
    }
    ck_assert_msg(sane, "%s: %d jobs of %d lines, %d left out", path, (int)t.n_jobs,
                  (int)t.counts.lines, (int)left_out);
    trace_free(&t);
    return true;
}

START_TEST(a_file_cut_at_any_byte_is_refused_or_read_up_to_there)
{
    const good *g = &goods[_i];
    size_t n = strlen(g->text);
    for (size_t keep = 0; keep <= n; keep++) {
        bool strict = try_to_read(file_of(g->name, g->text, keep), false);
        bool lenient = try_to_read(file_of(g->name, g->text, keep), true);
        ck_assert_msg(lenient || !strict, "%s at %zu: only the strict reader takes it", g->name,
                      keep);
        if (keep == n)
            ck_assert(strict);
    }
}
END_TEST

START_TEST(a_compressed_file_cut_at_any_byte_is_refused)
{
    const good *g = &goods[_i];
    char path[300];
    static char bytes[1 << 16];
    snprintf(path, sizeof path, "%s/%s.gz", folder, g->name);
    gzFile f = gzopen(path, "wb");
    ck_assert_int_gt(gzputs(f, g->text), 0);
    ck_assert_int_eq(gzclose(f), Z_OK);
    ck_assert(try_to_read(path, false));
    FILE *in = fopen(path, "rb");
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    for (size_t keep = 2; keep < n; keep++)
        ck_assert_msg(!try_to_read(file_of("cut.gz", bytes, keep), true), "cut at %zu of %zu", keep,
                      n);
}
END_TEST

START_TEST(files_with_changed_bytes_are_read_or_refused)
{
    static const char spice[] = " \n\r\t;-.,0123456789\0eE\xff{}[]\":|T";
    const good *g = &goods[_i];
    const int n_mutants = INSTRUMENTED ? 600 : 2500;
    size_t n = strlen(g->text);
    char *text = malloc(n + 1);
    poise_rng r = poise_rng_at(5, POISE_FOR_HARNESS, (uint32_t)_i, 0);
    int n_read = 0;
    for (int k = 0; k < n_mutants; k++) {
        memcpy(text, g->text, n);
        for (int changes = 1 + poise_rng_below(&r, 3); changes > 0; changes--) {
            bool flip = poise_rng_below(&r, 2) == 0;
            size_t at = (size_t)poise_rng_below(&r, (int)n);
            text[at] = flip ? (char)(text[at] ^ 1 << poise_rng_below(&r, 8))
                            : spice[poise_rng_below(&r, sizeof spice - 1)];
        }
        n_read += try_to_read(file_of(g->name, text, n), k % 2 == 0);
    }
    free(text);
    ck_assert_int_gt(n_read, n_mutants / 100);
    ck_assert_int_lt(n_read, n_mutants);
}
END_TEST

/* ---- scenarios ---------------------------------------------------------------------------- */

static const char *yaml_of(const char *source)
{
    static char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: part-v1\ntitle: part\n"
             "devices: [{name: d, law: cores, cores: 4, memory: 1 MB, resources: {disk: 10}}]\n"
             "workload: {classes: [{name: a}, {name: b}], sources: [{type: trace, %s}]}\n",
             source);
    return file_with("scenario.yaml", yaml);
}

static poise_scenario *scenario_with(const char *source, poise_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s", yaml_of(source));
    return poise_scenario_load(path, NULL, 0, err);
}

START_TEST(a_scenario_maps_keys_and_columns_and_its_text_reads_back_as_the_same)
{
    poise_error err = {0};
    file_with("jobs.csv",
              "arrival_s,size,class,disk,memory_bytes\n0,1,a,3,5\n1,2,x-1,0,6\n2,3,*,1,7\n");
    poise_scenario *s = scenario_with("file: jobs.csv, classes: {x-1: b, '*': a}, "
                                      "size: {size: 2, one: 1}, memory: {memory_bytes: 10}",
                                      &err);
    ck_assert_msg(s, "%s", err.text);
    const scenario_source *src = &s->source[0];
    ck_assert_int_eq(src->n_jobs, 3);
    ck_assert(src->job[0].size == 3 && src->job[1].size == 5 && src->job[2].size == 7);
    ck_assert_int_eq(src->job[1].class_id, 1);
    ck_assert_int_eq(src->job[2].class_id, 0);
    ck_assert_int_eq(src->job[2].memory_bytes, 70);
    ck_assert_int_eq(src->job[0].resources[0], 3);
    char path[256];
    snprintf(path, sizeof path, "%s", file_with("again.yaml", poise_scenario_resolved(s)));
    poise_scenario *again = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(again, "%s", err.text);
    ck_assert_str_eq(poise_scenario_resolved(s), poise_scenario_resolved(again));
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    poise_scenario_free(again);
    poise_scenario_free(s);
}
END_TEST

typedef struct misfit {
    const char *rows, *sentence;
} misfit;

static const misfit misfits[] = {
    {"0,1,1,0,1\n1,1,5,0,1\n",
     "jobs.csv:3: error: it needs 5 processors, there are 4 (lenient leaves such jobs out)"},
    {"0,1,1,0,1\n1,1,1,0,1\n2,1,1,0,2000000\n", "jobs.csv:4: error: it fits on no device: it needs "
                                                "1 cores, 2000000 bytes of memory, 0 of disk "
                                                "(lenient leaves such jobs out)"},
    {"0,1,1,0,1\n1,1,1,11,1\n",
     "jobs.csv:3: error: it fits on no device: it needs 1 cores, 1 bytes of memory, 11 of disk "
     "(lenient leaves such jobs out)"},
};

START_TEST(a_job_that_fits_on_no_device_is_refused_with_its_line_or_counted)
{
    char rows[512];
    poise_error err = {0};
    snprintf(rows, sizeof rows, "arrival_s,size,cores,disk,memory_bytes\n%s", misfits[_i].rows);
    file_with("jobs.csv", rows);
    ck_assert_ptr_null(scenario_with("file: jobs.csv, class: a", &err));
    ck_assert_msg(strstr(err.text, misfits[_i].sentence), "%s", err.text);
    poise_scenario *s = scenario_with("file: jobs.csv, class: a, lenient: true", &err);
    ck_assert_msg(s, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(poise_scenario_notes(s), "; 1 left out because they "));
    poise_scenario_free(s);
    const char *set = "workload.lenient=true";
    char path[256];
    snprintf(path, sizeof path, "%s", yaml_of("file: jobs.csv, class: a"));
    s = poise_scenario_load(path, &set, 1, &err);
    ck_assert_msg(s, "%s", err.text);
    poise_scenario_free(s);
}
END_TEST

/* ---- real traces -------------------------------------------------------------------------- */

/* Counts and sums by the csv and json modules of Python over the files, as in
 *   python3 -c "import csv; r = list(csv.DictReader(open(F))); print(len(r),
 *               sum(int(x['steps']) for x in r), sum(int(x['gpus']) for x in r))"
 * where pods run from scheduled_time (else creation_time) to deletion_time, one second at least,
 * and take num_gpu x gpu_milli. */
typedef struct real {
    const char *file;
    int64_t jobs;
    double sizes, cores, memory, last_s;
} real;

static const real reals[] = {
    {"alibaba-gpu-v2023/openb_pod_list_default.csv", 8152, 210197756, 6086800, 318291271745536.,
     12901761},
    {"alibaba-gpu-v2023/openb_pod_list_cpu100.csv", 7853, 209186393, 6086800, 303112927576064.,
     12901761},
    {"alibaba-gpu-v2023/openb_pod_list_gpuspec33.csv", 8152, 210197756, 6086800, 318291271745536.,
     12901761},
    {"gavel/csv/103959.csv", 986, 1916994894, 2364, 0, 7910540},
    {"gavel/csv/6214e9.csv", 2000, 17063947829, 2214, 0, 4184080},
    {"gavel/csv/ed69ec.csv", 951, 3232740580, 951, 0, 6555770},
    {"gavel/csv/max_min_fairness.csv", 96, 18166806, 169, 0, 46317},
    {"mooncake/conversation_trace.csv", 12031, 4122048, 0, 0, 3536.999},
    {"azure-llm-2023/AzureLLMInferenceTrace_conv.csv", 19366, 4088665, 0, 0, 3501.721937},
    {"batsim-evalys/medium_late.json", 801, 121280.007, 2180, 0, 16000},
};

static const char *shared_file(const char *name)
{
    static char path[1024];
    const char *shared = getenv("POISE_SHARED");
    snprintf(path, sizeof path, "%s/data/%s", shared ? shared : POISE_SOURCE_DIR "/../shared",
             name);
    if (access(path, R_OK) == 0)
        return path;
    printf("skipped: there is no %s (POISE_SHARED says where)\n", path);
    return NULL;
}

START_TEST(real_traces_have_the_jobs_and_sums_that_another_program_finds)
{
    const real *k = &reals[_i];
    const char *path = shared_file(k->file);
    if (!path)
        return;
    trace t = load(path);
    double sizes = 0, cores = 0, memory = 0;
    for (int64_t i = 0; i < t.n_jobs; i++) {
        sizes += t.job[i].size;
        cores += t.job[i].cores;
        memory += (double)t.job[i].memory_bytes;
    }
    ck_assert_int_eq(t.n_jobs, k->jobs);
    ck_assert_double_eq_tol(sizes, k->sizes, 1e-6);
    ck_assert(cores == k->cores && memory == k->memory);
    ck_assert_int_eq(t.job[0].arrival_ns, 0);
    ck_assert_int_eq(t.job[t.n_jobs - 1].arrival_ns, llround(k->last_s * 1e9));
    trace_free(&t);
}
END_TEST

/* python3: sum of ContextTokens 22361870; sum over requests of min(input_tokens, 512 x
 * n_prefix_blocks_seen) 54098411 of 144793823 input tokens. */
START_TEST(real_requests_have_the_prompts_that_another_program_finds)
{
    static const trace_term context[] = {{"context_tokens", 1}},
                            hit[] = {{"prefix_tokens", 1}, {"one", 1}};
    const char *path = shared_file("azure-llm-2023/AzureLLMInferenceTrace_conv.csv");
    double sum = 0;
    if (!path)
        return;
    trace t = load_wish(path, &(trace_wish){.size = {1, context}});
    for (int64_t i = 0; i < t.n_jobs; i++)
        sum += t.job[i].size;
    ck_assert(sum == 22361870);
    ck_assert_int_eq(t.header.unix_start_time, 1700158546);  // date -ud '2023-11-16 18:15:46' +%s
    trace_free(&t);
    t = load_wish(shared_file("mooncake/conversation_trace.csv"), &(trace_wish){.size = {2, hit}});
    sum = 0;
    for (int64_t i = 0; i < t.n_jobs; i++)
        sum += t.job[i].size - 1;
    ck_assert(sum == 54098411);
    trace_free(&t);
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    const int n_goods = sizeof goods / sizeof *goods;
    Suite *suite = suite_create("traces");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, our_own_table_is_read_column_by_column);
    tcase_add_test(all, arrivals_are_exact_to_the_nanosecond_and_sizes_to_the_last_bit);
    tcase_add_test(all, sums_of_columns_make_sizes_memory_and_resources);
    tcase_add_test(all, training_jobs_are_steps_on_gpus_of_classes_by_type_batch_and_gpus);
    tcase_add_test(all, pods_take_thousandths_of_gpus_and_run_from_their_schedule_on);
    tcase_add_test(all, requests_are_timed_from_the_first_to_100_ns_across_leap_days);
    tcase_add_test(all, prefixes_that_were_there_before_are_hits);
    tcase_add_test(all, jobs_of_batsim_run_for_the_delay_of_their_profile);
    tcase_add_loop_test(all, a_wrong_file_is_refused_with_one_line_that_says_where, 0,
                        sizeof wrongs / sizeof *wrongs);
    tcase_add_test(all, a_key_of_no_class_is_refused_with_its_line_or_counted);
    tcase_add_test(all, a_lenient_reader_counts_each_reason_with_its_first_line);
    tcase_add_loop_test(all, a_file_cut_at_any_byte_is_refused_or_read_up_to_there, 0, n_goods);
    tcase_add_loop_test(all, a_compressed_file_cut_at_any_byte_is_refused, 0, n_goods);
    tcase_add_loop_test(all, files_with_changed_bytes_are_read_or_refused, 0, n_goods);
    tcase_add_test(all, a_scenario_maps_keys_and_columns_and_its_text_reads_back_as_the_same);
    tcase_add_loop_test(all, a_job_that_fits_on_no_device_is_refused_with_its_line_or_counted, 0,
                        sizeof misfits / sizeof *misfits);
    tcase_add_loop_test(all, real_traces_have_the_jobs_and_sums_that_another_program_finds, 0,
                        sizeof reals / sizeof *reals);
    tcase_add_test(all, real_requests_have_the_prompts_that_another_program_finds);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    remove_folder();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
