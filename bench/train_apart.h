/* train_apart.h - the training of plug-ins, in a process of its own. */
#ifndef TRAIN_APART_H
#define TRAIN_APART_H

#include "train.h"

/* train_run in this process, and in one of its own. */
training_result train_here(const training *t, poise_env *e, atomic_llong *done,
                           const atomic_bool *stop);
training_result train_apart(const training *t, atomic_llong *done, const atomic_bool *stop);

#endif
