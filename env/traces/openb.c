/* openb.c - pods of a cluster of shared GPUs: name, cpu_milli, memory_mib, num_gpu, gpu_milli (of
 * each GPU; below 1000 it is shared), gpu_spec (models that it may run on, '|' between them), qos,
 * pod_phase, creation_time, deletion_time, scheduled_time (s). Q. Weng et al., "Beware of
 * fragmentation: scheduling GPU-sharing workloads with fragmentation gradient descent", USENIX ATC
 * 2023.
 *
 * The key of a class is "cpu" for a pod without GPU, else its gpu_spec, or "any" without one. A pod
 * arrives when it was created and runs for as long as it was there after it had been scheduled, or
 * created if it never was. Processors are thousandths of GPUs. */
#include <math.h>
#include <string.h>

#include "csv_trace.h"

enum { CPU, MEMORY, GPUS, GPU_MILLI, CREATED, DELETED, SCHEDULED, SPEC };

static const char *const needed[] = {
    "cpu_milli",     "memory_mib",    "num_gpu",        "gpu_milli",
    "creation_time", "deletion_time", "scheduled_time", NULL};
static const char *const optional[] = {"gpu_spec", NULL};  // some lists have none
static const char *const columns[] = {"run_s",   "wait_s",    "gpu_total_milli", "memory_bytes",
                                      "num_gpu", "gpu_milli", "cpu_milli",       "memory_mib"};
enum { RUN, WAIT, GPU_TOTAL, BYTES, N_GPUS, MILLI, CPU_MILLI, MIB, N_COLUMNS };

static const char short_run[] = "gone within the second: taken to run for one second";

/* A whole number, which must be there. */
static bool whole(csv_trace *r, int which, double most, double *value, poise_error *err)
{
    if (!csv_real(&r->table, r->at[which], 0, most, value, err))
        return false;
    if (*value == floor(*value))
        return true;
    return csv_wrong(&r->table, r->at[which], csv_wrong_number, "a whole number is needed", err);
}

static bool read_demand(csv_trace *r, poise_error *err)
{
    double *v = r->value;
    if (!whole(r, CPU, 1e9, &v[CPU_MILLI], err) || !whole(r, MEMORY, 1e11, &v[MIB], err) ||
        !whole(r, GPUS, 1e4, &v[N_GPUS], err) || !whole(r, GPU_MILLI, 1000, &v[MILLI], err))
        return false;
    if (v[N_GPUS] > 0 && v[MILLI] == 0)
        return csv_wrong(&r->table, r->at[GPU_MILLI], csv_wrong_range, "but num_gpu is not 0", err);
    if (v[N_GPUS] == 0 && v[MILLI] > 0)
        return csv_wrong(&r->table, r->at[GPU_MILLI], csv_wrong_range, "but num_gpu is 0", err);
    v[BYTES] = v[MIB] * 1048576;
    v[GPU_TOTAL] = v[N_GPUS] * v[MILLI];
    return true;
}

static bool read_times(csv_trace *r, trace_row *row, poise_error *err)
{
    csv_table *t = &r->table;
    int64_t deleted_ns, scheduled_ns;
    if (!csv_time(t, r->at[CREATED], &row->arrival_ns, err) ||
        !csv_time(t, r->at[DELETED], &deleted_ns, err))
        return false;
    bool ran = !csv_is_empty(t, r->at[SCHEDULED]);
    scheduled_ns = row->arrival_ns;
    if (ran && !csv_time(t, r->at[SCHEDULED], &scheduled_ns, err))
        return false;
    if (scheduled_ns < row->arrival_ns)
        return csv_wrong(t, r->at[SCHEDULED], csv_wrong_range, "before its creation", err);
    if (deleted_ns < scheduled_ns)
        return csv_wrong(t, r->at[DELETED], csv_wrong_range, "before it was scheduled", err);
    int64_t run_ns = deleted_ns - scheduled_ns;
    if (run_ns == 0) {
        trace_count_add(&r->base.counts, short_run, 1, row->line);
        run_ns = NS_PER_S;
    }
    r->value[RUN] = (double)run_ns * 1e-9;
    r->value[WAIT] = ran ? (double)(scheduled_ns - row->arrival_ns) * 1e-9 : NAN;
    return true;
}

static bool read_row(csv_trace *r, trace_row *row, poise_error *err)
{
    if (!read_demand(r, err) || !read_times(r, row, err))
        return false;
    r->key[0] = '\0';
    if (r->value[N_GPUS] == 0)
        strcpy(r->key, "cpu");
    else if (r->at[SPEC] >= 0 && !csv_text(&r->table, r->at[SPEC], r->key, sizeof r->key, err))
        return false;
    if (!r->key[0])
        strcpy(r->key, "any");
    return true;
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    return csv_trace_open(sizeof(csv_trace), in, needed, optional, columns, N_COLUMNS, read_row,
                          err);
}

static bool looks(const char *begin, size_t length)
{
    static const char *const names[] = {"cpu_milli", "num_gpu", "creation_time", NULL};
    return csv_has_names(begin, length, names);
}

const trace_format trace_openb = {
    .name = "openb",
    .about = "pods of a cluster of shared GPUs: cpu_milli, memory_mib, num_gpu, gpu_milli, times",
    .looks = looks,
    .open = open_reader,
    .next = csv_trace_next,
    .close = csv_trace_close,
    .size = "run_s",
    .memory = "memory_bytes",
    .cores = "gpu_total_milli",
};
