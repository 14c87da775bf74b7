/* trial_apart.c - see trial_apart.h. What comes back is plain data, and is believed as far as it
 * can be: where the episode itself is wanted, its decisions are done again here, in an environment
 * that no plug-in has touched. */
#include "trial_apart.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

/* What is asked; the specification (n_agent bytes) and the policy follow it. */
typedef struct question {
    trial trial;
    size_t n_agent;
    bool wants_tape;
} question;

/* ---- there -------------------------------------------------------------------------------- */

static void work(const void *ask, size_t n_ask, isolate_life *life, FILE *answer)
{
    const question *q = ask;
    tape t = {0};
    trial here = q->trial;
    poise_error err = {0};
    (void)n_ask;
    here.agent = (const char *)(q + 1);
    here.policy = here.policy_bytes ? here.agent + q->n_agent : NULL;
    poise_env *e = poise_env_new(here.scenario, &err);
    trial_result r = trial_blank();
    const trial_side side = {&life->stop, life, q->wants_tape ? &t : NULL};
    if (e)
        r = trial_here(&here, e, NULL, &side);
    else
        trial_fail(&r, "%.239s", err.text);
    if (t.is_torn)
        trial_fail(&r, "out of memory for the decisions of the episode");
    fwrite(&r, sizeof r, 1, answer);
    if (r.trail.n > 0)
        fwrite(r.trail.mark, sizeof *r.trail.mark, (size_t)r.trail.n, answer);
    fwrite(t.at ? (void *)t.at : &t, 1, t.n, answer);
}

/* ---- here --------------------------------------------------------------------------------- */

static question *write_question(const trial *t, bool wants_tape, size_t *n)
{
    const size_t n_agent = strlen(t->agent) + 1, n_policy = t->policy ? t->policy_bytes : 0;
    *n = sizeof(question) + n_agent + n_policy;
    question *q = malloc(*n);
    if (!q)
        return NULL;
    *q = (question){*t, n_agent, wants_tape};
    q->trial.policy_bytes = n_policy;
    memcpy(q + 1, t->agent, n_agent);
    if (n_policy)
        memcpy((char *)(q + 1) + n_agent, t->policy, n_policy);
    return q;
}

/* Does the decisions of a tape; false if they lead elsewhere. */
static bool repeat(const unsigned char *bytes, size_t n, uint64_t seed, poise_env *e,
                   const trial_watch *watch)
{
    size_t at = 0;
    poise_outcome o = poise_env_reset(e, seed);
    if (watch)
        watch->see(watch->data, e, &o);
    while (poise_env_running(e)) {
        if (!tape_step(bytes, n, &at, e, &o))
            return false;
        if (watch)
            watch->see(watch->data, e, &o);
    }
    return at == n;
}

/* at: where the decisions begin in the answer. */
static void check_repeated(const trial *t, const isolate_end *end, size_t at, poise_env *e,
                           const trial_watch *watch, trial_result *r)
{
    const unsigned char *bytes = (const unsigned char *)end->bytes + at;
    const uint64_t seed = poise_seed(POISE_EVALUATE, (uint64_t)t->seed, 0);
    if (!repeat(bytes, end->n_bytes - at, seed, e, watch) ||
        poise_env_hash(e) != r->trajectory_hash)
        trial_fail(r,
                   "the same decisions lead elsewhere without %s: it must have changed what it "
                   "was only to look at",
                   t->agent);
}

/* The result, whose trail follows it, at the beginning of an answer; how many bytes that is. */
static size_t read_result(const isolate_end *end, trial_result *r)
{
    memcpy(r, end->bytes, sizeof *r);
    r->error[sizeof r->error - 1] = 0;
    const trail told = r->trail;
    r->trail = (trail){.stride = told.stride, .next = -1};
    const size_t most = (end->n_bytes - sizeof *r) / sizeof *told.mark;
    if (told.n <= 0 || told.n > TRAIL_MARKS_MAX || (size_t)told.n > most || told.stride < 1)
        return sizeof *r;
    const size_t n_bytes = (size_t)told.n * sizeof *told.mark;
    r->trail.mark = malloc(n_bytes);
    if (!r->trail.mark) {
        trial_fail(r, "out of memory for the trail of a run");
        return sizeof *r + n_bytes;
    }
    memcpy(r->trail.mark, (const char *)end->bytes + sizeof *r, n_bytes);
    r->trail.n = told.n;
    return sizeof *r + n_bytes;
}

trial_result trial_apart(const trial *t, poise_env *e, const trial_watch *watch,
                         const atomic_bool *stop)
{
    trial_result r = trial_blank();
    const bool wants_tape = !t->only_numbers || watch;
    isolate_job job = {.work = work, .patience_s = t->patience_s, .stop = stop};
    question *q = write_question(t, wants_tape, &job.n_ask);
    if (!q) {
        trial_fail(&r, "out of memory for a trial of %s", t->agent);
        return r;
    }
    job.ask = q;
    isolate_end end = isolate_run(&job);
    free(q);
    if (end.good && end.n_bytes >= sizeof r) {
        const size_t at = read_result(&end, &r);
        if (wants_tape && r.status == TRIAL_OK)
            check_repeated(t, &end, at, e, watch, &r);
    } else if (atomic_load(stop)) {
        r.status = TRIAL_INTERRUPTED;
    } else {
        trial_fail(&r, "the plug-in %s", end.good ? "left no result" : end.error);
    }
    free(end.bytes);
    return r;
}
