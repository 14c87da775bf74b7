/* vector.c - many environments of one scenario. A team of threads, the calling one among them,
 * takes them a few at a time; nobody waits for one that sleeps late. No environment knows of
 * another or of the thread that steps it, so the bits do not depend on their number. */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "poise.h"

/* An environment and where it is in its sequence of episodes. */
typedef struct lane {
    poise_env *env;
    uint64_t seed, episode;
    poise_phase phase;
    const char *error;  // NULL: what the environment says
} lane;

typedef struct member {
    poise_vector *vector;
    pthread_t thread;
    double *attention;  // (max_candidates)
} member;

typedef struct order {
    void (*step)(poise_vector *v, member *m, int i);
    const int32_t *cell;
    const float *attention;
    const poise_batch *out;
} order;

struct poise_vector {
    int n_floats, n_mask, mask_at;  // of an observation
    poise_family family;
    int n_lanes, n_members, n_started;
    lane *lane;
    member *member;  // the first is the calling thread
    order order;
    pthread_mutex_t lock;
    pthread_cond_t begin, end;
    int next;     // lane that nobody has taken yet; n_lanes: all are
    int at_once;  // lanes that a member takes
    int n_busy;   // members that step what they took
    bool quits;
};

/* ---- what comes of a step ----------------------------------------------------------------- */

static void write_view(const poise_vector *v, int i, float *obs, unsigned char *mask)
{
    const poise_view *view = poise_env_view(v->lane[i].env);
    float *cells = obs ? obs + v->mask_at : NULL;
    if (obs)
        poise_observe(view, obs);
    if (obs && mask)
        for (int c = 0; c < v->n_mask; c++)
            mask[c] = (unsigned char)cells[c];
    else if (mask)
        poise_view_mask(view, mask);
    if (v->lane[i].phase == POISE_RUNNING)
        return;
    if (obs)
        memset(cells, 0, (size_t)v->n_mask * sizeof *cells);
    if (mask)
        memset(mask, 0, (size_t)v->n_mask);
}

static void write_totals(const poise_vector *v, int i, const poise_batch *out)
{
    poise_totals totals = {0};
    if (v->lane[i].phase != POISE_RUNNING)
        totals = poise_env_episode(v->lane[i].env).totals;
    if (out->total_reward)
        out->total_reward[i] = totals.reward;
    if (out->n_decisions)
        out->n_decisions[i] = totals.decisions;
}

static void write_outcome(poise_vector *v, int i, poise_outcome o)
{
    const poise_batch *out = v->order.out;
    v->lane[i].phase = o.phase;
    write_view(v, i, out->obs ? out->obs + (size_t)i * (size_t)v->n_floats : NULL,
               out->mask ? out->mask + (size_t)i * (size_t)v->n_mask : NULL);
    if (out->reward)
        out->reward[i] = (float)o.reward;
    if (out->elapsed_s)
        out->elapsed_s[i] = (float)o.elapsed_s;
    if (out->terminated)
        out->terminated[i] = o.phase == POISE_TERMINATED;
    if (out->truncated)
        out->truncated[i] = o.phase == POISE_TRUNCATED || o.phase == POISE_FAILED;
    if (out->total_reward || out->n_decisions)
        write_totals(v, i, out);
}

/* ---- steps of one environment ------------------------------------------------------------- */

static void begin_episode(poise_vector *v, int i)
{
    lane *l = &v->lane[i];
    l->error = NULL;
    poise_outcome o = poise_env_reset(l->env, poise_seed(v->family, l->seed, l->episode));
    o.reward = o.elapsed_s = 0;
    write_outcome(v, i, o);
}

static void step_reset(poise_vector *v, member *m, int i)
{
    (void)m;
    begin_episode(v, i);
}

/* Whether the episode had ended; the next one has then begun. */
static bool begins_anew(poise_vector *v, int i)
{
    if (v->lane[i].phase == POISE_RUNNING)
        return false;
    v->lane[i].episode++;
    begin_episode(v, i);
    return true;
}

static void step_choose(poise_vector *v, member *m, int i)
{
    (void)m;
    if (begins_anew(v, i))
        return;
    lane *l = &v->lane[i];
    int candidate = poise_view_candidate(poise_env_view(l->env), v->order.cell[i]);
    assert(candidate >= 0);
    if (candidate >= 0) {
        write_outcome(v, i, poise_env_choose(l->env, candidate));
        return;
    }
    l->error = "the chosen cell is not legal";
    write_outcome(v, i, (poise_outcome){.phase = POISE_FAILED});
}

static void step_attend(poise_vector *v, member *m, int i)
{
    if (begins_anew(v, i))
        return;
    const poise_view *view = poise_env_view(v->lane[i].env);
    const float *attention = v->order.attention + (size_t)i * (size_t)v->n_mask;
    for (int c = 0; c < view->n_candidates; c++)
        m->attention[c] = attention[poise_view_cell(view, c)];
    write_outcome(v, i, poise_env_step(v->lane[i].env, m->attention));
}

/* ---- the team ----------------------------------------------------------------------------- */

static void step_lanes(poise_vector *v, member *m, int from, int to)
{
    for (int i = from; i < to; i++)
        v->order.step(v, m, i);
}

/* Takes lanes and steps them until all are taken. With the lock held, but for the steps. */
static void serve(poise_vector *v, member *m)
{
    while (v->next < v->n_lanes) {
        const int from = v->next, left = v->n_lanes - from;
        v->next += left < v->at_once ? left : v->at_once;
        const int to = v->next;
        v->n_busy++;
        pthread_mutex_unlock(&v->lock);
        step_lanes(v, m, from, to);
        pthread_mutex_lock(&v->lock);
        v->n_busy--;
    }
}

static void *labour(void *argument)
{
    member *m = argument;
    poise_vector *v = m->vector;
    pthread_mutex_lock(&v->lock);
    while (!v->quits) {
        serve(v, m);
        if (v->n_busy == 0)
            pthread_cond_signal(&v->end);
        pthread_cond_wait(&v->begin, &v->lock);
    }
    pthread_mutex_unlock(&v->lock);
    return NULL;
}

static void carry_out(poise_vector *v, order o)
{
    v->order = o;
    if (v->n_members == 1) {
        step_lanes(v, v->member, 0, v->n_lanes);
        return;
    }
    pthread_mutex_lock(&v->lock);
    v->next = 0;
    pthread_cond_broadcast(&v->begin);
    serve(v, v->member);
    while (v->n_busy > 0)
        pthread_cond_wait(&v->end, &v->lock);
    pthread_mutex_unlock(&v->lock);
}

/* Signals are for the calling thread: the others start with them blocked. */
static bool start_team(poise_vector *v)
{
    sigset_t blocked, before;
    sigfillset(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    v->n_started = 1;
    while (v->n_started < v->n_members && pthread_create(&v->member[v->n_started].thread, NULL,
                                                         labour, &v->member[v->n_started]) == 0)
        v->n_started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return v->n_started == v->n_members;
}

static void dismiss_team(poise_vector *v)
{
    pthread_mutex_lock(&v->lock);
    v->quits = true;
    pthread_cond_broadcast(&v->begin);
    pthread_mutex_unlock(&v->lock);
    for (int t = 1; t < v->n_started; t++)
        pthread_join(v->member[t].thread, NULL);
}

/* ---- the public face ---------------------------------------------------------------------- */

/* One block: the vector, its lanes, its team and their scratch. */
static poise_vector *take_block(const poise_space *space, int n_lanes, int n_members)
{
    size_t lanes = (size_t)n_lanes, members = (size_t)n_members;
    size_t cells = (size_t)space->max_candidates;
    poise_vector *v = calloc(1, sizeof *v + lanes * sizeof *v->lane +
                                    members * (sizeof *v->member + cells * sizeof(double)));
    if (!v)
        return NULL;
    v->lane = (lane *)(v + 1);
    v->member = (member *)(v->lane + lanes);
    double *attention = (double *)(v->member + members);
    for (size_t t = 0; t < members; t++)
        v->member[t] = (member){.vector = v, .attention = attention + t * cells};
    v->n_lanes = n_lanes;
    v->n_members = n_members;
    v->next = n_lanes;
    v->at_once = (n_lanes + 4 * n_members - 1) / (4 * n_members);
    return v;
}

static bool make_environments(poise_vector *v, const poise_scenario *s, poise_error *err)
{
    for (int i = 0; i < v->n_lanes; i++) {
        v->lane[i].env = poise_env_new(s, err);
        if (!v->lane[i].env)
            return false;
        v->lane[i].phase = POISE_TERMINATED;
        poise_env_forget(v->lane[i].env);
    }
    return true;
}

poise_vector *poise_vector_new(const poise_scenario *s, int n_envs, int n_threads, poise_error *err)
{
    assert(n_envs >= 1 && n_threads >= 1);
    const poise_space *space = poise_scenario_space(s);
    const poise_layout layout = poise_observation_layout(space);
    poise_vector *v = take_block(space, n_envs, n_threads < n_envs ? n_threads : n_envs);
    if (!v)
        return error_null(err, "no memory for a vector of %d environments", n_envs);
    v->n_floats = layout.n_floats;
    v->n_mask = layout.mask.columns;
    v->mask_at = layout.mask.offset;
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->begin, NULL);
    pthread_cond_init(&v->end, NULL);
    bool good = make_environments(v, s, err);
    if (good && !start_team(v)) {
        error_null(err, "cannot start %d threads", v->n_members);
        good = false;
    }
    if (good)
        return v;
    poise_vector_free(v);
    return NULL;
}

void poise_vector_free(poise_vector *v)
{
    if (!v)
        return;
    dismiss_team(v);
    for (int i = 0; i < v->n_lanes; i++)
        poise_env_free(v->lane[i].env);
    pthread_cond_destroy(&v->end);
    pthread_cond_destroy(&v->begin);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

void poise_vector_reset(poise_vector *v, poise_family family, const uint64_t *seed,
                        const poise_batch *out)
{
    v->family = family;
    for (int i = 0; i < v->n_lanes; i++) {
        v->lane[i].seed = seed[i];
        v->lane[i].episode = 0;
    }
    carry_out(v, (order){.step = step_reset, .out = out});
}

void poise_vector_step(poise_vector *v, const int32_t *cell, const poise_batch *out)
{
    carry_out(v, (order){.step = step_choose, .cell = cell, .out = out});
}

void poise_vector_attend(poise_vector *v, const float *attention, const poise_batch *out)
{
    carry_out(v, (order){.step = step_attend, .attention = attention, .out = out});
}

const poise_env *poise_vector_env(const poise_vector *v, int env)
{
    return v->lane[env].env;
}

poise_phase poise_vector_phase(const poise_vector *v, int env)
{
    return v->lane[env].phase;
}

const char *poise_vector_error(const poise_vector *v, int env)
{
    const lane *l = &v->lane[env];
    return l->error ? l->error : poise_env_error(l->env);
}
