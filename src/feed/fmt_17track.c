/* 17TRACK: an item of a list, or a webhook. What is known of the parcel stands under
 * track_info, or (in other copies of the same interface) beside the number. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static bool is_item(const json_t *d)
{
    return json_object_get(d, "number") && (json_object_get(d, "track_info") || json_object_get(d, "latest_status") ||
                                            json_object_get(d, "error"));
}

static const json_t *find(const json_t *d)
{
    const json_t *data = parse_object(d, "data");
    if (data && (is_item(data) || !strncmp(parse_word(d, "event"), "TRACKING_", 9)))
        return data;
    return is_item(d) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field status_fields[] = {
    {"status", F(code, MOST_CODE)}, {"sub_status", F(detail, MOST_CODE)}, {0},
};
static const struct field event_fields[] = {
    {"sub_status", F(detail, MOST_CODE)}, {"description", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"state", F(region, MOST_REGION)}, {"country", F(country, 3)},
    {"postal_code", F(postal_code, MOST_POSTAL)}, {0},
};

/* An event says its sub-status only; the status is the part before its underscore. */
static bool read_code(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!f->detail.n)
        return parse_text(p, o, "stage", MOST_CODE, &f->code, e);
    const char *end = memchr(f->detail.s, '_', f->detail.n);
    f->code = (struct text){f->detail.s, end ? (size_t)(end - f->detail.s) : f->detail.n};
    return true;
}

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when(p, o, "time_utc", &f->at, e) ||
        (f->at == WHEN_NONE && !parse_when_needed(p, o, "time_iso", &f->at, e)) ||
        !parse_fields(p, o, event_fields, f, e) || !read_code(p, o, f, e) ||
        !parse_fields(p, parse_object(o, "address"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    return f->city.n || parse_text(p, o, "location", MOST_CITY, &f->city, e);
}

/* Each carrier on the way has its list; the last one gives the service. The number's own
 * carrier is a key, and where we have no name for it the first list has one. */
static bool read_carriers(struct parse *p, const json_t *o, const json_t *info, struct err *e)
{
    json_t *list = json_object_get(parse_object(info, "tracking"), "providers");
    if (!parse_carrier(p, o, "carrier", &p->carrier, e))
        return false;
    bool known = p->carrier.n && !(p->carrier.s[0] >= '0' && p->carrier.s[0] <= '9');
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct text name;
        if (!parse_events(p, one, "events", true, read_event, e) ||
            !parse_text(p, one, "service_type", MOST_SERVICE, &p->service, e) ||
            !parse_carrier(p, parse_object(one, "provider"), "name", &name, e))
            return false;
        if (!known && name.n) {
            p->carrier = name;
            known = true;
        }
    }
    return true;
}

static bool read_estimate(struct parse *p, const json_t *info, struct err *e)
{
    const json_t *edd = parse_object(parse_object(info, "time_metrics"), "estimated_delivery_date");
    int64_t *at = &p->summary.edd;
    return parse_when(p, edd, "to", at, e) && (*at != WHEN_NONE || parse_when(p, edd, "from", at, e));
}

/* The number was refused: a fault of the data, not of the parcel. */
static bool read_refusal(struct parse *p, const json_t *error, struct err *e)
{
    p->has_summary = true;
    p->summary.status = parse_static("error");
    return parse_text(p, error, "message", MOST_MESSAGE, &p->summary.message, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *info = parse_object(o, "track_info"), *error = parse_object(o, "error");
    struct fact *s = &p->summary;
    if (!parse_number(p, o, "number", &p->number, e))
        return false;
    if (!info)
        info = o;
    if (!read_carriers(p, o, info, e))
        return false;
    if (error)
        return read_refusal(p, error, e);
    const json_t *latest = parse_object(info, "latest_status"), *to = parse_object(info, "shipping_info");
    if (!latest && !p->events.len)
        return parse_fail(p, e, "latest_status", "no status and no events; nothing to learn from it");
    if (!p->events.len)
        parse_event(p, info, "latest_event", read_event);
    if (!parse_fields(p, latest, status_fields, s, e) || !read_estimate(p, info, e) ||
        !parse_fields(p, parse_object(to, "recipient_address"), place_fields, s, e))
        return false;
    parse_country(&s->country);
    p->has_summary = s->code.n > 0;
    return true;
}

const struct format fmt_17track = {"17track", find, read};
