/* test_capacity.c - the offered load of scenarios whose classes may run in several ways, against
 * what a line of arithmetic says. Those that run in one way are in test_scenario.c. */
#include <math.h>

#include "support.h"

typedef struct capacity_case {
    const char *what;
    const char *devices, *classes, *mix;
    double rate_per_s, load;
} capacity_case;

static const capacity_case cases[] = {
    {"two full speeds to share: 0.5 x 2 / 2", "{name: x, law: shared, capacity: 2}",
     "{name: a, size: 2}", "{a: 1}", 0.5, 0.5},
    {"three places for four full speeds: 1.5 / 3", "{name: x, law: shared, capacity: 4, room: 3}",
     "{name: a, size: 1.5}", "{a: 1}", 1, 0.5},
    {"no task can use more than half, two places: 0.5 / 0.5 / 2", "{name: x, law: shared, room: 2}",
     "{name: a, size: 1, cap: 0.5}", "{a: 1}", 0.5, 0.5},
    {"four tasks in a batch are twice as fast as one: 1 / 4^0.5",
     "{name: x, law: batching, batch: 4, exponent: 0.5}", "{name: a, size: 1}", "{a: 1}", 1, 0.5},
    {"bytes: (0.5 x 1 + 0.5 x 6) / 10, more than FLOP: (0.5 x 50 + 0.5 x 10) / 100",
     "{name: x, law: roofline, flops: 100, bandwidth: 10, room: 8}",
     "{name: a, size: 1, flop: 50, byte: 1}, {name: b, size: 1, flop: 10, byte: 6}", "{a: 1, b: 1}",
     1, 0.35},
    {"one at a time: 0.5 x max(50 / 100, 1 / 10) + 0.5 x max(10 / 100, 6 / 10)",
     "{name: x, law: roofline, flops: 100, bandwidth: 10}",
     "{name: a, size: 1, flop: 50, byte: 1}, {name: b, size: 1, flop: 10, byte: 6}", "{a: 1, b: 1}",
     1, 0.55},
    {"one device alone takes 8 device seconds, four together 12.8: 0.25 x 8 / 4",
     "{name: x, count: 4}",
     "{name: a, size: 8, profiles: [{name: one}, {name: four, devices: 4, speed: 2.5}]}", "{a: 1}",
     0.25, 0.5},
    {"the fastest of two ways on one device: 0.25 x 4 / 2", "{name: x, count: 2}",
     "{name: a, size: 8, profiles: [{name: full}, {name: pruned, speed: 2, quality: 0.9}]}",
     "{a: 1}", 0.25, 0.5},
    {"a gang: 2 s of 4 devices, 0.5 x 2 x 4 / 8", "{name: x, count: 8}",
     "{name: a, size: 4, profiles: [{name: four, devices: 4, speed: 2}]}", "{a: 1}", 0.5, 0.5},
    {"4 cores of 2 devices at once: 1 x 1 x 2 x 4 / 16",
     "{name: x, law: cores, cores: 8, count: 2}",
     "{name: a, size: 1, profiles: [{name: p, devices: 2, speed: 1, cores: 4}]}", "{a: 1}", 1, 0.5},
    {"two devices in step: 2 (1 / 2 + 2 (1 / 2) 1 GB / (1 GB/s)) = 3 s, 1 / 6 x 3",
     "{name: x, count: 2, link: {bandwidth: 1 GB/s}}",
     "{name: a, size: 2, sync: {step: 1, bytes: 1 GB}, profiles: [{name: two, devices: 2}]}",
     "{a: 1}", 1.0 / 6, 0.5},
    {"memory for two at once, cores for eight: 1 / 2",
     "{name: x, law: cores, cores: 8, memory: 16 GiB}", "{name: a, size: 1, memory: 8 GiB}",
     "{a: 1}", 1, 0.5},
    {"memory that is promised twice: 1 / 4",
     "{name: x, law: cores, cores: 8, memory: 16 GiB, overcommit: 2, pressure: slow}",
     "{name: a, size: 1, memory: 8 GiB}", "{a: 1}", 1, 0.25},
    {"a named resource for two: 1 / 2", "{name: x, law: cores, cores: 8, resources: {nic: 2}}",
     "{name: a, size: 1, resources: {nic: 1}}", "{a: 1}", 1, 0.5},
    {"one of three classes needs it: (1 + 1) / 8 cores, 1 / 3 of the resource",
     "{name: x, law: cores, cores: 8, resources: {nic: 3}}",
     "{name: a, size: 1, resources: {nic: 1}}, {name: b, size: 1}", "{a: 1, b: 1}", 2, 1.0 / 3},
    {"up for three quarters of the time: 0.75 / (2 x 0.75)",
     "{name: x, count: 2, failures: {mtbf: 3 h, mttr: 1 h}}", "{name: a, size: 1}", "{a: 1}", 0.75,
     0.5},
    {"so are the racks: 0.5625 / (2 x 0.75 x 0.75)",
     "{name: x, count: 2, failures: {mtbf: 3 h, mttr: 1 h, rack: 2, rack_mtbf: 6 h, rack_mttr: 2 "
     "h}}",
     "{name: a, size: 1}", "{a: 1}", 0.5625, 0.5},
    {"a fifth of the time goes to checkpoints: 0.4 / 0.8", "{name: x}",
     "{name: a, size: 1, checkpoint: {interval: 4 s, cost: 1 s}}", "{a: 1}", 0.4, 0.5},
    {"a way for each kind of device: x of all to the gpu, 2 x 2 / 4 x = 2 x 2 (1 - x)",
     "{name: c, kind: cpu}, {name: g, kind: gpu}",
     "{name: a, size: 2, profiles: [{name: slow, kind: cpu}, {name: fast, kind: gpu, speed: 4}]}",
     "{a: 1}", 2, 0.8},
};

START_TEST(the_offered_load_takes_the_best_way_that_each_class_can_run)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const capacity_case *c = &cases[i];
        char yaml[2000];
        snprintf(yaml, sizeof yaml,
                 "poise: 1\nname: capacity-v1\ntitle: t\nend: {time: 1}\ndevices: [%s]\n"
                 "workload:\n  classes: [%s]\n  sources: [{type: poisson, rate: %.17g, mix: %s}]\n",
                 c->devices, c->classes, c->rate_per_s, c->mix);
        poise_scenario *s = scenario_of(yaml);
        double load = poise_scenario_offered_load(s);
        if (!(fabs(load - c->load) < 1e-9))
            ck_abort_msg("%s: %.12g instead of %.12g", c->what, load, c->load);
        poise_scenario_free(s);
    }
}
END_TEST

/* Ten tasks per second where eight can be served: rates are scaled to 4 per second. */
START_TEST(rates_are_scaled_to_the_load_of_gangs_and_laws)
{
    poise_scenario *s = scenario_of("poise: 1\nname: scaled-v1\ntitle: t\nend: {time: 1}\n"
                                    "devices: [{name: x, law: shared, capacity: 2, count: 4}]\n"
                                    "workload:\n  load: 0.5\n  classes: [{name: a, size: 1}]\n"
                                    "  sources: [{type: poisson, rate: 10}]\n");
    ck_assert_double_eq_tol(poise_scenario_offered_load(s), 0.5, 1e-12);
    ck_assert_ptr_nonnull(strstr(poise_scenario_resolved(s), "rate: 4"));
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    return RUN_TESTS("capacity", the_offered_load_takes_the_best_way_that_each_class_can_run,
                     rates_are_scaled_to_the_load_of_gangs_and_laws);
}
