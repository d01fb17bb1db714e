/* A PostgreSQL of one's own: made, started and stopped here, reached through a Unix socket only.
 *
 * Everything is in one folder that nobody else can enter (mode 0700, so a connection needs no
 * password): data/, run/ with the socket, server.log. Root runs the server as an unprivileged
 * user, who then owns the folder. */
#ifndef RUN_LOCAL_H
#define RUN_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "run/process.h"

#define LOCAL_SUPERUSER "postgres"
#define LOCAL_DATABASE "doorstep"

struct local {
    char dir[512];
    char bin[512];             /* folder of the server's programs; "" until they were looked for */
    struct process_user user;
    pid_t pid;                 /* the server when it is our child, else 0 */
    int lock;                  /* held while we use the folder alone; -1 */
};

/* dir NULL: the default folder for that name, "local" or "demo": under $XDG_DATA_HOME/doorstep,
 * for root under /var/lib/doorstep. Touches nothing. */
bool local_init(struct local *l, const char *dir, const char *name, struct err *e);

bool local_present(const struct local *l);   /* the folder was made here */
bool local_exists(const struct local *l);    /* there is a database cluster */
bool local_running(const struct local *l);   /* a server answers on the socket */

/* Nobody else starts or removes this one meanwhile. ERR_AGAIN: somebody does. Given back by
 * local_unlock, or by the end of the process. */
bool local_lock(struct local *l, struct err *e);
void local_unlock(struct local *l);

/* Makes the cluster if there is none, starts the server if none runs, waits until it takes
 * connections and makes the database "doorstep" if it is missing. tied: the server ends when this
 * process does, however that ends. Server trouble carries the last lines of its log. */
bool local_start(struct local *l, bool tied, struct err *e);
/* Throws the database "doorstep" of a running server away and makes an empty one. */
bool local_recreate(struct local *l, struct err *e);
/* Stops it whoever started it; fine when none runs. */
bool local_stop(struct local *l, struct err *e);
/* Stops it and removes all of it. Refuses a folder that was not made here. */
bool local_destroy(struct local *l, struct err *e);

/* What libpq needs to connect as that role; role NULL: the superuser. */
void local_dsn(const struct local *l, const char *role, const char *database, char *out, size_t size);

#endif
