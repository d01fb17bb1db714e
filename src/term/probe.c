#include "term/probe.h"

#include <stdio.h>

#include <curses.h>
#include <term.h>

#include "base/versions.h"

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

int term_ncurses_version(void)
{
    int major = 0, minor = 0;
    return sscanf(curses_version(), "ncurses %d.%d", &major, &minor) == 2 ? VERSION_NUMBER(major, minor) : 0;
}
