#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

static int to = STDERR_FILENO;
static enum log_level most_said = LOG_INFO;

void log_open(int fd, enum log_level most)
{
    to = fd;
    most_said = most;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = {
        [LOG_ERROR] = "error", [LOG_WARN] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
    };
    if (to < 0 || level > most_said)
        return;
    char said[1024], line[1100];
    int saved = errno;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    int n = snprintf(line, sizeof line, "doorstep: %s: ", names[level]);
    size_t len = (size_t)n;
    len += utf8_clean(said, strlen(said), line + len, sizeof line - len - 1, UTF8_ONE_LINE);
    line[len++] = '\n';
    /* One write, so that lines of several processes never mix; a full pipe loses the
     * line rather than stopping the program. */
    while (write(to, line, len) < 0 && errno == EINTR)
        ;
    errno = saved;
}
