#include "feed/format.h"

#include <string.h>

#include "base/utf8.h"

/* Our own says its type; the others are told apart by members only they have. */
const struct format *const formats[] = {
    &fmt_doorstep, &fmt_easypost, &fmt_17track, &fmt_shipengine, &fmt_shippo, &fmt_aftership,
    &fmt_fedex, &fmt_ups, &fmt_usps, &fmt_dhl, &fmt_canada_post,
    &fmt_twilio, &fmt_sendgrid, &fmt_postmark, &fmt_dsn, &fmt_receipt, NULL,
};

const struct format *format_named(const char *name)
{
    for (const struct format *const *f = formats; *f; f++)
        if (!strcmp((*f)->name, name))
            return *f;
    return NULL;
}

/* The words of a provider's error answer, wherever it has them; NULL: not one. */
static const char *error_answer(const json_t *d)
{
    const json_t *error = json_object_get(d, "error"), *meta = parse_object(d, "meta");
    const json_t *errors = json_object_get(d, "errors");
    if (json_is_string(error))
        return json_string_value(error);
    if (json_is_object(error))
        return parse_word(error, "message");
    if (json_array_size(errors))
        return parse_word(json_array_get(errors, 0), "message");
    if (json_integer_value(json_object_get(meta, "code")) >= 400)
        return parse_word(meta, "message");
    if (json_is_string(json_object_get(d, "detail")) && (json_object_size(d) <= 2 || json_object_get(d, "title")))
        return parse_word(d, "detail");
    if (parse_object(d, "response"))
        return error_answer(parse_object(d, "response"));
    if (parse_object(parse_object(d, "messages"), "message"))
        return parse_word(parse_object(parse_object(d, "messages"), "message"), "description");
    return NULL;
}

static bool refuse(const json_t *d, const char *wanted, struct err *e)
{
    char words[160];
    if (!json_is_object(d))
        return err_set(e, ERR_INPUT, NULL, "not a JSON object; a document is one");
    const char *said = error_answer(d);
    if (!said)
        return err_set(e, ERR_INPUT, NULL, "no %s document by its shape; see the formats in doorstep help ingest", wanted);
    utf8_clean(said, strlen(said), words, sizeof words, UTF8_ONE_LINE);
    return err_set(e, ERR_INPUT, NULL, "a provider's error answer (\"%s\"), not a tracking; ask the provider again", words);
}

bool format_find(const struct format *f, const json_t *document, const json_t **subject, struct err *e)
{
    *subject = f->find(document);
    return *subject || refuse(document, f->name, e);
}

const struct format *format_detect(const json_t *document, const json_t **subject, struct err *e)
{
    for (const struct format *const *f = formats; *f; f++) {
        *subject = (*f)->find(document);
        if (*subject)
            return *f;
    }
    refuse(document, "known", e);
    return NULL;
}
