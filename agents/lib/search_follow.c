/* search_follow.c - following plans: see search_plan.h. */
#include <math.h>
#include <string.h>

#include "rule.h"
#include "scenario.h"
#include "search_plan.h"

void plan_begin(plan *p)
{
    p->n = 0;
    p->n_sent = 0;
    p->astray = true;
}

/* ---- what was sent ------------------------------------------------------------------------- */

static void drop(plan *p, int sent)
{
    p->n_sent--;
    memmove(p->sent + sent, p->sent + sent + 1, (size_t)(p->n_sent - sent) * sizeof *p->sent);
}

static void note(plan *p, plan_sent s)
{
    if (p->n_sent == PLAN_SENT)
        drop(p, 0);
    p->sent[p->n_sent++] = s;
}

/* What waits was not sent after all. */
static void take_back(plan *p, const poise_view *v)
{
    if (p->n_sent == 0)
        return;
    const plan_sent *last = &p->sent[p->n_sent - 1];
    for (int i = 0; i < v->n_tasks; i++)
        if (v->task[i].job == last->job && v->task[i].stage == last->stage) {
            p->n_sent--;
            p->astray = true;
            return;
        }
}

/* Tasks of the group that are done: those that were to be done first. */
static void forget_done(plan *p, int group, int n)
{
    for (; n > 0; n--) {
        int first = -1;
        for (int i = 0; i < p->n_sent; i++)
            if (p->sent[i].group == group &&
                (first < 0 || p->sent[i].done_s < p->sent[first].done_s))
                first = i;
        p->astray |= p->sent[first].done_s > p->now_s + p->tolerance_s;
        drop(p, first);
    }
}

static void compare_sent(plan *p, const poise_view *v)
{
    take_back(p, v);
    memset(p->here, 0, (size_t)v->n_groups * sizeof *p->here);
    for (int i = 0; i < p->n_sent; i++)
        p->here[p->sent[i].group]++;
    for (int g = 0; g < v->n_groups; g++)
        forget_done(p, g, p->here[g] - v->group[g].running - v->group[g].queued);
    for (int i = 0; i < p->n_sent; i++)
        p->astray |= p->sent[i].done_s < p->now_s - p->tolerance_s;
}

/* ---- tasks of the view --------------------------------------------------------------------- */

/* Finds the view's tasks in the plan; they stand in nearly the same order. Returns how many that
 * should be in it are not, or were thought to be gone. */
static int match(plan *p, const poise_view *v)
{
    const int shown = v->n_tasks + (p->displaces ? v->n_running : 0);
    int from = 0, strange = 0;
    for (int i = 0; i < v->n_tasks + v->n_running; i++)
        p->index[i] = -1;
    for (int i = 0; i < shown; i++) {
        const poise_task *t = &v->task[i];
        for (int k = 0; k < p->n && p->index[i] < 0; k++) {
            const int at = from + k < p->n ? from + k : from + k - p->n;
            if (p->task[at].job == t->job && p->task[at].stage == t->stage)
                p->index[i] = at;
        }
        if (p->index[i] < 0 || p->task[p->index[i]].sent)
            strange += i < p->most_tasks;
        else
            from = p->index[i] + 1;
    }
    return strange;
}

/* Whether the next start is due now, or the plan has the devices wait until then, or none could
 * take a task. */
static bool is_due(const plan *p, const poise_view *v)
{
    double next_s = INFINITY;
    bool takes = false;
    for (int c = 0; c < v->n_candidates && !takes; c++)
        takes = poise_gives_device(&v->candidate[c]);
    for (int i = 0; i < v->n_tasks; i++)
        if (p->index[i] >= 0 && p->task[p->index[i]].start_s < next_s)
            next_s = p->task[p->index[i]].start_s;
    if (next_s < v->now_s - p->tolerance_s)
        return false;
    return p->idles || !takes || next_s <= v->now_s + p->tolerance_s;
}

bool plan_holds(plan *p, const poise_view *v)
{
    const double then_s = p->now_s;
    const bool sizes_seen = p->space->scenario->visible != SEE_MEAN;
    p->now_s = v->now_s;
    if (!p->displaces)
        compare_sent(p, v);
    const int strange = match(p, v);
    if (p->astray || strange > 0 || p->n == 0)
        return false;
    if (p->displaces || !sizes_seen)
        return !(v->now_s > then_s);
    bool ahead = true;
    for (int g = 0; g < v->n_groups; g++)
        ahead &= p->ahead[g];
    return ahead || is_due(p, v);
}

void plan_adopt(plan *p, const double *x)
{
    for (int i = 0; i < p->n; i++) {
        plan_task *t = &p->task[i];
        t->key = x[i];
        t->where = x[p->n + i];
        t->rank = 0;
        for (int k = 0; k < p->n; k++) {
            const plan_task *other = &p->task[k];
            bool before = x[k] < x[i] || (!(x[k] > x[i]) && k < i);
            if (other->start_s < t->start_s || (!(other->start_s > t->start_s) && before))
                t->rank++;
        }
    }
}

/* ---- attention ----------------------------------------------------------------------------- */

/* Whether something is in service or put aside: then there will be another decision. */
static bool goes_on(const poise_view *v)
{
    return v->n_system > v->n_tasks + v->n_beyond;
}

/* What starts now, in order, has more than 2, to do nothing 1, what starts later less; what the
 * plan says nothing of less than 0, the sooner it is done the more. */
static double worth(const plan *p, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    if (c->act == POISE_HOLD)
        return goes_on(v) ? 1 : -1e299;
    const int i = c->task >= 0 ? p->index[c->task] : -1;
    const plan_task *t = i >= 0 && !p->task[i].sent ? &p->task[i] : NULL;
    const plan_choice *plans = t ? &p->choice[i * PLAN_CHOICES + t->chosen] : NULL;
    if (c->act == POISE_REJECT)
        return plans && plans->group < 0 ? 4 : rule_rest(c);
    if (!poise_gives_device(c))
        return rule_rest(c);
    if (!plans || plans->group != c->group || plans->profile != c->profile) {
        const double done_s = rule_finish_s(v, candidate);
        return done_s < 1e200 ? -2 - done_s : -1e200;
    }
    const bool now = c->act == POISE_BOOK || t->start_s <= v->now_s + p->tolerance_s ||
                     (p->ahead[c->group] && !p->idles);
    return (now ? 2 : 0) + 1 / (2.0 + t->rank);
}

/* The candidate's task is on its way to a device, or gone. */
static void send(plan *p, const poise_view *v, int candidate)
{
    const poise_candidate *c = &v->candidate[candidate];
    const bool leaves = poise_gives_device(c) || c->act == POISE_REJECT;
    if (c->task < 0 || !leaves || p->displaces || v->task[c->task].group >= 0)
        return;
    const poise_task *t = &v->task[c->task];
    const int i = p->index[c->task];
    const bool planned = i >= 0 && worth(p, v, candidate) > 0;
    if (i >= 0)
        p->task[i].sent = true;
    p->astray |= !planned;
    if (c->act == POISE_REJECT)
        return;
    const double wait_s = v->group[c->group].backlog_s;
    plan_sent s = {.job = t->job, .stage = t->stage, .group = c->group, .places = 1};
    s.start_s = v->now_s + (isfinite(wait_s) && wait_s > 0 ? wait_s : 0);
    s.done_s = s.start_s + c->service_s;
    if (planned) {
        s.places = p->choice[i * PLAN_CHOICES + p->task[i].chosen].places;
        s.start_s = p->task[i].start_s;
        s.done_s = p->task[i].done_s;
    }
    note(p, s);
}

void plan_attend(plan *p, const poise_view *v, double *attention)
{
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = worth(p, v, c);
    if (v->n_candidates > 0)
        send(p, v, poise_argmax(attention, v->n_candidates));
}
