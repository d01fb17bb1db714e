/* Lists to choose from, and the question before something big. */
#ifndef APP_MENU_H
#define APP_MENU_H

#include "app/app.h"

/* The choices of an action's closed list (resolve, severity, sort, theme); ids moved in. */
void menu_open(struct model *m, enum action a, int64_t *ids, size_t n);
/* Asks before sending r (moved): "resolve: … Go ahead?" */
void menu_confirm(struct model *m, struct request *r, const char *name, const char *what);
/* An empty list of another kind (ids moved), and its items one by one. */
void menu_begin(struct model *m, enum menu_kind kind, const char *title, int64_t *ids, size_t n);
void menu_add(struct model *m, const char *value, const char *label);
void menu_add_as(struct model *m, char key, const char *value, const char *label);   /* under this letter */
/* Yes or no to a question of another kind. */
void menu_question(struct model *m, enum menu_kind kind, const char *title);
void menu_close(struct model *m);

/* A key on an open menu that is an item's letter takes it; false: it is not one. */
bool menu_letter(struct model *m, struct effects *fx, const struct key *k);
void menu_accept(struct model *m, struct effects *fx);
void menu_move(struct model *m, int by);

#endif
