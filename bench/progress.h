/* progress.h - the line that says how far a long command is: overwritten on a terminal, a plain
 * line now and then elsewhere. On standard error. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>

typedef struct progress {
    bool quiet, terminal;
    double start_s, last_s;
} progress;

progress progress_start(bool quiet);
/* Shows the sentence and the time left (NAN: unknown), unless the last one is too fresh. */
void progress_show(progress *p, double left_s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Takes the line away, so that something else can be printed. */
void progress_wipe(const progress *p);

#endif
