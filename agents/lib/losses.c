/* losses.c - the losses, compiled for float and for double. */
#include "lib/losses.h"

#include "det.h"
#include "lib/policy.h"

#include <math.h>
#include <stddef.h>

#include "lib/as_float.h"
#include "lib/losses_typed.inc"

#include "lib/as_double.h"
#include "lib/losses_typed.inc"
