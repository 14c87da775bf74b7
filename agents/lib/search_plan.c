/* search_plan.c - making plans: see search_plan.h. */
#include "search_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "scenario.h"

const char *const plan_objective_names[] = {"auto",     "makespan", "response", "jobs",   "holding",
                                            "slowdown", "late",     "lateness", "reward", NULL};

/* ---- memory -------------------------------------------------------------------------------- */

static int resolve(const poise_space *space, int objective)
{
    static const struct {
        const char *measure;
        plan_objective means;
    } row[] = {
        {"makespan_s", PLAN_MAKESPAN},
        {"job_response_mean_s", PLAN_JOBS},
        {"slowdown_mean", PLAN_SLOWDOWN},
        {"bounded_slowdown_mean", PLAN_SLOWDOWN},
        {"late", PLAN_LATE},
    };
    if (objective != PLAN_AUTO)
        return objective;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (strcmp(poise_scenario_measure(space->scenario), row[i].measure) == 0)
            return (int)row[i].means;
    return PLAN_REWARD;
}

bool plan_init(plan *p, const poise_space *space, int most_tasks, int objective)
{
    const size_t n = (size_t)most_tasks, groups = (size_t)space->n_groups;
    p->space = space;
    p->objective = resolve(space, objective);
    p->most_tasks = most_tasks;
    p->most_free = PLAN_SENT + most_tasks + space->max_running + 4;
    p->displaces = space->scenario->decision.preempt != PREEMPT_NONE && space->max_running > 0;
    p->tolerance_s = 1e-6 * space->typical_service_s + 1e-8;
    p->task = calloc(2 * n, sizeof *p->task);
    p->was = p->task ? p->task + n : NULL;
    p->choice = calloc(n * PLAN_CHOICES, sizeof *p->choice);
    p->order = calloc(n + (size_t)space->window + (size_t)space->max_running, sizeof *p->order);
    p->index = p->order ? p->order + n : NULL;
    p->n_base = calloc(3 * groups, sizeof *p->n_base);
    p->n_free = p->n_base ? p->n_base + groups : NULL;
    p->here = p->n_base ? p->n_base + 2 * groups : NULL;
    p->base = calloc(2 * groups * (size_t)p->most_free, sizeof *p->base);
    p->free = p->base ? p->base + groups * (size_t)p->most_free : NULL;
    p->ahead = calloc(groups, sizeof *p->ahead);
    p->sent = calloc(PLAN_SENT, sizeof *p->sent);
    for (size_t g = 0; p->ahead && g < groups; g++)
        p->ahead[g] = space->scenario->group[g].params.queue != 0;
    return p->task && p->choice && p->order && p->n_base && p->base && p->ahead && p->sent;
}

void plan_release(plan *p)
{
    free(p->task < p->was || !p->was ? p->task : p->was);
    free(p->choice);
    free(p->order);
    free(p->n_base);
    free(p->base);
    free(p->ahead);
    free(p->sent);
}

/* ---- places ------------------------------------------------------------------------------- */

/* When so many places are free; all there are will do. */
static double ready_s(const plan_free *f, int n, int64_t places)
{
    double at_s = INFINITY;
    for (int k = 0; k < n && places > 0; k++) {
        at_s = f[k].at_s;
        places -= f[k].places;
    }
    return at_s;
}

/* Takes the places that are free first until done_s; returns how many spans there are then. */
static int take(plan_free *f, int n, int64_t places, double done_s)
{
    int gone = 0;
    int64_t taken = 0;
    while (gone < n && taken + f[gone].places <= places)
        taken += f[gone++].places;
    if (gone < n) {
        f[gone].places -= places - taken;
        taken = places;
    }
    /* One span goes in; those before it move down over those that are gone, or all behind it up. */
    int at = gone;
    if (gone > 0) {
        for (; at < n && f[at].at_s <= done_s; at++)
            f[at - gone] = f[at];
        f[at - gone] = (plan_free){done_s, taken};
        if (gone > 1)
            memmove(f + at - gone + 1, f + at, (size_t)(n - at) * sizeof *f);
        return n - gone + 1;
    }
    for (at = n; at > 0 && f[at - 1].at_s > done_s; at--)
        f[at] = f[at - 1];
    f[at] = (plan_free){done_s, taken};
    return n + 1;
}

static plan_free *base_of(const plan *p, int group)
{
    return p->base + (size_t)group * (size_t)p->most_free;
}

/* Takes places of the group for a task that is there; rest_s is what it still takes if it is in
 * service, else it is served behind the others. */
static void occupy(plan *p, int group, int places, double rest_s, double service_s)
{
    plan_free *f = base_of(p, group);
    double start_s = ready_s(f, p->n_base[group], places);
    double done_s = start_s > p->now_s ? start_s + service_s : p->now_s + rest_s;
    p->n_base[group] = take(f, p->n_base[group], places, done_s);
    p->busy_s = done_s > p->busy_s ? done_s : p->busy_s;
}

static int64_t places_of(const plan *p, const poise_group *seen, int group)
{
    const double each = p->space->capacity[group];  // where tasks divide a device
    const int64_t up = seen->up > 0 ? seen->up : seen->count;
    return up * (each > 0 ? (int64_t)(each < 1e6 ? ceil(each) : 1e6) : seen->cores);
}

/* What a task that is in service still takes: where sizes are not seen, as if they were
 * exponential; where it should have ended, as long again as it is overdue. */
static double rest_s(const plan *p, const plan_sent *s)
{
    const double service_s = s->done_s - s->start_s, left_s = s->done_s - p->now_s;
    if (p->space->scenario->visible == SEE_MEAN)
        return service_s;
    return left_s > p->tolerance_s ? left_s : fmax(-left_s, 1e-3 * service_s);
}

/* Running tasks that are shown and stay where they are. */
static void occupy_shown(plan *p, const poise_view *v)
{
    for (int i = v->n_tasks; i < v->n_tasks + v->n_running; i++) {
        const poise_task *t = &v->task[i];
        p->here[t->group]++;
        bool stays = true;
        for (int c = v->n_candidates - 1; c >= 0 && stays; c--)
            stays = v->candidate[c].task != i || !poise_gives_device(&v->candidate[c]);
        const poise_profile *how = poise_profile_of(p->space, t->class_id, t->group, t->profile);
        if (stays)
            occupy(p, t->group, v->group[t->group].cores > 1 && t->cores > 0 ? t->cores : 1,
                   t->size / how->speed, 0);
    }
}

/* The places that there are without the plan. */
static void look_at_groups(plan *p, const poise_view *v)
{
    memset(p->here, 0, (size_t)v->n_groups * sizeof *p->here);
    p->busy_s = p->now_s = v->now_s;
    for (int g = 0; g < v->n_groups; g++) {
        p->n_base[g] = 1;
        base_of(p, g)[0] = (plan_free){v->now_s, places_of(p, &v->group[g], g)};
        if (v->group[g].up == 0)
            base_of(p, g)[0].at_s += p->space->typical_service_s;
    }
    if (p->displaces)
        occupy_shown(p, v);
    for (int i = 0; i < p->n_sent; i++) {
        const plan_sent *s = &p->sent[i];
        occupy(p, s->group, s->places, rest_s(p, s), s->done_s - s->start_s);
        p->here[s->group]++;
    }
    for (int g = 0; g < v->n_groups; g++) {
        const poise_group *seen = &v->group[g];
        const int unknown = seen->running + seen->queued - p->here[g];
        if (unknown > 0)
            occupy(p, g, unknown, p->space->typical_service_s, p->space->typical_service_s);
        plan_free *first = base_of(p, g);
        if (!(seen->backlog_s > 0) || (seen->count == 1 && isfinite(seen->backlog_s)))
            first->at_s = v->now_s + fmax(seen->backlog_s, 0);
        else if (!p->displaces && first->at_s <= v->now_s)
            first->at_s = v->now_s + 0.1 * p->space->typical_service_s;
    }
}

/* ---- tasks --------------------------------------------------------------------------------- */

/* What a joule costs beyond what idle devices draw, and what else is worth something. */
static void price(plan *p, const poise_view *v)
{
    const double *w = p->space->scenario->reward_weight;
    const bool rewarded = p->objective == PLAN_REWARD;
    p->watt_s = rewarded ? w[REWARD_ENERGY] + (w[REWARD_COST] * v->price_per_kwh +
                                               w[REWARD_CARBON] * v->carbon_g_per_kwh) /
                                                  3.6e6
                         : 0;
    p->refusal = rewarded ? w[REWARD_THROUGHPUT] + w[REWARD_DROPPED] : INFINITY;
    p->last = p->objective == PLAN_MAKESPAN;
    p->lateness = p->objective == PLAN_LATENESS;
}

/* What time costs the task. Where it does not count, what is done sooner is better among equals. */
static void value(const plan *p, const poise_task *t, plan_task *it)
{
    const double *w = p->space->scenario->reward_weight;
    const double slow = t->best_s > 0 ? 1 / t->best_s : 0;
    switch (p->objective) {
    case PLAN_RESPONSE:
    case PLAN_JOBS: it->rate = 1; break;
    case PLAN_HOLDING: it->rate = t->weight; break;
    case PLAN_SLOWDOWN: it->rate = slow; break;
    case PLAN_REWARD:
        it->rate = w[REWARD_FLOW] + w[REWARD_HOLDING] * t->weight + w[REWARD_SLOWDOWN] * slow;
        it->late = w[REWARD_LATE];
        break;
    case PLAN_LATE: it->late = 1; break;
    default: break;
    }
    if (!(it->rate > 0))
        it->rate = p->last > 0 || p->lateness > 0 ? 1e-9 : 1e-3 * slow;
}

/* Keeps the quickest PLAN_CHOICES. */
static void add_choice(plan *p, int i, plan_choice c)
{
    plan_task *t = &p->task[i];
    plan_choice *list = p->choice + (size_t)i * PLAN_CHOICES;
    int at = t->n_choices < PLAN_CHOICES ? t->n_choices++ : PLAN_CHOICES;
    for (; at > 0 && list[at - 1].service_s > c.service_s; at--)
        if (at < PLAN_CHOICES)
            list[at] = list[at - 1];
    if (at < PLAN_CHOICES)
        list[at] = c;
}

static plan_choice choice_of(const plan *p, const poise_view *v, const poise_task *t, int g, int k)
{
    const poise_profile *how = poise_profile_of(p->space, t->class_id, g, k);
    const poise_group *seen = &v->group[g];
    const double *w = p->space->scenario->reward_weight;
    const double service_s = t->size / how->speed;
    const double watts = (how->busy_w - seen->idle_w) * how->devices / seen->cores;
    const int each = seen->cores > 1 && t->cores > 0 ? t->cores : 1;
    const double quality = p->objective == PLAN_REWARD ? w[REWARD_QUALITY] * how->quality : 0;
    return (plan_choice){.group = g,
                         .profile = k,
                         .places = each * how->devices,
                         .service_s = service_s,
                         .cost = p->watt_s * watts * each * service_s - quality};
}

/* Where a waiting task could run if all devices were empty. */
static void choose_places(plan *p, const poise_view *v, int i, const poise_task *t)
{
    const poise_scenario *s = p->space->scenario;
    const demand need = {t->cores, (int64_t)t->memory_bytes};
    for (int g = 0; g < v->n_groups; g++)
        for (int k = 0; k < p->space->n_profiles; k++) {
            if (!(poise_profile_of(p->space, t->class_id, g, k)->speed > 0))
                continue;
            const scenario_profile *how = scenario_profile_of(&s->classes[t->class_id], k);
            if (scenario_could_run(s, t->class_id, g, how, need, t->resource))
                add_choice(p, i, choice_of(p, v, t, g, k));
        }
    if (s->decision.reject && p->refusal < INFINITY)
        add_choice(p, i, (plan_choice){.group = -1, .service_s = INFINITY, .cost = p->refusal});
}

/* Where a running task may go on. */
static void choose_candidates(plan *p, const poise_view *v, int i, int shown)
{
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (it->task != shown || !poise_gives_device(it))
            continue;
        plan_choice choice = choice_of(p, v, &v->task[shown], it->group, it->profile);
        choice.service_s = it->service_s;
        add_choice(p, i, choice);
    }
}

/* The first task of the job in the list, of that stage or (-1) of any; -1 if there is none. */
static int find(const plan_task *task, int n, int64_t job, int stage)
{
    for (int i = 0; i < n; i++)
        if (task[i].job == job && (stage < 0 || task[i].stage == stage))
            return i;
    return -1;
}

/* The task can start nowhere before those that it needs, sent ahead, are done and what they made
 * has come. */
static void wait_for_others(plan *p, int i, int graph)
{
    const poise_graph *g = &p->space->graph[graph];
    const plan_task *t = &p->task[i];
    plan_choice *list = p->choice + (size_t)i * PLAN_CHOICES;
    for (int k = g->first_edge[t->stage]; k < g->first_edge[t->stage + 1]; k++)
        for (int s = 0; s < p->n_sent; s++) {
            const plan_sent *other = &p->sent[s];
            if (other->job != t->job || other->stage != g->edge[k].from)
                continue;
            for (int c = 0; c < t->n_choices; c++) {
                double there_s = other->done_s;
                if (list[c].group >= 0 && list[c].group != other->group)
                    there_s += scenario_transfer_s(p->space->scenario, other->group, list[c].group,
                                                   g->edge[k].bytes);
                list[c].release_s = fmax(list[c].release_s, there_s);
            }
        }
}

static void add_task(plan *p, const poise_view *v, int shown)
{
    const poise_task *t = &v->task[shown];
    const int was = p->index[shown];
    p->index[shown] = -1;
    if (p->n == p->most_tasks)
        return;
    plan_task *it = &p->task[p->n];
    *it = (plan_task){.job = t->job,
                      .stage = t->stage,
                      .deadline_s = t->deadline_s,
                      .key = was >= 0 ? p->was[was].key : -1,
                      .where = was >= 0 ? p->was[was].where : -1};
    if (t->group < 0)
        choose_places(p, v, p->n, t);
    else
        choose_candidates(p, v, p->n, shown);
    const plan_choice *first = p->choice + (size_t)p->n * PLAN_CHOICES;
    if (it->n_choices == 0 || first->group < 0)
        return;
    it->least_s = first->service_s;
    it->tail_s = t->graph >= 0
                     ? fmax(t->upward_rank_s - p->space->graph[t->graph].service_s[t->stage], 0)
                     : 0;
    it->first = find(p->task, p->n + 1, t->job, -1);
    value(p, t, it);
    p->index[shown] = p->n;
    p->order[p->n] = p->n;
    p->n++;
}

void plan_gather(plan *p, const poise_view *v)
{
    plan_task *was = p->task;
    p->task = p->was;
    p->was = was;
    p->n = 0;
    p->astray = false;
    p->idles = p->space->may_wait;
    look_at_groups(p, v);
    price(p, v);
    for (int i = v->n_tasks; p->displaces && i < v->n_tasks + v->n_running; i++)
        add_task(p, v, i);
    for (int i = 0; i < v->n_tasks; i++)
        add_task(p, v, i);
    for (int i = 0; i < v->n_tasks; i++)
        if (v->task[i].n_before > 0 && p->index[i] >= 0)
            wait_for_others(p, p->index[i], v->task[i].graph);
}

/* ---- decoding ------------------------------------------------------------------------------ */

/* Sorts by key, then by number; the order before is a good start. */
static void sort(plan *p, const double *key)
{
    for (int i = 1; i < p->n; i++) {
        const int it = p->order[i];
        int at = i;
        for (; at > 0; at--) {
            const int other = p->order[at - 1];
            if (key[other] < key[it] || (!(key[other] > key[it]) && other < it))
                break;
            p->order[at] = other;
        }
        p->order[at] = it;
    }
}

/* When a choice would start. */
static double start_s(const plan *p, const plan_choice *c)
{
    if (c->group < 0)
        return p->now_s;
    const plan_free *f = p->free + (size_t)c->group * (size_t)p->most_free;
    const double free_s = ready_s(f, p->n_free[c->group], c->places);
    return free_s > c->release_s ? free_s : c->release_s;
}

/* Which of its choices the task gets. Where devices may not be left idle, one that starts first, or
 * one with a queue. */
static int choose(const plan *p, int i, double where)
{
    const plan_task *t = &p->task[i];
    const plan_choice *c = p->choice + (size_t)i * PLAN_CHOICES;
    double at_s[PLAN_CHOICES], least_s = INFINITY, best_s = INFINITY;
    const int number = (int)(where * (t->n_choices + 1)) - 1;
    const int wish = number < t->n_choices ? number : t->n_choices - 1;
    int best = -1;
    if (wish >= 0 && (p->idles || c[wish].group < 0 || p->ahead[c[wish].group]))
        return wish;
    for (int k = 0; k < t->n_choices; k++) {
        at_s[k] = start_s(p, &c[k]);
        least_s = c[k].group >= 0 && at_s[k] < least_s ? at_s[k] : least_s;
    }
    for (int k = 0; k < t->n_choices; k++) {
        if (c[k].group < 0 || (!p->idles && !p->ahead[c[k].group] && at_s[k] > least_s))
            continue;
        if (k == wish)
            return k;
        if (best < 0 || at_s[k] + c[k].service_s < best_s) {
            best = k;
            best_s = at_s[k] + c[k].service_s;
        }
    }
    return best;
}

static void put(plan *p, const double *x, int i)
{
    plan_task *t = &p->task[i];
    const int chosen = choose(p, i, x[p->n + i]);
    const plan_choice *c = &p->choice[i * PLAN_CHOICES + chosen];
    t->start_s = t->done_s = start_s(p, c);
    t->chosen = chosen;
    if (c->group < 0)
        return;
    t->done_s += c->service_s;
    plan_free *f = p->free + (size_t)c->group * (size_t)p->most_free;
    p->n_free[c->group] = take(f, p->n_free[c->group], c->places, t->done_s);
}

/* What it costs that the task is done then. */
static double time_cost(plan *p, plan_task *t, int i, double done_s)
{
    if (p->objective != PLAN_JOBS || t->first == i) {
        t->job_done_s = done_s;
        return t->rate * (done_s - p->now_s);
    }
    plan_task *first = &p->task[t->first];
    const double later_s = done_s - first->job_done_s;
    first->job_done_s = later_s > 0 ? done_s : first->job_done_s;
    return t->rate * ((later_s > 0 ? later_s : 0) + 1e-6 * (done_s - p->now_s));
}

static double cost_of(plan *p)
{
    double cost = 0, last_s = p->busy_s, late_s = -INFINITY;
    for (int i = 0; i < p->n; i++) {
        plan_task *t = &p->task[i];
        const plan_choice *c = &p->choice[i * PLAN_CHOICES + t->chosen];
        const double done_s = t->done_s + (c->group < 0 ? 0 : t->tail_s);
        last_s = done_s > last_s ? done_s : last_s;
        late_s = t->done_s - t->deadline_s > late_s ? t->done_s - t->deadline_s : late_s;
        cost += c->cost + time_cost(p, t, i, done_s);
        cost += t->done_s > t->deadline_s ? t->late : 0;
    }
    if (p->lateness > 0 && late_s > -INFINITY)
        cost += p->lateness * late_s;
    return cost + p->last * (last_s - p->now_s);
}

double plan_decode(plan *p, const double *x)
{
    for (int g = 0; g < p->space->n_groups; g++) {
        p->n_free[g] = p->n_base[g];
        memcpy(p->free + (size_t)g * (size_t)p->most_free, base_of(p, g),
               (size_t)p->n_base[g] * sizeof *p->free);
    }
    sort(p, x);
    for (int i = 0; i < p->n; i++)
        put(p, x, p->order[i]);
    return cost_of(p);
}

/* ---- plans known beforehand ---------------------------------------------------------------- */

enum { N_RULES = 5 };

/* By what simple rules order tasks. */
static double measure(const plan_task *t, int rule)
{
    switch (rule) {
    case 0: return t->least_s / t->rate;
    case 1: return -t->least_s;
    case 2: return t->deadline_s;
    case 3: return -t->least_s - t->tail_s;
    default: return 0;  // as they came
    }
}

static bool has_past(const plan *p)
{
    for (int i = 0; i < p->n; i++)
        if (p->task[i].key >= 0)
            return true;
    return false;
}

int plan_n_known(const plan *p)
{
    return p->n == 1 ? p->task[0].n_choices : N_RULES + has_past(p);
}

static void known_rule(const plan *p, int rule, double *x)
{
    for (int i = 0; i < p->n; i++) {
        const double mine = measure(&p->task[i], rule);
        int before = 0;
        for (int k = 0; k < p->n; k++) {
            const double other = measure(&p->task[k], rule);
            before += other < mine || (!(other > mine) && k < i);
        }
        x[i] = (before + 0.5) / p->n;
        x[p->n + i] = 0.5 / (p->task[i].n_choices + 1);
    }
}

void plan_known(const plan *p, int k, double *x)
{
    if (p->n == 1) {
        x[0] = 0.5;
        x[1] = (k + 1.5) / (p->task[0].n_choices + 1);
    } else if (k < N_RULES) {
        known_rule(p, k, x);
    } else {
        for (int i = 0; i < p->n; i++) {
            const plan_task *t = &p->task[i];
            x[i] = t->key >= 0 ? t->key : 0.5;
            x[p->n + i] = t->key >= 0 ? t->where : 0.5 / (t->n_choices + 1);
        }
    }
}
