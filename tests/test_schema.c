/* test_schema.c - what goes beyond tasks that run at one speed from start to end, as scenario files
 * say it: what is refused, where and in which words, what is noted, and what is made of the rest.
 */
#include "support.h"

#include "scenario.h"

#include <math.h>
#include <unistd.h>

static poise_error err;

/* Pieces that are put into a plain scenario. */
typedef struct pieces {
    const char *decision, *group, *groups, *before_class, *class, *classes, *sources, *rest;
} pieces;

static const char *or_nothing(const char *piece)
{
    return piece ? piece : "";
}

/* Four devices, one class, one source; with the pieces. */
static void write_text(char *text, size_t size, const pieces *p)
{
    int n = snprintf(text, size,
                     "poise: 1\nname: case-v1\ntitle: a case\nend: {jobs: 10}\n"
                     "decision: {window: 8, %s}\n"
                     "devices:\n"
                     "  - {name: gpu, count: 4, memory: 32 GiB, idle: 50 W, busy: 300 W, %s}\n%s"
                     "workload:\n  classes:\n"
                     "    - %s{name: train, size: 10, %s}\n%s"
                     "  sources:\n    - {type: poisson, rate: 0.01 /s, class: train}\n%s%s",
                     or_nothing(p->decision), or_nothing(p->group), or_nothing(p->groups),
                     or_nothing(p->before_class), or_nothing(p->class), or_nothing(p->classes),
                     or_nothing(p->sources), or_nothing(p->rest));
    ck_assert_int_lt(n, (int)size);
}

/* Reads the text; path says from where. */
static poise_scenario *load_text(const char *text, char *path)
{
    strcpy(path, "/tmp/poise-test-XXXXXX.yaml");
    int fd = mkstemps(path, 5);
    ck_assert_int_ge(fd, 0);
    ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    poise_scenario *s = poise_scenario_load(path, NULL, 0, &err);
    unlink(path);
    return s;
}

static poise_scenario *load(pieces p)
{
    char text[4096], path[64];
    write_text(text, sizeof text, &p);
    poise_scenario *s = load_text(text, path);
    ck_assert_msg(s, "%s\n%s", err.text, text);
    return s;
}

/* ---- what is refused ---------------------------------------------------------------------- */

/* The whole sentence, and a file whose mistake stands where the ^ is. */
typedef struct refusal {
    const char *says;
    pieces in;
} refusal;

static const refusal refusals[] = {
    // ---- decisions
    {"mode: share, but no device group has law shared", {.decision = "mode: ^share"}},
    {"mode: 'shares' is not known, did you mean 'share'?", {.decision = "mode: ^shares"}},
    {"attention: it says how tasks share, but mode is dispatch",
     {.decision = "attention: ^weights"}},
    {"stand: it says how tasks share, but mode is dispatch", {.decision = "stand: ^true"}},
    {"wait: with mode share all that fit run at once, nothing of the kind is asked",
     {.decision = "mode: share, wait: ^true", .group = "law: shared"}},
    {"preempt: with mode share all that fit run at once, nothing of the kind is asked",
     {.decision = "mode: share, preempt: ^resume", .group = "law: shared"}},
    {"reject: with mode share all that fit run at once, nothing of the kind is asked",
     {.decision = "mode: share, reject: ^true", .group = "law: shared"}},
    {"defer: with mode share all that fit run at once, nothing of the kind is asked",
     {.decision = "mode: share, defer: ^2 s", .group = "law: shared"}},
    {"suspend: with mode share all that fit run at once, nothing of the kind is asked",
     {.decision = "mode: share, suspend: ^true", .group = "law: shared"}},
    {"backfill: nothing is booked that others could go before; give commit: pass or hold",
     {.decision = "backfill: ^easy"}},
    {"processors: named, but no booking holds any; give commit: pass and backfill: easy or "
     "conservative",
     {.decision = "processors: ^named"}},
    {"processors: named, but no booking holds any; give commit: pass and backfill: easy or "
     "conservative",
     {.decision = "commit: hold, backfill: easy, processors: ^named"}},
    {"processors: named takes device groups that are one device with law cores",
     {.decision = "commit: pass, backfill: easy, processors: ^named"}},
    {"events: 'one' is not known", {.decision = "events: ^one"}},
    {"lookahead: it books tasks by itself, commit must be none",
     {.decision = "commit: pass, lookahead: ^5 min"}},
    {"preempt: with commit or lookahead, starts are promised by when tasks end: they must run to "
     "their end where they are",
     {.decision = "commit: hold, preempt: ^restart"}},
    {"migrate: with commit or lookahead, starts are promised by when tasks end: they must run to "
     "their end where they are",
     {.decision = "commit: hold, migrate: ^true"}},
    {"suspend: with commit or lookahead, starts are promised by when tasks end: they must run to "
     "their end where they are",
     {.decision = "lookahead: 1 h, suspend: ^true"}},
    {"commit: device group 'gpu' has law shared, under which nobody knows when there will be room",
     {.decision = "commit: ^pass", .group = "law: shared"}},
    {"commit: device group 'gpu' has law fifo with a queue, under which nobody knows when there "
     "will be room",
     {.decision = "commit: ^pass", .group = "queue: 2"}},
    {"lookahead: device group 'gpu' has parts, plans know only cores",
     {.decision = "lookahead: ^1 h", .group = "law: cores, cores: 8, parts: 2"}},
    {"ahead: no jobs are graphs of tasks", {.decision = "ahead: ^true"}},
    {"quantum: '-1 s' is below 0 s", {.decision = "quantum: ^-1 s"}},
    {"lookahead: '99999999999999 d' is too large", {.decision = "lookahead: ^99999999999999 d"}},
    {"running: '5000' is above 4096 tasks", {.decision = "running: ^5000"}},
    {"unknown key 'preemt' in section decision, did you mean 'preempt'?",
     {.decision = "^preemt: resume"}},
    {"preempt: 'yes' is not known", {.decision = "preempt: ^yes"}},
    // ---- profiles
    {"profile 'x' of job class 'train' is for devices of kind 'gpx', there are none, did you mean "
     "'gpu'?",
     {.class = "profiles: [{name: x, kind: ^gpx}]"}},
    {"profile 'x' of job class 'train' can run nowhere: no device group of kind 'cpu' has a speed "
     "for task kind 'train'",
     {.groups = "  - {name: cpu, speed: {infer: 1}}\n",
      .class = "profiles: [{name: x, kind: ^cpu}]",
      .classes = "    - {name: infer, size: 1}\n"}},
    {"profile 'x' of job class 'train' needs 8 devices, no device group that runs its kind has "
     "more than 4",
     {.class = "profiles: [{name: x, devices: ^8}]"}},
    {"profile 'x' of job class 'train' needs 3 devices, no device group that runs its kind has "
     "more than 2",
     {.groups = "  - {name: cpu, count: 2, speed: 0.1, memory: 64 GiB}\n",
      .class = "profiles: [{name: x, kind: cpu, devices: ^3}]"}},
    {"devices: '1000000000' is above 1000000",
     {.class = "profiles: [{name: x, devices: ^1000000000}]"}},
    {"devices: '0' is below 1", {.class = "profiles: [{name: x, devices: ^0}]"}},
    {"profile 'x' of job class 'train' needs 80 GiB, no device group that runs its kind has more "
     "than 32 GiB",
     {.class = "profiles: [{name: x, memory: ^80 GiB}]"}},
    {"profile 'x' of job class 'train' needs 16 cores, no device group that runs its kind has more "
     "than 8",
     {.group = "law: cores, cores: 8", .class = "profiles: [{name: x, cores: ^16}]"}},
    {"cores: profile 'x' asks for some, but no device group has law cores",
     {.class = "profiles: [{name: x, cores: ^1}]"}},
    {"busy: profile 'x' takes less power than an idle device of group 'gpu'",
     {.class = "profiles: [{name: x, busy: ^10 W}]"}},
    {"speed: '-1' is below 0", {.class = "profiles: [{name: x, speed: ^-1}]"}},
    {"speed: '1e400' is too large", {.class = "profiles: [{name: x, speed: ^1e400}]"}},
    {"two profiles of class 'train' are named 'x'",
     {.class = "profiles: [{name: x}, {name: ^x, speed: 2}]"}},
    {"unknown key 'device' in a profile, did you mean 'devices'?",
     {.class = "profiles: [{name: x, ^device: 2}]"}},
    {"profiles is empty, at least one is needed", {.class = "profiles: ^[]"}},
    {"profiles: with mode share nobody chooses between the 2 of job class 'train'",
     {.decision = "mode: share",
      .group = "law: shared",
      .class = "profiles: ^[{name: x}, {name: y}]"}},
    {"sync: no profile of job class 'train' has several devices", {.class = "sync: ^{step: 1}"}},
    {"bytes: nothing is reduced in mode asynchronous",
     {.class = "sync: {mode: asynchronous, bytes: ^1 MB}, profiles: [{name: x, devices: 2}]"}},
    {"mode: 'syncronous' is not known, did you mean 'synchronous'?",
     {.class = "sync: {mode: ^syncronous}, profiles: [{name: x, devices: 2}]"}},
    {"step: '0' is below 1e-12", {.class = "sync: {step: ^0}, profiles: [{name: x, devices: 2}]"}},
    {"key 'high' is missing in distribution uniform",
     {.class = "sync: {straggler: ^{distribution: uniform, low: 1}}, profiles: [{name: x, devices: "
               "2}]"}},
    // ---- classes
    {"slack: job class 'train' has a deadline already, give one of them",
     {.class = "slack: ^2, deadline: 5 s"}},
    {"late: job class 'train' has no deadline; give deadline or slack", {.class = "late: ^kill"}},
    {"limit: no task runs for longer than its size, which is what agents see; give decision.sizes: "
     "estimate",
     {.class = "limit: ^kill"}},
    {"deadline: the mean must be greater than 0", {.class = "deadline: ^0 s"}},
    {"lost: '1.5' is above 1", {.class = "change: {lost: ^1.5}"}},
    {"time: '-5 s' is below 0 s", {.class = "change: {time: ^-5 s}"}},
    {"key 'interval' is missing in checkpoint", {.class = "checkpoint: ^{cost: 1 s}"}},
    {"change must be a map of keys and values, not a plain value", {.class = "change: ^5 s"}},
    {"job class 'train' needs 80 GiB, no device group that runs its kind has more than 32 GiB",
     {.class = "memory: ^80 GiB"}},
    {"job class 'train' needs 80 GiB, no device group that runs its kind has more than 64 GiB",
     {.group = "overcommit: 2", .class = "memory: ^80 GiB"}},
    {"job class 'train' needs 40 GiB, no device group that runs its kind has more than 32 GiB",
     {.group = "overcommit: 2, pressure: kill", .class = "memory: ^40 GiB"}},
    {"request: '99999999 TiB' is too large", {.class = "request: ^99999999 TiB"}},
    {"job class 'train' needs 3 of resource 'licence', no device group that runs its kind has more "
     "than 2",
     {.group = "resources: {licence: 2}", .class = "resources: ^{licence: 3}"}},
    {"resource 'license' does not exist, did you mean 'licence'?",
     {.group = "resources: {licence: 2}", .class = "resources: {^license: 1}"}},
    {"resources: '1.5' is not whole",
     {.group = "resources: {licence: 2}", .class = "resources: {licence: ^1.5}"}},
    {"resources: '-1' is below 0",
     {.group = "resources: {licence: 2}", .class = "resources: {licence: ^-1}"}},
    {"job class 'train' needs 3 cores, which neither fit into a part of 2 nor are whole parts",
     {.group = "law: cores, cores: 8, parts: 4", .class = "cores: ^3"}},
    {"job class 'train' can run nowhere: give its flop or byte, which make its speed there",
     {.group = "law: roofline, flops: 1e12, bandwidth: 1e9", .before_class = "^"}},
    // ---- groups
    {"unknown key 'overcomit' in a device group with law fifo, did you mean 'overcommit'?",
     {.group = "^overcomit: 2"}},
    {"overcommit: '0.5' is below 1", {.group = "overcommit: ^0.5"}},
    {"overcommit: the memory of group 'big' is unlimited",
     {.groups = "  - {name: big, overcommit: ^2}\n"}},
    {"pressure: the memory of group 'big' is unlimited",
     {.groups = "  - {name: big, pressure: ^slow}\n"}},
    {"floor: '2' is above 1", {.group = "overcommit: 2, pressure: slow, floor: ^2"}},
    {"power_cap: 200 W leave nothing to work with, 4 idle devices of group 'gpu' take 200 W",
     {.group = "power_cap: ^200 W"}},
    {"cap_exponent: '0.5' is below 1", {.group = "power_cap: 1 kW, cap_exponent: ^0.5"}},
    {"price: '-1' is below 0 /h", {.group = "price: ^-1"}},
    {"power: a device of group 'gpu' takes more asleep than the 50 W when idle",
     {.group = "sleep: {boot: 1 min, power: ^60 W}"}},
    {"key 'boot' is missing in sleep", {.group = "sleep: ^{after: 1 min}"}},
    {"key 'mttr' is missing in failures", {.group = "failures: ^{mtbf: 10 h}"}},
    {"failures need mtbf and mttr, of devices or of racks (rack_mtbf, rack_mttr)",
     {.group = "failures: ^{when: busy}"}},
    {"rack: give rack_mtbf and rack_mttr, when racks fail",
     {.group = "failures: {rack: ^2, mtbf: 10 h, mttr: 1 h}"}},
    {"rack: it has 8 devices, group 'gpu' only 4",
     {.group = "failures: {rack: ^8, rack_mtbf: 10 h, rack_mttr: 1 h}"}},
    {"rack_mtbf: key 'rack' must say how many devices a rack has",
     {.group = "failures: {rack_mtbf: ^10 h, rack_mttr: 1 h}"}},
    {"mtbf: the mean must be greater than 0", {.group = "failures: {mtbf: ^0, mttr: 1 h}"}},
    {"keeps: 'checkpoints' is not known, did you mean 'checkpoint'?",
     {.group = "failures: {keeps: ^checkpoints, mtbf: 10 h, mttr: 1 h}"}},
    {"bandwidth: '0' is below 1e-09 B/s", {.group = "link: {bandwidth: ^0}"}},
    {"timeout: no batch has to wait where tasks join at any time (continuous)",
     {.group = "law: batching, batch: 4, continuous: true, timeout: ^1 s"}},
    {"queue: batches form there, 3 places are too few for 4 tasks",
     {.group = "law: batching, batch: 4, queue: ^3"}},
    {"devices: under law batching of device group 'gpu' tasks run on one device each; "
     "give the profile another kind of devices",
     {.group = "law: batching, batch: 4", .class = "profiles: [{name: two, devices: ^2}]"}},
    {"devices: those of group 'gpu' hold any number of tasks; where tasks take several, give it "
     "`room`",
     {.group = "law: shared", .class = "profiles: [{name: two, devices: ^2}]"}},
    {"power_cap of a whole group: there is none where devices are apart",
     {.group = "apart: true, power_cap: ^1 kW"}},
    {"failures of a whole group: there is none where devices are apart",
     {.group = "apart: true, failures: ^{rack: 2, rack_mtbf: 10 h, rack_mttr: 1 h}"}},
    {"link of a whole group: there is none where devices are apart",
     {.group = "apart: true, link: ^{bandwidth: 1e9, per: group}"}},
    {"two device groups are named 'gpu-3'",
     {.group = "apart: true", .groups = "  - {name: ^gpu-3}\n"}},
    {"parts: 8 cores do not divide into 3 equal parts",
     {.group = "law: cores, cores: 8, parts: ^3"}},
    {"count: '1000000000' is above 1000000", {.groups = "  - {name: big, count: ^1000000000}\n"}},
    // ---- tenants, pairs, series, rewards
    {"tenant 'lap' does not exist, did you mean 'lab'?",
     {.class = "tenant: ^lap", .rest = "tenants: [{name: lab}]\n"}},
    {"two tenants are named 'lab'", {.rest = "tenants: [{name: lab}, {name: ^lab}]\n"}},
    {"between: 'gpu-1' is a single device",
     {.group = "apart: true", .rest = "links: [{between: [^gpu-1, gpu-1], bandwidth: 1e9}]\n"}},
    {"two links between 'gpu-0' and 'gpu-1'",
     {.group = "apart: true",
      .rest = "links: [{between: [gpu, gpu], bandwidth: 1e9}, ^{between: [gpu-0, gpu-1], "
              "bandwidth: 1e9}]\n"}},
    {"device group 'gpu-4' does not exist, did you mean 'gpu-0'?",
     {.group = "apart: true", .rest = "links: [{between: [gpu, ^gpu-4], bandwidth: 1e9}]\n"}},
    {"deadline: '-1 s' is below 0 s",
     {.sources = "    - {type: list, jobs: [{at: 0, class: train, size: 1, deadline: ^-1 s}]}\n"}},
    {"resource 'nick' does not exist, did you mean 'nic'?",
     {.group = "resources: {nic: 1}",
      .sources =
          "    - {type: list, jobs: [{at: 0, class: train, size: 1, resources: {^nick: 1}}]}\n"}},
    {"share: '0' is below 1e-09", {.rest = "tenants: [{name: lab, share: ^0}]\n"}},
    {"quota: '-1' is below 0", {.rest = "tenants: [{name: lab, quota: ^-1}]\n"}},
    {"job class 'train' needs 4 devices or cores at once, the quota of tenant 'lab' is 2",
     {.group = "law: cores, cores: 8",
      .class = "cores: 4, tenant: ^lab",
      .rest = "tenants: [{name: lab, quota: 2}]\n"}},
    {"competition: it takes at least two tenants",
     {.class = "tenant: lab", .rest = "tenants: [{name: lab}]\ncompetition: ^{rule: highest}\n"}},
    {"budget: bids are only paid under rule proportional",
     {.class = "tenant: lab",
      .rest = "tenants: [{name: lab}, {name: firm}]\ncompetition: {rule: highest, budget: ^5}\n"}},
    {"refill: there is no budget, bids cost nothing",
     {.class = "tenant: lab",
      .rest =
          "tenants: [{name: lab}, {name: firm}]\ncompetition: {rule: proportional, refill: ^5}\n"}},
    {"job class 'train' has no tenant, under competition each must",
     {.before_class = "^",
      .rest = "tenants: [{name: lab}, {name: firm}]\ncompetition: {rule: highest}\n"}},
    {"competition: with mode share nobody decides before the others",
     {.decision = "mode: share",
      .group = "law: shared",
      .class = "tenant: lab",
      .rest = "tenants: [{name: lab}, {name: firm}]\ncompetition: {rule: ^highest}\n"}},
    {"job class 'trian' does not exist, did you mean 'train'?",
     {.rest = "interference: [{of: train, beside: ^trian, speed: 0.5}]\n"}},
    {"speed: '2' is above 1", {.rest = "interference: [{of: train, beside: train, speed: ^2}]\n"}},
    {"speed: '0' is below 1e-06",
     {.rest = "interference: [{of: train, beside: train, speed: ^0}]\n"}},
    {"between: it takes two job classes",
     {.rest = "interference: [{between: ^[train], speed: 0.5}]\n"}},
    {"the speed of class 'train' beside 'train' is said twice",
     {.rest = "interference: [{of: train, beside: train, speed: 0.5}, ^{between: [train, train], "
              "speed: 0.7}]\n"}},
    {"values: times begin with 0 and ascend",
     {.rest = "series: {price: {values: [^[1 h, 0.1]]}}\n"}},
    {"values: a time beyond the period",
     {.rest = "series: {price: {values: [[0, 0.1], ^[25 h, 0.2]]}}\n"}},
    {"pace: 0 is no factor of speeds",
     {.group = "pace: ^{period: 1 h, values: [[0, 1], [1 s, 0]]}"}},
    {"stop: not after start",
     {.sources = "    - {type: poisson, rate: 1 /s, start: 5 s, stop: ^5 s, class: train}\n"}},
    {"values: a step is [time, value]", {.rest = "series: {carbon: {values: [^[0]]}}\n"}},
    {"between: it takes two device groups",
     {.rest = "links: [{between: ^[gpu], bandwidth: 1 GB/s}]\n"}},
    {"device group 'gpa' does not exist, did you mean 'gpu'?",
     {.rest = "links: [{between: [gpu, ^gpa], bandwidth: 1 GB/s}]\n"}},
    {"late: no job has a deadline", {.rest = "reward: {late: ^1}\n"}},
    {"fairness: there are no two tenants to be fair to", {.rest = "reward: {fairness: ^1}\n"}},
    {"cost: nothing has a price: neither a device group nor energy (series)",
     {.rest = "reward: {cost: ^1}\n"}},
    {"carbon: there is no series of it", {.rest = "reward: {carbon: ^1}\n"}},
    {"quality: no job class has profiles", {.rest = "reward: {quality: ^1}\n"}},
};

/* Takes the ^ out of the text; says where it was. */
static void find_mark(char *text, int *line, int *column)
{
    char *mark = strchr(text, '^');
    ck_assert_ptr_nonnull(mark);
    *line = *column = 1;
    for (const char *p = text; p < mark; p++) {
        *column = *p == '\n' ? 1 : *column + 1;
        *line += *p == '\n';
    }
    memmove(mark, mark + 1, strlen(mark));
}

START_TEST(a_mistake_is_told_once_where_it_stands)
{
    const refusal *r = &refusals[_i];
    char text[4096], path[64], expected[600];
    int line, column;
    write_text(text, sizeof text, &r->in);
    find_mark(text, &line, &column);
    ck_assert_msg(!load_text(text, path), "read without a mistake:\n%s", text);
    snprintf(expected, sizeof expected, "%s:%d:%d: error: %s\n", path, line, column, r->says);
    ck_assert_msg(strncmp(err.text, expected, strlen(expected)) == 0, "%s\ninstead of\n%s",
                  err.text, expected);
    ck_assert_msg(err.n_mistakes == 1, "more than one mistake:\n%s", err.text);
}
END_TEST

/* Too many groups of one device each: links that name them, or their whole, are not looked up. */
START_TEST(so_many_groups_are_refused)
{
    static const pieces many = {
        .groups = "  - {name: node, count: 20000, apart: true}\n",
        .rest = "links: [{between: [gpu, node], bandwidth: 1 GB/s}]\n",
    };
    char text[4096], path[64];
    write_text(text, sizeof text, &many);
    ck_assert_ptr_null(load_text(text, path));
    ck_assert_ptr_nonnull(strstr(err.text, "devices: with each that is apart there are 20001 "
                                           "groups, which are more than 10000"));
    ck_assert_int_eq(err.n_mistakes, 1);
}
END_TEST

/* 1,213 servers, as in a cluster whose trace is public, each on its own. */
START_TEST(a_cluster_of_1213_servers_is_read)
{
    poise_scenario *s = load((pieces){.groups = "  - {name: server, count: 1213, apart: true}\n"});
    ck_assert_int_eq(s->n_groups, 1214);
    ck_assert_str_eq(s->group[1213].name, "server-1212");
    ck_assert_double_eq(s->speed[1213], 1);
    poise_scenario_free(s);
}
END_TEST

/* ---- what is noted ------------------------------------------------------------------------ */

typedef struct remark {
    const char *says;
    pieces in;
} remark;

static const remark remarks[] = {
    {"decision.rescale has no effect: no job class has more than one profile",
     {.decision = "rescale: true"}},
    {"decision.migrate has no effect: there is no second device group",
     {.decision = "migrate: true"}},
    {"decision.power has no effect: no device group has `sleep`", {.decision = "power: true"}},
    {"`change` of job class 'train' has no effect: nothing displaces, moves or rescales its tasks",
     {.class = "change: {time: 5 s}"}},
    {"`checkpoint` of job class 'train' only costs time: no device fails",
     {.class = "checkpoint: {interval: 1 h, cost: 10 s}"}},
    {"`flop` and `byte` of job class 'train' have no effect: no device group has law roofline",
     {.class = "flop: 1e9"}},
    {"`cap` of job class 'train' has no effect: no device group has law shared",
     {.class = "cap: 0.5"}},
    {"`pressure` of group 'gpu' has no effect: no more memory is promised than there is",
     {.group = "pressure: slow"}},
    {"devices of group 'gpu' never sleep: give sleep.after or decision.power",
     {.group = "sleep: {boot: 1 min}"}},
    {"tenant 'lab' has no job class", {.rest = "tenants: [{name: lab}]\n"}},
    {"the agent of tenant 'lab' has no effect: there is no competition",
     {.class = "tenant: lab", .rest = "tenants: [{name: lab, agent: \"priority:rule=srpt\"}]\n"}},
    {"`interference` has no effect: no device holds several tasks",
     {.rest = "interference: [{of: train, beside: train, speed: 0.5}]\n"}},
};

START_TEST(what_has_no_effect_is_noted)
{
    poise_scenario *s = load(remarks[_i].in);
    ck_assert_str_eq(poise_scenario_notes(s), remarks[_i].says);
    poise_scenario_free(s);
}
END_TEST

/* Where each key of the remarks does something, nothing is said of it. */
START_TEST(what_has_an_effect_is_not_noted)
{
    poise_scenario *s = load((pieces){
        .decision = "preempt: resume, rescale: true, migrate: true, power: true",
        .group = "overcommit: 2, pressure: slow, sleep: {boot: 1 min}, "
                 "failures: {mtbf: 10 h, mttr: 1 h}",
        .groups = "  - {name: server, law: shared}\n"
                  "  - {name: tensor, law: roofline, flops: 1e12, bandwidth: 1e9}\n",
        .class = "change: {time: 5 s}, checkpoint: {interval: 1 h}, flop: 1e9, cap: 0.5, "
                 "tenant: lab, profiles: [{name: x}, {name: y, devices: 2}]",
        .rest = "tenants: [{name: lab}]\n"
                "interference: [{of: train, beside: train, speed: 0.5}]\n",
    });
    ck_assert_str_eq(poise_scenario_notes(s), "");
    poise_scenario_free(s);
}
END_TEST

/* ---- what follows ------------------------------------------------------------------------- */

START_TEST(a_plain_scenario_has_no_runs)
{
    static const pieces plain[] = {
        {.decision = "wait: true, sizes: mean, commit: none"},
        {.group = "queue: 3", .class = "priority: 2, weight: 3"},
        {.group = "law: cores, cores: 8, parts: 1", .class = "cores: 4"},
        {.class = "change: {time: 5 s}"},
        {.rest = "reward: {throughput: 1}\n"},
    };
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++) {
        poise_scenario *s = load(plain[k]);
        ck_assert_msg(!s->has_runs, "%d has runs", (int)k);
        poise_scenario_free(s);
    }
}
END_TEST

static const pieces running[] = {
    {.decision = "mode: share", .group = "law: shared"},
    {.decision = "preempt: resume"},
    {.decision = "migrate: true"},
    {.decision = "rescale: true"},
    {.decision = "suspend: true"},
    {.decision = "reject: true"},
    {.decision = "power: true"},
    {.decision = "defer: 1 s"},
    {.decision = "average: 1 s"},
    {.decision = "quantum: 1 s"},
    {.group = "apart: true, price: 1"},
    {.sources = "    - {type: list, jobs: [{at: 0 s, class: train, size: 1, deadline: 2 s}]}\n",
     .classes = "    - {name: other, size: 1}\n"},
    {.decision = "commit: pass"},
    {.decision = "lookahead: 1 h"},
    {.class = "profiles: [{name: x}]"},
    {.class = "profiles: [{name: x, devices: 2}], sync: {}"},
    {.class = "limit: kill", .decision = "sizes: estimate"},
    {.class = "deadline: 5 s"},
    {.class = "slack: 2"},
    {.class = "input: 1 GB"},
    {.class = "request: 1 GiB, memory: 2 GiB"},
    {.class = "checkpoint: {interval: 1 h, cost: 1 s}"},
    {.class = "resources: {licence: 1}", .group = "resources: {licence: 1}"},
    {.class = "tenant: lab", .rest = "tenants: [{name: lab}]\n"},
    {.group = "law: shared"},
    {.group = "law: batching, batch: 2"},
    {.group = "law: edge"},
    {.group = "law: roofline, flops: 1, bandwidth: 1", .class = "flop: 1"},
    {.group = "law: cores, cores: 8, parts: 2"},
    {.group = "overcommit: 2"},
    {.group = "pressure: kill"},
    {.group = "power_cap: 1 kW"},
    {.group = "price: 2"},
    {.group = "failures: {mtbf: 10 h, mttr: 1 h}"},
    {.group = "failures: {rack: 2, rack_mtbf: 10 h, rack_mttr: 1 h}"},
    {.group = "sleep: {boot: 1 min}"},
    {.group = "pace: {values: [[0, 1], [1 h, 0.5]]}"},
    {.rest = "interference: [{of: train, beside: train, speed: 0.5}]\n"},
    {.rest = "series: {price: {values: [[0, 1]]}}\n"},
    {.rest = "series: {carbon: {values: [[0, 1]]}}\n"},
};

START_TEST(what_changes_how_tasks_run_makes_runs)
{
    char path[64];
    poise_scenario *s = load(running[_i]);
    ck_assert(s->has_runs);
    poise_scenario *again = load_text(poise_scenario_resolved(s), path);
    ck_assert_msg(again, "%s", err.text);
    ck_assert_str_eq(poise_scenario_resolved(s), poise_scenario_resolved(again));
    ck_assert(again->has_runs);
    poise_scenario_free(again);
    poise_scenario_free(s);
}
END_TEST

/* Running tasks are shown where something may be done with them, as many as waiting ones. */
START_TEST(running_tasks_are_shown_where_they_matter)
{
    static const struct {
        pieces in;
        int shown;
    } cases[] = {
        {{.decision = "reject: true"}, 0},
        {{.decision = "preempt: resume"}, 8},
        {{.decision = "suspend: true, running: 3"}, 3},
        {{.decision = "mode: share", .group = "law: shared"}, 8},
        {{.decision = "running: 5"}, 5},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        poise_scenario *s = load(cases[k].in);
        ck_assert_int_eq(s->decision.running, cases[k].shown);
        poise_scenario_free(s);
    }
}
END_TEST

/* On four devices of speed 2, a profile that says nothing, one of speed 3, four devices in step and
 * four that do not wait. In step: 1 unit takes 1 / 8 s, then 6 messages of 1 ms and 6/4 GB over
 * 1 GB/s, so 1 / (0.125 + 0.006 + 1.5) units per second. */
START_TEST(speeds_of_profiles_are_worked_out_by_hand)
{
    static const char sync[] =
        "sync: {step: 1, bytes: 1 GB}, profiles: [{name: one}, {name: fast, speed: 3, memory: 1 "
        "GiB, quality: 0.5}, {name: four, devices: 4, busy: 400 W}]";
    static const char group[] = "speed: 2, link: {bandwidth: 1 GB/s, latency: 1 ms}";
    poise_scenario *s = load((pieces){.class = sync, .group = group});
    const scenario_mode *m = s->mode;
    ck_assert_int_eq(s->n_profiles, 3);
    ck_assert_double_eq_tol(m[0].speed, 2, 1e-15);
    ck_assert_double_eq_tol(m[1].speed, 6, 1e-15);
    ck_assert_double_eq_tol(m[2].speed, 1 / 1.631, 1e-15);
    ck_assert_double_eq_tol(m[2].alone_speed, 8, 1e-15);
    ck_assert_double_eq_tol(s->speed[0], 6, 1e-15);  // the best of them
    ck_assert_int_eq(m[1].memory_bytes, INT64_C(1) << 30);
    ck_assert_int_eq(m[0].memory_bytes, -1);
    ck_assert_int_eq(m[0].busy_mw, 300000);
    ck_assert_int_eq(m[2].busy_mw, 400000);
    ck_assert_double_eq(m[1].quality, 0.5);
    poise_scenario_free(s);
    s = load((pieces){.class = "sync: {mode: asynchronous}, profiles: [{name: four, devices: 4}]",
                      .group = group});
    ck_assert_double_eq_tol(s->speed[0], 8, 1e-15);
    poise_scenario_free(s);
}
END_TEST

/* A profile runs only on groups of its kind, with as many devices and as much memory; of the two
 * groups here each runs one of the two. */
START_TEST(profiles_run_where_they_fit)
{
    poise_scenario *s = load(
        (pieces){.groups = "  - {name: cpu, count: 2, memory: 64 GiB}\n",
                 .class = "profiles: [{name: large, memory: 48 GiB}, {name: wide, devices: 3}]"});
    ck_assert_double_eq(s->mode[scenario_cell(s, 0, 0, 0)].speed, 0);
    ck_assert_double_eq(s->mode[scenario_cell(s, 0, 0, 1)].speed, 3);
    ck_assert_double_eq(s->mode[scenario_cell(s, 0, 1, 0)].speed, 1);
    ck_assert_double_eq(s->mode[scenario_cell(s, 0, 1, 1)].speed, 0);
    poise_scenario_free(s);
}
END_TEST

/* 40 GiB run on 32 GiB that are promised twice, unless tasks that use too much are killed; and on
 * 32 GiB where only 8 GiB are asked for. */
START_TEST(what_is_promised_decides_what_fits)
{
    poise_scenario *s = load((pieces){.group = "overcommit: 2", .class = "memory: 40 GiB"});
    ck_assert_double_eq(s->speed[0], 1);
    poise_scenario_free(s);
    s = load((pieces){.class = "memory: 40 GiB, request: 8 GiB"});
    ck_assert_double_eq(s->speed[0], 1);
    poise_scenario_free(s);
}
END_TEST

START_TEST(interference_is_a_table_with_1_where_nothing_is_said)
{
    poise_scenario *s =
        load((pieces){.group = "law: cores, cores: 8",
                      .classes = "    - {name: infer, size: 1}\n",
                      .rest = "interference: [{of: train, beside: train, speed: 0.9}, "
                              "{between: [train, infer], speed: 0.5}]\n"});
    static const double expected[] = {0.9, 0.5, 0.5, 1};
    for (int k = 0; k < 4; k++)
        ck_assert_double_eq(s->interference[k], expected[k]);
    poise_scenario_free(s);
    s = load((pieces){.group = "law: cores, cores: 8",
                      .rest = "interference: [{of: train, beside: train, speed: 1}]\n"});
    ck_assert_ptr_null(s->interference);
    poise_scenario_free(s);
}
END_TEST

/* Attention is the weight of a task: a device that would divide equally could not heed it. */
START_TEST(where_tasks_share_devices_divide_by_weight)
{
    poise_scenario *s = load((pieces){.decision = "mode: share", .group = "law: shared"});
    ck_assert(s->group[0].params.weighted);
    poise_scenario_free(s);
    s = load((pieces){.group = "law: shared"});
    ck_assert(!s->group[0].params.weighted);
    poise_scenario_free(s);
}
END_TEST

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tcase = tcase_create("schema");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, a_mistake_is_told_once_where_it_stands, 0, LENGTH(refusals));
    tcase_add_test(tcase, so_many_groups_are_refused);
    tcase_add_test(tcase, a_cluster_of_1213_servers_is_read);
    tcase_add_loop_test(tcase, what_has_no_effect_is_noted, 0, LENGTH(remarks));
    tcase_add_test(tcase, what_has_an_effect_is_not_noted);
    tcase_add_test(tcase, a_plain_scenario_has_no_runs);
    tcase_add_loop_test(tcase, what_changes_how_tasks_run_makes_runs, 0, LENGTH(running));
    tcase_add_test(tcase, running_tasks_are_shown_where_they_matter);
    tcase_add_test(tcase, speeds_of_profiles_are_worked_out_by_hand);
    tcase_add_test(tcase, profiles_run_where_they_fit);
    tcase_add_test(tcase, what_is_promised_decides_what_fits);
    tcase_add_test(tcase, interference_is_a_table_with_1_where_nothing_is_said);
    tcase_add_test(tcase, where_tasks_share_devices_divide_by_weight);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
