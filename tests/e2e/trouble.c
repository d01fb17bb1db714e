#include "trouble.h"

#include <pwd.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal.h"

static pid_t start(char *const argv[], int in, int out)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (in >= 0)
            dup2(in, 0);
        if (out >= 0)
            dup2(out, 1);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

const char *trouble_pg(const char *what, const char *dir, const char *more)
{
    static char line[512];
    int out[2], status;
    char *argv[] = {(char *)"tests/tools/pg", (char *)what, (char *)dir, (char *)more, NULL};
    if (pipe(out) != 0)
        exit(70);
    pid_t pid = start(argv, -1, out[1]);
    close(out[1]);
    waitpid(pid, &status, 0);
    ssize_t n = read(out[0], line, sizeof line - 1);   /* a line: the pipe holds it */
    close(out[0]);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "pg %s %s failed\n", what, dir);
        exit(70);
    }
    return line;
}

void trouble_dir(char *out, size_t size, const char *name)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(out, size, "%s/%s", tmp ? tmp : "/tmp", name);
}

void line_open(struct line *l, const char *cluster)
{
    char tool[600], socket[300], port[16];
    int in[2], out[2];
    snprintf(tool, sizeof tool, "%.500s/tests/tool_stall", getenv("DOORSTEP"));
    char *name = strstr(tool, "/doorstep/tests/tool_stall");
    if (name)
        memmove(name, "/tests/tool_stall", sizeof "/tests/tool_stall");
    snprintf(socket, sizeof socket, "%s/run/.s.PGSQL.5432", cluster);
    if (pipe(in) != 0 || pipe(out) != 0)
        exit(70);
    start((char *[]){tool, socket, NULL}, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    l->say = fdopen(in[1], "w");
    l->hear = fdopen(out[0], "r");
    if (!fgets(port, sizeof port, l->hear) || (l->port = (int)strtol(port, NULL, 10)) == 0) {
        fprintf(stderr, "%s does not run\n", tool);
        exit(70);
    }
}

void line_is(struct line *l, const char *word)
{
    char heard[64];
    fprintf(l->say, "%s\n", word);
    fflush(l->say);
    if (!fgets(heard, sizeof heard, l->hear))
        exit(70);
}

void line_close(struct line *l)
{
    if (!l->say)
        return;                /* the test did not come to it */
    fclose(l->say);
    fclose(l->hear);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

/* --- pgbouncer ------------------------------------------------------------------ */

static pid_t bouncer;

static const char *unprivileged(void)
{
    return getuid() != 0 ? NULL : getpwnam("postgres") ? "postgres" : "nobody";
}

int pgbouncer_open(const char *cluster, const char *mode)
{
    static int port;
    char dir[300], ini[360], socket[360];
    const char *user = unprivileged();
    if (access("/usr/sbin/pgbouncer", X_OK) != 0)
        return 0;
    port = port ? port + 1 : 20000 + (int)getpid() % 20000;
    trouble_dir(dir, sizeof dir, "pgb");
    mkdir(dir, 0777);
    chmod(dir, 0777);
    snprintf(ini, sizeof ini, "%s/pgbouncer.ini", dir);
    snprintf(socket, sizeof socket, "%s/users", dir);
    FILE *f = fopen(socket, "w");
    fputs("\"okafor\" \"\"\n\"maria\" \"\"\n", f);
    fclose(f);
    f = fopen(ini, "w");
    fprintf(f, "[databases]\n* = host=%s/run\n[pgbouncer]\nlisten_addr =\nlisten_port = %d\nunix_socket_dir = %s\nauth_type = trust\nauth_file = %s/users\n"
            "pool_mode = %s\ndefault_pool_size = 10\nlogfile = %s/log\nignore_startup_parameters = extra_float_digits\n"
            "%s%s\n", cluster, port, dir, dir, mode, dir, user ? "user = " : "", user ? user : "");
    fclose(f);
    chmod(ini, 0644);
    bouncer = start((char *[]){(char *)"/usr/sbin/pgbouncer", (char *)"-q", ini, NULL}, -1, -1);
    snprintf(socket, sizeof socket, "%s/.s.PGSQL.%d", dir, port);
    for (int i = 0; i < 3000 && access(socket, F_OK) != 0; i++)
        usleep(20000);
    return port;
}

void pgbouncer_close(void)
{
    if (bouncer > 0) {
        kill(bouncer, SIGINT);
        waitpid(bouncer, NULL, 0);
    }
    bouncer = 0;
}
