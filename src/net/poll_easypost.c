/* EasyPost: https://docs.easypost.com/docs/trackers. GET /v2/trackers?tracking_code=…&page_size=100, newest first; has_more, then
 * before_id= the last one's id. The key is the user of Basic. Carriers use numbers again: all trackers of a number come. */
#include <string.h>

#include "poll_in.h"

static void write_it(struct post *q, const struct poll_try *t)
{
    struct buf path;
    buf_init(&path, 1024);
    form_text(&path, "tracking_code", t->p[0].number);
    form_text(&path, "page_size", "100");
    if (t->page[0])
        form_text(&path, "before_id", t->page);
    post_url(q, t->c, "/v2/trackers?");
    buf_puts(&q->url, buf_str(&path));
    q->key_as_user = true;
    buf_finish(&path);
}

static bool next(const json_t *page, char *token, size_t size)
{
    const json_t *list = json_object_get(page, "trackers");
    const char *last = answer_text(json_array_get(list, json_array_size(list) - 1), "id");
    if (!json_is_true(json_object_get(page, "has_more")) || !*last || !strcmp(last, token))
        return false;
    snprintf(token, size, "%s", last);
    return true;
}

static bool knows(const json_t *page) { return json_array_size(json_object_get(page, "trackers")) > 0; }

static const struct poll_api api = {"EasyPost", 1, write_it, next, knows};

const struct provider provider_poll_easypost = {
    .scheme = "easypost", .name = "EasyPost", .connections = 4, .base = "https://api.easypost.com", .poll = &api, .check = poll_check,
    .example = "easypost://APIKEY@", .help = "trackers by their number, page by page",
};
