/* ShipEngine (ShipStation API): get_tracking_log of its OpenAPI document. GET /v1/tracking?carrier_code=…&tracking_number=…, with the
 * key in API-Key. */
#include "poll_in.h"

static const struct poll_carrier carriers[] = {{"usps", "stamps_com"}, {"dhl", "dhl_express"}, {"purolator", "purolator_ca"}, {NULL, NULL}};

static void write_it(struct post *q, const struct poll_try *t)
{
    struct buf path;
    buf_init(&path, 1024);
    form_text(&path, "carrier_code", poll_carrier_name(carriers, t->p[0].carrier));
    form_text(&path, "tracking_number", t->p[0].number);
    post_url(q, t->c, "/v1/tracking?");
    buf_puts(&q->url, buf_str(&path));
    post_header(q, "API-Key", t->c->secret);
    buf_finish(&path);
}

static const struct poll_api api = {"ShipEngine", 1, write_it, NULL, NULL};

const struct provider provider_poll_shipengine = {
    .scheme = "shipengine", .name = "ShipEngine", .connections = 4, .base = "https://api.shipengine.com", .poll = &api, .check = poll_check,
    .example = "shipengine://APIKEY@", .help = "tracking by carrier and number",
};
