/* doorstep template render: mustache on files, without a database. */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "core/mustache.h"
#include "core/sms.h"
#include "core/template.h"

/* The result is held whole, so that a wrong input prints nothing. */
enum { TEMPLATE_MOST = 4 << 20, DATA_MOST = 64 << 20, RESULT_MOST = 256 << 20 };

struct partial_file {
    char *name, *path;
    bool there;
    struct buf text;
};

struct folder {
    const char *path;          /* NULL: there are no partials */
    VEC(struct partial_file *) files;
    struct err e;              /* the first thing wrong with one; ERR_NONE: nothing */
};

/* A name that cannot lead out of the folder: no empty part, none of dots alone at its beginning, no absolute path. */
static bool stays_inside(const char *name)
{
    for (const char *part = name;; part = strchr(part, '/') + 1) {
        size_t n = strcspn(part, "/");
        if (n == 0 || strncmp(part, "..", 2) == 0 || (n == 1 && *part == '.'))
            return false;
        if (!part[n])
            return true;
    }
}

static bool read_partial(struct folder *d, struct partial_file *f)
{
    static const char *const endings[] = {".mustache", ""};
    if (!stays_inside(f->name))
        return err_set(&d->e, ERR_INPUT, f->name, "this partial's name leads out of %s: name a file inside it", d->path);
    for (size_t i = 0; i < 2; i++) {
        struct buf path;
        buf_init(&path, 0);
        buf_printf(&path, "%s/%s%s", d->path, f->name, endings[i]);
        free(f->path);
        f->path = buf_take(&path);
        if (access(f->path, F_OK) == 0) {
            f->there = cli_read(f->path, TEMPLATE_MOST, &f->text, &d->e);
            return f->there;
        }
    }
    return true;
}

static struct partial_file *partial_at(struct folder *d, const char *name, size_t n)
{
    for (size_t i = 0; i < d->files.len; i++)
        if (strlen(d->files.at[i]->name) == n && memcmp(d->files.at[i]->name, name, n) == 0)
            return d->files.at[i];
    struct partial_file *f = xcalloc(1, sizeof *f);
    f->name = xstrndup(name, n);
    *vec_push(&d->files) = f;
    if (d->e.code == ERR_NONE)
        read_partial(d, f);
    return f;
}

static bool find_partial(void *ctx, const char *name, size_t n, struct mustache_source *out)
{
    struct partial_file *f = partial_at(ctx, name, n);
    if (f->there)
        *out = (struct mustache_source){f->path, buf_str(&f->text), f->text.len, 1};
    return f->there;
}

static void folder_finish(struct folder *d)
{
    for (size_t i = 0; i < d->files.len; i++) {
        free(d->files.at[i]->name);
        free(d->files.at[i]->path);
        buf_finish(&d->files.at[i]->text);
        free(d->files.at[i]);
    }
    vec_finish(&d->files);
}

static int say(const struct cli *c, const struct buf *result)
{
    struct err e = {0};
    if (cli_flag(c, "sms")) {
        struct sms_size s = sms_measure(buf_str(result), result->len);
        printf("{\"encoding\":\"%s\",\"segments\":%d,\"units\":%d}\n", sms_encoding_name(&s), s.segments, s.units);
    } else {
        fwrite(buf_str(result), 1, result->len, stdout);
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    err_set(&e, ERR_IO, "standard output", "cannot be written: %s", strerror(errno));
    return cli_fail(c, &e);
}

static int render(const struct cli *c, const struct buf *file, const struct buf *data, enum mustache_escape escape)
{
    struct err e = {0};
    struct buf result;
    struct folder d = {.path = cli_value(c, "partials", NULL)};
    struct mustache_partials partials = {&d, find_partial};
    struct mustache_source text = {cli_input_name(cli_value(c, "template", "")), NULL, file->len, 1};
    struct mustache_source values = {cli_input_name(cli_value(c, "data", "")), buf_str(data), data->len, 1};
    text.text = template_text_of(buf_str(file), &text.size, &text.line);
    buf_init(&result, RESULT_MOST);
    bool ok = mustache_render_json(&text, &values, d.path ? &partials : NULL, escape, &result, &e);
    if (d.e.code != ERR_NONE)
        e = d.e;
    int status = ok && d.e.code == ERR_NONE ? say(c, &result) : cli_fail(c, &e);
    buf_finish(&result);
    folder_finish(&d);
    return status;
}

int cmd_template_render(struct cli *c)
{
    struct err e = {0};
    struct buf file, data = {0};
    const char *template = cli_value(c, "template", NULL), *values = cli_value(c, "data", NULL);
    const char *escape = cli_value(c, "escape", cli_flag(c, "sms") ? "none" : "html");
    if (c->operand_count)
        return cli_usage(c, "takes no operand: \"%s\"; files are given by --template and --data", c->operands[0]);
    if (!template || !values)
        return cli_usage(c, "give both --template FILE and --data FILE");
    if (strcmp(template, "-") == 0 && strcmp(values, "-") == 0)
        return cli_usage(c, "standard input can be the template or the data, not both");
    if (strcmp(escape, "html") != 0 && strcmp(escape, "none") != 0)
        return cli_usage(c, "--escape is html or none, not \"%s\"", escape);
    if (!cli_read(template, TEMPLATE_MOST, &file, &e))
        return cli_fail(c, &e);
    int status = cli_read(values, DATA_MOST, &data, &e)
                     ? render(c, &file, &data, strcmp(escape, "html") == 0 ? MUSTACHE_HTML : MUSTACHE_NONE)
                     : cli_fail(c, &e);
    buf_finish(&data);
    buf_finish(&file);
    return status;
}
