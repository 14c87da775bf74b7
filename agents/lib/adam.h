/* adam.h - from gradients to steps: clipping by norm, and Adam. */
#ifndef POISE_ADAM_H
#define POISE_ADAM_H

#include "optimiser.h"

#include "as_float.h"
#include "adam_typed.h"
#include "as_double.h"
#include "adam_typed.h"

#endif
