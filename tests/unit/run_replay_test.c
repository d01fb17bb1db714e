/* Records read back: a made-up week goes the same way twice, and what is no record is refused by its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <unistd.h>

#include "base/utf8.h"
#include "core/scrub.h"
#include "run/replay.h"
#include "week.h"

static size_t read_file(void *ctx, char *out, size_t size) { return fread(out, 1, size, ctx); }

static enum replay_event play(struct replay *r, struct err *e)
{
    enum replay_event event;
    while ((event = replay_step(r, e)) == REPLAY_MESSAGE || event == REPLAY_FRAME)
        ;
    return event;
}

static void test_a_week(void **state)
{
    (void)state;
    const char *first;
    struct err e;
    FILE *f = tmpfile();
    learn("tests/fixtures/replay/full.rec");
    make_week(dup(fileno(f)), 4000);
    rewind(f);
    struct replay *r = replay_create("week", &(struct replay_source){read_file, f}, 0, 0);
    assert_int_equal(play(r, &e), REPLAY_END);
    assert_int_equal(replay_differences(r, &first), 0);
    assert_true(replay_messages(r) >= 4000);
    replay_destroy(r);
    fclose(f);
    unlearn();
}

static struct { const char *text; size_t at; } memory;

static size_t read_memory(void *ctx, char *out, size_t size)
{
    (void)ctx;
    size_t n = strlen(memory.text + memory.at) < size ? strlen(memory.text + memory.at) : size;
    memcpy(out, memory.text + memory.at, n);
    memory.at += n;
    return n;
}

static enum replay_event play_text(const char *text, struct err *e)
{
    memory.text = text;
    memory.at = 0;
    struct replay *r = replay_create("a.rec", &(struct replay_source){read_memory, NULL}, 0, 0);
    enum replay_event event = play(r, e);
    replay_destroy(r);
    return event;
}

#define BEGINNING "doorstep-record 1 \"0\" 1 full\nsettings 0 0 0 0 0 0 0 \"default\" \"\" \"\"\nb 1 down \"\" 106 0\nbegin 1 1 1763812800000 0\n"

static void test_damaged(void **state)
{
    (void)state;
    struct err e;
    static const struct { const char *text, *where; } cases[] = {
        {"", "a.rec:1"},
        {"{\"a\": 1}\n", "a.rec:1"},
        {"doorstep-record 1 \"0\" 1 full\nsettings 0 0\n", "a.rec:2"},
        {BEGINNING "0 z 24 80\n5 k 106 0 0 0\n7 ? 1\n", "a.rec:7"},
        {BEGINNING "0 z 24 80000\n", "a.rec:5"},
        {BEGINNING "9223372036854775807 t clock\n", "a.rec:5"},
        {BEGINNING "1 h \"e 1:2\"\n", "a.rec:5"},
        {BEGINNING "1 k 106 0 0 0 0\n", "a.rec:5"},
        {BEGINNING "1 p \"\\x0\"\n", "a.rec:5"},
        {BEGINNING "1 l live 0 \"\" \"\" \"\" -\na 1 0\n1 r 1 ok | R 1 1 1 \"x\" 20\n", "a.rec:7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (play_text(cases[i].text, &e) != REPLAY_DAMAGED)
            fail_msg("taken for whole: %s", cases[i].text);
        assert_int_equal(e.code, ERR_INPUT);
        assert_string_equal(e.where, cases[i].where);
    }
    assert_int_equal(play_text("doorstep-record 2 \"0\" 1 full\n", &e), REPLAY_DAMAGED);
    assert_non_null(strstr(e.text, "format 2"));
    assert_int_equal(play_text(BEGINNING "0 z 24 80\n1 k 10", &e), REPLAY_END);   /* torn */
}

static char *kept(void (*scrub)(const struct scrub *, struct buf *, const char *, size_t), const char *text)
{
    static const struct scrub key = {.key = {1, 2}};
    struct buf out;
    buf_init(&out, 0);
    scrub(&key, &out, text, strlen(text));
    return buf_take(&out);
}

#define KEEPS(scrub, text, wanted)              \
    do {                                        \
        char *got = kept(scrub, text);          \
        assert_string_equal(got, wanted);       \
        free(got);                              \
    } while (0)

static void note_cell(const struct scrub *s, struct buf *out, const char *text, size_t n) { scrub_cell(s, out, "note", text, n); }
static void state_cell(const struct scrub *s, struct buf *out, const char *text, size_t n) { scrub_cell(s, out, "state", text, n); }

static void test_scrubbed(void **state)
{
    (void)state;
    KEEPS(scrub_mask, "Rosa Delgado, 1Z99", "Xxxx Xxxxxxx, 0X00");
    KEEPS(scrub_mask, "José Ångström, ü 1", "Xxxx Xxxxxxxx, x 0");
    KEEPS(scrub_mask, "Jose\u0301 Łukasz", "Ýxxx xxxxxx");      /* more room in an SMS, and which letter it is stays hidden */
    KEEPS(scrub_mask, "山田 – Ольга! יעל", "一一 – ýxxxx! xxx");
    KEEPS(scrub_mask, "ℂ Ⅷ ⓐ ⁿ 1ª → x", "ý x x x 0x → x");
    KEEPS(scrub_filter, "kind:lost,held -tracking:1Z99 \"Rosa D\" tier:gold sla:<30m sort:newest", "kind:lost,held -tracking:0X00 \"Xxxx X\" tier:gold sla:<30m sort:newest");
    KEEPS(scrub_filter, "owner:me,none", "owner:me,none");
    KEEPS(scrub_filter, "kind:nonsense Rosa", "xxxx:xxxxxxxx Xxxx");
    KEEPS(note_cell, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z");
    KEEPS(note_cell, "address_issue", "xxxxxxx_xxxxx");
    KEEPS(note_cell, "[call] Rosa 4711", "[xxxx] Xxxx 4711");
    KEEPS(note_cell, "Hola {{customer.name}}{{! Rosa }}", "Xxxx {{customer.name}}{{! Xxxx }}");
    KEEPS(state_cell, "working", "working");
    KEEPS(state_cell, "Rosa Delgado", "Xxxx Xxxxxxx");
    KEEPS(state_cell, "15125550147", "00000000000");
    KEEPS(note_cell, "{\"state\": \"new\", \"to\": \"a@b.org\", \"n\": 12, \"ok\": true}", "{\"state\": \"new\", \"to\": \"x@x.xxx\", \"n\": 12, \"ok\": true}");
    char *one = kept(scrub_name, "maria"), *two = kept(scrub_name, "Maria Lopez");
    assert_string_not_equal(one, "maria");
    assert_int_equal(strlen(one), 5);
    assert_memory_equal(one + 1, two + 1, 4);
    free(one);
    free(two);
    one = kept(scrub_name, "José – 鈴木");
    two = kept(scrub_name, "Lukáš – 拓海");
    assert_null(strstr(one, "é"));
    assert_null(strstr(two, "á"));
    assert_int_equal(utf8_width(one, strlen(one)), 4 + 3 + 4);
    assert_int_equal(utf8_width(two, strlen(two)), 5 + 3 + 4);
    assert_string_not_equal(strstr(one, " – "), strstr(two, " – "));
    free(one);
    free(two);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_week), cmocka_unit_test(test_damaged), cmocka_unit_test(test_scrubbed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
