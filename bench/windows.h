/* windows.h - what stands in a run, as means over windows of simulated time. They are exact: what
 * is added are stretches in which nothing changes. Where the end is not known beforehand, windows
 * begin narrow, and whenever a run outlasts them all, each two neighbours become one. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

/* Most windows; an open end leaves at least half as many. */
#define WINDOWS_MAX 200

typedef struct windows {
    int64_t from_ns, to_ns;  // what counts; to_ns INT64_MAX: until the end
    int64_t width_ns;
    int64_t end_ns;  // of the last stretch that was added
    int n_values;
    double *sum;  // (WINDOWS_MAX, n_values) integrals over seconds
} windows;

/* Empty ones for n_values that stand side by side; to_ns > from_ns >= 0. false without memory. */
bool windows_begin(windows *w, int n_values, int64_t from_ns, int64_t to_ns);
void windows_free(windows *w);
/* From from_ns to to_ns, not before what was added last, each value (n_values) stood as given. */
void windows_add(windows *w, int64_t from_ns, int64_t to_ns, const double *value);
/* Makes windows as wide as those of another with the same beginning, if they are narrower. */
void windows_match(windows *w, const windows *other);
/* How many windows begin before the last stretch ended. */
int windows_count(const windows *w);
/* Of window k < windows_count: the middle of the part that was reached, in seconds, and the mean of
 * value i there. */
double windows_middle_s(const windows *w, int k);
double windows_mean(const windows *w, int k, int i);
/* Its beginning, and its end or that of the last stretch. */
double windows_begin_s(const windows *w, int k);
double windows_end_s(const windows *w, int k);

#endif
