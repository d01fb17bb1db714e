/* Asking aggregators about trackings, over the same net as messages. A source is a URL, DOORSTEP_EASYPOST_URL and the like:
 *
 *     easypost://APIKEY@      shippo://TOKEN@      aftership://APIKEY@      shipengine://APIKEY@
 *
 * with base= rate= connections= ca= as for channels (net/channel.h). Nothing is written there: only what is known of numbers is
 * read, in one request or, where there is more, page after page. Documents are in the format of the source's name (feed/format.h). */
#ifndef NET_POLL_H
#define NET_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/channel.h"
#include "net/net.h"

#define POLL_BATCH_MOST 50     /* numbers in one request */

struct poll_parcel {
    int64_t id;                /* the shipment */
    char carrier[25];          /* its code here */
    char number[65];
};

enum poll_outcome {
    POLL_OK,                   /* answered: the documents were given to `document` */
    POLL_NONE,                 /* they do not know it */
    POLL_FAILED,               /* no answer, or one that says no: why */
    POLL_LATER                 /* not asked after all: they want to be left alone (retry_at), or do not accept us */
};

struct poll_answer {
    enum poll_outcome outcome;
    const char *why;           /* one sentence; "" */
    int64_t retry_at;          /* LATER: wall ms, as asked for; WHEN_NONE */
    bool refused;              /* LATER: the credentials or the address: nothing more can be asked */
};

struct poll_events {
    void *ctx;
    void (*document)(void *ctx, const char *json, size_t size);            /* one page, as it came */
    void (*done)(void *ctx, const struct poll_parcel *p, size_t count, const struct poll_answer *a);
};

bool poll_url_read(const char *source, const char *url, struct channel_url *out, struct err *e);
const char *poll_source_at(int i);                     /* "easypost" …; NULL past the end */
const struct channel_help *poll_help_at(int i);
size_t poll_batch(const struct channel_url *c);        /* how many numbers go into one request */

/* Asks c about p[0..count), count at most poll_batch(c); all live until done is called, which is never from inside this call. */
void poll_ask(struct net *n, const struct channel_url *c, const struct poll_parcel *p, size_t count, const struct poll_events *ev);

#endif
