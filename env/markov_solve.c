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

#include "det.h"
#include "error.h"
#include "markov.h"
#include "sparse.h"

enum { STEPS_MOST = 200, SOLVER_STEPS = 100, ROUNDS = 40, CHEAP = 20000, CAP_FIRST = 15 };
/* Values are carried on to those of a policy that is kept for 1 / LEAK steps, not for ever: where
 * it leads astray for longer they stay within bounds. */
#define LEAK 1e-6

/* Values with other caps. */
typedef struct values {
    double *h;  // NULL: none
    int cap[MARKOV_TYPES];
} values;

/* A chain with caps, while it is solved. */
typedef struct problem {
    markov *m;
    int per_count;                 // states of each vector of counts: places, or 1 if it preempts
    int stride[MARKOV_TYPES];      // of the counts in the numbers of states
    double pace;                   // steps per second
    double factor;                 // discount of a step, 1 without
    int *room;                     // (n_places, n_types) idle devices that it could have
    double *value, *gain, *delta;  // (n_states) h, T h - h, what the policy adds to h
    double *weight;                // (n_states) part of the time that the policy is there
    int64_t *post;                 // (n_states) where the policy is after its choice; -1: no state
    const values *before;          // from which it starts
    int stray;                     // a state in which the rule cannot do what it says; -1 none
    sparse *chain;                 // of the policy
    double *work;
} problem;

/* Numbers of tasks, one vector after the other, and how far off neighbours are. */
typedef struct counts {
    int at;  // number of the first state
    int n[MARKOV_TYPES], all;
    int arrival[MARKOV_TYPES];  // to add to the number of the state: what fits of it
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
        const markov_arrival *job = &m->arrival[a];
        c->arrival[a] = 0;
        for (int r = 0; r < job->n_roots; r++)
            c->arrival[a] +=
                c->n[job->root[r]] < m->cap[job->root[r]] ? p->stride[job->root[r]] : 0;
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

/* ---- beyond the caps ------------------------------------------------------------------------- */

/* A state beyond smaller caps: how to go to where values are known, and from there by type. */
typedef struct beyond {
    int index;  // of the nearest state whose values are not bent by the caps
    int n, type[MARKOV_TYPES];
    int by[MARKOV_TYPES];      // tasks more than there
    int back[MARKOV_TYPES];    // tasks less, for differences; 0 = there are none
    int stride[MARKOV_TYPES];  // of values
} beyond;

static beyond go_back(const problem *p, const values *before, const counts *c, int place)
{
    const markov *m = p->m;
    beyond b = {.index = p->per_count > 1 ? place : 0};
    int stride = p->per_count;
    for (int t = 0; t < m->n_types; t++) {
        const int cap = before->cap[t], last = m->cap[t] > cap ? 3 * cap / 4 : cap;
        const int needs = p->per_count > 1 ? m->needs[place * m->n_types + t] : 0;
        const int at = c->n[t] < last || c->n[t] <= needs ? c->n[t] : last > needs ? last : needs;
        if (at < c->n[t]) {
            b.type[b.n] = t;
            b.by[b.n] = c->n[t] - at;
            b.back[b.n] = (at - needs) / 2 < cap / 4 ? (at - needs) / 2 : cap / 4;
            b.stride[b.n++] = stride;
        }
        b.index += stride * at;
        stride *= cap + 1;
    }
    return b;
}

/* The value beyond smaller caps, by the differences of first and second order before them. */
static double extend(const values *before, const beyond *b)
{
    const double *h = before->h + b->index, here = *h;
    double sum = here;
    for (int i = 0; i < b->n; i++) {
        const int k = b->back[i], far = k * b->stride[i];
        if (k == 0)
            continue;
        const double slope = (here - h[-far]) / k;
        const double bend = (here - 2 * h[-far] + h[-2 * far]) / (2.0 * k * k);
        sum += b->by[i] * (slope + fmax(bend, 0) * (b->by[i] + k));
        for (int j = 0; j < i; j++) {
            const int other = b->back[j] * b->stride[j];
            if (other == 0)
                continue;
            const double cross = here - h[-far] - h[-other] + h[-far - other];
            sum += b->by[i] * b->by[j] * cross / ((double)k * b->back[j]);
        }
    }
    return sum;
}

/* What tasks are charged for that find no room at the caps: what one more would cost by the values
 * before. */
static double charge(const problem *p, const counts *c, int place, const int *type, int n)
{
    const markov *m = p->m;
    double sum = 0;
    for (int k = 0; k < n && p->before->h && m->wish.cap == 0; k++) {
        if (c->n[type[k]] < m->cap[type[k]])
            continue;
        counts more = *c;
        more.n[type[k]]++;
        const beyond here = go_back(p, p->before, c, place);
        const beyond there = go_back(p, p->before, &more, place);
        double one = fmax(extend(p->before, &there) - extend(p->before, &here), 0);
        sum += m->rejects ? fmin(one, m->refusal_cost) : one;
    }
    return sum;
}

/* ---- a step of value iteration ------------------------------------------------------------- */

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
        else
            sum += job->rate * (h[state_of(p, c, c->arrival[a], place)] - here +
                                charge(p, c, place, job->root, job->n_roots));
    }
    for (int i = 0; i < m->n_modes; i++)
        if (busy[i]) {
            const markov_mode *mode = &m->mode[i];
            const int then = m->down[place * m->n_modes + i];
            const double change = h[state_of(p, c, c->mode[i], then)] - here;
            const markov_type *type = &m->type[mode->type];
            const double more = charge(p, c, place, type->next, type->n_next);
            sum += busy[i] * (mode->rate * (change + more - mode->gain));
        }
    return p->factor * (here + sum / p->pace);
}

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
static void consider_refusal(const problem *p, const counts *c, int place, int type, best *b)
{
    const markov *m = p->m;
    if (c->n[type] <= m->needs[place * m->n_types + type])
        return;
    const int then = state_of(p, c, -p->stride[type], place);
    if (p->post[then] >= 0)
        consider(b, p->value[then] + p->gain[then] + m->refusal_cost, -1 - type, p->post[then]);
}

static void consider_place(const problem *p, const counts *c, int then, const double *value,
                           best *b)
{
    if (value[then] < INFINITY)
        consider(b, value[then], then, (int64_t)(c->at / p->per_count) * p->m->n_places + then);
}

static best best_of_all(const problem *p, const counts *c, int place, const double *value)
{
    const markov *m = p->m;
    best b = {.value = INFINITY, .post = -1};
    const int from = place < 0 ? 0 : m->up_at[place];
    const int to = place < 0 ? m->n_places : m->up_at[place + 1];
    for (int k = to - 1; k >= from; k--)
        consider_place(p, c, place < 0 ? k : m->up[k], value, &b);
    for (int t = 0; t < m->n_types && m->rejects && place >= 0; t++)
        consider_refusal(p, c, place, t, &b);
    return b;
}

/* Whether devices that are busy so can become so busy. */
static bool is_up(const markov *m, int place, int then)
{
    bool is = place < 0;
    for (int k = place < 0 ? 0 : m->up_at[place]; place >= 0 && k < m->up_at[place + 1]; k++)
        is |= m->up[k] == then;
    return is;
}

/* What the rule does; nothing where it cannot. */
static best as_ruled(const problem *p, const counts *c, int place, const double *value)
{
    const markov *m = p->m;
    best b = {.value = INFINITY, .post = -1};
    const int choice = m->rule(m, c->n, place, m->rule_data);
    if (choice >= 0 && choice < m->n_places && is_up(m, place, choice))
        consider_place(p, c, choice, value, &b);
    else if (choice < 0 && -1 - choice < m->n_types && m->rejects && place >= 0)
        consider_refusal(p, c, place, -1 - choice, &b);
    return b;
}

static void decide(problem *p, const counts *c, int state, int place, const double *value)
{
    const best b = p->m->rule ? as_ruled(p, c, place, value) : best_of_all(p, c, place, value);
    p->stray = b.post < 0 ? state : p->stray;
    p->post[state] = b.post;
    p->gain[state] = b.post < 0 ? 0 : b.value - p->value[state];
    p->m->choice[state] = (int16_t)b.choice;
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
    sparse *a = p->chain;
    const unsigned char *busy = m->busy + place * m->n_modes;
    size_t n = a->first[row];
    double out = 0;
    a->inside[row] = 1;
    for (int k = 0; k < m->n_arrivals; k++)
        if (!is_full(p, c, place, &m->arrival[k])) {
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

static void fill_chain(problem *p, double leak)
{
    const markov *m = p->m;
    sparse *a = p->chain;
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
        a->inside[row] = fmax(a->inside[row] + leak, 1e-12);
        sparse_split(a, row);
    }
    sparse_prepare(a);
}

/* ---- coarser levels ---------------------------------------------------------------------------
 */

/* Unknowns of a level as a box: places and counts. */
typedef struct box {
    int size[1 + MARKOV_TYPES];
} box;

/* Half as long where it is longest. */
static box halve(const box *fine)
{
    box coarse = *fine;
    int longest = 0;
    for (int k = 0; k <= MARKOV_TYPES; k++)
        longest = fine->size[k] > longest ? fine->size[k] : longest;
    for (int k = 0; k <= MARKOV_TYPES; k++)
        if (4 * fine->size[k] > longest)
            coarse.size[k] = (fine->size[k] + 1) / 2;
    return coarse;
}

/* Where the unknowns of a box are in one that has been halved: their number there. */
static int list_parts(const box *fine, const box *coarse, int n, int *part)
{
    int n_coarse = 1;
    for (int k = 0; k <= MARKOV_TYPES; k++)
        n_coarse *= coarse->size[k];
    for (int i = 0; i < n; i++) {
        int rest = i, stride = 1;
        part[i] = 0;
        for (int k = 0; k <= MARKOV_TYPES; k++) {
            const int at = rest % fine->size[k];
            part[i] += stride * (coarse->size[k] < fine->size[k] ? at / 2 : at);
            rest /= fine->size[k];
            stride *= coarse->size[k];
        }
    }
    return n_coarse;
}

static bool add_levels(const problem *p, sparse *a)
{
    enum { COARSEST = 100 };
    const markov *m = p->m;
    int *part = calloc((size_t)m->n_states, sizeof *part);
    box fine = {{p->per_count}};
    for (int t = 0; t < MARKOV_TYPES; t++)
        fine.size[1 + t] = t < m->n_types ? m->cap[t] + 1 : 1;
    a = part ? a : NULL;
    while (a && a->n > COARSEST) {
        const box coarse = halve(&fine);
        const int n = list_parts(&fine, &coarse, a->n, part);
        a = sparse_coarsen(a, part, n);
        fine = coarse;
    }
    free(part);
    return a;
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

static void stretch(problem *p, const values *before)
{
    counts c = first_counts(p);
    do
        for (int k = 0; k < p->per_count; k++)
            if (p->per_count == 1 || is_possible(p->m, &c, k)) {
                const beyond b = go_back(p, before, &c, k);
                p->value[c.at + k] = extend(before, &b);
            }
    while (next_counts(p, &c));
}

/* What caps take, by type. */
typedef struct tails {
    double part[MARKOV_TYPES];    // of what they take in all, in no unit
    double middle[MARKOV_TYPES];  // part of the time with half as many as the cap
    double far[MARKOV_TYPES];     // with three quarters as many
} tails;

/* ---- what the policy comes to --------------------------------------------------------------- */

static void divide_by_sum(double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    for (int i = 0; i < n; i++)
        x[i] /= sum;
}

/* The parts of the time that are spent in each state, into weight. */
static bool weigh(problem *p)
{
    const markov *m = p->m;
    sparse *turned = sparse_new(m->n_states, p->chain->room);
    bool good = turned && add_levels(p, turned);
    if (good) {
        sparse_transpose(p->chain, turned);
        memset(p->gain, 0, (size_t)m->n_states * sizeof *p->gain);
        memset(p->weight, 0, (size_t)m->n_states * sizeof *p->weight);
        p->weight[0] = 1;
        good = sparse_prepare(turned);
    }
    if (good) {
        sparse_settle(turned, LEAK, p->gain, p->weight, 1e-14, ROUNDS, p->work);
        divide_by_sum(p->weight, m->n_states);
        for (int s = 0; s < m->n_states; s++)
            p->weight[s] = p->post[s] < 0 ? 0 : fmax(p->weight[s], 0);
        divide_by_sum(p->weight, m->n_states);
    }
    sparse_free(turned);
    return good;
}

/* Tasks of a job or after a task that are yet to come, with those themselves. */
static int followers(const markov *m, int type)
{
    int n = 1;
    for (int k = 0; k < m->type[type].n_next; k++)
        n += followers(m, m->type[type].next[k]);
    return n;
}

/* Tasks that find no room at the caps: what that comes to in one state. */
typedef struct loss {
    double rate[MARKOV_TYPES];   // tasks per second, by the type that is at its cap
    double square;               // the same of the squares of how many are lost together
    double value[MARKOV_TYPES];  // tasks times values f of the states that follow, per second
    double spare;                // tasks per second that idle devices could do, of any type
    double charged;              // per second
} loss;

static void lose(loss *l, int type, double rate, int n, double f)
{
    l->rate[type] += rate * n;
    l->square += rate * n * n;
    l->value[type] += rate * n * f;
}

/* Jobs that arrive where there is no room for them. */
static void lose_jobs(const problem *p, const counts *c, int place, const double *f, loss *l)
{
    const markov *m = p->m;
    const int here = state_of(p, c, 0, place);
    for (int a = 0; a < m->n_arrivals; a++) {
        const markov_arrival *job = &m->arrival[a];
        l->charged += job->rate * charge(p, c, place, job->root, job->n_roots);
        for (int r = 0; r < job->n_roots; r++)
            if (c->n[job->root[r]] == m->cap[job->root[r]])
                lose(l, job->root[r], job->rate, followers(m, job->root[r]), f[here]);
    }
}

/* Tasks that come after others. */
static void lose_next(const problem *p, const counts *c, int place, const double *f, loss *l)
{
    const markov *m = p->m;
    for (int i = 0; i < m->n_modes; i++) {
        const int busy = m->busy[place * m->n_modes + i];
        const markov_type *type = &m->type[m->mode[i].type];
        if (busy > 0)
            l->charged += busy * m->mode[i].rate * charge(p, c, place, type->next, type->n_next);
        for (int k = 0; k < type->n_next && busy > 0; k++) {
            const int next = type->next[k];
            if (c->n[next] == m->cap[next])
                lose(l, next, busy * m->mode[i].rate, followers(m, next),
                     f[state_of(p, c, c->mode[i], m->down[place * m->n_modes + i])]);
        }
    }
}

static double spare_rate(const markov *m, int place)
{
    double least = INFINITY;
    for (int t = 0; t < m->n_types; t++) {
        double rate = 0;
        for (int i = 0; i < m->n_modes; i++) {
            int used = 0;
            for (int k = 0; k < m->n_modes; k++)
                used += m->mode[k].group == m->mode[i].group ? m->busy[place * m->n_modes + k] : 0;
            if (m->mode[i].type == t && used < m->servers[m->mode[i].group])
                rate = fmax(rate, m->mode[i].rate);
        }
        least = fmin(least, rate);
    }
    return least;
}

static loss loss_in(const problem *p, int state, const double *f)
{
    loss l = {0};
    if (p->post[state] < 0)
        return l;
    const counts c = counts_of(p, (int)(p->post[state] / p->m->n_places));
    const int place = (int)(p->post[state] % p->m->n_places);
    lose_jobs(p, &c, place, f, &l);
    lose_next(p, &c, place, f, &l);
    l.spare = spare_rate(p->m, place);
    return l;
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
    p->weight = calloc(n, sizeof *p->weight);
    p->post = calloc(n, sizeof *p->post);
    p->work = calloc(n, 10 * sizeof *p->work);
    p->chain = sparse_new(m->n_states, terms);
    return m->choice && p->room && p->value && p->gain && p->delta && p->weight && p->post &&
           p->work && p->chain && add_levels(p, p->chain);
}

static void give_memory(problem *p)
{
    free(p->room);
    free(p->value);
    free(p->gain);
    free(p->delta);
    free(p->weight);
    free(p->post);
    free(p->work);
    sparse_free(p->chain);
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
static bool is_near(const problem *p, double gap)
{
    const markov *m = p->m;
    if (p->factor < 1) {
        const double off = fmax(fabs(m->low), fabs(m->high)) / m->discount_per_s;
        return off <= gap * fmax(fabs(p->value[0]), 1e-9);
    }
    return m->high - m->low <= gap * fmax(fabs(m->low + m->high) / 2, 1e-9);
}

/* Adds what the policy adds to the values, which starts from what it does in an empty system, so
 * that what is left is small; what is no state stays out of it. Returns what is left, as a part. */
static double follow_policy(problem *p)
{
    const markov *m = p->m;
    const bool mean = p->factor == 1;
    memset(p->delta, 0, (size_t)m->n_states * sizeof *p->delta);
    for (int s = m->n_states - 1; s >= 0; s--)
        p->gain[s] = p->post[s] < 0 ? 0 : p->gain[s] - (mean ? p->gain[0] : 0);
    const double left = sparse_solve(p->chain, p->gain, p->delta, 1e-2, SOLVER_STEPS, p->work);
    for (int s = m->n_states - 1; s >= 0; s--)
        p->value[s] += p->delta[s] - (mean ? p->delta[0] : 0);
    return left;
}

/* Steps until the bounds meet; false if they do not. */
static bool iterate(problem *p, double gap)
{
    double leak = p->factor == 1 ? LEAK : 0;
    for (int step = 0; step < STEPS_MOST; step++) {
        improve(p);
        if (p->stray >= 0)
            return false;
        bound(p);
        if (is_near(p, gap))
            return true;
        fill_chain(p, leak);
        if (follow_policy(p) > .1)
            leak = fmax(10 * leak, LEAK);
    }
    return false;
}

/* Whether the policy stops a task that runs for nothing to take its place: that is not in its
 * power unless tasks may be suspended. */
static bool is_wasted(const markov *m, const counts *c, int place)
{
    const unsigned char *needs = m->needs + place * m->n_types;
    const unsigned char *open = m->open + place * m->n_types;
    bool wasted = false;
    for (int t = 0; t < m->n_types; t++)
        wasted |= open[t] && c->n[t] > needs[t];
    return wasted;
}

/* Tasks in the system, and how often there are as many as can be. */
static void count_tasks(problem *p, tails *tail)
{
    markov *m = p->m;
    double wasted = 0, at_cap[MARKOV_TYPES] = {0};
    memset(m->number, 0, sizeof m->number);
    for (int s = 0; s < m->n_states; s++) {
        if (!(p->weight[s] > 0))
            continue;
        const counts c = counts_of(p, (int)(p->post[s] / m->n_places));
        for (int t = 0; t < m->n_types; t++) {
            m->number[t] += p->weight[s] * c.n[t];
            at_cap[t] += c.n[t] == m->cap[t] ? p->weight[s] : 0;
            tail->middle[t] += c.n[t] == m->cap[t] / 2 ? p->weight[s] : 0;
            tail->far[t] += c.n[t] == m->cap[t] / 4 * 3 ? p->weight[s] : 0;
        }
        wasted += is_wasted(m, &c, (int)(p->post[s] % m->n_places)) ? p->weight[s] : 0;
    }
    m->at_cap = 0;
    for (int t = 0; t < m->n_types; t++)
        m->at_cap = fmax(m->at_cap, at_cap[t]);
    m->wastes = m->preempts && m->idles && wasted > 1e-9;
}

/* What the caps take off the cost, at most. Let all that finds no room wait apart, and be done
 * where devices are idle, one task after the other: a policy of the system without caps. With o
 * tasks apart and f the values of the drift r of o, the mean drift of o^2 + 2 o f, which is 0, says
 * that -E[r] E[o] <= (E[k^2] + E[k]) / 2 + E[k f], k tasks being lost at a time. */
static void bound_loss(problem *p, tails *tail)
{
    markov *m = p->m;
    double least = INFINITY, square = 0, rate = 0, value = 0, dear = 0, drift = 0, charged = 0;
    for (int s = 0; s < m->n_states; s++) {
        const loss l = loss_in(p, s, p->value);
        p->gain[s] = -l.spare;
        for (int t = 0; t < m->n_types; t++)
            p->gain[s] += l.rate[t];
        drift += p->weight[s] * p->gain[s];
        p->delta[s] = 0;
    }
    for (int s = 0; s < m->n_states; s++)
        p->gain[s] = p->post[s] < 0 ? 0 : (p->gain[s] - drift) / p->pace;
    sparse_settle(p->chain, LEAK, p->gain, p->delta, 1e-9, ROUNDS, p->work);
    for (int s = 0; s < m->n_states; s++)
        if (p->post[s] >= 0 && spare_rate(m, (int)(p->post[s] % m->n_places)) > 0)
            least = fmin(least, p->delta[s]);
    for (int s = 0; s < m->n_states; s++) {
        if (!(p->weight[s] > 0))
            continue;
        const loss l = loss_in(p, s, p->delta);
        square += p->weight[s] * l.square;
        charged += p->weight[s] * l.charged;
        for (int t = 0; t < m->n_types; t++) {
            const double v = p->weight[s] * (l.value[t] - least * l.rate[t]);
            tail->part[t] += v;
            value += v;
            rate += p->weight[s] * l.rate[t];
        }
    }
    for (int t = 0; t < m->n_types; t++)
        dear = fmax(dear, m->type[t].cost);
    m->beyond = charged;
    m->cut = drift < 0 ? dear * ((square + rate) / 2 + value) / -drift : INFINITY;
    m->cut = rate > 0 ? fmax(m->cut - charged, 0) : 0;
}

/* What the policy comes to. false without memory. */
static bool sum_up(problem *p, tails *tail)
{
    markov *m = p->m;
    m->start_cost = p->value[0];
    m->cost = p->factor < 1 ? m->start_cost * m->discount_per_s : (m->low + m->high) / 2;
    p->factor = 1;
    fill_chain(p, LEAK);
    if (!weigh(p))
        return false;
    *tail = (tails){0};
    count_tasks(p, tail);
    bound_loss(p, tail);
    return true;
}

static bool set_up(problem *p, const values *before)
{
    markov *m = p->m;
    int stride = p->per_count;
    for (int t = 0; t < m->n_types; t++) {
        p->stride[t] = stride;
        stride *= m->cap[t] + 1;
    }
    m->n_states = stride;
    m->n_counts = stride / p->per_count;
    p->pace = pace_of(m);
    p->factor = p->pace / (p->pace + m->discount_per_s);
    p->before = before;
    if (!take_memory(p))
        return false;
    measure_rooms(p);
    if (before->h)
        stretch(p, before);
    else
        start(p);
    return true;
}

/* With the caps as they are, from the values with other caps on if there are any, which these then
 * take the place of. */
static bool solve(markov *m, double gap, values *known, tails *tail, poise_error *err)
{
    problem p = {.m = m, .stray = -1, .per_count = m->preempts ? 1 : m->n_places};
    bool good = set_up(&p, known);
    bool met = good && iterate(&p, gap);
    good = met && sum_up(&p, tail);
    if (p.stray >= 0)
        error_add(err, "the rule does what the scenario does not let it do");
    else if (!met && p.chain)
        error_add(err,
                  "no optimum is known: the bounds %.9g and %.9g do not meet (is the system "
                  "overloaded?)",
                  m->low, m->high);
    else if (!good)
        error_add(err, "no optimum is known: out of memory");
    free(known->h);
    *known = (values){.h = p.value};
    memcpy(known->cap, m->cap, sizeof m->cap);
    p.value = NULL;
    give_memory(&p);
    return good;
}

/* ---- how far counts must go ---------------------------------------------------------------- */

/* How far a type's cap should be for what it takes to be so much less: numbers become less likely
 * geometrically, as far as can be seen. */
static int farther(const markov *m, const tails *tail, int type, double less)
{
    const int cap = m->cap[type], most = 2 * cap + 1;
    const double ratio = tail->far[type] > 0 ? tail->middle[type] / tail->far[type] : 0;
    if (!(ratio > 1.001) || !isfinite(less))
        return most;
    const double by = 1.2 * det_log(less) * (cap / 4 * 3 - cap / 2) / det_log(ratio);
    return by < cap / 8 ? cap + cap / 8 + 1 : by < cap ? cap + (int)by : most;
}

/* Larger caps for the types whose caps take too much, until it is no more than `cut` of the cost;
 * false if they are large enough or there would be too many states. */
static bool grow(markov *m, const tails *tail, double cut, double states_most)
{
    double states = m->preempts ? 1 : m->n_places, all = 0;
    const double most = cut * fabs(m->cost);
    int cap[MARKOV_TYPES] = {0};
    bool grows = false;
    for (int t = 0; t < m->n_types; t++)
        all += tail->part[t];
    for (int t = 0; t < m->n_types; t++) {
        const double takes = all > 0 ? m->cut * (tail->part[t] / all) : 0;
        const bool small = takes > most / 4;
        cap[t] = small ? farther(m, tail, t, 8 * takes / most) : m->cap[t];
        grows |= small;
        states *= cap[t] + 1;
    }
    if (!(m->cut > most) || !grows || states > states_most)
        return false;
    memcpy(m->cap, cap, sizeof cap);
    return true;
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
    tails tail = {0};
    values known = {0};
    const int first = m->wish.cap > 0 ? m->wish.cap : CAP_FIRST;
    for (int t = 0; t < m->n_types; t++)
        m->cap[t] = first;
    const double rough = fmax(m->wish.gap, 1e-2);
    bool good = solve(m, rough, &known, &tail, err);
    while (
        good && m->wish.cap == 0 &&
        (grow(m, &tail, 1e-8, fmin(CHEAP, m->wish.states)) || grow(m, &tail, 1e-5, m->wish.states)))
        good = solve(m, rough, &known, &tail, err);
    if (good && m->wish.gap < rough)
        good = solve(m, m->wish.gap, &known, &tail, err);
    free(known.h);
    if (good && m->wish.cap == 0 && m->discount_per_s == 0 && !isfinite(m->cut)) {
        error_add(err,
                  "no optimum is known: more comes than can be done (or more than %d states are "
                  "needed)",
                  m->wish.states);
        return false;
    }
    return good;
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
