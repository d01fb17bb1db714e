/* A form of a tracking page, posted by a browser. What it is worth is known to the database alone: who has the page's token may
 * write, at most so often; so there is no signature, and what is of no page is stored nowhere. */
#include "webhook_in.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/embed.h"
#include "core/form.h"
#include "core/page.h"
#include "db/receive.h"

extern const struct embed_file run_page_files[];

static const char *const statuses[FORM_ANSWER_COUNT] = {
    [FORM_STORED] = "200 OK", [FORM_EMPTY] = "400 Bad Request", [FORM_WRONG] = "400 Bad Request",
    [FORM_GONE] = "404 Not Found", [FORM_MANY] = "429 Too Many Requests\r\nRetry-After: 3600", [FORM_FAULT] = "503 Service Unavailable\r\nRetry-After: 60",
};

struct post {
    enum form_action action;
    char token[FORM_TOKEN + 1];
    struct form_read read;
    char *facts;               /* of the answer; NULL: the database was not asked, or knows no such page */
};

static bool is_form(const char *type)
{
    static const char wanted[] = "application/x-www-form-urlencoded";
    size_t n = sizeof wanted - 1;
    return strncasecmp(type, wanted, n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
}

static enum form_answer store(struct post *p, const char *dsn, const char *fields, struct err *e)
{
    char code[8] = "";
    struct receive *r = receive_open(dsn, "doorstep-webhook", &webhook_wait, e);
    bool good = r && receive_form(r, p->token, form_action_name(p->action), fields, code, &p->facts, e);
    receive_close(r);
    return !good ? FORM_FAULT : !strcmp(code, "ok") ? FORM_STORED : !strcmp(code, "many") ? FORM_MANY : FORM_GONE;
}

static enum form_answer handle(struct post *p, const char *dsn, struct err *e)
{
    char *body = NULL;
    size_t size = 0;
    struct buf fields;
    if (!form_path(webhook_variable("PATH_INFO"), p->token, &p->action))
        return FORM_GONE;
    enum webhook_answer a = is_form(webhook_variable("CONTENT_TYPE")) ? webhook_body(FORM_MOST, &body, &size) : WEBHOOK_MALFORMED;
    buf_init(&fields, 0);
    enum form_answer answer = a == WEBHOOK_STORED ? form_read(p->action, body, size, &fields, &p->read) : FORM_WRONG;
    if (answer == FORM_STORED && !p->read.robot)   /* a robot is thanked and forgotten */
        answer = store(p, dsn, buf_str(&fields), e);
    buf_finish(&fields);
    free(body);
    return answer;
}

static bool give(const struct post *p, enum form_answer answer, const char *status, struct err *e)
{
    struct buf html;
    buf_init(&html, 0);
    bool good = page_answer(run_page_files, answer, p->action, p->facts, p->read.language, &html, e);
    if (good) {
        printf("Status: %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
               "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n\r\n", status, html.len);
        good = (fwrite(html.data, 1, html.len, stdout) == html.len && fflush(stdout) == 0) || err_set(e, ERR_IO, "standard output", "%s", strerror(errno));
    }
    buf_finish(&html);
    return good;
}

bool webhook_form(const char *dsn, struct err *e)
{
    struct post p = {.action = FORM_FEEDBACK};
    bool posted = strcmp(webhook_variable("REQUEST_METHOD"), "POST") == 0;
    enum form_answer answer = posted ? handle(&p, dsn, e) : FORM_GONE;
    bool good = give(&p, answer, posted ? statuses[answer] : "405 Method Not Allowed\r\nAllow: POST", e);
    free(p.facts);
    if (!good || answer == FORM_STORED)
        return good;
    if (e->code == ERR_NONE)   /* never the token: who has it has the page */
        err_set(e, ERR_INPUT, "/form/", "answered %.3s", posted ? statuses[answer] : "405");
    return false;
}
