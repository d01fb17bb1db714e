#include "core/request.h"

#include <stdlib.h>

#include "base/die.h"

const char *role_level_name(enum role_level r)
{
    static const char *const names[] = {
        [ROLE_NONE] = "none", [ROLE_VIEWER] = "viewer", [ROLE_AGENT] = "agent",
        [ROLE_LEAD] = "lead", [ROLE_ADMIN] = "admin",
    };
    return (int)r >= 0 && (size_t)r < sizeof names / sizeof *names ? names[r] : "?";
}

static void finish_messages(struct message *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        message_finish(&at[i]);
    free(at);
}

static void finish_desk(struct desk_result *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        desk_result_finish(&at[i]);
    free(at);
}

static void control_request_finish(struct control_request *c)
{
    char *const texts[] = {c->code, c->text, c->subject, c->person, c->tag, c->untag, c->list, c->scope, c->carrier};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

void table_request_param(struct table_request *t, const char *value)
{
    t->params = xrealloc(t->params, (t->param_count + 1) * sizeof *t->params);
    t->params[t->param_count++] = value ? xstrdup(value) : NULL;
}

void request_finish(struct request *r)
{
    free(r->filter);
    free(r->page.filter);
    free(r->ids);
    free(r->act.text);
    free(r->act.person);
    free(r->act.code);
    free(r->name);
    for (size_t i = 0; i < r->count_filter_count; i++)
        free(r->count_filters[i]);
    free(r->count_filters);
    free(r->outreach.name);
    free(r->outreach.channel);
    free(r->outreach.pass);
    free(r->outreach.macro);
    finish_messages(r->outreach.messages, r->outreach.message_count);
    free(r->outbox.results);
    control_request_finish(&r->control);
    finish_desk(r->desk.results, r->desk.result_count);
    for (size_t i = 0; i < r->table.param_count; i++)
        free(r->table.params[i]);
    free(r->table.params);
    free(r->rule.events);
    free(r->rule.asked);
    free(r->rule.ids);
    free(r->rule.revs);
    *r = (struct request){0};
}

static void control_reply_finish(struct reply *r)
{
    control_state_finish(&r->control);
    free(r->cases);
    if (r->kase)
        support_case_finish(r->kase);
    free(r->kase);
    if (r->preview)
        override_preview_finish(r->preview);
    free(r->preview);
    free(r->overrides);
    free(r->batches);
    free(r->outage_preview);
    if (r->board)
        board_finish(r->board);
    free(r->board);
    for (size_t i = 0; i < r->desk.job_count; i++)
        desk_job_finish(&r->desk.jobs[i]);
    free(r->desk.jobs);
    free(r->desk.ids);
}

void reply_finish(struct reply *r)
{
    free(r->page.rows);
    if (r->context)
        context_finish(r->context);
    free(r->context);
    free(r->views);
    free(r->results);
    for (size_t i = 0; i < r->words.count; i++) {
        free(r->words.items[i].word);
        free(r->words.items[i].label);
    }
    free(r->words.items);
    free(r->ids);
    if (r->compose)
        compose_finish(r->compose);
    free(r->compose);
    finish_messages(r->messages, r->message_count);
    for (size_t i = 0; i < r->row_count; i++)
        message_row_finish(&r->rows[i]);
    free(r->rows);
    for (size_t i = 0; i < r->outbox.message_count; i++)
        outbox_message_finish(&r->outbox.messages[i]);
    free(r->outbox.messages);
    free(r->outbox.ids);
    control_reply_finish(r);
    table_finish(&r->table);
    free(r->pass.did);
    *r = (struct reply){0};
}
