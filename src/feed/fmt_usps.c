/* USPS Tracking API v3: the answer for one number. The event's code is the code, its type, a label in capitals, the words. Newest
 * event first. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    return json_object_get(d, "trackingNumber") && (json_object_get(d, "trackingEvents") || json_object_get(d, "statusCategory")) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"eventCode", F(code, MOST_CODE)}, {"eventType", F(message, MOST_MESSAGE)}, {"eventCity", F(city, MOST_CITY)},
    {"eventState", F(region, MOST_REGION)}, {"eventZIP", F(postal_code, MOST_POSTAL)}, {"eventCountry", F(country, 3)}, {0},
};
static const struct field summary_fields[] = {
    {"destinationCity", F(city, MOST_CITY)}, {"destinationState", F(region, MOST_REGION)}, {"destinationZIP", F(postal_code, MOST_POSTAL)},
    {"destinationCountryCode", F(country, 3)}, {0},
};

/* "2026-11-20T13:12:00" and "-05:00" beside it. */
static bool read_local(struct parse *p, const json_t *o, int64_t *at, struct err *e)
{
    const char *s = parse_word(o, "eventTimestamp"), *offset = parse_word(o, "GMTOffset");
    char joined[40];
    int n = snprintf(joined, sizeof joined, "%.28s%.8s", s, offset);
    return when_parse(joined, (size_t)n, at, NULL) || parse_when_needed(p, o, "eventTimestamp", at, e);
}

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when(p, o, "GMTTimestamp", &f->at, e) || (f->at == WHEN_NONE && !read_local(p, o, &f->at, e)) ||
        !parse_fields(p, o, event_fields, f, e) || (!f->postal_code.n && !parse_text(p, o, "eventZIPCode", MOST_POSTAL, &f->postal_code, e)))
        return false;
    parse_country(&f->country);
    return true;
}

static bool read_estimate(struct parse *p, const json_t *o, struct err *e)
{
    static const char *const keys[] = {"predictedDeliveryDate", "expectedDeliveryDate", "guaranteedDeliveryDate"};
    const json_t *expected = parse_object(o, "deliveryDateExpectation");
    for (size_t i = 0; p->summary.edd == WHEN_NONE && i < sizeof keys / sizeof *keys; i++)
        if (!parse_when(p, expected, keys[i], &p->summary.edd, e))
            return false;
    return true;
}

/* Without events the category is all there is to go by. */
static bool read_category(struct parse *p, const json_t *o, struct fact *s, struct err *e)
{
    return parse_text(p, o, "statusCategory", MOST_CODE, &s->code, e) && parse_text(p, o, "statusSummary", MOST_MESSAGE, &s->message, e) &&
           (s->message.n || parse_text(p, o, "status", MOST_MESSAGE, &s->message, e));
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    p->carrier = parse_static("usps");
    p->has_summary = true;
    if (!parse_number(p, o, "trackingNumber", &p->number, e) || !parse_fields(p, o, summary_fields, &p->summary, e) ||
        !parse_text(p, o, "mailClass", MOST_SERVICE, &p->service, e) || !read_estimate(p, o, e) ||
        !parse_events(p, o, "trackingEvents", true, read_event, e))
        return false;
    parse_country(&p->summary.country);
    return p->events.len || read_category(p, o, &p->summary, e);
}

const struct format fmt_usps = {"usps", find, read};
