#include "base/utf8.h"

#include <string.h>
#include <wchar.h>

#include "utf8_marks.h"

enum { MARKS_MOST = 4 };  /* no writing system needs more on one base; "zalgo" does */

/* What may follow a lead byte: how many continuation bytes, and the range of the first
 * of them, which keeps out over-long forms, surrogates and what is past U+10FFFF. */
static int lead(unsigned char b, unsigned char *low, unsigned char *high)
{
    *low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    *high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    return b < 0xC2 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : b < 0xF5 ? 3 : 0;
}

/* Malformed input eats a "maximal subpart" (Unicode 15, table 3-8), so that a cut
 * character shows as one U+FFFD and the next good one is never swallowed. */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp)
{
    const unsigned char *u = (const unsigned char *)s;
    *cp = UTF8_BAD;
    if (!n)
        return 0;
    if (u[0] < 0x80) {
        *cp = u[0];
        return 1;
    }
    unsigned char low, high;
    int more = lead(u[0], &low, &high);
    if (!more)
        return 1;
    uint32_t v = u[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((size_t)i >= n || u[i] < low || u[i] > high)
            return (size_t)i;
        v = v << 6 | (u[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *cp = v;
    return (size_t)more + 1;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = UTF8_BAD;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)((0xF00u >> n & 0xF0u) | cp);
    return n;
}

/* How many bytes from s on are plain printable ASCII, in steps of eight. Most of what
 * feeds and screens carry is nothing else, and megabytes of it pass here. */
static size_t plain_words(const char *s, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t w, del;
        memcpy(&w, s + i, 8);
        del = w ^ (ones * 0x7F);
        if ((w | (w - ones * 0x20) | (del - ones)) & tops)
            break;
    }
    return i;
}

static bool plain(unsigned char c) { return c >= 0x20 && c < 0x7F; }

bool utf8_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        i += plain_words(s + i, n - i);
        if (i == n)
            break;
        uint32_t cp;
        size_t eaten = utf8_decode(s + i, n - i, &cp);
        if (cp == UTF8_BAD && (eaten != 3 || memcmp(s + i, "\xEF\xBF\xBD", 3) != 0))
            return false;
        i += eaten;
    }
    return true;
}

static bool is_mark(uint32_t cp)
{
    size_t low = 0, high = sizeof utf8_marks / sizeof *utf8_marks;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cp > utf8_marks[middle].last)
            low = middle + 1;
        else if (cp < utf8_marks[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

int utf8_cp_width(uint32_t cp)
{
    if (cp < 0x7F)
        return cp >= 0x20;
    if (cp < 0xA0)
        return 0;
    int w = wcwidth((wchar_t)cp);
    if (w < 0)  /* not in this locale, or not assigned yet: terminals give such one column */
        return is_mark(cp) ? 0 : 1;
    return w < 2 ? w : 2;
}

size_t utf8_width(const char *s, size_t n)
{
    size_t used;
    utf8_fit(s, n, SIZE_MAX, &used);
    return used;
}

size_t utf8_fit(const char *s, size_t n, size_t columns, size_t *used)
{
    size_t i = 0, wide = 0;
    while (i < n) {
        size_t room = columns - wide;
        size_t fast = plain_words(s + i, n - i < room ? n - i : room);
        if (fast) {
            i += fast;
            wide += fast;
            continue;
        }
        uint32_t cp;
        size_t eaten = utf8_decode(s + i, n - i, &cp);
        size_t w = (size_t)utf8_cp_width(cp);
        if (w > room)
            break;
        i += eaten;
        wide += w;
    }
    if (used)
        *used = wide;
    return i;
}

/* Never shown and never stored: characters that steer or hide others. Default ignorable
 * code points and bidi controls of Unicode 15, presentation selectors (terminals do not
 * agree how wide they make a character) and noncharacters. */
bool utf8_steers(uint32_t cp)
{
    static const struct { uint32_t first, last; } ranges[] = {
        {0x80, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
        {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},
        {0x3164, 0x3164},   {0xFDD0, 0xFDEF},   {0xFE0E, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
        {0xFFF0, 0xFFFB},   {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF}, {0xE01F0, 0xE0FFF},
    };
    if ((cp & 0xFFFE) == 0xFFFE)
        return true;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && cp >= ranges[i].first; i++)
        if (cp <= ranges[i].last)
            return true;
    return false;
}

static bool is_selector(uint32_t cp) { return (cp >= 0xFE00 && cp <= 0xFE0D) || (cp >= 0xE0100 && cp <= 0xE01EF); }

struct cleaner {
    enum utf8_lines lines;
    bool base;       /* there is a character the next mark can stand on */
    bool bare;       /* it is not ASCII and carries nothing yet: a selector may follow */
    int marks;       /* how many stand on it */
};

/* What becomes of one character: 0 is dropped. Raw bytes 80..9F come as themselves. */
static uint32_t judge(struct cleaner *c, uint32_t cp)
{
    if (cp == '\n' && c->lines == UTF8_KEEP_NEWLINES) {
        c->base = c->bare = false;
        return cp;
    }
    if (cp == '\n' || cp == '\t' || cp == 0x2028 || cp == 0x2029)
        cp = ' ';
    if (cp < 0x20 || cp == 0x7F || utf8_steers(cp))
        return 0;
    if (is_selector(cp)) {
        bool stands = c->bare;
        c->bare = false;
        return stands ? cp : 0;
    }
    if (utf8_cp_width(cp) == 0) {
        if (!c->base || c->marks == MARKS_MOST)
            return 0;
        c->marks++;
        c->bare = false;
        return cp;
    }
    c->base = true;
    c->bare = cp >= 0x80;
    c->marks = 0;
    return cp;
}

size_t utf8_clean(const char *s, size_t n, char *out, size_t size, enum utf8_lines lines)
{
    struct cleaner c = {.lines = lines};
    size_t i = 0, len = 0;
    if (!size)
        return 0;
    while (i < n) {
        size_t room = size - 1 - len;
        size_t fast = plain_words(s + i, n - i < room ? n - i : room);
        if (!fast && plain((unsigned char)s[i]) && room)
            fast = 1;
        if (fast) {
            memcpy(out + len, s + i, fast);
            i += fast;
            len += fast;
            c = (struct cleaner){.lines = lines, .base = true};
            continue;
        }
        uint32_t cp;
        unsigned char first = (unsigned char)s[i];
        i += utf8_decode(s + i, n - i, &cp);
        if (first >= 0x80 && first < 0xA0)  /* alone: an 8-bit C1 control for some terminals */
            cp = first;
        cp = judge(&c, cp);
        if (!cp)
            continue;
        char bytes[4];
        size_t need = utf8_encode(cp, bytes);
        if (need > room)
            break;
        memcpy(out + len, bytes, need);
        len += need;
    }
    out[len] = '\0';
    return len;
}
