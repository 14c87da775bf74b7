/* tournament.c - see tournament.h. */
#include "tournament.h"

#include "error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Resamples are drawn from this seed. */
enum { BOOTSTRAP_SEED = 1 };

/* ---- who meets where ---------------------------------------------------------------------- */

/* The first row of a task (which is the better one of two that are called the same) by its label,
 * or as it was specified; -1 if there is none. */
static int row_called(const suite_task *t, const char *name)
{
    for (int i = 0; i < t->report.n_rows; i++)
        if (strcmp(t->report.row[i].label, name) == 0)
            return i;
    for (int i = 0; i < t->report.n_rows; i++)
        if (strcmp(t->report.row[i].agent, name) == 0)
            return i;
    return -1;
}

static tournament_agent *add_agent(tournament *t, const char *label)
{
    tournament_agent *a = &t->agent[t->n_agents++];
    *a = (tournament_agent){.low = NAN, .high = NAN, .best = NAN, .worst = NAN};
    snprintf(a->label, sizeof a->label, "%s", label);
    return a;
}

static bool is_everywhere(const suite *s, const char *label)
{
    bool is = true;
    for (int m = 0; m < s->n_tasks && is; m++)
        is = row_called(&s->task[m], label) >= 0;
    return is;
}

static bool is_known(const tournament *t, const char *label)
{
    bool is = false;
    for (int i = 0; i < t->n_agents && !is; i++)
        is = strcmp(t->agent[i].label, label) == 0;
    return is;
}

/* Whoever is in every scenario is in the first one. Others are counted where they come first. */
static void take_all(tournament *t)
{
    const suite *s = &t->suite;
    for (int m = 0; m < s->n_tasks; m++) {
        t->task[t->n_tasks++] = m;
        for (int i = 0; i < s->task[m].report.n_rows; i++) {
            const char *label = s->task[m].report.row[i].label;
            bool is_new = true;
            for (int k = 0; k < m && is_new; k++)
                is_new = row_called(&s->task[k], label) < 0;
            if (!is_new || is_known(t, label))
                continue;
            if (is_everywhere(s, label))
                add_agent(t, label);
            else
                t->n_left_out++;
        }
    }
}

static bool take_only(tournament *t, const char *const *only, int n, poise_error *err)
{
    const suite *s = &t->suite;
    for (int i = 0; i < n; i++) {
        bool is = false;
        for (int m = 0; m < s->n_tasks && !is; m++)
            is = row_called(&s->task[m], only[i]) >= 0;
        if (!is)
            error_add(err, "the agent '%s' is not among those of the store", only[i]);
        if (!is)
            return false;
        if (!is_known(t, only[i]))
            add_agent(t, only[i]);
    }
    for (int m = 0; m < s->n_tasks; m++) {
        bool all = true;
        for (int i = 0; i < t->n_agents && all; i++)
            all = row_called(&s->task[m], t->agent[i].label) >= 0;
        if (all)
            t->task[t->n_tasks++] = m;
    }
    return true;
}

/* ---- games -------------------------------------------------------------------------------- */

static const suite_task *task_of(const tournament *t, int task)
{
    return &t->suite.task[t->task[task]];
}

static const report_row *row_of(const tournament *t, int agent, int task)
{
    return &task_of(t, task)->report.row[t->agent[agent].row[task]];
}

/* The value of the run with the seed, such that more is better; NAN if it failed or is missing.
 * Cells are in order of seed. */
static double value_of(const tournament *t, int agent, int task, int64_t seed)
{
    const report_row *row = row_of(t, agent, task);
    const poise_metric *rows;
    poise_metrics(&rows);
    const int metric = task_of(t, task)->metric;
    for (int i = 0; i < row->n_cells; i++)
        if (row->cell[i]->seed == seed)
            return row->cell[i]->ok ? rows[metric].better * row->cell[i]->value[metric] : NAN;
    return NAN;
}

/* 1 if x beats y, -1 if y beats x, 0 for a tie. */
static int outcome(double x, double y)
{
    if (isnan(x) || isnan(y))
        return isnan(y) - isnan(x);
    if (fabs(x - y) <= 1e-12 * fmax(fabs(x), fabs(y)))
        return 0;
    return x > y ? 1 : -1;
}

/* The seeds of a task that any of the agents has, in order; how many. seed may be NULL. */
static int seeds_of(const tournament *t, int task, int64_t *seed)
{
    int at[t->n_agents], n = 0;
    memset(at, 0, sizeof at);
    while (true) {
        int64_t least = INT64_MAX;
        for (int i = 0; i < t->n_agents; i++) {
            const report_row *row = row_of(t, i, task);
            if (at[i] < row->n_cells && row->cell[at[i]]->seed < least)
                least = row->cell[at[i]]->seed;
        }
        if (least == INT64_MAX)
            return n;
        for (int i = 0; i < t->n_agents; i++) {
            const report_row *row = row_of(t, i, task);
            at[i] += at[i] < row->n_cells && row->cell[at[i]]->seed == least;
        }
        if (seed)
            seed[n] = least;
        n++;
    }
}

/* The values of all agents in all games: (n_agents, n_games), to be freed. */
static double *values_of(tournament *t)
{
    t->n_games = 0;
    for (int m = 0; m < t->n_tasks; m++) {
        t->first_game[m] = t->n_games;
        t->n_games += t->n_seeds[m] = seeds_of(t, m, NULL);
    }
    const size_t n_games = (size_t)t->n_games;
    double *value = error_must(malloc((size_t)t->n_agents * n_games * sizeof *value + 1));
    int64_t *seed = error_must(malloc((n_games + 1) * sizeof *seed));
    for (int m = 0; m < t->n_tasks; m++) {
        seeds_of(t, m, seed);
        for (int i = 0; i < t->n_agents; i++)
            for (int k = 0; k < t->n_seeds[m]; k++) {
                const double x = value_of(t, i, m, seed[k]);
                value[i * t->n_games + t->first_game[m] + k] = x;
                t->agent[i].n_failed += isnan(x);
            }
    }
    free(seed);
    return value;
}

static void score_points(tournament *t, const double *value)
{
    for (int i = 0; i < t->n_agents; i++) {
        tournament_agent *a = &t->agent[i];
        a->points = error_must(calloc((size_t)t->n_games + 1, sizeof *a->points));
        for (int g = 0; g < t->n_games; g++) {
            for (int k = 0; k < t->n_agents; k++)
                if (k != i)
                    a->points[g] +=
                        .5 + .5 * outcome(value[i * t->n_games + g], value[k * t->n_games + g]);
            a->points[g] /= t->n_agents - 1;
        }
    }
}

/* The mean over the tasks of the mean over the seeds of each; `drawn` says which (NULL: all). */
static double score_of(const tournament *t, const double *points, const int *drawn)
{
    double score = 0;
    for (int m = 0; m < t->n_tasks; m++) {
        double sum = 0;
        for (int k = 0; k < t->n_seeds[m]; k++) {
            const int game = t->first_game[m] + k;
            sum += points[drawn ? drawn[game] : game];
        }
        score += sum / t->n_seeds[m];
    }
    return score / t->n_tasks;
}

/* Total: labels differ. */
static int by_score(const void *left, const void *right)
{
    const tournament_agent *a = left, *b = right;
    if (fabs(a->score - b->score) > 1e-12)
        return a->score < b->score ? 1 : -1;
    return strcmp(a->label, b->label);
}

/* ---- pairs -------------------------------------------------------------------------------- */

static void add_games(const tournament *t, const double *value, int a, int b, int task,
                      tournament_pair *pair)
{
    const int before = pair->wins, even = pair->ties;
    for (int k = 0; k < t->n_seeds[task]; k++) {
        const int game = t->first_game[task] + k;
        const int won = outcome(value[a * t->n_games + game], value[b * t->n_games + game]);
        pair->wins += won > 0;
        pair->ties += won == 0;
        pair->losses += won < 0;
    }
    pair->above += (pair->wins - before + .5 * (pair->ties - even)) / t->n_seeds[task];
}

/* What of the games of n pairs may be luck: only who won counts. */
static double sign_p(const tournament_pair *pair)
{
    const int n = pair->wins + pair->losses;
    double *d = error_must(malloc((size_t)(n + 1) * sizeof *d));
    for (int i = 0; i < n; i++)
        d[i] = i < pair->wins ? 1 : -1;
    const double p = stats_sign(d, n);
    free(d);
    return p;
}

static void compare(tournament *t, const double *value)
{
    const int n = t->n_agents, n_pairs = n * (n - 1) / 2;
    double *p = error_must(malloc(2 * (size_t)(n_pairs + 1) * sizeof *p)), *holm = p + n_pairs;
    for (int i = 0, at = 0; i < n; i++)
        for (int k = 0; k < i; k++) {
            tournament_pair pair = {0};
            for (int m = 0; m < t->n_tasks; m++)
                add_games(t, value, i, k, m, &pair);
            pair.above /= t->n_tasks;
            p[at++] = pair.p = sign_p(&pair);
            t->pair[i * n + k] = pair;
        }
    stats_holm(p, n_pairs, holm);
    for (int i = 0, at = 0; i < n; i++) {
        t->pair[i * n + i] = (tournament_pair){.above = NAN, .p = NAN, .p_holm = NAN};
        for (int k = 0; k < i; k++) {
            tournament_pair *pair = &t->pair[i * n + k];
            pair->p_holm = holm[at++];
            t->pair[k * n + i] = (tournament_pair){.above = 1 - pair->above,
                                                   .wins = pair->losses,
                                                   .ties = pair->ties,
                                                   .losses = pair->wins,
                                                   .p = pair->p,
                                                   .p_holm = pair->p_holm};
        }
    }
    free(p);
}

/* Who is told apart from whom; above 1/2 is who wins more often. */
static void count_beaten(tournament *t)
{
    for (int i = 0; i < t->n_agents; i++)
        for (int k = 0; k < t->n_agents; k++) {
            const tournament_pair *pair = &t->pair[i * t->n_agents + k];
            const bool apart = pair->p_holm < REPORT_ALPHA;  // NAN is no evidence
            t->agent[i].n_beaten += apart && pair->wins > pair->losses;
            t->agent[i].n_beat_it += apart && pair->wins < pair->losses;
        }
}

tournament_pair tournament_in(const tournament *t, int a, int b, int task)
{
    tournament_pair pair = {0};
    int64_t *seed = error_must(malloc((size_t)(t->n_games + 1) * sizeof *seed));
    const int n = seeds_of(t, task, seed);
    for (int k = 0; k < n; k++) {
        const int won = outcome(value_of(t, a, task, seed[k]), value_of(t, b, task, seed[k]));
        pair.wins += won > 0;
        pair.ties += won == 0;
        pair.losses += won < 0;
    }
    free(seed);
    pair.above = (pair.wins + .5 * pair.ties) / n;
    pair.p = sign_p(&pair);
    pair.p_holm = NAN;
    return pair;
}

/* ---- how sure ranks are ------------------------------------------------------------------- */

/* The seeds of each task drawn anew, the same for all agents. */
static void draw(const tournament *t, int number, int *drawn)
{
    for (int m = 0; m < t->n_tasks; m++) {
        poise_rng rng =
            poise_rng_at(BOOTSTRAP_SEED, POISE_FOR_BOOTSTRAP, (uint32_t)m, (uint32_t)number);
        for (int k = 0; k < t->n_seeds[m]; k++)
            drawn[t->first_game[m] + k] = t->first_game[m] + poise_rng_below(&rng, t->n_seeds[m]);
    }
}

/* 1 for the best score; those that are the same have the mean of their places. */
static double rank_of(const double *score, int n, int which)
{
    double rank = 1;
    for (int k = 0; k < n; k++) {
        const double more = score[k] - score[which];
        rank += k == which ? 0 : more > 1e-12 ? 1 : more >= -1e-12 ? .5 : 0;
    }
    return rank;
}

static stats_doubt doubt_of(const tournament *t)
{
    int least = INT32_MAX;
    for (int m = 0; m < t->n_tasks; m++)
        least = t->n_seeds[m] < least ? t->n_seeds[m] : least;
    return least < STATS_RUNS_REFUSED ? STATS_REFUSED
           : least < STATS_RUNS_FEW   ? STATS_FEW
                                      : STATS_FINE;
}

static void resample(tournament *t)
{
    const int n = t->n_agents;
    const double tail = .5 - REPORT_LEVEL / 2;
    t->doubt = doubt_of(t);
    if (t->doubt == STATS_REFUSED)
        return;
    int *drawn = error_must(malloc((size_t)t->n_games * sizeof *drawn));
    double *now = error_must(malloc((size_t)n * sizeof *now));
    double *score = error_must(malloc(2 * (size_t)n * SUITE_RESAMPLES * sizeof *score));
    double *rank = score + (size_t)n * SUITE_RESAMPLES;
    for (int r = 0; r < SUITE_RESAMPLES; r++) {
        draw(t, r, drawn);
        for (int i = 0; i < n; i++)
            score[i * SUITE_RESAMPLES + r] = now[i] = score_of(t, t->agent[i].points, drawn);
        for (int i = 0; i < n; i++)
            rank[i * SUITE_RESAMPLES + r] = rank_of(now, n, i);
    }
    for (int i = 0; i < n; i++) {
        tournament_agent *a = &t->agent[i];
        const double *own = score + (size_t)i * SUITE_RESAMPLES;
        a->low = stats_quantile_7(own, SUITE_RESAMPLES, tail);
        a->high = stats_quantile_7(own, SUITE_RESAMPLES, 1 - tail);
        own = rank + (size_t)i * SUITE_RESAMPLES;
        a->best = stats_quantile(own, SUITE_RESAMPLES, tail);
        a->worst = stats_quantile(own, SUITE_RESAMPLES, 1 - tail);
    }
    free(score);
    free(now);
    free(drawn);
}

/* ---- the tournament ----------------------------------------------------------------------- */

static void find_rows(tournament *t)
{
    for (int i = 0; i < t->n_agents; i++) {
        tournament_agent *a = &t->agent[i];
        a->row = error_must(malloc((size_t)t->n_tasks * sizeof *a->row));
        for (int m = 0; m < t->n_tasks; m++)
            a->row[m] = row_called(task_of(t, m), a->label);
    }
}

/* Places go with scores: who meets whom is compared after that. */
static void play(tournament *t)
{
    const size_t n = (size_t)t->n_agents;
    t->pair = error_must(calloc(n * n, sizeof *t->pair));
    find_rows(t);
    double *value = values_of(t);
    score_points(t, value);
    for (int i = 0; i < t->n_agents; i++)
        t->agent[i].score = score_of(t, t->agent[i].points, NULL);
    free(value);
    qsort(t->agent, n, sizeof *t->agent, by_score);
    for (int i = 0; i < t->n_agents; i++)
        t->agent[i].n_failed = 0;
    value = values_of(t);
    compare(t, value);
    free(value);
    count_beaten(t);
    resample(t);
}

bool tournament_make(tournament *t, const results *all, const char *const *only, int n_only,
                     const report_filter *filter, poise_error *err)
{
    *t = (tournament){0};
    if (!suite_tasks(&t->suite, all, NULL, filter, err))
        return false;
    const size_t n_tasks = (size_t)t->suite.n_tasks;
    size_t n_rows = 1 + (size_t)n_only;
    for (int m = 0; m < t->suite.n_tasks; m++)
        n_rows += (size_t)t->suite.task[m].report.n_rows;
    t->agent = error_must(calloc(n_rows, sizeof *t->agent));
    t->task = error_must(calloc(3 * n_tasks + 1, sizeof *t->task));
    t->n_seeds = t->task + n_tasks;
    t->first_game = t->n_seeds + n_tasks;
    bool good = true;
    if (n_only)
        good = take_only(t, only, n_only, err);
    else
        take_all(t);
    if (good && t->n_agents < 2)
        error_add(err, "a tournament needs two agents that take part in every scenario, there %s",
                  t->n_agents ? "is one" : "are none");
    else if (good && t->n_tasks == 0)
        error_add(err, "there is no scenario in which all of these agents take part");
    if (!good || t->n_agents < 2 || t->n_tasks == 0) {
        tournament_free(t);
        return false;
    }
    play(t);
    return true;
}

void tournament_free(tournament *t)
{
    for (int i = 0; i < t->n_agents; i++) {
        free(t->agent[i].row);
        free(t->agent[i].points);
    }
    free(t->agent);
    free(t->pair);
    free(t->task);
    suite_free(&t->suite);
    *t = (tournament){0};
}
