/* Written by the build from the file names. */
#include "plot_kind.h"
extern const plot_kind plot_compare;
extern const plot_kind plot_gantt;
extern const plot_kind plot_learning;
extern const plot_kind plot_load;
extern const plot_kind plot_response;
extern const plot_kind plot_within;
const plot_kind *const plot_kinds[] = {
    &plot_compare,
    &plot_gantt,
    &plot_learning,
    &plot_load,
    &plot_response,
    &plot_within,
    0,
};
