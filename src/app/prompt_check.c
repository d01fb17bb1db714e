/* What is typed so far: is it right, what does it mean, how could it go on. */
#include <stdio.h>
#include <string.h>

#include "app/argument.h"
#include "app/outage.h"
#include "app/palette.h"
#include "app/prompt.h"
#include "app/reports.h"
#include "app/sheet.h"

/* The action whose argument a prompt asks for. */
static const enum action action_of[] = {
    [PROMPT_FILTER] = ACTION_FILTER, [PROMPT_NOTE] = ACTION_NOTE, [PROMPT_SNOOZE] = ACTION_SNOOZE,
    [PROMPT_WAIT] = ACTION_WAIT, [PROMPT_ASSIGN] = ACTION_ASSIGN, [PROMPT_REOPEN] = ACTION_REOPEN,
    [PROMPT_VIEW_NAME] = ACTION_SAVE_VIEW, [PROMPT_JUMP] = ACTION_JUMP, [PROMPT_PASS] = ACTION_PASS,
    [PROMPT_TAG] = ACTION_TAG, [PROMPT_OVERRIDE_NOTE] = ACTION_OVERRIDE_NOTE, [PROMPT_OVERRIDE_UNTIL] = ACTION_OVERRIDE_UNTIL,
    [PROMPT_OVERRIDE_COUNT] = ACTION_OVERRIDE_APPLY, [PROMPT_BATCH_REJECT] = ACTION_BATCH_REJECT,
    [PROMPT_BATCH_COUNT] = ACTION_BATCH_REVERT, [PROMPT_CASE_NOTE] = ACTION_CASE_NOTE, [PROMPT_CASE_SUBJECT] = ACTION_CASE_SUBJECT,
    [PROMPT_CASE_OWNER] = ACTION_CASE_OWNER, [PROMPT_CASE_LINK] = ACTION_CASE_LINK, [PROMPT_CASE_MERGE] = ACTION_CASE_MERGE, [PROMPT_CASE_TAG] = ACTION_CASE_TAG,
    [PROMPT_UNTAG] = ACTION_UNTAG, [PROMPT_SCOPE] = ACTION_DECLARE, [PROMPT_SHEET_SEARCH] = ACTION_SHEET_SEARCH,
};

enum action prompt_action(enum prompt_kind kind) { return action_of[kind]; }

static bool check_command(struct model *m, size_t *at, struct err *e)
{
    struct prompt *p = &m->prompt;
    enum action a;
    size_t arg, where;
    if (!palette_parse(p->text, &a, &arg, at, e))
        return false;
    const struct action_info *info = action_info(a);
    if (p->text[arg] && !argument_check(m, a, p->text + arg, p->ids, p->id_count, p->hint, sizeof p->hint, &where, e)) {
        *at = where == SIZE_MAX ? SIZE_MAX : arg + where;
        return false;
    }
    if (!p->text[arg] || !p->hint[0])
        snprintf(p->hint, sizeof p->hint, "%s%s%s%s: %s", info->name, info->argument[0] ? " <" : "", info->argument,
                 info->argument[0] ? ">" : "", info->help);
    return true;
}

static bool check_resolution(struct model *m, struct err *e)
{
    struct prompt *p = &m->prompt;
    char who[48];
    bool other = strcmp(p->code, resolution_name(RESOLUTION_OTHER)) == 0;
    enum resolution r;
    argument_targets(m, p->ids, p->id_count, who, sizeof who);
    snprintf(p->hint, sizeof p->hint, "resolves %s: %s%s", who, resolution_parse(p->code, strlen(p->code), &r) ? resolution_label(r) : p->code,
             p->len ? "" : other ? "; say what happened" : "; a remark, or just Enter");
    return !other || p->text[strspn(p->text, " ")] ||
           err_set(e, ERR_INPUT, NULL, "say what happened: \"other\" needs a text");
}

static void complete(struct model *m)
{
    struct prompt *p = &m->prompt;
    completion_finish(&p->options);
    p->options = (struct completion){0};
    p->option = -1;
    if (p->kind == PROMPT_COMMAND)
        palette_complete(m, p->text, p->at, &p->options);
    else if (p->kind != PROMPT_RESOLVE_TEXT && p->kind != PROMPT_NONE && !outage_prompt(p->kind) && !sheet_prompt(p->kind) && !reports_prompt(p->kind))
        argument_complete(m, prompt_action(p->kind), p->text, p->at, &p->options);
}

bool prompt_check(struct model *m)
{
    struct prompt *p = &m->prompt;
    struct err e = {0};
    size_t at = SIZE_MAX;
    bool fine;
    p->error[0] = p->hint[0] = '\0';
    if (p->kind == PROMPT_COMMAND)
        fine = check_command(m, &at, &e);
    else if (p->kind == PROMPT_RESOLVE_TEXT)
        fine = check_resolution(m, &e);
    else if (outage_prompt(p->kind))
        fine = outage_check(m, &at, &e);
    else if (sheet_prompt(p->kind))
        fine = sheet_check(m, &at, &e);
    else if (reports_prompt(p->kind))
        fine = reports_check(m, &at, &e);
    else
        fine = argument_check(m, prompt_action(p->kind), p->text, p->ids, p->id_count, p->hint, sizeof p->hint, &at, &e);
    p->error_at = fine || !p->len ? SIZE_MAX : at;
    if (!fine && p->len)
        snprintf(p->error, sizeof p->error, "%.255s", e.text);
    else if (!fine)        /* nothing typed yet is no mistake: what is wanted stands as a hint */
        snprintf(p->hint, sizeof p->hint, "%.255s", e.text);
    complete(m);
    return fine;
}
