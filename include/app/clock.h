/* The clock on the wall was put forward or back, or set right. */
#ifndef APP_CLOCK_H
#define APP_CLOCK_H

#include "app/model.h"

/* By so many ms, beside what passed. What was remembered by that clock goes with it, so that what is waited for comes
 * when it would have, and ages stay what they are; what the server said stays. */
void clock_moved(struct model *m, int64_t by);

#endif
