/* events.c - see events.h. */
#include "events.h"

#include "scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Places in events_words, of which choices come first, in the order of poise_act. */
enum {
    CHOICES = POISE_WAKE + 1,
    SHARE = CHOICES,
    ARRIVAL,
    QUEUE,
    START,
    DISPLACED,
    END,
    DROPPED,
    REJECTED,
    KILLED,
    DEVICES,
};

const event_word events_words[] = {
    [POISE_START] = {"choose start", "is sent to"},
    [POISE_KEEP] = {"choose keep", "is to stay on"},
    [POISE_MOVE] = {"choose move", "is moved to"},
    [POISE_BOOK] = {"choose book", "is promised the earliest time on"},
    [POISE_SUSPEND] = {"choose suspend", "is put back into the queue"},
    [POISE_REJECT] = {"choose reject", "is refused"},
    [POISE_DEFER] = {"choose defer", "is put aside"},
    [POISE_HOLD] = {"choose hold", "nothing is done"},
    [POISE_SLEEP] = {"choose sleep", "a device is to sleep in"},
    [POISE_WAKE] = {"choose wake", "a device is to wake in"},
    [SHARE] = {"choose parts", "devices are divided by attention"},
    [ARRIVAL] = {"arrival", "arrives"},
    [QUEUE] = {"queue", "joins the queue of"},
    [START] = {"start", "starts on"},
    [DISPLACED] = {"displaced", "is taken off"},
    [END] = {"end", "ends on"},
    [DROPPED] = {"dropped", "meets a full queue and is dropped"},
    [REJECTED] = {"rejected", "leaves, refused"},
    [KILLED] = {"killed", "is killed"},
    [DEVICES + DEVICE_FAILS] = {"fail", "fails:"},
    [DEVICES + DEVICE_IS_REPAIRED] = {"repair", "is repaired:"},
    [DEVICES + DEVICE_POWERS_DOWN] = {"down", "goes to sleep:"},
    [DEVICES + DEVICE_SLEEPS] = {"sleep", "sleeps:"},
    [DEVICES + DEVICE_BOOTS] = {"boot", "boots:"},
    [DEVICES + DEVICE_IS_AWAKE] = {"wake", "is awake:"},
    {NULL, NULL},
};

/* ---- what is heard ------------------------------------------------------------------------ */

static event_line line_of(const events *ev, int64_t time_ns, int word)
{
    return (event_line){
        .time_ns = time_ns,
        .decision = ev->n_decisions,
        .event = events_words[word].word,
        .job = -1,
        .task = -1,
        .class_id = -1,
        .group = -1,
        .device = -1,
        .profile = -1,
    };
}

/* The last job whose first record is not behind the given one. */
static void find_job(const events *ev, int64_t record, event_line *line)
{
    int64_t low = 0, high = ev->n_jobs;
    if (!ev->has_graphs) {
        line->job = record;
        return;
    }
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (ev->first_record[middle] <= record)
            low = middle;
        else
            high = middle;
    }
    if (ev->is_torn || high == 0)
        return;
    line->job = low;
    line->task = record - ev->first_record[low];
}

static void hear_job(void *data, const arrival *a, int64_t first_record)
{
    events *ev = data;
    event_line line = line_of(ev, a->time_ns, ARRIVAL);
    if (ev->has_graphs && ev->n_jobs == ev->room && !ev->is_torn) {
        const int64_t room = 2 * ev->room + 1024;
        int64_t *more = realloc(ev->first_record, (size_t)room * sizeof *more);
        if (more) {
            ev->first_record = more;
            ev->room = room;
        }
        ev->is_torn = !more;
    }
    if (ev->has_graphs && !ev->is_torn)
        ev->first_record[ev->n_jobs] = first_record;
    line.job = ev->n_jobs++;
    line.class_id = a->class_id;
    ev->tell(ev->data, &line);
}

static void hear_device(void *data, int64_t now_ns, int group, int device, device_turn turn)
{
    const events *ev = data;
    event_line line = line_of(ev, now_ns, DEVICES + (int)turn);
    line.group = group;
    line.device = device;
    ev->tell(ev->data, &line);
}

static void hear_task(void *data, const task_event *t)
{
    static const int of_turn[] = {
        [TURN_QUEUES] = QUEUE, [TURN_STARTS] = START, [TURN_IS_DISPLACED] = DISPLACED};
    static const int of_fate[] = {
        [POISE_WAITING] = END,     [POISE_IN_SERVICE] = END,    [POISE_FINISHED] = END,
        [POISE_DROPPED] = DROPPED, [POISE_REJECTED] = REJECTED, [POISE_KILLED] = KILLED};
    const events *ev = data;
    event_line line =
        line_of(ev, t->time_ns, t->turn == TURN_LEAVES ? of_fate[t->fate] : of_turn[t->turn]);
    find_job(ev, t->record, &line);
    line.class_id = t->class_id;
    line.group = t->group;
    line.device = t->device;
    line.profile = t->profile;
    ev->tell(ev->data, &line);
}

static void hear_choice(void *data, int64_t now_ns, const poise_candidate *c, const poise_task *t)
{
    events *ev = data;
    ev->n_decisions++;
    event_line line = line_of(ev, now_ns, c ? c->act : SHARE);
    if (t) {
        find_job(ev, t->id, &line);
        line.class_id = t->class_id;
    }
    if (c)
        line.group = c->group;
    if (c && poise_gives_device(c))
        line.profile = (uint8_t)c->profile;
    ev->tell(ev->data, &line);
}

void events_listen(events *ev, const poise_scenario *s, poise_env *e,
                   void (*tell)(void *data, const event_line *line), void *data)
{
    *ev = (events){.scenario = s, .tell = tell, .data = data};
    for (int k = 0; k < s->n_classes; k++)
        ev->has_graphs |= s->classes[k].graph != NULL;
    ev->listener = (env_listener){
        .data = ev,
        .job = hear_job,
        .device = hear_device,
        .task = hear_task,
        .choice = hear_choice,
    };
    env_listen(e, &ev->listener);
}

void events_end(events *ev, poise_env *e)
{
    env_listen(e, NULL);
    free(ev->first_record);
    ev->first_record = NULL;
}

/* ---- sentences ---------------------------------------------------------------------------- */

void events_profile(const poise_scenario *s, const event_line *line, char *text, size_t size)
{
    const scenario_class *c = line->class_id < 0 ? NULL : &s->classes[line->class_id];
    text[0] = 0;
    if (!c || line->profile < 0 || line->profile >= c->n_profiles || c->n_profiles < 2)
        return;
    if (c->profile[line->profile].name[0])
        snprintf(text, size, "%s", c->profile[line->profile].name);
    else
        snprintf(text, size, "%d", line->profile);
}

static const char *about(const event_line *line)
{
    for (const event_word *w = events_words; w->word; w++)
        if (w->word == line->event)
            return w->about;
    return line->event;
}

void events_sentence(const poise_scenario *s, const event_line *line, string_buffer *out)
{
    char profile[128];
    events_profile(s, line, profile, sizeof profile);
    if (line->task >= 0)
        string_add(out, "task %" PRId64 " of ", line->task);
    if (line->job >= 0)
        string_add(out, "job %" PRId64 " ", line->job);
    if (line->class_id >= 0)
        string_add(out, "(%s) ", s->classes[line->class_id].name);
    string_add(out, "%s", about(line));
    if (line->group >= 0)
        string_add(out, " %s", s->group[line->group].name);
    if (line->device >= 0)
        string_add(out, " %d", line->device);
    if (*profile)
        string_add(out, " under profile %s", profile);
}
