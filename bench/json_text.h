/* json_text.h - texts that anybody may have written, as strings of JSON. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

/* A string that is the caller's; what is no UTF-8 in it, which JSON must be, is U+FFFD. */
json_t *json_text(const char *text);

#endif
