/* Rules: from text to what happens when. */
#include "core/rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "base/when.h"
#include "filter_in.h"

enum { TEXT_MOST = 4096, FILTER_MOST = 2000 };

struct reader {
    const char *text;
    size_t n, at;
    size_t word, end;          /* the word last read */
    size_t *trouble;
    struct err *e;
    struct rule *out;
};

static bool refuse(const struct reader *p, size_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool refuse(const struct reader *p, size_t at, const char *fmt, ...)
{
    char where[32], said[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(said, sizeof said, fmt, ap);
    va_end(ap);
    snprintf(where, sizeof where, "column %zu", utf8_width(p->text, at) + 1);
    if (p->trouble)
        *p->trouble = at;
    if (p->e) {
        err_set(p->e, ERR_USAGE, where, "%s", "");
        utf8_clean(said, strlen(said), p->e->text, sizeof p->e->text, UTF8_ONE_LINE);
    }
    return false;
}

static void skip_blanks(struct reader *p)
{
    while (p->at < p->n && strchr(FILTER_BLANKS, p->text[p->at]))
        p->at++;
}

/* The next word up to a blank or one of `stops`; false at the end, or before such a stop. */
static bool next(struct reader *p, const char *stops)
{
    char all[32];
    size_t open;
    snprintf(all, sizeof all, FILTER_BLANKS "%s", stops);
    skip_blanks(p);
    p->word = p->at;
    p->end = p->at = filter_until(p->text, p->n, p->at, all, &open);
    return p->end > p->word;
}

static bool is(const struct reader *p, const char *word)
{
    size_t n = p->end - p->word;
    return n == strlen(word) && strncasecmp(p->text + p->word, word, n) == 0;
}

static int shown(const struct reader *p) { return (int)utf8_fit(p->text + p->word, p->end - p->word, 40, NULL); }

/* --- what it is about -------------------------------------------------------- */

/* Does a term hold for every exception, or nearly? One that lets all words of a closed list pass says nothing. */
static bool narrows(const struct filter_term *t)
{
    enum filter_type type = filter_field_type(t->field);
    int words = filter_choice_count(type), pass = 0;
    if (t->negated || t->field == FIELD_STATE)
        return false;
    for (int w = 0; w < words; w++) {
        bool any = false;
        for (size_t v = 0; v < t->value_count; v++) {
            int n = t->values[v].number;
            any |= t->op == OP_EQ ? w == n : t->op == OP_LT ? w < n : t->op == OP_LE ? w <= n : t->op == OP_GT ? w > n : w >= n;
        }
        pass += any;
    }
    if (words && pass == words)
        return false;
    for (size_t v = 0; v < t->value_count; v++) {
        bool usual = t->field == FIELD_OWNER || t->field == FIELD_OUTAGE || t->field == FIELD_TAG;
        if ((t->values[v].none && usual) || (type == FILTER_FLAG && t->values[v].number == FLAG_UNOWNED))
            return false;
    }
    return true;
}

static const char *not_for_rules(const struct filter_term *t)
{
    for (size_t v = 0; v < t->value_count; v++)
        if (t->values[v].me || (t->field == FIELD_IS && t->values[v].number == FLAG_MINE))
            return "\"me\" is nobody to a rule – name the person, such as owner:okafor";
    if (t->field == FIELD_BATCH)
        return "a batch of overrides is over when a rule comes to it – say what its parcels have in common";
    if (filter_field_type(t->field) == FILTER_EVENT)
        return "what happened before is looked up by people – a rule says on reply, or is:told, is:replied";
    if (t->field == FIELD_CUSTOMER)
        return "a rule is about no single customer – use tier:, language:, country:";
    return NULL;
}

bool rule_filter_check(const char *text, const struct filter *f, size_t *at, struct err *e)
{
    struct reader p = {.text = text, .trouble = at, .e = e};
    size_t from = strspn(text, FILTER_BLANKS);
    bool narrow = false;
    for (size_t i = 0; i < f->term_count; i++) {
        const char *why = not_for_rules(&f->terms[i]);
        if (why)
            return refuse(&p, f->terms[i].column, "%s", why);
        narrow |= narrows(&f->terms[i]);
    }
    if (f->sort_given)
        return refuse(&p, from, "a rule has no order – leave sort: out");
    return narrow || refuse(&p, from, "this rule matches everything – name what it is about, such as kind:address_issue or carrier:ups");
}

/* The canonical text of a filter within a rule: words that would end it are quoted again; heap. */
static char *filter_text(const struct filter *f)
{
    char *plain = filter_format(f);
    struct reader p = {.text = plain, .n = strlen(plain)};
    struct buf b;
    buf_init(&b, 0);
    while (next(&p, "")) {
        bool ends_it = is(&p, "on") || is(&p, "do");
        buf_puts(&b, b.len ? " " : "");
        buf_puts(&b, ends_it ? "\"" : "");
        buf_add(&b, plain + p.word, p.end - p.word);
        buf_puts(&b, ends_it ? "\"" : "");
    }
    free(plain);
    return buf_take(&b);
}

/* text[from,to) as a filter, with columns of the whole text: what stands before it is blank. */
static bool read_filter(struct reader *p, size_t from, size_t to)
{
    char *padded = xcalloc(to + 1, 1);
    memset(padded, ' ', to);
    memcpy(padded + from, p->text + from, to - from);
    struct filter f;
    bool ok = filter_parse(padded, &f, p->trouble, p->e);
    if (ok) {
        ok = rule_filter_check(padded, &f, p->trouble, p->e);
        p->out->filter = ok ? filter_text(&f) : NULL;
        filter_finish(&f);
    }
    free(padded);
    return ok && (strlen(p->out->filter) <= FILTER_MOST || refuse(p, from, "the filter of a rule has at most %d bytes – shorten it", FILTER_MOST));
}

/* --- on what ------------------------------------------------------------------ */

static bool read_event(struct reader *p)
{
    for (int v = 0; v < RULE_EVENT_COUNT; v++)
        if (is(p, rule_event_name((enum rule_event)v))) {
            p->out->events |= 1u << v;
            return true;
        }
    return refuse(p, p->word, "\"%.*s\" is nothing a rule fires on – use opened, escalated, stalled, reply or resolved", shown(p), p->text + p->word);
}

/* After "on", up to and with "do". */
static bool read_events(struct reader *p)
{
    bool wanted = true;
    for (;;) {
        skip_blanks(p);
        if (p->at < p->n && p->text[p->at] == ',' && !wanted) {
            p->at++;
            wanted = true;
        }
        if (!next(p, ","))
            return refuse(p, p->word, wanted ? "say on what it fires: opened, escalated, stalled, reply or resolved"
                                             : "say what it does: do send, case, assign, severity, snooze, tag or hold");
        if (is(p, "do") && !wanted)
            return true;
        if (is(p, "or") && !wanted)
            wanted = true;
        else if (!read_event(p))
            return false;
        else
            wanted = false;
    }
}

/* --- what it does --------------------------------------------------------------- */

static bool read_span(struct reader *p, int *minutes)
{
    int64_t ms;
    if (!when_parse_duration(p->text + p->word, p->end - p->word, &ms) || ms < WHEN_MINUTE || ms / WHEN_MINUTE > RULE_MINUTES_MAX)
        return refuse(p, p->word, "\"%.*s\" is no time from 1m to 30d, such as 90m, 4h or 2d", shown(p), p->text + p->word);
    *minutes = (int)(ms / WHEN_MINUTE);
    return true;
}

static bool ends(const struct reader *p) { return p->at >= p->n || p->text[p->at] == ';'; }

/* A look at the next word, which is read only if it is `word`. */
static bool accept(struct reader *p, const char *word)
{
    struct reader ahead = *p;
    if (!next(&ahead, ";") || !is(&ahead, word))
        return false;
    *p = ahead;
    return true;
}

static bool read_snooze(struct reader *p, struct rule_action *a)
{
    if (is(p, "scan"))
        return a->next_scan = true;
    if (!read_span(p, &a->minutes))
        return false;
    if (!accept(p, "or"))
        return true;
    a->next_scan = accept(p, "scan");
    return a->next_scan || refuse(p, p->at, "a snooze ends after a time \"or scan\"");
}

static bool read_channel(struct reader *p, struct rule_action *a)
{
    if (!accept(p, "by"))
        return true;
    return (next(p, ";") && channel_parse(p->text + p->word, p->end - p->word, &a->channel)) ||
           refuse(p, p->word, "\"%.*s\" is no channel – use email, sms or whatsapp", shown(p), p->text + p->word);
}

/* The word is a name of template, person or tag: their letters are the database's to judge, as long as they are letters. */
static bool read_word(struct reader *p, struct rule_action *a)
{
    size_t n = p->end - p->word;
    bool whole = n < sizeof a->word && utf8_clean(p->text + p->word, n, a->word, sizeof a->word, UTF8_ONE_LINE) == n;
    if (!whole || memcmp(a->word, p->text + p->word, n) != 0 || strchr(a->word, '"'))
        return refuse(p, p->word, "\"%.*s\" is no name of a template, a person or a tag", shown(p), p->text + p->word);
    return true;
}

static bool read_argument(struct reader *p, struct rule_action *a)
{
    static const char *const wanted[] = {
        [RULE_DO_SEND] = "the template it sends", [RULE_DO_CASE] = "the type of case: customer, carrier_trace, claim or internal",
        [RULE_DO_ASSIGN] = "the person it hands it to", [RULE_DO_SEVERITY] = "the severity: low, medium, high or critical",
        [RULE_DO_SNOOZE] = "how long it snoozes, or scan", [RULE_DO_TAG] = "the tag", [RULE_DO_HOLD] = "for how long messages wait, such as hold 4h",
    };
    if (!next(p, ";"))
        return refuse(p, p->word, "after \"%s\" comes %s", rule_do_name(a->what), wanted[a->what]);
    size_t n = p->end - p->word;
    const char *word = p->text + p->word;
    switch (a->what) {
    case RULE_DO_SEND: return read_word(p, a) && read_channel(p, a);
    case RULE_DO_CASE: return case_type_parse(word, n, &a->type) || refuse(p, p->word, "\"%.*s\" is no %s", shown(p), word, wanted[a->what] + 4);
    case RULE_DO_SEVERITY: return severity_parse(word, n, &a->severity) || refuse(p, p->word, "\"%.*s\" is no severity – use low, medium, high or critical", shown(p), word);
    case RULE_DO_SNOOZE: return read_snooze(p, a);
    case RULE_DO_HOLD: return read_span(p, &a->minutes);
    case RULE_DO_ASSIGN: case RULE_DO_TAG: case RULE_DO_COUNT: break;
    }
    return read_word(p, a);
}

static bool same_again(const struct rule *r, const struct rule_action *a)
{
    for (size_t i = 0; i < r->action_count; i++) {
        const struct rule_action *b = &r->actions[i];
        if (a->what == b->what && (a->what == RULE_DO_TAG ? strcmp(a->word, b->word) == 0 : a->what != RULE_DO_CASE || a->type == b->type))
            return true;
    }
    return false;
}

static bool read_action(struct reader *p)
{
    struct rule_action a = {.channel = CHANNEL_COUNT};
    if (!next(p, ";"))
        return refuse(p, p->word, "say what it does: send, case, assign, severity, snooze, tag or hold");
    size_t at = p->word;
    int d = 0;
    while (d < RULE_DO_COUNT && !is(p, rule_do_name((enum rule_do)d)))
        d++;
    if (d == RULE_DO_COUNT)
        return refuse(p, at, "\"%.*s\" is nothing a rule can do – use send, case, assign, severity, snooze, tag or hold", shown(p), p->text + at);
    a.what = (enum rule_do)d;
    if (!read_argument(p, &a))
        return false;
    if (same_again(p->out, &a))
        return refuse(p, at, "it does \"%s\" already – once is enough", rule_do_name(a.what));
    if (p->out->action_count == RULE_ACTIONS_MAX)
        return refuse(p, at, "a rule does at most %d things – leave some to another one", RULE_ACTIONS_MAX);
    if ((p->out->events & 1u << RULE_ON_RESOLVED) && a.what != RULE_DO_TAG && a.what != RULE_DO_CASE && a.what != RULE_DO_SEND)
        return refuse(p, at, "what is resolved can be tagged, get a case and be asked how it went, no more – leave \"resolved\" to a rule of its own");
    p->out->actions[p->out->action_count++] = a;
    return true;
}

static bool read_actions(struct reader *p)
{
    for (;;) {
        if (!read_action(p))
            return false;
        bool more = accept(p, "and");
        skip_blanks(p);
        if (!more && p->at >= p->n)
            return true;
        if (!more && !ends(p)) {
            next(p, ";");
            return refuse(p, p->word, "\"%.*s\" is one word too many – put ; or \"and\" before the next thing it does", shown(p), p->text + p->word);
        }
        p->at += !more;
    }
}

static bool read_rule(struct reader *p)
{
    if (p->n > TEXT_MOST)
        return refuse(p, 0, "a rule has at most %d bytes, this one has %zu – shorten it", TEXT_MOST, p->n);
    accept(p, "when");
    size_t from = p->at, to = from;
    bool on = false, found = false;
    while (!found && next(p, "")) {
        on = is(p, "on");
        found = on || is(p, "do");
        to = found ? to : p->end;
    }
    if (!read_filter(p, from, to))
        return false;
    if (!found)
        return refuse(p, p->n, "say what it does: do send, case, assign, severity, snooze, tag or hold");
    if (!on)
        p->out->events = 1u << RULE_ON_OPENED;
    return (!on || read_events(p)) && read_actions(p);
}

bool rule_parse(const char *text, struct rule *out, size_t *at, struct err *e)
{
    struct reader p = {.text = text, .n = strlen(text), .out = out, .trouble = at, .e = e};
    *out = (struct rule){.filter = NULL};
    if (read_rule(&p))
        return true;
    rule_finish(out);
    return false;
}
