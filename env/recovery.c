/* recovery.c - see recovery.h. Windows need no events: tasks in the system do not change between
 * two instants, so that their integral is known wherever a window ends. */
#include "recovery.h"

void recovery_begin(poise_env *e)
{
    recovery_state *r = &e->t.recovery;
    const int64_t before_ns = e->s->change_ns - e->t.now_ns;
    if (before_ns < RECOVERY_WINDOWS)
        return;
    r->length_ns = before_ns / RECOVERY_WINDOWS;
    r->next_ns = e->t.now_ns + r->length_ns;
    r->tasks_ns = e->t.tasks_ns;
}

/* A window before the change, by the updating formulae of Welford (Technometrics 4, 1962). */
static void count_before(recovery_state *r, double tasks)
{
    const double more = tasks - r->mean;
    r->mean += more / ++r->n_before;
    r->squares += more * (tasks - r->mean);
}

static void count_after(recovery_state *r, double tasks)
{
    const double limit = r->mean + RECOVERY_DEVIATIONS * sqrt(r->squares / (RECOVERY_WINDOWS - 1));
    r->n_after++;
    r->is_out = tasks > limit;
    if (r->is_out)
        r->back_ns = r->next_ns;
}

void recovery_pass(poise_env *e, int64_t to)
{
    recovery_state *r = &e->t.recovery;
    for (; to >= r->next_ns; r->next_ns += r->length_ns) {
        __int128 tasks_ns = e->t.tasks_ns;
        integrate(&tasks_ns, in_system(e), r->next_ns - e->t.now_ns);
        const double tasks = (double)(tasks_ns - r->tasks_ns) / (double)r->length_ns;
        if (r->n_before < RECOVERY_WINDOWS)
            count_before(r, tasks);
        else
            count_after(r, tasks);
        r->tasks_ns = tasks_ns;
    }
}

int recovery_is_done(const poise_env *e)
{
    return e->t.recovery.n_after > 0 ? !e->t.recovery.is_out : -1;
}

double recovery_s(const poise_env *e)
{
    const recovery_state *r = &e->t.recovery;
    if (r->n_after == 0)
        return NAN;
    const int64_t back_ns = r->is_out ? e->t.now_ns : r->back_ns;
    return back_ns > 0 ? seconds(back_ns - e->s->change_ns) : 0;
}
