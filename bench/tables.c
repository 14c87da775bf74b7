/* tables.c - see tables.h. */
#include "tables.h"

#include "escape.h"
#include "regret.h"
#include "suite_write.h"

#include <string.h>

const char *const tables_format_names[] = {"text", "csv", "markdown", "json", "latex", NULL};
const char *const tables_endings[] = {"txt", "csv", "md", "json", "tex", NULL};

tables_format tables_format_called(const char *name)
{
    int i = 0;
    while (tables_format_names[i] && strcmp(tables_format_names[i], name) != 0)
        i++;
    return (tables_format)i;
}

int tables_metric(const results *r, int scenario, const char *name)
{
    poise_error ignored = {0};
    if (strcmp(name, TABLES_MEASURE) != 0)
        return poise_metric_index(name);
    const int metric = suite_metric(&r->scenario[scenario], NULL, 0, &ignored);
    return metric >= 0 ? metric : poise_metric_index("response_mean_s");
}

/* How far agents are from the optimum, for which the scenario is needed again. */
static void write_regret(const report *r, string_buffer *out)
{
    poise_error err = {0};
    poise_scenario *s = result_scenario_load(r->scenario, &err);
    if (s)
        regret_table(r, s, out);
    else
        string_add(out, "\nno distance to the best possible: %s\n", err.text);
    poise_scenario_free(s);
}

/* The tables beside a ranking; formats for programs hold the tests in their rows. */
static void write_beside(const report *r, const tables_wish *wish, bool last, string_buffer *out)
{
    if (r->n_rows == 0 || wish->format == TABLES_CSV || wish->format == TABLES_JSON)
        return;
    const grid_style style = wish->format == TABLES_MARKDOWN ? GRID_MARKDOWN
                             : wish->format == TABLES_LATEX  ? GRID_LATEX
                                                             : GRID_PLAIN;
    if (wish->tests) {
        string_add(out, "\n");
        report_tests_table(r, style, out);
    }
    if (wish->regret && wish->format == TABLES_TEXT)
        write_regret(r, out);
    if (wish->cost && last) {
        string_add(out, "\n");
        report_cost(r, style, out);
    }
}

static void write_front(const results *r, const tables_wish *wish, int scenario, bool first,
                        string_buffer *out)
{
    const report_objectives *by = wish->front;
    report one = report_make(r, scenario, by->metric[0], wish->baseline, wish->filter);
    switch (one.n_rows ? wish->format : N_TABLES_FORMATS) {
    case TABLES_TEXT: report_pareto(&one, by, GRID_PLAIN, out); break;
    case TABLES_MARKDOWN: report_pareto(&one, by, GRID_MARKDOWN, out); break;
    case TABLES_LATEX:
        string_add(out, "\n");
        report_pareto(&one, by, GRID_LATEX, out);
        break;
    case TABLES_CSV: report_pareto_csv(&one, by, first, out); break;
    case TABLES_JSON: report_pareto_json(&one, by, first, out); break;
    case N_TABLES_FORMATS: break;
    }
    report_free(&one);
}

static void write_one(const results *r, const tables_wish *wish, int scenario, int number,
                      bool first, string_buffer *out)
{
    const int metric = tables_metric(r, scenario, wish->metric[number]);
    report one = report_make(r, scenario, metric, wish->baseline, wish->filter);
    switch (one.n_rows ? wish->format : N_TABLES_FORMATS) {
    case TABLES_TEXT:
        string_add(out, "%s", first ? "" : "\n");
        report_text(&one, out);
        break;
    case TABLES_MARKDOWN:
        string_add(out, "%s", first ? "" : "\n");
        report_markdown(&one, out);
        break;
    case TABLES_LATEX:
        string_add(out, "\n");
        report_latex(&one, out);
        break;
    case TABLES_CSV: report_csv(&one, first, wish->cost, out); break;
    case TABLES_JSON: report_json(&one, first, wish->cost, out); break;
    case N_TABLES_FORMATS: break;
    }
    write_beside(&one, wish, number + 1 == wish->n_metrics, out);
    report_free(&one);
}

/* Whether the wish asks for anything that there is of the scenario. */
static bool has_cells(const results *r, const tables_wish *wish, int scenario)
{
    bool has = false;
    for (int i = 0; i < r->n_cells && !has; i++)
        has = r->cell[i].scenario == scenario &&
              wish->filter->wants(wish->filter->data, r->cell[i].id);
    return has;
}

/* What scenarios and settings are called is text in Markdown, too. */
static void write_head(const results *r, const tables_wish *wish, int scenario, string_buffer *out)
{
    report of = report_make(r, scenario, 0, NULL, wish->filter);
    string_buffer head = {0};
    report_head(&of, false, &head);
    if (wish->format == TABLES_MARKDOWN) {
        string_add(out, "## ");
        for (char *line = head.at, *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = 0;
            grid_markdown_text(line, out);
            string_add(out, "\n");
        }
    } else
        string_add(out, "%s", head.at);
    string_add(out, of.n_rows ? "\n" : "\nno run is finished\n");
    string_free(&head);
    report_free(&of);
}

static void write_scenario(const results *r, const tables_wish *wish, int scenario, bool is_first,
                           string_buffer *out)
{
    const bool for_people = wish->format == TABLES_TEXT || wish->format == TABLES_MARKDOWN;
    if (wish->filter && !has_cells(r, wish, scenario))
        return;
    if (for_people) {
        string_add(out, is_first ? "" : "\n");
        write_head(r, wish, scenario, out);
    }
    if (wish->front)
        write_front(r, wish, scenario, is_first, out);
    for (int i = 0; i < wish->n_metrics && !wish->front; i++)
        write_one(r, wish, scenario, i, i == 0 && (is_first || for_people), out);
}

/* Why there are no scores. */
static void write_excuse(const tables_wish *wish, const char *why, string_buffer *out)
{
    switch (wish->format) {
    case TABLES_TEXT: string_add(out, "no scores over all scenarios: %s\n", why); break;
    case TABLES_MARKDOWN: string_add(out, "No scores over all scenarios: %s\n", why); break;
    case TABLES_LATEX: string_add(out, "%% no scores over all scenarios\n"); break;
    case TABLES_CSV: break;
    case TABLES_JSON: string_add(out, "[]\n"); break;
    case N_TABLES_FORMATS:
        string_add(out, "<p>There are none: ");
        escape_html(out, why);
        string_add(out, "</p>\n");
        break;
    }
}

static void write_caution(const tables_wish *wish, string_buffer *out)
{
    static const char text[] =
        "quick form: fewer or shorter runs, not to be compared with the whole";
    switch (wish->quick ? wish->format : TABLES_CSV) {
    case TABLES_TEXT: string_add(out, "%s\n\n", text); break;
    case TABLES_MARKDOWN: string_add(out, "**%s**\n\n", text); break;
    case TABLES_LATEX: string_add(out, "%% %s\n", text); break;
    case N_TABLES_FORMATS: string_add(out, "<p class=\"warning\">%s</p>\n", text); break;
    default: break;
    }
}

void tables_write_suite(const results *r, const tables_wish *wish, string_buffer *out)
{
    write_caution(wish, out);
    suite s;
    poise_error err = {0};
    if (!suite_make(&s, r, "random", wish->baseline, wish->filter, &err)) {
        write_excuse(wish, err.text, out);
        return;
    }
    switch (wish->format) {
    case TABLES_TEXT: suite_write(&s, GRID_PLAIN, wish->top, out); break;
    case TABLES_MARKDOWN: suite_write(&s, GRID_MARKDOWN, wish->top, out); break;
    case TABLES_LATEX: suite_write(&s, GRID_LATEX, wish->top, out); break;
    case TABLES_CSV: suite_csv(&s, out); break;
    case TABLES_JSON: suite_json(&s, out); break;
    case N_TABLES_FORMATS: suite_write(&s, GRID_HTML, wish->top, out); break;
    }
    suite_free(&s);
}

void tables_write(const results *r, const tables_wish *wish, string_buffer *out)
{
    if (wish->format == TABLES_JSON)
        string_add(out, "[\n");
    if (wish->format == TABLES_LATEX)
        string_add(out, "%% Tables for LaTeX; the preamble needs \\usepackage{booktabs}.\n");
    if (!wish->suite)
        write_caution(wish, out);
    const size_t start = out->length;
    for (int i = 0; i < r->n_scenarios; i++)
        write_scenario(r, wish, i, out->length == start, out);
    if (wish->format == TABLES_JSON)
        string_add(out, "\n]\n");
    if (!wish->suite || wish->format == TABLES_JSON || wish->format == TABLES_CSV)
        return;
    string_add(out, wish->format == TABLES_MARKDOWN ? "\n## All scenarios\n\n" : "\n");
    tables_write_suite(r, wish, out);
}
