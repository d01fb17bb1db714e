#include "app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/board.h"
#include "app/bulk.h"
#include "app/cases.h"
#include "app/compose.h"
#include "app/messages.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "base/when.h"

void app_init(struct model *m, const struct settings *s, struct keymap *keymap, uint64_t seed)
{
    *m = (struct model){
        .settings = *s, .keymap = keymap, .seed = seed, .spread = (int32_t)(seed % 1000), .rows = 24, .cols = 80,
        .link = LINK_CONNECTING, .retry_at = WHEN_NONE, .sort = SORT_URGENCY,
        .toast_until = WHEN_NONE, .clock_at = WHEN_NONE, .counts_asked_at = WHEN_NONE,
        .rows_asked_at = WHEN_NONE, .reloaded_at = WHEN_NONE, .many_due = WHEN_NONE,
        .viewing_told_at = WHEN_NONE, .key_at = WHEN_NONE,
    };
    snprintf(m->toast, sizeof m->toast, "%s", s->notice);
    m->toast_level = TOAST_WARN;
    m->queue.read_at = WHEN_NONE;
    m->control.read_at = m->control.asked_at = WHEN_NONE;
    m->board.read_at = m->declaring.until = WHEN_NONE;
    m->countdown.until = m->compose.restored_at = WHEN_NONE;
    m->compose.choice = -1;
    m->overriding.until = m->lists_read_at = WHEN_NONE;
    m->queue.loading = true;
    m->prompt.option = m->prompt.history = -1;
}

static void finish_words(struct model *m)
{
    for (size_t i = 0; i < m->words.count; i++) {
        free(m->words.items[i].word);
        free(m->words.items[i].label);
    }
    free(m->words.items);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        free(m->word_lists[i]);
}

void app_finish(struct model *m)
{
    free(m->queue.rows);
    free(m->selected);
    free(m->touched);
    free(m->reading);
    free(m->results);
    for (int i = 0; i < m->awaiting_count; i++)
        request_finish(&m->awaiting[i].again);
    for (int i = 0; i < m->history_count; i++)
        free(m->history[i].text);
    if (m->context) {
        context_finish(m->context);
        free(m->context);
    }
    completion_finish(&m->prompt.options);
    free(m->prompt.ids);
    request_finish(&m->menu.pending);
    free(m->menu.ids);
    free(m->menu.items);
    compose_finish_all(m);
    bulk_finish(m);
    messages_finish(m);
    cases_finish(m);
    override_finish(m);
    board_finish_all(m);
    outage_finish(m);
    sheet_finish(m);
    reports_finish(m);
    control_state_finish(&m->control.state);
    free(m->macros);
    finish_words(m);
    *m = (struct model){0};
}
