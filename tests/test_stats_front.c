/* test_stats_front.c - who is beaten in several objectives, and volumes that can be counted. */
#include "stats_front.h"

#include "stats_support.h"

static const int more[] = {1, 1, 1, 1}, less[] = {-1, -1, -1, -1};

START_TEST(the_front_holds_what_nothing_beats)
{
    /* Time (less is better) and quality (more is better). */
    static const int better[] = {-1, 1};
    static const double value[] = {1, 1, 2, 3, 3, 2, 2, 3, 1, .5};
    static const bool front[] = {true, true, false, true, false};
    stats_place place[5];
    stats_front(value, value, value, 5, 2, better, place);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(place[i].front, front[i]);
        /* Intervals without width leave no doubt. */
        ck_assert_int_eq(place[i].certainly, !front[i]);
        ck_assert_int_eq(place[i].possibly, !front[i]);
    }
}
END_TEST

START_TEST(intervals_say_who_is_beaten_certainly_or_possibly)
{
    static const double value[] = {5, 5, 3, 3, 4.5, 4.5, 1, 9};
    static const double low[] = {4, 4, 2, 2, 3.5, 3.5, .5, 8};
    static const double high[] = {6, 6, 3.9, 3.9, 5.5, 5.5, 1.5, 10};
    static const stats_place wanted[] = {
        {true, false, true},    // perhaps the third one is above it
        {false, true, true},    // below the first wherever both are
        {false, false, true},   // perhaps not below the first
        {true, false, false}};  // nothing comes near its second objective
    stats_place place[4];
    stats_front(value, low, high, 4, 2, more, place);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(place[i].front, wanted[i].front);
        ck_assert_int_eq(place[i].certainly, wanted[i].certainly);
        ck_assert_int_eq(place[i].possibly, wanted[i].possibly);
    }
    /* The same with all signs turned, where less is better. */
    double turned[3][8];
    for (int i = 0; i < 8; i++) {
        turned[0][i] = -value[i];
        turned[1][i] = -high[i];
        turned[2][i] = -low[i];
    }
    stats_place mirror[4];
    stats_front(turned[0], turned[1], turned[2], 4, 2, less, mirror);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(mirror[i].front, place[i].front);
        ck_assert_int_eq(mirror[i].certainly, place[i].certainly);
        ck_assert_int_eq(mirror[i].possibly, place[i].possibly);
    }
}
END_TEST

START_TEST(equal_rows_do_not_beat_each_other)
{
    static const double value[] = {1, 2, 1, 2};
    stats_place place[2];
    stats_front(value, value, value, 2, 2, more, place);
    for (int i = 0; i < 2; i++)
        ck_assert(place[i].front && !place[i].certainly && !place[i].possibly);
}
END_TEST

START_TEST(hypervolume_in_the_plane_is_the_area_under_the_stairs)
{
    /* Columns of height 3, 2 and 1; what lies under the stairs, on them or outside adds nothing. */
    static const double stairs[] = {1, 3, 2, 2, 3, 1, 1, 1, 2, 2, 3, 0, -1, 9};
    static const double origin[] = {0, 0}, corner[] = {4, 4}, mixed[] = {4, 0};
    static const int one_less[] = {-1, 1};
    ck_assert_double_eq(stats_hypervolume(stairs, 7, 2, more, origin), 6);
    ck_assert_double_eq(stats_hypervolume(stairs, 0, 2, more, origin), 0);
    ck_assert_double_eq(stats_hypervolume(stairs, 3, 2, less, corner), 6);
    /* Gains (3, 3) (2, 2) (1, 1): the first covers the others. */
    ck_assert_double_eq(stats_hypervolume(stairs, 3, 2, one_less, mixed), 9);
}
END_TEST

START_TEST(hypervolume_in_space_is_that_of_three_boxes_by_hand)
{
    /* Boxes of 6 each; each two share 2, all three 1: 18 - 6 + 1. */
    static const double x[] = {1, 2, 3, 2, 3, 1, 3, 1, 2}, origin[] = {0, 0, 0};
    ck_assert_double_eq(stats_hypervolume(x, 3, 3, more, origin), 13);
}
END_TEST

/* Inclusion and exclusion over all 2^n choices of boxes from 0 to x (n, k). */
static double plain_volume(const double *x, int n, int k)
{
    double sum = 0;
    for (int choice = 1; choice < 1 << n; choice++) {
        double shared = 1;
        for (int j = 0; j < k; j++) {
            double side = INFINITY;
            for (int i = 0; i < n; i++)
                side = choice >> i & 1 ? fmin(side, x[i * k + j]) : side;
            shared *= side;
        }
        sum += __builtin_parity((unsigned)choice) ? shared : -shared;
    }
    return sum;
}

START_TEST(hypervolume_equals_inclusion_and_exclusion)
{
    static const double origin[4] = {0};
    for (int k = 1; k <= 4; k++)
        for (int n = 1; n <= 9; n++) {
            double x[36];
            for (int i = 0; i < n * k; i++)
                x[i] = 1 + (i * i * 7 + i * 13 + n * 5) % 11;  // many are equal
            ck_close(stats_hypervolume(x, n, k, more, origin), plain_volume(x, n, k), 1e-13);
        }
}
END_TEST

int main(void)
{
    return RUN_TESTS("fronts", the_front_holds_what_nothing_beats,
                     intervals_say_who_is_beaten_certainly_or_possibly,
                     equal_rows_do_not_beat_each_other,
                     hypervolume_in_the_plane_is_the_area_under_the_stairs,
                     hypervolume_in_space_is_that_of_three_boxes_by_hand,
                     hypervolume_equals_inclusion_and_exclusion);
}
