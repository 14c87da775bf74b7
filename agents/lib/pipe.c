/* pipe.c - see pipe.h. A process lives for one episode, so that no trial depends on another. What
 * goes wrong is kept as a sentence; from then on attention is NaN, which ends the episode. */
#include "lib/pipe.h"

#include "lib/pipe_lines.h"
#include "lib/plugin.h"
#include "lib/process.h"

#include "error.h"
#include "units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Seconds that a program has to end by itself when its input does. */
#define FAREWELL_S .5
/* Bytes of an answer: so many for a number, and so many besides. */
#define NUMBER_BYTES 64
#define MORE_BYTES 1024
#define QUOTE_BYTES 60

typedef struct pipe_agent {
    const char *command;
    const poise_space *space;
    process_terms terms;
    char *text, *program;  // the command cut into words, and where its program is
    process_words words;
    process child;
    bool is_running;
    int episode;
    int64_t decision;  // from 1
    char *hello;       // the first line, until it is written
    char problem[480];
} pipe_agent;

__attribute__((format(printf, 2, 3))) static void fail(pipe_agent *p, const char *format, ...)
{
    if (*p->problem)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(p->problem, sizeof p->problem, format, args);
    va_end(args);
}

/* What was said, fit to be shown: shortened, control characters and what is no ASCII escaped. */
static const char *quote(const char *said, char text[5 * QUOTE_BYTES])
{
    size_t n = 0;
    int i = 0;
    for (; i < QUOTE_BYTES && said[i]; i++) {
        const unsigned char c = (unsigned char)said[i];
        n += (size_t)snprintf(text + n, 5, c < ' ' || c > 126 ? "\\x%02x" : "%c", c);
    }
    snprintf(text + n, 5 * QUOTE_BYTES - n, "%s", said[i] ? "..." : "");
    return text;
}

/* ---- the command -------------------------------------------------------------------------- */

void pipe_command(void *state, const char *command)
{
    pipe_agent *p = state;
    p->command = command;
    p->terms.patience_s = PIPE_PATIENCE_S;
}

void pipe_terms(void *state, double patience_s, bool (*stop)(const void *data), const void *data)
{
    pipe_agent *p = state;
    p->terms = (process_terms){patience_s, stop, data};
}

uint64_t pipe_build(const char *command)
{
    poise_error err = {0};
    process_words words = {0};
    char *text = strdup(command);
    uint64_t build = XXH64(command, strlen(command), 0), hash;
    if (text && process_cut(text, &words, &err))
        for (int i = 0; i < words.n; i++)
            if ((i > 0 || strchr(words.at[i], '/')) && plugin_hash_file(words.at[i], &hash))
                build = XXH64(&hash, sizeof hash, build);
    process_words_free(&words);
    free(text);
    return build;
}

static bool init(void *state, const poise_space *space, uint64_t seed, poise_error *err)
{
    pipe_agent *p = state;
    (void)seed;
    p->space = space;
    p->child = (process){.pid = -1, .to = -1, .from = -1};
    p->text = strdup(p->command);
    if (!p->text)
        return error_null(err, "out of memory for a command");
    if (!process_cut(p->text, &p->words, err))
        return false;
    p->program = process_find(p->words.at[0]);
    char shown[5 * QUOTE_BYTES];
    if (!p->program)
        error_null(err, "pipe: there is no program '%s'%s", quote(p->words.at[0], shown),
                   strchr(p->words.at[0], '/') ? "" : " in the folders of PATH");
    return p->program;
}

/* ---- episodes ----------------------------------------------------------------------------- */

static void stop(pipe_agent *p)
{
    if (p->is_running)
        process_end(&p->child, NULL, 0);
    p->is_running = false;
}

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    pipe_agent *p = state;
    poise_error err = {0};
    stop(p);
    p->decision = 0;
    *p->problem = 0;
    free(p->hello);
    p->hello = pipe_hello(p->space, mode == POISE_MODE_TRAIN, seed, p->episode++);
    p->is_running = process_start(&p->child, p->program, &p->words, &err);
    if (!p->is_running)
        fail(p, "%.200s", err.text);
}

/* ---- answers ------------------------------------------------------------------------------ */

/* A word of an answer as a number; false if it is none. NaN is none. */
static bool read_number(const char *word, double *x)
{
    static const char *const infinite[] = {"inf", "infinity", "Infinity", "Inf"};
    const bool negative = *word == '-';
    for (int i = 0; i < 4; i++)
        if (strcmp(word + (negative || *word == '+'), infinite[i]) == 0) {
            *x = negative ? -INFINITY : INFINITY;
            return true;
        }
    return units_real(word, x) == UNITS_OK;
}

static void read_choice(pipe_agent *p, const char *line, int n, double *attention)
{
    char shown[5 * QUOTE_BYTES], *end;
    const char *digits = line + strlen("choose ");
    const long k = strtol(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || k >= n) {
        fail(p, "decision %lld: '%s' does not choose one of candidates 0 to %d",
             (long long)p->decision, quote(line, shown), n - 1);
        return;
    }
    for (int i = 0; i < n; i++)
        attention[i] = i == k;
}

static void read_numbers(pipe_agent *p, const char *line, int n, double *attention)
{
    const char *rest = line;
    char shown[5 * QUOTE_BYTES], word[NUMBER_BYTES];
    int found = 0;
    for (rest += strspn(rest, " \t"); *rest; rest += strspn(rest, " \t"), found++) {
        const size_t length = strcspn(rest, " \t");
        double x;
        snprintf(word, sizeof word, "%.*s", (int)length, rest);
        if (length >= sizeof word || !read_number(word, &x)) {
            const char *what = quote(word, shown);
            char all[5 * QUOTE_BYTES];
            fail(p, "decision %lld: '%.80s' is not a number, in its answer '%.100s'",
                 (long long)p->decision, what, quote(line, all));
            return;
        }
        if (found < n)
            attention[found] = x;
        rest += length;
    }
    if (found != n)
        fail(p, "decision %lld: its answer holds %d number%s for %d candidates: '%s'",
             (long long)p->decision, found, found == 1 ? "" : "s", n, quote(line, shown));
}

static void read_answer(pipe_agent *p, const char *line, int n, double *attention)
{
    char *end = (char *)line + strlen(line);
    while (end > line && (end[-1] == '\r' || end[-1] == ' '))
        *--end = 0;
    if (strncmp(line, "choose ", 7) == 0)
        read_choice(p, line, n, attention);
    else
        read_numbers(p, line, n, attention);
}

/* ---- decisions ---------------------------------------------------------------------------- */

static void explain(pipe_agent *p, process_news news, const char *line)
{
    const long long k = (long long)p->decision;
    char shown[5 * QUOTE_BYTES], how[120] = "", said[5 * QUOTE_BYTES + 40] = "";
    if (*line)
        snprintf(said, sizeof said, "; its last words were '%s'", quote(line, shown));
    switch (news) {
    case PROCESS_LATE:
        fail(p, "decision %lld: no answer within %g s%s", k, p->terms.patience_s, said);
        break;
    case PROCESS_CLOSED:
        process_end(&p->child, how, sizeof how);
        p->is_running = false;
        fail(p, "decision %lld: no answer, %s%s", k, *how ? how : "it has closed its output", said);
        break;
    case PROCESS_EARLY:
        fail(p, "decision %lld: it answered before it was asked: '%s'", k, quote(line, shown));
        break;
    case PROCESS_FLOOD:
        fail(p, "decision %lld: its answer is too long, or its line does not end: '%s'", k,
             quote(line, shown));
        break;
    case PROCESS_STOPPED: fail(p, "interrupted"); break;
    default: fail(p, "decision %lld: out of memory for its answer", k); break;
    }
}

/* What is written for a decision: the view, before the first one the hello. malloc'd. */
static char *words_for(pipe_agent *p, const poise_view *v)
{
    char *view = pipe_view(v), *both = NULL;
    if (p->decision > 1 || !view)
        return view;
    if (p->hello && asprintf(&both, "%s%s", p->hello, view) < 0)
        both = NULL;
    free(view);
    free(p->hello);
    p->hello = NULL;
    return both;
}

static void ask(pipe_agent *p, const poise_view *v, double *attention)
{
    char *text = words_for(p, v), shown[5 * QUOTE_BYTES];
    const char *line;
    const size_t most = (size_t)v->n_candidates * NUMBER_BYTES + MORE_BYTES;
    if (!text) {
        fail(p, "out of memory for what is written to the policy");
    } else if (process_unasked(&p->child) > 0) {
        fail(p, "decision %lld: it said more than it was asked: '%s'", (long long)p->decision,
             quote(process_farewell(&p->child, 0), shown));
    } else {
        const process_news news =
            process_ask(&p->child, text, strlen(text), most, &p->terms, &line);
        if (news == PROCESS_LINE)
            read_answer(p, line, v->n_candidates, attention);
        else
            explain(p, news, line);
    }
    free(text);
}

static void attend(void *state, const poise_view *v, double *attention)
{
    pipe_agent *p = state;
    p->decision++;
    if (!*p->problem && p->is_running)
        ask(p, v, attention);
    if (!*p->problem)
        return;
    stop(p);
    for (int i = 0; i < v->n_candidates; i++)
        attention[i] = NAN;
}

const char *pipe_problem(const void *state)
{
    const pipe_agent *p = state;
    return *p->problem ? p->problem : NULL;
}

void pipe_finish(void *state)
{
    pipe_agent *p = state;
    char shown[5 * QUOTE_BYTES];
    if (!p->is_running)
        return;
    const char *more = process_farewell(&p->child, FAREWELL_S);
    if (more)
        fail(p, "it said more than it was asked, after the last decision: '%s'",
             quote(more, shown));
    stop(p);
}

static void release(void *state)
{
    pipe_agent *p = state;
    stop(p);
    process_words_free(&p->words);
    free(p->program);
    free(p->text);
    free(p->hello);
}

const poise_agent_type pipe_type = {
    .abi = POISE_AGENT_ABI,
    .name = "pipe",
    .about = "a program that answers each decision with a line; see docs/plugins.md",
    .size = sizeof(pipe_agent),
    .init = init,
    .begin = begin,
    .attend = attend,
    .free = release,
};
