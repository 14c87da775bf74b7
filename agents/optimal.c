/* optimal.c - the best policy of a scenario that is a small Markov decision process, by its chain
 * (env/markov.h). It uses the scenario as its model, and no sizes: where these are seen, rules that
 * look at them may do better. */
#include <string.h>

#include "error.h"
#include "lib/rule.h"
#include "markov.h"

enum { STATES = 200000, GROUPS = 64 };

typedef struct optimal {
    markov_wish wish;
    const markov *chain;
    int started[GROUPS];  // per group: the mode of the task last sent there
} optimal;

/* Whether views tell what runs where: all tasks that run are shown; or a group has one device; or
 * all that it can run is alike. */
static bool is_seen(const markov *m, const poise_space *space, poise_error *err)
{
    int servers = 0;
    for (int g = 0; g < m->n_groups; g++) {
        int modes = 0;
        servers += m->servers[g];
        for (int i = 0; i < m->n_modes; i++)
            modes += m->mode[i].group == g;
        if (!m->preempts && m->servers[g] > 1 && modes > 1) {
            error_add(err,
                      "agent optimal: views do not tell which tasks run on group %s: give each "
                      "device a group of its own (apart: true)",
                      space->group_name[g]);
            return false;
        }
    }
    if (m->preempts && space->max_running < servers)
        error_add(err, "agent optimal: views show %d running tasks, there may be %d",
                  space->max_running, servers);
    else if (m->n_groups > GROUPS)
        error_add(err, "agent optimal: there are more than %d groups", GROUPS);
    else if (m->wastes)
        error_add(err, "agent optimal: it would be best to stop tasks that run and leave their "
                       "devices idle, which takes decision.suspend");
    else
        return true;
    return false;
}

static bool suits(const poise_space *space, poise_error *err)
{
    const markov_wish wish = {.states = STATES};
    markov *m = markov_new(space->scenario, &wish, err);
    const bool good = m && is_seen(m, space, err);
    markov_free(m);
    return good;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    optimal *o = state;
    o->chain = markov_of(space->scenario, &o->wish, err);
    return o->chain && is_seen(o->chain, space, err);
}

static int type_of(const markov *m, const poise_task *t)
{
    for (int i = 0; i < m->n_types; i++)
        if (m->type[i].graph < 0 ? t->graph < 0 && t->class_id == m->type[i].class_id
                                 : t->graph == m->type[i].graph && t->stage == m->type[i].stage)
            return i;
    return 0;
}

static int mode_of(const markov *m, int type, int group, int profile)
{
    for (int i = 0; i < m->n_modes; i++)
        if (m->mode[i].type == type && m->mode[i].group == group && m->mode[i].profile == profile)
            return i;
    return 0;
}

static int mode_of_task(const markov *m, const poise_task *t)
{
    return mode_of(m, type_of(m, t), t->group, t->profile);
}

/* What is in service by mode: seen, or as it was sent. */
static void see_busy(const optimal *o, const poise_view *v, unsigned char *busy)
{
    const markov *m = o->chain;
    memset(busy, 0, MARKOV_MODES);
    for (int i = v->n_tasks; m->preempts && i < v->n_tasks + v->n_running; i++)
        busy[mode_of_task(m, &v->task[i])]++;
    for (int g = 0; !m->preempts && g < v->n_groups; g++)
        if (v->group[g].running > 0)
            busy[o->started[g]] += (unsigned char)v->group[g].running;
}

/* Tasks in the system by type. Those behind the window are taken to be like the last in it. */
static void count(const optimal *o, const poise_view *v, const unsigned char *busy, int *n)
{
    const markov *m = o->chain;
    memset(n, 0, MARKOV_TYPES * sizeof *n);
    for (int i = 0; i < v->n_tasks; i++)
        n[type_of(m, &v->task[i])] += i == v->n_tasks - 1 ? 1 + v->n_beyond : 1;
    for (int i = 0; i < m->n_modes; i++)
        n[m->mode[i].type] += busy[i];
}

/* What is to be done now: how many tasks more (or fewer) are to be in service by mode. */
typedef struct aim {
    int change[MARKOV_MODES];
    int refuses;  // a type, -1 none
} aim;

static aim aim_at(const optimal *o, const poise_view *v)
{
    const markov *m = o->chain;
    unsigned char busy[MARKOV_MODES];
    int n[MARKOV_TYPES];
    aim a = {.refuses = -1};
    see_busy(o, v, busy);
    count(o, v, busy, n);
    const int choice = markov_choose(m, n, markov_place(m, busy));
    if (choice < 0) {
        a.refuses = -1 - choice;
        return a;
    }
    for (int i = 0; i < m->n_modes; i++)
        a.change[i] = m->busy[choice * m->n_modes + i] - busy[i];
    return a;
}

/* How much a candidate serves the aim. Tasks that are to stay come first, so that none of them is
 * displaced by one that is to start. */
static double worth(const optimal *o, const poise_view *v, const aim *a, int candidate)
{
    const markov *m = o->chain;
    const poise_candidate *c = &v->candidate[candidate];
    if (c->task < 0)
        return c->act == POISE_HOLD ? 1 : -1;
    const poise_task *t = &v->task[c->task];
    const int type = type_of(m, t);
    switch (c->act) {
    case POISE_KEEP: return a->change[mode_of_task(m, t)] >= 0 ? 4 : -1;
    case POISE_REJECT: return a->refuses == type ? 2 : -1;
    case POISE_SUSPEND: return a->change[mode_of_task(m, t)] < 0 ? 2 : -1;
    case POISE_MOVE:
        return a->change[mode_of(m, type, c->group, c->profile)] > 0 &&
                       a->change[mode_of_task(m, t)] < 0
                   ? 3.5
                   : -1;
    case POISE_START: return a->change[mode_of(m, type, c->group, c->profile)] > 0 ? 3 : -1;
    default: return -1;
    }
}

/* Of tasks that are alike the oldest is served and the youngest refused. */
static void attend(void *state, const poise_view *v, double *attention)
{
    const optimal *o = state;
    const aim a = aim_at(o, v);
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = worth(o, v, &a, c);
        if (it->task >= 0)
            attention[c] += (it->act == POISE_REJECT ? 1e-6 : -1e-6) * it->task;
    }
}

static int choose(void *state, const poise_view *v)
{
    optimal *o = state;
    const aim a = aim_at(o, v);
    int best = 0;
    double most = -INFINITY;
    for (int c = 0; c < v->n_candidates; c++) {
        const double now = worth(o, v, &a, c);
        if (now > most || (now >= most && v->candidate[c].act == POISE_REJECT)) {
            most = now;
            best = c;
        }
    }
    const poise_candidate *it = &v->candidate[best];
    if (it->act == POISE_START)
        o->started[it->group] =
            mode_of(o->chain, type_of(o->chain, &v->task[it->task]), it->group, it->profile);
    return best;
}

static const poise_option options[] = {
    {"cost", POISE_CHOICE, offsetof(optimal, wish.cost), 0, 0, 0, "",
     "what is least: minus the scenario's reward, the weights of tasks that are ready, their "
     "number",
     markov_cost_names},
    {"cap", POISE_INT, offsetof(optimal, wish.cap), 0, 0, 1e6, "tasks",
     "most of a type that the chain knows; 0: as many as matter", NULL},
    {"states", POISE_INT, offsetof(optimal, wish.states), STATES, 1, 1e8, "",
     "most states of the chain", NULL},
    {"gap", POISE_REAL, offsetof(optimal, wish.gap), 1e-6, 1e-12, 1, "",
     "between the bounds on the least cost, as a part of it", NULL},
    {0},
};

const poise_agent_type agent_optimal = {
    .abi = POISE_AGENT_ABI,
    .name = "optimal",
    .about = "the optimum of a small Markov decision process (Puterman 1994)",
    .options = options,
    .size = sizeof(optimal),
    .uses_model = true,
    .suits = suits,
    .init = init,
    .attend = attend,
    .choose = choose,
};
