/* rules.c - see rules.h. Trials become the cells of results that no store holds, so that the report
 * is that of any other comparison. */
#include "rules.h"

#include "card.h"
#include "error.h"
#include "pool.h"
#include "progress.h"
#include "report.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside the measure, where they say something; of jobs where these have several tasks. */
static const char *const further[] = {
    "job_response_mean_s", "response_mean_s", "response_p95_s", "late", "energy_per_task_j",
    "jain_fairness",       "utilisation",     "wait_mean_s",    NULL};
enum { MOST_FURTHER = 4 };

typedef struct competition {
    const rules_ask *ask;
    const char *const *rule;
    int n_rules, n_done;
    agent_card *card;      // (n_rules)
    int *order;            // (n_rules) rules by name, as results want them
    trial_result *result;  // (n_rules, n_seeds)
    progress progress;
} competition;

/* ---- running ------------------------------------------------------------------------------ */

static void run(void *data, int job, int worker)
{
    (void)worker;
    competition *c = data;
    const trial t = {.scenario = c->ask->scenario,
                     .agent = c->rule[job / c->ask->n_seeds],
                     .seed = c->ask->seed[job % c->ask->n_seeds],
                     .build = c->card[job / c->ask->n_seeds].build,
                     .only_numbers = true};
    poise_error err = {0};
    trial_result *r = &c->result[job];
    poise_env *e = poise_env_new(c->ask->scenario, &err);
    if (e) {
        *r = trial_run(&t, e, NULL, &pool_stopping);
    } else {
        r->status = TRIAL_FAILED;
        snprintf(r->error, sizeof r->error, "%.239s", err.text);
    }
    poise_env_free(e);
}

static bool done(void *data, int job)
{
    competition *c = data;
    c->n_done++;
    return c->result[job].status == TRIAL_OK;
}

static void tick(void *data)
{
    competition *c = data;
    progress_show(&c->progress, NAN, "%s: %d of %d trials", poise_scenario_name(c->ask->scenario),
                  c->n_done, c->n_rules * c->ask->n_seeds);
}

static bool explain(const competition *c, poise_error *err)
{
    for (int i = 0; i < c->n_rules * c->ask->n_seeds; i++)
        if (c->result[i].status == TRIAL_FAILED)
            error_add(err, "%s: %s with seed %" PRId64 ": %s",
                      poise_scenario_name(c->ask->scenario), c->rule[i / c->ask->n_seeds],
                      c->ask->seed[i % c->ask->n_seeds], c->result[i].error);
    if (err->n_mistakes == 0)
        error_add(err, "interrupted");
    return false;
}

static bool compete(competition *c, poise_error *err)
{
    const pool_work work = {
        .n_jobs = c->n_rules * c->ask->n_seeds, .run = run, .done = done, .tick = tick, .data = c};
    c->progress = progress_start(c->ask->quiet);
    const bool good = pool_run(&work, c->ask->n_threads);
    progress_wipe(&c->progress);
    return good || explain(c, err);
}

/* ---- rules -------------------------------------------------------------------------------- */

static bool check_rule(competition *c, int i, poise_error *err)
{
    const char *name = poise_scenario_name(c->ask->scenario);
    if (!card_of(c->rule[i], c->ask->scenario, (card_terms){0}, &c->card[i], err))
        return false;
    if (c->card[i].train_decisions > 0)
        error_add(err, "%s: rules: %s has to be trained first, rules need no training", name,
                  c->rule[i]);
    for (int k = 0; k < i; k++)
        if (strcmp(c->card[k].description, c->card[i].description) == 0)
            error_add(err, "%s: rules: %s and %s are the same agent", name, c->rule[k], c->rule[i]);
    return err->n_mistakes == 0;
}

/* Rules in order of their texts. */
static void sort(competition *c)
{
    for (int i = 0; i < c->n_rules; i++) {
        int k = i;
        for (; k > 0 && strcmp(c->rule[i], c->rule[c->order[k - 1]]) < 0; k--)
            c->order[k] = c->order[k - 1];
        c->order[k] = i;
    }
}

static bool prepare(competition *c, poise_error *err)
{
    const size_t n = (size_t)c->n_rules + 1;
    c->card = calloc(n, sizeof *c->card);
    c->order = calloc(n, sizeof *c->order);
    c->result = calloc(n * (size_t)c->ask->n_seeds, sizeof *c->result);
    if (!c->card || !c->order || !c->result) {
        error_add(err, "out of memory for %d rules", c->n_rules);
        return false;
    }
    for (int i = 0; i < c->n_rules; i++)
        if (!check_rule(c, i, err))
            return false;
    sort(c);
    return true;
}

/* ---- the text ----------------------------------------------------------------------------- */

static void fill_cells(const competition *c, result_cell *cell)
{
    const int n_seeds = c->ask->n_seeds;
    for (int i = 0; i < c->n_rules; i++)
        for (int k = 0; k < n_seeds; k++) {
            const int rule = c->order[i];
            cell[i * n_seeds + k] = (result_cell){
                .policy = -1,
                .agent = (char *)c->rule[rule],
                .description = c->card[rule].description,
                .seed = c->ask->seed[k],
                .ok = true,
                .value = c->result[rule * n_seeds + k].value,
            };
        }
}

void rules_stamp(const poise_scenario *s, char *text, size_t size)
{
    snprintf(text, size, "scenario %016" PRIx64 ", results of version %d", poise_scenario_hash(s),
             RESULTS_VERSION);
}

static char *write_table(const competition *c, const results *all)
{
    const poise_scenario *s = c->ask->scenario;
    const int metric = poise_metric_index(poise_scenario_measure(s));
    string_buffer out = {0};
    char stamp[96];
    rules_stamp(s, stamp, sizeof stamp);
    report r = report_make(all, 0, metric, c->rule[0], NULL);
    report_head(&r, false, &out);
    string_add(&out, "\n");
    report_text(&r, &out);
    string_add(&out, "\n");
    const bool has_graphs = poise_scenario_space(s)->n_graphs > 0;
    report_further(&r, further + !has_graphs, MOST_FURTHER, &out);
    string_add(&out, "\n");
    report_separations(&r, &out);
    string_add(&out, "\n%s\nby `poise rules %s` of poise %s\n", stamp, poise_scenario_name(s),
               POISE_VERSION);
    report_free(&r);
    return out.at;
}

static char *tell(const competition *c)
{
    const poise_scenario *s = c->ask->scenario;
    const int n = c->n_rules * c->ask->n_seeds;
    result_scenario scenario = {
        .name = (char *)poise_scenario_name(s),
        .title = (char *)poise_scenario_title(s),
        .resolved = (char *)poise_scenario_resolved(s),
        .hash = poise_scenario_hash(s),
        .offered_load = poise_scenario_offered_load(s),
    };
    results all = {.scenario = &scenario, .n_scenarios = 1, .n_cells = n};
    all.cell = calloc((size_t)n, sizeof *all.cell);
    if (!all.cell)
        return NULL;
    fill_cells(c, all.cell);
    char *text = write_table(c, &all);
    free(all.cell);
    return text;
}

char *rules_table(const rules_ask *ask, poise_error *err)
{
    competition c = {.ask = ask, .rule = poise_scenario_rules(ask->scenario)};
    while (c.rule[c.n_rules])
        c.n_rules++;
    char *text = NULL;
    if (prepare(&c, err) && compete(&c, err)) {
        text = tell(&c);
        if (!text)
            error_add(err, "out of memory for the table");
    }
    free(c.card);
    free(c.order);
    free(c.result);
    return text;
}
