/* page.c - see page.h. Everything that a store says is text here: it goes through escape_html. The
 * page may not ask for anything outside of itself, which its policy for content tells browsers. */
#include "page.h"

#include "error.h"
#include "escape.h"
#include "provenance.h"
#include "report_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
    ":root { color-scheme: light dark; --line: #8886; --quiet: #767676 }\n"
    "@media (prefers-color-scheme: dark) { :root { --quiet: #9a9a9a } }\n"
    "body { font: 1rem/1.45 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; "
    "padding: 1rem; overflow-wrap: anywhere }\n"
    "h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem }\n"
    "h4 { margin-bottom: 0 }\nh4 + p { margin-top: 0 }\n"
    ".wide { overflow-x: auto }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums }\n"
    "th, td { text-align: right; white-space: nowrap; padding: .2rem .6rem; "
    "border-bottom: 1px solid var(--line) }\n"
    "th { vertical-align: bottom }\n"
    ".name { text-align: left; white-space: normal; min-width: 7rem; max-width: 24rem }\n"
    ".made td { text-align: left; white-space: normal; vertical-align: top }\n"
    ".made td:first-child { white-space: nowrap }\n"
    "th button { all: unset; cursor: pointer }\n"
    "th button:focus-visible { outline: 2px solid }\n"
    "th[aria-sort=ascending] button::after { content: \" \\2191\" }\n"
    "th[aria-sort=descending] button::after { content: \" \\2193\" }\n"
    ".notes, figcaption, .made { font-size: .85rem; color: var(--quiet) }\n"
    ".notes { padding-left: 1.2rem }\n"
    ".warning::before { content: \"\\26A0  \" }\n"
    "figure { margin: 1.5rem 0 }\n"
    "figure svg { display: block; box-sizing: border-box; width: 100%; max-width: 36rem; "
    "padding: .7rem; margin-bottom: .3rem; overflow: visible; background: #fff }\n"
    "pre { overflow-x: auto }\n"
    "@media print { .wide, pre { overflow: visible } pre { white-space: pre-wrap } "
    "figure, tr { break-inside: avoid } a[download] { display: none } body { max-width: none } "
    "th, td { padding: .15rem .3rem } }\n"
    "</style>\n";

/* Sorts a table by a column: numbers by their values, least first, then texts; what is unknown
 * comes last; again: the other way round. The order at first is that of ranks. */
static const char script[] =
    "<script>\n"
    "for (const table of document.querySelectorAll('.wide table'))\n"
    "  table.querySelectorAll('th').forEach((th, column) => {\n"
    "    const button = document.createElement('button');\n"
    "    button.append(...th.childNodes);\n"
    "    th.append(button);\n"
    "    button.onclick = () => {\n"
    "      const down = th.ariaSort === 'ascending';\n"
    "      const key = row => {\n"
    "        const cell = row.cells[column];\n"
    "        return 'value' in cell.dataset ? Number(cell.dataset.value)\n"
    "          : th.className === 'name' ? cell.textContent : undefined;\n"
    "      };\n"
    "      const order = (a, b) => {\n"
    "        const x = key(a), y = key(b);\n"
    "        if (x === undefined || y === undefined)\n"
    "          return (x === undefined) - (y === undefined);\n"
    "        return ((x > y) - (x < y)) * (down ? -1 : 1);\n"
    "      };\n"
    "      for (const other of table.querySelectorAll('th')) other.removeAttribute('aria-sort');\n"
    "      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');\n"
    "      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));\n"
    "    };\n"
    "  });\n"
    "</script>\n";

static void put(string_buffer *out, const char *before, const char *text, const char *after)
{
    string_add(out, "%s", before);
    escape_html(out, text);
    string_add(out, "%s", after);
}

static bool counts(const page_wish *wish, const result_cell *c)
{
    const report_filter *f = wish->tables.filter;
    return !f || f->wants(f->data, c->id);
}

/* The ranking of a scenario by the number'th metric. */
static report ranking(const results *r, const page_wish *wish, int scenario, int number)
{
    return report_make(r, scenario, tables_metric(r, scenario, wish->tables.metric[number]),
                       wish->tables.baseline, wish->tables.filter);
}

/* Scenarios of which anything is shown, by name, each once. */
static names shown(const results *r, const page_wish *wish)
{
    names all = {0};
    for (int i = 0; i < r->n_cells; i++) {
        const char *name = r->scenario[r->cell[i].scenario].name;
        if (counts(wish, &r->cell[i]) && !names_has(&all, name))
            names_add(&all, name);
    }
    return all;
}

/* ---- what was compared, and what to beware of --------------------------------------------- */

static const char *title_of(const results *r, const page_wish *wish, const names *scenarios)
{
    if (wish->title && *wish->title)
        return wish->title;
    if (wish->name)
        return wish->name;
    for (int i = 0; i < r->n_scenarios && scenarios->n == 1; i++)
        if (strcmp(r->scenario[i].name, scenarios->at[0]) == 0 && *r->scenario[i].title)
            return r->scenario[i].title;
    return "What came of experiments";
}

static void put_sum(const results *r, const page_wish *wish, const names *scenarios,
                    string_buffer *out)
{
    names agents = {0};
    int n = 0;
    for (int i = 0; i < r->n_cells; i++)
        if (counts(wish, &r->cell[i])) {
            n++;
            if (!names_has(&agents, r->cell[i].agent))
                names_add(&agents, r->cell[i].agent);
        }
    string_add(out, "<p>%d %s by %d %s in %d %s, ranked by ", n, n == 1 ? "run" : "runs", agents.n,
               agents.n == 1 ? "agent" : "agents", scenarios->n,
               scenarios->n == 1 ? "scenario" : "scenarios");
    for (int i = 0; i < wish->tables.n_metrics; i++)
        put(out, i ? ", " : "", wish->tables.metric[i], "");
    if (wish->tables.baseline)
        put(out, "; compared with ", wish->tables.baseline, " over the same seeds");
    string_add(out, ". Intervals are of 95%% (Student&rsquo;s t over the seeds). A click on the "
                    "head of a column sorts by it.</p>\n");
    for (int i = 0; scenarios->n > 1 && i < scenarios->n; i++) {
        string_add(out, "%s<a href=\"#s%d\">", i ? " &middot; " : "<p>", i + 1);
        put(out, "", scenarios->at[i], i + 1 < scenarios->n ? "</a>\n" : "</a></p>\n");
    }
}

/* How a point is called: its scenario and what differs. */
static void put_point(const result_scenario *s, string_buffer *out)
{
    escape_html(out, s->name);
    for (int i = 0; i < s->n_sweeps; i++) {
        put(out, i ? ", " : " with ", s->sweep[i].path, "=");
        escape_html(out, s->sweep[i].value);
    }
}

static void put_warning(const report *one, const char *text, string_buffer *out)
{
    string_add(out, "<li class=\"warning\">");
    put_point(one->scenario, out);
    put(out, ": ", text, "</li>\n");
}

/* Of failures only how many there are: they are told below the tables. */
static void warn(const report *one, string_buffer *out)
{
    static const char mark[] = "warning: ";
    int failed = 0;
    for (int i = 0; i < one->n_rows; i++)
        failed += one->row[i].n_failed;
    char text[48];
    snprintf(text, sizeof text, "%d %s failed", failed, failed == 1 ? "run" : "runs");
    if (failed)
        put_warning(one, text, out);
    string_buffer lines = {0};
    report_warnings(one, &lines);
    for (char *at = lines.at, *line; (line = strsep(&at, "\n"));)
        if (strncmp(line, mark, strlen(mark)) == 0)
            put_warning(one, line + strlen(mark), out);
    string_free(&lines);
}

static void put_warnings(const results *r, const page_wish *wish, string_buffer *out)
{
    string_add(out, "<h2>Warnings</h2>\n");
    const size_t start = out->length;
    string_add(out, "<ul>\n");
    const size_t none = out->length;
    if (wish->n_missing)
        string_add(out,
                   "<li class=\"warning\">%d of %d cells of the experiment have not been "
                   "run</li>\n",
                   wish->n_missing, wish->n_cells);
    for (int i = 0; i < r->n_scenarios; i++) {
        report one = ranking(r, wish, i, 0);
        if (one.n_rows)
            warn(&one, out);
        report_free(&one);
    }
    if (out->length > none) {
        string_add(out, "</ul>\n");
        return;
    }
    out->length = start;
    string_add(out, "<p>none</p>\n");
}

/* ---- results ------------------------------------------------------------------------------ */

/* Below the last ranking of a scenario. */
static void put_last(const report *one, const page_wish *wish, string_buffer *out)
{
    if (wish->tables.front)
        report_pareto(one, wish->tables.front, GRID_HTML, out);
    report_cost(one, GRID_HTML, out);
}

static void put_tables(const results *r, const page_wish *wish, int scenario, string_buffer *out)
{
    string_buffer about = {0};
    int n_points = 0;
    for (int i = 0; i < r->n_scenarios; i++)
        n_points += strcmp(r->scenario[i].name, r->scenario[scenario].name) == 0;
    for (int i = 0; i < wish->tables.n_metrics; i++) {
        report one = ranking(r, wish, scenario, i);
        if (i == 0 && one.n_rows) {
            report_head(&one, false, &about);
            if (n_points > 1) {
                string_add(out, "<h3>");
                put_point(one.scenario, out);
                string_add(out, "</h3>\n");
            }
            about.at[--about.length] = 0;  // its last newline
            string_add(out, "<p>");
            for (char *at = about.at, *line; (line = strsep(&at, "\n"));)
                put(out, "", line, at ? "<br>\n" : "</p>\n");
        }
        if (one.n_rows) {
            report_html(&one, out);
            report_tests_table(&one, GRID_HTML, out);
        }
        if (i + 1 == wish->tables.n_metrics && one.n_rows)
            put_last(&one, wish, out);
        report_free(&one);
    }
    string_free(&about);
}

static void put_scenario(store *s, const results *r, const page_wish *wish, const char *name,
                         int number, string_buffer *out)
{
    string_add(out, "<h2 id=\"s%d\">", number);
    put(out, "", name, "</h2>\n");
    page_figures(s, r, wish, name, number, out);
    for (int i = 0; i < r->n_scenarios; i++)
        if (strcmp(r->scenario[i].name, name) == 0)
            put_tables(r, wish, i, out);
}

static void put_suite(store *s, const results *r, const page_wish *wish, string_buffer *out)
{
    tables_wish all = wish->tables;
    all.format = N_TABLES_FORMATS;
    string_add(out, "<h2>All scenarios</h2>\n");
    page_figures(s, r, wish, NULL, 0, out);
    tables_write_suite(r, &all, out);
}

/* ---- provenance --------------------------------------------------------------------------- */

static void put_build(const provenance *p, int n, string_buffer *out)
{
    const struct {
        const char *what, *is;
    } line[] = {{"version", p->version}, {"commit", p->commit}, {"compiler", p->compiler},
                {"flags", p->flags},     {"processor", p->cpu}, {"products", p->blas},
                {"system", p->os}};
    string_add(out, "<table class=\"made\">\n<tr><td>runs</td><td>%d</td></tr>\n", n);
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        string_add(out, "<tr><td>%s</td>", line[i].what);
        put(out, "<td>", line[i].is, "</td></tr>\n");
    }
    string_add(out, "</table>\n");
}

static void put_builds(const results *r, const page_wish *wish, string_buffer *out)
{
    for (int k = 0; k < r->n_provenances; k++) {
        int n = 0;
        for (int i = 0; i < r->n_cells; i++)
            n += r->cell[i].provenance == k && counts(wish, &r->cell[i]);
        if (n)
            put_build(&r->provenance[k], n, out);
    }
}

/* A word of a shell's command. */
static void put_word(const char *text, string_buffer *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-./=:,+@";
    string_buffer word = {0};
    if (*text && text[strspn(text, plain)] == 0) {
        string_add(&word, " %s", text);
    } else {
        string_add(&word, " '");
        for (; *text; text++)
            string_add(&word, *text == '\'' ? "'\\''" : "%c", *text);
        string_add(&word, "'");
    }
    escape_html(out, word.at);
    string_free(&word);
}

/* How one scenario is run again: its agents with its seeds. Of policies `poise verify --train` does
 * it. */
static void put_command(const report *one, string_buffer *out)
{
    string_add(out, "<pre>poise run");
    put_word(one->scenario->path, out);
    for (int i = 0; i < one->scenario->n_sets; i++) {
        string_add(out, " --set");
        put_word(one->scenario->set[i], out);
    }
    for (int i = 0; i < one->n_rows; i++) {
        if (one->row[i].policy)
            continue;
        string_add(out, " -a");
        put_word(one->row[i].agent, out);
    }
    const report_row *most = one->row;
    for (int i = 1; i < one->n_rows; i++)
        most = one->row[i].n_cells > most->n_cells ? &one->row[i] : most;
    string_add(out, " --seeds ");
    for (int i = 0; i < most->n_cells; i++)
        string_add(out, "%s%" PRId64, i ? "," : "", most->cell[i]->seed);
    string_add(out, "</pre>\n");
}

static void put_source(const report *one, string_buffer *out)
{
    const result_scenario *s = one->scenario;
    string_add(out, "<h4>");
    put_point(s, out);
    string_add(out, "</h4>\n<p class=\"made\">hash %016" PRIx64 ", ", s->hash);
    escape_html(out, s->path);
    string_add(out,
               ", <a download=\"scenario-%016" PRIx64
               ".yaml\" href=\"data:text/plain;charset=utf-8;base64,",
               s->hash);
    escape_base64(out, s->resolved, strlen(s->resolved));
    string_add(out, "\">all settings</a></p>\n");
    put_command(one, out);
}

/* Every number of the tables in full. */
static void put_numbers(const results *r, const page_wish *wish, string_buffer *out)
{
    string_buffer csv = {0};
    tables_wish all = wish->tables;
    all.format = TABLES_CSV;
    all.front = NULL;
    tables_write(r, &all, &csv);
    string_add(out, "<p><a download=\"report.csv\" href=\"data:text/csv;charset=utf-8;base64,");
    if (csv.at)
        escape_base64(out, csv.at, csv.length);
    string_add(out, "\">all numbers of the tables</a> (CSV)</p>\n");
    string_free(&csv);
}

static void put_provenance(store *s, const results *r, const page_wish *wish, string_buffer *out)
{
    string_add(out, "<h2>Where the numbers come from</h2>\n");
    put_numbers(r, wish, out);
    string_add(out, "<p>version of results %d</p>\n", r->results_version);
    if (wish->file) {
        put(out, "<p>experiment ", wish->name, " of ");
        escape_html(out, wish->file);
        string_add(out, ", identity %s; run again by</p>\n<pre>poise sweep", wish->id.text);
        put_word(wish->file, out);
        string_add(out, "</pre>\n");
    }
    string_add(out, "<p>run again, policies too, and compared bit by bit by</p>\n"
                    "<pre>poise verify --train");
    put_word(store_path(s), out);
    string_add(out, "</pre>\n");
    put_builds(r, wish, out);
    for (int i = 0; i < r->n_scenarios; i++) {
        report one = ranking(r, wish, i, 0);
        if (one.n_rows)
            put_source(&one, out);
        report_free(&one);
    }
}

void page_write(store *s, const results *r, const page_wish *wish, string_buffer *out)
{
    const names scenarios = shown(r, wish);
    const char *title = title_of(r, wish, &scenarios);
    string_add(out, "%s", head);
    put(out, "<title>", title, "</title>\n</head>\n<body>\n");
    put(out, "<h1>", title, "</h1>\n");
    put_sum(r, wish, &scenarios, out);
    put_warnings(r, wish, out);
    if (wish->tables.suite)
        put_suite(s, r, wish, out);
    else
        page_figures(s, r, wish, NULL, 0, out);
    for (int i = 0; i < scenarios.n; i++)
        put_scenario(s, r, wish, scenarios.at[i], i + 1, out);
    put_provenance(s, r, wish, out);
    string_add(out, "%s</body>\n</html>\n", script);
}
