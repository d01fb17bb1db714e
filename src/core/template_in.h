/* What the parts of the message templates share. */
#ifndef CORE_TEMPLATE_IN_H
#define CORE_TEMPLATE_IN_H

#include "core/mustache.h"
#include "core/template.h"

/* The index of a name of the closed set; -1 when it is none. */
int template_name_find(const char *s, size_t n);
/* The one most like it, or NULL when none is. */
const char *template_name_near(const char *s, size_t n);

/* Problems on their way to whoever asked. */
struct template_problems {
    const char *path;
    template_problem_fn *tell;
    void *ctx;
    size_t told;
};
/* line 0: the beginning of the file. */
void template_problem(struct template_problems *p, int line, int column, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As template_read, but tells everything wrong and keeps what could be read. */
void template_read_all(struct template_problems *p, const char *text, size_t size, struct template_file *out);

/* The parts of a template that are mustache. */
enum template_part { PART_SUBJECT, PART_BODY, PART_HTML, PART_COUNT };
struct template_part_text { const char *label, *text; int line, column; };  /* text NULL: it has none */
struct template_part_text template_part(const struct template_file *t, enum template_part part);

/* The sections around a tag, kept while walking a text. */
struct template_scope {
    struct { const char *name; size_t size; bool inverted; } at[128];
    size_t depth;
};
void template_scope_pass(struct template_scope *s, const struct mustache_use *u);
/* Does a section around test for the name (inverted: for its absence)? */
bool template_scope_has(const struct template_scope *s, const char *name, size_t n, bool inverted);

#endif
