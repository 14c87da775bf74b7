/* schedule.h - how a rate changes while an agent learns. */
#ifndef POISE_SCHEDULE_H
#define POISE_SCHEDULE_H

typedef enum schedule_kind { SCHEDULE_CONSTANT, SCHEDULE_LINEAR, SCHEDULE_COSINE } schedule_kind;
/* Their names in that order, NULL-terminated: the choices of an option. */
extern const char *const schedule_names[];

typedef struct schedule {
    int kind;        // schedule_kind
    double warm_up;  // share of the training during which the factor rises from 0, in a line
    double last;     // factor at the end, unless it is constant
} schedule;

/* The factor of a rate after the share `done` of the training; beyond 1 it stays as it is at 1. */
double schedule_at(const schedule *s, double done);

#endif
