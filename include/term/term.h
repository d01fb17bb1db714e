/* The person's terminal: the only place that writes to it or reads keys from it.
 * There is one a process (ncurses keeps it in globals), so functions take no handle. */
#ifndef TERM_TERM_H
#define TERM_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "app/key.h"
#include "base/err.h"
#include "view/screen.h"

struct term_options {
    FILE *in, *out;            /* both terminals; NULL: stdin, stdout. Borrowed, stay open */
    bool mouse, title, clipboard, links, bell;
};

/* Could it be opened? Touches nothing. False (ERR_CONFIG) when it is not a terminal or TERM is
 * unknown or cannot place the cursor, saying what to do. */
bool term_check(const struct term_options *o, struct err *e);
/* Takes the terminal over: alternate screen, raw mode. False when term_check() says no. Cells
 * are ASCII unless the locale's encoding is UTF-8. Registers term_close with die_hook.
 * Handlers for SIGINT, SIGTERM, SIGTSTP and SIGWINCH that the caller installed, before or
 * after, stay. */
bool term_open(const struct term_options *o, struct err *e);
/* Gives the terminal back as it was; harmless when not open, or twice. */
void term_close(void);

int term_fd(void);             /* to poll for input */
bool term_gone(void);          /* hung up */
/* At start and after SIGWINCH: asks the terminal for its size and adapts to it. */
void term_resized(int *rows, int *cols);

struct term_event {
    struct key key;
    char *paste;               /* not NULL: pasted UTF-8 text instead of a key, the caller's to free */
};
#define TERM_PASTE_MAX 65536   /* bytes of one paste; what is longer is cut */
/* What was typed next, without waiting; call until false. */
bool term_next(struct term_event *out);

/* Makes the terminal show s. looks has STYLE_COUNT entries. Writes only what changed since
 * the flush before; nothing when s is not of the terminal's size (a resize is on its way). */
void term_flush(const struct screen *s, const struct look *looks);
void term_redraw(void);        /* forgets what the terminal shows: the next flush draws everything */
/* The terminal has taken what it was sent, but for about a KB: a frame may be drawn. When not,
 * draw later; the newest frame replaces those in between. Known from room in the pty and, since
 * behind it a network buffers megabytes, from the terminal's answers to "ESC [ 5 n" (device status,
 * ECMA-48 8.3.35; vt100, xterm, linux, screen and tmux answer), which term_next keeps to itself. A terminal
 * that never answers is never waited for; one that stops answering for some seconds a frame. */
bool term_writable(void);

void term_bell(void);
/* Until term_close, which gives the old one back. Nothing where titles are turned off or
 * the terminal is not known to have one. */
void term_title(const char *text);
/* To the clipboard by OSC 52; false when turned off, not supported, or over TERM_COPY_MAX. */
bool term_copy(const char *text);
#define TERM_COPY_MAX 4096

void term_suspend(void);       /* the terminal as the shell left it; stop the process after */
void term_resume(void);        /* taken over again; the next flush draws everything */

#endif
