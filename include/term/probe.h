/* What the terminal called TERM can do, without opening it. */
#ifndef TERM_PROBE_H
#define TERM_PROBE_H

#include <stdbool.h>

struct term_probe {
    bool known;                /* terminfo has an entry */
    bool moves;                /* the cursor can be put anywhere: needed */
    int colors;                /* 0: none */
};
void term_probe(const char *name, struct term_probe *out);
int term_ncurses_version(void);   /* the one that is loaded (base/versions.h) */

#endif
