/* test_observe.c - the flat observation: every column by hand, bounds on every scenario. */
#include "support.h"

#include "device.h"
#include "observe.h"
#include "scenario.h"

#include <math.h>

/* ---- every column by hand ----------------------------------------------------------------- */

/* A scenario that has everything, and a view of it. */
typedef struct small_world {
    poise_scenario s;
    scenario_group group[2];
    scenario_class classes[2];
    scenario_mode mode[8];
    scenario_tenant tenant[2];
    poise_task task[2];
    poise_group seen[2];
    poise_candidate candidate[3];
    poise_view view;
    arena *memory;
} small_world;

static const char *const disk[] = {"disk"};
static const int64_t ten[] = {10}, unlimited[] = {INT64_MAX};
static double speed[] = {4, 1, 2, 0};  // (train, serve) on (gpu, cpu)
static const double price[] = {0.2, 0.4}, carbon[] = {300};
static const double five[] = {5}, no_matter[] = {INFINITY};

static void make_groups(small_world *w)
{
    w->group[0] = (scenario_group){.name = "gpu",
                                   .count = 2,
                                   .law = device_law_find("fifo"),
                                   .memory_bytes = 16,
                                   .resources = ten,
                                   .idle_mw = 50000,
                                   .busy_mw = 200000,
                                   .link = {.byte_per_s = 1e9},
                                   .sleep = {.after_ns = 1}};
    w->group[1] = (scenario_group){.name = "cpu",
                                   .count = 4,
                                   .law = device_law_find("cores"),
                                   .params = {.cores = 8},
                                   .memory_bytes = INT64_MAX,
                                   .resources = unlimited,
                                   .idle_mw = 10000,
                                   .busy_mw = 40000,
                                   .failures = {.mtbf = dist_constant(1)}};
    w->mode[1].busy_mw = 250000;  // train on gpu under its second profile
}

static void make_classes(small_world *w)
{
    w->classes[0] = (scenario_class){.name = "train", .weight = 1};
    w->classes[1] = (scenario_class){.name = "serve",
                                     .weight = 3,
                                     .priority = 4,
                                     .deadline = dist_constant(1),
                                     .graph = (const graph_template *)w};
    w->tenant[0].name = "ann";
    w->tenant[1].name = "bob";
}

static void make_scenario(small_world *w)
{
    make_groups(w);
    make_classes(w);
    w->s = (poise_scenario){
        .n_groups = 2,
        .n_classes = 2,
        .n_profiles = 2,
        .n_tenants = 2,
        .n_resources = 1,
        .group = w->group,
        .classes = w->classes,
        .mode = w->mode,
        .speed = speed,
        .resource_name = disk,
        .tenant = w->tenant,
        .price = {.n = 2, .period_ns = 100 * NS_PER_S, .value = price},
        .carbon = {.n = 1, .period_ns = 100 * NS_PER_S, .value = carbon},
        .decision = {.average_ns = 1, .preempt = PREEMPT_RESUME},
        .window = 2,
        .end_ns = 1000 * NS_PER_S,
        .space = {.n_groups = 2,
                  .n_profiles = 2,
                  .window = 2,
                  .max_running = 1,
                  .max_candidates = 13,
                  .typical_service_s = 2},
    };
    w->memory = arena_new();
    w->s.space.observer = observer_new(&w->s, w->memory);
}

static void make_tasks(small_world *w)
{
    w->task[0] = (poise_task){.arrived_s = 4,
                              .size = 8,
                              .weight = 3,
                              .memory_bytes = 4,
                              .best_s = 4,
                              .class_id = 1,
                              .priority = 4,
                              .cores = 2,
                              .tenant = 1,
                              .group = -1,
                              .profile = -1,
                              .preemptions = 1,
                              .deadline_s = 20,
                              .upward_rank_s = 6};
    w->task[1] = (poise_task){.size = 4,
                              .done = 12,
                              .weight = 1,
                              .memory_bytes = 32,
                              .best_s = 1,
                              .cores = 8,
                              .tenant = -1,
                              .profile = 1,
                              .deadline_s = INFINITY,
                              .upward_rank_s = 1};
}

static void make_view(small_world *w)
{
    make_tasks(w);
    w->seen[0] = (poise_group){.count = 2,
                               .idle = 1,
                               .running = 1,
                               .queued = 3,
                               .cores = 1,
                               .cores_free = 1,
                               .memory_bytes = 16,
                               .memory_free_bytes = 8,
                               .backlog_s = 6,
                               .up = 1,
                               .booting = 1,
                               .resource_free = five,
                               .link_used = 0.25,
                               .power_w = 300,
                               .average_busy = 0.5,
                               .average_memory = 1.5,
                               .average_link = 0.125};
    w->seen[1] = (poise_group){.count = 4,
                               .idle = 4,
                               .running = 6,
                               .cores = 8,
                               .cores_free = 26,
                               .memory_bytes = INFINITY,
                               .memory_free_bytes = INFINITY,
                               .backlog_s = INFINITY,
                               .up = 3,
                               .asleep = 1,
                               .resource_free = no_matter,
                               .power_w = 80,
                               .average_busy = 0.25,
                               .average_link = 1};
    w->candidate[0] = (poise_candidate){0, 0, 1, POISE_START, 4};
    w->candidate[1] = (poise_candidate){1, 0, 1, POISE_KEEP, 1};
    w->candidate[2] = (poise_candidate){POISE_WAIT, -1, 0, POISE_HOLD, 0};
    w->view = (poise_view){.now_s = 10,
                           .n_tasks = 1,
                           .n_running = 1,
                           .n_beyond = 2,
                           .n_system = 3,
                           .n_groups = 2,
                           .n_candidates = 3,
                           .price_per_kwh = 0.1,
                           .carbon_g_per_kwh = 150,
                           .tenant = 0,
                           .task = w->task,
                           .group = w->seen,
                           .candidate = w->candidate,
                           .space = &w->s.space};
}

/* A column and what its rows should hold. */
typedef struct wanted {
    const char *name;
    double row[3];
} wanted;

/* Typical service 2 s, now 10 s. The waiting task is a `serve` of 6 s of age, so x = 3; it takes
 * 8 / 2 = 4 s on the gpu, x = 2, and has 10 s to its deadline, x = 5. The other is a `train` of
 * 10 s of age, x = 5, that has 4 of 16 units left: 1 s on the gpu, 4 s on the cpu. */
static const wanted tasks[] = {
    {"present", {1, 0, 1}},
    {"age", {3. / 4, 0, 5. / 6}},
    {"age_far", {3. / 19, 0, 5. / 21}},
    {"best", {2. / 3, 0, 0.5 / 1.5}},
    {"service.gpu", {2. / 3, 0, 0.5 / 1.5}},
    {"service.cpu", {1, 0, 2. / 3}},
    {"weight", {3. / (3 + 2), 0, 1. / (1 + 2)}},
    {"priority", {4. / 5, 0, 0}},
    {"memory", {4. / 16, 0, 1}},
    {"cores", {2. / 8, 0, 1}},
    {"due", {5. / 6, 0, 1}},
    {"slack", {3. / 4, 0, 1}},
    {"rank", {3. / 4, 0, 0.5 / 1.5}},
    {"rank_far", {3. / 19, 0, 0.5 / 16.5}},
    {"done", {0, 0, 12. / 16}},
    {"preempted", {1. / 2, 0, 0}},
    {"class.train", {0, 0, 1}},
    {"class.serve", {1, 0, 0}},
    {"tenant.ann", {0, 0, 0}},
    {"tenant.bob", {1, 0, 0}},
    {"on.gpu", {0, 0, 1}},
    {"on.cpu", {0, 0, 0}},
    {"profile.0", {0, 0, 0}},
    {"profile.1", {0, 0, 1}},
};

/* Rows: 2 gpus, 4 cpus. The speeds relative to the fastest group are 1 and 1, 1/4 and 0. */
static const wanted groups[] = {
    {"idle", {1. / 2, 1}},
    {"queued", {1.5 / 2.5, 0}},
    {"backlog", {3. / 4, 1}},
    {"backlog_far", {3. / 19, 1}},
    {"speed", {1, 0.125}},
    {"share", {2. / 6, 4. / 6}},
    {"running", {0.5 / 1.5, 1.5 / 2.5}},
    {"cores_free", {1. / 2, 26. / 32}},
    {"memory_free", {8. / 32, 1}},
    {"up", {1. / 2, 3. / 4}},
    {"asleep", {0, 1. / 4}},
    {"booting", {1. / 2, 0}},
    {"free.disk", {5. / 20, 1}},
    {"link", {0.25, 0}},
    {"power", {300. / 500, 80. / 160}},
    {"average_busy", {0.5, 0.25}},
    {"average_memory", {1.5 / 2.5, 0}},
    {"average_link", {0.125, 1}},
};

/* Three tasks and three that wait, on 6 devices; a day has 100 s. */
static const wanted globals[] = {
    {"tasks", {0.5 / 1.5}},   {"tasks_far", {0.5 / 16.5}},
    {"waiting", {0.5 / 1.5}}, {"waiting_far", {0.5 / 16.5}},
    {"oldest", {3. / 4}},     {"oldest_far", {3. / 19}},
    {"beyond", {2. / 3}},     {"idle", {5. / 6}},
    {"time", {10. / 1000}},   {"day", {0.2}},
    {"day_ahead", {0.7}},     {"price", {0.1 / 0.4}},
    {"carbon", {150. / 300}}, {"viewer.ann", {1}},
    {"viewer.bob", {0}},
};

static void check_block(const poise_block *b, const wanted *want, size_t n, const float *obs)
{
    ck_assert_int_eq(b->columns, (int)n);
    for (int c = 0; c < b->columns; c++) {
        ck_assert_str_eq(b->column[c].name, want[c].name);
        for (int r = 0; r < b->rows; r++) {
            double x = obs[b->offset + r * b->columns + c];
            ck_assert_msg(fabs(x - want[c].row[r]) < 1e-6, "%s, row %d: %.9g, not %.9g",
                          want[c].name, r, x, want[c].row[r]);
        }
    }
}

#define ROWS(table) (table), sizeof(table) / sizeof *(table)

START_TEST(every_column_is_what_its_formula_says)
{
    small_world w = {0};
    make_scenario(&w);
    make_view(&w);
    const poise_layout l = poise_observation_layout(&w.s.space);
    float obs[256];
    ck_assert_int_le(l.n_floats, 256);
    for (int i = 0; i < 256; i++)
        obs[i] = -7;
    poise_observe(&w.view, obs);
    check_block(&l.task, ROWS(tasks), obs);
    check_block(&l.group, ROWS(groups), obs);
    check_block(&l.globals, ROWS(globals), obs);
    /* A row of the grid has 2 groups of 2 profiles; the running task stands behind 2 places. */
    for (int cell = 0; cell < 13; cell++) {
        bool legal = cell == 1 || cell == 2 * 4 + 1 || cell == 12;
        ck_assert(obs[l.mask.offset + cell] == legal);
    }
    ck_assert(obs[l.n_floats] == -7);
    arena_free(w.memory);
}
END_TEST

START_TEST(blocks_follow_one_another_without_a_gap)
{
    small_world w = {0};
    make_scenario(&w);
    const poise_layout l = poise_observation_layout(&w.s.space);
    ck_assert_int_eq(l.version, POISE_OBSERVATION_VERSION);
    const poise_block *block[] = {&l.task, &l.group, &l.globals, &l.mask};
    int at = 0;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(block[i]->offset, at);
        at += block[i]->rows * block[i]->columns;
    }
    ck_assert_int_eq(l.n_floats, at);
    ck_assert_int_eq(l.task.rows, 2 + 1);
    ck_assert_int_eq(l.group.rows, 2);
    arena_free(w.memory);
}
END_TEST

/* ---- on real scenarios -------------------------------------------------------------------- */

/* Whether all numbers of a block are within the bounds of their columns. */
/* The column that is not, NULL if all are. */
static const poise_column *out_of_bounds(const poise_block *b, const float *obs)
{
    const poise_column *out = NULL;
    const float *x = obs + b->offset;
    for (int r = 0; r < b->rows; r++)
        for (int c = 0; c < b->columns; c++, x++)
            if (!(*x >= b->column[c].low && *x <= b->column[c].high))
                out = &b->column[c];
    return out;
}

static bool padding_is_zero(const poise_layout *l, const poise_view *v, const float *obs)
{
    bool good = true;
    for (int r = 0; r < l->task.rows; r++) {
        bool there =
            r < v->n_tasks || (r >= v->space->window && r < v->space->window + v->n_running);
        const float *x = obs + r * l->task.columns;
        good &= x[0] == there;
        for (int c = 0; c < l->task.columns && !there; c++)
            good &= x[c] == 0;
    }
    return good;
}

static bool mask_is_that_of_the_view(const poise_layout *l, const poise_view *v, const float *obs,
                                     unsigned char *mask)
{
    bool good = true;
    poise_view_mask(v, mask);
    for (int c = 0; c < l->mask.columns; c++)
        good &= obs[l->mask.offset + c] == mask[c];
    return good;
}

/* Plays at most so many decisions at random; returns the hash (FNV-1a) of all observations. */
static uint64_t observe_episode(const poise_scenario *s, int most, const char *name)
{
    const poise_layout l = poise_observation_layout(poise_scenario_space(s));
    float *obs = malloc(((size_t)l.n_floats + 1) * sizeof *obs);
    unsigned char *mask = malloc((size_t)l.mask.columns);
    poise_env *e = new_env(s);
    poise_rng r = poise_rng_at(3, POISE_FOR_HARNESS, 0, 0);
    uint64_t hash = 0xcbf29ce484222325U;
    poise_env_reset(e, 3);
    for (int i = 0; i <= most; i++) {
        const poise_view *v = poise_env_view(e);
        obs[l.n_floats] = 77;
        poise_observe(v, obs);
        const poise_block *blocks[] = {&l.task, &l.group, &l.globals};
        for (int k = 0; k < 3; k++)
            if (out_of_bounds(blocks[k], obs))
                ck_abort_msg("%s: %s is out of bounds at decision %d", name,
                             out_of_bounds(blocks[k], obs)->name, i);
        if (!padding_is_zero(&l, v, obs) || !mask_is_that_of_the_view(&l, v, obs, mask))
            ck_abort_msg("%s: padding or mask at decision %d", name, i);
        if (obs[l.n_floats] != 77)
            ck_abort_msg("%s: written beyond the end", name);
        for (size_t k = 0; k < (size_t)l.n_floats * sizeof *obs; k++)
            hash = (hash ^ ((unsigned char *)obs)[k]) * 0x100000001b3U;
        if (!poise_env_running(e))
            break;
        poise_env_choose(e, poise_rng_below(&r, v->n_candidates));
    }
    poise_env_free(e);
    free(mask);
    free(obs);
    return hash;
}

START_TEST(numbers_of_every_scenario_are_finite_and_within_bounds)
{
    char names[128][64];
    int n = scenario_names(names, 128);
    for (int i = 0; i < n; i++) {
        poise_scenario *s = load_scenario(names[i], NULL);
        observe_episode(s, 3000, names[i]);
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(so_are_those_of_tasks_that_are_displaced_or_share)
{
    static const char *const texts[] = {busy_text, share_text};
    for (int i = 0; i < 2; i++) {
        poise_scenario *s = scenario_of(texts[i]);
        observe_episode(s, 3000, poise_scenario_name(s));
        poise_scenario_free(s);
    }
}
END_TEST

START_TEST(the_end_of_an_episode_can_be_observed)
{
    const char *const sets[] = {"end.jobs=30", "warmup.jobs=0", NULL};
    poise_scenario *s = load_scenario("two-devices-v1", sets);
    observe_episode(s, 100000, "two-devices-v1");
    poise_scenario_free(s);
}
END_TEST

/* The bits are the same by any compiler and on any machine; they change with the version of the
 * layout only. */
START_TEST(bits_are_those_of_version_1)
{
    static const struct {
        const char *name;
        uint64_t hash;
    } known[] = {
        {"mm1-v1", 0x3e70f729e7a8779eU},
        {"dispatch-v1", 0x0f7173bd24d96f4eU},
        {"hpc-swf-v1", 0x07c001d48a9a5be1U},
    };
    ck_assert_int_eq(POISE_OBSERVATION_VERSION, 1);
    for (int i = 0; i < 3; i++) {
        poise_scenario *s = load_scenario(known[i].name, NULL);
        uint64_t hash = observe_episode(s, 1000, known[i].name);
        ck_assert_msg(hash == known[i].hash, "%s: 0x%016llx", known[i].name,
                      (unsigned long long)hash);
        poise_scenario_free(s);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("observe", every_column_is_what_its_formula_says,
                     blocks_follow_one_another_without_a_gap,
                     numbers_of_every_scenario_are_finite_and_within_bounds,
                     so_are_those_of_tasks_that_are_displaced_or_share,
                     the_end_of_an_episode_can_be_observed, bits_are_those_of_version_1);
}
