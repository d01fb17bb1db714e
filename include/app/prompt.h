/* The line being typed: editing by characters (a base with its combining marks), history,
 * completion, and what is said about it while typing. */
#ifndef APP_PROMPT_H
#define APP_PROMPT_H

#include "app/app.h"

/* Opens a prompt with a text to begin with; ids (moved in, may be NULL) are its targets. */
void prompt_open(struct model *m, struct effects *fx, enum prompt_kind kind, const char *text,
                 int64_t *ids, size_t id_count);
/* Puts another text into it, the caret at its end. */
void prompt_restore(struct model *m, const char *text);
/* Closes it; kept: its text goes into the history. */
void prompt_close(struct model *m, bool kept);

bool prompt_insert(struct model *m, const char *text, size_t n);   /* cleaned here; false: not all of it had room */
bool prompt_edit(struct model *m, enum action a);                  /* an edit-* or history-* action; false: neither */
void prompt_complete(struct model *m, bool back);

/* Enter. Stays open, saying why, when it is not right or cannot be done now. */
void prompt_submit(struct model *m, struct effects *fx);

/* What is wrong with the text, what it will do, and how it could go on; after each change.
 * False: Enter would not take it. */
bool prompt_check(struct model *m);
/* The action whose argument such a prompt asks for. */
enum action prompt_action(enum prompt_kind kind);

#endif
