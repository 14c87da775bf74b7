/* yaml.h - a YAML file as a tree that remembers where everything stands, and the mistakes found in
 * it, so that all can be told at once, in order, each under its line.
 *
 * libfyaml does the parsing, behind a guard: it only ever sees a bounded buffer of valid UTF-8
 * without control characters and with a final newline (0.7.12 reads out of bounds without it). */
#ifndef POISE_YAML_H
#define POISE_YAML_H

#include "arena.h"
#include "poise.h"

/* Where something stands: bytes [at, at + length) of the file, or the override number `set`. */
typedef struct yaml_mark {
    size_t at, length;
    int set;  // -1 = in the file
} yaml_mark;

typedef enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP } yaml_kind;

typedef struct yaml_node yaml_node;

/* An item of a list (no key) or an entry of a map. */
typedef struct yaml_entry {
    const char *key;
    yaml_mark mark;  // of the key
    yaml_node *value;
    bool used;  // somebody asked for it
} yaml_entry;

struct yaml_node {
    yaml_kind kind;
    yaml_mark mark;
    const char *text;  // scalars; quotes and escapes resolved, never NULL
    bool quoted;
    int n;
    yaml_entry *entry;   // (n) lists and maps
    const char **asked;  // (n_asked) keys that were asked for: those that are allowed
    int n_asked;
};

typedef struct yaml_mistake {
    yaml_mark mark;
    const char *text;
    const char *allowed;  // a further line, NULL if there is none
    int order;            // of discovery
} yaml_mistake;

/* A file while it is read. Everything belongs to `memory`. */
typedef struct yaml_doc {
    arena *memory;
    const char *path;  // as shown in messages
    const char *what;  // "scenario"
    char *text;        // the file, terminated
    size_t size;
    const char *const *sets;
    int n_sets;
    yaml_node *root;
    yaml_mistake *mistake;
    int n_mistakes;
} yaml_doc;

/* Reads the file, which is called a `what` ("scenario") in messages, and applies the overrides
 * "path=value" to the tree. doc is filled even on error; then false, and the mistakes are those of
 * doc (report them). */
bool yaml_open(yaml_doc *doc, arena *memory, const char *path, const char *what,
               const char *const *sets, int n_sets);

/* Notes a mistake. `allowed` (copied, may be NULL) says in a further line what would be right. */
void yaml_wrong(yaml_doc *doc, yaml_mark mark, const char *allowed, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether that mistake has been noted at that place. */
bool yaml_knows(const yaml_doc *doc, yaml_mark mark, const char *text);
/* Writes all mistakes into err, in order of their place; true if there are none. */
bool yaml_report(const yaml_doc *doc, poise_error *err);

/* The value of a key of a map, NULL if it is not there. The key counts as known from now on. */
yaml_node *yaml_get(yaml_doc *doc, yaml_node *map, const char *key);
/* The same for a key that must be there; `what` names the map ("a device group"). */
yaml_node *yaml_need(yaml_doc *doc, yaml_node *map, const char *key, const char *what);
/* Notes every key of the map that nobody asked for. */
void yaml_done(yaml_doc *doc, yaml_node *map, const char *what);
/* Whether the node is of that kind; notes a mistake if not. `what` names it ("devices"). */
bool yaml_is(yaml_doc *doc, const yaml_node *node, yaml_kind kind, const char *what);
bool yaml_has(const yaml_node *map, const char *key);
/* The mark of a key's value if it is there, else the start of the map. */
yaml_mark yaml_mark_of(const yaml_node *map, const char *key);
/* The place where the mark begins, for messages about what is missing there. */
yaml_mark yaml_start(yaml_mark mark);
/* "a, b, c" of NULL-terminated names; belongs to doc->memory. */
const char *yaml_names(yaml_doc *doc, const char *const *names);
/* ", did you mean 'x'?" or "". */
const char *yaml_guess(yaml_doc *doc, const char *wrong, const char *const *names);
/* Notes that there is no `what` ("law") of this name, with the nearest that there is. */
void yaml_wrong_name(yaml_doc *doc, yaml_mark mark, const char *what, const char *name,
                     const char *const *known);

#endif
