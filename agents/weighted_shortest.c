/* weighted_shortest.c - most weight per second of expected service first. On one server it costs
 * least: Smith's ratio for given sizes (1956), the c mu rule where sizes are not known (Cox and
 * Smith, Queues, 1961). */
#include "lib/rule.h"

static void attend(void *state, const poise_view *v, double *attention)
{
    (void)state;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *it = &v->candidate[c];
        attention[c] = rule_rest(it);
        if (poise_gives_device(it))
            attention[c] = v->task[it->task].weight / fmax(rule_finish_s(v, c), 1e-9);
    }
}

const poise_agent_type agent_weighted_shortest = {
    .abi = POISE_AGENT_ABI,
    .name = "weighted_shortest",
    .about = "most weight per second of expected service (Smith's rule, c mu)",
    .attend = attend,
};
