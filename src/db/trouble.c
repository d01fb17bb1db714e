#include "db/trouble.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define TELL "tell whoever runs it"

/* First match wins; what is shorter than five characters is a class. In the words @ is " at PLACE" and ~ what the
 * server said; without a ~ its own words are left out, because they are about its inside ("terminating connection due to
 * administrator command"). Words that begin with "+" are added to the server's, when it gave no advice of its own. */
static const struct trouble {
    const char *state;
    enum err_code code;
    const char *words;
} troubles[] = {
    {"57P01", ERR_UNREACHABLE, "PostgreSQL@ is being restarted, or ended this session: wait a moment, and " TELL " if this lasts"},
    {"57P02", ERR_UNREACHABLE, "PostgreSQL@ restarts after a crash: wait a moment, and " TELL " if this lasts"},
    {"57P03", ERR_UNREACHABLE, "PostgreSQL@ is starting or stopping: wait a moment, and " TELL " if this lasts"},
    {"57P04", ERR_CONFIG,      "the database of this session was dropped from PostgreSQL@: check the name in --dsn or PGDATABASE"},
    {"57P05", ERR_UNREACHABLE, "PostgreSQL@ ended the session because nothing was asked for long (idle_session_timeout): connect again"},
    {"57014", ERR_AGAIN,       "PostgreSQL@ gave this up because it took too long or an administrator stopped it: narrow it down, or try again"},
    {"25P03", ERR_UNREACHABLE, "PostgreSQL@ ended the session because it sat in a transaction: connect again"},
    {"08",    ERR_UNREACHABLE, "the connection to PostgreSQL@ broke (~): check the network, and try again"},
    {"28P01", ERR_CONFIG,      "PostgreSQL@ does not take the password, which is wrong, changed or expired (~): put the right one into ~/.pgpass, or "
                               "ask an administrator for it"},
    {"28",    ERR_CONFIG,      "PostgreSQL@ does not let you in (~): ask an administrator for a login, or for this machine to be allowed"},
    {"3D000", ERR_CONFIG,      "PostgreSQL@ has no such database (~): check the name in --dsn or PGDATABASE"},
    {"3F000", ERR_CONFIG,      "+the schema is not there: run `doorstep migrate`"},
    {"42P01", ERR_CONFIG,      "+the schema does not fit this program: run `doorstep migrate`"},
    {"42703", ERR_CONFIG,      "+the schema does not fit this program: run `doorstep migrate`"},
    {"42883", ERR_CONFIG,      "+the schema does not fit this program: run `doorstep migrate`"},
    {"42704", ERR_CONFIG,      "+it was taken away while this session went on: start again, or ask an administrator"},
    {"42501", ERR_REFUSED,     "+ask an administrator for a role that may do this"},
    {"26000", ERR_CONFIG,      TROUBLE_POOLING},
    {"42P05", ERR_CONFIG,      TROUBLE_POOLING},
    {"25006", ERR_AGAIN,       "PostgreSQL@ takes no changes now (it is a standby, or was made read-only), nothing was changed: try again when the "
                               "primary is back"},
    {"40P01", ERR_AGAIN,       "this and another change waited for each other and this one was given up, nothing was changed: try again"},
    {"40",    ERR_AGAIN,       "this met another change at the same moment and was given up, nothing was changed: try again"},
    {"53100", ERR_AGAIN,       "the disk of PostgreSQL@ is full, nothing was changed: " TELL "; reading goes on"},
    {"53200", ERR_AGAIN,       "PostgreSQL@ had no memory left for this (~), nothing was changed: do it for fewer at once, or " TELL},
    {"53300", ERR_AGAIN,       "PostgreSQL@ has no connection left (~): wait, end sessions that nobody needs, or ask an administrator for more"},
    {"53",    ERR_AGAIN,       "PostgreSQL@ is short of something (~), nothing was changed: try again, or " TELL},
    {"54",    ERR_INPUT,       "+do it for fewer at once"},
    {"55P03", ERR_AGAIN,       "somebody else is changing the same just now, nothing was changed: try again in a moment"},
    {"58",    ERR_AGAIN,       "PostgreSQL@ has trouble with its files (~): " TELL},
    {"P0",    ERR_REFUSED,     NULL},
    {"22",    ERR_INPUT,       NULL},
    {"23",    ERR_INPUT,       NULL},
};

/* 53200, too, when what is used up is the table of locks. */
static const struct trouble no_locks = {"53200", ERR_AGAIN, "PostgreSQL@ has no room left for locks, nothing was changed: try again in a moment; if this "
                                        "lasts, ask whoever runs it for a larger " TROUBLE_LOCKS};

static const struct trouble *find(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
        if (strncmp(sqlstate, troubles[i].state, strlen(troubles[i].state)) == 0)
            return &troubles[i];
    return NULL;
}

enum err_code trouble_code(const char *sqlstate)
{
    const struct trouble *t = find(sqlstate);
    return t ? t->code : ERR_BUG;
}

static void fill(struct buf *b, const char *words, const char *place, const char *said)
{
    for (const char *p = words; *p; p++) {
        if (*p == '@' && place && *place)
            buf_printf(b, " at %s", place);
        else if (*p == '~' && p[1] != '/')
            buf_puts(b, *said ? said : "no reason given");
        else if (*p != '@')
            buf_putc(b, *p);
    }
}

bool trouble_set(struct err *e, const char *sqlstate, const char *place, const char *said, const char *hint)
{
    const struct trouble *t = strstr(hint, TROUBLE_LOCKS) ? &no_locks : find(sqlstate);
    struct buf b;
    buf_init(&b, sizeof e->text);
    if (t && t->words && t->words[0] != '+') {
        fill(&b, t->words, place, said);
    } else {
        const char *advice = *hint ? hint : t && t->words ? t->words + 1 : "";
        buf_printf(&b, "%s%s%s", said, *advice ? ": " : "", advice);
    }
    err_set(e, t ? t->code : ERR_BUG, NULL, "%s", buf_str(&b));
    buf_finish(&b);
    if (e)
        snprintf(e->sqlstate, sizeof e->sqlstate, "%s", sqlstate);
    return false;
}
