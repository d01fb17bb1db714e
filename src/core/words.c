#include "core/words.h"

#include <string.h>

const struct word *word_at(const struct word *list, size_t count, int i)
{
    static const struct word none = {"?", "?"};
    return i >= 0 && (size_t)i < count ? &list[i] : &none;
}

bool word_find(const struct word *list, size_t count, const char *s, size_t n, int *out)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i].name) == n && memcmp(list[i].name, s, n) == 0) {
            *out = (int)i;
            return true;
        }
    return false;
}
