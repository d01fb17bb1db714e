/* What befalls servers and networks, for the tests that live through it. */
#ifndef E2E_TROUBLE_H
#define E2E_TROUBLE_H

#include <stdio.h>

/* tests/tools/pg WHAT DIR [MORE]; dies when it fails. The first line it prints, static. */
const char *trouble_pg(const char *what, const char *dir, const char *more);

/* A folder below the suite's own for a cluster: short enough for a socket. Static per name. */
void trouble_dir(char *out, size_t size, const char *name);

/* A network in between (tests/tools/stall.c). */
struct line { FILE *say, *hear; int port; };
void line_open(struct line *l, const char *cluster);
void line_is(struct line *l, const char *word);    /* "go", "up", "down", "both", "down N", "cut" */
void line_close(struct line *l);

/* pgbouncer before that cluster, in transaction or session mode, for roles that need no password; its port. 0: not installed. */
int pgbouncer_open(const char *cluster, const char *mode);
void pgbouncer_close(void);

#endif
