/* escape.h - texts that anybody may have written, inside documents: they come out as they were
 * written, and are never a command. Control characters become blanks; what is no UTF-8 becomes
 * U+FFFD in HTML, a question mark in LaTeX. What is for programs alone keeps all it can. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "string_buffer.h"

/* As text of LaTeX, or an argument of a command; no ligatures are made. Letters beyond ASCII stay:
 * pdflatex knows those of Latin scripts, lualatex and xelatex those of the font. */
void escape_latex(string_buffer *out, const char *text);
/* As text of HTML, or the value of an attribute in quotes of either kind. */
void escape_html(string_buffer *out, const char *text);
/* As UTF-8, which JSON must be: every other byte becomes U+FFFD, all else stays. */
void escape_utf8(string_buffer *out, const char *text);
/* As a field of CSV (RFC 4180): in quotes where it needs them. */
void escape_csv(string_buffer *out, const char *text);
/* A comma and a number in full; the comma alone if it is not finite. */
void escape_csv_real(string_buffer *out, double value);
/* n bytes in base64, as "data:" links hold them. */
void escape_base64(string_buffer *out, const void *bytes, size_t n);

#endif
