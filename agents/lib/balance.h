/* balance.h - the mathematics of the attention allocator, without an environment: what tasks are
 * paid by attention, how that multiplies what they hold, and what is learnt from seeing what came
 * of it.
 *
 * Tasks and the device that they share are tokens x (n + 1, BALANCE_FEATURES). Each asks with
 * q = x Wq and tasks answer with k = x Wk; A = softmax(q k^T / sqrt(d_k)) over the tasks (Vaswani
 * et al., NIPS 2017), and what a task receives is a_j = 1/2 A_device,j + 1/2 mean_i A_ij, meant
 * over heads. Resources r, whose sum is 1, are multiplied by it and renormalised, r_j a_j / sum_k
 * r_k a_k: multiplicative weights, of which a small part is dealt out evenly so that nobody's is
 * lost (fixed share; Herbster and Warmuth, Machine Learning 32, 1998). */
#ifndef POISE_BALANCE_H
#define POISE_BALANCE_H

#include "agent.h"

enum { BALANCE_FEATURES = 4, BALANCE_KEYS = 2, BALANCE_MOST_HEADS = 8 };

/* What a token shows. A task: 1; urgency, log(weight / seconds of work left), 0 for the most urgent
 * and less for others; lag, how far it is from that, 0 .. 1; log(1 + age / typical service). A
 * device: 1; 0; contention, the part of what is asked for that it does not have, 0 .. 1; 0. */
enum { BALANCE_ONE, BALANCE_URGENCY, BALANCE_PRESSURE, BALANCE_AGE };

typedef struct balance {
    int heads;           // each half as sharp as the one before
    int top;             // keys that count, the best by the mean query; 0: all
    int rank;            // queries that count, means of like ones; 0: all
    double sharpness;    // of the first head: attention is (weight / work)^sharpness
    double yield;        // how much sharper those under pressure ask
    double patience;     // the same power of age
    int n;               // tasks
    double *token;       // (n + 1, BALANCE_FEATURES) the device last
    double *received;    // (n) filled: a, whose sum is 1
    int64_t operations;  // multiplications with addition, exponentials and comparisons so far

    int most;             // tasks that there is room for
    double *query, *key;  // (n + 1, BALANCE_KEYS), (n, BALANCE_KEYS)
    double *mean, *say;   // (rank or n + 1, BALANCE_KEYS), what each of these counts
    double *score;        // (n) a row
    int *chosen;          // (n) keys that count
} balance;

/* Room for so many tasks; the settings are the caller's to fill. false without memory. */
bool balance_init(balance *b, int most);
void balance_free(balance *b);

/* Fills received from token. */
void balance_attend(balance *b);

/* r_j a_j / sum, of which the part `mix` is dealt out evenly: the sum of resource (n) stays what it
 * is. */
void balance_multiply(int n, double *resource, const double *received, double mix);
/* Makes the sum `total`; where nobody has anything, all get the same. */
void balance_renormalise(int n, double *resource, double total);

/* What weights give: part_i = w_i c_i / sum_j w_j c_j where total is 0, else w_i c_i / total. */
void balance_parts(int n, const double *weight, const double *cap, double total, double *part);

/* What was predicted against what was observed: error_i = |y_i - y*_i|, and trust_i =
 * (1 - error_i) / max_j error_j, 1 where all errors are 0. */
void balance_trust(int n, const double *predicted, const double *observed, double *error,
                   double *trust);

/* A step down the slope of 1/2 (y_i - y*_i)^2 in w_i, for those whose trust is below the threshold:
 * w_i - rate (y_i - y*_i) slope_i, clipped to 0 .. 1; slope_i is dy_i / dw_i. How many it took. */
int balance_adjust(int n, double *weight, const double *predicted, const double *observed,
                   const double *slope, const double *trust, double threshold, double rate);

#endif
