/* Outages and the state of control. */
#include "db/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "db/decode.h"

struct line {                  /* a row of control_state: what waits for me stands in each */
    struct control_state state;
    struct outage_row outage;
};
#define LINE(sql, type, member) COLUMN(sql, type, struct line, member)
static const struct column columns[] = {
    LINE("pending", INT, state.pending), LINE("pending_mine", INT, state.pending_mine), LINE("conflicts", INT, state.conflicts),
    LINE("suggestions", INT, state.suggestions), LINE("id", INT, outage.id), LINE("title", TEXT, outage.title), LINE("scope", TEXT, outage.scope),
    LINE("message", TEXT, outage.message), LINE("by", TEXT, outage.by), LINE("ended_by", TEXT, outage.ended_by),
    LINE("started_at", INSTANT, outage.started_at), LINE("until", INSTANT, outage.until), LINE("ended_at", INSTANT, outage.ended_at),
    LINE("hold_messages", BOOL, outage.hold_messages), LINE("pause_sla", BOOL, outage.pause_sla), LINE("exceptions", INT, outage.exceptions),
    LINE("fresh", INT, outage.fresh), LINE("held", INT, outage.held), LINE("overridden", INT, outage.overridden),
    LINE("follow_up", INT, outage.follow_up),
};

static void take_control(struct call *c, const PGresult *r)
{
    int n = PQntuples(r);
    struct control_state *s = &c->reply.control;
    struct outage_row *outages = xcalloc((size_t)n, sizeof *outages);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        struct line l = {0};
        decode_row(r, i, columns, sizeof columns / sizeof columns[0], &l);
        *s = l.state;
        if (l.outage.id)       /* none: the one row that is there without outages */
            outages[count++] = l.outage;
    }
    s->outages = outages;
    s->outage_count = count;
}

void call_control(struct call *c) { call_query(c, "control_state", take_control); }
void call_outage_list(struct call *c) { call_query(c, "outage_list", take_control); }

#define PREVIEW(sql, type, member) COLUMN(sql, type, struct outage_preview, member)
static const struct column preview_columns[] = {
    PREVIEW("title", TEXT, title), PREVIEW("scope", TEXT, scope), PREVIEW("exceptions", INT, exceptions), PREVIEW("open", INT, open),
    PREVIEW("owned", INT, owned), PREVIEW("shipments", INT, shipments), PREVIEW("messages", INT, messages), PREVIEW("clocks", INT, clocks),
    PREVIEW("overlaps", INT, overlaps), PREVIEW("allowed", BOOL, allowed), PREVIEW("refusal", TEXT, refusal), PREVIEW("warning", TEXT, warning),
};

static void take_preview(struct call *c, const PGresult *r)
{
    if (PQntuples(r) != 1)
        return;
    c->reply.outage_preview = xcalloc(1, sizeof *c->reply.outage_preview);
    decode_row(r, 0, preview_columns, sizeof preview_columns / sizeof preview_columns[0], c->reply.outage_preview);
}

/* 100,000 exceptions take tens of seconds, and nobody knows how many there are. */
enum { PATIENCE_MS = 120000 };

void call_outage_preview(struct call *c)
{
    call_be_patient(c, PATIENCE_MS);
    call_param(call_query(c, "outage_preview", take_preview), c->request.control.scope);
}

static void param_instant(struct call_part *p, int64_t at)
{
    if (at == WHEN_NONE)
        call_param(p, NULL);
    else
        call_param_int(p, at);
}

void call_outage_declare(struct call *c)
{
    const struct control_request *o = &c->request.control;
    call_be_patient(c, PATIENCE_MS);
    struct call_part *p = call_query(c, "outage_declare", call_take_results);
    call_param(p, c->request.key);
    call_param(p, o->scope);
    call_param(p, o->text);
    call_param(p, o->hold ? "true" : "false");
    call_param(p, o->pause ? "true" : "false");
    call_param(p, o->status < STATUS_COUNT ? status_name(o->status) : NULL);
    call_param(p, o->code);
    param_instant(p, o->until);
}

static void put_until(struct buf *b, int64_t until)
{
    char at[40] = "";
    if (until != WHEN_NONE)
        when_format_utc(until, at, sizeof at);
    buf_puts(b, until == WHEN_NONE ? ",\"until\":null" : ",\"until\":");
    if (until != WHEN_NONE)
        buf_put_json(b, at, strlen(at));
}

/* What is to be changed, as an object: {"message": …, "until": …}. */
static char *fields_given(const struct control_request *o)
{
    struct buf b;
    buf_init(&b, 0);
    if (o->fields & OUTAGE_SET_TEXT) {
        buf_puts(&b, ",\"message\":");
        buf_put_json(&b, o->text ? o->text : "", o->text ? strlen(o->text) : 0);
    }
    if (o->fields & OUTAGE_SET_UNTIL)
        put_until(&b, o->until);
    if (o->fields & OUTAGE_SET_HOLD)
        buf_printf(&b, ",\"hold_messages\":%s", o->hold ? "true" : "false");
    if (o->fields & OUTAGE_SET_PAUSE)
        buf_printf(&b, ",\"pause_sla\":%s", o->pause ? "true" : "false");
    buf_putc(&b, '}');
    char *json = buf_take(&b);
    json[0] = '{';             /* over the first comma, or over the brace of an empty object */
    if (!json[1]) {
        free(json);
        return xstrdup("{}");
    }
    return json;
}

static void set(struct call *c)
{
    char *fields = fields_given(&c->request.control);
    struct call_part *p = call_query(c, "outage_set", call_take_results);
    call_param(p, c->request.key);
    call_param_int(p, c->request.id_count ? c->request.ids[0] : 0);
    call_param(p, fields);
    free(fields);
}

void call_outage_act(struct call *c)
{
    const char *what = c->request.name ? c->request.name : "";
    call_be_patient(c, PATIENCE_MS);
    if (strcmp(what, "set") == 0) {
        set(c);
        return;
    }
    bool dismiss = strcmp(what, "dismiss") == 0;
    struct call_part *p = call_query(c, dismiss ? "suggestion_dismiss" : "outage_end", call_take_results);
    call_param(p, c->request.key);
    call_param_ids(p, c->request.ids, c->request.id_count);
    if (!dismiss)
        call_param(p, c->request.control.text);
}

/* One sentence speaks for one outage; of several the first refusal does. */
void call_complete_outage(struct call *c)
{
    struct reply *r = &c->reply;
    const struct act_result *first = r->result_count ? r->results : NULL;
    size_t refused = 0;
    for (size_t i = 0; i < r->result_count; i++)
        if (!r->results[i].ok && !refused++)
            first = &r->results[i];
    if (r->result_count == 1 || refused)
        snprintf(r->summary, sizeof r->summary, "%s", first->message);
    else
        snprintf(r->summary, sizeof r->summary, "%zu outages", r->result_count);
}
