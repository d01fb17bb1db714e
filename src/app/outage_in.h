/* Shared by outage.c and declare.c. */
#ifndef APP_OUTAGE_IN_H
#define APP_OUTAGE_IN_H

#include "app/call.h"

void declare_change(struct model *m, struct effects *fx, const struct outage_row *o);
void declare_call(struct call *c);

#endif
