/* Shippo: a track object, or its webhook. The status alone hides problems: the substatus
 * goes along as the detail wherever there is one. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static bool is_track(const json_t *d)
{
    return json_object_get(d, "tracking_status") || json_object_get(d, "tracking_history");
}

static const json_t *find(const json_t *d)
{
    const json_t *data = parse_object(d, "data");
    if (data && (is_track(data) || !strncmp(parse_word(d, "event"), "track_", 6)))
        return data;
    return is_track(d) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"status", F(code, MOST_CODE)}, {"status_details", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"state", F(region, MOST_REGION)}, {"country", F(country, 3)},
    {"zip", F(postal_code, MOST_POSTAL)}, {0},
};

static bool read_status(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    const json_t *sub = parse_object(o, "substatus");
    return parse_fields(p, o, event_fields, f, e) &&
           (sub ? parse_text(p, sub, "code", MOST_CODE, &f->detail, e)
                : parse_text(p, o, "substatus", MOST_CODE, &f->detail, e));
}

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when_needed(p, o, "status_date", &f->at, e) || !read_status(p, o, f, e) ||
        !parse_fields(p, parse_object(o, "location"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    return true;
}

/* The current status is an event too, one that short webhooks have in no history. */
static bool read_summary(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *now = parse_object(o, "tracking_status");
    struct fact *s = &p->summary;
    int64_t at;
    p->has_summary = true;
    if (!now) {
        s->code = parse_static("UNKNOWN");
        return true;
    }
    if (!read_status(p, now, s, e) || !parse_when(p, now, "object_updated", &s->at, e) ||
        !parse_when(p, now, "status_date", &at, e))
        return false;
    if (at != WHEN_NONE && s->code.n && !parse_has_event(p, at, s->code))
        parse_event(p, o, "tracking_status", read_event);
    if (s->at == WHEN_NONE)
        s->at = at;
    return true;
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct fact *s = &p->summary;
    if (!parse_number(p, o, "tracking_number", &p->number, e) || !parse_carrier(p, o, "carrier", &p->carrier, e) ||
        !parse_when(p, o, "eta", &s->edd, e) ||
        !parse_text(p, parse_object(o, "servicelevel"), "name", MOST_SERVICE, &p->service, e) ||
        !parse_fields(p, parse_object(o, "address_to"), place_fields, s, e))
        return false;
    parse_country(&s->country);
    return parse_events(p, o, "tracking_history", false, read_event, e) && read_summary(p, o, e);
}

const struct format fmt_shippo = {"shippo", find, read};
