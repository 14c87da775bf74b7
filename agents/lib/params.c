/* params.c - see params.h. */
#include "lib/params.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

int params_add(param_list *l, int rows, int columns, const char *format, ...)
{
    assert(l->n_rows < POISE_MAX_TENSORS);
    param_row *r = &l->row[l->n_rows++];
    *r = (param_row){.n_dims = rows ? 2 : 1, .dim = {rows ? rows : columns, columns}};
    r->at = l->n_params;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->name, sizeof r->name, format, arguments);
    va_end(arguments);
    l->n_params += (rows ? rows : 1) * columns;
    return r->at;
}

int params_add_linear(param_list *l, int in, int out, const char *prefix)
{
    int at = params_add(l, in, out, "%s.weight", prefix);
    params_add(l, 0, out, "%s.bias", prefix);
    return at;
}

int params_tensors(const param_list *l, float *param, const char *prefix, poise_tensor *t)
{
    for (int i = 0; i < l->n_rows; i++) {
        const param_row *r = &l->row[i];
        t[i] = (poise_tensor){.n_dims = r->n_dims, .dim = {r->dim[0], r->dim[1]}};
        t[i].data = param + r->at;
        snprintf(t[i].name, sizeof t->name, "%s.%s", prefix, r->name);
    }
    return l->n_rows;
}

int params_parts(const param_list *l, int *part)
{
    for (int i = 0; i < l->n_rows; i++)
        part[i] = (i + 1 < l->n_rows ? l->row[i + 1].at : l->n_params) - l->row[i].at;
    return l->n_rows;
}
