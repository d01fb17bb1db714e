/* Pages customers see, made of any facts: complete, inert, and nothing of a fact is markup. */
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "core/page.h"
#include "fuzz.h"

extern const struct embed_file run_page_files[];

static void look(const struct buf *html)
{
    fuzz_require(fuzz_inert(html->data, html->len, true) && !strstr(html->data, "<script") && !strstr(html->data, "<SCRIPT") &&
                 !strstr(html->data, "href=\"javascript:"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    size_t which = fuzz_choice(&in, FORM_ANSWER_COUNT * FORM_ACTION_COUNT), n;
    char *language = fuzz_text(&in), *facts = fuzz_bytes(&in, &n), *z = strndup(facts, n);
    struct buf out;
    struct err e = {0};
    buf_init(&out, 1 << 20);
    if (page_render(run_page_files, facts, n, &out, &e))
        look(&out);
    else
        fuzz_error(&e);
    buf_reset(&out);
    if (page_answer(run_page_files, (enum form_answer)(which % FORM_ANSWER_COUNT), (enum form_action)(which / FORM_ANSWER_COUNT), *z ? z : NULL, language,
                    &out, &e))
        look(&out);
    buf_finish(&out);
    free(language);
    free(facts);
    free(z);
    return 0;
}
