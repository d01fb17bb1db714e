/* Overrides: what one would do, doing and taking back, batches, and those of one parcel. */
#include "db/call.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/when.h"
#include "db/decode.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

/* 100,000 shipments take the server some ten seconds; another such action may be ahead of it. */
enum { MANY = 1000, PATIENCE_MS = 120000, LIST_MOST = 100 };

static void param_instant(struct call_part *p, int64_t at)
{
    char text[40];
    when_format_utc(at == WHEN_NONE ? 0 : at, text, sizeof text);
    call_param(p, at == WHEN_NONE ? NULL : text);
}

/* --- looking first ---------------------------------------------------------------- */

struct preview_row {
    struct override_preview p;
    char *groups;
};
#define LOOK(sql, type, member) COLUMN(sql, type, struct preview_row, member)
static const struct column preview_columns[] = {
    LOOK("asked", INT, p.asked), LOOK("shipments", INT, p.shipments), LOOK("changes", INT, p.changes), LOOK("same", INT, p.same),
    LOOK("overridden", INT, p.overridden), LOOK("newer", INT, p.newer), LOOK("newer_hours", INT, p.newer_hours), LOOK("resolves", INT, p.resolves),
    LOOK("keeps_case", INT, p.keeps_case), LOOK("stays", INT, p.stays), LOOK("clocks", INT, p.clocks), LOOK("messages", INT, p.messages),
    LOOK("denied", INT, p.denied), LOOK("threshold", INT, p.threshold), LOOK("needs_approval", BOOL, p.needs_approval), LOOK("allowed", BOOL, p.allowed),
    LOOK("refusal", TEXT, p.refusal), LOOK("expires_at", INSTANT, p.expires_at), LOOK("groups", LINES, groups),
    LOOK("alone", INT, p.alone),
};

/* [["ups", "in_transit", 312], …] */
static void read_groups(struct override_preview *p, const char *text)
{
    json_t *groups = text ? json_loads(text, 0, NULL) : NULL;
    p->groups = xcalloc(json_array_size(groups), sizeof *p->groups);
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *g = json_array_get(groups, i);
        const char *carrier = json_string_value(json_array_get(g, 0)), *status = json_string_value(json_array_get(g, 1));
        if (!carrier || !status || !status_parse(status, strlen(status), &p->groups[p->group_count].status))
            continue;
        pg_clean(p->groups[p->group_count].carrier, sizeof p->groups->carrier, carrier, strlen(carrier));
        p->groups[p->group_count++].count = json_integer_value(json_array_get(g, 2));
    }
    json_decref(groups);
}

static void take_preview(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    struct preview_row row = { .groups = NULL };
    decode_row(r, 0, preview_columns, COUNT(preview_columns), &row);
    read_groups(&row.p, row.groups);
    free(row.groups);
    c->reply.preview = xcalloc(1, sizeof *c->reply.preview);
    *c->reply.preview = row.p;
}

void call_override_preview(struct call *c)
{
    const struct request *r = &c->request;
    if (r->id_count > MANY || (r->id_count && r->ids[0] < 0))
        call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_query(c, "override_preview", take_preview);
    call_param_ids(p, r->ids, r->id_count);
    call_param(p, status_name(r->control.status));
    param_instant(p, r->control.until);
}

/* --- doing and taking back ---------------------------------------------------------- */

void call_override_apply(struct call *c)
{
    const struct request *r = &c->request;
    if (r->id_count > MANY || (r->id_count && r->ids[0] < 0))
        call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_query(c, "override_apply", call_take_results);
    call_param(p, r->key);
    call_param_ids(p, r->ids, r->id_count);
    call_param(p, status_name(r->control.status));
    call_param(p, r->control.code);
    call_param(p, r->control.text);
    param_instant(p, r->control.until);
    if (r->control.outage)
        call_param_int(p, r->control.outage);
    else
        call_param(p, NULL);
    call_param(p, r->filter);
}

void call_override_revert(struct call *c)
{
    const struct request *r = &c->request;
    if (r->id_count > MANY || (r->id_count && r->ids[0] < 0))
        call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_acting(c, "override_revert");
    call_param(p, r->key);
    call_param_ids(p, r->ids, r->id_count);
    call_param(p, r->control.text);
}

void call_batch_act(struct call *c)
{
    const struct request *r = &c->request;
    call_be_patient(c, PATIENCE_MS);        /* nobody knows of how many */
    struct call_part *p = call_query(c, "override_batch_act", call_take_results);
    call_param(p, r->key);
    call_param_ids(p, r->ids, r->id_count);
    call_param(p, batch_op_name(r->control.batch_op));
    call_param(p, r->control.text);
}

/* An override's first row speaks of all of it, a batch's of that batch. */
void call_complete_override(struct call *c)
{
    const struct reply *r = &c->reply;
    bool speaks = r->result_count && r->results[0].message[0] && (c->request.kind == REQ_OVERRIDE_APPLY || c->request.id_count == 1);
    if (speaks)
        snprintf(c->reply.summary, sizeof c->reply.summary, "%s", r->results[0].message);
    else
        call_summary(c, c->request.kind == REQ_OVERRIDE_REVERT ? "taken back" : "done");
}

/* --- reading --------------------------------------------------------------------------- */

struct batch_text {
    struct batch_row row;
    char state[12];
};
#define BATCH(sql, type, member) COLUMN(sql, type, struct batch_text, member)
static const struct column batch_columns[] = {
    BATCH("id", INT, row.id), BATCH("at", INSTANT, row.at), BATCH("expires_at", INSTANT, row.expires_at), BATCH("decided_at", INSTANT, row.decided_at),
    BATCH("ended_at", INSTANT, row.ended_at), BATCH("state", TEXT, state), BATCH("status", STATUS, row.status), BATCH("by", TEXT, row.by),
    BATCH("decided_by", TEXT, row.decided_by), BATCH("ended_by", TEXT, row.ended_by), BATCH("reason", TEXT, row.reason), BATCH("note", TEXT, row.note),
    BATCH("chosen", TEXT, row.chosen), BATCH("shipments", INT, row.shipments), BATCH("applied", INT, row.applied), BATCH("skipped", INT, row.skipped),
    BATCH("active", INT, row.active), BATCH("conflicts", INT, row.conflicts), BATCH("outage_id", INT, row.outage_id), BATCH("mine", BOOL, row.mine),
    BATCH("may_decide", BOOL, row.may_decide),
};

static void take_batches(struct call *c, const PGresult *r)
{
    size_t n = (size_t)PQntuples(r);
    c->reply.batches = xcalloc(n, sizeof *c->reply.batches);
    c->reply.batch_count = n;
    for (size_t i = 0; i < n; i++) {
        struct batch_text b = { .state = "" };
        decode_row(r, (int)i, batch_columns, COUNT(batch_columns), &b);
        batch_state_parse(b.state, strlen(b.state), &b.row.state);
        c->reply.batches[i] = b.row;
    }
}

void call_batches(struct call *c)
{
    const struct request *r = &c->request;
    struct call_part *p = call_query(c, "override_batches", take_batches);
    call_param(p, r->control.list ? r->control.list : "pending");
    call_param_int(p, r->limit > 0 ? r->limit : LIST_MOST);
}

#define OVERRIDE(sql, type, member) COLUMN(sql, type, struct override_row, member)
static const struct column override_columns[] = {
    OVERRIDE("id", INT, id), OVERRIDE("batch_id", INT, batch_id), OVERRIDE("at", INSTANT, at), OVERRIDE("expires_at", INSTANT, expires_at),
    OVERRIDE("ended_at", INSTANT, ended_at), OVERRIDE("conflict_at", INSTANT, conflict_at), OVERRIDE("state", TEXT, state), OVERRIDE("status", STATUS, status),
    OVERRIDE("conflict_status", STATUS, conflict_status), OVERRIDE("by", TEXT, by),
    OVERRIDE("ended_by", TEXT, ended_by), OVERRIDE("reason", TEXT, reason), OVERRIDE("note", TEXT, note), OVERRIDE("skip_reason", TEXT, skip_reason),
    OVERRIDE("batch_size", INT, batch_size), OVERRIDE("outage_id", INT, outage_id),
};

static void take_overrides(struct call *c, const PGresult *r)
{
    size_t n = (size_t)PQntuples(r);
    c->reply.overrides = xcalloc(n, sizeof *c->reply.overrides);
    c->reply.override_count = n;
    for (size_t i = 0; i < n; i++)
        decode_row(r, (int)i, override_columns, COUNT(override_columns), &c->reply.overrides[i]);
}

void call_overrides(struct call *c)
{
    const struct request *r = &c->request;
    struct call_part *p = call_query(c, "overrides", take_overrides);
    call_param_int(p, r->id_count ? r->ids[0] : 0);
    call_param_int(p, r->limit > 0 ? r->limit : LIST_MOST);
}
