#include "app/key.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct { const char *name; uint32_t code; } names[] = {
#define X(id, name) {name, KEY__##id},
    KEYS(X)
#undef X
};
#define NAME_COUNT (sizeof names / sizeof names[0])

/* The longest name at s: "F12" must not be read as "F1". */
static size_t parse_name(const char *s, size_t n, uint32_t *code)
{
    size_t best = 0;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        size_t len = strlen(names[i].name);
        if (len > best && len <= n && memcmp(s, names[i].name, len) == 0) {
            best = len;
            *code = names[i].code;
        }
    }
    return best;
}

static size_t parse_bracket(const char *s, size_t n, struct key *out)
{
    size_t at = 1;
    while (at + 2 < n && (s[at] == 'C' || s[at] == 'M') && s[at + 1] == '-') {
        out->mods = (uint8_t)(out->mods | (s[at] == 'C' ? KEY_CTRL : KEY_ALT));
        at += 2;
    }
    size_t used = 2;
    if (n - at > 2 && memcmp(s + at, "lt", 2) == 0)
        out->code = '<';
    else
        used = parse_name(s + at, n - at, &out->code);
    at += used;
    return used && at < n && s[at] == '>' ? at + 1 : 0;
}

/* A key is shown where it is told of: it must be a character that may stand there. */
static bool is_seen(const char *s, size_t n)
{
    char clean[8];
    return utf8_clean(s, n, clean, sizeof clean, UTF8_ONE_LINE) == n && memcmp(clean, s, n) == 0;
}

size_t key_parse(const char *s, size_t n, struct key *out)
{
    *out = (struct key){0};
    size_t at = 0;
    while (at + 2 < n && (s[at] == 'C' || s[at] == 'M') && s[at + 1] == '-') {
        out->mods = (uint8_t)(out->mods | (s[at] == 'C' ? KEY_CTRL : KEY_ALT));
        at += 2;
    }
    if (at >= n)
        return 0;
    size_t used = 0;
    if (s[at] == '<')
        used = parse_bracket(s + at, n - at, out);
    if (!used && s[at] != '<') {
        used = utf8_decode(s + at, n - at, &out->code);
        if (out->code == UTF8_BAD || out->code == ' ' || !is_seen(s + at, used))
            used = 0;
    }
    return used ? at + used : 0;
}

void key_format(const struct key *k, char *out, size_t size)
{
    const char *ctrl = k->mods & KEY_CTRL ? "C-" : "", *alt = k->mods & KEY_ALT ? "M-" : "";
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (names[i].code == k->code) {
            snprintf(out, size, "%s%s%s", ctrl, alt, names[i].name);
            return;
        }
    }
    char ch[5] = {0};
    utf8_encode(k->code, ch);
    snprintf(out, size, "%s%s%s", ctrl, alt, ch);
}

bool key_equal(const struct key *a, const struct key *b)
{
    return a->code == b->code && a->mods == b->mods;
}
