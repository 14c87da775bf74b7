/* admission.c - a task is refused if as many as a threshold are in the system when it comes; the
 * others go as by `fifo`. With one server and a worth for each task this is the best there is, from
 * the right threshold on (Naor, Econometrica 37 (1969); Stidham, IEEE TAC 30 (1985)). */
#include "error.h"
#include "lib/rule.h"
#include "scenario.h"

extern const poise_agent_type agent_fifo;

typedef struct admission {
    int tasks;
} admission;

static const poise_option options[] = {
    {"tasks", POISE_INT, offsetof(admission, tasks), 10, 0, 1e9, "tasks",
     "in the system at most, in service or waiting; those that come are refused beyond", NULL},
    {0},
};

/* The task that came last of those that may be refused, -1 if none may. */
static int youngest(const poise_view *v)
{
    int best = -1;
    for (int c = 0; c < v->n_candidates; c++)
        if (v->candidate[c].act == POISE_REJECT &&
            (best < 0 || v->task[v->candidate[c].task].id > v->task[v->candidate[best].task].id))
            best = c;
    return best;
}

static int choose(void *state, const poise_view *v)
{
    const admission *a = state;
    const int refused = v->n_system > a->tasks ? youngest(v) : -1;
    return refused >= 0 ? refused : agent_fifo.choose(NULL, v);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool suits(const poise_space *space, poise_error *err)
{
    const bool good = space->scenario->decision.reject;
    if (!good)
        error_add(err, "agent admission: tasks of %s cannot be refused; --set decision.reject=true",
                  poise_scenario_name(space->scenario));
    return good;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)state, (void)seed;
    return suits(space, err);
}

const poise_agent_type agent_admission = {
    .abi = POISE_AGENT_ABI,
    .name = "admission",
    .about = "fifo, and tasks are refused beyond a number in the system (Naor 1969)",
    .options = options,
    .size = sizeof(admission),
    .suits = suits,
    .init = init,
    .attend = attend,
    .choose = choose,
};
