#include "run/local_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/loop.h"

#define OLDEST 15
#define MARK "doorstep.local"  /* a file that says: this folder was made here */
#define REMOVE_MS 60000

/* ---- the folder ---- */

static bool default_folder(struct local *l, const char *name, struct err *e)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int n;
    if (l->user.drop)   /* below root's home the server's user could not reach it */
        n = snprintf(l->dir, sizeof l->dir, "/var/lib/doorstep/%s", name);
    else if (data && data[0] == '/')
        n = snprintf(l->dir, sizeof l->dir, "%s/doorstep/%s", data, name);
    else if (home && home[0] == '/')
        n = snprintf(l->dir, sizeof l->dir, "%s/.local/share/doorstep/%s", home, name);
    else
        return err_set(e, ERR_CONFIG, NULL, "neither HOME nor XDG_DATA_HOME is set: say where with --dir");
    if (n < 0 || (size_t)n >= sizeof l->dir)
        return err_set(e, ERR_CONFIG, NULL, "the path of the data folder is too long: give a shorter one with --dir");
    return true;
}

bool local_folder(struct local *l, const char *dir, const char *name, struct err *e)
{
    if (!dir)
        return default_folder(l, name, e);
    char here[sizeof l->dir] = "";
    if (dir[0] != '/' && !getcwd(here, sizeof here))
        return err_set(e, ERR_CONFIG, dir, "the current folder is gone: give --dir an absolute path");
    int n = dir[0] == '/' ? snprintf(l->dir, sizeof l->dir, "%s", dir)
                          : snprintf(l->dir, sizeof l->dir, "%s/%s", here, dir);
    if (n < 2 || (size_t)n >= sizeof l->dir)
        return err_set(e, ERR_CONFIG, dir, "this is not a folder for --dir");
    while (n > 1 && l->dir[n - 1] == '/')
        l->dir[--n] = '\0';
    return true;
}

static bool empty_folder(const char *path)
{
    DIR *d = opendir(path);
    bool empty = d != NULL;
    for (struct dirent *f; empty && (f = readdir(d));)
        empty = strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0;
    if (d)
        closedir(d);
    return empty;
}

static bool make_parents(const char *path, struct err *e)
{
    char part[512];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return err_set(e, ERR_IO, part, "cannot make this folder: %s", strerror(errno));
    }
    return true;
}

bool local_ours(const struct local *l, struct err *e)
{
    char mark[sizeof l->dir + 32];
    struct stat st;
    snprintf(mark, sizeof mark, "%s/" MARK, l->dir);
    if (lstat(l->dir, &st) != 0 && errno == ENOENT)
        return true;
    if (lstat(mark, &st) == 0)
        return true;
    return err_set(e, ERR_CONFIG, l->dir, "this folder was not made by doorstep: give another with --dir");
}

/* An empty folder becomes ours: closed, marked, with run/ inside, given to the server's user. */
static bool claim_folder(const struct local *l, struct err *e)
{
    char mark[sizeof l->dir + 32], run[sizeof l->dir + 32];
    snprintf(mark, sizeof mark, "%s/" MARK, l->dir);
    snprintf(run, sizeof run, "%s/run", l->dir);
    uid_t uid = l->user.drop ? l->user.uid : geteuid();
    gid_t gid = l->user.drop ? l->user.gid : getegid();
    int fd = -1;
    bool ok = chmod(l->dir, 0700) == 0 && mkdir(run, 0700) == 0 &&
              (fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) >= 0 && fchown(fd, uid, gid) == 0 &&
              chown(run, uid, gid) == 0 && chown(l->dir, uid, gid) == 0;
    if (!ok)
        err_set(e, ERR_IO, l->dir, "cannot make this folder ready: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static int can_enter(void *ctx)
{
    const struct local *l = ctx;
    return access(l->dir, R_OK | W_OK | X_OK) == 0 ? 0 : 1;
}

/* A folder below one that the server's user may not enter is of no use. */
static bool reachable(struct local *l, struct err *e)
{
    struct process_options o = {.user = &l->user};
    pid_t pid = process_fork(can_enter, l, &o, e);
    int status = 1;
    if (pid < 0)
        return false;
    process_wait(pid, loop_now() + 5000, &status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return err_set(e, ERR_CONFIG, l->dir, "user %s, who runs PostgreSQL for root, cannot reach this folder: give another "
                   "with --dir, for instance below /var/lib", l->user.name);
}

bool local_make_folder(struct local *l, struct err *e)
{
    if (!make_parents(l->dir, e))
        return false;
    if (mkdir(l->dir, 0700) != 0 && errno != EEXIST)
        return err_set(e, ERR_IO, l->dir, "cannot make this folder: %s", strerror(errno));
    if (empty_folder(l->dir) && !claim_folder(l, e))
        return false;
    return local_ours(l, e) && (!l->user.drop || reachable(l, e));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int remove_tree(void *ctx)
{
    const char *path = ctx;
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : 1;
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 ? 0 : 1;
}

bool local_remove_tree(const struct local *l, const char *path, struct err *e)
{
    char copy[sizeof l->dir + 32];
    snprintf(copy, sizeof copy, "%s", path);
    struct process_options o = {.user = &l->user};
    pid_t pid = process_fork(remove_tree, copy, &o, e);
    int status = 1;
    if (pid < 0)
        return false;
    if (process_wait(pid, loop_now() + REMOVE_MS, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return err_set(e, ERR_IO, path, "this could not be removed: see whether something else uses it");
}

bool local_remove_folder(const struct local *l, struct err *e)
{
    static const char *const files[] = {"server.log", "feed.log", "worker.log", "pages.log", "lock", MARK};
    char path[sizeof l->dir + 32];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", l->dir, files[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return err_set(e, ERR_IO, path, "cannot be removed: %s", strerror(errno));
    }
    if (rmdir(l->dir) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EBUSY && errno != EACCES)
        return err_set(e, ERR_IO, l->dir, "cannot be removed: %s", strerror(errno));
    return true;
}

/* ---- the server's programs ---- */

static int version_of(const char *bin)
{
    char program[512], line[128];
    snprintf(program, sizeof program, "%s/postgres", bin);
    if (access(program, X_OK) != 0)
        return 0;
    const char *const argv[] = {program, "-V", NULL};
    if (!process_run(argv, NULL, 10000, line, sizeof line, NULL))
        return 0;
    const char *number = strpbrk(line, "0123456789");
    return number ? (int)strtol(number, NULL, 10) : 0;
}

static int wanted_version(const struct local *l)
{
    char path[sizeof l->dir + 32], line[16] = "";
    snprintf(path, sizeof path, "%s/data/PG_VERSION", l->dir);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (!fgets(line, sizeof line, f))
        line[0] = '\0';
    fclose(f);
    return (int)strtol(line, NULL, 10);
}

static void consider(struct local *l, const char *bin, int wanted, int *best)
{
    int version = version_of(bin);
    if (version < OLDEST || version <= *best || (wanted && version != wanted))
        return;
    *best = version;
    snprintf(l->bin, sizeof l->bin, "%s", bin);
}

static void consider_path(struct local *l, int wanted, int *best)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t n = strcspn(path, ":");
        char folder[512];
        if (n && n < sizeof folder && path[0] == '/') {
            snprintf(folder, sizeof folder, "%.*s", (int)n, path);
            consider(l, folder, wanted, best);
        }
        path += n + (path[n] == ':');
    }
}

bool local_find_programs(struct local *l, struct err *e)
{
    static const char *const places[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin"};
    int wanted = wanted_version(l), best = 0;
    if (l->bin[0])
        return true;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        glob_t found;
        if (glob(places[i], 0, NULL, &found) == 0)
            for (size_t j = 0; j < found.gl_pathc; j++)
                consider(l, found.gl_pathv[j], wanted, &best);
        globfree(&found);
    }
    if (!best)
        consider_path(l, wanted, &best);
    if (best)
        return true;
    if (wanted)
        return err_set(e, ERR_CONFIG, l->dir, "this was made by PostgreSQL %d, which is not installed: install it "
                       "(apt-get install postgresql-%d), or remove this folder's data with --reset or `local destroy`",
                       wanted, wanted);
    return err_set(e, ERR_CONFIG, NULL, "no PostgreSQL server from version %d on was found in /usr/lib/postgresql or PATH: "
                   "install one (apt-get install postgresql)", OLDEST);
}
