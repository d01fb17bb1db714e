/* What update wants done outside: the only way out of the pure half. */
#ifndef APP_EFFECT_H
#define APP_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/request.h"

enum effect_kind {
    EFFECT_REQUEST,    /* ask the database; request is moved out by the runner */
    EFFECT_FORGET,     /* nobody waits for request `number` any more: cancel it if not sent */
    EFFECT_TIMER,      /* one MSG_TIMER with `timer` at `at` (replaces that timer; WHEN_NONE disarms) */
    EFFECT_BELL,
    EFFECT_COPY,       /* text to the clipboard by OSC 52 */
    EFFECT_TITLE,      /* text as the terminal's title */
    EFFECT_REDRAW,     /* forget what the terminal shows */
    EFFECT_SUSPEND,
    EFFECT_RECONNECT,  /* the connection is down: try now, whatever was planned */
    EFFECT_QUIT
};

enum timer_id {
    TIMER_CLOCK,       /* the next visible change of the clock or an age: a minute's beginning */
    TIMER_CONTEXT,     /* the cursor has rested: read the context */
    TIMER_REFRESH,     /* hints have been collected: read what they touched */
    TIMER_COUNTS,      /* counters have been dirty for a while */
    TIMER_TOAST,       /* the message line is old */
    TIMER_KEYS,        /* an unfinished key sequence */
    TIMER_VIEWING,     /* tell the others what I look at */
    TIMER_TYPED,       /* a pause in a prompt: what is typed at length there is kept */
    TIMER_DRAFT,       /* a pause in typing: keep the draft, look at the verdicts again */
    TIMER_COUNTDOWN,   /* another second in which a message can be taken back */
    TIMER_LISTS,       /* hints have been collected: read again what is shown beside the queue */
    TIMER_CONTROL,     /* hints of outages came faster than they are read */
    TIMER_COUNT
};

struct effect {
    enum effect_kind kind;
    struct request request;    /* EFFECT_REQUEST */
    uint32_t number;           /* EFFECT_FORGET */
    enum timer_id timer;
    int64_t at;                /* EFFECT_TIMER, in msg.now's time */
    char *text;                /* EFFECT_COPY, EFFECT_TITLE; owned */
};

#define EFFECTS_MAX 32
struct effects {               /* filled by one app_update; emptied by the runner */
    struct effect at[EFFECTS_MAX];
    int count;
    bool unseen;               /* the message changed nothing that is shown: no frame is due for it */
};
void effects_finish(struct effects *fx);   /* frees what is left, count = 0 */
struct effect *effects_push(struct effects *fx, enum effect_kind kind);  /* one more, zeroed */
/* Arms (or, with WHEN_NONE, disarms) a timer; a second call for the same timer replaces the first. */
void effects_timer(struct effects *fx, enum timer_id timer, int64_t at);

#endif
