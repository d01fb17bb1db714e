/* Carrier and order documents in, staged rows out.
 *
 * The feed reads a stream of JSON documents in any of its formats (feed/format.h),
 * checks and cleans every field, and hands rows to a sink in the shape of the staging
 * table (src/db/schema/009_feed.sql). It keeps nothing between documents, so memory does
 * not grow with the input, and one bad document costs only itself.
 *
 * What message providers send back comes the same way: JSON, forms (Twilio's, one a line) and e-mails (one a source) are
 * told apart by their first bytes; each gives an item instead of rows.
 *
 * Times without a zone are taken as UTC unless the provider says the zone beside them. */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "feed/split.h"

/* The columns of a staged row, in their order in the table: X(ID). */
#define FEED_COLUMNS(X)                                                                     \
    X(DOC) X(REC) X(PROVIDER) X(CARRIER) X(TRACKING_NUMBER) X(OCCURRED_AT) X(CODE) X(DETAIL) \
    X(STATUS) X(MESSAGE) X(CITY) X(REGION) X(COUNTRY) X(POSTAL_CODE) X(EDD) X(SERVICE) X(DATA)

enum feed_column {
#define X(id) FEED_##id,
    FEED_COLUMNS(X)
#undef X
    FEED_COLUMN_COUNT
};

struct feed_reject {
    const char *source;     /* as given to feed_read */
    int64_t line;           /* where the document begins, from 1 */
    const char *reason;     /* one sentence: the place and the remedy */
    const char *text;       /* the document as it came, any bytes */
    size_t size;
};

/* A false answer stops the feed with the error given. */
struct feed_sink {
    void *self;
    /* The rows of one document follow; *number is what they carry as FEED_DOC. */
    bool (*document)(void *self, int *number, struct err *e);
    /* FEED_COLUMN_COUNT values; NULL for none. Good only during the call. */
    bool (*row)(void *self, const char *const *fields, const size_t *sizes, struct err *e);
    /* A document, or one event of a document whose other events are kept. */
    bool (*reject)(void *self, const struct feed_reject *r, struct err *e);
    /* A receipt or a customer's message (feed/receipt.h): a JSON object. from: its document, without a reason. NULL: they
     * are rejected. */
    bool (*item)(void *self, const struct feed_reject *from, const char *json, size_t size, struct err *e);
};

struct feed_totals {
    int64_t documents;      /* found, good or bad; each element of a list is one */
    int64_t rejected;       /* calls of reject: documents, and single events of kept documents */
};

struct feed;

/* Any name of feed_formats(), or "auto". now_ms: dates too far from it are refused.
 * NULL: there is no such format; e says which there are. */
struct feed *feed_create(const char *format, int64_t now_ms, struct feed_sink sink, struct err *e);
void feed_destroy(struct feed *f);

/* Reads one source to its end; `name` is what rejects call it. False: the source or the
 * sink failed (bad documents are not failures). */
bool feed_read(struct feed *f, const char *name, struct split_source source, struct err *e);
struct feed_totals feed_totals(const struct feed *f);

/* "auto|doorstep|easypost|…", static: for help and errors. */
const char *feed_formats(void);
/* Is there a format of that name, of carriers or (receipts) of message providers? */
bool feed_has_format(const char *name, bool receipts);

/* The version of jansson that is loaded (base/versions.h). */
int feed_jansson_version(void);

#endif
