/* How the server does: what any role may ask, and more for those who may see all sessions. */
#include <stdlib.h>
#include <string.h>

#include "base/versions.h"
#include "probe_in.h"

int db_libpq_version(void)
{
    int v = PQlibVersion();    /* 150018 */
    return VERSION_NUMBER(v / 10000, 0);
}

/* Other roles' sessions show their state only to members of pg_read_all_stats; how many there are everybody may see.
 * A table's statistics are old when more rows changed since they were made than it had then, and a hundred thousand. */
static const char load_sql[] =
    "SELECT (SELECT sum(numbackends) FROM pg_stat_database),"
    " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,"
    " floor(pg_notification_queue_usage() * 100)::int,"
    " i.n, i.minutes, i.who,"
    " (SELECT (extract(epoch FROM r.rolvaliduntil) * 1000)::bigint FROM pg_roles r WHERE r.rolname = session_user AND isfinite(r.rolvaliduntil)),"
    " (SELECT string_agg(s.relname, ', ' ORDER BY s.n_mod_since_analyze DESC) FROM pg_stat_user_tables s JOIN pg_class t ON t.oid = s.relid"
    "   WHERE s.schemaname = 'doorstep' AND s.n_mod_since_analyze > 100000 AND s.n_mod_since_analyze > t.reltuples),"
    " current_setting('autovacuum'),"
    " current_setting('synchronous_commit') <> 'off', current_setting('fsync'),"
    " CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory', true) END"
    " FROM (SELECT count(*) AS n, floor(extract(epoch FROM max(now() - a.state_change)) / 60)::int AS minutes,"
    "   (array_agg(format('pid %s, %s, %s', a.pid, a.usename, a.application_name) ORDER BY a.state_change))[1] AS who"
    "   FROM pg_stat_activity a WHERE a.state LIKE 'idle in transaction%' AND a.state_change < now() - interval '5 minutes') i";

static bool is_on(const PGresult *r, int column) { return strcmp(PQgetvalue(r, 0, column), "on") == 0; }

void probe_load(PGconn *c, struct db_probe *out)
{
    struct db_load *l = &out->load;
    PGresult *r = probe_ask(c, load_sql, out);
    if (PQntuples(r) == 1) {
        l->known = true;
        l->connections = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
        l->connections_most = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
        l->notify_percent = (int)strtol(PQgetvalue(r, 0, 2), NULL, 10);
        l->idle_transactions = strtoll(PQgetvalue(r, 0, 3), NULL, 10);
        l->idle_minutes = (int)strtol(PQgetvalue(r, 0, 4), NULL, 10);
        probe_keep(l->idle_who, sizeof l->idle_who, PQgetvalue(r, 0, 5));
        l->password_until = strtoll(PQgetvalue(r, 0, 6), NULL, 10);
        probe_keep(l->stale, sizeof l->stale, PQgetvalue(r, 0, 7));
        l->autovacuum = is_on(r, 8);
        l->waits = PQgetvalue(r, 0, 9)[0] == 't';
        l->syncs = is_on(r, 10);
        probe_keep(l->data_directory, sizeof l->data_directory, PQgetvalue(r, 0, 11));
    }
    PQclear(r);
}
