#include "core/address.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63, EMAIL_MAX = 254 };

static bool letter_or_digit(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Beyond ASCII: whatever is not a blank, a control or invisible, as the cleaning of texts has it. */
static bool wide_character(const char *s, size_t n, size_t *used)
{
    char clean[32];
    uint32_t cp;
    *used = utf8_decode(s, n, &cp);
    if (cp == UTF8_BAD || cp == 0x3000 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200B) || cp == 0xA0 || cp == 0x202F || cp == 0x205F)
        return false;
    /* after a letter, so that a combining mark has a base */
    char probe[8] = "a";
    memcpy(probe + 1, s, *used);
    return utf8_clean(probe, *used + 1, clean, sizeof clean, UTF8_ONE_LINE) == *used + 1 && memcmp(clean, probe, *used + 1) == 0;
}

/* RFC 5321 Dot-string: atoms of atext (RFC 5322 §3.2.3) and UTF-8 with single dots between. */
static bool is_local(const char *s, size_t n)
{
    if (n == 0 || n > LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
        return false;
    for (size_t i = 0, used; i < n; i += used) {
        unsigned char c = (unsigned char)s[i];
        used = 1;
        if (c >= 0x80 ? !wide_character(s + i, n - i, &used)
                      : c == '.' ? s[i + 1] == '.' : !letter_or_digit(c) && !(c && strchr("!#$%&'*+-/=?^_`{|}~", c)))
            return false;
    }
    return true;
}

/* A label: letters, digits, hyphens within; UTF-8 as it is. */
static bool is_label(const char *s, size_t n)
{
    if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
        return false;
    for (size_t i = 0, used; i < n; i += used) {
        unsigned char c = (unsigned char)s[i];
        used = 1;
        if (c >= 0x80 ? !wide_character(s + i, n - i, &used) : !letter_or_digit(c) && c != '-')
            return false;
    }
    return true;
}

/* Two labels at least, the last not a number: neither "localhost" nor an IP address gets mail from us. */
static bool is_host(const char *s, size_t n)
{
    size_t labels = 0, last = 0;
    for (size_t i = 0; i <= n; i++)
        if (i == n || s[i] == '.') {
            if (!is_label(s + last, i - last))
                return false;
            labels++;
            last = i == n ? last : i + 1;
        }
    for (size_t i = last; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return labels >= 2;
    return false;
}

bool address_is_email(const char *s, size_t n)
{
    const char *at = n && n <= EMAIL_MAX ? memrchr(s, '@', n) : NULL;
    if (!at)
        return false;
    size_t local = (size_t)(at - s);
    return is_local(s, local) && is_host(at + 1, n - local - 1);
}

bool address_is_phone(const char *s, size_t n)
{
    if (n < 8 || n > 16 || s[0] != '+' || s[1] < '1' || s[1] > '9')
        return false;
    for (size_t i = 2; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

bool address_is_header_safe(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        if (cp == UTF8_BAD || cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029)
            return false;
    }
    return true;
}

static size_t one_character(const char *s, size_t n)
{
    uint32_t cp;
    return n ? utf8_decode(s, n, &cp) : 0;
}

/* The last character of s[0..n). */
static size_t last_character(const char *s, size_t n)
{
    size_t i = n ? n - 1 : 0;
    while (i && ((unsigned char)s[i] & 0xC0) == 0x80)
        i--;
    return i;
}

static void mask_email(const char *s, size_t local, char *out, size_t size)
{
    size_t first = one_character(s, local), last = last_character(s, local);
    if (last < first + 1)
        last = local;                  /* of one or two characters only the first is shown */
    snprintf(out, size, "%.*s…%.*s%s", (int)first, s, (int)(local - last), s + last, s + local);
}

void address_mask(const char *address, char *out, size_t size)
{
    char text[400], clean[400];
    const char *at = strrchr(address, '@');
    size_t n = strlen(address);
    if (at)
        mask_email(address, (size_t)(at - address), text, sizeof text);
    else if (address_is_phone(address, n))
        snprintf(text, sizeof text, "%.2s … %s", address, address + n - 2);
    else
        snprintf(text, sizeof text, "%s", n ? "…" : "");
    utf8_clean(text, strlen(text), clean, sizeof clean, UTF8_ONE_LINE);
    size_t fits = strlen(clean);
    if (size == 0)
        return;
    if (fits >= size) {
        fits = size - 1;
        while (fits && ((unsigned char)clean[fits] & 0xC0) == 0x80)
            fits--;
    }
    memcpy(out, clean, fits);
    out[fits] = '\0';
}
