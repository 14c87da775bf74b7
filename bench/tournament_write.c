/* tournament_write.c - a tournament as tables: the standings, the cross table, and all pairs for
 * programs. */
#include "tournament.h"

#include "escape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "74" percent; those that are told apart from one half have a star. */
static void put_percent(grid *g, const tournament_pair *pair)
{
    if (isnan(pair->above))
        grid_put(g, NAN, "-");
    else
        grid_put(g, pair->above, "%.0f%s", 100 * pair->above,
                 pair->p_holm < REPORT_ALPHA ? "*" : "");
}

/* Ranks are halves where agents are the same. */
static void put_ranks(grid *g, const tournament_agent *a)
{
    if (isnan(a->best))
        grid_put(g, NAN, "-");
    else
        grid_put(g, a->best, "%.3g..%.3g", a->best, a->worst);
}

static void put_standing(const tournament *t, int agent, grid *g)
{
    const tournament_agent *a = &t->agent[agent];
    const int others = t->n_agents - 1;
    grid_put(g, agent + 1, "%d", agent + 1);
    grid_put(g, NAN, "%s", a->label);
    grid_put(g, a->score, "%.1f", 100 * a->score);
    if (isnan(a->low))
        grid_put(g, NAN, "-");
    else
        grid_put(g, a->low, "%.1f..%.1f", 100 * a->low, 100 * a->high);
    put_ranks(g, a);
    grid_put(g, a->n_beaten, "%d", a->n_beaten);
    grid_put(g, others - a->n_beaten - a->n_beat_it, "%d", others - a->n_beaten - a->n_beat_it);
    grid_put(g, a->n_beat_it, "%d", a->n_beat_it);
    grid_put(g, a->n_failed, "%d", a->n_failed);
}

/* Three who beat each other in a circle, of whom the first stands highest; how many there are. */
static int circles(const tournament *t, int first[3])
{
    const int n = t->n_agents;
    int found = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) {
                const tournament_pair *p = &t->pair[i * n + k], *q = &t->pair[k * n + j],
                                      *r = &t->pair[j * n + i];
                if (i >= k || i >= j || !(p->p_holm < REPORT_ALPHA) || p->wins < p->losses ||
                    !(q->p_holm < REPORT_ALPHA) || q->wins < q->losses ||
                    !(r->p_holm < REPORT_ALPHA) || r->wins < r->losses)
                    continue;
                if (found++ == 0)
                    memcpy(first, (int[]){i, k, j}, sizeof(int[3]));
            }
    return found;
}

static void note_failures(const tournament *t, string_buffer *out)
{
    for (int i = 0; i < t->n_agents; i++)
        if (t->agent[i].n_failed)
            string_add(out, "%s: %d of %d runs failed or are missing, and lost\n",
                       t->agent[i].label, t->agent[i].n_failed, t->n_games);
}

static void standing_notes(const tournament *t, string_buffer *out)
{
    string_add(out, "wins: games won against another agent, ties one half; percent, mean over all "
                    "others\n");
    if (t->doubt == STATS_REFUSED)
        string_add(out, "fewer than %d seeds say nothing of intervals\n", STATS_RUNS_REFUSED);
    else
        string_add(out, "intervals: middle 95%% of %d draws of the seeds of each scenario%s\n",
                   SUITE_RESAMPLES, t->doubt == STATS_FEW ? ": too narrow, as seeds are few" : "");
    string_add(out,
               "beats, same, loses: others that it is told apart from or not (sign test, Holm, "
               "p < %g)\n",
               REPORT_ALPHA);
    if (t->n_agents > 1 && t->agent[0].n_beaten == t->n_agents - 1)
        string_add(out, "%s beats every other\n", t->agent[0].label);
    int who[3] = {0};
    const int n = circles(t, who);
    if (n > 0)
        string_add(out, "%d %s: %s beats %s, that beats %s, and that beats the first\n", n,
                   n > 1 ? "circles, for instance" : "circle", t->agent[who[0]].label,
                   t->agent[who[1]].label, t->agent[who[2]].label);
    note_failures(t, out);
    if (t->n_left_out > 0)
        string_add(out, "%d %s not take part in every scenario, and %s left out: -a names others\n",
                   t->n_left_out, t->n_left_out > 1 ? "agents do" : "agent does",
                   t->n_left_out > 1 ? "are" : "is");
}

static void write_standings(const tournament *t, grid_style style, string_buffer *out)
{
    grid g = {0};
    static const char *const heads[] = {"#",     "<agent", "wins [%]", "95%",   "ranks",
                                        "beats", "same",   "loses",    "failed"};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++)
        grid_head(&g, "%s", heads[k]);
    for (int i = 0; i < t->n_agents; i++)
        put_standing(t, i, &g);
    char title[160];
    string_buffer notes = {0};
    snprintf(title, sizeof title, "Tournament of %d agents over %d %s, %d games each", t->n_agents,
             t->n_tasks, t->n_tasks > 1 ? "scenarios" : "scenario", t->n_games);
    standing_notes(t, &notes);
    grid_write(&g, &(grid_words){title, "tournament", notes.at ? notes.at : ""}, style, out);
    string_free(&notes);
    grid_free(&g);
}

static void write_cross(const tournament *t, grid_style style, string_buffer *out)
{
    const int n = t->n_agents < TOURNAMENT_CROSS ? t->n_agents : TOURNAMENT_CROSS;
    grid g = {0};
    grid_head(&g, "#");
    grid_head(&g, "<agent");
    for (int k = 0; k < n; k++)
        grid_head(&g, "%d", k + 1);
    for (int i = 0; i < n; i++) {
        grid_put(&g, i + 1, "%d", i + 1);
        grid_put(&g, NAN, "%s", t->agent[i].label);
        for (int k = 0; k < n; k++)
            put_percent(&g, &t->pair[i * t->n_agents + k]);
    }
    string_buffer notes = {0};
    string_add(&notes,
               "* told apart from 50: exact sign test over all games, Holm over %d pairs, "
               "p < %g\n",
               t->n_agents * (t->n_agents - 1) / 2, REPORT_ALPHA);
    if (n < t->n_agents)
        string_add(&notes, "the first %d of %d; --format csv has all pairs\n", n, t->n_agents);
    grid_write(
        &g,
        &(grid_words){"How often the row beats the column, percent", "tournament-cross", notes.at},
        style, out);
    string_free(&notes);
    grid_free(&g);
}

void tournament_write(const tournament *t, grid_style style, string_buffer *out)
{
    write_standings(t, style, out);
    string_add(out, "\n");
    write_cross(t, style, out);
}

/* ---- for programs ------------------------------------------------------------------------- */

static void put_line(const tournament *t, const char *scenario, const char *metric, int a, int b,
                     const tournament_pair *pair, string_buffer *out)
{
    const tournament_agent *x = &t->agent[a];
    escape_csv(out, scenario);
    string_add(out, ",%s,%d,", metric, a + 1);
    escape_csv(out, x->label);
    const double own[] = {x->score, x->low, x->high, x->best, x->worst};
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        escape_csv_real(out, own[k]);
    string_add(out, ",");
    escape_csv(out, t->agent[b].label);
    escape_csv_real(out, pair->above);
    string_add(out, ",%d,%d,%d", pair->wins, pair->ties, pair->losses);
    escape_csv_real(out, pair->p);
    escape_csv_real(out, pair->p_holm);
    string_add(out, "\n");
}

void tournament_csv(const tournament *t, string_buffer *out)
{
    const poise_metric *rows;
    poise_metrics(&rows);
    string_add(out, "scenario,metric,place,agent,wins,wins_low,wins_high,rank_low,rank_high,"
                    "opponent,above,games_won,games_even,games_lost,p,p_holm\n");
    for (int i = 0; i < t->n_agents; i++)
        for (int k = 0; k < t->n_agents; k++) {
            if (k == i)
                continue;
            put_line(t, "", "", i, k, &t->pair[i * t->n_agents + k], out);
            for (int m = 0; m < t->n_tasks; m++) {
                const suite_task *task = &t->suite.task[t->task[m]];
                const tournament_pair in = tournament_in(t, i, k, m);
                put_line(t, task->name, rows[task->metric].name, i, k, &in, out);
            }
        }
}
