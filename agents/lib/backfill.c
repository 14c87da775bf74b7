/* backfill.c - see backfill.h. */
#include "backfill.h"

#include <string.h>

#include "error.h"
#include "scenario.h"

extern const poise_agent_type agent_fifo;

static bool is_way(int backfill, const char *way)
{
    return backfill == (strcmp(way, "easy") == 0 ? BACKFILL_EASY : BACKFILL_CONSERVATIVE);
}

bool backfill_suits(const poise_space *space, const char *way, poise_error *err)
{
    const scenario_decision *d = &space->scenario->decision;
    const char *name = poise_scenario_name(space->scenario);
    if (d->commit != COMMIT_NONE && is_way(d->backfill, way))
        return true;
    if (d->mode == MODE_SHARE)
        error_add(err, "agent %s: the tasks of %s run all at once, none is booked", way, name);
    else if (d->preempt || d->migrate || d->rescale || d->suspend || d->ahead)
        error_add(err,
                  "agent %s: the tasks of %s may be displaced, moved or sent ahead, so none can be "
                  "promised a start",
                  way, name);
    else
        error_add(err,
                  "agent %s: %s does not backfill in this way; --set decision.commit=pass --set "
                  "decision.backfill=%s",
                  way, name, way);
    return false;
}

int backfill_choose(void *state, const poise_view *v)
{
    return agent_fifo.choose(state, v);
}

void backfill_attend(void *state, const poise_view *v, double *attention)
{
    agent_fifo.attend(state, v, attention);
}
