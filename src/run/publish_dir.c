#include "publish_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "loop/fault.h"

static const char state_name[] = ".doorstep-pages", new_name[] = ".doorstep-new";

static bool trouble(const struct publish_dir *d, const char *name, struct err *e)
{
    int why = errno;
    bool full = why == ENOSPC || why == EDQUOT;
    return err_set(e, ERR_IO, d->path, "%s cannot be written: %s%s", name, strerror(why), full ? "; make room, the next run goes on" : "");
}

/* The whole of a small file; false: there is none that is regular. */
static bool read_at(int dir, const char *name, char *to, size_t room, size_t *size)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= room;
    *size = 0;
    for (ssize_t n = 1; good && n > 0 && *size < room; *size += n > 0 ? (size_t)n : 0) {
        n = read(fd, to + *size, room - *size);
        good = n >= 0;
    }
    if (fd >= 0)
        close(fd);
    return good;
}

/* A reader sees the old file or the new one, whole. */
static bool write_at(const struct publish_dir *d, int dir, const char *name, const char *text, size_t size, struct err *e)
{
    unlinkat(dir, new_name, 0);
    int fd = openat(dir, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool good = fd >= 0 && fchmod(fd, 0644) == 0;
    for (size_t at = 0; good && at < size;) {
        ssize_t n = write(fd, text + at, size - at);
        good = n > 0 || errno == EINTR;
        at += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        good = close(fd) == 0 && good;
    FAULT(PUBLISH_WRITTEN);
    if (good && renameat(dir, new_name, dir, name) == 0)
        return true;
    trouble(d, name, e);
    unlinkat(dir, new_name, 0);
    return false;
}

static enum publish_put put_at(const struct publish_dir *d, int dir, const char *name, const char *text, size_t size, struct err *e)
{
    size_t had = 0;
    char *old = xcalloc(1, size + 1);
    bool same = read_at(dir, name, old, size, &had) && had == size && memcmp(old, text, size) == 0;
    free(old);
    return same ? PUBLISH_SAME : write_at(d, dir, name, text, size, e) ? PUBLISH_WRITTEN : PUBLISH_FAILED;
}

/* ---- opening ---- */

/* Of nobody else: a file that was never finished is ours. */
static bool is_empty(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    bool empty = dir != NULL;
    for (struct dirent *f; empty && (f = readdir(dir));)
        empty = !strcmp(f->d_name, ".") || !strcmp(f->d_name, "..") || !strcmp(f->d_name, new_name);
    if (dir)
        closedir(dir);
    return empty;
}

/* Unreadable or cut off: nothing was published yet, and everything is looked at. */
static bool read_state(struct publish_dir *d)
{
    char text[400];
    size_t size;
    d->state = (struct publish_state){0};
    if (!read_at(d->fd, state_name, text, sizeof text - 1, &size))
        return false;
    text[size] = '\0';
    struct publish_state s = {0};
    char end = '\0';
    if (sscanf(text, "doorstep pages 1\nmark %" SCNd64 "\nall %" SCNd64 "\nepoch %95s%c", &s.mark, &s.all, s.epoch, &end) == 4 && end == '\n')
        d->state = s;
    return strncmp(text, "doorstep pages", 14) == 0;
}

bool publish_dir_open(struct publish_dir *d, const char *path, const char *index, size_t index_size, struct err *e)
{
    *d = (struct publish_dir){.path = path, .index = index, .index_size = index_size};
    for (int i = 0; i < 256; i++)
        d->sub[i] = -1;
    if (mkdir(path, 0755) == 0)
        chmod(path, 0755);
    d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        return err_set(e, ERR_IO, path, "%s; give --out a folder this program may write to", strerror(errno));
    if (flock(d->fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(e, ERR_AGAIN, path, "another doorstep publish writes there just now");
    bool ours = read_state(d);
    if (!ours && !is_empty(d->fd))
        return err_set(e, ERR_CONFIG, path, "holds other files than pages of doorstep's: give --out an empty folder, or one of its own");
    if (!ours && !publish_dir_keep(d, e))      /* first of all: who is killed over the first page finds the folder its own again */
        return false;
    return put_at(d, d->fd, "index.html", index, index_size, e) != PUBLISH_FAILED;
}

void publish_dir_close(struct publish_dir *d)
{
    for (int i = 0; i < 256; i++)
        if (d->sub[i] >= 0)
            close(d->sub[i]);
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

bool publish_dir_keep(struct publish_dir *d, struct err *e)
{
    char text[400];
    int n = snprintf(text, sizeof text, "doorstep pages 1\nmark %" PRId64 "\nall %" PRId64 "\nepoch %s\n", d->state.mark, d->state.all,
                     *d->state.epoch ? d->state.epoch : "none");
    return write_at(d, d->fd, state_name, text, (size_t)n, e);
}

bool publish_dir_sync(struct publish_dir *d, struct err *e)
{
    return syncfs(d->fd) == 0 || trouble(d, "what was published", e);
}

/* ---- pages ---- */

static int value_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The folder of a token; -1 with errno when it is none. */
static int sub_of(struct publish_dir *d, const char *token, bool make)
{
    char name[3] = {token[0], token[1], '\0'};
    int *fd = &d->sub[value_of(token[0]) * 16 + value_of(token[1])];
    if (*fd >= 0)
        return *fd;
    if (make && mkdirat(d->fd, name, 0755) == 0 && fchmodat(d->fd, name, 0755, 0) != 0)
        return -1;
    *fd = openat(d->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd;
}

static void name_of(const char *token, char out[40])
{
    snprintf(out, 40, "%.30s.html", token + 2);
}

enum publish_put publish_dir_put(struct publish_dir *d, const char *token, const char *text, size_t size, struct err *e)
{
    char name[40];
    bool known = d->sub[value_of(token[0]) * 16 + value_of(token[1])] >= 0;
    int sub = sub_of(d, token, true);
    if (sub < 0) {
        trouble(d, "a folder for pages", e);
        return PUBLISH_FAILED;
    }
    if (!known && put_at(d, sub, "index.html", d->index, d->index_size, e) == PUBLISH_FAILED)
        return PUBLISH_FAILED;
    name_of(token, name);
    return put_at(d, sub, name, text, size, e);
}

static bool remove_at(const struct publish_dir *d, int dir, const char *name, int64_t *removed, struct err *e)
{
    if (unlinkat(dir, name, 0) == 0)
        ++*removed;
    else if (errno != ENOENT)
        return err_set(e, ERR_IO, d->path, "%s cannot be removed: %s", name, strerror(errno));
    return true;
}

bool publish_dir_remove(struct publish_dir *d, const char *token, int64_t *removed, struct err *e)
{
    char name[40];
    int sub = sub_of(d, token, false);
    name_of(token, name);
    return sub < 0 || remove_at(d, sub, name, removed, e);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof (struct publish_token));
}

/* Of a folder's files only those that look like pages are ours. */
static bool is_page(const char *folder, const char *file, char token[33])
{
    if (strspn(file, "0123456789abcdef") != 30 || strcmp(file + 30, ".html") != 0)
        return false;
    snprintf(token, 33, "%s%.30s", folder, file);
    return true;
}

static bool sweep_sub(struct publish_dir *d, const char *folder, const struct publish_token *tokens, size_t count, int64_t *removed, struct err *e)
{
    char token[33];
    bool good = true;
    int fd = openat(d->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return true;           /* there is none */
    }
    for (struct dirent *f; good && (f = readdir(dir));) {
        if (is_page(folder, f->d_name, token))
            good = bsearch(token, tokens, count, sizeof *tokens, compare) || remove_at(d, fd, f->d_name, removed, e);
        else if (!strcmp(f->d_name, new_name))
            unlinkat(fd, new_name, 0);
    }
    closedir(dir);
    return good;
}

bool publish_dir_sweep(struct publish_dir *d, const struct publish_token *tokens, size_t count, int64_t *removed, struct err *e)
{
    char folder[3];
    for (int i = 0; i < 256; i++) {
        snprintf(folder, sizeof folder, "%02x", (unsigned)i);
        if (!sweep_sub(d, folder, tokens, count, removed, e))
            return false;
    }
    return true;
}
