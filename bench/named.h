/* named.h - what files and command lines call by name: agents with their options, the rules of a
 * scenario, policies. Those of files are checked under their line. */
#ifndef NAMED_H
#define NAMED_H

#include "cli.h"
#include "yaml.h"

/* Whether files can be called by the name that stands at the mark; notes a mistake if not. */
bool named_plainly(yaml_doc *doc, yaml_mark mark, const char *name);
/* The mark of a piece of the scalar's text: it may be quoted. */
yaml_mark named_within(const yaml_doc *doc, yaml_mark scalar, const char *piece);
/* The learners that are built in; NULL-terminated. */
const char *const *named_learners(void);
/* Tries the options "option=value:..." of a built-in agent one by one, notes what is wrong. */
void named_check_options(yaml_doc *doc, yaml_mark scalar, const poise_agent_type *type,
                         const char *options);
/* The file of the scenario of that name; notes a mistake and is NULL if there is none. */
const char *named_scenario(yaml_doc *doc, yaml_mark mark, const char *name);

/* Whether the agent is called so: by its whole specification, or by its name alone. */
bool named_so(const char *spec, const char *agent);
/* Whether one of the list is. */
bool named_among(const names *agents, const char *agent);
/* Whether the agent is for the scenario. */
bool named_suits(const poise_agent_type *type, const poise_scenario *s);
/* Adds what `rules` stands for: what the scenario names, and all that is for it, needs no training
 * and knows no more than the view. What is in the list is not added again. */
void named_add_rules(names *to, const poise_scenario *s);
/* What a specification begins with that asks for a policy. */
#define NAMED_POLICY "policy:"
/* Reads the policy of a file. Its bytes are the caller's to free, its texts live until the end of
 * the program. NULL bytes with all that is wrong in err. */
experiment_policy named_policy(const char *path, poise_error *err);

#endif
