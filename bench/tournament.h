/* tournament.h - every agent against every other, over all scenarios of a store.
 *
 * A game is a scenario and a seed: two agents that meet in it have met the same world, and the one
 * that does better by the scenario's metric beats the other; what differs by rounding is a tie. How
 * often a beats b is the mean over scenarios of its part of the games in each, ties one half.
 * Unlike scores (suite.h) it needs no bounds and no scale, and an agent cannot make up for many
 * games lost by one that is won by far. A run that failed or is missing loses to every run that did
 * not. */
#ifndef TOURNAMENT_H
#define TOURNAMENT_H

#include "grid.h"
#include "suite.h"

/* A pair, from the view of the first one. */
typedef struct tournament_pair {
    double above;            // how often it beats the other
    int wins, ties, losses;  // games
    double p, p_holm;  // exact sign test over all games, ties left out; corrected for all pairs
} tournament_pair;

typedef struct tournament_agent {
    char label[256];
    int *row;                 // (n_tasks) into the task's report
    double *points;           // (n_games) the part of all others that it beats in a game
    int n_failed;             // games whose run failed or is missing
    double score;             // the mean of `above` over all others
    double low, high;         // its 95% interval by resampling; NAN where there are too few seeds
    double best, worst;       // the same of its rank
    int n_beaten, n_beat_it;  // how many others it is told apart from, above and below
} tournament_agent;

typedef struct tournament {
    suite suite;              // of which there are only tasks
    tournament_agent *agent;  // (n_agents) by score, best first
    tournament_pair *pair;    // (n_agents, n_agents); nobody meets itself: NAN and 0
    int n_agents;
    int *task;  // (n_tasks) of the suite, those that count
    int n_tasks;
    int *n_seeds, *first_game;  // (n_tasks)
    int n_games;
    int n_left_out;  // agents that do not take part in every scenario
    stats_doubt doubt;
} tournament;

/* All agents that take part in every scenario meet; or only those named (n_only > 0), over the
 * scenarios in which all of them take part. The results must outlive it. false with a sentence in
 * err: fewer than two agents, one that is not there, none that all have in common. */
bool tournament_make(tournament *t, const results *all, const char *const *only, int n_only,
                     const report_filter *filter, poise_error *err);
void tournament_free(tournament *t);

/* The standings and the cross table of the first TOURNAMENT_CROSS agents. */
enum { TOURNAMENT_CROSS = GRID_COLUMNS - 2 };
void tournament_write(const tournament *t, grid_style style, string_buffer *out);
/* One line a pair and scenario, and one over all scenarios: every number in full. */
void tournament_csv(const tournament *t, string_buffer *out);

/* The pair in the games of one task alone (number of tournament.task). */
tournament_pair tournament_in(const tournament *t, int a, int b, int task);

#endif
