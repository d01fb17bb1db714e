#include "app/clock.h"

#include "base/when.h"

static void move(int64_t *at, int64_t by)
{
    if (*at != WHEN_NONE && *at != 0)
        *at += by;
}

void clock_moved(struct model *m, int64_t by)
{
    int64_t *const read[] = {
        &m->queue.read_at, &m->cases.tab.read_at, &m->cases.list.read_at, &m->batches.read_at, &m->control.read_at, &m->board.read_at,
        &m->declaring.read_at, &m->reports.read_at,
    };
    int64_t *const waited[] = {
        &m->link_since, &m->retry_at, &m->control.asked_at, &m->counts_asked_at, &m->counts_due, &m->rows_asked_at, &m->reloaded_at, &m->many_due, &m->lists_read_at,
        &m->toast_until, &m->countdown.until, &m->viewing_told_at, &m->key_at, &m->compose.unsaved_since, &m->compose.typed_at, &m->typing.unsaved_since,
    };
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        move(read[i], by);
    for (size_t i = 0; i < sizeof waited / sizeof *waited; i++)
        move(waited[i], by);
    for (int i = 0; i < SHEETS_MAX; i++)
        move(&m->sheets.pages[i].read_at, by);
    for (int i = 0; i < m->viewer_count; i++)
        move(&m->viewers[i].at, by);
    for (int i = 0; i < m->done_count; i++)
        move(&m->done[i].at, by);
    for (int i = 0; i < m->awaiting_count; i++)
        move(&m->awaiting[i].sent_at, by);
}
