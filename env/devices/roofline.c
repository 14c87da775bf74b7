/* roofline.c - a device that computes F FLOP/s and moves B bytes/s: a task alone takes, per unit of
 * work, max(FLOPs / F, bytes / B) seconds (S. Williams, A. Waterman, D. Patterson: Roofline, CACM
 * 52(4), 2009). Several tasks at once share both fairly: all run at the same part of their full
 * speed until F or B is used up; then those that need it are held there, and the others go on. So
 * compute-bound and memory-bound work run well side by side. */
#include <math.h>

#include "device.h"

static int cores(const scenario_group *g)
{
    return g->params.room;
}

static bool could_run(const scenario_group *g, const demand *d)
{
    return d->memory_bytes <= g->memory_bytes;
}

static bool fits(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    return dev->cores_free > 0 && d->memory_bytes <= dev->memory_free_bytes;
}

static bool queues(const scenario_group *g, const device *dev)
{
    (void)g, (void)dev;
    return false;
}

static int places(const scenario_group *g, const device *dev, const demand *d)
{
    (void)g;
    if (d->memory_bytes == 0 || dev->memory_free_bytes / d->memory_bytes >= dev->cores_free)
        return dev->cores_free;
    return (int)(dev->memory_free_bytes / d->memory_bytes);
}

static double speed(const scenario_group *g, const scenario_class *c)
{
    double computing = c->flop / g->params.flop_per_s, moving = c->byte / g->params.byte_per_s;
    double s = computing > moving ? computing : moving;
    return s > 0 ? 1 / s : 0;
}

/* Of a resource at full speed of all tasks that are not held yet. */
static double demanded(int n, const guest *who, const double *factor, const bool *held, bool byte)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double rate = who[i].speed * (byte ? who[i].byte : who[i].flop);
        if (!held[i])
            sum += rate;
    }
    (void)factor;
    return sum;
}

enum { MOST_ROOM = 1024 };

static void factors(const scenario_group *g, int n, const guest *who, double *factor)
{
    bool held[MOST_ROOM] = {false};
    double left[2] = {g->params.flop_per_s, g->params.byte_per_s};
    for (int round = 0; round < 3; round++) {
        double flop = demanded(n, who, factor, held, false);
        double byte = demanded(n, who, factor, held, true);
        double level = 1;
        if (flop * level > left[0])
            level = left[0] / flop;
        if (byte * level > left[1])
            level = left[1] / byte;
        bool by_flop = flop * level >= left[0] * (1 - 1e-12);
        bool by_byte = byte * level >= left[1] * (1 - 1e-12);
        for (int i = 0; i < n; i++) {
            if (held[i])
                continue;
            factor[i] = level;
            held[i] = level == 1 || (by_flop && who[i].flop > 0) || (by_byte && who[i].byte > 0);
            if (held[i]) {
                left[0] -= level * who[i].speed * who[i].flop;
                left[1] -= level * who[i].speed * who[i].byte;
            }
        }
        left[0] = left[0] > 0 ? left[0] : 0;
        left[1] = left[1] > 0 ? left[1] : 0;
    }
}

/* FLOP/s, bytes/s, and places for tasks that run alone as fast as they can. */
static void loads(const scenario_group *g, const scenario_class *c, const scenario_mode *m,
                  double *load)
{
    load[0] = c->flop / g->params.flop_per_s;
    load[1] = c->byte / g->params.byte_per_s;
    load[2] = m->devices / (m->speed * g->params.room);
}

static const poise_option options[] = {
    {"flops", POISE_QUANTITY, offsetof(law_params, flop_per_s), POISE_REQUIRED, 1e-9, 1e30,
     "FLOP/s", "operations per second that a device computes at best", NULL},
    {"bandwidth", POISE_QUANTITY, offsetof(law_params, byte_per_s), POISE_REQUIRED, 1e-9, 1e30,
     "B/s", "bytes per second between its memory and its cores", NULL},
    {"room", POISE_INT, offsetof(law_params, room), 1, 1, MOST_ROOM, "", "most tasks at once",
     NULL},
    {0},
};

const device_law device_roofline = {
    .name = "roofline",
    .about = "max(FLOPs / F, bytes / B) seconds per unit of work; tasks side by side share both",
    .options = options,
    .could_run = could_run,
    .fits = fits,
    .queues = queues,
    .places = places,
    .cores = cores,
    .whole = true,
    .speed = speed,
    .factors = factors,
    .loads = loads,
};
