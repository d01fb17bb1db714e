/* Template files: what reads is written and reads the same, renders to inert text or says where it cannot; what is wrong has a
 * place; no fact becomes HTML. */
#include <stdlib.h>
#include <string.h>

#include "core/template.h"
#include "core/template_json.h"
#include "fuzz.h"

static json_t *facts(void)
{
    json_t *j = template_sample(), *customer = json_object_get(j, "customer");
    json_object_set_new(customer, "first_name", json_string("<script>&\"'{{order.number}}"));
    return j;
}

static void problem(void *ctx, const struct err *e)
{
    ++*(size_t *)ctx;
    fuzz_error(e);
    fuzz_require(!strncmp(e->where, "file:", 5));
}

static void render(const struct template_file *t)
{
    json_t *data = facts();
    char *subject = NULL, *body = NULL, *html = NULL;
    struct template_text text = {"file", t->subject, t->body, t->html};
    struct err e = {0};
    if (template_render(&text, data, &subject, &body, &html, &e)) {
        fuzz_require(fuzz_inert(body, strlen(body), true) && !strstr(body, "\n\n\n"));
        fuzz_require(!subject || fuzz_inert(subject, strlen(subject), false));
        struct buf page;
        buf_init(&page, 0);
        template_html(body, t->language, &page);
        fuzz_require(fuzz_inert(page.data, page.len, true) && !strstr(page.data, "<script"));
        buf_finish(&page);
        free(subject), free(body), free(html);
    } else {
        fuzz_error(&e);
    }
    json_decref(data);
}

static void read_again(const struct template_file *t)
{
    struct template_file again;
    struct buf out;
    struct err e = {0};
    buf_init(&out, 0);
    template_write(t, &out);
    fuzz_require(template_read("file", buf_str(&out), out.len, &again, &e));
    fuzz_require(!strcmp(again.body, t->body) && !strcmp(again.title, t->title) && !again.html == !t->html && again.kinds == t->kinds);
    fuzz_require(!again.subject == !t->subject && (!t->subject || !strcmp(again.subject, t->subject)));
    template_file_finish(&again);
    buf_reset(&out);
    template_json(t, &out);
    json_t *j = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(json_is_object(j));
    json_decref(j);
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t n, told = 0;
    char *text = fuzz_bytes(&in, &n);
    struct template_file t;
    struct err e = {0};
    fuzz_require(template_check("file", text, n, problem, &told) == told);
    if (template_read("file", text, n, &t, &e)) {
        const char *names[TEMPLATE_NAMES_MAX];
        fuzz_require(template_required(&t, names) <= TEMPLATE_NAMES_MAX);
        read_again(&t);
        render(&t);
    } else {
        fuzz_error(&e);
        fuzz_require(told > 0);
    }
    template_file_finish(&t);
    free(text);
    return 0;
}
