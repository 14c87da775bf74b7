/* tenants.h - agents as rivals: in a scenario where two tenants compete for devices, every agent
 * plays each tenant against every other, both ways round, on the same seeds.
 *
 * What a tenant holds is its part of all device time that both held. Above its part of all shares
 * it is at the cost of the other, so that over both ways round agents that are alike come to 0, and
 * what one gains the other loses. Where devices suffice for all, what a tenant holds in the end is
 * what it asked for, whoever decides, and only its response times say who had to wait: an agent is
 * pushed by another as far as its tasks take longer than if the other tenant had the same agent. */
#ifndef TENANTS_H
#define TENANTS_H

#include "grid.h"
#include "report.h"

enum { TENANTS_MAX = GRID_COLUMNS - 2 };

/* What came of one run; numbers of the first tenant, then of the second. */
typedef struct tenants_game {
    bool ok;
    char error[240];       // why it failed
    double held[2];        // part of all that both held
    double entitled[2];    // part of all shares
    double response_s[2];  // mean; NAN if nothing was finished
    double jain;           // the metric jain_fairness
} tenants_game;

typedef struct tenants_ask {
    const char *path;  // of the scenario
    const char *const *set;
    int n_sets;
    const char *const *agent;  // (n_agents) specifications, 2 to TENANTS_MAX
    int n_agents;
    const int64_t *seed;  // (n_seeds)
    int n_seeds;
    int n_threads;
    double patience_s;  // see trial
    bool quiet;
} tenants_ask;

typedef struct tenants {
    const tenants_ask *ask;
    char scenario[80], tenant[2][64];
    tenants_game *game;  // (n_agents, n_agents, n_seeds): who is the first tenant, who the second
    int n_failed;
} tenants;

/* Plays all games on ask->n_threads threads; what comes of it does not depend on their number.
 * false with a sentence in err: a scenario that is wrong or has not two tenants that compete, an
 * agent that cannot be made or learns, an interrupt. ask must outlive it. */
bool tenants_play(tenants *t, const tenants_ask *ask, poise_error *err);
void tenants_free(tenants *t);

/* What agent a holds against b above what it is entitled to, as a part of all that both hold, both
 * ways round: mean over the seeds. */
stats_mean tenants_held(const tenants *t, int a, int b);
/* How many times as long its tasks take against b as against itself, both ways round. */
stats_mean tenants_pushed(const tenants *t, int a, int b);

/* Cross tables of both, and a list of all games. */
void tenants_write(const tenants *t, grid_style style, string_buffer *out);
/* One line a game. */
void tenants_csv(const tenants *t, string_buffer *out);

#endif
