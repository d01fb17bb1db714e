/* A session to draw: fixed times, a dozen rows with names from everywhere, an exception
 * in full. Each test changes what it is about. */
#ifndef TESTS_UNIT_VIEW_FIXTURE_H
#define TESTS_UNIT_VIEW_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/die.h"
#include "base/when.h"
#include "view/screen.h"
#include "view/view.h"

/* Saturday 2026-11-21, 14:03 in Austin. */
#define FIXTURE_NOW INT64_C(1795291380000)
#define AGO(duration) (FIXTURE_NOW - (duration))
#define IN(duration) (FIXTURE_NOW + (duration))
#define MINUTES(n) ((n) * WHEN_MINUTE)
#define HOURS(n) ((n) * WHEN_HOUR)
#define DAYS(n) ((n) * WHEN_DAY)

struct fixture {
    struct model m;
    struct keymap keymap;
    struct screen s;
};

struct fixture_row {
    enum severity severity;
    enum kind kind;
    enum state state;
    int64_t due_at, last_scan_at;
    const char *carrier, *tracking, *customer, *tier, *owner, *order, *reason;
    uint32_t marks;
};

static const struct fixture_row fixture_rows[] = {
    {SEVERITY_HIGH, KIND_ADDRESS_ISSUE, STATE_NEW, AGO(MINUTES(12)), AGO(MINUTES(179)), "UPS", "1Z999AA10123456784",
     "Delgado, Rosa", "gold", "", "10-33812", "Apartment number missing", 0},
    {SEVERITY_CRITICAL, KIND_LOST, STATE_WORKING, AGO(DAYS(1) + HOURS(2)), AGO(DAYS(9)), "FedEx", "794608273410",
     "Okoye, Nneka", "vip", "maria", "10-33120", "Trace closed, parcel not found", MARK_NOTE | MARK_CASE | MARK_ESCALATED},
    {SEVERITY_HIGH, KIND_FAILED_ATTEMPT, STATE_NEW, IN(MINUTES(7)), AGO(MINUTES(41)), "FedEx", "794608273998",
     "Nguy\u1ec5n Th\u1ecb Minh Khai", "", "", "10-33905", "Customer not available or business closed", MARK_REOPENED},
    {SEVERITY_HIGH, KIND_CUSTOMS_HOLD, STATE_NEW, IN(MINUTES(48)), AGO(HOURS(5)), "DHL Express", "JD014600006281730112",
     "\u5c71\u7530 \u592a\u90ce", "gold", "dana", "10-33777", "Invoice missing", MARK_UNMAPPED},
    {SEVERITY_MEDIUM, KIND_STALLED, STATE_WAITING, WHEN_NONE, AGO(DAYS(3) + HOURS(4)), "USPS", "9400110898825022579493",
     "O\u2019Brien-Featherstonehaugh, Siobh\u00e1n", "silver", "maria", "10-33410", "No scan for 3 days", MARK_MESSAGE | MARK_REPLY},
    {SEVERITY_HIGH, KIND_DAMAGED, STATE_NEW, IN(HOURS(1) + MINUTES(30)), AGO(HOURS(1)), "UPS", "1Z999AA10198765432",
     "\u05db\u05d4\u05df, \u05d9\u05e2\u05dc", "", "", "10-33841", "Package damaged, contents checked", 0},
    {SEVERITY_MEDIUM, KIND_LATE_PROMISE, STATE_SNOOZED, IN(HOURS(6)), AGO(HOURS(20)), "UPS", "1Z999AA10177777771",
     "Mu\u0308ller, Ju\u0308rgen", "", "okafor", "10-33650", "Promise missed", 0},
    {SEVERITY_HIGH, KIND_DELIVERY_DISPUTED, STATE_NEW, IN(HOURS(2) + MINUTES(5)), AGO(DAYS(1)), "Royal Mail", "AB123456785GB",
     "\x1b[31mEvil\x07\xe2\x80\xaeName\xc2\x9d]52;c;eA\x07", "", "", "10-33400", "Says it never came", MARK_CONFLICT | MARK_OVERRIDE},
    {SEVERITY_LOW, KIND_AWAITING_PICKUP, STATE_NEW, IN(DAYS(2)), AGO(DAYS(2)), "DPD", "15501234567890",
     "\u674e\u5c0f\u9f99\u7684\u4e00\u4e2a\u975e\u5e38\u957f\u7684\u540d\u5b57\u5728\u8fd9\u91cc", "", "", "10-33333", "At the parcel shop", 0},
    {SEVERITY_LOW, KIND_DELAY_WEATHER, STATE_NEW, IN(DAYS(3)), AGO(HOURS(9)), "UPS", "1Z999AA10155555550",
     "Smith, John", "", "", "10-33890", "Severe weather", 0},
    {SEVERITY_MEDIUM, KIND_NOT_SHIPPED, STATE_NEW, IN(DAYS(4)), WHEN_NONE, "Evri", "H00HYA0012345678",
     "\u0e2a\u0e21\u0e0a\u0e32\u0e22 \u0e43\u0e08\u0e14\u0e35", "", "", "10-33911", "Label without a scan", 0},
    {SEVERITY_MEDIUM, KIND_OTHER, STATE_RESOLVED, WHEN_NONE, AGO(MINUTES(3)), "OnTrac", "C11031500001879",
     "", "", "me", "", "", MARK_NOTE},
};
#define FIXTURE_ROWS (sizeof fixture_rows / sizeof fixture_rows[0])

#define COPY_TEXT(to, from) snprintf((to), sizeof(to), "%s", (from))

static inline void fixture_fill_row(struct queue_row *r, const struct fixture_row *from, int64_t id)
{
    *r = (struct queue_row){.id = id, .key = id, .rev = 1, .matches = from->state != STATE_RESOLVED,
        .kind = from->kind, .severity = from->severity, .state = from->state, .marks = from->marks,
        .effective_status = STATUS_DELAYED, .carrier_status = STATUS_DELAYED,
        .opened_at = AGO(HOURS(3)), .due_at = from->due_at, .first_response_due_at = from->due_at,
        .resolve_due_at = IN(DAYS(1)), .first_response_at = WHEN_NONE, .last_scan_at = from->last_scan_at,
        .promised_at = IN(HOURS(9)), .wake_at = WHEN_NONE, .resolved_at = WHEN_NONE};
    COPY_TEXT(r->carrier_name, from->carrier);
    COPY_TEXT(r->tracking_number, from->tracking);
    COPY_TEXT(r->customer, from->customer);
    COPY_TEXT(r->tier, from->tier);
    COPY_TEXT(r->owner, from->owner);
    COPY_TEXT(r->order_number, from->order);
    COPY_TEXT(r->reason, from->reason);
}

static inline void fixture_rows_fill(struct model *m)
{
    m->queue.rows = xcalloc(FIXTURE_ROWS, sizeof *m->queue.rows);
    m->queue.count = FIXTURE_ROWS;
    for (size_t i = 0; i < FIXTURE_ROWS; i++)
        fixture_fill_row(&m->queue.rows[i], &fixture_rows[i], 48121 + (int64_t)i);
    m->queue.cursor = 0;
    m->queue.cursor_id = 48121;
    m->queue.read_at = FIXTURE_NOW;
    m->queue.more_below = true;
}

static inline struct context *fixture_context(const struct queue_row *row)
{
    static const struct { int64_t at; enum status status; bool bad; const char *code, *label, *place, *message; } scans[] = {
        {AGO(MINUTES(192)), STATUS_DELAYED, true, "X/48", "Address incomplete", "Austin TX", "Incorrect address - apartment number missing"},
        {AGO(MINUTES(351)), STATUS_OUT_FOR_DELIVERY, false, "O", "Out for delivery", "Austin TX", "Out For Delivery Today"},
        {AGO(HOURS(17)), STATUS_IN_TRANSIT, false, "I", "Arrived at facility", "San Antonio TX", "Arrived at Facility"},
        {AGO(HOURS(44)), STATUS_IN_TRANSIT, false, "I", "", "Dallas TX", "Departed from Facility"},
        {AGO(HOURS(66)), STATUS_PRE_TRANSIT, false, "M", "Label created", "", "Shipper created a label, UPS has not received the package yet"},
    };
    static const struct { int64_t at; const char *actor, *verb, *text; } acts[] = {
        {AGO(MINUTES(5)), "maria", "note", "Note: the customer said on the phone that the flat is 4B on the second floor, the bell is broken and "
         "the neighbour in 4A takes parcels after five; she would rather not come to the depot."},
        {AGO(MINUTES(30)), "dana", "claim", "Claimed."},
        {AGO(MINUTES(31)), "dana", "release", "Gave it back to the queue."},
        {AGO(MINUTES(180)), "feed", "opened", "Opened as address issue, high, because of ups X/48."},
    };
    struct context *c = xcalloc(1, sizeof *c);
    c->row = *row;
    COPY_TEXT(c->service, "Ground");
    COPY_TEXT(c->row.language, "es");
    COPY_TEXT(c->row.city, "Austin");
    COPY_TEXT(c->row.region, "TX");
    COPY_TEXT(c->row.country, "US");
    COPY_TEXT(c->row.brand, "acme");
    COPY_TEXT(c->status_reason, "ups X/48 -> address_issue (v1)");
    c->edd_at = WHEN_NONE;
    c->shipped_at = AGO(HOURS(66));
    c->placed_at = AGO(DAYS(3) + HOURS(5));
    COPY_TEXT(c->total, "148.20 USD");
    COPY_TEXT(c->customer_external_id, "c-77");
    COPY_TEXT(c->email, "rosa@example.com");
    COPY_TEXT(c->phone, "+15125550142");
    COPY_TEXT(c->time_zone, "America/Chicago");
    COPY_TEXT(c->consent, "sms yes, email yes, whatsapp no");
    COPY_TEXT(c->preferred_channel, "sms");
    COPY_TEXT(c->postal_code, "78701");
    COPY_TEXT(c->address_type, "apartment");
    COPY_TEXT(c->access_instructions, "gate 4411");
    COPY_TEXT(c->next_action, "claim");
    COPY_TEXT(c->next_label, "claim it");
    COPY_TEXT(c->next_then, "ask the customer for the apartment number, wait for the reply");
    COPY_TEXT(c->viewers, "dana");
    COPY_TEXT(c->tracking_url, "https://www.ups.com/track?tracknum=1Z999AA10123456784");
    static const struct { const char *state; int64_t at; const char *owner, *label, *says; } steps[] = {
        {"done", AGO(HOURS(2)), "agent", "send \"Address needed\", then wait for the address", ""},
        {"when", WHEN_NONE, "agent", "give the carrier the address, note who confirmed it", "when they have answered"},
        {"now", WHEN_NONE, "agent", "no answer: ask again, another way", ""},
        {"then", WHEN_NONE, "lead", "decide what becomes of it", "after 1 day, if they have not answered"},
    };
    c->step_count = sizeof steps / sizeof steps[0];
    c->steps = xcalloc(c->step_count, sizeof *c->steps);
    for (size_t i = 0; i < c->step_count; i++) {
        c->steps[i] = (struct playbook_step){.step = (int32_t)i + 1, .at = steps[i].at};
        COPY_TEXT(c->steps[i].state, steps[i].state);
        COPY_TEXT(c->steps[i].owner, steps[i].owner);
        COPY_TEXT(c->steps[i].label, steps[i].label);
        COPY_TEXT(c->steps[i].says, steps[i].says);
    }
    c->lines = xcalloc(1, sizeof *c->lines);
    c->line_count = 1;
    COPY_TEXT(c->lines[0].sku, "LAMP-2");
    COPY_TEXT(c->lines[0].title, "Desk lamp");
    c->lines[0].quantity = 1;
    c->scan_count = sizeof scans / sizeof scans[0];
    c->scans = xcalloc(c->scan_count, sizeof *c->scans);
    for (size_t i = 0; i < c->scan_count; i++) {
        c->scans[i] = (struct scan){.occurred_at = scans[i].at, .status = scans[i].status, .is_exception = scans[i].bad};
        COPY_TEXT(c->scans[i].code, scans[i].code);
        COPY_TEXT(c->scans[i].label, scans[i].label);
        COPY_TEXT(c->scans[i].place, scans[i].place);
        COPY_TEXT(c->scans[i].message, scans[i].message);
    }
    c->activity_count = sizeof acts / sizeof acts[0];
    c->activity = xcalloc(c->activity_count, sizeof *c->activity);
    for (size_t i = 0; i < c->activity_count; i++) {
        c->activity[i].at = acts[i].at;
        COPY_TEXT(c->activity[i].actor, acts[i].actor);
        COPY_TEXT(c->activity[i].verb, acts[i].verb);
        COPY_TEXT(c->activity[i].text, acts[i].text);
    }
    return c;
}

static inline void fixture_views(struct model *m)
{
    static const struct { const char *name, *filter; int64_t count; } views[] = {
        {"Triage", "state:new,working owner:none sort:urgency", 31}, {"Mine", "owner:me", 4},
        {"Breaching", "sla:<1h", 6}, {"Waiting", "state:waiting", -1000}, {"UPS Texas", "carrier:ups region:TX", 12},
    };
    m->view_count = sizeof views / sizeof views[0];
    for (size_t i = 0; i < m->view_count; i++) {
        COPY_TEXT(m->views[i].view.name, views[i].name);
        COPY_TEXT(m->views[i].view.filter, views[i].filter);
        m->views[i].view.position = (int)i + 1;
        m->views[i].count = views[i].count;
    }
    COPY_TEXT(m->filter, views[0].filter);
}

static inline void fixture_init(struct fixture *f, int rows, int cols)
{
    struct model *m = &f->m;
    size_t size;
    memset(f, 0, sizeof *f);
    keymap_init(&f->keymap);
    const char *keys = keymap_builtin("default", &size);
    keymap_read(&f->keymap, "default.keys", keys, size, NULL, NULL);
    m->keymap = &f->keymap;
    m->now = FIXTURE_NOW;
    m->zone = (struct when_zone){.offset = {-6 * 3600}};
    m->rows = rows;
    m->cols = cols;
    COPY_TEXT(m->settings.theme, "default");
    m->settings.links = true;
    m->link = LINK_LIVE;
    m->ever_live = true;
    m->retry_at = WHEN_NONE;
    m->hello.level = ROLE_AGENT;
    COPY_TEXT(m->hello.role, "maria");
    COPY_TEXT(m->hello.brand, "acme");
    COPY_TEXT(m->hello.server, "pg1");
    COPY_TEXT(m->hello.database, "doorstep");
    m->counts = (struct counts){.fresh = 31, .mine = 4, .breaching = 6, .open = 1204};
    m->counts_known = true;
    m->prompt.option = -1;
    m->prompt.error_at = SIZE_MAX;
    fixture_views(m);
    fixture_rows_fill(m);
    m->context = fixture_context(&m->queue.rows[0]);
    m->context_id = m->context->row.id;
    screen_init(&f->s);
    screen_resize(&f->s, rows, cols);
}

static inline void fixture_drop_context(struct fixture *f)
{
    if (f->m.context == NULL)
        return;
    free(f->m.context->lines);
    free(f->m.context->scans);
    free(f->m.context->steps);
    free(f->m.context->activity);
    free(f->m.context);
    f->m.context = NULL;
}

static inline void fixture_finish(struct fixture *f)
{
    fixture_drop_context(f);
    free(f->m.queue.rows);
    free(f->m.menu.items);
    keymap_finish(&f->keymap);
    screen_finish(&f->s);
}

#endif
