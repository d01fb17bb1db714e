#include "term/probe.h"

#include <curses.h>
#include <term.h>

void term_probe(const char *name, struct term_probe *out)
{
    *out = (struct term_probe){0};
    int answer = 0;
    if (!name || !*name || setupterm(name, 1, &answer) != OK)
        return;
    out->known = true;
    const char *move = tigetstr("cup");
    out->moves = move && move != (char *)-1;
    int colors = tigetnum("colors");
    out->colors = colors > 0 ? colors : 0;
    del_curterm(cur_term);
}
