/* plan_show.h - a plan while it runs, as people see it: what there is to do, how far it is, what
 * failed; on standard error. */
#ifndef PLAN_SHOW_H
#define PLAN_SHOW_H

#include "experiment.h"
#include "progress.h"
#include "report.h"

/* "12 of 40 cells already stored in results/x.db, 2 policies to train first" */
void plan_announce(const plan *p, const char *store_path);
/* plan_run on n_threads (fewer if learners need that), with a line of progress unless quiet, which
 * is gone afterwards. Logs of trainings go to plan_folder. */
plan_status plan_run_shown(plan *p, int n_threads, const char *store_path, bool quiet,
                           poise_error *err);
/* Says that a signal stopped it, with how much is stored; the exit status. */
int plan_say_interrupted(const plan *p);
/* Lets the cells through that the plan asks for, and says how precise they are. */
report_filter plan_filter(const plan *p);
/* How many cells that the plan asks for are not among the results; a warning says so. */
int plan_warn_missing(const results *r, const plan *p);
/* What lies beside a store: results/NAME for results/NAME.db, STORE.files for one that is not
 * called so. Lives until the end of the program. */
const char *plan_folder(const char *store_path);

#endif
