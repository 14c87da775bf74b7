/* pool.c - see pool.h. Workers take the next job's number under a lock, or wait until one is ready;
 * the calling thread waits for finished ones and is the only one that calls done and tick. */
#include "pool.h"

#include "isolate.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define TICK_NS 200000000L

atomic_bool pool_stopping;
static volatile sig_atomic_t caught;

typedef struct pool {
    const pool_work *work;
    pthread_mutex_t lock;
    pthread_cond_t news;   // for the calling thread: a job has ended, or a worker
    pthread_cond_t ready;  // for workers: a job may be ready
    int next;              // job to be handed out, unless the work says which
    int *ended;            // (n_jobs) in the order in which they ended
    int n_ended, n_started, n_settled;
    int n_alive;  // workers
    bool is_bad;  // done was false
} pool;

typedef struct worker {
    pool *pool;
    int number;
    bool is_caller;  // no other thread could be started
    pthread_t thread;
} worker;

/* Whether half a second is over since the first signal. */
static bool is_impatient(void)
{
    static struct timespec first;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!caught)
        first = now;
    return (double)(now.tv_sec - first.tv_sec) + 1e-9 * (double)(now.tv_nsec - first.tv_nsec) > .5;
}

/* Whoever sends a signal to a process and to its group sends it twice. */
static void on_signal(int number)
{
    if (is_impatient()) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    caught = number;
    atomic_store(&pool_stopping, true);
}

void pool_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int pool_signal(void)
{
    return caught;
}

int pool_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* The next job, or that there is none. With the lock held. */
static int choose(pool *p)
{
    if (p->n_started == p->work->n_jobs)
        return POOL_NONE;
    const int job = p->work->next ? p->work->next(p->work->data) : p->next++;
    /* Nothing will become ready any more when all that ever began has ended. */
    return job == POOL_LATER && p->n_started == p->n_settled ? POOL_NONE : job;
}

/* Hears of a job that has ended, with the lock held but for the time that it takes; false if its
 * result was no good. */
static bool hear(pool *p, int job)
{
    const pool_work *work = p->work;
    pthread_mutex_unlock(&p->lock);
    const bool good = !work->done || work->done(work->data, job);
    pthread_mutex_lock(&p->lock);
    if (good && work->settle)
        work->settle(work->data, job);
    p->n_settled++;
    pthread_cond_broadcast(&p->ready);
    return good;
}

/* Hears of all jobs that have ended. With the lock held, in the calling thread. */
static void hear_all(pool *p)
{
    while (p->n_settled < p->n_ended) {
        const int job = p->ended[p->n_settled];
        if (p->is_bad)
            p->n_settled++;
        else if (!hear(p, job)) {
            p->is_bad = true;
            atomic_store(&pool_stopping, true);
        }
    }
    if (atomic_load(&pool_stopping))
        pthread_cond_broadcast(&p->ready);
}

static void *labour(void *argument)
{
    const worker *w = argument;
    pool *p = w->pool;
    pthread_mutex_lock(&p->lock);
    int job;
    while (!atomic_load(&pool_stopping) && (job = choose(p)) != POOL_NONE) {
        if (job == POOL_LATER) {
            if (w->is_caller)
                hear_all(p);
            else
                pthread_cond_wait(&p->ready, &p->lock);
            continue;
        }
        p->n_started++;
        pthread_mutex_unlock(&p->lock);
        p->work->run(p->work->data, job, w->number);
        pthread_mutex_lock(&p->lock);
        p->ended[p->n_ended++] = job;
        pthread_cond_signal(&p->news);
    }
    p->n_alive--;
    pthread_cond_signal(&p->news);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Waits with the lock held for news, at most a tick. */
static void wait_a_while(pool *p)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&p->news, &p->lock, &until);
}

/* The calling thread's part: hears of ended jobs until no worker is left. */
static bool oversee(pool *p)
{
    const pool_work *work = p->work;
    pthread_mutex_lock(&p->lock);
    for (hear_all(p); p->n_alive > 0; hear_all(p)) {
        wait_a_while(p);
        if (work->tick) {
            pthread_mutex_unlock(&p->lock);
            work->tick(work->data);
            pthread_mutex_lock(&p->lock);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return !p->is_bad && (work->next || p->n_settled == work->n_jobs) && !pool_signal();
}

/* Signals are for the calling thread: workers start with them blocked. */
static void start_workers(pool *p, worker *workers, int *n_threads)
{
    sigset_t blocked, before;
    sigfillset(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    pthread_mutex_lock(&p->lock);
    int n = 0;
    for (; n < *n_threads; n++) {
        workers[n] = (worker){.pool = p, .number = n};
        if (pthread_create(&workers[n].thread, NULL, labour, &workers[n]) != 0)
            break;
    }
    *n_threads = p->n_alive = n;
    pthread_mutex_unlock(&p->lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool pool_run(const pool_work *work, int n_threads)
{
    if (work->n_jobs == 0)
        return true;
    if (n_threads > work->n_jobs)
        n_threads = work->n_jobs;
    pool p = {.work = work, .ended = calloc((size_t)work->n_jobs, sizeof(int))};
    worker *workers = calloc((size_t)n_threads, sizeof *workers);
    bool good = false;
    if (p.ended && workers) {
        pthread_condattr_t steady;
        pthread_condattr_init(&steady);
        pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
        pthread_mutex_init(&p.lock, NULL);
        pthread_cond_init(&p.news, &steady);
        pthread_cond_init(&p.ready, NULL);
        isolate_open();
        start_workers(&p, workers, &n_threads);
        if (n_threads == 0) {
            p.n_alive = 1;
            labour(&(worker){.pool = &p, .is_caller = true});
        }
        good = oversee(&p);
        for (int i = 0; i < n_threads; i++)
            pthread_join(workers[i].thread, NULL);
        isolate_close();
        pthread_cond_destroy(&p.news);
        pthread_cond_destroy(&p.ready);
        pthread_mutex_destroy(&p.lock);
        pthread_condattr_destroy(&steady);
    }
    free(workers);
    free(p.ended);
    return good;
}
