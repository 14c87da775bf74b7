/* cli.h - what the commands of the program share: exit statuses, error lines, and reading of names,
 * seeds and settings as people type them. */
#ifndef CLI_H
#define CLI_H

#include "arena.h"
#include "experiment.h"

#include <argp.h>
#include <stdio.h>

/* Exit statuses; after a signal 128 + its number. */
enum {
    STATUS_OK = 0,
    STATUS_TRIAL = 1,  // a trial or a training failed; an answer known exactly is not met
    STATUS_USAGE = 2,  // a bad argument; an unknown agent, scenario, metric
    STATUS_INPUT = 3,  // a bad scenario, trace or policy file
    STATUS_IO = 4,     // cannot read or write a store, a file, standard output; no memory
};

/* One command of the program: bench/cmd_NAME.c. argv[0] is "poise NAME". Returns the exit status.
 */
typedef struct command {
    const char *name;
    const char *about;
    int (*run)(int argc, char **argv);
} command;
int cmd_check(int argc, char **argv);
int cmd_curves(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_reproduce(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_slurm(int argc, char **argv);
int cmd_solve(int argc, char **argv);
int cmd_speed(int argc, char **argv);
int cmd_sweep(int argc, char **argv);
int cmd_theory(int argc, char **argv);
int cmd_tournament(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Prints "poise NAME: error: ..." as one line, or the lines of a file's mistakes as they are.
 * Returns status. */
int cli_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for what a loader says. */
int cli_explain(int status, const poise_error *err);
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* argp_parse with our exit status for mistakes and argv[0] as the name in messages. */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* Refuses an argument: prints the sentence and ends the program with STATUS_USAGE. */
_Noreturn void cli_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory until the end of the program, for what is read from the command line. */
arena *cli_memory(void);

/* ---- lists that grow ---------------------------------------------------------------------- */

/* Texts; the pointers are kept, not what they point to. */
typedef struct names {
    const char **at;
    int n;
} names;
void names_add(names *list, const char *text);
/* Adds the pieces of "a,b,c". */
void names_add_pieces(names *list, const char *text);
/* Adds agents "a,b:option=1,pipe:command": what begins with pipe: goes on to the end. */
void names_add_agents(names *list, const char *text);
/* The seconds of --patience. */
double cli_patience(const char *text);
#define CLI_PATIENCE                                                                               \
    "most seconds that a plug-in or a command on a pipe may take for a decision; default 10"
bool names_has(const names *list, const char *text);

typedef struct numbers {
    int64_t *at;
    int n;
} numbers;
/* Adds seeds "0..9", "5" or "0,3,7..9"; false with a sentence in problem if they are none. */
bool numbers_add_seeds(numbers *list, const char *text, char *problem, size_t size);
/* Whether a number is in the list twice, and which. */
bool numbers_twice(const numbers *list, int64_t *which);
/* A sorted copy. */
int64_t *numbers_sorted(const numbers *list);
/* The seeds of an option; refuses anything else, doubles too. */
numbers cli_seeds(const char *option, const char *text);
int64_t cli_whole(const char *option, const char *text, int64_t least, int64_t most);
/* A time as people write it, "90s" or "4h", in seconds. */
double cli_time(const char *option, const char *text);
/* --blas: makes the products of networks come from "reference" or "openblas"; refuses others. */
void cli_blas(const char *name);

/* ---- things by name ----------------------------------------------------------------------- */

/* Folders with shipped data, best first: $POISE_DATA, the one installed with the program,
 * the source's. */
const char *const *cli_data_dirs(void);
/* The files of all scenarios, of all experiments and of all published numbers (reproduce.h) found,
 * sorted by name, each once. */
names cli_scenarios(void);
names cli_experiments(void);
names cli_reproductions(void);
/* The file of that name without .yaml; NULL if it is not there, then *stems are the names that
 * there are (NULL-terminated). The other refuses it: `what` is a scenario or an experiment. */
const char *cli_find(const names *files, const char *stem, const char *const **stems);
const char *cli_find_or_refuse(const names *files, const char *what, const char *stem);
/* The file of a scenario given by name or by a path ending in .yaml; refuses what is not
 * there, and ends the program when it cannot be read. */
const char *cli_scenario_path(const char *name);
/* "gpu-mix-v1" of "scenarios/gpu-mix-v1.yaml". */
const char *cli_stem(const char *path);
/* The store that is meant: a file, or results/NAME.db; without a name the only one in results/. */
const char *cli_store(const char *name);
/* The specification of an agent with the agent's own name, where it goes by an alias. */
const char *cli_agent(const char *spec);
/* The row of a metric; refuses an unknown one. */
int cli_metric(const char *name);

/* Settings that vary, with their values: the points of an experiment are all combinations, of which
 * the last setting varies fastest. */
typedef struct sweeps {
    const char **path;  // (n)
    names *value;       // (n) as of --set
    int n;
} sweeps;
#define SWEEPS_MAX 10000
void sweeps_add(sweeps *s, const char *path, names value);
/* How many combinations there are; more than SWEEPS_MAX if they are too many. */
int64_t sweeps_points(const sweeps *s);
/* Which of its values setting number `which` has at the point. */
int sweeps_choice(const sweeps *s, int point, int which);
/* Fills in how the point is loaded: the overrides `sets` and those of the sweep. */
void sweeps_set(experiment_point *p, const names *sets, const sweeps *s, int point);
/* Adds a sweep "path=v1,v2" of the command line. */
void cli_add_sweep(sweeps *s, const char *text);
/* Loads all points; on mistakes they are printed and *status is set; then NULL. */
experiment_point *cli_points(const char *path, const names *sets, const sweeps *s, int *n,
                             int *status);
/* Frees their scenarios. */
void cli_points_free(experiment_point *point, int n);

#endif
