/* experiment_file.h - an experiment as a YAML file: which agents are tried in which scenarios, from
 * which seeds, and what is wanted of the results. It expands to an experiment (experiment.h): the
 * scenarios x the combinations of their settings are its points. docs/experiments.md describes the
 * format for people. */
#ifndef EXPERIMENT_FILE_H
#define EXPERIMENT_FILE_H

#include "experiment.h"

/* Texts and arrays live until the end of the program, scenarios until experiment_file_free. */
typedef struct experiment_file {
    const char *path;   // of the file
    const char *name;   // a plain name: stores and pictures are called after it
    const char *title;  // may be any text; "" if it has none
    experiment ask;
    const char **metric;  // (n_metrics >= 1) names or TABLES_MEASURE; the first ranks
    int n_metrics;
    const char *baseline;  // an agent of the file as it is specified; NULL: none
    bool is_quick;         // its quick form, whose results are no results of the whole
    bool suite;            // scores over all scenarios are wanted (suite.h)
    const char **figure;   // (n_figures) kinds of plot_kinds
    int n_figures;
    const char **picture;  // (n_pictures) formats of the figures
    int n_pictures;
    const char **table;  // (n_tables) formats of `poise report`
    int n_tables;
} experiment_file;

/* The file of an experiment given by name, or by a path ending in .yaml: PATH, or
 * experiments/NAME.yaml or bench/experiments/NAME.yaml of the data folders. Refuses what is not
 * there (cli_refuse). */
const char *experiment_file_path(const char *name);
/* The file of the experiment that is meant where a store may be meant as well; NULL: it is a store,
 * or there is no name. A store that is called as an experiment is can be named as the file that it
 * is. */
const char *experiment_file_meant(const char *name);
/* Reads it with the overrides "path=value" (n_sets) of the file's own keys, and loads all
 * scenarios. false with all mistakes in err, each under its line: keys, scenarios, settings, agents
 * and their options, metrics, figures that do not exist; a seed given twice, or for training and
 * for evaluation; more than 10^6 cells. */
bool experiment_file_read(experiment_file *x, const char *path, const char *const *sets, int n_sets,
                          poise_error *err);
/* The same; quick: with what the key `quick` says in place of the same keys of the file, under a
 * name and a title that say so. A mistake if it says nothing. */
bool experiment_file_read_form(experiment_file *x, const char *path, bool quick,
                               const char *const *sets, int n_sets, poise_error *err);
void experiment_file_free(experiment_file *x);

#endif
