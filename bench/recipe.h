/* recipe.h - tuned hyper-parameters: policies/recipes.yaml has a row for each learner that was
 * tuned in a scenario, and policies/SCENARIO.NAME.safetensors is the policy that came of it.
 *
 * Both are looked for in the data folders (cli_data_dirs): a row or a policy of a better folder
 * stands before one of the same name elsewhere. */
#ifndef RECIPE_H
#define RECIPE_H

#include "poise.h"

/* One row. Texts live until the end of the program. */
typedef struct recipe {
    const char *scenario;  // name
    const char *agent;     // specification: options that differ from the defaults
    const char *name;      // of its agent, unless the scenario has two of it
    int decisions;         // budget
    int validate;          // decisions between two validations; 0: none
    int validation_seeds;  // of each
    int seed;              // training seed of the policy that ships
} recipe;

typedef struct recipes {
    recipe *at;  // (n) by scenario, then name
    int n;
} recipes;

/* Adds the rows of a file to r, but for those that it has by other files. false with all that is
 * wrong in err, each under its line: scenarios and learners that do not exist, options that they
 * lack, names given twice. */
bool recipes_add(recipes *r, const char *path, poise_error *err);
/* The rows of all data folders; false with a sentence in err. */
bool recipes_read(recipes *r, poise_error *err);
/* The row of that scenario and name (n letters of it); NULL if there is none. */
const recipe *recipes_find(const recipes *r, const char *scenario, const char *name, size_t n);
/* "ppo in gpu-mix-v1, dqn in cmu-v1": those of a scenario, or all if there are none of it. */
const char *recipes_told(const recipes *r, const char *scenario);
/* The recipe's agent with the options of `spec` ("ppo:horizon=30") in place of its own. */
const char *recipe_spec(const recipe *r, const char *spec);

/* The file of a policy that ships, by "SCENARIO.NAME"; NULL if it is not there. */
const char *recipe_policy(const char *name);
/* The file of one that ships, by SCENARIO.NAME or, of that scenario, by NAME; NULL if it is not
 * there. */
const char *recipe_policy_for(const char *name, const char *scenario);
/* Whether what is given is the path of a policy and no name. */
bool recipe_is_path(const char *given);
/* "those that ship for S are ...", or that none does. */
const char *recipe_shipped_for(const char *scenario);
/* The file that `given` (-p) means in the scenario: one of this path, or one that ships by
 * SCENARIO.NAME or NAME. Refuses what looks like a name and is none. */
const char *recipe_policy_path(const char *given, const char *scenario);

#endif
