/* cmd_info.c - `poise info`: what this program is, what it runs on and where it looks. */
#include "cli.h"

#include "lib/blas.h"
#include "pool.h"
#include "provenance.h"
#include "store.h"

#include <glpk.h>
#include <gsl/gsl_version.h>
#include <jansson.h>
#include <libfyaml.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <xxhash.h>
#include <zlib.h>

typedef struct options {
    bool json;
} options;

enum { OPT_JSON = 256 };

static const struct argp_option rows[] = {
    {"json", OPT_JSON, 0, 0, "as JSON", 0},
    {0},
};

static const char about[] =
    "Show version, commit, compiler, libraries, processor and paths: what to tell when results "
    "are published or something is wrong.\v"
    "Example:\n"
    "  poise info --json";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    (void)argument;
    if (key == ARGP_KEY_ARG)
        cli_refuse("no argument is needed, '%s' is one too many", argument);
    if (key != OPT_JSON)
        return ARGP_ERR_UNKNOWN;
    o->json = true;
    return 0;
}

typedef struct fact {
    const char *key, *value;
} fact;

static void print_text(const fact *facts, int n)
{
    for (int i = 0; i < n; i++)
        printf("%-20s %s\n", facts[i].key, facts[i].value);
    for (const char *const *dir = cli_data_dirs(); *dir; dir++)
        printf("%-20s %s\n", "data", *dir);
}

static int print_json(const fact *facts, int n)
{
    json_t *root = json_object(), *dirs = json_array();
    for (int i = 0; i < n; i++)
        json_object_set_new(root, facts[i].key, json_string(facts[i].value));
    for (const char *const *dir = cli_data_dirs(); *dir; dir++)
        json_array_append_new(dirs, json_string(*dir));
    json_object_set_new(root, "data", dirs);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (!text)
        return cli_error(STATUS_IO, "out of memory");
    puts(text);
    free(text);
    return STATUS_OK;
}

int cmd_info(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    const provenance *p = provenance_here();
    char libraries[256], processors[32], xxhash[32], number[5][16];
    const int version[5] = {RESULTS_VERSION, TRAINING_VERSION, STORE_LAYOUT,
                            POISE_OBSERVATION_VERSION, POISE_AGENT_ABI};
    for (int i = 0; i < 5; i++)
        snprintf(number[i], sizeof number[i], "%d", version[i]);
    snprintf(xxhash, sizeof xxhash, "%u.%u.%u", XXH_versionNumber() / 10000,
             XXH_versionNumber() / 100 % 100, XXH_versionNumber() % 100);
    snprintf(libraries, sizeof libraries,
             "GSL %s, libfyaml %s, SQLite %s, zlib %s, jansson %s, xxHash %s, GLPK %s", gsl_version,
             fy_library_version(), sqlite3_libversion(), zlibVersion(), jansson_version_str(),
             xxhash, glp_version());
    snprintf(processors, sizeof processors, "%d", pool_processors());
    const fact facts[] = {
        {"version", p->version},
        {"commit", p->commit},
        {"results_version", number[0]},
        {"training_version", number[1]},
        {"store_layout", number[2]},
        {"observation_version", number[3]},
        {"agent_abi", number[4]},
        {"compiler", p->compiler},
        {"flags", p->flags},
        {"libraries", libraries},
        {"blas", p->blas},
        {"openblas", blas_openblas()},
        {"blas_safe", p->blas_threads ? "yes" : "no: not from several threads at once"},
        {"cpu", p->cpu},
        {"processors", processors},
        {"os", p->os},
    };
    const int n = (int)(sizeof facts / sizeof *facts);
    if (o.json)
        return print_json(facts, n);
    print_text(facts, n);
    return STATUS_OK;
}
