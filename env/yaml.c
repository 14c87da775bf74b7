/* yaml.c - guard, parse, override, report. */
#include "yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "string_buffer.h"

enum {
    MOST_BYTES = 4 << 20,
    MOST_NODES = 200000,  // after aliases are expanded: no billion laughs
    MOST_KEYS = 2000,     // of one map; anchors
    DEEPEST = 32,
    MOST_TOLD = 200,  // mistakes; no more fit into a poise_error anyway
    MOST_NAMES = 30,  // in a list of what is allowed
};

/* ---- characters --------------------------------------------------------------------------- */

/* The length of the valid UTF-8 character at p, 0 if there is none (RFC 3629: shortest form, no
 * surrogates, at most U+10FFFF). */
static int utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    int length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n < (size_t)length)
        return 0;
    for (int k = 1; k < length; k++)
        if ((p[k] & 0xC0) != 0x80)
            return 0;
    bool too_long = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool too_large = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return too_long || too_large ? 0 : length;
}

static bool is_control(const unsigned char *p)
{
    return (p[0] < 0x20 && p[0] != '\n' && p[0] != '\t') || p[0] == 0x7F ||
           (p[0] == 0xC2 && p[1] < 0xA0);
}

/* ---- mistakes ----------------------------------------------------------------------------- */

void yaml_wrong(yaml_doc *doc, yaml_mark mark, const char *allowed, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    doc->mistake =
        arena_grow(doc->memory, doc->mistake, (size_t)doc->n_mistakes, sizeof *doc->mistake);
    doc->mistake[doc->n_mistakes] = (yaml_mistake){
        .mark = mark,
        .text = arena_text(doc->memory, text),
        .allowed = allowed ? arena_text(doc->memory, allowed) : NULL,
        .order = doc->n_mistakes,
    };
    doc->n_mistakes++;
}

bool yaml_knows(const yaml_doc *doc, yaml_mark mark, const char *text)
{
    for (int k = 0; k < doc->n_mistakes; k++) {
        const yaml_mistake *m = &doc->mistake[k];
        if (m->mark.set == mark.set && m->mark.at == mark.at && strcmp(m->text, text) == 0)
            return true;
    }
    return false;
}

static yaml_mark at_start(void)
{
    return (yaml_mark){.set = -1};
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static int count_characters(const char *text, size_t n)
{
    int count = 0;
    for (size_t k = 0; k < n; k++)
        count += !is_inside(text[k]);
    return count;
}

/* The line around a mark. */
typedef struct place {
    int line, column;  // from 1, in characters
    const char *text;  // of the line
    size_t length;     // of it
    size_t before;     // bytes before the mark
} place;

static place find_place(const yaml_doc *doc, yaml_mark mark)
{
    size_t at = mark.at < doc->size ? mark.at : doc->size;
    place p = {.line = 1, .text = doc->text};
    for (size_t k = 0; k < at; k++)
        if (doc->text[k] == '\n') {
            p.line++;
            p.text = doc->text + k + 1;
        }
    p.before = (size_t)(doc->text + at - p.text);
    p.length = strcspn(p.text, "\n");
    p.column = count_characters(p.text, p.before) + 1;
    return p;
}

enum { WIDEST = 120 };  // bytes of a source line that are shown

/* Text with a ? for what no terminal should get. */
static void add_readable(string_buffer *t, const char *text, size_t n)
{
    for (size_t k = 0; k < n;) {
        const unsigned char *c = (const unsigned char *)text + k;
        int length = utf8_length(c, n - k);
        if (length == 0 || is_control(c))
            string_add(t, "?");
        else
            string_add(t, "%.*s", length, text + k);
        k += length > 0 ? (size_t)length : 1;
    }
}

static void add_source_line(string_buffer *t, place p, yaml_mark mark)
{
    if (p.length == 0 || p.before >= WIDEST)
        return;
    size_t shown = p.length < WIDEST ? p.length : WIDEST;
    while (shown > 0 && shown < p.length && is_inside(p.text[shown]))
        shown--;
    string_add(t, "\n%5d | ", p.line);
    add_readable(t, p.text, shown);
    string_add(t, "\n      | ");
    for (size_t k = 0; k < p.before; k++)
        if (!is_inside(p.text[k]))
            string_add(t, p.text[k] == '\t' ? "\t" : " ");
    size_t length = mark.length < shown - p.before ? mark.length : shown - p.before;
    string_add(t, "^");
    for (int k = count_characters(p.text + p.before, length); k > 1; k--)
        string_add(t, "~");
}

static void add_mistake(const yaml_doc *doc, const yaml_mistake *m, poise_error *err)
{
    string_buffer t = {0};
    if (m->mark.set >= 0) {
        string_add(&t, "--set ");
        add_readable(&t, doc->sets[m->mark.set], strlen(doc->sets[m->mark.set]));
    } else if (doc->text) {
        place p = find_place(doc, m->mark);
        string_add(&t, "%s:%d:%d", doc->path, p.line, p.column);
    } else {
        string_add(&t, "%s", doc->path);
    }
    string_add(&t, ": error: ");
    add_readable(&t, m->text, strlen(m->text));
    if (m->mark.set < 0 && doc->text)
        add_source_line(&t, find_place(doc, m->mark), m->mark);
    if (m->allowed) {
        string_add(&t, "\n      allowed: ");
        add_readable(&t, m->allowed, strlen(m->allowed));
    }
    error_add(err, "%s", t.at);
    string_free(&t);
}

static int by_place(const void *left, const void *right)
{
    const yaml_mistake *a = left, *b = right;
    if (a->mark.set != b->mark.set)
        return a->mark.set < b->mark.set ? -1 : 1;
    if (a->mark.at != b->mark.at)
        return a->mark.at < b->mark.at ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Aliases show one place of the file several times. */
static bool is_same(const yaml_mistake *a, const yaml_mistake *b)
{
    return a->mark.set == b->mark.set && a->mark.at == b->mark.at && strcmp(a->text, b->text) == 0;
}

bool yaml_report(const yaml_doc *doc, poise_error *err)
{
    error_clear(err);
    if (doc->n_mistakes > 0)
        qsort(doc->mistake, (size_t)doc->n_mistakes, sizeof *doc->mistake, by_place);
    for (int k = 0; k < doc->n_mistakes && k < MOST_TOLD; k++)
        if (k == 0 || !is_same(&doc->mistake[k - 1], &doc->mistake[k]))
            add_mistake(doc, &doc->mistake[k], err);
    if (doc->n_mistakes > MOST_TOLD)
        err->n_mistakes = doc->n_mistakes;
    return doc->n_mistakes == 0;
}

/* ---- guard -------------------------------------------------------------------------------- */

/* Refuses what libfyaml should not see. set: -1 for the file, else the override. */
static bool guard(yaml_doc *doc, const char *text, size_t size, int set)
{
    for (size_t k = 0; k < size;) {
        const unsigned char *p = (const unsigned char *)text + k;
        const yaml_mark here = {.at = k, .set = set};
        int length = utf8_length(p, size - k);
        if (length == 0) {
            yaml_wrong(doc, here, NULL, "byte 0x%02x is not valid UTF-8", p[0]);
            return false;
        }
        if (is_control(p)) {
            yaml_wrong(doc, here, NULL, "control character 0x%02x in the text",
                       p[0] == 0xC2 ? p[1] : p[0]);
            return false;
        }
        k += (size_t)length;
    }
    return true;
}

/* Line ends of other systems become \n, a byte order mark goes, the last line is ended. */
static void keep_normalised(yaml_doc *doc, const char *bytes, size_t n)
{
    doc->text = arena_take(doc->memory, n + 2, 1);
    size_t begin = n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (size_t k = begin; k < n; k++) {
        if (bytes[k] == '\r' && k + 1 < n && bytes[k + 1] == '\n')
            continue;
        doc->text[doc->size++] = bytes[k] == '\r' ? '\n' : bytes[k];
    }
    if (doc->size == 0 || doc->text[doc->size - 1] != '\n')
        doc->text[doc->size++] = '\n';
}

static bool read_file(yaml_doc *doc)
{
    FILE *f = fopen(doc->path, "rb");
    if (!f) {
        yaml_wrong(doc, at_start(), NULL, "cannot open the %s: %s", doc->what, strerror(errno));
        return false;
    }
    char *bytes = malloc(MOST_BYTES + 1);
    size_t n = bytes ? fread(bytes, 1, MOST_BYTES + 1, f) : 0;
    bool failed = !bytes || ferror(f);
    int why = errno;
    fclose(f);
    if (failed)
        yaml_wrong(doc, at_start(), NULL, "cannot read the %s: %s", doc->what, strerror(why));
    else if (n > MOST_BYTES)
        yaml_wrong(doc, at_start(), NULL, "the file is larger than %d MiB", MOST_BYTES >> 20);
    else
        keep_normalised(doc, bytes, n);
    free(bytes);
    return doc->text && guard(doc, doc->text, doc->size, -1);
}

/* ---- parse -------------------------------------------------------------------------------- */

typedef struct anchor {
    const char *name;
    yaml_node *node;
} anchor;

/* A parse under way. */
typedef struct parse {
    yaml_doc *doc;
    struct fy_parser *parser;
    struct fy_diag *diag;
    int set;  // override that is parsed, -1 = the file
    int n_nodes;
    anchor *anchor;
    int n_anchors;
    bool stopped;  // a mistake after which nothing can be trusted
} parse;

static void stop(parse *p, yaml_mark mark, const char *text)
{
    if (!p->stopped)
        yaml_wrong(p->doc, mark, NULL, "%s", text);
    p->stopped = true;
}

static yaml_mark mark_of(const parse *p, struct fy_event *e)
{
    const struct fy_mark *begin = fy_event_start_mark(e), *end = fy_event_end_mark(e);
    yaml_mark mark = {.set = p->set};
    if (begin)
        mark.at = begin->input_pos;
    if (begin && end && end->input_pos > begin->input_pos)
        mark.length = end->input_pos - begin->input_pos;
    return mark;
}

/* The byte where the line and column (from 0 and in characters) of a libfyaml message lie. */
static size_t offset_of(const yaml_doc *doc, int line, int column)
{
    const char *p = doc->text;
    for (; line > 0 && strchr(p, '\n'); line--)
        p = strchr(p, '\n') + 1;
    while (*p && *p != '\n' && column > 0) {
        p++;
        while (is_inside(*p))
            p++;
        column--;
    }
    return (size_t)(p - doc->text);
}

static void syntax_error(parse *p)
{
    void *iterator = NULL;
    struct fy_diag_error *e = fy_diag_errors_iterate(p->diag, &iterator);
    yaml_mark mark = {.set = p->set};
    if (e && p->set < 0)
        mark.at =
            offset_of(p->doc, e->line > 0 ? e->line - 1 : 0, e->column > 0 ? e->column - 1 : 0);
    char text[256];
    snprintf(text, sizeof text, "not valid YAML: %s", e && e->msg ? e->msg : "unexpected end");
    stop(p, mark, text);
}

static struct fy_event *next_event(parse *p)
{
    if (p->stopped)
        return NULL;
    struct fy_event *e = fy_parser_parse(p->parser);
    if (!e)
        syntax_error(p);
    return e;
}

static char *token_text(parse *p, struct fy_token *token)
{
    size_t n = 0;
    const char *text = token ? fy_token_get_text(token, &n) : NULL;
    return arena_copy(p->doc->memory, text, text ? n : 0);
}

static yaml_node *new_node(parse *p, yaml_kind kind, yaml_mark mark)
{
    yaml_node *node = arena_take(p->doc->memory, 1, sizeof *node);
    *node = (yaml_node){.kind = kind, .mark = mark, .text = ""};
    if (++p->n_nodes > MOST_NODES)
        stop(p, mark, "more than 200000 values (do aliases multiply?)");
    return node;
}

static void add_entry(arena *memory, yaml_node *node, yaml_entry entry)
{
    node->entry = arena_grow(memory, node->entry, (size_t)node->n, sizeof *node->entry);
    node->entry[node->n++] = entry;
}

static void remember_anchor(parse *p, struct fy_event *e, yaml_node *node)
{
    struct fy_token *token = fy_event_get_anchor_token(e);
    if (!token)
        return;
    if (p->n_anchors >= MOST_KEYS)
        stop(p, node->mark, "too many anchors");
    p->anchor = arena_grow(p->doc->memory, p->anchor, (size_t)p->n_anchors, sizeof *p->anchor);
    p->anchor[p->n_anchors++] = (anchor){token_text(p, token), node};
}

static yaml_node *copy_node(parse *p, const yaml_node *from)
{
    yaml_node *node = new_node(p, from->kind, from->mark);
    node->text = from->text;
    node->quoted = from->quoted;
    for (int k = 0; k < from->n && !p->stopped; k++) {
        yaml_entry entry = from->entry[k];
        entry.value = copy_node(p, entry.value);
        add_entry(p->doc->memory, node, entry);
    }
    return node;
}

static yaml_node *alias(parse *p, struct fy_event *e)
{
    const char *name = token_text(p, fy_event_get_token(e));
    for (int k = p->n_anchors - 1; k >= 0; k--)
        if (strcmp(p->anchor[k].name, name) == 0)
            return copy_node(p, p->anchor[k].node);
    stop(p, mark_of(p, e),
         arena_format(p->doc->memory, "alias '*%s' has no anchor '&%s' before it", name, name));
    return NULL;
}

static yaml_node *read_node(parse *p, struct fy_event *e, int depth);

static yaml_node *scalar(parse *p, struct fy_event *e)
{
    struct fy_token *token = fy_event_get_token(e);
    yaml_node *node = new_node(p, YAML_SCALAR, mark_of(p, e));
    node->text = token_text(p, token);
    node->quoted = token && fy_scalar_token_get_style(token) != FYSS_PLAIN;
    if (token && strlen(node->text) != fy_token_get_text_length(token))
        stop(p, node->mark, "a text with the character \\0");
    return node;
}

/* libfyaml does not say where a value is that is not there: where it was expected. */
static void place_empty(yaml_node *value, yaml_mark mark)
{
    if (value->kind == YAML_SCALAR && !value->quoted && !value->text[0])
        value->mark = mark;
}

static yaml_node *list(parse *p, struct fy_event *e, int depth)
{
    yaml_node *node = new_node(p, YAML_LIST, mark_of(p, e));
    struct fy_event *item;
    while ((item = next_event(p)) && item->type != FYET_SEQUENCE_END) {
        yaml_node *value = read_node(p, item, depth + 1);
        fy_parser_event_free(p->parser, item);
        if (!value)
            return NULL;
        place_empty(value, node->mark);
        add_entry(p->doc->memory, node, (yaml_entry){.mark = value->mark, .value = value});
    }
    fy_parser_event_free(p->parser, item);
    return p->stopped ? NULL : node;
}

static const yaml_entry *find_entry(const yaml_node *map, const char *key)
{
    for (int k = 0; k < map->n; k++)
        if (map->entry[k].key && strcmp(map->entry[k].key, key) == 0)
            return &map->entry[k];
    return NULL;
}

/* A key given twice is a mistake of which the first is kept; reading goes on. */
static void add_to_map(parse *p, yaml_node *map, yaml_entry entry)
{
    const yaml_entry *first = find_entry(map, entry.key);
    if (p->doc->n_mistakes > MOST_TOLD)
        stop(p, entry.mark, "too many mistakes to go on");
    else if (first && p->set < 0)
        yaml_wrong(p->doc, entry.mark, NULL, "key '%s' is given twice, first in line %d", entry.key,
                   find_place(p->doc, first->mark).line);
    else if (first)
        yaml_wrong(p->doc, entry.mark, NULL, "key '%s' is given twice", entry.key);
    else if (map->n >= MOST_KEYS)
        stop(p, entry.mark, "too many keys in one map");
    else
        add_entry(p->doc->memory, map, entry);
}

/* The value that follows a key. */
static yaml_node *value_of(parse *p, int depth)
{
    struct fy_event *e = next_event(p);
    yaml_node *value = e ? read_node(p, e, depth) : NULL;
    fy_parser_event_free(p->parser, e);
    return value;
}

static yaml_node *map(parse *p, struct fy_event *e, int depth)
{
    yaml_node *node = new_node(p, YAML_MAP, mark_of(p, e));
    struct fy_event *key;
    while ((key = next_event(p)) && key->type != FYET_MAPPING_END) {
        yaml_entry entry = {.mark = mark_of(p, key)};
        if (key->type == FYET_SCALAR)
            entry.key = token_text(p, fy_event_get_token(key));
        else
            stop(p, entry.mark, "a key must be a word");
        fy_parser_event_free(p->parser, key);
        entry.value = value_of(p, depth + 1);
        if (!entry.value)
            return NULL;
        place_empty(entry.value, entry.mark);
        add_to_map(p, node, entry);
    }
    fy_parser_event_free(p->parser, key);
    return p->stopped ? NULL : node;
}

/* The tree under an event; NULL if the parse stopped. */
static yaml_node *read_node(parse *p, struct fy_event *e, int depth)
{
    yaml_node *node = NULL;
    if (depth > DEEPEST)
        stop(p, mark_of(p, e), "nested too deeply");
    else if (e->type != FYET_ALIAS && fy_event_get_tag_token(e))
        stop(p, mark_of(p, e), "tags such as '!!str' are not used here");
    else if (e->type == FYET_SCALAR)
        node = scalar(p, e);
    else if (e->type == FYET_SEQUENCE_START)
        node = list(p, e, depth);
    else if (e->type == FYET_MAPPING_START)
        node = map(p, e, depth);
    else if (e->type == FYET_ALIAS)
        node = alias(p, e);
    else
        stop(p, mark_of(p, e), "not valid YAML");
    if (node)
        remember_anchor(p, e, node);
    return p->stopped ? NULL : node;
}

/* The one document of a stream. */
static yaml_node *read_stream(parse *p)
{
    yaml_node *root = NULL;
    struct fy_event *e;
    while ((e = next_event(p)) && e->type != FYET_STREAM_END) {
        bool is_mark = e->type == FYET_STREAM_START || e->type == FYET_DOCUMENT_START ||
                       e->type == FYET_DOCUMENT_END;
        if (!is_mark && root)
            stop(p, mark_of(p, e), "a second document in the file");
        else if (!is_mark)
            root = read_node(p, e, 0);
        fy_parser_event_free(p->parser, e);
    }
    fy_parser_event_free(p->parser, e);
    if (!root)
        stop(p, (yaml_mark){.set = p->set}, "there is nothing in it");
    return p->stopped ? NULL : root;
}

static yaml_node *parse_text(yaml_doc *doc, const char *text, size_t size, int set)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    parse p = {.doc = doc, .set = set, .diag = fy_diag_create(&diag_cfg)};
    fy_diag_set_collect_errors(p.diag, true);
    struct fy_parse_cfg cfg = {.search_path = "", .flags = FYPCF_QUIET, .diag = p.diag};
    p.parser = fy_parser_create(&cfg);
    yaml_node *root = NULL;
    if (!p.parser || fy_parser_set_string(p.parser, text, size) != 0)
        stop(&p, (yaml_mark){.set = set}, "the YAML parser could not be started: out of memory");
    else
        root = read_stream(&p);
    fy_parser_destroy(p.parser);
    fy_diag_destroy(p.diag);
    return root;
}

/* ---- overrides ---------------------------------------------------------------------------- */

/* The item of a list by its number or by its `name`, NULL with a mistake if there is none. */
static yaml_entry *list_item(yaml_doc *doc, yaml_node *list_node, const char *part, yaml_mark mark)
{
    char *end;
    long index = strtol(part, &end, 10);
    if (part[0] >= '0' && part[0] <= '9' && !*end && index < list_node->n)
        return &list_node->entry[index];
    for (int k = 0; k < list_node->n; k++) {
        const yaml_entry *name = find_entry(list_node->entry[k].value, "name");
        if (name && strcmp(name->value->text, part) == 0)
            return &list_node->entry[k];
    }
    char allowed[64];
    snprintf(allowed, sizeof allowed, "0 to %d, or the name of an item", list_node->n - 1);
    yaml_wrong(doc, mark, list_node->n ? allowed : NULL, "the list has %d items, none is '%s'",
               list_node->n, part);
    return NULL;
}

static yaml_entry *map_entry(yaml_doc *doc, yaml_node *map_node, const char *part, yaml_mark mark)
{
    yaml_entry *entry = (yaml_entry *)find_entry(map_node, part);
    if (entry)
        return entry;
    yaml_node *empty = arena_take(doc->memory, 1, sizeof *empty);
    *empty = (yaml_node){.kind = YAML_MAP, .mark = mark, .text = ""};
    add_entry(doc->memory, map_node,
              (yaml_entry){.key = arena_text(doc->memory, part), .mark = mark, .value = empty});
    return &map_node->entry[map_node->n - 1];
}

/* Walks the path and puts the value at its end; keys that are missing on the way are added, so that
 * the check of the whole tree tells whether they exist. */
static void put(yaml_doc *doc, char *path, yaml_node *value, yaml_mark mark)
{
    yaml_node *node = doc->root;
    yaml_entry *entry = NULL;
    for (char *rest, *part = strtok_r(path, ".", &rest); part; part = strtok_r(NULL, ".", &rest)) {
        if (node->kind == YAML_SCALAR) {
            yaml_wrong(doc, mark, NULL, "'%s' is below a plain value", part);
            return;
        }
        entry = node->kind == YAML_LIST ? list_item(doc, node, part, mark)
                                        : map_entry(doc, node, part, mark);
        if (!entry)
            return;
        node = entry->value;
    }
    if (!entry) {
        yaml_wrong(doc, mark, NULL, "there is no path before '='");
        return;
    }
    entry->value = value;
    entry->mark = mark;
}

static void apply_set(yaml_doc *doc, int set)
{
    yaml_mark mark = {.set = set};
    const char *text = doc->sets[set], *equals = strchr(text, '=');
    if (!equals) {
        yaml_wrong(doc, mark, "PATH=VALUE, as in devices.0.count=8", "there is no '='");
        return;
    }
    if (strlen(equals + 1) > MOST_BYTES || !guard(doc, text, strlen(text), set))
        return;
    const char *line = arena_format(doc->memory, "%s\n", equals + 1);
    yaml_node *value = parse_text(doc, line, strlen(line), set);
    if (value)
        put(doc, arena_copy(doc->memory, text, (size_t)(equals - text)), value, mark);
}

bool yaml_open(yaml_doc *doc, arena *memory, const char *path, const char *what,
               const char *const *sets, int n_sets)
{
    *doc = (yaml_doc){.memory = memory, .path = path, .what = what, .sets = sets, .n_sets = n_sets};
    if (!read_file(doc))
        return false;
    doc->root = parse_text(doc, doc->text, doc->size, -1);
    if (!doc->root || !yaml_is(doc, doc->root, YAML_MAP, arena_format(memory, "the %s", what)))
        return false;
    for (int k = 0; k < n_sets; k++)
        apply_set(doc, k);
    return true;
}

/* ---- reading the tree --------------------------------------------------------------------- */

static void note_asked(yaml_doc *doc, yaml_node *map_node, const char *key)
{
    for (int k = 0; k < map_node->n_asked; k++)
        if (strcmp(map_node->asked[k], key) == 0)
            return;
    map_node->asked = arena_grow(doc->memory, map_node->asked, (size_t)map_node->n_asked,
                                 sizeof *map_node->asked);
    map_node->asked[map_node->n_asked++] = key;
}

yaml_node *yaml_get(yaml_doc *doc, yaml_node *map_node, const char *key)
{
    note_asked(doc, map_node, key);
    yaml_entry *entry = (yaml_entry *)find_entry(map_node, key);
    if (!entry)
        return NULL;
    entry->used = true;
    return entry->value;
}

yaml_mark yaml_start(yaml_mark mark)
{
    mark.length = 0;
    return mark;
}

yaml_node *yaml_need(yaml_doc *doc, yaml_node *map_node, const char *key, const char *what)
{
    yaml_node *value = yaml_get(doc, map_node, key);
    if (!value)
        yaml_wrong(doc, yaml_start(map_node->mark), NULL, "key '%s' is missing in %s", key, what);
    return value;
}

const char *yaml_names(yaml_doc *doc, const char *const *names)
{
    const char *all = "";
    int k = 0;
    for (; k < MOST_NAMES && names[k]; k++)
        all = arena_format(doc->memory, "%s%s%s", all, k ? ", " : "", names[k]);
    return names[k] ? arena_format(doc->memory, "%s, ...", all) : all;
}

const char *yaml_guess(yaml_doc *doc, const char *wrong, const char *const *names)
{
    const char *nearest = doc->n_mistakes < MOST_TOLD ? nearest_name(wrong, names) : NULL;
    return nearest ? arena_format(doc->memory, ", did you mean '%s'?", nearest) : "";
}

void yaml_wrong_name(yaml_doc *doc, yaml_mark mark, const char *what, const char *name,
                     const char *const *known)
{
    yaml_wrong(doc, mark, yaml_names(doc, known), "%s '%s' does not exist%s", what, name,
               yaml_guess(doc, name, known));
}

void yaml_done(yaml_doc *doc, yaml_node *map_node, const char *what)
{
    const char **names = arena_take(doc->memory, (size_t)map_node->n_asked + 1, sizeof *names);
    for (int k = 0; k < map_node->n_asked; k++)
        names[k] = map_node->asked[k];
    for (int k = 0; k < map_node->n; k++) {
        const yaml_entry *e = &map_node->entry[k];
        if (!e->used)
            yaml_wrong(doc, e->mark, yaml_names(doc, names), "unknown key '%s' in %s%s", e->key,
                       what, yaml_guess(doc, e->key, names));
    }
}

bool yaml_is(yaml_doc *doc, const yaml_node *node, yaml_kind kind, const char *what)
{
    static const char *const kinds[] = {"a plain value", "a list", "a map of keys and values"};
    if (node->kind == kind)
        return true;
    bool empty = node->kind == YAML_SCALAR && !node->text[0] && !node->quoted;
    if (empty)
        yaml_wrong(doc, node->mark, NULL, "%s is empty, it must be %s", what, kinds[kind]);
    else
        yaml_wrong(doc, node->mark, NULL, "%s must be %s, not %s", what, kinds[kind],
                   kinds[node->kind]);
    return false;
}

yaml_mark yaml_mark_of(const yaml_node *map_node, const char *key)
{
    const yaml_entry *entry = find_entry(map_node, key);
    return entry ? entry->value->mark : yaml_start(map_node->mark);
}

bool yaml_has(const yaml_node *map_node, const char *key)
{
    return find_entry(map_node, key) != NULL;
}
