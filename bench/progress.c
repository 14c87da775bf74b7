/* progress.c - see progress.h. */
#include "progress.h"

#include "trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define TERMINAL_EVERY_S 0.2
#define LINE_EVERY_S 10

progress progress_start(bool quiet)
{
    return (progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO), .start_s = wall_now_s()};
}

static void time_text(double left_s, char *text, size_t size)
{
    const long s = isfinite(left_s) && left_s < 1e9 ? lround(left_s) : -1;
    if (s < 0)
        snprintf(text, size, "--:--");
    else if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

void progress_show(progress *p, double left_s, const char *format, ...)
{
    const double elapsed_s = wall_now_s() - p->start_s;
    if (p->quiet || elapsed_s - p->last_s < (p->terminal ? TERMINAL_EVERY_S : LINE_EVERY_S))
        return;
    p->last_s = elapsed_s;
    char left[32];
    time_text(left_s, left, sizeof left);
    va_list args;
    va_start(args, format);
    fputs(p->terminal ? "\r\033[K" : "", stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, ", ETA %s%s", left, p->terminal ? "" : "\n");
    fflush(stderr);
    va_end(args);
}

void progress_wipe(const progress *p)
{
    if (p->terminal && !p->quiet)
        fputs("\r\033[K", stderr);
}
