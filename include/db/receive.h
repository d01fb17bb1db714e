/* What comes back from providers: the inbox of webhooks, and receipts and answers on their way into the database.
 * One blocking connection. */
#ifndef DB_RECEIVE_H
#define DB_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/wait.h"

struct receive;

struct receive_item {          /* of the inbox; texts owned */
    int64_t id, at;            /* at: when it came, ms */
    char *source;              /* "receipt/twilio" */
    char *body;
    size_t size;
};

enum receive_outcome {
    RECEIVE_MERGED,
    RECEIVE_DUPLICATE,
    RECEIVE_UNMATCHED,         /* of no message and no customer we know */
    RECEIVE_EARLY,             /* its message is just being sent: ask again */
};

struct receive_result {
    enum receive_outcome outcome;
    bool inbound;              /* a customer's message, else a receipt */
    int consents;              /* that it changed */
    char why[160];             /* UNMATCHED, EARLY: a sentence */
};

/* wait is copied; NULL: DB_ANSWER_MS, by poll(). After an error that ended the connection everything else fails: close and open again. */
struct receive *receive_open(const char *dsn, const char *application, const struct db_wait *wait, struct err *e);
void receive_close(struct receive *r);

/* Appends a webhook's body as it came. Takes no lock and notifies nobody. */
bool receive_add(struct receive *r, const char *source, const char *content_type, const char *body, size_t size, struct err *e);

/* At most `most` that wait, oldest first, ours for a minute. *items is the caller's: receive_items_free. */
bool receive_take(struct receive *r, int most, struct receive_item **items, size_t *count, struct err *e);
void receive_items_free(struct receive_item *items, size_t count);

/* What became of one: done (it is gone), failed (why: kept with it), or to be asked again in a few seconds. */
enum receive_end { RECEIVE_DONE, RECEIVE_FAILED, RECEIVE_LATER };
bool receive_end(struct receive *r, int64_t id, enum receive_end end, const char *why, struct err *e);

/* Merges a JSON array of items (doorstep.receipts_merge, in one transaction): a result for each, in order, in results[0..count). */
bool receive_merge(struct receive *r, const char *items, struct receive_result *results, size_t count, struct err *e);

/* What helpdesks said of tickets (doorstep.desk_told): a JSON array. *unknown: how many are of no case of ours. */
bool receive_told(struct receive *r, const char *items, int *unknown, struct err *e);

/* A form of a tracking page, on its way in (doorstep.form_add). *code: "ok", "gone" or "many"; *facts: what its answer's page needs,
 * NULL for none; the caller frees it. fields: a JSON object. */
bool receive_form(struct receive *r, const char *token, const char *action, const char *fields, char code[8], char **facts, struct err *e);

/* The same from the inbox into the timeline (doorstep.form_merge). *why: "", or why it belongs to no page. */
bool receive_form_merge(struct receive *r, const struct receive_item *item, char *why, size_t size, struct err *e);

#endif
