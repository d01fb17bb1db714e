/* Our own format: how an order system, a CRM or a warehouse feeds Doorstep. */
#include <stddef.h>
#include <string.h>

#include "core/kind.h"
#include "feed/carrier.h"
#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    const char *type = parse_word(d, "type");
    bool ours = !strcmp(type, "event") || !strcmp(type, "order") || json_object_get(d, "order_number") ||
                json_object_get(d, "occurred_at");
    /* other providers' events and trackings have such members too */
    return ours && !json_object_get(d, "events") && !json_object_get(d, "checkpoints") &&
                   !json_object_get(d, "slug")
               ? d
               : NULL;
}

/* ---- events ---- */

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"code", F(code, MOST_CODE)}, {"detail", F(detail, MOST_CODE)}, {"status", F(status, MOST_CODE)},
    {"message", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"region", F(region, MOST_REGION)}, {"country", F(country, 3)},
    {"postal_code", F(postal_code, MOST_POSTAL)}, {0},
};

static bool check_meaning(const struct parse *p, const struct fact *f, struct err *e)
{
    enum status status;
    if (f->status.n && !status_parse(f->status.s, f->status.n, &status))
        return parse_fail(p, e, "status", "\"%.*s\" is not a status; in_transit, delivered, held … or leave it out",
                          (int)f->status.n, f->status.s);
    if (!f->status.n && !f->code.n && !f->detail.n && !f->message.n)
        return parse_fail(p, e, "code", "no code, status or message; an event has at least one of them");
    if (!f->status.n && !f->provider.n)
        return parse_fail(p, e, "carrier", "no carrier and no provider; one of them names the dictionary of the code");
    return true;
}

static bool read_event(struct parse *p, const json_t *o, struct err *e)
{
    struct fact f = {.at = WHEN_NONE, .edd = WHEN_NONE};
    const json_t *place = parse_member(o, "location");
    if (!parse_number(p, o, "tracking_number", &p->number, e) || !parse_carrier(p, o, "carrier", &p->carrier, e) ||
        !parse_carrier(p, o, "provider", &f.provider, e) || !parse_when_needed(p, o, "occurred_at", &f.at, e) ||
        !parse_fields(p, o, event_fields, &f, e) || !parse_when(p, o, "edd", &f.edd, e))
        return false;
    if (place && !json_is_object(place))
        return parse_fail(p, e, "location", "not an object; send {\"city\", \"region\", \"country\"}");
    if (!parse_fields(p, place, place_fields, &f, e))
        return false;
    if (!f.provider.n)
        f.provider = p->carrier;
    parse_country(&f.country);
    if (!check_meaning(p, &f, e))
        return false;
    *vec_push(&p->events) = f;
    return true;
}

/* ---- orders: rebuilt member by member from these tables, so that nothing unchecked passes ---- */

enum member_type { TEXT, DECIMAL, COUNT, FLAG, TIME, CARRIER, NUMBER, COUNTRY, OBJECT, LIST };

struct member {
    const char *key;
    enum member_type type;
    size_t most;                    /* TEXT: bytes */
    bool needed;
    const struct member *members;   /* OBJECT, LIST: of (each of) them */
};

static const struct member line_members[] = {
    {"sku", TEXT, 64, false, NULL}, {"title", TEXT, 200, false, NULL}, {"quantity", COUNT, 0, false, NULL}, {0},
};
static const struct member consent_members[] = {
    {"email", FLAG, 0, false, NULL}, {"sms", FLAG, 0, false, NULL}, {"whatsapp", FLAG, 0, false, NULL},
    {"phone", FLAG, 0, false, NULL}, {"voice", FLAG, 0, false, NULL}, {0},
};
static const struct member customer_members[] = {
    {"external_id", TEXT, 64, false, NULL}, {"name", TEXT, 120, false, NULL}, {"email", TEXT, 254, false, NULL},
    {"phone", TEXT, 32, false, NULL}, {"language", TEXT, 16, false, NULL}, {"time_zone", TEXT, 64, false, NULL},
    {"tier", TEXT, 24, false, NULL}, {"consent", OBJECT, 0, false, consent_members},
    {"preferred_channel", TEXT, 16, false, NULL}, {0},
};
static const struct member destination_members[] = {
    {"name", TEXT, 120, false, NULL}, {"line1", TEXT, 120, false, NULL}, {"line2", TEXT, 120, false, NULL},
    {"city", TEXT, MOST_CITY, false, NULL}, {"region", TEXT, MOST_REGION, false, NULL},
    {"postal_code", TEXT, MOST_POSTAL, false, NULL}, {"country", COUNTRY, 0, false, NULL},
    {"address_type", TEXT, 24, false, NULL}, {"access_instructions", TEXT, 500, false, NULL}, {0},
};
static const struct member shipment_members[] = {
    {"carrier", CARRIER, 0, false, NULL}, {"tracking_number", NUMBER, 0, true, NULL},
    {"service", TEXT, MOST_SERVICE, false, NULL}, {"shipped_at", TIME, 0, false, NULL},
    {"promised_at", TIME, 0, false, NULL},
    {"destination", OBJECT, 0, false, destination_members}, {0},
};
static const struct member order_members[] = {
    {"order_number", TEXT, 64, true, NULL}, {"brand", TEXT, 32, false, NULL}, {"placed_at", TIME, 0, false, NULL},
    {"currency", TEXT, 3, false, NULL}, {"total", DECIMAL, 0, false, NULL}, {"lines", LIST, 0, false, line_members},
    {"customer", OBJECT, 0, false, customer_members}, {"shipments", LIST, 0, false, shipment_members}, {0},
};

/* "148.20": sign, digits, one point. */
static bool is_decimal(struct text t)
{
    size_t i = t.n && t.s[0] == '-', n = 0, points = 0;
    for (; i < t.n; i++) {
        if (t.s[i] == '.')
            points++;
        else if (t.s[i] >= '0' && t.s[i] <= '9')
            n++;
        else
            return false;
    }
    return n > 0 && n <= 15 && points <= 1;
}

/* Reads one plain member; `put` gets its text, quoted where JSON wants it. */
static bool read_plain(struct parse *p, const json_t *o, const struct member *m, struct text *put, struct err *e)
{
    int64_t at;
    char when[40];
    switch (m->type) {
    case TIME:
        if (!parse_when(p, o, m->key, &at, e))
            return false;
        if (at != WHEN_NONE)
            when_format_utc(at, when, sizeof when);
        *put = at == WHEN_NONE ? (struct text){0} : parse_keep(p, when, strlen(when));
        return true;
    case CARRIER:
        return parse_carrier(p, o, m->key, put, e);
    case NUMBER:
        return parse_number(p, o, m->key, put, e);
    case COUNTRY:
        if (!parse_text(p, o, m->key, 3, put, e))
            return false;
        parse_country(put);
        return true;
    case DECIMAL:
    case COUNT:
        if (!parse_text(p, o, m->key, 24, put, e))
            return false;
        if (put->n && (!is_decimal(*put) || (m->type == COUNT && memchr(put->s, '.', put->n))))
            return parse_fail(p, e, m->key, "\"%.*s\" is not a number; send digits", (int)put->n, put->s);
        return true;
    case TEXT:
        return parse_text(p, o, m->key, m->most, put, e);
    case FLAG: case OBJECT: case LIST:
        break;
    }
    return parse_fail(p, e, m->key, "not a plain value");
}

static bool copy_object(struct parse *p, const json_t *o, const struct member *members, struct err *e);

/* Elements that are wrong are left out and rejected alone. */
static bool copy_list(struct parse *p, const json_t *list, const struct member *m, struct err *e)
{
    if (json_array_size(list) > MOST_EVENTS)
        return parse_fail(p, e, m->key, "more than %d of them; split the order", MOST_EVENTS);
    size_t count = 0;
    buf_putc(&p->order, '[');
    p->list = m->key;
    for (p->index = 0; p->index < json_array_size(list); p->index++) {
        const json_t *one = json_array_get(list, p->index);
        size_t before = p->order.len;
        struct err why;
        if (count)
            buf_putc(&p->order, ',');
        bool good = json_is_object(one) ? copy_object(p, one, m->members, &why)
                                        : parse_fail(p, &why, NULL, "not an object; correct it");
        if (good) {
            count++;
        } else {
            buf_cut(&p->order, before);
            p->event_rejected(p->self, &why);
        }
    }
    p->list = NULL;
    buf_putc(&p->order, ']');
    return true;
}

static bool copy_member(struct parse *p, const json_t *o, const struct member *m, bool *wrote, struct err *e)
{
    const json_t *v = parse_member(o, m->key);
    struct text put = {0};
    if (!v && m->type != NUMBER)
        return !m->needed || parse_fail(p, e, m->key, "missing; an order needs it");
    if (m->type == FLAG && !json_is_boolean(v))
        return parse_fail(p, e, m->key, "neither true nor false; send one of them");
    if (m->type == OBJECT && !json_is_object(v))
        return parse_fail(p, e, m->key, "not an object; send {…}");
    if (m->type == LIST && !json_is_array(v))
        return parse_fail(p, e, m->key, "not a list; send […]");
    bool plain = m->type < OBJECT && m->type != FLAG;
    if (plain && !read_plain(p, o, m, &put, e))
        return false;
    if (plain && !put.n)
        return !m->needed || parse_fail(p, e, m->key, "empty; an order needs it");
    if (*wrote)
        buf_putc(&p->order, ',');
    *wrote = true;
    buf_printf(&p->order, "\"%s\":", m->key);
    if (m->type == OBJECT)
        return copy_object(p, v, m->members, e);
    if (m->type == LIST)
        return copy_list(p, v, m, e);
    if (m->type == FLAG)
        buf_puts(&p->order, json_is_true(v) ? "true" : "false");
    else if (m->type == COUNT)
        buf_add(&p->order, put.s, put.n);
    else
        buf_put_json(&p->order, put.s, put.n);
    return true;
}

static bool copy_object(struct parse *p, const json_t *o, const struct member *members, struct err *e)
{
    bool wrote = false;
    buf_putc(&p->order, '{');
    for (; members->key; members++)
        if (!copy_member(p, o, members, &wrote, e))
            return false;
    buf_putc(&p->order, '}');
    return true;
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    const char *type = parse_word(o, "type");
    if (!strcmp(type, "event"))
        return read_event(p, o, e);
    if (!strcmp(type, "order"))
        return copy_object(p, o, order_members, e);
    return parse_fail(p, e, "type", "neither \"event\" nor \"order\"; say which this is");
}

const struct format fmt_doorstep = {"doorstep", find, read};
