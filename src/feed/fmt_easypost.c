/* EasyPost: a Tracker, or an Event whose result is one. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    if (!strcmp(parse_word(d, "object"), "Event"))
        return parse_object(d, "result");
    bool tracker = !strcmp(parse_word(d, "object"), "Tracker") || json_object_get(d, "tracking_details");
    return tracker || json_object_get(d, "tracking_code") ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"status", F(code, MOST_CODE)}, {"status_detail", F(detail, MOST_CODE)}, {"message", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"state", F(region, MOST_REGION)}, {"country", F(country, 3)},
    {"zip", F(postal_code, MOST_POSTAL)}, {0},
};

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when_needed(p, o, "datetime", &f->at, e) || !parse_fields(p, o, event_fields, f, e) ||
        !parse_fields(p, parse_object(o, "tracking_location"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    if (!f->message.n && !parse_text(p, o, "description", MOST_MESSAGE, &f->message, e))
        return false;
    if (f->code.n)
        return true;
    /* not mapped by EasyPost: then the carrier's own code is what there is */
    f->provider = p->carrier;
    return parse_text(p, o, "carrier_code", MOST_CODE, &f->code, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *of_carrier = parse_object(o, "carrier_detail");
    struct fact *s = &p->summary;
    if (!parse_number(p, o, "tracking_code", &p->number, e) || !parse_carrier(p, o, "carrier", &p->carrier, e) ||
        !parse_fields(p, o, event_fields, s, e) || !parse_when(p, o, "updated_at", &s->at, e) ||
        !parse_when(p, o, "est_delivery_date", &s->edd, e) ||
        !parse_text(p, of_carrier, "service", MOST_SERVICE, &p->service, e) ||
        !parse_fields(p, parse_object(of_carrier, "destination_tracking_location"), place_fields, s, e))
        return false;
    parse_country(&s->country);
    p->has_summary = s->code.n > 0;
    return parse_events(p, o, "tracking_details", false, read_event, e);
}

const struct format fmt_easypost = {"easypost", find, read};
