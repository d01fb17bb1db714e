/* A web server's request, as any client can make it: environment and body. Answered always, with headers of ours alone, and never
 * with success, for no database and no valid signature are there. Texts: method, path, type, length, query, URI, host, signature,
 * time stamp, body. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "run/webhook.h"

#define SECRET "a secret nobody knows"

static const char *const variables[] = {"REQUEST_METHOD", "PATH_INFO", "CONTENT_TYPE", "CONTENT_LENGTH", "QUERY_STRING", "REQUEST_URI", "HTTP_HOST",
                                        "HTTP_X_TWILIO_SIGNATURE", "HTTP_DOORSTEP_SIGNATURE"};
static const char *const headers[] = {"Status: ", "Content-Type: ", "Content-Length: ", "Cache-Control: ", "X-Content-Type-Options: ",
                                      "Referrer-Policy: ", "X-Frame-Options: ", "Retry-After: ", "Allow: "};

static void surroundings(void)
{
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    setenv("HOME", "/nonexistent", 1);
    unsetenv("XDG_CONFIG_HOME");
    setenv("DOORSTEP_WEBHOOK_TWILIO", SECRET, 1);
    setenv("DOORSTEP_WEBHOOK_EASYPOST", SECRET, 1);
    setenv("DOORSTEP_WEBHOOK_DOORSTEP", "unsigned", 1);
    setenv("DOORSTEP_WEBHOOK_POSTMARK", "basic user:word", 1);
}

static void look(char *answer)
{
    char *body = strstr(answer, "\r\n\r\n");
    fuzz_require(body && !strncmp(answer, "Status: ", 8));
    long status = strtol(answer + 8, NULL, 10);
    fuzz_require(status >= 400 || (status == 200 && strstr(answer, "text/html")));
    body[2] = '\0';
    for (char *line = answer, *end; *line; line = end + 2) {
        size_t i = 0;
        end = strstr(line, "\r\n");
        fuzz_require(end);
        while (i < sizeof headers / sizeof *headers && strncmp(line, headers[i], strlen(headers[i])) != 0)
            i++;
        fuzz_require(i < sizeof headers / sizeof *headers);
    }
    fuzz_require(fuzz_inert(body + 4, strlen(body + 4), true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char answer[256 << 10];
    struct fuzz_in in = {data, size};
    struct err e = {0};
    surroundings();
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        char *value = fuzz_text(&in);
        setenv(variables[i], value, 1);
        free(value);
    }
    size_t n;
    char *body = fuzz_bytes(&in, &n);
    int old_in = dup(STDIN_FILENO), old_out = dup(STDOUT_FILENO), from = memfd_create("in", MFD_CLOEXEC), to = memfd_create("out", MFD_CLOEXEC);
    fuzz_require(old_out >= 0 && from >= 0 && to >= 0 && write(from, body, n) == (ssize_t)n && lseek(from, 0, SEEK_SET) == 0);
    fflush(stdout);
    dup2(from, STDIN_FILENO);
    dup2(to, STDOUT_FILENO);
    bool good = webhook_run("host=/nonexistent dbname=x", NULL, &e);
    fflush(stdout);
    dup2(old_out, STDOUT_FILENO);
    if (old_in >= 0) {
        dup2(old_in, STDIN_FILENO);
        close(old_in);
    }
    ssize_t got = pread(to, answer, sizeof answer - 1, 0);
    close(from), close(to), close(old_out);
    fuzz_require(got > 0);
    answer[got] = '\0';
    look(answer);
    if (!good) {
        char line[700];
        err_line(&e, line, sizeof line);
        fuzz_require(e.code != ERR_NONE && *e.text);
        fuzz_require(memmem(data, size, "secret", 6) || !strstr(line, SECRET));
    }
    free(body);
    return 0;
}
