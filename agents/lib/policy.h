/* policy.h - a softmax over candidates: probabilities, a sample, and the losses of a policy and of
 * its baseline with their gradients. */
#ifndef POISE_POLICY_H
#define POISE_POLICY_H

#include <stdbool.h>

#include "as_float.h"
#include "policy_typed.h"
#include "as_double.h"
#include "policy_typed.h"

#endif
