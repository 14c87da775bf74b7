/* test_resolved.c - the resolved text of a scenario reads back as the same scenario, whatever it
 * says; and it says all that a scenario file can. */
#include "scenario.h"
#include "support.h"
#include "words.h"
#include "words_inside.h"

#define HEAD "poise: 1\nname: all-v1\ntitle: t\n"

static const char *const texts[] = {
    /* what running tasks may do, what it costs them, who waits for what */
    HEAD "about: all\nwork_unit: step\nfamily: domain\nsource: \"by hand: nobody's\"\n"
         "measure: late\nrules: [fifo, 'threshold:tasks=2']\n"
         "devices:\n"
         "  - {name: v100, kind: gpu, count: 4, memory: 32 GiB, idle: 50 W, busy: 250 W,\n"
         "     law: cores, cores: 8, overcommit: 1.5, pressure: slow, floor: 0.25, price: 2.5,\n"
         "     resources: {nic: 4, disk: 100}, link: {bandwidth: 10 GB/s, latency: 5 us}}\n"
         "  - {name: host, kind: cpu, count: 2, memory: 64 GiB, law: cores, cores: 16, parts: 4,\n"
         "     within: emptiest,\n"
         "     speed: {train: 0.25, serve: 0.5, late: 1}, pressure: kill, resources: {disk: 50}}\n"
         "workload:\n"
         "  classes:\n"
         "    - name: train\n"
         "      size: {distribution: lognormal, mean: 20, scv: 2}\n"
         "      memory: 4 GiB\n"
         "      cores: 4\n"
         "      input: 2 GB\n"
         "      slack: 6\n"
         "      late: kill\n"
         "      limit: kill\n"
         "      estimate_error: 0.5\n"
         "      resources: {disk: 10}\n"
         "      sync: {step: 2, bytes: 500 MB, straggler: {distribution: uniform, low: 1, high: "
         "2}}\n"
         "      change: {time: 2 s, bytes: 1 GB, lost: 0.1}\n"
         "      checkpoint: {interval: 5 min, cost: 3 s, restart: 20 s}\n"
         "      profiles:\n"
         "        - {name: one}\n"
         "        - {name: two, kind: gpu, devices: 2, cores: 8, memory: 3 GiB, busy: 180 W}\n"
         "        - {name: pruned, speed: 1.75, quality: 0.9}\n"
         "    - {name: serve, size: 2, memory: 2 GiB, request: 3 GiB, cores: 2,\n"
         "       deadline: {distribution: erlang, mean: 30, phases: 3}, resources: {nic: 1}}\n"
         "    - {name: late, size: 3, deadline: 40 s, sync: {mode: asynchronous},\n"
         "       profiles: [{name: pair, devices: 2}]}\n"
         "  sources: [{type: poisson, rate: 0.5, mix: {train: 1, serve: 4, late: 1}}]\n"
         "interference: [{of: serve, beside: train, speed: 0.8}, {of: train, beside: train, speed: "
         "0.95}]\n"
         "decision: {window: 6, running: 5, wait: true, sizes: estimate, preempt: resume, migrate: "
         "true,\n"
         "           rescale: true, suspend: true, reject: true, defer: 3 s, quantum: 4 s, "
         "average: 1 min}\n"
         "reward: {late: 2, dropped: 3, quality: 0.5, cost: 0.1}\n"
         "records: none\n"
         "change_at: 100 s\n"
         "end: {jobs: 40, time: 300 s}\n",
    /* devices that fail, sleep, cost money and carbon, under a cap */
    HEAD
    "devices:\n"
    "  - name: a\n"
    "    count: 6\n"
    "    idle: 100 W\n"
    "    busy: 300 W\n"
    "    power_cap: 1.5 kW\n"
    "    cap_exponent: 2\n"
    "    failures: {mtbf: {distribution: lognormal, mean: 500, scv: 3}, mttr: 20, rack: 3,\n"
    "               rack_mtbf: 900, rack_mttr: {distribution: erlang, mean: 30, phases: 2},\n"
    "               when: busy, keeps: nothing, task: stays}\n"
    "    link: {bandwidth: 1 GB/s, latency: 1 ms, sharing: fifo, per: group, duplex: half}\n"
    "  - name: b\n"
    "    count: 2\n"
    "    idle: 100 W\n"
    "    busy: 300 W\n"
    "    failures: {mtbf: 400, mttr: 10, keeps: all}\n"
    "    sleep: {after: 20 s, boot: 5 s, down: 1 s, power: 2 W, boot_power: 150 W, down_power: "
    "90 W,\n"
    "            start: asleep}\n"
    "    link: {bandwidth: 2 GB/s, sharing: none}\n"
    "links: [{between: [a, b], bandwidth: 5 GB/s, latency: 2 us}]\n"
    "series:\n"
    "  price: {period: 100 s, values: [[0 s, 0.12], [30 s, 0.5]]}\n"
    "  carbon: {period: 200 s, values: [[0 s, 300], [100 s, 120]]}\n"
    "workload:\n"
    "  origin: {bandwidth: 3 GB/s, latency: 1 ms, sharing: fifo}\n"
    "  classes: [{name: job, size: {distribution: exponential, mean: 4}, input: 1 MB}]\n"
    "  sources: [{type: poisson, rate: 0.8}]\n"
    "decision: {power: true, preempt: restart, running: 4}\n"
    "reward: {flow: 1, energy: 0.001, cost: 2, carbon: 0.5}\n"
    "end: {jobs: 60, time: 300 s}\n",
    /* tasks that share */
    HEAD "devices: [{name: server, law: shared, count: 1, capacity: 3, cap: 2, weighted: true, "
         "room: 5}]\n"
         "workload:\n"
         "  classes: [{name: small, size: 1, cap: 0.5, weight: 2},\n"
         "            {name: large, size: {distribution: exponential, mean: 4}}]\n"
         "  sources: [{type: poisson, rate: 1, mix: {small: 1, large: 1}}]\n"
         "decision: {mode: share, attention: weights, stand: true, quantum: 2 s, window: "
         "8}\n"
         "end: {jobs: 30}\n",
    /* laws with rows of their own */
    HEAD
    "devices:\n"
    "  - {name: r, law: roofline, flops: 10 TFLOP/s, bandwidth: 100 GB/s, room: 2,\n"
    "     speed: {heavy: 0.5}}\n"
    "  - {name: f, law: batching, batch: 4, timeout: 50 ms, exponent: 0.7, queue: 9, speed: "
    "{serve: "
    "2}}\n"
    "  - {name: c, law: batching, batch: 4, continuous: true, speed: {serve: 2}}\n"
    "  - {name: e, law: edge, queue: 5, link: {bandwidth: 10 MB/s}, speed: {serve: 3}}\n"
    "workload:\n"
    "  classes: [{name: heavy, size: 2, flop: 3 TFLOP, byte: 20 GB},\n"
    "            {name: serve, size: {distribution: uniform, low: 0.1, high: 0.5}, input: 1 MB}]\n"
    "  sources: [{type: poisson, rate: 3, mix: {heavy: 1, serve: 5}}]\n"
    "end: {jobs: 60}\n",
    /* who decides among tenants */
    HEAD "devices: [{name: x, count: 4}]\n"
         "tenants: [{name: a, share: 2, quota: 3, agent: round_robin}, {name: b, agent: "
         "\"priority:weight=2\"}]\n"
         "competition: {rule: proportional, budget: 10, refill: 0.5}\n"
         "workload:\n"
         "  classes: [{name: one, size: 2, tenant: a}, {name: two, size: 1, tenant: b}]\n"
         "  sources: [{type: poisson, rate: 1.5, mix: {one: 1, two: 1}}]\n"
         "reward: {fairness: 2}\n"
         "end: {jobs: 40}\n",
    HEAD "devices: [{name: x, count: 4}]\n"
         "tenants: [{name: a}, {name: b}]\n"
         "competition: {}\n"
         "workload:\n"
         "  classes: [{name: one, size: 2, tenant: a}, {name: two, size: 1, tenant: b}]\n"
         "  sources: [{type: poisson, rate: 1.5, mix: {one: 1, two: 1}}]\n"
         "end: {jobs: 40}\n",
    /* who is booked, and what goes ahead of it */
    HEAD "devices: [{name: x, law: cores, cores: 8}]\n"
         "workload:\n"
         "  classes: [{name: a, size: 3, cores: 5}, {name: b, size: 1, cores: 2}]\n"
         "  sources: [{type: poisson, rate: 1, mix: {a: 1, b: 2}}]\n"
         "decision: {commit: pass, backfill: conservative, processors: named}\n"
         "end: {jobs: 40}\n",
    HEAD "devices: [{name: x, law: cores, cores: 8}]\n"
         "workload:\n"
         "  classes: [{name: a, size: 3, cores: 5}, {name: b, size: 1, cores: 2}]\n"
         "  sources: [{type: poisson, rate: 1, mix: {a: 1, b: 2}}]\n"
         "decision: {commit: hold, backfill: easy, events: one_by_one}\n"
         "end: {jobs: 40}\n",
    HEAD "devices: [{name: x, law: cores, cores: 8}]\n"
         "workload:\n"
         "  classes: [{name: a, size: 3, cores: 5}, {name: b, size: 1, cores: 2}]\n"
         "  sources: [{type: poisson, rate: 1, mix: {a: 1, b: 2}}]\n"
         "decision: {lookahead: 10 s, wait: true}\n"
         "end: {jobs: 40}\n",
    /* devices that are apart, jobs that say for themselves what they need and by when */
    HEAD
    "devices:\n"
    "  - {name: gpu, count: 3, apart: true, queue: 2, resources: {nic: 2, disk: 7}}\n"
    "  - {name: cpu, count: 2, speed: {a: 0.5, step: 1}, queue: 2}\n"
    "links: [{between: [gpu, gpu], bandwidth: 1 GB/s},\n"
    "        {between: [gpu, cpu], bandwidth: 1 GB/s, sharing: fifo}]\n"
    "graphs:\n"
    "  - name: two\n"
    "    class: step\n"
    "    tasks: [{name: first, size: 1}, {name: then, size: 2, after: {first: 5 MB}}]\n"
    "workload:\n"
    "  classes: [{name: a, size: 2, resources: {nic: 1}}, {name: step, size: 1},\n"
    "            {name: pair, graph: two, slack: 3}]\n"
    "  sources:\n"
    "    - {type: list, jobs: [{at: 1, class: a, size: 3, deadline: 4 s, resources: {nic: 2}},\n"
    "                          {at: 1, class: a, size: 3, resources: {}},\n"
    "                          {at: 2, class: pair, size: 2, deadline: 9 s}]}\n"
    "    - {type: poisson, rate: 0.2, class: pair, jobs: 5}\n"
    "decision: {ahead: true}\n",
};
enum { N_TEXTS = sizeof texts / sizeof *texts };

static uint64_t hash_of_an_episode(const poise_scenario *s, uint64_t seed)
{
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    play(e, a, seed);
    uint64_t hash = poise_env_episode(e).hash;
    poise_agent_free(a);
    poise_env_free(e);
    return hash;
}

START_TEST(the_resolved_text_reads_back_as_the_same_scenario)
{
    poise_scenario *s = scenario_of(texts[_i]);
    poise_scenario *again = scenario_of(poise_scenario_resolved(s));
    ck_assert_str_eq(poise_scenario_resolved(s), poise_scenario_resolved(again));
    ck_assert_uint_eq(poise_scenario_hash(s), poise_scenario_hash(again));
    ck_assert(s->has_runs && again->has_runs);
    ck_assert(s->has_batches == again->has_batches);
    for (uint64_t seed = 1; seed <= 3; seed++)
        ck_assert_uint_eq(hash_of_an_episode(s, seed), hash_of_an_episode(again, seed));
    poise_scenario_free(again);
    poise_scenario_free(s);
}
END_TEST

/* Parts of the schema whose keys all have to turn up in the texts above. The keys of graphs,
 * distributions and sources have tests of their own. */
static const char *const parts[] = {
    "decision",
    "devices[]",
    "devices[] with law: batching",
    "devices[] with law: cores",
    "devices[] with law: edge",
    "top level",
    "devices[] with law: fifo",
    "devices[] with law: roofline",
    "devices[] with law: shared",
    "devices[].failures",
    "devices[].sleep",
    "devices[].link",
    "links[]",
    "tenants[]",
    "competition",
    "interference[]",
    "series.price, series.carbon",
    "workload.origin",
    "workload.classes[]",
    "workload.classes[].profiles[]",
    "workload.classes[].sync",
    "workload.classes[].change",
    "workload.classes[].checkpoint",
    "workload.sources[].jobs[]",
    "reward",
};

static bool is_listed(const char *line)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t n = strlen(parts[i]);
        if (strncmp(line, parts[i], n) == 0 && strncmp(line + n, " - ", 3) == 0)
            return true;
    }
    return false;
}

/* "key: " at the beginning of an entry. */
static bool has_key(const char *text, const char *key, size_t n)
{
    for (const char *at = text; (at = strstr(at, key)); at++)
        if ((size_t)(strchr(at, ':') - at) == n && strchr(" {\n", at[-1]))
            return true;
    return false;
}

START_TEST(resolved_texts_say_all_that_a_scenario_file_can)
{
    static char all[1 << 18];
    for (int i = 0; i < N_TEXTS; i++) {
        poise_scenario *s = scenario_of(texts[i]);
        strcat(all, poise_scenario_resolved(s));
        poise_scenario_free(s);
    }
    char *schema = poise_scenario_schema(), *rest, key[32];
    bool counts = false;
    int n_parts = 0, n_missing = 0;
    for (char *line = strtok_r(schema, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] != ' ') {
            counts = is_listed(line);
            n_parts += counts;
        }
        if (!counts || line[0] != ' ' || sscanf(line, "  %31[a-z_] ", key) != 1 || line[2] == ' ')
            continue;
        if (!has_key(all, key, strlen(key)) && strcmp(key, "apart") != 0) {
            printf("no text says '%s'\n", key);
            n_missing++;
        }
    }
    ck_assert_int_eq(n_parts, sizeof parts / sizeof *parts);
    ck_assert_int_eq(n_missing, 0);
    free(schema);
}
END_TEST

START_TEST(devices_that_are_apart_are_groups_of_one_with_all_their_links)
{
    poise_scenario *s = scenario_of(texts[N_TEXTS - 1]);
    const poise_space *p = poise_scenario_space(s);
    ck_assert_int_eq(p->n_groups, 4);
    ck_assert_str_eq(p->group_name[0], "gpu-0");
    ck_assert_str_eq(p->group_name[2], "gpu-2");
    ck_assert_str_eq(s->group[1].kind, "gpu");
    ck_assert_int_eq(p->count[0], 1);
    ck_assert_int_eq(p->count[3], 2);
    ck_assert_int_eq(s->n_pairs, 3 + 3);  // among three devices, and of each with the others
    ck_assert_double_eq(p->speed[2], 1);
    ck_assert_double_eq(p->speed[3], 0);  // it has no resource nic
    poise_scenario_free(s);
}
END_TEST

typedef struct said {
    int text;
    const char *words;
} said;

static const said sentences[] = {
    {0, "4 x v100             gpu, law cores (cores 8), memory 32 GiB, 4 nic, 100 disk, 50 W idle"},
    {0, "memory is promised up to 1.5 times"},
    {0, "link: 1e+10 bytes/s, 5 us, shared fairly"},
    {0, "profile two: 2 devices of kind gpu, 1.905 times as fast as one"},
    {0, "needs memory 2 GiB, asks for 3 GiB, 2 cores, 1 nic"},
    {0, "deadline 6 times its least service after its arrival, killed then"},
    {0, "displaced, moved or rescaled: 2 s, 1 GB to move, 0.1 of its work lost"},
    {0, "a checkpoint every 5 min of running takes 3 s, a restart 20 s"},
    {0, "serve beside train: 0.8 of its speed"},
    {0, "agents see at most 6 waiting and 5 running tasks, and estimates of sizes"},
    {0, "running tasks may move to another group, change their profile, be put back"},
    {1, "together at most 1500 W, beyond it all slow down"},
    {1, "fails after lognormal 8.333 min, is repaired in 20 s; 3 at once after 15 min, for erlang "
        "30 s"},
    {1, "sleeps after 20 s at 2 W, wakes up in 5 s, asleep at the start"},
    {1, "between a and b: 5e+09 bytes/s"},
    {1, "price from 0.12 to 0.5 per kWh, again every 100 s"},
    {1, "running tasks may be displaced, and begin anew"},
    {2, "capacity is divided in proportion to attention"},
    {4,
     "tenants (tenants decide in proportion to the exponential of attention, paid from a budget"},
    {4, "share 2, holds at most 3, driven by round_robin"},
    {6, "it is booked, anew at every instant; others go ahead if they delay none that is booked"},
    {7, "it is booked, until it has started; others go ahead if they do not delay it"},
    {8, "tasks are booked into the next 10 s"},
    {9, "tasks of graphs may be sent ahead to the queue of a device"},
};

/* 1.905: a step of 2 takes 1 s on two devices, the ring 2 x 5 us + 2 (1 / 2) 500 MB / (10 GB/s) =
 * 0.05001 s: 2 / 1.05001 units a second. */
START_TEST(a_scenario_in_words_says_what_it_uses_and_nothing_else)
{
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        poise_scenario *s = scenario_of(texts[sentences[i].text]);
        char *words = words_of(s);
        if (!strstr(words, sentences[i].words))
            ck_abort_msg("'%s' is not in\n%s", sentences[i].words, words);
        free(words);
        poise_scenario_free(s);
    }
    poise_scenario *s = load_scenario("mm1-v1", NULL);
    char *words = words_of(s);
    static const char *const unused[] = {"tenants", "sleeps", "fails",     "link",    "profile",
                                         "booked",  "energy", "displaced", "deadline"};
    for (size_t i = 0; i < sizeof unused / sizeof *unused; i++)
        ck_assert_msg(!strstr(words, unused[i]), "%s", unused[i]);
    free(words);
    poise_scenario_free(s);
}
END_TEST

static void expect_drawing(const char *scenario, const char *drawing)
{
    poise_scenario *s = load_scenario(scenario, NULL);
    char *words = words_of(s);
    ck_assert_msg(strstr(words, drawing), "no\n%s in\n%s", drawing, words);
    free(words);
    poise_scenario_free(s);
}

START_TEST(a_scenario_is_drawn_from_what_arrives_to_who_serves_it)
{
    expect_drawing("criss-cross-light-v1",
                   "\n  crossing     -.-> |||| waiting, agent -.-> [ ] one: one task at a time\n"
                   "  third        -'                        '-> [ ] two: one task at a time\n\n");
    expect_drawing(
        "hundred-nodes-v1",
        "\n  light        -.\n"
        "  node         -|-> attention divides ---> [ ] network: all its tasks share it\n"
        "  heavy        -'\n\n");
    expect_drawing("dispatch-v1", "'-> ... and 3 more\n");
    expect_drawing("mmc-v1", "[ ][ ][ ][ ] servers: one task at a time\n");
}
END_TEST

START_TEST(times_and_rates_are_told_in_units_that_people_use)
{
    const struct {
        double value;
        const char *time, *rate;
    } rows[] = {{0.0000025, "2.5 us", "0.009 per hour"},
                {0.05, "50 ms", "3 per minute"},
                {90, "90 s", "90 per second"},
                {1200, "20 min", "1200 per second"},
                {51840, "14.4 h", "5.184e+04 per second"},
                {172800, "2 d", "1.728e+05 per second"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[40];
        words_time(rows[i].value, text, sizeof text);
        ck_assert_str_eq(text, rows[i].time);
        words_rate(rows[i].value, text, sizeof text);
        ck_assert_str_eq(text, rows[i].rate);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resolved");
    TCase *t = tcase_create("resolved");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, the_resolved_text_reads_back_as_the_same_scenario, 0, N_TEXTS);
    tcase_add_test(t, resolved_texts_say_all_that_a_scenario_file_can);
    tcase_add_test(t, devices_that_are_apart_are_groups_of_one_with_all_their_links);
    tcase_add_test(t, a_scenario_in_words_says_what_it_uses_and_nothing_else);
    tcase_add_test(t, a_scenario_is_drawn_from_what_arrives_to_who_serves_it);
    tcase_add_test(t, times_and_rates_are_told_in_units_that_people_use);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
