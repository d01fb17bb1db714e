/* The whole state of a session. Only app_update writes it; views read it const.
 *
 * Invariants:
 *  1. The cursor is an id (queue.cursor_id), never a line. It names a row of the window
 *     whenever the window is not empty.
 *  2. queue.rows is ascending by (key,id). Rows that no longer match (matches false), and the
 *     cursor's row when it sorts elsewhere by now, keep their old key until the cursor moves.
 *  3. A request number in `awaiting` has not been answered; an answer whose number is not
 *     there is dropped.
 *  4. Rows are never emptied by a lost connection or a reload: they stay until newer ones
 *     arrive, and queue.read_at says how old they are. */
#ifndef APP_MODEL_H
#define APP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/editor.h"
#include "app/effect.h"
#include "app/keymap.h"
#include "app/msg.h"
#include "app/typing.h"
#include "base/when.h"
#include "core/report.h"
#include "core/request.h"

struct settings {              /* from options, environment and configuration; constant afterwards but theme */
    char theme[24];
    bool ascii;                /* no characters beyond ASCII for decoration */
    bool bell, title, mouse, clipboard, links, suspend;
    char user_keymap[256];     /* where the user's keymap was read, for help */
    char notice[300];          /* what was wrong with them, said first; "" when nothing */
};

enum screen_id { SCREEN_QUEUE, SCREEN_DETAIL, SCREEN_HELP, SCREEN_RESULTS, SCREEN_COMPOSE, SCREEN_BULK,
                 SCREEN_CASES, SCREEN_CASE, SCREEN_CASE_NEW, SCREEN_OVERRIDE, SCREEN_BATCHES,
                 SCREEN_BOARD, SCREEN_OUTAGE, SCREEN_SHEET, SCREEN_REPORT };
enum tab_id { TAB_SUMMARY, TAB_TIMELINE, TAB_MESSAGES, TAB_CASE, TAB_OVERRIDES, TAB_ACTIVITY, TAB_COUNT };

struct place {                 /* where the person came from */
    enum screen_id screen;
    int64_t detail_id, case_id;
    enum tab_id tab;
    int sheet;                 /* sheets.at */
};
#define PLACES_MAX 8

struct queue {                 /* the window onto the list */
    struct queue_row *rows;    /* at most WINDOW_MAX */
    size_t count, cap;
    bool more_above, more_below;
    bool displaced;            /* the cursor's row sorts elsewhere by now; it goes there when the cursor leaves */
    size_t top;                /* index of the first row on the screen */
    int64_t cursor_id;         /* 0: empty */
    size_t cursor;             /* index of cursor_id in rows, kept in step */
    int64_t read_at;           /* when these rows were last known true */
    bool loading;              /* the first page of this filter is on its way */
    uint32_t new_above;        /* rows that came in above the fold, not scrolled in */
    int64_t fresh_id;          /* the newest arrival, marked for a moment; 0 none */
};
#define WINDOW_MAX 400

struct view_tab {
    struct saved_view view;
    int64_t count;             /* as counts.view: negative is "at least"; -1: not read yet */
};

/* A list to choose from, and confirmations. */
enum menu_kind { MENU_NONE, MENU_RESOLVE, MENU_SEVERITY, MENU_SORT, MENU_THEME, MENU_CONFIRM,
                 MENU_MACRO, MENU_TEMPLATE, MENU_CHANNEL, MENU_BULK,
                 MENU_CASE_TYPE, MENU_CASE_STATE, MENU_CASE_PRIORITY, MENU_CASES, MENU_OVERRIDE_STATUS, MENU_OVERRIDE_REASON,
                 MENU_OUTAGE_STATUS, MENU_CONTACT, MENU_KNOWLEDGE, MENU_SHEET, MENU_REPORT_PERIOD, MENU_REPORT_BY };
struct menu_item { char key; char value[48]; char label[120]; };
struct menu {
    enum menu_kind kind;
    char title[240];           /* also the question of a confirmation */
    struct menu_item *items;   /* owned */
    int count, cap, cursor;
    struct request pending;    /* MENU_CONFIRM: what Enter or y does; owned */
    int64_t *ids; size_t id_count;  /* targets fixed when it was opened */
};

enum toast_level { TOAST_INFO, TOAST_GOOD, TOAST_WARN, TOAST_BAD };

enum compose_why { WHY_COMPOSE, WHY_BULK, WHY_MACRO, WHY_MACROS };   /* what REQ_COMPOSE, REQ_PREVIEW were asked for */

enum page_goal {               /* what a page is for */
    PAGE_EXTEND,               /* more rows at one end */
    PAGE_RELOAD,               /* the same rows read again; the cursor and the screen stay */
    PAGE_TOP, PAGE_BOTTOM      /* other rows; the cursor goes to the first or the last */
};

struct awaited {               /* a request without its answer */
    uint32_t number;
    enum request_kind kind;
    int64_t id;                /* CONTEXT: which; SELECT_CHANGE, SELECT_HAS: of which selection */
    enum verb verb;            /* ACT */
    size_t targets;            /* ACT */
    int64_t sent_at;
    char key[KEY_TEXT];        /* ACT, UNDO: to ask again after a reconnect */
    struct request again;      /* ACT, UNDO, SEND, VIEW_* …: a copy, sent again with the same key after a lost answer */
    enum page_goal goal;       /* PAGE */
    enum page_direction direction;
    bool from_start;           /* PAGE: had no anchor */
    int64_t anchor_key, anchor_id;
    enum compose_why why;      /* COMPOSE, PREVIEW */
    bool jump;                 /* IDS: looks for one exception */
    int each;                  /* SELECT_HAS: go on with action each - 1, its argument in again.name; 0: only looked at */
    bool report;               /* TABLE: the report's, not a sheet's */
    bool whole;                /* CONTEXT: with its playbook */
    bool age;                  /* and how old its numbers are */
    int32_t outage;            /* IDS: of this one, to be written to; 0: not that */
    bool forgets;              /* TYPED_SAVE: of no text */
    bool in_doubt;             /* sent, then the connection died: asked again when it is back */
    bool doubted;              /* that was so before: a question that did not get there settles nothing */
};
#define AWAITING_MAX 32

struct done { char key[KEY_TEXT]; char what[200]; int64_t at; };   /* an action and what was said of it */
#define DONE_MAX 50

struct touched { int64_t id; bool opened; };   /* a hint's exception; opened: it is a new one */
#define TOUCHED_MAX 200        /* past that the window is read as a whole */

struct viewer { int64_t id; char role[64]; int64_t at; };
#define VIEWERS_MAX 64

/* Writing to one customer. */
enum compose_field { FIELD_NO_TEXT, FIELD_BODY, FIELD_SUBJECT };
struct composing {
    int64_t id;                /* the exception; 0: nothing was ever opened */
    enum screen_id back_to;
    bool loading;              /* what the screen opens with is on its way */
    bool previewing, checking; /* the message, its verdicts, are on their way */
    bool shown;                /* message is what was chosen */
    bool sent;                 /* the message was queued; kept in case it is taken back */
    bool taking_back;          /* that is being asked for: its text is a draft again when it is answered */
    int64_t next_id;           /* to be opened then; 0: nothing */
    bool unsaved;              /* text that no draft has yet */
    int64_t unsaved_since, typed_at;
    struct compose *c;         /* heap; NULL until read */
    int choice;                /* of c->candidates; -1: by hand */
    enum channel channel;
    struct message message;    /* as the customer will get it, edits included */
    int64_t restored_at;       /* the draft's time when it was opened again; WHEN_NONE: not from a draft */
    enum compose_field editing;
    struct editor editor;
    struct macro macro;        /* what comes after it; name "": nothing */
    char pass[200];            /* a lead's reason to pass warnings; "" none */
    char trouble[300];         /* why it was refused; "" it was not */
    int top;                   /* first row of the text shown */
};

/* Writing to many. */
#define BULK_MAX 10000         /* messages in one sending: their texts are held until the answer is there */
enum bulk_list { LIST_ALL, LIST_NOW, LIST_LATER, LIST_SKIPPED, LIST_COUNT };
struct bulk_sum {
    size_t fate[3];            /* by enum bulk_fate */
    size_t warned;             /* of the skipped: a lead may pass them */
    size_t channel[2][CHANNEL_COUNT];   /* of those that go: now, later */
    size_t why[GUARDRAIL_COUNT];        /* of the skipped, by the worst verdict */
    size_t segments;           /* of the SMS that go */
    int64_t later_from, later_to;
    size_t customers;          /* different addresses; known when everything is previewed */
    int32_t undo_seconds;
};
struct bulk {
    int64_t *ids; size_t id_count;
    enum screen_id back_to;
    char name[44], channel[12];
    struct macro macro;        /* name "": none */
    struct message *messages; size_t count;   /* previewed so far, in the order of ids */
    bool sending;
    bool halted;               /* a part could not be previewed: the send key goes on with it */
    char pass[200];
    enum bulk_list list;
    size_t cursor;             /* among those listed */
    struct bulk_sum sum;
};

struct messages {              /* the messages tab */
    int64_t id;                /* whose; 0: none read */
    struct message_row *rows; size_t count;
    size_t cursor;
    bool stale;
};

/* Cases: those of the exception looked at, everybody's, and one in full. */
enum case_list { CASES_OPEN, CASES_MINE, CASES_CONFLICT, CASES_ALL, CASE_LIST_COUNT };
struct case_rows {
    struct case_row *rows; size_t count;
    size_t cursor;
    bool known;                /* read at all */
    bool stale;
    int64_t read_at;
};
struct cases {
    struct case_rows tab;      /* of the exception of */
    int64_t of;
    struct case_rows list;
    enum case_list which;
    struct support_case *shown;    /* heap; the chosen one with its notes; NULL: not read */
    int64_t wanted;            /* what SCREEN_CASE shows */
    bool shown_stale;
};

/* A case before it is opened. */
struct case_form {
    int64_t *ids; size_t id_count;     /* exceptions: one case each */
    enum case_type type;
    struct support_case *draft;        /* heap; of the first of them; NULL: on its way */
    enum case_priority priority;
    char subject[204];
    char tags[200];
    bool priority_set, subject_set, tags_set;   /* by hand: else each case has its own */
    char note[PROMPT_TEXT];
    bool opening;
    char trouble[300];                 /* why it was refused; "" it was not */
};

/* An override before it is done. */
struct overriding {
    int64_t *ids; size_t id_count;     /* ascending; 0: none on its way */
    enum status status;
    enum override_reason reason;
    int64_t until;                     /* WHEN_NONE: the policy's */
    char note[PROMPT_TEXT];
    char chosen[200];                  /* the filter they were selected under */
    struct override_preview *preview;  /* heap; NULL: being counted */
    int64_t preview_at;
    bool stale;                        /* something changed since it was counted */
    bool applying;
    char trouble[300];
};
struct overrides {                     /* the overrides tab */
    int64_t id;                        /* whose; 0 none read */
    struct override_row *rows; size_t count;
    bool stale;
};
enum batch_list { BATCHES_PENDING, BATCHES_MINE, BATCHES_ALL, BATCH_LIST_COUNT };
struct batches {
    struct batch_row *rows; size_t count;
    size_t cursor;
    enum batch_list which;
    bool known, stale;
    int64_t read_at;
};

struct countdown {
    int64_t until;             /* WHEN_NONE, or 0: nothing is counted */
    bool many;                 /* several messages */
    bool last;                 /* what is counted is what undo would take back */
    char what[140];
};

/* What everybody's screen says of outages, approvals and conflicts. */
struct control {
    struct control_state state;
    bool known;                /* it was read at all */
    bool again;                /* a hint came while it was being read */
    int64_t read_at, asked_at;
};

/* Outages in the list: their exceptions are left out of it and stand as a line each above it. */
#define GROUPS_MAX 12
struct outage_group {
    int32_t id;                /* the outage */
    int64_t here, fresh, breaching;   /* of it under this filter; as counts.view: negative "at least", -1 not read yet */
};
struct groups {
    bool off;                  /* not wanted by whoever sits here */
    struct outage_group at[GROUPS_MAX]; size_t count;
    int32_t counted[GROUPS_MAX]; size_t counted_count;   /* those the counts under way are of */
    int32_t on;                /* the cursor stands on its line; 0: on a row */
    struct outage_group ended_line;
    struct outage_row ended;   /* ended while the cursor stood on it: the line stays until the cursor leaves; id 0 none */
    int32_t open;              /* the list shows this one's rows; 0 none */
    struct outage_row shown;   /* it, as last known: its name and what is left outlive it */
    char before[PROMPT_TEXT];  /* the filter it was opened from */
    char opened[PROMPT_TEXT];  /* and the one that shows it: another closes it */
};

/* The outage board. */
enum board_sort { BOARD_BY_RATIO, BOARD_BY_OPEN, BOARD_BY_NAME, BOARD_SORTS };
struct board_page {
    struct board *all, *lanes; /* heap; NULL: not read */
    char carrier[24];          /* whose lanes are shown; "" all carriers */
    size_t cursor;
    char line[112];            /* which line the cursor is on, however they move */
    enum board_sort sort;
    bool stale;
    int64_t read_at;
};

/* An outage being declared, or changed. */
enum outage_form_field { FORM_SCOPE, FORM_MESSAGE, FORM_HOLD, FORM_PAUSE, FORM_STATUS, FORM_UNTIL, FORM_FIELDS };
struct declaring {
    int32_t id;                /* the one being changed; 0: a new one */
    struct outage_row was;
    char scope[PROMPT_TEXT], message[240];
    bool hold, pause;
    enum status status;        /* of the override; STATUS_COUNT none */
    int64_t until;             /* WHEN_NONE: when somebody ends it */
    enum outage_form_field field;
    struct outage_preview *preview;   /* heap, of scope; NULL: not read */
    int64_t read_at;
    char trouble[300];         /* why it was refused; "" it was not */
};

/* The report that is shown, or was last (app/reports.h). */
struct report_page {
    enum report report;
    char by[24];               /* grouping asked for; "" or one it has not: its first */
    char period[48];           /* as written; "" until it is opened */
    char carrier[40], kind[40], brand[40];   /* only these; "" all */
    struct table table;
    struct report_period asked_for, shown;
    bool asking, known, stale;
    bool other;                /* something else is wanted than what was asked */
    int64_t read_at;
    size_t cursor, top;
    char line[120];            /* the cursor's group */
    char column[24];           /* and its number */
    int hour;                  /* of a heat map, while column is "hours" */
    bool asking_age, age_known;
    int64_t passed_at;         /* the numbers have what happened until then; WHEN_NONE: nothing was counted yet */
    char error[240];
};

/* Sheets: lists as a query gives them, with what can be done about a line (app/sheet.h). */
enum sheet_id { SHEET_DICTIONARY, SHEET_ENTRY, SHEET_DRAFT, SHEET_REREAD, SHEET_RULES, SHEET_RULE, SHEET_TRY, SHEET_PLAYBOOKS, SHEET_STEPS_OF, SHEET_MISMATCHES, SHEET_CONTACTS, SHEET_LOG, SHEET_COUNT };
#define SHEET_ARGS 3
struct sheet_page {            /* one that is open */
    enum sheet_id sheet;
    size_t list;               /* which of its lists */
    char search[200];
    char *args[SHEET_ARGS];    /* of the line it was opened from; owned, NULL none */
    struct table table;
    int *widths;               /* of each column of the table, the widest cell; owned */
    bool known, stale;         /* read at all; has to be read again */
    int64_t read_at;
    uint32_t waiting;          /* number of the request under way; 0 none */
    char *line;                /* what the cursor is on, however the lines move; owned */
    size_t cursor, top;        /* top: the first line on the screen */
    bool whole;                /* the chosen line in full instead of the list */
};
#define SHEETS_MAX 8
struct sheet_act;
#define SHEET_STEPS 4
struct sheets {
    struct sheet_page pages[SHEETS_MAX];
    int at;                    /* 1 + the page shown; those above it are closed; 0: none is open */
    const struct sheet_act *asking;    /* what steps are being asked for; NULL nothing */
    struct table row;          /* the line it is about, as it was */
    char *args[SHEET_ARGS];    /* its page's */
    char *answers[SHEET_STEPS];
    char total[24];            /* of its list, what the act adds up */
    int step;
};

struct model {
    /* time and place */
    int64_t now;
    struct when_zone zone;
    int rows, cols;            /* of the terminal */
    struct settings settings;
    struct keymap *keymap;     /* borrowed */
    uint64_t seed;             /* for client-made keys; advanced by update, so runs can be replayed */

    /* connection */
    enum link_state link;
    struct err link_error;
    int64_t link_since, retry_at;
    bool ever_live;
    struct hello hello;
    struct done done[DONE_MAX]; int done_count;        /* what the server said it has, oldest first */
    int32_t done_on;           /* the timeline that has all of it */
    struct awaited awaiting[AWAITING_MAX];
    int awaiting_count;
    uint32_t last_number;
    int32_t spread;            /* [0, 1000), by chance: where this session stands among hundreds that would all do the same at one moment */

    /* what is shown */
    enum screen_id screen, back_to;
    struct place places[PLACES_MAX]; int place_count;         /* under the screen, the last one nearest; none under the queue */
    struct queue queue;
    char filter[PROMPT_TEXT];  /* the text in force: the view's, or what / gave */
    bool filter_resolved;      /* it reaches resolved exceptions */
    struct filter_reach filter_reach;
    bool filter_moves;         /* time alone brings rows in and out of it */
    bool filter_edited;        /* differs from the view's */
    enum sort sort;
    struct view_tab views[VIEW_MAX];
    size_t view_count, view;   /* view: the current one */
    struct counts counts;
    bool counts_dirty, counts_known;
    bool settled;              /* the first counters came: what the first screen can do without was asked for */
    int64_t counts_every;      /* how often they are read while hints come, ms */
    int32_t counts_hints;      /* hints since they were asked for */
    bool counts_moved;         /* hints changed them since they were drawn for certain */
    struct words words;
    const char **word_lists[FIELD_COUNT];  /* the same by field, for completion; NULL-terminated or NULL */
    int64_t counts_asked_at;
    int64_t counts_due;        /* while counts_dirty: when they are read again; WHEN_NONE: no timer is set for it */

    int64_t *selected; size_t selected_count, selected_cap;   /* ascending ids; where a selection is kept, those of it in the window */
    struct { int64_t number; size_t count; } kept;            /* chosen by filter: the server has it (core/request.h); number 0: none */

    struct context *context;   /* of context_id; NULL until read */
    int64_t context_id;        /* what the context shows */
    bool context_whole;        /* with its playbook, which only the detail shows */
    bool context_stale;        /* a hint said it changed since it was asked for: read again, at the latest with the window */
    int64_t detail_id;         /* the detail shows this instead of the cursor's row (jump, take-next); 0 none */
    enum tab_id tab;
    int scroll;                /* first line of the tab, help or results */
    int scroll_max;            /* how far it can go; the runner sets it from view_scroll_max() after drawing */

    struct act_result *results; size_t result_count;          /* SCREEN_RESULTS: what was refused and why */
    char results_title[240];

    /* on top */
    struct prompt prompt;
    struct typing typing;
    struct left_draft left[LEFT_MAX]; int left_count;         /* oldest first */
    struct menu menu;
    struct key pending_keys[SEQUENCE_MAX];
    int pending_count;
    char toast[300];
    enum toast_level toast_level;
    int64_t toast_until;       /* WHEN_NONE: until the next key */
    bool toast_passes;         /* it says that a read of toast_kind failed, which may do better the next time */
    enum request_kind toast_kind;
    char undo_text[240];       /* "u takes back: claimed #48121" while an undo is possible; "" none */
    bool undo_armed;           /* u was pressed once and undo_text said; u does it */
    bool quit_armed;           /* q was pressed once while answers were missing */
    bool next_step_shown;      /* Enter was pressed once: the next step is shown and Enter does it */
    int64_t next_step_id;
    struct typed history[HISTORY_MAX]; int history_count;     /* of prompts, oldest first; texts owned */

    struct viewer viewers[VIEWERS_MAX];
    int viewer_count;
    int64_t viewing_told;      /* the id last told to others; 0 none */
    int64_t viewing_told_at, key_at;   /* when; and when a key was last pressed */
    char jump[128];            /* what jump looks for; "" nothing */
    int jump_stage;

    struct composing compose;
    struct bulk bulk;
    struct messages messages;
    struct cases cases;
    struct case_form form;
    struct overriding overriding;
    struct overrides overrides;
    struct batches batches;
    int64_t lists_read_at;     /* when hints last had what is beside the queue read again */
    struct countdown countdown;
    struct macro *macros; size_t macro_count;                 /* those last read, for completion */
    int armed;                 /* 1 + the action that was pressed once and said what it does; 0 none */

    struct control control;
    struct groups groups;
    struct board_page board;
    struct declaring declaring;
    struct report_page reports;
    struct sheets sheets;

    /* hints not yet read */
    struct touched *touched; size_t touched_count, touched_cap;  /* to read */
    struct touched *reading; size_t reading_count;            /* the batch asked for, not yet answered */
    int64_t rows_asked_at, reloaded_at;
    bool touched_many;         /* too many: read the window again, */
    int64_t many_due;          /* not before this; WHEN_NONE: as soon as may be */
    int64_t clock_at;          /* when TIMER_CLOCK is due */
    bool quitting;
};

#endif
