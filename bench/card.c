/* card.c - see card.h. */
#include "card.h"

#include "error.h"
#include "isolate.h"
#include "lib/plugin.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

/* What is asked of another process; the texts and bytes follow it. */
typedef struct question {
    const poise_scenario *scenario;
    size_t n_spec, n_policy, n_name;
    bool has_policy;
} question;

/* What it answers: the card as soon as it is known, then the end. */
typedef struct verdict {
    bool good;
    poise_error err;
} verdict;

static void fill(const poise_agent *a, agent_card *card)
{
    *card = (agent_card){.train_decisions = a->type->train_decisions,
                         .uses_model = a->type->uses_model,
                         .build = a->build};
    snprintf(card->name, sizeof card->name, "%s", a->type->name);
    poise_agent_describe(a, card->description, sizeof card->description);
    poise_agent_respell(a, card->spec, sizeof card->spec);
}

/* Whether the policy fits all who compete. */
static bool fits_team(const char *spec, const poise_space *space, const card_terms *terms,
                      poise_error *err)
{
    poise_team *team = poise_team_new(spec, space, 0, err);
    const bool fits = team && policy_apply_team(terms->policy, terms->policy_bytes,
                                                terms->policy_name, team, space, err);
    poise_team_free(team);
    return fits;
}

static bool is_prepared(poise_agent *a, const char *spec, const poise_space *space,
                        const card_terms *terms, poise_error *err)
{
    if (!poise_agent_prepare(a, space, 0, err))
        return false;
    if (terms->policy && space->competes)
        return fits_team(spec, space, terms, err);
    return !terms->policy ||
           policy_apply(terms->policy, terms->policy_bytes, terms->policy_name, a, err);
}

/* ---- apart -------------------------------------------------------------------------------- */

bool card_is_apart(const char *spec, const poise_scenario *s)
{
    const poise_space *space = poise_scenario_space(s);
    bool is = spec && poise_agent_is_plugin(spec);
    for (int k = 0; space->competes && k < space->n_tenants; k++)
        is |= space->tenant_agent[k] && poise_agent_is_plugin(space->tenant_agent[k]);
    return is;
}

static void answer(const void *ask, size_t n_ask, isolate_life *life, FILE *out)
{
    const question *q = ask;
    const char *spec = (const char *)(q + 1), *name = spec + q->n_spec;
    const card_terms terms = {.policy = q->has_policy ? name + q->n_name : NULL,
                              .policy_bytes = q->n_policy,
                              .policy_name = name};
    const poise_space *space = poise_scenario_space(q->scenario);
    (void)n_ask;
    agent_card card;
    verdict v = {0};
    atomic_store(&life->stage, ISOLATE_LOADING);
    poise_agent *a = poise_agent_open(spec, space, &v.err);
    if (a) {
        fill(a, &card);
        fwrite(&card, sizeof card, 1, out);
        fflush(out);
        atomic_store(&life->stage, ISOLATE_PREPARING);
        v.good = is_prepared(a, spec, space, &terms, &v.err);
        atomic_store(&life->stage, ISOLATE_ENDING);
        poise_agent_free(a);
    }
    fwrite(&v, sizeof v, 1, out);
}

/* The question as bytes; NULL without memory. */
static void *write_question(const char *spec, const poise_scenario *s, const card_terms *terms,
                            size_t *n)
{
    const char *name = terms->policy ? terms->policy_name : "";
    const question q = {s, strlen(spec) + 1, terms->policy ? terms->policy_bytes : 0,
                        strlen(name) + 1, terms->policy != NULL};
    *n = sizeof q + q.n_spec + q.n_name + q.n_policy;
    char *bytes = malloc(*n);
    if (!bytes)
        return NULL;
    char *to = bytes + sizeof q;
    memcpy(bytes, &q, sizeof q);
    memcpy(to, spec, q.n_spec);
    memcpy(to + q.n_spec, name, q.n_name);
    if (q.n_policy)
        memcpy(to + q.n_spec + q.n_name, terms->policy, q.n_policy);
    return bytes;
}

/* Reads what came back: a card that is there counts, whatever happened afterwards. */
static bool read_answer(const char *spec, const isolate_end *e, agent_card *card, poise_error *err)
{
    verdict v;
    const char *bytes = e->bytes;
    const bool has_card = e->n_bytes == sizeof *card || e->n_bytes == sizeof *card + sizeof v;
    if (has_card)
        memcpy(card, bytes, sizeof *card);
    if (!e->good && has_card)
        return true;
    if (!e->good)
        return error_null(err, "%s %s", spec, e->error);
    memcpy(&v, bytes + e->n_bytes - sizeof v, sizeof v);
    if (v.good)
        return true;
    const size_t n_path = plugin_path_length(spec);
    v.err.text[sizeof v.err.text - 1] = 0;
    if (strncmp(v.err.text, spec, n_path) == 0)
        *err = v.err;
    else
        error_null(err, "%.*s: %s", (int)n_path, spec, v.err.text);
    return false;
}

static bool ask(const char *spec, const poise_scenario *s, const card_terms *terms,
                agent_card *card, poise_error *err)
{
    isolate_job job = {.work = answer, .patience_s = terms->patience_s};
    void *asked = write_question(spec, s, terms, &job.n_ask);
    if (!asked)
        return error_null(err, "out of memory for agent %s", spec);
    isolate_expect();
    job.ask = asked;
    isolate_end e = isolate_run(&job);
    free(asked);
    const bool good = read_answer(spec, &e, card, err);
    free(e.bytes);
    return good;
}

/* ---- cards -------------------------------------------------------------------------------- */

static bool look(const char *spec, const poise_scenario *s, const card_terms *terms,
                 agent_card *card, poise_error *err)
{
    if (poise_agent_is_plugin(spec))
        return ask(spec, s, terms, card, err);
    const poise_space *space = poise_scenario_space(s);
    poise_agent *a = poise_agent_open(spec, space, err);
    if (!a)
        return false;
    fill(a, card);
    const bool good = is_prepared(a, spec, space, terms, err);
    poise_agent_free(a);
    return good;
}

/* Where an agent that a tenant has of its own learns, there is something to train. */
static bool add_budget(const char *own, const poise_space *space, agent_card *card,
                       poise_error *err)
{
    poise_agent *a = poise_agent_open(own, space, err);
    if (!a)
        return false;
    if (a->type->train_decisions > card->train_decisions)
        card->train_decisions = a->type->train_decisions;
    poise_agent_free(a);
    return true;
}

/* Adds the agents of tenants whose names do not say all, and what learners among them need. */
static bool add_rivals(const poise_scenario *s, const card_terms *terms, agent_card *card,
                       poise_error *err)
{
    const poise_space *space = poise_scenario_space(s);
    for (int k = 0; space->competes && k < space->n_tenants; k++) {
        const char *own = space->tenant_agent[k];
        agent_card rival;
        if (!own)
            continue;
        if (!poise_agent_is_plugin(own) && !poise_agent_is_pipe(own)) {
            if (!add_budget(own, space, card, err))
                return false;
            continue;
        }
        if (!look(own, s, &(card_terms){.patience_s = terms->patience_s}, &rival, err))
            return false;
        const size_t n = strlen(card->description);
        snprintf(card->description + n, sizeof card->description - n, " against %s",
                 rival.description);
    }
    return true;
}

bool card_of(const char *spec, const poise_scenario *s, card_terms terms, agent_card *card,
             poise_error *err)
{
    error_clear(err);
    return look(spec, s, &terms, card, err) && add_rivals(s, &terms, card, err);
}

/* ---- showing ------------------------------------------------------------------------------ */

typedef struct exhibit {
    card_writer *write;
    char path[];
} exhibit;

/* The table is read where reading it cannot hurt; the answer begins with whether it could be. */
static void show(const void *ask, size_t n_ask, isolate_life *life, FILE *out)
{
    const exhibit *x = ask;
    poise_error err = {0};
    plugin p;
    (void)n_ask;
    atomic_store(&life->stage, ISOLATE_LOADING);
    const bool good = plugin_open(x->path, &p, &err);
    fputc(good ? 1 : 0, out);
    if (good)
        x->write(p.type, x->path, out);
    else
        fputs(err.text, out);
}

char *card_show(const char *path, card_writer *write, poise_error *err)
{
    const size_t n = strlen(path) + 1;
    exhibit *x = malloc(sizeof *x + n);
    if (!x)
        return error_null(err, "out of memory for %s", path);
    x->write = write;
    memcpy(x->path, path, n);
    isolate_end e = isolate_run(&(isolate_job){.work = show, .ask = x, .n_ask = sizeof *x + n});
    free(x);
    char *text = e.bytes;
    const bool good = e.good && e.n_bytes > 0 && *text;
    if (text) {
        memmove(text, text + 1, e.n_bytes);
        text[e.n_bytes ? e.n_bytes - 1 : 0] = 0;
    }
    if (good)
        return text;
    if (e.good && text)
        error_null(err, "%s", text);
    else
        error_null(err, "%s %s", path, e.error);
    free(text);
    return NULL;
}
