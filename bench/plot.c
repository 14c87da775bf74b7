/* plot.c - see plot.h. */
#include "plot_inside.h"

#include "cli.h"
#include "file.h"
#include "pool.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A picture or a message that is longer is none. */
#define PICTURE_MAX (256LL << 20)
#define SCRIPT_MAX (1LL << 20)

const char *const figure_formats[] = {"pdf", "png", "svg", "tex", "tikz", NULL};

/* ---- the folder --------------------------------------------------------------------------- */

/* The path of a file in the figure's folder; valid until the next call. */
static const char *inside(const figure *f, const char *name)
{
    static char path[PATH_MAX + FIGURE_NAME_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return path;
}

/* What gnuplot draws into, by its name without folder. */
static const char *output(const figure *f, const char *ending)
{
    static char name[FIGURE_NAME_MAX + 32];
    snprintf(name, sizeof name, "%s%s", f->name, ending);
    return name;
}

const char *figure_ending(const char *format)
{
    static char ending[16];
    if (strcmp(format, "tex") == 0)
        return "-tex.tex";
    snprintf(ending, sizeof ending, ".%s", format);
    return ending;
}

void figure_call(figure *f, const char *name)
{
    snprintf(f->name, sizeof f->name, "%s", name);
    for (char *c = f->name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              (*c == '-' && c > f->name) || *c == '_'))
            *c = '_';
}

const char *figure_name(const figure *f)
{
    return f->name;
}

void figure_widen(figure *f)
{
    f->wide = true;
    f->written = false;
}

figure *figure_new(const char *dir, const char *kind, poise_error *err)
{
    figure *f = calloc(1, sizeof *f);
    if (!f)
        return error_null(err, "out of memory");
    figure_call(f, kind);
    const int n = snprintf(f->folder, sizeof f->folder, "%s/.poise-plot-XXXXXX", dir);
    if (n >= (int)sizeof f->folder || !file_make_parents(f->folder, err) || !mkdtemp(f->folder)) {
        if (!err->n_mistakes)
            error_null(err, "%s: cannot make a folder there: %s", dir,
                       n >= (int)sizeof f->folder ? "the name is too long" : strerror(errno));
        free(f);
        return NULL;
    }
    if (figure_read_scripts(f, kind, err))
        return f;
    figure_free(f);
    return NULL;
}

void figure_free(figure *f)
{
    static const char *const others[] = {".gp", ".dat", "-tex.pdf", NULL};
    if (!f)
        return;
    unlink(inside(f, "log"));
    for (int i = 0; others[i]; i++)
        unlink(inside(f, output(f, others[i])));
    for (int i = 0; figure_formats[i]; i++)
        unlink(inside(f, output(f, figure_ending(figure_formats[i]))));
    for (int i = 0; i < f->n_tables; i++) {
        string_free(&f->table[i]->text);
        free(f->table[i]);
    }
    rmdir(f->folder);
    string_free(&f->settings);
    string_free(&f->in_latex);
    free(f->script);
    free(f->common);
    free(f->table);
    free(f);
}

bool figure_keep(const figure *f, const char *folder, poise_error *err)
{
    static void (*const write[])(const figure *, string_buffer *) = {figure_script, figure_data};
    static const char *const ending[] = {"gp", "dat"};
    bool good = true;
    for (int i = 0; i < 2 && good; i++) {
        char path[PATH_MAX + FIGURE_NAME_MAX];
        string_buffer text = {0};
        write[i](f, &text);
        snprintf(path, sizeof path, "%s/%s.%s", folder, f->name, ending[i]);
        good = file_write(path, text.at, text.length, err);
        string_free(&text);
    }
    return good;
}

/* ---- gnuplot ------------------------------------------------------------------------------ */

/* In the child: everything that gnuplot gets is ours. Its own process group, so that it can be
 * ended with all that it may have started. Returns only if it cannot be started. */
static void become_gnuplot(const figure *f, const char *format)
{
    char set_format[32];
    char script[FIGURE_NAME_MAX + 8];
    snprintf(set_format, sizeof set_format, "format = '%s'", format);
    snprintf(script, sizeof script, "%s.gp", f->name);
    char *const argv[] = {"gnuplot", "-d", "-e", set_format, script, NULL};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    setenv("LC_ALL", "C.UTF-8", 1);  // texts are UTF-8, numbers have points, wherever we run
    if (chdir(f->folder) != 0)
        return;
    const int none = open("/dev/null", O_RDWR);
    const int log = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (none < 0 || log < 0 || dup2(none, STDIN_FILENO) < 0 || dup2(none, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        return;
    execvp(argv[0], argv);
}

/* Starts gnuplot; its process, -1 with errno set if that was not possible. The errno of a failed
 * exec comes back through a pipe that a successful one closes. */
static pid_t start(const figure *f, const char *format)
{
    int tell[2];
    if (pipe2(tell, O_CLOEXEC) != 0)
        return -1;
    const pid_t child = fork();
    if (child == 0) {
        become_gnuplot(f, format);
        const int why = errno;
        if (write(tell[1], &why, sizeof why) < 0)
            _exit(126);
        _exit(127);
    }
    int why = child < 0 ? errno : 0;
    close(tell[1]);
    while (child > 0 && read(tell[0], &why, sizeof why) < 0 && errno == EINTR)
        continue;
    close(tell[0]);
    if (child > 0 && why) {
        waitpid(child, NULL, 0);
        errno = why;
        return -1;
    }
    errno = why;
    return child;
}

/* Waits for the end; false if it did not come in time or a signal came: then it is made. */
static bool wait_for(pid_t child, double patience_s, int *status)
{
    const double start_s = wall_now_s();
    for (;;) {
        const pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return true;
        if (pool_signal() || wall_now_s() - start_s > patience_s)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        continue;
    return false;
}

/* What gnuplot complained about: its lines without the picture of where, and without fontconfig's
 * remarks on its cache. */
static void add_complaints(const figure *f, string_buffer *out)
{
    poise_error ignored = {0};
    size_t n;
    char *text = file_read(inside(f, "log"), SCRIPT_MAX, &n, &ignored), *rest = text;
    for (char *line = text ? strsep(&rest, "\n") : NULL; line; line = strsep(&rest, "\n")) {
        line += strspn(line, " \t^");
        if (!*line || strncmp(line, "Fontconfig", 10) == 0)
            continue;
        for (char *c = line; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 127)
                *c = ' ';
        string_add(out, "%s%.200s", out->length ? "\n" : "", line);
    }
    free(text);
}

/* The last complaint tells why it stopped; those before it are the command it stopped at. */
static bool failed(const figure *f, int status, poise_error *err)
{
    string_buffer said = {0};
    add_complaints(f, &said);
    const char *last = said.at ? strrchr(said.at, '\n') : NULL;
    last = last ? last + 1 : said.at;
    if (WIFSIGNALED(status))
        error_null(err, "gnuplot was ended by signal %d while drawing '%s'", WTERMSIG(status),
                   f->name);
    else
        error_null(err, "gnuplot failed (status %d) while drawing '%s'%s%s", WEXITSTATUS(status),
                   f->name, last ? ": " : "", last ? last : "");
    string_free(&said);
    return false;
}

static bool run(const figure *f, const char *format, double patience_s, poise_error *err)
{
    const pid_t child = start(f, format);
    if (child < 0 && errno == ENOENT)
        return error_null(err, "gnuplot is not installed; on Debian: apt install gnuplot-nox "
                               "(the results are stored, only the pictures are missing)");
    if (child < 0)
        return error_null(err, "gnuplot cannot be started: %s", strerror(errno));
    int status = 0;
    if (wait_for(child, patience_s, &status))
        return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || failed(f, status, err);
    if (pool_signal())
        return error_null(err, "interrupted");
    return error_null(err, "gnuplot was ended: drawing '%s' took longer than %g s (--timeout)",
                      f->name, patience_s);
}

/* ---- the picture -------------------------------------------------------------------------- */

static bool ends_with(const char *bytes, size_t n, const char *end, size_t n_end)
{
    return n >= n_end && memcmp(bytes + n - n_end, end, n_end) == 0;
}

/* gnuplot's exit status says nothing of a full disk, so the end of the file must. */
static bool is_complete(const char *bytes, size_t n, const char *format)
{
    static const char iend[12] = "\0\0\0\0IEND\xae\x42\x60\x82";
    static const struct ending {
        const char *format, *begins, *ends;
    } endings[] = {
        {"pdf", "%PDF", "%%EOF"},
        {"svg", "<", "</svg>"},
        {"tex", "%", "\\endgroup"},
        {"tikz", "\\begin{tikzpicture}", "%% gnuplot variables"},
    };
    if (strcmp(format, "png") == 0)
        return n > 8 && memcmp(bytes, "\x89PNG", 4) == 0 && ends_with(bytes, n, iend, 12);
    while (n > 0 && strchr(" \r\n", bytes[n - 1]))
        n--;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const struct ending *e = &endings[i];
        if (strcmp(format, e->format) == 0)
            return n > 8 && strncmp(bytes, e->begins, strlen(e->begins)) == 0 &&
                   ends_with(bytes, n, e->ends, strlen(e->ends));
    }
    return false;
}

/* The same data make the same bytes: the time of drawing in a PDF, which this cairo takes from the
 * clock, becomes $SOURCE_DATE_EPOCH, or 1970. Lengths stay, so the file's index stays right. */
static void set_date(char *bytes, size_t n)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    const time_t when = epoch ? (time_t)strtoll(epoch, NULL, 10) : 0;
    struct tm day;
    char date[32] = "";
    if (gmtime_r(&when, &day))
        strftime(date, sizeof date, "%Y%m%d%H%M%S", &day);
    static const char key[] = "/CreationDate (D:";
    char *at = memmem(bytes, n, key, sizeof key - 1);
    if (at && strlen(date) == 14 && (size_t)(at - bytes) + sizeof key + 14 < n)
        memcpy(at + sizeof key - 1, date, 14);
}

/* The second line of TikZ says with which gnuplot it was drawn, the third one when. */
static void remove_date(char *bytes, size_t *n)
{
    char *line = strstr(bytes, "\n%% ");
    line = line ? strstr(line + 1, "\n%% ") : NULL;
    char *rest = line ? strchr(line + 1, '\n') : NULL;
    if (!rest)
        return;
    *n -= (size_t)(rest - line);
    memmove(line, rest, strlen(rest) + 1);
}

/* A file that gnuplot drew, NULL if it is not whole. */
static char *take(const figure *f, const char *ending, const char *format, size_t *n)
{
    poise_error why = {0};
    char *bytes = file_read(inside(f, output(f, ending)), PICTURE_MAX, n, &why);
    if (!bytes || !is_complete(bytes, *n, format)) {
        free(bytes);
        return NULL;
    }
    if (strcmp(format, "pdf") == 0)
        set_date(bytes, *n);
    if (strcmp(format, "tikz") == 0)
        remove_date(bytes, n);
    return bytes;
}

/* Puts what is drawn from into the folder; once, for all formats. */
static bool write_down(figure *f, poise_error *err)
{
    f->written = f->written || figure_keep(f, f->folder, err);
    return f->written;
}

char *figure_picture(figure *f, const char *format, double patience_s, size_t *n_bytes,
                     string_buffer *said, poise_error *err)
{
    if (!write_down(f, err))
        return NULL;
    unlink(inside(f, output(f, figure_ending(format))));
    if (!run(f, format, patience_s, err))
        return NULL;
    char *bytes = take(f, figure_ending(format), format, n_bytes);
    if (!bytes)
        return error_null(err, "gnuplot drew no complete picture");
    add_complaints(f, said);
    return bytes;
}

/* "PATH.pdf" of "PATH.tex": lines and points, over which LaTeX sets the text. */
static bool draw_behind(const figure *f, const char *path, poise_error *err)
{
    char behind[PATH_MAX];
    const int stem = (int)strlen(path) - (int)strlen(".tex");
    if (snprintf(behind, sizeof behind, "%.*s.pdf", stem, path) >= (int)sizeof behind)
        return error_null(err, "%s: the name is too long", path);
    size_t n;
    char *bytes = take(f, "-tex.pdf", "pdf", &n);
    if (!bytes)
        return error_null(err, "gnuplot drew no complete picture");
    const bool good = file_write(behind, bytes, n, err);
    free(bytes);
    return good;
}

bool figure_draw(figure *f, const char *format, const char *path, double patience_s,
                 string_buffer *said, poise_error *err)
{
    size_t n = 0;
    char *bytes = figure_picture(f, format, patience_s, &n, said, err);
    const bool good = bytes && (strcmp(format, "tex") != 0 || draw_behind(f, path, err)) &&
                      file_write(path, bytes, n, err);
    free(bytes);
    return good;
}
