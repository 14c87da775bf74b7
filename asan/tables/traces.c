/* Written by the build from the file names. */
#include "trace.h"
extern const trace_format trace_swf;
const trace_format *const trace_formats[] = {
    &trace_swf,
    0,
};
