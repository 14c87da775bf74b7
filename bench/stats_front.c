/* stats_front.c - see stats_front.h. */
#include "stats_front.h"

#include "error.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- front --------------------------------------------------------------------------------- */

/* Of a row's interval in an objective the better end, or the worse one. */
static double end_of(const double *low, const double *high, int i, int better, bool best)
{
    return (better > 0) == best ? high[i] : low[i];
}

/* Whether row a, at its best or worst, beats row b at the other end. */
static bool beats(const double *low, const double *high, int a, int b, int k, const int *better,
                  bool a_best)
{
    bool ahead = false;
    for (int j = 0; j < k; j++) {
        const double x = better[j] * end_of(low, high, a * k + j, better[j], a_best);
        const double y = better[j] * end_of(low, high, b * k + j, better[j], !a_best);
        if (x < y)
            return false;
        ahead |= x > y;
    }
    return ahead;
}

void stats_front(const double *value, const double *low, const double *high, int n, int k,
                 const int *better, stats_place *place)
{
    for (int i = 0; i < n; i++) {
        place[i] = (stats_place){.front = true};
        for (int other = 0; other < n; other++) {
            if (other == i)
                continue;
            place[i].front &= !beats(value, value, other, i, k, better, true);
            place[i].certainly |= beats(low, high, other, i, k, better, false);
            place[i].possibly |= beats(low, high, other, i, k, better, true);
        }
    }
}

/* ---- hypervolume --------------------------------------------------------------------------- */

/* Of the boxes from 0 to x (n, k), all > 0; the first k_used coordinates count. room: for n
 * numbers for each coordinate. */
static double volume(const double *x, int n, int k, int k_used, size_t *order, double *room)
{
    const int last = k_used - 1;
    if (last == 0) {
        double most = 0;
        for (int i = 0; i < n; i++)
            most = fmax(most, x[i * k]);
        return most;
    }
    gsl_sort_index(order, x + last, (size_t)k, (size_t)n);
    /* From the highest down: between two heights there are all boxes that are at least so high. */
    double sum = 0;
    for (int i = n - 1; i >= 0; i--) {
        memcpy(room + (size_t)(n - 1 - i) * k, x + order[i] * k, (size_t)k * sizeof *x);
        const double below = i > 0 ? x[order[i - 1] * k + last] : 0;
        const double height = x[order[i] * k + last] - below;
        if (height > 0)
            sum += height * volume(room, n - i, k, last, order + n, room + (size_t)n * k);
    }
    return sum;
}

double stats_hypervolume(const double *value, int n, int k, const int *better,
                         const double *reference)
{
    assert(k >= 1);
    const size_t size = (size_t)n * k;
    double *x = error_must(malloc((k + 1) * size * sizeof *x + 1));
    size_t *order = error_must(malloc(size * sizeof *order + 1));
    int n_good = 0;
    for (int i = 0; i < n; i++) {
        bool good = true;
        for (int j = 0; j < k; j++) {
            x[n_good * k + j] = better[j] * (value[i * k + j] - reference[j]);
            good &= x[n_good * k + j] > 0;
        }
        n_good += good;
    }
    const double found = volume(x, n_good, k, k, order, x + size);
    free(x);
    free(order);
    return found;
}
