/* test_tables.c - the tables of rules that are kept beside the scenarios are those of the present
 * scenarios, and what a table says is right. */
#include "rules.h"
#include "support.h"

#include <glob.h>

#define TABLES POISE_SOURCE_DIR "/scenarios/results/"

static char *read_table(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, TABLES "%s.txt", name);
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    char *text = calloc(1, 1 << 16);
    size_t n = fread(text, 1, (1 << 16) - 1, f);
    fclose(f);
    ck_assert_int_gt(n, 0);
    return text;
}

/* Rows of the ranking: lines that hold a rank, then the agent. */
static bool has_row(const char *table, const char *rule)
{
    for (const char *line = table; line; line = strchr(line, '\n')) {
        char rank[16] = "", agent[128] = "";
        line += *line == '\n';
        if (sscanf(line, " %15s %127s", rank, agent) == 2 && strcmp(agent, rule) == 0 &&
            strspn(rank, "0123456789=") == strlen(rank))
            return true;
    }
    return false;
}

/* What is wrong with the table of a scenario that has rules; NULL if nothing. */
static const char *fault_of(const poise_scenario *s, const char *table)
{
    char stamp[96], measure[80];
    if (!table)
        return "is not there";
    rules_stamp(s, stamp, sizeof stamp);
    snprintf(measure, sizeof measure, "\n%s: ", poise_scenario_measure(s));
    if (!strstr(table, stamp))
        return "is of another scenario";
    if (!strstr(table, measure))
        return "is by another measure";
    int n = 0;
    char pairs[40];
    for (const char *const *rule = poise_scenario_rules(s); *rule; rule++, n++)
        if (!has_row(table, *rule))
            return "lacks a rule";
    snprintf(pairs, sizeof pairs, " of %d pairs ", n * (n - 1) / 2);
    return n > 1 && !strstr(table, pairs) ? "has other rules" : NULL;
}

START_TEST(every_scenario_with_rules_has_the_table_of_its_present_text)
{
    char names[128][64];
    const int n = scenario_names(names, 128);
    int n_wrong = 0, n_tables = 0;
    for (int i = 0; i < n; i++) {
        poise_scenario *s = load_scenario(names[i], NULL);
        if (poise_scenario_rules(s)[0]) {
            char *table = read_table(names[i]);
            const char *fault = fault_of(s, table);
            if (fault)
                fprintf(stderr, "the table of %s %s: run `poise rules %s`\n", names[i], fault,
                        names[i]);
            n_wrong += fault != NULL;
            n_tables++;
            free(table);
        }
        poise_scenario_free(s);
    }
    ck_assert_int_gt(n_tables, 0);
    ck_assert_int_eq(n_wrong, 0);
}
END_TEST

START_TEST(no_table_is_left_over)
{
    char names[128][64];
    const int n = scenario_names(names, 128);
    glob_t found;
    ck_assert_int_eq(glob(TABLES "*.txt", 0, NULL, &found), 0);
    for (size_t k = 0; k < found.gl_pathc; k++) {
        const char *stem = strrchr(found.gl_pathv[k], '/') + 1;
        bool known = false;
        for (int i = 0; i < n; i++)
            known |= strncmp(stem, names[i], strlen(names[i])) == 0 &&
                     strcmp(stem + strlen(names[i]), ".txt") == 0;
        ck_assert_msg(known, "%s is the table of no scenario", stem);
    }
    globfree(&found);
}
END_TEST

static char *table_of(const poise_scenario *s, int n_seeds, int n_threads)
{
    static const int64_t seed[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    poise_error err = {0};
    const rules_ask ask = {s, seed, n_seeds, n_threads, true};
    char *text = rules_table(&ask, &err);
    ck_assert_msg(text, "%s", err.text);
    return text;
}

static const char *const quick[] = {"mm1-v1", "wspt-v1", "drf-v1", "heft-v1", "lagrange-v1"};

START_TEST(a_table_made_anew_is_the_one_that_is_kept)
{
    poise_scenario *s = load_scenario(quick[_i], NULL);
    char *now = table_of(s, 10, 2), *then = read_table(quick[_i]);
    char *version = strstr(then, " of poise ");
    ck_assert_ptr_nonnull(version);
    *version = '\0';
    *strstr(now, " of poise ") = '\0';
    ck_assert_str_eq(now, then);
    free(now);
    free(then);
    poise_scenario_free(s);
}
END_TEST

/* Two jobs of 3 s and 1 s at once on one server: in order they end at 3 and 4 (mean 3.5), the
 * shorter one first at 1 and 4 (2.5); every seed is the same, so intervals are nothing. lifo starts
 * with the second, too. */
START_TEST(a_table_says_what_is_right_by_hand)
{
    poise_scenario *s =
        scenario_of("poise: 1\nname: hand-v1\ntitle: by hand\nrules: [fifo, shortest, lifo]\n"
                    "devices: [{name: one}]\nworkload:\n  classes: [{name: job}]\n"
                    "  sources: [{type: list, jobs: [{at: 0 s, class: job, size: 3}, "
                    "{at: 0 s, class: job, size: 1}]}]\n");
    char *text = table_of(s, 3, 1), *again = table_of(s, 3, 2);
    ck_assert_str_eq(text, again);
    ck_assert_msg(has_row(text, "fifo") && has_row(text, "shortest"), "%s", text);
    ck_assert_msg(strstr(text, "told apart: 2 of 3 pairs"), "%s", text);
    ck_assert_msg(strstr(text, "not lifo from shortest\n"), "%s", text);
    ck_assert_msg(strstr(text, "each from each, the best first (2): lifo, fifo\n"), "%s", text);
    ck_assert_msg(strstr(text, "the worst is 40% from the best"), "%s", text);
    free(text);
    free(again);
    poise_scenario_free(s);
}
END_TEST

START_TEST(rules_that_are_the_same_agent_are_refused)
{
    static const int64_t seed[] = {1};
    poise_error err = {0};
    poise_scenario *s = scenario_of("poise: 1\nname: twins-v1\ntitle: t\n"
                                    "rules: [power_of_d, 'power_of_d:d=2']\n"
                                    "devices: [{name: one}]\nworkload:\n"
                                    "  classes: [{name: job, size: 1}]\n"
                                    "  sources: [{type: batch, jobs: 2, class: job}]\n");
    const rules_ask ask = {s, seed, 1, 1, true};
    ck_assert_ptr_null(rules_table(&ask, &err));
    ck_assert_str_eq(err.text, "twins-v1: rules: power_of_d and power_of_d:d=2 are the same agent");
    poise_scenario_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tables");
    TCase *t = tcase_create("tables");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, every_scenario_with_rules_has_the_table_of_its_present_text);
    tcase_add_test(t, no_table_is_left_over);
    tcase_add_loop_test(t, a_table_made_anew_is_the_one_that_is_kept, 0,
                        (int)(sizeof quick / sizeof *quick));
    tcase_add_test(t, a_table_says_what_is_right_by_hand);
    tcase_add_test(t, rules_that_are_the_same_agent_are_refused);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
