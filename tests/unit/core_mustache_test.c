/* Mustache, each rule of the spec's core modules in words and data of our own; what is wrong with a
 * text and where; the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mustache.h"

struct row {
    const char *rule, *text, *data, *expected;
    const char *partials;      /* JSON object of texts by name; NULL: there are none */
};

static bool find_partial(void *ctx, const char *name, size_t n, struct mustache_source *out)
{
    const json_t *text = json_object_getn(ctx, name, n);
    if (!text)
        return false;
    *out = (struct mustache_source){"partial", json_string_value(text), json_string_length(text), 1};
    return true;
}

static bool render(const struct row *r, enum mustache_escape escape, struct buf *out, struct err *e)
{
    json_error_t why;
    json_t *data = json_loads(r->data, JSON_DECODE_ANY, &why), *texts = json_loads(r->partials ? r->partials : "{}", 0, &why);
    struct mustache_partials partials = {texts, find_partial};
    if (!data || !texts)
        fail_msg("%s: %s", r->rule, why.text);
    bool ok = mustache_render("t", r->text, strlen(r->text), data, r->partials ? &partials : NULL, escape, out, e);
    json_decref(data);
    json_decref(texts);
    return ok;
}

static void each_gives(const struct row *rows, size_t count, enum mustache_escape escape)
{
    for (size_t i = 0; i < count; i++) {
        struct buf out;
        struct err e = {0};
        buf_init(&out, 0);
        if (!render(&rows[i], escape, &out, &e))
            fail_msg("%s: %s: %s", rows[i].rule, e.where, e.text);
        if (out.len != strlen(rows[i].expected) || strcmp(buf_str(&out), rows[i].expected) != 0)
            fail_msg("%s:\ngot    \"%s\"\nwanted \"%s\"", rows[i].rule, buf_str(&out), rows[i].expected);
        buf_finish(&out);
    }
}
#define EACH(rows, escape) each_gives(rows, sizeof (rows) / sizeof *(rows), escape)

static void comments(void **state)
{
    static const struct row rows[] = {
        {"within a line", "van{{! which one? }}load", "{}", "vanload", NULL},
        {"over lines", "van{{!\n ask the depot\n which one }}load\n", "{}", "vanload\n", NULL},
        {"alone: its line goes", "one\n{{! two }}\nthree\n", "{}", "one\nthree\n", NULL},
        {"alone, indented", "one\n\t {{! two }}\nthree\n", "{}", "one\nthree\n", NULL},
        {"alone, CR LF", "one\r\n{{! two }}\r\nthree", "{}", "one\r\nthree", NULL},
        {"alone, blanks after it", "one\n{{! two }} \t\nthree", "{}", "one\nthree", NULL},
        {"alone on the first line", "  {{! top }}\nthree", "{}", "three", NULL},
        {"alone on the last line", "one\n  {{! end }}", "{}", "one\n", NULL},
        {"several lines alone", "one\n{{!\n two\n}}\nthree\n", "{}", "one\nthree\n", NULL},
        {"several lines alone, indented", "one\n  {{!\n   two\n  }}\nthree\n", "{}", "one\nthree\n", NULL},
        {"not alone, at the end", "  one {{! two }}\n", "{}", "  one \n", NULL},
        {"blanks around it stay", "one {{! two }} three", "{}", "one  three", NULL},
        {"never a name", "[{{! carrier }}{{!carrier}}]", "{\"! carrier\":1,\"!carrier\":2,\"carrier\":3,\" carrier \":4}", "[]", NULL},
        {"may hold an opening delimiter", "[{{! as {{carrier }}]", "{}", "[]", NULL},
        {"may be empty", "[{{!}}]", "{}", "[]", NULL},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

static void delimiters(void **state)
{
    static const struct row rows[] = {
        {"a new pair", "{{=<< >>=}}Dock <<dock>>, {{dock}}", "{\"dock\":7}", "Dock 7, {{dock}}", NULL},
        {"of characters special elsewhere", "{{=( )=}}(dock){{=$* *$=}}", "{\"dock\":7}", "7{{=$* *$=}}", NULL},
        {"back again", "{{=% %=}}%a%%={{ }}=%{{a}}", "{\"a\":1}", "11", NULL},
        {"across sections", "{{#on}}\n{{n}} ~n~\n{{/on}}\n{{=~ ~=}}\n~#on~\n{{n}} ~n~\n~/on~\n", "{\"on\":true,\"n\":5}", "5 ~n~\n{{n}} 5\n", NULL},
        {"across inverted ones", "{{^on}}\n{{n}} ~n~\n{{/on}}\n{{=~ ~=}}\n~^on~\n{{n}} ~n~\n~/on~\n", "{\"on\":false,\"n\":5}", "5 ~n~\n{{n}} 5\n", NULL},
        {"not into a partial", "{{>p}}{{=~ ~=}}~>p~", "{\"n\":5}", "(5)(5)", "{\"p\":\"({{n}})\"}"},
        {"not out of a partial", "{{>p}} {{n}} ~n~", "{\"n\":5}", "5 5 5 ~n~", "{\"p\":\"{{n}} {{=~ ~=}}~n~\"}"},
        {"blanks around it stay", "[ {{=~ ~=}} ]", "{}", "[  ]", NULL},
        {"and at a line's end", " [ {{=~ ~=}}\n", "{}", " [ \n", NULL},
        {"alone: its line goes", "one\n{{=~ ~=}}\ntwo\n", "{}", "one\ntwo\n", NULL},
        {"alone, indented", "one\n   {{=~ ~=}}\ntwo\n", "{}", "one\ntwo\n", NULL},
        {"alone, CR LF", "one\r\n{{=~ ~=}}\r\ntwo", "{}", "one\r\ntwo", NULL},
        {"alone on the first line", " {{=~ ~=}}\ntwo", "{}", "two", NULL},
        {"alone on the last line", "one\n {{=~ ~=}}", "{}", "one\n", NULL},
        {"blanks within do not count", "[{{=  ~ \t ~  =}}~n~]", "{\"n\":5}", "[5]", NULL},
        {"three braces mean nothing under others", "{{=< >=}}<{n}> {{{n}}}", "{\"n\":\"&\"}", "& {{{n}}}", NULL},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

#define MARKS "{\"m\":\"<b> & \\\"c\\\" 'd'\"}"

static void values(void **state)
{
    static const struct row rows[] = {
        {"no tag", "Box {of} four } {\n", "{}", "Box {of} four } {\n", NULL},
        {"no text", "", "{}", "", NULL},
        {"a name", "Dear {{who}},\n", "{\"who\":\"Rosa\"}", "Dear Rosa,\n", NULL},
        {"a value is no template", "{{a}} {{b}}", "{\"a\":\"{{b}}\",\"b\":\"no\"}", "{{b}} no", NULL},
        {"escaped", "{{m}}", MARKS, "&lt;b&gt; &amp; &quot;c&quot; 'd'", NULL},
        {"three braces: not", "{{{m}}}", MARKS, "<b> & \"c\" 'd'", NULL},
        {"&: not", "{{&m}}", MARKS, "<b> & \"c\" 'd'", NULL},
        {"a whole number", "{{n}} {{{n}}} {{&n}}", "{\"n\":-120}", "-120 -120 -120", NULL},
        {"a fraction, its own digits", "{{n}} {{{n}}} {{&n}}", "{\"n\":2.50}", "2.5 2.5 2.5", NULL},
        {"fractions to the last digit", "{{a}} {{b}} {{c}}", "{\"a\":0.1,\"b\":148.20,\"c\":0.30000000000000004}", "0.1 148.2 0.30000000000000004", NULL},
        {"true and false", "{{a}} {{b}}", "{\"a\":true,\"b\":false}", "true false", NULL},
        {"null is nothing", "[{{n}}{{{n}}}{{&n}}]", "{\"n\":null}", "[]", NULL},
        {"a missing name is nothing", "[{{n}}{{{n}}}{{&n}}]", "{}", "[]", NULL},
        {"dots go down", "{{a.b}} {{{a.b}}} {{&a.b}} {{#a}}{{b}}{{/a}}", "{\"a\":{\"b\":\"&\"}}", "&amp; & & &amp;", NULL},
        {"any way down", "{{a.b.c.d.e.f}}", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":9}}}}}}", "9", NULL},
        {"a chain that breaks is nothing", "[{{a.b.c}}]", "{\"a\":{}}", "[]", NULL},
        {"and does not look elsewhere", "[{{a.b.c.n}}]", "{\"a\":{\"b\":{}},\"c\":{\"n\":1}}", "[]", NULL},
        {"the first part is looked for as any name", "{{#a}}{{b.n}}{{/a}}", "{\"a\":{\"b\":{\"n\":1}},\"b\":{\"n\":2}}", "1", NULL},
        {"also further down the stack", "{{#a}}{{b.n}}{{/a}}", "{\"a\":{\"x\":1},\"b\":{\"n\":2}}", "2", NULL},
        {"found once is found", "[{{#a}}{{b.n}}{{/a}}]", "{\"a\":{\"b\":{}},\"b\":{\"n\":2}}", "[]", NULL},
        {"a dotted key is no name", "[{{a.b}}]", "{\"a.b\":1}", "[]", NULL},
        {"and hides none", "[{{a.b}}]", "{\"a.b\":1,\"a\":{\"b\":2}}", "[2]", NULL},
        {"a list has no names", "[{{a.b}}{{a.0}}]", "{\"a\":[{\"b\":1}]}", "[]", NULL},
        {"the whole value", "{{.}} {{{.}}} {{&.}}", "\"a & b\"", "a &amp; b a & b a & b", NULL},
        {"the whole value, a number", "{{.}}", "42", "42", NULL},
        {"blanks around stay", "[ {{n}} ][ {{{n}}} ][ {{&n}} ]", "{\"n\":1}", "[ 1 ][ 1 ][ 1 ]", NULL},
        {"never alone on a line", " {{n}}\n {{{n}}}\n {{&n}}\n", "{\"n\":1}", " 1\n 1\n 1\n", NULL},
        {"not even with nothing to show", " {{x}}\n", "{}", " \n", NULL},
        {"blanks within do not count", "{{ n }}{{{ n }}}{{& n }}{{\tn\n}}", "{\"n\":1}", "1111", NULL},
        {"any characters but blanks are a name", "{{a-b}}{{ñ}}{{a:b}}", "{\"a-b\":1,\"ñ\":2,\"a:b\":3}", "123", NULL},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

static void inverted(void **state)
{
    static const struct row rows[] = {
        {"false", "[{{^a}}no{{/a}}]", "{\"a\":false}", "[no]", NULL},
        {"true", "[{{^a}}no{{/a}}]", "{\"a\":true}", "[]", NULL},
        {"null", "[{{^a}}no{{/a}}]", "{\"a\":null}", "[no]", NULL},
        {"zero", "[{{^a}}no{{/a}}{{^b}}no{{/b}}]", "{\"a\":0,\"b\":0.0}", "[nono]", NULL},
        {"an empty text", "[{{^a}}no{{/a}}]", "{\"a\":\"\"}", "[no]", NULL},
        {"an object", "[{{^a}}no{{/a}}]", "{\"a\":{\"b\":1}}", "[]", NULL},
        {"an empty object is something", "[{{^a}}no{{/a}}]", "{\"a\":{}}", "[]", NULL},
        {"a list", "[{{^a}}no{{/a}}]", "{\"a\":[0,1]}", "[]", NULL},
        {"an empty list", "[{{^a}}no{{/a}}]", "{\"a\":[]}", "[no]", NULL},
        {"more than one", "{{^a}}\n1\n{{/a}}\n{{n}}\n{{^a}}\n3\n{{/a}}\n", "{\"a\":false,\"n\":2}", "1\n2\n3\n", NULL},
        {"one in another", "{{^a}}1{{^a}}2{{/a}}3{{/a}}", "{\"a\":false}", "123", NULL},
        {"one in another, left out", "[{{^a}}1{{^a}}2{{/a}}3{{/a}}]", "{\"a\":true}", "[]", NULL},
        {"a missing name", "[{{^a}}no{{/a}}]", "{}", "[no]", NULL},
        {"dots", "[{{^a.b}}1{{/a.b}}{{^a.c}}2{{/a.c}}{{^a.x.y}}3{{/a.x.y}}]", "{\"a\":{\"b\":true,\"c\":false}}", "[23]", NULL},
        {"blanks around stay", " [ {{^a}}\t-\t{{/a}} ] \n", "{}", " [ \t-\t ] \n", NULL},
        {"blanks within stay", "[{{^a}} {{! - }}\n {{/a}}]\n", "{}", "[ \n ]\n", NULL},
        {"two on a line are not alone", " {{^a}}1{{/a}}\n {{^a}}{{/a}}\n", "{}", " 1\n \n", NULL},
        {"alone: their lines go", "0\n{{^a}}\n1\n{{/a}}\n2\n", "{}", "0\n1\n2\n", NULL},
        {"alone, indented", "0\n  {{^a}}\n1\n  {{/a}}\n2\n", "{}", "0\n1\n2\n", NULL},
        {"alone, CR LF", "0\r\n{{^a}}\r\n{{/a}}\r\n2", "{}", "0\r\n2", NULL},
        {"alone on the first line", "  {{^a}}\n1{{/a}}\n2", "{}", "1\n2", NULL},
        {"alone on the last line", "0{{^a}}\n1\n  {{/a}}", "{}", "0\n1\n", NULL},
        {"blanks within do not count", "[{{^ a }}1{{/ a }}]", "{}", "[1]", NULL},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

static void partials(void **state)
{
    static const struct row rows[] = {
        {"its text stands there", "[{{>p}}]", "{}", "[hi]", "{\"p\":\"hi\"}"},
        {"none of that name", "[{{>q}}]", "{}", "[]", "{\"p\":\"hi\"}"},
        {"none at all", "[{{>q}}]", "{}", "[]", NULL},
        {"sees what its place sees", "{{#a}}{{>p}}{{/a}}", "{\"n\":1,\"a\":{\"m\":2}}", "12", "{\"p\":\"{{n}}{{m}}\"}"},
        {"calls itself as deep as the data go", "{{>p}}", "{\"n\":1,\"in\":[{\"n\":2,\"in\":[]},{\"n\":3,\"in\":[]}]}", "1(2()3())",
         "{\"p\":\"{{n}}({{#in}}{{>p}}{{/in}})\"}"},
        {"calls another", "{{>p}}", "{\"n\":1}", "<(1)>", "{\"p\":\"<{{>q}}>\",\"q\":\"({{n}})\"}"},
        {"blanks around stay", "[ {{>p}} ]", "{}", "[ \t-\t ]", "{\"p\":\"\\t-\\t\"}"},
        {"not alone: no indentation", " {{n}} {{>p}}\n", "{\"n\":1}", " 1 a\nb\n", "{\"p\":\"a\\nb\"}"},
        {"alone, CR LF", "0\r\n{{>p}}\r\n1", "{}", "0\r\na1", "{\"p\":\"a\"}"},
        {"alone on the first line", "  {{>p}}\n1", "{}", "  a\n  b1", "{\"p\":\"a\\nb\"}"},
        {"alone on the last line", "0\n  {{>p}}", "{}", "0\n  a\n  b", "{\"p\":\"a\\nb\"}"},
        {"its lines are indented, a value's are not", "{\n  {{>p}}\n}\n", "{\"n\":\"x\\ny\"}", "{\n  a\n  x\ny\n  b\n}\n", "{\"p\":\"a\\n{{{n}}}\\nb\\n\"}"},
        {"indentation adds up", " {{>p}}\n", "{}", " a\n   1\n   2\n b\n", "{\"p\":\"a\\n  {{>q}}\\nb\\n\",\"q\":\"1\\n2\\n\"}"},
        {"blanks within do not count", "[{{> p }}]", "{}", "[a]", "{\"p\":\"a\"}"},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

static void sections(void **state)
{
    static const struct row rows[] = {
        {"true", "[{{#a}}yes{{/a}}]", "{\"a\":true}", "[yes]", NULL},
        {"false, null, zero, empty, missing", "[{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}{{#f}}f{{/f}}]",
         "{\"a\":false,\"b\":null,\"c\":0,\"d\":\"\",\"e\":[]}", "[]", NULL},
        {"an object is looked into", "{{#a}}{{n}}{{/a}}", "{\"a\":{\"n\":1},\"n\":2}", "1", NULL},
        {"and what is around it too", "{{#a}}{{n}}, {{o}}, {{p.q}}{{/a}}", "{\"a\":{\"n\":1},\"n\":9,\"o\":2,\"p\":{\"q\":3}}", "1, 2, 3", NULL},
        {"a text is its own value", "{{#a}}{{.}} = {{a}}{{/a}}", "{\"a\":\"x\"}", "x = x", NULL},
        {"lists in lists see all around", "{{#vans}}{{#stops}}{{id.n}}{{at}}{{#boxes}}{{id.s}}{{at}}{{k}} {{/boxes}}{{/stops}}{{/vans}}",
         "{\"vans\":[{\"id\":{\"n\":1,\"s\":\"i\"},\"stops\":[{\"at\":\"A\",\"boxes\":[{\"k\":7},{\"k\":8}]}]}]}", "1AiA7 iA8 ", NULL},
        {"as deep as they go", "{{#a}}\n{{n}}\n{{#b}}\n{{n}}{{m}}\n{{#c}}\n{{n}}{{m}}{{.}}\n{{/c}}\n{{m}}\n{{/b}}\n{{n}}\n{{/a}}\n",
         "{\"a\":{\"n\":1},\"b\":{\"m\":2,\"c\":3}}", "1\n12\n123\n2\n1\n", NULL},
        {"a list is repeated", "{{#a}}{{n}};{{/a}}", "{\"a\":[{\"n\":1},{\"n\":2},{\"n\":3}]}", "1;2;3;", NULL},
        {"items that are false too", "{{#a}}({{.}}){{/a}}", "{\"a\":[0,false,\"\"]}", "(0)(false)()", NULL},
        {"more than one", "{{#a}}\n1\n{{/a}}\n{{n}}\n{{#a}}\n3\n{{/a}}\n", "{\"a\":true,\"n\":2}", "1\n2\n3\n", NULL},
        {"one in another", "{{#a}}1{{#a}}2{{/a}}3{{/a}}", "{\"a\":true}", "123", NULL},
        {"one in another, left out", "[{{#a}}1{{#a}}2{{/a}}3{{/a}}]", "{\"a\":false}", "[]", NULL},
        {"items: texts", "{{#a}}{{.}},{{/a}}", "{\"a\":[\"x\",\"y\"]}", "x,y,", NULL},
        {"items: numbers", "{{#a}}{{.}},{{/a}}", "{\"a\":[1,2.25]}", "1,2.25,", NULL},
        {"items: lists", "{{#a}}({{#.}}{{.}}{{/.}}){{/a}}", "{\"a\":[[1,2],[\"x\"]]}", "(12)(x)", NULL},
        {"items escaped, and not", "{{#a}}{{.}}{{{.}}}{{&.}}{{/a}}", "{\"a\":[\"<\",\"&\"]}", "&lt;<<&amp;&&", NULL},
        {"a list as the whole data", "{{#.}}{{n}}{{/.}}", "[{\"n\":1},{\"n\":2}]", "12", NULL},
        {"dots", "[{{#a.b}}1{{/a.b}}{{#a.c}}2{{/a.c}}{{#a.x.y}}3{{/a.x.y}}]", "{\"a\":{\"b\":true,\"c\":false}}", "[1]", NULL},
        {"a leading dot: here and nowhere else", "[{{#a}}{{.n}}{{/a}}{{#b}}{{.n}}{{/b}}]", "{\"a\":{},\"b\":{\"n\":1},\"n\":2}", "[1]", NULL},
        {"blanks around stay", " [ {{#a}}\t-\t{{/a}} ] \n", "{\"a\":1}", " [ \t-\t ] \n", NULL},
        {"blanks within stay", "[{{#a}} {{! - }}\n {{/a}}]\n", "{\"a\":1}", "[ \n ]\n", NULL},
        {"two on a line are not alone", " {{#a}}1{{/a}}\n {{#a}}{{/a}}\n", "{\"a\":1}", " 1\n \n", NULL},
        {"alone: their lines go", "0\n{{#a}}\n1\n{{/a}}\n2\n", "{\"a\":1}", "0\n1\n2\n", NULL},
        {"alone, indented", "0\n  {{#a}}\n1\n  {{/a}}\n2\n", "{\"a\":1}", "0\n1\n2\n", NULL},
        {"alone, CR LF", "0\r\n{{#a}}\r\n{{/a}}\r\n2", "{\"a\":1}", "0\r\n2", NULL},
        {"alone on the first line", "  {{#a}}\n1{{/a}}\n2", "{\"a\":1}", "1\n2", NULL},
        {"alone on the last line", "0{{#a}}\n1\n  {{/a}}", "{\"a\":1}", "0\n1\n", NULL},
        {"blanks within do not count", "[{{# a }}1{{/ a }}]", "{\"a\":1}", "[1]", NULL},
        {"left out, with everything in it", "[{{#a}}{{#b}}{{>p}}{{/b}}{{x}}{{/a}}]", "{\"b\":[1]}", "[]", "{\"p\":\"{{\"}"},
    };
    (void)state;
    EACH(rows, MUSTACHE_HTML);
}

static void without_escaping(void **state)
{
    static const struct row rows[] = {
        {"as it is", "{{m}}{{{m}}}{{&m}}", "{\"m\":\"<&\\\">\"}", "<&\"><&\"><&\">", NULL},
        {"in a partial too", "{{>p}}", "{\"m\":\"<\"}", "<", "{\"p\":\"{{m}}\"}"},
    };
    (void)state;
    EACH(rows, MUSTACHE_NONE);
}

/* ---- what is wrong, and where ---- */

static void mistakes_have_a_place(void **state)
{
    static const struct { const char *text, *partials, *where, *what; } rows[] = {
        {"Dear {{name", NULL, "t:1:6", "not closed: end it with }}"},
        {"one\ntwo {{{name}} three", NULL, "t:2:5", "not closed: end it with }}}"},
        {"{{=<% %>", NULL, "t:1:1", "not closed: end it with =}}"},
        {"{{! never", NULL, "t:1:1", "not closed"},
        {"{{a\n{{b}}", NULL, "t:1:1", "not closed"},
        {"é日{{name", NULL, "t:1:3", "not closed"},
        {"a\r\nb\r\n{{}}", NULL, "t:3:1", "names nothing"},
        {"{{#  }}", NULL, "t:1:1", "names nothing"},
        {"{{first name}}", NULL, "t:1:1", "\"first name\" is not a name"},
        {"{{ #a}}x{{/a}}", NULL, "t:1:1", "blank before #"},
        {"x {{<layout}}y{{/layout}}", NULL, "t:1:3", "inheritance"},
        {"x {{$slot}}y{{/slot}}", NULL, "t:1:3", "inheritance"},
        {"\n\n  {{#a}}\n x", NULL, "t:3:3", "\"a\" opened here is never closed: add {{/a}}"},
        {"{{=<% %>=}}<%#a%>", NULL, "t:1:12", "add <%/a%>"},
        {"x\n{{/a}}", NULL, "t:2:1", "\"/a\" closes nothing"},
        {"{{#a}}\n{{#b}}\n{{/a}}{{/b}}", NULL, "t:3:1", "close \"b\", opened at line 2, first"},
        {"{{#a}}{{/ab}}", NULL, "t:1:7", "\"/ab\" closes another section"},
        {"{{=<%=}}", NULL, "t:1:1", "new delimiters are two words"},
        {"{{=a b c=}}", NULL, "t:1:1", "new delimiters are two words"},
        {"{{== ==}}", NULL, "t:1:1", "new delimiters are two words"},
        {"x\n  {{>p}}\n", "{\"p\":\"a\\nb {{\"}", "partial:2:3", "not closed"},
        {" {{>p}}\n", "{\"p\":\"é{{#a}}\"}", "partial:1:2", "never closed"},
        {" {{>p}}\n", "{\"p\":\"a\\n  {{>p}}{{>p}}\"}", "partial:2:3", "128 deep"},
        {"{{>p}}", "{\"p\":\"\\n{{/x}}\"}", "partial:2:1", "closes nothing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row r = {rows[i].text, rows[i].text, "{}", "", rows[i].partials};
        struct buf out;
        struct err e = {0};
        buf_init(&out, 0);
        buf_puts(&out, "before");
        assert_false(render(&r, MUSTACHE_HTML, &out, &e));
        assert_int_equal(e.code, ERR_INPUT);
        if (strcmp(e.where, rows[i].where) != 0 || !strstr(e.text, rows[i].what))
            fail_msg("%s:\ngot    %s: %s\nwanted %s: …%s…", rows[i].text, e.where, e.text, rows[i].where, rows[i].what);
        assert_memory_equal(buf_str(&out), "before", 6);
        buf_finish(&out);
    }
}

static void data_that_are_no_json(void **state)
{
    struct mustache_source text = {"t", "{{a}}", 5, 1}, bad = {"d.json", "{\"a\":\n  1,}", 11, 1}, good = {"d.json", "{\"a\":1}", 7, 1};
    struct buf out;
    struct err e = {0};
    (void)state;
    buf_init(&out, 0);
    assert_false(mustache_render_json(&text, &bad, NULL, MUSTACHE_HTML, &out, &e));
    assert_int_equal(strncmp(e.where, "d.json:2:", 9), 0);
    assert_non_null(strstr(e.text, "not JSON"));
    assert_true(mustache_render_json(&text, &good, NULL, MUSTACHE_HTML, &out, &e));
    assert_string_equal(buf_str(&out), "1");
    text = (struct mustache_source){"t", "a\n{{", 4, 12};
    assert_false(mustache_render_json(&text, &good, NULL, MUSTACHE_HTML, &out, &e));
    assert_string_equal(e.where, "t:13:1");
    buf_finish(&out);
}

/* A long path is shown from its end, cut between characters. */
static void long_paths_keep_their_end(void **state)
{
    char path[300 + sizeof "/x.mustache"];
    struct buf out;
    struct err e = {0};
    (void)state;
    for (size_t i = 0; i < 300; i += 2)
        memcpy(path + i, "\xC3\xA9", 2);
    memcpy(path + 300, "/x.mustache", sizeof "/x.mustache");
    buf_init(&out, 0);
    assert_false(mustache_render(path, "{{", 2, NULL, NULL, MUSTACHE_HTML, &out, &e));
    assert_non_null(strstr(e.where, "/x.mustache:1:1"));
    assert_int_equal(strncmp(e.where, "\xE2\x80\xA6\xC3\xA9", 5), 0);
    buf_finish(&out);
}

/* ---- bounds ---- */

/* depth sections one in another, around a mark. */
static void nested(struct buf *b, int depth)
{
    buf_init(b, 0);
    for (int i = 0; i < depth; i++)
        buf_puts(b, "{{#a}}");
    buf_puts(b, "here");
    for (int i = 0; i < depth; i++)
        buf_puts(b, "{{/a}}");
}

static bool refused(const char *text, const char *data, const char *partials, size_t most, const char *what)
{
    struct row r = {text, text, data, "", partials};
    struct buf out;
    struct err e = {0};
    buf_init(&out, most);
    bool ok = !render(&r, MUSTACHE_HTML, &out, &e);
    if (ok && !strstr(e.text, what))
        fail_msg("%.60s: %s: %s", text, e.where, e.text);
    ok = ok && (!most || out.len <= most);
    buf_finish(&out);
    return ok;
}

static void depth_is_bounded(void **state)
{
    struct buf text, out;
    struct err e;
    (void)state;
    nested(&text, 128);
    struct row r = {"128", buf_str(&text), "{\"a\":1}", "here", NULL};
    buf_init(&out, 0);
    assert_true(render(&r, MUSTACHE_HTML, &out, &e));
    assert_string_equal(buf_str(&out), "here");
    buf_finish(&out);
    buf_finish(&text);
    nested(&text, 129);
    assert_true(refused(buf_str(&text), "{\"a\":1}", NULL, 0, "more than 128 deep"));
    assert_true(refused(buf_str(&text), "{}", NULL, 0, "more than 128 deep"));
    buf_finish(&text);
    assert_true(refused("{{>p}}", "{}", "{\"p\":\"x{{>p}}\"}", 0, "128 deep"));
    assert_true(refused("{{>p}}", "{\"a\":1}", "{\"p\":\"{{#a}}{{>p}}{{/a}}\"}", 0, "128 deep"));
}

static void output_is_bounded(void **state)
{
    (void)state;
    assert_true(refused("{{#a}}{{#a}}{{#a}}0123456789{{/a}}{{/a}}{{/a}}", "{\"a\":[1,2,3,4,5,6,7,8,9]}", NULL, 1000, "too long here"));
    assert_true(refused("{{{m}}}{{{m}}}", "{\"m\":\"0123456789\"}", NULL, 15, "too long here"));
}

static void work_is_bounded(void **state)
{
    struct buf list, blanks;
    (void)state;
    /* without a byte of output */
    buf_init(&list, 0);
    for (int i = 0; i < 40; i++)
        buf_puts(&list, "{\"a\":");
    buf_puts(&list, "{}");
    for (int i = 0; i < 40; i++)
        buf_puts(&list, "}");
    assert_true(refused("{{>p}}", buf_str(&list), "{\"p\":\"{{#.a}}{{>p}}{{>p}}{{/.a}}\"}", 0, "does not come to an end"));
    buf_reset(&list);
    buf_puts(&list, "{\"a\":[1");
    for (int i = 0; i < 9999; i++)
        buf_puts(&list, ",1");
    buf_puts(&list, "]}");
    assert_true(refused("{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}", buf_str(&list), NULL, 0, "does not come to an end"));
    buf_finish(&list);
    /* indentation times lines */
    buf_init(&blanks, 0);
    for (int i = 0; i < 20000; i++)
        buf_putc(&blanks, ' ');
    buf_puts(&blanks, "{{>p}}");
    buf_init(&list, 0);
    buf_puts(&list, "{\"p\":\"");
    for (int i = 0; i < 20000; i++)
        buf_puts(&list, "\\n");
    buf_puts(&list, "\"}");
    assert_true(refused(buf_str(&blanks), "{}", buf_str(&list), 0, "does not come to an end"));
    buf_finish(&list);
    buf_finish(&blanks);
}

/* ---- walking ---- */

struct seen { struct buf text; int stop_at; };

static bool note(void *ctx, const struct mustache_use *u, struct err *e)
{
    static const char marks[] = {[MUSTACHE_NAME] = ' ', [MUSTACHE_RAW] = '&', [MUSTACHE_SECTION] = '#', [MUSTACHE_INVERTED] = '^',
                                 [MUSTACHE_END] = '/', [MUSTACHE_PARTIAL] = '>'};
    struct seen *s = ctx;
    buf_printf(&s->text, "%c%.*s@%d:%d;", marks[u->tag], (int)u->size, u->name, u->line, u->column);
    return --s->stop_at != 0 || err_set(e, ERR_INPUT, "here", "enough");
}

static void walking_tells_every_name(void **state)
{
    static const char text[] = "{{a.b}}{{! no }}{{=< >=}}\nx<{c}><& d ><#e><.></e>\n\n <^f></f><>g>";
    struct seen s = {.stop_at = 0};
    struct err e = {0};
    (void)state;
    buf_init(&s.text, 0);
    assert_true(mustache_walk("t", text, strlen(text), 10, 5, note, &s, &e));
    assert_string_equal(buf_str(&s.text), " a.b@10:5;&c@11:2;&d@11:7;#e@11:13;" " .@11:17;/e@11:20;^f@13:2;/f@13:6;>g@13:10;");
    buf_reset(&s.text);
    s.stop_at = 2;
    assert_false(mustache_walk("t", text, strlen(text), 1, 1, note, &s, &e));
    assert_string_equal(e.text, "enough");
    assert_string_equal(buf_str(&s.text), " a.b@1:1;&c@2:2;");
    assert_false(mustache_walk("t", "{{#a}}", 6, 1, 1, note, &s, &e));
    assert_string_equal(e.where, "t:1:1");
    buf_finish(&s.text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments),
        cmocka_unit_test(delimiters),
        cmocka_unit_test(values),
        cmocka_unit_test(inverted),
        cmocka_unit_test(partials),
        cmocka_unit_test(sections),
        cmocka_unit_test(without_escaping),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(data_that_are_no_json),
        cmocka_unit_test(long_paths_keep_their_end),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(output_is_bounded),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(walking_tells_every_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
