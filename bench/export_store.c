/* export_store.c - see export_store.h. */
#include "export_store.h"

#include "cli.h"
#include "experiment_file.h"
#include "export_cells.h"
#include "export_npy.h"
#include "file.h"
#include "plan_show.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines -------------------------------------------------------------------------------- */

static int write_lines(const export_ask *ask, const results *r, const report_filter *filter)
{
    string_buffer out = {0};
    poise_error err = {0};
    int status = STATUS_OK;
    if (ask->format == EXPORT_CSV)
        export_cells_csv(r, filter, &out);
    else
        export_cells_json(r, filter, &out);
    if (!ask->output) {
        fwrite(out.at ? out.at : "", 1, out.length, stdout);
    } else {
        const file_text file = {ask->output, out.at ? out.at : "", out.length};
        if (!file_make_parents(ask->output, &err) ||
            !file_write_all(&file, 1, ask->force, NULL, NULL, &err))
            status = cli_explain(STATUS_IO, &err);
    }
    string_free(&out);
    return status;
}

/* ---- arrays ------------------------------------------------------------------------------- */

static int write_files(const export_ask *ask, const export_arrays *a, const char *name)
{
    string_buffer legend = {0};
    poise_error err = {0};
    size_t n_raw, n_score = 0;
    char *raw = export_npy(a, a->raw, &n_raw);
    char *score = a->score ? export_npy(a, a->score, &n_score) : NULL;
    export_npy_names(a, &legend);
    const file_text file[] = {
        {arena_format(cli_memory(), "%s-raw.npy", name), raw, n_raw},
        {arena_format(cli_memory(), "%s-names.json", name), legend.at, legend.length},
        {arena_format(cli_memory(), "%s-scores.npy", name), score, n_score},
    };
    const int n_files = score ? 3 : 2;
    const bool good = file_make_parents(file[0].path, &err) &&
                      file_write_all(file, n_files, ask->force, NULL, NULL, &err);
    for (int i = 0; good && i < n_files; i++)
        printf("%s\n", file[i].path);
    if (good)
        printf("%d agents, %d of them with all runs; %d runs, %d tasks\n", a->n_agents,
               a->n_complete, a->n_runs, a->n_tasks);
    free(raw);
    free(score);
    string_free(&legend);
    return good ? STATUS_OK : cli_explain(STATUS_IO, &err);
}

/* "results/core-v1" of "results/core-v1.db". */
static const char *without_ending(const char *path)
{
    const size_t n = strlen(path);
    const bool has = n > 3 && strcmp(path + n - 3, ".db") == 0;
    return has ? arena_copy(cli_memory(), path, n - 3) : path;
}

static int write_arrays(const export_ask *ask, const char *path, const results *r,
                        const report_filter *filter)
{
    poise_error why = {0};
    export_arrays *a = export_arrays_new(r, ask->metric, filter, &why);
    if (!a)
        return cli_explain(STATUS_USAGE, &why);
    if (!a->score)
        cli_warn("no scores are written: %s", why.text);
    const int status = write_files(ask, a, ask->output ? ask->output : without_ending(path));
    export_arrays_free(a);
    return status;
}

/* ---- stores and experiments --------------------------------------------------------------- */

static int write_store(const export_ask *ask, const char *path, plan *p)
{
    poise_error err = {0};
    const report_filter of_plan = plan_filter(p), *filter = p ? &of_plan : NULL;
    store *s = store_open(path, false, &err);
    const bool good = s && (!p || plan_look(p, s, &err));
    results *r = good ? store_read(s, &err) : NULL;
    int status;
    if (!r)
        status = cli_explain(STATUS_IO, &err);
    else if (ask->format == EXPORT_NPY)
        status = write_arrays(ask, path, r, filter);
    else
        status = write_lines(ask, r, filter);
    results_free(r);
    store_close(s);
    return status;
}

int export_store(const export_ask *ask)
{
    const char *file = experiment_file_meant(ask->subject);
    if (ask->quick && !file)
        return cli_error(STATUS_USAGE, "--quick is of an experiment: its file, or its name");
    if (!file)
        return write_store(ask, cli_store(ask->subject), NULL);
    experiment_file x = {0};
    poise_error err = {0};
    if (!experiment_file_read_form(&x, file, ask->quick, NULL, 0, &err))
        return cli_explain(STATUS_INPUT, &err);
    plan *p = plan_new(&x.ask, NULL, NULL, &err);
    const char *path = arena_format(cli_memory(), "results/%s.db", x.name);
    const int status = p ? write_store(ask, path, p) : cli_explain(STATUS_INPUT, &err);
    plan_free(p);
    experiment_file_free(&x);
    return status;
}
