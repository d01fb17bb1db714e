/* Help: keys from the keymap in force, everything else from the tables the program runs on. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "core/filter.h"

enum { MARGIN = 2, KEYS_WIDTH = 19, FIELD_WIDTH = 17, WORD_WIDTH = 20 };

struct group { enum action first; const char *title; };

/* The groups of the action table, by the first action of each. */
static const struct group groups[] = {
    {ACTION_DOWN, "Moving"}, {ACTION_NEXT_STEP, "Working"}, {ACTION_MESSAGE, "Writing to customers"}, {ACTION_CASE, "Cases"}, {ACTION_OVERRIDE, "Overrides"},
    {ACTION_SELECT, "Choosing"}, {ACTION_BOARD, "Outages"}, {ACTION_KNOWLEDGE, "What is known"}, {ACTION_FILTER, "Looking"},
    {ACTION_COMMAND, "The program"}, {ACTION_ACCEPT, "Prompts and menus"},
};

static const struct { const char *sign, *meaning; } signs[] = {
    {"0:07", "time left until the next due time; -0:12 is past it, 2d is days"},
    {"paused", "the clock stands still: the customer was asked, or an outage pauses it"},
    {">", "the cursor"}, {"+", "selected"},
    {"*", "being worked on"}, {"~", "waiting on the customer"}, {"z", "snoozed"}, {"v", "resolved"},
    {"@", "what one of us did, in timelines"},
    {"!", "past its due time; in timelines, a scan that opened or worsened it"},
    {"R", "the customer wrote and nobody answered yet"}, {"x", "carrier and override disagree"},
    {"^", "escalated"}, {"r", "reopened"}, {"?", "opened by a code the dictionary does not know"},
    {"C", "has an open case"}, {"o", "status overridden by hand"}, {"m", "the customer was told something"},
    {"n", "has notes"},
};

static struct pen line(const struct frame *f, struct pager *p)
{
    return text_pen(f->s, view_pager_row(p), MARGIN, f->m->cols - 2 * MARGIN);
}

static void heading(const struct frame *f, struct pager *p, const char *text)
{
    if (p->count > 0)
        line(f, p);
    struct pen pen = line(f, p);
    text_put(&pen, STYLE_ACCENT, text);
}

/* Help too long for the line goes on under itself. */
static void entry(const struct frame *f, struct pager *p, const char *keys, int width, const char *word, const char *help)
{
    int indent = width + (word != NULL ? WORD_WIDTH : 0);
    size_t n = strlen(help), at = 0;
    do {
        size_t next = n - at, used = text_wrap(help + at, n - at, f->m->cols - 2 * MARGIN - indent, &next);
        struct pen pen = line(f, p);
        if (at == 0 && width > 0)
            text_field(&pen, width - 1, STYLE_KEY, keys);
        if (at == 0 && word != NULL) {
            pen.col = MARGIN + width;
            text_field(&pen, WORD_WIDTH - 1, STYLE_STRONG, word);
        }
        pen.col = MARGIN + indent;
        text_printf(&pen, STYLE_NORMAL, "%.*s", (int)used, help + at);
        at += next;
    } while (at < n);
}

static void add_sequence(const struct binding *b, char *out, size_t size)
{
    char keys[SEQUENCE_MAX * 16] = "  ";
    size_t used = 2, before = strlen(out);
    for (int i = 0; i < b->key_count && used + 16 < sizeof keys; i++) {
        key_format(&b->keys[i], keys + used, 16);
        used += strlen(keys + used);
    }
    const char *seen = strstr(out, keys + 2);   /* the same keys in another context */
    if (seen != NULL && (seen == out || seen[-1] == ' ') && (seen[used - 2] == ' ' || seen[used - 2] == '\0'))
        return;
    if (before + used < size)
        memcpy(out + before, before > 0 ? keys : keys + 2, before > 0 ? used + 1 : used - 1);
}

/* All keys of an action, "j  Down  C-n", in the order the keymap gives them. */
static void keys_text(const struct keymap *map, enum action a, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < map->count; i++)
        if (map->at[i].action == a && map->at[i].keys[0].code < KEY__WHEEL_UP)
            add_sequence(&map->at[i], out, size);
}

static void actions(const struct frame *f, struct pager *p)
{
    size_t group = 0;
    for (int a = 0; a < ACTION_COUNT; a++) {
        const struct action_info *info = action_info((enum action)a);
        char keys[128];
        if (group < sizeof groups / sizeof groups[0] && (enum action)a == groups[group].first)
            heading(f, p, groups[group++].title);
        keys_text(f->m->keymap, (enum action)a, keys, sizeof keys);
        entry(f, p, keys, KEYS_WIDTH, info->name, info->help);
    }
}

static void filter_language(const struct frame *f, struct pager *p)
{
    heading(f, p, "The filter language");
    entry(f, p, "", 0, NULL, "Terms are joined by AND; a comma is OR; a leading - negates; words without a qualifier search.");
    entry(f, p, "", 0, NULL, "kind:address_issue,failed_attempt carrier:ups -tier:gold sla:<30m scan:>24h owner:none \"delgado\"");
    for (int i = 0; i < FIELD_COUNT; i++) {
        char word[40];
        snprintf(word, sizeof word, "%s:", filter_field_name((enum filter_field)i));
        entry(f, p, word, FIELD_WIDTH, NULL, filter_field_help((enum filter_field)i));
    }
    heading(f, p, "Orders");
    for (int i = 0; i < SORT_COUNT; i++) {
        char word[40];
        snprintf(word, sizeof word, "sort:%s", sort_name((enum sort)i));
        entry(f, p, word, FIELD_WIDTH, NULL, sort_help((enum sort)i));
    }
}

void view_help(const struct frame *f, struct pager *p)
{
    struct pen title = text_pen(f->s, p->top, MARGIN, f->m->cols - 2 * MARGIN);
    text_put(&title, STYLE_STRONG, "Keys, filters and signs");
    view_rule(f, p->top + 1, 0, f->m->cols);
    p->top += 2;
    p->rows -= 2;
    actions(f, p);
    heading(f, p, "Signs in the list");
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        entry(f, p, signs[i].sign, KEYS_WIDTH, NULL, signs[i].meaning);
    filter_language(f, p);
    if (f->m->settings.user_keymap[0] != '\0') {
        heading(f, p, "Your own keys");
        entry(f, p, "", 0, NULL, f->m->settings.user_keymap);
    }
}
