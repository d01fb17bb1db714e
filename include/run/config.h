/* What a person set: configuration file, environment, keymap. */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include "app/keymap.h"
#include "app/model.h"
#include "base/err.h"

struct config {
    struct settings settings;
    char keymap[24];           /* built-in to start from: default, vim, emacs */
    char dsn[512];             /* "" when not set */
    char relay[108];           /* the socket of `doorstep relay`; "": listen oneself */
};

typedef void config_warn_fn(void *ctx, const struct err *e);

/* Defaults, then the file (path NULL: doorstep/config in the XDG config folder, which may be
 * absent; a named one must exist), then the environment: NO_COLOR, DOORSTEP_RELAY, and ASCII where the
 * locale is not UTF-8. Wrong lines are told to warn (NULL: nobody) with path:line, kept in
 * settings.notice, and skipped; false only when a named file cannot be read. */
bool config_read(const char *path, struct config *out, config_warn_fn *warn, void *ctx, struct err *e);

/* The built-in keymap of c, then the user's own (doorstep/keys in the XDG config folder). */
void config_keymap(struct config *c, struct keymap *m, config_warn_fn *warn, void *ctx);

/* "KEY = VALUE" keys for the README and doctor: name and help, ended by NULL. */
struct config_key { const char *name, *help; };
const struct config_key *config_keys(void);

#endif
