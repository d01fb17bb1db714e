/* What the dispatcher's table points at, one function an action or a family of them; by subject in dispatch_*.c. */
#ifndef APP_DISPATCH_IN_H
#define APP_DISPATCH_IN_H

#include "app/call.h"

void dispatch_complain(struct call *c, const struct err *e);
/* Checks an argument given with the key or the palette; no argument is fine here. */
bool dispatch_argument_fine(struct call *c);
/* Opens the prompt or menu of an action; false: it needs none. ids moved in when true. */
bool dispatch_ask(struct call *c, const char *text, int64_t *ids, size_t n);

void move_lines(struct call *c);
void move_open(struct call *c);
void move_back(struct call *c);
void move_tab(struct call *c);
void move_item(struct call *c);
void work_verb(struct call *c);
void work_next_step(struct call *c);
void work_undo(struct call *c);
void work_copy(struct call *c);
void choose_page(struct call *c);
void choose_all(struct call *c);
void choose_none(struct call *c);
void choose_row(struct call *c);
void choose_results(struct call *c);
void look_filter(struct call *c);
void look_view(struct call *c);
void look_save_view(struct call *c);
void look_delete_view(struct call *c);
void look_sort(struct call *c);
void look_theme(struct call *c);
void look_jump(struct call *c);
void look_refresh(struct call *c);
void look_search(struct call *c);
void look_knowledge(struct call *c);
void program_command(struct call *c);
void program_help(struct call *c);
void program_redraw(struct call *c);
void program_suspend(struct call *c);
void program_quit(struct call *c);

#endif
