/* my_policy.c - an agent of your own: shortest service first, but old tasks come before all.
 *
 *     cc -O2 -shared -fPIC -o my_policy.so my_policy.c $(pkg-config --cflags poise)
 *     poise run gpu-mix-v1 -a ./my_policy.so:patience=300,shortest,fifo */
#include <poise/agent.h>

typedef struct mine {
    double patience_s;
} mine;

static void attend(void *state, const poise_view *v, double *attention)
{
    const mine *m = state;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *k = &v->candidate[c];
        if (!poise_gives_device(k)) {
            attention[c] = k->act == POISE_HOLD ? -1e300 : -__builtin_inf();
            continue;
        }
        const double waited_s = v->now_s - v->task[k->task].arrived_s;
        attention[c] = waited_s > m->patience_s ? waited_s : -k->service_s;
    }
}

static const poise_option options[] = {
    {"patience", POISE_REAL, offsetof(mine, patience_s), 60, 0, 1e9, "s", "when old is old", NULL},
    {0},
};

const poise_agent_type poise_plugin = {
    .abi = POISE_AGENT_ABI,
    .name = "my_policy",
    .about = "the shortest task, but first those that have waited for longer than their patience",
    .options = options,
    .size = sizeof(mine),
    .attend = attend,
};
