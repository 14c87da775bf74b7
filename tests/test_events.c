/* test_events.c - a run told event by event: by hand, and against what its records say. */
#include "events.h"

#include "export.h"
#include "scenario.h"
#include "support.h"

#include <inttypes.h>

enum { LINES_MAX = 200000 };

typedef struct heard {
    const poise_scenario *s;
    event_line line[LINES_MAX];
    int n;
} heard;

static heard all;

static void keep(void *data, const event_line *line)
{
    heard *h = data;
    if (h->n < LINES_MAX)
        h->line[h->n++] = *line;
}

/* Plays a run that is listened to; its environment. */
static poise_env *hear(const poise_scenario *s, const char *spec)
{
    events ev;
    all.s = s;
    all.n = 0;
    poise_env *e = new_env(s);
    poise_agent *a = new_agent(spec, s);
    events_listen(&ev, s, e, keep, &all);
    play(e, a, 1);
    events_end(&ev, e);
    poise_agent_free(a);
    ck_assert_int_lt(all.n, LINES_MAX);
    return e;
}

/* All lines as text, with sentences. */
static char *told(void)
{
    string_buffer out = {0};
    for (int i = 0; i < all.n; i++) {
        export_seconds(&out, all.line[i].time_ns);
        string_add(&out, " %" PRId64 " [%s] ", all.line[i].decision, all.line[i].event);
        events_sentence(all.s, &all.line[i], &out);
        string_add(&out, "\n");
    }
    return out.at;
}

static void expect(const char *yaml, const char *agent, const char *text)
{
    poise_scenario *s = scenario_of(yaml);
    poise_env *e = hear(s, agent);
    char *lines = told();
    ck_assert_str_eq(lines, text);
    free(lines);
    poise_env_free(e);
    poise_scenario_free(s);
}

#define HEAD "poise: 1\nname: hand-v1\ntitle: by hand\n"

/* ---- by hand ------------------------------------------------------------------------------ */

/* One server: the first job from 0 to 3, the second, of 0.1, from 3 to 3.1. */
START_TEST(jobs_come_are_chosen_start_and_end)
{
    expect(HEAD "devices: [{name: server}]\n"
                "workload:\n  classes: [{name: a}, {name: b}]\n  sources:\n"
                "    - type: list\n      jobs:\n"
                "        - {at: 0 s, class: b, size: 3}\n"
                "        - {at: 1.000000001 s, class: a, size: 0.1}\n",
           "fifo",
           "0 0 [arrival] job 0 (b) arrives\n"
           "0 1 [choose start] job 0 (b) is sent to server\n"
           "0 1 [start] job 0 (b) starts on server 0\n"
           "1.000000001 1 [arrival] job 1 (a) arrives\n"
           "3 1 [end] job 0 (b) ends on server 0\n"
           "3 2 [choose start] job 1 (a) is sent to server\n"
           "3 2 [start] job 1 (a) starts on server 0\n"
           "3.1 2 [end] job 1 (a) ends on server 0\n");
}
END_TEST

/* A server with a queue of one of its own and no other room: the second job joins that queue, the
 * third is dropped, and the second starts by itself when the first ends. */
START_TEST(tasks_that_queue_at_a_device_and_that_are_dropped_are_told)
{
    expect(HEAD "devices: [{name: server, queue: 1}]\nqueue: {limit: 0}\n"
                "workload:\n  classes: [{name: a}]\n  sources:\n"
                "    - type: list\n      jobs:\n"
                "        - {at: 0 s, class: a, size: 5}\n        - {at: 1 s, class: a, size: 5}\n"
                "        - {at: 2 s, class: a, size: 5}\n",
           "fifo",
           "0 0 [arrival] job 0 (a) arrives\n"
           "0 1 [choose start] job 0 (a) is sent to server\n"
           "0 1 [start] job 0 (a) starts on server 0\n"
           "1 1 [arrival] job 1 (a) arrives\n"
           "1 2 [choose start] job 1 (a) is sent to server\n"
           "1 2 [queue] job 1 (a) joins the queue of server 0\n"
           "2 2 [arrival] job 2 (a) arrives\n"
           "2 2 [dropped] job 2 (a) meets a full queue and is dropped\n"
           "5 2 [start] job 1 (a) starts on server 0\n"
           "5 2 [end] job 0 (a) ends on server 0\n"
           "10 2 [end] job 1 (a) ends on server 0\n");
}
END_TEST

/* Two stages of 1 s, one behind the other, twice. */
START_TEST(tasks_of_graphs_are_told_by_job_and_place_in_it)
{
    expect(HEAD
           "devices: [{name: server}]\n"
           "graphs:\n  - name: chain\n    tasks:\n"
           "      - {name: u, class: a}\n      - {name: v, class: b, after: u}\n"
           "workload:\n  classes:\n"
           "    - {name: a, size: 1}\n    - {name: b, size: 1}\n    - {name: job, graph: chain}\n"
           "  sources:\n    - type: list\n      jobs:\n"
           "        - {at: 0 s, class: job, size: 1}\n"
           "        - {at: 10 s, class: job, size: 1}\n",
           "fifo",
           "0 0 [arrival] job 0 (job) arrives\n"
           "0 1 [choose start] task 0 of job 0 (a) is sent to server\n"
           "0 1 [start] task 0 of job 0 (a) starts on server 0\n"
           "1 1 [end] task 0 of job 0 (a) ends on server 0\n"
           "1 2 [choose start] task 1 of job 0 (b) is sent to server\n"
           "1 2 [start] task 1 of job 0 (b) starts on server 0\n"
           "2 2 [end] task 1 of job 0 (b) ends on server 0\n"
           "10 2 [arrival] job 1 (job) arrives\n"
           "10 3 [choose start] task 0 of job 1 (a) is sent to server\n"
           "10 3 [start] task 0 of job 1 (a) starts on server 0\n"
           "11 3 [end] task 0 of job 1 (a) ends on server 0\n"
           "11 4 [choose start] task 1 of job 1 (b) is sent to server\n"
           "11 4 [start] task 1 of job 1 (b) starts on server 0\n"
           "12 4 [end] task 1 of job 1 (b) ends on server 0\n");
}
END_TEST

/* ---- against records ---------------------------------------------------------------------- */

/* What lines say of a record. */
typedef struct seen {
    int64_t started_ns, finished_ns;
    int displaced, moved, ends, group, device, fate;
} seen;

static bool is(const event_line *l, const char *event)
{
    return strcmp(l->event, event) == 0;
}

static int fate_of(const event_line *l)
{
    return is(l, "end")        ? POISE_FINISHED
           : is(l, "dropped")  ? POISE_DROPPED
           : is(l, "rejected") ? POISE_REJECTED
           : is(l, "killed")   ? POISE_KILLED
                               : -1;
}

static void take(seen *r, const event_line *l)
{
    if (is(l, "start") && r->started_ns < 0)
        r->started_ns = l->time_ns;
    r->displaced += is(l, "displaced");
    r->moved += is(l, "choose move");
    if (fate_of(l) < 0)
        return;
    r->ends++;
    r->fate = fate_of(l);
    r->finished_ns = r->fate == POISE_FINISHED ? l->time_ns : -1;
    r->group = l->group;
    r->device = l->device;
}

static bool same(const seen *r, const poise_record *k, const poise_record_more *more)
{
    const bool is_over = k->fate != POISE_WAITING && k->fate != POISE_IN_SERVICE;
    const bool finished = k->fate == POISE_FINISHED;
    return r->started_ns == k->started_ns && r->finished_ns == k->finished_ns &&
           r->ends == is_over && (!is_over || r->fate == k->fate) &&
           (!finished || (r->group == k->group && r->device == k->device)) &&
           (!more || r->displaced + r->moved == more->preemptions);
}

/* The first record of each job: with stage 0 begins the next one. */
static int64_t *firsts(const poise_episode *ep, int64_t *n_jobs)
{
    int64_t *first = malloc(((size_t)ep->n_records + 1) * sizeof *first);
    *n_jobs = 0;
    for (int64_t k = 0; k < ep->n_records; k++)
        if (!ep->more || ep->more[k].stage == 0)
            first[(*n_jobs)++] = k;
    return first;
}

static const char *const scenarios[] = {
    "two-devices-v1",       "tandem-v1",  "spot-v1",           "priority-preempt-v1",
    "gang-training-v1",     "elastic-v1", "machine-repair-v1", "llm-serving-v1",
    "gpu-fragmentation-v1", "spark-v1",   "two-tenants-v1",    "sharing-v1",
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

static void compare(const poise_scenario *s)
{
    poise_env *e = hear(s, "random");
    const poise_episode ep = poise_env_episode(e);
    int64_t n_jobs;
    int64_t *first = firsts(&ep, &n_jobs);
    seen *of = calloc((size_t)ep.n_records + 1, sizeof *of);
    for (int64_t k = 0; k < ep.n_records; k++)
        of[k] = (seen){.started_ns = -1, .finished_ns = -1};
    int64_t n_choices = 0, n_arrivals = 0, n_wrong = 0, last_ns = 0;
    for (int i = 0; i < all.n; i++) {
        const event_line *l = &all.line[i];
        n_choices += strncmp(l->event, "choose", 6) == 0;
        n_wrong += l->decision != n_choices || l->time_ns < last_ns;
        last_ns = l->time_ns;
        n_arrivals += is(l, "arrival");
        if (l->job >= 0 && !is(l, "arrival") && l->job < n_jobs)
            take(&of[first[l->job] + (l->task < 0 ? 0 : l->task)], l);
    }
    for (int64_t k = 0; k < ep.n_records; k++)
        n_wrong += !same(&of[k], &ep.record[k], ep.more ? &ep.more[k] : NULL);
    ck_assert_int_gt(n_arrivals, 0);
    ck_assert_int_eq(n_arrivals, n_jobs);
    ck_assert_int_eq(n_choices, ep.totals.decisions);
    ck_assert_int_eq(n_wrong, 0);
    free(of);
    free(first);
    poise_env_free(e);
}

START_TEST(what_is_told_of_tasks_is_what_their_records_say)
{
    poise_scenario *s = load_short(scenarios[_i], 300);
    compare(s);
    poise_scenario_free(s);
}
END_TEST

START_TEST(so_it_is_where_all_happens_at_once_and_where_tasks_share)
{
    poise_scenario *busy = scenario_of(busy_text), *share = scenario_of(share_text);
    compare(busy);
    compare(share);
    poise_scenario_free(busy);
    poise_scenario_free(share);
}
END_TEST

START_TEST(a_run_that_is_listened_to_is_the_same_run)
{
    poise_scenario *s = scenario_of(busy_text);
    poise_env *heard_env = hear(s, "random"), *e = new_env(s);
    poise_agent *a = new_agent("random", s);
    play(e, a, 1);
    ck_assert_uint_eq(poise_env_hash(e), poise_env_hash(heard_env));
    poise_agent_free(a);
    poise_env_free(e);
    poise_env_free(heard_env);
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = tcase_create("events");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, jobs_come_are_chosen_start_and_end);
    tcase_add_test(tests, tasks_that_queue_at_a_device_and_that_are_dropped_are_told);
    tcase_add_test(tests, tasks_of_graphs_are_told_by_job_and_place_in_it);
    tcase_add_loop_test(tests, what_is_told_of_tasks_is_what_their_records_say, 0, N_SCENARIOS);
    tcase_add_test(tests, so_it_is_where_all_happens_at_once_and_where_tasks_share);
    tcase_add_test(tests, a_run_that_is_listened_to_is_the_same_run);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
