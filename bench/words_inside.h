/* words_inside.h - what the files that put a scenario into words share. */
#ifndef WORDS_INSIDE_H
#define WORDS_INSIDE_H

#include "scenario.h"
#include "string_buffer.h"

/* A time for people: "2 ms", "45 s", "20 min", "1.5 h", "3 d". */
void words_time(double s, char *text, size_t size);
/* A rate for people: "4 per second", "18.4 per hour". */
void words_rate(double per_s, char *text, size_t size);
/* What arrives, where it waits and who serves it, as a drawing of a few lines. */
void words_draw(string_buffer *out, const poise_scenario *s);

#endif
