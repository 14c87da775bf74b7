/* export_cells.h - all that a store knows of its cells, for other programs: one line a cell, of CSV
 * or of JSON. Numbers read back as the same doubles; what is not known is empty, or null. */
#ifndef EXPORT_CELLS_H
#define EXPORT_CELLS_H

#include "report.h"

/* A head, then a line for each cell that counts (filter NULL: all): what it is (cell, scenario,
 * scenario_hash, agent, description, policy, train_decisions, train_seed, seed), what came of it
 * (status, error, trajectory, world), how long it took on its machine (wall_s, decision_p50_s,
 * decision_p99_s), the settings that sweeps vary, each under its path, every metric under its name,
 * and for each metric that is bounded in some cell NAME.bound. */
void export_cells_csv(const results *r, const report_filter *filter, string_buffer *out);

/* An object a line for each cell that counts: the same keys, but policy is an object (id,
 * decisions, seed) or null, decision an object (p50_s, p99_s), and settings, metrics and bounds
 * (each with value and by, see bound.h) are objects of their own. What is no UTF-8 in texts is
 * U+FFFD. */
void export_cells_json(const results *r, const report_filter *filter, string_buffer *out);

#endif
