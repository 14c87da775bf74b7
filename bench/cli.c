/* cli.c - see cli.h. */
#include "cli.h"

#include "error.h"
#include "lib/blas.h"
#include "units.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS_MAX 1000000

/* ---- error lines -------------------------------------------------------------------------- */

/* Names of files and the like may hold newlines and commands to terminals: they become blanks. */
static void line(const char *kind, const char *format, va_list args)
{
    char sentence[sizeof(poise_error) + PATH_MAX];
    vsnprintf(sentence, sizeof sentence, format, args);
    for (char *c = sentence; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", program_invocation_name, kind, sentence);
}

int cli_error(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("error", format, args);
    va_end(args);
    return status;
}

int cli_explain(int status, const poise_error *err)
{
    if (strstr(err->text, ": error: ")) {
        fflush(stdout);
        fprintf(stderr, "%s\n", err->text);
        return status;
    }
    return cli_error(status, "%s", err->text);
}

void cli_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("warning", format, args);
    va_end(args);
}

void cli_refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line("error", format, args);
    va_end(args);
    exit(STATUS_USAGE);
}

/* ---- lists that grow ---------------------------------------------------------------------- */

/* What is read from the command line lives until the end of the program. */
static arena *memory;

static void free_memory(void)
{
    arena_free(memory);
}

arena *cli_memory(void)
{
    if (!memory) {
        memory = arena_new();
        atexit(free_memory);
    }
    return memory;
}

void names_add(names *list, const char *text)
{
    list->at = arena_grow(cli_memory(), list->at, (size_t)list->n, sizeof *list->at);
    list->at[list->n++] = text;
}

void names_add_pieces(names *list, const char *text)
{
    char *rest = arena_text(cli_memory(), text);
    for (char *piece = strsep(&rest, ","); piece; piece = strsep(&rest, ","))
        names_add(list, piece);
}

void names_add_agents(names *list, const char *text)
{
    char *rest = arena_text(cli_memory(), text);
    while (rest && !poise_agent_is_pipe(rest))
        names_add(list, strsep(&rest, ","));
    if (rest)
        names_add(list, rest);
}

bool names_has(const names *list, const char *text)
{
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->at[i], text) == 0)
            return true;
    return false;
}

/* ---- arguments ---------------------------------------------------------------------------- */

static const struct argp_option standard[] = {
    {"help", '?', 0, 0, 0, 0}, {"usage", -1, 0, 0, 0, 0}, {"version", 'V', 0, 0, 0, 0}, {0}};

/* The row of a long option (n letters of name), which may be cut short as getopt allows; or of a
 * short one if name is NULL. */
static const struct argp_option *option_called(const struct argp_option *rows, const char *name,
                                               size_t n, int key)
{
    for (; rows->name; rows++)
        if (name ? strncmp(rows->name, name, n) == 0 : rows->key == key)
            return rows;
    return NULL;
}

static _Noreturn void refuse_option(const struct argp_option *rows, const char *text)
{
    char name[64];
    names all = {0};
    for (int k = 0; rows[k].name; k++)
        names_add(&all, rows[k].name);
    for (int k = 0; standard[k].name; k++)
        names_add(&all, standard[k].name);
    names_add(&all, NULL);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "="), text);
    const char *nearest = nearest_name(name + strspn(name, "-"), all.at);
    if (nearest)
        cli_refuse("there is no option '%s', did you mean '--%s'?", name, nearest);
    cli_refuse("there is no option '%s'; --help shows those there are", name);
}

/* Finds what getopt would complain about in two lines without a hint. */
static void check_options(const struct argp_option *rows, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *text = argv[i];
        if (text[0] != '-' || !text[1])
            continue;
        const bool is_long = text[1] == '-';
        const char *name = is_long ? text + 2 : NULL;
        const size_t n = is_long ? strcspn(name, "=") : 0;
        const struct argp_option *row = option_called(rows, name, n, text[1]);
        if (!row)
            row = option_called(standard, name, n, text[1]);
        if (!row)
            refuse_option(rows, text);
        const bool has_value = is_long ? name[n] == '=' : text[2] != 0;
        if (row->arg && !has_value && ++i == argc)
            cli_refuse("option '%s' needs a value: %s", text, row->arg);
    }
}

void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = STATUS_USAGE;
    program_invocation_name = argv[0];
    static const struct argp_option none[] = {{0}};
    check_options(argp->options ? argp->options : none, argc, argv);
    if (argp_parse(argp, argc, argv, 0, NULL, input) == ENOMEM)
        error_no_memory();
}

/* Digits and nothing else: a seed is a name more than a quantity. */
static bool digits(const char *text, int64_t *value)
{
    return *text && strspn(text, "0123456789") == strlen(text) &&
           units_whole(text, value) == UNITS_OK;
}

int64_t cli_whole(const char *option, const char *text, int64_t least, int64_t most)
{
    int64_t value;
    if (units_whole(text, &value) != UNITS_OK || value < least || value > most)
        cli_refuse("%s '%s' is not a whole number from %lld to %lld", option, text,
                   (long long)least, (long long)most);
    return value;
}

double cli_time(const char *option, const char *text)
{
    int64_t ns;
    if (units_time(text, &ns) != UNITS_OK || ns < 0)
        cli_refuse("%s '%s' is not a time; write 90s, 10min, 4h", option, text);
    return (double)ns * 1e-9;
}

void cli_blas(const char *name)
{
    for (int i = 0; blas_backends[i]; i++)
        if (strcmp(name, blas_backends[i]) == 0) {
            blas_choose((blas_backend)i);
            return;
        }
    cli_refuse("--blas is reference or openblas, not '%s'", name);
}

double cli_patience(const char *text)
{
    int64_t ns;
    if (units_time(text, &ns) != UNITS_OK || ns < 10000000 || ns > (int64_t)1e15)
        cli_refuse("--patience '%s' is not a time from 0.01 s to 1000000 s", text);
    return 1e-9 * (double)ns;
}

static void add_seed(numbers *list, int64_t seed)
{
    list->at = arena_grow(cli_memory(), list->at, (size_t)list->n, sizeof *list->at);
    list->at[list->n++] = seed;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t *numbers_sorted(const numbers *list)
{
    int64_t *sorted = arena_take(cli_memory(), (size_t)list->n + 1, sizeof *sorted);
    if (list->n)
        memcpy(sorted, list->at, (size_t)list->n * sizeof *sorted);
    qsort(sorted, (size_t)list->n, sizeof *sorted, ascending);
    return sorted;
}

bool numbers_twice(const numbers *list, int64_t *which)
{
    const int64_t *sorted = numbers_sorted(list);
    for (int i = 1; i < list->n; i++)
        if (sorted[i] == sorted[i - 1]) {
            *which = sorted[i];
            return true;
        }
    return false;
}

static bool add_seeds(numbers *list, char *piece, char *problem, size_t size)
{
    char *dots = strstr(piece, "..");
    int64_t first = 0, last;
    if (dots)
        *dots = 0;
    bool good = digits(piece, &first);
    last = first;
    if (good && dots)
        good = digits(dots + 2, &last);
    if (dots)
        *dots = '.';
    const char *wrong = !good          ? "are not seeds; write 0..9 or 0,3,7"
                        : last < first ? "is empty: the first seed must not be above the last"
                        : last - first >= SEEDS_MAX - list->n ? "are more than 1000000 seeds"
                                                              : NULL;
    if (wrong)
        snprintf(problem, size, "'%.60s' %s", piece, wrong);
    for (int64_t seed = first; !wrong && seed <= last; seed++)
        add_seed(list, seed);
    return !wrong;
}

bool numbers_add_seeds(numbers *list, const char *text, char *problem, size_t size)
{
    char *rest = arena_text(cli_memory(), text);
    for (char *piece = strsep(&rest, ","); piece; piece = strsep(&rest, ","))
        if (!add_seeds(list, piece, problem, size))
            return false;
    return true;
}

numbers cli_seeds(const char *option, const char *text)
{
    numbers list = {0};
    int64_t seed;
    char problem[200];
    if (!numbers_add_seeds(&list, text, problem, sizeof problem))
        cli_refuse("%s %s", option, problem);
    if (numbers_twice(&list, &seed))
        cli_refuse("%s: seed %" PRId64 " is given twice", option, seed);
    return list;
}

/* ---- things by name ----------------------------------------------------------------------- */

/* Where the data lie that were installed with the program: from its own place, so that an
 * installed tree may be moved. NULL where the system does not tell. */
static const char *installed_data(void)
{
    static char dir[PATH_MAX + sizeof POISE_INSTALL_DATA];
    const ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX);
    if (n <= 0 || n == PATH_MAX)
        return NULL;
    dir[n] = 0;
    strcpy(strrchr(dir, '/') + 1, POISE_INSTALL_DATA);
    return dir;
}

const char *const *cli_data_dirs(void)
{
    static const char *dirs[4];
    int n = 0;
    const char *own = getenv("POISE_DATA");
    if (own && *own)
        dirs[n++] = own;
    const char *installed = installed_data();
    if (installed && access(installed, F_OK) == 0)
        dirs[n++] = installed;
    dirs[n++] = POISE_SOURCE_DATA;
    dirs[n] = NULL;
    return dirs;
}

const char *cli_stem(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    return dot ? arena_copy(cli_memory(), base, (size_t)(dot - base)) : base;
}

static bool is_yaml(const char *name)
{
    const size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static int by_stem(const void *a, const void *b)
{
    const char *x = strrchr(*(const char *const *)a, '/');
    return strcmp(x, strrchr(*(const char *const *)b, '/'));
}

/* Adds the YAML files of a folder of the data but those of a name that the list has. */
static void add_files(names *list, const char *data, const char *folder)
{
    char dir[PATH_MAX], path[PATH_MAX + 300];
    snprintf(dir, sizeof dir, "%s/%s", data, folder);
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        if (!is_yaml(entry->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        bool known = false;
        for (int i = 0; i < list->n && !known; i++)
            known = strcmp(strrchr(list->at[i], '/') + 1, entry->d_name) == 0;
        if (!known)
            names_add(list, arena_text(cli_memory(), path));
    }
    if (d)
        closedir(d);
}

/* The files of these folders (NULL-terminated) of the data, sorted by name. */
static names files_of(const char *const *folder)
{
    names list = {0};
    for (const char *const *dir = cli_data_dirs(); *dir; dir++)
        for (int i = 0; folder[i]; i++)
            add_files(&list, *dir, folder[i]);
    if (list.n)
        qsort(list.at, (size_t)list.n, sizeof *list.at, by_stem);
    return list;
}

names cli_scenarios(void)
{
    static const char *const folders[] = {"scenarios", NULL};
    return files_of(folders);
}

names cli_experiments(void)
{
    static const char *const folders[] = {"experiments", "bench/experiments", NULL};
    return files_of(folders);
}

names cli_reproductions(void)
{
    static const char *const folders[] = {"experiments/reproduce", "bench/experiments/reproduce",
                                          NULL};
    return files_of(folders);
}

const char *cli_find(const names *files, const char *stem, const char *const **stems)
{
    names all = {0};
    for (int i = 0; i < files->n; i++) {
        names_add(&all, cli_stem(files->at[i]));
        if (strcmp(all.at[i], stem) == 0)
            return files->at[i];
    }
    names_add(&all, NULL);
    *stems = all.at;
    return NULL;
}

const char *cli_find_or_refuse(const names *files, const char *what, const char *stem)
{
    const char *const *stems;
    const char *path = cli_find(files, stem, &stems);
    const char *nearest = path ? NULL : nearest_name(stem, stems);
    if (nearest)
        cli_refuse("there is no %s '%s', did you mean '%s'?", what, stem, nearest);
    if (!path)
        cli_refuse("there is no %s '%s'; `poise list %ss` shows those there are, a file's name "
                   "must end in .yaml",
                   what, stem, what);
    return path;
}

const char *cli_scenario_path(const char *name)
{
    if (is_yaml(name)) {
        if (access(name, F_OK) != 0)
            cli_refuse("there is no scenario file '%s': %s", name, strerror(errno));
        if (access(name, R_OK) != 0)
            exit(cli_error(STATUS_IO, "%s: cannot read it: %s", name, strerror(errno)));
        return name;
    }
    const names all = cli_scenarios();
    if (all.n == 0)
        cli_refuse("no data folder of `poise info` has scenarios: set POISE_DATA to one that has");
    return cli_find_or_refuse(&all, "scenario", name);
}

const char *cli_store(const char *name)
{
    glob_t found;
    if (name) {
        static char path[PATH_MAX];
        if (access(name, F_OK) == 0 || strchr(name, '/') || strstr(name, ".db"))
            return name;
        snprintf(path, sizeof path, "results/%s.db", name);
        return path;
    }
    if (glob("results/*.db", 0, NULL, &found) != 0)
        cli_refuse("which store? There is none in results/");
    if (found.gl_pathc > 1)
        cli_refuse("which store? There are %zu in results/, %s and others", found.gl_pathc,
                   found.gl_pathv[0]);
    name = arena_text(cli_memory(), found.gl_pathv[0]);
    globfree(&found);
    return name;
}

const char *cli_agent(const char *spec)
{
    const size_t n = strcspn(spec, ":");
    const poise_agent_type *type =
        poise_agent_find(arena_format(cli_memory(), "%.*s", (int)n, spec));
    return type ? arena_format(cli_memory(), "%s%s", type->name, spec + n) : spec;
}

int cli_metric(const char *name)
{
    const int row = poise_metric_index(name);
    if (row >= 0)
        return row;
    const poise_metric *rows;
    const int n = poise_metrics(&rows);
    names all = {0};
    for (int i = 0; i < n; i++)
        names_add(&all, rows[i].name);
    names_add(&all, NULL);
    const char *nearest = nearest_name(name, all.at);
    if (nearest)
        cli_refuse("there is no metric '%s', did you mean '%s'?", name, nearest);
    cli_refuse("there is no metric '%s'; `poise list metrics` shows those there are", name);
}

/* ---- points of an experiment -------------------------------------------------------------- */

static void refuse_bad_values(const char *text, const names *value)
{
    names before = {0};
    for (int i = 0; i < value->n; i++) {
        if (!*value->at[i])
            cli_refuse("--sweep '%s': value %d is empty", text, i + 1);
        if (names_has(&before, value->at[i]))
            cli_refuse("--sweep '%s': value %s is given twice", text, value->at[i]);
        names_add(&before, value->at[i]);
    }
}

void sweeps_add(sweeps *s, const char *path, names value)
{
    s->path = arena_grow(cli_memory(), s->path, (size_t)s->n, sizeof *s->path);
    s->value = arena_grow(cli_memory(), s->value, (size_t)s->n, sizeof *s->value);
    s->path[s->n] = path;
    s->value[s->n++] = value;
}

void cli_add_sweep(sweeps *s, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        cli_refuse("--sweep '%s' is not of the form path=value,value", text);
    names value = {0};
    names_add_pieces(&value, equals + 1);
    refuse_bad_values(text, &value);
    sweeps_add(s, arena_copy(cli_memory(), text, (size_t)(equals - text)), value);
}

int64_t sweeps_points(const sweeps *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->n && n <= SWEEPS_MAX; i++)
        n *= s->value[i].n;
    return n;
}

int sweeps_choice(const sweeps *s, int point, int which)
{
    for (int i = s->n - 1; i > which; i--)
        point /= s->value[i].n;
    return point % s->value[which].n;
}

void sweeps_set(experiment_point *p, const names *sets, const sweeps *s, int point)
{
    arena *m = cli_memory();
    names all = {0};
    for (int i = 0; i < sets->n; i++)
        names_add(&all, sets->at[i]);
    p->sweep = arena_take(m, (size_t)s->n + 1, sizeof *p->sweep);
    p->n_sweeps = s->n;
    for (int i = 0; i < s->n; i++) {
        const char *value = s->value[i].at[sweeps_choice(s, point, i)];
        p->sweep[i] = (store_sweep){arena_text(m, s->path[i]), arena_text(m, value)};
        names_add(&all, arena_format(m, "%s=%s", s->path[i], value));
    }
    p->set = all.at;
    p->n_sets = all.n;
}

experiment_point *cli_points(const char *path, const names *sets, const sweeps *s, int *n,
                             int *status)
{
    const int64_t n_points = sweeps_points(s);
    if (n_points > SWEEPS_MAX)
        cli_refuse("the sweeps make more than %d combinations", SWEEPS_MAX);
    *n = (int)n_points;
    experiment_point *point = arena_take(cli_memory(), (size_t)*n, sizeof *point);
    for (int i = 0; i < *n; i++) {
        poise_error err = {0};
        char full[PATH_MAX];
        point[i].path = arena_text(cli_memory(), realpath(path, full) ? full : path);
        sweeps_set(&point[i], sets, s, i);
        point[i].scenario = poise_scenario_load(path, point[i].set, point[i].n_sets, &err);
        if (!point[i].scenario) {
            *status = cli_explain(STATUS_INPUT, &err);
            cli_points_free(point, *n);
            return NULL;
        }
    }
    return point;
}

void cli_points_free(experiment_point *point, int n)
{
    for (int i = 0; point && i < n; i++)
        poise_scenario_free(point[i].scenario);
}
