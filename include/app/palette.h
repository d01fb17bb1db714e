/* The command palette's line: an action's name, or enough of it, and its argument. */
#ifndef APP_PALETTE_H
#define APP_PALETTE_H

#include "app/model.h"

/* Actions a person can name: all but those that edit a prompt. */
bool palette_lists(enum action a);

/* False: e says why (nothing of that name, more than one), *at points at it. *arg is where
 * the argument begins in text. */
bool palette_parse(const char *text, enum action *out, size_t *arg, size_t *at, struct err *e);

/* How the line could go on at a byte offset: names that begin so, then names that contain
 * the letters in order; behind a name, its arguments. */
void palette_complete(const struct model *m, const char *text, size_t at, struct completion *out);

#endif
