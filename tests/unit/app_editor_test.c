/* The editor of messages: wrapping, moving, cleaning, and the way back of every change. */
#include "unit/app_helpers.h"

#include "app/editor.h"
#include "base/utf8.h"

static void insert(struct editor *e, const char *text, bool typed)
{
    if (!typed) {
        assert_true(editor_insert(e, text, strlen(text), false));
        return;
    }
    for (const char *p = text; *p; p++)
        assert_true(editor_insert(e, p, 1, true));
}

static void rows_are(const char *text, int width, const char *expected)
{
    char got[512] = "";
    size_t len = strlen(text), from = 0, next, end;
    do {
        end = editor_row(text, len, from, width, &next);
        snprintf(got + strlen(got), sizeof got - strlen(got), "[%.*s]", (int)(end - from), text + from);
        assert_true(next > from || end == len);
        from = next;
    } while (end < len);
    assert_string_equal(got, expected);
}

static void words_wrap(void **state)
{
    (void)state;
    rows_are("", 10, "[]");
    rows_are("one two three", 7, "[one two][three]");
    rows_are("one two three", 8, "[one two][three]");
    rows_are("one\n\ntwo\n", 8, "[one][][two][]");
    rows_are("unbreakable", 4, "[unbr][eaka][ble]");
    rows_are("a unbreakable", 4, "[a][unbr][eaka][ble]");
    rows_are("\u5c71\u7530\u592a", 5, "[\u5c71\u7530][\u592a]");       /* two columns each */
    rows_are("\u5c71\u7530", 1, "[\u5c71][\u7530]");                   /* wider than the row, and still an end */
    rows_are("Mu\u0308 ller", 2, "[Mu\u0308][ll][er]");                /* a mark stays with its letter */
    rows_are("five ", 4, "[five][]");                                  /* what is typed next has a row to go to */
}

static void the_caret_has_a_place(void **state)
{
    static const struct { const char *text; int width; size_t at; int row, col; } t[] = {
        {"one two", 10, 0, 0, 0}, {"one two", 10, 7, 0, 7}, {"one two three", 7, 7, 0, 7}, {"one two three", 7, 8, 1, 0},
        {"one two three", 7, 13, 1, 5}, {"abcdef", 3, 3, 1, 0}, {"a\n", 9, 2, 1, 0}, {"\u5c71\u7530", 9, 3, 0, 2}, {"five ", 4, 5, 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        int row, col;
        editor_place(t[i].text, strlen(t[i].text), t[i].width, t[i].at, &row, &col);
        assert_int_equal(row, t[i].row);
        assert_int_equal(col, t[i].col);
    }
}

static void up_and_down_keep_the_column(void **state)
{
    struct editor e = {0};
    (void)state;
    editor_open(&e, "a long first row\nab\nthe third of them", false);
    e.at = 10;
    assert_true(editor_do(&e, ACTION_EDIT_DOWN, 40, 5));
    assert_int_equal(e.at, 19);                    /* the end of "ab" */
    editor_do(&e, ACTION_EDIT_DOWN, 40, 5);
    assert_int_equal(e.at, 30);                    /* column 10 again */
    editor_do(&e, ACTION_EDIT_DOWN, 40, 5);
    assert_int_equal(e.at, 30);                    /* there is no row below */
    editor_do(&e, ACTION_EDIT_PAGE_UP, 40, 9);
    assert_int_equal(e.at, 0);
    editor_do(&e, ACTION_EDIT_BOTTOM, 40, 5);
    assert_int_equal(e.at, e.len);
    editor_finish(&e);
    editor_open(&e, "abcdef", false);              /* broken without a blank: up from the second row stays on the first */
    editor_do(&e, ACTION_EDIT_UP, 3, 5);
    assert_int_equal(e.at, 2);
    editor_finish(&e);
}

static void words_are_taken_back_whole(void **state)
{
    struct editor e = {0};
    (void)state;
    editor_open(&e, "", false);
    insert(&e, "hello big world", true);
    editor_undo(&e);
    assert_string_equal(e.text, "hello big ");
    editor_undo(&e);
    assert_string_equal(e.text, "hello ");
    editor_redo(&e);
    assert_string_equal(e.text, "hello big ");
    insert(&e, "new", true);
    assert_false(editor_redo(&e));                 /* something else was written instead */
    assert_string_equal(e.text, "hello big new");
    for (int i = 0; i < 3; i++)
        editor_do(&e, ACTION_EDIT_BACKSPACE, 40, 5);
    assert_string_equal(e.text, "hello big ");
    editor_undo(&e);                               /* a run erased comes back at once */
    assert_string_equal(e.text, "hello big new");
    assert_int_equal(e.at, e.len);
    editor_do(&e, ACTION_EDIT_HOME, 40, 5);
    insert(&e, "X", true);
    editor_do(&e, ACTION_EDIT_END, 40, 5);
    insert(&e, "Y", true);
    editor_undo(&e);                               /* moving ends a group */
    assert_string_equal(e.text, "Xhello big new");
    while (editor_undo(&e)) {
    }
    assert_string_equal(e.text, "");
    while (editor_redo(&e)) {
    }
    assert_string_equal(e.text, "Xhello big newY");
    editor_finish(&e);
}

static void lines_are_cut_and_joined(void **state)
{
    struct editor e = {0};
    (void)state;
    editor_open(&e, "one two\nthree", false);
    e.at = 4;
    editor_do(&e, ACTION_EDIT_KILL_END, 40, 5);
    assert_string_equal(e.text, "one \nthree");
    editor_do(&e, ACTION_EDIT_KILL_END, 40, 5);
    assert_string_equal(e.text, "one three");
    editor_do(&e, ACTION_EDIT_KILL_LINE, 40, 5);
    assert_string_equal(e.text, "three");
    editor_do(&e, ACTION_EDIT_END, 40, 5);
    editor_do(&e, ACTION_EDIT_KILL_WORD, 40, 5);
    assert_string_equal(e.text, "");
    assert_false(editor_do(&e, ACTION_CLAIM, 40, 5));
    editor_finish(&e);
}

static void characters_go_whole(void **state)
{
    struct editor e = {0};
    (void)state;
    editor_open(&e, "a\u5c71u\u0308", false);
    editor_do(&e, ACTION_EDIT_BACKSPACE, 40, 5);
    assert_string_equal(e.text, "a\u5c71");
    editor_do(&e, ACTION_EDIT_BACKSPACE, 40, 5);
    assert_string_equal(e.text, "a");
    insert(&e, "\u0308", false);                   /* a mark typed after its letter */
    assert_string_equal(e.text, "a\u0308");
    editor_do(&e, ACTION_EDIT_BACKSPACE, 40, 5);
    insert(&e, "\u0308", false);                   /* and one without */
    assert_string_equal(e.text, "");
    editor_finish(&e);
}

static void pastes_are_cleaned_and_bounded(void **state)
{
    struct editor e = {0};
    char *big = xcalloc(40001, 1);
    (void)state;
    memset(big, 'x', 40000);
    memcpy(big + EDITOR_MOST - 4, "\u5c71", 3);
    editor_open(&e, "ab", false);
    insert(&e, "one\r\ntwo\rthree\x1b[31m\x07\xe2\x80\xae", false);
    assert_string_equal(e.text, "abone\ntwo\nthree[31m");
    assert_false(editor_insert(&e, big, 40000, false));
    assert_true(e.len <= EDITOR_MOST);
    assert_int_equal(strlen(e.text), e.len);
    editor_undo(&e);                               /* a paste is one change */
    assert_string_equal(e.text, "abone\ntwo\nthree[31m");
    editor_finish(&e);
    editor_open(&e, "", false);
    assert_false(editor_insert(&e, big, 40000, false));
    assert_true(utf8_valid(e.text, e.len));        /* no character cut in two at the bound */
    editor_finish(&e);
    editor_open(&e, "", true);
    insert(&e, "a subject\nof two lines", false);
    assert_string_equal(e.text, "a subject of two lines");
    editor_finish(&e);
    free(big);
}

/* Whatever is pressed: the text stays whole, and every change can be taken back. */
static void anything_pressed(void **state)
{
    static const enum action actions[] = {
        ACTION_EDIT_LEFT, ACTION_EDIT_RIGHT, ACTION_EDIT_UP, ACTION_EDIT_DOWN, ACTION_EDIT_WORD_LEFT, ACTION_EDIT_WORD_RIGHT,
        ACTION_EDIT_HOME, ACTION_EDIT_END, ACTION_EDIT_BACKSPACE, ACTION_EDIT_DELETE, ACTION_EDIT_KILL_WORD, ACTION_EDIT_KILL_LINE,
        ACTION_EDIT_KILL_END, ACTION_EDIT_NEWLINE, ACTION_EDIT_PAGE_UP, ACTION_EDIT_PAGE_DOWN, ACTION_EDIT_TOP, ACTION_EDIT_BOTTOM};
    static const char *const texts[] = {"a", " ", "\u5c71", "\u0308", "word ", "\n", "lo\u0301ng"};
    uint64_t seed = 7;
    struct editor e = {0};
    (void)state;
    editor_open(&e, "The text as it was.\nIn two lines.", false);
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned pick = (unsigned)(seed >> 33);
        if (pick % 5 == 0)
            editor_undo(&e);
        else if (pick % 11 == 0)
            editor_redo(&e);
        else if (pick % 3 == 0)
            editor_insert(&e, texts[pick / 16 % 7], strlen(texts[pick / 16 % 7]), pick % 2);
        else
            editor_do(&e, actions[pick / 16 % 18], 1 + (int)(pick / 512 % 30), 4);
        assert_true(e.at <= e.len);
        assert_int_equal(strlen(e.text), e.len);
        assert_true(utf8_valid(e.text, e.len));
        assert_true(utf8_valid(e.text, e.at));
    }
    editor_finish(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_wrap), cmocka_unit_test(the_caret_has_a_place), cmocka_unit_test(up_and_down_keep_the_column),
        cmocka_unit_test(words_are_taken_back_whole), cmocka_unit_test(lines_are_cut_and_joined),
        cmocka_unit_test(characters_go_whole), cmocka_unit_test(pastes_are_cleaned_and_bounded), cmocka_unit_test(anything_pressed),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
