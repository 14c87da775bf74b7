/* floor.c - the floors themselves: plain loops. */
#include "floor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- with an observation ------------------------------------------------------------------ */

enum { FLOOR_QUEUE = 32 };  // more than earliest finish ever lets queue at this load

struct floor_world {
    floor_stream stream;
    int k, in_system;  // next of the stream
    double now, gap_mean;
    double next_done[FLOOR_DEVICES], free_at[FLOOR_DEVICES];
    double done[FLOOR_DEVICES][FLOOR_QUEUE];
    int first[FLOOR_DEVICES], n[FLOOR_DEVICES];
};

floor_world *floor_worlds(double load, int n)
{
    floor_world *w = calloc((size_t)n, sizeof *w);
    for (int i = 0; w && i < n; i++) {
        w[i].stream.seed = (uint64_t)i;
        w[i].gap_mean = 1 / (load * floor_dispatch_capacity());
        for (int d = 0; d < FLOOR_DEVICES; d++)
            w[i].next_done[d] = INFINITY;
        draw(&w[i].stream, w[i].gap_mean);
    }
    return w;
}

/* The numbers of `task`, `group`, `globals` and the mask, as `poise show --observation` says. */
static void observe(const floor_world *w, float *obs)
{
    const float per_typical = (float)speed_of(FLOOR_DEVICES - 1),
                size = (float)w->stream.size[w->k];
    float *service = obs + 4, *group = obs + FLOOR_TASK;
    int idle = 0;
    obs[0] = 1;
    obs[1] = obs[2] = 0;
    for (int d = 0; d < FLOOR_DEVICES; d++) {
        float x = size * per_typical / (float)speed_of(d);
        service[d] = x / (1 + x);
    }
    obs[3] = service[FLOOR_DEVICES - 1];
    for (int d = 0; d < FLOOR_DEVICES; d++, group += FLOOR_GROUP) {
        float queued = (float)(w->n[d] > 1 ? w->n[d] - 1 : 0);
        double left = w->free_at[d] - w->now;
        float backlog = (float)(left > 0 ? left : 0) * per_typical;
        idle += w->n[d] == 0;
        group[0] = w->n[d] == 0;
        group[1] = queued / (1 + queued);
        group[2] = backlog / (1 + backlog);
        group[3] = backlog / (16 + backlog);
        group[4] = (float)speed_of(d) / per_typical;
    }
    float tasks = (float)w->in_system / FLOOR_DEVICES, waiting = 1.f / FLOOR_DEVICES;
    const float globals[FLOOR_GLOBALS] = {tasks / (1 + tasks),
                                          tasks / (16 + tasks),
                                          waiting / (1 + waiting),
                                          waiting / (16 + waiting),
                                          0,
                                          0,
                                          0,
                                          (float)idle / FLOOR_DEVICES};
    memcpy(group, globals, sizeof globals);
    for (int c = 0; c < FLOOR_CELLS; c++)
        group[FLOOR_GLOBALS + c] = c < FLOOR_DEVICES;
}

static void join(floor_world *w, int d)
{
    double begin = w->free_at[d] > w->now ? w->free_at[d] : w->now;
    double done = begin + w->stream.size[w->k] / speed_of(d);
    w->free_at[d] = done;
    w->done[d][(w->first[d] + w->n[d]) % FLOOR_QUEUE] = done;
    if (w->n[d]++ == 0)
        w->next_done[d] = done;
    w->in_system++;
}

static void leave(floor_world *w, int d)
{
    w->first[d] = (w->first[d] + 1) % FLOOR_QUEUE;
    w->next_done[d] = --w->n[d] > 0 ? w->done[d][w->first[d]] : INFINITY;
    w->in_system--;
}

void floor_step(floor_world *worlds, int i, int device, float *obs, unsigned char *mask,
                float *reward)
{
    floor_world *w = &worlds[i];
    double area = 0;
    join(w, device);
    const double arrival = w->now + w->stream.gap[w->k];
    for (;;) {
        int first = 0;
        for (int d = 1; d < FLOOR_DEVICES; d++)
            first = w->next_done[d] < w->next_done[first] ? d : first;
        double next = arrival < w->next_done[first] ? arrival : w->next_done[first];
        area += w->in_system * (next - w->now);
        w->now = next;
        if (next == arrival)
            break;
        leave(w, first);
    }
    if (++w->k == FLOOR_AHEAD) {
        draw(&w->stream, w->gap_mean);
        w->k = 0;
    }
    w->in_system++;
    observe(w, obs);
    w->in_system--;
    memset(mask, 1, FLOOR_DEVICES);
    mask[FLOOR_DEVICES] = 0;
    *reward = (float)-area;
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

/* ---- multiply-adds ------------------------------------------------------------------------- */

/* Enough sums to hide the latency of all of them. They begin different: the compiler must not see
 * that they are one. */
enum { SUMS = 12 };

static float fma_plain(double flop)
{
    float sum[SUMS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, total = 0;
    const long n = (long)(flop / (2 * SUMS));
    for (long i = 0; i < n; i++)
        for (int j = 0; j < SUMS; j++)
            sum[j] = fmaf(sum[j], .5f, 1);
    for (int j = 0; j < SUMS; j++)
        total += sum[j];
    return total;
}

#ifdef __x86_64__
#include <immintrin.h>

/* Written out: a loop over an array of sums might keep them in memory. */
#define TWELVE(step)                                                                               \
    step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9) step(10)       \
        step(11)

__attribute__((target("avx512f"))) static float fma_avx512(double flop)
{
    const __m512 half = _mm512_set1_ps(.5f), one = _mm512_set1_ps(1);
    const long n = (long)(flop / (2 * SUMS * 16));
#define BORN(j) __m512 sum##j = _mm512_set1_ps(j);
#define STEP(j) sum##j = _mm512_fmadd_ps(sum##j, half, one);
#define TOTAL(j) total = _mm512_add_ps(total, sum##j);
    __m512 total = one;
    TWELVE(BORN)
    for (long i = 0; i < n; i++) {
        TWELVE(STEP)
    }
    TWELVE(TOTAL)
    return _mm512_cvtss_f32(total);
#undef BORN
#undef STEP
#undef TOTAL
}

__attribute__((target("avx2,fma"))) static float fma_avx2(double flop)
{
    const __m256 half = _mm256_set1_ps(.5f), one = _mm256_set1_ps(1);
    const long n = (long)(flop / (2 * SUMS * 8));
#define BORN(j) __m256 sum##j = _mm256_set1_ps(j);
#define STEP(j) sum##j = _mm256_fmadd_ps(sum##j, half, one);
#define TOTAL(j) total = _mm256_add_ps(total, sum##j);
    __m256 total = one;
    TWELVE(BORN)
    for (long i = 0; i < n; i++) {
        TWELVE(STEP)
    }
    TWELVE(TOTAL)
    return _mm256_cvtss_f32(total);
#undef BORN
#undef STEP
#undef TOTAL
}

float floor_fma(double flop)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return fma_avx512(flop);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return fma_avx2(flop);
    return fma_plain(flop);
}

#else

float floor_fma(double flop)
{
    return fma_plain(flop);
}

#endif
