/* What commands that change something ask of their options, of the person at the terminal, and of the answers. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "app/moment.h"
#include "cli/print.h"
#include "core/request.h"

/* The time under --option; `at` is WHEN_NONE where it is not given. no_scan: why it cannot be the next scan; NULL: it can. */
bool ask_moment(const struct cli *c, const char *option, const char *no_scan, struct moment *out, struct err *e);

/* A status that people may set. NULL is refused as any other word is. */
bool ask_status(const char *text, const char *option, enum status *out, struct err *e);

/* Is there somebody to ask? */
bool ask_terminal(void);

/* Asks on standard error "what? [y/N]"; where n things are many, their number has to be typed. 0: y is enough. */
bool ask_confirm(const char *what, int64_t n);

/* Answers on standard output, a row an item: id, ok, code, message and, where rev is asked for, the exception's. */
struct printer *ask_print_begin(enum format format, bool rev);
void ask_print_one(struct printer *p, const struct act_result *a);
bool ask_print(const struct reply *r, enum format format, bool rev, struct err *e);    /* of a brief answer what was refused alone */
/* The sentence that sums them up, and what is not listed. */
void ask_say(const struct reply *r);

/* 0; the status of a refused role where it may do none of them; else that of some refused. */
int ask_status_of(const struct reply *r);

/* A refusal as an error: of what was given, or of who gave it. */
bool ask_refused(const struct act_result *a, struct err *e);

#endif
