#include "core/outage.h"

#include <stdlib.h>

void control_state_finish(struct control_state *s)
{
    free(s->outages);
    *s = (struct control_state){0};
}

void board_finish(struct board *b)
{
    free(b->rows);
    free(b->suggestions);
    *b = (struct board){0};
}
