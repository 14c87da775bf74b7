/* spans.c - see spans.h. */
#include "spans.h"

#include "gauge.h"

#include <stdlib.h>

/* Devices that a task can be shown on at once. */
#define PLACES_MAX 1024

static int n_devices(const poise_space *space, int before_group)
{
    int n = 0;
    for (int g = 0; g < before_group; g++)
        n += space->count[g];
    return n;
}

/* A new span that begins now; its number, -1 without memory. */
static int64_t begin(spans *s, const span *what)
{
    if (s->n == s->room) {
        const int64_t room = 2 * s->room + 1024;
        span *more = realloc(s->at, (size_t)room * sizeof *more);
        s->no_memory |= !more;
        if (!more)
            return -1;
        s->at = more;
        s->room = room;
    }
    s->at[s->n] = *what;
    s->at[s->n].to_ns = INT64_MAX;
    return s->n++;
}

/* ---- tasks -------------------------------------------------------------------------------- */

static bool has_room_for(spans *s, int64_t record)
{
    if (record < s->n_records)
        return true;
    const int64_t room = 2 * record + 1024;
    int64_t *more = realloc(s->of_record, (size_t)room * sizeof *more);
    s->no_memory |= !more;
    if (!more)
        return false;
    for (int64_t i = s->n_records; i < room; i++)
        more[i] = -1;
    s->of_record = more;
    s->n_records = room;
    return true;
}

static void stop_task(spans *s, int64_t record, int64_t now_ns)
{
    for (int64_t i = s->of_record[record]; i >= 0; i = s->at[i].next)
        s->at[i].to_ns = now_ns;
    s->of_record[record] = -1;
}

static void start_task(spans *s, const task_event *t)
{
    int number[PLACES_MAX];
    const int n = gauge_devices(s->env, t->record, number, PLACES_MAX);
    number[0] = n ? number[0] : t->device;  // the environment may not count it as running yet
    for (int k = 0; k < (n ? n : 1); k++) {
        const span what = {.from_ns = t->time_ns,
                           .record = t->record,
                           .next = s->of_record[t->record],
                           .class_id = t->class_id,
                           .cores = t->cores,
                           .group = t->group,
                           .device = number[k],
                           .kind = SPAN_TASK};
        const int64_t i = begin(s, &what);
        s->of_record[t->record] = i >= 0 ? i : what.next;
    }
}

static void hear_task(void *data, const task_event *t)
{
    spans *s = data;
    if (t->turn == TURN_QUEUES || !has_room_for(s, t->record))
        return;
    stop_task(s, t->record, t->time_ns);
    if (t->turn == TURN_STARTS)
        start_task(s, t);
}

/* ---- devices ------------------------------------------------------------------------------ */

static void turn(spans *s, span_kind kind, int group, int device, int64_t now_ns, bool begins)
{
    const int number = n_devices(poise_env_view(s->env)->space, group) + device;
    int64_t *open = &s->of_device[2 * number + (kind == SPAN_ASLEEP)];
    if (begins && *open < 0)
        *open = begin(s, &(span){.from_ns = now_ns,
                                 .record = -1,
                                 .next = -1,
                                 .group = group,
                                 .device = device,
                                 .kind = kind});
    if (begins || *open < 0)
        return;
    s->at[*open].to_ns = now_ns;
    *open = -1;
}

static void hear_device(void *data, int64_t now_ns, int group, int device, device_turn what)
{
    spans *s = data;
    const bool sleeps = what == DEVICE_POWERS_DOWN || what == DEVICE_SLEEPS || what == DEVICE_BOOTS;
    if (what == DEVICE_FAILS || what == DEVICE_IS_REPAIRED)
        turn(s, SPAN_BROKEN, group, device, now_ns, what == DEVICE_FAILS);
    turn(s, SPAN_ASLEEP, group, device, now_ns, sleeps);
}

/* ---- the run ------------------------------------------------------------------------------ */

bool spans_listen(spans *s, poise_env *e)
{
    const poise_space *space = poise_env_view(e)->space;
    const int n = n_devices(space, space->n_groups);
    *s = (spans){.env = e};
    s->listener = (env_listener){.data = s, .task = hear_task, .device = hear_device};
    s->of_device = malloc((2 * (size_t)n + 1) * sizeof *s->of_device);
    for (int i = 0; s->of_device && i < 2 * n; i++)
        s->of_device[i] = -1;
    env_listen(e, &s->listener);
    return s->of_device != NULL;
}

bool spans_end(spans *s, poise_env *e)
{
    const int64_t end_ns = poise_env_episode(e).totals.end_ns;
    for (int64_t i = 0; i < s->n; i++)
        if (s->at[i].to_ns == INT64_MAX)
            s->at[i].to_ns = end_ns;
    env_listen(e, NULL);
    return !s->no_memory;
}

void spans_free(spans *s)
{
    free(s->at);
    free(s->of_record);
    free(s->of_device);
    *s = (spans){0};
}
