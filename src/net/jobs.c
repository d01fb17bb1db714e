#include "transfer.h"

void jobs_push(struct jobs *q, struct job *j)
{
    j->next = NULL;
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
}

struct job *jobs_pop(struct jobs *q)
{
    struct job *j = q->first;
    if (j) {
        q->first = j->next;
        if (!q->first)
            q->last = NULL;
    }
    return j;
}
