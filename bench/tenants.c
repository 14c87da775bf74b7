/* tenants.c - see tenants.h. */
#include "tenants.h"

#include "arena.h"
#include "card.h"
#include "error.h"
#include "escape.h"
#include "pool.h"
#include "progress.h"
#include "trial.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the scenario of a pair --------------------------------------------------------------- */

/* "tenants.0.agent='...'": text in quotes of YAML. */
static char *seat(arena *memory, int tenant, const char *agent)
{
    string_buffer text = {0};
    string_add(&text, "tenants.%d.agent='", tenant);
    for (; *agent; agent++)
        string_add(&text, *agent == '\'' ? "''" : "%c", *agent);
    string_add(&text, "'");
    char *set = arena_format(memory, "%s", text.at);
    string_free(&text);
    return set;
}

/* The scenario with agent a as its first tenant and b as its second. NULL with mistakes in err. */
static poise_scenario *seated(const tenants_ask *ask, int a, int b, poise_error *err)
{
    arena *memory = arena_new();
    const char **set = arena_take(memory, (size_t)ask->n_sets + 2, sizeof *set);
    for (int i = 0; i < ask->n_sets; i++)
        set[i] = ask->set[i];
    set[ask->n_sets] = seat(memory, 0, ask->agent[a]);
    set[ask->n_sets + 1] = seat(memory, 1, ask->agent[b]);
    poise_scenario *s = poise_scenario_load(ask->path, set, ask->n_sets + 2, err);
    arena_free(memory);
    return s;
}

/* Two tenants that compete, and agents that need no training. */
static bool check(tenants *t, poise_error *err)
{
    const tenants_ask *ask = t->ask;
    poise_scenario *s = poise_scenario_load(ask->path, ask->set, ask->n_sets, err);
    if (!s)
        return false;
    const poise_space *space = poise_scenario_space(s);
    bool good = space->competes && space->n_tenants == 2;
    snprintf(t->scenario, sizeof t->scenario, "%s", poise_scenario_name(s));
    if (!good)
        error_add(err, "%s: it takes two tenants that compete (section `competition`), %s",
                  t->scenario, space->competes ? "here are more" : "here nobody competes");
    for (int k = 0; k < 2 && good; k++)
        snprintf(t->tenant[k], sizeof t->tenant[k], "%s", space->tenant_name[k]);
    for (int i = 0; i < ask->n_agents && good; i++) {
        agent_card card;
        good = card_of(ask->agent[i], s, (card_terms){.patience_s = ask->patience_s}, &card, err);
        if (good && card.train_decisions > 0) {
            error_add(err, "agent '%s' learns, and has no policy for one tenant alone",
                      ask->agent[i]);
            good = false;
        }
    }
    poise_scenario_free(s);
    return good;
}

/* ---- games -------------------------------------------------------------------------------- */

static tenants_game *game_of(const tenants *t, int a, int b, int seed)
{
    return &t->game[(a * t->ask->n_agents + b) * t->ask->n_seeds + seed];
}

static void judge(const poise_env *e, const trial_result *r, tenants_game *game)
{
    const poise_episode ep = poise_env_episode(e);
    const poise_tenant_result got[2] = {poise_tenant_of(&ep, 0), poise_tenant_of(&ep, 1)};
    const double all_s = got[0].held_s + got[1].held_s;
    for (int k = 0; k < 2; k++) {
        game->held[k] = all_s > 0 ? got[k].held_s / all_s : NAN;
        game->entitled[k] = got[k].entitled;
        game->response_s[k] = got[k].response_mean_s;
    }
    game->jain = r->value[poise_metric_index("jain_fairness")];
    game->ok = true;
}

/* One game, in a scenario and an environment of its own. */
static void play_one(const tenants *t, int a, int b, int seed)
{
    const tenants_ask *ask = t->ask;
    tenants_game *game = game_of(t, a, b, seed);
    poise_error err = {0};
    agent_card card = {0};
    poise_scenario *s = seated(ask, a, b, &err);
    const card_terms terms = {.patience_s = ask->patience_s};
    const bool known = s && card_of(ask->agent[a], s, terms, &card, &err);
    poise_env *e = known ? poise_env_new(s, &err) : NULL;
    if (e) {
        const trial one = {.scenario = s,
                           .agent = ask->agent[a],
                           .seed = ask->seed[seed],
                           .patience_s = ask->patience_s,
                           .build = card.build};
        const trial_result r = trial_run(&one, e, NULL, &pool_stopping);
        if (r.status == TRIAL_OK)
            judge(e, &r, game);
        snprintf(game->error, sizeof game->error, "%s", r.error);
    } else {
        snprintf(game->error, sizeof game->error, "%.239s", err.text);
    }
    poise_env_free(e);
    poise_scenario_free(s);
}

typedef struct match {
    tenants *t;
    int n_done;
    progress progress;
} match;

static int n_games(const tenants *t)
{
    return t->ask->n_agents * t->ask->n_agents * t->ask->n_seeds;
}

static void run(void *data, int job, int worker)
{
    const tenants *t = ((match *)data)->t;
    const int pair = job / t->ask->n_seeds;
    (void)worker;
    play_one(t, pair / t->ask->n_agents, pair % t->ask->n_agents, job % t->ask->n_seeds);
}

static bool done(void *data, int job)
{
    (void)job;
    ((match *)data)->n_done++;
    return true;
}

static void tick(void *data)
{
    match *x = data;
    const int n = n_games(x->t);
    const double elapsed_s = wall_now_s() - x->progress.start_s;
    progress_show(&x->progress, x->n_done ? elapsed_s * (n - x->n_done) / x->n_done : NAN,
                  "%d of %d games", x->n_done, n);
}

bool tenants_play(tenants *t, const tenants_ask *ask, poise_error *err)
{
    *t = (tenants){.ask = ask};
    if (!check(t, err))
        return false;
    t->game = error_must(calloc((size_t)n_games(t), sizeof *t->game));
    match x = {.t = t, .progress = progress_start(ask->quiet)};
    const pool_work work = {
        .n_jobs = n_games(t), .run = run, .done = done, .tick = tick, .data = &x};
    pool_catch_signals();
    pool_run(&work, ask->n_threads);
    progress_wipe(&x.progress);
    for (int i = 0; i < n_games(t); i++)
        t->n_failed += !t->game[i].ok;
    if (!pool_signal())
        return true;
    error_add(err, "interrupted");
    tenants_free(t);
    return false;
}

void tenants_free(tenants *t)
{
    free(t->game);
    *t = (tenants){0};
}

/* ---- what came of it ---------------------------------------------------------------------- */

/* What one seed says of a against b: the mean of both ways round. */
typedef double of_seed(const tenants *t, int a, int b, int seed);

/* Shares and ratios are about 1: what is as near as this is apart by rounding alone, which would be
 * told apart in all seeds alike. */
static double or_even(double x, double even)
{
    return fabs(x - even) < 1e-9 ? even : x;
}

static double held_of(const tenants *t, int a, int b, int seed)
{
    const tenants_game *first = game_of(t, a, b, seed), *second = game_of(t, b, a, seed);
    if (!first->ok || !second->ok)
        return NAN;
    return or_even(
        .5 * (first->held[0] - first->entitled[0] + second->held[1] - second->entitled[1]), 0);
}

static double pushed_of(const tenants *t, int a, int b, int seed)
{
    const tenants_game *first = game_of(t, a, b, seed), *second = game_of(t, b, a, seed),
                       *own = game_of(t, a, a, seed);
    if (!first->ok || !second->ok || !own->ok)
        return NAN;
    return or_even(.5 * (first->response_s[0] / own->response_s[0] +
                         second->response_s[1] / own->response_s[1]),
                   1);
}

static stats_mean mean_of(const tenants *t, int a, int b, of_seed *of)
{
    double *x = error_must(malloc((size_t)t->ask->n_seeds * sizeof *x));
    int n = 0;
    for (int i = 0; i < t->ask->n_seeds; i++) {
        x[n] = of(t, a, b, i);
        n += !isnan(x[n]);
    }
    const stats_mean mean = stats_of(x, n, REPORT_LEVEL);
    free(x);
    return mean;
}

stats_mean tenants_held(const tenants *t, int a, int b)
{
    return mean_of(t, a, b, held_of);
}

stats_mean tenants_pushed(const tenants *t, int a, int b)
{
    return mean_of(t, a, b, pushed_of);
}

/* ---- tables ------------------------------------------------------------------------------- */

/* A cross table: means of pairs, and what they are if agents are alike. */
typedef struct cross {
    stats_mean (*of)(const tenants *t, int a, int b);
    double even;
    const char *format;
    bool mirrored;  // what one gains the other loses: each pair is one comparison
} cross;

static bool is_compared(const cross *x, int a, int b)
{
    return x->mirrored ? a < b : a != b;
}

/* Whether means are told apart from those of agents that are alike, by paired t over the seeds: p
 * (n_agents, n_agents) after Holm's correction for all of the table. To be freed. */
static double *find_p(const tenants *t, const cross *x)
{
    const int n = t->ask->n_agents;
    double *p = error_must(malloc(2 * (size_t)(n * n) * sizeof *p)), *adjusted = p + n * n;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            stats_mean m = x->of(t, a, b);
            m.mean -= x->even;
            p[a * n + b] = is_compared(x, a, b) ? stats_student_of(&m).p : NAN;
        }
    stats_holm(p, n * n, adjusted);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            p[a * n + b] = adjusted[a != b && !is_compared(x, a, b) ? b * n + a : a * n + b];
    return p;
}

static void write_cross(const tenants *t, const cross *x, const grid_words *words, grid_style style,
                        string_buffer *out)
{
    const int n = t->ask->n_agents;
    double *p = find_p(t, x);
    grid g = {0};
    grid_head(&g, "#");
    grid_head(&g, "<agent");
    for (int k = 0; k < n; k++)
        grid_head(&g, "%d", k + 1);
    for (int a = 0; a < n; a++) {
        grid_put(&g, a + 1, "%d", a + 1);
        grid_put(&g, NAN, "%s", t->ask->agent[a]);
        for (int b = 0; b < n; b++) {
            const double mean = x->of(t, a, b).mean;
            char text[40] = "-";
            if (a != b && !isnan(mean))
                snprintf(text, sizeof text, x->format, 100 * mean);
            grid_put(&g, mean, "%s%s", text, p[a * n + b] < REPORT_ALPHA ? "*" : "");
        }
    }
    grid_write(&g, words, style, out);
    grid_free(&g);
    free(p);
}

/* The mean of a number of one game over the seeds. */
static stats_mean mean_in(const tenants *t, int a, int b, size_t offset)
{
    double *x = error_must(malloc((size_t)t->ask->n_seeds * sizeof *x));
    int n = 0;
    for (int i = 0; i < t->ask->n_seeds; i++) {
        const tenants_game *game = game_of(t, a, b, i);
        x[n] = *(const double *)((const char *)game + offset);
        n += game->ok && !isnan(x[n]);
    }
    const stats_mean mean = stats_of(x, n, REPORT_LEVEL);
    free(x);
    return mean;
}

/* Of what it is entitled to, percent. */
static double held_percent(const tenants *t, int a, int b, int tenant)
{
    const size_t at = (size_t)tenant * sizeof(double);
    return 100 * mean_in(t, a, b, offsetof(tenants_game, held) + at).mean /
           mean_in(t, a, b, offsetof(tenants_game, entitled) + at).mean;
}

static double response_s(const tenants *t, int a, int b, int tenant)
{
    return mean_in(t, a, b, offsetof(tenants_game, response_s) + (size_t)tenant * sizeof(double))
        .mean;
}

static void write_list(const tenants *t, grid_style style, string_buffer *out)
{
    grid g = {0};
    for (int k = 0; k < 2; k++)
        grid_head(&g, "<%.60s", t->tenant[k]);
    static const char *const heads[] = {"1st [%]", "2nd [%]", "1st [s]", "2nd [s]", "Jain"};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++)
        grid_head(&g, "%s", heads[k]);
    for (int a = 0; a < t->ask->n_agents; a++)
        for (int b = 0; b < t->ask->n_agents; b++) {
            grid_put(&g, NAN, "%s", t->ask->agent[a]);
            grid_put(&g, NAN, "%s", t->ask->agent[b]);
            for (int k = 0; k < 2; k++)
                grid_number(&g, held_percent(t, a, b, k), 3);
            for (int k = 0; k < 2; k++)
                grid_number(&g, response_s(t, a, b, k), 4);
            grid_number(&g, mean_in(t, a, b, offsetof(tenants_game, jain)).mean, 3);
        }
    const grid_words words = {"Every agent as each tenant: means over the seeds", "tenants",
                              "[%]: held of what it is entitled to; [s]: mean response; Jain's "
                              "index of what both held\n"};
    grid_write(&g, &words, style, out);
    grid_free(&g);
}

static void add_failures(const tenants *t, string_buffer *out)
{
    for (int i = 0; i < n_games(t); i++)
        if (!t->game[i].ok) {
            const int pair = i / t->ask->n_seeds;
            string_add(out, "  %s against %s, seed %lld failed: %s\n",
                       t->ask->agent[pair / t->ask->n_agents],
                       t->ask->agent[pair % t->ask->n_agents],
                       (long long)t->ask->seed[i % t->ask->n_seeds], t->game[i].error);
        }
}

static void write_held(const tenants *t, grid_style style, string_buffer *out)
{
    const cross x = {tenants_held, 0, "%+.1f", true};
    string_buffer title = {0}, notes = {0};
    string_add(&title, "%s: what the row holds against the column above its share", t->scenario);
    string_add(&notes,
               "percent of all that both hold, mean of both ways round, as %s and as %s, %d seeds\n"
               "* told apart from 0 (below: it does not hold its share): paired t, Holm, p < %g\n",
               t->tenant[0], t->tenant[1], t->ask->n_seeds, REPORT_ALPHA);
    write_cross(t, &x, &(grid_words){title.at, "tenants-held", notes.at}, style, out);
    string_free(&title);
    string_free(&notes);
}

static void write_pushed(const tenants *t, grid_style style, string_buffer *out)
{
    const cross x = {tenants_pushed, 1, "%.0f", false};
    string_buffer title = {0}, notes = {0};
    string_add(&title, "%s: response time of the row against the column", t->scenario);
    string_add(&notes,
               "percent of that against itself, mean of both ways round\n"
               "* told apart from 100: paired t, Holm, p < %g\n",
               REPORT_ALPHA);
    write_cross(t, &x, &(grid_words){title.at, "tenants-pushed", notes.at}, style, out);
    string_free(&title);
    string_free(&notes);
}

void tenants_write(const tenants *t, grid_style style, string_buffer *out)
{
    string_buffer failed = {0};
    write_held(t, style, out);
    string_add(out, "\n");
    write_pushed(t, style, out);
    string_add(out, "\n");
    write_list(t, style, out);
    add_failures(t, &failed);
    if (failed.at)
        grid_notes(failed.at, style, out);
    string_free(&failed);
}

void tenants_csv(const tenants *t, string_buffer *out)
{
    string_add(out, "scenario,first_tenant,second_tenant,first_agent,second_agent,seed,ok,"
                    "first_held,second_held,first_entitled,second_entitled,first_response_s,second_"
                    "response_s,jain\n");
    for (int i = 0; i < n_games(t); i++) {
        const int pair = i / t->ask->n_seeds;
        const tenants_game *game = &t->game[i];
        const char *const text[] = {t->scenario, t->tenant[0], t->tenant[1],
                                    t->ask->agent[pair / t->ask->n_agents],
                                    t->ask->agent[pair % t->ask->n_agents]};
        for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
            string_add(out, k ? "," : "");
            escape_csv(out, text[k]);
        }
        string_add(out, ",%lld,%d", (long long)t->ask->seed[i % t->ask->n_seeds], game->ok);
        const double number[] = {game->held[0],     game->held[1],       game->entitled[0],
                                 game->entitled[1], game->response_s[0], game->response_s[1],
                                 game->jain};
        for (size_t k = 0; k < sizeof number / sizeof *number; k++)
            escape_csv_real(out, game->ok ? number[k] : NAN);
        string_add(out, "\n");
    }
}
