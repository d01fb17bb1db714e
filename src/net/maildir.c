/* maildir: messages as files, for trying things and for mail readers: e-mail as .eml, SMS and WhatsApp as .txt with headers.
 *
 * A message's file is named after its id, so that the same one again takes the place of the first. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provider.h"

#define PATH_MOST 3000

static bool check(struct channel_url *c, struct err *e)
{
    if (!c->path || strlen(c->path) > PATH_MOST)
        return err_set(e, ERR_CONFIG, NULL, "no folder: maildir:/var/lib/doorstep/mail");
    return !c->base || err_set(e, ERR_CONFIG, NULL, "base= is for providers that are asked over the network; take it out");
}

static bool failed(const char *what, const char *path, struct err *e)
{
    return err_set(e, ERR_IO, NULL, "cannot %s %.300s: %s", what, path, strerror(errno));
}

/* mkdir -p, for us alone. */
static bool make_folder(char *path, struct err *e)
{
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        if (!made)
            failed("make the folder", path, e);
        if (slash)
            *slash = '/';
        if (!made || !slash)
            return made;
    }
}

static bool make_folders(const char *path, struct err *e)
{
    static const char *const parts[] = {"tmp", "new", "cur"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char folder[PATH_MOST + 8];
        snprintf(folder, sizeof folder, "%s/%s", path, parts[i]);
        if (!make_folder(folder, e))
            return false;
    }
    return true;
}

static bool write_all(int fd, const char *s, size_t n)
{
    while (n) {
        ssize_t some = write(fd, s, n);
        if (some < 0 && errno != EINTR)
            return false;
        if (some > 0) {
            s += some;
            n -= (size_t)some;
        }
    }
    return fsync(fd) == 0;
}

static bool sync_folder(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (!good)
        failed("write", path, e);
    if (fd >= 0)
        close(fd);
    return good;
}

static int create(const char *folder, const char *path, struct err *e)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(path, flags, 0600);
    if (fd < 0 && errno == ENOENT && make_folders(folder, e))
        fd = open(path, flags, 0600);
    if (fd < 0)
        failed("make", path, e);
    return fd;
}

/* tmp/ first: whoever looks into new/ sees whole messages only. */
static bool put(const char *folder, const char *name, const struct buf *text, struct err *e)
{
    char from[PATH_MOST + 300], to[PATH_MOST + 300], new[PATH_MOST + 8];
    snprintf(from, sizeof from, "%s/tmp/%s", folder, name);
    snprintf(to, sizeof to, "%s/new/%s", folder, name);
    snprintf(new, sizeof new, "%s/new", folder);
    int fd = create(folder, from, e);
    if (fd < 0)
        return false;
    bool good = write_all(fd, buf_str(text), text->len);
    if (!good)
        failed("write", from, e);
    good = close(fd) == 0 && good;
    if (good && rename(from, to) != 0)
        good = failed("make", to, e);
    if (!good)
        unlink(from);
    return good && sync_folder(new, e);
}

/* A reader moves what it has seen to cur/ and adds to the name. */
static bool was_read(const char *folder, const char *name)
{
    char path[PATH_MOST + 8];
    snprintf(path, sizeof path, "%s/cur", folder);
    DIR *d = opendir(path);
    bool found = false;
    for (struct dirent *f; d && !found && (f = readdir(d));)
        found = strncmp(f->d_name, name, strlen(name)) == 0;
    if (d)
        closedir(d);
    return found;
}

/* Lines end in LF in files. */
static void put_lines(struct buf *out, const char *s)
{
    for (size_t n; *s; s += n + (s[n] == '\r')) {
        n = strcspn(s, "\r");
        buf_add(out, s, n);
    }
}

static void put_mail(const struct channel_url *c, const struct outbox_message *m, int64_t wall, struct buf *out)
{
    struct buf mail;
    buf_init(&mail, 0);
    mime_write(c, m, wall, &mail);
    put_lines(out, buf_str(&mail));
    buf_finish(&mail);
}

static void put_note(const struct channel_url *c, const struct outbox_message *m, int64_t wall, const char *id, struct buf *out)
{
    char date[48];
    mime_date(wall, date, sizeof date);
    const struct { const char *name, *value; } lines[] = {
        {"Channel", channel_name(c->channel)}, {"To", m->to}, {"To-Name", m->to_name}, {"From", message_from(c, m)},
        {"From-Name", message_from_name(c, m)}, {"Date", date}, {"Message-ID", id}, {"Language", m->language}, {"Brand", m->brand},
        {"Template", m->provider_template}, {"Tracking-Number", m->tracking_number}, {"Order-Number", m->order_number},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].value && *lines[i].value)
            buf_printf(out, "%s: %s\n", lines[i].name, lines[i].value);
    buf_putc(out, '\n');
    put_lines(out, m->body ? m->body : "");
    if (out->data[out->len - 1] != '\n')
        buf_putc(out, '\n');
}

static bool deliver(const struct channel_url *c, const struct outbox_message *m, int64_t wall, char *name, size_t size, struct err *e)
{
    char id[256];
    struct buf text;
    buf_init(&text, 0);
    message_id_bare(m, id, sizeof id);
    bool mail = c->channel == CHANNEL_EMAIL;
    snprintf(name, size, "%s.%s", id, mail ? "eml" : "txt");
    if (mail)
        put_mail(c, m, wall, &text);
    else
        put_note(c, m, wall, id, &text);
    bool again = m->fence > 1 || m->tries > 0;
    bool good = (again && was_read(c->path, name)) || put(c->path, name, &text, e);
    buf_finish(&text);
    return good;
}

const struct provider provider_maildir = {
    .scheme = "maildir", .name = "the mail folder", .channels = CHANNEL_ALL, .idempotent = true, .connections = 1, .files = true,
    .example = "maildir:/var/lib/doorstep/mail",
    .help = "files in a Maildir: e-mail as .eml, SMS and WhatsApp as .txt; nobody gets anything",
    .check = check, .deliver = deliver,
};
