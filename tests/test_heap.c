/* test_heap.c - the step loop makes no call to the heap. The linker sends malloc and its kin
 * through the counters here (--wrap). */
#include "support.h"

static long n_calls;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
void __wrap_free(void *p);

void *__wrap_malloc(size_t n)
{
    n_calls++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    n_calls++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    n_calls++;
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    n_calls++;
    return __real_aligned_alloc(align, n);
}

void __wrap_free(void *p)
{
    n_calls++;
    __real_free(p);
}

/* Plays an episode, learning if the agent can and may; returns the heap calls it made. */
static long calls_of(poise_env *e, poise_agent *a, poise_mode mode)
{
    poise_error err;
    long before = n_calls;
    poise_env_reset(e, 5);
    poise_agent_begin(a, mode, 5);
    while (poise_env_running(e)) {
        poise_outcome o = poise_env_choose(e, poise_agent_choose(a, poise_env_view(e)));
        if (mode == POISE_MODE_TRAIN && !a->type->learn(a->state, &o, poise_env_view(e), &err))
            ck_abort_msg("%s", err.text);
    }
    return n_calls - before;
}

START_TEST(the_counters_see_the_library)
{
    long before = n_calls;
    poise_scenario *s = load_scenario("mm1-v1", NULL);
    poise_env_free(new_env(s));
    poise_scenario_free(s);
    ck_assert_int_gt(n_calls, before + 4);
}
END_TEST

START_TEST(no_agent_and_no_scenario_touches_the_heap_in_the_step_loop)
{
    char names[128][64];
    int n = scenario_names(names, 128);
    for (int i = 0; i < n; i++) {
        poise_scenario *s = load_short(names[i], INSTRUMENTED ? 50 : 200);
        for (const poise_agent_type *const *t = poise_agent_types; *t; t++) {
            if (!suits(*t, s) || (*t)->uses_model)  // copies may outgrow the system, each anew
                continue;
            poise_env *e = new_env(s);
            poise_agent *a = new_agent((*t)->name, s);
            calls_of(e, a, POISE_MODE_EVALUATE);  // a queue without bound may grow, once
            long calls = calls_of(e, a, POISE_MODE_EVALUATE);
            ck_assert_msg(calls == 0, "%s on %s: %ld heap calls", (*t)->name, names[i], calls);
            poise_agent_free(a);
            poise_env_free(e);
        }
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(devices_that_fail_and_sleep_do_not_touch_the_heap)
{
    poise_scenario *s = scenario_of(
        "poise: 1\nname: test-v1\ntitle: test\nabout: test\ndevices:\n"
        "  - {name: a, count: 4, queue: 2, price: 1, failures: {mtbf: 300 s, mttr: 40 s, rack: 2, "
        "rack_mtbf: 900 s, rack_mttr: 60 s}, sleep: {after: 20 s, boot: 10 s, down: 5 s}}\n"
        "workload:\n  classes: [{name: c, size: {distribution: exponential, mean: 20}, "
        "checkpoint: {interval: 5 s, restart: 1 s}}]\n"
        "  sources: [{type: poisson, rate: 0.1 /s, class: c}]\n"
        "series: {price: {values: [[0h, 1], [8h, 2]]}}\n"
        "decision: {power: true, average: 60 s}\nend: {time: 100000 s}\n");
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    calls_of(e, a, POISE_MODE_EVALUATE);
    ck_assert_int_eq(calls_of(e, a, POISE_MODE_EVALUATE), 0);
    ck_assert_double_gt(metric_of(e, "failures"), 100);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}
END_TEST

START_TEST(running_statistics_do_not_touch_the_heap)
{
    static const char *const names[] = {"mm1-v1", "two-tenants-v1", "bert-base-graph-v1"};
    const char *const sets[] = {"records=none", NULL};
    for (int i = 0; i < 3; i++) {
        poise_scenario *s = load_scenario(names[i], sets);
        poise_env *e = new_env(s);
        poise_agent *a = new_agent("fifo", s);
        calls_of(e, a, POISE_MODE_EVALUATE);
        ck_assert_int_eq(calls_of(e, a, POISE_MODE_EVALUATE), 0);
        ck_assert_double_gt(metric_of(e, "finished"), 100);
        poise_agent_free(a);
        poise_env_free(e);
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(learning_does_not_touch_the_heap_either)
{
    /* With a bound on the queue, for a policy that still learns lets any other grow. */
    const char *const sets[] = {"end.jobs=3000", "queue.limit=20", NULL};
    poise_scenario *s = load_scenario("two-devices-v1", sets);
    for (const poise_agent_type *const *t = poise_agent_types; *t; t++) {
        if (!(*t)->learn)
            continue;
        poise_env *e = new_env(s);
        poise_agent *a = new_agent((*t)->name, s);
        calls_of(e, a, POISE_MODE_TRAIN);  // the matrix library takes its buffers once
        long calls = calls_of(e, a, POISE_MODE_TRAIN);
        ck_assert_msg(calls == 0, "%s learning: %ld heap calls", (*t)->name, calls);
        poise_agent_free(a);
        poise_env_free(e);
    }
    poise_scenario_free(s);
}
END_TEST

/* So many steps of four environments, always what comes first. */
static long calls_of_vector(poise_vector *v, const poise_batch *out, int n_mask)
{
    const uint64_t seed[] = {1, 2, 3, 4};
    long before = n_calls;
    poise_vector_reset(v, POISE_TRAIN, seed, out);
    for (int step = 0; step < 5000; step++) {
        int32_t cell[4];
        for (int i = 0; i < 4; i++)
            for (cell[i] = 0; cell[i] < n_mask - 1 && !out->mask[i * n_mask + cell[i]]; cell[i]++)
                ;
        poise_vector_step(v, cell, out);
    }
    return n_calls - before;
}

START_TEST(a_step_of_many_environments_does_not_touch_the_heap)
{
    poise_scenario *s = load_scenario("two-devices-v1", NULL);
    const poise_layout l = poise_observation_layout(poise_scenario_space(s));
    poise_error err;
    poise_vector *v = poise_vector_new(s, 4, 2, &err);
    ck_assert_ptr_nonnull(v);
    const poise_batch out = {.obs = malloc(4 * (size_t)l.n_floats * sizeof(float)),
                             .mask = malloc(4 * (size_t)l.mask.columns)};
    calls_of_vector(v, &out, l.mask.columns);  // a queue without bound may grow, once
    ck_assert_int_eq(calls_of_vector(v, &out, l.mask.columns), 0);
    free(out.obs);
    free(out.mask);
    poise_vector_free(v);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS("heap", the_counters_see_the_library,
                     no_agent_and_no_scenario_touches_the_heap_in_the_step_loop,
                     devices_that_fail_and_sleep_do_not_touch_the_heap,
                     running_statistics_do_not_touch_the_heap,
                     learning_does_not_touch_the_heap_either,
                     a_step_of_many_environments_does_not_touch_the_heap);
}
