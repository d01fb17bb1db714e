/* Message templates: reading their files, what is wrong with them, what a customer gets of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/template.h"
#include "core/template_json.h"

#define ALL_KINDS "late_promise, not_shipped, stalled, delay_carrier, delay_weather, address_issue, failed_attempt, access_problem, refused, held, " \
                  "customs_hold, payment_due, awaiting_pickup, damaged, lost, undeliverable, returning, cancelled, delivery_disputed, tracking_error, other"

#define HEAD "---\ntitle: Late\n---\n"
#define MAIL "---\ntitle: Late\nsubject: S\n---\n"

static struct template_file read_ok(const char *path, const char *text)
{
    struct template_file t;
    struct err e = {0};
    if (!template_read(path, text, strlen(text), &t, &e))
        fail_msg("%s: %s", e.where, e.text);
    return t;
}

/* ---- reading ---- */

static void a_whole_file(void **state)
{
    static const char text[] = "---\r\n# what agents pick\r\ntitle:  Address needed \r\nkinds: address_issue , undeliverable\r\nstatuses: held\r\n"
                               "fresh_hours: 48\r\nsubject: Where, {{customer.name}}?\r\n\r\n---\r\n\r\n \r\nHello,\r\n\r\n  two  \r\n\r\n"
                               "--- html --- \r\n\r\n<p>Hello</p>\r\n\r\n";
    struct template_file t = read_ok("some/where/address_needed.email.pt-br.acme.mustache", text);
    (void)state;
    assert_string_equal(t.name, "address_needed");
    assert_true(t.has_channel && t.channel == CHANNEL_EMAIL);
    assert_string_equal(t.language, "pt-br");
    assert_string_equal(t.brand, "acme");
    assert_string_equal(t.title, "Address needed");
    assert_int_equal(t.kinds, 1u << KIND_ADDRESS_ISSUE | 1u << KIND_UNDELIVERABLE);
    assert_int_equal(t.statuses, 1u << STATUS_HELD);
    assert_int_equal(t.fresh_hours, 48);
    assert_string_equal(t.subject, "Where, {{customer.name}}?");
    assert_int_equal(t.subject_line, 7);
    assert_int_equal(t.subject_column, 10);
    assert_string_equal(t.body, "Hello,\n\n  two");
    assert_int_equal(t.body_line, 12);
    assert_string_equal(t.html, "<p>Hello</p>");
    assert_int_equal(t.html_line, 18);
    template_file_finish(&t);
    assert_null(t.body);
}

static void the_head_says_what_the_path_does_not(void **state)
{
    struct template_file t = read_ok("x.txt", "---\nname: late\nchannel: whatsapp\nlanguage: es\ntitle: T\nprovider_template: HX1\n"
                                              "provider_names: customer.first_name, order.number\n---\nHola");
    (void)state;
    assert_string_equal(t.name, "late");
    assert_int_equal(t.channel, CHANNEL_WHATSAPP);
    assert_string_equal(t.provider_template, "HX1");
    assert_int_equal(t.provider_name_count, 2);
    assert_string_equal(t.provider_names[1], "order.number");
    assert_null(t.subject);
    assert_null(t.html);
    template_file_finish(&t);
    /* agreeing is no contradiction; a path of another shape says nothing */
    t = read_ok("late.sms.en.mustache", "---\nname: late\nchannel: sms\nlanguage: en\n---\nx");
    template_file_finish(&t);
    t = read_ok("late.sms.en.mustache", "\xEF\xBB\xBF---\ntitle: T\n---\nx");
    assert_string_equal(t.body, "x");
    template_file_finish(&t);
    t = read_ok("late.pigeon.en.mustache", "---\nname: a\nchannel: sms\nlanguage: en\n---\nx");
    assert_string_equal(t.name, "a");
    template_file_finish(&t);
}

static void written_and_read_again(void **state)
{
    static const struct { const char *path, *text; } rows[] = {
        {"a.sms.en.mustache", "---\nname: a\nchannel: sms\nlanguage: en\ntitle: T\n---\nshort\n"},
        {"a.email.de.mustache", "---\nname: a\nchannel: email\nlanguage: de\nbrand: acme\ntitle: Überfällig: „bald“\nkinds: late_promise, other\n"
                                "statuses: in_transit, error\nfresh_hours: 8760\nsubject: {{order.number}}: # und --- so\n---\none\n---\n\n  two {{brand.name}}\n"
                                "--- html ---\n<p>\n--- html ---\n</p>\n"},
        {"a.whatsapp.es.mustache", "---\nname: a\nchannel: whatsapp\nlanguage: es\ntitle: T\nkinds: lost\nprovider_template: HX2\n"
                                   "provider_names: brand.name, links.tracking\n---\n¿Sí?\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template_file t = read_ok(rows[i].path, rows[i].text);
        struct buf b;
        buf_init(&b, 0);
        template_write(&t, &b);
        assert_string_equal(buf_str(&b), rows[i].text);
        template_file_finish(&t);
        buf_finish(&b);
    }
    /* a value never becomes a line of its own */
    char subject[] = "one\r\nbrand: evil";
    struct template_file t = {.name = "a", .subject = subject};
    struct buf b;
    buf_init(&b, 0);
    template_write(&t, &b);
    assert_string_equal(buf_str(&b), "---\nname: a\nsubject: one  brand: evil\n---\n\n");
    buf_finish(&b);
}

static void keep(void *ctx, const struct err *e) { buf_printf(ctx, "%s %s\n", e->where, e->text); }

/* All problems, a line each. */
static void check(const char *path, const char *text, size_t size, const char *wanted)
{
    struct buf told;
    buf_init(&told, 0);
    size_t n = template_check(path, text, size, keep, &told), lines = 0;
    for (const char *s = buf_str(&told); *s; s++)
        lines += *s == '\n';
    if (strcmp(buf_str(&told), wanted) != 0)
        fail_msg("%s:\ngot    %swanted %s", text, buf_str(&told), wanted);
    assert_int_equal(n, lines);
    buf_finish(&told);
}

struct problem { const char *path, *text, *wanted; };

static void each_says(const struct problem *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(rows[i].path, rows[i].text, strlen(rows[i].text), rows[i].wanted);
}
#define EACH(rows) each_says(rows, sizeof (rows) / sizeof *(rows))

static void heads_that_are_wrong(void **state)
{
    static const struct problem rows[] = {
        {"a.sms.en.mustache", "---\nTitel: T\ntitel: T\ntitle: T\n---\nx",
         "a.sms.en.mustache:2:1 \"Titel\" is no key of a template: did you mean title?\n"
         "a.sms.en.mustache:3:1 \"titel\" is no key of a template: did you mean title?\n"},
        {"a.sms.en.mustache", "---\ntitle: T\ncolour: red\n---\nx",
         "a.sms.en.mustache:3:1 \"colour\" is no key of a template: a head's lines are \"key: value\", then a line --- ends it\n"},
        {"a.sms.en.mustache", "---\ntitle: T\njust words\n---\nx",
         "a.sms.en.mustache:3:1 \"just words\" is no key of a template: a head's lines are \"key: value\", then a line --- ends it\n"},
        {"a.sms.en.mustache", "---\ntitle: T\ntitle: U\n---\nx", "a.sms.en.mustache:3:1 title is given twice: take one out\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nx\n",
         "a.sms.en.mustache:3:1 \"x\" is no key of a template: a head's lines are \"key: value\", then a line --- ends it\n"
         "a.sms.en.mustache:3:1 the head that begins in line 1 has no end: put a line --- before the text\n"},
        {"a.sms.en.mustache", "no head",
         "a.sms.en.mustache:1:1 a template begins with a line --- and a head of \"key: value\" lines, as \"title: Address needed\"\n"
         "a.sms.en.mustache:1:1 there is no title: say in the head what agents pick it by, as \"title: Address needed\"\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nname: b\nchannel: email\nlanguage: fr\n---\nx",
         "a.sms.en.mustache:3:7 name is \"b\" here and \"a\" in the file's name: make them agree\n"
         "a.sms.en.mustache:4:10 channel is \"email\" here and \"sms\" in the file's name: make them agree\n"
         "a.sms.en.mustache:5:11 language is \"fr\" here and \"en\" in the file's name: make them agree\n"},
        {"a", "---\ntitle: T\nname: a\nlanguage: en\nchannel: SMS\n---\nx",
         "a:5:10 \"SMS\" is no channel: did you mean sms?\n"
         "a:1:1 there is no channel: say \"channel: …\" in the head, or call the file NAME.CHANNEL.LANGUAGE.mustache\n"},
        {"a", "---\ntitle: T\nchannel: sms\nlanguage: en\n---\nx",
         "a:1:1 there is no name: say \"name: …\" in the head, or call the file NAME.CHANNEL.LANGUAGE.mustache\n"},
        {"a", "---\ntitle: T\nname: a\nchannel: sms\n---\nx",
         "a:1:1 there is no language: say \"language: …\" in the head, or call the file NAME.CHANNEL.LANGUAGE.mustache\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nkinds: lots, é, lost,, pigeons,\nstatuses: in_transi\n---\nx",
         "a.sms.en.mustache:3:8 \"lots\" is no kind of exception: did you mean lost?\n"
         "a.sms.en.mustache:3:14 \"é\" is no kind of exception: use " ALL_KINDS "\n"
         "a.sms.en.mustache:3:22 there is a comma too many: put one between two words only\n"
         "a.sms.en.mustache:3:24 \"pigeons\" is no kind of exception: use " ALL_KINDS "\n"
         "a.sms.en.mustache:3:32 there is a comma too many: put one between two words only\n"
         "a.sms.en.mustache:4:11 \"in_transi\" is no status: did you mean in_transit?\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nfresh_hours: two\n---\nx",
         "a.sms.en.mustache:3:14 \"two\" is no number of hours from 1 to 8760: leave fresh_hours out when the text rests on no scan\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nfresh_hours: 8761\n---\nx",
         "a.sms.en.mustache:3:14 \"8761\" is no number of hours from 1 to 8760: leave fresh_hours out when the text rests on no scan\n"},
        {"A-B.sms.EN.mustache", "---\ntitle: T\n---\nx",
         "A-B.sms.EN.mustache:1:1 \"A-B\" is no name: small letters, digits and _, a letter first, 40 at most\n"
         "A-B.sms.EN.mustache:1:1 \"EN\" is no language: write it as en, es or pt-br\n"},
        {"a.sms.en.mustache", "---\ntitle: 0123456789012345678901234567890123456789012345678901234567890123456789\n---\nx",
         "a.sms.en.mustache:2:8 title is longer than 63 bytes: shorten it\n"
         "a.sms.en.mustache:1:1 there is no title: say in the head what agents pick it by, as \"title: Address needed\"\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nkinds: tracking_error\n---\nx",
         "a.sms.en.mustache:1:1 tracking_error is no matter for customers: take it out of kinds\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nprovider_template: HX\nprovider_names: order.nmber\n---\nx",
         "a.sms.en.mustache:1:1 only WhatsApp has templates at the provider: take provider_template out\n"
         "a.sms.en.mustache:1:1 provider_names: there is no \"order.nmber\": did you mean order.number?\n"},
        {"a.whatsapp.en.mustache", "---\ntitle: T\nprovider_names: order.number\n---\nx",
         "a.whatsapp.en.mustache:1:1 provider_names fill a provider_template, and none is named: name it or take them out\n"},
        {"a.sms.en.mustache", "---\ntitle: T\n---\nline\n\xFFno text\n", "a.sms.en.mustache:5:1 this line is not UTF-8 text: save the file as UTF-8\n"},
        {"a.sms.en.mustache", "", "a.sms.en.mustache:1:1 a template begins with a line --- and a head of \"key: value\" lines, as \"title: Address needed\"\n"
         "a.sms.en.mustache:1:1 there is no title: say in the head what agents pick it by, as \"title: Address needed\"\n"
         "a.sms.en.mustache:1:1 there is no text: write it under the head\n"},
    };
    (void)state;
    EACH(rows);
    check("a.sms.en.mustache", HEAD "a\0b", sizeof HEAD "a\0b" - 1, "a.sms.en.mustache:4:1 this line is not UTF-8 text: save the file as UTF-8\n");
}

static void reading_gives_the_first_problem(void **state)
{
    static const char text[] = "---\ntitel: T\nkinds: lots\n---\nx";
    struct template_file t;
    struct err e = {0};
    (void)state;
    assert_false(template_read("a.sms.en.mustache", text, strlen(text), &t, &e));
    assert_string_equal(e.where, "a.sms.en.mustache:2:1");
    assert_int_equal(e.code, ERR_INPUT);
    assert_null(t.body);
    assert_string_equal(t.name, "");
    assert_false(template_read("a.sms.en.mustache", text, strlen(text), &t, NULL));
}

/* ---- where the text is ---- */

static void the_text_of_a_file(void **state)
{
    static const struct { const char *file, *text; int line; } rows[] = {
        {"Hello {{x}}\n", "Hello {{x}}\n", 1},
        {"---\ntitle: T\n---\nHello\n", "Hello\n", 4},
        {"---\r\n# a remark\r\n\r\ntitle: T\r\n---\r\nHello", "Hello", 6},
        {"---\ntitle: T\n---\n\nHello\n--- html ---\n<p>", "\nHello\n", 4},
        {"---\nnot a key: T\n---\nHello\n", "---\nnot a key: T\n---\nHello\n", 1},
        {"---\n---\nHello\n", "---\n---\nHello\n", 1},
        {"---\ntitle: T\nHello\n", "---\ntitle: T\nHello\n", 1},
        {"Hello\n--- html ---\n<p>", "Hello\n--- html ---\n<p>", 1},
        {"\xEF\xBB\xBF---\ntitle: T\n---\nHello", "Hello", 4},
        {"\xEF\xBB\xBFHello", "\xEF\xBB\xBFHello", 1},
        {"---\ntitle: T\n---", "", 4},
        {"", "", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].file);
        int line = 0;
        const char *text = template_text_of(rows[i].file, &n, &line);
        if (n != strlen(rows[i].text) || memcmp(text, rows[i].text, n) != 0 || line != rows[i].line)
            fail_msg("%s: line %d, %.*s", rows[i].file, line, (int)n, text);
    }
}

/* ---- the closed set ---- */

static void the_closed_set(void **state)
{
    const char *what, *example, *name;
    json_t *sample = template_sample();
    int count = 0;
    (void)state;
    for (; (name = template_name_at(count, &what, &example)) != NULL; count++) {
        const char *dot = strchr(name, '.');
        assert_true(dot && *what && *example && !strchr(dot + 1, '.'));
        char group[32] = "";
        memcpy(group, name, (size_t)(dot - name));
        assert_string_equal(json_string_value(json_object_get(json_object_get(sample, group), dot + 1)), example);
    }
    assert_true(count >= 20 && count <= TEMPLATE_NAMES_MAX);
    assert_null(template_name_at(-1, &what, &example));
    json_decref(sample);
}

static void names_and_tags_that_are_wrong(void **state)
{
    static const struct problem rows[] = {
        {"a.sms.en.mustache", HEAD "Hi {{customer.first_name}}, {{{order.number}}}{{! fine }}{{#links.tracking}}{{.}}{{/links.tracking}}", ""},
        {"a.sms.en.mustache", HEAD "\nHi {{customer.firstname}}", "a.sms.en.mustache:5:4 there is no \"customer.firstname\": did you mean customer.first_name?\n"},
        {"a.sms.en.mustache", HEAD "Hi {{first_name}}", "a.sms.en.mustache:4:4 there is no \"first_name\": did you mean customer.first_name?\n"},
        {"a.sms.en.mustache", HEAD "{{#shipment.edd}}x{{/shipment.edd}}{{^zzz}}y{{/zzz}}",
         "a.sms.en.mustache:4:1 there is no \"shipment.edd\": did you mean shipment.edd_text?\n"
         "a.sms.en.mustache:4:36 \"zzz\" is no name a template can use: the README lists them\n"},
        {"a.sms.en.mustache", HEAD "{{>footer}}", "a.sms.en.mustache:4:1 \"footer\" is a partial: messages have none; write its text here\n"},
        {"a.sms.en.mustache", HEAD "{{.}} {{#.}}x{{/.}}",
         "a.sms.en.mustache:4:1 \".\" stands for the value of the section around it: put it into one\n"
         "a.sms.en.mustache:4:7 \".\" stands for the value of the section around it: put it into one\n"
         "a.sms.en.mustache:4:1 filled for a sample customer this is an SMS of 11 parts: shorten it to 10 at most\n"},   /* all of the sample */
        {"a.sms.en.mustache", HEAD "{{^order.number}}{{order.number}}{{/order.number}}x",
         "a.sms.en.mustache:4:18 \"order.number\" is always empty here, in the section for when there is none: take it out\n"},
        {"a.sms.en.mustache", HEAD "one\n{{#order.number}}two",
         "a.sms.en.mustache:5:1 the section \"order.number\" opened here is never closed: add {{/order.number}}\n"},
        {"a.sms.en.mustache", HEAD "order.number {{order.number}}: order.number",
         "a.sms.en.mustache:4:1 the customer would read \"order.number\": write {{order.number}}\n"},
        {"a.sms.en.mustache", HEAD "{{order.number}}\né brand.name",
         "a.sms.en.mustache:5:3 the customer would read \"brand.name\": write {{brand.name}}\n"},
        {"a.sms.en.mustache", HEAD, "a.sms.en.mustache:4:1 there is no text: write it under the head\n"},
        {"a.sms.en.mustache", MAIL "x\n--- html ---\ny",
         "a.sms.en.mustache:3:1 only e-mail has a subject: take it out\n"
         "a.sms.en.mustache:6:1 only e-mail has an HTML part: take it out\n"},
        {"a.email.en.mustache", HEAD "x", "a.email.en.mustache:1:1 an e-mail needs a subject: say \"subject: …\" in the head\n"},
        {"a.email.en.mustache", "---\ntitle: T\nsubject: {{ordr.number}}\n---\nx",
         "a.email.en.mustache:3:10 there is no \"ordr.number\": did you mean order.number?\n"},
        {"a.email.en.mustache", "---\ntitle: T\nsubject: one\rtwo\n---\nx", "a.email.en.mustache:3:10 subject has a line break or another control character in it: take it out\n"
         "a.email.en.mustache:1:1 an e-mail needs a subject: say \"subject: …\" in the head\n"},
        {"a.sms.en.mustache", "---\ntitle: T\x1b[2J\n---\nx",
         "a.sms.en.mustache:2:8 title has a line break or another control character in it: take it out\n"
         "a.sms.en.mustache:1:1 there is no title: say in the head what agents pick it by, as \"title: Address needed\"\n"},
        {"a.sms.en.mustache", "---\ntitle: T\nlanguage: e\xef\xbb\xbfn\n---\nx", "a.sms.en.mustache:3:11 \"en\" is no language: write it as en, es or pt-br\n"},
        {"a.sms.en.mustache", "---\ntitle: T\tx\n---\nx", "a.sms.en.mustache:2:8 title has a tab in it: write a blank\n"
         "a.sms.en.mustache:1:1 there is no title: say in the head what agents pick it by, as \"title: Address needed\"\n"},
        {"a.email.en.mustache", MAIL "x\n--- html ---\n\n<p>{{{brand.name}}}{{&brand.name}}",
         "a.email.en.mustache:8:4 \"brand.name\" is not escaped: in HTML write it with two braces\n"
         "a.email.en.mustache:8:20 \"brand.name\" is not escaped: in HTML write it with two braces\n"},
        {"a.email.en.mustache", MAIL "x\n--- html ---\n\n",
         "a.email.en.mustache:7:1 the HTML part is empty: write it or take its line out, then it is made from the text\n"},
    };
    (void)state;
    EACH(rows);
}

static void what_is_too_long(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    buf_puts(&b, HEAD);
    for (int i = 0; i < 1530; i++)
        buf_putc(&b, 'x');
    check("a.sms.en.mustache", buf_str(&b), b.len, "");
    buf_putc(&b, 'x');
    check("a.sms.en.mustache", buf_str(&b), b.len,
          "a.sms.en.mustache:4:1 filled for a sample customer this is an SMS of 11 parts: shorten it to 10 at most\n");
    check("a.whatsapp.en.mustache", buf_str(&b), b.len, "");
    buf_reset(&b);
    buf_puts(&b, "---\ntitle: T\nsubject: {{order.number}} ");
    for (int i = 0; i < 200; i++)
        buf_putc(&b, 's');
    buf_puts(&b, "\n---\nx");
    check("a.email.en.mustache", buf_str(&b), b.len, "a.email.en.mustache:3:10 a subject of over 200 bytes is cut off in every inbox: shorten it\n");
    buf_finish(&b);
}

static void names_it_cannot_do_without(void **state)
{
    static const struct { const char *path, *text, *wanted; } rows[] = {
        {"a.sms.en.mustache", HEAD "Hi {{customer.first_name}}", "customer.first_name "},
        {"a.sms.en.mustache", HEAD "{{brand.name}} {{{customer.first_name}}} {{brand.name}}{{&order.number}}", "customer.first_name order.number brand.name "},
        {"a.sms.en.mustache", HEAD "{{#order.number}}{{order.number}}{{brand.name}}{{/order.number}}", "brand.name "},
        {"a.sms.en.mustache", HEAD "{{#order.number}}{{order.number}}{{/order.number}}{{^order.number}}{{brand.name}}{{/order.number}}", "brand.name "},
        {"a.sms.en.mustache", HEAD "{{#order.number}}{{#brand.name}}{{order.number}}{{/brand.name}}{{/order.number}}", ""},
        {"a.sms.en.mustache", HEAD "{{#order.number}}x{{/order.number}}{{order.number}}", "order.number "},
        {"a.email.en.mustache", "---\ntitle: T\nsubject: {{order.number}}\n---\nx\n--- html ---\n{{agent.first_name}}", "order.number agent.first_name "},
        {"a.whatsapp.en.mustache", "---\ntitle: T\nprovider_template: HX\nprovider_names: brand.name\n---\n{{#brand.name}}{{.}}{{/brand.name}}", "brand.name "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template_file t = read_ok(rows[i].path, rows[i].text);
        const char *names[TEMPLATE_NAMES_MAX];
        size_t count = template_required(&t, names);
        struct buf b;
        buf_init(&b, 0);
        for (size_t k = 0; k < count; k++)
            buf_printf(&b, "%s ", names[k]);
        assert_string_equal(buf_str(&b), rows[i].wanted);
        template_file_finish(&t);
        buf_finish(&b);
    }
}

static void as_json(void **state)
{
    struct template_file t = read_ok("a.email.en.mustache", "---\ntitle: \"T\"\nkinds: lost, other\nfresh_hours: 2\nsubject: S\n---\nx {{brand.name}}\ny\n");
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    template_json(&t, &b);
    assert_string_equal(buf_str(&b), "{\"name\":\"a\",\"channel\":\"email\",\"language\":\"en\",\"brand\":null,\"title\":\"\\\"T\\\"\",\"kinds\":[\"lost\",\"other\"],"
                                     "\"statuses\":[],\"fresh_hours\":2,\"subject\":\"S\",\"body\":\"x {{brand.name}}\\ny\",\"html\":null,"
                                     "\"required\":[\"brand.name\"],\"provider_template\":null,\"provider_names\":[]}");
    template_file_finish(&t);
    buf_finish(&b);
}

/* ---- what a customer gets ---- */

static void texts_without_holes(void **state)
{
    static const struct { const char *text, *wanted; } rows[] = {
        {"Hi {{n}}", "Hi R&D <b>"},
        {"a\n{{#no}}\nb\n{{/no}}\nc", "a\nc"},
        {"a\n\n{{#no}}b{{/no}}\n\nc", "a\n\nc"},
        {"\n\n{{#no}}b{{/no}}\n\na\n\n\n\nb\n\n", "a\n\nb"},
        {"a  \n  b \nc ", "a\n  b\nc"},
        {"{{#no}}b{{/no}}", ""},
        {"a", "a"},
        {"a\n", "a"},
        {"\n", ""},
        {"", ""},
        {"{{bad}}", "Rx 1 2"},
        {"tab\there", "tab here"},
        {"\xFF", "\xEF\xBF\xBD"},
        {"\xFF\xFF\n\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD\n\xEF\xBF\xBD"},
    };
    json_t *data = json_pack("{s:s, s:s}", "n", "R&D <b>", "bad", "R\x1b\xE2\x80\xAEx\t1\x7F 2");
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template_text t = {"t", NULL, rows[i].text, NULL};
        char *subject, *body, *html;
        struct err e = {0};
        assert_true(template_render(&t, data, &subject, &body, &html, &e));
        assert_null(subject);
        assert_null(html);
        assert_string_equal(body, rows[i].wanted);
        free(body);
    }
    json_decref(data);
}

static void subjects_and_html(void **state)
{
    json_t *data = json_pack("{s:s, s:s}", "n", "Ann\r\nBcc: all@x.example", "m", "<&>\"'");
    struct template_text t = {"t", " To  {{n}}  {{m}} ", "{{m}}", "<p>{{m}}</p>{{{m}}}"};
    char *subject, *body, *html;
    struct err e = {0};
    (void)state;
    assert_true(template_render(&t, data, &subject, &body, &html, &e));
    assert_string_equal(subject, "To Ann Bcc: all@x.example <&>\"'");
    assert_string_equal(body, "<&>\"'");
    assert_string_equal(html, "<p>&lt;&amp;&gt;&quot;'</p><&>\"'");
    free(subject);
    free(body);
    free(html);
    json_decref(data);
}

static void rendering_that_fails_gives_nothing(void **state)
{
    static const struct { struct template_text text; const char *where; } rows[] = {
        {{"t", "{{", "x", "x"}, "t (subject):1:1"},
        {{"t", "x", "a\n{{#b}}", "x"}, "t:2:1"},
        {{"t", "x", "x", "{{>a}}{{/b}}"}, "t (html):1:7"},
    };
    json_t *data = json_object();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *subject, *body, *html;
        struct err e = {0};
        assert_false(template_render(&rows[i].text, data, &subject, &body, &html, &e));
        assert_true(!subject && !body && !html);
        assert_string_equal(e.where, rows[i].where);
    }
    json_decref(data);
}

/* What stands between the page's own first and last lines. */
static void html_of(const char *text, const char *wanted)
{
    static const char before[] = "<div style=\"max-width:600px\">\n", after[] = "</div>\n</body>\n</html>\n";
    struct buf b;
    buf_init(&b, 0);
    template_html(text, "en", &b);
    assert_int_equal(strncmp(buf_str(&b), "<!DOCTYPE html>\n<html lang=\"en\">", 31), 0);
    char *from = strstr(b.data, before);
    assert_non_null(from);
    from += strlen(before);
    assert_string_equal(b.data + b.len - strlen(after), after);
    b.data[b.len - strlen(after)] = '\0';
    assert_string_equal(from, wanted);
    buf_finish(&b);
}
#define P "<p style=\"margin:0 0 16px\">"

static void text_as_html(void **state)
{
    (void)state;
    html_of("", "");
    html_of("Hi", P "Hi</p>\n");
    html_of("one\ntwo\n\nthree\n", P "one<br>\ntwo</p>\n" P "three</p>\n");
    html_of("\n\n\na\n\n\nb", P "a</p>\n" P "b</p>\n");
    html_of("<b>&\"'</b>", P "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;</p>\n");
    html_of("Track: https://x.example/?a=1&b=2. (https://x.example/y)",
            P "Track: <a href=\"https://x.example/?a=1&amp;b=2\">https://x.example/?a=1&amp;b=2</a>. "
              "(<a href=\"https://x.example/y\">https://x.example/y</a>)</p>\n");
    html_of("https://x.example/\"onclick=\"alert(1)",
            P "<a href=\"https://x.example/&quot;onclick=&quot;alert(1)\">https://x.example/&quot;onclick=&quot;alert(1)</a></p>\n");
    html_of("javascript:alert(1) data:x ftp://x.example https://", P "javascript:alert(1) data:x ftp://x.example https://</p>\n");
    html_of("<help@acme.example>, or help@nowhere", P "&lt;<a href=\"mailto:help@acme.example\">help@acme.example</a>&gt;, or help@nowhere</p>\n");
    html_of("a@b.example?subject=x", P "a@b.example?subject=x</p>\n");
}

static void no_line_is_too_long_for_mail(void **state)
{
    static const char *const units[] = {"x", "&", "word ", "日", "https://x.example/0123456789 ", "a.b@example.com "};
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct buf text, b;
        buf_init(&text, 0);
        buf_init(&b, 0);
        while (text.len < 8000)
            buf_puts(&text, units[i]);
        template_html(buf_str(&text), "\"><script>", &b);
        assert_null(strstr(buf_str(&b), "<script"));
        for (const char *line = buf_str(&b); *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 998);
        buf_reset(&text);
        buf_puts(&text, "https://x.example/");
        while (text.len < 8000)
            buf_puts(&text, "y");
        buf_reset(&b);
        template_html(buf_str(&text), "en", &b);
        for (const char *line = buf_str(&b); *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 998);
        buf_finish(&text);
        buf_finish(&b);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file),
        cmocka_unit_test(the_head_says_what_the_path_does_not),
        cmocka_unit_test(written_and_read_again),
        cmocka_unit_test(heads_that_are_wrong),
        cmocka_unit_test(reading_gives_the_first_problem),
        cmocka_unit_test(the_text_of_a_file),
        cmocka_unit_test(the_closed_set),
        cmocka_unit_test(names_and_tags_that_are_wrong),
        cmocka_unit_test(what_is_too_long),
        cmocka_unit_test(names_it_cannot_do_without),
        cmocka_unit_test(as_json),
        cmocka_unit_test(texts_without_holes),
        cmocka_unit_test(subjects_and_html),
        cmocka_unit_test(rendering_that_fails_gives_nothing),
        cmocka_unit_test(text_as_html),
        cmocka_unit_test(no_line_is_too_long_for_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
