/* The side of a trace that the connection sees. For src/db alone. */
#ifndef DB_TRACE_IN_H
#define DB_TRACE_IN_H

#include "db/call.h"
#include "db/trace.h"

struct tracer {                /* zeroed: nothing is traced */
    const struct scrub *scrub;
    db_trace_fn *tell;
    void *ctx;
};

void trace_begin(const struct tracer *t, struct call *c);                      /* c is sent, or answered, soon */
void trace_result(struct call *c, const PGresult *r);                          /* what one of its take functions is about to get */
void trace_tell(const struct tracer *t, const struct call *c);                 /* it is complete */

#endif
