/* The formats the feed reads: one table, one file each (fmt_NAME.c). */
#ifndef FEED_FORMAT_H
#define FEED_FORMAT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "feed/parse.h"

struct format {
    const char *name;       /* as in --format, and the dictionary of its codes */
    /* What to read of a document that is this format's (the tracker inside a webhook's
     * envelope, say); NULL: it is not. Judges by shape alone. A list: each of its elements. */
    const json_t *(*find)(const json_t *document);
    /* Fills p from what find() gave; false: the document is rejected with e. */
    bool (*read)(struct parse *p, const json_t *subject, struct err *e);
};

extern const struct format fmt_doorstep, fmt_easypost, fmt_shippo, fmt_aftership, fmt_shipengine, fmt_17track;
/* carriers' own answers */
extern const struct format fmt_fedex, fmt_ups, fmt_usps, fmt_dhl, fmt_canada_post;
/* of message providers: rcpt_NAME.c */
extern const struct format fmt_receipt, fmt_twilio, fmt_sendgrid, fmt_postmark, fmt_dsn;

/* In the order of detection; ends with NULL. */
extern const struct format *const formats[];

/* The format called `name`; NULL: none. */
const struct format *format_named(const char *name);
/* The format whose shape the document has, and its subject; NULL: e says what is missing. */
const struct format *format_detect(const json_t *document, const json_t **subject, struct err *e);
/* The same for a format that was asked for. */
bool format_find(const struct format *f, const json_t *document, const json_t **subject, struct err *e);

#endif
