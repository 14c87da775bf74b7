/* data_sets.h - recorded jobs and published tables that do not ship with the program: where on this
 * machine they lie. */
#ifndef DATA_SETS_H
#define DATA_SETS_H

/* From now on data sets are looked for in dir, and in the folder `data` of it. Until then it is
 * $POISE_SHARED. */
void data_sets_in(const char *dir);
/* The path of a data set, for the rest of the program; NULL if it is not there. */
const char *data_sets_file(const char *name);
/* The value of a setting: where it is "data:NAME", the path of that data set, NULL if it is not
 * there; else the value itself. */
const char *data_sets_value(const char *value);

#endif
