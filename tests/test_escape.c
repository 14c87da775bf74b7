/* test_escape.c - what anybody wrote stays text in LaTeX and in HTML. */
#include "escape.h"

#include <check.h>
#include <stdlib.h>

static void check(void (*escape)(string_buffer *, const char *), const char *text, const char *want)
{
    string_buffer out = {0};
    escape(&out, text);
    ck_assert_str_eq(out.at ? out.at : "", want);
    string_free(&out);
}

/* The ten that Lamport's book lists (A.1), and those that other fonts than typewriter's lack. */
START_TEST(every_special_character_of_latex_is_written_as_itself)
{
    check(escape_latex, "#$%&_{}", "\\#\\$\\%\\&\\_\\{\\}");
    check(escape_latex, "~^\\", "\\textasciitilde{}\\textasciicircum{}\\textbackslash{}");
    check(escape_latex, "<|>", "\\textless{}\\textbar{}\\textgreater{}");
    check(escape_latex, "\"'`", "\\texttt{\\symbol{34}}\\textquotesingle{}\\textasciigrave{}");
    check(escape_latex, "a-b, c.d:e=1 [x] (y) é ± 中", "a-b, c.d:e=1 [x] (y) é ± 中");
    check(escape_latex, "\\input{/etc/passwd}", "\\textbackslash{}input\\{/etc/passwd\\}");
}
END_TEST

START_TEST(no_ligature_changes_what_is_read)
{
    check(escape_latex, "--seeds ---", "{-}-seeds {-}{-}-");
    check(escape_latex, "a,,b", "a{,},b");
}
END_TEST

START_TEST(html_sees_neither_tags_nor_entities_nor_ends_of_attributes)
{
    check(escape_html, "<script>&amp;\"'", "&lt;script&gt;&amp;amp;&quot;&#39;");
    check(escape_html, "-->]]> é 中", "--&gt;]]&gt; é 中");
}
END_TEST

/* RFC 3629: a lone continuation, an overlong '/', a surrogate, beyond U+10FFFF, an end in the
 * middle. Each byte that belongs to nothing counts. */
START_TEST(what_is_no_utf_8_is_replaced_and_controls_become_blanks)
{
    check(escape_latex, "a\x80z", "a?z");
    check(escape_latex, "\xc0\xaf", "??");
    check(escape_latex, "\xed\xa0\x80", "???");
    check(escape_latex, "\xf4\x90\x80\x80", "????");
    check(escape_latex, "\xe4\xb8", "??");
    check(escape_html, "a\xffz", "a\xef\xbf\xbdz");
    check(escape_html, "a\n\033[31m\x7f\xc2\x9bz", "a  [31m  z");
}
END_TEST

START_TEST(for_programs_only_what_is_no_utf_8_is_replaced)
{
    check(escape_utf8, "a\n\033[31m\x7f<&\"é 中", "a\n\033[31m\x7f<&\"é 中");
    check(escape_utf8, "a\xffz\xc0\xaf", "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

/* RFC 4180, section 2, rules 5 to 7. */
START_TEST(fields_of_csv_are_quoted_where_they_must_be)
{
    check(escape_csv, "a b;c'd=1", "a b;c'd=1");
    check(escape_csv, "a,b", "\"a,b\"");
    check(escape_csv, "say \"x\"", "\"say \"\"x\"\"\"");
    check(escape_csv, "two\nlines", "\"two\nlines\"");
}
END_TEST

/* RFC 4648, section 10. */
START_TEST(base64_is_that_of_its_standard)
{
    static const char *const want[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                       "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n < 7; n++) {
        string_buffer out = {0};
        escape_base64(&out, "foobar", n);
        ck_assert_str_eq(out.at ? out.at : "", want[n]);
        string_free(&out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("escape");
    TCase *tcase = tcase_create("escape");
    tcase_add_test(tcase, every_special_character_of_latex_is_written_as_itself);
    tcase_add_test(tcase, no_ligature_changes_what_is_read);
    tcase_add_test(tcase, html_sees_neither_tags_nor_entities_nor_ends_of_attributes);
    tcase_add_test(tcase, what_is_no_utf_8_is_replaced_and_controls_become_blanks);
    tcase_add_test(tcase, for_programs_only_what_is_no_utf_8_is_replaced);
    tcase_add_test(tcase, fields_of_csv_are_quoted_where_they_must_be);
    tcase_add_test(tcase, base64_is_that_of_its_standard);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
