#include "core/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"

enum { FIELDS_MOST = 12, ANY = -1 };
enum sort { LINE, LINES, DATE, SCORE, LANGUAGE, TRAP };

static const struct field {
    int action;                /* ANY: of each form */
    const char *name;
    enum sort sort;
    size_t most;               /* characters */
    bool needed;
} fields[] = {
    {ANY, "lang", LANGUAGE, 2, false},
    {ANY, "website", TRAP, FORM_MOST, false},
    {FORM_ADDRESS, "line1", LINE, 120, true},
    {FORM_ADDRESS, "line2", LINE, 120, false},
    {FORM_ADDRESS, "city", LINE, 64, true},
    {FORM_ADDRESS, "region", LINE, 32, false},
    {FORM_ADDRESS, "postal", LINE, 16, false},
    {FORM_ADDRESS, "country", LINE, 40, false},
    {FORM_ADDRESS, "note", LINES, 500, false},
    {FORM_DAY, "date", DATE, 10, true},
    {FORM_DAY, "note", LINES, 500, false},
    {FORM_PICKUP, "place", LINE, 200, true},
    {FORM_PICKUP, "note", LINES, 500, false},
    {FORM_FEEDBACK, "score", SCORE, 1, false},
    {FORM_FEEDBACK, "text", LINES, 2000, false},
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

static const char *const action_names[] = {
    [FORM_ADDRESS] = "address", [FORM_DAY] = "day", [FORM_PICKUP] = "pickup", [FORM_FEEDBACK] = "feedback",
};

const char *form_action_name(enum form_action a)
{
    return action_names[a];
}

bool form_path(const char *path, char token[FORM_TOKEN + 1], enum form_action *action)
{
    static const char front[] = "/form/";
    const char *p = path + sizeof front - 1;
    if (strncmp(path, front, sizeof front - 1) != 0 || strspn(p, "0123456789abcdef") != FORM_TOKEN || p[FORM_TOKEN] != '/')
        return false;
    for (int a = 0; a < FORM_ACTION_COUNT; a++)
        if (!strcmp(p + FORM_TOKEN + 1, action_names[a])) {
            memcpy(token, p, FORM_TOKEN);
            token[FORM_TOKEN] = '\0';
            *action = (enum form_action)a;
            return true;
        }
    return false;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* '+' is a blank, %XX a byte. False: no such escape, or a NUL. */
static bool decode(const char *s, size_t n, char *out, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i];
        if (c == '%') {
            int high = i + 2 < n ? digit(s[i + 1]) : -1, low = i + 2 < n ? digit(s[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c == '\0')
            return false;
        out[(*size)++] = (char)(s[i] == '+' ? ' ' : c);
    }
    return true;
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* "2026-11-27", a day there is. */
static bool is_date(const char *s)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? s[i] != '-' : digit(s[i]) < 0 || digit(s[i]) > 9)
            return false;
    int year = (int)strtol(s, NULL, 10), month = (int)strtol(s + 5, NULL, 10), day = (int)strtol(s + 8, NULL, 10);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return !s[10] && year >= 2000 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] && (month != 2 || day < 29 || leap);
}

static bool is_right(const struct field *f, const char *value)
{
    if (characters(value) > f->most)
        return false;
    switch (f->sort) {
    case DATE:
        return is_date(value);
    case SCORE:
        return strlen(value) == 1 && *value >= '1' && *value <= '5';
    case LANGUAGE:
        return strlen(value) == 2 && value[0] >= 'a' && value[0] <= 'z' && value[1] >= 'a' && value[1] <= 'z';
    case LINE:
    case LINES:
    case TRAP:
        return true;
    }
    return false;
}

static const struct field *field_of(enum form_action action, const char *name, size_t n)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if ((fields[i].action == ANY || fields[i].action == (int)action) && strlen(fields[i].name) == n && !memcmp(fields[i].name, name, n))
            return &fields[i];
    return NULL;
}

/* Blanks around it go, and what cannot be seen. */
static void tidy(const struct field *f, const char *raw, size_t n, char *out, size_t size)
{
    size_t len = utf8_clean(raw, n, out, size, f->sort == LINES ? UTF8_KEEP_NEWLINES : UTF8_ONE_LINE), front = strspn(out, " \n");
    while (len > front && (out[len - 1] == ' ' || out[len - 1] == '\n'))
        len--;
    memmove(out, out + front, len - front);
    out[len - front] = '\0';
}

struct reading {
    enum form_action action;
    struct buf *json;
    struct form_read *out;
    bool seen[FIELD_COUNT];
    bool filled[FIELD_COUNT];
};

static void put(struct reading *r, const struct field *f, const char *value)
{
    buf_puts(r->json, r->json->len > 1 ? "," : "");
    buf_put_json(r->json, f->name, strlen(f->name));
    buf_putc(r->json, ':');
    buf_put_json(r->json, value, strlen(value));
}

/* One name=value. scratch: twice FORM_MOST * 4 bytes. */
static bool read_pair(struct reading *r, const char *pair, size_t n, char *raw, char *value, size_t room)
{
    const char *equals = memchr(pair, '=', n);
    size_t name = equals ? (size_t)(equals - pair) : n, size = 0;
    const struct field *f = field_of(r->action, pair, name);
    if (!f || !equals || r->seen[f - fields] || !decode(equals + 1, n - name - 1, raw, &size))
        return false;
    tidy(f, raw, size, value, room);
    r->seen[f - fields] = true;
    r->filled[f - fields] = *value != '\0';
    if (!*value)
        return true;
    if (!is_right(f, value))
        return false;
    if (f->sort == LANGUAGE)
        memcpy(r->out->language, value, 3);
    else if (f->sort == TRAP)
        r->out->robot = true;
    else
        put(r, f, value);
    return true;
}

static bool is_missing(const struct reading *r)
{
    bool any = false;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].action != (int)r->action)
            continue;
        if (fields[i].needed && !r->filled[i])
            return true;
        any = any || r->filled[i];
    }
    return !any;
}

enum form_answer form_read(enum form_action action, const char *body, size_t size, struct buf *json, struct form_read *out)
{
    enum { ROOM = FORM_MOST * 4 };     /* cleaning makes three bytes of a malformed one */
    struct reading r = {.action = action, .json = json, .out = out};
    char *raw = xcalloc(2, ROOM), *value = raw + ROOM;
    bool good = size <= FORM_MOST;
    int count = 0;
    *out = (struct form_read){0};
    buf_putc(json, '{');
    for (size_t at = 0; good && at < size;) {
        const char *end = memchr(body + at, '&', size - at);
        size_t n = end ? (size_t)(end - body) - at : size - at;
        good = ++count <= FIELDS_MOST && read_pair(&r, body + at, n, raw, value, ROOM);
        at += n + 1;
    }
    buf_putc(json, '}');
    free(raw);
    return !good ? FORM_WRONG : is_missing(&r) ? FORM_EMPTY : FORM_STORED;
}
