/* tables.h - the rankings of all scenarios of a store, as one text in one of several formats. */
#ifndef TABLES_H
#define TABLES_H

#include "report.h"

typedef enum tables_format {
    TABLES_TEXT,
    TABLES_CSV,
    TABLES_MARKDOWN,
    TABLES_JSON,
    TABLES_LATEX,
    N_TABLES_FORMATS,
} tables_format;
/* Their names, as users write them, and what files of them end in; NULL-terminated. */
extern const char *const tables_format_names[], *const tables_endings[];
/* The format of a name; N_TABLES_FORMATS if there is none of it. */
tables_format tables_format_called(const char *name);

/* Instead of a metric: in each scenario the one that it names. */
#define TABLES_MEASURE "measure"
/* Row of the metric of that name in a scenario (index). That of the mean response if nobody knows
 * any more which one matters there. */
int tables_metric(const results *r, int scenario, const char *name);

typedef struct tables_wish {
    tables_format format;
    const char *const *metric;  // (n_metrics >= 1) names that exist, or TABLES_MEASURE
    int n_metrics;
    const char *baseline;            // NULL: none
    const report_filter *filter;     // NULL: all cells
    const report_objectives *front;  // NULL: rankings; else tables by several metrics instead
    bool tests;                      // also all tests against the baseline
    bool cost;                       // also what agents cost
    bool regret;                     // also regret.h (text only)
    int top;                         // only so many agents in scores over all scenarios; 0: all
    bool quick;                      // the quick form of an experiment, which is told
    bool suite;                      // at the end scores over all scenarios (for people only)
} tables_wish;

void tables_write(const results *r, const tables_wish *wish, string_buffer *out);
/* Only the scores over all scenarios (suite_write.h), in any format and as part of a page; a
 * sentence, or nothing for programs, if there are none. */
void tables_write_suite(const results *r, const tables_wish *wish, string_buffer *out);

#endif
