/* scenario_rows.c - every plain setting of a scenario file: name, type, default, bounds, unit,
 * help. Reading, the resolved text and `poise show --schema` follow these rows. */
#include <math.h>
#include <stddef.h>

#include "scenario_load.h"

#define IN(field) offsetof(scenario_settings, field)

const char *const reward_term_names[] = {"flow",     "holding", "slowdown", "throughput",
                                         "energy",   "late",    "dropped",  "quality",
                                         "fairness", "cost",    "carbon",   0};

const char *const scenario_families[] = {"other",   "queue", "classic", "cluster",
                                         "sharing", "graph", "domain",  0};
static const char *const modes[] = {"dispatch", "share", 0};
static const char *const sizes[] = {"exact", "estimate", "mean", 0};

static const poise_option top_rows[] = {
    {"poise", POISE_INT, IN(version), POISE_REQUIRED, 1, 1, "", "version of the format", NULL},
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "",
     "lower case with a version, as in gpu-mix-v1", NULL},
    {"title", POISE_TEXT, IN(title), POISE_REQUIRED, 0, 0, "", "one line", NULL},
    {"about", POISE_TEXT, IN(about), 0, 0, 0, "",
     "what it is for, where it comes from, what a good agent does", NULL},
    {"work_unit", POISE_TEXT, IN(work_unit), 0, 0, 0, "",
     "what sizes count: s (the default), step, FLOP or any other word", NULL},
    {0},
};

static const poise_option top_more[] = {
    {"family", POISE_CHOICE, IN(family), 0, 0, 0, "", "where it belongs in lists",
     scenario_families},
    {"source", POISE_TEXT, IN(source), 0, 0, 0, "", "where it comes from: one line", NULL},
    {"measure", POISE_TEXT, IN(measure), 0, 0, 0, "",
     "the metric by which its rules are compared; response_mean_s if not given", NULL},
    {0},
};

static const poise_option decision_rows[] = {
    {"mode", POISE_CHOICE, IN(mode), 0, 0, 0, "",
     "dispatch: what the candidate with the most attention says is done; share: capacity is "
     "divided "
     "by attention",
     modes},
    {"window", POISE_INT, IN(window), 64, 1, 4096, "", "most waiting tasks that agents see", NULL},
    {"wait", POISE_BOOL, IN(wait), 0, 0, 1, "", "waiting is a candidate, too", NULL},
    {"sizes", POISE_CHOICE, IN(sizes), 0, 0, 0, "",
     "what agents see of a size: itself, an estimate, or the mean of its class", sizes},
    {0},
};

static const poise_option queue_rows[] = {
    {"limit", POISE_INT, IN(queue_limit), INFINITY, 0, INFINITY, "tasks",
     "an arrival that finds as many waiting, and no device free for it, is dropped", NULL},
    {0},
};

static const poise_option reward_rows[] = {
    {"flow", POISE_REAL, IN(reward_weight[REWARD_FLOW]), 1, -1e9, 1e9, "",
     "of -(tasks in the system), integrated: response time", NULL},
    {"holding", POISE_REAL, IN(reward_weight[REWARD_HOLDING]), 0, -1e9, 1e9, "",
     "of -(sum of weights in the system), integrated", NULL},
    {"slowdown", POISE_REAL, IN(reward_weight[REWARD_SLOWDOWN]), 0, -1e9, 1e9, "",
     "of -(sum of 1 / least expected service in the system), integrated", NULL},
    {"throughput", POISE_REAL, IN(reward_weight[REWARD_THROUGHPUT]), 0, -1e9, 1e9, "",
     "of each completion", NULL},
    {"energy", POISE_REAL, IN(reward_weight[REWARD_ENERGY]), 0, -1e9, 1e9, "", "of -(joules)",
     NULL},
    {"discount", POISE_QUANTITY, IN(discount_per_s), 0, 0, 1e6, "/s",
     "beta of exp(-beta t), 0 undiscounted", NULL},
    {0},
};

static const poise_option reward_more[] = {
    {"late", POISE_REAL, IN(reward_weight[REWARD_LATE]), 0, -1e9, 1e9, "",
     "of -(tasks that miss their deadline)", NULL},
    {"dropped", POISE_REAL, IN(reward_weight[REWARD_DROPPED]), 0, -1e9, 1e9, "",
     "of -(tasks dropped, refused or killed)", NULL},
    {"quality", POISE_REAL, IN(reward_weight[REWARD_QUALITY]), 0, -1e9, 1e9, "",
     "of the quality of each completion", NULL},
    {"fairness", POISE_REAL, IN(reward_weight[REWARD_FAIRNESS]), 0, -1e9, 1e9, "",
     "of -(1 - Jain's index of what tenants with work hold), integrated", NULL},
    {"cost", POISE_REAL, IN(reward_weight[REWARD_COST]), 0, -1e9, 1e9, "", "of -(money)", NULL},
    {"carbon", POISE_REAL, IN(reward_weight[REWARD_CARBON]), 0, -1e9, 1e9, "", "of -(grams)", NULL},
    {0},
};

static const poise_option warmup_rows[] = {
    {"time", POISE_TIME, IN(warmup_ns), 0, 0, HORIZON_MAX_S, "s",
     "tasks that arrive before are not measured", NULL},
    {"jobs", POISE_INT, IN(warmup_jobs), 0, 0, 2e9, "", "nor are the first so many", NULL},
    {0},
};

static const poise_option end_rows[] = {
    {"time", POISE_TIME, IN(end_ns), 0, 0, HORIZON_MAX_S, "s",
     "the run stops there; 0 when all is done", NULL},
    {"jobs", POISE_INT, IN(end_jobs), 0, 0, 2e9, "", "arrivals stop after as many; 0 no limit",
     NULL},
    {0},
};

static const char *const steady_metrics[] = {"response_mean_s", "wait_mean_s", 0};
static const char *const steady_warmups[] = {"mser5", "none", 0};

static const poise_option steady_rows[] = {
    {"metric", POISE_CHOICE, IN(steady_metric), 0, 0, 0, "", "whose mean is sought",
     steady_metrics},
    {"batches", POISE_INT, IN(steady_batches), 20, 2, 1000, "",
     "of successive tasks, whose means give the interval", NULL},
    {"warmup", POISE_CHOICE, IN(steady_warmup), 0, 0, 0, "",
     "which tasks are left out beyond those of section warmup: as many of the first as makes the "
     "standard error least (mser5), or none",
     steady_warmups},
    {0},
};

const scenario_section scenario_sections[] = {
    {NULL, "the scenario", "what it is", top_rows, top_more, false},
    {"decision", "section decision", "what agents decide and see", decision_rows, NULL, false},
    {"queue", "section queue", "the queue of waiting tasks", queue_rows, NULL, false},
    {"reward", "section reward", "weights of the terms of the reward", reward_rows, reward_more,
     false},
    {"warmup", "section warmup", "what is left out of measurements", warmup_rows, NULL, false},
    {"end", "section end", "when a run ends", end_rows, NULL, false},
    {"steady", "section steady", "what each run, as a long one, is to say of the steady state",
     steady_rows, NULL, true},
    {0},
};

static const char *const records[] = {"all", "none", 0};

/* Stand at the top, but are part of what names a result. */
const poise_option scenario_record_rows[] = {
    {"records", POISE_CHOICE, IN(records), 0, 0, 0, "",
     "all: a record of each task is kept; none: running statistics of fixed size, percentiles are "
     "estimates",
     records},
    {"change_at", POISE_TIME, IN(change_ns), 0, 0, HORIZON_MAX_S, "s",
     "when the world changes: how long agents take to recover is measured; 0 never", NULL},
    {0},
};

const poise_option scenario_workload_rows[] = {
    {"load", POISE_REAL, IN(load), 0, 0, 100, "",
     "offered load to which all rates are scaled; 0 as they stand", NULL},
    {"trace", POISE_TEXT, IN(trace), 0, 0, 0, "", "the file of the source of type trace", NULL},
    {"lenient", POISE_BOOL, IN(lenient), 0, 0, 1, "",
     "lines of traces that are wrong are counted and left out", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_decision, field)

static const char *const attentions[] = {"softmax", "weights", 0};
static const char *const preemptions[] = {"none", "resume", "restart", 0};
static const char *const commitments[] = {"none", "pass", "hold", 0};
static const char *const backfillings[] = {"none", "easy", "conservative", 0};
static const char *const processors[] = {"counted", "named", 0};
static const char *const togethers[] = {"together", "one_by_one", 0};

const poise_option scenario_decision_more[] = {
    {"attention", POISE_CHOICE, IN(weights), 0, 0, 0, "",
     "where tasks share: attention is the logarithm of a weight (softmax) or the weight",
     attentions},
    {"stand", POISE_BOOL, IN(stand), 0, 0, 1, "",
     "where tasks share: parts stand while tasks end; they are decided anew, and what ended tasks "
     "had is used again, when a task comes or at the quantum",
     NULL},
    {"preempt", POISE_CHOICE, IN(preempt), 0, 0, 0, "",
     "running tasks may be displaced by tasks with more attention, and go on later (resume) or "
     "begin anew (restart)",
     preemptions},
    {"migrate", POISE_BOOL, IN(migrate), 0, 0, 1, "", "running tasks may move to another group",
     NULL},
    {"rescale", POISE_BOOL, IN(rescale), 0, 0, 1, "", "running tasks may change their profile",
     NULL},
    {"suspend", POISE_BOOL, IN(suspend), 0, 0, 1, "",
     "running tasks may be put back into the queue", NULL},
    {"reject", POISE_BOOL, IN(reject), 0, 0, 1, "", "waiting tasks may be refused", NULL},
    {"power", POISE_BOOL, IN(power), 0, 0, 1, "", "agents put devices to sleep and wake them",
     NULL},
    {"ahead", POISE_BOOL, IN(ahead), 0, 0, 1, "",
     "tasks of graphs may be sent to a device's own queue before they are ready", NULL},
    {"defer", POISE_TIME, IN(defer_ns), 0, 0, HORIZON_MAX_S, "s",
     "waiting tasks may be put aside for so long; 0 not", NULL},
    {"quantum", POISE_TIME, IN(quantum_ns), 0, 0, HORIZON_MAX_S, "s",
     "decisions are due at its multiples, too; 0 only when something happens", NULL},
    {"average", POISE_TIME, IN(average_ns), 0, 0, HORIZON_MAX_S, "s",
     "time constant of the running averages that agents see; 0 none", NULL},
    {"commit", POISE_CHOICE, IN(commit), 0, 0, 0, "",
     "tasks of the window that do not fit may be chosen, and booked: anew at every instant (pass) "
     "or until they have started (hold); tasks behind the window never go ahead",
     commitments},
    {"backfill", POISE_CHOICE, IN(backfill), 0, 0, 0, "",
     "what may start before a booked task: nothing, or what does not delay the booked one (easy; "
     "with commit hold the oldest first) or any of those booked (conservative)",
     backfillings},
    {"processors", POISE_CHOICE, IN(named), 0, 0, 0, "",
     "what a booking holds of a machine: so many of its processors, or those with the lowest "
     "numbers that will be free, which tasks that would still run then stay off (named)",
     processors},
    {"events", POISE_CHOICE, IN(one_by_one), 0, 0, 0, "",
     "whether all that happens at one time is seen before a decision, ends before arrivals, or a "
     "decision is due after each event, arrivals first",
     togethers},
    {"lookahead", POISE_TIME, IN(lookahead_ns), 0, 0, HORIZON_MAX_S, "s",
     "tasks are booked into the earliest slot that ends within this horizon; 0 not", NULL},
    {"running", POISE_INT, IN(running), 0, 0, 4096, "tasks",
     "most running tasks that agents see; 0: as many as waiting ones, where they can be displaced, "
     "moved or share",
     NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_group, field)

const poise_option scenario_group_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "of the group", NULL},
    {"kind", POISE_TEXT, IN(kind), 0, 0, 0, "",
     "cpu, gpu, tpu, edge or any other word; the name if not given", NULL},
    {"count", POISE_INT, IN(count), 1, 1, 1e6, "", "equal devices in the group", NULL},
    {"memory", POISE_BYTES, IN(memory_bytes), INFINITY, 0, INFINITY, "bytes", "of one device",
     NULL},
    {"idle", POISE_POWER, IN(idle_mw), 0, 0, 1e9, "W", "power of one idle device", NULL},
    {"busy", POISE_POWER, IN(busy_mw), 0, 0, 1e9, "W",
     "power of one busy device; that of an idle one if not given", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_class, field)

const poise_option scenario_class_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "of the class of jobs", NULL},
    {"kind", POISE_TEXT, IN(kind), 0, 0, 0, "",
     "task kind, which the speeds of devices refer to; the name if not given", NULL},
    {"memory", POISE_BYTES, IN(memory_bytes), 0, 0, 1e18, "bytes", "needed on the device", NULL},
    {"cores", POISE_INT, IN(cores), 1, 0, 1e6, "", "needed at once under law cores", NULL},
    {"priority", POISE_INT, IN(priority), 0, -1e6, 1e6, "", "larger is more urgent", NULL},
    {"weight", POISE_REAL, IN(weight), 1, 0, 1e9, "", "holding cost per second", NULL},
    {"estimate_error", POISE_REAL, IN(estimate_error), 0, 0, 8, "",
     "sd of log(estimate / size) under `sizes: estimate`", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_job, field)

const poise_option scenario_job_rows[] = {
    {"at", POISE_TIME, IN(arrival_ns), POISE_REQUIRED, 0, HORIZON_MAX_S, "s", "when it arrives",
     NULL},
    {"class", POISE_TEXT, IN(class_name), POISE_REQUIRED, 0, 0, "", "its class", NULL},
    {"size", POISE_QUANTITY, IN(size), POISE_REQUIRED, 1e-12, 1e30, "", "its size", NULL},
    {"estimate", POISE_QUANTITY, IN(estimate), 0, 0, 1e30, "",
     "the size that agents see under `sizes: estimate`; 0 the size itself", NULL},
    {"memory", POISE_BYTES, IN(memory_bytes), 0, 0, 1e18, "bytes", "that of its class if not given",
     NULL},
    {"cores", POISE_INT, IN(cores), 1, 0, 1e6, "", "those of its class if not given", NULL},
    {0},
};

const poise_option scenario_job_more[] = {
    {"deadline", POISE_TIME, IN(deadline_ns), 0, 0, HORIZON_MAX_S, "s",
     "from its arrival; 0 as its class says", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(graph_template, field)

const char *const graph_pass_names[] = {"merge", "fuse", 0};

const poise_option scenario_graph_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "that classes of jobs refer to", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_task, field)

const poise_option scenario_task_rows[] = {
    {"name", POISE_TEXT, IN(name), POISE_REQUIRED, 0, 0, "", "of the task, or of the block", NULL},
    {"class", POISE_TEXT, IN(class_name), 0, 0, 0, "",
     "the class that says how it runs; that of its block or graph if not given", NULL},
    {"op", POISE_TEXT, IN(op), 0, 0, 0, "",
     "what it computes: pass merge does what is the same only once; without it, it is like no "
     "other",
     NULL},
    {"flops", POISE_QUANTITY, IN(flop), 0, 1e-12, 1e30, "FLOP",
     "of a layer, instead of size, where work_unit is FLOP", NULL},
    {"params", POISE_BYTES, IN(params_bytes), 0, 0, 1e14, "bytes", "parameters of a layer", NULL},
    {"activation", POISE_BYTES, IN(activation_bytes), 0, 0, 1e14, "bytes",
     "what a layer gives to the next ones: the bytes of edges that say nothing else", NULL},
    {"memory", POISE_BYTES, IN(memory_bytes), 0, 0, 1e18, "bytes",
     "needed on the device; of a layer params + activation, else that of its class if not given",
     NULL},
    {"bytes", POISE_BYTES, IN(bytes), 0, 0, 1e18, "bytes",
     "over each edge into it that says nothing of its own", NULL},
    {"repeat", POISE_INT, IN(repeat), 1, 1, 10000, "", "copies, named NAME.1, NAME.2, ...", NULL},
    {"chain", POISE_BOOL, IN(chain), 0, 0, 1, "", "each copy comes after the one before", NULL},
    {0},
};

#undef IN
#define IN(field) offsetof(scenario_message, field)

const poise_option scenario_message_rows[] = {
    {"bytes", POISE_BYTES, IN(bytes), POISE_REQUIRED, 0, 1e18, "bytes", "with each work unit",
     NULL},
    {0},
};
