/* What the database answers about cases, overrides and batches. */
#ifndef CONTROL_FIXTURE_H
#define CONTROL_FIXTURE_H

#include <stdio.h>

#include "base/die.h"
#include "base/when.h"
#include "core/request.h"

static inline struct case_row case_fixture_row(int64_t id, int64_t exception, enum case_type type, int64_t at, const char *subject)
{
    struct case_row r = {.id = id, .exception_id = exception, .rev = 1, .type = type, .priority = CASE_PRIORITY_NORMAL,
                         .created_at = at, .updated_at = at, .links = 1, .notes = 1};
    snprintf(r.subject, sizeof r.subject, "%s", subject);
    snprintf(r.owner, sizeof r.owner, "maria");
    snprintf(r.by, sizeof r.by, "dana");
    snprintf(r.carrier, sizeof r.carrier, "ups");
    snprintf(r.tracking_number, sizeof r.tracking_number, "1Z999AA10123456784");
    snprintf(r.customer_name, sizeof r.customer_name, "Rosa Delgado");
    return r;
}

/* Three of them: one both sides changed, one the helpdesk never heard of, one solved. */
static inline struct case_row *case_fixture_rows(int64_t exception, int64_t now, size_t *n)
{
    struct case_row *r = xcalloc(3, sizeof *r);
    *n = 3;
    r[0] = case_fixture_row(14, exception, CASE_CARRIER_TRACE, now - 5 * WHEN_MINUTE, "Trace: UPS 1Z999AA10123456784, no scan since Austin TX");
    r[0].priority = CASE_PRIORITY_HIGH;
    snprintf(r[0].desk, sizeof r[0].desk, "zendesk");
    snprintf(r[0].desk_id, sizeof r[0].desk_id, "4711");
    snprintf(r[0].desk_state, sizeof r[0].desk_state, "pending");
    snprintf(r[0].desk_url, sizeof r[0].desk_url, "https://acme.zendesk.com/agent/tickets/4711");
    snprintf(r[0].conflict, sizeof r[0].conflict, "the helpdesk says solved since 13:58, maria set it to pending at 14:01");
    r[1] = case_fixture_row(12, exception, CASE_CLAIM, now - 3 * WHEN_HOUR, "Claim: lamp arrived broken");
    r[1].priority = CASE_PRIORITY_URGENT;
    r[1].state = CASE_STATE_PENDING;
    snprintf(r[1].sync, sizeof r[1].sync, "failed");
    r[2] = case_fixture_row(7, exception, CASE_CUSTOMER, now - 2 * WHEN_DAY, "Where is my parcel?");
    r[2].state = CASE_STATE_SOLVED;
    r[2].owner[0] = '\0';
    return r;
}

static inline void case_fixture_note(struct support_case *c, int64_t at, const char *by, bool desk, const char *text)
{
    c->notes = xrealloc(c->notes, (c->note_count + 1) * sizeof *c->notes);
    struct case_note *n = &c->notes[c->note_count++];
    *n = (struct case_note){.id = (int64_t)c->note_count, .at = at, .desk = desk, .text = xstrdup(text)};
    snprintf(n->by, sizeof n->by, "%s", by);
}

#define CASE_CONTEXT "Last scan   2026-11-21 10:51 Austin TX: Address incomplete (X/48)\nPromise     2026-11-21\nTold        SMS, delivered 10:52: Address needed\n" \
                     "Order       10-33812\nCustomer    Rosa Delgado, gold"

static inline struct support_case *case_fixture(const struct case_row *row, int64_t now)
{
    struct support_case *c = xcalloc(1, sizeof *c);
    c->row = *row;
    c->context = xstrdup(CASE_CONTEXT);
    snprintf(c->tags, sizeof c->tags, "ups address_issue");
    case_fixture_note(c, now - 2 * WHEN_HOUR, "dana", false, "Called the depot: they look for it in the overgoods cage and call back before five.");
    case_fixture_note(c, now - WHEN_HOUR, "carla", true, "UPS opened trace 88-1234.");
    c->link_count = 2;
    c->links = xcalloc(2, sizeof *c->links);
    c->links[0] = row->exception_id;
    c->links[1] = row->exception_id + 4;
    c->sync_count = 1;
    c->syncs = xcalloc(1, sizeof *c->syncs);
    c->syncs[0] = (struct case_sync_row){.at = now - WHEN_HOUR, .op = "create", .state = "done", .tries = 2};
    snprintf(c->syncs[0].reason, sizeof c->syncs[0].reason, "201");
    return c;
}

static inline struct support_case *case_fixture_draft(int64_t exception, enum case_type type, int64_t existing)
{
    struct case_row row = case_fixture_row(0, exception, type, 0, "UPS 1Z999AA10123456784: address issue");
    struct support_case *c = xcalloc(1, sizeof *c);
    c->row = row;
    c->existing = existing;
    c->context = xstrdup(CASE_CONTEXT);
    snprintf(c->tags, sizeof c->tags, "ups address_issue");
    return c;
}

static inline struct override_preview *preview_fixture(int64_t shipments, int64_t expires)
{
    static const struct { const char *carrier; enum status status; int64_t share; } groups[] = {
        {"ups", STATUS_IN_TRANSIT, 60}, {"ups", STATUS_DELAYED, 25}, {"fedex", STATUS_IN_TRANSIT, 15}};
    struct override_preview *p = xcalloc(1, sizeof *p);
    *p = (struct override_preview){.asked = shipments + shipments / 10, .shipments = shipments, .changes = shipments * 3 / 4, .same = shipments / 4,
        .overridden = shipments / 50, .newer = shipments / 20, .newer_hours = 24, .resolves = 0, .stays = shipments, .messages = shipments / 30,
        .threshold = 50, .needs_approval = shipments > 50, .allowed = true, .expires_at = expires};
    p->group_count = 3;
    p->groups = xcalloc(3, sizeof *p->groups);
    for (size_t i = 0; i < 3; i++) {
        snprintf(p->groups[i].carrier, sizeof p->groups[i].carrier, "%s", groups[i].carrier);
        p->groups[i].status = groups[i].status;
        p->groups[i].count = shipments * groups[i].share / 100;
    }
    return p;
}

static inline struct override_row *overrides_fixture(int64_t now, size_t *n)
{
    struct override_row *o = xcalloc(2, sizeof *o);
    *n = 2;
    o[0] = (struct override_row){.id = 31, .batch_id = 7, .at = now - 3 * WHEN_HOUR, .expires_at = now + 2 * WHEN_DAY, .ended_at = WHEN_NONE,
        .conflict_at = now - 20 * WHEN_MINUTE, .state = "conflict", .status = STATUS_DELAYED,
        .conflict_status = STATUS_OUT_FOR_DELIVERY, .batch_size = 312, .outage_id = 3};
    snprintf(o[0].by, sizeof o[0].by, "dana");
    snprintf(o[0].reason, sizeof o[0].reason, "carrier_outage");
    snprintf(o[0].note, sizeof o[0].note, "UPS hub in Dallas is down since the storm; scans come late");
    o[1] = (struct override_row){.id = 12, .batch_id = 4, .at = now - 4 * WHEN_DAY, .expires_at = now - WHEN_DAY, .ended_at = now - 3 * WHEN_DAY,
        .conflict_at = WHEN_NONE, .state = "reverted", .status = STATUS_LOST, .batch_size = 1};
    snprintf(o[1].by, sizeof o[1].by, "maria");
    snprintf(o[1].ended_by, sizeof o[1].ended_by, "maria");
    snprintf(o[1].reason, sizeof o[1].reason, "carrier_confirmed");
    snprintf(o[1].note, sizeof o[1].note, "the agent on the phone said so, it was another parcel");
    return o;
}

static inline struct batch_row *batches_fixture(int64_t now, size_t *n)
{
    struct batch_row *b = xcalloc(3, sizeof *b);
    *n = 3;
    for (int i = 0; i < 3; i++) {
        b[i] = (struct batch_row){.id = 9 - i, .at = now - (i + 1) * WHEN_HOUR, .expires_at = now + 2 * WHEN_DAY, .decided_at = WHEN_NONE,
                                  .ended_at = WHEN_NONE, .status = STATUS_DELAYED, .shipments = 312 - 290 * (i == 2)};
        snprintf(b[i].by, sizeof b[i].by, "%s", i == 1 ? "maria" : "dana");
        snprintf(b[i].reason, sizeof b[i].reason, "carrier_outage");
        snprintf(b[i].note, sizeof b[i].note, "UPS hub in Dallas is down since the storm; scans come late");
        snprintf(b[i].chosen, sizeof b[i].chosen, "carrier:ups region:TX");
    }
    b[0].may_decide = true;
    b[1].mine = true;
    b[2].state = BATCH_APPLIED;
    b[2].applied = b[2].active = 20;
    b[2].skipped = 2;
    b[2].conflicts = 3;
    b[2].decided_at = now - WHEN_HOUR;
    snprintf(b[2].decided_by, sizeof b[2].decided_by, "omar");
    return b;
}

#endif
