/* What doctor's parts share: src/cli/doctor_*.c, each a subject. */
#ifndef CLI_DOCTOR_IN_H
#define CLI_DOCTOR_IN_H

#include "base/err.h"
#include "cli/print.h"

enum finding { FINE, WARN, FAIL };

struct doctor {
    struct printer *rows;      /* NULL: lines for people */
    enum finding worst;
    enum err_code code;        /* of the first failure */
};

/* One finding: "ok", "warn" or "fail", what it is about, and one sentence, with the remedy where there is one. */
void doctor_say(struct doctor *d, enum finding v, enum err_code code, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

void doctor_here(struct doctor *d);                            /* terminal, locale, libraries, the file of secrets */
/* The configuration and the keymap; the DSN it has, or "", into out. */
void doctor_config(struct doctor *d, const char *path, char *out, size_t size);
void doctor_database(struct doctor *d, const char *dsn);

#endif
