/* The forms of a tracking page: which fields each has, and reading what a browser posts. Pure. */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define FORM_MOST 20480        /* bytes of a post: the longest one may say, each character nine bytes of it */
#define FORM_TOKEN 32          /* digits of a page's token: 0-9 a-f */

enum form_action { FORM_ADDRESS, FORM_DAY, FORM_PICKUP, FORM_FEEDBACK, FORM_ACTION_COUNT };
enum form_answer {
    FORM_STORED,
    FORM_EMPTY,                /* a field it cannot do without is empty */
    FORM_WRONG,                /* a field that is none, twice, too long or not what it should be */
    FORM_GONE,                 /* no page, or one no longer followed */
    FORM_MANY,                 /* too many in an hour */
    FORM_FAULT,                /* ours: nothing was stored */
    FORM_ANSWER_COUNT
};

const char *form_action_name(enum form_action a);      /* "address" */

/* "/form/TOKEN/ACTION": token gets FORM_TOKEN digits and a NUL. False: it is none of that shape. */
bool form_path(const char *path, char token[FORM_TOKEN + 1], enum form_action *action);

struct form_read {
    char language[3];          /* of the page it was sent from; "" not said */
    bool robot;                /* the field no person sees was filled */
};
/* Reads application/x-www-form-urlencoded and appends the fields as a JSON object of cleaned texts; empty ones are left out. Every
 * field must be one of the action's, come once and keep to its length (in characters): nothing is cut. FORM_STORED when it
 * may be stored. `out` is given even for a robot. */
enum form_answer form_read(enum form_action action, const char *body, size_t size, struct buf *json, struct form_read *out);

#endif
