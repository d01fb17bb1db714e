/* The program's own templates, brought by a migration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/template.h"
#include "db/migrate.h"
#include "db/pg.h"
#include "db/ship.h"

#define FILE_OF(name, text) { name, text, sizeof text - 1 }
#define HEAD "---\ntitle: Address needed\nkinds: address_issue\n---\n"

static const struct embed_file first[] = {
    FILE_OF("t_ship.sms.en.mustache", HEAD "Hello {{customer.first_name}}\n"), FILE_OF("t_ship.sms.es.mustache", HEAD "Hola\n"), { 0 } };
static const struct embed_file second[] = {
    FILE_OF("t_ship.sms.en.mustache", HEAD "Hi {{customer.first_name}}\n"), FILE_OF("t_ship.sms.es.mustache", HEAD "Hola\n"), { 0 } };
static const struct embed_file broken[] = { FILE_OF("t_ship.sms.en.mustache", "---\ncolour: red\n---\nx\n"), { 0 } };
static const struct embed_file none[] = { { 0 } };

static PGconn *db;

static int open_db(void **state)
{
    (void)state;
    const char *dsn = getenv("DOORSTEP_TEST_DSN");
    struct migrate_result m;
    struct err e = { 0 };
    return dsn && db_migrate(dsn, false, &m, &e) && (db = pg_connect(dsn, "test", PG_CONNECT_MS, &e)) ? 0 : -1;
}

static int close_db(void **state)
{
    (void)state;
    PQfinish(db);
    return 0;
}

static void expect(const char *sql, const char *wanted)
{
    struct err e = { 0 };
    PGresult *r = pg_run(db, sql, 0, NULL, &e);
    if (!r)
        fail_msg("%s", e.text);
    assert_string_equal(PQgetvalue(r, 0, 0), wanted);
    PQclear(r);
}

static void ship(const struct embed_file *files)
{
    struct err e = { 0 };
    if (!ship_files(db, files, &e))
        fail_msg("%s: %s", e.where, e.text);
}

#define VERSIONS \
    "SELECT string_agg(concat_ws(' ', t.language, v.version, v.state, v.author, v.required), ', ' ORDER BY t.language, v.version) " \
    "FROM doorstep.template t JOIN doorstep.template_version v ON v.template_id = t.id WHERE t.name = 't_ship'"

static void they_are_in_force_once(void **state)
{
    (void)state;
    ship(first);
    expect(VERSIONS, "en 1 approved doorstep {customer.first_name}, es 1 approved doorstep {}");
    PQclear(pg_run(db, "UPDATE doorstep.template_shipping SET at = '2000-01-01'", 0, NULL, NULL));
    ship(first);
    expect("SELECT extract(year FROM at) FROM doorstep.template_shipping", "2000");    /* one look and no more */
    ship(second);
    expect("SELECT extract(year FROM at) > 2000 FROM doorstep.template_shipping", "t");
    expect(VERSIONS, "en 1 retired doorstep {customer.first_name}, en 2 approved doorstep {customer.first_name}, es 1 approved doorstep {}");
    ship(none);
    expect("SELECT count(*) FROM doorstep.template t JOIN doorstep.template_version v ON v.template_id = t.id"
           " WHERE t.name = 't_ship' AND v.state = 'approved'", "2");
    expect("SELECT current_user = session_user", "t");
}

static void a_mistake_names_its_place(void **state)
{
    (void)state;
    struct err e = { 0 };
    assert_false(ship_files(db, broken, &e));
    assert_non_null(strstr(e.where, "t_ship.sms.en.mustache:2"));
    assert_non_null(strstr(e.text, "colour"));
    expect("SELECT current_user = session_user", "t");
}

static void both_know_the_same_names(void **state)
{
    (void)state;
    struct buf names;
    const char *what, *example;
    buf_init(&names, 0);
    for (int i = 0; template_name_at(i, &what, &example); i++)
        buf_printf(&names, "%s%s", i ? "," : "", template_name_at(i, &what, &example));
    expect("SELECT array_to_string(doorstep.template_names(), ',')", buf_str(&names));
    buf_finish(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_in_force_once),
        cmocka_unit_test(a_mistake_names_its_place),
        cmocka_unit_test(both_know_the_same_names),
    };
    return cmocka_run_group_tests(tests, open_db, close_db);
}
