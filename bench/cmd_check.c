/* cmd_check.c - `poise check`: reads scenario files and tells all their mistakes. */
#include "cli.h"

#include "card.h"

#include <math.h>

typedef struct options {
    names files, sets;
} options;

enum { OPT_SET = 256, OPT_LENIENT };

static const struct argp_option rows[] = {
    {"set", OPT_SET, "PATH=VALUE", 0, "change a setting first", 0},
    {"lenient", OPT_LENIENT, 0, 0, "leave out lines of traces that are wrong, and say how many", 0},
    {0},
};

static const char about[] =
    "Say whether scenarios are right. All mistakes of a file are told at once, with the place and "
    "what is allowed.\v"
    "Examples:\n"
    "  poise check mine.yaml\n"
    "  poise check gpu-mix-v1 --set devices.0.count=8";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SET: names_add(&o->sets, argument); break;
    case OPT_LENIENT: names_add(&o->sets, "workload.lenient=true"); break;
    case ARGP_KEY_ARG: names_add(&o->files, argument); break;
    case ARGP_KEY_END:
        if (o->files.n == 0)
            cli_refuse("check what? Give scenario files or names");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Agents that its rules name, with their options; the status. */
static int check_rules(const char *file, const poise_scenario *s)
{
    int status = STATUS_OK;
    for (const char *const *rule = poise_scenario_rules(s); *rule; rule++) {
        poise_error err = {0};
        agent_card card;
        if (!card_of(*rule, s, (card_terms){0}, &card, &err))
            status = cli_error(STATUS_INPUT, "%s: rules: %s", file, err.text);
    }
    return status;
}

static int check(const char *file, const names *sets)
{
    poise_error err = {0};
    poise_scenario *s = poise_scenario_load(cli_scenario_path(file), sets->at, sets->n, &err);
    if (!s)
        return cli_explain(STATUS_INPUT, &err);
    if (check_rules(file, s)) {
        poise_scenario_free(s);
        return STATUS_INPUT;
    }
    const double load = poise_scenario_offered_load(s);
    printf("%s: ok (%s", file, poise_scenario_name(s));
    if (!isnan(load))
        printf(", offered load %.3g%s", load, load >= 1 ? ": no policy is stable" : "");
    printf(")\n");
    if (*poise_scenario_notes(s))
        printf("%s\n", poise_scenario_notes(s));
    poise_scenario_free(s);
    return STATUS_OK;
}

int cmd_check(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "SCENARIO...", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    int status = STATUS_OK;
    for (int i = 0; i < o.files.n; i++) {
        const int here = check(o.files.at[i], &o.sets);
        status = here ? here : status;
    }
    return status;
}
