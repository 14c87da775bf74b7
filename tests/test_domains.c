/* test_domains.c - each scenario of a domain has a mechanism that sets it apart: switched off, the
 * ranking of two rules is the other way round. Rules meet the same worlds; a difference counts
 * where the 95% interval of the paired difference does not hold 0. */
#include "stats.h"
#include "support.h"

enum { SEEDS = INSTRUMENTED ? 3 : 20, SETTINGS = 5 };

typedef struct domain {
    const char *scenario, *metric;  // less of it is better
    const char *better, *worse;     // rules as the scenario stands
    const char *off[SETTINGS + 1];  // what switches the mechanism off
} domain;

static const domain domains[] = {
    /* Late frames are kept, not dropped. */
    {"driving-v1",
     "late",
     "earliest_deadline",
     "shortest",
     {"workload.classes.front.late=keep", "workload.classes.side.late=keep",
      "workload.classes.signs.late=keep", "workload.classes.speech.late=keep"}},
    /* No peak in the evening. */
    {"education-v1", "late", "shortest", "earliest_deadline", {"workload.sources.0.amplitude=0"}},
    /* Updates that no round waits for. */
    {"federated-v1",
     "job_response_mean_s",
     "round_robin",
     "shortest",
     {"workload.sources.0.mix={alone: 1}", "end.jobs=2200"}},
    /* The same load without bursts. */
    {"financial-risk-v1",
     "late",
     "shortest",
     "earliest_deadline",
     {"workload.sources.0.states.1.rate=1"}},
    /* Every family serves every model, at the same multiple of a laptop. */
    {"image-recognition-v1",
     "response_mean_s",
     "max_weight",
     "shortest",
     {"devices.gpu.speed={mobilenet: 7500, resnet: 2000, efficientnet: 165, vgg: 255, xception: "
      "1200}",
      "devices.tpu.speed={mobilenet: 7500, resnet: 2000, efficientnet: 165, vgg: 255, xception: "
      "1200}",
      "devices.desktop.speed={mobilenet: 250, resnet: 67, efficientnet: 5.5, vgg: 8.5, xception: "
      "40}",
      "devices.laptop.speed={mobilenet: 125, resnet: 33, efficientnet: 2.75, vgg: 4.25, "
      "xception: 20}",
      "devices.laptop.memory=32 GB"}},
    /* Texts of one length. */
    {"language-v1",
     "response_mean_s",
     "shortest",
     "least_loaded",
     {"workload.classes.title.size=0.71", "workload.classes.answer.size=0.71",
      "workload.classes.document.size=0.71"}},
    /* Printers that do not fail. */
    {"manufacturing-v1",
     "job_response_mean_s",
     "random",
     "fifo",
     {"devices.fast.failures.mtbf.mean=1000000 h"}},
    /* An uplink that is never in the way. */
    {"medical-imaging-v1",
     "response_mean_s",
     "fifo",
     "threshold:tasks=8",
     {"devices.a100.link.bandwidth=10 GB/s"}},
    /* Requests one by one. */
    {"recommender-v1",
     "response_p99_s",
     "least_loaded",
     "fifo",
     {"devices.a30.batch=1", "devices.l4.batch=1", "devices.xeon.batch=1"}},
    /* Memory that is never in the way. */
    {"signal-processing-v1",
     "job_response_mean_s",
     "longest",
     "round_robin",
     {"devices.l4.bandwidth=1e6 GB/s", "devices.p100.bandwidth=1e6 GB/s"}},
    /* A link that is never in the way. */
    {"smart-city-v1",
     "response_mean_s",
     "least_loaded",
     "heft",
     {"devices.cloud.link.bandwidth=125 GB/s", "devices.cloud.link.latency=0 s"}},
    /* One bound for all. */
    {"speech-v1",
     "late",
     "priority",
     "fifo",
     {"workload.classes.caption.deadline=400 ms", "workload.classes.dictation.deadline=400 ms",
      "workload.classes.keyword.deadline=400 ms", "workload.classes.voicemail.deadline=400 ms"}},
};

static void measure(const domain *d, const char *const *sets, const char *rule, double *x)
{
    poise_scenario *s = load_scenario(d->scenario, sets);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(rule, s);
    for (int k = 0; k < SEEDS; k++) {
        play(e, a, (uint64_t)k);
        x[k] = metric_of(e, d->metric);
    }
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

static stats_pair compare(const domain *d, const char *const *sets)
{
    double better[SEEDS], worse[SEEDS];
    measure(d, sets, d->better, better);
    measure(d, sets, d->worse, worse);
    return stats_paired(better, worse, SEEDS, 0.95);
}

START_TEST(what_sets_a_domain_apart_decides_which_rule_is_better)
{
    const domain *d = &domains[_i];
    const stats_pair on = compare(d, NULL), off = compare(d, d->off);
    if (INSTRUMENTED)  // too few to judge
        return;
    if (!(on.diff.high < 0))
        ck_abort_msg("%s: %s - %s is %g .. %g", d->scenario, d->better, d->worse, on.diff.low,
                     on.diff.high);
    if (!(off.diff.low > 0))
        ck_abort_msg("%s, switched off: %s - %s is %g .. %g", d->scenario, d->better, d->worse,
                     off.diff.low, off.diff.high);
}
END_TEST

START_TEST(every_domain_is_checked)
{
    char names[128][64];
    const int n = scenario_names(names, 128);
    for (int i = 0; i < n; i++) {
        poise_scenario *s = load_scenario(names[i], NULL);
        bool is_domain = strcmp(poise_scenario_family(s), "domain") == 0, found = false;
        for (size_t k = 0; k < sizeof domains / sizeof *domains; k++)
            found |= strcmp(domains[k].scenario, names[i]) == 0;
        ck_assert_msg(found == is_domain, "%s", names[i]);
        poise_scenario_free(s);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("domains");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 600);
    tcase_add_loop_test(all, what_sets_a_domain_apart_decides_which_rule_is_better, 0,
                        (int)(sizeof domains / sizeof *domains));
    tcase_add_test(all, every_domain_is_checked);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
