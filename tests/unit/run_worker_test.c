#include "run/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* A database that is not there: each of these ends without one. */
static const char nowhere[] = "host=/nonexistent dbname=none";

static void a_database_that_is_not_there(void **state)
{
    (void)state;
    struct err e = {0};
    struct worker_counts n = {.sent = 7};
    assert_false(worker_run(&(struct worker_options){.dsn = nowhere, .once = true}, &n, &e));
    assert_int_equal(e.code, ERR_UNREACHABLE);
    assert_int_equal(n.sent, 0);
}

static void urls_leave_the_environment(void **state)
{
    (void)state;
    struct err e = {0};
    char *before = NULL;
    setenv("DOORSTEP_SMS_URL", "twilio://AC1:geheim@?from=%2B15125550000", 1);
    before = getenv("DOORSTEP_SMS_URL");
    assert_false(worker_run(&(struct worker_options){.dsn = nowhere, .once = true}, NULL, &e));
    assert_null(getenv("DOORSTEP_SMS_URL"));
    assert_int_equal(before[0], '\0');                 /* nor is it in the memory that /proc shows */
    assert_null(strstr(e.text, "geheim"));
}

static void a_url_with_a_mistake(void **state)
{
    (void)state;
    struct err e = {0};
    char line[800];
    setenv("DOORSTEP_EMAIL_URL", "smtp://orders:geheim@mail.example.com?nosuch=1", 1);
    assert_false(worker_run(&(struct worker_options){.dsn = nowhere, .once = true}, NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    err_line(&e, line, sizeof line);
    assert_non_null(strstr(line, "email.url"));
    assert_null(strstr(line, "geheim"));
    assert_null(getenv("DOORSTEP_EMAIL_URL"));
}

static void a_channel_asked_for_and_not_there(void **state)
{
    (void)state;
    struct err e = {0};
    assert_false(worker_run(&(struct worker_options){.dsn = nowhere, .once = true, .only = {[CHANNEL_WHATSAPP] = true}}, NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.text, "DOORSTEP_WHATSAPP_URL"));
}

static void a_file_that_others_can_read(void **state)
{
    (void)state;
    struct err e = {0};
    char path[] = "/tmp/doorstep-channels-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, "email.url = maildir:/tmp/x\n", 27) == 27);
    assert_int_equal(fchmod(fd, 0640), 0);
    close(fd);
    assert_false(worker_run(&(struct worker_options){.dsn = nowhere, .once = true, .secrets = path}, NULL, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    unlink(path);
}

int main(void)
{
    unsetenv("DOORSTEP_EMAIL_URL");
    unsetenv("DOORSTEP_SMS_URL");
    unsetenv("DOORSTEP_WHATSAPP_URL");
    log_open(-1, LOG_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_that_is_not_there), cmocka_unit_test(urls_leave_the_environment), cmocka_unit_test(a_url_with_a_mistake),
        cmocka_unit_test(a_channel_asked_for_and_not_there), cmocka_unit_test(a_file_that_others_can_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
