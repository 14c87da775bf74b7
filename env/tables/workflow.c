/* workflow.c - a workflow that was run, as text: lines
 *
 *   T index runtime_us cores input_bytes output_bytes memory_bytes
 *   E parent child
 *
 * and comments behind #. What is sent from a parent to a child is not told. */
#include "../table.h"

#include <stdio.h>
#include <string.h>

enum { INDEX, RUNTIME, CORES, INPUT, OUTPUT, MEMORY, N_WORDS };

static const char *const word_names[] = {"index",       "runtime_us",   "cores",
                                         "input_bytes", "output_bytes", "memory_bytes"};

/* The first line that is no comment is one of a task. */
static bool looks(const char *begin, size_t length)
{
    const char *end = begin + length;
    while (begin < end && (*begin == '#' || *begin == '\n' || *begin == '\r')) {
        begin = memchr(begin, '\n', (size_t)(end - begin));
        if (!begin)
            return false;
        begin++;
    }
    return end - begin > 2 && begin[0] == 'T' && begin[1] == ' ' && begin[2] >= '0' &&
           begin[2] <= '9';
}

/* The line's words behind its letter as whole numbers; there must be n of them. */
static bool read_words(table_reader *r, char *line, int n, const char *const *names, int64_t *value,
                       poise_error *err)
{
    char *rest = line;
    int k = 0;
    for (char *word; (word = strsep(&rest, " \t"));) {
        if (!*word)
            continue;
        if (k == n)
            return table_fail(r, err, "the line has more than %d numbers", n);
        if (!table_whole(r, names[k], word, INT64_C(1000000000000000000), &value[k], err))
            return false;
        k++;
    }
    if (k < n)
        return table_fail(r, err, "the line has %d numbers, %d are needed", k, n);
    return true;
}

static bool read_task(table_reader *r, char *line, const table_taker *to, poise_error *err)
{
    int64_t value[N_WORDS] = {0};
    char name[32];
    if (!read_words(r, line, N_WORDS, word_names, value, err))
        return false;
    if (value[CORES] < 1 || value[CORES] > 1000000)
        return table_fail(r, err, "cores is %lld, 1 to 1000000 are allowed",
                          (long long)value[CORES]);
    snprintf(name, sizeof name, "t%lld", (long long)value[INDEX]);
    const table_task task = {
        .name = name,
        .op = "",
        .seconds = (double)value[RUNTIME] / 1e6,
        .cores = (int)value[CORES],
        .memory_bytes = value[MEMORY],
        .input_bytes = value[INPUT],
        .output_bytes = value[OUTPUT],
    };
    return to->task(to->data, &task, err) || table_fail_taken(r, err);
}

static bool read_edge(table_reader *r, char *line, const table_taker *to, poise_error *err)
{
    static const char *const names[] = {"parent", "child"};
    int64_t value[2] = {0};
    char from[32], child[32];
    if (!read_words(r, line, 2, names, value, err))
        return false;
    snprintf(from, sizeof from, "t%lld", (long long)value[0]);
    snprintf(child, sizeof child, "t%lld", (long long)value[1]);
    const table_edge edge = {.from = from, .to = child, .bytes = -1};
    return to->edge(to->data, &edge, err) || table_fail_taken(r, err);
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    char *line;
    for (int got; (got = table_line(r, &line, err)) != 0;) {
        if (got < 0)
            return false;
        if (line[0] == '#')
            continue;
        if ((line[0] != 'T' && line[0] != 'E') || line[1] != ' ')
            return table_fail(r, err, "'%.20s' begins neither with T nor with E", line);
        counts->rows += line[0] == 'T';
        counts->edges += line[0] == 'E';
        if (line[0] == 'T' ? !read_task(r, line + 2, to, err) : !read_edge(r, line + 2, to, err))
            return false;
    }
    return true;
}

const table_format table_workflow = {
    .name = "workflow",
    .about = "a workflow that was run, as text",
    .kind = TABLE_WORKFLOW,
    .looks = looks,
    .read = read,
};
