/* shares.c - see shares.h. */
#include "shares.h"

#include <math.h>
#include <stdlib.h>

#include "det.h"
#include "error.h"
#include "rule.h"

/* ---- rules --------------------------------------------------------------------------------- */

static double weight_of(const shares *s, int i, bool equally)
{
    return equally ? 1 : s->weight[i];
}

/* Rounds of water-filling: each sets the level of those that still rise, and stops those that reach
 * their cap below it. One at least stops, or it is the last. */
void shares_max_min(shares *s, bool equally)
{
    double left = s->capacity, level = 0;
    for (int i = 0; i < s->n; i++)
        s->part[i] = -1;
    for (bool again = true; again;) {
        double sum = 0;
        again = false;
        for (int i = 0; i < s->n; i++)
            sum += s->part[i] < 0 ? weight_of(s, i, equally) : 0;
        level = sum > 0 && left > 0 ? left / sum : 0;
        for (int i = 0; i < s->n; i++)
            if (s->part[i] < 0 && s->cap[i] <= level * weight_of(s, i, equally)) {
                s->part[i] = s->cap[i];
                left -= s->cap[i];
                again = true;
            }
    }
    for (int i = 0; i < s->n; i++)
        if (s->part[i] < 0)
            s->part[i] = level * weight_of(s, i, equally);
}

/* What is asked for at a price, and how fast that falls while the price rises. */
typedef struct demanded {
    double sum, slope;
} demanded;

static demanded demand_at(shares *s, double lambda)
{
    demanded d = {0};
    for (int i = 0; i < s->n; i++) {
        double wish = sqrt(s->weight[i] * s->work[i] / lambda);
        bool capped = wish >= s->cap[i];
        s->part[i] = capped ? s->cap[i] : wish;
        d.sum += s->part[i];
        d.slope += capped ? 0 : wish / (2 * lambda);
    }
    return d;
}

static double sum_of(int n, const double *x)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* The step of Newton, unless it leads out of where the price that clears must be: demand falls, but
 * in kinks, one for each cap. */
static double next_price(double lambda, double low, double high, double excess, double slope)
{
    double next = slope > 0 ? lambda + excess / slope : high;
    if (next > low && next < high)
        return next;
    return low > 0 ? (low + high) / 2 : lambda / 4;
}

static double climb(shares *s, int most_steps, int *steps)
{
    double root = 0, low = 0;
    for (int i = 0; i < s->n; i++)
        root += sqrt(s->weight[i] * s->work[i]);
    double lambda = (root / s->capacity) * (root / s->capacity);  // without caps it clears
    double high = lambda * (1 + 1e-9);
    for (*steps = 0; *steps < most_steps; (*steps)++) {
        demanded d = demand_at(s, lambda);
        double excess = d.sum - s->capacity;
        if (fabs(excess) <= 1e-14 * s->capacity)
            break;
        low = excess > 0 ? lambda : low;
        high = excess > 0 ? high : lambda;
        lambda = next_price(lambda, low, high, excess, d.slope);
    }
    demand_at(s, lambda);
    return lambda;
}

shares_dual shares_lagrangian(shares *s, int most_steps)
{
    shares_dual d = {0};
    if (sum_of(s->n, s->cap) <= s->capacity)
        for (int i = 0; i < s->n; i++)
            s->part[i] = s->cap[i];
    else
        d.lambda = climb(s, most_steps, &d.steps);
    for (int i = 0; i < s->n; i++)
        d.primal += s->weight[i] * s->work[i] / s->part[i];
    d.dual = d.primal + d.lambda * (sum_of(s->n, s->part) - s->capacity);
    return d;
}

/* ---- between view and attention ------------------------------------------------------------ */

bool shares_desk_init(shares_desk *d, const poise_space *space, const char *agent, poise_error *err)
{
    size_t n = (size_t)space->max_candidates;
    double *numbers = calloc(4 * n, sizeof *numbers);
    d->candidate = calloc(n, sizeof *d->candidate);
    d->ask = (shares){.cap = numbers};
    if (!numbers || !d->candidate) {
        error_add(err, "agent %s: out of memory", agent);
        return false;
    }
    d->ask.weight = numbers + n;
    d->ask.work = numbers + 2 * n;
    d->ask.part = numbers + 3 * n;
    return true;
}

void shares_desk_free(shares_desk *d)
{
    free(d->ask.cap);
    free(d->candidate);
}

/* Weights of 0 and tasks that are all but done are nearly nothing, so that logarithms exist. */
static double positive(double x)
{
    return x > 1e-12 ? x < 1e12 ? x : 1e12 : 1e-12;
}

void shares_gather(shares_desk *d, const poise_view *v, int group)
{
    const poise_space *space = v->space;
    const bool divides = space->shares;
    const int count = v->group[group].count;
    shares *s = &d->ask;
    s->n = 0;
    s->capacity = divides ? space->capacity[group] * count : count;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        if (it->group != group || !poise_gives_device(it))
            continue;
        const poise_task *t = &v->task[it->task];
        const double cap = space->cap[t->class_id * v->n_groups + group];
        s->cap[s->n] = !divides ? 1 : cap < s->capacity ? cap : s->capacity;
        s->weight[s->n] = positive(t->weight);
        s->work[s->n] = positive(divides ? it->service_s : rule_finish_s(v, c));
        d->candidate[s->n++] = c;
    }
}

void shares_attend(const shares_desk *d, const poise_view *v, double *attention)
{
    const shares *s = &d->ask;
    for (int i = 0; i < s->n; i++) {
        double w = s->part[i] / s->cap[i];
        w = w > 1e-300 ? w : 1e-300;  // what nobody else can use is still theirs
        attention[d->candidate[i]] = v->space->weighs ? w : det_log(w);
    }
}

void shares_divide(shares_desk *d, const poise_view *v, shares_rule *rule, void *state,
                   double *attention)
{
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? 0 : rule_rest(&v->candidate[c]);
    for (int g = 0; g < v->n_groups; g++) {
        shares_gather(d, v, g);
        if (d->ask.n == 0)
            continue;
        rule(state, &d->ask);
        shares_attend(d, v, attention);
    }
}
