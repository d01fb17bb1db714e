/* What is typed, as keys; and terminals that cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <time.h>

#include "unit/term_fixture.h"

static struct far_end far_end;

static int setup(void **state)
{
    struct err e = {0};
    (void)state;
    far_open(&far_end, "xterm-256color", 24, 80);
    struct term_options o = {.in = far_end.slave, .out = far_end.slave, .mouse = true};
    if (!term_open(&o, &e))
        fail_msg("%s", e.text);
    far_read(&far_end);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    far_close(&far_end);
    return 0;
}

/* The next key. */
static bool next(struct term_event *out)
{
    struct pollfd p = {.fd = term_fd(), .events = POLLIN};
    do
        if (term_next(out))
            return true;
    while (poll(&p, 1, FAR_MS) > 0);
    return false;
}

static void keys(void **state)
{
    static const struct { const char *bytes, *names; } cases[] = {
        {"j", "j"}, {"G", "G"}, {" ", "Space"}, {"\r", "Enter"}, {"\t", "Tab"}, {"\x7f", "BS"}, {"\x01", "C-a"}, {"\x18\x13", "C-x C-s"},
        {"\x1b", "Esc"}, {"\x1b\x1b", "Esc Esc"}, {"\x1bx", "M-x"}, {"\x1b\x7f", "M-BS"}, {"\xc3\xa9", "\u00e9"}, {"\xe5\xb1\xb1", "\u5c71"},
        {"\x1b[A", "Up"}, {"\x1bOA", "Up"}, {"\x1b[B", "Down"}, {"\x1bOC", "Right"}, {"\x1b[D", "Left"},
        {"\x1b[H", "Home"}, {"\x1b[1~", "Home"}, {"\x1bOF", "End"}, {"\x1b[5~", "PgUp"}, {"\x1b[6~", "PgDn"}, {"\x1b[3~", "Del"},
        {"\x1b[Z", "S-Tab"}, {"\x1bOP", "F1"}, {"\x1b[15~", "F5"}, {"\x1b[24~", "F12"},
        {"\x1b[1;5D", "C-Left"}, {"\x1b[1;5C", "C-Right"}, {"\x1b[1;3A", "M-Up"},
        /* sequences nobody knows must not act as the letters in them */
        {"\x1b[1;6Rq", "q"}, {"\x1b[?62;c!", "!"}, {"\x1b]11;rgb:0/0/0\x07k", "k"}, {"\x1bP>|xterm\x1b\\k", "k"},
        {"jk\x1b[Al", "j k Up l"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char got[128] = "";
        far_type(&far_end, cases[i].bytes, strlen(cases[i].bytes));
        struct term_event e;
        while (strlen(got) < strlen(cases[i].names) && next(&e)) {
            char name[24];
            key_format(&e.key, name, sizeof name);
            size_t used = strlen(got);
            snprintf(got + used, sizeof got - used, "%s%s", used ? " " : "", name);
        }
        if (strcmp(got, cases[i].names) != 0 || term_next(&e))
            fail_msg("case %zu: \"%s\" instead of \"%s\"", i, got, cases[i].names);
    }
}

static void paste(void **state)
{
    struct term_event e;
    (void)state;
    static const char first[] = "\x1b[200~1Z999 \xc3\xa9\rq", rest[] = "\x1b[Ax\x1b[201~j";
    far_type(&far_end, first, sizeof first - 1);
    struct pollfd p = {.fd = term_fd(), .events = POLLIN};
    assert_int_equal(poll(&p, 1, FAR_MS), 1);
    assert_false(term_next(&e));
    far_type(&far_end, rest, sizeof rest - 1);
    assert_true(next(&e));
    assert_non_null(e.paste);
    assert_string_equal(e.paste, "1Z999 \u00e9\nqx");
    free(e.paste);
    assert_true(next(&e));
    assert_int_equal(e.key.code, 'j');
    assert_null(e.paste);
}

/* Bytes that are no characters stop neither the paste nor the keys behind it. */
static void paste_of_another_encoding(void **state)
{
    struct term_event e;
    (void)state;
    static const char bytes[] = "\x1b[200~caf\xe9 \xff\xfe""a\xc3\xc3\xa9 \xe2\x82\x1b[201~j\xe9k";
    far_type(&far_end, bytes, sizeof bytes - 1);
    assert_true(next(&e));
    assert_non_null(e.paste);
    assert_string_equal(e.paste, "caf a\u00e9 ");
    free(e.paste);
    assert_true(next(&e));
    assert_int_equal(e.key.code, 'j');
    assert_true(next(&e));
    assert_int_equal(e.key.code, 'k');
}

/* The end of a paste can be lost with the connection it came over: it does not eat the keys
 * of the rest of the day. */
static void paste_without_end(void **state)
{
    struct term_event e = {0};
    (void)state;
    far_type(&far_end, "\x1b[200~1Z9", 9);
    bool came = false;
    for (int i = 0; i < 6000 && !came; i++) {
        came = term_next(&e);
        usleep(10000);
    }
    assert_true(came);
    assert_string_equal(e.paste, "1Z9");
    free(e.paste);
    far_type(&far_end, "j", 1);
    assert_true(next(&e));
    assert_int_equal(e.key.code, 'j');
}

/* A paste far too long is cut, and what follows it is keys again. */
static void long_paste(void **state)
{
    static char block[1001];
    struct term_event e = {0};
    (void)state;
    memset(block, 'a', 1000);
    far_type(&far_end, "\x1b[200~", 6);
    for (int i = 0; i < 80; i++) {
        far_type(&far_end, block, 1000);
        while (term_next(&e))
            fail_msg("a key out of a paste");
        usleep(1000);
    }
    far_type(&far_end, "\x1b[201~", 6);
    assert_true(next(&e));
    assert_non_null(e.paste);
    assert_true(strlen(e.paste) == TERM_PASTE_MAX);
    free(e.paste);
    far_type(&far_end, "j", 1);
    assert_true(next(&e));
    assert_int_equal(e.key.code, 'j');
}

/* What comes until a Q, as words. */
static void until_q(char *got, size_t size)
{
    struct term_event e = {0};
    while (e.key.code != 'Q') {
        char name[24];
        if (!next(&e))
            fail_msg("no Q after \"%s\"", got);
        key_format(&e.key, name, sizeof name);
        size_t used = strlen(got);
        snprintf(got + used, size - used, e.paste ? "<%s> " : "%s ", e.paste ? e.paste : name);
        free(e.paste);
    }
}

/* Types bytes in pieces, each read before the next is typed, so that what ncurses makes of a beginning alone is made. */
static void in_pieces(const char *bytes, size_t n, size_t from, size_t step, char *got, size_t size)
{
    got[0] = '\0';
    for (size_t at = 0; at < n;) {
        size_t len = at == 0 ? from : step;
        len = len < n - at ? len : n - at;
        far_type(&far_end, bytes + at, len);
        at += len;
        struct pollfd p = {.fd = term_fd(), .events = POLLIN};
        assert_int_equal(poll(&p, 1, FAR_MS), 1);
        struct term_event e;
        while (at < n && term_next(&e)) {
            char name[24];
            key_format(&e.key, name, sizeof name);
            size_t used = strlen(got);
            snprintf(got + used, size - used, e.paste ? "<%s> " : "%s ", e.paste ? e.paste : name);
            free(e.paste);
        }
    }
    until_q(got, size);
}

static void without(char *got, const char *word)
{
    char *at = strstr(got, word);
    if (at)
        memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
}

/* However the line cuts and delays it, a paste is the same paste: its marks are found in pieces, terminals' answers and keys in
 * the middle of it are none of its text, and nothing of it is a key. A cut behind the mark's ESC cannot be told from the key. */
static void paste_in_pieces(void **state)
{
    static const char *const streams[] = {
        "\033[200~1Z9 \xc3\xa9\rq=\033[201~Q",
        "a\033[200~kind\033[0n:lo\033[Ast\033[?62;1;4c =\033[1;5Cx\033[201~jQ",
        "\033[200~\033[201~\033[200~==\033[201~Q",
    };
    static const char *const results[] = {"<1Z9 \u00e9\nq=> Q ", "a <kind:lost =x> j Q ", "<> <==> Q "};
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        char got[256];
        size_t n = strlen(streams[i]);
        for (size_t cut = 1; cut <= n; cut++) {
            in_pieces(streams[i], n, cut, n, got, sizeof got);
            if (cut < n && streams[i][cut - 1] == '\033')
                without(got, "Esc ");
            if (cut < n && cut > 1 && streams[i][cut - 2] == '\033')
                without(got, "M-[ ");
            if (strcmp(got, results[i]) != 0)
                fail_msg("stream %zu cut at %zu: \"%s\" instead of \"%s\"", i, cut, got, results[i]);
        }
        for (size_t step = 2; step < 9; step++) {
            in_pieces(streams[i], n, step, step, got, sizeof got);
            for (int mark = 0; mark < 2; mark++)       /* of two pastes at most */
                without(got, "Esc "), without(got, "M-[ ");
            if (strcmp(got, results[i]) != 0)
                fail_msg("stream %zu in pieces of %zu: \"%s\" instead of \"%s\"", i, step, got, results[i]);
        }
    }
}

/* Sequences that come in two pieces are what they are in one; none of their bytes is a letter. */
static void keys_in_pieces(void **state)
{
    static const struct { const char *bytes, *names; } cases[] = {
        {"\033[1;5DQ", "C-Left Q "}, {"\033[3;5~Q", "C-Del Q "}, {"\033[?62;1;4cQ", "Q "}, {"\033[?2026;2$yQ", "Q "}, {"\033[?1uQ", "Q "}, {"\033[0nQ", "Q "},
        {"\033[12;40RQ", "Q "}, {"\033]11;rgb:0000/0000/0000\033\\Q", "Q "}, {"\033P>|term\033\\Q", "Q "}, {"\033]52;c;AAAA\aQ", "Q "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = strlen(cases[i].bytes);
        for (size_t cut = 3; cut < n; cut++) {
            char got[256];
            struct timespec before, after;
            clock_gettime(CLOCK_MONOTONIC, &before);
            in_pieces(cases[i].bytes, n, cut, n, got, sizeof got);
            clock_gettime(CLOCK_MONOTONIC, &after);
            if (after.tv_sec - before.tv_sec > 1 && cases[i].bytes[1] != '[')
                continue;              /* the machine stood still so long that a string counts as lost */
            if (strcmp(got, cases[i].names) != 0)
                fail_msg("case %zu cut at %zu: \"%s\" instead of \"%s\"", i, cut, got, cases[i].names);
        }
    }
}

/* A line that stands still in the middle of a paste: what comes then, all at once, is text still. */
static void paste_held_up(void **state)
{
    struct term_event e = {0};
    char got[256] = "";
    (void)state;
    far_type(&far_end, "\033[200~one ", 10);
    struct pollfd p = {.fd = term_fd(), .events = POLLIN};
    assert_int_equal(poll(&p, 1, FAR_MS), 1);
    assert_false(term_next(&e));
    sleep(4);
    far_type(&far_end, "two three four", 14);
    assert_int_equal(poll(&p, 1, FAR_MS), 1);
    assert_false(term_next(&e));
    far_type(&far_end, "\033[201~Q", 7);
    until_q(got, sizeof got);
    assert_string_equal(got, "<one two three four> Q ");
}

static void mouse(void **state)
{
    struct term_event e;
    (void)state;
    static const char click[] = "\x1b[<0;11;6M", wheel[] = "\x1b[<64;1;1M";
    far_type(&far_end, click, sizeof click - 1);
    assert_true(next(&e));
    assert_int_equal(e.key.code, KEY__CLICK);
    assert_int_equal(e.key.row, 5);
    assert_int_equal(e.key.col, 10);
    far_type(&far_end, wheel, sizeof wheel - 1);
    assert_true(next(&e));
    assert_int_equal(e.key.code, KEY__WHEEL_UP);
}

static void unusable(void **state)
{
    static const struct { const char *name, *says; } cases[] = {
        {"", "TERM=xterm-256color"}, {"no-such-terminal", "is not known"}, {"dumb", "cannot place the cursor"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        struct far_end far;
        far_open(&far, cases[i].name, 24, 80);
        struct term_options o = {.in = far.slave, .out = far.slave};
        assert_false(term_open(&o, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_string_equal(e.where, "TERM");
        assert_non_null(strstr(e.text, cases[i].says));
        far_close(&far);
    }
    struct err e = {0};
    FILE *file = tmpfile();
    struct term_options o = {.in = file, .out = file};
    setenv("TERM", "xterm", 1);
    assert_false(term_open(&o, &e));
    assert_non_null(strstr(e.text, "needs a terminal"));
    fclose(file);
}

static void hang_up(void **state)
{
    (void)state;
    assert_false(term_gone());
    close(far_end.master);
    assert_true(term_gone());
    far_end.master = open("/dev/null", O_RDWR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys, setup, teardown), cmocka_unit_test_setup_teardown(paste, setup, teardown),
        cmocka_unit_test_setup_teardown(paste_of_another_encoding, setup, teardown),
        cmocka_unit_test_setup_teardown(paste_without_end, setup, teardown), cmocka_unit_test_setup_teardown(paste_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_in_pieces, setup, teardown), cmocka_unit_test_setup_teardown(paste_held_up, setup, teardown),
        cmocka_unit_test_setup_teardown(long_paste, setup, teardown), cmocka_unit_test_setup_teardown(mouse, setup, teardown),
        cmocka_unit_test(unusable), cmocka_unit_test_setup_teardown(hang_up, setup, teardown),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
