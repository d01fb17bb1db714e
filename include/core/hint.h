/* What a NOTIFY on channel "doorstep" says: a hint that something changed, never the
 * change itself. Without personal data, except that presence carries a role name.
 *
 *   e ID:REV:STATE:SEVERITY:KIND:CARRIER:URGENCY[:N];…   exceptions; numbers are the enums'
 *                 order and the carrier's id; N is 1 for one just opened
 *   m COUNT[:N:ID:ID:STATES:SEVERITIES:KINDS:URGENCY:URGENCY]   more than fits were changed: read again. N is 1 when all
 *                 were just opened; then the first and the last id, a bit for each state, severity and kind among them
 *                 (1 << the enum's number), and the first and the last urgency; left out where nobody knows
 *   p ID ROLE     ROLE looks at ID now (0: at none)
 *   v             saved views changed
 *   s VERSION     the schema moved to VERSION
 *   o             messages were queued: workers look
 *   u             outages, batches that wait for approval, or conflicts changed: read REQ_CONTROL
 *   d             a helpdesk has to be told something: workers look
 *   k             rules, playbooks or the dictionary changed: workers and sheets read them again
 *   r ROLE        what ROLE may do or see changed: its sessions say hello again ("*": everybody's)
 */
#ifndef CORE_HINT_H
#define CORE_HINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/kind.h"

enum hint_kind { HINT_EXCEPTIONS, HINT_MANY, HINT_PRESENCE, HINT_VIEWS, HINT_SCHEMA, HINT_OUTBOX, HINT_CONTROL, HINT_DESK, HINT_KNOWLEDGE, HINT_RIGHTS };

struct hint_item {
    int64_t id;
    int32_t rev;
    enum state state;
    enum severity severity;
    enum kind kind;
    int32_t carrier;
    int64_t urgency;
    bool opened;
};

/* What all of HINT_MANY's are within. Not known: they may be any. */
struct hint_reach {
    bool known, opened;
    int64_t id_from, id_to;
    uint32_t states, severities, kinds;
    int64_t urgency_from, urgency_to;
};

struct hint {
    enum hint_kind kind;
    struct hint_item *items;  /* HINT_EXCEPTIONS; heap */
    size_t count;             /* items, or HINT_MANY's number */
    struct hint_reach reach;  /* HINT_MANY */
    int64_t id;               /* HINT_PRESENCE */
    char role[64];            /* HINT_PRESENCE, HINT_RIGHTS; cleaned */
    int version;              /* HINT_SCHEMA */
};

/* False for anything malformed: the caller treats it as HINT_MANY. */
bool hint_parse(const char *payload, struct hint *out);
void hint_finish(struct hint *h);

/* The payload that h came from; role stands where it has a role. */
void hint_format(const struct hint *h, const char *role, struct buf *out);

#endif
