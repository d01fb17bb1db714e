/* A message template: a file with a small front matter, the closed set of names it may use, and
 * what it makes of them.
 *
 *     ---
 *     title: Address needed
 *     kinds: address_issue, undeliverable
 *     statuses: in_transit, held, attempted
 *     fresh_hours: 48
 *     subject: Where should we deliver order {{order.number}}?
 *     ---
 *     Hello {{customer.first_name}}, …
 *
 * Keys: name, channel, language, brand (those four may come from the file's name instead:
 * NAME.CHANNEL.LANGUAGE[.BRAND].mustache), title, kinds, statuses, fresh_hours, subject (e-mail only), provider_template,
 * provider_names. A line "--- html ---" after the text starts an HTML part of its own (e-mail only);
 * without one the HTML is made from the text (template_html). An unknown key is an error. */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/kind.h"
#include "core/outreach.h"

/* The closed set of names. X(name, what it is, example). Every name is text; empty when not known. Names
 * that end in _html or lists do not exist: a template sees text only. Dates come written out in the
 * customer's language and zone. */
#define TEMPLATE_NAMES(X)                                                                                 \
    X("customer.first_name",    "the customer's first name",                        "Rosa")               \
    X("customer.name",          "the customer's full name",                         "Rosa Delgado")       \
    X("customer.city",          "where the parcel goes",                            "Austin")             \
    X("order.number",           "the order's number",                               "10-33812")           \
    X("order.date_text",        "when it was placed",                               "November 14")        \
    X("order.total_text",       "what it cost",                                     "$148.20")            \
    X("order.items_text",       "what is in it, shortly",                           "Trail shoes, 2 more") \
    X("shipment.tracking_number", "the tracking number",                            "1Z999AA10123456784") \
    X("shipment.carrier",       "the carrier's name",                               "UPS")                \
    X("shipment.service",       "the carrier's service",                            "UPS Ground")         \
    X("shipment.promised_text", "the day that was promised",                        "Friday, November 20") \
    X("shipment.edd_text",      "the carrier's new estimate, when it lies ahead",   "Tuesday, November 24") \
    X("shipment.last_scan_text", "when the carrier last scanned it",                "Thursday, November 19, 10:51 AM") \
    X("shipment.last_place",    "and where",                                        "Austin, TX, US")     \
    X("shipment.status_text",   "what we go by, in the customer's words",           "on its way")         \
    X("exception.reason",       "what happened, in the customer's words",           "the address is incomplete") \
    X("exception.number",       "our reference",                                    "48121")              \
    X("brand.name",             "the shop's name",                                  "Acme Outdoor")       \
    X("brand.support",          "how to reach the shop",                            "help@acme.example")  \
    X("links.tracking",         "where to follow the parcel",                       "https://…")          \
    X("links.feedback",         "where to say how we are doing",                    "https://…")                   \
    X("agent.first_name",       "who writes",                                       "Maria")

/* The i-th name and what stands behind it; NULL past the end. */
const char *template_name_at(int i, const char **what, const char **example);

struct template_file {         /* texts owned; NULL none */
    char name[44], language[12], brand[28], title[64];
    bool has_channel;
    enum channel channel;
    uint32_t kinds;            /* bits of enum kind */
    uint32_t statuses;         /* bits of enum status */
    int32_t fresh_hours;       /* 0: rests on no scan */
    char *subject, *body, *html;
    char provider_template[64];
    char **provider_names; size_t provider_name_count;
    int subject_line, subject_column, body_line, html_line;  /* where they begin in the file, from 1; 0: in none */
};
void template_file_finish(struct template_file *t);

typedef void template_problem_fn(void *ctx, const struct err *e);

/* path: for messages and for what its name says. False: e is the first thing wrong, e->where is path:line:col,
 * and *out is empty. Line ends may be CR LF, a byte order mark may come first; empty lines around the texts go. */
bool template_read(const char *path, const char *text, size_t size, struct template_file *out, struct err *e);
/* Where in a file the message's text is: after a front matter (a line ---, then lines of known keys, then a line ---) and
 * before an HTML part; *line is where it begins. A file without a front matter is all text. */
const char *template_text_of(const char *text, size_t *size, int *line);
/* Everything wrong with a file, reading and template_lint together. Returns the number told. */
size_t template_check(const char *path, const char *text, size_t size, template_problem_fn *tell, void *ctx);
/* The same written as a file again: template_read gives it back. */
void template_write(const struct template_file *t, struct buf *out);

/* Everything wrong with a template, told one by one with path:line:col: syntax, names outside the closed set
 * (with the nearest one), partials (there are none in messages), subject where it does not belong or with a line break, an
 * SMS whose fixed text is over 10 segments, a required name in the subject's place … Returns the number told. */
size_t template_lint(const char *path, const struct template_file *t, template_problem_fn *tell, void *ctx);

/* Names it cannot do without: interpolated outside every section that tests for them, or filling a
 * provider's variable. Written as "a.b" texts, each once, in the order of TEMPLATE_NAMES; returns their number; names
 * points at static texts. */
#define TEMPLATE_NAMES_MAX 32
size_t template_required(const struct template_file *t, const char *names[TEMPLATE_NAMES_MAX]);

/* What the customer gets: subject as one line, text without escaping, HTML escaped. Each of html and subject may be NULL
 * when the template has none. Text is cleaned (utf8_clean), trailing blanks and more than one empty line in a row
 * are taken out (a section left out leaves no hole). data is the object of TEMPLATE_NAMES. */
struct template_text { const char *path, *subject, *body, *html; };
bool template_render(const struct template_text *t, const json_t *data, char **subject, char **body, char **html, struct err *e);

/* Simple HTML of a plain text, complete document: paragraphs, line breaks, http(s) links; everything escaped. */
void template_html(const char *text, const char *language, struct buf *out);

/* The JSON of a sample customer, for trying templates: examples of the closed set. New reference. */
json_t *template_sample(void);

#endif
