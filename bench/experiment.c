/* experiment.c - what an experiment consists of: its policies and cells, and which of them are
 * chosen and wanted. */
#include "experiment_inside.h"

#include "error.h"
#include "store_copy.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- agents ------------------------------------------------------------------------------- */

static const experiment_agent *asked(const experiment *x, int point, int agent)
{
    return &x->point[point].agent[agent];
}

static const char *spec_of(const experiment_agent *a)
{
    return a->trained.bytes ? a->trained.agent : a->agent;
}

/* What makes the agent of a kind or a policy. */
static const char *spec_at(const plan *p, int point, int agent)
{
    return spec_of(asked(&p->ask, point, agent));
}

const plan_agent *plan_agent_at(const plan *p, int point, int agent)
{
    return &p->agent[p->first_agent[point] + agent];
}

bool experiment_card(const experiment *x, int point, int agent, agent_card *card, poise_error *err)
{
    const experiment_agent *a = asked(x, point, agent);
    const card_terms terms = {.policy = a->trained.bytes,
                              .policy_bytes = a->trained.n_bytes,
                              .policy_name = a->agent,
                              .patience_s = x->patience_s};
    return card_of(spec_of(a), x->point[point].scenario, terms, card, err);
}

static bool describe(plan *p, int point, int agent, poise_error *err)
{
    agent_card card;
    poise_error why = {0};
    /* Of several scenarios it is one in which the agent cannot be made. */
    if (!experiment_card(&p->ask, point, agent, &card, &why))
        return error_null(err, "%s%s%s",
                          p->ask.n_points > 1 ? poise_scenario_name(p->ask.point[point].scenario)
                                              : "",
                          p->ask.n_points > 1 ? ": " : "", why.text);
    const experiment_agent *a = asked(&p->ask, point, agent);
    plan_agent *to = &p->agent[p->first_agent[point] + agent];
    to->name = strdup(card.name);
    to->description = strdup(card.description);
    to->build = card.build;
    if (card.train_decisions > 0 && !a->trained.bytes)
        to->train_decisions = a->train_decisions ? a->train_decisions : card.train_decisions;
    return (to->name && to->description) || error_null(err, "out of memory for agents");
}

/* Makes every agent once: finds mistakes before anything runs, and spells out its options. */
static bool describe_all(plan *p, poise_error *err)
{
    for (int i = 0; i < p->ask.n_points; i++)
        for (int k = 0; k < p->ask.point[i].n_agents; k++)
            if (!describe(p, i, k, err))
                return false;
    return true;
}

training plan_training(const plan *p, const plan_policy *policy)
{
    return (training){
        .scenario = p->ask.point[policy->point].scenario,
        .agent = spec_at(p, policy->point, policy->agent),
        .decisions = policy->decisions,
        .seed = policy->train_seed,
        .patience_s = p->ask.patience_s,
        .build = plan_agent_at(p, policy->point, policy->agent)->build,
    };
}

trial plan_trial(const plan *p, const plan_cell *cell)
{
    const plan_kind *k = &p->kind[cell->kind];
    const plan_policy *policy = k->policy < 0 ? NULL : &p->policy[k->policy];
    return (trial){
        .scenario = p->ask.point[k->point].scenario,
        .agent = spec_at(p, k->point, k->agent),
        .policy = policy ? policy->bytes : NULL,
        .policy_bytes = policy ? policy->n_bytes : 0,
        .seed = cell->seed,
        .patience_s = p->ask.patience_s,
        .build = plan_agent_at(p, k->point, k->agent)->build,
        .only_numbers = true,
        .leaves_trail = true,
        .bounds = p->ask.bounds,
    };
}

/* ---- cells -------------------------------------------------------------------------------- */

static const char *id_at(const plan *p, int entry)
{
    return entry > 0 ? p->cell[entry - 1].id.text : p->policy[-entry - 1].id.text;
}

/* The place of an id in the table: where it stands, or the free one where it would. */
static int *place_of(const plan *p, store_id id)
{
    char head[17];
    memcpy(head, id.text, 16);
    head[16] = 0;
    size_t at = (size_t)strtoull(head, NULL, 16) & (p->n_places - 1);
    while (p->place[at] && memcmp(id_at(p, p->place[at]), id.text, sizeof id.text) != 0)
        at = (at + 1) & (p->n_places - 1);
    return &p->place[at];
}

static void add_policy(plan *p, int point, int agent, int64_t train_seed)
{
    plan_policy *to = &p->policy[p->n_policies++];
    const plan_agent *a = plan_agent_at(p, point, agent);
    *to = (plan_policy){.point = point, .agent = agent, .train_seed = train_seed, .kind = -1};
    to->wall_s = NAN;
    to->decisions = a->train_decisions;
    to->id = store_policy_id(poise_scenario_hash(p->ask.point[point].scenario), a->description,
                             to->decisions, train_seed);
}

/* The policy that an agent is, as the plan would have trained it. */
static void add_given(plan *p, int point, int agent, const experiment_policy *is)
{
    plan_policy *to = &p->policy[p->n_policies];
    add_policy(p, point, agent, is->train_seed);
    to->is_given = true;
    to->decisions = is->decisions;
    to->bytes = is->bytes;
    to->n_bytes = is->n_bytes;
    to->id =
        store_policy_id_of(poise_scenario_hash(p->ask.point[point].scenario),
                           plan_agent_at(p, point, agent)->description, is->bytes, is->n_bytes);
}

static void add_cells(plan *p, int point, int agent, int policy)
{
    const experiment_point *at = &p->ask.point[point];
    const uint64_t hash = poise_scenario_hash(at->scenario);
    const char *description = plan_agent_at(p, point, agent)->description;
    const char *policy_id = policy < 0 ? "" : p->policy[policy].id.text;
    plan_kind *kind = &p->kind[p->n_kinds++];
    *kind = (plan_kind){.point = point, .agent = agent, .policy = policy, .first = p->n_cells};
    kind->tried_s = NAN;
    kind->before = policy < 0 ? -1 : p->policy[policy].kind;
    if (policy >= 0)
        p->policy[policy].kind = p->n_kinds - 1;
    for (int i = 0; i < at->n_seeds; i++) {
        const store_id id = store_cell_id(hash, description, policy_id, at->seed[i]);
        int *place = place_of(p, id);
        /* Two points of a sweep, or two ways to write an agent, may be the same cell. */
        if (*place)
            continue;
        plan_cell *to = &p->cell[p->n_cells++];
        *place = p->n_cells;
        *to = (plan_cell){.kind = p->n_kinds - 1, .seed = at->seed[i], .id = id, .turn = i};
        to->is_open = true;
        to->value = NAN;
    }
    kind->n = p->n_cells - kind->first;
}

/* The policy of a training, which may be that of cells elsewhere, too: a scenario may be in the
 * list several times. */
static int training_for(plan *p, int point, int agent, int64_t train_seed)
{
    add_policy(p, point, agent, train_seed);
    int *place = place_of(p, p->policy[p->n_policies - 1].id);
    if (*place)
        p->n_policies--;
    else
        *place = -p->n_policies;
    return -*place - 1;
}

/* The cells of an agent at a point, with the policies that they need. */
static void add_agent(plan *p, int point, int agent)
{
    const experiment *x = &p->ask;
    const experiment_policy *is = &asked(x, point, agent)->trained;
    if (is->bytes) {
        add_given(p, point, agent, is);
        add_cells(p, point, agent, p->n_policies - 1);
    } else if (plan_agent_at(p, point, agent)->train_decisions == 0) {
        add_cells(p, point, agent, -1);
    } else {
        for (int t = 0; t < x->n_train_seeds; t++)
            add_cells(p, point, agent, training_for(p, point, agent, x->train_seed[t]));
    }
}

/* ---- which of them ------------------------------------------------------------------------ */

/* Numbers that are sorted, to deal what takes long first. */
typedef struct burden {
    int64_t decisions;
    int policy;
} burden;

static int longest(const void *a, const void *b)
{
    const burden *x = a, *y = b;
    return (x->decisions < y->decisions) - (x->decisions > y->decisions) +
           (x->decisions == y->decisions) * ((x->policy > y->policy) - (x->policy < y->policy));
}

/* Policies to be trained (wanted or not), longest first, into `at`; how many there are. */
static int by_length(const plan *p, burden *at)
{
    int n = 0;
    for (int i = 0; i < p->n_policies; i++)
        if (!p->policy[i].is_given)
            at[n++] = (burden){p->policy[i].decisions, i};
    qsort(at, (size_t)n, sizeof *at, longest);
    return n;
}

/* Deals policies there and back (1 2 3 3 2 1 1 ...), so that shares have about as much to train. */
static bool deal_policies(const plan *p, int *share_of)
{
    burden *at = calloc((size_t)p->n_policies + 1, sizeof *at);
    if (!at)
        return false;
    const int n = by_length(p, at), n_shards = p->choice.n_shards;
    for (int i = 0; i < n; i++) {
        const int step = i % (2 * n_shards);
        share_of[at[i].policy] = step < n_shards ? step : 2 * n_shards - 1 - step;
    }
    free(at);
    return true;
}

/* Cells go with the policy that must be trained for them, the others are dealt in turn. */
static bool choose_share(plan *p)
{
    int *share_of = calloc((size_t)p->n_policies + 1, sizeof *share_of);
    const bool good = share_of && deal_policies(p, share_of);
    for (int i = 0, turn = 0; good && i < p->n_cells; i++) {
        const int policy = p->kind[p->cell[i].kind].policy;
        const bool goes_with = policy >= 0 && !p->policy[policy].is_given;
        const int share = goes_with ? share_of[policy] : turn++ % p->choice.n_shards;
        p->cell[i].chosen = share + 1 == p->choice.shard;
    }
    free(share_of);
    return good;
}

static bool choose(plan *p)
{
    for (int i = 0; i < p->n_cells; i++)
        p->cell[i].chosen = true;
    if (p->choice.n_shards > 0 && !choose_share(p))
        return false;
    for (int i = 0; p->choice.wants && i < p->n_cells; i++) {
        const plan_entry e = plan_cell_at(p, i + 1);
        if (!p->choice.wants(p->choice.data, i + 1,
                             poise_scenario_name(p->ask.point[e.point].scenario), e.agent))
            p->cell[i].chosen = false;
    }
    return true;
}

/* What a store has of a cell, if that is more than was known. */
static void look_up(const plan *p, plan_cell *cell, store *s)
{
    const poise_metric *rows;
    double wall_s;
    const store_state state = store_cell_state(s, cell->id, &wall_s);
    poise_metrics(&rows);
    const char *metric = rows[p->ask.precision.metric].name;
    if (state == STORE_LACKS || (state == STORE_FAILED && cell->state == STORE_OK))
        return;
    cell->state = state;
    cell->wall_s = wall_s;
    cell->is_known = state == STORE_OK || p->choice.keeps_failures;
    cell->value = p->group && state == STORE_OK ? store_value(s, cell->id, metric) : NAN;
    cell->lacks_bounds = p->ask.bounds && !store_has_bounds(s, cell->id);
}

bool plan_is_done(const plan *p, const plan_cell *cell)
{
    return (cell->state == STORE_OK && !cell->lacks_bounds) ||
           (cell->state == STORE_FAILED && p->choice.keeps_failures);
}

/* What is still to be done, by what is known of stores. */
static void count_cells(plan *p)
{
    experiment_progress *g = &p->progress;
    for (int i = 0; i < p->n_cells; i++) {
        plan_cell *cell = &p->cell[i];
        plan_kind *kind = &p->kind[cell->kind];
        const bool is_chosen = cell->chosen && cell->is_open, is_done = plan_is_done(p, cell);
        cell->wanted = is_chosen && !is_done;
        kind->n_wanted += cell->wanted;
        g->cells += is_chosen;
        g->cells_stored += is_chosen && is_done;
        if (cell->state == STORE_OK) {
            kind->wall_sum_s += cell->wall_s;
            kind->n_walls++;
        }
    }
}

/* A policy that a store has need not be trained, one that no wanted cell needs neither. */
static void count_policies(plan *p)
{
    for (int i = 0; i < p->n_policies; i++) {
        plan_policy *policy = &p->policy[i];
        int n_wanted = 0;
        for (int k = policy->kind; k >= 0; k = p->kind[k].before)
            n_wanted += p->kind[k].n_wanted;
        policy->wanted = !policy->is_stored && n_wanted > 0;
        if (policy->wanted && !policy->is_given) {
            p->progress.policies++;
            p->progress.decisions += policy->decisions;
        }
    }
}

/* What there is to do after a look at a store (NULL: none). Waves begin by what is known then;
 * before the first look all seeds are asked for. */
static bool take_stock(plan *p, store *s, bool begins, poise_error *err)
{
    for (int i = 0; s && i < p->n_cells; i++)
        look_up(p, &p->cell[i], s);
    for (int i = 0; s && i < p->n_policies; i++)
        p->policy[i].is_stored = p->policy[i].is_stored || store_has_policy(s, p->policy[i].id);
    if (begins)
        plan_begin_waves(p);
    p->progress = (experiment_progress){0};
    for (int i = 0; i < p->n_kinds; i++) {
        p->kind[i].n_wanted = p->kind[i].n_walls = 0;
        p->kind[i].wall_sum_s = 0;
    }
    count_cells(p);
    count_policies(p);
    return !s || store_answered(s, err);
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Room for the policies, kinds and cells of an experiment whose agents are known. */
static bool take_cells(plan *p)
{
    const experiment *x = &p->ask;
    size_t n_policies = 0, n_kinds = 0, n_cells = 0;
    for (int i = 0; i < x->n_points; i++)
        for (int k = 0; k < x->point[i].n_agents; k++) {
            const bool learns = plan_agent_at(p, i, k)->train_decisions > 0;
            const size_t n = learns ? (size_t)x->n_train_seeds : 1;
            n_policies += learns || asked(x, i, k)->trained.bytes ? n : 0;
            n_kinds += n;
            n_cells += n * (size_t)x->point[i].n_seeds;
        }
    p->n_places = 1;
    while (p->n_places < 2 * (n_cells + n_policies))
        p->n_places *= 2;
    p->policy = calloc(n_policies + 1, sizeof *p->policy);
    p->kind = calloc(n_kinds + 1, sizeof *p->kind);
    p->cell = calloc(n_cells + 1, sizeof *p->cell);
    p->place = calloc(p->n_places, sizeof *p->place);
    return p->policy && p->kind && p->cell && p->place;
}

static bool expand(plan *p)
{
    if (!take_cells(p))
        return false;
    for (int i = 0; i < p->ask.n_points; i++)
        for (int k = 0; k < p->ask.point[i].n_agents; k++)
            add_agent(p, i, k);
    return plan_make_groups(p) && choose(p);
}

/* A plan with room for the agents; NULL without memory. */
static plan *take(const experiment *x, const plan_choice *choice)
{
    plan *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->ask = *x;
    p->choice = choice ? *choice : (plan_choice){0};
    p->first_agent = calloc((size_t)x->n_points + 1, sizeof *p->first_agent);
    for (int i = 0; p->first_agent && i < x->n_points; i++)
        p->first_agent[i + 1] = p->first_agent[i] + x->point[i].n_agents;
    if (p->first_agent)
        p->agent = calloc((size_t)p->first_agent[x->n_points] + 1, sizeof *p->agent);
    if (p->agent)
        return p;
    plan_free(p);
    return NULL;
}

plan *plan_new(const experiment *x, store *s, const plan_choice *choice, poise_error *err)
{
    plan *p = take(x, choice);
    if (!p)
        return error_null(err, "out of memory for %d scenarios", x->n_points);
    p->store = s;
    bool good = describe_all(p, err);
    if (good && !expand(p))
        good = error_null(err, "out of memory for the cells of the experiment");
    if (good && take_stock(p, s, s != NULL, err))
        return p;
    plan_free(p);
    return NULL;
}

void plan_drop_result(plan_cell *cell)
{
    if (cell->result)
        trial_result_free(cell->result);
    free(cell->result);
    cell->result = NULL;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    for (int i = 0; i < p->n_policies; i++) {
        train_free(&p->policy[i].result);
        free(p->policy[i].owned);
    }
    for (int i = 0; i < p->n_cells; i++)
        plan_drop_result(&p->cell[i]);
    for (int i = 0; p->agent && i < p->first_agent[p->ask.n_points]; i++) {
        free(p->agent[i].name);
        free(p->agent[i].description);
    }
    free(p->first_agent);
    free(p->agent);
    free(p->policy);
    free(p->kind);
    free(p->cell);
    free(p->place);
    free(p->group);
    free(p->group_of);
    free(p->sample);
    free(p);
}

bool plan_has_learners(const plan *p)
{
    return p->n_policies > 0;
}

bool plan_asks_for(const plan *p, store_id cell)
{
    const int entry = *place_of(p, cell);
    return entry > 0 ? p->cell[entry - 1].is_open : entry < 0;
}

int plan_n_asked(const plan *p)
{
    int n = 0;
    for (int i = 0; i < p->n_cells; i++)
        n += p->cell[i].is_open;
    return n;
}

store_id plan_id(const plan *p)
{
    store_id all = {"experiment"};
    for (int i = 0; i < p->n_cells; i++)
        all = store_id_with(all, p->cell[i].id);
    return all;
}

bool plan_put_head(const plan *p, const char *name, const char *title, const char *path, store *s,
                   poise_error *err)
{
    char full[PATH_MAX];
    const store_experiment row = {plan_id(p), name, title, realpath(path, full) ? full : path};
    bool good = true;
    for (int i = 0; good && i < p->ask.n_points; i++) {
        const experiment_point *at = &p->ask.point[i];
        good = store_put_scenario(s, at->scenario, at->path, at->set, at->n_sets, at->sweep,
                                  at->n_sweeps, err);
    }
    return good && store_put_experiment(s, &row, err);
}

int plan_n_cells(const plan *p)
{
    return p->n_cells;
}

plan_entry plan_cell_at(const plan *p, int number)
{
    const plan_cell *cell = &p->cell[number - 1];
    const plan_kind *kind = &p->kind[cell->kind];
    const plan_policy *policy = kind->policy < 0 ? NULL : &p->policy[kind->policy];
    return (plan_entry){
        .number = number,
        .point = kind->point,
        .agent = asked(&p->ask, kind->point, kind->agent)->agent,
        .train_seed = policy && !policy->is_given ? policy->train_seed : -1,
        .seed = cell->seed,
        .id = cell->id,
        .asked = cell->is_open,
        .chosen = cell->chosen && cell->is_open,
        .wanted = cell->wanted,
        .state = cell->state,
        .wall_s = plan_kind_s(kind),
    };
}

/* What is wanted, as lists of ids; n_cells of them are cells, then come n_policies policies. NULL
 * without memory. */
static store_id *list_wanted(const plan *p, int *n_cells, int *n_policies)
{
    store_id *id = calloc((size_t)p->n_cells + (size_t)p->n_policies + 1, sizeof *id);
    *n_cells = *n_policies = 0;
    for (int i = 0; id && i < p->n_cells; i++)
        if (p->cell[i].wanted)
            id[(*n_cells)++] = p->cell[i].id;
    for (int i = 0; id && i < p->n_policies; i++)
        if (p->policy[i].wanted && !p->policy[i].is_given)
            id[*n_cells + (*n_policies)++] = p->policy[i].id;
    return id;
}

int plan_borrow(plan *p, store *from, poise_error *err)
{
    int n_cells, n_policies, copied = -1;
    store_id *id = list_wanted(p, &n_cells, &n_policies);
    if (id)
        copied = store_copy_cells(p->store, from, id, n_cells, p->choice.keeps_failures, err);
    else
        error_null(err, "out of memory for cells of %s", store_path(from));
    if (copied >= 0 && store_copy_policies(p->store, from, id + n_cells, n_policies, err) < 0)
        copied = -1;
    free(id);
    return copied >= 0 && take_stock(p, p->store, true, err) ? copied : -1;
}

bool plan_look(plan *p, store *other, poise_error *err)
{
    return take_stock(p, other, true, err);
}
