/* vector.c - steps 16 environments of a scenario, on two threads, by legal actions at random. */
#include <poise/poise.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 16 };

/* A cell at random among those whose mask is 1; any will do where an episode has just ended. */
static int32_t random_cell(const unsigned char *mask, int n, poise_rng *r)
{
    int n_legal = 0, cell = 0;
    for (int c = 0; c < n; c++)
        if (mask[c] && poise_rng_below(r, ++n_legal) == 0)
            cell = c;
    return cell;
}

int main(int argc, char **argv)
{
    poise_error err;
    poise_scenario *s = poise_scenario_load(argc > 1 ? argv[1] : "mm1-v1.yaml", NULL, 0, &err);
    poise_vector *v = s ? poise_vector_new(s, N, 2, &err) : NULL;
    if (!v)
        return fprintf(stderr, "%s\n", err.text), 1;
    const poise_layout l = poise_observation_layout(poise_scenario_space(s));
    float *obs = calloc(N * (size_t)l.n_floats, sizeof *obs), reward[N];
    unsigned char *mask = calloc(N, (size_t)l.mask.columns);
    poise_rng r = poise_rng_at(1, POISE_FOR_AGENT, 0, 0);
    uint64_t seed[N];
    int32_t cell[N];
    double sum = 0;
    for (int i = 0; i < N; i++)
        seed[i] = (uint64_t)i;
    const poise_batch out = {.obs = obs, .mask = mask, .reward = reward};
    poise_vector_reset(v, POISE_TRAIN, seed, &out);
    for (int step = 0; step < 1000; step++) {
        for (int i = 0; i < N; i++)
            cell[i] = random_cell(mask + i * l.mask.columns, l.mask.columns, &r);
        poise_vector_step(v, cell, &out);
        for (int i = 0; i < N; i++)
            sum += reward[i];
    }
    printf("%d numbers seen at each decision, mean reward %.6g\n", l.n_floats, sum / (1000 * N));
    poise_vector_free(v);
    poise_scenario_free(s);
    free(obs);
    free(mask);
}
