/* Keys as they are written, the keymap files, and the errors a person gets. */
#include "unit/app_helpers.h"

#include "app/dispatch.h"
#include "app/palette.h"

static void keys_are_read(void **state)
{
    static const struct { const char *text; size_t used; uint32_t code; int mods; const char *shown; } t[] = {
        {"j", 1, 'j', 0, "j"},
        {"gg", 1, 'g', 0, "g"},
        {"C-x", 3, 'x', KEY_CTRL, "C-x"},
        {"M-<lt>", 6, '<', KEY_ALT, "M-<"},
        {"C-M-v", 5, 'v', KEY_CTRL | KEY_ALT, "C-M-v"},
        {"<Enter>", 7, KEY__ENTER, 0, "Enter"},
        {"<F12>", 5, KEY__F12, 0, "F12"},
        {"<F1>", 4, KEY__F1, 0, "F1"},
        {"<S-Tab>", 7, KEY__BACKTAB, 0, "S-Tab"},
        {"C-<Left>", 8, KEY__LEFT, KEY_CTRL, "C-Left"},
        {"<C-Left>", 8, KEY__LEFT, KEY_CTRL, "C-Left"},
        {"C-", 1, 'C', 0, "C"},
        {"\xc3\xa4", 2, 0xe4, 0, "\xc3\xa4"},
        {"<Enterr>", 0, 0, 0, ""},
        {"<", 0, 0, 0, ""},
        {"", 0, 0, 0, ""},
        {"\xff", 0, 0, 0, ""},
        {"\xd8\x9c", 0, 0, 0, ""},     /* turns text */
        {"\xc2\x9b", 0, 0, 0, ""},     /* steers terminals */
        {"\xcc\x81", 0, 0, 0, ""},     /* stands on what is before it */
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct key k;
        char shown[24];
        assert_int_equal(key_parse(t[i].text, strlen(t[i].text), &k), t[i].used);
        if (!t[i].used)
            continue;
        assert_int_equal(k.code, t[i].code);
        assert_int_equal(k.mods, t[i].mods);
        key_format(&k, shown, sizeof shown);
        assert_string_equal(shown, t[i].shown);
    }
}

struct errors { int count; char lines[12][700]; };

static void keep_error(void *ctx, const struct err *e)
{
    struct errors *all = ctx;
    assert_true(all->count < 12);
    err_line(e, all->lines[all->count++], sizeof all->lines[0]);
}

static void errors_name_the_place_and_reading_goes_on(void **state)
{
    static const char text[] =
        "bind queue j down\n"
        "bnid queue k up\n"
        "bind quue k up\n"
        "bind queue <Entr> open\n"
        "  bind queue x slect   \n"
        "bind queue abcde open\n"
        "bind queue\n"
        "bind queue z\n"
        "bind prompt c claim\n"
        "bind queue c claim everything\n"
        "# a comment\r\n"
        "\n"
        "unbind queue j now\n"
        "bind queue k up\r\n"
        "bind lists \x1b[31m x\n"
        "bind queue G bottom";
    static const char *const starts[] = {
        "my.keys:2:1: \"bnid\"", "my.keys:3:6: \"quue\"", "my.keys:4:12: \"<Entr>\"", "my.keys:5:16: there is no action \"slect\"",
        "my.keys:6:16: more than 4", "my.keys:7:11: the keys", "my.keys:8:13: the action", "my.keys:9:15: \"claim\" does nothing",
        "my.keys:10:20: \"everything\"", "my.keys:13:16: \"now\"", "my.keys:15:12: ",
    };
    struct keymap m;
    struct errors all = {0};
    const struct binding *b;
    (void)state;
    keymap_init(&m);
    assert_int_equal(keymap_read(&m, "my.keys", text, sizeof text - 1, keep_error, &all), sizeof starts / sizeof starts[0]);
    for (int i = 0; i < all.count; i++) {
        assert_memory_equal(all.lines[i], starts[i], strlen(starts[i]));
        assert_null(strchr(all.lines[i], 0x1b));
    }
    assert_int_equal(m.count, 3);
    struct key k = {.code = 'G'};
    assert_int_equal(keymap_find(&m, IN_QUEUE, &k, 1, &b), KEYMAP_FOUND);
    assert_int_equal(b->action, ACTION_BOTTOM);
    keymap_finish(&m);
}

static void later_bindings_win(void **state)
{
    static const char text[] = "bind lists c claim\nbind queue c copy\nbind queue cc quit\nunbind detail c\nbind queue v view My own\n";
    struct keymap m;
    const struct binding *b;
    struct key keys[2] = {{.code = 'c'}, {.code = 'c'}};
    char shown[16];
    (void)state;
    keymap_init(&m);
    assert_int_equal(keymap_read(&m, "x", text, sizeof text - 1, NULL, NULL), 0);
    assert_int_equal(keymap_find(&m, IN_QUEUE, keys, 1, &b), KEYMAP_PREFIX);
    assert_int_equal(b->action, ACTION_COPY);
    assert_int_equal(keymap_find(&m, IN_QUEUE, keys, 2, &b), KEYMAP_FOUND);
    assert_int_equal(keymap_find(&m, IN_DETAIL, keys, 1, &b), KEYMAP_NONE);
    assert_true(keymap_keys_of(&m, IN_QUEUE, ACTION_QUIT, NULL, shown, sizeof shown));
    assert_string_equal(shown, "cc");
    assert_true(keymap_keys_of(&m, IN_QUEUE, ACTION_VIEW, "My own", shown, sizeof shown));
    assert_false(keymap_keys_of(&m, IN_QUEUE, ACTION_HELP, NULL, shown, sizeof shown));
    keymap_finish(&m);
}

/* What nobody can work without, in every keymap. */
static void builtin_keymaps_are_whole(void **state)
{
    static const char *const names[] = {"default", "vim", "emacs"};
    static const enum action queue[] = {
        ACTION_DOWN, ACTION_UP, ACTION_PAGE_DOWN, ACTION_PAGE_UP, ACTION_TOP, ACTION_BOTTOM, ACTION_OPEN, ACTION_BACK,
        ACTION_NEXT_STEP, ACTION_CLAIM, ACTION_RELEASE, ACTION_ASSIGN, ACTION_TAKE_NEXT, ACTION_SNOOZE, ACTION_WAIT,
        ACTION_NOTE, ACTION_SEVERITY, ACTION_RESOLVE, ACTION_REOPEN, ACTION_UNDO, ACTION_COPY, ACTION_SELECT,
        ACTION_SELECT_ALL, ACTION_FILTER, ACTION_SORT, ACTION_COMMAND, ACTION_HELP, ACTION_QUIT, ACTION_REFRESH};
    static const enum action prompt[] = {
        ACTION_ACCEPT, ACTION_BACK, ACTION_COMPLETE, ACTION_COMPLETE_BACK, ACTION_HISTORY_PREV, ACTION_HISTORY_NEXT,
        ACTION_EDIT_LEFT, ACTION_EDIT_RIGHT, ACTION_EDIT_HOME, ACTION_EDIT_END, ACTION_EDIT_BACKSPACE,
        ACTION_EDIT_DELETE, ACTION_EDIT_KILL_WORD, ACTION_EDIT_KILL_LINE, ACTION_EDIT_KILL_END};
    static const enum action menu[] = {ACTION_UP, ACTION_DOWN, ACTION_ACCEPT, ACTION_BACK};
    static const unsigned ways_out[] = {IN_QUEUE, IN_DETAIL, IN_HELP, IN_RESULTS, IN_COMPOSE, IN_EDITOR, IN_BULK};
    char shown[16];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct keymap m;
        struct errors all = {0};
        size_t size;
        const char *text = keymap_builtin(names[i], &size);
        assert_non_null(text);
        keymap_init(&m);
        assert_int_equal(keymap_read(&m, names[i], text, size, keep_error, &all), 0);
        for (size_t k = 0; k < sizeof queue / sizeof queue[0]; k++)
            assert_true(keymap_keys_of(&m, IN_QUEUE, queue[k], NULL, shown, sizeof shown));
        for (size_t k = 0; k < sizeof prompt / sizeof prompt[0]; k++)
            assert_true(keymap_keys_of(&m, IN_PROMPT, prompt[k], NULL, shown, sizeof shown));
        for (size_t k = 0; k < sizeof menu / sizeof menu[0]; k++)
            assert_true(keymap_keys_of(&m, IN_MENU, menu[k], NULL, shown, sizeof shown));
        for (size_t k = 0; k < sizeof ways_out / sizeof ways_out[0]; k++)
            assert_true(keymap_keys_of(&m, ways_out[k], ACTION_BACK, NULL, shown, sizeof shown));
        for (size_t k = 0; k < m.count; k++) {      /* typed letters must reach a prompt */
            const struct key *first = &m.at[k].keys[0];
            assert_false((m.at[k].contexts & IN_TEXT) && !first->mods && first->code < KEY_BASE);
        }
        keymap_finish(&m);
    }
    assert_null(keymap_builtin("nano", &(size_t){0}));
}

/* Every action can be reached: by a key of the default keymap or by its name. */
static void every_action_is_reachable(void **state)
{
    struct rig rig;
    char shown[16];
    (void)state;
    rig_start(&rig);
    for (int i = 0; i < ACTION_COUNT; i++) {
        enum action a = (enum action)i, found;
        size_t arg, at;
        bool bound = false;
        for (unsigned bit = 1; bit <= IN_BULK; bit <<= 1)
            bound |= keymap_keys_of(&rig.keymap, bit, a, NULL, shown, sizeof shown);
        bool named = palette_lists(a) && palette_parse(action_info(a)->name, &found, &arg, &at, NULL) && found == a;
        assert_true(bound || named);
        assert_true(action_parse(action_info(a)->name, strlen(action_info(a)->name), &found));
        assert_int_equal(found, a);
    }
    rig_stop(&rig);
}

/* Every row of the table is handled wherever it may be pressed, live or not. */
static void every_action_dispatches(void **state)
{
    static struct world world;
    static const char *const into[] = {"", "<Tab>", "?", "/", "s", "x", "m", ";"};
    (void)state;
    for (int i = 0; i < ACTION_COUNT; i++) {
        for (size_t k = 0; k < sizeof into / sizeof into[0]; k++) {
            struct rig rig;
            rig_live(&rig, &world, 30);
            if (k % 2)
                rig_link(&rig, LINK_DOWN, "gone");
            rig_keys(&rig, into[k]);
            dispatch(&rig.m, &rig.fx, (enum action)i, "");
            rig_drain(&rig);
            rig_settle(&rig, &world);
            rig_stop(&rig);
        }
    }
}

static void sequences_wait_and_run_out(void **state)
{
    static struct world world;
    struct rig rig;
    (void)state;
    rig_live(&rig, &world, 30);
    rig_keys(&rig, "jjjg");
    assert_int_equal(rig.m.pending_count, 1);
    assert_int_equal(rig.m.queue.cursor, 3);
    rig_keys(&rig, "g");
    assert_int_equal(rig.m.queue.cursor, 0);
    rig_keys(&rig, "jg");
    rig_pass(&rig, 1500);
    assert_int_equal(rig.m.pending_count, 0);
    assert_int_equal(rig.m.queue.cursor, 1);
    rig_keys(&rig, "gq");
    assert_int_equal(rig.quits, 0);
    assert_non_null(strstr(rig.m.toast, "g q does nothing"));
    rig_keys(&rig, "q");
    assert_int_equal(rig.quits, 1);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read), cmocka_unit_test(errors_name_the_place_and_reading_goes_on),
        cmocka_unit_test(later_bindings_win), cmocka_unit_test(builtin_keymaps_are_whole),
        cmocka_unit_test(every_action_is_reachable), cmocka_unit_test(every_action_dispatches),
        cmocka_unit_test(sequences_wait_and_run_out),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
