/* llm.c - requests to a language model: TIMESTAMP (UTC, to 100 ns), ContextTokens, GeneratedTokens.
 * P. Patel et al., "Splitwise: efficient generative LLM inference using phase splitting", ISCA
 * 2024, and the traces that were published with it.
 *
 * Time 0 is the first request. The size of a job is how many tokens it generates; what tokens of
 * the prompt take is for the scenario to say. */
#include <math.h>
#include <string.h>

#include "csv_trace.h"
#include "decimal.h"

enum { TIME, CONTEXT, GENERATED };

static const char *const needed[] = {"TIMESTAMP", "ContextTokens", "GeneratedTokens", NULL};
static const char *const optional[] = {NULL};
static const char *const columns[] = {"context_tokens", "generated_tokens"};

typedef struct llm_reader {
    csv_trace csv;
    int64_t first_ns;  // of the first request, since 1970
} llm_reader;

/* n digits at *p and the character behind them, unless that is 0; false if they are not there. */
static bool digits(const char **p, int n, char behind, int64_t *value)
{
    *value = 0;
    for (int k = 0; k < n; k++, (*p)++) {
        if (decimal_digit(**p) > 9)
            return false;
        *value = *value * 10 + decimal_digit(**p);
    }
    if (behind && *(*p)++ != behind)
        return false;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar: years are counted from March, so that the day of
 * a leap year comes last. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_date(int64_t year, int64_t month, int64_t day)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return year >= 1970 && year < 2200 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (leap && month == 2);
}

/* "2023-11-16 18:15:46.6805900", perhaps with Z or +00:00 behind. */
static bool read_utc(csv_field f, int64_t *ns)
{
    const char *p = f.from, *end = p + f.length;
    int64_t year, month, day, hour, minute, second, fraction = 0, unit = NS_PER_S;
    if (f.length < 19 || !digits(&p, 4, '-', &year) || !digits(&p, 2, '-', &month) ||
        !digits(&p, 2, f.from[10] == 'T' ? 'T' : ' ', &day) || !digits(&p, 2, ':', &hour) ||
        !digits(&p, 2, ':', &minute) || !digits(&p, 2, '\0', &second))
        return false;
    if (p < end && *p == '.')
        for (p++; p < end && decimal_digit(*p) < 10 && unit > 1; p++)
            fraction += (unit /= 10) * decimal_digit(*p);
    if (end - p == 1 && *p == 'Z')
        p++;
    else if (end - p == 6 && memcmp(p, "+00:00", 6) == 0)
        p += 6;
    if (p != end || !is_date(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t s = ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *ns = s * NS_PER_S + fraction;
    return true;
}

static bool read_row(csv_trace *r, trace_row *row, poise_error *err)
{
    llm_reader *l = (llm_reader *)r;
    csv_table *t = &r->table;
    int64_t ns;
    if (!read_utc(t->field[r->at[TIME]], &ns))
        return csv_wrong(t, r->at[TIME], csv_wrong_number,
                         "no time like 2023-11-16 18:15:46.6805900", err);
    for (int k = 0; k < 2; k++) {
        int column = r->at[CONTEXT + k];
        if (!csv_real(t, column, 0, 1e12, &r->value[k], err))
            return false;
        if (r->value[k] != floor(r->value[k]) || csv_is_empty(t, column))
            return csv_wrong(t, column, csv_wrong_number, "a whole number is needed", err);
    }
    if (l->first_ns == 0) {
        l->first_ns = ns;
        r->base.header.unix_start_time = ns / NS_PER_S;
    }
    row->arrival_ns = ns - l->first_ns;
    if (row->arrival_ns < 0)
        return csv_wrong(t, r->at[TIME], csv_wrong_range, "before the first request", err);
    return true;
}

static trace_reader *open_reader(lines *in, poise_error *err)
{
    return csv_trace_open(sizeof(llm_reader), in, needed, optional, columns, 2, read_row, err);
}

static bool looks(const char *begin, size_t length)
{
    static const char *const names[] = {"TIMESTAMP", "ContextTokens", NULL};
    return csv_has_names(begin, length, names);
}

const trace_format trace_llm = {
    .name = "llm",
    .about = "requests to a language model: TIMESTAMP, ContextTokens, GeneratedTokens",
    .may_end_open = true,
    .looks = looks,
    .open = open_reader,
    .next = csv_trace_next,
    .close = csv_trace_close,
    .size = "generated_tokens",
};
