/* The worker by SMTP into Postfix's smtp-sink, 4 connections, against bare libcurl sending as many mails of that size.
 * usage: smtp DOORSTEP DSN SMTP-SINK MESSAGES      (MESSAGES are queued by e-mail, tests/tools/outbox.sql) */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "../e2e/terminal.h"

enum { CONNECTIONS = 4, PORT = 46025 };

static double wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool answers(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool good = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return good;
}

static pid_t start_sink(char *sink)
{
    char where[32];
    snprintf(where, sizeof where, "127.0.0.1:%d", PORT);
    pid_t pid = fork();
    if (pid == 0) {
        if (getuid() == 0)
            execl(sink, sink, "-u", "nobody", where, "1000", (char *)NULL);
        else
            execl(sink, sink, where, "1000", (char *)NULL);
        _exit(127);
    }
    double until = wall() + 5;
    while (!answers()) {
        if (wall() > until) {
            fprintf(stderr, "smtp: %s does not listen\n", sink);
            exit(1);
        }
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return pid;
}

/* --- bare libcurl -------------------------------------------------------------------- */

struct mail { CURL *easy; size_t at; };
static char text[1400];

static size_t give(char *out, size_t size, size_t n, void *ctx)
{
    struct mail *m = ctx;
    size_t left = sizeof text - m->at, most = size * n < left ? size * n : left;
    memcpy(out, text + m->at, most);
    m->at += most;
    return most;
}

static double bare(int count)
{
    struct mail mails[CONNECTIONS] = {0};
    struct curl_slist *to = curl_slist_append(NULL, "<c1@example.com>");
    CURLM *multi = curl_multi_init();
    int begun = 0, done = 0, running, left;
    char url[64];
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d/", PORT);
    memset(text, 'x', sizeof text);
    memcpy(text, "Subject: About your parcel\r\n\r\n", 30);
    for (size_t i = 100; i < sizeof text; i += 70)
        memcpy(text + i - 2, "\r\n", 2);
    double from = wall();
    for (; begun < CONNECTIONS; begun++) {
        struct mail *m = &mails[begun];
        m->easy = curl_easy_init();
        curl_easy_setopt(m->easy, CURLOPT_URL, url);
        curl_easy_setopt(m->easy, CURLOPT_MAIL_FROM, "<orders@example.com>");
        curl_easy_setopt(m->easy, CURLOPT_MAIL_RCPT, to);
        curl_easy_setopt(m->easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(m->easy, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(m->easy, CURLOPT_READDATA, m);
        curl_easy_setopt(m->easy, CURLOPT_PRIVATE, m);
        curl_multi_add_handle(multi, m->easy);
    }
    while (done < count) {
        curl_multi_perform(multi, &running);
        CURLMsg *said;
        while ((said = curl_multi_info_read(multi, &left))) {
            struct mail *m;
            if (said->data.result != CURLE_OK) {
                fprintf(stderr, "smtp: %s\n", curl_easy_strerror(said->data.result));
                exit(1);
            }
            curl_easy_getinfo(said->easy_handle, CURLINFO_PRIVATE, &m);
            curl_multi_remove_handle(multi, m->easy);
            done++;
            m->at = 0;
            if (begun < count && ++begun)
                curl_multi_add_handle(multi, m->easy);
        }
        if (done < count)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    double took = wall() - from;
    for (int i = 0; i < CONNECTIONS; i++)
        curl_easy_cleanup(mails[i].easy);
    curl_multi_cleanup(multi);
    curl_slist_free_all(to);
    return took;
}

/* --- ours ------------------------------------------------------------------------------- */

static double ours(char *doorstep, char *dsn)
{
    char url[128], *end;
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d?from=orders@example.com&connections=%d", PORT, CONNECTIONS);
    setenv("DOORSTEP_EMAIL_URL", url, 1);
    double begun = wall();
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        execl(doorstep, doorstep, "--dsn", dsn, "worker", "--once", (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    PGconn *db = PQconnectdb(dsn);
    PGresult *r = PQexec(db, "SELECT extract(epoch FROM max(sent_at)), count(*) FILTER (WHERE state <> 'sent') FROM doorstep.outreach");
    double last = strtod(PQgetvalue(r, 0, 0), &end);
    if (status || strcmp(PQgetvalue(r, 0, 1), "0") != 0) {
        fprintf(stderr, "smtp: not all was sent\n");
        exit(1);
    }
    PQclear(r);
    PQfinish(db);
    return last - begun;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 64;
    int count = (int)strtol(argv[4], NULL, 10);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pid_t sink = start_sink(argv[3]);
    double alone = bare(count);
    double took = ours(argv[1], argv[2]);
    kill(sink, SIGTERM);
    printf("# %d mails: bare libcurl %.0f a second, the worker %.0f\n", count, count / alone, count / took);
    bench_line("worker by SMTP / bare libcurl", alone / took, "x", 0.5, 0);
    return 0;
}
