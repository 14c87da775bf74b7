/* compete.c - tenants: what each holds and gets, and who decides where each has an agent of its
 * own.
 *
 * At a decision every tenant bids for what it wants most: its attention is the bid. The highest bid
 * decides; or tenants take turns in proportion to their bids, which are the exponentials of
 * attention and are paid from budgets that refill. In turn: each tenant is credited with its part
 * of all bids, whoever has most credit decides and pays one (smooth weighted round robin), so that
 * after any number of decisions nobody is a whole turn behind its part. Ties go to the tenant that
 * has been served least for its share, then to the first. */
#include "compete.h"

#include <assert.h>

#include "det.h"

/* ---- accounts ---------------------------------------------------------------------------- */

void compete_reset(poise_env *e)
{
    for (int t = 0; t < e->s->n_tenants; t++)
        e->tenant[t] = (tenant_state){.budget = e->s->competition.budget};
    e->t.unfair_s = 0;
    e->t.unfair_ns = 0;
}

double compete_jain(const poise_env *e)
{
    double sum = 0, squares = 0;
    int n = 0;
    for (int t = 0; t < e->s->n_tenants; t++) {
        if (e->tenant[t].n_in == 0)
            continue;
        double x = (double)e->tenant[t].held / e->s->tenant[t].share;
        sum += x;
        squares += x * x;
        n++;
    }
    return squares > 0 ? sum * sum / (n * squares) : 1;
}

void compete_settle(poise_env *e)
{
    if (e->s->reward_weight[REWARD_FAIRNESS] == 0 || e->t.now_ns == e->t.unfair_ns)
        return;
    e->t.unfair_s += (1 - compete_jain(e)) * seconds(e->t.now_ns - e->t.unfair_ns);
    e->t.unfair_ns = e->t.now_ns;
}

double compete_unfairness_s(poise_env *e)
{
    compete_settle(e);
    return e->t.unfair_s;
}

static void settle_sums(const poise_env *e, tenant_state *ts)
{
    double dt = seconds(e->t.now_ns - ts->summed_ns);
    ts->tasks_s += (double)ts->n_in * dt;
    ts->holding_s += ts->holding * dt;
    ts->slowdown_s += ts->slowdown * dt;
    ts->summed_ns = e->t.now_ns;
}

void compete_weigh(poise_env *e, const task *t, int sign)
{
    int tenant = e->s->classes[t->class_id].tenant;
    if (tenant < 0)
        return;
    tenant_state *ts = &e->tenant[tenant];
    compete_settle(e);
    settle_sums(e, ts);
    ts->n_in += sign;
    double best_s = t->size * e->best_pace[t->class_id];
    ts->holding += sign * e->s->classes[t->class_id].weight;
    ts->slowdown += best_s > 0 ? sign / best_s : 0;
    if (ts->n_in == 0)
        ts->holding = ts->slowdown = 0;
}

void compete_depart(poise_env *e, const task *t, poise_fate fate, bool late, double quality)
{
    int tenant = e->s->classes[t->class_id].tenant;
    if (tenant < 0)
        return;
    tenant_state *ts = &e->tenant[tenant];
    ts->finished += fate == POISE_FINISHED;
    ts->dropped += fate != POISE_FINISHED;
    ts->late += late;
    ts->quality += quality;
}

/* What the tenant has gained since it was last asked: the scenario's terms, of its own tasks, and
 * its part of the energy by what it held. */
static double collect(poise_env *e, int tenant, double energy_part)
{
    const double *w = e->s->reward_weight;
    tenant_state *ts = &e->tenant[tenant];
    settle_sums(e, ts);
    double sum = -w[REWARD_FLOW] * ts->tasks_s - w[REWARD_HOLDING] * ts->holding_s -
                 w[REWARD_SLOWDOWN] * ts->slowdown_s + w[REWARD_THROUGHPUT] * (double)ts->finished -
                 w[REWARD_LATE] * (double)ts->late - w[REWARD_DROPPED] * (double)ts->dropped +
                 w[REWARD_QUALITY] * ts->quality;
    double gained = sum - ts->last_sum - energy_part;
    ts->last_sum = sum;
    ts->reward += gained;
    return gained;
}

/* Everything that tenants share (energy, cost, carbon), split by what each held since the last
 * time; by their shares where nobody held anything. */
static void collect_all(poise_env *e, double common, double *reward)
{
    const poise_scenario *s = e->s;
    double held = 0, shares = 0;
    for (int t = 0; t < s->n_tenants; t++) {
        held += (double)(room_held_ns(e, t) - e->tenant[t].last_held_ns);
        shares += s->tenant[t].share;
    }
    for (int t = 0; t < s->n_tenants; t++) {
        double mine = (double)(room_held_ns(e, t) - e->tenant[t].last_held_ns);
        double part = held > 0 ? mine / held : s->tenant[t].share / shares;
        e->tenant[t].last_held_ns = room_held_ns(e, t);
        double gained = collect(e, t, common * part);
        if (reward)
            reward[t] = gained;
    }
}

/* ---- views ------------------------------------------------------------------------------- */

static bool is_own(const poise_env *e, int tenant, const poise_candidate *c)
{
    return c->task < 0 ? c->act == POISE_HOLD : e->view.task[c->task].tenant == tenant;
}

static void own_tasks(poise_env *e, int tenant, poise_view *v)
{
    int n = 0;
    for (int i = 0; i < e->view.n_tasks + e->view.n_running; i++) {
        if (i == e->view.n_tasks)
            v->n_tasks = n;
        if (e->view.task[i].tenant != tenant)
            continue;
        e->own_place[i] = n;
        e->own_task[n++] = e->view.task[i];
    }
    if (e->view.n_running == 0)
        v->n_tasks = n;
    v->n_running = n - v->n_tasks;
}

const poise_view *poise_env_view_of(poise_env *e, int tenant)
{
    assert(tenant >= 0 && tenant < e->s->n_tenants);
    poise_view *v = &e->own_view;
    *v = e->view;
    v->tenant = tenant;
    v->n_system = (int)e->tenant[tenant].n_in;
    v->task = e->own_task;
    v->candidate = e->own_candidate;
    own_tasks(e, tenant, v);
    int n = 0;
    bool acts = false;
    for (int i = 0; i < e->view.n_candidates; i++) {
        poise_candidate c = e->candidate[i];
        if (!is_own(e, tenant, &c))
            continue;
        acts |= c.act != POISE_HOLD;
        if (c.task >= 0)
            c.task = e->own_place[c.task];
        e->own_candidate[n++] = c;
    }
    v->n_candidates = acts ? n : 0;
    return v;
}

/* The candidate, among all, that is number k of the tenant's own. */
static int among_all(const poise_env *e, int tenant, int k)
{
    int i = -1;
    while (k >= 0)
        k -= is_own(e, tenant, &e->candidate[++i]);
    return i;
}

/* ---- bids -------------------------------------------------------------------------------- */

static void refill(poise_env *e, int tenant)
{
    const scenario_competition *c = &e->s->competition;
    tenant_state *ts = &e->tenant[tenant];
    double more =
        c->refill_per_s * e->s->tenant[tenant].share * seconds(e->t.now_ns - ts->refilled_ns);
    double before = ts->budget;
    ts->budget = before + more < c->budget ? before + more
                 : before > c->budget      ? before
                                           : c->budget;
    ts->refilled += ts->budget - before;
    ts->refilled_ns = e->t.now_ns;
}

/* What the tenant wants most, and what it would pay for it. False if its attention holds a NaN. */
static bool take_bid(poise_env *e, int tenant, const double *attention, bid *b)
{
    const poise_view *v = poise_env_view_of(e, tenant);
    *b = (bid){.candidate = -1};
    if (v->n_candidates == 0)
        return true;
    if (is_heard(e))
        listen_attention(e, v, attention);
    int best = poise_argmax(attention, v->n_candidates);
    if (best < 0)
        return false;
    for (int i = best; i < v->n_candidates && v->n_running > 0; i++)
        if (attention[i] == attention[best] && v->candidate[i].act == POISE_KEEP)
            best = i;
    for (int i = 0; i < v->n_candidates; i++)
        if (v->candidate[i].act == POISE_KEEP)
            e->run[v->task[v->candidate[i].task].slot].attention = attention[i];
    if (v->candidate[best].act == POISE_HOLD)
        return true;
    b->candidate = among_all(e, tenant, best);
    b->attention = attention[best];
    b->price = det_exp(b->attention < 700 ? b->attention : 700);
    if (e->s->competition.budget > 0) {
        refill(e, tenant);
        b->price = b->price < e->tenant[tenant].budget ? b->price : e->tenant[tenant].budget;
    }
    return true;
}

/* Whether tenant a has been served less than b for what it is entitled to. */
static bool served_less(const poise_env *e, int a, int b)
{
    return (double)room_held_ns(e, a) / e->s->tenant[a].share <
           (double)room_held_ns(e, b) / e->s->tenant[b].share;
}

static int highest(const poise_env *e, const bid *bids)
{
    int best = -1;
    for (int t = 0; t < e->s->n_tenants; t++) {
        if (bids[t].candidate < 0)
            continue;
        if (best < 0 || bids[t].attention > bids[best].attention ||
            (bids[t].attention == bids[best].attention && served_less(e, t, best)))
            best = t;
    }
    return best;
}

static int in_proportion(poise_env *e, const bid *bids)
{
    double sum = 0;
    int n = 0, best = -1;
    for (int t = 0; t < e->s->n_tenants; t++) {
        sum += bids[t].candidate >= 0 ? bids[t].price : 0;
        n += bids[t].candidate >= 0;
    }
    for (int t = 0; t < e->s->n_tenants; t++) {
        tenant_state *ts = &e->tenant[t];
        if (bids[t].candidate < 0)
            continue;
        ts->credit += sum > 0 ? bids[t].price / sum : 1.0 / n;
        double more = best >= 0 ? ts->credit - e->tenant[best].credit : 1;
        bool tie = more < 1e-9 && more > -1e-9;
        if (tie ? served_less(e, t, best) : more > 0)
            best = t;
    }
    if (best >= 0)
        e->tenant[best].credit -= 1;
    return best;
}

/* Nobody wants anything: the candidate that does nothing. */
static int hold(const poise_env *e)
{
    for (int i = 0; i < e->view.n_candidates; i++)
        if (e->candidate[i].act == POISE_HOLD)
            return i;
    return -1;
}

/* Where tasks share, all attention counts alike. */
static poise_outcome share_bids(poise_env *e, const double *const *attention)
{
    for (int t = 0; t < e->s->n_tenants; t++) {
        int n = poise_env_view_of(e, t)->n_candidates;
        for (int k = 0; k < n; k++)
            e->all_to_one[among_all(e, t, k)] = attention[t][k];
    }
    return poise_env_step(e, e->all_to_one);
}

poise_outcome poise_env_bid(poise_env *e, const double *const *attention, double *reward)
{
    assert(e->t.phase == POISE_RUNNING && e->s->competition.rule != COMPETE_NOT);
    bid *bids = e->bids;
    double before = e->t.common_reward;
    poise_outcome o;
    int winner = -1, choice = -1;
    bool good = true;
    if (e->s->decision.mode == MODE_SHARE) {
        o = share_bids(e, attention);
        collect_all(e, before - e->t.common_reward, reward);
        return o;
    }
    for (int t = 0; t < e->s->n_tenants && good; t++)
        good = take_bid(e, t, attention[t], &bids[t]);
    if (good) {
        winner =
            e->s->competition.rule == COMPETE_HIGHEST ? highest(e, bids) : in_proportion(e, bids);
        choice = winner >= 0 ? bids[winner].candidate : hold(e);
    }
    if (winner >= 0 && e->s->competition.budget > 0) {
        e->tenant[winner].budget -= bids[winner].price;
        e->tenant[winner].spent += bids[winner].price;
    }
    o = env_choose_noted(e, good ? choice : -1);
    collect_all(e, before - e->t.common_reward, reward);
    return o;
}

poise_account poise_env_account(const poise_env *e, int tenant)
{
    const tenant_state *ts = &e->tenant[tenant];
    return (poise_account){ts->budget, ts->spent, ts->refilled};
}
