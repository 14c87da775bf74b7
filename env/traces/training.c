/* training.c - jobs of deep learning: arrival_s, job_type, batch_size (may be empty), gpus, steps.
 * As in D. Narayanan et al., "Heterogeneity-aware cluster scheduling policies for deep learning
 * workloads", OSDI 2020, whose measured steps per second are the speeds that go with it.
 *
 * The key of a class is type-batch-xgpus: Transformer-128-x1, A3C-x1. A job has as many steps of
 * work and needs its GPUs as processors. */
#include <math.h>
#include <stdio.h>

#include "csv_trace.h"

enum { ARRIVAL, TYPE, BATCH, GPUS, STEPS };

static const char *const needed[] = {"arrival_s", "job_type", "batch_size", "gpus", "steps", NULL};
static const char *const optional[] = {NULL};
static const char *const columns[] = {"steps", "gpus", "batch_size"};

static bool read_row(csv_trace *r, trace_row *row, poise_error *err)
{
    csv_table *t = &r->table;
    const int *at = r->at;
    char type[128], batch[64];
    double gpus;
    if (!csv_time(t, at[ARRIVAL], &row->arrival_ns, err) ||
        !csv_text(t, at[TYPE], type, sizeof type, err) ||
        !csv_text(t, at[BATCH], batch, sizeof batch, err) ||
        !csv_real(t, at[STEPS], 0, 1e30, &r->value[0], err) ||
        !csv_real(t, at[GPUS], 0, 1e6, &gpus, err) ||
        !csv_real(t, at[BATCH], 0, 1e12, &r->value[2], err))
        return false;
    if (!type[0])
        return csv_wrong(t, at[TYPE], csv_wrong_text, "a type of job is needed", err);
    if (!(gpus >= 1) || gpus != floor(gpus))
        return csv_wrong(t, at[GPUS], csv_wrong_range, "a whole number from 1 on is needed", err);
    r->value[1] = gpus;
    snprintf(r->key, sizeof r->key, "%s%s%s-x%.0f", type, batch[0] ? "-" : "", batch, gpus);
    return true;
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    return csv_trace_open(sizeof(csv_trace), in, needed, optional, columns, 3, read_row, err);
}

static bool looks(const char *begin, size_t length)
{
    static const char *const names[] = {"arrival_s", "job_type", "steps", NULL};
    return csv_has_names(begin, length, names);
}

const trace_format trace_training = {
    .name = "training",
    .about = "jobs of deep learning: arrival_s, job_type, batch_size, gpus, steps",
    .looks = looks,
    .open = open_reader,
    .next = csv_trace_next,
    .close = csv_trace_close,
    .size = "steps",
    .cores = "gpus",
};
