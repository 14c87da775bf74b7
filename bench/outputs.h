/* outputs.h - what an experiment's file wants of its results: tables and figures. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "experiment_file.h"

/* Writes the tables and draws the figures that x asks for into plan_folder of the
 * store. Only cells of the plan count. The exit status; what went wrong
 * is printed, and costs only what it is about. */
int outputs_make(const experiment_file *x, const plan *p, store *s, bool quiet);

#endif
