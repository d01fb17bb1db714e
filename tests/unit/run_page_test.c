/* The page a customer opens, as bytes: escaped, whole, small, in their language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/embed.h"
#include "core/page.h"

extern const struct embed_file run_page_files[];

#define FACTS(lang, says, form)                                                                                                             \
    "{\"lang\":\"" lang "\",\"stage\":\"live\",\"brand\":{\"name\":\"A & B\",\"support\":\"+1\",\"color\":\"#0b6e4f\",\"ink\":\"#ffffff\"}," \
    "\"contact\":\"https://s.example/c?a=1&b=2\",\"order\":\"10-1\",\"carrier_link\":\"https://ups.example/1Z\",\"status_text\":\"on its way\"," \
    "\"heading\":\"On its way\",\"says\":\"" says "\",\"waits\":true,\"next\":\"Tuesday\",\"late\":true,\"form\":\"" form "\","                   \
    "\"origin\":\"https://t.example\",\"acts\":true,\"can\":{\"address\":true,\"day\":true,\"pickup\":true},"                                   \
    "\"parcel\":{\"tracking_number\":\"1Z\",\"carrier\":\"UPS\",\"service\":\"Ground\",\"promised_text\":\"Monday\",\"edd_text\":\"Friday\","        \
    "\"last_scan_text\":\"Sunday\",\"last_place\":\"Austin\"}}"
#define FORM "https://t.example/hook/form/0123456789abcdef0123456789abcdef"

static char *page(const char *facts)
{
    struct buf b;
    struct err e = {0};
    buf_init(&b, 0);
    if (!page_render(run_page_files, facts, strlen(facts), &b, &e))
        fail_msg("%s", e.text);
    return buf_take(&b);
}

static void has(const char *html, const char *text)
{
    if (!strstr(html, text))
        fail_msg("there is no %s in\n%s", text, html);
}
static void has_not(const char *html, const char *text)
{
    if (strstr(html, text))
        fail_msg("there is %s in\n%s", text, html);
}

static void in_each_language(void **state)
{
    (void)state;
    static const struct { const char *facts, *lang, *words; } all[] = {
        {FACTS("en", "x", FORM), "<html lang=\"en\">", "What you can do"}, {FACTS("es", "x", FORM), "<html lang=\"es\">", "Qué puede hacer"},
        {FACTS("fr", "x", FORM), "<html lang=\"fr\">", "Ce que vous pouvez faire"}, {FACTS("de", "x", FORM), "<html lang=\"de\">", "Was Sie tun können"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char *html = page(all[i].facts);
        has(html, all[i].lang);
        has(html, all[i].words);
        has(html, "action=\"" FORM "/address\"");
        has(html, "action=\"" FORM "/day\"");
        has(html, "action=\"" FORM "/pickup\"");
        has(html, "action=\"" FORM "/feedback\"");
        has(html, "form-action https://t.example\"");
        has(html, "id=\"feedback\"");
        has_not(html, "{{");
        assert_true(strlen(html) < 15 * 1024);
        free(html);
    }
}

static void nothing_from_outside_is_markup(void **state)
{
    (void)state;
    char *html = page(FACTS("en", "</p><script>alert(1)</script>\\\" onload=\\\"x {{brand.name}}", FORM));
    has(html, "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x {{brand.name}}");
    has_not(html, "<script");
    has(html, "A &amp; B");
    has(html, "href=\"https://s.example/c?a=1&amp;b=2\"");
    free(html);
}

static void without_forms(void **state)
{
    (void)state;
    char *html = page("{\"lang\":\"en\",\"stage\":\"live\",\"brand\":{\"name\":\"A\",\"support\":\"\",\"color\":\"#000000\",\"ink\":\"#ffffff\"},\"contact\":\"\",\"form\":\"\","
                      "\"origin\":\"\",\"acts\":false,\"can\":{},\"heading\":\"On its way\",\"parcel\":{\"tracking_number\":\"1Z\"}}");
    has_not(html, "<form");
    has_not(html, "href");
    has(html, "form-action 'none'");
    has(html, "The carrier has not scanned it yet");
    free(html);
}

static void when_it_is_over(void **state)
{
    (void)state;
    char *html = page("{\"lang\":\"fr\",\"stage\":\"ended\",\"brand\":{\"name\":\"A\",\"support\":\"\",\"color\":\"#000000\",\"ink\":\"#ffffff\"},\"contact\":\"\"}");
    has(html, "Ce colis n’est plus suivi ici");
    has_not(html, "<form");
    has_not(html, "<dl>");
    free(html);
}

static void answers(void **state)
{
    (void)state;
    for (int a = 0; a < FORM_ANSWER_COUNT; a++)
        for (int f = 0; f < FORM_ACTION_COUNT; f++) {
            struct buf b;
            struct err e = {0};
            buf_init(&b, 0);
            assert_true(page_answer(run_page_files, (enum form_answer)a, (enum form_action)f, NULL, "de", &b, &e));
            has(b.data, a == FORM_STORED ? "<h1>Danke</h1>" : "<h1>Das hat nicht geklappt</h1>");
            has(b.data, "<p class=\"says\">");
            has_not(b.data, "<p class=\"says\"></p>");
            has_not(b.data, "<form");
            buf_finish(&b);
        }
}

static void what_is_no_facts(void **state)
{
    (void)state;
    struct buf b;
    struct err e = {0};
    buf_init(&b, 0);
    assert_false(page_render(run_page_files, "[]", 2, &b, &e));
    assert_int_equal(e.code, ERR_BUG);
    assert_false(page_answer(run_page_files, FORM_STORED, FORM_DAY, "nothing", NULL, &b, &e));
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_each_language), cmocka_unit_test(nothing_from_outside_is_markup), cmocka_unit_test(without_forms),
        cmocka_unit_test(when_it_is_over), cmocka_unit_test(answers), cmocka_unit_test(what_is_no_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
