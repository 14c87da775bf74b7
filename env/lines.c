/* lines.c - the lines of a file, plain or gzip. */
#include "lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

#include "error.h"

static int fail_reading(const lines *l, poise_error *err)
{
    long long line = l->number;
    int code = Z_OK;
    const char *text = gzerror(l->file, &code);
    if (code == Z_ERRNO)
        error_add(err, "%s: error: cannot be read: %s", l->path, strerror(errno));
    else if (code == Z_BUF_ERROR)
        error_add(err, "%s:%lld: error: the compressed file is cut off after here", l->path, line);
    else
        error_add(err, "%s:%lld: error: the compressed file is damaged after here: %s", l->path,
                  line, text);
    return -1;
}

/* Up to `room` bytes to `to`: how many, -1 on error. Fewer than asked for: the file has ended. */
static int take(lines *l, char *to, size_t room, poise_error *err)
{
    int got = gzread(l->file, to, (unsigned)room), code = Z_OK;
    if (got < (int)room)
        gzerror(l->file, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
        return fail_reading(l, err);
    l->ended = got < (int)room;
    return got;
}

/* Moves what is left to the front and fills the rest. A last line without newline gets one. */
static int refill(lines *l, poise_error *err)
{
    size_t left = l->end - l->begin;
    memmove(l->buffer, l->buffer + l->begin, left);
    l->begin = 0;
    l->end = left;
    int got = take(l, l->buffer + left, LINES_BUFFER - left, err);
    if (got < 0)
        return -1;
    l->end += (size_t)got;
    l->cut = l->ended && l->end > 0 && l->buffer[l->end - 1] != '\n';
    if (l->cut)
        l->buffer[l->end++] = '\n';
    return 1;
}

int lines_refill_next(lines *l, poise_error *err)
{
    if (l->ended)
        return 0;
    if (refill(l, err) < 0)
        return -1;
    if (memchr(l->buffer, '\n', l->end))
        return lines_next(l, err);
    if (l->ended)
        return 0;
    error_add(err, "%s:%lld: error: the line is longer than %d bytes: this is no trace", l->path,
              (long long)l->number + 1, LINES_BUFFER);
    return -1;
}

char *lines_rest(lines *l, size_t most, size_t *length, poise_error *err)
{
    size_t n = l->end - l->begin, room = n + LINES_BUFFER;
    char *text = malloc(room + 1);
    if (text)
        memcpy(text, l->buffer + l->begin, n);
    while (text && !l->ended && n <= most) {
        int got = take(l, text + n, room - n < LINES_BUFFER ? room - n : LINES_BUFFER, err);
        if (got < 0) {
            free(text);
            return NULL;
        }
        n += (size_t)got;
        if (n == room) {
            char *more = realloc(text, 2 * room + 1);
            if (!more)
                free(text);
            text = more;
            room *= 2;
        }
    }
    if (!text)
        return error_null(err, "%s: error: there is no memory to read it", l->path);
    if (n > most) {
        free(text);
        return error_null(err,
                          "%s: error: it is larger than %zu MiB, which is the most that is read "
                          "of a file that has to be held as a whole",
                          l->path, most >> 20);
    }
    l->begin = l->end;
    text[n] = '\0';
    *length = n;
    return text;
}

static gzFile open_file(const char *path, poise_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return error_null(err, "%s: error: this is a directory, a trace is a file", path);
    gzFile file = gzopen(path, "rb");
    if (!file)
        return error_null(err, "%s: error: cannot be opened: %s", path, strerror(errno));
    gzbuffer(file, LINES_BUFFER);
    return file;
}

lines *lines_open(const char *path, poise_error *err)
{
    gzFile file = open_file(path, err);
    if (!file)
        return NULL;
    lines *l = calloc(1, sizeof *l);
    char *copy = strdup(path);
    if (!l || !copy) {
        gzclose(file);
        free(l);
        free(copy);
        return error_null(err, "%s: error: there is no memory to read it", path);
    }
    l->file = file;
    l->path = copy;
    if (refill(l, err) > 0)
        return l;
    lines_close(l);
    return NULL;
}

void lines_close(lines *l)
{
    if (!l)
        return;
    gzclose(l->file);
    free(l->path);
    free(l);
}

void lines_wrong(const lines *l, poise_error *err, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    for (char *p = sentence; *p; p++)  // it may show what stands in the file
        if ((unsigned char)*p < ' ')
            *p = '?';
    error_add(err, "%s:%lld: error: %s", l->path, (long long)l->number, sentence);
}

lines_word lines_show(const char *from, size_t length)
{
    lines_word word;
    size_t n = 0;
    for (; n < length && n < 24; n++)
        word.text[n] = from[n] >= ' ' && from[n] <= '~' ? from[n] : '?';
    strcpy(word.text + n, length > n ? "..." : "");
    return word;
}

bool lines_first_has(const char *begin, size_t length, const char *word)
{
    const char *newline = memchr(begin, '\n', length);
    size_t n = newline ? (size_t)(newline - begin) : length, m = strlen(word);
    for (size_t k = 0; k + m <= n; k++)
        if (memcmp(begin + k, word, m) == 0)
            return true;
    return false;
}
