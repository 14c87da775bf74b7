/* test_policy.c - policies on disk: what was saved is what is loaded, and a file that does not fit
 * is refused with one sentence and changes nothing. */
#include "bench_support.h"
#include "file.h"
#include "policy.h"

#include <math.h>

typedef struct brain {
    float weight[2][3];
    double bias[3];
} brain;

static int params(void *state, poise_tensor *t)
{
    brain *b = state;
    t[0] = (poise_tensor){"policy.0.weight", 2, {2, 3}, false, b->weight};
    t[1] = (poise_tensor){"policy.0.bias", 1, {3}, true, b->bias};
    return 2;
}

static int wide_params(void *state, poise_tensor *t)
{
    static float wide[2][4];
    params(state, t);
    t[0] = (poise_tensor){"policy.0.weight", 2, {2, 4}, false, wide};
    return 2;
}

static int other_params(void *state, poise_tensor *t)
{
    params(state, t);
    strcpy(t[1].name, "policy.1.bias");
    return 2;
}

static const poise_agent_type thinker = {.name = "thinker", .params = params};
static const poise_agent_type wide_thinker = {.name = "wide", .params = wide_params};
static const poise_agent_type other_thinker = {.name = "other", .params = other_params};

static brain filled(void)
{
    brain b;
    for (int i = 0; i < 6; i++)
        b.weight[i / 3][i % 3] = 0.1F * (float)i - 0.2F;
    for (int i = 0; i < 3; i++)
        b.bias[i] = 1 / (i + 3.);
    return b;
}

static void *packed(size_t *n)
{
    brain b = filled();
    const poise_agent a = {.type = &thinker, .state = &b};
    const policy_about about = {
        "thinker:x=\"1\"", "some-scenario", 0xfedcba9876543210U, 5000, 3, "0.1.0", 0, 0, ""};
    void *bytes = policy_pack(&a, &about, n);
    ck_assert_ptr_nonnull(bytes);
    return bytes;
}

/* Applies the bytes to an empty brain; the sentence in err, "" if it worked. */
static const char *apply(const poise_agent_type *type, const void *bytes, size_t n, brain *b)
{
    static poise_error err;
    memset(&err, 0, sizeof err);
    memset(b, 0, sizeof *b);
    poise_agent a = {.type = type, .state = b};
    const bool good = policy_apply(bytes, n, "p.safetensors", &a, &err);
    ck_assert_int_eq(good, !*err.text);
    return err.text;
}

static void refuses(const poise_agent_type *type, const void *bytes, size_t n, const char *word)
{
    brain b, empty;
    memset(&empty, 0, sizeof empty);
    const char *sentence = apply(type, bytes, n, &b);
    ck_assert_msg(strstr(sentence, word) != NULL, "'%s' does not say '%s'", sentence, word);
    ck_assert_ptr_null(strchr(sentence, '\n'));
    ck_assert_mem_eq(&b, &empty, sizeof b);
}

START_TEST(what_was_saved_is_what_is_loaded)
{
    size_t n;
    void *bytes = packed(&n);
    brain b;
    const brain wanted = filled();
    ck_assert_str_eq(apply(&thinker, bytes, n, &b), "");
    ck_assert_mem_eq(b.weight, wanted.weight, sizeof b.weight);
    ck_assert_mem_eq(b.bias, wanted.bias, sizeof b.bias);
    free(bytes);
}
END_TEST

START_TEST(a_policy_says_what_it_is)
{
    size_t n;
    void *bytes = packed(&n);
    policy_about about;
    poise_error err = {0};
    ck_assert(policy_about_read(bytes, n, "p", &about, &err));
    ck_assert_str_eq(about.agent, "thinker:x=\"1\"");
    ck_assert_str_eq(about.scenario, "some-scenario");
    ck_assert_uint_eq(about.scenario_hash, 0xfedcba9876543210U);
    ck_assert_int_eq(about.decisions, 5000);
    ck_assert_int_eq(about.train_seed, 3);
    free(bytes);
}
END_TEST

START_TEST(the_bytes_are_laid_out_as_safetensors_says)
{
    /* 8 bytes of little-endian header length, JSON padded with spaces, then the data in order. */
    size_t n;
    unsigned char *bytes = packed(&n);
    const size_t header = bytes[0] | (size_t)bytes[1] << 8;
    const brain wanted = filled();
    ck_assert_uint_eq(header % 8, 0);
    ck_assert_uint_eq(n, 8 + header + sizeof wanted.weight + sizeof wanted.bias);
    ck_assert_int_eq(bytes[8], '{');
    ck_assert_mem_eq(bytes + 8 + header, wanted.weight, sizeof wanted.weight);
    ck_assert_ptr_nonnull(memmem(bytes + 8, header, "\"data_offsets\":[24,48]", 22));
    free(bytes);
}
END_TEST

START_TEST(another_shape_or_name_is_refused)
{
    size_t n;
    void *bytes = packed(&n);
    refuses(&wide_thinker, bytes, n, "2 x 3");
    refuses(&other_thinker, bytes, n, "policy.1.bias");
    free(bytes);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    size_t n;
    char *bytes = packed(&n);
    for (size_t k = 0; k < n; k++) {
        char *cut = malloc(k + 1);  // its own block: reading beyond it shows under a sanitizer
        memcpy(cut, bytes, k);
        refuses(&thinker, cut, k, "p.safetensors");
        free(cut);
    }
    free(bytes);
}
END_TEST

START_TEST(a_flipped_byte_is_refused_or_harmless)
{
    size_t n;
    unsigned char *bytes = packed(&n);
    brain b;
    for (size_t k = 0; k < n; k++)
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[k] ^= (unsigned char)(1 << bit);
            apply(&thinker, bytes, n, &b);
            for (int i = 0; i < 3; i++)
                ck_assert(isfinite(b.bias[i]));
            bytes[k] ^= (unsigned char)(1 << bit);
        }
    free(bytes);
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_refused)
{
    size_t n;
    unsigned char *bytes = packed(&n);
    memset(bytes + n - 8, 0xff, 8);
    refuses(&thinker, bytes, n, "not finite");
    free(bytes);
}
END_TEST

START_TEST(a_file_is_replaced_at_once_or_not_at_all)
{
    size_t n, n_read;
    char *bytes = packed(&n);
    poise_error err = {0};
    const char *path = in_folder("p.safetensors");
    ck_assert(policy_write(path, "old", 3, &err));
    ck_assert(policy_write(path, bytes, n, &err));
    char *read = policy_read(path, &n_read, &err);
    ck_assert_uint_eq(n_read, n);
    ck_assert_mem_eq(read, bytes, n);
    free(read);
    free(bytes);
    ck_assert(!policy_write(in_folder("none/p.safetensors"), "x", 1, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *tests = tcase_create("policy");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, what_was_saved_is_what_is_loaded);
    tcase_add_test(tests, a_policy_says_what_it_is);
    tcase_add_test(tests, the_bytes_are_laid_out_as_safetensors_says);
    tcase_add_test(tests, another_shape_or_name_is_refused);
    tcase_add_test(tests, every_truncation_is_refused);
    tcase_add_test(tests, a_flipped_byte_is_refused_or_harmless);
    tcase_add_test(tests, numbers_that_are_not_finite_are_refused);
    tcase_add_test(tests, a_file_is_replaced_at_once_or_not_at_all);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
