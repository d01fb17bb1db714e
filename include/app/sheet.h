/* Sheets: governed lists (the dictionary, rules, playbooks …) on one screen. What there is of each stands in one
 * table (sheet_table.c): its queries, its columns, what can be done about a line. A new list is a query and a row there.
 *
 * A line is known by its identity, some of its columns: the cursor stays on it however the list changes. Lines stay,
 * with their age, while they are read again and while the connection is down.
 *
 * Parameters of queries are written as: "$name" the chosen line's column, "^0" the page's argument, "?0" what was
 * answered to the first step (NULL when nothing), "#0" the same as the step's make() has it, "@search" the text searched for (NULL when
 * none), "@total" what the act adds up, "=text" the text itself, "~" NULL; after "[" an array of that one; "{a=$b,c=?0}" a JSON object of
 * texts, without those that are nothing.
 * Sentences may hold {name}, {^0}, {?0} of the same. */
#ifndef APP_SHEET_H
#define APP_SHEET_H

#include "app/call.h"

enum sheet_format {
    SHEET_TEXT, SHEET_NUMBER,  /* right-aligned, thousands */
    SHEET_WHEN, SHEET_AGO,     /* an instant: "14:03", "3h ago" */
    SHEET_FLAG,                /* "yes" or nothing */
    SHEET_WORD,                /* a name of a table: '_' is a blank */
    SHEET_PARTS                /* JSON, without its signs */
};
#define SHEET_REST 999         /* a column that takes what is left */
struct sheet_column {
    const char *column;        /* of the query's answer */
    const char *head;
    int least, most;           /* columns of the screen; 0, 0: only where the line is shown in full */
    enum sheet_format format;
    int from;                  /* on screens at least this wide */
};

#define SHEET_PARAMS 8
#define SHEET_IDENTITY 4
struct sheet_list {
    const char *name;          /* NULL past the last */
    const char *query;
    const char *params[SHEET_PARAMS];
    const char *identity[SHEET_IDENTITY];
    const struct sheet_column *columns;    /* ends with column NULL */
    const char *empty;         /* a sentence when there is nothing */
    bool patient;              /* reading it may take the server long */
    bool whole;                /* a single line, shown in full */
    /* What is asked where a query alone does not do; false: e says why not. NULL: query. */
    bool (*ask)(const struct sheet_page *p, struct request *r, struct err *e);
};
#define SHEET_LISTS 5
struct sheet {
    enum action opens;
    unsigned context;          /* of its own keys; 0: only those of any sheet */
    const char *title;         /* a sentence; {^0} */
    const char *label;         /* in the menu; NULL: it opens from a line of another */
    bool live;                 /* exceptions change it, too */
    struct sheet_list lists[SHEET_LISTS];
};

enum sheet_step_kind { STEP_END, STEP_TEXT, STEP_OPTIONAL, STEP_PERCENT, STEP_COUNT, STEP_MENU };
struct sheet_step {
    enum sheet_step_kind kind;
    const char *label;         /* before the line being typed, or the menu's title; a sentence */
    const char *hint;          /* what it is for; a sentence */
    const char *preset;        /* a parameter: what stands there to begin with; COUNT: what has to be typed, when it is many */
    const char *(*word)(int i, const char **label);   /* MENU; value "" answers with nothing */
    bool (*check)(const char *text, size_t *at, struct err *e);   /* TEXT: whether it is right; NULL: anything */
    char *(*make)(const char *text);   /* "#": heap */
};
#define SHEET_TYPED 20         /* more exceptions than this are confirmed by typing how many */

enum sheet_does { SHEET_ACTS, SHEET_SHOWS, SHEET_EXCEPTION, SHEET_QUEUE };
struct sheet_act {
    enum action action;
    enum sheet_id sheet;
    unsigned lists;            /* bits: in which of its lists */
    const char *word;          /* for the hint line */
    enum sheet_does does;
    enum sheet_id shows;       /* SHOWS */
    const char *query;         /* ACTS; the first parameter is the key */
    const char *params[SHEET_PARAMS];  /* SHOWS: the arguments; EXCEPTION: its number; QUEUE: a sentence, the filter */
    const char *only;          /* "enabled=t", "state!=off": where that column has, or has not, that value; NULL everywhere */
    const char *unless;        /* a sentence: why not, elsewhere */
    struct sheet_step steps[SHEET_STEPS];
    const char *question;      /* a sentence asked before it is done; NULL not asked */
    const char *what, *done;   /* "rule {id}", "switched off": what the answer is told with */
    const char *back_word;     /* "lets them go on": what `back` does about it, for the answer; NULL: no key takes it back */
    enum action back;
    const char *total;         /* "count what=closed": that column added up, of the lines with that value */
    bool alone;                /* it needs no line */
    bool patient;
    bool leaves;               /* once it is done, back to the page before */
    bool made;                 /* the answer's number is what the list knows its line by: the cursor goes there */
};

extern const struct sheet sheets[SHEET_COUNT];
extern const struct sheet_act sheet_acts[];        /* ends with action ACTION_COUNT */

/* The page shown; NULL: none. */
const struct sheet_page *sheet_shown(const struct model *m);
const struct sheet_list *sheet_list_of(const struct sheet_page *p);
unsigned sheet_context(const struct model *m);     /* of its own keys, else IN_SHEET */
/* What an action does here; NULL: nothing, or not on this line. */
const struct sheet_act *sheet_offers(const struct model *m, enum action a);
bool sheet_has(const struct model *m, enum action a);    /* more than one list; a search */
/* Lines of the list on the screen; rows for the chosen line below it come after. */
int sheet_lines(const struct model *m);
int sheet_fact_rows(const struct model *m);
/* A sentence with its braces filled in from a row of a table. */
void sheet_sentence(const struct table *t, size_t row, char *const *args, char *const *answers, const char *text,
                    char *out, size_t size);

void sheet_open(struct model *m, struct effects *fx, enum sheet_id id, char *const *args);
void sheet_return(struct model *m, int at);        /* to the page that was shown there: those above it are closed */
bool sheet_fold(struct model *m);                  /* back from a line in full; false: it is not shown so */
void sheet_finish(struct model *m);
void sheet_move(struct model *m, enum action a);
void sheet_follow(struct model *m, struct effects *fx);
void sheet_old(struct model *m);
void sheet_seek(struct model *m, int64_t id);      /* the cursor goes to the line of that number when it is read again */
bool sheet_concerns(const struct model *m, const struct hint *h);
void sheet_reply(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_TABLE */
void sheet_acted(struct model *m, struct effects *fx, struct awaited *a, struct reply *r);   /* REQ_TABLE_ACT */

/* Doing something about a line, step by step. */
void sheet_call(struct call *c);
void sheet_run(struct call *c, const struct sheet_act *act);
void sheet_chosen(struct model *m, struct effects *fx, const char *value);     /* MENU_SHEET */
void sheet_knowledge(struct model *m, struct effects *fx, const char *value);  /* MENU_KNOWLEDGE */
bool sheet_prompt(enum prompt_kind k);
const char *sheet_label(const struct model *m, char *out, size_t size);
bool sheet_check(struct model *m, size_t *at, struct err *e);
bool sheet_submit(struct model *m, struct effects *fx, const char *text, struct err *e);
void sheet_forget(struct model *m);                /* the steps being asked for */

#endif
