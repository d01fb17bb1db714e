/* template: the messages' texts, their versions, and files in and out. */
#include "cli/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/die.h"
#include "cli/change.h"
#include "cli/session.h"
#include "core/template.h"
#include "core/template_json.h"
#include "run/file.h"
#include "run/random.h"

enum { FILE_MOST = 1 << 20 };

static bool is(const struct cli *c, const char *name) { return strcmp(c->command->name, name) == 0; }

/* --- in ------------------------------------------------------------------------ */

struct problems {
    size_t count;
};

static void say_problem(void *ctx, const struct err *e)
{
    struct problems *p = ctx;
    p->count++;
    cli_say("%s: %s", e->where, e->text);
}

/* The file as the database reads it; NULL: what is wrong was said, or e is filled. */
static char *read_template(const char *path, struct problems *p, struct err *e)
{
    struct buf text, json;
    struct template_file file = {0};
    size_t before = p->count;
    if (!file_read(path, FILE_MOST, &text, e)) {
        e->code = ERR_IO;      /* no configuration, as for the other files read whole */
        return NULL;
    }
    template_check(path, buf_str(&text), text.len, say_problem, p);
    bool ok = p->count == before && template_read(path, buf_str(&text), text.len, &file, e);
    buf_finish(&text);
    if (!ok)
        return NULL;
    buf_init(&json, 0);
    template_json(&file, &json);
    template_file_finish(&file);
    return buf_take(&json);
}

/* "late_promise.sms.es.mustache: version 3, a draft" is what the database's answer comes to. */
static bool import_one(struct db_sync *db, const char *path, const char *json, size_t *made, struct err *e)
{
    char key[KEY_TEXT];
    struct table t = {0};
    random_key(key);
    const char *params[] = {key, json};
    bool ok = db_sync_table(db, "template_import", params, 2, &t, e);
    const char *message = ok && t.rows && t.cells[3] ? t.cells[3] : "", *code = ok && t.rows && t.cells[2] ? t.cells[2] : "";
    if (ok && (!t.rows || !t.cells[1] || t.cells[1][0] != 't')) {
        ok = err_set(e, strcmp(code, "invalid") == 0 ? ERR_INPUT : ERR_REFUSED, path, "%s", message);
    } else if (ok && strcmp(code, "same") == 0) {
        cli_say("%s: as it was: %s", path, message);
    } else if (ok) {
        cli_say("%s: version %s, a draft until a lead approves it", path, t.cells[4]);
        ++*made;
    }
    table_finish(&t);
    return ok;
}

static int import(struct cli *c)
{
    struct err e = {0};
    struct problems p = {0};
    size_t made = 0;
    if (c->operand_count == 0)
        return cli_usage(c, "which files? NAME.CHANNEL.LANGUAGE[.BRAND].mustache");
    char **json = xcalloc((size_t)c->operand_count, sizeof *json);
    bool ok = true;
    for (int i = 0; ok && i < c->operand_count; i++) {
        json[i] = read_template(c->operands[i], &p, &e);
        ok = json[i] || e.code == ERR_NONE;
    }
    if (ok && p.count)
        ok = err_set(&e, ERR_INPUT, NULL, "%zu mistake%s; nothing was imported", p.count, p.count == 1 ? "" : "s");
    struct db_sync *db = ok ? db_sync_open(c->dsn, &e) : NULL;
    ok = ok && db;
    for (int i = 0; ok && i < c->operand_count; i++)
        ok = import_one(db, c->operands[i], json[i], &made, &e);
    db_sync_close(db);
    for (int i = 0; i < c->operand_count; i++)
        free(json[i]);
    free(json);
    if (ok)
        cli_say("%zu of %d are new", made, c->operand_count);
    return ok ? 0 : cli_fail(c, &e);
}

/* --- out ------------------------------------------------------------------------- */

enum text_column {
    TEXT_NAME, TEXT_CHANNEL, TEXT_LANGUAGE, TEXT_BRAND, TEXT_VERSION, TEXT_TITLE, TEXT_KINDS, TEXT_STATUSES, TEXT_FRESH, TEXT_SUBJECT,
    TEXT_BODY, TEXT_HTML, TEXT_PROVIDER_TEMPLATE, TEXT_PROVIDER_NAMES, TEXT_COLUMNS
};

static const char *cell(const struct table *t, size_t row, enum text_column column)
{
    const char *text = t->cells[row * t->columns + (size_t)column];
    return text ? text : "";
}

static char *copy_cell(const struct table *t, size_t row, enum text_column column)
{
    const char *text = t->cells[row * t->columns + (size_t)column];
    return text ? xstrdup(text) : NULL;
}

static void kind_bit(struct template_file *f, const char *word, size_t n)
{
    enum kind kind;
    if (kind_parse(word, n, &kind))
        f->kinds |= UINT32_C(1) << kind;
}

static void status_bit(struct template_file *f, const char *word, size_t n)
{
    enum status status;
    if (status_parse(word, n, &status))
        f->statuses |= UINT32_C(1) << status;
}

static void provider_name(struct template_file *f, const char *word, size_t n)
{
    f->provider_names = xrealloc(f->provider_names, (f->provider_name_count + 1) * sizeof *f->provider_names);
    f->provider_names[f->provider_name_count++] = xstrndup(word, n);
}

/* "a,b": each word to add. */
static void each_word(const char *list, struct template_file *f, void (*add)(struct template_file *f, const char *word, size_t n))
{
    while (*list) {
        size_t n = strcspn(list, ",");
        add(f, list, n);
        list += n + (list[n] == ',');
    }
}

static void file_of(const struct table *t, size_t row, struct template_file *f)
{
    *f = (struct template_file){.has_channel = true};
    snprintf(f->name, sizeof f->name, "%s", cell(t, row, TEXT_NAME));
    snprintf(f->language, sizeof f->language, "%s", cell(t, row, TEXT_LANGUAGE));
    snprintf(f->brand, sizeof f->brand, "%s", cell(t, row, TEXT_BRAND));
    snprintf(f->title, sizeof f->title, "%s", cell(t, row, TEXT_TITLE));
    snprintf(f->provider_template, sizeof f->provider_template, "%s", cell(t, row, TEXT_PROVIDER_TEMPLATE));
    channel_parse(cell(t, row, TEXT_CHANNEL), strlen(cell(t, row, TEXT_CHANNEL)), &f->channel);
    each_word(cell(t, row, TEXT_KINDS), f, kind_bit);
    each_word(cell(t, row, TEXT_STATUSES), f, status_bit);
    each_word(cell(t, row, TEXT_PROVIDER_NAMES), f, provider_name);
    f->fresh_hours = (int32_t)strtol(cell(t, row, TEXT_FRESH), NULL, 10);
    f->subject = copy_cell(t, row, TEXT_SUBJECT);
    f->body = copy_cell(t, row, TEXT_BODY);
    f->html = copy_cell(t, row, TEXT_HTML);
}

static bool write_file(const char *dir, const struct table *t, size_t row, struct err *e)
{
    struct buf path, text;
    struct template_file f;
    buf_init(&path, 0);
    buf_init(&text, 0);
    const char *brand = cell(t, row, TEXT_BRAND);
    buf_printf(&path, "%s/%s.%s.%s%s%s.mustache", dir, cell(t, row, TEXT_NAME), cell(t, row, TEXT_CHANNEL), cell(t, row, TEXT_LANGUAGE),
               *brand ? "." : "", brand);
    file_of(t, row, &f);
    template_write(&f, &text);
    FILE *out = strchr(brand, '/') ? NULL : fopen(buf_str(&path), "w");
    bool written = out && fwrite(buf_str(&text), 1, text.len, out) == text.len;
    bool ok = (out ? fclose(out) == 0 : false) && written;
    if (!ok)
        err_set(e, ERR_IO, buf_str(&path), "cannot be written: %s", strerror(errno));
    template_file_finish(&f);
    buf_finish(&path);
    buf_finish(&text);
    return ok;
}

static int export(struct cli *c)
{
    struct err e = {0};
    struct table t = {0};
    const char *dir = c->operand_count ? c->operands[0] : ".";
    const char *none[5] = {NULL, NULL, NULL, NULL, NULL};
    struct stat st;
    if (c->operand_count > 1)
        return cli_usage(c, "give one folder");
    if ((mkdir(dir, 0777) != 0 && errno != EEXIST) || stat(dir, &st) != 0) {
        err_set(&e, ERR_IO, dir, "cannot be made: %s", strerror(errno));
        return cli_fail(c, &e);
    }
    if (!S_ISDIR(st.st_mode)) {
        err_set(&e, ERR_IO, dir, "is no folder; name another");
        return cli_fail(c, &e);
    }
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "template_texts", none, 5, &t, &e);
    for (size_t i = 0; ok && i < t.rows; i++)
        ok = write_file(dir, &t, i, &e);
    if (ok)
        cli_say("%zu templates in %s", t.rows, dir);
    table_finish(&t);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

/* --- one template ---------------------------------------------------------------- */

struct named {
    const char *name, *channel, *language, *brand, *version;
};

static bool read_named(const struct cli *c, bool whole, struct named *n, struct err *e)
{
    *n = (struct named){c->operand_count == 1 ? c->operands[0] : NULL, cli_value(c, "channel", NULL), cli_value(c, "language", NULL),
                        cli_value(c, "brand", NULL), cli_value(c, "version", NULL)};
    enum channel ignored;
    int64_t version = 0;
    if (!n->name)
        return err_set(e, ERR_USAGE, NULL, "which template? give one name; `doorstep template list` shows them");
    if (whole && (!n->channel || !n->language))
        return err_set(e, ERR_USAGE, NULL, "which one of \"%s\"? give --channel and --language", n->name);
    if (n->channel && !channel_parse(n->channel, strlen(n->channel), &ignored))
        return err_set(e, ERR_USAGE, "--channel", "\"%s\" is no channel: email, sms or whatsapp", n->channel);
    return cli_number(c, "version", 1, INT32_MAX, &version, e);
}

static bool no_such(const struct named *n, struct err *e)
{
    return err_set(e, ERR_INPUT, NULL, "there is no template \"%s\"%s%s%s%s%s%s; `doorstep template list` shows them", n->name,
                   n->channel ? " for " : "", n->channel ? n->channel : "", n->language ? " in " : "", n->language ? n->language : "",
                   n->version ? ", version " : "", n->version ? n->version : "");
}

/* As its file. */
static int show(struct cli *c)
{
    struct err e = {0};
    struct named n;
    if (!read_named(c, false, &n, &e))
        return cli_fail(c, &e);
    const char *params[] = {n.name, n.channel, n.language, n.brand, n.version};
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "template_texts", params, 5, &t, &e);
    if (ok && t.rows == 0)
        ok = no_such(&n, &e);
    for (size_t i = 0; ok && i < t.rows; i++) {
        struct template_file f;
        struct buf text;
        buf_init(&text, 0);
        file_of(&t, i, &f);
        template_write(&f, &text);
        printf("%s# %s, %s, %s%s%s, version %s\n%s", i ? "\n" : "", f.name, channel_name(f.channel), f.language, *f.brand ? ", " : "", f.brand,
               cell(&t, i, TEXT_VERSION), buf_str(&text));
        template_file_finish(&f);
        buf_finish(&text);
    }
    table_finish(&t);
    db_sync_close(db);
    return ok ? 0 : cli_fail(c, &e);
}

/* approve, retire: by the numbers the database knows it by. */
static int decide(struct cli *c, bool approve)
{
    struct err e = {0};
    struct named n;
    if (!read_named(c, true, &n, &e))
        return cli_fail(c, &e);
    const char *params[] = {n.name, n.channel, n.language, n.brand, n.version};
    struct table t = {0};
    struct db_sync *db = db_sync_open(c->dsn, &e);
    bool ok = db && db_sync_table(db, "template_newest", params, 5, &t, &e);
    if (ok && (t.rows == 0 || !t.cells[1]))
        ok = no_such(&n, &e);
    char done[160] = "";
    if (ok)
        snprintf(done, sizeof done, "%s %.40s %.10s %.12s%s%s", approve ? "approved" : "retired", n.name, n.channel, n.language,
                 approve ? " version " : "", approve ? t.cells[1] : "");
    int status = ok ? change_one(c, db, approve ? "template_approve" : "template_retire", (const char *const *)t.cells, approve ? 2 : 1, done)
                    : cli_fail(c, &e);
    table_finish(&t);
    db_sync_close(db);
    return status;
}

int cmd_template(struct cli *c)
{
    if (is(c, "template import"))
        return import(c);
    if (is(c, "template export"))
        return export(c);
    if (is(c, "template show"))
        return show(c);
    if (is(c, "template approve") || is(c, "template retire"))
        return decide(c, is(c, "template approve"));
    const char *name = c->operand_count ? c->operands[0] : NULL;
    if (c->operand_count > 1)
        return cli_usage(c, "give one name, or none for all");
    return session_list(c, "template_list", &name, 1, NULL, "no templates; `doorstep template import FILE` adds some");
}
