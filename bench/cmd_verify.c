/* cmd_verify.c - `poise verify`: runs what a store holds again and compares every bit. */
#include "cli.h"

#include "pool.h"
#include "progress.h"
#include "string_buffer.h"
#include "verify.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *store;
    int sample, threads;
    int64_t seed;
    double patience_s;
    bool train, quiet;
} options;

enum { OPT_SAMPLE = 256, OPT_SEED, OPT_TRAIN, OPT_PATIENCE };

static const struct argp_option rows[] = {
    {"sample", OPT_SAMPLE, "N", 0, "only so many cells, drawn at random; default all", 0},
    {"seed", OPT_SEED, "SEED", 0, "of the draw; default 0", 0},
    {"train", OPT_TRAIN, 0, 0, "also train the policies of these cells again", 0},
    {"jobs", 'j', "N", 0, "threads; default: as many as processors", 0},
    {"patience", OPT_PATIENCE, "S", 0, CLI_PATIENCE, 0},
    {"quiet", 'q', 0, 0, "no progress, only what differs and the end", 0},
    {0},
};

static const char about[] =
    "Run what a store holds (a file, or the name of a scenario for results/SCENARIO.db) again and "
    "compare every bit: the world, the trajectory, every metric and bound. Where a run goes "
    "elsewhere, the first decision that differs is named. The store is only read. Status 1 if "
    "anything differs or cannot be run again.\v"
    "Examples:\n"
    "  poise verify gpu-mix-v1\n"
    "  poise verify results/gpu-mix-v1.db --sample 20 --seed 7 --train";

static error_t take(int key, char *argument, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SAMPLE: o->sample = (int)cli_whole("--sample", argument, 1, INT32_MAX); break;
    case OPT_SEED: o->seed = cli_whole("--seed", argument, 0, INT64_MAX); break;
    case OPT_TRAIN: o->train = true; break;
    case 'j': o->threads = (int)cli_whole("-j", argument, 1, 1024); break;
    case OPT_PATIENCE: o->patience_s = cli_patience(argument); break;
    case 'q': o->quiet = true; break;
    case ARGP_KEY_ARG:
        if (o->store)
            cli_refuse("one store at a time, '%s' is one too many", argument);
        o->store = argument;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* ---- what came of it ---------------------------------------------------------------------- */

/* How many items have each verdict; first cells, then policies. */
typedef struct counts {
    int of[2][VERIFY_CHANCE + 1], n[2];
} counts;

static counts count(const verification *v)
{
    const verify_item *item;
    const int n = verify_items(v, &item);
    counts c = {0};
    for (int i = 0; i < n; i++) {
        const int kind = item[i].cell < 0;
        c.n[kind]++;
        c.of[kind][item[i].verdict]++;
    }
    return c;
}

static void add_count(string_buffer *out, int n, const char *words)
{
    if (n > 0)
        string_add(out, "%s%d %s", out->length ? ", " : "", n, words);
}

static const char *things(int kind, int n)
{
    static const char *const words[2][2] = {{"cells", "cell"}, {"policies", "policy"}};
    return words[kind][n == 1];
}

/* "12 cells verified, all the same", or how many are not. */
static void summarise(const counts *c, int kind)
{
    static const char *const words[] = {
        [VERIFY_NOT_DONE] = "not reached",     [VERIFY_SAME] = "the same",
        [VERIFY_DIFFERS] = "not the same",     [VERIFY_CANNOT] = "cannot be run again",
        [VERIFY_GIVEN] = "given, not trained", [VERIFY_CHANCE] = "not verifiable",
    };
    const int n = c->n[kind], same = c->of[kind][VERIFY_SAME];
    string_buffer rest = {0};
    for (int k = 0; k <= VERIFY_CHANCE; k++)
        add_count(&rest, c->of[kind][k], words[k]);
    if (n == same)
        printf("%d %s verified, %s\n", n, things(kind, n), n == 1 ? "the same" : "all the same");
    else
        printf("%d %s: %s\n", n, things(kind, n), rest.at);
    string_free(&rest);
}

static int judge(const verification *v)
{
    const verify_item *item;
    const int n = verify_items(v, &item);
    const counts c = count(v);
    for (int i = 0; i < n; i++)
        if (item[i].text)
            fputs(item[i].text, stdout);
    string_buffer elsewhere = {0};
    verify_tell_elsewhere(v, &elsewhere);
    fputs(elsewhere.at ? elsewhere.at : "", stdout);
    string_free(&elsewhere);
    for (int kind = 0; kind < 2; kind++)
        if (kind == 0 || c.n[kind] > 0)
            summarise(&c, kind);
    if (pool_signal()) {
        fflush(stdout);
        return cli_error(128 + pool_signal(), "interrupted: %d of %d cells and policies are done",
                         verify_done(v), n);
    }
    for (int kind = 0; kind < 2; kind++)
        if (c.of[kind][VERIFY_DIFFERS] + c.of[kind][VERIFY_CANNOT] > 0)
            return STATUS_TRIAL;
    return STATUS_OK;
}

/* ---- the command -------------------------------------------------------------------------- */

static void on_tick(void *data, const verification *v)
{
    progress *p = data;
    const verify_item *item;
    const int n = verify_items(v, &item), done = verify_done(v);
    const double elapsed_s = wall_now_s() - p->start_s;
    progress_show(p, done ? elapsed_s * (n - done) / done : NAN, "%d of %d done", done, n);
}

static int verify(const options *o, store *s, const results *r)
{
    poise_error err = {0};
    const verify_ask ask = {s, r, o->sample, o->seed, o->train, o->patience_s};
    verification *v = verify_new(&ask, &err);
    if (!v)
        return cli_explain(STATUS_IO, &err);
    progress p = progress_start(o->quiet);
    const int threads = o->threads ? o->threads : pool_processors();
    const bool good = verify_run(v, threads, on_tick, &p, &err);
    progress_wipe(&p);
    const int status = good ? judge(v) : cli_explain(STATUS_IO, &err);
    verify_free(v);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    options o = {0};
    const struct argp argp = {rows, take, "[STORE]", about, NULL, NULL, NULL};
    cli_parse(&argp, argc, argv, &o);
    poise_error err = {0};
    store *s = store_open(cli_store(o.store), false, &err);
    results *r = s ? store_read(s, &err) : NULL;
    pool_catch_signals();
    const int status = r ? verify(&o, s, r) : cli_explain(STATUS_IO, &err);
    results_free(r);
    store_close(s);
    return status;
}
