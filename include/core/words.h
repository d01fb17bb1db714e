/* Closed lists of words: a stable name for JSON, SQL and the command line, and a label for people. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word { const char *name, *label; };

/* The i-th; "?" for both when out of range. */
const struct word *word_at(const struct word *list, size_t count, int i);
/* Exact name, s[0..n); false when there is none. */
bool word_find(const struct word *list, size_t count, const char *s, size_t n, int *out);

/* Defines bool function(const char *s, size_t n, enum type *out) over a list: *out is the word's place in it. */
#define WORDS_PARSE(function, type, list)                                          \
    bool function(const char *s, size_t n, enum type *out)                         \
    {                                                                              \
        int i;                                                                     \
        bool found = word_find(list, sizeof (list) / sizeof *(list), s, n, &i);    \
        if (found)                                                                 \
            *out = (enum type)i;                                                   \
        return found;                                                              \
    }

#endif
