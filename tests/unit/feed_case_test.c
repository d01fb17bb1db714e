/* What helpdesks' webhooks say: taken, cleaned, refused with a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "feed/case.h"

static const struct { const char *desk, *body, *wanted; } good[] = {
    {"zendesk", "{\"ticket_id\": \"35436\"}", "[{\"desk\":\"zendesk\",\"desk_id\":\"35436\"}]"},
    {"zendesk", "{\"type\": \"zen:event-type:ticket.status_changed\", \"id\": \"e-1\", \"detail\": {\"id\": \"35436\"}}", "[{\"desk\":\"zendesk\",\"desk_id\":\"35436\"}]"},
    {"freshdesk", "{\"freshdesk_webhook\": {\"ticket_id\": 71}}", "[{\"desk\":\"freshdesk\",\"desk_id\":\"71\"}]"},
    {"doorstep", "{\"ticket\": \"K-9\", \"state\": \"solved\", \"updated_at\": \"2026-11-22T12:00:00+01:00\", \"url\": \"https://d.example/K-9\"}",
     "[{\"desk\":\"webhook+https\",\"desk_id\":\"K-9\",\"desk_url\":\"https://d.example/K-9\",\"state\":\"solved\",\"desk_state\":\"solved\",\"desk_at\":\"2026-11-22T11:00:00Z\"}]"},
    {"doorstep", "{\"external_id\": \"doorstep-12-9f3c1a2b\", \"deleted\": true}", "[{\"desk\":\"webhook+https\",\"external_id\":\"doorstep-12-9f3c1a2b\",\"code\":\"gone\"}]"},
    {"doorstep", "{\"ticket\": 9, \"comments\": [{\"id\": 1, \"by\": \"E\\u202eve\\u0007\", \"text\": \"not\\nso\"}]}",
     "[{\"desk\":\"webhook+https\",\"desk_id\":\"9\",\"notes\":[{\"id\":\"1\",\"by\":\"Eve\",\"public\":false,\"text\":\"not\\nso\"}]}]"},
};

static const struct { const char *desk, *body, *says; } bad[] = {
    {"zendesk", "", "no JSON object"}, {"zendesk", "[1]", "no JSON object"}, {"zendesk", "{\"a\": 1, \"a\": 2}", "no JSON object"},
    {"zendesk", "{\"ticket_id\": null}", "no ticket's number"}, {"freshdesk", "{\"ticket_id\": {\"x\": 1}}", "no ticket's number"},
    {"doorstep", "{\"state\": \"open\"}", "neither \"ticket\" nor \"external_id\""}, {"doorstep", "{\"ticket\": \"1\", \"state\": \"weird\"}", "open, pending, solved or closed"},
    {"doorstep", "{\"ticket\": \"1\", \"state\": 4}", "open, pending, solved or closed"}, {"doorstep", "{\"ticket\": \"1\", \"updated_at\": \"yesterday\"}", "no time"},
    {"doorstep", "{\"ticket\": \"1\", \"comments\": {}}", "a list"}, {"doorstep", "{\"ticket\": \"1\", \"comments\": [{\"text\": \"\"}]}", "a comment has no text"},
};

static void taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct buf out;
        struct err e;
        buf_init(&out, 0);
        if (!feed_case(good[i].desk, good[i].body, strlen(good[i].body), &out, &e))
            fail_msg("%s: %s", good[i].body, e.text);
        assert_string_equal(buf_str(&out), good[i].wanted);
        buf_finish(&out);
    }
}

static void refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf out;
        struct err e;
        buf_init(&out, 0);
        if (feed_case(bad[i].desk, bad[i].body, strlen(bad[i].body), &out, &e) || !strstr(e.text, bad[i].says))
            fail_msg("%s: %s", bad[i].body, e.text);
        buf_finish(&out);
    }
}

/* Any beginning of a good one is refused or taken, never more than that; what is taken is JSON. */
static void cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (size_t n = 0; n <= strlen(good[i].body); n++) {
            struct buf out;
            struct err e;
            buf_init(&out, 0);
            bool fine = feed_case(good[i].desk, good[i].body, n, &out, &e);
            assert_int_equal(fine, n == strlen(good[i].body));
            json_t *json = fine ? json_loads(buf_str(&out), 0, NULL) : NULL;
            assert_int_equal(json_is_array(json), fine);
            json_decref(json);
            buf_finish(&out);
        }
}

static void desks(void **state)
{
    (void)state;
    assert_true(feed_has_desk("zendesk") && feed_has_desk("freshdesk") && feed_has_desk("doorstep"));
    assert_false(feed_has_desk("") || feed_has_desk("easypost") || feed_has_desk("../zendesk"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(taken), cmocka_unit_test(refused), cmocka_unit_test(cut), cmocka_unit_test(desks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
