/* latency.c - see latency.h. */
#include "latency.h"

#include <math.h>
#include <stdio.h>

static int bucket_of(int64_t ns)
{
    const uint64_t v = ns > 0 ? (uint64_t)ns : 0;
    const int above = v >> 4 ? 63 - __builtin_clzll(v) - 4 : 0;
    const int bucket = (int)(v >> above) + (above << 4);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* The middle of a bucket. */
static double value_of(int bucket)
{
    const int above = bucket < 32 ? 0 : (bucket >> 4) - 1;
    return ldexp((double)(bucket - (above << 4)) + (above > 0 ? 0.5 : 0), above);
}

void latency_add(latency *l, int64_t ns)
{
    l->count[bucket_of(ns)]++;
    l->n++;
}

double latency_quantile(const latency *l, double p)
{
    const int64_t rank = (int64_t)ceil(p * (double)l->n);
    int64_t n = 0;
    for (int k = 0; k < LATENCY_BUCKETS && l->n > 0; k++) {
        n += l->count[k];
        if (n >= rank && n > 0)
            return 1e-9 * value_of(k);
    }
    return NAN;
}

latency_summary latency_of(const latency *l)
{
    return (latency_summary){l->n, latency_quantile(l, 0.5), latency_quantile(l, 0.99)};
}

void latency_text(char text[24], double s)
{
    static const struct {
        double of_s;
        const char *unit;
    } scale[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    int k = 0;
    while (k < 3 && s < scale[k].of_s)
        k++;
    if (isnan(s))
        snprintf(text, 24, "-");
    else
        snprintf(text, 24, "%.3g %s", s / scale[k].of_s, scale[k].unit);
}
