/* watch.h - how far an experiment is, seen from outside while others work on its stores, which are
 * only read. */
#ifndef WATCH_H
#define WATCH_H

#include "experiment.h"
#include "string_buffer.h"

typedef struct watch_ask {
    const char *title;   // what is watched, as it is called
    const char *store;   // its file; shards beside it count as well
    plan *plan;          // what is to be done; NULL: only what there is can be told
    const char *metric;  // agents are ranked by, as of tables_metric
} watch_ask;

typedef struct watch watch;

/* Everything of `ask` is the caller's and must outlive the watch. */
watch *watch_new(const watch_ask *ask);
void watch_free(watch *w);  // NULL is fine

/* Looks again; what has not changed since is not read again. A store that is not there yet holds
 * nothing. false with a sentence in err: one cannot be read. */
bool watch_look(watch *w, poise_error *err);
/* Whether there is nothing more to wait for: all cells are stored, and nobody is at work. */
bool watch_is_over(const watch *w);
/* Whether the last look saw anything new. */
bool watch_has_news(const watch *w);

/* How far it is in one line, with its end. */
void watch_line(const watch *w, string_buffer *out);
/* The same with who is at work and the ranking so far, in at most so many columns and lines. */
void watch_table(const watch *w, int columns, int lines, string_buffer *out);

#endif
