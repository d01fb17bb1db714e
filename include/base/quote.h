/* Values on a line of text, in ASCII whatever they hold: words, whole numbers, and texts in quotation marks with \xHH for
 * every byte that is not printable ASCII (and \" and \\). Between two stands one blank. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void quote_put(struct buf *out, const char *s, size_t n);   /* "…", a blank before it unless out is empty or ends in one */
void quote_put_int(struct buf *out, int64_t v);
void quote_put_word(struct buf *out, const char *word);     /* no blanks or quotation marks in it */

/* Reading: each takes one value off the front, or leaves it and says false. */
struct quote { const char *at, *end; };
bool quote_take(struct quote *q, struct buf *out);          /* a text, put into out instead of what it held */
bool quote_take_int(struct quote *q, int64_t min, int64_t max, int64_t *out);
bool quote_take_word(struct quote *q, const char *word);    /* this very word */
size_t quote_take_any(struct quote *q, const char **word);  /* any word: its bytes; 0 there is none */
bool quote_done(const struct quote *q);

#endif
