#include "core/exception.h"

#include <stdlib.h>

void context_finish(struct context *c)
{
    free(c->lines);
    free(c->scans);
    free(c->steps);
    free(c->activity);
    c->lines = NULL;
    c->scans = NULL;
    c->steps = NULL;
    c->activity = NULL;
    c->line_count = c->step_count = c->scan_count = c->activity_count = 0;
}
