/* Canada Post: the tracking details of the web service (its XML's names, as JSON), or of the public tracker. Texts are English
 * or French; the identifier is the code in both. Newest event first. */
#include <stddef.h>
#include <string.h>

#include "feed/format.h"

static const json_t *find(const json_t *d)
{
    const json_t *inner = parse_object(d, "tracking-detail");
    if (inner)
        return inner;
    return json_object_get(d, "pin") && (json_object_get(d, "significant-events") || json_object_get(d, "events")) ? d : NULL;
}

#define F(column, most) offsetof(struct fact, column), most
static const struct field occurrence_fields[] = {
    {"event-identifier", F(code, MOST_CODE)}, {"event-description", F(message, MOST_MESSAGE)}, {"event-site", F(city, MOST_CITY)},
    {"event-province", F(region, MOST_REGION)}, {0},
};
static const struct field event_fields[] = {
    {"cd", F(code, MOST_CODE)}, {"descEn", F(message, MOST_MESSAGE)}, {0},
};
static const struct field place_fields[] = {
    {"city", F(city, MOST_CITY)}, {"regionCd", F(region, MOST_REGION)}, {"countryCd", F(country, 3)}, {0},
};

static bool needs_time(const struct parse *p, int64_t at, const char *key, struct err *e)
{
    return at != WHEN_NONE || parse_fail(p, e, key, "no time; an event needs the time it happened");
}

static bool read_occurrence(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    const char *zone = parse_word(o, "event-time-zone");
    return parse_when_parts(p, o, "event-date", "event-time", *zone ? zone : NULL, &f->at, e) && needs_time(p, f->at, "event-date", e) &&
           parse_fields(p, o, occurrence_fields, f, e);
}

static bool read_event(struct parse *p, const json_t *o, struct fact *f, struct err *e)
{
    const json_t *when = parse_object(o, "datetime");
    const char *zone = parse_word(when, "zoneOffset");
    if (!parse_when_parts(p, when, "date", "time", *zone ? zone : NULL, &f->at, e) || !needs_time(p, f->at, "datetime", e) ||
        !parse_fields(p, o, event_fields, f, e) || (!f->message.n && !parse_text(p, o, "descFr", MOST_MESSAGE, &f->message, e)) ||
        !parse_fields(p, parse_object(o, "locationAddr"), place_fields, f, e))
        return false;
    parse_country(&f->country);
    return true;
}

/* XML made JSON has a single occurrence as an object, and several as a list. */
static bool read_events(struct parse *p, const json_t *o, struct err *e)
{
    const json_t *events = parse_object(o, "significant-events");
    if (parse_object(events, "occurrence")) {
        parse_event(p, events, "occurrence", read_occurrence);
        return true;
    }
    return parse_events(p, events, "occurrence", true, read_occurrence, e) && parse_events(p, o, "events", true, read_event, e);
}

/* A changed day comes before the first one. */
static bool read_estimate(struct parse *p, const json_t *o, struct err *e)
{
    int64_t *edd = &p->summary.edd;
    return parse_when_parts(p, o, "changed-expected-date", NULL, NULL, edd, e) &&
           (*edd != WHEN_NONE || parse_when_parts(p, o, "expected-delivery-date", NULL, NULL, edd, e)) &&
           (*edd != WHEN_NONE || parse_when_parts(p, parse_object(o, "expectedDlvryDateTime"), "dlvryDate", NULL, NULL, edd, e));
}

static bool read(struct parse *p, const json_t *o, struct err *e)
{
    p->carrier = parse_static("canada_post");
    p->has_summary = true;
    return parse_number(p, o, "pin", &p->number, e) && read_estimate(p, o, e) &&
           parse_text(p, o, "service-name", MOST_SERVICE, &p->service, e) &&
           (p->service.n || parse_text(p, o, "productNmEn", MOST_SERVICE, &p->service, e)) &&
           parse_text(p, o, "destination-postal-id", MOST_POSTAL, &p->summary.postal_code, e) && read_events(p, o, e);
}

const struct format fmt_canada_post = {"canada_post", find, read};
