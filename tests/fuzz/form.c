/* What browsers post to a tracking page, and the paths they post to: a letter for the action, the path, the body. */
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    enum form_action action = (enum form_action)fuzz_choice(&in, FORM_ACTION_COUNT), of_path;
    char *path = fuzz_text(&in), token[FORM_TOKEN + 1];
    size_t n;
    char *body = fuzz_bytes(&in, &n);
    if (form_path(path, token, &of_path))
        fuzz_require(strlen(token) == FORM_TOKEN && strspn(token, "0123456789abcdef") == FORM_TOKEN && of_path < FORM_ACTION_COUNT);
    struct form_read read = {0};
    struct buf out;
    buf_init(&out, 0);
    enum form_answer a = form_read(action, body, n, &out, &read);
    fuzz_require(a == FORM_STORED || a == FORM_EMPTY || a == FORM_WRONG);
    fuzz_require(strlen(read.language) < sizeof read.language && strspn(read.language, "abcdefghijklmnopqrstuvwxyz") == strlen(read.language));
    if (a == FORM_STORED && !read.robot) {
        json_t *j = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, NULL);
        fuzz_require(json_is_object(j) && fuzz_json_inert(j) && json_object_size(j) > 0);
        json_decref(j);
    }
    buf_finish(&out);
    free(path);
    free(body);
    return 0;
}
