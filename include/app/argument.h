/* What an action takes after its name: checked, described and completed in one place for
 * prompts, the palette and bound keys. */
#ifndef APP_ARGUMENT_H
#define APP_ARGUMENT_H

#include "app/model.h"

/* The i-th of a closed list ("low", "medium" …) and its explanation; NULL past the end or
 * when the action has no such list. label may be NULL. */
const char *argument_word(enum action a, int i, const char **label);

/* False: e says what is wrong, *at (byte offset, SIZE_MAX nowhere) points at it. True: hint
 * says what the action will do to `ids` ("snoozes #48121 until Mon 09:00"). */
bool argument_check(const struct model *m, enum action a, const char *arg, const int64_t *ids, size_t n,
                    char *hint, size_t size, size_t *at, struct err *e);

/* How the argument could go on at a byte offset; out is finished by the caller. */
void argument_complete(const struct model *m, enum action a, const char *arg, size_t at, struct completion *out);

/* "#48121" or "12 exceptions". */
void argument_targets(const struct model *m, const int64_t *ids, size_t n, char *out, size_t size);

/* Adds an item to a completion (copied). */
void argument_offer(struct completion *c, const char *item);
bool argument_begins(const char *word, const char *s, size_t n);  /* case ignored */

#endif
