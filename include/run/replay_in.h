/* What the two halves of replay.c share: reading lines, and playing them. */
#ifndef RUN_REPLAY_IN_H
#define RUN_REPLAY_IN_H

#include "base/quote.h"
#include "base/vec.h"
#include "base/when.h"
#include "run/replay.h"

#define NOW_MOST (INT64_C(1) << 53)

struct asked {                 /* by the model, and not answered yet */
    uint32_t recorded;         /* the number it had in the session; 0: not known (yet) */
    struct request request;
};

struct replay {
    char name[256];
    struct replay_source source;
    struct buf unread;         /* bytes read and not taken: [at, len) */
    size_t at, line;
    bool begun, full, ended;
    bool other;                /* of another schema: requests may be numbered in another way */
    int rows, cols;            /* instead of the recorded ones; 0 none */
    int64_t began, now, moved;
    struct when_zone zone;
    struct settings settings;
    struct keymap keymap;
    struct model model;
    struct screen screen;
    struct { VEC(struct asked) at; } asked;
    struct buf text;
    size_t messages, differences;
    char first[400];
};

/* replay.c */
__attribute__((format(printf, 2, 3)))
void replay_differs(struct replay *r, const char *fmt, ...);
bool replay_take_text(struct replay *r, struct quote *q, char *out, size_t size);   /* cleaned */
bool replay_take_small(struct quote *q, int64_t min, int64_t max, int *out);

/* replay_play.c: false where the line is not to be read; e is filled where there is more to say. */
bool replay_take_asked(struct replay *r, struct quote *q);
bool replay_play(struct replay *r, struct quote *q, struct err *e);   /* a message: its tag and what follows */
void replay_close_asked(struct replay *r);     /* the next message comes */
void replay_drop_asked(struct replay *r);      /* all */

#endif
