/* plot.c - see plot.h. */
#include "plot.h"

#include "cli.h"
#include "file.h"
#include "pool.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
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

typedef struct table {
    char file[64];
    string_buffer text;
} table;

struct figure {
    char folder[PATH_MAX];
    char kind[32];
    string_buffer settings;
    table **table;  // (n_tables) each on its own, so that texts stay where they are
    int n_tables;
    bool written;
};

const char *const figure_formats[] = {"pdf", "png", "svg", NULL};

/* ---- the folder --------------------------------------------------------------------------- */

/* The path of a file in the figure's folder; valid until the next call. */
static const char *inside(const figure *f, const char *name)
{
    static char path[PATH_MAX + 128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return path;
}

/* Copies a script next to the data, so that gnuplot needs no path. */
static bool bring(const figure *f, const char *name, poise_error *err)
{
    char file[64];
    snprintf(file, sizeof file, "%s.gp", name);
    for (const char *const *dir = cli_data_dirs(); *dir; dir++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/plots/%s", *dir, file);
        if (access(path, F_OK) != 0)
            continue;
        size_t n;
        char *script = file_read(path, SCRIPT_MAX, &n, err);
        const bool good = script && file_write(inside(f, file), script, n, err);
        free(script);
        return good;
    }
    return error_null(err, "the script plots/%s is not there; $POISE_DATA may name its folder",
                      file);
}

figure *figure_new(const char *dir, const char *kind, poise_error *err)
{
    figure *f = calloc(1, sizeof *f);
    if (!f)
        return error_null(err, "out of memory");
    snprintf(f->kind, sizeof f->kind, "%s", kind);
    const int n = snprintf(f->folder, sizeof f->folder, "%s/.poise-plot-XXXXXX", dir);
    if (n >= (int)sizeof f->folder || !file_make_parents(f->folder, err) || !mkdtemp(f->folder)) {
        if (!err->n_mistakes)
            error_null(err, "%s: cannot make a folder there: %s", dir,
                       n >= (int)sizeof f->folder ? "the name is too long" : strerror(errno));
        free(f);
        return NULL;
    }
    if (bring(f, "common", err) && bring(f, kind, err))
        return f;
    figure_free(f);
    return NULL;
}

void figure_free(figure *f)
{
    static const char *const others[] = {"data.gp", "common.gp", "log", "picture", NULL};
    if (!f)
        return;
    for (int i = 0; others[i]; i++)
        unlink(inside(f, others[i]));
    char script[48];
    snprintf(script, sizeof script, "%s.gp", f->kind);
    unlink(inside(f, script));
    for (int i = 0; i < f->n_tables; i++) {
        unlink(inside(f, f->table[i]->file));
        string_free(&f->table[i]->text);
        free(f->table[i]);
    }
    rmdir(f->folder);
    string_free(&f->settings);
    free(f->table);
    free(f);
}

/* ---- settings and tables ------------------------------------------------------------------ */

/* Between single quotes gnuplot interprets nothing; a quote is written twice. A newline would end
 * the command, so control characters (C1 and the line separators of Unicode need no care) become
 * blanks. */
static void add_quoted(string_buffer *out, const char *text)
{
    string_add(out, "'");
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            string_add(out, " ");
        else
            string_add(out, *text == '\'' ? "''" : "%c", *text);
    string_add(out, "'\n");
}

void figure_text(figure *f, const char *name, const char *text)
{
    string_add(&f->settings, "%s = ", name);
    add_quoted(&f->settings, text);
}

void figure_number(figure *f, const char *name, double value)
{
    string_add(&f->settings, "%s = %.9g\n", name, value);
}

void figure_texts(figure *f, const char *name, const char *const *text, int n)
{
    string_add(&f->settings, "array %s[%d]\n", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) {
        string_add(&f->settings, "%s[%d] = ", name, i + 1);
        add_quoted(&f->settings, text[i]);
    }
}

void figure_numbers(figure *f, const char *name, const double *value, int n)
{
    string_add(&f->settings, "array %s[%d]\n", name, n > 0 ? n : 1);
    for (int i = 0; i < n; i++)
        string_add(&f->settings, "%s[%d] = %.9g\n", name, i + 1, value[i]);
}

string_buffer *figure_table(figure *f, const char *name, int number)
{
    table *t = error_must(calloc(1, sizeof *t));
    f->table = error_must(realloc(f->table, (size_t)(f->n_tables + 1) * sizeof *f->table));
    snprintf(t->file, sizeof t->file, "%s-%d.tsv", name, number);
    f->table[f->n_tables++] = t;
    return &t->text;
}

void table_row(string_buffer *t, int n, const double *value)
{
    for (int i = 0; i < n; i++)
        string_add(t, i + 1 < n ? "%.9g\t" : "%.9g\n", value[i]);
}

/* Puts everything into the folder; once, for all formats. */
static bool write_down(figure *f, poise_error *err)
{
    if (f->written)
        return true;
    string_buffer *s = &f->settings;
    bool good = file_write(inside(f, "data.gp"), s->at ? s->at : "", s->length, err);
    for (int i = 0; good && i < f->n_tables; i++) {
        const table *t = f->table[i];
        good = file_write(inside(f, t->file), t->text.at ? t->text.at : "", t->text.length, err);
    }
    f->written = good;
    return good;
}

/* ---- gnuplot ------------------------------------------------------------------------------ */

/* In the child: everything that gnuplot gets is ours. Its own process group, so that it can be
 * ended with all that it may have started. Returns only if it cannot be started. */
static void become_gnuplot(const figure *f, const char *format)
{
    char set_format[32];
    char script[48];
    snprintf(set_format, sizeof set_format, "format = '%s'", format);
    snprintf(script, sizeof script, "%s.gp", f->kind);
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
                   f->kind);
    else
        error_null(err, "gnuplot failed (status %d) while drawing '%s'%s%s", WEXITSTATUS(status),
                   f->kind, last ? ": " : "", last ? last : "");
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
                      f->kind, patience_s);
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
    if (strcmp(format, "png") == 0)
        return n > 8 && memcmp(bytes, "\x89PNG", 4) == 0 && ends_with(bytes, n, iend, 12);
    while (n > 0 && strchr(" \r\n", bytes[n - 1]))
        n--;
    if (strcmp(format, "pdf") == 0)
        return n > 8 && memcmp(bytes, "%PDF", 4) == 0 && ends_with(bytes, n, "%%EOF", 5);
    return n > 8 && bytes[0] == '<' && ends_with(bytes, n, "</svg>", 6);
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

char *figure_picture(figure *f, const char *format, double patience_s, size_t *n_bytes,
                     string_buffer *said, poise_error *err)
{
    if (!write_down(f, err))
        return NULL;
    unlink(inside(f, "picture"));
    if (!run(f, format, patience_s, err))
        return NULL;
    poise_error why = {0};
    char *bytes = file_read(inside(f, "picture"), PICTURE_MAX, n_bytes, &why);
    if (!bytes || !is_complete(bytes, *n_bytes, format)) {
        free(bytes);
        error_null(err, "gnuplot drew no complete picture");
        return NULL;
    }
    if (strcmp(format, "pdf") == 0)
        set_date(bytes, *n_bytes);
    add_complaints(f, said);
    return bytes;
}

bool figure_draw(figure *f, const char *format, const char *path, double patience_s,
                 string_buffer *said, poise_error *err)
{
    size_t n = 0;
    char *bytes = figure_picture(f, format, patience_s, &n, said, err);
    const bool good = bytes && file_write(path, bytes, n, err);
    free(bytes);
    return good;
}

void figure_data(const figure *f, string_buffer *out)
{
    const char *line = f->settings.at;
    while (line && *line) {
        const size_t n = strcspn(line, "\n");
        string_add(out, "# %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    for (int i = 0; i < f->n_tables; i++) {
        const table *t = f->table[i];
        string_add(out, "%s# %s\n%s", i ? "\n\n" : "", t->file, t->text.at ? t->text.at : "");
    }
}
