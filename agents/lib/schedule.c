/* schedule.c - see schedule.h. */
#include "lib/schedule.h"

#include "det.h"

#include <stddef.h>

const char *const schedule_names[] = {"constant", "linear", "cosine", NULL};

double schedule_at(const schedule *s, double done)
{
    if (done < s->warm_up)
        return done / s->warm_up;
    if (s->kind == SCHEDULE_CONSTANT)
        return 1;
    double gone = done < 1 ? (done - s->warm_up) / (1 - s->warm_up) : 1;
    double left = s->kind == SCHEDULE_LINEAR ? 1 - gone : (1 + det_cos_turns(gone / 2)) / 2;
    return s->last + (1 - s->last) * left;
}
