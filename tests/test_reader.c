/* test_reader.c - policies read elsewhere: what docs/learners.md says of the file is enough to
 * score candidates as the agent does. Python and NumPy are asked, if they are there (POISE_PYTHON
 * names another interpreter). */
#include "bench_support.h"
#include "file.h"
#include "lib/features.h"
#include "policy.h"
#include "train.h"

#include <sys/wait.h>
#include <unistd.h>

static void write_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, n, 1, f), 1);
    fclose(f);
}

/* What the view is like to the network, as read_policy.py says. */
static void write_view(const char *path, const poise_view *v, bool attends)
{
    features *f = features_new(v->space);
    const int tasks = attends ? v->n_tasks + v->n_running : 0, groups = attends ? v->n_groups : 0;
    const int n = v->n_candidates;
    const int shape[] = {tasks, features_of_task(f),     groups, features_of_group(f),
                         n,     features_of_candidate(f)};
    const size_t most = (size_t)(tasks * shape[1] + groups * shape[3] + n * (shape[5] + 2));
    float *x = calloc(most, sizeof *x), *at = x;
    int *about = calloc(2 * (size_t)n, sizeof *about);
    if (attends) {
        features_tasks(f, v, at);
        at += tasks * shape[1];
        features_groups(f, v, at);
        at += groups * shape[3];
    }
    features_candidates(f, v, at);
    at += n * shape[5];
    for (int i = 0; i < n; i++) {
        about[i] = v->candidate[i].task;
        about[n + i] = v->candidate[i].group;
    }
    FILE *to = fopen(path, "wb");
    ck_assert_ptr_nonnull(to);
    fwrite(shape + (attends ? 0 : 4), sizeof *shape, attends ? 6 : 2, to);
    fwrite(x, sizeof *x, (size_t)(at - x), to);
    fwrite(about, sizeof *about, attends ? 2 * (size_t)n : 0, to);
    fclose(to);
    free(x);
    free(about);
    features_free(f);
}

/* Runs the interpreter; its status. */
static int run_python(const char *policy, const char *x, const char *attention)
{
    const char *given = getenv("POISE_PYTHON"), *python = given ? given : "python3";
    const pid_t child = fork();
    if (child == 0) {
        execlp(python, python, POISE_SOURCE_DIR "/tests/read_policy.py", policy, x, attention,
               (char *)NULL);
        _exit(77);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *const learners[] = {
    "reinforce:n_steps=100", "a2c:n_steps=50", "ppo:n_steps=100:layers=1",
    "ppo:n_steps=100:network=attention:width=16:blocks=2:heads=2",
    "reinforce:n_steps=100:network=attention:width=8:heads=4"};
enum { N_LEARNERS = 5 };

START_TEST(a_policy_read_by_numpy_gives_the_same_attention)
{
    make_folder();
    poise_error err = {0};
    poise_scenario *s = short_scenario();
    const poise_space *space = poise_scenario_space(s);
    poise_env *e = poise_env_new(s, &err);
    const training t = {.scenario = s, .agent = learners[_i], .decisions = 1500};
    training_result r = train_run(&t, e, NULL, NULL);
    ck_assert_msg(r.status == TRIAL_OK, "%s", r.error);
    char path[3][200];
    static const char *const name[] = {"p.safetensors", "x.bin", "attention.bin"};
    for (int i = 0; i < 3; i++)
        snprintf(path[i], sizeof path[i], "%s", in_folder(name[i]));
    ck_assert(policy_write(path[0], r.policy, r.policy_bytes, &err));
    poise_agent *a = poise_agent_new(learners[_i], space, 1, &err);
    ck_assert(policy_apply(r.policy, r.policy_bytes, "p", a, &err));
    /* The first decision with several candidates. */
    poise_env_reset(e, 3);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 3);
    const poise_view *v = poise_env_view(e);
    while (poise_env_running(e) && v->n_candidates < 3)
        poise_env_choose(e, 0);
    ck_assert_int_ge(v->n_candidates, 3);
    a->type->attend(a->state, v, a->attention);
    write_view(path[1], v, strstr(learners[_i], "network=attention") != NULL);
    write_file(path[2], a->attention, (size_t)v->n_candidates * sizeof(double));
    const int status = run_python(path[0], path[1], path[2]);
    if (status == 77)
        printf("skipped: there is no Python with NumPy to read policies (set POISE_PYTHON)\n");
    else
        ck_assert_int_eq(status, 0);
    poise_agent_free(a);
    train_free(&r);
    poise_env_free(e);
    poise_scenario_free(s);
    remove_folder();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader");
    TCase *tests = tcase_create("reader");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_policy_read_by_numpy_gives_the_same_attention, 0, N_LEARNERS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
