/* gae.c - advantages, from the last step to the first. */
#include "lib/gae.h"

#include <math.h>

void gae(int n, gae_step *step, double lambda)
{
    double after = 0;
    for (int i = n - 1; i >= 0; i--) {
        gae_step *s = &step[i];
        double next = s->keep > 0 ? s->keep * s->next : 0;
        after = s->last ? 0 : s->keep * lambda * after;
        after += s->reward + next - s->value;
        s->advantage = after;
    }
}

void gae_normalise(int n, gae_step *step)
{
    if (n < 2)
        return;
    double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += step[i].advantage / n;
    for (int i = 0; i < n; i++)
        squares += (step[i].advantage - mean) * (step[i].advantage - mean);
    double deviation = sqrt(squares / (n - 1)) + 1e-8;
    for (int i = 0; i < n; i++)
        step[i].advantage = (step[i].advantage - mean) / deviation;
}
