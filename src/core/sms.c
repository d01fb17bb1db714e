#include "core/sms.h"

#include <string.h>

#include "base/utf8.h"

/* 3GPP TS 23.038 §6.2.1: what is beyond ASCII in the default alphabet, and the ASCII it does not have. */
static const uint32_t beyond_ascii[] = {
    0xA3, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0xD8, 0xF8, 0xC5, 0xE5,                    /* £¥èéùìòÇØøÅå */
    0x394, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E,                        /* ΔΦΓΛΩΠΨΣΘΞ */
    0xC6, 0xE6, 0xDF, 0xC9, 0xA4, 0xA1, 0xC4, 0xD6, 0xD1, 0xDC, 0xA7, 0xBF,                      /* ÆæßÉ¤¡ÄÖÑÜ§¿ */
    0xE4, 0xF6, 0xF1, 0xFC, 0xE0,                                                                /* äöñüà */
};
/* §6.2.1.1: two septets, the escape and one more. */
static const uint32_t extended[] = {0x0C, '^', '{', '}', '\\', '[', '~', ']', '|', 0x20AC};

static bool among(uint32_t cp, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == cp)
            return true;
    return false;
}
#define AMONG(cp, list) among(cp, list, sizeof (list) / sizeof *(list))

/* Septets of a character; 0 when GSM 7-bit does not have it. */
static int septets(uint32_t cp)
{
    if (AMONG(cp, extended))
        return 2;
    if (cp == '\n' || cp == '\r' || (cp >= 0x20 && cp < 0x7F && cp != '`'))
        return 1;
    return AMONG(cp, beyond_ascii) ? 1 : 0;
}

static int code_units(uint32_t cp) { return cp > 0xFFFF ? 2 : 1; }

static uint32_t first_beyond(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(text + i, n - i, &cp);
        if (!septets(cp))
            return cp;
    }
    return 0;
}

static int count_units(const char *text, size_t n, int (*weight)(uint32_t))
{
    int units = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(text + i, n - i, &cp);
        units += weight(cp);
    }
    return units;
}

struct sms_size sms_measure(const char *text, size_t n)
{
    struct sms_size s = {.first = first_beyond(text, n)};
    s.ucs2 = s.first != 0;
    int (*weight)(uint32_t) = s.ucs2 ? code_units : septets;
    int whole = s.ucs2 ? 70 : 160, part = s.ucs2 ? 67 : 153, in_last = 0;
    s.units = count_units(text, n, weight);
    s.left = whole - s.units;
    s.segments = s.units > 0;
    if (s.units <= whole)
        return s;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(text + i, n - i, &cp);
        if (in_last + weight(cp) > part) {
            s.segments++;
            in_last = 0;
        }
        in_last += weight(cp);
    }
    s.left = part - in_last;
    return s;
}

const char *sms_encoding_name(const struct sms_size *s) { return s->ucs2 ? "UCS-2" : "GSM-7"; }
