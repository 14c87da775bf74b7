/* page.h - results as one page of HTML that needs nothing else: tables that sort, figures with
 * their data, what to beware of, and what made the numbers. The same store gives the same bytes. */
#ifndef PAGE_H
#define PAGE_H

#include "cli.h"
#include "tables.h"

typedef struct page_wish {
    tables_wish tables;      // metrics, baseline, cells; the format does not matter
    names kinds;             // of figures (see plot_kind.h), as far as there are data for them
    const char *name;        // of the experiment; NULL: the store is of none
    const char *title;       // may be any text
    const char *file;        // of the experiment
    store_id id;             // of it, see plan_id
    int n_cells, n_missing;  // of it
} page_wish;

/* Figures are drawn through gnuplot into SVG; where one cannot be, the page says so. */
void page_write(store *s, const results *r, const page_wish *wish, string_buffer *out);

/* The figures of all points of a scenario, or those of all scenarios together if it is NULL; prefix
 * makes their ids their own in the page. */
void page_figures(store *s, const results *r, const page_wish *wish, const char *scenario,
                  int prefix, string_buffer *out);

#endif
