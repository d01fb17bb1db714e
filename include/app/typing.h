/* What is being typed into a line, and what was. Part of the model (app/model.h). */
#ifndef APP_TYPING_H
#define APP_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/filter.h"

/* A line being typed. */
enum prompt_kind {
    PROMPT_NONE, PROMPT_FILTER, PROMPT_COMMAND, PROMPT_NOTE, PROMPT_SNOOZE, PROMPT_WAIT, PROMPT_ASSIGN,
    PROMPT_RESOLVE_TEXT, PROMPT_REOPEN, PROMPT_VIEW_NAME, PROMPT_JUMP, PROMPT_PASS, PROMPT_TAG, PROMPT_UNTAG,
    PROMPT_CASE_NOTE, PROMPT_CASE_SUBJECT, PROMPT_CASE_OWNER, PROMPT_CASE_LINK, PROMPT_CASE_MERGE, PROMPT_CASE_TAG,
    PROMPT_OVERRIDE_NOTE, PROMPT_OVERRIDE_UNTIL, PROMPT_OVERRIDE_COUNT, PROMPT_BATCH_REJECT, PROMPT_BATCH_COUNT,
    PROMPT_SCOPE, PROMPT_OUTAGE_TEXT, PROMPT_OUTAGE_UNTIL, PROMPT_OUTAGE_COUNT,
    PROMPT_SHEET, PROMPT_SHEET_SEARCH, PROMPT_REPORT_PERIOD, PROMPT_REPORT_ONLY
};
#define PROMPT_TEXT 1024
#define HISTORY_MAX 50
struct prompt {
    enum prompt_kind kind;
    char text[PROMPT_TEXT];    /* UTF-8 */
    size_t len, at;            /* bytes; at is the caret */
    char error[256];           /* what is wrong with it, live while typing; "" fine */
    size_t error_at;           /* byte offset the error points at; SIZE_MAX: nowhere */
    char hint[256];            /* what it will do: "snoozes 3 exceptions until Mon 09:00" */
    struct completion options; /* shown below the line */
    int option;                /* chosen with Tab, -1 none */
    char stem[PROMPT_TEXT];    /* the text as it was before Tab */
    size_t stem_at;
    int64_t *ids; size_t id_count;  /* targets fixed when it was opened */
    char code[32];             /* PROMPT_RESOLVE_TEXT: the chosen resolution */
    int history;               /* index while browsing, -1 none */
};

/* The open prompt, where what is typed in it is kept (app/typed.h). */
struct typing {
    enum prompt_kind kind;     /* PROMPT_NONE: no such prompt is open */
    int64_t of;                /* what it is about; 0 nothing */
    char text[PROMPT_TEXT];    /* as last seen */
    bool taken;                /* it was left with Enter */
    bool touched;              /* by the person: a draft that comes late does not replace it */
    bool unsaved, saved;       /* the server has not got it yet; it has something */
    int64_t unsaved_since;
};

/* A draft whose prompt is closed: what was sent is not answered yet, or it is over and the server could not be told so. */
struct left_draft {
    enum prompt_kind kind;
    int64_t of;
    bool saved, over;          /* the server has it; it shall be forgotten */
};
#define LEFT_MAX 16

struct typed { enum prompt_kind kind; char *text; };   /* an earlier input, and of which prompt */

#endif
