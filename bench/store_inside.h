/* store_inside.h - what store.c (writing) and store_read.c (reading) share. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store.h"

#include <sqlite3.h>

#define STATEMENTS_MAX 96

struct store {
    sqlite3 *db;
    char *path;
    int layout;
    bool lost_text;          // while reading: there was no memory for some text
    poise_error unanswered;  // the first question that was not answered, see store_answered
    /* Prepared statements, found by the address of their text. */
    const char *sql[STATEMENTS_MAX];
    sqlite3_stmt *statement[STATEMENTS_MAX];
};

/* Says in err what SQLite has to complain about, as a sentence; returns false. */
bool store_fail(store *s, poise_error *err);
/* Keeps that for store_answered: a question could not be answered. */
void store_note_failure(store *s);
/* The prepared statement of a constant text, reset; NULL on error. Owned by the store. */
sqlite3_stmt *store_statement(store *s, const char *sql);
/* Begins a transaction that writes, and ends it: what was good so far is kept only if all of it
 * was. */
bool store_begin(store *s, poise_error *err);
bool store_finish(store *s, bool good, poise_error *err);

#endif
