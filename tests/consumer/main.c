/* main.c - a program outside the tree that uses the installed library: one run of one agent. */
#include <poise/agent.h>
#include <poise/poise.h>

#include <inttypes.h>
#include <stdio.h>

static int run(const poise_scenario *s, poise_error *err)
{
    poise_env *e = poise_env_new(s, err);
    poise_agent *a = poise_agent_new("fifo", poise_scenario_space(s), 1, err);
    if (e && a) {
        poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
        poise_env_reset(e, 1);
        while (poise_env_running(e))
            poise_env_choose(e, poise_agent_choose(a, poise_env_view(e)));
        const poise_episode ep = poise_env_episode(e);
        printf("%" PRId64 " tasks, trajectory %016" PRIx64 "\n", ep.totals.finished, ep.hash);
    }
    poise_agent_free(a);
    poise_env_free(e);
    return e && a ? 0 : 1;
}

int main(int argc, char **argv)
{
    printf("Poise %s\n", POISE_VERSION);
    char path[4096];
    snprintf(path, sizeof path, "%s/share/poise/scenarios/mm1-v1.yaml",
             argc > 1 ? argv[1] : "/usr");
    poise_error err = {0};
    const char *sets[] = {"warmup.jobs=100", "end.jobs=1000"};
    poise_scenario *s = poise_scenario_load(path, sets, 2, &err);
    const int status = s ? run(s, &err) : 1;
    poise_scenario_free(s);
    if (status)
        fprintf(stderr, "%s\n", err.text);
    return status;
}
