/* latency.h - how long agents take to decide: a histogram of fixed size, filled with a part of the
 * decisions of a run, so that the clock is not what is measured. Times are those of the machine and
 * differ from run to run: they stand apart from results, and nothing compares them. */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

/* Sixteen buckets for each doubling, from a nanosecond to an hour: a bucket's middle is within 1/32
 * of what is in it. */
enum { LATENCY_BUCKETS = 42 * 16 };

typedef struct latency {
    int64_t n;
    uint32_t count[LATENCY_BUCKETS];
} latency;

/* What is kept of a run: seconds, NAN without decisions. */
typedef struct latency_summary {
    int64_t n;
    double p50_s, p99_s;
} latency_summary;

/* Whether the decision of that number, from 0, is one of those that are timed: the first 64, then
 * every 64th. */
static inline int latency_is_timed(int64_t decision)
{
    return decision < 64 || decision % 64 == 0;
}

void latency_add(latency *l, int64_t ns);
/* The time that at least a share p of the decisions did not exceed, in seconds. */
double latency_quantile(const latency *l, double p);
latency_summary latency_of(const latency *l);
/* "850 ns", "12.3 us", "4.5 ms"; "-" for NAN. */
void latency_text(char text[24], double s);

#endif
