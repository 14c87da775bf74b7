/* process.h - a program that answers lines: started without a shell, written to and read from with
 * a limit on time, ended with all that it started. */
#ifndef POISE_PROCESS_H
#define POISE_PROCESS_H

#include "poise.h"

#include <sys/types.h>

/* Words of a command line, cut in place. */
typedef struct process_words {
    char **at;  // (n) NULL-terminated, malloc'd
    int n;
} process_words;

/* Cuts a command into words at blanks. '...' stands for itself; in "..." a backslash stands before
 * " and \; elsewhere it stands before any character. Nothing else has a meaning. text is changed,
 * words point into it. false with a sentence in err: no word, a quote that does not end, a control
 * character, no memory. */
bool process_cut(char *text, process_words *words, poise_error *err);
void process_words_free(process_words *words);

/* Where the program of that name is, as execvp would find it; malloc'd. NULL if there is none. */
char *process_find(const char *name);

/* How long to wait, and whom to ask meanwhile whether to go on. */
typedef struct process_terms {
    double patience_s;
    bool (*stop)(const void *data);  // NULL: nobody
    const void *data;
} process_terms;

/* A running program. Starts as {.pid = -1}. */
typedef struct process {
    pid_t pid;
    int to, from;  // its standard input and output
    char *heard;  // (room) what it has said: n_heard bytes, of which the first `used` are done with
    size_t n_heard, used, room;
} process;

/* Starts path with the words as its arguments. false with a sentence in err. */
bool process_start(process *p, const char *path, const process_words *words, poise_error *err);

typedef enum process_news {
    PROCESS_LINE,
    PROCESS_LATE,     // patience is at an end
    PROCESS_STOPPED,  // terms.stop says so
    PROCESS_CLOSED,   // it has closed its output, or ended
    PROCESS_EARLY,    // it has said a line before all was written
    PROCESS_FLOOD,    // the line is longer than allowed
    PROCESS_NO_MEMORY,
} process_news;

/* Writes n bytes, if any, and waits for the next line of at most `most` bytes: *line is without its
 * end, terminated, valid until the next call. Otherwise *line is what was said of it so far. */
process_news process_ask(process *p, const char *text, size_t n, size_t most,
                         const process_terms *terms, const char **line);
/* Closes its input and hears what it still says, until it closes its output or has had `most_s`
 * seconds: a line that nobody asked for, or NULL. */
const char *process_farewell(process *p, double most_s);
/* Bytes that it has said and nobody has asked for. */
static inline size_t process_unasked(const process *p)
{
    return p->n_heard - p->used;
}
/* Ends it and all that it started; how it had ended by itself is put into words ("it ended with
 * status 3"), "" if it had not. */
void process_end(process *p, char *how, size_t size);

#endif
