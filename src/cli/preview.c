#include "cli/preview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/when.h"
#include "cli/change.h"
#include "core/request.h"
#include "core/sms.h"
#include "core/template.h"

void preview_finish(struct previews *p)
{
    for (size_t i = 0; i < p->count; i++)
        message_finish(&p->messages[i]);
    free(p->messages);
    *p = (struct previews){.count = 0};
}

static bool ask_some(struct db_sync *db, const int64_t *ids, size_t count, const char *name, const char *channel, struct previews *out, struct err *e)
{
    struct request r = {.kind = REQ_PREVIEW, .ids = xcalloc(count, sizeof *ids), .id_count = count,
                        .outreach = {.name = xstrdup(name), .channel = xstrdup(channel)}};
    struct reply answer;
    memcpy(r.ids, ids, count * sizeof *ids);
    bool ok = db_sync_ask(db, &r, &answer, e);
    if (ok) {
        out->messages = xrealloc(out->messages, (out->count + answer.message_count + 1) * sizeof *out->messages);
        memcpy(out->messages + out->count, answer.messages, answer.message_count * sizeof *out->messages);
        out->count += answer.message_count;
        answer.message_count = 0;      /* moved */
    }
    reply_finish(&answer);
    return ok;
}

bool preview_ask(struct db_sync *db, const int64_t *ids, size_t count, const char *name, const char *channel, struct previews *out, struct err *e)
{
    *out = (struct previews){.count = 0};
    for (size_t at = 0; at < count; at += PREVIEW_MAX) {
        size_t n = count - at < PREVIEW_MAX ? count - at : PREVIEW_MAX;
        if (!ask_some(db, ids + at, n, name, channel, out, e))
            return false;
    }
    return true;
}

/* --- what becomes of it ------------------------------------------------------------ */

enum fate preview_fate(const struct message *m, bool pass)
{
    enum fate fate = FATE_NOW;
    for (size_t i = 0; i < m->verdict_count; i++) {
        enum verdict_effect effect = m->verdicts[i].effect;
        if (effect == VERDICT_BLOCK || (effect == VERDICT_WARN && !pass))
            return FATE_SKIPPED;
        if (effect == VERDICT_DEFER)
            fate = FATE_LATER;
    }
    return m->body ? fate : FATE_SKIPPED;
}

const struct verdict *preview_reason(const struct message *m, enum fate fate)
{
    for (size_t i = 0; i < m->verdict_count; i++)
        if ((m->verdicts[i].effect == VERDICT_DEFER) == (fate == FATE_LATER))
            return &m->verdicts[i];
    return NULL;
}

static void say_reasons(const struct previews *p, bool pass, enum fate fate, const char *label)
{
    size_t count[GUARDRAIL_COUNT] = {0};
    struct buf line;
    for (size_t i = 0; i < p->count; i++) {
        const struct verdict *v = preview_fate(&p->messages[i], pass) == fate ? preview_reason(&p->messages[i], fate) : NULL;
        if (v)
            count[v->guardrail]++;
    }
    buf_init(&line, 0);
    for (int g = 0; g < GUARDRAIL_COUNT; g++)
        if (count[g])
            buf_printf(&line, "%s%zu %s", line.len ? ", " : "", count[g], guardrail_label((enum guardrail)g));
    if (line.len)
        cli_say("%s: %s", label, buf_str(&line));
    buf_finish(&line);
}

/* "SMS: 12 now, 3 later" */
static void say_channel(enum channel channel, const size_t count[3])
{
    static const char *const words[] = {[FATE_NOW] = "now", [FATE_LATER] = "later", [FATE_SKIPPED] = "not"};
    struct buf line;
    buf_init(&line, 0);
    for (int fate = FATE_NOW; fate <= FATE_SKIPPED; fate++)
        if (count[fate])
            buf_printf(&line, "%s%zu %s", line.len ? ", " : "", count[fate], words[fate]);
    if (line.len)
        cli_say("%s: %s", channel_label(channel), buf_str(&line));
    buf_finish(&line);
}

size_t preview_going(const struct previews *p, bool pass)
{
    size_t going = 0;
    for (size_t i = 0; i < p->count; i++)
        going += preview_fate(&p->messages[i], pass) != FATE_SKIPPED;
    return going;
}

void preview_say_counts(const struct previews *p, bool pass)
{
    size_t count[CHANNEL_COUNT][3] = {{0}};
    for (size_t i = 0; i < p->count; i++)
        if (p->messages[i].body)
            count[p->messages[i].channel][preview_fate(&p->messages[i], pass)]++;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        say_channel((enum channel)c, count[c]);
    say_reasons(p, pass, FATE_LATER, "later");
    say_reasons(p, pass, FATE_SKIPPED, "not sent");
}

/* --- printing ------------------------------------------------------------------------ */

static void print_person(const struct message *m, const char *name)
{
    char at[40];
    if (!m->body) {
        printf("#%" PRId64 " no message\n", m->exception_id);
    } else {
        printf("#%" PRId64 " %s to %s%s%s%s\n%s version %" PRId32 ", %s\n", m->exception_id, channel_label(m->channel), m->to_name,
               *m->to_name ? " <" : "", *m->to ? m->to : "no address", *m->to_name ? ">" : "", name, m->version, m->language);
        if (m->channel == CHANNEL_SMS) {
            const struct sms_size size = sms_measure(m->body, strlen(m->body));
            printf("%s, %d segment%s, %d units\n", sms_encoding_name(&size), size.segments, size.segments == 1 ? "" : "s", size.units);
        }
        when_format_utc(m->send_at == WHEN_NONE ? 0 : m->send_at, at, sizeof at);
        if (m->send_at != WHEN_NONE && preview_fate(m, true) != FATE_SKIPPED)
            printf("goes out %s\n", at);
    }
    for (size_t i = 0; i < m->verdict_count; i++)
        printf("%s: %s: %s\n", verdict_effect_name(m->verdicts[i].effect), guardrail_label(m->verdicts[i].guardrail), m->verdicts[i].message);
    if (!m->body)
        return;
    printf("\n");
    if (m->subject)
        printf("Subject: %s\n\n", m->subject);
    printf("%s\n", m->body);
}

static void print_people(const struct previews *p, const char *name, size_t most)
{
    size_t shown = most && p->count > most ? most : p->count;
    for (size_t i = 0; i < shown; i++) {
        printf("%s", i ? "\n----\n" : "");
        print_person(&p->messages[i], name);
    }
    if (shown < p->count)
        printf("\n----\nand %zu more; --preview shows all\n", p->count - shown);
}

static void put_verdicts(struct buf *out, const struct message *m)
{
    char until[40];
    buf_putc(out, '[');
    for (size_t i = 0; i < m->verdict_count; i++) {
        const struct verdict *v = &m->verdicts[i];
        buf_puts(out, i ? ",{" : "{");
        change_text(out, "guardrail", guardrail_name(v->guardrail));
        change_text(out, "effect", verdict_effect_name(v->effect));
        when_format_utc(v->until == WHEN_NONE ? 0 : v->until, until, sizeof until);
        if (v->until == WHEN_NONE)
            change_raw(out, "until", "null");
        else
            change_text(out, "until", until);
        change_text(out, "message", v->message);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

/* The HTML that goes out: the template's own, or what is made of the text. */
static char *html_of(const struct message *m)
{
    struct buf html;
    if (!m->body || m->channel != CHANNEL_EMAIL)
        return NULL;
    if (m->html)
        return xstrdup(m->html);
    buf_init(&html, 0);
    template_html(m->body, m->language, &html);
    return buf_take(&html);
}

static void print_one(struct printer *p, const struct message *m, const char *name)
{
    char id[24], version[16], segments[16] = "", at[40];
    const char *encoding = NULL;
    struct buf verdicts;
    char *html = html_of(m);
    buf_init(&verdicts, 0);
    put_verdicts(&verdicts, m);
    snprintf(id, sizeof id, "%" PRId64, m->exception_id);
    snprintf(version, sizeof version, "%" PRId32, m->version);
    if (m->body && m->channel == CHANNEL_SMS) {
        const struct sms_size size = sms_measure(m->body, strlen(m->body));
        snprintf(segments, sizeof segments, "%d", size.segments);
        encoding = sms_encoding_name(&size);
    }
    when_format_utc(m->send_at == WHEN_NONE ? 0 : m->send_at, at, sizeof at);
    const char *const cells[] = {id, m->template_id ? name : NULL, m->template_id ? version : NULL, m->body ? channel_name(m->channel) : NULL,
                                 m->body ? m->language : NULL, *m->to ? m->to : NULL, m->subject, m->body, html, *segments ? segments : NULL,
                                 encoding, m->send_at == WHEN_NONE ? NULL : at, buf_str(&verdicts)};
    print_row(p, cells);
    buf_finish(&verdicts);
    free(html);
}

bool preview_print(const struct previews *p, const char *name, enum format format, size_t most, struct err *e)
{
    static const struct column columns[] = {
        {"id", COLUMN_NUMBER, 2}, {"template", COLUMN_TEXT, 8}, {"version", COLUMN_NUMBER, 7}, {"channel", COLUMN_TEXT, 7},
        {"language", COLUMN_TEXT, 8}, {"to", COLUMN_TEXT, 2}, {"subject", COLUMN_TEXT, 7}, {"body", COLUMN_TEXT, 4}, {"html", COLUMN_TEXT, 0},
        {"segments", COLUMN_NUMBER, 8}, {"encoding", COLUMN_TEXT, 8}, {"send_at", COLUMN_WHEN, 7}, {"verdicts", COLUMN_JSON, 0},
    };
    if (format == FORMAT_TABLE) {
        print_people(p, name, most);
        return true;
    }
    struct printer *out = print_begin(stdout, format, columns, (int)(sizeof columns / sizeof *columns));
    for (size_t i = 0; i < p->count; i++)
        print_one(out, &p->messages[i], name);
    return print_end(out, e);
}
