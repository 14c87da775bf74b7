/* plan_show.c - see plan_show.h. */
#include "plan_show.h"

#include "cli.h"
#include "pool.h"
#include "lib/blas.h"

#include <string.h>

void plan_announce(const plan *p, const char *store_path)
{
    const experiment_progress g = plan_progress(p);
    fprintf(stderr, "%d of %d cells already stored in %s", g.cells_stored, g.cells, store_path);
    if (g.policies)
        fprintf(stderr, ", %d %s to train first", g.policies,
                g.policies == 1 ? "policy" : "policies");
    fputc('\n', stderr);
}

static void on_tick(void *data, const plan *p)
{
    const experiment_progress g = plan_progress(p);
    char teaching[80] = "", rate[40] = "";
    if (g.policies_done < g.policies)
        snprintf(teaching, sizeof teaching, ", %d of %d policies trained, %.0f%% of the decisions",
                 g.policies_done, g.policies,
                 100. * (double)g.decisions_done / (double)g.decisions);
    if (g.cells_done > 0 && g.elapsed_s > 0)
        snprintf(rate, sizeof rate, ", %.3g cells/s", g.cells_done / g.elapsed_s);
    progress_show(data, g.left_s, "%d of %d cells%s%s", g.cells_stored + g.cells_done, g.cells,
                  rate, teaching);
}

static void on_failure(void *data, const char *sentence)
{
    progress_wipe(data);
    cli_warn("%s", sentence);
}

/* Learners multiply matrices on every thread: not every OpenBLAS can take that. */
static int safe_threads(const plan *p, int threads)
{
    if (!plan_has_learners(p) || blas_is_thread_safe() || threads == 1)
        return threads;
    cli_warn("this OpenBLAS gives wrong results when several threads use it (%s): running on one "
             "thread; install libopenblas0-pthread for more",
             blas_config());
    return 1;
}

plan_status plan_run_shown(plan *p, int n_threads, const char *store_path, bool quiet,
                           poise_error *err)
{
    progress d = progress_start(quiet);
    const plan_listener listener = {on_tick, on_failure, &d};
    const plan_status status =
        plan_run(p, safe_threads(p, n_threads), plan_folder(store_path), &listener, err);
    progress_wipe(&d);
    return status;
}

int plan_say_interrupted(const plan *p)
{
    const experiment_progress g = plan_progress(p);
    return cli_error(128 + pool_signal(),
                     "interrupted: %d of %d cells are stored; the same command goes on from there",
                     g.cells_stored + g.cells_done, g.cells);
}

static bool asks_for(const void *data, store_id cell)
{
    return plan_asks_for(data, cell);
}

static void remark(const void *data, uint64_t scenario, int metric, char *text, size_t size)
{
    plan_remark(data, scenario, metric, text, size);
}

report_filter plan_filter(const plan *p)
{
    return (report_filter){asks_for, p, remark};
}

int plan_warn_missing(const results *r, const plan *p)
{
    const int n_asked = plan_n_asked(p);
    int n = n_asked;
    for (int i = 0; i < r->n_cells; i++)
        n -= plan_asks_for(p, r->cell[i].id);
    if (n > 0)
        cli_warn("%d of %d cells of the experiment are not in the store", n, n_asked);
    return n;
}

const char *plan_folder(const char *store_path)
{
    const size_t n = strlen(store_path);
    const bool is_db = n > 3 && strcmp(store_path + n - 3, ".db") == 0;
    return is_db ? arena_copy(cli_memory(), store_path, n - 3)
                 : arena_format(cli_memory(), "%s.files", store_path);
}
