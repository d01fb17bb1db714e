/* Enter in a prompt. */
#include <stdio.h>
#include <string.h>

#include "app/act.h"
#include "app/cases.h"
#include "app/compose.h"
#include "app/dispatch.h"
#include "app/jump.h"
#include "app/outage.h"
#include "app/override.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/reports.h"
#include "app/sheet.h"
#include "app/views.h"
#include "base/die.h"

static bool submit_command(struct model *m, struct effects *fx, const char *text, struct err *e)
{
    enum action a;
    size_t arg, at;
    if (!text[strspn(text, " ")]) {
        prompt_close(m, false);
        return true;
    }
    if (!palette_parse(text, &a, &arg, &at, e) || !act_allowed(m, a, e))
        return false;
    prompt_close(m, true);
    dispatch(m, fx, a, text + arg);
    return true;
}

static bool submit_verb(struct model *m, struct effects *fx, const char *text, struct err *e)
{
    struct prompt *p = &m->prompt;
    char with_code[sizeof p->code + PROMPT_TEXT + 2];
    enum action a = p->kind == PROMPT_RESOLVE_TEXT ? ACTION_RESOLVE : prompt_action(p->kind);
    int64_t *ids = xcalloc(p->id_count, sizeof *ids);
    if (p->id_count)
        memcpy(ids, p->ids, p->id_count * sizeof *ids);
    if (p->kind == PROMPT_RESOLVE_TEXT) {
        snprintf(with_code, sizeof with_code, "%s %s", p->code, text);
        text = with_code;
    }
    if (!act_run(m, fx, a, text, ids, p->id_count, e))
        return false;
    prompt_close(m, true);
    return true;
}

/* What is typed for a case, an override or a batch; ids[0] is which. */
static const struct { enum prompt_kind kind; bool (*run)(struct model *, struct effects *, enum action, const char *, int64_t, struct err *); } runs[] = {
    {PROMPT_CASE_NOTE, cases_run}, {PROMPT_CASE_SUBJECT, cases_run}, {PROMPT_CASE_OWNER, cases_run},
    {PROMPT_CASE_LINK, cases_run}, {PROMPT_CASE_MERGE, cases_run}, {PROMPT_CASE_TAG, cases_run}, {PROMPT_OVERRIDE_NOTE, override_run},
    {PROMPT_OVERRIDE_UNTIL, override_run}, {PROMPT_OVERRIDE_COUNT, override_run}, {PROMPT_BATCH_REJECT, batches_run},
    {PROMPT_BATCH_COUNT, batches_run},
};

static bool submit_control(struct model *m, struct effects *fx, const char *text, bool *handled, struct err *e)
{
    struct prompt *p = &m->prompt;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        if (runs[i].kind != p->kind)
            continue;
        *handled = true;
        if (!runs[i].run(m, fx, prompt_action(p->kind), text, p->id_count ? p->ids[0] : 0, e))
            return false;
        prompt_close(m, true);
        return true;
    }
    return false;
}

void prompt_submit(struct model *m, struct effects *fx)
{
    struct prompt *p = &m->prompt;
    struct err e = {0};
    char text[PROMPT_TEXT];
    bool done, control = false;
    memcpy(text, p->text, sizeof text);
    if (!prompt_check(m) && (p->len || p->kind != PROMPT_COMMAND)) {
        if (!p->error[0])      /* nothing typed: what was a hint is now the reason */
            memcpy(p->error, p->hint, sizeof p->error);
        return;
    }
    done = submit_control(m, fx, text, &control, &e);
    if (control) {
        if (done)
            return;
    } else if (sheet_prompt(p->kind)) {
        done = sheet_submit(m, fx, text, &e);      /* closes it: another step may be open by now */
        if (done)
            return;
    } else if (reports_prompt(p->kind)) {
        done = reports_submit(m, fx, text, &e);
        if (done)
            return;
    } else if (p->kind == PROMPT_SHEET_SEARCH) {
        prompt_close(m, true);
        sheet_call(&(struct call){.m = m, .fx = fx, .action = ACTION_SHEET_SEARCH, .arg = text});
        return;
    } else if (p->kind == PROMPT_COMMAND) {
        done = submit_command(m, fx, text, &e);
    } else if (p->kind == PROMPT_FILTER) {
        prompt_close(m, true);
        for (size_t n = strlen(text); n && text[n - 1] == ' '; n--)
            text[n - 1] = '\0';
        views_filter(m, fx, text);
        return;
    } else if (p->kind == PROMPT_VIEW_NAME) {
        done = views_save(m, fx, text, &e);
    } else if (p->kind == PROMPT_JUMP) {
        done = jump_start(m, fx, text, &e);
    } else if (p->kind == PROMPT_PASS) {
        done = compose_pass(m, text, &e);
    } else if (p->kind == PROMPT_SCOPE || outage_prompt(p->kind)) {
        done = outage_submit(m, fx, &e);
        if (done)
            prompt_close(m, true);
    } else {
        done = submit_verb(m, fx, text, &e);
    }
    if (!done) {
        snprintf(p->error, sizeof p->error, "%.255s", e.text);
        p->error_at = SIZE_MAX;
    } else if (p->kind == PROMPT_VIEW_NAME || p->kind == PROMPT_JUMP || p->kind == PROMPT_PASS) {
        prompt_close(m, true);
    }
}
