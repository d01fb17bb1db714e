#include "app/palette.h"

#include <stdlib.h>
#include <string.h>

#include "app/argument.h"

bool palette_lists(enum action a) { return (action_info(a)->contexts & IN_ANY) != 0; }

/* The letters of s in the word, in order. */
static bool contains(const char *word, const char *s, size_t n)
{
    size_t i = 0;
    for (; *word && i < n; word++)
        i += *word == s[i];
    return i == n;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edits between a word and s[0..n), for suggestions. */
static size_t distance(const char *word, const char *s, size_t n)
{
    size_t row[40], len = least(strlen(word), 39);
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t above = row[j];
            row[j] = least(least(row[j] + 1, row[j - 1] + 1), diagonal + (word[j - 1] != s[i - 1]));
            diagonal = above;
        }
    }
    return row[len];
}

static bool unknown(const char *s, size_t n, struct err *e)
{
    enum action best = ACTION_HELP;
    size_t least_edits = SIZE_MAX;
    for (int i = 0; i < ACTION_COUNT; i++) {
        size_t d = palette_lists((enum action)i) ? distance(action_info((enum action)i)->name, s, n) : SIZE_MAX;
        if (d < least_edits) {
            least_edits = d;
            best = (enum action)i;
        }
    }
    int shown = n > 40 ? 40 : (int)n;
    if (least_edits <= 3 && least_edits < n)
        return err_set(e, ERR_INPUT, NULL, "no action \"%.*s\"; did you mean %s?", shown, s, action_info(best)->name);
    return err_set(e, ERR_INPUT, NULL, "no action \"%.*s\"; Tab completes, ? lists them", shown, s);
}

static bool find(const char *s, size_t n, enum action *out, struct err *e)
{
    enum action first = ACTION_COUNT, second = ACTION_COUNT;
    for (int i = 0; i < ACTION_COUNT; i++) {
        enum action a = (enum action)i;
        const char *name = action_info(a)->name;
        if (!palette_lists(a) || strncmp(name, s, n) != 0)
            continue;
        if (!name[n]) {
            *out = a;
            return true;
        }
        *(first == ACTION_COUNT ? &first : &second) = a;
    }
    if (first == ACTION_COUNT)
        return unknown(s, n, e);
    if (second != ACTION_COUNT)
        return err_set(e, ERR_INPUT, NULL, "\"%.*s\" could be %s or %s: write more of it", (int)n, s,
                       action_info(first)->name, action_info(second)->name);
    *out = first;
    return true;
}

bool palette_parse(const char *text, enum action *out, size_t *arg, size_t *at, struct err *e)
{
    size_t from = strspn(text, " "), n = strcspn(text + from, " ");
    *at = from;
    if (!n)
        return err_set(e, ERR_INPUT, NULL, "write an action; Tab completes");
    if (!find(text + from, n, out, e))
        return false;
    *arg = from + n + strspn(text + from + n, " ");
    return true;
}

static void offer_names(const char *text, size_t from, size_t at, struct completion *out)
{
    *out = (struct completion){.from = from, .to = from + strcspn(text + from, " ")};
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < ACTION_COUNT; i++) {
            enum action a = (enum action)i;
            const char *name = action_info(a)->name;
            bool begins = strncmp(name, text + from, at - from) == 0;
            if (palette_lists(a) && (pass ? !begins && contains(name, text + from, at - from) : begins))
                argument_offer(out, name);
        }
    }
}

void palette_complete(const struct model *m, const char *text, size_t at, struct completion *out)
{
    size_t from = strspn(text, " "), end = from + strcspn(text + from, " "), arg, where;
    enum action a;
    if (at <= end) {
        offer_names(text, from < at ? from : at, at, out);
        return;
    }
    *out = (struct completion){0};
    if (!palette_parse(text, &a, &arg, &where, NULL) || at < arg)
        return;
    argument_complete(m, a, text + arg, at - arg, out);
    out->from += arg;
    out->to += arg;
}
