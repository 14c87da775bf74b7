/* test_plot.c - pictures: all kinds are drawn whole, nothing that a name says is ever obeyed, and
 * whatever becomes of gnuplot is told in one sentence. Skips, and says so, without gnuplot. */
#include "bench_support.h"

#include "cli.h"
#include "file.h"
#include "plot_kind.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* Everything that a shell or gnuplot could take for a command, if it ever saw it. %s: a file. */
#define HOSTILE "a'b\"`touch %s`$(touch %s)|touch %s;<touch %s\n!touch %s\n@x{/*2 y}\\ 100%%d %%s%%"

static char *hostile(const char *canary)
{
    static char text[1024];
    snprintf(text, sizeof text, HOSTILE, canary, canary, canary, canary, canary);
    return text;
}

#define ALL "pdf,png,svg,tex,tikz"

/* ---- running the command ------------------------------------------------------------------ */

/* Starts `poise plot ARGS` in a process of its own; what it prints goes to files in the folder. */
static pid_t begin(const char *path, const char *const *args)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0)
        return child;
    if (path)
        setenv("PATH", path, 1);
    char *argv[16] = {(char *)"poise plot"};
    int argc = 1;
    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    if (chdir(folder) != 0 || !freopen("stdout", "w", stdout) || !freopen("stderr", "w", stderr))
        _exit(99);
    const int status = cmd_plot(argc, argv);
    fflush(NULL);
    _exit(status);
}

static int end(pid_t child)
{
    int status;
    ck_assert(waitpid(child, &status, 0) == child);
    ck_assert_msg(WIFEXITED(status), "poise plot was ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

#define plot(path, ...) end(begin(path, (const char *const[]){__VA_ARGS__, NULL}))

static char *text_of(const char *path, size_t *n)
{
    poise_error err = {0};
    char *text = file_read(path, 1 << 26, n, &err);
    ck_assert_msg(text != NULL, "%s", err.text);
    return text;
}

/* What the last command said on standard error; the caller frees it. */
static char *complaint(void)
{
    size_t n;
    return text_of(in_folder("stderr"), &n);
}

static void expect_one_line_with(const char *words)
{
    char *said = complaint();
    ck_assert_msg(strstr(said, words) != NULL, "no '%s' in: %s", words, said);
    ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
    free(said);
}

/* ---- stores and pictures ------------------------------------------------------------------ */

/* A point of a sweep over load and memory of a small scenario. */
static void put_point(store *s, const char *title, const char *load, const char *memory)
{
    static const char *const agents[] = {"fifo", "shortest", "random", "q_learning"};
    char by_load[32], by_memory[48];
    poise_error err = {0};
    snprintf(by_load, sizeof by_load, "workload.load=%s", load);
    snprintf(by_memory, sizeof by_memory, "devices.0.memory=%s", memory);
    const char *const sets[] = {"warmup.jobs=50", "end.jobs=350", title, by_memory, by_load};
    const store_sweep sweep[] = {{(char *)"workload.load", (char *)load},
                                 {(char *)"devices.0.memory", (char *)memory}};
    poise_scenario *scenario = poise_scenario_load(SCENARIO, sets, 5, &err);
    ck_assert_msg(scenario != NULL, "%s", err.text);
    ck_assert(store_put_scenario(s, scenario, SCENARIO, sets, 5, sweep, 2, &err));
    run_experiment(s, scenario, agents, 4, 5, 1);
    poise_scenario_free(scenario);
}

/* Four points with rules and a learner, as `poise run --sweep` stores them: enough for any kind. */
static void fill(const char *name, const char *title)
{
    static const char *const loads[] = {"0.4", "0.6"}, *const memories[] = {"8 GB", "12 GB"};
    store *s = open_store(name);
    for (int i = 0; i < 4; i++)
        put_point(s, title, loads[i % 2], memories[i / 2]);
    store_close(s);
}

/* Of a figure of the store a.db. */
static const char *picture(const char *dir, const char *kind, const char *format)
{
    static char path[2200];
    const bool of_suite = plot_kind_called(kind)->of_suite;
    snprintf(path, sizeof path, "%s/%s-%s%s", dir, of_suite ? "a" : "two-devices-v1", kind,
             figure_ending(format));
    return path;
}

/* How the bytes of each format begin and end, by their standards; for LaTeX, by its commands. */
static const struct shape {
    const char *format, *begins, *ends;
} shapes[] = {
    {"pdf", "%PDF-", "%%EOF"},
    {"png", "\x89PNG", "IEND"},
    {"svg", "<?xml", "</svg>"},
    {"tex", "% GNUPLOT", "\\endgroup"},
    {"tikz", "\\begin{tikzpicture}", "\\end{tikzpicture}"},
};

static bool is_whole(const char *path, const char *format)
{
    size_t n, i = 0;
    while (strcmp(shapes[i].format, format) != 0)
        i++;
    char *bytes = text_of(path, &n);
    const size_t tail = n < 64 ? n : 64;
    const bool whole = n > 1000 && memcmp(bytes, shapes[i].begins, strlen(shapes[i].begins)) == 0 &&
                       memmem(bytes + n - tail, tail, shapes[i].ends, strlen(shapes[i].ends));
    free(bytes);
    return whole;
}

static int n_hidden;

static int count_hidden(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    n_hidden += strncmp(path + at->base, ".poise", 6) == 0;
    return 0;
}

/* Nothing of ours lies about in the folder. */
static void expect_tidy(void)
{
    n_hidden = 0;
    nftw(folder, count_hidden, 8, FTW_PHYS);
    ck_assert_int_eq(n_hidden, 0);
}

/* A program called gnuplot that does what the script says; the path to find it by. */
static const char *fake_gnuplot(const char *script)
{
    static char path[256];
    poise_error err = {0};
    snprintf(path, sizeof path, "%s/bin/gnuplot", folder);
    ck_assert(file_make_parents(path, &err) && file_write(path, script, strlen(script), &err));
    ck_assert(chmod(path, 0755) == 0);
    snprintf(path, sizeof path, "%s/bin:/usr/bin:/bin", folder);
    return path;
}

/* ---- the tests ---------------------------------------------------------------------------- */

START_TEST(every_kind_is_drawn_whole_in_every_format)
{
    setenv("LC_ALL", "C", 1);  // the least locale, as on a fresh machine
    fill("a.db", "title=A title");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("out"), "--format", ALL),
                     STATUS_OK);
    for (int k = 0; plot_kinds[k]; k++)
        for (int i = 0; figure_formats[i]; i++) {
            const char *path = picture(in_folder("out"), plot_kinds[k]->name, figure_formats[i]);
            ck_assert_msg(is_whole(path, figure_formats[i]), "%s is not whole", path);
        }
    char *said = complaint();
    ck_assert_str_eq(said, "");
    free(said);
    expect_tidy();
}
END_TEST

START_TEST(a_metric_that_is_0_everywhere_is_drawn)
{
    fill("a.db", "title=A title");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("out"), "--metric", "dropped",
                          "--kind", "compare,load", "--format", "svg"),
                     STATUS_OK);
    ck_assert(is_whole(picture(in_folder("out"), "compare", "svg"), "svg"));
    ck_assert(is_whole(picture(in_folder("out"), "load", "svg"), "svg"));
    char *said = complaint();
    ck_assert_str_eq(said, "");
    free(said);
}
END_TEST

START_TEST(the_same_store_gives_the_same_bytes)
{
    fill("a.db", "title=A title");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("one"), "--format", ALL),
                     STATUS_OK);
    const time_t before = time(NULL);
    while (time(NULL) == before)
        usleep(20000);
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("two"), "--format", ALL),
                     STATUS_OK);
    for (int k = 0; plot_kinds[k]; k++)
        for (int i = 0; figure_formats[i]; i++) {
            size_t n, m;
            const char *kind = plot_kinds[k]->name, *format = figure_formats[i];
            char *one = text_of(picture(in_folder("one"), kind, format), &n);
            char *two = text_of(picture(in_folder("two"), kind, format), &m);
            ck_assert_msg(n == m && memcmp(one, two, n) == 0, "%s.%s differs", kind, format);
            free(one);
            free(two);
        }
}
END_TEST

/* Runs a program of the machine in a folder, quietly; its status, 127 if it is not there. */
static int run_in(const char *dir, const char *program, const char *const *args)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        char *argv[8] = {(char *)program};
        for (int i = 0; args[i]; i++)
            argv[i + 1] = (char *)args[i];
        if (chdir(dir) == 0 && freopen("/dev/null", "r", stdin) && freopen("said", "w", stdout) &&
            freopen("/dev/null", "w", stderr))
            execvp(program, argv);
        _exit(127);
    }
    int status;
    ck_assert(waitpid(child, &status, 0) == child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}
#define run(dir, program, ...) run_in(dir, program, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(gnuplot_alone_draws_the_same_picture_from_the_files_beside_it)
{
    static const char *const formats[] = {"svg", "png"};
    fill("a.db", "title=A title");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("out")), STATUS_OK);
    for (int k = 0; plot_kinds[k]; k++)
        for (int i = 0; i < 2; i++) {
            size_t n, m;
            char name[96], format[32];
            const char *path = picture(in_folder("out"), plot_kinds[k]->name, formats[i]);
            char *one = text_of(path, &n);
            unlink(path);
            snprintf(name, sizeof name, "%s-%s.gp",
                     plot_kinds[k]->of_suite ? "a" : "two-devices-v1", plot_kinds[k]->name);
            snprintf(format, sizeof format, "format = '%s'", formats[i]);
            ck_assert_int_eq(run(in_folder("out"), "gnuplot", "-e", format, name), 0);
            char *two = text_of(picture(in_folder("out"), plot_kinds[k]->name, formats[i]), &m);
            ck_assert_msg(n == m && memcmp(one, two, n) == 0, "%s is another one", path);
            free(one);
            free(two);
        }
}
END_TEST

/* poppler's pdffonts prints a table: under "emb" stands yes or no. 84 mm are 238.1 points. */
START_TEST(a_pdf_holds_its_text_and_its_fonts_and_is_as_wide_as_a_column)
{
    size_t n;
    fill("a.db", "title=A title");
    ck_assert_int_eq(
        plot(NULL, in_folder("a.db"), "-o", in_folder("out"), "--format", "pdf", "--kind", "load"),
        STATUS_OK);
    const char *file = "two-devices-v1-load.pdf";
    if (run(in_folder("out"), "pdftotext", file, "-") == 127) {
        puts("pdftotext is not installed: the text of PDFs is not looked at");
        return;
    }
    char *text = text_of(in_folder("out/said"), &n);
    ck_assert_msg(strstr(text, "offered load") && strstr(text, "shortest"), "%s", text);
    free(text);
    ck_assert_int_eq(run(in_folder("out"), "pdffonts", file), 0);
    text = text_of(in_folder("out/said"), &n);
    ck_assert_ptr_nonnull(strstr(text, " yes "));
    ck_assert_ptr_null(strstr(text, " no  "));
    free(text);
    ck_assert_int_eq(run(in_folder("out"), "pdfinfo", file), 0);
    text = text_of(in_folder("out/said"), &n);
    const char *size = strstr(text, "Page size:");
    ck_assert_ptr_nonnull(size);
    ck_assert_double_eq_tol(strtod(size + strlen("Page size:"), NULL), 84 / 25.4 * 72, 1);
    free(text);
}
END_TEST

/* Stores a run under a name that is not the agent's, as a store from elsewhere may. */
static void add_cell_called(store *s, const poise_scenario *scenario, const char *name)
{
    poise_error err = {0};
    poise_env *e = poise_env_new(scenario, &err);
    for (int seed = 0; seed < 3; seed++) {
        const trial t = {.scenario = scenario, .agent = "random", .seed = seed};
        const trial_result r = trial_run(&t, e, NULL, NULL);
        const uint64_t hash = poise_scenario_hash(scenario);
        const store_cell cell = {.id = store_cell_id(hash, name, "", seed),
                                 .scenario_hash = hash,
                                 .agent = name,
                                 .description = "random",
                                 .policy = "",
                                 .seed = seed};
        ck_assert_msg(store_put_cell(s, &cell, &r, &err), "%s", err.text);
    }
    poise_env_free(e);
}

START_TEST(names_are_never_obeyed)
{
    char canary[160], dir[2048], title[1100];
    snprintf(canary, sizeof canary, "%s", in_folder("canary"));
    snprintf(title, sizeof title, "title=\"A `touch %s` $(touch %s) 'title' | <\"", canary, canary);
    fill("a.db", title);
    poise_error err = {0};
    store *s = open_store("a.db");
    results *r = store_read(s, &err);
    for (int i = 0; i < r->n_scenarios; i++) {
        poise_scenario *scenario = result_scenario_load(&r->scenario[i], &err);
        ck_assert_msg(scenario != NULL, "%s", err.text);
        add_cell_called(s, scenario, hostile(canary));
        /* Short enough not to be cut; its canary would stay in gnuplot's folder. */
        add_cell_called(s, scenario, "`touch c`$(touch c)");
        poise_scenario_free(scenario);
    }
    results_free(r);
    store_close(s);
    snprintf(dir, sizeof dir, "%s", in_folder("out 'x' `touch canary` $(touch canary) <|\""));
    const int status = plot(NULL, in_folder("a.db"), "-o", dir, "--format", "svg,tex,tikz");
    char *said = complaint();
    ck_assert_msg(status == STATUS_OK && *said == 0, "%d: %s", status, said);
    free(said);
    ck_assert_int_ne(access(canary, F_OK), 0);
    for (int k = 0; plot_kinds[k]; k++)
        ck_assert(is_whole(picture(dir, plot_kinds[k]->name, "svg"), "svg"));
    /* The name itself did get there, as text. */
    size_t n;
    char *svg = text_of(picture(dir, "compare", "svg"), &n);
    ck_assert_ptr_nonnull(strstr(svg, "`touch"));
    free(svg);
    expect_tidy();
    /* Nor by the one who draws it again, nor by LaTeX. */
    ck_assert_int_eq(run(dir, "gnuplot", "two-devices-v1-compare.gp"), 0);
    static const char latex[] = "\\documentclass{article}\\usepackage{graphicx,color}\n"
                                "\\begin{document}\\input{two-devices-v1-compare-tex}"
                                "\\input{two-devices-v1-load-tex}\\end{document}\n";
    char file[2200];
    snprintf(file, sizeof file, "%s/paper.tex", dir);
    ck_assert(file_write(file, latex, sizeof latex - 1, &err));
    const int came = run(dir, "pdflatex", "-interaction=batchmode", "-halt-on-error", "paper.tex");
    ck_assert_msg(came == 0 || came == 127, "pdflatex: %d", came);
    if (came == 127)
        puts("pdflatex is not installed: pictures are not set by it");
    ck_assert_int_ne(access(canary, F_OK), 0);
}
END_TEST

START_TEST(without_gnuplot_one_sentence_says_so_and_the_store_stays)
{
    size_t n, m;
    fill("a.db", "title=A title");
    char *before = text_of(in_folder("a.db"), &n);
    ck_assert_int_eq(plot(in_folder("nowhere"), in_folder("a.db"), "-o", in_folder("out")),
                     STATUS_IO);
    expect_one_line_with("gnuplot is not installed");
    char *after = text_of(in_folder("a.db"), &m);
    ck_assert(n == m && memcmp(before, after, n) == 0);
    free(before);
    free(after);
    expect_tidy();
}
END_TEST

/* What a broken gnuplot may do, and a word of the sentence that says so. */
static const struct accident {
    const char *script, *words;
} accidents[] = {
    {"#!/bin/sh\necho 'line 1: oops' >&2\nexit 3\n", "oops"},
    {"#!/bin/sh\nkill -SEGV $$\n", "signal 11"},
    {"#!/bin/sh\nexit 0\n", "no complete picture"},
    {"#!/bin/sh\nprintf '%%PDF-1.5 and then the disk was full' > two-devices-v1-compare.pdf\n",
     "no complete picture"},
    {"#!/bin/sh\n: > two-devices-v1-compare.pdf\n", "no complete picture"},
};

START_TEST(a_gnuplot_that_fails_leaves_the_old_picture)
{
    const struct accident *a = &accidents[_i];
    poise_error err = {0};
    fill("a.db", "title=A title");
    const char *path = picture(in_folder("out"), "compare", "pdf");
    ck_assert(file_make_parents(path, &err) && file_write(path, "old", 3, &err));
    ck_assert_int_eq(plot(fake_gnuplot(a->script), in_folder("a.db"), "-o", in_folder("out"),
                          "--kind", "compare", "--format", "pdf"),
                     STATUS_IO);
    expect_one_line_with(a->words);
    size_t n;
    char *still = text_of(picture(in_folder("out"), "compare", "pdf"), &n);
    ck_assert_str_eq(still, "old");
    free(still);
    expect_tidy();
}
END_TEST

START_TEST(a_gnuplot_that_hangs_is_ended_with_all_it_started)
{
    fill("a.db", "title=A title");
    char script[512];
    snprintf(script, sizeof script, "#!/bin/sh\nsleep 1000 &\necho $! > %s\nwait\n",
             in_folder("pid"));
    const double start_s = wall_now_s();
    ck_assert_int_eq(
        plot(fake_gnuplot(script), in_folder("a.db"), "-o", in_folder("out"), "--timeout", "1s"),
        STATUS_IO);
    ck_assert_double_lt(wall_now_s() - start_s, 20);
    expect_one_line_with("took longer than 1 s");
    size_t n;
    char *pid = text_of(in_folder("pid"), &n);
    char state[64];
    snprintf(state, sizeof state, "/proc/%ld/cmdline", strtol(pid, NULL, 10));
    free(pid);
    /* Gone, or dead and waiting to be collected: then its command line is empty. */
    char line[64] = "";
    for (int i = 0; i < 200; i++) {
        const int fd = open(state, O_RDONLY);
        const ssize_t got = fd < 0 ? 0 : read(fd, line, sizeof line);
        if (fd >= 0)
            close(fd);
        if (got <= 0)
            break;
        ck_assert_int_lt(i, 199);
        usleep(10000);
    }
    expect_tidy();
}
END_TEST

START_TEST(an_interrupt_ends_it_and_leaves_nothing)
{
    fill("a.db", "title=A title");
    char script[512];
    snprintf(script, sizeof script, "#!/bin/sh\n: > %s\nsleep 1000\n", in_folder("began"));
    const char *const args[] = {in_folder("a.db"), "-o", in_folder("out"), NULL};
    const pid_t child = begin(fake_gnuplot(script), args);
    for (int i = 0; i < 1000 && access(in_folder("began"), F_OK) != 0; i++)
        usleep(10000);
    kill(child, SIGINT);
    ck_assert_int_eq(end(child), 128 + SIGINT);
    expect_one_line_with("interrupted");
    expect_tidy();
}
END_TEST

START_TEST(a_run_that_differs_from_the_stored_one_is_not_shown)
{
    poise_error err = {0};
    poise_scenario *scenario = short_scenario();
    store *s = open_store("a.db");
    poise_env *e = poise_env_new(scenario, &err);
    const trial t = {.scenario = scenario, .agent = "fifo"};
    trial_result r = trial_run(&t, e, NULL, NULL);
    r.trajectory_hash ^= 1;
    static const char *const sets[] = {"warmup.jobs=50", "end.jobs=350"};
    const uint64_t hash = poise_scenario_hash(scenario);
    const store_cell cell = {store_cell_id(hash, "fifo", "", 0), hash, "fifo", "fifo", "", 0};
    ck_assert(store_put_scenario(s, scenario, SCENARIO, sets, 2, NULL, 0, &err) &&
              store_put_cell(s, &cell, &r, &err));
    store_close(s);
    poise_env_free(e);
    poise_scenario_free(scenario);
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-o", in_folder("out"), "--kind", "response"),
                     STATUS_TRIAL);
    expect_one_line_with("does not run as it did");
    ck_assert_int_ne(access(picture(in_folder("out"), "response", "pdf"), F_OK), 0);
}
END_TEST

START_TEST(wrong_words_are_refused_with_the_nearest_right_one)
{
    fill("a.db", "title=A title");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "--kind", "gant"), STATUS_USAGE);
    expect_one_line_with("did you mean 'gantt'?");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "--format", "pgn"), STATUS_USAGE);
    expect_one_line_with("did you mean 'png'?");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "--width", "wide"), STATUS_USAGE);
    expect_one_line_with("column or page");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "-a", "fivo"), STATUS_USAGE);
    expect_one_line_with("did you mean 'fifo'?");
    ck_assert_int_eq(plot(NULL, in_folder("a.db"), "--seed", "77", "--kind", "gantt"),
                     STATUS_USAGE);
    expect_one_line_with("gantt cannot be drawn");
}
END_TEST

START_TEST(units_suit_the_size_of_the_numbers)
{
    ck_assert_str_eq(plot_time_unit(7200).unit, "h");
    ck_assert_double_eq(plot_time_unit(7200).per, 3600);
    ck_assert_str_eq(plot_time_unit(90).unit, "s");
    ck_assert_str_eq(plot_time_unit(3e-3).unit, "ms");
    ck_assert_str_eq(plot_time_unit(1e6).unit, "d");
    ck_assert_str_eq(plot_time_unit(0).unit, "s");
    ck_assert_str_eq(plot_unit_of("J", 3e7).unit, "MJ");
    ck_assert_str_eq(plot_unit_of("/s", .005).unit, "tasks/h");
    ck_assert_double_eq_tol(.005 / plot_unit_of("/s", .005).per, 18, 1e-9);
    ck_assert_str_eq(plot_unit_of("", 3).unit, "");
}
END_TEST

START_TEST(long_labels_keep_their_ends_and_whole_characters)
{
    char text[128];
    plot_short("fifo", text, sizeof text);
    ck_assert_str_eq(text, "fifo");
    plot_short("priority:ageing=0.125:more=\u00e4\u00e4\u00e4\u00e4\u00e4 the end", text,
               sizeof text);
    ck_assert_str_eq(text, "priority:ageing=0.125:\u2026the end");
    plot_short("optimal:cost=tasks:gap=1e-9 (uses a model)", text, sizeof text);
    ck_assert_str_eq(text, "optimal:cost=t\u2026 (uses a model)");
}
END_TEST

int main(void)
{
    static const char *const path[] = {"/usr/bin/gnuplot", "/usr/local/bin/gnuplot", NULL};
    bool has_gnuplot = false;
    for (int i = 0; path[i]; i++)
        has_gnuplot |= access(path[i], X_OK) == 0;
    Suite *suite = suite_create("plot");
    TCase *pictures = tcase_create("pictures"), *rest = tcase_create("rest");
    tcase_set_timeout(pictures, 300);
    tcase_set_timeout(rest, 300);
    tcase_add_checked_fixture(pictures, make_folder, remove_folder);
    tcase_add_checked_fixture(rest, make_folder, remove_folder);
    tcase_add_test(pictures, every_kind_is_drawn_whole_in_every_format);
    tcase_add_test(pictures, a_metric_that_is_0_everywhere_is_drawn);
    tcase_add_test(pictures, the_same_store_gives_the_same_bytes);
    tcase_add_test(pictures, gnuplot_alone_draws_the_same_picture_from_the_files_beside_it);
    tcase_add_test(pictures, a_pdf_holds_its_text_and_its_fonts_and_is_as_wide_as_a_column);
    tcase_add_test(pictures, names_are_never_obeyed);
    tcase_add_test(rest, without_gnuplot_one_sentence_says_so_and_the_store_stays);
    tcase_add_loop_test(rest, a_gnuplot_that_fails_leaves_the_old_picture, 0,
                        (int)(sizeof accidents / sizeof *accidents));
    tcase_add_test(rest, a_gnuplot_that_hangs_is_ended_with_all_it_started);
    tcase_add_test(rest, an_interrupt_ends_it_and_leaves_nothing);
    tcase_add_test(rest, a_run_that_differs_from_the_stored_one_is_not_shown);
    tcase_add_test(rest, wrong_words_are_refused_with_the_nearest_right_one);
    tcase_add_test(rest, units_suit_the_size_of_the_numbers);
    tcase_add_test(rest, long_labels_keep_their_ends_and_whole_characters);
    if (has_gnuplot)
        suite_add_tcase(suite, pictures);
    else
        puts("gnuplot is not installed: no picture is drawn in this test");
    suite_add_tcase(suite, rest);
    return run_suite(suite);
}
