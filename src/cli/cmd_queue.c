/* Reading the queue: queue and counts. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "cli/queue_rows.h"
#include "cli/session.h"
#include "db/db.h"

/* Reads page after page until the limit or the end. */
static bool print_pages(struct db_sync *db, const char *filter, int64_t limit, struct printer *p, int64_t *printed,
                        bool *more, struct err *e)
{
    int64_t key = 0, id = 0;
    *more = true;
    while (*more && (limit == 0 || *printed < limit)) {
        int64_t want = limit && limit - *printed < PAGE_MAX ? limit - *printed : PAGE_MAX;
        struct request ask = {.kind = REQ_PAGE,
                              .page = {.filter = xstrdup(filter), .from_start = *printed == 0, .anchor_key = key,
                                       .anchor_id = id, .direction = PAGE_AFTER, .limit = (int)want}};
        struct reply answer;
        if (!db_sync_ask(db, &ask, &answer, e)) {
            reply_finish(&answer);
            return false;
        }
        for (size_t i = 0; i < answer.page.count; i++)
            queue_rows_print(p, &answer.page.rows[i]);
        if (answer.page.count) {
            key = answer.page.rows[answer.page.count - 1].key;
            id = answer.page.rows[answer.page.count - 1].id;
        }
        *printed += (int64_t)answer.page.count;
        *more = answer.page.more && answer.page.count;
        reply_finish(&answer);
    }
    return true;
}

int cmd_queue(struct cli *c)
{
    struct err e = {0};
    enum format format;
    int64_t limit = 100, printed = 0;
    bool more = false;
    if (!cli_format(c, &format, &e) || !cli_number(c, "limit", 0, 10000000, &limit, &e))
        return cli_fail(c, &e);
    char *filter = session_filter(c, 0, &e);
    if (!filter)
        return cli_fail(c, &e);
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db != NULL;
    if (ok) {
        struct printer *p = queue_rows_begin(format);
        ok = print_pages(db, filter, limit, p, &printed, &more, &e);
        ok = print_end(p, ok ? &e : NULL) && ok;
    }
    if (ok && format == FORMAT_TABLE && printed == 0)
        cli_say("no exception matches %s", *filter ? filter : "(nothing is open)");
    if (ok && more)
        cli_say("the first %" PRId64 "; --limit 0 lists them all", printed);
    db_sync_close(db);
    free(filter);
    return ok ? 0 : cli_fail(c, &e);
}

int cmd_counts(struct cli *c)
{
    struct err e = {0};
    enum format format;
    if (!cli_format(c, &format, &e))
        return cli_fail(c, &e);
    char *filter = session_filter(c, 0, &e);
    struct db_sync *db = filter ? db_sync_open(c->dsn, &e) : NULL;
    if (!db) {
        free(filter);
        return cli_fail(c, &e);
    }
    struct request ask = {.kind = REQ_COUNTS};
    bool filtered = c->operand_count > 0;
    if (filtered) {
        ask.count_filters = xcalloc(1, sizeof *ask.count_filters);
        ask.count_filters[0] = xstrdup(filter);
        ask.count_filter_count = 1;
    }
    struct reply answer;
    bool ok = db_sync_ask(db, &ask, &answer, &e);
    if (ok) {
        static const struct column columns[] = {{"counter", COLUMN_TEXT, 10}, {"count", COLUMN_NUMBER, 6},
                                                {"at_least", COLUMN_BOOL, 0}};
        struct printer *p = print_begin(stdout, format, columns, 3);
        const struct { const char *name; int64_t n; } all[] = {
            {"new", answer.counts.fresh}, {"mine", answer.counts.mine}, {"breaching", answer.counts.breaching},
            {"open", answer.counts.open}, {"filter", answer.counts.view_count ? answer.counts.view[0] : 0}};
        for (size_t i = filtered ? 4 : 0; i < (filtered ? 5u : 4u); i++) {
            char n[24];
            snprintf(n, sizeof n, "%" PRId64, all[i].n < 0 ? -all[i].n : all[i].n);
            bool most = (i == 1 || i == 2) && all[i].n >= COUNTS_CAP;
            print_row(p, (const char *const[]){all[i].name, n, all[i].n < 0 || most ? "t" : "f"});
        }
        ok = print_end(p, &e);
    }
    reply_finish(&answer);
    db_sync_close(db);
    free(filter);
    return ok ? 0 : cli_fail(c, &e);
}
