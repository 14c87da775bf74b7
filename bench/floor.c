/* floor.c - the floors themselves: plain loops. */
#include "floor.h"

#include <math.h>

#include "rng.h"

/* Gaps of mean gap_mean and sizes of mean 1 for the next customers. */
static void draw(floor_stream *f, double gap_mean)
{
    rng_uniforms(f->seed, POISE_FOR_JOB, 0, f->drawn, FLOOR_AHEAD, 0, f->gap, f->size);
    rng_exponentials(f->gap, FLOOR_AHEAD, gap_mean);
    rng_exponentials(f->size, FLOOR_AHEAD, 1);
    f->drawn += FLOOR_AHEAD;
}

double floor_mm1(floor_stream *f, double load, int n)
{
    double queue[FLOOR_RING];  // sizes of those in the system
    double area = 0, now = 0, arrival = 0, departure = INFINITY;
    int in_system = 0, served = 0, arrived = 0, k = FLOOR_AHEAD;
    while (served < n) {
        double next = arrival < departure ? arrival : departure;
        area += in_system * (next - now);
        now = next;
        if (arrival < departure) {
            if (k == FLOOR_AHEAD) {
                draw(f, 1 / load);
                k = 0;
            }
            queue[arrived++ % FLOOR_RING] = f->size[k];
            if (in_system++ == 0)
                departure = now + f->size[k];
            arrival = now + f->gap[k++];
        } else {
            served++;
            departure = --in_system > 0 ? now + queue[served % FLOOR_RING] : INFINITY;
        }
    }
    return area / n;
}

/* A server's queue as the times at which its customers will be done. */
typedef struct server {
    double done[FLOOR_RING];
    int first, n;
} server;

static double speed_of(int device)
{
    return 1 + 0.25 * device;
}

double floor_dispatch_capacity(void)
{
    double sum = 0;
    for (int d = 0; d < FLOOR_DEVICES; d++)
        sum += speed_of(d);
    return sum;
}

double floor_dispatch(floor_stream *f, double load, int n)
{
    static _Thread_local server s[FLOOR_DEVICES];
    double next_done[FLOOR_DEVICES], free_at[FLOOR_DEVICES] = {0}, pace[FLOOR_DEVICES];
    for (int d = 0; d < FLOOR_DEVICES; d++) {
        s[d].first = s[d].n = 0;
        next_done[d] = INFINITY;
        pace[d] = 1 / speed_of(d);
    }
    double gap_mean = 1 / (load * floor_dispatch_capacity()), arrival = 0, area = 0, now = 0;
    int k = FLOOR_AHEAD, in_system = 0, served = 0;
    while (served < n) {
        int first = 0;
        for (int d = 1; d < FLOOR_DEVICES; d++)
            first = next_done[d] < next_done[first] ? d : first;
        double next = arrival < next_done[first] ? arrival : next_done[first];
        area += in_system * (next - now);
        now = next;
        if (next < arrival) {
            server *q = &s[first];
            q->first = (q->first + 1) % FLOOR_RING;
            next_done[first] = --q->n > 0 ? q->done[q->first] : INFINITY;
            in_system--;
            served++;
            continue;
        }
        if (k == FLOOR_AHEAD) {
            draw(f, gap_mean);
            k = 0;
        }
        int best = 0;
        double best_done = INFINITY;
        for (int d = 0; d < FLOOR_DEVICES; d++) {
            double done = (free_at[d] > now ? free_at[d] : now) + f->size[k] * pace[d];
            best = done < best_done ? d : best;
            best_done = done < best_done ? done : best_done;
        }
        server *q = &s[best];
        free_at[best] = best_done;
        q->done[(q->first + q->n) % FLOOR_RING] = best_done;
        if (q->n++ == 0)
            next_done[best] = best_done;
        in_system++;
        arrival = now + f->gap[k++];
    }
    return area / n;
}

int64_t floor_swf(const char *text, size_t n_bytes)
{
    const char *at = text, *end = text + n_bytes;
    int64_t sum = 0;
    while (at < end) {
        int field = 0;
        bool comment = *at == ';';
        while (at < end && *at != '\n') {
            if (comment || *at == ' ') {
                at++;
                continue;
            }
            int sign = *at == '-' ? (at++, -1) : 1;
            int64_t value = 0;
            while (at < end && (unsigned)(*at - '0') < 10)
                value = value * 10 + (*at++ - '0');
            while (at < end && *at != ' ' && *at != '\n')
                at++;
            sum += ++field == 4 ? sign * value : 0;
        }
        at++;
    }
    return sum;
}
