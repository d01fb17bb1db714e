/* Damaged templates: texts of ours with bytes changed, cut, doubled and glued by a fixed sequence.
 * Nothing crashes, reads past the end or grows; what is taken is well-formed; what is not has a place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/die.h"
#include "base/utf8.h"
#include "core/address.h"
#include "core/mustache.h"
#include "core/sms.h"
#include "core/template.h"
#include "unit/mutate.h"

enum { ROUNDS = 20000 };

static const char *const texts[] = {
    "{{#a}}\n  {{b.c}} {{{d}}} {{& e }}\n{{/a}}\n{{^f}}none{{/f}}\n{{! remark }}\n  {{>p}}\n{{=<% %>=}}\n<%#list%><%.%><%/list%><%={{ }}=%>{{list}}",
    "{{#list}}{{#list}}{{.}}{{>p}}{{/list}}{{/list}}{{^list}}{{/list}}\r\n\t{{> p }}\r\n{{a.b.c}}{{#a.b}}{{.}}{{/a.b}}",
    "---\nname: a\nchannel: email\nlanguage: en\ntitle: Late\nkinds: lost, other\nstatuses: held\nfresh_hours: 48\nsubject: {{order.number}} é\n---\n\nHello{{#customer.first_name}} "
    "{{customer.first_name}}{{/customer.first_name}},\n\n\n{{brand.name}} 日本\n--- html ---\n<p>{{brand.name}}</p>\n",
    "---\r\n# remark\r\nname: a\r\nchannel: whatsapp\r\nlanguage: pt-br\r\nbrand: acme\r\nprovider_template: HX\r\nprovider_names: order.number, brand.name\r\n"
    "---\r\nOlá {{order.number}}\r\n",
    "Rosa.Delgado+x@mail.b\xC3\xBC" "cher.example +15125550142 \xF0\x9F\x9A\x9A\xE2\x82\xAC[]{}~",
};

static const char bytes[] = "{}{}{}#^/>&=!.- \n\r\t:,abcdel\x00\xff\xed\xa0\x80@";

/* "path:line:col", both from 1 and line no further than the text has. */
static void has_a_place(const struct err *e, const char *text, size_t n)
{
    int line = 0, column = 0, lines = 1;
    const char *colon = strrchr(e->where, ':');
    assert_int_equal(e->code, ERR_INPUT);
    assert_true(colon && *e->text && utf8_valid(e->text, strlen(e->text)) && !strchr(e->text, '\n'));
    while (colon > e->where && colon[-1] != ':')
        colon--;
    assert_int_equal(sscanf(colon, "%d:%d", &line, &column), 2);
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    if (line < 1 || line > lines || column < 1 || column > (int)n + 1)
        fail_msg("%s: %s", e->where, e->text);
}

static bool find_partial(void *ctx, const char *name, size_t n, struct mustache_source *out)
{
    const struct mustache_source *whole = ctx;
    *out = *whole;
    return n == 1 && *name == 'p';
}

/* Renders the text with itself as its partial; false: it was refused. */
static bool try_rendering(const char *text, size_t n, const json_t *data)
{
    struct mustache_source whole = {"t", text, n, 1};
    struct mustache_partials partials = {&whole, find_partial};
    struct buf out;
    struct err e = {0};
    buf_init(&out, 5000);
    bool ok = mustache_render("t", text, n, data, &partials, below(2) ? MUSTACHE_HTML : MUSTACHE_NONE, &out, &e);
    assert_true(out.len <= 5000 && (ok || e.code != ERR_NONE));
    if (!ok)
        has_a_place(&e, text, n);
    buf_finish(&out);
    return ok;
}

static void count_problem(void *ctx, const struct err *e)
{
    ++*(size_t *)ctx;
    assert_true(*e->where && *e->text && utf8_valid(e->where, strlen(e->where)) && utf8_valid(e->text, strlen(e->text)));
}

/* What reads, reads the same when written again, and renders to clean text or says where not. */
static bool try_reading(const char *text, size_t n, const json_t *data)
{
    struct template_file t, again;
    struct err e = {0};
    size_t told = 0;
    size_t returned = template_check("file", text, n, count_problem, &told);
    assert_int_equal(returned, told);
    if (!template_read("file", text, n, &t, &e)) {
        assert_true(told > 0 && !t.body);
        has_a_place(&e, text, n);
        return false;
    }
    struct buf written;
    char *subject, *body, *html;
    buf_init(&written, 0);
    template_write(&t, &written);
    if (!template_read("file", buf_str(&written), written.len, &again, &e))
        fail_msg("%s: %s\n%s", e.where, e.text, buf_str(&written));
    assert_string_equal(again.body, t.body);
    assert_string_equal(again.title, t.title);
    assert_true(again.kinds == t.kinds && again.statuses == t.statuses && !again.html == !t.html);
    struct template_text source = {"t", t.subject, t.body, t.html};
    if (template_render(&source, data, &subject, &body, &html, &e)) {
        assert_true(utf8_valid(body, strlen(body)) && !strstr(body, "\n\n\n") && (!subject || !strchr(subject, '\n')));
        struct buf page;
        buf_init(&page, 0);
        template_html(body, t.language, &page);
        buf_finish(&page);
        free(subject), free(body), free(html);
    }
    template_file_finish(&t);
    template_file_finish(&again);
    buf_finish(&written);
    return true;
}

static void try_the_rest(const char *text, size_t n)
{
    struct sms_size s = sms_measure(text, n);
    assert_true(s.units <= (int)n * 2 && s.segments <= s.units && s.left >= 0 && s.left <= 160);
    if (address_is_email(text, n))
        assert_true(address_is_header_safe(text, n));
    char *z = xstrndup(text, n), masked[40];
    address_mask(z, masked, sizeof masked);
    assert_true(utf8_valid(masked, strlen(masked)));
    free(z);
}

static void damage_does_no_harm(void **state)
{
    json_t *data = json_pack("{s:{s:{s:s}}, s:[s,i,[],{s:i}], s:s, s:s, s:b}", "a", "b", "c", "x", "list", "1", 2, "a", 1, "d", "<", "e", "é", "f", 0);
    json_t *sample = template_sample();
    int rendered = 0, read = 0;
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    for (int round = 0; round < ROUNDS; round++) {
        buf_reset(&b);
        buf_puts(&b, texts[below(sizeof texts / sizeof *texts)]);
        mutate(&b, below(6), bytes, sizeof bytes);
        /* memory of just its size: what reads past it is seen */
        char *exact = xcalloc(1, b.len + !b.len);
        memcpy(exact, buf_str(&b), b.len);
        rendered += try_rendering(exact, b.len, data);
        read += try_reading(exact, b.len, sample);
        try_the_rest(exact, b.len);
        free(exact);
    }
    assert_true(rendered > ROUNDS / 10 && rendered < ROUNDS && read > ROUNDS / 10 && read < ROUNDS);
    buf_finish(&b);
    json_decref(data);
    json_decref(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damage_does_no_harm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
