/* Shippo: https://docs.goshippo.com/shippoapi/public-api/#operation/GetTrack. GET /tracks/CARRIER/NUMBER, "ShippoToken KEY". */
#include <stdio.h>
#include <string.h>

#include "poll_in.h"

static const struct poll_carrier carriers[] = {{"dhl", "dhl_express"}, {"dhl_germany", "deutsche_post"}, {"royal_mail", "royal_mail_clickdrop"}, {NULL, NULL}};

static void write_it(struct post *q, const struct poll_try *t)
{
    struct buf part;
    char token[512];
    buf_init(&part, 1024);
    form_text(&part, "", t->p[0].number);      /* "=NUMBER", percent-encoded */
    post_url(q, t->c, "/tracks/");
    buf_printf(&q->url, "%s/%s", poll_carrier_name(carriers, t->p[0].carrier), buf_str(&part) + 1);
    snprintf(token, sizeof token, "ShippoToken %s", t->c->secret);
    post_header(q, "Authorization", token);
    explicit_bzero(token, sizeof token);
    buf_finish(&part);
}

static const struct poll_api api = {"Shippo", 1, write_it, NULL, NULL};

const struct provider provider_poll_shippo = {
    .scheme = "shippo", .name = "Shippo", .connections = 4, .base = "https://api.goshippo.com", .poll = &api, .check = poll_check,
    .example = "shippo://TOKEN@", .help = "tracks by carrier and number",
};
