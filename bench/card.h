/* card.h - what must be known of an agent before it runs: its identity, whether it learns. Agents
 * are made once for that, so that a slip of the pen is told at once; plug-ins in a process of their
 * own. */
#ifndef CARD_H
#define CARD_H

#include "agent.h"

#include <stdio.h>

#define CARD_DESCRIPTION_MAX 1024

typedef struct agent_card {
    char name[64];
    char description[CARD_DESCRIPTION_MAX];  // see poise_agent_describe; its identity in results
    char spec[CARD_DESCRIPTION_MAX];         // see poise_agent_respell
    long train_decisions;                    // 0: nobody learns; the most that one needs
    bool uses_model;
    uint64_t build;  // of a plug-in or a pipe, see poise_agent; a trial is told of it
} agent_card;

/* A policy that the agent is to be tried with (bytes may be NULL), its name for sentences; and the
 * patience with a plug-in, as in trial. All may be 0. */
typedef struct card_terms {
    const void *policy;
    size_t policy_bytes;
    const char *policy_name;
    double patience_s;
} card_terms;

/* The card of an agent in a scenario. Where tenants compete, the description
 * also names the plug-ins among the agents that they have of their own. false with a sentence in
 * err, if the agent cannot be made, or the policy does not fit. A plug-in that crashes or hangs
 * while it prepares itself has a card all the same: its trials will fail. */
bool card_of(const char *spec, const poise_scenario *s, card_terms terms, agent_card *card,
             poise_error *err);
/* Whether a trial of the agent is for a process of its own: it is a plug-in, or has one as a rival.
 */
bool card_is_apart(const char *spec, const poise_scenario *s);
/* Writes about an agent. */
typedef void card_writer(const poise_agent_type *type, const char *path, FILE *out);
/* What `write` has to say of the agent in a plug-in, malloc'd; NULL with a sentence in err. */
char *card_show(const char *path, card_writer *write, poise_error *err);

#endif
