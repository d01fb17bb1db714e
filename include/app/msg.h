/* Everything that can happen to a session. */
#ifndef APP_MSG_H
#define APP_MSG_H

#include <stdint.h>

#include "app/effect.h"
#include "app/key.h"
#include "base/when.h"
#include "core/hint.h"
#include "core/request.h"

enum msg_kind {
    MSG_KEY, MSG_RESIZE, MSG_TIMER, MSG_PASTE,
    MSG_LINK,          /* the connection changed */
    MSG_REPLY,         /* an answer; the update takes what it needs out of it */
    MSG_HINT,
    MSG_RESUME,        /* back from the shell */
    MSG_QUIT           /* the session ends from outside: what is not kept yet is sent off now */
};

enum link_state { LINK_CONNECTING, LINK_LIVE, LINK_DOWN };

struct msg {
    enum msg_kind kind;
    int64_t now;               /* the only clock */
    int64_t moved;             /* ms by which it was put forward, or back, since the message before; nearly always 0 */
    const struct when_zone *zone;      /* where the person sits; borrowed */
    struct key key;            /* MSG_KEY */
    int rows, cols;            /* MSG_RESIZE */
    enum timer_id timer;       /* MSG_TIMER */
    char *text;                /* MSG_PASTE; owned by the sender */
    enum link_state link;      /* MSG_LINK */
    struct err link_error;     /* LINK_DOWN: why */
    int64_t retry_at;          /* LINK_DOWN: when the next try is */
    struct reply *reply;       /* MSG_REPLY: borrowed; update may move parts out (zeroing them) */
    const struct hint *hint;   /* MSG_HINT: borrowed */
};

#endif
