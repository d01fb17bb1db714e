/* The dashboard: terminal, database and clock on one loop around the pure model. */
#ifndef RUN_TUI_H
#define RUN_TUI_H

#include "base/err.h"
#include "run/config.h"

struct tui_options {
    const char *dsn;               /* "" for libpq's defaults */
    struct config *config;         /* borrowed; settings and keymap name */
    const char *record;            /* a file to record the session in, made anew; NULL: none */
    bool record_full;              /* personal data, too */
};

/* Runs until the person leaves. false: it could not start, or was ended by an error. */
bool tui_run(const struct tui_options *o, struct err *e);

#endif
