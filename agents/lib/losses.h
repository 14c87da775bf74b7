/* losses.h - losses of one number or one decision, each with its gradient. Means over a batch are
 * the caller's. */
#ifndef POISE_LOSSES_H
#define POISE_LOSSES_H

#include <stdbool.h>

#include "as_float.h"
#include "losses_typed.h"
#include "as_double.h"
#include "losses_typed.h"

#endif
