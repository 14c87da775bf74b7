/* json_text.c - see json_text.h. */
#include "json_text.h"

#include "escape.h"

json_t *json_text(const char *text)
{
    string_buffer valid = {0};
    escape_utf8(&valid, text);
    json_t *o = json_string(valid.at ? valid.at : "");
    string_free(&valid);
    return o;
}
