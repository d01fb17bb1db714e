#include "run/demo_desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "core/kind.h"
#include "db/db.h"
#include "run/random.h"

#define WORKED_ON "owner:me state:working -is:told -kind:tracking_error,other,cancelled,delivery_disputed scan:<24h sort:newest"

/* The text of its kind for one exception, by its best channel or that one. False: nothing may go out now; that is no error. */
static bool preview(struct db_sync *db, const struct queue_row *row, const char *channel, struct reply *answer)
{
    struct request r = {.kind = REQ_PREVIEW, .ids = xcalloc(1, sizeof *r.ids), .id_count = 1};
    r.ids[0] = row->id;
    r.outreach.name = xstrdup(kind_name(row->kind));
    r.outreach.channel = channel ? xstrdup(channel) : NULL;
    bool ok = db_sync_ask(db, &r, answer, NULL);
    return ok && answer->message_count == 1 && answer->messages[0].template_id && !message_worst(&answer->messages[0]);
}

static bool send_one(struct db_sync *db, const struct queue_row *row, struct err *e)
{
    struct reply text = {.kind = REQ_PREVIEW}, answer = {.kind = REQ_SEND};
    bool ok = true, found = preview(db, row, NULL, &text);
    if (!found) {                    /* too late for an SMS, say */
        reply_finish(&text);
        found = preview(db, row, channel_name(CHANNEL_EMAIL), &text);
    }
    if (found) {
        struct request r = {.kind = REQ_SEND};
        random_key(r.key);
        r.outreach.seen = -1;
        r.outreach.messages = text.messages;
        r.outreach.message_count = text.message_count;
        text.messages = NULL;
        text.message_count = 0;
        ok = db_sync_ask(db, &r, &answer, e);
        reply_finish(&answer);
    }
    reply_finish(&text);
    return ok;
}

bool demo_desk_write(const char *dsn, int most, struct err *e)
{
    struct db_sync *db = db_sync_open(dsn, e);
    if (!db)
        return false;
    struct request r = {.kind = REQ_PAGE};
    struct reply page = {.kind = REQ_PAGE};
    r.page = (struct page_request){.filter = xstrdup(WORKED_ON), .from_start = true, .direction = PAGE_AFTER, .limit = most};
    bool ok = db_sync_ask(db, &r, &page, e);
    for (size_t i = 0; ok && i < page.page.count; i++)
        ok = send_one(db, &page.page.rows[i], e);
    reply_finish(&page);
    db_sync_close(db);
    return ok;
}
