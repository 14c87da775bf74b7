/* test_vector.c - the vector environment: a team of pthreads steps many environments, and the bytes
 * are those of stepping each by itself. */
#include "support.h"

#include <signal.h>

enum { GUARD = 64, STEPS = 300 };

/* Buffers of the caller, each with a guard behind it that nobody may touch. */
typedef struct buffers {
    int n, n_floats, n_mask;
    poise_batch b;
} buffers;

static void *guarded(size_t bytes)
{
    unsigned char *p = malloc(bytes + GUARD);
    memset(p, 0xa5, bytes + GUARD);
    return p;
}

static void check_guard(const void *p, size_t bytes)
{
    const unsigned char *end = (const unsigned char *)p + bytes;
    bool good = true;
    for (int i = 0; i < GUARD; i++)
        good &= end[i] == 0xa5;
    ck_assert(good);
}

static buffers new_buffers(const poise_scenario *s, int n)
{
    const poise_layout l = poise_observation_layout(poise_scenario_space(s));
    buffers x = {.n = n, .n_floats = l.n_floats, .n_mask = l.mask.columns};
    size_t rows = (size_t)n;
    x.b = (poise_batch){
        .obs = guarded(rows * (size_t)x.n_floats * sizeof(float)),
        .mask = guarded(rows * (size_t)x.n_mask),
        .reward = guarded(rows * sizeof(float)),
        .elapsed_s = guarded(rows * sizeof(float)),
        .terminated = guarded(rows),
        .truncated = guarded(rows),
        .total_reward = guarded(rows * sizeof(double)),
        .n_decisions = guarded(rows * sizeof(int64_t)),
    };
    return x;
}

static void free_buffers(buffers *x)
{
    size_t rows = (size_t)x->n;
    check_guard(x->b.obs, rows * (size_t)x->n_floats * sizeof(float));
    check_guard(x->b.mask, rows * (size_t)x->n_mask);
    check_guard(x->b.reward, rows * sizeof(float));
    check_guard(x->b.elapsed_s, rows * sizeof(float));
    check_guard(x->b.terminated, rows);
    check_guard(x->b.truncated, rows);
    check_guard(x->b.total_reward, rows * sizeof(double));
    check_guard(x->b.n_decisions, rows * sizeof(int64_t));
    free(x->b.obs);
    free(x->b.mask);
    free(x->b.reward);
    free(x->b.elapsed_s);
    free(x->b.terminated);
    free(x->b.truncated);
    free(x->b.total_reward);
    free(x->b.n_decisions);
}

/* Whether two sets of buffers hold the same bytes. */
static bool equal(const buffers *x, const buffers *y)
{
    size_t n = (size_t)x->n;
    return memcmp(x->b.obs, y->b.obs, n * (size_t)x->n_floats * sizeof(float)) == 0 &&
           memcmp(x->b.mask, y->b.mask, n * (size_t)x->n_mask) == 0 &&
           memcmp(x->b.reward, y->b.reward, n * sizeof(float)) == 0 &&
           memcmp(x->b.elapsed_s, y->b.elapsed_s, n * sizeof(float)) == 0 &&
           memcmp(x->b.terminated, y->b.terminated, n) == 0 &&
           memcmp(x->b.truncated, y->b.truncated, n) == 0 &&
           memcmp(x->b.total_reward, y->b.total_reward, n * sizeof(double)) == 0 &&
           memcmp(x->b.n_decisions, y->b.n_decisions, n * sizeof(int64_t)) == 0;
}

static poise_vector *new_vector(const poise_scenario *s, int n_envs, int n_threads)
{
    poise_error err;
    poise_vector *v = poise_vector_new(s, n_envs, n_threads, &err);
    ck_assert_msg(v != NULL, "%s", err.text);
    return v;
}

/* Episodes of about 25 decisions, of which some are cut off by the end time. */
static poise_scenario *short_scenario(void)
{
    const char *const sets[] = {"warmup.jobs=0", "end.jobs=25", "end.time=60 s", NULL};
    return load_scenario("two-devices-v1", sets);
}

static uint64_t seed_of(int env)
{
    return 1000 + 7 * (uint64_t)env;
}

/* A number for each (environment, step), of which a choice or attention is made. */
static poise_rng stream_of(int env, int step)
{
    return poise_rng_at(5, POISE_FOR_HARNESS, (uint32_t)env, (uint32_t)step);
}

/* A legal cell at random. */
static int32_t pick(const unsigned char *mask, int n, poise_rng *r)
{
    int n_legal = 0, cell = -1;
    for (int c = 0; c < n; c++)
        n_legal += mask[c];
    if (n_legal == 0)
        return -1;
    for (int skip = poise_rng_below(r, n_legal); skip >= 0; skip--)
        while (!mask[++cell])
            ;
    return cell;
}

/* ---- the reference: environments one by one, by the public interface ---------------------- */

static void write_one(poise_env *e, int i, poise_outcome o, buffers *out)
{
    const poise_totals totals = poise_env_episode(e).totals;
    bool ended = o.phase != POISE_RUNNING;
    poise_observe(poise_env_view(e), out->b.obs + (size_t)i * (size_t)out->n_floats);
    poise_view_mask(poise_env_view(e), out->b.mask + (size_t)i * (size_t)out->n_mask);
    out->b.reward[i] = (float)o.reward;
    out->b.elapsed_s[i] = (float)o.elapsed_s;
    out->b.terminated[i] = o.phase == POISE_TERMINATED;
    out->b.truncated[i] = o.phase == POISE_TRUNCATED;
    out->b.total_reward[i] = ended ? totals.reward : 0;
    out->b.n_decisions[i] = ended ? totals.decisions : 0;
}

/* One environment through its episodes. */
typedef struct single {
    poise_env *e;
    uint64_t episode;
} single;

static poise_outcome begin_one(single *x, int i)
{
    poise_outcome o = poise_env_reset(x->e, poise_seed(POISE_TRAIN, seed_of(i), x->episode++));
    o.reward = o.elapsed_s = 0;
    return o;
}

static poise_outcome choose_one(single *x, int i, int step, unsigned char *mask, int n_mask)
{
    if (!poise_env_running(x->e))
        return begin_one(x, i);
    poise_rng r = stream_of(i, step);
    poise_view_mask(poise_env_view(x->e), mask);
    int32_t cell = pick(mask, n_mask, &r);
    return poise_env_choose(x->e, poise_view_candidate(poise_env_view(x->e), cell));
}

static poise_outcome attend_one(single *x, int i, int step, int n_mask)
{
    if (!poise_env_running(x->e))
        return begin_one(x, i);
    const poise_view *v = poise_env_view(x->e);
    poise_rng r = stream_of(i, step);
    double by_cell[256], attention[256];
    for (int c = 0; c < n_mask; c++)
        by_cell[c] = (float)poise_rng_normal(&r);
    for (int c = 0; c < v->n_candidates; c++)
        attention[c] = by_cell[poise_view_cell(v, c)];
    return poise_env_step(x->e, attention);
}

/* ---- the same through the vector ---------------------------------------------------------- */

/* By attention if it is given, else by cells. */
static void step_vector(poise_vector *v, int step, int32_t *cell, float *attention,
                        const buffers *seen)
{
    for (int i = 0; i < seen->n; i++) {
        poise_rng r = stream_of(i, step);
        for (int c = 0; attention && c < seen->n_mask; c++)
            attention[i * seen->n_mask + c] = (float)poise_rng_normal(&r);
        if (!attention)
            cell[i] = pick(seen->b.mask + (size_t)i * (size_t)seen->n_mask, seen->n_mask, &r);
    }
    if (attention)
        poise_vector_attend(v, attention, &seen->b);
    else
        poise_vector_step(v, cell, &seen->b);
}

/* Counts the episodes that ended; fails at the first step whose bytes differ. */
static int compare(const poise_scenario *s, int n, int n_threads, bool attend)
{
    buffers ours = new_buffers(s, n), one = new_buffers(s, n);
    poise_vector *v = new_vector(s, n, n_threads);
    single *x = calloc((size_t)n, sizeof *x);
    uint64_t *seed = calloc((size_t)n, sizeof *seed);
    int32_t *cell = calloc((size_t)n, sizeof *cell);
    float *attention = calloc((size_t)n * (size_t)ours.n_mask, sizeof *attention);
    unsigned char *mask = malloc((size_t)ours.n_mask);
    int n_ended = 0;
    for (int i = 0; i < n; i++) {
        seed[i] = seed_of(i);
        x[i].e = new_env(s);
        write_one(x[i].e, i, begin_one(&x[i], i), &one);
    }
    poise_vector_reset(v, POISE_TRAIN, seed, &ours.b);
    ck_assert(equal(&ours, &one));
    for (int step = 0; step < STEPS; step++) {
        step_vector(v, step, cell, attend ? attention : NULL, &ours);
        for (int i = 0; i < n; i++)
            write_one(x[i].e, i,
                      attend ? attend_one(&x[i], i, step, ours.n_mask)
                             : choose_one(&x[i], i, step, mask, ours.n_mask),
                      &one);
        if (!equal(&ours, &one))
            ck_abort_msg("step %d differs with %d threads", step, n_threads);
        for (int i = 0; i < n; i++)
            n_ended += ours.b.terminated[i] + ours.b.truncated[i];
    }
    for (int i = 0; i < n; i++) {
        ck_assert_uint_eq(poise_env_hash(poise_vector_env(v, i)), poise_env_hash(x[i].e));
        poise_env_free(x[i].e);
    }
    free(x);
    free(seed);
    free(cell);
    free(attention);
    free(mask);
    poise_vector_free(v);
    free_buffers(&ours);
    free_buffers(&one);
    return n_ended;
}

static const struct {
    int n_envs, n_threads;
} sizes[] = {{13, 1}, {13, 2}, {13, 3}, {13, 8}, {3, 8}, {1, 1}};

START_TEST(choices_give_the_bytes_of_one_by_one)
{
    poise_scenario *s = short_scenario();
    const int n = sizes[_i].n_envs;
    ck_assert_int_ge(compare(s, n, sizes[_i].n_threads, false), n);
    poise_scenario_free(s);
}
END_TEST

START_TEST(attention_gives_the_bytes_of_one_by_one)
{
    poise_scenario *s = short_scenario();
    const int n = sizes[_i].n_envs;
    ck_assert_int_ge(compare(s, n, sizes[_i].n_threads, true), n);
    poise_scenario_free(s);
}
END_TEST

START_TEST(so_does_a_scenario_that_preempts)
{
    poise_scenario *s = scenario_of(busy_text);
    ck_assert_int_ge(compare(s, 7, 3, _i), 7);
    poise_scenario_free(s);
}
END_TEST

START_TEST(so_does_one_that_shares)
{
    poise_scenario *s = scenario_of(share_text);
    ck_assert_int_ge(compare(s, 7, 3, _i), 7);
    poise_scenario_free(s);
}
END_TEST

/* ---- episodes ----------------------------------------------------------------------------- */

START_TEST(an_episode_that_ended_is_followed_by_that_of_the_next_seed)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 1);
    poise_vector *v = new_vector(s, 1, 1);
    poise_env *e = new_env(s);
    const uint64_t seed = 42;
    poise_vector_reset(v, POISE_VALIDATE, &seed, &x.b);
    double sum = 0;
    int64_t n_steps = 0;
    for (int step = 0; !x.b.terminated[0] && !x.b.truncated[0]; step++, n_steps++) {
        poise_rng r = stream_of(0, step);
        int32_t cell = pick(x.b.mask, x.n_mask, &r);
        poise_vector_step(v, &cell, &x.b);
        sum += x.b.reward[0];
    }
    ck_assert_int_eq(x.b.n_decisions[0], n_steps);
    ck_assert_double_eq_tol(x.b.total_reward[0], sum, 1e-3);
    for (int c = 0; c < x.n_mask; c++)
        ck_assert_uint_eq(x.b.mask[c], 0);
    const int32_t ignored = 12345;
    poise_vector_step(v, &ignored, &x.b);
    poise_env_reset(e, poise_seed(POISE_VALIDATE, 42, 1));
    ck_assert_uint_eq(poise_env_hash(poise_vector_env(v, 0)), poise_env_hash(e));
    ck_assert(x.b.reward[0] == 0 && x.b.elapsed_s[0] == 0);
    ck_assert(!x.b.terminated[0] && !x.b.truncated[0] && x.b.n_decisions[0] == 0);
    ck_assert_int_eq(poise_vector_phase(v, 0), POISE_RUNNING);
    poise_env_free(e);
    poise_vector_free(v);
    free_buffers(&x);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_reset_starts_all_over)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 5), y = new_buffers(s, 5);
    poise_vector *v = new_vector(s, 5, 2);
    const uint64_t seed[5] = {1, 2, 3, 4, 5};
    int32_t cell[5];
    poise_vector_reset(v, POISE_TRAIN, seed, &x.b);
    for (int step = 0; step < 100; step++)
        step_vector(v, step, cell, NULL, &x);
    poise_vector_reset(v, POISE_TRAIN, seed, &y.b);
    for (int step = 0; step < 100; step++)
        step_vector(v, step, cell, NULL, &y);
    ck_assert(equal(&x, &y));
    poise_vector_free(v);
    free_buffers(&x);
    free_buffers(&y);
    poise_scenario_free(s);
}
END_TEST

START_TEST(a_copy_of_an_environment_goes_on_alike)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 2);
    poise_vector *v = new_vector(s, 2, 2);
    poise_env *copy = new_env(s);
    const uint64_t seed[2] = {8, 9};
    poise_vector_reset(v, POISE_TRAIN, seed, &x.b);
    ck_assert(poise_env_copy(copy, poise_vector_env(v, 1)));
    for (int step = 0; step < 10; step++) {
        int32_t cell[2];
        for (int i = 0; i < 2; i++) {
            poise_rng r = stream_of(i, step);
            cell[i] = pick(x.b.mask + i * x.n_mask, x.n_mask, &r);
        }
        poise_env_choose(copy, poise_view_candidate(poise_env_view(copy), cell[1]));
        poise_vector_step(v, cell, &x.b);
    }
    ck_assert_uint_eq(poise_env_hash(copy), poise_env_hash(poise_vector_env(v, 1)));
    poise_env_free(copy);
    poise_vector_free(v);
    free_buffers(&x);
    poise_scenario_free(s);
}
END_TEST

START_TEST(buffers_that_are_not_wanted_may_be_missing)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 3), y = new_buffers(s, 3);
    poise_vector *v = new_vector(s, 3, 2), *w = new_vector(s, 3, 1);
    const poise_batch bare = {0}, masks = {.mask = y.b.mask};
    const uint64_t seed[3] = {1, 2, 3};
    int32_t cell[3];
    poise_vector_reset(v, POISE_TRAIN, seed, &x.b);
    poise_vector_reset(w, POISE_TRAIN, seed, &bare);
    for (int step = 0; step < 60; step++) {
        step_vector(v, step, cell, NULL, &x);
        poise_vector_step(w, cell, &masks);
        if (memcmp(x.b.mask, y.b.mask, 3 * (size_t)x.n_mask) != 0)
            ck_abort_msg("another mask at step %d", step);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(poise_env_hash(poise_vector_env(v, i)),
                          poise_env_hash(poise_vector_env(w, i)));
    poise_vector_free(v);
    poise_vector_free(w);
    free_buffers(&x);
    free_buffers(&y);
    poise_scenario_free(s);
}
END_TEST

/* ---- mistakes ----------------------------------------------------------------------------- */

/* Chooses what may not be chosen in the first of two environments. */
static void choose_wrongly(poise_vector *v, buffers *x)
{
    const uint64_t seed[2] = {1, 2};
    poise_vector_reset(v, POISE_TRAIN, seed, &x->b);
    poise_rng r = stream_of(1, 0);
    const int32_t cell[2] = {x->n_mask, pick(x->b.mask + x->n_mask, x->n_mask, &r)};
    poise_vector_step(v, cell, &x->b);
}

#ifdef NDEBUG
START_TEST(an_illegal_cell_fails_that_environment_alone)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 2);
    poise_vector *v = new_vector(s, 2, 1);
    choose_wrongly(v, &x);
    ck_assert_int_eq(poise_vector_phase(v, 0), POISE_FAILED);
    ck_assert_str_eq(poise_vector_error(v, 0), "the chosen cell is not legal");
    ck_assert(x.b.truncated[0] && !x.b.terminated[0] && x.b.reward[0] == 0);
    for (int c = 0; c < x.n_mask; c++)
        ck_assert(x.b.mask[c] == 0 && x.b.obs[x.n_floats - x.n_mask + c] == 0);
    ck_assert_int_eq(poise_vector_phase(v, 1), POISE_RUNNING);
    ck_assert_str_eq(poise_vector_error(v, 1), "");
    poise_rng r = stream_of(1, 1);
    const int32_t cell[2] = {0, pick(x.b.mask + x.n_mask, x.n_mask, &r)};
    poise_vector_step(v, cell, &x.b);
    ck_assert_int_eq(poise_vector_phase(v, 0), POISE_RUNNING);
    ck_assert_str_eq(poise_vector_error(v, 0), "");
    poise_vector_free(v);
    free_buffers(&x);
    poise_scenario_free(s);
}
END_TEST
#else
START_TEST(an_illegal_cell_is_an_assertion)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 2);
    choose_wrongly(new_vector(s, 2, 1), &x);
}
END_TEST
#endif

START_TEST(attention_that_is_not_a_number_fails_that_environment_alone)
{
    poise_scenario *s = short_scenario();
    buffers x = new_buffers(s, 2);
    poise_vector *v = new_vector(s, 2, 2);
    const uint64_t seed[2] = {1, 2};
    poise_vector_reset(v, POISE_TRAIN, seed, &x.b);
    float *attention = calloc(2 * (size_t)x.n_mask, sizeof *attention);
    for (int c = 0; c < x.n_mask; c++)
        attention[x.n_mask + c] = __builtin_nanf("");
    poise_vector_attend(v, attention, &x.b);
    ck_assert_int_eq(poise_vector_phase(v, 0), POISE_RUNNING);
    ck_assert_int_eq(poise_vector_phase(v, 1), POISE_FAILED);
    ck_assert_str_ne(poise_vector_error(v, 1), "");
    ck_assert(x.b.truncated[1] && !x.b.truncated[0]);
    free(attention);
    poise_vector_free(v);
    free_buffers(&x);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vector");
    TCase *tests = tcase_create("vector");
    const int n_sizes = (int)(sizeof sizes / sizeof *sizes);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, choices_give_the_bytes_of_one_by_one, 0, n_sizes);
    tcase_add_loop_test(tests, attention_gives_the_bytes_of_one_by_one, 0, n_sizes);
    tcase_add_loop_test(tests, so_does_a_scenario_that_preempts, 0, 2);
    tcase_add_loop_test(tests, so_does_one_that_shares, 0, 2);
    tcase_add_test(tests, an_episode_that_ended_is_followed_by_that_of_the_next_seed);
    tcase_add_test(tests, a_reset_starts_all_over);
    tcase_add_test(tests, a_copy_of_an_environment_goes_on_alike);
    tcase_add_test(tests, buffers_that_are_not_wanted_may_be_missing);
#ifdef NDEBUG
    tcase_add_test(tests, an_illegal_cell_fails_that_environment_alone);
#else
    tcase_add_test_raise_signal(tests, an_illegal_cell_is_an_assertion, SIGABRT);
#endif
    tcase_add_test(tests, attention_that_is_not_a_number_fails_that_environment_alone);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
