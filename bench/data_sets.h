/* data_sets.h - recorded jobs and published tables that do not ship with the program: where on this
 * machine they lie. */
#ifndef DATA_SETS_H
#define DATA_SETS_H

#include <stddef.h>

/* What a setting begins with whose value is the path of a data set: "data:swf/lublin_256.swf". */
#define DATA_SETS_PREFIX "data:"

/* From now on data sets are looked for in dir, and in the folder `data` of it. Until then it is
 * $POISE_SHARED. */
void data_sets_in(const char *dir);
/* The path of a data set, for the rest of the program; NULL if it is not there. */
const char *data_sets_file(const char *name);

#endif
