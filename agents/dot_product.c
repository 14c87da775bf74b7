/* dot_product.c - the oldest task to the group where the vectors of what it needs and of what is
 * free have the least product: alignment as in Tetris (Grandl et al., SIGCOMM 2014), but turned
 * round, as Weng et al. (USENIX ATC 2023) compare it, so that full devices come first. Each
 * component is relative to the most that any device has. */
#include "lib/packing.h"

static double product(double left, double needed, double most)
{
    return left / most * (needed / most);
}

static double score(void *state, const poise_view *v, const poise_task *t, int group)
{
    return packing_cut(state, 1 - packing_mean(state, v, t, group, product));
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
    return packing_init(state, space, err, "dot_product");
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

const poise_agent_type agent_dot_product = {
    .abi = POISE_AGENT_ABI,
    .name = "dot_product",
    .about = "the oldest task where demand times what is free is least (Weng et al. 2023)",
    .options = options,
    .size = sizeof(packer),
    .init = init,
    .begin = begin,
    .attend = attend,
    .choose = choose,
    .free = release,
};
