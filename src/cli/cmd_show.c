/* show: one exception, for people as a page, for programs as a document. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "cli/queue_rows.h"
#include "cli/session.h"

#define SHOW_ROWS 200   /* scans and activity rows each */

/* "label   text", nothing when there is no text. */
static void line(const char *label, const char *text)
{
    if (text && *text)
        printf("%-14s %s\n", label, text);
}

static void when_line(const char *label, int64_t at)
{
    char text[40];
    if (at == WHEN_NONE)
        return;
    when_format_utc(at, text, sizeof text);
    line(label, text);
}

static void show_shipment(const struct context *x)
{
    const struct queue_row *r = &x->row;
    printf("#%" PRId64 " %s (%s, %s)\n", r->id, kind_label(r->kind), severity_name(r->severity), state_name(r->state));
    line("carrier", r->carrier_name);
    line("service", x->service);
    line("tracking", r->tracking_number);
    line("link", x->tracking_url);
    line("status", status_label(r->effective_status));
    if (r->carrier_status != r->effective_status)
        line("carrier says", status_label(r->carrier_status));
    line("reason", r->reason);
    line("read from", x->status_reason);
    line("heard", x->said);
    when_line("promised", r->promised_at);
    when_line("expected", x->edd_at);
    when_line("last scan", r->last_scan_at);
    when_line("opened", r->opened_at);
    when_line("due", r->due_at);
    when_line("asleep until", r->wake_at);
    line("owner", *r->owner ? r->owner : "nobody");
    line("viewing", x->viewers);
    when_line("resolved", r->resolved_at);
    line("resolution", x->resolution);
    line("", x->resolution_text);
}

static void show_customer(const struct context *x)
{
    const struct queue_row *r = &x->row;
    char place[160] = "";
    const char *parts[] = {r->city, r->region, x->postal_code, r->country};   /* of who was forgotten only some */
    for (size_t i = 0, used = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (*parts[i] && used < sizeof place)
            used += (size_t)snprintf(place + used, sizeof place - used, "%s%s", used ? " " : "", parts[i]);
    line("customer", r->customer);
    line("tier", r->tier);
    line("language", r->language);
    line("e-mail", x->email);
    line("phone", x->phone);
    line("consent", x->consent);
    line("order", r->order_number);
    line("total", x->total);
    for (size_t i = 0; i < x->line_count; i++)
        printf("%-14s %" PRId32 " x %s (%s)\n", "", x->lines[i].quantity, x->lines[i].title, x->lines[i].sku);
    line("to", place);
    line("address type", x->address_type);
    line("access", x->access_instructions);
}

static void show_history(const struct context *x)
{
    char at[40];
    if (x->scan_count)
        printf("\nscans, newest first\n");
    for (size_t i = 0; i < x->scan_count; i++) {
        const struct scan *s = &x->scans[i];
        when_format_utc(s->occurred_at, at, sizeof at);
        printf("  %s %c %s%s%s%s%s\n", at, s->is_exception ? '!' : ' ', *s->label ? s->label : s->message,
               *s->label && *s->message ? ": " : "", *s->label ? s->message : "", *s->place ? ", " : "", s->place);
    }
    if (x->activity_count)
        printf("\nactivity, newest first\n");
    for (size_t i = 0; i < x->activity_count; i++) {
        when_format_utc(x->activity[i].at, at, sizeof at);
        printf("  %s   %s: %s\n", at, x->activity[i].actor, x->activity[i].text);
    }
}

static void show_steps(const struct context *x)
{
    if (x->step_count)
        printf("\nplaybook\n");
    for (size_t i = 0; i < x->step_count; i++) {
        const struct playbook_step *s = &x->steps[i];
        char at[40] = "";
        if (s->at != WHEN_NONE && strcmp(s->state, "now") != 0)
            when_format_utc(s->at, at, sizeof at);
        printf("  %d %-6s %s%s%s%s%s%s\n", (int)s->step, s->state, strcmp(s->owner, "lead") == 0 ? "a lead: " : "", s->label, *at ? ", " : "", at, *s->says ? ", " : "", s->says);
    }
}

static void show_page(const struct context *x)
{
    show_shipment(x);
    show_customer(x);
    line("next step", x->next_label);
    show_steps(x);
    show_history(x);
}

static bool no_such(int64_t id, struct err *e)
{
    return err_set(e, ERR_REFUSED, NULL, "there is no exception #%" PRId64 ", or it belongs to a brand you do not see", id);
}

/* The document as the database makes it: one query, one snapshot. */
static bool show_document(struct db_sync *db, int64_t id, struct err *e)
{
    struct table t = {0};
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, id);
    if (!db_sync_table(db, "show", (const char *const[]){number}, 1, &t, e))
        return false;
    bool found = t.rows == 1 && t.cells[0];
    if (found)
        puts(t.cells[0]);
    table_finish(&t);
    return found || no_such(id, e);
}

static bool show_cases(struct db_sync *db, int64_t id, struct err *e)
{
    struct request ask = {.kind = REQ_CASES, .ids = xcalloc(1, sizeof *ask.ids), .id_count = 1};
    ask.ids[0] = id;
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e);
    for (size_t i = 0; ok && i < answer.case_count; i++) {
        const struct case_row *k = &answer.cases[i];
        printf("%s  C%" PRId64 " %s, %s, %s: %s%s%s\n", i ? "" : "\ncases\n", k->id, case_type_label(k->type), case_state_name(k->state),
               case_priority_name(k->priority), k->subject, *k->desk_url ? "  " : "", k->desk_url);
    }
    reply_finish(&answer);
    return ok;
}

/* Overrides and outages, as lines under headings. */
static bool show_control(struct db_sync *db, int64_t id, struct err *e)
{
    struct table t = {0};
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, id);
    if (!db_sync_table(db, "show_control", (const char *const[]){number}, 1, &t, e))
        return false;
    for (size_t i = 0; i < t.rows; i++) {
        char *const *row = t.cells + i * t.columns;
        if (i == 0 || strcmp(row[0], t.cells[(i - 1) * t.columns]) != 0)
            printf("\n%s\n", row[0]);
        char text[2048];
        utf8_clean(row[1], strlen(row[1]), text, sizeof text, UTF8_ONE_LINE);
        printf("  %s\n", text);
    }
    table_finish(&t);
    return true;
}

static bool show_context(struct db_sync *db, int64_t id, enum format format, struct err *e)
{
    struct request ask = {.kind = REQ_CONTEXT, .ids = xcalloc(1, sizeof *ask.ids), .id_count = 1, .limit = SHOW_ROWS, .whole = true};
    ask.ids[0] = id;
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e);
    if (ok && !answer.context) {
        ok = no_such(id, e);
    } else if (ok && format == FORMAT_CSV) {
        struct printer *p = queue_rows_begin(format);
        queue_rows_print(p, &answer.context->row);
        ok = print_end(p, e);
    } else if (ok) {
        show_page(answer.context);
        ok = show_cases(db, id, e) && show_control(db, id, e);
    }
    reply_finish(&answer);
    return ok;
}

int cmd_show(struct cli *c)
{
    struct err e = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    if (c->operand_count != 1)
        return cli_usage(c, "which exception? give one number");
    int64_t id;
    if (!session_id(c->operands[0], &id, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && (format == FORMAT_JSON ? show_document(db, id, &e) : show_context(db, id, format, &e));
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}
