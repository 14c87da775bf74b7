/* process.c - see process.h. Both ends of the conversation are served at once: a program that talks
 * before it has listened to the end must not hold up either. */
#include "lib/process.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100
#define HEARD_ROOM 4096

/* ---- words -------------------------------------------------------------------------------- */

/* One word from *from on, written to *to; false if a quote does not end. */
static bool cut_word(char **from, char **to)
{
    char quote = 0, *in = *from, *out = *to;
    for (; *in && (quote || (*in != ' ' && *in != '\t')); in++) {
        if (quote ? *in == quote : *in == '\'' || *in == '"')
            quote = quote ? 0 : *in;
        else if (*in == '\\' && in[1] && (!quote || (quote == '"' && strchr("\"\\", in[1]))))
            *out++ = *++in;
        else
            *out++ = *in;
    }
    *from = in;
    *to = out;
    return !quote;
}

bool process_cut(char *text, process_words *words, poise_error *err)
{
    *words = (process_words){.at = calloc(strlen(text) / 2 + 2, sizeof(char *))};
    if (!words->at)
        return error_null(err, "out of memory for the words of a command");
    for (const char *c = text; *c; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 127)
            return error_null(err, "the command holds a control character (byte %d)", *c);
    char *in = text, *out = text;
    for (in += strspn(in, " \t"); *in; in += strspn(in, " \t")) {
        words->at[words->n++] = out;
        if (!cut_word(&in, &out))
            return error_null(err, "a quote in the command does not end");
        in += *in != 0;  // before the end of the word is written, perhaps over it
        *out++ = 0;
    }
    if (words->n == 0 || !*words->at[0])
        return error_null(err, "no command: write pipe:PROGRAM ARGUMENT ...");
    return true;
}

void process_words_free(process_words *words)
{
    free(words->at);
    *words = (process_words){0};
}

char *process_find(const char *name)
{
    const char *path = strchr(name, '/') ? "" : getenv("PATH");
    path = path ? path : "/usr/local/bin:/usr/bin:/bin";
    for (;;) {
        const size_t n = strcspn(path, ":");
        char *file = NULL;
        if (asprintf(&file, "%.*s%s%s", (int)n, path, n ? "/" : "", name) < 0)
            return NULL;
        if (access(file, X_OK) == 0)
            return file;
        free(file);
        if (!path[n])
            return NULL;
        path += n + 1;
    }
}

/* ---- start -------------------------------------------------------------------------------- */

/* In the child, where only what is safe after a fork of threads may be called. Returns only if the
 * program cannot be started. */
static void become(const char *path, char *const *words, int in, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
        return;
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    execv(path, words);
}

/* The errno of a failed exec comes back through a pipe that a successful one closes. */
static int hear_of_failure(int from)
{
    int why = 0;
    ssize_t n;
    do
        n = read(from, &why, sizeof why);
    while (n < 0 && errno == EINTR);
    return n > 0 ? why : 0;
}

/* A pipe whose ends are not among the standard streams, should some of those be closed. */
static bool open_pipe(int end[2])
{
    if (pipe2(end, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (end[i] < 3) {
            const int low = end[i];
            end[i] = fcntl(low, F_DUPFD_CLOEXEC, 3);
            close(low);
        }
    return end[0] >= 0 && end[1] >= 0;
}

static bool open_pipes(int in[2], int out[2], int tell[2])
{
    in[0] = in[1] = out[0] = out[1] = tell[0] = tell[1] = -1;
    return open_pipe(in) && open_pipe(out) && open_pipe(tell);
}

static void drop(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool process_start(process *p, const char *path, const process_words *words, poise_error *err)
{
    int in[2], out[2], tell[2], why = 0;
    const pid_t parent = getpid();
    *p = (process){.pid = -1, .to = -1, .from = -1};
    signal(SIGPIPE, SIG_IGN);
    const bool piped = open_pipes(in, out, tell);
    p->pid = piped ? fork() : -1;
    if (p->pid == 0) {
        become(path, words->at, in[0], out[1], parent);
        why = errno;
        if (write(tell[1], &why, sizeof why) < 0)
            _exit(126);
        _exit(127);
    }
    why = p->pid < 0 ? errno : 0;
    drop(&in[0]);
    drop(&out[1]);
    drop(&tell[1]);
    if (p->pid > 0) {
        why = hear_of_failure(tell[0]);
        fcntl(in[1], F_SETFL, O_NONBLOCK);
        fcntl(out[0], F_SETFL, O_NONBLOCK);
    }
    drop(&tell[0]);
    p->to = in[1];
    p->from = out[0];
    if (why == 0)
        return true;
    process_end(p, NULL, 0);
    return error_null(err, "cannot start %s: %s", path, strerror(why));
}

/* ---- conversation ------------------------------------------------------------------------- */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Hears what there is; PROCESS_LINE: nothing is wrong. */
static process_news hear(process *p)
{
    if (p->used > 0) {
        memmove(p->heard, p->heard + p->used, p->n_heard - p->used);
        p->n_heard -= p->used;
        p->used = 0;
    }
    if (p->room - p->n_heard < HEARD_ROOM / 2) {
        const size_t room = 2 * p->room + HEARD_ROOM;
        char *heard = realloc(p->heard, room + 1);
        if (!heard)
            return PROCESS_NO_MEMORY;
        p->heard = heard;
        p->room = room;
    }
    const ssize_t n = read(p->from, p->heard + p->n_heard, p->room - p->n_heard);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? PROCESS_LINE : PROCESS_CLOSED;
    p->n_heard += (size_t)n;
    p->heard[p->n_heard] = 0;
    return n > 0 ? PROCESS_LINE : PROCESS_CLOSED;
}

/* Says what it takes of n bytes; how many, -1 if it no longer listens. */
static ssize_t say(process *p, const char *text, size_t n)
{
    const ssize_t said = write(p->to, text, n);
    if (said >= 0)
        return said;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* The next whole line of what was heard, from byte *looked on that was not looked at; else NULL. */
static const char *take_line(process *p, size_t *looked)
{
    if (!p->heard)
        return NULL;
    char *from = p->heard + p->used;
    const size_t n = p->n_heard - p->used;
    char *end = n > *looked ? memchr(from + *looked, '\n', n - *looked) : NULL;
    *looked = n;
    if (!end)
        return NULL;
    *end = 0;
    for (char *c = from; c < end; c++)
        *c = *c ? *c : 1;  // so that nothing hides behind a 0
    p->used = (size_t)(end + 1 - p->heard);
    return from;
}

/* Sleeps until something can be heard, or said if there is more to say, at most a tick. Counted are
 * at most two ticks: time in which all processes stood still is nobody's fault. */
static double rest(const process *p, bool has_more)
{
    const double before_s = now_s();
    struct pollfd fd[2] = {{.fd = p->from, .events = POLLIN},
                           {.fd = has_more ? p->to : -1, .events = POLLOUT}};
    poll(fd, 2, TICK_MS);
    const double spent_s = now_s() - before_s;
    return spent_s < 2e-3 * TICK_MS ? spent_s : 2e-3 * TICK_MS;
}

process_news process_ask(process *p, const char *text, size_t n, size_t most,
                         const process_terms *terms, const char **line)
{
    size_t said = 0, looked = 0;
    double spent_s = 0;
    process_news news = PROCESS_LINE;
    *line = "";
    for (;;) {
        const ssize_t more = said < n ? say(p, text + said, n - said) : 0;
        said += more > 0 ? (size_t)more : 0;
        news = hear(p);
        const char *whole = news == PROCESS_NO_MEMORY ? NULL : take_line(p, &looked);
        if (whole && said == n) {
            *line = whole;
            return strlen(whole) <= most ? PROCESS_LINE : PROCESS_FLOOD;
        }
        if (news == PROCESS_LINE && more < 0)
            news = PROCESS_CLOSED;
        else if (news == PROCESS_LINE && whole)
            news = PROCESS_EARLY;
        else if (news == PROCESS_LINE && process_unasked(p) > most)
            news = PROCESS_FLOOD;
        else if (news == PROCESS_LINE && spent_s > terms->patience_s)
            news = PROCESS_LATE;
        else if (news == PROCESS_LINE && terms->stop && terms->stop(terms->data))
            news = PROCESS_STOPPED;
        if (news != PROCESS_LINE) {
            *line = whole ? whole : p->n_heard > p->used ? p->heard + p->used : "";
            return news;
        }
        spent_s += rest(p, said < n);
    }
}

const char *process_farewell(process *p, double most_s)
{
    drop(&p->to);
    double spent_s = 0;
    while (process_unasked(p) == 0 && spent_s < most_s && hear(p) == PROCESS_LINE)
        if (process_unasked(p) == 0)
            spent_s += rest(p, false);
    return process_unasked(p) ? p->heard + p->used : NULL;
}

/* ---- end ---------------------------------------------------------------------------------- */

static void put_how(int status, char *how, size_t size)
{
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const char *about = sigdescr_np(number), *name = sigabbrev_np(number);
    if (number)
        snprintf(how, size, "it was ended by signal %d: %s (SIG%s)", number, about ? about : "?",
                 name ? name : "?");
    else if (WIFEXITED(status))
        snprintf(how, size, "it ended with status %d", WEXITSTATUS(status));
}

/* Waits for its own end a moment: who closes its output is about to. */
static bool has_ended(const process *p, int *status)
{
    for (int i = 0; i < 50; i++) {
        if (waitpid(p->pid, status, WNOHANG) == p->pid)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return false;
}

void process_end(process *p, char *how, size_t size)
{
    if (size)
        *how = 0;
    drop(&p->to);
    drop(&p->from);
    free(p->heard);
    p->heard = NULL;
    p->n_heard = p->used = p->room = 0;
    if (p->pid <= 0)
        return;
    int status;
    if (size && has_ended(p, &status)) {
        put_how(status, how, size);
        kill(-p->pid, SIGKILL);
    } else {
        kill(-p->pid, SIGKILL);
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    p->pid = -1;
}
