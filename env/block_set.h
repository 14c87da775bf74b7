/* block_set.h - a set of 64-bit numbers that only grows: hashing with open addressing. */
#ifndef POISE_BLOCK_SET_H
#define POISE_BLOCK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as {0}. */
typedef struct block_set {
    uint64_t *at;  // (room) 0 = free; 0 itself is in has_zero
    size_t n, room;
    bool has_zero;
} block_set;

bool block_set_has(const block_set *s, uint64_t x);
/* false if there is no memory. */
bool block_set_add(block_set *s, uint64_t x);
void block_set_free(block_set *s);

#endif
