/* URLs of channels, helpdesks and aggregators, the file of secrets and the configuration: what is wrong is told with its place and
 * without the secret. A letter for which, then the text; the secret is qQ7SECRET. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "net/desk.h"
#include "net/poll.h"
#include "run/config.h"
#include "run/secrets.h"

#define SECRET "qQ7SECRET"

static void told(bool good, const struct err *e, bool secret)
{
    if (good)
        return;
    fuzz_error(e);
    fuzz_require(!secret || (!strstr(e->text, SECRET) && !strstr(e->where, SECRET)));
}

/* It stands there once, where a password or a parameter's value may: all else is no secret, and may be quoted. */
static bool as_secret(const char *text)
{
    const char *at = strstr(text, SECRET), *after = at ? at + strlen(SECRET) : NULL;
    return at && at > text && strchr(":=", at[-1]) && (!*after || strchr("@&", *after)) && !strstr(after, SECRET);
}

static void url(size_t which, const char *text)
{
    struct channel_url c;
    struct err e = {0};
    char shown[300];
    bool good = which < CHANNEL_COUNT ? channel_url_read((enum channel)which, text, &c, &e)
                : which == CHANNEL_COUNT ? desk_url_read(text, &c, &e)
                                         : poll_url_read("easypost", text, &c, &e);
    told(good, &e, as_secret(text));
    if (good) {
        channel_url_show(&c, shown, sizeof shown);
        fuzz_require(*shown && (!c.secret || strcmp(c.secret, SECRET) != 0 || !as_secret(text) || !strstr(shown, SECRET)));
        channel_url_finish(&c);
    }
}

static void warn(void *ctx, const struct err *e)
{
    (void)ctx;
    told(false, e, false);
    fuzz_require(strstr(e->where, "/proc/self/fd/"));
}

static void file(bool secrets, const char *text, size_t n)
{
    char path[40];
    struct err e = {0};
    int fd = memfd_create("file", MFD_CLOEXEC);
    fuzz_require(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (secrets) {
        struct secrets s;
        told(secrets_read(path, &s, &e), &e, true);
        secrets_get(&s, "email.url");
        secrets_finish(&s);
    } else {
        struct config c;
        config_read(path, &c, warn, NULL, &e);
        fuzz_require(fuzz_inert(c.settings.notice, strlen(c.settings.notice), false));
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t which = fuzz_choice(&in, CHANNEL_COUNT + 4), n;
    char *text = fuzz_bytes(&in, &n), *z = strndup(text, n);
    if (which < CHANNEL_COUNT + 2)
        url(which, z);
    else
        file(which == CHANNEL_COUNT + 2, text, n);
    free(text);
    free(z);
    return 0;
}
