/* plugin.c - see plugin.h. */
#include "lib/plugin.h"

#include "error.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define SYMBOL "poise_plugin"
#define NAME_MAX_BYTES 48
#define STATE_MAX ((size_t)1 << 32)
#define OPTIONS_MAX 256

size_t plugin_path_length(const char *spec)
{
    for (const char *at = strstr(spec, ".so"); at; at = strstr(at + 1, ".so"))
        if (at[3] == 0 || at[3] == ':')
            return (size_t)(at + 3 - spec);
    const size_t n = strcspn(spec, ":");
    return memchr(spec, '/', n) ? n : 0;
}

bool plugin_hash_file(const char *path, uint64_t *hash)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    FILE *f = S_ISREG(st.st_mode) ? fopen(path, "rb") : NULL;
    XXH64_state_t *state = f ? XXH64_createState() : NULL;
    if (state) {
        char bytes[1 << 14];
        XXH64_reset(state, 0);
        for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
            XXH64_update(state, bytes, n);
        *hash = XXH64_digest(state);
        XXH64_freeState(state);
    }
    const bool good = state && !ferror(f);
    if (f)
        fclose(f);
    return good;
}

/* ---- the table ---------------------------------------------------------------------------- */

/* Letters, digits and "_-.": what may stand in specifications and tables. */
static bool is_name(const char *text)
{
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return text && *text && strlen(text) <= NAME_MAX_BYTES && text[strspn(text, allowed)] == 0;
}

static bool is_line(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return text;
}

static size_t size_of(const poise_option *row)
{
    switch (row->type) {
    case POISE_REAL:
    case POISE_QUANTITY: return sizeof(double);
    case POISE_INT:
    case POISE_CHOICE: return sizeof(int);
    case POISE_BOOL: return sizeof(bool);
    case POISE_TEXT: return sizeof(char *);
    case POISE_TIME:
    case POISE_BYTES:
    case POISE_POWER: return sizeof(int64_t);
    }
    return 0;
}

static int count_choices(const poise_option *row)
{
    int n = 0;
    while (row->choices && n < OPTIONS_MAX && row->choices[n])
        n++;
    return n;
}

/* What is wrong with a row; NULL if nothing is. */
static const char *problem_of(const poise_agent_type *type, const poise_option *row)
{
    const size_t size = size_of(row);
    if (size == 0)
        return "is of a type that does not exist";
    if (row->offset % size != 0 || row->offset > type->size || size > type->size - row->offset)
        return "does not lie in the state (.offset, .size)";
    if (!is_line(row->help) || !is_line(row->unit))
        return "lacks its help or its unit (\"\": none), or they are not one line";
    if (row->type == POISE_CHOICE) {
        const int n = count_choices(row);
        return n > 0 && row->def >= 0 && row->def < n ? NULL : "has no choices, or no such default";
    }
    if (row->type == POISE_BOOL || row->type == POISE_TEXT)
        return isnan(row->def) ? "must have a default" : NULL;
    if (!(row->min <= row->max))
        return "has bounds that allow nothing (.min, .max)";
    return row->def >= row->min && row->def <= row->max ? NULL : "has a default out of its bounds";
}

static bool check_options(const char *path, const poise_agent_type *type, poise_error *err)
{
    int n = 0;
    for (const poise_option *row = type->options; row && row->name; row++, n++) {
        if (n == OPTIONS_MAX)
            return error_null(err, "%s: more than %d options: does the table end with {0}?", path,
                              OPTIONS_MAX);
        if (!is_name(row->name))
            return error_null(err, "%s: option %d has no proper name (letters, digits, _ - .)",
                              path, n);
        for (const poise_option *other = type->options; other < row; other++)
            if (strcmp(other->name, row->name) == 0)
                return error_null(err, "%s: option '%s' is there twice", path, row->name);
        const char *problem = problem_of(type, row);
        if (problem)
            return error_null(err, "%s: option '%s' %s", path, row->name, problem);
    }
    return true;
}

static bool check_table(const char *path, const poise_agent_type *type, poise_error *err)
{
    if (!is_name(type->name))
        return error_null(err, "%s: its agent has no proper name (1 to %d letters, digits, _ - .)",
                          path, NAME_MAX_BYTES);
    if (poise_agent_find(type->name) || strcmp(type->name, "pipe") == 0)
        return error_null(err,
                          "%s: its agent is called '%s', as one that is built in: give it a "
                          "name of its own",
                          path, type->name);
    if (!is_line(type->about))
        return error_null(err, "%s: agent %s does not say in one line what it is (.about)", path,
                          type->name);
    if (!type->attend)
        return error_null(err, "%s: agent %s has no function attend", path, type->name);
    if (type->size > STATE_MAX)
        return error_null(err, "%s: agent %s wants %zu bytes of state, at most %zu are allowed",
                          path, type->name, type->size, STATE_MAX);
    if (type->train_decisions < 0 || (type->train_decisions > 0) != (type->learn != NULL) ||
        (type->learn && !type->params))
        return error_null(err,
                          "%s: agent %s is half a learner: train_decisions, learn and params "
                          "go together",
                          path, type->name);
    return check_options(path, type, err);
}

/* ---- the file ----------------------------------------------------------------------------- */

/* What the loader says, without the path in front. */
static const char *complaint(const char *path)
{
    const char *text = dlerror();
    if (!text)
        return "the loader does not say why";
    const char *after = strstr(text, path);
    return after == text && strncmp(after + strlen(path), ": ", 2) == 0 ? text + strlen(path) + 2
                                                                        : text;
}

/* Of a table of another version only the version is where it is expected. */
static bool check_version(const char *path, const poise_agent_type *type, poise_error *err)
{
    Dl_info info;
    ElfW(Sym) *symbol = NULL;
    if (!dladdr1(type, &info, (void **)&symbol, RTLD_DL_SYMENT))
        symbol = NULL;
    if (symbol &&
        (symbol->st_size < sizeof type->abi || ELF64_ST_TYPE(symbol->st_info) == STT_FUNC))
        return error_null(err, "%s: " SYMBOL " is not an agent's table (poise_agent_type)", path);
    if (type->abi != POISE_AGENT_ABI)
        return error_null(err,
                          "%s: was built for version %d of the agents' table, this program has "
                          "version %d: build it again with the headers of Poise %s",
                          path, type->abi, POISE_AGENT_ABI, POISE_VERSION);
    if (symbol && symbol->st_size < sizeof *type)
        return error_null(err,
                          "%s: " SYMBOL " has %zu bytes, an agent's table has %zu: build it "
                          "again with the headers of Poise %s",
                          path, (size_t)symbol->st_size, sizeof *type, POISE_VERSION);
    return true;
}

/* The loader looks into folders of its own for a name without a slash. A closed plug-in stays in
 * memory: the keys of its figures may be read later. */
static void *load(const char *path)
{
    const int how = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
    char here[4096];
    if (strchr(path, '/'))
        return dlopen(path, how);
    snprintf(here, sizeof here, "./%s", path);
    return dlopen(here, how);
}

bool plugin_open(const char *path, plugin *p, poise_error *err)
{
    *p = (plugin){0};
    if (!plugin_hash_file(path, &p->build))
        return error_null(err,
                          errno == ENOENT   ? "%s: there is no such plug-in: %s"
                          : errno == EINVAL ? "%s: is not a file"
                                            : "%s: cannot be read: %s",
                          path, strerror(errno));
    p->library = load(path);
    if (!p->library)
        return error_null(err, "%s: is not a shared object that can be loaded: %s", path,
                          complaint(path));
    p->type = dlsym(p->library, SYMBOL);
    if (!p->type)
        error_null(err, "%s: is no plug-in: it defines no `const poise_agent_type " SYMBOL "`",
                   path);
    else if (check_version(path, p->type, err) && check_table(path, p->type, err))
        return true;
    plugin_close(p->library);
    return false;
}

void plugin_close(void *library)
{
    if (library)
        dlclose(library);
}
