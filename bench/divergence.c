/* divergence.c - see divergence.h. What happens after each decision is put down until its mark is
 * known to fit. */
#include "divergence.h"

#include "events.h"
#include "export.h"
#include "pool.h"

#include <inttypes.h>

/* So many events of a decision are told. */
#define TOLD_MAX 3

typedef struct search {
    const trail *left;
    const poise_scenario *scenario;
    atomic_bool stop;
    int64_t n;        // decisions so far; -1: not even reset
    int64_t fits;     // the last decision whose mark fits; -1: none
    int64_t parted;   // the first whose mark does not; -1: none
    int64_t time_ns;  // of the decision after the one that fits, -1: nothing has happened there
    int64_t end_ns;   // of the last event
    int n_told;
    string_buffer told;
} search;

static void hear(void *data, const event_line *line)
{
    search *s = data;
    s->end_ns = line->time_ns;
    if (s->parted >= 0 || line->decision != s->fits + 1)
        return;
    if (s->time_ns < 0)
        s->time_ns = line->time_ns;
    if (s->n_told++ >= TOLD_MAX)
        return;
    string_add(&s->told, "%s", s->told.length ? "; " : "");
    events_sentence(s->scenario, line, &s->told);
}

static void forget(search *s)
{
    if (s->told.at)
        s->told.at[0] = 0;
    s->told.length = 0;
    s->n_told = 0;
    s->time_ns = -1;
}

static void see(void *data, const poise_env *e, const poise_outcome *o)
{
    search *s = data;
    const uint64_t hash = poise_env_hash(e);
    (void)o;
    s->n++;
    if (atomic_load_explicit(&pool_stopping, memory_order_relaxed))
        atomic_store(&s->stop, true);
    if (s->parted >= 0)
        return;
    if (trail_contradicts(s->left, s->n, hash)) {
        s->parted = s->n;
        atomic_store(&s->stop, true);
    } else if (s->n % s->left->stride == 0 && s->n / s->left->stride < s->left->n) {
        s->fits = s->n;
        forget(s);
    }
}

static void add_events(const search *s, string_buffer *out)
{
    string_add(out, "here %s", s->told.length ? s->told.at : "nothing happens");
    if (s->n_told > TOLD_MAX)
        string_add(out, "; and %d more", s->n_told - TOLD_MAX);
}

static void add_time(int64_t ns, string_buffer *out)
{
    export_seconds(out, ns);
    string_add(out, " s");
}

static void tell(const search *s, string_buffer *out)
{
    if (s->parted < 0) {
        string_add(out, "as far as there are marks, to decision %" PRId64 ", both go together",
                   s->fits);
        if (s->n < (s->left->n - 1) * s->left->stride)
            string_add(out, "; here the run ends with decision %" PRId64, s->n);
        return;
    }
    if (s->parted == 0)
        string_add(out, "before the first decision: ");
    else if (s->parted == s->fits + 1)
        string_add(out, "decision %" PRId64, s->parted);
    else
        string_add(out, "decisions %" PRId64 " to %" PRId64, s->fits + 1, s->parted);
    if (s->parted > 0) {
        string_add(out, " at ");
        add_time(s->time_ns < 0 ? s->end_ns : s->time_ns, out);
        string_add(out, s->parted == s->fits + 1 ? ": " : " and later: in the first of them ");
    }
    add_events(s, out);
}

bool divergence_find(const trial *t, poise_env *e, const trail *left, string_buffer *out)
{
    search s = {
        .left = left, .scenario = t->scenario, .n = -1, .fits = -1, .parted = -1, .time_ns = -1};
    trial again = *t;
    events ev;
    again.leaves_trail = again.only_numbers = again.bounds = false;
    events_listen(&ev, t->scenario, e, hear, &s);
    const trial_watch watch = {see, &s};
    trial_result r = trial_run(&again, e, &watch, &s.stop);
    events_end(&ev, e);
    tell(&s, out);
    trial_result_free(&r);
    string_free(&s.told);
    return s.parted >= 0;
}
