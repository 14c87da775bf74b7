/* error.c - filling a poise_error, and guessing which name was meant. */
#define _GNU_SOURCE  // the name of the program
#include "error.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char more[] = "\n... and more mistakes after these";

void error_clear(poise_error *err)
{
    err->n_mistakes = 0;
    err->text[0] = '\0';
}

static bool is_full(const poise_error *err)
{
    size_t used = strlen(err->text);
    return used >= sizeof more && strcmp(err->text + used - (sizeof more - 1), more) == 0;
}

/* Cuts text at `size` bytes without leaving half a character behind. */
static void cut(char *text, size_t size)
{
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
        size--;
    text[size] = '\0';
}

static void add(poise_error *err, const char *format, va_list args)
{
    const size_t room = sizeof err->text - sizeof more;
    err->n_mistakes++;
    if (is_full(err))
        return;
    size_t used = strlen(err->text), begin = used;
    if (used > 0 && used < room)
        err->text[used++] = '\n';
    int n = vsnprintf(err->text + used, sizeof err->text - used, format, args);
    if (n >= 0 && used + (size_t)n <= room)
        return;
    cut(err->text, begin > 0 ? begin : room);
    memcpy(err->text + strlen(err->text), more, sizeof more);
}

void error_add(poise_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(err, format, args);
    va_end(args);
}

void *error_null(poise_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_clear(err);
    add(err, format, args);
    va_end(args);
    return NULL;
}

enum { LONGEST = 48 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein in the form of optimal string alignment: insertions, deletions, exchanges
 * and swaps of neighbours, each 1. */
static int distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > LONGEST || m > LONGEST)
        return INT_MAX;
    int d[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n; i++)
        d[i][0] = i;
    for (int j = 0; j <= m; j++)
        d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            int exchange = d[i - 1][j - 1] + !same(a[i - 1], b[j - 1]);
            d[i][j] = least(exchange, 1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                d[i][j] = least(d[i][j], 1 + d[i - 2][j - 2]);
        }
    return d[n][m];
}

const char *nearest_name(const char *wrong, const char *const *names)
{
    const char *nearest = NULL;
    int n = (int)strlen(wrong), best = n <= 2 ? 2 : n <= 5 ? 3 : 2 + n / 3;
    for (; *names; names++) {
        int d = distance(wrong, *names);
        if (d < best && d < (int)strlen(*names)) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}

void error_no_memory(void)
{
    fprintf(stderr, "%s: error: out of memory\n", program_invocation_name);
    _Exit(ERROR_NO_MEMORY_STATUS);
}

void *error_must(void *memory)
{
    if (!memory)
        error_no_memory();
    return memory;
}
