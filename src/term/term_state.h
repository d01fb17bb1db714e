/* What the parts of term share; nobody else's. */
#ifndef TERM_STATE_H
#define TERM_STATE_H

#include "term/term.h"

#include <curses.h>

/* How escape sequences beyond terminfo reach the terminal. */
enum terminal_kind {
    KIND_PLAIN,                /* linux, vt100 …: not at all */
    KIND_XTERM,                /* xterm and what follows it */
    KIND_TMUX,                 /* tmux: as they are, or wrapped for the terminal outside */
    KIND_SCREEN                /* GNU screen: wrapped */
};

struct term_state {
    bool open;
    struct term_options options;
    SCREEN *screen;
    WINDOW *input;             /* a pad: reading from it never draws */
    int in_fd, out_fd;
    bool utf8;
    enum terminal_kind kind;
    bool titled;               /* the old title was put aside */
};
extern struct term_state term;

/* Straight to the terminal, between frames; gives up on one that takes nothing for a second. */
void term_write(const char *bytes, size_t n);

void term_input_open(void);
void term_input_close(void);   /* drops an unfinished paste */

void term_draw_open(void);
void term_draw_close(void);

#endif
