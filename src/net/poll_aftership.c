/* AfterShip: https://www.aftership.com/docs/tracking (2024-10). GET /tracking/2024-10/trackings?tracking_numbers=a,b&limit=200, with
 * the key in as-api-key; data.pagination says has_next_page and next_cursor. Fifty numbers in a request. */
#include <string.h>

#include "poll_in.h"

static void write_it(struct post *q, const struct poll_try *t)
{
    struct buf numbers, path;
    buf_init(&numbers, 4096);
    buf_init(&path, 4096);
    for (size_t i = 0; i < t->count; i++) {
        if (i)
            buf_putc(&numbers, ',');
        buf_puts(&numbers, t->p[i].number);
    }
    form_text(&path, "tracking_numbers", buf_str(&numbers));
    form_text(&path, "limit", "200");
    if (t->page[0])
        form_text(&path, "cursor", t->page);
    post_url(q, t->c, "/tracking/2024-10/trackings?");
    buf_puts(&q->url, buf_str(&path));
    post_header(q, "as-api-key", t->c->secret);
    buf_finish(&path);
    buf_finish(&numbers);
}

static bool next(const json_t *page, char *token, size_t size)
{
    const json_t *pages = json_object_get(json_object_get(page, "data"), "pagination");
    const char *cursor = answer_text(pages, "next_cursor");
    if (!json_is_true(json_object_get(pages, "has_next_page")) || !*cursor || strlen(cursor) >= size || !strcmp(cursor, token))
        return false;
    snprintf(token, size, "%s", cursor);
    return true;
}

static bool knows(const json_t *page) { return json_array_size(json_object_get(json_object_get(page, "data"), "trackings")) > 0; }

static const struct poll_api api = {"AfterShip", POLL_BATCH_MOST, write_it, next, knows};

const struct provider provider_poll_aftership = {
    .scheme = "aftership", .name = "AfterShip", .connections = 2, .base = "https://api.aftership.com", .poll = &api, .check = poll_check,
    .example = "aftership://APIKEY@", .help = "trackings, fifty numbers a request, page by page",
};
