/* What the readers of all formats share: fields by table, times, places in errors.
 *
 * Texts point into the parsed document or into the parse's own memory, and live until
 * parse_begin() of the next document. Only src/feed includes this. */
#ifndef FEED_PARSE_H
#define FEED_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "base/when.h"

struct text {
    const char *s;          /* not terminated */
    size_t n;               /* 0: none */
};

/* One scan, or the summary of a shipment. */
struct fact {
    int64_t at;             /* WHEN_NONE: not said */
    int64_t edd;
    struct text provider;   /* dictionary of the code; none: the format's own */
    struct text code, detail, status, message;
    struct text city, region, country, postal_code;
};

/* Most bytes of a column of the staging table. */
enum {
    MOST_CODE = 64, MOST_MESSAGE = 500, MOST_CITY = 64, MOST_REGION = 24, MOST_COUNTRY = 2,
    MOST_POSTAL = 16, MOST_SERVICE = 48, MOST_NUMBER = 64, MOST_EVENTS = 10000
};

struct parse {
    const char *provider;   /* dictionary of facts that name none */
    int64_t now;
    struct text carrier, number, service;
    VEC(struct fact) events;        /* oldest first */
    bool has_summary;
    struct fact summary;            /* place: the destination */
    int64_t shipped_at, promised_at;
    struct text order_number;
    struct buf order;               /* an order document, rebuilt; empty: none */
    struct buf item;                /* a receipt or a customer's message (feed/receipt.h); empty: none */

    const char *list;       /* where we are, for errors: list[index].key; NULL: at the top */
    size_t index;
    /* an event that is left out while its document is kept */
    void (*event_rejected)(void *self, const struct err *e);
    void *self;

    VEC(char *) blocks;     /* cleaned copies live here */
    size_t blocks_used, block_len;
};

void parse_init(struct parse *p, int64_t now);
void parse_finish(struct parse *p);
void parse_begin(struct parse *p, const char *provider);

/* e says "place.key: …"; returns false. */
bool parse_fail(const struct parse *p, struct err *e, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* A member, or NULL when it is absent or null. o may be NULL. */
json_t *parse_member(const json_t *o, const char *key);
/* The same, and NULL when it is not an object. */
json_t *parse_object(const json_t *o, const char *key);
/* A string member's characters, or "". */
const char *parse_word(const json_t *o, const char *key);

/* Cleaned, trimmed, cut to `most` bytes. Numbers become their digits. Absent, null and
 * blank are no text; any other type fails. */
bool parse_text(struct parse *p, const json_t *o, const char *key, size_t most, struct text *out, struct err *e);

struct field {
    const char *key;        /* NULL ends a table */
    size_t offset;          /* of the text in the structure that is filled */
    size_t most;
};
bool parse_fields(struct parse *p, const json_t *o, const struct field *fields, void *to, struct err *e);

/* A time: RFC 3339 and its relatives, "/Date(ms)/", epoch seconds or milliseconds.
 * Absent, null and "" give WHEN_NONE. Fails on a time before 2000 or more than a year ahead. */
bool parse_when(const struct parse *p, const json_t *o, const char *key, int64_t *out, struct err *e);
/* The same; absence fails as well. */
bool parse_when_needed(const struct parse *p, const json_t *o, const char *key, int64_t *out, struct err *e);

/* A time in members of its own: a day (20261121 or 2026-11-21), an hour (165100, 16:51, "": midnight; the key may be NULL), and an
 * offset or a North American zone's letters as such (NULL: UTC). No day: WHEN_NONE. */
bool parse_when_parts(const struct parse *p, const json_t *o, const char *date, const char *hour, const char *zone, int64_t *out,
                      struct err *e);

/* The tracking number: upper case, blanks dropped, 1..64 graphic ASCII characters. */
bool parse_number(struct parse *p, const json_t *o, const char *key, struct text *out, struct err *e);
/* The carrier's code; none when absent. */
bool parse_carrier(struct parse *p, const json_t *o, const char *key, struct text *out, struct err *e);
/* alpha-2 for what `t` says, or none. */
void parse_country(struct text *t);
/* A copy of s[0..n) that lives as long as the document. */
struct text parse_keep(struct parse *p, const char *s, size_t n);
struct text parse_static(const char *s);

/* Calls `one` for each element of the list o.key and keeps the facts it fills, oldest
 * first; those it fails are rejected alone. newest_first: the provider's order where
 * times do not say. False: no list, or far too long. */
typedef bool parse_event_fn(struct parse *p, const json_t *event, struct fact *to, struct err *e);
bool parse_events(struct parse *p, const json_t *o, const char *key, bool newest_first, parse_event_fn *one,
                  struct err *e);
/* The same for one event that stands in o.key by itself; none: nothing. */
void parse_event(struct parse *p, const json_t *o, const char *key, parse_event_fn *one);
/* Is there an event of that time and code? */
bool parse_has_event(const struct parse *p, int64_t at, struct text code);

#endif
