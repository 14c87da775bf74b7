/* policy.c - the softmax policy, compiled for float and for double. */
#include "lib/policy.h"

#include "det.h"

#include <math.h>

#include "lib/as_float.h"
#include "lib/policy_typed.inc"

#include "lib/as_double.h"
#include "lib/policy_typed.inc"
