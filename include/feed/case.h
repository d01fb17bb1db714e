/* What helpdesks' webhooks say of tickets, as the items of doorstep.desk_told (src/db/schema/034_case_sync.sql).
 *
 *   zendesk    a trigger's {"ticket_id": 35436}, or an event's {"detail": {"id": "35436"}}: only which ticket
 *   freshdesk  an automation's {"ticket_id": 71} or {"freshdesk_webhook": {"ticket_id": 71}}: only which ticket
 *   doorstep   ours (net/desk_webhook.c tells the other way): {"ticket": …, "external_id": …, "state": "open" | "pending" | "solved" |
 *              "closed", "url": "https://…", "updated_at": …, "deleted": true,
 *              "comments": [{"id": …, "by": …, "at": …, "public": false, "text": …}]}; ticket or external_id, the rest as known
 *
 * Everything is checked and cleaned here. */
#ifndef FEED_CASE_H
#define FEED_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

bool feed_has_desk(const char *name);      /* "zendesk", "freshdesk", "doorstep" */

/* A JSON array of items into *out (initialised by the caller). False: e says what is wrong with the body. */
bool feed_case(const char *name, const char *body, size_t size, struct buf *out, struct err *e);

#endif
