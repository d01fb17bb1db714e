#include "core/desk.h"

#include <stdlib.h>

const char *desk_op_name(enum desk_op o)
{
    static const char *const names[] = {[DESK_CREATE] = "create", [DESK_COMMENT] = "comment", [DESK_STATUS] = "status", [DESK_POLL] = "poll"};
    return (int)o >= 0 && o < DESK_OP_COUNT ? names[o] : "?";
}

void desk_job_finish(struct desk_job *j)
{
    char **texts[] = {&j->external_id, &j->key, &j->desk_id, &j->desk_state, &j->subject, &j->context, &j->note, &j->note_by, &j->tags, &j->brand,
                      &j->tracking_number, &j->order_number};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(*texts[i]);
    *j = (struct desk_job){0};
}

void desk_result_finish(struct desk_result *r)
{
    for (size_t i = 0; i < r->note_count; i++)
        free(r->notes[i].text);
    free(r->notes);
    *r = (struct desk_result){0};
}
