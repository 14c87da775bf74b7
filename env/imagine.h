/* imagine.h - another future: copies of a running environment in which all that views have not
 * shown is drawn anew. Agents that play forward may look at these and at nothing else: what really
 * comes is as unknown to them as to any other. */
#ifndef POISE_IMAGINE_H
#define POISE_IMAGINE_H

#include "poise.h"

/* Whether environments of the scenario can be imagined; false with the reason in err. */
bool imagine_suits(const poise_scenario *s, poise_error *err);

/* Makes `to` (of the same scenario) what the environment might be that shows the view, which must
 * be one of poise_env_view. What is there stays as it is, but sizes that are not seen are drawn
 * again: as those of their class are that are longer than what was seen to be done of them;
 * estimates are taken to be true. Sources go on from now on as they began, from `seed`; of jobs
 * that are listed one by one (lists, traces) none are to come. Waiting and running tasks with sizes
 * that are seen keep them. false if there is no memory. */
bool imagine(poise_env *to, const poise_view *v, uint64_t seed);

/* No more jobs are to come. */
void imagine_no_more(poise_env *e);

#endif
