#include "app/lists.h"

#include "app/messages.h"

void lists_old(struct model *m)
{
    m->messages.stale = true;
}

void lists_exception(struct model *m, struct effects *fx)
{
    m->messages.stale = true;
    lists_follow(m, fx);
}

void lists_follow(struct model *m, struct effects *fx)
{
    messages_follow(m, fx);
}

void lists_hint(struct model *m, struct effects *fx, const struct hint *h)
{
    (void)m, (void)fx, (void)h;
}

void lists_timer(struct model *m, struct effects *fx) { lists_follow(m, fx); }
