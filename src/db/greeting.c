#include "db/greeting.h"

#include <string.h>

#include "db/migrate.h"
#include "db/trouble.h"

bool greeting_read_only(const struct hello *h, struct err *e)
{
    if (h->standby)
        return err_set(e, ERR_REFUSED, NULL, "%s is a standby, read-only: nothing was changed; connect to the primary to work", h->server);
    return err_set(e, ERR_REFUSED, NULL, "this session is read-only, nothing was changed: leave out --read-only (DOORSTEP_READ_ONLY), "
                   "or ask who set default_transaction_read_only for %s", h->role);
}

bool greeting_writable(const struct hello *h, struct err *e)
{
    return !h->read_only || trouble_set(e, "25006", h->server, "", "");
}

static bool level_fits(const struct hello *h, bool worker, struct err *e)
{
    if (h->level != ROLE_NONE || (worker && h->worker))
        return true;
    if (h->worker)
        return err_set(e, ERR_REFUSED, NULL, "%s is a worker's role: use your own, or run `doorstep worker`", h->role);
    return err_set(e, ERR_REFUSED, NULL, "%s may not use Doorstep: ask an administrator to run `doorstep user add %s`", h->role, h->role);
}

bool greeting_version(int version, struct err *e)
{
    int wanted = db_schema_wanted();
    if (version == wanted)
        return true;
    return err_set(e, ERR_CONFIG, NULL, "the database has schema version %d and this program needs %d: %s", version, wanted,
                   version < wanted ? "run `doorstep migrate`" : "upgrade this program, and start it again");
}

bool greeting_fits(const struct hello *h, bool worker, struct err *e)
{
    return greeting_version(h->schema_version, e) && level_fits(h, worker, e);
}

bool greeting_timeline(const struct hello *h, int32_t *seen, struct err *e)
{
    if (h->timeline < *seen)
        return err_set(e, ERR_AGAIN, NULL, "PostgreSQL at %s was left behind by a failover (timeline %d, seen %d) and is not used: wait for the new primary, "
                       "and tell whoever runs it", h->server, (int)h->timeline, (int)*seen);
    *seen = h->timeline;
    return true;
}

void greeting_explain(struct err *e, const char *user)
{
    struct err was = *e;
    if (strcmp(was.sqlstate, "42501") == 0)
        err_set(e, ERR_REFUSED, NULL, "%s may not use Doorstep: ask an administrator to run `doorstep user add %s`", user, user);
    else if (strcmp(was.sqlstate, "3F000") == 0 || strcmp(was.sqlstate, "42883") == 0 || strcmp(was.sqlstate, "42703") == 0 ||
             strcmp(was.sqlstate, "42P01") == 0)
        err_set(e, ERR_CONFIG, NULL, "this database has no Doorstep schema, or an older one: run `doorstep migrate`");
    memcpy(e->sqlstate, was.sqlstate, sizeof was.sqlstate);
}
