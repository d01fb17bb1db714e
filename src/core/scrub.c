#include "core/scrub.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "core/filter.h"
#include "core/kind.h"
#include "core/sms.h"

/* --- characters ---------------------------------------------------------------- */

/* What stands between letters, and what is drawn rather than written. */
static bool is_shown(uint32_t cp)
{
    static const struct { uint32_t first, last; } shown[] = {
        {0x00, '0' - 1}, {'9' + 1, 'A' - 1}, {'Z' + 1, 'a' - 1}, {'z' + 1, 0x7F}, {0xA0, 0xA9}, {0xAB, 0xB1}, {0xB4, 0xB4}, {0xB6, 0xB8},
        {0xBB, 0xBB}, {0xBF, 0xBF}, {0xD7, 0xD7}, {0xF7, 0xF7}, {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x2775},
        {0x2794, 0x2BFF},
    };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (cp >= shown[i].first && cp <= shown[i].last)
            return true;
    return false;
}

/* The two that tell that a text does not go as GSM 7-bit. */
enum { SMALL_BEYOND = 0xFD, LARGE_BEYOND = 0xDD, WIDE = 0x4E00 };

uint32_t scrub_char(uint32_t cp)
{
    if (is_shown(cp))
        return cp;
    if (cp >= '0' && cp <= '9')
        return '0';
    if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE))
        return 'X';
    int width = utf8_cp_width(cp);
    return width == 0 ? 0 : width == 2 ? WIDE : 'x';
}

static void put(struct buf *out, uint32_t cp)
{
    char bytes[4];
    if (cp)
        buf_add(out, bytes, utf8_encode(cp, bytes));
}

/* Has a text a letter for which its SMS takes more room? */
static bool is_beyond(const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        size_t from = at;
        at += utf8_decode(text + at, n - at, &cp);
        if (!is_shown(cp) && cp >= 0x80 && sms_measure(text + from, at - from).ucs2)
            return true;
    }
    return false;
}

/* c, or where one beyond GSM 7-bit is due and c is a letter, that. */
static uint32_t with_beyond(uint32_t c, bool *due)
{
    if (!*due || (c != 'x' && c != 'X'))
        return c;
    *due = false;
    return c == 'x' ? SMALL_BEYOND : LARGE_BEYOND;
}

void scrub_mask(const struct scrub *s, struct buf *out, const char *text, size_t n)
{
    if (s->off) {
        buf_add(out, text, n);
        return;
    }
    bool due = is_beyond(text, n);
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        at += utf8_decode(text + at, n - at, &cp);
        put(out, with_beyond(scrub_char(cp), &due));
    }
}

/* --- names --------------------------------------------------------------------- */

#define ROTATE(v, by) ((v) << (by) | (v) >> (64 - (by)))

static void round_of(uint64_t v[4])
{
    v[0] += v[1]; v[1] = ROTATE(v[1], 13) ^ v[0]; v[0] = ROTATE(v[0], 32);
    v[2] += v[3]; v[3] = ROTATE(v[3], 16) ^ v[2];
    v[0] += v[3]; v[3] = ROTATE(v[3], 21) ^ v[0];
    v[2] += v[1]; v[1] = ROTATE(v[1], 17) ^ v[2]; v[2] = ROTATE(v[2], 32);
}

static uint64_t siphash(const uint64_t key[2], const char *s, size_t n)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t word = 0;
    for (size_t i = 0; i <= n; i++) {
        bool last = i == n;
        if (!last)
            word |= (uint64_t)(unsigned char)s[i] << 8 * (i % 8);
        if (!last && i % 8 != 7)
            continue;
        if (last)
            word |= (uint64_t)(n & 0xff) << 56;
        v[3] ^= word;
        round_of(v);
        round_of(v);
        v[0] ^= word;
        word = 0;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The end of the letters, figures and marks that begin at text + at, of whatever script. */
static size_t word_end(const char *text, size_t n, size_t at)
{
    while (at < n) {
        uint32_t cp;
        size_t size = utf8_decode(text + at, n - at, &cp);
        if (is_shown(cp))
            break;
        at += size;
    }
    return at;
}

/* One word, whatever its case. */
static void put_name(const struct scrub *s, struct buf *out, const char *word, size_t n)
{
    char lower[64];
    size_t kept = n < sizeof lower ? n : sizeof lower;
    bool due = is_beyond(word, n);
    for (size_t i = 0; i < kept; i++)
        lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + ('a' - 'A') : word[i]);
    uint64_t drawn = siphash(s->key, lower, kept);
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(word + i, n - i, &cp);
        uint32_t c = scrub_char(cp), with = with_beyond(c, &due);
        uint32_t base = c == '0' ? 10 : c == WIDE ? 0x5000 : 26, first = c == 'x' ? 'a' : c == 'X' ? 'A' : c;
        put(out, !c || with != c ? with : first + (uint32_t)(drawn % base));
        drawn = drawn / base ? drawn / base : siphash(s->key, lower, kept) + i;
    }
}

void scrub_name(const struct scrub *s, struct buf *out, const char *text, size_t n)
{
    if (s->off) {
        buf_add(out, text, n);
        return;
    }
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        size_t end = word_end(text, n, at);
        if (end > at)
            put_name(s, out, text + at, end - at);
        if (end < n) {
            size_t size = utf8_decode(text + end, n - end, &cp);
            buf_add(out, text + end, size);
            end += size;
        }
        at = end;
    }
}

/* --- filters ------------------------------------------------------------------- */

/* Fields whose words are lists of ours, or as wide as a state. */
static bool is_public(enum filter_field f)
{
    static const enum filter_field fields[] = {FIELD_CARRIER, FIELD_SERVICE, FIELD_BRAND, FIELD_TIER, FIELD_LANGUAGE, FIELD_COUNTRY, FIELD_REGION};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i] == f)
            return true;
    enum filter_type type = filter_field_type(f);
    return type != FILTER_WORD && type != FILTER_PERSON && type != FILTER_PREFIX && type != FILTER_TEXT && type != FILTER_TAG &&
           type != FILTER_EVENT;
}

static void put_people(const struct scrub *s, struct buf *out, const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && text[end] != ',')
            end++;
        size_t size = end - at;
        if ((size == 2 && memcmp(text + at, "me", 2) == 0) || (size == 4 && memcmp(text + at, "none", 4) == 0))
            buf_add(out, text + at, size);
        else
            scrub_name(s, out, text + at, size);
        if (end < n)
            buf_putc(out, ',');
        at = end + 1;
    }
}

static void put_term(const struct scrub *s, struct buf *out, const struct filter_term *t, const char *text)
{
    const char *from = text + t->column, *end = text + t->end, *colon = memchr(from, ':', (size_t)(end - from));
    bool bare = t->field == FIELD_TEXT && strncmp(from + (*from == '-'), "text:", 5) != 0;
    size_t head = bare || !colon ? 0 : (size_t)(colon + 1 - from);
    buf_add(out, from, head);
    from += head;
    if (is_public(t->field))
        buf_add(out, from, (size_t)(end - from));
    else if (filter_field_type(t->field) == FILTER_PERSON)
        put_people(s, out, from, (size_t)(end - from));
    else
        scrub_mask(s, out, from, (size_t)(end - from));
}

void scrub_filter(const struct scrub *s, struct buf *out, const char *text, size_t n)
{
    struct filter f;
    char *copy = xstrndup(text, n);
    bool parsed = strlen(copy) == n && filter_parse(copy, &f, NULL, NULL);
    if (s->off || !parsed) {
        scrub_mask(s, out, text, n);
    } else {
        size_t at = 0;
        for (size_t i = 0; i < f.term_count; i++) {
            const struct filter_term *t = &f.terms[i];
            if (t->column < at || t->end > n)
                continue;
            buf_add(out, text + at, t->column - at);     /* blanks and sort: alone are no terms */
            put_term(s, out, t, copy);
            at = t->end;
        }
        buf_add(out, text + at, n - at);
    }
    if (parsed)
        filter_finish(&f);
    free(copy);
}

/* --- words --------------------------------------------------------------------- */

static bool is_instant(const char *s, size_t n)
{
    if (n < 10 || n > 40)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (i < 10 ? (i == 4 || i == 7 ? s[i] != '-' : !digit) : !digit && !strchr("-+:.TZ ", s[i]))
            return false;
    }
    return true;
}

static bool is_listed(const char *s, size_t n)
{
    static const char *const words[] = {"me", "none", "scan", "today", "tomorrow", "yesterday", "any", "all", "yes", "no", "on", "off", "best"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
            return true;
    enum kind kind;
    enum severity severity;
    enum state state;
    enum status status;
    enum sort sort;
    return kind_parse(s, n, &kind) || severity_parse(s, n, &severity) || state_parse(s, n, &state) || status_parse(s, n, &status) ||
           sort_parse(s, n, &sort);
}

static bool is_plain(const char *s, size_t n)
{
    int64_t ms;
    size_t digits = 0;
    while (digits < n && (s[digits] == ':' || (s[digits] >= '0' && s[digits] <= '9')))
        digits++;
    return (digits == n && n <= 6) || is_instant(s, n) || (n <= 8 && when_parse_duration(s, n, &ms)) || is_listed(s, n);
}

void scrub_words(const struct scrub *s, struct buf *out, const char *text, size_t n, bool names)
{
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && text[end] != ' ')
            end++;
        if (is_plain(text + at, end - at))
            buf_add(out, text + at, end - at);
        else if (names)
            scrub_name(s, out, text + at, end - at);
        else
            scrub_mask(s, out, text + at, end - at);
        if (end < n)
            buf_putc(out, ' ');
        at = end + 1;
    }
}
