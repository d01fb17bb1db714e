/* case: what is worked on with somebody outside the queue. A case is written 12 or C12. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "cli/change.h"
#include "cli/session.h"

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

static bool case_numbers(const struct cli *c, int64_t **ids, size_t *count, struct err *e)
{
    return change_numbers(c, 0, "case", "case list", ids, count, e);
}

/* The one case among the operands, or the first with `rest` further ones. */
static bool one_case(const struct cli *c, bool rest, int64_t *out, struct err *e)
{
    struct cli first = *c;
    int64_t *ids = NULL;
    size_t count = 0;
    if (first.operand_count > 1 && rest)
        first.operand_count = 1;
    if (!case_numbers(&first, &ids, &count, e))
        return false;
    *out = count == 1 ? ids[0] : 0;
    free(ids);
    return count == 1 || err_set(e, ERR_USAGE, NULL, "which case? give one number");
}

/* All values of an option, with blanks between. Heap; NULL: not given. */
static char *all_values(const struct cli *c, const char *option)
{
    struct buf b;
    if (!cli_flag(c, option))
        return NULL;
    buf_init(&b, 0);
    for (int i = 0; i < c->given_count; i++)
        if (strcmp(c->given[i]->name, option) == 0)
            buf_printf(&b, "%s%s", b.len ? " " : "", c->values[i]);
    return buf_take(&b);
}

/* --- words, refused before the database is asked -------------------------------- */

static bool check_type(const char *s, struct err *e)
{
    enum case_type ignored;
    if (!s)
        return err_set(e, ERR_USAGE, NULL, "what kind of case? --type customer, carrier_trace, claim or internal");
    return case_type_parse(s, strlen(s), &ignored) ||
           err_set(e, ERR_USAGE, "--type", "\"%.40s\" is none of customer, carrier_trace, claim, internal", s);
}

static bool check_priority(const char *s, struct err *e)
{
    enum case_priority ignored;
    return !s || case_priority_parse(s, strlen(s), &ignored) ||
           err_set(e, ERR_USAGE, "--priority", "\"%.40s\" is none of low, normal, high, urgent", s);
}

static bool check_state(const char *s, struct err *e)
{
    enum case_state ignored;
    return !s || case_state_parse(s, strlen(s), &ignored) ||
           err_set(e, ERR_USAGE, "--state", "\"%.40s\" is none of open, pending, solved, closed", s);
}

/* --- reading -------------------------------------------------------------------- */

static int list(struct cli *c)
{
    /* the longest is last: on a narrow terminal only its end goes on below */
    static const int widths[] = {2, 8, 5, 6, 5, 4, 5, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    struct err e = {0};
    int64_t limit = 500, exception = 0;
    const char *of = cli_value(c, "exception", NULL), *state = cli_value(c, "state", NULL);
    bool mine = cli_flag(c, "mine"), conflict = cli_flag(c, "conflict"), all = cli_flag(c, "all");
    char limit_text[24], of_text[24];
    if (c->operand_count)
        return cli_usage(c, "`doorstep case show` takes a case; this lists them");
    if ((state != NULL) + mine + conflict + all > 1)
        return cli_usage(c, "give one of --state, --mine, --conflict, --all");
    if (!check_state(state, &e) || !cli_number(c, "limit", 1, 100000, &limit, &e) || (of && !session_id(of, &exception, &e)))
        return cli_fail(c, &e);
    snprintf(limit_text, sizeof limit_text, "%" PRId64, limit);
    snprintf(of_text, sizeof of_text, "%" PRId64, exception);
    /* "open" as a list is open and pending */
    const char *which = mine ? "mine" : conflict ? "conflict" : all || (of && !state) ? "all" : !state ? "open" : strcmp(state, "open") == 0 ? "new" : state;
    const char *params[] = {which, of ? of_text : NULL, limit_text, NULL};
    return session_list(c, "case_table", params, 4, widths, "no cases");
}

static void line(const char *label, const char *text)
{
    if (text && *text)
        printf("%-10s %s\n", label, text);
}

static void show_head(const struct support_case *k)
{
    const struct case_row *r = &k->row;
    char at[40];
    printf("C%" PRId64 " %s, %s, %s: %s\n", r->id, case_type_label(r->type), case_state_name(r->state), case_priority_name(r->priority), r->subject);
    if (k->merged_into)
        printf("%-10s C%" PRId64 "\n", "merged in", k->merged_into);
    line("owner", *r->owner ? r->owner : "nobody");
    when_format_utc(r->created_at, at, sizeof at);
    printf("%-10s %s by %s\n", "opened", at, r->by);
    when_format_utc(r->updated_at, at, sizeof at);
    line("changed", at);
    line("tags", k->tags);
    printf("%-10s", "exceptions");
    for (size_t i = 0; i < k->link_count; i++)
        printf(" #%" PRId64, k->links[i]);
    putchar('\n');
    line("helpdesk", *r->desk_id ? r->desk_id : r->desk);
    line("its state", r->desk_state);
    line("link", r->desk_url);
    line("telling it", r->sync);
    line("conflict", r->conflict);
}

static void show_page(const struct support_case *k)
{
    char at[40];
    show_head(k);
    if (k->context)
        printf("\n%s\n", k->context);
    for (size_t i = 0; i < k->note_count; i++) {
        const struct case_note *n = &k->notes[i];
        when_format_utc(n->at, at, sizeof at);
        printf("%s  %s  %s%s\n%s\n", i ? "" : "\nnotes\n", at, n->by, n->is_public ? " to the customer, in the helpdesk" : n->desk ? " in the helpdesk" : "", n->text);
    }
    for (size_t i = 0; i < k->sync_count; i++) {
        const struct case_sync_row *s = &k->syncs[i];
        when_format_utc(s->at, at, sizeof at);
        printf("%s  %s  %s %s%s%s\n", i ? "" : "\nwhat the helpdesk is told, newest first\n", at, s->op, s->state, *s->reason ? ": " : "", s->reason);
    }
}

static bool no_such(int64_t id, struct err *e)
{
    return err_set(e, ERR_REFUSED, NULL, "there is no case C%" PRId64 ", or it belongs to a brand you do not see", id);
}

static bool show_for_people(struct db_sync *db, int64_t id, struct err *e)
{
    struct request ask = {.kind = REQ_CASE, .control = {.id = id}};
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, e) && (answer.kase || no_such(id, e));
    if (ok)
        show_page(answer.kase);
    reply_finish(&answer);
    return ok;
}

static bool show_for_programs(struct db_sync *db, int64_t id, enum format format, struct err *e)
{
    struct table t = {0};
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, id);
    bool json = format == FORMAT_JSON;
    const char *const params[] = {json ? text : NULL, NULL, "1", text};
    bool ok = db_sync_table(db, json ? "case_show" : "case_table", params, json ? 1 : 4, &t, e);
    if (ok && (!t.rows || !t.cells[0]))
        ok = no_such(id, e);
    else if (ok && json)
        puts(t.cells[0]);
    else if (ok)
        ok = session_print(&t, format, NULL, e);
    table_finish(&t);
    return ok;
}

static int show(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t id;
    if (!cli_format(c, &format, &e) || !one_case(c, false, &id, &e))
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && (format == FORMAT_TABLE ? show_for_people(db, id, &e) : show_for_programs(db, id, format, &e));
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

/* --- changing ------------------------------------------------------------------- */

static int open_cases(struct cli *c)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    const char *type = cli_value(c, "type", NULL), *priority = cli_value(c, "priority", NULL);
    if (!check_type(type, &e) || !check_priority(priority, &e))
        return cli_fail(c, &e);
    char *tags = all_values(c, "tag");
    const char *params[] = {type, priority, cli_value(c, "subject", NULL), tags, cli_value(c, "note", NULL)};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    int status;
    if (db && session_targets(c, db, &ids, &count, &e))
        status = change_many(c, db, "case_open", ids, count, params, 5, "cases opened:");
    else
        status = cli_fail(c, &e);
    db_sync_close(db);
    free(ids);
    free(tags);
    return status;
}

static int change_cases(struct cli *c, const char *query, const char *const *params, int n, const char *done)
{
    struct err e = {0};
    int64_t *ids = NULL;
    size_t count = 0;
    if (!case_numbers(c, &ids, &count, &e))
        return cli_fail(c, &e);
    int status = change_many(c, NULL, query, ids, count, params, n, done);
    free(ids);
    return status;
}

static int note(struct cli *c)
{
    const char *text = cli_value(c, "text", NULL);
    return text ? change_cases(c, "case_note", &text, 1, "noted on") : cli_usage(c, "what is the note? --text TEXT");
}

/* state: what `case close` and its like set; NULL: --state. */
static int set(struct cli *c, const char *state)
{
    struct err e = {0};
    struct buf json;
    const char *owner = cli_value(c, "owner", NULL), *priority = cli_value(c, "priority", NULL);
    state = state ? state : cli_value(c, "state", NULL);
    if (!check_state(state, &e) || !check_priority(priority, &e))
        return cli_fail(c, &e);
    char *tag = all_values(c, "tag"), *untag = all_values(c, "untag");
    buf_init(&json, 0);
    buf_putc(&json, '{');
    change_text(&json, "state", state);
    change_text(&json, "priority", priority);
    change_text(&json, "subject", cli_value(c, "subject", NULL));
    change_text(&json, "owner", owner);
    change_text(&json, "tag", tag);
    change_text(&json, "untag", untag);
    buf_putc(&json, '}');
    const char *params[] = {buf_str(&json)};
    int status = json.len > 2 ? change_cases(c, "case_set", params, 1, "cases changed:")
                              : cli_usage(c, "what shall change? --state, --priority, --subject, --owner, --tag or --untag");
    buf_finish(&json);
    free(tag);
    free(untag);
    return status;
}

/* CASE ID…: the first operand is the case, the rest are exceptions. */
static int relink(struct cli *c, const char *query, const char *done)
{
    struct err e = {0};
    int64_t *ids = NULL, id;
    size_t count = 0;
    char text[24];
    int status;
    if (!one_case(c, true, &id, &e))
        return cli_fail(c, &e);
    c->operands++;
    c->operand_count--;
    snprintf(text, sizeof text, "%" PRId64, id);
    const char *params[] = {text};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    if (db && session_targets(c, db, &ids, &count, &e))
        status = change_many(c, db, query, ids, count, params, 1, done);
    else
        status = cli_fail(c, &e);
    db_sync_close(db);
    free(ids);
    return status;
}

static int merge(struct cli *c)
{
    struct err e = {0};
    struct cli into = *c;
    char *operand = NULL;
    int64_t a, b;
    char from_text[24], into_text[24];
    if (!cli_flag(c, "into"))
        return cli_usage(c, "into which case? --into CASE");
    operand = xstrdup(cli_value(c, "into", ""));
    into.operands = &operand;
    into.operand_count = 1;
    bool ok = one_case(c, false, &a, &e) && one_case(&into, false, &b, &e);
    free(operand);
    if (!ok)
        return cli_fail(c, &e);
    snprintf(from_text, sizeof from_text, "%" PRId64, a);
    snprintf(into_text, sizeof into_text, "%" PRId64, b);
    const char *params[] = {from_text, into_text};
    return change_one(c, NULL, "case_merge", params, 2, "merged");
}

static int settle(struct cli *c, const char *query, const char *done)
{
    struct err e = {0};
    int64_t id;
    char text[24];
    if (!one_case(c, false, &id, &e))
        return cli_fail(c, &e);
    snprintf(text, sizeof text, "%" PRId64, id);
    const char *params[] = {text};
    return change_one(c, NULL, query, params, 1, done);
}

int cmd_case(struct cli *c)
{
    if (is(c, "case list"))
        return list(c);
    if (is(c, "case show"))
        return show(c);
    if (is(c, "case open"))
        return open_cases(c);
    if (is(c, "case note"))
        return note(c);
    if (is(c, "case merge"))
        return merge(c);
    if (is(c, "case link"))
        return relink(c, "case_link", "linked");
    if (is(c, "case unlink"))
        return relink(c, "case_unlink", "unlinked");
    if (is(c, "case retry"))
        return change_cases(c, "case_retry", NULL, 0, "told again:");
    if (is(c, "case take-theirs"))
        return settle(c, "case_take_theirs", "settled as the helpdesk has it");
    if (is(c, "case keep-ours"))
        return settle(c, "case_keep_ours", "settled as we have it");
    return set(c, is(c, "case close") ? "closed" : is(c, "case solve") ? "solved" : is(c, "case reopen") ? "open" : NULL);
}
