/* prefix_cache.c - requests to a language model with what of their prompts was there before. R. Qin
 * et al., "Mooncake: trading more storage for less computation", FAST 2025, and the traces that
 * were published with it: JSON, a request a line,
 *   {"timestamp": ms, "input_length": tokens, "output_length": tokens, "hash_ids": [block, ...]}
 * where a block is 512 tokens of the prompt and all before them; or a table of timestamp_ms,
 * input_tokens, output_tokens, n_blocks and n_prefix_blocks_seen.
 *
 * Blocks from the first on that stood in any request before are hits of a cache that forgets
 * nothing. All blocks of the file are remembered for that, 16 to 32 bytes each. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "block_set.h"
#include "csv_trace.h"
#include "error.h"

enum { BLOCK_TOKENS = 512 };
enum { INPUT, OUTPUT, BLOCKS, PREFIX_BLOCKS, PREFIX, NEW, N_COLUMNS };

static const char *const columns[] = {"input_tokens",  "output_tokens", "blocks",
                                      "prefix_blocks", "prefix_tokens", "new_tokens"};

typedef struct prefix_reader {
    csv_trace csv;
    bool is_json;
    block_set seen;
} prefix_reader;

static void fill_rest(double *value)
{
    value[PREFIX] = fmin(value[PREFIX_BLOCKS] * BLOCK_TOKENS, value[INPUT]);
    value[NEW] = value[INPUT] - value[PREFIX];
}

/* ---- the table ---------------------------------------------------------------------------- */

static const char *const needed[] = {"timestamp_ms", "input_tokens",         "output_tokens",
                                     "n_blocks",     "n_prefix_blocks_seen", NULL};
static const char *const optional[] = {NULL};

static bool read_row(csv_trace *r, trace_row *row, poise_error *err)
{
    csv_table *t = &r->table;
    double ms;
    if (!csv_real(t, r->at[0], 0, HORIZON_MAX_S * 1e3, &ms, err))
        return false;
    if (isnan(ms))
        return csv_wrong(t, r->at[0], csv_wrong_number, "a time in ms is needed", err);
    for (int k = 0; k < 4; k++) {
        if (!csv_real(t, r->at[1 + k], 0, 1e12, &r->value[k], err))
            return false;
        if (csv_is_empty(t, r->at[1 + k]) || r->value[k] != floor(r->value[k]))
            return csv_wrong(t, r->at[1 + k], csv_wrong_number, "a whole number is needed", err);
    }
    if (r->value[PREFIX_BLOCKS] > r->value[BLOCKS])
        return csv_wrong(t, r->at[4], csv_wrong_range, "more than there are blocks", err);
    row->arrival_ns = llround(ms * 1e6);
    fill_rest(r->value);
    return true;
}

/* ---- lines of JSON ------------------------------------------------------------------------ */

static const char wrong_json[] = "left out because they are no request in JSON";

static bool fail(prefix_reader *r, poise_error *err, const char *key, const char *what)
{
    r->csv.base.wrong = wrong_json;
    lines_wrong(r->csv.base.in, err, "%s: %s", key, what);
    return false;
}

static bool read_number(prefix_reader *r, const json_t *request, const char *key, double most,
                        double *value, poise_error *err)
{
    const json_t *node = json_object_get(request, key);
    if (!node)
        return fail(r, err, key, "it is missing");
    *value = json_number_value(node);
    if (!json_is_number(node) || !(*value >= 0 && *value <= most))
        return fail(r, err, key, "it must be a number from 0 on");
    return true;
}

static bool count_blocks(prefix_reader *r, const json_t *list, poise_error *err)
{
    size_t n = json_array_size(list), hits = 0;
    if (!json_is_array(list))
        return fail(r, err, "hash_ids", "it must be a list of whole numbers");
    for (size_t k = 0; k < n; k++)
        if (!json_is_integer(json_array_get(list, k)))
            return fail(r, err, "hash_ids", "it must be a list of whole numbers");
    while (hits < n &&
           block_set_has(&r->seen, (uint64_t)json_integer_value(json_array_get(list, hits))))
        hits++;
    for (size_t k = hits; k < n; k++)
        if (!block_set_add(&r->seen, (uint64_t)json_integer_value(json_array_get(list, k))))
            return fail(r, err, "hash_ids", "there is no memory to remember the blocks");
    r->csv.value[BLOCKS] = (double)n;
    r->csv.value[PREFIX_BLOCKS] = (double)hits;
    return true;
}

static bool read_request(prefix_reader *r, const json_t *request, trace_row *row, poise_error *err)
{
    double ms, *value = r->csv.value;
    if (!read_number(r, request, "timestamp", HORIZON_MAX_S * 1e3, &ms, err) ||
        !read_number(r, request, "input_length", 1e12, &value[INPUT], err) ||
        !read_number(r, request, "output_length", 1e12, &value[OUTPUT], err) ||
        !count_blocks(r, json_object_get(request, "hash_ids"), err))
        return false;
    row->arrival_ns = llround(ms * 1e6);
    fill_rest(value);
    return true;
}

static bool is_blank(const lines *in)
{
    for (size_t k = 0; k < in->length; k++)
        if (!lines_is_space(in->text[k]))
            return false;
    return true;
}

static trace_got next_line(prefix_reader *r, trace_row *row, poise_error *err)
{
    lines *in = r->csv.base.in;
    int got;
    while ((got = lines_next(in, err)) == 1 && is_blank(in))
        ;
    if (got <= 0)
        return got == 0 ? TRACE_END : TRACE_FAILED;
    *row = (trace_row){
        .id = r->csv.base.counts.lines++, .line = in->number, .key = "", .value = r->csv.value};
    json_error_t why;
    json_t *request = json_loadb(in->text, in->length, JSON_REJECT_DUPLICATES, &why);
    bool good = false;
    if (json_is_object(request))
        good = read_request(r, request, row, err);
    else
        fail(r, err, "this is no request in JSON", request ? "an object is needed" : why.text);
    json_decref(request);
    return good ? TRACE_ROW : TRACE_WRONG;
}

/* ---- both --------------------------------------------------------------------------------- */

static trace_got next(trace_reader *base, trace_row *row, poise_error *err)
{
    prefix_reader *r = (prefix_reader *)base;
    return r->is_json ? next_line(r, row, err) : csv_trace_next(base, row, err);
}

static void close_reader(trace_reader *base)
{
    if (base)
        block_set_free(&((prefix_reader *)base)->seen);
    csv_trace_close(base);
}

static bool looks_json(const char *begin, size_t length)
{
    return length > 0 && begin[0] == '{' && lines_first_has(begin, length, "\"input_length\"");
}

static bool looks(const char *begin, size_t length)
{
    static const char *const names[] = {"timestamp_ms", "n_prefix_blocks_seen", NULL};
    return looks_json(begin, length) || csv_has_names(begin, length, names);
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    if (in->end == in->begin || in->buffer[in->begin] != '{')
        return csv_trace_open(sizeof(prefix_reader), in, needed, optional, columns, N_COLUMNS,
                              read_row, err);
    prefix_reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_null(err, "%s: error: there is no memory to read it", in->path);
    r->csv.base.in = in;
    r->csv.base.header = (trace_header){
        .unix_start_time = -1, .column = columns, .n_columns = N_COLUMNS, .n_own = N_COLUMNS};
    r->is_json = true;
    // cppcheck-suppress memleak  // it is the first member
    return &r->csv.base;
}

const trace_format trace_prefix_cache = {
    .name = "prefix_cache",
    .about =
        "requests to a language model with the blocks of their prompts, lines of JSON or a table",
    .suffix = ".jsonl",
    .looks = looks,
    .open = open_reader,
    .next = next,
    .close = close_reader,
    .size = "output_tokens",
};
