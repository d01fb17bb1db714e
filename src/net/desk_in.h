/* What the helpdesks share: a change on its way, step by step, and the table they stand in. */
#ifndef NET_DESK_IN_H
#define NET_DESK_IN_H

#include "net/desk.h"
#include "transfer.h"

enum desk_step {
    STEP_FIND,                 /* is there a ticket with our external id? */
    STEP_CREATE,
    STEP_COMMENTS,             /* those there are */
    STEP_COMMENT,
    STEP_LOOK,                 /* the ticket as it is */
    STEP_STATUS
};

struct desk_try {
    struct net *net;
    const struct channel_url *c;
    const struct desk_job *j;
    desk_done_fn *done;
    void *ctx;
    enum desk_step step;
    int page;                  /* STEP_FIND: from 1 */
    int looks;                 /* STEP_LOOK: how often */
    struct exchange x;
    struct desk_result r;
    int64_t started;
    int64_t wall;              /* of the request */
};

enum desk_found { FOUND_NOT, FOUND_IT, FOUND_MORE };   /* MORE: there is another page to look at */

/* A helpdesk's state, in its word and ours. */
struct desk_word { const char *theirs; enum case_state ours; };

struct desk_api {
    const char *name;          /* as sentences call it */
    bool asks;                 /* it can be asked for tickets; else it is idempotent by our key */
    const struct desk_word *words;     /* ended by a NULL */
    const char *const *states; /* what ours are called there, by enum case_state */
    bool (*write)(struct post *q, const struct desk_try *t, struct err *e);
    /* Of a 2xx: what it says of the ticket, into t->r (desk_take_*). False: it says nothing of one. */
    bool (*ticket)(struct desk_try *t, const json_t *json);
    enum desk_found (*find)(struct desk_try *t, const json_t *json);
    bool (*comments)(struct desk_try *t, const json_t *json);  /* false: that is no list of comments */
    void (*refusal)(const json_t *json, struct buf *out);      /* its own words for "no" */
};

/* For the providers. */
void desk_take_id(struct desk_try *t, const json_t *id);       /* a number or a text */
void desk_take_state(struct desk_try *t, const char *theirs);
void desk_take_time(struct desk_try *t, const char *text);
/* A comment, unless it is one of ours. */
void desk_take_note(struct desk_try *t, const json_t *id, const char *by, const char *at, bool is_public, const char *text);
/* "Doorstep case C12 …" and the context; a note with who wrote it. Both end in a line by which they are known to be ours. */
void desk_put_context(const struct desk_try *t, struct buf *out);
void desk_put_note(const struct desk_try *t, struct buf *out);
void desk_put_tags(struct buf *b, const struct desk_try *t, const char *more);   /* a JSON list "tags" */
bool desk_is_number(const char *s);            /* digits alone: it may stand in a path */
/* Text as HTML that shows just that. */
void desk_put_html(struct buf *out, const char *text);

#endif
