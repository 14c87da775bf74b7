/* cmd_solve.c - `poise solve`: the least cost of a small Markov decision process, and its policy.
 */
#include "cli.h"

#include "markov.h"

#include <math.h>
#include <string.h>

typedef struct options {
    const char *scenario;
    names sets;
    markov_wish wish;
    int table;
} options;

enum { OPT_SET = 256, OPT_CAP, OPT_STATES, OPT_COST, OPT_TABLE };

static const struct argp_option rows[] = {
    {"cost", OPT_COST, "reward|holding|number", 0,
     "what is least: minus the scenario's reward (default), the weights of the tasks that are "
     "ready, their number",
     0},
    {"cap", OPT_CAP, "N", 0,
     "most tasks of a type, more are lost for nothing; default: as many as matter", 0},
    {"states", OPT_STATES, "N", 0, "most states; default 200000", 0},
    {"table", OPT_TABLE, "N", 0, "print the policy for up to N tasks of each type", 0},
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting of the scenario first", 0},
    {0},
};

static const char about[] =
    "Solve a scenario with Poisson arrivals and exponential sizes by relative value iteration, and "
    "print bounds on the least mean cost, the tasks there are then, and the policy.\v"
    "Examples:\n"
    "  poise solve slow-server-v1 --table 6\n"
    "  poise solve n-model-v1 --cost holding\n"
    "  poise solve criss-cross-light-v1 --cost holding --cap 20   (a bound from below)\n"
    "The agent `optimal` plays what is found.";

static int cost_named(const char *name)
{
    for (int i = 0; markov_cost_names[i]; i++)
        if (strcmp(markov_cost_names[i], name) == 0)
            return i;
    cli_refuse("--cost is reward, holding or number, not '%s'", name);
}

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_COST: o->wish.cost = cost_named(argument); break;
    case OPT_CAP: o->wish.cap = (int)cli_whole("--cap", argument, 1, 1000000); break;
    case OPT_STATES: o->wish.states = (int)cli_whole("--states", argument, 1, 100000000); break;
    case OPT_TABLE: o->table = (int)cli_whole("--table", argument, 1, 1000); break;
    case OPT_SET: names_add(&o->sets, argument); break;
    case ARGP_KEY_ARG:
        if (o->scenario)
            cli_refuse("one scenario at a time, '%s' is one too many", argument);
        o->scenario = argument;
        break;
    case ARGP_KEY_END:
        if (!o->scenario)
            cli_refuse("which scenario? `poise list scenarios` shows those there are");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_place(const markov *m, const poise_space *space, int place)
{
    const unsigned char *busy = m->busy + place * m->n_modes;
    const char *between = "";
    for (int i = 0; i < m->n_modes; i++)
        if (busy[i]) {
            printf("%s%d %s on %s", between, busy[i], m->type[m->mode[i].type].name,
                   space->group_name[m->mode[i].group]);
            between = ", ";
        }
    printf("%s", *between ? "" : "nothing");
}

static void print_choice(const markov *m, const poise_space *space, const int *n, int place)
{
    const int choice = markov_choose(m, n, place);
    for (int t = 0; t < m->n_types; t++)
        printf("%6d ", n[t]);
    if (!m->preempts) {
        printf(" | ");
        print_place(m, space, place);
    }
    printf(" | ");
    if (choice < 0)
        printf("refuse one %s", m->type[-1 - choice].name);
    else
        print_place(m, space, choice);
    printf("\n");
}

/* Whether so many of each type can be in service in this way. */
static bool fits(const markov *m, const int *n, int place)
{
    for (int t = 0; t < m->n_types; t++)
        if (m->needs[place * m->n_types + t] > n[t])
            return false;
    return true;
}

static void print_table(const markov *m, const poise_space *space, int most)
{
    int n[MARKOV_TYPES] = {0};
    printf("\ntasks of each type");
    printf(m->preempts ? " | in service\n" : " | in service before | in service from now on\n");
    for (int t = 0; t < m->n_types; t++)
        printf("%6.6s ", m->type[t].name);
    printf("\n");
    for (int t = 0; t < m->n_types;) {
        for (int k = 0; k < (m->preempts ? 1 : m->n_places); k++)
            if (fits(m, n, k))
                print_choice(m, space, n, k);
        for (t = 0; t < m->n_types && n[t] == (most < m->cap[t] ? most : m->cap[t]); t++)
            n[t] = 0;
        if (t < m->n_types)
            n[t]++;
    }
}

static void print_optimum(const markov *m)
{
    if (m->discount_per_s > 0)
        printf("cost from an empty system on, discounted by %g a second: %.10g\n",
               m->discount_per_s, m->start_cost);
    else
        printf("least mean cost per second (%s): %.10g, between %.10g and %.10g\n",
               markov_cost_names[m->wish.cost], m->cost, m->low, m->high);
    printf("%d states, %d ways in which devices can be busy\n", m->n_states, m->n_places);
    for (int t = 0; t < m->n_types; t++)
        printf("  %-16s %10.7g in the mean, at most %d\n", m->type[t].name, m->number[t],
               m->cap[t]);
    if (m->beyond > 0)
        printf("  %.2g of it are charged for tasks beyond those numbers\n", m->beyond);
    if (m->cut > 0)
        printf("  without those numbers at most %.2g more\n", m->cut);
    if (m->cut > 1e-4 * fabs(m->cost))
        printf("note: so many tasks are not enough: give more --states%s\n",
               m->wish.cap > 0 ? " or a larger --cap" : "");
    if (m->wastes)
        printf("note: it stops tasks to leave devices idle, which the scenario does not allow: a "
               "bound, not a policy\n");
}

int cmd_solve(int argc, char **argv)
{
    options o = {.wish = {.states = 200000, .gap = 1e-7}};
    const struct argp argp = {rows, take, "SCENARIO", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    poise_error err = {0};
    poise_scenario *s =
        poise_scenario_load(cli_scenario_path(o.scenario), o.sets.at, o.sets.n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    const markov *m = markov_of(s, &o.wish, &err);
    int status = STATUS_OK;
    if (!m) {
        status = cli_error(STATUS_INPUT, "%s", err.text);
    } else {
        print_optimum(m);
        if (o.table > 0)
            print_table(m, poise_scenario_space(s), o.table);
    }
    poise_scenario_free(s);
    return status;
}
