/* gpu_packing.c - the oldest task first to parts of devices (GPUs) that are in use, then to idle
 * parts of devices in use, last to idle devices, of these to the smallest (Weng et al., USENIX ATC
 * 2023, after Gandiva's packing). Tasks without cores go to the first group. */
#include "lib/packing.h"

/* Whose idle parts are taken first, of several devices in use: the paper does not say. */
enum { IDLE_FEWEST, IDLE_MOST };
static const char *const idle_names[] = {"fewest", "most", NULL};

typedef struct gpu_packing {
    packer packer;
    int idle;
} gpu_packing;

static double score(void *state, const poise_view *v, const poise_task *t, int group)
{
    const poise_group *g = &v->group[group];
    const double left = packing_fullest(g, t->cores), whole = packing_whole(g);
    const int idle = packing_idle_parts(g), parts = packing_parts(g);
    const gpu_packing *r = state;
    if (t->cores == 0)
        return 0;
    if (packing_shares(g, t->cores) && left >= 0 && left < whole)
        return 300 - floor(10 * (left - t->cores) / whole);
    if (idle == parts)
        return 100 - parts;
    return r->idle == IDLE_FEWEST ? 200 - idle : 200 + idle;
}

static int choose(void *state, const poise_view *v)
{
    return packing_choose(state, state, v, score);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    rule_point(v, choose(state, v), attention);
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)seed;
    return packing_init(state, space, err, "gpu_packing");
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode;
    packing_begin(state, seed);
}

static void release(void *state)
{
    packing_free(state);
}

static const poise_option options[] = {
    {"idle", POISE_CHOICE, offsetof(gpu_packing, idle), IDLE_FEWEST, 0, 0, "",
     "of devices in use, that one first which has the fewest, or the most, idle parts", idle_names},
    {0},
};

const poise_agent_type agent_gpu_packing = {
    .abi = POISE_AGENT_ABI,
    .name = "gpu_packing",
    .about =
        "used parts first, then idle parts of used devices, then idle devices (Weng et al. 2023)",
    .options = options,
    .size = sizeof(gpu_packing),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
