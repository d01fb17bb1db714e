/* Filters: the canonical text. */
#include "core/filter.h"

#include <inttypes.h>
#include <string.h>

#include "base/when.h"
#include "filter_in.h"

static void add_span(struct buf *b, int64_t ms)
{
    static const struct { char letter; int64_t worth; } units[] = {
        {'d', WHEN_DAY}, {'h', WHEN_HOUR}, {'m', WHEN_MINUTE}, {'s', WHEN_SECOND},
    };
    if (ms < 0) {
        buf_putc(b, '-');
        ms = -ms;
    }
    if (ms < WHEN_SECOND)
        buf_puts(b, "0m");
    for (size_t i = 0; i < sizeof units / sizeof *units; ms %= units[i].worth, i++)
        if (ms / units[i].worth)
            buf_printf(b, "%" PRId64 "%c", ms / units[i].worth, units[i].letter);
}

/* The day, hour or minute that begins then; unit 1: the instant itself. */
static void add_moment(struct buf *b, int64_t at, int64_t unit, bool local)
{
    char text[40];
    when_format_utc(at, text, sizeof text);
    if (unit == 1) {
        buf_puts(b, text);
        return;
    }
    buf_add(b, text, unit == WHEN_DAY ? strcspn(text, "T") : unit == WHEN_HOUR ? strcspn(text, ":") : sizeof "2026-11-21T14:30" - 1);
    buf_puts(b, unit == WHEN_DAY || local ? "" : "Z");
}

static void add_date(struct buf *b, const struct filter_value *v)
{
    static const char *const words[] = {"yesterday", "today", "tomorrow"};
    if (v->relative && v->day_offset >= -1 && v->day_offset <= 1) {
        buf_puts(b, words[v->day_offset + 1]);
        return;
    }
    if (v->relative) {
        buf_printf(b, "%+dd", v->day_offset);
        return;
    }
    int64_t width = v->day_to - v->day_from, unit = v->local ? WHEN_DAY : WHEN_HOUR;
    while (unit > 1 && (width % unit || v->day_from % unit))
        unit = unit == WHEN_DAY ? WHEN_HOUR : unit == WHEN_HOUR ? WHEN_MINUTE : 1;
    add_moment(b, v->day_from, unit, v->local);
    if (width == unit)
        return;
    buf_puts(b, "..");
    add_moment(b, v->day_to - unit, unit, v->local);
}

static void add_event(struct buf *b, const struct filter_value *v)
{
    struct buf when;
    buf_init(&when, 0);
    if (v->relative || v->day_to)
        add_date(&when, v);
    filter_quote_event(b, v->text, buf_str(&when));
    buf_finish(&when);
}

static void add_value(struct buf *b, enum filter_field field, const struct filter_value *v)
{
    enum filter_type type = filter_field_type(field);
    if (v->none)
        buf_puts(b, "none");
    else if (v->me)
        buf_puts(b, "me");
    else if (type == FILTER_EVENT)
        add_event(b, v);
    else if (v->text)
        filter_quote(b, v->text);
    else if (filter_choice_count(type))
        buf_puts(b, filter_choice(type, v->number));
    else if (type == FILTER_DATE)
        add_date(b, v);
    else if (type == FILTER_NUMBER || type == FILTER_OUTAGE)
        buf_printf(b, "%" PRId64, v->big);
    else
        add_span(b, v->big);
}

static void add_term(struct buf *b, const struct filter_term *t)
{
    if (t->negated)
        buf_putc(b, '-');
    if (t->field != FIELD_TEXT)
        buf_printf(b, "%s:", filter_field_name(t->field));
    for (size_t i = 0; i < t->value_count; i++) {
        if (i)
            buf_putc(b, ',');
        if (!t->values[i].none)
            buf_puts(b, filter_op_text(t->op));
        add_value(b, t->field, &t->values[i]);
    }
}

char *filter_format(const struct filter *f)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < f->term_count; i++) {
        if (i)
            buf_putc(&b, ' ');
        add_term(&b, &f->terms[i]);
    }
    if (f->sort_given)
        buf_printf(&b, "%s" FILTER_SORT_NAME ":%s", f->term_count ? " " : "", sort_name(f->sort));
    return buf_take(&b);
}
