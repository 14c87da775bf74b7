/* on_policy.h - what learners share that learn from their own choices in batches (reinforce, a2c,
 * ppo): acting by a distribution over the candidates, gathering what comes of it, and judging how
 * much better than expected each choice turned out. How the parameters then change is what tells
 * the learners apart.
 *
 * Where the scenario dispatches, the policy is a softmax over the scores. Where it shares,
 * attention itself is drawn: scores plus normal noise with a learned deviation, so that the parts
 * that a softmax makes of them are logistic-normal (Atchison and Shen, Biometrika 67, 1980); in
 * evaluation it is the scores.
 *
 * Decisions are not evenly spaced, so what follows after t seconds counts exp(-beta t)
 * (semi-Markov; Bradtke and Duff, NIPS 1994). With average_reward nothing is discounted and what a
 * second is worth in the mean is taken off each reward instead (Mahadevan, Machine Learning 22,
 * 1996). */
#ifndef POISE_ON_POLICY_H
#define POISE_ON_POLICY_H

#include "actor.h"
#include "gae.h"
#include "rollout.h"
#include "trend.h"

/* What the last update was like; doubles, for they are kept while training rests. */
typedef struct on_policy_figures {
    double policy_loss, value_loss, entropy, explained, norm, rate, deviation;
    double kl, clipped;  // of ppo
    double updates;
} on_policy_figures;

/* All that goes on from one episode to the next beside parameters. */
typedef struct on_policy_progress {
    double decisions;       // in training so far
    double cloning;         // 1 while the batch is the rule's
    double steps;           // of the optimiser
    double reward, time_s;  // of the last batches, fading
    on_policy_figures figures;
} on_policy_progress;

typedef struct on_policy {
    actor actor;
    int n_steps, decay, clone_decisions;
    double learning_rate, gae_lambda, discount_per_s, horizon, ent_coef, max_grad_norm;
    double deviation, deviation_rate;
    bool average_reward, normalise_reward, normalise_advantage;
    const char *clone;

    uint64_t seed;
    const char *name;  // of the agent, for sentences
    const poise_space *space;
    double beta;  // per second
    poise_agent *rule;
    poise_mode mode;
    poise_rng rng;
    trend trend;
    float *spread;  // logarithm of the deviation of shares, and its gradient
    optimiser_f *spread_optimiser;
    rollout *rollout;
    on_policy_progress at;

    int n;                    // the batch as judged: choices, without marks
    const choice **made;      // (n)
    sight *part;              // (n) scratch: those of a step
    int *order;               // (n) in which they are learnt from
    sight *sight;             // (n)
    gae_step *step;           // (n) advantages, as they are used
    float *target;            // (n) what the value should have been, relative to the trend
    float *was;               // (n) what it was, in the same scale
    float *value;             // scratch (choices and marks)
    double *tasks, *returns;  // scratch (choices)
    float *p, *log_p;         // (candidates of a decision)
} on_policy;

/* Rows of agents whose state holds an on_policy as the member `at`. */
// clang-format off
#define ON_POLICY_ROWS(type, at, steps, lambda, rate, entropy, norm)                               \
    ACTOR_ROWS(type, at.actor),                                                                    \
    {"learning_rate", POISE_REAL, offsetof(type, at.learning_rate), rate, 0, 1e12, "",             \
     "step size", NULL},                                                                           \
    {"decay", POISE_INT, offsetof(type, at.decay), TRAIN_DECISIONS, 0, 2e9, "decisions",           \
     "step size and bonus fall linearly to a twentieth over so many; 0 = they stay", NULL},        \
    {"n_steps", POISE_INT, offsetof(type, at.n_steps), steps, 1, 1e6, "choices",                   \
     "choices in a batch", NULL},                                                                  \
    {"gae_lambda", POISE_REAL, offsetof(type, at.gae_lambda), lambda, 0, 1, "",                    \
     "weight of long returns against forecasts; 1 = returns alone", NULL},                         \
    {"discount_per_s", POISE_REAL, offsetof(type, at.discount_per_s), 0, 0, 1e9, "1/s",            \
     "beta; 0 = the scenario's, or 1 / (horizon * typical service) if it has none", NULL},         \
    {"horizon", POISE_REAL, offsetof(type, at.horizon), 20, .01, 1e6, "services",                  \
     "how far consequences reach if neither beta nor the scenario says", NULL},                    \
    {"average_reward", POISE_BOOL, offsetof(type, at.average_reward), 0, 0, 1, "",                 \
     "nothing is discounted; rewards are relative to their mean in time", NULL},                   \
    {"normalise_reward", POISE_BOOL, offsetof(type, at.normalise_reward), 1, 0, 1, "",             \
     "returns by their running line over tasks in the system, kept with the policy", NULL},        \
    {"normalise_advantage", POISE_BOOL, offsetof(type, at.normalise_advantage), 1, 0, 1, "",       \
     "advantages of a batch to mean 0 and deviation 1", NULL},                                     \
    {"ent_coef", POISE_REAL, offsetof(type, at.ent_coef), entropy, 0, 10, "",                      \
     "bonus for entropy, where it chooses; shares have none", NULL},                               \
    {"deviation", POISE_REAL, offsetof(type, at.deviation), 1, 1e-3, 1e3, "",                      \
     "of the noise by which shares are drawn, when training begins", NULL},                        \
    {"deviation_rate", POISE_REAL, offsetof(type, at.deviation_rate), 1, 0, 1e3, "",               \
     "its step size over learning_rate; 0 = it stays", NULL},                                      \
    {"max_grad_norm", POISE_REAL, offsetof(type, at.max_grad_norm), norm, 1e-9, 1e9, "",           \
     "longest gradient of each network", NULL},                                                    \
    {"clone", POISE_TEXT, offsetof(type, at.clone), 0, 0, 0, "",                                   \
     "a rule to imitate first (behaviour cloning); empty = none", NULL},                           \
    {"clone_decisions", POISE_INT, offsetof(type, at.clone_decisions), 20000, 0, 2e9, "decisions", \
     "so many are the rule's", NULL}
// clang-format on

/* Options read: networks and memory. false with a sentence in err. */
bool on_policy_init(on_policy *b, const poise_space *space, uint64_t seed, const char *name,
                    poise_error *err);
/* Functions of an agent's table, for agents whose state begins with an on_policy. */
void on_policy_free(void *state);
void on_policy_begin(void *state, poise_mode mode, uint64_t seed);
void on_policy_attend(void *state, const poise_view *v, double *attention);
int on_policy_choose(void *state, const poise_view *v);
int on_policy_params(void *state, poise_tensor *t);
int on_policy_memory(void *state, poise_tensor *t);
int on_policy_progress_of(void *state, poise_figure *figure, int max);

/* Takes what came of the last choice; true if a batch is full: then on_policy_judge is due. */
bool on_policy_gather(on_policy *b, const poise_outcome *o, const poise_view *after);
/* Fills n, made, sight, step, target and was from the batch. */
void on_policy_judge(on_policy *b);
/* Sums over n choices become means. */
void on_policy_mean(on_policy_figures *f, double n);
/* Empties the batch after the update; false with a sentence in err if learning has diverged. */
bool on_policy_finish(on_policy *b, poise_error *err);

/* What the policy now says of choice i of the batch, whose scores are z. */
typedef struct odds {
    float log_p, entropy;
} odds;
odds on_policy_odds(on_policy *b, int i, const float *z);
/* After on_policy_odds: the gradient d_z of -slope log p - bonus entropy by the scores; where
 * attention is divided there is no bonus. */
void on_policy_slope(on_policy *b, int i, const float *z, float slope, float bonus, float *d_z);
/* A loss of choice i of the batch, whose scores and value are z and v: writes their gradients d_z
 * and d_v, divided by n, the number of choices whose mean is descended. */
typedef void on_policy_loss(void *agent, int i, int n, const float *z, float v, float *d_z,
                            float *d_v);
/* A step down the mean loss of the n choices of the batch that `order` lists, at the rate of now,
 * for the parts (actor.h) that it is about. */
void on_policy_descend(on_policy *b, const int *order, int n, int parts, on_policy_loss *loss,
                       void *agent);
/* The order of the choices of the batch in pass `number` of this update, drawn. */
const int *on_policy_shuffle(on_policy *b, int number);
/* The loss of a value, in figures and as a gradient. */
void on_policy_value_loss(on_policy *b, int i, int n, float v, double weight, float *d_v);
/* The expected return of a view. */
double on_policy_value(on_policy *b, const poise_view *v);
/* What is left of the step size and of the bonus for entropy by now. */
double on_policy_fade(const on_policy *b);

#endif
