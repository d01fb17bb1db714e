#include "app/failover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/dispatch.h"
#include "app/moment.h"
#include "app/toast.h"
#include "base/buf.h"
#include "base/die.h"
#include "base/number.h"

/* What was refused or came to nothing can be lost without anybody missing it; of what was done in part, the part. */
void failover_keep(struct model *m, const char *key, size_t done)
{
    if (!m->toast[0] || (m->toast_level != TOAST_GOOD && !(done && m->toast_level == TOAST_WARN)))
        return;
    if (m->done_count == DONE_MAX)
        memmove(&m->done[0], &m->done[1], (size_t)--m->done_count * sizeof m->done[0]);
    struct done *d = &m->done[m->done_count++];
    d->at = m->now;
    snprintf(d->key, sizeof d->key, "%s", key);
    snprintf(d->what, sizeof d->what, "%.*s", (int)sizeof d->what - 1, m->toast);
}

void failover_look(struct model *m, struct effects *fx)
{
    struct request r = {.kind = REQ_GONE, .table = {.query = "actions_gone"}};
    struct buf keys;
    if (!m->done_count)
        m->done_on = m->hello.timeline;
    if (m->hello.timeline <= m->done_on || m->hello.standby || ask_waiting(m, REQ_GONE))     /* a standby has not got everything yet */
        return;
    buf_init(&keys, 0);
    for (int i = 0; i < m->done_count; i++)
        buf_printf(&keys, "%c%s", i ? ',' : '{', m->done[i].key);
    buf_putc(&keys, '}');
    table_request_param(&r.table, buf_str(&keys));
    buf_finish(&keys);
    ask_send(m, fx, &r, &(struct awaited){.targets = (size_t)m->done_count});
}

static void forget(struct model *m, int i)
{
    m->done_count--;
    memmove(&m->done[i], &m->done[i + 1], (size_t)(m->done_count - i) * sizeof m->done[0]);
}

/* Of one a toast; of several a list to work down. */
static void say(struct model *m, struct effects *fx, const struct done *gone, size_t count)
{
    char at[32];
    moment_format(gone[0].at, m->now, &m->zone, at, sizeof at);
    if (count == 1) {
        toast_set(m, fx, TOAST_BAD, "the failover lost what the old server had answered, do it again: %s, %s", at, gone[0].what);
        return;
    }
    toast_set(m, fx, TOAST_BAD, "the failover lost %s actions the old server had answered, do them again; the first: %s, %s",
              grouped((int64_t)count).text, at, gone[0].what);
    free(m->results);
    m->results = xcalloc(count, sizeof *m->results);
    m->result_count = count;
    for (size_t i = 0; i < count; i++) {
        moment_format(gone[i].at, m->now, &m->zone, at, sizeof at);
        snprintf(m->results[i].code, sizeof m->results[i].code, "lost");
        snprintf(m->results[i].message, sizeof m->results[i].message, "%s: %.150s", at, gone[i].what);
    }
    snprintf(m->results_title, sizeof m->results_title, "lost by the failover, %s", grouped((int64_t)count).text);
    if (m->prompt.kind == PROMPT_NONE && m->menu.kind == MENU_NONE && m->screen != SCREEN_RESULTS && m->screen != SCREEN_COMPOSE)
        dispatch_show(m, SCREEN_RESULTS);
}

void failover_gone(struct model *m, struct effects *fx, struct awaited *a, struct reply *r)
{
    static struct done gone[DONE_MAX];
    size_t count = 0;
    (void)a;
    m->done_on = r->ok ? m->hello.timeline : m->done_on;       /* else the next hello asks again */
    for (size_t row = 0; r->ok && row < r->table.rows; row++)
        for (int i = 0; i < m->done_count; i++)
            if (r->table.cells[row * r->table.columns] && strcmp(m->done[i].key, r->table.cells[row * r->table.columns]) == 0) {
                gone[count++] = m->done[i];
                forget(m, i);
                break;
            }
    if (count)
        say(m, fx, gone, count);
}
