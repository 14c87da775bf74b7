/* mmpp.c - a Markov-modulated Poisson process: arrivals at a rate that a hidden Markov chain sets.
 * It starts in its stationary state. Time is stretched so that arrivals come at rate 1 (each job
 * draws how much of the integrated rate it waits for), so the states do not depend on the jobs. */
#include "det.h"
#include "scenario_load.h"
#include "source_draw.h"

enum { MOST_STATES = 100 };

/* Changes of state per arrival, in the mean: beyond it nothing but changes would be simulated. */
#define MOST_CHANGES 1e6

typedef struct mmpp {
    uint64_t seed;
    int64_t time_ns;
    int64_t until_ns;           // the state changes
    uint32_t n_states, n_jobs;  // states been in and jobs delivered so far
    int state;
} mmpp;

static size_t state_bytes(const scenario_source *src)
{
    (void)src;
    return sizeof(mmpp);
}

/* The first of n whose part of (0,1) has not ended before u. */
static int pick(const double *up_to, int n, double u)
{
    int k = 0;
    while (k < n - 1 && u >= up_to[k])
        k++;
    return k;
}

/* Enters a state, from another one or for the first time. */
static void enter(const poise_scenario *s, const scenario_source *src, mmpp *m)
{
    int n = src->n_states;
    bool first = m->n_states == 0;
    poise_rng r = poise_rng_at(m->seed, POISE_FOR_SOURCE, (uint32_t)(src - s->source), m->n_states);
    m->n_states++;
    double which = poise_rng_uniform(&r), how_long = poise_rng_uniform(&r);
    if (first)
        m->state = pick(src->state_up_to, n, which);
    else if (src->jump)
        m->state = pick(src->jump_up_to + m->state * n, n, which);
    else
        m->state = (m->state + 1) % n;
    double hold_ns = -(double)src->state[m->state].hold_ns * det_log(how_long);
    int64_t left_ns = HORIZON_MAX_NS - m->time_ns;
    m->until_ns = m->time_ns + (hold_ns < (double)left_ns ? (int64_t)hold_ns + 1 : left_ns);
}

static void reset(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed)
{
    mmpp *m = state;
    *m = (mmpp){.seed = seed, .time_ns = src->start_ns};
    enter(s, src, m);
}

static bool next(const poise_scenario *s, const scenario_source *src, void *state, arrival *out)
{
    mmpp *m = state;
    if (src->max_jobs > 0 && m->n_jobs >= (uint32_t)src->max_jobs)
        return false;
    poise_rng r = poise_rng_at(m->seed, POISE_FOR_JOB, (uint32_t)(src - s->source), m->n_jobs);
    double wait = -det_log(poise_rng_uniform(&r)), size = poise_rng_uniform(&r);
    double scale = 1e-9 * src->rate_per_s / src->own_per_s;
    for (;;) {
        double per_ns = src->state[m->state].rate_per_s * scale;
        double left = per_ns * (double)(m->until_ns - m->time_ns);
        if (wait < left) {
            m->time_ns += (int64_t)(wait / per_ns);
            break;
        }
        wait -= left;
        m->time_ns = m->until_ns;
        if (m->time_ns >= HORIZON_MAX_NS)
            return false;
        enter(s, src, m);
    }
    out->time_ns = m->time_ns;
    source_draw_job(s, src, m->seed, m->n_jobs++, size, false, out);
    return true;
}

/* ---- the stationary state ----------------------------------------------------------------- */

/* Stationary probabilities p (n) of the chain of jumps a (n, n), which is overwritten. Grassmann,
 * Taksar and Heyman, Operations Research 33 (1985): elimination without a subtraction. */
static void stationary(double *a, int n, double *p)
{
    for (int k = n - 1; k > 0; k--) {
        double out = 0;
        for (int j = 0; j < k; j++)
            out += a[k * n + j];
        for (int i = 0; i < k; i++) {
            a[i * n + k] /= out;
            for (int j = 0; j < k; j++)
                a[i * n + j] += a[i * n + k] * a[k * n + j];
        }
    }
    p[0] = 1;
    for (int k = 1; k < n; k++) {
        p[k] = 0;
        for (int i = 0; i < k; i++)
            p[k] += p[i] * a[i * n + k];
    }
}

/* The chain of jumps: as given, or in turn. */
static double *jumps(scenario_loader *l, const scenario_source *src)
{
    int n = src->n_states;
    double *a = arena_take(l->memory, (size_t)n * (size_t)n, sizeof *a);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            a[i * n + j] = src->jump ? src->jump[i * n + j] : j == (i + 1) % n;
    return a;
}

/* Whether the chain can go from state 0 to each other one, or (back) from each to it; else the one
 * where it fails is in `where`. */
static bool connects(const double *a, int n, bool back, int *where)
{
    bool seen[MOST_STATES] = {true};
    int list[MOST_STATES] = {0}, n_seen = 1;
    for (int at = 0; at < n_seen; at++)
        for (int j = 0; j < n; j++)
            if ((back ? a[j * n + list[at]] : a[list[at] * n + j]) > 0 && !seen[j]) {
                seen[j] = true;
                list[n_seen++] = j;
            }
    for (int j = 0; j < n; j++)
        if (!seen[j])
            *where = j;
    return n_seen == n;
}

static void settle(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    int n = src->n_states, where = 0;
    double *a = jumps(l, src), *up_to = arena_take(l->memory, (size_t)n, sizeof *up_to);
    if (!connects(a, n, false, &where) || !connects(a, n, true, &where)) {
        yaml_wrong(&l->doc, yaml_mark_of(map, "transitions"), NULL,
                   "transitions: there is no way from state 0 to state %d and back", where);
        return;
    }
    stationary(a, n, up_to);
    double sum = 0, time = 0, arrivals = 0;
    for (int k = 0; k < n; k++) {
        double visits = up_to[k];
        sum += visits;
        arrivals += visits * seconds(src->state[k].hold_ns) * src->state[k].rate_per_s;
        up_to[k] = time += visits * seconds(src->state[k].hold_ns);
    }
    for (int k = 0; k < n; k++)
        up_to[k] /= time;
    src->state_up_to = up_to;
    if (!(arrivals > 0))
        yaml_wrong(&l->doc, yaml_mark_of(map, "states"), NULL, "states: all rates are 0");
    else if (sum > MOST_CHANGES * arrivals)
        yaml_wrong(&l->doc, yaml_mark_of(map, "states"), NULL,
                   "states: %.3g changes of state for each arrival are more than %g",
                   sum / arrivals, MOST_CHANGES);
    else
        scenario_take_rate(l, map, src, arrivals / time);
}

/* ---- the file ----------------------------------------------------------------------------- */

static const poise_option state_rows[] = {
    {"rate", POISE_QUANTITY, offsetof(mmpp_state, rate_per_s), POISE_REQUIRED, 0, 1e9, "/s",
     "arrivals per second in this state", NULL},
    {"time", POISE_TIME, offsetof(mmpp_state, hold_ns), POISE_REQUIRED, 1e-9, HORIZON_MAX_S, "s",
     "mean time it lasts, which is exponential", NULL},
    {0},
};

static void read_states(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    yaml_node *list = yaml_need(&l->doc, map, "states", "a source of type mmpp"), **node = NULL;
    int n = list ? scenario_read_maps(l, list, "states", MOST_STATES, &node) : 0;
    mmpp_state *state = arena_take(l->memory, (size_t)n + 1, sizeof *state);
    for (int k = 0; k < n; k++) {
        options_read(&l->doc, node[k], state_rows, &state[k], "", "a state");
        yaml_done(&l->doc, node[k], "a state");
    }
    src->state = state;
    src->n_states = n;
}

/* A row of the matrix: probabilities of the states that come after state i. */
static void read_row(scenario_loader *l, yaml_node *list, int i, int n, double *jump, double *up_to)
{
    int n_read = 0, before = l->doc.n_mistakes;
    const double *p = scenario_read_numbers(l, list, "a row of transitions", "", 1, &n_read);
    if (l->doc.n_mistakes > before)
        return;
    double sum = 0;
    for (int j = 0; j < n_read && n_read == n; j++) {
        jump[j] = p[j];
        up_to[j] = sum += p[j];
    }
    if (n_read != n)
        yaml_wrong(&l->doc, list->mark, NULL, "row %d of transitions has %d numbers for %d states",
                   i, n_read, n);
    else if (!(sum > 1 - 1e-9 && sum < 1 + 1e-9))
        yaml_wrong(&l->doc, list->mark, NULL, "row %d of transitions sums to %.10g, not to 1", i,
                   sum);
    else if (jump[i] != 0)
        yaml_wrong(
            &l->doc, list->mark, NULL,
            "row %d of transitions: state %d cannot follow itself (its time says how long it "
            "lasts)",
            i, i);
}

static void read_transitions(scenario_loader *l, yaml_node *list, scenario_source *src)
{
    int n = src->n_states;
    if (!yaml_is(&l->doc, list, YAML_LIST, "transitions"))
        return;
    if (list->n != n) {
        yaml_wrong(&l->doc, list->mark, NULL, "transitions: %d rows for %d states", list->n, n);
        return;
    }
    double *jump = arena_take(l->memory, (size_t)n * (size_t)n, sizeof *jump);
    double *up_to = arena_take(l->memory, (size_t)n * (size_t)n, sizeof *up_to);
    for (int i = 0; i < n; i++)
        read_row(l, list->entry[i].value, i, n, jump + i * n, up_to + i * n);
    src->jump = jump;
    src->jump_up_to = up_to;
}

static void read(scenario_loader *l, yaml_node *map, scenario_source *src)
{
    int before = l->doc.n_mistakes;
    read_states(l, map, src);
    yaml_node *transitions = yaml_get(&l->doc, map, "transitions");
    if (transitions && l->doc.n_mistakes == before)
        read_transitions(l, transitions, src);
    if (l->doc.n_mistakes == before)
        settle(l, map, src);
}

static void print(string_buffer *out, const scenario_source *src)
{
    int n = src->n_states;
    string_add(out, "      states:\n");
    for (int k = 0; k < n; k++) {
        const char *before = "        - {";
        for (const poise_option *row = state_rows; row->name; row++) {
            char text[64];
            option_print(row, &src->state[k], text, sizeof text);
            string_add(out, "%s%s: %s", before, row->name, text);
            before = ", ";
        }
        string_add(out, "}\n");
    }
    if (!src->jump)
        return;
    string_add(out, "      transitions: [");
    for (int k = 0; k < n; k++) {
        string_add(out, k ? ", " : "");
        scenario_print_numbers(out, src->jump + k * n, n);
    }
    string_add(out, "]\n");
}

static void again(const poise_scenario *s, const scenario_source *src, void *state, uint64_t seed,
                  int64_t now_ns, bool pending)
{
    mmpp *m = state;
    *m = (mmpp){.seed = seed, .n_jobs = m->n_jobs - pending};
    m->time_ns = now_ns > src->start_ns ? now_ns : src->start_ns;
    enter(s, src, m);
}

static const poise_option options[] = {
    {"rate", POISE_QUANTITY, offsetof(scenario_source, rate_per_s), 0, 0, 1e9, "/s",
     "mean arrivals per second to which those of the states are scaled; 0 as they stand", NULL},
    {"start", POISE_TIME, offsetof(scenario_source, start_ns), 0, 0, HORIZON_MAX_S, "s",
     "time from which jobs arrive", NULL},
    {"jobs", POISE_INT, offsetof(scenario_source, max_jobs), 0, 0, 2e9, "",
     "most jobs it delivers, 0 without limit", NULL},
    {0},
};

const source_type source_mmpp = {
    .name = "mmpp",
    .about = "Markov-modulated Poisson: the rate is that of a hidden state",
    .besides =
        "states (a list of {rate: 5 /s, time: 20 s}: arrivals per second, and the mean of the "
        "exponential time it lasts), transitions (a row for each state: probabilities of "
        "those that come next; in turn if not given)",
    .options = options,
    .further = source_stop,
    .has_mix = true,
    .state_bytes = state_bytes,
    .reset = reset,
    .next = next,
    .again = again,
    .read = read,
    .print = print,
};
