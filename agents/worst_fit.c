/* worst_fit.c - the oldest task to the group whose device has most left once it is there, by the
 * same measure as best_fit: load is spread evenly. */
#include "lib/packing.h"

static double rest(double left, double needed, double most)
{
    return (left - needed) / most;
}

static double score(void *state, const poise_view *v, const poise_task *t, int group)
{
    return packing_cut(state, packing_mean(state, v, t, group, rest));
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
    return packing_init(state, space, err, "worst_fit");
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

static const poise_option options[] = {PACKING_ROWS, {0}};

const poise_agent_type agent_worst_fit = {
    .abi = POISE_AGENT_ABI,
    .name = "worst_fit",
    .about = "the oldest task where the most is left on the device (worst fit)",
    .options = options,
    .size = sizeof(packer),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
