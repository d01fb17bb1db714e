/* Values of a filter: what a word means under each type of qualifier. */
#include "filter_in.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"

struct reading {
    enum filter_field field;
    const char *text;
    char shown[168];  /* the text as a sentence quotes it: at most 40 columns */
    bool quoted, compared;
    struct filter_value *out;
    struct buf *why;
};

static bool read_choice(struct reading *r)
{
    enum filter_type type = filter_field_type(r->field);
    r->out->number = filter_choice_find(type, r->text);
    if (r->out->number >= 0)
        return true;
    struct filter_near near = {.word = r->text};
    for (int i = 0; i < filter_choice_count(type); i++)
        filter_near_try(&near, filter_choice(type, i));
    buf_printf(r->why, "unknown value \"%s\" for %s: – ", r->shown, filter_field_name(r->field));
    if (near.best) {
        buf_printf(r->why, "did you mean \"%s\"?", near.best);
        return false;
    }
    for (int i = 0; i < filter_choice_count(type); i++)
        buf_printf(r->why, "%s%s", i ? ", " : "one of ", filter_choice(type, i));
    return false;
}

static bool read_text(struct reading *r)
{
    r->out->text = xstrdup(r->text);
    return true;
}

static bool read_person(struct reading *r)
{
    r->out->me = !r->quoted && strcasecmp(r->text, "me") == 0;
    return r->out->me || read_text(r);
}

static bool read_span(struct reading *r)
{
    const char *name = filter_field_name(r->field);
    bool minus = filter_field_type(r->field) == FILTER_LEFT && r->text[0] == '-';
    const char *digits = r->text + minus;
    int64_t ms;
    if (!when_parse_duration(digits, strlen(digits), &ms)) {
        buf_printf(r->why, "\"%s\" is not a duration – write 30m, 24h, 3d, 2w or 1h30m%s", r->shown,
                   filter_field_has_none(r->field) ? ", or none" : "");
        return false;
    }
    if (!r->compared) {
        buf_printf(r->why, "%s: needs a comparison – write %s:<%s or %s:>%s", name, name, r->shown, name, r->shown);
        return false;
    }
    r->out->big = minus ? -ms : ms;
    return true;
}

static const struct { const char *word; int offset; } days[] = {{"today", 0}, {"tomorrow", 1}, {"yesterday", -1}};

/* "+3d", "-10d": days from today. */
static bool read_days_away(const char *s, int *out)
{
    int64_t ms;
    size_t n = strlen(s);
    if ((s[0] != '+' && s[0] != '-') || s[n - 1] != 'd' || !when_parse_duration(s + 1, n - 1, &ms))
        return false;
    int64_t away = ms / WHEN_DAY;
    if (ms % WHEN_DAY || away > 36500)
        return false;
    *out = (int)(s[0] == '-' ? -away : away);
    return true;
}

/* A day, an hour or a minute of the clock ("2026-11-20T14", "2026-11-20T14:30", with Z UTC's), or an instant: [from, to). */
static bool read_moment(const char *s, size_t n, int64_t *from, int64_t *to, bool *local)
{
    enum { DAY = sizeof "2026-11-21" - 1, HOUR = sizeof "2026-11-21T14" - 1, MINUTE = sizeof "2026-11-21T14:30" - 1 };
    char hour[HOUR + sizeof ":00Z"];
    bool utc = n > DAY && (s[n - 1] == 'Z' || s[n - 1] == 'z');
    size_t shown = n - utc;
    int64_t width = shown == DAY ? WHEN_DAY : shown == HOUR ? WHEN_HOUR : shown == MINUTE ? WHEN_MINUTE : 1;
    *local = !utc && width > 1;
    if (shown == HOUR) {
        snprintf(hour, sizeof hour, "%.*s:00Z", HOUR, s);
        s = hour;
        n = strlen(hour);
    }
    if (!when_parse(s, n, from, NULL))
        return false;
    *to = *from + width;
    return true;
}

/* "2026-11-01..2026-11-07": from the beginning of the one to the end of the other. */
static bool read_stretch(struct reading *r, const char *dots)
{
    struct filter_value *v = r->out;
    int64_t between;
    bool local;
    if (!read_moment(r->text, (size_t)(dots - r->text), &v->day_from, &between, &v->local) ||
        !read_moment(dots + 2, strlen(dots + 2), &between, &v->day_to, &local) || local != v->local) {
        buf_printf(r->why, "\"%s\" is not a stretch of days, hours or minutes – write 2026-11-01..2026-11-07 or 2026-11-20T08..2026-11-20T14", r->shown);
        return false;
    }
    if (v->day_from < v->day_to)
        return true;
    buf_printf(r->why, "\"%s\" ends before it begins – write the earlier one first", r->shown);
    return false;
}

static bool read_date(struct reading *r)
{
    struct filter_value *v = r->out;
    const char *dots = strstr(r->text, "..");
    if (dots)
        return read_stretch(r, dots);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (strcasecmp(r->text, days[i].word) == 0) {
            v->relative = true;
            v->day_offset = days[i].offset;
            return true;
        }
    v->relative = read_days_away(r->text, &v->day_offset);
    if (v->relative)
        return true;
    size_t n = strlen(r->text);
    if (read_moment(r->text, n, &v->day_from, &v->day_to, &v->local))
        return true;
    buf_printf(r->why, "\"%s\" is not a day – write 2026-11-21, today, tomorrow, yesterday, +3d or %s", r->shown,
               filter_field_has_none(r->field) ? "none" : "2026-11-01..2026-11-07");
    return false;
}

static bool read_number(struct reading *r)
{
    const char *s = r->text + (r->text[0] == '#');
    int64_t v = 0;
    bool fine = *s != '\0';
    for (; *s && fine; s++)
        fine = *s >= '0' && *s <= '9' && !__builtin_mul_overflow(v, 10, &v) && !__builtin_add_overflow(v, *s - '0', &v);
    r->out->big = v;
    if (fine && r->field == FIELD_HOUR && v > 23) {
        buf_printf(r->why, "there is no hour %s – write hour:0 to hour:23", r->shown);
        return false;
    }
    if (!fine)
        buf_printf(r->why, "\"%s\" is not a number – write %s:48121", r->shown, filter_field_name(r->field));
    return fine;
}

/* Outages are counted in 32 bits, and there is no outage 0. */
static bool read_outage(struct reading *r)
{
    struct buf why;
    struct reading number = *r;
    buf_init(&why, 0);
    number.why = &why;
    bool fine = read_number(&number) && r->out->big > 0 && r->out->big <= INT32_MAX;
    buf_finish(&why);
    if (!fine)
        buf_printf(r->why, "\"%s\" is not an outage's number – write %s:3 or %s:none", r->shown, filter_field_name(r->field), filter_field_name(r->field));
    return fine;
}

/* Only some words are scores: what else is written is a slip of the hand. */
static bool is_score(const char *s) { return strcasecmp(s, "any") == 0 || (s[0] >= '1' && s[0] <= '5' && !s[1]); }

/* "wismo/phone@today". An @ that no day follows belongs to the word when it is quoted. */
static bool read_event(struct reading *r)
{
    const char *at = strrchr(r->text, '@');
    size_t n = at ? (size_t)(at - r->text) : strlen(r->text);
    struct buf why;
    struct reading day = *r;
    day.text = at ? at + 1 : "";
    day.why = &why;
    buf_init(&why, 0);
    bool dated = at && at[1] && read_date(&day);
    if (at && !dated && r->quoted) {
        *r->out = (struct filter_value){0};
        n = strlen(r->text);
    } else if (at && !dated) {
        buf_printf(r->why, "after @ comes a day, such as %s:%s@today or @2026-11-01..2026-11-07", filter_field_name(r->field),
                   r->field == FIELD_CSAT ? "1" : "any");
    }
    buf_finish(&why);
    if (at && !dated && !r->quoted)
        return false;
    r->out->text = xstrndup(r->text, n);
    bool fine = n > 0 && (r->field != FIELD_CSAT || is_score(r->out->text));
    if (!fine)
        buf_printf(r->why, "\"%s\" does not say what – write %s:%s or %s:any", r->shown, filter_field_name(r->field),
                   r->field == FIELD_CSAT ? "1 to csat:5" : "one or more words, joined by /,", filter_field_name(r->field));
    return fine;
}

static bool (*const readers[])(struct reading *r) = {
    [FILTER_KIND] = read_choice,   [FILTER_SEVERITY] = read_choice, [FILTER_STATE] = read_choice,
    [FILTER_STATUS] = read_choice, [FILTER_FAULT] = read_choice,    [FILTER_WORD] = read_text,
    [FILTER_PERSON] = read_person, [FILTER_PREFIX] = read_text,     [FILTER_TEXT] = read_text,
    [FILTER_LEFT] = read_span,     [FILTER_AGO] = read_span,        [FILTER_DATE] = read_date,
    [FILTER_TAG] = read_text,      [FILTER_FLAG] = read_choice,     [FILTER_NUMBER] = read_number,
    [FILTER_OUTAGE] = read_outage, [FILTER_EVENT] = read_event,
};

bool filter_value_read(enum filter_field f, const char *text, bool quoted, bool compared, struct filter_value *out,
                       struct buf *why)
{
    struct reading r = {.field = f, .text = text, .quoted = quoted, .compared = compared, .out = out, .why = why};
    utf8_clean(text, utf8_fit(text, strlen(text), 40, NULL), r.shown, sizeof r.shown, UTF8_ONE_LINE);
    *out = (struct filter_value){0};
    if (compared && !filter_field_compares(f)) {
        buf_printf(why, "%s: cannot be compared – write %s:", filter_field_name(f), filter_field_name(f));
        filter_quote(why, r.shown);
        return false;
    }
    bool none = !quoted && strcasecmp(text, "none") == 0;
    if (none && filter_field_has_none(f)) {
        out->none = true;
        if (compared)
            buf_printf(why, "none cannot be compared – write %s:none", filter_field_name(f));
        return !compared;
    }
    return readers[filter_field_type(f)](&r);
}
