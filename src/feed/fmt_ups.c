/* UPS Track API v1: a package of a trackResponse (the shipments around it are a page), or a Track Alert's single event.
 * The status' type is the code, its code the detail. Newest event first. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    bool package = json_object_get(d, "trackingNumber") && (json_object_get(d, "activity") || json_object_get(d, "activityStatus"));
    bool refused = json_object_get(d, "inquiryNumber") && json_object_get(d, "warnings");
    return package || refused ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field status_fields[] = {
    {"type", F(code, MOST_CODE)}, {"code", F(detail, MOST_CODE)}, {"description", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"stateProvince", F(region, MOST_REGION)}, {"postalCode", F(postal_code, MOST_POSTAL)},
    {"countryCode", F(country, 3)}, {0},
};

static bool read_place(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    if (!parse_fields(p, o, place_fields, f, e) || (!f->country.n && !parse_text(p, o, "country", 3, &f->country, e)))
        return false;
    parse_country(&f->country);
    return true;
}

/* The time in UTC where it is given; else the place's own, with the offset that may stand beside it. */
static bool read_time(struct parse *p, const json_t *o, const char *const keys[4], struct fact *f, struct err *e)
{
    const char *offset = parse_word(o, "gmtOffset");
    if (!parse_when_parts(p, o, keys[0], keys[1], NULL, &f->at, e) ||
        (f->at == WHEN_NONE && !parse_when_parts(p, o, keys[2], keys[3], *offset ? offset : NULL, &f->at, e)))
        return false;
    return f->at != WHEN_NONE || parse_fail(p, e, keys[2], "no time; an event needs the time it happened");
}

static bool read_activity(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    static const char *const keys[] = {"gmtDate", "gmtTime", "date", "time"};
    return read_time(p, o, keys, f, e) && parse_fields(p, parse_object(o, "status"), status_fields, f, e) &&
           read_place(p, parse_object(parse_object(o, "location"), "address"), f, e);
}

static bool read_alert(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    static const char *const keys[] = {"gmtActivityDate", "gmtActivityTime", "localActivityDate", "localActivityTime"};
    return read_time(p, o, keys, f, e) && parse_fields(p, parse_object(o, "activityStatus"), status_fields, f, e) &&
           read_place(p, parse_object(o, "activityLocation"), f, e);
}

/* [{"type": "RDD", "date": "20261121"}, …]: a rescheduled day comes before the scheduled one. */
static bool read_estimate(struct parse *p, const json_t *o, struct err *e)
{
    static const char *const types[] = {"RDD", "SDD"};
    const json_t *list = json_object_get(o, "deliveryDate");
    int64_t *edd = &p->summary.edd;
    for (size_t t = 0; t < 2; t++)
        for (size_t i = 0; *edd == WHEN_NONE && i < json_array_size(list); i++)
            if (!strcmp(parse_word(json_array_get(list, i), "type"), types[t]) &&
                !parse_when_parts(p, json_array_get(list, i), "date", NULL, NULL, edd, e))
                return false;
    return *edd != WHEN_NONE || parse_when_parts(p, o, "scheduledDeliveryDate", NULL, NULL, edd, e);
}

static bool read_destination(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *list = json_object_get(o, "packageAddress");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(parse_word(json_array_get(list, i), "type"), "DESTINATION"))
            return read_place(p, parse_object(json_array_get(list, i), "address"), &p->summary, e);
    return true;
}

/* A number UPS has nothing on: a fault of the data, not of the parcel. */
static bool read_refusal(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *warning = json_array_get(json_object_get(o, "warnings"), 0);
    p->summary.status = parse_static("error");
    return parse_number(p, o, "inquiryNumber", &p->number, e) &&
           parse_text(p, warning, "code", MOST_CODE, &p->summary.code, e) &&
           parse_text(p, warning, "message", MOST_MESSAGE, &p->summary.message, e);
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    p->carrier = parse_static("ups");
    p->has_summary = true;
    if (json_object_get(o, "inquiryNumber"))
        return read_refusal(p, o, e);
    if (!parse_number(p, o, "trackingNumber", &p->number, e) || !read_estimate(p, o, e) || !read_destination(p, o, e) ||
        !parse_text(p, parse_object(o, "service"), "description", MOST_SERVICE, &p->service, e))
        return false;
    if (!json_object_get(o, "activityStatus"))
        return parse_events(p, o, "activity", true, read_activity, e);
    struct fact alert = {.at = WHEN_NONE, .edd = WHEN_NONE};
    if (!read_alert(p, o, &alert, e))
        return false;
    *vec_push(&p->events) = alert;
    return true;
}

const struct format fmt_ups = {"ups", find, read};
