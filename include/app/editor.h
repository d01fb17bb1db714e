/* A text being written in place: several lines, wrapped at words, with undo. A character is a
 * base with its combining marks; rows are what the width makes of the lines. */
#ifndef APP_EDITOR_H
#define APP_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "app/action.h"

#define EDITOR_MOST 16384      /* bytes in one text */
#define EDITOR_STEPS 256       /* changes that can be taken back */

enum editor_step_kind { STEP_TYPED, STEP_ERASED, STEP_OTHER };
struct editor_step {           /* at a place, this went and that came */
    enum editor_step_kind kind;
    size_t at;
    char *gone, *came;         /* owned */
    size_t gone_n, came_n;
};

struct editor {
    char *text;                /* owned, terminated; NULL: nothing is edited */
    size_t len, at;            /* bytes; at is the caret, between characters */
    bool one_line;
    int goal;                  /* the column up and down keep to; -1: the caret's */
    struct editor_step *steps; /* owned; oldest first */
    int step_count, step_done; /* those before step_done are in the text */
    bool joins;                /* what comes next may belong to the last step */
};

void editor_open(struct editor *e, const char *text, bool one_line);
void editor_finish(struct editor *e);

/* A typed character or a pasted text, cleaned here. False: not all of it had room. */
bool editor_insert(struct editor *e, const char *text, size_t n, bool typed);
/* An edit-* action; width: columns a row has, rows: of a page. False: it is none of the editor's. */
bool editor_do(struct editor *e, enum action a, int width, int rows);
bool editor_undo(struct editor *e);
bool editor_redo(struct editor *e);

/* The row beginning at from: where what is shown of it ends, and where the next one begins. A blank or newline at
 * a break belongs to the row it ends. There is another row when the end is not the end of the text. */
size_t editor_row(const char *text, size_t len, size_t from, int width, size_t *next);
/* Row and column of a byte. */
void editor_place(const char *text, size_t len, int width, size_t at, int *row, int *col);

/* The shared half of editor.c and editor_undo.c: replaces gone_n bytes at `at`, remembering it. */
void editor_splice(struct editor *e, enum editor_step_kind kind, size_t at, size_t gone_n, const char *text, size_t n);

#endif
