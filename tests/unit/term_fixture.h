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
    int master;
    FILE *slave;
    char got[65536];           /* what the program wrote, of the last far_read */
    size_t len;
};

static inline void far_open(struct far_end *f, const char *name, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int slave;
    memset(f, 0, sizeof *f);
    assert_int_equal(openpty(&f->master, &slave, NULL, NULL, &size), 0);
    f->slave = fdopen(slave, "r+");
    assert_non_null(f->slave);
    setenv("TERM", name, 1);
    unsetenv("TMUX");
    unsetenv("STY");
}

static inline void far_close(struct far_end *f)
{
    term_close();
    fclose(f->slave);
    close(f->master);
}

/* Everything written so far; a quiet moment is the end of it. */
static inline size_t far_read(struct far_end *f)
{
    struct pollfd p = {.fd = f->master, .events = POLLIN};
    f->len = 0;
    while (f->len + 1 < sizeof f->got && poll(&p, 1, 30) > 0) {
        ssize_t n = read(f->master, f->got + f->len, sizeof f->got - 1 - f->len);
        if (n <= 0)
            break;
        f->len += (size_t)n;
    }
    f->got[f->len] = '\0';
    return f->len;
}

static inline void far_type(struct far_end *f, const char *bytes, size_t n)
{
    assert_int_equal(write(f->master, bytes, n), (ssize_t)n);
}

#endif
