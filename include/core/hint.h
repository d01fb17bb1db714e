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

/* Which exceptions show somewhere, or would: what one who is told of them by another may be told first. No personal data either. */
#define HINT_SIGHT_IDS 512
struct hint_sight {
    bool known;                /* else anything may */
    uint32_t states, severities, kinds;
    int64_t urgency_from, urgency_to;
    int64_t ids[HINT_SIGHT_IDS];   /* these, whatever becomes of them */
    size_t count;
};

/* By the words alone, not by ids: may it be one of them, may one of so many be? One just opened counts from above, too. */
bool hint_item_within(const struct hint_sight *s, const struct hint_item *item);
bool hint_many_within(const struct hint_sight *s, const struct hint_reach *r);

/* Does somebody with that sight have to hear it at once? ids are sorted, as hint_sight_parse() leaves them. What is for workers alone,
 * and who looks at something else, can wait; what is no hint about exceptions cannot. */
bool hint_in_sight(const struct hint_sight *s, const struct hint *h);

/* STATES:SEVERITIES:KINDS:URGENCY:URGENCY[ ID]…, bits and urgencies as HINT_MANY's; "*" where it is not known. */
bool hint_sight_parse(const char *text, struct hint_sight *out);
void hint_sight_format(const struct hint_sight *s, struct buf *out);

/* False for anything malformed: the caller treats it as HINT_MANY. */
bool hint_parse(const char *payload, struct hint *out);
void hint_finish(struct hint *h);

/* The payload that h came from; role stands where it has a role. */
void hint_format(const struct hint *h, const char *role, struct buf *out);

#endif
