/* What tracking pages say (doorstep.page_changed), for whoever writes them. One connection; the next rows are on their way
 * while the last ones are used. */
#ifndef DB_PAGES_H
#define DB_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct pages;

/* dsn: a worker's role. NULL: e says why. */
struct pages *pages_open(const char *dsn, struct err *e);
void pages_close(struct pages *p);

/* Now by the server, and what all pages rest on beside their parcels. */
bool pages_epoch(struct pages *p, int64_t *now_ms, char epoch[40], struct err *e);

struct pages_ask {
    int64_t since_ms;          /* PAGES_ALL: whatever changed or not */
    int64_t now_ms;            /* the time the pages are made for; 0: the server's */
    const char *brands;        /* "{acme,zeta}", a PostgreSQL array; NULL: all */
};
#define PAGES_ALL INT64_MIN

struct page_row {
    const char *token;         /* 32 digits */
    const char *facts;         /* JSON for page_render; NULL: there is no page of this token */
    size_t size;
};
/* Tells each page that may have changed, once. False from tell stops with its error. */
bool pages_each(struct pages *p, const struct pages_ask *ask, bool (*tell)(void *ctx, const struct page_row *row, struct err *e), void *ctx,
                struct err *e);

#endif
