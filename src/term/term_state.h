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

/* To the terminal, between frames, without waiting: what it does not take now goes out in front of
 * the next frame, or, of more than a few KB, not at all. */
void term_write(const char *bytes, size_t n);
void term_write_waiting(void);
/* At once and in front of what waits; gives up on a terminal that takes nothing for a second. */
void term_write_now(const char *bytes, size_t n);

/* cursor_report: terminfo's u7, NULL when there is none. Only a terminal that has it is asked. */
void term_pace_open(const char *cursor_report);
void term_pace_sent(size_t bytes);   /* at least what was just written */
void term_pace_answered(void);
bool term_pace_allows(void);         /* a frame may follow */
int term_pace_wait(void);            /* ms the end should wait for answers on their way; 0: none are */

void term_input_open(void);
void term_input_close(void);   /* drops an unfinished paste */
/* Answers on their way would be typed at the shell: takes them, and what was typed meanwhile, for
 * at most ms. */
void term_input_drain(int ms);

void term_draw_open(void);
void term_draw_close(void);

#endif
