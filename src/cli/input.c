#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool standard(const char *operand) { return strcmp(operand, "-") == 0; }

const char *cli_input_name(const char *operand) { return standard(operand) ? "standard input" : operand; }

static ssize_t read_block(int fd, char *block, size_t size)
{
    ssize_t n;
    do
        n = read(fd, block, size);
    while (n < 0 && errno == EINTR);
    return n;
}

bool cli_read(const char *operand, size_t most, struct buf *out, struct err *e)
{
    const char *name = cli_input_name(operand);
    int fd = standard(operand) ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, name, "cannot be read: %s", strerror(errno));
    buf_init(out, most);
    char block[65536];
    ssize_t n;
    while ((n = read_block(fd, block, sizeof block)) > 0 && !out->full)
        buf_add(out, block, (size_t)n);
    int why = errno;
    if (!standard(operand))
        close(fd);
    if (n >= 0 && !out->full)
        return true;
    bool full = out->full;
    buf_finish(out);
    return full ? err_set(e, ERR_INPUT, name, "has more than %zu bytes: this is no such file", most)
                : err_set(e, ERR_IO, name, "cannot be read: %s", strerror(why));
}
