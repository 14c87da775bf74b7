/* fuzz_experiment.c - libFuzzer target: any bytes as the file of an experiment. What is read is
 * whole, and reads in the same way again. Memory for texts is kept until the end: -rss_limit_mb=0,
 * -runs=N. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiment_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_point(const experiment_point *p, const experiment_point *q)
{
    if (p->n_agents < 1 || p->n_seeds < 1 || p->n_agents != q->n_agents || p->n_seeds != q->n_seeds)
        fail("a point without agents or seeds, or with others");
    if (poise_scenario_hash(p->scenario) != poise_scenario_hash(q->scenario))
        fail("another scenario");
    for (int i = 0; i < p->n_agents; i++)
        if (strcmp(p->agent[i].agent, q->agent[i].agent) != 0)
            fail("another agent");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static poise_error err;
    static experiment_file x, again;
    char path[64];
    snprintf(path, sizeof path, "/tmp/poise-fuzz-%ld.yaml", (long)getpid());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size)
        fail("the file cannot be written");
    fclose(f);
    if (!experiment_file_read(&x, path, NULL, 0, &err)) {
        if (err.n_mistakes < 1 || !err.text[0])
            fail("a mistake without words");
        return 0;
    }
    if (!experiment_file_read(&again, path, NULL, 0, &err))
        fail(err.text);
    if (x.ask.n_points < 1 || x.ask.n_points != again.ask.n_points || !x.baseline)
        fail("another number of points, or none, or no baseline");
    for (int i = 0; i < x.ask.n_points; i++)
        check_point(&x.ask.point[i], &again.ask.point[i]);
    experiment_file_free(&x);
    experiment_file_free(&again);
    return 0;
}
