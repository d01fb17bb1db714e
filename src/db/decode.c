#include "db/decode.h"

#include <stdbool.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "core/case.h"
#include "core/kind.h"
#include "core/outreach.h"

/* PostgreSQL counts from 2000-01-01 in microseconds. */
#define POSTGRES_EPOCH_MS INT64_C(946684800000)

static int64_t read_big_endian(const char *p, int n)
{
    uint64_t v = n > 0 && ((unsigned char)p[0] & 0x80) ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | (unsigned char)p[i];
    return (int64_t)v;
}

int64_t decode_int(const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column))
        return 0;
    int n = PQgetlength(r, row, column);
    return n <= 8 ? read_big_endian(PQgetvalue(r, row, column), n) : 0;
}

int64_t decode_instant(const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column))
        return WHEN_NONE;
    int64_t us = decode_int(r, row, column);
    if (us == INT64_MIN || us == INT64_MAX)
        return WHEN_NONE;      /* 'infinity' is no instant */
    int64_t ms = us / 1000 - (us % 1000 < 0);
    return ms + POSTGRES_EPOCH_MS;
}

static void put_int(const struct column *c, char *member, int64_t v)
{
    if (c->size == sizeof(int64_t)) {
        memcpy(member, &v, sizeof v);
        return;
    }
    int32_t narrow = v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
    memcpy(member, &narrow, sizeof narrow);
}

/* The enums of core/kind.h, core/outreach.h and core/case.h are ints counting from 0. */
static void put_enum(const struct column *c, char *member, const char *name, size_t n)
{
    union {
        enum kind kind; enum severity severity; enum state state; enum status status; enum channel channel;
        enum outreach_state outreach; enum guardrail guardrail; enum verdict_effect effect;
        enum case_type case_type; enum case_state case_state; enum case_priority case_priority; int number;
    } v = { .number = 0 };
    _Static_assert(sizeof v == sizeof(int), "enums are ints");
    if (c->type == COLUMN_KIND)
        kind_parse(name, n, &v.kind);
    else if (c->type == COLUMN_SEVERITY)
        severity_parse(name, n, &v.severity);
    else if (c->type == COLUMN_STATE)
        state_parse(name, n, &v.state);
    else if (c->type == COLUMN_STATUS)
        status_parse(name, n, &v.status);
    else if (c->type == COLUMN_CHANNEL)
        channel_parse(name, n, &v.channel);
    else if (c->type == COLUMN_OUTREACH)
        outreach_state_parse(name, n, &v.outreach);
    else if (c->type == COLUMN_GUARDRAIL)
        guardrail_parse(name, n, &v.guardrail);
    else if (c->type == COLUMN_CASE_TYPE)
        case_type_parse(name, n, &v.case_type);
    else if (c->type == COLUMN_CASE_STATE)
        case_state_parse(name, n, &v.case_state);
    else if (c->type == COLUMN_CASE_PRIORITY)
        case_priority_parse(name, n, &v.case_priority);
    else
        verdict_effect_parse(name, n, &v.effect);
    memcpy(member, &v, sizeof v);
}

static void put(const struct column *c, const PGresult *r, int row, int i, char *member)
{
    const char *value = PQgetvalue(r, row, i);  /* "" for NULL */
    size_t n = (size_t)PQgetlength(r, row, i);
    if (c->type == COLUMN_INT) {
        put_int(c, member, decode_int(r, row, i));
    } else if (c->type == COLUMN_BOOL) {
        bool yes = n == 1 && value[0] != 0;
        memcpy(member, &yes, sizeof yes);
    } else if (c->type == COLUMN_TEXT) {
        pg_clean(member, c->size, value, n);
    } else if (c->type == COLUMN_INSTANT) {
        int64_t at = decode_instant(r, row, i);
        memcpy(member, &at, sizeof at);
    } else if (c->type == COLUMN_LINES) {
        char *lines = decode_lines(r, row, i);
        memcpy(member, &lines, sizeof lines);
    } else {
        put_enum(c, member, value, n);
    }
}

static bool *forgiving;

void decode_forgive(bool *odd) { forgiving = odd; }

void decode_row(const PGresult *r, int row, const struct column *columns, size_t count, void *out)
{
    if ((size_t)PQnfields(r) != count && forgiving) {
        *forgiving = true;
        return;
    }
    if ((size_t)PQnfields(r) != count)
        die("a query gives %d columns where %zu are read", PQnfields(r), count);
    for (size_t i = 0; i < count; i++)
        put(&columns[i], r, row, (int)i, (char *)out + columns[i].offset);
}

void decode_select(struct buf *out, const struct column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i ? ", " : "");
        buf_puts(out, columns[i].sql);
    }
}

char *decode_text(const PGresult *r, int row, int column)
{
    size_t n = (size_t)PQgetlength(r, row, column);
    size_t size = 3 * n + 1;   /* a malformed byte becomes three */
    char *text = xcalloc(size, 1);
    pg_clean(text, size, PQgetvalue(r, row, column), n);
    return text;
}

char *decode_lines(const PGresult *r, int row, int column)
{
    if (PQgetisnull(r, row, column))
        return NULL;
    size_t n = (size_t)PQgetlength(r, row, column);
    size_t size = 3 * n + 1;   /* a malformed byte becomes three */
    char *text = xcalloc(size, 1);
    utf8_clean(PQgetvalue(r, row, column), n, text, size, UTF8_KEEP_NEWLINES);
    return text;
}
