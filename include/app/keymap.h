/* Keys to actions. Files in keymaps/ and the user's own are read by the same parser:
 *     bind <context> <keys> <action> [argument]
 *     unbind <context> <keys>
 *     # comment
 * Errors carry path:line:col; reading goes on after each. */
#ifndef APP_KEYMAP_H
#define APP_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "app/action.h"
#include "app/key.h"
#include "base/err.h"

#define SEQUENCE_MAX 4

struct binding {
    unsigned contexts;
    struct key keys[SEQUENCE_MAX];
    int key_count;
    enum action action;
    char *argument;            /* "" when none; owned */
};

struct keymap {
    struct binding *at;
    size_t count, cap;
};

typedef void keymap_error_fn(void *ctx, const struct err *e);

void keymap_init(struct keymap *m);
void keymap_finish(struct keymap *m);
/* Later bindings of the same keys in the same context win. Returns the number of
 * errors told to `report` (may be NULL). path is for messages only. */
size_t keymap_read(struct keymap *m, const char *path, const char *text, size_t n,
                   keymap_error_fn *report, void *ctx);

/* One binding more, as it is; its argument is copied. */
void keymap_bind(struct keymap *m, const struct binding *b);

enum keymap_answer { KEYMAP_NONE, KEYMAP_PREFIX, KEYMAP_FOUND };
/* Looks a sequence up in one context (exactly one bit, or IN_ANY bits as given). With
 * KEYMAP_PREFIX *out is what the sequence does by itself when nothing follows, or NULL. */
enum keymap_answer keymap_find(const struct keymap *m, unsigned context, const struct key *keys, int n,
                               const struct binding **out);
/* The first key sequence bound to an action in a context, as text for hints ("gg",
 * "C-x C-s"); false when there is none. */
bool keymap_keys_of(const struct keymap *m, unsigned context, enum action a, const char *argument,
                    char *out, size_t size);

/* The keymaps built into the program: "default", "vim", "emacs"; NULL when unknown. */
const char *keymap_builtin(const char *name, size_t *size);

#endif
