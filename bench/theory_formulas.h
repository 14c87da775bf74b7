/* theory_formulas.h - answers known exactly, each computed from its formula. All take their
 * parameters as an array p, so that a table can name a formula and its parameters: rates are per
 * second, l is an arrival rate, m a service rate; what is not finite does not exist. */
#ifndef THEORY_FORMULAS_H
#define THEORY_FORMULAS_H

typedef double theory_formula(const double *p);

/* p[0]: a value that was found by enumeration or by hand, as its case says. */
theory_formula given;

/* M/M/1 (any textbook, e.g. Harchol-Balter, Performance Modeling, 2013, ch. 13): p = {l, m}. */
theory_formula mm1_number, mm1_queue, mm1_response, mm1_wait, mm1_idle, mm1_number_variance,
    mm1_response_variance;
/* {l, m, q}: the q-quantile. */
theory_formula mm1_response_quantile, mm1_wait_quantile;
/* {l, m, t}, empty at 0: mean number at t, and its mean over [0, t]; by uniformisation (Grassmann,
 * European J. of Operational Research 1 (1977)). */
theory_formula mm1_number_at, mm1_number_until;
/* {l, m, idle, busy}: mean power, and energy per job. */
theory_formula mm1_power, mm1_energy_per_job;
/* {l, m, K}, at most K in the system: part of the arrivals that is lost, mean number. */
theory_formula mm1k_lost, mm1k_number;
/* {l, K, reward}, m = 1: reward of each job served less the mean number (Naor, Econometrica 37
 * (1969)). */
theory_formula naor_gain;

/* M/M/c, {l, m, c}: Erlang's C formula, and what follows of it. */
theory_formula mmc_must_wait, mmc_queue, mmc_wait, mmc_response, mmc_number;
/* {l, m, c, x}: P(wait > x); {l, m, c, q}: quantile of the wait. */
theory_formula mmc_wait_above, mmc_wait_quantile;
/* M/G/c/c, {a, c}: Erlang's B formula, and the traffic carried. */
theory_formula erlang_b, erlang_carried;

/* M/G/1 by Pollaczek and Khinchine: {l, mean, squared coefficient of variation}; Pareto {l, mean,
 * alpha} with alpha > 2. */
theory_formula mg1_wait, mg1_response, mg1_number, mg1_wait_pareto;
/* M/D/1 with service 1: {l, k}: P(k in the system); {l, x}: P(wait <= x) (Crommelin, Post Office
 * Electrical Engineers J. 25 (1932)); {l, q}: quantile of the wait. */
theory_formula md1_number_is, md1_wait_within, md1_wait_quantile;
/* MX/M/1 with m = 1, {rho, E[X^2] / E[X]}: mean number (Gross and Harris, Fundamentals of Queueing
 * Theory, 3.1). */
theory_formula mxm1_number;
/* Two classes with exponential service, the first before the second: {l1, s1, l2, s2, class}, s the
 * mean service. Waits without interruption (Cobham, Operations Research 2 (1954)), responses with
 * (preemptive-resume), and the sum of rho_i Wq_i of all orders that do not interrupt. */
theory_formula cobham_wait, preemptive_response, conserved_wait;
/* {l1, s1, c1, l2, s2, c2}: mean holding cost under preemptive priority, the first class first. */
theory_formula cmu_cost;
/* M/G/1, processor sharing, mean service 1: {rho}; response of all, and response over size. */
theory_formula ps_response;
/* M/M/1 under shortest remaining processing time, {l}, m = 1 (Schrage and Miller, Operations
 * Research 14 (1966)). */
theory_formula srpt_response;
/* M/G/infinity, {a}, {a, k}: the number is Poisson. {l, s, t}: mean number at t, empty at 0, with
 * exponential service of mean s. {s, q}: quantile of exponential service. */
theory_formula poisson_mean, poisson_is, poisson_within, mminf_number_at, exponential_quantile;

/* Two servers that do not exchange jobs, {l, m1, m2, th}: mean number where the slow one gets a job
 * only when more than th are at the fast one and in the queue. By the balance equations. */
theory_formula slow_server_number;
/* Infinitely many servers, {rho, d}: response of the shortest of d queues (Mitzenmacher, IEEE TPDS
 * 12 (2001); Vvedenskaya, Dobrushin and Karpelevich 1996). */
theory_formula power_of_d_response;
/* Join the shortest of n = 2 or 3 queues with m = 1, {n, l}: by the balance equations. */
theory_formula jsq_number, jsq_response;
/* Every second job to either of two servers with m = 1, {l}: E2/M/1. */
theory_formula round_robin_response;

/* {time to failure, time to repair}: part of the time in which a device is up, and with exponential
 * times {.., .., t} whether it is up at t, up at 0, and the mean of that over [0, t]; {.., .., k,
 * n}: part of the time in which k of n are up (Barlow and Proschan, Mathematical Theory of
 * Reliability, 1965). */
theory_formula availability, availability_at, availability_until, k_of_n_available;
/* M/M/1 with mean service s, whose server breaks at rate f while it works; exponential repairs of
 * mean r, {l, s, f, r} (Avi-Itzhak and Naor, Operations Research 11 (1963)). */
theory_formula mg1_breaks_wait, mg1_breaks_number;

/* Machine repair, {machines, failure rate, repair rate, repairers}: mean number down, mean time
 * down, repairs per second, part of the time in which nobody repairs. */
theory_formula repair_down, repair_time, repair_rate, repair_idle;
/* {l, m1, m2}: two M/M/1 queues in a row (Jackson, Operations Research 5 (1957)). */
theory_formula tandem_response;
/* {l1, l2, l3, C}: mean response of three M/M/1 queues that divide speed C by Kleinrock's square
 * roots (Queueing Systems II, 1976). */
theory_formula split_response;
/* Station A sends jobs on to B with probability q, B all back to A: {l, mA, mB, q}; numbers there
 * and response (Jackson). */
theory_formula feedback_number_a, feedback_number_b, feedback_response;
/* The criss-cross network, {l, m1, m2}: classes 1 and 3 arrive at rate l each at server 1 with rate
 * m1, class 1 goes on to server 2 with rate m2. Mean number where server 1 interrupts and prefers
 * class 1; class 3; the one with more jobs, class 1 among equals; class 1 if server 2 is empty. */
theory_formula crisscross_first, crisscross_third, crisscross_max_weight, crisscross_feed;
/* The N-model, {l1, l2, m, c}: class 1 at server 1, class 2 at server 2, both with rate 1, server 1
 * also takes class 2 with rate m. Mean number, c for each of class 2, where server 1 takes class 2
 * if c m times its number is more than that of class 1. */
theory_formula nmodel_max_weight;

#endif
