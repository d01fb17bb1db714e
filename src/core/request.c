#include "core/request.h"

#include <stdlib.h>

const char *role_level_name(enum role_level r)
{
    static const char *const names[] = {
        [ROLE_NONE] = "none", [ROLE_VIEWER] = "viewer", [ROLE_AGENT] = "agent",
        [ROLE_LEAD] = "lead", [ROLE_ADMIN] = "admin",
    };
    return (int)r >= 0 && (size_t)r < sizeof names / sizeof *names ? names[r] : "?";
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
    *r = (struct request){0};
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
    *r = (struct reply){0};
}
