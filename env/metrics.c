/* metrics.c - what is measured of an episode: one row a metric. An episode is digested once: into
 * statistics, unless it has been while it ran, from which a metric is read. Percentiles are exact
 * where there are records: the histogram says where to look, and they are looked through again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fairness.h"
#include "statistics.h"

typedef struct poise_digest {
    const poise_episode *ep;
    const poise_statistics *st;
    double span_s;    // measured time
    double capacity;  // devices
    double busy_s, down_s;
} digest;

/* 0 where the warm-up never ended. */
static double measured_s(const poise_totals *t)
{
    return t->begin_ns >= 0 ? seconds(t->end_ns - t->begin_ns) : 0;
}

static double mean(double sum, int64_t n)
{
    return n > 0 ? sum / (double)n : NAN;
}

/* Looks through the measured tasks or jobs of the records that finished. */
typedef struct walk {
    const poise_episode *ep;
    int64_t at;
    bool jobs;
} walk;

/* The tasks of a job follow one another; a job is finished with all of them. */
static bool next_job(walk *w, int64_t *response_ns)
{
    const poise_episode *ep = w->ep;
    while (w->at < ep->n_records) {
        int64_t first = w->at, last_ns = 0;
        bool finished = true;
        do {
            const poise_record *r = &ep->record[w->at++];
            finished &= r->fate == POISE_FINISHED;
            last_ns = r->finished_ns > last_ns ? r->finished_ns : last_ns;
        } while (w->at < ep->n_records && ep->more[w->at].stage > 0);
        *response_ns = last_ns - ep->record[first].arrived_ns;
        if (finished)
            return true;
    }
    return false;
}

static bool next_task(walk *w, int64_t *response_ns)
{
    while (w->at < w->ep->n_records) {
        const poise_record *r = &w->ep->record[w->at++];
        *response_ns = r->finished_ns - r->arrived_ns;
        if (r->fate == POISE_FINISHED)
            return true;
    }
    return false;
}

static bool next(walk *w, int64_t *response_ns)
{
    return w->jobs ? next_job(w, response_ns) : next_task(w, response_ns);
}

/* The response time of the given rank among those from low on and before low + width. */
static int64_t look_up(const digest *d, bool jobs, int64_t low, int64_t width, int64_t rank)
{
    enum { PARTS = 2048 };
    while (width > 1) {
        int64_t n[PARTS] = {0}, response_ns;
        int64_t part = width > PARTS ? width / PARTS : 1;  // both are powers of two
        walk w = {d->ep, d->ep->totals.first_record, jobs};
        while (next(&w, &response_ns))
            if (response_ns >= low && response_ns - low < width)
                n[(response_ns - low) / part]++;
        int k = 0;
        while (rank > n[k])
            rank -= n[k++];
        low += k * part;
        width = part;
    }
    return low;
}

/* The least of the values that at least a share p of them do not exceed (nearest rank). */
static double rank_of(const digest *d, bool jobs, double p)
{
    const histogram *h = jobs ? &d->st->job_response : &d->st->response;
    if (h->n == 0)
        return NAN;
    int64_t rank = (int64_t)ceil(p * (double)h->n);
    rank = rank > 0 ? rank : 1;
    int bucket = histogram_find(h, &rank);
    int64_t low = histogram_low(bucket), width = histogram_width(bucket);
    if (!d->ep->statistics)
        return seconds(look_up(d, jobs, low, width, rank));
    int64_t longest = jobs ? d->st->longest_job_ns : d->st->longest_ns;
    int64_t middle = low + (width - 1) / 2;
    return seconds(middle < longest ? middle : longest);
}

static double nearest_rank(const digest *d, double p)
{
    return rank_of(d, false, p);
}

static double response_mean(const digest *d)
{
    return mean((double)d->st->response_ns * 1e-9, d->st->n);
}

static double response_p50(const digest *d)
{
    return nearest_rank(d, 0.5);
}

static double response_p95(const digest *d)
{
    return nearest_rank(d, 0.95);
}

static double response_p99(const digest *d)
{
    return nearest_rank(d, 0.99);
}

static double response_max(const digest *d)
{
    return d->st->n > 0 ? seconds(d->st->longest_ns) : NAN;
}

/* Where no job is a graph of tasks, each task is a job. */
static bool has_graphs(const digest *d)
{
    return d->ep->scenario->n_graphs > 0 && (d->ep->more || d->ep->statistics);
}

static double job_response_mean(const digest *d)
{
    return has_graphs(d) ? mean((double)d->st->job_response_ns * 1e-9, d->st->n_jobs)
                         : response_mean(d);
}

static double job_response_p95(const digest *d)
{
    return has_graphs(d) ? rank_of(d, true, 0.95) : response_p95(d);
}

static double jobs_finished(const digest *d)
{
    if (!has_graphs(d))
        return (double)d->ep->totals.finished;
    return d->ep->n_records > 0 || d->ep->statistics ? (double)d->st->n_jobs : NAN;
}

static double wait_mean(const digest *d)
{
    return mean((double)d->st->wait_ns * 1e-9, d->st->n);
}

static double slowdown_mean(const digest *d)
{
    return mean(d->st->slowdown, d->st->n);
}

static double bounded_slowdown_mean(const digest *d)
{
    return mean(d->st->bounded_slowdown, d->st->n);
}

static double per_time(const digest *d, double amount)
{
    return d->span_s > 0 ? amount / d->span_s : NAN;
}

static double throughput(const digest *d)
{
    return per_time(d, (double)d->ep->totals.finished);
}

static double work_rate(const digest *d)
{
    return per_time(d, d->st->work);
}

static double tasks_mean(const digest *d)
{
    return per_time(d, d->ep->totals.tasks_s);
}

static double utilisation(const digest *d)
{
    return per_time(d, d->busy_s / d->capacity);
}

static double allocated(const digest *d)
{
    return d->ep->totals.allocated;
}

static double makespan(const digest *d)
{
    return d->st->n > 0 ? seconds(d->st->last_ns - d->st->first_ns) : NAN;
}

static double energy(const digest *d)
{
    return d->ep->totals.energy_j;
}

static double energy_per_task(const digest *d)
{
    return mean(d->ep->totals.energy_j, d->ep->totals.finished);
}

static double power_mean(const digest *d)
{
    return per_time(d, d->ep->totals.energy_j);
}

static double energy_delay(const digest *d)
{
    return energy_per_task(d) * response_mean(d);
}

static double total_reward(const digest *d)
{
    return d->ep->totals.reward;
}

static double reward_rate(const digest *d)
{
    const double s = seconds(d->ep->totals.end_ns);
    return s > 0 ? d->ep->totals.reward / s : NAN;
}

static double arrived(const digest *d)
{
    return (double)d->ep->totals.arrived;
}

static double finished(const digest *d)
{
    return (double)d->ep->totals.finished;
}

static double dropped(const digest *d)
{
    return (double)d->ep->totals.dropped;
}

static double unfinished(const digest *d)
{
    return (double)d->ep->totals.unfinished;
}

static double jain(const digest *d)
{
    return fairness_jain(d->ep);
}

static double finish_time_fairness_max(const digest *d)
{
    return fairness_finish_time_max(d->ep);
}

static double tenant_response_max(const digest *d)
{
    return fairness_response_max_s(d->ep);
}

static double dominant_share_max(const digest *d)
{
    return fairness_dominant_share_max(d->ep, d->span_s);
}

static double decisions(const digest *d)
{
    return (double)d->ep->totals.decisions;
}

static double rejected(const digest *d)
{
    return (double)d->ep->totals.rejected;
}

static double killed(const digest *d)
{
    return (double)d->ep->totals.killed;
}

static double late(const digest *d)
{
    return (double)d->ep->totals.late;
}

static double quality_mean(const digest *d)
{
    return mean(d->st->quality, d->st->n);
}

static double preemptions(const digest *d)
{
    return (double)d->ep->totals.preemptions;
}

static double lost_work(const digest *d)
{
    return d->ep->totals.lost_work;
}

static double moved_bytes(const digest *d)
{
    return d->ep->totals.moved_bytes;
}

static double failures(const digest *d)
{
    return (double)d->ep->totals.failures;
}

static double availability(const digest *d)
{
    return 1 - per_time(d, d->down_s / d->capacity);
}

static double memory_peak(const digest *d)
{
    return d->ep->totals.memory_peak;
}

static double cost(const digest *d)
{
    return d->ep->totals.cost;
}

static double carbon(const digest *d)
{
    return d->ep->totals.carbon_g;
}

static double share_oscillation(const digest *d)
{
    return d->ep->scenario->space.shares ? per_time(d, d->ep->totals.moved_share) : NAN;
}

static double recovery_time(const digest *d)
{
    return d->ep->totals.recovery_s;
}

static double recovered(const digest *d)
{
    return d->ep->totals.recovered >= 0 ? d->ep->totals.recovered : NAN;
}

static const poise_metric rows[] = {
    {"response_mean_s", "s", -1, "mean time from arrival to end of service", response_mean},
    {"response_p50_s", "s", -1, "median response time (nearest rank)", response_p50},
    {"response_p95_s", "s", -1, "95th percentile of response times (nearest rank)", response_p95},
    {"response_p99_s", "s", -1, "99th percentile of response times (nearest rank)", response_p99},
    {"response_max_s", "s", -1, "longest response time", response_max},
    {"job_response_mean_s", "s", -1, "mean time from a job's arrival to the end of its last task",
     job_response_mean},
    {"job_response_p95_s", "s", -1, "95th percentile of these times (nearest rank)",
     job_response_p95},
    {"wait_mean_s", "s", -1, "mean time from arrival to start of service", wait_mean},
    {"slowdown_mean", "", -1, "mean of response time over service on the fastest device",
     slowdown_mean},
    {"bounded_slowdown_mean", "", -1, "mean of max(1, response / max(service, 10 s))",
     bounded_slowdown_mean},
    {"throughput_per_s", "/s", 1, "tasks finished per second of measured time", throughput},
    {"work_rate_per_s", "work/s", 1, "work units finished per second of measured time", work_rate},
    {"utilisation", "", 0, "busy share of all devices over the measured time", utilisation},
    {"tasks_mean", "", -1, "time average of tasks in the system", tasks_mean},
    {"makespan_s", "s", -1, "from the first arrival to the last end of service", makespan},
    {"energy_j", "J", -1, "energy of all devices, idle and busy", energy},
    {"energy_per_task_j", "J", -1, "energy over tasks finished", energy_per_task},
    {"power_mean_w", "W", -1, "mean power of all devices", power_mean},
    {"energy_delay_js", "J s", -1, "energy per task times mean response time", energy_delay},
    {"reward", "", 1, "sum of the scenario's reward over the whole episode", total_reward},
    {"reward_per_s", "/s", 1, "that reward per second of the whole episode", reward_rate},
    {"arrived", "tasks", 0, "tasks that arrived after the warm-up", arrived},
    {"finished", "tasks", 1, "of these, finished", finished},
    {"jobs_finished", "jobs", 1, "jobs with all their tasks finished", jobs_finished},
    {"dropped", "tasks", -1, "of these, dropped at a full queue", dropped},
    {"unfinished", "tasks", -1, "of these, still in the system at the end", unfinished},
    {"jain_fairness", "", 1, "Jain's index of what tenants held of what they are entitled to",
     jain},
    {"finish_time_fairness_max", "", -1,
     "the largest over tenants of mean response / mean least service, times its part of all shares",
     finish_time_fairness_max},
    {"tenant_response_max_s", "s", -1, "mean response of the tenant that fares worst",
     tenant_response_max},
    {"dominant_share_max", "", 0, "largest part of all devices that a tenant held on average",
     dominant_share_max},
    {"decisions", "", 0, "choices made in the whole episode", decisions},
    {"rejected", "tasks", -1, "measured tasks that were refused", rejected},
    {"killed", "tasks", -1, "measured tasks killed at their limit or deadline", killed},
    {"late", "tasks", -1, "measured tasks that ended after their deadline, or died of it", late},
    {"quality_mean", "", 1, "mean quality of what came out of finished tasks", quality_mean},
    {"preemptions", "", -1, "times a task was taken off its devices, whatever the reason",
     preemptions},
    {"lost_work", "work", -1, "work units done in vain: restarts, failures, kills", lost_work},
    {"moved_bytes", "B", -1, "bytes moved over links, those of transfers cut off included",
     moved_bytes},
    {"failures", "", 0, "times that a device broke, on its own or with its rack", failures},
    {"availability", "", 1, "share of the time of all devices in which they are not broken",
     availability},
    {"memory_peak", "", -1, "most of a device's memory in use over what it has", memory_peak},
    {"cost", "", -1, "money for energy and for devices that are not asleep", cost},
    {"carbon_g", "g", -1, "carbon of the energy", carbon},
    {"allocated", "", 1, "part of all cores of all devices in use at the end of the episode",
     allocated},
    {"share_oscillation", "/s", -1,
     "part of all that is shared that goes from tasks that stay to others that stay, per second",
     share_oscillation},
    {"recovery_s", "s", -1,
     "from change_at until the tasks in the system are for good within three standard deviations "
     "of before; until the end if they never are",
     recovery_time},
    {"recovered", "", 1, "1 if they are at the end, else 0", recovered},
};

enum { N_ROWS = sizeof rows / sizeof *rows };

int poise_metrics(const poise_metric **table)
{
    *table = rows;
    return N_ROWS;
}

int poise_metric_index(const char *name)
{
    for (int i = 0; i < N_ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}

/* What the statistics would have been, had they been kept. */
static void gather(const poise_episode *ep, poise_statistics *st)
{
    const poise_scenario *s = ep->scenario;
    const int64_t first = ep->totals.first_record;
    if (ep->totals.begin_ns < 0 || first >= ep->n_records)
        return;
    st->first_ns = ep->record[first].arrived_ns;
    for (int64_t i = first; i < ep->n_records; i++) {
        const poise_record *r = &ep->record[i];
        if (r->fate != POISE_FINISHED)
            continue;
        int cell = scenario_cell(s, r->class_id, r->group, r->profile);
        statistics_add_task(st, &(finished_task){
                                    .arrived_ns = r->arrived_ns,
                                    .started_ns = r->started_ns,
                                    .finished_ns = r->finished_ns,
                                    .size = r->size,
                                    .quality = s->mode[cell].quality,
                                    .class_id = r->class_id,
                                });
    }
    walk w = {ep, first, true};
    for (int64_t response_ns; s->n_graphs > 0 && ep->more && next(&w, &response_ns);)
        statistics_add_job(st, response_ns);
}

bool poise_measure(const poise_episode *ep, double *value)
{
    const poise_totals *t = &ep->totals;
    poise_statistics *gathered = ep->statistics ? NULL : statistics_new(ep->scenario, false);
    digest d = {
        .ep = ep,
        .st = gathered ? gathered : ep->statistics,
        .span_s = measured_s(t),
    };
    if (!d.st)
        return false;
    if (gathered)
        gather(ep, gathered);
    for (int g = 0; g < ep->scenario->n_groups; g++) {
        d.capacity += ep->scenario->group[g].count;
        d.busy_s += t->busy_s[g];
        d.down_s += t->down_s[g];
    }
    for (int i = 0; i < N_ROWS; i++)
        value[i] = rows[i].of(&d);
    statistics_free(gathered);
    return true;
}

double poise_utilisation(const poise_episode *ep, int group)
{
    double span_s = measured_s(&ep->totals);
    return span_s > 0 ? ep->totals.busy_s[group] / span_s / ep->scenario->group[group].count : NAN;
}
