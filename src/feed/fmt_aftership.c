/* AfterShip: a tracking, the answer around one, a last checkpoint, or a webhook. The
 * tracking's own tag may differ from its last checkpoint's: people can override it there,
 * so both go out and the database weighs them. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static bool is_tracking(const json_t *d)
{
    return json_object_get(d, "tracking_number") &&
           (json_object_get(d, "slug") || json_object_get(d, "tag") || json_object_get(d, "checkpoints"));
}

static const json_t *find(const json_t *d)
{
    const json_t *data = parse_object(d, "data"), *inner = parse_object(data, "tracking");
    if (inner)
        return inner;
    inner = parse_object(d, "msg");
    if (inner)
        return inner;
    if (is_tracking(data))
        return data;
    return is_tracking(d) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"tag", F(code, MOST_CODE)}, {"subtag", F(detail, MOST_CODE)}, {"message", F(message, MOST_MESSAGE)},
    {"city", F(city, MOST_CITY)}, {"state", F(region, MOST_REGION)}, {"zip", F(postal_code, MOST_POSTAL)},
    {"country_iso3", F(country, 3)}, {0},
};
static const struct field summary_fields[] = {
    {"tag", F(code, MOST_CODE)}, {"subtag", F(detail, MOST_CODE)}, {"subtag_message", F(message, MOST_MESSAGE)},
    {"destination_city", F(city, MOST_CITY)}, {"destination_state", F(region, MOST_REGION)},
    {"destination_postal_code", F(postal_code, MOST_POSTAL)}, {"destination_country_iso3", F(country, 3)}, {0},
};

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_when_needed(p, o, "checkpoint_time", &f->at, e) || !parse_fields(p, o, event_fields, f, e))
        return false;
    if (!f->country.n && !parse_text(p, o, "country_region", 3, &f->country, e))
        return false;
    parse_country(&f->country);
    return true;
}

/* The estimate has had three places in the versions of this interface. */
static bool read_edd(struct parse *p, const json_t *o, int64_t *out, struct err *e)
{
    return parse_when(p, o, "expected_delivery", out, e) &&
           (*out != WHEN_NONE || parse_when(p, parse_object(o, "latest_estimated_delivery"), "datetime", out, e)) &&
           (*out != WHEN_NONE || parse_when(p, parse_object(o, "courier_estimated_delivery"),
                                            "estimated_delivery_date", out, e));
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct fact *s = &p->summary;
    if (!parse_number(p, o, "tracking_number", &p->number, e) || !parse_carrier(p, o, "slug", &p->carrier, e) ||
        !parse_fields(p, o, summary_fields, s, e) || !parse_when(p, o, "last_updated_at", &s->at, e) ||
        (s->at == WHEN_NONE && !parse_when(p, o, "updated_at", &s->at, e)) || !read_edd(p, o, &s->edd, e) ||
        !parse_text(p, o, "shipment_type", MOST_SERVICE, &p->service, e) ||
        !parse_text(p, o, "order_number", MOST_CODE, &p->order_number, e) ||
        !parse_when(p, o, "shipment_pickup_date", &p->shipped_at, e) ||
        !parse_when(p, o, "order_promised_delivery_date", &p->promised_at, e))
        return false;
    parse_country(&s->country);
    p->has_summary = s->code.n > 0;
    if (!parse_events(p, o, "checkpoints", false, read_event, e))
        return false;
    parse_event(p, o, "checkpoint", read_event);
    return true;
}

const struct format fmt_aftership = {"aftership", find, read};
