/* markov_solve.c - the best policy of a chain: relative value iteration, each step of which goes on
 * to the values of the policy that it has found.
 *
 * In steps of mean length 1 / pace (uniformisation) a step of value iteration takes values h to
 * T h, and the least and the largest of T h - h are bounds on the mean cost (A. R. Odoni,
 * Operations Research 17 (1969)). What the policy found would add to h if it were kept for ever is
 * the solution of linear equations; with that added the bounds close in a few steps, even under
 * heavy load. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "markov.h"
#include "sparse.h"

enum { STEPS_MOST = 200, SOLVER_STEPS = 400, CAP_FIRST = 15 };
#define AT_CAP_MOST 1e-8

/* A chain with caps, while it is solved. */
typedef struct problem {
    markov *m;
    int per_count;                 // states of each vector of counts: places, or 1 if it preempts
    int stride[MARKOV_TYPES];      // of the counts in the numbers of states
    double pace;                   // steps per second
    double factor;                 // discount of a step, 1 without
    int *room;                     // (n_places, n_types) idle devices that it could have
    double *value, *gain, *delta;  // (n_states) h, T h - h, what the policy adds to h
    int64_t *post;                 // (n_states) where the policy is after its choice; -1: no state
    sparse chain;                  // of the policy
    double *work;
} problem;

/* Numbers of tasks, one vector after the other, and how far off neighbours are. */
typedef struct counts {
    int at;  // number of the first state
    int n[MARKOV_TYPES], all;
    int arrival[MARKOV_TYPES];  // to add to the number of the state; 0 = it does not fit
    int mode[MARKOV_MODES];     // when a task is done; only where there is one
    double cost;                // per second
} counts;

static void look_round(const problem *p, counts *c)
{
    const markov *m = p->m;
    c->all = 0;
    c->cost = 0;
    for (int t = 0; t < m->n_types; t++) {
        c->all += c->n[t];
        c->cost += c->n[t] * m->type[t].cost;
    }
    for (int a = 0; a < m->n_arrivals; a++) {
        int shift = 0;
        bool fits = true;
        for (int r = 0; r < m->arrival[a].n_roots; r++) {
            const int t = m->arrival[a].root[r];
            fits &= c->n[t] < m->cap[t];
            shift += p->stride[t];
        }
        c->arrival[a] = fits ? shift : 0;
    }
    for (int i = 0; i < m->n_modes; i++) {
        const markov_type *type = &m->type[m->mode[i].type];
        int shift = -p->stride[m->mode[i].type];
        for (int k = 0; k < type->n_next; k++)
            shift += c->n[type->next[k]] < m->cap[type->next[k]] ? p->stride[type->next[k]] : 0;
        c->mode[i] = shift;
    }
}

static counts first_counts(const problem *p)
{
    counts c = {0};
    look_round(p, &c);
    return c;
}

static bool next_counts(const problem *p, counts *c)
{
    c->at += p->per_count;
    int t = 0;
    for (; t < p->m->n_types && c->n[t] == p->m->cap[t]; t++)
        c->n[t] = 0;
    if (t == p->m->n_types)
        return false;
    c->n[t]++;
    look_round(p, c);
    return true;
}

/* Whether so many tasks can be in service in this way. */
static bool is_possible(const markov *m, const counts *c, int place)
{
    const unsigned char *needs = m->needs + place * m->n_types;
    for (int t = 0; t < m->n_types; t++)
        if (needs[t] > c->n[t])
            return false;
    return true;
}

/* Whether the scenario lets the devices be left so: without waiting none is idle that could help.
 */
static bool is_settled(const markov *m, const counts *c, int place)
{
    const unsigned char *needs = m->needs + place * m->n_types;
    const unsigned char *open = m->open + place * m->n_types;
    if (m->idles)
        return true;
    for (int t = 0; t < m->n_types; t++)
        if (open[t] && c->n[t] > needs[t])
            return false;
    return true;
}

/* Whether a job that arrives finds the queue full. */
static bool is_full(const problem *p, const counts *c, int place, const markov_arrival *a)
{
    const markov *m = p->m;
    if (m->queue_limit < 0)
        return false;
    int waiting = c->all;
    for (int t = 0; t < m->n_types; t++)
        waiting -= m->needs[place * m->n_types + t];
    return waiting >= m->queue_limit &&
           p->room[place * m->n_types + a->root[0]] <= waiting - m->queue_limit;
}

/* The state that follows counts c with devices at `place`. */
static int state_of(const problem *p, const counts *c, int shift, int place)
{
    return c->at + shift + (p->per_count > 1 ? place : 0);
}

/* Value of being at counts c with the devices busy so until the next step. */
static double stay(const problem *p, const counts *c, int place)
{
    const markov *m = p->m;
    const double *h = p->value, here = h[state_of(p, c, 0, place)];
    const unsigned char *busy = m->busy + place * m->n_modes;
    double sum = c->cost + m->place_cost[place];
    for (int a = 0; a < m->n_arrivals; a++) {
        const markov_arrival *job = &m->arrival[a];
        if (is_full(p, c, place, job))
            sum += job->rate * m->refusal_cost * job->n_tasks;
        else if (c->arrival[a])
            sum += job->rate * (h[state_of(p, c, c->arrival[a], place)] - here);
    }
    for (int i = 0; i < m->n_modes; i++)
        if (busy[i]) {
            const markov_mode *mode = &m->mode[i];
            const int then = m->down[place * m->n_modes + i];
            const double change = h[state_of(p, c, c->mode[i], then)] - here;
            sum += busy[i] * (mode->rate * (change - mode->gain));
        }
    return p->factor * (here + sum / p->pace);
}

/* ---- a step of value iteration ------------------------------------------------------------- */

/* What is best in one state: least cost, and the choice. */
typedef struct best {
    double value;
    int choice;
    int64_t post;
} best;

static void consider(best *b, double value, int choice, int64_t post)
{
    /* Of equals the first, which is the busiest: a difference in rounding is none. */
    if (b->post < 0 || value < b->value - 1e-12 * fabs(b->value)) {
        b->value = value;
        b->choice = choice;
        b->post = post;
    }
}

/* Refusing a waiting task of a type; what then is best is known already. */
static void consider_refusals(const problem *p, const counts *c, int place, best *b)
{
    const markov *m = p->m;
    for (int t = 0; t < m->n_types; t++) {
        if (c->n[t] <= m->needs[place * m->n_types + t])
            continue;
        const int then = state_of(p, c, -p->stride[t], place);
        if (p->post[then] >= 0)
            consider(b, p->value[then] + p->gain[then] + m->refusal_cost, -1 - t, p->post[then]);
    }
}

static void decide(problem *p, const counts *c, int state, int place, const double *value)
{
    const markov *m = p->m;
    best b = {.value = INFINITY, .post = -1};
    const int from = place < 0 ? 0 : m->up_at[place];
    const int to = place < 0 ? m->n_places : m->up_at[place + 1];
    for (int k = to - 1; k >= from; k--) {
        const int then = place < 0 ? k : m->up[k];
        if (value[then] < INFINITY)
            consider(&b, value[then], then, (int64_t)(c->at / p->per_count) * m->n_places + then);
    }
    if (m->rejects && place >= 0)
        consider_refusals(p, c, place, &b);
    p->post[state] = b.post;
    p->gain[state] = b.post < 0 ? 0 : b.value - p->value[state];
    m->choice[state] = (int16_t)b.choice;
}

static void improve(problem *p)
{
    const markov *m = p->m;
    double value[1024] = {0};
    counts c = first_counts(p);
    do {
        for (int k = 0; k < m->n_places; k++)
            value[k] = is_possible(m, &c, k) && is_settled(m, &c, k) ? stay(p, &c, k) : INFINITY;
        if (p->per_count == 1) {
            decide(p, &c, c.at, -1, value);
            continue;
        }
        for (int k = 0; k < m->n_places; k++) {
            p->post[c.at + k] = -1;
            p->gain[c.at + k] = 0;
            if (is_possible(m, &c, k))
                decide(p, &c, c.at + k, k, value);
        }
    } while (next_counts(p, &c));
}

/* ---- the values of its policy -------------------------------------------------------------- */

/* A term of -P; those of the state itself go to the diagonal. */
static void add_term(sparse *a, size_t *n, int row, int column, double value)
{
    if (column == row) {
        a->inside[row] += value;
        return;
    }
    a->column[*n] = column;
    a->value[(*n)++] = value;
}

/* The row of a state from which the policy goes on at counts c and `place`. */
static void fill_row(problem *p, int row, const counts *c, int place)
{
    const markov *m = p->m;
    sparse *a = &p->chain;
    const unsigned char *busy = m->busy + place * m->n_modes;
    size_t n = a->first[row];
    double out = 0;
    a->inside[row] = 1;
    for (int k = 0; k < m->n_arrivals; k++)
        if (c->arrival[k] && !is_full(p, c, place, &m->arrival[k])) {
            const double part = m->arrival[k].rate / p->pace;
            out += part;
            add_term(a, &n, row, state_of(p, c, c->arrival[k], place), -p->factor * part);
        }
    for (int i = 0; i < m->n_modes; i++)
        if (busy[i]) {
            const double part = busy[i] * m->mode[i].rate / p->pace;
            const int then = m->down[place * m->n_modes + i];
            out += part;
            add_term(a, &n, row, state_of(p, c, c->mode[i], then), -p->factor * part);
        }
    add_term(a, &n, row, state_of(p, c, 0, place), -p->factor * (1 - out));
    a->first[row + 1] = n;
}

/* Terms left of the diagonal come first. */
static void split_row(sparse *a, int row)
{
    size_t left = a->first[row];
    for (size_t k = left; k < a->first[row + 1]; k++)
        if (a->column[k] < row) {
            const int column = a->column[k];
            const double value = a->value[k];
            a->column[k] = a->column[left];
            a->value[k] = a->value[left];
            a->column[left] = column;
            a->value[left++] = value;
        }
    a->upper[row] = left;
}

static counts counts_of(const problem *p, int number)
{
    counts c = {.at = number * p->per_count};
    for (int t = 0; t < p->m->n_types; t++) {
        c.n[t] = number % (p->m->cap[t] + 1);
        number /= p->m->cap[t] + 1;
    }
    look_round(p, &c);
    return c;
}

static void fill_chain(problem *p)
{
    const markov *m = p->m;
    sparse *a = &p->chain;
    counts here = first_counts(p);
    a->first[0] = 0;
    for (int row = 0; row < m->n_states; row++) {
        const int number = row / p->per_count;
        if (row > 0 && row % p->per_count == 0)
            next_counts(p, &here);
        a->first[row + 1] = a->first[row];
        a->inside[row] = 1;
        if (p->post[row] >= 0) {
            const int then = (int)(p->post[row] / m->n_places);
            const int place = (int)(p->post[row] % m->n_places);
            const counts elsewhere = then == number ? here : counts_of(p, then);
            fill_row(p, row, &elsewhere, place);
        }
        a->inside[row] = fmax(a->inside[row], 1e-12);
        split_row(a, row);
    }
}

/* Mean of what `of` says of the counts and places, under the policy. */
static double mean_of(problem *p, double (*of)(const problem *p, const counts *c, int which),
                      int which)
{
    const markov *m = p->m;
    for (int s = 0; s < m->n_states; s++) {
        const counts c = counts_of(p, p->post[s] >= 0 ? (int)(p->post[s] / m->n_places) : 0);
        p->gain[s] = p->post[s] >= 0 ? of(p, &c, which) : 0;
        p->delta[s] = 0;
    }
    sparse_solve(&p->chain, p->gain, p->delta, 1e-11, SOLVER_STEPS, p->work);
    return p->delta[0];
}

static double tasks_of(const problem *p, const counts *c, int type)
{
    (void)p;
    return c->n[type];
}

static double is_at_cap(const problem *p, const counts *c, int type)
{
    return c->n[type] == p->m->cap[type];
}

/* ---- where it starts ----------------------------------------------------------------------- */

/* Values from which the first policy goes by costs times numbers times rates. Max-weight keeps
 * queues finite wherever any policy does (L. Tassiulas and A. Ephremides, IEEE TAC 37 (1992)), so
 * the values of the first policy are none that run away. */
static void start(problem *p)
{
    const markov *m = p->m;
    double each[MARKOV_TYPES];
    for (int t = 0; t < m->n_types; t++) {
        double rate = 0;
        for (int i = 0; i < m->n_modes; i++)
            rate = m->mode[i].type == t ? fmax(rate, m->mode[i].rate) : rate;
        each[t] = rate > 0 ? fmax(m->type[t].cost, 0) / rate : 0;
    }
    counts c = first_counts(p);
    do
        for (int k = 0; k < p->per_count; k++)
            for (int t = 0; t < m->n_types; t++)
                p->value[c.at + k] += each[t] * c.n[t] * c.n[t];
    while (next_counts(p, &c));
}

/* ---- one set of caps ----------------------------------------------------------------------- */

static double pace_of(const markov *m)
{
    double sum = 0, most = 0;
    for (int a = 0; a < m->n_arrivals; a++)
        sum += m->arrival[a].rate;
    for (int k = 0; k < m->n_places; k++) {
        double at_place = 0;
        for (int i = 0; i < m->n_modes; i++)
            at_place += m->busy[k * m->n_modes + i] * m->mode[i].rate;
        most = fmax(most, at_place);
    }
    return 1.0625 * (sum + most);
}

static void measure_rooms(problem *p)
{
    const markov *m = p->m;
    for (int k = 0; k < m->n_places; k++)
        for (int t = 0; t < m->n_types; t++) {
            bool has[256] = {false};
            int room = 0;
            for (int i = 0; i < m->n_modes; i++) {
                const int g = m->mode[i].group;
                if (m->mode[i].type == t && g < 256 && !has[g]) {
                    has[g] = true;
                    room += m->servers[g];
                }
            }
            for (int i = 0; i < m->n_modes; i++)
                room -= m->mode[i].group < 256 && has[m->mode[i].group]
                            ? m->busy[k * m->n_modes + i]
                            : 0;
            p->room[k * m->n_types + t] = room;
        }
}

static bool take_memory(problem *p)
{
    markov *m = p->m;
    const size_t n = (size_t)m->n_states, terms = n * (size_t)(m->n_arrivals + m->n_modes + 1);
    free(m->choice);
    m->choice = calloc(n, sizeof *m->choice);
    p->room = calloc((size_t)(m->n_places * m->n_types), sizeof *p->room);
    p->value = calloc(n, sizeof *p->value);
    p->gain = calloc(n, sizeof *p->gain);
    p->delta = calloc(n, sizeof *p->delta);
    p->post = calloc(n, sizeof *p->post);
    p->work = calloc(n, 8 * sizeof *p->work);
    p->chain = (sparse){
        .n = m->n_states,
        .first = calloc(n + 1, sizeof *p->chain.first),
        .upper = calloc(n, sizeof *p->chain.upper),
        .column = calloc(terms, sizeof *p->chain.column),
        .value = calloc(terms, sizeof *p->chain.value),
        .inside = calloc(n, sizeof *p->chain.inside),
    };
    return m->choice && p->room && p->value && p->gain && p->delta && p->post && p->work &&
           p->chain.first && p->chain.upper && p->chain.column && p->chain.value && p->chain.inside;
}

static void give_memory(problem *p)
{
    free(p->room);
    free(p->value);
    free(p->gain);
    free(p->delta);
    free(p->post);
    free(p->work);
    free(p->chain.first);
    free(p->chain.upper);
    free(p->chain.column);
    free(p->chain.value);
    free(p->chain.inside);
}

/* The bounds after a step of value iteration, per second. */
static void bound(problem *p)
{
    markov *m = p->m;
    m->low = INFINITY;
    m->high = -INFINITY;
    for (int s = 0; s < m->n_states; s++)
        if (p->post[s] >= 0) {
            m->low = fmin(m->low, p->gain[s]);
            m->high = fmax(m->high, p->gain[s]);
        }
    m->low *= p->pace;
    m->high *= p->pace;
}

/* Whether the bounds are near enough to each other; with a discount they are on the cost per second
 * that would be as much from now on. */
static bool is_near(const problem *p)
{
    const markov *m = p->m;
    if (p->factor < 1) {
        const double off = fmax(fabs(m->low), fabs(m->high)) / m->discount_per_s;
        return off <= m->wish.gap * fmax(fabs(p->value[0]), 1e-9);
    }
    return m->high - m->low <= m->wish.gap * fmax(fabs(m->low + m->high) / 2, 1e-9);
}

/* Adds what the policy adds to the values. It starts from the middle of the bounds, so that what is
 * left is small; what is no state stays out of it. */
static void follow_policy(problem *p)
{
    const markov *m = p->m;
    const double mean = p->chain.mean ? (m->low + m->high) / 2 / p->pace : 0;
    memset(p->delta, 0, (size_t)m->n_states * sizeof *p->delta);
    for (int s = 0; s < m->n_states; s++)
        p->gain[s] = p->post[s] < 0 ? mean : p->gain[s];
    if (p->chain.mean)
        p->delta[0] = mean;
    sparse_solve(&p->chain, p->gain, p->delta, 1e-3, SOLVER_STEPS, p->work);
    if (p->chain.mean)
        p->delta[0] = 0;
    for (int s = 0; s < m->n_states; s++)
        p->value[s] += p->delta[s];
}

/* Steps until the bounds meet; false if they do not. */
static bool iterate(problem *p)
{
    p->chain.mean = p->factor == 1;
    for (int step = 0; step < STEPS_MOST; step++) {
        improve(p);
        bound(p);
        if (is_near(p))
            return true;
        fill_chain(p);
        follow_policy(p);
    }
    return false;
}

/* Whether the policy stops a task that runs for nothing to take its place: that is not in its
 * power unless tasks may be suspended. */
static double is_wasted(const problem *p, const counts *c, int place)
{
    const markov *m = p->m;
    const unsigned char *needs = m->needs + place * m->n_types;
    const unsigned char *open = m->open + place * m->n_types;
    bool wasted = false;
    for (int t = 0; t < m->n_types; t++)
        wasted |= open[t] && c->n[t] > needs[t];
    return wasted;
}

static double wastes(problem *p)
{
    const markov *m = p->m;
    for (int s = 0; s < m->n_states; s++) {
        const counts c = counts_of(p, p->post[s] >= 0 ? (int)(p->post[s] / m->n_places) : 0);
        p->gain[s] = p->post[s] >= 0 ? is_wasted(p, &c, (int)(p->post[s] % m->n_places)) : 0;
        p->delta[s] = 0;
    }
    sparse_solve(&p->chain, p->gain, p->delta, 1e-11, SOLVER_STEPS, p->work);
    return p->delta[0];
}

/* What the policy comes to. */
static void sum_up(problem *p, double at_cap[MARKOV_TYPES])
{
    markov *m = p->m;
    m->start_cost = p->value[0];
    m->cost = p->factor < 1 ? m->start_cost * m->discount_per_s : (m->low + m->high) / 2;
    p->factor = 1;
    p->chain.mean = true;
    fill_chain(p);
    m->at_cap = 0;
    for (int t = 0; t < m->n_types; t++) {
        m->number[t] = mean_of(p, tasks_of, t);
        at_cap[t] = mean_of(p, is_at_cap, t);
        m->at_cap = fmax(m->at_cap, at_cap[t]);
    }
    m->wastes = m->preempts && m->idles && wastes(p) > 1e-9;
}

static bool solve(markov *m, double at_cap[MARKOV_TYPES], poise_error *err)
{
    problem p = {.m = m, .per_count = m->preempts ? 1 : m->n_places};
    int stride = p.per_count;
    for (int t = 0; t < m->n_types; t++) {
        p.stride[t] = stride;
        stride *= m->cap[t] + 1;
    }
    m->n_states = stride;
    m->n_counts = stride / p.per_count;
    p.pace = pace_of(m);
    p.factor = p.pace / (p.pace + m->discount_per_s);
    bool good = take_memory(&p);
    if (!good) {
        error_add(err, "no optimum is known: out of memory");
    } else {
        measure_rooms(&p);
        start(&p);
        good = iterate(&p);
        if (!good)
            error_add(err,
                      "no optimum is known: the bounds %.9g and %.9g do not meet (is the system "
                      "overloaded?)",
                      m->low, m->high);
        else
            sum_up(&p, at_cap);
    }
    give_memory(&p);
    return good;
}

/* ---- how far counts must go ---------------------------------------------------------------- */

/* Larger caps for the types that are often at theirs, as far as the number of states allows. */
static bool grow(markov *m, const double at_cap[MARKOV_TYPES])
{
    double states = m->preempts ? 1 : m->n_places;
    int cap[MARKOV_TYPES];
    bool grows = false;
    for (int t = 0; t < m->n_types; t++) {
        const bool small = at_cap[t] > AT_CAP_MOST;
        cap[t] = small ? 2 * m->cap[t] + 1 : m->cap[t];
        grows |= small;
        states *= cap[t] + 1;
    }
    if (grows && states <= m->wish.states)
        memcpy(m->cap, cap, sizeof cap);
    return grows && states <= m->wish.states;
}

static double states_with(const markov *m, int cap)
{
    double states = m->preempts ? 1 : m->n_places;
    for (int t = 0; t < m->n_types; t++)
        states *= cap + 1;
    return states;
}

bool markov_is_small(const markov *m, poise_error *err)
{
    const int cap = m->wish.cap > 0 ? m->wish.cap : CAP_FIRST;
    if (states_with(m, cap) <= m->wish.states)
        return true;
    error_add(err,
              "no optimum is known: there are too many states, %.3g with at most %d tasks of each "
              "of %d types",
              states_with(m, cap), cap, m->n_types);
    return false;
}

bool markov_solve(markov *m, poise_error *err)
{
    double at_cap[MARKOV_TYPES] = {0};
    const int first = m->wish.cap > 0 ? m->wish.cap : CAP_FIRST;
    for (int t = 0; t < m->n_types; t++)
        m->cap[t] = first;
    do
        if (!solve(m, at_cap, err))
            return false;
    while (m->wish.cap == 0 && grow(m, at_cap));
    return true;
}

int markov_choose(const markov *m, const int *count, int place)
{
    int number = 0, stride = 1;
    for (int t = 0; t < m->n_types; t++) {
        number += stride * (count[t] < m->cap[t] ? count[t] : m->cap[t]);
        stride *= m->cap[t] + 1;
    }
    return m->choice[m->preempts ? number : number * m->n_places + place];
}
