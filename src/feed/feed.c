#include "feed/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "base/versions.h"
#include "feed/format.h"
#include "feed/receipt.h"
#include "feed/sniff.h"

struct feed {
    const struct format *format;    /* NULL: by shape */
    struct feed_sink sink;
    struct parse parse;
    struct feed_totals totals;
    const char *source;
    const struct split_piece *piece;    /* being read */
    const struct format *reading;
    bool stopped;                   /* the sink failed inside a callback; why is in stop */
    struct err stop;
};

const char *feed_formats(void)
{
    static char names[192];
    if (!names[0]) {
        size_t used = (size_t)snprintf(names, sizeof names, "auto");
        for (const struct format *const *f = formats; *f; f++)
            used += (size_t)snprintf(names + used, sizeof names - used, "|%s", (*f)->name);
    }
    return names;
}

bool feed_has_format(const char *name, bool receipts)
{
    static const struct format *const of_messages[] = {&fmt_receipt, &fmt_twilio, &fmt_sendgrid, &fmt_postmark, &fmt_dsn};
    const struct format *f = format_named(name);
    for (size_t i = 0; f && i < sizeof of_messages / sizeof *of_messages; i++)
        if (f == of_messages[i])
            return receipts;
    return f && !receipts;
}

static bool reject(struct feed *f, const char *reason, struct err *e)
{
    struct feed_reject r = {f->source, f->piece->line, reason, f->piece->text, f->piece->size};
    f->totals.rejected++;
    return f->sink.reject(f->sink.self, &r, e);
}

/* "easypost 9400…: tracking_details[3].datetime: …" */
static bool reject_err(struct feed *f, const struct err *why, const char *after, struct err *e)
{
    const struct text *number = &f->parse.number;
    char line[sizeof why->where + sizeof why->text + 4], reason[sizeof line + 160];
    err_line(why, line, sizeof line);
    snprintf(reason, sizeof reason, "%s%s%.*s%s%s%s", f->reading ? f->reading->name : "",
             f->reading && number->n ? " " : "", f->reading ? (int)number->n : 0, number->n ? number->s : "",
             f->reading ? ": " : "", line, after);
    return reject(f, reason, e);
}

static void event_rejected(void *self, const struct err *why)
{
    struct feed *f = self;
    if (!f->stopped)
        f->stopped = !reject_err(f, why, " (only this one is left out)", &f->stop);
}

struct feed *feed_create(const char *format, int64_t now_ms, struct feed_sink sink, struct err *e)
{
    const struct format *named = format_named(format);
    if (!named && strcmp(format, "auto") != 0) {
        err_set(e, ERR_USAGE, "--format", "there is no format \"%s\"; it is one of %s", format, feed_formats());
        return NULL;
    }
    struct feed *f = xcalloc(1, sizeof *f);
    f->format = named;
    f->sink = sink;
    parse_init(&f->parse, now_ms);
    f->parse.event_rejected = event_rejected;
    f->parse.self = f;
    return f;
}

void feed_destroy(struct feed *f)
{
    if (!f)
        return;
    parse_finish(&f->parse);
    free(f);
}

struct feed_totals feed_totals(const struct feed *f) { return f->totals; }

/* ---- rows ---- */

struct row {
    const char *fields[FEED_COLUMN_COUNT];
    size_t sizes[FEED_COLUMN_COUNT];
    char doc[16], at[40], edd[40];
};

static void put(struct row *r, enum feed_column c, struct text t)
{
    r->fields[c] = t.n ? t.s : NULL;
    r->sizes[c] = t.n;
}

static void put_when(struct row *r, enum feed_column c, char *out, size_t size, int64_t at)
{
    if (at == WHEN_NONE)
        return;
    when_format_utc(at, out, size);
    put(r, c, parse_static(out));
}

static void put_fact(struct row *r, const struct parse *p, const struct fact *f)
{
    put(r, FEED_PROVIDER, f->provider.n ? f->provider : parse_static(p->provider));
    put(r, FEED_CARRIER, p->carrier);
    put(r, FEED_TRACKING_NUMBER, p->number);
    put_when(r, FEED_OCCURRED_AT, r->at, sizeof r->at, f->at);
    put(r, FEED_CODE, f->code);
    put(r, FEED_DETAIL, f->detail);
    put(r, FEED_STATUS, f->status);
    put(r, FEED_MESSAGE, f->message);
    put(r, FEED_CITY, f->city);
    put(r, FEED_REGION, f->region);
    put(r, FEED_COUNTRY, f->country);
    put(r, FEED_POSTAL_CODE, f->postal_code);
    put_when(r, FEED_EDD, r->edd, sizeof r->edd, f->edd);
}

static bool send_row(struct feed *f, const char *rec, int doc, struct row *r, struct err *e)
{
    snprintf(r->doc, sizeof r->doc, "%d", doc);
    put(r, FEED_DOC, parse_static(r->doc));
    put(r, FEED_REC, parse_static(rec));
    return f->sink.row(f->sink.self, r->fields, r->sizes, e);
}

/* {"shipped_at":…}: what a summary says beyond its columns. */
static struct text summary_data(struct parse *p)
{
    const struct { const char *key; int64_t at; } times[] = {
        {"shipped_at", p->shipped_at}, {"promised_at", p->promised_at}};
    char sign = '{', shown[40];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i].at == WHEN_NONE)
            continue;
        when_format_utc(times[i].at, shown, sizeof shown);
        buf_printf(&p->order, "%c\"%s\":\"%s\"", sign, times[i].key, shown);
        sign = ',';
    }
    if (p->order_number.n) {
        buf_printf(&p->order, "%c\"order_number\":", sign);
        buf_put_json(&p->order, p->order_number.s, p->order_number.n);
    }
    if (p->order.len)
        buf_putc(&p->order, '}');
    return (struct text){buf_str(&p->order), p->order.len};
}

/* The last event that says the same lends the summary its words: codes are often too
 * coarse, and the dictionary reads the words as well. */
static void lend_words(struct parse *p)
{
    struct fact *s = &p->summary;
    if (s->message.n || !p->events.len)
        return;
    const struct fact *last = &p->events.at[p->events.len - 1];
    if (last->code.n == s->code.n && s->code.n && !memcmp(last->code.s, s->code.s, s->code.n))
        s->message = last->message;
}

static bool send_summary(struct feed *f, int doc, struct err *e)
{
    struct parse *p = &f->parse;
    struct row r = {0};
    lend_words(p);
    put_fact(&r, p, &p->summary);
    put(&r, FEED_SERVICE, p->service);
    put(&r, FEED_DATA, summary_data(p));
    return send_row(f, "s", doc, &r, e);
}

static bool send_item(struct feed *f, struct err *e)
{
    const struct feed_reject from = {f->source, f->piece->line, "", f->piece->text, f->piece->size};
    if (f->sink.item)
        return f->sink.item(f->sink.self, &from, f->parse.item.data, f->parse.item.len, e);
    return reject(f, "a message provider's receipt; only doorstep ingest and webhooks take them", e);
}

static bool send_document(struct feed *f, struct err *e)
{
    struct parse *p = &f->parse;
    int doc;
    if (p->item.len)
        return send_item(f, e);
    if (!f->sink.document(f->sink.self, &doc, e))
        return false;
    if (p->order.len) {
        struct row r = {0};
        put(&r, FEED_DATA, (struct text){buf_str(&p->order), p->order.len});
        return send_row(f, "o", doc, &r, e);
    }
    for (size_t i = 0; i < p->events.len; i++) {
        struct row r = {0};
        put_fact(&r, p, &p->events.at[i]);
        if (!send_row(f, "e", doc, &r, e))
            return false;
    }
    return !p->has_summary || send_summary(f, doc, e);
}

/* ---- documents ---- */

/* The parser counts lines in the document; people count them in the file. */
static bool reject_syntax(struct feed *f, const json_error_t *why, struct err *e)
{
    const struct split_piece *piece = f->piece;
    char words[sizeof why->text], reason[sizeof words + 80];
    utf8_clean(why->text, strlen(why->text), words, sizeof words, UTF8_ONE_LINE);
    size_t column = why->column < 0 ? 0 : (size_t)why->column;
    if (why->line <= 1)
        column += piece->column - 1;
    snprintf(reason, sizeof reason, "%lld:%zu: %s; correct the JSON",
             (long long)piece->line + (why->line > 0 ? why->line - 1 : 0), column, words);
    return reject(f, reason, e);
}

static bool read_subject(struct feed *f, const json_t *subject, struct err *e)
{
    struct err why;
    parse_begin(&f->parse, f->reading->name);
    bool good = f->reading->read(&f->parse, subject, &why);
    if (f->stopped) {
        *e = f->stop;
        return false;
    }
    if (!good)
        return reject_err(f, &why, "", e);
    bool empty = !f->parse.events.len && !f->parse.has_summary && !f->parse.order.len && !f->parse.item.len;
    if (!empty)
        return send_document(f, e);
    err_set(&why, ERR_INPUT, NULL, "neither a status nor a good event; nothing to learn from it");
    return reject_err(f, &why, "", e);
}

static bool read_document(struct feed *f, const json_t *document, struct err *e)
{
    const json_t *subject;
    struct err why;
    f->reading = f->format;
    f->parse.number = (struct text){0};
    if (!f->format)
        f->reading = format_detect(document, &subject, &why);
    else if (!format_find(f->format, document, &subject, &why))
        return reject_err(f, &why, "", e);
    if (!f->reading)
        return reject_err(f, &why, "", e);
    if (!json_is_array(subject))
        return read_subject(f, subject, e);
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(subject); i++) {
        f->totals.documents += i > 0;
        good = read_subject(f, json_array_get(subject, i), e);
    }
    return good;
}

static bool read_piece(struct feed *f, struct err *e)
{
    const struct split_piece *piece = f->piece;
    f->totals.documents++;
    if (piece->kind == SPLIT_BROKEN) {
        char reason[256];
        snprintf(reason, sizeof reason, "%lld:%zu: %s", (long long)piece->why_line, piece->why_column, piece->why);
        return reject(f, reason, e);
    }
    json_error_t why;
    json_t *document = json_loadb(piece->text, piece->size, JSON_ALLOW_NUL, &why);
    if (!document)
        return reject_syntax(f, &why, e);
    bool good = read_document(f, document, e);
    json_decref(document);
    return good;
}

/* ---- what is not JSON: forms, one a line, and an e-mail ---- */

static bool read_made(struct feed *f, json_t *document, const char *why, struct err *e)
{
    f->totals.documents++;
    if (!document)
        return reject(f, why, e);
    bool good = read_document(f, document, e);
    json_decref(document);
    return good;
}

static bool read_forms(struct feed *f, const struct buf *all, struct split_piece *piece, struct err *e)
{
    bool good = true;
    for (size_t at = 0; good && at < all->len; piece->line++) {
        const char *end = memchr(all->data + at, '\n', all->len - at);
        piece->text = all->data + at;
        piece->size = end ? (size_t)(end - piece->text) : all->len - at;
        at += piece->size + 1;
        if (piece->size && piece->text[0] != '\r')
            good = read_made(f, receipt_form(piece->text, piece->size), "not a form: name=value&name=value, percent-encoded; send it as it came", e);
    }
    return good;
}

static bool read_all(struct split_source source, struct buf *out, struct err *e)
{
    char block[16384];
    long n;
    while (!out->full && (n = source.read(source.self, block, sizeof block, e)) != 0) {
        if (n < 0)
            return false;
        buf_add(out, block, (size_t)n);
    }
    return true;
}

static bool read_other(struct feed *f, enum sniff kind, struct split_source source, struct err *e)
{
    struct split_piece piece = {.kind = SPLIT_DOCUMENT, .line = 1, .column = 1};
    struct buf all;
    buf_init(&all, SPLIT_BOUND);
    f->piece = &piece;
    bool good = read_all(source, &all, e);
    piece.text = buf_str(&all);
    piece.size = all.full && all.len > SPLIT_KEEP ? SPLIT_KEEP : all.len;
    if (good && all.full)
        good = read_made(f, NULL, "larger than 16 MiB; nothing of that size is a receipt", e);
    else if (good && kind == SNIFF_FORM)
        good = read_forms(f, &all, &piece, e);
    else if (good && all.len)
        good = read_made(f, receipt_mail(all.data, all.len), "", e);
    buf_finish(&all);
    f->piece = NULL;
    return good;
}

static bool read_json(struct feed *f, struct split_source source, struct err *e)
{
    struct split *s = split_create(source, SPLIT_BOUND);
    struct split_piece piece = {.kind = SPLIT_DOCUMENT};
    bool good = true;
    f->piece = &piece;
    while (good) {
        good = split_next(s, &piece, e);
        if (!good || piece.kind == SPLIT_END)
            break;
        good = read_piece(f, e);
    }
    split_destroy(s);
    f->piece = NULL;
    return good;
}

bool feed_read(struct feed *f, const char *name, struct split_source source, struct err *e)
{
    struct peek peek;
    f->source = name;
    if (f->format && f->format != &fmt_twilio && f->format != &fmt_dsn)
        return read_json(f, source, e);
    if (!peek_open(&peek, source, e))
        return false;
    enum sniff kind = peek_sniff(&peek);
    struct split_source whole = {&peek, peek_read};
    return kind == SNIFF_JSON ? read_json(f, whole, e) : read_other(f, kind, whole, e);
}

int feed_jansson_version(void)
{
    int major = 0, minor = 0;
    return sscanf(jansson_version_str(), "%d.%d", &major, &minor) == 2 ? VERSION_NUMBER(major, minor) : 0;
}
