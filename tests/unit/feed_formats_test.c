/* Every fixture, of every format, against the rows it must give: tests/fixtures/FORMAT/rows.txt
 * has a heading a file and then what the sink got. With FEED_ROWS=FORMAT in the environment
 * the program prints such a file instead, for reading before it is accepted by hand. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed_world.h"

#define FIXTURES "tests/fixtures/"

static int is_document(const struct dirent *d) { return strstr(d->d_name, "json") != NULL; }

/* The rows of a folder's files, in the order of their names. */
static void read_folder(const char *format, struct feed_world *w)
{
    char path[512];
    struct dirent **names;
    struct err e;
    snprintf(path, sizeof path, FIXTURES "%s", format);
    int count = scandir(path, &names, is_document, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        size_t size;
        snprintf(path, sizeof path, FIXTURES "%s/%s", format, names[i]->d_name);
        char *text = feed_world_file(path, &size);
        buf_printf(&w->out, "== %s\n", names[i]->d_name);
        assert_true(feed_world_take(w, "auto", text, size, &e));
        free(text);
        free(names[i]);
    }
    free(names);
}

static void check_folder(const char *format)
{
    struct feed_world w;
    char path[512];
    size_t size;
    feed_world_init(&w);
    read_folder(format, &w);
    snprintf(path, sizeof path, FIXTURES "%s/rows.txt", format);
    char *wanted = feed_world_file(path, &size);
    const char *g = buf_str(&w.out), *want = wanted;
    while (*g || *want) {
        size_t n = strcspn(g, "\n"), m = strcspn(want, "\n");
        if (n != m || memcmp(g, want, n) != 0)
            fail_msg("%s\n  gave   %.*s\n  wanted %.*s", format, (int)n, g, (int)m, want);
        g += n + (g[n] != '\0');
        want += m + (want[m] != '\0');
    }
    free(wanted);
    buf_finish(&w.out);
}

static void easypost(void **state) { (void)state; check_folder("easypost"); }
static void shippo(void **state) { (void)state; check_folder("shippo"); }
static void aftership(void **state) { (void)state; check_folder("aftership"); }
static void shipengine(void **state) { (void)state; check_folder("shipengine"); }
static void seventeen_track(void **state) { (void)state; check_folder("17track"); }
static void doorstep(void **state) { (void)state; check_folder("doorstep"); }
static void fedex(void **state) { (void)state; check_folder("fedex"); }
static void ups(void **state) { (void)state; check_folder("ups"); }
static void usps(void **state) { (void)state; check_folder("usps"); }
static void dhl(void **state) { (void)state; check_folder("dhl"); }
static void canada_post(void **state) { (void)state; check_folder("canada_post"); }

/* The first of the lines that has `part`, in full; fails without one. */
static const char *line_with(const char *lines, const char *part, size_t *size)
{
    const char *row = strstr(lines, part);
    assert_non_null(row);
    while (row > lines && row[-1] != '\n')
        row--;
    *size = strcspn(row, "\n");
    return row;
}

static bool has(const char *row, size_t size, const char *word)
{
    return memmem(row, size, word, strlen(word)) != NULL;
}

/* Every row of the vocabulary: its document is read by shape and without --format's help,
 * and the row has the code the dictionary is to be asked for. */
static void vocabulary(void **state)
{
    static const char *const files[] = {"easypost", "shippo", "aftership", "shipengine", "17track",
                                        "dhl", "usps", "ups", "fedex", "canada_post"};
    struct feed_world w;
    struct err e;
    size_t size;
    int lines = 0;
    (void)state;
    feed_world_init(&w);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        snprintf(path, sizeof path, FIXTURES "vocabulary/%s.ndjson", files[i]);
        char *text = feed_world_file(path, &size);
        assert_true(feed_world_take(&w, "auto", text, size, &e));
        free(text);
    }
    assert_int_equal(w.rejects, 0);
    char *expect = feed_world_file(FIXTURES "vocabulary/expect.tsv", &size), *rest = expect;
    strsep(&rest, "\n");
    for (char *line; (line = strsep(&rest, "\n")) && *line; lines++) {
        char *number = strsep(&line, "\t"), *section = strsep(&line, "\t"), *provider = strsep(&line, "\t");
        char *code = strsep(&line, "\t"), *detail = strchr(code, '/');
        size_t n;
        const char *row = line_with(buf_str(&w.out), number, &n);
        if (!has(row, n, provider) || !has(row, n, detail ? detail + 1 : code))
            fail_msg("section %s: no %s %s in %.*s", section, provider, code, (int)n, row);
    }
    assert_int_equal(w.documents, lines);
    assert_true(lines > 400);
    free(expect);
    buf_finish(&w.out);
}

int main(void)
{
    const char *print = getenv("FEED_ROWS");
    if (print) {
        struct feed_world w;
        feed_world_init(&w);
        read_folder(print, &w);
        fputs(buf_str(&w.out), stdout);
        buf_finish(&w.out);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(easypost),        cmocka_unit_test(shippo),   cmocka_unit_test(aftership),
        cmocka_unit_test(shipengine),      cmocka_unit_test(seventeen_track), cmocka_unit_test(doorstep), cmocka_unit_test(fedex), cmocka_unit_test(ups), cmocka_unit_test(usps),
        cmocka_unit_test(dhl), cmocka_unit_test(canada_post),
        cmocka_unit_test(vocabulary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
