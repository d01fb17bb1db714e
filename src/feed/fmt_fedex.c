/* FedEx Track API v1: one of a number's trackResults (the list around them is a page). The event type is the code, the
 * exception code the detail: it stands on normal scans, too. Newest event first. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    return parse_object(d, "trackingNumberInfo") ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"eventType", F(code, MOST_CODE)}, {"exceptionCode", F(detail, MOST_CODE)}, {"exceptionDescription", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"stateOrProvinceCode", F(region, MOST_REGION)}, {"postalCode", F(postal_code, MOST_POSTAL)},
    {"countryCode", F(country, 3)}, {0},
};

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when_needed(p, o, "date", &f->at, e) || !parse_fields(p, o, event_fields, f, e) ||
        !parse_fields(p, parse_object(o, "scanLocation"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    return f->message.n || parse_text(p, o, "eventDescription", MOST_MESSAGE, &f->message, e);
}

/* [{"type": "ESTIMATED_DELIVERY", "dateTime": …}, …] */
static bool read_time(struct parse *p, const json_t *o, const char *type, int64_t *out, struct err *e)
{
    const json_t *list = json_object_get(o, "dateAndTimes");
    for (size_t i = 0; *out == WHEN_NONE && i < json_array_size(list); i++)
        if (!strcmp(parse_word(json_array_get(list, i), "type"), type) && !parse_when(p, json_array_get(list, i), "dateTime", out, e))
            return false;
    return true;
}

static bool read_times(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *window = parse_object(parse_object(o, "estimatedDeliveryTimeWindow"), "window");
    return parse_when(p, window, "ends", &p->summary.edd, e) && read_time(p, o, "ESTIMATED_DELIVERY", &p->summary.edd, e) &&
           read_time(p, o, "ACTUAL_PICKUP", &p->shipped_at, e) && read_time(p, o, "SHIP", &p->shipped_at, e);
}

static bool read_destination(struct parse *p, const json_t *o, struct fact *s, struct err *e)
{
    const json_t *to = parse_object(parse_object(o, "recipientInformation"), "address");
    if (!to)
        to = parse_object(parse_object(parse_object(o, "destinationLocation"), "locationContactAndAddress"), "address");
    if (!parse_fields(p, to, place_fields, s, e))
        return false;
    parse_country(&s->country);
    return true;
}

/* The latest status in FedEx's own reckoning, with its first reason. */
static bool read_status(struct parse *p, const json_t *o, struct fact *s, struct err *e)
{
    const json_t *now = parse_object(o, "latestStatusDetail"), *why = json_array_get(json_object_get(now, "ancillaryDetails"), 0);
    if (!parse_text(p, now, "code", MOST_CODE, &s->code, e) || !parse_text(p, why, "reason", MOST_CODE, &s->detail, e) ||
        !parse_text(p, why, "reasonDescription", MOST_MESSAGE, &s->message, e))
        return false;
    return s->message.n || parse_text(p, now, "description", MOST_MESSAGE, &s->message, e);
}

/* A number FedEx has nothing on: a fault of the data, not of the parcel. */
static bool read_refusal(struct parse *p, const json_t *error, struct fact *s, struct err *e)
{
    s->status = parse_static("error");
    return parse_text(p, error, "code", MOST_CODE, &s->code, e) && parse_text(p, error, "message", MOST_MESSAGE, &s->message, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *error = parse_object(o, "error");
    p->carrier = parse_static("fedex");
    p->has_summary = true;
    if (!parse_number(p, parse_object(o, "trackingNumberInfo"), "trackingNumber", &p->number, e))
        return false;
    if (error)
        return read_refusal(p, error, &p->summary, e);
    return parse_text(p, parse_object(o, "serviceDetail"), "description", MOST_SERVICE, &p->service, e) && read_times(p, o, e) &&
           read_destination(p, o, &p->summary, e) && parse_events(p, o, "scanEvents", true, read_event, e) &&
           read_status(p, o, &p->summary, e);
}

const struct format fmt_fedex = {"fedex", find, read};
