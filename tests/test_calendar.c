/* test_calendar.c - the future event list against a plain search for the least of all entries. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "poise.h"

enum { ENTITIES = 200 };

typedef struct plain {
    calendar_key key[ENTITIES];
    bool there[ENTITIES];
    uint64_t inserted;
} plain;

static int plain_next(const plain *p)
{
    int least = -1;
    for (int i = 0; i < ENTITIES; i++)
        if (p->there[i] && (least < 0 || p->key[i] < p->key[least]))
            least = i;
    return least;
}

static calendar_key key_of(int64_t time_ns, int kind, uint64_t inserted)
{
    return (calendar_key)(uint64_t)time_ns << 64 | (uint64_t)kind << 56 | inserted;
}

static calendar new_calendar(void)
{
    calendar c = {
        .key = malloc(ENTITIES * sizeof *c.key),
        .entity = malloc(ENTITIES * sizeof *c.entity),
        .place = malloc(ENTITIES * sizeof *c.place),
    };
    calendar_clear(&c, ENTITIES);
    return c;
}

static void free_calendar(calendar *c)
{
    free(c->key);
    free(c->entity);
    free(c->place);
}

static void check_against_plain(int most, uint32_t seed)
{
    calendar c = new_calendar();
    plain p;
    memset(&p, 0, sizeof p);
    poise_rng r = poise_rng_at(seed, POISE_FOR_HARNESS, 0, 0);
    int pending = 0;
    for (int step = 0; step < 20000; step++) {
        int entity = poise_rng_below(&r, ENTITIES);
        bool grow = pending < most && (pending == 0 || poise_rng_below(&r, 2) == 0);
        if (grow || p.there[entity]) {
            int64_t time_ns = poise_rng_below(&r, 50);
            int kind = poise_rng_below(&r, 3);
            calendar_set(&c, entity, kind, time_ns);
            pending += !p.there[entity];
            p.there[entity] = true;
            p.key[entity] = key_of(time_ns, kind, p.inserted++);
        } else {
            int gone = poise_rng_below(&r, 4) == 0 ? entity : plain_next(&p);
            calendar_remove(&c, gone);
            pending -= p.there[gone];
            p.there[gone] = false;
        }
        ck_assert_int_eq(c.n, pending);
        if (pending > 0) {
            int next = plain_next(&p);
            ck_assert_int_eq(calendar_entity(&c), next);
            ck_assert_int_eq(calendar_time(&c), (int64_t)(p.key[next] >> 64));
        }
    }
    free_calendar(&c);
}

START_TEST(the_next_event_is_the_least_of_few)
{
    check_against_plain(CALENDAR_FEW / 2, 1);
}
END_TEST

START_TEST(the_next_event_is_the_least_of_many)
{
    check_against_plain(ENTITIES, 2);
}
END_TEST

START_TEST(the_next_event_is_the_least_while_arrays_become_heaps_and_back)
{
    for (int most = CALENDAR_FEW - 2; most < CALENDAR_FEW + 6; most++)
        check_against_plain(most, (uint32_t)most);
}
END_TEST

START_TEST(ties_in_time_go_by_kind_then_by_insertion)
{
    calendar c = new_calendar();
    calendar_set(&c, 5, 2, 10);
    calendar_set(&c, 7, 1, 10);
    calendar_set(&c, 3, 1, 10);
    const int order[] = {7, 3, 5};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(calendar_entity(&c), order[i]);
        calendar_remove(&c, order[i]);
    }
    free_calendar(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *t = tcase_create("order");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_next_event_is_the_least_of_few);
    tcase_add_test(t, the_next_event_is_the_least_of_many);
    tcase_add_test(t, the_next_event_is_the_least_while_arrays_become_heaps_and_back);
    tcase_add_test(t, ties_in_time_go_by_kind_then_by_insertion);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
