/* Tasks that are promised a start: commitment, backfilling and lookahead, against a plain
 * simulation of rigid jobs written out below, and figures of programs that are not ours. */
#include <math.h>
#include <unistd.h>

#include "rng.h"
#include "support.h"
#include "trace.h"

enum { MOST_JOBS = 16384, WINDOW = 4096 };

/* ---- a plain simulation ------------------------------------------------------------------- */

/* A job that needs so many processors at once; times in nanoseconds. */
typedef struct rigid {
    int64_t submit, run, estimate, start, end;
    int procs;
} rigid;

typedef struct policy {
    const char *agent, *commit, *backfill;
    bool one_by_one;  // events of one time, arrivals first
} policy;

static const policy fcfs = {"fifo", "pass", "none", false},
                    sjf = {"shortest", "pass", "none", false},
                    easy = {"fifo", "pass", "easy", false},
                    sjf_easy = {"shortest", "pass", "easy", false},
                    conservative = {"fifo", "pass", "conservative", false},
                    sjf_conservative = {"shortest", "pass", "conservative", false};

/* A machine of so many processors, the jobs that wait (in order of arrival, then of the policy) and
 * run. */
typedef struct machine_of {
    rigid *job;
    int n, procs, free, n_arrived, n_waiting, n_running;
    int waiting[MOST_JOBS], running[MOST_JOBS];
    int64_t now;
} machine_of;

static machine_of plain;

static void start(machine_of *m, int at)
{
    rigid *j = &m->job[m->waiting[at]];
    j->start = m->now;
    j->end = m->now + j->run;
    m->free -= j->procs;
    m->running[m->n_running++] = m->waiting[at];
    memmove(&m->waiting[at], &m->waiting[at + 1],
            (size_t)(--m->n_waiting - at) * sizeof *m->waiting);
}

/* Processors that are free at a time to come, by estimates. */
static int free_at(const machine_of *m, int64_t time)
{
    int n = m->free;
    for (int k = 0; k < m->n_running; k++) {
        const rigid *j = &m->job[m->running[k]];
        n += j->start + j->estimate <= time ? j->procs : 0;
    }
    return n;
}

/* The first time, not before now, at which enough are free for the job, by estimates. */
static int64_t shadow_of(const machine_of *m, const rigid *job)
{
    int64_t shadow = INT64_MAX;
    for (int k = 0; k < m->n_running; k++) {
        const rigid *j = &m->job[m->running[k]];
        int64_t end = j->start + j->estimate > m->now ? j->start + j->estimate : m->now;
        if (end < shadow && free_at(m, end) >= job->procs)
            shadow = end;
    }
    return shadow;
}

/* EASY: the head is promised its shadow; others go ahead if they end by then or need only what it
 * leaves. */
static void backfill_easily(machine_of *m)
{
    const rigid *head = &m->job[m->waiting[0]];
    int64_t shadow = shadow_of(m, head);
    int extra = free_at(m, shadow) - head->procs;
    for (int k = 1; k < m->n_waiting;) {
        const rigid *j = &m->job[m->waiting[k]];
        bool ends = m->now + j->estimate <= shadow;
        if (j->procs > m->free || (!ends && j->procs > extra)) {
            k++;
            continue;
        }
        extra -= ends ? 0 : j->procs;
        start(m, k);
    }
}

/* Conservative: every job in turn gets the earliest time that no promise to those before stands
 * against. All promises are kept as [from, to) beside what runs; a job can only start when one of
 * them, or what runs, ends. */
typedef struct promise {
    int64_t from, to;
    int procs;
} promise;

static int taken(const promise *p, int n, int64_t time)
{
    int sum = 0;
    for (int k = 0; k < n; k++)
        sum += p[k].from <= time && time < p[k].to ? p[k].procs : 0;
    return sum;
}

/* Whether it could run from then on: what is taken only grows where a promise begins. */
static bool could_run(const machine_of *m, const promise *p, int n, const rigid *j, int64_t from)
{
    if (taken(p, n, from) + j->procs > m->procs)
        return false;
    for (int k = 0; k < n; k++)
        if (p[k].from > from && p[k].from < from + j->estimate &&
            taken(p, n, p[k].from) + j->procs > m->procs)
            return false;
    return true;
}

static void backfill_conservatively(machine_of *m)
{
    static promise p[MOST_JOBS];
    int n = 0;
    for (int k = 0; k < m->n_running; k++) {
        const rigid *j = &m->job[m->running[k]];
        p[n++] = (promise){m->now, j->start + j->estimate, j->procs};
    }
    for (int k = 0; k < m->n_waiting;) {
        const rigid *j = &m->job[m->waiting[k]];
        int64_t from = could_run(m, p, n, j, m->now) ? m->now : INT64_MAX;
        for (int i = 0; i < n && from > m->now; i++)
            if (p[i].to < from && could_run(m, p, n, j, p[i].to))
                from = p[i].to;
        p[n++] = (promise){from, from + j->estimate, j->procs};
        if (from == m->now)
            start(m, k);
        else
            k++;
    }
}

/* Shortest first, then in order of arrival. */
static void sort_waiting(machine_of *m)
{
    for (int k = 1; k < m->n_waiting; k++)
        for (int i = k; i > 0; i--) {
            int a = m->waiting[i - 1], b = m->waiting[i];
            int64_t x = m->job[a].estimate, y = m->job[b].estimate;
            if (x < y || (x == y && a < b))
                break;
            m->waiting[i - 1] = b;
            m->waiting[i] = a;
        }
}

static void schedule(machine_of *m, const policy *p)
{
    if (strcmp(p->agent, "shortest") == 0)
        sort_waiting(m);
    if (strcmp(p->backfill, "conservative") == 0) {
        backfill_conservatively(m);
        return;
    }
    while (m->n_waiting > 0 && m->job[m->waiting[0]].procs <= m->free)
        start(m, 0);
    if (m->n_waiting > 0 && strcmp(p->backfill, "easy") == 0)
        backfill_easily(m);
}

static void begin(machine_of *m, rigid *job, int n, int procs)
{
    m->job = job;
    m->n = n;
    m->procs = m->free = procs;
    m->n_arrived = m->n_waiting = m->n_running = 0;
    m->now = 0;
}

/* When the next job ends, and its place among those that run: of several, the first that started.
 */
static int64_t next_end(const machine_of *m, int *at)
{
    int64_t end = INT64_MAX;
    for (int k = 0; k < m->n_running; k++)
        if (m->job[m->running[k]].end < end) {
            end = m->job[m->running[k]].end;
            *at = k;
        }
    return end;
}

static int64_t next_submit(const machine_of *m)
{
    return m->n_arrived < m->n ? m->job[m->n_arrived].submit : INT64_MAX;
}

static void end_at(machine_of *m, int at)
{
    m->free += m->job[m->running[at]].procs;
    memmove(&m->running[at], &m->running[at + 1],
            (size_t)(--m->n_running - at) * sizeof *m->running);
}

/* All that ends and then all that arrives at the next instant; false if there is none. */
static bool next_instant(machine_of *m)
{
    int at = -1;
    int64_t end = next_end(m, &at), submit = next_submit(m);
    if (end == INT64_MAX && submit == INT64_MAX)
        return false;
    m->now = end < submit ? end : submit;
    while (next_end(m, &at) == m->now)
        end_at(m, at);
    while (next_submit(m) == m->now)
        m->waiting[m->n_waiting++] = m->n_arrived++;
    return true;
}

/* The next arrival, or the next end if that is earlier; false if there is neither. */
static bool next_event(machine_of *m)
{
    int at = -1;
    int64_t end = next_end(m, &at), submit = next_submit(m);
    if (end == INT64_MAX && submit == INT64_MAX)
        return false;
    if (submit <= end) {
        m->now = submit > m->now ? submit : m->now;
        m->waiting[m->n_waiting++] = m->n_arrived++;
    } else {
        m->now = end;
        end_at(m, at);
    }
    return true;
}

/* Sets the start of every job where all is decided anew at every instant. */
static void simulate_pass(rigid *job, int n, int procs, const policy *p)
{
    begin(&plain, job, n, procs);
    while (next_instant(&plain))
        schedule(&plain, p);
}

/* F1 of D. Carastan-Santos and R. de Camargo, SC 2017. */
static double f1(double size_s, int procs, double submit_s)
{
    return log10(size_s) * procs + 870 * log10(submit_s);
}

/* The job with the least value is next. */
static double value_of(const rigid *j, const char *rule)
{
    if (strcmp(rule, "f1") == 0)
        return f1((double)j->estimate / 1e9, j->procs, (double)j->submit / 1e9);
    return strcmp(rule, "shortest") == 0 ? (double)j->estimate : (double)j->submit;
}

static int pick(const machine_of *m, const char *rule)
{
    int best = 0;
    for (int k = 1; k < m->n_waiting; k++)
        if (value_of(&m->job[m->waiting[k]], rule) < value_of(&m->job[m->waiting[best]], rule))
            best = k;
    return best;
}

/* Starts what fits, in order of arrival, and ends before the job that is committed should start. */
static void go_ahead(machine_of *m, int64_t shadow)
{
    for (int k = 0; k < m->n_waiting;) {
        const rigid *j = &m->job[m->waiting[k]];
        if (j->procs <= m->free && m->now + j->estimate < shadow)
            start(m, k);
        else
            k++;
    }
}

/* Sets the start of every job where a job that was picked is next, whatever comes: D. Zhang et al.,
 * "RLScheduler", SC 2020. */
static void simulate_hold(rigid *job, int n, int procs, const policy *p)
{
    machine_of *m = &plain;
    bool (*next)(machine_of *) = p->one_by_one ? next_event : next_instant;
    const bool eases = strcmp(p->backfill, "easy") == 0;
    begin(m, job, n, procs);
    for (;;) {
        while (m->n_waiting == 0)
            if (!next(m))
                return;
        int at = pick(m, p->agent), picked = m->waiting[at];
        int64_t shadow = shadow_of(m, &job[picked]);
        while (job[picked].procs > m->free) {
            if (eases)
                go_ahead(m, shadow);
            next(m);
        }
        for (at = 0; m->waiting[at] != picked;)
            at++;
        start(m, at);
    }
}

static void simulate(rigid *job, int n, int procs, const policy *p)
{
    if (strcmp(p->commit, "hold") == 0)
        simulate_hold(job, n, procs, p);
    else
        simulate_pass(job, n, procs, p);
}

/* ---- what came of it ---------------------------------------------------------------------- */

typedef struct figures {
    double wait_s, slowdown, used;
} figures;

static figures figures_of(const rigid *job, int n, int procs)
{
    figures f = {0};
    int64_t last = 0;
    double area = 0;
    for (int k = 0; k < n; k++) {
        double run = (double)job[k].run / 1e9, wait = (double)(job[k].start - job[k].submit) / 1e9;
        f.wait_s += wait / n;
        f.slowdown += fmax(1, (wait + run) / fmax(run, 10)) / n;
        area += run * job[k].procs;
        last = job[k].start + job[k].run > last ? job[k].start + job[k].run : last;
    }
    f.used = area / (procs * ((double)(last - job[0].submit) / 1e9));
    return f;
}

static bool as_published(double x, double figure, int decimals)
{
    return fabs(x - figure) <= 0.5001 * pow(10, -decimals);
}

/* ---- the same in the environment ----------------------------------------------------------- */

static void write_log(const char *path, const rigid *job, int n, int procs)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "; MaxProcs: %d\n", procs);
    for (int k = 0; k < n; k++)
        fprintf(f, "%d %lld -1 %lld %d -1 -1 %d %lld -1 1 1 1 -1 1 -1 -1 -1\n", k + 1,
                (long long)(job[k].submit / NS_PER_S), (long long)(job[k].run / NS_PER_S),
                job[k].procs, job[k].procs, (long long)(job[k].estimate / NS_PER_S));
    ck_assert_int_eq(fclose(f), 0);
}

static poise_scenario *machine_for(const char *path, int first_jobs, const policy *p)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: rigid-v1\ntitle: Rigid jobs\nwork_unit: s\n"
             "devices: [{name: machine, kind: cpu, law: cores, cores: trace}]\n"
             "workload:\n  classes: [{name: job}]\n"
             "  sources: [{type: trace, file: %s, class: job, first_jobs: %d}]\n"
             "decision: {window: %d, sizes: estimate, commit: %s, backfill: %s, events: %s}\n",
             path, first_jobs, WINDOW, p->commit, p->backfill,
             p->one_by_one ? "one_by_one" : "together");
    return scenario_of(yaml);
}

/* Plays it by a rule, which must see all that waits, or it would not be that of the papers. */
static void play_seeing_all(poise_env *e, const poise_scenario *s, const char *rule)
{
    poise_agent *a = new_agent(rule, s);
    poise_env_reset(e, 1);
    poise_agent_begin(a, POISE_MODE_EVALUATE, 1);
    while (poise_env_running(e)) {
        if (poise_env_view(e)->n_beyond > 0)
            ck_abort_msg("more wait than the window shows");
        poise_agent_step(a, e);
    }
    ck_assert_str_eq(poise_env_error(e), "");
    poise_agent_free(a);
}

/* Sets the start of every job as the environment has it. */
static void run_in_env(const char *path, rigid *job, int n, const policy *p)
{
    poise_scenario *s = machine_for(path, n, p);
    poise_env *e = new_env(s);
    play_seeing_all(e, s, p->agent);
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.n_records, n);
    ck_assert_int_eq(ep.totals.finished, n);
    for (int k = 0; k < n; k++) {
        if (ep.record[k].finished_ns - ep.record[k].started_ns != job[k].run)
            ck_abort_msg("job %d did not run for as long as it should", k);
        job[k].start = ep.record[k].started_ns;
    }
    poise_env_free(e);
    poise_scenario_free(s);
}

static rigid jobs[MOST_JOBS], same[MOST_JOBS];

/* The jobs start in the environment when they start in the plain simulation, each of them. */
static void expect_same_starts(const char *path, int n, int procs, const policy *p)
{
    simulate(jobs, n, procs, p);
    memcpy(same, jobs, (size_t)n * sizeof *same);
    run_in_env(path, same, n, p);
    for (int k = 0; k < n; k++)
        if (same[k].start != jobs[k].start)
            ck_abort_msg("%s, %s, %s: job %d of %d starts at %.9f s, not %.9f s", path, p->agent,
                         p->backfill, k, n, (double)same[k].start / 1e9,
                         (double)jobs[k].start / 1e9);
}

static const policy *const policies[] = {&fcfs,     &sjf,          &easy,
                                         &sjf_easy, &conservative, &sjf_conservative};
static const policy holds[] = {
    {"fifo", "hold", "none", false},     {"fifo", "hold", "easy", false},
    {"shortest", "hold", "none", false}, {"shortest", "hold", "easy", false},
    {"f1", "hold", "none", false},       {"f1", "hold", "easy", false},
    {"fifo", "hold", "easy", true},      {"shortest", "hold", "easy", true},
    {"f1", "hold", "easy", true}};
enum { N_HOLDS = sizeof holds / sizeof *holds };

/* ---- by hand ------------------------------------------------------------------------------ */

/* Six jobs on 10 processors; B, the head, must wait for A.
 *
 *   job  submit  procs  run  estimate
 *   A    0       6      10   12
 *   B    1       8      5    5
 *   C    2       3      9    9     ends before 12, by when A should have ended: goes ahead
 *   D    2       4      4    4     ends in time, but C leaves 1 processor until it ends at 11
 *   E    3       1      20   20    ends late, but B leaves 2 processors
 *   F    3       1      30   30    the same, at 11: E has left it one of the two
 *
 * A really ends at 10. None: A 0, B 10, then C waits for B's end at 15 as do all behind it: C 15, D
 * 15, E 15, F 15 (3 + 4 + 1 + 1 = 9).
 * EASY: C 2, E at 3 (10 - 6 - 3 = 1 is free). At 10 A ends: 6 are free, B needs 8, its shadow is
 * 11, when C ends. Then 9 are free, 1 is extra. D would end at 14: no. F takes the extra one: 10.
 * At 11: 8 are free and B starts; D waits until it ends: 16.
 * Conservative: at 2 and 3 C and E fit beside A until 11 and beside B, promised 12 .. 17; D is
 * promised 17, F 11. At 10 B is promised 11 .. 16, D 16, and F fits beside C, E and B: now. */
static const rigid six[] = {
    {.submit = 0, .procs = 6, .run = 10, .estimate = 12},
    {.submit = 1, .procs = 8, .run = 5, .estimate = 5},
    {.submit = 2, .procs = 3, .run = 9, .estimate = 9},
    {.submit = 2, .procs = 4, .run = 4, .estimate = 4},
    {.submit = 3, .procs = 1, .run = 20, .estimate = 20},
    {.submit = 3, .procs = 1, .run = 30, .estimate = 30},
};

static char log_path[] = "/tmp/poise-plan-XXXXXX.swf";

/* Copies jobs whose times are in seconds, and writes them to the log. */
static void lay_out_jobs(const rigid *job, int n, int procs)
{
    for (int k = 0; k < n; k++) {
        jobs[k] = job[k];
        jobs[k].submit *= NS_PER_S;
        jobs[k].run *= NS_PER_S;
        jobs[k].estimate *= NS_PER_S;
    }
    write_log(log_path, jobs, n, procs);
}

static void expect_starts(const policy *p, const int *start_s)
{
    run_in_env(log_path, jobs, 6, p);
    for (int k = 0; k < 6; k++)
        ck_assert_msg(jobs[k].start == start_s[k] * NS_PER_S, "%s %s, job %c: %.9f s", p->commit,
                      p->backfill, 'A' + k, (double)jobs[k].start / 1e9);
}

START_TEST(six_jobs_start_as_worked_out_by_hand)
{
    lay_out_jobs(six, 6, 10);
    expect_starts(&fcfs, (int[]){0, 10, 15, 15, 15, 15});
    expect_starts(&easy, (int[]){0, 11, 2, 16, 3, 10});
    expect_starts(&(policy){"easy", "pass", "easy", false}, (int[]){0, 11, 2, 16, 3, 10});
    expect_starts(&(policy){"conservative", "pass", "conservative", false},
                  (int[]){0, 11, 2, 16, 3, 10});
}
END_TEST

/* Committed at 1, B was promised 12 and keeps that. C at 2 ends at 11 < 12. D does not fit. E and F
 * end after 12, and no extra processor is reckoned with. At 10 A ends, B does not fit beside C (6 +
 * 1 < 8), D would end at 14: no. At 11 B starts. Then D: committed, at 16. E, F behind it. */
START_TEST(a_commitment_that_holds_is_worked_out_by_hand)
{
    lay_out_jobs(six, 6, 10);
    expect_starts(&(policy){"fifo", "hold", "none", false}, (int[]){0, 10, 15, 15, 15, 15});
    expect_starts(&(policy){"fifo", "hold", "easy", false}, (int[]){0, 11, 2, 16, 16, 16});
}
END_TEST

/* ---- other machines, by hand ---------------------------------------------------------------- */

/* Plays jobs of a list with the rule `fifo`; records are in e. */
static poise_env *play_jobs(poise_scenario **s, const char *world, const char *decision)
{
    char yaml[2048];
    snprintf(yaml, sizeof yaml,
             "poise: 1\nname: by-hand-v1\ntitle: By hand\nwork_unit: s\n%s"
             "decision: {sizes: estimate, %s}\n",
             world, decision);
    *s = scenario_of(yaml);
    poise_env *e = new_env(*s);
    play_seeing_all(e, *s, "fifo");
    return e;
}

static void expect_started(const poise_env *e, int n, const double *start_s)
{
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.n_records, n);
    for (int k = 0; k < n; k++) {
        double s = (double)ep.record[k].started_ns / 1e9;
        ck_assert_msg(s == start_s[k], "job %d starts at %.9f s, not %.9f s", k, s, start_s[k]);
    }
}

static void finish_with(poise_env *e, poise_scenario *s)
{
    poise_env_free(e);
    poise_scenario_free(s);
}

/* A machine of two resources, 10 cores and 10 bytes, and a horizon of 20 s, as in H. Mao et al.,
 * HotNets 2016. At 0: A starts; B finds 4 cores free until A ends at 10, so it is booked for 10; C
 * finds memory only once A has ended, and fits beside B: 10; D fits beside A until 8, before what
 * is booked: it starts. E (1 core) finds none free from 0 to 8 (6 + 4), some from 8 to 10, none
 * from 10 to 15 (6 + 4), so it could start at 15 and end at 27, beyond 20: it waits. When D ends at
 * 8 the horizon is 28: E is booked for 15. F, too long for any horizon, waits for ever. */
START_TEST(a_look_ahead_books_the_earliest_slot_within_its_horizon)
{
    poise_scenario *s;
    poise_env *e = play_jobs(&s,
                             "devices: [{name: m, kind: cpu, law: cores, cores: 10, memory: 10}]\n"
                             "workload:\n  classes: [{name: job}]\n"
                             "  sources: [{type: list, jobs: [\n"
                             "    {at: 0, class: job, size: 10, cores: 6, memory: 2},\n"
                             "    {at: 0, class: job, size: 5, cores: 6, memory: 1},\n"
                             "    {at: 0, class: job, size: 5, cores: 4, memory: 9},\n"
                             "    {at: 0, class: job, size: 8, cores: 4, memory: 5},\n"
                             "    {at: 0, class: job, size: 12, cores: 1, memory: 0},\n"
                             "    {at: 0, class: job, size: 21, cores: 1, memory: 0}]}]\n"
                             "end: {time: 100}\n",
                             "lookahead: 20");
    poise_episode ep = poise_env_episode(e);
    ck_assert_int_eq(ep.record[5].fate, POISE_WAITING);
    ck_assert_int_eq(ep.record[5].started_ns, -1);
    expect_started(e, 6, (double[]){0, 10, 10, 0, 15, -1e-9});
    finish_with(e, s);
}
END_TEST

/* A should end at 4 and ends at 10. B is booked for 4, finds no room there, waits, and starts at
 * 10. */
START_TEST(a_booking_that_finds_no_room_waits_again)
{
    poise_scenario *s;
    poise_env *e = play_jobs(&s,
                             "devices: [{name: m, kind: cpu, law: cores, cores: 10}]\n"
                             "workload:\n  classes: [{name: job}]\n"
                             "  sources: [{type: list, jobs: [\n"
                             "    {at: 0, class: job, size: 10, estimate: 4, cores: 10},\n"
                             "    {at: 0, class: job, size: 2, cores: 10}]}]\n",
                             "lookahead: 20");
    expect_started(e, 2, (double[]){0, 10});
    finish_with(e, s);
}
END_TEST

/* A is taken off at 4, when it has run for as long as it had asked for, 6 s before its end; then B
 * runs. A takes up nothing after that, and counts as killed. */
START_TEST(a_job_at_its_limit_is_killed_and_counted)
{
    static const char world[] = "devices: [{name: m, kind: cpu, law: cores, cores: 10}]\n"
                                "workload:\n  classes: [{name: job, limit: kill}]\n"
                                "  sources: [{type: list, jobs: [\n"
                                "    {at: 0, class: job, size: 10, estimate: 4, cores: 10},\n"
                                "    {at: 1, class: job, size: 2, estimate: 3, cores: 10}]}]\n";
    static const char *const decisions[] = {"commit: pass, backfill: easy", "commit: hold",
                                            "lookahead: 20", "window: 64"};
    for (int k = 0; k < 4; k++) {
        poise_scenario *s;
        poise_env *e = play_jobs(&s, world, decisions[k]);
        expect_started(e, 2, (double[]){0, 4});
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.record[0].fate, POISE_KILLED);
        ck_assert_int_eq(ep.record[1].fate, POISE_FINISHED);
        ck_assert_int_eq(ep.record[1].finished_ns, 6 * NS_PER_S);
        ck_assert_int_eq(ep.totals.finished, 1);
        ck_assert_int_eq(ep.totals.killed, 1);
        ck_assert(fabs(ep.totals.busy_s[0] - 6) < 1e-12);
        finish_with(e, s);
    }
}
END_TEST

/* Two devices, a job on one of them until 10, then a pair of devices at once: booked for 10. A job
 * of 5 s goes ahead on the second device, then one of 5 s that ends at 10 exactly; one of 12 s does
 * not. The pair runs until 13; the last one after it. */
START_TEST(jobs_on_several_devices_are_booked)
{
    poise_scenario *s;
    poise_env *e = play_jobs(&s,
                             "devices: [{name: d, kind: gpu, law: fifo, count: 2}]\n"
                             "workload:\n  classes:\n    - {name: one}\n"
                             "    - {name: pair, profiles: [{name: two, devices: 2, speed: 1}]}\n"
                             "  sources: [{type: list, jobs: [\n"
                             "    {at: 0, class: one, size: 10}, {at: 0, class: pair, size: 3},\n"
                             "    {at: 0, class: one, size: 12}, {at: 0, class: one, size: 5},\n"
                             "    {at: 0, class: one, size: 5}]}]\n",
                             "commit: pass, backfill: easy");
    expect_started(e, 5, (double[]){0, 10, 13, 0, 5});
    finish_with(e, s);
}
END_TEST

/* Three processors: Z runs on 0 until 1, A on 1 and 2 until 10. H comes at 1 and needs two:
 * promised
 * 10. C comes at 2 (one, 20 s), D at 3 (one, 7 s). Counted, one processor stays free beside H at
 * 10, so C starts at once, and D follows H at 15. By their numbers, H is promised 0 and 1, and only
 * 0 is free now: C would be in its way, D is gone by then. At 10, C gets 2. */
START_TEST(a_promise_of_named_processors_is_not_one_of_so_many)
{
    static const struct {
        const char *decision;
        double start_s[5];
    } row[] = {
        {"commit: pass, backfill: easy", {0, 0, 10, 2, 15}},
        {"commit: pass, backfill: easy, processors: named", {0, 0, 10, 10, 3}},
        {"commit: pass, backfill: conservative, processors: named", {0, 0, 10, 10, 3}},
    };
    for (int i = 0; i < 3; i++) {
        poise_scenario *s;
        poise_env *e = play_jobs(&s,
                                 "devices: [{name: d, kind: cpu, law: cores, cores: 3}]\n"
                                 "workload:\n  classes: [{name: job}]\n"
                                 "  sources: [{type: list, jobs: [\n"
                                 "    {at: 0, class: job, size: 1, cores: 1},\n"
                                 "    {at: 0, class: job, size: 10, cores: 2},\n"
                                 "    {at: 1, class: job, size: 5, cores: 2},\n"
                                 "    {at: 2, class: job, size: 20, cores: 1},\n"
                                 "    {at: 3, class: job, size: 7, cores: 1}]}]\n",
                                 row[i].decision);
        expect_started(e, 5, row[i].start_s);
        finish_with(e, s);
    }
}
END_TEST

/* A job that was committed to dies at its deadline, and another takes its slot at that very
 * instant: nothing of the commitment may stick to it. A runs until 20; B would need all, until 5; C
 * arrives at 5 and fits. */
START_TEST(a_commitment_ends_with_its_job)
{
    static const char world[] =
        "devices: [{name: m, kind: cpu, law: cores, cores: 10}]\n"
        "workload:\n  classes: [{name: job}, {name: hasty, deadline: 5, late: kill}]\n"
        "  sources: [{type: list, jobs: [\n"
        "    {at: 0, class: job, size: 20, cores: 6}, {at: 0, class: hasty, size: 4, cores: 10},\n"
        "    {at: 5, class: job, size: 3, cores: 4}]}]\n";
    static const char *const decisions[] = {"commit: hold", "commit: pass", "lookahead: 100"};
    for (int k = 0; k < 3; k++) {
        poise_scenario *s;
        poise_env *e = play_jobs(&s, world, decisions[k]);
        expect_started(e, 3, (double[]){0, -1e-9, 5});
        poise_episode ep = poise_env_episode(e);
        ck_assert_int_eq(ep.record[1].fate, POISE_KILLED);
        finish_with(e, s);
    }
}
END_TEST

/* Neither four cores nor a device without licences will ever do for such jobs: the only promise is
 * of the larger machine, where the second waits for the first. */
START_TEST(nobody_is_promised_what_is_too_small)
{
    static const char world[] =
        "devices:\n  - {name: small, kind: cpu, law: cores, cores: 4}\n"
        "  - {name: large, kind: cpu, law: cores, cores: 8, resources: {licence: 1}}\n"
        "workload:\n  classes: [{name: job}]\n"
        "  sources: [{type: list, jobs: [{at: 0, class: job, size: 3, cores: 8},\n"
        "    {at: 1, class: job, size: 2, cores: 1, resources: {licence: 1}}]}]\n";
    static const char *const decisions[] = {"commit: hold", "commit: pass", "lookahead: 100"};
    for (int k = 0; k < 3; k++) {
        poise_scenario *s;
        poise_env *e = play_jobs(&s, world, decisions[k]);
        expect_started(e, 2, (double[]){0, 3});
        finish_with(e, s);
    }
}
END_TEST

/* Two jobs of 8 and 12 s ask for 20 s. After 3 s nobody can tell which is which. */
START_TEST(what_is_left_of_a_running_job_does_not_tell_its_size)
{
    poise_scenario *s = scenario_of("poise: 1\nname: by-hand-v1\ntitle: By hand\nwork_unit: s\n"
                                    "devices: [{name: d, kind: gpu, law: fifo, count: 2}]\n"
                                    "workload:\n  classes: [{name: job}]\n"
                                    "  sources: [{type: list, jobs: [\n"
                                    "    {at: 0, class: job, size: 8, estimate: 20},\n"
                                    "    {at: 0, class: job, size: 12, estimate: 20},\n"
                                    "    {at: 3, class: job, size: 1, estimate: 1}]}]\n"
                                    "decision: {sizes: estimate, preempt: resume}\n");
    poise_env *e = new_env(s);
    const poise_view *v = poise_env_view(e);
    poise_env_reset(e, 1);
    while (v->now_s < 3)
        poise_env_choose(e, 0);
    ck_assert_int_eq(v->n_tasks, 1);
    ck_assert_int_eq(v->n_running, 2);
    for (int k = 1; k <= 2; k++) {
        ck_assert(v->task[k].size == 17 && v->task[k].done == 3);
        ck_assert(v->task[k].best_s == 17);
    }
    for (int c = 0; c < v->n_candidates; c++)
        if (v->candidate[c].act == POISE_KEEP)
            ck_assert(v->candidate[c].service_s == 17);
    finish_with(e, s);
}
END_TEST

/* ---- against the plain simulation ---------------------------------------------------------- */

/* Many ties: small whole numbers, several jobs at a time. Estimates are right, or too long. */
static void draw_jobs(uint32_t index, int n, int procs)
{
    poise_rng r = poise_rng_at(11, POISE_FOR_HARNESS, 0, index);
    int64_t now = 0;
    for (int k = 0; k < n; k++) {
        now += poise_rng_below(&r, 3) * poise_rng_below(&r, 4);
        int run = 1 + poise_rng_below(&r, 12);
        jobs[k] = (rigid){.submit = now * NS_PER_S, .run = run * NS_PER_S};
        jobs[k].estimate = (run + poise_rng_below(&r, 2) * poise_rng_below(&r, 20)) * NS_PER_S;
        jobs[k].procs = 1 + poise_rng_below(&r, poise_rng_below(&r, 4) == 0 ? procs : 4);
    }
    write_log(log_path, jobs, n, procs);
}

START_TEST(random_jobs_start_as_in_the_plain_simulation)
{
    for (uint32_t i = 0; i < 72; i++) {
        int procs = 4 + (int)i % 13;
        draw_jobs(i, 80, procs);
        expect_same_starts(log_path, 80, procs,
                           i % 2 ? policies[i / 2 % 6] : &holds[i / 2 % N_HOLDS]);
    }
}
END_TEST

/* ---- figures of others ---------------------------------------------------------------------- */

static const char *log_of(const char *name)
{
    static char path[1100];
    const char *dir = shared_dir();
    snprintf(path, sizeof path, "%s/data/swf/%s", dir ? dir : "", name);
    return dir ? path : NULL;
}

static int read_log(const char *path, int first_jobs)
{
    poise_error err = {0};
    trace t;
    ck_assert_msg(trace_load(path, &(trace_wish){.first_jobs = first_jobs}, &t, &err), "%s",
                  err.text);
    int n = (int)t.n_jobs;
    ck_assert_int_le(n, MOST_JOBS);
    for (int k = 0; k < n; k++)
        jobs[k] = (rigid){.submit = t.job[k].arrival_ns,
                          .run = (int64_t)(t.job[k].size * 1e9),
                          .estimate = (int64_t)(t.job[k].estimate * 1e9),
                          .procs = t.job[k].cores};
    trace_free(&t);
    return n;
}

typedef struct published {
    const char *log;
    int first_jobs, procs, n;
    const policy *policy;
    figures figures;
} published;

static const char lublin[] = "lublin_256.swf", sp2[] = "SDSC-SP2-1998-4-rebuilt-first10000.swf",
                  hpc2n[] = "HPC2N-2002-2.2-head3172.swf", nasa[] = "NASA-iPSC-1993-3.1-cln.swf.gz";

static const published rows[] = {
    {lublin, 1000, 256, 1000, &fcfs, {158270.9500, 4159.609063, .538446}},
    {lublin, 1000, 256, 1000, &sjf, {19212.4180, 41.954686, .633749}},
    {lublin, 1000, 256, 1000, &easy, {11045.2050, 60.784101, .707421}},
    {lublin, 1000, 256, 1000, &sjf_easy, {6398.4570, 38.410665, .726077}},
    {lublin, 1000, 256, 1000, &conservative, {15456.6330, 143.799848, .718326}},
    {sp2, 10000, 128, 10000, &fcfs, {26898.4466, 214.212505, .715000}},
    {hpc2n, 0, 240, 3145, &fcfs, {5588.6343, 47.038240, .393957}},
    {nasa, 10000, 128, 10000, &fcfs, {14.5997, 1.047393, .491298}},
    {nasa, 10000, 128, 10000, &easy, {7.3468, 1.021448, .491298}},
};

START_TEST(recorded_logs_give_the_figures_of_independent_programs)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const published *row = &rows[i];
        const char *path = log_of(row->log);
        if (!path)
            return;
        int n = read_log(path, row->first_jobs);
        ck_assert_int_eq(n, row->n);
        expect_same_starts(path, n, row->procs, row->policy);
        figures f = figures_of(same, n, row->procs);
        ck_assert_msg(as_published(f.wait_s, row->figures.wait_s, 4) &&
                          as_published(f.slowdown, row->figures.slowdown, 6) &&
                          as_published(f.used, row->figures.used, 6),
                      "%s, %s, %s: wait %.4f s, slowdown %.6f, used %.6f", row->log,
                      row->policy->agent, row->policy->backfill, f.wait_s, f.slowdown, f.used);
    }
}
END_TEST

/* Estimates that users gave are far too long, which the logs above replayed in order do not show.
 */
START_TEST(recorded_estimates_are_planned_with_as_in_the_plain_simulation)
{
    for (int i = 0; i < 2; i++) {
        const char *path = log_of(i == 0 ? sp2 : hpc2n);
        if (!path)
            return;
        int n = read_log(path, 3000);
        for (int k = 1; k < 6; k++)
            expect_same_starts(path, n, i == 0 ? 128 : 240, policies[k]);
    }
}
END_TEST

int main(void)
{
    int fd = mkstemps(log_path, 4);
    if (fd < 0)
        return 1;
    close(fd);
    int status = RUN_TESTS(
        "plan", six_jobs_start_as_worked_out_by_hand, a_commitment_that_holds_is_worked_out_by_hand,
        a_look_ahead_books_the_earliest_slot_within_its_horizon,
        a_booking_that_finds_no_room_waits_again, a_job_at_its_limit_is_killed_and_counted,
        jobs_on_several_devices_are_booked, a_promise_of_named_processors_is_not_one_of_so_many,
        a_commitment_ends_with_its_job, nobody_is_promised_what_is_too_small,
        what_is_left_of_a_running_job_does_not_tell_its_size,
        random_jobs_start_as_in_the_plain_simulation,
        recorded_logs_give_the_figures_of_independent_programs,
        recorded_estimates_are_planned_with_as_in_the_plain_simulation);
    remove(log_path);
    return status;
}
