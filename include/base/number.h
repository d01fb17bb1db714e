/* Numbers as people read them: every count on the screen goes through here, "1,204". */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number { char text[28]; };   /* the longest: "-9,223,372,036,854,775,808" */

struct number grouped(int64_t n);   /* to be printed where it is called: "%s", grouped(n).text */
void number_text(int64_t n, char *out, size_t size);

/* What somebody typed to confirm a number, its separators left out: the number may be copied as it is shown. False if it
 * is not digits and commas alone, or does not fit. */
bool number_typed(const char *s, size_t n, char *out, size_t size);

#endif
