/* listen.h - somebody who is told what happens while an environment runs, beyond what records keep:
 * jobs as their sources deliver them, and what becomes of devices. Nothing comes back: a run that
 * somebody listens to is the same run. */
#ifndef POISE_LISTEN_H
#define POISE_LISTEN_H

#include "source.h"

/* What becomes of a device. */
typedef enum device_turn {
    DEVICE_FAILS,
    DEVICE_IS_REPAIRED,
    DEVICE_POWERS_DOWN,  // it is on its way to sleep
    DEVICE_SLEEPS,
    DEVICE_BOOTS,  // it is on its way back
    DEVICE_IS_AWAKE,
} device_turn;

typedef struct env_listener {
    void *data;
    /* A job arrives, whatever then becomes of it. first_record is the number of its record, or of
     * the first of its tasks: theirs follow. */
    void (*job)(void *data, const arrival *a, int64_t first_record);
    void (*device)(void *data, int64_t now_ns, int group, int device, device_turn turn);
} env_listener;

/* From the next reset on; the listener must outlive the environment or be taken away with NULL.
 * Copies of the environment are not listened to. */
void env_listen(poise_env *e, const env_listener *listener);

#endif
