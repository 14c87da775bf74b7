/* cmd_import.c - `poise import`: traces and tables of others into our own CSV and a scenario. */
#include "cli.h"
#include "export.h"
#include "file.h"
#include "import.h"

#include "error.h"
#include "units.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct options {
    names files, devices, size;
    const char *output;
    bool force, lenient;
} options;

enum { OPT_DEVICES = 256, OPT_SIZE, OPT_FORCE, OPT_LENIENT };

static const struct argp_option rows[] = {
    {"output", 'o', "NAME", 0, "writes NAME.yaml and NAME.csv; default: as the first file", 0},
    {"devices", OPT_DEVICES, "KIND=N,...", 0,
     "what there is: v100=64,p100=32 (of a batch system: its processors)", 0},
    {"size", OPT_SIZE, "COLUMN=X,...", 0,
     "seconds of a job for each of a column: generated_tokens=0.03,context_tokens=0.0002", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out what is wrong, and say how much", 0},
    {"force", OPT_FORCE, 0, 0, "replace files that are there already", 0},
    {0},
};

static const char about[] =
    "Turn files of others into a scenario (NAME.yaml), and their jobs into our own CSV (NAME.csv). "
    "What a file is, is told from its content: batch traces, requests to language models, training "
    "jobs, pods, and tables that go with them: machines, measured speeds, measured pairs; layer "
    "graphs and workflows. What was found is said, what was assumed stands in the scenario.\v"
    "Examples:\n"
    "  poise import trace.swf.gz -o mine\n"
    "  poise import jobs.csv isolated_steps_per_s.csv --devices v100=64\n"
    "  poise import openb_node_list_gpu_node.csv openb_pod_list_default.csv";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'o': o->output = argument; break;
    case OPT_DEVICES: names_add_pieces(&o->devices, argument); break;
    case OPT_SIZE: names_add_pieces(&o->size, argument); break;
    case OPT_LENIENT: o->lenient = true; break;
    case OPT_FORCE: o->force = true; break;
    case ARGP_KEY_ARG: names_add(&o->files, argument); break;
    case ARGP_KEY_END:
        if (o->files.n == 0)
            cli_refuse("import what? Give files");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* "v100=64" */
static import_devices devices_of(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
    const char *equals = strchr(text, '=');
    const size_t n = equals ? (size_t)(equals - text) : 0;
    if (n == 0 || n > 48 || strspn(text, letters) != n)
        cli_refuse("--devices '%s' is not of the form KIND=N, as in v100=64", text);
    return (import_devices){
        .kind = arena_copy(cli_memory(), text, n),
        .count = (int)cli_whole("--devices", equals + 1, 1, 1000000),
    };
}

static void take_devices(const options *o, import_found *f)
{
    import_devices *asked = arena_take(cli_memory(), (size_t)o->devices.n + 1, sizeof *asked);
    for (int k = 0; k < o->devices.n; k++) {
        asked[k] = devices_of(o->devices.at[k]);
        for (int i = 0; i < k; i++)
            if (strcmp(asked[i].kind, asked[k].kind) == 0)
                cli_refuse("--devices: '%s' is there twice", asked[k].kind);
    }
    f->asked = asked;
    f->n_asked = o->devices.n;
}

static void take_size(const options *o, import_found *f)
{
    trace_term *term = arena_take(cli_memory(), (size_t)o->size.n + 1, sizeof *term);
    for (int k = 0; k < o->size.n; k++) {
        const char *text = o->size.at[k], *equals = strchr(text, '=');
        if (!equals || equals == text || units_real(equals + 1, &term[k].factor) != UNITS_OK) {
            cli_refuse("--size '%s' is not of the form COLUMN=X, as in generated_tokens=0.03",
                       text);
            return;
        }
        term[k].column = arena_copy(cli_memory(), text, (size_t)(equals - text));
    }
    f->size = (trace_sum){o->size.n, term};
}

/* ---- files -------------------------------------------------------------------------------- */

/* "dir/NAME", without .yaml or .csv; by default what the first file is called, here. */
static const char *output_name(const options *o)
{
    const char *name = o->output ? o->output : import_base(o->files.at[0]);
    static const char *const ends[] = {".gz", ".yaml", ".csv", ".json", ".jsonl", ".txt", ".swf"};
    for (int k = 0; k < (int)(sizeof ends / sizeof *ends); k++) {
        const size_t n = strlen(name), m = strlen(ends[k]);
        if (n > m && strcmp(name + n - m, ends[k]) == 0)
            name = arena_copy(cli_memory(), name, n - m);
    }
    if (!*import_base(name))
        cli_refuse("-o '%s' has no name", o->output);
    return name;
}

/* The scenario that was made must be one. */
typedef struct proof {
    const char *yaml;  // its file, without folders
    string_buffer said;
} proof;

/* Mistakes of a scenario that was never kept are told as if it stood where it was to be. */
static void forget_folder(poise_error *err, const char *dir)
{
    const size_t n = strlen(dir) + 1;
    for (char *at; (at = strstr(err->text, dir));)
        memmove(at, at + n, strlen(at + n) + 1);
}

static bool is_scenario(void *data, const char *dir, poise_error *err)
{
    proof *p = data;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, p->yaml);
    poise_scenario *s = poise_scenario_load(path, NULL, 0, err);
    if (!s) {
        forget_folder(err, dir);
        return false;
    }
    if (*poise_scenario_notes(s))
        string_add(&p->said, "%s\n", poise_scenario_notes(s));
    poise_scenario_free(s);
    return true;
}

/* Where the two files come to be. */
typedef struct places {
    const char *yaml, *csv;
} places;

/* An input is never replaced by what is made of it. */
static void refuse_inputs(const options *o, const char *output)
{
    struct stat in, out;
    for (int k = 0; k < o->files.n; k++)
        if (stat(output, &out) == 0 && stat(o->files.at[k], &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            cli_refuse("%s is what is read: give another name with -o", output);
}

static int write_files(const options *o, places at, const import_result *made)
{
    const file_text files[] = {{at.yaml, made->yaml.at, made->yaml.length},
                               {at.csv, made->csv.at, made->csv.length}};
    const int n = made->csv.at ? 2 : 1;
    const char *const paths[] = {at.yaml, at.csv};
    poise_error err = {0};
    proof p = {.yaml = import_base(at.yaml)};
    for (int k = 0; k < n; k++)
        refuse_inputs(o, paths[k]);
    if ((!o->force && file_any_is_there(paths, n, &err)) || !file_make_parents(at.yaml, &err))
        return cli_explain(STATUS_IO, &err);
    const bool good = file_write_all(files, n, o->force, is_scenario, &p, &err);
    if (good) {
        printf("%s", made->said.at ? made->said.at : "");
        for (int k = n - 1; k >= 0; k--)
            printf("%s: written\n", files[k].path);
    }
    string_free(&p.said);
    return good ? STATUS_OK : cli_explain(STATUS_INPUT, &err);
}

/* ---- the command -------------------------------------------------------------------------- */

static int import(const options *o, import_found *f)
{
    poise_error err = {0};
    import_result made = {0};
    const char *name = output_name(o);
    const places at = {arena_format(cli_memory(), "%s.yaml", name),
                       arena_format(cli_memory(), "%s.csv", name)};
    f->name = export_name_of(cli_memory(), name);
    f->csv = import_base(at.csv);
    bool good = true;
    for (int k = 0; k < o->files.n && good; k++)
        good = import_read(f, o->files.at[k], &made.said, &err);
    good = good && import_make(f, &made, &err);
    const int status = good ? write_files(o, at, &made) : cli_explain(STATUS_INPUT, &err);
    string_free(&made.yaml);
    string_free(&made.csv);
    string_free(&made.said);
    return status;
}

int cmd_import(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "FILE...", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    import_found f;
    import_begin(&f, cli_memory());
    f.lenient = o.lenient;
    take_devices(&o, &f);
    take_size(&o, &f);
    return import(&o, &f);
}
