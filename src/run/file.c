#include "run/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

bool file_read(const char *path, size_t most, struct buf *out, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(e, ERR_CONFIG, path, "cannot be read: %s", strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > most) {
        close(fd);
        return err_set(e, ERR_CONFIG, path, "is not a regular file of at most %zu bytes", most);
    }
    buf_init(out, most);
    out->cap = (size_t)st.st_size + 1;     /* at once: growing would leave copies */
    out->data = xcalloc(1, out->cap);
    char block[4096];
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) > 0)
        buf_add(out, block, (size_t)n);
    explicit_bzero(block, sizeof block);   /* some of these files hold secrets */
    close(fd);
    if (n == 0)
        return true;
    buf_finish(out);
    return err_set(e, ERR_IO, path, "cannot be read: %s", strerror(errno));
}
