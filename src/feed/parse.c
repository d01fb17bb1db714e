#include "feed/parse.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "feed/carrier.h"

enum { BLOCK = 64 << 10, BLOCKS_KEPT = 16 };

void parse_init(struct parse *p, int64_t now)
{
    *p = (struct parse){.now = now};
    buf_init(&p->order, 0);
    buf_init(&p->item, 0);
}

static void free_blocks(struct parse *p, size_t keep)
{
    while (p->blocks.len > keep)
        free(p->blocks.at[--p->blocks.len]);
}

void parse_finish(struct parse *p)
{
    free_blocks(p, 0);
    vec_finish(&p->blocks);
    vec_finish(&p->events);
    buf_finish(&p->order);
    buf_finish(&p->item);
}

void parse_begin(struct parse *p, const char *provider)
{
    free_blocks(p, BLOCKS_KEPT);
    p->blocks_used = p->block_len = 0;
    p->provider = provider;
    p->carrier = p->number = p->service = p->order_number = (struct text){0};
    p->events.len = 0;
    p->has_summary = false;
    p->summary = (struct fact){.at = WHEN_NONE, .edd = WHEN_NONE};
    p->shipped_at = p->promised_at = WHEN_NONE;
    buf_reset(&p->order);
    buf_reset(&p->item);
    p->list = NULL;
}

/* Room for n bytes (at most a block); what is not used is given back by the next call
 * when the caller lowers block_len. */
static char *room(struct parse *p, size_t n)
{
    if (!p->blocks_used || p->block_len + n > BLOCK) {
        if (p->blocks_used == p->blocks.len)
            *vec_push(&p->blocks) = xcalloc(1, BLOCK);
        p->blocks_used++;
        p->block_len = 0;
    }
    char *at = p->blocks.at[p->blocks_used - 1] + p->block_len;
    p->block_len += n;
    return at;
}

struct text parse_keep(struct parse *p, const char *s, size_t n)
{
    char *at = room(p, n);
    memcpy(at, s, n);
    return (struct text){at, n};
}

struct text parse_static(const char *s) { return (struct text){s, strlen(s)}; }

bool parse_fail(const struct parse *p, struct err *e, const char *key, const char *fmt, ...)
{
    char where[128], text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (p->list)
        snprintf(where, sizeof where, "%s[%zu]%s%s", p->list, p->index, key ? "." : "", key ? key : "");
    else
        snprintf(where, sizeof where, "%s", key ? key : "");
    return err_set(e, ERR_INPUT, where, "%s", text);
}

static const char *type_name(const json_t *v)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a text",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false", [JSON_NULL] = "null",
    };
    return names[json_typeof(v)];
}

json_t *parse_member(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    return json_is_null(v) ? NULL : v;
}

json_t *parse_object(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    return json_is_object(v) ? v : NULL;
}

const char *parse_word(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static struct text trimmed(const char *s, size_t n)
{
    while (n && s[0] == ' ')
        s++, n--;
    while (n && s[n - 1] == ' ')
        n--;
    return (struct text){s, n};
}

/* A number as people would write it; whole numbers without a fraction. */
static struct text digits(struct parse *p, const json_t *v)
{
    char out[40];
    int n = json_is_integer(v) ? snprintf(out, sizeof out, "%" JSON_INTEGER_FORMAT, json_integer_value(v))
                               : snprintf(out, sizeof out, "%.15g", json_real_value(v));
    return parse_keep(p, out, (size_t)n);
}

bool parse_text(struct parse *p, const json_t *o, const char *key, size_t most, struct text *out, struct err *e)
{
    const json_t *v = json_object_get(o, key);
    *out = (struct text){0};
    if (!v || json_is_null(v))
        return true;
    if (json_is_number(v)) {
        *out = digits(p, v);
        return true;
    }
    if (!json_is_string(v))
        return parse_fail(p, e, key, "%s where a text is expected; send a string", type_name(v));
    struct text raw = trimmed(json_string_value(v), json_string_length(v));
    if (!raw.n)
        return true;
    char *at = room(p, most + 1);
    size_t n = utf8_clean(raw.s, raw.n, at, most + 1, UTF8_ONE_LINE);
    p->block_len -= most - n;
    *out = trimmed(at, n);
    return true;
}

bool parse_fields(struct parse *p, const json_t *o, const struct field *fields, void *to, struct err *e)
{
    if (!o)
        return true;
    for (; fields->key; fields++)
        if (!parse_text(p, o, fields->key, fields->most, (struct text *)((char *)to + fields->offset), e))
            return false;
    return true;
}

/* "/Date(1416345000000)/", with or without a zone after the number (which says nothing new). */
static bool read_ticks(const char *s, int64_t *out)
{
    if (strncmp(s, "/Date(", 6) != 0)
        return false;
    char *end;
    long long ms = strtoll(s + 6, &end, 10);
    if (end == s + 6)
        return false;
    if ((*end == '+' || *end == '-') && strspn(end + 1, "0123456789") == 4)
        end += 5;
    *out = ms;
    return !strcmp(end, ")/");
}

/* Seconds since 1970, or milliseconds where seconds would be after the year 5000. */
static bool read_epoch(double n, int64_t *out)
{
    if (!isfinite(n) || fabs(n) > 1e15)
        return false;
    *out = (int64_t)(fabs(n) >= 1e11 ? n : n * 1000);
    return true;
}

static bool read_when(const json_t *v, int64_t *out)
{
    if (json_is_number(v))
        return read_epoch(json_number_value(v), out);
    struct text t = trimmed(json_string_value(v), json_string_length(v));
    if (when_parse(t.s, t.n, out, NULL))
        return true;
    char copy[32];
    if (t.n >= sizeof copy)
        return false;
    memcpy(copy, t.s, t.n);
    copy[t.n] = '\0';
    if (read_ticks(copy, out))
        return true;
    return t.n >= 9 && strspn(copy, "0123456789") == t.n && read_epoch(strtod(copy, NULL), out);
}

static bool check_when(const struct parse *p, const char *key, int64_t at, int64_t *out, struct err *e)
{
    const int64_t year_2000 = INT64_C(946684800000);
    char shown[40];
    when_format_utc(at, shown, sizeof shown);
    if (at < year_2000)
        return parse_fail(p, e, key, "%s is before the year 2000; correct the date", shown);
    if (at > p->now + 366 * WHEN_DAY)
        return parse_fail(p, e, key, "%s is more than a year ahead; correct the date", shown);
    *out = at;
    return true;
}

bool parse_when(const struct parse *p, const json_t *o, const char *key, int64_t *out, struct err *e)
{
    const json_t *v = json_object_get(o, key);
    *out = WHEN_NONE;
    if (!v || json_is_null(v) || (json_is_string(v) && !json_string_length(v)))
        return true;
    if (!json_is_string(v) && !json_is_number(v))
        return parse_fail(p, e, key, "%s where a time is expected; send RFC 3339 text", type_name(v));
    int64_t at;
    if (!read_when(v, &at)) {
        char shown[48] = "a number";
        if (json_is_string(v))
            utf8_clean(json_string_value(v), json_string_length(v), shown, sizeof shown, UTF8_ONE_LINE);
        return parse_fail(p, e, key, "\"%s\" is not a time; send RFC 3339 text like 2026-11-21T16:51:00Z", shown);
    }
    return check_when(p, key, at, out, e);
}

/* The digits of a member, a text or a number; none: "". */
static void digits_of(const json_t *o, const char *key, char out[9])
{
    char number[24] = "";
    const json_t *v = json_object_get(o, key);
    if (json_is_integer(v))
        snprintf(number, sizeof number, "%06" JSON_INTEGER_FORMAT, json_integer_value(v));
    size_t n = 0;
    for (const char *s = json_is_string(v) ? json_string_value(v) : number; *s && n < 8; s++)
        if (*s >= '0' && *s <= '9')
            out[n++] = *s;
    out[n] = '\0';
}

/* What carriers call the zones of North America. */
static const char *offset_of(const char *zone)
{
    static const struct { const char *name, *offset; } zones[] = {
        {"NST", "-03:30"}, {"NDT", "-02:30"}, {"AST", "-04:00"}, {"ADT", "-03:00"}, {"EST", "-05:00"}, {"EDT", "-04:00"},
        {"CST", "-06:00"}, {"CDT", "-05:00"}, {"MST", "-07:00"}, {"MDT", "-06:00"}, {"PST", "-08:00"}, {"PDT", "-07:00"},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (!strcmp(zone, zones[i].name))
            return zones[i].offset;
    return zone;
}

bool parse_when_parts(const struct parse *p, const json_t *o, const char *date, const char *hour, const char *zone, int64_t *out,
                      struct err *e)
{
    char d[9], t[9], text[40];
    *out = WHEN_NONE;
    digits_of(o, date, d);
    if (!d[0])
        return true;
    if (hour)
        digits_of(o, hour, t);
    if (!hour || strlen(t) < 4)
        memcpy(t, "000000", 7);
    int n = snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%.10s", d, d + 4, strlen(d) == 8 ? d + 6 : "", t, t + 2,
                     strlen(t) >= 6 ? t + 4 : "00", zone ? offset_of(zone) : "Z");
    int64_t at;
    if (!when_parse(text, (size_t)n, &at, NULL))
        return parse_fail(p, e, date, "not a date and a time of day; send them as 20261121 and 165100");
    return check_when(p, date, at, out, e);
}

bool parse_when_needed(const struct parse *p, const json_t *o, const char *key, int64_t *out, struct err *e)
{
    if (!parse_when(p, o, key, out, e))
        return false;
    return *out != WHEN_NONE || parse_fail(p, e, key, "no time; an event needs the time it happened");
}

bool parse_number(struct parse *p, const json_t *o, const char *key, struct text *out, struct err *e)
{
    struct text raw;
    if (!parse_text(p, o, key, 256, &raw, e))
        return false;
    if (!raw.n)
        return parse_fail(p, e, key, "no tracking number; send the carrier's number of the parcel");
    char *at = room(p, raw.n);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.s[i];
        if (c == ' ')
            continue;
        if (c < 0x21 || c > 0x7E)
            return parse_fail(p, e, key, "a tracking number has only letters, digits and signs of ASCII; correct it");
        at[n++] = (char)toupper(c);
    }
    if (n > MOST_NUMBER)
        return parse_fail(p, e, key, "a tracking number longer than %d characters; correct it", MOST_NUMBER);
    *out = (struct text){at, n};
    return true;
}

bool parse_carrier(struct parse *p, const json_t *o, const char *key, struct text *out, struct err *e)
{
    struct text raw;
    char code[CARRIER_MOST + 1];
    if (!parse_text(p, o, key, 64, &raw, e))
        return false;
    *out = parse_keep(p, code, carrier_code(raw.s, raw.n, code));
    return true;
}

void parse_country(struct text *t)
{
    char two[MOST_COUNTRY];
    if (!t->n)
        return;
    if (!carrier_country(t->s, t->n, two)) {
        t->n = 0;
        return;
    }
    memcpy((char *)t->s, two, sizeof two);  /* our own copy: parse_text made it */
    t->n = sizeof two;
}

/* Whether the facts from `first` on came newest first: what most neighbours say, for
 * single times can be wrong; `otherwise` where they say nothing. */
static bool newest_came_first(const struct parse *p, size_t first, bool otherwise)
{
    size_t falls = 0, rises = 0;
    for (size_t i = first + 1; i < p->events.len; i++) {
        falls += p->events.at[i].at < p->events.at[i - 1].at;
        rises += p->events.at[i].at > p->events.at[i - 1].at;
    }
    return falls == rises ? otherwise : falls > rises;
}

static void turn_round(struct parse *p, size_t first)
{
    struct fact *low = p->events.at + first, *high = p->events.at + p->events.len - 1;
    for (; low < high; low++, high--) {
        struct fact t = *low;
        *low = *high;
        *high = t;
    }
}

static void take_event(struct parse *p, const json_t *event, parse_event_fn *one)
{
    struct fact f = {.at = WHEN_NONE, .edd = WHEN_NONE};
    struct err why;
    bool good = json_is_object(event)
                    ? one(p, event, &f, &why)
                    : parse_fail(p, &why, NULL, "%s where an event is expected; send an object", type_name(event));
    if (good)
        *vec_push(&p->events) = f;
    else
        p->event_rejected(p->self, &why);
}

void parse_event(struct parse *p, const json_t *o, const char *key, parse_event_fn *one)
{
    const json_t *event = parse_member(o, key);
    if (!event)
        return;
    p->list = key;
    p->index = 0;
    take_event(p, event, one);
    p->list = NULL;
}

bool parse_has_event(const struct parse *p, int64_t at, struct text code)
{
    for (size_t i = 0; i < p->events.len; i++) {
        const struct fact *f = &p->events.at[i];
        if (f->at == at && f->code.n == code.n && !memcmp(f->code.s, code.s, code.n))
            return true;
    }
    return false;
}

bool parse_events(struct parse *p, const json_t *o, const char *key, bool newest_first, parse_event_fn *one,
                  struct err *e)
{
    json_t *list = json_object_get(o, key);
    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list))
        return parse_fail(p, e, key, "%s where a list of events is expected; send an array", type_name(list));
    if (json_array_size(list) > MOST_EVENTS)
        return parse_fail(p, e, key, "more than %d events; split the document", MOST_EVENTS);
    size_t first = p->events.len;
    p->list = key;
    for (p->index = 0; p->index < json_array_size(list); p->index++)
        take_event(p, json_array_get(list, p->index), one);
    p->list = NULL;
    if (p->events.len - first > 1 && newest_came_first(p, first, newest_first))
        turn_round(p, first);
    return true;
}
