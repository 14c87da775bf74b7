/* main.c - the program `poise`: finds the command and lets it run. */
#include "cli.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "poise " POISE_VERSION;

static const command commands[] = {
    {"list", "agents, scenarios, experiments, policies, metrics, devices, sources, distributions",
     cmd_list},
    {"show", "an agent or a scenario with all its settings", cmd_show},
    {"check", "whether scenario files are right, with all their mistakes", cmd_check},
    {"run", "compare agents in a scenario: train, evaluate, rank", cmd_run},
    {"sweep", "run an experiment from its file, or a share of it", cmd_sweep},
    {"watch", "how far a sweep is, and who leads, while it runs", cmd_watch},
    {"merge", "put the shards of an experiment together", cmd_merge},
    {"train", "train one learner and keep its policy in a file", cmd_train},
    {"eval", "all metrics of a policy file or an agent in a scenario", cmd_eval},
    {"report", "ranked tables of a store: text, Markdown, LaTeX, HTML, CSV, JSON", cmd_report},
    {"reproduce", "published numbers, computed again, and how near they are", cmd_reproduce},
    {"tournament", "every agent of a store against every other", cmd_tournament},
    {"verify", "run what a store holds again and compare every bit", cmd_verify},
    {"replay", "one run of a store, event by event, and as a picture", cmd_replay},
    {"rules", "tables of the rules that scenarios name, kept beside them", cmd_rules},
    {"import", "traces and tables of others into our own CSV and a scenario", cmd_import},
    {"export", "a run for other simulators; a store as CSV, JSON lines, NumPy arrays", cmd_export},
    {"slurm", "an experiment as jobs of a cluster: shards, and what merges them", cmd_slurm},
    {"theory", "whether what is known exactly comes out of the simulator", cmd_theory},
    {"solve", "the optimum of a scenario that is a small Markov decision process", cmd_solve},
    {"speed", "how fast the simulator is on this machine, against floors", cmd_speed},
    {"plot", "figures of a store by gnuplot: PDF, PNG, SVG", cmd_plot},
    {"curves", "learning curves over training seeds: a table of logs, a page of tables",
     cmd_curves},
    {"info", "version, libraries, processor: what results depend on", cmd_info},
};
#define N_COMMANDS ((int)(sizeof commands / sizeof *commands))

static void help(FILE *out)
{
    fprintf(out, "Usage: poise COMMAND [ARGUMENTS]\n"
                 "Compare agents that allocate resources, learned or not, in simulated systems.\n\n"
                 "Commands (poise COMMAND --help tells more):\n");
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].about);
    fprintf(out,
            "\nExample:\n"
            "  poise run gpu-mix-v1 -a fifo,shortest,least_loaded --seeds 0..9 -j 2\n\n"
            "Scenarios are looked for in $POISE_DATA/scenarios, then among those that came\n"
            "with the program; a name that ends in .yaml is a file. Results go to\n"
            "results/SCENARIO.db.\n\n"
            "Exit status:\n"
            "  0    all went well (also when the reader of the output closed it early)\n"
            "  1    a trial or a training failed; an answer known exactly is not met\n"
            "  2    a bad argument; an unknown command, agent, scenario or metric\n"
            "  3    a bad scenario (also by --set), trace or policy file\n"
            "  4    a store, a file or standard output cannot be read or written; no memory\n"
            "  130  interrupted (SIGINT); 143 terminated (SIGTERM): what was stored is valid\n");
}

static int unknown(const char *name)
{
    const char *all[N_COMMANDS + 1] = {0};
    for (int i = 0; i < N_COMMANDS; i++)
        all[i] = commands[i].name;
    const char *nearest = nearest_name(name, all);
    if (nearest)
        return cli_error(STATUS_USAGE, "there is no command '%s', did you mean '%s'?", name,
                         nearest);
    return cli_error(STATUS_USAGE, "there is no command '%s'; `poise --help` lists them", name);
}

static int dispatch(int argc, char **argv)
{
    program_invocation_name = (char *)"poise";
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2) {
        help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-?") == 0 || strcmp(name, "help") == 0) {
        help(stdout);
        return STATUS_OK;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts(argp_program_version);
        return STATUS_OK;
    }
    for (int i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) {
            static char full[64];  // the name in messages until the end
            snprintf(full, sizeof full, "poise %s", name);
            argv[1] = full;
            return commands[i].run(argc - 1, argv + 1);
        }
    return unknown(name);
}

/* What was printed counts only if it arrived. A reader that has had enough (| head) is no error. */
static void close_stdout(void)
{
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = POLLOUT};
    errno = 0;
    const bool failed = ferror(stdout) != 0;
    const bool has_left = poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR);
    const bool closed = fclose(stdout) == 0;
    if ((closed && !failed) || has_left || errno == EPIPE)
        return;
    fprintf(stderr, "%s: error: cannot write to standard output: %s\n", program_invocation_name,
            errno ? strerror(errno) : "a write failed");
    _Exit(STATUS_IO);
}

/* A standard stream that was closed must not become the number of a store or a file: writing to it
 * has to fail instead. */
static void occupy_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _Exit(STATUS_IO);
}

/* JSON is small or was bounded when it was read. */
static void *take_for_json(size_t n)
{
    void *memory = malloc(n);
    if (!memory)
        error_no_memory();
    return memory;
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  // a file that is too long is a write that fails
    gsl_set_error_handler_off();
    json_set_alloc_funcs(take_for_json, free);
    atexit(close_stdout);
    return dispatch(argc, argv);
}
