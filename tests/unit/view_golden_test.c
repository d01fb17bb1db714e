/* The dashboard's screens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>

#include "unit/golden.h"

static void compare(struct fixture *f, const char *name, bool styles)
{
    golden_compare(f, name, styles);
    fixture_finish(f);
}

/* ---- the queue ---- */

static void queue_sizes(void **state)
{
    static const struct { int rows, cols; const char *name; bool styles; } sizes[] = {
        {24, 80, "queue_80x24", true}, {36, 120, "queue_120x36", true}, {60, 200, "queue_200x60", false},
        {16, 60, "queue_60x16", false}, {15, 60, "too_small", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fixture f;
        fixture_init(&f, sizes[i].rows, sizes[i].cols);
        compare(&f, sizes[i].name, sizes[i].styles);
    }
}

/* What the customer asked for stands before what is next. */
static void queue_heard(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    COPY_TEXT(f.m.context->said, "asked for another day: Fri 27 Nov, \"after five\"");
    f.m.context->said_at = FIXTURE_NOW - 5 * WHEN_MINUTE;
    compare(&f, "queue_heard_80x24", false);
}

static void queue_ascii(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.settings.ascii = true;
    f.m.queue.fresh_id = 48124;
    compare(&f, "queue_ascii", false);
}

/* Selection, new rows above, an edited filter, a context not yet of the cursor's row. */
/* What is counted no further says so. */
static void counted_no_further(void **state)
{
    struct fixture f;
    struct buf seen;
    (void)state;
    fixture_init(&f, 24, 120);
    f.m.counts.breaching = COUNTS_CAP;
    f.m.counts.mine = COUNTS_CAP - 1;
    f.m.counts.open = COUNTS_CAP;
    view_render(&f.m, &f.s);
    buf_init(&seen, 0);
    add_text(&seen, &f.s);
    assert_non_null(strstr(seen.data, "mine 9,999  breaching 10,000+  open 10,000 "));
    buf_finish(&seen);
    fixture_finish(&f);
}

/* A counter that has no room goes whole, label and all. */
static void no_counter_is_cut(void **state)
{
    (void)state;
    for (int cols = 60; cols < 130; cols++) {
        struct fixture f;
        struct buf seen;
        fixture_init(&f, 16, cols);
        f.m.link = LINK_DOWN;
        f.m.retry_at = IN(12000);
        f.m.control.state.pending_mine = 3;
        f.m.counts.fresh = f.m.counts.breaching = 7483;
        view_render(&f.m, &f.s);
        buf_init(&seen, 0);
        add_text(&seen, &f.s);
        *strchr(seen.data, '\n') = '\0';
        assert_null(strstr(seen.data, "\u2026"));
        assert_non_null(strstr(seen.data, "new 7,483"));
        buf_finish(&seen);
        fixture_finish(&f);
    }
}

static void queue_busy(void **state)
{
    static int64_t selected[] = {48122, 48124};
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 100);
    struct model *m = &f.m;
    m->selected = selected;
    m->selected_count = 2;
    m->queue.new_above = 3;
    m->queue.cursor = 1;
    m->queue.cursor_id = 48122;
    m->queue.fresh_id = 48123;
    m->filter_edited = true;
    COPY_TEXT(m->filter, "kind:lost,damaged carrier:ups \"delgado\"");
    COPY_TEXT(m->toast, "Claimed 2 exceptions.");
    m->toast_level = TOAST_GOOD;
    m->viewers[0] = (struct viewer){.id = 48121, .role = "okafor"};
    m->viewers[1] = (struct viewer){.id = 48121, .role = "maria"};
    m->viewer_count = 2;
    compare(&f, "queue_busy", true);
}

static void queue_next_step(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.next_step_shown = true;
    f.m.next_step_id = 48121;
    f.m.pending_keys[0] = (struct key){.code = 'g'};
    f.m.pending_count = 1;
    COPY_TEXT(f.m.undo_text, "u takes back: claimed #48120");
    compare(&f, "queue_next_step", false);
}

/* While the connection is down, rows of another filter than the one in force say so. */
static void old_rows_under_a_new_filter(void **state)
{
    struct fixture f;
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    fixture_init(&f, 24, 80);
    f.m.link = LINK_DOWN;
    f.m.queue.loading = true;
    view_render(&f.m, &f.s);
    add_text(&b, &f.s);
    assert_non_null(strstr(buf_str(&b), "rows of the filter before"));
    assert_null(strstr(buf_str(&b), "loading"));
    buf_finish(&b);
    fixture_finish(&f);
}

static void empty_list(struct fixture *f)
{
    fixture_init(f, 24, 80);
    fixture_drop_context(f);
    free(f->m.queue.rows);
    f->m.queue = (struct queue){.read_at = FIXTURE_NOW};
}

static void queue_empty(void **state)
{
    struct fixture f;
    (void)state;
    empty_list(&f);
    f.m.filter_edited = true;
    COPY_TEXT(f.m.filter, "kind:lost region:TX");
    compare(&f, "queue_empty", false);
    empty_list(&f);
    f.m.queue.loading = true;
    compare(&f, "queue_loading", false);
}

/* However little room there is, what to do about it stands there whole. */
static void remedies(void **state)
{
    static const struct { const char *text, *remedy; } cases[] = {
        {"PostgreSQL at db1.internal.example.com is being restarted, or ended this session: wait a moment, and tell whoever runs it if this lasts",
         "wait a moment, and tell whoever runs it if this lasts"},
        {"PostgreSQL at db1.internal.example.com, port 5432 does not take the password, which is wrong, changed or expired (password authentication failed "
         "for user \"maria\"): put the right one into ~/.pgpass, or ask an administrator for it", "put the right one into ~/.pgpass, or ask an administrator for it"},
        {"the connection to PostgreSQL at db1.internal.example.com broke (server closed the connection unexpectedly): check the network, and try again",
         "check the network, and try again"},
        {"PostgreSQL at db1.internal.example.com has no connection left (sorry, too many clients (100) already): wait, end sessions that nobody needs, or ask "
         "an administrator for more", "wait, end sessions that nobody needs, or ask an administrator for more"},
        {"nothing answers", "nothing answers"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int size = 0; size < 3; size++) {
            struct fixture f;
            struct buf seen;
            fixture_init(&f, size ? 24 : 16, size == 2 ? 80 : 60);
            f.m.link = LINK_DOWN;
            f.m.queue.read_at = AGO(MINUTES(63));
            snprintf(f.m.link_error.text, sizeof f.m.link_error.text, "%s", cases[i].text);
            view_render(&f.m, &f.s);
            buf_init(&seen, 0);
            add_text(&seen, &f.s);
            for (char *newline = seen.data; (newline = strchr(newline, '\n'));)
                *newline = newline[1] == ' ' && newline > seen.data ? '\v' : ' ';      /* a line begins with a blank */
            for (char *from = seen.data, *to = from;; from++)
                if ((*from != '\v' && (*to++ = *from) == '\0'))
                    break;
            if (!strstr(seen.data, cases[i].remedy))
                fail_msg("\"%s\" is not in:\n%s", cases[i].remedy, seen.data);
            buf_finish(&seen);
            fixture_finish(&f);
        }
}

static void disconnected(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.link = LINK_DOWN;
    f.m.retry_at = IN(3400);
    f.m.queue.read_at = AGO(MINUTES(3));
    COPY_TEXT(f.m.link_error.text, "The server closed the connection; trying again by itself.");
    compare(&f, "disconnected", true);
    empty_list(&f);
    f.m.link = LINK_DOWN;
    f.m.ever_live = f.m.counts_known = false;
    f.m.hello = (struct hello){0};
    f.m.retry_at = IN(1000);
    COPY_TEXT(f.m.link_error.text, "No server answers at /run/postgresql: start PostgreSQL, or name another with --dsn.");
    compare(&f, "never_connected", false);
}

/* ---- prompts and menus ---- */

static void open_prompt(struct fixture *f, enum prompt_kind kind, const char *text)
{
    fixture_init(f, 24, 80);
    f->m.prompt.kind = kind;
    COPY_TEXT(f->m.prompt.text, text);
    f->m.prompt.len = f->m.prompt.at = strlen(text);
}

static void prompt_filter(void **state)
{
    static char *items[] = {"carrier:", "carrier_status:", "city:", "country:", "customer:"};
    struct fixture f;
    (void)state;
    open_prompt(&f, PROMPT_FILTER, "kind:lost regoin:TX sla:<30m");
    COPY_TEXT(f.m.prompt.error, "unknown qualifier \"regoin\", did you mean region:?");
    f.m.prompt.error_at = 10;
    compare(&f, "prompt_error", true);

    open_prompt(&f, PROMPT_FILTER, "kind:lost state:any");      /* no room beside it: whole, on two lines */
    COPY_TEXT(f.m.prompt.error, "this rule matches everything \u2013 name what it is about, such as kind:late_promise, carrier:ups or tier:gold");
    f.m.prompt.error_at = 10;
    compare(&f, "prompt_error_long", true);

    open_prompt(&f, PROMPT_FILTER, "kind:lost c");
    f.m.prompt.options = (struct completion){.from = 10, .to = 11, .items = items, .count = 5};
    f.m.prompt.option = 1;
    compare(&f, "prompt_completion", true);

    open_prompt(&f, PROMPT_NOTE, "The customer \u5c71\u7530 wrote a very long note which goes on and on until it does not fit on the line any more, see?");
    COPY_TEXT(f.m.prompt.hint, "a note on 3 exceptions");
    f.m.prompt.id_count = 3;
    compare(&f, "prompt_long", false);
}

static void palette(void **state)
{
    static char *items[] = {"assign", "claim", "note", "previous-view", "release", "reopen", "resolve", "save-view", "select-all",
                            "severity", "snooze", "take-next"};
    struct fixture f;
    (void)state;
    open_prompt(&f, PROMPT_COMMAND, "e");
    f.m.prompt.options = (struct completion){.from = 0, .to = 1, .items = items, .count = 12};
    compare(&f, "palette", false);
}

static void add_item(struct menu *menu, char key, const char *label)
{
    menu->items = xrealloc(menu->items, (size_t)(menu->count + 1) * sizeof *menu->items);
    menu->items[menu->count] = (struct menu_item){.key = key};
    COPY_TEXT(menu->items[menu->count].label, label);
    menu->count++;
}

static void menus(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.menu.kind = MENU_RESOLVE;
    COPY_TEXT(f.m.menu.title, "Resolve #48121 as");
    for (int i = 0; i < RESOLUTION_OTHER; i++)
        add_item(&f.m.menu, (char)('a' + i), resolution_label((enum resolution)i));
    f.m.menu.cursor = 2;
    compare(&f, "menu_resolve", true);

    fixture_init(&f, 24, 80);
    f.m.menu.kind = MENU_CONFIRM;
    COPY_TEXT(f.m.menu.title, "Claim 1,204 exceptions? 12 of them belong to others and will be refused, one by one, with the reason.");
    add_item(&f.m.menu, 'y', "yes, claim them");
    add_item(&f.m.menu, 'n', "no");
    f.m.settings.ascii = true;
    compare(&f, "menu_confirm", false);
}

/* ---- pages ---- */

static void detail(void **state)
{
    static const struct { enum tab_id tab; int rows, cols, scroll; const char *name; } tabs[] = {
        {TAB_SUMMARY, 36, 120, 0, "detail_summary"}, {TAB_SUMMARY, 24, 80, 5, "detail_summary_80x24"},
        {TAB_TIMELINE, 24, 80, 0, "detail_timeline"}, {TAB_ACTIVITY, 24, 100, 0, "detail_activity"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tabs / sizeof tabs[0]; i++) {
        struct fixture f;
        fixture_init(&f, tabs[i].rows, tabs[i].cols);
        f.m.screen = SCREEN_DETAIL;
        f.m.tab = tabs[i].tab;
        f.m.scroll = tabs[i].scroll;
        compare(&f, tabs[i].name, i == 2);
    }
}

/* Its due times run no longer, and no step is to be done. */
static void detail_resolved(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.screen = SCREEN_DETAIL;
    f.m.tab = TAB_SUMMARY;
    f.m.context->row.state = STATE_RESOLVED;
    f.m.context->row.first_response_at = WHEN_NONE;
    f.m.context->row.resolved_at = f.m.context->row.first_response_due_at - 60000;
    f.m.context->step_count = 0;
    compare(&f, "detail_resolved", false);
}

static void help(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.screen = SCREEN_HELP;
    compare(&f, "help", false);
    fixture_init(&f, 60, 100);
    f.m.screen = SCREEN_HELP;
    f.m.scroll = view_scroll_max(&f.m);
    compare(&f, "help_end", false);
}

static void results(void **state)
{
    static struct act_result refused[] = {
        {.id = 48122, .code = "taken", .message = "maria has it since 13:40."},
        {.id = 48124, .code = "resolved", .message = "It was resolved at 13:55 by dana; reopen it first."},
    };
    struct fixture f;
    (void)state;
    fixture_init(&f, 24, 80);
    f.m.screen = SCREEN_RESULTS;
    COPY_TEXT(f.m.results_title, "Claimed 10 of 12 exceptions; 2 were refused.");
    f.m.results = refused;
    f.m.result_count = 2;
    compare(&f, "results", false);
}

/* Every screen at every size: cells stay printable, the right half of a wide character
 * stands behind a left one, the caret stays on the screen, scrolling ends at the end. */
static void check_cells(const struct screen *s)
{
    for (int i = 0; i < s->rows * s->cols; i++) {
        const struct cell *c = &s->cells[i];
        bool half = c->ch == 0;
        assert_true(half || (c->ch >= 0x20 && c->ch != 0x7f && !(c->ch >= 0x80 && c->ch < 0xa0)));
        assert_true(!half || (i % s->cols > 0 && utf8_cp_width(s->cells[i - 1].ch) == 2));
        assert_true(c->style < STYLE_COUNT);
    }
    assert_in_range(s->cursor_row, 0, s->rows - 1);
    assert_in_range(s->cursor_col, 0, s->cols - 1);
}

static void every_size(void **state)
{
    static char *items[] = {"carrier:", "carrier_status:", "city:", "country:", "customer:"};
    (void)state;
    for (int rows = 1; rows <= 40; rows += rows < 14 ? 6 : 3)
        for (int cols = 1; cols <= 170; cols += cols < 58 ? 19 : 7)
            for (int what = 0; what < 8; what++) {
                struct fixture f;
                fixture_init(&f, rows, cols);
                f.m.screen = what < 4 ? (enum screen_id)what : SCREEN_QUEUE;
                f.m.tab = (enum tab_id)((rows + cols) % TAB_COUNT);
                f.m.link = what == 4 ? LINK_DOWN : LINK_LIVE;
                if (what == 5) {
                    f.m.prompt.kind = PROMPT_FILTER;
                    f.m.prompt.len = f.m.prompt.at = (size_t)snprintf(f.m.prompt.text, PROMPT_TEXT, "kind:lost \u5c71\u7530 c");
                    f.m.prompt.options = (struct completion){.items = items, .count = 5};
                }
                if (what == 6) {
                    f.m.prompt.kind = PROMPT_NOTE;
                    memset(f.m.prompt.text, 'x', 900);
                    f.m.prompt.len = 900;
                    f.m.prompt.at = 450;
                    f.m.prompt.error_at = 880;
                    COPY_TEXT(f.m.prompt.error, "too long by far");
                }
                if (what == 7) {
                    f.m.menu.kind = MENU_RESOLVE;
                    for (int i = 0; i < 40; i++)
                        add_item(&f.m.menu, 'a', "one of many");
                    f.m.menu.cursor = 39;
                    COPY_TEXT(f.m.menu.title, "A question that is longer than most terminals are wide, and then some more of it");
                }
                f.m.scroll = view_scroll_max(&f.m);
                view_render(&f.m, &f.s);
                check_cells(&f.s);
                fixture_finish(&f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_sizes), cmocka_unit_test(queue_heard), cmocka_unit_test(queue_ascii), cmocka_unit_test(queue_busy), cmocka_unit_test(counted_no_further), cmocka_unit_test(no_counter_is_cut),
        cmocka_unit_test(queue_next_step), cmocka_unit_test(old_rows_under_a_new_filter), cmocka_unit_test(queue_empty), cmocka_unit_test(remedies), cmocka_unit_test(disconnected),
        cmocka_unit_test(prompt_filter), cmocka_unit_test(palette), cmocka_unit_test(menus),
        cmocka_unit_test(detail), cmocka_unit_test(detail_resolved), cmocka_unit_test(help), cmocka_unit_test(results),
        cmocka_unit_test(every_size),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
