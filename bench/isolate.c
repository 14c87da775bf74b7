/* isolate.c - see isolate.h. What is asked, the answer and the signs of life of a piece of work are
 * in one file in memory; the nurse is sent that file, and a pipe to say on how it ended. */
#include "isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 50
/* Seconds that work has to end when it is asked to stop. */
#define GRACE_S 2.
/* Bytes of the file before what is asked. */
#define HEAD_BYTES 4096

/* The beginning of the file. */
typedef struct head {
    isolate_life life;
    isolate_work *work;
    size_t n_ask;
    double patience_s;
    atomic_bool done;
} head;

/* How work ended, as the nurse says. */
typedef struct report {
    enum { BY_ITSELF, TOO_LATE, NOT_BEGUN } how;
    int status;  // of waitpid; of errno if not begun
} report;

/* The nurse, as the others see it. */
static struct {
    pid_t pid;
    int requests;
    bool is_expected;
} nurse = {.requests = -1};

/* ---- the work ----------------------------------------------------------------------------- */

/* Nothing that Poise has open may be reached from here, and nothing said here must look like
 * Poise's own output. The file in memory becomes number 3. */
static void withdraw(int memory, pid_t parent)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGALRM};
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setpgid(0, 0);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    const int kept = fcntl(memory, F_DUPFD_CLOEXEC, 4);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing > 0)
        dup2(nothing, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    dup3(kept, 3, O_CLOEXEC);
    close_range(4, ~0U, 0);
}

static _Noreturn void labour(head *h, int memory, pid_t parent)
{
    withdraw(memory, parent);
    void *ask = malloc(h->n_ask + 1);
    const bool heard = ask && pread(3, ask, h->n_ask, HEAD_BYTES) == (ssize_t)h->n_ask;
    FILE *answer = heard ? fdopen(3, "r+") : NULL;
    if (!answer || fseek(answer, HEAD_BYTES + (long)h->n_ask, SEEK_SET) != 0)
        _exit(1);
    h->work(ask, h->n_ask, &h->life, answer);
    fflush(stdout);
    if (fflush(answer) != 0)
        _exit(1);
    atomic_store(&h->done, true);
    _exit(0);
}

/* ---- the nurse ---------------------------------------------------------------------------- */

/* A piece of work that she watches over. */
typedef struct ward {
    pid_t pid;
    int reply;
    head *head;
    unsigned long long pulse;
    double still_s, stopping_s;
    bool is_late;
} ward;

typedef struct wards {
    ward *at;
    int n, room;
} wards;

static void tell(int reply, report r)
{
    while (write(reply, &r, sizeof r) < 0 && errno == EINTR)
        continue;
    close(reply);
}

/* A request: the file in memory, and where to say how it ended. False at the end of them. */
static bool receive(int requests, int fd[2])
{
    char kind;
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec text = {&kind, 1};
    struct msghdr m = {.msg_iov = &text,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = recvmsg(requests, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    fd[0] = fd[1] = -1;
    if (c && c->cmsg_len == CMSG_LEN(2 * sizeof(int)))
        memcpy(fd, CMSG_DATA(c), 2 * sizeof(int));
    return n > 0;
}

static bool make_room(wards *w)
{
    if (w->n < w->room)
        return true;
    const int room = 2 * w->room + 8;
    ward *at = realloc(w->at, (size_t)room * sizeof *at);
    if (!at)
        return false;
    w->at = at;
    w->room = room;
    return true;
}

static void admit(wards *w, const int fd[2])
{
    head *h = fd[0] < 0 ? MAP_FAILED
                        : mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd[0], 0);
    const pid_t parent = getpid();
    pid_t pid = -1;
    if (h != MAP_FAILED && make_room(w))
        pid = fork();
    if (pid == 0)
        labour(h, fd[0], parent);
    const int why = errno;
    close(fd[0]);
    if (pid > 0) {
        w->at[w->n++] = (ward){.pid = pid, .reply = fd[1], .head = h};
        return;
    }
    if (h != MAP_FAILED)
        munmap(h, HEAD_BYTES);
    tell(fd[1], (report){NOT_BEGUN, why});
}

static void end(const ward *one)
{
    kill(-one->pid, SIGKILL);
    kill(one->pid, SIGKILL);
}

static void reap(wards *w)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (int i = 0; i < w->n; i++) {
            if (w->at[i].pid != pid)
                continue;
            const ward one = w->at[i];
            kill(-pid, SIGKILL);  // what it may have started
            munmap(one.head, HEAD_BYTES);
            tell(one.reply, (report){one.is_late ? TOO_LATE : BY_ITSELF, status});
            w->at[i] = w->at[--w->n];
            break;
        }
}

static void watch(wards *w, double passed_s)
{
    for (int i = 0; i < w->n; i++) {
        ward *one = &w->at[i];
        const isolate_life *life = &one->head->life;
        const int stage = atomic_load(&life->stage);
        const unsigned long long pulse = ((unsigned long long)atomic_load(&life->decisions) << 20) +
                                         ((unsigned long long)stage << 16) +
                                         (atomic_load(&life->breaths) & 0xffff);
        one->still_s = pulse == one->pulse && stage != ISOLATE_OURS ? one->still_s + passed_s : 0;
        one->pulse = pulse;
        one->stopping_s += atomic_load(&life->stop) ? passed_s : 0;
        if (one->is_late || (one->still_s <= one->head->patience_s && one->stopping_s <= GRACE_S))
            continue;
        one->is_late = true;
        end(one);
    }
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Her own signals: those from a terminal are for Poise, which then says what to do. */
static int settle(void)
{
    sigset_t deaths;
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&deaths);
    sigaddset(&deaths, SIGCHLD);
    sigprocmask(SIG_SETMASK, &deaths, NULL);
    return signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Time in which she was not woken, because all processes were stopped, counts as one tick. */
static _Noreturn void serve(int requests)
{
    wards w = {0};
    dup3(fcntl(requests, F_DUPFD_CLOEXEC, 4), 3, O_CLOEXEC);
    requests = 3;
    close_range(4, ~0U, 0);
    const int deaths = settle();
    for (double before_s = now_s();;) {
        struct pollfd fd[2] = {{.fd = requests, .events = POLLIN},
                               {.fd = deaths, .events = POLLIN}};
        poll(fd, 2, w.n > 0 ? TICK_MS : -1);
        struct signalfd_siginfo ignored;
        while (read(deaths, &ignored, sizeof ignored) > 0)
            continue;
        int asked[2];
        if (fd[0].revents && !receive(requests, asked))
            break;
        if (fd[0].revents)
            admit(&w, asked);
        reap(&w);
        const double t = now_s(), passed_s = t - before_s;
        before_s = t;
        watch(&w, passed_s < 4e-3 * TICK_MS ? passed_s : 1e-3 * TICK_MS);
    }
    for (int i = 0; i < w.n; i++)
        end(&w.at[i]);
    _exit(0);
}

/* ---- the others --------------------------------------------------------------------------- */

static bool fork_nurse(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    fflush(NULL);  // or what is not written yet might be written twice
    nurse.pid = fork();
    if (nurse.pid == 0) {
        close(pair[0]);
        serve(pair[1]);
    }
    close(pair[1]);
    if (nurse.pid > 0) {
        nurse.requests = pair[0];
        return true;
    }
    close(pair[0]);
    return false;
}

void isolate_expect(void)
{
    nurse.is_expected = true;
}

void isolate_open(void)
{
    if (nurse.is_expected && nurse.requests < 0)
        fork_nurse();
}

void isolate_close(void)
{
    if (nurse.requests < 0)
        return;
    close(nurse.requests);
    nurse.requests = -1;
    while (waitpid(nurse.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static bool send_to_nurse(int memory, int reply)
{
    const int fd[2] = {memory, reply};
    union {
        char bytes[CMSG_SPACE(sizeof fd)];
        struct cmsghdr align;
    } control = {0};
    struct iovec text = {"w", 1};
    struct msghdr m = {.msg_iov = &text,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), fd, sizeof fd);
    ssize_t n;
    do
        n = sendmsg(nurse.requests, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* The file of a job, its head in memory; -1 if there is no memory for it. */
static int write_down(const isolate_job *job, head **h)
{
    const int memory = memfd_create("poise", MFD_CLOEXEC);
    *h = MAP_FAILED;
    if (memory >= 0 && ftruncate(memory, HEAD_BYTES) == 0 &&
        pwrite(memory, job->ask, job->n_ask, HEAD_BYTES) == (ssize_t)job->n_ask)
        *h = mmap(NULL, HEAD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (*h != MAP_FAILED) {
        (*h)->work = job->work;
        (*h)->n_ask = job->n_ask;
        (*h)->patience_s = job->patience_s > 0 ? job->patience_s : ISOLATE_PATIENCE_S;
        return memory;
    }
    if (memory >= 0)
        close(memory);
    return -1;
}

/* Waits for the nurse's report, passing on what either side should know; false if she is gone. */
static bool await(const isolate_job *job, head *h, int from, report *r)
{
    for (;;) {
        struct pollfd fd = {.fd = from, .events = POLLIN};
        const int ready = poll(&fd, 1, TICK_MS);
        if (job->stop && atomic_load_explicit(job->stop, memory_order_relaxed))
            atomic_store(&h->life.stop, true);
        if (job->decisions)
            atomic_store_explicit(job->decisions, atomic_load(&h->life.decisions),
                                  memory_order_relaxed);
        if (ready > 0)
            return read(from, r, sizeof *r) == (ssize_t)sizeof *r;
    }
}

static void read_answer(int memory, size_t n_ask, isolate_end *e)
{
    const off_t end_of = lseek(memory, 0, SEEK_END), begin = HEAD_BYTES + (off_t)n_ask;
    const size_t n = end_of > begin ? (size_t)(end_of - begin) : 0;
    e->bytes = malloc(n + 1);
    while (e->bytes && e->n_bytes < n) {
        const ssize_t got =
            pread(memory, (char *)e->bytes + e->n_bytes, n - e->n_bytes, begin + (off_t)e->n_bytes);
        if (got <= 0)
            break;
        e->n_bytes += (size_t)got;
    }
}

/* "in decision 7" */
static void put_place(const head *h, char *text, size_t size)
{
    switch (atomic_load(&h->life.stage)) {
    case ISOLATE_LOADING: snprintf(text, size, "while it was loaded"); break;
    case ISOLATE_PREPARING: snprintf(text, size, "while it prepared itself"); break;
    case ISOLATE_DECIDING:
        snprintf(text, size, "in decision %lld", (long long)atomic_load(&h->life.decisions) + 1);
        break;
    case ISOLATE_ENDING: snprintf(text, size, "after the last decision"); break;
    default: snprintf(text, size, "outside of its own functions"); break;
    }
}

static void explain(const head *h, report r, isolate_end *e)
{
    char place[60];
    put_place(h, place, sizeof place);
    const int number = r.how == BY_ITSELF && WIFSIGNALED(r.status) ? WTERMSIG(r.status) : 0;
    const char *about = sigdescr_np(number), *name = sigabbrev_np(number);
    if (r.how == NOT_BEGUN)
        snprintf(e->error, sizeof e->error, "could not be run: no process could be started: %s",
                 strerror(r.status));
    else if (r.how == TOO_LATE && atomic_load(&h->life.stop))
        snprintf(e->error, sizeof e->error, "interrupted %s", place);
    else if (r.how == TOO_LATE)
        snprintf(e->error, sizeof e->error, "took more than %g s %s and was ended", h->patience_s,
                 place);
    else if (number)
        snprintf(e->error, sizeof e->error, "crashed %s: %s (SIG%s)", place, about ? about : "?",
                 name ? name : "?");
    else
        snprintf(e->error, sizeof e->error, "called exit(%d) %s", WEXITSTATUS(r.status), place);
}

static isolate_end ask_nurse(const isolate_job *job)
{
    isolate_end e = {.error = "could not be run: no process could be started"};
    head *h;
    int reply[2];
    const int memory = write_down(job, &h);
    if (memory < 0)
        return e;
    if (pipe2(reply, O_CLOEXEC) == 0) {
        report r = {0};
        const bool sent = send_to_nurse(memory, reply[1]);
        close(reply[1]);
        snprintf(e.error, sizeof e.error,
                 "could not be run: the process that starts others is gone");
        if (sent && await(job, h, reply[0], &r)) {
            e.good = r.how == BY_ITSELF && atomic_load(&h->done);
            explain(h, r, &e);
        }
        close(reply[0]);
        read_answer(memory, job->n_ask, &e);
    }
    munmap(h, HEAD_BYTES);
    close(memory);
    return e;
}

isolate_end isolate_run(const isolate_job *job)
{
    const bool is_alone = nurse.requests < 0;
    if (is_alone && !fork_nurse())
        return (isolate_end){.error = "could not be run: no process could be started"};
    const isolate_end e = ask_nurse(job);
    if (is_alone)
        isolate_close();
    return e;
}
