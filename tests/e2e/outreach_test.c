/* Telling customers, as it is done: the preview, the edit, the session that dies, the time to think
 * better of it (ten minutes here, so that no machine is too slow to type u), the worker, the answer; and a lead who tells many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "e2e/world.h"

#define ROSA "1ZE2EROSA000000001"

static struct terminal maria, okafor;

static void open_maria(void)
{
    world_dashboard(&maria, "maria", 36, 120);
    SHOWS(maria, "live");
    terminal_type(&maria, "/<C-u>tracking:" ROSA "<Enter>");
    SHOWS(maria, "Rosa Delgado");
}

static void compose(void)
{
    terminal_type(&maria, "m");
    SHOWS(maria, "Message to Rosa Delgado");
}

static void test_the_preview_is_hers(void **state)
{
    (void)state;
    world_sql("UPDATE doorstep.contact_policy SET undo_seconds = 600");
    world_customer("Rosa", ROSA);
    open_maria();
    compose();
    SHOWS(maria, "rosa@example.com");
    SHOWS(maria, "Hola, Rosa");
    SHOWS(maria, "nothing in the way");
}

/* Whoever loses the session while typing finds the text, to the last letter. */
static void lose_and_come_back(int signo, const char *typed)
{
    terminal_type(&maria, "e");
    SHOWS(maria, "Esc done");
    terminal_type(&maria, typed);
    SHOWS(maria, typed);                   /* drawn: less than the pause after which it would be kept anyway */
    if (signo && kill(maria.pid, signo) != 0)
        fail_msg("it is gone already");
    assert_int_equal(signo ? terminal_close(&maria) : terminal_cut(&maria), 0);
    open_maria();
    compose();
    SHOWS(maria, "your draft of");
    SHOWS(maria, typed);
}

static void test_a_cut_line_loses_nothing(void **state)
{
    (void)state;
    lose_and_come_back(0, "Querida Rosa: ");
    lose_and_come_back(SIGHUP, "Hoy, ");
    lose_and_come_back(SIGTERM, "Por fin: ");
    assert_string_equal(world_sql("SELECT left(body, 28) FROM doorstep.draft"), "Por fin: Hoy, Querida Rosa: ");
}

static void confirm(void)
{
    SHOWS(maria, "nothing in the way");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "again sends the e-mail to Rosa Delgado");
    terminal_type(&maria, "<Enter>");
    SHOWS(maria, "e-mail to Rosa Delgado goes out in");
}

static void test_sent_taken_back_and_sent(void **state)
{
    (void)state;
    confirm();
    SHOWS(maria, "u takes it back");
    terminal_type(&maria, "u");
    BECOMES(maria, "SELECT string_agg(state::text, ' ' ORDER BY id) FROM doorstep.outreach", "cancelled");
    compose();
    SHOWS(maria, "Por fin: Hoy, Querida Rosa: ");
    confirm();
    BECOMES(maria, "SELECT string_agg(state::text, ' ' ORDER BY id) FROM doorstep.outreach", "cancelled queued");
    assert_string_equal(world_sql("SELECT left(body, 28) FROM doorstep.outreach WHERE state = 'queued'"), "Por fin: Hoy, Querida Rosa: ");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.draft"), "0");
}

static char *slurp(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    return text;
}

/* The text of the first part, without soft line ends; everything this test writes is ASCII. */
static bool holds(const char *mail, const char *text)
{
    static char plain[65536];
    size_t n = 0;
    for (const char *s = mail; *s; s++) {
        if (s[0] == '=' && s[1] == '\r' && s[2] == '\n')
            s += 2;
        else if (*s != '\r')
            plain[n++] = *s;
    }
    plain[n] = '\0';
    return strstr(plain, text) != NULL;
}

static void test_the_worker_delivers_what_was_seen(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found = {0};
    snprintf(pattern, sizeof pattern, "%s/new/*.eml", getenv("E2E_MAILDIR"));
    assert_int_equal(world_run("mailer", NULL, (char *[]){"worker", "--once", NULL}), 0);
    assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);     /* its time has not gone by */
    world_sql("UPDATE doorstep.outreach SET send_after = now(), undo_until = now() WHERE state = 'queued'");
    assert_int_equal(world_run("mailer", NULL, (char *[]){"worker", "--once", NULL}), 0);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    char *mail = slurp(found.gl_pathv[0]);
    assert_true(holds(mail, "rosa@example.com"));
    assert_true(holds(mail, "Por fin: Hoy, Querida Rosa: Hola, Rosa"));
    globfree(&found);
    terminal_type(&maria, "l3");
    SHOWS(maria, "taken by the provider");
    SHOWS(maria, "r…a@example.com");
}

/* What may have gone out is settled by a person, in the messages tab; so is what did not. */
static void test_what_is_unknown_is_settled(void **state)
{
    (void)state;
    world_sql("UPDATE doorstep.outreach SET state = 'unknown', reason = 'no answer after 412 bytes' WHERE state = 'sent'");
    terminal_type(&maria, "<C-r>");
    SHOWS(maria, "may have gone out");
    terminal_type(&maria, "F");
    SHOWS(maria, "did not go out?");
    terminal_type(&maria, "y");
    SHOWS(maria, "noted: it did not go out");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.outreach WHERE state = 'failed'"), "1");
    SHOWS(maria, "maria found that");     /* read again: what T asks depends on it */
    terminal_type(&maria, "T");
    SHOWS(maria, "again?");
    terminal_type(&maria, "y");
    SHOWS(maria, "in the queue again");
    SHOWS(maria, "waiting to go out");    /* and again */
    terminal_type(&maria, "X");
    SHOWS(maria, "Stop the e-mail");
    terminal_type(&maria, "y");
    SHOWS(maria, "it does not go out");
    assert_string_equal(world_sql("SELECT string_agg(DISTINCT state::text, ' ') FROM doorstep.outreach"), "cancelled");
}

static void test_her_answer_wakes_it(void **state)
{
    (void)state;
    terminal_type(&maria, ":wait 2d<Enter>");
    BECOMES(maria, "SELECT state::text FROM doorstep.exception WHERE tracking_number = '" ROSA "'", "waiting");
    char document[512];
    snprintf(document, sizeof document,
             "{\"type\":\"inbound\",\"id\":\"in-1\",\"at\":\"%s\",\"channel\":\"email\",\"from\":\"rosa@example.com\",\"text\":\"Calle Mayor 12, piso 3\"}\n",
             world_sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
    assert_int_equal(world_run("feeder", document, (char *[]){"ingest", "--format", "receipt", NULL}), 0);
    SHOWS(maria, "Calle Mayor 12");
    BECOMES(maria, "SELECT state::text FROM doorstep.exception WHERE tracking_number = '" ROSA "'", "working");
    terminal_type(&maria, "2");
    SHOWS(maria, "Calle Mayor 12");
    terminal_type(&maria, "q");
    assert_int_equal(terminal_close(&maria), 0);
}

static void test_a_lead_tells_many_and_takes_it_back(void **state)
{
    (void)state;
    world_customer("Ana", "1ZE2EMANY000000001");
    world_customer("Berta", "1ZE2EMANY000000002");
    world_customer("Carla", "1ZE2EMANY000000003");
    world_dashboard(&okafor, "okafor", 36, 120);
    SHOWS(okafor, "live");
    terminal_type(&okafor, "/<C-u>kind:address_issue -tracking:" ROSA "<Enter>");
    SHOWS(okafor, "Carla Delgado");
    SHOWS_NO(okafor, "Rosa Delgado");
    terminal_type(&okafor, "*");
    SHOWS(okafor, "3 selected");
    terminal_type(&okafor, "m");
    SHOWS(okafor, "Which message to 3");
    SHOWS(okafor, "(fits all)");
    SHOWS(okafor, "templates for other kinds");
    SHOWS_NO(okafor, "fits none");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "By which channel");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "e-mail 3");
    terminal_type(&okafor, "<Enter>");
    SHOWS(okafor, "Queue 3 messages to 3 customers");
    terminal_type(&okafor, "y");
    SHOWS(okafor, "3 messages go out in");
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.outreach WHERE state = 'queued'"), "3");
    SHOWS(okafor, "u takes them back");
    terminal_type(&okafor, "u");
    BECOMES(okafor, "SELECT count(*) FROM doorstep.outreach WHERE state = 'cancelled' AND by = 'okafor'", "3");
    assert_int_equal(world_run("mailer", NULL, (char *[]){"worker", "--once", NULL}), 0);
    assert_string_equal(world_sql("SELECT count(*) FROM doorstep.outreach WHERE by = 'okafor' AND state <> 'cancelled'"), "0");
    assert_int_equal(terminal_close(&okafor), 0);
}

int main(void)
{
    char box[256], url[320];
    const char *tmp = getenv("TMPDIR");
    setlocale(LC_ALL, "C.UTF-8");
    snprintf(box, sizeof box, "%s/box", tmp ? tmp : "/tmp");
    snprintf(url, sizeof url, "maildir:%s", box);
    setenv("DOORSTEP_EMAIL_URL", url, 1);
    setenv("DOORSTEP_SMS_URL", url, 1);
    setenv("E2E_MAILDIR", box, 1);
    world_open();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_preview_is_hers),
        cmocka_unit_test(test_a_cut_line_loses_nothing),
        cmocka_unit_test(test_sent_taken_back_and_sent),
        cmocka_unit_test(test_the_worker_delivers_what_was_seen),
        cmocka_unit_test(test_what_is_unknown_is_settled),
        cmocka_unit_test(test_her_answer_wakes_it),
        cmocka_unit_test(test_a_lead_tells_many_and_takes_it_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
