/* What the aggregators share: a question on its way, page after page. */
#ifndef NET_POLL_IN_H
#define NET_POLL_IN_H

#include "net/poll.h"
#include "transfer.h"

struct poll_try {
    struct net *net;
    const struct channel_url *c;
    const struct poll_parcel *p;
    size_t count;
    const struct poll_events *ev;
    struct exchange x;
    char page[200];            /* what the page before said the next one is; "" the first */
    int pages;
};

struct poll_api {
    const char *name;          /* as sentences call it */
    size_t batch;
    void (*write)(struct post *q, const struct poll_try *t);
    /* The next page's token, from a page; false: it was the last. NULL: there are no pages. */
    bool (*next)(const json_t *page, char *token, size_t size);
    /* Does a 2xx know any of them? NULL: always. */
    bool (*knows)(const json_t *page);
};

/* What a source calls our carrier; our own code where the table has none. */
struct poll_carrier { const char *ours, *theirs; };
const char *poll_carrier_name(const struct poll_carrier *table, const char *ours);

bool poll_check(struct channel_url *c, struct err *e);     /* KEY@ alone */

#endif
