/* table.h - readers of tables that are no jobs: one file a format under env/tables/, ending with
 * its table `const table_format table_NAME`. A reader streams: it holds a line of the file, not the
 * file, and hands each row to the caller as it comes. JSON is the exception, its readers hold the
 * document. What a file is, is told from how it begins. */
#ifndef POISE_TABLE_H
#define POISE_TABLE_H

#include "arena.h"
#include "csv.h"

/* A machine of a cluster. */
typedef struct table_node {
    const char *name, *model;  // of its accelerators; "" without
    int64_t cpu_milli;         // thousandths of a CPU
    int64_t memory_bytes;
    int accelerators;
} table_node;

enum { TABLE_DEVICES = 32 };

/* How fast a kind of jobs runs on each kind of devices. The keys live as long as the reader. */
typedef struct table_speed {
    const char *job, *batch;  // batch size as it is written, "" if the job has none
    int devices;              // it runs on at once
    int n_kinds;
    const char *const *kind;            // (n_kinds) of devices, from the header
    double steps_per_s[TABLE_DEVICES];  // (n_kinds) 0 = it does not run there
} table_speed;

/* Two jobs that share a device. */
typedef struct table_pair {
    const char *device;
    const char *job[2], *batch[2];
    double part[2];  // of the speed that each has alone; 0 = they do not fit together
} table_pair;

/* A task of a graph: a layer of a network, or a program of a workflow. */
typedef struct table_task {
    const char *name, *op;  // unique; what it does, "" unknown
    double seconds;         // measured
    int cores;
    int64_t memory_bytes;                    // while it runs, 0 unknown
    int64_t params_bytes, activation_bytes;  // of a layer
    int64_t input_bytes, output_bytes;       // of a program, over all files
} table_task;

/* One task needs what another made. Both may come before or after them in the file. */
typedef struct table_edge {
    const char *from, *to;
    int64_t bytes;  // -1 unknown
} table_edge;

/* Who takes the rows; texts in them are valid until the call returns. false stops the reading, with
 * a sentence in err that says what is wrong with the row (not where). */
typedef struct table_taker {
    void *data;
    bool (*node)(void *data, const table_node *row, poise_error *err);
    bool (*speed)(void *data, const table_speed *row, poise_error *err);
    bool (*pair)(void *data, const table_pair *row, poise_error *err);
    bool (*task)(void *data, const table_task *row, poise_error *err);
    bool (*edge)(void *data, const table_edge *row, poise_error *err);
} table_taker;

typedef enum table_kind {
    TABLE_NODES,
    TABLE_SPEEDS,
    TABLE_PAIRS,
    TABLE_LAYERS,
    TABLE_WORKFLOW,
    TABLE_KINDS,  // how many there are
} table_kind;

/* What a reader found. */
typedef struct table_counts {
    int64_t rows, edges;
    int64_t left_out;  // with what the format leaves out on purpose, as `why` says
    const char *why;   // NULL: nothing
} table_counts;

/* A file that is being read. */
typedef struct table_reader {
    lines *in;
    arena *memory;  // until it is done
    char *text;     // (room) the line in hand, terminated
    size_t room;
} table_reader;

typedef struct table_format {
    const char *name, *about;
    table_kind kind;
    /* Whether a file that begins with these bytes looks like one of it. */
    bool (*looks)(const char *begin, size_t length);
    /* Reads the whole of it; false with "file:line: error: ..." in err. */
    bool (*read)(table_reader *r, const table_taker *to, table_counts *counts, poise_error *err);
} table_format;

/* All formats, sorted by name; NULL-terminated. Written by the build. */
extern const table_format *const table_formats[];
/* The format of a file that begins so, NULL if it is none of these. */
const table_format *table_format_of(const char *begin, size_t length);
/* Reads a file of that format, from where `in` stands. false with err filled. */
bool table_read(lines *in, const table_format *format, const table_taker *to, table_counts *counts,
                poise_error *err);

/* ---- for the readers ---------------------------------------------------------------------- */

/* Whether the text stands in these bytes. */
bool table_contains(const char *begin, size_t length, const char *text);
/* The next line that is not blank: 1, at the end of the file 0, on error -1. */
int table_line(table_reader *r, char **line, poise_error *err);
/* "file:line: error: ..." about the line in hand; false. */
bool table_fail(const table_reader *r, poise_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What a taker said of the row in hand, with its place; false. */
bool table_fail_taken(const table_reader *r, poise_error *err);
/* A number in a text; false with a sentence that names it. */
bool table_whole(const table_reader *r, const char *name, const char *text, int64_t most,
                 int64_t *value, poise_error *err);
bool table_real(const table_reader *r, const char *name, const char *text, double most,
                double *value, poise_error *err);

/* Opens a table with all of these columns (NULL-terminated); at (one each) is where they stand. */
bool table_open_csv(csv_table *t, table_reader *r, const char *const *columns, int *at,
                    poise_error *err);
/* A whole number from 0 to most in a field, which must be there. */
bool table_csv_whole(csv_table *t, int column, double most, int64_t *value, poise_error *err);

#endif
