/* A program in a pty with a terminal emulator (libvterm) in front of it. Waits are
 * conditions with deadlines. Used by the end-to-end tests and the benchmarks. */
#ifndef E2E_TERMINAL_H
#define E2E_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

struct terminal {
    int fd;                /* the pty's master side */
    pid_t pid;
    int rows, cols;
    VTerm *vt;
    VTermScreen *screen;
    uint64_t bytes;        /* written by the program since the start */
    int64_t last_byte_ns;  /* monotonic, when the last of them was read */
    bool closed;
    int rate;              /* bytes a second the line to the terminal carries; 0: as many as come */
    char *held;            /* with a rate: what the network has taken from the program but not brought */
    size_t held_len, held_most;
    int64_t brought_ns;
    char part[4];          /* of a character whose last byte has not come */
    size_t part_len;
    char *tail;            /* the last output, for looking for a text in the raw bytes */
    size_t tail_len;
};

int64_t terminal_now_ns(void);
/* From now on the line is this slow, behind a buffer of 1 MB. */
void terminal_slow_line(struct terminal *t, int bytes_a_second);

/* Starts argv[0] with this TERM and size; environment as ours plus TERM and LC_ALL. */
void terminal_open(struct terminal *t, char *const argv[], const char *term, int rows, int cols);
/* Ends it (SIGTERM, then SIGKILL after a minute); returns its exit status, -1 when killed. */
int terminal_close(struct terminal *t);

/* The line is cut: the program's terminal hangs up. Its exit status, -1 when it had to be killed. */
int terminal_cut(struct terminal *t);

/* Reads what there is for at most ms milliseconds; false when nothing came. */
bool terminal_pump(struct terminal *t, int ms);
/* Types: "<Enter>" "<Esc>" "<Tab>" "<Up>" "<Down>" "<PgDn>" "<C-x>" "<lt>" and plain UTF-8. */
void terminal_type(struct terminal *t, const char *keys);
void terminal_resize(struct terminal *t, int rows, int cols);

/* One line of the screen as UTF-8, blanks at its end cut; valid until the next call. */
const char *terminal_line(struct terminal *t, int row);
/* The row that holds `text`, or -1. */
int terminal_find(struct terminal *t, const char *text);
/* How many times longer than usual everything may take: the program may be under valgrind. */
int terminal_patience(void);
/* Waits until the screen shows (or no longer shows) a text; false after the deadline. */
bool terminal_wait(struct terminal *t, const char *text, int ms);
bool terminal_wait_gone(struct terminal *t, const char *text, int ms);
/* Pumps until nothing came for quiet_ms; at most ms. */
void terminal_settle(struct terminal *t, int quiet_ms, int ms);
/* The whole screen on stderr, for a failing test. */
void terminal_dump(struct terminal *t);

#endif
