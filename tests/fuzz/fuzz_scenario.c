/* fuzz_scenario.c - libFuzzer target: any bytes as a scenario file. What is read must print a
 * resolved text that reads back as the same scenario. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "poise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_all(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size)
        abort();
    fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static poise_error err;
    char path[64];
    snprintf(path, sizeof path, "/tmp/poise-fuzz-%ld.yaml", (long)getpid());
    write_all(path, bytes, size);
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    if (!s)
        return 0;
    const char *resolved = poise_scenario_resolved(s);
    size_t length = 0;
    while (resolved[length])
        length++;
    write_all(path, resolved, length);
    poise_scenario *again = poise_scenario_load(path, NULL, 0, &err);
    if (!again || poise_scenario_hash(again) != poise_scenario_hash(s)) {
        fprintf(stderr, "%s\n%s\n", resolved, again ? "another hash" : err.text);
        abort();
    }
    poise_scenario_free(again);
    poise_scenario_free(s);
    return 0;
}
