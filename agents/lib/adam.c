/* adam.c - Adam and clipping, compiled for float and for double. */
#include "lib/adam.h"

#include <math.h>
#include <stdlib.h>

static float root_f(float x)
{
    return sqrtf(x);
}

static double root_d(double x)
{
    return sqrt(x);
}

#include "lib/as_float.h"
#include "lib/adam_typed.inc"

#include "lib/as_double.h"
#include "lib/adam_typed.inc"
