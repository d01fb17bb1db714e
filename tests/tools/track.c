/* An aggregator on loopback that is asked about trackings, as far as EasyPost's, AfterShip's, Shippo's and ShipEngine's questions go.
 * usage: track LOG [--times N STATUS [RETRY-AFTER]]   prints its port; runs until a signal
 *   LOG      a line a request: its path and query
 *   --times  the first N requests are answered with STATUS and nothing more
 * A number that begins with NONE is not known; one with MANY comes in two pages; BROKEN gets half an answer; all others were tried to
 * deliver in vain. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *written;
static long times, status, retry_after;

static void answer(int fd, int code, const char *headers, const char *body)
{
    char head[400];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n", code,
                     strlen(body), headers);
    if (write(fd, head, (size_t)n) < 0 || write(fd, body, strlen(body)) < 0)
        perror("track");
}

/* The value of a member of the query, up to & or a comma; "" without one. */
static const char *value_of(const char *query, const char *name, char *out, size_t size)
{
    const char *at = strstr(query, name);
    size_t n = at ? strcspn(at + strlen(name), "& ") : 0;
    snprintf(out, size, "%.*s", (int)n, at ? at + strlen(name) : "");
    return out;
}

static void easypost(int fd, const char *path)
{
    char number[80], page[80], body[1200];
    value_of(path, "tracking_code=", number, sizeof number);
    value_of(path, "before_id=", page, sizeof page);
    int first = strncmp(number, "MANY", 4) == 0 && !page[0];
    if (strncmp(number, "NONE", 4) == 0)
        snprintf(body, sizeof body, "{\"trackers\":[],\"has_more\":false}");
    else
        snprintf(body, sizeof body,
                 "{\"trackers\":[{\"object\":\"Tracker\",\"id\":\"trk_%s%s\",\"tracking_code\":\"%s\",\"carrier\":\"%s\",\"status\":\"%s\",\"tracking_details\":"
                 "[{\"object\":\"TrackingDetail\",\"status\":\"%s\",\"datetime\":\"2026-11-21T10:00:00Z\",\"message\":\"x\"}]}],\"has_more\":%s}",
                 number, page, number, first ? "USPS" : "UPS", first ? "delivered" : "failure", first ? "delivered" : "failure", first ? "true" : "false");
    if (strncmp(number, "BROKEN", 6) == 0)
        body[strlen(body) / 2] = '\0';
    answer(fd, 200, "", body);
}

static void aftership(int fd, char *path)
{
    char list[4000], body[32000] = "{\"meta\":{\"code\":200},\"data\":{\"pagination\":{\"has_next_page\":false},\"trackings\":[";
    value_of(path, "tracking_numbers=", list, sizeof list);
    size_t n = strlen(body);
    for (char *at = list; *at; ) {
        size_t len = strcspn(at, "%");
        if (strncmp(at, "NONE", 4) != 0)
            n += (size_t)snprintf(body + n, sizeof body - n,
                                  "%s{\"id\":\"a\",\"tracking_number\":\"%.*s\",\"slug\":\"ups\",\"tag\":\"AttemptFail\",\"checkpoints\":[{\"checkpoint_time\":"
                                  "\"2026-11-21T10:00:00Z\",\"tag\":\"AttemptFail\",\"subtag\":\"AttemptFail_001\",\"message\":\"x\"}]}",
                                  body[n - 1] == '}' ? "," : "", (int)len, at);
        at += len + (at[len] ? 3 : 0);         /* %2C */
    }
    snprintf(body + n, sizeof body - n, "]}}");
    answer(fd, 200, "", body);
}

static void single(int fd, const char *path, const char *number, const char *form)
{
    char body[800];
    (void)path;
    if (strncmp(number, "NONE", 4) == 0) {
        answer(fd, 404, "", "{\"detail\":\"Not found\"}");
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(body, sizeof body, form, number);
#pragma GCC diagnostic pop
    answer(fd, 200, "", body);
}

static void serve(int fd)
{
    char in[16384], path[8000] = "", number[80], retry[64] = "";
    size_t used = 0;
    for (ssize_t n; used < sizeof in - 1 && (n = read(fd, in + used, sizeof in - 1 - used)) > 0;) {
        used += (size_t)n;
        in[used] = '\0';
        if (strstr(in, "\r\n\r\n"))
            break;
    }
    if (sscanf(in, "GET %7999s", path) != 1)
        return;
    fprintf(written, "%s\n", path);
    fflush(written);
    if (times-- > 0) {
        if (retry_after)
            snprintf(retry, sizeof retry, "Retry-After: %ld\r\n", retry_after);
        answer(fd, (int)status, retry, "{\"error\":{\"message\":\"no\"}}");
    } else if (strncmp(path, "/v2/trackers?", 13) == 0) {
        easypost(fd, path);
    } else if (strncmp(path, "/tracking/", 10) == 0) {
        aftership(fd, path);
    } else if (strncmp(path, "/tracks/", 8) == 0) {
        single(fd, path, strrchr(path, '/') + 1,
               "{\"tracking_number\":\"%s\",\"carrier\":\"ups\",\"tracking_status\":{\"status\":\"FAILURE\",\"status_date\":\"2026-11-21T10:00:00Z\"},\"tracking_history\":[]}");
    } else {
        single(fd, path, value_of(path, "tracking_number=", number, sizeof number),
               "{\"tracking_number\":\"%s\",\"carrier_code\":\"ups\",\"status_code\":\"EX\",\"events\":[{\"occurred_at\":\"2026-11-21T10:00:00Z\",\"status_code\":\"EX\",\"description\":\"x\"}]}");
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGPIPE, SIG_IGN);
    written = argc > 1 ? fopen(argv[1], "ae") : NULL;
    if (!written || s < 0 || bind(s, (struct sockaddr *)&a, size) != 0 || listen(s, 64) != 0 || getsockname(s, (struct sockaddr *)&a, &size) != 0)
        return 74;
    if (argc > 4 && strcmp(argv[2], "--times") == 0) {
        times = strtol(argv[3], NULL, 10);
        status = strtol(argv[4], NULL, 10);
        retry_after = argc > 5 ? strtol(argv[5], NULL, 10) : 0;
    }
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (int fd; (fd = accept(s, NULL, NULL)) >= 0; close(fd))
        serve(fd);
    return 0;
}
