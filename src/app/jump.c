#include "app/jump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ask.h"
#include "app/cases.h"
#include "app/cursor.h"
#include "app/dispatch.h"
#include "app/toast.h"
#include "app/views.h"
#include "base/die.h"

/* A long number may be any of these: asked one after the other until something is found. */
static const char *const stages[] = {"id:%s", "tracking:\"%s\"", "order:\"%s\""};
enum { STAGES = sizeof stages / sizeof stages[0], ID_DIGITS = 18, CASE_DIGITS = 9, MATCHES_SHOWN = 2 };

#define EVERY_STATE " state:new,working,waiting,snoozed,resolved"

static bool is_number(const char *s)
{
    size_t n = strspn(s, "0123456789");
    return n && n <= ID_DIGITS && !s[n];
}

static void filter_of(const struct model *m, char *out, size_t size)
{
    const char *end = strchr(stages[m->jump_stage], '%');
    snprintf(out, size, "%.*s%s%s" EVERY_STATE, (int)(end - stages[m->jump_stage]), stages[m->jump_stage], m->jump, end + 2);
}

static bool ask_stage(struct model *m, struct effects *fx)
{
    char filter[sizeof m->jump + 96];
    if (m->jump_stage == 0 && !is_number(m->jump))
        m->jump_stage++;
    filter_of(m, filter, sizeof filter);
    struct request r = {.kind = REQ_IDS, .filter = xstrdup(filter), .limit = MATCHES_SHOWN};
    return ask_send(m, fx, &r, &(struct awaited){.jump = true});
}

/* "C12"; a carrier's number that begins so is longer. 0: it is none. */
static int64_t case_number(const char *s)
{
    size_t n = strlen(s);
    return (s[0] == 'C' || s[0] == 'c') && n > 1 && n <= CASE_DIGITS + 1 && strspn(s + 1, "0123456789") == n - 1 ? strtoll(s + 1, NULL, 10) : 0;
}

bool jump_start(struct model *m, struct effects *fx, const char *text, struct err *e)
{
    text += strspn(text, " #");
    size_t n = strcspn(text, " \"");
    if (m->link != LINK_LIVE)
        return err_set(e, ERR_UNREACHABLE, NULL, "jump: not connected; try again when the connection is back");
    if (!n || n >= sizeof m->jump)
        return err_set(e, ERR_INPUT, NULL, "write an exception, tracking or order number");
    snprintf(m->jump, sizeof m->jump, "%.*s", (int)n, text);
    m->jump_stage = 0;
    ask_forget(m, fx, REQ_IDS);
    if (case_number(m->jump)) {
        cases_show(m, fx, case_number(m->jump));
        return true;
    }
    return ask_stage(m, fx) || err_set(e, ERR_AGAIN, NULL, "too many answers are missing; wait for them");
}

bool jump_no_case(struct model *m, struct effects *fx, int64_t id)
{
    if (!m->jump[0] || case_number(m->jump) != id)
        return false;
    if (m->screen == SCREEN_CASE && m->cases.wanted == id)
        dispatch_leave(m, fx);
    return ask_stage(m, fx);
}

static void found(struct model *m, struct effects *fx, int64_t id)
{
    if (!cursor_to(m, fx, id))
        m->detail_id = id;
    m->screen = SCREEN_DETAIL;
    m->tab = TAB_SUMMARY;
    cursor_follow(m, fx, true);
}

void jump_reply(struct model *m, struct effects *fx, const struct reply *r)
{
    if (!r->ok) {
        toast_error(m, fx, "jump", &r->error);
    } else if (!r->id_count && ++m->jump_stage < STAGES) {
        ask_stage(m, fx);
        return;
    } else if (!r->id_count) {
        toast_set(m, fx, TOAST_WARN, "nothing is numbered %s, or it is not yours to see", m->jump);
    } else if (r->id_count == 1 && !r->ids_more) {
        found(m, fx, r->ids[0]);
    } else {
        char filter[sizeof m->jump + 96];
        filter_of(m, filter, sizeof filter);
        m->screen = SCREEN_QUEUE;
        views_filter(m, fx, filter);
    }
    m->jump[0] = '\0';
}
