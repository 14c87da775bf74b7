/* compete.h - what the loop tells the accounts of tenants. */
#ifndef POISE_COMPETE_H
#define POISE_COMPETE_H

#include "run.h"

void compete_reset(poise_env *e);
/* A task of the tenant enters (sign 1) or leaves (-1) the system. */
void compete_weigh(poise_env *e, const task *t, int sign);
/* What became of a task of the tenant that has left. */
void compete_depart(poise_env *e, const task *t, poise_fate fate, bool late, double quality);
/* Jain's index of what tenants with tasks in the system hold of what they are entitled to; 1 where
 * at most one has any. */
double compete_jain(const poise_env *e);
/* The integral over time of 1 - Jain's index, up to now, for the reward. */
double compete_unfairness_s(poise_env *e);
/* Before anything changes that the index depends on. */
void compete_settle(poise_env *e);

#endif
