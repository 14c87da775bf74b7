/* monitor.h - what agents see of groups beside their tasks. Only for scenarios with has_runs. */
#ifndef POISE_MONITOR_H
#define POISE_MONITOR_H

#include "state.h"

/* Running averages, before dt_ns in which nothing changes pass. */
void monitor_pass(poise_env *e, int64_t dt_ns);
/* What is so now. */
void monitor_see(poise_env *e);

#endif
