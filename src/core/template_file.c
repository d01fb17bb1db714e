/* Templates as files: the front matter and the texts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "filter_in.h"
#include "template_in.h"

#define HTML_MARK "--- html ---"
#define SUFFIX ".mustache"

struct line {
    const char *at;
    size_t n;                  /* without its end and the blanks before it */
    size_t next;               /* offset of the next one */
};

struct value {
    const char *at;
    size_t n;
    int line, column;
};

struct reader {
    struct template_problems *problems;
    struct template_file *out;
    uint32_t seen;             /* bits of keys */
};

typedef void take_fn(struct reader *r, const struct value *v);
static take_fn take_name, take_channel, take_language, take_brand, take_title, take_kinds, take_statuses, take_fresh, take_subject,
    take_provider_template, take_provider_names;
static const struct { const char *name; take_fn *take; } keys[] = {
    {"name", take_name}, {"channel", take_channel}, {"language", take_language}, {"brand", take_brand}, {"title", take_title},
    {"kinds", take_kinds}, {"statuses", take_statuses}, {"fresh_hours", take_fresh}, {"subject", take_subject},
    {"provider_template", take_provider_template}, {"provider_names", take_provider_names},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static struct line line_at(const char *text, size_t size, size_t from)
{
    const char *end = memchr(text + from, '\n', size - from);
    size_t n = end ? (size_t)(end - text) - from : size - from;
    struct line l = {text + from, n, from + n + (end != NULL)};
    while (l.n && (l.at[l.n - 1] == '\r' || l.at[l.n - 1] == ' ' || l.at[l.n - 1] == '\t'))
        l.n--;
    return l;
}

static int characters(const char *s, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

static bool is(const struct line *l, const char *what) { return l->n == strlen(what) && memcmp(l->at, what, l->n) == 0; }

/* The key of a line "key: value"; -1 when it has none that is known. *value is what follows. */
static int key_of(const struct line *l, int number, struct value *value)
{
    const char *colon = memchr(l->at, ':', l->n);
    if (!colon)
        return -1;
    size_t n = (size_t)(colon - l->at), at = n + 1;
    while (at < l->n && (l->at[at] == ' ' || l->at[at] == '\t'))
        at++;
    *value = (struct value){l->at + at, l->n - at, number, 1 + characters(l->at, at)};
    for (int i = 0; i < KEY_COUNT; i++)
        if (strlen(keys[i].name) == n && memcmp(keys[i].name, l->at, n) == 0)
            return i;
    return -1;
}

static bool is_remark(const struct line *l) { return l->n == 0 || l->at[0] == '#'; }

/* The mark that some editors put before UTF-8. */
static size_t byte_order_mark(const char *text, size_t size) { return size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; }

/* How long a well-formed head is, 0 when there is none; *lines is how many lines it has. */
static size_t front_matter(const char *text, size_t size, int *lines)
{
    struct line l = line_at(text, size, byte_order_mark(text, size));
    bool any = false;
    *lines = 1;
    if (!is(&l, "---"))
        return 0;
    while (l.next < size) {
        struct value value;
        l = line_at(text, size, l.next);
        ++*lines;
        if (is(&l, "---"))
            return any ? l.next : 0;
        bool key = key_of(&l, 0, &value) >= 0;
        if (!key && !is_remark(&l))
            return 0;
        any = any || key;
    }
    return 0;
}

/* Where the line that begins the HTML part is, or size. */
static size_t html_mark(const char *text, size_t size, size_t from)
{
    for (size_t at = from; at < size;) {
        struct line l = line_at(text, size, at);
        if (is(&l, HTML_MARK))
            return at;
        at = l.next;
    }
    return size;
}

const char *template_text_of(const char *text, size_t *size, int *line)
{
    int lines = 0;
    size_t from = front_matter(text, *size, &lines);
    *line = from ? lines + 1 : 1;
    *size = from ? html_mark(text, *size, from) - from : *size;
    return text + from;
}

/* ---- values ---- */

static void problem(struct reader *r, const struct value *v, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void problem(struct reader *r, const struct value *v, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    template_problem(r->problems, v->line, v->column, "%s", text);
}

#define SHOWN(v) ((int)((v).n < 60 ? (v).n : 60)), (v).at

/* A short text; what the file's name said before must agree. */
static void take_text(struct reader *r, const struct value *v, const char *key, char *out, size_t size)
{
    char text[80] = "";
    if (v->n >= size) {
        problem(r, v, "%s is longer than %zu bytes: shorten it", key, size - 1);
        return;
    }
    if (memchr(v->at, '\t', v->n)) {
        problem(r, v, "%s has a tab in it: write a blank", key);
        return;
    }
    memcpy(text, v->at, v->n);
    if (*out && strcmp(out, text) != 0)
        problem(r, v, "%s is \"%s\" here and \"%s\" in the file's name: make them agree", key, text, out);
    memcpy(out, text, v->n + 1);
}
#define TAKE(r, v, field) take_text(r, v, #field, (r)->out->field, sizeof (r)->out->field)

static void take_name(struct reader *r, const struct value *v) { TAKE(r, v, name); }
/* It goes into pages as it is; that it is one is for the lint. */
static void take_language(struct reader *r, const struct value *v)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    for (size_t i = 0; i < v->n; i++)
        if (!memchr(letters, v->at[i], sizeof letters - 1)) {
            problem(r, v, "\"%.*s\" is no language: write it as en, es or pt-br", SHOWN(*v));
            return;
        }
    TAKE(r, v, language);
}

static void take_brand(struct reader *r, const struct value *v) { TAKE(r, v, brand); }
static void take_title(struct reader *r, const struct value *v) { TAKE(r, v, title); }
static void take_provider_template(struct reader *r, const struct value *v) { TAKE(r, v, provider_template); }

static void take_channel(struct reader *r, const struct value *v)
{
    struct filter_near near = {.word = ""};
    enum channel c;
    if (!channel_parse(v->at, v->n, &c)) {
        char word[32];
        snprintf(word, sizeof word, "%.*s", (int)(v->n < 31 ? v->n : 31), v->at);
        near.word = word;
        for (int i = 0; i < CHANNEL_COUNT; i++)
            filter_near_try(&near, channel_name((enum channel)i));
        problem(r, v, "\"%s\" is no channel: %s%s%s", word, near.best ? "did you mean " : "email, sms or whatsapp",
                near.best ? near.best : "", near.best ? "?" : "");
    } else if (r->out->has_channel && r->out->channel != c) {
        problem(r, v, "channel is \"%s\" here and \"%s\" in the file's name: make them agree", channel_name(c), channel_name(r->out->channel));
    } else {
        r->out->channel = c;
        r->out->has_channel = true;
    }
}

/* Calls take for each word of "a, b, c". */
static void each_word(struct reader *r, const struct value *v, take_fn *take)
{
    for (size_t i = 0, end; v->n && i <= v->n; i = end + 1) {
        const char *comma = memchr(v->at + i, ',', v->n - i);
        end = comma ? (size_t)(comma - v->at) : v->n;
        struct value word = {v->at + i, end - i, v->line, v->column + characters(v->at, i)};
        while (word.n && word.at[0] == ' ')
            word.at++, word.n--, word.column++;
        while (word.n && word.at[word.n - 1] == ' ')
            word.n--;
        if (word.n)
            take(r, &word);
        else
            problem(r, &word, "there is a comma too many: put one between two words only");
    }
}

static const char *kind_word(int i) { return i < KIND_COUNT ? kind_name((enum kind)i) : NULL; }
static const char *status_word(int i) { return i < STATUS_COUNT ? status_name((enum status)i) : NULL; }

/* Sets the bit of a word, or says which it may have been. */
static void take_bit(struct reader *r, const struct value *v, const char *what, const char *(*word_at)(int), uint32_t *bits)
{
    char word[48];
    snprintf(word, sizeof word, "%.*s", (int)(v->n < 47 ? v->n : 47), v->at);
    struct filter_near near = {.word = word};
    for (int i = 0; word_at(i); i++) {
        if (strcmp(word, word_at(i)) == 0) {
            *bits |= UINT32_C(1) << i;
            return;
        }
        filter_near_try(&near, word_at(i));
    }
    if (near.best) {
        problem(r, v, "\"%s\" is no %s: did you mean %s?", word, what, near.best);
        return;
    }
    struct buf all;
    buf_init(&all, 0);
    for (int i = 0; word_at(i); i++)
        buf_printf(&all, "%s%s", i ? ", " : "", word_at(i));
    problem(r, v, "\"%s\" is no %s: use %s", word, what, buf_str(&all));
    buf_finish(&all);
}

static void take_kind(struct reader *r, const struct value *v) { take_bit(r, v, "kind of exception", kind_word, &r->out->kinds); }
static void take_status(struct reader *r, const struct value *v) { take_bit(r, v, "status", status_word, &r->out->statuses); }
static void take_kinds(struct reader *r, const struct value *v) { each_word(r, v, take_kind); }
static void take_statuses(struct reader *r, const struct value *v) { each_word(r, v, take_status); }

static void take_fresh(struct reader *r, const struct value *v)
{
    int32_t hours = 0;
    for (size_t i = 0; i < v->n && hours >= 0; i++)
        hours = v->at[i] >= '0' && v->at[i] <= '9' && hours < 10000 ? hours * 10 + (v->at[i] - '0') : -1;
    if (hours < 1 || hours > 8760)
        problem(r, v, "\"%.*s\" is no number of hours from 1 to 8760: leave fresh_hours out when the text rests on no scan", SHOWN(*v));
    else
        r->out->fresh_hours = hours;
}

static void take_subject(struct reader *r, const struct value *v)
{
    r->out->subject = xstrndup(v->at, v->n);
    r->out->subject_line = v->line;
    r->out->subject_column = v->column;
}

static void take_provider_name(struct reader *r, const struct value *v)
{
    struct template_file *t = r->out;
    t->provider_names = xrealloc(t->provider_names, (t->provider_name_count + 1) * sizeof *t->provider_names);
    t->provider_names[t->provider_name_count++] = xstrndup(v->at, v->n);
}
static void take_provider_names(struct reader *r, const struct value *v) { each_word(r, v, take_provider_name); }

/* ---- the file ---- */

/* NAME.CHANNEL.LANGUAGE[.BRAND].mustache; any other name says nothing. */
static void read_path(const char *path, struct template_file *out)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base), parts = 0;
    struct { const char *at; size_t n; } part[4];
    if (n <= strlen(SUFFIX) || strcmp(base + n - strlen(SUFFIX), SUFFIX) != 0)
        return;
    n -= strlen(SUFFIX);
    for (size_t from = 0; from <= n && parts < 4; parts++) {
        const char *dot = parts < 3 ? memchr(base + from, '.', n - from) : NULL;
        part[parts].at = base + from;
        part[parts].n = dot ? (size_t)(dot - base) - from : n - from;
        from += part[parts].n + 1;
    }
    if (parts < 3 || !channel_parse(part[1].at, part[1].n, &out->channel) || part[0].n >= sizeof out->name ||
        part[2].n >= sizeof out->language || (parts == 4 && part[3].n >= sizeof out->brand))
        return;
    out->has_channel = true;
    memcpy(out->name, part[0].at, part[0].n);
    memcpy(out->language, part[2].at, part[2].n);
    if (parts == 4)
        memcpy(out->brand, part[3].at, part[3].n);
}

static bool has_control(const struct value *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (((unsigned char)v->at[i] < 0x20 && v->at[i] != '\t') || v->at[i] == 0x7F)
            return true;
    return false;
}

static void take_key(struct reader *r, const struct line *l, int number)
{
    struct value v = {l->at, l->n, number, 1};
    int key = key_of(l, number, &v);
    if (key < 0) {
        char word[40];
        const char *colon = memchr(l->at, ':', l->n);
        size_t n = colon ? (size_t)(colon - l->at) : l->n;
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), l->at);
        struct filter_near near = {.word = word};
        for (int i = 0; i < KEY_COUNT; i++)
            filter_near_try(&near, keys[i].name);
        v.column = 1;
        if (near.best)
            problem(r, &v, "\"%s\" is no key of a template: did you mean %s?", word, near.best);
        else
            problem(r, &v, "\"%s\" is no key of a template: a head's lines are \"key: value\", then a line --- ends it", word);
    } else if (r->seen & UINT32_C(1) << key) {
        v.column = 1;
        problem(r, &v, "%s is given twice: take one out", keys[key].name);
    } else if (has_control(&v)) {
        problem(r, &v, "%s has a line break or another control character in it: take it out", keys[key].name);
    } else {
        r->seen |= UINT32_C(1) << key;
        keys[key].take(r, &v);
    }
}

/* Where the text begins; SIZE_MAX when the head has no end. */
static size_t read_head(struct reader *r, const char *text, size_t size, int *number)
{
    struct line l = line_at(text, size, byte_order_mark(text, size));
    *number = 1;
    if (!is(&l, "---")) {
        template_problem(r->problems, 1, 1, "a template begins with a line --- and a head of \"key: value\" lines, as \"title: Address needed\"");
        return 0;
    }
    while (l.next < size) {
        l = line_at(text, size, l.next);
        ++*number;
        if (is(&l, "---")) {
            ++*number;
            return l.next;
        }
        if (!is_remark(&l))
            take_key(r, &l, *number);
    }
    template_problem(r->problems, *number, 1, "the head that begins in line 1 has no end: put a line --- before the text");
    return SIZE_MAX;
}

/* A text without the empty lines around it and with \n at line ends; *number is where it begins. */
static char *take_lines(const char *text, size_t from, size_t to, int *number)
{
    struct buf b;
    int start = *number;
    buf_init(&b, 0);
    while (from < to) {
        struct line l = line_at(text, to, from);
        if (l.n)
            break;
        from = l.next;
        ++*number;
    }
    if (from >= to)
        *number = start;
    /* a \r that ends no line: without it, or with a blank for it, what stood around it might become a mark */
    for (size_t i = from; i < to; i++)
        if (text[i] != '\r' || (i + 1 < to && text[i + 1] != '\n'))
            buf_putc(&b, text[i] == '\r' ? '\t' : text[i]);
    while (b.len && strchr(" \t\n", b.data[b.len - 1]))
        buf_cut(&b, b.len - 1);
    return buf_take(&b);
}

static void read_texts(struct reader *r, const char *text, size_t size, size_t from, int number)
{
    size_t mark = html_mark(text, size, from);
    r->out->body_line = number;
    r->out->body = take_lines(text, from, mark, &r->out->body_line);
    if (mark == size)
        return;
    for (size_t i = from; i < mark; i++)
        number += text[i] == '\n';
    r->out->html_line = number + 1;
    r->out->html = take_lines(text, line_at(text, size, mark).next, size, &r->out->html_line);
}

/* The first byte that is no text: malformed, or a NUL. */
static size_t first_bad(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t cp;
        size_t n = utf8_decode(text + i, size - i, &cp);
        if (!cp || (cp == UTF8_BAD && !(n == 3 && memcmp(text + i, "\xEF\xBF\xBD", 3) == 0)))
            return i;
        i += n;
    }
    return size;
}

void template_read_all(struct template_problems *p, const char *text, size_t size, struct template_file *out)
{
    struct reader r = {.problems = p, .out = out};
    int number = 1;
    size_t bad = first_bad(text, size);
    *out = (struct template_file){.name = ""};
    if (bad < size) {
        for (size_t i = 0; i < bad; i++)
            number += text[i] == '\n';
        template_problem(p, number, 1, "this line is not UTF-8 text: save the file as UTF-8");
        return;
    }
    read_path(p->path, out);
    size_t from = read_head(&r, text, size, &number);
    if (from != SIZE_MAX)
        read_texts(&r, text, size, from, number);
    if (from == SIZE_MAX || from == 0)
        return;
    if (!*out->name || !out->has_channel || !*out->language)
        template_problem(p, 1, 1, "there is no %s: say \"%s: …\" in the head, or call the file NAME.CHANNEL.LANGUAGE" SUFFIX,
                         !*out->name ? "name" : !out->has_channel ? "channel" : "language",
                         !*out->name ? "name" : !out->has_channel ? "channel" : "language");
}

static void keep_first(void *ctx, const struct err *e)
{
    struct err *first = ctx;
    if (first->code == ERR_NONE)
        *first = *e;
}

bool template_read(const char *path, const char *text, size_t size, struct template_file *out, struct err *e)
{
    struct err first = {.code = ERR_NONE};
    struct template_problems p = {path, keep_first, &first, 0};
    template_read_all(&p, text, size, out);
    if (p.told == 0)
        return true;
    template_file_finish(out);
    if (e)
        *e = first;
    return false;
}
