/* reinforce.c - policy gradient with a learned baseline (Williams 1992), for a number of candidates
 * that changes from decision to decision: one small network scores every candidate from its
 * features, a softmax over the scores is the policy, and the best score is chosen once it is
 * trained. Decisions are not evenly spaced, so what follows after t seconds counts exp(-beta t)
 * (semi-Markov; Bradtke and Duff, NIPS 1994).
 *
 * Learning goes in batches of choices. A decision with a single candidate is no choice: what comes
 * of it counts for the choice before. */
#include "agent.h"
#include "det.h"
#include "error.h"
#include "lib/adam.h"
#include "lib/features.h"
#include "lib/gae.h"
#include "lib/net.h"
#include "lib/policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN_DECISIONS 1000000

/* Parameters beyond this have left the range in which tanh units learn. */
#define LARGEST_PARAMETER 1e6

/* Room for candidates in a batch, per choice; a batch also ends when it is full. */
#define CANDIDATES_PER_CHOICE 12

/* Rows of one pass through a network: larger ones fall out of the cache. */
#define ROWS_PER_PASS 256

/* A choice in the batch, or with no candidates a mark of what the future is worth. */
typedef struct choice {
    int row;           // of its first candidate in x
    int n_candidates;  // 0: only its value counts, for the choice before
    int chosen;
    bool ended;     // a mark: all work was done, nothing follows
    double reward;  // until the next choice, discounted to this one
    double keep;    // discount of what follows
    int tasks;      // in the system at the choice
} choice;

/* Running means over choices: of the tasks in the system, the return, and their products. */
enum { TASKS, RETURN, TASKS_SQUARED, TASKS_RETURN, RETURN_SQUARED, N_MOMENTS };

/* What the last update was like. */
typedef struct figures {
    double policy_loss, value_loss, entropy, explained, norm, rate;
    long updates;
} figures;

typedef struct reinforce {
    int hidden, layers, n_steps, baseline_epochs, decay;
    double learning_rate, baseline_rate, gae_lambda, ent_coef, max_grad_norm, discount_per_s;
    double horizon;

    double beta;  // per second
    features *features;
    mlp_f *policy, *baseline;
    adam_f *policy_adam, *baseline_adam;
    double moments[N_MOMENTS];  // running means that the trend of returns follows from
    poise_mode mode;
    poise_rng rng;
    long decisions;  // in training so far

    int n_x, n_system;  // columns of a candidate and of the system
    int max_rows, max_choices;
    int n_rows, n_choices;       // used
    bool open;                   // the last choice may still gather rewards
    bool asked;                  // nothing has been learnt since it was made
    choice *choice;              // (max_choices)
    gae_step *step;              // (max_choices)
    int *tasks;                  // (max_choices) in the system at each step
    float *x;                    // (max_rows, n_x)
    float *system;               // (max_choices, n_system)
    float *value, *target;       // (max_choices) relative to the trend
    float *p, *log_p, *d_score;  // (rows of a pass)
    float *d_value;              // (rows of a pass)
    figures figures;
} reinforce;

static const poise_option options[] = {
    {"learning_rate", POISE_REAL, offsetof(reinforce, learning_rate), 3e-3, 0, 1e12, "",
     "Adam step size of the policy", NULL},
    {"baseline_rate", POISE_REAL, offsetof(reinforce, baseline_rate), 3e-3, 0, 1e12, "",
     "Adam step size of the baseline", NULL},
    {"decay", POISE_INT, offsetof(reinforce, decay), TRAIN_DECISIONS, 0, 2e9, "decisions",
     "both step sizes fall linearly to a twentieth over so many; 0 = they stay", NULL},
    {"hidden", POISE_INT, offsetof(reinforce, hidden), 32, 1, 1024, "units",
     "width of the hidden layers", NULL},
    {"layers", POISE_INT, offsetof(reinforce, layers), 2, 0, MLP_MAX_LAYERS - 1, "",
     "hidden layers", NULL},
    {"n_steps", POISE_INT, offsetof(reinforce, n_steps), 1024, 8, 1e6, "choices",
     "choices in a batch", NULL},
    {"gae_lambda", POISE_REAL, offsetof(reinforce, gae_lambda), .99, 0, 1, "",
     "weight of long returns against the baseline's forecast; 1 = returns alone", NULL},
    {"discount_per_s", POISE_REAL, offsetof(reinforce, discount_per_s), 0, 0, 1e9, "1/s",
     "beta; 0 = the scenario's, or 1 / (horizon * typical service) if it has none", NULL},
    {"horizon", POISE_REAL, offsetof(reinforce, horizon), 20, .01, 1e6, "services",
     "how far consequences reach if neither beta nor the scenario says", NULL},
    {"ent_coef", POISE_REAL, offsetof(reinforce, ent_coef), .03, 0, 10, "", "bonus for entropy",
     NULL},
    {"max_grad_norm", POISE_REAL, offsetof(reinforce, max_grad_norm), .5, 1e-9, 1e9, "",
     "longest gradient", NULL},
    {"baseline_epochs", POISE_INT, offsetof(reinforce, baseline_epochs), 4, 1, 100, "",
     "passes of the baseline over a batch", NULL},
    {0},
};

/* ---- memory ---- */

static int widths(const reinforce *a, int n_in, int *width)
{
    width[0] = n_in;
    for (int l = 1; l <= a->layers; l++)
        width[l] = a->hidden;
    width[a->layers + 1] = 1;
    return a->layers + 1;
}

static bool new_networks(reinforce *a, int pass_rows, uint64_t seed)
{
    int width[MLP_MAX_LAYERS + 1];
    int n_layers = widths(a, a->n_x, width);
    a->policy = mlp_new_f(n_layers, width, pass_rows);
    n_layers = widths(a, a->n_system, width);
    a->baseline = mlp_new_f(n_layers, width, ROWS_PER_PASS);
    if (!a->policy || !a->baseline)
        return false;
    /* A first policy near uniform, a first baseline near zero: both learn fastest from there. */
    mlp_start_f(a->policy, seed, 0, .01);
    mlp_start_f(a->baseline, seed, 1, .01);
    a->policy_adam = adam_new_f(a->policy->n_params);
    a->baseline_adam = adam_new_f(a->baseline->n_params);
    return a->policy_adam && a->baseline_adam;
}

static bool new_batch(reinforce *a, int pass_rows)
{
    size_t choices = (size_t)a->max_choices, rows = (size_t)a->max_rows, pass = (size_t)pass_rows;
    a->choice = malloc(choices * sizeof *a->choice);
    a->step = malloc(choices * sizeof *a->step);
    a->tasks = malloc(choices * sizeof *a->tasks);
    size_t n = rows * (size_t)a->n_x + choices * (size_t)(a->n_system + 2) + 4 * pass;
    a->x = malloc(n * sizeof *a->x);
    if (!a->choice || !a->step || !a->tasks || !a->x)
        return false;
    a->system = a->x + rows * (size_t)a->n_x;
    a->value = a->system + choices * (size_t)a->n_system;
    a->target = a->value + choices;
    a->p = a->target + choices;
    a->log_p = a->p + pass;
    a->d_score = a->log_p + pass;
    a->d_value = a->d_score + pass;
    return true;
}

static double discount(const reinforce *a, const poise_space *space)
{
    if (a->discount_per_s > 0)
        return a->discount_per_s;
    if (space->discount_per_s > 0)
        return space->discount_per_s;
    /* An undiscounted objective is learnt with a horizon of several services: long enough that a
     * task on a slow device is seen to finish late, short enough that noise does not drown it. */
    double typical_s = space->typical_service_s > 0 ? space->typical_service_s : 1;
    return 1 / (a->horizon * typical_s);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    reinforce *a = state;
    int most = space->max_candidates;
    int pass_rows = most > ROWS_PER_PASS ? most : ROWS_PER_PASS;
    a->beta = discount(a, space);
    /* Every choice may end an episode and need a mark behind it. */
    a->max_choices = 2 * a->n_steps + 2;
    a->max_rows = a->n_steps * CANDIDATES_PER_CHOICE + most;
    a->features = features_new(space);
    if (a->features) {
        a->n_x = features_of_candidate(a->features);
        a->n_system = features_of_system(a->features);
        if (new_networks(a, pass_rows, seed) && new_batch(a, pass_rows))
            return true;
    }
    error_add(err, "reinforce: no memory for a batch of %d choices of up to %d candidates",
              a->n_steps, most);
    return false;
}

static void release(void *state)
{
    reinforce *a = state;
    features_free(a->features);
    mlp_free_f(a->policy);
    mlp_free_f(a->baseline);
    adam_free_f(a->policy_adam);
    adam_free_f(a->baseline_adam);
    free(a->choice);
    free(a->step);
    free(a->tasks);
    free(a->x);
}

/* ---- acting ---- */

/* An episode is left before its end: of its last choice too little is known to learn from, but it
 * still tells what the choice before it led to. */
static void leave(reinforce *a)
{
    choice *last = &a->choice[a->n_choices - 1];
    a->n_rows = last->row;
    last->n_candidates = 0;
    if (last == a->choice || last[-1].n_candidates == 0)
        a->n_choices--;
    a->open = false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    reinforce *a = state;
    if (a->open)
        leave(a);
    a->asked = false;
    a->mode = mode;
    a->rng = poise_rng_at(seed, POISE_FOR_AGENT, 0, 0);
}

/* Scores of the view's candidates. Their features go behind the batch's rows. */
static const float *score(reinforce *a, const poise_view *v)
{
    float *x = a->x + (size_t)a->n_rows * (size_t)a->n_x;
    features_candidates(a->features, v, x);
    return mlp_forward_f(a->policy, v->n_candidates, x);
}

/* Takes back a choice of which nothing was learnt: the same decision is asked for again. */
static void forget_unlearnt(reinforce *a)
{
    if (!a->asked)
        return;
    a->n_choices--;
    a->n_rows = a->choice[a->n_choices].row;
}

static int sample(reinforce *a, const poise_view *v)
{
    forget_unlearnt(a);
    const float *z = score(a, v);
    if (!softmax_f(v->n_candidates, z, a->p, NULL))
        return -1;
    int chosen = sample_f(v->n_candidates, a->p, poise_rng_uniform(&a->rng));
    features_system(a->features, v, a->system + (size_t)a->n_choices * (size_t)a->n_system);
    a->choice[a->n_choices++] = (choice){
        .row = a->n_rows,
        .n_candidates = v->n_candidates,
        .chosen = chosen,
        .keep = 1,
        .tasks = v->n_system,
    };
    a->n_rows += v->n_candidates;
    a->open = a->asked = true;
    return chosen;
}

static void attend(void *state, const poise_view *v, double *attention)
{
    reinforce *a = state;
    if (v->n_candidates <= 1) {
        attention[0] = 0;
        return;
    }
    int chosen = a->mode == POISE_MODE_TRAIN ? sample(a, v) : -1;
    const float *z = chosen < 0 ? score(a, v) : a->policy->out[a->policy->n_layers - 1];
    double top = -INFINITY;
    for (int i = 0; i < v->n_candidates; i++) {
        attention[i] = (double)z[i];
        top = attention[i] > top ? attention[i] : top;
    }
    if (chosen >= 0)
        attention[chosen] = top + 1;
}

static int choose(void *state, const poise_view *v)
{
    reinforce *a = state;
    if (v->n_candidates == 1)
        return 0;
    if (a->mode == POISE_MODE_TRAIN)
        return sample(a, v);
    const float *z = score(a, v);
    int best = 0;
    for (int i = 0; i < v->n_candidates; i++) {
        if (isnan(z[i]))
            return -1;
        best = z[i] > z[best] ? i : best;
    }
    return best;
}

/* ---- learning ---- */

/* Most of a return depends on how many tasks are in the system and grows with it beyond any bound,
 * which a network of tanh units cannot follow. So a straight line through returns by number of
 * tasks is kept, and the baseline network learns the rest, in units of its standard deviation. */
typedef struct trend {
    double at_tasks, mean, slope, deviation;
} trend;

static trend returns_by_tasks(const reinforce *a)
{
    const double *m = a->moments;
    double tasks_var = m[TASKS_SQUARED] - m[TASKS] * m[TASKS];
    double covariance = m[TASKS_RETURN] - m[TASKS] * m[RETURN];
    double variance = m[RETURN_SQUARED] - m[RETURN] * m[RETURN];
    trend t = {.at_tasks = m[TASKS], .mean = m[RETURN]};
    if (tasks_var > 1e-9 * m[TASKS_SQUARED])
        t.slope = covariance / tasks_var;
    double rest = variance - t.slope * covariance;
    t.deviation = rest > 1e-12 * m[RETURN_SQUARED] ? sqrt(rest) : 1;
    return t;
}

static double expected(const trend *t, double tasks)
{
    return t->mean + t->slope * (tasks - t->at_tasks);
}

static double return_of(const gae_step *s)
{
    return s->advantage + s->value;
}

/* Forecasts for all choices and marks, relative to the trend. */
static void forecast(reinforce *a)
{
    for (int i = 0; i < a->n_choices; i += ROWS_PER_PASS) {
        int rows = a->n_choices - i < ROWS_PER_PASS ? a->n_choices - i : ROWS_PER_PASS;
        const float *v =
            mlp_forward_f(a->baseline, rows, a->system + (size_t)i * (size_t)a->n_system);
        memcpy(a->value + i, v, (size_t)rows * sizeof *v);
    }
}

/* Fills step for the choices (marks left out), in order. Returns how many. */
static int judge(reinforce *a)
{
    int n = 0;
    trend t = returns_by_tasks(a);
    for (int i = 0; i < a->n_choices; i++) {
        const choice *c = &a->choice[i], *next = c + 1;
        if (c->n_candidates == 0)
            continue;
        a->step[n++] = (gae_step){
            .reward = c->reward,
            .keep = next->n_candidates == 0 && next->ended ? 0 : c->keep,
            .value = expected(&t, c->tasks) + t.deviation * (double)a->value[i],
            .next = expected(&t, next->tasks) + t.deviation * (double)a->value[i + 1],
            .last = next->n_candidates == 0,
        };
    }
    gae(n, a->step, a->gae_lambda);
    return n;
}

/* Share of the variance of returns that the baseline had foreseen. */
static double explained_variance(const reinforce *a, int n)
{
    double mean = 0, squares = 0, errors = 0;
    for (int i = 0; i < n; i++)
        mean += return_of(&a->step[i]) / n;
    for (int i = 0; i < n; i++) {
        double off = return_of(&a->step[i]) - mean;
        squares += off * off;
        errors += a->step[i].advantage * a->step[i].advantage;
    }
    return squares > 0 ? 1 - errors / squares : 0;
}

/* Brings the moments up to date with the n steps of the batch. */
static void follow_trend(reinforce *a, int n)
{
    double rate = 1. / (double)(a->figures.updates + 1);
    rate = rate > .05 ? rate : .05;
    double fresh[N_MOMENTS] = {0};
    for (int i = 0; i < n; i++) {
        double tasks = a->tasks[i], value = return_of(&a->step[i]);
        fresh[TASKS] += tasks / n;
        fresh[RETURN] += value / n;
        fresh[TASKS_SQUARED] += tasks * tasks / n;
        fresh[TASKS_RETURN] += tasks * value / n;
        fresh[RETURN_SQUARED] += value * value / n;
    }
    for (int i = 0; i < N_MOMENTS; i++)
        a->moments[i] += rate * (fresh[i] - a->moments[i]);
}

/* Packs what the baseline learns from: the rows of real choices, and their returns as targets. */
static void aim(reinforce *a)
{
    int n = 0;
    size_t row = (size_t)a->n_system;
    for (int i = 0; i < a->n_choices; i++) {
        if (a->choice[i].n_candidates == 0)
            continue;
        memmove(a->system + row * (size_t)n, a->system + row * (size_t)i, row * sizeof(float));
        a->tasks[n++] = a->choice[i].tasks;
    }
    follow_trend(a, n);
    trend t = returns_by_tasks(a);
    for (int i = 0; i < n; i++)
        a->target[i] = (float)((return_of(&a->step[i]) - expected(&t, a->tasks[i])) / t.deviation);
}

static double rate_now(const reinforce *a, double rate)
{
    if (a->decay == 0)
        return rate;
    double left = 1 - (double)a->decisions / a->decay;
    return rate * (left > .05 ? left : .05);
}

/* One pass over the candidates of the choices from `first` on, as many as fit into it. Returns the
 * choice after them; *n counts the choices done so far in the batch of n_real. */
static int policy_pass(reinforce *a, int first, int *n, int n_real)
{
    int begin_row = a->choice[first].row, rows = 0, end = first;
    while (end < a->n_choices && rows + a->choice[end].n_candidates <= a->policy->max_rows)
        rows += a->choice[end++].n_candidates;
    if (rows == 0)
        return end;
    const float *z = mlp_forward_f(a->policy, rows, a->x + (size_t)begin_row * (size_t)a->n_x);
    for (int i = first; i < end; i++) {
        const choice *c = &a->choice[i];
        if (c->n_candidates == 0)
            continue;
        int at = c->row - begin_row;
        float *d = a->d_score + at;
        softmax_f(c->n_candidates, z + at, a->p, a->log_p);
        a->figures.entropy += (double)entropy_f(c->n_candidates, a->p, a->log_p) / n_real;
        a->figures.policy_loss +=
            (double)policy_loss_f(c->n_candidates, a->p, a->log_p, c->chosen,
                                  (float)a->step[*n].advantage, (float)a->ent_coef, d) /
            n_real;
        for (int j = 0; j < c->n_candidates; j++)
            d[j] /= (float)n_real;
        ++*n;
    }
    mlp_backward_f(a->policy, rows, a->d_score, NULL);
    return end;
}

static void learn_policy(reinforce *a, int n_real)
{
    mlp_zero_grad_f(a->policy);
    a->figures.entropy = a->figures.policy_loss = 0;
    int n = 0;
    for (int i = 0; i < a->n_choices;)
        i = policy_pass(a, i, &n, n_real);
    a->figures.norm = clip_norm_f(a->policy->n_params, a->policy->grad, a->max_grad_norm);
    a->figures.rate = rate_now(a, a->learning_rate);
    adam_step_f(a->policy_adam, a->policy->param, a->policy->grad, a->figures.rate);
}

static void learn_baseline(reinforce *a, int n_real)
{
    a->figures.value_loss = 0;
    for (int epoch = 0; epoch < a->baseline_epochs; epoch++)
        for (int i = 0; i < n_real; i += ROWS_PER_PASS) {
            int rows = n_real - i < ROWS_PER_PASS ? n_real - i : ROWS_PER_PASS;
            const float *v =
                mlp_forward_f(a->baseline, rows, a->system + (size_t)i * (size_t)a->n_system);
            double loss = 0;
            for (int j = 0; j < rows; j++) {
                loss += (double)value_loss_f(v[j], a->target[i + j], &a->d_value[j]);
                a->d_value[j] /= (float)rows;
            }
            if (epoch == 0)
                a->figures.value_loss += loss / n_real;
            mlp_zero_grad_f(a->baseline);
            mlp_backward_f(a->baseline, rows, a->d_value, NULL);
            clip_norm_f(a->baseline->n_params, a->baseline->grad, a->max_grad_norm);
            adam_step_f(a->baseline_adam, a->baseline->param, a->baseline->grad,
                        rate_now(a, a->baseline_rate));
        }
}

static bool sound(const reinforce *a)
{
    return isfinite(a->figures.policy_loss) && isfinite(a->figures.value_loss) &&
           isfinite(a->figures.norm) && isfinite(a->moments[RETURN_SQUARED]) &&
           all_within_f(a->policy->n_params, a->policy->param, LARGEST_PARAMETER) &&
           all_within_f(a->baseline->n_params, a->baseline->param, LARGEST_PARAMETER);
}

/* Learns from the batch and empties it. */
static bool update(reinforce *a, poise_error *err)
{
    forecast(a);
    int n_real = judge(a);
    if (n_real > 0) {
        a->figures.explained = explained_variance(a, n_real);
        aim(a);
        gae_normalise(n_real, a->step);
        learn_policy(a, n_real);
        learn_baseline(a, n_real);
        a->figures.updates++;
    }
    a->n_choices = a->n_rows = 0;
    a->open = false;
    if (sound(a))
        return true;
    error_add(err,
              "reinforce diverged after %ld decisions (policy loss %g, value loss %g, gradient "
              "%g): try a smaller learning_rate or baseline_rate",
              a->decisions, a->figures.policy_loss, a->figures.value_loss, a->figures.norm);
    return false;
}

/* Notes what the future is worth after the last choice. */
static void mark(reinforce *a, const poise_view *after, bool ended)
{
    features_system(a->features, after, a->system + (size_t)a->n_choices * (size_t)a->n_system);
    a->choice[a->n_choices++] =
        (choice){.row = a->n_rows, .ended = ended, .tasks = after->n_system};
    a->open = false;
}

static bool learn(void *state, const poise_outcome *o, const poise_view *after, poise_error *err)
{
    reinforce *a = state;
    a->decisions++;
    a->asked = false;
    if (a->open) {
        choice *c = &a->choice[a->n_choices - 1];
        c->reward += c->keep * o->reward;
        c->keep *= det_exp(-a->beta * o->elapsed_s);
    }
    bool over = o->phase != POISE_RUNNING;
    if (!a->open || (!over && after->n_candidates == 1))
        return true;
    if (over)
        mark(a, after, o->phase == POISE_TERMINATED);
    bool full =
        a->n_choices >= a->n_steps || a->n_rows + after->space->max_candidates > a->max_rows;
    if (!full)
        return true;
    if (a->open)
        mark(a, after, false);
    return update(a, err);
}

static int params(void *state, poise_tensor *t)
{
    reinforce *a = state;
    int n = mlp_tensors(a->policy, "policy", t);
    n += mlp_tensors(a->baseline, "value", t + n);
    t[n++] = (poise_tensor){.name = "value_moments",
                            .n_dims = 1,
                            .dim = {N_MOMENTS},
                            .is_double = true,
                            .data = a->moments};
    return n;
}

static int progress(void *state, poise_figure *figure, int max)
{
    const reinforce *a = state;
    const poise_figure rows[] = {
        {"train/policy_gradient_loss", a->figures.policy_loss},
        {"train/value_loss", a->figures.value_loss},
        {"train/entropy", a->figures.entropy},
        {"train/explained_variance", a->figures.explained},
        {"train/grad_norm", a->figures.norm},
        {"train/learning_rate", a->figures.rate},
        {"train/n_updates", (double)a->figures.updates},
    };
    int n = (int)(sizeof rows / sizeof *rows);
    n = n < max ? n : max;
    memcpy(figure, rows, (size_t)n * sizeof *rows);
    return n;
}

const poise_agent_type agent_reinforce = {
    .abi = POISE_AGENT_ABI,
    .name = "reinforce",
    .about = "policy gradient with a baseline on a small network that scores candidates "
             "(Williams 1992)",
    .options = options,
    .size = sizeof(reinforce),
    .train_decisions = TRAIN_DECISIONS,
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .learn = learn,
    .params = params,
    .progress = progress,
    .free = release,
};
