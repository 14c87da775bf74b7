/* agent.h - what an agent is: one table at the end of one file.
 *
 * `attend` is the one function that every agent has: it writes one number per candidate, and the
 * candidate with the most attention starts. The build finds agents by their file: agents/NAME.c
 * defines `const poise_agent_type agent_NAME`. A shared object built elsewhere defines
 * `const poise_agent_type poise_plugin` and is used by its path (docs/plugins.md). */
#ifndef POISE_AGENT_H
#define POISE_AGENT_H

#include "poise.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this table and of what agents see through poise.h, checked when an agent is loaded
 * from a shared object. */
#define POISE_AGENT_ABI 3

typedef enum poise_mode { POISE_MODE_EVALUATE, POISE_MODE_TRAIN } poise_mode;

/* A named array of a policy's parameters, as stored in a policy file. The data are the agent's. */
typedef struct poise_tensor {
    char name[96];  // PyTorch's names: "policy.0.weight"
    int n_dims;
    int dim[3];
    bool is_double;  // double, else float
    void *data;
} poise_tensor;
#define POISE_MAX_TENSORS 128

/* A figure of a training log; keys are those of Stable-Baselines3 ("train/loss"). */
typedef struct poise_figure {
    const char *key;
    double value;
} poise_figure;

typedef struct poise_agent_type {
    int abi;  // POISE_AGENT_ABI
    const char *name;
    const char *about;            // one line, with its source
    const poise_option *options;  // rows into the state; NULL if it has none
    size_t size;                  // bytes of its state
    long train_decisions;         // default training budget; 0 = it does not learn
    bool uses_model;              // plays the scenario forward on copies, or solves it: no policy
                                  // in the field could; results are marked

    /* Optional, for agents that are not for every scenario: whether it is for this one. false with
     * a sentence in err. Quick: no more is done than to look. */
    bool (*suits)(const poise_space *space, poise_error *err);
    /* Prepares the state, whose options are already read and the rest of which is zero. The space
     * outlives the agent. false with a sentence in err. NULL: nothing to prepare. */
    bool (*init)(void *state, const poise_space *space, uint64_t seed, poise_error *err);
    /* A new episode begins; seed is for the agent's own draws in it. NULL: nothing to do. */
    void (*begin)(void *state, poise_mode mode, uint64_t seed);
    /* Writes attention (n_candidates). */
    void (*attend)(void *state, const poise_view *v, double *attention);
    /* Optional, for rules that know their choice at once: the candidate's index. */
    int (*choose)(void *state, const poise_view *v);
    /* Learners, in training only: what came of the last choice, and the view after it (the last
     * one of an episode has no candidates). false with a sentence in err if it diverged. */
    bool (*learn)(void *state, const poise_outcome *o, const poise_view *after, poise_error *err);
    /* Learners: fills t with at most POISE_MAX_TENSORS arrays, returns how many. */
    int (*params)(void *state, poise_tensor *t);
    /* Learners, optional: in the same way what training needs beside the parameters in order to go
     * on bit for bit: moments, counters, random streams, replay. */
    int (*memory)(void *state, poise_tensor *t);
    /* Learners, optional: training figures since the last call. Returns how many were written into
     * figure (at most max). */
    int (*progress)(void *state, poise_figure *figure, int max);
    /* Releases what init took; not the state itself. NULL: nothing. */
    void (*free)(void *state);
} poise_agent_type;

/* What a plug-in defines; nothing in Poise does. */
extern const poise_agent_type poise_plugin;

/* All agents built in, sorted by name; NULL-terminated. */
extern const poise_agent_type *const poise_agent_types[];
/* The agent of that name, or of that alias, in letters of either case; NULL if there is none. */
const poise_agent_type *poise_agent_find(const char *name);
/* What else an agent is called. */
typedef struct poise_agent_alias {
    const char *name, *agent;
} poise_agent_alias;
/* All of them, sorted by name; the last name is NULL. */
extern const poise_agent_alias poise_agent_aliases[];
/* " (uses a model)" if the agent of that specification or description does, else "": stands behind
 * its name wherever results are shown. Of a plug-in only its description tells. */
const char *poise_agent_mark(const char *spec);

/* One agent ready to act. */
typedef struct poise_agent {
    const poise_agent_type *type;
    void *state;
    double *attention;    // (max_candidates)
    char *options;        // its own copy of the specification's options; texts point into it
    int chosen;           // what it chose last; -1: it went by attention
    bool attends;         // it writes attention even where it could choose at once
    const char *problem;  // why it can decide no more; NULL while it can
    const char *path;     // of a plug-in; NULL: it is built in
    void *library;        // of a plug-in
    uint64_t build;       // xxHash64 of a plug-in, or of a command and the files that it names
    char *fence[2];       // behind the state, and behind the attention
} poise_agent;

/* An agent from a specification: "name", "name:option=value:option=value", the path of a plug-in in
 * place of the name (it has a slash before the first colon, or ends in .so), or "pipe:command". The
 * space must outlive it. NULL on error: unknown name or option (with the nearest one), value out of
 * bounds, no such plug-in or one that does not fit. A plug-in runs in this process: what it does to
 * it is not prevented here. */
poise_agent *poise_agent_new(const char *spec, const poise_space *space, uint64_t seed,
                             poise_error *err);
/* The same in two steps: with its options read it can be described, prepared it can act. */
poise_agent *poise_agent_open(const char *spec, const poise_space *space, poise_error *err);
bool poise_agent_prepare(poise_agent *a, const poise_space *space, uint64_t seed, poise_error *err);
void poise_agent_free(poise_agent *a);  // NULL is fine
/* Whether the specification is that of a plug-in; of a command on the other side of a pipe. */
bool poise_agent_is_plugin(const char *spec);
bool poise_agent_is_pipe(const char *spec);
/* For what may wait for others: for how long at a decision, and whether to go on (stop may be
 * NULL). Without it 10 s. */
void poise_agent_terms(poise_agent *a, double patience_s, bool (*stop)(const void *data),
                       const void *data);
void poise_agent_begin(poise_agent *a, poise_mode mode, uint64_t seed);
/* The candidate it chooses; -1 if its attention holds a NaN. */
int poise_agent_choose(poise_agent *a, const poise_view *v);
/* Lets the agent decide and the environment do it: the choice of an agent that has `choose`, unless
 * attention is divided or displaces running tasks. Attention that holds a NaN, or a choice that is
 * not there, fails the episode. */
poise_outcome poise_agent_step(poise_agent *a, poise_env *e);
/* The same, saying how long the agent took to decide, by a clock of the machine. */
poise_outcome poise_agent_step_timed(poise_agent *a, poise_env *e, int64_t *decision_ns);
/* After the last decision of an episode. */
void poise_agent_finish(poise_agent *a);
/* Why it can decide no more, or what it did that it must not do; "" if there is nothing. */
const char *poise_agent_error(const poise_agent *a);
/* The specification with every option spelled out, in the order of the rows: its identity. Written
 * into text (size bytes). A plug-in stands there with its name and the hash of its file. */
void poise_agent_describe(const poise_agent *a, char *text, size_t size);
/* The same as a specification that makes such an agent again: a plug-in stands with its path. */
void poise_agent_respell(const poise_agent *a, char *text, size_t size);
/* xxHash64 of all parameters; 0 for agents without. */
uint64_t poise_agent_params_hash(const poise_agent *a);

/* Agents that compete for the devices of one scenario, one a tenant (space->competes). */
typedef struct poise_team poise_team;
/* Each tenant's own agent, as the scenario names it, else one of `spec`. NULL on error. */
poise_team *poise_team_new(const char *spec, const poise_space *space, uint64_t seed,
                           poise_error *err);
void poise_team_free(poise_team *t);  // NULL is fine
poise_agent *poise_team_member(const poise_team *t, int tenant);
void poise_team_begin(poise_team *t, poise_mode mode, uint64_t seed);
void poise_team_finish(poise_team *t);
/* The first of them that says so, see poise_agent_error. */
const char *poise_team_error(const poise_team *t);
/* All bid, each from its own view; reward (n_tenants) as of poise_env_bid, may be NULL. */
poise_outcome poise_team_step(poise_team *t, poise_env *e, double *reward);

#ifdef __cplusplus
}
#endif
#endif
