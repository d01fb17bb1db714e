/* Is a source JSON, a posted form, or an e-mail? Looks at its first bytes and gives them back. Only src/feed includes this. */
#ifndef FEED_SNIFF_H
#define FEED_SNIFF_H

#include "feed/split.h"

enum sniff { SNIFF_JSON, SNIFF_FORM, SNIFF_MAIL };

struct peek {
    struct split_source source;
    char head[4096];           /* its first bytes: [at,size) are still to be given */
    size_t size, at;
};

/* Reads until the first line or enough of it is there. */
bool peek_open(struct peek *p, struct split_source source, struct err *e);
/* What it looks like; JSON unless it is certainly something else. */
enum sniff peek_sniff(const struct peek *p);
/* The source from its beginning, for a struct split_source. */
long peek_read(void *self, char *to, size_t size, struct err *e);

#endif
