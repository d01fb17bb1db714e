/* Finding a relay's socket, and whether to believe who is there. */
#ifndef DB_RELAY_SOCKET_H
#define DB_RELAY_SOCKET_H

#include <stddef.h>

/* A connected socket that never blocks, or -1; why (may be NULL) then says it, "" when there is nothing at all. */
int relay_socket_connect(const char *path, char *why, size_t size);

#endif
