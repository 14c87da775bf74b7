/* Flows over pipes: times and rates by hand, and what defines max-min fairness on random ones. */
#include <math.h>

#include "network.h"
#include "rng.h"
#include "support.h"

enum { S = 1000000000 };  // nanoseconds

static network made(const network_pipe *pipe, int n_pipes, int capacity)
{
    network n = {.n_pipes = n_pipes, .capacity = capacity, .pipe = pipe};
    network_lay_out(&n, malloc(network_lay_out(&n, NULL)));
    network_reset(&n);
    return n;
}

static void drop(network *n)
{
    free(n->moved);  // where the block begins
}

static network_way over(int pipe, int64_t latency_ns)
{
    return (network_way){.n_pipes = 1, .pipe = {pipe}, .latency_ns = latency_ns};
}

static int start(network *n, int64_t now, int pipe, double bytes, int64_t tag)
{
    network_way way = over(pipe, 0);
    return network_start(n, now, &way, bytes, tag);
}

/* Lets time pass up to `until`; what comes, comes as "tag@ns" into a text. */
static const char *come(network *n, int64_t now, int64_t until)
{
    static char text[1024];
    text[0] = '\0';
    for (int64_t next; (next = network_next_ns(n, now)) <= until;) {
        now = next;
        for (int64_t tag; network_pop(n, now, &tag);)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%lld@%lld",
                     text[0] ? " " : "", (long long)tag, (long long)now);
    }
    return text;
}

/* ---- by hand ------------------------------------------------------------------------------ */

/* 10 B/s. A, 100 bytes, is half-way at 5 s when B, 100 bytes, comes: both have 5 B/s. A ends at 15
 * s, B has 50 bytes left then and all of the link: 20 s. */
START_TEST(two_flows_share_a_link_and_the_last_has_it_alone)
{
    network n = made(&(network_pipe){10, LINK_FAIR}, 1, 4);
    start(&n, 0, 0, 100, 1);
    ck_assert_str_eq(come(&n, 0, 5LL * S), "");
    start(&n, 5LL * S, 0, 100, 2);
    ck_assert_str_eq(come(&n, 5LL * S, 100LL * S), "1@15000000000 2@20000000000");
    ck_assert_double_eq(network_moved(&n, 100LL * S), 200);
    drop(&n);
}
END_TEST

/* One flow over three links of 1 B/s and one over each: 1/2 for all. */
START_TEST(max_min_on_a_line_of_three_links_is_one_half)
{
    const network_pipe unit = {1, LINK_FAIR}, line[] = {unit, unit, unit};
    network n = made(line, 3, 4);
    int id[] = {
        network_start(&n, 0, &(network_way){.n_pipes = 3, .pipe = {0, 1, 2}}, 9, 0),
        start(&n, 0, 0, 9, 1),
        start(&n, 0, 1, 9, 2),
        start(&n, 0, 2, 9, 3),
    };
    for (int k = 0; k < 4; k++)
        ck_assert_double_eq(network_rate(&n, 0, id[k]), 0.5);
    drop(&n);
}
END_TEST

/* Bertsekas and Gallager, fig. 6.15 in small: links of 10 and 4; flows on both, on the first, twice
 * on the second. The second gives 4/3 each; the first has 10 - 4/3 for the other. */
START_TEST(what_one_link_denies_is_left_on_the_other)
{
    const network_pipe pipe[] = {{10, LINK_FAIR}, {4, LINK_FAIR}};
    network n = made(pipe, 2, 4);
    int both = network_start(&n, 0, &(network_way){.n_pipes = 2, .pipe = {0, 1}}, 9, 0);
    int first = start(&n, 0, 0, 9, 1), second = start(&n, 0, 1, 9, 2);
    start(&n, 0, 1, 9, 3);
    ck_assert_double_eq_tol(network_rate(&n, 0, both), 4. / 3, 1e-12);
    ck_assert_double_eq_tol(network_rate(&n, 0, second), 4. / 3, 1e-12);
    ck_assert_double_eq_tol(network_rate(&n, 0, first), 10 - 4. / 3, 1e-12);
    ck_assert_double_eq_tol(network_used(&n, 0, 0), 1, 1e-12);
    drop(&n);
}
END_TEST

/* 10 for demands of 2, 2.6, 4 and 5: 2, 2.6, and 2.7 for those who want more. */
START_TEST(max_min_gives_no_more_than_can_be_used)
{
    const double most[] = {2, 2.6, 4, 5}, rate[] = {2, 2.6, 2.7, 2.7};
    network n = made(&(network_pipe){10, LINK_FAIR}, 1, 4);
    network_way way = over(0, 0);
    int id[4];
    for (int k = 0; k < 4; k++)
        id[k] = network_hold(&n, 0, &way, most[k], k);
    for (int k = 0; k < 4; k++)
        ck_assert_double_eq_tol(network_rate(&n, 0, id[k]), rate[k], 1e-12);
    network_limit(&n, id[0], 0);
    ck_assert_double_eq_tol(network_rate(&n, S, id[3]), 3.7, 1e-12);
    ck_assert_double_eq_tol(network_moved(&n, 2LL * S), 20, 1e-12);
    drop(&n);
}
END_TEST

/* 10 B/s, latencies 3, 1, 1 s: the second begins to move first, though it began last but one; the
 * third waits for it to 6 s, the first to 7 s. */
START_TEST(fifo_is_one_after_the_other_in_the_order_in_which_latencies_end)
{
    network n = made(&(network_pipe){10, LINK_FIFO}, 1, 4);
    network_way slow = over(0, 3LL * S), quick = over(0, S);
    network_start(&n, 0, &slow, 40, 1);
    network_start(&n, 0, &quick, 50, 2);
    network_start(&n, 0, &quick, 10, 3);
    ck_assert_str_eq(come(&n, 0, 100LL * S), "2@6000000000 3@7000000000 1@11000000000");
    drop(&n);
}
END_TEST

/* The first on both pipes holds up who is behind it on either; the fourth, behind nobody, goes. */
START_TEST(fifo_over_two_links_goes_when_its_turn_has_come_on_both)
{
    const network_pipe pipe[] = {{10, LINK_FIFO}, {5, LINK_FIFO}, {10, LINK_FIFO}};
    network n = made(pipe, 3, 4);
    start(&n, 0, 0, 20, 1);
    network_start(&n, 0, &(network_way){.n_pipes = 2, .pipe = {0, 1}}, 10, 2);
    start(&n, 0, 1, 5, 3);
    start(&n, 0, 2, 10, 4);
    ck_assert_str_eq(come(&n, 0, 100LL * S), "4@1000000000 1@2000000000 2@4000000000 3@5000000000");
    drop(&n);
}
END_TEST

/* 7 ns, then 1e9 bytes at 3e9 B/s: a third of a second, rounded up; whatever else is on its way. */
START_TEST(without_sharing_a_transfer_takes_latency_and_bytes_over_bandwidth)
{
    network n = made(&(network_pipe){3e9, LINK_NONE}, 1, 32);
    network_way way = over(0, 7);
    for (int k = 0; k < 32; k++) {
        ck_assert_str_eq(come(&n, k, k), "");
        network_start(&n, k, &way, 1e9, k);
    }
    char expected[1024] = "";
    for (int k = 0; k < 32; k++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%d@%d",
                 k ? " " : "", k, k + 7 + 333333334);
    ck_assert_str_eq(come(&n, 31, S), expected);
    drop(&n);
}
END_TEST

START_TEST(no_bytes_take_the_latency_only_and_disturb_nobody)
{
    network n = made(&(network_pipe){10, LINK_FAIR}, 1, 4);
    network_way way = over(0, 3);
    start(&n, 0, 0, 10, 1);
    network_start(&n, 0, &way, 0, 2);
    ck_assert_str_eq(come(&n, 0, 2LL * S), "2@3 1@1000000000");
    drop(&n);
}
END_TEST

/* 10 B/s for two of 100 bytes. The second is removed at 4 s, 20 bytes of it have gone; the first
 * has 80 left: 12 s. */
START_TEST(what_is_removed_leaves_its_bandwidth_to_the_others)
{
    network n = made(&(network_pipe){10, LINK_FAIR}, 1, 4);
    start(&n, 0, 0, 100, 1);
    start(&n, 0, 0, 100, 2);
    ck_assert_str_eq(come(&n, 0, 4LL * S), "");
    network_remove(&n, 4LL * S, network_find(&n, 2));
    ck_assert_int_eq(network_find(&n, 2), -1);
    ck_assert_str_eq(come(&n, 4LL * S, 100LL * S), "1@12000000000");
    ck_assert_double_eq(network_moved(&n, 100LL * S), 120);
    ck_assert_double_eq(network_moved_over(&n, 100LL * S, 0), 120);
    ck_assert_double_eq(network_used(&n, 100LL * S, 0), 0);
    drop(&n);
}
END_TEST

/* Messages of 4 B/s beside a transfer on 10 B/s: it has 6; with 8 wanted, both have 5. */
START_TEST(messages_and_transfers_share_a_link)
{
    network n = made(&(network_pipe){10, LINK_FAIR}, 1, 4);
    network_way way = over(0, 0);
    int talk = network_hold(&n, 0, &way, 4, 1);
    start(&n, 0, 0, 56, 2);
    ck_assert_str_eq(come(&n, 0, 6LL * S), "");
    network_limit(&n, talk, 8);
    ck_assert_str_eq(come(&n, 6LL * S, 100LL * S), "2@10000000000");
    ck_assert_double_eq(network_rate(&n, 10LL * S, talk), 8);
    ck_assert_double_eq(network_moved(&n, 11LL * S), 56 + 6 * 4 + 4 * 5 + 8);
    drop(&n);
}
END_TEST

/* 1 byte at 2^-30 B/s takes 34 years, a hundred of them longer than there is. */
START_TEST(what_takes_longer_than_the_clock_has_is_beyond_it)
{
    network n = made(&(network_pipe){0x1p-30, LINK_FAIR}, 1, 2);
    int id = start(&n, 0, 0, 1, 1);
    ck_assert(network_next_ns(&n, 0) == (1LL << 30) * S);
    network_remove(&n, 0, id);
    ck_assert(network_next_ns(&n, 0) == NETWORK_NEVER);
    start(&n, 0, 0, 100, 1);
    ck_assert(network_next_ns(&n, 0) == NETWORK_BEYOND);
    drop(&n);
}
END_TEST

START_TEST(a_network_that_has_grown_goes_on_as_before)
{
    const network_pipe pipe = {10, LINK_FAIR};
    network n = made(&pipe, 1, 1), larger = made(&pipe, 1, 2);
    start(&n, 0, 0, 100, 1);
    ck_assert(network_is_full(&n));
    ck_assert_str_eq(come(&n, 0, 5LL * S), "");
    network_take_over(&larger, &n);
    ck_assert(!network_is_full(&larger));
    start(&larger, 5LL * S, 0, 100, 2);
    ck_assert(network_is_full(&larger));
    ck_assert_str_eq(come(&larger, 5LL * S, 100LL * S), "1@15000000000 2@20000000000");
    drop(&n);
    drop(&larger);
}
END_TEST

/* ---- on random networks ------------------------------------------------------------------- */

enum { PIPES = 8, FLOWS = 24 };

/* Pipes with a mix of sharings, and what flows over them. */
typedef struct world {
    network_pipe pipe[PIPES];
    network_way way[FLOWS];
    double bytes[FLOWS], most[FLOWS];
    int64_t at[FLOWS];
    int n;
} world;

static double draw(poise_rng *r, double up_to)
{
    return poise_rng_uniform(r) * up_to;
}

static world random_world(uint32_t number, bool all_fair)
{
    poise_rng r = poise_rng_at(1, POISE_FOR_TASK, 0, number);
    world w = {.n = 2 + (int)draw(&r, FLOWS - 2)};
    for (int p = 0; p < PIPES; p++)
        w.pipe[p] = (network_pipe){1 + floor(draw(&r, 9)), all_fair ? LINK_FAIR : (int)draw(&r, 3)};
    for (int k = 0; k < w.n; k++) {
        int a = (int)draw(&r, PIPES), b = (a + 1 + (int)draw(&r, PIPES - 1)) % PIPES;
        w.way[k] = (network_way){1 + (int)draw(&r, 2), {a, b}, (int64_t)draw(&r, 2 * (double)S)};
        w.bytes[k] = 1 + floor(draw(&r, 99));
        w.most[k] = draw(&r, 2) < 1 ? INFINITY : draw(&r, 4);
        w.at[k] = (int64_t)draw(&r, 5 * (double)S);
    }
    return w;
}

/* A flow that has less than it can use has a bottleneck: a full pipe on which nobody has more. */
static bool is_max_min(const world *w, const double *rate)
{
    double sum[PIPES] = {0}, highest[PIPES] = {0};
    for (int k = 0; k < w->n; k++)
        for (int i = 0; i < w->way[k].n_pipes; i++) {
            int p = w->way[k].pipe[i];
            sum[p] += rate[k];
            highest[p] = fmax(highest[p], rate[k]);
        }
    for (int p = 0; p < PIPES; p++)
        if (sum[p] > w->pipe[p].byte_per_s * (1 + 1e-9))
            return false;
    for (int k = 0; k < w->n; k++) {
        bool bound = rate[k] >= w->most[k];
        for (int i = 0; i < w->way[k].n_pipes; i++) {
            int p = w->way[k].pipe[i];
            bound |=
                sum[p] >= w->pipe[p].byte_per_s * (1 - 1e-9) && rate[k] >= highest[p] * (1 - 1e-9);
        }
        if (!bound || rate[k] < 0 || rate[k] > w->most[k])
            return false;
    }
    return true;
}

START_TEST(every_flow_has_a_bottleneck_or_all_it_can_use)
{
    for (uint32_t number = 0; number < 2000; number++) {
        world w = random_world(number, true);
        network n = made(w.pipe, PIPES, FLOWS);
        int id[FLOWS];
        double rate[FLOWS];
        for (int k = 0; k < w.n; k++)
            id[k] = network_hold(&n, 0, &w.way[k], w.most[k], k);
        for (int k = 0; k < w.n; k++)
            rate[k] = network_rate(&n, 0, id[k]);
        if (!is_max_min(&w, rate))
            ck_abort_msg("world %u", number);
        drop(&n);
    }
}
END_TEST

/* Runs the world to its end; pipes are renamed by `pipe_of`, flows kept elsewhere after `before`
 * others that came and went. end[k] is when flow k has come, order[] who came when. */
static double run_world(const world *w, const int *pipe_of, int before, int64_t *end, int *order)
{
    network_pipe pipe[PIPES];
    for (int p = 0; p < PIPES; p++)
        pipe[pipe_of[p]] = w->pipe[p];
    network n = made(pipe, PIPES, FLOWS);
    int gone[FLOWS], n_come = 0;
    for (int k = 0; k < before; k++)
        gone[k] = start(&n, 0, 0, 0, 0);
    for (int k = 0; k < before; k++)
        network_remove(&n, 0, gone[(k * 5 + 3) % before]);
    for (int64_t now = 0; n_come < w->n;) {
        int64_t next = network_next_ns(&n, now);
        for (int k = 0; k < w->n; k++)
            if (w->at[k] > now && w->at[k] < next)
                next = w->at[k];
        now = next;
        for (int64_t tag; network_pop(&n, now, &tag);) {
            end[tag] = now;
            order[n_come++] = (int)tag;
        }
        for (int k = 0; k < w->n; k++) {
            network_way way = w->way[k];
            for (int i = 0; i < way.n_pipes; i++)
                way.pipe[i] = pipe_of[way.pipe[i]];
            if (w->at[k] == now)
                network_start(&n, now, &way, w->bytes[k], k);
        }
    }
    double bytes = network_moved(&n, end[order[w->n - 1]]);
    drop(&n);
    return bytes;
}

static const int as_they_are[PIPES] = {0, 1, 2, 3, 4, 5, 6, 7};

START_TEST(names_of_pipes_and_places_of_flows_do_not_matter)
{
    const int renamed[PIPES] = {3, 7, 0, 5, 1, 6, 2, 4};
    for (uint32_t number = 0; number < 300; number++) {
        world w = random_world(number, false);
        int64_t end[FLOWS], other_end[FLOWS];
        int order[FLOWS], other[FLOWS];
        run_world(&w, as_they_are, 0, end, order);
        run_world(&w, renamed, 7, other_end, other);
        for (int k = 0; k < w.n; k++)
            if (end[k] != other_end[k] || order[k] != other[k])
                ck_abort_msg("world %u, flow %d", number, k);
    }
}
END_TEST

/* All bytes are moved, none sooner than alone, and no pipe moves more than it could. */
START_TEST(no_byte_is_lost_or_comes_too_soon)
{
    for (uint32_t number = 0; number < 300; number++) {
        world w = random_world(number, false);
        int64_t end[FLOWS];
        int order[FLOWS];
        double bytes = 0, moved = run_world(&w, as_they_are, 0, end, order);
        double over_pipe[PIPES] = {0};
        for (int k = 0; k < w.n; k++) {
            double slowest = INFINITY, took_s = 1e-9 * (double)(end[k] - w.at[k]);
            bytes += w.bytes[k];
            for (int i = 0; i < w.way[k].n_pipes; i++) {
                slowest = fmin(slowest, w.pipe[w.way[k].pipe[i]].byte_per_s);
                over_pipe[w.way[k].pipe[i]] += w.bytes[k];
            }
            if (took_s < 1e-9 * (double)w.way[k].latency_ns + w.bytes[k] / slowest - 1e-9)
                ck_abort_msg("world %u, flow %d", number, k);
        }
        if (moved != bytes)
            ck_abort_msg("world %u: %.17g of %.17g bytes", number, moved, bytes);
        double last_s = 1e-9 * (double)end[order[w.n - 1]];
        for (int p = 0; p < PIPES; p++)
            if (w.pipe[p].sharing != LINK_NONE &&
                over_pipe[p] > w.pipe[p].byte_per_s * last_s * (1 + 1e-9))
                ck_abort_msg("world %u, pipe %d", number, p);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "network", two_flows_share_a_link_and_the_last_has_it_alone,
        max_min_on_a_line_of_three_links_is_one_half, what_one_link_denies_is_left_on_the_other,
        max_min_gives_no_more_than_can_be_used,
        fifo_is_one_after_the_other_in_the_order_in_which_latencies_end,
        fifo_over_two_links_goes_when_its_turn_has_come_on_both,
        without_sharing_a_transfer_takes_latency_and_bytes_over_bandwidth,
        no_bytes_take_the_latency_only_and_disturb_nobody,
        what_is_removed_leaves_its_bandwidth_to_the_others, messages_and_transfers_share_a_link,
        what_takes_longer_than_the_clock_has_is_beyond_it,
        a_network_that_has_grown_goes_on_as_before, every_flow_has_a_bottleneck_or_all_it_can_use,
        names_of_pipes_and_places_of_flows_do_not_matter, no_byte_is_lost_or_comes_too_soon);
}
