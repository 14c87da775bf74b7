/* results_support.h - results as a store has them, made by hand: two scenarios, by the first of
 * which less is better, by the second more. */
#ifndef RESULTS_SUPPORT_H
#define RESULTS_SUPPORT_H

#include "report.h"
#include "stats_support.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 256 };

/* Cells are added scenario by scenario and agent by agent. */
static result_scenario scenario[2];
static result_cell cell[CELLS];
static double values[CELLS][POISE_MAX_METRICS];
static results all;

static inline void load(result_scenario *r, char *path)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    *r = (result_scenario){.name = strdup(poise_scenario_name(s)),
                           .title = "",
                           .resolved = strdup(poise_scenario_resolved(s)),
                           .hash = poise_scenario_hash(s),
                           .path = path,
                           .offered_load = NAN,
                           .notes = ""};
    poise_scenario_free(s);
}

static inline void setup(void)
{
    load(&scenario[0], POISE_SOURCE_DIR "/scenarios/two-devices-v1.yaml");
    load(&scenario[1], POISE_SOURCE_DIR "/scenarios/admission-v1.yaml");
    all = (results){.scenario = scenario, .n_scenarios = 2, .cell = cell};
}

static inline void teardown(void)
{
    for (int i = 0; i < 2; i++) {
        free(scenario[i].name);
        free(scenario[i].resolved);
    }
}

/* Runs of an agent from seeds 0, 1, ...: NAN failed. */
static inline void add(int of, char *agent, const double *x, int n)
{
    const int metric = poise_metric_index(of ? "reward" : "response_mean_s");
    for (int i = 0; i < n; i++) {
        const int k = all.n_cells++;
        ck_assert_int_lt(k, CELLS);
        for (int m = 0; m < POISE_MAX_METRICS; m++)
            values[k][m] = NAN;
        values[k][metric] = x[i];
        cell[k] = (result_cell){.scenario = of,
                                .policy = -1,
                                .provenance = -1,
                                .agent = agent,
                                .description = agent,
                                .seed = i,
                                .ok = !isnan(x[i]),
                                .error = "",
                                .value = values[k]};
    }
}

/* Another metric of the last runs that were added. */
static inline void also(const char *metric, const double *x, int n)
{
    for (int i = 0; i < n; i++)
        values[all.n_cells - n + i][poise_metric_index(metric)] = x[i];
}

#endif
