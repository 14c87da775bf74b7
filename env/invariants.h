/* invariants.h - what holds on every run, asserted in debug builds: counted once more, in the
 * simplest way, beside what the simulator counts. Nothing of it is there with NDEBUG. */
#ifndef POISE_INVARIANTS_H
#define POISE_INVARIANTS_H

#include "state.h"

#ifdef NDEBUG

static inline void invariants_reset(poise_env *e)
{
    (void)e;
}

static inline void invariants_pass(poise_env *e, int64_t dt_ns)
{
    (void)e, (void)dt_ns;
}

static inline void invariants_enter(poise_env *e)
{
    (void)e;
}

static inline void invariants_leave(poise_env *e)
{
    (void)e;
}

static inline void invariants_work(poise_env *e, int slot, poise_fate fate)
{
    (void)e, (void)slot, (void)fate;
}

static inline void invariants_serve(poise_env *e, double work)
{
    (void)e, (void)work;
}

static inline void invariants_end(const poise_env *e)
{
    (void)e;
}

#else

/* At the start of an episode. */
void invariants_reset(poise_env *e);
/* dt_ns are about to pass, in which nothing changes. */
void invariants_pass(poise_env *e, int64_t dt_ns);
/* A task enters the system. */
void invariants_enter(poise_env *e);
/* A task leaves it. */
void invariants_leave(poise_env *e);
/* It had a slot, and a run. */
void invariants_work(poise_env *e, int slot, poise_fate fate);
/* Work units are done. */
void invariants_serve(poise_env *e, double work);
/* The episode has ended. */
void invariants_end(const poise_env *e);

#endif
#endif
