/* nodes.c - the machines of a cluster of GPUs: sn, cpu_milli, memory_mib, gpu (how many), model.
 * Q. Weng et al., "Beware of fragmentation: scheduling GPU-sharing workloads with fragmentation
 * gradient descent", USENIX ATC 2023; the node lists that were published with it. */
#include "../table.h"

#include <string.h>

enum { NAME, CPU, MEMORY, GPUS, MODEL, N_COLUMNS };

static const table_column columns[] = {
    {"sn", false},  {"cpu_milli", false}, {"memory_mib", false},
    {"gpu", false}, {"model", false},     {0},
};

static bool is(const char *head)
{
    return strncmp(head, "sn,cpu_milli,", 13) == 0;
}

static bool take(table_reader *r, char *const *cell, const int *at, table_node *node,
                 poise_error *err)
{
    int64_t mib = 0, gpus = 0;
    if (!table_whole(r, "cpu_milli", cell[at[CPU]], 0, 1000000000, &node->cpu_milli, err) ||
        !table_whole(r, "memory_mib", cell[at[MEMORY]], 0, INT64_C(1) << 38, &mib, err) ||
        !table_whole(r, "gpu", cell[at[GPUS]], 0, 64, &gpus, err))
        return false;
    node->name = cell[at[NAME]];
    node->model = cell[at[MODEL]];
    node->memory_bytes = mib << 20;
    node->accelerators = (int)gpus;
    if (gpus > 0 && !node->model[0])
        return table_fail(r, err, "a machine with %d GPUs needs a model", node->accelerators);
    return true;
}

static bool read(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err)
{
    int at[N_COLUMNS];
    char *cell[TABLE_CELLS];
    const int n = table_header(r, columns, at, cell, false, err);
    if (n < 0)
        return false;
    for (int got; (got = table_next(r, n, cell, err)) != 0; counts->rows++) {
        table_node node;
        if (got < 0 || !take(r, cell, at, &node, err))
            return false;
        if (!to->node(to->data, &node, err))
            return table_fail_taken(r, err);
    }
    return true;
}

const table_format table_nodes = {
    .name = "nodes",
    .about = "the machines of a cluster of GPUs",
    .kind = TABLE_NODES,
    .is = is,
    .read = read,
};
