/* lines.h - the lines of a file, plain or gzip: a fixed buffer runs over it, and a line is read
 * where it stands. */
#ifndef POISE_LINES_H
#define POISE_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "poise.h"

enum { LINES_BUFFER = 256 * 1024 };  // bytes, the longest line

typedef struct lines {
    struct gzFile_s *file;
    char *path;
    int64_t number;     // of the line in hand, from 1
    const char *text;   // the line in hand, up to and with its newline
    size_t length;      // without the newline
    size_t begin, end;  // what of the buffer is still unread
    bool ended;         // the file has no more
    bool cut;           // its last line had no newline, and got one
    bool pending;       // the line in hand is to be delivered again
    char buffer[LINES_BUFFER + 1];
} lines;

/* NULL on error. The first part of the file stands in the buffer already. */
lines *lines_open(const char *path, poise_error *err);
void lines_close(lines *l);  // NULL is fine
/* The way of lines_next where the buffer holds no whole line. */
int lines_refill_next(lines *l, poise_error *err);
/* All that is still unread, with a zero behind it; malloc'd. NULL if it is more than `most` bytes
 * or cannot be read, with a sentence in err. */
char *lines_rest(lines *l, size_t most, size_t *length, poise_error *err);

/* The next line into text and length: 1, at the end 0, on error -1. */
static inline int lines_next(lines *l, poise_error *err)
{
    if (l->pending) {
        l->pending = false;
        return 1;
    }
    char *newline = memchr(l->buffer + l->begin, '\n', l->end - l->begin);
    if (!newline)
        return lines_refill_next(l, err);
    l->text = l->buffer + l->begin;
    l->length = (size_t)(newline - l->text);
    l->begin += l->length + 1;
    l->number++;
    return 1;
}

static inline bool lines_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Adds "file:line: error: ..." about the line in hand. */
void lines_wrong(const lines *l, poise_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether there is such a word in the first line of these bytes. */
bool lines_first_has(const char *begin, size_t length, const char *word);
/* At most 24 bytes of a field for a message, what cannot be shown as '?', "..." behind if there is
 * more. */
typedef struct lines_word {
    char text[28];
} lines_word;
lines_word lines_show(const char *from, size_t length);

#endif
