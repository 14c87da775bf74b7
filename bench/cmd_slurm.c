/* cmd_slurm.c - `poise slurm`: an experiment as jobs of a cluster that runs Slurm: an array whose
 * tasks are shards of the sweep, and a job that merges them.
 *
 * The scripts are read by sbatch and by a shell: whatever somebody else has written, names and
 * paths, is quoted for the shell; what sbatch reads (#SBATCH) is limited to letters that have no
 * meaning to it, for its quoting is not the shell's. */
#include "cli.h"
#include "experiment_file.h"
#include "file.h"

#include "error.h"
#include "string_buffer.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct options {
    const char *experiment, *time, *partition, *account, *mem, *store, *folder;
    const char *name;  // of the experiment
    names sets, extra;
    int shards, cpus, limit_s;
    bool submit, force, keep_going, retry_failed;
} options;

enum {
    OPT_ARRAY = 256,
    OPT_TIME,
    OPT_SUBMIT,
    OPT_PARTITION,
    OPT_MEM,
    OPT_CPUS,
    OPT_ACCOUNT,
    OPT_OPTION,
    OPT_SET,
    OPT_STORE,
    OPT_KEEP_GOING,
    OPT_RETRY_FAILED,
    OPT_FORCE,
};

static const struct argp_option rows[] = {
    {"array", OPT_ARRAY, "N", 0, "shards: as many tasks has the array", 0},
    {"time", OPT_TIME, "TIME", 0,
     "limit of each task, as Slurm writes it: MINUTES, MM:SS, H:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS",
     0},
    {"cpus", OPT_CPUS, "N", 0, "processors, and threads, of each task; default 1", 0},
    {"mem", OPT_MEM, "SIZE", 0, "memory of each task: 500M, 4G", 0},
    {"partition", OPT_PARTITION, "NAME", 0, "where to run", 0},
    {"account", OPT_ACCOUNT, "NAME", 0, "who pays", 0},
    {"option", OPT_OPTION, "TEXT", 0, "another option of sbatch: --option=--qos=long", 0},
    {"submit", OPT_SUBMIT, 0, 0, "submit both jobs, too", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the experiment", 0},
    {"keep-going", OPT_KEEP_GOING, 0, 0, "as of poise sweep: go on after a cell that fails", 0},
    {"retry-failed", OPT_RETRY_FAILED, 0, 0, "as of poise sweep: try failed cells again", 0},
    {"store", OPT_STORE, "STORE", 0, "where results are merged; default results/NAME.db", 0},
    {"output", 'o', "FOLDER", 0, "where scripts are written; default the folder you are in", 0},
    {"force", OPT_FORCE, 0, 0, "replace scripts that are there already", 0},
    {0},
};

static const char about[] =
    "Write NAME.sbatch, an array of jobs that are the shards of a sweep, and NAME.merge.sbatch, a "
    "job that merges their results, and print the commands that submit them. A shard that was "
    "killed or ran out of time has kept what it had finished: submitting again goes on from there."
    "\v"
    "Examples:\n"
    "  poise slurm mine.yaml --array 64 --time 1:00:00 --cpus 4 --mem 8G\n"
    "  poise slurm mine.yaml --array 64 --time 2-00 --partition long --submit";

/* ---- what sbatch reads -------------------------------------------------------------------- */

/* Whether text is one or more of letters, digits and some other characters. */
static bool is_made_of(const char *text, const char *others)
{
    for (const char *c = text; *c; c++)
        if (!(isascii(*c) && isalnum(*c)) && !strchr(others, *c))
            return false;
    return *text != 0;
}

static const char *take_name(const char *option, const char *text)
{
    if (!is_made_of(text, "_.,+-") || *text == '-')
        cli_refuse("%s '%s' is not a name of letters, digits and _.,+-", option, text);
    return text;
}

static const char *take_memory(const char *text)
{
    const size_t n = strspn(text, "0123456789");
    if (n < 1 || n > 12 || (text[n] && (!strchr("KMGT", text[n]) || text[n + 1])))
        cli_refuse("--mem '%s' is not a size, as 500M or 4G: a whole number and K, M, G or T",
                   text);
    return text;
}

/* What stands in an option's place of sbatch without being torn apart, and is not ours to say. */
static const char *take_option(const char *text)
{
    static const char *const ours[] = {"array", "time",          "partition", "account",
                                       "mem",   "cpus-per-task", "wrap"};
    const size_t n = strcspn(text, "=");
    if (strncmp(text, "--", 2) != 0 || n < 3 || !is_made_of(text, "-_.,:=@%+/&|*!()[]<>~^"))
        cli_refuse("--option '%s' is not an option of sbatch as --NAME or --NAME=VALUE, without "
                   "blanks, quotes, #, $ and \\",
                   text);
    for (size_t k = 0; k < sizeof ours / sizeof *ours; k++)
        if (n == strlen(ours[k]) + 2 && strncmp(text + 2, ours[k], n - 2) == 0)
            cli_refuse("--option '%s' is not free: %s", text,
                       strcmp(ours[k], "wrap") == 0 ? "the script says what is run"
                                                    : "poise slurm has options for it");
    return text;
}

/* Reads "D-HH:MM:SS" and its short forms into seconds; false if it is none. */
static bool read_time(const char *text, int64_t *seconds)
{
    static const int64_t plain[3][3] = {{60}, {60, 1}, {3600, 60, 1}};
    static const int64_t after_days[3] = {3600, 60, 1};
    const char *dash = strchr(text, '-');
    int64_t total = 0, part[4];
    int n = 0;
    for (const char *at = text;; at++) {
        const size_t digits = strspn(at, "0123456789");
        if (n == 4 || digits < 1 || digits > 6)
            return false;
        part[n++] = strtoll(at, NULL, 10);
        at += digits;
        if (!*at)
            break;
        if (at == dash ? n != 1 : *at != ':')
            return false;
    }
    const int n_clock = dash ? n - 1 : n, first = dash ? 1 : 0;
    if (n_clock < 1 || n_clock > 3)
        return false;
    const int64_t *unit = dash ? after_days : plain[n_clock - 1];
    for (int k = 0; k < n_clock; k++) {
        const int64_t p = part[first + k];
        if ((k > 0 && p > 59) || (dash && k == 0 && p > 23))
            return false;
        total += p * unit[k];
    }
    *seconds = total + (dash ? 86400 * part[0] : 0);
    return true;
}

static void take_time(options *o, const char *text)
{
    int64_t seconds;
    if (!read_time(text, &seconds))
        cli_refuse("--time '%s' is not a time as Slurm writes it: MINUTES, MM:SS, H:MM:SS, D-HH, "
                   "D-HH:MM or D-HH:MM:SS",
                   text);
    if (seconds < 60 || seconds > 366 * 86400)
        cli_refuse("--time '%s' is not from a minute to a year (a plain number is minutes)", text);
    o->time = text;
    o->limit_s = (int)seconds;
}

/* ---- the command line --------------------------------------------------------------------- */

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_ARRAY: o->shards = (int)cli_whole("--array", argument, 1, 10000); break;
    case OPT_TIME: take_time(o, argument); break;
    case OPT_CPUS: o->cpus = (int)cli_whole("--cpus", argument, 1, 1024); break;
    case OPT_MEM: o->mem = take_memory(argument); break;
    case OPT_PARTITION: o->partition = take_name("--partition", argument); break;
    case OPT_ACCOUNT: o->account = take_name("--account", argument); break;
    case OPT_OPTION: names_add(&o->extra, take_option(argument)); break;
    case OPT_SUBMIT: o->submit = true; break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_KEEP_GOING: o->keep_going = true; break;
    case OPT_RETRY_FAILED: o->retry_failed = true; break;
    case OPT_STORE: o->store = argument; break;
    case OPT_FORCE: o->force = true; break;
    case 'o': o->folder = argument; break;
    case ARGP_KEY_ARG:
        if (o->experiment)
            cli_refuse("one experiment at a time, '%s' is one too many", argument);
        o->experiment = argument;
        break;
    case ARGP_KEY_END:
        if (!o->experiment)
            cli_refuse("which experiment? A file that ends in .yaml, or a name of `poise list "
                       "experiments`");
        if (!o->shards)
            cli_refuse("how many shards? --array N");
        if (!o->time)
            cli_refuse("how long may a shard take? --time 1:00:00");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- words of a shell --------------------------------------------------------------------- */

/* One word of a shell command that stands for text. */
static const char *quoted(const char *text)
{
    if (is_made_of(text, "_./=:,+@-"))
        return text;
    string_buffer word = {0};
    string_add(&word, "'");
    for (const char *c = text; *c; c++)
        if (*c == '\'')
            string_add(&word, "'\\''");
        else
            string_add(&word, "%c", *c);
    string_add(&word, "'");
    const char *kept = arena_text(cli_memory(), word.at);
    string_free(&word);
    return kept;
}

/* The folder that the command was given in. */
static const char *here(void)
{
    char path[PATH_MAX];
    if (!getcwd(path, sizeof path))
        exit(cli_error(STATUS_IO, "cannot tell which folder this is: %s", strerror(errno)));
    return arena_text(cli_memory(), path);
}

/* A path that is right in every folder. Symbolic links stay: they are for the nodes to follow. */
static const char *absolute(const char *path)
{
    return *path == '/' ? path : arena_format(cli_memory(), "%s/%s", here(), path);
}

static const char *this_program(void)
{
    char path[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || n == sizeof path)
        exit(cli_error(STATUS_IO, "cannot tell where this program is: %s", strerror(errno)));
    return arena_copy(cli_memory(), path, (size_t)n);
}

/* A line break in a word could pass for a line of a script. */
static void check_word(const char *what, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++)
        if (iscntrl((unsigned char)*c))
            cli_refuse("%s has a line break or another control character in it: a script cannot "
                       "name it",
                       what);
}

static void check_words(const options *o)
{
    check_word("the folder you are in", here());
    check_word("the program's path", this_program());
    check_word("POISE_DATA", getenv("POISE_DATA"));
    check_word("the path of the experiment", o->experiment);
    check_word("the path of the store", o->store);
    check_word("the folder of the scripts", o->folder);
    for (int k = 0; k < o->sets.n; k++)
        check_word("--set", o->sets.at[k]);
}

/* ---- the scripts -------------------------------------------------------------------------- */

/* A job: its script, and where it goes. */
typedef struct job {
    const char *path;
    string_buffer text;
} job;

static void add_head(string_buffer *to, const options *o, const char *name)
{
    string_add(to, "#!/bin/sh\n#SBATCH --job-name=%s\n#SBATCH --ntasks=1\n#SBATCH --time=%s\n",
               name, o->time);
    if (o->mem)
        string_add(to, "#SBATCH --mem=%s\n", o->mem);
    if (o->partition)
        string_add(to, "#SBATCH --partition=%s\n", o->partition);
    if (o->account)
        string_add(to, "#SBATCH --account=%s\n", o->account);
    string_add(to, "#SBATCH --requeue\n#SBATCH --open-mode=append\n");
}

static void add_extra(string_buffer *to, const options *o)
{
    for (int k = 0; k < o->extra.n; k++)
        string_add(to, "#SBATCH %s\n", o->extra.at[k]);
}

/* The folder and the data as they are here, and "exec poise VERB EXPERIMENT -o STORE". */
static void add_command(string_buffer *to, const options *o, const char *verb)
{
    const char *data = getenv("POISE_DATA");
    string_add(to, "# shellcheck disable=SC1003,SC2016 # quotes mean what stands in them\n");
    string_add(to, "set -eu\ncd %s\n", quoted(here()));
    if (data && *data)
        string_add(to, "export POISE_DATA=%s\n", quoted(absolute(data)));
    /* As it was given: files of agents are called after it, in stores too. */
    const char *given = *o->experiment == '-' ? absolute(o->experiment) : o->experiment;
    string_add(to, "exec %s %s %s -o %s", quoted(this_program()), verb, quoted(given),
               quoted(absolute(o->store)));
    for (int k = 0; k < o->sets.n; k++)
        string_add(to, " --set %s", quoted(o->sets.at[k]));
}

/* Shards are told of the end of their time a minute before it, where that is a small part of it.
 * The signal is for the shell (B:), whose place the program takes. */
static void add_array(job *to, const options *o)
{
    string_buffer *text = &to->text;
    add_head(text, o, o->name);
    string_add(text, "#SBATCH --cpus-per-task=%d\n#SBATCH --array=1-%d\n", o->cpus, o->shards);
    string_add(text, "#SBATCH --output=%s-%%A_%%a.log\n", o->name);
    if (o->limit_s >= 600)
        string_add(text, "#SBATCH --signal=B:TERM@60\n");
    add_extra(text, o);
    string_add(text,
               "# Written by poise slurm: each task of the array is a shard of %s. What it has\n"
               "# stored stays when it is killed; submitted again, it goes on from there.\n",
               o->name);
    add_command(text, o, "sweep");
    string_add(text, " -j %d --shard \"$SLURM_ARRAY_TASK_ID/%d\"%s%s\n", o->cpus, o->shards,
               o->keep_going ? " --keep-going" : "", o->retry_failed ? " --retry-failed" : "");
}

static void add_merge(job *to, const options *o)
{
    string_buffer *text = &to->text;
    add_head(text, o, arena_format(cli_memory(), "%s-merge", o->name));
    string_add(text, "#SBATCH --output=%s-merge-%%j.log\n", o->name);
    add_extra(text, o);
    string_add(text,
               "# Written by poise slurm: what the shards of %s have stored becomes one\n"
               "# store. It may be run at any time, and again.\n",
               o->name);
    add_command(text, o, "merge");
    string_add(text, " --wait\n");
}

/* Whether a file is what would be written. */
static bool is_there(const job *j)
{
    size_t n = 0;
    poise_error err = {0};
    char *found = file_read(j->path, 1 << 20, &n, &err);
    const bool same = found && n == j->text.length && memcmp(found, j->text.at, n) == 0;
    free(found);
    return same;
}

/* Scripts that are there as they should be, as when an array is submitted again, are left. */
static int write_scripts(const options *o, const job *array, const job *merge)
{
    const file_text files[] = {{array->path, array->text.at, array->text.length},
                               {merge->path, merge->text.at, merge->text.length}};
    const char *const paths[] = {array->path, merge->path};
    poise_error err = {0};
    if (is_there(array) && is_there(merge))
        return STATUS_OK;
    if ((!o->force && file_any_is_there(paths, 2, &err)) || !file_make_parents(array->path, &err) ||
        !file_write_all(files, 2, o->force, NULL, NULL, &err))
        return cli_explain(STATUS_IO, &err);
    return STATUS_OK;
}

/* ---- sbatch ------------------------------------------------------------------------------- */

/* What is in a file from its begin on, as one line. */
static const char *line_of(int fd)
{
    char text[600];
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    size_t length = n > 0 ? (size_t)n : 0;
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    for (size_t k = 0; k < length; k++)
        if (iscntrl((unsigned char)text[k]))
            text[k] = ' ';
    return arena_copy(cli_memory(), text, length);
}

/* Runs argv[0], found in PATH; the number of an error if it cannot be run. Else status is as of
 * waitpid. */
static int run_quietly(char *const *argv, int out, int err, int *status)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t as_usual;
    sigset_t pipes;
    pid_t child;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    posix_spawnattr_init(&as_usual);
    posix_spawnattr_setsigdefault(&as_usual, &pipes);
    posix_spawnattr_setflags(&as_usual, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    const int error = posix_spawnp(&child, argv[0], &files, &as_usual, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&as_usual);
    while (!error && waitpid(child, status, 0) < 0 && errno == EINTR) {
    }
    return error;
}

/* The number of the job that sbatch made of a script; NULL with a sentence in err. */
static const char *submit(const char *script, const char *dependency, poise_error *err)
{
    char *argv[] = {(char *)"sbatch", (char *)"--parsable",
                    (char *)(dependency ? dependency : script),
                    (char *)(dependency ? script : NULL), NULL};
    const int out = memfd_create("out", MFD_CLOEXEC), told = memfd_create("err", MFD_CLOEXEC);
    int status = 0;
    const int error = out < 0 || told < 0 ? errno : run_quietly(argv, out, told, &status);
    const char *said = error ? "" : line_of(out), *why = error ? "" : line_of(told);
    if (out >= 0)
        close(out);
    if (told >= 0)
        close(told);
    if (error == ENOENT)
        return error_null(err, "there is no sbatch here: without --submit, the commands to type "
                               "where there is one are printed");
    if (error)
        return error_null(err, "cannot run sbatch: %s", strerror(error));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_null(err, "sbatch has not taken %s: %s", script,
                          *why ? why : "it said nothing");
    /* "17", or "17;cluster" */
    const size_t n = strspn(said, "0123456789");
    if (n == 0 || (said[n] && said[n] != ';'))
        return error_null(err, "sbatch took %s, but told no job's number: '%s'", script, said);
    return arena_copy(cli_memory(), said, n);
}

/* Merging waits for the end of all shards, not for their success: what is there of an experiment is
 * of use, and merging says what is missing. */
static int submit_both(const char *array, const char *merge)
{
    poise_error err = {0};
    const char *first = submit(array, NULL, &err);
    if (!first)
        return cli_explain(STATUS_IO, &err);
    const char *after = arena_format(cli_memory(), "--dependency=afterany:%s", first);
    const char *second = submit(merge, after, &err);
    if (!second)
        return cli_error(STATUS_IO, "the shards are job %s, but nothing will merge them: %s", first,
                         err.text);
    printf("job %s: the shards\njob %s: merges them when all have ended\n", first, second);
    return STATUS_OK;
}

static void print_commands(const char *array, const char *merge)
{
    printf("job=$(sbatch --parsable %s)\nsbatch --dependency=afterany:\"${job%%%%;*}\" %s\n",
           quoted(array), quoted(merge));
}

/* ---- the command -------------------------------------------------------------------------- */

static int write_and_submit(const options *o)
{
    arena *m = cli_memory();
    const char *folder = o->folder ? absolute(o->folder) : here();
    job array = {.path = arena_format(m, "%s/%s.sbatch", folder, o->name)};
    job merge = {.path = arena_format(m, "%s/%s.merge.sbatch", folder, o->name)};
    add_array(&array, o);
    add_merge(&merge, o);
    int status = write_scripts(o, &array, &merge);
    if (!status && o->submit)
        status = submit_both(array.path, merge.path);
    else if (!status)
        print_commands(array.path, merge.path);
    string_free(&array.text);
    string_free(&merge.text);
    return status;
}

int cmd_slurm(int argc, char **argv)
{
    options o = {.cpus = 1};
    const struct argp argp = {rows, take, "EXPERIMENT", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    o.experiment = experiment_file_path(o.experiment);
    check_words(&o);
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read(&x, o.experiment, o.sets.at, o.sets.n, &err))
        return cli_explain(STATUS_INPUT, &err);
    if (x.ask.precision.within > 0)
        cli_refuse("%s asks for a precision, by which seeds are run until all are known: that goes "
                   "without shards",
                   x.name);
    assert(is_made_of(x.name, "_-"));
    o.name = x.name;
    if (!o.store)
        o.store = arena_format(cli_memory(), "results/%s.db", x.name);
    const int status = write_and_submit(&o);
    experiment_file_free(&x);
    return status;
}
