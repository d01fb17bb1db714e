/* Asking the database: requests leave as effects with a number, and are remembered in
 * model.awaiting until their answer comes or nobody wants it any more. */
#ifndef APP_ASK_H
#define APP_ASK_H

#include "app/app.h"

/* Sends r (moved out, zeroed either way). about may be NULL; its number, kind and sent_at
 * are filled in. False: too many answers are awaited, nothing was sent. */
bool ask_send(struct model *m, struct effects *fx, struct request *r, const struct awaited *about);
bool ask_waiting(const struct model *m, enum request_kind kind);
/* Moves the entry of an answer out of the table; false: it is not awaited. */
bool ask_take(struct model *m, uint32_t number, struct awaited *out);
/* Puts an entry back whose fate is unknown, to be asked again by ask_again(). */
void ask_doubt(struct model *m, struct awaited *a);
/* Sends every entry in doubt once more, with the key it had. */
void ask_again(struct model *m, struct effects *fx);
/* Writes whose answer is not there yet. */
int ask_unanswered(const struct model *m);
/* Nobody waits for answers of this kind any more. */
void ask_forget(struct model *m, struct effects *fx, enum request_kind kind);

/* A deep copy; the caller finishes it. */
void ask_copy(const struct request *from, struct request *to);

/* A client-made key: a version 4 UUID out of model.seed. */
void ask_key(struct model *m, char out[KEY_TEXT]);

/* The usual reads. None is sent while the link is not live or the same one is under way. */
void ask_hello(struct model *m, struct effects *fx);
void ask_views(struct model *m, struct effects *fx);
void ask_words(struct model *m, struct effects *fx);
void ask_taken(struct model *m, struct effects *fx);   /* what was mine */
void ask_counts(struct model *m, struct effects *fx);
void ask_context(struct model *m, struct effects *fx, int64_t id);
/* The counters are out of date: reads them, at most once a second, and the less often the more sessions there are and the more hints come. */
void ask_counts_later(struct model *m, struct effects *fx);
void ask_counts_many(struct model *m, struct effects *fx);    /* by a hint that does not say what changed */
void ask_counts_soon(struct model *m, struct effects *fx);    /* by what was done here: within a second, however many others there are */
void ask_counts_within(struct model *m, struct effects *fx, int64_t ms);   /* this session at its own moment of them */

#endif
