/* theory.h - answers known exactly, and what the simulator says to them. A case is data: a scenario
 * of the folders theory/ and scenarios/, an agent, and quantities with the formulas of their
 * values. Many independent replications give an interval; a verdict needs both that the known value
 * is likely and that the interval is narrow enough to mean something. */
#ifndef THEORY_H
#define THEORY_H

#include "agent.h"
#include "stats.h"
#include "theory_formulas.h"

enum { THEORY_ANSWERS = 20, THEORY_SETS = 16, THEORY_REPLICATIONS = 20 };

/* One quantity of a case and its value. */
typedef struct theory_answer {
    const char *quantity;  // a row of theory_quantities or of poise_metrics
    double x;              // what the quantity is asked for: a class, a time, a level
    theory_formula *formula;
    double p[6];       // of the formula
    double precision;  // half-width of the 95% interval that is asked for, relative, from all the
                       // replications of the case; 0: there is no chance, the value must be equal,
                       // but for `within`
    double within;     // relative distance at which the simulated system itself may lie
} theory_answer;

typedef struct theory_case {
    const char *id, *about;  // about with its source
    const char *file;        // in theory/ or, with a version, in scenarios/; without .yaml
    const char *agent;       // its specification
    int jobs;          // of each episode, with a tenth of them as warm-up; 0: as the file says
    int episodes;      // of each replication; their mean is its value; 0: one
    int replications;  // 0: THEORY_REPLICATIONS
    const char *sets[THEORY_SETS];  // changes to the file, "path=value"
    theory_answer answer[THEORY_ANSWERS];
} theory_case;

/* All cases; how many there are. */
int theory_cases(const theory_case **rows);
int theory_answers(const theory_case *c);

/* A quantity that is no metric, computed from the records of an episode. */
typedef struct theory_quantity {
    const char *name;
    const char *about;  // with the meaning of x
    double (*of)(const poise_episode *ep, double x);
} theory_quantity;
/* All of them, ending with a row without name. */
extern const theory_quantity theory_quantities[];

/* The file of the case, as a path within a data folder. */
void theory_path(const theory_case *c, char *path, size_t size);
/* The case's scenario from the data folder dir. NULL with mistakes in err. */
poise_scenario *theory_load(const theory_case *c, const char *dir, poise_error *err);
/* The answers (n of them) of replication r. false with a sentence in err. */
bool theory_simulate(const theory_case *c, const poise_scenario *s, uint64_t seed, int r,
                     double *value, poise_error *err);

typedef struct theory_verdict {
    double exact;
    stats_mean simulated;
    double z;  // the normal deviate that is as unlikely as Student's t of the difference
    bool good;
} theory_verdict;
/* What x (n replications) says of the answer: good if the exact value is not too unlikely, |z| <
 * 4.8, which over a hundred answers happens once in ten thousand times by chance, and the interval
 * is as narrow as the answer asks. With fewer replications than the case has, it may be as much
 * wider as intervals are. */
theory_verdict theory_judge(const theory_case *c, int answer, const double *x, int n);

#endif
