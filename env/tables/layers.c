/* layers.c - a network measured layer by layer, as profilers of pipeline-parallel training write
 * it:
 *
 *   node4 -- Conv2d(3, 64) -- forward_compute_time=0.5, backward_compute_time=0.9,
 *            activation_size=802816.000, parameter_size=37632.000
 *   <tab>node4 -- node5
 *
 * each in one line; times in milliseconds, sizes in bytes. D. Narayanan et al., "PipeDream:
 * generalized pipeline parallelism for DNN training", SOSP 2019. A layer's time is that of one step
 * of training, forward and backward. Nodes called Input hold what loading data took: they and their
 * edges are left out. */
#include "../table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Nodes that were left out; edges come after all nodes. */
typedef struct inputs {
    const char **name;
    size_t n;
} inputs;

static bool looks(const char *begin, size_t length)
{
    const char *end = memchr(begin, '\n', length);
    const size_t n = end ? (size_t)(end - begin) : length;
    return n > 4 && memcmp(begin, "node", 4) == 0 &&
           table_contains(begin, n, "forward_compute_time=");
}

/* The number at *text, up to one of the ends; *text is then behind it. */
static bool take_number(table_reader *r, const char *key, const char **text, const char *ends,
                        double *value, poise_error *err)
{
    char number[64];
    *text += strspn(*text, " ");
    const size_t n = strcspn(*text, ends);
    snprintf(number, sizeof number, "%.*s", (int)(n < sizeof number ? n : sizeof number - 1),
             *text);
    *text += n;
    return table_real(r, key, number, 1e15, value, err);
}

/* The value behind "KEY=" in the line. A layer that gives several tensors says [1.0; 2.0]: together
 * they are one. */
static bool take_value(table_reader *r, const char *line, const char *key, double *value,
                       poise_error *err)
{
    const char *at = strstr(line, key);
    if (!at || at[strlen(key)] != '=')
        return table_fail(r, err, "%s is missing: is the line cut off?", key);
    at += strlen(key) + 1;
    if (*at != '[')
        return take_number(r, key, &at, ", ", value, err);
    *value = 0;
    do {
        double part;
        at++;
        if (!take_number(r, key, &at, ";], ", &part, err))
            return false;
        *value += part;
    } while (*at == ';');
    return *at == ']' || table_fail(r, err, "%s has no ]: is the line cut off?", key);
}

/* "Conv2d(3, 64)" is of kind "Conv2d". */
static char *op_of(table_reader *r, const char *layer)
{
    return arena_copy(r->memory, layer, strcspn(layer, "( "));
}

static bool is_input(const char *op)
{
    return strncmp(op, "Input", 5) == 0 && op[5 + strspn(op + 5, "0123456789")] == 0;
}

static bool read_layer(table_reader *r, char *line, inputs *left, const table_taker *to,
                       table_counts *counts, poise_error *err)
{
    double forward_ms = 0, backward_ms = 0, activation = 0, params = 0;
    char *layer = strstr(line, " -- "), *numbers = layer ? strstr(layer + 4, " -- ") : NULL;
    if (!numbers)
        return table_fail(r, err,
                          "not of the form 'node -- layer -- numbers': is the line cut "
                          "off?");
    *layer = *numbers = 0;
    if (!take_value(r, numbers + 4, "forward_compute_time", &forward_ms, err) ||
        !take_value(r, numbers + 4, "backward_compute_time", &backward_ms, err) ||
        !take_value(r, numbers + 4, "activation_size", &activation, err) ||
        !take_value(r, numbers + 4, "parameter_size", &params, err))
        return false;
    table_task task = {
        .name = line,
        .op = op_of(r, layer + 4),
        .seconds = nearbyint((forward_ms + backward_ms) * 1e6) / 1e9,  // whole nanoseconds
        .cores = 1,
        .params_bytes = (int64_t)params,
        .activation_bytes = (int64_t)activation,
    };
    if (is_input(task.op)) {
        left->name = arena_grow(r->memory, left->name, left->n, sizeof *left->name);
        left->name[left->n++] = arena_text(r->memory, line);
        counts->left_out++;
        return true;
    }
    counts->rows++;
    return to->task(to->data, &task, err) || table_fail_taken(r, err);
}

static bool was_left_out(const inputs *left, const char *name)
{
    for (size_t k = 0; k < left->n; k++)
        if (strcmp(left->name[k], name) == 0)
            return true;
    return false;
}

static bool read_edge(table_reader *r, char *line, const inputs *left, const table_taker *to,
                      table_counts *counts, poise_error *err)
{
    char *second = strstr(line, " -- ");
    if (!second || !second[4])
        return table_fail(r, err, "not of the form 'node -- node': is the line cut off?");
    *second = 0;
    if (was_left_out(left, line) || was_left_out(left, second + 4))
        return true;
    const table_edge edge = {.from = line, .to = second + 4, .bytes = -1};
    counts->edges++;
    return to->edge(to->data, &edge, err) || table_fail_taken(r, err);
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    inputs left = {0};
    char *line;
    for (int got; (got = table_line(r, &line, err)) != 0;) {
        if (got < 0)
            return false;
        if (line[0] == '\t' ? !read_edge(r, line + 1, &left, to, counts, err)
                            : !read_layer(r, line, &left, to, counts, err))
            return false;
    }
    counts->why = "nodes that only load data";
    return true;
}

const table_format table_layers = {
    .name = "layers",
    .about = "a network measured layer by layer",
    .kind = TABLE_LAYERS,
    .looks = looks,
    .read = read,
};
