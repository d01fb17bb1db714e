/* How the blocking connections of db wait. A server behind a network that swallows packets, or stopped with its socket open,
 * never answers and never says that it is gone: TCP notices that only where nothing acknowledges either. */
#ifndef DB_WAIT_H
#define DB_WAIT_H

#include <stdbool.h>

#define DB_ANSWER_MS 60000     /* where nobody says another: without a sign for so long, a connection is given up */
#define DB_BATCH_MS 300000     /* the same of a batch of an ingest, which may stand behind another's locks */
#define DB_FOREVER (-1)

struct db_wait {
    int answer_ms;             /* without a sign for so long, the connection is closed; 0: DB_ANSWER_MS; DB_FOREVER */
    /* Waits until fd can be read (or written, with write), at most ms (-1: no end), and may do other work meanwhile.
     * False: nobody waits for this any more. NULL: poll(). */
    bool (*until)(void *ctx, int fd, bool write, int ms);
    void *ctx;
};

#endif
