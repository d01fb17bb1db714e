/* What the parts of the filter language share: its tables and its quoting. */
#ifndef CORE_FILTER_IN_H
#define CORE_FILTER_IN_H

#include "base/buf.h"
#include "core/filter.h"

#define FILTER_BLANKS " \t\r\n\v\f"
#define FILTER_SORT_NAME "sort"

/* The field of a qualifier or alias, case folded; -1 when there is none. */
int filter_field_find(const char *s, size_t n);
bool filter_field_compares(enum filter_field f);  /* takes < <= > >= */
bool filter_field_has_none(enum filter_field f);  /* takes the word none */

/* Closed lists: how many words a type has (0: it is open), and each of them. */
int filter_choice_count(enum filter_type t);
const char *filter_choice(enum filter_type t, int i);
/* The number of a word, ignoring case and taking - for _; -1 when it is not there. */
int filter_choice_find(enum filter_type t, const char *s);

/* The nearest of some names to a mistyped one, or NULL when nothing is near. */
struct filter_near {
    const char *word;
    const char *best;
    int distance;
};
void filter_near_try(struct filter_near *near, const char *candidate);

/* The first offset from `i` on where an unquoted character of `stops` stands, or n.
 * *open is the offset of a quote that is never closed, else SIZE_MAX. */
size_t filter_until(const char *s, size_t n, size_t i, const char *stops, size_t *open);
/* Adds s[from..to) without its quotes; true when it had some. */
bool filter_unquote(const char *s, size_t from, size_t to, struct buf *out);
/* Adds a value the way it has to be typed, in quotes when it needs them. */
void filter_quote(struct buf *out, const char *value);

/* Likewise what happened and when ("": not said): an @ of the words' own is told from the other by quotes. */
void filter_quote_event(struct buf *out, const char *words, const char *when);

/* Reads a comparison at s[0..n); returns its bytes, 0 when there is none (OP_EQ). */
size_t filter_read_op(const char *s, size_t n, enum filter_op *op);
const char *filter_op_text(enum filter_op op);

/* One value of a field from its unquoted and cleaned text; `compared` says that an
 * operator stood before it. On failure `why` holds the sentence. */
bool filter_value_read(enum filter_field f, const char *text, bool quoted, bool compared, struct filter_value *out,
                       struct buf *why);

#endif
