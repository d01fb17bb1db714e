/* What a process that may hold passwords keeps from others on its host. */
#ifndef RUN_HARDEN_H
#define RUN_HARDEN_H

/* No core file, and none of /proc/PID/{environ,mem,maps} for others of the same user: a database's password, channels' credentials and
 * customers' data may be in memory. Once, before anything is read. */
void harden_process(void);

/* Takes passwords out of what `ps` shows: of arguments that hold one (password=… of a connection string, USER:PASSWORD@ of a URL), the
 * program goes on with a copy, and the letters of the password are x in the original. */
void harden_arguments(int argc, char **argv);

/* At the end: wipes the copies. Whoever keeps a connection string to connect again wipes its own when it ends (base/wipe.h).
 *
 * What cannot be wiped is libpq's: it keeps the password as long as a connection lives and wipes that copy itself, but what it parses
 * a connection string into it frees as it is, and in the environment PGPASSWORD stays. A password in ~/.pgpass or a service file is
 * in neither; from others of the same host harden_process keeps all of it. */
void harden_forget(int argc, char **argv);

#endif
