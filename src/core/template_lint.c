/* What is wrong with a template before anybody gets it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "core/sms.h"
#include "template_in.h"

enum { SEGMENTS_MAX = 10, SUBJECT_MAX = 200 };

struct lint {
    struct template_problems problems;
    const struct template_file *t;
    enum template_part part;
    struct template_scope scope;
};

static void about(struct lint *l, const struct mustache_use *u, const char *name, const char *text)
{
    template_problem(&l->problems, u->line, u->column, "\"%s\" %s", name, text);
}

static void unknown_name(struct lint *l, const struct mustache_use *u, const char *name)
{
    const char *near = template_name_near(u->name, u->size);
    if (near)
        template_problem(&l->problems, u->line, u->column, "there is no \"%s\": did you mean %s?", name, near);
    else
        about(l, u, name, "is no name a template can use: the README lists them");
}

static bool check_tag(void *ctx, const struct mustache_use *u, struct err *e)
{
    struct lint *l = ctx;
    char name[64];
    bool shown = u->tag == MUSTACHE_NAME || u->tag == MUSTACHE_RAW;
    bool iterator = u->size == 1 && *u->name == '.';
    (void)e;
    name[utf8_clean(u->name, u->size, name, sizeof name, UTF8_ONE_LINE)] = '\0';
    if (u->tag == MUSTACHE_PARTIAL)
        about(l, u, name, "is a partial: messages have none; write its text here");
    else if (u->tag != MUSTACHE_END && iterator && (!shown || !l->scope.depth))
        about(l, u, name, "stands for the value of the section around it: put it into one");
    else if (u->tag != MUSTACHE_END && !iterator && template_name_find(u->name, u->size) < 0)
        unknown_name(l, u, name);
    else if (shown && template_scope_has(&l->scope, u->name, u->size, true))
        about(l, u, name, "is always empty here, in the section for when there is none: take it out");
    if (u->tag == MUSTACHE_RAW && l->part == PART_HTML)
        about(l, u, name, "is not escaped: in HTML write it with two braces");
    template_scope_pass(&l->scope, u);
    return true;
}

/* ---- what stands in it when it is filled ---- */

static bool precedes_tag_name(char c) { return c == '{' || c == '#' || c == '^' || c == '/' || c == '&' || c == ' '; }

/* A name of the closed set that the customer would read as it is: its braces were forgotten. */
static void check_bare(struct lint *l, const char *filled, const struct template_part_text *part)
{
    const char *what, *example, *name;
    for (int i = 0; (name = template_name_at(i, &what, &example)) != NULL; i++) {
        if (!strstr(filled, name))
            continue;
        const char *at = strstr(part->text, name);
        for (const char *next = at; next; next = strstr(next + 1, name))
            if (next == part->text || !precedes_tag_name(next[-1])) {
                at = next;
                break;
            }
        int line = part->line, column = part->column;
        for (const char *s = part->text; s < at; s++) {
            column = *s == '\n' ? 1 : column + (((unsigned char)*s & 0xC0) != 0x80);
            line += *s == '\n';
        }
        template_problem(&l->problems, line, column, "the customer would read \"%s\": write {{%s}}", name, name);
        return;
    }
}

static void check_filled(struct lint *l)
{
    struct template_text text = {l->problems.path, l->t->subject, l->t->body, l->t->html};
    char *filled[PART_COUNT] = {NULL};
    struct err e;
    json_t *sample = template_sample();
    if (template_render(&text, sample, &filled[PART_SUBJECT], &filled[PART_BODY], &filled[PART_HTML], &e))
        for (int i = 0; i < PART_COUNT; i++) {
            struct template_part_text part = template_part(l->t, (enum template_part)i);
            if (part.text)
                check_bare(l, filled[i], &part);
        }
    if (filled[PART_SUBJECT] && strlen(filled[PART_SUBJECT]) > SUBJECT_MAX)
        template_problem(&l->problems, l->t->subject_line, l->t->subject_column, "a subject of over %d bytes is cut off in every inbox: shorten it", SUBJECT_MAX);
    if (filled[PART_BODY] && l->t->has_channel && l->t->channel == CHANNEL_SMS) {
        struct sms_size s = sms_measure(filled[PART_BODY], strlen(filled[PART_BODY]));
        if (s.segments > SEGMENTS_MAX)
            template_problem(&l->problems, l->t->body_line, 1, "filled for a sample customer this is an SMS of %d parts: shorten it to %d at most",
                             s.segments, SEGMENTS_MAX);
    }
    for (int i = 0; i < PART_COUNT; i++)
        free(filled[i]);
    json_decref(sample);
}

/* ---- the head ---- */

static bool all_of(const char *s, const char *set) { return s[strspn(s, set)] == '\0'; }

#define LOWER "abcdefghijklmnopqrstuvwxyz"
static bool is_name(const char *s)
{
    return *s >= 'a' && *s <= 'z' && strlen(s) <= 40 && all_of(s, LOWER "0123456789_");
}

/* Two or three letters, and perhaps a region: "en", "pt-br". */
static bool is_language(const char *s)
{
    size_t n = strspn(s, LOWER), region = s[n] == '-' ? strlen(s + n + 1) : 0;
    return n >= 2 && n <= 3 && (s[n] == '\0' || (region >= 2 && region <= 8 && all_of(s + n + 1, LOWER "0123456789")));
}

static void check_head(struct lint *l)
{
    const struct template_file *t = l->t;
    struct template_problems *p = &l->problems;
    if (*t->name && !is_name(t->name))
        template_problem(p, 0, 0, "\"%s\" is no name: small letters, digits and _, a letter first, 40 at most", t->name);
    if (*t->language && !is_language(t->language))
        template_problem(p, 0, 0, "\"%s\" is no language: write it as en, es or pt-br", t->language);
    if (!*t->title)
        template_problem(p, 0, 0, "there is no title: say in the head what agents pick it by, as \"title: Address needed\"");
    if (t->kinds & UINT32_C(1) << KIND_TRACKING_ERROR)
        template_problem(p, 0, 0, "tracking_error is no matter for customers: take it out of kinds");
    if (t->provider_name_count && !*t->provider_template)
        template_problem(p, 0, 0, "provider_names fill a provider_template, and none is named: name it or take them out");
    if (*t->provider_template && t->has_channel && t->channel != CHANNEL_WHATSAPP)
        template_problem(p, 0, 0, "only WhatsApp has templates at the provider: take provider_template out");
    for (size_t i = 0; i < t->provider_name_count; i++)
        if (template_name_find(t->provider_names[i], strlen(t->provider_names[i])) < 0) {
            const char *near = template_name_near(t->provider_names[i], strlen(t->provider_names[i]));
            template_problem(p, 0, 0, "provider_names: there is no \"%.60s\"%s%s%s", t->provider_names[i],
                             near ? ": did you mean " : ": the README lists the names", near ? near : "", near ? "?" : "");
        }
}

static void check_parts(struct lint *l)
{
    const struct template_file *t = l->t;
    struct template_problems *p = &l->problems;
    bool mail = t->channel == CHANNEL_EMAIL;
    if (t->has_channel && mail && (!t->subject || !*t->subject))
        template_problem(p, 0, 0, "an e-mail needs a subject: say \"subject: …\" in the head");
    if (t->has_channel && !mail && t->subject)
        template_problem(p, t->subject_line, 1, "only e-mail has a subject: take it out");
    if (t->has_channel && !mail && t->html)
        template_problem(p, t->html_line > 1 ? t->html_line - 1 : 0, 1, "only e-mail has an HTML part: take it out");
    if (t->subject && strpbrk(t->subject, "\r\n"))
        template_problem(p, t->subject_line, t->subject_column, "the subject has a line break: make it one line");
    if (!t->body || !*t->body)
        template_problem(p, t->body_line, 1, "there is no text: write it under the head");
    if (t->html && !*t->html)
        template_problem(p, t->html_line, 1, "the HTML part is empty: write it or take its line out, then it is made from the text");
}

static void check_tags(struct lint *l, enum template_part which)
{
    struct template_part_text part = template_part(l->t, which);
    struct err e;
    l->part = which;
    l->scope.depth = 0;
    if (!part.text || mustache_walk(l->problems.path, part.text, strlen(part.text), part.line, part.column, check_tag, l, &e))
        return;
    l->problems.tell(l->problems.ctx, &e);
    l->problems.told++;
}

size_t template_lint(const char *path, const struct template_file *t, template_problem_fn *tell, void *ctx)
{
    struct lint l = {.problems = {path, tell, ctx, 0}, .t = t};
    check_head(&l);
    check_parts(&l);
    for (int i = 0; i < PART_COUNT; i++)
        check_tags(&l, (enum template_part)i);
    check_filled(&l);
    return l.problems.told;
}

size_t template_check(const char *path, const char *text, size_t size, template_problem_fn *tell, void *ctx)
{
    struct template_problems p = {path, tell, ctx, 0};
    struct template_file t;
    template_read_all(&p, text, size, &t);
    size_t told = p.told + (t.body ? template_lint(path, &t, tell, ctx) : 0);
    template_file_finish(&t);
    return told;
}
