/* A message and the model: the one function that changes it. */
#include "app/app.h"

#include "app/answer.h"
#include "app/ask.h"
#include "app/board.h"
#include "app/clock.h"
#include "app/compose.h"
#include "app/control.h"
#include "app/countdown.h"
#include "app/cursor.h"
#include "app/hints.h"
#include "app/lists.h"
#include "app/press.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/toast.h"
#include "app/typed.h"
#include "app/window.h"
#include "base/when.h"

/* Somebody who pressed a key not long ago is still looking. */
enum { STILL_HERE = 5 * 60 * 1000, TELL_AGAIN = 2 * 60 * 1000, CLOCK_SPREAD = 20 * 1000 };

static void clock_timer(struct model *m, struct effects *fx)
{
    hints_forget_viewers(m);
    m->queue.fresh_id = 0;
    /* What time does nobody notifies of: due times pass, and asking for the counters also
     * wakes what has slept long enough. It does so to everybody at the same moment: not all ask at once. */
    ask_counts_within(m, fx, CLOCK_SPREAD);
    effects_timer(fx, TIMER_CONTROL, m->now + (int64_t)m->spread * CLOCK_SPREAD / 1000);
    board_old(m, fx);
    sheet_old(m);
    sheet_follow(m, fx);
    reports_old(m);
    reports_follow(m, fx);
    if (m->filter_moves)
        hints_all_apart(m);
    bool here = m->key_at != WHEN_NONE && m->now - m->key_at < STILL_HERE;
    if (m->viewing_told && m->now - m->viewing_told_at >= TELL_AGAIN)
        cursor_tell(m, fx, here ? m->viewing_told : 0);
}

static void timer(struct model *m, struct effects *fx, enum timer_id id)
{
    fx->unseen = id == TIMER_REFRESH || id == TIMER_COUNTS || id == TIMER_CONTROL || id == TIMER_VIEWING;   /* they only ask */
    switch (id) {
    case TIMER_CLOCK: clock_timer(m, fx); break;
    case TIMER_CONTEXT: cursor_context_timer(m, fx); break;
    case TIMER_REFRESH: hints_read(m, fx, true); break;
    case TIMER_COUNTS: if (m->counts_dirty) ask_counts(m, fx); break;
    case TIMER_TOAST: toast_timer(m, fx); break;
    case TIMER_KEYS: press_timer(m, fx); break;
    case TIMER_VIEWING: cursor_viewing_timer(m, fx); break;
    case TIMER_TYPED: typed_keep(m, fx); break;
    case TIMER_DRAFT: compose_timer(m, fx); break;
    case TIMER_CONTROL: control_timer(m, fx); break;
    case TIMER_COUNTDOWN: countdown_timer(m, fx); break;
    case TIMER_LISTS: lists_timer(m, fx); break;
    case TIMER_COUNT: break;
    }
}

/* The only wake-up of an idle screen: the clock and the ages change with the minute; of hundreds on one database each a moment after
 * the other, for whoever waits for a row meanwhile. A clock that was put back strikes before its time. */
static void wind_clock(struct model *m, struct effects *fx, bool struck)
{
    int64_t after = hints_apart(m);
    if (!struck && m->clock_at != WHEN_NONE && m->now < m->clock_at && m->clock_at - m->now <= WHEN_MINUTE + after)
        return;
    m->clock_at = m->now - m->now % WHEN_MINUTE + WHEN_MINUTE + after;
    effects_timer(fx, TIMER_CLOCK, m->clock_at);
}

void app_update(struct model *m, struct msg *msg, struct effects *fx)
{
    m->now = msg->now;
    if (msg->moved)
        clock_moved(m, msg->moved);
    m->zone = *msg->zone;
    wind_clock(m, fx, msg->kind == MSG_TIMER && msg->timer == TIMER_CLOCK);
    switch (msg->kind) {
    case MSG_KEY: press_key(m, fx, msg->key); break;
    case MSG_PASTE: press_paste(m, fx, msg->text); break;
    case MSG_RESIZE:
        m->rows = msg->rows;
        m->cols = msg->cols;
        window_settle(m, fx);
        break;
    case MSG_TIMER: timer(m, fx, msg->timer); break;
    case MSG_LINK: answer_link(m, fx, msg); break;
    case MSG_REPLY: answer_take(m, fx, msg->reply); break;
    case MSG_HINT: hints_take(m, fx, msg->hint); break;
    case MSG_RESUME: effects_push(fx, EFFECT_REDRAW); break;
    case MSG_QUIT:
        compose_keep(m, fx);
        typed_keep(m, fx);
        break;
    }
    typed_follow(m, fx);
    hints_read(m, fx, false);   /* new hints, or whatever stood in their way is gone */
}
