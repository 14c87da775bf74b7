/* options.h - settings read by their rows (poise_option in poise.h): from the text of one value,
 * from "name=value" pairs of an agent, from a map of a YAML file; and printed again.
 *
 * A row of type POISE_INT or POISE_BYTES whose max is INFINITY also takes the word `unlimited`,
 * stored as -1 and INT64_MAX. A default of INFINITY is `unlimited`, too. */
#ifndef POISE_OPTIONS_H
#define POISE_OPTIONS_H

#include <stdio.h>

#include "poise.h"
#include "string_buffer.h"
#include "yaml.h"

/* Writes the default of every row; rows without one (POISE_REQUIRED) get 0. Texts get NULL. */
void options_defaults(const poise_option *rows, void *base);

/* Whether the value is the default of its row. */
bool option_is_default(const poise_option *row, const void *base);

/* Reads one value. `unit` is what quantities with no unit of their own count ("step"; "" none). On
 * error false and a sentence in problem: "'4.5' is not a whole number". Texts are not copied: the
 * value is the pointer `text`, which must live as long as base. */
bool option_read(const poise_option *row, void *base, const char *text, const char *unit,
                 char *problem, size_t size);
/* What a row allows: "a whole number from 1 to 1000". */
void option_allowed(const poise_option *row, const char *unit, char *text, size_t size);
/* The value as text that reads back as the same value. */
void option_print(const poise_option *row, const void *base, char *text, size_t size);

/* Sets the named option of an agent. false with the sentence added to err: unknown name (with the
 * nearest one), value not allowed. `who` says whose option it is ("agent priority"). */
bool options_set(const poise_option *rows, void *base, const char *who, const char *name,
                 const char *text, poise_error *err);

/* One value of the tree into base + offset of the row; false with a mistake in doc. */
bool options_read_one(yaml_doc *doc, const yaml_node *value, const poise_option *row, void *base,
                      const char *unit);
/* Defaults, then every row found in the map. Mistakes go to doc; rows without a default must be
 * there. `what` names the map ("a device group"). */
void options_read(yaml_doc *doc, yaml_node *map, const poise_option *rows, void *base,
                  const char *unit, const char *what);

/* A table of the rows for people: name, type with bounds, default, help; one line each. */
void options_print_schema(string_buffer *out, const poise_option *rows, const char *unit);

#endif
