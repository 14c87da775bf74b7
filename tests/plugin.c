/* plugin.c - a plug-in for tests: the shortest task first and, as $DEED says, something that no
 * plug-in should do. Tables that are wrong are made by MORE. */
#include <poise/agent.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef NAME
#define NAME "tested"
#endif
#ifndef MORE
#define MORE
#endif

typedef struct mine {
    int n;
    double x;
    double learnt[2];
} mine;

/* Where it is, for a test that looks whether it is still there. */
static inline void tell_where(void)
{
    const char *path = getenv("PLUGIN_PIDS");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%d %d\n", (int)getpid(), (int)getppid());
        fclose(f);
    }
}

static inline void spin(void)
{
    for (volatile int i = 0;; i++)
        ;
}

static bool is_deed(const char *name)
{
    const char *deed = getenv("DEED");
    return deed && strcmp(deed, name) == 0;
}

__attribute__((constructor)) static void loaded(void)
{
    if (is_deed("bursts"))
        abort();
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    (void)state;
    (void)space;
    (void)seed;
    if (is_deed("init_aborts"))
        abort();
    if (is_deed("init_exits"))
        exit(3);
    if (is_deed("init_hangs"))
        spin();
    if (!is_deed("refuses"))
        return true;
    strcpy(err->text, "not here");
    err->n_mistakes = 1;
    return false;
}

/* At decision n. */
static void misbehave(mine *m, int n, const poise_view *v, double *attention)
{
    if (n == 100 && is_deed("segv"))
        raise(SIGSEGV);
    if (n == 5 && is_deed("aborts"))
        abort();
    if (n == 7 && is_deed("exits"))
        exit(0);
    if (n == 9 && is_deed("nan"))
        attention[0] = __builtin_nan("");
    if (n == 11 && is_deed("hangs"))
        spin();
    if (n == 11 && is_deed("sleeps"))
        sleep(1000);
    if (n == 3 && is_deed("forks")) {
        if (fork() == 0)
            sleep(1000);
        spin();
    }
    if (n == 20 && is_deed("hides")) {
        tell_where();
        spin();
    }
    if (is_deed("over"))
        ((char *)m)[sizeof *m + 2] = 1;
    if (is_deed("beyond"))
        attention[v->space->max_candidates] = 1;
    if (n == 2 && is_deed("says"))
        puts("canary");
    if (v->n_candidates > 1 && is_deed("cheats")) {
        poise_candidate *c = (poise_candidate *)v->candidate, first = c[0];
        c[0] = c[1];
        c[1] = first;
    }
}

static void attend(void *state, const poise_view *v, double *attention)
{
    mine *m = state;
    m->n++;
    for (int c = 0; c < v->n_candidates; c++) {
        const poise_candidate *k = &v->candidate[c];
        attention[c] = poise_gives_device(k)  ? -(v->group[k->group].backlog_s + k->service_s)
                       : k->act == POISE_HOLD ? -1e300
                                              : -__builtin_inf();
    }
    if (getenv("DEED"))
        misbehave(m, m->n, v, attention);
}

static inline int choose(void *state, const poise_view *v)
{
    (void)state;
    return v->n_candidates;
}

/* A learner of one number: the mean reward. */
static inline bool learn(void *state, const poise_outcome *o, const poise_view *after,
                         poise_error *err)
{
    mine *m = state;
    (void)after;
    (void)err;
    m->learnt[0] += o->reward;
    m->learnt[1] += 1;
    return true;
}

static inline int params(void *state, poise_tensor *t)
{
    mine *m = state;
    *t = (poise_tensor){
        .name = "learnt", .n_dims = 1, .dim = {2}, .is_double = true, .data = m->learnt};
    return 1;
}

static inline int progress(void *state, poise_figure *figure, int max)
{
    mine *m = state;
    if (max > 0)
        figure[0] = (poise_figure){"train/mean", m->learnt[0] / m->learnt[1]};
    return max > 0;
}

static const poise_option options[] = {
    {"x", POISE_REAL, offsetof(mine, x), 1, 0, 9, "", "of no meaning", NULL},
    {0},
};

const poise_agent_type poise_plugin = {.abi = POISE_AGENT_ABI,
                                       .name = NAME,
                                       .about = "a plug-in for tests",
                                       .options = options,
                                       .size = sizeof(mine),
                                       .init = init,
                                       .attend = attend,
                                       MORE};
