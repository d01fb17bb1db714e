#include "run/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "run/world_data.h"

/* One parcel's dice: the same throws for the same seed and number. */
struct dice { uint64_t state; };

static uint64_t roll(struct dice *d)   /* splitmix64, public domain, by Sebastiano Vigna */
{
    uint64_t z = (d->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
static int64_t below(struct dice *d, int64_t n) { return (int64_t)(roll(d) % (uint64_t)n); }
static bool chance(struct dice *d, int percent) { return below(d, 100) < percent; }

static struct dice dice_of(const struct world *w, int64_t n)
{
    struct dice d = {w->seed * UINT64_C(0xD1342543DE82EF95) + (uint64_t)n};
    roll(&d);
    return d;
}

enum fate { FATE_TROUBLE, FATE_RECOVERED, FATE_FINE };

struct parcel {
    int64_t n;
    enum fate fate;
    const struct world_carrier *carrier;
    const struct world_trouble *trouble;   /* NULL: a parcel that goes well */
    const struct world_place *place;
    const char *brand, *language, *tier, *first, *last, *service, *address_type, *access;
    char tracking[32], order[32];
    bool sms, email, whatsapp;
    int64_t last_at;           /* when its last scan happened */
    int64_t promised_at, shipped_at, placed_at;
    int64_t expected_at;       /* what the carrier says of a delay; 0: nothing */
    int customer, good, quantity;
};

/* ---- who, where, what ---- */

static const struct world_carrier *carrier_called(const char *code)
{
    for (size_t i = 0; i < world_carrier_count; i++)
        if (strcmp(world_carriers[i].code, code) == 0)
            return &world_carriers[i];
    return &world_carriers[0];
}

static const struct world_carrier *pick_carrier(struct dice *d, const char *country)
{
    int64_t r = below(d, 100);
    if (strcmp(country, "CA") == 0)
        return carrier_called(r < 60 ? "canada_post" : r < 85 ? "ups" : "fedex");
    if (strcmp(country, "US") != 0)
        return carrier_called(r < 70 ? "dhl" : r < 90 ? "ups" : "fedex");
    return carrier_called(r < 40 ? "ups" : r < 72 ? "fedex" : r < 97 ? "usps" : "dhl");
}

static const struct world_trouble *pick_trouble(struct dice *d, const char *carrier)
{
    int64_t total = 0;
    for (size_t i = 0; i < world_trouble_count; i++)
        if (strcmp(world_troubles[i].carrier, carrier) == 0)
            total += world_troubles[i].weight;
    int64_t r = below(d, total);
    for (size_t i = 0; i < world_trouble_count; i++)
        if (strcmp(world_troubles[i].carrier, carrier) == 0 && (r -= world_troubles[i].weight) < 0)
            return &world_troubles[i];
    return NULL;
}

static void pick_person(struct dice *d, struct parcel *p)
{
    p->language = p->place->language;
    if (strcmp(p->place->country, "US") == 0 && strcmp(p->language, "en") == 0 && chance(d, 18))
        p->language = "es";
    const struct world_names *names = &world_names[0];
    for (size_t i = 0; i < world_names_count; i++)
        if (strcmp(world_names[i].language, p->language) == 0)
            names = &world_names[i];
    p->first = names->first[below(d, 12)];
    p->last = names->last[below(d, 12)];
    int64_t r = below(d, 100);
    p->tier = r < 12 ? "gold" : r < 35 ? "silver" : "standard";
    p->sms = chance(d, 70);
    p->email = chance(d, 92);
    p->whatsapp = chance(d, 20);
    p->customer = (int)(1000 + p->n);
    p->good = (int)below(d, (int64_t)world_good_count);
    p->quantity = chance(d, 80) ? 1 : 2;
}

static void pick_address(struct dice *d, struct parcel *p)
{
    static const char *const types[] = {"house", "house", "apartment", "apartment", "business", "locker"};
    p->address_type = types[below(d, 6)];
    p->access = "";
    if (strcmp(p->address_type, "apartment") == 0 && chance(d, 50))
        p->access = chance(d, 50) ? "gate 4411" : "ring twice, third floor";
    else if (strcmp(p->address_type, "business") == 0 && chance(d, 40))
        p->access = "deliveries at the back until 16:00";
}

/* ---- numbers as the carriers write them ---- */

/* UPS: letters count as numbers, odd places once, even places twice. */
static int ups_check(const char *number)
{
    int sum = 0;
    for (int i = 0; number[i]; i++) {
        int v = number[i] >= '0' && number[i] <= '9' ? number[i] - '0' : (number[i] - 'A' + 2) % 10;
        sum += i % 2 ? 2 * v : v;
    }
    return (10 - sum % 10) % 10;
}

static void tracking_number(struct dice *d, struct parcel *p)
{
    uint64_t n = (uint64_t)p->n * 997 + roll(d) % 997;   /* no two alike */
    const char *code = p->carrier->code;
    if (strcmp(code, "ups") == 0) {
        char body[20];
        snprintf(body, sizeof body, "84A0W3%02d%07" PRIu64, 3 + (int)(p->n % 2) * 9, n % 10000000);
        snprintf(p->tracking, sizeof p->tracking, "1Z%s%d", body, ups_check(body));
    } else if (strcmp(code, "fedex") == 0) {
        snprintf(p->tracking, sizeof p->tracking, "7946%08" PRIu64, n);
    } else if (strcmp(code, "usps") == 0) {
        snprintf(p->tracking, sizeof p->tracking, "94001118992231%08" PRIu64, n);
    } else if (strcmp(code, "dhl") == 0) {
        snprintf(p->tracking, sizeof p->tracking, "51%08" PRIu64, n);
    } else {
        snprintf(p->tracking, sizeof p->tracking, "702331%010" PRIu64, n);
    }
}

/* ---- the parcel ---- */

/* The two everybody meets first. */
static void named_parcel(const struct world *w, struct parcel *p)
{
    bool rosa = p->n == 0;
    p->carrier = carrier_called(rosa ? "ups" : "fedex");
    for (size_t i = 0; i < world_trouble_count; i++)
        if (strcmp(world_troubles[i].carrier, p->carrier->code) == 0) {
            p->trouble = &world_troubles[i];
            break;
        }
    p->place = &world_places[rosa ? 0 : 5];
    p->fate = FATE_TROUBLE;
    p->brand = "acme";
    p->language = rosa ? "es" : "en";
    p->tier = rosa ? "gold" : "standard";
    p->first = rosa ? "Rosa" : "Nneka";
    p->last = rosa ? "Delgado" : "Okoye";
    p->service = rosa ? "ground" : "home delivery";
    p->address_type = rosa ? "apartment" : "house";
    p->access = rosa ? "gate 4411" : "";
    p->sms = p->email = true;
    p->whatsapp = false;
    p->good = 0;
    p->quantity = 1;
    snprintf(p->tracking, sizeof p->tracking, "%s", rosa ? "1Z999AA10123456784" : "794608273410");
    snprintf(p->order, sizeof p->order, "%s", rosa ? "10-33812" : "10-33790");
    p->last_at = w->now - (rosa ? 179 : 41) * WHEN_MINUTE;
    p->promised_at = w->now + (rosa ? 4 : -5) * WHEN_HOUR;
}

static void make_parcel(const struct world *w, int64_t n, struct parcel *p)
{
    struct dice d = dice_of(w, n);
    *p = (struct parcel){.n = n};
    p->place = &world_places[below(&d, (int64_t)world_place_count)];
    p->carrier = pick_carrier(&d, p->place->country);
    p->trouble = pick_trouble(&d, p->carrier->code);
    int64_t r = below(&d, 100);
    p->fate = r < 76 ? FATE_TROUBLE : r < 84 ? FATE_RECOVERED : FATE_FINE;
    p->brand = chance(&d, 72) ? "acme" : "borealis";
    pick_person(&d, p);
    pick_address(&d, p);
    p->service = p->carrier->services[chance(&d, 75) ? 0 : 1 + below(&d, 2)];
    tracking_number(&d, p);
    snprintf(p->order, sizeof p->order, "%s-%05" PRId64, strcmp(p->brand, "acme") == 0 ? "10" : "77", 30000 + n);
    /* Most trouble is fresh: the square of a throw over five days. */
    int64_t u = below(&d, 1000);
    p->last_at = w->now - 2 * WHEN_MINUTE - u * u * ((p->fate == FATE_FINE ? 2 : 5) * WHEN_DAY / 1000) / 1000;
    /* Silence is only trouble once it lasts, and so is a parcel nobody comes for. */
    if (p->fate == FATE_TROUBLE && p->trouble && p->trouble->waits && (!p->trouble->code || n % 2))
        p->last_at = w->now - p->trouble->waits * WHEN_DAY - u * WHEN_DAY / 1000;
    /* One in eight is late already, as on any day; the others have until tonight, tomorrow or the day after. */
    int64_t hours = below(&d, 64);
    p->promised_at = w->now + (hours < 8 ? -1 - 3 * hours : hours - 3) * WHEN_HOUR;
    if (n < 2)
        named_parcel(w, p);
    /* Every second delay comes with another estimate. */
    if (p->trouble && p->trouble->slips && n % 2)
        p->expected_at = p->promised_at + p->trouble->slips * WHEN_DAY;
    p->shipped_at = p->last_at - 27 * WHEN_HOUR - below(&d, 20) * WHEN_MINUTE;
    p->placed_at = p->shipped_at - (12 + below(&d, 30)) * WHEN_HOUR;
}

/* ---- the documents ---- */

static void add_string(struct buf *out, const char *key, const char *value)
{
    buf_printf(out, "\"%s\":", key);
    if (!value) {
        buf_puts(out, "null");
        return;
    }
    buf_put_json(out, value, strlen(value));
}

static void add_when(struct buf *out, const char *key, int64_t at)
{
    char text[40];
    when_format_utc(at - at % WHEN_SECOND, text, sizeof text);
    add_string(out, key, text);
}

static void add_comma_string(struct buf *out, const char *key, const char *value)
{
    buf_putc(out, ',');
    add_string(out, key, value);
}

static void add_customer(const struct parcel *p, struct buf *out)
{
    char text[160];
    buf_puts(out, "\"customer\":{");
    snprintf(text, sizeof text, "c-%d", p->customer);
    add_string(out, "external_id", text);
    snprintf(text, sizeof text, "%s %s", p->first, p->last);
    add_comma_string(out, "name", text);
    snprintf(text, sizeof text, "customer%d@example.com", p->customer);
    add_comma_string(out, "email", text);
    snprintf(text, sizeof text, "%s%04d", p->place->dial, p->customer % 10000);
    add_comma_string(out, "phone", text);
    add_comma_string(out, "language", p->language);
    add_comma_string(out, "time_zone", p->place->time_zone);
    add_comma_string(out, "tier", p->tier);
    buf_printf(out, ",\"consent\":{\"email\":%s,\"sms\":%s,\"whatsapp\":%s}", p->email ? "true" : "false",
               p->sms ? "true" : "false", p->whatsapp ? "true" : "false");
    add_comma_string(out, "preferred_channel", p->sms ? "sms" : "email");
    buf_putc(out, '}');
}

static void add_order(const struct parcel *p, struct buf *out)
{
    const struct world_good *good = &world_goods[p->good];
    buf_puts(out, "{\"type\":\"order\"");
    add_comma_string(out, "order_number", p->order);
    add_comma_string(out, "brand", p->brand);
    buf_putc(out, ',');
    add_when(out, "placed_at", p->placed_at);
    add_comma_string(out, "currency", strcmp(p->place->country, "US") == 0 ? "USD" : strcmp(p->place->country, "CA") == 0 ? "CAD" : "EUR");
    int cents = good->cents * p->quantity;
    buf_printf(out, ",\"total\":\"%d.%02d\",\"lines\":[{", cents / 100, cents % 100);
    add_string(out, "sku", good->sku);
    add_comma_string(out, "title", good->title);
    buf_printf(out, ",\"quantity\":%d}],", p->quantity);
    add_customer(p, out);
    buf_puts(out, ",\"shipments\":[{");
    add_string(out, "carrier", p->carrier->code);
    add_comma_string(out, "tracking_number", p->tracking);
    add_comma_string(out, "service", p->service);
    buf_putc(out, ',');
    add_when(out, "shipped_at", p->shipped_at);
    buf_putc(out, ',');
    add_when(out, "promised_at", p->promised_at);
    buf_puts(out, ",\"destination\":{");
    add_string(out, "city", p->place->city);
    add_comma_string(out, "region", p->place->region);
    add_comma_string(out, "postal_code", p->place->postal_code);
    add_comma_string(out, "country", p->place->country);
    add_comma_string(out, "address_type", p->address_type);
    if (p->access[0])
        add_comma_string(out, "access_instructions", p->access);
    buf_puts(out, "}}]}\n");
}

struct spoken { const char *code, *detail, *message, *city, *region, *country; int64_t edd; };

static void add_event(const struct parcel *p, int64_t at, const struct spoken *s, struct buf *out)
{
    buf_puts(out, "{\"type\":\"event\"");
    add_comma_string(out, "carrier", p->carrier->code);
    add_comma_string(out, "tracking_number", p->tracking);
    buf_putc(out, ',');
    add_when(out, "occurred_at", at);
    add_comma_string(out, "code", s->code);
    add_comma_string(out, "detail", s->detail);
    add_comma_string(out, "message", s->message);
    if (s->edd) {
        buf_putc(out, ',');
        add_when(out, "edd", s->edd);
    }
    buf_puts(out, ",\"location\":{");
    add_string(out, "city", s->city);
    add_comma_string(out, "region", s->region);
    add_comma_string(out, "country", s->country);
    buf_puts(out, "}}\n");
}

static void add_scan(const struct parcel *p, int scan, int64_t at, struct buf *out)
{
    const struct world_scan *k = &p->carrier->scans[scan];
    const struct world_hub *hub = &p->carrier->hubs[(size_t)(p->n + (scan == SCAN_ARRIVED)) % p->carrier->hub_count];
    bool there = scan >= SCAN_OUT;
    add_event(p, at, &(struct spoken){k->code, k->detail, k->message, there ? p->place->city : hub->city,
                                      there ? p->place->region : hub->region, there ? p->place->country : hub->country,
                                      p->expected_at && scan == SCAN_DEPARTED ? p->promised_at : 0}, out);
}

static void add_trouble(const struct parcel *p, const struct world_trouble *t, int64_t at, struct buf *out)
{
    add_event(p, at, &(struct spoken){t->code, t->detail, t->message, p->place->city, p->place->region, p->place->country, p->expected_at}, out);
}

/* The plain scans up to one, so that the last of them is at `last`. */
static void add_story(const struct parcel *p, int until, int64_t last, struct buf *out)
{
    static const int64_t before[] = {[SCAN_LABEL] = 0, [SCAN_PICKUP] = 9, [SCAN_DEPARTED] = 6, [SCAN_ARRIVED] = 11,
                                     [SCAN_OUT] = 7, [SCAN_DELIVERED] = 4};
    int64_t hours = 0;
    for (int i = 1; i <= until; i++)
        hours += before[i];
    for (int i = 0; i <= until; i++) {
        hours -= before[i];
        add_scan(p, i, last - hours * WHEN_HOUR - (p->n * 7 % 53) * WHEN_MINUTE * (hours > 0), out);
    }
}

static void add_troubled(const struct parcel *p, struct buf *out)
{
    if (!p->trouble->code) {   /* nothing is heard of it any more */
        add_story(p, p->trouble->after, p->last_at, out);
        return;
    }
    add_story(p, p->trouble->after, p->last_at - 159 * WHEN_MINUTE, out);
    add_trouble(p, p->trouble, p->last_at, out);
}

void world_init(struct world *w, uint64_t seed, int64_t now, int64_t parcels)
{
    *w = (struct world){seed, now, parcels};
}

void world_parcel(const struct world *w, int64_t n, struct buf *out)
{
    struct parcel p;
    make_parcel(w, n, &p);
    add_order(&p, out);
    switch (p.fate) {
    case FATE_TROUBLE:
        add_troubled(&p, out);
        break;
    case FATE_RECOVERED:
        if (p.trouble->code) {
            add_story(&p, p.trouble->after, p.last_at - 26 * WHEN_HOUR, out);
            add_trouble(&p, p.trouble, p.last_at - 22 * WHEN_HOUR, out);
        }
        add_scan(&p, SCAN_OUT, p.last_at - 5 * WHEN_HOUR, out);
        add_scan(&p, SCAN_DELIVERED, p.last_at, out);
        break;
    case FATE_FINE:
        add_story(&p, (int)(n % 3) + SCAN_ARRIVED, p.last_at, out);
        break;
    }
}

void world_next(struct world *w, int64_t step, int64_t at, struct buf *out)
{
    struct dice d = {w->seed ^ UINT64_C(0xA5A5A5A5) ^ (uint64_t)step};
    roll(&d);
    struct parcel p;
    int64_t r = below(&d, 100);
    if (r < 45) {              /* a parcel nobody knew of, in trouble right now */
        make_parcel(&(struct world){w->seed, at, w->parcels}, w->parcels, &p);
        w->parcels++;
        do
            p.trouble = pick_trouble(&d, p.carrier->code);
        while (!p.trouble->code);
        p.last_at = at;
        p.shipped_at = at - 40 * WHEN_HOUR;
        p.placed_at = at - 52 * WHEN_HOUR;
        p.promised_at = at + (below(&d, 40) - 6) * WHEN_HOUR;
        add_order(&p, out);
        add_troubled(&p, out);
        return;
    }
    make_parcel(w, 2 + below(&d, w->parcels - 2), &p);
    if (r < 62)
        add_scan(&p, SCAN_DELIVERED, at, out);
    else if (r < 80)
        add_scan(&p, SCAN_OUT, at, out);
    else if (p.trouble->code)
        add_trouble(&p, p.trouble, at, out);
    else
        add_scan(&p, SCAN_ARRIVED, at, out);
}
