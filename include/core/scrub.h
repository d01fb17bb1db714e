/* What is kept of texts that may hold personal data, where somebody else is going to read them: their shape. Letters become
 * x or X whatever they carry above them and of whatever script (U+4E00 where they are two columns wide), digits 0; marks that take no
 * column go; blanks, punctuation and drawings stay, so that a screen of them looks as it did. Where a text has a letter that does not go as
 * GSM 7-bit, its first one becomes ý or Ý, so that it makes as many SMS.
 *
 * Codes of closed lists, instants and numbers stay as they are. Names that a program compares (people's roles, views) become other
 * names of the same shape, the same one each time: letters drawn by SipHash-2-4 (Aumasson, Bernstein 2012) under a key that
 * is thrown away with the session. */
#ifndef CORE_SCRUB_H
#define CORE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct scrub {
    uint64_t key[2];
    bool off;                  /* nothing is scrubbed */
};

/* One character by itself; 0: a mark, of which nothing is kept. What was scrubbed stays as it is. */
uint32_t scrub_char(uint32_t cp);

/* Each appends what is kept of s[0..n) to out. */
void scrub_mask(const struct scrub *s, struct buf *out, const char *text, size_t n);
void scrub_name(const struct scrub *s, struct buf *out, const char *text, size_t n);
/* A filter: qualifiers and the values of closed lists stay; what searches for somebody does not. */
void scrub_filter(const struct scrub *s, struct buf *out, const char *text, size_t n);
/* Words behind a command: times, small numbers and closed lists stay; names: the others are names, else they are masked. */
void scrub_words(const struct scrub *s, struct buf *out, const char *text, size_t n, bool names);
/* A value of a query's column of that name; JSON and arrays member by member. */
void scrub_cell(const struct scrub *s, struct buf *out, const char *column, const char *text, size_t n);

#endif
