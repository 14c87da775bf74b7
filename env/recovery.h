/* recovery.h - how long the system takes, once the world has changed, to be back to what it was.
 *
 * The measured time before the change is cut into RECOVERY_WINDOWS windows of equal length; so is
 * all time after it. The band is what tasks in the system, averaged over a window, come to before:
 * up to their mean plus RECOVERY_DEVIATIONS standard deviations (Shewhart's limits of control,
 * 1931). The system has recovered with the last window above it. A system that never leaves the
 * band takes 0 s; one that is above it in its last window has not recovered: then it is the time up
 * to the end, which is the least that it can be (a restricted mean over runs: P. Royston, M.
 * Parmar, BMC Medical Research Methodology 13, 2013). */
#ifndef POISE_RECOVERY_H
#define POISE_RECOVERY_H

#include "state.h"

enum { RECOVERY_WINDOWS = 20, RECOVERY_DEVIATIONS = 3 };

/* Measuring begins. */
void recovery_begin(poise_env *e);
/* Before time goes to `to`, where a window ends on the way. */
void recovery_pass(poise_env *e, int64_t to);
/* Seconds from the change; NAN if there was none in the measured time, or no window after it. */
double recovery_s(const poise_env *e);
/* 1 if the last window is not above the band, 0 if it is, -1 where recovery_s is NAN. */
int recovery_is_done(const poise_env *e);

#endif
