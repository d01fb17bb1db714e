#include "view/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/when.h"

static const struct glyphs unicode_glyphs = {
    .live = "\u25cf", .down = "\u25cb", .separator = " \u00b7 ", .none = "\u2013",
    .fresh = "\u2022", .up = "\u2191", .pointer = "\u2193", .stale = "\u2026", .closed = "\u25b8", .opened = "\u25be",
    .yes = "\u2713", .no = "\u2717", .pause = "\u2016", .out = "\u2192", .in = "\u00ab",
    .top_left = "\u250c", .top_right = "\u2510", .bottom_left = "\u2514", .bottom_right = "\u2518",
    .horizontal = 0x2500, .vertical = 0x2502,
};
static const struct glyphs ascii_glyphs = {
    .live = "*", .down = "o", .separator = " - ", .none = "-",
    .fresh = "*", .up = "^", .pointer = "v", .stale = "~", .closed = "+", .opened = "-",
    .yes = "+", .no = "x", .pause = "~", .out = "->", .in = "<<",
    .top_left = "+", .top_right = "+", .bottom_left = "+", .bottom_right = "+",
    .horizontal = '-', .vertical = '|',
};

const struct glyphs *text_glyphs(bool ascii)
{
    return ascii ? &ascii_glyphs : &unicode_glyphs;
}

struct pen text_pen(struct screen *s, int row, int col, int width)
{
    return (struct pen){.s = s, .row = row, .col = col, .end = col + width};
}

void text_put(struct pen *p, enum style style, const char *text)
{
    int width = p->end - p->col;
    if (width <= 0)
        return;
    int columns = text_columns(text);
    int used = columns < width ? columns : width;
    if (p->row >= 0)
        screen_field(p->s, p->row, p->col, columns <= width ? columns : width, style, text);
    p->col += used;
    p->begun = true;
}

void text_printf(struct pen *p, enum style style, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    text_put(p, style, line);
}

void text_fact(struct pen *p, enum style style, const char *text)
{
    if (text[0] == '\0')
        return;
    if (p->begun) {
        const char *separator = text_glyphs(p->s->ascii)->separator;
        if (p->end - p->col < text_columns(separator) + 2) {
            p->end = p->col;    /* a separator with nothing behind it is noise */
            return;
        }
        text_put(p, STYLE_RULE, separator);
    }
    text_put(p, style, text);
}

void text_factf(struct pen *p, enum style style, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    text_fact(p, style, line);
}

void text_field(struct pen *p, int width, enum style style, const char *text)
{
    if (width > p->end - p->col)
        width = p->end - p->col;
    if (width <= 0)
        return;
    if (p->row >= 0) {
        int columns = text_columns(text);
        screen_fill(p->s, p->row, p->col, width, STYLE_NORMAL, ' ');
        screen_field(p->s, p->row, p->col, columns < width ? columns : width, style, text);
    }
    p->col += width;
    p->begun = true;
}

void text_skip(struct pen *p, int columns)
{
    p->col += columns;
}

int text_columns(const char *text)
{
    char clean[1024];
    size_t n = utf8_clean(text, strlen(text), clean, sizeof clean, UTF8_ONE_LINE);
    return (int)utf8_width(clean, n);
}

size_t text_wrap(const char *text, size_t n, int width, size_t *next)
{
    const char *newline = memchr(text, '\n', n);
    size_t line = newline != NULL ? (size_t)(newline - text) : n;
    size_t fits = utf8_fit(text, line, (size_t)(width > 0 ? width : 1), NULL);
    if (fits >= line) {
        *next = line < n ? line + 1 : n;
        return line;
    }
    size_t cut = fits;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    if (cut == 0) {             /* one long word, or a character wider than the line */
        uint32_t cp;
        cut = fits > 0 ? fits : utf8_decode(text, line, &cp);
        *next = cut;
        return cut;
    }
    *next = cut + 1;
    return cut;
}

void text_left(int64_t ms, char *out, size_t size)
{
    const char *sign = ms < 0 ? "-" : "";
    /* A due time missed by a second is missed by a minute: "-0:00" says nothing. */
    int64_t minutes = ms < 0 ? (-ms + WHEN_MINUTE - 1) / WHEN_MINUTE : ms / WHEN_MINUTE;
    if (minutes >= 999 * 24 * 60)
        snprintf(out, size, "%s999d", sign);
    else if (minutes >= 24 * 60)
        snprintf(out, size, "%s%dd", sign, (int)(minutes / (24 * 60)));
    else
        snprintf(out, size, "%s%d:%02d", sign, (int)(minutes / 60), (int)(minutes % 60));
}

static struct when_civil civil_at(int64_t at, const struct when_zone *zone)
{
    struct when_civil c;
    when_to_civil(when_local(zone, at), &c);
    return c;
}

static const char *month_name(int month)
{
    static const char names[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return month >= 1 && month <= 12 ? names[month - 1] : "?";
}

int64_t text_day_number(int64_t at, const struct when_zone *zone)
{
    return when_day_number(when_local(zone, at));
}

void text_clock(int64_t at, const struct when_zone *zone, char *out, size_t size)
{
    struct when_civil c = civil_at(at, zone);
    snprintf(out, size, "%02d:%02d", c.hour, c.minute);
}

void text_day(int64_t at, int64_t now, const struct when_zone *zone, const char *none, char *out, size_t size)
{
    static const char weekdays[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  /* 1970-01-01 on */
    if (at == WHEN_NONE) {
        snprintf(out, size, "%s", none);
        return;
    }
    int64_t day = text_day_number(at, zone), distance = day - text_day_number(now, zone);
    if (distance >= -1 && distance <= 1) {
        static const char *const near[] = {"yesterday", "today", "tomorrow"};
        snprintf(out, size, "%s", near[distance + 1]);
        return;
    }
    struct when_civil c = civil_at(at, zone), today = civil_at(now, zone);
    const char *weekday = weekdays[((day % 7) + 7) % 7];
    if (c.year == today.year)
        snprintf(out, size, "%s %d %s", weekday, c.day, month_name(c.month));
    else
        snprintf(out, size, "%s %d %s %d", weekday, c.day, month_name(c.month), c.year);
}

void text_moment(int64_t at, int64_t now, const struct when_zone *zone, char *out, size_t size)
{
    if (at == WHEN_NONE) {
        snprintf(out, size, "%s", "");
        return;
    }
    struct when_civil c = civil_at(at, zone), today = civil_at(now, zone);
    if (text_day_number(at, zone) == text_day_number(now, zone))
        snprintf(out, size, "%02d:%02d", c.hour, c.minute);
    else if (c.year == today.year)
        snprintf(out, size, "%d %s %02d:%02d", c.day, month_name(c.month), c.hour, c.minute);
    else
        snprintf(out, size, "%d %s %d", c.day, month_name(c.month), c.year);
}

void text_ago(int64_t at, int64_t now, char *out, size_t size)
{
    char span[TEXT_SHORT];
    if (at == WHEN_NONE) {
        snprintf(out, size, "%s", "");
        return;
    }
    when_format_span(at < now ? now - at : 0, span, sizeof span);
    if (strcmp(span, "now") == 0)
        snprintf(out, size, "now");
    else
        snprintf(out, size, "%s ago", span);
}
