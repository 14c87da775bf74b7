/* fairness.h - what metrics ask about tenants; NAN where there are none. */
#ifndef POISE_FAIRNESS_H
#define POISE_FAIRNESS_H

#include "device.h"

/* Sum of what all tenants are entitled to. */
double fairness_shares(const poise_scenario *s);
/* Jain's index of what tenants held for their shares: (sum x)^2 / (n sum x^2) (R. Jain, D. Chiu,
 * W. Hawe, DEC TR-301, 1984). */
double fairness_jain(const poise_episode *ep);
/* Of the tenant that fares worst: its mean response over that with its part of the cluster to
 * itself, taken as least service over the part (K. Mahajan et al., Themis, NSDI 2020). */
double fairness_finish_time_max(const poise_episode *ep);
double fairness_response_max_s(const poise_episode *ep);
/* The largest part of all devices (cores) that a tenant held on average. */
double fairness_dominant_share_max(const poise_episode *ep, double span_s);

#endif
