/* Help: keys from the keymap in force, everything else from the tables the program runs on. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "core/filter.h"

enum { MARGIN = 2, KEYS_WIDTH = 14, WORD_WIDTH = 20 };

struct group { enum action first; const char *title; };

/* The groups of the action table, by the first action of each. */
static const struct group groups[] = {
    {ACTION_DOWN, "Moving"}, {ACTION_NEXT_STEP, "Working"}, {ACTION_SELECT, "Choosing"}, {ACTION_FILTER, "Looking"},
    {ACTION_COMMAND, "The program"}, {ACTION_ACCEPT, "Prompts and menus"},
};

static const struct { const char *sign, *meaning; } signs[] = {
    {"0:07", "time left until the next due time; -0:12 is past it, 2d is days"},
    {"paused", "the clock stands still while the customer is asked"},
    {">", "the cursor"}, {"+", "selected"},
    {"*", "being worked on"}, {"~", "waiting on the customer"}, {"z", "snoozed"}, {"v", "resolved"},
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

static void entry(const struct frame *f, struct pager *p, const char *keys, int width, const char *word, const char *help)
{
    struct pen pen = line(f, p);
    text_field(&pen, width - 1, STYLE_KEY, keys);
    text_skip(&pen, 1);
    if (word != NULL) {
        text_field(&pen, WORD_WIDTH - 1, STYLE_STRONG, word);
        text_skip(&pen, 1);
    }
    text_put(&pen, STYLE_NORMAL, help);
}

/* All keys of an action in the first context that has any: "j, Down, C-n". */
static void keys_text(const struct keymap *map, enum action a, char *out, size_t size)
{
    static const unsigned contexts[] = {IN_QUEUE, IN_DETAIL, IN_RESULTS, IN_HELP, IN_PROMPT, IN_MENU};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++)
        if (keymap_keys_of(map, contexts[i], a, NULL, out, size))
            return;
    const struct binding *with_argument = NULL;   /* bound only with arguments: "1" for view 1 */
    for (size_t i = 0; i < map->count && with_argument == NULL; i++)
        if (map->at[i].action == a)
            with_argument = &map->at[i];
    if (with_argument != NULL) {
        unsigned bits = with_argument->contexts;
        keymap_keys_of(map, bits & -bits, a, with_argument->argument, out, size);
    }
}

static void actions(const struct frame *f, struct pager *p)
{
    size_t group = 0;
    for (int a = 0; a < ACTION_COUNT; a++) {
        const struct action_info *info = action_info((enum action)a);
        char keys[64], word[64];
        if (group < sizeof groups / sizeof groups[0] && (enum action)a == groups[group].first)
            heading(f, p, groups[group++].title);
        keys_text(f->m->keymap, (enum action)a, keys, sizeof keys);
        snprintf(word, sizeof word, "%s", info->name);
        entry(f, p, keys, KEYS_WIDTH, word, info->help);
    }
}

static void filter_language(const struct frame *f, struct pager *p)
{
    heading(f, p, "The filter language");
    entry(f, p, "", 1, NULL, "Terms are joined by AND; a comma is OR; a leading - negates; words without a qualifier search.");
    entry(f, p, "", 1, NULL, "kind:address_issue,failed_attempt carrier:ups -tier:gold sla:<30m scan:>24h owner:none \"delgado\"");
    for (int i = 0; i < FIELD_COUNT; i++) {
        char word[40];
        snprintf(word, sizeof word, "%s:", filter_field_name((enum filter_field)i));
        entry(f, p, word, 17, NULL, filter_field_help((enum filter_field)i));
    }
    heading(f, p, "Orders");
    for (int i = 0; i < SORT_COUNT; i++) {
        char word[40];
        snprintf(word, sizeof word, "sort:%s", sort_name((enum sort)i));
        entry(f, p, word, 17, NULL, sort_help((enum sort)i));
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
        entry(f, p, "", 1, NULL, f->m->settings.user_keymap);
    }
}
