/* What the end-to-end tests share: people, documents, and the database from outside. */
#ifndef E2E_WORLD_H
#define E2E_WORLD_H

#include <libpq-fe.h>

#include "terminal.h"

/* Connects as the owner and makes maria and dana (agents), okafor (lead), eve (viewer) and the
 * feed's login. Dies when the environment is not the harness's. */
void world_open(void);
void world_close(void);

/* A DSN of this test's database for a role; static, until the next call. */
const char *world_dsn(const char *role);

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

#endif
