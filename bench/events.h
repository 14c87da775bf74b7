/* events.h - a run told event by event: jobs that come, what is chosen, tasks that start and end,
 * devices that fail and sleep. Each is told when it happens; nothing is kept. */
#ifndef EVENTS_H
#define EVENTS_H

#include "listen.h"
#include "string_buffer.h"

/* One event. */
typedef struct event_line {
    int64_t time_ns;
    int64_t decision;                      // the last one before it; 0: before the first
    const char *event;                     // one of events_words
    int64_t job;                           // its number in order of arrival; -1: of none
    int64_t task;                          // its number within a job that is a graph; else -1
    int class_id, group, device, profile;  // -1: none; the device is a number within the group
} event_line;

/* What lines can say in `event`, with a sentence each; the last word is NULL. */
typedef struct event_word {
    const char *word, *about;
} event_word;
extern const event_word events_words[];

typedef struct events {
    const poise_scenario *scenario;
    void (*tell)(void *data, const event_line *line);
    void *data;
    int64_t n_decisions, n_jobs, room;
    int64_t *first_record;  // (n_jobs) where jobs are graphs
    bool has_graphs, is_torn;
    env_listener listener;
} events;

/* Listens to the environment from its next reset on, telling `tell`. ev must stay where it is until
 * events_end, which takes the listener away. Where memory runs out tasks of graphs lose their job's
 * number. */
void events_listen(events *ev, const poise_scenario *s, poise_env *e,
                   void (*tell)(void *data, const event_line *line), void *data);
void events_end(events *ev, poise_env *e);

/* "task 3 of job 57 (training) starts on gpu 0 under profile 4g". */
void events_sentence(const poise_scenario *s, const event_line *line, string_buffer *out);
/* The name of a profile, or its number if it has none; "" if the class has but one. text has room
 * for `size` bytes. */
void events_profile(const poise_scenario *s, const event_line *line, char *text, size_t size);

#endif
