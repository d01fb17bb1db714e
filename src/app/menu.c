#include "app/menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/act.h"
#include "app/argument.h"
#include "app/bulk.h"
#include "app/cases.h"
#include "app/macro.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/prompt.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/views.h"
#include "base/die.h"
#include "core/contact.h"

static const struct { enum action action; enum menu_kind kind; const char *title; } menus[] = {
    {ACTION_RESOLVE, MENU_RESOLVE, "How did it end"}, {ACTION_SEVERITY, MENU_SEVERITY, "How bad is it"},
    {ACTION_CONTACT, MENU_CONTACT, "What do they want"},
    {ACTION_SORT, MENU_SORT, "Order of this list"}, {ACTION_THEME, MENU_THEME, "Theme"},
};

static bool letter_taken(const struct menu *menu, char c)
{
    if (strchr("jkq", c))      /* these move and leave */
        return true;
    for (int i = 0; i < menu->count; i++)
        if (menu->items[i].key == c)
            return true;
    return false;
}

static char free_letter(const struct menu *menu, const char *word)
{
    for (; *word; word++)
        if (*word >= 'a' && *word <= 'z' && !letter_taken(menu, *word))
            return *word;
    for (const char *c = "abcdefghijklmnopqrstuvwxyz0123456789"; *c; c++)
        if (!letter_taken(menu, *c))
            return *c;
    return '\0';              /* the arrows reach it */
}

static void add_item(struct menu *menu, char key, const char *value, const char *label)
{
    if (menu->count == menu->cap) {
        menu->cap = menu->cap ? 2 * menu->cap : 16;
        menu->items = xrealloc(menu->items, (size_t)menu->cap * sizeof *menu->items);
    }
    struct menu_item *item = &menu->items[menu->count++];
    item->key = key;
    snprintf(item->value, sizeof item->value, "%s", value);
    snprintf(item->label, sizeof item->label, "%s", label);
}

void menu_begin(struct model *m, enum menu_kind kind, const char *title, int64_t *ids, size_t n)
{
    menu_close(m);
    m->menu.kind = kind;
    m->menu.ids = ids;
    m->menu.id_count = n;
    snprintf(m->menu.title, sizeof m->menu.title, "%s", title);
}

void menu_add(struct model *m, const char *value, const char *label)
{
    add_item(&m->menu, free_letter(&m->menu, value), value, label);
}

void menu_add_as(struct model *m, char key, const char *value, const char *label) { add_item(&m->menu, key, value, label); }

void menu_question(struct model *m, enum menu_kind kind, const char *title)
{
    menu_begin(m, kind, title, NULL, 0);
    add_item(&m->menu, 'y', "yes", "yes, do it");
    add_item(&m->menu, 'n', "no", "no, leave it");
    m->menu.cursor = 1;        /* Enter alone must not do something big */
}

static bool is_current(const struct model *m, enum action a, int i, const char *word)
{
    return (a == ACTION_SORT && (int)m->sort == i) || (a == ACTION_THEME && strcmp(m->settings.theme, word) == 0);
}

void menu_open(struct model *m, enum action a, int64_t *ids, size_t n)
{
    struct menu *menu = &m->menu;
    const char *word, *label;
    menu_close(m);
    menu->ids = ids;
    menu->id_count = n;
    for (size_t i = 0; i < sizeof menus / sizeof menus[0]; i++) {
        if (menus[i].action != a)
            continue;
        char who[48];
        argument_targets(m, ids, n, who, sizeof who);
        menu->kind = menus[i].kind;
        snprintf(menu->title, sizeof menu->title, "%s%s%s", menus[i].title, n ? ": " : "", n ? who : "");
    }
    for (int i = 0; (word = argument_word(a, i, &label)); i++) {
        if (is_current(m, a, i, word))
            menu->cursor = i;
        char letter = a == ACTION_CONTACT ? contact_driver_key((enum contact_driver)i) : free_letter(menu, word);
        add_item(menu, letter, word, label[0] ? label : word);
    }
}

void menu_confirm(struct model *m, struct request *r, const char *name, const char *what)
{
    char title[sizeof m->menu.title];
    snprintf(title, sizeof title, "%s%s%.200s?", name ? name : "", name ? ": " : "", what);
    title[0] = (char)(title[0] >= 'a' && title[0] <= 'z' ? title[0] - 'a' + 'A' : title[0]);
    menu_question(m, MENU_CONFIRM, title);
    m->menu.pending = *r;
    *r = (struct request){0};
}

void menu_close(struct model *m)
{
    request_finish(&m->menu.pending);
    free(m->menu.ids);
    free(m->menu.items);
    m->menu = (struct menu){0};
}

static void confirm(struct model *m, struct effects *fx, bool yes)
{
    struct err e = {0};
    struct request r = m->menu.pending;
    m->menu.pending = (struct request){0};
    menu_close(m);
    if (!yes) {
        request_finish(&r);
        toast_set(m, fx, TOAST_INFO, "nothing was done");
    } else if (m->link != LINK_LIVE) {
        request_finish(&r);
        toast_set(m, fx, TOAST_BAD, "not connected any more: nothing was done");
    } else if (!act_send(m, fx, &r, &e)) {
        toast_set(m, fx, TOAST_BAD, "%s", e.text);
    }
}

void menu_accept(struct model *m, struct effects *fx)
{
    struct menu *menu = &m->menu;
    struct err e = {0};
    enum menu_kind kind = menu->kind;
    if (!menu->count)
        return;
    char value[sizeof menu->items[0].value];
    memcpy(value, menu->items[menu->cursor].value, sizeof value);
    if (kind == MENU_CONFIRM) {
        confirm(m, fx, strcmp(value, "yes") == 0);
        return;
    }
    int64_t *ids = menu->ids;
    size_t n = menu->id_count;
    menu->ids = NULL;
    menu_close(m);
    if (kind == MENU_RESOLVE) {
        prompt_open(m, fx, PROMPT_RESOLVE_TEXT, "", ids, n);
        snprintf(m->prompt.code, sizeof m->prompt.code, "%.31s", value);
        prompt_check(m);
    } else if (kind == MENU_SEVERITY || kind == MENU_CONTACT) {
        if (!act_run(m, fx, kind == MENU_CONTACT ? ACTION_CONTACT : ACTION_SEVERITY, value, ids, n, &e))
            toast_set(m, fx, TOAST_BAD, "%s", e.text);
    } else if (kind == MENU_MACRO) {
        macro_run(m, fx, value, ids, n);
    } else if (kind == MENU_CASE_TYPE || kind == MENU_CASE_STATE || kind == MENU_CASE_PRIORITY || kind == MENU_CASES) {
        cases_choose(m, fx, kind, value, ids, n);
    } else if (kind == MENU_OVERRIDE_STATUS || kind == MENU_OVERRIDE_REASON) {
        override_choose(m, fx, kind, value, ids, n);
    } else if (kind == MENU_TEMPLATE || kind == MENU_CHANNEL) {
        bulk_choose(m, fx, kind, value, ids, n);
    } else {
        free(ids);
        if (kind == MENU_BULK && strcmp(value, "yes") == 0)
            bulk_send(m, fx);
        else if (kind == MENU_BULK)
            toast_set(m, fx, TOAST_INFO, "nothing was sent");
        else if (kind == MENU_OUTAGE_STATUS)
            outage_chosen(m, value);
        else if (kind == MENU_SHEET)
            sheet_chosen(m, fx, value);
        else if (kind == MENU_KNOWLEDGE)
            sheet_knowledge(m, fx, value);
        else if (kind == MENU_REPORT_PERIOD || kind == MENU_REPORT_BY)
            reports_chosen(m, fx, kind, value);
        else if (kind == MENU_SORT)
            views_sort(m, fx, value);
        else
            snprintf(m->settings.theme, sizeof m->settings.theme, "%.23s", value);
    }
}

bool menu_letter(struct model *m, struct effects *fx, const struct key *k)
{
    for (int i = 0; i < m->menu.count && !k->mods; i++) {
        if (m->menu.items[i].key && k->code == (uint32_t)m->menu.items[i].key) {
            m->menu.cursor = i;
            menu_accept(m, fx);
            return true;
        }
    }
    return false;
}

void menu_move(struct model *m, int by)
{
    int to = m->menu.cursor + by;
    m->menu.cursor = to < 0 ? 0 : to >= m->menu.count ? (m->menu.count ? m->menu.count - 1 : 0) : to;
}
