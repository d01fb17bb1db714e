/* `doorstep relay`: one process a host LISTENs for all its dashboards and passes on what it hears
 * (core/relay.h). It carries hints, and reads no table.
 *
 * Who may connect: its own account, root, and members of the socket's group. A channel is heard by
 * who knows its name, as in PostgreSQL: names come from the database, to whom they are for.
 * Each hint goes first to those who said that it may change what they show; the others hear of it within RELAY_LATER_MS, each at
 * moments of its own, so that hundreds do not wake up in the way of the few. Nothing is left out for that, and order stays.
 * A dashboard that does not read gets, once it reads again, one hint that much has changed in
 * place of those it missed; what is kept for it never grows past RELAY_KEPT bytes. */
#ifndef RUN_RELAY_H
#define RUN_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define RELAY_KEPT (64u << 10)

struct relay_options {
    const char *dsn;
    const char *socket;        /* where to listen, when systemd gives no socket (LISTEN_FDS) */
    const char *group;         /* who may connect besides; NULL: the group the socket has */
    int clients_most;
};

/* Runs until SIGTERM, SIGINT or SIGHUP. False: it could not start, or the database refused it at once. */
bool relay_run(const struct relay_options *o, struct err *e);

#endif
