/* packing.h - what rules share that pack tasks of different shapes onto devices: what is free on
 * the device of a candidate, and the choice of the best among many that are alike.
 *
 * Rules are those that Weng et al. compare (USENIX ATC 2023): the oldest task that can be placed
 * goes where its score is highest. Scores are whole percent, as in Kubernetes, so that many tie; of
 * these the group comes first that is first in an order drawn once an episode. Which of two equal
 * nodes is taken hardly matters; that it is always the same one does. */
#ifndef POISE_PACKING_H
#define POISE_PACKING_H

#include "rule.h"

typedef struct packer {
    bool memory;  // counts as one more resource
    int steps;    // that a score between 0 and 1 is cut to, 0 none
    const poise_space *space;
    int *rank;              // (n_groups) of each group in the order of the episode
    double most_cores;      // of any device
    double most_memory;     // of any device with a bound
    double *most_resource;  // (n_resources) of any device
    bool measured;          // the three above
} packer;

/* Rows of rules, into struct packer. */
#define PACKING_STEPS                                                                              \
    {                                                                                              \
        "steps", POISE_INT, offsetof(packer, steps), 100, 0, 1e6, "",                              \
            "a score from 0 to 1 is cut to so many steps, within which groups tie; 0 not at all",  \
            NULL                                                                                   \
    }
#define PACKING_ROWS                                                                               \
    PACKING_STEPS,                                                                                 \
    {                                                                                              \
        "memory", POISE_BOOL, offsetof(packer, memory), 0, 0, 1, "",                               \
            "memory counts as one more resource", NULL                                             \
    }

bool packing_init(packer *p, const poise_space *space, poise_error *err, const char *agent);
/* A new episode: another order of groups. */
void packing_begin(packer *p, uint64_t seed);
void packing_free(packer *p);

/* Notes what devices have, from the first view. */
void packing_measure(packer *p, const poise_view *v);

/* What the candidate's group deserves for its task; INFINITY is no score. */
typedef double packing_score(void *state, const poise_view *v, const poise_task *t, int group);
/* The candidate of the oldest task with the highest score. */
int packing_choose(void *state, packer *p, const poise_view *v, packing_score *score);
/* A score cut to the packer's steps. */
double packing_cut(const packer *p, double score);

/* ---- a device of the group: the mean one where it has several -------------------------------- */

static inline int packing_parts(const poise_group *g)
{
    return g->part_free ? g->parts : 1;
}

/* Cores of a part; all of them where there are none. */
static inline double packing_whole(const poise_group *g)
{
    return (double)g->cores / packing_parts(g);
}

static inline double packing_up(const poise_group *g)
{
    return g->up > 0 ? g->up : 1;
}

static inline double packing_cores(const poise_group *g)
{
    return g->cores_free / packing_up(g);
}

static inline double packing_free_in(const poise_group *g, int part)
{
    return g->part_free ? (double)g->part_free[part] : packing_cores(g);
}

/* Parts of which nothing is taken. */
static inline int packing_idle_parts(const poise_group *g)
{
    int n = 0;
    for (int k = 0; k < packing_parts(g); k++)
        n += packing_free_in(g, k) >= packing_whole(g);
    return n;
}

/* Whether the task shares a part with others. */
static inline bool packing_shares(const poise_group *g, int cores)
{
    return cores > 0 && cores < packing_whole(g);
}

/* What the fullest part with room for the cores has left, -1 without one. */
static inline double packing_fullest(const poise_group *g, int cores)
{
    double least = -1;
    for (int k = 0; k < packing_parts(g); k++) {
        double left = packing_free_in(g, k);
        if (left >= cores && (least < 0 || left < least))
            least = left;
    }
    return least;
}

/* Mean over cores, named resources and (if that counts) memory of each(free, needed, most). */
typedef double packing_term(double left, double needed, double most);
double packing_mean(packer *p, const poise_view *v, const poise_task *t, int group,
                    packing_term *each);

#endif
