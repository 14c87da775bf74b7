/* speed_commands.h - what whole commands take, started as people start them. */
#ifndef SPEED_COMMANDS_H
#define SPEED_COMMANDS_H

enum { SPEED_REPLAYS = 4 };

/* What `poise run` takes to replay a log, by rule and by what is kept. */
typedef struct speed_replay {
    double cpu_s;
    double peak_bytes;     // most that was resident; NAN if the command failed
    double bytes_per_job;  // how much of that a longer log would add
} speed_replay;

/* Replays a log of a million jobs. To be called while this program is small: the system counts
 * what a process was when it was started in its peak. */
void speed_replays(speed_replay replay[SPEED_REPLAYS]);
void speed_print_replays(const speed_replay replay[SPEED_REPLAYS]);

/* Prints a row: a sweep of 200 short cells with -j 2 against -j 1, and two processes at once, with
 * half of them each, against one: what the machine can give. */
void speed_cells(void);

#endif
