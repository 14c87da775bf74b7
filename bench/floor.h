/* floor.h - floors: the least code that does just one job, to measure the simulator against. They
 * draw from the same random streams, and know nothing but their one model. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <stdint.h>

enum { FLOOR_AHEAD = 32, FLOOR_DEVICES = 16, FLOOR_RING = 256 };

/* Random numbers drawn a few ahead, as the simulator's sources do. */
typedef struct floor_stream {
    uint64_t seed;
    uint32_t drawn;
    double gap[FLOOR_AHEAD], size[FLOOR_AHEAD];
} floor_stream;

/* M/M/1, first come first served, with two time variables and no event list. Returns the mean
 * response time of n customers. load < 1, mean service 1. */
double floor_mm1(floor_stream *f, double load, int n);

/* Poisson arrivals to 16 servers of speeds 1, 1.25, 1.5 ... with their own queues, each customer
 * sent where it will be done first; completions are events, found by a scan. Returns the mean
 * response time of n customers. */
double floor_dispatch(floor_stream *f, double load, int n);
/* The sum of those speeds. */
double floor_dispatch_capacity(void);

/* The same servers, stepped from arrival to arrival by whoever decides, with what a learner needs
 * at each: the observation of that scenario as poise_observe lays it out, the mask and the reward.
 */
enum { FLOOR_TASK = 4 + FLOOR_DEVICES, FLOOR_GROUP = 5, FLOOR_GLOBALS = 8 };
enum { FLOOR_CELLS = FLOOR_DEVICES + 1 };
enum { FLOOR_FLOATS = FLOOR_TASK + FLOOR_DEVICES * FLOOR_GROUP + FLOOR_GLOBALS + FLOOR_CELLS };
typedef struct floor_world floor_world;
/* n of them, malloc'd as one; NULL if there is no memory. */
floor_world *floor_worlds(double load, int n);
/* Sends the customer of world i who has arrived to the device; writes what follows for the next. */
void floor_step(floor_world *worlds, int i, int device, float *obs, unsigned char *mask,
                float *reward);

/* So many floating-point operations in multiply-adds of single precision that need nothing but
 * registers, with the widest vectors that the CPU has: what matrix products take at least. */
float floor_fma(double flop);

/* Reads whitespace-separated integers of a buffer, skipping lines that begin with ';': the sum of
 * field 4 over all lines (what any reader of the Standard Workload Format does at least). */
int64_t floor_swf(const char *text, size_t n_bytes);

#endif
