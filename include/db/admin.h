/* What only the owner of a server does: make databases, run scripts, look under the hood. */
#ifndef DB_ADMIN_H
#define DB_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/embed.h"
#include "base/err.h"
#include "core/request.h"

extern const struct embed_file db_demo_files[];   /* src/db/demo: the sample world's people and their work */

/* Makes the database unless it is there. dsn reaches another one of that server. */
bool db_create_database(const char *dsn, const char *name, struct err *e);

/* Runs a script: statements without parameters, in one transaction unless it says otherwise. `name` is for messages. */
bool db_run_script(const char *dsn, const char *name, const char *sql, struct err *e);

/* The first column of the first row of a query with one text parameter (NULL: none), cut to
 * size; "" when there is none. */
bool db_ask_text(const char *dsn, const char *sql, const char *param, char *out, size_t size, struct err *e);

/* What doorstep.health() says about messages: a line, and whether somebody has to do something. */
struct db_health { char subject[16], message[400]; bool wrong; };
#define HEALTH_MOST 32

/* How the server does, as far as this role may see. */
struct db_load {
    bool known;
    int64_t connections, connections_most;  /* most: without those kept for superusers */
    int notify_percent;        /* of the queue of notifications that is full */
    int64_t idle_transactions; /* sessions in a transaction and idle for over five minutes */
    int idle_minutes;          /* the longest of them */
    char idle_who[120];        /* its pid, role and program */
    int64_t password_until;    /* when this role's password ends; 0: never, or not known */
    char stale[200];           /* tables whose statistics are old, "" none */
    bool autovacuum;
    bool waits, syncs;         /* a commit is answered when it is written (synchronous_commit, as this role has it), and written is on the disk (fsync) */
    char data_directory[256];  /* "" when this role may not know it */
};

/* What a connection looks like from both ends, for `doctor`. */
struct db_probe {
    int server_version;        /* 150018 */
    char server[96];           /* host or socket folder */
    char database[64], role[64];
    enum role_level level;     /* ROLE_NONE: no right to Doorstep, or no schema */
    int schema_version;        /* DB_SCHEMA_VERSION_NONE: no schema */
    bool schema_closed;        /* there is one, and this role may not look into it */
    bool standby, read_only;
    bool encrypted, unix_socket;
    int64_t skew_ms;           /* server's clock minus ours; the error is below round_trip_ms */
    int64_t round_trip_ms;
    bool same_backend;         /* two transactions met the same backend: not pooled by transaction */
    bool listen_works;         /* a NOTIFY of our own came back */
    char listen_error[160];
    struct db_health health[HEALTH_MOST];   /* none when the schema is another version's or not this role's to see */
    int health_count;
    struct db_load load;
    bool stalled;              /* a question got no answer within DB_PROBE_PATIENCE_MS; the rest was not asked */
};
#define DB_PROBE_PATIENCE_MS 5000
/* Takes up to two seconds when LISTEN does not work, and never longer than three times DB_PROBE_PATIENCE_MS once there is
 * a connection. False: no connection. */
int db_libpq_version(void);   /* the one that is loaded (base/versions.h) */
bool db_probe(const char *dsn, struct db_probe *out, struct err *e);

#endif
