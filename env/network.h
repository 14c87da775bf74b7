/* network.h - bytes on their way: a fluid model of flows over pipes. A pipe is one direction of a
 * link. A flow goes over one pipe or several: nothing moves during the latency of its way, then
 * bytes move at a rate that what else is on its pipes decides:
 *
 *   fair   max-min over flows, by progressive filling: all rates rise together until a pipe is full
 *          or a flow has all it can use; those stay, the others rise on (D. Bertsekas, R. Gallager,
 *          Data Networks, 2nd ed. 1992, 6.5.2)
 *   fifo   one flow after the other, in the order in which their latencies end, then as they began
 *   none   each has all of it
 *
 * Rates change only when flows begin to move, end or are limited anew; between two changes of its
 * rate, a flow keeps what was left at the first one, so that undisturbed it takes its latency and
 * bytes / bandwidth, rounded up to a nanosecond once. Nothing depends on where a flow is kept.
 *
 * The arrays lie in one block of the caller's. Times are nanoseconds; `now` never goes back, and
 * stays until network_next_ns has been asked, after changes. */
#ifndef POISE_NETWORK_H
#define POISE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_FAIR, LINK_FIFO, LINK_NONE };

typedef struct network_pipe {
    double byte_per_s;  // > 0
    int sharing;
} network_pipe;

enum { NETWORK_MOST_PIPES = 3 };

/* From one device to another. Without pipes nothing has to be moved. */
typedef struct network_way {
    int n_pipes;
    int pipe[NETWORK_MOST_PIPES];  // different ones
    int64_t latency_ns;
} network_way;

/* Times from here on never come. */
#define NETWORK_NEVER INT64_MAX
/* What a flow needs more time for than the clock has. */
#define NETWORK_BEYOND (NETWORK_NEVER - 1)

typedef struct flow {
    int64_t tag;  // the caller's
    network_way way;
    double bytes;  // all of it; INFINITY: it goes on until it is removed
    double left;   // as of since_ns
    double gone;   // of one that goes on, as of since_ns
    double most;   // bytes per second it can use, by itself and by its pipes
    double rate;   // bytes per second; before it is found: -1
    double was;    // the rate before
    int64_t from_ns, since_ns, end_ns;
    uint64_t number;  // in order of beginning
    int next, prev;   // in order of from_ns, then number; next also in the list of free ones
    int n_changes;    // of its rate
    bool moves;       // its latency is over
    bool capped;      // while it shares a pipe: it may be unable to use its part
    int next_capped;  // room: of those that rise
    int next_on[NETWORK_MOST_PIPES];  // room: of those that rise on its pipes
} flow;

/* What changes and is not an array. */
typedef struct network_tally {
    int n, first, last, free_first;
    bool stale;  // rates have to be found anew
    int64_t next_ns;
    uint64_t begun;
    double moved_bytes;  // by flows that have ended
} network_tally;

typedef struct network {
    int n_pipes, capacity;     // set by the caller before network_lay_out
    const network_pipe *pipe;  // (n_pipes) the caller's
    double *moved;             // (n_pipes) bytes, by flows that have ended
    double *used;              // (n_pipes) bytes per second in use
    double *free_byte;         // (n_pipes) room: bytes per second not given away yet
    int *n_on;                 // (n_pipes) room: flows that rise
    int *first_on;             // (n_pipes) room: the first of them
    int *rising;               // (n_pipes) room: pipes with such flows
    int *full;                 // (n_pipes) room: those that are full at a level
    int *head;                 // (n_pipes) room: the flow whose turn it is
    flow *flow;                // (capacity)
    network_tally t;
} network;

/* Bytes of the block for n_pipes and capacity; points the arrays into it unless block is NULL. */
size_t network_lay_out(network *n, void *block);
/* No flows. */
void network_reset(network *n);
/* Takes over all that `from`, with as many pipes and less capacity, holds. */
void network_take_over(network *n, const network *from);

/* There is no room for one more flow. */
static inline bool network_is_full(const network *n)
{
    return n->t.free_first < 0;
}

/* Begins to move bytes (>= 0) over a way with pipes; there must be room. Returns its number in
 * `flow`, which stays until it has come or is removed. */
int network_start(network *n, int64_t now, const network_way *way, double bytes, int64_t tag);
/* A flow that goes on, at most at this rate (bytes per second), without latency. On a fifo pipe it
 * does not take turns: it stands for many small messages. */
int network_hold(network *n, int64_t now, const network_way *way, double most, int64_t tag);
/* Such a flow can use another rate from now on. */
void network_limit(network *n, int id, double most);
void network_remove(network *n, int64_t now, int id);
/* The oldest flow with the tag, -1 if there is none. */
int network_find(const network *n, int64_t tag);

/* When network_pop has something to do next; NETWORK_NEVER, or NETWORK_BEYOND. */
int64_t network_next_ns(network *n, int64_t now);
/* Whether bytes have come that were not told of yet; *tag says which. To be called until it says
 * no: one by one, in the order in which their latencies ended, then as they began. */
bool network_pop(network *n, int64_t now, int64_t *tag);

/* Bytes per second that the flow has now. */
double network_rate(network *n, int64_t now, int id);
/* Part of the pipe's bandwidth in use, at most 1 (of `none`: by the flow that uses most). */
double network_used(network *n, int64_t now, int pipe);
/* Bytes moved up to now: by all flows, each counted once, or over one pipe. */
double network_moved(const network *n, int64_t now);
double network_moved_over(const network *n, int64_t now, int pipe);

#endif
