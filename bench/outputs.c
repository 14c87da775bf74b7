/* outputs.c - see outputs.h. */
#include "outputs.h"

#include "cli.h"
#include "error.h"
#include "file.h"
#include "plan_show.h"
#include "plot_kind.h"
#include "tables.h"

#include <string.h>

/* Writes a text into the file of a name and an ending in the folder. */
static int write_out(const char *folder, const char *name, const char *ending, string_buffer *out,
                     bool quiet)
{
    const char *path = arena_format(cli_memory(), "%s/%s.%s", folder, name, ending);
    poise_error err = {0};
    const bool good = file_make_parents(path, &err) &&
                      file_write(path, out->at ? out->at : "", out->length, &err);
    string_free(out);
    if (good && !quiet)
        printf("%s\n", path);
    return good ? STATUS_OK : cli_explain(STATUS_IO, &err);
}

/* Scores over all scenarios are a file of their own for programs. */
static int write_table(const experiment_file *x, const results *r, const plan *p,
                       const char *folder, const char *name, bool quiet)
{
    const report_filter filter = plan_filter(p);
    const tables_wish wish = {
        .format = tables_format_called(name),
        .metric = x->metric,
        .n_metrics = x->n_metrics,
        .baseline = x->baseline,
        .filter = &filter,
        .suite = x->suite,
        .quick = x->is_quick,
    };
    const char *ending = tables_endings[wish.format];
    string_buffer out = {0};
    tables_write(r, &wish, &out);
    const int status = write_out(folder, x->name, ending, &out, quiet);
    if (status || !x->suite || (wish.format != TABLES_CSV && wish.format != TABLES_JSON))
        return status;
    tables_write_suite(r, &wish, &out);
    return write_out(folder, arena_format(cli_memory(), "%s.suite", x->name), ending, &out, quiet);
}

/* Scenarios by name, each once. */
static names scenarios_of(const experiment_file *x)
{
    names all = {0};
    for (int i = 0; i < x->ask.n_points; i++) {
        const char *name = poise_scenario_name(x->ask.point[i].scenario);
        if (!names_has(&all, name))
            names_add(&all, name);
    }
    return all;
}

/* As `poise plot` does it: one kind of figure of one scenario. */
static int draw(const experiment_file *x, const char *path, const char *folder,
                const char *scenario, const char *kind, bool quiet)
{
    names argv = {0};
    const char *formats = "";
    for (int i = 0; i < x->n_pictures; i++)
        formats = arena_format(cli_memory(), "%s%s%s", formats, i ? "," : "", x->picture[i]);
    names_add(&argv, program_invocation_name);
    names_add(&argv, arena_format(cli_memory(), "--kind=%s", kind));
    names_add(&argv, arena_format(cli_memory(), "--format=%s", formats));
    if (strcmp(x->metric[0], TABLES_MEASURE) != 0)
        names_add(&argv, arena_format(cli_memory(), "--metric=%s", x->metric[0]));
    names_add(&argv, arena_format(cli_memory(), "--scenario=%s", scenario));
    names_add(&argv, arena_format(cli_memory(), "--output=%s", folder));
    names_add(&argv, "--if-possible");
    if (x->baseline)
        names_add(&argv, arena_format(cli_memory(), "--baseline=%s", x->baseline));
    if (quiet)
        names_add(&argv, "--quiet");
    names_add(&argv, "--");
    names_add(&argv, path);
    const int argc = argv.n;
    names_add(&argv, NULL);
    return cmd_plot(argc, (char **)argv.at);
}

int outputs_make(const experiment_file *x, const plan *p, store *s, bool quiet)
{
    if (x->n_tables + x->n_figures == 0)
        return STATUS_OK;
    const char *folder = plan_folder(store_path(s));
    poise_error err = {0};
    results *r = store_read(s, &err);
    if (!r)
        return cli_explain(STATUS_IO, &err);
    int status = STATUS_OK;
    for (int i = 0; i < x->n_tables; i++) {
        const int came = write_table(x, r, p, folder, x->table[i], quiet);
        status = came ? came : status;
    }
    results_free(r);
    const names scenarios = scenarios_of(x);
    for (int i = 0; i < scenarios.n; i++)
        for (int k = 0; k < x->n_figures && status < 128; k++) {
            if (i > 0 && plot_kind_called(x->figure[k])->of_suite)
                continue;  // drawn with the first
            const int came = draw(x, store_path(s), folder, scenarios.at[i], x->figure[k], quiet);
            status = came ? came : status;
        }
    return status;
}
