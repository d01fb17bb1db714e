/* An error on its way up: what happened, where, and what to do about it.
 *
 * A function that can fail returns bool and takes a `struct err *` last. false
 * means the error is filled; true means it was not touched. Each caller either
 * handles it or adds its own context once with err_at(). */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* X(id, exit status of the program, retryable by itself, short name) */
#define ERR_CODES(X)                                                          \
    X(ERR_NONE,        0,  false, "ok")                                       \
    X(ERR_PARTIAL,     1,  false, "partly refused")                           \
    X(ERR_USAGE,       64, false, "usage")                                    \
    X(ERR_INPUT,       65, false, "bad input")                                \
    X(ERR_UNREACHABLE, 69, true,  "unreachable")                              \
    X(ERR_BUG,         70, false, "bug")                                      \
    X(ERR_IO,          74, false, "input/output")                             \
    X(ERR_AGAIN,       75, true,  "try again")                                \
    X(ERR_REFUSED,     77, false, "refused")                                  \
    X(ERR_CONFIG,      78, false, "configuration")

enum err_code {
#define X(id, exit_status, retryable, name) id,
    ERR_CODES(X)
#undef X
};

struct err {
    enum err_code code;
    char sqlstate[6];  /* "" unless the database said one */
    char where[128];   /* a place a person can find: file:line:col, column, command */
    char text[512];    /* one sentence with the remedy; cleaned, never a secret */
};

/* Fills *e and returns false, so that `return err_set(…)` reads as what it is.
 * `where` may be NULL. e may be NULL (the caller does not care why). */
bool err_set(struct err *e, enum err_code code, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts a place in front of an error that has none or a smaller one; returns false. */
bool err_at(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int err_exit_status(enum err_code code);
bool err_retryable(enum err_code code);
const char *err_name(enum err_code code);

/* "where: text", or just the text; always terminated. */
void err_line(const struct err *e, char *out, unsigned long size);

#endif
