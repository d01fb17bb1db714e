/* A refused document as one line of a rejects file. */
#ifndef FEED_REJECT_H
#define FEED_REJECT_H

#include "base/buf.h"
#include "feed/feed.h"

/* Appends {"source","line","reason","document"} and a newline. The document's text is kept
 * as it came, but for bytes that are not UTF-8, which become U+FFFD. */
void reject_json(const struct feed_reject *r, struct buf *out);

#endif
