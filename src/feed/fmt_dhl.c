/* DHL Shipment Tracking – Unified: one of the shipments of an answer. Five status codes for all of DHL's companies; where the
 * status itself is an event code of DHL Express ("OK", "NH"), that says more and goes along as the detail. Newest event first. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static bool is_shipment(const json_t *d)
{
    return json_object_get(d, "id") && json_object_get(d, "service") && parse_word(parse_object(d, "status"), "statusCode")[0];
}

/* An answer's list of them (which is no page to the splitter: orders have shipments, too), or one. */
static const json_t *find(const json_t *d)
{
    const json_t *list = json_object_get(d, "shipments");
    if (is_shipment(json_array_get(list, 0)))
        return list;
    return is_shipment(d) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field event_fields[] = {
    {"statusCode", F(code, MOST_CODE)}, {"description", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"addressLocality", F(city, MOST_CITY)}, {"postalCode", F(postal_code, MOST_POSTAL)}, {"countryCode", F(country, 3)}, {0},
};

static bool is_express_code(const char *s)
{
    return isupper((unsigned char)s[0]) && isupper((unsigned char)s[1]) && !s[2];
}

static bool read_status(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_fields(p, o, event_fields, f, e))
        return false;
    if (is_express_code(parse_word(o, "status")))
        return parse_text(p, o, "status", MOST_CODE, &f->detail, e);
    return f->message.n || parse_text(p, o, "status", MOST_MESSAGE, &f->message, e);
}

static bool read_place(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_fields(p, parse_object(o, "address"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    return true;
}

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    return parse_when_needed(p, o, "timestamp", &f->at, e) && read_status(p, o, f, e) && read_place(p, parse_object(o, "location"), f, e);
}

/* Which of DHL's companies carries it. */
static const char *carrier_of(const char *service)
{
    static const struct { const char *service, *code; } companies[] = {
        {"express", "dhl"}, {"parcel-de", "dhl_germany"}, {"post-de", "dhl_germany"}, {"ecommerce", "dhl_ecommerce"}, {"ecommerce-europe", "dhl_ecommerce"},
    };
    for (size_t i = 0; i < sizeof companies / sizeof *companies; i++)
        if (!strcmp(service, companies[i].service))
            return companies[i].code;
    return "dhl";
}

static bool read_estimate(struct parse *p, const json_t *o, struct err *e)
{
    int64_t *edd = &p->summary.edd;
    return parse_when(p, o, "estimatedTimeOfDelivery", edd, e) &&
           (*edd != WHEN_NONE || parse_when(p, parse_object(o, "estimatedDeliveryTimeFrame"), "estimatedThrough", edd, e));
}

/* The current status is an event too; answers without details have no other. */
static bool read(struct parse *p, const json_t *o, struct err *e)
{
    struct fact *s = &p->summary;
    p->carrier = parse_static(carrier_of(parse_word(o, "service")));
    p->has_summary = true;
    if (!parse_number(p, o, "id", &p->number, e) || !read_estimate(p, o, e) ||
        !parse_text(p, parse_object(parse_object(o, "details"), "product"), "productName", MOST_SERVICE, &p->service, e) ||
        !read_place(p, parse_object(o, "destination"), s, e) || !parse_events(p, o, "events", true, read_event, e))
        return false;
    const json_t *now = parse_object(o, "status");
    if (!p->events.len && parse_word(now, "timestamp")[0])
        parse_event(p, o, "status", read_event);
    return read_status(p, now, s, e) && parse_when(p, now, "timestamp", &s->at, e);
}

const struct format fmt_dhl = {"dhl", find, read};
