/* experiment_agents.h - the agents of an experiment's file: every combination of the options that
 * it gives them, and who of them takes part in a scenario. */
#ifndef EXPERIMENT_AGENTS_H
#define EXPERIMENT_AGENTS_H

#include "named.h"
#include "recipe.h"

#include <xxhash.h>

/* An agent with one combination of options. */
typedef struct entrant {
    const char *spec;  // "rules", "policy:NAME", or a specification
    yaml_mark mark;
    int64_t decisions;  // of training; 0: the file does not say
    bool tuned;         // by the recipe of the scenario, where there is one
    XXH128_hash_t key;  // what it is, however it is written; not of rules, policies and the tuned
} entrant;

typedef struct entrants {
    entrant *at;
    int n;
    bool learns;  // some of them may have to be trained
} entrants;

/* What is known while agents are read. Starts with doc, folder and decisions. */
typedef struct registry {
    yaml_doc *doc;
    const char *folder;  // of the file, with a slash, or "": its paths start there
    int64_t decisions;   // of learners of which nothing else is said; 0: their own
    bool wrong;          // an agent is
    recipes recipes;
    bool has_recipes;
    const char **policy_path;  // (n_policies) what has been read
    experiment_policy *policy;
    int n_policies;
    names rule;               // those of any scenario
    XXH128_hash_t *rule_key;  // (n of rule) see entrant
    struct seat *seat;        // (n_seats) room to find out who takes part
    int n_seats;
} registry;

/* A path of the file as it is opened. */
const char *registry_path(const registry *r, const char *path);
/* Notes the keys of a map that would count training in time. */
void registry_refuse_times(yaml_doc *doc, yaml_node *map, const char *what);
/* Adds the agents of a list. Mistakes go to the file. */
void entrants_read(registry *r, yaml_node *list, entrants *to);
/* Who takes part in the scenario, by the lists in their order, each agent once: *n. A policy that
 * is not there is a mistake of the file. */
const experiment_agent *entrants_cast(registry *r, const poise_scenario *s,
                                      const entrants *const *lists, int n_lists, int *n);

#endif
