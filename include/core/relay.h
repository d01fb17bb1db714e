/* What `doorstep relay` and the dashboards of its host say to each other over a Unix stream
 * socket: lines of text, ended by a newline.
 *
 *   both, first        hello VERSION
 *   dashboard          want N IDENTITY TIMELINE CHANNEL…   from now on these channels and no others
 *                      sight TEXT       what it shows, as core/hint.h has it: what hints say of anything else may come up to
 *                                       RELAY_LATER_MS later, together. Said again whenever it changes; never said: all comes at once
 *                      ping N
 *   relay              have N            the database listens to all of want N: it is committed
 *                      no N SENTENCE     not this want: another database, or none just now
 *                      hint PAYLOAD      as core/hint.h has it
 *                      down SENTENCE     the relay's own connection is gone: no want holds any more
 *                      up                it is back: want again
 *                      pong N
 *                      bye SENTENCE      and it closes
 *
 * IDENTITY is the cluster's system identifier and the database's oid, which a copy of a server
 * has, too; TIMELINE tells a promoted one from the one left behind. A channel is "doorstep", or
 * "doorstep_" and 32 hexadecimal digits: whoever knows such a name may hear it. */
#ifndef CORE_RELAY_H
#define CORE_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_VERSION 1
#define RELAY_SOCKET "/run/doorstep/relay.sock"   /* where both look when nothing is said */
#define RELAY_LINE 8192        /* most bytes of a line, its newline included; a payload has at most 7999 */
#define RELAY_LATER_MS 200     /* what cannot show waits at most so long */
#define RELAY_NAMES 200        /* channels of one want: more than a line has room for */

enum relay_word {
    RELAY_HELLO, RELAY_WANT, RELAY_SIGHT, RELAY_PING, RELAY_HAVE, RELAY_NO, RELAY_HINT, RELAY_DOWN, RELAY_UP, RELAY_PONG, RELAY_BYE,
};

struct relay_line {
    enum relay_word word;
    uint32_t number;           /* the version, or N */
    int32_t timeline;
    const char *identity;
    const char *text;          /* SENTENCE, PAYLOAD, TEXT: as they came */
    const char *names[RELAY_NAMES];
    size_t count;
};

/* Takes a line without its newline apart; out points into it and it is changed. False for
 * anything malformed: whoever speaks so is no longer listened to. */
bool relay_read(char *line, struct relay_line *out);

/* May it be listened to for anybody who asks? */
bool relay_channel(const char *name);

/* Lines out of a stream. Fill in.data from in.len on, at most relay_space(&in), and add to len;
 * then take lines until there is none. */
struct relay_stream {
    char data[RELAY_LINE];
    size_t len, taken;
};
size_t relay_space(struct relay_stream *s);   /* 0: a line longer than may be */
char *relay_next(struct relay_stream *s);     /* ended by NUL, valid until relay_space(); NULL: no whole line */

/* A payload as text of a line: control bytes, which only a role's name can have, become blanks. */
void relay_payload(const char *payload, char out[RELAY_LINE]);

#endif
