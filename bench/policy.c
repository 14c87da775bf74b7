/* policy.c - see policy.h. The header is read as a foreign file: nothing in it is believed until it
 * has been checked against the agent's own parameters. */
#include "policy.h"

#include "error.h"
#include "file.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest header that is looked at. */
#define HEADER_MAX (1u << 20)
#define POLICY_MAX (1ll << 30)

static size_t tensor_count(const poise_tensor *t)
{
    size_t n = 1;
    for (int i = 0; i < t->n_dims; i++)
        n *= (size_t)t->dim[i];
    return n;
}

size_t policy_tensor_bytes(const poise_tensor *t)
{
    return tensor_count(t) * (t->is_double ? sizeof(double) : sizeof(float));
}

static int parameters(const poise_agent *a, poise_tensor *t)
{
    return a->type->params ? a->type->params(a->state, t) : 0;
}

void policy_name_of_tenant(poise_tensor *t, const char *tenant)
{
    char own[sizeof t->name];
    memcpy(own, t->name, sizeof own);
    snprintf(t->name, sizeof t->name, "%.40s.%.44s", tenant, own);
}

/* ---- writing ------------------------------------------------------------------------------ */

static json_t *metadata(const policy_about *about)
{
    char hash[20], decisions[24], seed[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, about->scenario_hash);
    snprintf(decisions, sizeof decisions, "%" PRId64, about->decisions);
    snprintf(seed, sizeof seed, "%" PRId64, about->train_seed);
    json_t *all =
        json_pack("{ss ss ss ss ss ss ss}", "format", "pt", "poise.agent", about->agent,
                  "poise.scenario", about->scenario, "poise.scenario_hash", hash, "poise.decisions",
                  decisions, "poise.train_seed", seed, "poise.version", about->version);
    if (all && about->budget > 0) {
        snprintf(decisions, sizeof decisions, "%" PRId64, about->budget);
        json_object_set_new(all, "poise.budget", json_string(decisions));
        snprintf(decisions, sizeof decisions, "%" PRId64, about->log_rows);
        json_object_set_new(all, "poise.log_rows", json_string(decisions));
        json_object_set_new(all, "poise.log_keys", json_string(about->log_keys));
    }
    return all;
}

/* The header's text, which the caller frees; NULL if memory ran out. */
static char *header(const poise_tensor *t, int n, const policy_about *about)
{
    json_t *root = json_object();
    bool good = json_object_set_new(root, "__metadata__", metadata(about)) == 0;
    size_t at = 0;
    for (int i = 0; good && i < n; i++) {
        json_t *shape = json_array();
        for (int k = 0; k < t[i].n_dims; k++)
            json_array_append_new(shape, json_integer(t[i].dim[k]));
        const size_t end = at + policy_tensor_bytes(&t[i]);
        json_t *row = json_pack("{ss so s[II]}", "dtype", t[i].is_double ? "F64" : "F32", "shape",
                                shape, "data_offsets", (json_int_t)at, (json_int_t)end);
        good = json_object_set_new(root, t[i].name, row) == 0;
        at = end;
    }
    char *text = good ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

void *policy_pack(const poise_agent *a, const policy_about *about, size_t *n_bytes)
{
    poise_tensor t[POISE_MAX_TENSORS];
    return policy_pack_tensors(t, parameters(a, t), about, n_bytes);
}

void *policy_pack_tensors(const poise_tensor *t, int n, const policy_about *about, size_t *n_bytes)
{
    char *text = header(t, n, about);
    if (!text)
        return NULL;
    const size_t length = strlen(text), padded = (length + 7) / 8 * 8;  // data stand aligned
    *n_bytes = 8 + padded;
    for (int i = 0; i < n; i++)
        *n_bytes += policy_tensor_bytes(&t[i]);
    unsigned char *bytes = malloc(*n_bytes);
    if (bytes) {
        for (int i = 0; i < 8; i++)
            bytes[i] = (unsigned char)(padded >> 8 * i);
        memset(bytes + 8, ' ', padded);
        memcpy(bytes + 8, text, length);
        unsigned char *to = bytes + 8 + padded;
        for (int i = 0; i < n; i++) {
            memcpy(to, t[i].data, policy_tensor_bytes(&t[i]));
            to += policy_tensor_bytes(&t[i]);
        }
    }
    free(text);
    return bytes;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* A policy as it lies in memory. */
typedef struct layout {
    const char *name;  // for sentences
    json_t *root;
    const unsigned char *data;
    size_t n_data;
} layout;

static bool parse(const void *bytes, size_t n_bytes, const char *name, layout *l, poise_error *err)
{
    const unsigned char *b = bytes;
    uint64_t length = 0;
    for (int i = 7; i >= 0 && n_bytes >= 8; i--)
        length = length << 8 | b[i];
    if (n_bytes < 8 || length < 2 || length > HEADER_MAX || length > n_bytes - 8) {
        error_null(err, "%s: this is not a policy file (safetensors)", name);
        return false;
    }
    json_error_t why;
    json_t *root = json_loadb((const char *)b + 8, (size_t)length, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        error_null(err, "%s: the header of the policy file is damaged: %s", name,
                   root ? "it is not an object" : why.text);
        json_decref(root);
        return false;
    }
    *l = (layout){name, root, b + 8 + length, n_bytes - 8 - (size_t)length};
    return true;
}

static const char *about_text(const layout *l, const char *key)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(l->root, "__metadata__"), key));
    return text ? text : "";
}

bool policy_about_read(const void *bytes, size_t n_bytes, const char *name, policy_about *about,
                       poise_error *err)
{
    layout l;
    if (!parse(bytes, n_bytes, name, &l, err))
        return false;
    *about = (policy_about){
        .scenario_hash = strtoull(about_text(&l, "poise.scenario_hash"), NULL, 16),
        .decisions = strtoll(about_text(&l, "poise.decisions"), NULL, 10),
        .train_seed = strtoll(about_text(&l, "poise.train_seed"), NULL, 10),
        .budget = strtoll(about_text(&l, "poise.budget"), NULL, 10),
        .log_rows = strtoll(about_text(&l, "poise.log_rows"), NULL, 10),
    };
    snprintf(about->agent, sizeof about->agent, "%s", about_text(&l, "poise.agent"));
    snprintf(about->scenario, sizeof about->scenario, "%s", about_text(&l, "poise.scenario"));
    snprintf(about->version, sizeof about->version, "%s", about_text(&l, "poise.version"));
    snprintf(about->log_keys, sizeof about->log_keys, "%s", about_text(&l, "poise.log_keys"));
    json_decref(l.root);
    if (!*about->agent)
        error_null(err, "%s: the policy file does not say which agent it is for", name);
    return *about->agent != 0;
}

static void shape_text(const json_t *shape, char *text, size_t size)
{
    size_t at = 0;
    const size_t n = json_array_size(shape);
    text[0] = 0;
    for (size_t i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%lld", i ? " x " : "",
                               (long long)json_integer_value(json_array_get(shape, i)));
}

static bool same_shape(const json_t *shape, const poise_tensor *t)
{
    if ((int)json_array_size(shape) != t->n_dims)
        return false;
    for (int i = 0; i < t->n_dims; i++)
        if (json_integer_value(json_array_get(shape, (size_t)i)) != t->dim[i])
            return false;
    return true;
}

static bool all_finite(const poise_tensor *t, const unsigned char *data)
{
    const size_t n = tensor_count(t);
    for (size_t i = 0; i < n; i++) {
        double x;
        float f;
        if (t->is_double) {
            memcpy(&x, data + i * sizeof x, sizeof x);
        } else {
            memcpy(&f, data + i * sizeof f, sizeof f);
            x = f;
        }
        if (!isfinite(x))
            return false;
    }
    return true;
}

/* Where the data of a parameter lie; NULL with a sentence if they do not fit it. */
static const unsigned char *find(const layout *l, const poise_tensor *t, const char *agent,
                                 poise_error *err)
{
    const json_t *row = json_object_get(l->root, t->name);
    if (!json_is_object(row))
        return error_null(err, "%s: the policy has no parameter '%s', which %s needs", l->name,
                          t->name, agent);
    const char *dtype = json_string_value(json_object_get(row, "dtype"));
    const char *wanted = t->is_double ? "F64" : "F32";
    if (!dtype || strcmp(dtype, wanted) != 0)
        return error_null(err, "%s: parameter '%s' has the type %s, %s needs %s", l->name, t->name,
                          dtype ? dtype : "(none)", agent, wanted);
    const json_t *shape = json_object_get(row, "shape");
    if (!same_shape(shape, t)) {
        char has[80], needs[80];
        shape_text(shape, has, sizeof has);
        size_t at = 0;
        for (int i = 0; i < t->n_dims; i++)
            at +=
                (size_t)snprintf(needs + at, sizeof needs - at, "%s%d", i ? " x " : "", t->dim[i]);
        return error_null(err,
                          "%s: parameter '%s' is %s, but %s needs %s here: was the "
                          "policy trained in another scenario or with other options?",
                          l->name, t->name, has, agent, needs);
    }
    const json_t *offsets = json_object_get(row, "data_offsets");
    const json_int_t begin = json_integer_value(json_array_get(offsets, 0));
    const json_int_t end = json_integer_value(json_array_get(offsets, 1));
    if (begin < 0 || end < begin || (uint64_t)end > l->n_data ||
        (size_t)(end - begin) != policy_tensor_bytes(t))
        return error_null(err,
                          "%s: the policy file is damaged: the data of '%s' are not "
                          "all there",
                          l->name, t->name);
    if (!all_finite(t, l->data + begin))
        return error_null(err, "%s: parameter '%s' holds numbers that are not finite", l->name,
                          t->name);
    return l->data + begin;
}

bool policy_apply(const void *bytes, size_t n_bytes, const char *name, poise_agent *a,
                  poise_error *err)
{
    poise_tensor t[POISE_MAX_TENSORS];
    return policy_read_tensors(bytes, n_bytes, name, a->type->name, t, parameters(a, t), err);
}

bool policy_apply_team(const void *bytes, size_t n_bytes, const char *name, poise_team *t,
                       const poise_space *space, poise_error *err)
{
    for (int k = 0; k < space->n_tenants; k++) {
        const poise_agent *a = poise_team_member(t, k);
        char who[128];
        poise_tensor own[POISE_MAX_TENSORS];
        const int n = a->type->train_decisions > 0 ? parameters(a, own) : 0;
        for (int i = 0; i < n; i++)
            policy_name_of_tenant(&own[i], space->tenant_name[k]);
        snprintf(who, sizeof who, "%.40s of tenant %.60s", a->type->name, space->tenant_name[k]);
        if (!policy_read_tensors(bytes, n_bytes, name, who, own, n, err))
            return false;
    }
    return true;
}

bool policy_read_tensors(const void *bytes, size_t n_bytes, const char *name, const char *who,
                         const poise_tensor *t, int n, poise_error *err)
{
    const unsigned char **data = calloc((size_t)n + 1, sizeof *data);
    layout l;
    if (!data)
        return error_null(err, "%s: out of memory for its parameters", name);
    bool good = parse(bytes, n_bytes, name, &l, err);
    if (good) {
        for (int i = 0; good && i < n; i++) {
            data[i] = find(&l, &t[i], who, err);
            good = data[i];
        }
        for (int i = 0; good && i < n; i++)
            memcpy(t[i].data, data[i], policy_tensor_bytes(&t[i]));
        json_decref(l.root);
    }
    free(data);
    return good;
}

/* ---- comparing ---------------------------------------------------------------------------- */

/* The tensor in which byte `at` of the data lies, as a sentence. */
static void name_tensor(const layout *l, size_t at, char *what, size_t size)
{
    const char *name;
    json_t *row;
    json_object_foreach(l->root, name, row)
    {
        const json_t *place = json_object_get(row, "data_offsets");
        const size_t begin = (size_t)json_integer_value(json_array_get(place, 0)),
                     end = (size_t)json_integer_value(json_array_get(place, 1));
        const char *type = json_string_value(json_object_get(row, "dtype"));
        const size_t each = type && strcmp(type, "F64") == 0 ? 8 : 4;
        if (!place || at < begin || at >= end)
            continue;
        snprintf(what, size, "tensor %.96s differs in number %zu", name, (at - begin) / each);
        return;
    }
    snprintf(what, size, "byte %zu of the data differs", at);
}

static bool same_contents(layout *a, layout *b, char *what, size_t size)
{
    json_object_del(json_object_get(a->root, "__metadata__"), "poise.version");
    json_object_del(json_object_get(b->root, "__metadata__"), "poise.version");
    snprintf(what, size, "the header differs");
    if (!json_equal(a->root, b->root) || a->n_data != b->n_data)
        return false;
    size_t at = 0;
    while (at < a->n_data && a->data[at] == b->data[at])
        at++;
    if (at < a->n_data)
        name_tensor(a, at, what, size);
    return at == a->n_data;
}

bool policy_is_same(const void *a, size_t n_a, const void *b, size_t n_b, char *what, size_t size)
{
    if (n_a == n_b && memcmp(a, b, n_a) == 0)
        return true;
    poise_error err = {0};
    layout one = {0}, other = {0};
    bool same = parse(a, n_a, "one policy", &one, &err) && parse(b, n_b, "the other", &other, &err);
    if (same)
        same = same_contents(&one, &other, what, size);
    else
        snprintf(what, size, "%s", err.text);
    json_decref(one.root);
    json_decref(other.root);
    return same;
}

/* ---- files -------------------------------------------------------------------------------- */

bool policy_write(const char *path, const void *bytes, size_t n_bytes, poise_error *err)
{
    return file_write(path, bytes, n_bytes, err);
}

void *policy_read(const char *path, size_t *n_bytes, poise_error *err)
{
    return file_read(path, POLICY_MAX, n_bytes, err);
}
