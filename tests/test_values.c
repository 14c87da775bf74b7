/* test_values.c - settings with several values: lists, and the rules that make them. */
#include "arena.h"
#include "bench_support.h"
#include "error.h"
#include "support.h"
#include "values.h"

static arena *memory;
static char joined[4096];

/* The values of `text`, read as those of a setting, joined by blanks; what is wrong goes to err. */
static const char *read_as(const char *name, const char *text, poise_error *err)
{
    make_folder();
    FILE *f = fopen(in_folder("v.yaml"), "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "v: %s\n", text);
    fclose(f);
    memory = arena_new();
    yaml_doc doc;
    joined[0] = 0;
    values v = {0};
    if (yaml_open(&doc, memory, in_folder("v.yaml"), "test", NULL, 0))
        v = values_read(&doc, yaml_get(&doc, doc.root, "v"), name);
    for (int i = 0; i < v.n; i++)
        snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", i ? " " : "",
                 v.text[i]);
    const bool good = yaml_report(&doc, err);
    ck_assert_msg(good == (v.n > 0), "%d values, but %s", v.n, err->text);
    arena_free(memory);
    remove_folder();
    return joined;
}

typedef struct example {
    const char *text, *values;
} example;

/* By hand. 0.3 + 0.2 k; the thirds of 1; 10^(k/2): 3.16227766016838 rounded to 12 digits. */
static const example examples[] = {
    {"0.5", "0.5"},
    {"[fifo, 4 GB, '']", "fifo 4 GB "},
    {"{range: 1..5}", "1 2 3 4 5"},
    {"{range: 0.5..2}", "0.5 1.5"},
    {"{range: [1, 9, 2]}", "1 3 5 7 9"},
    {"{range: [1, 8, 2]}", "1 3 5 7"},
    {"{range: [0.1, 0.5, 0.1]}", "0.1 0.2 0.3 0.4 0.5"},
    {"{range: [3, 1, -1]}", "3 2 1"},
    {"{range: [7, 7]}", "7"},
    {"{range: [-0.2, 0.2, 0.2]}", "-0.2 0 0.2"},
    {"{range: [1 h, 3 h, 1 h]}", "1 h 2 h 3 h"},
    {"{range: [1e-3, 3e-3, 1e-3]}", "0.001 0.002 0.003"},
    {"{linspace: [0.3, 0.9, 4]}", "0.3 0.5 0.7 0.9"},
    {"{linspace: [0, 1, 4]}", "0 0.3333333333333333 0.6666666666666666 1"},
    {"{linspace: [4GB, 12GB, 3]}", "4GB 8GB 12GB"},
    {"{linspace: [1, -1, 3]}", "1 0 -1"},
    {"{linspace: [1e-9, 3e-9, 3]}", "1e-09 2e-09 3e-09"},
    {"{linspace: [0, 3e12, 4]}", "0 1e+12 2e+12 3e+12"},
    {"{logspace: [1e-4, 1e-2, 3]}", "0.0001 0.001 0.01"},
    {"{logspace: [1, 1000, 4]}", "1 10 100 1000"},
    {"{logspace: [100, 1, 5]}", "100 31.6227766017 10 3.16227766017 1"},
    {"{logspace: [1 s, 4 s, 3]}", "1 s 2 s 4 s"},
    {"{logspace: [1, 2, 2]}", "1 2"},
};

START_TEST(rules_give_the_values_that_are_found_by_hand)
{
    poise_error err;
    const char *got = read_as("x", examples[_i].text, &err);
    ck_assert_msg(strcmp(got, examples[_i].values) == 0, "%s: %s, not %s %s", examples[_i].text,
                  got, examples[_i].values, err.text);
}
END_TEST

static const example mistakes[] = {
    {"[0.1, 0.10]", ":1:10: error: x: value 0.10 is given twice"},
    {"[a, b, a]", ":1:11: error: x: value a is given twice"},
    {"[]", "x: 0 values"},
    {"[1, [2]]", ":1:8: error: a value of x must be a plain value, not a list"},
    {"[1, {range: 1..2}]", ":1:8: error: a value of x must be a plain value"},
    {"", "x: there is no value"},
    {"{rnage: 1..2}", "rule 'rnage' does not exist, did you mean 'range'?"},
    {"{range: 1..2, linspace: [1, 2, 3]}", "holds one rule, not 2"},
    {"{range: 3..1}", "is empty: its steps lead away from its end"},
    {"{range: [1, 3, -1]}", "is empty"},
    {"{range: [1, 3, 0]}", "steps of 0"},
    {"{range: 5}", "'5' is not a range"},
    {"{range: a..b}", "'a' is not a number"},
    {"{range: [1]}", "not the numbers that are needed"},
    {"{range: [0, 1, 1e-5]}", "the range has too many values"},
    {"{range: [1 h, 3 min, 1 h]}", "the units ' h' and ' min' differ"},
    {"{range: [1 h, 3 h, 1]}", "the units ' h' and '' differ"},
    {"{range: [1e20, 3e20, 1e-20]}", "too far apart"},
    {"{linspace: [0, 1]}", "allowed: [FIRST, LAST, COUNT]"},
    {"{linspace: [0, 1, 1]}", "a whole number from 2 to 10000"},
    {"{linspace: [0, 1, 2.5]}", "a whole number from 2 to 10000"},
    {"{linspace: [0, 1, 1e9]}", "a whole number from 2 to 10000"},
    {"{linspace: [1, 1, 3]}", "value 1 is given twice"},
    {"{linspace: [0, x, 3]}", ":1:19: error: x: 'x' is not a number"},
    {"{linspace: [0, 1.2345678901234567, 3]}", "not a number to count with"},
    {"{linspace: [0, 1e400, 3]}", "not a number to count with"},
    {"{logspace: [0, 1, 3]}", "no logarithm of 0"},
    {"{logspace: [1, -1, 3]}", "no logarithm of 0"},
    {"{random: 5}", "the random values of x must be a map"},
    {"{random: {low: 0, high: 1}}", "key 'count' is missing"},
    {"{random: {low: 1, high: 1, count: 2}}", "low must be less than high"},
    {"{random: {low: 0, high: 1, count: 2, law: log}}", "low must be above 0"},
    {"{random: {low: 0, high: 1, count: 2, law: lgo}}", "did you mean 'log'"},
    {"{random: {low: 0, high: 1, count: 0}}", "'0' is below 1"},
    {"{random: {low: 0, high: 1, count: 2, sed: 1}}", "did you mean 'seed'"},
    {"{random: {low: 0.5, high: 3, count: 2, whole: true}}", "whole numbers have whole bounds"},
    {"{random: {low: 1, high: 3, count: 4, whole: true}}", "fewer whole numbers"},
};

START_TEST(what_is_no_list_of_values_is_told)
{
    poise_error err;
    read_as("x", mistakes[_i].text, &err);
    ck_assert_msg(strstr(err.text, mistakes[_i].values), "%s: %s is not in: %s", mistakes[_i].text,
                  mistakes[_i].values, err.text);
}
END_TEST

START_TEST(what_is_drawn_stays_as_more_is_drawn)
{
    poise_error err;
    char three[256];
    strcpy(three, read_as("x", "{random: {low: 2, high: 5, count: 3}}", &err));
    const char *five = read_as("x", "{random: {low: 2, high: 5, count: 5}}", &err);
    ck_assert_msg(strncmp(three, five, strlen(three)) == 0, "%s is no head of %s", three, five);
    double value[5];
    ck_assert_int_eq(
        sscanf(five, "%lf %lf %lf %lf %lf", &value[0], &value[1], &value[2], &value[3], &value[4]),
        5);
    for (int i = 0; i < 5; i++)
        ck_assert(value[i] > 2 && value[i] < 5);
}
END_TEST

START_TEST(draws_depend_on_the_name_and_the_seed)
{
    poise_error err;
    char first[256];
    strcpy(first, read_as("x", "{random: {low: 0, high: 1, count: 4}}", &err));
    ck_assert_str_eq(first, read_as("x", "{random: {low: 0, high: 1, count: 4, seed: 0}}", &err));
    ck_assert_str_ne(first, read_as("y", "{random: {low: 0, high: 1, count: 4}}", &err));
    ck_assert_str_ne(first, read_as("x", "{random: {low: 0, high: 1, count: 4, seed: 1}}", &err));
}
END_TEST

/* All of 3 .. 7 are drawn if five are asked for, each once, whatever the law. */
START_TEST(whole_numbers_are_drawn_without_doubles)
{
    static const char *const laws[] = {"uniform", "log"};
    for (int k = 0; k < 2; k++) {
        char text[128];
        poise_error err;
        int value[5], seen = 0;
        snprintf(text, sizeof text, "{random: {low: 3, high: 7, count: 5, law: %s, whole: true}}",
                 laws[k]);
        const char *got = read_as("x", text, &err);
        ck_assert_int_eq(
            sscanf(got, "%d %d %d %d %d", &value[0], &value[1], &value[2], &value[3], &value[4]),
            5);
        for (int i = 0; i < 5; i++)
            seen |= 1 << value[i];
        ck_assert_int_eq(seen, 0xf8);
    }
}
END_TEST

/* By the law log as many are below the geometric mean of the bounds as above it: of 1000, 500 with
 * a standard deviation of 16. */
START_TEST(half_of_what_is_drawn_by_the_law_log_is_below_the_geometric_mean)
{
    poise_error err;
    make_folder();
    FILE *f = fopen(in_folder("v.yaml"), "w");
    fputs("v: {random: {low: 0.0001, high: 1, count: 1000, law: log}}\n", f);
    fclose(f);
    memory = arena_new();
    yaml_doc doc;
    ck_assert(yaml_open(&doc, memory, in_folder("v.yaml"), "test", NULL, 0));
    const values v = values_read(&doc, yaml_get(&doc, doc.root, "v"), "x");
    ck_assert_msg(yaml_report(&doc, &err), "%s", err.text);
    int below = 0;
    for (int i = 0; i < v.n; i++)
        below += strtod(v.text[i], NULL) < 0.01;
    ck_assert_int_eq(v.n, 1000);
    ck_assert_msg(below > 420 && below < 580, "%d", below);
    arena_free(memory);
    remove_folder();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tcase = tcase_create("values");
    tcase_add_loop_test(tcase, rules_give_the_values_that_are_found_by_hand, 0,
                        sizeof examples / sizeof *examples);
    tcase_add_loop_test(tcase, what_is_no_list_of_values_is_told, 0,
                        sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tcase, what_is_drawn_stays_as_more_is_drawn);
    tcase_add_test(tcase, draws_depend_on_the_name_and_the_seed);
    tcase_add_test(tcase, whole_numbers_are_drawn_without_doubles);
    tcase_add_test(tcase, half_of_what_is_drawn_by_the_law_log_is_below_the_geometric_mean);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
