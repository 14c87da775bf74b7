/* page_figures.c - figures inside a page: pictures as SVG among the page's own elements, each with
 * the data it was drawn from as a link that holds them. */
#include "page.h"

#include "error.h"
#include "escape.h"
#include "plot_suite.h"
#include "pool.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_S 60.

/* Whether text begins with one of the ways in which SVG names an element; how long that is. */
static size_t names_an_id(const char *text)
{
    static const char *const ways[] = {" id=\"", " id='", "href=\"#", "href='#",
                                       "url('#", "url(#", NULL};
    for (int i = 0; ways[i]; i++)
        if (strncmp(text, ways[i], strlen(ways[i])) == 0)
            return strlen(ways[i]);
    return 0;
}

/* The inside of a picture. A page may hold several, and ids are of the page: each gets a prefix,
 * inside of tags only. gnuplot escapes texts, so that < always begins a tag. */
static void put_inside(const char *svg, const char *prefix, string_buffer *out)
{
    bool in_tag = false;
    while (*svg) {
        in_tag = *svg == '<' || (in_tag && *svg != '>');
        const size_t n = in_tag ? names_an_id(svg) : 0;
        if (n)
            string_add(out, "%.*s%s", (int)n, svg, prefix);
        else
            string_add(out, "%c", *svg);
        svg += n ? n : 1;
    }
}

/* The picture as an element; false if it is none that gnuplot draws. */
static bool put_picture(const char *svg, const char *words, const char *prefix, string_buffer *out)
{
    const char *root = strstr(svg, "<svg"), *inside = root ? strchr(root, '>') : NULL;
    const char *box = root ? strstr(root, "viewBox=\"") : NULL;
    if (!inside || !box || box > inside)
        return false;
    box += strlen("viewBox=\"");
    string_add(out, "<svg viewBox=\"%.*s\" role=\"img\" aria-label=\"", (int)strcspn(box, "\">"),
               box);
    escape_html(out, words);
    string_add(out, "\">");
    put_inside(inside + 1, prefix, out);
    return true;
}

static void put_link(const figure *f, const char *ending, const char *words, const char *text,
                     size_t n, string_buffer *out)
{
    string_add(out, " <a download=\"%s.%s\" href=\"data:text/plain;charset=utf-8;base64,",
               figure_name(f), ending);
    escape_base64(out, text, n);
    string_add(out, "\">%s</a>", words);
}

static void put_links(const figure *f, string_buffer *out)
{
    string_buffer data = {0}, script = {0};
    figure_data(f, &data);
    put_link(f, "dat", "data", data.at, data.length, out);
    figure_script(f, &script);
    put_link(f, "gp", "script", script.at, script.length, out);
    string_free(&data);
    string_free(&script);
}

static void put_problem(const plot_kind *kind, const char *sentence, string_buffer *out)
{
    string_add(out, "<p class=\"warning\">no figure &ldquo;%s&rdquo;: ", kind->name);
    escape_html(out, sentence);
    string_add(out, "</p>\n");
}

static void put_figure(figure *f, const plot_kind *kind, const char *prefix, string_buffer *out)
{
    poise_error err = {0};
    string_buffer said = {0}, picture = {0};
    size_t n = 0;
    char *svg = figure_picture(f, "svg", PATIENCE_S, &n, &said, &err);
    if (!svg) {
        put_problem(kind, err.text, out);
    } else if (!put_picture(svg, kind->about, prefix, &picture)) {
        put_problem(kind, "gnuplot drew something else", out);
    } else {
        string_add(out, "<figure>\n%s<figcaption>%s", picture.at, kind->about);
        put_links(f, out);
        string_add(out, "</figcaption>\n</figure>\n");
    }
    if (said.length)
        cli_warn("gnuplot says of '%s': %s", kind->name, said.at);
    string_free(&said);
    string_free(&picture);
    free(svg);
}

/* A kind that there are no data for is left out. */
static void draw(plot_input *in, const plot_kind *kind, const char *prefix, string_buffer *out)
{
    const char *tmp = getenv("TMPDIR");
    poise_error err = {0};
    figure *f = figure_new(tmp && *tmp ? tmp : "/tmp", kind->name, &err);
    if (f)
        plot_call(in, kind, f);
    const plot_outcome outcome = f ? kind->fill(in, f, &err) : PLOT_FAILED;
    if (outcome == PLOT_READY)
        put_figure(f, kind, prefix, out);
    else if (outcome == PLOT_FAILED)
        put_problem(kind, err.text, out);
    figure_free(f);
}

void page_figures(store *s, const results *r, const page_wish *wish, const char *scenario,
                  int prefix, string_buffer *out)
{
    plot_input in = {.store = s,
                     .results = r,
                     .other = -1,
                     .baseline = wish->tables.baseline,
                     .seed = -1,
                     .from_s = NAN,
                     .to_s = NAN,
                     .filter = wish->tables.filter};
    in.scenario = plot_scenario(r, scenario, NULL, in.filter);  // any, for figures of a suite
    in.metric = tables_metric(r, in.scenario, wish->tables.metric[0]);
    in.report = report_make(r, in.scenario, in.metric, wish->tables.baseline, wish->tables.filter);
    for (int i = 0; plot_kinds[i] && !pool_signal(); i++) {
        const plot_kind *kind = plot_kinds[i];
        const bool has = strcmp(kind->name, "load") != 0 || r->scenario[in.scenario].n_sweeps > 0;
        char ids[32];
        snprintf(ids, sizeof ids, "f%d-%s-", prefix, kind->name);
        if (has && kind->of_suite == !scenario && names_has(&wish->kinds, kind->name))
            draw(&in, kind, ids, out);
    }
    report_free(&in.report);
    plot_suite_free(&in);
    poise_env_free(in.env);
    poise_scenario_free(in.loaded);
}
