/* nodes.c - the machines of a cluster of GPUs: sn, cpu_milli, memory_mib, gpu (how many), model.
 * Q. Weng et al., "Beware of fragmentation: scheduling GPU-sharing workloads with fragmentation
 * gradient descent", USENIX ATC 2023; the node lists that were published with it. */
#include "../table.h"

enum { NAME, CPU, MEMORY, GPUS, MODEL, N_COLUMNS, WORD = 128 };

static const char *const columns[] = {"sn", "cpu_milli", "memory_mib", "gpu", "model", NULL};

static bool looks(const char *begin, size_t length)
{
    return csv_has_names(begin, length, columns);
}

/* A row while it is read. */
typedef struct words {
    char name[WORD], model[WORD];
} words;

static bool read_row(csv_table *t, const int *at, words *w, table_node *node, poise_error *err)
{
    int64_t mib, gpus;
    if (!csv_text(t, at[NAME], w->name, WORD, err) ||
        !csv_text(t, at[MODEL], w->model, WORD, err) ||
        !table_csv_whole(t, at[CPU], 1e9, &node->cpu_milli, err) ||
        !table_csv_whole(t, at[MEMORY], 1e11, &mib, err) ||
        !table_csv_whole(t, at[GPUS], 64, &gpus, err))
        return false;
    if (gpus > 0 && !w->model[0])
        return csv_wrong(t, at[MODEL], csv_wrong_text, "a machine with GPUs needs a model", err);
    node->name = w->name;
    node->model = w->model;
    node->memory_bytes = mib << 20;
    node->accelerators = (int)gpus;
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS], got;
    csv_table t;
    words w;
    table_node node;
    if (!table_open_csv(&t, r, columns, at, err))
        return false;
    bool good = true;
    for (; good && (got = csv_next(&t, err)) != CSV_END; counts->rows++)
        good = got == CSV_ROW && read_row(&t, at, &w, &node, err) &&
               (to->node(to->data, &node, err) || table_fail_taken(r, err));
    csv_close(&t);
    return good;
}

const table_format table_nodes = {
    .name = "nodes",
    .about = "the machines of a cluster of GPUs",
    .kind = TABLE_NODES,
    .looks = looks,
    .read = read,
};
