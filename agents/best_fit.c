/* best_fit.c - the oldest task to the group whose device has least left once it is there: the mean
 * over cores and named resources of what is left over the most that any device has. */
#include "lib/packing.h"

static double rest(double left, double needed, double most)
{
    return (left - needed) / most;
}

static double score(void *state, const poise_view *v, const poise_task *t, int group)
{
    return packing_cut(state, 1 - packing_mean(state, v, t, group, rest));
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
    return packing_init(state, space, err, "best_fit");
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

const poise_agent_type agent_best_fit = {
    .abi = POISE_AGENT_ABI,
    .name = "best_fit",
    .about = "the oldest task where the least is left on the device (best fit)",
    .options = options,
    .size = sizeof(packer),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
