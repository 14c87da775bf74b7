/* escape.c - see escape.h. */
#include "escape.h"

#include "units.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Bytes of the character of UTF-8 that text begins with; 0 if it begins with none: a byte out of
 * place, a longer form than needed, a surrogate, beyond U+10FFFF (RFC 3629). */
static int character(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    const int n = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] > 0xf4)
        return 0;
    for (int i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    const bool is_bad = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
                        (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f);
    return is_bad ? 0 : n;
}

/* C0, DEL and C1 of which a document would make nothing good. */
static bool is_control(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    return c[0] < ' ' || c[0] == 127 || (c[0] == 0xc2 && c[1] < 0xa0);
}

/* What stands for a character of ASCII in LaTeX; NULL if it does itself. Two hyphens or commas
 * would become one sign. */
static const char *in_latex(const char *c)
{
    switch (*c) {
    case '\\': return "\\textbackslash{}";
    case '^': return "\\textasciicircum{}";
    case '~': return "\\textasciitilde{}";
    case '<': return "\\textless{}";
    case '>': return "\\textgreater{}";
    case '|': return "\\textbar{}";
    case '"': return "\\texttt{\\symbol{34}}";
    case '`': return "\\textasciigrave{}";
    case '\'': return "\\textquotesingle{}";
    case '#': return "\\#";
    case '$': return "\\$";
    case '%': return "\\%";
    case '&': return "\\&";
    case '_': return "\\_";
    case '{': return "\\{";
    case '}': return "\\}";
    case '-':
    case ',': return c[1] != c[0] ? NULL : *c == '-' ? "{-}" : "{,}";
    default: return NULL;
    }
}

static const char *in_html(const char *c)
{
    switch (*c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void escape(string_buffer *out, const char *text, const char *(*instead)(const char *),
                   const char *broken)
{
    for (int n; *text; text += n ? n : 1) {
        n = character(text);
        const char *other = n == 1 ? instead(text) : NULL;
        if (n == 0)
            string_add(out, "%s", broken);
        else if (is_control(text))
            string_add(out, " ");
        else if (other)
            string_add(out, "%s", other);
        else
            string_add(out, "%.*s", n, text);
    }
}

void escape_latex(string_buffer *out, const char *text)
{
    escape(out, text, in_latex, "?");
}

void escape_html(string_buffer *out, const char *text)
{
    escape(out, text, in_html, "\xef\xbf\xbd");
}

void escape_utf8(string_buffer *out, const char *text)
{
    for (int n; *text; text += n ? n : 1) {
        n = character(text);
        string_add(out, "%.*s", n ? n : 3, n ? text : "\xef\xbf\xbd");
    }
}

void escape_csv(string_buffer *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        string_add(out, "%s", text);
        return;
    }
    string_add(out, "\"");
    for (; *text; text++)
        string_add(out, *text == '"' ? "\"\"" : "%c", *text);
    string_add(out, "\"");
}

void escape_csv_real(string_buffer *out, double value)
{
    char text[40] = "";
    if (isfinite(value))
        units_print_real(value, text, sizeof text);
    string_add(out, ",%s", text);
}

void escape_base64(string_buffer *out, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *c = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const unsigned word = (unsigned)c[i] << 16 | (i + 1 < n ? (unsigned)c[i + 1] << 8 : 0) |
                              (i + 2 < n ? (unsigned)c[i + 2] : 0);
        string_add(out, "%c%c%c%c", digit[word >> 18], digit[word >> 12 & 63],
                   i + 1 < n ? digit[word >> 6 & 63] : '=', i + 2 < n ? digit[word & 63] : '=');
    }
}
