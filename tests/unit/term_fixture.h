/* A terminal without a person: a pty whose far end the test reads and types at. */
#ifndef TESTS_UNIT_TERM_FIXTURE_H
#define TESTS_UNIT_TERM_FIXTURE_H

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "term/term.h"

struct far_end {
    int master, marker;        /* marker: the program's end once more, which blocks nobody */
    FILE *slave;
    char got[65536];           /* what the program wrote, of the last far_read: the end, when it is more */
    size_t len;
};

enum { FAR_MARK = 0xff, FAR_MS = 60000 };    /* a byte of no encoding here; a deadline */

static inline void far_open(struct far_end *f, const char *name, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int slave;
    memset(f, 0, sizeof *f);
    assert_int_equal(openpty(&f->master, &slave, NULL, NULL, &size), 0);
    f->slave = fdopen(slave, "r+");
    assert_non_null(f->slave);
    f->marker = open(ttyname(slave), O_WRONLY | O_NOCTTY | O_NONBLOCK);
    assert_true(f->marker >= 0);
    setenv("TERM", name, 1);
    unsetenv("TMUX");
    unsetenv("STY");
}

static inline void far_close(struct far_end *f)
{
    term_close();
    fclose(f->slave);
    close(f->marker);
    close(f->master);
}

/* Everything written so far: what stands before a mark that is written behind it. How soon the kernel brings it is its affair. */
static inline size_t far_read(struct far_end *f)
{
    static const unsigned char mark = FAR_MARK;
    bool marked = false, whole = false;
    f->len = 0;
    while (!whole) {
        marked = marked || write(f->marker, &mark, 1) == 1;
        struct pollfd p = {.fd = f->master, .events = POLLIN};
        assert_true(poll(&p, 1, FAR_MS) > 0);
        if (f->len == sizeof f->got - 1) {
            f->len /= 2;
            memmove(f->got, f->got + sizeof f->got - 1 - f->len, f->len);
        }
        ssize_t n = read(f->master, f->got + f->len, sizeof f->got - 1 - f->len);
        assert_true(n > 0);
        f->len += (size_t)n;
        whole = (unsigned char)f->got[f->len - 1] == FAR_MARK;
    }
    f->got[--f->len] = '\0';
    return f->len;
}

static inline void far_type(struct far_end *f, const char *bytes, size_t n)
{
    assert_int_equal(write(f->master, bytes, n), (ssize_t)n);
}

#endif
