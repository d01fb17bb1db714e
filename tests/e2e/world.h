/* What the end-to-end tests share: people, documents, and the database from outside. */
#ifndef E2E_WORLD_H
#define E2E_WORLD_H

#include <libpq-fe.h>

#include "terminal.h"

/* Connects as the owner and makes maria and dana (agents), okafor (lead), eve (viewer) and the
 * feed's login. Dies when the environment is not the harness's. */
void world_open(void);
void world_close(void);
/* From now on, and before world_open(): a cluster of this test's own in that folder, a copy of the tests', which may be ended.
 * After it came back: world_connect(). Its owner removes it (trouble_pg("stop")). */
void world_move(const char *cluster);
void world_connect(void);
/* From now on the cluster in that folder, which took over. */
void world_is_on(const char *cluster);

/* A DSN of this test's database for a role; static, until the next call. The same without its host, for another way there. */
const char *world_dsn(const char *role);
const char *world_user(const char *role);

/* Runs SQL as the owner; the first cell of the result, "" when there is none; static. */
const char *world_sql(const char *sql);

/* Runs doorstep with these arguments as a role, the text (may be NULL) on its standard input; its exit status. */
int world_run(const char *role, const char *input, char *const arguments[]);
/* Gives a document to `doorstep ingest`; its exit status. */
int world_ingest(const char *document);
/* A UPS parcel in trouble (X/48, an address issue), due soon; the tracking number as given. */
void world_problem(const char *tracking_number);
/* The same parcel of a customer: first name "Rosa" is Rosa Delgado, rosa@example.com, speaks Spanish, agreed to e-mail. */
void world_customer(const char *first_name, const char *tracking_number);

/* A dashboard for a role. */
void world_dashboard(struct terminal *t, const char *role, int rows, int cols);

#define SOON 60000   /* ms: a deadline, not a wait, of a machine that has much else to do */

/* What a screen shows, or no longer shows, before the deadline; else the test fails with the screen as it is. */
#define SHOWS(t, text)                                     \
    do {                                                   \
        if (!terminal_wait(&(t), (text), SOON)) {          \
            terminal_dump(&(t));                           \
            fail_msg("%s does not show: %s", #t, (text));  \
        }                                                  \
    } while (0)
#define SHOWS_NO(t, text)                                      \
    do {                                                       \
        if (!terminal_wait_gone(&(t), (text), SOON)) {         \
            terminal_dump(&(t));                               \
            fail_msg("%s still shows: %s", #t, (text));        \
        }                                                      \
    } while (0)

/* Whether the database says so before the deadline; t's screen lives on meanwhile. */
bool world_becomes(struct terminal *t, const char *sql, const char *expected);
#define BECOMES(t, sql, expected)                             \
    do {                                                      \
        if (!world_becomes(&(t), (sql), (expected)))          \
            assert_string_equal(world_sql(sql), (expected));  \
    } while (0)

#endif
