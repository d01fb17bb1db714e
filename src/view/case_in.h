/* What the screens of cases share: lines that scroll, the line of a case, what the helpdesk knows of it. */
#ifndef VIEW_CASE_IN_H
#define VIEW_CASE_IN_H

#include "view/parts.h"

enum { CASE_MARGIN = 2, CASE_INDENT = 4, CASE_NAME = 12 };

struct pen case_line(const struct frame *f, struct pager *p);
void case_paragraph(const struct frame *f, struct pager *p, int indent, enum style style, const char *text);
/* "Subject     …", going on under itself; nothing for an empty value. */
void case_fact(const struct frame *f, struct pager *p, const char *name, enum style style, const char *value);
/* Lines "Last scan  …": what is too long goes on under the text, not under the name. */
void case_context(const struct frame *f, struct pager *p, const char *context);

enum style case_priority_style(enum case_priority p);
enum style case_state_style(enum case_state s);

/* What the helpdesk knows, trouble first; "" nothing. */
enum style case_desk(const struct case_row *r, char *out, size_t size);
/* A line of a list. `listed`: cases of many parcels stand in it, not those of one. */
void case_row(const struct frame *f, struct pen *p, const struct case_row *r, bool here, bool listed);

#endif
