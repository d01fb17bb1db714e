#include "run/local.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "db/admin.h"
#include "loop/loop.h"
#include "run/local_files.h"

#define PORT "5432"            /* only names the socket: there is no TCP */
#define INITDB_MS 120000
#define START_MS 60000
#define STOP_MS 30000

void local_dsn(const struct local *l, const char *role, const char *database, char *out, size_t size)
{
    /* libpq's quoting: backslash before quote and backslash */
    char quoted[sizeof l->dir * 2];
    size_t n = 0;
    for (const char *s = l->dir; *s && n + 3 < sizeof quoted; s++) {
        if (*s == '\'' || *s == '\\')
            quoted[n++] = '\\';
        quoted[n++] = *s;
    }
    quoted[n] = '\0';
    snprintf(out, size, "host='%s/run' port=" PORT " user=%s dbname=%s", quoted, role ? role : LOCAL_SUPERUSER,
             database ? database : LOCAL_DATABASE);
}

static bool socket_path(const struct local *l, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path, sizeof out->sun_path, "%s/run/.s.PGSQL." PORT, l->dir);
    return n > 0 && (size_t)n < sizeof out->sun_path;
}

bool local_init(struct local *l, const char *dir, const char *name, struct err *e)
{
    *l = (struct local){.lock = -1};
    if (!process_unprivileged(&l->user, e) || !local_folder(l, dir, name, e))
        return false;
    struct sockaddr_un address;
    if (!socket_path(l, &address))
        return err_set(e, ERR_CONFIG, l->dir,
                       "this path is too long for a Unix socket: give a shorter one with --dir");
    if (strpbrk(l->dir, "\"\n\r"))
        return err_set(e, ERR_CONFIG, l->dir, "a quote or a line break cannot be in this path: give another with --dir");
    return true;
}

bool local_exists(const struct local *l)
{
    char path[sizeof l->dir + 32];
    struct stat st;
    snprintf(path, sizeof path, "%s/data/PG_VERSION", l->dir);
    return stat(path, &st) == 0;
}

bool local_present(const struct local *l)
{
    struct stat st;
    return lstat(l->dir, &st) == 0 && local_ours(l, NULL);
}

bool local_running(const struct local *l)
{
    struct sockaddr_un address;
    if (!socket_path(l, &address))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool answers = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return answers;
}

bool local_lock(struct local *l, struct err *e)
{
    char path[sizeof l->dir + 32];
    if (!local_make_folder(l, e))
        return false;
    snprintf(path, sizeof path, "%s/lock", l->dir);
    l->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->lock < 0)
        return err_set(e, ERR_IO, path, "%s", strerror(errno));
    if (flock(l->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    close(l->lock);
    l->lock = -1;
    return err_set(e, ERR_AGAIN, l->dir, "another doorstep is using it: leave that one first, or give another --dir");
}

void local_unlock(struct local *l)
{
    if (l->lock >= 0)
        close(l->lock);
    l->lock = -1;
}

/* Into data.new, then renamed: an interrupted start leaves nothing that looks finished. */
static bool make_cluster(struct local *l, struct err *e)
{
    char program[sizeof l->bin + 16], fresh[sizeof l->dir + 16], final[sizeof l->dir + 16];
    snprintf(program, sizeof program, "%s/initdb", l->bin);
    snprintf(fresh, sizeof fresh, "%s/data.new", l->dir);
    snprintf(final, sizeof final, "%s/data", l->dir);
    const char *const argv[] = {program, "-D", fresh, "-U", LOCAL_SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8",
                                "--auth-local=trust", "--auth-host=reject", NULL};
    if (!local_remove_tree(l, fresh, e) || !process_run(argv, &l->user, INITDB_MS, NULL, 0, e))
        return err_at(e, "making a database in %s", l->dir);
    if (rename(fresh, final) != 0)
        return err_set(e, ERR_IO, final, "%s", strerror(errno));
    return true;
}

/* Settings are given at each start instead of written to a file: they follow this program's version. */
static pid_t launch(const struct local *l, bool tied, struct err *e)
{
    char program[sizeof l->bin + 16], data[sizeof l->dir + 16], log[sizeof l->dir + 16];
    char sockets[sizeof l->dir + 64];
    snprintf(program, sizeof program, "%s/postgres", l->bin);
    snprintf(data, sizeof data, "%s/data", l->dir);
    snprintf(log, sizeof log, "%s/server.log", l->dir);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=\"%s/run\"", l->dir);
    const char *const argv[] = {
        program, "-D", data, "-p", PORT, "-c", "listen_addresses=", "-c", sockets,
        "-c", "unix_socket_permissions=0700",
        "-c", "max_connections=100", "-c", "shared_buffers=64MB", "-c", "work_mem=8MB",
        "-c", "jit=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=512MB",
        "-c", "logging_collector=off", "-c", "log_destination=stderr", "-c", "log_line_prefix=%m [%p] %u ",
        "-c", tied ? "synchronous_commit=off" : "synchronous_commit=on",
        "-c", "cluster_name=doorstep", NULL};
    struct process_options o = {.user = &l->user, .log = log, .death_signal = tied ? SIGINT : 0};
    return process_start(argv, &o, e);
}

/* The last lines of the server's log, on one line, from `from` on. */
static void log_tail(const struct local *l, long from, char *out, size_t size)
{
    char path[sizeof l->dir + 16], raw[1024];
    snprintf(path, sizeof path, "%s/server.log", l->dir);
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    fseek(f, 0, SEEK_END);
    long end = ftell(f), start = end - (long)size / 2;
    fseek(f, start > from ? start : from, SEEK_SET);
    size_t n = fread(raw, 1, sizeof raw, f);
    fclose(f);
    utf8_clean(raw, n, out, size, UTF8_ONE_LINE);
}

static long log_size(const struct local *l)
{
    char path[sizeof l->dir + 16];
    struct stat st;
    snprintf(path, sizeof path, "%s/server.log", l->dir);
    return stat(path, &st) == 0 ? (long)st.st_size : 0;
}

/* Ready when a session can be had: a socket that answers may belong to a server still recovering. */
static bool wait_ready(struct local *l, long log_from, struct err *e)
{
    char dsn[1200], answer[8], tail[400];
    local_dsn(l, NULL, "postgres", dsn, sizeof dsn);
    int64_t deadline = loop_now() + START_MS;
    int status;
    struct timespec pause = {0, 20 * 1000000};
    while (loop_now() < deadline) {
        if (local_running(l) && db_ask_text(dsn, "SELECT 1", NULL, answer, sizeof answer, NULL))
            return true;
        if (waitpid(l->pid, &status, WNOHANG) == l->pid) {
            l->pid = 0;
            log_tail(l, log_from, tail, sizeof tail);
            return err_set(e, ERR_UNREACHABLE, l->dir, "PostgreSQL did not start; its log ends: %s", tail);
        }
        nanosleep(&pause, NULL);
    }
    log_tail(l, log_from, tail, sizeof tail);
    return err_set(e, ERR_UNREACHABLE, l->dir, "PostgreSQL was not ready within %d s; its log ends: %s",
                   START_MS / 1000, tail);
}

bool local_start(struct local *l, bool tied, struct err *e)
{
    char dsn[1200];
    if (!local_make_folder(l, e) || !local_find_programs(l, e))
        return false;
    if (!local_exists(l) && !make_cluster(l, e))
        return false;
    if (!local_running(l)) {
        long from = log_size(l);
        l->pid = launch(l, tied, e);
        if (l->pid < 0) {
            l->pid = 0;
            return false;
        }
        if (!wait_ready(l, from, e)) {
            local_stop(l, NULL);
            return false;
        }
    }
    local_dsn(l, NULL, "postgres", dsn, sizeof dsn);
    return db_create_database(dsn, LOCAL_DATABASE, e);
}

bool local_recreate(struct local *l, struct err *e)
{
    char dsn[1200];
    local_dsn(l, NULL, "postgres", dsn, sizeof dsn);
    return db_run_script(dsn, "drop", "DROP DATABASE IF EXISTS " LOCAL_DATABASE " WITH (FORCE)", e) &&
           db_create_database(dsn, LOCAL_DATABASE, e);
}

/* One that somebody else started: its own tool knows how. */
static bool stop_other(struct local *l, struct err *e)
{
    char program[sizeof l->bin + 16], data[sizeof l->dir + 16];
    if (!local_exists(l) || !local_running(l))
        return true;
    if (!local_find_programs(l, e))
        return false;
    snprintf(program, sizeof program, "%s/pg_ctl", l->bin);
    snprintf(data, sizeof data, "%s/data", l->dir);
    const char *const argv[] = {program, "-D", data, "-m", "fast", "-w", "-t", "25", "stop", NULL};
    return process_run(argv, &l->user, STOP_MS, NULL, 0, e) || err_at(e, "%s", l->dir);
}

bool local_stop(struct local *l, struct err *e)
{
    if (l->pid <= 0)
        return stop_other(l, e);
    /* fast, then immediate */
    process_end(l->pid, (const int[]){SIGINT, SIGQUIT, 0}, STOP_MS / 2);
    l->pid = 0;
    return true;
}

bool local_destroy(struct local *l, struct err *e)
{
    if (!local_ours(l, e) || !local_stop(l, e))
        return false;
    static const char *const parts[] = {"data", "data.new", "run", "mail", "pages"};
    char path[sizeof l->dir + 16];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s/%s", l->dir, parts[i]);
        if (!local_remove_tree(l, path, e))
            return false;
    }
    return local_remove_folder(l, e);
}
