/* The messages the program ships: all there, nothing wrong with them, and what a customer reads is
 * whole whether everything is known or only what they cannot do without. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "core/sms.h"
#include "core/template.h"

#define OUTAGE "carrier_outage"   /* the one that speaks of no kind */
#define FEEDBACK "feedback_request"
#define FOLDER "src/db/message"

static int is_message(const struct dirent *d) { return strstr(d->d_name, ".mustache") != NULL; }

static void read_text(const char *path, struct buf *out)
{
    char block[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be read", path);
    buf_init(out, 1 << 20);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, block, n);
    fclose(f);
}

/* What a parcel on its way looks like; where to follow it is as long as carriers' addresses are. */
#define LINK "https://track.acme.example/t/1Z999AA10123456784/x-abc"

#define PAGE "https://track.acme.example/p/f5/cafebfd856c459294c9ad074507d96.html#feedback"

/* Days as the database writes them, none shorter. */
static const struct { const char *language, *promised, *edd, *scan; } days[] = {
    {"en", "Wednesday, September 23", "Wednesday, September 30", "Wednesday, September 23, 10:51 AM"},
    {"es", "miércoles, 23 de septiembre", "miércoles, 30 de septiembre", "miércoles, 23 de septiembre, 10:51"},
    {"fr", "mercredi 23 septembre", "mercredi 30 septembre", "mercredi 23 septembre, 10:51"},
    {"de", "Donnerstag, 24. September", "Mittwoch, 30. September", "Donnerstag, 24. September, 10:51 Uhr"},
};

static json_t *everything_known(const char *language)
{
    json_t *all = template_sample(), *shipment = json_object_get(all, "shipment");
    json_object_set_new(json_object_get(all, "links"), "tracking", json_string(LINK));
    json_object_set_new(json_object_get(all, "links"), "feedback", json_string(PAGE));
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (strcmp(days[i].language, language) == 0) {
            json_object_set_new(shipment, "promised_text", json_string(days[i].promised));
            json_object_set_new(shipment, "edd_text", json_string(days[i].edd));
            json_object_set_new(shipment, "last_scan_text", json_string(days[i].scan));
        }
    return all;
}

/* The same without what the template can do without. */
static json_t *least_known(const struct template_file *t)
{
    const char *names[TEMPLATE_NAMES_MAX], *name, *what, *example;
    size_t count = template_required(t, names);
    json_t *all = everything_known(t->language);
    for (int i = 0; (name = template_name_at(i, &what, &example)) != NULL; i++) {
        char group[40];
        bool needed = false;
        for (size_t k = 0; k < count; k++)
            needed = needed || names[k] == name;
        snprintf(group, sizeof group, "%.*s", (int)strcspn(name, "."), name);
        if (!needed)
            json_object_set_new(json_object_get(all, group), strchr(name, '.') + 1, json_string(""));
    }
    return all;
}

/* Where to follow it is all that is known of it: "the carrier" is longer than most carriers' names. */
static json_t *only_link_known(const struct template_file *t)
{
    json_t *all = least_known(t);
    json_object_set_new(json_object_get(all, "links"), "tracking", json_string(LINK));
    return all;
}

static int broken;             /* every one is told */
#define BROKEN(...) (print_error(__VA_ARGS__), broken++)

/* Marks of a word that was left out. */
static void reads_whole(const char *path, const char *text, const char *language)
{
    static const char *const holes[] = {"{{", "}}", "  ", "()", "( ", " )", " ,", " .", ",,", "..", ",.", " \n", "\n\n\n", "\n,", "\n."};
    bool french = strcmp(language, "fr") == 0;
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
        if (strstr(text, holes[i]))
            BROKEN("%s: \"%s\" in\n%s\n", path, holes[i], text);
    /* French puts a blank before these, and nobody else does; not in addresses and times */
    for (const char *s = text; *s; s++)
        if (s[1] && strchr(":;!?", s[1]) && !(s[2] && strchr("/0123456789", s[2])) && (*s == ' ' || *s == '\xA0') != french)
            BROKEN("%s: %s blank before %c in\n%s\n", path, french ? "no" : "a", s[1], text);
    if (!*text || strchr(" \n,.:;", *text))
        BROKEN("%s: begins with nothing:\n%s\n", path, text);
}

static void fits(const char *path, const struct template_file *t, const char *body)
{
    struct sms_size s = sms_measure(body, strlen(body));
    if (t->channel == CHANNEL_SMS && (s.ucs2 || s.segments > 2))
        BROKEN("%s: %s, %d segments, U+%04X:\n%s\n", path, sms_encoding_name(&s), s.segments, (unsigned)s.first, body);
}

static void try_filling(const char *path, const struct template_file *t, json_t *data)
{
    struct template_text text = {path, t->subject, t->body, t->html};
    char *subject, *body, *html;
    struct err e = {0};
    if (!template_render(&text, data, &subject, &body, &html, &e))
        fail_msg("%s: %s", e.where, e.text);
    reads_whole(path, body, t->language);
    if (subject)
        reads_whole(path, subject, t->language);
    assert_true(!subject == (t->channel != CHANNEL_EMAIL));
    fits(path, t, body);
    free(subject);
    free(body);
    free(html);
    json_decref(data);
}

static void tell(void *ctx, const struct err *e)
{
    (void)ctx;
    print_error("%s: %s\n", e->where, e->text);
}

static void each_is_whole(void **state)
{
    struct dirent **names;
    int count = scandir(FOLDER, &names, is_message, alphasort);
    (void)state;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char path[400];
        struct buf text;
        struct template_file t;
        struct err e = {0};
        enum kind kind = KIND_COUNT;
        snprintf(path, sizeof path, FOLDER "/%s", names[i]->d_name);
        read_text(path, &text);
        assert_int_equal(template_check(path, buf_str(&text), text.len, tell, NULL), 0);
        if (!template_read(path, buf_str(&text), text.len, &t, &e))
            fail_msg("%s: %s", e.where, e.text);
        if (strcmp(t.name, OUTAGE) != 0 && strcmp(t.name, FEEDBACK) != 0 && (!kind_parse(t.name, strlen(t.name), &kind) || !(t.kinds & UINT32_C(1) << kind)))
            BROKEN("%s: its name is no kind it speaks of\n", path);
        try_filling(path, &t, everything_known(t.language));
        try_filling(path, &t, least_known(&t));
        try_filling(path, &t, only_link_known(&t));
        template_file_finish(&t);
        buf_finish(&text);
        free(names[i]);
    }
    free(names);
    assert_int_equal(broken, 0);
}

static void every_kind_has_its_messages(void **state)
{
    static const struct { enum channel channel; const char *language; } wanted[] = {
        {CHANNEL_EMAIL, "en"}, {CHANNEL_EMAIL, "es"}, {CHANNEL_EMAIL, "fr"}, {CHANNEL_EMAIL, "de"}, {CHANNEL_SMS, "en"},
        {CHANNEL_SMS, "es"}, {CHANNEL_SMS, "fr"}, {CHANNEL_SMS, "de"}, {CHANNEL_WHATSAPP, "en"}, {CHANNEL_WHATSAPP, "es"},
    };
    (void)state;
    for (int kind = 0; kind <= KIND_COUNT; kind++)      /* one past them: an outage's */
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
            char path[200];
            snprintf(path, sizeof path, FOLDER "/%s.%s.%s.mustache", kind < KIND_COUNT ? kind_name((enum kind)kind) : OUTAGE,
                     channel_name(wanted[i].channel), wanted[i].language);
            FILE *f = fopen(path, "rb");
            if ((f == NULL) != (kind == KIND_TRACKING_ERROR))
                fail_msg("%s %s", path, f ? "is no matter for customers" : "is missing");
            if (f)
                fclose(f);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_whole), cmocka_unit_test(every_kind_has_its_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
