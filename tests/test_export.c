/* What a run gives to others: its jobs, what became of devices, and a scenario with the same jobs;
 * by hand. That the same jobs make the same run is shown by test_import.sh. */
#include "export.h"
#include "export_batsim.h"

#include "support.h"

/* A run that was listened to. */
typedef struct heard {
    poise_scenario *s;
    poise_env *e;
    arena *memory;
    export_log log;
} heard;

static heard *listen_to(const char *yaml, const char *agent)
{
    heard *h = calloc(1, sizeof *h);
    h->s = scenario_of(yaml);
    h->e = new_env(h->s);
    h->memory = arena_new();
    export_listen(&h->log, h->s, h->e, h->memory);
    poise_agent *a = new_agent(agent, h->s);
    play(h->e, a, 1);
    poise_agent_free(a);
    return h;
}

static void forget(heard *h)
{
    poise_env_free(h->e);
    poise_scenario_free(h->s);
    arena_free(h->memory);
    free(h);
}

static void expect_jobs(heard *h, const char *text)
{
    const poise_episode ep = poise_env_episode(h->e);
    string_buffer out = {0};
    export_jobs(&out, &h->log, &ep);
    ck_assert_str_eq(out.at, text);
    string_free(&out);
}

static void expect_events(heard *h, const char *text)
{
    string_buffer out = {0};
    export_events(&out, &h->log);
    ck_assert_str_eq(out.at, text);
    string_free(&out);
}

#define HEAD "poise: 1\nname: hand-v1\ntitle: by hand\n"

/* One server: the first job from 0 to 3, the second, of 0.1, from 3 to 3.1. */
START_TEST(jobs_stand_as_they_came_and_went)
{
    heard *h = listen_to(HEAD "devices: [{name: server}]\n"
                              "workload:\n  classes: [{name: a}, {name: b}]\n  sources:\n"
                              "    - type: list\n      jobs:\n"
                              "        - {at: 0 s, class: b, size: 3, estimate: 4, memory: 7 B}\n"
                              "        - {at: 1.000000001 s, class: a, size: 0.1}\n",
                         "fifo");
    expect_jobs(h, "arrival_s,class,size,estimate,cores,memory_bytes,deadline_s,id,"
                   "started_s,finished_s,group,device,profile,outcome\n"
                   "0,b,3,4,1,7,,0,0,3,server,0,,finished\n"
                   "1.000000001,a,0.1,0.1,1,0,,1,3,3.1,server,0,,finished\n");
    expect_events(h, "time_s,event,group,device\n");
    forget(h);
}
END_TEST

/* Two servers with 3 licences each, and no room to wait. The second job needs 2 of them, as its
 * class says, and is killed when it is not done after 2 s; the fourth finds both servers busy. */
START_TEST(what_jobs_need_and_how_they_end_is_told)
{
    heard *h = listen_to(
        HEAD
        "devices: [{name: server, count: 2, resources: {licence: 3}}]\n"
        "workload:\n  classes:\n    - {name: a, deadline: 2 s, late: kill, resources: {licence: "
        "2}}\n    - {name: b}\n"
        "  sources:\n    - type: list\n      jobs:\n"
        "        - {at: 0 s, class: b, size: 1, resources: {licence: 1}}\n"
        "        - {at: 1 s, class: a, size: 5}\n"
        "        - {at: 1.5 s, class: b, size: 0.25}\n"
        "        - {at: 1.6 s, class: b, size: 2, cores: 3}\n"
        "queue: {limit: 0}\n",
        "fifo");
    expect_jobs(h, "arrival_s,class,size,estimate,cores,memory_bytes,deadline_s,id,licence,"
                   "started_s,finished_s,group,device,profile,outcome\n"
                   "0,b,1,1,1,0,,0,1,0,1,server,0,,finished\n"
                   "1,a,5,5,1,0,2,1,2,1,,server,0,,killed\n"
                   "1.5,b,0.25,0.25,1,0,,2,0,1.5,1.75,server,1,,finished\n"
                   "1.6,b,2,2,3,0,,3,0,,,,,,dropped\n");
    forget(h);
}
END_TEST

/* It fails after 4 s, is repaired after 1 s, and again: at 4, 5, 9, 10, ... until the job of 6 s,
 * which keeps what it has done, is done at 7. */
START_TEST(devices_that_fail_are_told_with_their_times)
{
    heard *h = listen_to(
        HEAD "devices:\n  - {name: server, failures: {mtbf: 4 s, mttr: 1 s, keeps: all, task: "
             "stays}}\n"
             "workload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0 s, class: a, size: 6}]}]\n",
        "fifo");
    expect_events(h, "time_s,event,group,device\n4,fail,server,0\n5,repair,server,0\n");
    expect_jobs(h, "arrival_s,class,size,estimate,cores,memory_bytes,deadline_s,id,"
                   "started_s,finished_s,group,device,profile,outcome\n"
                   "0,a,6,6,1,0,,0,0,7,server,0,,finished\n");
    forget(h);
}
END_TEST

/* All asleep at first; the job of 1 s wakes the device, which boots for 2 s; it then idles for 3 s,
 * takes 0.5 s to fall asleep, and is woken by the job at 10. The run ends with it. */
START_TEST(devices_that_sleep_are_told_with_their_times)
{
    heard *h = listen_to(
        HEAD "devices:\n  - {name: server, sleep: {after: 3 s, boot: 2 s, down: 0.5 s, start: "
             "asleep}}\n"
             "workload:\n  classes: [{name: a}]\n"
             "  sources: [{type: list, jobs: [{at: 0 s, class: a, size: 1},\n"
             "                                {at: 10 s, class: a, size: 1}]}]\n",
        "fifo");
    expect_events(h, "time_s,event,group,device\n0,sleep,server,0\n0,boot,server,0\n"
                     "2,wake,server,0\n6,down,server,0\n6.5,sleep,server,0\n10,boot,server,0\n"
                     "12,wake,server,0\n");
    forget(h);
}
END_TEST

/* A chain of two tasks of 1 s and 2 s on one server: from 0 to 3; twice as long for the job of size
 * 2: from 3 to 9. */
START_TEST(jobs_that_are_graphs_stand_as_wholes)
{
    heard *h = listen_to(
        HEAD "devices: [{name: server}]\n"
             "graphs:\n  - name: chain\n    tasks:\n      - {name: one, class: t, size: 1}\n"
             "      - {name: two, class: t, size: 2, after: one}\n"
             "workload:\n  classes: [{name: t}, {name: job, graph: chain}]\n"
             "  sources: [{type: list, jobs: [{at: 0 s, class: job, size: 1},\n"
             "                                {at: 1 s, class: job, size: 2}]}]\n",
        "fifo");
    const poise_episode ep = poise_env_episode(h->e);
    ck_assert_int_eq(ep.n_records, 4);
    ck_assert_int_eq((int)h->log.n_jobs, 2);
    string_buffer out = {0};
    export_jobs(&out, &h->log, &ep);
    ck_assert_ptr_nonnull(strstr(out.at, "\n1,job,2,2,1,0,,1,3,9,,,,finished\n"));
    string_free(&out);
    forget(h);
}
END_TEST

/* Class a draws its sizes and keeps its distribution; b has its sizes from the list, and agents go
 * on to know their mean, 4. */
START_TEST(what_agents_know_of_classes_stays)
{
    heard *h = listen_to(
        HEAD "devices: [{name: server}]\n"
             "workload:\n  load: 0.5\n  classes:\n"
             "    - {name: a, size: {distribution: exponential, mean: 2}}\n    - {name: b}\n"
             "  sources:\n    - {type: poisson, rate: 1 /s, class: a}\n"
             "    - {type: list, jobs: [{at: 0 s, class: b, size: 3}, {at: 9 s, class: b, size: "
             "5}]}\n"
             "end: {jobs: 20, time: 1 s}\n",
        "fifo");
    const poise_episode ep = poise_env_episode(h->e);
    string_buffer out = {0};
    export_scenario(&out, &h->log, &ep,
                    (export_name){.name = "again-v1", .file = "x-jobs.csv", .head = "# head\n"});
    ck_assert(strncmp(out.at, "# head\npoise: 1\nname: again-v1\n", 31) == 0);
    ck_assert_ptr_nonnull(strstr(out.at, "size: {distribution: exponential, mean: 2}"));
    ck_assert_ptr_nonnull(strstr(out.at, "size: {distribution: deterministic, mean: 4}"));
    ck_assert_ptr_nonnull(strstr(out.at, "    - type: trace\n      file: \"x-jobs.csv\"\n"));
    ck_assert_ptr_null(strstr(out.at, "poisson"));
    /* Time was up before 20 jobs had come: no more will come, but time still goes on. */
    ck_assert_ptr_nonnull(strstr(out.at, "end:\n  time: 1 s\n  jobs: 0\n"));
    string_free(&out);
    forget(h);
}
END_TEST

#define BATSIM_HEAD                                                                                \
    "job_id,hacky_job_id,workload_name,submission_time,requested_number_of_resources,"             \
    "requested_time,success,starting_time,execution_time,finish_time,waiting_time,"                \
    "turnaround_time,stretch,consumed_energy,allocated_resources\n"

static void expect_batsim(const char *yaml, const char *agent, const char *lines)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(agent, s);
    arena *m = arena_new();
    batsim_log b;
    string_buffer out = {0};
    batsim_listen(&b, s, e, m);
    play(e, a, 1);
    const poise_episode ep = poise_env_episode(e);
    batsim_jobs(&out, &b, &ep);
    ck_assert(strncmp(out.at, BATSIM_HEAD, strlen(BATSIM_HEAD)) == 0);
    ck_assert_str_eq(out.at + strlen(BATSIM_HEAD), lines);
    string_free(&out);
    arena_free(m);
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
}

/* Two machines of 4 cores at 100 W each, 25 W a core: the first job has cores 0 to 2 of the first
 * machine, the second 4 and 5 of the second, the third the core 3 that is left. When the first is
 * done at 4 the fourth has 0 and 1; the third ends at 5 and the fifth, which needs 3, starts on 0
 * to 2 when the fourth is done at 6. The sixth is wider than any machine. */
START_TEST(jobs_of_batsim_hold_the_lowest_cores_that_are_free)
{
    expect_batsim(
        HEAD "work_unit: s\n"
             "devices: [{name: node, law: cores, cores: 4, count: 2, idle: 100 W, busy: 100 W}]\n"
             "workload:\n  classes: [{name: a}]\n  sources:\n    - type: list\n      jobs:\n"
             "        - {at: 0 s, class: a, size: 4, estimate: 8, cores: 3}\n"
             "        - {at: 1 s, class: a, size: 9, cores: 2}\n"
             "        - {at: 2 s, class: a, size: 3, cores: 1}\n"
             "        - {at: 2.5 s, class: a, size: 2, cores: 2}\n"
             "        - {at: 3 s, class: a, size: 1, cores: 3}\n"
             "decision: {commit: pass}\n",
        "fifo",
        "0,0,hand-v1,0.000000,3,8.000000,1,0.000000,4.000000,4.000000,0.000000,4.000000,1.000000,"
        "300.000000,0-2\n"
        "1,1,hand-v1,1.000000,2,9.000000,1,1.000000,9.000000,10.000000,0.000000,9.000000,1.000000,"
        "450.000000,4-5\n"
        "2,2,hand-v1,2.000000,1,3.000000,1,2.000000,3.000000,5.000000,0.000000,3.000000,1.000000,"
        "75.000000,3\n"
        "3,3,hand-v1,2.500000,2,2.000000,1,2.500000,2.000000,4.500000,0.000000,2.000000,1.000000,"
        "100.000000,6-7\n"
        "4,4,hand-v1,3.000000,3,1.000000,1,4.000000,1.000000,5.000000,1.000000,2.000000,2.000000,"
        "75.000000,0-2\n");
}
END_TEST

/* Three servers in two groups, the fast one twice as fast, and no room to wait: the third job finds
 * nobody, the last is killed after 2 s. What is requested is what it takes on the fast one. */
START_TEST(jobs_of_batsim_that_fail_are_no_success)
{
    expect_batsim(
        HEAD "work_unit: s\n"
             "devices: [{name: slow, count: 2}, {name: fast, speed: 2}]\n"
             "workload:\n  classes: [{name: a}, {name: b, deadline: 2 s, late: kill}]\n"
             "  sources:\n    - type: list\n      jobs:\n"
             "        - {at: 0 s, class: a, size: 3}\n        - {at: 0 s, class: a, size: 3}\n"
             "        - {at: 0 s, class: a, size: 3}\n        - {at: 1 s, class: a, size: 1}\n"
             "        - {at: 4 s, class: b, size: 8}\n"
             "queue: {limit: 0}\n",
        "shortest",
        "0,0,hand-v1,0.000000,1,1.500000,1,0.000000,1.500000,1.500000,0.000000,1.500000,1.000000,"
        "0.000000,2\n"
        "1,1,hand-v1,0.000000,1,1.500000,1,0.000000,3.000000,3.000000,0.000000,3.000000,1.000000,"
        "0.000000,0\n"
        "2,2,hand-v1,0.000000,1,1.500000,1,0.000000,3.000000,3.000000,0.000000,3.000000,1.000000,"
        "0.000000,1\n"
        "3,3,hand-v1,1.000000,1,0.500000,0,-1.000000,-1.000000,-1.000000,-1.000000,-1.000000,"
        "-1.000000,0.000000,\n"
        "4,4,hand-v1,4.000000,1,4.000000,0,4.000000,2.000000,6.000000,0.000000,2.000000,1.000000,"
        "0.000000,2\n");
}
END_TEST

/* A profile on two devices at once, twice as fast: 0 and 1 from 0 to 2; the next job has device 2
 * alone, or waits for two. */
START_TEST(jobs_of_batsim_on_several_devices_hold_them_all)
{
    expect_batsim(
        HEAD "work_unit: s\ndevices: [{name: gpu, count: 3}]\n"
             "workload:\n"
             "  classes: [{name: a, profiles: [{name: pair, devices: 2, speed: 2}]}, {name: b}]\n"
             "  sources:\n    - type: list\n      jobs:\n"
             "        - {at: 0 s, class: a, size: 4}\n        - {at: 0 s, class: b, size: 1}\n",
        "fifo",
        "0,0,hand-v1,0.000000,2,2.000000,1,0.000000,2.000000,2.000000,0.000000,2.000000,1.000000,"
        "0.000000,0-1\n"
        "1,1,hand-v1,0.000000,1,1.000000,1,0.000000,1.000000,1.000000,0.000000,1.000000,1.000000,"
        "0.000000,2\n");
}
END_TEST

START_TEST(names_of_files_become_names_of_scenarios)
{
    arena *m = arena_new();
    ck_assert_str_eq(export_name_of(m, "out/My run"), "my-run-v1");
    ck_assert_str_eq(export_name_of(m, "gpu-mix-v2"), "gpu-mix-v2");
    ck_assert_str_eq(export_name_of(m, "_.x__y-v"), "x-y-v-v1");
    ck_assert_str_eq(export_name_of(m, "***"), "jobs-v1");
    arena_free(m);
}
END_TEST

/* The trajectory's hash names every event and choice. */
START_TEST(a_run_that_is_heard_is_the_same_run)
{
    heard *h = listen_to(busy_text, "random");
    poise_scenario *s = scenario_of(busy_text);
    poise_env *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    play(e, a, 1);
    ck_assert(poise_env_hash(e) == poise_env_hash(h->e));
    poise_agent_free(a);
    poise_env_free(e);
    poise_scenario_free(s);
    forget(h);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "export", jobs_stand_as_they_came_and_went, what_jobs_need_and_how_they_end_is_told,
        devices_that_fail_are_told_with_their_times, devices_that_sleep_are_told_with_their_times,
        jobs_that_are_graphs_stand_as_wholes, what_agents_know_of_classes_stays,
        jobs_of_batsim_hold_the_lowest_cores_that_are_free, jobs_of_batsim_that_fail_are_no_success,
        jobs_of_batsim_on_several_devices_hold_them_all, names_of_files_become_names_of_scenarios,
        a_run_that_is_heard_is_the_same_run);
}
