/* shortest.c - shortest expected service first, over tasks and groups alike. Best for the mean on
 * one server among rules that do not interrupt (Smith 1956; Phipps 1956). */
#include "lib/rule.h"

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = poise_gives_device(&v->candidate[c]) ? -rule_finish_s(v, c)
                                                            : rule_rest(&v->candidate[c]);
}

const poise_agent_type agent_shortest = {
    .abi = POISE_AGENT_ABI,
    .name = "shortest",
    .about = "the task and group with the least expected service (shortest job first)",
    .attend = attend,
};
