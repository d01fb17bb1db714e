/* What customers see in a browser: their parcel's page and the answer to a form, made from Mustache templates and facts
 * (doorstep.page_facts, doorstep.form_add), with the words of the page in the customer's language. Pure. */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/err.h"
#include "core/form.h"

/* Appends the page of one parcel. facts: the JSON object of page_facts; its "stage" names the template ("live", "ended"), its
 * "lang" the words. files: the templates, NAME.mustache, ended by a NULL name. Everything from outside is escaped. */
bool page_render(const struct embed_file *files, const char *facts, size_t size, struct buf *out, struct err *e);

/* Appends the answer to a form. facts: the object of form_add, or NULL where the database was not asked: then language (two letters,
 * may be NULL) says in which words. */
bool page_answer(const struct embed_file *files, enum form_answer answer, enum form_action action, const char *facts, const char *language,
                 struct buf *out, struct err *e);

#endif
