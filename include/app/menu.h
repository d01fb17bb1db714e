/* Lists to choose from, and the question before something big. */
#ifndef APP_MENU_H
#define APP_MENU_H

#include "app/app.h"

/* The choices of an action's closed list (resolve, severity, sort, theme); ids moved in. */
void menu_open(struct model *m, enum action a, int64_t *ids, size_t n);
/* Asks before sending r (moved): "resolve: … Go ahead?" */
void menu_confirm(struct model *m, struct request *r, const char *name, const char *what);
void menu_close(struct model *m);

/* A key on an open menu that is an item's letter takes it; false: it is not one. */
bool menu_letter(struct model *m, struct effects *fx, const struct key *k);
void menu_accept(struct model *m, struct effects *fx);
void menu_move(struct model *m, int by);

#endif
