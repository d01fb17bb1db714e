/* What of a filter an index can find when few rows have it: the parameters of doorstep.filter_few(). Candidates only: the filter's
 * condition is asked of them, too. */
#ifndef DB_FILTER_FEW_H
#define DB_FILTER_FEW_H

#include <stdbool.h>

#include "base/buf.h"
#include "core/filter.h"

struct filter_few {
    char *words, *search;      /* text[] literals; owned */
    bool open;                 /* resolved rows are not meant */
    bool any;                  /* there is something to find by; false: the filter is read along its order */
    bool texts;                /* every text the filter wants is in `search`: what is found has them */
};
void filter_few_make(const struct filter *f, struct filter_few *out);
void filter_few_finish(struct filter_few *few);

/* One term's words of facets() into b, those of several values joined by the character 31; false: the index knows nothing of it. */
bool filter_few_words(struct buf *b, const struct filter_term *t);
/* A text's, likewise: ":column" where it is one alone, "=NUMBER" where it may be one, then each word's pattern. */
void filter_few_texts(struct buf *b, const struct filter_term *t);
/* An array's literal, element by element; it begins as "{", and who is done puts "}". */
void filter_few_add(struct buf *array, const char *s);

/* '%word%' with LIKE's own characters taken literally; of one or two characters "% ab%": a word of the column begins so, for which a blank has to
 * stand before its first. Lower-casing beyond ASCII is the server's, as it was for the column. */
char *filter_text_pattern(const char *s, size_t n);
/* A number as it is printed on labels, "1Z 999 AA1-0123", in the form it is stored in; NULL when the text cannot be one. */
char *filter_text_number(const char *s);
/* The word of a closed list as the database has it: FIELD_KIND, 3 -> "address_issue". */
const char *filter_closed_name(enum filter_field field, int number);

#endif
