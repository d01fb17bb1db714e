/* ShipEngine (ShipStation's API): a tracking answer, or its webhook. Newest event first. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    if (!strcmp(parse_word(d, "resource_type"), "API_TRACK"))
        return parse_object(d, "data");
    return json_object_get(d, "tracking_number") && json_object_get(d, "status_code") ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"status_code", F(code, MOST_CODE)}, {"status_detail_code", F(detail, MOST_CODE)},
    {"description", F(message, MOST_MESSAGE)}, {"city_locality", F(city, MOST_CITY)},
    {"state_province", F(region, MOST_REGION)}, {"postal_code", F(postal_code, MOST_POSTAL)},
    {"country_code", F(country, 3)}, {0},
};
static const struct field summary_fields[] = {
    {"status_code", F(code, MOST_CODE)}, {"status_detail_code", F(detail, MOST_CODE)},
    {"exception_description", F(message, MOST_MESSAGE)}, {0},
};

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when(p, o, "occurred_at", &f->at, e) ||
        (f->at == WHEN_NONE && !parse_when_needed(p, o, "carrier_occurred_at", &f->at, e)) ||
        !parse_fields(p, o, event_fields, f, e))
        return false;
    parse_country(&f->country);
    if (f->code.n || f->detail.n)
        return true;
    /* not mapped by ShipEngine: then the carrier's own code is what there is */
    f->provider = p->carrier;
    return parse_text(p, o, "event_code", MOST_CODE, &f->code, e) &&
           parse_text(p, o, "carrier_detail_code", MOST_CODE, &f->detail, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct fact *s = &p->summary;
    if (!parse_number(p, o, "tracking_number", &p->number, e) || !parse_carrier(p, o, "carrier_code", &p->carrier, e) ||
        !parse_fields(p, o, summary_fields, s, e) ||
        (!s->message.n && !parse_text(p, o, "carrier_status_description", MOST_MESSAGE, &s->message, e)) ||
        !parse_when(p, o, "actual_delivery_date", &s->at, e) ||
        !parse_when(p, o, "estimated_delivery_date", &s->edd, e) || !parse_when(p, o, "ship_date", &p->shipped_at, e))
        return false;
    p->has_summary = s->code.n > 0;
    return parse_events(p, o, "events", true, read_event, e);
}

const struct format fmt_shipengine = {"shipengine", find, read};
